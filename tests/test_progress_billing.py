"""The engine and the application against published numbers, to the cent."""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.progress_billing import Application, BrokenIdentity, Line, compute
from bifocal.lib.errors import Invalid
from bifocal.lib.money import allocate, cents
from tests import factories
from tests.conftest import case, run, settle

# The worked example of a published G702/G703 walk-through (projects reference, section 3.2): original 500,000,
# 10% on work, 5% on stored, 10,000 of stored framing now installed.
EXAMPLE = [
    ("1", 60000, 24000, 6000, 0, 0), ("2", 120000, 100000, 20000, 0, 0), ("3", 140000, 50000, 35000, 18000, 10000),
    ("4", 180000, 30000, 25000, 12000, 0), ("CO1", 20000, 10000, 10000, 0, 0), ("CO2", -5000, -5000, 0, 0, 0), ("CO3", 12000, 0, 3000, 0, 0),
]  # fmt: skip
RETAINAGE = {"1": 3000, "2": 12000, "3": 9400, "4": 6100, "CO1": 2000, "CO2": -500, "CO3": 300}


def example(**rates: str) -> Application:
    lines = tuple(
        Line(i, D(c), D(d), D(e), D(f), stored_previous=D(fp), change=i if i.startswith("CO") else "") for i, c, d, e, f, fp in EXAMPLE
    )
    return Application(D(500000), lines, D(rates.get("work", "0.10")), D(rates.get("stored", "0.05")), D(rates.get("seven", "197600")))


def test_the_published_example_line_by_line() -> None:
    sheet = compute(example())
    assert {li.item: li.I for li in sheet.lines} == {k: D(v) for k, v in RETAINAGE.items()}
    want = {
        "1": 500000,
        "2": 27000,
        "3": 527000,
        "4": 338000,
        "5a": 30800,
        "5b": 1500,
        "5": 32300,
        "6": 305700,
        "7": 197600,
        "8": 108100,
        "9": 221300,
    }
    assert sheet.summary == {k: D(v) for k, v in want.items()}
    assert sheet.totals["H"] == 189000
    assert [li.percent for li in sheet.lines][0] == D("0.5")
    delta_g = D(338000) - D(219000)
    assert delta_g == sheet.totals["E"] + sheet.totals["F"] - 10000


def test_its_release_and_its_final_application_pay_exactly_the_contract_sum() -> None:
    done = tuple(
        Line(i, D(c), D(d) + D(e) + D(f), D(c) - D(d) - D(e) - D(f), change=i if i.startswith("CO") else "") for i, c, d, e, f, _ in EXAMPLE
    )
    released = compute(Application(D(500000), done, D("0.025"), D("0.025"), D(305700)))
    assert (released.summary["5"], released.summary["6"], released.summary["8"]) == (D(13175), D(513825), D(208125))
    final = compute(Application(D(500000), done, D(0), D(0), D(513825)))
    assert final.summary["8"] == D(13175)
    assert D(197600) + D(108100) + D(208125) + D(13175) == D(527000)


def test_a_zero_value_line_has_no_percentage() -> None:
    sheet = compute(Application(D(10), (Line("1", D(10), D(0), D(5)), Line("2", D(0), D(0), D(0))), D("0.1"), D("0.1")))
    assert sheet.lines[1].percent is None


@pytest.mark.parametrize(("scheduled", "billed"), [("100", "100.01"), ("-100", "-100.01"), ("100", "-1")])
def test_a_line_is_never_billed_beyond_its_value(scheduled: str, billed: str) -> None:
    with pytest.raises(Invalid, match="Line 1"):
        compute(Application(D(scheduled), (Line("1", D(scheduled), D(0), D(billed)),), D("0.1"), D("0.1")))


def test_lines_that_do_not_add_up_to_the_contract_are_refused_by_name() -> None:
    with pytest.raises(BrokenIdentity, match=r"adds up to 10\.00, the contract sum is 11\.00"):
        compute(Application(D(11), (Line("1", D(10), D(0), D(0)),), D("0.1"), D("0.1")))


@given(
    st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=30),
    st.integers(0, 20),
)
def test_every_identity_holds_on_any_sheet(raw: list[tuple[int, int, int, int]], rate: int) -> None:
    lines = []
    for n, (value, d, e, f) in enumerate(raw):
        c = D(value) / 100
        done = allocate(c, [D(d), D(e), D(f), D(max(0, 100 - d - e - f)) or D(1)])
        lines.append(Line(str(n), c, *done[:3]))
    total = sum(li.scheduled for li in lines)
    sheet = compute(Application(total, tuple(lines), D(rate) / 100, D(rate) / 100, D(0)))
    assert sheet.summary["8"] + sheet.summary["5"] == sheet.totals["G"]
    assert sheet.summary["9"] == sheet.totals["H"] + sheet.totals["I"]
    assert sheet.totals["C"] == sheet.totals["G"] + sheet.totals["H"]


