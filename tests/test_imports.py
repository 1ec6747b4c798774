"""Other people's files: awkward ones, repeated ones, refused ones, taken back."""

from __future__ import annotations

import base64
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from bifocal.bridges.imports.models import ExternalKey, ImportBatch
from bifocal.bridges.imports.queries import ties_of
from bifocal.bridges.imports.rules_cells import DateStyle, date_style
from bifocal.bridges.imports.rules_values import day, money
from bifocal.bridges.portfolio.queries import close_checks
from bifocal.core.models import Fact, SearchEntry
from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.kernel.costs.queries import by_cost_code, margin
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import balance, trial_balance
from bifocal.kernel.parties.models import Contact, Customer, Equipment, Site, Vendor
from bifocal.kernel.pricebook.models import Item
from bifocal.kernel.purchasing.models import Bill
from bifocal.lib.errors import CannotMove, DomainError, Invalid, NotAllowed, Refused
from bifocal.service.agreements.models import Agreement
from bifocal.service.visits.models import Visit
from tests.conftest import run, settle

db = pytest.mark.django_db
CUT = "2026-06-30"


def upload(kind: str, data: str | bytes, name: str = "file.csv", key: str = "owner", **more: Any) -> dict[str, Any]:
    raw = data.encode() if isinstance(data, str) else data
    return run("import.upload", key, kind=kind, filename=name, content=base64.b64encode(raw).decode(), **more)


def bring(kind: str, data: str | bytes, name: str = "file.csv", key: str = "owner", **more: Any) -> dict[str, Any]:
    found = upload(kind, data, name, key, **more)
    assert found["errors"] == [], found["errors"]
    done = run("import.run", key, batch=found["uid"])
    settle()
    return done


def undo(done: dict[str, Any]) -> dict[str, Any]:
    told = run("import.undo", "owner", batch=done["uid"], reason="test")
    settle()
    return told


def errors(kind: str, data: str | bytes, name: str = "file.csv", **more: Any) -> dict[int, str]:
    """What is wrong, by line; nothing may have been written."""
    before = Fact.objects.count(), ImportBatch.objects.count()
    found = upload(kind, data, name, dry_run=True, **more)
    assert (Fact.objects.count(), ImportBatch.objects.count()) == before
    return {e["line"]: e["reason"] for e in found["errors"]}


def xlsx(rows: list[list[Any]], merged: tuple[str, ...] = ()) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ---- values -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "first", "is_"), [
    ("2/29/2024", False, date(2024, 2, 29)), ("29.02.2024", True, date(2024, 2, 29)), ("2024-02-29 00:00:00", False, date(2024, 2, 29)),
    ("29 Feb 2024", False, date(2024, 2, 29)), ("Feb 29, 2024", False, date(2024, 2, 29)), ("29-Feb-24", False, date(2024, 2, 29)),
    ("45351", False, date(2024, 2, 29)), ("20240229", False, date(2024, 2, 29)), ("3/4/26", False, date(2026, 3, 4)),
    ("3/4/26", True, date(2026, 4, 3)), ("12/31/99", False, date(1999, 12, 31)), ("Tuesday, March 3rd, 2026", False, date(2026, 3, 3)),
])  # fmt: skip
def test_dates_in_the_styles_people_write(raw: str, first: bool, is_: date) -> None:
    """45351 is what spreadsheet programs keep for 29 February 2024 (days since 30 December 1899)."""
    assert day(raw, day_first=first) == is_


@pytest.mark.parametrize("raw", ["2/29/2023", "13/13/2026", "31.04.2026", "soon", "1/2", "2026-13-01", "99999"])
def test_a_day_that_is_not_in_the_calendar_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        day(raw, day_first=False)


@pytest.mark.parametrize(("raw", "is_"), [
    ("$1,234.50", "1234.50"), ("(500.00)", "-500.00"), ("500.00-", "-500.00"), ("-$5", "-5.00"), ("1.234,50", "1234.50"), ("USD 12", "12.00"),
    ("12.50 CR", "-12.50"), ("'7.25", "7.25"), ("1 234.50", "1234.50"), (".5", "0.50"),
])  # fmt: skip
def test_money_as_people_write_it(raw: str, is_: str) -> None:
    assert money(raw) == Decimal(is_)


