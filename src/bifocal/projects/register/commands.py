"""What the commands of RFIs, submittals, changes, logs and punch items call down to, and links between documents."""

from __future__ import annotations

from datetime import date as Date
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.custom import changed, custom_values
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.links import make_link
from bifocal.core.models import AccessLink, Company
from bifocal.core.numbering import next_number
from bifocal.core.policy import require
from bifocal.core.search import remember
from bifocal.core.subject import Subject
from bifocal.kernel.documents.commands import keep
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.messages.commands import send
from bifocal.kernel.people.models import Person, WorkCalendar
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.projects.register.facts import (
    Distributed,
    DocumentDrafted,
    DocumentFieldsChanged,
    DocumentMoved,
    DocumentsLinked,
    LinkRevoked,
    LinkSent,
    ResponseGiven,
)  # fmt: skip
from bifocal.projects.register.models import Clock, Document, DocumentLink, Response
from bifocal.projects.register.rules import CAPABILITY, NAME, PREFIX, Asked, Ball, Place, Sort, in_court, working_day_after


def draft(*, job: Job, sort: Sort, title: str, actor: Actor, call: Call, **values: Any) -> Document:
    """A new document in draft: no number yet, the ball with its creator."""
    if job.lens != "project" and not job.capabilities.filter(capability=CAPABILITY[sort]).exists():
        raise Refused(f"{job.number} is a service job without {CAPABILITY[sort]}. Turn them on for it, or promote it to a project.")
    if not title:
        raise Invalid(f"A {NAME[sort]} needs a title.", field="title")
    doc = Document.objects.create(job=job, sort=sort, title=title, creator=actor.name, creator_key=actor.key, **values)
    pass_ball(doc, Ball.CREATOR, call)
    record(DocumentDrafted(sort=sort, title=title), about=doc, actor=actor, call=call)
    return doc


def number(doc: Document) -> str:
    """The next number of its register on this job; given on opening, never on a draft, never twice."""
    return next_number(f"{doc.sort}:{doc.job_id}", PREFIX[Sort(doc.sort)], width=3)


def holders(doc: Document, ball: Ball) -> list[str]:
    """The names behind the role: several where several are asked at once."""
    if ball == Ball.MANAGER:
        return [doc.manager.name if doc.manager else doc.creator]
    if ball in (Ball.ASSIGNEE, Ball.REVIEWER):
        asked = in_court(places(doc))
        who = doc.assignee or doc.assigned_person
        return asked or [who.name if who else "nobody named"]
    if ball == Ball.SUBMITTER:
        return [doc.assignee.name if doc.assignee else doc.creator]
    return [doc.creator] if ball == Ball.CREATOR else []


def places(doc: Document) -> list[Place]:
    """Who is asked on this revision, as the rules see them."""
    rows = doc.seats.filter(revision=doc.revision).select_related("contact", "person")
    return [Place(s.name, s.step, s.required, Asked(s.state)) for s in rows]


def pass_ball(doc: Document, ball: Ball, call: Call) -> None:
    """Let the ball go to a role: clocks of those who had it stop, those of the next start; who keeps it keeps the clock."""
    names = holders(doc, ball)
    running = Clock.objects.filter(document=doc, until=None)
    running.exclude(role=ball, holder__in=names).update(until=call.occurred_at)
    kept = set(running.values_list("holder", flat=True))
    new = [n for n in dict.fromkeys(names) if n not in kept]
    Clock.objects.bulk_create([Clock(document=doc, role=ball, holder=n, since=call.occurred_at) for n in new])
    doc.ball, doc.ball_name = ball, ", ".join(names)[:240]
    Document.objects.filter(pk=doc.pk).update(ball=ball, ball_name=doc.ball_name)


def manage(doc: Document, actor: Actor) -> Person | None:
    """Who manages it: the one named, else the one of ours who puts it on its way."""
    return doc.manager or Person.objects.filter(pk=actor.person_id or 0).first()


def due_after(doc: Document, days: int, call: Call) -> Date:
    """So many working days from now, by the company's work calendar, in the branch's zone."""
    week = WorkCalendar.objects.order_by("id").first()
    weekdays, off = (week.weekdays, week.days_off) if week else (range(5), [])
    return working_day_after(accounting_day(call.occurred_at, doc.job.branch), days, weekdays, off)


