"""Section 3 of issue 5: a budget from a spreadsheet with a preview, locked; forecast methods by line; frozen months."""

from __future__ import annotations

import base64
import io
import json
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.bridges.imports.budget import read_budget
from bifocal.bridges.imports.sheets import read
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.projects.forecast.rules import Item, Method, check_items, to_complete, workdays
from tests import factories
from tests.conftest import case, run
from tests.test_commitments import figures, project

db = pytest.mark.django_db
TODAY = date.today()
SHEET = 'Cost Code,Description,Cost Type,Amount\n23-0000,HVAC,Labor,"12,000.00"\n23-0000,HVAC,Sub,30000\n77-1000,Tower crane,E,4500.5\nTotal,,,46500.50\n'


def sent(job: str, text: bytes | str, name: str = "budget.csv", key: str = "pm", **more: Any) -> dict[str, Any]:
    data = text.encode() if isinstance(text, str) else text
    return run("budget.import", key, job=job, filename=name, content=base64.b64encode(data).decode(), **more)


def moves(job: str) -> dict[tuple[str, str], D]:
    from bifocal.projects.budget.models import BudgetMove

    rows = BudgetMove.objects.filter(line__job__uid=job).values_list("line__cost_code__code", "line__cost_type", "amount")
    return {(c, t): a for c, t, a in rows}


@db
def test_a_sheet_is_tried_then_brought_in_and_locked() -> None:
    from bifocal.kernel.jobs.models import CostCode

    made = factories.project()
    tried = sent(made["job"], SHEET, dry_run=True)
    assert (tried["lines"], tried["total"], tried["new_codes"], tried["errors"]) == (3, "46500.50", ["77-1000"], [])
    assert moves(made["job"]) == {} and not CostCode.objects.filter(code="77-1000").exists()
    sent(made["job"], SHEET)
    assert moves(made["job"]) == {("23-0000", "L"): D(12000), ("23-0000", "S"): D(30000), ("77-1000", "E"): D("4500.50")}
    assert CostCode.objects.get(code="77-1000").name == "Tower crane"
    with pytest.raises(Refused, match="locked"):
        sent(made["job"], SHEET)


@db
def test_errors_come_by_line_and_nothing_is_kept() -> None:
    made = factories.project()
    bad = "Code,Name,Type,Quantity,Unit cost,Amount\n01,A,Labor,2,50,100\n02,B,Magic,1,5,5\n,C,L,1,5,5\n03,D,L,3,10,31\n04,E,L,,,12x\n"
    tried = sent(made["job"], bad, dry_run=True)
    assert [(e["line"], e["reason"]) for e in tried["errors"]] == [
        (3, "'Magic' is no cost type: labor, material, equipment, subcontract or other"), (4, "'C' has an amount and no cost code"),
        (5, "3 at 10 is 30.00, the sheet says 31"), (6, tried["errors"][3]["reason"]),
    ]  # fmt: skip
    with pytest.raises(Invalid, match="4 lines have errors. Line 3"):
        sent(made["job"], bad)
    assert moves(made["job"]) == {}
    for key in ("super", "dispatch", "viewer", "tech"):
        with pytest.raises(NotAllowed if key != "tech" else Exception):
            sent(made["job"], SHEET, key=key, dry_run=True)


