"""Any life of a contract, through the commands on a real database: every identity holds after every step, the books agree, and what was
paid of a finished contract is its sum."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.bridges.portfolio.wip import wip
from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.lib.errors import CannotMove, DomainError, Refused
from bifocal.lib.money import cents
from bifocal.projects.contracts.models import Contract
from bifocal.projects.payapps.models import PayApp
from bifocal.projects.payapps.queries import certified_so_far, sheet
from tests.conftest import run, settle
from tests.factories import project
from tests.test_change_events import as_link

pytestmark = pytest.mark.django_db
TODAY = date.today()
MANY = 200 if os.environ.get("BIFOCAL_SAMPLES") == "soak" else 5
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "deduct", "bill", "bill", "short", "by_line", "release", "return", "pay", "part"]), st.integers(1, 99)),
    min_size=3, max_size=9,
)  # fmt: skip


class Undo(Exception):
    """Takes an example's rows back."""


def changed(made: dict[str, Any], amount: str) -> None:
    """A change order of this cost, approved by the owner's link."""
    uid = run("change.draft", "pm", job=made["job"], title="Change")["uid"]
    run(
        "change.price",
        "pm",
        change=uid,
        days=0,
        lines=[{"description": "Change", "cost_code": "23-0000", "cost_type": "L", "cost": amount}],
    )
    sent = run("change.send", "pm", change=uid, approver=made["approver"])
    as_link(sent["link_path"], "change.approve", change=uid, sha256=sent["sha256"], name="Jonah Reed")


def drafted(made: dict[str, Any], percent: int, **more: Any) -> PayApp:
    """The next application with every line at least at this percent of its value."""
    app = PayApp.objects.get(uid=run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY, **more)["uid"])
    lines = []
    for li in app.lines.select_related("sov"):
        value = li.sov.scheduled_value
        to = max(abs(li.previous), abs(cents(value * percent / 100)))
        lines.append({"item": li.sov.item, "this_period": (to if value >= 0 else -to) - li.previous})
    run("payapp.fill", "pm", payapp=app.uid, lines=lines)
    app.refresh_from_db()
    return app


def billed(made: dict[str, Any], what: str, n: int) -> None:
    """An application, certified whole, lower, lower by line, or sent back once."""
    rate = Contract.objects.get(uid=made["contract"]).retainage_work
    app = drafted(made, n, **({"work_rate": rate / 2, "stored_rate": rate / 2} if what == "release" else {}))
    run("payapp.submit", "pm", payapp=app.uid)
    app.refresh_from_db()
    how: dict[str, Any] = {}
    if what == "return":
        run("payapp.return", "pm", payapp=app.uid, reason="look again")
        run("payapp.submit", "pm", payapp=app.uid)
    if what == "short" and app.line8 > 0:
        how = {"amount": cents(app.line8 * n / 100), "note": "held for punch"}
    if what == "by_line":
        row = next((li for li in app.lines.select_related("sov") if li.this_period > 0), None)
        how = {"lines": [{"item": row.sov.item, "amount": cents(row.this_period * n / 100), "reason": "not seen"}]} if row else {}
    run("payapp.certify", "pm", payapp=app.uid, by="Ada Lindqvist", **how)


def settled(made: dict[str, Any], percent: int = 100) -> None:
    """Pay what is open, or a part of each; what is below zero is set off first."""
    rows = list(Invoice.objects.filter(job__uid=made["job"], status="posted").order_by("id"))
    for credit in [r for r in rows if r.open_amount < 0]:
        for to in [r for r in rows if r.open_amount > 0]:
            amount = min(to.open_amount, -credit.open_amount)
            if amount > 0:
                run("credit.apply", "books", credit=credit.uid, parts=[{"invoice": to.uid, "amount": amount}])
            to.refresh_from_db()
            credit.refresh_from_db()
    for row in rows:
        row.refresh_from_db()
        amount = cents(row.open_amount * percent / 100)
        if amount > 0:
            run("payment.take", "books", job=made["job"], amount=amount, method="wire", parts=[{"invoice": row.uid, "amount": amount}])


def step(made: dict[str, Any], what: str, n: int) -> None:
    if what in ("add", "deduct"):
        changed(made, f"{n * 37 if what == 'add' else -n * 23}.19")
    elif what in ("pay", "part"):
        settled(made, 100 if what == "pay" else n)
    else:
        billed(made, what, n)


