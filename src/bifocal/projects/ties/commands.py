"""Inspections and submittals on activities: every write."""

from __future__ import annotations

from datetime import date as Date
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.days import accounting_day
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.projects.lookahead import commands as lookahead
from bifocal.projects.lookahead.models import Constraint
from bifocal.projects.lookahead.rules import Constrains
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import Sort
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.models import Activity
from bifocal.projects.ties.facts import InspectionBooked, InspectionJudged, SubmittalRedated, SubmittalTied, SubmittalUntied
from bifocal.projects.ties.models import Inspection, SubmittalTie
from bifocal.projects.ties.queries import WAITS, dates_for, not_passed
from bifocal.projects.ties.rules import Result


def activity_of(uid: UUID, actor: Actor, field: str = "activity", *, lock: bool = False) -> Activity:
    """An activity of a job that the actor may see, locked where asked. Raises NotFound."""
    rows = Activity.objects.select_for_update(of=("self",)) if lock else Activity.objects.all()
    row: Activity | None = rows.select_related("job__branch").filter(uid=uid, job__in=Job.objects.visible_to(actor)).first()
    if row is None:
        raise NotFound(f"There is no activity {uid}, or you may not see it.", field=field)
    return row


@command("inspection.book")
def book_inspection(*, activity: UUID, name: str, planned_on: Date, inspector: str = "", actor: Actor, call: Call) -> Inspection:
    """Book an inspection of an activity's work; one that failed is booked again under its name."""
    row = activity_of(activity, actor, lock=True)  # two who book it at once: the second is told
    require(actor, "lookahead.edit")
    if not name.strip():
        raise Invalid("Say what is inspected.", field="name")
    name = name.strip()[:120]
    if row.inspections.filter(name=name, result="").exists():
        raise Refused(f"{row.code}: '{name}' is booked already. Judge that one first.", field="name")
    made = Inspection.objects.create(activity=row, name=name, inspector=inspector[:120], planned_on=planned_on)
    record(InspectionBooked(code=row.code, name=name, planned_on=planned_on), about=row.job, actor=actor, call=call)
    return made


@command("inspection.judge")
def judge_inspection(*, inspection: UUID, result: Result, note: str = "", on: Date | None = None, actor: Actor, call: Call) -> Inspection:
    """It passed, which clears what the look-ahead waits for; or failed, which holds the activity's finish and what follows it."""
    rows = Inspection.objects.select_for_update(of=("self",)).filter(activity__job__in=Job.objects.visible_to(actor))
    row: Inspection | None = rows.select_related("activity__job__branch").filter(uid=inspection).first()
    if row is None:
        raise NotFound(f"There is no inspection {inspection}, or you may not see it.")
    require(actor, "lookahead.edit")
    activity_of(row.activity.uid, actor, lock=True)  # two of one activity judged at once: the second sees what the first cleared
    if row.result:
        raise Refused(f"'{row.name}' was {row.result} on {row.judged_on:%d %b} already. Book it again.")
    if result == Result.FAILED and not note.strip():
        raise Invalid("Say what is to be put right.", field="note")
    day = on or accounting_day(call.occurred_at, row.activity.job.branch)
    row.change(result=result, judged_on=day, note=note.strip()[:300])
    (_clear if result == Result.PASSED else _hold)(row, day, actor, call)
    told = InspectionJudged(code=row.activity.code, name=row.name, result=result, note=row.note)
    record(told, about=row.activity.job, actor=actor, call=call)
    return row


def _next(row: Activity) -> list[Activity]:
    """What follows an activity and has not started."""
    return list(Activity.objects.filter(links_in__before=row, links_in__sort="FS", actual_start=None).distinct())


