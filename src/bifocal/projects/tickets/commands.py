"""Tickets: written on site, signed or refused, priced by the contract's rates, attached to a change event."""

from __future__ import annotations

import base64
from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, dollars
from bifocal.projects.events.models import EventLine
from bifocal.projects.events.queries import LIVE
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort, check_move
from bifocal.projects.terms.queries import rates_of
from bifocal.projects.terms.rules import COST_TYPE, Rated, price_line, rate_for
from bifocal.projects.tickets import facts
from bifocal.projects.tickets.models import Ticket, TicketLine
from bifocal.projects.tickets.queries import sums
from bifocal.projects.tickets.rules import BALL, NEXT, Used, check_day, check_lines, content_hash, late

Name = Annotated[str, Field(min_length=1, max_length=120)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]


class LaborIn(BaseModel):
    """Somebody's hours: one of our people, or a class of labor by its name in the contract's rates."""

    person: UUID | None = None
    name: Annotated[str, Field(max_length=120)] = ""
    hours: Amount = Decimal(0)
    overtime: Amount = Decimal(0)


class MaterialIn(BaseModel):
    """What was put in, and what a unit of it cost us."""

    name: Name
    quantity: Amount
    unit: Annotated[str, Field(min_length=1, max_length=10)] = "each"
    unit_cost: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)] | None = None


class EquipmentIn(BaseModel):
    """Which machine ran how long."""

    name: Name
    hours: Amount


