"""What the tour does for the visitor, and what a stop prepares: the same commands as everybody's, as the visitor."""

from __future__ import annotations

import base64
import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, execute
from bifocal.front.tour.places import Things, bill, payapp
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.billing.queries import billed_net
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import CostCode, JobType
from bifocal.kernel.parties.models import Contact
from bifocal.kernel.pricebook.models import Item
from bifocal.lib.errors import NotFound
from bifocal.lib.money import dollars
from bifocal.projects.contracts.models import Contract
from bifocal.service.dispatch.queries import offers
from bifocal.service.visits.models import Visit


def sample_history() -> bytes:
    """Two years of a plumber with fit-outs, the same every time: what a company's export looks like, its faults included."""
    rng = random.Random(20)  # noqa: S311 - a sample, not a secret
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Job #", "Customer", "Job type", "Opened on", "Completed on", "Visits", "Hours", "Change orders", "Total"])
    for n in range(1430):
        big = n % 55 == 7
        start = date(2024, 1, 8) + timedelta(days=n // 2)
        end = start + timedelta(days=rng.randrange(35, 120) if big else rng.choice((0, 0, 0, 1, 2)))
        value = rng.randrange(14_000, 42_000) + n * 20 if big else rng.randrange(120, 1900)
        kind = "Fit-out" if big else rng.choice(("Drain", "Water heater", "Leak", "Fixture"))
        done = "" if n > 1400 else f"{end:%m/%d/%Y}"
        visits, hours = (rng.randrange(8, 40), rng.randrange(160, 700)) if big else (rng.choice((1, 1, 1, 2)), rng.randrange(2, 14) / 2)
        writer.writerow(
            [
                f"J-{1000 + n}",
                f"Customer {rng.randrange(400)}",
                kind,
                f"{start:%m/%d/%Y}",
                done,
                visits,
                hours,
                rng.randrange(1, 4) if big else 0,
                f"${value:,.2f}",
            ]
        )
    writer.writerow(["J-2431", "Customer 12", "Leak", "13/45/2025", "", 1, 2, 0, "$180.00"])
    writer.writerow(["Total", "", "", "", "", "", "", "", ""])
    return out.getvalue().encode()


def _run(actor: Actor, command: str, **args: Any) -> dict[str, Any]:
    return execute(command, args, actor=actor, call=Call.new())


def _sample(actor: Actor, things: Things) -> None:
    content = base64.b64encode(sample_history()).decode()
    _run(actor, "workmix.assess", filename="sample export.csv", content=content, keep=True)


def _book(actor: Actor, things: Things) -> None:
    kind = JobType.objects.filter(bills_on_site=True).order_by("id").first() or JobType.objects.order_by("id").first()
    if kind is None:
        raise NotFound("There is no job type yet. Add one to the price book.")
    at = datetime.now(UTC)
    booked = _run(
        actor, "call.book", job_type=kind.code, customer_name=f"Tour visitor {at:%H%M%S}", address=f"{at:%M%S} Harbor View",
        city="Baltimore", state="MD", even_if_twin=True,
    )  # fmt: skip
    things.update(job=str(booked["uid"]), visit=str(booked["visit"]))


def _latest(things: Things) -> Visit:
    rows = Visit.objects.select_related("job")
    found: Visit | None = rows.filter(uid=things["visit"]).first() if things.get("visit") else rows.order_by("-id").first()
    if found is None:
        raise NotFound("There is no call yet: go one step back and book one.")
    things.update(visit=str(found.uid), job=str(found.job.uid))
    return found


def _work(actor: Actor, things: Things) -> None:
    """From wherever the visit stands to paid."""
    visit = _latest(things)
    uid = visit.uid
    if visit.status == "unscheduled":
        day = next((d for d in (date.today() + timedelta(days=n) for n in range(1, 30)) if offers(visit, d)), None)
        if day is None:
            raise NotFound("Nobody is free in the next 30 days. Choose person and time yourself.")
        offer = offers(visit, day)[0]
        _run(actor, "visit.schedule", visit=uid, technician=offer["person"].uid, start=offer["start"])
    _walk(actor, visit)
    invoice = Invoice.objects.filter(job=visit.job).order_by("-id").first()
    if invoice is None:
        _run(actor, "job.bill", job=visit.job.uid)
        invoice = Invoice.objects.filter(job=visit.job).order_by("-id").get()
    if invoice.open_amount:
        due = invoice.open_amount
        part = {"invoice": invoice.uid, "amount": due}
        _run(actor, "payment.take", job=visit.job.uid, amount=due, method="card", reference="tour", parts=[part])


STEPS = {"visit.start_travel": ("scheduled", "dispatched"), "visit.arrive": ("en_route",), "visit.start_work": ("on_site",)}


def _walk(actor: Actor, visit: Visit) -> None:
    """The technician's steps up to the end of the visit, whichever of them are left."""
    seat = visit.assignments.filter(removed_at=None).select_related("person").first()
    who = {"visit": visit.uid, "person": seat.person.uid if seat else None}
    for name, states in STEPS.items():
        visit.refresh_from_db()
        if visit.status in states:
            _run(actor, name, **who)
    visit.refresh_from_db()
    if visit.status == "done":
        return
    part = Item.objects.filter(sort="part", active=True).order_by("id").first()
    if part is not None and seat is not None and seat.person.trucks.exists():  # a visit of no length has no hours to bill
        _run(actor, "visit.use_part", item=part.code, quantity=1, **who)
    _run(actor, "visit.finish", outcome="completed", note="Done on the tour.", **who)


def _promote(actor: Actor, things: Things) -> None:
    job = _latest(things).job
    if job.lens == "project":
        return
    code = CostCode.objects.order_by("code").first()
    line = {"item": "1", "description": "Replacement, complete", "scheduled_value": "18000.00", "cost_code": code.code if code else ""}
    _run(
        actor, "job.promote", job=job.uid, number=f"{job.number}-C", sum=billed_net(job) + 18000, starts=date.today(), days=45, lines=[line]
    )


def _change(actor: Actor, things: Things) -> None:
    """A fresh change order on a live project, priced and sent to its owner's approver."""
    approvers = Contact.objects.filter(role="approver")
    contract = (
        Contract.objects.filter(status="approved", job__customer__in=approvers.values("customer"))
        .select_related("job")
        .order_by("-id")
        .first()
    )
    code = CostCode.objects.order_by("-code").first()
    if contract is None or code is None:
        raise NotFound(
            "The tour needs a project under contract whose owner has an approver. Load the whole demo company: bifocal demo --reset."
        )
    draft = _run(actor, "change.draft", job=contract.job.uid, title="Owner's wish: one more circuit", reason="Asked for on the tour.")
    lines = [{"description": "Circuit and devices", "cost_code": code.code, "cost_type": "L", "cost": "1500.00"}]
    _run(actor, "change.price", change=draft["uid"], lines=lines, markups=[{"name": "Overhead and profit", "rate": "0.15"}], days=2)
    approver = approvers.filter(customer=contract.job.customer).order_by("id")[0]
    sent = _run(actor, "change.send", change=draft["uid"], approver=approver.uid)
    things.update(project=str(contract.job.uid), change=str(draft["uid"]), phone=str(sent["link_path"]))


def _payapp(actor: Actor, things: Things) -> None:
    row = payapp()
    if row is not None:
        things["workbook"] = f"/payapps/{row.uid}.xlsx"


def _bill(actor: Actor, things: Things) -> None:
    """The vendor's paper of the newest bill, where nobody has attached it yet."""
    row = bill()
    if row is None or File.objects.filter(subject_uid=row.uid).exists():
        return
    lines = "\n".join(f"{li.description:<60}{dollars(li.amount):>14}" for li in row.lines.order_by("id"))
    text = f"{row.vendor.name}\nInvoice {row.vendor_number}, {row.date:%B %-d, %Y}\n\n{lines}\n{'Total':<60}{dollars(row.total):>14}\n"
    content = base64.b64encode(text.encode()).decode()
    _run(actor, "file.attach", about_kind="bill", about=row.uid, name=f"{row.vendor_number}.txt", content=content, sort="receipt")


ACTS: dict[str, Callable[[Actor, Things], None]] = {
    "sample": _sample, "book": _book, "work": _work, "promote": _promote, "change": _change, "payapp": _payapp, "bill": _bill,
}  # fmt: skip
LINKS = {"phone", "workbook"}  # shown as a link to what was prepared, not done by the server
