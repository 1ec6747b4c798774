"""A problem or a plan as JSON (docs/reference/dispatch-file.md): strict, every wrong element named by its path.

Times are seconds from the first midnight or "HH:MM" ("32:00" is 8 on the second day); durations seconds or "H:MM"; money cents.
A window may be written ["08:00", "10:00"], skills as a list (level 1). Without `travel` the coordinates mean haversine.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic.dataclasses import is_pydantic_dataclass

from bifocal.engines.routing import problem as parts
from bifocal.engines.routing.plan import Costs, Pause, Plan, Remedy, Route, Stop, Unserved
from bifocal.engines.routing.problem import Place, Problem
from bifocal.engines.routing.sane import told
from bifocal.engines.routing.travel import guess, suspicious
from bifocal.lib.errors import Invalid

STRICT = ConfigDict(extra="forbid", strict=False)
for kind in (
    parts.Window, parts.Place, parts.Travel, parts.Break, parts.Technician, parts.Promise, parts.Deadline, parts.After, parts.Collect,
    parts.Effort, parts.Visit, parts.Lock, parts.Depot, Problem, Stop, Pause, Route, Remedy, Unserved, Costs, Plan,
):  # fmt: skip
    if not is_pydantic_dataclass(kind):
        with_config(STRICT)(kind)
PROBLEM = TypeAdapter(Problem)
PLAN = TypeAdapter(Plan)
CLOCK = re.compile(r"^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$")
WINDOWS = {"windows", "shifts", "busy", "also"}
NAMES = {"skills", "stock", "parts", "pace", "room", "drops", "takes", "loads", "instead"}  # their keys are names, whatever they say
NO_NUMBER = object()  # for true and false, which would else pass as 1 and 0
TIMES = {"start", "end", "by", "duration", "delay", "overtime", "handling", "max_travel", "setup"}


def read_problem(data: Any, *, trust: bool = False) -> Problem:
    """A problem from parsed JSON. Raises Invalid with the path of the first wrong element.

    Without `travel` a place that looks wrong is asked about and not driven to, unless `trust`.
    """
    if not isinstance(data, dict):
        raise Invalid("A problem is a JSON object with technicians and visits.", field="problem")
    plain = _plain(data)
    if "travel" not in plain:
        places = TypeAdapter(tuple[Place, ...]).validate_python(plain.get("places", [])) if _readable(plain.get("places")) else ()
        people = plain.get("technicians")
        profiles = {str(t.get("profile", "car")) for t in people if isinstance(t, dict)} if isinstance(people, list) else set()
        if not trust and (doubts := suspicious(places)):
            raise Invalid(f"Place {doubts[0].place} {doubts[0].reason}. Mend it, give travel times, or trust the places.", field="places")
        road = guess(places)
        plain["travel"] = dict.fromkeys(sorted(profiles) or ["car"], road)
    try:
        return PROBLEM.validate_python(plain)
    except ValidationError as error:
        raise told(error, plain) from None


def _readable(places: Any) -> bool:
    try:
        TypeAdapter(tuple[Place, ...]).validate_python(places)
    except ValidationError:
        return False
    return True


def _plain(value: Any, key: str = "") -> Any:
    """Clocks to seconds, pairs to windows, lists of skills to levels; everything else as it is."""
    if isinstance(value, dict):
        return {k: _plain(v, "" if key in NAMES else k) for k, v in value.items()}
    if isinstance(value, list):
        if key == "skills" and all(isinstance(s, str) for s in value):
            return dict.fromkeys(value, 1)
        if key == "window" and len(value) == 2:
            return {"start": _plain(value[0], "start"), "end": _plain(value[1], "end")}
        if key == "bands":
            return [[_plain(v[0], "start"), *v[1:]] if isinstance(v, list) and v else _plain(v) for v in value]
        return [_plain(v, "window" if key in WINDOWS else "") for v in value]
    if isinstance(value, bool) and key != "apprentice":
        return NO_NUMBER
    return _clock(value) if key in TIMES else value


def _clock(value: Any) -> Any:
    found = CLOCK.match(value) if isinstance(value, str) else None
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0) if found else value


def read_plan(data: Any) -> Plan:
    """A plan from parsed JSON: what `dispatch solve --json` printed, or its `plan` alone."""
    inner = data.get("plan", data) if isinstance(data, dict) else data
    routes = inner.get("routes") if isinstance(inner, dict) else None
    if not isinstance(routes, list) or any(isinstance(r, list) for r in routes):
        raise Invalid("A plan is judged by its times: give what `dispatch solve --json` printed, or its `plan`.", field="plan")
    try:
        return PLAN.validate_python(inner)
    except ValidationError as error:
        raise told(error, inner) from None


def contradictions(told: Any, right: dict[str, Any]) -> list[str]:
    """Where what stands around a plan (cost, routes, unassigned, if at all) is not what the plan itself says."""
    said = told if isinstance(told, dict) and "plan" in told else {}
    names = [name for name in right if name != "plan" and name in said and said[name] != right[name]]
    return [f"figures: {name} is {json.dumps(right[name])[:200]}, not {json.dumps(said[name])[:200]}." for name in names]


def answer(plan: Plan) -> dict[str, Any]:
    """What `dispatch solve --json` prints for a problem of ours."""
    return {
        "cost": plan.costs.total,
        "routes": [[s.visit for s in r.stops if s.kind == "visit"] for r in plan.routes],
        "unassigned": [u.visit for u in plan.unserved],
        "plan": asdict(plan),
    }
