"""Writing, sending, executing and ending a commitment."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.engines.progress_billing.statutes import check
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.budget.queries import revised
from bifocal.projects.commitments import queries
from bifocal.projects.commitments.facts import ApprovalLimitSet, CommitmentMoved, CommitmentWritten, VendorPaperShown
from bifocal.projects.commitments.models import ApprovalLimit, Commitment, CommitmentLine, VendorPaper
from bifocal.projects.commitments.rules import DONE, NAME, NEXT, PREFIX, SENT, Paper, Sort, Status, may_approve, over_budget
from bifocal.projects.contracts.models import Contract
from bifocal.projects.register.rules import check_move

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Rate = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]


class CommitmentLineIn(BaseModel):
    """A line of a commitment's schedule of values."""

    item: Annotated[str, Field(min_length=1, max_length=20)]
    description: str
    cost_code: str
    cost_type: Literal["L", "M", "E", "S", "O"] = "S"
    amount: Money


def codes_of(lines: list[CommitmentLineIn]) -> dict[str, CostCode]:
    """The cost codes of these lines. Raises Invalid for an unknown one, or an item that stands twice."""
    found = {c.code: c for c in CostCode.objects.filter(code__in={li.cost_code for li in lines})}
    for n, li in enumerate(lines):
        if li.cost_code not in found:
            raise Invalid(f"There is no cost code '{li.cost_code}'.", field=f"lines.{n}.cost_code")
        if any(li.item == other.item for other in lines[:n]):
            raise Invalid(f"Item {li.item} stands twice.", field=f"lines.{n}.item")
    return found


@command("commitment.write")
def write_commitment(
    *, job: UUID, sort: Sort, vendor: UUID, title: Annotated[str, Field(min_length=1, max_length=160)], lines: list[CommitmentLineIn],
    retainage: Rate = Decimal(0), scope: str = "", due: Date | None = None, actor: Actor, call: Call,
) -> Commitment:  # fmt: skip
    """Write a subcontract or purchase order with its lines by cost code. It commits nothing until it is executed."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "commitment.edit")
    who: Vendor = Vendor.objects.find(vendor, actor)
    if row.lens != "project":
        raise Refused(f"{row.number} is not a project. Promote it first.")
    if not lines:
        raise Invalid(f"A {NAME[sort]} needs at least one line.", field="lines")
    codes, total = codes_of(lines), sum((li.amount for li in lines), ZERO)
    contract = Contract.objects.filter(job=row).first()
    if retainage and contract:
        check(retainage, state=row.site.state, sector="private", signed=contract.signed_on or contract.starts,
              contract_sum=contract.sum, prime_rate=contract.retainage_work)  # fmt: skip
    commitment = Commitment.objects.create(
        job=row, vendor=who, sort=sort, title=title, scope=scope, original_sum=total, sum=total, retainage=retainage, due=due,
        creator_key=actor.key,
    )  # fmt: skip
    CommitmentLine.objects.bulk_create(
        CommitmentLine(commitment=commitment, place=n, item=li.item, description=li.description, cost_code=codes[li.cost_code],
                       cost_type=li.cost_type, amount=li.amount)
        for n, li in enumerate(lines)
    )  # fmt: skip
    record(CommitmentWritten(vendor=who.name, sum=str(total), lines=len(lines)), about=commitment, actor=actor, call=call)
    return commitment


def move(row: Commitment, to: Status, *, actor: Actor, call: Call, reason: str = "", **also: Any) -> Commitment:
    """Move it along its table and write the fact; the number is given when it first goes out."""
    check_move(NEXT[Sort(row.sort)], row.status, to, row.number or f"This {NAME[Sort(row.sort)]}")
    before = row.status
    if not row.number and to != Status.VOID:
        also["number"] = next_number(row.sort, PREFIX[Sort(row.sort)])
    row.change(status=to, **also)
    if row.number:
        remember(row, title=f"{row.number} {row.vendor.name}", detail=f"{row.title} · {row.job.number} · {dollars(row.sum)}")
    record(CommitmentMoved(number=row.number, before=before, after=to, reason=reason), about=row, actor=actor, call=call)
    return row


@command("commitment.bid")
def ask_for_bids(*, commitment: UUID, actor: Actor, call: Call) -> Commitment:
    """Put a subcontract out for bid."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.edit")
    return move(row, Status.OUT_FOR_BID, actor=actor, call=call)


