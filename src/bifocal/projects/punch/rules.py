"""The punch item's states (section 2.4). Whoever did the work does not verify it."""

from __future__ import annotations

from bifocal.lib.errors import Refused
from bifocal.projects.register.rules import Ball

NEXT: dict[str, set[str]] = {
    "draft": {"work_required", "closed"},
    "work_required": {"ready_for_review"},
    "ready_for_review": {"closed", "work_required"},
    "closed": {"work_required"},
}
BALL = {"draft": Ball.CREATOR, "work_required": Ball.ASSIGNEE, "ready_for_review": Ball.MANAGER, "closed": Ball.NOBODY}


def check_verifier(resolver_key: str, verifier_key: str, name: str) -> None:
    """Refuse when the one who did the work verifies it. Raises Refused."""
    if resolver_key == verifier_key:
        raise Refused(f"{name} reported this item as done: somebody else must verify it.")
