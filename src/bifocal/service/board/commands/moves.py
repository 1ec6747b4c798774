"""Moves on the board: one line or many, as one act with expected versions; and the way back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from pydantic import BaseModel, ConfigDict

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record, told_together
from bifocal.core.models import Fact
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Crew, Person
from bifocal.kernel.people.queries import qualified
from bifocal.lib.errors import CannotMove, DomainError, Invalid, NotFound, Refused, StaleVersion
from bifocal.lib.periods import TimeRange, clock
from bifocal.service.board.facts import BoardMoved, MoveUndone
from bifocal.service.board.models import Act
from bifocal.service.board.rules import moved_window
from bifocal.service.visits.commands import office
from bifocal.service.visits.facts import VisitMoved
from bifocal.service.visits.models import Assignment, Visit
from bifocal.service.visits.rules import LIVE, Status, check_move, word

MOST = 600  # lines of one act


class Line(BaseModel):
    """Where one visit goes: to a technician or a crew at a time, or (with `tray`) off the plan. Left out: as it is.

    `helpers` are exactly those who go along; `version` is what the dispatcher saw; `window_start` and `window_end` a window that the
    customer is told now.
    """

    model_config = ConfigDict(extra="forbid")
    visit: UUID
    version: int | None = None
    technician: UUID | None = None
    crew: UUID | None = None
    helpers: list[UUID] | None = None
    start: datetime | None = None
    end: datetime | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    tray: bool = False
    override: str = ""


@dataclass
class Outcome:
    """What became of an act: the visits that moved, how to bring them back, and what was left out and why."""

    moved: list[Visit] = field(default_factory=list)
    back: list[Line] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        """As the command answers it."""
        moved = [{"visit": v.uid, "job_number": v.job.number, "version": v.version, "status": v.status} for v in self.moved]
        return {"kind": "board", "moved": moved, "left_out": self.left_out}


class _Stuck(Exception):
    def __init__(self, line: Line, why: DomainError) -> None:
        self.line, self.why = line, why


@command("board.move")
def move_on_board(*, lines: list[Line], why: str = "", actor: Actor, call: Call) -> dict[str, Any]:
    """Move, extend, reassign or take off visits as one act: what somebody else changed meanwhile is told and left out.

    Raises the first refusal where nothing could be moved: StaleVersion, PersonIsTaken, CannotMove, Refused.
    """
    require(actor, "visit.schedule")
    return keep(apply(lines, why=why, actor=actor, call=call), why, actor, call)


@command("board.undo")
def undo_move(*, actor: Actor, call: Call) -> dict[str, Any]:
    """Bring back your last move on the board; what was changed since is told and left as it is."""
    require(actor, "visit.schedule")
    last = Act.objects.select_for_update().filter(actor_key=actor.key, undone_at=None).order_by("-id").first()
    if last is None:
        raise Refused("There is no move of yours to undo.")
    last.undone_at = call.occurred_at
    last.save(update_fields=["undone_at"])
    done = apply([Line.model_validate(b) for b in last.before], why="undo", actor=actor, call=call)
    told = MoveUndone(moved=len(done.moved), left_out=len(done.left_out))
    record(told, about=last, actor=actor, call=call)
    return {**done.answer(), "uid": last.uid}


def keep(done: Outcome, why: str, actor: Actor, call: Call) -> dict[str, Any]:
    """Remember an act so that it can be undone, and answer what became of it."""
    before = json.loads(json.dumps([b.model_dump(exclude_none=True) for b in done.back], cls=DjangoJSONEncoder))
    act = Act.objects.create(actor_key=actor.key, at=call.occurred_at, said=why[:200], before=before)
    told = BoardMoved(moved=len(done.moved), left_out=len(done.left_out), why=why)
    record(told, about=act, actor=actor, call=call)
    return {**done.answer(), "uid": act.uid}


def apply(lines: list[Line], *, why: str, actor: Actor, call: Call) -> Outcome:
    """Carry lines out together; a line that can't be is left out with its sentence and the others go on without it."""
    require(actor, "visit.schedule")
    if not lines or len(lines) > MOST or len({li.visit for li in lines}) < len(lines):
        raise Invalid(f"One act moves 1 to {MOST} visits, each once.", field="lines")
    list(Job.objects.select_for_update(of=("self",)).filter(visits__uid__in=[li.visit for li in lines]).order_by("id"))
    going, stuck = list(lines), list[_Stuck]()
    while going:
        try:
            with transaction.atomic(), told_together():
                done = _together(going, why, actor, call)
        except _Stuck as no:
            stuck.append(no)
            going.remove(no.line)
        else:
            done.left_out = [_told(s) for s in stuck]
            return done
    raise stuck[0].why


