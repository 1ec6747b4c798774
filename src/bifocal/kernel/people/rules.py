"""What may happen in the one calendar."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from bifocal.lib.periods import TimeRange, clock


class Firmness(StrEnum):
    TENTATIVE = "tentative"
    FIRM = "firm"
    DOUBLE_BOOKED = "double_booked"


class AllocationKind(StrEnum):
    VISIT = "visit"
    PROJECT_DAY = "project_day"
    TIME_OFF = "time_off"
    SHOP = "shop"


def taken_sentence(name: str, label: str, until: datetime, tz_name: str) -> str:
    """Who holds somebody, until when, and what to do: the words of a refused booking."""
    from zoneinfo import ZoneInfo

    local = until.astimezone(ZoneInfo(tz_name))
    return (
        f"{name} is on {label} until {local:%a %-d %b} {clock(local, short=True)}."
        " Pick another person, another time, or ask who holds them to release them."
    )


def skill_holds(level: int, needed: int, expires: date | None, on: date) -> bool:
    """A skill counts at its level and until the day it expires (that day included)."""
    return level >= needed and (expires is None or expires >= on)


def free_slots(window: TimeRange, taken: list[TimeRange]) -> list[TimeRange]:
    """What is left of `window` when `taken` is cut out, in order."""
    left, at = [], window.start
    for busy in sorted(taken, key=lambda r: r.start):
        if busy.start > at and busy.start <= window.end:
            left.append(TimeRange(at, min(busy.start, window.end)))
        at = max(at, busy.end)
        if at >= window.end:
            return left
    left.append(TimeRange(at, window.end))
    return left
