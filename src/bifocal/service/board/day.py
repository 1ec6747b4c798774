"""A day of the board as a problem of the routing engine: the one maker, for optimiser, offers, loans and re-planning alike.

People come with their shift and what takes them, calls in the order they stand. What a question may not change is a locked stop for each
who is on it; what it may change is the engine's, a crew as one visit for several. Times: seconds from the day's midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Q, QuerySet

from bifocal.core.models import Branch
from bifocal.engines.routing.plan import Costs, Plan, Route, Stop
from bifocal.engines.routing.problem import Lock, Place, Problem, Promise, Technician, Travel, Visit, Window
from bifocal.engines.routing.travel import suspicious
from bifocal.kernel.parties.pins import BY_HAND
from bifocal.kernel.people.models import Allocation, PayRate, Person
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.kernel.travel.roads import Driving, driving
from bifocal.lib.places import Point
from bifocal.service.board.queries import WEIGHED, Band, Ground, Terms, read, terms
from bifocal.service.dispatch.queries import day_range
from bifocal.service.dispatch.rules import (
    AROUND,
    CENTS_PER_MILE,
    CONFIRMED_FEE,
    LONGEST_OVERTIME,
    OVERTIME_FACTOR,
    PROMISE_FEE,
    USUAL_RATE,
    forced,
    outside,
    prize_of,
)
from bifocal.service.visits.models import Visit as VisitRow
from bifocal.service.visits.rules import LIVE, PLANNED, Status

TOGETHER = 10  # technicians of one part of a day
STEP = 900  # seconds: the shortest visit, and what an optimised day begins on
LONG_DAY = 86_400


@dataclass(frozen=True)
class Asked:
    """What a question may change of a day, and how it is counted. What it may not change stays with whom and when it is.

    `held`: visits whose hours are taken time. `until`: what ends later than planned. `step`: drives are counted up to so many seconds, and
    nothing begins before the next quarter of an hour. `worth`: one call on the board is worth so many in the tray. `at_price`: promises and
    planned times may move at a price; else what the customer has confirmed holds, and a time that nobody was told is free.
    """

    free: Callable[[VisitRow], bool] = lambda _visit: False
    new: tuple[VisitRow, ...] = ()
    held: frozenset[str] = frozenset()
    until: Mapping[str, datetime] = field(default_factory=dict)
    step: int = 1
    worth: int = 1
    at_price: bool = True


@dataclass
class Day:
    """The problem and the plan of a day, with the rows behind the engine's names: people by name, visits by uid."""

    ground: Ground
    now: datetime
    asked: Asked
    people: dict[str, Person]
    terms: Terms
    problem: Problem = field(default_factory=lambda: Problem((), (), (), {}))
    plan: Plan = field(default_factory=lambda: Plan((), (), Costs()))
    visits: dict[str, VisitRow] = field(default_factory=dict)
    seats: dict[str, list[Band]] = field(default_factory=dict)  # everybody's stretch of a visit that may move, the lead's first
    new: dict[str, Visit] = field(default_factory=dict)  # as the engine would be asked for what is not in the plan yet
    place: str = ""  # where the new need is
    taken: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # every hour that stands in somebody's calendar
    guessed: set[str] = field(default_factory=set)  # visits whose place is not known: planned at the middle of the others
    note: str = ""  # where driving is guessed because the map server is silent

    @property
    def date(self) -> date:
        """Which day it is."""
        return self.ground.first

    def name(self, person: Person | None) -> str:
        """How the engine calls somebody; empty for whom it does not know."""
        return next((n for n, p in self.people.items() if person and p.pk == person.pk), "")

    def wanted(self, key: str) -> Visit:
        """A visit as the engine is asked for it."""
        return self.new.get(key) or next(v for v in self.problem.visits if v.id == key)

    def led(self, key: str, names: list[str]) -> tuple[str, tuple[str, ...]]:
        """Who of these leads: who may, first who does now; where nobody may, somebody was sent all the same. The others go along."""
        if len(names) == 1:
            return names[0], ()
        asked, now = self.wanted(key), next(iter(self.seats.get(key, ())), None)
        able = [t.id for t in self.problem.technicians if t.id in names and not t.apprentice and _holds(asked, t)]
        may = able or names
        lead = next((n for n in may if now and self.people[n].pk == now.person), may[0])
        return lead, tuple(sorted(n for n in names if n != lead))

    def stays_away(self, customer: int | None) -> frozenset[str]:
        """Whom a customer does not want to see again."""
        away = self.terms.bans.get(customer or 0, {})
        return frozenset(n for n, p in self.people.items() if p.pk in away)

    def first(self, customer: int | None, zone: str) -> frozenset[str]:
        """Who comes first for a visit. Empty: all alike; a name of nobody: none of these."""
        keys = self.terms.first([p.pk for p in self.people.values()], customer, zone)
        names = frozenset(n for n, p in self.people.items() if p.pk in keys)
        return frozenset() if len(names) == len(self.people) else names or frozenset({""})

    def at(self, seconds: int) -> datetime:
        """The moment of a second of the day."""
        return self.ground.span.start + timedelta(seconds=seconds)

    def second(self, moment: datetime) -> int:
        """The second of the day of a moment."""
        return int((moment - self.ground.span.start).total_seconds())


