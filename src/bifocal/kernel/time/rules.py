"""Time segments: states, and what an hour costs and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bifocal.core.subject import Subject
from bifocal.kernel.ledger.rules import Acc, Line, credit, debit
from bifocal.lib.money import extend


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    APPROVED = "approved"
    DISPUTED = "disputed"


class Activity(StrEnum):
    DRIVE = "drive"
    WORK = "work"
    BREAK = "break"
    SHOP = "shop"


NEXT = {
    Status.OPEN: {Status.CLOSED},
    Status.CLOSED: {Status.APPROVED},
    Status.APPROVED: set(),
    Status.DISPUTED: {Status.CLOSED},
}
ACCEPTED = (Status.OPEN, Status.CLOSED, Status.APPROVED)


@dataclass(frozen=True)
class HourCost:
    """What one hour costs: cash, burden, the class it was paid under, and why."""

    pay_class: str
    rate: Decimal
    burden: Decimal
    reason: str


def resolve(base: tuple[str, Decimal, Decimal] | None, wage: tuple[str, Decimal, Decimal] | None, *, activity: str) -> HourCost:
    """The higher of the person's own rate and the job's wage determination; drive between sites is at the own rate.

    `base` and `wage` are (pay class, cash per hour, burden or fringe per hour), or None where there is none.
    """
    if base is None:
        return HourCost("unrated", Decimal(0), Decimal(0), "no pay rate is in force for this person that day")
    own, cash, burden = base
    if activity != Activity.WORK or wage is None:
        why = "own rate" if wage is None else "drive is paid at the own rate, the determination covers work on the site"
        return HourCost(own, cash, burden, why)
    site, basic, fringe = wage
    if cash + burden >= basic + fringe and cash >= basic:
        return HourCost(own, cash, burden, f"own rate, above the determination '{site}' ({basic} + {fringe})")
    return HourCost(site, max(basic, cash), max(fringe, burden), f"wage determination '{site}' of the job: {basic} + {fringe}")


def post_time(
    *, segment: Subject, hours: Decimal, cost: HourCost, job_account: str | None, dims: dict[str, int | None]
) -> tuple[Line, ...]:
    """Postings L1 and L5: labor and burden to the job (or indirect labor), against the two clearings."""
    pay, load = extend(hours, cost.rate), extend(hours, cost.burden)
    person = {"person_id": dims.get("person_id"), "branch_id": dims.get("branch_id")}
    if job_account is None:
        debits = [debit(Acc.INDIRECT_LABOR, pay, quantity=hours, **dims), debit(Acc.INDIRECT_LABOR, load, **dims)]
    elif job_account == Acc.LABOR:
        debits = [debit(Acc.LABOR, pay, quantity=hours, **dims), debit(Acc.BURDEN, load, **dims)]
    else:
        debits = [debit(job_account, pay, quantity=hours, **dims), debit(job_account, load, **dims)]
    return (*debits, credit(Acc.PAYROLL_CLEARING, pay, **person), credit(Acc.BURDEN_APPLIED, load, **person))
