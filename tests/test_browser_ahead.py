"""Dispatching ahead in a real browser: every page by axe in both widths, a pin set on the map, a sick call and a loan taken back, a booking online."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

import pytest

from bifocal.bridges.loans.models import Loan
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Allocation, Person
from bifocal.projects.contracts.models import Contract
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.factories import call, project
from tests.test_browser import browser, press, serious, signed_in
from tests.test_loans import with_crew
from tests.test_offers import DAY, at
from tests.test_rentals import vendor
from tests.test_upward import below, form_kept

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
assert browser  # the fixture of the neighbour: one Chromium


def crew() -> dict[str, Any]:
    """A crew day of its own for each test: the database is one for the module."""
    Allocation.objects.filter(person__name__in=["Eli Stone", "Rosa Delgado"]).delete()
    return with_crew()


def ahead() -> dict[str, list[str]]:
    """The pages with something on each: a loan, a rota, hours wanted, a place to ask about, a contract below a general contractor."""
    made = crew()
    visit = Visit.objects.get(uid=call(priority=1)["visit"])
    lent = Visit.objects.get(uid=call(priority=1)["visit"])
    run("crew.lend", "dispatch", visit=lent.uid, person=made["eli"].uid, leave=at(9), reason="no cooling at a clinic")
    run("service_level.set", "dispatch", priority=1, arrive_hours="2", per_hour="100")
    run("service_level.set", "dispatch", priority=1, arrive_hours="1", per_hour="200", customer=visit.job.customer.uid)
    run("capacity.set", "dispatch", reserve_percent="10", drive_minutes=20, online=True, days_ahead=40)
    tom, keisha = (Person.objects.get(name=n).uid for n in ("Tom Brandt", "Keisha Moore"))
    run("oncall.set", "dispatch", branch="BAL", skill="plumbing", person=tom, backup=keisha, start=at(17), end=at(40))
    run("customer.prefer_person", "dispatch", customer=visit.job.customer.uid, person=tom, why="knows the boiler")
    run("customer.ban_person", "dispatch", customer=visit.job.customer.uid, person=keisha, why="tracked mud in")
    wants = {"about_kind": "activity", "about": made["activity"].uid, "label": "Rough-in help"}
    run("demand.note", "pm", skill="plumbing", day=DAY, hours="4", **wants)
    under = below()
    form_kept(under)
    run("backcharge.receive", "pm", contract=under["contract"], number="BC-1", amount="740.00", reason="Clean-up")
    run("deadlines.set", "pm", job=under["job"], sector="private", first_on=date.today(), last_on=date.today())
    hired = {
        "vendor": vendor(),
        "description": "Scissor lift",
        "rate": "410.00",
        "per": "week",
        "expected": date.today() + timedelta(days=4),
    }
    run("rental.on_hire", "super", job=under["job"], **hired)
    sick = f"/dispatch/replan?event=sick&person={made['eli'].uid}&start={at(7):%Y-%m-%dT%H:%M}&until={at(16):%Y-%m-%dT%H:%M}"
    return {
        "dispatch": [
            f"/dispatch/capacity?branch=BAL&day={DAY}&skill=plumbing", "/dispatch/replan", f"/dispatch/replan?event=emergency&visit={visit.uid}", sick,
            *(f"/dispatch?branch=BAL&day={DAY}&span={n}" for n in (3, 7)), "/dispatch/on-call", f"/dispatch/roster?day={DAY}", "/dispatch/places", f"/dispatch/idle?first={DAY}", f"/visits/{visit.uid}/ways",
            f"/visits/{visit.uid}/after-hours", f"/visits/{lent.uid}", f"/visits/{lent.uid}/ways", f"/customers/{visit.job.customer.uid}",
            "/book", "/book?job_type=LEAK&branch=BAL&postcode=21223", f"/intake?site={visit.job.site.uid}",
        ],
        "owner": [f"/people/{tom}", f"/jobs/{under['job']}?tab=billing", f"/jobs/{under['job']}?tab=commitments", f"/jobs/{under['job']}?tab=contract",
                  f"/payapps/{under['app']}", f"/sites/{visit.job.site.uid}"],
    }  # fmt: skip


def test_the_pages_of_dispatching_ahead_pass_axe_and_fit_in_both_widths(browser: Any, server: str) -> None:
    pages, wrong = ahead(), []
    for key, paths in pages.items():
        for width, scheme in ((1440, "light"), (390, "dark")):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
            )
            page = context.new_page()
            page.goto(f"{server}/account/login/")
            page.fill("[name=login]", f"{key}@harbor.example")
            page.fill("[name=password]", "harbor-demo-2026")
            page.click("main button")
            page.wait_for_url(lambda url: "/login" not in url)
            for path in paths[:: 1 if width == 390 else 2]:  # the narrow one finds what does not fit
                reply = page.goto(server + path)
                assert reply.status == 200, f"{path}: {reply.status}"
                page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
                wrong += [f"{key} {path}: {v}" for v in serious(page)]
                if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
                    wrong.append(f"{key} {path}: wider than {width}")
            context.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_the_map_and_the_what_if_pass_axe_and_fit(browser: Any, server: str, width: int, scheme: str) -> None:
    visit, start = Visit.objects.get(uid=call()["visit"]), at(33 if width == 390 else 57)  # days of their own: the file shares one calendar
    run("visit.schedule", "dispatch", visit=visit.uid, technician=Person.objects.get(name="Dana Whitfield").uid, start=start)
    page = signed_in(browser, server, "dispatch", width, scheme, axe=True)
    page.goto(f"{server}/dispatch?branch=BAL&day={start:%Y-%m-%d}")
    page.click("[data-map-switch]")
    page.wait_for_function("() => document.querySelector('[data-map-said]').textContent.trim()")
    wrong = [f"map: {v}" for v in serious(page)]
    page.get_by_role("button", name="What if…").click()
    page.wait_for_selector(".what-if")
    wrong += [f"what-if: {v}" for v in serious(page)]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
    page.get_by_role("button", name="Throw it away").click()  # a draft stays until its dispatcher ends it, also for the next test
    page.wait_for_selector(".what-if", state="detached")
    assert not wide and not wrong, "\n".join(wrong)
    page.context.close()


def test_a_pin_is_set_by_touching_the_map_and_fields_stay_the_way_without_one(browser: Any, server: str) -> None:
    known = Visit.objects.get(uid=call()["visit"]).job.site
    run("site.pin", "dispatch", site=known.uid, lat="39.31", lng="-76.61")
    site = Visit.objects.get(uid=call(address="1 Nowhere Lane")["visit"]).job.site
    page = signed_in(browser, server, "dispatch")
    page.goto(f"{server}/dispatch/places?branch=BAL")
    card = page.locator("section.card", has_text="1 Nowhere Lane").first
    card.locator("[data-pin-switch]").click()
    page.wait_for_selector("[data-ready], [data-pin-none]:not([hidden])")
    if card.locator("[data-ready]").count():
        card.locator(".pin-map").click(position={"x": 120, "y": 120})
        page.wait_for_function("() => [...document.querySelectorAll('.pin [name=lat]')].some(i => i.value)")
        assert abs(float(card.locator("[name=lat]").input_value()) - 39.31) < 1.5
    else:
        card.locator("[name=lat]").fill("39.2")
        card.locator("[name=lng]").fill("-76.6")
    with page.expect_navigation():
        card.get_by_role("button", name="Set the pin 1 Nowhere Lane").click()
    site = Site.objects.get(pk=site.pk)
    assert site.placed_by == "hand" and site.lat is not None and 37 < site.lat < 41
    assert page.locator("section.card", has_text="1 Nowhere Lane").count() == 0


def test_a_sick_call_is_one_act_in_the_browser(browser: Any, server: str) -> None:
    made = crew()
    page = signed_in(browser, server, "dispatch")
    page.goto(f"{server}/dispatch/replan?event=sick&person={made['eli'].uid}&start={at(7):%Y-%m-%dT%H:%M}&until={at(16):%Y-%m-%dT%H:%M}")
    assert page.input_value("[name=start]") == f"{at(7):%Y-%m-%dT%H:%M}"
    page.select_option("[name='stand_ins.0.person']", "")
    press(page, "Keep the absence")
    uses = Allocation.objects.filter(person=made["eli"], during__overlap=(at(7), at(16))).values_list("use", flat=True)
    assert list(uses) == ["time_off"]


def test_a_loan_is_taken_back_in_the_browser_after_a_question(browser: Any, server: str) -> None:
    made = crew()
    visit = Visit.objects.get(uid=call(priority=1)["visit"])
    run("crew.lend", "dispatch", visit=visit.uid, person=made["eli"].uid, leave=at(9), reason="no cooling at a clinic")
    page = signed_in(browser, server, "dispatch", 390, "dark")
    page.goto(f"{server}/visits/{visit.uid}")
    asked: list[str] = []
    page.on("dialog", lambda d: (asked.append(d.message), d.accept()))
    press(page, "Take back Eli Stone")
    assert "Give the hours back" in asked[0]
    visit.refresh_from_db()
    assert Loan.objects.get(visit=visit).status == "returned" and visit.status == "unscheduled"
    assert page.get_by_role("button", name="Take back Eli Stone").count() == 0 and page.get_by_text("returned").count()


def test_a_customer_books_online_on_a_phone(browser: Any, server: str) -> None:
    run("capacity.set", "dispatch", reserve_percent="10", drive_minutes=20, online=True, days_ahead=40)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{server}/book")
    page.select_option("[name=job_type]", "LEAK")
    page.fill("[name=postcode]", "21223")
    press(page, "Show free windows")
    page.locator("[name=window]").first.check()
    for name, text in {"name": "Olive Online", "phone": "410-555-7733", "email": "olive@example.com", "address": "7 Screen Row"}.items():
        page.fill(f"[name={name}]", text)
    press(page, "Book it")
    assert page.get_by_text("You are booked").count() == 1
    booked = Visit.objects.get(job__customer__name="Olive Online")
    assert booked.status == "unscheduled" and booked.window is not None


def test_damages_are_agreed_on_the_contracts_page(browser: Any, server: str) -> None:
    made = project()
    page = signed_in(browser, server, "pm")
    page.goto(f"{server}/jobs/{made['job']}?tab=contract")
    page.locator("#damages summary").click()
    page.fill("#damages [name=per_day]", "750")
    with page.expect_navigation():
        page.locator("#damages").get_by_role("button", name="Keep it").click()
    assert Contract.objects.get(uid=made["contract"]).damages_per_day == 750
    assert page.get_by_text("liquidated damages a day").count() == 1
