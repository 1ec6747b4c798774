"""Updates from files of other programs, and baselines: read, shown, then accepted whole or not at all."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

from django.db.models import Max

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people import commands as people
from bifocal.lib.errors import Invalid, Refused
from bifocal.projects.schedule import crews, exact
from bifocal.projects.schedule.board import Board, load
from bifocal.projects.schedule.changes import STEP
from bifocal.projects.schedule.edits import plan_of
from bifocal.projects.schedule.facts import BaselineTaken, UpdateAccepted
from bifocal.projects.schedule.incoming import Incoming, Line, against, incoming, lines, told
from bifocal.projects.schedule.models import Activity, ActivityLink, Baseline, Edit, Update
from bifocal.projects.schedule.moves import tell_moves
from bifocal.projects.schedule.saving import save_rows


@command("schedule.upload")
def upload_update(*, job: UUID, content: str, filename: str, project: str = "", actor: Actor, call: Call) -> dict[str, Any]:
    """Read a schedule file (XER, PMXML, MSPDI; base64) and show how it differs from what is here. Nothing of the schedule changes yet."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error as bad:
        raise Invalid("The file did not arrive whole. Send it again.", field="content") from bad
    new = incoming(data, project)
    board = load(row)
    found = told(against(board, new))
    number = (Update.objects.filter(job=row).aggregate(last=Max("number"))["last"] or 0) + 1
    made = Update.objects.create(
        job=row, number=number, name=filename[:200], format=new.file.format, project=project[:80], data=data, difference=found,
        against=plan_of(row).version, by=actor.name,
    )  # fmt: skip
    return {**made.answer(), "difference": found, "notes": list(new.file.notes)}


@command("schedule.accept_update")
def accept_update(*, update: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Make the schedule what the file says, matched by activity id. Crews, cost codes and phases stay with their activities."""
    row: Update = Update.objects.locked(update, actor)
    require(actor, "schedule.edit")
    job: Job = Job.objects.locked(row.job.uid, actor)
    plan = plan_of(job)
    if row.status != "read":
        raise Refused(f"Update {row.number} was {row.status} already.")
    if plan.version != row.against:
        raise Refused("The schedule was changed since this difference was shown. Upload the file again to see the difference as it is now.")
    inner = actor.within("schedule.accept_update")
    board = load(job)
    before = board.all_days()
    new = incoming(bytes(row.data), row.project)
    _put(board, new, inner, call)
    plan.frame, plan.source = _frame(new), row
    plan.change(frame=plan.frame, source=row)
    Edit.objects.filter(job=job).delete()
    row.change(status="accepted", accepted_at=call.occurred_at)
    return _told(job, row, before, inner, call)


def _told(job: Job, row: Update, before: crews.Days, actor: Actor, call: Call) -> dict[str, Any]:
    after = load(job)
    followed = crews.follow(after, before, actor=actor, call=call)
    counts = row.difference["counts"]
    finish = after.last_day(after.finish)
    fact = UpdateAccepted(
        number=row.number, name=row.name, added=counts["added"], deleted=counts["deleted"], changed=counts["changed"], finish=finish
    )
    record(fact, about=job, actor=actor, call=call)
    moved = tell_moves(after, before, actor=actor, call=call)
    return {**row.answer(), "finish": finish, "moved": moved, "crews_moved": [r.name for r in followed], **counts}


def _frame(new: Incoming) -> dict[str, Any]:
    net = new.network
    return {
        "dialect": net.dialect, "project": exact.pack_project(new.project), "calendars": [exact.pack_calendar(c) for c in net.calendars],
        "outline": dict(net.outline),
    }  # fmt: skip


def _put(board: Board, new: Incoming, actor: Actor, call: Call) -> None:
    """Rows by code: those that are here are changed, others added, those that the file lacks removed; then all links anew."""
    wanted = lines(new)
    here = {r.code: r for r in board.rows}
    kept = {li.code for li in wanted}
    for r in board.rows:
        if r.code not in kept and r.crew_id:
            people.release(source=r.subject, actor=actor, call=call.inner(), after=call.occurred_at)
    Activity.objects.filter(job=board.job).exclude(code__in=kept).delete()
    rows = [_row(board, here.get(li.code), li, n * STEP, new) for n, li in enumerate(wanted, 1)]
    Activity.objects.bulk_create([r for r in rows if r.pk is None], batch_size=1000)
    by_code = {r.code: r for r in rows}
    for li, r in zip(wanted, rows, strict=True):
        r.parent_id = by_code[li.above].pk if li.above else None
    save_rows(rows)
    keys = {r.exact["id"]: r for r in rows if "id" in r.exact}
    ActivityLink.objects.filter(after__job=board.job).delete()
    made: dict[tuple[str, str, str], ActivityLink] = {}
    for link in new.network.links:
        more: dict[str, Any] = {"minutes": link.lag}
        more |= {"elapsed": True} if link.elapsed else {}
        more |= {"percent": link.percent} if link.percent is not None else {}
        row = ActivityLink(before=keys[link.before], after=keys[link.after], sort=link.type, lag=int(link.lag / exact.DAY), exact=more)
        made.setdefault((link.before, link.after, link.type), row)  # two alike: the first is the one that P6 shows
    ActivityLink.objects.bulk_create(made.values(), batch_size=2000)


def _row(board: Board, row: Activity | None, li: Line, place: int, new: Incoming) -> Activity:
    row = row or Activity(job=board.job, code=li.code, days=0)
    row.name, row.place, row.not_before = li.name[:255], place, None
    act = li.activity
    if act is None:
        row.days, row.percent, row.actual_start, row.actual_finish, row.exact = 0, 0, None, None, {"element": li.element}
        return row
    per_day = next((c.minutes_per_day for c in new.network.calendars if c.id == act.calendar), 0) or exact.DAY
    row.days = min(32767, -(-act.duration // per_day))
    row.percent = max(0, min(100, round(act.percent)))
    row.actual_start = None if act.actual_start is None else exact.day_of(act.actual_start)
    row.actual_finish = None if act.actual_finish is None else exact.last_day(act.actual_finish, 0)
    row.exact = exact.pack(act)
    return row


@command("schedule.discard_update")
def discard_update(*, update: UUID, actor: Actor, call: Call) -> Update:
    """Put an uploaded update aside: it stays to compare with."""
    row: Update = Update.objects.locked(update, actor)
    require(actor, "schedule.edit")
    if row.status != "read":
        raise Refused(f"Update {row.number} was {row.status} already.")
    row.change(status="discarded")
    return row


@command("schedule.baseline")
def take_baseline(*, job: UUID, name: str = "", actor: Actor, call: Call) -> Baseline:
    """Freeze the schedule as it is now, to measure against later. Any number; none is ever changed."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    board = load(row)
    if not board.rows:
        raise Refused("There is no activity yet to freeze.")
    number = (Baseline.objects.filter(job=row).aggregate(last=Max("number"))["last"] or 0) + 1
    rows = {r.code: [*board.span(r), board.acts[board.keys[r.pk]].duration if r.pk in board.keys else 0] for r in board.rows}
    finish = board.last_day(board.finish)
    made = Baseline.objects.create(
        job=row, number=number, name=(name or f"Baseline {number}")[:80], rows=rows, finish=finish, by=actor.name
    )
    record(BaselineTaken(number=number, name=made.name, finish=finish), about=row, actor=actor, call=call)
    return made
