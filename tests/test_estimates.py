"""From a sheet to a signed project in one act: versions, options, the proposal's refusals, races, small jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any
from uuid import uuid4

import pytest

from bifocal.lib.errors import CannotMove, DomainError, Invalid, NotAllowed, NotFound, Refused, StaleVersion
from tests.conftest import run, settle
from tests.factories import customer, site
from tests.test_change_events import as_link

pytestmark = pytest.mark.django_db


def started(becomes: str = "project", **more: Any) -> dict[str, Any]:
    """A bath: labor and material in two phases, a tile group of two, heat as an extra, a faucet allowance."""
    who = customer(sort="residential", **more)["uid"]
    e = run("estimate.write", "pm", customer=who, site=site(who), title="Bath remodel", becomes=becomes)["uid"]
    for n, (name, group) in enumerate([("Ceramic", "Tile"), ("Marble", "Tile"), ("Heated floor", "")]):
        made = run("estimate.option", "pm", estimate=e, name=name, group=group, usual=n == 0)["uid"]
        more[name] = made
    supply = run("vendor.add", "books", name=f"Tile House {uuid4().hex[:6]}")["uid"]
    lines = [
        {"description": "Demolition", "cost_code": "01-0000", "cost_type": "L", "quantity": "24", "unit": "h", "unit_cost": "52", "phase": "10"},
        {"description": "Rough plumbing", "cost_code": "22-0000", "cost_type": "L", "quantity": "6", "per_hour": "0.25", "unit_cost": "68", "phase": "10"},
        {"description": "Pipe and fittings", "cost_code": "22-0000", "cost_type": "M", "quantity": "1", "unit_cost": "420.00", "waste": "0.10", "phase": "10"},
        {"description": "Faucet", "cost_code": "22-0000", "cost_type": "M", "quantity": "1", "unit_cost": "350", "phase": "20", "allowance": True},
        {"description": "Ceramic tile", "cost_code": "26-5000", "cost_type": "M", "quantity": "90", "unit": "sf", "unit_cost": "4.50", "phase": "20",
         "option": more["Ceramic"], "vendor": supply},
        {"description": "Marble tile", "cost_code": "26-5000", "cost_type": "M", "quantity": "90", "unit": "sf", "unit_cost": "14", "phase": "20",
         "option": more["Marble"], "vendor": supply},
        {"description": "Heat mat", "cost_code": "26-0000", "cost_type": "M", "quantity": "1", "unit_cost": "900", "phase": "20", "option": more["Heated floor"]},
    ]  # fmt: skip
    answer = run("estimate.edit", "pm", estimate=e, lines=lines)
    run(
        "estimate.terms",
        "pm",
        estimate=e,
        phases={"10": "Rough-in", "20": "Finishes"},
        charges=[{"name": "Overhead and profit", "rate": "0.25"}],
    )
    return {"uid": e, "customer": who, "options": more, "answer": answer, "vendor": supply}


def sent(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    return run("proposal.send", "pm", estimate=made["uid"], name="Ida Kern", email="ida@example.com", **more)


def sign(p: dict[str, Any], chosen: list[str], *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    from bifocal.core.commands import Call, execute
    from bifocal.core.links import actor_of, open_link

    now = at or datetime.now(UTC)
    actor = actor_of(open_link(p["link_path"].rsplit("/", 1)[-1], now=now))
    args = {"proposal": p["uid"], "sha256": p["sha256"], "chosen": chosen, "name": "Ida Kern", **more}
    return execute("proposal.accept", args, actor=actor, call=Call.new(occurred_at=now))


def test_a_signed_proposal_is_a_project_and_every_figure_agrees() -> None:
    from bifocal.bridges.portfolio.queries import close_checks
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.budget.queries import revised
    from bifocal.projects.commitments.models import Commitment
    from bifocal.projects.contracts.models import Contract
    from bifocal.projects.estimates.models import Estimate, Proposal

    made = started()
    o, p = made["options"], sent(made)
    # cost: 24 h x 52 = 1,248; 6 / 0.25 = 24 h x 68 = 1,632; 420 x 1.10 = 462; 350; ceramic 405 -> 4,097; x 1.25 = 5,121.25
    assert D(p["price"]) == D("5121.25")
    sign(p, [o["Marble"], o["Heated floor"]], address="10.1.1.1")
    # marble 1,260 and heat 900 instead of ceramic: 5,852 x 1.25
    row = Proposal.objects.get(uid=p["uid"])
    contract = Contract.objects.get(job__estimates__uid=made["uid"])
    assert contract.sum == row.price == D("7315.00") == sum(li.scheduled_value for li in contract.sov.all())
    assert (contract.status, contract.number) == ("approved", Estimate.objects.get(uid=made["uid"]).number)
    plan = revised(contract.job)
    assert sum(plan.values()) == D("5852.00") and plan["22-0000", "L"] == D("1632.00") and plan["22-0000", "M"] == D("812.00")
    acts = {a.code: (a.name, a.days) for a in contract.job.activities.all()}
    assert acts["E010"] == ("Rough-in: General conditions", 2) and acts["E020"][1] == 2 and set(acts) == {"E000", "E010", "E020", "E990"}
    order = Commitment.objects.get(job=contract.job)
    assert (order.sort, order.status, order.sum, str(order.vendor.uid)) == ("purchase_order", "draft", D("1260.00"), made["vendor"])
    assert Job.objects.get(pk=contract.job_id).work_status == "in_progress"
    assert (row.signed_name, row.signed_address, row.made["contract"]) == ("Ida Kern", "10.1.1.1", str(contract.uid))
    assert all(c["ok"] for c in close_checks())
    settle()


def test_signing_twice_changes_nothing_and_another_choice_is_refused() -> None:
    from bifocal.projects.contracts.models import Contract

    made = started()
    o, p = made["options"], sent(made)
    first = sign(p, [o["Ceramic"]])
    count = Contract.objects.count()
    assert sign(p, [o["Ceramic"]])["uid"] == first["uid"] and Contract.objects.count() == count
    with pytest.raises(Refused, match="signed by Ida Kern already, with another choice"):
        sign(p, [o["Marble"]])
    with pytest.raises(Refused, match="can't be changed any more"):
        run("estimate.edit", "pm", estimate=made["uid"], lines=[])


def test_an_old_paper_an_expired_one_a_wrong_choice_and_a_stranger_are_refused() -> None:
    from bifocal.projects.estimates.models import Proposal

    made = started()
    o, p = made["options"], sent(made)
    with pytest.raises(StaleVersion, match="not the newest"):
        as_link(p["link_path"], "proposal.accept", proposal=p["uid"], sha256="0" * 64, chosen=[o["Ceramic"]], name="Ida")
    with pytest.raises(Invalid, match="Choose one for 'Tile'"):
        sign(p, [])
    run(
        "estimate.edit",
        "pm",
        estimate=made["uid"],
        lines=[{"description": "Dumpster", "cost_code": "01-0000", "cost_type": "O", "unit_cost": "400"}],
    )
    newer = sent(made)
    with pytest.raises(StaleVersion, match="not the newest"):
        sign(p, [o["Ceramic"]])
    with pytest.raises(NotFound):
        as_link(p["link_path"], "proposal.accept", proposal=newer["uid"], sha256=newer["sha256"], chosen=[o["Ceramic"]], name="Ida")
    with pytest.raises(NotAllowed):
        run("proposal.accept", "pm", proposal=newer["uid"], sha256=newer["sha256"], chosen=[o["Ceramic"]], name="Priya")
    for key in ("tech", "dispatch"):
        with pytest.raises(DomainError):
            run("proposal.send", key, estimate=made["uid"], name="X")
    until = Proposal.objects.get(uid=newer["uid"]).until
    Proposal.objects.filter(uid=newer["uid"]).update(until=until - timedelta(days=32))
    with pytest.raises(Refused, match="was good until"):
        sign(newer, [o["Ceramic"]])
    Proposal.objects.filter(uid=newer["uid"]).update(until=until)
    with pytest.raises(NotFound, match="does not work any more"):
        sign(newer, [o["Ceramic"]], at=datetime.now(UTC) + timedelta(days=33))
    run("proposal.withdraw", "pm", proposal=newer["uid"], reason="prices moved")
    with pytest.raises(Refused, match="is withdrawn"):
        sign(newer, [o["Ceramic"]])


def test_the_offer_that_is_out_stands_as_it_was_read_while_a_better_one_is_drafted() -> None:
    from bifocal.projects.contracts.models import Contract

    made = started()
    p = sent(made)
    run("estimate.terms", "pm", estimate=made["uid"], charges=[{"name": "More", "rate": "0.90"}])
    sign(p, [made["options"]["Ceramic"]])
    assert Contract.objects.get(job__estimates__uid=made["uid"]).sum == D("5121.25")


def test_two_versions_are_compared_and_a_frozen_one_is_not_the_live_one() -> None:
    from bifocal.projects.estimates.models import Estimate, EstimateLine
    from bifocal.projects.estimates.queries import compared, digest

    made = started()
    v = run("estimate.freeze", "pm", estimate=made["uid"], reason="before the walk")
    row = Estimate.objects.get(uid=made["uid"])
    version = row.versions.get()
    assert version.sha256 == digest(version.content) and version.price == D("5121.25") and v["uid"] == str(version.uid)
    demo = EstimateLine.objects.get(estimate=row, description="Demolition")
    run("estimate.edit", "pm", estimate=made["uid"], lines=[{"uid": demo.uid, "quantity": "30"}])
    found = compared(version, Estimate.objects.get(uid=made["uid"]))
    assert [(r.sort, r.cost, "quantity" in r.fields) for r in found["rows"]] == [("changed", D("312.00"), True)]


def test_the_sheet_answers_every_line_and_refuses_what_it_cannot_read() -> None:
    made = started()
    assert {D(li["cost"]) for li in made["answer"]["lines"]} >= {D("1248.00"), D("1632.00"), D("462.00")}
    e = made["uid"]
    for wrong, said in (
        ({"description": "x", "cost_code": "no-such", "cost_type": "M"}, "no cost code 'no-such'"),
        ({"cost_code": "22-0000", "cost_type": "M"}, "needs a description"), ({"uid": str(uuid4()), "quantity": "1"}, "not there any more"),
        ({"uid": made["answer"]["lines"][0]["uid"], "quantity": "1e30"}, "quantity"), ({"uid": made["answer"]["lines"][0]["uid"], "waste": "-1"}, "waste"),
        ({"uid": made["answer"]["lines"][0]["uid"], "option": "x"}, "not an id"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=said):
            run("estimate.edit", "pm", estimate=e, lines=[wrong])
    with pytest.raises(StaleVersion):
        run("estimate.edit", "pm", estimate=e, lines=[], version=1)
    stranger = run("estimate.write", "pm", customer=made["customer"], site=site(made["customer"]), title="Other")["uid"]
    with pytest.raises(Invalid, match="not there any more"):
        run("estimate.edit", "pm", estimate=stranger, lines=[{"uid": made["answer"]["lines"][0]["uid"], "quantity": "2"}])


def test_an_assembly_becomes_lines_and_a_circle_is_refused_when_it_is_written() -> None:
    from bifocal.projects.estimates.models import EstimateLine

    mark = uuid4().hex[:6]
    pair = [{"formula": "qty", "description": "Receptacle", "cost_code": "26-0000", "unit_cost": "3.10", "waste": "0.02"},
            {"formula": "qty", "description": "Install", "cost_code": "26-0000", "cost_type": "L", "unit_cost": "68", "per_hour": "4"}]  # fmt: skip
    run("assembly.write", "pm", code=f"REC-{mark}", name="Receptacle", parts=pair)
    room = [{"formula": "ceil(perimeter/6)*qty", "assembly": f"REC-{mark}"}]
    run("assembly.write", "pm", code=f"ROOM-{mark}", name="Room", parameters={"perimeter": "40"}, parts=room)
    made = started()
    run("estimate.assemble", "pm", estimate=made["uid"], assembly=f"ROOM-{mark}", quantity="3", parameters={"perimeter": "50"}, phase="10")
    lines = EstimateLine.objects.filter(estimate__uid=made["uid"], source=f"ROOM-{mark} > REC-{mark}")
    assert [(li.description, li.quantity) for li in lines] == [("Receptacle", D(27)), ("Install", D(27))]
    with pytest.raises(Invalid, match="holds itself"):
        run("assembly.write", "pm", code=f"REC-{mark}", name="R", parts=[{"formula": "qty", "assembly": f"ROOM-{mark}"}])
    with pytest.raises(Invalid, match="'nope'"):
        run("assembly.write", "pm", code=f"X-{mark}", name="X", parts=[{"formula": "nope*2", "description": "d", "cost_code": "26-0000"}])


def test_a_long_job_gets_draws_and_a_service_quote_one_invoice_without_a_schedule_of_values() -> None:
    from bifocal.kernel.billing.models import Invoice
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.contracts.models import Contract

    made = started("long_job")
    p = sent(made)
    sign(p, [made["options"]["Ceramic"]])
    job = Job.objects.get(estimates__uid=made["uid"])
    draws = list(Invoice.objects.filter(job=job).order_by("id"))
    assert [d.total for d in draws] == [D("1536.38"), D("2048.50"), D("1536.37")] and sum(d.total for d in draws) == D("5121.25")
    assert job.lens == "service" and not Contract.objects.filter(job=job).exists() and job.activities.count() == 4 and job.budget.exists()
    made = started("service_quote")
    p = sent(made)
    sign(p, [made["options"]["Ceramic"]])
    job = Job.objects.get(estimates__uid=made["uid"])
    invoice = Invoice.objects.get(job=job)
    assert (invoice.status, invoice.sort, invoice.subtotal, job.billing_rule) == ("draft", "service", D("5121.25"), "flat")
    run("visit.add", "dispatch", job=job.uid)
    settle()


def test_what_could_not_be_signed_is_not_sent() -> None:
    from tests.factories import project

    made = project()
    e = run("estimate.write", "pm", customer=made["customer"], site=made["site"], title="More", job=made["job"])["uid"]
    with pytest.raises(Refused, match="no lines"):
        run("proposal.send", "pm", estimate=e, name="Ida")
    run("estimate.edit", "pm", estimate=e, lines=[{"description": "x", "cost_code": "22-0000", "cost_type": "M", "unit_cost": "10"}])
    with pytest.raises(Refused, match="as a change order"):
        run("proposal.send", "pm", estimate=e, name="Ida")
    with pytest.raises(Invalid, match="100"):
        run("estimate.terms", "pm", estimate=e, draws=[{"name": "a", "share": "0.3"}])
    run("estimate.void", "pm", estimate=e, reason="no")
    with pytest.raises((Refused, CannotMove)):
        run("proposal.send", "pm", estimate=e, name="Ida")


def test_a_hold_on_credit_stops_the_signature_without_telling_the_client_why() -> None:
    made = started()
    p = sent(made)
    run("customer.hold", "books", customer=made["customer"], lens="project", reason="owes us 90,000")
    with pytest.raises(Refused, match="can't be signed at the moment") as told:
        sign(p, [made["options"]["Ceramic"]])
    assert "90,000" not in told.value.sentence
