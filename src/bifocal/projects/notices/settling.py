"""Dates that moved are told by themselves once they have settled; who has not confirmed is reminded once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Refused
from bifocal.projects.notices.asking import ask
from bifocal.projects.notices.commands import line, tell_letters
from bifocal.projects.notices.facts import DatesLeft, DatesReminded, DatesWait, TellingSet
from bifocal.projects.notices.models import Notice, Telling
from bifocal.projects.notices.queries import due
from bifocal.projects.notices.rules import MORE_THAN, REMIND, SETTLE, Way, tell_when
from bifocal.projects.register import commands as register
from bifocal.projects.schedule.board import load


@command("notices.set")
def set_telling(
    *, job: UUID, way: Way = Way.ITSELF, more_than: Annotated[int, Field(ge=0, le=365)] = MORE_THAN,
    settle_minutes: Annotated[int, Field(ge=5, le=10080)] = SETTLE, remind_days: Annotated[int, Field(ge=0, le=60)] = REMIND,
    actor: Actor, call: Call,
) -> Telling:  # fmt: skip
    """Say how this job's dates are told: by itself after some quiet, asked first, or by the button only; and for how large a move."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    kept = Telling.objects.get_or_create(job=row)[0]
    kept.change(way=way, more_than=more_than, settle_minutes=settle_minutes, remind_days=remind_days)
    told = TellingSet(way=way, more_than=more_than, settle_minutes=settle_minutes, remind_days=remind_days)
    record(told, about=row, actor=actor, call=call)
    return kept


@command("notices.moved")
def note_move(*, job: UUID, actor: Actor, call: Call) -> Telling:
    """Dates of this job moved: look again when they have settled. Each move puts it off, at most four settling times."""
    from bifocal.projects.notices.tasks import look_again

    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    kept = Telling.objects.get_or_create(job=row)[0]
    if kept.way == Way.BUTTON:
        return kept
    first = kept.waiting_since or call.occurred_at
    at = tell_when(call.occurred_at, first, kept.settle_minutes)
    kept.change(waiting_since=first, tell_at=at)
    look_again.configure(schedule_at=at).defer(job=str(row.uid))
    return kept


@command("notices.settle")
def settle(*, job: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """The settling time is over: tell everybody whose dates moved, or ask the scheduler first. Before then it does nothing."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    kept = Telling.objects.select_for_update().filter(job=row).first()
    answer: dict[str, Any] = {"kind": "date_notices", "told": [], "asked": []}
    if kept is None or kept.tell_at is None or call.occurred_at < kept.tell_at:
        return answer
    letters = due(load(row), kept.more_than, first_time=False)
    kept.change(waiting_since=None, tell_at=None)
    if not letters or kept.way == Way.BUTTON:
        return answer
    names = [letter.name for letter in letters]
    if kept.way == Way.ASK:
        kept.change(asked_at=call.occurred_at)
        record(DatesWait(to=names), about=row, actor=actor, call=call)
        ask(kept, letters, actor.within("notices.settle"), call)
        return {**answer, "asked": names}
    tell_letters(row, letters, actor.within("notices.settle"), call.inner())
    return {**answer, "told": names}


@command("notices.leave")
def leave_untold(*, job: UUID, actor: Actor, call: Call) -> Telling:
    """Asked whether to tell: no. Nobody hears of these dates until they move again or somebody presses the button."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    kept: Telling | None = Telling.objects.select_for_update().filter(job=row).first()
    if kept is None or kept.asked_at is None:
        raise Refused("Nobody is asking whether to tell new dates.")
    kept.change(asked_at=None)
    record(DatesLeft(), about=row, actor=actor, call=call)
    return kept


@command("notices.remind")
def remind_of_dates(*, notice: UUID, actor: Actor, call: Call) -> Notice:
    """Send a notice again, with a new link, to who has not confirmed it. Refused where it is confirmed or a newer one went out."""
    row: Notice = Notice.objects.locked(notice, actor)
    require(actor, "schedule.edit")
    if row.confirmed_at is not None:
        raise Refused(f"{row.confirmed_by} confirmed this already.")
    if Notice.objects.filter(job=row.job, email=row.email, pk__gt=row.pk).exists():
        raise Refused(f"{row.name} was told newer dates since: remind of those.")
    lines = "\n".join(line(m) for m in row.moves)
    register.send_link(
        about=row.subject, purpose="dates", rights=["notices.confirm"], name=row.name, email=row.email,
        title=f"Reminder: {row.job.number} {row.job.title}: new dates", text=f"{lines}\n\nPlease confirm that you have read this:", days=60,
        actor=actor.within("notices.remind"), call=call,
    )  # fmt: skip
    row.change(reminded_at=call.occurred_at)
    record(DatesReminded(to=row.name), about=row.job, actor=actor, call=call)
    return row


def telling_of(job: Job) -> Telling:
    """How a job's dates are told; unsaved defaults where nobody said."""
    return Telling.objects.filter(job=job).first() or Telling(job=job)


def remind_later(notice: Notice, call: Call) -> None:
    """Ask the queue to look whether this notice was confirmed, so many days from now."""
    from bifocal.projects.notices.tasks import remind

    if days := telling_of(notice.job).remind_days:
        remind.configure(schedule_at=call.occurred_at + timedelta(days=days)).defer(notice=str(notice.uid))
