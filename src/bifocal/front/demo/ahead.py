"""What dispatching ahead needs of the demo company: response times, a rota, zones, hours that projects want, a place to ask about."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bifocal.front.demo.base import Base, at, run
from bifocal.kernel.parties.models import Customer
from bifocal.projects.contracts.models import Contract
from bifocal.projects.schedule.models import Activity

ZONE = ZoneInfo("America/New_York")
ROTA = {
    "hvac": ("Dana Whitfield", "Luis Ortega", "Sam Tran"), "plumbing": ("Tom Brandt", "Keisha Moore"),
    "electrical": ("Andre Fisher", "Gloria Reyes"),
}  # fmt: skip


def load_ahead(base: Base, today: date) -> None:
    """Through the commands, like the office would."""
    now = at(today, 6)
    for priority, hours, rate in ((1, "2", "150"), (2, "8", "60")):
        run("service_level.set", now, "dispatch", priority=priority, arrive_hours=hours, per_hour=rate, most="1500")
    run("capacity.set", now, "dispatch", reserve_percent="15", drive_minutes=20, online=True)
    run("roster.set", now, "dispatch", hour=16, on=True)
    _hours(base, now)
    _rota(base, today)
    _projects(base, today)
    _people(base, now)
    new = {"customer_name": "Gunpowder Retreat", "phone": "410-555-6620", "address": "1 Lodge Road", "city": "Monkton", "state": "MD"}
    run("call.book", now, "dispatch", job_type="HEAT-REPAIR", branch="BAL", priority=1, title="No heat in the lodge", tax_code="MD", **new)


def _hours(base: Base, now: datetime) -> None:
    """Baltimore serves on Saturday mornings, by three who also work later in the day; Annapolis closes at four."""
    windows = [{"starts": f"{h:02d}:00", "ends": f"{h + 2:02d}:00"} for h in (8, 10, 13, 15)]
    served, short, later = (_week(0, 4, *span) for span in (("07:00", "17:00"), ("07:00", "16:00"), ("07:30", "17:00")))
    morning = _week(5, 5, "08:00", "12:00")
    run("branch.set_hours", now, "dispatch", branch="BAL", days=[*served, *morning], windows=windows)
    run("branch.set_hours", now, "dispatch", branch="ANN", days=short, windows=windows[:3])
    for name in ("Luis Ortega", "Keisha Moore", "Andre Fisher"):
        run("person.set_hours", now, "dispatch", person=base.people[name].uid, days=[*later, *morning])


def _week(first: int, last: int, starts: str, ends: str) -> list[dict[str, object]]:
    return [{"weekday": n, "starts": starts, "ends": ends} for n in range(first, last + 1)]


def _people(base: Base, now: datetime) -> None:
    """Zones of the southern branch; a customer with people they like and don't like, and a response time of their own."""
    for name, zones in (("Jin Park", ["Annapolis", "South County"]), ("Owen Price", ["Annapolis"]), ("Maya Singh", ["South County"])):
        run("person.set_zones", now, "dispatch", person=base.people[name].uid, zones=zones)
    regular = Customer.objects.filter(sort="commercial").order_by("id").first()
    if regular:
        liked, not_again = base.people["Dana Whitfield"].uid, base.people["Sam Tran"].uid
        run("customer.prefer_person", now, "dispatch", customer=regular.uid, person=liked, why="knows the roof units")
        run("customer.ban_person", now, "dispatch", customer=regular.uid, person=not_again, why="left the plant room open in May")
        run(
            "service_level.set",
            now,
            "dispatch",
            customer=regular.uid,
            priority=1,
            arrive_hours="1",
            penalty="150",
            per_hour="200",
            most="2000",
        )


def _rota(base: Base, today: date) -> None:
    """Three weeks from Monday on: nights and weekends are the same person's, backed up by the next."""
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(17), ZONE)
    for skill, people in ROTA.items():
        for n in range(3):
            who, backup = people[n % len(people)], people[(n + 1) % len(people)]
            start = monday + timedelta(weeks=n)
            run("oncall.set", at(today, 6), "dispatch", branch="BAL", skill=skill, person=base.people[who].uid, backup=base.people[backup].uid,
                start=start, end=start + timedelta(days=7))  # fmt: skip


def _projects(base: Base, today: date) -> None:
    """A crew member who may also do cooling, damages in the live contracts, hours of next week that nobody is named for."""
    run("person.give_skill", at(today, 6), person=base.people["Eli Stone"].uid, skill="epa608", expires=date(today.year + 1, 6, 30))
    run("person.give_skill", at(today, 6), person=base.people["Eli Stone"].uid, skill="hvac", expires=date(today.year + 1, 6, 30))
    monday = today + timedelta(days=7 - today.weekday())
    live = Contract.objects.filter(status="approved").select_related("job").order_by("-id")[:4]
    for n, contract in enumerate(live):
        run("contract.agree_damages", at(today, 6), "pm", contract=contract.uid, per_day="750.00")
        _coming_weeks(contract, monday, n, today)
        activity = Activity.objects.filter(job=contract.job, percent__lt=100, days__gt=0).order_by("-place").first()
        if activity:
            run("demand.note", at(today, 6), "pm", skill=("electrical", "hvac", "plumbing")[n % 3], day=monday + timedelta(days=1 + n % 3), hours="8",
                about_kind="activity", about=activity.uid, label=f"{contract.job.title}: {activity.name}"[:160])  # fmt: skip


def _coming_weeks(contract: Contract, monday: date, n: int, today: date) -> None:
    """Hours that the rest of the contract's work wants, week after week, before anybody is named: what the forecast shows."""
    rest = list(Activity.objects.filter(job=contract.job, percent__lt=100, days__gt=0).order_by("place")[:6])
    for week in range(1, 11) if rest else ():
        activity, day = rest[week % len(rest)], monday + timedelta(weeks=week, days=(n + week) % 4)
        run("demand.note", at(today, 6), "pm", skill=("electrical", "hvac", "plumbing")[(n + week) % 3], day=day, hours=str(8 + 8 * ((n + week) % 3)),
            about_kind="activity", about=activity.uid, label=f"{contract.job.title}: {activity.name}"[:160])  # fmt: skip
