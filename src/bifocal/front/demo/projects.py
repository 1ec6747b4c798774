"""Projects, agreements and today's board of the demo company: through the commands, like users would."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from bifocal.front.demo.base import Base, at, run
from bifocal.front.demo.board import SORTS, ZONE
from bifocal.front.demo.bulk import crew_days
from bifocal.front.demo.controls import load_controls
from bifocal.front.demo.progress import load_crews, load_progress
from bifocal.front.demo.ties import load_ties
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Customer, Site
from bifocal.kernel.people.models import Person
from bifocal.lib.money import cents
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.schedule.models import Activity

NAMES = [
    "Lofts fit-out",
    "Clinic HVAC",
    "Restaurant build-out",
    "Office floor 4",
    "School boiler room",
    "Warehouse lighting",
    "Marina panel upgrade",
    "Lab exhaust",
    "Retail shell",
    "Hotel risers",
    "Brewery chiller",
    "Bank branch",
    "Daycare addition",
]
SHARES = [
    ("1", "General conditions", "0.08", "01-0000"),
    ("2", "HVAC rough-in", "0.32", "23-0000"),
    ("3", "Ductwork", "0.18", "23-3000"),
    ("4", "Electrical rough-in", "0.27", "26-0000"),
    ("5", "Lighting and trim", "0.15", "26-5000"),
]
CREW = Decimal("0.09")  # of a line's value, about what the crew's own hours cost
# How each live project stands: the share of every line done a month, and what a dollar of it costs against the budget's 0.75.
PACES = [
    (("0.30", "0.45", "0.38", "0.20", "0.05"), "0.72"), (("0.25", "0.30", "0.20", "0.22", "0.00"), "0.69"),
    (("0.35", "0.48", "0.45", "0.40", "0.25"), "0.96"), (("0.20", "0.28", "0.15", "0.10", "0.00"), "0.74"),
    (("0.30", "0.40", "0.42", "0.35", "0.10"), "0.66"), (("0.22", "0.25", "0.10", "0.20", "0.05"), "0.78"),
]  # fmt: skip
BILLED = ["1.20", "0.95", "1.50", "1.05", "1.30", "1.30"]  # against what was done: a front-loaded schedule of values, or a slow office


def load_projects(base: Base, today: date, rng: random.Random, finished: int = 19, live: int = 6) -> None:
    """25 projects: 19 finished and paid, 6 under way."""
    vendor = run("vendor.add", at(today - timedelta(days=700)), name="Chesapeake Supply", is_subcontractor=True)["uid"]
    firms = list(Customer.objects.filter(sort="commercial").order_by("id")[: finished + live])
    for n, firm in enumerate(firms):
        done = n < finished
        start = today - timedelta(days=640 - n * 28) if done else today - timedelta(days=70 - (n - finished) * 8)
        _project(base, firm, rng.choice(NAMES), start, today, vendor, n, 1 if done else 0, rng)


def _project(base: Base, firm: Customer, title: str, start: date, today: date, vendor: str, n: int, done: int, rng: random.Random) -> None:
    total = Decimal(rng.randrange(60, 480)) * 1000
    people = base.people
    site = Site.objects.filter(customer=firm).order_by("id")[0]
    team = {"project_manager": people["Priya Raman" if n % 2 else "Scott Weller"].uid, "superintendent": people["Walt Jankowski"].uid}
    job = run(
        "project.create",
        at(start),
        customer=firm.uid,
        site=site.uid,
        title=title,
        branch="BAL",
        business_unit="MEP" if n % 3 else "ELP",
        team=team,
    )["uid"]
    run("contact.add", at(start), customer=firm.uid, name="Jonah Reed", role="approver", email=f"owner{n}@example.com")
    values = [cents(total * Decimal(s)) for _, _, s, _ in SHARES]
    sov = [{"item": i, "description": d, "scheduled_value": v, "cost_code": c} for (i, d, _, c), v in zip(SHARES, values, strict=True)]
    contract = run("contract.write", at(start), job=job, number=f"HM-{n + 1:03d}", sum=sum(values), lines=sov, starts=start, days=90)["uid"]
    run("contract.sign", at(start), contract=contract, signed_on=start)
    budget = [
        {"cost_code": c, "cost_type": t, "amount": cents(v * Decimal(f))}
        for (_, _, _, c), v in zip(SHARES, values, strict=True)
        for t, f in (("L", "0.15"), ("S", "0.60"))
    ]
    run("budget.set", at(start), job=job, lines=budget)
    _months(base, job, contract, values, start, today, vendor, n, bool(done))
    if done:
        _close(base, job, contract, start + timedelta(days=92), today)
    else:
        _open_papers(job, firm, today, n)
        if n % 3 == 0:
            run("schedule.baseline", at(start), "pm", job=job, name="Contract schedule")
        load_progress(job, start, today, n)
        if n % 3 == 0:
            _look_ahead(job, today)


def _months(base: Base, job: str, contract: str, values: list[Decimal], start: date, today: date, vendor: str, n: int, done: bool) -> None:
    """Three months of a finished project, one or two of a live one: what they cost, and the application of each."""
    pace, dear = (["0.3333"] * 5, f"0.{58 + n * 7 % 17}") if done else PACES[n % 6]
    months = 3 if done else 1 + n % 2
    for m in range(1, months + 1):
        day = min(start + timedelta(days=28 * m), today)
        cost = Decimal(dear) - CREW
        _costs(base, job, vendor, [v * Decimal(p) * cost for v, p in zip(values, pace, strict=True)], day, n * 10 + m)
        ahead = Decimal("1" if done else BILLED[n % 6])
        shares = [Decimal(1) if done and m == months else Decimal(p) * m * ahead for p in pace]
        _apply(contract, day, shares, paid=done or m < months, final=False)


def _look_ahead(job: str, today: date) -> None:
    """What is in the way, last week's promises and this week's, and what the field proposes."""
    acts = {a.code: a.uid for a in Activity.objects.filter(job__uid=job)}
    run(
        "lookahead.constrain",
        at(today),
        "super",
        activity=acts["A70"],
        sort="materials",
        what="Ceiling grid on site",
        who="Ceilings by others",
    )
    for days, what, done, reason in ((-14, "Duct mains, grid A to C", True, None), (-14, "Panel LP-2 set", True, None), (-7, "Branch duct, level 2", True, None),
                                     (-7, "Home runs, level 2", False, "materials"), (0, "Home runs, level 2", None, None)):  # fmt: skip
        made = run("lookahead.promise", at(today), "super", job=job, week=today + timedelta(days=days), what=what, who="Rough-in crew")[
            "uid"
        ]
        if done is not None:
            run("lookahead.judge", at(today), "super", commitment=made, done=done, **({"reason": reason} if reason else {}))
    run("lookahead.propose", at(today), "super", activity=acts["A80"], days="10", why="Fixtures come in two deliveries")
    run("risk.spread", at(today), "pm", job=job, low_percent=90, high_percent=140)
    run("risk.run", at(today), "pm", job=job)
    load_ties(job, acts, today)


def _costs(base: Base, job: str, vendor: str, amounts: list[Decimal], day: date, mark: int) -> None:
    """A month's bill of the supplier by line, and five days of a crew."""
    lines = [
        {"description": f"{d}, month", "amount": cents(a), "job": job, "cost_code": c, "cost_type": "S"}
        for (_, d, _, c), a in zip(SHARES, amounts, strict=True)
        if a
    ]
    bill = run("bill.post", at(day), vendor=vendor, vendor_number=f"CS-{mark}", date=day, lines=lines)
    run("bill.pay", at(day + timedelta(days=1)), vendor=vendor, parts=[{"bill": bill["uid"], "amount": bill["total"]}])
    crew = ("Nick Kowalski", "Troy Harmon", "Jorge Lima") if mark % 2 else ("Eli Stone", "Victor Hale", "Amy Lund")
    code = CostCode.objects.get(code="23-0000" if mark % 2 else "26-0000")
    days = [(base.people[name], day - timedelta(days=back)) for name in crew for back in range(1, 6)]
    crew_days(base, Job.objects.select_related("branch").get(uid=job), code, days)


