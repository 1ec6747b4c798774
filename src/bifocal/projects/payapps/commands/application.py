"""Pay applications in pencil: drafted, filled, submitted, sent back, thrown away."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.engines.progress_billing import Split
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.paper import render
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.rules import Entry
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents
from bifocal.projects.billings.queries import plan_of
from bifocal.projects.billings.rules import Way
from bifocal.projects.contracts.models import Contract, SovLine
from bifocal.projects.contracts.rules import ContractStatus
from bifocal.projects.payapps import queries
from bifocal.projects.payapps.facts import (
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
    after_submission,
    post_difference,
)
from bifocal.projects.register.rules import check_move

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Rate = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]


def contract_of(app_uid: UUID, actor: Actor) -> Contract:
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
    plan = plan_of(row.job)
    if plan and plan.way != Way.PROGRESS:
        raise Refused(f"{row.job.number} is billed by {plan.way.replace('_', ' ')}, not by applications.")
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
    carried = queries.carried(last) if last else {}
    PayAppLine.objects.bulk_create([_next_line(app, s, before.get(s.pk), carried.get(s.pk)) for s in row.sov.all()])
    refigure(app)
    record(PayAppDrafted(number=app.number, period_to=str(period_to)), about=app, actor=actor, call=call)
    return app


def _next_line(app: PayApp, sov: SovLine, last: PayAppLine | None, held: Split | None) -> PayAppLine:
    """A line that follows the last certified one: D, stored, and what was held where present terms don't say the same."""
    if last is None:
        return PayAppLine(payapp=app, sov=sov)
    return PayAppLine(
        payapp=app, sov=sov, previous=last.previous + last.this_period, stored=last.stored, stored_previous=last.stored,
        carried_work=held.work if held else None, carried_stored=held.stored if held else None,
    )  # fmt: skip


class LineIn(BaseModel):
    """What is applied for on one line: work this period and materials presently stored.

    `install` moves stored material into the work of this period. `release_work` and `release_stored` give retainage back.
    """

    item: str
    this_period: Money | None = None
    stored: Money | None = None
    percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    install: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)] | None = None
    release_work: Money | None = None
    release_stored: Money | None = None


@command("payapp.fill")
def fill_payapp(
    *, payapp: UUID, lines: list[LineIn], work_rate: Rate | None = None, stored_rate: Rate | None = None,
    actor: Actor, call: Call,
) -> PayApp:  # fmt: skip
    """Fill lines of a pencil application: work, stored material, what of it was installed, retainage given back.

    Refused above a line's scheduled value. Lines of change orders approved meanwhile are added.
    """
    contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.edit")
    if app.status not in EDITABLE:
        raise Refused(f"Application {app.number} is {app.state.replace('_', ' ')}: the next one carries the correction.")
    if work_rate is not None:
        app.work_rate = work_rate
    if stored_rate is not None:
        app.stored_rate = stored_rate
    _add_new_lines(app)
    rows = {li.sov.item: li for li in app.lines.select_related("sov")}
    for n, line in enumerate(lines):
        row = rows.get(line.item)
        if row is None:
            raise Invalid(f"The schedule of values has no item {line.item}.", field=f"lines.{n}.item")
        _fill(row, line, f"lines.{n}.install")
        row.save(update_fields=["this_period", "stored", "released_work", "released_stored"])
    refigure(app)
    app.change(work_rate=app.work_rate, stored_rate=app.stored_rate)
    told = PayAppFilled(number=app.number, lines=[li.item for li in lines], line8=str(app.line8))
    record(told, about=app, actor=actor, call=call)
    return app


def _add_new_lines(app: PayApp) -> None:
    """Lines of the schedule of values that came after the application was started: approved change orders."""
    here = app.lines.values_list("sov_id", flat=True)
    PayAppLine.objects.bulk_create([PayAppLine(payapp=app, sov=s) for s in app.contract.sov.exclude(pk__in=list(here))])


def _fill(row: PayAppLine, line: LineIn, where: str) -> None:
    if line.stored is not None:
        row.stored = line.stored
    if line.this_period is not None:
        row.this_period = line.this_period
    elif line.percent is not None:
        row.this_period = cents(row.sov.scheduled_value * line.percent / 100) - row.previous - row.stored
    if line.install:
        if line.install > row.stored:
            raise Refused(f"Item {line.item} has {row.stored:,.2f} stored: {line.install:,.2f} can't be installed.", field=where)
        row.stored, row.this_period = row.stored - line.install, row.this_period + line.install
    if line.release_work is not None:
        row.released_work = line.release_work
    if line.release_stored is not None:
        row.released_stored = line.release_stored