def _holds(visit: Visit, who: Technician) -> bool:
    return who.id not in visit.banned and all(who.skills.get(s, -1) >= level for s, level in visit.skills.items())


@dataclass
class _Map:
    """Places by their coordinates, each once."""

    points: dict[Point, str] = field(default_factory=dict)
    middle: Point = (0.0, 0.0)
    far: set[Point] = field(default_factory=set)  # can't be right, and nobody has said that they are

    def name(self, point: Point | None) -> str:
        here = self.middle if point is None or point in self.far else point
        return self.points.setdefault(here, f"p{len(self.points)}")


def day_of_branch(
    day: date, branch: Branch, now: datetime, *, skill: str = "", point: Point | None = None, customer: int | None = None,
    asked: Asked | None = None,
) -> Day:  # fmt: skip
    """The day of everybody who holds the skill, with a place for a need at `point`. What is over by `now` is where people are.

    Where something may be changed (`asked`), who only goes along to a call is of it as well: a crew is moved as one.
    """
    found = read(branch, day, 1, _everybody(day, branch) if asked else qualified(skill, day, branch_id=branch.pk))
    return day_of(found, found.people, now, asked or Asked(), point=point, customer=customer, rates=_rates(found.people, day))


def _everybody(day: date, branch: Branch) -> QuerySet[Person]:
    """Who is dispatched, and who goes along to a call that day."""
    span = day_range(day, branch.tz)
    there = Allocation.objects.filter(during__overlap=(span.start, span.end), use=AllocationKind.VISIT).values("person_id")
    return Person.objects.filter(Q(dispatchable=True) | Q(pk__in=there), branch=branch, active=True).order_by("name")


def day_of(
    found: Ground, people: Sequence[Person], now: datetime, asked: Asked, *, point: Point | None = None, customer: int | None = None,
    rates: Mapping[int, int] | None = None,
) -> Day:  # fmt: skip
    """The day of some of the people on a ground that was read; `rates` cents an hour, the usual one where nobody's is known.

    Nobody is planned for on a day off, unless they were given something all the same.
    """
    people = [p for p in people if found.stint(found.first, p.pk)]
    visits = [*_on(found, frozenset()).values(), *asked.new]
    ground = _map(point, visits, people)
    known = terms(found, [customer, *(v.job.customer_id for v in visits)])
    return _Maker(Day(found, now, asked, _names(people), known), ground, rates or {}).made(point)


