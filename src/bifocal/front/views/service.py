"""Intake and the visit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.front.queries import history
from bifocal.front.views.frame import page
from bifocal.kernel.billing.queries import customer_balance
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.parties.models import Customer, Site
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import Item, TaxCode
from bifocal.service.dispatch.queries import offers
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import LIVE, OUTCOMES, PLANNED, Status


@page
def intake(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One screen: find or enter the caller, choose the job type, promise a window."""
    require(actor, "call.book")
    words = request.GET.get("q", "")
    site = Site.objects.find(UUID(request.GET["site"]), actor) if request.GET.get("site") else None
    hits = find_anything.find(words, kinds=["customer", "site"], limit=8) if words else []
    owners = Customer.objects.filter(uid__in=[h["uid"] for h in hits]) | Customer.objects.filter(sites__uid__in=[h["uid"] for h in hits])
    found = [{"customer": c, "sites": list(c.sites.all()[:4]), "balance": customer_balance(c.pk)} for c in owners.distinct()[:6]]
    return render(
        request,
        "pages/intake.html",
        {
            "q": words,
            "found": found,
            "site": site,
            "types": JobType.objects.order_by("name"),
            "taxes": TaxCode.objects.order_by("name"),
            "branches": Branch.objects.order_by("id"),
        },
    )


def _offered(row: Visit, asked: str) -> tuple[date, list[dict[str, Any]]]:
    """The day asked for, else the promised one, else today or, when today has no free hour left, tomorrow; who is free then."""
    try:
        wanted = date.fromisoformat(asked) if asked else None
    except ValueError:
        wanted = None
    day = wanted or timezone.localdate(row.window.lower if row.window else timezone.now())
    found = offers(row, day)
    if found or wanted or row.window:
        return day, found
    return day + timedelta(days=1), offers(row, day + timedelta(days=1))


@page
def visit(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """One trip: the technician's buttons, the dispatcher's offers."""
    row: Visit = Visit.objects.find(uid, actor)
    schedulable = row.status in (Status.UNSCHEDULED, Status.SCHEDULED) and actor.can("visit.schedule")
    day, found = _offered(row, request.GET.get("day", "")) if schedulable else (timezone.localdate(), [])
    return render(
        request,
        "pages/visit.html",
        {
            "visit": row,
            "seats": row.assignments.filter(removed_at=None).select_related("person").order_by("-lead", "id"),
            "parts": row.parts.select_related("item"),
            "files": File.objects.filter(subject_uid=row.uid),
            "cards": row.cards.filter(settled_at=None),
            "live": LIVE,
            "over": [Status.DONE, Status.CANCELLED],
            "planned": PLANNED,
            "outcomes": [o for o in OUTCOMES if o != "unused"],
            "items": Item.objects.filter(sort="part", active=True).order_by("name"),
            "schedulable": schedulable,
            "offers": found,
            "day": day,
            "people": Person.objects.filter(active=True, dispatchable=True).order_by("name"),
            "others": Visit.objects.visible_to(actor).filter(status__in=PLANNED).exclude(pk=row.pk).select_related("job__site")[:20],
            "can_bill": actor.can("job.bill"),
            "history": history(row.uid, actor),
        },
    )
