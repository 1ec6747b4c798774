"""Rolling subcontractors' approvals up, paying them when paid, planning pay runs and chasing what is missing."""

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
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.payapps import commands as payapps
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.register import commands as register
from bifocal.projects.rollup import queries
from bifocal.projects.rollup.facts import Chased, PayRunPlanned, PayTermsAgreed, RolledIn
from bifocal.projects.rollup.models import Chase, PayRun, PayTerms, RolledUp
from bifocal.projects.rollup.rules import chaser
from bifocal.projects.subapps import queries as subapps

Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class TakeIn(BaseModel):
    """What is billed of a line this period: as proposed, or otherwise."""

    item: str
    amount: Money


@command("payapp.roll_up")
def roll_up(*, payapp: UUID, lines: list[TakeIn] | None = None, actor: Actor, call: Call) -> PayApp:
    """Take what subcontractors were approved into a pencil application: as proposed, or these amounts. Each approval is taken once."""
    payapps.contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "payapp.edit")
    found = {r["item"]: r for r in queries.proposals(app)["rows"]}
    if not found:
        raise Refused("No subcontractor's approval waits to be billed on a line of this contract.")
    wanted = lines if lines is not None else [TakeIn(item=i, amount=r["proposed"]) for i, r in found.items()]
    stray = [li.item for li in wanted if li.item not in found]
    if stray:
        raise Invalid(f"Item {stray[0]} has nothing to take from subcontractors.", field="lines")
    filled = [payapps.LineIn(item=li.item, this_period=li.amount) for li in wanted]
    app = payapps.fill_payapp(payapp=payapp, lines=filled, actor=actor, call=call.inner())
    rows = {li.sov.item: li for li in app.lines.select_related("sov")}
    RolledUp.objects.bulk_create(RolledUp(line=rows[li.item], sub=s) for li in wanted for s in found[li.item]["sources"])
    told = RolledIn(number=app.number, lines=[f"{li.item}: {li.amount}" for li in wanted])
    record(told, about=app, actor=actor, call=call)
    return app


@command("commitment.pay_terms")
def agree_pay_terms(*, commitment: UUID, pay_when_paid: bool, actor: Actor, call: Call) -> PayTerms:
    """Agree that a subcontractor is paid only when the owner paid for the work, or that they are not."""
    row: Commitment = Commitment.objects.locked(commitment, actor, call)
    require(actor, "commitment.edit")
    terms, _ = PayTerms.objects.update_or_create(commitment=row, defaults={"pay_when_paid": pay_when_paid})
    record(PayTermsAgreed(pay_when_paid=pay_when_paid), about=row, actor=actor, call=call)
    return terms


@command("payrun.plan")
def plan_run(*, on: Date, actor: Actor, call: Call) -> PayRun:
    """Plan the day on which subcontractors are paid next: whose check is held is told 7, 3 and 0 days before, once each."""
    require(actor, "bill.pay")
    if on < accounting_day(call.occurred_at):
        raise Refused(f"{on} is over. Plan a day that is ahead.", field="on")
    run, _ = PayRun.objects.get_or_create(on=on)
    PayRun.objects.filter(on__gte=accounting_day(call.occurred_at)).exclude(pk=run.pk).delete()
    record(PayRunPlanned(on=str(on)), about=run, actor=actor, call=call)
    return run


def chase(today: Date, *, actor: Actor, call: Call) -> int:
    """Write to every subcontractor whose check of the next run is held by what they can put right. Returns how many letters."""
    run = queries.next_run(today)
    days = chaser(run.on, today) if run else None
    if run is None or days is None:
        return 0
    sent = 0
    for row in subapps.pay_run(today):
        app, bill = row["app"], row["bill"]
        missing = subapps.holds(bill, bill.open_amount, today)
        if not missing or not app.contact_email or not Chase.objects.get_or_create(run=run, subapp=app, days=days)[1]:
            continue
        when = "today" if run.on == today else f"on {run.on:%B %-d}"
        register.send_link(
            about=app.subject, purpose="subapp", rights=["subapp.fill"], name=app.contact_name, email=app.contact_email,
            title=f"{app.commitment.number}: your check {when} is held",
            text=f"We pay {when}. Your check for {bill.number} waits for this: {'; '.join(missing)}.\n\nSign what is missing here:",
            days=30, actor=actor, call=call,
        )  # fmt: skip
        record(Chased(number=app.number, to=app.contact_email, days=days, missing=missing), about=app, actor=actor, call=call)
        sent += 1
    return sent
