"""The terms of retainage: carried, moved, released, stepped down, capped; certificates; whole lives of contracts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.progress_billing import Application, BrokenIdentity, Cap, Certified, ChangeOrder, Line, Split, Step, compute
from bifocal.engines.progress_billing.statutes import check, limit
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.money import cents
from tests.conftest import case


def one(previous: str, this: str, **terms: Any) -> Application:
    """One line of 100,000 at 10 % on work and 5 % on stored."""
    line = {k: terms.pop(k) for k in ("stored", "stored_previous", "retainage_previous", "released", "work_rate") if k in terms}
    return Application(D(100000), (Line("1", D(100000), D(previous), D(this), **line),), D("0.10"), D("0.05"), **terms)


FORWARD, BACK = (Step(D("0.50"), D("0.05")),), (Step(D("0.50"), D("0.05"), retroactive=True),)


@pytest.mark.parametrize(
    ("previous", "this", "steps", "held"),
    [
        ("0", "49999.99", FORWARD, "5000.00"), ("40000", "10000", FORWARD, "5000.00"), ("40000", "20000", FORWARD, "5500.00"),
        ("60000", "20000", FORWARD, "6500.00"), ("0", "100000", FORWARD, "7500.00"),
        ("0", "49999.99", BACK, "5000.00"), ("40000", "10000", BACK, "2500.00"), ("40000", "20000", BACK, "3000.00"),
        ("0", "80000", (*FORWARD, Step(D("0.75"), D(0))), "6250.00"), ("0", "80000", (*BACK, Step(D("0.75"), D(0))), "3750.00"),
        ("0", "80000", (Step(D("0.25"), D("0.08")), Step(D("0.50"), D("0.04"), True)), "3200.00"),
    ],
)  # fmt: skip
def test_steps_forward_and_retroactive(previous: str, this: str, steps: tuple[Step, ...], held: str) -> None:
    """10 % until half, 5 % after: on what goes beyond the mark, or on all of it (Arizona 41-2576 returns half)."""
    assert compute(one(previous, this, steps=steps)).summary["5"] == D(held)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.booleans(), st.integers(1, 99), st.integers(0, 10))
def test_a_step_holds_the_same_in_one_application_or_in_many(parts: list[int], retroactive: bool, mark: int, rate: int) -> None:
    steps = (Step(D(mark) / 100, D(rate) / 100, retroactive),)
    whole, done, held = D(1000) * sum(parts), D(0), Split()
    for part in parts:
        line = Line("1", whole, done, D(1000) * part, retainage_previous=held)
        got = compute(Application(whole, (line,), D("0.10"), D("0.10"), steps=steps))
        done, held = done + line.this_period, Split(got.summary["5a"], got.summary["5b"])
    once = compute(Application(whole, (Line("1", whole, D(0), whole),), D("0.10"), D("0.10"), steps=steps))
    assert abs(held.total - once.summary["5"]) <= D("0.01") * len(parts)


def test_a_step_spares_lines_with_rates_of_their_own_and_lowers_only_what_is_above_it() -> None:
    lines = (Line("1", D(50000), D(0), D(40000)), Line("2", D(50000), D(0), D(30000), D(10000), work_rate=D("0.08")))
    got = compute(Application(D(100000), lines, D("0.10"), D("0.02"), steps=(Step(D("0.50"), D("0.05"), True),)))
    assert [li.I for li in got.lines] == [D(2000), D("2400") + D("200")]
    assert got.summary["5b"] == D(200)


def test_carried_retainage_stays_and_stored_material_that_is_installed_moves() -> None:
    carried = Split(D(5000), D(500))
    got = compute(one("50000", "25000", stored=D(4000), stored_previous=D(10000), retainage_previous=carried))
    assert (got.lines[0].work_retainage, got.lines[0].stored_retainage, got.lines[0].moved) == (D(7500), D(200), D(300))
    assert got.lines[0].G - D(60000) == D(25000) + D(4000) - D(10000)  # ΔG = E + F − F of before
    kept = compute(one("50000", "1000", retainage_previous=Split(D(1000))))  # an earlier release is not taken back
    assert kept.summary["5"] == D(1100)


def test_a_release_gives_back_from_work_first_and_never_more_than_is_held() -> None:
    got = compute(one("80000", "0", stored=D(10000), released=D("8100")))
    assert (got.summary["5a"], got.summary["5b"]) == (0, D(400))
    both = compute(one("80000", "0", stored=D(10000), released=Split(D(1000), D(500))))
    assert (both.summary["5a"], both.summary["5b"]) == (D(7000), 0)
    for wrong in (D("8500.01"), D(-1), Split(D(0), D("500.01"))):
        with pytest.raises(BrokenIdentity, match="Line 1 releases"):
            compute(one("80000", "0", stored=D(10000), released=wrong))


@pytest.mark.parametrize("of", ["original", "current"])
def test_the_published_cap_of_original_or_current_contract(of: str) -> None:
    found = json.loads(case("accounting/retainage_cap_viewpoint.json").read_text())
    i, want = found["inputs"], found["expected"]
    original, current = D(i["original"]), D(i["current"])
    lines = (Line("1", original, D(0), original), Line("2", current - original, D(0), current - original, change="1"))
    got = compute(Application(original, lines, D(1), D(1), cap=Cap(D(i["pct"]), of)))  # type: ignore[arg-type]
    assert got.summary["5"] == D(want["cap_excluding_change_orders" if of == "original" else "cap_including_change_orders"])
    assert got.summary["9"] == got.totals["H"] + got.summary["5"]


def test_a_cap_is_spread_to_the_cent_and_deductive_lines_stay() -> None:
    """Real figures: 5.000 % of 7,037,192.00 is 351,859.60, flat from then on."""
    lines = (
        Line("1", D(3518596), D(0), D(3518596)),
        Line("2", D(3528596), D(0), D("3400000.01")),
        Line("3", D(-10000), D(0), D(-10000), change="7"),
    )
    got = compute(Application(D(7047192), lines, D("0.10"), D("0.10"), cap=Cap(D("0.05"), "current")))
    assert got.summary["5"] == D("351859.60") == sum(li.I for li in got.lines)
    assert D(-1000) == got.lines[2].I


def test_line_7_at_present_rates_where_it_is_not_given() -> None:
    found = json.loads(case("accounting/g702_g703_payapppro_three_line.json").read_text())
    i, want = found["inputs"], found["expected"]["strict"]
    rate = D(i["retainage_rate"])
    lines = tuple(Line(r["item"], D(r["scheduled"]), D(r["previous"]), D(r["this_period"]), D(r["stored"])) for r in i["lines"])
    order = (ChangeOrder("1", D(i["change_orders"])),)  # the page folds it into its lines
    got = compute(Application(D(i["original_contract_sum"]), lines, rate, rate, None, change_orders=order))
    keys = {"3": "line3", "4": "line4", "5": "line5", "6": "line6", "7": "line7_if_prev_certified_at_same_rate", "8": "line8", "9": "line9"}
    assert {k: got.summary[k] for k in keys} == {k: D(want[v]) for k, v in keys.items()}
    assert [cents((li.percent or 0) * 100) for li in got.lines] == [D(p) for p in want["line_percent"]]
    assert [li.H for li in got.lines] == [D(h) for h in want["line_balance"]]


def test_the_published_application_with_stored_material() -> None:
    found = json.loads(case("accounting/g702_payapppro_stored_materials.json").read_text())
    i, want = found["inputs"], found["expected"]
    lines = (
        Line("1", D(i["original"]), D(want["previous_gross"]), D(i["work_this_period"]), D(i["stored_this_period"])),
        Line("2", D(i["change_orders"]), D(0), D(0), change="1"),
    )
    rate = D(i["retainage"])
    got = compute(Application(D(i["original"]), lines, rate, rate, D(i["previous_certificates_net"])))
    assert {k: got.summary[k] for k in "3456789"} == {k: D(want[f"line{k}"]) for k in "3456789"}


@pytest.mark.parametrize("pick", range(4))
def test_all_published_continuation_sheets(pick: int) -> None:
    sheet = json.loads(case("accounting/g703_masslibrary_8_projects.json").read_text())["projects"][pick]
    lines = tuple(Line(r["item"], D(r["scheduled"]), D(r["previous"]), D(r["this_period"]), D(r["stored"])) for r in sheet["lines"])
    for rounding in ("line", "total"):
        got = compute(Application(D(sheet["totals"]["C"]), lines, D("0.05"), D("0.05"), None, rounding))  # type: ignore[arg-type]
        assert {n: got.summary[n] for n in "4569"} == {n: D(sheet["g702"][f"line{n}"]) for n in "4569"}
        assert all(
            li.percent is None or abs(li.percent - D(r["pct"])) < D("0.0001") for li, r in zip(got.lines, sheet["lines"], strict=True)
        )
        assert {k: got.totals[k] for k in "CDEFG"} == {k: D(sheet["totals"][k]) for k in "CDEFG"}
        assert [(li.G, li.H) for li in got.lines] == [(D(r["total"]), D(r["balance"])) for r in sheet["lines"]]


def test_rounding_by_line_and_rounding_the_total_only() -> None:
    """Three lines of 0.05 at 10 %: a half cent each, rounded up by line; 0.015 in total."""
    lines = tuple(Line(str(n), D("0.05"), D(0), D("0.05")) for n in range(3))
    both = [compute(Application(D("0.15"), lines, D("0.10"), D(0), rounding=r)).summary["5"] for r in ("line", "total")]  # type: ignore[arg-type]
    assert both == [D("0.03"), D("0.02")]


def test_change_orders_add_up_by_name_or_are_named() -> None:
    lines = (Line("1", D(100), D(0), D(0)), Line("2", D(20), D(0), D(0), change="7"), Line("3", D(-5), D(0), D(0), change="8"))
    orders = (ChangeOrder("7", D(20)), ChangeOrder("8", D(-5), this_month=True))
    got = compute(Application(D(100), lines, D(0), D(0), change_orders=orders))
    assert got.changes == {"prior_additions": 20, "prior_deductions": 0, "this_additions": 0, "this_deductions": -5}
    with pytest.raises(BrokenIdentity, match=r"Change order 7 is 21\.00, its lines \(2\) add up to 20\.00"):
        compute(Application(D(100), lines, D(0), D(0), change_orders=(ChangeOrder("7", D(21)), orders[1])))
    with pytest.raises(Invalid, match="Line 3 names change order 8"):
        compute(Application(D(100), lines, D(0), D(0), change_orders=orders[:1]))


def test_what_is_certified_below_is_asked_for_again() -> None:
    app = Application(D(200), (Line("a", D(100), D(10), D(50)), Line("b", D(100), D(0), D(40))), D("0.10"), D("0.10"), D(9))
    whole = compute(replace(app, certified=Certified(amount=D("50.00"))))
    assert whole.certificate and (whole.certificate.short, whole.certificate.next_line_7) == (D("31.00"), D("59.00"))
    by_line = compute(replace(app, certified=Certified(lines={"b": D(15)})))
    assert by_line.certificate and by_line.certificate.amount == D("81") - D("22.5")
    assert by_line.summary == compute(app).summary  # what was applied for stays beside it
    nxt = compute(
        replace(
            app,
            lines=tuple(replace(li, previous=li.to_date, this_period=D(0)) for li in app.lines),
            previous_certificates=whole.certificate.next_line_7,
        )
    )
    assert nxt.summary["8"] == whole.certificate.short
    for wrong in (Certified(amount=D("81.01")), Certified(amount=D(-1)), Certified(lines={"a": D("50.01")}), Certified(lines={"a": D(-1)})):
        with pytest.raises(BrokenIdentity, match="certified"):
            compute(replace(app, certified=wrong))
    with pytest.raises(Invalid, match="item z"):
        compute(replace(app, certified=Certified(lines={"z": D(1)})))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (Line("9", D(100), D(90), D("10.01")), "Line 9 is billed"), (Line("9", D(100), D(0), D(-1)), "Line 9 is billed"),
        (Line("9", D(100), D(50), D(10), D(-5)), "Line 9: stored"), (Line("9", D(0), D(0), D(1)), "Line 9 is billed"),
        (Line("9", D(100), D(10), D(0), retainage_previous=Split(D("10.01"))), "Line 9 carries"),
        (Line("9", D(100), D(10), D(0), retainage_previous=Split(D(1), D(1))), "Line 9 carries"),
    ],
)  # fmt: skip
def test_a_broken_line_is_named(line: Line, why: str) -> None:
    with pytest.raises(BrokenIdentity, match=why):
        compute(Application(line.scheduled, (line,), D("0.10"), D("0.10")))


def test_a_dated_statute_limits_the_rate() -> None:
    signed = date(2026, 3, 1)
    ca = {"state": "CA", "sector": "private", "signed": signed, "contract_sum": D(900000)}
    check(D("0.05"), **ca)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="CA allows at most 5%"):
        check(D("0.10"), **ca)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="no more than the prime"):
        check(D("0.05"), prime_rate=D("0.03"), **ca)  # type: ignore[arg-type]
    assert limit("CA", "private", date(2025, 12, 31), D(900000)) is None  # not in force yet
    assert limit("NY", "private", signed, D("149999.99")) is None and limit("NY", "private", signed, D(150000))


@st.composite
def lives(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Base lines, terms, then months of change orders, work, stored material, certificates below and releases."""
    events = draw(
        st.lists(st.sampled_from(["work", "work", "store", "install", "change", "deduct", "release", "short"]), min_size=1, max_size=14)
    )
    return [{"what": e, "line": draw(st.integers(0, 9)), "share": draw(st.integers(1, 100))} for e in events]


