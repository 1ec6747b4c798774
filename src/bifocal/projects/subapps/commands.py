"""Applications of subcontractors: invited, filled from a link, decided by line, their waivers signed."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.db.models import Max
from pydantic import BaseModel, Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import ZERO, cents, dollars
from bifocal.projects.commitments import commands as commitments
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.commitments.rules import BILLABLE
from bifocal.projects.register import commands as register
from bifocal.projects.register.rules import check_move
from bifocal.projects.subapps import queries
from bifocal.projects.subapps.facts import SubAppCleared, SubAppFilled, SubAppInvited, SubAppMoved, SupplierClaimed, WaiverSigned
from bifocal.projects.subapps.models import LienWaiver, SubApp, SubAppLine
from bifocal.projects.subapps.rules import AFTER, EDITABLE, NEXT, OPEN, UNCONDITIONAL, WAIVER_NEXT, Status, Waiver, decided

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


@command("subapp.invite")
def invite(
    *, commitment: UUID, period_to: Date, name: Name, email: str = "", final: bool = False, suppliers: list[str] | None = None,
    actor: Actor, call: Call,
) -> dict[str, object]:  # fmt: skip
    """Invite a subcontractor to bill: their lines from a link, without an account. `suppliers` of theirs must waive too."""
    row: Commitment = Commitment.objects.locked(commitment, actor)
    require(actor, "subapp.review")
    if row.status not in BILLABLE:
        raise Refused(f"{row.number or 'This commitment'} is {row.status.replace('_', ' ')}: nobody can bill on it.")
    if row.applications.filter(status__in=OPEN).exists():
        raise Refused(f"There is an open application on {row.number}. Decide or withdraw it first.")
    number = (row.applications.exclude(status=Status.VOID).aggregate(n=Max("number"))["n"] or 0) + 1
    app = SubApp.objects.create(commitment=row, number=number, period_to=period_to, contact_name=name, contact_email=email, final=final)
    before = queries.taken(row)
    SubAppLine.objects.bulk_create(
        SubAppLine(subapp=app, line=li, previous=before.get(li.pk, ZERO)) for li in row.lines.filter(counts=True)
    )  # fmt: skip
    sort = Waiver.CONDITIONAL_FINAL if final else Waiver.CONDITIONAL_PROGRESS
    claimants = dict.fromkeys([row.vendor.name, *(s.strip() for s in suppliers or [] if s.strip())])  # each once, the vendor first
    LienWaiver.objects.bulk_create(LienWaiver(subapp=app, sort=sort, through=period_to, claimant=who) for who in claimants)
    link, address = register.send_link(
        about=app.subject, purpose="subapp", rights=["subapp.fill"], name=name, email=email,
        title=f"{row.number} {row.title}: please bill to {period_to:%B %-d}", text=f"Your application for payment on {row.number}:",
        days=60, actor=actor.within("subapp.invite"), call=call,
    )  # fmt: skip
    record(SubAppInvited(number=number, to=name, period_to=str(period_to)), about=app, actor=actor, call=call)
    return {**app.answer(), "link": str(link.uid), "link_path": "/link/" + address.rsplit("/", 1)[-1]}


class ClaimIn(BaseModel):
    """What is claimed on one line: an amount of this period, or the percent complete to date."""

    item: str
    amount: Money | None = None
    percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None


def _load(subapp: UUID, right: str, actor: Actor, call: Call) -> SubApp:
    """The commitment first, then its application: the lock order that approval needs too."""
    found: SubApp = SubApp.objects.find(subapp, actor)
    Commitment.objects.select_for_update().get(pk=found.commitment_id)
    row: SubApp = SubApp.objects.locked(subapp, actor, call)
    require(actor, right)
    return row


@command("subapp.fill")
def fill(*, subapp: UUID, lines: list[ClaimIn], their_number: str = "", actor: Actor, call: Call) -> SubApp:
    """Fill the application by amount or percent. Refused beyond a line's amount."""
    app = _load(subapp, "subapp.fill", actor, call)
    if app.status not in EDITABLE:
        raise Refused(f"Application {app.number} is {app.status.replace('_', ' ')}: it can't be changed now.")
    have = {li.line.item: li for li in app.lines.select_related("line")}
    for n, claim in enumerate(lines):
        row = have.get(claim.item)
        if row is None:
            raise Invalid(f"There is no item {claim.item}.", field=f"lines.{n}.item")
        _claim(row, claim, f"lines.{n}")
        row.save(update_fields=["claimed"])
    app.change(status=Status.DRAFT, their_number=their_number or app.their_number)
    told = SubAppFilled(number=app.number, claimed=str(queries.figures(app)["claimed"]))
    record(told, about=app, actor=actor, call=call)
    return app


