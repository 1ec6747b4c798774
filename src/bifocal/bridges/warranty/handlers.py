"""Sideways facts that this bridge listens to. Handlers are idempotent."""

from __future__ import annotations

from bifocal.core.models import Fact
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Equipment


def equip_site_with_warranty(fact: Fact) -> None:
    """Substantial completion: equipment that the project installed is under warranty until the last warranty ends."""
    job = Job.objects.get(uid=fact.subject_uid)
    last = job.warranties.order_by("-ends").first()
    if last:
        Equipment.objects.filter(installed_by_job=job.uid, warranty_until=None).update(warranty_until=last.ends)
