"""Why a visit is not served, in words a dispatcher can use, and the cheapest thing that would help (found and tried by `relax.py`)."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from bifocal.engines.routing.crews import pin
from bifocal.engines.routing.frame import Frame, Lane, rests_of, why_not
from bifocal.engines.routing.moves import State
from bifocal.engines.routing.plan import Plan, Remedy, Unserved
from bifocal.engines.routing.problem import FOREVER, Problem, Visit
from bifocal.engines.routing.relax import crew_now, placed, spans_of, stocked
from bifocal.engines.routing.report import to_state
from bifocal.engines.routing.together import NEWCOMERS, ways
from bifocal.engines.routing.verify import clock

NOTHING = Remedy("nothing")


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
        return _waiting(state, v, waits)
    now = _now(state, v)
    if now is not None and now <= visit.prize:
        return Unserved(visit.id, "fits the plan as it stands, but was not placed in time", "planning for longer would do", Remedy("time"))
    if now is not None:
        reason = f"would cost {now / 100:.2f} and is worth {visit.prize / 100:.2f}"
        return Unserved(visit.id, reason, f"being worth {now / 100:.2f} would do", Remedy("prize", amount=now))
    found = ways(state, v)
    reason = _crew_reason(state, v) if visit.crew > 1 and frame.able[v] else _reason(state, v)
    return _unserved(visit, reason, found[0].remedy if found else NOTHING)


def _unserved(visit: Visit, reason: str, remedy: Remedy) -> Unserved:
    return Unserved(visit.id, reason, _words(visit, remedy), remedy)


def _waiting(state: State, v: int, waits: list[str]) -> Unserved:
    """What it waits for comes first, by its own cheapest relaxation, and then perhaps more."""
    visit = state.frame.visits[v]
    reason = f"waits for {waits[0]}, which is not served"
    served, names = with_all(state, waits), ", ".join(waits)
    if served is None:
        return _unserved(visit, reason, Remedy("nothing", other=waits[0]))
    first = Remedy("first", other=names)
    if as_it_stands(served, v):
        return _unserved(visit, reason, first)
    found = ways(served, v)
    return _unserved(visit, reason, replace(found[0].remedy, also=(*found[0].remedy.also, first)) if found else NOTHING)


def with_all(state: State, names: list[str]) -> State | None:
    """The plan with these visits too, each with what it waits for and held to its hour, as it stands or by the cheapest relaxation. None
    where nobody on shift can serve one of them."""
    found: State | None = state
    for name in names:
        v = state.frame.number[name]
        if found is None or v not in found.out:
            continue
        found = with_all(found, [a.visit for a in state.frame.visits[v].after if state.frame.number[a.visit] in found.out])
        found = _served(found, v) if found else None
    return found


def _served(state: State, v: int) -> State | None:
    best = as_it_stands(state, v)
    found = best[1] if best else next((w.state for w in ways(state, v)[:1] if w.remedy.kind not in NEWCOMERS), None)
    if found is None or v in found.pinned:
        return found
    found = found.apart()
    return found if pin(found, v, [n for n, run in enumerate(found.runs) if v in run.seq]) else None


def _now(state: State, v: int) -> int | None:
    """What serving it in the plan as it stands would add, in cents; None where it fits nowhere."""
    found = as_it_stands(state, v)
    return found[0] if found else None


def as_it_stands(state: State, v: int) -> tuple[int, State] | None:
    """What serving a visit with nothing loosened adds, in cents, and the plan then; None where it fits nowhere."""
    frame = state.frame
    if frame.visits[v].crew > 1:
        return crew_now(state, v) if frame.able[v] else None
    spans = spans_of(state, v)
    found = [f for n in frame.able[v] if (f := placed(state, v, frame.lanes[n], spans))]
    return min(found, key=lambda f: f[0], default=None)


def _reason(state: State, v: int) -> str:
    frame, visit = state.frame, state.frame.visits[v]
    if not frame.able[v]:
        return _nobody(frame, visit)
    if visit.parts and not visit.collect and not any(state.runs[n].carries(v) or frame.errands_of[v] for n in frame.able[v]):
        return f"needs {next(iter(visit.parts))}, which is left on no truck that could go"
    alone = [n for n in frame.able[v] if _alone(state, v, frame.lanes[n])]
    if not alone:
        return _never(state, v)
    if all(sum(s < len(frame.visits) for s in state.runs[n].seq) >= frame.lanes[n].jobs for n in alone):
        return f"all who could go have as many visits as they take in a day: {_people(frame, alone)}"
    return _busy(visit, _people(frame, alone))


def _people(frame: Frame, lanes: list[int]) -> str:
    names = sorted({frame.lanes[n].technician.id for n in lanes})
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def _never(state: State, v: int) -> str:
    """Why it would fit the day of nobody who may do it, were all else taken off them."""
    frame, visit = state.frame, state.frame.visits[v]
    able, spans = frame.able[v], spans_of(state, v)
    lanes = [frame.lanes[n] for n in able]
    told = [lock.window for lock in frame.problem.locks if lock.visit == visit.id and lock.window]
    if told and any(_alone(state, v, lane, tuple((w.start, w.end) for w in visit.windows) or ((0, FOREVER),)) for lane in lanes):
        return f"is locked to {_people(frame, able)} at {clock(told[0].start)}, when that can't be"
    if not frame.windows[v] and visit.promise:
        return f"was promised for no sooner than {clock(visit.promise.window.start)}, when its window has ended"
    if not spans:
        return f"what it waits for is done only after {clock(max(e for _s, e in frame.windows[v]))}, when its window ends"
    free = [replace(lane, rests=rests_of(replace(lane.technician, busy=()), lane.technician.shifts[lane.shift])) for lane in lanes]
    if hits := [lane.index for lane in free if _alone(state, v, lane)]:
        return f"those who could go are taken elsewhere at that time: {_people(frame, hits)}"
    if hits := [lane.index for lane in lanes if _alone(state, v, replace(lane, rests=()))]:
        return f"the break of those who could go lies across it: {_people(frame, hits)}"
    if hits := [lane.index for lane in lanes if _alone(state, v, replace(lane, travel=inf, reach=inf))]:
        return f"is farther than those who could go may drive in a day: {_people(frame, hits)}"
    if frame.errands_of[v] and any(state.runs[n].copy().best(v) for n in able):
        return "what it needs can't be fetched before its window and the shift end"
    if visit.skills:
        return f"cannot be reached within its window and the shift of any technician with {', '.join(visit.skills)}"
    return "cannot be reached within its window and the shift of any technician"


def _alone(state: State, v: int, lane: Lane, spans: tuple[tuple[int, int], ...] | None = None) -> bool:
    """True where the visit would fit the shift if nothing else were in it."""
    bare = state.runs[lane.index].copy()
    bare.load = [0] * len(bare.load)
    roomy = replace(stocked(state, v, bare), travel=lane.travel, reach=lane.reach, rests=lane.rests, jobs=inf)
    return placed(state, v, roomy, spans_of(state, v) if spans is None else spans, []) is not None


def _crew_reason(state: State, v: int) -> str:
    frame, visit = state.frame, state.frame.visits[v]
    trucks = {run.lane.technician.id for run in state.runs if run.carries(v)}
    if len(trucks) < visit.crew:
        return f"needs {next(iter(visit.parts))} on {visit.crew} trucks, which is left on fewer"
    if not any(_alone(state, v, frame.lanes[n]) for n in frame.able[v]):
        return _never(state, v)
    if all(len(run.seq) >= run.lane.jobs for run in state.runs):
        return f"all who could go have as many visits as they take in a day: {_people(frame, frame.able[v])}"
    return f"no {visit.crew} technicians are free together within its window"


def too_few(crew: int, hands: int) -> str:
    """Why a visit for more people than there are is not even asked for."""
    return f"needs {crew} people together, and {hands} work that day"


def _nobody(frame: Frame, visit: Visit) -> str:
    people = {lane.technician.id: lane.technician for lane in frame.lanes}
    held = frame.held.get(visit.id)
    if held and visit.crew == 1:
        return f"is locked to {', '.join(sorted(held))}, who may not do it"
    for skill, level in visit.skills.items():
        if not any(t.skills.get(skill, -1) >= level for t in people.values()):
            return f"needs {skill} level {level}, which nobody on shift has" if level > 1 else f"needs {skill}, which nobody on shift has"
    if visit.required:
        asked = next((t for name, t in people.items() if name == min(visit.required)), None)
        names = ", ".join(sorted(visit.required))
        return f"only {names} may do it, and cannot: {why_not(visit, asked)}" if asked else f"only {names} may do it, who is not on shift"
    return f"nobody on shift has all it needs: {'; '.join(sorted({why_not(visit, t) for t in people.values()})[:3])}"


def _busy(visit: Visit, told: str) -> str:
    skills = ", ".join(visit.skills)
    until = clock(max(w.end for w in visit.windows)) if visit.windows else ""
    if skills and until:
        return f"no technician with {skills} is free before {until}: the days of {told} are full"
    if until:
        return f"no technician is free before {until}: the days of {told} are full"
    if skills:
        return f"no technician with {skills} is free: the days of {told} are full"
    return f"no technician is free: the days of {told} are full"


def _words(visit: Visit, remedy: Remedy) -> str:
    """The relaxation in a sentence, with all that must be loosened besides."""
    also = [_clause(r) for r in remedy.also]
    if not also:
        return _sentence(visit, remedy)
    besides = also.pop()
    while also:
        besides = f"{also.pop()}, and also that {besides}"
    return f"{_sentence(visit, remedy)}, provided that {besides}"


def _sentence(visit: Visit, remedy: Remedy) -> str:
    who, amount, other = ", ".join(remedy.people), remedy.amount, remedy.other
    if remedy.kind == "overtime":
        return _overtime(who, -(-amount // 60))
    if remedy.kind == "another" and amount > 1:
        return f"{amount} more technicians like {who} with {other} would do" if other else f"{amount} more technicians like {who} would do"
    if remedy.kind == "nothing" and other:
        return f"nobody on shift can serve {other} first, whatever is loosened"
    if remedy.kind == "nothing":
        return "nothing that was tried helps, not even one more technician"
    told = {
        "start": f"starting at {clock(amount)} with {who} would do",
        "jobs": f"one visit more than usual for {who} would do",
        "stock": f"{other} on the truck of {who} would do",
        "driving": f"letting {who} drive farther in a day would do",
        "busy": f"taking {who} from what else is planned for them would do",
        "break": f"{who} doing without {other} would do",
        "unlock": f"unlocking it and sending {who} would do",
        "required": f"sending {who}, who was not asked for, would do",
        "banned": f"the customer agreeing to {who} would do",
        "skill": f"{who} with {other} would do",
        "drop": f"dropping {other} from the day of {who} would do",
        "fewer": f"going with {amount} instead of {visit.crew} ({who}) would do",
        "another": f"one more technician like {who} with {other} would do" if other else f"one more technician like {who} would do",
        "grown": f"one more technician with the hours of {who}, who may work alone, would do",
        "instead": f"one more technician like {who}, whatever its lock and whoever was asked for, would do",
        "first": f"serving {other} first would do",
        "sooner": f"the customer agreeing to {clock(amount)} with {who}, before what was promised, would do",
    }  # fmt: skip
    return told[remedy.kind]


def _overtime(who: str, minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if minutes == 1:
        return f"overtime of 1 minute for {who} would do"
    if not hours:
        return f"overtime of {minutes} minutes for {who} would do"
    return f"overtime of {hours} h {rest} min for {who} would do" if rest else f"overtime of {hours} h for {who} would do"


def _clause(remedy: Remedy) -> str:
    """What must be loosened as well."""
    who, other = ", ".join(remedy.people), remedy.other
    told = {
        "start": f"it starts at {clock(remedy.amount)}",
        "jobs": f"{who} takes one visit more than usual",
        "stock": f"{other} is on that truck",
        "driving": f"{who} may drive farther in a day",
        "busy": f"{who} is taken from what else is planned",
        "break": f"{who} does without {other}",
        "unlock": "it is no longer locked",
        "required": f"{who} may go, who was not asked for",
        "banned": f"the customer agrees to {who}",
        "skill": f"{who} has {other} as well",
        "first": f"{other} is served first",
        "sooner": f"the customer agrees to {clock(remedy.amount)}, before what was promised",
    }  # fmt: skip
    return told[remedy.kind]
