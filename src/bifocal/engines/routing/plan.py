"""What the routing engine answers: routes with every time, what was not served and why, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a route. `kind` is visit or collect; `depot` names where parts were fetched; seconds from the first midnight."""

    visit: str
    arrive: int
    start: int
    finish: int
    travel: int
    metres: int = 0
    kind: str = "visit"
    depot: str = ""

    @property
    def wait(self) -> int:
        """Seconds between arriving and starting, a break taken there included."""
        return self.start - self.arrive


@dataclass(frozen=True, slots=True)
class Pause:
    """A break, or hours somebody is taken elsewhere: from `start` to `end`."""

    id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Route:
    """One technician's shift (`shift` counts from 0): leaves at `leave`, is back at `back`."""

    technician: str
    shift: int
    leave: int
    back: int
    stops: tuple[Stop, ...]
    pauses: tuple[Pause, ...]
    travel: int
    metres: int
    overtime: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """A relaxation for programs: its kind, for whom, how much (seconds, a moment or a number, by kind), the other thing it names, and
    what must be loosened as well. `nothing`: all that is known was tried."""

    kind: str
    people: tuple[str, ...] = ()
    amount: int = 0
    other: str = ""
    also: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True)
class Unserved:
    """A visit that is in no route, why, and the cheapest thing that would help (empty: nothing found), in words and as a `Remedy`."""

    visit: str
    reason: str = ""
    relaxation: str = ""
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Costs:
    """Cents by component; `total` is what the engine makes small."""

    travel: int = 0
    overtime: int = 0
    deadlines: int = 0
    promises: int = 0
    preferences: int = 0
    fairness: int = 0
    call_outs: int = 0
    unserved: int = 0
    work: int = 0

    @property
    def total(self) -> int:
        """The sum of all components."""
        served = (
            self.travel + self.work + self.overtime + self.deadlines + self.promises + self.preferences + self.fairness + self.call_outs
        )
        return served + self.unserved


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes (used shifts only), unserved visits, costs."""

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    costs: Costs
    notes: tuple[str, ...] = field(default=())

    def starts(self) -> dict[str, tuple[str, int]]:
        """(technician, start) of each served visit; of a crew visit its first member's."""
        told: dict[str, tuple[str, int]] = {}
        for route in self.routes:
            for stop in route.stops:
                if stop.kind == "visit":
                    told.setdefault(stop.visit, (route.technician, stop.start))
        return told
