"""The WIP schedule against the books: postings W1 to W3, idempotent, refused where it does not foot."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from bifocal.lib.errors import NotAllowed, Refused
from tests import factories
from tests.conftest import run

pytestmark = pytest.mark.django_db
TODAY = date.today()
LAST = TODAY.replace(day=monthrange(TODAY.year, TODAY.month)[1])


def project(*, price: int, estimate: int, cost: int, billed: int) -> dict[str, Any]:
    """A project with one line, a budget of the estimate, posted cost and a certified application without retainage."""
    from bifocal.kernel.jobs.models import Job

    line = {"item": "1", "description": "All", "scheduled_value": f"{price}.00", "cost_code": "23-0000"}
    made = factories.project(lines=[line], retainage="0")
    run("budget.set", "pm", job=made["job"], lines=[{"cost_code": "23-0000", "cost_type": "S", "amount": f"{estimate}.00"}])
    who = run("vendor.add", "books", name=f"V {made['job'][-6:]}")["uid"]
    if cost:
        lines = [{"description": "Work", "amount": f"{cost}.00", "job": made["job"], "cost_code": "23-0000", "cost_type": "S"}]
        run("bill.post", "books", vendor=who, vendor_number=made["job"][-8:], date=TODAY, lines=lines)
    bill(made, billed)
    return {**made, "row": Job.objects.get(uid=made["job"]), "vendor": who}


def bill(made: dict[str, Any], amount: int) -> None:
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "this_period": f"{amount}.00"}])
    run("payapp.submit", "pm", payapp=app)
    run("payapp.certify", "pm", payapp=app, by="A")


def accounts(made: dict[str, Any]) -> dict[str, D]:
    from bifocal.kernel.ledger.queries import balance

    return {a: balance(a, job_id=made["row"].pk) for a in ("1250", "2500", "4290", "2510", "5900")}


def publish(**more: Any) -> dict[str, Any]:
    return run("wip.post", "books", month=TODAY, **{"unsigned": "First schedule", **more})


def entries() -> int:
    from bifocal.kernel.ledger.models import JournalEntry

    return JournalEntry.objects.filter(event__startswith="wip ").count()


def test_the_reference_postings_over_under_and_a_loss_and_a_second_run_changes_nothing() -> None:
    from bifocal.bridges.portfolio.models import WipMonth

    over = project(price=200000, estimate=150000, cost=60000, billed=95000)  # W1
    under = project(price=100000, estimate=80000, cost=56000, billed=62500)  # W2: 70 % of 100,000
    loss = project(price=100000, estimate=108000, cost=32400, billed=30000)  # W3: 30 % done
    publish()
    assert accounts(over) == {"1250": 0, "2500": D(-15000), "4290": D(15000), "2510": 0, "5900": 0}
    assert accounts(under) == {"1250": D(7500), "2500": 0, "4290": D(-7500), "2510": 0, "5900": 0}
    assert accounts(loss) == {"1250": 0, "2500": 0, "4290": 0, "2510": D(-5600), "5900": D(5600)}
    posted, kept = entries(), WipMonth.objects.count()
    publish()
    assert (entries(), WipMonth.objects.count()) == (posted, kept)


def test_a_job_that_flips_zeroes_the_opposite_account_and_a_finished_one_leaves_nothing() -> None:
    made = project(price=200000, estimate=150000, cost=60000, billed=95000)
    publish()
    lines = [{"description": "Work", "amount": "45000.00", "job": made["job"], "cost_code": "23-0000", "cost_type": "S"}]
    run("bill.post", "books", vendor=made["vendor"], vendor_number="second", date=TODAY, lines=lines)
    publish()  # 70 %: 140,000 earned, 95,000 billed
    assert accounts(made) == {"1250": D(45000), "2500": 0, "4290": D(-45000), "2510": 0, "5900": 0}
    lines[0]["amount"] = "45000.00"
    run("bill.post", "books", vendor=made["vendor"], vendor_number="third", date=TODAY, lines=lines)
    bill(made, 105000)
    publish()
    assert set(accounts(made).values()) == {D(0)}


def test_the_estimate_of_the_signed_month_is_used_and_an_unsigned_one_needs_a_reason() -> None:
    from bifocal.bridges.portfolio.wip import wip
    from bifocal.kernel.jobs.models import Job

    made = project(price=200000, estimate=150000, cost=60000, billed=95000)
    with pytest.raises(Refused, match="No month-end of"):
        publish(unsigned="")
    for job in Job.objects.filter(contract__isnull=False).exclude(contract__status="draft"):
        run("forecast.freeze", "pm", job=job.uid, month=TODAY, reason="First")
    run(
        "forecast.set", "pm", job=made["job"], cost_code="23-0000", cost_type="S", method="manual", value="60000.00", note="After the month"
    )
    row = next(r for r in wip(LAST).rows if r.job.pk == made["row"].pk)
    assert (row.given.estimated_total_cost, row.signed_by) == (D(150000), "Priya Raman")
    publish(unsigned="")


def test_a_schedule_that_does_not_foot_is_refused() -> None:
    from bifocal.projects.payapps.models import PayApp

    made = project(price=200000, estimate=150000, cost=60000, billed=95000)
    PayApp.objects.filter(contract__uid=made["contract"]).update(posted_gross="95000.01")
    with pytest.raises(Refused, match=r"Contract billings equal the applications: -0\.01 apart"):
        publish()
    assert entries() == 0


def test_cost_above_the_estimate_is_named_and_rights_hold() -> None:
    made = project(price=200000, estimate=150000, cost=60000, billed=95000)
    run("forecast.set", "pm", job=made["job"], cost_code="23-0000", cost_type="S", method="manual", value="-1.00", note="Wrong")
    with pytest.raises(Refused, match=f"Contract {made['row'].number} has cost"):
        publish()
    with pytest.raises(NotAllowed):
        run("wip.post", "pm", month=TODAY)
