"""Who must know: every write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import Invalid, NotFound, Refused
from bifocal.projects.notices.facts import DatesConfirmed, DatesTold
from bifocal.projects.notices.models import Follower, Heard, Notice, Telling
from bifocal.projects.notices.queries import Letter, due, plain
from bifocal.projects.register import commands as register
from bifocal.projects.schedule.board import load
from bifocal.projects.schedule.models import Activity


@command("notices.follow")
def follow_activity(*, activity: UUID, name: str, email: str, actor: Actor, call: Call) -> Follower:
    """Somebody outside must know this activity's dates: a subcontractor, a supplier, an inspector."""
    row = Activity.objects.select_related("job").filter(uid=activity, job__in=Job.objects.visible_to(actor)).first()
    if row is None:
        raise NotFound(f"There is no activity {activity}, or you may not see it.")
    require(actor, "schedule.edit")
    try:
        validate_email(email)
    except ValidationError as bad:
        raise Invalid(f"'{email}' is no e-mail address.", field="email") from bad
    if not name:
        raise Invalid("Who is it? Give a name.", field="name")
    made: Follower = Follower.objects.update_or_create(activity=row, email=email.lower(), defaults={"name": name[:120]})[0]
    return made


@command("notices.unfollow")
def unfollow_activity(*, follower: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """They need not know any more."""
    require(actor, "schedule.edit")
    row: Follower = Follower.objects.locked(follower, actor)
    answer = row.answer()
    row.delete()
    return answer


@command("notices.tell")
def tell_dates(*, job: UUID, more_than: int = 0, actor: Actor, call: Call) -> dict[str, Any]:
    """Tell crews and followers whose dates moved by more than so many days: one message each, with a button to confirm."""
    row: Job = Job.objects.locked(job, actor)
    require(actor, "schedule.edit")
    if not 0 <= more_than <= 365:
        raise Invalid("Between 0 and 365 days.", field="more_than")
    letters = due(load(row), more_than)
    if not letters:
        raise Refused("Nobody's dates moved by more than that since they last heard.")
    links = tell_letters(row, letters, actor.within("notices.tell"), call)
    return {"kind": "date_notices", "told": [letter.name for letter in letters], "links": links}


def tell_letters(row: Job, letters: list[Letter], actor: Actor, call: Call) -> dict[str, str]:
    """Send these letters; the caller has checked the right and lends `message.send`. Returns each one's link by name."""
    links = {letter.name: _send(row, letter, actor, call) for letter in letters}
    Telling.objects.filter(job=row).update(asked_at=None)
    told = DatesTold(to=[letter.name for letter in letters], moves=sum(len(letter.moves) for letter in letters))
    record(told, about=row, actor=actor, call=call)
    return links


def _send(job: Job, letter: Letter, actor: Actor, call: Call) -> str:
    """One letter: kept, sent, and what was heard noted; the queue reminds. Returns the link's path."""
    from bifocal.projects.notices.settling import remind_later

    notice = Notice.objects.create(job=job, name=letter.name, email=letter.email, moves=letter.moves)
    lines = [line(m) for m in letter.moves]
    _, address = register.send_link(
        about=notice.subject, purpose="dates", rights=["notices.confirm"], name=letter.name, email=letter.email,
        title=f"{job.number} {job.title}: new dates", text="\n".join([*lines, "", "Please confirm that you have read this:"]),
        days=60, actor=actor, call=call,
    )  # fmt: skip
    codes = {r.code: r for r in job.activities.filter(code__in=[m["code"] for m in letter.moves])}
    for m in letter.moves:
        first, last = m["now"]
        Heard.objects.update_or_create(activity=codes[m["code"]], email=letter.email, defaults={"first": first, "last": last})
    remind_later(notice, call)
    return "/link/" + address.rsplit("/", 1)[-1]


def line(m: dict[str, Any]) -> str:
    """One moved activity as a line of a message."""
    before = f" (was {plain(m['was'][0])} – {plain(m['was'][1])})" if m["was"] else ""
    return f"{m['name']}: {plain(m['now'][0])} – {plain(m['now'][1])}{before}"


@command("notices.confirm")
def confirm_dates(*, notice: UUID, name: str, note: str = "", actor: Actor, call: Call) -> Notice:
    """Whoever was told has read it, and may say what does not fit."""
    row: Notice = Notice.objects.locked(notice, actor)
    require(actor, "notices.confirm")
    if row.confirmed_at is not None:
        raise Refused(f"{row.confirmed_by} confirmed this already.")
    if not name:
        raise Invalid("Give your name.", field="name")
    row.change(confirmed_at=call.occurred_at, confirmed_by=name[:120], note=note[:300])
    record(DatesConfirmed(by=row.confirmed_by, note=row.note), about=row.job, actor=actor, call=call)
    return row
