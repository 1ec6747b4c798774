"""The estimate's sheet in a real browser: typed, moved in, pasted into, without a page loaded in between."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import run
from tests.test_browser import browser, signed_in  # noqa: F401 - a fixture
from tests.test_estimates import sent, started

pytestmark = pytest.mark.xdist_group("server")


def test_a_line_is_changed_with_keys_alone_and_the_totals_follow(browser: Any, server: str) -> None:  # noqa: F811
    made = started()
    page = signed_in(browser, server, "pm")
    page.goto(f"{server}/estimates/{made['uid']}")
    page.evaluate("window.kept = true")
    first = page.locator("tr[data-line]").first
    first.locator("[data-f=quantity]").fill("30")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-t=cost]:text-is('4,409.00')")  # 6 h x 52 more
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 2 and page.evaluate("window.kept") is True
    assert page.inner_text("[data-t=price]") == "5,511.25" and first.locator("[data-o=cost]").inner_text() == "1,560.00"
    second = page.locator("tr[data-line]").nth(1).locator("[data-f=cost_code]")
    second.fill("no-such")
    second.press("Tab")
    page.wait_for_selector("[data-sheet-error]:has-text('no cost code')")


def test_lines_of_a_spreadsheet_are_pasted_and_a_price_follows_the_choice(browser: Any, server: str) -> None:  # noqa: F811
    made = started()
    page = signed_in(browser, server, "pm")
    page.goto(f"{server}/estimates/{made['uid']}")
    before = page.locator("tr[data-line]").count()
    page.locator("tr[data-new] [data-f=phase]").first.focus()
    text = "10\t22-0000\tM\tHanger\t12\tea\t\t$1.50\t5%\n10\t22-0000\tL\tHang\t12\tea\t6\t68\t"
    page.evaluate(
        "text => { const data = new DataTransfer(); data.setData('text/plain', text);"
        " document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }",
        text,
    )
    page.wait_for_selector("tr[data-line]:has(input[value=Hang])")
    page.wait_for_load_state()
    assert page.locator("tr[data-line]").count() == before + 2
    assert page.locator("tr:has(input[value=Hanger]) [data-o=cost]").inner_text() == "18.90"
    p = sent(made)
    page.goto(server + p["link_path"])
    start = page.inner_text("[data-total]")
    page.locator("label.choice:has-text('Heated floor')").click()
    page.wait_for_selector(f"[data-total]:not(:text-is('{start}'))")
    page.locator("label.choice:has-text('Marble')").click()
    shown = page.inner_text("[data-total]")
    page.get_by_role("button", name="Accept and sign").click()
    page.wait_for_selector("text=Signed. Thank you")
    assert page.inner_text("[data-total]") == shown
    assert run("estimate.write", "pm", customer=made["customer"], site=_site(made), title="Next")["number"]


def _site(made: dict[str, Any]) -> str:
    from bifocal.kernel.parties.models import Site

    return str(Site.objects.filter(customer__uid=made["customer"])[0].uid)
