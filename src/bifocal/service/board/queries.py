"""The board: rows of people and crews over one or more days, both lenses on one line; what a draft would change; who fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from bifocal.core.actor import Actor
from bifocal.core.models import Branch
from bifocal.kernel.people.models import Allocation, Crew, Person, PersonSkill
from bifocal.kernel.people.rules import AllocationKind, Firmness
from bifocal.kernel.travel.roads import Driving, driving
from bifocal.lib.periods import TimeRange
from bifocal.lib.places import Point
from bifocal.service.board.models import Draft, Pin, Proposal, Turf
from bifocal.service.board.rules import Candidate, Held, Measures, Spot, measure
from bifocal.service.dispatch.queries import day_range
from bifocal.service.dispatch.rules import prize_of
from bifocal.service.hours.queries import hours_of
from bifocal.service.hours.rules import Hours
from bifocal.service.levels.models import Preferred
from bifocal.service.visits.models import Assignment, Ban, Visit

# What a caller who waits needs of a visit: where, when, how far it is; and what the board shows besides.
WEIGHED = (
    "uid", "status", "planned", "window", "minutes", "job__branch_id", "job__customer_id", "job__site__lat", "job__site__lng",
    "job__site__zone", "job__site__placed_by",
)  # fmt: skip
SHOWN = (*WEIGHED, "people", "version", "seq", "job__number", "job__title", "job__customer__name", "job__site__name")


@dataclass(slots=True)
class Band:
    """One stretch on one row: a visit, a crew day, time off."""

    person: int
    start: datetime
    end: datetime
    use: str
    label: str
    firmness: str = Firmness.FIRM
    uid: UUID | None = None
    source_kind: str = "visit"
    source_uid: UUID | None = None
    booking: UUID | None = None
    visit: Visit | None = None
    lead: bool = True
    draft: bool = False

    @property
    def spot(self) -> Spot:
        """As the rules see it."""
        v = self.visit
        window = (v.window.lower, v.window.upper) if v and v.window else None
        firm = self.firmness == Firmness.FIRM
        return Spot(self.start, self.end, self.label, firm, str(v.uid) if v else "", v.job.site.point if v else None, window)


@dataclass
class Ground:
    """What was read once for some days of a branch: people, their bands, crews, their hours."""

    branch: Branch
    first: date
    count: int
    span: TimeRange
    people: list[Person]
    bands: list[Band]
    hours: Hours
    crews: list[Crew] = field(default_factory=list)
    pinned: set[int] = field(default_factory=set)
    roads: Driving | None = None

    def driving(self, *more: Point | None) -> Driving:
        """Driving between everybody's home, every visit's site, and these places: asked for once."""
        if self.roads is None or not {p for p in more if p} <= set(self.roads.points):
            self.roads = driving([*more, *(p.home for p in self.people), *(b.visit.job.site.point for b in self.bands if b.visit)])
        return self.roads

    def of(self, person: int, day: TimeRange | None = None) -> list[Band]:
        """Somebody's bands in order, of one day where it is named."""
        return [b for b in self.bands if b.person == person and (day is None or (b.start < day.end and day.start < b.end))]

    def days(self) -> list[tuple[date, TimeRange]]:
        """The days looked at, each from midnight to midnight."""
        return [((d := self.first + timedelta(days=n)), day_range(d, self.branch.tz)) for n in range(self.count)]

    def shift(self, day: date, person: int) -> TimeRange | None:
        """Somebody's working hours of a day; None on a day off."""
        return self.hours.shift(day, person)

    def stint(self, day: date, person: int) -> TimeRange | None:
        """When somebody is there: their shift, on a day off the stretch of what they were given all the same, if anything."""
        shift, span = self.shift(day, person), day_range(day, self.branch.tz)
        mine = [] if shift else [b for b in self.of(person, span) if b.use != AllocationKind.TIME_OFF]
        return TimeRange(max(span.start, mine[0].start), min(span.end, max(b.end for b in mine))) if mine else shift

    def in_shifts(self, most: int) -> Iterator[list[Person]]:
        """Those who work on the first day, at most so many at a time, each time people of one shift."""
        shifts: dict[TimeRange, list[Person]] = {}
        for p in self.people:
            if shift := self.shift(self.first, p.pk):
                shifts.setdefault(shift, []).append(p)
        return (people[n : n + most] for people in shifts.values() for n in range(0, len(people), most))


def ground(branch: Branch, first: date, count: int, actor: Actor, *, draft: Draft | None = None, only: tuple[str, ...] = ()) -> Ground:
    """The days of everybody whom the actor may see: who is dispatched, and who is on a project or goes along to a call."""
    span = _span(branch, first, count)
    work = (AllocationKind.PROJECT_DAY, AllocationKind.VISIT)
    at_work = Allocation.objects.filter(during__overlap=(span.start, span.end), use__in=work).values("person_id")
    there = Person.objects.visible_to(actor).filter(branch=branch, active=True)
    shown = there.filter(Q(dispatchable=True) | Q(pk__in=at_work)).order_by("-dispatchable", "name")  # who takes calls comes first
    return read(branch, first, count, shown, draft=draft, only=only)


