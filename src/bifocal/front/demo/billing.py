"""How the demo company bills otherwise than by applications, and a subcontractor whose approval waits to be billed and paid."""

from __future__ import annotations

import base64
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bifocal.front.demo.base import Base, at, run
from bifocal.front.demo.bulk import crew_days
from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.parties.models import Customer, Site, Vendor
from bifocal.lib.money import cents
from bifocal.projects.billings.models import Draw
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps.models import PayApp


def load_ways(base: Base, today: date) -> None:
    """Two jobs that are billed otherwise: a panel upgrade by draws, a tie-in by time and materials up to a limit."""
    firms = list(Customer.objects.filter(sort="commercial").order_by("id")[:2])
    draws = [{"name": n, "percent": p} for n, p in (("On signing", 30), ("Rough-in complete", 40), ("On completion", 30))]
    how: list[tuple[str, str, dict[str, Any]]] = [
        ("Panel upgrade, building B", "24800.00", {"way": "draws", "draws": draws, "retainage": 0}),
        ("Chilled water tie-in", "18000.00", {"way": "time_and_materials", "rates": [{"rate": "118.00"}], "retainage": 0, "limit": "18000.00",
         "limit_sort": "not_to_exceed", "markups": [{"cost_type": "M", "share": "0.15"}, {"cost_type": "S", "share": "0.10"}]}),
    ]  # fmt: skip
    start = today - timedelta(days=24)
    for n, (firm, (title, total, terms)) in enumerate(zip(firms, how, strict=True)):
        site = Site.objects.filter(customer=firm).order_by("id")[0]
        job = run("project.create", at(start), customer=firm.uid, site=site.uid, title=title, branch="BAL", business_unit="ELP")["uid"]
        line = [{"item": "1", "description": title, "scheduled_value": total, "cost_code": "26-0000"}]
        contract = run("contract.write", at(start), job=job, number=f"HM-W{n + 1}", sum=total, lines=line, starts=start, days=45)["uid"]
        run("contract.sign", at(start), contract=contract, signed_on=start)
        budget = [
            {"cost_code": c, "cost_type": t, "amount": cents(Decimal(total) * Decimal(f))}
            for c, t, f in (("26-0000" if n == 0 else "23-0000", "L", "0.34"), ("26-0000" if n == 0 else "23-0000", "M", "0.38"))
        ]
        run("budget.set", at(start), job=job, lines=budget)
        plan = run("billing.agree", at(start), job=job, **terms)
        if n == 0:
            first, second = Draw.objects.filter(plan__uid=plan["uid"])[:2]
            run("billing.reach", at(start), draw=first.uid, on=start)
            run("invoice.post", at(start), invoice=run("billing.draw", at(start), job=job, draws=[first.uid], date=start)["uid"])
            run("billing.reach", at(today), draw=second.uid, on=today - timedelta(days=1))
            continue
        people = [(base.people[name], today - timedelta(days=back)) for name in ("Jorge Lima", "Amy Lund") for back in range(12, 15)]
        crew_days(base, Job.objects.select_related("branch").get(uid=job), CostCode.objects.get(code="23-0000"), people)
        part = {"description": "Valves and pipe", "amount": "2140.60", "job": job, "cost_code": "23-0000", "cost_type": "M"}
        vendor = Vendor.objects.get(name="Chesapeake Supply").uid
        run("bill.post", at(today), vendor=vendor, vendor_number="CS-TIE", date=today - timedelta(days=11), lines=[part])


def load_upstream(today: date) -> None:
    """On the youngest project: a subcontractor billed, one line was approved lower, a supplier's waiver is missing."""
    contract = Contract.objects.filter(status="approved", our_role="prime", sov__cost_code__code="23-3000").order_by("-id").first()
    if contract is None:
        return
    job, day = contract.job.uid, today - timedelta(days=20)
    who = run("vendor.add", at(day), name="Tidewater Insulation", is_subcontractor=True)["uid"]
    run("vendor.show", at(day), vendor=who, sort="insurance", until=today + timedelta(days=140), reference="GL-7710")
    run("vendor.show", at(day), vendor=who, sort="w9")
    sum_ = cents(contract.sum * Decimal("0.05"))
    line = {"item": "1", "description": "Insulate supply and return duct", "cost_code": "23-3000", "cost_type": "S", "amount": sum_}
    made = run(
        "commitment.write", at(day), job=job, sort="subcontract", vendor=who, title="Duct insulation", retainage="0.10", lines=[line],
    )["uid"]  # fmt: skip
    run("commitment.send", at(day), commitment=made)
    run("commitment.approve", at(day), commitment=made, override="Let with the ductwork")
    run("commitment.pay_terms", at(day), commitment=made, pay_when_paid=False)
    app = run(
        "subapp.invite", at(today - timedelta(days=6)), commitment=made, period_to=today, name="Lou Tide", email="lou@tidewater.example",
        suppliers=["Owens Supply"],
    )["uid"]  # fmt: skip
    run("subapp.fill", at(today - timedelta(days=5)), subapp=app, lines=[{"item": "1", "percent": 45}], their_number="TI-118")
    run("subapp.submit", at(today - timedelta(days=5)), subapp=app, name="Lou Tide")
    less = {"item": "1", "approved": cents(sum_ * Decimal("0.40")), "comment": "Level 2 is not wrapped yet"}
    run("subapp.approve", at(today - timedelta(days=3)), subapp=app, lines=[less])
    run("waiver.claim", at(today - timedelta(days=3)), subapp=app, claimant="Owens Supply", owed=cents(sum_ * Decimal("0.12")))
    waiting = contract.payapps.filter(status="submitted").first()
    if waiting:  # back from the architect, so that the approval above waits to be taken into it
        run("payapp.return", at(today), payapp=waiting.uid, reason="Show the insulation that was approved")
    else:
        run("payapp.draft", at(today), contract=contract.uid, period_to=today)
    run("payrun.plan", at(today), on=today + timedelta(days=8))