def _clear(row: Inspection, day: Date, actor: Actor, call: Call) -> None:
    """Those of this name on the activity and on what follows it; the activity's others once it has no inspection left to pass."""
    waits = Constraint.objects.filter(sort=Constrains.INSPECTION, cleared_on=None)
    left = not_passed(row.activity)
    own = waits.filter(activity=row.activity) if not left else waits.filter(activity=row.activity, what=row.name)
    named = waits.filter(activity__links_in__before=row.activity, what=row.name)
    for one in {c.pk: c for c in (*own, *named)}.values():
        lookahead.clear_constraint(constraint=one.uid, on=day, actor=actor, call=call.inner())


def _hold(row: Inspection, day: Date, actor: Actor, call: Call) -> None:
    """Nobody promises what follows until it is passed."""
    for after in _next(row.activity):
        if not after.constraints.filter(sort=Constrains.INSPECTION, what=row.name, cleared_on=None).exists():
            lookahead.note_constraint(
                activity=after.uid,
                sort=Constrains.INSPECTION,
                what=row.name,
                who=row.inspector,
                needed_by=None,
                actor=actor,
                call=call.inner(),
            )


@command("submittal.tie")
def tie_submittal(*, submittal: UUID, activity: UUID, actor: Actor, call: Call) -> Document:
    """Let a submittal's dates follow an activity: on site when it starts, submitted by that less lead and review days."""
    doc: Document = Document.objects.filter(sort=Sort.SUBMITTAL).locked(submittal, actor, call)
    require(actor, "submittal.edit")
    row = activity_of(activity, actor)
    if row.job_id != doc.job_id:
        raise NotFound("This activity belongs to another job.", field="activity")
    if doc.status in ("closed", "void"):
        raise Refused(f"{doc.number} is {doc.status}: its dates stay as they are.")
    tie = SubmittalTie.objects.update_or_create(document=doc, defaults={"activity": row})[0]
    tie.document = doc
    board = load(row.job)
    found = _redate(tie, board.days(board.by_pk[row.pk])[0])
    told = SubmittalTied(code=row.code, on_site=found["on_site"], submit_by=found["submit_by"])
    record(told, about=doc, actor=actor, call=call)
    return doc


@command("submittal.untie")
def untie_submittal(*, submittal: UUID, actor: Actor, call: Call) -> Document:
    """The submittal keeps its dates and follows no activity any more."""
    doc: Document = Document.objects.filter(sort=Sort.SUBMITTAL).locked(submittal, actor, call)
    require(actor, "submittal.edit")
    tie = SubmittalTie.objects.filter(document=doc).select_related("activity").first()
    if tie is None:
        raise Refused(f"{doc.number or 'This submittal'} follows no activity.")
    code = tie.activity.code
    tie.delete()
    record(SubmittalUntied(code=code), about=doc, actor=actor, call=call)
    return doc


@command("submittal.follow")
def follow_activities(*, job: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Give every tied submittal of a job the dates of its activity as it is planned now; done by itself when dates move."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "submittal.edit")
    board = load(row)
    ties = SubmittalTie.objects.filter(document__job=row).exclude(document__status__in=("closed", "void"))
    moved = []
    for tie in ties.select_related("document", "activity").order_by("id"):
        start = board.days(board.by_pk[tie.activity_id])[0]
        if tie.document.external.get("on_site") == str(start):
            continue
        found = _redate(tie, start)
        moved.append(tie.document.number or tie.document.title)
        told = SubmittalRedated(code=tie.activity.code, on_site=found["on_site"], submit_by=found["submit_by"])
        record(told, about=tie.document, actor=actor, call=call)
    return {"kind": "submittal_dates", "moved": moved}


def _redate(tie: SubmittalTie, start: Date) -> dict[str, Date]:
    """The new dates on the document; its due day follows while it is not handed in."""
    doc, found = tie.document, dates_for(tie, start)
    by = Date.fromisoformat(found["submit_by"])
    doc.change(external={**doc.external, **found}, **({"due": by} if doc.status in WAITS else {}))
    return {"on_site": start, "submit_by": by}