def refigure(app: PayApp) -> None:
    """Compute the sheet and keep its result on the application and its lines."""
    result = queries.sheet(app)
    by_item = {li.item: li for li in result.lines}
    rows = list(app.lines.select_related("sov"))
    for row in rows:
        got = by_item[row.sov.item]
        row.retainage, row.retained_work, row.retained_stored = got.I, got.work_retainage, got.stored_retainage
    PayAppLine.objects.bulk_update(rows, ["retainage", "retained_work", "retained_stored"])
    app.line4, app.line5, app.line8 = result.summary["4"], result.summary["5"], result.summary["8"]
    app.save(update_fields=["line4", "line5", "line8"])


def post_books(app: PayApp, event: str, after: Books, day: Date, actor: Actor, call: Call) -> None:
    """Bring the books to `after` by the difference; the caller keeps what is then posted."""
    job = app.contract.job
    dims = {
        "job_id": job.pk, "customer_id": job.customer_id, "branch_id": job.branch_id, "business_unit_id": job.business_unit_id,
    }  # fmt: skip
    lines = post_difference(Books(app.posted_gross, app.posted_retainage), after, dims=dims)
    entry = Entry(event, app.subject, day, lines, f"{job.number} application {app.number}")
    ledger.post(entry, actor=actor, call=call)
    app.posted_gross, app.posted_retainage = after.gross, after.retainage


def posted(app: PayApp) -> dict[str, Decimal]:
    """What the application left in the books, as columns to change."""
    return {"posted_gross": app.posted_gross, "posted_retainage": app.posted_retainage}


@command("payapp.submit")
def submit_payapp(*, payapp: UUID, actor: Actor, call: Call) -> PayApp:
    """Submit the application: it is printed, frozen, and its billing is in the books at the period's date (P1, P3)."""
    contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.submit")
    check_move(NEXT, app.status, Status.SUBMITTED, f"Application {app.number}")
    if app.line8 == 0 and app.line5 == app.posted_retainage:
        raise Refused(f"Application {app.number} asks for nothing: fill its lines first.")
    inner = actor.within("payapp.submit")
    event = f"application submitted r{app.revision}"
    post_books(app, event, after_submission(app.line7, app.line8, app.line5), app.period_to, inner, call)
    app.change(status=Status.SUBMITTED, submitted_at=call.occurred_at, **posted(app))
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
    contract = contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.certify")
    check_move(NEXT, app.status, Status.REVISE, f"Application {app.number}")
    last = queries.last_certified(contract)
    before = Books(last.posted_gross, last.posted_retainage) if last else Books(ZERO, ZERO)
    post_books(
        app,
        f"application returned r{app.revision}",
        before,
        accounting_day(call.occurred_at, contract.job.branch),
        actor.within("payapp.certify"),
        call,
    )
    app.change(status=Status.REVISE, revision=app.revision + 1, certify_note=reason, **posted(app))
    record(PayAppReturned(number=app.number, reason=reason), about=app, actor=actor, call=call)
    return app


@command("payapp.void")
def void_payapp(*, payapp: UUID, reason: str, actor: Actor, call: Call) -> PayApp:
    """Throw an application away that is not with the certifier."""
    contract_of(payapp, actor)
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
        _prior_line(app, s, previous.get(s.item, ZERO), (stored or {}).get(s.item, ZERO), (retainage or {}).get(s.item, ZERO))
        for s in contract.sov.all()
    ])  # fmt: skip
    return app


def _prior_line(app: PayApp, sov: SovLine, work: Decimal, stored: Decimal, held: Decimal) -> PayAppLine:
    """A line billed before; what is held on stored material is its share at the line's rate, the rest is held on work."""
    rate = app.stored_rate if sov.retainage_stored is None else sov.retainage_stored
    on_stored = min(cents(stored * rate), held)
    return PayAppLine(
        payapp=app, sov=sov, this_period=work, stored=stored, retainage=held, retained_work=held - on_stored, retained_stored=on_stored
    )
