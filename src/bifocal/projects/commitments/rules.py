"""Subcontracts and purchase orders: their states, the gates before they bind and before they are paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bifocal.lib.money import ZERO, dollars


class Sort(StrEnum):
    SUBCONTRACT = "subcontract"
    ORDER = "purchase_order"


class Status(StrEnum):
    DRAFT = "draft"
    OUT_FOR_BID = "out_for_bid"
    OUT_FOR_SIGNATURE = "out_for_signature"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PART_RECEIVED = "partially_received"
    RECEIVED = "received"
    COMPLETE = "complete"
    CLOSED = "closed"
    TERMINATED = "terminated"
    VOID = "void"


S = Status
NEXT: dict[Sort, dict[str, set[str]]] = {
    Sort.SUBCONTRACT: {
        S.DRAFT: {S.OUT_FOR_BID, S.OUT_FOR_SIGNATURE, S.VOID}, S.OUT_FOR_BID: {S.OUT_FOR_SIGNATURE, S.VOID},
        S.OUT_FOR_SIGNATURE: {S.APPROVED, S.VOID}, S.APPROVED: {S.COMPLETE, S.TERMINATED}, S.COMPLETE: set(), S.TERMINATED: set(),
        S.VOID: set(),
    },
    Sort.ORDER: {
        S.DRAFT: {S.SUBMITTED, S.VOID}, S.SUBMITTED: {S.APPROVED, S.VOID},
        S.APPROVED: {S.PART_RECEIVED, S.RECEIVED, S.CLOSED, S.TERMINATED}, S.PART_RECEIVED: {S.PART_RECEIVED, S.RECEIVED, S.CLOSED},
        S.RECEIVED: {S.CLOSED}, S.CLOSED: set(), S.TERMINATED: set(), S.VOID: set(),
    },
}  # fmt: skip
SENT = {Sort.SUBCONTRACT: S.OUT_FOR_SIGNATURE, Sort.ORDER: S.SUBMITTED}
DONE = {Sort.SUBCONTRACT: S.COMPLETE, Sort.ORDER: S.CLOSED}
BINDS = {S.APPROVED, S.PART_RECEIVED, S.RECEIVED, S.COMPLETE, S.CLOSED, S.TERMINATED}
BILLABLE = {S.APPROVED, S.PART_RECEIVED, S.RECEIVED, S.COMPLETE}
PREFIX = {Sort.SUBCONTRACT: "SC-", Sort.ORDER: "PO-"}
NAME = {Sort.SUBCONTRACT: "subcontract", Sort.ORDER: "purchase order"}

CHANGE_NEXT: dict[str, set[str]] = {
    "pricing": {"in_review", "approved", "rejected", "void"}, "in_review": {"approved", "rejected", "void"},
    "approved": set(), "rejected": set(), "void": set(),
}  # fmt: skip


class Paper(StrEnum):
    """What a vendor must have shown us."""

    INSURANCE = "insurance"
    LICENSE = "license"
    W9 = "w9"
    BOND = "bond"


WANTED: dict[Sort, tuple[Paper, ...]] = {Sort.SUBCONTRACT: (Paper.INSURANCE, Paper.W9), Sort.ORDER: ()}
PAPER_NAME = {
    Paper.INSURANCE: "certificate of insurance",
    Paper.LICENSE: "license",
    Paper.W9: "W-9",
    Paper.BOND: "bond",
}


@dataclass(frozen=True)
class Shown:
    """A paper of a vendor; `until` is None where it does not expire."""

    sort: Paper
    until: date | None


def missing(sort: Sort, shown: Sequence[Shown], today: date) -> list[str]:
    """The gate: what a vendor lacks today, in words; empty where nothing stands in the way. A license or bond once shown must hold."""
    out = []
    for paper in (*WANTED[sort], *((Paper.LICENSE, Paper.BOND) if WANTED[sort] else ())):
        dates = [s.until for s in shown if s.sort == paper]
        if not dates and paper in (Paper.LICENSE, Paper.BOND):
            continue
        if not dates:
            out.append(f"no {PAPER_NAME[paper]}")
        elif None not in dates and max(d for d in dates if d) < today:
            out.append(f"{PAPER_NAME[paper]} ran out on {max(d for d in dates if d)}")
    return out


def over_budget(
    lines: Sequence[tuple[str, str, Decimal]], committed: Mapping[tuple[str, str], Decimal], revised: Mapping[tuple[str, str], Decimal]
) -> list[str]:
    """Where buying these lines goes beyond the revised budget of their code and type, in words."""
    bought: dict[tuple[str, str], Decimal] = {}
    for code, cost_type, amount in lines:
        bought[code, cost_type] = bought.get((code, cost_type), ZERO) + amount
    out = []
    for key, amount in bought.items():
        over = committed.get(key, ZERO) + amount - revised.get(key, ZERO)
        if over > 0:
            out.append(f"{key[0]}.{key[1]} by {dollars(over)}")
    return out


def may_approve(total: Decimal, limits: Mapping[str, Decimal], roles: frozenset[str]) -> bool:
    """True unless every role of the actor has a limit below the total; a role without a row has none."""
    if not roles:
        return True
    return any(role not in limits or total <= limits[role] for role in roles)
