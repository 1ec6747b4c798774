"""One change of a schedule, applied to its rows in memory. What it may not do is said in a sentence; dates are the engine's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.engines.cpm.calendars import Table
from bifocal.engines.cpm.model import Limit, LinkType
from bifocal.kernel.jobs.models import CostCode
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.projects.schedule import exact
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.gates import check_finish, check_start
from bifocal.projects.schedule.models import Activity, ActivityLink

STEP = 16  # between the places of two rows, so that one put between them moves nobody else
LONGEST = 60 * 24 * 366 * 20
Verb = Literal[
    "add", "code", "cost", "first", "indent", "lag", "limit", "link", "move", "outdent", "place", "progress", "remove", "rename",
    "resize", "unlink",
]  # fmt: skip


class Change(BaseModel):
    """One change: what to do with which activity. Instants are minutes since 1970 in the job's local time, lengths working minutes."""

    do: Verb
    activity: UUID | None = None
    other: UUID | None = None
    at: int | None = Field(None, ge=-40_000_000, le=120_000_000)
    minutes: int = Field(0, ge=-LONGEST, le=LONGEST)
    percent: int = Field(0, ge=0, le=100)
    text: str = Field("", max_length=255)
    sort: LinkType = "FS"


def apply(board: Board, change: Change) -> str:
    """Apply one change and say it in a few words. Raises Invalid, NotFound or Refused."""
    return DOERS[change.do](board, change)


def _row(board: Board, uid: UUID | None, field: str = "activity") -> Activity:
    found = next((r for r in board.rows if r.uid == uid), None)
    if found is None:
        raise NotFound("There is no such activity in this schedule. Load it again.", field=field)
    return found


def _work(board: Board, change: Change) -> Activity:
    """The row, which must be work and not a group."""
    row = _row(board, change.activity)
    if row.pk in board.groups or row.exact.get("kind") in ("summary", "WBS summary"):
        raise Refused(f"{row.code} is a group: its dates come from what is below it. Change the activities in it.", field="activity")
    return row


def _move(board: Board, change: Change) -> str:
    """Not to start before an instant; where logic is later anyway the limit says nothing and is left out."""
    row = _work(board, change)
    if row.actual_start or row.exact.get("actual_start") is not None:
        raise Refused(f"{row.code} has started: where it began is a fact. Change what is left of it instead.", field="activity")
    if change.at is None:
        raise Invalid("Say when it shall start.", field="at")
    _limit_to(board, row, Limit.START_AFTER, change.at)
    board.solve()
    found = board.dates(row)
    held = _held(row)
    if found is not None and found.early_start > Table(board.calendar(row), held, held).next_start(held):
        _limit_to(board, row, None, None)
    return f"{row.code} moved"


def _held(row: Activity) -> int:
    kept = row.exact.get("constraint")
    return exact.begin(row.not_before) if row.not_before else (kept or {}).get("at") or 0


def _limit_to(board: Board, row: Activity, limit: Limit | None, at: int | None) -> None:
    """In whole days the column says it, else the engine's own terms."""
    row.not_before = None
    row.exact.pop("constraint", None)
    if limit is None:
        return
    if not board.imported and limit is Limit.START_AFTER and at is not None:
        row.not_before = exact.day_of(at)
        return
    if limit is Limit.START_AFTER and at is not None and at % 1440 == 0:
        shifts = board.calendar(row).shifts(exact.day_of(at))
        at += shifts[0][0] if shifts else 0
    row.exact["constraint"] = {"limit": limit.value, "at": at}


def _limit(board: Board, change: Change) -> str:
    """A constraint by its name; no name takes it off."""
    row = _work(board, change)
    if not change.text:
        _limit_to(board, row, None, None)
        return f"{row.code} has no constraint any more"
    if change.text not in set(Limit):
        raise Invalid(f"'{change.text}' is no constraint. Choose one of: {', '.join(Limit)}.", field="text")
    limit = Limit(change.text)
    if limit is not Limit.LATE and change.at is None:
        raise Invalid(f"'{limit}' needs a date.", field="at")
    _limit_to(board, row, limit, None if limit is Limit.LATE else change.at)
    return f"{row.code}: {limit}"