def parts_of_day(
    day: date, branch: Branch, now: datetime, *, skill: str = "", point: Point | None = None, customer: int | None = None
) -> Iterator[Day]:  # fmt: skip
    """The same day a few technicians at a time, for a question that each of them answers alone: what a caller can be offered.

    Read once; but the drives between everybody's calls grow with their square, and between ten people's they are few.
    """
    found = read(branch, day, 1, qualified(skill, day, branch_id=branch.pk), only=WEIGHED)
    whole = _map(point, list(_on(found, frozenset()).values()), found.people)
    known, rates = terms(found, [customer]), _rates(found.people, day)
    for people in found.in_shifts(TOGETHER):
        ids = {p.pk for p in people}
        part = replace(found, people=people, bands=[b for b in found.bands if b.person in ids])
        ground = _Map({}, whole.middle, whole.far)
        for place in (point, *(v.job.site.point for v in _on(part, frozenset()).values()), *(p.home for p in people), None):
            ground.name(place)
        yield _Maker(Day(part, now, Asked(), _names(people), known), ground, rates).made(point)


def _on(found: Ground, held: frozenset[str]) -> dict[str, VisitRow]:
    """The visits that stand in somebody's calendar for certain."""
    firm = (b.visit for b in found.bands if b.visit and b.firmness != Firmness.TENTATIVE)
    return {uid: v for v in firm if (uid := str(v.uid)) not in held}


def _names(people: Iterable[Person]) -> dict[str, Person]:
    told: dict[str, Person] = {}
    for p in people:
        told[p.name if p.name not in told else f"{p.name} ({p.pk})"] = p
    return told


def _map(point: Point | None, visits: Sequence[VisitRow], people: Sequence[Person]) -> _Map:
    ground = _Map()
    seen = [p for p in (point, *(v.job.site.point for v in visits), *(p.home for p in people)) if p]
    if seen:
        ground.middle = (median(p[0] for p in seen), median(p[1] for p in seen))
    sure = {v.job.site.point for v in visits if v.job.site.placed_by == BY_HAND}
    ground.far = {seen[int(s.place)] for s in suspicious([Place(str(n), *p) for n, p in enumerate(seen)])} - sure
    for place in (point, *seen, None):
        ground.name(place)
    return ground


def _rates(people: Sequence[Person], day: date) -> dict[int, int]:
    """Cents an hour with burden, of whoever has a rate."""
    rows = PayRate.objects.filter(person__in=[p.pk for p in people], pay_class="regular", from_date__lte=day).order_by("from_date")
    return {r.person_id: round((r.rate + r.burden) * 100) for r in rows}


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A call on somebody's day that is still to come."""

    key: str
    visit: VisitRow
    band: Band
    place: str
    start: int
    long: int


