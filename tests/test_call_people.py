"""Calls for several: how many a visit needs is said, shown, warned of, offered, optimised, counted and brought in."""

from __future__ import annotations

from datetime import datetime
from threading import Thread
from typing import Any

import pytest
from django.db import transaction

from bifocal.core.models import Branch
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import CannotMove, DomainError, Invalid, NotAllowed, PersonIsTaken, StaleVersion
from bifocal.service.board import offering
from bifocal.service.board.fits import fits
from bifocal.service.board.models import Proposal
from bifocal.service.capacity.queries import day_room
from bifocal.service.dispatch.rules import Need
from bifocal.service.visits.models import Visit
from tests.conftest import actor_named, run
from tests.test_board import at, monday, other, person, placed, visit
from tests.test_board_crews import going, hours
from tests.test_imports import bring, errors
from tests.test_lists import signed_in
from tests.test_offers import DAY, NIGHT, only
from tests.test_offers import at as then
from tests.test_offers import placed as place


def for_two(**more: Any) -> Visit:
    """A call in the tray that needs two."""
    row = visit(**more)
    run("visit.set_people", "dispatch", visit=row.uid, people=2)
    row.refresh_from_db()
    return row


@pytest.mark.django_db
def test_how_many_is_said_by_type_by_caller_by_trip_and_refused_where_it_can_not_be() -> None:
    run("job_type.set", "owner", code="SWAP", name="Change-out", minutes=180, skill="plumbing", people=2)
    usual = Visit.objects.get(uid=run("call.book", "dispatch", job_type="SWAP", branch="BAL", **place(39.3, -76.6))["visit"])
    said = Visit.objects.get(uid=run("call.book", "dispatch", job_type="SWAP", branch="BAL", people=3, **place(39.31, -76.6))["visit"])
    assert (usual.people, said.people) == (2, 3)
    more = Visit.objects.get(uid=run("visit.add", "dispatch", job=usual.job.uid, people=1)["uid"])
    assert more.people == 1
    for n in (0, 13):
        with pytest.raises(Invalid, match="1 to 12"):
            run("visit.set_people", "dispatch", visit=usual.uid, people=n)
    with pytest.raises(Invalid, match="1 to 12"):
        run("job_type.set", "owner", code="SWAP", name="Change-out", minutes=180, people=0)
    with pytest.raises(NotAllowed):
        run("visit.set_people", "viewer", visit=usual.uid, people=1)
    with pytest.raises(StaleVersion):
        run("visit.set_people", "dispatch", visit=usual.uid, people=1, version=usual.version - 1)
    run("visit.cancel", "dispatch", visit=more.uid, reason="not needed")
    with pytest.raises(CannotMove, match="nobody goes there any more"):
        run("visit.set_people", "dispatch", visit=more.uid, people=2)


@pytest.mark.django_db
def test_the_next_trip_needs_as_many() -> None:
    row = placed("Dana Whitfield", 8)
    run("visit.set_people", "dispatch", visit=row.uid, people=2)
    run("visit.dispatch", "dispatch", visit=row.uid)
    for step in ("visit.start_travel", "visit.arrive", "visit.start_work"):
        run(step, "tech", visit=row.uid)
    run("visit.finish", "tech", visit=row.uid, outcome="return_needed")
    assert row.job.visits.get(seq=2).people == 2


@pytest.mark.django_db
def test_the_tray_says_it_and_one_of_two_shows_who_is_missing() -> None:
    row = for_two(title="Rooftop compressor")
    client = signed_in("dispatch")

    def board() -> str:
        return client.get(f"/dispatch?branch=BAL&day={monday()}").content.decode()

    card = board().split("Rooftop compressor")[1].split("</a>")[0]
    assert "2 people" in card
    assert {v["uid"]: v["people"] for v in client.get("/api/v1/board", {"branch": "BAL"}).json()["tray"]}[str(row.uid)] == 2
    run(
        "board.move",
        "dispatch",
        lines=[{"visit": row.uid, "version": row.version, "technician": person("Dana Whitfield").uid, "start": at(9)}],
    )
    assert "1 more needed" in board() and "1 more needed" in client.get(f"/visits/{row.uid}").content.decode()
    assert client.get(f"/api/v1/visits/{row.uid}").json()["missing"] == 1
    run("visit.add_helper", "dispatch", visit=row.uid, person=person(other()).uid)
    assert "more needed" not in board() and client.get(f"/api/v1/visits/{row.uid}").json()["missing"] == 0


