"""Half-open ranges of time and the working week. Aware datetimes only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from bifocal.lib.errors import Invalid


@dataclass(frozen=True)
class TimeRange:
    """From `start` (included) to `end` (excluded)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise Invalid("A time needs its zone, like 2026-11-23T08:00:00-05:00.", field="start")
        if self.end <= self.start:
            raise Invalid("The end must be after the start.", field="end")

    def overlaps(self, other: TimeRange) -> bool:
        """True where both share an instant; touching ends do not."""
        return self.start < other.end and other.start < self.end

    @property
    def hours(self) -> Decimal:
        """Length in hours, to 4 places."""
        return hours_between(self.start, self.end)


def clock(at: time | datetime, *, short: bool = False) -> str:
    """An hour as the trade says it: '7:00 am', or '7 am' where `short`. A moment must be in the zone it is told in."""
    told = at.strftime("%-I:%M %p").lower()
    return told.replace(":00", "") if short else told


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Hours from start to end, to 4 places (half-up)."""
    seconds = Decimal(int((end - start).total_seconds()))
    return (seconds / 3600).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def days(first: date, last: date) -> Iterator[date]:
    """Every date from first to last, both included."""
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def month_start(day: date) -> date:
    """The first of the month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first of the next month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
