"""A change from the first notice to the owner's order and the vendor's: one line carries cost and revenue."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, NotFound, Refused
from tests.conftest import run, settle
from tests.test_commitments import executed, figures, project, vendor

pytestmark = pytest.mark.django_db
TODAY = date.today()
LINE = {"description": "Reroute duct", "cost_code": "23-0000", "cost_type": "S", "rom_cost": "4000.00", "rom_price": "5000.00"}


def opened(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    return run("event.open", "pm", job=made["job"], title="Beam in the way", lines=[LINE], **more)


def line_of(event: dict[str, Any]) -> Any:
    from bifocal.projects.events.models import EventLine

    return EventLine.objects.get(event__document__uid=event["uid"])


def as_link(path: str, command: str, **args: Any) -> dict[str, Any]:
    """One command as the outside person whose link this is."""
    from django.utils import timezone

    from bifocal.core.commands import Call, execute
    from bifocal.core.links import actor_of, open_link

    return execute(command, args, actor=actor_of(open_link(path.rsplit("/", 1)[-1], now=timezone.now())), call=Call.new())


def exposure(made: dict[str, Any]) -> dict[str, Any]:
    from bifocal.kernel.jobs.models import Job
    from bifocal.projects.events.queries import exposure as found

    return found(Job.objects.get(uid=made["job"]))


def test_an_event_is_numbered_takes_cost_at_once_and_counts_its_notice() -> None:
    from bifocal.projects.events.models import ChangeEvent

    made = project()
    event = opened(made, happened=TODAY - timedelta(days=3), notice_days=7)
    row = ChangeEvent.objects.get(document__uid=event["uid"])
    assert event["number"] == "CE-001" and row.notice_due == TODAY + timedelta(days=4)
    assert row.code is not None
    bill = [{"description": "Crane", "amount": "900.00", "job": made["job"], "cost_code": row.code.code, "cost_type": "E"}]
    run("bill.post", "books", vendor=vendor(), vendor_number="X", date=TODAY, lines=bill)
    [found] = exposure(made)["rows"]
    assert (found["cost"], found["price"], found["spent"], found["at_risk"]) == (D(4000), D(5000), D(900), D(4000))
    run("event.notify", "pm", event=event["uid"])
    assert ChangeEvent.objects.get(pk=row.pk).notice_given is not None


def test_the_rough_cost_waits_in_column_j_until_the_owner_approves() -> None:
    made = project()
    event = opened(made)
    assert (figures(made)["j"], figures(made)["e"]) == (D(4000), 0)
    order = run("event.to_owner", "pm", event=event["uid"], markups=[{"name": "Overhead", "rate": "0.10"}], days=3)
    assert (figures(made)["j"], figures(made)["e"]) == (D(4000), D(4000))
    sent = run("change.send", "pm", change=order["uid"], approver=made["approver"])
    run("change.approve", "owner", change=order["uid"], sha256=sent["sha256"], name="Jonah Reed")
    assert {k: figures(made)[k] for k in "cej"} == {"c": 4000, "e": 0, "j": 0}
    [found] = exposure(made)["rows"]
    assert (found["at_risk"], found["price"]) == (0, D(4400))
    run("event.close", "pm", event=event["uid"])
    settle()


def test_a_subcontractor_quotes_from_a_link_and_the_quote_is_the_cost() -> None:
    from bifocal.projects.events.models import QuoteRequest

    made = project()
    c, event = executed(made), opened(made)
    line = line_of(event)
    first = run("event.ask", "pm", line=line.uid, vendor=c["vendor"], commitment=c["uid"], due=TODAY, email="sub@example.com", name="Lou")
    other = run("event.ask", "pm", line=line.uid, vendor=vendor(), due=TODAY, email="two@example.com", name="Ann")
    as_link(first["link_path"], "quote.give", request=first["uid"], amount="3600.00", name="Lou Sub")
    with pytest.raises(NotFound):  # nobody reads another's request
        as_link(other["link_path"], "quote.give", request=first["uid"], amount="1.00", name="Ann")
    with pytest.raises((NotAllowed, NotFound)):
        as_link(other["link_path"], "quote.take", request=other["uid"])
    with pytest.raises(CannotMove):
        run("quote.take", "pm", request=other["uid"])
    run("quote.take", "pm", request=first["uid"])
    assert QuoteRequest.objects.get(uid=other["uid"]).status == "withdrawn"
    assert figures(made)["j"] == D(3600)
    change = run("event.to_vendor", "pm", line=line.uid, commitment=c["uid"])
    assert (figures(made)["i"], figures(made)["j"]) == (D(20000), D(3600))  # on the commitment's pending change now, once
    run("commitment.approve_change", "pm", change=change["uid"])
    assert (figures(made)["i"], figures(made)["j"]) == (D(23600), 0)
    with pytest.raises(Refused, match="already"):
        run("event.to_vendor", "pm", line=line.uid, commitment=c["uid"])


def test_directed_work_is_at_risk_and_an_event_closes_without_the_owner_only_with_a_reason() -> None:
    made = project()
    event = opened(made)
    run("event.direct", "pm", event=event["uid"], directive="Architect's directive 4 of Nov 3", not_to_exceed="6000.00")
    [found] = exposure(made)["rows"]
    assert (found["doc"].status, found["at_risk"]) == ("proceeding", D(4000))
    with pytest.raises(Invalid, match="No owner change is approved"):
        run("event.close", "pm", event=event["uid"])
    run("event.close", "pm", event=event["uid"], reason="Our own mistake")
    assert exposure(made)["totals"]["at_risk"] == 0 and figures(made)["j"] == 0
    with pytest.raises(Refused, match="open it again"):
        run("event.estimate", "pm", event=event["uid"], lines=[LINE])
    run("event.reopen", "pm", event=event["uid"], reason="The owner pays half")
    run("event.void", "pm", event=event["uid"], reason="Duplicate")


def test_a_rejected_order_lets_the_event_go_again_and_strangers_stay_out() -> None:
    made = project()
    event = opened(made)
    order = run("event.to_owner", "pm", event=event["uid"])
    run("change.send", "pm", change=order["uid"], approver=made["approver"])
    with pytest.raises(Refused, match="already in"):
        run("event.to_owner", "pm", event=event["uid"])
    run("change.reject", "owner", change=order["uid"], reason="Too dear", name="Jonah Reed")
    run("event.reopen", "pm", event=event["uid"], reason="Price again")
    assert run("event.to_owner", "pm", event=event["uid"])["uid"] != order["uid"]
    for key in ("viewer", "dispatch"):
        with pytest.raises(NotAllowed):
            run("event.void", key, event=event["uid"], reason="x")
