"""The company itself: branches, people, price book, trucks, sign-ins. Made through the commands, like a user would."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from bifocal.core.actor import Actor, system
from bifocal.core.commands import Call, execute
from bifocal.core.http import actor_of_user
from bifocal.core.models import Company, User
from bifocal.front.demo import COMPANY, DOMAIN, PASSWORD, SIGN_INS
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.people.models import Crew, Person, WorkCalendar
from bifocal.kernel.stock.models import Location

TECHS = [
    ("Dana Whitfield", "hvac", "BAL", "34.50"), ("Luis Ortega", "hvac", "BAL", "33.00"), ("Tom Brandt", "plumbing", "BAL", "35.25"),
    ("Keisha Moore", "plumbing", "BAL", "32.00"), ("Andre Fisher", "electrical", "BAL", "36.00"), ("Sam Tran", "hvac", "BAL", "29.50"),
    ("Gloria Reyes", "electrical", "BAL", "34.00"), ("Pete Novak", "plumbing", "ANN", "33.50"), ("Jin Park", "hvac", "ANN", "34.00"),
    ("Carla Dunn", "electrical", "ANN", "35.00"), ("Owen Price", "hvac", "ANN", "31.00"), ("Maya Singh", "plumbing", "ANN", "32.50"),
]  # fmt: skip
CREW = [
    ("Walt Jankowski", "superintendent", "42.00"), ("Rosa Delgado", "foreman", "39.00"), ("Ben Achebe", "foreman", "38.50"),
    ("Nick Kowalski", "pipefitter", "34.00"), ("Troy Harmon", "pipefitter", "33.00"), ("Eli Stone", "sheet metal", "34.50"),
    ("Victor Hale", "sheet metal", "33.50"), ("Jorge Lima", "electrician", "36.00"), ("Amy Lund", "electrician", "35.50"),
    ("Dale Fenn", "apprentice", "24.00"), ("Omar Aziz", "apprentice", "23.50"), ("Lee Grant", "plumber", "34.75"),
]  # fmt: skip
OFFICE = [
    ("Ruth Calloway", "Owner"), ("Marcus Bell", "Dispatcher"), ("Irene Soto", "Dispatcher"), ("Priya Raman", "Project manager"),
    ("Scott Weller", "Project manager"), ("Helen Okafor", "Bookkeeper"), ("Tina Marsh", "Service coordinator"),
    ("Greg Voss", "Estimator"), ("Dora Kim", "Purchasing"), ("Al Santoro", "Warehouse"), ("Nia Brooks", "Payables"),
]  # fmt: skip
ITEMS = [
    ("LAB-HVAC", "HVAC service labor", "labor", "hr", "0", "145.00", False, False),
    ("LAB-PLB", "Plumbing service labor", "labor", "hr", "0", "138.00", False, False),
    ("LAB-ELE", "Electrical service labor", "labor", "hr", "0", "142.00", False, False),
    ("FLAT-DRAIN", "Clear a drain, up to 75 feet", "flat", "ea", "0", "289.00", False, False),
    ("FLAT-TUNE", "Seasonal tune-up", "flat", "ea", "0", "189.00", False, False),
    ("CAP-45-5", "Run capacitor 45/5 MFD", "part", "ea", "11.80", "64.00", True, True),
    ("CONT-2P", "Contactor, 2 pole 40 A", "part", "ea", "18.40", "92.00", True, True),
    ("TSTAT-P", "Programmable thermostat", "part", "ea", "61.00", "189.00", True, True),
    ("FILT-20", "Pleated filter 20x25x4", "part", "ea", "14.20", "38.00", True, True),
    ("VALVE-34", "Ball valve 3/4 in", "part", "ea", "9.60", "41.00", True, True),
    ("WH-ELEM", "Water heater element", "part", "ea", "16.50", "72.00", True, True),
    ("FLAPPER", "Toilet flapper kit", "part", "ea", "6.25", "24.00", True, True),
    ("BRK-20", "Breaker, 20 A single pole", "part", "ea", "8.90", "46.00", True, True),
    ("GFCI-20", "GFCI receptacle 20 A", "part", "ea", "15.75", "58.00", True, True),
    ("MOTOR-13", "Blower motor 1/3 hp", "part", "ea", "118.00", "342.00", True, True),
    ("R410A", "Refrigerant R-410A, per pound", "part", "lb", "12.50", "68.00", True, True),
]  # fmt: skip
JOB_TYPES = [
    ("AC-REPAIR", "Cooling repair", 120, "epa608", "time_and_materials", True, "", "LAB-HVAC", "HVS", "23-0000"),
    ("HEAT-REPAIR", "Heating repair", 120, "hvac", "time_and_materials", True, "", "LAB-HVAC", "HVS", "23-0000"),
    ("TUNE-UP", "Seasonal tune-up", 75, "hvac", "flat", True, "FLAT-TUNE", "", "HVS", "23-0000"),
    ("LEAK", "Leak or pipe repair", 90, "plumbing", "time_and_materials", True, "", "LAB-PLB", "PLS", "22-0000"),
    ("DRAIN", "Drain cleaning", 75, "plumbing", "flat", True, "FLAT-DRAIN", "", "PLS", "22-0000"),
    ("WATER-HEATER", "Water heater repair", 120, "plumbing", "time_and_materials", True, "", "LAB-PLB", "PLS", "22-0000"),
    ("ELEC-REPAIR", "Electrical repair", 90, "electrical", "time_and_materials", True, "", "LAB-ELE", "ELS", "26-0000"),
    ("COMM-SERVICE", "Commercial service call", 120, "hvac", "time_and_materials", False, "", "LAB-HVAC", "HVS", "23-0000"),
]  # fmt: skip
UNITS = [("HVS", "HVAC service", "service"), ("PLS", "Plumbing service", "service"), ("ELS", "Electrical service", "service"),
         ("MEP", "Mechanical projects", "project"), ("ELP", "Electrical projects", "project")]  # fmt: skip
CODES = [("01-0000", "General conditions"), ("22-0000", "Plumbing"), ("23-0000", "HVAC"), ("23-3000", "Ductwork"),
         ("26-0000", "Electrical"), ("26-5000", "Lighting"), ("28-0000", "Fire alarm and low voltage")]  # fmt: skip


@dataclass
class Base:
    """What later loaders refer to."""

    people: dict[str, Person] = field(default_factory=dict)
    trucks: dict[str, Location] = field(default_factory=dict)
    warehouse: Location = field(init=False)
    crews: dict[str, Crew] = field(default_factory=dict)
    types: dict[str, JobType] = field(default_factory=dict)
    crew_days: set[tuple[int, date]] = field(default_factory=set)


ACTOR = system("the office")


def at(day: date, hour: int = 12) -> datetime:
    """A moment of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def run(command: str, at: datetime, who: str = "", /, **args: Any) -> dict[str, Any]:
    """One command as the office, or as one of the sign-ins ('pm'): then the record is theirs."""
    return execute(command, args, actor=_signed_in(who) if who else ACTOR, call=Call.new(occurred_at=at))


