"""The schedule engine by hand: small networks worked on paper, each rule alone, errors by name, and properties on any network."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.cpm import (
    Activity,
    Calendar,
    Constraint,
    Kind,
    Limit,
    Link,
    Network,
    Options,
    Project,
    Result,
    Work,
    minute,
    moment,
    round_the_clock,
    schedule,
    weekly,
    why,
)  # fmt: skip
from bifocal.engines.cpm.calendars import DAY, Table, tidy
from bifocal.lib.errors import Invalid

WEEK = weekly("week")  # Monday to Friday, 08:00-12:00 and 13:00-17:00
TENS = weekly("tens", "Mon Tue Wed Thu", "07:00-12:00 12:30-17:30", name="4x10")
ALWAYS = round_the_clock()


def at(text: str) -> int:
    """'03-02 08:00' in 2026; 2 March 2026 is a Monday."""
    return minute(datetime.fromisoformat(f"2026-{text}"))


def say(instant: int) -> str:
    return f"{moment(instant):%m-%d %H:%M}"


def act(code: str, hours: float, calendar: str = "week", **more: Any) -> Activity:
    length = round(hours * 60)
    return Activity(code, code, calendar, more.pop("duration", length), more.pop("remaining", length), **more)


def net(*acts: Activity, links: tuple[Link, ...] = (), start: str = "03-02 08:00", data_date: str | None = None, must: str | None = None,
        dialect: Any = "p6", calendars: tuple[Calendar, ...] = (WEEK, TENS, ALWAYS), **options: Any) -> Network:  # fmt: skip
    project = Project("", at(start), at(data_date) if data_date else None, at(must) if must else None, "week", Options(**options))
    return Network((project,), calendars, acts, links, dialect)


def early(result: Result, code: str) -> tuple[str, str]:
    return say(result.dates[code].early_start), say(result.dates[code].early_finish)


def late(result: Result, code: str) -> tuple[str, str]:
    return say(result.dates[code].late_start), say(result.dates[code].late_finish)


# --- calendars ---


def test_a_finish_is_the_earliest_and_a_start_the_latest_of_the_same_working_instant() -> None:
    table = Table(WEEK, at("03-02 00:00"), at("03-20 00:00"))
    assert say(table.add(at("03-06 13:00"), 240)) == "03-06 17:00"  # Friday's end, not Monday's beginning
    assert say(table.sub(at("03-06 17:00"), 240)) == "03-06 13:00"
    assert say(table.sub(at("03-09 12:00"), 240)) == "03-09 08:00"  # Monday's beginning, not Friday's end
    assert table.work(at("03-06 17:00"), at("03-09 08:00")) == 0
    assert say(table.next_start(at("03-06 17:00"))) == "03-09 08:00" and say(table.prev_finish(at("03-09 08:00"))) == "03-06 17:00"
    assert table.add(at("03-07 03:00"), 0) == at("03-07 03:00")  # nothing to do moves nothing


def test_holidays_short_days_and_a_shift_over_midnight() -> None:
    closed = replace(WEEK, exceptions={date(2026, 3, 4): (), date(2026, 3, 7): ((480, 720),)})
    table = Table(closed, at("03-02 00:00"), at("03-09 00:00"))
    assert say(table.add(at("03-03 13:00"), 480)) == "03-05 12:00"
    assert say(table.add(at("03-06 13:00"), 480)) == "03-07 12:00"  # Saturday morning is worked
    night = Table(weekly("night", "Mon Tue Wed Thu Fri Sat Sun", "22:00-00:00 00:00-06:00"), at("03-02 00:00"), at("03-09 00:00"))
    assert say(night.add(at("03-02 22:00"), 480)) == "03-03 06:00" and say(night.prev_finish(at("03-03 00:00"))) == "03-03 00:00"
    assert tidy([(720, 780), (480, 720), (900, 900)]) == ((480, 780),)


@pytest.mark.parametrize("days", [81, 200, 4000])
def test_a_table_begun_at_its_far_end_answers_as_well(days: int) -> None:
    """Early dates long behind late ones, an activity moved a year back: both ask for a table the wrong way round."""
    start = at("03-02 08:00")
    there, back = Table(WEEK, start, start + days * DAY), Table(WEEK, start + days * DAY, start)
    for t in (start - 300 * DAY, start, start + days * DAY, start + 2 * days * DAY):
        assert back.work(start, t) == there.work(start, t) and back.next_start(t) == there.next_start(t)


def test_a_table_grows_both_ways_and_names_a_calendar_that_runs_dry() -> None:
    table = Table(WEEK, at("03-02 00:00"), at("03-09 00:00"))
    twenty_years = 20 * 260 * 480
    assert table.sub(table.add(at("03-02 08:00"), twenty_years), twenty_years) == at("03-02 08:00")
    with pytest.raises(Invalid, match="once has no working time after"):
        Table(Calendar("once", ((),) * 7, {date(2026, 3, 2): ((480, 720),)}, "once"), at("03-02 00:00"), at("03-09 00:00")).add(
            at("03-02 08:00"), 999
        )
    with pytest.raises(Invalid, match="never has no working time at all"):
        schedule(net(act("A", 8, "never"), calendars=(Calendar("never", ((),) * 7, name="never"),)))


@given(st.integers(0, 400 * DAY), st.integers(0, 20_000), st.sampled_from([WEEK, TENS, ALWAYS]))
def test_adding_and_taking_away_are_inverse_in_working_time(t: int, d: int, calendar: Calendar) -> None:
    start = at("03-02 00:00")
    table = Table(calendar, start, start + DAY)
    finish = table.add(start + t, d)
    assert table.work(start + t, finish) == d
    assert table.work(table.sub(finish, d), finish) == d
    assert table.sub(finish, d) >= table.prev_finish(start + t) if d else finish == start + t


# --- links and lags ---


@pytest.mark.parametrize(("kind", "lag", "start", "finish"), [
    ("FS", 0, "03-04 08:00", "03-05 17:00"), ("FS", 4, "03-04 13:00", "03-06 12:00"), ("FS", -4, "03-03 13:00", "03-05 12:00"),
    ("SS", 8, "03-03 08:00", "03-04 17:00"), ("FF", 8, "03-03 08:00", "03-04 17:00"), ("SF", 24, "03-03 08:00", "03-04 17:00"),
])  # fmt: skip
def test_the_four_links_with_lag_and_lead(kind: Any, lag: int, start: str, finish: str) -> None:
    # A: Monday and Tuesday; B: two days of 8 hours
    result = schedule(net(act("A", 16), act("B", 16), links=(Link("A", "B", kind, lag * 60),)))
    assert early(result, "B") == (start, finish)


@pytest.mark.parametrize(("choice", "start"), [
    ("predecessor", "03-09 12:30"), ("successor", "03-09 11:00"), ("24h", "03-09 07:00"), ("project", "03-09 12:30"),
])  # fmt: skip
def test_the_lag_runs_on_the_calendar_chosen(choice: Any, start: str) -> None:
    # A ends Friday 17:00 on the 5x8; B works Monday to Thursday from 07:00; 4 hours of lag
    result = schedule(net(act("A", 40), act("B", 10, "tens"), links=(Link("A", "B", "FS", 240),), lag_calendar=choice))
    assert result.dates["A"].early_finish == at("03-06 17:00")
    assert say(result.dates["B"].early_start) == start


def test_milestones_keep_the_edge_of_the_period_that_is_theirs() -> None:
    result = schedule(net(
        act("A", 40), act("start", 0, kind=Kind.START), act("finish", 0, kind=Kind.FINISH),
        links=(Link("A", "start"), Link("A", "finish")),
    ))  # fmt: skip
    assert early(result, "start")[0] == "03-09 08:00" and early(result, "finish")[0] == "03-06 17:00"


def test_a_textbook_network_has_its_published_floats() -> None:
    # Moder, Phillips & Davis (1983), the seven-activity example in days: A3; B2, C4 after A; D5 after B; E1 after B, C; F4 after D, E
    days = {"A": 3, "B": 2, "C": 4, "D": 5, "E": 1, "F": 4}
    links = tuple(Link(a, b) for a, b in ["AB", "AC", "BD", "BE", "CE", "DF", "EF"])
    result = schedule(net(*(act(c, d * 8) for c, d in days.items()), links=links))
    assert {c: (d.total_float or 0) // 480 for c, d in result.dates.items()} == {"A": 0, "B": 0, "C": 2, "D": 0, "E": 2, "F": 0}
    assert {c: (d.free_float or 0) // 480 for c, d in result.dates.items()} == {"A": 0, "B": 0, "C": 0, "D": 0, "E": 2, "F": 0}
    assert result.critical_path == ("A", "B", "D", "F") and say(result.finish[""]) == "03-19 17:00"
    assert [c for c, d in result.dates.items() if d.longest_path] == ["A", "B", "D", "F"]


# --- constraints ---


@pytest.mark.parametrize(("limit", "when", "start", "finish", "late_finish"), [
    (Limit.START_AFTER, "03-05 08:00", "03-05 08:00", "03-05 17:00", "03-13 17:00"),
    (Limit.START_BEFORE, "03-03 08:00", "03-04 08:00", "03-04 17:00", "03-03 17:00"),
    (Limit.START_ON, "03-05 08:00", "03-05 08:00", "03-05 17:00", "03-05 17:00"),
    (Limit.FINISH_AFTER, "03-06 17:00", "03-06 08:00", "03-06 17:00", "03-13 17:00"),
    (Limit.FINISH_BEFORE, "03-03 17:00", "03-04 08:00", "03-04 17:00", "03-03 17:00"),
    (Limit.FINISH_ON, "03-06 17:00", "03-06 08:00", "03-06 17:00", "03-06 17:00"),
    (Limit.MUST_START, "03-03 08:00", "03-03 08:00", "03-03 17:00", "03-03 17:00"),
    (Limit.MUST_FINISH, "03-03 17:00", "03-03 08:00", "03-03 17:00", "03-03 17:00"),
])  # fmt: skip
def test_each_constraint_against_logic(limit: Limit, when: str, start: str, finish: str, late_finish: str) -> None:
    # A takes Monday and Tuesday, B one day after it; Z ends Friday 13 March and gives B its float
    result = schedule(net(act("A", 16), act("B", 8, constraint=Constraint(limit, at(when))), act("Z", 80), links=(Link("A", "B"),)))
    assert early(result, "B") == (start, finish)
    assert late(result, "B")[1] == late_finish


def test_two_constraints_hold_a_window() -> None:
    window = act(
        "B", 8, constraint=Constraint(Limit.START_AFTER, at("03-05 08:00")), second=Constraint(Limit.FINISH_BEFORE, at("03-10 17:00"))
    )
    result = schedule(net(window, act("Z", 80)))
    assert early(result, "B")[0] == "03-05 08:00" and late(result, "B")[1] == "03-10 17:00"
    assert result.dates["B"].total_float == 3 * 480


def test_as_late_as_possible_takes_the_free_float_and_no_more() -> None:
    late_one = act("B", 8, constraint=Constraint(Limit.LATE))
    result = schedule(
        net(act("A", 8), late_one, act("C", 24), act("D", 8), links=(Link("A", "B"), Link("A", "C"), Link("B", "D"), Link("C", "D")))
    )
    assert early(result, "B") == ("03-05 08:00", "03-05 17:00") and early(result, "D")[0] == "03-06 08:00"
    assert result.dates["B"].free_float == 0


def test_a_must_finish_date_before_the_end_gives_negative_float() -> None:
    result = schedule(net(act("A", 40), act("B", 16), links=(Link("A", "B"),), must="03-06 17:00"))
    assert {c: d.total_float for c, d in result.dates.items()} == {"A": -960, "B": -960}


def test_expected_finish_sets_the_remaining_duration() -> None:
    one = act("A", 16, actual_start=at("03-02 08:00"), expected_finish=at("03-06 17:00"))
    result = schedule(net(one, act("B", 8), links=(Link("A", "B"),), data_date="03-03 08:00"))
    assert early(result, "A") == ("03-03 08:00", "03-06 17:00") and early(result, "B")[0] == "03-09 08:00"
    off = schedule(net(one, data_date="03-03 08:00", expected_finish=False))
    assert early(off, "A")[1] == "03-04 17:00"


def test_what_other_projects_ask_for_counts_in_working_time_unless_links_to_them_do_not() -> None:
    # A would take Monday and Tuesday; another project lets it begin when Tuesday ends and wants it on Friday before work begins
    one = act("A", 16, external_start=at("03-03 17:00"), external_finish=at("03-06 08:00"))
    result = schedule(net(one, act("Z", 80)))
    assert early(result, "A") == ("03-04 08:00", "03-05 17:00") and late(result, "A") == ("03-04 08:00", "03-05 17:00")
    assert (result.dates["A"].why_start, result.dates["A"].why_late) == ("external link", "external link")
    alone = schedule(net(one, act("Z", 80), external_links=False))
    assert early(alone, "A") == ("03-02 08:00", "03-03 17:00") and late(alone, "A")[1] == "03-13 17:00"


# --- progress ---


def running(code: str, hours: float, left: float, start: str, **more: Any) -> Activity:
    return act(code, hours, duration=round(hours * 60), remaining=round(left * 60), actual_start=at(start), **more)


def done(code: str, hours: float, start: str, finish: str) -> Activity:
    return act(code, hours, duration=round(hours * 60), remaining=0, actual_start=at(start), actual_finish=at(finish))


def test_what_is_done_stands_at_the_data_date_and_what_runs_goes_on_from_it() -> None:
    result = schedule(net(
        done("A", 16, "03-02 08:00", "03-03 17:00"), running("B", 24, 16, "03-04 08:00"), act("C", 8),
        links=(Link("A", "B"), Link("B", "C")), data_date="03-07 00:00",
    ))  # fmt: skip
    assert early(result, "A") == ("03-07 00:00", "03-07 00:00") and result.dates["A"].total_float is None  # not moved into working time
    assert early(result, "B") == ("03-09 08:00", "03-10 17:00") and early(result, "C")[0] == "03-11 08:00"
    assert (say(result.dates["A"].start), say(result.dates["A"].finish)) == ("03-02 08:00", "03-03 17:00")


@pytest.mark.parametrize(("mode", "start"), [("retained", "03-09 08:00"), ("override", "03-04 08:00")])
def test_out_of_sequence_work_waits_or_goes_on(mode: Any, start: str) -> None:
    # B began although A (5 days, not begun) should come first; the data date is Wednesday
    result = schedule(
        net(act("A", 24), running("B", 24, 16, "03-02 08:00"), links=(Link("A", "B"),), data_date="03-04 08:00", progress=mode)
    )
    assert early(result, "B")[0] == start


def test_an_open_predecessor_pushes_through_what_is_completed() -> None:
    result = schedule(net(
        act("A", 24), done("B", 8, "03-02 08:00", "03-02 17:00"), act("C", 8), links=(Link("A", "B"), Link("B", "C")), data_date="03-04 08:00",
    ))  # fmt: skip
    assert early(result, "C")[0] == "03-09 08:00"  # A ends Friday 6 March; B, though finished, hands that on
    free = schedule(net(
        act("A", 24), done("B", 8, "03-02 08:00", "03-02 17:00"), act("C", 8), links=(Link("A", "B"), Link("B", "C")), data_date="03-04 08:00",
        progress="override",
    ))  # fmt: skip
    assert early(free, "C")[0] == "03-04 08:00"


def test_what_is_left_of_a_lag_counts_backward_too_where_the_successor_runs() -> None:
    """As P6 18.1 has it: 56 of 160 hours of such a lag had run on the data date, and the late finish was 104 hours before the successor's.
    Here none of 16 hours has: two working days before Tuesday 17:00."""
    done = replace(act("A", 8), actual_start=at("03-03 08:00"), actual_finish=at("03-03 17:00"), remaining=0)
    runs = replace(act("B", 44), actual_start=at("03-03 13:00"), remaining=40 * 60)
    result = schedule(net(done, runs, links=(Link("A", "B", "FF", 16 * 60),), data_date="03-04 08:00"))
    assert late(result, "B") == ("03-04 08:00", "03-10 17:00") and late(result, "A") == ("03-09 08:00", "03-09 08:00")


def test_only_what_is_left_of_a_lag_counts_behind_finished_work() -> None:
    for data_date, start in (("03-03 08:00", "03-04 08:00"), ("03-04 08:00", "03-04 08:00"), ("03-10 08:00", "03-10 08:00")):
        result = schedule(
            net(done("A", 8, "03-02 08:00", "03-02 17:00"), act("B", 8), links=(Link("A", "B", "FS", 480),), data_date=data_date)
        )
        assert early(result, "B")[0] == start


def test_suspended_work_resumes_on_its_day() -> None:
    one = running("A", 40, 24, "03-02 08:00", suspend=at("03-03 17:00"), resume=at("03-12 08:00"))
    assert early(schedule(net(one, data_date="03-05 08:00")), "A") == ("03-12 08:00", "03-16 17:00")


# --- spans, resources, several projects ---


def test_a_level_of_effort_spans_its_links_and_drives_nobody() -> None:
    hammock = Activity("L", "L", "week", 0, 0, kind=Kind.LOE)
    result = schedule(net(act("A", 16), act("B", 16), hammock, links=(Link("A", "B"), Link("A", "L", "SS"), Link("L", "B", "FF"))))
    assert early(result, "L") == ("03-02 08:00", "03-05 17:00") and early(result, "B")[0] == "03-04 08:00"


def test_a_wbs_summary_spans_its_element() -> None:
    acts = (act("A", 16, parent="w"), act("B", 16, parent="w.1"), Activity("S", "S", "week", 0, 0, kind=Kind.WBS, parent="w"))
    result = schedule(replace(net(*acts, links=(Link("A", "B"),)), outline={"w.1": "w"}))
    assert early(result, "S") == ("03-02 08:00", "03-05 17:00")


def test_a_resource_dependent_activity_works_when_its_resource_does() -> None:
    crew = act("A", 20, kind=Kind.RESOURCE, work=(Work("crew", "tens", 1200, 1200),))
    assert early(schedule(net(crew)), "A") == (
        "03-02 08:00",
        "03-04 08:00",
    )  # 9, 10 and 1 hours: the first day from the activity's own 08:00


def test_projects_of_one_file_have_their_own_dates_and_link_across() -> None:
    one, two = Project("1", at("03-02 08:00"), calendar="week"), Project("2", at("04-06 08:00"), calendar="week")
    acts = (replace(act("A", 40), project="1"), replace(act("B", 8), project="2"), replace(act("C", 8), project="2"))
    result = schedule(Network((one, two), (WEEK,), acts, (Link("A", "B"),)))
    assert early(result, "B")[0] == "04-06 08:00" and {k: say(v) for k, v in result.finish.items()} == {
        "1": "03-06 17:00",
        "2": "04-06 17:00",
    }


def test_microsoft_project_keeps_started_work_where_it_began_and_honours_constraints_before_logic() -> None:
    result = schedule(net(
        act("A", 40), act("B", 8, constraint=Constraint(Limit.MUST_START, at("03-04 08:00"))), running("C", 16, 8, "03-03 08:00"),
        links=(Link("A", "B"), Link("A", "C")), dialect="msp",
    ))  # fmt: skip
    assert early(result, "B")[0] == "03-04 08:00" and early(result, "C") == ("03-03 08:00", "03-04 17:00")
    assert result.dates["B"].total_float == -3 * 480  # held on Wednesday, its logic says Monday
    summary = schedule(replace(net(
        Activity("S", "S", "week", 0, 0, kind=Kind.SUMMARY), act("A", 8, parent="S"), act("B", 16, parent="S"), act("C", 8), dialect="msp",
    ), links=(Link("S", "C"),)))  # fmt: skip
    assert early(summary, "C")[0] == "03-04 08:00" and early(summary, "S") == ("03-02 08:00", "03-03 17:00")


# --- why, errors ---


def test_a_date_says_why() -> None:
    plumbing = replace(act("P", 34.5), name="Rough plumbing")
    network = net(plumbing, act("I", 10, "tens"), links=(Link("P", "I", "FS", 240),), lag_calendar="successor")
    result = schedule(network)
    start, finish, latest = why(network, result, "I")
    assert (
        start.sentence
        == "I starts 9 Mar 2026 11:00 because 'Rough plumbing' finishes 6 Mar 2026 10:30 and the 4 h lag runs on the 4x10 calendar."
    )
    assert start.rule == "link" and start.link == Link("P", "I", "FS", 240)
    assert "takes 10 h on the 4x10 calendar" in finish.sentence and latest.rule == "project finish"
    held = net(act("A", 8, constraint=Constraint(Limit.START_AFTER, at("03-05 08:00"))))
    assert "constraint 'start on or after 5 Mar 2026 08:00'" in why(held, schedule(held), "A")[0].sentence
    with pytest.raises(Invalid, match="no activity X"):
        why(held, schedule(held), "X")


def test_bad_networks_are_refused_by_name() -> None:
    loop = (Link("A", "B"), Link("B", "C"), Link("C", "A"))
    with pytest.raises(Invalid, match=r"loop: (A → B → C → A|B → C → A → B|C → A → B → C)"):
        schedule(net(act("A", 1), act("B", 1), act("C", 1), act("D", 1), links=(*loop, Link("C", "D"))))
    with pytest.raises(Invalid, match="loop: A → A"):
        schedule(net(act("A", 1), links=(Link("A", "A"),)))
    with pytest.raises(Invalid, match="names activity X"):
        schedule(net(act("A", 1), links=(Link("A", "X"),)))
    with pytest.raises(Invalid, match="A works on calendar nowhere"):
        schedule(net(act("A", 1, "nowhere")))
    with pytest.raises(Invalid, match="A has the constraint 'start on' without a date"):
        schedule(net(act("A", 1, constraint=Constraint(Limit.START_ON))))
    with pytest.raises(Invalid, match="negative duration"):
        schedule(net(act("A", -1)))
    with pytest.raises(Invalid, match="same code A"):
        schedule(net(act("A", 1), act("A", 2)))


# --- any network ---


@st.composite
def networks(draw: st.DrawFn, leads: bool = True) -> Network:
    n = draw(st.integers(1, 14))
    acts = [act(f"A{i}", draw(st.integers(0, 60)), draw(st.sampled_from(["week", "tens", "24h"]))) for i in range(n)]
    lags = st.integers(-8 if leads else 0, 16).map(lambda h: h * 60)
    links = [
        Link(f"A{i}", f"A{j}", draw(st.sampled_from(["FS", "SS", "FF", "SF"])), draw(lags))
        for i in range(n) for j in range(i + 1, n) if draw(st.integers(0, 3)) == 0
    ]  # fmt: skip
    return net(*acts, links=tuple(links), lag_calendar=draw(st.sampled_from(["predecessor", "successor", "24h"])))


@given(networks())
def test_a_path_without_float_exists_and_computing_twice_changes_nothing(network: Network) -> None:
    result = schedule(network)
    assert schedule(network) == result
    assert any(d.longest_path for d in result.dates.values())
    assert min(d.total_float or 0 for d in result.dates.values()) <= 0
    tables = {c.id: Table(c, at("03-02 00:00"), at("04-02 00:00")) for c in network.calendars}
    for a in network.activities:  # no work between them at most: a moment in a break may be written at either side of it
        d = result.dates[a.id]
        assert tables[a.calendar].work(d.early_start, d.early_finish) >= 0


@given(networks(), st.randoms(use_true_random=False))
def test_the_order_of_the_activities_in_the_file_changes_no_date(network: Network, rng: Any) -> None:
    mixed = list(network.activities)
    rng.shuffle(mixed)
    result, other = schedule(network), schedule(replace(network, activities=tuple(mixed)))
    assert other.dates == result.dates and list(other.dates) == [a.id for a in mixed] and other.finish == result.finish


@given(networks(leads=False).map(lambda n: replace(n, links=tuple(li for li in n.links if li.type in ("FS", "SS")))))
def test_late_is_never_before_early_where_nothing_is_constrained(network: Network) -> None:
    one = replace(network, activities=tuple(replace(a, calendar="week") for a in network.activities))
    assert all((d.total_float or 0) >= 0 for d in schedule(one).dates.values())


@given(networks())
def test_where_lags_too_run_on_one_calendar_no_link_and_no_lead_takes_float_below_nothing(network: Network) -> None:
    (project,) = network.projects
    project = replace(project, options=replace(project.options, lag_calendar="predecessor"))
    one = replace(network, projects=(project,), activities=tuple(replace(a, calendar="week") for a in network.activities))
    assert all((d.total_float or 0) >= 0 for d in schedule(one).dates.values())


@given(networks(leads=False), st.integers(0, 13), st.integers(0, 13))
def test_another_link_never_makes_a_start_earlier(network: Network, a: int, b: int) -> None:
    codes = [x.code for x in network.activities]
    i, j = sorted((a % len(codes), b % len(codes)))
    if i != j:
        more = replace(network, links=(*network.links, Link(codes[i], codes[j])))
        before, after = schedule(network), schedule(more)
        assert all(after.dates[c].early_start >= before.dates[c].early_start for c in codes)
