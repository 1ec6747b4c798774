"""Who is on call, who is asked in which order, what it would cost now."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.kernel.people.models import Person, Skill
from bifocal.kernel.people.queries import qualified, rate_on
from bifocal.kernel.people.rules import free_slots
from bifocal.lib.money import ZERO
from bifocal.lib.periods import TimeRange
from bifocal.service.hours.queries import hours_of
from bifocal.service.levels.models import AfterHours
from bifocal.service.oncall.models import Turn
from bifocal.service.oncall.rules import Quote, quote
from bifocal.service.visits.models import Ban, Visit

DRIVE = 30  # minutes each way that an after-hours call is reckoned at
SOON, LOOKED_AT = timedelta(minutes=15), timedelta(weeks=4)


def on_call(branch: Branch, skill: str, at: datetime) -> Turn | None:
    """Whose turn it is at a moment."""
    rows = Turn.objects.filter(branch=branch, during__contains=at).select_related("person", "backup", "skill")
    found: Turn | None = (rows.filter(skill__code=skill) if skill else rows).order_by("id").first()
    return found


def turns(branch: Branch, at: datetime) -> QuerySet[Turn]:
    """Turns that are on or to come, in order."""
    rows = Turn.objects.filter(branch=branch, during__endswith__gt=at).select_related("person", "backup", "skill")
    found: QuerySet[Turn] = rows.order_by("skill__code", "during")
    return found


def uncovered(branch: Branch, at: datetime) -> list[tuple[Skill, TimeRange]]:
    """Stretches of the next four weeks in which nobody is on call for a trade that has a rota."""
    span, held = TimeRange(at, at + LOOKED_AT), dict[Skill, list[TimeRange]]()
    for t in turns(branch, at):
        held.setdefault(t.skill, []).append(TimeRange(t.during.lower, t.during.upper))
    return [(skill, gap) for skill, taken in held.items() for gap in free_slots(span, taken)]


def chain(visit: Visit, at: datetime) -> list[Person]:
    """Whom to ask, in order: the one on call, the backup, then whoever else of the branch holds the skill and has an address.

    Nobody whom the customer does not want again.
    """
    turn = on_call(visit.job.branch, visit.skill, at)
    unwanted = set(Ban.objects.filter(customer=visit.job.customer_id).values_list("person_id", flat=True))
    first = [p for p in (turn.person, turn.backup) if p and p.pk not in unwanted] if turn else []
    others = qualified(visit.skill, accounting_day(at, visit.job.branch), branch_id=visit.job.branch_id)
    return [*first, *others.exclude(pk__in=[*unwanted, *(p.pk for p in first)]).exclude(email="")]


def after_hours(branch: Branch, now: datetime) -> bool:
    """Whether a call that comes in now is after hours in its branch."""
    return not hours_of(branch).is_open(now)


def next_shift(branch: Branch, after: datetime, person: Person | None = None) -> datetime:
    """When somebody's next shift begins; nobody named: when the branch opens next."""
    return hours_of(branch, [person] if person else []).next_start(after, person.pk if person else None)


def hour_price(visit: Visit) -> Decimal:
    """What an hour of this kind of call costs in usual hours, in dollars; nothing where its kind has no price."""
    kind = visit.job.job_type
    item = (kind.labor_item or kind.flat_item) if kind else None
    return item.price if item else Decimal(0)


def quoted(visit: Visit, person: Person | None, now: datetime) -> Quote:
    """What the call would cost the caller and us, if that person went now."""
    pay = rate_on(person.pk, "regular", accounting_day(now, visit.job.branch)) if person else None
    rate = pay.rate + pay.burden if pay else ZERO
    start = now + SOON + timedelta(minutes=DRIVE)
    return quote(
        start=start, minutes=visit.minutes, drive=DRIVE, price=hour_price(visit), rate=rate,
        next_shift=next_shift(visit.job.branch, now, person), terms=AfterHours.get(),
    )  # fmt: skip


def proposal(visit: Visit, now: datetime) -> dict[str, Any]:
    """The after-hours proposal of a visit: who is on call, whom else, the quote, whether it is after hours at all."""
    people = chain(visit, now)
    first = people[0] if people else None
    return {"after_hours": after_hours(visit.job.branch, now), "turn": on_call(visit.job.branch, visit.skill, now), "chain": people,
            "quote": quoted(visit, first, now), "price": hour_price(visit), "terms": AfterHours.get()}  # fmt: skip
