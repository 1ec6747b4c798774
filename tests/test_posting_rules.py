"""The published postings, made by the commands of the product and read back from the books (`accounting/posting_rules.json`).

Each story does what its row says, with its figures; what moved on each account must be the row, to the cent.
X1 to X8 stand in the reference only (accounting.md 1.2): their figures are written here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db.models import Max

from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.people.models import Person
from bifocal.kernel.stock.models import Location
from bifocal.lib.ids import uuid7
from tests.conftest import case, run, settle
from tests.factories import call, project

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
Act = Callable[[], Any]


def moved(act: Act) -> dict[str, D]:
    """What an act changed on each account."""
    before = JournalLine.objects.aggregate(m=Max("id"))["m"] or 0
    act()
    settle()
    out: dict[str, D] = {}
    for code, amount in JournalLine.objects.filter(pk__gt=before).values_list("account__code", "amount"):
        out[code] = out.get(code, D(0)) + amount
    return {code: amount for code, amount in out.items() if amount}


def taxed_call() -> dict[str, Any]:
    run("tax.set_rate", "owner", code="TX825", rate="0.0825", from_date="2020-01-01")
    return call(tax_code="TX825")


def invoice(*lines: tuple[str, str, bool]) -> tuple[Act, dict[str, Any]]:
    """A draft over (revenue, price, taxable), and the act of posting it."""
    job = taxed_call()
    rows = [{"description": r, "revenue": r, "price": p, "taxable": t} for r, p, t in lines]
    made = run("invoice.draft", "books", job=job["uid"], lines=rows)
    return lambda: run("invoice.post", "books", invoice=made["uid"]), {"job": job["uid"], "invoice": made["uid"]}


S1 = (("labor", "200.00", False), ("parts", "120.00", True))


def billed(*lines: tuple[str, str, bool]) -> dict[str, Any]:
    act, made = invoice(*lines)
    act()
    return made


def paid(made: dict[str, Any], amount: str, method: str) -> Any:
    parts = [{"invoice": made["invoice"], "amount": amount}]
    return run("payment.take", "tech" if method == "cash" else "books", job=made["job"], amount=amount, method=method, parts=parts)


def s4() -> Act:
    pay = paid(billed(*S1), "329.90", "card")
    return lambda: run("bank.card_payout", "books", payments=[pay["uid"]], fee="9.87")


def check_held() -> dict[str, Any]:
    return dict(paid(billed(("labor", "400.00", False)), "150.00", "check"))


def d1() -> Act:
    job = taxed_call()["uid"]
    return lambda: run("payment.take", "books", job=job, amount="1000.00", method="card")


def d3() -> Act:
    made = billed(("labor", "3000.00", True))
    pay = run("payment.take", "books", job=made["job"], amount="1000.00", method="card")
    return lambda: run("payment.apply", "books", payment=pay["uid"], parts=[{"invoice": made["invoice"], "amount": "1000.00"}])


def r1() -> Act:
    made = billed(*S1)
    lines = {li.revenue: li.pk for li in Invoice.objects.get(uid=made["invoice"]).lines.all()}
    run("tax.set_rate", "owner", code="TX825", rate="0.10", from_date=date.today())  # the original rate counts
    back = [{"line": lines["labor"], "amount": "50.00"}, {"line": lines["parts"], "amount": "40.00"}]
    return lambda: run("invoice.credit", "books", invoice=made["invoice"], lines=back, reason="returned")


def truck() -> str:
    return str(Location.objects.get(person__name="Dana Whitfield").uid)


def warehouse() -> str:
    return str(Location.objects.get(name="Key Highway warehouse").uid)


def item(code: str, quantity: str, value: str, place: str) -> str:
    unit = D(value) / D(quantity)
    run("item.price", "owner", code=code, cost=str(unit), price="99.00", stocked=True)
    run("stock.open", "owner", item=code, location=place, quantity=quantity, value=value)
    return code


def s2() -> Act:
    code = item("P-62", "10", "620.00", truck())
    dana = str(Person.objects.get(name="Dana Whitfield").uid)
    visit = call(technician=dana, start=AT)["visit"]
    run("visit.start_work", "tech", visit=visit, at=AT)
    return lambda: run("visit.use_part", "tech", visit=visit, item=code, at=AT + timedelta(minutes=5))


def i3() -> Act:
    code, frm, to = item("P-5", "100", "500.00", warehouse()), warehouse(), truck()
    return lambda: run("stock.transfer", "books", item=code, quantity="20", source=frm, target=to)


def i4() -> Act:
    code = item("P-5", "20", "100.00", truck())
    return lambda: run("stock.count", "books", item=code, location=truck(), counted="18")


def vendor() -> str:
    return str(run("vendor.add", "books", name=f"Vendor {uuid7().hex[-6:]}")["uid"])


def bill(amount: str, kind: str, *, sort: str = "bill", retainage: str = "0", who: str = "", job: str = "") -> Act:
    on = job or project()["job"]
    line = {"description": "x", "amount": amount, "job": on, "cost_type": kind, "cost_code": "23-0000"}
    args = {
        "vendor": who or vendor(),
        "vendor_number": uuid7().hex[-8:],
        "date": "2026-01-12",
        "lines": [line],
        "sort": sort,
        "retainage": retainage,
    }
    return lambda: run("bill.post", "books", **args)


def hours(count: int, rate: str, burden: str, **more: Any) -> Act:
    made = run("person.hire", "owner", name=f"Hand {uuid7().hex[-6:]}", branch="BAL", rate=rate, burden=burden, from_date="2025-01-01")
    kept = run("time.enter", "books", person=made["uid"], start=AT, end=AT + timedelta(hours=count), **more)
    return lambda: run("time.approve", "books", segments=[kept["uid"]])


def applied(percent: int, item_no: str = "1") -> tuple[dict[str, Any], str]:
    made = project(lines=[{"item": "1", "description": "All", "scheduled_value": "100000.00", "cost_code": "23-0000"}])
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": item_no, "percent": percent}])
    return made, str(app)


def p1() -> Act:
    _made, app = applied(50)
    return lambda: run("payapp.submit", "pm", payapp=app)


def p2() -> Act:
    made, app = applied(50)
    run("payapp.submit", "pm", payapp=app)
    run("payapp.certify", "pm", payapp=app, by="A")
    due = Invoice.objects.get(job__uid=made["job"])
    return lambda: paid({"job": made["job"], "invoice": due.uid}, "45000.00", "wire")


def a1() -> Act:
    where = str(Job.objects.get(uid=call()["uid"]).site.uid)

    def sold() -> None:
        made = run("agreement.sell", "dispatch", site=where, name="Care", price="1200.00", starts="2026-01-01")
        paid({"job": str(made["job"]), "invoice": str(made["invoice"])}, "1200.00", "card")

    return sold


def a2() -> Act:
    where = str(Job.objects.get(uid=call()["uid"]).site.uid)
    run("agreement.earn", "books", upto="2026-02-01")
    run("agreement.sell", "dispatch", site=where, name="Care", price="1200.00", starts="2026-01-01")
    return lambda: run("agreement.earn", "books", upto="2026-02-01")


STORIES: dict[str, Callable[[], Act]] = {
    "S1": lambda: invoice(*S1)[0],
    "S2": s2,
    "S3": lambda: (lambda made: lambda: paid(made, "329.90", "card"))(billed(*S1)),
    "S4": s4,
    "S5": lambda: (lambda made: lambda: paid(made, "150.00", "check"))(billed(*S1)),
    "D1": d1,
    "D2": lambda: invoice(("labor", "3000.00", True))[0],
    "D3": d3,
    "R1": r1,
    "P1": p1,
    "P2": p2,
    "C1": lambda: bill("20000.00", "S", retainage="0.10"),
    "C3": lambda: bill("500.00", "S", sort="credit"),
    "I3": i3,
    "I4": i4,
    "I5": lambda: bill("80.25", "M"),
    "L1": lambda: hours(8, "20.00", "8.07", job=project()["job"], cost_code="23-0000"),
    "L5": lambda: hours(2, "20.00", "0", activity="shop"),
    "A1": a1,
    "A2": a2,
}


@pytest.mark.parametrize("code", STORIES)
def test_a_posting_of_the_published_table_is_what_the_product_posts(code: str) -> None:
    rule = next(r for r in json.loads(case("accounting/posting_rules.json").read_text()) if r["code"] == code)
    wanted: dict[str, D] = {}
    for line in rule["lines"]:
        wanted[line["account"]] = wanted.get(line["account"], D(0)) + D(line["debit"] or 0) - D(line["credit"] or 0)
    assert moved(STORIES[code]()) == wanted, rule["title"]


def x1() -> Act:
    who = vendor()
    made = bill("500.00", "M", who=who)()
    return lambda: run("bill.pay", "books", vendor=who, parts=[{"bill": made["uid"], "amount": "500.00"}])


def x2() -> Act:
    code, place = item("P-X2", "10", "400.00", warehouse()), warehouse()
    line = {"description": "returned", "amount": "40.00", "item": code, "location": place, "quantity": "1"}
    args = {"vendor": vendor(), "vendor_number": "CR-1", "date": "2026-01-12", "lines": [line], "sort": "credit"}
    return lambda: run("bill.post", "books", **args)


def x3() -> Act:
    pay = check_held()
    return lambda: run("bank.deposit", "books", payments=[pay["uid"]])


def x4() -> Act:
    pay = check_held()
    run("bank.deposit", "books", payments=[pay["uid"]])
    return lambda: run("payment.bounce", "books", payment=pay["uid"], fee="12.00")


def x5() -> Act:
    lines = [{"account": "1010", "amount": "5000.00"}, {"account": "2700", "amount": "-1200.00"}]
    return lambda: run("journal.open_balances", "books", date="2026-01-01", lines=lines)


def x6() -> Act:
    args = {"vendor": vendor(), "job": project()["job"], "description": "duct", "amount": "300.00", "freight": "20.00", "tax": "24.75"}
    return lambda: run("goods.receive", "books", **args)


X: dict[str, tuple[Callable[[], Act], dict[str, str]]] = {
    "X1": (x1, {"2100": "500", "1010": "-500"}),
    "X2": (x2, {"2100": "40", "1300": "-40"}),
    "X3": (x3, {"1010": "150", "1060": "-150"}),
    "X4": (x4, {"1100": "150", "6300": "12", "1010": "-162"}),
    "X5": (x5, {"1010": "5000", "2700": "-1200", "3900": "-3800"}),
    "X6": (x6, {"5120": "344.75", "2150": "-344.75"}),
    "X7": (lambda: bill("180.00", "O", sort="card"), {"5500": "180", "2050": "-180"}),
}


@pytest.mark.parametrize("code", X)
def test_the_postings_x1_to_x7_are_what_the_product_posts(code: str) -> None:
    story, wanted = X[code]
    assert moved(story()) == {account: D(amount) for account, amount in wanted.items()}


def test_posting_x8_done_but_not_billed_is_the_months_revenue_and_the_next_month_gives_it_back() -> None:
    """Dr 1250 900, Cr 4110 900 at the month's end, the other way round on the first; asked twice, it is there once."""
    run("item.price", "owner", code="FLAT-900", sort="flat", cost="0", price="900.00", taxable=False)
    run(
        "job_type.set",
        "owner",
        code="X8",
        name="Flat 900",
        minutes=60,
        skill="",
        billing_rule="flat",
        flat_item="FLAT-900",
        bills_on_site=False,
    )
    run("unbilled.accrue", "books", month="2025-11-15")
    evening = datetime(2025, 12, 1, 2, 30, tzinfo=UTC)  # 30 November, 9:30 pm in Baltimore
    made = call(job_type="X8", technician=str(Person.objects.get(name="Dana Whitfield").uid), start=evening - timedelta(hours=1))
    run("visit.start_work", "tech", visit=made["visit"], at=evening - timedelta(hours=1))
    run("visit.finish", "tech", visit=made["visit"], outcome="completed", at=evening)
    before = JournalLine.objects.aggregate(m=Max("id"))["m"]
    assert run("unbilled.accrue", "books", month="2025-11-15")["jobs"] == 1
    assert run("unbilled.accrue", "books", month="2025-11-15")["jobs"] == 0
    settle()
    rows = JournalLine.objects.filter(pk__gt=before).order_by("id").values_list("entry__date", "account__code", "amount", "job__uid")
    job = Job.objects.get(uid=made["uid"]).uid
    end, first = date(2025, 11, 30), date(2025, 12, 1)
    assert list(rows) == [
        (end, "1250", D(900), job),
        (end, "4110", D(-900), job),
        (first, "1250", D(-900), job),
        (first, "4110", D(900), job),
    ]
    run("job.bill", "books", job=made["uid"], date="2025-12-02")
    assert run("unbilled.accrue", "books", month="2025-12-15")["jobs"] == 0, "billed in December: nothing to accrue"


