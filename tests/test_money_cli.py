"""`bifocal payapp|wip|budget compute FILE.json`: exact figures out, 1 for a broken identity with its line, 2 for bad input."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bifocal.front.cli import app
from tests.conftest import case
from tests.test_costing import SCHEDULE, TABLE, TOTAL
from tests.test_progress_billing import EXAMPLE, RETAINAGE

ORDERS = [("CO1", "20000.00", "prior"), ("CO2", "-5000.00", "prior"), ("CO3", "12000.00", "this")]
PAYAPP: dict[str, Any] = {
    "original_contract_sum": "500000.00", "rounding": "line",
    "retainage": {"work": "0.10", "stored": "0.05", "cap": None, "steps": []},
    "change_orders": [{"number": n, "amount": a, "month": m} for n, a, m in ORDERS],
    "lines": [
        {"item": i, "description": i, "scheduled_value": f"{c}.00", "previous": f"{d}", "this_period": f"{e}.0", "stored": f"{f}.00",
         "stored_previous": f"{fp}", "change_order": i if i.startswith("CO") else None, "retainage": None, "retainage_previous": None,
         "released": "0.00"}
        for i, c, d, e, f, fp in EXAMPLE
    ],
    "previous_certificates": "197600.00", "certified": None,
}  # fmt: skip


def run(tmp_path: Path, group: str, document: Any) -> tuple[int, Any, str]:
    """Exit status, the document on stdout, what stderr says."""
    file = tmp_path / "in.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    got = CliRunner().invoke(app, [group, "compute", str(file)])
    return got.exit_code, json.loads(got.stdout) if got.stdout else None, got.stderr


def changed(**paths: Any) -> dict[str, Any]:
    """The example with values put at 'lines__0__stored'."""
    out = copy.deepcopy(PAYAPP)
    for path, value in paths.items():
        *way, last = path.split("__")
        at: Any = out
        for step in way:
            at = at[int(step)] if step.isdigit() else at[step]
        at[int(last) if last.isdigit() else last] = value
    return out


def test_the_published_application(tmp_path: Path) -> None:
    status, out, said = run(tmp_path, "payapp", PAYAPP)
    assert (status, said) == (0, "")
    assert out["g702"] == {
        "1": "500000.00", "2": "27000.00", "3": "527000.00", "4": "338000.00", "5a": "30800.00", "5b": "1500.00", "5": "32300.00",
        "6": "305700.00", "7": "197600.00", "8": "108100.00", "9": "221300.00",
    }  # fmt: skip
    assert {li["item"]: li["I"] for li in out["lines"]} == {k: f"{v}.00" for k, v in RETAINAGE.items()}
    assert out["lines"][2] == {
        "item": "3", "C": "140000.00", "D": "50000.00", "E": "35000.00", "F": "18000.00", "G": "103000.00", "percent": "0.7357142857",
        "H": "37000.00", "I": "9400.00",
    }  # fmt: skip
    assert set(out) == {"lines", "totals", "g702"} and out["totals"]["H"] == "189000.00"
    assert run(tmp_path, "payapp", changed(previous_certificates=None))[1]["g702"]["7"] == "197600.00"


def test_the_certificate_is_beside_what_was_applied_for(tmp_path: Path) -> None:
    out = run(tmp_path, "payapp", changed(certified={"amount": "100000.00"}))[1]
    assert out["certified"] == {"amount": "100000.00", "short": "8100.00", "next_previous_certificates": "297600.00"}
    assert out["g702"]["8"] == "108100.00"
    out = run(tmp_path, "payapp", changed(certified={"lines": {"1": "0.00", "CO3": "1000.00"}}))[1]
    assert out["certified"]["short"] == "7200.00"  # 6,000 and 2,000 less 10 %


def test_a_zero_value_line_and_a_release(tmp_path: Path) -> None:
    document = changed(lines__0__released={"work": "500.00", "stored": "0"})
    document["lines"].append({"item": "9", "scheduled_value": "0", "previous": "0", "this_period": "0"})
    out = run(tmp_path, "payapp", document)[1]
    assert out["lines"][-1]["percent"] is None and out["lines"][0]["I"] == "2500.00" and out["g702"]["8"] == "108600.00"


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        ({"lines__1__this_period": "20000.01"}, "Line 2 is billed"),
        ({"lines__4__scheduled_value": "20000.01"}, "Change order CO1 is 20,000.00"),
        ({"original_contract_sum": "500000.01"}, "Line 3: the schedule of values adds up to 527,000.00, the contract sum is 527,000.01"),
        ({"lines__0__released": "3000.01"}, "Line 1 releases"),
        ({"certified": {"amount": "108100.01"}}, "was applied for"),
        ({"lines__3__retainage_previous": {"work": "30000.01", "stored": "0"}}, "Line 4 carries"),
    ],
)
def test_a_broken_identity_is_named_and_is_status_1(tmp_path: Path, paths: dict[str, Any], says: str) -> None:
    status, out, said = run(tmp_path, "payapp", changed(**paths))
    assert (status, out) == (1, None) and says in said


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        ({"lines__0__stored": 0.0}, 'lines[0].stored is the JSON number 0.0: write it as a decimal string, "0.0".'),
        ({"retainage__work": 0.1}, "retainage.work"), ({"retainage__work": "10"}, "from 0 to 1"), ({"retainage__work": "-0.1"}, "from 0 to 1"),
        ({"lines__0__stored": "1,000.00"}, "lines[0].stored"), ({"lines__0__stored": "0.005"}, "whole cents"),
        ({"lines__0__stored": "NaN"}, "decimal string"), ({"lines__0__stored": None}, "decimal string"), ({"lines__0__stored": True}, "decimal string"),
        ({"lines__0__stored": "1e99"}, "larger than any contract"), ({"lines__0__stored": "９"}, "decimal string"),
        ({"rounding": "bank"}, '"line" or "total"'), ({"lines": {}}, "lines must be a list"), ({"lines": []}, "no lines"),
        ({"lines__0": "x"}, "lines[0] must be an object"), ({"lines__1__item": "1"}, "Item 1 stands twice"),
        ({"lines__4__change_order": "9"}, "names change order 9"), ({"retainage__cap": {"rate": "0.05", "of": "sum"}}, '"original" or "current"'),
        ({"retainage__steps": [{"at_percent": "50", "rate": "0.05"}]}, "at_percent"),
        ({"retainage__steps": [{"at_percent": "0.5", "rate": "0.05", "retroactive": "no"}]}, "true or false"),
        ({"certified": {}}, "either amount or lines"), ({"certified": {"lines": {"zz": "1"}}}, "item zz"),
        ({"change_orders__0__month": "last"}, '"prior" or "this"'), ({"change_orders__1__number": "CO1"}, "stands twice"),
    ],
)  # fmt: skip
def test_bad_input_is_status_2_and_says_where(tmp_path: Path, paths: dict[str, Any], says: str) -> None:
    status, out, said = run(tmp_path, "payapp", changed(**paths))
    assert (status, out) == (2, None) and says in said


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 1, "a": 2}', '{"original_contract_sum": "1"}', "[" * 100_000, '{"x": NaN}', '{"x": 1e400}']
)
def test_what_is_no_such_document_is_status_2(tmp_path: Path, text: str) -> None:
    for group in ("payapp", "wip", "budget"):
        status, out, said = run(tmp_path, group, text)
        assert (status, out) == (2, None) and said.startswith("bifocal: ")


def test_a_file_that_is_not_there_and_a_key_that_nobody_reads(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["wip", "compute", str(tmp_path / "none.json")]).exit_code == 2
    status, _, said = run(tmp_path, "payapp", changed(lines__0__retainge="0.05"))
    assert status == 0 and "lines[0].retainge" in said


def test_terms_of_retainage_reach_the_engine(tmp_path: Path) -> None:
    cap = run(tmp_path, "payapp", changed(retainage__cap={"rate": "0.05", "of": "original"}))[1]["g702"]
    assert (cap["5"], cap["9"]) == ("25000.00", "214000.00")
    back = run(tmp_path, "payapp", changed(retainage__steps=[{"at_percent": "0.50", "rate": "0.05", "retroactive": True}]))[1]["g702"]
    assert (back["5a"], back["5b"]) == ("15400.00", "1500.00")
    own = run(tmp_path, "payapp", changed(lines__1__retainage={"work": "0.02", "stored": "0.02"}))[1]
    assert own["lines"][1]["I"] == "2400.00" and own["g702"]["5"] == "22700.00"
    carried = run(tmp_path, "payapp", changed(lines__1__retainage_previous={"work": "4000.00", "stored": "0.00"}))[1]
    assert carried["lines"][1]["I"] == "6000.00"


def test_the_published_wip_schedule(tmp_path: Path) -> None:
    keys = ("id", "price", "estimated_total_cost", "cost_to_date", "billed")
    document = {"contracts": [dict(zip(keys, map(str, row[:5]), strict=True)) for row in SCHEDULE]}
    document["contracts"].append({"id": "E", "price": "800000", "estimated_total_cost": "640000.00", "cost_to_date": "300000", "billed": "0", "uninstalled": "100000"})  # fmt: skip
    status, out, _ = run(tmp_path, "wip", document)
    assert status == 0
    assert out["contracts"][2] == {
        "id": "C", "percent": "0.5000000000", "earned": "150000.00", "gross_profit_to_date": "-10000.00", "over": "15000.00", "under": "0.00",
        "backlog": "150000.00", "loss_provision": "10000.00", "loss_provision_total": "20000.00",
    }  # fmt: skip
    assert (out["contracts"][3]["percent"], out["contracts"][3]["earned"]) == ("0.3703703704", "359259.26")
    assert (out["totals"]["earned"], out["totals"]["under"]) == ("1305459.26", "429259.26")
    document["contracts"][1]["cost_to_date"] = "1020000.01"
    status, out, said = run(tmp_path, "wip", document)
    assert (status, out) == (2, None) and "Contract B has cost" in said


def test_the_published_wip_cases(tmp_path: Path) -> None:
    i = json.loads(case("accounting/wip_month1_rounding_trap.json").read_text())["inputs"]
    row = {
        "id": "1",
        "price": i["contract"],
        "estimated_total_cost": i["est_cost"],
        "cost_to_date": i["cost_to_date"],
        "billed": i["billed"],
    }
    assert run(tmp_path, "wip", {"contracts": [row]})[1]["contracts"][0]["over"] == "1222.22"


def budget_document() -> dict[str, Any]:
    """The table of section 3.1, columns a to k."""
    return {
        "lines": [
            {"code": r["code"], **{c: r[c] for c in "abcdefijk"}, "invoiced": str(int(r["l"]) - int(r["k"])),
             "forecast": {"method": r["method"], "value": r["n"] if r["method"] == "manual" else None}}
            for r in TABLE
        ]
    }  # fmt: skip


def test_the_published_budget(tmp_path: Path) -> None:
    status, out, _ = run(tmp_path, "budget", budget_document())
    assert status == 0 and out["totals"] == {c: f"{v}.00" for c, v in TOTAL.items()}
    for row, want in zip(out["lines"], TABLE, strict=True):
        assert {c: row[c] for c in "dflmnopq"} == {c: f"{want[c]}.00" for c in "dflmnopq"}
    assert out["approved_only"]["totals"]["f"] == "387500.00"
    for key in ("lines", "codes"):
        by_code = {key: {r.pop("code"): r for r in budget_document()["lines"]}}
        assert run(tmp_path, "budget", by_code)[1]["totals"] == out["totals"]


def test_a_broken_budget_is_status_1(tmp_path: Path) -> None:
    document = budget_document()
    document["lines"][0]["d"] = "128500.01"
    status, _, said = run(tmp_path, "budget", document)
    assert status == 1 and "03-3000.S: column d" in said
    document = budget_document()
    document["lines"][1]["b"], document["lines"][1]["d"], document["lines"][1]["f"] = "5001", "85001", "89001"
    status, _, said = run(tmp_path, "budget", document)
    assert status == 1 and "Column b" in said and "06-1000.L" in said


@pytest.mark.parametrize(
    ("forecast", "n"),
    [
        ({"method": "quantity", "value": "0.25"}, "750.00"),
        ({"method": "quantity", "value": {"percent": "0.25", "unit": "2000.00"}}, "1500.00"),
        ({"method": "quantity", "value": {"quantity": "12.5", "rate": "8.10"}}, "101.25"),
        ({"method": "quantity", "value": "2000", "percent": "0.50"}, "1000.00"),
    ],
)
def test_forecasts_by_quantity(tmp_path: Path, forecast: dict[str, Any], n: str) -> None:
    out = run(tmp_path, "budget", {"lines": [{"code": "X", "a": "1000", "forecast": forecast}]})[1]
    assert out["lines"][0]["n"] == n
    assert run(tmp_path, "budget", {"lines": [{"code": "X", "forecast": {"method": "guess"}}]})[0] == 2


def test_a_share_of_nothing_is_never_less_than_nothing(tmp_path: Path) -> None:
    line = {"item": "1", "scheduled_value": "-10.00", "previous": "0", "this_period": "0"}
    document = {"original_contract_sum": "-10.00", "retainage": {"work": "0.10"}, "lines": [line]}
    assert run(tmp_path, "payapp", document)[1]["lines"][0]["percent"] == "0.0000000000"
