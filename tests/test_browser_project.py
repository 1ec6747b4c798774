"""The tutorial's project, walked in a real browser as it is written there, with the architect and the owner at their links."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bifocal.core.commands import Call, execute
from bifocal.kernel.messages.models import Message
from bifocal.projects.contracts.models import Contract
from tests.conftest import actor_named, run
from tests.factories import customer, site
from tests.test_browser import browser, press, serious_without_csp, signed_in

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TUTORIAL = Path(__file__).parents[1] / "docs/tutorial/both-stories.md"


def latest_link(to: str) -> str:
    """The address in the newest letter to somebody."""
    body = Message.objects.filter(to=to).order_by("-id")[0].body
    found = re.search(r"/link/\S+", body)
    assert found, body
    return found[0]


def tab(page: Any, server: str, job: str, name: str) -> None:
    page.goto(f"{server}/jobs/{job}?tab={name}")


def test_the_project_of_the_tutorial_is_walked_from_the_question_to_the_closeout(browser: Any, server: str) -> None:
    who = customer(sort="commercial")["uid"]
    site(who)
    for name, role in (("Ada Lindqvist", "architect"), ("Jonah Reed", "approver")):
        run("contact.add", "pm", customer=who, name=name, role=role, email=f"{name.split()[0].lower()}@example.com")
    pm = signed_in(browser, server, "pm")
    pm.goto(f"{server}/projects/new?customer={who}")
    pm.fill("[name=title]", "Tutorial fit-out")
    pm.select_option("[name='team.project_manager']", label="Priya Raman")
    press(pm, "Set the project up")
    job = re.search(r"/jobs/([0-9a-f-]+)", pm.url)[1]  # type: ignore[index]
    contract(pm)
    rfi(pm, browser, server, job)
    change(pm, browser, server)
    submittal(pm, browser, server, job)
    log_and_punch(browser, server, job)
    closeout(pm, server, job)
    assert Contract.objects.get(job__uid=job).sum == Decimal("1230.00")  # what the owner agreed to on the phone stands in the contract


def contract(pm: Any) -> None:
    for field, value in (("number", "T-1"), ("sum", "1000.00"), ("starts", str(date.today())), ("days", "30"), ("lines.0.item", "1"),
                         ("lines.0.description", "All of it"), ("lines.0.scheduled_value", "900.00")):  # fmt: skip
        pm.fill(f"[name='{field}']", value)
    pm.locator("form").get_by_role("button", name="Write the contract").click()
    pm.wait_for_selector(".do-error:not(:empty)")
    assert "100.00 is missing" in pm.inner_text(".do-error:not(:empty)")
    pm.fill("[name='lines.0.scheduled_value']", "1000.00")
    with pm.expect_navigation():
        pm.locator("form").get_by_role("button", name="Write the contract").click()
    press(pm, "Contract is signed")


def rfi(pm: Any, browser: Any, server: str, job: str) -> None:
    tab(pm, server, job, "rfis")
    pm.fill("[name=title]", "Duct route")
    pm.fill("[name=question]", "May the duct drop 4 inches?")
    press(pm, "Write the RFI")
    pm.select_option("[name='assignees[]']", label="Ada Lindqvist (architect)")
    press(pm, "Send the question")
    assert "Ada Lindqvist" in pm.inner_text("header.record")
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(server + latest_link("ada@example.com"))
    assert "May the duct drop 4 inches?" in phone.inner_text("main") and serious_without_csp(phone) == []
    phone.fill("[name=text]", "Yes, with a soffit.")
    press(phone, "Send the answer")
    assert "Your part is done" in phone.inner_text("main")
    pm.reload()
    press(pm, "Make it the official answer")
    pm.select_option("[name=cost_impact]", "yes_unknown")
    press(pm, "Close and distribute")
    press(pm, "Start a change order from it")


def change(pm: Any, browser: Any, server: str) -> None:
    pm.fill("[name='lines.0.description']", "Soffit")
    pm.fill("[name='lines.0.cost']", "200.00")
    press(pm, "Price it")
    pm.select_option("[name='approvers.0.who']", label="Jonah Reed (approver)")
    press(pm, "Send to owner")
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(server + latest_link("jonah@example.com"))
    assert "$230.00" in phone.inner_text("main")
    press(phone, "Approve")
    assert "Approved by Jonah Reed" in phone.inner_text("main")


def submittal(pm: Any, browser: Any, server: str, job: str) -> None:
    tab(pm, server, job, "submittals")
    pm.fill("[name=title]", "Rooftop unit")
    pm.fill("[name=spec_section]", "23 74 13")
    press(pm, "Add to the register")
    press(pm, "Put it on the register")
    picture = Path(__file__).parents[1] / "docs/images/today.png"
    pm.set_input_files("[name=content]", str(picture))
    press(pm, "Attach")
    press(pm, "Submit")
    press(pm, "Send for review")
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.goto(server + latest_link("ada@example.com"))
    assert serious_without_csp(phone) == []
    phone.select_option("[name=code]", "approved")
    press(phone, "Send the review")
    pm.reload()
    press(pm, "Close, or start the revision")
    assert "to order" in pm.inner_text("main")


def log_and_punch(browser: Any, server: str, job: str) -> None:
    phone = signed_in(browser, server, "super", 390, "dark")
    tab(phone, server, job, "log")
    for name, value in (("weather", "Clear, 48 F"), ("manpower.0.workers", "4"), ("manpower.0.hours", "31.5"), ("work", "Hung duct"), ("visitors", "none"),
                        ("delays", "none")):  # fmt: skip
        phone.fill(f"[name='sections.{name}']", value)
    press(phone, "Keep the log")
    assert "4 people, 31.5 hours" in phone.inner_text("main") and width_of(phone) <= 390
    press(phone, "Sign the log")
    assert "Checked now: every signed log" in phone.inner_text("main")
    tab(phone, server, job, "punch")
    phone.fill("[name=title]", "Diffuser loose")
    phone.select_option("[name=person]", label="Eli Stone")
    press(phone, "Add the item")
    press(phone, "It is done")
    phone.get_by_role("button", name="Verified").click()
    phone.wait_for_selector(".do-error:not(:empty)")
    assert "somebody else must verify" in phone.inner_text(".do-error:not(:empty)")


def width_of(page: Any) -> int:
    """How wide the page really is: it must fit the phone."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def closeout(pm: Any, server: str, job: str) -> None:
    tab(pm, server, job, "punch")
    pm.get_by_role("link", name="Diffuser loose").click()
    press(pm, "Verified")
    tab(pm, server, job, "closeout")
    pm.fill("[name=certified_by]", "Ada Lindqvist")
    press(pm, "Certify it")
    press(pm, "List the standard papers")
    text = pm.inner_text("main")
    assert "8 closeout deliverables" in text and "1,230.00 of the contract not billed" in text
    pm.get_by_role("button", name="Handed over: As-built drawings").click()
    pm.wait_for_selector("text=7 closeout deliverables")


