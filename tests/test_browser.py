"""A real browser: both lenses walked by hand, the phone link, keyboard, and axe-core on every main page in both widths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Person
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


def signed_in(browser: Any, server: str, key: str, width: int = 1440, scheme: str = "light", *, axe: bool = False) -> Any:
    """A page of somebody's; `axe` lets the examiner's script in, and holds colours still."""
    for_axe = {"bypass_csp": True, "reduced_motion": "reduce"} if axe else {}
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **for_axe).new_page()
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
        "async () => (await axe.run({resultTypes: ['violations']})).violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes[0].html + ' ' + (v.nodes[0].any[0] || {}).message)"
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
        row.get_by_role("button", name="Schedule it").click()
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
    page.wait_for_selector("#palette li[data-hit] a")
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Quagmire Holdings" in page.inner_text("h1")


def soon(days: int) -> date:
    """A working day some days from now: skills of the demo company hold then."""
    found = date.today() + timedelta(days=days)
    return found + timedelta(days=max(0, 7 - found.weekday()) if found.weekday() > 4 else 0)


def tab_to(page: Any, what: str) -> None:
    """Tab on until the thing has the focus: it must be reachable, and its focus must be seen."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(what) => document.activeElement?.matches(what)", what):
            assert page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle !== 'none' || getComputedStyle(document.activeElement).boxShadow !== 'none'"
            ), what
            return
    raise AssertionError(f"{what} can't be reached by keyboard on {page.url}")


def test_a_call_is_booked_and_scheduled_by_keyboard_alone(browser: Any, server: str) -> None:
    page = signed_in(browser, server, "dispatch")
    page.keyboard.press("Control+k")
    page.keyboard.type("book a c")
    page.wait_for_timeout(100)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/intake")
    tab_to(page, "main [name=job_type]")
    page.keyboard.type("Cooling")
    for name, text in (("customer_name", "Keyboard Kay"), ("address", "7 Tab Street")):
        tab_to(page, f"[name={name}]")
        page.keyboard.type(text)
    tab_to(page, "form[action='/do/call.book'] button.btn-primary")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/visits/" in page.url and "Keyboard Kay" in page.inner_text("main")
    page.goto(re.sub(r"\?.*", "", page.url) + f"?day={soon(21)}")
    tab_to(page, "form[action='/do/visit.schedule'] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "scheduled" in page.inner_text("main")
    tab_to(page, "details.me summary")
    page.keyboard.press("Enter")
    assert page.locator(".me .sheet-menu").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".me .sheet-menu").is_visible()


def test_a_visit_is_dragged_to_a_person_and_an_hour_and_a_taken_hour_is_refused_in_words(browser: Any, server: str) -> None:
    for name in ("Dragged Dora", "Dragged Dan"):
        run("call.book", "dispatch", job_type="AC-REPAIR", customer_name=name, address=f"1 {name} Road", branch="BAL")
    page = signed_in(browser, server, "dispatch")
    page.goto(f"{server}/dispatch?branch=BAL&day={soon(28)}")
    lane = page.locator(".board .row", has_text="Dana Whitfield").locator(".lane")

    def drop(name: str) -> None:
        page.locator(".slip", has_text=name).drag_to(lane, target_position={"x": lane.bounding_box()["width"] * 4 / 14, "y": 20})

    drop("Dragged Dora")
    page.wait_for_selector(".band[title^='Cooling repair, Dragged Dora, 10 am']")
    drop("Dragged Dan")
    page.wait_for_selector("[data-board-error]:not(:empty)")
    assert "Dana Whitfield is on" in page.inner_text("[data-board-error]") and page.locator(".slip", has_text="Dragged Dan").count() == 1


def test_what_was_typed_into_a_long_form_outlives_a_reload_and_goes_when_it_is_accepted(browser: Any, server: str) -> None:
    made = project()
    page = signed_in(browser, server, "pm")
    page.goto(f"{server}/jobs/{made['job']}?tab=rfis")
    page.fill("[name=title]", "Clearance")
    page.fill("[name=question]", "May the duct drop?")
    page.reload()
    assert page.input_value("[name=question]") == "May the duct drop?" and page.input_value("[name=title]") == "Clearance"
    press(page, "Write the RFI")
    assert "/documents/" in page.url
    page.goto(f"{server}/jobs/{made['job']}?tab=rfis")
    assert page.input_value("[name=question]") == ""


def test_a_list_is_filtered_and_sorted_in_the_page_and_the_language_is_chosen_there(browser: Any, server: str) -> None:
    project()  # an empty list has no heads to sort by
    page = signed_in(browser, server, "pm")
    page.goto(f"{server}/jobs")
    with page.expect_navigation():
        page.select_option("[name=lens]", "project")
    with page.expect_navigation():
        page.click("th a[href*='sort=customer']")
    assert "lens=project" in page.url and "sort=customer" in page.url
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Customer")
    page.click("details.me summary")
    with page.expect_navigation():
        page.get_by_role("button", name="Español").click()
    assert page.get_attribute("html", "lang") == "es" and "lens=project" in page.url


