"""The acceptance list at the end of section 4 of the project reference. What stands elsewhere is named here; the rest is tested here.

approve twice: test_concurrency, test_change_control · void of approved and billed: test_change_control · certified is never edited:
test_progress_billing · line 3 = ΣC: test_money_cli, test_contract_terms · sub retainage above the prime's: test_commitments · unconditional
waiver before payment: test_subapps · RFI numbers: test_concurrency · two required, one optional reviewer: test_papers · links with lag over
holidays: test_cpm_days · automatic forecast never negative: test_costing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.engines.costing import Contract, schedule
from bifocal.engines.progress_billing import Application, Line, compute
from bifocal.lib.errors import CannotMove, DomainError, NotAllowed, NotFound, Refused
from tests import factories
from tests.conftest import run
from tests.test_change_events import as_link, line_of, opened
from tests.test_commitments import executed, project
from tests.test_concurrency import at_once
from tests.test_subapps import invited
from tests.test_tickets import agreed, sign, ticket
from tests.test_wip import project as wip_project
from tests.test_wip import publish

db = pytest.mark.django_db
TODAY = date.today()


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 200))
def test_what_was_stored_and_is_installed_changes_g_by_e_plus_f_less_f_before(stored: int, moved: int, more: int) -> None:
    moved = min(moved, stored)
    before = compute(Application(D(1000), (Line("1", D(1000), D(100), D(0), D(stored), D(0)),), D("0.1"), D("0.05")))
    after = compute(Application(D(1000), (Line("1", D(1000), D(100), D(moved + more), D(stored - moved), D(stored)),), D("0.1"), D("0.05")))
    assert after.totals["G"] - before.totals["G"] == after.totals["E"] + after.totals["F"] - D(stored) == D(more)
    assert after.summary["9"] == after.totals["H"] + after.summary["5"]


@given(
    st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=8)
)
def test_earned_and_over_less_under_is_what_was_billed(drawn: list[tuple[int, int, int, int]]) -> None:
    jobs = [Contract(str(n), D(p), D(e), D(min(c, e)), D(b)) for n, (p, e, c, b) in enumerate(drawn)]
    total = schedule(jobs).total
    assert total.earned + total.over - total.under == sum(j.billed for j in jobs)


@db
def test_an_amendment_leaves_the_hash_of_the_signed_log_valid() -> None:
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.dailylogs.models import DailyLog
    from bifocal.projects.dailylogs.queries import broken_links

    made = factories.project()
    sections = {"weather": "Clear", "manpower": "6", "work": "Rough-in", "visitors": "none", "delays": "none", "deliveries": "none",
                "inspections": "none", "safety": "none"}  # fmt: skip
    log = run("log.write", "super", job=made["job"], day=TODAY, sections=sections)
    run("log.sign", "super", log=log["uid"], name="Walt")
    was = DailyLog.objects.get(document__uid=log["uid"]).sha256
    run("log.amend", "super", log=log["uid"], text="A crane came at four", reason="forgotten")
    row = DailyLog.objects.get(document__uid=log["uid"])
    assert (row.sha256, row.amendments.count(), broken_links(Job.objects.get(uid=made["job"]))) == (was, 1, [])


@db
def test_one_subcontractors_link_reads_nothing_of_anothers_bid_application_or_log() -> None:
    from bifocal.core.links import actor_of, open_link
    from bifocal.projects.events.models import QuoteRequest
    from bifocal.projects.register.models import Document
    from bifocal.projects.subapps.models import SubApp

    made = project()
    mine, theirs = executed(made, amount="9000.00"), executed(made, amount="9000.00")
    app, other = invited(mine), invited(theirs)
    event = opened(made)
    bids = [
        run(
            "event.ask",
            "pm",
            line=line_of(event).uid,
            vendor=c["vendor"],
            commitment=c["uid"],
            due=TODAY,
            email=f"{n}@example.com",
            name="S",
        )
        for n, c in enumerate((mine, theirs))
    ]
    log = run("log.write", "super", job=made["job"], day=TODAY, sections={"work": "x"})
    for path in (app["link_path"], bids[0]["link_path"]):
        actor = actor_of(open_link(path.rsplit("/", 1)[-1], now=datetime.now(UTC)))
        for model, uid in ((SubApp, other["uid"]), (QuoteRequest, bids[1]["uid"]), (Document, log["uid"]), (Document, event["uid"])):
            with pytest.raises(NotFound):
                model.objects.find(uid, actor)
    with pytest.raises((NotFound, NotAllowed)):
        as_link(app["link_path"], "subapp.fill", subapp=other["uid"], lines=[{"item": "1", "amount": "1.00"}])
    with pytest.raises((NotFound, NotAllowed)):
        as_link(bids[0]["link_path"], "quote.give", request=bids[1]["uid"], amount="1.00", name="S")


@db
def test_what_was_certified_is_never_edited() -> None:
    made = factories.project()
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "this_period": "500.00"}])
    run("payapp.submit", "pm", payapp=app)
    run("payapp.certify", "pm", payapp=app, by="A")
    for command, args in (("payapp.fill", {"lines": [{"item": "1", "this_period": "1.00"}]}), ("payapp.return", {"reason": "x"})):
        with pytest.raises((Refused, CannotMove)):
            run(command, "pm", payapp=app, **args)


def test_a_change_order_voided_and_billed_at_once_is_never_both(clone: str) -> None:
    from bifocal.projects.contracts.models import Contract
    from bifocal.projects.payapps.models import PayAppLine

    made = factories.project()
    sent = factories.sent_change(made)
    run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="Jonah")
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    got = at_once(
        lambda: run("change.reverse", "owner", change=sent["uid"], reason="wrong"),
        lambda: run("payapp.fill", "pm", payapp=app, lines=[{"item": sent["number"], "this_period": "700.00"}]),
    )
    total = Contract.objects.get(uid=made["contract"]).sum
    billed = PayAppLine.objects.get(payapp__uid=app, sov__item=sent["number"]).this_period
    assert (total, billed) in ((D(100000), D(0)), (D(101500), D(700))), (total, billed, got)


def test_a_ticket_signed_and_refused_at_once_is_one_of_both(clone: str) -> None:
    from bifocal.projects.register.models import Document
    from tests.test_tickets import picture

    made = agreed(project())
    got = ticket(made)
    run("file.attach", "super", about_kind="document", about=got["uid"], name="a.png", content=picture("red"))
    refuse = lambda: run("ticket.refuse", "super", ticket=got["uid"], name="Sam", witness="Ann", reason="no")  # noqa: E731
    ended = at_once(lambda: sign(got), refuse, lambda: sign(got))
    assert sum(isinstance(e, dict) for e in ended) == 1
    doc = Document.objects.get(uid=got["uid"])
    assert bool(doc.ticket.refused_because) == (doc.status == "refused") and bool(doc.ticket.signature) == (doc.status == "signed")


def test_a_month_published_by_three_at_once_posts_once(clone: str) -> None:
    from bifocal.bridges.portfolio.models import WipMonth
    from bifocal.kernel.ledger.models import JournalEntry

    made = wip_project(price=100000, estimate=80000, cost=40000, billed=70000)
    got = at_once(*(lambda: publish() for _ in range(3)))
    assert not [g for g in got if isinstance(g, DomainError)], got
    assert WipMonth.objects.count() == 1 and JournalEntry.objects.filter(event__startswith="wip ", source_uid=made["row"].uid).count() == 1


@db
def test_the_schedule_asks_no_more_queries_for_more_projects_and_says_what_the_report_says() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from bifocal.bridges.portfolio.wip import wip
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.forecast.queries import approved_estimates, report

    made: list[dict[str, Any]] = [wip_project(price=100000, estimate=80000, cost=40000, billed=70000)]

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            wip(TODAY)
        return len(seen)

    few = asked()
    made += [wip_project(price=90000 + n, estimate=70000, cost=10000 * n, billed=1000) for n in range(3)]
    c = executed({"job": made[0]["job"]}, amount="5000.00")
    run("forecast.set", "pm", job=made[1]["job"], cost_code="23-0000", cost_type="S", method="manual", value="123.45", note="walked")
    assert asked() == few and c
    jobs = [Job.objects.get(uid=m["job"]) for m in made]
    assert approved_estimates(jobs, TODAY) == {j.pk: report(j, TODAY).approved_totals["o"] for j in jobs}


@db
def test_the_curves_are_running_sums_that_end_at_the_books() -> None:
    from bifocal.bridges.portfolio.charts import cash_curve, cost_curve, lines
    from bifocal.bridges.portfolio.curves import months
    from bifocal.kernel.costs.queries import margin

    made = wip_project(price=100000, estimate=80000, cost=40000, billed=70000)
    found = months(made["row"])
    assert found[-1].cost == margin(made["row"], datetime.now(UTC))["posted_cost"] == D(40000)
    assert (found[-1].cash_in, found[-1].cash_out) == (0, 0)  # billed and owed, nothing has moved yet
    bill = made["row"].bill_lines.get().bill
    run("bill.pay", "books", vendor=made["vendor"], parts=[{"bill": bill.uid, "amount": "15000.00"}])
    invoice = made["row"].invoices.get()
    run("payment.take", "books", job=made["job"], amount="60000.00", method="wire", parts=[{"invoice": invoice.uid, "amount": "60000.00"}])
    now = months(made["row"])[-1]
    assert (now.cash_in, now.cash_out, now.cash) == (D(60000), D(15000), D(45000))
    run("forecast.freeze", "pm", job=made["job"], month=TODAY, reason="first")
    last = months(made["row"])[-1]
    assert (last.estimate, last.margin) == (D(80000), D("0.2"))
    svg = cost_curve(months(made["row"]), D(100000)) + cash_curve(months(made["row"]))
    assert svg.count("<polyline") == 6 and "style=" not in svg and lines("x", [], ()) == ""


def test_two_who_judge_the_last_two_inspections_at_once_leave_nothing_waiting(clone: str) -> None:
    from bifocal.projects.lookahead.models import Constraint
    from tests.test_gantt import planned, uid
    from tests.test_ties import booked

    job = planned(("A", 5, []))
    run("lookahead.constrain", "super", activity=uid(job, "A"), sort="inspection", what="Anything")
    wires, pipes = booked(job), booked(job, name="Rough plumbing")
    at_once(
        lambda: run("inspection.judge", "super", inspection=wires, result="passed"),
        lambda: run("inspection.judge", "super", inspection=pipes, result="passed"),
    )
    assert not Constraint.objects.filter(activity__job=job, cleared_on=None).exists()
