"""Something happened: what shall the day be? Three proposals, one of them accepted in one act."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bifocal.bridges.absence.queries import crew_work, not_begun
from bifocal.core.actor import Actor
from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.front.views.frame import branch_of, page
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid
from bifocal.lib.periods import TimeRange
from bifocal.service.dispatch.queries import day_range, tray
from bifocal.service.dispatch.rules import LONGEST_OVERTIME
from bifocal.service.hours.queries import hours_of
from bifocal.service.replan.queries import Occasion, proposals
from bifocal.service.replan.rules import Event
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import LIVE, PLANNED

OF_PERSON = (Event.SICK, Event.TIME_OFF)
OF_TRAY = (Event.EMERGENCY, Event.PARTS)


def occasion_of(asked: Any, branch: Branch, actor: Actor, now: datetime) -> Occasion | None:
    """What is said to have happened, from a form's or an address's words; None where nothing is said yet. Raises Invalid, NotFound."""
    if asked.get("event") not in list(Event):
        return None
    event = Event(asked["event"])
    try:
        visit = UUID(asked["visit"]) if asked.get("visit") else None
        person = UUID(asked["person"]) if asked.get("person") else None
        start, until = (_moment(asked.get(k, ""), branch) for k in ("start", "until"))
    except ValueError as bad:
        raise Invalid("The question is damaged. Load the page again.") from bad
    if event in OF_PERSON:
        if not person:
            return None
        who: Person = Person.objects.select_related("branch").find(person, actor)
        start, until = of_shift(who, now, start, until)
        return Occasion(event, person=who, start=start, until=until)
    if not visit:
        return None
    beside = Visit.objects.select_related("job__site", "job__customer", "job__branch")
    return Occasion(event, visit=beside.find(visit, actor), until=until or now + timedelta(hours=1))


def _moment(text: str, branch: Branch) -> datetime | None:
    found = datetime.fromisoformat(text) if text else None
    return found.replace(tzinfo=ZoneInfo(branch.tz)) if found and found.tzinfo is None else found


def of_shift(who: Person, now: datetime, start: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """What was not said: from their shift's first hour on (from now where it has begun, else their next shift) to its end with overtime."""
    hours, now = hours_of(who.branch, [who]), now.replace(second=0, microsecond=0)
    today = hours.shift(accounting_day(start or now, who.branch), who.pk)
    if start is None:
        start = max(today.start, now) if today and now < today.end else hours.next_start(now, who.pk)
        today = hours.shift(accounting_day(start, who.branch), who.pk)
    ends = (today.end if today else start + timedelta(hours=8)) + timedelta(seconds=LONGEST_OVERTIME)
    return start, until or max(ends, start + timedelta(hours=1))


def _shown(occasion: Occasion | None, branch: Branch) -> dict[str, str]:
    """The hours that are meant, as the form's fields hold them: what was taken where nothing was said is there to be corrected."""
    zone = ZoneInfo(branch.tz)
    found = {"start": occasion.start, "until": occasion.until} if occasion else {}
    return {k: m.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for k, m in found.items() if m}


@page
def replan(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Choose what happened, look at the proposals, accept one."""
    require(actor, "visit.schedule")
    branch, now = branch_of(request, actor), timezone.now()
    occasion = occasion_of(request.GET, branch, actor, now)
    span = day_range(accounting_day(now, branch), branch.tz)
    today = (
        Visit.objects.filter(job__branch=branch, planned__overlap=(span.start, span.end))
        .select_related("job__customer")
        .order_by("planned")
    )
    crew, late = [], list[Visit]()
    if occasion and occasion.person and occasion.start:
        late = list(not_begun(occasion.person, occasion.start))
    if occasion and occasion.person and occasion.start and occasion.until and actor.can("people.time_off"):
        crew = crew_work(occasion.person, TimeRange(occasion.start, occasion.until))
    return render(request, "pages/replan.html", {
        "branch": branch, "zone": branch.tz, "events": list(Event), "occasion": occasion, "crew": crew, "late": late,
        "day": accounting_day((occasion and occasion.start) or now, branch),
        "proposals": proposals(branch, occasion, now) if occasion else [],
        "event": request.GET.get("event", ""), "of_person": OF_PERSON, "of_tray": OF_TRAY,
        "tray": tray(branch), "planned": today.filter(status__in=PLANNED), "live": today.filter(status__in=LIVE),
        "people": Person.objects.filter(branch=branch, active=True).exclude(trade="office").order_by("name"),
        "from_to": _shown(occasion, branch), "whole_day": occasion is not None and occasion.event in OF_PERSON,
    })  # fmt: skip
