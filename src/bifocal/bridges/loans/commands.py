"""Lending people: every write."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from bifocal.bridges.loans.facts import CrewMemberLent, LoanAnswered
from bifocal.bridges.loans.models import Loan
from bifocal.bridges.loans.queries import Way, drive_between, holds, margin_of, penalty_at, work_of
from bifocal.bridges.loans.rules import LoanStatus, check_answer, loss_of, objection
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.links import make_link
from bifocal.core.models import Company
from bifocal.core.policy import require
from bifocal.kernel.messages.commands import send
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Allocation, Person
from bifocal.kernel.people.queries import holder
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import dollars
from bifocal.lib.periods import TimeRange, clock
from bifocal.projects.schedule.board import calendar
from bifocal.projects.schedule.models import Activity
from bifocal.service.visits.commands.field import raise_card
from bifocal.service.visits.commands.office import job_and_visit, plan_visit, refuse_banned
from bifocal.service.visits.models import Visit

TRIES = 10  # working days that are looked through for making hours up


@command("crew.lend")
def lend(*, visit: UUID, person: UUID, leave: datetime, reason: str, actor: Actor, call: Call) -> Loan:
    """Take somebody out of their crew day for a call: the day is split, the hours are moved, the foreman is asked, all or nothing.

    Refused where they are in no crew day then, or held by something else until the call would be over.
    """
    job, row = job_and_visit(visit, actor, call)
    require(actor, "crew.lend")
    if not reason.strip():
        raise Invalid("Say why the crew has to do without them.", field="reason")
    who: Person = Person.objects.select_related("branch").find(person, actor)
    inner, inside = actor.within("crew.lend"), call.inner()
    people.lock_person(who)
    if row.skill and not holds(who, row.skill, accounting_day(leave, job.branch)):
        raise Refused(f"{who.name} does not hold '{row.skill}' on that day.", field="person")
    refuse_banned(job, who)
    band, activity = _band(who, leave)
    drive = drive_between(activity.job.site, job.site)
    arrive = leave + drive
    back = arrive + timedelta(minutes=row.minutes) + drive
    loss = loss_of(TimeRange(leave, min(back, band.during.upper)).hours, work_of(activity), calendar().works)
    way = Way(who, arrive, TimeRange(leave, back), penalty_at(row, arrive), margin_of(row, who, arrive), band, activity, loss)
    taken, _ = people.free_hours(row=band, during=way.away, actor=inner, call=inside)
    plan_visit(row, who.uid, arrive, window=None, reason=reason, override=reason, actor=inner, call=inside)
    loan = _kept(way, row, taken, _made_up(way, row.skill, taken, inner, inside), reason)
    _ask(loan, call, inner)
    told = CrewMemberLent(
        person=who.name, activity=activity.name, call=job.number, start=taken.start, end=taken.end, hours=str(loan.hours),
        slip_days=str(loan.slip_days), damages=dollars(loan.damages), reason=reason,
    )  # fmt: skip
    for about in (row, activity.job):
        record(told, about=about, actor=actor, call=call)
    return loan


def _band(who: Person, leave: datetime) -> tuple[Allocation, Activity]:
    """The firm crew day that somebody is in at a moment, and its activity, locked."""
    band = Allocation.objects.filter(
        person=who, firmness=Firmness.FIRM, use=AllocationKind.PROJECT_DAY, source_kind="activity", during__contains=leave
    ).first()
    if band is None:
        raise Refused(f"{who.name} is in no crew day then. Look at the ways again.", field="leave")
    own = Activity.objects.select_for_update(of=("self",)).select_related("job__site", "job__branch", "job__contract", "crew__foreman")
    return band, own.get(uid=band.source_uid)


def _made_up(way: Way, skill: str, taken: TimeRange, actor: Actor, call: Call) -> TimeRange | UUID | None:
    """The lost hours, on the first working day after the activity's last booked one on which the person is free; else as open demand."""
    assert way.allocation and way.activity and way.loss
    band, zone = way.allocation, ZoneInfo(way.activity.job.branch.tz)
    last = Allocation.objects.filter(source_uid=band.source_uid, person=way.person).order_by("-during").values_list("during", flat=True)
    local = band.during.lower.astimezone(zone)
    day: date = max((r.upper.astimezone(zone).date() for r in last), default=local.date())
    works = calendar().works
    for _ in range(TRIES):
        day = next(d for n in range(1, 30) if works(d := day + timedelta(days=n)))
        start = datetime.combine(day, time(local.hour, local.minute), zone)
        during = TimeRange(start, start + (taken.end - taken.start))
        if holder(way.person, during) is None:
            people.allocate(
                person=way.person, during=during, use=AllocationKind.PROJECT_DAY, source=way.activity.subject, booking=band.booking,
                label=band.label, actor=actor, call=call,
            )  # fmt: skip
            return during
    if not skill:
        return None
    open_ = people.note_demand(
        skill=skill, day=day, hours=way.loss.away, about_kind="activity", about=way.activity.uid, label=band.label, actor=actor, call=call,
    )  # fmt: skip
    return open_.uid


