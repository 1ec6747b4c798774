"""Who is on call, who is asked in which order, what it would cost now."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.kernel.people.models import Person
from bifocal.kernel.people.queries import qualified, rate_on
from bifocal.lib.money import ZERO
from bifocal.service.hours.queries import hours_of
from bifocal.service.levels.models import AfterHours
from bifocal.service.oncall.models import Turn
from bifocal.service.oncall.rules import Quote, quote
from bifocal.service.visits.models import Ban, Visit

DRIVE = 30  # minutes each way that an after-hours call is reckoned at
SOON = timedelta(minutes=15)


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


def quoted(visit: Visit, person: Person | None, now: datetime) -> Quote:
    """What the call would cost the caller and us, if that person went now."""
    kind = visit.job.job_type
    item = (kind.labor_item or kind.flat_item) if kind else None
    pay = rate_on(person.pk, "regular", accounting_day(now, visit.job.branch)) if person else None
    rate = pay.rate + pay.burden if pay else ZERO
    start = now + SOON + timedelta(minutes=DRIVE)
    price = item.price if item else Decimal(0)
    return quote(
        start=start, minutes=visit.minutes, drive=DRIVE, price=price, rate=rate, next_shift=next_shift(visit.job.branch, now, person),
        terms=AfterHours.get(),
    )  # fmt: skip


def proposal(visit: Visit, now: datetime) -> dict[str, Any]:
    """The after-hours proposal of a visit: who is on call, whom else, the quote, whether it is after hours at all."""
    people = chain(visit, now)
    first = people[0] if people else None
    return {"after_hours": after_hours(visit.job.branch, now), "turn": on_call(visit.job.branch, visit.skill, now), "chain": people,
            "quote": quoted(visit, first, now), "terms": AfterHours.get()}  # fmt: skip
