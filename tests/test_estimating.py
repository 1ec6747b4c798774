"""The estimating engine: worked examples from paper, published markup arithmetic, and properties of money."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.estimating import allowances, levelling, outcome, pricing
from bifocal.engines.estimating.assemblies import Assembly, Part, explode
from bifocal.engines.estimating.formulas import evaluate
from bifocal.lib.errors import Invalid


def line(key: str, cost_type: str, quantity: str, unit_cost: str, **more: object) -> pricing.Line:
    values = {"phase": "10", "cost_code": "26-0000", "description": key, **more}
    return pricing.Line(key=key, cost_type=cost_type, quantity=D(quantity), unit_cost=D(unit_cost), **values)  # type: ignore[arg-type]


def test_a_worked_example_from_paper() -> None:
    """1,000 ft of conduit, 5% waste at 1.10; 40 ft an hour at 68.00 an hour; 10% overhead, then 20% margin.

    Material 1,050 x 1.10 = 1,155.00; 25 h x 68 = 1,700.00; cost 2,855.00; overhead 285.50; 3,140.50 / 0.80 = 3,925.625.
    """
    lines = [line("pipe", "M", "1000", "1.10", waste=D("0.05")), line("pull", "L", "1000", "68", per_hour=D(40))]
    charges = [pricing.Charge("Overhead", D("0.10")), pricing.Charge("Profit", D("0.20"), "margin", compounds=True)]
    s = pricing.section("", lines, charges)
    assert (s.cost, s.hours, s.charges) == (D("2855.00"), D("25.00"), (D("285.50"), D("785.13")))
    assert s.price == D("3925.63") == sum(p.price for p in s.lines)
    assert [p.ordered for p in s.lines] == [D("1050.00"), D("1000")]
    assert pricing.markup_and_margin(D(100), D(125)) == (D("0.25"), D("0.2"))


def test_markup_is_not_margin_and_a_charge_may_be_on_materials_alone() -> None:
    goods, work = line("m", "M", "1", "100"), line("l", "L", "1", "100", unit="h")
    assert pricing.section("", [goods], [pricing.Charge("Markup", D("0.25"))]).price == D("125.00")
    assert pricing.section("", [goods], [pricing.Charge("Margin", D("0.25"), "margin")]).price == D("133.33")
    taxed = pricing.section("", [goods, work], [pricing.Charge("Sales tax on materials", D("0.06"), types="M")])
    assert (taxed.price, [p.price for p in taxed.lines]) == (D("206.00"), [D("106.00"), D("100.00")])
    with pytest.raises(Invalid, match="below 100 percent"):
        pricing.section("", [goods], [pricing.Charge("Margin", D(1), "margin")])


amounts = st.decimals("-500", "5000", places=2)
charges = st.lists(
    st.builds(
        pricing.Charge, st.just("c"), st.decimals("0", "0.6", places=4), st.sampled_from(["markup", "margin"]),
        st.sampled_from(["", "M", "LS", "E"]), st.booleans(),
    ), max_size=4,
)  # fmt: skip
lines_of = st.lists(
    st.builds(
        lambda k, t, q, u, w, o: pricing.Line(str(k), "1" if k % 2 else "2", f"0{k % 3}", t, q, u, w, option=o),
        st.integers(0, 10**6), st.sampled_from("LMESO"), st.decimals("0", "300", places=3), amounts, st.decimals("0", "0.5", places=2),
        st.sampled_from(["", "a", "b"]),
    ), max_size=12, unique_by=lambda li: li.key,
)  # fmt: skip


@given(lines_of, charges)
def test_lines_add_up_to_their_section_and_options_move_the_total_by_their_own_price(
    lines: list[pricing.Line], charged: list[pricing.Charge]
) -> None:
    found = pricing.price(lines, ["a", "b"], charged)
    by_key = {s.key: s for s in found.sections}
    for s in found.sections:
        assert sum((p.price for p in s.lines), D(0)) == s.price or not s.lines
        assert sum((p.cost for p in s.lines), D(0)) == s.cost and s.cost + sum(s.charges, D(0)) == s.price
        assert all(p.price == p.price.quantize(D("0.01")) for p in s.lines)
    for extra in ("a", "b"):
        assert found.sum("price", [extra]) - found.sum("price", []) == by_key[extra].price
    whole = [p for s in found.chosen(["a", "b"]) for p in s.lines]
    assert sum((v.price for v in outcome.schedule_of_values(whole)), D(0)) == found.sum("price", ["a", "b"])
    assert sum((b.cost for b in outcome.budget(whole)), D(0)) == found.sum("cost", ["a", "b"])
    exact = {p.line.key: p.price for p in whole}
    assert found == pricing.price(lines, ["a", "b"], charged) and len(exact) == len(whole)


@given(st.decimals("0.01", "99999", places=2), st.decimals("0", "0.9", places=4))
def test_a_margin_is_kept_of_the_price(cost: D, rate: D) -> None:
    s = pricing.section("", [line("x", "M", "1", str(cost))], [pricing.Charge("m", rate, "margin")])
    assert abs(s.price * (1 - rate) - cost) <= D("0.01")


@pytest.mark.parametrize(
    ("text", "value"),
    [("2*(length+width)*height - 21", "267"), ("ceil(length/1.25)", "10"), ("max(1, floor(width/4), 2)", "2"), ("-qty + 1.50", "0.50"), ("sqrt(16)", "4")],
)  # fmt: skip
def test_formulas(text: str, value: str) -> None:
    assert evaluate(text, {"length": D(12), "width": D(6), "height": D(8), "qty": D(1)}) == D(value)


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "length.real", "2**99", "9**9**9", "(lambda: 1)()", "[1][0]", "'a'*9", "length if 1 else 2", "nothere", "1/0",
     "", "(" * 80, "1" * 300, "+".join("1" * 100), "True", "max()", "ceil(1, 2)", "10000000000", "sqrt(-1)", "1e99"],
)  # fmt: skip
def test_a_formula_that_is_none_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Invalid):
        evaluate(text, {"length": D(12)})


def test_assemblies_open_nested_ones_and_refuse_circles() -> None:
    wall = Assembly("WALL", "Wall", "ft", {"height": D(8)}, (
        Part("ceil(qty*12/16)+1", "Stud", unit_cost=D("4.10")), Part("qty*height*2", "Board", assembly="BOARD", given={"coats": "2"}),
        Part("0*qty", "Never"),
    ))  # fmt: skip
    board = Assembly(
        "BOARD", "Board and paint", "sf", {"coats": D(1)}, (Part("qty/32", "Sheet"), Part("qty*coats", "Paint", cost_type="L"))
    )
    found = explode("WALL", {"WALL": wall, "BOARD": board}, D(20), {"height": D(10)})
    assert [(x.part.description, x.quantity, x.path) for x in found] == [
        ("Stud", D(16), ("WALL",)), ("Sheet", D("12.5"), ("WALL", "BOARD")), ("Paint", D(800), ("WALL", "BOARD")),
    ]  # fmt: skip
    round_ = Assembly("A", "A", "ea", {}, (Part("qty", assembly="B"),)), Assembly("B", "B", "ea", {}, (Part("qty", assembly="A"),))
    with pytest.raises(Invalid, match="A holds itself: A > B > A"):
        explode("A", {a.code: a for a in round_}, D(1), {})
    with pytest.raises(Invalid, match="has no parameter 'depth'"):
        explode("WALL", {"WALL": wall, "BOARD": board}, D(1), {"depth": D(1)})


def test_of_a_group_exactly_one_is_chosen() -> None:
    options = [
        pricing.Option("s", "Standard tile", "Tile"),
        pricing.Option("p", "Porcelain", "Tile", usual=True),
        pricing.Option("h", "Heat"),
    ]
    assert pricing.usual(options) == ["p"]
    pricing.check_choice(options, ["s", "h"])
    with pytest.raises(Invalid, match="Choose one for 'Tile'"):
        pricing.check_choice(options, ["h"])
    with pytest.raises(Invalid, match="not Standard tile and Porcelain"):
        pricing.check_choice(options, ["s", "p"])
    with pytest.raises(Invalid, match="not in this proposal"):
        pricing.check_choice(options, ["p", "x"])


def test_activities_come_from_hours() -> None:
    lines = [line("a", "L", "100", "60", per_hour=D(2)), line("b", "L", "10", "60", unit="h", phase="20"), line("c", "M", "5", "1")]
    steps = outcome.steps(pricing.section("", lines, []).lines, crew=3)
    assert [(s.code, s.phase, s.hours, s.days, s.after) for s in steps] == [
        ("E010", "10", D("50.00"), 3, ()), ("E020", "20", D("10.00"), 1, ("E010",)),
    ]  # fmt: skip


def test_levelling_gives_a_hole_no_rank_and_counts_plugs() -> None:
    """Three bids over budget lines 10,000, 4,000 and 1,000; B leaves the third out and is plugged, C leaves it open."""
    scope = [levelling.Scope("1", D(10000)), levelling.Scope("2", D(4000)), levelling.Scope("3", D(1000))]
    bids = [
        levelling.Bid("A", {"1": D(9800), "2": D(4100), "3": D(900)}, {}),
        levelling.Bid("B", {"1": D(9500), "2": D(4000)}, {"3": D(1000)}, late=True), levelling.Bid("C", {"1": D(9000), "2": D(3900)}, {}),
    ]  # fmt: skip
    sheet = levelling.level(scope, bids)
    assert [(b.bid.key, b.rank, b.total, b.missing) for b in sheet.bids] == [
        ("B", 1, D(14500), ()), ("A", 2, D(14800), ()), ("C", None, D(12900), ("3",)),
    ]  # fmt: skip
    assert sheet.low == "B" and sheet.spread == D(300) / D(14500) and sheet.budget == D(15000)
    assert sheet.bids[0].plugs == D(1000) and sheet.bids[0].cells["3"].plugged and sheet.middle["1"] == D(9500)


def test_allowances_settle_to_one_amount() -> None:
    rows = [allowances.Chosen("tile", D(2000), D(2350)), allowances.Chosen("faucet", D(600), D(450))]
    over, credit = allowances.settle(rows, allowances.Rule(tax=D("0.06"), markup=D("0.20")))
    assert (over.cost, over.difference, over.charge, over.total) == (D("2491.00"), D("491.00"), D("98.20"), D("589.20"))
    assert (credit.difference, credit.charge, credit.total) == (D("-123.00"), D("0.00"), D("-123.00"))
    assert allowances.settle(rows, allowances.Rule(markup=D("0.20"), on_credit=True))[1].total == D("-180.00")


def test_versions_are_compared_line_by_line() -> None:
    a = [{"key": "1", "quantity": "2", "cost": "20.00"}, {"key": "2", "quantity": "1", "cost": "5.00"}, {"key": "4", "cost": "1.00"}]
    b = [{"key": "1", "quantity": "3", "cost": "30.00"}, {"key": "3", "quantity": "1", "cost": "7.50"}, {"key": "4", "cost": "1.00"}]
    found = {d.key: (d.sort, d.fields, d.cost) for d in outcome.compare(a, b)}
    assert found == {
        "1": ("changed", ("quantity", "cost"), D("10.00")), "2": ("removed", ("quantity", "cost"), D("-5.00")),
        "3": ("added", ("quantity", "cost"), D("7.50")),
    }  # fmt: skip
