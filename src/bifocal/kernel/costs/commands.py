"""Moving cost between jobs, across lenses (decision 20)."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.kernel.costs.facts import CostMoved, CostMoveUndone
from bifocal.kernel.costs.models import CostTransfer, CostTransferLine
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.jobs.rules import Work
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.commands import COLUMNS
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.ledger.rules import JOB_COST, Entry, Line
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO


@command("cost.move")
def move_cost(
    *, from_job: UUID, to_job: UUID, lines: list[int], reason: str, cost_code: str = "", actor: Actor, call: Call
) -> CostTransfer:
    """Move posted cost (journal lines) from one job to another; burden follows its hours. Undo by `cost.unmove`."""
    first, second = sorted([from_job, to_job])
    locked = {j.uid: j for j in (Job.objects.locked(first, actor), Job.objects.locked(second, actor))}
    require(actor, "cost.move")
    if from_job == to_job:
        raise Invalid("Choose another job to move the cost to.", field="to_job")
    if not reason:
        raise Invalid("Say why the cost moves: the history keeps it.", field="reason")
    source, target = locked[from_job], locked[to_job]
    if target.work_status == Work.CANCELLED:
        raise Refused(f"{target.number} is canceled: it can't take cost.", field="to_job")
    code = CostCode.objects.filter(code=cost_code).first() if cost_code else None
    rows = _with_burden(source, lines)
    transfer = CostTransfer(from_job=source, to_job=target, cost_code=code, reason=reason, amount=sum((r.amount for r in rows), ZERO))
    transfer.number = next_number("cost_transfer", "CT-")
    transfer.save()
    moved = [CostTransferLine(transfer=transfer, source_line=r, amount=r.amount, quantity=r.quantity) for r in rows]
    try:
        with transaction.atomic():
            CostTransferLine.objects.bulk_create(moved)
    except IntegrityError as twice:
        raise Refused("Part of this cost was moved already. Look at the job's cost again.", field="lines") from twice
    entry = Entry("cost moved", transfer.subject, accounting_day(call.occurred_at, target.branch), _both_sides(rows, target, code), reason)
    ledger.post(entry, actor=actor.within("cost.move"), call=call)
    told = CostMoved(number=transfer.number, amount=str(transfer.amount), frm=source.number, to=target.number, reason=reason)
    for about in (transfer, source, target):
        record(told, about=about, actor=actor, call=call)
    return transfer


def _with_burden(job: Job, ids: list[int]) -> list[JournalLine]:
    """The lines asked for, and the burden that was posted with their hours."""
    mine = JournalLine.objects.filter(job=job, account__code__in=JOB_COST).select_related("account", "entry")
    rows = list(mine.filter(pk__in=ids))
    if not ids or len(rows) != len(set(ids)):
        raise Invalid(f"Choose cost lines of {job.number}.", field="lines")
    entries = {r.entry_id for r in rows if r.person_id and r.quantity is not None}
    extra = mine.filter(entry_id__in=entries, person__isnull=False, quantity=None).exclude(pk__in=ids)
    return sorted([*rows, *extra], key=lambda r: r.pk)


def _both_sides(rows: list[JournalLine], target: Job, code: CostCode | None) -> tuple[Line, ...]:
    """Out of the one job, into the other; each line remembers the row it came from."""
    out: list[Line] = []
    for row in rows:
        root = (row.dims or {}).get("root") or str(row.entry.source_uid)
        same = {c: getattr(row, c) for c in COLUMNS}
        here = {**same, "amount": -row.amount, "quantity": None if row.quantity is None else -row.quantity}
        there = {
            **same, "job_id": target.pk, "phase_id": None, "branch_id": target.branch_id,
            "business_unit_id": target.business_unit_id, "customer_id": target.customer_id if row.customer_id else None,
            "cost_code_id": code.pk if code else row.cost_code_id,
        }  # fmt: skip
        out.append(Line(row.account.code, dims={"root": root}, **here))
        out.append(Line(row.account.code, dims={"root": root}, **there))
    return tuple(out)


@command("cost.unmove")
def unmove_cost(*, transfer: UUID, reason: str, actor: Actor, call: Call) -> CostTransfer:
    """Take a transfer back: the cost counts on its first job again."""
    row: CostTransfer = CostTransfer.objects.locked(transfer, actor, call)
    require(actor, "cost.move")
    if row.reversed:
        raise Refused(f"{row.number} was taken back already.")
    later = CostTransferLine.objects.filter(active=True, source_line__entry__source_uid=row.uid).exists()
    if later:
        raise Refused(f"Cost of {row.number} has moved on since. Take the later transfer back first.")
    ledger.reverse(
        source=row.subject,
        event="cost moved",
        on=accounting_day(call.occurred_at, row.to_job.branch),
        actor=actor.within("cost.move"),
        call=call,
        memo=reason,
    )
    row.lines.update(active=False)
    row.change(reversed=True)
    record(CostMoveUndone(number=row.number, reason=reason), about=row, actor=actor, call=call)
    return row
