"""Activities tied to the work: inspections that hold a finish, submittals that follow a start, a change's work that enters the plan."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from bifocal.core.facts import deliver_now
from bifocal.core.models import Delivery, Fact
from bifocal.front.sentences import say
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import WorkCalendar
from bifocal.lib.errors import Invalid, NotAllowed, NotFound, Refused
from bifocal.projects.contracts.models import Contract
from bifocal.projects.lookahead.models import Constraint
from bifocal.projects.register.models import Document
from bifocal.projects.ties.handlers import plan_approved_work, redate_submittals
from bifocal.projects.ties.models import Fragment
from bifocal.projects.ties.queries import late, trouble
from bifocal.projects.ties.rules import failed
from tests import factories
from tests.conftest import run
from tests.test_change_events import as_link
from tests.test_gantt import change, days, planned, uid
from tests.test_lists import signed_in

pytestmark = pytest.mark.django_db
DAY = 480


def booked(job: Job, code: str = "A", name: str = "Rough electrical") -> str:
    made = run("inspection.book", "super", activity=uid(job, code), name=name, planned_on="2027-03-05", inspector="City of Baltimore")
    return str(made["uid"])


def test_a_failed_inspection_holds_the_finish_and_what_follows_until_it_is_passed() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    one = booked(job)
    with pytest.raises(Refused, match="booked already"):
        booked(job)
    with pytest.raises(Invalid, match="put right"):
        run("inspection.judge", "super", inspection=one, result="failed")
    run("inspection.judge", "super", inspection=one, result="failed", note="Boxes not bonded", on="2027-03-05")
    held = "A Work A can't be finished: the inspection 'Rough electrical' failed on 05 Mar .Boxes not bonded.. Book it again and pass it"
    with pytest.raises(Refused, match=held):
        run("activity.progress", "pm", activity=uid(job, "A"), percent=100)
    with pytest.raises(Refused, match=held):
        change(job, do="progress", activity=uid(job, "A"), percent=100)
    run("activity.progress", "super", activity=uid(job, "A"), percent=95)
    with pytest.raises(Refused, match="B waits for inspection: Rough electrical"):
        run("lookahead.promise", "super", job=job.uid, week="2027-03-08", what="Hang board", activity=uid(job, "B"))
    again = booked(job)
    with pytest.raises(Refused, match="can't be finished"):
        run("activity.progress", "pm", activity=uid(job, "A"), percent=100)
    run("inspection.judge", "super", inspection=again, result="passed", on="2027-03-09")
    run("activity.progress", "super", activity=uid(job, "A"), percent=100)
    assert Constraint.objects.get(activity__code="B", activity__job=job).cleared_on == date(2027, 3, 9)
    run("lookahead.promise", "super", job=job.uid, week="2027-03-08", what="Hang board", activity=uid(job, "B"))
    with pytest.raises(Refused, match="was passed on 09 Mar already"):
        run("inspection.judge", "super", inspection=again, result="failed", note="No")


def test_a_failed_inspection_holds_the_start_of_what_follows_and_a_scheduler_may_start_it_with_the_reason() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]), ("C", 3, ["A SS"]), ("D", 2, []))
    run("inspection.judge", "super", inspection=booked(job), result="failed", note="Boxes not bonded", on="2027-03-05")
    held = "B Work B can't start: before it A Work A failed 'Rough electrical' on 05 Mar .Boxes not bonded.. Pass it."
    with pytest.raises(Refused, match=held):
        run("activity.progress", "pm", activity=uid(job, "B"), percent=10)
    with pytest.raises(Refused, match=held):
        change(job, do="progress", activity=uid(job, "B"), percent=10)
    run("activity.progress", "super", activity=uid(job, "B"), percent=0)
    for code in ("C", "D"):  # one that runs beside it, one that has nothing to do with it
        run("activity.progress", "super", activity=uid(job, code), percent=10)
    panel = f"/jobs/{job.uid}/activities/{uid(job, 'B')}"
    assert 'name="despite"' in signed_in("pm").get(panel).content.decode()
    shown = signed_in("super").get(panel).content.decode()
    assert "start yet" in shown and "Boxes not bonded" in shown and 'name="despite"' not in shown
    run("activity.progress", "pm", activity=uid(job, "B"), percent=10, despite="The inspector agreed by phone")
    told = Fact.objects.get(name="StartedDespite", subject_uid=job.uid).payload
    assert told["reason"] == "The inspector agreed by phone" and "Rough electrical" in told["held"][0]
    run("activity.progress", "super", activity=uid(job, "B"), percent=40)  # it has started


def test_what_the_field_noted_is_kept_and_stands_at_the_activity_for_the_scheduler() -> None:
    """Decision 1: it happened, so it is never refused for state; the office sees that an inspection stands against it."""
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    run("inspection.judge", "super", inspection=booked(job), result="failed", note="Boxes not bonded", on="2027-03-05")
    run("activity.progress", "super", activity=uid(job, "B"), percent=30, started_on="2027-03-08")
    run("activity.progress", "super", activity=uid(job, "A"), percent=100, finished_on="2027-03-09")
    a, b = (job.activities.get(code=c) for c in "AB")
    assert (a.percent, a.actual_finish, b.percent, b.actual_start) == (100, date(2027, 3, 9), 30, date(2027, 3, 8))
    told = [f.payload for f in Fact.objects.filter(name="ProgressDespite", subject_uid=job.uid).order_by("id")]
    assert [(t["code"], t["percent"]) for t in told] == [("B", 30), ("A", 100)] and all("Rough electrical" in t["held"][0] for t in told)
    shown = signed_in("pm").get(f"/api/v1/jobs/{job.uid}/schedule-trouble").json()
    assert shown == {str(a.uid): ["Rough electrical: failed"], str(b.uid): ["Rough electrical: begun although it failed"]}
    run("inspection.judge", "super", inspection=booked(job), result="passed", on="2027-03-10")
    assert signed_in("pm").get(f"/api/v1/jobs/{job.uid}/schedule-trouble").json() == {}


def test_why_work_is_held_is_said_in_the_language_of_the_page() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    run("inspection.judge", "super", inspection=booked(job), result="failed", note="Boxes not bonded", on="2027-03-05")
    with pytest.raises(Refused) as refusal:
        run("activity.progress", "pm", activity=uid(job, "B"), percent=10)
    with override("es"):
        spanish = say(refusal.value.sentence)
    assert spanish != refusal.value.sentence and "before it" not in spanish and "Pass it" not in spanish and "Boxes not bonded" in spanish


def test_of_two_inspections_of_one_activity_each_clears_its_own_and_the_last_the_rest() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    for what in ("Rough electrical", "Rough plumbing", "Anything"):
        run("lookahead.constrain", "super", activity=uid(job, "A"), sort="inspection", what=what)
    wires, pipes = booked(job), booked(job, name="Rough plumbing")

    def waits() -> set[str]:
        return set(Constraint.objects.filter(activity__job=job, cleared_on=None).values_list("what", flat=True))

    run("inspection.judge", "super", inspection=wires, result="passed")
    assert waits() == {"Rough plumbing", "Anything"}
    run("inspection.judge", "super", inspection=pipes, result="failed", note="Leaks")
    with pytest.raises(Refused, match="'Rough plumbing' failed"):
        run("activity.progress", "pm", activity=uid(job, "A"), percent=100)
    run("inspection.judge", "super", inspection=booked(job, name="Rough plumbing"), result="passed")
    assert waits() == set()


def test_a_passed_inspection_clears_its_own_constraint_and_no_other() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    for code, sort, what in (("A", "inspection", "Anything"), ("A", "materials", "Wire"), ("B", "inspection", "Fire marshal")):
        run("lookahead.constrain", "super", activity=uid(job, code), sort=sort, what=what)
    run("inspection.judge", "super", inspection=booked(job), result="passed")
    assert set(Constraint.objects.filter(activity__job=job, cleared_on=None).values_list("what", flat=True)) == {"Wire", "Fire marshal"}


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["passed", "failed", ""])), max_size=12))
def test_the_last_judgement_of_a_name_decides(judged: list[tuple[str, str]]) -> None:
    for name in "xyz":
        said = [r for n, r in judged if n == name and r]
        assert (name in failed(judged)) == (bool(said) and said[-1] == "failed")


def submittal(job: Job, **more: Any) -> str:
    made = run("submittal.draft", "pm", job=job.uid, title="Rooftop unit", spec_section="23 74 13", lead_days=56, **more)
    return str(made["uid"])


def test_a_submittals_dates_follow_the_start_of_its_activity() -> None:
    """Section 2.2: on site less 56 days of lead, 14 of design and 5 of internal review."""
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    paper = submittal(job)
    run("submittal.tie", "pm", submittal=paper, activity=uid(job, "B"))
    doc = Document.objects.get(uid=paper)
    assert doc.external["on_site"] == "2027-03-08" and doc.external["planned_return"] == "2027-01-11"
    assert doc.external["submit_by"] == "2026-12-23" and doc.due == date(2026, 12, 23)
    change(job, do="resize", activity=uid(job, "A"), minutes=10 * DAY)
    redate_submittals(Fact.objects.filter(name="DatesMoved", subject_uid=job.uid).order_by("id")[0])
    doc.refresh_from_db()
    assert doc.external["on_site"] == "2027-03-15" and doc.due == date(2026, 12, 30)
    assert Fact.objects.filter(name="SubmittalRedated", subject_uid=doc.uid).count() == 1
    assert run("submittal.follow", "pm", job=job.uid)["moved"] == [], "once"
    assert [late(doc.tie, d) for d in (date(2026, 12, 30), date(2026, 12, 31), date(2027, 3, 16))] == ["", "not submitted", "not on site"]
    (said,) = trouble(job, date(2026, 12, 31))[job.activities.get(code="B").uid]
    assert said[1] == "not submitted" and trouble(job, date(2026, 12, 30)) == {}
    run("submittal.untie", "pm", submittal=paper)
    with pytest.raises(Refused, match="follows no activity"):
        run("submittal.untie", "pm", submittal=paper)


def test_other_review_days_are_kept_when_dates_follow() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    paper = submittal(job, on_site="2027-06-01", design_days=21, internal_days=3)
    run("submittal.tie", "pm", submittal=paper, activity=uid(job, "A"))
    kept = Document.objects.get(uid=paper).external
    assert (kept["planned_return"], kept["internal_complete"], kept["submit_by"]) == ("2027-01-04", "2026-12-14", "2026-12-11")


def test_a_changes_work_is_analyzed_before_and_enters_the_plan_with_the_approval() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    Contract.objects.filter(job=job).update(completion=date(2027, 4, 30))
    doc = run("change.draft", "pm", job=job.uid, title="Second panel")
    pieces = [{"name": "Order the panel", "days": 2}, {"name": "Set the panel", "days": 3}]
    said = run("change.fragment", "pm", change=doc["uid"], pieces=pieces, after=uid(job, "A"), before=uid(job, "B"))["impact"]
    assert (said["finish_before"], said["finish_after"], said["days_later"]) == ("2027-03-10", "2027-03-17", 5.0)
    assert (said["calendar_days"], said["completion"], said["new_completion"]) == (7, "2027-04-30", "2027-05-07")
    assert days(job)["B"] == ("Mar 08", "Mar 10"), "nothing moves before the approval"
    with pytest.raises(Refused, match="when it is approved"):
        run("change.enter_fragment", "pm", change=doc["uid"])
    Document.objects.filter(uid=doc["uid"]).update(status="approved", number="CO-1")
    fact = Fact(name="ChangeApproved", subject_kind="document", subject_uid=doc["uid"], payload={})
    for _ in range(2):  # a delivery may come twice
        plan_approved_work(fact)
    assert days(job)["B"] == ("Mar 15", "Mar 17") and job.activities.count() == 4
    assert set(job.activities.values_list("name", flat=True)) >= {"CO-1 Order the panel", "CO-1 Set the panel"}
    assert days(job)["A20"] == ("Mar 10", "Mar 12")


def test_work_whose_place_is_gone_is_said_on_the_change_and_the_approval_stands() -> None:
    job = planned(("A", 5, []), ("B", 3, []))
    doc = run("change.draft", "pm", job=job.uid, title="Second panel")
    run("change.fragment", "pm", change=doc["uid"], pieces=[{"name": "Set it", "days": 3}], after=uid(job, "B"))
    change(job, do="remove", activity=uid(job, "B"))
    Document.objects.filter(uid=doc["uid"]).update(status="approved", number="CO-1")
    plan_approved_work(Fact(name="ChangeApproved", subject_kind="document", subject_uid=doc["uid"], payload={}))
    kept = Fragment.objects.get(document__uid=doc["uid"])
    assert kept.entered_at is None and "is not in the plan any more" in kept.stuck


def test_strangers_other_jobs_and_loops_are_refused() -> None:
    job, other = planned(("A", 5, []), ("B", 3, ["A"])), planned(("X", 2, []))
    doc = run("change.draft", "pm", job=job.uid, title="Second panel")
    one = [{"name": "Set it", "days": 1}]
    with pytest.raises(NotFound, match="another job"):
        run("change.fragment", "pm", change=doc["uid"], pieces=one, after=uid(other, "X"))
    with pytest.raises(Invalid):
        run("change.fragment", "pm", change=doc["uid"], pieces=one, after=uid(job, "B"), before=uid(job, "A"))  # B follows A: a loop
    with pytest.raises(Invalid, match="one and the same"):
        run("change.fragment", "pm", change=doc["uid"], pieces=one, after=uid(job, "B"), before=uid(job, "B"))
    with pytest.raises(NotFound, match="another job"):
        run("submittal.tie", "pm", submittal=submittal(job), activity=uid(other, "X"))
    with pytest.raises((NotFound, NotAllowed)):
        run("inspection.book", "tech", activity=uid(job, "A"), name="Frame", planned_on="2027-03-05")
    with pytest.raises((NotFound, NotAllowed)):
        run("inspection.judge", "tech", inspection=booked(job), result="passed")
    with pytest.raises(NotAllowed):
        run("change.fragment", "super", change=doc["uid"], pieces=one, after=uid(job, "A"))


def test_the_pages_show_what_hangs_on_an_activity() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    run("inspection.judge", "super", inspection=booked(job), result="failed", note="Boxes not bonded")
    paper = submittal(job)
    run("submittal.tie", "pm", submittal=paper, activity=uid(job, "A"))
    doc = run("change.draft", "pm", job=job.uid, title="Second panel")
    run(
        "change.fragment", "pm", change=doc["uid"], pieces=[{"name": "Set the panel", "days": 3}], after=uid(job, "A"), before=uid(job, "B")
    )
    web = signed_in("pm")
    panel = web.get(f"/jobs/{job.uid}/activities/{uid(job, 'A')}").content.decode()
    assert "Boxes not bonded" in panel and "Rooftop unit" in panel and "Book an inspection" in panel
    assert "Work A" in web.get(f"/documents/{paper}").content.decode()
    shown = web.get(f"/documents/{doc['uid']}").content.decode()
    assert "Time impact" in shown and "Set the panel" in shown and "working days later" in shown
    assert web.get(f"/api/v1/jobs/{job.uid}/gantt").json()["trouble"] == {uid(job, "A"): ["Rough electrical: failed"]}
    assert "▲ Rough electrical: failed" in web.get(f"/jobs/{job.uid}?tab=schedule").content.decode()
    told = web.get(f"/api/v1/jobs/{job.uid}/ties").json()
    assert [i["result"] for i in told["inspections"]] == ["failed"] and told["submittals"][0]["activity"] == "A"
    assert told["changes"][0]["impact"]["days_later"] == 3.0


def test_what_the_look_ahead_waits_for_past_its_day_stands_at_its_activity() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    for what, by in (("Answer to RFI 7", "2020-02-03"), ("Wire", str(date.today())), ("Hot work", None)):
        run("lookahead.constrain", "super", activity=uid(job, "B"), sort="information", what=what, **({"needed_by": by} if by else {}))
    web = signed_in("pm")
    assert web.get(f"/api/v1/jobs/{job.uid}/gantt").json()["trouble"] == {str(uid(job, "B")): ["Answer to RFI 7: information"]}
    page = web.get(f"/jobs/{job.uid}?tab=schedule").content.decode()
    assert "Answer to RFI 7" in page and "Hot work" not in page
    run("lookahead.clear", "super", constraint=Constraint.objects.get(what="Answer to RFI 7").uid)
    assert web.get(f"/api/v1/jobs/{job.uid}/gantt").json()["trouble"] == {}


def test_an_approval_from_the_owners_link_puts_the_changes_work_into_the_plan_and_onto_its_page() -> None:
    """Drafted, priced, analyzed, sent, approved by the owner, delivered as the queue does: nothing is set by hand."""
    WorkCalendar.objects.all().delete()
    made = factories.project()
    job = Job.objects.get(uid=made["job"])
    job.activities.all().delete()
    acts = [
        {"code": "A", "name": "Rough-in", "days": 5, "not_before": "2027-03-01"},
        {"code": "B", "name": "Trim", "days": 3, "after": ["A"]},
    ]
    run("schedule.plan", "pm", job=job.uid, activities=acts)
    doc = run("change.draft", "pm", job=job.uid, title="Second panel")["uid"]
    lines = [{"description": "Panel", "cost_code": "23-0000", "cost_type": "L", "cost": "1500.00"}]
    run("change.price", "pm", change=doc, days=5, lines=lines)
    pieces = [{"name": "Order the panel", "days": 2}, {"name": "Set the panel", "days": 3}]
    run("change.fragment", "pm", change=doc, pieces=pieces, after=uid(job, "A"), before=uid(job, "B"))
    sent = run("change.send", "pm", change=doc, approver=made["approver"])
    assert days(job)["B"] == ("Mar 08", "Mar 10"), "sent is not approved"
    as_link(sent["link_path"], "change.approve", change=doc, sha256=sent["sha256"], name="Jonah Weiss")
    for one in Delivery.objects.filter(fact__name="ChangeApproved", fact__subject_uid=doc):
        deliver_now(one.pk)
    assert days(job)["B"] == ("Mar 15", "Mar 17")
    number = Document.objects.get(uid=doc).number
    for one in Delivery.objects.filter(fact__name="DatesMoved", fact__subject_uid=job.uid):
        deliver_now(one.pk)
    web = signed_in("pm")
    rows = web.get(f"/api/v1/jobs/{job.uid}/gantt").json()["rows"]
    assert {f"{number} Order the panel", f"{number} Set the panel"} <= {r[2] for r in rows}
    page = web.get(f"/documents/{doc}").content.decode()
    assert "Set the panel" in page and "In the plan since" in page