@command("ticket.write", field_fact=True)
def write_ticket(
    *, job: UUID, day: Date, title: Annotated[str, Field(min_length=1, max_length=200)], labor: list[LaborIn] | None = None,
    materials: list[MaterialIn] | None = None, equipment: list[EquipmentIn] | None = None, text: str = "", ordered_by: str = "",
    event: UUID | None = None, ticket: UUID | None = None, actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Write a day's time and materials on site: who worked, what was used, which machine ran. With `ticket`: write that one anew.

    Numbered at once. Until it is signed (or refused) it can be written again.
    """
    row: Job = Job.objects.locked(job, actor)
    require(actor, "ticket.edit")
    wanted = [*_labor(labor or []), *_materials(materials or []), *_equipment(equipment or [])]
    check_lines([li.used for li in wanted])
    doc = _again(ticket, row, actor, call) if ticket else _new(row, title, actor, call)
    on: Document | None = Document.objects.filter(sort=Sort.EVENT, job=row).find(event, actor) if event else None
    values = {"day": day, "ordered_by": ordered_by[:120], "event_id": on.pk if on else None}
    held, _ = Ticket.objects.update_or_create(document=doc, defaults=values)
    doc.change(title=title, body=text)
    held.lines.all().delete()
    for li in wanted:
        li.ticket = held
    TicketLine.objects.bulk_create(wanted)
    _price(held, row)
    record(facts.TicketWritten(number=doc.number, day=str(day), lines=len(wanted)), about=doc, actor=actor, call=call)
    return doc


def _new(job: Job, title: str, actor: Actor, call: Call) -> Document:
    doc = register.draft(job=job, sort=Sort.TICKET, title=title, actor=actor, call=call)
    given: dict[str, Any] = {"number": register.number(doc), "opened_at": call.occurred_at, "manager": register.manage(doc, actor)}
    return register.move(doc, "open", BALL["open"], actor=actor, call=call, **given)


def _again(ticket: UUID, job: Job, actor: Actor, call: Call) -> Document:
    doc: Document = Document.objects.filter(sort=Sort.TICKET, job=job).locked(ticket, actor, call)
    if doc.status != "open":
        raise Refused(f"{doc.number} is {doc.status}: what was signed is not written again. Write another ticket.")
    return doc


def _labor(rows: list[LaborIn]) -> list[TicketLine]:
    """Everybody's hours. Raises Invalid for somebody unknown, or more hours than a day has."""
    people = {p.uid: p for p in Person.objects.filter(uid__in=[r.person for r in rows if r.person])}
    out, hours = list[TicketLine](), dict[UUID, Decimal]()
    for n, r in enumerate(rows):
        person = people.get(r.person) if r.person else None
        if r.person and person is None:
            raise Invalid("There is nobody of ours with this id.", field=f"labor.{n}.person")
        name = r.name.strip() or (person.trade if person else "")
        if not name:
            raise Invalid("Say who it was, or which class of labor.", field=f"labor.{n}.name")
        if person:
            hours[person.uid] = hours.get(person.uid, ZERO) + r.hours + r.overtime
            check_day(person.name, hours[person.uid], f"labor.{n}.hours")
        out.append(TicketLine(sort=Rated.LABOR, name=name, person=person, quantity=r.hours, overtime=r.overtime))
    return out


def _materials(rows: list[MaterialIn]) -> list[TicketLine]:
    return [TicketLine(sort=Rated.MATERIAL, name=r.name, quantity=r.quantity, unit=r.unit, unit_cost=r.unit_cost) for r in rows]


def _equipment(rows: list[EquipmentIn]) -> list[TicketLine]:
    return [TicketLine(sort=Rated.EQUIPMENT, name=r.name, quantity=r.hours) for r in rows]


def _price(ticket: Ticket, job: Job) -> None:
    rates = rates_of(job)
    rows = list(ticket.lines.all())
    for li in rows:
        found = price_line(rate_for(rates, Rated(li.sort), li.name, ticket.day), li.quantity, li.overtime, li.unit_cost)
        li.price, li.cost = found.price, found.cost
    TicketLine.objects.bulk_update(rows, ["price", "cost"])


def _locked(ticket: UUID, to: str, actor: Actor, call: Call, right: str) -> Document:
    """Job first, then the document. Raises CannotMove."""
    found: Document = Document.objects.filter(sort=Sort.TICKET).find(ticket, actor)
    Job.objects.select_for_update().filter(pk=found.job_id).first()
    doc: Document = Document.objects.locked(ticket, actor, call)
    require(actor, right)
    check_move(NEXT, doc.status, to, doc.number)
    return doc


@command("ticket.sign", field_fact=True)
def sign_ticket(
    *, ticket: UUID, name: Name, company: Name, signature: str, actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """The client's man signs the day's ticket on our phone: his name, whose man he is, his signature (a picture, base64).

    It covers hours and quantities, not prices. From now on it never changes.
    """
    doc = _locked(ticket, "signed", actor, call, "ticket.edit")
    try:
        picture = base64.b64decode(signature, validate=True)
    except ValueError as bad:
        raise Invalid("The signature must be a picture, base64.", field="signature") from bad
    file = keep(
        data=picture, name=f"{doc.number} signature.png", sort="signature", about=doc.subject, actor=actor.within("ticket.sign"), call=call
    )
    if not file.media_type.startswith("image/"):
        raise Invalid("Sign on the glass: the signature is missing.", field="signature")
    row = _close(doc, name, call, {"signed_for": company, "signature": file})
    doc = register.move(doc, "signed", BALL["signed"], actor=actor, call=call)
    told = facts.TicketSigned(number=doc.number, by=name, company=company, sha256=row.sha256, late=row.late)
    record(told, about=doc, actor=actor, call=call)
    return doc


@command("ticket.refuse", field_fact=True)
def refuse_ticket(
    *, ticket: UUID, name: Name, witness: Name, reason: Annotated[str, Field(min_length=1, max_length=300)], actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """The client's man refuses to sign: who, why, and who saw it. A photo of the work must be kept with the ticket first."""
    doc = _locked(ticket, "refused", actor, call, "ticket.edit")
    if witness.strip().casefold() == name.strip().casefold():
        raise Invalid("The witness is somebody else than who refused.", field="witness")
    if not File.objects.filter(subject_uid=doc.uid, media_type__startswith="image/").exists():
        raise Refused("Keep a photo of the work with the ticket first: it stands for the signature.", field="photo")
    row = _close(doc, name, call, {"witness": witness, "refused_because": reason})
    doc = register.move(doc, "refused", BALL["refused"], actor=actor, call=call, reason=reason)
    told = facts.TicketRefused(number=doc.number, by=name, witness=witness, reason=reason, sha256=row.sha256)
    record(told, about=doc, actor=actor, call=call)
    return doc


def used_of(ticket: Ticket) -> list[Used]:
    """What the signature covers."""
    return [li.used for li in ticket.lines.select_related("person")]


def hash_of(ticket: Ticket) -> str:
    """The hash that the ticket as it stands now must have: another one says that it was tampered with."""
    doc = ticket.document
    assert ticket.signed_at is not None
    return content_hash(
        job=str(doc.job.uid), number=doc.number, day=ticket.day, text=doc.body, lines=used_of(ticket), photos=ticket.photos,
        name=ticket.signed_by,
        at=ticket.signed_at,
    )  # fmt: skip


def _close(doc: Document, name: str, call: Call, values: dict[str, object]) -> Ticket:
    """Hash what is there and keep it: the ticket is closed."""
    row: Ticket = doc.ticket
    row.signed_by, row.signed_at = name, call.occurred_at
    row.late = late(row.day, accounting_day(call.occurred_at, doc.job.branch))
    for key, value in values.items():
        setattr(row, key, value)
    images = File.objects.filter(subject_uid=doc.uid, media_type__startswith="image/")
    row.photos = sorted(images.values_list("sha256", flat=True))
    row.sha256 = hash_of(row)
    row.save()
    return row


@command("ticket.price")
def price_ticket(*, ticket: UUID, actor: Actor, call: Call) -> Document:
    """Price a ticket again by the contract's rates as they are now; hours and quantities stay as signed."""
    doc: Document = Document.objects.filter(sort=Sort.TICKET).locked(ticket, actor, call)
    require(actor, "event.edit")
    if doc.status in ("attached", "void"):
        raise Refused(f"{doc.number} is {doc.status}: its price stands.")
    _price(doc.ticket, doc.job)
    found = sums(list(doc.ticket.lines.all()))
    told = facts.TicketPriced(number=doc.number, price=dollars(found["price"]), without_rate=found["without_rate"])
    record(told, about=doc, actor=actor, call=call)
    doc.change()
    return doc


@command("ticket.attach")
def attach_ticket(*, ticket: UUID, event: UUID, cost_code: str, actor: Actor, call: Call) -> Document:
    """Take a signed (or refused) ticket up in a change event: one line for labor, material and equipment each, at the agreed rates."""
    doc = _locked(ticket, "attached", actor, call, "event.edit")
    on: Document = Document.objects.filter(sort=Sort.EVENT).locked(event, actor)
    if on.job_id != doc.job_id or on.status not in LIVE:
        raise Refused(f"{on.number} is {on.status}, or of another project: take a live event of this one.", field="event")
    code = CostCode.objects.filter(code=cost_code).first()
    if code is None:
        raise Invalid(f"There is no cost code '{cost_code}'.", field="cost_code")
    row = doc.ticket
    lines = list(row.lines.all())
    found = sums(lines)
    if found["without_rate"]:
        raise Refused(
            f"{found['without_rate']} line(s) of {doc.number} have no rate in the contract. Agree it (terms.rates), then price the ticket."
        )
    for sort in Rated:
        mine = [li for li in lines if li.sort == sort]
        if mine:
            part = sums(mine)
            made = EventLine.objects.create(
                event=on.change_event, description=f"{doc.number} {sort} of {row.day:%b %-d}", cost_code=code, cost_type=COST_TYPE[sort],
                rom_cost=part["cost"], rom_price=part["price"], fixed=True,
            )  # fmt: skip
            TicketLine.objects.filter(pk__in=[li.pk for li in mine]).update(event_line=made)
    Ticket.objects.filter(pk=row.pk).update(event=on.change_event)
    on.change()
    doc = register.move(doc, "attached", BALL["attached"], actor=actor, call=call, closed_at=call.occurred_at)
    told = facts.TicketAttached(number=doc.number, event=on.number, price=dollars(found["price"]), cost=dollars(found["cost"]))
    record(told, about=doc, actor=actor, call=call)
    return doc


@command("ticket.void")
def void_ticket(*, ticket: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> Document:
    """Withdraw a ticket that no event has taken up; its number and what was signed stay."""
    doc = _locked(ticket, "void", actor, call, "event.edit")
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason, closed_at=call.occurred_at)
