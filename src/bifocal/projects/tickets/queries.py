"""What a ticket comes to, and which of a job's wait for a price or an event."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bifocal.kernel.jobs.models import Job
from bifocal.lib.money import ZERO
from bifocal.projects.terms.rules import Rated
from bifocal.projects.tickets.models import Ticket, TicketLine


def sums(lines: list[TicketLine]) -> dict[str, Any]:
    """Price and cost of lines, by sort and in all; `without_rate`: how many have no rate yet."""
    by = {str(s): sum((li.price or ZERO for li in lines if li.sort == s), ZERO) for s in Rated}
    hours = sum((li.quantity + li.overtime for li in lines if li.sort == Rated.LABOR), Decimal(0))
    return {
        "by_sort": by, "price": sum(by.values(), ZERO), "cost": sum((li.cost for li in lines), ZERO), "hours": hours,
        "without_rate": sum(li.price is None for li in lines),
    }  # fmt: skip


def of_job(job: Job) -> list[dict[str, Any]]:
    """The job's tickets, newest first, with what they come to."""
    found = Ticket.objects.filter(document__job=job).select_related("document", "event__document").prefetch_related("lines")
    return [{"t": t, "doc": t.document, **sums(list(t.lines.all()))} for t in found.order_by("-document_id")]
