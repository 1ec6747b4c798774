"""Where each step of the tour is, found in the company's own data; `things` holds what the tour made so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from bifocal.bridges.workmix.models import KeptAssessment
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Allocation, Person
from bifocal.kernel.purchasing.models import Bill
from bifocal.lib.errors import NotFound
from bifocal.projects.payapps.models import PayApp
from bifocal.service.visits.models import Visit

Things = dict[str, str]


def _need(thing: object, what: str) -> str:
    if thing is None:
        raise NotFound(f"The tour needs {what}, and this company has none. Load the whole demo company: bifocal demo --reset.")
    return str(getattr(thing, "uid", thing))


def monday() -> date:
    """The Monday of these weeks on which most people are planned, calls and project days alike."""
    first = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    mondays = [first + timedelta(weeks=n) for n in range(-4, 5)]
    found = Allocation.objects.filter(during__startswith__date__in=mondays).values("during__startswith__date")
    busiest = found.annotate(n=Count("id"), kinds=Count("use", distinct=True)).order_by("-kinds", "-n").first()
    return busiest["during__startswith__date"] if busiest else first


def _assessment(things: Things) -> str:
    return f"/workmix/{_need(KeptAssessment.objects.filter(source='file').order_by('-id').first(), 'an assessment: go one step back')}"


def _visit(things: Things) -> str:
    return f"/visits/{things.get('visit') or _need(Visit.objects.order_by('-id').first(), 'a call')}"


def _job(things: Things) -> Job:
    uid = things.get("job") or _need(Visit.objects.order_by("-id").values_list("job__uid", flat=True).first(), "a call")
    found: Job = Job.objects.get(uid=uid)
    return found


def _invoice(things: Things) -> str:
    found = _job(things).invoices.order_by("-id").first()
    return f"/invoices/{found.uid}" if found else f"/jobs/{_job(things).uid}"


def _project(things: Things, tab: str) -> str:
    return f"/jobs/{_need(things.get('project'), 'a project under contract')}?tab={tab}"


def payapp() -> PayApp | None:
    """The application with the most lines filled, the newest of them."""
    filled = PayApp.objects.exclude(status="void").annotate(n=Count("lines", filter=Q(lines__this_period__gt=0)))
    found: PayApp | None = filled.order_by("-n", "-id").first()
    return found


def bill() -> Bill | None:
    """The newest bill whose cost stands on a project."""
    found: Bill | None = Bill.objects.filter(lines__job__isnull=False).exclude(status="void").order_by("-id").first()
    return found


def _costs(things: Things) -> str:
    row = bill()
    line = row.lines.filter(job__isnull=False).select_related("job").first() if row else None
    return f"/jobs/{_need(line.job if line else None, 'a bill on a job')}?tab=costs"


PLACES: dict[str, Callable[[Things], str]] = {
    "assess": lambda _: "/workmix#assess",
    "assessment": _assessment,
    "monday": lambda _: f"/dispatch?day={monday():%Y-%m-%d}",
    "people": lambda _: "/people" if Person.objects.exists() else "/",
    "intake": lambda _: "/intake",
    "visit": _visit,
    "invoice": _invoice,
    "grown": lambda things: f"/jobs/{_job(things).uid}",
    "contract": lambda things: _project(things, "contract"),
    "change": lambda things: f"/documents/{_need(things.get('change'), 'a change order')}",
    "budget": lambda things: _project(things, "budget"),
    "payapp": lambda _: f"/payapps/{_need(payapp(), 'a pay application')}",
    "reports": lambda _: "/reports",
    "costs": _costs,
    "bill": lambda _: f"/bills/{_need(bill(), 'a bill')}",
}
