"""Applications of subcontractors by link: overbilling, decisions by line, waivers, and the gates before the check."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, NotFound, Refused
from tests.conftest import run, settle
from tests.test_change_events import as_link
from tests.test_commitments import executed, figures, project

pytestmark = pytest.mark.django_db
TODAY = date.today()


def invited(c: dict[str, Any], **more: Any) -> dict[str, Any]:
    return run("subapp.invite", "pm", commitment=c["uid"], period_to=TODAY, name="Lou Sub", email="lou@example.com", **more)


def submitted(c: dict[str, Any], amount: str, **more: Any) -> dict[str, Any]:
    app = invited(c, **more)
    as_link(app["link_path"], "subapp.fill", subapp=app["uid"], lines=[{"item": "1", "amount": amount}])
    as_link(app["link_path"], "subapp.submit", subapp=app["uid"], name="Lou Sub", address="10.0.0.9")
    return app


def approved(c: dict[str, Any], amount: str, **more: Any) -> tuple[dict[str, Any], Any]:
    from bifocal.projects.subapps.models import SubApp

    app = submitted(c, amount, **more)
    run("subapp.approve", "pm", subapp=app["uid"])
    return app, SubApp.objects.get(uid=app["uid"]).bill


def pay(c: dict[str, Any], bill: Any, amount: str, **more: Any) -> None:
    run("bill.pay", "books", vendor=c["vendor"], parts=[{"bill": bill.uid, "amount": amount}], **more)


def test_from_the_invitation_to_the_unconditional_waiver() -> None:
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.projects.subapps.models import LienWaiver, SubApp

    made = project()
    c = executed(made)
    app, bill = approved(c, "8000.00")
    assert (bill.total, bill.retainage, bill.open_amount) == (D(8000), D(800), D(7200))
    waiver = LienWaiver.objects.get(subapp__uid=app["uid"])
    assert (waiver.sort, waiver.status, waiver.amount, waiver.signer, waiver.address) == (
        "conditional_progress",
        "signed",
        D(7200),
        "Lou Sub",
        "10.0.0.9",
    )
    with pytest.raises(Refused, match="only after the payment has cleared"):
        as_link(app["link_path"], "waiver.sign", subapp=app["uid"], sort="unconditional_progress", name="Lou Sub")
    with pytest.raises(Refused, match="not paid yet"):
        run("subapp.clear", "books", subapp=app["uid"])
    pay(c, bill, "7200.00")
    run("subapp.clear", "books", subapp=app["uid"])
    as_link(app["link_path"], "waiver.sign", subapp=app["uid"], sort="unconditional_progress", name="Lou Sub")
    assert {w.sort: w.status for w in LienWaiver.objects.filter(subapp__uid=app["uid"])} == {
        "conditional_progress": "superseded", "unconditional_progress": "effective",
    }  # fmt: skip
    assert SubApp.objects.get(uid=app["uid"]).status == "approved" and figures(made)["l"] == D(8000)
    assert all(x["ok"] for x in close_checks())
    settle()


def test_overbilling_is_refused_and_what_was_approved_before_counts() -> None:
    made = project()
    c = executed(made)
    approved(c, "15000.00")
    app = invited(c)
    with pytest.raises(Refused, match=r"15,000\.00 billed before: 5,000\.01 is too much"):
        as_link(app["link_path"], "subapp.fill", subapp=app["uid"], lines=[{"item": "1", "amount": "5000.01"}])
    as_link(app["link_path"], "subapp.fill", subapp=app["uid"], lines=[{"item": "1", "percent": 100}])
    as_link(app["link_path"], "subapp.submit", subapp=app["uid"], name="Lou")
    with pytest.raises(Refused, match="open application"):
        invited(c)


def test_lines_are_approved_lower_with_a_comment_and_the_claim_is_kept() -> None:
    from bifocal.projects.subapps.models import SubApp

    made = project()
    app = submitted(executed(made), "9000.00")
    for wrong, why in (({"approved": "8000.00"}, "Say why"), ({"approved": "9000.01", "comment": "x"}, "more can't")):
        with pytest.raises((Invalid, Refused), match=why):
            run("subapp.approve", "pm", subapp=app["uid"], lines=[{"item": "1", **wrong}])
    run("subapp.approve", "pm", subapp=app["uid"], lines=[{"item": "1", "approved": "7000.00", "comment": "Two fans missing"}])
    row = SubApp.objects.get(uid=app["uid"])
    line = row.lines.get()
    assert (row.status, line.claimed, line.approved, figures(made)["l"]) == ("approved_as_noted", D(9000), D(7000), D(7000))
    with pytest.raises(CannotMove):
        run("subapp.approve", "pm", subapp=app["uid"])


def test_a_supplier_who_is_named_twice_waives_once() -> None:
    from bifocal.kernel.parties.models import Vendor
    from bifocal.projects.subapps.models import LienWaiver

    c = executed(project())
    own = Vendor.objects.get(uid=c["vendor"]).name
    app = submitted(c, "1000.00", suppliers=[own, "Duct Supply Inc.", "Duct Supply Inc.", " "])
    assert [w.claimant for w in LienWaiver.objects.filter(subapp__uid=app["uid"]).order_by("id")] == [own, "Duct Supply Inc."]


def test_sent_back_it_is_filled_and_signed_again() -> None:
    from bifocal.projects.subapps.models import LienWaiver

    app = submitted(executed(project()), "9000.00")
    run("subapp.return", "pm", subapp=app["uid"], reason="Split the equipment out")
    assert LienWaiver.objects.get(subapp__uid=app["uid"]).status == "required"
    as_link(app["link_path"], "subapp.fill", subapp=app["uid"], lines=[{"item": "1", "amount": "6000.00"}])
    as_link(app["link_path"], "subapp.submit", subapp=app["uid"], name="Lou")
    assert LienWaiver.objects.get(subapp__uid=app["uid"]).amount == D(5400)


def test_the_check_is_held_by_papers_by_a_suppliers_waiver_and_by_an_old_unconditional_one() -> None:
    from bifocal.projects.commitments.models import VendorPaper
    from bifocal.projects.subapps.queries import pay_run

    c = executed(project())
    first, bill = approved(c, "5000.00")
    VendorPaper.objects.filter(vendor__uid=c["vendor"], sort="insurance").update(until=TODAY - timedelta(days=1))
    with pytest.raises(Refused, match="certificate of insurance ran out"):
        pay(c, bill, "4500.00")
    run("vendor.show", "books", vendor=c["vendor"], sort="insurance", until=TODAY + timedelta(days=300))
    pay(c, bill, "4500.00")
    run("subapp.clear", "books", subapp=first["uid"])
    second, bill = approved(c, "3000.00", suppliers=["Duct Supply Inc."])
    with pytest.raises(Refused, match="unconditional waiver for application 1 is missing; the waiver of Duct Supply Inc. is not signed"):
        pay(c, bill, "2700.00")
    assert [len(r["why"]) for r in pay_run(TODAY) if r["bill"].pk == bill.pk] == [2]
    run("waiver.sign", "pm", subapp=first["uid"], sort="unconditional_progress", name="Lou")
    run("waiver.sign", "pm", subapp=second["uid"], sort="conditional_progress", claimant="Duct Supply Inc.", name="Del", amount="800.00")
    pay(c, bill, "2700.00")


def test_a_waiver_that_covers_less_holds_the_rest_and_an_override_is_told() -> None:
    from bifocal.core.models import Fact
    from bifocal.projects.subapps.models import LienWaiver

    c = executed(project())
    app, bill = approved(c, "5000.00")
    LienWaiver.objects.filter(subapp__uid=app["uid"]).update(amount="2000.00")
    with pytest.raises(Refused, match=r"covers 2,000\.00 of 4,500\.00"):
        pay(c, bill, "2000.01")
    pay(c, bill, "2000.00")
    pay(c, bill, "2500.00", override="Joint check sent to the supplier")
    assert Fact.objects.filter(name="BillPaid", payload__override="Joint check sent to the supplier").exists()


def test_a_subcontractor_sees_only_his_own_and_decides_nothing() -> None:
    made = project()
    a, b = invited(executed(made, amount="9000.00")), invited(executed(made, amount="9000.00"))
    for command, args in (("subapp.fill", {"lines": []}), ("subapp.submit", {"name": "x"})):
        with pytest.raises(NotFound):
            as_link(a["link_path"], command, subapp=b["uid"], **args)
    with pytest.raises(NotAllowed):
        as_link(a["link_path"], "subapp.approve", subapp=a["uid"])
    with pytest.raises(NotAllowed):
        run("subapp.approve", "viewer", subapp=a["uid"])
