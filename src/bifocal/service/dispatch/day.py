"""A branch's day as the routing engine reads it: technicians with shifts and what takes them, planned calls in the order they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from bifocal.core.models import Branch
from bifocal.engines.routing.plan import Costs, Plan, Route, Stop
from bifocal.engines.routing.problem import Lock, Place, Problem, Promise, Technician, Visit, Window
from bifocal.kernel.people.models import Allocation, PayRate, Person, PersonSkill
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import Firmness
from bifocal.kernel.travel.quick import Point, guess_many
from bifocal.service.dispatch.queries import day_range
from bifocal.service.dispatch.rules import (
    AROUND,
    CENTS_PER_MILE,
    CLOSES,
    CONFIRMED_FEE,
    LONGEST_OVERTIME,
    OPENS,
    OVERTIME_FACTOR,
    PROMISE_FEE,
    USUAL_RATE,
    forced,
    outside,
    prize_of,
)
from bifocal.service.visits.models import Visit as VisitRow
from bifocal.service.visits.rules import LIVE, Status


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

    def at(self, seconds: int) -> datetime:
        """The moment of a second of the day."""
        return self.midnight + timedelta(seconds=seconds)

    def second(self, moment: datetime) -> int:
        """The second of the day of a moment."""
        return int((moment - self.midnight).total_seconds())


@dataclass
class _Ground:
    """Places by their coordinates, each once."""

    points: dict[Point, str] = field(default_factory=dict)
    middle: Point = (0.0, 0.0)

    def name(self, point: Point | None) -> str:
        return self.points.setdefault(point or self.middle, f"p{len(self.points)}")


@dataclass(frozen=True)
class Happened:
    """How a day differs from its calendar: visits that end later than planned, such that fall away, such that are new."""

    until: Mapping[str, datetime] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    new: tuple[VisitRow, ...] = ()


def day_of_branch(
    day: date, branch: Branch, now: datetime, *, skill: str = "", point: Point | None = None, loose: Happened | None = None
) -> Day:
    """The day of everybody who holds the skill, with a place for a need at `point`. What is over by `now` is where people are.

    Planned calls stay with whom and when they are; `loose` frees them for planning again: promises then move at their price.
    """
    span = day_range(day, branch.tz)
    people = {str(p.uid): p for p in qualified(skill, day, branch_id=branch.pk)}
    taken = _taken([p.pk for p in people.values()], span.start, span.end)
    uids = {a.source_uid for rows in taken.values() for a in rows if a.use == "visit"}
    rows = VisitRow.objects.filter(uid__in=uids).select_related("job__site", "job__customer", "job__branch")
    visits = {str(v.uid): v for v in rows if not loose or str(v.uid) not in loose.gone}
    new = {str(v.uid): v for v in (loose.new if loose else ())}
    ground = _ground(point, [*visits.values(), *new.values()], list(people.values()))
    made = _Maker(span.start, now, ground, visits, _rates(people.values(), day), _skills(people.values(), day), loose)
    drawn = [made.technician(uid, p, taken.get(p.pk, [])) for uid, p in people.items()]
    places = tuple(Place(name, lat, lon) for (lat, lon), name in ground.points.items())
    problem = Problem(places, tuple(made.technicians), tuple(made.stops), {"car": made.travel}, tuple(made.locks))
    plan = Plan(tuple(r for r in drawn if r), (), Costs())
    guessed = {u for u, v in visits.items() if place_of(v) is None}
    known = {u: ground.name(place_of(v)) for u, v in new.items()}
    return Day(day, span.start, problem, plan, people, visits | new, ground.name(point), made.taken, guessed, known)


def _ground(point: Point | None, visits: list[VisitRow], people: list[Person]) -> _Ground:
    ground = _Ground()
    seen = [p for p in (point, *(place_of(v) for v in visits), *(_home(p) for p in people)) if p]
    if seen:
        ground.middle = (median(p[0] for p in seen), median(p[1] for p in seen))
    for place in (point, *seen, None):
        ground.name(place)
    return ground


def place_of(visit: VisitRow) -> Point | None:
    """Where a visit is, or None where its site has no coordinates."""
    site = visit.job.site
    return None if site.lat is None or site.lng is None else (float(site.lat), float(site.lng))


def _home(person: Person) -> Point | None:
    return None if person.home_lat is None or person.home_lng is None else (float(person.home_lat), float(person.home_lng))


def _taken(ids: list[int], start: datetime, end: datetime) -> dict[int, list[Allocation]]:
    rows = Allocation.objects.filter(person_id__in=ids, during__overlap=(start, end)).exclude(firmness=Firmness.TENTATIVE)
    found: dict[int, list[Allocation]] = {}
    for row in rows.order_by("during"):
        found.setdefault(row.person_id, []).append(row)
    return found


def _rates(people: Any, day: date) -> dict[int, int]:
    """Cents an hour with burden, of whoever has a rate."""
    rows = PayRate.objects.filter(person__in=[p.pk for p in people], pay_class="regular", from_date__lte=day).order_by("from_date")
    return {r.person_id: round((r.rate + r.burden) * 100) for r in rows}


def _skills(people: Any, day: date) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in PersonSkill.objects.filter(person__in=[p.pk for p in people]).select_related("skill"):
        if row.expires is None or row.expires >= day:
            found.setdefault(row.person_id, {})[row.skill.code] = row.level
    return found


class _Maker:
    """Turns people and their allocations into technicians, stops and locks."""

    def __init__(
        self, midnight: datetime, now: datetime, ground: _Ground, visits: dict[str, VisitRow], rates: dict[int, int],
        skills: dict[int, dict[str, int]], loose: Happened | None = None,
    ) -> None:  # fmt: skip
        self.loose = loose
        self.midnight, self.ground, self.visits, self.rates, self.skills = midnight, ground, visits, rates, skills
        self.now = int((now - midnight).total_seconds())
        self.travel = guess_many(list(ground.points))
        self.row = {name: n for n, name in enumerate(ground.points.values())}
        self.technicians: list[Technician] = []
        self.stops: list[Visit] = []
        self.locks: list[Lock] = []
        self.seen: set[str] = set()
        self.taken: dict[str, list[tuple[int, int]]] = {}

    def _span(self, row: Allocation) -> tuple[int, int]:
        return tuple(int((m - self.midnight).total_seconds()) for m in (row.during.lower, row.during.upper))  # type: ignore[return-value]

    def technician(self, uid: str, person: Person, rows: list[Allocation]) -> Route | None:
        """Add a technician; their route of the calls that are still to come."""
        opens, closes = max(OPENS * 3600, self.now), CLOSES * 3600
        at = home = self.ground.name(_home(person))
        ahead: list[tuple[str, int, int]] = []
        busy: list[tuple[int, int]] = []
        for row in rows:
            start, end = self._span(row)
            self.taken.setdefault(uid, []).append((start, end))
            visit = self.visits.get(str(row.source_uid)) if row.use == "visit" else None
            if visit is None:
                busy.append((start, end))
            elif visit.status in (*LIVE, Status.DONE) or start <= self.now:
                at = self.ground.name(place_of(visit))
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
        places = [self.ground.name(place_of(self.visits[v])) for v, _s, _l in ahead]
        legs = [self._drive(a, b) for a, b in zip([ends[0], *places], places, strict=False)]
        begins = forced([(s, n) for _v, s, n in ahead], legs, opens, busy)
        back = begins[-1] + ahead[-1][2] + self._drive(places[-1], ends[1]) if ahead else opens
        spans = [(b, b + n) for b, (_v, _s, n) in zip(begins, ahead, strict=True)]
        cut = [Window(*p) for b in busy for p in outside(b, spans)]
        rate = self.rates.get(person.pk) or USUAL_RATE
        self.technicians.append(Technician(
            uid, ends[0], ends[1], (Window(min(opens, closes), closes),), self.skills.get(person.pk, {}), busy=tuple(cut),
            overtime=max(LONGEST_OVERTIME, back - closes, opens - closes), overtime_cost=round(rate * OVERTIME_FACTOR),
            cost_per_hour=rate, cost_per_mile=CENTS_PER_MILE,
        ))  # fmt: skip
        for (v, start, length), place, late in zip(ahead, places, begins, strict=True):
            if self.loose:
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
        return Visit(str(visit.uid), place, seconds, skills=skills, promise=promise, prize=prize_of(visit.job.priority))

    def _drive(self, a: str, b: str) -> int:
        return self.travel.seconds[self.row[a]][self.row[b]]
