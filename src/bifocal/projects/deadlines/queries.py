"""Deadlines ahead, and from which days they count."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Max, Min

from bifocal.engines.liens import AS_OF, DEADLINES, FORMS
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.ledger.rules import JOB_COST
from bifocal.projects.deadlines.models import BlankForm, LienClock, LienDeadline


def furnished(job: Job) -> tuple[date | None, date | None]:
    """The first and last day of work and material by the books: a proposal, since a bill may be dated after its goods."""
    found = JournalLine.objects.filter(job=job, account__code__in=JOB_COST).aggregate(
        first=Min("entry__document_date"), last=Max("entry__document_date")
    )
    return found["first"], found["last"]


def of_job(job: Job, today: date) -> dict[str, Any]:
    """The clock of a job, its deadlines, and what the books propose."""
    first, last = furnished(job)
    rows = list(job.lien_deadlines.order_by("due"))
    return {
        "clock": LienClock.objects.filter(job=job).first(), "rows": rows, "first": first, "last": last, "as_of": AS_OF,
        "knows": any(d.state == job.site.state for d in DEADLINES), "late": [r for r in rows if r.done_on is None and r.due < today],
    }  # fmt: skip


def ahead(today: date, days: int = 45) -> list[LienDeadline]:
    """Every deadline of the next weeks, and the ones that are over and not done."""
    found = LienDeadline.objects.filter(done_on=None, due__lte=today + timedelta(days=days)).select_related("job__customer")
    return list(found.order_by("due", "id")[:60])


def blank_form(state: str, sort: str) -> BlankForm | None:
    """The state's own form of a sort, where somebody uploaded it."""
    return BlankForm.objects.filter(state=state, sort=sort).first()


def forms() -> list[dict[str, Any]]:
    """The states that prescribe forms, by which statute, and which of their forms are here."""
    here = set(BlankForm.objects.values_list("state", "sort"))
    return [{"form": f, "have": [s for s in f.sorts if (f.state, s) in here]} for f in FORMS]
