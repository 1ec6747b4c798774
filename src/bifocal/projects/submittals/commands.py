"""Submittals: required, sent, reviewed, returned, closed or revised."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Contact
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.register import commands as register
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort, check_move
from bifocal.projects.submittals.rules import BALL, NEXT, STOPS, Code, overall, submit_by


def _load(submittal: UUID, to: str, right: str, actor: Actor, call: Call) -> Document:
    doc: Document = Document.objects.filter(sort=Sort.SUBMITTAL).locked(submittal, actor, call)
    require(actor, right)
    check_move(NEXT, doc.status, to, doc.number or "This submittal")
    return doc


@command("submittal.draft")
def draft_submittal(
    *, job: UUID, title: str, spec_section: str, description: str = "", manager: UUID | None = None, on_site: Date | None = None,
    lead_days: int = 0, design_days: int = 14, internal_days: int = 5, actor: Actor, call: Call,
) -> Document:  # fmt: skip
    """Put a required submittal on the register; its number counts within its spec section, its date counts back."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "submittal.edit")
    if not spec_section:
        raise Invalid("A submittal belongs to a spec section, like 23 74 13.", field="spec_section")
    dates = submit_by(on_site, lead_days=lead_days, design_days=design_days, internal_days=internal_days) if on_site else {}
    external: dict[str, Any] = {"lead_days": lead_days, **{k: str(v) for k, v in dates.items()}}
    external |= {"on_site": str(on_site)} if on_site else {}
    doc = register.draft(
        job=row, sort=Sort.SUBMITTAL, title=title, body=description, spec_section=spec_section, external=external,
        due=dates.get("submit_by"), manager=Person.objects.find(manager, actor) if manager else None, actor=actor, call=call,
    )  # fmt: skip
    taken = Document.objects.filter(job=row, sort=Sort.SUBMITTAL, spec_section=spec_section, revision=0).exclude(number="").count()
    return register.move(doc, "required", BALL["required"], actor=actor, call=call, number=f"{spec_section}-{taken + 1:03d}")


@command("submittal.send")
def send_submittal(*, submittal: UUID, reviewer: UUID, due: Date | None = None, actor: Actor, call: Call) -> Document:
    """Send the submittal to its reviewer by a link."""
    doc = _load(submittal, "in_review", "submittal.manage", actor, call)
    to = Contact.objects.filter(uid=reviewer).first()
    if to is None:
        raise Invalid("Say who reviews it.", field="reviewer")
    doc.assignee = to
    sent = {
        "assignee": to,
        "opened_at": doc.opened_at or call.occurred_at,
        "due": due or accounting_day(call.occurred_at, doc.job.branch) + timedelta(days=14),
    }
    doc = register.move(doc, "in_review", BALL["in_review"], actor=actor, call=call, **sent)
    if to.email:
        register.send_link(
            about=doc.subject, purpose="submittal", rights=["submittal.review", "document.read"], name=to.name, email=to.email,
            title=f"Submittal {doc.number} {doc.title}", text=f"Please review by {doc.due}:",
            actor=actor.within("submittal.send"), call=call,
        )  # fmt: skip
    return doc


@command("submittal.review")
def review_submittal(*, submittal: UUID, code: Code, text: str = "", actor: Actor, call: Call) -> Document:
    """Review a submittal; the worst code of all reviewers decides, and it is returned."""
    doc = _load(submittal, "returned", "submittal.review", actor, call)
    if code in STOPS and not text:
        raise Invalid("Say what must change.", field="text")
    register.respond(doc, text=text, code=code, actor=actor, call=call)
    codes = list(doc.responses.filter(revision=doc.revision).values_list("code", flat=True))
    result = {**doc.external, "review": overall(codes)}
    return register.move(doc, "returned", BALL["returned"], actor=actor, call=call, external=result)


@command("submittal.close")
def close_submittal(*, submittal: UUID, actor: Actor, call: Call) -> Document:
    """Close a returned submittal. One that must be revised gets its next revision, with the old one kept read-only."""
    doc = _load(submittal, "closed", "submittal.manage", actor, call)
    doc = register.move(doc, "closed", BALL["closed"], actor=actor, call=call, closed_at=call.occurred_at)
    if doc.external.get("review") not in STOPS:
        return doc
    nxt = register.draft(
        job=doc.job, sort=Sort.SUBMITTAL, title=doc.title, body=doc.body, spec_section=doc.spec_section, manager=doc.manager,
        revision=doc.revision + 1, external={k: v for k, v in doc.external.items() if k != "review"}, due=doc.due, actor=actor, call=call,
    )  # fmt: skip
    return register.move(nxt, "required", BALL["required"], actor=actor, call=call, number=doc.number)


@command("submittal.void")
def void_submittal(*, submittal: UUID, reason: str, actor: Actor, call: Call) -> Document:
    """Withdraw a submittal; its number stays taken."""
    doc = _load(submittal, "void", "submittal.manage", actor, call)
    if not reason:
        raise Refused("Say why it is withdrawn.")
    return register.move(doc, "void", BALL["void"], actor=actor, call=call, reason=reason)
