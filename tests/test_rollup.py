"""Approving, billing upstream and paying are three acts: the roll-up, pay when paid, suppliers, joint checks, chasers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.core.actor import system
from bifocal.core.commands import Call
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.projects.rollup.rules import against_owner, chaser, may_go, proposed
from tests.conftest import run, settle
from tests.test_change_events import as_link
from tests.test_commitments import executed, project
from tests.test_subapps import approved, pay, submitted

TODAY = date.today()


# ---- worked on paper
def test_a_line_is_proposed_by_the_share_of_its_subcontracts_that_is_approved() -> None:
    # 8,000 of 20,000 approved is 40 percent: of a line over 60,000 that is 24,000, less 9,000 certified and 3,000 stored
    assert proposed(D(60000), D(9000), D(3000), D(20000), D(8000)) == D(12000)
    assert proposed(D(60000), D(30000), D(0), D(20000), D(8000)) == 0  # certified further already
    assert proposed(D(60000), D(0), D(5000), D(20000), D(25000)) == D(55000)  # never above the scheduled value
    assert proposed(D(-4000), D(0), D(0), D(20000), D(8000)) == D(-1600)  # a deductive line
    assert proposed(D(60000), D(0), D(0), D(0), D(0)) == 0


@given(*[st.decimals(0, 10**6, places=2)] * 5)
def test_a_proposal_never_leaves_the_line(scheduled: D, previous: D, stored: D, bought: D, done: D) -> None:
    previous = min(previous, scheduled)
    stored = min(stored, scheduled - previous)
    assert 0 <= proposed(scheduled, previous, stored, bought, done) <= scheduled - previous - stored


def test_pay_when_paid_lets_go_what_the_owner_paid_for() -> None:
    parts = [(D(6000), D(1)), (D(4000), D("0.25"))]
    assert may_go(D(9000), parts) == D(6300)  # 9,000 × (6,000 + 1,000) ÷ 10,000
    assert against_owner(D(9000), D(6300), parts) == []
    assert against_owner(D(9000), D("6300.01"), parts) == ["pay when paid: the owner has paid for 6,300.00 of 9,000.00"]
    assert "not paid an application" in against_owner(D(9000), D(1), [(D(6000), D(0))])[0]


@pytest.mark.parametrize(("left", "days"), [(9, None), (8, None), (7, 7), (6, 7), (4, 7), (3, 3), (1, 3), (0, 0), (-1, None)])
def test_a_chaser_is_due_7_3_and_0_days_before(left: int, days: int | None) -> None:
    assert chaser(TODAY + timedelta(days=left), TODAY) == days


# ---- through the commands
def upstream(made: dict[str, Any]) -> dict[str, Any]:
    return run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)


@pytest.mark.django_db
def test_approved_lines_flow_up_once_and_show_where_from() -> None:
    from bifocal.projects.payapps.models import PayApp
    from bifocal.projects.rollup.queries import proposals, taken_from

    made = project()
    c = executed(made)
    app = upstream(made)
    with pytest.raises(Refused, match="No subcontractor's approval waits"):
        run("payapp.roll_up", "pm", payapp=app["uid"])
    approved(c, "8000.00")
    row = PayApp.objects.get(uid=app["uid"])
    [found] = proposals(row)["rows"]
    assert (found["item"], found["proposed"]) == ("1", D(24000))  # 40 percent of 60,000
    with pytest.raises(Invalid, match="Item 2 has nothing to take"):
        run("payapp.roll_up", "pm", payapp=app["uid"], lines=[{"item": "2", "amount": "1.00"}])
    with pytest.raises(Exception, match="scheduled"):
        run("payapp.roll_up", "pm", payapp=app["uid"], lines=[{"item": "1", "amount": "60000.01"}])
    run("payapp.roll_up", "pm", payapp=app["uid"], lines=[{"item": "1", "amount": "23000.00"}])
    row.refresh_from_db()
    assert (row.line4, [t.sub.approved for t in taken_from(row)]) == (D(23000), [D(8000)])
    with pytest.raises(Refused, match="waits to be billed"):
        run("payapp.roll_up", "pm", payapp=app["uid"])
    run("payapp.void", "pm", payapp=app["uid"], reason="another month")
    again = PayApp.objects.get(uid=upstream(made)["uid"])
    assert [r["item"] for r in proposals(again)["rows"]] == ["1"]  # a thrown away application gives them back


@pytest.mark.django_db
def test_pay_when_paid_waits_for_the_owner_in_part() -> None:
    from bifocal.projects.payapps.models import PayApp
    from bifocal.projects.rollup.queries import pay_run

    made = project()
    c = executed(made)
    run("commitment.pay_terms", "pm", commitment=c["uid"], pay_when_paid=True)
    _, bill = approved(c, "8000.00")
    with pytest.raises(Refused, match="pay when paid: the owner has not paid"):
        pay(c, bill, "7200.00")
    app = upstream(made)
    run("payapp.roll_up", "pm", payapp=app["uid"])
    run("payapp.submit", "pm", payapp=app["uid"])
    run("payapp.certify", "pm", payapp=app["uid"], by="Ada Lindqvist")
    invoice = PayApp.objects.get(uid=app["uid"]).invoice
    assert invoice is not None and invoice.open_amount == D(21600)
    take = {"job": made["job"], "method": "wire"}
    run("payment.take", "books", amount="5400.00", parts=[{"invoice": invoice.uid, "amount": "5400.00"}], **take)
    [row] = [r for r in pay_run(TODAY) if r["bill"].pk == bill.pk]
    assert (row["free"], row["why"]) == (D(1800), ["pay when paid: the owner has paid for 1,800.00 of 7,200.00"])  # a quarter
    pay(c, bill, "1800.00")
    with pytest.raises(Refused, match="pay when paid"):
        pay(c, bill, "0.01")
    run("payment.take", "books", amount="16200.00", parts=[{"invoice": invoice.uid, "amount": "16200.00"}], **take)
    pay(c, bill, "5400.00")
    settle()


@pytest.mark.django_db
def test_a_suppliers_missing_waiver_holds_what_is_owed_and_a_joint_check_goes() -> None:
    from bifocal.kernel.purchasing.models import BillPayment
    from bifocal.projects.rollup.queries import pay_run

    c = executed(project())
    app, bill = approved(c, "8000.00", suppliers=["Duct Supply Inc."])
    assert [r["free"] for r in pay_run(TODAY) if r["bill"].pk == bill.pk] == [D(0)]  # nobody knows what the supplier is owed
    with pytest.raises(Refused, match="the waiver of Duct Supply Inc. is not signed"):
        pay(c, bill, "1.00")
    run("waiver.claim", "pm", subapp=app["uid"], claimant="Duct Supply Inc.", owed="2500.00")
    with pytest.raises(Refused, match=r"Duct Supply Inc. \(2,500.00\) is not signed: 4,700.00 of 7,200.00 may go"):
        pay(c, bill, "4700.01")
    assert [r["free"] for r in pay_run(TODAY) if r["bill"].pk == bill.pk] == [D(4700)]
    pay(c, bill, "4700.00")
    with pytest.raises(Refused, match="may go"):
        pay(c, bill, "2500.00", jointly_with="Somebody else")
    pay(c, bill, "2500.00", jointly_with="Duct Supply Inc.", reference="1044")
    assert BillPayment.objects.get(reference="1044").jointly_with == "Duct Supply Inc."


@pytest.mark.django_db
def test_whoever_is_held_is_written_to_once_each_time_by_a_link_that_works() -> None:
    from bifocal.kernel.messages.models import Message
    from bifocal.projects.rollup.commands import chase
    from bifocal.projects.subapps.models import LienWaiver

    app, bill = approved(executed(project()), "8000.00")
    LienWaiver.objects.filter(subapp__uid=app["uid"]).update(status="required", signer="", signed_at=None)
    for key in ("pm", "dispatch"):
        with pytest.raises(NotAllowed):
            run("payrun.plan", key, on=TODAY)
    with pytest.raises(Refused, match="is over"):
        run("payrun.plan", "books", on=TODAY - timedelta(days=2))
    day = TODAY + timedelta(days=7)
    run("payrun.plan", "books", on=day)
    who = system("pay run")

    def letters() -> int:
        return Message.objects.filter(subject_uid=app["uid"], title__contains="is held").count()

    sent = []
    for on in (
        TODAY - timedelta(days=1),
        TODAY,
        TODAY,
        TODAY + timedelta(days=1),
        day - timedelta(days=3),
        day,
        day,
        day + timedelta(days=1),
    ):
        chase(on, actor=who, call=Call.new())
        sent.append(letters())
    assert sent == [0, 1, 1, 1, 2, 3, 3, 3]
    letter = Message.objects.filter(subject_uid=app["uid"], title__contains="is held").first()
    assert letter is not None and "its conditional waiver is not signed" in letter.body
    as_link("/link/" + letter.body.split("/link/")[1].split()[0], "waiver.sign", subapp=app["uid"], sort="conditional_progress", name="Lou")
    run("bill.pay", "books", vendor=bill.vendor.uid, parts=[{"bill": bill.uid, "amount": "7200.00"}])


@pytest.mark.django_db
def test_the_pages_show_it() -> None:
    from tests.test_lists import signed_in

    made = project()
    c = executed(made)
    app, bill = approved(c, "8000.00")
    ours = upstream(made)
    assert b"24000.00" in signed_in("pm").get(f"/payapps/{ours['uid']}").content
    assert b"Pay when the owner paid" in signed_in("pm").get(f"/commitments/{c['uid']}").content
    page = signed_in("books").get("/money/pay-run").content.decode()
    assert bill.number and "Pay it" in page and "Plan the next pay run" in page
    assert signed_in("pm").get(f"/subapps/{app['uid']}").status_code == 200
    submitted(c, "100.00")
