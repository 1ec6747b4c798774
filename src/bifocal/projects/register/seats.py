"""Who is asked on a document, in which step; invited by a link or at their desk; answered, forwarded, gone on to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel

from bifocal.core.actor import Actor
from bifocal.core.commands import Call
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.parties.models import Contact
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.register import commands as register
from bifocal.projects.register.facts import Forwarded, PeopleAsked
from bifocal.projects.register.models import Document, Seat
from bifocal.projects.register.rules import NAME, Asked, Place, Sort, check_steps, step_now


class Ask(BaseModel):
    """Somebody to be asked: a contact or one of our people; those of one step at the same time, step after step."""

    who: UUID
    step: int = 1
    required: bool = True
    days: int = 14


@dataclass(frozen=True)
class Invitation:
    """What the link of an outside person allows, and what its letter says."""

    purpose: str
    rights: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Invited:
    """By when they are to answer, and the links of the outside ones: told once, to whoever sent them."""

    due: Date
    links: dict[str, str]


def contact_or_person(uid: UUID, field: str = "who") -> Contact | Person:
    """Whom this id names. Raises Invalid."""
    found: Contact | Person | None = Contact.objects.filter(uid=uid).first() or Person.objects.filter(uid=uid, active=True).first()
    if found is None:
        raise Invalid(f"There is no contact and nobody of ours with the id {uid}.", field=field)
    return found


def _new(doc: Document, ask: Ask, back_to: Seat | None = None) -> Seat:
    who = contact_or_person(ask.who)
    outside, inside = (who, None) if isinstance(who, Contact) else (None, who)
    user = inside.user if inside else None
    return Seat(
        document=doc, revision=doc.revision, contact=outside, person=inside, key=f"user:{user.uid}" if user else "", step=ask.step,
        required=ask.required, days=ask.days, back_to=back_to,
    )  # fmt: skip


def seat(doc: Document, asks: Sequence[Ask]) -> None:
    """Put these people at the document instead of those who were not asked yet. Raises Invalid."""
    rows = [_new(doc, a) for a in asks]
    twice = len({a.who for a in asks}) < len(asks)
    if not rows or twice:
        raise Invalid("Name somebody only once." if twice else "Say who is asked.", field="assignees")
    check_steps([Place(r.name, r.step, r.required, Asked.WAITING) for r in rows])
    doc.seats.filter(revision=doc.revision, state=Asked.WAITING).delete()
    Seat.objects.bulk_create(rows)


def current(doc: Document) -> list[Seat]:
    """The seats of this revision."""
    return list(doc.seats.filter(revision=doc.revision).select_related("contact", "person"))


def invite(doc: Document, seats: Sequence[Seat], invitation: Invitation, *, due: Date | None, actor: Actor, call: Call) -> Invited:
    """Ask these people now: outside ones by a link in a letter, ours on their page of today."""
    links: dict[str, str] = {}
    today = accounting_day(call.occurred_at, doc.job.branch)
    for one in seats:
        one.change(state=Asked.ASKED, asked_at=call.occurred_at, due=due or today + timedelta(days=one.days))
        if one.contact and one.contact.email:
            link, address = register.send_link(
                about=doc.subject, purpose=invitation.purpose, rights=list(invitation.rights), name=one.contact.name,
                email=one.contact.email, title=f"{NAME[Sort(doc.sort)]} {doc.number} {doc.title}",
                text=f"{invitation.text}\n\nPlease answer by {one.due:%A, %-d %B %Y}. Open it here:", days=60, actor=actor, call=call,
            )  # fmt: skip
            one.change(key=f"link:{link.uid}")
            links[one.name] = "/link/" + address.rsplit("/", 1)[-1]
    last = max(s.due for s in seats if s.due)
    told = PeopleAsked(names=[s.name for s in seats], step=seats[0].step, due=str(last))
    record(told, about=doc, actor=actor, call=call)
    return Invited(last, links)


def answering(doc: Document, actor: Actor, uid: UUID | None, right: str, *, check: Callable[[Document], None]) -> Seat:
    """The seat this actor answers for: their own, or with the right the one that is named (or the only one asked).

    `check` is the document's own rule. Raises Refused where nobody is asked, or several are and none is named.
    """
    seats = current(doc)
    if not any(s.key == actor.key for s in seats):
        require(actor, right)
    check(doc)
    asked = [s for s in seats if s.state == Asked.ASKED]
    own = next((s for s in asked if s.key == actor.key), None)
    if own and (uid is None or uid == own.uid):
        return own
    require(actor, right)
    if actor.link_uid:
        raise Refused(f"Your answer to {doc.number} is recorded already, or it is not asked of you any more.")
    found = [s for s in asked if uid is None or s.uid == uid]
    if len(found) != 1:
        names = ", ".join(s.name for s in asked) or "nobody"
        raise Refused(f"Asked now: {names}. Say whose answer this is.", field="seat")
    return found[0]


def answer(mine: Seat, call: Call) -> None:
    """This seat has answered; what was forwarded goes back to who forwarded it."""
    mine.change(state=Asked.ANSWERED, answered_at=call.occurred_at)
    if mine.back_to and mine.back_to.state == Asked.FORWARDED:
        mine.back_to.change(state=Asked.ASKED)


def go_on(doc: Document, was: int, invitation: Invitation, *, actor: Actor, call: Call) -> Date | None:
    """After an answer in step `was`: ask the next step when this one has all it needs. Returns the new due date, if there is one."""
    rows = current(doc)
    now = step_now(register.places(doc))
    if now == was:
        return None
    for late in (s for s in rows if s.step == was and s.state == Asked.ASKED):
        late.change(state=Asked.PASSED)
    following = [s for s in rows if s.step == now and s.state == Asked.WAITING]
    return invite(doc, following, invitation, due=None, actor=actor, call=call).due if following else None


def forward(doc: Document, mine: Seat, to: UUID, comment: str, invitation: Invitation, *, actor: Actor, call: Call) -> Seat:
    """Give it on to one person: the ball is theirs, and comes back with their answer. Raises Refused, Invalid."""
    if any(to in (s.contact and s.contact.uid, s.person and s.person.uid) for s in current(doc) if s.state != Asked.ANSWERED):
        raise Refused("They are asked already.", field="to")
    new = _new(doc, Ask(who=to, step=mine.step, required=True, days=mine.days), back_to=mine)
    new.save()
    mine.change(state=Asked.FORWARDED)
    invite(doc, [new], invitation, due=mine.due, actor=actor, call=call)
    record(Forwarded(by=mine.name, to=new.name, comment=comment), about=doc, actor=actor, call=call)
    return new


def add(doc: Document, ask: Ask) -> Seat:
    """One more seat in the step that is on."""
    new = _new(doc, ask)
    new.save()
    return new
