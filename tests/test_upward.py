"""Where we are the subcontractor: the general contractor's own sheet, our waivers, short payments, back-charges; lien deadlines."""

from __future__ import annotations

import base64
import io
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from bifocal.engines.liens import DEADLINES, FORMS, due_dates, form_for
from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, Refused
from bifocal.projects.upward.rules import due_day, letter, suggest
from bifocal.projects.upward.workbook import fill
from tests import factories
from tests.conftest import run, settle

TODAY = date.today()


def their_form() -> bytes:
    """A general contractor's continuation sheet: heads in two rows, letters below, formulas in G to I and a total, merged title, a fill."""
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill

    book = Workbook()
    s: Any = book.active
    s.title = "Cont. sheet"
    s.merge_cells("A1:I1")
    s["A1"] = "BRAND & SONS: SUBCONTRACTOR'S APPLICATION"
    s["A1"].font, s["A1"].fill = Font(bold=True, size=14), PatternFill("solid", fgColor="FFDDAA")
    s["F2"], s["F3"], s["A3"] = "APPLICATION NO:", "PERIOD TO:", "PROJECT:"
    s.append([])
    s.append(["A", "B", "C", "D", "E", "F", "G", "H", "I"][:0])
    for column, text in zip("ABCDEFGHI", ("ITEM NO.", "DESCRIPTION OF WORK", "SCHEDULED VALUE", "WORK COMPLETED", "", "MATERIALS PRESENTLY STORED", "TOTAL", "BALANCE", "RETAINAGE"), strict=True):  # fmt: skip
        s[f"{column}6"] = text
    s["D7"], s["E7"] = "FROM PREVIOUS APPLICATION", "THIS PERIOD"
    for column in "ABCDEFGHI":
        s[f"{column}8"] = column
    for n in range(9, 15):
        s[f"G{n}"], s[f"H{n}"], s[f"I{n}"] = f"=SUM(D{n}:F{n})", f"=C{n}-G{n}", f"=G{n}*0.1"
        s[f"E{n}"].number_format = "#,##0.00"
    s["E15"] = "=SUM(E9:E14)"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(data: bytes) -> Any:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(data)).worksheets[0]


def below(**more: Any) -> dict[str, Any]:
    """A project where we are the subcontractor, with an application in pencil."""
    from bifocal.projects.contracts.models import Contract

    made = factories.project(**more)
    Contract.objects.filter(uid=made["contract"]).update(our_role="subcontractor")
    made["app"] = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    run(
        "payapp.fill",
        "pm",
        payapp=made["app"],
        lines=[{"item": "1", "percent": 50}, {"item": "2", "this_period": "5000.00", "stored": "2000.00"}],
    )
    return made