def _claim(row: SubAppLine, claim: ClaimIn, where: str) -> None:
    if claim.amount is not None:
        row.claimed = claim.amount
    elif claim.percent is not None:
        row.claimed = cents(row.line.amount * claim.percent / 100) - row.previous
    after = row.previous + row.claimed
    if abs(after) > abs(row.line.amount) or after * row.line.amount < 0:
        raise Refused(
            f"Item {claim.item} is {dollars(row.line.amount)} with {dollars(row.previous)} billed before:"
            f" {dollars(row.claimed)} is too much.",
            field=where,
        )  # fmt: skip


@command("subapp.submit")
def submit(*, subapp: UUID, name: Name, exceptions: str = "", address: str = "", actor: Actor, call: Call) -> SubApp:
    """Submit it with the conditional waiver signed for its net amount: effective only when the payment clears."""
    app = _load(subapp, "subapp.fill", actor, call)
    check_move(NEXT, app.status, Status.REVIEW, f"Application {app.number}")
    sums = queries.figures(app)
    if sums["claimed"] == 0:
        raise Refused("Nothing is claimed yet: fill the lines first.")
    waiver = app.waivers.filter(claimant=app.commitment.vendor.name).exclude(sort__in=UNCONDITIONAL).exclude(status="void").get()
    waiver.change(
        status="signed", amount=sums["net"], exceptions=exceptions[:300], signer=name, signed_at=call.occurred_at, address=address[:60]
    )  # fmt: skip
    told = WaiverSigned(sort=waiver.sort, amount=str(waiver.amount), by=name, address=address)
    record(told, about=app, actor=actor, call=call)
    return _move(app, Status.REVIEW, actor, call)


def _move(app: SubApp, to: Status, actor: Actor, call: Call, reason: str = "", **also: object) -> SubApp:
    check_move(NEXT, app.status, to, f"Application {app.number}")
    before = app.status
    app.change(status=to, **also)
    record(SubAppMoved(number=app.number, before=before, after=to, reason=reason), about=app, actor=actor, call=call)
    return app


class DecisionIn(BaseModel):
    """What is approved of a line, with a comment where it is less."""

    item: str
    approved: Money
    comment: str = ""


@command("subapp.return")
def send_back(*, subapp: UUID, reason: Annotated[str, Field(min_length=1, max_length=300)], actor: Actor, call: Call) -> SubApp:
    """Send it back to be revised; the signed waiver waits for the new amount."""
    app = _load(subapp, "subapp.review", actor, call)
    app.waivers.filter(status="signed").update(status="required")
    return _move(app, Status.REVISE, actor, call, reason=reason, note=reason)


@command("subapp.approve")
def approve(*, subapp: UUID, lines: list[DecisionIn] | None = None, date: Date | None = None, actor: Actor, call: Call) -> SubApp:
    """Approve it, whole or lower by line with a comment: the bill is in the books with its retainage (C1). Paying is another act."""
    app = _load(subapp, "subapp.review", actor, call)
    check_move(NEXT, app.status, Status.APPROVED, f"Application {app.number}")
    rows = _decide(app, lines or [])
    status = decided([r.claimed for r in rows], [r.approved or ZERO for r in rows])
    wanted = [commitments.TakenIn(item=r.line.item, amount=r.approved) for r in rows if r.approved]
    if not wanted:
        raise Refused("Nothing of it is approved: send it back with the reason instead.")
    commitment = Commitment.objects.get(pk=app.commitment_id)
    number = app.their_number or f"{commitment.number} application {app.number}"
    bill = commitments.post_bill(
        commitment, number, date or accounting_day(call.occurred_at, commitment.job.branch), wanted, actor=actor.within("subapp.approve"),
        call=call,
    )  # fmt: skip
    return _move(app, status, actor, call, bill=bill)


def _decide(app: SubApp, lines: list[DecisionIn]) -> list[SubAppLine]:
    """Every line gets its decision: what is said, else what was claimed."""
    said = {d.item: d for d in lines}
    rows = list(app.lines.select_related("line"))
    stray = set(said) - {r.line.item for r in rows}
    if stray:
        raise Invalid(f"There is no item {min(stray)}.", field="lines")
    for row in rows:
        decision = said.get(row.line.item)
        row.approved = row.claimed if decision is None else decision.approved
        row.comment = decision.comment if decision else ""
        if row.claimed != row.approved and not row.comment:
            raise Invalid(f"Say why item {row.line.item} gets {dollars(row.approved)} of {dollars(row.claimed)}.", field="lines")
        if abs(row.approved) > abs(row.claimed) or row.approved * row.claimed < 0:
            raise Refused(f"Item {row.line.item} claims {dollars(row.claimed)}: more can't be approved.", field="lines")
    SubAppLine.objects.bulk_update(rows, ["approved", "comment"])
    return rows


