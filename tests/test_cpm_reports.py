"""Comparison of updates, baselines, a change order's impact, the fourteen checks, earned value, risk: each on a case from paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from bifocal.engines.cpm import Activity, Constraint, Limit, Link, Network, Project, minute, schedule, weekly
from bifocal.engines.cpm.calendars import Table
from bifocal.engines.cpm.compare import compare, impact, variance
from bifocal.engines.cpm.dcma import assess
from bifocal.engines.cpm.earned import Item, curve, earned_value
from bifocal.engines.cpm.risk import ThreePoint, simulate, spread
from bifocal.lib.errors import Invalid

WEEK = weekly("week")
MONDAY = minute(datetime(2026, 3, 2, 8))


def act(code: str, days: float, **more: object) -> Activity:
    length = round(days * 480)
    return Activity(code, code, "week", length, more.pop("remaining", length), name=f"Work {code}", planned=length, **more)  # type: ignore[arg-type]


def net(*acts: Activity, links: tuple[Link, ...] = (), data_date: int | None = None) -> Network:
    return Network((Project("", MONDAY, data_date, calendar="week", name="Job"),), (WEEK,), acts, links)


CHAIN = (Link("A", "B"), Link("B", "C"))


def test_two_updates_give_the_change_log_owners_ask_for() -> None:
    old = net(act("A", 2), act("B", 3), act("C", 1), act("X", 1), links=(*CHAIN, Link("X", "C", "FS", 480)))
    new = net(
        replace(act("A", 2), actual_start=MONDAY, actual_finish=MONDAY + 1440 + 540, remaining=0), act("B", 5), replace(act("C", 1), name="Close"),
        act("Y", 1), links=(*CHAIN, Link("A", "C", "SS"), Link("Y", "C")), data_date=MONDAY + 2 * 1440,
    )  # fmt: skip
    new = replace(new, projects=(replace(new.projects[0], name="Job, update 2"),))  # renamed, still the same schedule
    found = compare(old, new)
    assert [a.code for a in found.added] == ["Y"] and [a.code for a in found.deleted] == ["X"]
    changes = {(c.id, c.field): (c.before, c.after) for c in found.changed}
    assert changes["B", "duration"] == ("24 h", "40 h") and changes["C", "name"] == ("Work C", "Close")
    assert changes["A", "actual finish"][0] == "" and changes["A", "actual finish"][1].startswith("3 Mar 2026")
    assert [(x.what, x.before, x.after) for x in found.links] == [("deleted", "X", "C"), ("added", "A", "C"), ("added", "Y", "C")]
    assert {s.id: s.minutes for s in found.slipped} == {"B": 960, "C": 960}  # two more days of work
    assert found.finish[""] == (schedule(old).finish[""], schedule(new).finish[""])
    assert not any([(same := compare(old, old)).added, same.deleted, same.changed, same.links, same.slipped])


def test_variance_against_a_frozen_plan_is_in_working_time() -> None:
    now = net(act("A", 2), act("B", 4), links=(Link("A", "B"),))
    frozen = {"B": (MONDAY + 1440, MONDAY + 3 * 1440 + 540, 3 * 480)}  # Tuesday to Thursday
    (v,) = variance(now, schedule(now), frozen)
    assert (v.id, v.start, v.finish, v.duration) == ("B", 480, 960, 480)


def test_a_change_orders_fragment_moves_the_finish_by_its_days() -> None:
    base = net(act("A", 2), act("B", 3), act("C", 1), links=CHAIN)
    found = impact(base, (act("CO-1", 2),), (Link("A", "CO-1"), Link("CO-1", "C")))
    assert found.minutes == 0  # beside B, which takes longer
    assert impact(base, (act("CO-2", 4),), (Link("A", "CO-2"), Link("CO-2", "C"))).minutes == 480


def test_the_fourteen_checks_count_what_they_say() -> None:
    acts = (
        act("A", 2), act("B", 60), act("C", 1, constraint=Constraint(Limit.MUST_FINISH, MONDAY)), act("loose", 1),
        replace(act("D", 1), actual_start=MONDAY + 9 * 1440, remaining=480),
    )  # fmt: skip
    links = (Link("A", "B", "SS", -480), Link("B", "C", "FS", 480), Link("A", "D"))
    network = net(*acts, links=links, data_date=MONDAY + 1440)
    checks = {c.number: c for c in assess(network, schedule(network), {"A": MONDAY, "B": MONDAY + 99 * 1440}, frozenset({"A"}))}
    assert len(checks) == 14
    assert checks[1].activities == ("A", "C", "loose", "D") and checks[1].passed is False
    assert checks[2].activities == ("B",) and checks[3].activities == ("C",) and checks[4].activities == ("B",)
    assert (
        checks[5].activities == ("C",) and checks[8].activities == ("B",) and checks[9].activities == ("C", "D")
    )  # held in the past; started in the future
    assert checks[7].activities == ("A", "B") and checks[10].activities == ("B", "C", "loose", "D")
    assert checks[11].activities == ("A",) and checks[11].value == 100.0 and checks[14].value == 0


def test_the_indexes_of_the_fourteen_checks_by_hand() -> None:
    """Ten days of work over a holiday, to be done in nine: (10 - 1) / 10. Two done of two due and one that nobody planned: 2 / 3."""
    closed = replace(WEEK, exceptions={date(2026, 3, 5): ()})
    plan = net(act("A", 4), act("B", 6), links=(Link("A", "B"),))
    due = minute(datetime(2026, 3, 13, 17))  # the ninth working day, Thursday the 5th being free, is Friday the 13th
    plan = replace(plan, calendars=(closed,), projects=(replace(plan.projects[0], must_finish=due),))
    checks = {c.number: c for c in assess(plan, schedule(plan), {}, frozenset())}
    assert checks[13].value == 0.9 and checks[13].passed is False and checks[14].value is None
    done = {"actual_start": MONDAY, "actual_finish": MONDAY + 540, "remaining": 0}
    late = net(act("A", 1, **done), act("B", 1), act("C", 1, **done), act("D", 1), data_date=MONDAY + 2 * 1440)
    planned = {"A": MONDAY + 540, "B": MONDAY + 540, "C": MONDAY + 9 * 1440, "D": None}
    assert {c.number: c for c in assess(late, schedule(late), planned, frozenset())}[14].value == pytest.approx(2 / 3)


def test_work_that_should_have_begun_and_work_planned_too_long_are_named() -> None:
    """Microsoft Project leaves what was not begun in the past; what was planned at 60 days stays long while 20 are left of it."""
    plan = net(act("A", 2), act("B", 60, actual_start=MONDAY, remaining=20 * 480), data_date=MONDAY + 1440)
    checks = {c.number: c for c in assess(replace(plan, dialect="msp"), schedule(replace(plan, dialect="msp")), {}, frozenset())}
    assert checks[9].activities == ("A",) and checks[8].activities == ("B",)
    assert {c.number: c for c in assess(plan, schedule(plan), {}, frozenset())}[9].activities == ()  # P6 moves it to the data date


def test_the_critical_path_test_passes_for_a_chain_and_fails_behind_a_mandatory_date() -> None:
    chain = net(act("A", 2), act("B", 3), act("C", 1), links=CHAIN)
    assert {c.number: c for c in assess(chain, schedule(chain), {}, frozenset())}[12].passed is True
    held = net(act("A", 2), act("B", 3), replace(act("C", 1), constraint=Constraint(Limit.MUST_FINISH, MONDAY + 5 * 1440)), links=CHAIN)
    assert {c.number: c for c in assess(held, schedule(held), {}, frozenset())}[12].activities


def test_earned_value_by_hand() -> None:
    # Budget 1000 over 10 days and 500 over 5; on the morning of day 6: planned 500 + 500, earned 400 + 500, spent 450 + 480
    day = 1440
    items = [
        Item("A", Decimal(1000), 0, 10 * day, Decimal("0.4"), Decimal(450), "01"),
        Item("B", Decimal(500), 0, 5 * day, Decimal(1), Decimal(480), "02"),
    ]  # fmt: skip
    found = earned_value(items, 5 * day)
    total = found.total
    assert (total.budget, total.planned, total.earned, total.actual) == (1500, 1000, 900, 930)
    assert (total.cost_variance, total.schedule_variance) == (-30, -100)
    assert f"{total.cpi:.4f} {total.spi:.4f} {total.estimate_at_completion}" == "0.9677 0.9000 1550.00"
    assert found.groups["02"].cpi == Decimal(500) / 480
    assert f"{found.earned_days:.2f} {found.spi_time:.2f}" == "4.50 0.90"  # the plan earns 200 a day: 900 after 4.5 days
    assert curve(items, [0, 5 * day, 10 * day]) == (0, 1000, 1500)
    with pytest.raises(Invalid, match="A can't be 120%"):
        earned_value([replace(items[0], done=Decimal("1.2"))], day)


def test_a_simulation_gives_the_chances_of_a_uniform_draw() -> None:
    # one activity between 8 and 16 hours, most likely 8: P(finish <= x) = 1 - ((16 - x) / 8)^2, so P50 is 8 + 8 * (1 - sqrt(1/2)) = 10.34 h
    network = net(act("A", 1), act("B", 0.25))
    found = simulate(network, {"A": ThreePoint(480, 480, 960)}, samples=4000, seed=3)
    assert found == simulate(network, {"A": ThreePoint(480, 480, 960)}, samples=4000, seed=3)
    table = Table(WEEK, MONDAY, MONDAY)
    worked = {p: table.work(MONDAY, at) for p, at in found.finish.items()}
    assert abs(worked[50] - 480 * (2 - 0.5**0.5)) < 12 and abs(worked[90] - 480 * (2 - 0.1**0.5)) < 15
    influence = next(i for i in found.influences if i.id == "A")
    assert influence.criticality == 1.0 and influence.correlation > 0.99


def test_two_alike_in_parallel_share_the_longest_path() -> None:
    network = net(act("A", 5), act("B", 5), replace(act("done", 1), actual_start=MONDAY, actual_finish=MONDAY + 60, remaining=0))
    found = simulate(network, spread(network, 0.5, 1.5), samples=600, seed=1)
    share = {i.id: i.criticality for i in found.influences}
    assert set(share) == {"A", "B"} and all(0.4 < x < 0.6 for x in share.values())
    assert found.chance_of_planned < 0.35  # both must keep to it


def test_points_that_can_not_be_are_refused() -> None:
    network = net(act("A", 1))
    for points, sentence in (({"A": ThreePoint(5, 4, 6)}, "not in order"), ({"X": ThreePoint(1, 1, 1)}, "no activity X")):
        with pytest.raises(Invalid, match=sentence):
            simulate(network, points)
    with pytest.raises(Invalid, match="optimistic factor"):
        spread(network, 1.2, 1.3)
    with pytest.raises(Invalid, match="samples"):
        simulate(network, {}, samples=0)