def _resize(board: Board, change: Change) -> str:
    """Another duration in working minutes, or until an instant; of what has started the rest grows or shrinks by the difference."""
    row = _work(board, change)
    if change.at is not None:
        starts = board.span(row)[0]
        table = Table(board.calendar(row), starts, max(starts, change.at))
        change = change.model_copy(update={"minutes": max(0, table.work(starts, change.at))})
    if change.minutes < 0:
        raise Invalid(f"{row.code} can't take less than no time.", field="minutes")
    act, per_day = board.acts[board.keys[row.pk]], board.per_day(row)
    if act.actual_finish is not None:
        raise Refused(f"{row.code} is finished: how long it took is a fact.", field="minutes")
    row.days = min(32767, -(-change.minutes // per_day))
    if "id" in row.exact or change.minutes % per_day or "duration" in row.exact or act.actual_start is not None:
        left = change.minutes if act.actual_start is None else max(0, act.remaining + change.minutes - act.duration)
        row.exact |= {"duration": change.minutes, "remaining": left}
        if "planned" in row.exact and act.actual_start is None:
            row.exact["planned"] = change.minutes
    return f"{row.code} takes {change.minutes / per_day:g} days"


def _progress(board: Board, change: Change) -> str:
    row = _work(board, change)
    check_finish(row, change.percent)
    check_start(row, change.percent)
    if change.percent and change.at is None and not row.actual_start and "actual_start" not in row.exact:
        change = change.model_copy(update={"at": board.span(row)[0]})
    set_progress(
        row, board.acts[board.keys[row.pk]].duration, change.percent, change.at, board.span(row)[1] if change.percent == 100 else None
    )
    return f"{row.code} is {change.percent} percent done"


def set_progress(row: Activity, duration: int, percent: int, start: int | None, finish: int | None) -> None:
    """How far it is, with its instants; an imported activity keeps them to the minute, and what is left of it."""
    began = start if start is not None and percent else None
    row.percent = percent
    row.actual_start = None if not percent else exact.day_of(began) if began is not None else row.actual_start
    row.actual_finish = exact.last_day(finish, 0) if finish is not None else None
    row.exact.pop("remaining", None)
    if "id" in row.exact:
        if began is not None or not percent:
            row.exact["actual_start"] = began
        row.exact |= {
            "percent": float(percent),
            "actual_finish": finish,
            "remaining": 0 if finish is not None else duration * (100 - percent) // 100,
        }


def _rename(board: Board, change: Change) -> str:
    row = _row(board, change.activity)
    if not change.text:
        raise Invalid("An activity needs a name.", field="text")
    row.name = change.text
    return f"{row.code} is called {row.name}"


def _code(board: Board, change: Change) -> str:
    row = _row(board, change.activity)
    if not change.text or any(r.code == change.text and r is not row for r in board.rows):
        raise Invalid(f"'{change.text}' is empty or taken by another activity. Choose another id.", field="text")
    row.code = change.text[:60]
    return f"{row.code} is the new id"


def _link(board: Board, change: Change) -> str:
    """`activity` waits for `other`."""
    after, before = _work(board, change), _row(board, change.other, "other")
    if before.pk in board.groups:
        raise Refused(f"{before.code} is a group. Link the activities in it.", field="other")
    if before is after:
        raise Refused(f"{after.code} can't wait for itself.", field="other")
    if any(li.before_id == before.pk and li.after_id == after.pk and li.sort == change.sort for li in board.links):
        raise Refused(f"{after.code} waits for {before.code} already ({change.sort}).", field="other")
    board.links.append(ActivityLink.objects.create(before=before, after=after, sort=change.sort, **_lag(board, change.minutes)))
    return f"{after.code} waits for {before.code}"


def _lag(board: Board, minutes: int) -> dict[str, object]:
    whole = not board.imported and minutes % exact.DAY == 0
    return {"lag": int(minutes / exact.DAY), "exact": {} if whole else {"minutes": minutes}}


def _found(board: Board, change: Change) -> ActivityLink:
    after, before = _row(board, change.activity), _row(board, change.other, "other")
    for li in board.links:
        if li.before_id == before.pk and li.after_id == after.pk and li.sort == change.sort:
            return li
    raise NotFound(f"{after.code} does not wait for {before.code} ({change.sort}). Load it again.", field="other")


def _set_lag(board: Board, change: Change) -> str:
    li = _found(board, change)
    for name, value in _lag(board, change.minutes).items():
        setattr(li, name, value)
    li.save(update_fields=["lag", "exact"])
    return f"{board.by_pk[li.after_id].code}: lag {change.minutes / 60:g} h"


def _unlink(board: Board, change: Change) -> str:
    li = _found(board, change)
    told = f"{board.by_pk[li.after_id].code} does not wait for {board.by_pk[li.before_id].code} any more"
    board.links.remove(li)
    li.delete()
    return told


def _siblings(board: Board, row: Activity) -> list[Activity]:
    return [r for r in board.rows if r.parent_id == row.parent_id]


def _indent(board: Board, change: Change) -> str:
    """Below the row above it, which becomes a group."""
    row = _row(board, change.activity)
    beside = _siblings(board, row)
    at = beside.index(row)
    if at == 0:
        raise Refused(f"{row.code} has no row above it on its level to go under.", field="activity")
    above = beside[at - 1]
    _may_hold(board, above)
    row.parent = above
    return f"{row.code} is part of {above.code}"


def _may_hold(board: Board, above: Activity) -> None:
    if above.pk in board.groups or above.exact.get("kind") == "summary":
        return
    if any(above.pk in (li.before_id, li.after_id) for li in board.links):
        raise Refused(f"{above.code} has links, and a group has none. Take its links off, or add a group of its own.", field="activity")
    if above.crew_id or above.actual_start or "id" in above.exact:
        raise Refused(f"{above.code} is work with a crew, progress or a place in a file; it can't become a group.", field="activity")


def _outdent(board: Board, change: Change) -> str:
    """To the level of its group, behind it."""
    row = _row(board, change.activity)
    above = board.by_pk.get(row.parent_id) if row.parent_id else None
    if above is None:
        raise Refused(f"{row.code} is on the first level already.", field="activity")
    row.parent_id = above.parent_id
    _put_after(board, row, [above, *board.descendants(above)])
    return f"{row.code} is out of {above.code}"


def _put_after(board: Board, row: Activity, block: list[Activity]) -> None:
    """Place a row (with what is below it) behind the last of a block, and number the rest anew."""
    moving = [row, *sorted(board.descendants(row), key=lambda r: (r.place, r.pk))]
    keys = {r.pk for r in moving}
    rest, behind = [r for r in board.rows if r.pk not in keys], {r.pk for r in block}
    at = max((i for i, r in enumerate(rest) if r.pk in behind), default=-1) + 1
    board.rows = rest[:at] + moving + rest[at:]
    low = rest[at - 1].place if at else 0
    room = (rest[at].place - low if at < len(rest) else STEP * (len(moving) + 1)) // (len(moving) + 1)
    if room:
        for n, r in enumerate(moving, 1):
            r.place = low + n * room
    else:
        for n, r in enumerate(board.rows, 1):
            r.place = n * STEP


def _place(board: Board, change: Change) -> str:
    """Behind another row, on its level."""
    row, other = _row(board, change.activity), _row(board, change.other, "other")
    below = list(board.descendants(row))
    if other is row or other in below:
        raise Refused(f"{row.code} can't go below itself.", field="other")
    row.parent_id = other.parent_id
    _put_after(board, row, [other, *board.descendants(other)])
    return f"{row.code} is behind {other.code}"


def _first(board: Board, change: Change) -> str:
    """The first row in `other`, which is or becomes a group; without it the first row of all."""
    row = _row(board, change.activity)
    other = _row(board, change.other, "other") if change.other else None
    if other is not None:
        if other is row or other in board.descendants(row):
            raise Refused(f"{row.code} can't go below itself.", field="other")
        _may_hold(board, other)
    row.parent_id = other.pk if other else None
    _put_after(board, row, [other] if other else [])
    return f"{row.code} is first in {other.code}" if other else f"{row.code} is the first row"


def _cost(board: Board, change: Change) -> str:
    """The cost code whose budget the work is; no text takes it off."""
    row = _work(board, change)
    found = CostCode.objects.filter(code=change.text).first() if change.text else None
    if change.text and found is None:
        raise Invalid(f"There is no cost code '{change.text}'. Choose one of the list, or add it in the settings first.", field="text")
    row.cost_code = found
    return f"{row.code}: cost code {found.code}" if found else f"{row.code} has no cost code any more"


def _add(board: Board, change: Change) -> str:
    """A new activity behind `other` (else at the end), with a uid of the caller's where given."""
    if change.activity is not None and any(r.uid == change.activity for r in board.rows):
        raise Refused("That activity is here already.", field="activity")
    if not change.text:
        raise Invalid("An activity needs a name.", field="text")
    beside = _row(board, change.other, "other") if change.other else None
    per_day = board.per_day(beside or Activity())
    row = Activity(job=board.job, code=_next_code(board), name=change.text, days=min(32767, -(-max(0, change.minutes) // per_day)))
    row.parent_id = beside.parent_id if beside else None
    if change.activity is not None:
        row.uid = change.activity
    if board.imported:
        row.exact = _as_in_file(board, row.code, max(0, change.minutes), beside)
    elif change.minutes % exact.DAY:
        row.exact = {"duration": change.minutes, "remaining": change.minutes}
    row.save()
    block = [beside, *board.descendants(beside)] if beside else list(board.rows)
    board.rows.append(row)
    board.by_pk[row.pk] = row
    _put_after(board, row, block)
    return f"{row.code} {row.name} added"


def _next_code(board: Board) -> str:
    taken, n = {r.code for r in board.rows}, 10
    while f"A{n}" in taken:
        n += 10
    return f"A{n}"


def _as_in_file(board: Board, code: str, minutes: int, beside: Activity | None) -> dict[str, object]:
    """What a new activity needs to go out with the file: a number of its own, the calendar of its neighbor."""
    ids = [r.exact["id"] for r in board.rows if "id" in r.exact]
    numbered = all(i.isascii() and i.isdigit() for i in ids)
    new = str(max((int(i) for i in ids), default=0) + 1) if numbered else f"new-{code}"
    project = board.network.projects[0]
    calendar = (beside.exact.get("calendar") if beside else None) or project.calendar or board.network.calendars[0].id
    kind = {} if minutes else {"kind": "finish milestone"}
    return {"id": new, "project": project.id, "calendar": calendar, "duration": minutes, "remaining": minutes, **kind}


def _remove(board: Board, change: Change) -> str:
    """What is below a removed group goes up to its level."""
    row = _row(board, change.activity)
    if row.actual_start:
        raise Refused(f"{row.code} has started: what was done is not removed. Set what is left of it to nothing.", field="activity")
    for r in board.rows:
        if r.parent_id == row.pk:
            r.parent_id = row.parent_id
    board.links = [li for li in board.links if row.pk not in (li.before_id, li.after_id)]
    board.rows.remove(row)
    told, pk = f"{row.code} {row.name} removed", row.pk
    Activity.objects.filter(parent_id=pk).update(parent_id=row.parent_id)
    row.delete()
    return told


DOERS: dict[Verb, Callable[[Board, Change], str]] = {
    "add": _add, "code": _code, "cost": _cost, "first": _first, "indent": _indent, "lag": _set_lag, "limit": _limit, "link": _link,
    "move": _move, "outdent": _outdent, "place": _place, "progress": _progress, "remove": _remove, "rename": _rename,
    "resize": _resize, "unlink": _unlink,
}  # fmt: skip
