"""Edits of the Gantt: small changes in one command, computed on the server, kept in a journal, taken back and done again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import Removed, record
from bifocal.core.models import Fact
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people import commands as people
from bifocal.lib.errors import Invalid, Refused, StaleVersion
from bifocal.lib.pauses import undisturbed
from bifocal.projects.schedule import crews, journal
from bifocal.projects.schedule.board import Board, load
from bifocal.projects.schedule.changes import Change, apply
from bifocal.projects.schedule.facts import ScheduleChanged
from bifocal.projects.schedule.gantt import arrows, link_marks, marks, painted
from bifocal.projects.schedule.models import Activity, Edit, Plan
from bifocal.projects.schedule.moves import tell_moves
from bifocal.projects.schedule.saving import save_rows

MOST = 500


def plan_of(job: Job) -> Plan:
    """The job's plan, made where there is none yet."""
    return Plan.objects.get_or_create(job=job)[0]


def fresh(job: Job, call: Call) -> Board:
    """The computed schedule with its plan. Raises StaleVersion where somebody edited it since the caller looked."""
    plan = plan_of(job)
    if call.expected_version is not None and call.expected_version != plan.version:
        last = Fact.objects.filter(subject_uid=job.uid, name__in=["ScheduleChanged", "ActivitiesPlanned"]).order_by("-id").first()
        by = last.actor_name if last else "Somebody"
        raise StaleVersion(
            f"{by} changed this schedule while you had it open. It is shown as it is now; repeat your change.",
            current_version=plan.version, changed_by=by,
        )  # fmt: skip
    return load(job)


@command("schedule.change")
@undisturbed()
def change_schedule(*, job: UUID, changes: list[Change], actor: Actor, call: Call) -> dict[str, Any]:
    """Move, resize, name, link, indent, add or remove activities; answers every row whose dates changed. All or nothing."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    if not 0 < len(changes) <= MOST:
        raise Invalid(f"Between 1 and {MOST} changes at once.", field="changes")
    board = fresh(row, call)
    edit = _Edited(board)
    said = [apply(board, change) for change in changes]
    board.solve()
    before, after = journal.differences(edit.state, journal.state(board))
    Edit.objects.filter(job=row, undone=True).delete()
    answer = edit.finish(said[0] if len(said) == 1 else f"{len(said)} changes", set(before["rows"]), actor.within("schedule.change"), call)
    Edit.objects.create(job=row, version=board.version, by_key=actor.key, said=said[0][:200], before=before, after=after)
    return answer


@command("schedule.undo")
@undisturbed()
def undo_edit(*, job: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Take the last edit of this schedule back."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    return _travel(row, actor.within("schedule.undo"), call, back=True)


@command("schedule.redo")
@undisturbed()
def redo_edit(*, job: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Do the edit again that was taken back last."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    return _travel(row, actor.within("schedule.redo"), call, back=False)


@command("schedule.data_date")
@undisturbed()
def set_data_date(*, job: UUID, until: int | None = None, actor: Actor, call: Call) -> dict[str, Any]:
    """Up to when progress is known (minutes since 1970, local): what is left is planned from there. A plan in days may do without."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    plan_of(row)
    board = fresh(row, call)
    edit = _Edited(board)
    _put_data_date(board, until)
    board.solve()
    return edit.finish(
        "The data date is set" if until is not None else "The data date is taken off", set(), actor.within("schedule.data_date"), call
    )


def _put_data_date(board: Board, at: int | None) -> None:
    if at is not None and not -40_000_000 <= at <= 120_000_000:
        raise Invalid("The data date lies outside of the years 1900 to 2190.", field="at")
    if board.plan is None or (board.imported and at is None):
        raise Invalid("A schedule from a file keeps a data date. Give another one.", field="at")
    frame = dict(board.plan.frame)
    if board.imported:
        frame["project"] = {**frame["project"], "data_date": at}
    elif at is None:
        frame.pop("data_date", None)
    else:
        frame["data_date"] = at
    board.plan.frame = frame
    board.plan.save(update_fields=["frame"])


def _travel(row: Job, actor: Actor, call: Call, *, back: bool) -> dict[str, Any]:
    kept = Edit.objects.filter(job=row, undone=not back).order_by("-id" if back else "id").first()
    if kept is None:
        raise Refused("There is nothing to take back." if back else "There is nothing to do again.")
    board = fresh(row, call)
    edit = _Edited(board)
    now, then = (kept.after, kept.before) if back else (kept.before, kept.after)
    journal.restore(board, now, then)
    board.solve()
    Edit.objects.filter(pk=kept.pk).update(undone=back)
    return edit.finish(f"{'Taken back' if back else 'Done again'}: {kept.said}", set(then["rows"]), actor, call)


class _Edited:
    """A board before an edit, to tell afterwards what became of it."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.uids = board.uids()
        self.marks, self.links = marks(board), link_marks(board)
        self.spans = {r.pk: board.span(r) for r in board.rows}
        self.state = journal.state(board)
        self.booked = {r.pk: r.subject for r in board.rows if r.crew_id}
        self.finish_was = board.finish

    def finish(self, said: str, touched: set[str], actor: Actor, call: Call) -> dict[str, Any]:
        """Save the rows the edit touched, move the crews, record it, and answer what changed."""
        board = self.board
        rows = [r for r in board.rows if str(r.uid) in touched] if touched else []
        save_rows(rows)
        plan = board.plan or plan_of(board.job)
        plan.change()
        gone = [pk for pk in self.uids if pk not in board.by_pk]
        for pk in gone:
            if pk in self.booked:
                people.release(source=self.booked[pk], actor=actor, call=call.inner(), after=call.occurred_at)
        spans = {r.pk: self.spans[r.pk] for r in board.rows if r.pk in self.spans and self.spans[r.pk] != board.span(r)}
        before = {pk: board.days_of(span) for pk, span in spans.items()}
        followed = crews.follow(board, before, actor=actor, call=call)
        removed = [self.uids[pk] for pk in gone]
        self._tell(said, removed, before, actor, call)
        return self._answer(said, removed, touched, [r.name for r in followed])

    def _tell(self, said: str, gone: list[str], before: crews.Days, actor: Actor, call: Call) -> None:
        board = self.board
        moved = tell_moves(board, before, actor=actor, call=call)
        record(ScheduleChanged(said=said[:200], finish=board.last_day(board.finish), moved=moved), about=board.job, actor=actor, call=call)
        for uid in gone:
            record(Removed(why="taken off the schedule"), about=Subject(Activity.kind, UUID(uid)), actor=actor, call=call)

    def _answer(self, said: str, gone: list[str], touched: set[str], followed: list[str]) -> dict[str, Any]:
        board, now, links = self.board, marks(self.board), link_marks(self.board)
        rows = [r for r in board.rows if now[r.pk] != self.marks.get(r.pk) or str(r.uid) in touched]
        uids = {**self.uids, **{r.pk: str(r.uid) for r in rows}}
        return {
            "kind": "schedule", "job": str(board.job.uid), "version": board.version, "said": said,
            "rows": painted(board, rows), "removed": gone,
            "links_added": arrows(uids, links - self.links), "links_removed": arrows(uids, self.links - links), "crews_moved": followed,
            "finish": board.finish, "finish_was": self.finish_was,
        }  # fmt: skip
