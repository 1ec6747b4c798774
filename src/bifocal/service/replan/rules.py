"""What can happen to a day, and what a customer is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bifocal.lib.errors import CannotMove


class Event(StrEnum):
    EMERGENCY = "emergency"
    OVERRUN = "overrun"
    NO_SHOW = "no_show"
    SICK = "sick"
    TIME_OFF = "time_off"
    PARTS = "parts_arrived"


class Choice(StrEnum):
    WAITING = "waiting"
    KEEPS = "keeps_it"
    OTHER = "wants_another"


def new_window(start: datetime, before: tuple[datetime, datetime] | None) -> tuple[datetime, datetime] | None:
    """The window a customer must be told, or None where the old promise holds: as long, from the half hour that the start is in."""
    if before is None or before[0] <= start <= before[1]:
        return None
    begin = start - timedelta(minutes=start.minute % 30, seconds=start.second)
    return begin, begin + (before[1] - before[0])


def check_choice(at: str) -> None:
    """A customer may change their mind until the visit, but not say nothing twice. Raises CannotMove."""
    if at == Choice.OTHER:
        raise CannotMove("You asked for another time already. We will call you.")
