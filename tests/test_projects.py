"""The project lens: contract, change, documents, logs, promotion, cost transfer, closing."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.kernel.costs.queries import cost_lines, misplaced_sources
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import balance
from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, NotFound, Refused, StaleVersion
from bifocal.projects.budget.queries import report
from bifocal.projects.changes.rules import Markup, price, spread
from bifocal.projects.contracts.models import Contract
from bifocal.projects.dailylogs.models import DailyLog
from bifocal.projects.dailylogs.queries import broken_links
from bifocal.projects.register.models import Document
from bifocal.projects.submittals.rules import submit_by
from tests.conftest import run, settle
from tests.factories import call, project, sent_change, site
from tests.test_service import worked

pytestmark = pytest.mark.django_db
FULL = {"weather": "clear", "manpower": "4", "work": "ducts", "visitors": "none", "delays": "none"}


def test_decision_22_the_schedule_of_values_equals_the_contract_sum_by_constraint() -> None:
    made = project()
    with pytest.raises(IntegrityError, match="adds up to"), transaction.atomic():
        Contract.objects.filter(uid=made["contract"]).update(sum=1)
        settle()
    with pytest.raises(IntegrityError, match="adds up to"), transaction.atomic():
        Contract.objects.get(uid=made["contract"]).sov.filter(item="1").update(scheduled_value=1)
        settle()


@pytest.mark.parametrize(("markups", "total"), [
    ([("oh", "0.10", False), ("fee", "0.05", False)], "11500.00"), ([("oh", "0.10", False), ("fee", "0.05", True)], "11550.00"),
    ([("oh", "0.10", False), ("fee", "0.05", True), ("bond", "0.015", True)], "11723.25"), ([("markup", "0.20", False)], "12000.00"),
])  # fmt: skip
def test_the_published_markup_examples(markups: list[tuple[str, str, bool]], total: str) -> None:
    assert price(D(10000), [Markup(n, D(r), c) for n, r, c in markups])[0] == D(total)


def test_a_price_spreads_over_its_lines_and_the_cents_add_up() -> None:
    assert sum(spread(D("100.00"), [D(1), D(1), D(1)])) == D("100.00")
    assert spread(D("-100.00"), [D(-50), D(-50)]) == [D("-50.00"), D("-50.00")]


def test_an_approval_moves_contract_sov_budget_and_days_in_one_transaction() -> None:
    made = project()
    job = Job.objects.get(uid=made["job"])
    run("budget.set", "pm", job=made["job"], lines=[{"cost_code": "23-0000", "cost_type": "L", "amount": "30000.00"}])
    sent = sent_change(made)
    run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="Jonah Reed", address="203.0.113.7")
    settle()
    contract = Contract.objects.get(job=job)
    assert (contract.sum, contract.days) == (D("101500.00"), 62)
    assert sum(contract.sov.values_list("scheduled_value", flat=True)) == contract.sum
    assert report(job)["totals"]["changes"] == D("1500.00")
    change = Document.objects.get(uid=sent["uid"]).change_order
    assert (change.approved_name, change.approved_address, change.approved_sha256) == ("Jonah Reed", "203.0.113.7", sent["sha256"])
    with pytest.raises(CannotMove):
        run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="Jonah Reed")


def test_nothing_moves_when_the_approval_fails_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    made = project()
    sent = sent_change(made)
    from bifocal.projects.budget import commands as budget

    def broken(*a: Any, **k: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(budget, "apply_change", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="J")
    assert Contract.objects.get(uid=made["contract"]).sum == D("100000.00")
    assert Document.objects.get(uid=sent["uid"]).status == "in_review"


def test_an_older_paper_and_the_author_cannot_approve() -> None:
    made = project()
    sent = sent_change(made)
    with pytest.raises(StaleVersion):
        run("change.approve", "owner", change=sent["uid"], sha256="0" * 64, name="J")
    with pytest.raises(NotAllowed):
        run("change.approve", "pm", change=sent["uid"], sha256=sent["sha256"], name="J")
    own = run("change.draft", "owner", job=made["job"], title="Mine")["uid"]
    run("change.price", "owner", change=own, lines=[{"description": "x", "cost_code": "23-0000", "cost": "5.00"}])
    mine = run("change.send", "owner", change=own, approver=made["approver"])
    with pytest.raises(Refused, match="Somebody else"):
        run("change.approve", "owner", change=own, sha256=mine["sha256"], name="Ruth")


def test_an_owners_link_approves_and_can_do_nothing_else() -> None:
    from bifocal.core.commands import Call, execute
    from bifocal.core.links import actor_of, open_link

    made = project()
    sent = sent_change(made)
    now = datetime.now(UTC)
    holder = actor_of(open_link(sent["link_path"].rsplit("/", 1)[-1], now=now))
    with pytest.raises(NotFound):
        execute("contract.sign", {"contract": made["contract"]}, actor=holder, call=Call.new())
    with pytest.raises((NotAllowed, NotFound)):
        execute("journal.post", {"date": str(date.today()), "memo": "x", "lines": []}, actor=holder, call=Call.new())
    other = sent_change(made)
    with pytest.raises(NotFound):
        execute("change.approve", {"change": other["uid"], "sha256": other["sha256"], "name": "J"}, actor=holder, call=Call.new())
    execute("change.approve", {"change": sent["uid"], "sha256": sent["sha256"], "name": "Jonah"}, actor=holder, call=Call.new())
    run("link.revoke", "pm", link=other["link"])
    with pytest.raises(NotFound, match="does not work any more"):
        open_link(other["link_path"].rsplit("/", 1)[-1], now=now)
    with pytest.raises(NotFound, match="does not work any more"):
        open_link(sent["link_path"].rsplit("/", 1)[-1], now=now + timedelta(days=60))


def test_an_rfi_from_question_to_closed_with_its_ball_and_its_clocks() -> None:
    made = project()
    rfi = run("rfi.draft", "super", job=made["job"], title="Beam", question="Which way?", assignees=[made["architect"]])
    assert rfi["number"] == "" and rfi["ball"] == "creator"
    opened = run("rfi.open", "pm", rfi=rfi["uid"])
    assert (opened["number"], opened["ball"]) == ("RFI-001", "assignee")
    answered = run("rfi.respond", "pm", rfi=rfi["uid"], text="Left.")
    assert answered["ball"] == "manager"
    with pytest.raises(CannotMove):
        run("rfi.close", "pm", rfi=rfi["uid"], cost_impact="no_impact", days_impact="no_impact")
    run("rfi.answer", "pm", rfi=rfi["uid"])
    closed = run("rfi.close", "pm", rfi=rfi["uid"], cost_impact="no_impact", days_impact="no_impact")
    assert closed["ball"] == ""
    doc = Document.objects.get(uid=rfi["uid"])
    assert [c.role for c in doc.clocks.order_by("id")] == ["creator", "assignee", "manager", "creator"]
    assert doc.responses.filter(official=True).count() == 1
    run("rfi.reopen", "pm", rfi=rfi["uid"], reason="wrong grid")


def test_the_submittal_dates_of_the_checked_example_and_a_rejected_one_gets_its_next_revision() -> None:
    dates = submit_by(date(2026, 11, 2), lead_days=56, design_days=14, internal_days=5)
    assert dates == {"planned_return": date(2026, 9, 7), "internal_complete": date(2026, 8, 24), "submit_by": date(2026, 8, 19)}
    made = project()
    sub = run("submittal.draft", "pm", job=made["job"], title="RTU", spec_section="23 74 13")
    assert run("submittal.require", "pm", submittal=sub["uid"])["number"] == "23 74 13-001"
    run("file.attach", "pm", about_kind="document", about=sub["uid"], name="rtu.txt", content=base64.b64encode(b"RTU").decode())
    run("submittal.submit", "pm", submittal=sub["uid"])
    run("submittal.send", "pm", submittal=sub["uid"], reviewers=[{"who": made["architect"]}])
    with pytest.raises(Invalid, match="what must change"):
        run("submittal.review", "pm", submittal=sub["uid"], code="rejected")
    run("submittal.review", "pm", submittal=sub["uid"], code="revise_and_resubmit", text="wrong voltage")
    run("submittal.close", "pm", submittal=sub["uid"])
    nxt = Document.objects.get(job__uid=made["job"], sort="submittal", revision=1)
    assert (nxt.number, nxt.status) == ("23 74 13-001", "required")


def test_decision_24_signed_logs_are_chained_and_immutable_even_to_raw_sql() -> None:
    made = project()
    days = [date.today() - timedelta(days=n) for n in (1, 2, 3)]
    logs = [run("log.write", "super", job=made["job"], day=d, sections=FULL)["uid"] for d in days]
    run("file.attach", "super", about_kind="document", about=logs[0], name="a.txt", content=base64.b64encode(b"photo").decode())
    for uid in (logs[1], logs[0], logs[2]):  # Tuesday may be signed after Wednesday
        run("log.sign", "super", log=uid, name="Walt")
    job = Job.objects.get(uid=made["job"])
    assert broken_links(job) == []
    rows = list(DailyLog.objects.filter(job=job).order_by("seq"))
    assert [str(r.document.uid) for r in rows] == [logs[1], logs[0], logs[2]] and rows[1].prev_sha256 == rows[0].sha256
    for sql in ("update dailylogs_dailylog set sections = '{}'", "delete from dailylogs_dailylog"):
        with pytest.raises(Error, match="signed"), transaction.atomic(), connection.cursor() as cur:
            cur.execute(sql)
    with pytest.raises(Refused, match="signed already"):
        run("log.sign", "super", log=logs[0], name="Walt")
    before = rows[0].sha256
    run("log.amend", "super", log=logs[1], text="38 pieces", reason="recount")
    assert DailyLog.objects.get(pk=rows[0].pk).sha256 == before and broken_links(job) == []


def test_a_log_that_is_silent_about_visitors_is_not_signed() -> None:
    made = project()
    log = run("log.write", "super", job=made["job"], day=date.today(), sections={"weather": "clear"})["uid"]
    with pytest.raises(Refused, match="says nothing about manpower, work, visitors, delays"):
        run("log.sign", "super", log=log, name="Walt")


def test_whoever_did_the_work_does_not_verify_it() -> None:
    made = project()
    item = run("punch.add", "super", job=made["job"], title="Loose")["uid"]
    run("punch.resolve", "super", item=item)
    with pytest.raises(Refused, match="somebody else must verify"):
        run("punch.verify", "super", item=item)
    run("punch.verify", "pm", item=item, ok=False, note="still loose")
    run("punch.resolve", "super", item=item)
    assert run("punch.verify", "pm", item=item)["status"] == "closed"


def promoted() -> dict[str, Any]:
    made = worked()
    run("job.bill", "tech", job=made["uid"])
    run("time.approve", "books", job=made["uid"])
    made["contract"] = run(
        "job.promote", "pm", job=made["uid"], number="P-1", sum="10281.50", starts=date.today(),
        lines=[{"item": "1", "description": "Replacement", "scheduled_value": "10000.00", "cost_code": "23-0000"}],
    )["uid"]  # fmt: skip
    return made


def test_decision_19_promotion_keeps_the_id_and_what_was_invoiced_becomes_a_prior_billing_net_of_tax() -> None:
    made = promoted()
    job = Job.objects.get(uid=made["uid"])
    assert (job.number, job.profile, job.visits.count(), job.invoices.count()) == (made["number"], "project", 1, 1)
    contract = Contract.objects.get(job=job)
    line = contract.sov.get(before_contract=True)
    assert (line.description, line.scheduled_value) == ("Work before contract", D("281.50"))
    app = run("payapp.draft", "pm", contract=contract.uid, period_to=date.today())
    run("payapp.fill", "pm", payapp=app["uid"], lines=[{"item": "1", "this_period": "5000.00"}])
    run("payapp.submit", "pm", payapp=app["uid"])
    assert balance("4210", job_id=job.pk) == D("-5000.00") and balance("1120", job_id=job.pk) == D("500.00")
    # billed for WIP = 4110 + 4120 + 4210
    assert -sum(balance(a, job_id=job.pk) for a in ("4110", "4120", "4210")) == D("5281.50")
    assert all(c["ok"] for c in close_checks())
    with pytest.raises(Refused, match="pay application"):
        run("job.demote", "pm", job=job.uid, reason="x")


def test_decision_19_refused_with_a_draft_or_a_sum_below_what_was_billed_and_reversible_before_billing() -> None:
    made = worked()
    run("job.bill", "tech", job=made["uid"], post=False)
    args = {
        "job": made["uid"],
        "number": "P",
        "sum": "5000.00",
        "starts": date.today(),
        "lines": [{"item": "1", "description": "x", "scheduled_value": "5000.00"}],
    }
    with pytest.raises(Refused, match="draft invoice"):
        run("job.promote", "pm", **args)
    draft = Job.objects.get(uid=made["uid"]).invoices.get()
    run("invoice.post", "books", invoice=draft.uid)
    with pytest.raises(Refused, match="the contract can't be below that"):
        run("job.promote", "pm", **{**args, "sum": "100.00"})
    run("job.promote", "pm", **{**args, "sum": "5281.50"})
    run("job.demote", "pm", job=made["uid"], reason="customer changed her mind")
    job = Job.objects.get(uid=made["uid"])
    assert (job.profile, job.work_status) == ("service", "ready_to_bill") and not Contract.objects.filter(job=job).exists()


def test_decision_20_hours_move_with_their_burden_once_and_back_and_every_hour_stays_on_one_job() -> None:
    a, b = Job.objects.get(uid=worked()["uid"]), Job.objects.get(uid=project()["job"])
    run("time.approve", "books", job=a.uid)
    hours = next(li for li in cost_lines(a) if li["quantity"] and li["person"] and li["quantity"] == D("1.5"))
    moved = run("cost.move", "books", from_job=a.uid, to_job=b.uid, lines=[hours["id"]], reason="was at the other site")
    assert D(str(moved["amount"])) == D("51.75") + D("16.56")
    assert sum(li["amount"] for li in cost_lines(b)) == D("68.31")
    assert misplaced_sources() == []
    with pytest.raises(Refused, match="moved already"):
        run("cost.move", "books", from_job=a.uid, to_job=b.uid, lines=[hours["id"]], reason="again")
    run("cost.unmove", "books", transfer=moved["uid"], reason="was not")
    assert sum(li["amount"] for li in cost_lines(b)) == 0 and misplaced_sources() == []
    run("cost.move", "books", from_job=a.uid, to_job=b.uid, lines=[hours["id"]], reason="was, after all")
    assert all(c["ok"] for c in close_checks())


def test_a_project_closes_only_with_nothing_open_and_starts_its_warranties() -> None:
    made = project()
    job = Job.objects.get(uid=made["job"])
    with pytest.raises(Refused, match="not substantially complete"):
        run("project.close", "pm", job=job.uid)
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": i, "percent": 100} for i in "12"])
    run("payapp.submit", "pm", payapp=app)
    run("payapp.certify", "pm", payapp=app, by="A")
    run("project.complete", "pm", job=job.uid, date=date.today(), certified_by="A")
    with pytest.raises(Refused, match=r"1 invoice is unpaid.*10,000\.00 of retainage"):
        run("project.close", "pm", job=job.uid)
    warranty = run("warranty.call", "dispatch", project=job.uid, title="Leak", job_type="LEAK")
    row = Job.objects.get(uid=warranty["uid"])
    assert (row.profile, row.billing_rule, row.origin) == ("warranty", "not_billable", job)


def test_custom_fields_are_checked_by_their_definition() -> None:
    run("custom_field.add", "owner", on_kind="job", name="gate", label="Gate", sort="choice", choices=["north", "south"])
    job = call()["uid"]
    with pytest.raises(Invalid, match="Gate must be one of north, south"):
        run("job.edit", "dispatch", job=job, custom={"gate": "east"})
    with pytest.raises(Invalid, match="no custom field"):
        run("job.edit", "dispatch", job=job, custom={"color": "red"})
    run("job.edit", "dispatch", job=job, custom={"gate": "north"})
    assert Job.objects.get(uid=job).custom == {"gate": "north"}


def test_postings_x1_x2_x6_and_x7_of_the_reference() -> None:
    job = Job.objects.get(uid=call()["uid"])
    vendor = run("vendor.add", "books", name="Supply House")["uid"]
    got = run("goods.receive", "books", vendor=vendor, job=job.uid, description="Coil", amount="300.00", freight="20.00", tax="24.75")
    assert balance("5120", job_id=job.pk) == D("344.75") and balance("2150") == D("-344.75")
    line = {"description": "Coil", "amount": "350.00", "job": job.uid}
    bill = run("bill.post", "books", vendor=vendor, vendor_number="1", date=date.today(), lines=[line], receipt=got["uid"])
    assert balance("2150") == 0 and balance("5120", job_id=job.pk) == D("350.00")
    with pytest.raises(Refused, match="already here"):
        run("bill.post", "books", vendor=vendor, vendor_number="1", date=date.today(), lines=[line])
    run("bill.pay", "books", vendor=vendor, parts=[{"bill": bill["uid"], "amount": "350.00"}])
    with pytest.raises(Refused, match="does not fit"):
        run("bill.pay", "books", vendor=vendor, parts=[{"bill": bill["uid"], "amount": "1.00"}])
    from bifocal.kernel.stock.models import Location

    place = Location.objects.get(sort="warehouse").uid
    before = balance("1300")
    run(
        "bill.post",
        "books",
        vendor=vendor,
        vendor_number="C1",
        date=date.today(),
        sort="credit",
        lines=[{"description": "returned", "amount": "40.00", "item": "CAP-45-5", "location": place, "quantity": "3"}],
    )
    assert balance("1300") - before == D("-40.00")
    run(
        "bill.post",
        "books",
        vendor=vendor,
        vendor_number="P1",
        date=date.today(),
        sort="card",
        lines=[{"description": "permit", "amount": "180.00", "job": job.uid, "cost_type": "O"}],
    )
    assert balance("5500", job_id=job.pk) == D("180.00") and balance("2050") == D("-180.00")
    sub = run(
        "bill.post",
        "books",
        vendor=vendor,
        vendor_number="S1",
        date=date.today(),
        retainage="0.10",
        lines=[{"description": "sub", "amount": "20000.00", "job": job.uid, "cost_type": "S"}],
    )
    assert balance("2110") == D("-2000.00") and D(str(sub["total"])) == 20000
    assert all(c["ok"] for c in close_checks())


def test_stock_is_a_moving_average_that_never_rounds_a_unit_cost() -> None:
    import json

    from bifocal.kernel.stock.rules import OnHand, issue, receive
    from tests.conftest import case

    raw = json.loads(case("accounting/inventory_mavg_rounding_trap.json").read_text())
    assert raw
    have, _ = receive(OnHand(D(0), D(0)), D(3), D("10.00"))
    out = []
    for _n in range(3):
        have, value = issue(have, D(1), D(0))
        out.append(value)
    assert out == [D("3.33"), D("3.34"), D("3.33")] and have == OnHand(D(0), D("0.00"))
    below, gone = issue(OnHand(D(0), D(0)), D(2), D("5.00"))
    assert (below.quantity, gone) == (D(-2), D("10.00"))
    after, variance = receive(below, D(10), D("60.00"))
    assert (after, variance) == (OnHand(D(8), D("48.00")), D("2.00"))


def test_a_customer_has_both_lenses_on_one_page_and_one_balance() -> None:
    from bifocal.kernel.billing.queries import customer_balance
    from bifocal.kernel.parties.models import Customer

    made = project()
    who = Customer.objects.get(uid=made["customer"])
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "percent": 50}])
    run("payapp.submit", "pm", payapp=app)
    run("payapp.certify", "pm", payapp=app, by="A")
    service = run("call.book", "dispatch", job_type="LEAK", customer=who.uid, site=site(str(who.uid)))
    draft = run("invoice.draft", "books", job=service["uid"], lines=[{"description": "x", "price": "80.00"}])
    run("invoice.post", "books", invoice=draft["uid"])
    run("payment.take", "books", job=service["uid"], amount="30.00", method="cash")
    run("payment.take", "books", customer=who.uid, amount="7.00", method="cash")
    found = customer_balance(who.pk)
    assert (found["service_due"], found["progress_due"], found["retainage"], found["unapplied"]) == (
        D("80.00"),
        D("27000.00"),
        D("3000.00"),
        D("7.00"),
    )
    assert [d["amount"] for d in found["deposits"]] == [D("30.00")]
    assert found["total"] == D("80.00") + D("27000.00") - D("37.00")
