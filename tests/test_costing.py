"""Job costing against published schedules, worked examples and the command line."""

from __future__ import annotations

import json
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.costing import (
    CHANGE_COLUMN,
    COMMITMENT_COLUMN,
    Activity,
    BrokenIdentity,
    BudgetLine,
    BuyOut,
    Contract,
    Entry,
    Forecast,
    collect,
    earn,
    earned_value,
    period,
    report,
    schedule,
)
from bifocal.lib.errors import Invalid
from bifocal.lib.money import cents
from tests.conftest import case

# Section 3.3 of the projects reference: id, price, estimate, cost, billed → earned, gross profit, over, under, backlog
SCHEDULE = [
    ("A", 527000, 440000, 264000, 338000, 316200, 52200, 21800, 0, 210800),
    ("B", 1200000, 1020000, 408000, 410000, 480000, 72000, 0, 70000, 720000),
    ("C", 300000, 320000, 160000, 165000, 150000, -10000, 15000, 0, 150000),
]


def test_the_published_schedule_of_three_jobs() -> None:
    got = schedule([Contract(i, *map(D, row[:4])) for i, *row in SCHEDULE])
    for row, (name, *_, earned, gain, over, under, backlog) in zip(got.contracts, SCHEDULE, strict=True):
        assert (row.id, row.earned, row.gross_profit_to_date, row.over, row.under, row.backlog) == (
            name,
            earned,
            gain,
            over,
            under,
            backlog,
        )
    assert (got.contracts[2].loss_provision, got.contracts[2].loss_provision_total) == (10000, 20000)
    t = got.total
    assert (t.earned, t.gross_profit_to_date, t.over, t.under, t.backlog) == (946200, 114200, 36800, 70000, 1080800)


def test_goods_not_installed_earn_no_margin() -> None:
    row = earn(Contract("E", D(800000), D(640000), D(300000), D(0), D(100000)))
    assert (round(row.percent or D(0), 5), row.earned, row.gross_profit_to_date) == (D("0.37037"), D("359259.26"), D("59259.26"))


@pytest.mark.parametrize(
    ("price", "estimate", "cost", "u", "why"),
    [(10, 0, 0, 0, "estimate"), (10, 5, 6, 0, "above its estimate"), (10, 9, 5, 6, "uninstalled"), (10, 9, 9, 9, "uninstalled"),
     (-1, 9, 5, 0, "below zero"), (10, 9, -5, 0, "below zero")],
)  # fmt: skip
def test_what_can_not_be_true_is_refused_by_name(price: int, estimate: int, cost: int, u: int, why: str) -> None:
    with pytest.raises(Invalid, match=f"Contract K.*{why}"):
        schedule([Contract("K", D(price), D(estimate), D(cost), D(0), D(u))])
    with pytest.raises(Invalid, match="stands twice"):
        schedule([Contract("K", D(9), D(9), D(1), D(0))] * 2)


PERIODS = ["wip_poc_1_5m_three_years", "wip_poc_harding_periodic_loss", "wip_loss_contract_dayag"]


def contracts_of(found: dict[str, Any]) -> list[Contract]:
    """The contract at the end of each period, from the three forms these cases have."""
    price, cost, billed, out = D(found["contract_price"]), D(0), D(0), []
    for p in found["periods"]:
        cost = D(p["cost_to_date"]) if "cost_to_date" in p else cost + D(p.get("cost_this_year") or p["cost"])
        billed = D(p["billed_to_date"]) if "billed_to_date" in p else billed + D(p.get("billings", 0))
        out.append(Contract("P", price, cost + D(p.get("est_cost_to_complete") or p.get("etc") or 0), cost, billed))
    return out


@pytest.mark.parametrize("name", PERIODS)
def test_published_contracts_period_by_period(name: str) -> None:
    found = json.loads(case(f"accounting/{name}.json").read_text())
    before: Contract | None = None
    for now, want in zip(contracts_of(found["inputs"]), found["expected"], strict=True):
        row, this = earn(now), period(before, now)
        assert now.estimated_total_cost == D(want["total_est_cost"])
        assert cents((row.percent or D(0)) * 100) == D(want["pct"])
        assert (row.earned, this.revenue, this.cost) == (D(want["rev_to_date"]), D(want["rev"]), D(want["cost"]))
        assert row.gross_profit_to_date - row.loss_provision == D(want["gp_to_date"]) and this.gross_profit == D(want["gp"])
        assert now.cost_to_date + row.loss_provision == D(want["cost_recognised_to_date"])
        if "underbilled" in want and name != "wip_loss_contract_dayag":
            assert (row.under, row.over) == (D(want["underbilled"]), D(want["overbilled"]))
        if name == "wip_loss_contract_dayag":  # the source nets the provision against construction in progress
            assert row.under == D(want["underbilled"])
        before = now


