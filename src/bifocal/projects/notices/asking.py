"""Who runs a job is asked before dates that moved are told: one letter with what would be told, answered by one press of yes or no."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import Company
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Refused
from bifocal.projects.notices.commands import line, tell_letters
from bifocal.projects.notices.facts import DatesLeft
from bifocal.projects.notices.models import Telling
from bifocal.projects.notices.queries import Letter, due
from bifocal.projects.register import commands as register
from bifocal.projects.schedule.board import load

DAYS = 14  # how long the link of a question lives


def ask(kept: Telling, letters: list[Letter], actor: Actor, call: Call) -> None:
    """Write to those who run the job: who would hear what, and a link with yes and no; the caller lends `message.send`."""
    job: Job = kept.job
    said = "\n\n".join("\n".join([f"{letter.name}:", *(line(m) for m in letter.moves)]) for letter in letters)
    page = Company.get().at(f"/jobs/{job.uid}/dates")
    for name, email in job.run_by():
        register.send_link(
            about=kept.subject, purpose="telling", rights=["notices.answer"], name=name, email=email, days=DAYS, actor=actor, call=call,
            title=f"{job.number} {job.title}: dates moved, shall others be told?",
            text=f"{said}\n\nNobody was told yet. On the job's page: {page}\n\nOr say yes or no here, without signing in:",
        )  # fmt: skip


@command("notices.answer")
def answer_telling(*, telling: UUID, tell: bool, sha256: str, actor: Actor, call: Call) -> dict[str, Any]:
    """Who was asked says yes to what they saw (its hash), and everybody is told; or no, and nobody is until dates move again."""
    seen: Telling = Telling.objects.find(telling, actor)
    require(actor, "notices.answer")
    job = Job.objects.select_for_update().get(pk=seen.job_id)
    kept = Telling.objects.select_for_update().get(pk=seen.pk)
    if kept.asked_at is None:
        raise Refused("This was answered already.")
    letters = due(load(job), kept.more_than, first_time=False)
    if sha256 != fingerprint(letters):
        raise Refused("The dates moved since you looked. Read them again, then answer.")
    kept.change(asked_at=None)
    if tell and letters:
        tell_letters(job, letters, actor.within("notices.answer"), call.inner())
        return {"kind": "date_notices", "told": [letter.name for letter in letters]}
    record(DatesLeft(), about=job, actor=actor, call=call)
    return {"kind": "date_notices", "told": []}


def question(kept: Telling) -> list[Letter]:
    """What would be told by a yes, as the dates are now; empty where nothing is asked."""
    return due(load(kept.job), kept.more_than, first_time=False) if kept.asked_at else []


def fingerprint(letters: list[Letter]) -> str:
    """The hash of what somebody is shown, so that a yes is to that and to nothing else."""
    shown = [[letter.email, letter.moves] for letter in letters]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
