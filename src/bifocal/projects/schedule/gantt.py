"""What the Gantt paints: columns once, then one short list a row, instants as minutes since 1970 in local time."""

from __future__ import annotations

from typing import Any

from bifocal.engines.cpm.model import Kind
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.models import Activity, ActivityLink, Baseline

COLUMNS = (
    "uid", "code", "name", "parent", "place", "kind", "start", "finish", "minutes", "days", "percent", "float", "critical", "late_finish",
    "crew", "limit", "limit_at", "started", "finished", "per_day",
)  # fmt: skip
LINKS = ("before", "after", "sort", "lag")
Row = tuple[Any, ...]


def painted(board: Board) -> dict[str, Row]:
    """Each row as the client keeps it, by uid."""
    uids = {r.pk: str(r.uid) for r in board.rows}
    return {uids[r.pk]: _row(board, r, uids) for r in board.rows}


def _row(board: Board, r: Activity, uids: dict[int, str]) -> Row:
    begins, ends = board.span(r)
    parent = uids.get(r.parent_id) if r.parent_id else None
    head = (uids[r.pk], r.code, r.name, parent, r.place)
    d = board.dates(r)
    if d is None:
        return (*head, "group", begins, ends, 0, 0, _done(board, r), None, False, ends, "", "", None, False, False, board.per_day(r))
    act = board.acts[board.keys[r.pk]]
    per_day = board.per_day(r)
    kind = "milestone" if act.milestone else "task" if act.kind in (Kind.TASK, Kind.RESOURCE) else str(act.kind)
    slack = None if d.total_float is None else round(d.total_float / per_day, 1)
    limit = act.constraint
    return (
        *head, kind, begins, ends, act.duration, round(act.duration / per_day, 2), round(act.percent), slack,
        d.critical and d.total_float is not None, d.late_finish, r.crew.name if r.crew else "", str(limit.limit) if limit else "",
        limit.at if limit else None, act.actual_start is not None, act.actual_finish is not None, per_day,
    )  # fmt: skip


def _done(board: Board, group: Activity) -> int:
    """How far a group is: what is done of the working minutes below it, in percent."""
    below = [board.acts[board.keys[r.pk]] for r in board.descendants(group) if r.pk in board.keys]
    whole = sum(a.duration for a in below)
    return round(sum(a.duration * (100 if a.actual_finish is not None else a.percent) for a in below) / whole) if whole else 0


def arrows(board: Board) -> list[Row]:
    """The links, with their lag in minutes."""
    return [_arrow(board, li) for li in board.links]


def _arrow(board: Board, li: ActivityLink) -> Row:
    lag = li.exact.get("minutes", li.lag * 480)
    return (str(board.by_pk[li.before_id].uid), str(board.by_pk[li.after_id].uid), li.sort, lag)


def chart(board: Board, baseline: int | None = None) -> dict[str, Any]:
    """Everything that the Gantt needs, with the baseline asked for (else the last one)."""
    kept = list(Baseline.objects.filter(job=board.job).defer("rows"))
    chosen = next((b for b in kept if b.number == baseline), kept[-1] if kept else None)
    return {
        "job": str(board.job.uid), "version": board.version, "columns": COLUMNS, "rows": list(painted(board).values()),
        "links": arrows(board),
        "data_date": board.data_date, "finish": board.finish, "start": board.network.projects[0].start, "imported": board.imported,
        "baselines": [{"number": b.number, "name": b.name} for b in kept],
        "baseline": chosen.number if chosen else None, "baseline_rows": chosen.rows if chosen else {},
        "calendars": [_week(c) for c in board.network.calendars],
    }  # fmt: skip


def _week(c: Any) -> dict[str, Any]:
    """A calendar for shading: which weekdays are worked, which days are off."""
    return {
        "name": c.name or c.id, "weekdays": [n for n, shifts in enumerate(c.week) if shifts],
        "off": sorted(d.isoformat() for d, shifts in c.exceptions.items() if not shifts)[:400],
    }  # fmt: skip
