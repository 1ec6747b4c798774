"""Nobody is free: who could come all the same, and what each way costs both lenses. Idle hours next week: which activities want them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from bifocal.bridges.loans.models import Loan
from bifocal.bridges.loans.rules import LoanStatus, Loss, Work, loss_of
from bifocal.core.days import accounting_day
from bifocal.kernel.people.models import Allocation, Demand, Person, PersonSkill, WorkCalendar
from bifocal.kernel.people.queries import qualified, rate_on
from bifocal.kernel.people.rules import AllocationKind, Firmness, free_slots
from bifocal.kernel.travel.roads import driving
from bifocal.lib.money import ZERO, cents
from bifocal.lib.periods import TimeRange, hours_between
from bifocal.projects.schedule.board import calendar
from bifocal.projects.schedule.models import Activity
from bifocal.projects.schedule.queries import computed
from bifocal.service.board.offering import Choice, best_windows, need_of
from bifocal.service.dispatch.rules import Need
from bifocal.service.hours.queries import hours_of
from bifocal.service.levels.queries import level_of, preferred_by
from bifocal.service.visits.models import Ban, Visit

UNKNOWN_DRIVE = 30 * 60  # seconds, where one of two places is not on the map
SHORTEST = 2  # hours: less is not worth a drive to a site
LOOK_AHEAD = timedelta(hours=24)


@dataclass(frozen=True)
class Way:
    """One way to serve the call. `allocation`, `activity` and `loss` are there where somebody would be borrowed."""

    person: Person
    arrive: datetime
    away: TimeRange
    penalty: Decimal
    margin: Decimal
    allocation: Allocation | None = None
    activity: Activity | None = None
    loss: Loss | None = None
    choice: Choice | None = None

    @property
    def cost(self) -> Decimal:
        """What this way costs that another might not: the penalty of being late, and damages on the project."""
        return self.penalty + (self.loss.damages if self.loss else ZERO)

    @property
    def net(self) -> Decimal:
        """What is left of the call's margin."""
        return self.margin - self.cost


def ways(visit: Visit, now: datetime) -> list[Way]:
    """At most five ways to serve a call, best first: free people of the service side, then people borrowed from crew days."""
    unwanted = set(Ban.objects.filter(customer=visit.job.customer_id).values_list("person_id", flat=True))
    liked = preferred_by(visit.job.customer_id)
    free = [w for w in _free(visit, now) if w.person.pk not in unwanted][:2]
    found = [*free, *(w for w in _borrowed(visit, now) if w.person.pk not in unwanted)]
    return sorted(found, key=lambda w: (w.cost, w.person.pk not in liked, w.arrive, w.loss is not None))[:5]


def _free(visit: Visit, now: datetime) -> list[Way]:
    """The soonest windows that nobody has to be borrowed for."""
    job = visit.job
    need = need_of(job.job_type, job.site, visit.minutes, visit.people) if job.job_type else Need(visit.minutes, visit.skill)
    choices = sorted(best_windows(need, job.branch, now, days=2, count=30), key=lambda c: c.start)
    long = timedelta(minutes=visit.minutes)
    told = [(c, TimeRange(c.start, c.start + long), penalty_at(visit, c.start)) for c in choices]
    return [Way(c.person, c.start, away, penalty, margin_of(visit, c.person, c.start), choice=c) for c, away, penalty in told]


def _borrowed(visit: Visit, now: datetime) -> list[Way]:
    able = Person.objects.filter(active=True)
    if visit.skill:
        able = able.filter(pk__in=holding(visit.skill, accounting_day(now, visit.job.branch)).values("person_id"))
    rows = Allocation.objects.filter(
        person__in=able, use=AllocationKind.PROJECT_DAY, firmness=Firmness.FIRM, source_kind="activity",
        during__overlap=(now, now + LOOK_AHEAD),
    ).select_related("person__branch").order_by("during", "id")  # fmt: skip
    acts = Activity.objects.filter(uid__in={r.source_uid for r in rows}).select_related("job__site", "job__branch", "job__contract", "crew")
    known = {a.uid: a for a in acts}
    found = [_way(visit, r, known[r.source_uid], now) for r in rows if r.source_uid in known]
    best: dict[int, Way] = {}
    for w in (w for w in found if w):
        if w.person.pk not in best or w.arrive < best[w.person.pk].arrive:
            best[w.person.pk] = w
    return list(best.values())


