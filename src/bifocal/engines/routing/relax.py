"""What would let one more visit in: each rule loosened alone, tried on the plan as it stands, priced.

Nothing is told that was not tried: a way counts only where the visit then has its place and all others keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from math import inf

from bifocal.engines.routing.crews import place_crew, ready_at
from bifocal.engines.routing.frame import Frame, Lane, Span, rests_of
from bifocal.engines.routing.moves import State
from bifocal.engines.routing.plan import Remedy
from bifocal.engines.routing.problem import FOREVER, Visit
from bifocal.engines.routing.route import Run

LONGEST_OVERTIME = 2 * 3600
WIDER = (3600, 2 * 3600, 5 * 3600)  # how much sooner or later than its window a visit may start, the least that does
OVERTIME_CENTS, LATE_CENTS = 7500, 3000  # an hour, where nothing is agreed
PRICES = {"jobs": 1500, "stock": 2000, "driving": 2000, "unlock": 2500, "break": 5000, "busy": 15_000, "required": 5000, "skill": 20_000,
          "banned": 40_000, "fewer": 80_000, "another": 60_000}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that would do: what it costs in cents, what it is, and the plan that then holds."""

    cents: int
    remedy: Remedy
    state: State

    def order(self) -> tuple[int, str, tuple[str, ...], int]:
        """The cheapest first, always in the same order."""
        return self.cents, self.remedy.kind, self.remedy.people, self.remedy.amount


def alone(state: State, v: int) -> list[Way]:
    """Each rule that would do alone."""
    if state.frame.visits[v].crew > 1:
        return [w for w in _crew_ways(state, v) if w]
    return [*_by_lane(state, v), *_by_start(state, v), *_by_person(state, v)]


def spans_of(state: State, v: int) -> tuple[Span, ...]:
    """When it may start in this plan: not before what it waits for is done."""
    ready = ready_at(state, v) or 0
    return tuple((max(s, ready), e) for s, e in state.frame.windows[v] if e >= ready)


def placed(state: State, v: int, lane: Lane, spans: tuple[Span, ...], seq: list[int] | None = None) -> tuple[int, State] | None:
    """What it adds (cents) and the plan, with the visit in this lane; `seq` in place of what the lane has now. None: no room."""
    windows = list(state.windows)
    windows[v] = spans
    run = state.runs[lane.index].copy(windows)
    run.lane = lane
    if seq is not None:
        run.load = [0] * len(run.load)
    if not spans or not run.settle(run.seq if seq is None else seq):
        return None
    trial = state.copy()
    trial.windows, trial.runs[lane.index] = windows, run
    move = trial.offer(lane.index, v)
    return (move.cents, trial) if move and trial.apply(v, move) else None


def _by_lane(state: State, v: int) -> Iterator[Way]:
    """Each rule of a shift of somebody who may go."""
    spans = spans_of(state, v)
    for n in state.frame.able[v]:
        for kind, lane, other in _loosened(state, v, state.runs[n]):
            if (found := placed(state, v, lane, spans)) is None:
                continue
            yield _told(state, v, n, kind, other, found)


def _told(state: State, v: int, n: int, kind: str, other: str, found: tuple[int, State]) -> Way:
    price, amount = price_of(kind, state.runs[n], found[1].runs[n])
    return Way(found[0] + price, Remedy(kind, (state.runs[n].lane.technician.id,), amount, other), found[1])


def price_of(kind: str, before: Run, after: Run) -> tuple[int, int]:
    """What a loosened rule of a shift costs (cents), and how much of it is needed (seconds)."""
    if kind == "overtime":
        amount = _minutes(after.back - before.lane.end)
        more = amount - max(0, before.back - before.lane.end)
        return 0 if before.lane.technician.overtime_cost else max(0, more) * OVERTIME_CENTS // 3600, amount
    return PRICES.get(kind, 0), after.travel if kind == "driving" else 0


