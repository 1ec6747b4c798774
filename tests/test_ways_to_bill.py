"""Billing by draws, time and materials, cost plus, unit prices: against figures worked on paper, and through the commands and the books."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.lib.ids import uuid7
from bifocal.projects.billings.rules import Charge, Cost, Terms, charge, check_limit, fee, measured, savings, spread
from tests import factories
from tests.conftest import run, settle

TODAY = date.today()
CENTS = st.decimals(min_value="0.01", max_value="9999999.99", places=2)


# ---- worked on paper
def test_thirty_forty_thirty_of_a_price_that_does_not_divide() -> None:
    assert spread(D("10000.01"), [D(30), D(40), D(30)]) == [D("3000.00"), D("4000.01"), D("3000.00")]
    with pytest.raises(Invalid, match="99 percent"):
        spread(D(100), [D(30), D(40), D(29)])


@given(CENTS, st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_draws_always_make_the_price(price: D, weights: list[int]) -> None:
    shares = [D(w) for w in weights]
    shares.append(D(400) - sum(shares))
    assert sum(spread(price, [s / 4 for s in shares])) == price


def test_time_and_materials_by_trade_with_a_markup_on_material() -> None:
    terms = Terms({"": D(95), "electrical": D(120)}, {"M": D("0.15")})
    lines = [
        Cost(1, "Jorge, 8 h", "L", D("288.00"), D(8), "electrical"),
        Cost(2, "Jorge, burden", "L", D("96.00"), None, "electrical", burden=True),
        Cost(3, "Dale, 2.5 h", "L", D("60.00"), D("2.5"), "apprentice"),
        Cost(4, "Panel", "M", D("412.33")),
        Cost(5, "Crane", "E", D("500.00")),
    ]
    # 8 × 120 + 2.5 × 95 + 412.33 × 1.15 (474.1795) + 500
    assert [charge(c, terms).amount for c in lines] == [D(960), D(0), D("237.50"), D("474.18"), D(500)]
    with pytest.raises(Invalid, match="no hourly rate for 'apprentice'"):
        charge(lines[2], Terms({"electrical": D(120)}, {}))


def test_a_guaranteed_maximum_whose_savings_are_shared() -> None:
    # maximum 500,000; cost 440,000 with a fee of 10 percent is 484,000; of the 16,000 saved the contractor keeps 40 percent
    terms = Terms({}, {}, fee_rate=D("0.10"))
    cost = [Charge(Cost(1, "all", "S", D(440000)), None, D(440000))]
    assert fee(cost, D(0), D(0), terms) == D(44000)
    assert savings(D(500000), D(484000), D("0.40")) == D(6400)
    assert savings(D(480000), D(484000), D("0.40")) == 0


def test_a_fixed_fee_is_earned_as_cost_is_and_never_more_than_whole() -> None:
    terms = Terms({}, {}, fee_sum=D(30000), estimate=D(200000))

    def of(amount: str) -> list[Charge]:
        return [Charge(Cost(1, "", "M", D(amount)), None, D(amount))]

    assert fee(of("50000"), D(0), D(0), terms) == D(7500)
    assert fee(of("100000"), D(50000), D(7500), terms) == D(15000)
    assert fee(of("90000"), D(150000), D(22500), terms) == D(7500)  # 240,000 of 200,000: whole
    assert fee(of("1000"), D(100000), D(15000), terms, final=True) == D(15000)


def test_above_a_not_to_exceed_it_is_refused_or_the_rest_is_given_up() -> None:
    from bifocal.projects.billings.rules import Limit

    with pytest.raises(Refused, match=r"10,500\.00 of a not-to-exceed of 10,000\.00: 500\.00 too much. Bill the 2,000\.00 that is left"):
        check_limit(D(2500), D(8000), D(10000), Limit.NTE, to_limit=False)
    assert check_limit(D(2500), D(8000), D(10000), Limit.NTE, to_limit=True) == D(500)
    assert check_limit(D(2000), D(8000), D(10000), Limit.NTE, to_limit=False) == 0
    with pytest.raises(Refused, match="nothing is left"):
        check_limit(D(1), D(10000), D(10000), Limit.NTE, to_limit=True)


@given(st.lists(st.decimals(min_value="0.001", max_value="500", places=3), min_size=1, max_size=12), st.decimals("0.01", "900", places=4))
def test_quantities_billed_in_parts_come_to_what_they_come_to_at_once(parts: list[D], price: D) -> None:
    billed, quantity = D(0), D(0)
    for part in parts:
        quantity += part
        billed += measured(quantity, price, billed)
    assert billed == (quantity * price).quantize(D("0.01"), rounding="ROUND_HALF_UP")


# ---- through the commands and the books
def spent(job: str, amount: str, *, kind: str = "M", code: str = "23-0000", file: bool = False) -> str:
    vendor = run("vendor.add", "books", name=f"Supply {uuid7().hex[-6:]}")["uid"]
    line = {"description": "Pipe", "amount": amount, "job": job, "cost_code": code, "cost_type": kind}
    bill = run("bill.post", "books", vendor=vendor, vendor_number=uuid7().hex[-8:], date=TODAY, lines=[line])["uid"]
    if file:
        import base64

        from bifocal.kernel.documents.paper import render

        page = render("invoice", dict.fromkeys(("number", "date", "due", "customer", "customer_address", "job", "title", "site", "po", "memo", "rate", "subtotal", "tax", "total", "retainage", "paid", "open"), "") | {"lines": []})  # fmt: skip
        run("file.attach", "books", about_kind="bill", about=bill, name="bill.pdf", content=base64.b64encode(page).decode(), sort="receipt")
    return str(bill)


def worked(job: str, hours: int, name: str = "Jorge Lima") -> None:
    from bifocal.kernel.people.models import Person

    start = datetime.combine(TODAY - timedelta(days=3), datetime.min.time(), UTC) + timedelta(hours=12)
    person = str(Person.objects.get(name=name).uid)
    run("time.enter", "owner", person=person, job=job, start=start, end=start + timedelta(hours=hours), activity="work")
    run("time.approve", "owner", job=job)


def posted(invoice: dict[str, Any]) -> Any:
    from bifocal.kernel.billing.models import Invoice

    run("invoice.post", "books", invoice=invoice["uid"])
    settle()
    return Invoice.objects.get(uid=invoice["uid"])


def well() -> None:
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.bridges.portfolio.wip import wip

    settle()
    assert [c for c in [*close_checks(), *wip(TODAY).checks] if not c["ok"]] == []


def drawn() -> dict[str, Any]:
    made = factories.project()
    usual = [{"name": n, "percent": p} for n, p in (("On signing", "30"), ("Rough-in", "40"), ("Completion", "30"))]
    run("billing.agree", "pm", job=made["job"], way="draws", draws=usual)
    return made


@pytest.mark.django_db
def test_draws_from_the_first_to_the_release_of_retainage() -> None:
    from bifocal.projects.billings.models import Draw

    made = drawn()
    draws = list(Draw.objects.filter(plan__job__uid=made["job"]))
    assert [d.amount for d in draws] == [D(30000), D(40000), D(30000)]
    with pytest.raises(Refused, match="not reached yet"):
        run("billing.draw", "pm", job=made["job"], draws=[draws[0].uid])
    with pytest.raises(Refused, match="not by applications"):
        run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)
    for draw in draws:
        run("billing.reach", "super", draw=draw.uid)
        invoice = posted(run("billing.draw", "pm", job=made["job"], draws=[draw.uid]))
        assert (invoice.subtotal, invoice.retainage) == (draw.amount, draw.amount / 10)
        run("payment.take", "books", job=made["job"], amount=invoice.open_amount, method="wire", parts=[{"invoice": invoice.uid, "amount": invoice.open_amount}])  # fmt: skip
    with pytest.raises(Refused, match="is on an invoice already"):
        run("billing.draw", "pm", job=made["job"], draws=[draws[0].uid])
    well()
    with pytest.raises(Refused, match=r"10,000\.00 of retainage is held"):
        run("billing.release", "pm", job=made["job"], amount="10000.01")
    last = posted(run("billing.release", "pm", job=made["job"]))
    assert (last.total, last.open_amount) == (D(0), D(10000))
    run("payment.take", "books", job=made["job"], amount="10000.00", method="wire", parts=[{"invoice": last.uid, "amount": "10000.00"}])
    from bifocal.kernel.billing.models import Payment

    assert sum(p.amount for p in Payment.objects.filter(job__uid=made["job"])) == D(100000)  # the contract sum, to the cent
    well()


@pytest.mark.django_db
def test_an_approved_change_is_divided_into_draws_and_a_thrown_away_draft_frees_its_draw() -> None:
    from bifocal.projects.billings.models import Draw
    from tests.test_change_events import as_link

    made = drawn()
    first = Draw.objects.filter(plan__job__uid=made["job"])[0]
    run("billing.reach", "pm", draw=first.uid)
    draft = run("billing.draw", "pm", job=made["job"], draws=[first.uid])
    with pytest.raises(Refused, match="was billed by draws already"):
        run("billing.agree", "pm", job=made["job"], way="progress")
    run("invoice.delete_draft", "books", invoice=draft["uid"], reason="wrong month")
    assert Draw.objects.get(pk=first.pk).invoice is None
    posted(run("billing.draw", "pm", job=made["job"], draws=[first.uid]))
    sent = factories.sent_change(made, "1500.00")
    as_link(sent["link_path"], "change.approve", change=sent["uid"], sha256=sent["sha256"], name="Jonah Reed")
    with pytest.raises(Invalid, match=r"add up to 70,000\.00; 71,500\.00 is to be divided"):
        run("billing.redraw", "pm", job=made["job"], draws=[{"name": "Rest", "amount": "70000.00"}])
    run("billing.redraw", "pm", job=made["job"], draws=[{"name": "Rough-in", "percent": 60}, {"name": "Completion", "percent": 40}])
    assert [d.amount for d in Draw.objects.filter(plan__job__uid=made["job"])] == [D(30000), D(42900), D(28600)]
    well()


@pytest.mark.django_db
def test_time_and_materials_up_to_a_not_to_exceed_with_its_backup() -> None:
    from io import BytesIO

    from pypdf import PdfReader

    from bifocal.kernel.documents.models import File
    from bifocal.projects.billings.models import CostBilled

    made = factories.project(retainage="0")
    run("billing.agree", "pm", job=made["job"], way="time_and_materials", rates=[{"rate": "110.00"}], markups=[{"cost_type": "M", "share": "0.20"}],
        limit="2500.00", limit_sort="not_to_exceed")  # fmt: skip
    worked(made["job"], 6)
    spent(made["job"], "1000.00", file=True)
    draft = run("billing.cost", "pm", job=made["job"])
    pdf = PdfReader(BytesIO(File.objects.get(subject_uid=draft["uid"], sort="backup").read()))
    text = pdf.pages[0].extract_text()
    assert len(pdf.pages) == 2 and "Jorge Lima, 6 h" in text and "1,860.00" in text
    invoice = posted(draft)
    assert (invoice.subtotal, invoice.retainage) == (D(1860), D(0))  # 6 × 110 + 1,000 × 1.20
    with pytest.raises(Refused, match="nothing to bill"):
        run("billing.cost", "pm", job=made["job"])
    spent(made["job"], "600.00")
    with pytest.raises(Refused, match=r"not-to-exceed of 2,500\.00: 80\.00 too much"):
        run("billing.cost", "pm", job=made["job"])
    invoice = posted(run("billing.cost", "pm", job=made["job"], to_limit=True))
    assert (invoice.subtotal, [li.amount for li in invoice.lines.all()]) == (D(640), [D(720), D(-80)])
    assert CostBilled.objects.filter(bill__plan__job__uid=made["job"]).count() == 4  # hours, their burden, two bills: each once
    well()


@pytest.mark.django_db
def test_cost_plus_a_fee_under_a_guaranteed_maximum_and_the_savings_at_the_end() -> None:
    made = factories.project(
        lines=[{"item": "1", "description": "All", "scheduled_value": "50000.00", "cost_code": "23-0000"}], retainage="0.05"
    )
    run("billing.agree", "pm", job=made["job"], way="cost_plus", fee_rate="0.10", limit="50000.00", limit_sort="guaranteed_maximum",
        savings_share="0.40")  # fmt: skip
    spent(made["job"], "30000.00", kind="S")
    first = posted(run("billing.cost", "pm", job=made["job"]))
    assert (first.subtotal, first.retainage) == (D(33000), D(1650))
    spent(made["job"], "14000.00", kind="S")
    last = posted(run("billing.cost", "pm", job=made["job"], final=True))
    # 14,000 + 1,400 and 40 percent of 50,000 − 48,400
    assert [li.amount for li in last.lines.all()] == [D(14000), D(1400), D(640)]
    spent(made["job"], "100.00")
    with pytest.raises(Refused, match="billed to the end"):
        run("billing.cost", "pm", job=made["job"])
    well()


@pytest.mark.django_db
def test_unit_prices_bill_what_was_measured() -> None:
    from bifocal.projects.billings.models import UnitItem

    made = factories.project(retainage="0.10")
    items = [{"item": "1", "description": "4 in. pipe", "unit": "LF", "price": "38.505", "estimated": 100}]
    run("billing.agree", "pm", job=made["job"], way="unit_price", items=items)
    item = UnitItem.objects.get(plan__job__uid=made["job"]).uid
    run("billing.measure", "super", item=item, quantity="33.3")
    assert posted(run("billing.units", "pm", job=made["job"])).subtotal == D("1282.22")  # 33.3 × 38.505 = 1,282.2165
    with pytest.raises(Refused, match="Nothing was measured"):
        run("billing.units", "pm", job=made["job"])
    with pytest.raises(Refused, match="33.3 LF are measured"):
        run("billing.measure", "super", item=item, quantity="-33.4")
    run("billing.measure", "super", item=item, quantity="33.3")
    assert posted(run("billing.units", "pm", job=made["job"])).subtotal == D("1282.21")  # 66.6 × 38.505 = 2,564.433 in all
    well()


@pytest.mark.django_db
def test_a_long_job_without_a_contract_is_billed_by_draws_and_not_a_second_time_on_site() -> None:
    from bifocal.projects.billings.models import Draw

    made = factories.call()
    usual = [{"name": "On signing", "percent": 30}, {"name": "Halfway", "percent": 40}, {"name": "Completion", "percent": 30}]
    with pytest.raises(Invalid, match="Draws divide a price"):
        run("billing.agree", "pm", job=made["uid"], way="draws", draws=usual)
    run("billing.agree", "pm", job=made["uid"], way="draws", price="12000.00", draws=usual)
    draw = Draw.objects.filter(plan__job__uid=made["uid"])[0]
    run("billing.reach", "pm", draw=draw.uid)
    assert posted(run("billing.draw", "pm", job=made["uid"], draws=[draw.uid])).subtotal == D(3600)
    with pytest.raises(Refused, match="billed as agreed on its Billing page"):
        run("job.bill", "books", job=made["uid"])
    well()


@pytest.mark.django_db
def test_who_may_not_and_what_is_incomplete_is_refused() -> None:
    made = factories.project()
    for key in ("tech", "dispatch", "super", "books", "viewer"):
        with pytest.raises(NotAllowed if key != "tech" else Exception, match=r"may not|There is no"):
            run("billing.agree", key, job=made["job"], way="progress")
    for args, why in (
        ({"way": "time_and_materials"}, "at least one hourly rate"), ({"way": "unit_price"}, "at least one item"),
        ({"way": "draws", "limit": "5.00", "limit_sort": "not_to_exceed", "draws": []}, "A limit belongs"),
        ({"way": "cost_plus", "limit": "5.00"}, "not-to-exceed or a guaranteed"), ({"way": "cost_plus", "limit_sort": "not_to_exceed"}, "amount of the limit"),
        ({"way": "cost_plus", "fee_sum": "10.00"}, "estimated cost"), ({"way": "draws"}, "every draw its percent"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=why):
            run("billing.agree", "pm", job=made["job"], **args)
    unsigned = factories.project(signed=False)
    run("billing.agree", "pm", job=unsigned["job"], way="draws", draws=[{"name": "All", "percent": 100}])
    from bifocal.projects.billings.models import Draw

    draw = Draw.objects.get(plan__job__uid=unsigned["job"])
    run("billing.reach", "pm", draw=draw.uid)
    with pytest.raises(Refused, match="must be signed"):
        run("billing.draw", "pm", job=unsigned["job"], draws=[draw.uid])


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["choice", "draws", "time_and_materials", "unit_price"])
def test_the_billing_page_shows_only_the_way_that_was_chosen(way: str) -> None:
    from tests.test_lists import signed_in

    made = drawn() if way == "draws" else factories.project()
    if way == "time_and_materials":
        run("billing.agree", "pm", job=made["job"], way=way, rates=[{"rate": "110.00"}], limit="900.00", limit_sort="not_to_exceed")
        worked(made["job"], 2)
    if way == "unit_price":
        run("billing.agree", "pm", job=made["job"], way=way, items=[{"item": "1", "description": "Pipe", "unit": "LF", "price": "38.50"}])
    page = signed_in("pm").get(f"/jobs/{made['job']}?tab=billing").content.decode()
    marks = {
        "draws": "Divide the rest anew",
        "time_and_materials": "Jorge Lima, 2 h",
        "unit_price": "38.5 / LF",
        "choice": "How is this job billed?",
    }
    assert marks[way] in page and not any(m in page for k, m in marks.items() if k not in (way, "choice"))
    assert ("Start the next application" in page) == (way == "choice")
