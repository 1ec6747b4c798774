"""The computed dates against those a file carries: how many agree, and each difference named by its rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bifocal.engines.cpm.calendars import Table
from bifocal.engines.cpm.formats.file import ScheduleFile, Stored
from bifocal.engines.cpm.graph import SPANS
from bifocal.engines.cpm.model import Activity, Dates, Result

LATE_END = "ours by rule: project finish"
FIELDS = ("early_start", "early_finish", "late_start", "late_finish", "total_float")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs. `rule` says which rule made ours, or why the two mean the same."""

    id: str
    project: str
    field: str
    computed: int | None
    stored: int | None
    rule: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many activities agree in all five values, in each value, and what differs; levels of effort and summaries apart."""

    activities: int
    equal: int
    fields: Mapping[str, int]
    differences: tuple[Difference, ...]
    spans: int = 0
    spans_equal: int = 0

    @property
    def share(self) -> float | None:
        """The share of activities whose five values equal the file's own; None where it carries none."""
        return self.equal / self.activities if self.activities else None


def seen(act: Activity, d: Dates) -> Stored:
    """What a schedule shows: a completed activity has its actual dates as early ones and no float."""
    done = act.actual_finish is not None
    early = (d.start, d.finish) if done else (d.early_start, d.early_finish)
    return Stored(
        *early, d.late_start, d.late_finish, None if done else d.total_float, None if done else d.free_float, d.critical, d.start, d.finish
    )


def shown(act: Activity, s: Stored) -> Stored:
    """The same for the dates of a file."""
    if act.actual_finish is None:
        return s
    return Stored(act.actual_start, act.actual_finish, s.late_start, s.late_finish, None, None, s.critical, s.start, s.finish)


def against(file: ScheduleFile, result: Result) -> Agreement:
    """Compare with the file's own dates; a value the file lacks is not compared, an activity with none is not counted."""
    tables: dict[str, Table] = {}
    calendars = {c.id: c for c in file.network.calendars}
    counts = {True: [0, 0], False: [0, 0]}  # levels of effort and summaries, and all others: how many, how many equal
    fields, found = dict.fromkeys(FIELDS, 0), list[Difference]()
    ends = _ends(file)
    wider = {p.id for p in file.network.projects if not p.options.own_end and p.must_finish is None}
    for act in file.network.activities:
        raw, d = file.stored.get(act.id), result.dates.get(act.id)
        if raw is None or d is None or (raw.early_start is None and raw.late_start is None):
            continue
        mine, theirs = seen(act, d), shown(act, raw)
        wrong, span = 0, act.kind in SPANS
        for name in FIELDS:
            x, y = getattr(mine, name), getattr(theirs, name)
            if y is None or x == y:
                fields[name] += not span
                continue
            wrong += 1
            table = tables.get(act.calendar) or tables.setdefault(
                act.calendar, Table(calendars[act.calendar], d.early_start, d.late_finish)
            )
            rule = _rule(name, x, y, d, table, raw)
            if rule == LATE_END and act.project in wider:
                rule = "float is counted from the latest finish of all projects open in Primavera, which are not all in the file"
            elif rule == LATE_END and act.project in ends and ends[act.project] == result.finish.get(act.project):
                rule = "the file contradicts itself: nothing follows, yet its late finish is not its own project's finish"
            found.append(Difference(act.code, act.project, name, x, y, rule))
        counts[span][0] += 1
        counts[span][1] += not wrong
    (count, equal), (spans, alike) = counts[False], counts[True]
    return Agreement(count, equal, fields, tuple(found), spans, alike)


def _ends(file: ScheduleFile) -> dict[str, int]:
    """When each project ends by the file's own early dates."""
    out: dict[str, int] = {}
    for act in file.network.activities:
        at = shown(act, file.stored.get(act.id, Stored())).early_finish
        if at is not None and act.kind not in SPANS:
            out[act.project] = max(at, out.get(act.project, at))
    return out


def _rule(name: str, x: int | None, y: int, d: Dates, table: Table, raw: Stored) -> str:
    if name != "total_float" and x is not None and table.work(x, y) == 0:
        return "same working instant, written at the other side of a break"
    if name == "total_float" and raw.late_finish == d.late_finish and raw.early_finish == d.early_finish:
        return "same dates, float counted otherwise"
    if name == "total_float":
        return "float follows from the dates above"
    return f"ours by rule: {d.why_late if name.startswith('late') else d.why_start if name == 'early_start' else d.why_finish}"
