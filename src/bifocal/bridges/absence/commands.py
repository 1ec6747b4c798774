"""Somebody falls out: one act."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel

from bifocal.bridges.absence.facts import PersonFellOut
from bifocal.bridges.absence.queries import crew_work, not_begun
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Allocation, Person
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.money import ZERO
from bifocal.lib.periods import TimeRange
from bifocal.service.replan.commands import DropIn, MoveIn, locked_visits, settle
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import PLANNED


class StandIn(BaseModel):
    """Who does a stretch of crew work instead; nobody: the hours stay open."""

    allocation: UUID
    person: UUID | None = None


@command("person.sick")
def fall_out(
    *, person: UUID, start: datetime, end: datetime, reason: str = "sick", moves: list[MoveIn] = [],  # noqa: B006
    stand_ins: list[StandIn] = [], actor: Actor, call: Call,  # noqa: B006
) -> dict[str, Any]:  # fmt: skip
    """Somebody can't come: their calls go where a proposal says (else to the tray), their crew work to who stands in, all in one act.

    Crew hours that nobody takes are noted as open demand of their trade. What they have begun stays theirs.
    """
    who: Person = Person.objects.select_related("branch").find(person, actor)
    require(actor, "people.time_off")
    during = TimeRange(start, end)
    inner, inside = actor.within("person.sick"), call.inner()
    drops = _left(who, during, {m.visit for m in moves})
    told = settle(locked_visits([*moves, *drops], actor), moves, drops, reason, inner, inside)
    people.lock_person(who)
    covered, open_ = _crew(who, during, {s.allocation: s.person for s in stand_ins}, inner, inside)
    people.allocate(
        person=who, during=during, use=AllocationKind.TIME_OFF, source=Subject("time_off", call.request_id), label=reason,
        actor=inner, call=inside,
    )  # fmt: skip
    done = PersonFellOut(
        start=start, end=end, reason=reason, calls_moved=len(moves), calls_in_tray=len(drops), crew_hours_covered=str(covered),
        crew_hours_open=str(open_),
    )  # fmt: skip
    record(done, about=who, actor=actor, call=call)
    return {**who.answer(), "moved": len(moves), "in_tray": len(drops), "told": told, "covered": covered, "open": open_}


def _left(who: Person, during: TimeRange, moved: set[UUID]) -> list[DropIn]:
    """Calls of theirs in those hours that no proposal moves, and those before that they have not set out for: back to the tray."""
    rows = Allocation.objects.filter(
        person=who, firmness=Firmness.FIRM, use=AllocationKind.VISIT, during__overlap=(during.start, during.end)
    )
    theirs = Q(uid__in=rows.values("source_uid"), status__in=PLANNED) | Q(pk__in=not_begun(who, during.start).values("pk"))
    visits = Visit.objects.filter(theirs).exclude(uid__in=moved)
    return [DropIn(visit=v.uid, version=v.version) for v in visits.order_by("id")]


def _crew(who: Person, during: TimeRange, chosen: dict[UUID, UUID | None], actor: Actor, call: Call) -> tuple[Decimal, Decimal]:
    """Cut their crew work out, give it to who stands in; hours covered and hours left open."""
    covered = open_ = ZERO
    for work in crew_work(who, during):
        row, label = work.allocation, work.allocation.label
        other = chosen.get(row.uid)
        about = Subject(row.source_kind, row.source_uid)
        taken, _ = people.free_hours(row=row, during=work.during, actor=actor, call=call)
        if other:
            people.allocate(
                person=Person.objects.find(other, actor), during=taken, use=AllocationKind.PROJECT_DAY, source=about, booking=row.booking,
                label=label, actor=actor, call=call,
            )  # fmt: skip
            covered += taken.hours
        else:
            open_ += taken.hours
            _open(who, taken, about, label, actor, call)
    return covered, open_


def _open(who: Person, taken: TimeRange, about: Subject, label: str, actor: Actor, call: Call) -> None:
    """Note the hours as demand of their trade, or of a skill they hold."""
    codes = list(who.skills.order_by("id").values_list("skill__code", flat=True))
    code = who.trade if who.trade in codes else next(iter(codes), "")
    if code and about.kind == "activity":
        people.note_demand(
            skill=code, day=accounting_day(taken.start, who.branch), hours=taken.hours, about_kind="activity", about=about.uid,
            label=label, actor=actor, call=call,
        )  # fmt: skip