@pytest.mark.parametrize("raw", ["1,5", "1,23,456", "12.345", "1e5", "abc", "1.2.3", "", "9" * 14])
def test_money_that_can_not_be_read_is_never_guessed(raw: str) -> None:
    with pytest.raises(Invalid):
        money(raw)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_survives_every_way_of_writing_it(amount: Decimal) -> None:
    minus = "-" if amount < 0 else ""
    for text in (f"{amount:,.2f}", f"{minus}${abs(amount):,.2f}", f"({abs(amount):,.2f})" if amount < 0 else f"{amount}"):
        assert money(text) == amount


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31)))
def test_a_date_survives_every_way_of_writing_it(d: date) -> None:
    for text, first in (
        (f"{d:%m/%d/%Y}", False),
        (f"{d:%d/%m/%Y}", True),
        (f"{d:%d.%m.%y}", True),
        (d.isoformat(), True),
        (f"{d:%b %d, %Y}", True),
    ):
        assert day(text, day_first=first) == d


def test_one_value_proves_a_columns_style() -> None:
    assert date_style(["3/4/2026", "13/4/2026"]) == DateStyle(day_first=True, proved=1, ambiguous=1)
    assert date_style(["3/4/2026", "4/13/2026"]) == DateStyle(day_first=False, proved=1, ambiguous=1)
    assert date_style(["3/4/2026"]) == DateStyle(ambiguous=1)
    assert date_style(["13/4/2026", "4/13/2026", "4/14/2026"]) == DateStyle(day_first=False, proved=2, against=1)


# ---- awkward files ------------------------------------------------------------------------------------------------------------

ROWS = "Customer ID,Name,Email,Phone,Street,City,State,Zip\n7,Peña Heating,A@B.co,410-555-0101,1 Elm,Salem,md,2118\n"


@db
@pytest.mark.parametrize("data", [
    ROWS.encode(), ROWS.encode("utf-8-sig"), ROWS.encode("utf-16"), ROWS.encode("cp1252"), ROWS.replace(",", ";").encode(),
    ROWS.replace(",", "\t").encode(), ROWS.replace(",", "|").encode(), ("sep=;\n" + ROWS.replace(",", ";")).encode(),
    ROWS.replace("\n", "\r\n").encode(), ("My company\nCustomer list\n\n" + ROWS + "\nTotal,,,,,,,\n").encode(),
], ids=["utf8", "bom", "utf16", "cp1252", "semicolons", "tabs", "pipes", "sep=", "crlf", "titles and a total"])  # fmt: skip
def test_encodings_separators_titles_and_totals(data: bytes) -> None:
    got = bring("customers", data)
    assert (got["added"], got["status"]) == (1, "done")
    who = Customer.objects.get(name="Peña Heating")
    assert (who.email, who.address, who.external_id) == ("a@b.co", "1 Elm\nSalem, MD 02118", "7")
    assert Site.objects.get(customer=who).postcode == "02118"
    assert SearchEntry.objects.get(uid=who.uid).title == "Peña Heating"


@db
def test_merged_header_rows_numbers_as_text_and_numbers_as_numbers() -> None:
    data = xlsx([
        ["Clients of Harbor", None, None, None, None],
        ["Client", None, "Billing", None, None],
        ["Number", "Name", "Street", "City", "Zip code"],
        [1001, "Merged One", "1 Pier Rd", "Dover", 3820], ["'1002", "Merged Two", "2 Pier Rd", "Dover", "03820"],
        ["Totals:", None, None, None, 7640],
    ], ("A1:E1", "A2:B2", "C2:E2"))  # fmt: skip
    found = upload("customers", data, "clients.xlsx")
    assert (found["added"], found["left_out_count"]) == (2, 1)
    run("import.run", "owner", batch=found["uid"])
    assert [s.postcode for s in Site.objects.filter(customer__name__startswith="Merged").order_by("id")] == ["03820", "03820"]


@db
def test_two_date_styles_by_column_and_a_contradiction_by_line() -> None:
    bring("customers", "Customer ID,Name\n1,Dates Inc\n")
    head = "Customer ID,Invoice,Date,Due,Open balance\n"
    found = upload("receivables", head + "1,D1,13/6/2026,29/6/2026,10\n1,D2,5/6/2026,29/6/2026,10\n", cutover=CUT)
    assert found["errors"] == [] and any("day first" in n for n in found["notes"])
    run("import.run", "owner", batch=found["uid"])
    assert Invoice.objects.get(number="D2").date == date(2026, 6, 5)
    wrong = errors("receivables", head + "1,D3,6/13/2026,,10\n1,D4,6/14/2026,,10\n1,D5,15/6/2026,,10\n1,D6,2/29/2023,,10\n", cutover=CUT)
    assert set(wrong) == {4, 5} and "15/6/2026" in wrong[4] and "calendar" in wrong[5]
    unsure = upload("receivables", head + "1,D7,5/6/2026,,10\n", cutover=CUT, dry_run=True)
    assert any("month first, as no value proves it" in n for n in unsure["notes"])