def test_decision_13_papers_without_a_job_are_dated_by_the_clock_of_their_own_branch() -> None:
    """At 7:00 UTC on 1 April it is still the evening of 31 March in Honolulu."""
    run("branch.set", "owner", code="HNL", name="Honolulu", tz="Pacific/Honolulu")
    night = datetime(2026, 4, 1, 7, 0, tzinfo=UTC)
    there, here = date(2026, 3, 31), date(2026, 4, 1)
    assert [str(run("bank.deposit", "books", at=night, payments=[check_held()["uid"]], **b)["date"]) for b in ({"branch": "HNL"}, {})] == [
        str(there),
        str(here),
    ]
    island = run("location.add", "owner", name="Island store", sort="warehouse", branch="HNL")["uid"]
    code = item("P-HI", "10", "50.00", warehouse())
    run("stock.transfer", "books", at=night, item=code, quantity="2", source=warehouse(), target=island)
    run("stock.transfer", "books", at=night, item=code, quantity="1", source=island, target=warehouse())
    run("stock.count", "books", at=night, item=code, location=island, counted="0")
    dates = (
        JournalLine.objects.filter(item__code=code, entry__event__in=["stock transfer", "stock count"])
        .order_by("id")
        .values_list("entry__document_date", flat=True)
    )
    assert list(dates) == [here, here, there, there, there, there]
    who = vendor()
    made = bill("500.00", "M", who=who)()
    paying = run("bill.pay", "books", at=night, vendor=who, branch="HNL", parts=[{"bill": made["uid"], "amount": "500.00"}])
    lines = JournalLine.objects.filter(entry__source_uid=paying["uid"])
    assert {
        (li.entry.document_date, li.branch.code if li.branch and li.account.code == "2100" else "HNL")
        for li in lines.select_related("entry", "branch", "account")
    } == {(there, "HNL")}
