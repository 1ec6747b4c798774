"""A live project's controls in the demo company: a subcontract that is billed, a change event that waits for a price, a signed month."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from bifocal.front.demo.base import at, run
from bifocal.lib.money import cents
from bifocal.projects.contracts.models import Contract


def load_controls(job: str, today: date, n: int) -> None:
    """Buy the ductwork, bill a third of it, open an event, forecast and sign last month."""
    total = Contract.objects.get(job__uid=job).sum
    who = run("vendor.add", at(today - timedelta(days=40)), name=("Bay Sheet Metal", "Patuxent Ductworks")[n % 2], is_subcontractor=True)[
        "uid"
    ]
    run("vendor.show", at(today - timedelta(days=40)), vendor=who, sort="insurance", until=today + timedelta(days=200), reference="GL-2231")
    run("vendor.show", at(today - timedelta(days=40)), vendor=who, sort="w9")
    amount = cents(total * Decimal("0.06"))
    line = {"item": "1", "description": "Fabricate and hang ductwork", "cost_code": "23-3000", "cost_type": "S", "amount": amount}
    made = run(
        "commitment.write", at(today - timedelta(days=30)), job=job, sort="subcontract", vendor=who, title="Ductwork", retainage="0.10",
        lines=[line],
    )["uid"]  # fmt: skip
    run("commitment.send", at(today - timedelta(days=29)), commitment=made)
    run("commitment.approve", at(today - timedelta(days=28)), commitment=made, override="Let before the last bid came in")
    part = [{"item": "1", "amount": cents(amount / 3)}]
    run(
        "commitment.bill",
        at(today - timedelta(days=5)),
        commitment=made,
        vendor_number=f"BSM-{n}",
        date=today - timedelta(days=5),
        lines=part,
    )
    cost = {"description": "Reroute main duct", "cost_code": "23-3000", "cost_type": "S", "rom_cost": "3800.00", "rom_price": "4700.00"}
    run(
        "event.open",
        at(today - timedelta(days=4)),
        "pm",
        job=job,
        title="Steel beam in the duct run",
        notice_days=7,
        scope="out_of_scope",
        lines=[cost],
    )
    last = today.replace(day=1) - timedelta(days=1)
    run("forecast.freeze", at(today - timedelta(days=2)), job=job, month=last, reason="First month-end")