def _apply(contract: str, day: date, shares: list[Decimal], *, paid: bool, final: bool) -> None:
    app = run("payapp.draft", at(day), contract=contract, period_to=day, final=final)["uid"]
    if not final:
        run(
            "payapp.fill",
            at(day),
            payapp=app,
            lines=[{"item": i, "percent": str(cents(s * 100))} for (i, *_), s in zip(SHARES, shares, strict=True)],
        )
    run("payapp.submit", at(day), payapp=app)
    if not paid:
        return
    run("payapp.certify", at(day + timedelta(days=5)), payapp=app, by="Architect of record", date=day + timedelta(days=5))
    row = PayApp.objects.select_related("invoice__job").get(uid=app)
    if row.invoice and row.invoice.open_amount:
        part = [{"invoice": row.invoice.uid, "amount": row.invoice.open_amount}]
        late = day + timedelta(days=25)
        run(
            "payment.take",
            at(late),
            job=row.invoice.job.uid,
            amount=row.invoice.open_amount,
            method="wire",
            date=late,
            parts=part,
            reference=f"wire {row.invoice.number}",
        )


def _close(base: Base, job: str, contract: str, day: date, today: date) -> None:
    run(
        "project.complete",
        at(day),
        job=job,
        date=day,
        certified_by="Architect of record",
        warranties=[{"name": "Workmanship", "months": 12}],
    )
    _apply(contract, day + timedelta(days=20), [], paid=True, final=True)
    run("project.close", at(day + timedelta(days=60)), job=job)


