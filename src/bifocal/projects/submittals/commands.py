"""Submittals: required, submitted, reviewed step by step, returned, closed or revised, then bought."""

from __future__ import annotations

from datetime import date as Date
from typing import Any, Literal
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.documents.models import File
from bifocal.kernel.documents.paper import render
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Contact
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.register import commands as register
from bifocal.projects.register import seats
from bifocal.projects.register.facts import ProcurementMoved
from bifocal.projects.register.models import Document, DocumentLink
from bifocal.projects.register.rules import Ball, Sort, check_move, step_now
from bifocal.projects.submittals.paper import paper_data
from bifocal.projects.submittals.rules import (
    BALL,
    NEUTRAL,
    NEXT,
    STOPS,
    Code,
    check_procurement,
    overall,
    submit_by,
)  # fmt: skip


def _find(submittal: UUID, actor: Actor, call: Call) -> Document:
    """Job first, then the document: numbers within a spec section are counted under the job's lock."""
    found: Document = Document.objects.filter(sort=Sort.SUBMITTAL).find(submittal, actor)
    Job.objects.select_for_update().filter(pk=found.job_id).first()
    doc: Document = Document.objects.locked(submittal, actor, call)
    return doc


def _load(submittal: UUID, to: str, right: str, actor: Actor, call: Call) -> Document:
    doc = _find(submittal, actor, call)
    require(actor, right)
    check_move(NEXT, doc.status, to, doc.number or "This submittal")
    return doc


def _check_in_review(doc: Document) -> None:
    check_move(NEXT, doc.status, "in_review", doc.number or "This submittal")
    if doc.status != "in_review":
        raise Refused(f"{doc.number} is {doc.status.replace('_', ' ')}: it is not in review.")


def _invitation(doc: Document) -> seats.Invitation:
    return seats.Invitation("submittal", ("submittal.review", "document.read", "file.attach"), doc.body or doc.title)