def test_the_buttons_that_the_tutorial_names_exist() -> None:
    """Words in italics of the tutorial are labels of the pages."""
    templates = "\n".join(p.read_text() for p in (Path(__file__).parents[1] / "src/bifocal/front").rglob("*.html"))
    views = "\n".join(p.read_text() for p in (Path(__file__).parents[1] / "src/bifocal/front/views").glob("*.py"))
    named = [part.strip() for words in re.findall(r"\*([^*\n]+)\*", TUTORIAL.read_text().replace("**", "")) for part in words.split("→")]
    assert len(named) > 30
    assert [n for n in named if n not in templates and n not in views] == []


def test_a_refused_command_of_a_link_keeps_nothing(server: str) -> None:
    """Papers that come with a refused answer are not kept: one transaction."""
    from tests.factories import project

    made = project()
    ada = run("contact.add", "pm", customer=made["customer"], name="Ada L", role="architect", email="a@example.com")["uid"]
    rfi = run("rfi.draft", "pm", job=made["job"], title="Q", question="?", assignees=[ada])["uid"]
    link = execute("rfi.open", {"rfi": str(rfi)}, actor=actor_named("pm"), call=Call.new())["links"]["Ada L"]
    import httpx

    from bifocal.kernel.documents.models import File

    sent = httpx.post(f"{server}{link}", data={"act": "rfi.respond", "text": ""}, files={"files": ("a.txt", b"sketch")})
    assert sent.status_code == 422 and not File.objects.filter(subject_uid=rfi).exists()
    sent = httpx.post(f"{server}{link}", data={"act": "rfi.respond", "text": "Left."}, files={"files": ("a.txt", b"sketch")})
    assert sent.status_code == 200 and File.objects.get(subject_uid=rfi).by_name == "Ada L"
    assert httpx.get(f"{server}{link}/files/{File.objects.get(subject_uid=rfi).uid}").content == b"sketch"
    other = File.objects.exclude(subject_uid=rfi).first()
    assert other is None or httpx.get(f"{server}{link}/files/{other.uid}").status_code == 404
