"""A day planned again: every write."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.links import make_link
from bifocal.core.models import Company
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.messages.commands import send
from bifocal.kernel.people import commands as people
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotFound, StaleVersion
from bifocal.lib.periods import TimeRange
from bifocal.service.board.commands.moves import go_along, stay_behind
from bifocal.service.replan.facts import DayReplanned, WindowAnswered
from bifocal.service.replan.models import Notice
from bifocal.service.replan.rules import Choice, check_choice, new_window
from bifocal.service.visits.commands.field import raise_card
from bifocal.service.visits.commands.office import follow, off_the_plan, plan_visit, promise
from bifocal.service.visits.models import Visit, window_of
from bifocal.service.visits.rules import Status, check_move


class MoveIn(BaseModel):
    """A visit, who shall take it from when on, and the version it had when that was proposed. `helpers`: exactly who goes along."""

    visit: UUID
    technician: UUID
    start: datetime
    version: int
    helpers: list[UUID] | None = None


class DropIn(BaseModel):
    """A visit that goes back to the tray, and the version it had."""

    visit: UUID
    version: int


@command("day.replan")
def replan_day(*, reason: str, moves: list[MoveIn] = [], drops: list[DropIn] = [], actor: Actor, call: Call) -> dict[str, Any]:  # noqa: B006
    """Accept a proposal: all its moves or none. Customers whose promised windows moved get one message each.

    Refused where somebody changed one of the visits meanwhile, or gave the hours away.
    """
    require(actor, "visit.schedule")
    if not moves and not drops:
        raise Invalid("Nothing is moved by this. Look at the proposals again.", field="moves")
    rows = locked_visits([*moves, *drops], actor)
    inner, inside = actor.within("day.replan"), call.inner()
    told = settle(rows, moves, drops, reason, inner, inside)
    first = rows[(moves[0] if moves else drops[0]).visit]
    record(DayReplanned(reason=reason, moved=len(moves), dropped=len(drops), told=told), about=first, actor=actor, call=call)
    return {"kind": "day", "moved": len(moves), "dropped": len(drops), "told": told}


def locked_visits(wanted: list[MoveIn | DropIn], actor: Actor) -> dict[UUID, Visit]:
    """The visits with their jobs, locked in the one order. Raises NotFound, StaleVersion."""
    uids = [w.visit for w in wanted]
    jobs = {
        j.pk: j for j in Job.objects.select_for_update(of=("self",)).select_related(*Job.beside).filter(visits__uid__in=uids).order_by("id")
    }
    rows = {v.uid: v for v in Visit.objects.visible_to(actor).select_for_update(of=("self",)).filter(uid__in=uids).order_by("id")}
    for w in wanted:
        if w.visit not in rows:
            raise NotFound(f"There is no visit {w.visit}, or you may not see it.")
        if rows[w.visit].version != w.version:
            raise StaleVersion(
                "Somebody changed one of these visits meanwhile. Look at the proposals again.", current_version=rows[w.visit].version
            )
        rows[w.visit].job = jobs[rows[w.visit].job_id]
    return rows


def settle(rows: dict[UUID, Visit], moves: list[MoveIn], drops: list[DropIn], reason: str, actor: Actor, call: Call) -> int:
    """Do the moves with the locks held; how many customers were written to."""
    people_ = Person.objects.filter(uid__in={u for m in moves for u in (m.technician, *(m.helpers or ()))}).order_by("id")
    for person in people_:
        people.lock_person(person)
    for row in rows.values():
        if row.planned:
            people.release(source=row.subject, actor=actor, call=call)
    for d in drops:
        if rows[d.visit].status != Status.UNSCHEDULED:
            check_move(rows[d.visit].status, Status.UNSCHEDULED if rows[d.visit].status == Status.SCHEDULED else Status.SCHEDULED)
            off_the_plan(rows[d.visit], Status.UNSCHEDULED, actor=actor, call=call)
            follow(rows[d.visit].job, actor=actor, call=call)
    told = 0
    for m in moves:
        row = rows[m.visit]
        before = window_of(row.window)
        if m.helpers is not None:
            stay_behind({m.technician, *m.helpers}, row, actor, call)
        long = row.planned.upper - row.planned.lower if row.planned and not row.on_list else None
        plan_visit(row, m.technician, m.start, m.start + long if long else None, window=None, reason=reason, actor=actor, call=call)
        if m.helpers is not None:
            go_along(set(m.helpers) - {m.technician}, row, actor, call)
        told += tell_customer(row, m.start, before, reason, actor, call)
    return told


def tell_customer(row: Visit, start: datetime, before: tuple[datetime, datetime] | None, reason: str, actor: Actor, call: Call) -> int:
    """Promise a moved window anew and write to the customer, once: 1 where a message went out."""
    after = new_window(start, before)
    if after is None or before is None:
        return 0
    promise(row, TimeRange(*after), reason, actor, call)
    row.confirmed_at = None
    Visit.objects.filter(pk=row.pk).update(confirmed_at=None)
    customer = row.job.customer
    if not customer.email or Notice.objects.filter(visit=row, after=after).exists():
        return 0
    notice = Notice.objects.create(visit=row, before=before, after=after)
    _link, token = make_link(
        subject=notice.subject, purpose="moved window", rights=["notice.answer"], name=customer.name, email=customer.email,
        now=call.occurred_at, days=7,
    )  # fmt: skip
    zone, company = ZoneInfo(row.job.site.tz or row.job.branch.tz), Company.get()
    was, now = ("{:%a %-d %b, %-I:%M %p} to {:%-I:%M %p}".format(*(m.astimezone(zone) for m in w)) for w in (before, after))
    body = (
        f'Your visit for "{row.job.title}" has moved.\nWas: {was}\nNow: {now}\n\n'
        f"Keep the new time or ask for another: {company.at(f'/link/{token}')}\n\n{company.name} {company.phone}\n"
    )
    send(to=customer.email, title=f"New time for your visit: {now}", body=body, about=row.subject, actor=actor, call=call)
    return 1


@command("notice.answer")
def answer_notice(*, notice: UUID, keep: bool, note: str = "", actor: Actor, call: Call) -> Notice:
    """The customer keeps the new window, or asks for another time: then the dispatcher gets a card."""
    row: Notice = Notice.objects.select_related("visit__job").locked(notice, actor, call)
    require(actor, "notice.answer")
    check_choice(row.choice)
    if keep:
        Visit.objects.filter(pk=row.visit.pk, status__in=[Status.SCHEDULED, Status.DISPATCHED]).update(confirmed_at=call.occurred_at)
    else:
        raise_card(row.visit, f"The customer asks for another time. {note}"[:300], actor=actor, call=call)
    row.change(choice=Choice.KEEPS if keep else Choice.OTHER, note=note[:200])
    record(WindowAnswered(choice=row.choice, note=note), about=row.visit, actor=actor, call=call)
    return row
