"""On call: every write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from bifocal.core.actor import Actor, ActorKind
from bifocal.core.commands import Call, command
from bifocal.core.facts import Removed, record
from bifocal.core.links import make_link
from bifocal.core.models import AccessLink, Branch, Company, User
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.messages.commands import send
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Allocation, Person, Skill
from bifocal.kernel.people.rules import AllocationKind, Firmness, free_slots
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.lib.periods import TimeRange, clock
from bifocal.service.levels.models import AfterHours
from bifocal.service.oncall.facts import CallOutAnswered, CallOutAsked, NobodyAnswered, OnCallDropped, OnCallSet, RateAgreed
from bifocal.service.oncall.models import CallOut, Turn
from bifocal.service.oncall.queries import DRIVE, SOON, chain, next_shift, quoted
from bifocal.service.oncall.rules import CallOutStatus, check_open, next_asked
from bifocal.service.visits.commands.field import raise_card
from bifocal.service.visits.commands.office import job_and_visit, plan_visit, refuse_banned
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import Status


@command("oncall.set")
def set_turn(
    *, branch: str, skill: str, person: UUID, start: datetime, end: datetime, backup: UUID | None = None, actor: Actor, call: Call
) -> Turn:
    """Put somebody on call for a trade, with a backup. Refused while somebody else is on call for it then."""
    require(actor, "oncall.edit")
    where, what = Branch.objects.filter(code=branch).first(), Skill.objects.filter(code=skill).first()
    if where is None or what is None:
        raise Invalid("There is no such branch or skill.", field="branch" if where is None else "skill")
    who: Person = Person.objects.find(person, actor)
    other: Person | None = Person.objects.find(backup, actor) if backup else None
    if other == who:
        raise Invalid("The backup is somebody else.", field="backup")
    during = TimeRange(start, end)
    try:
        with transaction.atomic():
            span = (during.start, during.end)
            row: Turn = Turn.objects.create(branch=where, skill=what, person=who, backup=other, during=span)
    except IntegrityError as taken:
        raise Refused(f"Somebody is on call for {what.name} then. End that turn first.", field="start") from taken
    told = OnCallSet(skill=skill, person=who.name, backup=other.name if other else "", start=start, end=end)
    record(told, about=who, actor=actor, call=call)
    return row


@command("oncall.drop")
def drop_turn(*, turn: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Take a turn off the rota."""
    row: Turn = Turn.objects.select_related("person", "skill").locked(turn, actor, call)
    require(actor, "oncall.edit")
    told = OnCallDropped(skill=row.skill.code, person=row.person.name)
    record(told, about=row.person, actor=actor, call=call)
    record(Removed(why="off the rota"), about=row, actor=actor, call=call)
    row.delete()
    return {"kind": "on_call", "uid": turn}


@command("callout.agree")
def agree(*, visit: UUID, agreed_by: str, total: Decimal, actor: Actor, call: Call) -> CallOut:
    """The caller accepts the after-hours rate: kept with their name, then the one on call is asked.

    Refused for another sum than the rate is now, and while somebody is being asked already.
    """
    _, row = job_and_visit(visit, actor)
    require(actor, "callout.manage")
    if not agreed_by.strip():
        raise Invalid("Say who accepted the rate.", field="agreed_by")
    if row.status != Status.UNSCHEDULED:
        raise Refused("This visit has a person and a time already.")
    if row.call_outs.filter(status=CallOutStatus.ASKING).exists():
        raise Refused("Somebody is being asked for this call already.")
    people_ = chain(row, call.occurred_at)
    found = quoted(row, people_[0] if people_ else None, call.occurred_at)
    if total != found.total:
        raise Refused(f"The rate is {dollars(found.total)}, not {dollars(total)}. Tell the caller, then accept it.", field="total")
    made: CallOut = CallOut.objects.create(
        visit=row, agreed_by=agreed_by, agreed_at=call.occurred_at, total=found.total, cost=found.cost, rest_until=found.rest_until
    )
    record(RateAgreed(agreed_by=agreed_by, total=dollars(total)), about=row, actor=actor, call=call)
    _ask_next(made, actor.within("callout.manage"), call)
    return made


def _ask_next(row: CallOut, actor: Actor, call: Call) -> None:
    """Ask the next of the chain, by message with a link; the queue looks again when the minutes are over. At its end tell the office."""
    from bifocal.service.oncall.tasks import look_again

    order = chain(row.visit, row.agreed_at)
    to = next_asked([p.pk for p in order], set(row.declined), row.asked_id)
    who = next((p for p in order if p.pk == to), None)
    if who is None:
        row.change(status=CallOutStatus.NOBODY, answer_by=None)
        _tell_office(row, len(row.asked_ids), actor, call)
        return
    by = call.occurred_at + timedelta(minutes=AfterHours.get().answer_minutes)
    row.change(asked=who, asked_ids=[*row.asked_ids, who.pk], answer_by=by)
    if who.email:
        _write(row, who, actor, call)
    look_again.configure(schedule_at=by).defer(call_out=str(row.uid), asked=who.pk)
    record(CallOutAsked(person=who.name, answer_by=by), about=row.visit, actor=actor, call=call)


