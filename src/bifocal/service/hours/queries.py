"""The hours of a branch: the one place that board, offers, capacity, online booking, on-call and re-planning ask."""

from __future__ import annotations

from collections.abc import Iterable

from bifocal.core.models import Branch
from bifocal.kernel.people.models import Person, WorkCalendar
from bifocal.service.hours.models import ArrivalWindow, OpenDay, Shift
from bifocal.service.hours.rules import USUAL, USUAL_WINDOWS, WEEKDAYS, Hours, Span, Week


def hours_of(branch: Branch, people: Iterable[Person] = ()) -> Hours:
    """A branch's hours with the shifts of these people, in four queries whatever the number of either."""
    week = {r.weekday: (r.opens, r.closes) for r in OpenDay.objects.filter(branch=branch)}
    windows = tuple((r.starts, r.ends) for r in ArrivalWindow.objects.filter(branch=branch).order_by("starts", "ends"))
    company = WorkCalendar.objects.order_by("id").first()
    usual = dict.fromkeys(company.weekdays, (company.starts, company.ends)) if company else None
    served = week or dict.fromkeys(company.weekdays if company else WEEKDAYS, USUAL)
    off = frozenset(company.days_off) if company else frozenset()
    return Hours(branch.tz, served, windows or USUAL_WINDOWS, usual, shifts_of(p.pk for p in people), off)


def shifts_of(people: Iterable[int]) -> dict[int, Week]:
    """Own weeks of those who have one."""
    ids, found = list(people), dict[int, dict[int, Span]]()
    for r in Shift.objects.filter(person__in=ids) if ids else ():
        found.setdefault(r.person_id, {})[r.weekday] = (r.starts, r.ends)
    return dict(found)