@db
def test_lines_are_the_files_own_and_dots_are_day_first() -> None:
    wrong = errors("customers", 'ID,Name,Notes,Email\n1,Two Lines,"gate\ncode",\n2,Bad Mail,,x@@y\n')
    assert set(wrong) == {4}, "line 4 of the file, though the third row"
    bring("customers", "Customer ID,Name\n1,Dots GmbH\n")
    bring("receivables", "Customer ID;Rechnung;Invoice;Date;Open balance\n1;;DOT1;05.06.2026;10\n", cutover=CUT)
    assert Invoice.objects.get(number="DOT1").date == date(2026, 6, 5)


@db
def test_duplicated_names_need_what_tells_them_apart() -> None:
    bring("customers", "Name,Street\nJohn Smith,1 Elm\nJohn Smith,2 Oak\n")
    assert Customer.objects.filter(name="John Smith").count() == 2
    again = errors("customers", "Name,Street\nJane Roe,1 Elm\nJane Roe,1 Elm\n")
    assert "line 2 already" in again[3]
    wrong = errors("receivables", "Customer,Invoice,Open balance\nJohn Smith,J1,5\nNobody,J2,5\n", cutover=CUT)
    assert "2 customers called 'John Smith'" in wrong[2] and "no customer 'Nobody'" in wrong[3]


@db
def test_every_line_says_what_is_wrong_and_nothing_is_half_done() -> None:
    data = "Customer ID,Name,Email,Terms\n1,Good One,g@example.com,Net 30\n2,,,\n3,Bad Mail,x@@y,\n4,Bad Terms,,when paid\n1,Twice,,\n"
    wrong = errors("customers", data)
    assert set(wrong) == {3, 4, 5, 6} and "no name" in wrong[3] and "x@@y" in wrong[4] and "write the days" in wrong[5]
    found = upload("customers", data)
    with pytest.raises(Invalid, match="Nothing was brought in: 4 errors") as refusal, transaction.atomic():
        run("import.run", "owner", batch=found["uid"])
    assert refusal.value.extra["errors"][0]["line"] == 3
    assert not Customer.objects.filter(name="Good One").exists()
    with pytest.raises(Invalid), transaction.atomic():
        run("import.start", "owner", batch=found["uid"])
    assert run("import.discard", "owner", batch=found["uid"])["status"] == "discarded"


@db
@pytest.mark.parametrize(("name", "data", "said"), [
    ("a.pdf", b"%PDF-1.7", "is not a table"), ("a.csv", b"<html>", "is a web page"), ("a.csv", b"", "is empty"), ("a.csv", b"\n\n", "is empty"), ("a.csv", b"foo,bar\n1,2\n", "column names"),
    ("a.json", b"{", "not JSON"), ("a.json", b'{"rows": []}', "no list of rows"), ("a.xlsx", b"PK\x03\x04rubbish", "can't be opened"),
    ("a.csv", b"Name,Email\n", "no rows"), ("a.csv", b"\x00\x01\x02\x03", "is not a table"), ("a.csv", b"Email,Phone\na@b.co,4105550101\n", "no name"),
])  # fmt: skip
def test_an_unusable_file_is_one_clear_sentence(name: str, data: bytes, said: str) -> None:
    with transaction.atomic():
        try:
            found = upload("customers", data, name, dry_run=True)
            text = found["errors"][0]["reason"]
        except DomainError as refusal:
            text = refusal.sentence
    assert said in text


@db
def test_strangers_and_half_rights() -> None:
    for key in ("viewer", "tech", "dispatch", "pm"):
        with pytest.raises(NotAllowed), transaction.atomic():
            upload("customers", ROWS, key=key)
    with pytest.raises(NotAllowed, match=r"contract\.edit"), transaction.atomic():
        upload("projects", "Project,Customer\nx,y\n", key="books", cutover=CUT)
    with pytest.raises(Invalid, match="cut-over"), transaction.atomic():
        upload("receivables", "Customer,Open balance\nx,5\n")
    with pytest.raises(Invalid, match="no import of 'pets'"), transaction.atomic():
        upload("pets", ROWS)


@db
def test_mappings_constants_words_and_a_saved_one() -> None:
    data = "Kunde,Mail,Art\nMapped GmbH,m@example.com,Firma\n"
    mapping = {"columns": {"name": "Kunde", "email": "Mail", "sort": "Art", "state": "=MD"}, "values": {"sort": {"Firma": "commercial"}}}
    with pytest.raises(Invalid, match="row of column names"), transaction.atomic():
        upload("customers", data, dry_run=True)
    run("import.save_mapping", "owner", name="german", kind="customers", mapping=mapping)
    bring("customers", data, saved="german")
    assert Customer.objects.get(name="Mapped GmbH").sort == "commercial"
    for bad, said in (
        ({"columns": {"pet": "Mail"}}, "names 'pet'"),
        ({"columns": {"name": "Nix"}}, "names the column 'Nix'"),
        ({"x": 1}, "x"),
    ):
        with pytest.raises(Invalid, match=said), transaction.atomic():
            upload("customers", data, mapping=bad, dry_run=True)


