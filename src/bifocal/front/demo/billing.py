"""How the demo company bills otherwise than by applications, and a subcontractor whose approval waits to be billed and paid."""

from __future__ import annotations

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
    """On the youngest project with nothing open: a subcontractor billed, one line was approved lower, a supplier's waiver is missing."""
    busy = PayApp.objects.filter(status="submitted").values("contract_id")
    contract = Contract.objects.filter(status="approved", sov__cost_code__code="23-3000").exclude(pk__in=busy).order_by("-id").first()
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
    run("payapp.draft", at(today), contract=contract.uid, period_to=today)
    run("payrun.plan", at(today), on=today + timedelta(days=8))