def _told(stuck: _Stuck) -> dict[str, Any]:
    row = Visit.objects.filter(uid=stuck.line.visit).select_related("job").first()
    return {
        "visit": stuck.line.visit, "job_number": row.job.number if row else "", "code": stuck.why.code, "sentence": stuck.why.sentence,
    }  # fmt: skip


def _together(lines: list[Line], why: str, actor: Actor, call: Call) -> Outcome:
    """All lines, or _Stuck for the first that does not go: places are given up first, so that two visits can change them."""
    inner, done = actor.within("visit.schedule"), Outcome()
    rows: list[tuple[Line, Visit]] = []
    for line in sorted(lines, key=lambda li: str(li.visit)):
        try:
            row = fresh(line, actor)
            check_move(row.status, Status.UNSCHEDULED if line.tray else Status.SCHEDULED) if row.status not in LIVE else None
        except DomainError as no:
            raise _Stuck(line, no) from no
        done.back.append(_back(row))
        rows.append((line, row))
    for _, row in rows:
        people.release(source=row.subject, actor=inner, call=call)
    for line, row in rows:
        try:
            _one(line, row, why, actor, call)
        except DomainError as no:
            raise _Stuck(line, no) from no
        done.moved.append(row)
    for row in done.moved:
        office.follow(row.job, actor=inner, call=call)
    versions = {row.uid: row.version for row in done.moved}
    for back in done.back:
        back.version = versions[back.visit]
    return done


def fresh(line: Line, actor: Actor) -> Visit:
    """The visit of a line, locked, as the dispatcher saw it. Raises NotFound, StaleVersion with who moved what."""
    try:
        _, row = office.job_and_visit(line.visit, actor, Call(expected_version=line.version))
    except StaleVersion as stale:
        raise StaleVersion(_who_moved(line.visit, stale), **stale.extra) from stale
    return row


def _who_moved(visit: UUID, stale: StaleVersion) -> str:
    row = Visit.objects.select_related("job__branch").get(uid=visit)
    last = Fact.objects.filter(subject_uid=visit).order_by("-id").first()
    if last is None or last.name not in ("VisitScheduled", "VisitMoved"):
        return stale.sentence
    if last.name == "VisitMoved":
        return f"{last.actor_name} changed {row.job.number} to {word(last.payload['after'])} while you had it open. Look at it again."
    from zoneinfo import ZoneInfo

    at = datetime.fromisoformat(last.payload["start"]).astimezone(ZoneInfo(row.job.branch.tz))
    where = f"{last.payload['technician']}, {at:%a %-d %b} {clock(at)}"
    return f"{last.actor_name} moved {row.job.number} to {where} while you had it open. Look at it again."


def _back(row: Visit) -> Line:
    """The line that brings a visit back to where it is now."""
    seat = row.assignments.filter(removed_at=None, lead=True).select_related("person").first()
    if not row.planned or seat is None:
        return Line(visit=row.uid, tray=True)
    window = {"window_start": row.window.lower, "window_end": row.window.upper} if row.window else {}
    others = list(row.assignments.filter(removed_at=None, lead=False).values_list("person__uid", flat=True))
    # what stood there may stand there again: nobody asks twice for the reason of sending somebody without the skill
    when = {"start": row.planned.lower, "end": row.planned.upper}
    return Line(visit=row.uid, technician=seat.person.uid, helpers=others, override="as before", **when, **window)


