"""What a schedule is asked about: why a date, is it sound, what is it worth, how sure is it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bifocal.engines.cpm import model
from bifocal.engines.cpm.calendars import Table, moment
from bifocal.engines.cpm.compare import compare, impact, variance
from bifocal.engines.cpm.dcma import assess
from bifocal.engines.cpm.earned import Item, curve, earned_value
from bifocal.engines.cpm.why import why
from bifocal.lib.errors import Invalid, NotFound
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


def time_impact(board: Board, days: float, after: str, before: str = "") -> dict[str, Any]:
    """What a change order's work does to the finish: so many working days behind one activity, ahead of another (AACE 29R-03, MIP 3.6).

    Nothing is changed. Raises Invalid for days out of range, NotFound for an activity that is not there, and for a loop.
    """
    if not 0 < days <= 2000:
        raise Invalid("Between 0 and 2,000 working days.", field="days")
    keys = {row.code: key for key, row in board.by_key.items()}
    for code in filter(None, (after, before)):
        if code not in keys:
            raise NotFound(f"There is no activity {code} in this schedule.", field="after" if code == after else "before")
    row = board.by_key[keys[after]]
    minutes, project = round(days * board.per_day(row)), board.network.projects[0]
    new = model.Activity("fragment", "fragment", board.calendar(row).id, minutes, minutes, "Change order", project=project.id)
    links = [model.Link(keys[after], new.id)] + ([model.Link(new.id, keys[before])] if before else [])
    found = impact(board.network, (new,), tuple(links))
    per_day = board.per_day(row)
    return {
        "finish_before": board.last_day(found.before), "finish_after": board.last_day(found.after),
        "days_later": round(found.minutes / per_day, 1),
        "critical": [board.by_key[k].code if k in board.by_key else "change order" for k in found.result.critical_path],
    }  # fmt: skip


def progress_curve(board: Board, baseline: Baseline, points: int = 40) -> dict[str, Any]:
    """Earned value in days of work against a baseline: the planned curve, what was earned up to now, and the indices by time.

    Each activity is worth its baseline duration; without a data date now is the last day on which something was reported.
    """
    items = []
    for key, row in board.by_key.items():
        kept, act = baseline.rows.get(row.code), board.acts[key]
        if kept is None or act.milestone or not kept[2]:
            continue
        done = Decimal(1) if act.actual_finish is not None else Decimal(row.percent) / 100
        worth = (Decimal(kept[2]) / board.per_day(row)).quantize(Decimal("0.01"))
        items.append(Item(key, worth, kept[0], kept[1], done, Decimal(0), table=Table(board.calendar(row), kept[0], kept[1])))
    if not items:
        return {}
    reported = [t for a in board.network.activities for t in (a.actual_start, a.actual_finish) if t is not None]
    now = board.data_date if board.data_date is not None else max(reported, default=board.network.projects[0].start)
    found = earned_value(items, now)
    first, last = min(i.start for i in items), max(i.finish for i in items)
    at = [first + (last - first) * n // points for n in range(points + 1)]
    return {
        "unit": "days of work", "budget": found.total.budget, "planned": found.total.planned, "earned": found.total.earned, "now": now,
        "spi": _rounded(found.total.spi), "spi_time": _rounded(found.spi_time), "first": first, "last": last,
        "curve": [[t, v] for t, v in zip(at, curve(items, at), strict=True)],
    }  # fmt: skip


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.01"))
