"""Who is where, who is free, who may do it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from bifocal.kernel.people.models import Allocation, PayRate, Person, PersonSkill
from bifocal.kernel.people.rules import Firmness
from bifocal.lib.periods import TimeRange


def allocations_of(person: Person, during: TimeRange) -> QuerySet[Allocation]:
    """Everything that touches `during`, in order."""
    found: QuerySet[Allocation] = Allocation.objects.filter(person=person, during__overlap=(during.start, during.end)).order_by("during")
    return found


def holder(person: Person, during: TimeRange, *, but: Any = None) -> Allocation | None:
    """The firm allocation in the way, if any; the source `but` does not count."""
    rows = Allocation.objects.filter(person=person, firmness=Firmness.FIRM, during__overlap=(during.start, during.end)).order_by("during")
    row: Allocation | None = (rows.exclude(source_uid=but) if but else rows).first()
    return row


def qualified(skill_code: str, on: date, *, branch_id: int | None = None) -> QuerySet[Person]:
    """Dispatchable people who hold the skill on that day; an empty code asks for none."""
    people = Person.objects.filter(active=True, dispatchable=True)
    if branch_id:
        people = people.filter(branch_id=branch_id)
    if skill_code:
        holds = PersonSkill.objects.filter(skill__code=skill_code).filter(Q(expires=None) | Q(expires__gte=on))
        people = people.filter(pk__in=holds.values("person_id"))
    return people.order_by("name")


def free_people(skill_code: str, during: TimeRange, *, on: date, branch_id: int | None = None) -> QuerySet[Person]:
    """Qualified people without a firm allocation in those hours."""
    busy = Allocation.objects.filter(firmness=Firmness.FIRM, person__isnull=False, during__overlap=(during.start, during.end))
    return qualified(skill_code, on, branch_id=branch_id).exclude(pk__in=busy.values("person_id"))


def rate_on(person_id: int, pay_class: str, day: date) -> PayRate | None:
    """The pay rate in force that day for the class, else None."""
    return PayRate.objects.filter(person_id=person_id, pay_class=pay_class, from_date__lte=day).order_by("-from_date").first()


def day_of(person: Person, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """A person's day: both lenses on one line."""
    rows = allocations_of(person, TimeRange(start, end))
    return [dict(r) for r in rows.values("uid", "during", "use", "firmness", "label", "source_kind", "source_uid", "why_double")]
