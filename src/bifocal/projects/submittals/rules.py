"""The submittal's states (section 2.2), review codes and dates."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from bifocal.lib.errors import CannotMove
from bifocal.projects.register.rules import Ball

NEXT: dict[str, set[str]] = {
    "draft": {"required", "void"},
    "required": {"in_review", "void"},
    "in_review": {"in_review", "required", "returned", "void"},
    "returned": {"closed", "void"},
    "closed": set(),
    "void": set(),
}
BALL = {
    "draft": Ball.CREATOR,
    "required": Ball.SUBMITTER,
    "in_review": Ball.REVIEWER,
    "returned": Ball.MANAGER,
    "closed": Ball.NOBODY,
    "void": Ball.NOBODY,
}


class Code(StrEnum):
    APPROVED = "approved"
    AS_NOTED = "approved_as_noted"
    RECORD = "for_record_only"
    REVISE = "revise_and_resubmit"
    REJECTED = "rejected"


STOPS = {Code.REVISE, Code.REJECTED}
# Codes that other steps leave behind; they decide nothing.
NEUTRAL = ("submitted", "forwarded", "not_sent_on")
PROCUREMENT = ("to_order", "ordered", "in_fabrication", "shipped", "on_site")


def overall(codes: list[str]) -> str:
    """The worst code of all reviewers decides."""
    order = [Code.REJECTED, Code.REVISE, Code.AS_NOTED, Code.APPROVED, Code.RECORD]
    return next((c for c in order if c in codes), "")


def check_procurement(at: str, to: str) -> None:
    """Ordered, fabricated, shipped, on site: forward only; a stage may be skipped. Raises CannotMove."""
    if at not in PROCUREMENT:
        raise CannotMove("Nothing can be ordered on this submittal: it is not closed with a code that lets the work go on.")
    if PROCUREMENT.index(to) <= PROCUREMENT.index(at):
        raise CannotMove(f"It is {at.replace('_', ' ')} already; it can't go back to {to.replace('_', ' ')}.")


def submit_by(on_site: date, *, lead_days: int, design_days: int, internal_days: int) -> dict[str, date]:
    """Back from the day it must be on site, in calendar days (checked example in section 2.2)."""
    returned = on_site - timedelta(days=lead_days)
    internal = returned - timedelta(days=design_days)
    return {
        "planned_return": returned,
        "internal_complete": internal,
        "submit_by": internal - timedelta(days=internal_days),
    }
