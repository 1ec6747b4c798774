"""Whether a plan keeps every hard rule and counts its costs right. Shares no code with the solver: only the problem and the plan.

Every breach is a sentence; an empty answer means that the plan holds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from bifocal.engines.routing.plan import Costs, Plan, Route, Stop
from bifocal.engines.routing.problem import Collect, Problem, Technician, Travel, Visit, Window


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that does not hold, where, and how."""

    rule: str
    where: str
    sentence: str


def verify(problem: Problem, plan: Plan) -> tuple[Breach, ...]:
    """All breaches of a plan, in the order of its routes; empty where it holds."""
    return tuple(_Checker(problem, plan).run())


class _Checker:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.people = {t.id: t for t in problem.technicians}
        self.visits = {v.id: v for v in problem.visits}
        self.depots = {d.id: d for d in problem.depots}
        self.places = {p.id: n for n, p in enumerate(problem.places)}
        self.breaches: list[Breach] = []

    def say(self, rule: str, where: str, sentence: str) -> None:
        self.breaches.append(Breach(rule, where, sentence))

    def run(self) -> list[Breach]:
        used = Counter((r.technician, r.shift) for r in self.plan.routes)
        for (who, shift), times in used.items():
            if times > 1:
                self.say("double allocation", who, f"{who} drives {times} routes in shift {shift + 1} at once.")
        for one, two in pairwise(sorted(self.plan.routes, key=lambda r: (r.technician, r.leave))):
            if one.technician == two.technician and one.shift != two.shift and two.leave < one.back:
                self.say("double allocation", one.technician, f"{one.technician} leaves at {clock(two.leave)}, before being back.")
        known = []
        for route in self.plan.routes:
            technician = self.people.get(route.technician)
            if technician is None or not 0 <= route.shift < len(technician.shifts):
                self.say("technician", route.technician, "There is no such technician or shift.")
                continue
            if any(s.visit not in self.visits for s in route.stops):
                self.say("visit", route.technician, "The route names a visit that is not in the problem.")
                continue
            known.append(route)
            self.route(route, technician)
        self.served(known)
        self.order(known)
        self.locks(known)
        if not self.breaches:
            self.costs(known)
        return self.breaches

    def route(self, route: Route, who: Technician) -> None:
        self.shift(route, who)
        self.times(route, who)
        self.pauses(route, who)
        self.load(route, who)
        self.aboard(route, who)
        at = who.start
        for stop in route.stops:
            here = self.problem.places[self.site(stop)].id
            if stop.kind == "visit":
                self.stop(stop, who, there=here == at)
            else:
                self.errand(stop, who, there=here == at)
            at = here

    def shift(self, route: Route, who: Technician) -> None:
        shift = who.shifts[route.shift]
        if route.leave < shift.start:
            self.say("shift", who.id, f"{who.id} leaves at {clock(route.leave)}, before the shift.")
        if route.back > self.close(who, route.shift):
            self.say("shift", who.id, f"{who.id} is done at {clock(route.back)}, past the shift and its overtime.")
        if route.overtime != max(0, route.back - shift.end):
            self.say("figures", who.id, f"The overtime of {who.id} is not what the times say.")
        jobs = sum(s.kind == "visit" for s in route.stops)
        if who.max_jobs is not None and jobs > who.max_jobs:
            self.say("most jobs", who.id, f"{who.id} has {jobs} visits, but takes {who.max_jobs}.")
        if who.max_travel is not None and route.travel > who.max_travel:
            self.say("most driving", who.id, f"{who.id} drives {route.travel} s, but may {who.max_travel}.")
        if who.max_metres is not None and route.metres > who.max_metres:
            self.say("most driving", who.id, f"{who.id} drives {route.metres} m, but may {who.max_metres}.")

    @staticmethod
    def close(who: Technician, shift: int) -> int:
        """The end of a shift with its overtime, or the beginning of the next one where that comes first."""
        latest = who.shifts[shift].end + who.overtime
        return min(latest, who.shifts[shift + 1].start) if shift + 1 < len(who.shifts) else latest

    def times(self, route: Route, who: Technician) -> None:
        """Each leg has the time it needs beside the pauses that lie in it."""
        travel = self.problem.travel[who.profile]
        at = None if who.start is None else self.places[who.start]
        leave, driven, metres = route.leave, 0, 0
        ends = [*route.stops, None]
        for stop in ends:
            to = self.site(stop) if stop else (None if who.end is None else self.places[who.end])
            drive, far = (
                (0, 0) if at is None or to is None else (_drive(travel, at, to, leave), travel.metres[at][to] if travel.metres else 0)
            )
            until = stop.start if stop else route.back
            rest = sum(max(0, min(p.end, until) - max(p.start, leave)) for p in route.pauses)
            where = stop.visit if stop else "the end"
            if until - leave < drive + rest:
                self.say("travel", where, f"{who.id} needs {drive + rest} s to get to {where} and has {until - leave}.")
            if stop and (stop.arrive < leave + drive or stop.arrive > stop.start or stop.travel != drive):
                self.say("travel", where, f"{who.id} can't arrive at {where} at {clock(stop.arrive)} having left at {clock(leave)}.")
            driven, metres = driven + drive, metres + far
            if stop:
                at, leave = to, stop.finish
        if (driven, metres) != (route.travel, route.metres):
            self.say("figures", who.id, f"The driving of {who.id} is {driven} s and {metres} m, not {route.travel} and {route.metres}.")

    def site(self, stop: Stop) -> int:
        visit = self.visits[stop.visit]
        if stop.kind == "visit":
            return self.places[visit.place]
        if stop.depot and stop.depot in self.depots:
            return self.places[self.depots[stop.depot].place]
        return self.places[visit.collect.place] if visit.collect else -1

    def pauses(self, route: Route, who: Technician) -> None:
        """Breaks are there, in their window and at full length; busy hours are free; no pause lies over work."""
        shift = who.shifts[route.shift]
        close = self.close(who, route.shift)
        for pause in route.pauses:
            if any(pause.start < s.finish and s.start < pause.end for s in route.stops if s.finish > s.start):
                self.say("break", who.id, f"{who.id} works during {pause.id} at {clock(pause.start)}.")
        for one, two in pairwise(sorted(route.pauses, key=lambda p: p.start)):
            if two.start < one.end:
                self.say("break", who.id, f"Two pauses of {who.id} overlap at {clock(two.start)}.")
        for b in who.breaks:
            windows = [w for w in (b.window, *b.also) if w.end >= shift.start and w.start + b.duration <= close]
            taken = [p for p in route.pauses if p.id == b.id]
            if not taken and not all(self.lapses(w, b.duration, who, Window(shift.start, close)) for w in windows):
                self.say("break", who.id, f"{who.id} has no {b.id}.")
            for p in taken if windows else ():
                inside = shift.start <= p.start and p.end <= close and any(w.start <= p.start <= w.end for w in windows)
                if not inside or p.end - p.start < b.duration:
                    self.say("break", who.id, f"{b.id} of {who.id} is from {clock(p.start)} to {clock(p.end)}: not as agreed.")
        for w in who.busy:
            start, end = max(w.start, shift.start), min(w.end, close)
            if start < end and not any(p.id == "busy" and p.start <= start and end <= p.end for p in route.pauses):
                self.say("double allocation", who.id, f"{who.id} is taken elsewhere from {clock(start)} to {clock(end)}.")

    @staticmethod
    def lapses(window: Window, duration: int, who: Technician, shift: Window) -> bool:
        """True where a break has no room beside busy hours."""
        lo, hi = max(window.start, shift.start), min(window.end, shift.end - duration)
        for w in sorted(who.busy, key=lambda w: w.start):
            if lo < w.end and hi + duration > w.start:
                lo, hi = (lo, w.start - duration) if lo + duration <= w.start else (w.end, hi)
        return lo > hi

    def load(self, route: Route, who: Technician) -> None:
        """The truck has every part that is not fetched on the way, and what is fetched or collected comes first."""
        spent: Counter[str] = Counter()
        fetched: dict[str, Stop] = {}
        for stop in route.stops:
            visit = self.visits[stop.visit]
            if stop.kind != "visit":
                fetched[stop.visit] = stop
                continue
            if visit.collect and stop.visit not in fetched:
                self.say("collect", visit.id, f"What {visit.id} needs was not collected before.")
            if not (stop.visit in fetched and fetched[stop.visit].depot):
                spent.update(visit.parts)
        for part, count in spent.items():
            if count > who.stock.get(part, 0):
                self.say("stock", who.id, f"The truck of {who.id} has {who.stock.get(part, 0)} of {part}; the route needs {count}.")

    def aboard(self, route: Route, who: Technician) -> None:
        """At no stop is more on the truck than it has room for; what is collected for a visit is aboard up to it."""
        served = [self.visits[s.visit] for s in route.stops if s.kind == "visit"]
        for amount, most in who.room.items():
            load = sum(v.drops.get(amount, 0) for v in served)
            highest = load
            for s in route.stops:
                visit = self.visits[s.visit]
                carried = visit.collect.loads.get(amount, 0) if visit.collect else 0
                load += carried if s.kind != "visit" else visit.takes.get(amount, 0) - visit.drops.get(amount, 0) - carried
                highest = max(highest, load)
            if highest > most:
                self.say("room", who.id, f"{who.id} has {highest} of {amount} aboard at once, and room for {most}.")

    def stop(self, stop: Stop, who: Technician, *, there: bool) -> None:
        visit = self.visits[stop.visit]
        if visit.windows and not any(w.start <= stop.start <= w.end for w in visit.windows):
            self.say("window", visit.id, f"{visit.id} starts at {clock(stop.start)}, outside of its windows.")
        self.promised(visit, stop)
        paces = [who.pace[s] for s in visit.skills if s in who.pace] or [1.0]
        if stop.finish - stop.start < self.needed(visit, who, there=there, pace=max(paces)):
            self.say("duration", visit.id, f"{visit.id} gets {stop.finish - stop.start} s, less than it needs.")
        if who.id in visit.banned:
            self.say("banned", visit.id, f"The customer of {visit.id} does not want {who.id}.")

    @staticmethod
    def needed(work: Visit | Collect, who: Technician, *, there: bool, pace: float = 1.0) -> int:
        """Seconds somebody needs; nothing is set up by who is at the place already (`there`)."""
        own = work.instead.get(who.id)
        if own:
            return own.duration + (0 if there else own.setup)
        return round(work.duration * pace) + (0 if there else work.setup)

    def promised(self, visit: Visit, stop: Stop) -> None:
        """A promised visit is not begun before its window, unless a window or a lock of its own ends before that."""
        if not visit.promise or stop.start >= visit.promise.window.start:
            return
        locked = [lock.window.end for lock in self.problem.locks if lock.visit == visit.id and lock.window]
        last = min([max((w.end for w in visit.windows), default=stop.start + 86_400 * 366), *locked])
        if last >= visit.promise.window.start:
            self.say("promise", visit.id, f"{visit.id} starts at {clock(stop.start)}, before the customer was told to expect anybody.")

    def errand(self, stop: Stop, who: Technician, *, there: bool) -> None:
        visit = self.visits[stop.visit]
        depot = self.depots.get(stop.depot)
        windows = depot.windows if depot else visit.collect.windows if visit.collect else ()
        long = depot.handling if depot else self.needed(visit.collect, who, there=there) if visit.collect else 0
        if not depot and not visit.collect:
            self.say("collect", visit.id, f"{visit.id} has nothing to fetch there.")
        if depot and not set(visit.parts) <= depot.parts:
            self.say("stock", visit.id, f"{depot.id} does not have the parts of {visit.id}.")
        if stop.finish - stop.start < long or (windows and not any(w.start <= stop.start <= w.end for w in windows)):
            self.say("collect", visit.id, f"Fetching for {visit.id} at {clock(stop.start)} is not possible.")

    def served(self, routes: list[Route]) -> None:
        """Every visit is served by a whole crew or is said to be unserved."""
        crews: dict[str, list[tuple[Technician, Stop]]] = {}
        for route in routes:
            for stop in route.stops:
                if stop.kind == "visit":
                    crews.setdefault(stop.visit, []).append((self.people[route.technician], stop))
        out = Counter(u.visit for u in self.plan.unserved)
        for name in out:
            if name not in self.visits:
                self.say("visit", name, f"The plan leaves {name} out, which is not in the problem.")
        for visit in self.problem.visits:
            crew = crews.get(visit.id, [])
            if bool(crew) == bool(out[visit.id]) or out[visit.id] > 1:
                self.say("served", visit.id, f"{visit.id} must be in a route or unserved, once.")
            if crew:
                self.crew(visit, crew)

    def crew(self, visit: Visit, crew: list[tuple[Technician, Stop]]) -> None:
        names = {t.id for t, _s in crew}
        if len(names) != visit.crew or len(crew) != visit.crew:
            self.say("crew", visit.id, f"{visit.id} needs {visit.crew} technician(s) and has {', '.join(sorted(t.id for t, _s in crew))}.")
        if len({s.start for _t, s in crew}) > 1:
            self.say("crew", visit.id, f"The crew of {visit.id} does not start together.")
        if not any(self.may_lead(visit, t) for t, _s in crew):
            self.say("skill", visit.id, f"Nobody at {visit.id} may lead it: skills, who was asked for, apprentices.")

    @staticmethod
    def may_lead(visit: Visit, who: Technician) -> bool:
        """True for somebody with all the skills who is asked for, not banned and no apprentice."""
        skilled = all(s in who.skills and who.skills[s] >= level for s, level in visit.skills.items())
        return skilled and not who.apprentice and who.id not in visit.banned and (not visit.required or who.id in visit.required)

    def order(self, routes: list[Route]) -> None:
        stops: dict[str, list[Stop]] = {}
        for route in routes:
            for s in route.stops:
                if s.kind == "visit":
                    stops.setdefault(s.visit, []).append(s)
        for visit in self.problem.visits:
            for after in visit.after if visit.id in stops else ():
                before = stops.get(after.visit)
                if before is None or max(s.finish for s in before) + after.delay > stops[visit.id][0].start:
                    self.say("order", visit.id, f"{visit.id} starts before {after.visit} is done and {after.delay} s have passed.")

    def locks(self, routes: list[Route]) -> None:
        by = {(r.technician, s.visit): s for r in routes for s in r.stops if s.kind == "visit"}
        served = {visit for _t, visit in by}
        for lock in self.problem.locks:
            stop = by.get((lock.technician, lock.visit))
            if lock.visit in served and stop is None:
                self.say("lock", lock.visit, f"{lock.visit} is locked to {lock.technician}.")
            elif stop and lock.window and not lock.window.start <= stop.start <= lock.window.end:
                self.say("lock", lock.visit, f"{lock.visit} starts at {clock(stop.start)}, not as locked.")

    def costs(self, routes: list[Route]) -> None:
        """Every component, counted again from the times of the plan."""
        late = moved = liked = 0
        starts = {s.visit: s.start for r in routes for s in r.stops if s.kind == "visit"}  # a crew starts together, and is late once
        for name, start in starts.items():
            visit = self.visits[name]
            if visit.deadline and start > visit.deadline.by:
                late += (start - visit.deadline.by) * visit.deadline.per_hour // 3600
            if visit.promise and start > visit.promise.window.end:
                moved += visit.promise.fee + (start - visit.promise.window.end) * visit.promise.per_hour // 3600
        for route in routes:
            liked += sum(self.misfit(self.visits[s.visit], route.technician) for s in route.stops if s.kind == "visit")
        counted = Costs(
            travel=sum(self.driving(r, self.people[r.technician]) for r in routes),
            overtime=sum(r.overtime * self.people[r.technician].overtime_cost // 3600 for r in routes),
            deadlines=late, promises=moved, preferences=liked, fairness=self.unfair(routes),
            call_outs=sum(self.people[r.technician].call_out for r in routes),
            unserved=sum(self.visits[u.visit].prize for u in self.plan.unserved),
            work=sum(self.working(r, self.people[r.technician]) for r in routes),
        )  # fmt: skip
        for name in ("travel", "overtime", "deadlines", "promises", "preferences", "fairness", "call_outs", "unserved", "work"):
            right, said = getattr(counted, name), getattr(self.plan.costs, name)
            if right != said:
                self.say("figures", "costs", f"The cost of {name.replace('_', ' ')} is {right}, not {said}.")

    def misfit(self, visit: Visit, who: str) -> int:
        """What sending somebody not preferred costs: of a crew for each of them."""
        return 0 if not visit.preferred or who in visit.preferred else visit.not_preferred_cost

    def driving(self, route: Route, who: Technician) -> int:
        """Cents of a route's legs, each rounded to the cent."""
        home = (route.travel - sum(s.travel for s in route.stops), route.metres - sum(s.metres for s in route.stops))
        legs = [*((s.travel, s.metres) for s in route.stops), home]
        return sum(round(who.cost_per_hour * s / 3600 + who.cost_per_mile * m / 1609.344) for s, m in legs)

    @staticmethod
    def working(route: Route, who: Technician) -> int:
        """Cents of a route's hours of work."""
        return round(sum(s.finish - s.start for s in route.stops) * who.cost_per_work_hour / 3600)

    def unfair(self, routes: list[Route]) -> int:
        """Cents for hours of work above the mean of the technicians, by route."""
        total = sum(v.duration * v.crew for v in self.problem.visits)
        mean = total // max(1, len(self.people))
        work = [sum(s.finish - s.start for s in r.stops if s.kind == "visit") for r in routes]
        return sum(max(0, w - mean) * self.problem.fairness // 3600 for w in work)


def _drive(travel: Travel, at: int, to: int, leave: int) -> int:
    grid = travel.seconds
    for begin, other in travel.bands:
        if leave % 86_400 >= begin:
            grid = other
    return grid[at][to]


def clock(seconds: int) -> str:
    """A time of day, like 09:30; a day's number before it from the second day on."""
    day, rest = divmod(seconds, 86_400)
    return (f"day {day + 1} " if day else "") + f"{rest // 3600:02}:{rest % 3600 // 60:02}"
