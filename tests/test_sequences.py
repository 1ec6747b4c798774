"""Any sequence of what the office decides and the field reports: the books balance and no fact of the field is refused."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Allocation, Person
from bifocal.lib.errors import DomainError
from tests.conftest import run, settle
from tests.factories import call

pytestmark = pytest.mark.django_db
MANY = 2000 if os.environ.get("BIFOCAL_SAMPLES") == "soak" else 30
FIELD = ["start_travel", "cancel_travel", "arrive", "start_work", "pause", "resume", "use_part", "finish"]
OFFICE = [
    "schedule", "dispatch", "recall", "unschedule", "cancel", "restore", "add", "bill", "pay", "approve", "hold", "release", "complete",
    "cancel_job", "reinstate", "close", "reopen",
]  # fmt: skip


class Undo(Exception):
    """Takes an example's rows back."""


@settings(max_examples=MANY)
@given(st.lists(st.sampled_from(FIELD + OFFICE), min_size=3, max_size=16))
def test_no_sequence_breaks_the_books_or_refuses_the_field(steps: list[str]) -> None:
    with pytest.raises(Undo), transaction.atomic():
        made, dana = call(), str(Person.objects.get(name="Dana Whitfield").uid)
        run("visit.schedule", "dispatch", visit=made["visit"], technician=dana, start=timezone.now() + timedelta(days=5))
        at = timezone.now() - timedelta(hours=6)
        for step in steps:
            at += timedelta(minutes=10)
            if step in FIELD:  # never refused for state (decision 1)
                field(step, made["visit"], at)
            else:
                try:
                    with transaction.atomic():
                        office(step, made, dana, at)
                except DomainError as refused:
                    assert str(refused).endswith((".", "!", "?")) and len(str(refused)) > 15
        holds(made)
        raise Undo


def field(step: str, visit: str, at: Any) -> None:
    args: dict[str, Any] = {"finish": {"outcome": "completed"}, "use_part": {"item": "CAP-45-5"}}.get(step, {})
    run(f"visit.{step}", "tech", visit=visit, at=at, **args)


def office(step: str, made: dict[str, Any], dana: str, at: Any) -> None:
    visit, job = made["visit"], made["uid"]
    if step in ("dispatch", "recall", "unschedule"):
        run(f"visit.{step}", "dispatch", visit=visit, at=at)
    elif step == "schedule":
        run("visit.schedule", "dispatch", visit=visit, technician=dana, start=timezone.now() + timedelta(days=6), at=at)
    elif step == "pay":
        invoice = Invoice.objects.filter(job__uid=job).first()
        parts = [{"invoice": invoice.uid, "amount": "10.00"}] if invoice else []
        run("payment.take", "books", job=job, amount="25.00", method="check", parts=parts, at=at)
    else:
        name, args = {
            "cancel": ("visit.cancel", {"visit": visit, "reason": "not needed"}),
            "add": ("visit.add", {"job": job}),
            "bill": ("job.bill", {"job": job}),
            "approve": ("time.approve", {"job": job}),
            "restore": ("visit.restore", {"visit": visit}),
            "complete": ("job.complete", {"job": job}),
            "cancel_job": ("job.cancel", {"job": job, "reason": "not needed"}),
            "reinstate": ("job.reinstate", {"job": job, "reason": "needed after all"}),
            "hold": ("job.hold", {"job": job, "reason": "customer"}),
            "release": ("job.release", {"job": job}),
            "close": ("job.close", {"job": job}),
            "reopen": ("job.reopen", {"job": job, "reason": "look again"}),
        }[step]
        run(name, "owner", at=at, **args)


def holds(made: dict[str, Any]) -> None:
    """What is true of a job whatever was done to it."""
    settle()
    assert [c for c in close_checks() if not c["ok"]] == []
    job = Job.objects.get(uid=made["uid"])
    assert Invoice.objects.filter(job=job, sort="service").exclude(status="void").count() <= 1
    for visit in job.visits.all():
        held = Allocation.objects.filter(source_uid=visit.uid).count()
        assert held <= 1 and (visit.status not in ("unscheduled", "cancelled") or held == 0)
        assert visit.status != "done" or visit.outcome
