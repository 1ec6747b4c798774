"""A punch item on paper, to hang where the work is."""

from __future__ import annotations

from typing import Any

from bifocal.projects.register.models import Document
from bifocal.projects.register.paper import common


def paper_data(doc: Document) -> dict[str, Any]:
    """What the item's paper shows."""
    who = doc.assigned_person or doc.assignee
    return {**common(doc), "whose": who.name if who else "nobody yet"}
