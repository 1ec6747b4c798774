"""Two years of plausible work: service jobs by COPY with the commands' own rules and postings, projects through the commands."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.front.demo.ahead import load_ahead
from bifocal.front.demo.base import Base, holidays_of, run
from bifocal.front.demo.bulk import Bulk
from bifocal.front.demo.estimates import load_estimates
from bifocal.kernel.ledger.commands import posting_date
from bifocal.kernel.stock.models import StockLevel
from bifocal.lib.periods import next_month

FIRST = [
    "Anna",
    "Ben",
    "Carmen",
    "Derek",
    "Elena",
    "Frank",
    "Grace",
    "Hugo",
    "Ines",
    "Jack",
    "Kira",
    "Leo",
    "Mona",
    "Ned",
    "Olga",
    "Paul",
    "Quinn",
    "Rosa",
    "Stan",
    "Tara",
    "Uma",
    "Vern",
    "Wendy",
    "Xavier",
    "Yara",
    "Zane",
]
LAST = [
    "Abbott",
    "Barlow",
    "Cruz",
    "Dorsey",
    "Ellis",
    "Finch",
    "Garza",
    "Hobbs",
    "Iverson",
    "Jarvis",
    "Keller",
    "Lopez",
    "Mercer",
    "Nolan",
    "Ortega",
    "Pruitt",
    "Quigley",
    "Rhodes",
    "Salas",
    "Thorpe",
    "Underwood",
    "Vance",
    "Whitaker",
    "Yates",
    "Zamora",
]
QUARTERS = ["Harborview", "Fells Point", "Canton", "Patapsco", "Severn", "Chesapeake", "Key Highway", "Inner Harbor", "Eastport", "Mount Vernon",
            "Locust Point", "Federal Hill", "Hampden", "Towson"]  # fmt: skip
TRADES = ["Property Management", "Dental", "Brewing", "Foods", "School", "Storage", "Lofts", "Hotel", "Marina", "Clinic", "Labs", "Deli"]
FIRMS = [f"{QUARTERS[n % 14]} {TRADES[n % 12]}" for n in range(84)] + [f"{QUARTERS[n % 14]} {TRADES[(n + 1) % 12]}" for n in range(84)]
STREETS = [
    "Elm",
    "Light",
    "Charles",
    "Calvert",
    "Boston",
    "Fleet",
    "Thames",
    "Pratt",
    "Lombard",
    "Fort",
    "Hanover",
    "Light House",
    "Main",
    "Duke",
    "King George",
    "Cathedral",
]
SORTS = {"hvac": ["AC-REPAIR", "HEAT-REPAIR", "TUNE-UP"], "plumbing": ["LEAK", "DRAIN", "WATER-HEATER"], "electrical": ["ELEC-REPAIR"]}
TITLES = {
    "AC-REPAIR": "No cooling",
    "HEAT-REPAIR": "No heat",
    "TUNE-UP": "Seasonal tune-up",
    "LEAK": "Leak",
    "DRAIN": "Slow drain",
    "WATER-HEATER": "No hot water",
    "ELEC-REPAIR": "Breaker trips",
}
PARTS = {
    "hvac": ["CAP-45-5", "CONT-2P", "TSTAT-P", "FILT-20", "MOTOR-13", "R410A"],
    "plumbing": ["VALVE-34", "WH-ELEM", "FLAPPER"],
    "electrical": ["BRK-20", "GFCI-20"],
}
ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Spec:
    """One service job as it went: who, where, what, how long, with which parts, how it was paid."""

    customer: int
    job_type: str
    technician: str
    start: datetime
    drive: int
    minutes: int
    parts: tuple[tuple[str, int], ...]
    method: str
    paid_after: int | None


def load(base: Base, today: date, jobs: int = 6000) -> None:
    """Everything: customers, service history, projects, agreements, today's board."""
    from bifocal.front.demo.billing import load_below, load_rentals, load_upstream, load_ways
    from bifocal.front.demo.board import load_board
    from bifocal.front.demo.overheads import load_overheads
    from bifocal.front.demo.projects import load_agreements, load_projects, load_today

    rng = random.Random(20260101)
    month = date(today.year - 2, 1, 1)
    while month <= today:
        posting_date(month)
        month = next_month(month)
    bulk = Bulk(base)
    bulk.customers(people(rng, 1500))
    bulk.service_jobs(specs(rng, base, today, jobs))
    bulk.finish()
    load_projects(base, today, rng)
    load_agreements(today, rng)
    load_today(base, today)
    load_ahead(base, today)
    load_board(base, today)
    load_ways(base, today)
    load_upstream(today)
    load_rentals(today)
    load_below(today)
    load_estimates(today)
    _restock(base, today)
    load_overheads(today)


def _restock(base: Base, today: date) -> None:
    """The warehouse fills the trucks up after two years of work, as it does every week."""
    at = datetime.combine(today, time(6), UTC)
    assert base.warehouse is not None
    for level in StockLevel.objects.filter(location__sort="truck", quantity__lt=6).select_related("item", "location").order_by("id"):
        run("stock.transfer", at, item=level.item.code, quantity=12 - level.quantity, source=base.warehouse.uid, target=level.location.uid)


def people(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Customers with one site each: mostly homes, some firms."""
    out: list[dict[str, Any]] = []
    for n in range(count):
        firm = n % 9 == 0
        name = FIRMS[n // 9] if firm else f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        city, zipcode = ("Annapolis", "21401") if n % 4 == 0 else ("Baltimore", f"2122{n % 10}")
        out.append({
            "name": name, "sort": "commercial" if firm else "residential", "phone": f"{'443' if n % 2 else '410'}-555-{n:04d}",
            "email": f"c{n}@example.com", "terms_days": 30 if firm else 0, "address": f"{rng.randint(100, 4999)} {rng.choice(STREETS)} Street",
            "city": city, "postcode": zipcode, "lat": Decimal("39.28") + Decimal(n * 37 % 97) / 1000, "lng": Decimal("-76.61") + Decimal(n * 53 % 89) / 1000,
        })  # fmt: skip
    return out


def specs(rng: random.Random, base: Base, today: date, count: int) -> list[Spec]:
    """Jobs spread over the working days of two years, one technician in one place at a time."""
    off = set(holidays_of(today))
    days = [d for n in range(730, 4, -1) if (d := today - timedelta(days=n)).weekday() < 5 and d not in off]
    technicians = [p for p in base.people.values() if p.dispatchable]
    slots = [(day, tech, hour) for day in days for tech in technicians for hour in (8, 11, 14)]
    chosen = sorted(rng.sample(slots, min(count, len(slots))), key=lambda s: (s[0], s[2], s[1].name))
    out = []
    for day, tech, hour in chosen:
        sort = rng.choice(SORTS[tech.trade])
        parts = (
            tuple((code, 1 + (rng.random() < 0.1)) for code in rng.sample(PARTS[tech.trade], rng.choice([0, 1, 1, 2])))
            if sort not in ("DRAIN",)
            else ()
        )
        start = datetime.combine(day, time(hour), ZONE).astimezone(UTC)
        late = (today - day).days
        paid = None if (late < 60 and rng.random() < 0.35) or rng.random() < 0.01 else min(rng.choice([0, 0, 0, 12, 28]), late)
        out.append(
            Spec(
                rng.randrange(1500),
                sort,
                tech.name,
                start,
                rng.choice([10, 15, 20, 30]),
                rng.choice([45, 60, 75, 90, 105]),
                parts,
                rng.choice(["card", "card", "check", "ach"]),
                paid,
            )
        )
    return out
