"""The daily log on paper: what was signed first, amendments after it, and its place in the chain."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bifocal.projects.dailylogs.rules import SECTIONS, lines_of, people_and_hours
from bifocal.projects.register.models import Document
from bifocal.projects.register.paper import common


def paper_data(doc: Document) -> dict[str, Any]:
    """What the log's paper shows."""
    log, zone = doc.log, ZoneInfo(doc.job.branch.tz)
    workers, hours = people_and_hours(log.sections)
    return {
        **common(doc),
        "day": f"{log.day:%A, %B %-d, %Y}",
        "sections": [{"name": s.capitalize(), "lines": lines_of(log.sections.get(s))} for s in SECTIONS],
        "workers": str(workers),
        "hours": f"{hours.normalize():f}" if hours else "",
        "signed_by": log.signed_by,
        "signed_at": f"{log.signed_at.astimezone(zone):%b %-d, %Y %-I:%M %p}" if log.signed_at else "",
        "seq": str(log.seq or ""),
        "sha256": log.sha256,
        "prev_sha256": log.prev_sha256,
        "amendments": [
            {"by": a.by, "at": f"{a.at.astimezone(zone):%b %-d, %Y %-I:%M %p}", "text": a.text, "reason": a.reason, "late": a.late}
            for a in log.amendments.order_by("id")
        ],
    }
