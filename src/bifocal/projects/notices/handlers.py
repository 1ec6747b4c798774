"""Facts that this module listens to. Handlers are idempotent."""

from __future__ import annotations

from datetime import date

from bifocal.core.actor import system
from bifocal.core.commands import Call, execute
from bifocal.core.models import Fact
from bifocal.kernel.jobs.models import Job
from bifocal.projects.notices.models import Heard
from bifocal.projects.notices.queries import who_follows
from bifocal.projects.schedule.models import Activity


def tell_when_settled(fact: Fact) -> None:
    """Dates moved: who follows them and was never told knew the dates before the move; all are told when the dates have settled."""
    job, moved = Job.objects.filter(uid=fact.subject_uid).first(), fact.payload["activities"]
    if job is None:
        return
    rows = {row.pk: row for row in Activity.objects.filter(job=job, uid__in=moved)}
    follow = who_follows(job, rows.values())
    if not follow:
        return
    before = {pk: moved[str(row.uid)] for pk, row in rows.items()}
    knew = [
        Heard(activity=rows[pk], email=email, first=date.fromisoformat(before[pk][0]), last=date.fromisoformat(before[pk][1]))
        for pk, _, email in follow
    ]
    Heard.objects.bulk_create(knew, ignore_conflicts=True)
    execute("notices.moved", {"job": str(job.uid)}, actor=system("who must know"), call=Call.new())
