"""The service lens: a call comes in at eight, the money is there before noon."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

from bifocal.front.demonstrate.story import Stage


def photo(color: tuple[int, int, int]) -> str:
    """A small real picture, as a phone would send it."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (64, 48), color).save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


def first_offer(stage: Stage, visit: str, who: str = "Dana") -> dict[str, Any]:
    """The first day from today on which the technician is offered."""
    for ahead in range(60):
        found = stage.people["dispatcher"].read(f"/visits/{visit}/offers", day=stage.today + timedelta(days=ahead), limit=200)
        for offer in found:
            if offer["name"].startswith(who):
                return dict(offer)
    raise RuntimeError(f"{who} is booked out for two months")


def after(start: str, minutes: int) -> str:
    """A moment some minutes after another."""
    return (datetime.fromisoformat(start) + timedelta(minutes=minutes)).isoformat()


def play(stage: Stage) -> dict[str, Any]:
    """From the call to the closed job. Returns what the later acts refer to."""
    mark = uuid4().hex[:6]
    booked = _call(stage, mark)
    offer = first_offer(stage, booked["visit"])
    made = {"job": booked["uid"], "customer": booked["customer"], "site": booked["site"], "technician": offer["person"], "mark": mark,
            "start": offer["start"], "visit": booked["visit"]}  # fmt: skip
    _visit(stage, made, offer)
    invoice = _bill(stage, made)
    _pay(stage, made, invoice)
    _close(stage, made)
    return made


def _call(stage: Stage, mark: str) -> dict[str, Any]:
    number = int(mark, 16)  # no two stories share a phone, nor with the demo company
    phone = f"667-{200 + number // 10000 % 800}-{number % 10000:04d}"
    stage.refuse("technician", "tries the office's job: to book a call herself", "call.book", job_type="AC-REPAIR", customer_name="Nobody")
    booked = stage.step(
        "dispatcher", "takes a call: no cooling at Mrs. Alvarez's; customer, site, job and first visit are made in one act", "call.book",
        job_type="AC-REPAIR", title="No cooling", customer_name=f"Elena Alvarez {mark}", phone=phone, email=f"alvarez-{mark}@example.com",
        address=f"{int(mark, 16) % 900 + 100} Elm Street", city="Baltimore", state="MD", postcode="21230", tax_code="MD", branch="BAL",
    )  # fmt: skip
    stage.refuse("dispatcher", "takes a second call from the same phone and is warned of the twin", "call.book",
                 job_type="AC-REPAIR", customer_name=f"E. Alvarez {mark}", phone=phone, address="1 Elm Street")  # fmt: skip
    return booked


def _visit(stage: Stage, made: dict[str, Any], offer: dict[str, Any]) -> None:
    visit, start = made["visit"], made["start"]
    stage.step("dispatcher", f"gives it to {offer['name']}, who is free and certified, and promises the customer a two-hour window", "visit.schedule",
               visit=visit, technician=offer["person"], start=start, window_start=start, window_end=after(start, 120))  # fmt: skip
    stage.step("dispatcher", "notes that Mrs. Alvarez has confirmed", "visit.confirm", visit=visit)
    stage.step("dispatcher", "sends it to Dana's phone", "visit.dispatch", visit=visit)
    stage.step("technician", "is on the way: the drive clock runs", "visit.start_travel", visit=visit, at=after(start, 2))
    stage.step("technician", "arrives within the promised window", "visit.arrive", visit=visit, at=after(start, 20))
    stage.step("technician", "starts work: the labor clock runs", "visit.start_work", visit=visit, at=after(start, 22))
    stage.step("technician", "takes a run capacitor from the truck: its cost is on the job at once", "visit.use_part", visit=visit, item="CAP-45-5",
               quantity="1", at=after(start, 70))  # fmt: skip
    stage.step("technician", "photographs the unit", "file.attach", about_kind="visit", about=visit, name="unit.jpg",
               content=photo((90, 120, 150)), at=after(start, 80))  # fmt: skip
    stage.step("technician", "has Mrs. Alvarez sign on the glass", "file.attach", about_kind="visit", about=visit,
               name="signature.jpg", sort="signature", content=photo((250, 250, 250)), at=after(start, 110))  # fmt: skip
    stage.step("technician", "is done after an hour and a half of labor", "visit.finish", visit=visit, outcome="completed",
               note="Replaced the run capacitor, 18 degrees of split.", signed_by="Elena Alvarez", at=after(start, 112))  # fmt: skip


def _bill(stage: Stage, made: dict[str, Any]) -> dict[str, Any]:
    start = made["start"]
    invoice = stage.step(
        "technician", "bills on site: time, part, sales tax on the part", "job.bill", job=made["job"], at=after(start, 114)
    )
    sheet: dict[str, Any] = stage.people["technician"].read(f"/invoices/{invoice['uid']}")
    expected = Decimal("145.00") * Decimal("1.50") + Decimal("64.00") + Decimal("3.84")
    stage.expect(f"the invoice is 1.5 h at 145.00, a part at 64.00 and 6% tax on it: {expected:.2f}", Decimal(sheet["total"]) == expected)
    return sheet


def _pay(stage: Stage, made: dict[str, Any], sheet: dict[str, Any]) -> None:
    start, invoice, tech = made["start"], sheet["uid"], stage.people["technician"]
    pay = {"job": made["job"], "amount": sheet["open"], "method": "card", "reference": f"ch_{made['mark']}",
           "parts": [{"invoice": invoice, "amount": sheet["open"]}], "request_id": str(uuid4()), "at": after(start, 116)}  # fmt: skip
    first = stage.step("technician", "takes the card payment", "payment.take", **pay)
    again = tech.do("payment.take", **pay)
    stage.expect("tapping twice took one payment", first["uid"] == again["uid"])
    stage.step("technician", "mails the invoice as PDF before leaving the driveway", "invoice.email", invoice=invoice, at=after(start, 117))
    stage.expect("the PDF is real", bytes(tech.read(f"/invoices/{invoice}/pdf")[:5]) == b"%PDF-")


def _close(stage: Stage, made: dict[str, Any]) -> None:
    books = stage.people["bookkeeper"]
    costs = books.read(f"/jobs/{made['job']}/costs")
    stage.expect(f"margin is known the same day, before the time is approved: {costs['margin']}", Decimal(costs["estimated_cost"]) > 0)
    stage.step("bookkeeper", "approves the time: labor and burden go to the books", "time.approve", job=made["job"])
    stage.step("bookkeeper", "closes the job with its margin", "job.close", job=made["job"])
    job = books.read(f"/jobs/{made['job']}")
    stage.expect("the job is closed and paid", (job["work_status"], job["billing_status"]) == ("closed", "paid"))
