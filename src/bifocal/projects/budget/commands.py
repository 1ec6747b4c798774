"""The budget: every write."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO
from bifocal.projects.budget.facts import BudgetChanged, BudgetSet, BudgetTransferred
from bifocal.projects.budget.models import BudgetLine, BudgetMove
from bifocal.projects.register.models import Document

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
CostType = Literal["L", "M", "E", "S", "O"]


class BudgetIn(BaseModel):
    """An amount for a cost code and cost type."""

    cost_code: str
    cost_type: CostType
    amount: Money


def line_of(job: Job, cost_code: str, cost_type: str) -> BudgetLine:
    """The budget line of this key, made where there is none. Raises Invalid for an unknown cost code."""
    code = CostCode.objects.filter(code=cost_code).first()
    if code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    line, _ = BudgetLine.objects.get_or_create(job=job, cost_code=code, cost_type=cost_type)
    return line


def _move(line: BudgetLine, sort: str, amount: Decimal, actor: Actor, reason: str = "", source: UUID | None = None) -> None:
    BudgetMove.objects.create(line=line, sort=sort, amount=amount, by=actor.name, reason=reason, source_uid=source)


@command("budget.set")
def set_budget(*, job: UUID, lines: list[BudgetIn], actor: Actor, call: Call) -> dict[str, Any]:
    """Set a project's original budget by cost code and type, once; from then on it moves by transfer and change order."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "budget.edit")
    if BudgetLine.objects.filter(job=row, locked=True).exists():
        raise Refused(f"The budget of {row.number} is locked. Use a transfer or a change order.")
    BudgetMove.objects.filter(line__job=row).delete()
    total = ZERO
    for entry in lines:
        _move(line_of(row, entry.cost_code, entry.cost_type), "original", entry.amount, actor)
        total += entry.amount
    BudgetLine.objects.filter(job=row).update(locked=True)
    record(BudgetSet(total=str(total), lines=len(lines)), about=row, actor=actor, call=call)
    return {"kind": "budget", "job": str(row.uid), "total": total, "lines": len(lines)}


@command("budget.transfer")
def transfer_budget(
    *,
    job: UUID,
    from_code: str,
    from_type: CostType,
    to_code: str,
    to_type: CostType,
    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)],
    reason: str,
    actor: Actor,
    call: Call,
) -> dict[str, Any]:
    """Move budget between two lines of one project; the project's total does not change."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "budget.edit")
    source, target = line_of(row, from_code, from_type), line_of(row, to_code, to_type)
    _move(source, "transfer", -amount, actor, reason)
    _move(target, "transfer", amount, actor, reason)
    told = BudgetTransferred(amount=str(amount), frm=f"{from_code}.{from_type}", to=f"{to_code}.{to_type}", reason=reason)
    record(told, about=row, actor=actor, call=call)
    return {"kind": "budget", "job": str(row.uid), "moved": amount}


def apply_change(job: Job, document: Document, costs: list[BudgetIn], *, actor: Actor, call: Call) -> None:
    """An approved change order's cost, by cost code, in the caller's transaction."""
    require(actor, "budget.change")
    total = ZERO
    for entry in costs:
        _move(line_of(job, entry.cost_code, entry.cost_type), "change", entry.amount, actor, document.number, document.uid)
        total += entry.amount
    record(BudgetChanged(amount=str(total), change=document.number), about=job, actor=actor, call=call)
