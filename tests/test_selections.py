"""Selections: chosen by link, late ones say what they delay, allowances settle to one change order to the cent."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bifocal.lib.errors import DomainError, Invalid, NotAllowed, NotFound, Refused
from tests import factories
from tests.conftest import run, settle
from tests.test_change_events import as_link

pytestmark = pytest.mark.django_db
CODE = "22-0000"


def picture(kind: str = "PNG") -> str:
    out = BytesIO()
    Image.new("RGB", (8, 6), "teal").save(out, kind)
    return base64.b64encode(out.getvalue()).decode()


def listed(lead: int = 0, far: int = 40) -> dict[str, Any]:
    """A project whose tile needs `far` working days before it; tile (2,000) and faucet (600) to choose."""
    made = factories.project()
    acts = [{"code": "T1", "name": "Rough-in", "days": far}, {"code": "T2", "name": "Tile", "days": 5, "after": ["T1"]},
            {"code": "T3", "name": "Trim", "days": 3, "after": ["T2"]}]  # fmt: skip
    run("schedule.plan", "pm", job=made["job"], activities=acts)
    run("budget.set", "pm", job=made["job"], lines=[{"cost_code": CODE, "cost_type": "M", "amount": "5000.00"}])
    run("selection.rule", "pm", job=made["job"], tax="0.06", markup="0.20")
    tile = run("selection.plan", "pm", job=made["job"], title="Tile", allowance="2000.00", cost_code=CODE, activity="T2", lead_days=lead)[
        "uid"
    ]
    faucet = run("selection.plan", "pm", job=made["job"], title="Faucet", allowance="600.00", cost_code=CODE)["uid"]
    made |= {"tile": tile, "faucet": faucet, "choices": {}}
    for s, name, goods in ((tile, "Porcelain", "2350.00"), (tile, "Ceramic", "1886.79"), (faucet, "Brass", "450.00")):
        made["choices"][name] = run("selection.offer", "pm", selection=s, name=name, goods=goods)["uid"]
    return made


def link(made: dict[str, Any]) -> dict[str, Any]:
    return run("selection.send", "pm", job=made["job"], name="Ida Kern", email="ida@example.com")


def choose(made: dict[str, Any], sent: dict[str, Any], what: str, name: str) -> dict[str, Any]:
    args = {"list": sent["uid"], "selection": made[what], "choice": made["choices"][name], "name": "Ida Kern", "address": "10.0.0.1"}
    return as_link(sent["link_path"], "selection.choose", **args)


def test_allowances_settle_to_one_change_order_that_moves_contract_and_budget() -> None:
    """2,350 + 6% = 2,491 − 2,000 = 491, + 20% = 589.20; 450 + 6% = 477 − 600 = −123 without markup: 466.20 in all, 368 of cost."""
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.budget.queries import revised
    from bifocal.projects.changes.models import ChangeOrder
    from bifocal.projects.contracts.models import Contract
    from bifocal.projects.selections.models import Decision, Selection

    made = listed()
    sent = link(made)
    assert D(choose(made, sent, "tile", "Porcelain")["total"]) == D("589.20")
    choose(made, sent, "faucet", "Brass")
    doc = run("selection.settle", "pm", job=made["job"])
    change = ChangeOrder.objects.get(document__uid=doc["uid"])
    assert (change.cost, change.price) == (D("368.00"), D("466.20"))
    assert [(li.cost, li.price) for li in change.lines.order_by("id")] == [(D("491.00"), D("589.20")), (D("-123.00"), D("-123.00"))]
    out = run("change.send", "pm", change=doc["uid"], approver=made["approver"])
    as_link(out["link_path"], "change.approve", change=doc["uid"], sha256=out["sha256"], name="Ida Kern")
    job = Job.objects.get(uid=made["job"])
    assert Contract.objects.get(job=job).sum == D("100466.20") and revised(job)[CODE, "M"] == D("5368.00")
    assert {s.status for s in Selection.objects.filter(list__job=job)} == {"settled"} and Decision.objects.filter(
        selection__list__job=job
    ).count() == 2
    with pytest.raises(Refused, match="settled by a change order already"):
        choose(made, sent, "tile", "Ceramic")
    with pytest.raises(Refused, match="Nothing is chosen"):
        run("selection.settle", "pm", job=made["job"])
    settle()


def test_a_late_choice_says_what_it_delays_and_one_in_time_does_not() -> None:
    from bifocal.projects.selections.models import Decision

    early = listed(lead=10)
    assert choose(early, link(early), "tile", "Porcelain")["delay"] == ""
    late = listed(lead=60, far=20)
    got = choose(late, link(late), "tile", "Porcelain")
    row = Decision.objects.filter(selection__uid=late["tile"]).get()
    assert got["late"] and row.late and got["delay"].startswith("delays Tile by ") and "completion by" in got["delay"]
    slow = listed(far=5)
    special = run("selection.offer", "pm", selection=slow["tile"], name="Zellige", goods="1.00", lead_days=90)["uid"]
    slow["choices"]["Zellige"] = special
    sent = link(slow)
    assert choose(slow, sent, "tile", "Porcelain")["delay"] == "" and "delays Tile" in choose(slow, sent, "tile", "Zellige")["delay"]


def test_the_last_day_follows_the_schedule() -> None:
    from bifocal.projects.selections.models import Selection
    from bifocal.projects.selections.queries import Plan, due

    made = listed(lead=7, far=10)
    row = Selection.objects.get(uid=made["tile"])
    plan = Plan(row.list.job)
    needed = plan.needed("T2")
    assert needed and due(row, plan) == needed - timedelta(days=7)
    run("schedule.plan", "pm", job=made["job"], activities=[{"code": "T1", "name": "Rough-in", "days": 20}])
    later = due(row, Plan(row.list.job))
    assert later and later > needed - timedelta(days=7) and due(Selection.objects.get(uid=made["faucet"]), plan) is None
    fixed = run("selection.plan", "pm", job=made["job"], title="Door", cost_code=CODE, activity="T3", due=date(2030, 1, 2))["uid"]
    assert due(Selection.objects.get(uid=fixed), plan) == date(2030, 1, 2)


def test_a_client_sees_and_chooses_from_their_own_list_alone() -> None:
    mine, other = listed(), listed()
    sent = link(mine)
    with pytest.raises(Invalid, match="not on your list"):
        choose({**mine, "tile": other["tile"]}, sent, "tile", "Porcelain")
    with pytest.raises(Invalid, match="not on the list any more"):
        choose({**mine, "choices": other["choices"]}, sent, "tile", "Porcelain")
    with pytest.raises(NotFound):
        as_link(
            sent["link_path"],
            "selection.choose",
            list=link(other)["uid"],
            selection=other["tile"],
            choice=other["choices"]["Ceramic"],
            name="Ida",
        )
    with pytest.raises(NotAllowed):
        choose_args = {"list": sent["uid"], "selection": mine["tile"], "choice": mine["choices"]["Ceramic"], "name": "Pm"}
        run("selection.choose", "pm", **choose_args)
    for key in ("tech", "dispatch"):
        with pytest.raises(DomainError):
            run("selection.settle", key, job=mine["job"])
    run("link.revoke", "pm", link=sent["link"])
    with pytest.raises(NotFound):
        choose(mine, sent, "tile", "Ceramic")


def test_what_is_chosen_can_be_chosen_anew_until_it_is_settled_and_the_log_keeps_it_all() -> None:
    from bifocal.projects.selections.models import Decision

    made = listed()
    sent = link(made)
    choose(made, sent, "tile", "Porcelain")
    choose(made, sent, "tile", "Ceramic")
    with pytest.raises(Refused, match="is what was chosen"):
        run("selection.drop", "pm", selection=made["tile"], choice=made["choices"]["Ceramic"])
    run("selection.reopen", "pm", selection=made["tile"], reason="out of stock")
    run("selection.drop", "pm", selection=made["tile"], choice=made["choices"]["Ceramic"])
    with pytest.raises(Invalid, match="not on the list any more"):
        choose(made, sent, "tile", "Ceramic")
    run("selection.note", "pm", selection=made["tile"], choice=made["choices"]["Porcelain"], by="Ida Kern", why="on the phone")
    log = [(d.choice.name if d.choice else None, d.by) for d in Decision.objects.filter(selection__uid=made["tile"]).order_by("id")]
    assert [c for c, _ in log] == ["Porcelain", "Ceramic", None, "Porcelain"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("tile.jpg", b"<svg onload=alert(1)>"), ("tile.png", b"<html><script>alert(1)</script>"), ("a.png", b"%PDF-1.4 x"), ("a.gif", b"GIF89a" + b"\x00" * 20),
     ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40), ("x.jpg", b"MZ\x00\x01")],
)  # fmt: skip
def test_a_hostile_picture_is_refused(name: str, data: bytes) -> None:
    made = listed()
    with pytest.raises(Invalid):
        run("selection.offer", "pm", selection=made["tile"], name="X", goods="1", content=base64.b64encode(data).decode(), filename=name)


def test_a_picture_is_shown_to_the_holder_of_the_link_and_to_nobody_elses() -> None:
    from django.test import Client

    from bifocal.projects.selections.models import SelectionChoice

    made, other = listed(), listed()
    uid = run("selection.offer", "pm", selection=made["tile"], name="Slate", goods="9", content=picture(), filename="../../slate.png")[
        "uid"
    ]
    file = SelectionChoice.objects.get(uid=uid).picture
    assert file is not None and file.media_type == "image/png" and "/" not in file.name
    mine, theirs = link(made)["link_path"], link(other)["link_path"]
    client = Client()
    assert client.get(f"{mine}/files/{file.uid}").status_code == 200
    assert client.get(f"{theirs}/files/{file.uid}").status_code == 404


def test_the_signed_proposals_allowances_become_selections() -> None:
    from bifocal.projects.selections.models import Selection
    from tests.test_estimates import sent, sign, started

    made = started()
    p = sent(made)
    sign(p, [made["options"]["Ceramic"]])
    from bifocal.kernel.jobs.models import Job

    job = str(Job.objects.get(estimates__uid=made["uid"]).uid)
    assert len(run("selection.from_estimate", "pm", job=job)["made"]) == 1 and run("selection.from_estimate", "pm", job=job)["made"] == []
    row = Selection.objects.get(list__job__uid=job)
    assert (row.title, row.allowance) == ("Faucet", D("350.00")) and row.activity and row.activity.code == "E020"
    with pytest.raises(Refused, match="No signed proposal"):
        run("selection.from_estimate", "pm", job=factories.project()["job"])
    assert datetime.now(UTC)
