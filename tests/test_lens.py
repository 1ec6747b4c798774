"""The company's lens: assessed, chosen, hiding and never forking; long jobs of a service company, warranty calls of a project company."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bifocal.bridges.workmix.models import CompanyLens, KeptAssessment
from bifocal.bridges.workmix.queries import assess_own, own_pieces
from bifocal.bridges.workmix.rules import Capability, offered, shown
from bifocal.core.models import User
from bifocal.engines.workmix import Rule, Shape
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotAllowed, NotFound, Refused
from tests.conftest import run
from tests.factories import call, customer, project
from tests.test_assess import made, written

pytestmark = pytest.mark.django_db


def client(key: str = "owner") -> Client:
    found = Client()
    found.force_login(User.objects.get(email=f"{key}@harbor.example"))
    return found


def assessed(**more: Any) -> dict[str, Any]:
    content = base64.b64encode(written(made()[0])).decode()
    return run("workmix.assess", "owner", filename="past.csv", content=content, **more)


def tabs(job: str, key: str = "owner") -> str:
    return client(key).get(f"/jobs/{job}").content.decode().split('class="tabs"')[1].split("</nav>")[0]


def test_a_history_is_assessed_on_screen_and_its_file_kept_for_the_import() -> None:
    answer = assessed(keep=True)
    assert answer["recommendation"] == "both"
    kept = KeptAssessment.objects.get(uid=answer["uid"])
    file = File.objects.get(subject_uid=kept.uid)
    assert file.name == "past.csv" and file.read() == written(made()[0])
    page = client().get(f"/workmix/{kept.uid}").content.decode()
    assert "Run both lenses" in page and "<svg" in page and "Opened on" in page
    report = client().get(f"/workmix/{kept.uid}/report")
    assert "<style>" in report.content.decode() and "script" not in report.content.decode()
    assert report.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not File.objects.filter(subject_uid=assessed()["uid"]).exists()


def test_the_upload_form_and_the_four_questions_lead_to_their_answer() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = client().get("/workmix").content.decode()
    assert "How long does an average piece of work take" in page
    upload = SimpleUploadedFile("past.csv", written(made()[0]))
    sent = client().post("/do/workmix.assess", {"filename": "x", "content": upload, "keep": "true", "next": "/workmix/{uid}"})
    assert sent.status_code == 302 and "Run both" in client().get(sent["Location"]).content.decode()
    assert sent["Location"] in client().get("/settings/import").content.decode(), "the kept history stands with the imports"
    sent = client().post(
        "/do/workmix.answer", {"length": "both", "unit": "job", "service_percent": "92", "friction": "false", "next": "/workmix/{uid}"}
    )
    assert "Run the service lens" in client().get(sent["Location"]).content.decode()


def test_a_file_that_can_not_be_used_is_one_sentence_beside_the_form() -> None:
    with pytest.raises(Invalid, match="'x.csv' is empty"):
        run("workmix.assess", "owner", filename="x.csv", content="")
    with pytest.raises(Invalid, match="base64"):
        run("workmix.assess", "owner", filename="x.csv", content="***")


@pytest.mark.parametrize("key", ["dispatch", "pm", "books", "tech", "viewer"])
def test_only_who_may_set_up_chooses(key: str) -> None:
    for name, args in (
        ("lens.choose", {"lens": "service"}),
        ("workmix.answer", {"length": "days", "unit": "job"}),
        ("workmix.assess", {"filename": "a.csv", "content": ""}),
    ):
        with pytest.raises(NotAllowed):
            run(name, key, **args)


def test_thresholds_are_settings_and_contradictions_refused() -> None:
    good = {
        "days": 20,
        "visits": 4,
        "hours": "60",
        "value": "30000",
        "small_percent": "12",
        "both_percent": "30",
        "contractor_percent": "22",
    }
    run("workmix.rule", "owner", **good)
    rule = CompanyLens.objects.get().rule
    assert (rule.days, rule.visits, str(rule.small.normalize()), str(rule.both.normalize())) == (20, 4, "0.12", "0.3")
    with pytest.raises(Invalid):
        run("workmix.rule", "owner", **{**good, "small_percent": "40"})


def test_before_a_lens_is_chosen_everything_is_shown_and_the_owner_is_led_to_it() -> None:
    today = client().get("/").content.decode()
    assert "which lens fits?" in today and 'href="/dispatch"' in today and 'href="/projects"' in today
    run("lens.choose", "owner", lens="both")
    assert "which lens fits?" not in client().get("/").content.decode()


def test_the_project_lens_hides_dispatch_and_the_service_lens_contracts_without_forking_data() -> None:
    job = call()["uid"]
    made_project = project()
    run("lens.choose", "owner", lens="projects")
    page = client().get("/").content.decode()
    assert 'href="/dispatch"' not in page and "Warranty call" in page
    assert "Visits" in client().get(f"/jobs/{job}").content.decode()  # it has one: what is used is shown
    run("lens.choose", "owner", lens="service")
    page = client().get("/").content.decode()
    assert 'href="/dispatch"' in page and 'href="/projects"' not in page
    assert "Contract" in tabs(made_project["job"]) and "RFIs" not in tabs(made_project["job"])  # it has a contract, no RFI
    assert client().get("/projects").status_code == 200 and Job.objects.filter(uid=made_project["job"]).exists()


def test_a_capability_is_turned_on_for_one_job_by_one_click_and_off_again() -> None:
    run("lens.choose", "owner", lens="service")
    one, two = call()["uid"], call()["uid"]
    assert "RFIs" not in tabs(one)
    sent = client("pm").post("/do/job.capability", {"job": one, "capabilities[]": ["rfis"]})
    assert sent.status_code == 302
    assert "RFIs" in tabs(one) and "RFIs" not in tabs(two)
    run("job.capability", "pm", job=one, capabilities=["rfis"], on=False)
    assert "RFIs" not in tabs(one)
    run("job.capability", "pm", job=one, capabilities=["rfis"])
    run("rfi.draft", "pm", job=one, title="Where?", question="Where does it go?")
    run("job.capability", "pm", job=one, capabilities=["rfis"], on=False)
    assert "RFIs" in tabs(one)  # off hides only what is empty
    with pytest.raises(Invalid, match="Promote it instead"):
        run("job.capability", "pm", job=one, capabilities=["contract"])
    with pytest.raises(NotFound):
        run("job.capability", "tech", job=two, capabilities=["rfis"])


@pytest.mark.parametrize("is_project", [True, False])
def test_what_is_used_is_shown_whatever_the_lens(is_project: bool) -> None:
    for capability in Capability:
        assert capability in shown(is_project, [], [], [capability])
        assert capability in shown(is_project, [], [capability], [])
        assert capability not in shown(is_project, [], [], [])
    assert (Capability.CONTRACT in offered(is_project, [])) is is_project


def test_a_long_install_of_a_service_company_has_days_milestones_changes_and_photos() -> None:
    run("lens.choose", "owner", lens="service")
    booked = call()
    job = booked["uid"]
    page = client().get(f"/jobs/{job}").content.decode()
    assert "Run it as a long job" in page
    run("job.capability", "owner", job=job, capabilities=["schedule", "changes"])
    shown_tabs = tabs(job)
    assert "Schedule" in shown_tabs and "Changes" in shown_tabs and "Files" in shown_tabs
    assert "Contract" not in shown_tabs and "RFIs" not in shown_tabs and "Budget" not in shown_tabs
    plan = [{"code": "A", "name": "Rough-in", "days": 4}, {"code": "M", "name": "Inspection", "days": 0, "after": ["A"]}]
    assert run("schedule.plan", "pm", job=job, activities=plan)["critical_path"] == ["A", "M"]
    assert "Inspection" in client().get(f"/jobs/{job}?tab=schedule").content.decode()
    row = Job.objects.get(uid=job)
    approver = run("contact.add", "pm", customer=row.customer.uid, name="Jonah Reed", role="approver", email="reed@example.com")["uid"]
    change = run("change.draft", "pm", job=job, title="A second condenser")["uid"]
    run(
        "change.price",
        "pm",
        change=change,
        lines=[{"description": "Condenser", "cost_code": "23-0000", "cost_type": "M", "cost": "2000.00"}],
    )
    sent = run("change.send", "pm", change=change, approver=approver)
    run("change.approve", "owner", change=change, sha256=sent["sha256"], name="Jonah Reed")
    extra = Invoice.objects.get(job=row)
    assert (extra.status, str(extra.subtotal), extra.memo) == ("draft", "2000.00", "Approved change CO-1") or extra.memo.startswith(
        "Approved change"
    )


def test_a_project_without_a_contract_still_has_nothing_to_change() -> None:
    who = customer()["uid"]
    from tests.factories import site

    job = run("project.create", "pm", customer=who, site=site(who), title="Bare", branch="BAL", business_unit="MEP")["uid"]
    with pytest.raises(Refused, match="no contract to change"):
        run("change.draft", "pm", job=job, title="More")


def warranty_of(made_project: dict[str, Any]) -> Any:
    from bifocal.projects.closeout.models import Warranty

    job = Job.objects.get(uid=made_project["job"])
    today = datetime.now(UTC).date()
    return Warranty.objects.create(
        job=job, site=job.site, name="Workmanship", starts=today - timedelta(days=9), ends=today + timedelta(days=300)
    )


def test_a_warranty_call_is_one_page_who_when_done() -> None:
    run("lens.choose", "owner", lens="projects")
    cover = warranty_of(project())
    who = Person.objects.filter(active=True).order_by("-id").first()
    assert who is not None
    start = (datetime.now(UTC) + timedelta(days=3)).replace(hour=14, minute=0, second=0, microsecond=0)
    page = client("pm").get("/warranty").content.decode()
    assert "Project under warranty" in page and str(cover.uid) in page
    planned = run("warranty.plan", "pm", warranty=cover.uid, title="Drip at unit 4", person=who.uid, start=start)
    page = client("pm").get("/warranty").content.decode()
    assert "Drip at unit 4" in page and who.name in page
    run("warranty.done", "pm", job=planned["uid"], note="New gasket", hours="1.5")
    row = Job.objects.get(uid=planned["uid"])
    assert (row.work_status, row.billing_rule, row.origin.uid) == ("done", "not_billable", cover.job.uid)
    assert "New gasket" in client("pm").get("/warranty").content.decode()
    with pytest.raises(NotFound):
        run("warranty.done", "pm", job=planned["uid"])
    with pytest.raises(Refused, match="runs from"):
        run("warranty.plan", "pm", warranty=cover.uid, title="Late", person=who.uid, start=start + timedelta(days=900))
    with pytest.raises(NotAllowed):
        run("warranty.plan", "books", warranty=cover.uid, title="Late", person=who.uid, start=start)


def test_our_own_jobs_are_judged_by_the_same_rule() -> None:
    booked = call()
    job = Job.objects.get(uid=booked["uid"])
    assert not next(p for p in own_pieces() if p.ref == job.number).finished_work
    Job.objects.filter(pk=job.pk).update(
        work_status="closed", started_at=datetime(2026, 1, 5, 15, tzinfo=UTC), done_at=datetime(2026, 1, 6, 2, tzinfo=UTC)
    )
    piece = next(p for p in own_pieces() if p.ref == job.number)
    assert piece.finished_work and piece.took == 1  # nine in the evening of the 5th in Baltimore is the 5th
    found = assess_own(Rule())
    judged = next(r for r in found.mix.judged if r.piece.ref == job.number)
    assert judged.shape is Shape.SERVICE
    assert "Work mix" in client().get("/workmix").content.decode()
