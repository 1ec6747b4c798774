"""What was agreed for a call."""

from __future__ import annotations

from django.db.models import F, Q

from bifocal.kernel.jobs.models import Job
from bifocal.service.levels.models import ServiceLevel
from bifocal.service.levels.rules import Level, due_at


def level_of(job: Job) -> Level | None:
    """The service level of a call: its customer's own for the priority, else the one for everybody, else none is agreed."""
    rows = ServiceLevel.objects.filter(Q(customer=job.customer_id) | Q(customer=None), priority=job.priority)
    row = rows.order_by(F("customer").asc(nulls_last=True)).first()
    return Level(due_at(job.created_at, row.arrive_hours), row.penalty, row.per_hour, row.most) if row else None
