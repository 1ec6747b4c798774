"""Intake and the visit."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.core import search as find_anything
from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.front.queries import history
from bifocal.front.views.frame import branch_of, page
from bifocal.front.views.loans import loans_shown
from bifocal.kernel.billing.queries import customer_balance
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.parties.models import Customer, Site
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import Item, TaxCode
from bifocal.service.board.offering import best_windows, need_of, offers_from_now
from bifocal.service.levels.queries import preferred_by
from bifocal.service.oncall.queries import after_hours, on_call
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
def windows(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The windows to offer, as a part of the intake page: asked anew when the kind of call or the branch changes."""
    require(actor, "call.book")
    asked = request.GET
    kind = JobType.objects.filter(code=asked.get("job_type", "")).first() or JobType.objects.order_by("name").first()
    branch = Branch.objects.filter(code=asked.get("branch", "")).first() or branch_of(request, actor)
    site = Site.objects.find(UUID(asked["site"]), actor) if asked.get("site") else None
    first = _day(asked.get("first", ""))
    people = int(asked["people"]) if asked.get("people", "").isdigit() else 0
    need = need_of(kind, site, people=people) if kind else None
    found = best_windows(need, branch, timezone.now(), first=first) if need else []
    later = (max(c.window.start for c in found) if found else timezone.now() + timedelta(days=7)).date() + timedelta(days=1)
    now = timezone.now()
    closed = after_hours(branch, now)
    told = {
        "choices": found, "soonest": min(found, key=lambda c: c.start, default=None), "later": later, "zone": branch.tz, "site": site,
        "unknown": need is not None and need.point is None, "preferred": preferred_by(site.customer_id) if site else frozenset(),
        "many": need is not None and need.people > 1, "closed": closed,
        "turn": on_call(branch, kind.skill, now) if kind and closed else None,
    }  # fmt: skip
    return render(request, "parts/windows.html", told)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@page
def visit(request: HttpRequest, actor: Actor, uid: UUID) -> HttpResponse:
    """One trip: the technician's buttons, the dispatcher's offers."""
    row: Visit = Visit.objects.find(uid, actor)
    schedulable = row.status in (Status.UNSCHEDULED, Status.SCHEDULED) and actor.can("visit.schedule")
    day, found = offers_from_now(row, _day(request.GET.get("day", "")), timezone.now()) if schedulable else (timezone.localdate(), [])
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
            "closed": schedulable and row.status == Status.UNSCHEDULED and after_hours(row.job.branch, timezone.now()),
            "loans": loans_shown().filter(visit=row) if actor.sees_all else [],
            "can_bill": actor.can("job.bill"),
            "history": history(row.uid, actor),
        },
    )