def _kept(way: Way, visit: Visit, taken: TimeRange, made_up: TimeRange | UUID | None, reason: str) -> Loan:
    assert way.allocation and way.activity and way.loss
    foreman = way.activity.crew.foreman if way.activity.crew else None
    asked = foreman if foreman and foreman.pk != way.person.pk else None
    loan: Loan = Loan.objects.create(
        activity=way.activity, visit=visit, person=way.person, foreman=asked, during=(taken.start, taken.end),
        made_up=(made_up.start, made_up.end) if isinstance(made_up, TimeRange) else None,
        demand=made_up if isinstance(made_up, UUID) else None, booking=way.allocation.booking,
        hours=way.loss.away, float_hours=way.loss.float_left,
        slip_days=way.loss.slip, damages=way.loss.damages, penalty=way.penalty, margin=way.margin, reason=reason,
        status=LoanStatus.ASKED if asked and asked.email else LoanStatus.UNASKED,
    )  # fmt: skip
    return loan


def _ask(loan: Loan, call: Call, actor: Actor) -> None:
    """Write to the foreman, with a link to agree or object."""
    if loan.status != LoanStatus.ASKED or loan.foreman is None:
        return
    _link, token = make_link(
        subject=loan.subject, purpose="crew loan", rights=["loan.answer"], name=loan.foreman.name, email=loan.foreman.email,
        now=call.occurred_at, days=7,
    )  # fmt: skip
    zone = ZoneInfo(loan.activity.job.branch.tz)
    start, end = (clock(m.astimezone(zone)) for m in (loan.during[0], loan.during[1]))
    cost = "It fits into the activity's float." if not loan.slip_days else f"It moves the finish by {loan.slip_days} working days."
    body = (
        f"{loan.person.name} is needed on a call from {start} to {end} and leaves {loan.activity.name} for it.\n"
        f"Why: {loan.reason}\n{cost}\n\nAgree or object: {Company.get().at(f'/link/{token}')}\n"
    )
    send(to=loan.foreman.email, title=f"{loan.person.name} is asked for a call", body=body, about=loan.subject, actor=actor, call=call)


@command("loan.answer")
def answer_loan(*, loan: UUID, agree: bool, note: str = "", actor: Actor, call: Call) -> Loan:
    """The foreman agrees to a loan, or objects: then the dispatcher gets a card."""
    row: Loan = Loan.objects.select_related("visit", "person", "activity__job").locked(loan, actor, call)
    require(actor, "loan.answer")
    check_answer(row.status)
    if not agree:
        if not note.strip():
            raise Invalid("Say what stands against it.", field="note")
        raise_card(row.visit, f"{actor.name} {objection(row.person.name)}: {note}"[:300], actor=actor, call=call)
    row.change(status=LoanStatus.AGREED if agree else LoanStatus.OBJECTED, said=note[:200])
    record(LoanAnswered(person=row.person.name, agreed=agree, note=note), about=row.activity.job, actor=actor, call=call)
    return row
