"""Change events: opened, estimated, quoted, sent on to the owner and to the vendors, directed, closed."""

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
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.messages.commands import send
from bifocal.kernel.parties.models import Vendor
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.budget import commands as budget
from bifocal.projects.budget.queries import revised
from bifocal.projects.changes import commands as changes
from bifocal.projects.commitments import commands as commitments
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.events import facts
from bifocal.projects.events.models import ChangeEvent, EventLine, QuoteRequest
from bifocal.projects.events.queries import people_of
from bifocal.projects.events.rules import BALL, NEXT, RFQ_NEXT, Kind, Scope, notice_due
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort, check_move
from bifocal.projects.terms.queries import terms_of

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
CostType = Literal["L", "M", "E", "S", "O"]


class EventLineIn(BaseModel):
    """What a line of the event may cost us and what we may ask for it, roughly."""

    description: Annotated[str, Field(min_length=1, max_length=200)]
    cost_code: str
    cost_type: CostType = "S"
    rom_cost: Money
    rom_price: Money = ZERO


class Allowance(BaseModel):
    """What the contract holds for this already, by the code it was budgeted on."""

    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
    cost_code: str
    cost_type: CostType = "O"

    @property
    def line(self) -> changes.LineIn:
        """As a deductive line: markup on the difference only."""
        return changes.LineIn(
            description="Less the contract's allowance", cost_code=self.cost_code, cost_type=self.cost_type, cost=-self.amount
        )


def _locked(event: UUID, actor: Actor, call: Call) -> Document:
    """Job first, then the document, as approval does."""
    found: Document = Document.objects.filter(sort=Sort.EVENT).find(event, actor)
    Job.objects.select_for_update().filter(pk=found.job_id).first()
    doc: Document = Document.objects.locked(event, actor, call)
    require(actor, "event.edit")
    return doc


def _live(doc: Document) -> None:
    if doc.status in ("closed", "void"):
        raise Refused(f"{doc.number} is {doc.status}: open it again first.")


