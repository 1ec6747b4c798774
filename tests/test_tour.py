"""The tour, walked whole in a real browser by keyboard and mouse; and the workbook that ties to the pay application."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from bifocal.front.tour import STOPS, after, before, clamp
from bifocal.front.tour.acts import ACTS, LINKS, sample_history
from bifocal.front.tour.places import PLACES
from tests.chromium import find
from tests.conftest import run
from tests.factories import project
from tests.test_browser import FLAGS, press, serious, signed_in

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread


def test_six_stops_of_two_to_four_steps_whose_places_and_acts_exist() -> None:
    assert len(STOPS) == 6 and all(2 <= len(s.steps) <= 4 for s in STOPS)
    for stop in STOPS:
        assert not stop.make or stop.make in ACTS
        for step in stop.steps:
            assert step.place in PLACES and (not step.act or step.act in ACTS or step.act in LINKS)
    walked, at = [(0, 0)], (0, 0)
    while (following := after(*at)) is not None:
        assert before(*following) == at
        walked.append(at := following)
    assert len(walked) == sum(len(s.steps) for s in STOPS) and clamp(99, 99) == walked[-1] and clamp(-1, -1) == (0, 0)


def test_the_sample_is_an_export_as_companies_have_it() -> None:
    from tests.test_assess import answer

    got = answer(sample_history())
    assert got["recommendation"] == "both" and got["open"] > 0 and len(got["rejected"]) == 1
    assert got["share_of_jobs"]["count"] > 0.97 and got["share_of_jobs"]["revenue"] < 0.75


def computed(book: Any, ref: str) -> Any:
    """What a spreadsheet would show in a cell of our workbook: SUM, ROUND, + - *, references."""
    sheet = book.active
    value = sheet[ref].value
    if not (isinstance(value, str) and value.startswith("=")):
        return Decimal(str(value)) if isinstance(value, (int, float)) else value or Decimal(0)
    text = re.sub(
        r"SUM\(([A-Z])(\d+):[A-Z](\d+)\)", lambda m: "(" + "+".join(f"{m[1]}{n}" for n in range(int(m[2]), int(m[3]) + 1)) + ")", value[1:]
    )
    text = re.sub(r"\b([A-Z]\d+)\b", lambda m: f"cell('{m[1]}')", text)

    def rounded(number: Decimal, places: int) -> Decimal:
        return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)

    return eval(text, {"cell": lambda r: computed(book, r), "ROUND": rounded})


@pytest.mark.django_db
def test_the_workbook_of_an_application_computes_the_same_cents_by_its_own_formulas() -> None:
    import openpyxl
    from django.test import Client

    from bifocal.core.models import User

    made = project(retainage="0.0725")
    app = run("payapp.draft", "pm", contract=made["contract"], period_to="2026-01-31")["uid"]
    run(
        "payapp.fill",
        "pm",
        payapp=app,
        lines=[{"item": "1", "this_period": "12345.67", "stored": "89.99"}, {"item": "2", "this_period": "0.37"}],
    )
    client = Client()
    client.force_login(User.objects.get(email="pm@harbor.example"))
    reply = client.get(f"/payapps/{app}.xlsx")
    assert reply.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(reply.content))
    rows = [r for r in range(2, book.active.max_row + 1) if book.active[f"B{r}"].value]
    assert [computed(book, f"{c}{r}") for r in (2, 3, 4) for c in "NO"] == [0] * 6
    assert computed(book, "K2") == Decimal("895.06") + Decimal("6.52")  # 12,345.67 and 89.99 at 7.25%, rounded apart
    summary = [r for r in rows if isinstance(book.active[f"E{r}"].value, str) and str(book.active[f"E{r}"].value).startswith("=ROUND(C")]
    assert len(summary) == 7 and [computed(book, f"E{r}") for r in summary] == [0] * 7
    assert computed(book, f"C{summary[5]}") == Decimal("12345.67") + Decimal("89.99") + Decimal("0.37") - Decimal("895.06") - Decimal(
        "6.52"
    ) - Decimal("0.03")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["dispatch", "tech", "viewer"])
def test_the_tour_is_the_owners(key: str) -> None:
    from django.test import Client

    from bifocal.core.models import User

    client = Client()
    client.force_login(User.objects.get(email=f"{key}@harbor.example"))
    assert client.get("/tour")["Location"] == "/"
    assert client.post("/tour/go", {"stop": 0, "step": 0}).status_code == 403
    assert client.post("/tour/act").status_code == 403


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        made = p.chromium.launch(executable_path=find(), args=FLAGS)
        yield made
        made.close()


def furnish() -> dict[str, Any]:
    """What the tour needs of the demo company: a project with a budget, an application and a vendor's bill."""
    made = project()
    run("budget.set", "pm", job=made["job"], lines=[{"cost_code": "23-0000", "cost_type": "L", "amount": "30000.00"}])
    app = run("payapp.draft", "pm", contract=made["contract"], period_to="2026-01-31")["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "percent": 20}])
    vendor = run("vendor.add", "owner", name="Tour Supply")["uid"]
    line = {"description": "Wire", "amount": "310.00", "job": made["job"], "cost_code": "26-0000", "cost_type": "M"}
    run("bill.post", "books", vendor=vendor, vendor_number="TS-1", date="2026-01-15", lines=[line])
    return made


def step_of(page: Any) -> str:
    return str(page.inner_text(".tour .sub").split("·")[0].strip() + " / " + page.inner_text(".tour .sub").split("·")[1].strip())


def enter(page: Any) -> None:
    """Go on by keyboard alone: the panel's next button has the focus."""
    page.wait_for_selector("[data-tour-next]:focus")
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_the_tour_walked_whole(browser: Any, server: str) -> None:
    made = furnish()
    page = signed_in(browser, server, "owner")
    page.goto(f"{server}/tour")
    assert page.locator(".tour-stops section").count() == 6
    with page.expect_navigation():
        page.get_by_role("button", name="Begin").click()
    assert step_of(page) == "Stop 1 of 6 / step 1 of 3" and page.locator("#assess.looked-at").count() == 1
    press(page, "Assess the sample")
    assert "Run both lenses" in page.inner_text("h1") and step_of(page).endswith("step 2 of 3")
    enter(page)
    assert page.locator("svg.chart").count() == 3
    enter(page)
    assert step_of(page) == "Stop 2 of 6 / step 1 of 2" and "/dispatch" in page.url
    assert page.locator(".band.visit").count() and page.locator(".band.project_day").count()  # both lenses on one board
    enter(page)
    enter(page)
    walk_the_call(page)
    walk_the_change(page, server, made)
    assert step_of(page) == "Stop 5 of 6 / step 1 of 2" and "/payapps/" in page.url
    enter(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="The workbook").click()
    assert opened.value is not None
    page.locator("[data-tour-next]").focus()
    enter(page)
    assert step_of(page) == "Stop 6 of 6 / step 1 of 3"
    enter(page)
    with page.expect_navigation():
        page.locator("main table a[href^='/bills/']").first.click()
    assert "310.00" in page.inner_text("main") and "TS-1.txt" in page.inner_text("aside.tour, main")
    enter(page)
    assert step_of(page).endswith("step 3 of 3") and "/bills/" in page.url
    enter(page)
    assert page.url == f"{server}/tour" and page.locator("aside.tour").count() == 0  # the end: it can be walked again


def walk_the_call(page: Any) -> None:
    assert step_of(page) == "Stop 3 of 6 / step 1 of 4" and page.url.endswith("/intake")
    press(page, "Book one for me")
    assert "/visits/" in page.url and step_of(page).endswith("step 2 of 4")
    press(page, "Do it for me")
    assert "/tour/act" not in page.url, page.inner_text("main")
    assert "/invoices/" in page.url and step_of(page).endswith("step 3 of 4")
    assert "paid" in page.inner_text("main .head").lower()
    enter(page)
    assert step_of(page).endswith("step 4 of 4") and page.locator("#grown.looked-at").count() == 1
    press(page, "Promote it for me")
    assert "project" in page.inner_text("main .head").lower()
    enter(page)


def walk_the_change(page: Any, server: str, made: dict[str, Any]) -> None:
    assert step_of(page) == "Stop 4 of 6 / step 1 of 4" and f"/jobs/{made['job']}" in page.url
    assert "100,000.00" in page.inner_text("main")
    enter(page)
    link = page.get_by_role("link", name="The owner's phone").get_attribute("href")
    phone = page.context.browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(server + link)
    with phone.expect_navigation():
        phone.get_by_role("button", name="Approve", exact=True).click()
    assert "Approved by" in phone.inner_text("main")
    enter(page)
    assert "101,725.00" in page.inner_text("main")  # 1,500.00 and 15% on it
    enter(page)
    assert "1,500.00" in page.inner_text("main table")
    enter(page)


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_its_pages_pass_axe_and_fit(browser: Any, server: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{server}/account/login/")
    page.fill("[name=login]", "owner@harbor.example")
    page.fill("[name=password]", "harbor-demo-2026")
    page.click("main button")
    page.wait_for_url(f"{server}/")
    page.goto(f"{server}/tour")
    wrong = serious(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Begin").click()
    wrong += serious(page)
    press(page, "Assess the sample")
    paths = [page.url, f"{server}/workmix", f"{server}/warranty"]
    for path in paths:
        page.goto(path)
        wrong += [f"{path}: {v}" for v in serious(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            wrong.append(f"{path}: wider than {width}")
    assert [w[:300] for w in wrong] == []
