"""What hangs on a job's activities."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from bifocal.kernel.jobs.models import Job
from bifocal.projects.lookahead.models import Constraint
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.gates import start_holds
from bifocal.projects.schedule.models import Activity, ActivityLink
from bifocal.projects.submittals.rules import submit_by
from bifocal.projects.ties.models import Inspection, SubmittalTie
from bifocal.projects.ties.rules import Result, failed, review_days

WAITS = ("draft", "required")  # a submittal that nobody handed in yet


def standing_failures(row: Activity) -> list[str]:
    """Why an activity can't be finished: the inspections that stand as failed, each in a sentence."""
    return [
        f"the inspection '{i.name}' failed on {i.judged_on:%d %b}{f' ({i.note})' if i.note else ''}. Book it again and pass it."
        for i in _standing(row)
    ]


def _standing(row: Activity) -> list[Inspection]:
    """The inspections of an activity that stand as failed: the last judgement of each name decides."""
    judged = list(Inspection.objects.filter(activity=row).exclude(result="").order_by("judged_on", "id"))
    last = {i.name: i for i in judged}
    return [last[name] for name in failed((i.name, i.result) for i in judged)]


def not_passed(row: Activity) -> set[str]:
    """The names of an activity's inspections that are still to be judged or stand as failed."""
    return {*Inspection.objects.filter(activity=row, result="").values_list("name", flat=True), *(i.name for i in _standing(row))}


def failed_before(row: Activity) -> list[str]:
    """Why an activity can't start: inspections that stand as failed on the work that it follows (finish to start), each in a sentence."""
    before = Activity.objects.filter(links_out__after=row, links_out__sort="FS").distinct().order_by("place", "id")
    return [
        f"before it {one.code} {one.name} failed '{i.name}' on {i.judged_on:%d %b}{f' ({i.note})' if i.note else ''}. Pass it."
        for one in before
        for i in _standing(one)
    ]


def inspections_of(job: Job) -> list[Inspection]:
    """The inspections of a job, those still to come first."""
    rows = Inspection.objects.filter(activity__job=job).select_related("activity")
    return sorted(rows, key=lambda i: (bool(i.result), i.planned_on, i.pk))


def dates_for(tie: SubmittalTie, start: date) -> dict[str, str]:
    """A submittal's dates where its material must be on site when the activity starts (section 2.2): less lead and review days."""
    lead, design, internal = review_days(tie.document.external)
    found = submit_by(start, lead_days=lead, design_days=design, internal_days=internal)
    return {"on_site": str(start), **{k: str(v) for k, v in found.items()}}


def late(tie: SubmittalTie, today: date) -> str:
    """Why a tied submittal is late; empty where it is not: not handed in by its day, or not on site when its activity starts."""
    kept = tie.document.external
    if tie.document.status == "void" or kept.get("procurement") == "on_site" or not kept.get("on_site"):
        return ""
    if str(today) > kept["on_site"]:
        return "not on site"
    if tie.document.status in WAITS and str(today) > kept.get("submit_by", ""):
        return "not submitted"
    return "not returned" if tie.document.status == "in_review" and str(today) > kept.get("planned_return", "") else ""


def ties_of(job: Job, today: date) -> list[dict[str, Any]]:
    """The tied submittals of a job with their dates, the most urgent first."""
    rows = SubmittalTie.objects.filter(document__job=job).select_related("document", "activity")
    found = [{"tie": t, "document": t.document, "activity": t.activity, "late": late(t, today), **t.document.external} for t in rows]
    return sorted(found, key=lambda t: (not t["late"], t.get("submit_by", "")))


BEGUN = "begun although it failed"


def trouble(job: Job, today: date) -> dict[UUID, list[tuple[str, str]]]:
    """What should make one look at an activity, by its uid: each thing and what is wrong with it (late submittals, failed inspections,
    work begun behind one, what the look-ahead waits for past its day)."""
    found: dict[UUID, list[tuple[str, str]]] = {}
    for t in ties_of(job, today):
        if t["late"]:
            found.setdefault(t["activity"].uid, []).append((f"{t['document'].number} {t['document'].title}".strip(), t["late"]))
    judged = Inspection.objects.filter(activity__job=job).exclude(result="").select_related("activity").order_by("judged_on", "id")
    by_activity: dict[UUID, list[tuple[str, str]]] = {}
    for i in judged:
        by_activity.setdefault(i.activity.uid, []).append((i.name, i.result))
    standing = {uid: names for uid, results in by_activity.items() if (names := failed(results))}
    for uid, names in standing.items():
        found.setdefault(uid, []).extend((name, str(Result.FAILED)) for name in names)
    begun = ActivityLink.objects.filter(before__uid__in=standing, sort="FS", after__actual_start__isnull=False).distinct()
    for before, after in begun.values_list("before__uid", "after__uid") if standing else ():
        found.setdefault(after, []).extend((name, BEGUN) for name in standing[before])
    waits = Constraint.objects.filter(activity__job=job, activity__actual_finish=None, cleared_on=None, needed_by__lt=today)
    for c in waits.select_related("activity"):  # an answer to an RFI, a delivery, a permit: needed by a day that is gone
        found.setdefault(c.activity.uid, []).append((c.what, c.sort))
    return {uid: said for uid, said in found.items() if said}


def activity_ties(board: Board, row: Activity, today: date) -> dict[str, Any]:
    """What hangs on one activity, for its panel."""
    return {
        "inspections": list(row.inspections.all()), "results": list(Result), "holds": standing_failures(row),
        "held_start": start_holds(row),
        "submittals": [t for t in ties_of(board.job, today) if t["activity"].pk == row.pk],
    }  # fmt: skip
