"""Time and materials tickets: written on site, signed or refused, priced by the contract's rates, attached, and all of it as evidence."""

from __future__ import annotations

import base64
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, NotFound, Refused
from bifocal.projects.terms.rules import Rate, Rated, price_line, rate_for
from bifocal.projects.tickets.rules import Used, content_hash
from tests.conftest import run
from tests.test_change_control import document
from tests.test_change_events import exposure, opened
from tests.test_commitments import figures, project

db = pytest.mark.django_db
TODAY = date.today()
RATES = [
    {"sort": "labor", "name": "Electrician", "rate": "95.00", "overtime": "130.00", "cost": "58.00"},
    {"sort": "labor", "rate": "70.00"},
    {"sort": "material", "unit": "each", "markup": "0.15"},
    {"sort": "equipment", "name": "Lift", "rate": "45.00", "cost": "30.00"},
]
LINES: dict[str, Any] = {
    "labor": [{"name": "electrician", "hours": "8", "overtime": "2.5"}, {"name": "Helper", "hours": "8"}],
    "materials": [{"name": "4 in. conduit", "quantity": "12", "unit": "each", "unit_cost": "21.35"}],
    "equipment": [{"name": "Lift", "hours": "4"}],
}


def picture(color: str = "black") -> str:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def agreed(made: dict[str, Any]) -> dict[str, Any]:
    run("terms.rates", "pm", contract=made["contract"], since=TODAY - timedelta(days=30), rates=RATES)
    return made


