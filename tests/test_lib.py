"""Money and ids: properties on any input."""

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.lib.errors import Invalid
from bifocal.lib.ids import uuid7
from bifocal.lib.money import allocate, cents, parse_money
from bifocal.lib.periods import clock

amounts = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
weights = st.lists(st.decimals(min_value=0, max_value=10_000, places=2), min_size=1, max_size=40)


@given(amounts, weights)
def test_allocated_cents_always_add_up(total: Decimal, shares: list[Decimal]) -> None:
    if sum(shares) <= 0:
        with pytest.raises(Invalid):
            allocate(total, shares)
        return
    parts = allocate(total, shares)
    assert sum(parts) == total
    whole = sum(shares)
    assert all(abs(p - total * w / whole) < Decimal("0.01") for p, w in zip(parts, shares, strict=True))


def test_rhode_islands_own_example_of_spreading_a_delivery_charge(request: pytest.FixtureRequest) -> None:
    # 280-RICR-20-70-6.6: a delivery charge goes onto the items in proportion to their price.
    assert allocate(Decimal("0.05"), [Decimal(1), Decimal(1), Decimal(1)]) == [Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]


@pytest.mark.parametrize(("raw", "value"), [("2.345", "2.35"), ("-2.345", "-2.35"), ("2.344999", "2.34"), ("0.005", "0.01")])
def test_rounding_is_half_up_on_both_sides_of_zero(raw: str, value: str) -> None:
    assert cents(Decimal(raw)) == Decimal(value)


@pytest.mark.parametrize(
    ("raw", "value"), [("1,234.50", "1234.50"), ("$12", "12"), ("(500.00)", "-500.00"), ("-5", "-5"), ("$ 1,000", "1000")]
)
def test_money_is_read_as_people_write_it(raw: str, value: str) -> None:
    assert parse_money(raw) == Decimal(value)


@pytest.mark.parametrize("raw", ["", "abc", "12x", "1.2.3", "--", "1e5", "NaN", "Infinity", "$"])
def test_what_cannot_be_read_is_never_zero(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_money(raw)


def test_ids_are_version_7_and_sort_by_time() -> None:
    made = [uuid7() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(u.version == 7 and u.variant == "specified in RFC 4122" for u in made)
    assert [u.int >> 80 for u in made] == sorted(u.int >> 80 for u in made)


@pytest.mark.parametrize(
    ("at", "whole", "short"),
    [
        (time(7), "7:00 am", "7 am"),
        (time(15, 30), "3:30 pm", "3:30 pm"),
        (time(0), "12:00 am", "12 am"),
        (time(12, 5), "12:05 pm", "12:05 pm"),
    ],
)
def test_hours_are_said_as_the_trade_says_them(at: time, whole: str, short: str) -> None:
    assert (clock(at), clock(at, short=True)) == (whole, short)
