"""Section 4 of issue 5: terms of change, tiers, markups, approvers in sequence, agreed in part, reversal, contingency, reminders, exposure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, NotFound, Refused, StaleVersion
from bifocal.projects.changes.rules import Cost, Markup, agreed_part, price_lines, shares
from tests import factories
from tests.conftest import run, settle
from tests.test_change_events import LINE, as_link, exposure, opened
from tests.test_commitments import figures, project

db = pytest.mark.django_db
TODAY = date.today()
TWO = [
    {"description": "Reroute duct", "cost_code": "23-0000", "cost_type": "S", "cost": "4000.00"},
    {"description": "Night work", "cost_code": "23-0000", "cost_type": "S", "cost": "1000.00"},
]


def contract_of(made: dict[str, Any]) -> Any:
    from bifocal.projects.contracts.models import Contract

    return Contract.objects.get(uid=made["contract"])


def document(made: dict[str, Any]) -> Any:
    from bifocal.projects.register.models import Document

    return Document.objects.get(uid=made["uid"])


def priced(
    made: dict[str, Any], title: str = "Beam", days: int = 2, lines: list[dict[str, str]] | None = None, **more: Any
) -> dict[str, Any]:
    change = run("change.draft", "pm", job=made["job"], title=title)
    run("change.price", "pm", change=change["uid"], lines=lines or TWO, days=days, **more)
    return change


# The published check of section 2.3: 10,000 with 10% and 5%, then 1.5% of bond compounding; 20% of markup is not 20% of margin.
@pytest.mark.parametrize(
    ("markups", "total"),
    [
        ([Markup("OH", D("0.10")), Markup("fee", D("0.05"))], "11500.00"),
        ([Markup("OH", D("0.10")), Markup("fee", D("0.05"), compounds=True)], "11550.00"),
        ([Markup("OH", D("0.10")), Markup("fee", D("0.05"), compounds=True), Markup("bond", D("0.015"), compounds=True)], "11723.25"),
        ([Markup("fee", D("0.20"))], "12000.00"), ([Markup("fee", D("0.20"), margin=True)], "12500.00"),
    ],
)  # fmt: skip
def test_the_published_markups(markups: list[Markup], total: str) -> None:
    assert price_lines([Cost(D("10000"))], markups).total == D(total)


def test_markup_and_margin_are_two_words() -> None:
    assert shares(D(10000), D(12000)) == (D("0.2"), D(2000) / D(12000)) and shares(D(10000), D(12500))[1] == D("0.2")
    assert shares(D(0), D(0)) == (None, None)
    with pytest.raises(Invalid, match="below 100%"):
        price_lines([Cost(D(1))], [Markup("all", D(1), margin=True)])


def test_horizontal_rounds_on_the_line_vertical_on_the_subtotal_and_a_type_is_a_type() -> None:
    costs = [Cost(D("0.05"), "L"), Cost(D("0.05"), "L"), Cost(D("0.05"), "M")]
    across = price_lines(costs, [Markup("OH", D("0.10"), per_line=True)])
    assert across.lines == (D("0.06"),) * 3 and across.added == (D("0.03"),)  # 0.005 is a cent on every line
    down = price_lines(costs, [Markup("OH", D("0.10"))])
    assert down.total == D("0.17") and down.added == (D("0.02"),)  # 0.015 once
    labor = price_lines([Cost(D(100), "L"), Cost(D(100), "M")], [Markup("labor burden", D("0.30"), types="L")])
    assert labor.lines == (D(130), D(100))
    fixed = price_lines([Cost(D(100), "L"), Cost(D(80), "L", fixed=D(150))], [Markup("OH", D("0.10"))])
    assert fixed.lines == (D(110), D(150))  # a ticket at its rates takes none


@given(
    st.lists(st.decimals(-5000, 5000, places=2), min_size=1, max_size=6),
    st.lists(st.tuples(st.decimals(0, 1, places=4), st.booleans(), st.booleans()), max_size=4),
)
def test_lines_and_markups_always_add_up_to_the_price(costs: list[D], drawn: list[tuple[D, bool, bool]]) -> None:
    found = price_lines([Cost(c) for c in costs], [Markup("m", r, compounds=c, per_line=p) for r, c, p in drawn])
    assert found.total == sum(found.lines) == sum(costs) + sum(found.added)


@db
def test_several_approve_in_sequence_and_only_the_last_moves_the_contract() -> None:
    made = project()
    change = priced(made)
    asks = [{"who": made["approver"], "step": 1, "days": 3}, {"who": made["architect"], "step": 2, "days": 5}]
    sent = run("change.send", "pm", change=change["uid"], approvers=asks)
    assert [x["name"] for x in sent["links"]] == ["Jonah Reed"] and document(change).due == TODAY + timedelta(days=3)
    assert document(change).ball_name == "Jonah Reed"
    as_link(sent["link_path"], "change.approve", change=change["uid"], sha256=sent["sha256"], name="Jonah Reed")
    assert contract_of(made).sum == D(100000) and document(change).ball_name == "Ada Lindqvist" and document(change).status == "in_review"
    with pytest.raises(Refused, match="recorded already"):
        as_link(sent["link_path"], "change.approve", change=change["uid"], sha256=sent["sha256"], name="Jonah Reed")
    with pytest.raises(StaleVersion):
        run("change.approve", "owner", change=change["uid"], sha256="1" * 64, name="Ada Lindqvist")
    run("change.approve", "owner", change=change["uid"], sha256=sent["sha256"], name="Ada Lindqvist")
    assert contract_of(made).sum == D(105000) and document(change).status == "approved"
    assert [r.by for r in document(change).responses.all()] == ["Jonah Reed", "Ada Lindqvist"]
    settle()


@db
def test_a_no_of_the_second_needs_a_reason_and_a_revised_paper_asks_everybody_again() -> None:
    made = project()
    change = priced(made)
    asks = [{"who": made["approver"], "step": 1}, {"who": made["architect"], "step": 2}]
    sent = run("change.send", "pm", change=change["uid"], approvers=asks)
    run("change.approve", "owner", change=change["uid"], sha256=sent["sha256"], name="Jonah")
    with pytest.raises(Invalid, match="Say why"):
        run("change.reject", "owner", change=change["uid"], reason="", name="Ada")
    run("change.reject", "owner", change=change["uid"], reason="Too many nights", name="Ada")
    run("change.revise", "pm", change=change["uid"], reason="one night")
    run("change.price", "pm", change=change["uid"], lines=TWO[:1], days=1)
    again = run("change.send", "pm", change=change["uid"], approvers=asks)
    assert document(change).revision == 1 and again["sha256"] != sent["sha256"]
    with pytest.raises(StaleVersion):  # the paper that was read before
        as_link(sent["link_path"], "change.approve", change=change["uid"], sha256=sent["sha256"], name="Jonah")
    as_link(sent["link_path"], "change.approve", change=change["uid"], sha256=again["sha256"], name="Jonah")
    assert contract_of(made).sum == D(100000)


@db
def test_the_terms_of_the_contract_name_approvers_markups_and_days_of_notice() -> None:
    from bifocal.projects.events.models import ChangeEvent

    made = project()
    run("terms.set", "pm", contract=made["contract"], notice_days=7, answer_days=4, markups=[{"name": "Overhead", "rate": "0.10"}],
        approvers=[{"who": made["approver"], "step": 1, "days": 6}])  # fmt: skip
    event = opened(made, happened=TODAY - timedelta(days=2))
    assert ChangeEvent.objects.get(document__uid=event["uid"]).notice_due == TODAY + timedelta(days=5)
    order = run("event.to_owner", "pm", event=event["uid"], days=1)
    assert document(order).change_order.price == D(4400)
    sent = run("change.send", "pm", change=order["uid"])
    assert document(order).due == TODAY + timedelta(days=6) and sent["links"]
    for key in ("dispatch", "super", "viewer"):
        with pytest.raises(NotAllowed):
            run("terms.set", key, contract=made["contract"], tiers=3)
    with pytest.raises(Invalid, match="Steps are counted"):
        run("terms.set", "pm", contract=made["contract"], approvers=[{"who": made["approver"], "step": 2}])


@db
def test_whoever_wrote_it_approves_only_where_the_terms_let_the_owner_and_it_is_marked() -> None:
    made = project()
    change = run("change.draft", "owner", job=made["job"], title="Mine")
    run("change.price", "owner", change=change["uid"], lines=TWO)
    sent = run("change.send", "owner", change=change["uid"], approver=made["approver"])
    with pytest.raises(Refused, match="Somebody else"):
        run("change.approve", "owner", change=change["uid"], sha256=sent["sha256"], name="Ruth")
    run("terms.set", "pm", contract=made["contract"], own_approval="owner")
    run("change.approve", "owner", change=change["uid"], sha256=sent["sha256"], name="Ruth")
    assert document(change).change_order.own_approval and contract_of(made).sum == D(105000)


@db
def test_three_tiers_potential_changes_go_into_a_request_and_an_order_and_mirror_it() -> None:
    made = project()
    run("terms.set", "pm", contract=made["contract"], tiers=3)
    one, two = priced(made, "Beam"), priced(made, "Door", lines=TWO[:1], markups=[{"name": "Fee", "rate": "0.10", "cost_code": "01-0000"}])
    assert document(one).number == "PCO-001"
    with pytest.raises(Refused, match="put it into a change order"):
        run("change.send", "pm", change=one["uid"], approver=made["approver"])
    request = run("change.group", "pm", members=[one["uid"], two["uid"]], title="November")
    assert document(request).number == "COR-001" and document(request).change_order.price == D(9400)
    assert figures(made)["e"] == D(9000)  # each line waits once, however many papers it is in
    order = run("change.group", "pm", members=[request["uid"]], title="Change order of November")
    for why, member in (("groups others", order), ("in a group", one)):
        with pytest.raises(Refused, match=why):
            run("change.price", "pm", change=member["uid"], lines=TWO)
    sent = run("change.send", "pm", change=order["uid"], approver=made["approver"])
    assert {document(d).status for d in (one, two, request)} == {"in_review"}
    run("change.approve", "owner", change=order["uid"], sha256=sent["sha256"], name="Jonah")
    assert {document(d).status for d in (one, two, request, order)} == {"approved"}
    assert contract_of(made).sum == D(109400) and contract_of(made).days == 64
    assert (figures(made)["c"], figures(made)["e"], figures(made, "01-0000", "O")["c"]) == (D(9000), 0, D(400))  # the fee on its own code
    settle()


@db
def test_a_group_is_taken_apart_again_and_strangers_group_nothing() -> None:
    made = project()
    run("terms.set", "pm", contract=made["contract"], tiers=2)
    one, two = priced(made, "Beam"), priced(made, "Door")
    order = run("change.group", "pm", members=[one["uid"], two["uid"]], title="Both")
    with pytest.raises(Refused, match="in a group already"):
        run("change.group", "pm", members=[one["uid"]], title="Again")
    with pytest.raises(Refused, match="grouped"):
        run("change.void", "pm", change=one["uid"], reason="x")
    sent = run("change.send", "pm", change=order["uid"], approver=made["approver"])
    with pytest.raises(Refused, match="revise it"):
        run("change.ungroup", "pm", change=order["uid"])
    run("change.reject", "owner", change=order["uid"], reason="One at a time", name="Jonah")
    assert document(one).status == "rejected"
    run("change.ungroup", "pm", change=order["uid"], reason="one at a time")
    assert document(one).status == "pricing" and document(order).status == "void" and sent
    run("terms.set", "pm", contract=made["contract"], tiers=1)  # changeable: what is a potential change still becomes an order
    assert document(run("change.group", "pm", members=[two["uid"]], title="Door")).sort == "change_order"
    assert document(priced(made, "New")).sort == "change_order"
    for key in ("super", "dispatch", "viewer"):
        with pytest.raises(NotAllowed):
            run("change.group", key, members=[one["uid"]], title="x")


@db
def test_lines_are_agreed_in_part_and_the_rest_stays_disputed_and_exposed() -> None:
    made = project()
    event = opened(made)
    run("event.estimate", "pm", event=event["uid"], lines=[{**LINE, "description": "Night work", "rom_cost": "1000.00"}])
    order = run("event.to_owner", "pm", event=event["uid"], markups=[{"name": "OH", "rate": "0.10"}], days=4)
    sent = run("change.send", "pm", change=order["uid"], approver=made["approver"])
    part = {"change": order["uid"], "sha256": sent["sha256"], "name": "Jonah Reed", "reason": "No nights were ordered"}
    for agreed in ([], [1, 2], [3]):
        with pytest.raises(Invalid):
            run("change.agree_part", "owner", agreed=agreed, **part)
    with pytest.raises(Invalid, match="4 days were asked"):
        run("change.agree_part", "owner", agreed=[1], days=5, **part)
    as_link(sent["link_path"], "change.agree_part", agreed=[1], days=3, **part)
    row = document(order)
    assert (row.status, row.change_order.price, row.change_order.days) == ("approved", D(4400), 3) and contract_of(made).sum == D(104400)
    [rest] = row.disputed.all()
    assert (rest.price, rest.days, rest.document.status, rest.dispute) == (D(1100), 1, "pricing", "No nights were ordered")
    [found] = exposure(made)["rows"]
    assert (found["disputed"], found["at_risk"], found["price"]) == (D(1000), D(1000), D(5500))
    assert {k: figures(made)[k] for k in "cej"} == {"c": D(4000), "e": D(1000), "j": D(1000)}
    assert row.change_order.approved_sha256 != sent["sha256"]  # its own paper was printed and kept
    settle()


@pytest.mark.parametrize("agreed", [[], [1, 2, 3], [4], [0]])
def test_a_part_is_some_and_not_all(agreed: list[int]) -> None:
    with pytest.raises(Invalid):
        agreed_part(3, agreed)
    assert agreed_part(3, [2]) == [1, 3]


@db
def test_void_of_an_approved_one_is_a_reversing_record_and_refused_once_billed() -> None:
    made = project()
    change = priced(made)
    sent = run("change.send", "pm", change=change["uid"], approver=made["approver"])
    run("change.approve", "owner", change=change["uid"], sha256=sent["sha256"], name="Jonah")
    with pytest.raises(NotAllowed):
        run("change.reverse", "pm", change=change["uid"], reason="wrong job")
    with pytest.raises(Refused, match="reversing"):
        run("change.void", "owner", change=change["uid"], reason="wrong job")
    back = run("change.reverse", "owner", change=change["uid"], reason="Written on the wrong project")
    assert (document(back).number, document(change).status, contract_of(made).sum) == ("CO-002", "void", D(100000))
    assert contract_of(made).days == 60 and figures(made)["c"] == 0
    items = contract_of(made).sov.filter(change__isnull=False).values_list("item", "scheduled_value")
    assert list(items) == [("CO-001", D(5000)), ("CO-002", D(-5000))]  # the base lines and both records stay
    with pytest.raises(Refused):
        run("change.reverse", "owner", change=change["uid"], reason="again")
    settle()
    other = priced(made, "Door")
    sent = run("change.send", "pm", change=other["uid"], approver=made["approver"])
    run("change.approve", "owner", change=other["uid"], sha256=sent["sha256"], name="Jonah")
    app = run("payapp.draft", "pm", contract=made["contract"], period_to=TODAY)["uid"]
    run("payapp.fill", "pm", payapp=app, lines=[{"item": document(other).number, "this_period": "10.00"}])
    with pytest.raises(Refused, match="billed in application 1"):
        run("change.reverse", "owner", change=other["uid"], reason="too late")


@db
def test_an_approval_asked_twice_answers_twice_and_moves_once() -> None:
    from uuid import uuid4

    made = project()
    change = priced(made)
    sent = run("change.send", "pm", change=change["uid"], approver=made["approver"])
    key = uuid4()
    args = {"change": change["uid"], "sha256": sent["sha256"], "name": "Jonah"}
    first = run("change.approve", "owner", request_id=key, **args)
    assert run("change.approve", "owner", request_id=key, **args) == {**first}
    with pytest.raises(CannotMove):
        run("change.approve", "owner", **args)
    assert contract_of(made).sum == D(105000)


@db
def test_contingency_pays_without_the_owner_and_an_allowance_only_the_difference() -> None:
    made = factories.project()
    lines = [
        {"cost_code": "23-0000", "cost_type": "S", "amount": "50000.00"},
        {"cost_code": "01-0000", "cost_type": "O", "amount": "5000.00"},
    ]
    run("budget.set", "pm", job=made["job"], lines=lines)
    event = opened(made, kind="contingency")
    with pytest.raises(Refused, match="holds"):
        run("event.draw", "pm", event=event["uid"], from_code="26-0000", from_type="O")
    run("event.draw", "pm", event=event["uid"], from_code="01-0000", from_type="O")
    assert (figures(made)["b"], figures(made, "01-0000", "O")["b"], document(event).status) == (D(4000), D(-4000), "closed")
    assert contract_of(made).sum == D(100000)
    other = opened(made)
    with pytest.raises(Refused, match="not paid from contingency"):
        run("event.draw", "pm", event=other["uid"], from_code="01-0000", from_type="O")
    pick = run("event.open", "pm", job=made["job"], title="Tile", kind="allowance",
               lines=[{"description": "Tile as chosen", "cost_code": "23-0000", "cost_type": "M", "rom_cost": "6200.00"}])  # fmt: skip
    order = run("event.to_owner", "pm", event=pick["uid"], markups=[{"name": "Overage", "rate": "0.20"}],
                allowance={"amount": "5000.00", "cost_code": "23-0000", "cost_type": "M"})  # fmt: skip
    assert document(order).change_order.price == D(1440)  # (6,200 - 5,000) x 1.20, section 1


@db
def test_exposure_tells_directed_from_unapproved_over_all_projects() -> None:
    from bifocal.projects.events.queries import exposure_of_all

    made, other = project(), project()
    one, two = opened(made), opened(other)
    run("event.direct", "pm", event=one["uid"], directive="CCD 4", not_to_exceed="500.00")
    code = document(one).change_event.code.code
    from tests.test_commitments import vendor

    bill = [{"description": "Crane", "amount": "900.00", "job": made["job"], "cost_code": code, "cost_type": "E"}]
    run("bill.post", "books", vendor=vendor(), vendor_number="X", date=TODAY, lines=bill)
    rows = {r["doc"].pk: r for r in exposure_of_all()["rows"]}
    mine, theirs = rows[document(one).pk], rows[document(two).pk]
    assert (mine["directed"], mine["unapproved"], mine["spent"], mine["beyond"]) == (D(4000), 0, D(900), D(400))
    assert (theirs["directed"], theirs["unapproved"], theirs["beyond"]) == (0, D(4000), 0)
    assert exposure_of_all()["totals"]["at_risk"] == sum(r["at_risk"] for r in rows.values())


@db
def test_reminders_go_out_once_a_day_to_approver_and_manager() -> None:
    from bifocal.kernel.messages.models import Message
    from bifocal.kernel.people.models import Person
    from bifocal.projects.events.reminders import send_reminders

    made = project()
    person = Person.objects.get(name="Priya Raman")
    run("job.add_member", "pm", job=made["job"], person=person.uid, role="project_manager")
    Person.objects.filter(pk=person.pk).update(email="priya@harbor.example")
    change = priced(made)
    sent = run("change.send", "pm", change=change["uid"], approver=made["approver"], days_to_answer=10)
    event = opened(made, notice_days=3, happened=TODAY)
    now = datetime.now(UTC)

    def titles(about: dict[str, Any]) -> list[str]:
        return [
            t for t in Message.objects.filter(subject_uid=about["uid"]).values_list("title", flat=True) if "emind" in t or "Notice" in t
        ]

    for _ in range(2):
        send_reminders(now)
    assert titles(event) == [f"Notice due: {event['number']} Beam in the way"] and titles(change) == []
    for _ in range(2):
        send_reminders(now + timedelta(days=8))
    assert len(titles(change)) == 1
    run("change.approve", "owner", change=change["uid"], sha256=sent["sha256"], name="Jonah")
    run("event.notify", "pm", event=event["uid"])
    assert send_reminders(now + timedelta(days=10)) == 0
    with pytest.raises((Refused, NotFound)):
        run("event.remind", "pm", event=event["uid"])


def test_two_approvers_of_one_step_at_once_move_the_contract_once(clone: str) -> None:
    from threading import Barrier, Thread

    from django.db import connections

    made = project()
    change = priced(made)
    asks = [{"who": made["approver"], "step": 1}, {"who": made["architect"], "step": 1}]
    sent = run("change.send", "pm", change=change["uid"], approvers=asks)
    gate, errors = Barrier(4), list[str]()

    def approve(seat: int) -> None:
        from bifocal.projects.register.models import Seat

        try:
            seats = list(Seat.objects.filter(document__uid=change["uid"]).order_by("id"))
            gate.wait()
            run("change.approve", "owner", change=change["uid"], sha256=sent["sha256"], name=f"No {seat}", seat=seats[seat % 2].uid)
        except Exception as error:
            errors.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [Thread(target=approve, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert contract_of(made).sum == D(105000) and len(errors) == 2, errors
    assert document(change).responses.filter(code="approved").count() == 2
