"""A subcontractor's application and its waivers: states, and what stands between approval and the check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.money import ZERO, dollars


class Status(StrEnum):
    INVITED = "invited"
    DRAFT = "draft"
    REVIEW = "under_review"
    REVISE = "revise_and_resubmit"
    APPROVED = "approved"
    AS_NOTED = "approved_as_noted"
    VOID = "void"


S = Status
NEXT: dict[str, set[str]] = {
    S.INVITED: {S.DRAFT, S.REVIEW, S.VOID}, S.DRAFT: {S.DRAFT, S.REVIEW, S.VOID}, S.REVISE: {S.DRAFT, S.REVIEW, S.VOID},
    S.REVIEW: {S.REVISE, S.APPROVED, S.AS_NOTED}, S.APPROVED: set(), S.AS_NOTED: set(), S.VOID: set(),
}  # fmt: skip
EDITABLE = {S.INVITED, S.DRAFT, S.REVISE}
OPEN = {S.INVITED, S.DRAFT, S.REVIEW, S.REVISE}
DONE = {S.APPROVED, S.AS_NOTED}


class Waiver(StrEnum):
    """The four: conditional goes out with the application, unconditional only after the money has cleared."""

    CONDITIONAL_PROGRESS = "conditional_progress"
    UNCONDITIONAL_PROGRESS = "unconditional_progress"
    CONDITIONAL_FINAL = "conditional_final"
    UNCONDITIONAL_FINAL = "unconditional_final"


UNCONDITIONAL = {Waiver.UNCONDITIONAL_PROGRESS, Waiver.UNCONDITIONAL_FINAL}
AFTER = {
    Waiver.CONDITIONAL_PROGRESS: Waiver.UNCONDITIONAL_PROGRESS,
    Waiver.CONDITIONAL_FINAL: Waiver.UNCONDITIONAL_FINAL,
}

WAIVER_NEXT: dict[str, set[str]] = {
    "required": {"signed", "void"},
    "signed": {"effective", "void"},
    "effective": {"superseded"},
    "superseded": set(),
    "void": set(),
}


@dataclass(frozen=True)
class Signed:
    """A waiver as the gate sees it."""

    sort: Waiver
    status: str
    amount: Decimal
    through: date


def waived(waivers: Sequence[Signed]) -> Decimal:
    """How much of the payment the signed conditional waivers cover."""
    return sum((w.amount for w in waivers if w.sort not in UNCONDITIONAL and w.status in ("signed", "effective", "superseded")), ZERO)


def against_payment(net: Decimal, paying: Decimal, waivers: Sequence[Signed], owed: Sequence[int], lacks: Sequence[str]) -> list[str]:
    """What holds the check, in words: papers that ran out, waivers that are missing or cover less, applications paid and not waived.

    `owed`: numbers of earlier applications whose payment cleared and whose unconditional waiver is not signed.
    """
    out = list(lacks)
    covered = waived(waivers)
    if covered == 0:
        out.append("its conditional waiver is not signed")
    elif paying > covered:
        out.append(f"its conditional waiver covers {dollars(covered)} of {dollars(net)}")
    if owed:
        out.append(f"the unconditional waiver for application {', '.join(map(str, owed))} is missing")
    return out


def against_suppliers(net: Decimal, paying: Decimal, missing: Sequence[tuple[str, Decimal | None]]) -> list[str]:
    """Suppliers whose waiver is not signed, with what each is owed: all of the check where that is not known, else what goes into it."""
    out = [f"the waiver of {who} is not signed" for who, owed in missing if owed is None]
    known = sum((owed for _, owed in missing if owed is not None), ZERO)
    if known and paying > net - known:
        named = ", ".join(f"{who} ({dollars(owed)})" for who, owed in missing if owed is not None)
        out.append(f"the waiver of {named} is not signed: {dollars(net - known)} of {dollars(net)} may go")
    return out


def decided(claimed: Sequence[Decimal], approved: Sequence[Decimal]) -> Status:
    """Approved whole, or as noted where any line got less than was claimed."""
    return Status.APPROVED if list(claimed) == list(approved) else Status.AS_NOTED
