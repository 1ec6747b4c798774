"""The board as a problem of the routing engine, and its answer as differences. All engine times are seconds from the day's midnight."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bifocal.engines.routing.plan import Costs, Plan, Route, Stop
from bifocal.engines.routing.problem import Lock, Place, Problem, Promise, Technician, Travel, Window
from bifocal.engines.routing.problem import Visit as Wanted
from bifocal.kernel.people.models import Person
from bifocal.kernel.people.rules import Firmness
from bifocal.lib.periods import TimeRange
from bifocal.lib.places import Point
from bifocal.service.board.queries import Band, Ground, Terms, terms
from bifocal.service.board.rules import OVERTIME_CENTS
from bifocal.service.dispatch.rules import prize_of
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import PLANNED, Status

OVERTIME = 2 * 3600
ON_BOARD = 10  # a visit that somebody was promised is worth so many that nobody was
STEP, DRIVES_IN = 900, 300


@dataclass
class Task:
    """One day of a board made ready for the engine. `fixed` visits stay where they are."""

    ground: Ground
    day: date
    span: TimeRange
    now: datetime
    problem: Problem
    warm: Plan
    names: dict[str, Person]
    visits: dict[str, Visit]
    bands: dict[str, Band]  # of a crew: the one who leads
    along: dict[str, list[Band]]  # who goes along, where several are on a visit
    fixed: set[str]
    notes: list[str] = field(default_factory=list)

    def seconds(self, at: datetime) -> int:
        """Seconds since the day's midnight."""
        return int((at - self.span.start).total_seconds())

    def seats(self, key: str) -> list[Band]:
        """Everybody's stretch of a visit that is on the board."""
        return [self.bands[key], *self.along.get(key, ())]

    def moment(self, seconds: int) -> datetime:
        """A moment of the day."""
        return self.span.start + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Choice:
    """What may be touched: these people's days, these visits (None: all of theirs), and these without a time."""

    people: Sequence[Person]
    movable: set[int] | None
    waiting: Sequence[Visit]


def task_of(found: Ground, day: date, choice: Choice, now: datetime) -> Task:
    """The engine's problem, with the board as it stands as its warm start."""
    span = next(s for d, s in found.days() if d == day)
    choice = replace(choice, people=[p for p in choice.people if found.stint(day, p.pk)])  # nobody is planned for on a day off
    people = {p.pk: p for p in choice.people}
    mine = [b for b in found.bands if b.person in people and b.start < span.end and span.start < b.end]
    names = _names(choice.people)
    of = {p.pk: name for name, p in names.items()}
    seats = _seats(found, people)
    bands = {_id(b.visit): b for b in mine if b.visit and b is seats.get(b.visit.pk, [None])[0]}
    along = {k: seats[b.visit.pk][1:] for k, b in bands.items() if b.visit}
    visits = {**{k: b.visit for k, b in bands.items() if b.visit}, **{_id(v): v for v in choice.waiting}}
    frozen = {k for k, v in visits.items() if choice.movable is not None and v.pk not in choice.movable}
    fixed = {k for k, b in bands.items() if k in frozen or stays(b, found, now)}
    task = Task(found, day, span, now, Problem((), (), (), {}), Plan((), (), Costs()), names, visits, bands, along, fixed)
    places = _places(task)
    known = terms(found, {v.job.customer_id for v in visits.values()})
    firm = [b for b in mine if b.firmness != Firmness.TENTATIVE]  # what is only pencilled in takes nobody's time, as for offers
    busy = {p: [b for b in firm if b.person == p and (b.visit is None or _id(b.visit) not in bands)] for p in people}
    technicians = tuple(_technician(task, p, known, busy[p.pk], of[p.pk]) for p in choice.people)
    there = {t.id for t in technicians}
    wanted = tuple(_visit(task, k, v, known, of) for k, v in visits.items())
    held = ((k, of[b.person], b) for k in sorted(fixed) for b in task.seats(k))
    locks = tuple(Lock(k, name, _exactly(task, b)) for k, name, b in held if name in there)
    task.problem = Problem(places[0], technicians, wanted, {"car": places[1]}, locks)
    task.warm = _warm(task, of)
    return task