@command("event.open")
def open_event(
    *, job: UUID, title: Annotated[str, Field(min_length=1)], text: str = "", scope: Scope = Scope.TBD, kind: Kind = Kind.TBD,
    happened: Date | None = None, notice_days: Annotated[int, Field(ge=0, le=365)] | None = None, origin: UUID | None = None,
    lines: list[EventLineIn] | None = None, actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Open a change event: numbered, with a cost code of its own that takes time, parts and purchases at once.

    `origin` is the RFI, log or other document it came from; `notice_days` the time to give notice, where not the contract's.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "event.edit")
    doc = register.draft(job=row, sort=Sort.EVENT, title=title, body=text, actor=actor, call=call)
    number, day = register.number(doc), happened or accounting_day(call.occurred_at, row.branch)
    notice_days = terms_of(row).notice_days if notice_days is None else notice_days
    code = CostCode.objects.create(code=f"{number}-{row.number}"[:20], name=title[:100])
    due = notice_due(day, notice_days)
    event = ChangeEvent.objects.create(document=doc, scope=scope, kind=kind, happened=day, notice_due=due, code=code)
    _write_lines(event, lines or [])
    doc = register.move(doc, "open", BALL["open"], actor=actor, call=call, number=number, opened_at=call.occurred_at, due=due)
    if origin:
        register.link_documents(source=origin, target=doc.uid, actor=actor.within("event.open"), call=call.inner())
    record(facts.ChangeEventOpened(number=number, code=code.code, notice_due=str(due or "")), about=doc, actor=actor, call=call)
    return doc


def _write_lines(event: ChangeEvent, lines: list[EventLineIn]) -> None:
    codes = {c.code: c for c in CostCode.objects.filter(code__in={li.cost_code for li in lines})}
    for n, li in enumerate(lines):
        if li.cost_code not in codes:
            raise Invalid(f"There is no cost code '{li.cost_code}'.", field=f"lines.{n}.cost_code")
    EventLine.objects.bulk_create(
        EventLine(event=event, description=li.description, cost_code=codes[li.cost_code], cost_type=li.cost_type, rom_cost=li.rom_cost,
                  rom_price=li.rom_price)
        for li in lines
    )  # fmt: skip


@command("event.estimate")
def estimate_event(*, event: UUID, lines: list[EventLineIn], actor: Actor, call: Call) -> Document:
    """Add lines with their rough cost and price: cost and revenue of the change on one line."""
    doc = _locked(event, actor, call)
    _live(doc)
    _write_lines(doc.change_event, lines)
    doc.change()
    cost, price = sum((li.rom_cost for li in lines), ZERO), sum((li.rom_price for li in lines), ZERO)
    record(facts.ChangeEventEstimated(number=doc.number, cost=str(cost), price=str(price)), about=doc, actor=actor, call=call)
    return doc


@command("event.notify")
def give_notice(*, event: UUID, on: Date | None = None, actor: Actor, call: Call) -> Document:
    """Note that the owner was given notice in writing, and when."""
    doc = _locked(event, actor, call)
    row, day = doc.change_event, on or accounting_day(call.occurred_at, doc.job.branch)
    ChangeEvent.objects.filter(pk=row.pk).update(notice_given=day)
    doc.change(due=None)
    record(facts.NoticeGiven(number=doc.number, on=str(day), due=str(row.notice_due or "")), about=doc, actor=actor, call=call)
    return doc


@command("event.direct")
def direct_event(
    *,
    event: UUID,
    directive: Annotated[str, Field(min_length=1, max_length=200)],
    not_to_exceed: Money | None = None,
    actor: Actor,
    call: Call,
) -> Document:
    """Go on by written directive before it is priced: from now on its cost is at risk and shown so."""
    doc = _locked(event, actor, call)
    check_move(NEXT, doc.status, "proceeding", doc.number)
    ChangeEvent.objects.filter(pk=doc.pk).update(directive=directive, not_to_exceed=not_to_exceed)
    told = facts.ChangeEventDirected(number=doc.number, directive=directive, not_to_exceed=str(not_to_exceed or ""))
    record(told, about=doc, actor=actor, call=call)
    return register.move(doc, "proceeding", BALL["proceeding"], actor=actor, call=call, reason=directive)


@command("event.ask")
def ask_for_quote(
    *, line: UUID, vendor: UUID, due: Date, email: str, name: str, commitment: UUID | None = None, actor: Actor, call: Call
) -> dict[str, object]:
    """Ask a subcontractor to price a line: they answer from a link, without an account."""
    row = EventLine.objects.select_related("event__document").filter(uid=line).first()
    if row is None:
        raise Invalid("There is no such line.", field="line")
    doc = _locked(row.event.document.uid, actor, call)
    _live(doc)
    who: Vendor = Vendor.objects.find(vendor, actor)
    on: Commitment | None = Commitment.objects.find(commitment, actor) if commitment else None
    if on and (on.vendor_id != who.pk or on.job_id != doc.job_id):
        raise Refused(f"{on.number} is not {who.name}'s on this project.", field="commitment")
    request = QuoteRequest.objects.create(line=row, vendor=who, commitment=on, due=due)
    link, address = register.send_link(
        about=request.subject, purpose="quote", rights=["quote.give"], name=name, email=email,
        title=f"{doc.number}: please price '{row.description}'", text=f"Please price '{row.description}' by {due:%B %-d}:",
        actor=actor.within("event.ask"), call=call,
    )  # fmt: skip
    record(facts.QuoteAsked(vendor=who.name, due=str(due)), about=doc, actor=actor, call=call)
    return {**request.answer(), "link": str(link.uid), "link_path": "/link/" + address.rsplit("/", 1)[-1]}


@command("quote.give")
def give_quote(
    *, request: UUID, amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)], name: Annotated[str, Field(min_length=1)],
    days: int = 0, note: str = "", actor: Actor, call: Call,
) -> QuoteRequest:  # fmt: skip
    """The subcontractor's price for what was asked."""
    row: QuoteRequest = QuoteRequest.objects.locked(request, actor, call)
    require(actor, "quote.give")
    check_move(RFQ_NEXT, row.status, "under_review", "This request")
    row.change(status="under_review", amount=amount, days=days, note=note[:500], answered_by=name, answered_at=call.occurred_at)
    told = facts.QuoteGiven(vendor=row.vendor.name, amount=str(amount), by=name)
    record(told, about=row.line.event.document, actor=actor, call=call)
    return row


