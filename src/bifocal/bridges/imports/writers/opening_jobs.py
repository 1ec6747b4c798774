"""Every invoice is a job's. What a customer owed before the cut-over, with no job named, stands on one closed job of theirs."""

from __future__ import annotations

from datetime import UTC, datetime, time

from bifocal.bridges.imports.writers.base import Run
from bifocal.core.copying import copy_rows
from bifocal.core.facts import record
from bifocal.core.numbering import next_numbers
from bifocal.kernel.jobs.facts import JobCreated
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import BillingRule, Profile, Work
from bifocal.kernel.parties.models import Customer, Site

TITLE = "Balance brought forward"


def opening_jobs(run: Run, customers: list[Customer]) -> dict[int, Job]:
    """The job of each of these customers that bears what was open; made where there is none."""
    wanted = {c.pk: c for c in customers}
    marks = {f"opening {c.number}": c.pk for c in wanted.values()}
    here = {marks[j.external_id]: j for j in Job.objects.filter(external_id__in=marks).select_related("branch")}
    new = [c for pk, c in wanted.items() if pk not in here]
    sites = _sites(new)
    at = datetime.combine(run.day, time(12), UTC)
    jobs = [
        Job(
            number=n, title=TITLE, profile=Profile.SERVICE, work_status=Work.CLOSED, customer=c, site=sites[c.pk], branch=run.home,
            billing_rule=BillingRule.NOT_BILLABLE, external_id=f"opening {c.number}", done_at=at, closed_at=at, outcome="completed",
        )
        for n, c in zip(next_numbers("job", "J-", len(new)), new, strict=True)
    ]  # fmt: skip
    copy_rows(jobs)
    for job in jobs:
        run.found.append((job, f"{job.number} {job.title}", f"{job.customer.name} · {job.site.one_line}", ""))
        record(JobCreated(number=job.number, profile=job.profile, title=TITLE), about=job, actor=run.actor, call=run.call)
    return here | {j.customer_id: j for j in jobs}


def _sites(customers: list[Customer]) -> dict[int, Site]:
    first: dict[int, Site] = {}
    for site in Site.objects.filter(customer__in=[c.pk for c in customers]).order_by("id"):
        first.setdefault(site.customer_id, site)
    lacking = [c for c in customers if c.pk not in first]
    made = [Site(customer=c, name=(c.address.split("\n")[0] or c.name)[:120], address=c.address.split("\n")[0][:200]) for c in lacking]
    copy_rows(made)
    return first | {s.customer_id: s for s in made}
