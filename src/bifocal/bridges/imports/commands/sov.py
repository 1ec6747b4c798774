"""`bifocal import sov`: a continuation sheet becomes a contract with prior billings, and its open application."""

from __future__ import annotations

import base64
import hashlib
from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from bifocal.bridges.imports.facts import SheetImported
from bifocal.bridges.imports.rules_opening import history, opening
from bifocal.bridges.imports.sheets import read, whole
from bifocal.bridges.imports.sov import SheetLine, common_rate, read_sheet
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.kernel.billing.models import Invoice, InvoiceLine
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Acc, Entry
from bifocal.lib.errors import Invalid
from bifocal.lib.money import ZERO, cents
from bifocal.projects.contracts import commands as contracts
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus, OurRole
from bifocal.projects.payapps import commands as payapps
from bifocal.projects.payapps.models import PayApp

Rate = Annotated[Decimal, Field(ge=0, le=1)]


@command("sov.import")
def import_sov(
    *, job: UUID, filename: str, content: str, number: str = "", period_to: Date | None = None,
    previous_to: Date | None = None, previous_number: Annotated[int, Field(ge=1, le=999)] = 1, starts: Date | None = None,
    retainage: Rate | None = None, our_role: OurRole = OurRole.PRIME, pick: int = 0, dry_run: bool = False, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Bring a continuation sheet (base64) into a project: all or nothing. `dry_run` says what would happen.

    Column D becomes prior billings (application `previous_number`, its period to `previous_to`), E and F the open (pencil) application,
    its period to `period_to`. Errors come by line.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "contract.edit")
    data = decoded(content)
    sheet = read_sheet(read(filename, data, pick=pick))
    total = sum((li.scheduled for li in sheet.lines), ZERO)
    told: dict[str, Any] = {
        "kind": "sov_import", "job": str(row.uid), "lines": len(sheet.lines), "contract_sum": total, "errors": sheet.errors,
        "previous": sum((li.previous for li in sheet.lines), ZERO), "columns": sheet.columns, "dry_run": dry_run,
    }  # fmt: skip
    if dry_run:
        return told
    whole(sheet.errors)
    rate = retainage if retainage is not None else common_rate(sheet.lines) or Decimal("0.10")
    inner, inside = actor.within("sov.import"), call.inner()
    today = accounting_day(call.occurred_at, row.branch)
    contract = _contract(row, sheet.lines, total, rate, number, starts or today, our_role, inner, inside)
    before = previous_to or period_to or today
    if before > (period_to or before):
        raise Invalid("The period billed before ends after the open application's.", field="previous_to")
    prior = _prior(contract, sheet.lines, rate, before, previous_number, inner, inside)
    app = _open_application(contract, sheet.lines, period_to or today, inner, inside)
    sha = hashlib.sha256(data).hexdigest()
    fact = SheetImported(file=filename, sha256=sha, lines=len(sheet.lines), contract_sum=str(total), previous=str(told["previous"]))
    record(fact, about=row, actor=actor, call=call)
    return {
        **told, "contract": str(contract.uid), "prior_application": str(prior.uid) if prior else None,
        "payapp": str(app.uid) if app else None,
    }  # fmt: skip


def decoded(content: str) -> bytes:
    """The bytes of a file that came as base64. Raises Invalid."""
    try:
        return base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The file's content must be base64.", field="content") from bad


def _contract(
    job: Job, lines: list[SheetLine], total: Decimal, rate: Decimal, number: str, starts: Date, our_role: OurRole,
    actor: Actor, call: Call,
) -> Contract:  # fmt: skip
    for code, name in {li.cost_code: li.description for li in lines if li.cost_code}.items():
        CostCode.objects.get_or_create(code=code, defaults={"name": name[:100]})
    rows = [
        contracts.SovIn(
            item=li.item, description=li.description[:200], scheduled_value=li.scheduled, cost_code=li.cost_code,
            retainage_work=li.rate if li.rate not in (None, rate) else None,
            retainage_stored=li.rate if li.rate not in (None, rate) else None,
        )
        for li in lines
    ]  # fmt: skip
    contract = contracts.write(
        job, number=number or f"{job.number}-C", total=total, lines=rows, our_role=our_role, retainage=(rate, rate), starts=starts,
        days=0, texts=("", ""), actor=actor, call=call,
    )  # fmt: skip
    contract.change(status=ContractStatus.APPROVED, signed_on=starts)
    return contract


def _prior(contract: Contract, lines: list[SheetLine], rate: Decimal, day: Date, number: int, actor: Actor, call: Call) -> PayApp | None:
    """Column D: billed, certified and paid before the cut-over, its retainage still held (posting X5)."""
    gross = sum((li.previous for li in lines), ZERO)
    if not gross:
        return None
    held_by = {li.item: cents(li.previous * (li.rate if li.rate is not None else rate)) for li in lines}
    held = sum(held_by.values(), ZERO)
    prior = payapps.prior_application(
        contract,
        previous={li.item: li.previous for li in lines},
        held=held,
        gross=gross,
        period_to=day,
        number=number,
        retainage=held_by,
    )
    job = contract.job
    invoice = Invoice(
        job=job, customer=job.customer, sort=InvoiceSort.PROGRESS, status=InvoiceStatus.POSTED, date=day, due=day, subtotal=gross,
        total=gross, retainage=held, paid=gross - held, memo="Billed and paid before the cut-over",
    )  # fmt: skip
    invoice.number = next_number("invoice", "INV-")
    invoice.save()
    InvoiceLine.objects.create(invoice=invoice, description="Billed before the cut-over", price=gross, amount=gross, revenue="contract")
    dims = {"job_id": job.pk, "customer_id": job.customer_id, "branch_id": job.branch_id}
    posting = (*opening(Acc.RETAINAGE_RECEIVABLE, held, **dims), *history(Acc.CONTRACT_BILLINGS, -gross, **dims))
    ledger.post(Entry("opening retainage", invoice.subject, day, posting, f"{job.number} cut-over"), actor=actor, call=call)
    return prior


def _open_application(contract: Contract, lines: list[SheetLine], day: Date, actor: Actor, call: Call) -> PayApp | None:
    """Columns E and F: the application that the sheet was made for, in pencil."""
    if not any(li.this_period or li.stored for li in lines):
        return None
    app = payapps.draft_payapp(contract=contract.uid, period_to=day, actor=actor, call=call)
    filled = [payapps.LineIn(item=li.item, this_period=li.this_period, stored=li.stored) for li in lines]
    return payapps.fill_payapp(payapp=app.uid, lines=filled, actor=actor, call=call)
