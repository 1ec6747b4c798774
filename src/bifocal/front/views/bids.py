"""Bid packages: the levelling sheet, who was asked, what was asked back, the award."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core.actor import Actor
from bifocal.core.policy import require
from bifocal.front.queries import history
from bifocal.front.views.frame import page
from bifocal.kernel.documents.models import File
from bifocal.kernel.parties.models import Vendor
from bifocal.projects.bids import queries
from bifocal.projects.bids.models import BidPackage


@page
def package(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """A package: bids beside each other over the same scope, holes to plug, the award."""
    row: BidPackage = BidPackage.objects.select_related("estimate__branch", "estimate__job", "awarded__vendor", "commitment").find(
        uid, actor
    )
    require(actor, "cost.see")
    shown = queries.sheet(row, timezone.now())
    best = shown["columns"][0] if shown["columns"] else None
    return render(
        request,
        "pages/bid_package.html",
        {
            "p": row, "e": row.estimate, **shown, "best": best if best and best["b"].rank else None,
            "open": row.status in ("draft", "out_for_bid"), "out": row.status == "out_for_bid", "buy_out": queries.buy_out(row),
            "vendors": Vendor.objects.order_by("-is_subcontractor", "name"), "addenda": row.addenda.prefetch_related("questions"),
            "questions": row.questions.filter(addendum=None).select_related("invitation__vendor").order_by("id"),
            "files": File.objects.filter(subject_uid=uid).order_by("id"), "overdue": row.due < timezone.now(),
            "history": history(uid, actor),
        },
    )  # fmt: skip