# ---- repeat, change, undo -----------------------------------------------------------------------------------------------------


@db
def test_a_second_run_changes_nothing_a_corrected_file_changes_what_it_says_and_both_are_taken_back() -> None:
    first = bring("customers", "ID,Name,Phone\n1,Repeat One,410-555-0101\n2,Repeat Two,410-555-0102\n", source="qb")
    again = bring("customers", "ID,Name,Phone\n1,Repeat One,410-555-0101\n2,Repeat Two,410-555-0102\n", source="qb")
    assert (again["added"], again["changed"], again["same"]) == (0, 0, 2)
    other = bring("customers", "ID,Name\n1,Another System\n", source="jobber")
    assert other["added"] == 1
    fixed = bring("customers", "ID,Name,Phone\n1,Repeat One,410-555-9999\n2,Repeat Two,410-555-0102\n3,Repeat Three,\n", source="qb")
    assert (fixed["added"], fixed["changed"], fixed["same"]) == (1, 1, 1)
    assert Customer.objects.get(name="Repeat One").phone == "410-555-9999"
    with pytest.raises(Refused, match="was changed since"), transaction.atomic():
        undo(first)
    assert undo(fixed)["deleted"] == 1
    assert Customer.objects.get(name="Repeat One").phone == "410-555-0101"
    assert bring("customers", "ID,Name,Phone\n1,Repeat One,410-555-9999\n", source="qb")["changed"] == 1


@db
def test_undo_is_refused_with_the_reason_once_something_stands_on_it() -> None:
    done = bring("customers", "ID,Name,Street\n9,Built On,1 Elm\n")
    who = Customer.objects.get(name="Built On")
    contact = run("contact.add", "dispatch", customer=who.uid, name="Somebody")
    with pytest.raises(Refused, match=r"Built On|C-\d+.*contact"), transaction.atomic():
        undo(done)
    Contact.objects.filter(uid=contact["uid"]).delete()
    assert undo(done)["deleted"] == 2
    assert not Customer.objects.filter(name="Built On").exists() and not SearchEntry.objects.filter(uid=who.uid).exists()
    with pytest.raises(CannotMove), transaction.atomic():
        undo(done)
    assert not ExternalKey.objects.filter(key="#9", sort="customers", source="").exists()
    assert bring("customers", "ID,Name,Street\n9,Built On,1 Elm\n")["added"] == 1


@db
def test_sites_contacts_equipment_vendors_and_the_price_book() -> None:
    bring("customers", "ID,Name,Street\n1,Whole Co,1 Elm St\n", source="st")
    got = bring(
        "sites", "Location ID,Customer ID,Name,Service Street,Tax code\nL1,1,Main,1 Elm St,MD\nL2,1,Annex,2 Oak St,MD\n", source="st"
    )
    assert (got["added"], got["changed"]) == (1, 1), "the address of the customer is the site already"
    bring("contacts", "Customer,Name,Role,Email\nWhole Co,Ann Lee,tenant,ann@example.com\n", source="st")
    bring(
        "equipment",
        "Customer ID,Location ID,Equipment,Serial number,Install date,Warranty end\n1,L2,Condenser,SN-1,2/29/2024,2/28/2029\n",
        source="st",
    )
    unit = Equipment.objects.get(serial="SN-1")
    assert (unit.site.name, unit.installed_on) == ("Annex", date(2024, 2, 29))
    wrong = errors("equipment", "Customer ID,Equipment,Serial\n1,Boiler,S2\n8,Boiler,S3\n", source="st")
    assert "2 sites; say which" in wrong[2] and "no customer '8'" in wrong[3]
    bring("vendors", "Vendor ID,Vendor,Terms,1099\nV1,Pipe Supply,Net 45,yes\n", source="st")
    assert Vendor.objects.get(name="Pipe Supply").terms_days == 45
    before = Item.objects.get(code="FLAPPER")
    got = bring(
        "price_book", "Item code,Description,Type,Cost,Price,Taxable\nFLAPPER,,,6.5,25.00,\nNEW-1,New part,Inventory,1.2345,9.99,no\n"
    )
    assert (got["added"], got["changed"]) == (1, 1)
    after = Item.objects.get(code="FLAPPER")
    assert (after.price, after.name, after.version) == (Decimal("25.00"), before.name, before.version + 1)
    undo(got)
    assert Item.objects.get(code="FLAPPER").price == before.price and not Item.objects.filter(code="NEW-1").exists()


