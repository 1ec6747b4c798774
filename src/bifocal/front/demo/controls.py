"""A live project's controls in the demo company: a subcontract that is billed, a change event that waits for a price, a signed month."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from bifocal.front.demo.base import at, run
from bifocal.lib.money import cents
from bifocal.projects.contracts.models import Contract

RATES = [
    {"sort": "labor", "name": "Sheet metal", "rate": "92.00", "overtime": "128.00", "cost": "57.00"},
    {"sort": "labor", "rate": "78.00", "cost": "49.00"}, {"sort": "material", "unit": "each", "markup": "0.15"},
    {"sort": "equipment", "name": "Scissor lift", "rate": "38.00", "cost": "26.00"},
]  # fmt: skip


def signature() -> str:
    """A stroke of a pen, as the phone sends it."""
    from PIL import Image, ImageDraw

    picture, out = Image.new("RGB", (240, 70), "white"), BytesIO()
    points = [(12 + 9 * n, 35 + (-1) ** n * (24 - n % 7 * 3)) for n in range(24)]
    ImageDraw.Draw(picture).line(points, fill="#12306b", width=3)
    picture.save(out, "PNG")
    return b64encode(out.getvalue()).decode()


def _tickets(job: str, event: str, today: date) -> None:
    """Two days of extra work: one signed on the spot and taken up, one that waits for a signature."""
    for back, title, hours in ((2, "Cut and reroute duct at the beam", "8"), (1, "Rehang branch ducts", "6")):
        day = today - timedelta(days=back)
        made = run(
            "ticket.write", at(day), "super", job=job, day=day, title=title, ordered_by="Jonah Reed", event=event,
            labor=[{"name": "Sheet metal", "hours": hours, "overtime": "1.5"}, {"name": "Helper", "hours": hours}],
            materials=[{"name": "22 gauge duct, 24 x 12", "quantity": "6", "unit": "each", "unit_cost": "61.40"}],
            equipment=[{"name": "Scissor lift", "hours": hours}],
        )["uid"]  # fmt: skip
        if back == 2:
            run("ticket.sign", at(day), "super", ticket=made, name="Jonah Reed", company="Harbor Point LLC", signature=signature())
            run("ticket.attach", at(today - timedelta(days=1)), ticket=made, event=event, cost_code="23-3000")


def _ductwork(job: str, total: Decimal, today: date, n: int) -> None:
    """A subcontract for the ductwork, insured, approved, a third of it billed."""
    name = ("Bay Sheet Metal", "Patuxent Ductworks")[n % 2]
    who = run("vendor.add", at(today - timedelta(days=40)), name=name, is_subcontractor=True)["uid"]
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


def load_controls(job: str, today: date, n: int) -> None:
    """Buy the ductwork, bill a third of it, open an event, forecast and sign last month."""
    contract = Contract.objects.get(job__uid=job)
    _ductwork(job, contract.sum, today, n)
    run(
        "terms.set",
        at(today - timedelta(days=30)),
        contract=contract.uid,
        notice_days=7,
        markups=[{"name": "Overhead and profit", "rate": "0.15"}],
    )
    run("terms.rates", at(today - timedelta(days=30)), contract=contract.uid, since=today - timedelta(days=40), rates=RATES)
    cost = {"description": "Reroute main duct", "cost_code": "23-3000", "cost_type": "S", "rom_cost": "3800.00", "rom_price": "4700.00"}
    event = run(
        "event.open",
        at(today - timedelta(days=4)),
        "pm",
        job=job,
        title="Steel beam in the duct run",
        notice_days=7,
        scope="out_of_scope",
        lines=[cost],
    )["uid"]
    run("event.direct", at(today - timedelta(days=3)), event=event, directive="Owner's field directive 2", not_to_exceed="6000.00")
    _tickets(job, event, today)
    last = today.replace(day=1) - timedelta(days=1)
    run("forecast.freeze", at(today - timedelta(days=2)), job=job, month=last, reason="First month-end")