def test_the_catch_up_of_a_changed_estimate_is_told_apart() -> None:
    """Harding, year 2: at 4,600,000 the first 1,500,000 would have earned 130,434.78 of profit, not 500,000."""
    first, second = Contract("H", D(5000000), D(3750000), D(1500000), D(0)), Contract("H", D(5000000), D(4600000), D(2760000), D(0))
    this = period(first, second)
    assert (this.gross_profit, this.catch_up) == (D(-260000), D("130434.78") - 500000)
    assert period(first, Contract("H", D(5000000), D(3750000), D(2000000), D(0))).catch_up == 0


def test_a_percentage_is_never_rounded_before_it_multiplies() -> None:
    found = json.loads(case("accounting/wip_month1_rounding_trap.json").read_text())
    i, want = found["inputs"], found["expected"]["exact"]
    row = earn(Contract("T", D(i["contract"]), D(i["est_cost"]), D(i["cost_to_date"]), D(i["billed"])))
    assert (row.earned, row.over) == (D(want["earned"]), D(want["overbilled"]))


money = st.integers(0, 10**9).map(lambda n: D(n) / 100)


@given(st.lists(st.tuples(money, money, st.integers(0, 1000), st.integers(0, 1000), money), max_size=30))
def test_a_schedule_always_foots(raw: list[tuple[D, D, int, int, D]]) -> None:
    jobs = []
    for n, (price, estimate, done, loose, billed) in enumerate(raw):
        estimate += D("0.01")
        cost = cents(estimate * done / 1000)
        u = min(cents(cost * loose / 1000), estimate - D("0.01"))
        jobs.append(Contract(str(n), price, estimate, cost, billed, u))
    got = schedule(jobs)
    assert got.total.earned + got.total.over - got.total.under == sum((j.billed for j in jobs), D(0))
    for row, job in zip(got.contracts, jobs, strict=True):
        assert not (row.over and row.under) and row.backlog + row.earned == job.price
        # the whole loss is provided at once: what the profit has of it, and what remains
        assert row.loss_provision >= 0 and row.loss_provision_total == max(D(0), job.estimated_total_cost - job.price)
        if job.cost_to_date == job.estimated_total_cost:
            assert row.earned == job.price and row.loss_provision == 0


# Section 3.1: code, a, b, c, d, e, f, i, j, k, m, n, method, o, p, l, q
BUDGET = ["03-3000.S", "120000", "0", "8500", "128500", "0", "128500", "120000", "0", "3200", "123200", "2000", "manual", "125200", "3300", "93200", "32000", "06-1000.L", "80000", "5000", "0", "85000", "4000", "89000", "0", "4000", "61000", "65000", "28000", "manual", "93000", "-4000", "61000", "32000", "09-2000.S", "64000", "0", "0", "64000", "0", "64000", "66500", "0", "0", "66500", "0", "auto", "66500", "-2500", "20000", "46500", "22-0000.S", "95000", "0", "0", "95000", "6000", "101000", "90000", "5200", "0", "95200", "5800", "auto", "101000", "0", "45000", "56000", "01-9000", "20000", "-5000", "0", "15000", "0", "15000", "0", "0", "0", "0", "15000", "auto", "15000", "0", "0", "15000"]  # fmt: skip
ORDER = ("a", "b", "c", "d", "e", "f", "i", "j", "k", "m", "n", "method", "o", "p", "l", "q")
TABLE = [dict(zip(("code", *ORDER), BUDGET[n : n + 17], strict=True)) for n in range(0, len(BUDGET), 17)]
TOTAL = dict(
    zip(
        "abcdefijkmnoplq",
        [
            "379000",
            "0",
            "8500",
            "387500",
            "10000",
            "397500",
            "276500",
            "9200",
            "64200",
            "349900",
            "50800",
            "400700",
            "-3200",
            "219200",
            "181500",
        ],
        strict=True,
    )
)


def budget_lines() -> list[BudgetLine]:
    return [
        BudgetLine(r["code"], *(D(r[c]) for c in "abceijk"), invoiced=D(r["l"]) - D(r["k"]),
                   forecast=Forecast("manual", D(r["n"])) if r["method"] == "manual" else Forecast())
        for r in TABLE
    ]  # fmt: skip


def test_the_published_budget_line_by_line() -> None:
    got = report(budget_lines())
    for row, want in zip(got.rows, TABLE, strict=True):
        assert {c: getattr(row, c) for c in ORDER if c != "method"} == {c: D(want[c]) for c in ORDER if c != "method"}, want["code"]
        assert row.auto == (want["method"] == "auto")
    assert got.totals == {c: D(v) for c, v in TOTAL.items()}


