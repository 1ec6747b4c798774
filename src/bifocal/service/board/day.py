"""A branch's day as the routing engine reads it: technicians with shifts and what takes them, planned calls in the order they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median

from bifocal.core.models import Branch
from bifocal.engines.routing.plan import Costs, Plan, Route, Stop
from bifocal.engines.routing.problem import Lock, Place, Problem, Promise, Technician, Visit, Window
from bifocal.engines.routing.travel import suspicious
from bifocal.kernel.parties.pins import BY_HAND
from bifocal.kernel.people.models import PayRate, Person
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import Firmness
from bifocal.kernel.travel.roads import Driving, driving
from bifocal.lib.places import Point
from bifocal.service.board.queries import WEIGHED, Band, Ground, Terms, read, terms
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
from bifocal.service.visits.rules import LIVE, Status

TOGETHER = 10  # technicians of one part of a day


@dataclass
class Day:
    """The problem and the plan of a day, with the rows behind the engine's names (uids as text). Times: seconds from `midnight`."""

    date: date
    midnight: datetime
    problem: Problem
    plan: Plan
    people: dict[str, Person]
    visits: dict[str, VisitRow]
    place: str = "asked"  # where the new need is
    taken: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # every hour that stands in somebody's calendar
    guessed: set[str] = field(default_factory=set)  # visits whose place is not known: planned at the middle of the others
    new: dict[str, str] = field(default_factory=dict)  # visits that are not in the plan yet, and their places
    terms: Terms = field(default_factory=lambda: Terms({}, {}, {}, {}))
    note: str = ""  # where driving is guessed because the map server is silent

    def stays_away(self, customer: int | None) -> frozenset[str]:
        """Whom a customer does not want to see again."""
        away = self.terms.bans.get(customer or 0, {})
        return frozenset(uid for uid, p in self.people.items() if p.pk in away)

    def first(self, customer: int | None, zone: str) -> frozenset[str]:
        """Who comes first for a visit. Empty: all alike; a name of nobody: none of these."""
        keys = self.terms.first([p.pk for p in self.people.values()], customer, zone)
        names = frozenset(uid for uid, p in self.people.items() if p.pk in keys)
        return frozenset() if len(names) == len(self.people) else names or frozenset({""})

    def at(self, seconds: int) -> datetime:
        """The moment of a second of the day."""
        return self.midnight + timedelta(seconds=seconds)

    def second(self, moment: datetime) -> int:
        """The second of the day of a moment."""
        return int((moment - self.midnight).total_seconds())


@dataclass
class _Map:
    """Places by their coordinates, each once."""

    points: dict[Point, str] = field(default_factory=dict)
    middle: Point = (0.0, 0.0)
    far: set[Point] = field(default_factory=set)  # can't be right, and nobody has said that they are

    def name(self, point: Point | None) -> str:
        here = self.middle if point is None or point in self.far else point
        return self.points.setdefault(here, f"p{len(self.points)}")


@dataclass(frozen=True)
class Happened:
    """How a day differs from its calendar: visits that end later than planned, such that fall away, such that are new."""

    until: Mapping[str, datetime] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    new: tuple[VisitRow, ...] = ()


@dataclass(frozen=True)
class _Read:
    """What was read about everybody once: terms, cents an hour, what is different from the calendar."""

    terms: Terms
    rates: dict[int, int]
    loose: Happened | None


def day_of_branch(
    day: date, branch: Branch, now: datetime, *, skill: str = "", point: Point | None = None, customer: int | None = None,
    loose: Happened | None = None,
) -> Day:  # fmt: skip
    """The day of everybody who holds the skill, with a place for a need at `point`. What is over by `now` is where people are.

    Planned calls stay with whom and when they are; `loose` frees them for planning again: promises then move at their price.
    """
    found = read(branch, day, 1, qualified(skill, day, branch_id=branch.pk)).on_duty()
    happened = loose or Happened()
    visits = _on(found, happened.gone)
    ground = _map(point, [*visits.values(), *happened.new], found.people)
    known = terms(found, [customer, *(v.job.customer_id for v in (*visits.values(), *happened.new))])
    return _made(found, now, point, ground, _Read(known, _rates(found.people, day), loose))


