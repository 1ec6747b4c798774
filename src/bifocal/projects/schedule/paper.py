"""The schedule as paper: what `schedule.typ` draws, places as shares of the span."""

from __future__ import annotations

from datetime import date
from typing import Any

from bifocal.engines.cpm.calendars import moment
from bifocal.lib.periods import next_month
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.exact import begin
from bifocal.projects.schedule.models import Activity, Baseline
from bifocal.projects.schedule.paper_links import MOST_LINKS, routes

MONTHS = 18  # names that fit beside each other
LETTERS = {"letter": 38, "tabloid": 54}  # of a name that stay on one line


def paper_data(board: Board, baseline: Baseline | None, sheet: str, today: date) -> dict[str, Any]:
    """The whole schedule; `sheet` is letter or tabloid, landscape."""
    spans = [board.span(r) for r in board.rows]
    first, last = min((s[0] for s in spans), default=0), max((s[1] for s in spans), default=1)
    whole = max(last - first, 1440)
    now = begin(today) if board.data_date is None else board.data_date
    depth, inorder = _depths(board), _in_order(board)
    drawn = routes(board, [r.id for r in inorder], first, whole)
    return {
        "sheet": sheet, "title": board.job.title, "number": board.job.number,
        "told": f"Finishes {board.last_day(board.finish):%a %d %b %Y}" + (f" · baseline: {baseline.name}" if baseline else ""),
        "now": (now - first) / whole if first <= now <= last else None,
        "nowword": "today" if board.data_date is None else "data date",
        "months": _months(moment(first).date(), moment(last).date(), first, whole),
        "links": "links" if len(board.links) <= MOST_LINKS else "driving links",
        "rows": [{**_row(board, r, depth[r.pk], baseline, first, whole, LETTERS[sheet]), **drawn[r.pk]} for r in inorder],
    }  # fmt: skip


def shortened(name: str, letters: int) -> str:
    """A name that stays on one line: rows of one height are what the lines of the links run through."""
    return name if len(name) <= letters else f"{name[: max(8, letters - 1)].rstrip()}…"


def _in_order(board: Board) -> list[Activity]:
    """Groups before what is in them, by place."""
    below: dict[int | None, list[Activity]] = {}
    for r in board.rows:
        below.setdefault(r.parent_id if r.parent_id in board.by_pk else None, []).append(r)
    out: list[Activity] = []
    todo = list(reversed(below.get(None, [])))
    while todo:
        r = todo.pop()
        out.append(r)
        todo.extend(reversed(below.get(r.pk, [])))
    return out


def _depths(board: Board) -> dict[int, int]:
    out: dict[int, int] = {}
    for r in _in_order(board):
        out[r.pk] = out.get(r.parent_id, -1) + 1 if r.parent_id else 0
    return out


def _row(board: Board, r: Activity, depth: int, baseline: Baseline | None, first: int, whole: int, letters: int) -> dict[str, Any]:
    d, (begins, ends) = board.dates(r), board.span(r)
    act = board.acts[board.keys[r.pk]] if d else None
    opens, closes = board.days(r)
    was = baseline.rows.get(r.code) if baseline else None
    slack = max(0, d.late_finish - ends) if d and d.total_float and d.total_float > 0 else 0
    return {
        "code": r.code, "name": shortened(r.name, letters - 2 * depth), "depth": depth,
        "group": d is None, "milestone": bool(act and act.milestone),
        "days": f"{act.duration / board.per_day(r):g}" if act else "", "start": f"{opens:%d %b %y}", "finish": f"{closes:%d %b %y}",
        "float": f"{d.total_float / board.per_day(r):g}" if d and d.total_float is not None else "",
        "left": (begins - first) / whole, "width": (ends - begins) / whole,
        "critical": bool(d and d.critical and d.total_float is not None),
        "slack": min(slack / whole, 1 - (ends - first) / whole), "done": r.percent / 100 if d else 0,
        "base": [(was[0] - first) / whole, (was[1] - was[0]) / whole] if was and was[0] >= first and was[1] <= first + whole else None,
    }  # fmt: skip


def _months(begins: date, ends: date, first: int, whole: int) -> list[dict[str, Any]]:
    out, day = [], next_month(begins)
    while day <= ends:
        out.append({"left": (begin(day) - first) / whole, "name": f"{day:%b %y}" if day.month == 1 else f"{day:%b}"})
        day = next_month(day)
    step = -(-len(out) // MONTHS)
    return [{**m, "name": m["name"] if n % step == 0 else ""} for n, m in enumerate(out)]
