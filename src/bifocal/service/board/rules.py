"""Who fits where, and what a day of visits comes to: pure decisions about spots on the board. Seconds, minutes, degrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from bifocal.engines.routing.travel import drive_seconds
from bifocal.lib.periods import TimeRange
from bifocal.lib.places import Point

Drive = Callable[[Point | None, Point | None], int]  # seconds between two places, 0 where one is not known
OVERTIME_CENTS, DRIVE_CENTS, LATE_CENTS = 7500, 4500, 3000  # an hour
LATE_FEE_CENTS = 2000  # a customer whose window is missed, once


class Scope(StrEnum):
    """What an optimisation may touch."""

    DAY = "day"
    TECHNICIAN = "technician"
    SELECTION = "selection"
    UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row does not fit, or fits badly: a word for programs and what fills the sentence. `hard`: the drop is refused."""

    code: str
    hard: bool
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spot:
    """One person's stretch of time. `site` and `window` are a visit's; `visit` is empty for project days and time off."""

    start: datetime
    end: datetime
    label: str
    firm: bool = True
    visit: str = ""
    site: Point | None = None
    window: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A skill somebody holds, and until which day (that day included)."""

    level: int
    expires: date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A visit that is about to be dropped somewhere."""

    visit: str
    during: TimeRange
    skill: str = ""
    zone: str = ""
    site: Point | None = None
    window: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody's row: what they hold, where they work, what the day has for them already. `shift` is None on a day off."""

    name: str
    dispatchable: bool
    skills: Mapping[str, Held]
    spots: Sequence[Spot]
    shift: TimeRange | None
    zones: frozenset[str] = frozenset()
    banned: str | None = None
    home: Point | None = None
    drive: Drive = drive_seconds


def reasons(want: Wanted, who: Candidate, on: date) -> list[Reason]:
    """Everything that speaks against dropping a visit on somebody's row: what is refused first, then what to think of."""
    found = [*_may(want, who, on), *_taken(want, who)]
    return [*found, *_drives(want, who), *_hours(want, who), *_soft(want, who)]


def _may(want: Wanted, who: Candidate, on: date) -> list[Reason]:
    found = [] if who.dispatchable else [Reason("not_dispatched", True)]
    if who.banned is not None:
        found.append(Reason("banned", True, {"why": who.banned}))
    held = who.skills.get(want.skill) if want.skill else None
    if want.skill and held is None:
        found.append(Reason("skill", True, {"skill": want.skill}))
    elif held is not None and held.expires is not None and held.expires < on:
        found.append(Reason("expired", True, {"skill": want.skill, "on": held.expires}))
    return found


def _taken(want: Wanted, who: Candidate) -> list[Reason]:
    for spot in who.spots:
        if spot.visit != want.visit and spot.firm and spot.start < want.during.end and want.during.start < spot.end:
            return [Reason("taken", True, {"label": spot.label, "until": spot.end})]
    return []


def _drives(want: Wanted, who: Candidate) -> list[Reason]:
    """The drive there and the drive on: too long for the gap, or worth knowing."""
    before = max((s for s in who.spots if s.visit != want.visit and s.end <= want.during.start), key=lambda s: s.end, default=None)
    after = min((s for s in who.spots if s.visit != want.visit and s.start >= want.during.end), key=lambda s: s.start, default=None)
    there = who.drive(before.site if before else who.home, want.site)
    found = []
    if before and before.site and there > (gap := (want.during.start - before.end).total_seconds()):
        found.append(Reason("drive_there", False, {"minutes": _up(there), "late": _up(there - gap), "label": before.label}))
    elif there:
        found.append(Reason("drive", False, {"minutes": _up(there)}))
    on = who.drive(want.site, after.site) if after else 0
    if after and on > (gap := (after.start - want.during.end).total_seconds()):
        found.append(Reason("drive_on", False, {"minutes": _up(on), "late": _up(on - gap), "label": after.label}))
    return found