def stays(band: Band, found: Ground, now: datetime) -> bool:
    """Sent to the phone, under way, pinned or begun: the optimiser leaves it where it is."""
    v = band.visit
    return v is not None and (v.status != Status.SCHEDULED or v.pk in found.pinned or band.start <= now)


def _seats(found: Ground, people: Collection[int]) -> dict[int, list[Band]]:
    """Visits whose time is still the engine's to know, by everybody's stretch, the lead's first.

    What is over is taken time, and so is a crew of whom somebody is not to be touched: it stays together.
    """
    seats: dict[int, list[Band]] = {}
    for b in found.bands:
        if b.visit and b.visit.status in PLANNED and b.end > found.span.start:
            seats.setdefault(b.visit.pk, []).append(b)
    whole = (sorted(bs, key=lambda b: not b.lead) for bs in seats.values() if all(b.person in people for b in bs))
    return {bs[0].visit.pk: bs for bs in whole if bs[0].visit}


def _id(visit: Visit) -> str:
    return visit.job.number + (f"/{visit.seq}" if visit.seq > 1 else "")


def _names(people: Sequence[Person]) -> dict[str, Person]:
    told: dict[str, Person] = {}
    for p in people:
        told[p.name if p.name not in told else f"{p.name} ({p.pk})"] = p
    return told