@pytest.mark.django_db
def test_before_the_drop_it_says_what_is_missing_and_who_is_free() -> None:
    only("Dana Whitfield", other())
    row = for_two()
    actor = actor_named("dispatch")

    def said(start: int) -> dict[str, list[tuple[str, Any]]]:
        found = fits(row.uid, actor, start=at(start))
        return {
            f.name: [(r.code, r.values.get("names")) for r in f.mind if r.code in ("more", "too_few")] for f in found if f.kind == "person"
        }

    assert said(9)["Dana Whitfield"] == [("more", other())]
    placed(other(), 13)
    assert said(13)["Dana Whitfield"] == [("too_few", "")]
    words = signed_in("dispatch").get(f"/api/v1/visits/{row.uid}/fit", {"start": at(9).isoformat()}).json()["rows"]
    assert any(f"1 more needed; free then: {other()}" in r["mind"] for r in words)
    run("visit.schedule", "dispatch", visit=row.uid, technician=person("Dana Whitfield").uid, start=at(9))
    run("visit.add_helper", "dispatch", visit=row.uid, person=person(other()).uid)
    assert said(10)["Dana Whitfield"] == []  # the helper comes along


def optimised(scope: str) -> Proposal:
    got = run("board.optimise", "dispatch", branch="BAL", day=monday(), seconds=1, scope=scope)
    return Proposal.objects.get(uid=got["uid"])


@pytest.mark.django_db
def test_the_optimiser_takes_two_out_of_the_tray_at_once_and_sends_who_is_missing() -> None:
    only("Dana Whitfield", other())
    fresh, short = for_two(), placed("Dana Whitfield", 13)
    run("visit.set_people", "dispatch", visit=short.uid, people=2)
    found = optimised("day")
    lines = {li["visit"]: li for li in found.found["lines"]}
    for row in (fresh, short):
        assert {lines[str(row.uid)]["to_person"], lines[str(row.uid)]["with"]} == {"Dana Whitfield", other()}
    run("board.accept", "dispatch", proposal=found.uid)
    for row in (fresh, short):
        assert going(row) == {"Dana Whitfield", other()} and len(set(hours(row).values())) == 1
    run("board.undo", "dispatch")
    fresh.refresh_from_db()
    assert fresh.status == "unscheduled" and going(short) == {"Dana Whitfield"}


@pytest.mark.django_db
def test_one_alone_is_not_sent_for_two_and_the_reason_is_said() -> None:
    second = other()
    only("Dana Whitfield")
    row = for_two()
    found = optimised("unassigned")
    assert found.found["lines"] == [] and str(row.uid) in {u["visit"] for u in found.found["unserved"]}
    (told,) = [u for u in found.found["unserved"] if u["visit"] == str(row.uid)]
    assert told["job_number"] == row.job.number and told["reason"] == "needs 2 people together, and 1 work that day"
    Person.objects.filter(name=second).update(dispatchable=True)
    run("person.time_off", "dispatch", person=person(second).uid, start=at(0), end=at(24))
    (told,) = [u for u in optimised("unassigned").found["unserved"] if u["visit"] == str(row.uid)]
    assert "no 2 technicians are free together" in told["reason"]


@pytest.mark.django_db
def test_a_caller_who_needs_two_is_offered_hours_that_two_have_and_gets_both() -> None:
    only("Tom Brandt", "Keisha Moore")
    run("visit.schedule", "dispatch", visit=visit().uid, technician=person("Keisha Moore").uid, start=then(8), end=then(12), override="x")
    branch = Branch.objects.get(code="BAL")
    found = offering.best_windows(Need(60, "plumbing", (39.3, -76.6), people=2), branch, NIGHT, days=1, count=20)
    assert found and all({c.person.name, *(p.name for p in c.along)} == {"Tom Brandt", "Keisha Moore"} for c in found)
    assert all(c.start >= then(12) for c in found)
    assert offering.best_windows(Need(60, "plumbing", people=3), branch, NIGHT, days=1) == []
    made = run("call.book", "dispatch", job_type="LEAK", branch="BAL", people=2, offer=found[0].token, **place(39.3, -76.6))
    row = Visit.objects.get(uid=made["visit"])
    assert row.people == 2 and going(row) == {"Tom Brandt", "Keisha Moore"} and len(set(hours(row).values())) == 1
    page = signed_in("dispatch").get("/intake/windows", {"job_type": "LEAK", "branch": "BAL", "people": "9", "first": str(DAY)})
    assert "So many are not free together" in page.content.decode()
    told = signed_in("dispatch").get("/api/v1/windows", {"job_type": "LEAK", "branch": "BAL", "people": "2", "first": str(DAY)}).json()
    assert told and all(len(t["along"]) == 1 for t in told)


