"""Subcontracts and purchase orders: states, gates, limits, bills by line, and what the budget says of each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, Refused
from bifocal.lib.ids import uuid7
from tests import factories
from tests.conftest import run, settle

pytestmark = pytest.mark.django_db
TODAY = date.today()
BUDGET = [{"cost_code": "23-0000", "cost_type": "S", "amount": "30000.00"}, {"cost_code": "26-0000", "cost_type": "M", "amount": "9000.00"}]


def vendor(*, papers: bool = True) -> str:
    uid = str(run("vendor.add", "books", name=f"Sub {uuid7().hex[-6:]}", is_subcontractor=True)["uid"])
    if papers:
        run("vendor.show", "books", vendor=uid, sort="insurance", until=TODAY + timedelta(days=90))
        run("vendor.show", "books", vendor=uid, sort="w9")
    return uid


def project() -> dict[str, Any]:
    made = factories.project()
    run("budget.set", "pm", job=made["job"], lines=BUDGET)
    return made


def subcontract(
    made: dict[str, Any], *, amount: str = "20000.00", papers: bool = True, sort: str = "subcontract", **more: Any
) -> dict[str, Any]:
    kind = {"subcontract": ("23-0000", "S"), "purchase_order": ("26-0000", "M")}[sort]
    line = {"item": "1", "description": "Rough-in", "cost_code": kind[0], "cost_type": kind[1], "amount": amount}
    who = vendor(papers=papers)
    got = run(
        "commitment.write",
        "pm",
        job=made["job"],
        sort=sort,
        vendor=who,
        title="HVAC rough-in",
        lines=[line],
        **{"retainage": "0.10", **more},
    )
    return {**got, "vendor": who}


def executed(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    got = subcontract(made, **more)
    run("commitment.send", "pm", commitment=got["uid"])
    return {**got, **run("commitment.approve", "pm", commitment=got["uid"])}


def figures(made: dict[str, Any], code: str = "23-0000", cost_type: str = "S") -> dict[str, D]:
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.forecast.queries import report

    found = report(Job.objects.get(uid=made["job"]))
    row = next(r for r in found.rows if (r.code, r.cost_type) == (code, cost_type))
    return {c: getattr(row.columns, c) for c in "abcdefijklmnopq"}


def test_a_subcontract_from_draft_to_complete_and_its_columns() -> None:
    made = project()
    c = subcontract(made)
    assert (figures(made)["i"], figures(made)["j"], c["number"]) == (0, 0, "")
    sent = run("commitment.send", "pm", commitment=c["uid"])
    assert sent["number"].startswith("SC-") and (figures(made)["i"], figures(made)["j"]) == (0, D(20000))
    run("commitment.approve", "pm", commitment=c["uid"])
    assert {k: figures(made)[k] for k in "ijmnop"} == {"i": 20000, "j": 0, "m": 20000, "n": 10000, "o": 30000, "p": 0}
    run("commitment.bill", "books", commitment=c["uid"], vendor_number="1", date=TODAY, lines=[{"item": "1", "amount": "5000.00"}])
    assert {k: figures(made)[k] for k in "iklmq"} == {"i": 20000, "k": 0, "l": 5000, "m": 20000, "q": 25000}
    run("commitment.finish", "pm", commitment=c["uid"])
    assert figures(made)["i"] == 20000
    settle()


def test_a_bill_is_refused_beyond_its_line_and_holds_retainage_in_the_books() -> None:
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.kernel.jobs.models import Job
    from bifocal.kernel.ledger.queries import balance
    from bifocal.kernel.purchasing.models import Bill

    made = project()
    c, job = executed(made), Job.objects.get(uid=made["job"])
    bill = run("commitment.bill", "pm", commitment=c["uid"], vendor_number="A-1", date=TODAY, lines=[{"item": "1", "amount": "20000.00"}])
    who = Bill.objects.get(uid=bill["uid"]).vendor_id
    # posting C1 of the reference: 20,000 gross, 10 % held
    assert (balance("5400", job_id=job.pk), balance("2100", vendor_id=who), balance("2110", vendor_id=who)) == (
        D(20000),
        D(-18000),
        D(-2000),
    )
    with pytest.raises(Refused, match="too much"):
        run("commitment.bill", "pm", commitment=c["uid"], vendor_number="A-2", date=TODAY, lines=[{"item": "1", "amount": "0.01"}])
    with pytest.raises(Invalid, match="no item 7"):
        run("commitment.bill", "pm", commitment=c["uid"], vendor_number="A-2", date=TODAY, lines=[{"item": "7", "amount": "1.00"}])
    # posting C2
    run("commitment.release", "owner", bill=bill["uid"], amount="2000.00")
    assert (balance("2100", vendor_id=who), balance("2110", vendor_id=who)) == (D(-20000), D(0))
    with pytest.raises(Refused, match="holds 0.00"):
        run("commitment.release", "owner", bill=bill["uid"], amount="0.01")
    run("bill.pay", "books", vendor=c["vendor"], parts=[{"bill": bill["uid"], "amount": "20000.00"}])
    assert all(x["ok"] for x in close_checks())


def test_no_execution_without_papers_unless_a_reason_is_given() -> None:
    from bifocal.projects.commitments.models import Commitment

    made = project()
    c = subcontract(made, papers=False)
    run("commitment.send", "pm", commitment=c["uid"])
    with pytest.raises(Refused, match="no certificate of insurance; no W-9"):
        run("commitment.approve", "pm", commitment=c["uid"])
    run("vendor.show", "books", vendor=c["vendor"], sort="insurance", until=TODAY - timedelta(days=1))
    with pytest.raises(Refused, match="ran out"):
        run("commitment.approve", "pm", commitment=c["uid"])
    run("commitment.approve", "pm", commitment=c["uid"], override="Broker confirmed by phone; paper follows Monday")
    assert Commitment.objects.get(uid=c["uid"]).override.startswith("Broker")


def test_an_order_over_budget_and_a_sum_above_the_limit_are_refused() -> None:
    made = project()
    c = subcontract(made, amount="30000.01")
    run("commitment.send", "pm", commitment=c["uid"])
    with pytest.raises(Refused, match=r"over budget on 23-0000\.S by 0\.01"):
        run("commitment.approve", "pm", commitment=c["uid"])
    run("commitment.limit", "owner", role="project_manager", amount="30000.00")
    with pytest.raises(Refused, match="above your approval limit"):
        run("commitment.approve", "pm", commitment=c["uid"], override="needed")
    run("commitment.approve", "owner", commitment=c["uid"], override="Bid came in high")
    with pytest.raises(NotAllowed):
        run("commitment.limit", "pm", role="project_manager", amount="1.00")


def test_an_order_is_received_in_part_billed_and_closed_with_its_actuals() -> None:
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.kernel.purchasing.models import Receipt

    made = project()
    c = executed(made, amount="8000.00", sort="purchase_order", retainage="0")
    assert run("commitment.receive", "pm", commitment=c["uid"], item="1", amount="3000.00")["status"] == "partially_received"
    assert {k: figures(made, "26-0000", "M")[k] for k in "ikl"} == {"i": 8000, "k": 0, "l": 3000}
    receipt = Receipt.objects.latest("id")
    run(
        "commitment.bill",
        "books",
        commitment=c["uid"],
        vendor_number="P-1",
        date=TODAY,
        receipt=receipt.uid,
        lines=[{"item": "1", "amount": "3100.00"}],
    )
    assert figures(made, "26-0000", "M")["l"] == D(3100)
    with pytest.raises(Refused, match="too much"):
        run("commitment.receive", "pm", commitment=c["uid"], item="1", amount="4900.01")
    assert run("commitment.receive", "pm", commitment=c["uid"], item="1", amount="4900.00")["status"] == "received"
    assert figures(made, "26-0000", "M")["i"] == D(8000)  # ★ received stays committed
    run("commitment.finish", "pm", commitment=c["uid"])
    assert {k: figures(made, "26-0000", "M")[k] for k in "ilo"} == {"i": 8000, "l": 8000, "o": 9000}  # ★ closed keeps its actuals
    assert all(x["ok"] for x in close_checks())


def test_a_change_is_pending_then_the_commitments_and_a_rejected_one_leaves() -> None:
    made = project()
    c = executed(made)
    line = {"item": "1", "description": "Extra", "cost_code": "23-0000", "cost_type": "S", "amount": "1500.00"}
    first = run("commitment.propose_change", "pm", commitment=c["uid"], title="Extra duct", lines=[line])["uid"]
    assert (figures(made)["i"], figures(made)["j"]) == (D(20000), D(1500))
    with pytest.raises(Invalid, match="no item C1.1"):
        run("commitment.bill", "pm", commitment=c["uid"], vendor_number="1", date=TODAY, lines=[{"item": "C1.1", "amount": "1.00"}])
    run("commitment.approve_change", "pm", change=first)
    assert (figures(made)["i"], figures(made)["j"]) == (D(21500), 0)
    run("commitment.bill", "pm", commitment=c["uid"], vendor_number="1", date=TODAY, lines=[{"item": "C1.1", "amount": "1500.00"}])
    with pytest.raises(CannotMove):
        run("commitment.approve_change", "pm", change=first)
    second = run("commitment.propose_change", "pm", commitment=c["uid"], title="Credit", lines=[{**line, "amount": "-500.00"}])["uid"]
    run("commitment.reject_change", "pm", change=second, reason="No credit agreed")
    assert figures(made)["j"] == 0
    settle()


def test_in_a_state_with_a_statute_a_subcontract_holds_no_more_than_the_law_and_the_prime_contract() -> None:
    from bifocal.kernel.parties.models import Site
    from bifocal.projects.contracts.models import Contract

    made = project()
    Site.objects.filter(uid=made["site"]).update(state="CA")
    with pytest.raises(Refused, match="CA allows at most 5%"):
        subcontract(made, retainage="0.10")
    Contract.objects.filter(uid=made["contract"]).update(retainage_work="0.03")
    with pytest.raises(Refused, match=r"no more than the prime contract, 3\.00%"):
        subcontract(made, retainage="0.05")
    subcontract(made, retainage="0.03")


def test_a_terminated_subcontract_counts_with_what_was_billed() -> None:
    made = project()
    c = executed(made)
    run("commitment.bill", "pm", commitment=c["uid"], vendor_number="1", date=TODAY, lines=[{"item": "1", "amount": "4000.00"}])
    with pytest.raises(CannotMove):
        run("commitment.void", "pm", commitment=c["uid"], reason="x")
    run("commitment.terminate", "pm", commitment=c["uid"], reason="Walked off")
    assert (figures(made)["i"], figures(made)["l"]) == (D(4000), D(4000))
    with pytest.raises(Refused, match="nothing can be billed"):
        run("commitment.bill", "pm", commitment=c["uid"], vendor_number="2", date=TODAY, lines=[{"item": "1", "amount": "1.00"}])


def test_the_database_keeps_the_sum_and_strangers_out() -> None:
    made = project()
    c = executed(made)
    with pytest.raises(IntegrityError, match="add up to"), transaction.atomic():
        with connection.cursor() as cur:
            cur.execute("update commitments_commitment set sum = sum + 1 where uid = %s", [c["uid"]])
            cur.execute("set constraints all immediate")
    for key in ("viewer", "dispatch", "super"):
        with pytest.raises(NotAllowed):
            run("commitment.terminate", key, commitment=c["uid"], reason="x")


def test_every_cell_opens_its_transactions_and_cost_foots_to_the_ledger() -> None:
    from bifocal.kernel.costs.queries import cost_lines
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.forecast.queries import cell, report

    made = project()
    c, job = executed(made), Job.objects.get(uid=made["job"])
    run(
        "budget.transfer",
        "pm",
        job=made["job"],
        from_code="26-0000",
        from_type="M",
        to_code="23-0000",
        to_type="S",
        amount="1000.00",
        reason="Bought out",
    )
    run("commitment.bill", "pm", commitment=c["uid"], vendor_number="1", date=TODAY, lines=[{"item": "1", "amount": "2500.00"}])
    direct = [
        {"description": "Counter", "amount": "310.00", "job": made["job"], "cost_code": "23-0000", "cost_type": "S"},
        {"description": "No code", "amount": "40.00", "job": made["job"]},
    ]
    run("bill.post", "books", vendor=c["vendor"], vendor_number="D-1", date=TODAY, lines=direct)
    factories.sent_change(made, "1500.00")
    found = report(job)
    for row in found.rows:
        for column in "abcdefijkl":
            amounts = [t["amount"] for t in cell(job, row.code, row.cost_type, column)]
            assert sum(amounts, D(0)) == getattr(row.columns, column), (row.code, column)
        if row.columns.i >= row.columns.l - row.columns.k:
            for column in "mnop":
                got = sum(
                    (
                        t["amount"] * (-1 if column == "p" and t["column"] in "ijkn" else 1)
                        for t in cell(job, row.code, row.cost_type, column)
                    ),
                    D(0),
                )
                assert got == getattr(row.columns, column), (row.code, column)
    assert found.totals["l"] == sum(r["amount"] for r in cost_lines(job)) == D(2850)
    with pytest.raises(Invalid, match="no column z"):
        cell(job, "23-0000", "S", "z")


def test_forecasts_by_hand_need_their_reason_and_months_are_frozen_once() -> None:
    from bifocal.projects.forecast.models import MonthEnd

    made = project()
    executed(made)
    key = {"job": made["job"], "cost_code": "23-0000", "cost_type": "S"}
    with pytest.raises(Invalid, match="Say why"):
        run("forecast.set", "pm", **key, method="manual", value="12000.00")
    run("forecast.freeze", "pm", job=made["job"], month=date(2026, 1, 31))
    run("forecast.set", "pm", **key, method="manual", value="12000.00", note="Sub asks for more")
    assert (figures(made)["n"], figures(made)["p"]) == (D(12000), D(-2000))
    with pytest.raises(Invalid, match=r"moved by 2,000\.00: say why"):
        run("forecast.freeze", "pm", job=made["job"], month=date(2026, 2, 28))
    run("forecast.freeze", "pm", job=made["job"], month=date(2026, 2, 28), reason="Sub asks for more")
    kept = MonthEnd.objects.get(job__uid=made["job"], month=date(2026, 2, 1))
    run("forecast.set", "pm", **key, method="quantity", value="8000.00", percent="0.25", note="Counted")
    assert figures(made)["n"] == D(6000)
    assert (MonthEnd.objects.get(pk=kept.pk).totals["n"], kept.change) == ("21000.00", D(2000))
    with pytest.raises(Refused, match="frozen for February 2026 or later"):
        run("forecast.freeze", "pm", job=made["job"], month=date(2026, 2, 1), reason="again")
    with pytest.raises(NotAllowed):
        run("forecast.set", "viewer", **key, method="auto")