def sheet_file(pick: int, kind: str) -> tuple[str, bytes]:
    """The published sheet as somebody would send it."""
    source = case("accounting/g703_masslibrary_8_projects.json")
    if kind == "json":
        return "sheets.json", source.read_bytes()
    rows = json.loads(source.read_text())["projects"][pick]["lines"]
    head = ["Item No.", "Description of Work", "Cost code", "Scheduled Value", "Previous Applications", "This Period", "Materials presently stored",
            "Total completed and stored", "Balance to finish", "Retainage %"]  # fmt: skip
    keys = ["item", "desc", "cost_code", "scheduled", "previous", "this_period", "stored", "total", "balance", "retainage_pct"]
    grid = [head, *([f"{D(r[k]):,.2f}" if k not in ("item", "desc", "cost_code", "retainage_pct") else r[k] for k in keys] for r in rows)]
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([["Continuation sheet"], [], *grid, ["", "TOTAL", "", "999"]])
        return "sheet.csv", out.getvalue().encode()
    from openpyxl import Workbook

    book, data = Workbook(), io.BytesIO()
    for row in grid:
        book.active.append(row)
    book.save(data)
    return "sheet.xlsx", data.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(("pick", "kind"), [(0, "json"), (1, "csv"), (2, "xlsx"), (3, "json")])
def test_a_published_sheet_goes_from_import_to_the_next_application_printed_and_paid(pick: int, kind: str) -> None:
    name, data = sheet_file(pick, kind)
    published = json.loads(case("accounting/g703_masslibrary_8_projects.json").read_text())["projects"][pick]
    who = factories.customer(sort="commercial")["uid"]
    job = run("project.create", "pm", customer=who, site=factories.site(who), title="Brought in", branch="BAL")["uid"]
    args = {"job": job, "filename": name, "content": base64.b64encode(data).decode(), "pick": pick if kind == "json" else 0}
    tried = run("sov.import", "pm", **args, dry_run=True)
    assert tried["errors"] == [] and D(tried["contract_sum"]) == D(published["totals"]["C"])
    got = run("sov.import", "pm", **args)
    settle()
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.projects.payapps.models import PayApp
    from bifocal.projects.payapps.queries import sheet

    app = PayApp.objects.get(uid=got["payapp"])
    result = sheet(app)
    for line, want in zip(result.lines, published["lines"], strict=True):
        assert tuple(D(want[k]) for k in ("scheduled", "previous", "this_period", "stored", "total", "balance")) == (
            line.C,
            line.D,
            line.E,
            line.F,
            line.G,
            line.H,
        )
    assert {n: result.summary[n] for n in "4569"} == {n: D(published["g702"][f"line{n}"]) for n in "4569"}
    before = D(published["totals"]["D"]) - sum(cents(D(li["previous"]) * D("0.05")) for li in published["lines"])
    assert result.summary["7"] == before
    run("payapp.submit", "pm", payapp=app.uid)
    run("payapp.certify", "pm", payapp=app.uid, by="Architect")
    app.refresh_from_db()
    assert PayApp.objects.get(pk=app.pk).pdf_sha256
    invoice = app.invoice
    assert invoice is not None and invoice.due_amount == result.summary["8"]
    run(
        "payment.take",
        "books",
        job=job,
        amount=invoice.due_amount,
        method="wire",
        parts=[{"invoice": invoice.uid, "amount": invoice.due_amount}],
    )
    app = PayApp.objects.get(pk=app.pk)
    assert app.state == "paid"
    nxt = PayApp.objects.get(uid=run("payapp.draft", "pm", contract=got["contract"], period_to=date.today())["uid"])
    again = sheet(nxt)
    assert again.totals["D"] == D(published["totals"]["D"]) + D(published["totals"]["E"]) and again.totals["F"] == D(
        published["totals"]["F"]
    )
    assert again.summary["8"] == 0
    assert all(c["ok"] for c in close_checks())


@pytest.mark.django_db
def test_a_lower_certificate_posts_the_difference_and_the_next_application_asks_again() -> None:
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.kernel.jobs.models import Job
    from bifocal.kernel.ledger.queries import balance

    made = factories.project()
    job = Job.objects.get(uid=made["job"])
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "this_period": "50000.00"}])
    run("payapp.submit", "pm", payapp=app)
    # posting P1 of the reference: gross 50,000, 10% retainage
    assert (balance("1100", job_id=job.pk), balance("1120", job_id=job.pk), balance("4210", job_id=job.pk)) == (
        D(45000),
        D(5000),
        D(-50000),
    )
    with pytest.raises(Invalid, match="Say why less"):
        run("payapp.certify", "pm", payapp=app, by="A", amount="40000.00")
    run("payapp.certify", "pm", payapp=app, by="A", amount="40000.00", note="Item 1 not seen")
    assert (balance("1100", job_id=job.pk), balance("4210", job_id=job.pk)) == (D(40000), D(-45000))
    assert all(c["ok"] for c in close_checks())
    nxt = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())
    assert D(nxt["line8"]) == D(5000)


@pytest.mark.django_db
def test_certified_is_never_edited_and_only_one_application_is_open() -> None:
    from bifocal.lib.errors import Refused

    made = factories.project()
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())["uid"]
    with pytest.raises(Refused, match="open application"):
        run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "percent": 50}])
    run("payapp.submit", "pm", payapp=app)
    run("payapp.certify", "pm", payapp=app, by="A")
    with pytest.raises(Refused, match="the next one carries the correction"):
        run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "percent": 60}])


@pytest.mark.django_db
def test_an_application_sent_back_leaves_the_books_as_before() -> None:
    from bifocal.kernel.jobs.models import Job
    from bifocal.kernel.ledger.queries import balance

    made = factories.project()
    job = Job.objects.get(uid=made["job"])
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "percent": 50}])
    for _ in range(2):
        run("payapp.submit", "pm", payapp=app)
        run("payapp.return", "pm", payapp=app, reason="Wrong period")
        assert {balance(a, job_id=job.pk) for a in ("1100", "1120", "4210")} == {D(0)}
