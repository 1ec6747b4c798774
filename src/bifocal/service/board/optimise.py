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
from bifocal.service.board.queries import Band, Ground
from bifocal.service.board.rules import Candidate, Measures, Spot, measure
from bifocal.service.board.solving import STEP, Task, held_fast
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


def optimise(task: Task, *, stop: Callable[[], float], seed: int = 0) -> Found:
    """Plan within the budget and tell the differences. What must stay stays; a plan that is not better is not told."""
    if not task.problem.technicians:
        raise Invalid("Nobody who is dispatched to calls works here that day: there is nobody to plan for.", field="day")
    _keep_fixed(task)
    plan = _planned(task, stop, seed)
    for _ in range(ROUNDS):
        lost = {k for k in task.bands if k in {u.visit for u in plan.unserved}}
        if not lost:
            break
        held_fast(task, lost)  # who is on the board is not thrown off it: they stay, and the rest is planned around them
        plan = _planned(task, lambda: 1.0, seed)
    starts = _starts(task, plan)
    lines = [line for key, to in starts.items() if (line := _line(task, key, to))]
    found = Found(lines, _unserved(task, plan.unserved), notes=task.notes)
    found.before, found.after = _measured(task, {}), _measured(task, starts)
    if found.after.cents >= found.before.cents:
        found.lines, found.after = [], found.before
    return found


def _planned(task: Task, stop: Callable[[], float], seed: int) -> Plan:
    from bifocal.engines.routing.explain import explained
    from bifocal.engines.routing.solve import plan

    if not task.problem.visits:
        return Plan((), (), task.warm.costs)
    return explained(task.problem, plan(task.problem, stop=stop, seed=seed, warm_start=task.warm, strict=False))


def _keep_fixed(task: Task) -> None:
    """What must stay and does not hold by the engine's rules (a drive that is too long) is taken time instead of a stop."""
    from bifocal.engines.routing.frame import Frame
    from bifocal.engines.routing.report import to_state

    early = {k.visit for k in task.problem.locks if k.window and k.window.start < _begins(task, k.technician)}
    there = {k.visit for k in task.problem.locks}
    held_fast(task, early | (task.fixed - there))
    state = to_state(Frame(task.problem), task.warm)
    held_fast(task, {state.frame.visits[v].id for v in state.out} & task.fixed)


def _begins(task: Task, technician: str) -> int:
    return next(t.shifts[0].start for t in task.problem.technicians if t.id == technician)


def _starts(task: Task, plan: Plan) -> dict[str, Seats]:
    """Who goes to each visit and when."""
    who: dict[str, list[str]] = {}
    when: dict[str, int] = {}
    for route in plan.routes:
        for key, start in calm(task, route):
            who.setdefault(key, []).append(route.technician)
            when[key] = start
    return {key: Seats(*_led(task, key, names), when[key]) for key, names in who.items()}


def _led(task: Task, key: str, names: list[str]) -> tuple[str, tuple[str, ...]]:
    """Who of these leads: who may, first who does now; where nobody may, somebody was sent all the same. The others go along."""
    from bifocal.engines.routing.frame import why_not

    if len(names) == 1:
        return names[0], ()
    asked = next(v for v in task.problem.visits if v.id == key)
    able = [t.id for t in task.problem.technicians if t.id in names and not why_not(asked, t)]
    old = task.bands.get(key)
    may = able or names
    lead = next((n for n in may if old and task.names[n].pk == old.person), may[0])
    return lead, tuple(sorted(n for n in names if n != lead))


