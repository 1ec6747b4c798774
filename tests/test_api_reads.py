"""Every read of the API answers, strangers see nothing of it, whatever goes wrong is a problem document, deletions leave tombstones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.kernel.jobs.models import Job
from tests.conftest import run
from tests.factories import call, customer, project, sent_change, site
from tests.test_api import client
from tests.test_bids import estimate, package
from tests.test_commitments import executed
from tests.test_service import START, dana, planned, worked
from tests.test_subapps import invited

pytestmark = pytest.mark.xdist_group("server")
PROBLEM = "application/problem+json"


def filled() -> dict[str, Any]:
    """Both paths, far enough that every read has something to show."""
    made, done = project(), worked()
    invoice = run("job.bill", "tech", job=done["uid"])
    pay = run(
        "payment.take", "tech", job=done["uid"], amount="100.00", method="check", parts=[{"invoice": invoice["uid"], "amount": "100.00"}]
    )
    vendor = run("vendor.add", "books", name=f"Supply {uuid4().hex[:6]}")["uid"]
    line = {"description": "Duct", "amount": "84.00", "job": made["job"], "cost_code": "23-3000", "cost_type": "S"}
    bill = run("bill.post", "books", vendor=vendor, vendor_number=uuid4().hex[:8], date=date.today(), lines=[line])["uid"]
    change = sent_change(made)["uid"]
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=date.today())["uid"]
    event = run("event.open", "pm", job=made["job"], title="Beam in the way")["uid"]
    run("ticket.write", "super", job=made["job"], day=date.today(), title="Cut duct", labor=[{"name": "Helper", "hours": "4"}])
    order = executed({"job": made["job"]})
    theirs = invited(order)["uid"]
    e = estimate()
    bids = package(e)
    run("selection.plan", "pm", job=made["job"], title="Tile", allowance="100.00", cost_code="23-0000")
    proposal = run("board.optimise", "owner", branch="BAL", day=date.today(), scope="unassigned", seconds=1)["uid"]
    return {**made, "estimate": e["uid"], "bid-package": bids["uid"], "commitment": order["uid"], "subapp": theirs, "event": event, "proposal": proposal, "service": done["uid"], "visit": done["visit"], "invoice": invoice["uid"], "payment": pay["uid"], "vendor": vendor, "bill": bill,
            "document": change, "payapp": app, "person": dana()}  # fmt: skip


def fill_in(path: str, made: dict[str, Any]) -> str:
    """The path with a record of its own kind."""
    kind = path.strip("/").split("/")[0].removesuffix("s")
    key = {"customer": "customer", "site": "site", "job": "job", "people": "person", "history": "job", "ledger": "invoice"}.get(kind, kind)
    path = path.replace("{code}", "23-3000").replace("{cost_type}", "S").replace("{column}", "k")
    return path.replace("{uid}", str(made.get(key))).replace("{source}", str(made["invoice"])).replace("{request_id}", str(uuid4()))


def test_every_read_answers_the_owner_and_no_stranger_and_its_schema_is_published(server: str) -> None:
    from bifocal.front.api import api

    made, owner, day = filled(), client(server, "owner"), str(date.today())
    reads = [p for p, ways in api.get_openapi_schema()["paths"].items() if "get" in ways and "/files/" not in p]
    assert len(reads) > 45
    for full in reads:
        path = fill_in(full.removeprefix("/api/v1"), made)
        reply = owner.get(
            path,
            params={
                "day": day,
                "q": "a",
                "start": f"{day}T08:00:00Z",
                "end": f"{day}T17:00:00Z",
                "first": day,
                "last": day,
                "on": day,
                "upto": day,
            },
        )
        assert reply.status_code == 200, f"{path}: {reply.text[:300]}"
        stranger = httpx.get(f"{server}/api/v1{path}", params={"day": day})
        assert (stranger.status_code, stranger.headers["content-type"]) == (401, PROBLEM), path


@pytest.mark.parametrize("key", ["tech", "dispatch", "super"])
def test_nobody_but_who_may_reads_the_books_or_cost(server: str, key: str) -> None:
    who = client(server, key)
    for path in ("/ledger/trial-balance", "/ledger/journal", "/ledger/checks", "/reports/margin", "/reports/aging", "/bills"):
        reply = who.get(path)
        assert (reply.status_code, reply.headers["content-type"]) == (403, PROBLEM), path


def test_whatever_goes_wrong_is_a_problem_document(server: str) -> None:
    owner = client(server, "owner")
    for reply, status in (
        (owner.get("/nonsense"), 404), (owner.get(f"/jobs/{uuid4()}"), 404), (owner.get("/jobs/not-a-uuid"), 422),
        (owner.get("/jobs", params={"cursor": "%%%"}), 422), (owner.get("/jobs", params={"size": 0}), 422),
        (owner.get("/changes", params={"cursor": "???"}), 422), (owner.delete("/jobs"), 405), (owner.get("/commands/call.book"), 405),
        (owner.post("/commands/no.such", json={}), 404), (owner.post("/commands/vendor.add", content=b"{", headers={"Content-Type": "application/json"}), 400),
        (owner.post("/commands/vendor.add", json={"nope": 1}), 422), (owner.post("/commands/vendor.add", json={"name": "x" * 999}), 422),
    ):  # fmt: skip
        assert (reply.status_code, reply.headers["content-type"]) == (status, PROBLEM), reply.text
        body = reply.json()
        assert body["status"] == status and body["code"] and body["title"].endswith((".", "!", "?")), body


def test_decision_7_deletions_are_tombstones_in_the_stream_of_changes(server: str) -> None:
    owner = client(server, "owner")
    made = worked(START + timedelta(days=1))
    draft = run("job.bill", "books", job=made["uid"], post=False)["uid"]
    other = worked(START + timedelta(days=2), job_type="HEAT-REPAIR")
    run("job.bill", "tech", job=other["uid"])
    promoted = run("job.promote", "pm", job=other["uid"], number="T-1", sum="20000.00", starts=date.today(),
                   lines=[{"item": "1", "description": "Work", "scheduled_value": str(20000 - billed(other["uid"])), "cost_code": "23-0000"}])["uid"]  # fmt: skip
    activity = str(Job.objects.get(uid=other["uid"]).activities.order_by("id")[0].uid)
    cursor = owner.get("/changes").json()["cursor"]
    run("invoice.delete_draft", "books", invoice=draft, reason="wrong job")
    run("job.demote", "pm", job=other["uid"], reason="not signed after all")
    rows: list[dict[str, Any]] = []
    while got := owner.get("/changes", params={"cursor": cursor, "size": 3}).json():
        rows, cursor = rows + got["rows"], got["cursor"]
        if not got["rows"]:
            break
    gone = {(r["kind"], r["uid"]) for r in rows if r["removed"]}
    assert {("invoice", str(draft)), ("contract", str(promoted)), ("activity", activity)} <= gone
    assert owner.get(f"/invoices/{draft}").status_code == 404 and owner.get(f"/contracts/{promoted}").status_code == 404
    assert [r for r in rows if not r["removed"] and r["name"] == "JobDemoted"]
    assert all(c["ok"] for c in close_checks())


def billed(job: str) -> Any:
    from bifocal.kernel.billing.queries import billed_net

    return billed_net(Job.objects.get(uid=job))


def test_the_cursor_neither_skips_nor_repeats_in_small_steps(server: str) -> None:
    owner = client(server, "owner")
    cursor = owner.get("/changes").json()["cursor"]
    made = [str(customer()["uid"]) for _ in range(4)]
    for uid in made:
        site(uid)
    seen: list[str] = []
    while rows := (got := owner.get("/changes", params={"cursor": cursor, "size": 1}).json())["rows"]:
        assert len(rows) == 1
        seen, cursor = seen + [r["uid"] for r in rows if r["name"] == "CustomerAdded"], got["cursor"]
    assert seen == made


def test_the_board_shows_the_day_over_the_api(server: str) -> None:
    made = planned(START + timedelta(days=3))
    from bifocal.service.visits.models import Visit

    day = Visit.objects.get(uid=made["visit"]).planned.lower.date()
    board = client(server, "dispatch").get("/board", params={"day": str(day), "branch": "BAL"}).json()
    bands = [b for p in board["people"] for b in p["bands"] if b["visit"] and b["visit"]["uid"] == str(made["visit"])]
    assert len(bands) == 1 and bands[0]["use"] == "visit"
    assert [c["name"] for c in board["columns"]] == ["open", "scheduled", "in_progress", "waiting_on_parts", "ready_to_bill"]
    assert str(call()["visit"]) in {v["uid"] for v in client(server, "dispatch").get("/board", params={"branch": "BAL"}).json()["tray"]}
