"""The spine of RFIs, submittals, change orders, logs and punch items: numbers, ball in court, clocks."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date
from enum import StrEnum

from bifocal.lib.errors import CannotMove


class Sort(StrEnum):
    RFI = "rfi"
    SUBMITTAL = "submittal"
    CHANGE = "change_order"
    LOG = "daily_log"
    PUNCH = "punch"


PREFIX = {Sort.RFI: "RFI-", Sort.SUBMITTAL: "SUB-", Sort.CHANGE: "CO-", Sort.LOG: "LOG-", Sort.PUNCH: "PL-"}
# What turns a sort on for a job that is no project.
CAPABILITY = {Sort.RFI: "rfis", Sort.SUBMITTAL: "submittals", Sort.CHANGE: "changes", Sort.LOG: "log", Sort.PUNCH: "punch"}
NAME = {
    Sort.RFI: "RFI",
    Sort.SUBMITTAL: "submittal",
    Sort.CHANGE: "change order",
    Sort.LOG: "daily log",
    Sort.PUNCH: "punch item",
}


class Ball(StrEnum):
    """Who must act next, as a role of the document; computed from its state, never typed."""

    CREATOR = "creator"
    MANAGER = "manager"
    ASSIGNEE = "assignee"
    REVIEWER = "reviewer"
    NOBODY = ""


def check_move(table: Mapping[str, Set[str]], at: str, to: str, what: str) -> None:
    """Refuse an illegal move in a sentence. Raises CannotMove."""
    if to not in table[at]:
        possible = ", ".join(sorted(s.replace("_", " ") for s in table[at])) or "nothing more"
        raise CannotMove(f"{what} is {at.replace('_', ' ')}; it can't become {to.replace('_', ' ')}. From here: {possible}.")


def overdue(due: date | None, today: date, ball: str) -> bool:
    """Open at somebody and past its day."""
    return bool(ball) and due is not None and today > due
