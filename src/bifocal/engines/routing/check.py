"""Strict reading of a problem before anything is planned: the first thing that can't be true is named, with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from bifocal.engines.routing.problem import DAY, Break, Effort, Place, Problem, Technician, Travel, Visit, Window
from bifocal.lib.errors import Invalid


def check(problem: Problem, *, strict: bool = True) -> None:
    """Refuse a problem that can't be true. Raises Invalid naming the element, for example `visit V3`.

    Not `strict`: a visit that nobody could ever serve is no error but stays unserved (as other programs' files mean it).
    """
    if not problem.technicians:
        raise Invalid("The problem has no technicians. Give at least one.", field="technicians")
    check_places(problem.places)
    _unique("technician", [t.id for t in problem.technicians])
    _unique("visit", [v.id for v in problem.visits])
    _unique("depot", [d.id for d in problem.depots])
    places = {p.id for p in problem.places}
    for name, travel in problem.travel.items():
        _travel(name, travel, len(places))
    known = {s for t in problem.technicians for s in t.skills}
    for technician in problem.technicians:
        _technician(technician, places, problem)
    for visit in problem.visits:
        _visit(visit, places, problem)
        if strict:
            _servable(visit, known, problem)
    for depot in problem.depots:
        _placed(f"depot {depot.id}", depot.place, places)
        _not_negative(f"depot {depot.id}", "handling", depot.handling)
        _windows(f"depot {depot.id}", depot.windows)
    _order(problem)
    _locks(problem)
    _not_negative("the problem", "fairness", problem.fairness)


def check_places(places: Iterable[Place]) -> None:
    """Every place has an id of its own, and both coordinates on earth or none. Raises Invalid naming the place."""
    seen = list(places)
    _unique("place", [p.id for p in seen])
    for place in seen:
        _coordinates(place.id, place.lat, place.lon)


def _bad(what: str, sentence: str) -> Invalid:
    return Invalid(f"{what[0].upper()}{what[1:]}: {sentence}", field=what)


def _unique(kind: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if not name:
            raise Invalid(f"A {kind} has no id. Give each {kind} one.", field=kind)
        if name in seen:
            raise _bad(f"{kind} {name}", f"there are two of this id. Each {kind} needs an id of its own.")
        seen.add(name)


def _coordinates(name: str, lat: float | None, lon: float | None) -> None:
    if (lat is None) != (lon is None):
        raise _bad(f"place {name}", "it has only one of latitude and longitude. Give both or none.")
    if lat is not None and lon is not None and not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise _bad(f"place {name}", f"latitude {lat}, longitude {lon} is not on earth. Latitude comes first, degrees.")


def _travel(name: str, travel: Travel, size: int) -> None:
    grids = [("seconds", travel.seconds), *([("metres", travel.metres)] if travel.metres else [])]
    grids += [(f"band from {at}", grid) for at, grid in travel.bands]
    for sort, grid in grids:
        if len(grid) != size or any(len(row) != size for row in grid):
            got = f"{len(grid)} rows" + next((f", row {n} has {len(row)} cells" for n, row in enumerate(grid) if len(row) != size), "")
            raise _bad(f"travel {name}", f"the matrix of {sort} has {got}, but there are {size} places. Give one row and column a place.")
        if any(cell < 0 for row in grid for cell in row):
            raise _bad(f"travel {name}", f"the matrix of {sort} holds a negative number.")

    moments = [at for at, _grid in travel.bands]
    if any(not 0 <= at < DAY for at in moments) or any(b <= a for a, b in pairwise(moments)):
        raise _bad(f"travel {name}", "its bands must begin one after the other within one day, from 00:00 to 23:59.")


# of a technician: none may be below nothing
AMOUNTS = (
    "overtime", "overtime_cost", "cost_per_hour", "cost_per_mile", "cost_per_work_hour", "call_out", "max_jobs", "max_travel", "max_metres",
)  # fmt: skip


def _technician(technician: Technician, places: set[str], problem: Problem) -> None:
    what = f"technician {technician.id}"
    for place in (technician.start, technician.end):
        if place is not None:
            _placed(what, place, places)
    if technician.profile not in problem.travel:
        raise _bad(what, f"there is no travel profile {technician.profile}.")
    if not technician.shifts:
        raise _bad(what, "has no shift. Give one, or leave the technician out.")
    _windows(what, technician.shifts, "shift")
    if technician.shifts[0].start < 0:
        raise _bad(what, "a shift starts before the first midnight. Count seconds from the midnight before it.")
    for one, two in pairwise(technician.shifts):
        if two.start < one.end:
            raise _bad(what, "shifts must follow each other and not overlap.")
    for name in AMOUNTS:
        _not_negative(what, name, getattr(technician, name) or 0)
    _levels(what, technician.skills)
    _amounts(what, "stock", technician.stock)
    _amounts(what, "room", technician.room)
    for skill, pace in technician.pace.items():
        if not 0.2 <= pace <= 5:
            raise _bad(what, f"a pace of {pace} for {skill} can't be. 1 is usual, 1.2 a fifth slower.")
    for pause in technician.breaks:
        _break(what, pause, technician.shifts)
    for shift in technician.shifts:
        _unique(
            f"break of {technician.id}",
            [b.id for b in technician.breaks if any(shift.start <= w.end and w.start <= shift.end for w in b.windows())],
        )
    _windows(what, technician.busy, "busy time")


def _break(what: str, pause: Break, shifts: tuple[Window, ...]) -> None:
    name = f"{what}, break {pause.id}"
    _windows(name, pause.windows())
    _not_negative(name, "duration", pause.duration)
    if not any(s.start <= w.end and w.start + pause.duration <= s.end for s in shifts for w in pause.windows()):
        raise _bad(name, "its window lies in no shift.")


def _servable(visit: Visit, known: set[str], problem: Problem) -> None:
    """Slips of the pen: a skill nobody has heard of, a window outside of all shifts."""
    what = f"visit {visit.id}"
    _within_shifts(what, visit, problem)
    for skill in visit.skills:
        if skill not in known:
            raise _bad(what, f"no technician has the skill {skill}. Mend its name, or add it to a technician (level 0 declares it).")


def _visit(visit: Visit, places: set[str], problem: Problem) -> None:
    what = f"visit {visit.id}"
    _placed(what, visit.place, places)
    for name in ("duration", "setup", "prize", "not_preferred_cost"):
        _not_negative(what, name, getattr(visit, name))
    _windows(what, visit.windows)
    _levels(what, visit.skills)
    for name in ("parts", "drops", "takes"):
        _amounts(what, name, getattr(visit, name))
    people = {t.id for t in problem.technicians}
    _instead(what, visit.instead, people)
    for name in ("required", "preferred", "banned"):
        for who in sorted(getattr(visit, name) - people):
            raise _bad(what, f"{name} technician {who} is not in the problem.")
    if visit.required and visit.required <= visit.banned:
        raise _bad(what, "every required technician is banned.")
    if not 1 <= visit.crew <= len(people):
        raise _bad(what, f"a crew of {visit.crew} can't be made of {len(people)} technicians.")
    if visit.deadline:
        _not_negative(what, "deadline cost", visit.deadline.per_hour)
    if visit.promise:
        _windows(what, (visit.promise.window,), "promise")
        _not_negative(what, "promise cost", min(visit.promise.fee, visit.promise.per_hour))
    if visit.collect and visit.crew > 1:
        raise _bad(what, "a crew can't collect something first. Make the collecting a visit of its own that this one comes after.")
    if visit.collect:
        _placed(what, visit.collect.place, places)
        _not_negative(what, "collect duration", min(visit.collect.duration, visit.collect.setup))
        _amounts(what, "loads", visit.collect.loads)
        _instead(what, visit.collect.instead, people)
        _windows(what, visit.collect.windows)


def _instead(what: str, efforts: Mapping[str, Effort], people: set[str]) -> None:
    for who, effort in efforts.items():
        if who not in people:
            raise _bad(what, f"instead names {who}, who is not in the problem.")
        _not_negative(what, f"what {who} needs instead", min(effort.duration, effort.setup))


def _within_shifts(what: str, visit: Visit, problem: Problem) -> None:
    """A window that ends before the first shift begins, or begins after the last ends, is a slip of the pen."""
    shifts = [s for t in problem.technicians for s in t.shifts]
    latest = max((s.end + t.overtime for t in problem.technicians for s in t.shifts), default=0)
    if not shifts or not visit.windows:
        return
    if max(w.end for w in visit.windows) < min(s.start for s in shifts):
        raise _bad(what, "its window ends before any shift begins. Move the window, or add a shift.")
    if min(w.start for w in visit.windows) > latest:
        raise _bad(what, "its window begins after every shift has ended. Move the window, or add a shift.")


def _order(problem: Problem) -> None:
    """Precedence names visits that exist, and makes no loop."""
    after = {v.id: [a.visit for a in v.after] for v in problem.visits}
    for visit in problem.visits:
        for a in visit.after:
            if a.visit not in after:
                raise _bad(f"visit {visit.id}", f"comes after {a.visit}, which is not in the problem.")
            _not_negative(f"visit {visit.id}", "delay", a.delay)
    done: set[str] = set()
    for start in after:
        trail: list[tuple[str, int]] = [(start, 0)]
        path = [start]
        while trail:
            name, at = trail.pop()
            if at < len(after[name]):
                trail.append((name, at + 1))
                nxt = after[name][at]
                if nxt in path:
                    raise _bad(f"visit {start}", f"waits for itself: {' after '.join([*path, nxt])}.")
                if nxt not in done:
                    trail.append((nxt, 0))
                    path.append(nxt)
            else:
                done.add(name)
                path.pop()


def _locks(problem: Problem) -> None:
    visits = {v.id: v for v in problem.visits}
    people = {t.id: t for t in problem.technicians}
    held: dict[str, int] = {}
    for lock in problem.locks:
        what = f"lock of visit {lock.visit}"
        if lock.visit not in visits:
            raise _bad(what, "there is no such visit.")
        if lock.technician not in people:
            raise _bad(what, f"there is no technician {lock.technician}.")
        visit, technician = visits[lock.visit], people[lock.technician]
        held[visit.id] = held.get(visit.id, 0) + 1
        if held[visit.id] > visit.crew:
            raise _bad(what, f"it is locked {held[visit.id]} times, but {visit.crew} technician(s) go there.")
        if lock.window:
            _lock_window(what, lock.window, visit, technician)
        if visit.crew == 1:
            _lock_fits(what, visit, technician)


def _lock_window(what: str, window: Window, visit: Visit, technician: Technician) -> None:
    _windows(what, (window,))
    if visit.windows and not any(w.start <= window.end and window.start <= w.end for w in visit.windows):
        raise _bad(what, "it lies outside of every window of the visit. Move the lock or the window.")
    if not any(s.start <= window.end and window.start <= s.end + technician.overtime for s in technician.shifts):
        raise _bad(what, f"it lies outside of every shift of {technician.id}.")


def _lock_fits(what: str, visit: Visit, technician: Technician) -> None:
    lacking = [s for s, level in visit.skills.items() if s not in technician.skills or technician.skills[s] < level]
    if lacking:
        raise _bad(what, f"{technician.id} has no {lacking[0]} of level {visit.skills[lacking[0]]}. Unlock it, or lock another.")
    if technician.id in visit.banned:
        raise _bad(what, f"the customer has banned {technician.id}.")
    if visit.required and technician.id not in visit.required:
        raise _bad(what, f"it asks for {', '.join(sorted(visit.required))}, not {technician.id}.")
    if technician.apprentice:
        raise _bad(what, f"{technician.id} is an apprentice and may not work alone.")


def _placed(what: str, place: str, places: set[str]) -> None:
    if place not in places:
        raise _bad(what, f"there is no place {place}.")


def _not_negative(what: str, name: str, value: float) -> None:
    if value < 0:
        raise _bad(what, f"{name} is {value}; it can't be negative.")


def _windows(what: str, windows: Iterable[Window], name: str = "window") -> None:
    for window in windows:
        if window.end < window.start:
            raise _bad(what, f"a {name} ends ({window.end}) before it starts ({window.start}).")


def _levels(what: str, skills: object) -> None:
    _amounts(what, "skill level", skills)


def _amounts(what: str, name: str, amounts: object) -> None:
    for key, value in dict(amounts).items():  # type: ignore[call-overload]
        if value < 0:
            raise _bad(what, f"{name} of {key} is {value}; it can't be negative.")
