"""What a caller is offered: the best arrival windows with what each adds. Page, API and online booking ask here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core import signing

from bifocal.core.days import accounting_day
from bifocal.core.models import Branch
from bifocal.engines.routing.problem import Visit, Window
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.jobs.rules import MOST_PEOPLE
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.periods import TimeRange
from bifocal.service.board.day import Day, day_of_branch, parts_of_day
from bifocal.service.dispatch.queries import offers
from bifocal.service.dispatch.rules import Need, still_open
from bifocal.service.hours.queries import hours_of
from bifocal.service.hours.rules import Hours
from bifocal.service.visits.models import Visit as VisitRow

if TYPE_CHECKING:
    from bifocal.engines.routing.replan import Offer

SALT, GOOD_FOR = "offer", 30 * 60  # seconds that an offer may lie on the table


@dataclass(frozen=True)
class Choice:
    """A window that can be promised: who would come and when, cents it adds, minutes of driving and of overtime in it."""

    window: TimeRange
    person: Person
    start: datetime
    cents: int
    drive: int
    overtime: int
    note: str = ""  # where its driving is a guess that should be said
    along: tuple[Person, ...] = ()  # who comes with them, where several must

    @property
    def dollars(self) -> Decimal:
        """What it adds, in dollars."""
        return Decimal(self.cents) / 100

    @property
    def token(self) -> str:
        """The offer in one signed word: what was offered can be taken, and nothing else."""
        times = [m.isoformat() for m in (self.start, self.window.start, self.window.end)]
        return signing.dumps([str(self.person.uid), *times, [str(p.uid) for p in self.along]], salt=SALT)


def taken_up(token: str) -> tuple[UUID, datetime, TimeRange, tuple[UUID, ...]]:
    """Who leads, start, window and who goes along, of an offer's token. Raises Invalid for another word, Refused for an old one."""
    try:
        who, start, first, last, along = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired:
        raise Refused("This offer is half an hour old. Look for windows again.", field="offer") from None
    except (signing.BadSignature, ValueError):
        raise Invalid("This is not an offer of ours. Look for windows again.", field="offer") from None
    window = TimeRange(datetime.fromisoformat(first), datetime.fromisoformat(last))
    return UUID(who), datetime.fromisoformat(start), window, tuple(UUID(u) for u in along)


def need_of(kind: JobType, site: Site | None = None, minutes: int = 0, people: int = 0) -> Need:
    """What a call of this type at this site needs."""
    need = Need(minutes or kind.minutes, kind.skill, people=min(people or kind.people, MOST_PEOPLE))
    return replace(need, point=site.point, customer=site.customer_id, zone=site.zone) if site else need


def best_windows(need: Need, branch: Branch, now: datetime, *, first: date | None = None, days: int = 3, count: int = 8) -> list[Choice]:
    """Windows of the next days that the branch serves (at most ten), nothing else moved: cheapest first, sooner ones among equals.

    Day after day is read until there are enough: a caller who waits is not kept for days that would not be told.
    """
    begin = max(first or date.min, accounting_day(now, branch))
    found: list[Choice] = []
    hours = hours_of(branch)
    for day in hours.days(begin, max(1, min(days, 10))):
        found += windows_of(need, day, branch, now, hours)
        if len(found) >= count:
            break
    return sorted(found, key=lambda c: (c.cents, c.window.start, c.person.name))[:count]


def windows_of(need: Need, day: date, branch: Branch, now: datetime, hours: Hours | None = None) -> list[Choice]:
    """One day's windows, each with its cheapest technician; where several must come, with the cheapest who can at one moment.

    In the branch's hours, and begun in the shift of each who comes.
    """
    open_ = still_open([(w.start, w.end) for w in (hours or hours_of(branch)).windows_of(day)], now)
    if not open_:
        return []
    best: dict[TimeRange, Choice] = {}
    for known in _days(need, day, branch, now):
        for found in _of_part(known, need, open_):
            old = best.get(found.window)
            if old is None or (found.cents, found.start) < (old.cents, old.start):
                best[found.window] = found
    return list(best.values())