def _span(branch: Branch, first: date, count: int) -> TimeRange:
    return TimeRange(day_range(first, branch.tz).start, day_range(first + timedelta(days=count - 1), branch.tz).end)


def read(
    branch: Branch, first: date, count: int, who: Iterable[Person], *, draft: Draft | None = None, only: tuple[str, ...] = ()
) -> Ground:  # fmt: skip
    """Read the days of some people, for the board, offers, the optimiser and re-planning alike: a constant number of queries.

    `only` names the fields of a visit that are read: all of them, those SHOWN, or those WEIGHED, which leaves out seats and pins too.
    """
    span, people = _span(branch, first, count), list(who)
    rows = list(Allocation.objects.filter(during__overlap=(span.start, span.end), person__in=[p.pk for p in people]).order_by("during"))
    found = Ground(branch, first, count, span, people, [], hours_of(branch, people))
    visits = _visits({r.source_uid for r in rows if r.use == AllocationKind.VISIT} | set(_drafted(draft)), only)
    for v in visits.values():
        if v.job.branch_id == branch.pk:
            v.job.branch = branch
    weighed = only is WEIGHED
    leads = {} if weighed else {(v, p): lead for v, p, lead in _seats(visits.values())}
    found.bands = [_band(r, visits.get(r.source_uid), leads) for r in rows]
    found.pinned = set() if weighed else set(Pin.objects.filter(visit__in=list(visits.values())).values_list("visit_id", flat=True))
    if draft:
        overlay(found, draft, visits)
    return found


def _visits(uids: Iterable[UUID], only: tuple[str, ...]) -> dict[UUID, Visit]:
    rows = Visit.objects.filter(uid__in=list(uids)).select_related("job__site", *(() if only is WEIGHED else ("job__customer",)))
    return {v.uid: v for v in (rows.only(*only) if only else rows)}


def _seats(visits: Iterable[Visit]) -> list[tuple[int, int, bool]]:
    rows = Assignment.objects.filter(visit__in=[v.pk for v in visits], removed_at=None)
    return list(rows.values_list("visit_id", "person_id", "lead"))


def _band(row: Any, visit: Visit | None, leads: dict[tuple[int, int], bool]) -> Band:
    lead = leads.get((visit.pk, row.person_id), True) if visit else True
    return Band(
        row.person_id, row.during.lower, row.during.upper, row.use, row.label, row.firmness, row.uid, row.source_kind, row.source_uid,
        row.booking, visit, lead,
    )  # fmt: skip


def latest(draft: Draft | None) -> dict[UUID, dict[str, Any]]:
    """The last word of a draft on each visit."""
    return {UUID(line["visit"]): line for act in (draft.acts if draft else []) for line in act}


def _drafted(draft: Draft | None) -> Iterable[UUID]:
    return latest(draft)


def overlay(found: Ground, draft: Draft, visits: dict[UUID, Visit]) -> None:
    """Lay a draft over the live board: its visits leave their places and stand where the draft has them."""
    by_uid = {p.uid: p for p in found.people}
    for uid, line in latest(draft).items():
        visit = visits.get(uid)
        if visit is None:
            continue
        old = [b for b in found.bands if b.visit is not None and b.visit.pk == visit.pk]
        found.bands = [b for b in found.bands if b not in old]
        if line.get("tray"):
            continue
        start, end = datetime.fromisoformat(line["start"]), datetime.fromisoformat(line["end"])
        lead = by_uid.get(UUID(line["technician"])) if line.get("technician") else None
        going = [lead.pk] if lead else [b.person for b in old if b.lead]
        named = [by_uid[UUID(u)].pk for u in line.get("helpers", ()) if UUID(u) in by_uid]
        along = named if "helpers" in line else [b.person for b in old if not b.lead]
        for person in {*going, *along}:
            band = Band(person, start, end, AllocationKind.VISIT, visit.label, visit=visit, lead=person in going, draft=True)
            found.bands.append(band)
    found.bands.sort(key=lambda b: b.start)


@dataclass(frozen=True)
class Terms:
    """Who may go where: skills with their expiry and turf by person; by customer, whom they do not want and whom they would like."""

    skills: dict[int, dict[str, Held]]
    zones: dict[int, frozenset[str]]
    bans: dict[int, dict[int, str]]
    liked: dict[int, set[int]]

    def levels(self, person: int, day: date) -> dict[str, int]:
        """Somebody's skills that are still in force on a day, by level."""
        return {code: h.level for code, h in self.skills.get(person, {}).items() if h.expires is None or h.expires >= day}

    def off_turf(self, person: int, zone: str) -> bool:
        """Whether a site's zone is one that somebody does not work in, as the board's fit says it."""
        return bool(zone and self.zones.get(person) and zone not in self.zones[person])

    def first(self, people: Iterable[int], customer: int | None, zone: str) -> set[int]:
        """Who comes first: whom the customer would like to see again, where there is one; else who works in the zone."""
        liked = self.liked.get(customer or 0)
        return {p for p in people if (p in liked if liked else not self.off_turf(p, zone))}