@command("subapp.clear")
def clear(*, subapp: UUID, on: Date | None = None, actor: Actor, call: Call) -> SubApp:
    """Note that the payment cleared: the conditional waiver takes effect, the unconditional one is asked for."""
    app = _load(subapp, "bill.pay", actor, call)
    if app.bill is None or app.bill.open_amount > 0 or not app.bill.paid:
        raise Refused(f"Application {app.number} is not paid yet.")
    if app.cleared_on:
        raise Refused(f"The payment of application {app.number} cleared on {app.cleared_on}.")
    day = on or accounting_day(call.occurred_at)
    for waiver in list(app.waivers.filter(status="signed")):
        waiver.change(status="effective")
        LienWaiver.objects.create(
            subapp=app, sort=AFTER[Waiver(waiver.sort)], through=waiver.through, amount=waiver.amount, claimant=waiver.claimant
        )
    app.change(cleared_on=day)
    record(SubAppCleared(number=app.number, on=str(day)), about=app, actor=actor, call=call)
    return app


@command("waiver.sign")
def sign_waiver(
    *, subapp: UUID, sort: Waiver, name: Name, claimant: str = "", amount: Money | None = None, exceptions: str = "", address: str = "",
    actor: Actor, call: Call,
) -> LienWaiver:  # fmt: skip
    """Sign a waiver that is asked for, the subcontractor's or a supplier's. An unconditional one only after the payment cleared."""
    app = _load(subapp, "subapp.fill" if actor.link_uid else "subapp.review", actor, call)
    if sort in UNCONDITIONAL and app.cleared_on is None:
        raise Refused("An unconditional waiver is signed only after the payment has cleared.", field="sort")
    who = claimant or app.commitment.vendor.name
    row: LienWaiver | None = app.waivers.select_for_update().filter(sort=sort, claimant=who).exclude(status="void").first()
    if row is None:
        raise Invalid(f"No {sort.replace('_', ' ')} waiver of {who} is asked for.", field="sort")
    check_move(WAIVER_NEXT, row.status, "signed", "This waiver")
    net = queries.figures(app)["net"]
    row.change(
        status="effective" if sort in UNCONDITIONAL else "signed", amount=net if amount is None else amount, exceptions=exceptions[:300],
        signer=name, signed_at=call.occurred_at, address=address[:60],
    )  # fmt: skip
    if sort in UNCONDITIONAL:
        app.waivers.filter(claimant=who, status="effective").exclude(sort__in=UNCONDITIONAL).update(status="superseded")
    record(WaiverSigned(sort=sort, amount=str(row.amount), by=name, address=address), about=app, actor=actor, call=call)
    return row


@command("waiver.claim")
def claim_waiver(
    *, subapp: UUID, claimant: Name, owed: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)], actor: Actor, call: Call
) -> LienWaiver:
    """Note what a supplier is owed: a missing waiver then holds that much of the check. A supplier who was not named is asked for one."""
    app = _load(subapp, "subapp.review", actor, call)
    if claimant == app.commitment.vendor.name:
        raise Refused("This is for the subcontractor's suppliers: the subcontractor's own waiver covers the application.", field="claimant")
    sort = Waiver.CONDITIONAL_FINAL if app.final else Waiver.CONDITIONAL_PROGRESS
    row = app.waivers.filter(claimant=claimant, status="required").exclude(sort__in=UNCONDITIONAL).first()
    if row is None:
        row = LienWaiver.objects.create(subapp=app, sort=sort, through=app.period_to, claimant=claimant)
    row.change(owed=owed)
    record(SupplierClaimed(claimant=claimant, owed=str(owed)), about=app, actor=actor, call=call)
    return row


@command("subapp.void")
def withdraw(*, subapp: UUID, reason: Annotated[str, Field(min_length=1)], actor: Actor, call: Call) -> SubApp:
    """Withdraw an application that is not decided."""
    app = _load(subapp, "subapp.review", actor, call)
    app.waivers.exclude(status="void").update(status="void")
    return _move(app, Status.VOID, actor, call, reason=reason)
