"""Capacity of days and weeks, from the one calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Allocation, Demand, Person
from bifocal.kernel.people.queries import qualified
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.lib.periods import days
from bifocal.service.board.models import Turf
from bifocal.service.capacity.models import Reserve
from bifocal.service.capacity.rules import Hands, Wanted, free_minutes, room
from bifocal.service.dispatch.lists import lists_of
from bifocal.service.dispatch.offering import days_of_work
from bifocal.service.dispatch.queries import day_range
from bifocal.service.dispatch.rules import CLOSES, OPENS, WINDOWS, still_open
from bifocal.service.visits.models import Visit
from bifocal.service.visits.rules import Status

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
    """Shift less firm allocations, drive and reserve, by person; hours that projects and promised windows want, nobody named.

    Of the day that `now` is in only what is still to come counts.
    """
    held, span, zone = Reserve.get(), day_range(day, branch.tz), ZoneInfo(branch.tz)
    if not days_of_work(day, 1) or days_of_work(day, 1)[0] != day:
        return DayRoom(day, (), ())
    opens, closes = (datetime.combine(day, time(h), zone) for h in (OPENS, CLOSES))
    begins = min(max(opens, now), closes) if now else opens  # after the shift nothing of it is left
    people = tuple(_terms(day, branch, begins, closes, held))
    return DayRoom(day, people, (*_demanded(day), *_promised(span.start, span.end, branch, held.drive_minutes)))


def _terms(day: date, branch: Branch, begins: datetime, closes: datetime, held: Reserve) -> Iterator[Terms]:
    people = list(qualified("", day, branch_id=branch.pk).prefetch_related("skills__skill"))
    zones = dict(Turf.objects.filter(person__in=people).values_list("person_id", "zones"))
    taken: dict[int, list[Allocation]] = {}
    rows = Allocation.objects.filter(person__in=people, during__overlap=(begins, closes)).exclude(firmness=Firmness.TENTATIVE)
    for row in rows if begins < closes else ():
        taken.setdefault(row.person_id, []).append(row)
    listed, long = lists_of(day, branch), _minutes(begins, closes)
    for p in people:
        mine, own = taken.get(p.pk, []), listed.get(p.pk, ())
        minutes = sum(_minutes(max(r.during.lower, begins), min(r.during.upper, closes)) for r in mine)
        calls = sum(r.use == AllocationKind.VISIT for r in mine) + len(own)
        minutes += sum(v.minutes for v in own)
        skills = frozenset(s.skill.code for s in p.skills.all() if s.expires is None or s.expires >= day)
        free = free_minutes(long, minutes, calls, held.drive_minutes, held.share)
        hands = Hands(free, skills, frozenset(zones.get(p.pk, ())))
        yield Terms(p, long, minutes, calls, calls * held.drive_minutes, round(long * held.share), hands)


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


def _demanded(day: date) -> list[Wanted]:
    """Hours that projects want of that day, before anybody is named."""
    return [Wanted(d.skill.code, d.zone, round(d.hours * 60), d.label) for d in Demand.objects.filter(day=day).select_related("skill")]


def _promised(start: datetime, end: datetime, branch: Branch, drive: int) -> list[Wanted]:
    """Calls that were promised a window of that day and have nobody yet."""
    rows = Visit.objects.filter(status=Status.UNSCHEDULED, job__branch=branch, window__overlap=(start, end)).select_related("job__site")
    return [Wanted(v.skill, v.job.site.zone, v.minutes + drive, f"{v.job.number} {v.job.title}") for v in rows]


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
    found = [day_room(d, branch, now) for d in days_of_work(first, count)]
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
    staff = list(Person.objects.filter(branch=branch, active=True).exclude(trade__in=["office", ""]).values_list("pk", flat=True))
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
    for day, hours in Demand.objects.filter(day__range=(first, last)).values_list("day", "hours"):
        weeks[(day - first).days // 7]["open"] += float(hours)  # type: ignore[operator]
    worked = set(days_of_work_between(first, last))
    for day in days(first, last):
        weeks[(day - first).days // 7]["hands"] += len(staff) * HOURS_A_DAY * (day in worked)  # type: ignore[operator]
    return weeks


HOURS_A_DAY = 8


def days_of_work_between(first: date, last: date) -> list[date]:
    """The working days from first to last, both included."""
    return [d for d in days(first, last) if days_of_work(d, 1)[:1] == [d]]


@dataclass(frozen=True)
class Slot:
    """A window that may be promised online."""

    start: datetime
    end: datetime


def slots(branch: Branch, skill: str, zone: str, minutes: int, now: datetime) -> list[Slot]:
    """Windows that customers may book by themselves: the day has room, and somebody who may do it is free in the window."""
    held = Reserve.get()
    if not held.online:
        return []
    found: list[Slot] = []
    for day in days_of_work(accounting_day(now, branch) + timedelta(days=1), held.days_ahead):
        if day_room(day, branch).room(skill, zone) >= minutes + held.drive_minutes:
            found += [s for s in _windows(day, branch, now) if free_in(s, branch, skill) > 0]
    return found


def _windows(day: date, branch: Branch, now: datetime) -> list[Slot]:
    zone = ZoneInfo(branch.tz)
    open_ = still_open(
        [(datetime.combine(day, time(a), zone), datetime.combine(day, time(b), zone)) for a, b in WINDOWS if b <= CLOSES], now
    )
    return [Slot(a, b) for a, b in open_]


def free_in(slot: Slot, branch: Branch, skill: str) -> int:
    """How many who hold the skill have nothing firm in the window, less the calls that were promised it and have nobody."""
    span = (slot.start, slot.end)
    busy = Allocation.objects.filter(person__isnull=False, during__overlap=span).exclude(firmness=Firmness.TENTATIVE)
    free = qualified(skill, slot.start.date(), branch_id=branch.pk).exclude(pk__in=busy.values("person_id")).count()
    told = Visit.objects.filter(status=Status.UNSCHEDULED, job__branch=branch, window__overlap=span)
    return free - (told.filter(skill=skill) if skill else told).count()


def zone_of(postcode: str) -> str:
    """The zone most sites with this ZIP code are in; '' where none says."""
    rows = Site.objects.filter(postcode=postcode.strip()).exclude(zone="").values_list("zone", flat=True)
    known = list(rows[:50])
    return max(set(known), key=known.count) if known and postcode.strip() else ""