LINES = [
    ("1", "Mobilization and submittals", "14000.00", "01-0000"), ("2", "Duct mains, levels 1 to 3", "96000.00", "23-3000"),
    ("3", "Terminal units and piping", "71500.00", "23-0000"), ("4", "Controls and balancing", "28500.00", "23-0000"),
]  # fmt: skip


def load_rentals(today: date) -> None:
    """On the youngest project: a lift that should be back, a generator that is."""
    job = Contract.objects.filter(status="approved", payapps__isnull=False).order_by("-id")[0].job.uid
    who = run("vendor.add", at(today - timedelta(days=12)), name="Harbor Rents")["uid"]
    lift = {"description": "26 ft scissor lift", "rate": "410.00", "per": "week", "since": today - timedelta(days=11)}
    run("rental.on_hire", at(today - timedelta(days=11)), job=job, vendor=who, expected=today + timedelta(days=1), **lift)
    power = {"description": "20 kW generator", "rate": "145.00", "per": "day", "since": today - timedelta(days=9)}
    gone = run("rental.on_hire", at(today - timedelta(days=9)), job=job, vendor=who, expected=today - timedelta(days=4), **power)["uid"]
    run("rental.off_hire", at(today - timedelta(days=5)), rental=gone, confirmation="OH-20418", on=today - timedelta(days=5))


def load_below(today: date) -> None:
    """A job for a general contractor: their own sheet and billing day, an application paid short, a back-charge, lien deadlines."""
    firm = Customer.objects.filter(sort="commercial").order_by("id")[2]
    start = today - timedelta(days=130)
    site = Site.objects.filter(customer=firm).order_by("id")[0]
    job = run(
        "project.create", at(start), customer=firm.uid, site=site.uid, title="Clinic wing, HVAC for the general contractor", branch="BAL",
        business_unit="MEP",
    )["uid"]  # fmt: skip
    sov = [{"item": i, "description": d, "scheduled_value": v, "cost_code": c} for i, d, v, c in LINES]
    contract = run(
        "contract.write", at(start), job=job, number="SC-4410", sum="210000.00", lines=sov, starts=start, days=160,
        our_role="subcontractor",
    )["uid"]  # fmt: skip
    run("contract.sign", at(start), contract=contract, signed_on=start)
    costs = [{"cost_code": c, "cost_type": "S", "amount": cents(Decimal(v) * Decimal("0.74"))} for _, _, v, c in LINES if v != "28500.00"]
    run("budget.set", at(start), job=job, lines=costs)
    bought = [
        {"description": d, "amount": a, "job": job, "cost_code": c, "cost_type": "S"}
        for d, a, c in (("Submittals, crane, permits", "9800.00", "01-0000"), ("Duct, first three floors", "27900.00", "23-3000"))
    ]
    vendor = Vendor.objects.get(name="Chesapeake Supply").uid
    run("bill.post", at(today - timedelta(days=40)), vendor=vendor, vendor_number="CS-4410", date=today - timedelta(days=40), lines=bought)
    run(
        "gcform.keep", at(start), contract=contract, billing_day=min(today.day + 3, 28), to_name="Nora Brand", to_email="billing@brand.example",
        filename="Brand continuation sheet.xlsx", content=base64.b64encode(_sheet()).decode(),
    )  # fmt: skip
    _paid_short(job, contract, today)
    run("deadlines.set", at(today), job=job, first_on=start, last_on=today - timedelta(days=84))


def _paid_short(job: str, contract: str, today: date) -> None:
    """The first application to the general contractor: certified, paid short with a reason, a back-charge after it."""
    day = today - timedelta(days=38)
    app = run("payapp.draft", at(day), contract=contract, period_to=day)["uid"]
    run("payapp.fill", at(day), payapp=app, lines=[{"item": "1", "percent": 100}, {"item": "2", "percent": 40}])
    run("payapp.submit", at(day), payapp=app)
    run("ourwaiver.give", at(day), payapp=app, sort="conditional_progress", name="Ruth Calloway")
    run("payapp.certify", at(day + timedelta(days=6)), payapp=app, by="Nora Brand", date=day + timedelta(days=6))
    invoice = PayApp.objects.get(uid=app).invoice
    assert invoice is not None
    part = [{"invoice": invoice.uid, "amount": "44560.00"}]
    run("payment.take", at(today - timedelta(days=6)), job=job, amount="44560.00", method="wire", parts=part)
    short = [{"item": "2", "amount": "2600.00", "reason": "Level 3 main not hung at their walk"}]
    run("payapp.paid_short", at(today - timedelta(days=5)), payapp=app, lines=short)
    run(
        "backcharge.receive", at(today - timedelta(days=4)), contract=contract, number="BC-12", amount="740.00", reason="Composite clean-up, level 2",
        answer_by=today + timedelta(days=5),
    )  # fmt: skip


def _sheet() -> bytes:
    """A continuation sheet such as a general contractor sends out."""
    from openpyxl import Workbook

    book = Workbook()
    page: Any = book.active
    page.title = "Continuation"
    page["A1"], page["F2"], page["F3"], page["A3"] = "Brand & Sons", "Application No.", "Period to", "Project"
    heads = (
        "Item",
        "Description of work",
        "Scheduled value",
        "From previous application",
        "This period",
        "Materials presently stored",
        "Total",
    )
    for column, text in zip("ABCDEFG", heads, strict=True):
        page[f"{column}6"] = text
    for n in range(7, 30):
        page[f"G{n}"] = f"=SUM(D{n}:F{n})"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