@db
def test_open_jobs_come_with_a_visit_to_plan_and_keep_the_rules_of_the_command() -> None:
    bring("customers", "ID,Name,Street\n1,Jobs Co,1 Elm St\n2,Orders Co,2 Elm St\n3,Late Co,3 Elm St\n")
    Customer.objects.filter(name="Orders Co").update(po_required=True)
    Customer.objects.filter(name="Late Co").update(hold_service="90 days late")
    data = "Job #,Customer ID,Title,Status,Service address,Notes\nJ9,1,No heat,Unscheduled,1 Elm St,gate 5\nJ10,1,Leak,On site,77 New Rd,\n"
    done = bring("jobs", data)
    first, second = Job.objects.filter(external_id__in=["J9", "J10"]).order_by("id")
    assert (first.work_status, second.work_status, second.site.address) == ("open", "in_progress", "77 New Rd")
    assert Visit.objects.filter(job=first, status="unscheduled").count() == 1
    wrong = errors("jobs", "Customer ID,Title\n2,No order\n3,Late\n")
    assert "purchase order" in wrong[2] and "credit hold" in wrong[3]
    run("visit.schedule", "dispatch", visit=first.visits.get().uid, technician=_technician(), start="2031-03-03T14:00:00Z")
    with pytest.raises(Refused, match="can't be undone"), transaction.atomic():
        undo(done)


def _technician() -> Any:
    from bifocal.kernel.people.models import Person

    return Person.objects.get(name="Tom Brandt").uid


# ---- the money at the cut-over ------------------------------------------------------------------------------------------------

OPEN = 'Customer ID,Invoice,Date,Due date,Amount,Open balance\n1,1001,5/2/2026,6/1/2026,1500,"1,250.00"\n2,CM-9,06/20/2026,,,(50.00)\n'
PROJECT = (
    "Project ID,Project,Customer,Contract sum,Billed to date,Retainage held,Unpaid,Cost code,Cost type,Budget,Cost to date\n"
    "P9,Fit-out,Acme Tower LLC,100000,20000,2000,9000,22-0000,Labor,30000,8000\nP9,Fit-out,,,,,,23-0000,Material,40000,4000\n"
)
TRIAL = {
    "1010": "25000", "1100": "10200", "1120": "2500", "2100": "-800", "2110": "-300", "2400": "-400", "2420": "-500", "4210": "-20000",
    "5110": "8000", "5120": "4000", "3900": "-27700",
}  # fmt: skip


def trial_text(changed: dict[str, Decimal] | None = None) -> str:
    """The old company's trial balance on top of what the demo's base holds at the cut-over."""
    here = {r["code"]: r["debit"] - r["credit"] for r in trial_balance(date.fromisoformat(CUT))}
    sums = {c: here.get(c, Decimal(0)) + Decimal(TRIAL.get(c, 0)) + (changed or {}).get(c, Decimal(0)) for c in {*here, *TRIAL}}
    return "Account,Debit,Credit\n" + "".join(f"{c},{v if v > 0 else ''},{-v if v < 0 else ''}\n" for c, v in sorted(sums.items()))


def move_in() -> list[dict[str, Any]]:
    """Worked on paper: AR 1,250 less a credit of 50 and 9,000 of an unpaid billing; retainage 2,000 + 500; AP 800; sub retainage 300;
    deposits 400; 500 still deferred of 1,200 over 12 months, 7 of them over."""
    more = {"source": "old", "cutover": CUT}
    bring("customers", "Customer ID,Name,Street\n1,Acme Tower LLC,9 Dock St\n2,Dana Ruiz,1 Elm St\n", source="old")
    bring("vendors", "Vendor ID,Vendor,Terms\nV1,Pipe Supply,Net 30\nV2,Steel Sub,Net 45\n", source="old")
    return [
        bring("receivables", OPEN, **more),
        bring("payables", "Vendor,Num,Date,Open balance\nPipe Supply,77,2026-06-01,800\n", **more),
        bring("retainage", "Side,Customer,Vendor,Number,Retainage\nAR,Acme Tower LLC,,P-1,500\nAP,,Steel Sub,S-1,300\n", **more),
        bring("deposits", "Customer,Reference,Amount\nDana Ruiz,chk 5,400\n", **more),
        bring("agreements", "Customer,Plan,Price,Start date,Months,Deferred\nDana Ruiz,Gold,1200,2025-12-01,12,500\n", **more),
        bring("projects", PROJECT, **more),
    ]


