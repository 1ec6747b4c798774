"""Commands that no page has a button for yet: what the API's own users get from them, and what is refused."""

from __future__ import annotations

import pytest

from bifocal.kernel.jobs.models import Job, JobParty
from bifocal.kernel.ledger.queries import trial_balance
from bifocal.lib.errors import DomainError, Invalid, NotAllowed, Refused
from bifocal.lib.ids import uuid7
from bifocal.projects.commitments.models import Commitment
from bifocal.projects.register.models import Document, DocumentLink
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.factories import customer, project
from tests.test_commitments import project as bought
from tests.test_commitments import subcontract
from tests.test_service import planned

pytestmark = pytest.mark.django_db


def test_an_account_is_added_and_renamed_and_takes_postings() -> None:
    assert run("account.add", "owner", code="6990", name="Sundry", sort="expense") == {"kind": "account", "code": "6990"}
    run("account.add", "owner", code="6990", name="Small tools", sort="expense")
    run("journal.post", "owner", date="2026-11-20", memo="Drill bits",
        lines=[{"account": "6990", "amount": "41.10"}, {"account": "1010", "amount": "-41.10"}])  # fmt: skip
    row = next(r for r in trial_balance() if r["code"] == "6990")
    assert (row["name"], str(row["debit"])) == ("Small tools", "41.10")
    with pytest.raises(NotAllowed):
        run("account.add", "books", code="6991", name="Other", sort="expense")


def test_a_party_of_a_job_is_somebody() -> None:
    job = project()["job"]
    owner = customer()["uid"]
    run("job.add_party", "pm", job=job, role="general_contractor", customer=owner)
    assert str(JobParty.objects.get(job__uid=job, role="general_contractor").customer.uid) == str(owner)
    with pytest.raises(Invalid, match="Say who it is"):
        run("job.add_party", "pm", job=job, role="architect")
    with pytest.raises(DomainError):
        run("job.add_party", "pm", job=job, role="architect", contact=uuid7())


def test_phases_are_kept_in_the_order_of_their_making_and_each_once() -> None:
    job = project()["job"]
    for code, name in (("R", "Rough-in"), ("T", "Trim")):
        run("phase.add", "pm", job=job, code=code, name=name)
    row = Job.objects.get(uid=job)
    assert [p.code for p in row.phases.order_by("place") if p.code in "RT"] == ["R", "T"]
    with pytest.raises(Refused, match="already has a phase R"):
        run("phase.add", "pm", job=job, code="R", name="Again")


def test_a_subcontract_goes_out_for_bid_before_it_is_sent() -> None:
    order = subcontract(bought())["uid"]
    assert run("commitment.bid", "pm", commitment=order)["status"] == "out_for_bid"
    run("commitment.send", "pm", commitment=order)
    with pytest.raises(DomainError, match="can't become out for bid"):
        run("commitment.bid", "pm", commitment=order)
    assert Commitment.objects.get(uid=order).status == "out_for_signature"


def test_one_paper_led_to_another_of_the_same_project() -> None:
    made, other = project(), project()
    rfi, change = (run("rfi.draft", "pm", job=m["job"], title="Duct route", question="May it drop?")["uid"] for m in (made, other))
    submittal = run("submittal.draft", "pm", job=made["job"], title="Rooftop unit", spec_section="23 74 13")["uid"]
    run("document.link", "pm", source=rfi, target=submittal)
    run("document.link", "pm", source=rfi, target=submittal)
    assert DocumentLink.objects.filter(source__uid=rfi, target__uid=submittal).count() == 1
    with pytest.raises(Refused, match="one project"):
        run("document.link", "pm", source=rfi, target=change)


def test_a_submittal_is_withdrawn_with_a_reason_and_keeps_its_number() -> None:
    job = project()["job"]
    uid = run("submittal.draft", "pm", job=job, title="Rooftop unit", spec_section="23 74 13")["uid"]
    with pytest.raises(Invalid, match="Say why"):
        run("submittal.void", "pm", submittal=uid, reason="")
    run("submittal.void", "pm", submittal=uid, reason="Owner furnishes it")
    assert Document.objects.get(uid=uid).status == "void"
    with pytest.raises(DomainError):
        run("submittal.void", "pm", submittal=uid, reason="twice")


def test_a_visit_is_taken_back_from_the_phone_and_stays_on_the_plan() -> None:
    visit = planned()["visit"]
    before = Visit.objects.get(uid=visit)
    run("visit.dispatch", "dispatch", visit=visit)
    run("visit.recall", "dispatch", visit=visit, reason="Customer asked to wait")
    after = Visit.objects.get(uid=visit)
    assert (after.status, after.dispatched_at, after.planned) == ("scheduled", None, before.planned)
    with pytest.raises(DomainError):
        run("visit.recall", "dispatch", visit=visit)
