"""The work mix on paper: the rule per piece, the shares, the bands, the general contractor, the four questions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.workmix import Answers, Length, Piece, Recommendation, Rule, Shape, Unit, advise, answer, judge, mix, working_days
from bifocal.engines.workmix.advice import percent
from bifocal.lib.errors import Invalid

D = Decimal
MONDAY = date(2025, 3, 3)


def call(n: int = 1, value: int | None = 500, hours: int | None = 3, **other: object) -> list[Piece]:
    return [Piece(i, MONDAY, MONDAY, None if value is None else D(value), None if hours is None else D(hours), **other) for i in range(n)]  # type: ignore[arg-type]


def fitout(n: int = 1, value: int | None = 40_000, hours: int | None = 300, **other: object) -> list[Piece]:
    end = MONDAY + timedelta(days=60)
    return [Piece(i, MONDAY, end, None if value is None else D(value), None if hours is None else D(hours), **other) for i in range(n)]  # type: ignore[arg-type]


def recommended(pieces: list[Piece], rule: Rule | None = None) -> str:
    rule = rule or Rule()
    return str(advise(mix(pieces, rule), rule).recommendation)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (MONDAY, MONDAY, 1),
        (MONDAY, date(2025, 3, 7), 5),  # Monday to Friday
        (MONDAY, date(2025, 3, 9), 5),  # to Sunday
        (MONDAY, date(2025, 3, 21), 15),  # three working weeks
        (date(2025, 3, 8), date(2025, 3, 8), 1),  # a Saturday emergency was worked on
        (date(2025, 3, 7), date(2025, 3, 10), 2),  # Friday and Monday
        (date(2024, 2, 29), date(2025, 2, 28), 262),  # 366 days: 52 weeks + Thursday and Friday
    ],
)
def test_working_days_count_both_ends_and_no_weekend(first: date, last: date, expected: int) -> None:
    assert working_days(first, last) == expected


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 900))
def test_working_days_are_the_days_counted_one_by_one(first: date, length: int) -> None:
    one_by_one = sum((first + timedelta(days=n)).weekday() < 5 for n in range(length + 1))
    assert working_days(first, first + timedelta(days=length)) == max(1, one_by_one)


@pytest.mark.parametrize(
    ("piece", "shape"),
    [
        (Piece(1, MONDAY, MONDAY, changes=1), Shape.PROJECT),
        (Piece(1, MONDAY, date(2025, 3, 21)), Shape.PROJECT),  # 15 working days
        (Piece(1, MONDAY, date(2025, 3, 20)), Shape.SERVICE),  # 14
        (Piece(1, visits=5), Shape.SERVICE),
        (Piece(1, visits=6), Shape.PROJECT),
        (Piece(1, hours=D("79.99")), Shape.SERVICE),
        (Piece(1, hours=D(80)), Shape.PROJECT),
        (Piece(1, value=D("24999.99")), Shape.SERVICE),
        (Piece(1, value=D(25000)), Shape.PROJECT),
        (Piece(1, MONDAY, MONDAY, value=D(90000)), Shape.SERVICE),  # a dear call: value decides only where nothing else is known
        (Piece(1, changes=0, value=D(90000)), Shape.SERVICE),
        (Piece(1, MONDAY, None, value=D(90000)), Shape.PROJECT),  # a start alone tells no length
        (Piece(1, days=15), Shape.PROJECT),
    ],
)
def test_the_rule_at_its_edges(piece: Piece, shape: Shape) -> None:
    found = judge(piece, Rule())
    assert found is not None and found[0] is shape and found[1]


def test_a_piece_of_which_nothing_is_known_is_listed_never_guessed() -> None:
    found = mix([Piece(7, MONDAY), *call(3)], Rule())
    assert found.unknown == [7] and found.sides.count == 3


def test_open_work_is_counted_and_left_out() -> None:
    found = mix([Piece(1, MONDAY, finished_work=False, value=D(900_000)), *call(4)], Rule())
    assert (found.open, found.sides.count) == (1, 4) and found.sides.project.count == 0


def test_ten_fit_outs_are_not_hidden_by_two_thousand_calls() -> None:
    """The issue's plumber: by count the fit-outs are half a percent, by revenue 400,000 of 1,400,000."""
    pieces = [*call(2000), *fitout(10)]
    found = mix(pieces, Rule())
    told = advise(found, Rule())
    assert told.recommendation is Recommendation.BOTH and told.smaller is Shape.PROJECT
    assert found.sides.shares().revenue == Fraction(1_000_000, 1_400_000) and found.sides.shares().hours == Fraction(6000, 9000)
    assert told.share == Fraction(1, 3) and told.by == "hours"  # 28.6% of revenue, 33.3% of hours: the larger counts


@pytest.mark.parametrize(
    ("service", "project", "expected"),
    [
        (900, 100, "service"),  # exactly 10%
        (899, 101, "watch"),
        (751, 249, "watch"),
        (750, 250, "both"),  # exactly 25%
        (250, 750, "both"),
        (100, 900, "projects"),
        (101, 899, "watch"),
        (0, 10, "projects"),
        (10, 0, "service"),
    ],
)
def test_the_bands_are_exact_and_unrounded(service: int, project: int, expected: str) -> None:
    pieces = [*call(1, value=service, hours=None), *fitout(1, value=project, hours=None)]
    assert recommended([p for p in pieces if p.value]) == expected