def every_page(mark: str) -> dict[str, list[str]]:
    """Every page there is, by who looks at it."""
    made = project()
    app = run("payapp.draft", "pm", contract=made["contract"], period_to="2026-01-31")["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": "1", "percent": 20}])
    run(
        "schedule.plan",
        "pm",
        job=made["job"],
        activities=[{"code": "A1", "name": "Rough-in", "days": 5}, {"code": "A2", "name": "Trim", "days": 3, "after": ["A1"]}],
    )
    job = {"job": made["job"]}
    papers = [sent_change(made)["uid"], run("rfi.draft", "pm", **job, title="Slope", question="Why?")["uid"], run("punch.add", "pm", **job, title="Seal")["uid"],
              run("submittal.draft", "pm", **job, title="Unit", spec_section="23 74 13")["uid"], run("log.write", "pm", **job, day="2026-01-05", sections={"work": "Rough-in"})["uid"]]  # fmt: skip
    call = run("call.book", "dispatch", job_type="AC-REPAIR", customer_name=f"Axe Adams {mark}", address=f"{mark} Axe Way", branch="BAL")
    dana = str(Person.objects.get(name="Dana Whitfield").uid)
    run(
        "visit.schedule",
        "dispatch",
        visit=call["visit"],
        technician=dana,
        start=f"{soon(35 if mark == 'light' else 42)}T13:00:00Z",
        override="knows it",
    )
    event = run("event.open", "pm", job=made["job"], title="Beam in the duct run", notice_days=7)["uid"]
    labor = [{"name": "Helper", "hours": "4"}]
    papers += [event, run("ticket.write", "super", job=made["job"], day=soon(0), title="Cut duct", labor=labor, event=event)["uid"]]
    where = str(Job.objects.get(uid=call["uid"]).site.uid)
    unit = run("equipment.add", "owner", site=where, name="Furnace", serial="F-1")["uid"]
    run("custom_field.add", "owner", on_kind="site", name="gate", label="Gate code", sort="choice", choices=["A", "B"])
    invoice = run("invoice.draft", "books", job=call["uid"], lines=[{"description": "Work", "price": "100"}])["uid"]
    run("invoice.post", "books", invoice=invoice)
    tabs = (
        "overview",
        "contract",
        "schedule",
        "budget",
        "commitments",
        "events",
        "tickets",
        "changes",
        "rfis",
        "submittals",
        "log",
        "punch",
        "selections",
        "closeout",
        "billing",
        "time",
        "costs",
        "files",
        "history",
    )
    return {
        "owner": ["/", "/dispatch", "/customers", f"/customers/{made['customer']}", f"/sites/{where}", f"/equipment/{unit}", "/jobs", "/jobs?q=nothing+at+all", f"/jobs/{call['uid']}",
                  "/projects", "/documents", "/projects/new", f"/projects/new?customer={made['customer']}", *(f"/jobs/{made['job']}?tab={t}" for t in tabs),
                  *(f"/jobs/{made['job']}/{p}" for p in ("updates", "checks", "lookahead", "dates", "risk")), f"/payapps/{app}",
                  *(f"/documents/{p}" for p in papers), f"/visits/{call['visit']}", "/money", *(f"/money?tab={t}" for t in ("ageing", "bank", "bills", "time")), f"/invoices/{invoice}",
                  "/money/close", "/money/trial-balance", "/money/wip", "/money/exposure", "/money/pay-run", f"/people/{Person.objects.first().uid}", "/workmix", "/stock", "/people", "/reports", "/settings", "/settings/import", "/settings/matching", "/intake", "/intake?q=axe", "/account/2fa/"],
        "pm": ["/"], "super": ["/"], "books": ["/"], "viewer": ["/"], "tech": ["/", "/jobs", f"/visits/{call['visit']}"],
    }  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_every_page_passes_axe_and_fits_its_width(browser: Any, server: str, width: int, scheme: str) -> None:
    wrong: list[str] = []
    for key, paths in every_page(scheme).items():
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(f"{server}/account/login/")
        wrong += [f"sign-in: {v}" for v in serious(page)] if key == "owner" else []
        page.fill("[name=login]", f"{key}@harbor.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{server}/")
        for path in paths:
            reply = page.goto(server + path)
            assert reply.status == 200, f"{path}: {reply.status}"
            wrong += [f"{key} {path}: {v}" for v in serious(page)]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
                wrong.append(f"{key} {path}: wider than {width}")
        context.close()
    assert not wrong, "\n".join(wrong)


def test_a_dark_screen_is_dark_before_the_scripts_come(browser: Any, server: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.route("**/dist/**/*.js", lambda route: route.abort())  # the first paint waits for no bundle
    page.goto(f"{server}/account/login/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.evaluate("localStorage.setItem('theme', 'light')")
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "light"
    context.close()


def test_the_palette_and_the_menus_pass_axe_while_open(browser: Any, server: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server}/account/login/")
    page.fill("[name=login]", "owner@harbor.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{server}/")
    page.click("details.me summary")
    assert serious(page) == []
    page.keyboard.press("Control+k")
    page.keyboard.type("zzzz")
    page.wait_for_selector("#palette li[data-hit]")
    assert "Nothing is found" in page.inner_text("#palette") and serious(page) == []
    context.close()