ASKED = [
    ("Duct clearance at beam line", "May the main duct drop 4 inches?"), ("Panel location", "Is the panel in the corridor or the closet?"),
    ("Slab penetration", "May we core beside the grade beam?"), ("Roof curb height", "Is 14 inches enough above the new insulation?"),
    ("Receptacle heights", "Are the counters 34 or 36 inches?"), ("Fire damper access", "Who provides the access doors?"),
]  # fmt: skip
EXTRA = ["Extra circuits for kitchen", "Reroute around found steel", "Second sink in break room", "Smoke detectors in plenum", "Larger exhaust fan",
         "Night work for tie-in"]  # fmt: skip
UNITS_ORDERED = [("Rooftop unit", "23 74 13"), ("Switchboard", "26 24 13"), ("Exhaust fan", "23 34 23"), ("Light fixtures", "26 51 13"),
                 ("Grease duct", "23 31 13"), ("Water heater", "22 34 00")]  # fmt: skip
WRONG = [
    "Seal penetration at grid B",
    "Label panel LP-2",
    "Adjust door at closet",
    "Patch paint by thermostat",
    "Replace cracked cover",
    "Clean diffusers",
]


def _open_papers(job: str, firm: Customer, today: date, n: int) -> None:
    """What a live project has on the table: some of it late, some with the owner, some in our own court."""
    contact = firm.contacts.order_by("id")[0].uid
    title, question = ASKED[n % 6]
    rfi = run("rfi.draft", at(today - timedelta(days=6 + n % 3)), "pm", job=job, title=title, question=question, assignees=[contact])["uid"]
    run("rfi.open", at(today - timedelta(days=5 + n % 3)), "pm", rfi=rfi, due=today + timedelta(days=n % 5 - 2))
    unit, section = UNITS_ORDERED[n % 6]
    submittal = run("submittal.draft", at(today - timedelta(days=12)), "pm", job=job, title=unit, spec_section=section, on_site=today + timedelta(days=80),
        lead_days=56)["uid"]  # fmt: skip
    run("submittal.require", at(today - timedelta(days=12)), "pm", submittal=submittal)
    change = run("change.draft", at(today - timedelta(days=3)), "pm", job=job, title=EXTRA[n % 6])["uid"]
    cost = {"description": EXTRA[n % 6], "cost_code": "26-0000", "cost_type": "L", "cost": f"{2400 + n * 100}.00"}
    run("change.price", at(today - timedelta(days=2)), "pm", change=change, days=2, lines=[cost],
        markups=[{"name": "Overhead and profit", "rate": "0.15"}])  # fmt: skip
    if n % 3 == 0:
        run("change.send", at(today - timedelta(days=1)), "pm", change=change, approver=contact)
    sections = {"weather": "Clear, 46 F", "manpower": "6", "work": "Rough-in level 2", "visitors": "none", "delays": "none"}
    run("log.write", at(today - timedelta(days=1)), "super", job=job, day=today - timedelta(days=1), sections=sections)
    run("punch.add", at(today - timedelta(days=1)), "super", job=job, title=WRONG[n % 6], location="Level 1")
    if n % 3 == 1:
        load_controls(job, today, n)


