"""Hours given back out of a longer booking: the rest of it stays as it was."""

from __future__ import annotations

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.people.commands.people import lock_person
from bifocal.kernel.people.facts import PersonReleased
from bifocal.kernel.people.models import Allocation
from bifocal.lib.errors import Refused
from bifocal.lib.ids import uuid7
from bifocal.lib.periods import TimeRange


def free_hours(*, row: Allocation, during: TimeRange, actor: Actor, call: Call) -> tuple[TimeRange, list[Allocation]]:
    """Cut hours out of one person's booking: those really taken, and what is left before and after, under the same booking.

    Raises Refused where the hours do not touch it.
    """
    require(actor, "people.allocate")
    if row.person is None:
        raise Refused("Only people's hours can be cut; a vehicle is given back as a whole.")
    lock_person(row.person)
    start, end = row.during.lower, row.during.upper
    first, last = max(start, during.start), min(end, during.end)
    if last <= first:
        raise Refused(f"{row.person.name} is not on {row.label} in those hours. Look at the board again.", field="start")
    Allocation.objects.filter(pk=row.pk).delete()
    left = [Allocation(**_same(row), during=part) for part in ((start, first), (last, end)) if part[0] < part[1]]
    for part in left:
        part.uid = uuid7()
    record(PersonReleased(label=row.label), about=row.person, actor=actor, call=call)
    return TimeRange(first, last), list(Allocation.objects.bulk_create(left))


def _same(row: Allocation) -> dict[str, object]:
    kept = ("person_id", "vehicle_id", "firmness", "why_double", "use", "booking", "source_kind", "source_uid", "label")
    return {name: getattr(row, name) for name in kept}