def _one(line: Line, row: Visit, why: str, actor: Actor, call: Call) -> None:
    if line.tray:
        before = row.status
        office.off_the_plan(row, Status.UNSCHEDULED, actor=actor.within("visit.schedule"), call=call)
        record(VisitMoved(before=before, after=Status.UNSCHEDULED, reason=why), about=row, actor=actor, call=call)
        return
    line = named(line, row)
    lead = line.technician or _leader(row)
    start = line.start or (row.planned.lower if row.planned else None)
    if start is None or lead is None:
        raise Invalid("Say who goes and when, or put the visit into the tray.", field="lines")
    long = (row.planned.upper - row.planned.lower) if row.planned else None
    end = line.end or (start + long if long else None)
    if row.status in LIVE:
        _longer(line, row, TimeRange(start, end or start), actor, call)
        return
    if line.helpers is not None:
        stay_behind({lead, *line.helpers}, row, actor, call)
    office.plan_visit(row, lead, start, end, window=_window(line, row), reason=why, override=line.override, actor=actor, call=call)
    if line.helpers is not None:
        go_along(set(line.helpers) - {lead}, row, actor, call)


def _window(line: Line, row: Visit) -> TimeRange | None:
    """The window the customer is told: the line's where it differs from what they know; none where the promise holds."""
    if not (line.window_start and line.window_end):
        return None
    same = row.window and (row.window.lower, row.window.upper) == (line.window_start, line.window_end)
    return None if same else TimeRange(line.window_start, line.window_end)


def told_window(row: Visit, start: datetime) -> dict[str, datetime]:
    """The new window of a line that leaves the promised one: what the customer will be told; else nothing."""
    told = moved_window((row.window.lower, row.window.upper), start) if row.window else None
    return {"window_start": told[0], "window_end": told[1]} if told else {}


def named(line: Line, row: Visit) -> Line:
    """A line that names a crew, with its people instead: who of them may lead, and who goes along. Raises Refused, NotFound."""
    if not line.crew:
        return line
    members = _members(line.crew)
    begin = line.start or (row.planned.lower if row.planned else None)
    able = set(qualified(row.skill, accounting_day(begin, row.job.branch)).values_list("pk", flat=True)) if begin else set()
    lead = next((p for p in members if p.pk in able), None)
    if lead is None:
        raise Refused("Nobody of this crew may lead a call of that skill. Choose a technician, or give somebody the skill.", field="crew")
    return line.model_copy(update={"crew": None, "technician": lead.uid, "helpers": [p.uid for p in members if p != lead]})


def _leader(row: Visit) -> UUID | None:
    seat = row.assignments.filter(removed_at=None, lead=True).select_related("person").first()
    return seat.person.uid if seat else None


def _members(crew: UUID) -> list[Person]:
    row = Crew.objects.filter(uid=crew).first()
    if row is None:
        raise NotFound("There is no such crew.")
    return sorted(row.members.filter(active=True), key=lambda p: (p.pk != row.foreman_id, p.name))


def stay_behind(going: set[UUID], row: Visit, actor: Actor, call: Call) -> None:
    """Helpers who do not go any more leave first: their hours may be wanted by what moves in the same act."""
    seats = row.assignments.filter(removed_at=None, lead=False).exclude(person__uid__in=going)
    for uid in sorted(seats.values_list("person__uid", flat=True)):
        office.remove_helper(visit=row.uid, person=uid, actor=actor, call=call.inner())
    row.refresh_from_db(fields=["version"])


def go_along(wanted: set[UUID], row: Visit, actor: Actor, call: Call) -> None:
    """These people go along with the lead as well."""
    for uid in sorted(wanted - set(row.assignments.filter(removed_at=None).values_list("person__uid", flat=True))):
        office.add_helper(visit=row.uid, person=uid, actor=actor, call=call.inner())
    row.refresh_from_db(fields=["version"])


def _longer(line: Line, row: Visit, during: TimeRange, actor: Actor, call: Call) -> None:
    """A visit under way takes longer (or less): its start and its people stay."""
    seats = list(Assignment.objects.filter(visit=row, removed_at=None).select_related("person__branch").order_by("person_id"))
    stays = during.start == row.planned.lower and line.technician in (None, *(s.person.uid for s in seats)) and not line.crew
    if not stays:
        raise CannotMove(f"This visit is {word(row.status)}: it can be made longer or shorter, not moved.")
    for seat in seats:
        office.hold_person(row, seat.person, during, actor=actor.within("visit.schedule"), call=call)
    row.change(planned=(during.start, during.end))
    record(VisitMoved(before=row.status, after=row.status, reason="longer"), about=row, actor=actor, call=call)
