"""The RFI on paper."""

from __future__ import annotations

from typing import Any

from bifocal.lib.money import dollars
from bifocal.projects.register.models import Document
from bifocal.projects.register.paper import common


def paper_data(doc: Document) -> dict[str, Any]:
    """What the RFI's paper shows: question, answers, and what it means for cost and time."""
    cost = doc.cost_impact.replace("_", " ") + (f", ${dollars(doc.cost_amount)}" if doc.cost_amount is not None else "")
    days = doc.days_impact.replace("_", " ") + (f", {doc.days_amount} days" if doc.days_amount is not None else "")
    return {**common(doc), "cost_impact": cost, "days_impact": days, "cost_code": str(doc.cost_code or "")}
