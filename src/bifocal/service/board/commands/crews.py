"""Pins, the zones somebody works in, and a crew's day that is split."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Allocation, Person
from bifocal.kernel.people.rules import AllocationKind
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.lib.periods import TimeRange
from bifocal.service.board.facts import CrewDaySplit, HomeSet, TurfSet, VisitPinned
from bifocal.service.board.models import Pin, Turf
from bifocal.service.visits.commands.office import job_and_visit


@command("visit.pin")
def pin_visit(*, visit: UUID, why: str = "", actor: Actor, call: Call) -> dict[str, Any]:
    """Pin a visit: the optimiser leaves it with its technician at its time."""
    _, row = job_and_visit(visit, actor, call)
    require(actor, "visit.schedule")
    if not row.planned:
        raise Refused("Only a visit with a time can be pinned.")
    Pin.objects.update_or_create(visit=row, defaults={"why": why[:160], "by": actor.name})
    record(VisitPinned(pinned=True, why=why), about=row, actor=actor, call=call)
    return row.answer()


@command("visit.unpin")
def unpin_visit(*, visit: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """The optimiser may move this visit again."""
    _, row = job_and_visit(visit, actor, call)
    require(actor, "visit.schedule")
    Pin.objects.filter(visit=row).delete()
    record(VisitPinned(pinned=False, why=""), about=row, actor=actor, call=call)
    return row.answer()


@command("person.set_zones")
def set_turf(*, person: UUID, zones: list[str], actor: Actor, call: Call) -> dict[str, Any]:
    """Say in which zones somebody works; without any they go everywhere. The board warns outside of them."""
    who: Person = Person.objects.locked(person, actor, call)
    require(actor, "capacity.edit")
    kept = sorted({z.strip()[:40] for z in zones if z.strip()})
    if kept:
        Turf.objects.update_or_create(person=who, defaults={"zones": kept})
    else:
        Turf.objects.filter(person=who).delete()
    record(TurfSet(zones=kept), about=who, actor=actor, call=call)
    return {"kind": "person", "uid": who.uid, "zones": kept}


@command("person.set_home")
def set_home(*, person: UUID, lat: Decimal, lng: Decimal, actor: Actor, call: Call) -> Person:
    """Say where somebody's day begins and ends: the board counts drives from there."""
    who: Person = Person.objects.locked(person, actor, call)
    require(actor, "people.manage")
    if abs(lat) > 90 or abs(lng) > 180:
        raise Invalid("A latitude lies between -90 and 90, a longitude between -180 and 180.", field="lat")
    who.change(home_lat=lat, home_lng=lng)
    record(HomeSet(lat=str(lat), lng=str(lng)), about=who, actor=actor, call=call)
    return who


@command("crew.split")
def split_crew(*, allocation: UUID, start: datetime, end: datetime, actor: Actor, call: Call) -> dict[str, Any]:
    """Take one person off a crew's day for some hours: the rest of the crew stays, and so does the rest of their day."""
    require(actor, "crew.book")
    held = Allocation.objects.select_for_update(of=("self",)).filter(uid=allocation, use=AllocationKind.PROJECT_DAY)
    row = held.select_related("person").first()
    if row is None or row.person is None:
        raise NotFound("This person is not on that crew's day any more. Look at the board again.")
    _, left = people.free_hours(row=row, during=TimeRange(start, end), actor=actor.within("crew.split"), call=call)
    told = CrewDaySplit(person=row.person.name, label=row.label, start=start.isoformat(), end=end.isoformat())
    record(told, about=row.person, actor=actor, call=call)
    return {"kind": "person", "uid": row.person.uid, "name": row.person.name, "left": [[b.during[0], b.during[1]] for b in left]}
