"""Let the routing engine loose on a day, and say what it would change: differences that are never worse than the board as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bifocal.engines.routing.plan import Plan, Route, Unserved
from bifocal.engines.routing.problem import Window
from bifocal.kernel.people.models import Skill
from bifocal.lib.errors import Invalid
from bifocal.service.board.commands.moves import told_window
from bifocal.service.board.day import STEP as ON
from bifocal.service.board.day import Day, day_of
from bifocal.service.board.queries import Band, Ground
from bifocal.service.board.rules import Candidate, Measures, Spot, measure
from bifocal.service.dispatch.rules import prize_of
from bifocal.service.visits.models import Visit

ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Seats:
    """Who leads a visit, who goes along, and when it starts (seconds of the day)."""

    lead: str
    along: tuple[str, ...]
    start: int


@dataclass
class Found:
    """What an optimisation came to: lines to accept, what stays without a time and why, both plans in figures, remarks."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    unserved: list[dict[str, str]] = field(default_factory=list)
    before: Measures = field(default_factory=Measures)
    after: Measures = field(default_factory=Measures)
    notes: list[str] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "lines": self.lines, "unserved": self.unserved, "before": figures(self.before), "after": figures(self.after),
            "notes": self.notes,
        }  # fmt: skip


def figures(m: Measures) -> dict[str, int]:
    """Measures as JSON."""
    return {"drive": m.drive, "late": m.late, "overtime": m.overtime, "customers_late": m.customers_late, "unserved": m.unserved}


def optimise(day: Day, *, stop: Callable[[], float], seed: int = 0) -> Found:
    """Plan within the budget and tell the differences. What must stay stays; a plan that is not better is not told."""
    if not day.problem.technicians:
        raise Invalid("Nobody who is dispatched to calls works here that day: there is nobody to plan for.", field="day")
    plan = _planned(day, stop, seed)
    for _ in range(ROUNDS):
        lost = {_visit_of(u.visit) for u in plan.unserved} - set(day.new)
        if not lost:
            break
        day = without_moving(day, lost)  # who is on the board is not thrown off it: they stay, and the rest is planned around them
        plan = _planned(day, lambda: 1.0, seed)
    starts = _starts(day, plan)
    lines = [line for key, to in starts.items() if (line := _line(day, key, to))]
    found = Found(lines, _unserved(day, plan.unserved), notes=_notes(day))
    found.before, found.after = _measured(day, {}), _measured(day, starts)
    if found.after.cents >= found.before.cents:
        found.lines, found.after = [], found.before
    return found


def without_moving(day: Day, visits: set[str]) -> Day:
    """The same day with these visits as taken time of their people."""
    asked = replace(day.asked, held=day.asked.held | visits)
    return day_of(day.ground, list(day.people.values()), day.now, asked)


def _visit_of(key: str) -> str:
    """The visit behind a stop: of several on one that stays, each has a stop of their own."""
    return key.split(" ")[0]


def _planned(day: Day, stop: Callable[[], float], seed: int) -> Plan:
    from bifocal.engines.routing.explain import explained, too_few
    from bifocal.engines.routing.solve import plan

    hands = len(day.problem.technicians)
    problem = replace(day.problem, visits=(*day.problem.visits, *(v for v in day.new.values() if v.crew <= hands)))
    few = tuple(Unserved(v.id, too_few(v.crew, hands)) for v in day.new.values() if v.crew > hands)
    if not problem.visits:
        return Plan((), few, day.plan.costs)
    found = explained(problem, plan(problem, stop=stop, seed=seed, warm_start=day.plan, strict=False))
    return replace(found, unserved=(*found.unserved, *few))


def _notes(day: Day) -> list[str]:
    lost = len({day.visits[v].job.site_id for v in day.guessed})
    notes = [day.note] if day.note else []
    if lost:
        notes.append(f"Sites that are not on the map yet: {lost}. Driving there is guessed from the middle of the others.")
    return notes


