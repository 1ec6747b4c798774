"""What if: moves that nobody else sees, undone freely, compared with the live board, published as one act."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Branch
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.service.board.commands.moves import MOST, Line, apply, fresh, keep, named, told_window
from bifocal.service.board.facts import DraftChanged
from bifocal.service.board.models import Draft
from bifocal.service.board.queries import latest
from bifocal.service.visits.rules import LIVE, Status, check_move


@command("draft.open")
def open_draft(*, branch: str, actor: Actor, call: Call) -> Draft:
    """Begin a what-if of a branch's board, or go on with yours."""
    require(actor, "visit.schedule")
    where = Branch.objects.filter(code=branch).first()
    if where is None:
        raise NotFound(f"There is no branch '{branch}'.")
    row, _ = Draft.objects.get_or_create(actor_key=actor.key, branch=where)
    record(DraftChanged(moves=len(latest(row))), about=row, actor=actor, call=call)
    return row


@command("draft.move")
def draft_move(*, draft: UUID, lines: list[Line], actor: Actor, call: Call) -> Draft:
    """Move visits in your what-if: nothing is written to the board, nobody is told."""
    row = _own(draft, actor, call)
    require(actor, "visit.schedule")
    return add_to(row, lines, actor, call)


@command("draft.undo")
def undo_draft(*, draft: UUID, actor: Actor, call: Call) -> Draft:
    """Take back the last move of your what-if."""
    row = _own(draft, actor, call)
    require(actor, "visit.schedule")
    if not row.acts:
        raise Refused("There is no move in this what-if to undo.")
    row.change(acts=row.acts[:-1])
    record(DraftChanged(moves=len(latest(row))), about=row, actor=actor, call=call)
    return row


@command("draft.discard")
def discard_draft(*, draft: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Throw your what-if away: the board was never touched."""
    row = _own(draft, actor, call)
    require(actor, "visit.schedule")
    record(DraftChanged(moves=0), about=row, actor=actor, call=call)
    row.delete()
    return {"kind": "draft", "uid": draft}


@command("draft.publish")
def publish_draft(*, draft: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Make your what-if the board, as one act: visits that somebody else moved meanwhile are told and left as they are."""
    row = _own(draft, actor, call)
    require(actor, "visit.schedule")
    lines = [Line.model_validate(line) for line in latest(row).values()]
    if not lines:
        raise Refused("There is no move in this what-if to publish.")
    answer = keep(apply(lines, why="what-if published", actor=actor, call=call), "what-if published", actor, call)
    row.delete()
    return answer


def add_to(row: Draft, lines: list[Line], actor: Actor, call: Call) -> Draft:
    """One more act in a draft, each line as whole as the board needs it: who, when, seen in which version."""
    if not lines or len(lines) > MOST:
        raise Invalid(f"One act moves 1 to {MOST} visits, each once.", field="lines")
    before = latest(row)
    act = [_whole(line, before.get(line.visit), actor) for line in lines]
    row.change(acts=[*row.acts, json.loads(json.dumps(act, cls=DjangoJSONEncoder))])
    record(DraftChanged(moves=len(latest(row))), about=row, actor=actor, call=call)
    return row


def _own(draft: UUID, actor: Actor, call: Call) -> Draft:
    row: Draft = Draft.objects.locked(draft, actor, call)
    if row.actor_key != actor.key:
        raise NotFound("This what-if is somebody else's.")
    return row


def _whole(line: Line, before: dict[str, Any] | None, actor: Actor) -> dict[str, Any]:
    """A line with what it leaves out taken from the draft's last word, else from the board. Raises CannotMove, Invalid, StaleVersion."""
    old = Line.model_validate(before) if before else None
    seen = Line(visit=line.visit, version=old.version if old else line.version)
    visit = fresh(seen, actor)
    if visit.status in LIVE:
        raise Refused("This visit is under way: a what-if leaves it where it is.")
    check_move(visit.status, Status.UNSCHEDULED if line.tray and visit.planned else Status.SCHEDULED)
    if line.tray:
        return Line(visit=line.visit, version=visit.version, tray=True).model_dump(exclude_none=True)
    line = named(line, visit)
    seat = visit.assignments.filter(removed_at=None, lead=True).values_list("person__uid", flat=True).first()
    last = old if old and not old.tray else None
    start = line.start or (last.start if last else visit.planned.lower if visit.planned else None)
    who = line.technician or (last.technician if last else seat)
    if start is None or who is None:
        raise Invalid("Say who goes and when, or put the visit into the tray.", field="lines")
    end = line.end or start + _long(last, visit)
    told = told_window(visit, start) if line.window_start else {}
    whole = line.model_copy(update={"version": visit.version, "start": start, "end": end, "technician": who, **told})
    return whole.model_dump(exclude_none=True)


def _long(last: Line | None, visit: Any) -> Any:
    from datetime import timedelta

    if last and last.start and last.end:
        return last.end - last.start
    return visit.planned.upper - visit.planned.lower if visit.planned else timedelta(minutes=visit.minutes)
