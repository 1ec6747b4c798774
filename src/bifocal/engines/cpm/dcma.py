"""The 14-point assessment of the Defense Contract Management Agency (Earned Value Management System Program Analysis Pamphlet,
DCMA-EA PAM 200.1, 2012, section 4): what a scheduler is asked for before anybody believes the dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bifocal.engines.cpm.calendars import DAY, Table
from bifocal.engines.cpm.compute import schedule
from bifocal.engines.cpm.model import Activity, Kind, Limit, Link, Network, Result

LONG_DAYS = 44
FIVE = 5.0
HARD = frozenset((Limit.MUST_START, Limit.MUST_FINISH, Limit.START_ON, Limit.FINISH_ON, Limit.START_BEFORE, Limit.FINISH_BEFORE))
PUSH = 600  # days put into the critical path to see whether the finish follows


@dataclass(frozen=True, slots=True)
class Check:
    """One of the fourteen: what was measured, the threshold, whether it passes (None: nothing to measure), and who fails."""

    number: int
    name: str
    value: float | None
    unit: str
    limit: str
    passed: bool | None
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What all checks look at."""

    net: Network
    result: Result
    work: tuple[Activity, ...]
    open: tuple[Activity, ...]
    links: tuple[Link, ...]
    per_day: Mapping[str, int]
    data_dates: Mapping[str, int]
    baseline: Mapping[str, int | None]
    assigned: frozenset[str]


def assess(net: Network, result: Result, baseline_finish: Mapping[str, int | None], assigned: frozenset[str]) -> tuple[Check, ...]:
    """All fourteen checks. `baseline_finish`: activity id -> planned finish; `assigned`: activities with a resource."""
    spans = (Kind.LOE, Kind.WBS, Kind.SUMMARY)
    work = tuple(a for a in net.activities if a.kind not in spans and a.id in result.dates)
    ids = {a.id for a in work}
    links = tuple(li for li in net.links if li.before in ids and li.after in ids)
    frame = Frame(
        net, result, work, tuple(a for a in work if a.actual_finish is None), links,
        {c.id: c.minutes_per_day or 480 for c in net.calendars},
        {p.id: p.start if p.data_date is None else p.data_date for p in net.projects}, baseline_finish, assigned,
    )  # fmt: skip
    makers = (_logic, _leads, _lags, _types, _hard, _high_float, _negative, _long, _invalid, _resources, _missed, _test, _cpli, _bei)
    return tuple(make(frame) for make in makers)


def _share(number: int, name: str, found: list[Activity], of: int, most: float = FIVE) -> Check:
    value = 100 * len(found) / of if of else None
    limit = f"at most {most:g}%" if most else "none"
    return Check(number, name, value, "%", limit, None if value is None else value <= most, tuple(a.code for a in found))


def _logic(f: Frame) -> Check:
    before, after = {li.after for li in f.links}, {li.before for li in f.links}
    found = [a for a in f.open if a.id not in before or a.id not in after]
    return _share(1, "missing predecessor or successor", found, len(f.open))


def _of_links(f: Frame, number: int, name: str, test: str, most: float) -> Check:
    open_ids = {a.id for a in f.open}
    links = [li for li in f.links if li.after in open_ids]
    found = [li for li in links if (li.lag < 0 if test == "lead" else li.lag > 0 if test == "lag" else li.type != "FS")]
    codes = {a.id: a.code for a in f.work}
    value = 100 * len(found) / len(links) if links else None
    named = tuple(dict.fromkeys(codes[li.after] for li in found))
    return Check(number, name, value, "%", f"at most {most:g}%" if most else "none", None if value is None else value <= most, named)


def _leads(f: Frame) -> Check:
    return _of_links(f, 2, "leads (negative lags)", "lead", 0)


def _lags(f: Frame) -> Check:
    return _of_links(f, 3, "lags", "lag", FIVE)


def _types(f: Frame) -> Check:
    return _of_links(f, 4, "links other than finish to start", "type", 10)


def _hard(f: Frame) -> Check:
    found = [a for a in f.open if any(c is not None and c.limit in HARD for c in (a.constraint, a.second))]
    return _share(5, "hard constraints", found, len(f.open))


def _days(f: Frame, a: Activity, minutes: int | None) -> float:
    return (minutes or 0) / f.per_day.get(a.calendar, 480)


