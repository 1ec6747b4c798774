"""A branch's day as the routing engine reads it: technicians with shifts and what takes them, planned calls in the order they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from bifocal.core.models import Branch
from bifocal.engines.routing.plan import Costs, Plan, Route, Stop
from bifocal.engines.routing.problem import Lock, Place, Problem, Technician, Visit, Window
from bifocal.kernel.people.models import Allocation, PayRate, Person, PersonSkill
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import Firmness
from bifocal.kernel.travel.quick import Point, guess_many
from bifocal.service.dispatch.queries import day_range
from bifocal.service.dispatch.rules import CENTS_PER_MILE, CLOSES, LONGEST_OVERTIME, OPENS, OVERTIME_FACTOR, USUAL_RATE, forced, outside
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


def day_of_branch(day: date, branch: Branch, now: datetime, *, skill: str = "", point: Point | None = None) -> Day:
    """The day of everybody who holds the skill, with a place for a need at `point`. What is over by `now` is where people are."""
    span = day_range(day, branch.tz)
    people = {str(p.uid): p for p in qualified(skill, day, branch_id=branch.pk)}
    taken = _taken([p.pk for p in people.values()], span.start, span.end)
    uids = {a.source_uid for rows in taken.values() for a in rows if a.use == "visit"}
    visits = {str(v.uid): v for v in VisitRow.objects.filter(uid__in=uids).select_related("job__site")}
    ground = _Ground()
    seen = [p for p in (point, *(place_of(v) for v in visits.values()), *(_home(p) for p in people.values())) if p]
    if seen:
        ground.middle = (median(p[0] for p in seen), median(p[1] for p in seen))
    asked = ground.name(point)
    for place in seen:
        ground.name(place)
    ground.name(None)
    made = _Maker(span.start, now, ground, visits, _rates(people.values(), day), _skills(people.values(), day))
    drawn = [made.technician(uid, p, taken.get(p.pk, [])) for uid, p in people.items()]
    places = tuple(Place(name, lat, lon) for (lat, lon), name in ground.points.items())
    problem = Problem(places, tuple(made.technicians), tuple(made.stops), {"car": made.travel}, tuple(made.locks))
    plan = Plan(tuple(r for r in drawn if r), (), Costs())
    return Day(
        day, span.start, problem, plan, people, visits, asked, made.taken,
        {u for u, v in visits.items() if place_of(v) is None},
    )  # fmt: skip


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
        skills: dict[int, dict[str, int]],
    ) -> None:  # fmt: skip
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
                    opens = max(opens, end, self.now + 900 if visit.status in LIVE else 0)
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
            self.stops.append(Visit(v, place, length, required=frozenset({uid})))
            self.locks.append(Lock(v, uid, Window(start, late)))
        stops = tuple(Stop(v, b, b, b + n, leg) for (v, _s, n), b, leg in zip(ahead, begins, legs, strict=True))
        return Route(uid, 0, opens, back, stops, (), sum(legs), 0, max(0, back - closes)) if stops else None

    def _drive(self, a: str, b: str) -> int:
        return self.travel.seconds[self.row[a]][self.row[b]]