def holding(skill: str, on: date) -> Any:
    """Who holds a skill on a day: of the whole company, technicians and crews."""
    return PersonSkill.objects.filter(Q(expires=None) | Q(expires__gte=on), skill__code=skill)


def holds(person: Person, skill: str, on: date) -> bool:
    """Whether somebody holds a skill on a day."""
    return bool(holding(skill, on).filter(person=person).exists())


def _way(visit: Visit, row: Allocation, activity: Activity, now: datetime) -> Way | None:
    """Out of this crew day: leave at the next quarter of an hour, drive, work, drive back; None where the person is held elsewhere."""
    soon = now + timedelta(minutes=15 - now.minute % 15)
    leave = max(soon.replace(second=0, microsecond=0), row.during.lower)
    drive = drive_between(activity.job.site, visit.job.site)
    arrive = leave + drive
    back = arrive + timedelta(minutes=visit.minutes) + drive
    if leave >= row.during.upper or row.person is None:
        return None
    other = Allocation.objects.filter(person=row.person, firmness=Firmness.FIRM, during__overlap=(leave, back)).exclude(pk=row.pk)
    if other.exists():
        return None
    away = TimeRange(leave, min(back, row.during.upper))
    loss = loss_of(away.hours, work_of(activity), calendar().works)
    return Way(
        row.person, arrive, TimeRange(leave, back), penalty_at(visit, arrive), margin_of(visit, row.person, arrive), row, activity, loss
    )


def drive_between(a: Any, b: Any) -> timedelta:
    """Driving between two sites, to the next five minutes."""
    if a.point is None or b.point is None:
        return timedelta(seconds=UNKNOWN_DRIVE)
    seconds = driving([a.point, b.point]).between(a.point, b.point)
    return timedelta(minutes=-(-seconds // 300) * 5)


def work_of(activity: Activity) -> Work:
    """The activity as the schedule computes it now, with what was lent out of it before."""
    result = computed(activity.job)
    contract = getattr(activity.job, "contract", None)
    hours = WorkCalendar.objects.order_by("id").values_list("hours_per_day", flat=True).first() or Decimal(8)
    lent = Loan.objects.filter(activity=activity).exclude(status=LoanStatus.RETURNED).aggregate(sum=Sum("hours"))["sum"] or ZERO
    crew = activity.crew.members.count() if activity.crew else 1
    late = contract.damages_per_day if contract else ZERO
    return Work(crew, result.dates[activity.code].total_float, hours, lent, result.finish, contract.completion if contract else None, late)


def penalty_at(visit: Visit, arrive: datetime) -> Decimal:
    """What the customer may deduct for an arrival then; nothing where no service level is agreed."""
    level = level_of(visit.job)
    return level.cost(arrive) if level else ZERO


def margin_of(visit: Visit, person: Person, arrive: datetime) -> Decimal:
    """The call's expected margin: its flat price, or its hours at the labor item's price, less the hours at the person's rate."""
    kind = visit.job.job_type
    hours = Decimal(visit.minutes) / 60
    price = ZERO
    if kind and kind.flat_item:
        price = kind.flat_item.price
    elif kind and kind.labor_item:
        price = kind.labor_item.price * hours
    rate = rate_on(person.pk, "regular", accounting_day(arrive, visit.job.branch))
    return cents(price - (hours * (rate.rate + rate.burden) if rate else ZERO))


def idle_hours(first: date, last: date) -> list[dict[str, Any]]:
    """Hours that activities want in those days, each with who of the service side holds the skill and has them free, most first."""
    wanted = Demand.objects.filter(day__range=(first, last), source_kind="activity").select_related("skill").order_by("day", "id")
    return [{"demand": d, "people": free} for d in wanted if (free := _idle(d))]


def _idle(demand: Any) -> list[dict[str, Any]]:
    found = []
    for person in qualified(demand.skill.code, demand.day).select_related("branch"):
        shift = hours_of(person.branch, [person]).shift(demand.day, person.pk)
        if shift is None:
            continue
        rows = Allocation.objects.filter(person=person, firmness=Firmness.FIRM, during__overlap=(shift.start, shift.end))
        slots = free_slots(shift, [TimeRange(r.during.lower, r.during.upper) for r in rows])
        best = max(slots, key=lambda s: s.end - s.start, default=None)
        if best and best.hours >= SHORTEST:
            found.append({"person": person, "start": best.start, "hours": min(demand.hours, hours_between(best.start, best.end))})
    return sorted(found, key=lambda f: (-f["hours"], f["person"].name))[:4]
