"""Both lenses on one page: the customer, the close, the checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as N_

from bifocal.core.actor import Actor
from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.kernel.billing.queries import customer_balance, money_of_jobs, subledger
from bifocal.kernel.costs.queries import misplaced_sources
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import balance, rows, trial_balance
from bifocal.kernel.ledger.rules import Acc
from bifocal.kernel.parties.models import Customer
from bifocal.lib.money import ZERO
from bifocal.projects.payapps.queries import awaiting_certificate, awaiting_retainage


def customer_page(customer: Customer, actor: Actor) -> dict[str, Any]:
    """The same customer in both lenses: one history, one balance that opens. Field people see their own jobs only."""
    jobs = list(Job.objects.visible_to(actor).filter(customer=customer).select_related("site").order_by("-id")[:60])
    money = money_of_jobs([j.pk for j in jobs]) if actor.sees_all else {}
    invoices, payments = (m.objects.visible_to(actor).filter(customer=customer).select_related("job") for m in (Invoice, Payment))
    return {
        "customer": customer, "sites": list(customer.sites.order_by("name")), "contacts": list(customer.contacts.order_by("name")),
        "jobs": [{"job": j, "money": money.get(j.pk)} for j in jobs],
        "balance": customer_balance(customer.pk) if actor.sees_all else None,
        "invoices": list(invoices.order_by("-id")[:30]), "payments": list(payments.order_by("-id")[:30]),
    }  # fmt: skip


def close_checks(upto: date | None = None) -> list[dict[str, Any]]:
    """The page of the close: books balance, sub-ledgers equal their control accounts (decision 18), clearings explained."""
    sub = subledger()
    trial = trial_balance(upto)
    debits, credits = sum((r["debit"] for r in trial), ZERO), sum((r["credit"] for r in trial), ZERO)
    return [
        _check(N_("Debits equal credits"), debits, credits, N_("the whole journal")),
        _check(N_("Receivables equal open invoices"), balance(Acc.RECEIVABLE), sub["receivable"] + awaiting_certificate(),
               N_("open invoices net of retainage, and applications with the certifier")),
        _check(N_("Retainage receivable equals retainage held"), balance(Acc.RETAINAGE_RECEIVABLE), sub["retainage"] + awaiting_retainage(),
               N_("retainage on invoices, and on applications with the certifier")),
        _check(N_("Deposits equal unapplied money"), -balance(Acc.DEPOSITS), sub["deposits"], N_("deposits and unapplied payments")),
        _check(N_("Payables equal open bills"), -balance(Acc.PAYABLE), _open_bills(), N_("vendors' bills not yet paid")),
        _check(N_("Stock accounts equal stock value"), balance(Acc.WAREHOUSE) + balance(Acc.TRUCK), _stock_value(),
               N_("moving average of all items")),
    ]  # fmt: skip


def _check(name: str, books: Decimal, other: Decimal, what: str) -> dict[str, Any]:
    return {
        "name": name,
        "books": books,
        "other": other,
        "difference": books - other,
        "ok": books == other,
        "what": what,
    }


def _open_bills() -> Decimal:
    found: Decimal = rows(
        "select coalesce(sum(total - retainage - paid), 0) as t from purchasing_bill where sort <> 'card' and status <> 'void'"
    )[0]["t"]
    return found


def _stock_value() -> Decimal:
    found: Decimal = rows("select coalesce(sum(value), 0) as t from stock_itemstock")[0]["t"]
    return found


def clearings() -> list[dict[str, Any]]:
    """What stands on the clearing accounts and why."""
    why = {
        Acc.PROCESSOR: N_("card and ACH payments the processor has not paid out"),
        Acc.UNDEPOSITED: N_("checks and cash not at the bank yet"),
        Acc.RECEIVED_NOT_INVOICED: N_("goods received whose bill has not come"),
        Acc.PAYROLL_CLEARING: N_("approved time not yet in a payroll run"),
        Acc.BURDEN_APPLIED: N_("labor burden not yet trued up"),
    }
    held = rows("select coalesce(sum(amount), 0) as t from billing_payment where status = 'received' and method in ('card', 'ach')")[0]["t"]
    cash = rows("select coalesce(sum(amount), 0) as t from billing_payment where status = 'received' and method in ('check', 'cash')")[0][
        "t"
    ]
    goods = rows("select coalesce(sum(total), 0) as t from purchasing_receipt where not billed")[0]["t"]
    explained = {Acc.PROCESSOR: held, Acc.UNDEPOSITED: cash, Acc.RECEIVED_NOT_INVOICED: -goods}
    return [
        {
            "account": a,
            "why": text,
            "balance": balance(a),
            "explained": explained.get(a),
            "ok": explained.get(a, balance(a)) == balance(a),
        }
        for a, text in why.items()
    ]


def all_well() -> list[dict[str, Any]]:
    """What `bifocal demonstrate` asks at the end: books, receivables, every hour and part on exactly one job."""
    misplaced = misplaced_sources()
    return [
        *close_checks(),
        {
            "name": N_("Every hour and part is on exactly one job"),
            "ok": not misplaced,
            "what": N_("time and parts that stand on none, or on two"),
            "difference": len(misplaced),
        },
    ]


def jobs_of_site(site_id: int) -> list[Job]:
    """All work ever done at a site, both lenses, newest first."""
    return list(Job.objects.filter(site_id=site_id).select_related("site", "customer").order_by("-id")[:50])
