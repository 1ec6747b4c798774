"""Who is where, who is free, who may do it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.kernel.people.models import Allocation, Demand, PayRate, Person, PersonSkill, Vehicle
from bifocal.kernel.people.rules import Firmness
from bifocal.lib.errors import Invalid
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


def office_of(actor: Actor, code: str = "") -> Branch | None:
    """The branch of a paper: the one named, else that of whoever makes it, else the head office. Raises Invalid for an unknown code.

    It decides the paper's accounting date (decision 13): a deposit at 9 pm in Honolulu is that day's, whatever the head office's clock.
    """
    if code:
        found = Branch.objects.filter(code=code).first()
        if found is None:
            raise Invalid(f"There is no branch '{code}'.", field="branch")
        return found
    own = Branch.objects.filter(person=actor.person_id).first() if actor.person_id else None
    return own or Branch.objects.order_by("id").first()


def vehicles_between(during: TimeRange) -> list[dict[str, Any]]:
    """Every vehicle with what it is taken for in those hours, in order."""
    taken: dict[int, list[dict[str, Any]]] = {}
    rows = Allocation.objects.filter(vehicle__isnull=False, during__overlap=(during.start, during.end)).order_by("during")
    for r in rows:
        taken.setdefault(r.vehicle_id, []).append({"uid": r.uid, "label": r.label, "start": r.during.lower, "end": r.during.upper})
    return [
        {"uid": v.uid, "name": v.name, "branch": v.branch.code if v.branch else "", "taken": taken.get(v.pk, [])}
        for v in Vehicle.objects.filter(active=True).select_related("branch").order_by("name")
    ]


def demand_between(first: date, last: date) -> list[dict[str, Any]]:
    """Hours that nobody is named for yet, by day, skill and zone (both days included)."""
    rows = Demand.objects.filter(day__range=(first, last)).values("day", "skill__code", "zone").annotate(total=Sum("hours"))
    return [
        {"day": r["day"], "skill": r["skill__code"], "zone": r["zone"], "hours": r["total"]}
        for r in rows.order_by("day", "skill__code", "zone")
    ]


def rate_on(person_id: int, pay_class: str, day: date) -> PayRate | None:
    """The pay rate in force that day for the class, else None."""
    return PayRate.objects.filter(person_id=person_id, pay_class=pay_class, from_date__lte=day).order_by("-from_date").first()


def day_of(person: Person, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """A person's day: both lenses on one line."""
    rows = allocations_of(person, TimeRange(start, end))
    return [dict(r) for r in rows.values("uid", "during", "use", "firmness", "label", "source_kind", "source_uid", "why_double")]
