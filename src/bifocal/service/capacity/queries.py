"""Capacity of days and weeks, from the one calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, Sum

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Allocation, Demand, Person
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.periods import days
from bifocal.service.board.models import Turf
from bifocal.service.capacity.models import Reserve
from bifocal.service.capacity.rules import Hands, Wanted, free_minutes, room
from bifocal.service.dispatch.lists import lists_of
from bifocal.service.dispatch.queries import day_range
from bifocal.service.dispatch.rules import still_open
from bifocal.service.hours.queries import hours_of
from bifocal.service.hours.rules import Hours
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import PLANNED, Status

WEEKS = 12


@dataclass(frozen=True)
class Terms:
    """What a person's free minutes are made of: shift − booked − driving of `calls` − reserve; never less than 0."""

    person: Person
    shift: int
    held: int
    calls: int
    drive: int
    reserve: int
    hands: Hands


@dataclass(frozen=True)
class DayRoom:
    """A day's people and what is wanted of them; `room` answers by skill and zone."""

    day: date
    people: tuple[Terms, ...]
    wanted: tuple[Wanted, ...]

    @property
    def hands(self) -> tuple[Hands, ...]:
        """The people as the rules see them."""
        return tuple(t.hands for t in self.people)

    def room(self, skill: str, zone: str = "") -> int:
        """Minutes that can still be sold."""
        return room(self.hands, self.wanted, skill, zone)


def day_room(day: date, branch: Branch, now: datetime | None = None) -> DayRoom:
    """One day: see `day_rooms`."""
    return day_rooms([day], branch, now)[0]


def day_rooms(asked: Sequence[date], branch: Branch, now: datetime | None = None) -> list[DayRoom]:
    """Shift less firm allocations, drive and reserve, by person; hours that projects and promised windows want, nobody named.

    A day off has nobody. Of the day that `now` is in only what is still to come counts.
    """
    return _Staff(branch).rooms(asked, now)


class _Staff:
    """A branch's people and their hours, what stands in their calendars and what is wanted of them, read once for all the days."""

    def __init__(self, branch: Branch) -> None:
        self.branch, self.held = branch, Reserve.get()
        self.people = list(qualified("", date.min, branch_id=branch.pk).prefetch_related("skills__skill"))
        self.hours = hours_of(branch, self.people)

    def rooms(self, asked: Sequence[date], now: datetime | None = None) -> list[DayRoom]:
        """The room of these days; none on a day that the branch is closed."""
        worked = [d for d in sorted(set(asked)) if self.hours.open(d)]
        self._read(worked)
        return [self.room(day, now) if day in worked else DayRoom(day, (), ()) for day in asked]

    def _read(self, worked: list[date]) -> None:
        branch = self.branch
        self.turf = dict(Turf.objects.filter(person__in=self.people).values_list("person_id", "zones"))
        self.taken: dict[int, list[Allocation]] = {}
        self.promised: list[Visit] = []
        self.short: list[tuple[Visit, int]] = []
        self.demanded: list[Demand] = list(Demand.objects.filter(day__in=worked).select_related("skill"))
        if worked:
            span = (day_range(worked[0], branch.tz).start, day_range(worked[-1], branch.tz).end)
            rows = Allocation.objects.filter(person__in=self.people, during__overlap=span).exclude(firmness=Firmness.TENTATIVE)
            for row in rows:
                self.taken.setdefault(row.person_id, []).append(row)
            waiting = Visit.objects.filter(status=Status.UNSCHEDULED, job__branch=branch, window__overlap=span)
            self.promised = list(waiting.select_related("job__site"))
            self.short = _short(branch, span)

    def room(self, day: date, now: datetime | None) -> DayRoom:
        """A working day of theirs, of each by their own shift; after the shift nothing of it is left."""
        listed, shifts = lists_of(day, self.branch), ((p, self.hours.shift(day, p.pk)) for p in self.people)
        there = ((p, min(max(s.start, now or s.start), s.end), s.end) for p, s in shifts if s)
        people = tuple(self._terms(p, day, begins, ends, listed.get(p.pk, [])) for p, begins, ends in there)
        return DayRoom(day, people, tuple(self._wanted(day)))

    def _terms(self, person: Person, day: date, begins: datetime, closes: datetime, listed: list[Visit]) -> Terms:
        long = _minutes(begins, closes)
        mine = [r for r in self.taken.get(person.pk, ()) if r.during.lower < closes and r.during.upper > begins] if long else []
        minutes = sum(_minutes(max(r.during.lower, begins), min(r.during.upper, closes)) for r in mine) + sum(v.minutes for v in listed)
        calls = sum(r.use == AllocationKind.VISIT for r in mine) + len(listed)
        skills = frozenset(s.skill.code for s in person.skills.all() if s.expires is None or s.expires >= day)
        free = free_minutes(long, minutes, calls, self.held.drive_minutes, self.held.share)
        hands = Hands(free, skills, frozenset(self.turf.get(person.pk, ())))
        return Terms(person, long, minutes, calls, calls * self.held.drive_minutes, round(long * self.held.share), hands)

    def _wanted(self, day: date) -> Iterator[Wanted]:
        """Hours that projects want of that day, then calls that were promised a window of it, nobody named for either."""
        for d in self.demanded:
            if d.day == day:
                yield Wanted(d.skill.code, d.zone, round(d.hours * 60), d.label)
        span = day_range(day, self.branch.tz)
        for v in self.promised:
            if v.window.lower < span.end and v.window.upper > span.start:
                yield self._call(v, v.skill, 1)
                if v.people > 1:
                    yield self._call(v, "", v.people - 1)  # who goes along needs no skill
        for v, there in self.short:
            if v.planned.lower < span.end and v.planned.upper > span.start:
                yield self._call(v, "", v.people - there)

    def _call(self, visit: Visit, skill: str, people: int) -> Wanted:
        label = f"{visit.job.number} {visit.job.title}"
        return Wanted(skill, visit.job.site.zone, (visit.minutes + self.held.drive_minutes) * people, label)


