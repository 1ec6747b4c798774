"""RFIs: asked, opened with a number, forwarded, answered, closed and distributed."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.policy import require
from bifocal.kernel.documents.paper import render
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.register import commands as register
from bifocal.projects.register import seats
from bifocal.projects.register.models import Document, Seat
from bifocal.projects.register.rules import Asked, Ball, Sort, check_move, step_now
from bifocal.projects.rfis.paper import paper_data
from bifocal.projects.rfis.rules import BALL, DAYS_TO_ANSWER, NEXT

Impact = Literal["yes_known", "yes_unknown", "no_impact", "n_a"]


def _find(rfi: UUID, actor: Actor, call: Call) -> Document:
    doc: Document = Document.objects.filter(sort=Sort.RFI).locked(rfi, actor, call)
    return doc


def _load(rfi: UUID, to: str, right: str, actor: Actor, call: Call) -> Document:
    doc = _find(rfi, actor, call)
    require(actor, right)
    check_move(NEXT, doc.status, to, doc.number or "This RFI")
    return doc


def _check_open(doc: Document) -> None:
    """Refuse what only an RFI that is being answered takes."""
    if doc.status != "open":
        raise Refused(f"{doc.number or 'This RFI'} is {doc.status.replace('_', ' ')}: it takes no answers now.")


def _invitation(doc: Document) -> seats.Invitation:
    return seats.Invitation("rfi", ("rfi.respond", "document.read", "file.attach"), doc.body)


def _assignees(doc: Document, assignees: list[UUID]) -> None:
    seats.seat(doc, [seats.Ask(who=a) for a in assignees])


@command("rfi.draft")
def draft_rfi(
    *, job: UUID, title: str, question: str, manager: UUID | None = None, assignees: list[UUID] | None = None, location: str = "",
    spec_section: str = "", reference: str = "", cost_code: str = "", distribution: list[str] | None = None,
    actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Write a question about the project; it gets its number when it is opened."""
    row: Job = Job.objects.find(job, actor)
    require(actor, "rfi.edit")
    if not question:
        raise Invalid("Write the question.", field="question")
    doc = register.draft(
        job=row, sort=Sort.RFI, title=title, body=question, location=location, spec_section=spec_section, reference=reference,
        cost_code=CostCode.objects.filter(code=cost_code).first(), distribution=distribution or [],
        manager=Person.objects.find(manager, actor) if manager else _manager_of(row), actor=actor, call=call,
    )  # fmt: skip
    if assignees:
        _assignees(doc, assignees)
    return doc


def _manager_of(job: Job) -> Person | None:
    member = job.members.filter(role="project_manager", until=None).select_related("person").first()
    return member.person if member else None


@command("rfi.edit")
def edit_rfi(
    *, rfi: UUID, title: str = "", question: str = "", location: str = "", reference: str = "", actor: Actor, call: Call
) -> Document:
    """Better a question that is still a draft; once it is open its text is frozen."""
    doc = _find(rfi, actor, call)
    require(actor, "rfi.edit")
    if doc.status != "draft":
        raise Refused(f"{doc.number or 'This RFI'} is {doc.status.replace('_', ' ')}: what was asked stays as it was asked.")
    given = {"title": title, "body": question, "location": location, "reference": reference}
    return register.move(doc, "draft", BALL["draft"], actor=actor, call=call, **{k: v for k, v in given.items() if v})


@command("rfi.submit")
def submit_rfi(*, rfi: UUID, actor: Actor, call: Call) -> Document:
    """Hand a draft to the project's manager, who opens it or sends it back."""
    doc = _load(rfi, "submitted", "rfi.edit", actor, call)
    if doc.manager is None:
        raise Refused("This project has no project manager to look at it. Name one on its team.", field="manager")
    return register.move(doc, "submitted", BALL["submitted"], actor=actor, call=call)


