"""Bid packages: from the estimate to bids by link, levelled with plugs, late and sealed ones, the award before and after a contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any
from uuid import uuid4

import pytest

from bifocal.lib.errors import CannotMove, DomainError, Invalid, NotAllowed, NotFound, Refused
from tests import factories
from tests.conftest import run, settle
from tests.factories import customer, site
from tests.test_change_events import as_link

pytestmark = pytest.mark.django_db


def in_days(n: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=n)


def estimate(made: dict[str, Any] | None = None) -> dict[str, Any]:
    """Three subcontracted lines, 10,000 + 4,000 + 1,000, for a customer or for a project that is there."""
    who = made["customer"] if made else customer()["uid"]
    where = made["site"] if made else site(who)
    e = run("estimate.write", "pm", customer=who, site=where, title="Shell", job=made["job"] if made else None)["uid"]
    lines = [
        {"description": d, "cost_code": c, "cost_type": "S", "quantity": q, "unit": "ls", "unit_cost": u}
        for d, c, q, u in (("Duct", "23-3000", "2", "5000"), ("Balance", "23-0000", "1", "4000"), ("Insulate", "23-0000", "1", "1000"))
    ]
    got = run("estimate.edit", "pm", estimate=e, lines=lines)
    return {"uid": e, "lines": got["added"]}


def package(e: dict[str, Any], **more: Any) -> dict[str, Any]:
    from bifocal.projects.bids.models import BidScope

    args = {"due": in_days(5), **more}
    p = run("bid.package", "pm", estimate=e["uid"], title="Sheet metal", lines=e["lines"], **args)
    return {**p, "scope": [str(u) for u in BidScope.objects.filter(package__uid=p["uid"]).values_list("uid", flat=True)]}


def invited(p: dict[str, Any], name: str) -> dict[str, Any]:
    vendor = run("vendor.add", "books", name=f"{name} {uuid4().hex[:6]}", is_subcontractor=True)["uid"]
    return {**run("bid.invite", "pm", package=p["uid"], vendor=vendor, name=name, email=f"{name}@example.com"), "vendor": vendor}


def bid(p: dict[str, Any], i: dict[str, Any], *amounts: str | None, **more: Any) -> dict[str, Any]:
    prices = [{"scope": s, "amount": a} for s, a in zip(p["scope"], amounts, strict=False) if a is not None]
    return as_link(i["link_path"], "bid.give", invitation=i["uid"], prices=prices, name="Lou", **more)


def sheet(p: dict[str, Any]) -> Any:
    from bifocal.projects.bids.models import BidPackage
    from bifocal.projects.bids.queries import sheet as found

    return found(BidPackage.objects.get(uid=p["uid"]), datetime.now(UTC))


def test_bids_are_levelled_with_plugs_and_the_award_is_a_subcontract_of_the_bidders_own_lines() -> None:
    from bifocal.projects.bids.models import BidPackage
    from bifocal.projects.bids.queries import buy_out
    from bifocal.projects.commitments.models import Commitment

    made = factories.project()
    p = package(estimate(made))
    a, b, c = (invited(p, n) for n in ("Ada", "Bea", "Cal"))
    bid(p, a, "9800.00", "4100.00", "900.00")
    bid(p, b, "9500.00", "4000.00", None, exclusions="Insulation")
    as_link(c["link_path"], "bid.pass", invitation=c["uid"], name="Cal", reason="no crew")
    shown = sheet(p)
    assert [(x["b"].bid.key, x["b"].rank) for x in shown["columns"]] == [(a["uid"], 1), (b["uid"], None)] and len(shown["holes"]) == 1
    run("bid.plug", "pm", package=p["uid"], invitation=b["uid"], scope=p["scope"][2], amount="1000.00", reason="ours")
    shown = sheet(p)
    assert [(x["b"].bid.key, x["b"].total, x["gain"]) for x in shown["columns"]] == [
        (b["uid"], D(14500), D(500)),
        (a["uid"], D(14800), D(200)),
    ]
    with pytest.raises(Refused, match="has a price for 'Duct'"):
        run("bid.plug", "pm", package=p["uid"], invitation=b["uid"], scope=p["scope"][0], amount="1")
    with pytest.raises(Invalid, match=r"is number 2 at 14,800\.00: say why"):
        run("bid.award", "pm", package=p["uid"], invitation=a["uid"])
    got = run("bid.award", "pm", package=p["uid"], invitation=b["uid"], retainage="0.10")
    sub = Commitment.objects.get(uid=got["commitment"])
    assert (sub.sort, sub.status, sub.sum, str(sub.vendor.uid), sub.retainage) == ("subcontract", "draft", D(13500), b["vendor"], D("0.1"))
    assert [(li.description, li.amount) for li in sub.lines.all()] == [
        ("Duct", D(9500)),
        ("Balance", D(4000)),
    ] and "Insulation" in sub.scope
    assert [r["gain"] for r in buy_out(BidPackage.objects.get(uid=p["uid"]))] == [D(500), D(0), None]
    with pytest.raises(Refused, match="is awarded: no bid"):
        bid(p, a, "1.00")
    with pytest.raises(CannotMove):
        run("bid.award", "pm", package=p["uid"], invitation=b["uid"])
    settle()


def test_an_award_before_the_contract_stands_in_the_estimate_and_the_signature_makes_the_draft() -> None:
    from bifocal.projects.commitments.models import Commitment
    from bifocal.projects.estimates.models import Estimate
    from tests.test_estimates import sent, sign

    e = estimate()
    p = package(e, more=[{"description": "Bond", "cost_code": "01-0000"}])
    a = invited(p, "Ada")
    bid(p, a, "9800.00", "4100.00", "900.00", "250.00")
    assert run("bid.award", "pm", package=p["uid"], invitation=a["uid"])["commitment"] is None
    row = Estimate.objects.get(uid=e["uid"])
    assert sum(li.unit_cost for li in row.lines.all()) == D(15050) and row.versions.get().reason == f"Before the award of {p['number']}"
    o = sent(e)
    sign(o, [])
    sub = Commitment.objects.get(job__estimates__uid=e["uid"])
    assert (sub.sum, str(sub.vendor.uid), sub.lines.count()) == (D("15050.00"), a["vendor"], 4)


def test_late_bids_are_marked_or_refused_and_sealed_ones_are_not_seen_before_they_are_due() -> None:
    from bifocal.core.commands import Call, execute
    from bifocal.core.links import actor_of, open_link
    from bifocal.projects.bids.models import BidInvitation, BidPackage

    def late(p: dict[str, Any], i: dict[str, Any]) -> None:
        actor = actor_of(open_link(i["link_path"].rsplit("/", 1)[-1], now=datetime.now(UTC)))
        args = {"invitation": i["uid"], "prices": [{"scope": p["scope"][0], "amount": "1.00"}], "name": "Lou"}
        execute("bid.give", args, actor=actor, call=Call.new(occurred_at=in_days(6)))

    p = package(estimate(), sealed=True)
    i = invited(p, "Ada")
    bid(p, i, "5.00")
    shown = sheet(p)
    assert not shown["opened"] and shown["columns"] == [] and [x.status for x in shown["invited"]] == ["bid_given"]
    with pytest.raises(Refused, match="sealed until they are due"):
        run("bid.award", "pm", package=p["uid"], invitation=i["uid"], at=in_days(30))
    late(p, i)
    assert BidInvitation.objects.get(uid=i["uid"]).late
    strict = package(estimate(), accepts_late=False)
    j = invited(strict, "Bea")
    with pytest.raises(Refused, match="takes none later"):
        late(strict, j)
    assert BidPackage.objects.get(uid=strict["uid"]).status == "out_for_bid"


def test_a_bidder_sees_their_own_bid_alone_and_reads_addenda_before_bidding() -> None:
    p = package(estimate())
    a, b = invited(p, "Ada"), invited(p, "Bea")
    with pytest.raises(NotFound):
        as_link(a["link_path"], "bid.give", invitation=b["uid"], prices=[{"scope": p["scope"][0], "amount": "1"}], name="Ada")
    with pytest.raises(NotAllowed):
        run("bid.give", "pm", invitation=a["uid"], prices=[{"scope": p["scope"][0], "amount": "1"}], name="Pm")
    with pytest.raises(DomainError):
        run("bid.award", "tech", package=p["uid"], invitation=a["uid"])
    q = as_link(a["link_path"], "bid.ask", invitation=a["uid"], text="Is the duct lined?")["uid"]
    run("bid.addendum", "pm", package=p["uid"], question=q, text="Yes, one inch.")
    with pytest.raises(Invalid, match="no such open question"):
        run("bid.addendum", "pm", package=p["uid"], question=q, text="Again")
    with pytest.raises(Refused, match="Addendum 1 came since"):
        bid(p, b, "10.00")
    bid(p, b, "10.00", addenda_seen=1)
    other = package(estimate())
    with pytest.raises(Invalid, match="not in this package"):
        bid({**p, "scope": other["scope"]}, b, "10.00", addenda_seen=1)
    with pytest.raises(Invalid, match="at least one line"):
        bid(p, b, "0.00", addenda_seen=1)
    with pytest.raises(Invalid):
        bid(p, b, "-5.00", addenda_seen=1)


def test_who_has_not_answered_is_reminded_once() -> None:
    from bifocal.kernel.messages.models import Message
    from bifocal.projects.bids.commands import remind_due

    p = package(estimate(), due=in_days(1.5))
    a, b = invited(p, "Ada"), invited(p, "Bea")
    bid(p, a, "10.00")
    before = set(Message.objects.values_list("pk", flat=True))
    assert remind_due(datetime.now(UTC)) == 1 and remind_due(datetime.now(UTC)) == 0
    assert list(Message.objects.exclude(pk__in=before).values_list("to", flat=True)) == ["Bea@example.com"]
    assert b["status"] == "invited"


def test_a_package_needs_lines_and_a_day_to_come() -> None:
    e = estimate()
    with pytest.raises(Invalid, match="due after now"):
        package(e, due=in_days(-1))
    with pytest.raises(Invalid, match="at least one line"):
        package({**e, "lines": []})
    with pytest.raises(Invalid, match="not in this estimate"):
        package({**e, "lines": estimate()["lines"]})
    p = package(e)
    run("bid.void", "pm", package=p["uid"], reason="we do it ourselves")
    with pytest.raises(Refused, match="is void"):
        invited(p, "Ada")