@command("commitment.send")
def send_commitment(*, commitment: UUID, actor: Actor, call: Call) -> Commitment:
    """Send it out for signature, or submit the order: it gets its number and is pending in the budget."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.edit")
    return move(row, SENT[Sort(row.sort)], actor=actor, call=call)


@command("commitment.approve")
def approve_commitment(*, commitment: UUID, override: str = "", executed_on: Date | None = None, actor: Actor, call: Call) -> Commitment:
    """Execute it: its sum is committed. Refused above the actor's limit, and without papers or budget unless a reason is given."""
    found: Commitment = Commitment.objects.find(commitment, actor)
    job = Job.objects.select_for_update().get(pk=found.job_id)  # one at a time per job: two can't both fit the last of the budget
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.approve")
    check_move(NEXT[Sort(row.sort)], row.status, Status.APPROVED, row.number or "It")
    if not may_approve(row.sum, queries.limits(), actor.roles):
        raise Refused(f"{dollars(row.sum)} is above your approval limit. Ask the owner to execute {row.number}.", field="commitment")
    today = executed_on or accounting_day(call.occurred_at, job.branch)
    against = queries.lacks(row.vendor, Sort(row.sort), today)
    plan = revised(job)
    if plan:
        lines = [(li.cost_code.code, li.cost_type, li.amount) for li in row.lines.filter(counts=True).select_related("cost_code")]
        over = over_budget(lines, queries.committed(job), plan)
        against += [f"over budget on {', '.join(over)}"] if over else []
    if against and not override:
        raise Refused(
            f"{row.number} can't be executed: {row.vendor.name}: {'; '.join(against)}. Put it right, or give the reason to go on anyway.",
            field="override", against=against,
        )  # fmt: skip
    return move(row, Status.APPROVED, actor=actor, call=call, reason=override, executed_on=today, override=override if against else "")


@command("commitment.finish")
def finish_commitment(*, commitment: UUID, actor: Actor, call: Call) -> Commitment:
    """The subcontract is complete, or the order closed: a closed order counts with what was billed on it."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.edit")
    return move(row, DONE[Sort(row.sort)], actor=actor, call=call)


@command("commitment.terminate")
def terminate_commitment(*, commitment: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> Commitment:
    """End it before its time: from then on only what was billed counts."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.approve")
    return move(row, Status.TERMINATED, actor=actor, call=call, reason=reason)


@command("commitment.void")
def void_commitment(*, commitment: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> Commitment:
    """Withdraw a commitment that was never executed; its number is not used again."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.edit")
    return move(row, Status.VOID, actor=actor, call=call, reason=reason)


@command("vendor.show")
def show_paper(*, vendor: UUID, sort: Paper, until: Date | None = None, reference: str = "", actor: Actor, call: Call) -> VendorPaper:
    """Keep that a vendor showed a certificate of insurance, license, W-9 or bond, and until when it holds."""
    require(actor, "vendor.papers")
    who: Vendor = Vendor.objects.find(vendor, actor)
    if until is None and sort != Paper.W9:
        raise Invalid("Say until when it holds.", field="until")
    row = VendorPaper.objects.create(vendor=who, sort=sort, until=until, reference=reference)
    record(VendorPaperShown(vendor=who.name, sort=sort, until=str(until or "")), about=who, actor=actor, call=call)
    return row


@command("commitment.limit")
def set_limit(
    *, role: str, amount: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)], actor: Actor, call: Call
) -> dict[str, str]:
    """Set up to what sum a role may execute a commitment."""
    require(actor, "settings.edit")
    from bifocal.core.models import Company
    from bifocal.core.subject import Subject

    ApprovalLimit.objects.update_or_create(role=role, defaults={"amount": amount})
    company = Company.get()
    record(ApprovalLimitSet(role=role, amount=str(amount)), about=Subject("company", UUID(int=company.pk)), actor=actor, call=call)
    return {"kind": "approval_limit", "role": role, "amount": str(amount)}