def test_the_approved_view_drops_what_is_pending() -> None:
    got = report(budget_lines())
    assert (got.approved_totals["e"], got.approved_totals["j"], got.approved_totals["f"]) == (0, 0, D(387500))
    plumbing = got.approved_rows[3]
    assert (plumbing.m, plumbing.n, plumbing.o, plumbing.p) == (D(90000), D(5000), D(95000), 0)


def test_transfers_that_do_not_net_to_zero_are_named() -> None:
    with pytest.raises(BrokenIdentity, match=r"Column b.*100\.00 \(X, Y\)"):
        report([BudgetLine("X", b=D(300)), BudgetLine("Y", b=D(-200)), BudgetLine("Z")])


def test_forecasts_by_quantity_and_an_overbilled_commitment() -> None:
    done = report([BudgetLine("Q", a=D(1000), i=D(400), invoiced=D(450), forecast=Forecast("quantity", D(900), D("0.40")))])
    assert (done.rows[0].m, done.rows[0].n, done.rows[0].o, done.rows[0].q) == (D(450), D(540), D(990), D(540))
    with pytest.raises(Invalid, match="share that is done"):
        report([BudgetLine("Q", forecast=Forecast("quantity", D(900)))])


def test_published_budgets_by_cost_code() -> None:
    for project in json.loads(case("accounting/budget_masslibrary_9_projects.json").read_text())["projects"]:
        rows = [r for r in project["rows"] if r["Cost code"]]
        lines = [
            BudgetLine(r["Cost code"], a=D(r["Original"]), c=D(r["Revised"]) - D(r["Original"]), i=D(r["Committed"]),
                       forecast=Forecast("manual", D(r["Forecast"]) - D(r["Committed"])))
            for r in rows
        ]  # fmt: skip
        got = report(lines)
        assert [r.p for r in got.rows] == [D(r["Variance (revised-forecast)"]) for r in rows]
        total = next(r for r in project["rows"] if r["Description"] == "TOTAL")
        assert (got.totals["d"], got.totals["o"], got.totals["p"]) == tuple(
            D(total[k]) for k in ("Revised", "Forecast", "Variance (revised-forecast)")
        )


@given(
    st.lists(
        st.tuples(st.sampled_from("XYZ"), st.sampled_from(["a", "c", "e", "i", "j", "k", "invoiced"]), st.integers(-(10**7), 10**7)),
        max_size=60,
    )
)
def test_collected_transactions_lose_nothing_and_auto_is_never_negative(raw: list[tuple[str, str, int]]) -> None:
    entries = [Entry(code, column, D(n) / 100) for code, column, n in raw]
    got = report(collect(entries))
    for column in "aceijk":
        assert got.totals[column] == sum((x.amount for x in entries if x.column == column), D(0))
    assert all(r.n >= 0 for r in got.rows)
    with pytest.raises(Invalid, match="not a column"):
        collect([*entries, Entry("X", "o", D(1))])


def test_the_table_from_status_to_column_keeps_what_others_lose() -> None:
    """Section 3.1, the cells marked ★: a received order is committed, a closed one keeps its actuals."""
    assert (COMMITMENT_COLUMN["received"], COMMITMENT_COLUMN["closed"], COMMITMENT_COLUMN["out_for_signature"]) == (
        "committed",
        "invoiced",
        "pending",
    )
    assert (CHANGE_COLUMN["proceeding"], CHANGE_COLUMN["rejected"], CHANGE_COLUMN["approved"]) == ("pending", "", "approved")
    assert BuyOut("Drywall", D(64000), D(66500)).gain == D(-2500)


def test_the_fence_of_four_sides() -> None:
    found = json.loads(case("accounting/earned_value_fence.json").read_text())
    got = earned_value(
        [Activity(a["name"], D(a["budget"]), D(a["planned_pct"]) / 100, D(a["actual_pct"]) / 100, D(a["actual_cost"])) for a in found["inputs"]["activities"]]
    )  # fmt: skip
    want = found["expected"]
    assert [got.pv, got.ev, got.ac, got.bac, got.cv, got.sv] == [D(want[k]) for k in ("PV", "EV", "AC", "BAC", "CV", "SV")]
    assert [round(x or D(0), 3) for x in (got.cpi, got.spi)] == [D(want["CPI"]), D(want["SPI"])]
    assert (got.eac, got.etc, got.vac) == (D(want["EAC_exact"]), D(want["ETC_exact"]), D(want["VAC_exact"]))
    assert abs((got.eac or D(0)) - D(want["EAC_source"])) <= D("1.5")
