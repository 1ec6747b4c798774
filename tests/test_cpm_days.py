"""The critical path against a published network, and properties on any network."""

import os
import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.cpm.days import Activity, Calendar, Link, Network, schedule
from bifocal.lib.errors import Invalid

WEEK = Calendar(frozenset(range(5)))
MON = date(2026, 3, 2)


def net(acts: list[tuple[str, int]], links: list[tuple], calendar: Calendar = WEEK) -> Network:
    return Network(MON, calendar, tuple(Activity(c, d) for c, d in acts), tuple(Link(*li) for li in links))


def test_a_textbook_network_has_its_published_critical_path() -> None:
    # Wikipedia, 'Critical path method': A3 -> B4, C2; B -> D5; C, B -> E1? The classic seven-activity example of Moder & Phillips:
    # A(3) starts; B(2), C(4) after A; D(5) after B; E(1) after B and C; F(4) after D and E. Longest: A-B-D-F = 14 days.
    result = schedule(net([("A", 3), ("B", 2), ("C", 4), ("D", 5), ("E", 1), ("F", 4)],
                          [("A", "B"), ("A", "C"), ("B", "D"), ("B", "E"), ("C", "E"), ("D", "F"), ("E", "F")]))  # fmt: skip
    assert result.critical_path == ("A", "B", "D", "F")
    assert result.finish == date(2026, 3, 19)  # 14 working days from Monday 2 March
    assert result.dates["C"].total_float == 2 and result.dates["E"].total_float == 2
    assert result.dates["F"].driving == "D"


@pytest.mark.parametrize(("sort", "lag", "start", "finish"), [
    ("FS", 0, "2026-03-09", "2026-03-11"), ("FS", 2, "2026-03-11", "2026-03-13"), ("FS", -1, "2026-03-06", "2026-03-10"),
    ("SS", 1, "2026-03-03", "2026-03-05"), ("FF", 0, "2026-03-04", "2026-03-06"), ("SF", 4, "2026-03-03", "2026-03-05"),
])  # fmt: skip
def test_four_link_types_with_lag_skip_the_weekend(sort: str, lag: int, start: str, finish: str) -> None:
    got = schedule(net([("A", 5), ("B", 3)], [("A", "B", sort, lag)])).dates["B"]
    assert (str(got.early_start), str(got.early_finish)) == (start, finish)


def test_a_holiday_moves_everything_behind_it() -> None:
    closed = Calendar(frozenset(range(5)), frozenset({date(2026, 3, 4)}))
    assert schedule(net([("A", 5)], [], closed)).finish == date(2026, 3, 9)


def test_a_loop_is_shown_whole() -> None:
    with pytest.raises(Invalid, match="loop"):
        schedule(net([("A", 1), ("B", 1), ("C", 1)], [("A", "B"), ("B", "C"), ("C", "A")]))


def test_an_unknown_activity_and_a_negative_duration_are_refused_by_name() -> None:
    with pytest.raises(Invalid, match="X"):
        schedule(net([("A", 1)], [("A", "X")]))
    with pytest.raises(Invalid, match="A"):
        schedule(net([("A", -1)], []))


@st.composite
def networks(draw: st.DrawFn) -> Network:
    n = draw(st.integers(1, 12))
    acts = [(f"A{i}", draw(st.integers(0, 9))) for i in range(n)]
    links = [
        (f"A{i}", f"A{j}", draw(st.sampled_from(["FS", "SS", "FF", "SF"])), draw(st.integers(0, 4)))
        for i in range(n)
        for j in range(i + 1, n)
        if draw(st.booleans())
    ]
    return net(acts, links)


@given(networks())
def test_late_is_never_before_early_and_a_zero_float_path_exists(network: Network) -> None:
    result = schedule(network)
    assert all(d.total_float >= 0 for d in result.dates.values())
    assert result.critical_path
    assert schedule(network) == result


@given(networks(), st.integers(0, 11), st.integers(0, 11))
def test_another_link_never_makes_a_start_earlier(network: Network, a: int, b: int) -> None:
    codes = [x.code for x in network.activities]
    i, j = sorted((a % len(codes), b % len(codes)))
    if i == j:
        return
    more = Network(network.start, network.calendar, network.activities, (*network.links, Link(codes[i], codes[j])))
    before, after = schedule(network), schedule(more)
    assert all(after.dates[c].early_start >= before.dates[c].early_start for c in codes)


def test_a_calendar_reads_the_same_in_every_process() -> None:
    """A simulation's answer is kept with the digest of its schedule: the order of a set, another one after each start, made it stale."""
    told = "from datetime import date; from bifocal.engines.cpm.days import Calendar; off = frozenset(date(2026, m, 4) for m in range(1, 13)); print(Calendar(frozenset({0}), off).hours())"
    said = {
        subprocess.run([sys.executable, "-c", told], env={**os.environ, "PYTHONHASHSEED": str(n)}, check=True, capture_output=True).stdout
        for n in (1, 2)
    }
    assert len(said) == 1
