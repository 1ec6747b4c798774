"""A day that a dispatcher would want to mend: tomorrow's calls across town in the order in which they came in, some without a time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bifocal.front.demo.base import Base, at, holidays_of, run
from bifocal.kernel.parties.models import Site

ZONE = ZoneInfo("America/New_York")
SORTS = {"hvac": "AC-REPAIR", "plumbing": "LEAK", "electrical": "ELEC-REPAIR"}
HOMES = [
    ("39.30", "-76.60"),
    ("39.37", "-76.54"),
    ("39.26", "-76.63"),
    ("39.34", "-76.57"),
    ("39.28", "-76.52"),
    ("39.39", "-76.62"),
    ("39.32", "-76.66"),
]


def load_board(base: Base, today: date) -> None:
    """Where the technicians' days begin, somebody a customer does not want, and the next working day's calls."""
    techs = [p for p in base.people.values() if p.dispatchable and p.branch.code == "BAL"]
    for tech, (lat, lng) in zip(techs, HOMES, strict=False):
        run("person.set_home", at(today, 9), person=tech.uid, lat=Decimal(lat), lng=Decimal(lng))
    sites = list(Site.objects.filter(customer__sort="residential", city="Baltimore").select_related("customer").order_by("-id")[20:60])
    far = sorted(sites, key=lambda s: (s.lat or 0) + (s.lng or 0))
    turns = [s for pair in zip(far, reversed(far), strict=True) for s in pair]  # one end of town, then the other
    day = next_day(today)
    for n, tech in enumerate(techs):
        for k, hour in enumerate((7, 9, 12)):
            start = datetime.combine(day, time(hour, 30), ZONE)
            _book(turns[3 * n + k], today, SORTS[tech.trade], start, technician=tech.uid, start=start)
    for n, site in enumerate(turns[3 * len(techs) :][:4]):
        two = {"people": 2, "title": "Old water heater out of the cellar, two to carry"} if n == 1 else {}
        _book(site, today, list(SORTS.values())[n % 3], datetime.combine(day, time(8 + 2 * n), ZONE), **two)
    run(
        "customer.ban_person",
        at(today, 9),
        "dispatch",
        customer=turns[1].customer.uid,
        person=techs[0].uid,
        why="left the gate open; the dog ran off",
    )


def next_day(today: date) -> date:
    """The next working day."""
    off = set(holidays_of(today))
    return next(d for n in range(1, 12) if (d := today + timedelta(days=n)).weekday() < 5 and d not in off)


def _book(site: Site, today: date, sort: str, promised: datetime, **more: object) -> None:
    run(
        "call.book", at(today, 10), "dispatch", job_type=sort, customer=site.customer.uid, site=site.uid, branch="BAL", even_if_open=True,
        window_start=promised, window_end=promised + timedelta(hours=2), **more,
    )  # fmt: skip
