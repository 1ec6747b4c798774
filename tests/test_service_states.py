"""The service state machines against section 2 of the reference, move by move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bifocal.kernel.jobs.models import Job
from bifocal.kernel.jobs.rules import NEXT as JOB_NEXT
from bifocal.kernel.people.models import Allocation, Person
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.errors import CannotMove, Invalid, PersonIsTaken, Refused
from bifocal.service.visits.models import Card, Visit
from bifocal.service.visits.rules import NEXT, OUTCOMES, Status, rolled_up
from tests.conftest import run
from tests.factories import call

pytestmark = pytest.mark.django_db
START = datetime.now(UTC).replace(hour=13, minute=0, second=0, microsecond=0) + timedelta(days=2)

# Section 2.4, its table: (from, to), copied from the reference and not from the code.
# 'on site to paused' is its divert; the field may also arrive straight from scheduled.
VISIT_MOVES = {
    ("unscheduled", "scheduled"), ("unscheduled", "cancelled"),
    ("scheduled", "scheduled"), ("scheduled", "unscheduled"), ("scheduled", "dispatched"), ("scheduled", "cancelled"),
    ("scheduled", "en_route"), ("scheduled", "on_site"),
    ("dispatched", "scheduled"), ("dispatched", "en_route"), ("dispatched", "on_site"), ("dispatched", "cancelled"),
    ("en_route", "dispatched"), ("en_route", "on_site"), ("en_route", "done"),
    ("on_site", "working"), ("on_site", "paused"), ("on_site", "done"),
    ("working", "paused"), ("working", "done"), ("paused", "working"), ("paused", "done"), ("cancelled", "unscheduled"),
}  # fmt: skip
# Section 2.2; 'done to closed' is the close of a job that bills nothing.
JOB_MOVES = {
    ("open", "scheduled"), ("scheduled", "open"), ("open", "in_progress"), ("scheduled", "in_progress"),
    ("open", "on_hold"), ("scheduled", "on_hold"), ("in_progress", "on_hold"),
    ("on_hold", "in_progress"), ("on_hold", "scheduled"), ("on_hold", "open"),
    ("in_progress", "done"), ("on_hold", "done"), ("open", "done"), ("scheduled", "done"),
    ("done", "ready_to_bill"), ("done", "in_progress"), ("ready_to_bill", "in_progress"), ("ready_to_bill", "closed"), ("done", "closed"),
    ("closed", "ready_to_bill"), ("open", "cancelled"), ("scheduled", "cancelled"), ("on_hold", "cancelled"), ("cancelled", "open"),
}  # fmt: skip


def test_the_visits_moves_are_those_of_the_reference_and_no_other() -> None:
    assert {(str(a), str(b)) for a, to in NEXT.items() for b in to} == VISIT_MOVES


def test_the_jobs_moves_are_those_of_the_reference_and_no_other() -> None:
    assert {(str(a), str(b)) for a, to in JOB_NEXT.items() for b in to} == JOB_MOVES


def person(name: str) -> str:
    return str(Person.objects.get(name=name).uid)


def planned(**more: Any) -> dict[str, Any]:
    made = call(**more)
    run("visit.schedule", "dispatch", visit=made["visit"], technician=person("Dana Whitfield"), start=START)
    return made


def state(made: dict[str, Any]) -> tuple[str, str]:
    return Visit.objects.get(uid=made["visit"]).status, Job.objects.get(uid=made["uid"]).work_status


ROUTE = {
    "unscheduled": [], "scheduled": ["schedule"], "dispatched": ["schedule", "dispatch"], "en_route": ["schedule", "dispatch", "start_travel"],
    "on_site": ["schedule", "arrive"], "working": ["schedule", "start_work"], "paused": ["schedule", "start_work", "pause"],
    "done": ["schedule", "start_work", "finish"], "cancelled": ["schedule", "cancel"],
}  # fmt: skip
OFFICE = {"schedule", "dispatch", "recall", "unschedule", "cancel", "restore", "confirm"}
ALLOWED = {
    "schedule": {"unscheduled", "scheduled", "dispatched"},  # a dispatched one is recalled by it
    "dispatch": {"scheduled"}, "recall": {"dispatched"}, "unschedule": {"scheduled"},
    "cancel": {"unscheduled", "scheduled", "dispatched"}, "restore": {"cancelled"}, "confirm": {"scheduled", "dispatched"},
}  # fmt: skip


def step(made: dict[str, Any], name: str) -> None:
    more: dict[str, Any] = {
        "schedule": {"technician": person("Dana Whitfield"), "start": START}, "cancel": {"reason": "not needed"}, "finish": {"outcome": "completed"},
    }.get(name, {})  # fmt: skip
    at = None if name in OFFICE else START + timedelta(minutes=10)
    run(f"visit.{name}", "dispatch" if name in OFFICE else "tech", visit=made["visit"], at=at, **more)


@pytest.mark.parametrize("at", list(ROUTE))
def test_each_office_command_is_allowed_exactly_where_the_table_says(at: str) -> None:
    from django.db import transaction

    made = call()
    for name in ROUTE[at]:
        step(made, name)
    assert state(made)[0] == at
    for name, allowed in ALLOWED.items():
        sid = transaction.savepoint()
        if at in allowed:
            step(made, name)
        else:
            with pytest.raises(CannotMove):
                step(made, name)
        transaction.savepoint_rollback(sid)


@pytest.mark.parametrize(("outcome", "then"), sorted(OUTCOMES.items()))
def test_every_outcome_leaves_the_job_where_the_reference_says(outcome: str, then: str) -> None:
    made = planned()
    run("visit.arrive", "tech", visit=made["visit"], at=START)
    run("visit.finish", "tech", visit=made["visit"], outcome=outcome, note="as found", at=START + timedelta(minutes=20))
    job = Job.objects.get(uid=made["uid"])
    if then == "return":
        again = job.visits.get(seq=2)
        assert (job.work_status, again.status, again.note) == ("in_progress", "unscheduled", "as found")
    else:
        assert (job.work_status, job.outcome, job.visits.count()) == ("done", then, 1)
    with pytest.raises(Refused, match="has had a trip"):
        run("job.cancel", "dispatch", job=job.uid, reason="too late")


def test_waiting_on_parts_holds_the_job_and_its_release_brings_it_back() -> None:
    made = planned()
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    run("visit.finish", "tech", visit=made["visit"], outcome="return_needed", hold_for_parts=True, at=START + timedelta(hours=1))
    assert state(made) == ("done", "on_hold")
    run("job.release", "dispatch", job=made["uid"])
    assert state(made) == ("done", "in_progress")


def test_a_planned_return_keeps_the_job_in_progress_when_the_first_trip_is_completed() -> None:
    made = planned()
    second = run("visit.add", "dispatch", job=made["uid"])["uid"]
    run("visit.schedule", "dispatch", visit=second, technician=person("Dana Whitfield"), start=START + timedelta(days=1))
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    run("visit.finish", "tech", visit=made["visit"], outcome="completed", at=START + timedelta(hours=1))
    assert state(made) == ("done", "in_progress")
    run("job.complete", "dispatch", job=made["uid"])
    assert Visit.objects.get(uid=second).status == "cancelled" and not Allocation.objects.filter(source_uid=second).exists()


def test_turned_round_on_the_way_the_visit_waits_and_the_drive_is_kept_as_time() -> None:
    made = planned()
    run("visit.dispatch", "dispatch", visit=made["visit"])
    run("visit.start_travel", "tech", visit=made["visit"], at=START)
    run("visit.cancel_travel", "tech", visit=made["visit"], reason="gate is shut", at=START + timedelta(minutes=30))
    assert state(made) == ("dispatched", "in_progress")
    drive = TimeSegment.objects.get(source_uid=made["visit"])
    assert (drive.activity, drive.status, str(drive.hours)) == ("drive", "closed", "0.5000")
    run("visit.finish", "tech", visit=made["visit"], outcome="canceled_on_route", at=START + timedelta(minutes=31))
    assert state(made) == ("done", "done")


@pytest.mark.parametrize(("at", "left"), [("start_travel", "dispatched"), ("start_work", "paused")])
def test_called_away_to_an_emergency_the_first_visit_waits_and_the_second_begins(at: str, left: str) -> None:
    first, second = planned(), call()
    run("visit.schedule", "dispatch", visit=second["visit"], technician=person("Dana Whitfield"), start=START + timedelta(hours=5))
    run(f"visit.{at}", "tech", visit=first["visit"], at=START)
    run("visit.divert", "tech", visit=first["visit"], to=second["visit"], reason="gas smell", at=START + timedelta(minutes=12))
    assert (state(first)[0], state(second)[0]) == (left, "en_route")
    assert TimeSegment.objects.filter(status="open").count() == 1
    assert not Card.objects.filter(visit__uid__in=[first["visit"], second["visit"]]).exists()


def test_a_helper_has_a_clock_of_their_own_and_the_visit_is_done_when_both_are() -> None:
    made = planned()
    run("visit.add_helper", "dispatch", visit=made["visit"], person=person("Sam Tran"))
    with pytest.raises(Refused, match="already"):
        run("visit.add_helper", "dispatch", visit=made["visit"], person=person("Sam Tran"))
    other = call()
    with pytest.raises(PersonIsTaken, match="Sam Tran is on"):
        run("visit.schedule", "dispatch", visit=other["visit"], technician=person("Sam Tran"), start=START, override="needed")
    both = [{}, {"person": person("Sam Tran")}]
    for who, more in zip(("tech", "dispatch"), both, strict=True):
        run("visit.start_work", who, visit=made["visit"], at=START, **more)
    assert TimeSegment.objects.filter(source_uid=made["visit"], status="open").count() == 2
    run("visit.finish", "tech", visit=made["visit"], outcome="completed", note="Lead's word", at=START + timedelta(hours=1))
    assert state(made) == ("working", "in_progress")
    with pytest.raises(CannotMove, match="is working"):
        run("job.complete", "dispatch", job=made["uid"])
    run(
        "visit.finish",
        "dispatch",
        visit=made["visit"],
        outcome="refused",
        note="Helper's",
        person=person("Sam Tran"),
        at=START + timedelta(hours=2),
    )
    visit = Visit.objects.get(uid=made["visit"])
    assert state(made) == ("done", "done") and (visit.outcome, visit.note) == ("completed", "Lead's word")
    hours = {s.person.name: str(s.hours) for s in TimeSegment.objects.filter(source_uid=made["visit"])}
    assert hours == {"Dana Whitfield": "1.0000", "Sam Tran": "2.0000"}


def test_a_helper_who_comes_while_the_lead_works_ends_only_their_own_part() -> None:
    made = planned()
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    run("visit.add_helper", "dispatch", visit=made["visit"], person=person("Sam Tran"))
    for name, minutes in (("visit.start_work", 10), ("visit.finish", 30)):
        more = {"outcome": "completed"} if name == "visit.finish" else {}
        run(name, "dispatch", visit=made["visit"], person=person("Sam Tran"), at=START + timedelta(minutes=minutes), **more)
    assert state(made) == ("working", "in_progress")
    run("visit.finish", "tech", visit=made["visit"], outcome="completed", at=START + timedelta(hours=1))
    assert state(made) == ("done", "done")


def test_when_the_lead_pauses_the_visit_is_where_the_helper_is() -> None:
    made = planned()
    run("visit.add_helper", "dispatch", visit=made["visit"], person=person("Sam Tran"))
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    run("visit.start_travel", "dispatch", visit=made["visit"], person=person("Sam Tran"), at=START + timedelta(minutes=1))
    assert state(made)[0] == "working"
    run("visit.pause", "tech", visit=made["visit"], at=START + timedelta(minutes=2))
    assert state(made)[0] == "en_route"
    run("visit.resume", "tech", visit=made["visit"], at=START + timedelta(minutes=3))
    assert state(made)[0] == "working" and not Card.objects.filter(visit__uid=made["visit"]).exists()


def test_a_helper_moves_with_the_visit_and_can_be_taken_off() -> None:
    made = planned()
    run("visit.add_helper", "dispatch", visit=made["visit"], person=person("Sam Tran"))
    run("visit.schedule", "dispatch", visit=made["visit"], technician=person("Dana Whitfield"), start=START + timedelta(days=1))
    held = Allocation.objects.filter(source_uid=made["visit"])
    assert {(a.person.name, a.during.lower) for a in held} == {(n, START + timedelta(days=1)) for n in ("Dana Whitfield", "Sam Tran")}
    run("visit.remove_helper", "dispatch", visit=made["visit"], person=person("Sam Tran"))
    assert [a.person.name for a in held.all()] == ["Dana Whitfield"]
    with pytest.raises(Refused, match="no helper"):
        run("visit.remove_helper", "dispatch", visit=made["visit"], person=person("Sam Tran"))


@pytest.mark.parametrize(
    ("seats", "to", "result"),
    [
        (["working", "done"], Status.DONE, "working"), (["paused", "en_route"], Status.PAUSED, "en_route"), (["done", "done"], Status.DONE, "done"),
        (["done", ""], Status.DONE, "done"), (["on_site", "working"], Status.ON_SITE, "working"), (["paused", "done"], Status.DONE, "paused"),
    ],
)  # fmt: skip
def test_a_visit_is_as_far_as_the_furthest_of_its_people(seats: list[str], to: Status, result: str) -> None:
    assert rolled_up(seats, to) == result


def test_somebody_elses_late_fact_raises_a_card_and_never_moves_the_visit_back() -> None:
    made = planned()
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    run("visit.start_travel", "dispatch", visit=made["visit"], person=person("Sam Tran"), at=START + timedelta(minutes=5))
    assert state(made)[0] == "working"
    assert "Sam Tran is en route on a visit that is assigned to somebody else" in Card.objects.get(visit__uid=made["visit"]).sentence


def test_a_job_on_hold_gives_its_technician_back_and_one_somebody_is_on_cannot_be_held() -> None:
    made = planned()
    run("job.hold", "dispatch", job=made["uid"], reason="customer")
    assert state(made) == ("unscheduled", "on_hold") and not Allocation.objects.filter(source_uid=made["visit"]).exists()
    run("job.release", "dispatch", job=made["uid"])
    assert state(made) == ("unscheduled", "open")
    run("visit.schedule", "dispatch", visit=made["visit"], technician=person("Dana Whitfield"), start=START)
    run("visit.start_travel", "tech", visit=made["visit"], at=START)
    for name, more in (("job.hold", {"reason": "weather"}), ("job.complete", {})):
        with pytest.raises(CannotMove, match="Dana Whitfield is en route"):
            run(name, "dispatch", job=made["uid"], **more)


def test_a_canceled_job_frees_its_technician_and_can_be_reinstated() -> None:
    made = planned()
    with pytest.raises(Invalid, match="Say why"):
        run("job.cancel", "dispatch", job=made["uid"], reason="")
    run("job.cancel", "dispatch", job=made["uid"], reason="sold the house")
    assert state(made) == ("cancelled", "cancelled") and not Allocation.objects.filter(source_uid=made["visit"]).exists()
    with pytest.raises(Refused, match="reinstate"):
        run("visit.restore", "dispatch", visit=made["visit"])
    run("job.reinstate", "dispatch", job=made["uid"], reason="sale fell through")
    job = Job.objects.get(uid=made["uid"])
    assert (job.work_status, job.visits.get(seq=2).status) == ("open", "unscheduled")


def test_a_job_that_holds_the_customers_money_is_not_canceled() -> None:
    made = planned()
    run("payment.take", "dispatch", job=made["uid"], amount="50.00", method="cash")
    with pytest.raises(Refused, match=r"holds 50\.00 of the customer's money"):
        run("job.cancel", "dispatch", job=made["uid"], reason="changed their mind")


def test_a_job_nobody_went_to_is_completed_only_with_the_reason() -> None:
    made = call()
    with pytest.raises(Invalid, match="without a visit"):
        run("job.complete", "dispatch", job=made["uid"])
    assert run("job.complete", "dispatch", job=made["uid"], reason="fixed by phone")["work_status"] == "done"


def test_a_finished_visits_note_is_bettered_by_the_technician_until_the_office_has_reviewed_it() -> None:
    made = planned()
    with pytest.raises(CannotMove):
        run("visit.amend", "tech", visit=made["visit"], note="too early")
    run("visit.start_work", "tech", visit=made["visit"], at=START)
    run("visit.finish", "tech", visit=made["visit"], outcome="completed", note="capasitor", at=START + timedelta(hours=1))
    run("visit.amend", "tech", visit=made["visit"], note="Capacitor replaced")
    run("job.review", "books", job=made["uid"])
    with pytest.raises(Refused, match="the office has taken it over"):
        run("visit.amend", "tech", visit=made["visit"], note="later still")
    run("visit.amend", "dispatch", visit=made["visit"], note="Run capacitor replaced")
    assert Visit.objects.get(uid=made["visit"]).note == "Run capacitor replaced"
