"""Vehicles and what they are taken for; hours that nobody is named for yet."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest

from bifocal.front.api import actor_of
from bifocal.front.api.queries import get
from bifocal.kernel.people.models import Demand
from bifocal.kernel.people.queries import demand_between, vehicles_between
from bifocal.lib.errors import Invalid, NotFound
from bifocal.lib.periods import TimeRange

LONGEST = timedelta(days=92)


def _for_the_office(request: HttpRequest) -> None:
    if not actor_of(request).sees_all:
        raise NotFound("Vehicles and open hours are for the office.")


@get("/vehicles", "vehicles", "Vehicles, and what each is taken for in those hours")
def vehicles(request: HttpRequest, start: datetime, end: datetime) -> Any:
    _for_the_office(request)
    if start.tzinfo is None or end.tzinfo is None or not timedelta(0) < end - start <= LONGEST:
        raise Invalid("Ask for a start and a later end with their zone, at most 92 days apart.", field="end")
    return vehicles_between(TimeRange(start, end))


@get("/demand", "demand", "Hours that nobody is named for yet: totals by day, skill and zone, and each of them")
def demand(request: HttpRequest, first: date, last: date) -> Any:
    _for_the_office(request)
    if not timedelta(0) <= last - first <= LONGEST:
        raise Invalid("Ask for a first day and a later last one, at most 92 days apart.", field="last")
    rows = Demand.objects.filter(day__range=(first, last)).select_related("skill").order_by("day", "id")
    each = [
        {"uid": d.uid, "day": d.day, "skill": d.skill.code, "zone": d.zone, "hours": d.hours, "label": d.label,
         "about_kind": d.source_kind, "about": d.source_uid} for d in rows
    ]  # fmt: skip
    return {"totals": demand_between(first, last), "rows": each}