@command("submittal.draft")
def draft_submittal(
    *, job: UUID, title: str, spec_section: str, description: str = "", manager: UUID | None = None, on_site: Date | None = None,
    lead_days: int = 0, design_days: int = 14, internal_days: int = 5, distribution: list[str] | None = None,
    actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Plan a submittal of a spec section; counted back from the day it must be on site."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "submittal.edit")
    if not spec_section:
        raise Invalid("A submittal belongs to a spec section, like 23 74 13.", field="spec_section")
    dates = submit_by(on_site, lead_days=lead_days, design_days=design_days, internal_days=internal_days) if on_site else {}
    external: dict[str, Any] = {"lead_days": lead_days, **{k: str(v) for k, v in dates.items()}}
    external |= {"on_site": str(on_site)} if on_site else {}
    return register.draft(
        job=row, sort=Sort.SUBMITTAL, title=title, body=description, spec_section=spec_section, external=external,
        due=dates.get("submit_by"), manager=Person.objects.find(manager, actor) if manager else None,
        distribution=distribution or [], actor=actor, call=call,
    )  # fmt: skip


@command("submittal.require")
def require_submittal(*, submittal: UUID, submitter: UUID | None = None, actor: Actor, call: Call) -> Document:
    """Put it on the register with its number and ask its submitter for it: a subcontractor's contact by a link, or ourselves."""
    doc = _load(submittal, "required", "submittal.manage", actor, call)
    if doc.status != "draft":
        raise Refused(f"{doc.number} is on the register already.")
    taken = Document.objects.filter(job=doc.job, sort=Sort.SUBMITTAL, spec_section=doc.spec_section, revision=0).exclude(number="").count()
    doc.number = f"{doc.spec_section}-{taken + 1:03d}"
    doc.assignee = Contact.objects.filter(uid=submitter).first() if submitter else None
    if submitter and doc.assignee is None:
        raise Invalid("There is no such contact.", field="submitter")
    _ask_submitter(doc, actor.within("submittal.require"), call)
    given: dict[str, Any] = {"number": doc.number, "assignee": doc.assignee, "manager": register.manage(doc, actor)}
    return register.move(doc, "required", BALL["required"], actor=actor, call=call, **given)


def _ask_submitter(doc: Document, actor: Actor, call: Call) -> None:
    who = doc.assignee
    if who and who.email:
        register.send_link(
            about=doc.subject, purpose="submittal", rights=["submittal.submit", "document.read", "file.attach"], name=who.name,
            email=who.email, title=f"Submittal {doc.number}.{doc.revision} {doc.title} is required",
            text=f"{doc.body}\n\nPlease submit it{f' by {doc.due}' if doc.due else ''}, with its papers attached. Open it here:",
            days=120, actor=actor, call=call,
        )  # fmt: skip


@command("submittal.submit")
def submit_submittal(*, submittal: UUID, text: str = "", actor: Actor, call: Call) -> Document:
    """Hand it in with at least one paper; the manager looks first, before the design team does."""
    doc = _load(submittal, "in_review", "submittal.submit", actor, call)
    if doc.status != "required":
        raise Refused(f"{doc.number} is submitted already.")
    if not File.objects.filter(subject_uid=doc.uid).exists():
        raise Refused("Attach at least one paper: the data sheet, shop drawing or sample's photo.", field="files")
    register.respond(doc, text=text, code="submitted", required=False, actor=actor, call=call)
    opened: dict[str, Any] = {"opened_at": doc.opened_at or call.occurred_at}
    return register.move(doc, "in_review", Ball.MANAGER, actor=actor, call=call, **opened)


@command("submittal.turn_back")
def turn_back_submittal(*, submittal: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Not fit for the design team: back to the submitter with what is missing, before anybody reviews it."""
    doc = _load(submittal, "required", "submittal.manage", actor, call)
    if doc.ball != Ball.MANAGER:
        raise Refused(f"{doc.number} is with {doc.ball_name or 'nobody'}: it can be turned back only before it is sent on.")
    if not reason:
        raise Invalid("Say what is missing.", field="reason")
    register.respond(doc, text=reason, code="not_sent_on", required=False, actor=actor, call=call)
    _ask_submitter(doc, actor.within("submittal.turn_back"), call)
    return register.move(doc, "required", BALL["required"], actor=actor, call=call, reason=reason)


@command("submittal.send")
def send_submittal(*, submittal: UUID, reviewers: list[seats.Ask], actor: Actor, call: Call) -> dict[str, Any]:
    """Send it to its reviewers by links: those of one step at once, step after step, each with its days."""
    doc = _load(submittal, "in_review", "submittal.manage", actor, call)
    _check_in_review(doc)
    if doc.ball != Ball.MANAGER or seats.current(doc):
        raise Refused(f"{doc.number} is in review already: {doc.ball_name}.")
    seats.seat(doc, reviewers)
    first = [s for s in seats.current(doc) if s.step == 1]
    invited = seats.invite(doc, first, _invitation(doc), due=None, actor=actor.within("submittal.send"), call=call)
    doc = register.move(doc, "in_review", BALL["in_review"], actor=actor, call=call, due=invited.due)
    return {**doc.answer(), "links": invited.links}


@command("submittal.forward")
def forward_submittal(
    *, submittal: UUID, to: UUID, comment: str = "", seat: UUID | None = None, actor: Actor, call: Call
) -> Document:  # fmt: skip
    """Give a review on to one person, a consultant; it comes back with theirs."""
    doc = _find(submittal, actor, call)
    mine = seats.answering(doc, actor, seat, "submittal.review", check=_check_in_review)
    seats.forward(doc, mine, to, comment, _invitation(doc), actor=actor.within("submittal.forward"), call=call)
    register.respond(doc, text=comment, code="forwarded", required=False, step=mine.step, by=mine.name, actor=actor, call=call)
    return register.move(doc, "in_review", BALL["in_review"], actor=actor, call=call, reason=comment)


@command("submittal.review")
def review_submittal(*, submittal: UUID, code: Code, text: str = "", seat: UUID | None = None, actor: Actor, call: Call) -> Document:
    """Review it. The next step is asked when all required of this one have answered; after the last it is returned.

    The worst code of all reviewers decides.
    """
    doc = _find(submittal, actor, call)
    mine = seats.answering(doc, actor, seat, "submittal.review", check=_check_in_review)
    if code in STOPS and not text:
        raise Invalid("Say what must change.", field="text")
    seats.answer(mine, call)
    register.respond(doc, text=text, code=code, required=mine.required, step=mine.step, by=mine.name, actor=actor, call=call)
    again: dict[str, Any] = {}
    if due := seats.go_on(doc, mine.step, _invitation(doc), actor=actor.within("submittal.review"), call=call):
        again["due"] = due
    if step_now(register.places(doc)) is not None:
        return register.move(doc, "in_review", BALL["in_review"], actor=actor, call=call, **again)
    codes = doc.responses.filter(revision=doc.revision).exclude(code__in=NEUTRAL).values_list("code", flat=True)
    result = {**doc.external, "review": overall(list(codes))}
    return register.move(doc, "returned", BALL["returned"], actor=actor, call=call, external=result)


@command("submittal.close")
def close_submittal(*, submittal: UUID, actor: Actor, call: Call) -> Document:
    """Close a returned submittal and distribute it. One that must be revised gets its next revision; the old one stays as it was."""
    doc = _load(submittal, "closed", "submittal.manage", actor, call)
    goes_on = doc.external.get("review") not in STOPS
    closed: dict[str, Any] = {
        "closed_at": call.occurred_at,
        "external": {**doc.external, **({"procurement": "to_order"} if goes_on else {})},
    }
    doc = register.move(doc, "closed", BALL["closed"], actor=actor, call=call, **closed)
    inner = actor.within("submittal.close")
    pdf = render("submittal", paper_data(doc))
    register.distribute(doc, pdf, f"Submittal {doc.number}.{doc.revision} is closed. It is attached.", actor=inner, call=call)
    if not goes_on:
        _revise(doc, inner, call)
    return doc


def _revise(doc: Document, actor: Actor, call: Call) -> Document:
    """The next revision under the same number, asked of the same submitter; its links are kept."""
    nxt = register.draft(
        job=doc.job, sort=Sort.SUBMITTAL, title=doc.title, body=doc.body, spec_section=doc.spec_section, manager=doc.manager,
        revision=doc.revision + 1, external={k: v for k, v in doc.external.items() if k != "review"}, assignee=doc.assignee,
        distribution=doc.distribution, due=register.due_after(doc, 5, call), actor=actor, call=call,
    )  # fmt: skip
    links = [DocumentLink(source=li.source, target=nxt, why=li.why) for li in doc.links_in.all()]
    links += [DocumentLink(source=nxt, target=li.target, why=li.why) for li in doc.links_out.all()]
    DocumentLink.objects.bulk_create([*links, DocumentLink(source=doc, target=nxt, why="revised as")])
    nxt.number = doc.number
    _ask_submitter(nxt, actor, call)
    return register.move(nxt, "required", BALL["required"], actor=actor, call=call, number=doc.number)


@command("submittal.procure")
def procure_submittal(
    *, submittal: UUID, stage: Literal["ordered", "in_fabrication", "shipped", "on_site"], date: Date, note: str = "",
    actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Note how far the purchase is: ordered, in fabrication, shipped, on site."""
    doc: Document = Document.objects.filter(sort=Sort.SUBMITTAL).locked(submittal, actor, call)
    require(actor, "submittal.manage")
    check_procurement(doc.external.get("procurement", ""), stage)
    doc.change(external={**doc.external, "procurement": stage, stage: str(date)})
    record(ProcurementMoved(stage=stage, date=str(date), note=note), about=doc, actor=actor, call=call)
    return doc


@command("submittal.void")
def void_submittal(*, submittal: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Withdraw a submittal; its number stays taken."""
    doc = _load(submittal, "void", "submittal.manage", actor, call)
    if not reason:
        raise Invalid("Say why it is withdrawn.", field="reason")
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason)
