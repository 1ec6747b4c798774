"""Two updates of one schedule side by side: what was added, deleted and changed, what slipped, as the change log owners ask for;
variance against baselines; and what a change order's fragment of work does to the finish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bifocal.engines.cpm.calendars import Table
from bifocal.engines.cpm.compute import schedule
from bifocal.engines.cpm.model import Activity, Constraint, Kind, Link, Network, Result
from bifocal.engines.cpm.why import stamp

Key = tuple[str, str]  # project, activity code
DATE_FIELDS = ("actual_start", "actual_finish", "expected_finish", "suspend", "resume", "deadline")


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one activity before and after, in words."""

    id: str
    project: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link added, deleted, or with another lag (minutes)."""

    what: str
    before: str
    after: str
    type: str
    lag_before: int | None
    lag_after: int | None


@dataclass(frozen=True, slots=True)
class Slip:
    """How an activity's finish moved, in its own working minutes; positive is later."""

    id: str
    project: str
    name: str
    before: int
    after: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two updates."""

    added: tuple[Activity, ...]
    deleted: tuple[Activity, ...]
    changed: tuple[Change, ...]
    links: tuple[LinkChange, ...]
    slipped: tuple[Slip, ...]
    finish: Mapping[str, tuple[int | None, int | None]]


def compare(old: Network, new: Network, before: Result | None = None, after: Result | None = None) -> Comparison:
    """Compare by project and activity code; where each has one project, its name does not matter. Results are computed where not given."""
    before, after = before or schedule(old), after or schedule(new)
    names_old, names_new = _names(old), _names(new)
    mine, theirs = _keyed(old, names_old), _keyed(new, names_new)
    both = [k for k in theirs if k in mine]
    changed = [c for k in both for c in _changes(k, mine[k], theirs[k], old, new)]
    finish = {name: (_finish(old, before, names_old, name), _finish(new, after, names_new, name)) for name in dict.fromkeys(
        [*names_old.values(), *names_new.values()])}  # fmt: skip
    return Comparison(
        tuple(theirs[k] for k in theirs if k not in mine), tuple(mine[k] for k in mine if k not in theirs), tuple(changed),
        tuple(_links(old, new, names_old, names_new)), tuple(_slips(both, mine, theirs, before, after, new)), finish,
    )  # fmt: skip


def _names(net: Network) -> dict[str, str]:
    """Project id -> name; one project alone has none, so that a renamed copy is still the same schedule."""
    used = {a.project for a in net.activities}
    return {p.id: "" if len(used) < 2 else p.name or p.id for p in net.projects if p.id in used or len(used) < 2}


def _finish(net: Network, result: Result, names: Mapping[str, str], name: str) -> int | None:
    found = [result.finish[p.id] for p in net.projects if names.get(p.id) == name and p.id in result.finish]
    return max(found, default=None)


def _keyed(net: Network, names: Mapping[str, str]) -> dict[Key, Activity]:
    return {(names.get(a.project, a.project), a.code): a for a in net.activities if a.kind is not Kind.SUMMARY}


def _changes(key: Key, a: Activity, b: Activity, old: Network, new: Network) -> list[Change]:
    out: list[tuple[str, str, str]] = []
    calendars = [{c.id: c.name or c.id for c in net.calendars} for net in (old, new)]
    for field, x, y in (
        ("name", a.name, b.name), ("type", a.kind.value, b.kind.value), ("constraint", _limit(a.constraint), _limit(b.constraint)),
        ("second constraint", _limit(a.second), _limit(b.second)),
        ("calendar", calendars[0].get(a.calendar, a.calendar), calendars[1].get(b.calendar, b.calendar)),
    ):  # fmt: skip
        out.append((field, x, y))
    for field, m, n in (("duration", _planned(a), _planned(b)), ("remaining duration", a.remaining, b.remaining)):
        out.append((field, f"{round(m / 60, 2):g} h", f"{round(n / 60, 2):g} h"))
    for name in DATE_FIELDS:
        then, now = getattr(a, name), getattr(b, name)
        out.append((name.replace("_", " "), "" if then is None else stamp(then), "" if now is None else stamp(now)))
    return [Change(key[1], key[0], field, x, y) for field, x, y in out if x != y]


def _planned(a: Activity) -> int:
    return a.duration if a.planned is None else a.planned


def _limit(c: Constraint | None) -> str:
    return "" if c is None else c.limit.value + ("" if c.at is None else f" {stamp(c.at)}")


def _links(old: Network, new: Network, names_old: Mapping[str, str], names_new: Mapping[str, str]) -> list[LinkChange]:
    x, y = _arrows(old, names_old), _arrows(new, names_new)
    out = [LinkChange("deleted", *_told(k), x[k], None) for k in x if k not in y]
    out += [LinkChange("added", *_told(k), None, y[k]) for k in y if k not in x]
    return out + [LinkChange("lag", *_told(k), x[k], y[k]) for k in x if k in y and x[k] != y[k]]


Arrow = tuple[Key, Key, str, int]


def _arrows(net: Network, names: Mapping[str, str]) -> dict[Arrow, int]:
    acts = {a.id: (names.get(a.project, a.project), a.code) for a in net.activities}
    out: dict[Arrow, int] = {}
    for li in net.links:
        n = 0
        while (acts[li.before], acts[li.after], li.type, n) in out:
            n += 1  # the same two may be linked twice alike
        out[acts[li.before], acts[li.after], li.type, n] = li.lag
    return out


def _told(key: Arrow) -> tuple[str, str, str]:
    return key[0][1], key[1][1], key[2]


def _slips(
    both: list[Key], mine: Mapping[Key, Activity], theirs: Mapping[Key, Activity], before: Result, after: Result, net: Network
) -> list[Slip]:
    tables: dict[str, Table] = {}
    calendars = {c.id: c for c in net.calendars}
    out = []
    for key in both:
        a, b = before.dates.get(mine[key].id), after.dates.get(theirs[key].id)
        act = theirs[key]
        if a is None or b is None or a.finish == b.finish or act.calendar not in calendars:
            continue
        table = tables.get(act.calendar) or tables.setdefault(act.calendar, Table(calendars[act.calendar], a.finish, b.finish))
        moved = table.work(a.finish, b.finish)
        if moved:
            out.append(Slip(key[1], key[0], act.name, a.finish, b.finish, moved))
    return sorted(out, key=lambda s: -abs(s.minutes))


@dataclass(frozen=True, slots=True)
class Variance:
    """An activity against its baseline, in its own working minutes; positive is later, longer."""

    id: str
    start: int | None
    finish: int | None
    duration: int | None


def variance(net: Network, result: Result, baseline: Mapping[str, tuple[int | None, int | None, int | None]]) -> tuple[Variance, ...]:
    """Each activity's start, finish and duration against a frozen plan (`baseline`: activity id -> start, finish, duration)."""
    calendars, tables = {c.id: c for c in net.calendars}, dict[str, Table]()
    out = []
    for a in net.activities:
        d, planned = result.dates.get(a.id), baseline.get(a.id)
        if d is None or planned is None or a.calendar not in calendars:
            continue
        table = tables.get(a.calendar) or tables.setdefault(a.calendar, Table(calendars[a.calendar], d.start, d.finish))
        start, finish, duration = planned
        moved = [None if was is None else table.work(was, now) for was, now in ((start, d.start), (finish, d.finish))]
        longer = None if duration is None else table.work(d.start, d.finish) - duration
        out.append(Variance(a.id, moved[0], moved[1], longer))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Impact:
    """What a fragment of new work does: the finish before and after, and how much later, in minutes of the project's calendar."""

    before: int
    after: int
    minutes: int
    result: Result


def impact(net: Network, activities: tuple[Activity, ...], links: tuple[Link, ...]) -> Impact:
    """Time impact of a change order: the network with its fragment put in, against the network as it is (AACE 29R-03, MIP 3.6)."""
    before = schedule(net)
    after = schedule(replace(net, activities=(*net.activities, *activities), links=(*net.links, *links)))
    project = activities[0].project if activities else net.projects[0].id
    calendars = {c.id: c for c in net.calendars}
    chosen = next((p.calendar for p in net.projects if p.id == project and p.calendar), None) or activities[0].calendar
    then, now = before.finish[project], after.finish[project]
    return Impact(then, now, Table(calendars[chosen], then, now).work(then, now), after)
