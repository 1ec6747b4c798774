"""Why a visit is not served, in words a dispatcher can use, and the cheapest thing that would help.

Relaxations are tried one at a time on the plan as it stands and priced: overtime at its rate, a later start at the promise's price,
a skill or a part at what it takes to get it there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bifocal.engines.routing.frame import Frame, Lane, why_not
from bifocal.engines.routing.moves import State
from bifocal.engines.routing.plan import Plan, Unserved
from bifocal.engines.routing.problem import Problem, Visit
from bifocal.engines.routing.report import to_state
from bifocal.engines.routing.route import Run
from bifocal.engines.routing.verify import clock

LONGEST_OVERTIME = 2 * 3600
LATEST = 5 * 3600
OVERTIME_CENTS = 7500
LATE_CENTS = 3000


@dataclass(frozen=True, slots=True)
class _Way:
    """One thing that would do, and what it costs in cents."""

    cents: int
    words: str


def explained(problem: Problem, plan: Plan) -> Plan:
    """The plan with a reason and the cheapest relaxation for each unserved visit."""
    return replace(plan, unserved=explain(problem, plan))


def explain(problem: Problem, plan: Plan) -> tuple[Unserved, ...]:
    """Reason and cheapest relaxation of each unserved visit of a plan."""
    if not plan.unserved:
        return ()
    state = to_state(Frame(problem), plan)
    return tuple(_explain(state, state.frame.number[u.visit]) for u in plan.unserved)


def _explain(state: State, v: int) -> Unserved:
    frame, visit = state.frame, state.frame.visits[v]
    waits = [a.visit for a in visit.after if frame.number[a.visit] in state.out]
    if waits:
        return Unserved(visit.id, f"waits for {waits[0]}, which is not served", f"serving {waits[0]} first would do")
    if not frame.able[v]:
        return Unserved(visit.id, _nobody(frame, visit), _nearest(frame, visit))
    if visit.crew > 1 and not _crew_stocked(state, v):
        return Unserved(visit.id, f"needs {next(iter(visit.parts))} on {visit.crew} trucks, which is left on fewer")
    if visit.crew > 1:
        return Unserved(visit.id, f"no {visit.crew} technicians are free together within its window")
    if visit.parts and not visit.collect and not any(_stocked(state, v, n) for n in frame.able[v]):
        part = next(iter(visit.parts))
        return Unserved(visit.id, f"needs {part}, which is left on no truck that could go", f"{part} on one of those trucks would do")
    if (least := _least(state, v)) is not None:
        words = f"would cost {least / 100:.2f} and is worth {visit.prize / 100:.2f}"
        return Unserved(visit.id, words, f"a prize of {least} would do" if least > visit.prize else "")
    alone = [n for n in frame.able[v] if _alone(state, v, n)]
    reason = _busy(frame, visit, alone)
    ways = sorted([*_overtime(state, v), *_later(state, v)], key=lambda w: w.cents)
    return Unserved(visit.id, reason, ways[0].words if ways else _instead(state, v))


def _crew_stocked(state: State, v: int) -> bool:
    """True where as many technicians as the crew needs still have its parts."""
    return len({run.lane.technician.id for run in state.runs if run.carries(v)}) >= state.frame.visits[v].crew


def _least(state: State, v: int) -> int | None:
    """What serving it in the plan as it stands would add, in cents; None where it fits nowhere."""
    runs = [state.runs[n] for n in state.frame.able[v]]
    found = [run.best(v) for run in runs if len(run.seq) < run.lane.jobs and run.carries(v)]
    return min((best[0] for best in found if best), default=None) if not state.frame.visits[v].collect else None


def _stocked(state: State, v: int, lane: int) -> bool:
    return state.runs[lane].carries(v) or bool(state.frame.errands_of[v])


def _nobody(frame: Frame, visit: Visit) -> str:
    people = {lane.technician.id: lane.technician for lane in frame.lanes}
    held = frame.held.get(visit.id)
    if held:
        return f"is locked to {', '.join(sorted(held))}, who may not do it"
    for skill, level in visit.skills.items():
        if not any(t.skills.get(skill, -1) >= level for t in people.values()):
            return f"needs {skill} level {level}, which nobody on shift has" if level > 1 else f"needs {skill}, which nobody on shift has"
    if visit.required:
        why = why_not(visit, people[min(visit.required)]) or "not on shift"
        return f"only {', '.join(sorted(visit.required))} may do it, and cannot: {why}"
    return f"nobody on shift has all it needs: {'; '.join(sorted({why_not(visit, t) for t in people.values()})[:3])}"


def _nearest(frame: Frame, visit: Visit) -> str:
    """Who lacks least."""
    lacking = {
        lane.technician.id: [s for s, level in visit.skills.items() if lane.technician.skills.get(s, -1) < level]
        for lane in frame.lanes
        if lane.technician.id not in visit.banned and not lane.technician.apprentice
    }
    who = min(lacking, key=lambda t: (len(lacking[t]), t), default="")
    return f"{who} with {' and '.join(lacking[who])} would do" if who and lacking[who] else ""


def _alone(state: State, v: int, lane: int) -> bool:
    """True where the visit would fit the shift if nothing else were in it."""
    return Run(state.frame, state.frame.lanes[lane], state.windows).best(v) is not None


def _busy(frame: Frame, visit: Visit, alone: list[int]) -> str:
    skills = ", ".join(visit.skills)
    if not alone:
        if skills:
            return f"cannot be reached within its window and the shift of any technician with {skills}"
        return "cannot be reached within its window and the shift of any technician"
    names = sorted({frame.lanes[n].technician.id for n in alone})
    told = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    until = clock(max(w.end for w in visit.windows)) if visit.windows else ""
    if skills and until:
        return f"no technician with {skills} is free before {until}: the days of {told} are full"
    if until:
        return f"no technician is free before {until}: the days of {told} are full"
    if skills:
        return f"no technician with {skills} is free: the days of {told} are full"
    return f"no technician is free: the days of {told} are full"


def _overtime(state: State, v: int) -> list[_Way]:
    """Each technician's day with two more hours at its end: how much of them would be needed."""
    ways = []
    for n in state.frame.able[v]:
        run = state.runs[n]
        lane = run.lane
        longer = _again(state, run, replace(lane, close=lane.close + LONGEST_OVERTIME))
        found = longer.best(v) if longer and len(run.seq) < lane.jobs and longer.carries(v) else None
        if not longer or not found or not longer.insert(v, found[1]):
            continue
        more = max(0, longer.back - max(lane.end, run.back if run.seq else lane.end))
        rate = lane.technician.overtime_cost or OVERTIME_CENTS
        ways.append(_Way(more * rate // 3600, f"overtime of {-(-more // 60)} minutes for {lane.technician.id} would do"))
    return ways


def _later(state: State, v: int) -> list[_Way]:
    """The same with its window open for longer."""
    frame, visit = state.frame, state.frame.visits[v]
    spans = state.windows[v]
    if not visit.windows or not spans:
        return []
    windows = list(state.windows)
    windows[v] = (*spans[:-1], (spans[-1][0], spans[-1][1] + LATEST))
    ways = []
    for n in frame.able[v]:
        run = _again(state, state.runs[n], state.runs[n].lane, windows)
        found = run.best(v) if run and len(run.seq) < run.lane.jobs and run.carries(v) else None
        if not run or not found or not run.insert(v, found[1]):
            continue
        start = run.begin[run.seq.index(v)]
        rate = visit.promise.per_hour if visit.promise else LATE_CENTS
        cents = max(0, start - spans[-1][1]) * rate // 3600
        ways.append(_Way(cents, f"starting at {clock(start)} with {run.lane.technician.id} would do"))
    return ways


def _again(state: State, run: Run, lane: Lane, windows: list[tuple[tuple[int, int], ...]] | None = None) -> Run | None:
    other = Run(state.frame, lane, windows or state.windows)
    other.load = list(run.load)
    return other if other.settle(run.seq) else None


def _instead(state: State, v: int) -> str:
    """Whose leaving would make room, the least dear first."""
    frame = state.frame
    options = [
        (frame.prize[gone], gone, n)
        for n in frame.able[v]
        for gone in state.runs[n].seq
        if gone < len(frame.visits) and (less := state.runs[n].without({gone})) and less.best(v) and less.carries(v)
    ]
    if not options:
        return ""
    _prize, gone, n = min(options)
    return f"dropping {frame.visits[gone].id} from the day of {frame.lanes[n].technician.id} would do"
