"""The punch item's states (section 2.4). Whoever did the work does not verify it."""

from __future__ import annotations

from bifocal.lib.errors import Refused
from bifocal.projects.register.rules import Ball

NEXT: dict[str, set[str]] = {
    "draft": {"initiated", "work_required"},
    "initiated": {"work_required", "in_dispute"},
    "in_dispute": {"initiated", "closed"},
    "work_required": {"ready_for_review"},
    "work_not_accepted": {"ready_for_review"},
    "ready_for_review": {"work_not_accepted", "ready_to_close"},
    "ready_to_close": {"closed", "not_accepted"},
    "not_accepted": {"work_not_accepted"},
    "closed": {"work_required"},
}
BALL = {
    "draft": Ball.CREATOR, "initiated": Ball.MANAGER, "in_dispute": Ball.CREATOR, "work_required": Ball.ASSIGNEE,
    "work_not_accepted": Ball.ASSIGNEE, "ready_for_review": Ball.MANAGER, "ready_to_close": Ball.CREATOR, "not_accepted": Ball.MANAGER,
    "closed": Ball.NOBODY,
}  # fmt: skip


def after_done(at: str) -> str:
    """Done in the field is a fact and never refused: to review from wherever it was open, no move where it is past that."""
    return at if at in ("ready_for_review", "ready_to_close", "closed") else "ready_for_review"


def check_verifier(resolver_key: str, verifier_key: str, name: str) -> None:
    """Refuse when the one who did the work verifies it. Raises Refused."""
    if resolver_key == verifier_key:
        raise Refused(f"{name} reported this item as done: somebody else must verify it.")


def needs_acceptance(creator_key: str, resolver_key: str, verifier_key: str) -> bool:
    """Whoever found it has the last word, unless they verified it just now or did the work themselves."""
    return creator_key not in (resolver_key, verifier_key)
