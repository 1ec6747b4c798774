"""Everybody's next day: both lenses on one page of text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.kernel.people.models import Allocation, Crew, Person
from bifocal.kernel.people.rules import Firmness
from bifocal.lib.periods import clock
from bifocal.projects.schedule.models import Activity
from bifocal.service.dispatch.lists import lists_of
from bifocal.service.dispatch.queries import day_range
from bifocal.service.hours.queries import hours_of
from bifocal.service.visits.models import Visit


@dataclass(frozen=True)
class Line:
    """Something in somebody's day: from when to when (None: any time), what, where."""

    start: datetime | None
    end: datetime | None
    what: str
    where: str

    def text(self, zone: ZoneInfo) -> str:
        """'7 am - 3:30 pm  Rough-in, 12 Elm Street'."""
        when = "any time"
        if self.start and self.end:
            when = " - ".join(clock(m.astimezone(zone), short=True) for m in (self.start, self.end))
        what = self.what.removesuffix(f" at {self.where.split(',')[0]}")  # a call's label ends with its site: said once is enough
        return f"{when}  {what}{', ' + self.where if self.where else ''}"


@dataclass
class PersonDay:
    """One person's lines, and those of whom they lead."""

    person: Person
    lines: list[Line]
    crew: list[PersonDay] = field(default_factory=list)


def next_working_day(branch: Branch, now: datetime) -> date:
    """The next day after today that the branch is open, by its clock; tomorrow where it is closed for three weeks."""
    tomorrow = accounting_day(now, branch) + timedelta(days=1)
    return next(iter(hours_of(branch).days(tomorrow, 1)), tomorrow)


def roster(branch: Branch, day: date) -> list[PersonDay]:
    """Who has something that day, with it; foremen with their crews' days."""
    span = day_range(day, branch.tz)
    rows = Allocation.objects.filter(person__branch=branch, person__active=True, during__overlap=(span.start, span.end))
    rows = rows.exclude(firmness=Firmness.TENTATIVE).select_related("person").order_by("during")
    places = _places([r.source_uid for r in rows])
    days: dict[int, PersonDay] = {}
    for r in rows:
        mine = days.setdefault(r.person_id, PersonDay(r.person, []))
        mine.lines.append(Line(r.during.lower, r.during.upper, r.label, places.get(r.source_uid, "")))
    listed = lists_of(day, branch)
    for person in Person.objects.filter(pk__in=listed, active=True):
        mine = days.setdefault(person.pk, PersonDay(person, []))
        mine.lines += [Line(None, None, f"{v.job.number} {v.job.title}", v.job.site.one_line) for v in listed[person.pk]]
    for crew in Crew.objects.filter(members__in=days).distinct().prefetch_related("members").select_related("foreman"):
        lead = days.setdefault(crew.foreman_id, PersonDay(crew.foreman, []))
        known = {d.person.pk for d in lead.crew}
        lead.crew += [days[m.pk] for m in crew.members.all() if m.pk in days and m.pk != crew.foreman_id and m.pk not in known]
    return sorted(days.values(), key=lambda d: d.person.name)


def _places(uids: list[UUID]) -> dict[UUID, str]:
    """Where the sources of allocations are: visits and activities."""
    visits = {v.uid: v.job.site.one_line for v in Visit.objects.filter(uid__in=uids).select_related("job__site")}
    acts = {a.uid: a.job.site.one_line for a in Activity.objects.filter(uid__in=uids).select_related("job__site")}
    return {**visits, **acts}


def letter(day: PersonDay, zone: ZoneInfo) -> str:
    """The body of a person's message."""
    body = "\n".join(line.text(zone) for line in day.lines) or "Nothing of your own."
    for other in sorted(day.crew, key=lambda d: d.person.name):
        body += f"\n\n{other.person.name}\n" + "\n".join(line.text(zone) for line in other.lines)
    return body + "\n"
