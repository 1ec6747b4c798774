"""A job's whole schedule in memory: its rows, the engine's network made of them, and what the engine answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bifocal.core.days import accounting_day
from bifocal.engines.cpm import model
from bifocal.engines.cpm.calendars import Calendar, Table
from bifocal.engines.cpm.compute import schedule
from bifocal.engines.cpm.days import Calendar as Days
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import WorkCalendar
from bifocal.projects.schedule import exact
from bifocal.projects.schedule.models import Activity, ActivityLink, Plan

Span = tuple[int, int]


@dataclass
class Board:
    """Rows and links of one job; `solve` computes them and may be asked again after they were changed in memory."""

    job: Job
    plan: Plan | None
    start: date
    rows: list[Activity]
    links: list[ActivityLink]
    network: model.Network = field(init=False)
    result: model.Result = field(init=False)

    def __post_init__(self) -> None:
        self.own = calendar().hours()
        self.solve()

    @property
    def frame(self) -> dict[str, Any]:
        """What the plan keeps for all its activities."""
        return self.plan.frame if self.plan else {}

    @property
    def version(self) -> int:
        """The plan's version; 1 before it has a row."""
        return self.plan.version if self.plan else 1

    @property
    def imported(self) -> bool:
        """Whether it came from a file, with calendars and options of its own."""
        return "project" in self.frame

    @property
    def data_date(self) -> int | None:
        """Up to when progress is known."""
        return self.network.projects[0].data_date

    def solve(self) -> None:
        """Compute the dates. Raises Invalid, naming the activities, where the network can't be computed."""
        self.by_pk = {r.pk: r for r in self.rows}
        parents = {r.parent_id for r in self.rows if r.parent_id}
        self.groups = {r.pk for r in self.rows if "element" in r.exact or (r.pk in parents and "id" not in r.exact)}
        self.keys = {r.pk: r.exact.get("id", r.code) for r in self.rows if r.pk not in self.groups}
        self.by_key = {key: self.by_pk[pk] for pk, key in self.keys.items()}
        self.network = self._network()
        self._calendars = {c.id: c for c in self.network.calendars}
        self.acts = {a.id: a for a in self.network.activities}
        self.result = schedule(self.network)
        self._spans = self._group_spans()

    def _network(self) -> model.Network:
        project, calendars, dialect = self._shared()
        known, going = {r.pk for r in self.rows}, project.data_date is not None
        acts = tuple(exact.activity(r, project.id, self._above(r), going) for r in self.rows if r.pk not in self.groups)
        arrows = tuple(
            exact.link(li, self.keys[li.before_id], self.keys[li.after_id])
            for li in self.links
            if li.before_id in self.keys and li.after_id in self.keys and li.before_id in known
        )
        return model.Network((project,), calendars, acts, arrows, dialect, self.frame.get("outline", {}))

    def _shared(self) -> tuple[model.Project, tuple[Calendar, ...], model.Dialect]:
        frame = self.frame
        if self.imported:
            project = exact.unpack_project(frame["project"])
            return project, tuple(exact.unpack_calendar(c) for c in frame["calendars"]), frame["dialect"]
        hours = self.own
        begins = exact.begin(self.start)
        start = Table(hours, begins, begins + 400 * 1440).next_start(begins)
        told = frame.get("data_date")
        project = model.Project("", start, told, None, hours.id, model.Options(total_float="smallest"), self.job.title)
        return project, (hours,), "msp" if told is None else "p6"

    def _above(self, row: Activity) -> str | None:
        above = self.by_pk.get(row.parent_id) if row.parent_id else None
        if above is None:
            return None
        return above.exact.get("element") or (self.keys.get(above.pk) if "id" in above.exact else None)

    def _group_spans(self) -> dict[int, Span]:
        """From the first start to the last finish of what is below each group."""
        out: dict[int, Span] = {}
        for row in self.rows:
            found = self.result.dates.get(self.keys.get(row.pk, ""))
            if found is None:
                continue
            at, seen = row.parent_id, set[int]()
            while at in self.by_pk and at not in seen:
                seen.add(at)
                was = out.get(at)
                out[at] = (min(was[0], found.start), max(was[1], found.finish)) if was else (found.start, found.finish)
                at = self.by_pk[at].parent_id
        return {pk: span for pk, span in out.items() if pk in self.groups}

    def dates(self, row: Activity) -> model.Dates | None:
        """The computed dates of a row; None of a group."""
        return self.result.dates.get(self.keys.get(row.pk, ""))

    def span(self, row: Activity) -> Span:
        """Where its bar goes: what happened, else what is computed; a group without anything below stands at the start."""
        found = self.dates(row)
        if found is not None:
            return found.start, found.finish
        at = self.network.projects[0].start
        return self._spans.get(row.pk, (at, at))

    def calendar(self, row: Activity) -> Calendar:
        """The calendar an activity works on."""
        wanted = row.exact.get("calendar") or self.network.projects[0].calendar or ""
        return self._calendars.get(wanted, self.network.calendars[0])

    def per_day(self, row: Activity) -> int:
        """Working minutes of a day of its calendar."""
        return self.calendar(row).minutes_per_day or exact.DAY

    @property
    def finish(self) -> int:
        """The last finish of all."""
        return max((self.span(r)[1] for r in self.rows), default=self.network.projects[0].start)

    def last_day(self, instant: int) -> date:
        """The last day of work that ends at an instant."""
        return exact.last_day(instant, self.network.projects[0].start)

    def days(self, row: Activity) -> tuple[date, date]:
        """First and last day of a row."""
        begins, ends = self.span(row)
        return exact.day_of(begins), max(exact.day_of(begins), self.last_day(ends))

    def descendants(self, row: Activity) -> Iterator[Activity]:
        """What is below a row, at any depth."""
        below: dict[int | None, list[Activity]] = {}
        for r in self.rows:
            below.setdefault(r.parent_id, []).append(r)
        todo = list(below.get(row.pk, []))
        while todo:
            one = todo.pop()
            yield one
            todo += below.get(one.pk, [])


def calendar() -> Days:
    """The company's work calendar; Monday to Friday where none is set."""
    row = WorkCalendar.objects.order_by("id").first()
    if row is None:
        return Days(frozenset(range(5)))
    return Days(frozenset(row.weekdays), frozenset(row.days_off))


def start_of(job: Job) -> date:
    """Where the schedule counts from: the contract's start, else the day the job was made."""
    contract = getattr(job, "contract", None)
    start: date = contract.starts if contract else accounting_day(job.created_at, job.branch)
    return start


def load(job: Job) -> Board:
    """The job's schedule, computed: four queries however large it is."""
    rows = list(job.activities.select_related("crew"))
    links = list(ActivityLink.objects.filter(after__job=job).order_by("id"))
    return Board(job, Plan.objects.filter(job=job).first(), start_of(job), rows, links)