def _days(need: Need, day: date, branch: Branch, now: datetime) -> Iterable[Day]:
    """The day in parts; whole and with everybody where several must come: who goes along needs no skill."""
    if need.people > 1:
        return [day_of_branch(day, branch, now, point=need.point, customer=need.customer)]
    return parts_of_day(day, branch, now, skill=need.skill, point=need.point, customer=need.customer)


def _of_part(known: Day, need: Need, open_: list[tuple[datetime, datetime]]) -> list[Choice]:
    from bifocal.engines.routing.replan import offers as cheapest  # it brings NumPy along: loaded when first asked

    asked = Visit(
        "asked", known.place, need.minutes * 60, skills={need.skill: 1} if need.skill else {}, banned=known.stays_away(need.customer),
        preferred=known.first(need.customer, need.zone), crew=need.people,
    )  # fmt: skip
    ends = {t.id: t.shifts[0].end - 60 for t in known.problem.technicians}  # nobody begins when their shift is over
    cut = ((known.second(a), min(known.second(b), max(ends.values(), default=0)), TimeRange(a, b)) for a, b in open_)
    wanted = {Window(a, b): told for a, b, told in cut if a < b}
    made = cheapest(known.problem, known.plan, asked, tuple(wanted), count=len(wanted)) if wanted else ()
    long = need.minutes * 60
    kept = (o for o in made if not any(o.start > ends[who] or _taken(known, who, o.start, long) for who in o.everybody))
    return [_choice(known, need, wanted[o.window], o) for o in kept]


def _taken(known: Day, who: str, start: int, long: int) -> bool:
    return any(s < start + long and start < e for s, e in known.taken.get(who, ()))


def _choice(known: Day, need: Need, window: TimeRange, offer: Offer) -> Choice:
    """An engine's offer with its cents told apart: how much longer they drive, how much later their days end."""
    added = [_adds(known, need, who, offer.start) for who in offer.everybody]
    drive, over = (sum(a[n] for a in added) for n in (0, 1))
    along = tuple(known.people[who] for who in offer.along)
    lead, start = known.people[offer.technician], known.at(offer.start)
    return Choice(window, lead, start, offer.cents, round(drive / 60), round(over / 60), known.note, along)


def _adds(known: Day, need: Need, who: str, start: int) -> tuple[int, int]:
    """Seconds of driving and of overtime that a call adds to somebody's day."""
    grid = known.problem.travel["car"].seconds
    row = {p.id: n for n, p in enumerate(known.problem.places)}
    technician = next(t for t in known.problem.technicians if t.id == who)
    place = {v.id: v.place for v in known.problem.visits}
    stops = [(s.start, s.finish, place[s.visit]) for r in known.plan.routes if r.technician == who for s in r.stops]

    def drive(route: list[tuple[int, int, str]]) -> tuple[int, int]:
        ends = [technician.start or known.place, *(p for _s, _f, p in route), technician.end or known.place]
        legs = [grid[row[a]][row[b]] for a, b in pairwise(ends)]
        return sum(legs) if route else 0, route[-1][1] + legs[-1] if route else 0

    before, back = drive(stops)
    after, later = drive(sorted([*stops, (start, start + need.minutes * 60, known.place)]))
    over = max(0, later - technician.shifts[0].end) - max(0, back - technician.shifts[0].end)
    return max(0, after - before), max(0, over)


def offers_from_now(visit: VisitRow, asked: date | None, now: datetime, limit: int = 6) -> tuple[date, list[dict[str, Any]]]:
    """The day asked for, else the promised one, else today or, when today has no free hour left, the next day served; who is free then."""
    day = asked or accounting_day(visit.window.lower if visit.window else now, visit.job.branch)
    found = offers(visit, day, limit, after=now)
    if found or asked or visit.window:
        return day, found
    day = next(iter(hours_of(visit.job.branch).days(day + timedelta(days=1), 1)), day)
    return day, offers(visit, day, limit, after=now)
