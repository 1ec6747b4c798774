"""What hangs on a job's activities."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from bifocal.kernel.jobs.models import Job
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.models import Activity
from bifocal.projects.submittals.rules import submit_by
from bifocal.projects.ties.models import Inspection, SubmittalTie
from bifocal.projects.ties.rules import Result, failed, review_days

WAITS = ("draft", "required")  # a submittal that nobody handed in yet


def standing_failures(row: Activity) -> list[str]:
    """Why an activity can't be finished: the inspections that stand as failed, each in a sentence."""
    judged = list(Inspection.objects.filter(activity=row).exclude(result="").order_by("judged_on", "id"))
    last = {i.name: i for i in judged}
    return [
        f"the inspection '{name}' failed on {last[name].judged_on:%d %b}{f' ({last[name].note})' if last[name].note else ''}."
        " Book it again and pass it."
        for name in failed((i.name, i.result) for i in judged)
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


def trouble(job: Job, today: date) -> dict[UUID, list[tuple[str, str]]]:
    """What should make one look at an activity, by its uid: each thing and what is wrong with it (late submittals, failed inspections)."""
    found: dict[UUID, list[tuple[str, str]]] = {}
    for t in ties_of(job, today):
        if t["late"]:
            found.setdefault(t["activity"].uid, []).append((f"{t['document'].number} {t['document'].title}".strip(), t["late"]))
    judged = Inspection.objects.filter(activity__job=job).exclude(result="").select_related("activity").order_by("judged_on", "id")
    by_activity: dict[UUID, list[tuple[str, str]]] = {}
    for i in judged:
        by_activity.setdefault(i.activity.uid, []).append((i.name, i.result))
    for uid, results in by_activity.items():
        found.setdefault(uid, []).extend((name, str(Result.FAILED)) for name in failed(results))
    return {uid: said for uid, said in found.items() if said}


def activity_ties(board: Board, row: Activity, today: date) -> dict[str, Any]:
    """What hangs on one activity, for its panel."""
    return {
        "inspections": list(row.inspections.all()), "results": list(Result), "holds": standing_failures(row),
        "submittals": [t for t in ties_of(board.job, today) if t["activity"].pk == row.pk],
    }  # fmt: skip
