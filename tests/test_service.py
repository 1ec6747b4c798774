"""The service lens: its states, its refusals, its money."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.costs.queries import margin
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import balance, entries_of
from bifocal.kernel.people.models import Person
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, NotFound, PersonIsTaken, Refused, StaleVersion
from bifocal.service.visits.models import Card, Visit
from bifocal.service.visits.rules import NEXT, Accepted, AcceptedWithConflict, Status, check_move, field_fact
from tests.conftest import run
from tests.factories import call, customer, site

pytestmark = pytest.mark.django_db
START = datetime.now(UTC).replace(hour=13, minute=0, second=0, microsecond=0) + timedelta(days=2)


def dana() -> Any:
    return Person.objects.get(name="Dana Whitfield").uid


def planned(start: datetime = START, **more: Any) -> dict[str, Any]:
    made = call(**more)
    run("visit.schedule", "dispatch", visit=made["visit"], technician=dana(), start=start)
    return made


def worked(start: datetime = START, minutes: int = 90, **more: Any) -> dict[str, Any]:
    made = planned(start, **more)
    v = made["visit"]
    run("visit.dispatch", "dispatch", visit=v)
    run("visit.start_travel", "tech", visit=v, at=start)
    run("visit.arrive", "tech", visit=v, at=start + timedelta(minutes=15))
    run("visit.start_work", "tech", visit=v, at=start + timedelta(minutes=15))
    run("visit.use_part", "tech", visit=v, item="CAP-45-5", at=start + timedelta(minutes=30))
    run("visit.finish", "tech", visit=v, outcome="completed", signed_by="Owner", at=start + timedelta(minutes=15 + minutes))
    return made


def test_the_whole_path_bills_to_the_cent_and_closes_with_its_margin() -> None:
    made = worked()
    job = Job.objects.get(uid=made["uid"])
    assert margin(job, timezone.now())["estimated_cost"] > 0
    invoice = Invoice.objects.get(uid=run("job.bill", "tech", job=made["uid"])["uid"])
    # 1.5 h × 145.00 untaxed, a part at 64.00 taxed 6%: 217.50 + 64.00 + 3.84
    assert (invoice.subtotal, invoice.tax, invoice.total) == (D("281.50"), D("3.84"), D("285.34"))
    lines = {li["account"]: D(li["amount"]) for li in entries_of(invoice.uid)[0]["lines"]}
    assert lines == {"1100": D("285.34"), "4110": D("-217.50"), "4120": D("-64.00"), "2200": D("-3.84")}
    run("payment.take", "tech", job=made["uid"], amount="285.34", method="check", parts=[{"invoice": invoice.uid, "amount": "285.34"}])
    with pytest.raises(Refused, match="time entries"):
        run("job.close", "books", job=made["uid"])
    run("time.approve", "books", job=made["uid"])
    run("job.close", "books", job=made["uid"])
    # cost: 1.75 h at 34.50 + 11.04 burden, rounded per line, and the capacitor at 11.80
    got = margin(Job.objects.get(uid=made["uid"]), timezone.now())
    drive, work = D("0.25"), D("1.5")
    labor = sum((h * r).quantize(D("0.01"), rounding="ROUND_HALF_UP") for h in (drive, work) for r in (D("34.50"), D("11.04")))
    assert got["posted_cost"] == labor + D("11.80") and got["estimated_cost"] == 0 and got["hours"] == D("1.75")
    assert all(c["ok"] for c in close_checks())


@pytest.mark.parametrize("at", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_the_table_and_nothing_else_decides_what_the_office_may_do(at: Status, to: Status) -> None:
    if to in NEXT[at]:
        check_move(at, to)
    else:
        with pytest.raises(CannotMove):
            check_move(at, to)


@pytest.mark.parametrize("at", list(Status))
@pytest.mark.parametrize("to", [Status.EN_ROUTE, Status.ON_SITE, Status.WORKING, Status.PAUSED, Status.DONE])
@pytest.mark.parametrize("mine", [True, False])
def test_decision_1_a_field_fact_is_never_refused_for_state(at: Status, to: Status, mine: bool) -> None:
    verdict = field_fact(at, to, mine=mine, who="Ana")
    assert isinstance(verdict, Accepted | AcceptedWithConflict)
    if at in (Status.CANCELLED, Status.UNSCHEDULED) or not mine or at == Status.DONE:
        assert isinstance(verdict, AcceptedWithConflict) and "Ana" in verdict.card


def test_a_technician_who_finishes_a_canceled_visit_is_believed_and_the_dispatcher_gets_a_card() -> None:
    made = planned()
    run("visit.dispatch", "dispatch", visit=made["visit"])
    run("visit.cancel", "dispatch", visit=made["visit"], reason="customer called")
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    visit = Visit.objects.get(uid=made["visit"])
    assert visit.status == Status.WORKING
    assert "canceled" in Card.objects.get(visit=visit).sentence
    assert TimeSegment.objects.filter(source_uid=visit.uid, status="open").count() == 1


def test_a_stale_screen_of_the_office_is_refused_with_who_changed_it() -> None:
    made = planned()
    before = Visit.objects.get(uid=made["visit"]).version
    run("visit.dispatch", "dispatch2", visit=made["visit"])
    with pytest.raises(StaleVersion, match="Irene Soto changed this visit") as refusal:
        run("visit.unschedule", "dispatch", visit=made["visit"], version=before)
    assert refusal.value.extra["current_version"] == before + 1


def test_somebody_without_the_certificate_is_refused_unless_with_a_reason() -> None:
    made = call()
    tom = Person.objects.get(name="Tom Brandt").uid
    with pytest.raises(Refused, match="does not hold 'epa608'"):
        run("visit.schedule", "dispatch", visit=made["visit"], technician=tom, start=START)
    run("visit.schedule", "dispatch", visit=made["visit"], technician=tom, start=START, override="only shutting it off")


def test_an_expired_certificate_does_not_count() -> None:
    made = call()
    run("person.give_skill", "owner", person=dana(), skill="epa608", expires=START.date() - timedelta(days=1))
    with pytest.raises(Refused, match="does not hold"):
        run("visit.schedule", "dispatch", visit=made["visit"], technician=dana(), start=START)


def test_a_project_day_holds_a_technician_and_the_refusal_says_who_has_them() -> None:
    from tests.factories import project

    made = project()
    crew = run("crew.form", "owner", name="Loan", foreman=dana(), members=[])["uid"]
    activity = Job.objects.get(uid=made["job"]).activities.get(code="A30").uid
    day = (START + timedelta(days=(7 - START.weekday()) % 7)).date()
    run("crew.book", "pm", activity=activity, crew=crew, first=day, last=day)
    visit = call()["visit"]
    with pytest.raises(PersonIsTaken, match="Dana Whitfield is on Fit-out: Demolition and layout until") as refusal:
        run("visit.schedule", "dispatch", visit=visit, technician=dana(), start=datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
    assert refusal.value.extra["held_by"]["kind"] == "activity"


def test_a_return_trip_for_a_part_makes_the_second_visit_and_the_job_waits() -> None:
    made = planned()
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    run(
        "visit.finish",
        "tech",
        visit=made["visit"],
        outcome="return_needed",
        note="needs a blower",
        hold_for_parts=True,
        at=START + timedelta(hours=1),
    )
    job = Job.objects.get(uid=made["uid"])
    assert (job.work_status, job.hold_reason) == ("on_hold", "parts")
    second = job.visits.get(seq=2)
    run("job.release", "dispatch", job=job.uid)
    run("visit.schedule", "dispatch", visit=second.uid, technician=dana(), start=START + timedelta(days=1))
    run("visit.start_work", "tech", visit=second.uid, at=START + timedelta(days=1))
    run("visit.finish", "tech", visit=second.uid, outcome="completed", at=START + timedelta(days=1, hours=1))
    assert Job.objects.get(uid=made["uid"]).work_status == "done"


def test_a_job_type_that_bills_after_review_is_not_billed_by_the_technician() -> None:
    made = worked(job_type="COMM-SERVICE")
    with pytest.raises(Refused, match="billed by the office"):
        run("job.bill", "tech", job=made["uid"])
    run("job.review", "books", job=made["uid"])
    assert run("job.bill", "books", job=made["uid"])["status"] == "posted"


def test_a_flat_rate_invoice_waits_for_no_time_and_a_time_and_materials_one_for_its_open_clock() -> None:
    flat = worked(START, job_type="TUNE-UP")
    TimeSegment.objects.filter(job__uid=flat["uid"], activity="work").update(status="disputed")
    invoice = run("job.bill", "tech", job=flat["uid"])
    assert D(str(invoice["total"])) == D("189.00") + D("64.00") + D("3.84")
    tm = worked(START + timedelta(days=1))
    TimeSegment.objects.filter(job__uid=tm["uid"], activity="work").update(status="disputed")
    with pytest.raises(Refused, match="open or disputed"):
        run("job.bill", "tech", job=tm["uid"])


def test_partial_and_over_payments_and_deposits_stay_where_they_were_put() -> None:
    made = worked()
    deposit = run("payment.take", "dispatch", job=made["uid"], amount="50.00", method="cash")
    invoice = run("job.bill", "tech", job=made["uid"])
    part = lambda a: [{"invoice": invoice["uid"], "amount": a}]  # noqa: E731
    run("payment.take", "tech", job=made["uid"], amount="100.00", method="check", parts=part("100.00"))
    with pytest.raises(Refused, match=r"185\.34 open"):
        run("payment.take", "tech", job=made["uid"], amount="300.00", method="check", parts=part("300.00"))
    over = run("payment.take", "tech", job=made["uid"], amount="200.00", method="check", parts=part("135.34"))
    assert D(str(over["unapplied"])) == D("64.66")
    run("payment.apply", "books", payment=deposit["uid"], parts=part("50.00"))
    row = Invoice.objects.get(uid=invoice["uid"])
    assert row.open_amount == 0
    assert balance("2400", customer_id=row.customer_id) == D("-64.66")
    assert all(c["ok"] for c in close_checks())


def test_posting_x3_and_x4_a_deposited_check_bounces_and_its_invoice_is_open_again() -> None:
    made = worked()
    invoice = run("job.bill", "tech", job=made["uid"])
    pay = run(
        "payment.take", "tech", job=made["uid"], amount="150.00", method="check", parts=[{"invoice": invoice["uid"], "amount": "150.00"}]
    )
    held, bank = balance("1060"), balance("1010")
    run("bank.deposit", "books", payments=[pay["uid"]])
    assert (balance("1060") - held, balance("1010") - bank) == (D("-150.00"), D("150.00"))
    run("payment.bounce", "books", payment=pay["uid"], fee="12.00")
    # X4: Dr 1100 150, Dr 6300 12, Cr 1010 162
    assert balance("1010") - bank == D("-12.00")
    assert Invoice.objects.get(uid=invoice["uid"]).paid == 0
    assert all(c["ok"] for c in close_checks())


def test_posting_s4_a_card_payout_less_its_fee_returns_the_clearing_to_where_it_was() -> None:
    made = worked()
    invoice = run("job.bill", "tech", job=made["uid"])
    clearing = balance("1050")
    pay = run(
        "payment.take",
        "tech",
        job=made["uid"],
        amount="285.34",
        method="card",
        reference="ch_x",
        parts=[{"invoice": invoice["uid"], "amount": "285.34"}],
    )
    run("bank.card_payout", "books", payments=[pay["uid"]], fee="8.57")
    assert balance("1050") == clearing
    with pytest.raises(Refused, match="already taken"):
        run("payment.take", "tech", job=made["uid"], amount="1.00", method="card", reference="ch_x")


def test_posting_r1_a_credit_gives_tax_back_at_the_original_rate() -> None:
    made = worked()
    invoice = Invoice.objects.get(uid=run("job.bill", "tech", job=made["uid"])["uid"])
    part = invoice.lines.get(revenue="parts")
    run("tax.set_rate", "owner", code="MD", rate="0.10", from_date=date.today())
    memo = Invoice.objects.get(
        uid=run("invoice.credit", "books", invoice=invoice.uid, lines=[{"line": part.pk, "amount": "32.00"}], reason="half")["uid"]
    )
    assert (memo.subtotal, memo.tax) == (D("-32.00"), D("-1.92"))
    assert Invoice.objects.get(pk=invoice.pk).open_amount == D("285.34") - D("33.92")
    assert all(c["ok"] for c in close_checks())


def test_credit_hold_is_per_lens_and_an_override_is_kept() -> None:
    from bifocal.core.models import Fact

    who = customer()["uid"]
    where = site(who)
    run("customer.hold", "books", customer=who, lens="service", reason="90 days late")
    with pytest.raises(Refused, match="on credit hold: 90 days late"):
        run("call.book", "dispatch", job_type="LEAK", customer=who, site=where)
    with pytest.raises(NotAllowed):
        run("call.book", "dispatch", job_type="LEAK", customer=who, site=where, override_hold="flood")
    made = run("call.book", "owner", job_type="LEAK", customer=who, site=where, override_hold="flood")
    assert Fact.objects.get(subject_uid=made["uid"], name="CreditHoldOverridden").payload["reason"] == "flood"
    run("project.create", "pm", customer=who, site=where, title="Project is not on hold")


def test_a_likely_twin_is_told_before_anything_is_saved() -> None:
    run("customer.add", "owner", name="Paul Twin", phone="(410) 555-7788")
    with pytest.raises(Refused, match="looks like a customer you already have: Paul Twin") as refusal:
        run("call.book", "dispatch", job_type="LEAK", customer_name="P. Twin", phone="4105557788", address="1 A Street")
    assert refusal.value.extra["twins"][0]["name"] == "Paul Twin"
    assert not Job.objects.filter(customer__name="P. Twin").exists()


def test_a_stranger_technician_sees_neither_job_nor_visit_and_cost_is_never_in_a_field_payload() -> None:
    made = call()
    with pytest.raises(NotFound):
        run("visit.start_travel", "tech", visit=made["visit"])
    with pytest.raises(NotFound):
        run("job.bill", "tech", job=made["uid"])


def test_decision_12_colliding_time_is_kept_disputed_and_out_of_costing_until_settled() -> None:
    job = call()["uid"]
    one = run("time.enter", "owner", person=dana(), job=job, start=START, end=START + timedelta(hours=2))
    two = run("time.enter", "owner", person=dana(), job=job, start=START + timedelta(hours=1), end=START + timedelta(hours=3))
    assert (one["status"], two["status"]) == ("closed", "disputed")
    assert D(str(run("time.approve", "books", job=job)["segments"])) == 1
    with pytest.raises(Invalid, match="overlap"):
        run("time.settle", "books", segment=two["uid"], start=START, end=START + timedelta(hours=1))
    run("time.settle", "books", segment=two["uid"], start=START + timedelta(hours=2), end=START + timedelta(hours=3))


def test_decision_12_a_day_may_hold_a_prevailing_wage_site_and_a_service_call() -> None:
    from tests.factories import project

    job = project()["job"]
    run(
        "job.set_wage",
        "pm",
        job=job,
        work_class="mechanic",
        pay_class="Baltimore HVAC mechanic",
        rate="41.00",
        fringe="18.00",
        from_date=date(2020, 1, 1),
    )
    work = TimeSegment.objects.get(
        uid=run("time.enter", "super", person=dana(), job=job, start=START, end=START + timedelta(hours=4), work_class="mechanic")["uid"]
    )
    drive = TimeSegment.objects.get(
        uid=run(
            "time.enter",
            "super",
            person=dana(),
            job=job,
            start=START + timedelta(hours=4),
            end=START + timedelta(hours=5),
            work_class="mechanic",
            activity="drive",
        )["uid"]
    )
    calls = TimeSegment.objects.get(
        uid=run("time.enter", "super", person=dana(), job=call()["uid"], start=START + timedelta(hours=5), end=START + timedelta(hours=6))[
            "uid"
        ]
    )
    assert (work.pay_class, work.rate, work.burden) == ("Baltimore HVAC mechanic", D("41.00"), D("18.00"))
    assert "wage determination" in work.why and (drive.rate, calls.rate) == (D("34.50"), D("34.50")) and "drive" in drive.why


def test_deposits_for_agreements_are_earned_month_by_month_and_the_last_takes_the_rounding() -> None:
    from bifocal.service.agreements.rules import months

    # Published case: 1,000 over 12 months (QuickBooks community: 1/12 each; HVACR Business on deferral).
    assert months(D("1000"), 12) == [D("83.33")] * 11 + [D("83.37")]
    where = site(customer()["uid"])
    sold = run("agreement.sell", "dispatch", site=where, name="Gold plan", price="1200.00", starts=date(2026, 1, 1), months=12)
    job = Job.objects.get(uid=sold["job"])
    run("agreement.earn", "books", upto=date(2026, 4, 1))
    assert (balance("2420", job_id=job.pk), balance("4310", job_id=job.pk)) == (D("-900.00"), D("-300.00"))
    assert run("agreement.earn", "books", upto=date(2026, 4, 1))["months"] == 0