def _places(task: Task) -> tuple[tuple[Place, ...], Travel]:
    """Every site and home once; a site that nobody has put on the map stands in the middle of the others, and that is said."""
    spots: dict[str, Point | None] = {f"home {p.pk}": p.home for p in task.names.values() if p.home}
    spots |= {f"site {v.job.site_id}": v.job.site.point for v in task.visits.values()}
    for b in task.ground.bands:
        if b.visit and task.span.start <= b.start < task.span.end:
            spots.setdefault(f"site {b.visit.job.site_id}", b.visit.job.site.point)
    known = sorted(p for p in spots.values() if p)
    middle = known[len(known) // 2] if known else (0.0, 0.0)
    lost = sum(p is None for p in spots.values())
    if lost:
        task.notes.append(f"Sites that are not on the map yet: {lost}. Driving there is guessed from the middle of the others.")
    points = {name: p or middle for name, p in spots.items()}
    roads = task.ground.driving(*points.values())
    if roads.note:
        task.notes.append(roads.note)
    return tuple(Place(name, *p) for name, p in points.items()), _in_steps(roads.among(list(points.values())))


def _in_steps(travel: Travel) -> Travel:
    """Drives up to the next five minutes: then everything starts on five minutes too, as a dispatcher would say it."""
    return replace(travel, seconds=tuple(tuple(-(-s // DRIVES_IN) * DRIVES_IN for s in row) for row in travel.seconds))


def _technician(task: Task, person: Person, known: Terms, busy: list[Band], name: str) -> Technician:
    """Somebody's day from now on: where they are by then, what takes them otherwise."""
    shift = task.ground.stint(task.day, person.pk) or task.span
    first = min([shift.start, *(b.start for k in task.bands for b in task.seats(k) if b.person == person.pk)])
    begin = max(task.seconds(first), _ahead(task))
    end = max(task.seconds(shift.end), begin + STEP)
    been = [b for b in busy if b.visit and b.start <= task.now]
    home = f"home {person.pk}" if person.home else None
    start = f"site {been[-1].visit.job.site_id}" if been and been[-1].visit else home
    taken = [b for b in busy if b.visit is None or b.visit.status != Status.DONE]
    windows = [Window(max(begin, task.seconds(b.start)), task.seconds(min(b.end, task.span.end))) for b in taken]
    return Technician(
        name, start, home, (Window(begin, end),), known.levels(person.pk, task.day), busy=_joined(windows),
        overtime=OVERTIME, overtime_cost=OVERTIME_CENTS, apprentice=not person.dispatchable,  # who is not dispatched goes along only
    )  # fmt: skip


def _joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Taken hours in order, those that touch as one."""
    out: list[Window] = []
    for w in sorted((w for w in windows if w.start < w.end), key=lambda w: w.start):
        if out and w.start <= out[-1].end:
            out[-1] = Window(out[-1].start, max(out[-1].end, w.end))
        else:
            out.append(w)
    return tuple(out)


def _ahead(task: Task) -> int:
    """Nothing is planned into the past: the next quarter of an hour, or midnight of a day to come."""
    return max(0, -(-task.seconds(task.now) // STEP) * STEP)


def _exactly(task: Task, band: Band) -> Window:
    return Window(task.seconds(band.start), task.seconds(band.start))


def _visit(task: Task, key: str, visit: Visit, known: Terms, of: dict[int, str]) -> Wanted:
    band = task.bands.get(key)
    long = int((band.end - band.start).total_seconds()) if band else visit.minutes * 60
    window = Window(*(task.seconds(t) for t in (visit.window.lower, visit.window.upper))) if visit.window else None
    today = window if window and window.end > 0 and window.start < 86_400 else None
    firm = today if band and visit.confirmed_at and today else None  # a confirmed window is not moved without asking
    banned = frozenset(of[p] for p in known.bans.get(visit.job.customer_id, {}) if p in of)
    first = frozenset(of[p] for p in known.first(of, visit.job.customer_id, visit.job.site.zone))
    return Wanted(
        key, f"site {visit.job.site_id}", max(long, STEP), (_around(task, firm, band),) if firm else (),
        {visit.skill: 1} if visit.skill else {}, banned=banned,
        preferred=first if len(first) < len(of) else frozenset(),
        prize=prize_of(visit.job.priority) * (ON_BOARD if band else 1), promise=Promise(today) if today and not firm else None,
        crew=len(task.seats(key)) if band else 1,
    )  # fmt: skip


def _around(task: Task, window: Window, band: Band | None) -> Window:
    """The promised window, opened as far as the visit stands outside of it already."""
    at = task.seconds(band.start) if band else window.start
    return Window(min(window.start, at), max(window.end, at))


def _warm(task: Task, of: dict[int, str]) -> Plan:
    """The board as it stands, as routes: to start from, and never to make worse."""
    routes = []
    for name in (t.id for t in task.problem.technicians):
        mine = sorted((b.start, k) for k in task.bands for b in task.seats(k) if of[b.person] == name)
        stops = tuple(
            Stop(k, task.seconds(at), task.seconds(at), task.seconds(task.bands[k].end), 0) for at, k in mine
        )  # fmt: skip
        if stops:
            routes.append(Route(name, 0, stops[0].start, stops[-1].finish, stops, (), 0, 0, 0))
    return Plan(tuple(routes), (), Costs())


def held_fast(task: Task, lost: set[str]) -> Task:
    """The same task with these visits as taken time of their people: they stay exactly where they are."""
    of = {p.pk: name for name, p in task.names.items()}
    taken: dict[str, list[Window]] = {}
    for key in lost:
        for b in task.seats(key):
            taken.setdefault(of[b.person], []).append(Window(task.seconds(b.start), task.seconds(b.end)))
    technicians = tuple(replace(t, busy=_joined([*t.busy, *taken.get(t.id, ())])) for t in task.problem.technicians)
    problem = replace(
        task.problem, technicians=technicians, visits=tuple(v for v in task.problem.visits if v.id not in lost),
        locks=tuple(k for k in task.problem.locks if k.visit not in lost),
    )  # fmt: skip
    routes = tuple(replace(r, stops=tuple(s for s in r.stops if s.visit not in lost)) for r in task.warm.routes)
    task.problem, task.warm = problem, replace(task.warm, routes=tuple(r for r in routes if r.stops))
    return task
