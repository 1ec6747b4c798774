"""What a client or bidder with a link sees and does: signs a proposal. No account, only what the link is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core import refusals
from bifocal.core.commands import Call, execute
from bifocal.core.links import actor_of, used
from bifocal.core.models import AccessLink
from bifocal.lib.errors import DomainError, NotAllowed
from bifocal.projects.estimates.models import Proposal
from bifocal.projects.estimates.paper import offer

Shown = tuple[str, dict[str, Any]]


def _proposal(row: AccessLink) -> Shown:
    found: Proposal = Proposal.objects.select_related("estimate__customer", "estimate__site", "estimate_version").find(
        row.subject_uid, actor_of(row)
    )
    return "pages/portal_proposal.html", {"p": found, "e": found.estimate, "o": offer(found)}


def _signed(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    groups = [value for name, value in post.items() if name.startswith("group.")]
    return {
        "sha256": post.get("sha256", ""), "name": post.get("name", ""), "chosen": [*groups, *post.getlist("extra")],
        "customer_po": post.get("customer_po", ""), "address": request.META.get("REMOTE_ADDR", ""),
    }  # fmt: skip


# act -> what the link must be for, the command's word for it, its arguments, what is said after it
ACTS: dict[str, tuple[str, str, Callable[[HttpRequest], dict[str, Any]], str]] = {
    "proposal.accept": ("proposal", "proposal", _signed, "Signed. Thank you: we will be in touch about the start."),
    "proposal.decline": ("proposal", "proposal", lambda r: {"name": r.POST.get("name", ""), "reason": r.POST.get("reason", "")},
                         "Thank you for telling us."),
}  # fmt: skip
KINDS: dict[str, Callable[[AccessLink], Shown]] = {"proposal": _proposal}


def page(request: HttpRequest, row: AccessLink, context: dict[str, Any]) -> HttpResponse:
    """The page of the link; a POST acts within its rights."""
    status = 200
    if request.method == "POST":
        try:
            context["said"] = _act(request, row)
        except DomainError as refusal:
            if isinstance(refusal, NotAllowed):
                refusals.note(who=actor_of(row), what=f"link: {row.purpose}", why=refusal.sentence)
            context["refused"], status = refusal.sentence, refusal.status
    template, shown = KINDS[row.subject_kind](row)
    return render(request, template, {**context, **shown}, status=status)


def _act(request: HttpRequest, row: AccessLink) -> str:
    act = request.POST.get("act", "")
    if act not in ACTS or ACTS[act][0] != row.subject_kind:
        raise NotAllowed("This link can't do that.")
    _kind, subject, args, said = ACTS[act]
    execute(act, {subject: str(row.subject_uid), **args(request)}, actor=actor_of(row), call=Call.new())
    used(row, now=timezone.now())
    return said