def ticket(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    args = {"job": made["job"], "day": TODAY, "title": "Conduit around the beam", "ordered_by": "Sam Ortiz", **LINES, **more}
    return run("ticket.write", "super", **args)


def sign(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    return run("ticket.sign", "super", ticket=made["uid"], name="Sam Ortiz", company="Harbor Point LLC", signature=picture(), **more)


# By hand: 8 x 95 + 2.5 x 130 = 1,085; 8 x 70 = 560; 12 x 21.35 = 256.20 and 15% of it 38.43; 4 x 45 = 180.
def test_a_line_is_priced_by_hand() -> None:
    electrician = Rate(Rated.LABOR, "Electrician", TODAY, D(95), D(130), None, D(58))
    found = price_line(electrician, D(8), D("2.5"), None)
    assert (found.price, found.cost) == (D("1085.00"), D("609.00"))
    assert price_line(Rate(Rated.MATERIAL, "", TODAY, None, None, D("0.15")), D(12), D(0), D("21.35")).price == D("294.63")
    assert price_line(Rate(Rated.MATERIAL, "", TODAY, None, None, D("0.15")), D(12), D(0), None).price is None
    assert price_line(None, D(8), D(0), None).price is None
    assert price_line(Rate(Rated.LABOR, "", TODAY, D(70), None, None), D(8), D(1), None).price == D(630)  # no overtime rate of its own


def test_the_newest_rate_of_the_day_and_the_name_before_the_general_one() -> None:
    old, new = (
        Rate(Rated.LABOR, "Plumber", date(2026, 1, 1), D(80), None, None),
        Rate(Rated.LABOR, "Plumber", date(2026, 7, 1), D(90), None, None),
    )
    general = Rate(Rated.LABOR, "", date(2026, 9, 1), D(60), None, None)
    every = [old, new, general]
    assert rate_for(every, Rated.LABOR, "plumber", date(2026, 6, 30)) == old
    assert rate_for(every, Rated.LABOR, "Plumber", date(2026, 10, 1)) == new
    assert rate_for(every, Rated.LABOR, "Mason", date(2026, 10, 1)) == general
    assert (
        rate_for(every, Rated.LABOR, "Mason", date(2026, 8, 1)) is None
        and rate_for(every, Rated.EQUIPMENT, "Plumber", date(2026, 10, 1)) is None
    )


def test_a_hash_is_of_what_was_signed_and_nothing_else() -> None:
    base: dict[str, Any] = {"job": "j", "number": "TM-1", "day": TODAY, "text": "", "lines": [Used("labor", "A", D(8), D(0), "hour")],
                            "photos": ["b", "a"], "name": "Sam", "at": datetime(2026, 11, 3, 16, tzinfo=UTC)}  # fmt: skip
    one = content_hash(**base)
    assert one == content_hash(**{**base, "photos": ["a", "b"], "lines": [Used("labor", "A", D("8.00"), D("0.0"), "hour")]})
    for change in (
        {"lines": [Used("labor", "A", D("8.25"), D(0), "hour")]},
        {"name": "Pat"},
        {"photos": ["a"]},
        {"day": TODAY - timedelta(days=1)},
    ):
        assert content_hash(**{**base, **change}) != one


@db
def test_a_ticket_is_written_in_the_field_signed_and_priced_and_the_field_sees_no_price() -> None:
    made = agreed(project())
    got = ticket(made)
    row = document(got).ticket
    assert got["number"] == "TM-001" and [li.price for li in row.lines.all()] == [D(1085), D(560), D("294.63"), D(180)]
    assert "price" not in got and "cost" not in got
    ticket(made, ticket=got["uid"], equipment=[{"name": "Lift", "hours": "5"}])
    done = sign(got)
    row.refresh_from_db()
    assert (done["status"], row.signed_by, row.signed_for, row.late, row.signature.sort) == (
        "signed",
        "Sam Ortiz",
        "Harbor Point LLC",
        False,
        "signature",
    )
    assert len(row.sha256) == 64 and row.lines.count() == 4
    with pytest.raises(Refused, match="not written again"):
        ticket(made, ticket=got["uid"])
    with pytest.raises(CannotMove):
        sign(got)


@db
def test_what_was_signed_is_refused_a_change_even_by_raw_sql_and_tampering_is_seen() -> None:
    from bifocal.projects.tickets.models import Ticket, TicketLine
    from bifocal.projects.tickets.paper import whole

    got = ticket(agreed(project()))
    sign(got)
    row = document(got).ticket
    for act in (
        lambda: TicketLine.objects.filter(ticket=row).update(quantity=9), lambda: TicketLine.objects.filter(ticket=row).delete(),
        lambda: Ticket.objects.filter(pk=row.pk).update(signed_by="Somebody"), lambda: Ticket.objects.filter(pk=row.pk).delete(),
        lambda: TicketLine.objects.create(ticket=row, sort="labor", name="Ghost", quantity=8),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="is signed"), transaction.atomic():
            act()
    run("ticket.price", "pm", ticket=got["uid"])  # prices may be found later
    assert whole(Ticket.objects.get(pk=row.pk))
    doc = document(got)
    doc.body = "something else"
    doc.save()
    assert not whole(Ticket.objects.get(pk=row.pk))


@db
def test_refused_to_sign_needs_a_witness_who_is_somebody_else_and_a_photo() -> None:
    got = ticket(agreed(project()))
    args = {"ticket": got["uid"], "name": "Sam Ortiz", "reason": "Says it is in the contract"}
    with pytest.raises(Refused, match="Keep a photo"):
        run("ticket.refuse", "super", witness="Ann Lee", **args)
    run("file.attach", "super", about_kind="document", about=got["uid"], name="beam.png", content=picture("red"))
    with pytest.raises(Invalid, match="somebody else"):
        run("ticket.refuse", "super", witness="sam ortiz ", **args)
    run("ticket.refuse", "super", witness="Ann Lee", **args)
    row = document(got).ticket
    assert (document(got).status, row.witness, row.signature, len(row.photos)) == ("refused", "Ann Lee", None, 1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Write who worked"), ({"labor": [{"name": "A"}]}, "how much"), ({"labor": [{"hours": "8"}]}, "Say who it was"),
        ({"materials": [{"name": "Pipe", "quantity": "0"}]}, "how much"), ({"labor": [{"name": "A", "hours": "-1"}]}, "greater than or equal to 0"),
        ({"equipment": [{"name": "", "hours": "1"}]}, "at least 1"), ({"labor": [{"person": "01a210e5-0000-7000-8000-000000000000", "hours": "1"}]}, "nobody of ours"),
    ],
)  # fmt: skip
@db
def test_what_can_not_be_true_is_not_a_ticket(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        run("ticket.write", "super", job=project()["job"], day=TODAY, title="x", **given)


@db
def test_nobody_works_twenty_five_hours_and_strangers_write_and_sign_nothing() -> None:
    from bifocal.kernel.people.models import Person

    made, who = project(), Person.objects.filter(active=True)[0]
    half = {"person": who.uid, "hours": "13"}
    with pytest.raises(Invalid, match="26 hours"):
        ticket(made, labor=[half, half])
    got = ticket(made)
    for key in ("viewer", "dispatch", "books"):
        with pytest.raises(NotAllowed):
            run("ticket.write", key, job=made["job"], day=TODAY, title="x", **LINES)
    with pytest.raises(NotFound):  # a technician who is not on the job
        run("ticket.write", "tech", job=made["job"], day=TODAY, title="x", **LINES)
    with pytest.raises(NotAllowed):
        run("ticket.attach", "super", ticket=got["uid"], event=got["uid"], cost_code="23-0000")
    with pytest.raises(Invalid, match="signature is missing"):
        run("ticket.sign", "super", ticket=got["uid"], name="Sam", company="X", signature=base64.b64encode(b"hello").decode())
    assert document(got).status == "open"
    late = ticket(made, day=TODAY - timedelta(days=3))
    sign(late)
    assert document(late).ticket.late


@db
def test_an_attached_ticket_is_billed_at_its_rates_without_markup_and_once() -> None:
    made = agreed(project())
    event = opened(made)
    got = ticket(made)
    with pytest.raises(CannotMove):
        run("ticket.attach", "pm", ticket=got["uid"], event=event["uid"], cost_code="26-0000")
    sign(got)
    run("ticket.attach", "pm", ticket=got["uid"], event=event["uid"], cost_code="26-0000")
    with pytest.raises(CannotMove):
        run("ticket.attach", "pm", ticket=got["uid"], event=event["uid"], cost_code="26-0000")
    [found] = exposure(made)["rows"]
    assert found["cost"] == D(4000) + D("609.00") + D("256.20") + D("120.00") and found["price"] == D(5000) + D("2119.63")
    order = run("event.to_owner", "pm", event=event["uid"], markups=[{"name": "OH", "rate": "0.10"}])
    assert document(order).change_order.price == D(4400) + D("2119.63")
    assert figures(made, "26-0000", "L")["e"] == D("609.00")


@db
def test_a_ticket_without_a_rate_waits_until_the_rate_is_agreed() -> None:
    made = project()
    event, got = opened(made), ticket(made)
    sign(got)
    with pytest.raises(Refused, match="no rate in the contract"):
        run("ticket.attach", "pm", ticket=got["uid"], event=event["uid"], cost_code="23-0000")
    agreed(made)
    run("ticket.price", "pm", ticket=got["uid"])
    run("ticket.attach", "pm", ticket=got["uid"], event=event["uid"], cost_code="23-0000")
    with pytest.raises(Refused, match="its price stands"):
        run("ticket.price", "pm", ticket=got["uid"])


@db
def test_the_evidence_of_an_event_holds_all_that_speaks_for_it_and_the_owners_copy_no_cost() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    from bifocal.front.papers import document_pdf, evidence_pdf
    from tests.test_commitments import vendor

    made = agreed(project())
    rfi = run("rfi.draft", "pm", job=made["job"], title="Beam at grid C", question="May the duct drop?", assignees=[made["architect"]])
    event = run("event.open", "pm", job=made["job"], title="Beam in the way", origin=rfi["uid"], happened=TODAY, notice_days=7,
                lines=[{"description": "Reroute duct", "cost_code": "23-0000", "cost_type": "S", "rom_cost": "4000.00", "rom_price": "5000.00"}])  # fmt: skip
    run("log.write", "super", job=made["job"], day=TODAY, sections={"work": "Cut conduit at the beam", "delays": "Beam, 4 h"})
    got = ticket(made)
    run("file.attach", "super", about_kind="document", about=got["uid"], name="beam.png", content=picture("red"))
    sign(got)
    run("ticket.attach", "pm", ticket=got["uid"], event=event["uid"], cost_code="26-0000")
    code = document(event).change_event.code.code
    bill = [{"description": "Crane day", "amount": "917.31", "job": made["job"], "cost_code": code, "cost_type": "E"}]
    run("bill.post", "books", vendor=vendor(), vendor_number="X", date=TODAY, lines=bill)
    order = run("event.to_owner", "pm", event=event["uid"])
    run("change.send", "pm", change=order["uid"], approver=made["approver"])

    def text(pdf: bytes) -> str:
        return " ".join(" ".join(p.extract_text() for p in PdfReader(BytesIO(pdf)).pages).split())

    doc = document(event)
    ours, owners = text(evidence_pdf(doc, with_cost=True)), text(document_pdf(doc))
    for word in ("CE-001", "Beam at grid C", "TM-001", "Sam Ortiz", "Cut conduit at the beam", "CO-001", "reed@example.com", document(got).ticket.sha256, "beam.png",
                 "what is kept is what was signed"):  # fmt: skip
        assert word in ours and word in owners, word
    assert "917.31" in ours and "917.31" not in owners and "Our cost" not in owners and "609.00" in ours and "609.00" not in owners