def _short(branch: Branch, span: tuple[datetime, datetime]) -> list[tuple[Visit, int]]:
    """Planned visits with fewer people on them than they need, and how many."""
    rows = Visit.objects.filter(job__branch=branch, status__in=PLANNED, planned__overlap=span, people__gt=1).select_related("job__site")
    counted = rows.annotate(there=Count("assignments", filter=Q(assignments__removed_at=None))).filter(there__lt=F("people"))
    return [(v, v.there) for v in counted]


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


@dataclass(frozen=True)
class Account:
    """How the minutes of a skill and zone on a day come about: who may do it, what is wanted, what is left to sell."""

    day: date
    skill: str
    zone: str
    people: tuple[Terms, ...]
    wanted: tuple[Wanted, ...]
    minutes: int

    @property
    def free(self) -> int:
        """What everybody who may do it has free, before what is wanted is put on them."""
        return sum(t.hands.minutes for t in self.people)


def account_of(day: date, branch: Branch, skill: str, zone: str, now: datetime) -> Account:
    """One cell of the table, opened."""
    found = day_room(day, branch, now)
    able = tuple(t for t in found.people if t.hands.can(skill, zone))
    touched = frozenset(s for t in able for s in t.hands.skills)  # what is wanted of other skills that the same people hold counts too
    return Account(day, skill, zone, able, tuple(w for w in found.wanted if not w.skill or w.skill in touched), found.room(skill, zone))


def table(first: date, count: int, branch: Branch, now: datetime) -> dict[str, Any]:
    """Working days from `first` by skill and zone, in minutes that can be sold."""
    staff = _Staff(branch)
    found = staff.rooms(staff.hours.days(first, count), now)
    skills = sorted({s for r in found for h in r.hands for s in h.skills} | {w.skill for r in found for w in r.wanted if w.skill})
    zones = sorted({z for r in found for h in r.hands for z in h.zones} | {w.zone for r in found for w in r.wanted if w.zone})
    rows = [
        {"skill": s, "zone": z, "days": [{"day": r.day, "minutes": r.room(s, z)} for r in found]} for s in skills for z in (zones or [""])
    ]  # fmt: skip
    return {"days": [r.day for r in found], "rows": rows}


