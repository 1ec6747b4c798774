"""Who could stand in for somebody's crew work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from bifocal.core.days import accounting_day
from bifocal.kernel.people.models import Allocation, Person, PersonSkill
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.periods import TimeRange
from bifocal.service.dispatch.queries import day_range
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import PLANNED


@dataclass(frozen=True)
class CrewWork:
    """Hours of a crew day that somebody can't do, and who of the trade is free then: crew people before technicians."""

    allocation: Allocation
    during: TimeRange
    people: list[Person]


def crew_work(person: Person, during: TimeRange) -> list[CrewWork]:
    """The person's crew work in those hours, each stretch with up to five who could stand in."""
    rows = Allocation.objects.filter(
        person=person, firmness=Firmness.FIRM, use=AllocationKind.PROJECT_DAY, during__overlap=(during.start, during.end)
    ).order_by("during")
    cut = [(r, TimeRange(max(r.during.lower, during.start), min(r.during.upper, during.end))) for r in rows]
    return [CrewWork(r, d, stand_ins(person, d)) for r, d in cut]


def not_begun(person: Person, at: datetime) -> QuerySet[Visit]:
    """Calls of that day whose planned time is over by then and that they have not set out for: nobody is on the way to these customers."""
    midnight = day_range(accounting_day(at, person.branch), person.branch.tz).start
    rows = Allocation.objects.filter(person=person, firmness=Firmness.FIRM, use=AllocationKind.VISIT, during__overlap=(midnight, at))
    late = rows.filter(during__endswith__lte=at).values("source_uid")
    found: QuerySet[Visit] = Visit.objects.filter(uid__in=late, status__in=PLANNED, on_list=False).select_related("job__customer")
    return found.order_by("planned", "id")


def stand_ins(person: Person, during: TimeRange) -> list[Person]:
    """Active people of the same trade, or with one of the same skills, whom nothing firm holds in those hours."""
    busy = Allocation.objects.filter(firmness=Firmness.FIRM, person__isnull=False, during__overlap=(during.start, during.end))
    skilled = PersonSkill.objects.filter(skill__in=person.skills.values("skill"))
    alike = Q(pk__in=skilled.values("person_id"))
    if person.trade:
        alike |= Q(trade=person.trade)
    rows = Person.objects.filter(alike, active=True).exclude(pk=person.pk).exclude(pk__in=busy.values("person_id"))
    return sorted(rows, key=lambda p: (p.branch_id != person.branch_id, p.trade != person.trade, p.dispatchable, p.name))[:5]