@command("quote.take")
def take_quote(*, request: UUID, actor: Actor, call: Call) -> QuoteRequest:
    """Take a quote as the line's cost; other requests for the line are withdrawn."""
    found: QuoteRequest = QuoteRequest.objects.find(request, actor)
    doc = _locked(found.line.event.document.uid, actor, call)
    row: QuoteRequest = QuoteRequest.objects.locked(request, actor)
    check_move(RFQ_NEXT, row.status, "closed", "This request")
    assert row.amount is not None
    EventLine.objects.filter(pk=row.line_id).update(quote=row.amount)
    QuoteRequest.objects.filter(line_id=row.line_id).exclude(pk=row.pk).exclude(status="closed").update(status="withdrawn")
    row.change(status="closed")
    record(facts.QuoteTaken(vendor=row.vendor.name, amount=str(row.amount)), about=doc, actor=actor, call=call)
    return row


@command("event.to_owner")
def send_to_owner(
    *, event: UUID, markups: list[changes.MarkupIn] | None = None, days: int = 0, allowance: Allowance | None = None,
    actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Make the owner's change from the event's latest costs, with markups and days: priced, ready to send.

    Without `markups` those of the contract's terms stand. What tickets priced by rates takes none. `allowance`: what the contract
    holds for this already; only the difference is changed, up or down.
    """
    doc = _locked(event, actor, call)
    row = doc.change_event
    before = row.owner_change
    if before is not None and before.status not in ("void", "rejected"):
        raise Refused(f"{doc.number} is already in {before.number or 'a change order'}.")
    lines = list(row.lines.select_related("cost_code").order_by("id"))
    if not lines:
        raise Refused(f"{doc.number} has no lines yet. Estimate it first.")
    check_move(NEXT, doc.status, "pending", doc.number)
    inner = actor.within("event.to_owner")
    order = changes.draft_change(job=doc.job.uid, title=doc.title, reason=doc.body, actor=inner, call=call.inner())
    wanted = [_priced(li) for li in lines] + ([allowance.line] if allowance else [])
    order = changes.price_change(change=order.uid, lines=wanted, markups=markups, days=days, actor=inner, call=call.inner())
    register.link_documents(source=doc.uid, target=order.uid, actor=inner, call=call.inner())
    ChangeEvent.objects.filter(pk=row.pk).update(owner_change=order)
    doc.refresh_from_db()
    register.move(doc, "pending", BALL["pending"], actor=actor, call=call)
    told = facts.ChangeEventSentOn(number=doc.number, to="owner", amount=dollars(order.change_order.price))
    record(told, about=doc, actor=actor, call=call)
    return order


def _priced(line: EventLine) -> changes.LineIn:
    """A line of the event as the change order prices it: tickets at their rates, everything else at cost and markup."""
    price = line.rom_price if line.fixed else None
    return changes.LineIn(
        description=line.description, cost_code=line.cost_code.code, cost_type=_type(line.cost_type), cost=line.money.cost, price=price,
        source=line.uid,
    )  # fmt: skip


@command("event.draw")
def draw_on_contingency(*, event: UUID, from_code: str, from_type: CostType = "O", actor: Actor, call: Call) -> Document:
    """Pay an event from the project's contingency: its cost moves there from, line by line; the budget's total stays, the owner pays
    nothing."""
    doc = _locked(event, actor, call)
    row = doc.change_event
    if row.kind != Kind.CONTINGENCY:
        raise Refused(f"{doc.number} is not paid from contingency. Say so when it is opened, or send it to the owner.")
    check_move(NEXT, doc.status, "closed", doc.number)
    lines = list(row.lines.select_related("cost_code").order_by("id"))
    wanted = sum((li.money.cost for li in lines), ZERO)
    held = revised(doc.job).get((from_code, from_type), ZERO)
    if not lines or wanted <= 0:
        raise Refused(f"{doc.number} has no cost yet. Estimate it first.")
    if held < wanted:
        raise Refused(f"{from_code}.{from_type} holds {dollars(held)}, the event costs {dollars(wanted)}.", field="from_code")
    inner = actor.within("event.draw")
    for li in lines:
        budget.transfer_budget(
            job=doc.job.uid, from_code=from_code, from_type=from_type, to_code=li.cost_code.code, to_type=_type(li.cost_type),
            amount=li.money.cost, reason=f"{doc.number} {li.description}"[:200], actor=inner, call=call.inner(),
        )  # fmt: skip
    record(facts.ContingencyDrawn(number=doc.number, amount=dollars(wanted), code=from_code), about=doc, actor=actor, call=call)
    doc.refresh_from_db()
    told: dict[str, Any] = {"reason": f"paid from contingency {from_code}", "closed_at": call.occurred_at}
    return register.move(doc, "closed", BALL["closed"], actor=actor, call=call, **told)


@command("event.remind")
def remind_of_notice(*, event: UUID, actor: Actor, call: Call) -> Document:
    """Remind the project manager by mail that notice of an event is due and was not given."""
    doc: Document = Document.objects.filter(sort=Sort.EVENT).locked(event, actor, call)
    require(actor, "event.edit")
    row = doc.change_event
    if row.notice_due is None or row.notice_given is not None:
        raise Refused(f"{doc.number} waits for no notice.")
    to = people_of(doc.job)
    text = f"{doc.number} {doc.title} ({doc.job.number}): the contract wants notice in writing by {row.notice_due:%A, %-d %B %Y}."
    for person in to:
        send(to=person.email, title=f"Notice due: {doc.number} {doc.title}", body=text, about=doc.subject,
             actor=actor.within("event.remind"), call=call)  # fmt: skip
    told = facts.NoticeReminded(number=doc.number, due=str(row.notice_due), to=[p.name for p in to])
    record(told, about=doc, actor=actor, call=call)
    return doc


def _type(letter: str) -> CostType:
    match letter:
        case "L" | "M" | "E" | "S":
            return letter
        case _:
            return "O"


@command("event.to_vendor")
def send_to_vendor(*, line: UUID, commitment: UUID, actor: Actor, call: Call) -> dict[str, object]:
    """Make a change of the vendor's commitment from a line of the event: pending until it is approved."""
    row = EventLine.objects.select_related("event__document", "cost_code").filter(uid=line).first()
    if row is None:
        raise Invalid("There is no such line.", field="line")
    doc = _locked(row.event.document.uid, actor, call)
    _live(doc)
    if row.commitment_change_id:
        raise Refused("This line is on a commitment's change already.")
    on: Commitment = Commitment.objects.locked(commitment, actor)
    if on.job_id != doc.job_id:
        raise Refused(f"{on.number} is of another project.", field="commitment")
    one = commitments.CommitmentLineIn(
        item="1", description=row.description, cost_code=row.cost_code.code, cost_type=_type(row.cost_type), amount=row.money.cost
    )
    change = commitments.propose(on, doc.title, [one], cause=doc, actor=actor.within("event.to_vendor"), call=call)
    EventLine.objects.filter(pk=row.pk).update(commitment_change=change)
    told = facts.ChangeEventSentOn(number=doc.number, to=f"{on.number} {on.vendor.name}", amount=dollars(change.amount))
    record(told, about=doc, actor=actor, call=call)
    return change.answer()


@command("event.close")
def close_event(*, event: UUID, reason: str = "", actor: Actor, call: Call) -> Document:
    """Close an event; without an approved owner change it needs the reason, and its cost is ours."""
    doc = _locked(event, actor, call)
    check_move(NEXT, doc.status, "closed", doc.number)
    order = doc.change_event.owner_change
    if (order is None or order.status != "approved") and not reason:
        raise Invalid("No owner change is approved: say why the event ends without one.", field="reason")
    return register.move(doc, "closed", BALL["closed"], actor=actor, call=call, reason=reason, closed_at=call.occurred_at)


@command("event.reopen")
def reopen_event(*, event: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> Document:
    """Take a pending or closed event up again."""
    doc = _locked(event, actor, call)
    check_move(NEXT, doc.status, "open", doc.number)
    return register.move(doc, "open", BALL["open"], actor=actor, call=call, reason=reason, closed_at=None)


@command("event.void")
def void_event(*, event: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> Document:
    """Withdraw an event that was none; its number stays."""
    doc = _locked(event, actor, call)
    check_move(NEXT, doc.status, "void", doc.number)
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason, closed_at=call.occurred_at)
