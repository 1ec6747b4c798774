"""The scheduler is asked before dates that moved are told: one message with what would be told, answered by one press of yes or no."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Refused
from bifocal.projects.notices.commands import line, tell_letters
from bifocal.projects.notices.facts import DatesKept
from bifocal.projects.notices.models import Telling
from bifocal.projects.notices.queries import Letter, asked_of, due
from bifocal.projects.register import commands as register
from bifocal.projects.schedule.board import load


def ask(kept: Telling, letters: list[Letter], actor: Actor, call: Call) -> list[str]:
    """Ask whoever plans the job, by a link with yes and no; the caller lends `message.send`. Returns who was asked."""
    job: Job = kept.job
    told = "\n".join(f"{letter.name} <{letter.email}>\n" + "\n".join(f"  {line(m)}" for m in letter.moves) for letter in letters)
    asked = asked_of(job)
    for name, email in asked:
        register.send_link(
            about=kept.subject, purpose="telling", rights=["notices.answer"], name=name, email=email,
            title=f"{job.number} {job.title}: tell {len(letters)} of new dates?",
            text=f"{told}\n\nNobody was told yet. Tell them? Answer yes or no:", days=30, actor=actor, call=call,
        )  # fmt: skip
    return [name for name, _ in asked]


@command("notices.answer")
def answer_telling(*, telling: UUID, tell: bool, actor: Actor, call: Call) -> dict[str, Any]:
    """Who was asked says yes, and everybody is told the dates as they are now; or no, and nobody is told until dates move again."""
    kept: Telling = Telling.objects.locked(telling, actor)
    require(actor, "notices.answer")
    if kept.asked_at is None:
        raise Refused("This was answered already: look at the dates page for who was told.")
    letters = due(load(kept.job), kept.more_than, first_time=False)
    names = [letter.name for letter in letters]
    kept.change(asked_at=None)
    if tell and letters:
        tell_letters(kept.job, letters, actor.within("notices.answer"), call.inner())
        return {"kind": "date_notices", "told": names}
    record(DatesKept(by=actor.name, to=names), about=kept.job, actor=actor, call=call)
    return {"kind": "date_notices", "told": []}


def question(kept: Telling) -> list[Letter]:
    """What would be told by a yes, as the dates are now; empty where nothing is asked."""
    return due(load(kept.job), kept.more_than, first_time=False) if kept.asked_at else []