def _high_float(f: Frame) -> Check:
    found = [a for a in f.open if _days(f, a, f.result.dates[a.id].total_float) > LONG_DAYS]
    return _share(6, f"total float over {LONG_DAYS} days", found, len(f.open))


def _negative(f: Frame) -> Check:
    return _share(7, "negative float", [a for a in f.open if (f.result.dates[a.id].total_float or 0) < 0], len(f.open), 0)


def _long(f: Frame) -> Check:
    """Work that is not done and was planned too long to be followed, or has become so."""
    found = [a for a in f.open if _days(f, a, max(a.remaining, a.planned or 0)) > LONG_DAYS]
    return _share(8, f"duration over {LONG_DAYS} days", found, len(f.open))


def _invalid(f: Frame) -> Check:
    """Actual dates in the future, or forecast dates in the past."""
    found = []
    for a in f.work:
        now, d = f.data_dates.get(a.project, 0), f.result.dates[a.id]
        future = (a.actual_start or 0) > now or (a.actual_finish or 0) > now
        past = d.early_finish < now if a.actual_start is not None else min(d.early_start, d.early_finish) < now
        if future or (a.actual_finish is None and past):
            found.append(a)
    return _share(9, "invalid dates", found, len(f.work), 0)


def _resources(f: Frame) -> Check:
    found = [a for a in f.open if a.remaining and a.id not in f.assigned]
    value = 100 * len(found) / len(f.open) if f.open else None
    return Check(10, "no resources", value, "%", "for information", None, tuple(a.code for a in found))


def _due(f: Frame) -> list[Activity]:
    return [a for a in f.work if f.baseline.get(a.id) is not None and (f.baseline[a.id] or 0) <= f.data_dates.get(a.project, 0)]


def _missed(f: Frame) -> Check:
    due = _due(f)
    found = [a for a in due if a.actual_finish is None or a.actual_finish > (f.baseline[a.id] or 0)]
    return _share(11, "missed: finished later than planned, or not yet", found, len(due))


def _test(f: Frame) -> Check:
    """Put a long delay into the first open critical activity: the finish of its project must move by as much."""
    lowest = sorted(
        (a for a in f.open if a.remaining), key=lambda a: (f.result.dates[a.id].total_float or 0, f.result.dates[a.id].early_start)
    )
    if not lowest:
        return Check(12, "critical path test", None, "days", f"{PUSH}", None)
    a = lowest[0]
    more = PUSH * f.per_day.get(a.calendar, 480)
    delayed = replace(a, duration=a.duration + more, remaining=a.remaining + more, expected_finish=None)
    moved = schedule(replace(f.net, activities=tuple(delayed if x is a else x for x in f.net.activities)))
    late = moved.dates[a.id].early_finish - f.result.dates[a.id].early_finish
    shift = moved.finish[a.project] - f.result.finish[a.project]
    days = shift / DAY
    return Check(
        12, "critical path test: days the finish moves for a delay", days, "days", f"{late / DAY:g}", shift >= 0.95 * late > 0, (a.code,)
    )


def _cpli(f: Frame) -> Check:
    """Critical path length index: (length left + total float) / length left, in working time of the last activity's calendar."""
    if not f.open:
        return Check(13, "critical path length index", None, "", "at least 0.95", None)
    last = max(f.open, key=lambda a: f.result.dates[a.id].early_finish)
    d, now = f.result.dates[last.id], f.data_dates.get(last.project, 0)
    table = Table(next(c for c in f.net.calendars if c.id == last.calendar), now, d.early_finish)
    length, slack = table.work(now, d.early_finish), d.total_float or 0
    value = (length + slack) / length if length > 0 else None
    return Check(13, "critical path length index", value, "", "at least 0.95", None if value is None else value >= 0.95, (last.code,))


def _bei(f: Frame) -> Check:
    """Baseline execution index: finished / (should have been finished, or was never planned)."""
    unplanned = [a for a in f.work if f.baseline.get(a.id) is None]
    due = len(_due(f)) + (len(unplanned) if len(unplanned) < len(f.work) else 0)
    done = sum(1 for a in f.work if a.actual_finish is not None)
    value = done / due if due else None
    return Check(14, "baseline execution index", value, "", "at least 0.95", None if value is None else value >= 0.95)
