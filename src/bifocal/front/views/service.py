"""Intake and the visit."""

from __future__ import annotations

from datetime import date
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


@page
def visit(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """One trip: the technician's buttons, the dispatcher's offers."""
    row: Visit = Visit.objects.find(uid, actor)
    schedulable = row.status in (Status.UNSCHEDULED, Status.SCHEDULED) and actor.can("visit.schedule")
    asked = request.GET.get("day", "")
    try:
        day = date.fromisoformat(asked) if asked else (timezone.localdate(row.window.lower) if row.window else timezone.localdate())
    except ValueError:
        day = timezone.localdate()
    return render(
        request,
        "pages/visit.html",
        {
            "visit": row,
            "seats": row.assignments.filter(removed_at=None).select_related("person"),
            "parts": row.parts.select_related("item"),
            "files": File.objects.filter(subject_uid=row.uid),
            "cards": row.cards.filter(settled_at=None),
            "live": LIVE,
            "over": [Status.DONE, Status.CANCELLED],
            "planned": PLANNED,
            "outcomes": sorted(OUTCOMES - {"unused"}),
            "items": Item.objects.filter(sort="part", active=True).order_by("name"),
            "schedulable": schedulable,
            "offers": offers(row, day) if schedulable else [],
            "day": day,
            "people": Person.objects.filter(active=True, dispatchable=True).order_by("name"),
            "can_bill": actor.can("job.bill"),
            "history": history(row.uid, actor),
        },
    )
