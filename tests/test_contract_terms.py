"""Section 2 of issue 5: unit prices, many cost codes behind a line, the sum checked at commit, statutes, front-loading."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.projects.contracts.rules import Loaded, check_shares, front_loading, unit_value
from tests import factories
from tests.conftest import run, settle

db = pytest.mark.django_db
TODAY = date.today()


def bare(state: str = "MD") -> dict[str, Any]:
    who = factories.customer(sort="commercial")["uid"]
    where = run("site.add", "owner", customer=who, address="12 Pier Road", city="X", state=state)["uid"]
    return {"job": run("project.create", "pm", customer=who, site=where, title="Piles", branch="BAL")["uid"], "customer": who}


def written(made: dict[str, Any], lines: list[dict[str, Any]], total: str, key: str = "pm", **more: Any) -> dict[str, Any]:
    return run("contract.write", key, job=made["job"], number="C-1", sum=total, lines=lines, starts=TODAY, **more)


PILES = {"item": "1", "description": "Steel piles", "quantity": "120", "unit": "each", "unit_price": "812.35", "cost_code": "01-0000"}
REST = {"item": "2", "description": "Cap beam", "scheduled_value": "2518.00", "cost_code": "26-0000"}


@db
def test_a_unit_price_line_is_its_quantity_at_its_price_and_the_database_checks_the_sum_at_commit() -> None:
    from bifocal.projects.contracts.models import Contract, SovLine

    made = bare()
    uid = written(made, [PILES, REST], "100000.00")["uid"]  # 120 x 812.35 = 97,482.00
    line = SovLine.objects.get(contract__uid=uid, item="1")
    assert (line.scheduled_value, line.quantity, line.unit_price) == (D("97482.00"), D(120), D("812.35"))
    settle()
    with pytest.raises(IntegrityError, match="adds up to"), transaction.atomic():
        SovLine.objects.filter(pk=line.pk).update(scheduled_value=D("97482.01"))
        settle()
    with pytest.raises(IntegrityError), transaction.atomic():
        SovLine.objects.filter(pk=line.pk).update(unit_price=None)
    assert Contract.objects.get(uid=uid).sum == D(100000)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({**PILES, "scheduled_value": "97482.01"}, "is 97,482.00, not 97,482.01"), ({**PILES, "unit_price": None}, "needs a quantity|its unit price"),
        ({"item": "1", "description": "x"}, "no scheduled value"), ({**PILES, "codes": [{"cost_code": "01-0000", "share": "0.6"}]}, "60.00%"),
        ({**PILES, "codes": [{"cost_code": "01-0000", "share": "0.5"}] * 2}, "twice"), ({**PILES, "codes": [{"cost_code": "zz", "share": "1"}]}, "no cost code"),
    ],
)  # fmt: skip
@db
def test_a_line_that_contradicts_itself_is_refused(line: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        written(bare(), [line, REST], "100000.00")


@db
def test_one_line_on_several_codes_and_one_code_behind_several_lines_roll_up_to_the_contract() -> None:
    from bifocal.projects.budget.queries import sov_by_code
    from bifocal.projects.contracts.models import Contract

    made = bare()
    half = [{"cost_code": "01-0000", "share": "0.3333"}, {"cost_code": "26-0000", "share": "0.6667"}]
    uid = written(made, [{"item": "1", "description": "A", "scheduled_value": "100.01", "codes": half}, REST], "2618.01")["uid"]
    run("budget.set", "pm", job=made["job"], lines=[{"cost_code": "26-0000", "cost_type": "L", "amount": "2000.00"}])
    found = {r["code"]: (r["value"], r["budget"]) for r in sov_by_code(Contract.objects.get(uid=uid))["rows"]}
    assert found == {"01-0000": (D("33.33"), 0), "26-0000": (D("2584.68"), D(2000))}
    run(
        "contract.map",
        "pm",
        contract=uid,
        lines=[{"item": "1", "codes": []}, {"item": "2", "codes": [{"cost_code": "01-0000", "share": "1"}]}],
    )
    assert {r["code"]: r["value"] for r in sov_by_code(Contract.objects.get(uid=uid))["rows"]} == {"": D("100.01"), "01-0000": D(2518)}
    for key in ("super", "dispatch", "viewer"):
        with pytest.raises(NotAllowed):
            run("contract.map", key, contract=uid, lines=[])


@given(st.decimals(D("0.01"), 10**7, places=2), st.lists(st.integers(1, 2000), min_size=1, max_size=6))
def test_shares_spread_to_the_cent(value: D, weights: list[int]) -> None:
    from bifocal.lib.money import allocate

    assert sum(allocate(value, [D(w) for w in weights])) == value
    shares = [(str(n), D(w) / 10000) for n, w in enumerate(weights)]
    whole = [*shares, ("rest", 1 - sum(s for _, s in shares))]
    check_shares("1", whole)


# A contract of 100: mobilization 30 of value on 5 of 50 cost = 30% of the money for 10% of the cost: 20 points ahead.
def test_front_loading_by_hand() -> None:
    flat = [Loaded("1", D(20), D(10)), Loaded("2", D(80), D(40))]
    assert front_loading(flat) is None
    found = front_loading([Loaded("1", D(30), D(5)), Loaded("2", D(30), D(15)), Loaded("3", D(40), D(30))])
    assert found is not None and (found.lead, found.until, found.items) == (D("0.2"), "1", ("1",))
    assert front_loading([Loaded("3", D(40), D(30)), Loaded("1", D(60), D(20))]) is None  # the dear one comes last: that is fine
    assert front_loading([Loaded("1", D(30), D(0))]) is None and front_loading([]) is None


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 1000)), min_size=1, max_size=8))
def test_a_lead_is_a_share_and_a_schedule_at_one_margin_has_none(drawn: list[tuple[int, int]]) -> None:
    lines = [Loaded(str(n), D(v), D(b)) for n, (v, b) in enumerate(drawn)]
    found = front_loading(lines)
    assert found is None or D("0.10") < found.lead < 1
    assert front_loading([Loaded(li.item, li.budget * 3, li.budget) for li in lines]) is None


@pytest.mark.parametrize(("state", "rate", "sum_", "says"), [("CA", "0.10", "100000.00", "SB 61"), ("NY", "0.06", "200000.00", "756-c")])
@db
def test_the_statute_of_the_sites_state_caps_retainage_when_the_contract_is_written(state: str, rate: str, sum_: str, says: str) -> None:
    line = {"item": "1", "description": "A", "scheduled_value": sum_}
    with pytest.raises(Refused, match=says):
        written(bare(state), [line], sum_, retainage_work=rate, retainage_stored="0.05")
    with pytest.raises(Refused, match=says):
        written(bare(state), [{**line, "retainage_stored": rate}], sum_, retainage_work="0.05", retainage_stored="0.05")
    written(bare(state), [line], sum_, retainage_work="0.05", retainage_stored="0.05")
    written(bare("MD"), [line], sum_, retainage_work=rate, retainage_stored=rate)


def test_a_value_by_hand() -> None:
    assert unit_value("1", D("12.5"), D("3.33"), None) == D("41.63")  # 41.625, half up
    assert unit_value("1", None, None, D(5)) == D(5)
