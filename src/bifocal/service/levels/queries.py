"""What was agreed for a call."""

from __future__ import annotations

from django.db.models import F, Q

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Customer
from bifocal.service.levels.models import Preferred, ServiceLevel
from bifocal.service.levels.rules import Level, due_at
from bifocal.service.visits.models import Ban


def level_of(job: Job) -> Level | None:
    """The service level of a call: its customer's own for the priority, else the one for everybody, else none is agreed."""
    rows = ServiceLevel.objects.filter(Q(customer=job.customer_id) | Q(customer=None), priority=job.priority)
    row = rows.order_by(F("customer").asc(nulls_last=True)).first()
    return Level(due_at(job.created_at, row.arrive_hours), row.penalty, row.per_hour, row.most) if row else None


def levels_of(customer: Customer | None) -> list[ServiceLevel]:
    """The levels agreed with one customer, or with everybody, by priority."""
    return list(ServiceLevel.objects.filter(customer=customer).order_by("priority"))


def preferred_by(customer_id: int) -> frozenset[int]:
    """The people (their keys) whom a customer would like to see again; one they don't want any more is none of them."""
    rows = Preferred.objects.filter(customer=customer_id, person__active=True)
    return frozenset(rows.exclude(person__in=Ban.objects.filter(customer=customer_id).values("person")).values_list("person_id", flat=True))