def _starts(day: Day, plan: Plan) -> dict[str, Seats]:
    """Who goes to each visit that may move, and when."""
    who: dict[str, list[str]] = {}
    when: dict[str, int] = {}
    for route in plan.routes:
        for key, start in calm(day, route):
            if key in day.seats or key in day.new:
                who.setdefault(key, []).append(route.technician)
                when[key] = start
    return {key: Seats(*day.led(key, names), when[key]) for key, names in who.items()}


def _lead(day: Day, key: str) -> Band | None:
    """Where whoever leads a visit has it now; None where it has no time yet."""
    return next(iter(day.seats.get(key, ())), None)


def calm(day: Day, route: Route) -> list[tuple[str, int]]:
    """The route's starts with as little churn as it allows: where it was if the same person goes, else on the quarter of an hour."""
    who = next(t for t in day.problem.technicians if t.id == route.technician)
    gaps = [_taken_between(route, n, who.busy) for n in range(len(route.stops) + 1)]
    latest = [0] * len(route.stops)
    bound = max(who.shifts[0].end, route.back) - (route.back - route.stops[-1].finish)
    for n in range(len(route.stops) - 1, -1, -1):
        stop = route.stops[n]
        long = stop.finish - stop.start
        nearest = min((w.start for w in who.busy if w.start >= stop.finish), default=bound)
        latest[n] = min(_limit(day, stop.visit, stop.start), min(bound, nearest) - long)
        bound = latest[n] - stop.travel - gaps[n]
    out, free = [], None
    for n, stop in enumerate(route.stops):
        earliest = stop.start if free is None else max(stop.start, free + stop.travel + gaps[n])
        old = _lead(day, stop.visit)
        same = old is not None and day.people[route.technician].pk == old.person
        crew = day.wanted(stop.visit).crew > 1
        target = stop.start if crew else day.second(old.start) if old and same else -(-earliest // ON) * ON
        start = max(earliest, min(max(earliest, target), latest[n]))
        out.append((stop.visit, start))
        free = start + stop.finish - stop.start
    return out


def _taken_between(route: Route, n: int, busy: Sequence[Window]) -> int:
    """Seconds that are taken otherwise between stop n - 1 and stop n."""
    first = route.stops[n - 1].finish if n else route.leave
    last = route.stops[n].start if n < len(route.stops) else route.back
    return sum(w.end - w.start for w in busy if w.start >= first and w.end <= last)


def _limit(day: Day, key: str, start: int) -> int:
    """The latest start that keeps what was promised or locked; the engine's own where that is later."""
    visit = day.wanted(key)
    if visit.crew > 1 or any(k.visit == key for k in day.problem.locks):
        return start  # a crew meets at one moment
    ends = [w.end for w in visit.windows[-1:]] + ([visit.promise.window.end] if visit.promise else [])
    return max(start, min(ends)) if ends else 10**9


def _line(day: Day, key: str, to: Seats) -> dict[str, Any] | None:
    """One difference; None where the visit stays as it is."""
    visit, band, person = day.visits[key], _lead(day, key), day.people[to.lead]
    begin, along = day.at(to.start), [day.people[n] for n in to.along]
    went = {b.person for b in day.seats.get(key, ())[1:]}
    if band and band.person == person.pk and band.start == begin and went == {p.pk for p in along}:
        return None
    end = begin + ((band.end - band.start) if band else _long(visit))
    told = told_window(visit, begin)
    shift = day.ground.shift(day.date, person.pk)
    over = max(0, int((end - max(shift.end, begin)).total_seconds()) // 60) if shift else 0
    named = {p.pk: p.name for p in day.ground.people}
    crew = {"helpers": [str(p.uid) for p in along], "with": _and(p.name for p in along), "from_with": _and(named[p] for p in went)}
    return {
        "visit": str(visit.uid), "version": visit.version, "technician": str(person.uid), "start": begin.isoformat(),
        "end": end.isoformat(), **{k: v.isoformat() for k, v in told.items()}, "job_number": number_of(visit), "title": visit.job.title,
        "customer": visit.job.customer.name,
        "from_person": named[band.person] if band else "", "from_start": band.start.isoformat() if band else "",
        "to_person": person.name, "overtime": over, "late": _late(visit, begin), "late_before": _late(visit, band.start) if band else 0,
        **(crew if along or went else {}),
    }  # fmt: skip


def number_of(visit: Visit) -> str:
    """How a dispatcher calls a visit: its job's number, with which trip it is after the first."""
    return visit.job.number + (f"/{visit.seq}" if visit.seq > 1 else "")


def _and(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _long(visit: Visit) -> Any:
    from datetime import timedelta

    return timedelta(minutes=max(visit.minutes, 15))


def _late(visit: Visit, start: datetime) -> int:
    return max(0, int((start - visit.window.upper).total_seconds()) // 60) if visit.window else 0


def _unserved(day: Day, out: Sequence[Unserved]) -> list[dict[str, str]]:
    names = dict(Skill.objects.values_list("code", "name")) if out else {}

    def named(sentence: str) -> str:
        # the engine knows skills by their codes and visits by their uids
        told = re.sub(r"[\w-]{36}", lambda uid: number_of(v) if (v := day.visits.get(uid[0])) else uid[0], sentence)
        return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), told)

    return [
        {"visit": u.visit, "job_number": number_of(day.visits[u.visit]), "title": day.visits[u.visit].job.title, "reason": named(u.reason),
         "relaxation": named(u.relaxation)}
        for u in out if u.visit in day.new
    ]  # fmt: skip


def _measured(day: Day, starts: dict[str, Seats]) -> Measures:
    """The people's day with these starts in place of the board's."""
    waiting = [prize_of(day.visits[k].job.priority) for k in day.new if k not in starts]
    drive = day.ground.driving(*(v.job.site.point for v in day.visits.values())).between
    days = []
    for name, person in day.people.items():
        mine = day.ground.of(person.pk, day.ground.span)
        spots = [b.spot for b in mine if not (b.visit and str(b.visit.uid) in starts)]
        spots += [_spot(day, k, to.start) for k, to in starts.items() if name in (to.lead, *to.along)]
        days.append((Candidate(name, True, {}, spots, day.ground.shift(day.date, person.pk), home=person.home, drive=drive), spots))
    return measure(days, waiting)


def _spot(day: Day, key: str, start: int) -> Spot:
    visit, begin = day.visits[key], day.at(start)
    band = _lead(day, key)
    long = (band.end - band.start) if band else _long(visit)
    if band:
        return replace(band.spot, start=begin, end=begin + long)
    return replace(Band(0, begin, begin + long, "visit", visit.label, visit=visit).spot)


def legs_into(found: Ground, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The drive into each visit before and after its lines, in minutes, added to them."""
    after = _after(found, lines)
    for line in lines:
        line["drive_before"] = _leg(found, found.bands, line["visit"])
        line["drive"] = _leg(found, after, line["visit"])
    return list(lines)


def _after(found: Ground, lines: Sequence[dict[str, Any]]) -> list[Band]:
    by_uid = {str(p.uid): p.pk for p in found.people}
    moved = {line["visit"]: line for line in lines}
    kept = [b for b in found.bands if not (b.visit and str(b.visit.uid) in moved)]
    visits = {str(b.visit.uid): b.visit for b in found.bands if b.visit}
    rows = Visit.objects.filter(uid__in=[v for v in moved if v not in visits]).select_related("job__site")
    visits |= {str(v.uid): v for v in rows}
    for uid, line in moved.items():
        start, end = datetime.fromisoformat(line["start"]), datetime.fromisoformat(line["end"])
        kept.append(Band(by_uid[line["technician"]], start, end, "visit", "", visit=visits[uid]))
    return kept


def _leg(found: Ground, bands: Sequence[Band], visit: str) -> int | None:
    mine = next((b for b in bands if b.visit and str(b.visit.uid) == visit), None)
    if mine is None:
        return None
    homes = {p.pk: p.home for p in found.people}
    day = mine.start.date()
    before = [b for b in bands if b.person == mine.person and b.spot.site and b.end <= mine.start and b.start.date() == day]
    at = max(before, key=lambda b: b.end).spot.site if before else homes.get(mine.person)
    return -(-found.driving(mine.spot.site).between(at, mine.spot.site) // 60)
