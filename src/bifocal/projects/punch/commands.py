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
from bifocal.projects.punch.rules import BALL, NEXT, check_verifier
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
    """Found: something to put right, with whose job it is."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "punch.edit")
    doc = register.draft(
        job=row, sort=Sort.PUNCH, title=title, body=note, location=location, due=due,
        assigned_person=Person.objects.filter(uid=person).first() if person else None, actor=actor, call=call,
    )  # fmt: skip
    given: dict[str, Any] = {"number": register.number(doc), "opened_at": call.occurred_at}
    return register.move(doc, "work_required", BALL["work_required"], actor=actor, call=call, **given)


@command("punch.resolve", field_fact=True)
def resolve_punch(*, item: UUID, note: str = "", actor: Actor, call: Call) -> Document:
    """Done: ready for somebody else to look at."""
    doc = _load(item, "ready_for_review", "punch.resolve", actor, call)
    register.respond(doc, text=note, code="done", actor=actor, call=call)
    return register.move(doc, "ready_for_review", BALL["ready_for_review"], actor=actor, call=call)


@command("punch.verify")
def verify_punch(*, item: UUID, ok: bool = True, note: str = "", actor: Actor, call: Call) -> Document:
    """Verified by somebody else than who did it, or back with what is missing."""
    to = "closed" if ok else "work_required"
    doc = _load(item, to, "punch.verify", actor, call)
    done = doc.responses.filter(code="done").order_by("-id").first()
    if done:
        check_verifier(done.by_key, actor.key, actor.name)
    register.respond(doc, text=note, code="verified" if ok else "not accepted", actor=actor, call=call)
    closed: dict[str, Any] = {"closed_at": call.occurred_at} if ok else {}
    return register.move(doc, to, BALL[to], actor=actor, call=call, **closed)
