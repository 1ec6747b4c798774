"""What is asked of the routing engine: technicians, visits, places, travel. Frozen; times are seconds from the first midnight.

Units: seconds, metres, cents. A window says when a visit may *start*: from `start` to `end`, both included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY = 86_400
FOREVER = 10**11


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both included, in seconds."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is. Coordinates may be absent where matrices are given."""

    id: str
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Travel:
    """Driving between all places, in the order of `Problem.places`: seconds, and metres where known.

    `bands` replaces the seconds from a time of day on: ((7 * 3600, seconds), (9 * 3600, seconds)), repeated every day.
    """

    seconds: tuple[tuple[int, ...], ...]
    metres: tuple[tuple[int, ...], ...] = ()
    bands: tuple[tuple[int, tuple[tuple[int, ...], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """A break that begins within its window (or one of `also`), wherever the technician is, between two visits or on the way."""

    id: str
    window: Window
    duration: int
    also: tuple[Window, ...] = ()

    def windows(self) -> tuple[Window, ...]:
        """All windows it may begin in, the earliest first."""
        return tuple(sorted((self.window, *self.also), key=lambda w: (w.start, w.end)))


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody who drives to visits. `start` or `end` None: the day begins or ends at a visit.

    `overtime` is how many seconds past a shift are allowed, `overtime_cost` cents an hour of it; `cost_per_hour` and `cost_per_mile` are of
    driving, `cost_per_work_hour` of work; `call_out` cents once for a shift that is used; `pace` of a skill 1.2 takes a fifth longer;
    `room` is the most of each amount that may be aboard at once (what is not named has no limit).
    """

    id: str
    start: str | None
    end: str | None
    shifts: tuple[Window, ...]
    skills: Mapping[str, int] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    busy: tuple[Window, ...] = ()
    profile: str = "car"
    overtime: int = 0
    overtime_cost: int = 0
    cost_per_hour: float = 4500
    cost_per_mile: float = 70
    call_out: int = 0
    pace: Mapping[str, float] = field(default_factory=dict)
    max_jobs: int | None = None
    max_travel: int | None = None
    max_metres: int | None = None
    stock: Mapping[str, int] = field(default_factory=dict)
    apprentice: bool = False
    room: Mapping[str, int] = field(default_factory=dict)
    cost_per_work_hour: float = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """The window a customer was told. Starting outside costs `fee` once and `per_hour` of distance to it, in cents."""

    window: Window
    fee: int = 2000
    per_hour: int = 3000


@dataclass(frozen=True, slots=True)
class Deadline:
    """A service level: starting after `by` costs `per_hour`, in cents."""

    by: int
    per_hour: int


@dataclass(frozen=True, slots=True)
class After:
    """Not before `delay` seconds after the end of another visit."""

    visit: str
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Effort:
    """What one technician needs instead: seconds of work, and of setting up."""

    duration: int
    setup: int = 0


@dataclass(frozen=True, slots=True)
class Collect:
    """A stop that must come first on the same route: fetching what the visit needs. `loads` is aboard from here to the visit."""

    place: str
    duration: int
    windows: tuple[Window, ...] = ()
    setup: int = 0
    instead: Mapping[str, Effort] = field(default_factory=dict)
    loads: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """Work at a place. `prize` is what not serving it costs; `crew` is how many technicians must be there at once, each with `parts`.

    `setup` comes on top of the duration unless the stop before is at the same place; `instead` is what single technicians need instead.
    `drops` is aboard from the beginning of the shift to here, `takes` from here to its end.
    """

    id: str
    place: str
    duration: int
    windows: tuple[Window, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    preferred: frozenset[str] = frozenset()
    banned: frozenset[str] = frozenset()
    not_preferred_cost: int = 1500
    prize: int = 300_000
    deadline: Deadline | None = None
    promise: Promise | None = None
    crew: int = 1
    after: tuple[After, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    collect: Collect | None = None
    setup: int = 0
    instead: Mapping[str, Effort] = field(default_factory=dict)
    drops: Mapping[str, int] = field(default_factory=dict)
    takes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lock:
    """This visit stays with this technician; with a window, it also starts within it (both ends the same: exactly then)."""

    visit: str
    technician: str
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Depot:
    """Where parts can be picked up on the way; `handling` is how long that takes."""

    id: str
    place: str
    parts: frozenset[str]
    handling: int = 600
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that is known. `fairness` is what an hour of work above the mean of the technicians costs, in cents."""

    places: tuple[Place, ...]
    technicians: tuple[Technician, ...]
    visits: tuple[Visit, ...]
    travel: Mapping[str, Travel]
    locks: tuple[Lock, ...] = ()
    depots: tuple[Depot, ...] = ()
    fairness: int = 0


METRES_PER_MILE = 1609.344


def effort(technician: Technician, work: Visit | Collect) -> Effort:
    """What this technician needs: at the slowest of their paces for the skills asked (1.2: a fifth longer), or what is said of them."""
    if technician.id in work.instead:
        return work.instead[technician.id]
    paces = [technician.pace[s] for s in work.skills if s in technician.pace] if isinstance(work, Visit) else []
    return Effort(round(work.duration * max(paces)) if paces else work.duration, work.setup)
