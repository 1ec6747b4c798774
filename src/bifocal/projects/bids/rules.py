"""A bid package's states, and what may still be bid."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bifocal.lib.errors import Refused


class Status(StrEnum):
    DRAFT = "draft"
    OUT = "out_for_bid"
    AWARDED = "awarded"
    VOID = "void"


NEXT: dict[str, set[str]] = {
    Status.DRAFT: {Status.OUT, Status.VOID},
    Status.OUT: {Status.AWARDED, Status.VOID},
    Status.AWARDED: set(),
    Status.VOID: set(),
}


class Answer(StrEnum):
    """What an invited bidder did."""

    INVITED = "invited"
    BID = "bid_given"
    PASSED = "will_not_bid"


def lateness(at: datetime, due: datetime, accepts_late: bool, status: str) -> bool:
    """Whether a bid is late. Raises Refused where it can't be taken any more."""
    if status == Status.AWARDED:
        raise Refused("This package is awarded: no bid can be given any more.")
    if status != Status.OUT:
        raise Refused("This package is not out for bid.")
    late = at > due
    if late and not accepts_late:
        raise Refused(f"Bids were due {due:%B %-d}: this package takes none later. Please call us.")
    return late


def opened(sealed: bool, due: datetime, now: datetime) -> bool:
    """Whether prices may be looked at: sealed ones only when they are due."""
    return not sealed or now >= due


def needs_reason(rank: int | None) -> bool:
    """An award to anybody but the complete low bidder is given with the reason."""
    return rank != 1
