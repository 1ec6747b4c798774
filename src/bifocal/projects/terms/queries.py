"""The terms of change that hold for a job."""

from __future__ import annotations

from bifocal.kernel.jobs.models import Job
from bifocal.projects.terms.models import ChangeTerms, TmRate
from bifocal.projects.terms.rules import Rate


def terms_of(job: Job) -> ChangeTerms:
    """The job's terms; where none were written the plain ones, not saved: one tier, nobody approves their own."""
    found = ChangeTerms.objects.filter(contract__job=job).first()
    return found or ChangeTerms()


def rates_of(job: Job) -> list[Rate]:
    """Every rate of the job's contract, for the rules to choose from."""
    return [r.rule for r in TmRate.objects.filter(contract__job=job)]
