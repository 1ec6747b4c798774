"""Two published continuation sheets through the API and the browser, to the cent; controls by hand; a subcontractor's phone."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import httpx
import pytest

from tests import factories
from tests.conftest import case, run
from tests.test_browser import browser, press, serious, signed_in  # noqa: F401 - the fixture
from tests.test_commitments import executed
from tests.test_commitments import project as budgeted

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TODAY = date.today()


def api(server: str, key: str = "owner") -> httpx.Client:
    reply = httpx.post(f"{server}/api/v1/sign-in", json={"email": f"{key}@harbor.example", "password": "harbor-demo-2026"}, timeout=60)
    return httpx.Client(base_url=f"{server}/api/v1", headers={"Authorization": f"Bearer {reply.json()['token']}"}, timeout=60)


def looked_at(browser: Any, server: str, width: int, scheme: str) -> Any:  # noqa: F811
    """The owner's page in a context that lets axe-core in."""
    page = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    ).new_page()
    page.goto(f"{server}/account/login/")
    page.fill("[name=login]", "owner@harbor.example")
    page.fill("[name=password]", "harbor-demo-2026")
    page.click("main button")
    page.wait_for_url(f"{server}/")
    return page


@pytest.mark.parametrize("pick", [0, 3])
def test_a_published_sheet_by_api_and_in_the_browser(browser: Any, server: str, pick: int) -> None:  # noqa: F811
    data = case("accounting/g703_masslibrary_8_projects.json").read_bytes()
    want = json.loads(data)["projects"][pick]
    who = factories.customer(sort="commercial")["uid"]
    job = run("project.create", "pm", customer=who, site=factories.site(who), title=f"Published {pick}", branch="BAL")["uid"]
    http = api(server, "pm")
    body = {"job": job, "filename": "sheets.json", "content": base64.b64encode(data).decode(), "pick": pick}
    told = http.post("/commands/sov.import", json=body).json()
    got = http.get(f"/payapps/{told['payapp']}").json()
    assert [(D(li["G"]), D(li["H"])) for li in got["lines"]] == [(D(r["total"]), D(r["balance"])) for r in want["lines"]]
    assert {n: D(got["g702"][n]) for n in "4569"} == {n: D(want["g702"][f"line{n}"]) for n in "4569"}
    page = signed_in(browser, server, "pm")
    page.goto(f"{server}/payapps/{told['payapp']}")
    tiles = dict(zip(page.locator(".tile span").all_inner_texts(), page.locator(".tile b").all_inner_texts(), strict=True))
    for n in "459":
        shown = next(v for k, v in tiles.items() if k.startswith(f"{n} "))
        assert D(shown.replace(",", "")) == D(want["g702"][f"line{n}"])
    cells = page.locator(".sheet tbody tr").nth(0).locator("td").all_inner_texts()
    first = want["lines"][0]
    assert f"{D(first['scheduled']):,.2f}" in cells and f"{D(first['total']):,.2f}" in cells and f"{D(first['balance']):,.2f}" in cells


def test_retainage_by_line_and_stored_material_are_typed_on_the_page(browser: Any, server: str) -> None:  # noqa: F811
    from bifocal.projects.payapps.models import PayApp

    made = factories.project()
    uid = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    run("payapp.fill", "pm", payapp=uid, lines=[{"item": "1", "this_period": "20000.00", "stored": "6000.00"}])
    run("payapp.submit", "pm", payapp=uid)
    run("payapp.certify", "pm", payapp=uid, by="A")
    uid = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    page = signed_in(browser, server, "pm")
    page.goto(f"{server}/payapps/{uid}")
    page.fill("[name='lines.0.install']", "4000.00")
    page.fill("[name='lines.0.release_work']", "500.00")
    press(page, "Keep in pencil")
    line = PayApp.objects.get(uid=uid).lines.get(sov__item="1")
    assert (line.this_period, line.stored, line.retainage) == (D(4000), D(2000), D("2000") + D("400") - D("500") + D("200"))
    page.get_by_text("Agree on other terms").click()
    page.fill("[name=cap]", "0.02")
    press(page, "Agree")
    assert PayApp.objects.get(uid=uid).line5 == D("2000.00") - D("500.00")


def test_every_cell_opens_and_the_pages_are_accessible(browser: Any, server: str) -> None:  # noqa: F811
    made = budgeted()
    c = executed(made)
    run("event.open", "pm", job=made["job"], title="Beam", lines=[{"description": "Reroute", "cost_code": "23-0000", "rom_cost": "400.00"}])
    page = signed_in(browser, server, "owner")
    page.goto(f"{server}/jobs/{made['job']}?tab=budget")
    page.locator("table.freeze tbody tr", has_text="23-0000.S").get_by_text("20,000.00", exact=True).first.click()
    assert "Committed" in page.inner_text("main") and c["number"] in page.inner_text("main")
    paths = [f"/jobs/{made['job']}?tab={t}" for t in ("budget", "commitments", "events")]
    for width, scheme in ((1440, "light"), (390, "dark")):
        page = looked_at(browser, server, width, scheme)
        for path in [*paths, f"/commitments/{c['uid']}", "/money/wip", "/money/pay-run"]:
            page.goto(server + path)
            assert serious(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


def test_a_subcontractor_bills_and_quotes_from_a_phone(browser: Any, server: str) -> None:  # noqa: F811
    from bifocal.projects.events.models import EventLine, QuoteRequest
    from bifocal.projects.subapps.models import SubApp

    made = budgeted()
    c = executed(made)
    app = run("subapp.invite", "pm", commitment=c["uid"], period_to=TODAY, name="Lou Sub")
    phone = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True).new_page()
    phone.goto(server + app["link_path"])
    assert serious(phone) == []
    phone.fill("[name='amount.0']", "20000.01")
    phone.get_by_role("button", name="Keep").click()
    phone.wait_for_selector(".alert-danger")
    phone.fill("[name='amount.0']", "5000.00")
    phone.get_by_role("button", name="Keep").click()
    phone.wait_for_selector(".alert-success")
    phone.get_by_role("button", name="Sign the waiver and send").click()
    phone.wait_for_selector("text=under review")
    assert SubApp.objects.get(uid=app["uid"]).waivers.get().amount == D(4500)
    event = run(
        "event.open", "pm", job=made["job"], title="Beam", lines=[{"description": "Reroute", "cost_code": "23-0000", "rom_cost": "400.00"}]
    )
    line = EventLine.objects.get(event__document__uid=event["uid"])
    ask = run("event.ask", "pm", line=line.uid, vendor=c["vendor"], due=TODAY + timedelta(days=3), email="l@example.com", name="Lou")
    phone.goto(server + ask["link_path"])
    phone.fill("[name=amount]", "380.00")
    phone.get_by_role("button", name="Send the price").click()
    phone.wait_for_selector("text=$380.00")
    assert QuoteRequest.objects.get(uid=ask["uid"]).answered_by == "Lou"
