"""The ticket on paper: what was signed, by whom, and at which rates where they may be shown."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bifocal.kernel.documents.models import File
from bifocal.lib.money import dollars
from bifocal.projects.register.models import Document
from bifocal.projects.register.paper import common
from bifocal.projects.tickets.commands import hash_of
from bifocal.projects.tickets.models import Ticket
from bifocal.projects.tickets.queries import sums


def lines_of(row: Ticket) -> list[dict[str, str]]:
    """Who or what, how much, and the price of each."""
    return [
        {
            "sort": str(li.sort), "who": li.used.name, "quantity": f"{li.quantity.normalize():f}", "unit": li.unit,
            "overtime": f"{li.overtime.normalize():f}" if li.overtime else "", "price": "" if li.price is None else dollars(li.price),
        }
        for li in row.lines.select_related("person")
    ]  # fmt: skip


def whole(row: Ticket) -> bool:
    """True where what is kept is still what was signed."""
    if row.signed_at is None:
        return True
    kept = set(File.objects.filter(subject_uid=row.document.uid).values_list("sha256", flat=True))
    return hash_of(row) == row.sha256 and set(row.photos) <= kept


def paper_data(doc: Document) -> dict[str, Any]:
    """What the ticket's paper shows."""
    row, zone = doc.ticket, ZoneInfo(doc.job.branch.tz)
    found = sums(list(row.lines.all()))
    return {
        **common(doc),
        "day": f"{row.day:%A, %B %-d, %Y}", "ordered_by": row.ordered_by, "lines": lines_of(row), "price": dollars(found["price"]),
        "hours": f"{found['hours'].normalize():f}" if found["hours"] else "", "event": row.event.document.number if row.event else "",
        "signed_by": row.signed_by, "signed_for": row.signed_for, "late": row.late, "witness": row.witness, "because": row.refused_because,
        "signed_at": f"{row.signed_at.astimezone(zone):%b %-d, %Y %-I:%M %p}" if row.signed_at else "", "sha256": row.sha256,
        "whole": whole(row),
    }  # fmt: skip
