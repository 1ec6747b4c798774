"""Contracts: every write."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.progress_billing.statutes import check
from bifocal.kernel.jobs import commands as jobs
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.jobs.rules import Work
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.contracts.facts import CodesMapped, ContractMoved, ContractSumChanged, ContractWritten
from bifocal.projects.contracts.models import Contract, SovCode, SovLine
from bifocal.projects.contracts.rules import NEXT, ContractStatus, OurRole, check_shares, unit_value
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import check_move

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Rate = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]


class CodeShare(BaseModel):
    """A share of a line on a cost code."""

    cost_code: str
    share: Annotated[Decimal, Field(gt=0, le=1, max_digits=6, decimal_places=4)]


class SovIn(BaseModel):
    """A line of the schedule of values: an amount, or a quantity at its unit price; on one cost code, or shared over several."""

    item: str
    description: str
    scheduled_value: Money | None = None
    quantity: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3)] | None = None
    unit: Annotated[str, Field(max_length=10)] = ""
    unit_price: Annotated[Decimal, Field(max_digits=12, decimal_places=2)] | None = None
    cost_code: str = ""
    codes: list[CodeShare] = []
    retainage_work: Rate | None = None
    retainage_stored: Rate | None = None

    @property
    def value(self) -> Decimal:
        """Its scheduled value. Raises Invalid where amount and unit price disagree."""
        return unit_value(self.item, self.quantity, self.unit_price, self.scheduled_value)


class LineCodes(BaseModel):
    """The cost codes of one line; none: its own code alone."""

    item: str
    codes: list[CodeShare]


@command("contract.write")
def write_contract(
    *, job: UUID, number: str, sum: Money, lines: list[SovIn], our_role: OurRole = OurRole.PRIME,
    retainage_work: Rate = Decimal("0.10"), retainage_stored: Rate = Decimal("0.10"), starts: Date, days: int = 0,
    inclusions: str = "", exclusions: str = "", sector: Literal["private", "public"] = "private", actor: Actor, call: Call,
) -> Contract:  # fmt: skip
    """Write a project's contract with its schedule of values. Refused unless the lines add up to the sum.

    Retainage above the statute of the site's state (a dated table; verify with counsel) is refused.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "contract.edit")
    if row.lens != "project":
        raise Refused(f"{row.number} is not a project. Promote it first.")
    highest = max(retainage_work, retainage_stored, *(r for li in lines for r in (li.retainage_work, li.retainage_stored) if r is not None))
    check(highest, state=row.site.state, sector=sector, signed=starts, contract_sum=sum)
    return write(
        row, number=number, total=sum, lines=lines, our_role=our_role, retainage=(retainage_work, retainage_stored), starts=starts,
        days=days, texts=(inclusions, exclusions), actor=actor, call=call,
    )  # fmt: skip


def write(
    job: Job, *, number: str, total: Decimal, lines: list[SovIn], our_role: OurRole, retainage: tuple[Decimal, Decimal],
    starts: Date, days: int, texts: tuple[str, str], actor: Actor, call: Call, before: str = "",
) -> Contract:  # fmt: skip
    """The contract and its lines, for the command, promotion and imports. `before` is the item of prior work, if any."""
    if Contract.objects.filter(job=job).exists():
        raise Refused(f"{job.number} has a contract already. Change it by a change order.")
    added = _sum(lines)
    if added != total:
        raise Invalid(
            f"The schedule of values adds up to {dollars(added)}, the contract sum is {dollars(total)}:"
            f" {dollars(total - added)} is missing.", field="lines",
        )  # fmt: skip
    items = [li.item for li in lines]
    twice = next((i for i in items if items.count(i) > 1), None)
    if twice:
        raise Invalid(f"Item {twice} stands twice in the schedule of values.", field="lines")
    contract = Contract.objects.create(
        job=job, number=number, our_role=our_role, original_sum=total, sum=total, retainage_work=retainage[0],
        retainage_stored=retainage[1], starts=starts, days=days,
        completion=starts + timedelta(days=days) if days else None, inclusions=texts[0], exclusions=texts[1],
    )  # fmt: skip
    codes = {c.code: c for c in CostCode.objects.filter(code__in={li.cost_code for li in lines})}
    SovLine.objects.bulk_create([
        SovLine(
            contract=contract, place=n, item=li.item, description=li.description, scheduled_value=li.value,
            quantity=li.quantity, unit=li.unit, unit_price=li.unit_price, cost_code=codes.get(li.cost_code),
            retainage_work=li.retainage_work, retainage_stored=li.retainage_stored,
            before_contract=li.item == before,
        )
        for n, li in enumerate(lines)
    ])  # fmt: skip
    _share(contract, {li.item: li.codes for li in lines if li.codes})
    told = ContractWritten(number=number, sum=str(total), our_role=our_role)
    record(told, about=contract, actor=actor, call=call)
    return contract


