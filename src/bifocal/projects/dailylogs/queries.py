"""Is the chain whole?"""

from __future__ import annotations

from bifocal.kernel.jobs.models import Job
from bifocal.projects.dailylogs.models import DailyLog
from bifocal.projects.dailylogs.rules import chain_hash


def broken_links(job: Job) -> list[str]:
    """Days whose hash does not follow from their content and the log before: none, when nothing was tampered with."""
    broken, previous = [], ""
    for n, log in enumerate(DailyLog.objects.filter(job=job, seq__isnull=False).order_by("seq"), 1):
        right = chain_hash(log.content or {}, previous, n)
        if log.seq != n or log.prev_sha256 != previous or log.sha256 != right:
            broken.append(str(log.day))
        previous = log.sha256
    return broken
