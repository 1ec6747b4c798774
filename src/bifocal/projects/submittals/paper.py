"""The submittal's transmittal on paper."""

from __future__ import annotations

from typing import Any

from bifocal.projects.register.models import Document
from bifocal.projects.register.paper import common


def paper_data(doc: Document) -> dict[str, Any]:
    """What the transmittal shows: section, dates counted back, each reviewer's code."""
    dates = [(k.replace("_", " "), str(v)) for k, v in doc.external.items() if k in ("on_site", "planned_return", "submit_by")]
    return {
        **common(doc),
        "submitter": doc.assignee.name if doc.assignee else doc.creator,
        "dates": [{"name": n.capitalize(), "day": d} for n, d in dates],
        "review": doc.external.get("review", "").replace("_", " "),
    }
