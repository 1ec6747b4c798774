"""RFIs and submittals against the state machines of the project reference (sections 2.1 and 2.2), move by move."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifocal.core.commands import Call, execute
from bifocal.core.links import actor_of
from bifocal.core.models import AccessLink
from bifocal.kernel.messages.models import Message
from bifocal.lib.errors import CannotMove, DomainError, Invalid, NotAllowed, NotFound, Refused
from bifocal.projects.punch.rules import NEXT as PUNCH_NEXT
from bifocal.projects.register.models import Document, Seat
from bifocal.projects.register.queries import days_by_holder, is_overdue
from bifocal.projects.register.rules import Asked, Place, check_steps, in_court, overdue, step_now, working_day_after
from bifocal.projects.rfis.rules import NEXT as RFI_NEXT
from bifocal.projects.submittals.rules import NEXT as SUBMITTAL_NEXT
from tests.conftest import run
from tests.factories import project

pytestmark = pytest.mark.django_db
PAPER = base64.b64encode(b"%PDF-1.4 data sheet").decode()

# Section 2.1 of the reference, its table: (from, to). Written from the reference, not from the code.
RFI_MOVES = {
    ("draft", "submitted"), ("draft", "open"), ("submitted", "open"), ("submitted", "closed_draft"), ("closed_draft", "draft"),
    ("open", "open"), ("open", "answered"), ("answered", "closed"), ("answered", "open"), ("closed", "open"),
    *((s, "void") for s in ("draft", "submitted", "closed_draft", "open", "answered")),
}  # fmt: skip
# Section 2.2.
SUBMITTAL_MOVES = {
    ("draft", "required"), ("required", "in_review"), ("in_review", "in_review"), ("in_review", "required"), ("in_review", "returned"),
    ("returned", "closed"), *((s, "void") for s in ("draft", "required", "in_review", "returned")),
}  # fmt: skip

# Section 2.4; 'draft to initiated' and 'to work required' are one step where the item comes with whose job it is.
PUNCH_MOVES = {
    ("draft", "initiated"), ("draft", "work_required"), ("initiated", "work_required"), ("initiated", "in_dispute"),
    ("in_dispute", "initiated"), ("in_dispute", "closed"), ("work_required", "ready_for_review"), ("work_not_accepted", "ready_for_review"),
    ("ready_for_review", "work_not_accepted"), ("ready_for_review", "ready_to_close"), ("ready_to_close", "closed"),
    ("ready_to_close", "not_accepted"), ("not_accepted", "work_not_accepted"), ("closed", "work_required"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "moves"),
    [(RFI_NEXT, RFI_MOVES), (SUBMITTAL_NEXT, SUBMITTAL_MOVES), (PUNCH_NEXT, PUNCH_MOVES)],
    ids=["rfi", "submittal", "punch"],
)
def test_the_moves_are_those_of_the_reference_and_no_other(table: dict[str, set[str]], moves: set[tuple[str, str]]) -> None:
    assert {(a, b) for a, to in table.items() for b in to} == moves


def contact(made: dict[str, Any], name: str, **more: Any) -> str:
    args = {"customer": made["customer"], "name": name, "role": "architect", "email": f"{name.split()[0].lower()}@example.com", **more}
    return str(run("contact.add", "pm", **args)["uid"])


def as_link(doc: str, who: str, command: str, /, **args: Any) -> dict[str, Any]:
    """Somebody outside, acting by the newest link they were sent."""
    link = AccessLink.objects.filter(subject_uid=doc, contact_name=who).order_by("-id").first()
    assert link is not None, f"{who} got no link"
    return execute(command, args, actor=actor_of(link), call=Call.new())


def opened(made: dict[str, Any], *who: str) -> str:
    rfi = run("rfi.draft", "super", job=made["job"], title="Beam", question="Which way?", distribution=["gc@example.com"])["uid"]
    run("rfi.open", "pm", rfi=rfi, assignees=list(who))
    return str(rfi)


def doc_of(uid: str) -> Document:
    row: Document = Document.objects.get(uid=uid)
    return row


def test_two_assignees_hold_the_ball_together_until_both_have_answered_by_their_links() -> None:
    made = project()
    rfi = opened(made, contact(made, "Ada Lindqvist"), contact(made, "Bo Chen"))
    assert doc_of(rfi).ball_name == "Ada Lindqvist, Bo Chen"
    first = as_link(rfi, "Ada Lindqvist", "rfi.respond", rfi=rfi, text="Left.")
    assert (first["ball"], doc_of(rfi).ball_name) == ("assignee", "Bo Chen")
    with pytest.raises(Refused, match="recorded already"):
        as_link(rfi, "Ada Lindqvist", "rfi.respond", rfi=rfi, text="Or right.")
    second = as_link(rfi, "Bo Chen", "rfi.respond", rfi=rfi, text="Left is fine.")
    assert second["ball"] == "manager" and doc_of(rfi).ball_name == "Priya Raman"
    assert [r.by for r in doc_of(rfi).responses.all()] == ["Ada Lindqvist", "Bo Chen"]


def test_somebody_added_gets_the_ball_too_and_an_optional_one_never_holds_it() -> None:
    made = project()
    rfi = opened(made, contact(made, "Ada Lindqvist"))
    run("rfi.add_assignee", "pm", rfi=rfi, who=contact(made, "Bo Chen"))
    run("rfi.add_assignee", "pm", rfi=rfi, who=contact(made, "Cy Optional"), required=False)
    assert doc_of(rfi).ball_name == "Ada Lindqvist, Bo Chen"
    with pytest.raises(Refused, match="Asked now: Ada Lindqvist, Bo Chen, Cy Optional"):
        run("rfi.respond", "pm", rfi=rfi, text="on whose behalf?")


def test_a_forwarded_question_comes_back_to_who_forwarded_it() -> None:
    made = project()
    rfi = opened(made, contact(made, "Ada Lindqvist"))
    seat = Seat.objects.get(document__uid=rfi)
    run("rfi.forward", "pm", rfi=rfi, to=contact(made, "Sten Structural"), comment="Beam size?", seat=seat.uid)
    assert doc_of(rfi).ball_name == "Sten Structural"
    as_link(rfi, "Sten Structural", "rfi.respond", rfi=rfi, text="W12 it is.")
    assert doc_of(rfi).ball_name == "Ada Lindqvist"
    as_link(rfi, "Ada Lindqvist", "rfi.respond", rfi=rfi, text="See structural.")
    assert doc_of(rfi).ball == "manager"
    run("rfi.answer", "pm", rfi=rfi)
    assert doc_of(rfi).responses.get(official=True).text == "See structural."


def test_a_question_goes_through_its_manager_declined_or_opened_and_its_text_is_frozen() -> None:
    made = project()
    rfi = run("rfi.draft", "super", job=made["job"], title="Beam", question="Which?", manager=_person("Priya Raman"))["uid"]
    run("rfi.edit", "super", rfi=rfi, question="Which way around the beam?")
    assert run("rfi.submit", "super", rfi=rfi)["ball"] == "manager"
    with pytest.raises(Invalid, match="Say why"):
        run("rfi.decline", "pm", rfi=rfi, reason="")
    assert run("rfi.decline", "pm", rfi=rfi, reason="It is on A-201.")["status"] == "closed_draft"
    assert run("rfi.reopen", "super", rfi=rfi, reason="A-201 is older than the beam")["status"] == "draft"
    run("rfi.open", "pm", rfi=rfi, assignees=[made["architect"]])
    with pytest.raises(Refused, match="stays as it was asked"):
        run("rfi.edit", "super", rfi=rfi, question="Something else?")
    with pytest.raises(Refused, match="Reopen it with a reason"):
        run("rfi.open", "pm", rfi=rfi)


def _person(name: str) -> str:
    from bifocal.kernel.people.models import Person

    return str(Person.objects.get(name=name).uid)


def test_a_draft_without_a_manager_cannot_be_submitted() -> None:
    made = project()
    rfi = run("rfi.draft", "super", job=made["job"], title="Beam", question="Which?")["uid"]
    with pytest.raises(Refused, match="no project manager"):
        run("rfi.submit", "super", rfi=rfi)


def test_an_unclear_answer_goes_back_and_the_creator_explains_an_unclear_question() -> None:
    made = project()
    rfi = opened(made, made["architect"])
    run("rfi.respond", "pm", rfi=rfi, text="Yes.")
    assert run("rfi.return", "pm", rfi=rfi, comment="Which of the two?")["ball"] == "assignee"
    assert run("rfi.return", "pm", rfi=rfi, comment="They do not follow.", to="creator")["ball"] == "creator"
    assert run("rfi.explain", "super", rfi=rfi, text="The north one.")["ball"] == "manager"
    with pytest.raises(Refused, match="not with the creator"):
        run("rfi.explain", "super", rfi=rfi, text="again")


def test_a_close_needs_its_cost_and_time_and_goes_to_the_distribution_with_its_paper() -> None:
    made = project()
    rfi = opened(made, made["architect"])
    run("rfi.respond", "pm", rfi=rfi, text="Left.")
    run("rfi.answer", "pm", rfi=rfi)
    assert not is_overdue(doc_of(rfi), date.today() + timedelta(days=99))  # the due clock has stopped
    with pytest.raises(Invalid, match="cost_impact"):
        run("rfi.close", "pm", rfi=rfi, cost_impact="tbd", days_impact="no_impact")
    with pytest.raises(Invalid, match="Say how much"):
        run("rfi.close", "pm", rfi=rfi, cost_impact="yes_known", days_impact="no_impact")
    run("rfi.close", "pm", rfi=rfi, cost_impact="yes_known", cost_amount="9000.00", days_impact="no_impact")
    letter = Message.objects.get(subject_uid=rfi, to="gc@example.com")
    assert len(letter.files) == 1
    assert run("rfi.reopen", "pm", rfi=rfi, reason="wrong grid")["ball"] == "assignee"
    row = doc_of(rfi)
    assert row.reopened == 1 and row.responses.filter(official=True).count() == 1
    change = run("change.draft", "pm", job=made["job"], title="Offsets", rfi=rfi)["uid"]
    assert list(row.links_out.values_list("target__uid", flat=True)) == [Document.objects.get(uid=change).uid]


def test_a_voided_rfi_keeps_its_number_and_its_reason() -> None:
    made = project()
    rfi = opened(made, made["architect"])
    with pytest.raises(Invalid, match="Say why"):
        run("rfi.void", "pm", rfi=rfi, reason="")
    assert run("rfi.void", "pm", rfi=rfi, reason="asked twice")["number"] == "RFI-001"
    assert doc_of(opened(made, made["architect"])).number == "RFI-002"


def test_a_stranger_and_an_outsider_of_another_paper_get_nowhere() -> None:
    made = project()
    ada = contact(made, "Ada Lindqvist")
    mine, other = opened(made, ada), opened(made, contact(made, "Bo Chen"))
    for who in ("tech", "dispatch"):
        with pytest.raises((NotAllowed, NotFound)):
            run("rfi.respond", who, rfi=mine, text="x")
    with pytest.raises(NotFound):
        as_link(mine, "Ada Lindqvist", "rfi.respond", rfi=other, text="x")
    with pytest.raises(NotAllowed):
        as_link(mine, "Ada Lindqvist", "rfi.close", rfi=mine, cost_impact="n_a", days_impact="n_a")
    with pytest.raises(NotFound, match="another paper"):
        as_link(mine, "Ada Lindqvist", "file.attach", about_kind="document", about=other, name="x.pdf", content=PAPER)
    as_link(mine, "Ada Lindqvist", "file.attach", about_kind="document", about=mine, name="SK-12.pdf", content=PAPER)


# submittals


def required(made: dict[str, Any], **more: Any) -> str:
    uid = run("submittal.draft", "super", job=made["job"], title="RTU-1", spec_section="23 74 13", **more)["uid"]
    run("submittal.require", "pm", submittal=uid)
    return str(uid)


def submitted(made: dict[str, Any]) -> str:
    uid = required(made)
    run("file.attach", "super", about_kind="document", about=uid, name="sheet.pdf", content=PAPER)
    run("submittal.submit", "super", submittal=uid)
    return uid


def test_two_required_and_one_optional_reviewer_then_a_second_step() -> None:
    made = project()
    uid = submitted(made)
    assert doc_of(uid).ball == "manager"  # our own look comes first
    steps = [
        {"who": contact(made, "Ada Lindqvist"), "step": 1, "days": 10}, {"who": contact(made, "Mo Mech"), "step": 1, "days": 7},
        {"who": contact(made, "Opal Owner"), "step": 1, "required": False}, {"who": contact(made, "Cid Commissioning"), "step": 2, "days": 5},
    ]  # fmt: skip
    run("submittal.send", "pm", submittal=uid, reviewers=steps)
    assert doc_of(uid).ball_name == "Ada Lindqvist, Mo Mech"
    assert not AccessLink.objects.filter(subject_uid=uid, contact_name="Cid Commissioning").exists()
    as_link(uid, "Ada Lindqvist", "submittal.review", submittal=uid, code="approved")
    assert doc_of(uid).ball_name == "Mo Mech" and doc_of(uid).status == "in_review"
    as_link(uid, "Mo Mech", "submittal.review", submittal=uid, code="approved_as_noted", text="Stainless economizer.")
    row = doc_of(uid)
    assert row.ball_name == "Cid Commissioning" and row.due == date.today() + timedelta(days=5)
    with pytest.raises(Refused):  # the optional one comes too late
        as_link(uid, "Opal Owner", "submittal.review", submittal=uid, code="rejected", text="no")
    as_link(uid, "Cid Commissioning", "submittal.review", submittal=uid, code="approved")
    row = doc_of(uid)
    assert (row.status, row.ball, row.external["review"]) == ("returned", "manager", "approved_as_noted")


def test_the_worst_code_decides_and_the_next_revision_is_asked_of_the_same_submitter_by_link() -> None:
    made = project()
    sub = contact(made, "Sal Sheetmetal", role="subcontractor")
    uid = run("submittal.draft", "pm", job=made["job"], title="Dampers", spec_section="23 33 13")["uid"]
    assert run("submittal.require", "pm", submittal=uid, submitter=sub)["number"] == "23 33 13-001"
    with pytest.raises(Refused, match="at least one paper"):
        as_link(uid, "Sal Sheetmetal", "submittal.submit", submittal=uid)
    as_link(uid, "Sal Sheetmetal", "file.attach", about_kind="document", about=uid, name="dampers.pdf", content=PAPER)
    as_link(uid, "Sal Sheetmetal", "submittal.submit", submittal=uid, text="For review.")
    run("submittal.turn_back", "pm", submittal=uid, reason="No voltages on the sheet.")
    as_link(uid, "Sal Sheetmetal", "submittal.submit", submittal=uid)
    reviewers = [{"who": contact(made, "Ada Lindqvist")}, {"who": contact(made, "Mo Mech")}]
    run("submittal.send", "pm", submittal=uid, reviewers=reviewers)
    with pytest.raises(Refused, match="in review already"):
        run("submittal.send", "pm", submittal=uid, reviewers=reviewers)
    as_link(uid, "Ada Lindqvist", "submittal.review", submittal=uid, code="approved")
    as_link(uid, "Mo Mech", "submittal.review", submittal=uid, code="revise_and_resubmit", text="460 V")
    run("submittal.close", "pm", submittal=uid)
    again = Document.objects.get(job__uid=made["job"], sort="submittal", revision=1)
    assert (again.number, again.status, again.ball_name) == ("23 33 13-001", "required", "Sal Sheetmetal")
    assert AccessLink.objects.filter(subject_uid=again.uid, contact_name="Sal Sheetmetal").exists()
    with pytest.raises(CannotMove):
        run("submittal.submit", "pm", submittal=uid)  # the old revision is read-only
    with pytest.raises(CannotMove, match="lets the work go on"):
        run("submittal.procure", "pm", submittal=uid, stage="ordered", date=date.today())


def test_an_approved_one_is_bought_step_by_step_and_never_backwards() -> None:
    made = project()
    uid = submitted(made)
    run("submittal.send", "pm", submittal=uid, reviewers=[{"who": made["architect"]}])
    run("submittal.forward", "pm", submittal=uid, to=contact(made, "Mo Mech"))
    assert doc_of(uid).ball_name == "Mo Mech"
    as_link(uid, "Mo Mech", "submittal.review", submittal=uid, code="approved")
    assert (doc_of(uid).ball_name, doc_of(uid).status) == ("Ada Lindqvist", "in_review")
    run("submittal.review", "pm", submittal=uid, code="approved")
    run("submittal.close", "pm", submittal=uid)
    run("submittal.procure", "pm", submittal=uid, stage="ordered", date=date.today())
    run("submittal.procure", "pm", submittal=uid, stage="shipped", date=date.today())
    with pytest.raises(CannotMove, match="can't go back"):
        run("submittal.procure", "pm", submittal=uid, stage="ordered", date=date.today())


def test_numbers_count_within_their_spec_section() -> None:
    made = project()
    numbers = [doc_of(required(made)).number for _ in range(2)]
    other = run("submittal.draft", "pm", job=made["job"], title="Doors", spec_section="08 11 13")["uid"]
    numbers.append(run("submittal.require", "pm", submittal=other)["number"])
    assert numbers == ["23 74 13-001", "23 74 13-002", "08 11 13-001"]


def test_steps_have_no_gap_wait_for_somebody_and_name_nobody_twice() -> None:
    made = project()
    uid, who = submitted(made), made["architect"]
    for reviewers, said in (
        ([{"who": who, "step": 2}], "without a gap"), ([{"who": who, "required": False}], "only optional"),
        ([{"who": who}, {"who": who}], "only once"), ([], "Say who is asked"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=said):
            run("submittal.send", "pm", submittal=uid, reviewers=reviewers)


# punch items


def test_a_punch_item_found_by_one_done_by_another_verified_by_a_third_is_accepted_by_who_found_it() -> None:
    made = project()
    item = run("punch.add", "super", job=made["job"], title="Diffuser loose", location="204")["uid"]
    assert doc_of(item).ball == "manager"
    run("punch.issue", "pm", item=item, person=_person("Eli Stone"))
    assert doc_of(item).ball_name == "Eli Stone"
    run("punch.resolve", "owner", item=item, note="Refastened")
    assert run("punch.verify", "pm", item=item)["status"] == "ready_to_close"
    assert run("punch.accept", "super", item=item, ok=False, note="Still loose")["status"] == "work_not_accepted"
    run("punch.resolve", "owner", item=item)
    run("punch.verify", "pm", item=item)
    assert run("punch.accept", "super", item=item)["status"] == "closed"
    assert run("punch.reopen", "pm", item=item, reason="Fell down")["ball"] == "assignee"
    assert [r.code for r in doc_of(item).responses.all()] == ["done", "verified", "not accepted", "done", "verified", "accepted"]


def test_a_disputed_punch_item_is_settled_and_work_done_in_the_field_is_never_refused() -> None:
    made = project()
    item = run("punch.add", "super", job=made["job"], title="Scratch")["uid"]
    with pytest.raises(Invalid, match="not valid"):
        run("punch.dispute", "pm", item=item, reason="")
    run("punch.dispute", "pm", item=item, reason="It came so from the factory")
    assert run("punch.resolve", "owner", item=item)["status"] == "ready_for_review"
    assert run("punch.resolve", "owner", item=item)["status"] == "ready_for_review"
    other = run("punch.add", "super", job=made["job"], title="Dent")["uid"]
    run("punch.dispute", "pm", item=other, reason="Not ours")
    assert run("punch.settle", "super", item=other, stands=False, reason="True")["status"] == "closed"
    with pytest.raises(CannotMove, match="ready for review"):
        run("punch.settle", "super", item=item, stands=True)


def test_crews_of_a_log_are_numbers_that_can_be_true() -> None:
    made = project()
    for crew, said in (
        ({"workers": "four"}, "are numbers"),
        ({"workers": 2, "hours": 60}, "can't have 60 hours"),
        ({"hours": -1}, "can't have"),
    ):
        with pytest.raises(Invalid, match=said):
            run("log.write", "super", job=made["job"], day=date.today(), sections={"manpower": [crew]})


# clocks and rules


def test_the_clocks_say_how_long_each_party_had_it() -> None:
    made = project()
    t0 = datetime(2026, 11, 2, 15, tzinfo=UTC)
    rfi = run("rfi.draft", "super", at=t0, job=made["job"], title="Beam", question="Which way?")["uid"]
    run("rfi.open", "pm", at=t0 + timedelta(hours=12), rfi=rfi, assignees=[contact(made, "Ada Lindqvist"), contact(made, "Bo Chen")])
    seat = Seat.objects.get(document__uid=rfi, contact__name="Ada Lindqvist").uid
    run("rfi.respond", "pm", at=t0 + timedelta(days=2), rfi=rfi, text="Left.", seat=seat)
    run("rfi.respond", "pm", at=t0 + timedelta(days=5), rfi=rfi, text="Left.")
    held = {h["holder"]: h["days"] for h in days_by_holder(doc_of(rfi), t0 + timedelta(days=6))}
    assert held == {"Walt Jankowski": Decimal("0.50"), "Ada Lindqvist": Decimal("1.50"), "Bo Chen": Decimal("4.50"),
                    "Priya Raman": Decimal("1.00")}  # fmt: skip
    # Monday evening 2 November plus five working days, in the branch's zone
    assert doc_of(rfi).due == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("start", "days", "off", "end"),
    [
        (date(2026, 11, 20), 1, [], date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 25), 1, [date(2026, 11, 26)], date(2026, 11, 27)),  # over Thanksgiving
        (date(2026, 11, 21), 5, [], date(2026, 11, 27)),  # asked on a Saturday
    ],
)
def test_days_to_answer_are_working_days(start: date, days: int, off: list[date], end: date) -> None:
    assert working_day_after(start, days, range(5), off) == end
    assert overdue(end, end + timedelta(days=1), "assignee") and not overdue(end, end, "assignee") and not overdue(end, date.max, "")


places = st.lists(
    st.builds(
        Place, name=st.text("ab", min_size=1, max_size=2), step=st.integers(1, 3), required=st.booleans(), state=st.sampled_from(Asked)
    ),
    max_size=6,
)


@given(places)
def test_only_required_people_of_the_running_step_hold_the_ball(found: list[Place]) -> None:
    now = step_now(found)
    if now is None:
        assert in_court(found) == [] and all(p.state == Asked.ANSWERED for p in found if p.required)
    else:
        assert all(p.state == Asked.ANSWERED for p in found if p.required and p.step < now)
        holding = {p.name for p in found if p.step == now and p.required and p.state == Asked.ASKED}
        assert set(in_court(found)) == holding


@given(places)
def test_steps_that_pass_the_check_always_wait_for_somebody(found: list[Place]) -> None:
    try:
        check_steps(found)
    except DomainError:
        return
    for step in {p.step for p in found}:
        assert any(p.required for p in found if p.step == step)


def test_a_change_order_reprinted_later_still_says_from_what_to_what_the_contract_went() -> None:
    from tests.factories import sent_change

    made = project()
    sums = []
    for _ in range(2):
        sent = sent_change(made)
        run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="Jonah Reed")
        sums.append(sent["uid"])
    from bifocal.projects.changes.queries import paper_data

    told = [(d["before"], d["after"]) for d in (paper_data(doc_of(str(u))) for u in sums)]
    assert told == [("100,000.00", "101,500.00"), ("101,500.00", "103,000.00")]


def test_every_paper_prints_on_us_letter_with_the_letterhead_and_what_was_said() -> None:
    from pypdf import PdfReader

    from bifocal.front.papers import document_pdf

    made = project()
    rfi = opened(made, contact(made, "Ada Lindqvist"))
    as_link(rfi, "Ada Lindqvist", "rfi.respond", rfi=rfi, text="Drop it 4 inches #[bold] $5.")
    sections = {"weather": "Clear", "manpower": [{"company": "Harbor", "trade": "HVAC", "workers": 4, "hours": "30.5"}], "work": "Hung duct",
                "visitors": "none", "delays": "none"}  # fmt: skip
    log = run("log.write", "super", job=made["job"], day=date.today(), sections=sections)["uid"]
    run("log.sign", "super", log=log, name="Walt Jankowski")
    run("log.amend", "super", log=log, text="38 pieces", reason="recount")
    punch = run("punch.add", "super", job=made["job"], title="Diffuser loose", location="204")["uid"]
    for uid, words in (
        (rfi, ["Request for information", "RFI-001", "Which way?", "Drop it 4 inches #[bold] $5."]), (submitted(made), ["Submittal", "23 74 13-001", "sheet.pdf"]),
        (log, ["Daily log", "Hung duct", "30.5", "Walt Jankowski", "Amendment", "SHA-256"]), (punch, ["Punch item", "Diffuser loose", "204"]),
    ):  # fmt: skip
        pdf = PdfReader(BytesIO(document_pdf(doc_of(str(uid)))))
        text = "\n".join(p.extract_text() for p in pdf.pages)
        assert [float(x) for x in pdf.pages[0].mediabox[2:]] == [612, 792]
        assert "Harbor Mechanical" in text and all(w in text for w in words), (words, text)