def _share(contract: Contract, wanted: dict[str, list[CodeShare]]) -> None:
    """Put the shares of these lines in place of those they had. Raises Invalid."""
    rows = {row.item: row for row in contract.sov.filter(item__in=wanted)}
    codes = {c.code: c for c in CostCode.objects.filter(code__in={s.cost_code for shares in wanted.values() for s in shares})}
    new = []
    for item, shares in wanted.items():
        if item not in rows:
            raise Invalid(f"The schedule of values has no item {item}.", field="lines")
        check_shares(item, [(s.cost_code, s.share) for s in shares])
        missing = next((s.cost_code for s in shares if s.cost_code not in codes), None)
        if missing is not None:
            raise Invalid(f"There is no cost code '{missing}'.", field="codes")
        new += [SovCode(sov=rows[item], cost_code=codes[s.cost_code], share=s.share) for s in shares]
    SovCode.objects.filter(sov__in=rows.values()).delete()
    SovCode.objects.bulk_create(new)


@command("contract.map")
def map_codes(*, contract: UUID, lines: list[LineCodes], actor: Actor, call: Call) -> Contract:
    """Say which cost codes stand behind lines of the schedule of values, with their shares; what was billed does not change."""
    row: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, "contract.edit")
    _share(row, {li.item: li.codes for li in lines})
    record(CodesMapped(items=[li.item for li in lines]), about=row, actor=actor, call=call)
    return row


def _sum(lines: list[SovIn]) -> Decimal:
    total = ZERO
    for line in lines:
        total += line.value
    return total


@command("contract.sign")
def sign_contract(*, contract: UUID, signed_on: Date | None = None, actor: Actor, call: Call) -> Contract:
    """The contract is executed: the project can start and bill."""
    row: Contract = Contract.objects.locked(contract, actor, call)
    require(actor, "contract.edit")
    check_move(NEXT, row.status, ContractStatus.APPROVED, f"Contract {row.number}")
    before = row.status
    row.change(status=ContractStatus.APPROVED, signed_on=signed_on or accounting_day(call.occurred_at, row.job.branch))
    job: Job = Job.objects.select_for_update().get(pk=row.job_id)
    if job.work_status in (Work.OPEN, Work.SCHEDULED):
        inner = actor.within("contract.sign")
        jobs.move_job(job, Work.IN_PROGRESS, actor=inner, call=call, reason="contract signed", started_at=call.occurred_at)
    record(ContractMoved(before=before, after=row.status), about=row, actor=actor, call=call)
    return row


def apply_change(contract: Contract, document: Document, lines: list[SovIn], days: int, *, actor: Actor, call: Call) -> Contract:
    """An approved change order's share in the contract: lines appended, sum and days moved, in the caller's transaction."""
    require(actor, "contract.change")
    place = contract.sov.count()
    codes = {c.code: c for c in CostCode.objects.filter(code__in={li.cost_code for li in lines})}
    for n, li in enumerate(lines):
        SovLine.objects.create(
            contract=contract, place=place + n, item=li.item, description=li.description, cost_code=codes.get(li.cost_code),
            scheduled_value=li.value, change=document,
        )  # fmt: skip
    before, total = contract.sum, contract.sum + _sum(lines)
    completion = contract.completion + timedelta(days=days) if contract.completion else None
    contract.change(sum=total, days=max(contract.days + days, 0), completion=completion)
    told = ContractSumChanged(before=str(before), after=str(total), days=days, change=document.number)
    record(told, about=contract, actor=actor, call=call)
    return contract