def _hours(want: Wanted, who: Candidate) -> list[Reason]:
    if who.shift is None:
        return [Reason("day_off", False)]
    over = (want.during.end - max(who.shift.end, want.during.start)).total_seconds()
    early = (min(who.shift.start, want.during.end) - want.during.start).total_seconds()
    found = [Reason("overtime", False, {"minutes": _up(over)})] if over > 0 else []
    return [*found, Reason("early", False, {"minutes": _up(early)})] if early > 0 else found


def _soft(want: Wanted, who: Candidate) -> list[Reason]:
    found = []
    if want.zone and who.zones and want.zone not in who.zones:
        found.append(Reason("zone", False, {"zone": want.zone}))
    if want.window and not want.window[0] <= want.during.start <= want.window[1]:
        found.append(Reason("promise", False, {"from": want.window[0], "to": want.window[1]}))
    return found


def _up(seconds: float) -> int:
    return -(-int(seconds) // 60)


@dataclass(frozen=True, slots=True)
class Measures:
    """What a plan comes to, in minutes: driving, late to promised windows, past the shift; customers late; visits without a time."""

    drive: int = 0
    late: int = 0
    overtime: int = 0
    customers_late: int = 0
    unserved: int = 0
    unserved_cents: int = 0

    @property
    def cents(self) -> int:
        """One figure to compare by: driving, overtime and lateness at their prices, unserved visits at what each is worth."""
        hours = self.drive * DRIVE_CENTS + self.overtime * OVERTIME_CENTS + self.late * LATE_CENTS
        return hours // 60 + self.customers_late * LATE_FEE_CENTS + self.unserved_cents


def measure(days: Iterable[tuple[Candidate, Sequence[Spot]]], unserved: Sequence[int] = ()) -> Measures:
    """Add up person-days; `unserved` is what each visit without a time is worth, in cents.

    A drive that does not fit its gap pushes what follows: that is how late the technician will really be.
    """
    drive = late = overtime = customers = 0
    for who, spots in days:
        got = _day(who, sorted(spots, key=lambda s: s.start))
        drive, late, overtime, customers = drive + got[0], late + got[1], overtime + got[2], customers + got[3]
    return Measures(_up(drive), _up(late), _up(overtime), customers, len(unserved), sum(unserved))


def _day(who: Candidate, spots: Sequence[Spot]) -> tuple[int, int, int, int]:
    """Seconds of driving, of lateness, of overtime, and how many customers wait past their window."""
    drive = late = customers = 0
    at, free, pushed = who.home, None, None
    for spot in spots:
        leg = who.drive(at, spot.site) if spot.site else 0
        drive += leg
        start = max(spot.start, free + timedelta(seconds=leg)) if free else spot.start
        over = (start - spot.window[1]).total_seconds() if spot.window else 0
        if over > 0:
            late, customers = late + int(over), customers + 1
        free, at = start + (spot.end - spot.start), spot.site or at
        pushed = free if spot.visit else pushed
    drive += who.drive(at, who.home) if who.home and any(s.site for s in spots) else 0
    worked = sum((s.end - s.start).total_seconds() for s in spots if s.visit)
    over = worked if who.shift is None else max(0.0, (pushed - who.shift.end).total_seconds()) if pushed else 0.0
    return drive, late, int(over), customers


def legs(home: Point | None, spots: Sequence[Spot], drive: Drive = drive_seconds) -> list[tuple[datetime, datetime, int, bool]]:
    """The drives to draw on a row: when it must be left, when the visit starts, minutes, and whether the gap holds it."""
    found = []
    known = [s for s in sorted(spots, key=lambda s: s.start) if s.site]
    if known and (first := drive(home, known[0].site)):
        found.append((known[0].start - timedelta(seconds=first), known[0].start, _up(first), True))
    for a, b in pairwise(known):
        if leg := drive(a.site, b.site):
            fits = a.end + timedelta(seconds=leg) <= b.start
            found.append((b.start - timedelta(seconds=leg) if fits else a.end, b.start, _up(leg), fits))
    return found


def moved_window(window: tuple[datetime, datetime], start: datetime) -> tuple[datetime, datetime] | None:
    """The window a customer has to be told when the start leaves the promised one: as long, from the hour of the start; else None."""
    if window[0] <= start <= window[1]:
        return None
    first = start.replace(minute=0, second=0, microsecond=0)
    return first, first + (window[1] - window[0])
