"""A loan undone in one act: everything it moved stands as before."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from bifocal.bridges.loans.facts import CrewMemberReturned
from bifocal.bridges.loans.models import Loan
from bifocal.bridges.loans.rules import LoanStatus, check_return, objection
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.messages.commands import send
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Allocation, Demand
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.periods import TimeRange, clock
from bifocal.service.visits.commands.office import job_and_visit, settle_card, unschedule_visit
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import PLANNED, Status


@command("loan.take_back")
def take_back(*, loan: UUID, reason: str = "", actor: Actor, call: Call) -> Loan:
    """Undo a loan before the call has begun: crew day, call, moved hours and the foreman's question stand as before, all or nothing.

    A call that somebody else has by now stays theirs, and hours of a crew that was taken off since stay off. Refused where the lent
    person has set out, where the hours are over, or where something else holds them by now.
    """
    found: Loan = Loan.objects.select_related("visit").find(loan, actor)
    job, visit = job_and_visit(found.visit.uid, actor)
    beside = ("person__branch", "foreman", "activity__job__branch")
    row: Loan = Loan.objects.select_related(*beside).locked(loan, actor, call)
    require(actor, "crew.lend")
    theirs = visit.assignments.filter(person=row.person, removed_at=None, lead=True).exists()
    begun = theirs and visit.status not in (*PLANNED, Status.UNSCHEDULED, Status.CANCELLED)
    check_return(row.status, row.person.name, begun=begun, over=row.during.upper <= call.occurred_at)
    inner, inside = actor.within("loan.take_back"), call.inner()
    people.lock_person(row.person)
    if theirs and visit.status in PLANNED:
        unschedule_visit(visit=visit.uid, reason=reason, actor=inner, call=inside)
    _give_up_what_was_moved(row, inner, inside)
    _whole_again(row, inner, inside)
    _call_off(row, visit, inner, inside)
    row.change(status=LoanStatus.RETURNED)
    told = CrewMemberReturned(
        person=row.person.name, activity=row.activity.name, call=job.number, start=row.during.lower, end=row.during.upper,
        hours=str(row.hours), reason=reason,
    )  # fmt: skip
    for about in (visit, row.activity.job):
        record(told, about=about, actor=actor, call=call)
    return row


def _give_up_what_was_moved(row: Loan, actor: Actor, call: Call) -> None:
    """The hours that were planned again at the activity's end, or noted as open, are not needed any more."""
    if row.demand and Demand.objects.filter(uid=row.demand).exists():
        people.drop_demand(demand=row.demand, actor=actor, call=call)
    if row.made_up is None:
        return
    span = TimeRange(row.made_up.lower, row.made_up.upper)
    for band in _bands(row).filter(during__overlap=(span.start, span.end)):
        people.free_hours(row=band, during=span, actor=actor, call=call)


def _whole_again(row: Loan, actor: Actor, call: Call) -> None:
    """The hours back in the crew day, in one piece with what was left of it; nothing where the crew was taken off since."""
    if row.booking and not Allocation.objects.filter(booking=row.booking).exists():
        return
    beside = list(_bands(row).filter(during__adjacent_to=(row.during.lower, row.during.upper)))
    start = min([row.during.lower, *(b.during.lower for b in beside)])
    end = max([row.during.upper, *(b.during.upper for b in beside)])
    Allocation.objects.filter(pk__in=[b.pk for b in beside]).delete()
    people.allocate(
        person=row.person, during=TimeRange(start, end), use=AllocationKind.PROJECT_DAY, source=row.activity.subject,
        booking=row.booking or next((b.booking for b in beside), None), label=f"{row.activity.job.title}: {row.activity.name}",
        actor=actor, call=call,
    )  # fmt: skip


def _bands(row: Loan) -> QuerySet[Allocation]:
    found: QuerySet[Allocation] = Allocation.objects.filter(person=row.person, source_uid=row.activity.uid, firmness=Firmness.FIRM)
    return found


def _call_off(row: Loan, visit: Visit, actor: Actor, call: Call) -> None:
    """An objection is settled by this; the foreman who was asked hears that nothing is asked any more."""
    for card in visit.cards.filter(settled_at=None, sentence__contains=objection(row.person.name)):
        settle_card(card=card.uid, actor=actor, call=call)
    if row.status == LoanStatus.UNASKED or row.foreman is None:
        return
    zone = ZoneInfo(row.activity.job.branch.tz)
    start, end = (m.astimezone(zone) for m in (row.during.lower, row.during.upper))
    body = (
        f"{row.person.name} is not needed on the call and stays on {row.activity.name}, "
        f"{start:%a %-d %b} {clock(start)} to {clock(end)}. There is nothing to answer any more.\n"
    )
    send(to=row.foreman.email, title=f"{row.person.name} stays with your crew", body=body, about=row.subject, actor=actor, call=call)
