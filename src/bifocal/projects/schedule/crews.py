"""A crew's days follow their activity: booked days that are still to come move with its dates, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Allocation
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.periods import TimeRange, days
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.models import Activity

Days = Mapping[int, tuple[date, date]]


def follow(board: Board, before: Days, *, actor: Actor, call: Call) -> list[Activity]:
    """Move the coming days of every crew whose activity has other days than `before`; returns those activities.

    All are released first, so that two activities may change places. Raises PersonIsTaken, with who holds them, and then nothing moves.
    """
    moved = [r for r in board.rows if r.crew_id and r.pk in before and before[r.pk] != board.days(r)]
    if not moved:
        return []
    booked: dict[Any, list[Allocation]] = {}
    coming = Allocation.objects.filter(
        source_kind=Activity.kind, source_uid__in=[r.uid for r in moved], during__startswith__gte=call.occurred_at, person__isnull=False
    )
    for one in coming.select_related("person__branch").order_by("during", "person_id"):
        booked.setdefault(one.source_uid, []).append(one)
    follows = [r for r in moved if r.uid in booked]
    for row in follows:
        people.release(source=row.subject, actor=actor, call=call.inner(), after=call.occurred_at)
    for row in follows:
        _book(board, row, before[row.pk], booked[row.uid], actor, call)
    return follows


def _book(board: Board, row: Activity, was: tuple[date, date], booked: list[Allocation], actor: Actor, call: Call) -> None:
    """The same people, hours and firmness on the activity's new working days."""
    zone, first = ZoneInfo(board.job.branch.tz), booked[0]
    opens, closes = first.during.lower.astimezone(zone).time(), first.during.upper.astimezone(zone).time()
    members = {one.person.pk: one.person for one in booked if one.person}
    for day in _new_days(board, row, was, {one.during.lower.astimezone(zone).date() for one in booked}):
        span = TimeRange(datetime.combine(day, opens, zone), datetime.combine(day, closes, zone))
        if span.start < call.occurred_at:
            continue
        for pk in sorted(members):
            people.allocate(
                person=members[pk], during=span, use=AllocationKind.PROJECT_DAY, source=row.subject, booking=first.booking,
                label=f"{board.job.title}: {row.name}", firmness=Firmness(first.firmness), why_double=first.why_double,
                actor=actor, call=call.inner(),
            )  # fmt: skip


def _new_days(board: Board, row: Activity, was: tuple[date, date], booked: set[date]) -> list[date]:
    """A crew that was there to the end stays to the end; one for some days keeps their places in the row of working days."""
    hours = board.calendar(row)
    old = [d for d in days(*was) if hours.shifts(d)]
    new = [d for d in days(*board.days(row)) if hours.shifts(d)]
    if booked >= {d for d in old if d >= min(booked)}:
        return new
    return [d for i, d in enumerate(new) if i < len(old) and old[i] in booked]