def parts_of_day(
    day: date, branch: Branch, now: datetime, *, skill: str = "", point: Point | None = None, customer: int | None = None
) -> Iterator[Day]:  # fmt: skip
    """The same day a few technicians at a time, for a question that each of them answers alone: what a caller can be offered.

    Read once; but the drives between everybody's calls grow with their square, and between ten people's they are few.
    """
    found = read(branch, day, 1, qualified(skill, day, branch_id=branch.pk), only=WEIGHED)
    whole = _map(point, list(_on(found, frozenset()).values()), found.people)
    about = _Read(terms(found, [customer]), _rates(found.people, day), None)
    for people in found.in_shifts(TOGETHER):
        ids = {p.pk for p in people}
        part = replace(found, people=people, bands=[b for b in found.bands if b.person in ids])
        ground = _Map({}, whole.middle, whole.far)
        for place in (point, *(v.job.site.point for v in _on(part, frozenset()).values()), *(p.home for p in people), None):
            ground.name(place)
        yield _made(part, now, point, ground, about)


def _on(found: Ground, gone: frozenset[str]) -> dict[str, VisitRow]:
    """The visits that stand in somebody's calendar for certain."""
    firm = (b.visit for b in found.bands if b.visit and b.firmness != Firmness.TENTATIVE)
    return {uid: v for v in firm if (uid := str(v.uid)) not in gone}


def _made(found: Ground, now: datetime, point: Point | None, ground: _Map, about: _Read) -> Day:
    visits = _on(found, about.loose.gone if about.loose else frozenset())
    new = {str(v.uid): v for v in (about.loose.new if about.loose else ())}
    made = _Maker(found, now, ground, visits, about)
    drawn = [made.technician(p) for p in found.people]
    places = tuple(Place(name, lat, lon) for (lat, lon), name in ground.points.items())
    problem = Problem(places, tuple(made.technicians), tuple(made.stops), {"car": made.roads.travel}, tuple(made.locks))
    plan = Plan(tuple(r for r in drawn if r), (), Costs())
    guessed = {u for u, v in visits.items() if (p := v.job.site.point) is None or p in ground.far}
    known = {u: ground.name(v.job.site.point) for u, v in new.items()}
    people = {str(p.uid): p for p in found.people}
    return Day(
        found.first, found.span.start, problem, plan, people, visits | new, ground.name(point), made.taken, guessed, known, about.terms,
        made.roads.note,
    )  # fmt: skip


def _map(point: Point | None, visits: list[VisitRow], people: list[Person]) -> _Map:
    ground = _Map()
    seen = [p for p in (point, *(v.job.site.point for v in visits), *(p.home for p in people)) if p]
    if seen:
        ground.middle = (median(p[0] for p in seen), median(p[1] for p in seen))
    sure = {v.job.site.point for v in visits if v.job.site.placed_by == BY_HAND}
    asked = [Place(str(n), *p) for n, p in enumerate(seen)]
    ground.far = {seen[int(s.place)] for s in suspicious(asked)} - sure
    for place in (point, *seen, None):
        ground.name(place)
    return ground


def _rates(people: list[Person], day: date) -> dict[int, int]:
    """Cents an hour with burden, of whoever has a rate."""
    rows = PayRate.objects.filter(person__in=[p.pk for p in people], pay_class="regular", from_date__lte=day).order_by("from_date")
    return {r.person_id: round((r.rate + r.burden) * 100) for r in rows}