def move(doc: Document, to: str, ball: Ball, *, actor: Actor, call: Call, reason: str = "", **also: Any) -> Document:
    """Move a document, pass the ball, write the fact. The caller has checked its own table and right."""
    before = doc.status
    doc.change(status=to, **also)
    pass_ball(doc, ball, call)
    if doc.number:
        remember(doc, title=f"{doc.number} {doc.title}", detail=f"{NAME[Sort(doc.sort)]} · {doc.job.number} {doc.job.title}")
    told = DocumentMoved(number=doc.number, before=before, after=to, ball=doc.ball_name, reason=reason)
    record(told, about=doc, actor=actor, call=call)
    return doc


def respond(
    doc: Document, *, text: str, actor: Actor, call: Call, code: str = "", official: bool = False, required: bool = True,
    step: int = 1, by: str = "",
) -> Response:  # fmt: skip
    """Keep an answer or review as it was given."""
    row = Response.objects.create(
        document=doc, revision=doc.revision, by=by or actor.name, by_key=actor.key, code=code, text=text, official=official,
        required=required, step=step, at=call.occurred_at,
    )  # fmt: skip
    told = ResponseGiven(number=doc.number, code=code, official=official, text=text[:500])
    record(told, about=doc, actor=actor, call=call)
    return row


def distribute(doc: Document, pdf: bytes, text: str, *, actor: Actor, call: Call) -> None:
    """Send the closed paper to everybody on its distribution list, and keep what was sent."""
    name = NAME[Sort(doc.sort)]
    file = keep(data=pdf, name=f"{doc.number}.{doc.revision} closed.pdf", sort="paper", about=doc.subject, actor=actor, call=call)
    for to in doc.distribution:
        title = f"{name[:1].upper()}{name[1:]} {doc.number} {doc.title}"
        send(to=to, title=title, body=text, about=doc.subject, actor=actor, call=call, files=[file.uid])
    if doc.distribution:
        record(Distributed(to=doc.distribution), about=doc, actor=actor, call=call)


@command("document.set_fields")
def set_fields(*, document: UUID, custom: dict[str, Any], actor: Actor, call: Call) -> Document:
    """Fill in the custom fields of a document: an RFI, submittal, change order, log or punch item."""
    row: Document = Document.objects.locked(document, actor, call)
    require(actor, "document.edit")
    after, was, now = changed(row, {"custom": custom_values("document", custom, row.custom)})
    row.change(**after)
    record(DocumentFieldsChanged(before=was, after=now), about=row, actor=actor, call=call)
    return row


@command("document.link")
def link_documents(*, source: UUID, target: UUID, why: str = "led to", actor: Actor, call: Call) -> Document:
    """Note that one document led to another: an RFI to a change order."""
    a: Document = Document.objects.locked(source, actor, call)
    b: Document = Document.objects.find(target, actor)
    require(actor, "document.edit")
    if a.job_id != b.job_id:
        raise Refused("Both documents must be of one project.", field="target")
    DocumentLink.objects.get_or_create(source=a, target=b, defaults={"why": why})
    record(DocumentsLinked(target=b.number or b.title, why=why), about=a, actor=actor, call=call)
    return a


def send_link(
    *, about: Subject, purpose: str, rights: list[str], name: str, email: str, title: str, text: str, actor: Actor,
    call: Call, days: int = 30,
) -> tuple[AccessLink, str]:  # fmt: skip
    """Make a link for an outside person and mail it. Returns it with its address."""
    link, token = make_link(subject=about, purpose=purpose, rights=rights, name=name, email=email, now=call.occurred_at, days=days)
    address = Company.get().at(f"/link/{token}")
    if email:
        send(to=email, title=title, body=f"Dear {name},\n\n{text}\n\n{address}\n", about=about, actor=actor, call=call)
    record(LinkSent(to=name, purpose=purpose, expires=str(link.expires_at.date())), about=about, actor=actor, call=call)
    return link, address


@command("link.revoke")
def revoke_link(*, link: UUID, actor: Actor, call: Call) -> dict[str, str]:
    """Take an outside person's link back: it stops working at once."""
    require(actor, "link.revoke")
    row = AccessLink.objects.select_for_update().filter(uid=link).first()
    if row is None:
        raise NotFound("There is no such link.")
    row.revoked_at = call.occurred_at
    row.save(update_fields=["revoked_at"])
    record(LinkRevoked(to=row.contact_name), about=Subject(row.subject_kind, row.subject_uid), actor=actor, call=call)
    return {"kind": "access_link", "uid": str(row.uid), "status": "revoked"}