def holds(made: dict[str, Any]) -> None:
    """What is true of a contract whatever happened to it."""
    settle()
    contract = Contract.objects.get(uid=made["contract"])
    assert sum(contract.sov.values_list("scheduled_value", flat=True)) == contract.sum
    for app in contract.payapps.exclude(status="void"):
        found = sheet(app)  # asserts line 3 = ΣC, 5 = ΣI, 9 = ΣH + 5 and each line's own
        assert (found.summary["4"], found.summary["5"], found.summary["8"]) == (app.line4, app.line5, app.line8)
    asked = sum(i.due_amount for i in Invoice.objects.filter(job__uid=made["job"], status="posted"))
    assert asked == certified_so_far(contract)
    assert [c for c in [*close_checks(), *wip(TODAY).checks] if not c["ok"]] == []


@settings(max_examples=MANY)
@given(STEPS)
def test_any_life_of_a_contract_keeps_every_identity_and_is_paid_its_sum(steps: list[tuple[str, int]]) -> None:
    with pytest.raises(Undo), transaction.atomic():
        made = project()
        for what, n in steps:
            try:
                with transaction.atomic():
                    step(made, what, n)
            except DomainError as refused:
                assert "asks for nothing" in str(refused), refused
            holds(made)
        with transaction.atomic():
            back = finish(made)
        holds(made)
        paid = sum(p.amount for p in Payment.objects.filter(job__uid=made["job"]))
        assert paid - back == Contract.objects.get(uid=made["contract"]).sum
        raise Undo


def finish(made: dict[str, Any]) -> D:
    """The rest of the work, the final application, the last payments; what goes back to the owner."""
    app = drafted(made, 100, final=True)
    run("payapp.submit", "pm", payapp=app.uid)
    run("payapp.certify", "pm", payapp=app.uid, by="Ada Lindqvist")
    app.refresh_from_db()
    assert app.invoice is not None
    settled(made)
    back = D(0)
    for row in Invoice.objects.filter(job__uid=made["job"]):
        if row.open_amount < 0:  # a deduction after all was paid
            back -= row.open_amount
            run("credit.refund", "books", credit=row.uid, amount=-row.open_amount)
    return back


def test_a_deduction_after_everything_was_billed_is_certified_below_zero_and_set_off() -> None:
    made = project()
    billed(made, "bill", 100)
    first = PayApp.objects.get(contract__uid=made["contract"])
    changed(made, "-5000.00")
    app = drafted(made, 100)
    run("payapp.submit", "pm", payapp=app.uid)
    app.refresh_from_db()
    assert app.line8 == D(-4500)
    for amount in ("-4000.00", "-5000.00", "0.00"):
        with pytest.raises(Refused, match="given back, whole"):
            run("payapp.certify", "pm", payapp=app.uid, by="Ada", amount=amount, note="why")
    run("payapp.certify", "pm", payapp=app.uid, by="Ada")
    app.refresh_from_db()
    assert app.invoice is not None and app.state == "certified" and app.invoice.open_amount == D(-4500)
    with pytest.raises(Refused, match=r"Only 4,500\.00 of credit"):
        run("credit.apply", "books", credit=app.invoice.uid, parts=[{"invoice": first.invoice.uid, "amount": "4500.01"}])  # type: ignore[union-attr]
    run("credit.apply", "books", credit=app.invoice.uid, parts=[{"invoice": first.invoice.uid, "amount": "4500.00"}])  # type: ignore[union-attr]
    app = PayApp.objects.get(pk=app.pk)
    assert app.state == "paid"
    with pytest.raises(Refused, match="carries the correction"):
        run("payapp.fill", "pm", payapp=app.uid, lines=[])
    with pytest.raises(CannotMove):
        run("payapp.void", "pm", payapp=app.uid, reason="edit it after all")
    settled(made)
    holds(made)
    with pytest.raises(Refused, match="gives nothing back"):
        run("credit.refund", "books", credit=first.invoice.uid, amount="1.00")  # type: ignore[union-attr]


def test_what_a_deduction_gives_back_is_paid_back_where_nothing_is_open() -> None:
    made = project(retainage="0")
    billed(made, "bill", 100)
    settled(made)
    changed(made, "-1200.00")
    billed(made, "bill", 100)
    row = Invoice.objects.filter(job__uid=made["job"]).order_by("-id")[0]
    with pytest.raises(Refused, match=r"1,200\.01 is more"):
        run("credit.refund", "books", credit=row.uid, amount="1200.01")
    run("credit.refund", "books", credit=row.uid, amount="1200.00", reference="check 77")
    row.refresh_from_db()
    assert row.open_amount == 0
    holds(made)
