"""When dates that moved are told: after so much quiet, so that several moves become one message."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

MORE_THAN, SETTLE, REMIND = 1, 60, 2  # days, minutes, days: what a job has that nobody set
LONGEST = 4  # settling times: who edits all day is not waited for any longer


class Way(StrEnum):
    """Whether dates that moved are told without anybody pressing a button."""

    ITSELF = "by_itself"
    ASK = "ask_first"
    BUTTON = "by_button"


def tell_when(now: datetime, first: datetime, settle_minutes: int) -> datetime:
    """When to tell after a move at `now`: after a settling time of quiet, at the latest four of them after the `first` move."""
    settle = timedelta(minutes=settle_minutes)
    return min(now + settle, max(now, first + LONGEST * settle))
