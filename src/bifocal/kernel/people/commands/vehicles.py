"""Vehicles in the one calendar: their own column, their own constraint (decision 11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.people.facts import VehicleAdded, VehicleGivenBack, VehicleTaken
from bifocal.kernel.people.models import Allocation, Vehicle
from bifocal.kernel.people.queries import office_of
from bifocal.kernel.people.rules import AllocationKind, Firmness, taken_sentence
from bifocal.lib.errors import Invalid, NotFound, Refused, VehicleIsTaken
from bifocal.lib.ids import uuid7
from bifocal.lib.periods import TimeRange

For = Literal["job", "visit", "activity"]
USE = {"job": AllocationKind.PROJECT_DAY, "visit": AllocationKind.VISIT, "activity": AllocationKind.PROJECT_DAY}


@command("vehicle.add")
def add_vehicle(*, name: str, branch: str = "", actor: Actor, call: Call) -> Vehicle:
    """Add a van, lift or trailer that jobs are planned with."""
    require(actor, "people.manage")
    try:
        with transaction.atomic():
            row: Vehicle = Vehicle.objects.create(name=name, branch=office_of(actor, branch))
    except IntegrityError as taken:
        raise Refused(f"There is already a vehicle called {name}.", field="name") from taken
    record(VehicleAdded(name=name), about=row, actor=actor, call=call)
    return row


@command("vehicle.book")
def book_vehicle(
    *, vehicle: UUID, start: datetime, end: datetime, about_kind: For, about: UUID, label: str, actor: Actor, call: Call
) -> dict[str, Any]:
    """Plan a vehicle for a job, visit or activity. Raises VehicleIsTaken, with what it is taken for and until when."""
    what: Vehicle = Vehicle.objects.find(vehicle, actor)
    require(actor, "vehicle.book")
    if start.tzinfo is None or end.tzinfo is None:
        raise Invalid("A time needs its zone, like 2026-11-23T08:00:00-05:00.", field="start")
    if end <= start:
        raise Invalid("The end must be after the start.", field="end")
    during = TimeRange(start, end)
    _lock(what)
    _refuse_if_taken(what, during)
    try:
        with transaction.atomic():
            row = Allocation.objects.create(
                vehicle=what, during=(start, end), use=USE[about_kind], firmness=Firmness.FIRM, booking=uuid7(),
                source_kind=about_kind, source_uid=about, label=label[:160],
            )  # fmt: skip
    except IntegrityError as taken:
        raise VehicleIsTaken(f"{what.name} was taken by somebody else just now. Look again.") from taken
    record(VehicleTaken(label=label, start=start, end=end), about=what, actor=actor, call=call)
    record(VehicleTaken(label=f"{what.name}: {label}", start=start, end=end), about=Subject(about_kind, about), actor=actor, call=call)
    return {"kind": "allocation", "uid": row.uid, "vehicle": what.name}


def _lock(what: Vehicle) -> None:
    with connection.cursor() as cur:
        cur.execute("select from people_vehicle where id = %s for update", [what.pk])


def _refuse_if_taken(what: Vehicle, during: TimeRange) -> None:
    held = (
        Allocation.objects.filter(vehicle=what, firmness=Firmness.FIRM, during__overlap=(during.start, during.end))
        .order_by("during")
        .first()
    )
    if held is None:
        return
    zone = (what.branch or Branch.objects.order_by("id")[0]).tz
    raise VehicleIsTaken(
        taken_sentence(what.name, held.label, held.during.upper, zone).replace("another person", "another vehicle"),
        held_by={"kind": held.source_kind, "uid": str(held.source_uid), "label": held.label},
        until=held.during.upper.isoformat(),
    )


@command("vehicle.give_back")
def give_back_vehicle(*, allocation: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Take a vehicle's plan out of the calendar again."""
    require(actor, "vehicle.book")
    row = Allocation.objects.select_for_update(of=("self",)).select_related("vehicle").filter(uid=allocation, vehicle__isnull=False).first()
    if row is None:
        raise NotFound("There is no such plan of a vehicle.")
    row.delete()
    record(VehicleGivenBack(label=row.label), about=row.vehicle, actor=actor, call=call)
    return {"kind": "vehicle", "uid": row.vehicle.uid, "name": row.vehicle.name}
