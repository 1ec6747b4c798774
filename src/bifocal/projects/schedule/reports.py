"""What a schedule is asked about: why a date, is it sound, what is it worth, how sure is it."""

from __future__ import annotations

from typing import Any

from bifocal.engines.cpm.calendars import moment
from bifocal.engines.cpm.compare import compare, variance
from bifocal.engines.cpm.dcma import assess
from bifocal.engines.cpm.why import why
from bifocal.lib.errors import NotFound
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.incoming import incoming, told
from bifocal.projects.schedule.models import Baseline, Update


def reasons(board: Board, code: str = "") -> list[dict[str, Any]]:
    """Why the dates of one activity (by its id) are what they are; without an id, of those on the critical path."""
    keys = [key for key, row in board.by_key.items() if row.code == code] if code else list(board.result.critical_path)[:50]
    if code and not keys:
        raise NotFound(f"There is no activity {code} in this schedule.", field="activity")
    return [
        {"activity": board.by_key[key].code, "date": w.date, "at": w.at, "rule": w.rule, "sentence": w.sentence,
         "link": board.by_key[w.link.before].code if w.link and w.link.before in board.by_key else None}
        for key in keys for w in why(board.network, board.result, key)
    ]  # fmt: skip


def checks(board: Board, baseline: Baseline | None = None) -> list[dict[str, Any]]:
    """The 14 checks of the DCMA on this schedule; those that ask for a plan take the baseline."""
    planned = {key: _planned(baseline, row.code, 1) for key, row in board.by_key.items()}
    manned = frozenset(key for key, row in board.by_key.items() if row.crew_id or board.acts[key].work)
    return [
        {"number": c.number, "name": c.name, "value": c.value, "unit": c.unit, "limit": c.limit, "passed": c.passed,
         "activities": list(c.activities)}
        for c in assess(board.network, board.result, planned, manned)
    ]  # fmt: skip


def _planned(baseline: Baseline | None, code: str, at: int) -> int | None:
    kept = baseline.rows.get(code) if baseline else None
    return kept[at] if kept else None


def variances(board: Board, baseline: Baseline) -> list[dict[str, Any]]:
    """Each activity against a baseline in its own working days, the latest first; positive is later, longer."""
    frozen = {key: tuple(baseline.rows[row.code]) for key, row in board.by_key.items() if row.code in baseline.rows}
    out = []
    for v in variance(board.network, board.result, frozen):
        row = board.by_key[v.id]
        day = board.per_day(row)
        parts = {
            name: None if n is None else round(n / day, 1)
            for name, n in (("start", v.start), ("finish", v.finish), ("duration", v.duration))
        }
        out.append({"code": row.code, "name": row.name, "was": moment(frozen[v.id][1]), "now": moment(board.span(row)[1]), **parts})
    return sorted(out, key=lambda v: -(v["finish"] or 0))


def between(old: Update, new: Update) -> dict[str, Any]:
    """The change log between two updates of one job."""
    one, two = incoming(bytes(old.data), old.project), incoming(bytes(new.data), new.project)
    return told(compare(one.network, two.network, one.result, two.result))
