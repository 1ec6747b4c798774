"""What a client or bidder with a link sees and does: signs a proposal, gives a bid, chooses. No account, only what the link is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.commands import Call, execute
from bifocal.core.days import accounting_day
from bifocal.core.links import actor_of
from bifocal.core.models import AccessLink
from bifocal.front.views.by_link import acted
from bifocal.kernel.documents.models import File
from bifocal.lib.errors import NotAllowed
from bifocal.projects.bids import queries as bids
from bifocal.projects.bids.models import BidInvitation
from bifocal.projects.estimates.models import Proposal
from bifocal.projects.estimates.paper import offer
from bifocal.projects.selections import queries as selections
from bifocal.projects.selections.models import SelectionList

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


def _bid(row: AccessLink) -> Shown:
    found: BidInvitation = BidInvitation.objects.select_related("package__estimate__site", "vendor").find(row.subject_uid, actor_of(row))
    package = found.package
    files = File.objects.filter(subject_uid=package.uid).order_by("id")
    return "pages/portal_bid.html", {
        "i": found, "p": package, "over": package.due < timezone.now(), "files": files, **bids.of_bidder(found)
    }  # fmt: skip


def _prices(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    prices = [
        {"scope": post[f"scope.{n}"], "amount": post[f"amount.{n}"].replace(",", "").lstrip("$")}
        for n in range(500)
        if post.get(f"scope.{n}") and post.get(f"amount.{n}", "").strip()
    ]
    plain = {k: post.get(k, "") for k in ("name", "inclusions", "exclusions")}
    more = {k: post[k] for k in ("days", "addenda_seen") if post.get(k)}
    return {"prices": prices, **plain, **more, "address": request.META.get("REMOTE_ADDR", "")}


def _selections(row: AccessLink) -> Shown:
    found: SelectionList = SelectionList.objects.select_related("job__site", "job__branch").find(row.subject_uid, actor_of(row))
    return "pages/portal_selections.html", selections.sheet(found, accounting_day(timezone.now(), found.job.branch))


def _choice(request: HttpRequest) -> dict[str, Any]:
    plain = {k: request.POST.get(k, "") for k in ("selection", "choice", "name")}
    return {**plain, "address": request.META.get("REMOTE_ADDR", "")}


def files_of(row: AccessLink) -> list[UUID]:
    """Whose files the link's holder may open: of what the link is for, and of what it belongs to."""
    if row.subject_kind == BidInvitation.kind:
        return [row.subject_uid, *BidInvitation.objects.filter(uid=row.subject_uid).values_list("package__uid", flat=True)]
    return [row.subject_uid]


# act -> what the link must be for, the command's word for it, its arguments, what is said after it
ACTS: dict[str, tuple[str, str, Callable[[HttpRequest], dict[str, Any]], str]] = {
    "proposal.accept": ("proposal", "proposal", _signed, "Signed. Thank you: we will be in touch about the start."),
    "proposal.decline": ("proposal", "proposal", lambda r: {"name": r.POST.get("name", ""), "reason": r.POST.get("reason", "")},
                         "Thank you for telling us."),
    "bid.give": ("bid_invitation", "invitation", _prices, "Your bid is with us. Thank you."),
    "bid.pass": ("bid_invitation", "invitation", lambda r: {"name": r.POST.get("name", ""), "reason": r.POST.get("reason", "")},
                 "Thank you for telling us."),
    "bid.ask": ("bid_invitation", "invitation", lambda r: {"text": r.POST.get("text", "")}, "Your question is with us."),
    "selection.choose": ("selection_list", "list", _choice, "Thank you: your choice is noted."),
}  # fmt: skip
KINDS: dict[str, Callable[[AccessLink], Shown]] = {"proposal": _proposal, "bid_invitation": _bid, "selection_list": _selections}


def page(request: HttpRequest, row: AccessLink, context: dict[str, Any]) -> HttpResponse:
    """The page of the link; a POST acts within its rights."""
    status = acted(row, context, lambda: _act(request, row)) if request.method == "POST" else 200
    template, shown = KINDS[row.subject_kind](row)
    return render(request, template, {**context, **shown}, status=status)


def _act(request: HttpRequest, row: AccessLink) -> str:
    act = request.POST.get("act", "")
    if act not in ACTS or ACTS[act][0] != row.subject_kind:
        raise NotAllowed("This link can't do that.")
    _kind, subject, args, said = ACTS[act]
    execute(act, {subject: str(row.subject_uid), **args(request)}, actor=actor_of(row), call=Call.new())
    return said