class Job:
    """A contract that is billed month by month, each application following the last certificate."""

    def __init__(self, values: list[int], steps: tuple[Step, ...], cap: Cap | None) -> None:
        self.original, self.steps, self.cap = D(sum(values)) / 100, steps, cap
        self.lines = [Line(str(n), D(v) / 100, D(0), D(0)) for n, v in enumerate(values)]
        self.paid, self.changes = D(0), 0

    def bill(self, lines: list[Line], short: int = 0, final: bool = False) -> None:
        rate = D(0) if final else D("0.10")
        app = Application(self.original, tuple(lines), rate, rate, self.paid, steps=() if final else self.steps, cap=self.cap)
        got = compute(app)
        s = got.summary
        assert s["3"] == got.totals["C"] and s["5"] == got.totals["I"] and s["9"] == got.totals["H"] + s["5"] and s["4"] == s["5"] + s["6"]
        assert got.totals["G"] - sum((li.before for li in lines), D(0)) == sum(
            (li.this_period + li.stored - li.stored_previous for li in lines), D(0)
        )
        if self.cap and not final:
            assert got.most is not None and s["5"] <= max(got.most, D(0))
        due = max(s["8"], D(0))
        self.paid += cents(due * (100 - short) / 100)
        self.lines = [
            replace(li, previous=li.previous + li.this_period, this_period=D(0), stored_previous=li.stored, released=D(0),
                    retainage_previous=Split(r.work_retainage, r.stored_retainage))
            for li, r in zip(lines, got.lines, strict=True)
        ]  # fmt: skip

    def month(self, event: dict[str, Any]) -> None:
        n, share, what = event["line"] % len(self.lines), event["share"], event["what"]
        lines, li = list(self.lines), self.lines[event["line"] % len(self.lines)]
        left = li.scheduled - li.to_date
        if what in ("work", "short"):
            lines[n] = replace(li, this_period=cents(left * share / 100))
        elif what == "store":
            lines[n] = replace(li, stored=li.stored + cents(left * share / 100))
        elif what == "install":
            moved = cents(li.stored * share / 100)
            lines[n] = replace(li, stored=li.stored - moved, this_period=moved)
        elif what == "release" and li.retainage_previous:
            held = li.retainage_previous
            lines[n] = replace(li, released=Split(cents(held.work * share / 100), cents(held.stored * share / 100)))
        elif what in ("change", "deduct"):
            self.changes += 1
            value = D(share if what == "change" else -share)
            lines.append(Line(f"CO{self.changes}", value, D(0), D(0), change=str(self.changes)))
        self.bill(lines, share if what == "short" else 0)


@given(
    st.lists(st.integers(10000, 10**7), min_size=1, max_size=6), lives(), st.booleans(), st.sampled_from([None, Cap(D("0.05"), "current")])
)
def test_the_payments_of_a_finished_contract_add_up_to_its_sum(
    values: list[int], life: list[dict[str, Any]], stepped: bool, cap: Cap | None
) -> None:
    job = Job(values, FORWARD if stepped else (), cap)
    for event in life:
        job.month(event)
    done = [replace(li, this_period=li.scheduled - li.previous, stored=D(0), retainage_previous=None, released=D(0)) for li in job.lines]
    job.bill(done, final=True)
    assert job.paid == sum(li.scheduled for li in job.lines)