def forecast(branch: Branch, today: date) -> list[dict[str, Any]]:
    """Twelve weeks from this one: hours of both lenses that are booked, hours projects want with nobody named, hours on hand."""
    first = today - timedelta(days=today.weekday())
    last = first + timedelta(weeks=WEEKS) - timedelta(days=1)
    staff = list(Person.objects.filter(branch=branch, active=True).exclude(trade__in=["office", ""]))
    hours = hours_of(branch, staff)
    zone = ZoneInfo(branch.tz)
    weeks = [
        {"week": first + timedelta(weeks=n), "service": 0.0, "project": 0.0, "open": 0.0, "off": 0.0, "hands": 0.0} for n in range(WEEKS)
    ]  # fmt: skip
    span = (datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone))
    column = {AllocationKind.VISIT: "service", AllocationKind.PROJECT_DAY: "project"}
    rows = Allocation.objects.filter(person__in=staff, during__overlap=span).exclude(firmness=Firmness.TENTATIVE)
    for during, use in rows.values_list("during", "use"):
        n = (during.lower.astimezone(zone).date() - first).days // 7
        if 0 <= n < WEEKS:
            weeks[n][column.get(use, "off")] += (during.upper - during.lower).total_seconds() / 3600  # type: ignore[operator]
    for day, wanted in Demand.objects.filter(day__range=(first, last)).values_list("day", "hours"):
        weeks[(day - first).days // 7]["open"] += float(wanted)  # type: ignore[operator]
    for day in days(first, last):
        shifts = [s for p in staff if (s := hours.shift(day, p.pk))]
        weeks[(day - first).days // 7]["hands"] += sum((s.end - s.start).total_seconds() for s in shifts) / 3600  # type: ignore[operator]
    return weeks


@dataclass(frozen=True)
class Slot:
    """A window that may be promised online."""

    start: datetime
    end: datetime


def slots(branch: Branch, kind: JobType, zone: str, now: datetime, most: int = 200) -> list[Slot]:
    """The first windows that customers may book by themselves: the day has room, and as many as it needs are free in the window.

    The last day is told whole, so there may be a few more than `most`.
    """
    held = Reserve.get()
    if not held.online:
        return []
    found: list[Slot] = []
    staff = _Staff(branch)
    for known in staff.rooms(staff.hours.days(accounting_day(now, branch) + timedelta(days=1), held.days_ahead)):
        if len(found) < most and has_room(known, kind, zone, held):
            open_ = still_open([(w.start, w.end) for w in staff.hours.windows_of(known.day)], now)
            found += [s for s in (Slot(a, b) for a, b in open_) if free_for(kind, s, branch, staff.hours)]
    return found


def has_room(known: DayRoom, kind: JobType, zone: str, held: Reserve) -> bool:
    """Whether a day has the hours of one more call: one of the skill, and of anybody for who goes along."""
    one = kind.minutes + held.drive_minutes
    return known.room(kind.skill, zone) >= one and (kind.people == 1 or known.room("", zone) >= one * kind.people)


def free_for(kind: JobType, slot: Slot, branch: Branch, hours: Hours | None = None) -> bool:
    """Whether one who holds the skill, and as many as it needs, have nothing in the window and could do it in their shift."""
    one = free_in(slot, branch, kind.skill, kind.minutes, hours) > 0
    return one and (kind.people == 1 or free_in(slot, branch, "", kind.minutes, hours) >= kind.people)


def free_in(slot: Slot, branch: Branch, skill: str, minutes: int, hours: Hours | None = None) -> int:
    """How many who hold the skill could do it in their shift, less the calls that were promised the window and have nobody.

    Who has something firm in the window is not counted.
    """
    span, day = (slot.start, slot.end), accounting_day(slot.start, branch)
    busy = Allocation.objects.filter(person__isnull=False, during__overlap=span).exclude(firmness=Firmness.TENTATIVE)
    people = list(qualified(skill, day, branch_id=branch.pk).exclude(pk__in=busy.values("person_id")))
    known, long = hours or hours_of(branch, people), timedelta(minutes=minutes)
    shifts = (known.shift(day, p.pk) for p in people)
    free = sum(max(s.start, slot.start) + long <= s.end and s.start < slot.end for s in shifts if s)
    told = Visit.objects.filter(status=Status.UNSCHEDULED, job__branch=branch, window__overlap=span)
    if skill:
        return free - told.filter(skill=skill).count()
    return free - (told.aggregate(sum=Sum("people"))["sum"] or 0)


def zone_of(postcode: str) -> str:
    """The zone most sites with this ZIP code are in; '' where none says."""
    rows = Site.objects.filter(postcode=postcode.strip()).exclude(zone="").values_list("zone", flat=True)
    known = list(rows[:50])
    return max(set(known), key=known.count) if known and postcode.strip() else ""
