"""Our waivers to a general contractor, and our own papers."""

from __future__ import annotations

import base64
from datetime import date as Date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.messages.commands import send
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7
from bifocal.projects.commitments.rules import PAPER_NAME, Paper
from bifocal.projects.payapps import commands as payapps
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.rules import Status
from bifocal.projects.subapps.rules import UNCONDITIONAL, Waiver
from bifocal.projects.upward import queries
from bifocal.projects.upward.facts import OurPaperKept, OurPaperSent, OurWaiverGiven
from bifocal.projects.upward.models import OurPaper, OurWaiver
from bifocal.projects.upward.paper import waiver_pdf
from bifocal.projects.upward.rules import check_unconditional


@command("ourwaiver.give")
def give_waiver(
    *, payapp: UUID, sort: Waiver, name: Annotated[str, Field(min_length=1, max_length=120)], exceptions: str = "",
    cleared_on: Date | None = None, actor: Actor, call: Call,
) -> OurWaiver:  # fmt: skip
    """Give the general contractor our waiver: conditional over what is asked for, unconditional over what they paid and has cleared."""
    contract = payapps.contract_of(payapp, actor)
    app: PayApp = PayApp.objects.locked(payapp, actor, call)
    require(actor, "gc.send")
    today = accounting_day(call.occurred_at, contract.job.branch)
    if app.status not in (Status.SUBMITTED, Status.CERTIFIED):
        raise Refused(f"Application {app.number} is {app.state.replace('_', ' ')}: submit it before anything is waived.")
    amount: Decimal = app.line8 if app.certified is None else app.certified
    if sort in UNCONDITIONAL:
        money = queries.money_for(app)
        amount = sum((m.amount for m in money), Decimal(0))
        check_unconditional(amount, money, cleared_on, today)
    app.our_waivers.filter(sort=sort).exclude(status="void").update(status="void")
    row = OurWaiver.objects.create(
        payapp=app, sort=sort, through=app.period_to, amount=amount, exceptions=exceptions[:300], signer=name, given_on=today,
        cleared_on=cleared_on if sort in UNCONDITIONAL else None,
    )  # fmt: skip
    pdf = waiver_pdf(app, sort, amount=amount, exceptions=exceptions, signer=name, on=today)
    title = f"{sort.replace('_', ' ').capitalize()} waiver, application {app.number}.pdf"
    keep(data=pdf, name=title, sort="waiver", about=app.subject, actor=actor.within("ourwaiver.give"), call=call)
    told = OurWaiverGiven(sort=sort, amount=str(amount), by=name, cleared_on=str(cleared_on or ""))
    record(told, about=app, actor=actor, call=call)
    return row


@command("ourpaper.keep")
def keep_paper(
    *, sort: Paper, content: str, name: str = "certificate.pdf", until: Date | None = None, reference: str = "", actor: Actor, call: Call
) -> OurPaper:
    """Keep our own certificate of insurance, license, W-9 or bond (base64), and until when it holds."""
    require(actor, "vendor.papers")
    if until is None and sort != Paper.W9:
        raise Invalid("Say until when it holds.", field="until")
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The file's content must be base64.", field="content") from bad
    uid = uuid7()
    file = keep(data=data, name=name, sort="paper", about=Subject("our_paper", uid), actor=actor.within("ourpaper.keep"), call=call)
    row = OurPaper.objects.create(uid=uid, sort=sort, until=until, reference=reference[:120], file=file.uid)
    record(OurPaperKept(sort=sort, until=str(until or "")), about=row, actor=actor, call=call)
    return row


@command("ourpaper.send")
def send_paper(*, paper: UUID, job: UUID, to: str, actor: Actor, call: Call) -> OurPaper:
    """Send our certificate to whoever asks for it on a job. Refused for one that has run out."""
    row: OurPaper = OurPaper.objects.find(paper, actor)
    about: Job = Job.objects.find(job, actor)
    require(actor, "vendor.papers")
    today = accounting_day(call.occurred_at, about.branch)
    what = PAPER_NAME[Paper(row.sort)]
    if row.until and row.until < today:
        raise Refused(f"This {what} ran out on {row.until}: keep the new one first.", field="paper")
    body = f"Attached is our {what}{f', valid until {row.until:%B %-d, %Y}' if row.until else ''}, for {about.title}.\n"
    send(to=to, title=f"Our {what}", body=body, about=about.subject, files=[row.file], actor=actor.within("ourpaper.send"), call=call)
    record(OurPaperSent(sort=row.sort, to=to), about=about, actor=actor, call=call)
    return row