def test_a_share_is_never_rounded_across_a_threshold() -> None:
    pieces = [*call(1, value=9_000_000, hours=None), *fitout(1, value=1_000_001, hours=None)]
    told = advise(mix(pieces, Rule()), Rule())
    assert told.recommendation is Recommendation.WATCH
    assert percent(told.share, Rule()) == "10.00001%"


def test_hours_decide_where_revenue_is_unknown_and_count_only_where_both_are() -> None:
    assert recommended([*call(100, value=None, hours=1), *fitout(1, value=None, hours=300)]) == "both"  # 25% of hours are the calls'
    told = advise(mix([*call(97, value=None, hours=None), *fitout(3, value=None, hours=None)], Rule()), Rule())
    assert told.recommendation is Recommendation.SERVICE and told.by == "count"
    assert "Neither revenue nor hours are known" in told.reasons[0]


def test_the_dominant_lens_is_the_one_by_revenue_though_hours_say_otherwise() -> None:
    """Projects earn 95%, service works 90% of the hours: service is the smaller side, and its hours count."""
    told = advise(mix([*call(60, value=8, hours=15), *fitout(1, value=9500, hours=100)], Rule()), Rule())
    assert told.dominant is Shape.PROJECT and told.share == Fraction(9, 10) and told.recommendation is Recommendation.BOTH


def test_hours_kept_on_one_side_only_do_not_decide_while_revenue_is_known() -> None:
    told = advise(mix([*call(10, value=50, hours=5), *fitout(1, value=9500, hours=None)], Rule()), Rule())
    assert told.recommendation is Recommendation.PROJECTS and told.by == "revenue"
    assert any("hours" in r and "does not decide" in r for r in told.reasons)


@pytest.mark.parametrize(
    ("service", "days", "expected"),
    [
        (200, 60, "both"),  # 20% of revenue, a day against two months
        (199, 60, "watch"),
        (240, 20, "watch"),  # typical work alike: 9 days against 15
        (100, 60, "projects"),
    ],
)
def test_a_general_contractor_is_told_at_a_fifth_of_revenue_and_only_where_the_pattern_differs(
    service: int, days: int, expected: str
) -> None:
    end = MONDAY + timedelta(days=days)
    start = end - timedelta(days=11) if days == 20 else end
    pieces = [Piece(1, start, end, D(service)), Piece(2, MONDAY, end, D(1000 - service))]
    assert recommended(pieces, Rule(general_contractor=True)) == expected
    assert recommended(pieces) == ("projects" if service == 100 else "watch")


def test_the_trend_is_said() -> None:
    pieces = []
    for quarter in range(8):
        day = date(2024 + quarter // 4, 1 + 3 * (quarter % 4), 10)
        pieces += [Piece(1, day, day, D(900)), Piece(2, day - timedelta(days=90), day, D(100 if quarter < 4 else 600))]
    found = mix(pieces, Rule())
    assert list(found.quarters)[0] == "2024-Q1" and len(found.quarters) == 8
    assert "rose: 10.0% in the 4 quarters before, 40.0% in the last 4" in advise(found, Rule()).trend


@pytest.mark.parametrize("bad", [{"days": 0}, {"small": D("0.3")}, {"both": D("0.6")}, {"contractor": D("0.05")}, {"coverage": D(2)}])
def test_thresholds_that_contradict_each_other_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        Rule(**bad)  # type: ignore[arg-type]


def test_nothing_finished_is_said() -> None:
    with pytest.raises(Invalid, match="no finished work"):
        advise(mix([], Rule()), Rule())


@given(st.lists(st.tuples(st.integers(1, 90_000), st.integers(0, 120)), min_size=1, max_size=30), st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_the_rows(rows: list[tuple[int, int]], random: object) -> None:
    pieces = [Piece(n, MONDAY, MONDAY + timedelta(days=d), D(v)) for n, (v, d) in enumerate(rows)]
    again = list(pieces)
    random.shuffle(again)  # type: ignore[attr-defined]
    one, two = advise(mix(pieces, Rule()), Rule()), advise(mix(again, Rule()), Rule())
    assert (one.recommendation, one.share, one.reasons) == (two.recommendation, two.share, two.reasons)
    assert one.share <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (Answers(Length.DAYS, Unit.JOB, D("0.95")), "service"),
        (Answers(Length.WEEKS, Unit.PROJECT, D("0.05")), "projects"),
        (Answers(Length.BOTH, Unit.BOTH, D("0.60")), "both"),
        (Answers(Length.BOTH, Unit.JOB, D("0.85")), "watch"),
        (Answers(Length.BOTH, Unit.JOB, D("0.85"), friction=True), "both"),  # friction: bigger than you thought
        (Answers(Length.DAYS, Unit.JOB, D("0.95"), friction=True), "watch"),
        (Answers(Length.DAYS, Unit.JOB), "service"),
        (Answers(Length.WEEKS, Unit.PROJECT), "projects"),
    ],
)
def test_the_four_questions(answers: Answers, expected: str) -> None:
    assert str(answer(answers, Rule()).recommendation) == expected


@pytest.mark.parametrize(
    "answers", [Answers(Length.BOTH, Unit.JOB), Answers(Length.DAYS, Unit.PROJECT), Answers(Length.DAYS, Unit.JOB, D(2))]
)
def test_answers_that_say_too_little_are_asked_again(answers: Answers) -> None:
    with pytest.raises(Invalid):
        answer(answers, Rule())