def _signed_in(who: str) -> Actor:
    return actor_of_user(User.objects.select_related("person").get(email=f"{who}@{DOMAIN}"))


def load(today: date) -> Base:
    """Make the company. `today` anchors all of its history."""
    at = datetime.combine(date(today.year - 2, 1, 2), time(12), UTC)
    _company(at)
    for code, name, lens in UNITS:
        run("business_unit.set", at, code=code, name=name, lens=lens)
    for code, name in CODES:
        run("cost_code.add", at, code=code, name=name)
    run("tax.set_rate", at, code="MD", name="Maryland", rate="0.06", from_date=date(today.year - 3, 1, 1))
    for code, name, sort, unit, cost, price, taxable, stocked in ITEMS:
        run(
            "item.price",
            at,
            code=code,
            name=name,
            sort=sort,
            unit=unit,
            cost=cost,
            price=price,
            taxable=taxable,
            stocked=stocked,
        )
    for code, name, minutes, skill, rule, on_site, flat, labor, unit, cost_code in JOB_TYPES:
        run("job_type.set", at, code=code, name=name, minutes=minutes, skill=skill, billing_rule=rule, bills_on_site=on_site,
            flat_item=flat, labor_item=labor, business_unit=unit, cost_code=cost_code)  # fmt: skip
    WorkCalendar.objects.get_or_create(
        name="Monday to Friday",
        defaults={"weekdays": [0, 1, 2, 3, 4], "starts": time(7), "ends": time(15, 30), "days_off": holidays_of(today)},
    )
    base = Base(types={t.code: t for t in JobType.objects.all()})
    _people(base, at, today)
    _stock(base, at)
    return base


