"""How long the ball lay with whom, and what is late."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from bifocal.lib.money import cents
from bifocal.projects.register.models import Document
from bifocal.projects.register.rules import overdue


def days_by_holder(doc: Document, now: datetime) -> list[dict[str, Any]]:
    """Calendar days with a decimal that each party held the ball, longest first; running clocks count to `now`."""
    held: dict[tuple[str, str], Decimal] = {}
    for c in doc.clocks.all():
        seconds = Decimal(str(((c.until or now) - c.since).total_seconds()))
        held[c.role, c.holder] = held.get((c.role, c.holder), Decimal(0)) + seconds
    return [
        {"role": role, "holder": name, "days": cents(seconds / 86400)}
        for (role, name), seconds in sorted(held.items(), key=lambda kv: (-kv[1], kv[0]))
    ]


def is_overdue(doc: Document, today: date) -> bool:
    """Open at somebody and past its day; an answered RFI's clock has stopped."""
    return doc.status != "answered" and overdue(doc.due, today, doc.ball)


def late(rows: QuerySet[Document], today: date) -> QuerySet[Document]:
    """Those of `rows` that are overdue."""
    return rows.exclude(ball="").exclude(status="answered").filter(due__lt=today)