def load_agreements(today: date, rng: random.Random, count: int = 40) -> None:
    """Maintenance agreements, sold over the last year and earned month by month."""
    for n, site in enumerate(Site.objects.order_by("id")[100 : 100 + count]):
        starts = date(today.year if today.month > n % 11 + 1 else today.year - 1, n % 11 + 1, 1)
        run(
            "agreement.sell",
            at(starts),
            site=site.uid,
            name="Comfort plan",
            price=str(180 + 60 * (n % 4)) + ".00",
            starts=starts,
            months=12,
        )
    run("agreement.earn", at(today), upto=today)


def load_today(base: Base, today: date) -> None:
    """A day under way: what ended by now is done, one call a technician is going on, the rest is to come; and the crews' weeks beside them."""
    techs = [p for p in base.people.values() if p.dispatchable and p.branch.code == "BAL"]
    sites = list(Site.objects.filter(city="Baltimore").select_related("customer").order_by("-id")[:40])
    now = min(max(datetime.now(ZONE), _hour(today, 9, 30)), _hour(today, 15))  # by night too the board shows a day under way
    for n, tech in enumerate(techs):
        start = _hour(today, 7 + n % 2, 30)
        for k in range(2 if n % 3 == 0 else 3):
            start = _call_of_today(base, tech, sites[3 * n + k], start, now, n)
    for n, site in enumerate(sites[30:35]):
        sort = "HEAT-REPAIR" if n % 2 else "DRAIN"
        run(
            "call.book",
            at(today, 11),
            "dispatch",
            job_type=sort,
            customer=site.customer.uid,
            site=site.uid,
            branch="BAL",
            even_if_open=True,
        )
    load_crews(base, today)


def _hour(day: date, hour: int, minutes: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minutes), ZONE)


def _call_of_today(base: Base, tech: Person, site: Site, start: datetime, now: datetime, n: int) -> datetime:
    """One call as far as it is by now. Returns when the next one can begin: a drive later, and lunch at noon."""
    sort = SORTS[tech.trade]
    made = run("call.book", at(start.date(), 10), "dispatch", job_type=sort, customer=site.customer.uid, site=site.uid, branch="BAL", even_if_open=True,
               technician=tech.uid, start=start, window_start=start, window_end=start + timedelta(hours=2))  # fmt: skip
    ends = start + timedelta(minutes=base.types[sort].minutes)
    _advance(made["visit"], tech, start, ends, now, n)
    following = ends + timedelta(minutes=30)
    return _hour(start.date(), 13) if 12 <= following.hour < 13 else following


def _advance(visit: str, tech: Person, start: datetime, ends: datetime, now: datetime, n: int) -> None:
    """What the field said of it so far."""
    if start > now + timedelta(hours=1):
        return
    run("visit.dispatch", start - timedelta(minutes=40), "dispatch", visit=visit)
    steps = ["visit.start_travel", "visit.arrive", "visit.start_work"]
    reached = len(steps) if ends <= now else 1 + n % 3 if start <= now else int(start <= now + timedelta(minutes=20))
    for k, step in enumerate(steps[:reached]):
        run(step, start + timedelta(minutes=10 * k - 20), visit=visit, person=tech.uid)
    if ends <= now:
        run("visit.finish", ends, visit=visit, person=tech.uid, outcome="completed", note="Done, tested, the customer shown.")