def _minutes(seconds: int) -> int:
    """Seconds rounded up to the whole minute, as they are told."""
    return -(-seconds // 60) * 60


def _loosened(state: State, v: int, run: Run) -> Iterator[tuple[str, Lane, str]]:
    lane = state.frame.lanes[run.lane.index]
    t = lane.technician
    if (longer := with_overtime(lane)).close > lane.close:
        yield "overtime", longer, ""
    if sum(s < len(state.frame.visits) for s in run.seq) >= lane.jobs:
        yield "jobs", replace(lane, jobs=lane.jobs + 1), ""
    if not run.carries(v):
        yield "stock", stocked(state, v, run), next(iter(state.frame.visits[v].parts))
    if lane.travel < inf or lane.reach < inf:
        yield "driving", replace(lane, travel=inf, reach=inf), ""
    if any(name == "busy" for *_times, name in lane.rests):
        yield "busy", replace(lane, rests=rests_of(replace(t, busy=()), t.shifts[lane.shift])), ""
    for name in sorted({rest[3] for rest in lane.rests} - {"busy"}):
        yield "break", replace(lane, rests=tuple(r for r in lane.rests if r[3] != name)), name


def with_overtime(lane: Lane) -> Lane:
    """The shift with up to two hours more at its end, as far as the next one allows."""
    t = lane.technician
    shift = t.shifts[lane.shift]
    close = min([lane.close + LONGEST_OVERTIME, *(s.start for s in t.shifts if s.start >= shift.end and s is not shift)])
    return replace(lane, close=close, rests=rests_of(replace(t, overtime=close - shift.end), shift)) if close > lane.close else lane


def stocked(state: State, v: int, run: Run) -> Lane:
    """The lane with what the visit needs on the truck besides what is spoken for."""
    stock = list(run.lane.stock)
    for p, q in state.frame.needs[v]:
        stock[p] = max(stock[p], run.load[p] + q)
    return replace(run.lane, stock=tuple(stock))


def _by_start(state: State, v: int) -> Iterator[Way]:
    """A start outside of its windows: sooner, later or between them; never before what the customer was promised."""
    frame, visit = state.frame, state.frame.visits[v]
    if not visit.windows or timed(frame, visit):
        return
    for n in frame.able[v]:
        for wide in WIDER:
            found = [f for spans in _around(state, v, wide) if (f := placed(state, v, frame.lanes[n], spans))]
            if found:
                yield min((_started(frame, v, n, f) for f in found), key=Way.order)
                break


def timed(frame: Frame, visit: Visit) -> bool:
    return any(lock.visit == visit.id and lock.window for lock in frame.problem.locks)


def _around(state: State, v: int, wide: int) -> list[tuple[Span, ...]]:
    """What lies this far around its windows and is not in them."""
    visit, ready = state.frame.visits[v], max(0, ready_at(state, v) or 0)
    least = max(ready, visit.promise.window.start if visit.promise else 0)
    windows = sorted((w.start, w.end) for w in visit.windows)
    near = [(s - wide, s) for s, _e in windows] + [(e, e + wide) for _s, e in windows]
    if ready > windows[-1][1]:  # what it waits for is done later than that
        near.append((ready, ready + wide))
    return [((max(s, least), e),) for s, e in near if e >= least]


def _started(frame: Frame, v: int, n: int, found: tuple[int, State]) -> Way:
    run, visit = found[1].runs[n], frame.visits[v]
    start = run.begin[run.seq.index(v)]
    return Way(found[0] + off(visit, start), Remedy("start", (run.lane.technician.id,), start), found[1])


def off(visit: Visit, start: int, kind: str = "start") -> int:
    """Cents for a start outside of all windows (`sooner`: before it was promised): by the distance to the nearest."""
    told = visit.promise
    if kind == "sooner":
        return told.fee + (told.window.start - start) * told.per_hour // 3600 if told else 0
    away = min(max(w.start - start, start - w.end, 0) for w in visit.windows) if visit.windows else 0
    return away * (told.per_hour if told else LATE_CENTS) // 3600


def _by_person(state: State, v: int) -> Iterator[Way]:
    """Somebody who may not do it now, were one thing (or several skills) different."""
    frame, visit = state.frame, state.frame.visits[v]
    held = frame.held.get(visit.id, set())
    for lane in frame.lanes:
        t = lane.technician
        hurdles = hurdles_of(frame, visit, lane)
        if (lane.index in frame.able[v] and not timed(frame, visit)) or t.apprentice or len(set(hurdles) - {"skill"}) > 1:
            continue
        kind = next((k for k in ("unlock", "banned", "required", "skill") if k in hurdles), "unlock")
        if len(hurdles) > 1 or (kind == "unlock" and not held):
            continue
        if (found := placed(state, v, lane, untimed(state, v) if kind == "unlock" else spans_of(state, v))) is not None:
            lacking = lacking_of(visit, lane)
            yield Way(found[0] + PRICES[kind] * max(1, len(lacking)), Remedy(kind, (t.id,), 0, ", ".join(lacking)), found[1])


def untimed(state: State, v: int) -> tuple[Span, ...]:
    """When it may start in this plan without the hours of its locks."""
    visit = state.frame.visits[v]
    least = max(ready_at(state, v) or 0, visit.promise.window.start if visit.promise else 0)
    spans = tuple((w.start, w.end) for w in visit.windows) or ((0, FOREVER),)
    return tuple((max(s, least), e) for s, e in spans if e >= least)


def hurdles_of(frame: Frame, visit: Visit, lane: Lane) -> list[str]:
    """Which rules about people keep this one away, each by its kind."""
    t, held = lane.technician, frame.held.get(visit.id, set())
    found = ["banned"] if t.id in visit.banned else []
    found += ["required"] if visit.required and t.id not in visit.required else []
    found += ["unlock"] if held and t.id not in held else []
    return found + (["skill"] if lacking_of(visit, lane) else [])


def lacking_of(visit: Visit, lane: Lane) -> list[str]:
    """Skills of the visit that are lacking."""
    skills = lane.technician.skills
    return asked_of(visit, {s for s, level in visit.skills.items() if skills.get(s, -1) < level})


def asked_of(visit: Visit, some: set[str] | None = None) -> list[str]:
    """Its skills (or some of them), with the level where it is more than the first."""
    return [s + (f" ≥ {level}" if level > 1 else "") for s, level in visit.skills.items() if some is None or s in some]


def by_leaving(state: State, v: int) -> Iterator[Way]:
    """One other visit out, that nothing hangs on: the least dear that makes room."""
    frame, spans = state.frame, spans_of(state, v)
    options = sorted((frame.prize[gone], gone, n) for n in frame.able[v] for gone in state.runs[n].seq if _free(state, gone))
    for prize, gone, n in options:
        less = state.runs[n].without({gone})
        if less is None:
            continue
        trial = state.copy()
        trial.runs[n] = less
        if (found := placed(trial, v, frame.lanes[n], spans)) is not None:
            who = frame.lanes[n].technician.id
            yield Way(found[0] + prize, Remedy("drop", (who,), 0, frame.visits[gone].id), found[1])
            return


def _free(state: State, gone: int) -> bool:
    frame = state.frame
    return gone < len(frame.visits) and not frame.coupled[gone] and frame.visits[gone].id not in frame.held


def by_coming(state: State, v: int) -> Iterator[Way]:
    """One more person like somebody who may go (or lacks least), with the parts on the truck and a day of their own; where that is not
    enough, at another hour, and last before the customer was promised anybody."""
    frame, visit, ready = state.frame, state.frame.visits[v], ready_at(state, v) or 0
    grown = [lane for lane in frame.lanes if not lane.technician.apprentice] or frame.lanes
    may = [frame.lanes[n] for n in frame.able[v]] or sorted(grown, key=lambda lane: (len(lacking_of(visit, lane)), lane.index))
    told = visit.promise.window.start if visit.promise else 0
    for spans in (untimed(state, v), ((max(ready, told), FOREVER),), ((ready, FOREVER),)):
        for lane in may:
            if (found := placed(state, v, _fresh(state, v, lane), spans, [])) is not None:
                yield _come(state, v, lane, found)
                return


def _fresh(state: State, v: int, lane: Lane) -> Lane:
    """The same shift with nothing in it, and what the visit needs on the truck."""
    bare = state.runs[lane.index].copy()
    bare.lane, bare.load = lane, [0] * len(bare.load)
    return replace(stocked(state, v, bare), rests=rests_of(replace(lane.technician, busy=()), lane.technician.shifts[lane.shift]))


def _come(state: State, v: int, lane: Lane, found: tuple[int, State]) -> Way:
    visit, who = state.frame.visits[v], (lane.technician.id,)
    run = found[1].runs[lane.index]
    start = run.begin[run.seq.index(v)]
    kinds = [] if any(w.start <= start <= w.end for w in visit.windows) or not visit.windows else ["start"]
    kinds += ["sooner"] if visit.promise and start < visit.promise.window.start else []
    also = tuple(Remedy(kind, who, start) for kind in kinds)
    kind = "instead" if visit.required or visit.id in state.frame.held else "grown" if lane.technician.apprentice else "another"
    price = visit.crew * PRICES["another"] + sum(off(visit, start, k) for k in kinds)
    return Way(found[0] + price, Remedy(kind, who, visit.crew, ", ".join(asked_of(visit)), also), found[1])


def _crew_ways(state: State, v: int) -> Iterator[Way | None]:
    """The same for several at once: overtime, one visit more, the parts or the start for all who would go, or one person fewer."""
    frame, visit = state.frame, state.frame.visits[v]
    spans, same = spans_of(state, v), list(frame.lanes)
    yield _crewed(state, v, "overtime", [with_overtime(lane) for lane in same], spans)
    yield _crewed(state, v, "jobs", [replace(lane, jobs=lane.jobs + 1) for lane in same], spans)
    if visit.parts:
        yield _crewed(state, v, "stock", [stocked(state, v, run) for run in state.runs], spans)
    free = [replace(lane, rests=rests_of(replace(lane.technician, busy=()), lane.technician.shifts[lane.shift])) for lane in same]
    yield _crewed(state, v, "busy", free, spans)
    if visit.windows and not timed(frame, visit):
        for wide in WIDER:
            found = [w for around in _around(state, v, wide) if (w := _crewed(state, v, "start", same, around))]
            if found:
                yield from found
                break
    yield _crewed(state, v, "fewer", same, spans, replace(visit, crew=visit.crew - 1))
    for lane in same if not frame.able[v] else ():
        if (
            hurdles_of(frame, visit, lane) == ["skill"]
            and not lane.technician.apprentice
            and (f := gathered(state, v, same, spans, visit, lane.index))
        ):
            lacking = lacking_of(visit, lane)
            yield Way(f[0] + PRICES["skill"] * len(lacking), Remedy("skill", (lane.technician.id,), 0, ", ".join(lacking)), f[1])


def crew_now(state: State, v: int) -> tuple[int, State] | None:
    """What the whole crew would add in the plan as it stands, whatever it is worth; None where there is none."""
    return gathered(state, v, list(state.frame.lanes), spans_of(state, v), state.frame.visits[v])


def gathered(
    state: State, v: int, lanes: list[Lane], spans: tuple[Span, ...], visit: Visit, lead: int | None = None
) -> tuple[int, State] | None:
    """The whole crew placed: what it adds and the plan; `lead` as if that lane could lead it."""
    trial, frame = state.apart(), copy(state.frame)
    frame.lanes = lanes
    frame.visits = (*frame.visits[:v], visit, *frame.visits[v + 1 :])
    if lead is not None:
        frame.able = [*frame.able[:v], [lead], *frame.able[v + 1 :]]
    trial.frame, trial.windows[v] = frame, spans
    for run, lane in zip(trial.runs, lanes, strict=True):
        run.frame, run.lane = frame, lane
        if not run.settle(run.seq):
            return None
    before = sum(r.cents for r in trial.runs)
    if not spans or not place_crew(trial, v, FOREVER):
        return None
    added, trial.frame = sum(r.cents for r in trial.runs) - before, state.frame
    for n, run in enumerate(trial.runs):  # what is loosened is so for who goes
        if v in run.seq:
            run.frame = state.frame
        else:
            trial.runs[n] = state.runs[n].copy(trial.windows)
    return added, trial


def _crewed(state: State, v: int, kind: str, lanes: list[Lane], spans: tuple[Span, ...], visit: Visit | None = None) -> Way | None:
    found = gathered(state, v, lanes, spans, visit or state.frame.visits[v])
    part = crew_part(state, v, kind, found[1]) if found else None
    return Way(found[0] + part[0], part[1], found[1]) if found and part else None


def crew_part(state: State, v: int, kind: str, after: State) -> tuple[int, Remedy] | None:
    """What one loosened rule costs (cents) in the plan with a crew, and for whom of it; None where nobody of them needs it."""
    crew = [run for run in after.runs if v in run.seq]
    was = {run.lane.index: state.runs[run.lane.index] for run in crew}
    needs: dict[str, Callable[[Run, Run], bool]] = {
        "overtime": lambda run, old: run.back > old.lane.close,
        "jobs": lambda run, old: len(old.seq) >= old.lane.jobs,
        "stock": lambda run, old: not old.carries(v),
        "busy": lambda run, old: run.lane.rests != old.lane.rests and any(rest[3] == "busy" for rest in old.lane.rests),
    }
    amount, price = 0, PRICES.get(kind, 0) * len(crew)
    crew = [run for run in crew if kind not in needs or needs[kind](run, was[run.lane.index])]
    if kind == "overtime":
        amount = max((_minutes(run.back - run.lane.end) for run in crew), default=0)
        price = sum(max(0, run.back - run.lane.end) * OVERTIME_CENTS // 3600 for run in crew if not run.lane.technician.overtime_cost)
    elif kind == "start":
        amount = crew[0].begin[crew[0].seq.index(v)]
        price = off(state.frame.visits[v], amount)
    elif kind == "fewer":
        amount, price = len(crew), PRICES[kind]
    part = next(iter(state.frame.visits[v].parts), "") if kind == "stock" else ""
    people = tuple(sorted(run.lane.technician.id for run in crew))
    return (price, Remedy(kind, people, amount, part)) if people else None