@pytest.mark.parametrize(
    ("text", "says"),
    [("a,b,c\n1,2,3\n", "No column for code"), ("Code,Name,Type\n1,2,3\n", "amount"), ("", "empty"), ("Code,Type,Amount\n", "no lines")],
)
def test_a_sheet_that_is_no_budget_says_what_is_missing(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_budget(read("x.csv", text.encode()))


def test_a_column_for_each_type_as_an_estimate_has_it() -> None:
    text = "Phase;Scope;Labor;Material;Subs;Total\n10;Slab;1000;500,25;;1500.25\n20;Steel;;;9000;9000\nTotal;;;;;10500.25\n"
    found = read_budget(read("e.csv", text.replace("500,25", "500.25").encode()))
    assert found.amounts == {("10", "L"): D(1000), ("10", "M"): D("500.25"), ("20", "S"): D(9000)} and found.errors == []
    wrong = read_budget(read("e.csv", text.replace("500,25", "500.25").replace("1500.25", "1500.00").encode()))
    assert "the sheet's own total 1500.00 is not 1,500.25" in str(wrong.errors[0]["reason"])


@db
def test_an_xlsx_comes_in_as_a_csv_does() -> None:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for row in (
        ["Cost code", "Description", "Type", "Original budget"],
        ["23-0000", "HVAC", "L", 12000.1],
        ["23-0000", "HVAC", "M", 7],
        [None, "Total", None, 12007.1],
    ):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    made = factories.project()
    sent(made["job"], out.getvalue(), "budget.xlsx")
    assert moves(made["job"]) == {("23-0000", "L"): D("12000.10"), ("23-0000", "M"): D(7)}


def test_published_budgets_are_read_and_add_up() -> None:
    found = json.loads(case("accounting/budget_masslibrary_9_projects.json").read_text())
    projects = found["projects"]
    read_ = 0
    for n, one in enumerate(projects):
        got = read_budget(read("b.json", json.dumps(found).encode(), pick=n), "S")
        want = sum(D(r["Original"]) for r in one["rows"] if r["Cost code"])
        assert (sum(got.amounts.values()), got.errors) == (want, []), one["file"]
        read_ += 1
    assert read_ == len(projects) >= 4


# By hand: 3 people at 8 h x 50 = 400 a day from Monday to Friday of one week.
def test_resources_draw_down_by_themselves() -> None:
    crew = Item("Crew", D(3), D(400), starts=date(2026, 11, 2), ends=date(2026, 11, 6))
    assert [to_complete(Method.RESOURCE, [crew], date(2026, 11, d)) for d in (1, 2, 4, 5, 6, 9)] == [
        D(6000),
        D(4800),
        D(2400),
        D(1200),
        D(0),
        D(0),
    ]
    assert to_complete(Method.RESOURCE, [crew], date(2026, 10, 1)) == D(6000)
    assert to_complete(Method.UNITS, [Item("Pipe", D(200), D("12.35"), done=D(80))], TODAY) == D("1482.00")
    assert to_complete(Method.ITEMS, [Item("Crane", rate=D("917.31")), Item("Bolts", D(12), D("0.335"))], TODAY) == D("921.33")


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(-3, 60))
def test_workdays_are_counted_as_a_calendar_counts_them(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    assert workdays(first, last) == sum((first + timedelta(days=n)).weekday() < 5 for n in range(max(days + 1, 0)))


@pytest.mark.parametrize(
    ("method", "items", "says"),
    [
        (Method.ITEMS, [], "at least one part"), (Method.UNITS, [Item("x", D(2), D(1), done=D(3))], "Raise the quantity"),
        (Method.RESOURCE, [Item("x", D(2), D(1))], "until when"), (Method.RESOURCE, [Item("x", starts=TODAY, ends=TODAY - timedelta(days=1))], "until when"),
    ],
)  # fmt: skip
def test_what_can_not_be_forecast(method: Method, items: list[Item], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        check_items(method, items)


@db
def test_every_method_by_line_in_the_report_and_frozen_with_its_month() -> None:
    from bifocal.projects.forecast.models import MonthEnd

    made = project()
    base: dict[str, Any] = {"job": made["job"], "cost_code": "23-0000", "cost_type": "S", "note": "as walked"}
    monday = TODAY + timedelta(days=7 - TODAY.weekday())
    for method, more, n in (
        ("manual", {"value": "1500.00"}, D(1500)), ("quantity", {"percent": "0.40"}, D(18000)),
        ("items", {"items": [{"description": "Crane", "rate": "900.00"}, {"description": "Bolts", "quantity": "4", "rate": "2.50"}]}, D(910)),
        ("units", {"items": [{"description": "Pipe", "quantity": "100", "done": "40", "rate": "12.00"}]}, D(720)),
        ("resource", {"items": [{"description": "Crew", "quantity": "2", "rate": "400.00", "starts": str(monday), "ends": str(monday + timedelta(days=4))}]}, D(4000)),
        ("auto", {}, D(30000)),
    ):  # fmt: skip
        run("forecast.set", "pm", method=method, **base, **more)
        assert figures(made)["n"] == n, method
    with pytest.raises(Invalid, match="needs a note"):
        run("forecast.set", "pm", **{**base, "note": ""}, method="items", items=[{"description": "x", "rate": "1.00"}])
    run("forecast.set", "pm", **base, method="units", items=[{"description": "Pipe", "quantity": "100", "done": "40", "rate": "700.00"}])
    with pytest.raises(Invalid, match="say why"):
        run("forecast.freeze", "pm", job=made["job"], month=TODAY)
    run("forecast.freeze", "pm", job=made["job"], month=TODAY, reason="Pipe is dearer")
    run("forecast.set", "pm", **base, method="auto")
    kept = MonthEnd.objects.get(job__uid=made["job"])
    assert kept.change == D(12000) and next(r for r in kept.rows if r["code"] == "23-0000")["n"] == "42000.00"