@db
def test_a_company_moves_in_and_its_sub_ledgers_tie_to_the_old_trial_balance() -> None:
    text = trial_text()
    before = {c: balance(c) for c in TRIAL}
    made = move_in()
    done = bring("trial_balance", text + "TOTAL,1,1\n", cutover=CUT)
    assert [(t.account, t.difference) for t in ties_of(ImportBatch.objects.get(uid=done["uid"])) if t.difference] == []
    assert {c: balance(c) - before[c] for c in TRIAL} == {c: Decimal(v) for c, v in TRIAL.items()}
    assert all(c["ok"] for c in close_checks()), close_checks()
    job = Job.objects.get(external_id="P9")
    from django.utils import timezone

    told = margin(job, timezone.now())
    assert (told["revenue"], told["cost"]) == (Decimal("20000.00"), Decimal("12000.00"))
    assert [(r["cost_code"], r["amount"]) for r in by_cost_code(job)] == [("22-0000", Decimal("8000.00")), ("23-0000", Decimal("4000.00"))]
    assert job.contract.sum == 100_000 and job.contract.retainage_work == Decimal("0.1000")
    agreement = Agreement.objects.get(name="Gold")
    assert (agreement.earned_months, agreement.price) == (7, Decimal("1200.00"))
    _the_opening_documents_work(made)


def _the_opening_documents_work(made: list[dict[str, Any]]) -> None:
    """What came in is paid, applied and earned like any other document; then it can't be taken back."""
    invoice, pay = Invoice.objects.get(number="1001"), Payment.objects.get(reference="chk 5")
    assert (invoice.open_amount, invoice.date, invoice.due) == (Decimal("1250.00"), date(2026, 5, 2), date(2026, 6, 1))
    run(
        "payment.take",
        "books",
        amount="1250.00",
        method="wire",
        customer=invoice.customer.uid,
        parts=[{"invoice": invoice.uid, "amount": "1250.00"}],
    )
    bill = Bill.objects.get(vendor_number="77")
    run("bill.pay", "books", vendor=bill.vendor.uid, parts=[{"bill": bill.uid, "amount": "800.00"}])
    assert Invoice.objects.get(pk=invoice.pk).open_amount == 0 and pay.unapplied == 400
    contract = Job.objects.get(external_id="P9").contract
    app = run("payapp.draft", "pm", contract=contract.uid, period_to="2026-07-31")
    run("payapp.fill", "pm", payapp=app["uid"], lines=[{"item": "1", "this_period": "10000.00"}])
    sent = run("payapp.submit", "pm", payapp=app["uid"])
    assert Decimal(str(sent["line8"])) == Decimal("9000.00"), "10,000 less a tenth"
    settle()
    assert all(c["ok"] for c in close_checks()), close_checks()
    for done in (made[0], made[1], made[5]):
        with pytest.raises(Refused, match="can't be undone"), transaction.atomic():
            undo(done)


@db
def test_the_whole_cut_over_is_taken_back_to_the_cent_and_comes_in_again() -> None:
    before = {c: balance(c) for c in TRIAL}
    text = trial_text()
    made = [*move_in(), bring("trial_balance", text, cutover=CUT)]
    for done in reversed(made):
        assert undo(done)["status"] == "undone"
    assert {c: balance(c) for c in TRIAL} == before
    assert all(c["ok"] for c in close_checks()), close_checks()
    assert bring("receivables", OPEN, source="old", cutover=CUT)["added"] == 2
    assert balance("1100") - before["1100"] == Decimal("1200.00")


@db
def test_what_does_not_tie_is_said_account_by_account() -> None:
    text = trial_text({"1100": Decimal("75.25"), "3900": Decimal("-75.25")})
    move_in()
    done = bring("trial_balance", text, cutover=CUT)
    off = {t.account: t.difference for t in ties_of(ImportBatch.objects.get(uid=done["uid"])) if t.difference}
    assert off == {"1100": Decimal("-75.25"), "3900": Decimal("75.25")}


@db
def test_a_trial_balance_is_refused_out_of_balance_or_with_unknown_accounts_which_can_be_mapped() -> None:
    wrong = errors("trial_balance", ",Debit,Credit\n1010 Operating bank,100,\n3900,,99\n", cutover=CUT)
    assert "out by 1.00" in wrong[3]
    found = upload("trial_balance", ",Debit,Credit\nChecking at First,100,\nRetained earnings,,100\nTOTAL,100,100\n", cutover=CUT)
    assert found["unknown"] == {"account": ["Checking at First"]}
    with pytest.raises(Invalid), transaction.atomic():
        run("import.run", "owner", batch=found["uid"])
    mapped = run("import.remap", "owner", batch=found["uid"], words=[{"column": "account", "said": "Checking at First", "means": "1010"}])
    assert mapped["error_count"] == 0
    before = balance("1010")
    base = {r["code"]: r["debit"] - r["credit"] for r in trial_balance(date.fromisoformat(CUT))}.get("1010", Decimal(0))
    run("import.run", "owner", batch=found["uid"])
    assert balance("1010") - before == 100 - base, "the books end at what the old books say"


