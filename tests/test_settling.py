"""What was brought in open is settled here: credits applied, retainage let go, prior applications with their own period and number."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client

from bifocal.core.models import User
from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import balance
from bifocal.kernel.ledger.rules import Acc
from bifocal.kernel.parties.models import Customer
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.projects.payapps.models import PayApp
from tests.conftest import run
from tests.test_imports import CUT, bring, errors

pytestmark = pytest.mark.django_db
D = Decimal


def opened() -> tuple[Invoice, Invoice, Invoice]:
    """A customer with an invoice of 900 open, a credit of 500, and 300 of retainage whose project nobody brought."""
    bring("customers", "ID,Name,Terms\n1,Settling Inc,Net 30\n2,Another Inc,\n")
    bring("receivables", "Customer,Invoice,Open balance\nSettling Inc,S1,900\nSettling Inc,S2,-500\nAnother Inc,S3,50\n", cutover=CUT)
    bring("retainage", "Customer,Number,Retainage\nSettling Inc,S4,300\n", cutover=CUT)
    one, credit, held = (Invoice.objects.get(number=n) for n in ("S1", "S2", "S4-R"))
    return one, credit, held


def test_a_credit_settles_invoices_of_its_customer_and_no_more_than_both_have() -> None:
    one, credit, _ = opened()
    before = balance(Acc.RECEIVABLE)
    for part, said in (
        ({"invoice": one.uid, "amount": "500.01"}, "Only 500.00 of credit S2 is left"),
        ({"invoice": one.uid, "amount": "900.01"}, "has 900.00 open"),
        ({"invoice": one.uid, "amount": "0"}, "does not fit"),
        ({"invoice": Invoice.objects.get(number="S3").uid, "amount": "5"}, "another customer's"),
        ({"invoice": credit.uid, "amount": "5"}, "settles posted invoices"),
    ):
        with pytest.raises(Refused, match=said), transaction.atomic():
            run("credit.apply", "books", credit=credit.uid, parts=[part])
    with pytest.raises(NotAllowed), transaction.atomic():
        run("credit.apply", "dispatch", credit=credit.uid, parts=[{"invoice": one.uid, "amount": "5"}])
    with pytest.raises(Refused, match="no posted credit"), transaction.atomic():
        run("credit.apply", "books", credit=one.uid, parts=[{"invoice": one.uid, "amount": "5"}])
    run("credit.apply", "books", credit=credit.uid, parts=[{"invoice": one.uid, "amount": "200"}])
    run("credit.apply", "books", credit=credit.uid, parts=[{"invoice": one.uid, "amount": "300"}])
    one.refresh_from_db()
    credit.refresh_from_db()
    assert (one.open_amount, credit.open_amount, credit.credit_left) == (D(400), D(0), D(0))
    assert balance(Acc.RECEIVABLE) == before, "what is owed in all does not move"
    with pytest.raises(Refused, match=r"Only 0\.00"), transaction.atomic():
        run("credit.apply", "books", credit=credit.uid, parts=[{"invoice": one.uid, "amount": "1"}])


def test_retainage_without_its_project_is_let_go_and_then_owed_by_the_customers_terms() -> None:
    _, _, held = opened()
    receivable, retainage = balance(Acc.RECEIVABLE), balance(Acc.RETAINAGE_RECEIVABLE)
    for amount in ("300.01", "0", "-5"):
        with pytest.raises(Refused, match=r"holds 300\.00"), transaction.atomic():
            run("invoice.release", "books", invoice=held.uid, amount=amount)
    with pytest.raises(NotAllowed), transaction.atomic():
        run("invoice.release", "pm", invoice=held.uid, amount="1")
    run("invoice.release", "books", invoice=held.uid, amount="100", date="2026-07-15")
    held.refresh_from_db()
    assert (held.open_amount, held.retainage, held.due) == (D(100), D(200), date(2026, 7, 15) + timedelta(days=30))
    assert (balance(Acc.RECEIVABLE), balance(Acc.RETAINAGE_RECEIVABLE)) == (receivable + 100, retainage - 100)
    run("payment.take", "books", amount="100", method="check", customer=held.customer.uid, parts=[{"invoice": held.uid, "amount": "100"}])
    run("invoice.release", "books", invoice=held.uid, amount="200")
    held.refresh_from_db()
    assert held.open_amount == D(200)


PROJECTS = "Project,Customer,Contract sum,Billed to date,Retainage held,Billed through,Application no\n{}\n"


def test_a_projects_prior_application_has_its_own_period_and_number() -> None:
    bring("customers", "Name\nPrior Owner\n")
    late = errors("projects", PROJECTS.format("Late,Prior Owner,1000,500,50,2026-07-31,4"), cutover=CUT)
    assert "after the cut-over" in late[2]
    bring("projects", PROJECTS.format("Fourth,Prior Owner,1000,500,50,2026-05-31,4"), cutover=CUT)
    prior = PayApp.objects.get(contract__job__title="Fourth")
    assert (prior.number, prior.period_to, prior.prior) == (4, date(2026, 5, 31), True)
    assert Invoice.objects.get(job__title="Fourth").date == date(2026, 5, 31)
    run("payapp.draft", "pm", contract=prior.contract.uid, period_to="2026-07-31")
    assert PayApp.objects.filter(contract=prior.contract).order_by("-id")[0].number == 5
    with pytest.raises(Refused, match="pay application"), transaction.atomic():
        run("invoice.release", "books", invoice=Invoice.objects.get(job__title="Fourth").uid, amount="10")


def test_a_sheets_prior_billings_have_their_own_period_and_number() -> None:
    bring("customers", "Name\nSheet Owner\n")
    bring("projects", "Project,Customer\nOf a sheet,Sheet Owner\n", cutover=CUT)
    job = Job.objects.get(title="Of a sheet")
    sheet = b"Item,Description,Scheduled,Previous,This period\n1,Walls,1000,400,100\n"
    args = {"job": job.uid, "filename": "g703.csv", "content": base64.b64encode(sheet).decode(), "period_to": "2026-06-30"}
    with pytest.raises(Invalid, match="after the open"), transaction.atomic():
        run("sov.import", "owner", previous_to="2026-07-31", **args)
    run("sov.import", "owner", previous_to="2026-05-31", previous_number=3, **args)
    found = PayApp.objects.filter(contract__job=job).order_by("number").values_list("number", "period_to", "prior")
    assert list(found) == [(3, date(2026, 5, 31), True), (4, date(2026, 6, 30), False)]


def test_the_invoices_page_offers_what_is_here_already() -> None:
    one, credit, held = opened()
    books = Client()
    books.force_login(User.objects.get(email="books@harbor.example"))
    bring("deposits", "Customer,Reference,Amount\nSettling Inc,CK9,70\n", cutover=CUT)
    page = books.get(f"/invoices/{one.uid}").content.decode()
    pay = Payment.objects.get(customer=Customer.objects.get(name="Settling Inc"))
    assert f'name="payment" value="{pay.uid}"' in page and f'name="credit" value="{credit.uid}"' in page
    assert 'value="500.00"' in page and 'value="70.00"' in page
    assert f'<option value="{one.uid}">' in books.get(f"/invoices/{credit.uid}").content.decode()
    assert "/do/invoice.release" in books.get(f"/invoices/{held.uid}").content.decode()
    assert "/do/invoice.release" not in page
