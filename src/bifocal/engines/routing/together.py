"""What would let one more visit in: one rule, else several together, else one visit less, else one technician more.

Where no rule alone would do, everything is loosened at once for each shift; where the visit then has its place, one rule after the
other, the dearest first, is held to again as long as it still has one. What is left can not be made less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf

from bifocal.engines.routing.crews import ready_at
from bifocal.engines.routing.frame import Lane, Span, rests_of, slots_of
from bifocal.engines.routing.moves import State
from bifocal.engines.routing.plan import Remedy
from bifocal.engines.routing.problem import FOREVER, Visit
from bifocal.engines.routing.relax import (
    PRICES,
    WIDER,
    Way,
    alone,
    by_coming,
    by_leaving,
    crew_part,
    gathered,
    hurdles_of,
    lacking_of,
    off,
    placed,
    price_of,
    spans_of,
    stocked,
    timed,
    with_overtime,
)

Rule = tuple[str, str]  # its kind, and the other thing it names
HURDLES = ("skill", "banned", "required")  # rules that no other makes unnecessary
ORDER = (
    "overtime",
    "skill",
    "banned",
    "required",
    "unlock",
    "busy",
    "break",
    "jobs",
    "stock",
    "driving",
    "start",
    "sooner",
)  # as they are told
NEWCOMERS = ("another", "instead", "grown")  # ways that need somebody who is not on shift
CREW = ("busy", "stock", "jobs", "overtime", "start")  # for all of a crew at once, the dearest first


def ways(state: State, v: int) -> list[Way]:
    """All that would do for a visit, the cheapest first. Who else would have to leave, or to come, only where no rule alone would do."""
    found = alone(state, v)
    if not found:
        crew = state.frame.visits[v].crew > 1
        found = list(_crew_together(state, v)) if crew else [*_together(state, v), *by_leaving(state, v)]
    return sorted(found or by_coming(state, v), key=Way.order)


def _together(state: State, v: int) -> Iterator[Way]:
    """The fewest rules for each shift of somebody who may work alone, those about people first: what is dearer than that is not tried."""
    visit, least = state.frame.visits[v], FOREVER
    lanes = [lane for lane in state.frame.lanes if not lane.technician.apprentice]
    floor = {lane.index: _of_people(state, visit, lane) for lane in lanes}
    for lane in sorted(lanes, key=lambda lane: (floor[lane.index], lane.index)):
        if floor[lane.index] > least:
            return
        if way := _least(state, v, lane):
            least = min(least, way.cents)
            yield way


def _of_people(state: State, visit: Visit, lane: Lane) -> int:
    """Cents of the rules about people that keep this one away."""
    kinds = hurdles_of(state.frame, visit, lane)
    return sum(PRICES[kind] * (len(lacking_of(visit, lane)) if kind == "skill" else 1) for kind in kinds)


def _least(state: State, v: int, lane: Lane) -> Way | None:
    loose = sorted(_rules(state, v, lane), key=lambda rule: -PRICES.get(rule[0], 0))
    found = _tried(state, v, lane, loose)
    if found is None:
        return None
    must = {("unlock", "")} if "unlock" in hurdles_of(state.frame, state.frame.visits[v], lane) else set[Rule]()
    for rule in list(loose):
        if rule[0] in HURDLES or rule in must:
            continue
        fewer = [r for r in loose if r != rule]
        if (less := _tried(state, v, lane, fewer)) is not None:
            loose, found = fewer, less
    return _way(state, v, lane, loose, found)


def _rules(state: State, v: int, lane: Lane) -> Iterator[Rule]:
    """Every rule that may stand between a visit and a shift."""
    frame, visit, run = state.frame, state.frame.visits[v], state.runs[lane.index]
    hurdles = hurdles_of(frame, visit, lane)
    yield from ((kind, "") for kind in hurdles)
    if timed(frame, visit) and "unlock" not in hurdles:
        yield "unlock", ""
    if with_overtime(lane).close > lane.close:
        yield "overtime", ""
    if sum(s < len(frame.visits) for s in run.seq) >= lane.jobs:
        yield "jobs", ""
    if not run.carries(v):
        yield "stock", next(iter(visit.parts))
    if lane.travel < inf or lane.reach < inf:
        yield "driving", ""
    yield from {("busy" if rest[3] == "busy" else "break", "" if rest[3] == "busy" else rest[3]): None for rest in lane.rests}
    if visit.windows:
        yield "start", ""
    if visit.promise:
        yield "sooner", ""


def _tried(state: State, v: int, lane: Lane, loose: Iterable[Rule]) -> tuple[int, State] | None:
    """What it adds (cents) and the plan with these rules loosened, the start by as little as will do."""
    kinds = {kind for kind, _other in loose}
    other = _loosened(state, v, lane, loose)
    return next((found for spans in _starts(state, v, kinds) if (found := placed(state, v, other, spans))), None)


def _starts(state: State, v: int, kinds: set[str]) -> Iterator[tuple[Span, ...]]:
    """When it may start with these rules loosened, the least first."""
    visit = state.frame.visits[v]
    if timed(state.frame, visit) and "unlock" not in kinds:
        if not kinds & {"start", "sooner"}:
            yield spans_of(state, v)
        return
    least = max(ready_at(state, v) or 0, visit.promise.window.start if visit.promise and "sooner" not in kinds else 0)
    yield tuple((max(w.start, least), w.end) for w in visit.windows if w.end >= least) if visit.windows else ((least, FOREVER),)
    for wide in WIDER if "start" in kinds else ():
        around = [(max(w.start - wide, least), w.end + wide) for w in visit.windows if w.end + wide >= least]
        if around:
            yield ((min(s for s, _e in around), max(e for _s, e in around)),)
    if "start" in kinds:
        yield ((least, FOREVER),)


def _loosened(state: State, v: int, lane: Lane, loose: Iterable[Rule]) -> Lane:
    kinds = {kind for kind, _other in loose}
    technician, shift = lane.technician, lane.technician.shifts[lane.shift]
    longer = with_overtime(lane) if "overtime" in kinds else lane
    gone = {name for kind, name in loose if kind == "break"}
    free = replace(
        technician, overtime=max(0, longer.close - shift.end), busy=() if "busy" in kinds else technician.busy,
        breaks=tuple(b for b in technician.breaks if b.id not in gone),
    )  # fmt: skip
    return replace(
        longer, rests=rests_of(free, shift), slots=slots_of(free, shift), jobs=lane.jobs + ("jobs" in kinds),
        stock=stocked(state, v, state.runs[lane.index]).stock if "stock" in kinds else lane.stock,
        travel=inf if "driving" in kinds else lane.travel, reach=inf if "driving" in kinds else lane.reach,
    )  # fmt: skip


def _way(state: State, v: int, lane: Lane, loose: Iterable[Rule], found: tuple[int, State]) -> Way:
    """The rules as one remedy: the first with the others in `also`."""
    visit, run, who = state.frame.visits[v], found[1].runs[lane.index], (lane.technician.id,)
    start, cents, told = run.begin[run.seq.index(v)], found[0], list[Remedy]()
    for kind, other in sorted(loose, key=lambda rule: (ORDER.index(rule[0]), rule[1])):
        moment = kind in ("start", "sooner")
        price, amount = (off(visit, start, kind), start) if moment else price_of(kind, state.runs[lane.index], run)
        lacking = lacking_of(visit, lane) if kind == "skill" else []
        cents += price * max(1, len(lacking))
        told.append(Remedy(kind, who, amount, ", ".join(lacking) or other))
    return Way(cents, replace(told[0], also=tuple(told[1:])), found[1])


def _crew_together(state: State, v: int) -> Iterator[Way]:
    """The fewest rules loosened for all of a crew."""
    kinds = [k for k in CREW if (k != "stock" or state.frame.visits[v].parts) and (k != "start" or state.frame.visits[v].windows)]
    found = _crew_tried(state, v, kinds)
    for kind in list(kinds) if found else ():
        fewer = [k for k in kinds if k != kind]
        if less := _crew_tried(state, v, fewer):
            kinds, found = fewer, less
    if found:
        parts = [part for kind in sorted(kinds, key=ORDER.index) if (part := crew_part(state, v, kind, found[1]))]
        if parts:
            yield Way(found[0] + sum(p for p, _r in parts), replace(parts[0][1], also=tuple(r for _p, r in parts[1:])), found[1])


def _crew_tried(state: State, v: int, kinds: list[str]) -> tuple[int, State] | None:
    lanes = [_loosened(state, v, lane, [(k, "") for k in kinds]) for lane in state.frame.lanes]
    visit = state.frame.visits[v]
    return next((found for spans in _starts(state, v, set(kinds)) if (found := gathered(state, v, lanes, spans, visit))), None)
