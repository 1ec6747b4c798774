"""The service lens: a call comes in at eight, the money is there before noon."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
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
        found = stage.people["dispatcher"].read(f"/visits/{visit}/offers", day=date.today() + timedelta(days=ahead))
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
    phone = f"443-555-{int(mark, 16) % 10000:04d}"
    stage.refuse("technician", "tries to look at the office's job: books a call himself", "call.book",
                 job_type="AC-REPAIR", customer_name="Nobody")  # fmt: skip
    booked = stage.step(
        "dispatcher", "takes a call: no cooling at Mrs. Alvarez's, promised between 8 and 10", "call.book", job_type="AC-REPAIR",
        title="No cooling", customer_name=f"Elena Alvarez {mark}", phone=phone, email=f"alvarez-{mark}@example.com",
        address=f"{int(mark, 16) % 900 + 100} Elm Street", city="Baltimore", state="MD", postcode="21230", tax_code="MD", branch="BAL",
    )  # fmt: skip
    stage.refuse("dispatcher", "a second call for the same lady under the same phone: warned of the twin", "call.book",
                 job_type="AC-REPAIR", customer_name=f"E. Alvarez {mark}", phone=phone, address="1 Elm Street")  # fmt: skip
    offer = first_offer(stage, booked["visit"])
    start = offer["start"]
    visit = booked["visit"]
    stage.step("dispatcher", f"gives it to {offer['name']}, who is free and certified", "visit.schedule", visit=visit,
               technician=offer["person"], start=start, window_start=start, window_end=after(start, 120))  # fmt: skip
    stage.step("dispatcher", "sends it to her phone", "visit.dispatch", visit=visit)
    stage.step("technician", "is on the way: the drive clock runs", "visit.start_travel", visit=visit, at=after(start, 2))
    stage.step("technician", "arrives", "visit.arrive", visit=visit, at=after(start, 20))
    stage.step("technician", "starts work: the labor clock runs", "visit.start_work", visit=visit, at=after(start, 22))
    stage.step("technician", "takes a run capacitor from the truck", "visit.use_part", visit=visit, item="CAP-45-5", quantity="1",
               at=after(start, 70))  # fmt: skip
    stage.step("technician", "photographs the unit", "file.attach", about_kind="visit", about=visit, name="unit.jpg",
               content=photo((90, 120, 150)), at=after(start, 80))  # fmt: skip
    stage.step("technician", "has Mrs. Alvarez sign on the glass", "file.attach", about_kind="visit", about=visit,
               name="signature.jpg", sort="signature", content=photo((250, 250, 250)), at=after(start, 110))  # fmt: skip
    stage.step("technician", "is done after an hour and a half of labor", "visit.finish", visit=visit, outcome="completed",
               note="Replaced the run capacitor, 18 degrees of split.", signed_by="Elena Alvarez", at=after(start, 112))  # fmt: skip
    invoice = stage.step("technician", "bills on site: time, part, sales tax on the part", "job.bill", job=booked["uid"],
                         at=after(start, 114))  # fmt: skip
    sheet = stage.people["technician"].read(f"/invoices/{invoice['uid']}")
    expected = Decimal("145.00") * Decimal("1.50") + Decimal("64.00") + Decimal("3.84")
    stage.expect(
        f"the invoice is 1.5 h at 145.00, a part at 64.00 and 6% tax on it: {expected}",
        Decimal(sheet["total"]) == expected,
    )
    key = str(uuid4())
    pay = {"job": booked["uid"], "amount": sheet["open"], "method": "card", "reference": f"ch_{mark}",
           "parts": [{"invoice": invoice["uid"], "amount": sheet["open"]}], "request_id": key, "at": after(start, 116)}  # fmt: skip
    first = stage.step("technician", "takes the card payment", "payment.take", **pay)
    again = stage.people["technician"].do("payment.take", **pay)
    stage.expect("tapping twice took one payment", first["uid"] == again["uid"])
    stage.step("technician", "mails the invoice as PDF before leaving the driveway", "invoice.email", invoice=invoice["uid"],
               at=after(start, 117))  # fmt: skip
    paper = stage.people["technician"].read(f"/invoices/{invoice['uid']}/pdf")
    stage.expect("the PDF is real", bytes(paper[:5]) == b"%PDF-")
    costs = stage.people["bookkeeper"].read(f"/jobs/{booked['uid']}/costs")
    stage.expect("margin is known before the time is approved", Decimal(costs["estimated_cost"]) > 0)
    stage.step("bookkeeper", "approves the time: labor and burden go to the books", "time.approve", job=booked["uid"])
    stage.step("bookkeeper", "closes the job with its margin", "job.close", job=booked["uid"])
    job = stage.people["bookkeeper"].read(f"/jobs/{booked['uid']}")
    stage.expect("the job is closed and paid", (job["work_status"], job["billing_status"]) == ("closed", "paid"))
    return {
        "job": booked["uid"],
        "customer": booked["customer"],
        "site": booked["site"],
        "technician": offer["person"],
        "mark": mark,
        "start": start,
    }
