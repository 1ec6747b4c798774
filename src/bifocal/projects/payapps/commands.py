"""Pay applications: pencil, submitted, certified; then their invoice is paid."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.kernel.billing.facts import InvoicePosted
from bifocal.kernel.billing.models import Invoice, InvoiceLine
from bifocal.kernel.billing.rules import InvoiceSort, InvoiceStatus
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.paper import render
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Entry
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents, dollars
from bifocal.projects.contracts.models import Contract
from bifocal.projects.contracts.rules import ContractStatus
from bifocal.projects.payapps import queries
from bifocal.projects.payapps.facts import (
    PayAppCertified,
    PayAppDrafted,
    PayAppFilled,
    PayAppReturned,
    PayAppSubmitted,
    PayAppVoided,
)
from bifocal.projects.payapps.models import PayApp, PayAppLine
from bifocal.projects.payapps.rules import (
    EDITABLE,
    NEXT,
    Books,
    Status,
    after_certificate,
    after_submission,
    post_difference,
)
from bifocal.projects.register.rules import check_move

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Rate = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]


def _contract(app_uid: UUID, actor: Actor) -> Contract:
    """The contract of an application, locked first, so that two applications can't race."""
    found: PayApp = PayApp.objects.find(app_uid, actor)
    row: Contract = Contract.objects.select_for_update().get(pk=found.contract_id)
    return row


@command("payapp.draft")
def draft_payapp(
    *, contract: UUID, period_to: Date, final: bool = False, work_rate: Rate | None = None, stored_rate: Rate | None = None,
    actor: Actor, call: Call,
) -> PayApp:  # fmt: skip
    """Start the next application: columns D and stored-previous come from the last certified one and can't be typed.

    `work_rate` below the contract's releases retainage; `final` releases all of it.
    """
    row: Contract = Contract.objects.locked(contract, actor)
    require(actor, "payapp.edit")
    if row.status != ContractStatus.APPROVED:
        raise Refused(f"Contract {row.number} is {row.status}: it must be signed before it is billed.")
    if row.payapps.filter(status__in=[*EDITABLE, Status.SUBMITTED]).exists():
        raise Refused("There is an open application on this contract. Certify or void it first.")
    last = queries.last_certified(row)
    books = queries.books_of(row)
    app = PayApp.objects.create(
        contract=row, number=(last.number if last else 0) + 1, period_to=period_to, final=final,
        work_rate=ZERO if final else row.retainage_work if work_rate is None else work_rate,
        stored_rate=ZERO if final else row.retainage_stored if stored_rate is None else stored_rate,
        line7=queries.certified_so_far(row), posted_gross=books.gross, posted_retainage=books.retainage,
    )  # fmt: skip
    before = {li.sov_id: li for li in last.lines.all()} if last else {}
    PayAppLine.objects.bulk_create([
        PayAppLine(
            payapp=app, sov=s, previous=before[s.pk].previous + before[s.pk].this_period if s.pk in before else ZERO,
            stored=before[s.pk].stored if s.pk in before else ZERO,
            stored_previous=before[s.pk].stored if s.pk in before else ZERO,
        )
        for s in row.sov.all()
    ])  # fmt: skip
    _refigure(app)
    record(PayAppDrafted(number=app.number, period_to=str(period_to)), about=app, actor=actor, call=call)
    return app


class LineIn(BaseModel):
    """What is applied for on one line: work this period and materials presently stored."""

    item: str
    this_period: Money | None = None
    stored: Money | None = None
    percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None