def calm(task: Task, route: Route) -> list[tuple[str, int]]:
    """The route's starts with as little churn as it allows: where it was if the same person goes, else on the quarter of an hour."""
    who = next(t for t in task.problem.technicians if t.id == route.technician)
    gaps = [_taken_between(route, n, who.busy) for n in range(len(route.stops) + 1)]
    latest = [0] * len(route.stops)
    bound = max(who.shifts[0].end, route.back) - (route.back - route.stops[-1].finish)
    for n in range(len(route.stops) - 1, -1, -1):
        stop = route.stops[n]
        long = stop.finish - stop.start
        nearest = min((w.start for w in who.busy if w.start >= stop.finish), default=bound)
        latest[n] = min(_limit(task, stop.visit, stop.start), min(bound, nearest) - long)
        bound = latest[n] - stop.travel - gaps[n]
    out, free = [], None
    for n, stop in enumerate(route.stops):
        earliest = stop.start if free is None else max(stop.start, free + stop.travel + gaps[n])
        old = task.bands.get(stop.visit)
        same = old is not None and task.names[route.technician].pk == old.person
        target = stop.start if task.along.get(stop.visit) else task.seconds(old.start) if old and same else -(-earliest // STEP) * STEP
        start = max(earliest, min(max(earliest, target), latest[n]))
        out.append((stop.visit, start))
        free = start + stop.finish - stop.start
    return out


def _taken_between(route: Route, n: int, busy: Sequence[Window]) -> int:
    """Seconds that are taken otherwise between stop n - 1 and stop n."""
    first = route.stops[n - 1].finish if n else route.leave
    last = route.stops[n].start if n < len(route.stops) else route.back
    return sum(w.end - w.start for w in busy if w.start >= first and w.end <= last)


def _limit(task: Task, key: str, start: int) -> int:
    """The latest start that keeps what was promised or locked; the engine's own where that is later."""
    locked = next((k.window for k in task.problem.locks if k.visit == key and k.window), None)
    if locked or task.along.get(key):
        return start  # a crew meets at one moment
    visit = next(v for v in task.problem.visits if v.id == key)
    ends = [w.end for w in visit.windows[-1:]] + ([visit.promise.window.end] if visit.promise else [])
    return max(start, min(ends)) if ends else 10**9


def _line(task: Task, key: str, to: Seats) -> dict[str, Any] | None:
    """One difference; None where the visit stays as it is."""
    visit, band, person = task.visits[key], task.bands.get(key), task.names[to.lead]
    begin, along = task.moment(to.start), [task.names[n] for n in to.along]
    went = {b.person for b in task.along.get(key, ())}
    if band and band.person == person.pk and band.start == begin and went == {p.pk for p in along}:
        return None
    end = begin + ((band.end - band.start) if band else _long(visit))
    told = told_window(visit, begin)
    shift = task.ground.shift(task.day, person.pk)
    over = max(0, int((end - max(shift.end, begin)).total_seconds()) // 60) if shift else 0
    named = {p.pk: p.name for p in task.ground.people}
    crew = {"helpers": [str(p.uid) for p in along], "with": _and(p.name for p in along), "from_with": _and(named[p] for p in went)}
    return {
        "visit": str(visit.uid), "version": visit.version, "technician": str(person.uid), "start": begin.isoformat(),
        "end": end.isoformat(), **{k: v.isoformat() for k, v in told.items()}, "job_number": key, "title": visit.job.title,
        "customer": visit.job.customer.name,
        "from_person": named[band.person] if band else "", "from_start": band.start.isoformat() if band else "",
        "to_person": person.name, "overtime": over, "late": _late(visit, begin), "late_before": _late(visit, band.start) if band else 0,
        **(crew if along or went else {}),
    }  # fmt: skip


def _and(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _long(visit: Visit) -> Any:
    from datetime import timedelta

    return timedelta(minutes=max(visit.minutes, 15))


def _late(visit: Visit, start: datetime) -> int:
    return max(0, int((start - visit.window.upper).total_seconds()) // 60) if visit.window else 0


def _unserved(task: Task, out: Sequence[Unserved]) -> list[dict[str, str]]:
    names = dict(Skill.objects.values_list("code", "name")) if out else {}

    def named(sentence: str) -> str:
        return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), sentence)  # the engine knows skills by their codes

    return [
        {"visit": str(task.visits[u.visit].uid), "job_number": u.visit, "title": task.visits[u.visit].job.title, "reason": named(u.reason),
         "relaxation": named(u.relaxation)}
        for u in out
    ]  # fmt: skip


def _measured(task: Task, starts: dict[str, Seats]) -> Measures:
    """The people's day with these starts in place of the board's."""
    served = {k for k in task.visits if k in task.bands or k in starts}
    waiting = [prize_of(v.job.priority) for k, v in task.visits.items() if k not in served]
    drive = task.ground.driving(*(v.job.site.point for v in task.visits.values())).between
    days = []
    for name, person in task.names.items():
        spots = [b.spot for k, b in _bands(task) if b.person == person.pk and k not in starts]
        spots += [_spot(task, k, to.start) for k, to in starts.items() if name in (to.lead, *to.along)]
        days.append((Candidate(name, True, {}, spots, task.ground.shift(task.day, person.pk), home=person.home, drive=drive), spots))
    return measure(days, waiting)


def _bands(task: Task) -> list[tuple[str, Band]]:
    keys = {id(b): k for k in task.bands for b in task.seats(k)}
    return [(keys.get(id(b), ""), b) for b in task.ground.bands if b.start < task.span.end and task.span.start < b.end]


def _spot(task: Task, key: str, start: int) -> Spot:
    visit, begin = task.visits[key], task.moment(start)
    band = task.bands.get(key)
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
