"""What is left of a day at a moment: what is under way or driven to is done, the rest is a problem of its own.

Everybody starts where and when they are free; planned starts become promises; staying with the same technician is preferred.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter

from bifocal.engines.routing.plan import Plan, Route, Stop
from bifocal.engines.routing.problem import Problem, Promise, Technician, Travel, Visit, Window

STAY_CENTS = 5000
AROUND = 1800


@dataclass(frozen=True, slots=True)
class Change:
    """What happened. `sort`: emergency (a new `visit`), overrun (`visit_id` ends at `until`), no_show (`visit_id` falls away),
    sick (`technician` from now on), time_off (`technician` in `window`), parts (`technician` gets `parts`)."""

    sort: str
    visit: Visit | None = None
    visit_id: str = ""
    technician: str = ""
    until: int = 0
    window: Window | None = None
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """The remaining problem, the plan of it as it stood, and the stops that are done or under way, by technician and shift."""

    problem: Problem
    plan: Plan
    frozen: dict[tuple[str, int], tuple[Stop, ...]]


def remaining(problem: Problem, plan: Plan, *, now: int, changes: tuple[Change, ...], only: frozenset[str] | None = None) -> Rest:
    """The rest of the day after some changes; `only` these technicians (and what they have, and what is new)."""
    ends = {c.visit_id: c.until for c in changes if c.sort == "overrun"}
    gone = {c.visit_id for c in changes if c.sort == "no_show"}
    sick = {c.technician for c in changes if c.sort == "sick"}
    routes = [r for r in plan.routes if only is None or r.technician in only]
    begun = {s.visit for r in routes for s in r.stops if s.arrive - s.travel <= now or s.visit in ends}  # by one of a crew: by all
    frozen = {(r.technician, r.shift): _frozen(r, begun, ends) for r in routes}
    done = {s.visit: s.finish for stops in frozen.values() for s in stops if s.kind == "visit"}
    fetched = {s.visit for stops in frozen.values() for s in stops if s.kind != "visit"} - set(done)
    left = {s.visit for r in routes for s in r.stops} | _again_open(problem, plan, changes, only)
    told = _told(plan)
    visits = [_again(v, told, done, fetched) for v in problem.visits if v.id in left and v.id not in done and v.id not in gone]
    visits += [c.visit for c in changes if c.visit]
    people = [t for t in problem.technicians if (only is None or t.id in only) and t.id not in sick]
    taken = _taken(routes, frozen, now)
    people = [p for t in people if (p := _from_now(t, problem, (frozen, taken), now, changes)) is not None]
    still = {t.id for t in people}
    stay = {v.id for v in visits}
    visits = [replace(v, after=tuple(a for a in v.after if a.visit in stay)) if v.after else v for v in visits]
    locks = tuple(k for k in problem.locks if k.visit in stay and k.technician in still)
    rest = replace(problem, technicians=tuple(people), visits=tuple(visits), locks=locks)
    kept = tuple(_shifted(r, len(frozen[r.technician, r.shift]), problem, now) for r in routes if r.technician in still)
    return Rest(only_places(rest), replace(plan, routes=kept, unserved=()), frozen)


def _frozen(route: Route, begun: set[str], ends: dict[str, int]) -> tuple[Stop, ...]:
    """Stops that are done, under way, or driven to; an overrun ends later."""
    firm = [n for n, s in enumerate(route.stops) if s.visit in begun and (s.kind == "visit" or s.depot != "")]
    stops = route.stops[: firm[-1] + 1] if firm else ()
    return tuple(replace(s, finish=max(s.finish, ends[s.visit])) if s.visit in ends and s.kind == "visit" else s for s in stops)


def _again_open(problem: Problem, plan: Plan, changes: tuple[Change, ...], only: frozenset[str] | None) -> set[str]:
    """What was not served is tried again where hours are won; an emergency is no time to fill up the day. Where only some people are asked:
    what nobody else is needed for."""
    if not any(c.sort in ("no_show", "parts") for c in changes):
        return set()
    again = {u.visit for u in plan.unserved}
    if only is not None:
        again -= {k.visit for k in problem.locks if k.technician not in only} | {v.id for v in problem.visits if v.after}
    return again


def _taken(routes: list[Route], frozen: dict[tuple[str, int], tuple[Stop, ...]], now: int) -> dict[tuple[str, str], int]:
    """Breaks that are over, under way, or before a stop that is firm: (technician, break) and when it ends."""
    taken: dict[tuple[str, str], int] = {}
    for r in routes:
        firm = frozen[r.technician, r.shift]
        until = max(now, firm[-1].start if firm else 0)
        taken |= {(r.technician, p.id): p.end for p in r.pauses if p.start <= until and p.id != "busy"}
    return taken


def _told(plan: Plan) -> dict[str, tuple[frozenset[str], int]]:
    """Who goes to each visit, of a crew all, and when it starts."""
    who: dict[str, set[str]] = {}
    for r in plan.routes:
        for s in r.stops:
            if s.kind == "visit":
                who.setdefault(s.visit, set()).add(r.technician)
    return {v: (frozenset(who[v]), start) for v, (_first, start) in plan.starts().items()}


def _again(v: Visit, told: dict[str, tuple[frozenset[str], int]], done: dict[str, int], fetched: set[str]) -> Visit:
    """A visit as it stands: promised for about its planned start, preferably with whom it is, predecessors that are done timed."""
    ready = max((done[a.visit] + a.delay for a in v.after if a.visit in done), default=0)
    windows = tuple(Window(max(w.start, ready), w.end) for w in v.windows if w.end >= ready) or ((Window(ready, 10**11),) if ready else ())
    v = replace(v, after=tuple(a for a in v.after if a.visit not in done), windows=windows)
    if v.id in fetched:
        v = replace(v, parts={}, collect=None)
    if v.id in told:
        who, start = told[v.id]
        promise = v.promise or Promise(Window(max(0, start - AROUND), start + AROUND))
        preferred, price = (v.preferred, v.not_preferred_cost) if v.preferred else (who, STAY_CENTS)
        v = replace(v, promise=promise, preferred=preferred, not_preferred_cost=price)
    return v


def _from_now(
    t: Technician, problem: Problem, past: tuple[dict[tuple[str, int], tuple[Stop, ...]], dict[tuple[str, str], int]], now: int,
    changes: tuple[Change, ...],
) -> Technician | None:  # fmt: skip
    """A technician from where and when they are free; None where no shift is left."""
    frozen, taken = past
    site = {v.id: v for v in problem.visits}
    shifts: list[Window] = []
    start, spent, used = t.start, 0, dict(t.stock)
    for n, shift in enumerate(t.shifts):
        stops = frozen.get((t.id, n), ())
        free = max(
            [now, shift.start, *(s.finish for s in stops[-1:]), *(e for (who, _b), e in taken.items() if who == t.id and e <= shift.end)]
        )
        if free > shift.end + t.overtime:
            continue
        if stops and not shifts:
            last = stops[-1]
            start = site[last.visit].place if last.kind == "visit" else _errand_place(last, problem, site[last.visit])
            spent = sum(s.kind == "visit" for s in stops)
            at_depot = {s.visit for s in stops if s.depot}
            for s in stops:
                for part, q in site[s.visit].parts.items() if s.kind == "visit" and s.visit not in at_depot else ():
                    used[part] = used.get(part, 0) - q
        shifts.append(Window(min(free, shift.end), shift.end))
    for c in changes:
        if c.sort == "parts" and c.technician == t.id:
            for part, q in c.parts:
                used[part] = used.get(part, 0) + q
    if not shifts:
        return None
    off = tuple(c.window for c in changes if c.sort == "time_off" and c.technician == t.id and c.window)
    breaks = tuple(b for b in t.breaks if b.window.end >= shifts[0].start and (t.id, b.id) not in taken)
    return replace(
        t, shifts=tuple(shifts), start=start, stock=used, busy=(*t.busy, *off), breaks=breaks,
        max_jobs=None if t.max_jobs is None else max(0, t.max_jobs - spent), call_out=0 if spent else t.call_out,
    )  # fmt: skip


def _errand_place(stop: Stop, problem: Problem, visit: Visit) -> str:
    depot = next((d for d in problem.depots if d.id == stop.depot), None)
    return depot.place if depot else visit.collect.place if visit.collect else visit.place


def _shifted(route: Route, done: int, problem: Problem, now: int) -> Route:
    """The open part of a route; its shift counted among those that are left."""
    t = next(t for t in problem.technicians if t.id == route.technician)
    past = sum(s.end + t.overtime < now for s in t.shifts[: route.shift])
    return replace(route, stops=route.stops[done:], shift=route.shift - past)


def only_places(problem: Problem) -> Problem:
    """The same problem with only the places it uses: small matrices for a quick answer."""
    used = {v.place for v in problem.visits} | {v.collect.place for v in problem.visits if v.collect} | {d.place for d in problem.depots}
    used |= {p for t in problem.technicians for p in (t.start, t.end) if p}
    keep = [n for n, p in enumerate(problem.places) if p.id in used]
    if len(keep) == len(problem.places):
        return problem

    row = itemgetter(*keep, keep[0])  # one more than asked for, so that it is a tuple even of one

    def cut(grid: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(row(grid[a])[:-1] for a in keep)

    travel = {
        n: Travel(cut(t.seconds), cut(t.metres) if t.metres else (), tuple((at, cut(g)) for at, g in t.bands))
        for n, t in problem.travel.items()
    }
    return replace(problem, places=tuple(problem.places[n] for n in keep), travel=travel)
