"""What pages show of the ties between activities and the rest of a project."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date

from bifocal.projects.register.models import Document
from bifocal.projects.schedule.board import Board
from bifocal.projects.schedule.models import Activity
from bifocal.projects.ties.models import Fragment, SubmittalTie
from bifocal.projects.ties.queries import activity_ties, late

MOST = 500  # activities to choose from
DAYS = ("finish_before", "finish_after", "completion", "new_completion")


def panel(board: Board, row: Activity) -> dict[str, Any]:
    """An activity's panel: inspections, what holds it, the submittals it waits for."""
    found = activity_ties(board, row, timezone.localdate())
    for s in found["submittals"]:
        s["submit_day"], s["site_day"] = parse_date(s.get("submit_by", "")), parse_date(s.get("on_site", ""))
    return found


def _choices(doc: Document) -> list[Activity]:
    """The activities that are work and not a group."""
    groups = set(Activity.objects.filter(job=doc.job, parent__isnull=False).values_list("parent_id", flat=True))
    return [a for a in Activity.objects.filter(job=doc.job, actual_finish=None)[:MOST] if a.pk not in groups and "element" not in a.exact]


def of_submittal(doc: Document) -> dict[str, Any]:
    """The activity that a submittal follows, and those it may."""
    tie = SubmittalTie.objects.filter(document=doc).select_related("activity", "document").first()
    may = doc.status not in ("closed", "void")
    activities = _choices(doc) if may else []
    return {
        "tie": tie, "tie_late": late(tie, timezone.localdate()) if tie else "", "activities": activities, "may_tie": bool(activities),
        "tie_card": bool(tie or activities),
    }  # fmt: skip


def of_change(doc: Document) -> dict[str, Any]:
    """What a change's work does to the plan, and where it may be put."""
    row = Fragment.objects.filter(document=doc).select_related("after", "before").first()
    activities = _choices(doc) if doc.status not in ("approved", "rejected", "void") else []
    told = {k: parse_date(row.impact[k]) if row.impact.get(k) else None for k in DAYS} if row else {}
    return {
        "fragment": row, "impact_days": told, "activities": activities, "may_analyze": bool(activities),
        "time_card": bool(row or activities),
    }  # fmt: skip