@pytest.mark.django_db
def test_the_visits_page_offers_hours_that_two_have_and_one_click_sends_both() -> None:
    second = other()
    only("Dana Whitfield", second)
    placed(second, 8)
    row = for_two()
    client = signed_in("dispatch")
    told = client.get(f"/api/v1/visits/{row.uid}/offers", {"day": str(monday())}).json()
    assert {(t["name"], *(p["name"] for p in t["along"])) for t in told} == {("Dana Whitfield", second), (second, "Dana Whitfield")}
    assert {datetime.fromisoformat(t["start"]) for t in told} == {at(10)}  # the second's call before ends at ten
    page = client.get(f"/visits/{row.uid}", {"day": str(monday())}).content.decode()
    assert f'name="helpers[]" value="{person(second).uid}"' in page
    run(
        "visit.schedule",
        "dispatch",
        visit=row.uid,
        technician=told[0]["person"],
        start=told[0]["start"],
        helpers=[told[0]["along"][0]["person"]],
    )
    assert going(row) == {"Dana Whitfield", second} and len(set(hours(row).values())) == 1
    third = for_two()
    later = client.get(f"/api/v1/visits/{third.uid}/offers", {"day": str(monday())}).json()
    assert datetime.fromisoformat(later[0]["start"]) == at(12)
    with pytest.raises(PersonIsTaken), transaction.atomic():  # both or nobody
        run("visit.schedule", "dispatch", visit=third.uid, technician=person("Tom Brandt").uid, start=at(10), override="x",
            helpers=[person(second).uid])  # fmt: skip
    third.refresh_from_db()
    assert third.status == "unscheduled"


@pytest.mark.django_db
def test_capacity_counts_everybody_who_must_be_there() -> None:
    only("Tom Brandt", "Keisha Moore")
    branch = Branch.objects.get(code="BAL")
    JobType.objects.filter(code="LEAK").update(minutes=120)
    whole = day_room(DAY, branch).room("")
    window = {"window_start": then(8), "window_end": then(10)}
    made = run("call.book", "dispatch", job_type="LEAK", branch="BAL", **window, **place(39.3, -76.6))
    one = whole - day_room(DAY, branch).room("")
    run("visit.set_people", "dispatch", visit=made["visit"], people=2)
    assert one > 0 and whole - day_room(DAY, branch).room("") == 2 * one
    run("visit.schedule", "dispatch", visit=made["visit"], technician=person("Tom Brandt").uid, start=then(8))
    assert whole - day_room(DAY, branch).room("") == 2 * one  # one is booked, the other still wanted
    run("visit.add_helper", "dispatch", visit=made["visit"], person=person("Keisha Moore").uid)
    assert whole - day_room(DAY, branch).room("") == 2 * one


@pytest.mark.django_db
def test_it_comes_in_with_a_file_of_open_jobs() -> None:
    bring("customers", "ID,Name,Street\n1,Jobs Co,1 Elm St\n")
    bring("jobs", "Job #,Customer ID,Title,Status,Crew size\nJ9,1,Carry the boiler,Open,2\nJ10,1,Leak,Open,\n")
    assert {v.job.external_id: v.people for v in Visit.objects.filter(job__external_id__in=["J9", "J10"])} == {"J9": 2, "J10": 1}
    assert "1 to 12 people" in errors("jobs", "Customer ID,Title,Crew size\n1,Too many,40\n")[2]


def test_two_dispatchers_say_it_at_once_and_the_second_is_told(clone: str, django_db_blocker: Any) -> None:
    from django.db import connections

    with django_db_blocker.unblock():
        row = visit()
        said: list[str] = []

        def ask(people: int) -> None:
            try:
                run("visit.set_people", "dispatch", visit=row.uid, people=people, version=row.version)
                said.append(str(people))
            except DomainError as no:
                said.append(no.code)
            finally:
                connections.close_all()

        racers = [Thread(target=ask, args=(n,)) for n in (2, 3)]
        for r in racers:
            r.start()
        for r in racers:
            r.join()
        row.refresh_from_db()
        assert sorted(said) == [str(row.people), "stale_version"]
