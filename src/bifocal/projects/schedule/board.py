"""A job's whole schedule in memory: its rows, the engine's network made of them, and what the engine answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bifocal.core.days import accounting_day
from bifocal.engines.cpm import model
from bifocal.engines.cpm.calendars import Calendar, Table
from bifocal.engines.cpm.days import Calendar as Days
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import WorkCalendar
from bifocal.projects.schedule import exact
from bifocal.projects.schedule.loading import links_of, rows_of
from bifocal.projects.schedule.memory import Parts, recall, solved
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
        last = recall(self.job.pk)
        self._acts, self._arrows = last.activities, last.links
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
        self.by_pk = {r.id: r for r in self.rows}
        parents = {r.parent_id for r in self.rows if r.parent_id}
        self.groups = {r.id for r in self.rows if "element" in r.exact or (r.id in parents and "id" not in r.exact)}
        self.keys = {r.id: r.exact.get("id", r.code) for r in self.rows if r.id not in self.groups}
        self.by_key = {key: self.by_pk[pk] for pk, key in self.keys.items()}
        self.network = self._network()
        self._calendars = {c.id: c for c in self.network.calendars}
        self.acts = {a.id: a for a in self.network.activities}
        self.result = solved(self.job.pk, self.network, self._acts, self._arrows)
        self._chains: dict[int | None, tuple[int, ...]] = {}
        self._spans = self._group_spans() if self.groups else {}

    def _network(self) -> model.Network:
        project, calendars, dialect = self._shared()
        known, going = {r.id for r in self.rows}, project.data_date is not None
        self._acts, known_acts = {}, self._acts
        acts = tuple([self._activity(r, (project.id, self._above(r), going), known_acts) for r in self.rows if r.id not in self.groups])
        self._arrows, known_arrows = {}, self._arrows
        arrows = tuple(
            self._link(li, self.keys[li.before_id], self.keys[li.after_id], known_arrows)
            for li in self.links
            if li.before_id in self.keys and li.after_id in self.keys and li.before_id in known
        )
        return model.Network((project,), calendars, acts, arrows, dialect, self.frame.get("outline", {}))

    def _activity(self, row: Activity, beside: tuple[str, str | None, bool], known: Parts) -> model.Activity:
        """As the engine wants it; the one that was made before where nothing differs that it is made of."""
        told = (row.code, row.name, row.days, row.percent, row.not_before, row.actual_start, row.actual_finish, beside)
        kept = known.get(row.id)
        if kept is None or kept[0] != told or kept[1] != row.exact:
            kept = (told, dict(row.exact), exact.activity(row, *beside))
        self._acts[row.id] = kept
        made: model.Activity = kept[2]
        return made

    def _link(self, row: ActivityLink, before: str, after: str, known: Parts) -> model.Link:
        """As the engine wants it, likewise."""
        told = (before, after, row.sort, row.lag)
        kept = known.get(row.id)
        if kept is None or kept[0] != told or kept[1] != row.exact:
            kept = (told, dict(row.exact), exact.link(row, before, after))
        self._arrows[row.id] = kept
        made: model.Link = kept[2]
        return made

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

    def above(self, row: Activity) -> tuple[int, ...]:
        """The keys of the groups that a row is in, from the inside out, as they were when it was computed."""
        at = row.parent_id
        if at not in self._chains:
            chain: list[int] = []
            while at in self.by_pk and at not in chain:
                chain.append(at)
                at = self.by_pk[at].parent_id
            self._chains[row.parent_id] = tuple(chain)
        return self._chains[row.parent_id]

    def uids(self) -> dict[int, str]:
        """The outside name of each row, by its key."""
        return {r.id: str(r.uid) for r in self.rows}

    def _above(self, row: Activity) -> str | None:
        above = self.by_pk.get(row.parent_id) if row.parent_id else None
        if above is None:
            return None
        return above.exact.get("element") or (self.keys.get(above.pk) if "id" in above.exact else None)

    def _group_spans(self) -> dict[int, Span]:
        """From the first start to the last finish of what is below each group."""
        out: dict[int, Span] = {}
        for row in self.rows:
            found = self.result.dates.get(self.keys.get(row.id, ""))
            if found is None:
                continue
            for at in self.above(row):
                was = out.get(at)
                out[at] = (min(was[0], found.start), max(was[1], found.finish)) if was else (found.start, found.finish)
        return {pk: span for pk, span in out.items() if pk in self.groups}

    def dates(self, row: Activity) -> model.Dates | None:
        """The computed dates of a row; None of a group."""
        return self.result.dates.get(self.keys.get(row.id, ""))

    def span(self, row: Activity) -> Span:
        """Where its bar goes: what happened, else what is computed; a group without anything below stands at the start."""
        found = self.dates(row)
        if found is not None:
            return found.start, found.finish
        at = self.network.projects[0].start
        return self._spans.get(row.id, (at, at))

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
        return self.days_of(self.span(row))

    def all_days(self) -> dict[int, tuple[date, date]]:
        """First and last day of every row, by key."""
        return {r.id: self.days(r) for r in self.rows}

    def days_of(self, span: Span) -> tuple[date, date]:
        """First and last day of a span of instants."""
        begins, ends = span
        return exact.day_of(begins), max(exact.day_of(begins), self.last_day(ends))

    def descendants(self, row: Activity) -> Iterator[Activity]:
        """What is below a row, at any depth."""
        below: dict[int | None, list[Activity]] = {}
        for r in self.rows:
            below.setdefault(r.parent_id, []).append(r)
        todo = list(below.get(row.id, []))
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
    """The job's schedule, computed: at most six queries however large it is."""
    return Board(job, Plan.objects.filter(job=job).first(), start_of(job), rows_of(job), links_of(job))