def _write(row: CallOut, who: Person, actor: Actor, call: Call) -> None:
    job = row.visit.job
    rights = ["callout.answer"]
    _link, token = make_link(
        subject=row.subject, purpose="call-out", rights=rights, name=who.name, email=who.email, now=call.occurred_at, days=1
    )
    minutes = AfterHours.get().answer_minutes
    body = (
        f"{job.title}\n{job.customer.name}, {job.site.one_line} {job.customer.phone}\n\n"
        f"Take it or pass it on within {minutes} minutes: {Company.get().at(f'/link/{token}')}\n"
    )
    send(to=who.email, title=f"On call: {job.title}", body=body, about=row.visit.subject, actor=actor, call=call)


def _tell_office(row: CallOut, asked: int, actor: Actor, call: Call) -> None:
    """Nobody comes: a card, and a message to the dispatchers and owners."""
    sentence = f"Nobody on call took {row.visit.job.number} {row.visit.job.title}: {asked} were asked."
    raise_card(row.visit, sentence[:300], actor=actor, call=call)
    for user in User.objects.filter(is_active=True, roles__overlap=["dispatcher", "owner"]).order_by("id"):
        send(to=user.email, title=sentence[:200], body=sentence, about=row.visit.subject, actor=actor, call=call)
    record(NobodyAnswered(asked=asked), about=row.visit, actor=actor, call=call)


@command("callout.answer")
def answer(*, call_out: UUID, accept: bool, note: str = "", person: UUID | None = None, actor: Actor, call: Call) -> CallOut:
    """Whoever is asked takes a call-out (the visit is theirs at once, and the rest due after it is kept free), or passes it on.

    The office answers for the `person` it reached by phone.
    """
    row: CallOut = CallOut.objects.select_related("asked", "visit").locked(call_out, actor, call)
    require(actor, "callout.answer")
    check_open(row.status)
    inner, inside = replace(actor.within("callout.answer"), sees_all=True), call.inner()
    _, visit = job_and_visit(row.visit.uid, inner)
    row.visit = visit
    who = _who(row, person, actor)
    record(CallOutAnswered(person=who.name, accepted=accept, note=note), about=visit, actor=actor, call=call)
    if not accept:
        row.change(declined=[*row.declined, who.pk])
        if who.pk == row.asked_id:
            _ask_next(row, inner, inside)
        return row
    refuse_banned(visit.job, who)
    start = call.occurred_at + SOON + timedelta(minutes=DRIVE)
    start = start.replace(second=0, microsecond=0)
    plan_visit(visit, who.uid, start, window=None, reason="on call", override=note or "on call", actor=inner, call=inside)
    _rest(row, visit, who, inner, inside)
    return row.change(status=CallOutStatus.ACCEPTED, asked=who, answer_by=None)


def _who(row: CallOut, person: UUID | None, actor: Actor) -> Person:
    """Who answers: the signed-in person or the link's holder, where they were asked; whom the office names, else whoever is asked now."""
    mine = Person.objects.filter(pk__in=row.asked_ids)
    if actor.kind == ActorKind.LINK:
        held = AccessLink.objects.get(uid=actor.key.removeprefix("link:"))
        found: Person | None = mine.filter(email=held.contact_email).first()
    elif actor.sees_all:
        found = Person.objects.find(person, actor) if person else row.asked
    else:
        found = mine.filter(pk=actor.person_id or 0).first()
    if found is None:
        raise Refused("Nobody is being asked now.")
    if found.pk in row.declined:
        raise Refused(f"{found.name} passed this call on already.")
    return found


def _rest(row: CallOut, visit: Visit, who: Person, actor: Actor, call: Call) -> None:
    """Keep the rest that is due free next morning; where something firm stands in it, the dispatcher gets a card."""
    zone = ZoneInfo(visit.job.branch.tz)
    begins = max(next_shift(visit.job.branch, call.occurred_at, who), call.occurred_at + SOON + timedelta(minutes=DRIVE + visit.minutes))
    if row.rest_until <= begins:
        return
    rest = TimeRange(begins, row.rest_until)
    firm = Allocation.objects.filter(person=who, firmness=Firmness.FIRM, during__overlap=(rest.start, rest.end)).order_by("during")
    held = list(firm.exclude(source_uid=visit.uid))
    for free in free_slots(rest, [TimeRange(a.during.lower, a.during.upper) for a in held]):
        people.allocate(
            person=who, during=free, use=AllocationKind.TIME_OFF, source=Subject("time_off", row.uid), label="Rest after a call-out",
            actor=actor, call=call,
        )  # fmt: skip
    if held:
        until = _clock(row.rest_until, zone)
        work = "; ".join(f"{a.label} from {_clock(a.during.lower, zone)}" for a in held[:3])
        raise_card(visit, f"{who.name} is due rest until {until} after this call, and is on {work}."[:300], actor=actor, call=call)


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    """'Tue 3 Mar 7:00 am'."""
    local = moment.astimezone(zone)
    return f"{local:%a %-d %b} {clock(local)}"


@command("callout.escalate")
def escalate(*, call_out: UUID, asked: int, actor: Actor, call: Call) -> CallOut:
    """The minutes are over: ask the next one. Nothing happens where somebody answered meanwhile or another is asked already."""
    row: CallOut = CallOut.objects.select_related("visit__job__customer", "visit__job__site", "visit__job__branch").locked(
        call_out, actor, call
    )
    require(actor, "callout.manage")
    late = row.answer_by is not None and row.answer_by <= call.occurred_at
    if row.status == CallOutStatus.ASKING and row.asked_id == asked and late:
        _ask_next(row, actor.within("callout.manage"), call)
    return row