def form_kept(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    content = base64.b64encode(their_form()).decode()
    return run("gcform.keep", "pm", contract=made["contract"], billing_day=20, to_name="Nora Brand", to_email="billing@brand.example", filename="brand.xlsx", content=content, **more)  # fmt: skip


def certified(made: dict[str, Any]) -> Any:
    from bifocal.projects.payapps.models import PayApp

    run("payapp.submit", "pm", payapp=made["app"])
    run("payapp.certify", "pm", payapp=made["app"], by="Nora Brand")
    invoice = PayApp.objects.get(uid=made["app"]).invoice
    assert invoice is not None
    return invoice


# ---- worked on paper
@pytest.mark.parametrize(
    ("day", "today", "due"),
    [(20, date(2026, 3, 14), date(2026, 3, 20)), (20, date(2026, 3, 20), date(2026, 3, 20)), (20, date(2026, 3, 21), date(2026, 4, 20)),
     (31, date(2026, 2, 3), date(2026, 2, 28)), (31, date(2028, 2, 29), date(2028, 2, 29)), (30, date(2026, 1, 31), date(2026, 2, 28)),
     (1, date(2026, 12, 2), date(2027, 1, 1))],
)  # fmt: skip
def test_the_next_billing_day(day: int, today: date, due: date) -> None:
    assert due_day(day, today) == due


def test_a_sheets_own_words_propose_the_cells() -> None:
    from bifocal.projects.upward.workbook import opened, texts

    cells, columns, first = suggest(texts(opened(their_form()))[1])
    assert columns == {"item": "A", "description": "B", "C": "C", "D": "D", "E": "E", "F": "F"}
    assert cells == {"number": "G2", "period_to": "G3", "project": "B3"} and first == 9
    assert [letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_values_are_written_and_formats_and_formulas_stay() -> None:
    lines = [{"item": "1", "description": "Rough-in", "C": D(60000), "D": D(0), "E": D("30000.00"), "F": D(0)}]
    columns = {"item": "A", "description": "B", "C": "C", "D": "D", "E": "E", "F": "F"}
    filled = fill(their_form(), sheet="", cells={"number": "G2"}, columns=columns, first=9, last=14, head={"number": 3}, lines=lines)
    sheet = sheet_of(filled)
    assert (sheet["A9"].value, sheet["E9"].value, sheet["G2"].value) == ("1", 30000, 3)
    assert (sheet["G9"].value, sheet["E15"].value, sheet["I9"].value) == ("=SUM(D9:F9)", "=SUM(E9:E14)", "=G9*0.1")
    assert sheet["E9"].number_format == "#,##0.00" and sheet["A1"].font.bold and sheet["A1"].fill.fgColor.rgb == "00FFDDAA"
    assert "A1:I1" in [str(r) for r in sheet.merged_cells.ranges]
    with pytest.raises(Refused, match="Cell G9 of their form holds a formula"):
        fill(their_form(), sheet="", cells={}, columns={"item": "A", "E": "G"}, first=9, last=14, head={}, lines=lines)
    with pytest.raises(Refused, match="no row is free"):
        fill(filled, sheet="", cells={}, columns={"item": "A", "E": "E"}, first=9, last=9, head={}, lines=[{"item": "7", "E": D(1)}])
    with pytest.raises(Invalid, match="not an XLSX workbook"):
        fill(b"PK\x03\x04 no", sheet="", cells={}, columns={"E": "E"}, first=1, last=2, head={}, lines=[])


def test_deadlines_of_maryland_and_texas_worked_by_hand() -> None:
    found = due_dates("MD", "private", below=True, second_tier=False, first=date(2026, 1, 5), last=date(2026, 3, 14), completed=None)
    assert [(d.deadline.kind, d.day) for d in found] == [
        ("notice of intention", date(2026, 7, 12)),
        ("petition for a lien", date(2026, 9, 10)),
    ]
    prime = due_dates("MD", "private", below=False, second_tier=False, first=None, last=date(2026, 3, 14), completed=None)
    assert [d.deadline.kind for d in prime] == ["petition for a lien"]
    texas = due_dates("TX", "private", below=True, second_tier=False, first=None, last=date(2026, 1, 20), completed=None)
    assert [d.day for d in texas] == [date(2026, 4, 15), date(2026, 5, 15)]
    virginia = due_dates("VA", "private", below=True, second_tier=False, first=None, last=date(2026, 3, 2), completed=None)
    assert [d.day for d in virginia] == [date(2026, 6, 29)]  # 90 days from 31 March
    second = due_dates("MD", "federal", below=True, second_tier=True, first=None, last=date(2026, 3, 14), completed=None)
    assert [(d.deadline.kind, d.day) for d in second] == [
        ("notice to the contractor", date(2026, 6, 12)), ("suit on the payment bond", date(2027, 3, 14)),
    ]  # fmt: skip
    assert due_dates("ZZ", "private", below=True, second_tier=False, first=TODAY, last=TODAY, completed=TODAY) == []


def test_every_row_of_the_tables_names_its_statute() -> None:
    assert all(d.citation and (d.days or d.months) for d in DEADLINES) and len({f.state for f in FORMS}) == 12
    assert form_for("CA", "conditional_progress") and form_for("MD", "conditional_progress") is None


# ---- through the commands
@pytest.mark.django_db
def test_their_form_filled_with_our_waiver_and_certificate_goes_out_in_one_act() -> None:
    from bifocal.kernel.documents.models import File
    from bifocal.kernel.messages.models import Message
    from bifocal.projects.upward.queries import due_soon

    made = below()
    assert form_kept(made)["file_name"] == "brand.xlsx"
    with pytest.raises(Refused, match="submit it first"):
        run("payapp.send_up", "pm", payapp=made["app"])
    assert [r["to"] for r in due_soon(TODAY.replace(day=1)) if str(r["job"].uid) == made["job"]] == ["Nora Brand"]
    run("payapp.submit", "pm", payapp=made["app"])
    run("ourwaiver.give", "pm", payapp=made["app"], sort="conditional_progress", name="Priya Raman", exceptions="CO-3 in dispute")
    content = base64.b64encode(b"%PDF-1.4 our certificate").decode()
    run("ourpaper.keep", "books", sort="insurance", content=content, until=TODAY + timedelta(days=90), reference="GL-1")
    run("payapp.send_up", "pm", payapp=made["app"], note="Please see attached.")
    letter_ = Message.objects.get(subject_uid=made["app"])
    files = [File.objects.get(uid=u) for u in letter_.files]
    assert letter_.to == "billing@brand.example" and [f.sort for f in files] == ["paper", "form", "waiver", "paper"]
    sheet = sheet_of(files[1].read())
    assert [(sheet[f"A{n}"].value, sheet[f"E{n}"].value, sheet[f"F{n}"].value) for n in (9, 10)] == [("1", 30000, 0), ("2", 5000, 2000)]
    from pypdf import PdfReader

    text = PdfReader(io.BytesIO(files[2].read())).pages[0].extract_text()
    assert "33,300.00" in text and "CO-3 in dispute" in text  # 37,000 less 10 percent


@pytest.mark.django_db
def test_a_map_is_checked_and_a_prime_contract_has_no_form() -> None:
    made = below()
    form_kept(made)
    for bad, why in (
        ({"columns": {"D": "D"}}, "takes the work of this period"), ({"columns": {"E": "E", "F": "E"}}, "into one column"),
        ({"columns": {"E": "E9"}}, "is not a column"), ({"columns": {"E": "E"}, "cells": {"number": "??"}}, "is not a cell"),
        ({"columns": {"E": "E"}, "cells": {"mood": "A1"}}, "There is no 'mood'"), ({"columns": {"E": "E"}, "first": 9, "last": 8}, "from which row"),
        ({"columns": {"E": "E"}, "sheet": "Nope"}, "no sheet 'Nope'"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=why):
            run("gcform.map", "pm", contract=made["contract"], **{"first": 9, "last": 14, **bad})
    run("gcform.map", "pm", contract=made["contract"], columns={"item": "a", "E": "e"}, first=9, last=14)
    with pytest.raises(NotAllowed):
        run("gcform.keep", "super", contract=made["contract"])
    with pytest.raises(Refused, match="with the owner"):
        run("gcform.keep", "pm", contract=factories.project()["contract"])


@pytest.mark.django_db
def test_our_unconditional_waiver_is_given_only_after_their_payment_cleared() -> None:
    made = below()
    give = {"payapp": made["app"], "name": "Priya Raman"}
    with pytest.raises(Refused, match="submit it before"):
        run("ourwaiver.give", "pm", sort="conditional_progress", **give)
    invoice = certified(made)
    with pytest.raises(Refused, match="nothing was paid yet"):
        run("ourwaiver.give", "pm", sort="unconditional_progress", cleared_on=TODAY, **give)
    paid = run(
        "payment.take", "books", job=made["job"], amount="30000.00", method="check", parts=[{"invoice": invoice.uid, "amount": "30000.00"}]
    )
    with pytest.raises(Refused, match="not at the bank yet"):
        run("ourwaiver.give", "pm", sort="unconditional_progress", cleared_on=TODAY, **give)
    run("bank.deposit", "books", payments=[paid["uid"]])
    with pytest.raises(Refused, match="on which day their payment cleared"):
        run("ourwaiver.give", "pm", sort="unconditional_progress", **give)
    with pytest.raises(Refused, match="on which day their payment cleared"):
        run("ourwaiver.give", "pm", sort="unconditional_progress", cleared_on=TODAY + timedelta(days=2), **give)
    given = run("ourwaiver.give", "pm", sort="unconditional_progress", cleared_on=TODAY, **give)
    assert D(given["amount"]) == D(30000)  # what came, not what was asked


@pytest.mark.django_db
def test_what_they_paid_short_is_matched_by_line_and_a_back_charge_is_disputed_or_becomes_cost() -> None:
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.kernel.costs.queries import cost_lines
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.upward.models import BackCharge, ShortPay

    made = below()
    invoice = certified(made)
    run("payment.take", "books", job=made["job"], amount="30000.00", method="wire", parts=[{"invoice": invoice.uid, "amount": "30000.00"}])
    short = {"item": "1", "amount": "2000.00", "reason": "level 3 not inspected"}
    with pytest.raises(Refused, match=r"3,300\.00 is open"):
        run("payapp.paid_short", "books", payapp=made["app"], lines=[{**short, "amount": "3300.01"}])
    with pytest.raises(Invalid, match="no item 9"):
        run("payapp.paid_short", "books", payapp=made["app"], lines=[{**short, "item": "9"}])
    run("payapp.paid_short", "books", payapp=made["app"], lines=[short])
    with pytest.raises(Refused, match=r"1,300\.00 is open"):
        run("payapp.paid_short", "books", payapp=made["app"], lines=[{**short, "item": "2"}])
    row = ShortPay.objects.get(payapp__uid=made["app"])
    run("shortpay.answer", "books", short=row.uid, to="disputed", reason="inspected on the 3rd, report sent")
    with pytest.raises(CannotMove):
        run("shortpay.answer", "books", short=row.uid, to="disputed", reason="again")
    charge = {"contract": made["contract"], "number": "BC-7", "amount": "900.00", "reason": "clean-up of level 2"}
    uid = run("backcharge.receive", "books", **charge)["uid"]
    with pytest.raises(Refused, match="BC-7 is here already"):
        run("backcharge.receive", "books", **charge)
    run("backcharge.dispute", "pm", charge=uid, reason="two trades worked there")
    with pytest.raises(Refused, match=r"900\.00 at most"):
        run("backcharge.accept", "pm", charge=uid, invoice=invoice.uid, amount="900.01")
    run("backcharge.accept", "pm", charge=uid, invoice=invoice.uid, amount="450.00", cost_code="23-0000", reason="halved")
    invoice.refresh_from_db()
    assert (BackCharge.objects.get(uid=uid).accepted, invoice.open_amount) == (D(450), D(2850))
    job = Job.objects.get(uid=made["job"])
    assert [(r["account"], r["amount"]) for r in cost_lines(job)] == [("5500", D(450))]
    settle()
    assert [c for c in close_checks() if not c["ok"]] == []


@pytest.mark.django_db
def test_lien_deadlines_become_things_to_do_and_what_is_done_stays() -> None:
    from bifocal.projects.deadlines.models import LienDeadline
    from bifocal.projects.deadlines.queries import ahead

    made = below()
    last = TODAY - timedelta(days=100)
    run("deadlines.set", "pm", job=made["job"], first_on=last - timedelta(days=60), last_on=last)
    rows = list(LienDeadline.objects.filter(job__uid=made["job"]).order_by("due"))
    assert [(r.title, (r.due - last).days) for r in rows] == [("notice of intention", 120), ("petition for a lien", 180)]
    assert [r.pk for r in ahead(TODAY) if r.job_id == rows[0].job_id] == [rows[0].pk]
    run("deadline.done", "pm", deadline=rows[0].uid, note="sent by certified mail")
    with pytest.raises(Refused, match="done since"):
        run("deadline.done", "pm", deadline=rows[0].uid)
    run("deadlines.set", "pm", job=made["job"], last_on=TODAY)
    again = LienDeadline.objects.filter(job__uid=made["job"]).order_by("due")
    assert [(r.title, r.due, bool(r.done_on)) for r in again] == [
        ("notice of intention", last + timedelta(days=120), True), ("petition for a lien", TODAY + timedelta(days=180), False),
    ]  # fmt: skip
    with pytest.raises(Invalid, match="before the first"):
        run("deadlines.set", "pm", job=made["job"], first_on=TODAY, last_on=last)
    with pytest.raises(NotAllowed):
        run("deadlines.set", "dispatch", job=made["job"])


@pytest.mark.django_db
def test_a_states_own_form_is_printed_behind_the_data() -> None:
    from bifocal.kernel.documents.models import File
    from bifocal.kernel.documents.paper import render

    made = below()
    from bifocal.kernel.parties.models import Site

    Site.objects.filter(uid=made["site"]).update(state="CA")
    blank = render(
        "waiver",
        dict.fromkeys(
            (
                "sort",
                "claimant",
                "customer",
                "owner",
                "project",
                "site",
                "through",
                "amount",
                "exceptions",
                "statute",
                "state",
                "signer",
                "on",
            ),
            "",
        )
        | {"conditional": True, "final": False},
    )  # noqa: C420
    with pytest.raises(Invalid, match="No statute of MD"):
        run("waiverform.keep", "owner", state="MD", sort="conditional_progress", content="eA==")
    run("waiverform.keep", "owner", state="CA", sort="conditional_progress", content=base64.b64encode(blank).decode())
    run("payapp.submit", "pm", payapp=made["app"])
    run("ourwaiver.give", "pm", payapp=made["app"], sort="conditional_progress", name="Priya Raman")
    from pypdf import PdfReader

    pdf = PdfReader(io.BytesIO(File.objects.get(subject_uid=made["app"], sort="waiver").read()))
    assert len(pdf.pages) == 2 and "8132" in pdf.pages[0].extract_text()