@db
def test_money_documents_are_never_changed_by_a_second_file() -> None:
    bring("customers", "Customer ID,Name\n1,Acme Tower LLC\n2,Dana Ruiz\n", source="old")
    bring("receivables", OPEN, source="old", cutover=CUT)
    again = bring("receivables", OPEN, source="old", cutover=CUT)
    assert (again["added"], again["same"]) == (0, 2)
    wrong = errors("receivables", OPEN.replace("1,250.00", "1,260.00"), source="old", cutover=CUT)
    assert "undo that batch" in wrong[2]
    taken = errors("receivables", "Customer,Invoice,Open balance\nDana Ruiz,1001,5\nDana Ruiz,N1,5\nDana Ruiz,N1,6\n", cutover=CUT)
    assert "1001 is here already" in taken[2] and 4 in taken
    over = errors("receivables", "Customer,Invoice,Amount,Open balance\nDana Ruiz,N2,5,6\n", cutover=CUT)
    assert "more than it was for" in over[2]


@db
def test_our_own_numbers_go_on_after_imported_ones() -> None:
    bring("customers", "Customer ID,Name\n1,Numbers Co\n")
    bring("receivables", "Customer ID,Invoice,Open balance\n1,INV-900001,5\n", cutover=CUT)
    from bifocal.core.numbering import next_number

    assert int(next_number("invoice", "INV-")[4:]) > 900001


@db
@pytest.mark.parametrize(
    ("deferred", "price", "earned", "months"), [("", "1000", 7, 12), ("416.69", "1000", 7, 12), ("416.00", "416.00", 0, 5)]
)
def test_what_is_still_deferred_is_exactly_what_is_left(deferred: str, price: str, earned: int, months: int) -> None:
    """1,000 over 12 from 1 December: 83.33 a month, the last 83.37; after seven months 4 × 83.33 + 83.37 = 416.69 are left."""
    bring("customers", "Name,Street\nPlan Holder,1 Elm\n")
    before = balance("2420")
    data = f"Customer,Plan,Price,Start,Deferred\nPlan Holder,Silver,1000,2025-12-01,{deferred}\n"
    bring("agreements", data, cutover=CUT)
    row = Agreement.objects.get(name="Silver")
    assert (row.price, row.earned_months, row.months) == (Decimal(price), earned, months)
    assert before - balance("2420") == Decimal(deferred or "416.69")
    run("agreement.earn", "books", upto="2027-06-30")
    assert balance("2420") == before


@db
def test_a_projects_rows_must_agree_and_add_up() -> None:
    bring("customers", "ID,Name,Street\n1,Owner Co,1 Elm\n")
    head = "Project ID,Project,Customer ID,Contract sum,Billed to date,Retainage held,Cost code,Cost to date\n"
    wrong = errors(
        "projects", head + "A,One,1,100,,,22-0000,5\nA,Two,1,100,,,23-0000,5\nB,Over,1,100,200,,,\nC,Held,1,100,50,60,,\n", cutover=CUT
    )
    assert "on line 2" in wrong[3] and "billed of a contract" in wrong[4] and "more than" in wrong[5]
    assert "without a cost code" in errors("projects", head + "D,No code,1,100,,,,5\n", cutover=CUT)[2]


@db
def test_a_closed_month_takes_the_opening_in_the_first_open_one() -> None:
    bring("customers", "ID,Name\n1,Closed Co\n")
    run("period.move", "owner", month="2026-06-15", to="closed")
    done = bring("receivables", "Customer ID,Invoice,Open balance\n1,CL-1,5\n", cutover=CUT)
    assert done["posted_on"] > CUT


# ---- presets ------------------------------------------------------------------------------------------------------------------


