"""The computed schedule."""

from __future__ import annotations

from typing import Any

from bifocal.engines.cpm.days import Dates, Result
from bifocal.kernel.jobs.models import Job
from bifocal.lib.periods import days
from bifocal.projects.schedule.board import Board, load
from bifocal.projects.schedule.exact import day_of
from bifocal.projects.schedule.models import Activity


def computed(job: Job) -> Result:
    """Dates, float and critical path of the job, in days."""
    return in_days(load(job))


def in_days(board: Board) -> Result:
    """A board's answer in whole days, by activity code; groups have no dates of their own."""
    codes = {key: row.code for key, row in board.by_key.items()}
    dates = {row.code: _dates(board, row, codes) for row in board.by_key.values()}
    path = tuple(codes[key] for key in board.result.critical_path)
    return Result(dates, board.last_day(board.finish), path)


def _dates(board: Board, row: Activity, codes: dict[str, str]) -> Dates:
    d = board.result.dates[board.keys[row.pk]]
    first, last = board.days(row)
    slack = 0 if d.total_float is None else d.total_float // board.per_day(row)
    driving = codes[d.driving[0].before] if d.driving else None
    late = day_of(d.late_start), board.last_day(d.late_finish)
    return Dates(first, last, *late, slack, d.critical and d.total_float is not None, driving)


def rows(job: Job) -> dict[str, Any]:
    """What the printed and the small schedule paint: bars in permille of the whole span, weeks along the top."""
    board = load(job)
    if not board.rows:
        return {"rows": [], "finish": None, "path": [], "weeks": []}
    result = in_days(board)
    before: dict[int, list[str]] = {}
    for li in board.links:
        before.setdefault(li.after_id, []).append(board.by_pk[li.before_id].code)
    spans = {a.pk: board.days(a) for a in board.rows}
    first = min(s[0] for s in spans.values())
    whole = max((result.finish - first).days + 1, 1)
    out = []
    for a in board.rows:
        begins, ends = spans[a.pk]
        width = (ends - begins).days + 1 if a.days or a.pk in board.groups else 0
        dates = result.dates.get(a.code) or Dates(begins, ends, begins, ends, 0, False, None)
        out.append({
            "activity": a, "dates": dates, "group": a.pk in board.groups, "left": round((begins - first).days / whole * 1000),
            "width": round(width / whole * 1000), "links": before.get(a.pk, []),
        })  # fmt: skip
    weeks = [{"day": d, "left": round((d - first).days / whole * 1000)} for d in days(first, result.finish) if d.weekday() == 0]
    step = max(1, len(weeks) // 8)
    return {"rows": out, "finish": result.finish, "path": result.critical_path, "weeks": weeks[::step], "first": first,
            "data_date": board.data_date}  # fmt: skip