@command("rfi.decline")
def decline_rfi(*, rfi: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Send a submitted question back to its creator without opening it, with the reason."""
    doc = _load(rfi, "closed_draft", "rfi.manage", actor, call)
    if not reason:
        raise Invalid("Say why it is not asked.", field="reason")
    return register.move(doc, "closed_draft", BALL["closed_draft"], actor=actor, call=call, reason=reason)


@command("rfi.open")
def open_rfi(*, rfi: UUID, assignees: list[UUID] | None = None, due: Date | None = None, actor: Actor, call: Call) -> dict[str, Any]:
    """Send the question to its assignees: it gets a number, its text is frozen, the ball is theirs."""
    doc = _load(rfi, "open", "rfi.manage", actor, call)
    if doc.status not in ("draft", "submitted"):
        raise Refused(f"{doc.number} is {doc.status}. Reopen it with a reason instead.")
    if assignees:
        _assignees(doc, assignees)
    asked = seats.current(doc)
    if not asked:
        raise Invalid("Say who is asked: an assignee.", field="assignees")
    doc.number = doc.number or register.number(doc)
    day = due or register.due_after(doc, DAYS_TO_ANSWER, call)
    invited = seats.invite(doc, asked, _invitation(doc), due=day, actor=actor.within("rfi.open"), call=call)
    doc.manager = register.manage(doc, actor)
    opened: dict[str, Any] = {"number": doc.number, "manager": doc.manager, "due": day, "opened_at": call.occurred_at}
    return {**register.move(doc, "open", BALL["open"], actor=actor, call=call, **opened).answer(), "links": invited.links}


@command("rfi.add_assignee")
def add_assignee(*, rfi: UUID, who: UUID, required: bool = True, actor: Actor, call: Call) -> Document:
    """Ask one more; the ball lies with all who were asked."""
    doc = _load(rfi, "open", "rfi.manage", actor, call)
    _check_open(doc)
    if any(who in (s.contact and s.contact.uid, s.person and s.person.uid) for s in seats.current(doc) if s.state == Asked.ASKED):
        raise Refused("They are asked already.", field="who")
    new = seats.add(doc, seats.Ask(who=who, required=required))
    seats.invite(doc, [new], _invitation(doc), due=doc.due, actor=actor.within("rfi.add_assignee"), call=call)
    return register.move(doc, "open", Ball.ASSIGNEE, actor=actor, call=call)


@command("rfi.forward")
def forward_rfi(*, rfi: UUID, to: UUID, comment: str = "", seat: UUID | None = None, actor: Actor, call: Call) -> Document:
    """Give a question on to one person who knows; it comes back with their answer."""
    doc = _find(rfi, actor, call)
    mine = seats.answering(doc, actor, seat, "rfi.respond", check=_check_open)
    seats.forward(doc, mine, to, comment, _invitation(doc), actor=actor.within("rfi.forward"), call=call)
    return register.move(doc, "open", Ball.ASSIGNEE, actor=actor, call=call, reason=comment)


@command("rfi.respond")
def respond_rfi(*, rfi: UUID, text: str, seat: UUID | None = None, actor: Actor, call: Call) -> Document:
    """Answer an open question; when all who must have answered, the ball goes to its manager."""
    doc = _find(rfi, actor, call)
    mine: Seat = seats.answering(doc, actor, seat, "rfi.respond", check=_check_open)
    if not text:
        raise Invalid("Write the answer.", field="text")
    seats.answer(mine, call)
    register.respond(doc, text=text, required=mine.required, by=mine.name, actor=actor, call=call)
    waiting = step_now(register.places(doc)) is not None
    return register.move(doc, "open", Ball.ASSIGNEE if waiting else Ball.MANAGER, actor=actor, call=call)


@command("rfi.return")
def return_rfi(
    *, rfi: UUID, comment: str, to: Literal["assignees", "creator"] = "assignees", actor: Actor, call: Call
) -> Document:  # fmt: skip
    """Give an answer back that does not answer: to the assignees, or to the creator to explain the question."""
    doc = _load(rfi, "open", "rfi.manage", actor, call)
    _check_open(doc)
    if not comment:
        raise Invalid("Say what is unclear.", field="comment")
    register.respond(doc, text=comment, code="returned", required=False, actor=actor, call=call)
    if to == "assignees":
        _ask_again(doc, doc.due, actor.within("rfi.return"), call)
    return register.move(doc, "open", Ball.ASSIGNEE if to == "assignees" else Ball.CREATOR, actor=actor, call=call, reason=comment)


def _ask_again(doc: Document, due: Date | None, actor: Actor, call: Call) -> None:
    """Everybody who was asked first is asked once more."""
    asked = [s for s in seats.current(doc) if s.back_to_id is None]
    seats.invite(doc, asked, _invitation(doc), due=due, actor=actor, call=call)


@command("rfi.explain")
def explain_rfi(*, rfi: UUID, text: str, actor: Actor, call: Call) -> Document:
    """The creator explains a question that came back; its manager goes on."""
    doc = _load(rfi, "open", "rfi.edit", actor, call)
    _check_open(doc)
    if doc.ball != Ball.CREATOR:
        raise Refused(f"The ball is with {doc.ball_name}, not with the creator.")
    if not text:
        raise Invalid("Write the explanation.", field="text")
    register.respond(doc, text=text, code="explained", required=False, actor=actor, call=call)
    return register.move(doc, "open", Ball.MANAGER, actor=actor, call=call)


@command("rfi.answer")
def answer_rfi(*, rfi: UUID, response: UUID | None = None, text: str = "", actor: Actor, call: Call) -> Document:
    """Make one response the official answer; the due clock stops."""
    doc = _load(rfi, "answered", "rfi.manage", actor, call)
    given = doc.responses.filter(code="")
    found = given.filter(uid=response).first() if response else given.order_by("-id").first()
    if text:
        found = register.respond(doc, text=text, official=True, actor=actor, call=call)
    if found is None:
        raise Refused(f"{doc.number} has no response yet that could be the official answer.", field="response")
    doc.responses.filter(pk=found.pk).update(official=True)
    return register.move(doc, "answered", BALL["answered"], actor=actor, call=call)


@command("rfi.close")
def close_rfi(
    *, rfi: UUID, cost_impact: Impact, days_impact: Impact, cost_amount: Decimal | None = None, days_amount: int | None = None,
    actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Close an answered question, saying what it means for cost and time, and send it to its distribution."""
    doc = _load(rfi, "closed", "rfi.manage", actor, call)
    for impact, amount, field in ((cost_impact, cost_amount, "cost_amount"), (days_impact, days_amount, "days_amount")):
        if impact == "yes_known" and amount is None:
            raise Invalid("Say how much, or that it is not known yet.", field=field)
    known: dict[str, Any] = {
        "cost_impact": cost_impact, "days_impact": days_impact, "cost_amount": cost_amount, "days_amount": days_amount,
    }  # fmt: skip
    doc = register.move(doc, "closed", BALL["closed"], actor=actor, call=call, closed_at=call.occurred_at, **known)
    pdf = render("rfi", paper_data(doc))
    register.distribute(doc, pdf, f"{doc.number} is answered and closed. It is attached.", actor=actor.within("rfi.close"), call=call)
    return doc


@command("rfi.reopen")
def reopen_rfi(*, rfi: UUID, reason: str, due: Date | None = None, actor: Actor, call: Call) -> Document:
    """Open an answered or closed question again, or a declined one as a draft; the old official answer is kept."""
    doc = _find(rfi, actor, call)
    require(actor, "rfi.edit" if doc.status == "closed_draft" else "rfi.manage")
    if doc.status not in ("closed_draft", "answered", "closed"):
        check_move({doc.status: set()}, doc.status, "open", doc.number or "This RFI")
    if not reason:
        raise Invalid("Say why it is opened again.", field="reason")
    if doc.status == "closed_draft":
        return register.move(doc, "draft", BALL["draft"], actor=actor, call=call, reason=reason)
    day = due or register.due_after(doc, DAYS_TO_ANSWER, call)
    _ask_again(doc, day, actor.within("rfi.reopen"), call)
    again: dict[str, Any] = {"closed_at": None, "due": day, "reopened": doc.reopened + 1}
    return register.move(doc, "open", BALL["open"], actor=actor, call=call, reason=reason, **again)


@command("rfi.void")
def void_rfi(*, rfi: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Withdraw a question; its number stays taken."""
    doc = _load(rfi, "void", "rfi.manage", actor, call)
    if not reason:
        raise Invalid("Say why it is withdrawn.", field="reason")
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason)
