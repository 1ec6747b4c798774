"""The words of the look-ahead and its figure, percent plan complete (Ballard, 'The Last Planner System of Production Control', 2000)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from bifocal.lib.errors import Invalid

LEAST, MOST = 2, 6


class Constrains(StrEnum):
    """What stands in the way of work."""

    INFORMATION = "information"
    MATERIALS = "materials"
    LABOR = "labor"
    PERMIT = "permit"
    INSPECTION = "inspection"


class Missed(StrEnum):
    """Why a promise was not kept."""

    PREREQUISITE = "prerequisite"
    INFORMATION = "information"
    MATERIALS = "materials"
    LABOR = "labor"
    EQUIPMENT = "equipment"
    WEATHER = "weather"
    INSPECTION = "inspection"
    OVERCOMMITTED = "overcommitted"


class Said(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPLACED = "replaced"


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_from(day: date, count: int) -> list[date]:
    """The Mondays of the next 2 to 6 weeks. Raises Invalid for other counts."""
    if not LEAST <= count <= MOST:
        raise Invalid(f"A look-ahead is {LEAST} to {MOST} weeks long.", field="weeks")
    return [monday(day) + timedelta(weeks=n) for n in range(count)]


def ppc(done: Iterable[bool | None]) -> int | None:
    """Percent plan complete: promises kept of all promises that were judged; None before any was."""
    judged = [d for d in done if d is not None]
    return round(100 * sum(judged) / len(judged)) if judged else None