@command("payapp.fill")
def fill_payapp(
    *, payapp: UUID, lines: list[LineIn], work_rate: Rate | None = None, stored_rate: Rate | None = None,
    actor: Actor, call: Call,
) -> PayApp:  # fmt: skip
    """Fill lines of a pencil application, by amount or by percent complete. Refused above a line's scheduled value."""
    _contract(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.edit")
    if app.status not in EDITABLE:
        raise Refused(f"Application {app.number} is {app.state.replace('_', ' ')}: the next one carries the correction.")
    if work_rate is not None:
        app.work_rate = work_rate
    if stored_rate is not None:
        app.stored_rate = stored_rate
    rows = {li.sov.item: li for li in app.lines.select_related("sov")}
    for n, line in enumerate(lines):
        row = rows.get(line.item)
        if row is None:
            raise Invalid(f"The schedule of values has no item {line.item}.", field=f"lines.{n}.item")
        _fill(row, line)
        row.save(update_fields=["this_period", "stored"])
    _refigure(app)
    app.change(work_rate=app.work_rate, stored_rate=app.stored_rate)
    told = PayAppFilled(number=app.number, lines=[li.item for li in lines], line8=str(app.line8))
    record(told, about=app, actor=actor, call=call)
    return app


def _fill(row: PayAppLine, line: LineIn) -> None:
    if line.stored is not None:
        row.stored = line.stored
    if line.this_period is not None:
        row.this_period = line.this_period
    elif line.percent is not None:
        row.this_period = cents(row.sov.scheduled_value * line.percent / 100) - row.previous - row.stored


def _refigure(app: PayApp) -> None:
    """Compute the sheet and keep its result on the application and its lines."""
    result = queries.sheet(app)
    by_item = {li.item: li for li in result.lines}
    rows = list(app.lines.select_related("sov"))
    for row in rows:
        row.retainage = by_item[row.sov.item].I
    PayAppLine.objects.bulk_update(rows, ["retainage"])
    app.line4, app.line5, app.line8 = result.summary["4"], result.summary["5"], result.summary["8"]
    app.save(update_fields=["line4", "line5", "line8"])


def _post(app: PayApp, event: str, after: Books, day: Date, actor: Actor, call: Call) -> None:
    job = app.contract.job
    dims = {
        "job_id": job.pk, "customer_id": job.customer_id, "branch_id": job.branch_id, "business_unit_id": job.business_unit_id,
    }  # fmt: skip
    lines = post_difference(Books(app.posted_gross, app.posted_retainage), after, dims=dims)
    entry = Entry(event, app.subject, day, lines, f"{job.number} application {app.number}")
    ledger.post(entry, actor=actor, call=call)
    app.posted_gross, app.posted_retainage = after.gross, after.retainage


def _posted(app: PayApp) -> dict[str, Decimal]:
    return {"posted_gross": app.posted_gross, "posted_retainage": app.posted_retainage}


@command("payapp.submit")
def submit_payapp(*, payapp: UUID, actor: Actor, call: Call) -> PayApp:
    """Submit the application: it is printed, frozen, and its billing is in the books at the period's date (P1, P3)."""
    _contract(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.submit")
    check_move(NEXT, app.status, Status.SUBMITTED, f"Application {app.number}")
    if app.line8 == 0 and app.line5 == app.posted_retainage:
        raise Refused(f"Application {app.number} asks for nothing: fill its lines first.")
    inner = actor.within("payapp.submit")
    event = f"application submitted r{app.revision}"
    _post(app, event, after_submission(app.line7, app.line8, app.line5), app.period_to, inner, call)
    app.change(status=Status.SUBMITTED, submitted_at=call.occurred_at, **_posted(app))
    pdf = render("payapp", queries.paper_data(app))
    paper = keep(
        data=pdf,
        name=f"Application {app.number} rev {app.revision}.pdf",
        sort="paper",
        about=app.subject,
        actor=inner,
        call=call,
    )
    PayApp.objects.filter(pk=app.pk).update(pdf_sha256=paper.sha256)
    told = PayAppSubmitted(number=app.number, line4=str(app.line4), line5=str(app.line5), line8=str(app.line8))
    record(told, about=app, actor=actor, call=call)
    return app


@command("payapp.return")
def return_payapp(*, payapp: UUID, reason: str, actor: Actor, call: Call) -> PayApp:
    """The certifier sends it back: its billing is taken out again, it can be filled and submitted anew."""
    contract = _contract(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.certify")
    check_move(NEXT, app.status, Status.REVISE, f"Application {app.number}")
    last = queries.last_certified(contract)
    before = Books(last.posted_gross, last.posted_retainage) if last else Books(ZERO, ZERO)
    _post(
        app,
        f"application returned r{app.revision}",
        before,
        accounting_day(call.occurred_at, contract.job.branch),
        actor.within("payapp.certify"),
        call,
    )
    app.change(status=Status.REVISE, revision=app.revision + 1, certify_note=reason, **_posted(app))
    record(PayAppReturned(number=app.number, reason=reason), about=app, actor=actor, call=call)
    return app


@command("payapp.certify")
def certify_payapp(
    *,
    payapp: UUID,
    by: str,
    amount: Money | None = None,
    note: str = "",
    date: Date | None = None,
    actor: Actor,
    call: Call,
) -> PayApp:
    """Record the certificate. A lower amount needs its reason, posts the difference, and becomes line 7 of the next one.

    Certification makes one invoice of kind progress (decision 21).
    """
    contract = _contract(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.certify")
    check_move(NEXT, app.status, Status.CERTIFIED, f"Application {app.number}")
    certified = app.line8 if amount is None else amount
    if not 0 <= certified <= app.line8:
        raise Refused(f"{dollars(certified)} is not between 0 and the {dollars(app.line8)} applied for.", field="amount")
    if certified < app.line8 and not note:
        raise Invalid("Say why less is certified than applied for.", field="note")
    inner, day = actor.within("payapp.certify"), date or accounting_day(call.occurred_at, contract.job.branch)
    last = queries.last_certified(contract)
    before = Books(last.posted_gross, last.posted_retainage) if last else Books(ZERO, ZERO)
    after = after_certificate(app.line7, certified, app.line5)
    _post(app, "application certified", after, day, inner, call)
    invoice = _invoice(app, after, before, day, inner, call)
    done = {
        "certified": certified,
        "certified_by": by,
        "certify_note": note,
        "certified_at": call.occurred_at,
        "invoice": invoice,
    }
    app.change(status=Status.CERTIFIED, **done, **_posted(app))
    told = PayAppCertified(number=app.number, certified=str(certified), applied=str(app.line8), by=by)
    record(told, about=app, actor=actor, call=call)
    return app


def _invoice(app: PayApp, after: Books, before: Books, day: Date, actor: Actor, call: Call) -> Invoice:
    """The one invoice of a certificate: already in the books by the application, so it posts nothing of its own."""
    job = app.contract.job
    gross, held = after.gross - before.gross, after.retainage - before.retainage
    invoice = Invoice(
        job=job, customer=job.customer, sort=InvoiceSort.PROGRESS, status=InvoiceStatus.POSTED, date=day,
        due=day + timedelta(days=job.customer.terms_days), subtotal=gross, total=gross, retainage=held,
        memo=f"Application {app.number} of contract {app.contract.number}", number=next_number("invoice", "INV-"),
    )  # fmt: skip
    invoice.save()
    text = f"Application and certificate for payment no. {app.number}, period to {app.period_to:%B %-d, %Y}"
    InvoiceLine.objects.create(invoice=invoice, description=text, price=gross, amount=gross, revenue="contract")
    remember(invoice, title=f"{invoice.number} {job.customer.name}", detail=f"{job.number} · {dollars(invoice.due_amount)}")
    told = InvoicePosted(number=invoice.number, total=str(gross), due=str(invoice.due))
    record(told, about=invoice, actor=actor, call=call)
    return invoice


@command("payapp.void")
def void_payapp(*, payapp: UUID, reason: str, actor: Actor, call: Call) -> PayApp:
    """Throw an application away that is not with the certifier."""
    _contract(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.edit")
    check_move(NEXT, app.status, Status.VOID, f"Application {app.number}")
    app.change(status=Status.VOID)
    record(PayAppVoided(number=app.number, reason=reason), about=app, actor=actor, call=call)
    return app


def prior_application(
    contract: Contract, *, previous: dict[str, Decimal], held: Decimal, period_to: Date, gross: Decimal, number: int = 1,
    stored: dict[str, Decimal] | None = None, retainage: dict[str, Decimal] | None = None,
) -> PayApp:  # fmt: skip
    """What was billed before the contract was here: a certified application that posts nothing (import, promotion)."""
    app = PayApp.objects.create(
        contract=contract, number=number, status=Status.CERTIFIED, period_to=period_to, work_rate=contract.retainage_work,
        stored_rate=contract.retainage_stored, line4=gross, line5=held, line8=gross - held, certified=gross - held,
        certified_by="billed before", posted_gross=gross, posted_retainage=held, prior=True,
    )  # fmt: skip
    PayAppLine.objects.bulk_create([
        PayAppLine(
            payapp=app, sov=s, this_period=previous.get(s.item, ZERO), stored=(stored or {}).get(s.item, ZERO),
            retainage=(retainage or {}).get(s.item, ZERO),
        )
        for s in contract.sov.all()
    ])  # fmt: skip
    return app
