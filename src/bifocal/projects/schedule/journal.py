"""What an edit changed, as JSON, and the way back: only the columns that the edit itself changed are put back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bifocal.lib.errors import Refused
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.models import Activity, ActivityLink

DATES = ("not_before", "actual_start", "actual_finish")
COLUMNS = ("code", "name", "days", "place", "percent", "exact", "phase_id", "cost_code_id", "crew_id")
KEPT = (*COLUMNS, *DATES)
State = dict[str, Any]


def row_state(row: Activity, above: str | None) -> State:
    """A row's columns; its parent by uid."""
    values = vars(row)
    kept = {name: values[name] for name in KEPT}
    kept["parent"], kept["exact"] = above, dict(row.exact)
    return kept


def link_state(li: ActivityLink) -> State:
    """A link as JSON."""
    return {"sort": li.sort, "lag": li.lag, "exact": dict(li.exact)}


def link_key(board: Board, li: ActivityLink) -> str:
    """Which two a link joins, and how."""
    return f"{board.by_pk[li.before_id].uid} {board.by_pk[li.after_id].uid} {li.sort}"


def state(board: Board) -> State:
    """Every row and link of the board."""
    uids = board.uids()
    return {
        "rows": {uids[r.id]: row_state(r, uids.get(r.parent_id or 0)) for r in board.rows},
        "links": {f"{uids[li.before_id]} {uids[li.after_id]} {li.sort}": link_state(li) for li in board.links},
    }  # fmt: skip


def differences(before: State, after: State) -> tuple[State, State]:
    """Both states, reduced to what differs between them; None where a row or link was not there."""
    out: tuple[State, State] = ({}, {})
    for part in ("rows", "links"):
        old, new = before[part], after[part]
        changed = [k for k in {**old, **new} if old.get(k) != new.get(k)]
        out[0][part] = {k: _plain(old.get(k)) for k in changed}
        out[1][part] = {k: _plain(new.get(k)) for k in changed}
    return out


def _plain(kept: State | None) -> State | None:
    return kept and {k: v.isoformat() if isinstance(v, date) else v for k, v in kept.items()}


def restore(board: Board, now: State, then: State) -> set[int]:
    """Put rows and links back from `now` to `then`; returns the keys of rows that were changed.

    Raises Refused where a row that is to be changed is gone.
    """
    by_uid = {str(r.uid): r for r in board.rows}
    touched: set[int] = set()
    gone = [uid for uid, kept in then["rows"].items() if kept is None]
    for uid in gone:
        if uid in by_uid:
            by_uid[uid].delete()
    for uid, kept in then["rows"].items():
        if kept is not None and now["rows"][uid] is None:
            by_uid[uid] = Activity.objects.create(uid=uid, job=board.job, **_columns(kept))
    for uid, kept in then["rows"].items():
        if kept is None:
            continue
        row, was = by_uid.get(uid), now["rows"][uid] or {}
        if row is None:
            raise Refused("An activity of that edit was removed since. It can't be taken back any more.")
        for name, value in _columns(kept).items():
            if value != _columns(was).get(name, object()):
                setattr(row, name, value)
        if kept["parent"] != was.get("parent", ""):
            above = by_uid.get(kept["parent"] or "")
            row.parent_id = above.pk if above else None
        touched.add(row.id)
    board.rows = sorted((r for u, r in by_uid.items() if u not in gone), key=lambda r: (r.place, r.id))
    board.by_pk = {r.id: r for r in board.rows}
    _links(board, by_uid, then["links"])
    return touched


def _links(board: Board, by_uid: Mapping[str, Activity], wanted: Mapping[str, State | None]) -> None:
    here = {r.id for r in board.rows}
    kept = [li for li in board.links if li.before_id in here and li.after_id in here]
    for li in [li for li in kept if link_key(board, li) in wanted]:
        kept.remove(li)
        li.delete()
    for key, values in wanted.items():
        before, after, _ = key.split()
        if values is not None and before in by_uid and after in by_uid:
            kept.append(ActivityLink.objects.create(before=by_uid[before], after=by_uid[after], **values))
    board.links = kept


def _columns(kept: State) -> dict[str, Any]:
    if not kept:
        return {}
    dates = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in DATES}
    return {**{name: kept[name] for name in COLUMNS}, **dates}