class _Maker:
    """Turns people and their allocations into technicians, stops and locks."""

    def __init__(self, found: Ground, now: datetime, ground: _Map, visits: dict[str, VisitRow], about: _Read) -> None:
        self.found, self.ground, self.visits = found, ground, visits
        self.terms, self.rates, self.loose = about.terms, about.rates, about.loose
        self.midnight = found.span.start
        self.moment, self.now = now, int((now - self.midnight).total_seconds())
        self.roads: Driving = driving(ground.points)
        self.row = {name: n for n, name in enumerate(ground.points.values())}
        self.bands: dict[int, list[Band]] = {}
        for band in found.bands:
            if band.firmness != Firmness.TENTATIVE:
                self.bands.setdefault(band.person, []).append(band)
        self.shared = Counter(b.source_uid for bands in self.bands.values() for b in bands if b.visit)
        self.technicians: list[Technician] = []
        self.stops: list[Visit] = []
        self.locks: list[Lock] = []
        self.seen: set[str] = set()
        self.taken: dict[str, list[tuple[int, int]]] = {}

    def _span(self, first: datetime, last: datetime) -> tuple[int, int]:
        return int((first - self.midnight).total_seconds()), int((last - self.midnight).total_seconds())

    def technician(self, person: Person) -> Route | None:
        """Add a technician; their route of the calls that are still to come."""
        uid, there = str(person.uid), self.found.stint(self.found.first, person.pk) or self.found.span
        opens, closes = self._span(max(there.start, self.moment), there.end)
        at = home = self.ground.name(person.home)
        ahead: list[tuple[str, int, int]] = []
        busy: list[tuple[int, int]] = []
        for row in self.bands.get(person.pk, []):
            start, end = self._span(row.start, row.end)
            self.taken.setdefault(uid, []).append((start, end))
            visit = self.visits.get(str(row.visit.uid)) if row.visit else None
            if visit is None:
                busy.append((start, end))
            elif visit.status in (*LIVE, Status.DONE) or start <= self.now:
                at = self.ground.name(visit.job.site.point)
                if visit.status != Status.DONE:
                    opens = max(opens, self._free(visit, end))
            elif str(visit.uid) not in self.seen:  # of several on one visit, the first in order drives the plan
                self.seen.add(str(visit.uid))
                ahead.append((str(visit.uid), start, end - start))
            else:
                busy.append((start, end))
        return self._drawn(uid, person, (opens, closes), (at, home), ahead, busy)

    def _drawn(
        self, uid: str, person: Person, shift: tuple[int, int], ends: tuple[str, str], ahead: list[tuple[str, int, int]],
        busy: list[tuple[int, int]],
    ) -> Route | None:  # fmt: skip
        opens, closes = shift
        places = [self.ground.name(self.visits[v].job.site.point) for v, _s, _l in ahead]
        legs = [self._drive(a, b) for a, b in zip([ends[0], *places], places, strict=False)]
        begins = forced([(s, n) for _v, s, n in ahead], legs, opens, busy)
        back = begins[-1] + ahead[-1][2] + self._drive(places[-1], ends[1]) if ahead else opens
        spans = [(b, b + n) for b, (_v, _s, n) in zip(begins, ahead, strict=True)]
        cut = [Window(*p) for b in busy for p in outside(b, spans)]
        rate = self.rates.get(person.pk) or USUAL_RATE
        self.technicians.append(Technician(
            uid, ends[0], ends[1], (Window(min(opens, closes), closes),), self.terms.levels(person.pk, self.found.first), busy=tuple(cut),
            overtime=max(LONGEST_OVERTIME, back - closes, opens - closes), overtime_cost=round(rate * OVERTIME_FACTOR),
            cost_per_hour=rate, cost_per_mile=CENTS_PER_MILE,
        ))  # fmt: skip
        for (v, start, length), place, late in zip(ahead, places, begins, strict=True):
            if self.loose and self.shared[self.visits[v].uid] == 1:  # a crew stays together: one of them alone is not moved
                self.stops.append(self.asked(self.visits[v], place, length))
                continue
            self.stops.append(Visit(v, place, length, required=frozenset({uid})))
            self.locks.append(Lock(v, uid, Window(start, late)))
        stops = tuple(Stop(v, b, b, b + n, leg) for (v, _s, n), b, leg in zip(ahead, begins, legs, strict=True))
        return Route(uid, 0, opens, back, stops, (), sum(legs), 0, max(0, back - closes)) if stops else None

    def _free(self, visit: VisitRow, end: int) -> int:
        """When somebody is through with a visit that they are at: as planned, as told, at the soonest in a quarter of an hour."""
        told = self.loose.until.get(str(visit.uid)) if self.loose else None
        if told:
            return int((told - self.midnight).total_seconds())
        return max(end, self.now + 900 if visit.status in LIVE else 0)

    def asked(self, visit: VisitRow, place: str, seconds: int) -> Visit:
        """A visit that may be planned anew: promised for its window, dearer to move where the customer has confirmed it."""
        window = visit.window or visit.planned
        told = Window(*(int((m - self.midnight).total_seconds()) for m in (window.lower, window.upper))) if window else None
        if told and not visit.window:
            told = Window(told.start, told.start + AROUND)
        promise = Promise(told, CONFIRMED_FEE if visit.confirmed_at else PROMISE_FEE) if told else None
        skills = {visit.skill: 1} if visit.skill else {}
        away = self.terms.bans.get(visit.job.customer_id, {})
        return Visit(
            str(visit.uid), place, seconds, skills=skills, promise=promise, prize=prize_of(visit.job.priority),
            banned=frozenset(str(p.uid) for p in self.found.people if p.pk in away),
        )  # fmt: skip

    def _drive(self, a: str, b: str) -> int:
        return self.roads.travel.seconds[self.row[a]][self.row[b]]