class _Maker:
    """Turns people and their allocations into technicians, stops and locks."""

    def __init__(self, day: Day, ground: _Map, rates: Mapping[int, int]) -> None:
        self.day, self.ground, self.rates, self.asked = day, ground, rates, day.asked
        found = day.ground
        self.visits = _on(found, day.asked.held)
        every = STEP if day.asked.step > 1 else 1
        self.now = -(-day.second(day.now) // every) * every
        self.roads: Driving = driving(ground.points)
        self.travel = _in_steps(self.roads.travel, day.asked.step)
        self.row = {name: n for n, name in enumerate(ground.points.values())}
        self.bands: dict[int, list[Band]] = {}
        for band in found.bands:
            if band.firmness != Firmness.TENTATIVE:  # what is only pencilled in takes nobody's time
                self.bands.setdefault(band.person, []).append(band)
        self.technicians: list[Technician] = []
        self.stops: dict[str, Visit] = {}
        self.locks: list[Lock] = []

    def made(self, point: Point | None) -> Day:
        """The day, whole."""
        day = self.day
        day.seats = self._seats()
        day.place = self.ground.name(point)
        drawn = [self._technician(name, p) for name, p in day.people.items()]
        day.new = {str(v.uid): self._wanted(v, v.minutes * 60, []) for v in self.asked.new}
        places = tuple(Place(name, lat, lon) for (lat, lon), name in self.ground.points.items())
        day.problem = Problem(places, tuple(self.technicians), tuple(self.stops.values()), {"car": self.travel}, tuple(self.locks))
        day.plan = Plan(tuple(r for r in drawn if r), (), Costs())
        day.visits = self.visits | {str(v.uid): v for v in self.asked.new}
        day.guessed = {u for u, v in day.visits.items() if (p := v.job.site.point) is None or p in self.ground.far}
        day.note = self.roads.note
        return day

    def _seats(self) -> dict[str, list[Band]]:
        """Visits that may move, by everybody's stretch, the lead's first: not begun, and nobody of them is beyond this question."""
        people = {p.pk for p in self.day.people.values()}
        seats: dict[str, list[Band]] = {}
        for b in (b for bands in self.bands.values() for b in bands):
            if b.visit and b.visit.status in PLANNED and str(b.visit.uid) in self.visits and self.asked.free(b.visit):
                seats.setdefault(str(b.visit.uid), []).append(b)
        ahead = max(self.now, -1)
        return {
            key: sorted(bands, key=lambda b: not b.lead) for key, bands in seats.items()
            if all(b.person in people and self.day.second(b.start) > ahead for b in bands)
        }  # fmt: skip

    def _technician(self, name: str, person: Person) -> Route | None:
        """Add a technician: where they are by now and what takes them; their route of the calls that are still to come."""
        at = home = self.ground.name(person.home) if person.home else None  # not known: the day begins and ends at a call
        there = self.day.ground.stint(self.day.date, person.pk) or self.day.ground.span
        opens, closes = max(self._opens(person, self.day.second(there.start)), self.now), self.day.second(there.end)
        ahead, busy = list[_Ahead](), list[tuple[int, int]]()
        for band in self.bands.get(person.pk, []):
            start, end = self.day.second(band.start), self.day.second(band.end)
            self.day.taken.setdefault(name, []).append((start, end))
            visit = self.visits.get(str(band.visit.uid)) if band.visit else None
            if visit is None or (start < 0 and visit.status in PLANNED):
                busy.append((start, end))
                continue
            place = self.ground.name(visit.job.site.point)
            free = str(visit.uid) in self.day.seats
            if visit.status in (*LIVE, Status.DONE) or start <= self.now:
                at = place
                opens = opens if visit.status == Status.DONE else max(opens, self._free(visit, end))
            else:
                ahead.append(_Ahead(self._key(visit, person, free), visit, band, place, start, end - start))
        return self._drawn(name, person, (opens, closes), (at, home), ahead, busy)

    def _opens(self, person: Person, shift: int) -> int:
        """When somebody's day begins: with the shift, or with an earlier call that is theirs."""
        calls = (self.day.second(b.start) for b in self.bands.get(person.pk, []) if b.visit and b.visit.status in PLANNED)
        return min([shift, *(s for s in calls if s >= 0)])

    def _key(self, visit: VisitRow, person: Person, free: bool) -> str:
        """A visit's name for the engine. Of several on one that stays, each has a stop of their own."""
        key = str(visit.uid)
        return key if free or key not in self.stops else f"{key} {person.pk}"

    def _drawn(
        self, name: str, person: Person, shift: tuple[int, int], ends: tuple[str | None, str | None], ahead: list[_Ahead],
        busy: list[tuple[int, int]],
    ) -> Route | None:  # fmt: skip
        opens, closes = shift
        legs = [self._drive(a, b.place) for a, b in zip([ends[0], *(c.place for c in ahead)], ahead, strict=False)]
        begins = forced([(c.start, c.long) for c in ahead], legs, opens, busy)
        back = begins[-1] + ahead[-1].long + self._drive(ahead[-1].place, ends[1]) if ahead else opens
        spans = [(b, b + c.long) for b, c in zip(begins, ahead, strict=True)]
        cut = [Window(*p) for b in busy for p in outside(b, spans)]
        rate = self.rates.get(person.pk) or USUAL_RATE
        self.technicians.append(Technician(
            name, ends[0], ends[1], (Window(min(opens, closes), closes),), self.day.terms.levels(person.pk, self.day.date), busy=tuple(cut),
            overtime=max(LONGEST_OVERTIME, back - closes, opens - closes), overtime_cost=round(rate * OVERTIME_FACTOR),
            cost_per_hour=rate, cost_per_mile=CENTS_PER_MILE, apprentice=not person.dispatchable,  # who is not dispatched goes along only
        ))  # fmt: skip
        for call, late in zip(ahead, begins, strict=True):
            self._stop(call, name, late)
        stops = tuple(Stop(c.key, b, b, b + c.long, leg) for c, b, leg in zip(ahead, begins, legs, strict=True))
        return Route(name, 0, opens, back, stops, (), sum(legs), 0, max(0, back - closes)) if stops else None

    def _stop(self, call: _Ahead, name: str, late: int) -> None:
        seats = self.day.seats.get(call.key)
        if seats:
            self.stops.setdefault(call.key, self._wanted(call.visit, call.long, seats))
            return
        self.stops[call.key] = Visit(call.key, call.place, call.long, required=frozenset({name}))
        self.locks.append(Lock(call.key, name, Window(call.start, late)))

    def _free(self, visit: VisitRow, end: int) -> int:
        """When somebody is through with a visit that they are at: as planned, as told, at the soonest in a quarter of an hour."""
        told = self.asked.until.get(str(visit.uid))
        return self.day.second(told) if told else max(end, self.now + STEP if visit.status in LIVE else 0)

    def _wanted(self, visit: VisitRow, seconds: int, seats: list[Band]) -> Visit:
        """A visit that the engine may place: for as many as are on it, by what the customer was told."""
        windows, promise = self._told(visit, seats)
        first = self.day.first(visit.job.customer_id, visit.job.site.zone)
        return Visit(
            str(visit.uid), self.ground.name(visit.job.site.point), max(seconds, STEP), windows, {visit.skill: 1} if visit.skill else {},
            banned=self.day.stays_away(visit.job.customer_id), preferred=first if not seats or not self.asked.at_price else frozenset(),
            prize=prize_of(visit.job.priority) * (self.asked.worth if seats else 1), promise=promise, crew=self._how_many(visit, seats),
        )  # fmt: skip

    def _how_many(self, visit: VisitRow, seats: list[Band]) -> int:
        """As many as are on it; the optimiser sends who is missing as well. What goes on short is not thrown off for it by a re-plan."""
        wanted = min(visit.people, len(self.day.people)) if seats else visit.people
        return len(seats) if seats and self.asked.at_price else max(len(seats), wanted)

    def _told(self, visit: VisitRow, seats: list[Band]) -> tuple[tuple[Window, ...], Promise | None]:
        """When it must start and when it should: what is promised moves at its price, dearer where the customer has confirmed it."""
        told = Window(self.day.second(visit.window.lower), self.day.second(visit.window.upper)) if visit.window else None
        today = told if told and told.end > 0 and told.start < LONG_DAY else None
        start = self.day.second(seats[0].start) if seats else 0
        if self.asked.at_price:
            about = today or (Window(start, start + AROUND) if seats else None)
            return (), Promise(about, CONFIRMED_FEE if visit.confirmed_at else PROMISE_FEE) if about else None
        if today and seats and visit.confirmed_at:  # not moved without asking; opened as far as it stands outside of it already
            return (Window(min(today.start, start), max(today.end, start)),), None
        return (), Promise(today) if today else None

    def _drive(self, a: str | None, b: str | None) -> int:
        return 0 if a is None or b is None else self.travel.seconds[self.row[a]][self.row[b]]


def _in_steps(travel: Travel, step: int) -> Travel:
    """Drives up to the next five minutes: then everything starts on five minutes too, as a dispatcher would say it."""
    return travel if step == 1 else replace(travel, seconds=tuple(tuple(-(-s // step) * step for s in row) for row in travel.seconds))
