"""Windows that customers are offered, and how a planned day is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bifocal.lib.places import Point

NOTICE = timedelta(minutes=30)  # nobody is promised sooner than this
LONGEST_OVERTIME = 2 * 3600  # seconds after the shift that may be planned
OVERTIME_FACTOR = 1.5  # what an hour past the shift costs, times the rate
CENTS_PER_MILE = 70  # IRS standard mileage rate of 2025
AROUND = 30 * 60  # seconds: a planned start that nobody was told a window for may move so far for nothing
PROMISE_FEE, CONFIRMED_FEE = 2_000, 10_000  # cents of breaking a promise, and one that the customer has confirmed
Span = tuple[int, int]
USUAL_RATE = 4500  # cents an hour where nobody's pay rate is known


@dataclass(frozen=True)
class Need:
    """What a caller needs: how long, which skill, where, for which customer, in which zone, how many at once."""

    minutes: int
    skill: str = ""
    point: Point | None = None
    customer: int | None = None
    zone: str = ""
    people: int = 1


def prize_of(priority: int) -> int:
    """Cents that leaving a call undone costs, by its priority (1 is an emergency): it decides who gives way."""
    return {1: 900_000, 2: 600_000}.get(priority, 300_000)


def still_open(windows: list[tuple[datetime, datetime]], now: datetime) -> list[tuple[datetime, datetime]]:
    """Windows that can still be promised: cut to the moment after the notice, at the next quarter of an hour; gone ones left out."""
    soon = now + NOTICE
    soon = soon.replace(second=0, microsecond=0) + timedelta(minutes=-soon.minute % 15)
    return [(max(start, soon), end) for start, end in windows if end - max(start, soon) >= NOTICE]


def forced(stops: list[Span], drives: list[int], opens: int, busy: list[Span]) -> list[int]:
    """The latest start each stop of a day needs to hold as it stands, in seconds.

    `stops` are (planned start, length) in order, `drives` the seconds to reach each, `busy` (start, end) of hours taken elsewhere. A plan
    that left too little time between two calls runs late by itself; a new call must not be refused for that, nor make it worse.
    """
    at, late, taken = opens, [], sorted(busy)
    for (start, length), drive in zip(stops, drives, strict=True):
        while taken and taken[0][0] < start:
            begin, end = taken.pop(0)
            drive -= min(drive, max(0, begin - at))
            at = max(at, end)
        late.append(max(start, at + drive))
        at = late[-1] + length
    return late


def outside(busy: Span, stops: list[Span]) -> list[Span]:
    """What is left of busy hours when the times of calls that were planned into them are cut out."""
    left = [busy]
    for start, end in stops:
        left = [p for s, e in left for p in ((s, min(e, start)), (max(s, end), e)) if p[0] < p[1]]
    return left