@db
def test_a_grouped_open_invoices_report_of_quickbooks() -> None:
    """The shape of the report: titles, the customer as a heading, totals by customer, a foot with the basis."""
    bring(
        "customers",
        "Full Name,Company,Email,ZIP code\nAcme Tower LLC,,acme@example.com,21230\nDana Ruiz,,,\n",
        preset="quickbooks-customers",
    )
    report = (
        "Harbor,,,,,\nOpen Invoices,,,,,\n,Date,Transaction type,Num,Due date,Open balance\nAcme Tower LLC,,,,,\n"
        ',05/02/2026,Invoice,1001,06/01/2026,"1,250.00"\n,05/09/2026,Invoice,1002,06/08/2026,80.00\nTotal for Acme Tower LLC,,,,,"$1,330.00"\n'
        'Dana Ruiz,,,,,\n,06/20/2026,Credit Memo,9,06/20/2026,-50.00\nTotal for Dana Ruiz,,,,,-$50.00\nTOTAL,,,,,"$1,280.00"\n'
        "Wednesday Jul 01 2026 - Accrual basis,,,,,\n"
    )
    done = bring("receivables", report, preset="quickbooks-open-invoices", cutover=CUT)
    assert done["added"] == 3
    assert sum(i.open_amount for i in Invoice.objects.filter(number__in=["1001", "1002", "9"])) == Decimal("1280.00")


@db
def test_servicetitan_and_housecall_as_their_interfaces_give_them() -> None:
    st_customer = {
        "data": [
            {
                "id": 77, "name": "Ruiz, Dana", "type": "Residential", "balance": 5, "contacts": [
                    {"type": "MobilePhone", "value": "410-555-0101"}, {"type": "Phone", "value": "410-555-0102"}, {"type": "Email", "value": "d@example.com"}],
                "address": {"street": "1 Elm", "unit": None, "city": "Salem", "state": "MD", "zip": "02118"},
            }
        ]
    }  # fmt: skip
    bring("customers", json.dumps(st_customer), "c.json", preset="servicetitan-customers")
    who = Customer.objects.get(name="Ruiz, Dana")
    assert (who.phone, who.email, who.sort, who.address) == ("410-555-0102", "d@example.com", "residential", "1 Elm\nSalem, MD 02118")
    invoices = [{"id": 1, "customerId": 77, "number": "S1", "invoiceDate": "2026-05-02", "dueDate": "2026-06-01", "total": 10.5, "balance": 10.5},
                {"id": 2, "customerId": 77, "number": "S2", "invoiceDate": "2026-05-02", "dueDate": "2026-06-01", "total": 9, "balance": 0}]  # fmt: skip
    found = upload("receivables", json.dumps(invoices), "i.json", preset="servicetitan-invoices", cutover=CUT)
    assert (found["added"], found["left_out"], found["errors"]) == (1, [{"line": 2, "reason": "nothing is open on it"}], [])
    hcp = "id,first_name,last_name,email,mobile_number,company,addresses street,addresses zip\ncus_1,Keisha,Moore,k@example.com,4105550103,,3 Ash,21230\n"
    bring("customers", hcp, preset="housecall-customers")
    assert Customer.objects.get(external_id="cus_1").name == "Keisha Moore"


@db
def test_jobber_clients_and_their_properties_come_from_one_file() -> None:
    data = (
        "J-ID,Display Name,Company Name,First Name,Last Name,Main Phone #s,E-mails,Billing Street 1,Billing City,Billing State,Billing Zip code,"
        "Service Property Name,Service Street 1,Service City,Service State,Service Zip code\n"
        '5,Pier Condo,Pier Condo,Al,Ott,410-555-0177,"a@example.com, b@example.com",4 Pier Rd,Dover,MD,21230,Boat house,6 Pier Rd,Dover,MD,21230\n'
    )
    bring("customers", data, preset="jobber-clients")
    bring("sites", data, preset="jobber-properties")
    who = Customer.objects.get(external_id="5")
    assert (who.name, who.email) == ("Pier Condo", "a@example.com")
    assert sorted(who.sites.values_list("name", flat=True)) == ["4 Pier Rd", "Boat house"]


def test_every_preset_names_its_source_and_fields_that_exist() -> None:
    from bifocal.bridges.imports.kinds import KINDS
    from bifocal.bridges.imports.presets import PRESETS

    for p in PRESETS.values():
        assert len(p.source) > 20 and set(p.columns) <= {c.name for c in KINDS[p.kind].columns}, p.name


@db
def test_one_number_for_two_accounts_is_said_and_can_be_mapped() -> None:
    before = balance("2700")
    text = "Account,Name,Debit,Credit\n1010,Operating bank,100,\n2500,Truck loan,,100\n"
    found = upload("trial_balance", text, cutover=CUT)
    assert found["error_count"] == 0 and found["unknown"] == {"account": ["2500"]}
    assert "Truck loan" in found["notes"][0] and "Billings in excess" in found["notes"][0]
    mapped = run("import.remap", "owner", batch=found["uid"], words=[{"column": "account", "said": "2500", "means": "2700"}])
    assert mapped["error_count"] == 0
    run("import.run", "owner", batch=found["uid"])
    assert balance("2700") - before == -100, "the loan is a loan"
