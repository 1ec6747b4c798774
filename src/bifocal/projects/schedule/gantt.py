"""What the Gantt paints: columns once, then one short list a row, instants as minutes since 1970 in local time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bifocal.engines.cpm.model import Kind
from bifocal.kernel.jobs.models import CostCode
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.models import Activity, Baseline

COLUMNS = (
    "uid", "code", "name", "parent", "place", "kind", "start", "finish", "minutes", "days", "percent", "float", "critical", "late_finish",
    "crew", "limit", "limit_at", "started", "finished", "per_day", "cost",
)  # fmt: skip
LINKS = ("before", "after", "sort", "lag")
Row = tuple[Any, ...]


def marks(board: Board) -> dict[int, Row]:
    """By key of each row what its painted dates hang on: rows whose marks and own columns are alike are painted alike."""
    out: dict[int, Row] = {}
    done = done_of_groups(board)
    for r in board.rows:
        d = board.dates(r)
        if d is None:
            out[r.id] = (*board.span(r), done.get(r.id, 0))
        else:
            out[r.id] = (board.acts[board.keys[r.id]], d.start, d.finish, d.late_finish, d.total_float, d.critical)
    return out


def painted(board: Board, rows: Iterable[Activity]) -> list[Row]:
    """These rows as the client keeps them."""
    rows = list(rows)
    done = done_of_groups(board) if any(r.id in board.groups for r in rows) else {}
    return [_row(board, r, done) for r in rows]


def _row(board: Board, r: Activity, done: Mapping[int, int]) -> Row:
    begins, ends = board.span(r)
    above = board.by_pk.get(r.parent_id) if r.parent_id else None
    head = (str(r.uid), r.code, r.name, str(above.uid) if above else None, r.place)
    d = board.dates(r)
    cost = r.cost_code.code if r.cost_code else ""
    if d is None:
        return (
            *head, "group", begins, ends, 0, 0, done.get(r.id, 0), None, False, ends, "", "", None, False, False, board.per_day(r), cost,
        )  # fmt: skip
    act = board.acts[board.keys[r.id]]
    per_day = board.per_day(r)
    kind = "milestone" if act.milestone else "task" if act.kind in (Kind.TASK, Kind.RESOURCE) else str(act.kind)
    slack = None if d.total_float is None else round(d.total_float / per_day, 1)
    limit = act.constraint
    return (
        *head, kind, begins, ends, act.duration, round(act.duration / per_day, 2), round(act.percent), slack,
        d.critical and d.total_float is not None, d.late_finish, r.crew.name if r.crew else "", str(limit.limit) if limit else "",
        limit.at if limit else None, act.actual_start is not None, act.actual_finish is not None, per_day, cost,
    )  # fmt: skip


def done_of_groups(board: Board) -> dict[int, int]:
    """How far each group is: what is done of the working minutes below it, in percent."""
    sums: dict[int, list[float]] = {}
    for r in board.rows if board.groups else ():
        if r.id not in board.keys:
            continue
        act = board.acts[board.keys[r.id]]
        part = act.duration * (100 if act.actual_finish is not None else act.percent)
        for above in board.above(r):
            found = sums.setdefault(above, [0.0, 0.0])
            found[0] += part
            found[1] += act.duration
    return {pk: round(part / whole) for pk, (part, whole) in sums.items() if whole}


def link_marks(board: Board) -> set[tuple[int, int, str, int]]:
    """Each link by the keys of the two it joins, its sort and its lag in minutes."""
    return {(li.before_id, li.after_id, li.sort, li.exact.get("minutes", li.lag * 480)) for li in board.links}


def arrows(uids: Mapping[int, str], found: Iterable[tuple[int, int, str, int]]) -> list[Row]:
    """Marks of links as the client keeps them."""
    return sorted((uids[before], uids[after], sort, lag) for before, after, sort, lag in found)


def chart(board: Board, baseline: int | None = None) -> dict[str, Any]:
    """Everything that the Gantt needs, with the baseline asked for (else the last one)."""
    kept = list(Baseline.objects.filter(job=board.job).defer("rows"))
    chosen = next((b for b in kept if b.number == baseline), kept[-1] if kept else None)
    return {
        "job": str(board.job.uid), "version": board.version, "columns": COLUMNS, "rows": painted(board, board.rows),
        "links": arrows(board.uids(), link_marks(board)),
        "data_date": board.data_date, "finish": board.finish, "start": board.network.projects[0].start, "imported": board.imported,
        "baselines": [{"number": b.number, "name": b.name} for b in kept],
        "baseline": chosen.number if chosen else None, "baseline_rows": chosen.rows if chosen else {},
        "costs": list(CostCode.objects.order_by("code").values_list("code", "name")),
        "calendars": [_week(c) for c in board.network.calendars],
    }  # fmt: skip


def _week(c: Any) -> dict[str, Any]:
    """A calendar for shading: which weekdays are worked, which days are off."""
    return {
        "name": c.name or c.id, "weekdays": [n for n, shifts in enumerate(c.week) if shifts],
        "off": sorted(d.isoformat() for d, shifts in c.exceptions.items() if not shifts)[:400],
    }  # fmt: skip
