"""Hours taken out of one plan: what is left of it on either side stands."""

from __future__ import annotations

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.people.facts import PersonReleased
from bifocal.kernel.people.models import Allocation
from bifocal.lib.errors import Refused
from bifocal.lib.periods import TimeRange


def split(row: Allocation, out: TimeRange, *, actor: Actor, call: Call) -> TimeRange:
    """Cut `out` from a person's plan and return the hours that were really taken. The caller holds the person's lock.

    Raises Refused where they share no hour.
    """
    require(actor, "people.allocate")
    start, end = row.during.lower, row.during.upper
    if out.end <= start or out.start >= end or row.person is None:
        raise Refused("These hours are not in that plan. Look at the board again.")
    taken = TimeRange(max(out.start, start), min(out.end, end))
    left = [(a, b) for a, b in ((start, taken.start), (taken.end, end)) if a < b]
    Allocation.objects.filter(pk=row.pk).delete()
    for piece in left:
        Allocation.objects.create(
            person=row.person, during=piece, use=row.use, firmness=row.firmness, why_double=row.why_double, booking=row.booking,
            source_kind=row.source_kind, source_uid=row.source_uid, label=row.label,
        )  # fmt: skip
    record(PersonReleased(label=row.label), about=row.person, actor=actor, call=call)
    return taken