def holidays_of(today: date) -> list[date]:
    """The federal holidays around the demo's years."""
    import holidays

    return sorted(d for d in holidays.country_holidays("US", years=range(today.year - 2, today.year + 2)))


def _company(at: datetime) -> None:
    Company.get()
    run("company.set", at, name=COMPANY, address="1200 Key Highway\nBaltimore, MD 21230", phone="410-555-0100",
        email=f"office@{DOMAIN}", license="MHIC 104477")  # fmt: skip
    run("site.set", at, address="http://localhost:8000")
    run(
        "branch.set",
        at,
        code="BAL",
        name="Baltimore",
        tz="America/New_York",
        address="1200 Key Highway",
        phone="410-555-0100",
    )
    run(
        "branch.set",
        at,
        code="ANN",
        name="Annapolis",
        tz="America/New_York",
        address="48 West Street",
        phone="410-555-0190",
    )


def _people(base: Base, at: datetime, today: date) -> None:
    since = date(today.year - 3, 1, 1)
    for name, trade, branch, rate in TECHS:
        _hire(base, at, name, branch, trade, "Technician", rate, since, dispatchable=True)
        for skill in (trade, "epa608") if trade == "hvac" else (trade,):
            run("person.give_skill", at, person=base.people[name].uid, skill=skill, expires=date(today.year + 1, 6, 30))
    for n, (name, trade, rate) in enumerate(CREW):
        _hire(base, at, name, "BAL" if n % 3 else "ANN", trade, trade.capitalize(), rate, since, dispatchable=False)
    for name, title in OFFICE:
        _hire(base, at, name, "BAL", "office", title, "0", since, dispatchable=False)
    for key, (name, roles) in SIGN_INS.items():
        person = base.people.get(name)
        run(
            "user.invite",
            at,
            email=f"{key}@{DOMAIN}",
            name=name,
            roles=roles,
            password=PASSWORD,
            person=person.uid if person else None,
        )
    people = base.people
    for crew, foreman, members in (
        ("Mechanical crew", "Rosa Delgado", ["Nick Kowalski", "Troy Harmon", "Eli Stone", "Victor Hale", "Dale Fenn"]),
        ("Electrical crew", "Ben Achebe", ["Jorge Lima", "Amy Lund", "Omar Aziz"]),
    ):
        got = run("crew.form", at, name=crew, foreman=people[foreman].uid, members=[people[m].uid for m in members])
        base.crews[crew] = Crew.objects.get(uid=got["uid"])


def _hire(
    base: Base,
    at: datetime,
    name: str,
    branch: str,
    trade: str,
    title: str,
    rate: str,
    since: date,
    *,
    dispatchable: bool,
) -> None:
    burden = str((Decimal(rate) * Decimal("0.32")).quantize(Decimal("0.01")))
    n = len(base.people) + 1
    got = run("person.hire", at, name=name, branch=branch, trade=trade, title=title, dispatchable=dispatchable, rate=rate, burden=burden,
              from_date=since, phone=f"410-555-{1000 + n:04d}", email=f"{name.split()[0].lower()}@{DOMAIN}")  # fmt: skip
    base.people[name] = Person.objects.select_related("branch").get(uid=got["uid"])


def _stock(base: Base, at: datetime) -> None:
    got = run("location.add", at, name="Key Highway warehouse", sort="warehouse", branch="BAL")
    base.warehouse = Location.objects.get(uid=got["uid"])
    parts = [(code, Decimal(cost)) for code, _, sort, _, cost, *_ in ITEMS if sort == "part"]
    for code, cost in parts:
        run("stock.open", at, item=code, location=got["uid"], quantity="700", value=str(cost * 700))
    for n, (name, *_rest) in enumerate(TECHS, 1):
        truck = run("location.add", at, name=f"Truck {n:02d} ({name.split()[0]})", sort="truck", person=base.people[name].uid)
        base.trucks[name] = Location.objects.get(uid=truck["uid"])
        for code, cost in parts:
            run("stock.open", at, item=code, location=truck["uid"], quantity="40", value=str(cost * 40))
