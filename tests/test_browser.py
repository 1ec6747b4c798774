"""A real browser: both lenses walked by hand, the phone link, keyboard, and axe-core on every main page in both widths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import find
from tests.conftest import run
from tests.factories import project, sent_change

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AXE = Path(__file__).parents[1] / "frontend/node_modules/axe-core/axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PASSWORD = "harbor-demo-2026"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        made = p.chromium.launch(executable_path=find(), args=FLAGS)
        yield made
        made.close()


def signed_in(browser: Any, server: str, key: str, width: int = 1440, scheme: str = "light") -> Any:
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{server}/account/login/")
    page.fill("[name=login]", f"{key}@harbor.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_selector("nav.rail, nav.bottom", state="attached")
    return page


def press(page: Any, label: str) -> None:
    """Press a button of a form and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).first.click()


def serious(page: Any) -> list[str]:
    """axe-core's serious and critical findings on the page."""
    page.add_script_tag(content=AXE.read_text())
    found = page.evaluate(
        "async () => (await axe.run()).violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes[0].html + ' ' + (v.nodes[0].any[0] || {}).message)"
    )
    return list(found)


def test_a_call_is_booked_scheduled_worked_billed_and_paid_in_the_browser(browser: Any, server: str) -> None:
    office = signed_in(browser, server, "dispatch")
    office.goto(f"{server}/intake")
    office.select_option("[name=job_type]", "AC-REPAIR")
    office.fill("[name=customer_name]", "Browser Bennett")
    office.fill("[name=address]", "12 Screen Street")
    press(office, "Book the call")
    assert "/visits/" in office.url
    for _ in range(20):
        row = office.locator("tr", has_text="Dana Whitfield")
        if row.count():
            break
        office.goto(re.sub(r"\?.*", "", office.url) + f"?day=2027-01-{4 + _:02d}")
    with office.expect_navigation():
        row.get_by_role("button", name="Schedule").click()
    press(office, "Send to the phone")
    address = office.url
    phone = signed_in(browser, server, "tech", 390, "dark")
    phone.goto(re.sub(r"\?.*", "", address))
    for label in ("On my way", "Arrived", "Start work", "Put in"):
        press(phone, label)
    phone.select_option("[name=outcome]", "completed")
    press(phone, "Finish the visit")
    press(phone, "Make the invoice")
    assert phone.get_by_text("Please", exact=False) is not None and "/invoices/" in phone.url
    phone.fill("[name=reference]", "1001")
    phone.select_option("[name=method]", "check")
    press(phone, "Take the payment")
    assert phone.locator("text=Take a payment").count() == 0


def test_a_refusal_is_shown_beside_the_form_which_keeps_what_was_typed(browser: Any, server: str) -> None:
    run("customer.add", "owner", name="Known Kim", phone="410-555-9911")
    page = signed_in(browser, server, "dispatch")
    page.goto(f"{server}/intake")
    page.fill("[name=customer_name]", "Known Kim")
    page.fill("[name=address]", "5 Same Street")
    page.get_by_role("button", name="Book the call").click()
    page.wait_for_selector(".do-error:not(:empty)")
    assert "looks like a customer you already have" in page.inner_text(".do-error:not(:empty)")
    assert page.input_value("[name=address]") == "5 Same Street"


def test_an_owner_approves_a_change_order_on_a_phone_without_an_account(browser: Any, server: str) -> None:
    made = project()
    sent = sent_change(made)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(server + sent["link_path"])
    assert "1,500.00" in page.inner_text("main")
    assert serious_without_csp(page) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Approve", exact=True).click()
    assert "Approved by" in page.inner_text("main")


def serious_without_csp(page: Any) -> list[str]:
    """The same on a page of a context that keeps its content security policy: through a second, bypassing one."""
    context = page.context.browser.new_context(viewport=page.viewport_size, bypass_csp=True)
    other = context.new_page()
    other.goto(page.url)
    found = serious(other)
    context.close()
    return found


def test_the_palette_finds_by_a_fragment_and_is_worked_by_keyboard(browser: Any, server: str) -> None:
    run("customer.add", "owner", name="Quagmire Holdings")
    page = signed_in(browser, server, "owner")
    page.keyboard.press("Control+k")
    page.keyboard.type("uagmir")
    page.wait_for_selector("#palette li a")
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Quagmire Holdings" in page.inner_text("h1")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_every_main_page_passes_axe_and_fits_its_width(browser: Any, server: str, width: int, scheme: str) -> None:
    made = project()
    app = run("payapp.draft", "pm", contract=made["contract"], period_to="2026-01-31")["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "percent": 20}])
    change = sent_change(made)["uid"]
    job = f"/jobs/{made['job']}"
    tabs = ("overview", "contract", "schedule", "budget", "changes", "rfis", "log", "punch", "billing", "time", "costs", "files", "history")
    paths = ["/", "/dispatch", "/customers", f"/customers/{made['customer']}", "/jobs", "/projects", "/projects/new", *(f"{job}?tab={t}" for t in tabs), f"/payapps/{app}",
             f"/documents/{change}", "/money", "/money?tab=ageing", "/money?tab=bills", "/money/close", "/money/trial-balance", "/stock", "/people", "/reports", "/settings", "/intake"]  # fmt: skip
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server}/account/login/")
    page.fill("[name=login]", "owner@harbor.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{server}/")
    wrong: list[str] = []
    for path in paths:
        reply = page.goto(server + path)
        assert reply.status == 200, f"{path}: {reply.status}"
        wrong += [f"{path}: {v}" for v in serious(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            wrong.append(f"{path}: wider than {width}")
    assert wrong == []
