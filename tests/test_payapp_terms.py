"""Retainage by line, stored material and certificates by line, through the commands and into the books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, Refused
from tests import factories
from tests.conftest import run, settle

pytestmark = pytest.mark.django_db
TODAY = date.today()


def bill(contract: str, fill: list[dict[str, Any]], **certificate: Any) -> dict[str, Any]:
    """One month: drafted, filled, submitted, certified. Returns the sheet as it was submitted and the certified application."""
    from bifocal.projects.payapps.models import PayApp
    from bifocal.projects.payapps.queries import sheet

    uid = run("payapp.draft", "pm", contract=contract, period_to=TODAY)["uid"]
    run("payapp.fill", "pm", payapp=uid, lines=fill)
    got = sheet(PayApp.objects.get(uid=uid))
    run("payapp.submit", "pm", payapp=uid)
    run("payapp.certify", "pm", payapp=uid, by="Architect", **certificate)
    settle()
    return {"s": got.summary, "lines": {li.item: li for li in got.lines}, "app": PayApp.objects.get(uid=uid)}


def held(month: dict[str, Any], *items: str) -> list[D]:
    """Column I of these lines."""
    return [month["lines"][i].I for i in items]


def checks() -> bool:
    from bifocal.bridges.portfolio.queries import close_checks

    return all(c["ok"] for c in close_checks())


def test_stored_material_is_held_at_its_rate_and_moves_when_installed() -> None:
    made = factories.project()
    run("contract.retain", "pm", contract=made["contract"], stored="0.05")
    one = bill(made["contract"], [{"item": "1", "this_period": "10000.00", "stored": "8000.00"}])
    assert (one["s"]["5a"], one["s"]["5b"]) == (D(1000), D(400))
    two = bill(made["contract"], [{"item": "1", "install": "6000.00"}, {"item": "2", "this_period": "5000.00"}])
    line = two["lines"]["1"]
    assert (line.D, line.E, line.F, line.moved) == (D(10000), D(6000), D(2000), D(300))
    assert (line.work_retainage, line.stored_retainage) == (D(1600), D(100))
    uid = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    with pytest.raises(Refused, match=r"has 2,000\.00 stored"):
        run("payapp.fill", "pm", payapp=uid, lines=[{"item": "1", "install": "2000.01"}])
    assert checks()


def test_a_release_by_line_is_billed_and_never_taken_back() -> None:
    made = factories.project()
    bill(made["contract"], [{"item": "1", "percent": 50}, {"item": "2", "percent": 50}])
    two = bill(made["contract"], [{"item": "1", "release_work": "1000.00"}])
    assert two["s"]["8"] == D(1000) and held(two, "1") == [D(2000)]
    three = bill(made["contract"], [{"item": "1", "this_period": "5000.00"}])
    assert held(three, "1", "2") == [D(2500), D(2000)]  # carried 2,000 and 10 % of 5,000
    assert three["s"]["8"] == D(4500)
    uid = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    with pytest.raises(Invalid, match="Line 1 releases"):
        run("payapp.fill", "pm", payapp=uid, lines=[{"item": "1", "release_work": "2500.01"}])
    assert checks()


def test_steps_cap_and_a_line_of_its_own_rate_hold_in_the_books() -> None:
    from bifocal.kernel.jobs.models import Job
    from bifocal.kernel.ledger.queries import balance

    made = factories.project()
    steps = [{"at_percent": "0.5", "rate": "0.05"}]
    run(
        "contract.retain",
        "pm",
        contract=made["contract"],
        cap="0.06",
        cap_of="original",
        steps=steps,
        lines=[{"item": "2", "work": "0.02"}],
    )
    one = bill(made["contract"], [{"item": "1", "this_period": "30000.00"}, {"item": "2", "this_period": "10000.00"}])
    assert held(one, "1", "2") == [D(3000), D(200)]
    two = bill(made["contract"], [{"item": "1", "this_period": "30000.00"}])  # from 40 % to 70 %: a third below the mark
    assert held(two, "1") == [D(3000) + D(1000) + D(1000)]
    job = Job.objects.get(uid=made["job"])
    assert balance("1120", job_id=job.pk) == D(5200)
    run(
        "contract.retain",
        "pm",
        contract=made["contract"],
        cap="0.05",
        cap_of="original",
        steps=steps,
        lines=[{"item": "2", "work": "0.02"}],
    )
    three = bill(made["contract"], [{"item": "2", "this_period": "30000.00"}])
    assert three["s"]["5"] == D(5000) and balance("1120", job_id=job.pk) == D(5000)
    final = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY, final=True)
    assert D(final["line8"]) == D(5000) and checks()


def test_after_the_final_application_nothing_is_held_again() -> None:
    made = factories.project()
    bill(made["contract"], [{"item": "1", "percent": 100}, {"item": "2", "percent": 100}])
    final = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY, final=True)["uid"]
    run("payapp.submit", "pm", payapp=final)
    run("payapp.certify", "pm", payapp=final, by="Architect")
    late = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)
    assert D(late["line8"]) == 0


def test_a_certificate_lower_by_line_keeps_both_figures_and_the_next_asks_again() -> None:
    made = factories.project()
    less = [{"item": "2", "amount": "4000.00", "reason": "Fixtures not on site"}]
    one = bill(made["contract"], [{"item": "1", "percent": 10}, {"item": "2", "this_period": "10000.00"}], lines=less)
    app = one["app"]
    assert (app.line8, app.certified, app.certify_note) == (D(14400), D(9000), "2: Fixtures not on site")
    assert app.lines.get(sov__item="2").certified == D(4000) and app.lines.get(sov__item="2").this_period == D(10000)
    assert app.invoice is not None and app.invoice.due_amount == D(9000) and checks()
    assert D(run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["line8"]) == D(5400)


def test_a_certificate_by_line_is_refused_above_what_was_applied_for() -> None:
    made = factories.project()
    uid = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    run("payapp.fill", "pm", payapp=uid, lines=[{"item": "1", "percent": 10}])
    run("payapp.submit", "pm", payapp=uid)
    with pytest.raises(Invalid, match="Line 1"):
        run("payapp.certify", "pm", payapp=uid, by="A", lines=[{"item": "1", "amount": "6000.01", "reason": "x"}])
    with pytest.raises(Invalid, match="not on the sheet"):
        run("payapp.certify", "pm", payapp=uid, by="A", lines=[{"item": "9", "amount": "1.00", "reason": "x"}])
    with pytest.raises(Refused, match="with the certifier"):
        run("contract.retain", "pm", contract=made["contract"], work="0.05")
    with pytest.raises(CannotMove):
        run("payapp.submit", "pm", payapp=uid)


def test_a_change_order_approved_meanwhile_gets_its_line_in_the_pencil_application() -> None:
    from bifocal.projects.payapps.models import PayApp
    from bifocal.projects.payapps.queries import sheet

    made = factories.project()
    uid = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    sent = factories.sent_change(made, "1500.00")
    run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="Jonah Reed")
    run("payapp.fill", "pm", payapp=uid, lines=[{"item": sent["number"], "percent": 100}])
    got = sheet(PayApp.objects.get(uid=uid))
    assert (got.summary["2"], got.summary["3"], got.changes["this_additions"]) == (D(1500), D(101500), D(1500))


def test_statutes_and_rights_hold_at_the_terms() -> None:
    from bifocal.kernel.parties.models import Site

    made = factories.project()
    Site.objects.filter(uid=made["site"]).update(state="CA")
    with pytest.raises(Refused, match="CA allows at most 5%"):
        run("contract.retain", "pm", contract=made["contract"], work="0.10")
    run("contract.retain", "pm", contract=made["contract"], work="0.05")
    run("contract.retain", "pm", contract=made["contract"], work="0.10", sector="public")
    with pytest.raises(NotAllowed):
        run("contract.retain", "books", contract=made["contract"], work="0.01")
    with pytest.raises(Invalid, match="no item 77"):
        run("contract.retain", "pm", contract=made["contract"], work="0.05", lines=[{"item": "77", "work": "0.05"}])


def test_the_paper_shows_the_change_orders_of_this_month_and_before() -> None:
    import io

    from pypdf import PdfReader

    from bifocal.kernel.documents.paper import render
    from bifocal.projects.payapps.models import PayApp
    from bifocal.projects.payapps.queries import paper_data

    made = factories.project()
    for cost in ("1500.00", "-400.00"):
        sent = factories.sent_change(made, cost)
        run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="Jonah Reed")
    uid = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    data = paper_data(PayApp.objects.get(uid=uid))
    assert data["changes"] == {
        "prior_additions": "0.00",
        "prior_deductions": "0.00",
        "this_additions": "1,500.00",
        "this_deductions": "-400.00",
    }
    text = PdfReader(io.BytesIO(render("payapp", data))).pages[0].extract_text()
    assert "Change orders" in text and "1,500.00" in text and "-400.00" in text and "1,100.00" in text
