"""Punch items: found, done, verified by somebody else."""

from __future__ import annotations

from datetime import date as Date
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.punch.rules import BALL, NEXT, after_done, check_verifier, needs_acceptance
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort, check_move


def _load(item: UUID, to: str, right: str, actor: Actor, call: Call) -> Document:
    doc: Document = Document.objects.filter(sort=Sort.PUNCH).locked(item, actor, call)
    require(actor, right)
    check_move(NEXT, doc.status, to, doc.number or "This punch item")
    return doc


@command("punch.add")
def add_punch(
    *, job: UUID, title: str, location: str = "", note: str = "", person: UUID | None = None, due: Date | None = None,
    actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Found: something to put right. With whose job it is, it is theirs at once; without, the manager hands it out."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "punch.edit")
    who: Person | None = Person.objects.find(person, actor) if person else None
    doc = register.draft(
        job=row, sort=Sort.PUNCH, title=title, body=note, location=location, due=due, assigned_person=who, actor=actor, call=call,
    )  # fmt: skip
    given: dict[str, Any] = {"number": register.number(doc), "opened_at": call.occurred_at}
    to = "work_required" if who else "initiated"
    return register.move(doc, to, BALL[to], actor=actor, call=call, **given)


@command("punch.issue")
def issue_punch(*, item: UUID, person: UUID, due: Date | None = None, actor: Actor, call: Call) -> Document:
    """Hand an item to whoever must put it right."""
    doc = _load(item, "work_required", "punch.edit", actor, call)
    _check_at(doc, "initiated")
    given: dict[str, Any] = {"assigned_person": Person.objects.find(person, actor), "due": due or doc.due}
    doc.assigned_person = given["assigned_person"]
    return register.move(doc, "work_required", BALL["work_required"], actor=actor, call=call, **given)


def _check_at(doc: Document, state: str) -> None:
    if doc.status != state:
        raise Refused(f"{doc.number} is {doc.status.replace('_', ' ')}, not {state.replace('_', ' ')}.")


@command("punch.dispute")
def dispute_punch(*, item: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """The manager holds it for not valid: whoever found it decides."""
    doc = _load(item, "in_dispute", "punch.edit", actor, call)
    if not reason:
        raise Invalid("Say why it is not valid.", field="reason")
    register.respond(doc, text=reason, code="disputed", actor=actor, call=call)
    return register.move(doc, "in_dispute", BALL["in_dispute"], actor=actor, call=call, reason=reason)


@command("punch.settle")
def settle_punch(*, item: UUID, stands: bool, reason: str = "", actor: Actor, call: Call) -> Document:
    """Decide a dispute: the item stands, or is dropped."""
    to = "initiated" if stands else "closed"
    doc = _load(item, to, "punch.edit", actor, call)
    _check_at(doc, "in_dispute")
    closed: dict[str, Any] = {} if stands else {"closed_at": call.occurred_at}
    return register.move(doc, to, BALL[to], actor=actor, call=call, reason=reason, **closed)


@command("punch.resolve", field_fact=True)
def resolve_punch(*, item: UUID, note: str = "", actor: Actor, call: Call) -> Document:
    """Done: ready for somebody else to look at."""
    doc: Document = Document.objects.filter(sort=Sort.PUNCH).locked(item, actor)
    require(actor, "punch.resolve")
    to = after_done(doc.status)
    register.respond(doc, text=note, code="done", actor=actor, call=call)
    return register.move(doc, to, BALL[to], actor=actor, call=call)


@command("punch.verify")
def verify_punch(*, item: UUID, ok: bool = True, note: str = "", actor: Actor, call: Call) -> Document:
    """Verified by somebody else than who did it, or back with what is missing. Who found it has the last word."""
    doc = _load(item, "ready_to_close" if ok else "work_not_accepted", "punch.verify", actor, call)
    _check_at(doc, "ready_for_review")
    done = doc.responses.filter(code="done").order_by("-id").first()
    resolver = done.by_key if done else ""
    check_verifier(resolver, actor.key, actor.name)
    register.respond(doc, text=note, code="verified" if ok else "not accepted", actor=actor, call=call)
    if not ok:
        return register.move(doc, "work_not_accepted", BALL["work_not_accepted"], actor=actor, call=call, reason=note)
    doc = register.move(doc, "ready_to_close", BALL["ready_to_close"], actor=actor, call=call)
    if needs_acceptance(doc.creator_key, resolver, actor.key):
        return doc
    return register.move(doc, "closed", BALL["closed"], actor=actor, call=call, closed_at=call.occurred_at)


@command("punch.accept")
def accept_punch(*, item: UUID, ok: bool = True, note: str = "", actor: Actor, call: Call) -> Document:
    """The last word on a verified item: closed, or not accepted and back to the manager's hands."""
    to = "closed" if ok else "not_accepted"
    doc = _load(item, to, "punch.verify", actor, call)
    _check_at(doc, "ready_to_close")
    closed: dict[str, Any] = {"closed_at": call.occurred_at} if ok else {}
    register.respond(doc, text=note, code="accepted" if ok else "not accepted", actor=actor, call=call)
    doc = register.move(doc, to, BALL[to], actor=actor, call=call, **closed)
    if ok:
        return doc
    return register.move(doc, "work_not_accepted", BALL["work_not_accepted"], actor=actor, call=call, reason=note)


@command("punch.reopen")
def reopen_punch(*, item: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """It is back: the same item is open again, with the reason."""
    doc = _load(item, "work_required", "punch.verify", actor, call)
    _check_at(doc, "closed")
    if not reason:
        raise Invalid("Say what is wrong again.", field="reason")
    again: dict[str, Any] = {"closed_at": None, "reopened": doc.reopened + 1}
    return register.move(doc, "work_required", BALL["work_required"], actor=actor, call=call, reason=reason, **again)
