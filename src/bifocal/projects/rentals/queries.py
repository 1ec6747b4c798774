"""What is on rent, since when, what it has cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bifocal.kernel.jobs.models import Job
from bifocal.projects.rentals.models import Rental
from bifocal.projects.rentals.rules import Per, cost


def of_job(job: Job, today: date) -> list[dict[str, Any]]:
    """The rentals of a job, those still on hire first, each with what it has cost by its rate."""
    rows = job.rentals.select_related("vendor", "order", "cost_code").order_by("-off_hire", "expected", "id")
    return [
        {"r": r, "cost": cost(r.rate, Per(r.per), r.on_hire, r.off_hire or max(today, r.on_hire)),
         "late": r.off_hire is None and r.expected < today}
        for r in sorted(rows, key=lambda r: (r.off_hire is not None, r.expected))
    ]  # fmt: skip


def due_back(today: date, days: int = 3) -> list[Rental]:
    """What should go back in the next days, and what should have."""
    found = Rental.objects.filter(off_hire=None, expected__lte=today + timedelta(days=days)).select_related("job", "vendor")
    return list(found.order_by("expected", "id")[:40])