def terms(found: Ground, customers: Iterable[int | None]) -> Terms:
    """The terms of everybody on this ground towards these customers."""
    ids = [p.pk for p in found.people]
    skills: dict[int, dict[str, Held]] = {}
    for pid, code, level, expires in PersonSkill.objects.filter(person__in=ids).values_list("person_id", "skill__code", "level", "expires"):
        skills.setdefault(pid, {})[code] = Held(level, expires)
    zones = {p: frozenset(z) for p, z in Turf.objects.filter(person__in=ids).values_list("person_id", "zones")}
    bans: dict[int, dict[int, str]] = {}
    known = {c for c in customers if c}
    rows = Ban.objects.filter(customer__in=known, person__in=ids).values_list("customer_id", "person_id", "why") if known else ()
    for customer, person, why in rows:
        bans.setdefault(customer, {})[person] = why
    liked: dict[int, set[int]] = {}
    likes = Preferred.objects.filter(customer__in=known, person__in=ids).values_list("customer_id", "person_id") if known else ()
    for customer, person in likes:
        if person not in bans.get(customer, {}):
            liked.setdefault(customer, set()).add(person)
    return Terms(skills, zones, bans, liked)


def candidates(found: Ground, day: date, *, customer: int | None = None, site: Point | None = None) -> dict[int, Candidate]:
    """Everybody's row as the rules see it: skills with their expiry, zones, bans, the day's bands, drives (to `site` as well)."""
    span, known, roads = day_range(day, found.branch.tz), terms(found, [customer]), found.driving(site)
    bans = known.bans.get(customer or 0, {})
    return {
        p.pk: Candidate(
            p.name, p.dispatchable, known.skills.get(p.pk, {}), [b.spot for b in found.of(p.pk, span)], found.shift(day, p.pk),
            known.zones.get(p.pk, frozenset()), bans.get(p.pk), p.home, roads.between,
        )
        for p in found.people
    }  # fmt: skip


def spots_of_day(found: Ground, person: Person, day: TimeRange) -> list[Spot]:
    """Somebody's stretches of one day, in order."""
    return [b.spot for b in found.of(person.pk, day)]


def measured(found: Ground, waiting: Sequence[Visit]) -> Measures:
    """What the days come to: driving, lateness, overtime, and what stands in the tray."""
    days, drive = [], found.driving().between
    for day, span in found.days():
        for p in found.people:
            if spots := spots_of_day(found, p, span):
                days.append((Candidate(p.name, p.dispatchable, {}, spots, found.shift(day, p.pk), home=p.home, drive=drive), spots))
    return measure(days, [prize_of(v.job.priority) for v in waiting])


def crews_of(found: Ground) -> list[dict[str, Any]]:
    """Crews that have somebody on the board: their members, and the bookings that they share."""
    ids = {p.pk for p in found.people}
    crews = list(Crew.objects.prefetch_related("members").order_by("name"))
    told = []
    for crew in crews:
        members = [m for m in crew.members.all() if m.active]
        if not ids & {m.pk for m in members}:
            continue
        shared: dict[tuple[object, datetime, datetime], list[Band]] = {}
        for b in found.bands:
            if b.person in {m.pk for m in members}:
                shared.setdefault((b.visit.pk if b.visit else b.booking, b.start, b.end), []).append(b)
        bands = [(bs[0], len(bs)) for bs in shared.values() if len(bs) > 1]
        told.append({"crew": crew, "members": members, "bands": bands})
    return told


def clashes(found: Ground) -> list[tuple[Person, Band, Band]]:
    """Hours that two things need of one person: a crew day and a call, or a draft that overlaps."""
    names, out = {p.pk: p for p in found.people}, []
    for pid, person in names.items():
        mine = sorted(found.of(pid), key=lambda b: b.start)
        for n, a in enumerate(mine):
            for b in mine[n + 1 :]:
                if b.start >= a.end:
                    break
                if a.use != b.use or a.draft or b.draft:
                    out.append((person, a, b))
    return out


def draft_of(branch: Branch, actor: Actor) -> Draft | None:
    """The actor's own what-if of this branch, if one is open."""
    return Draft.objects.filter(branch=branch, actor_key=actor.key).first()


def proposal_of(branch: Branch, day: date, actor: Actor) -> Proposal | None:
    """The actor's last proposal for this day that is not settled yet."""
    rows = Proposal.objects.filter(branch=branch, day=day, actor_key=actor.key).order_by("-id")
    last: Proposal | None = rows.first()
    return last if last and last.status in ("waiting", "working", "ready", "failed") else None


def without(found: Ground, visit: Visit) -> Ground:
    """The same ground with one visit lifted off it."""
    return replace(found, bands=[b for b in found.bands if b.visit is None or b.visit.pk != visit.pk])
