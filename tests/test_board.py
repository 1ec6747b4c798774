"""The board: moves as one act with expected versions, undo, what-if, who fits before the drop, and the optimiser's differences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bifocal.core.models import Branch
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Allocation, Crew, Person
from bifocal.lib.errors import CannotMove, DomainError, Invalid, NotAllowed, NotFound, PersonIsTaken, Refused, StaleVersion
from bifocal.service.board.fits import fits
from bifocal.service.board.models import Act, Draft, Proposal
from bifocal.service.board.queries import draft_of, ground, measured
from bifocal.service.board.rules import Spot, Wanted, drive_seconds, legs, measure, moved_window, reasons
from bifocal.service.visits.models import Visit
from tests.conftest import actor_named, run
from tests.factories import call

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/New_York")


def monday() -> date:
    """A working Monday far enough ahead that nothing stands there."""
    day = date.today() + timedelta(days=70)
    return day + timedelta(days=7 - day.weekday())


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(monday(), datetime.min.time(), ZONE) + timedelta(hours=hour, minutes=minute)


def person(name: str) -> Person:
    return Person.objects.get(name=name)


def visit(*, lat: str = "39.29", lng: str = "-76.61", zone: str = "", **more: Any) -> Visit:
    made = call(**more)
    Site.objects.filter(uid=made["site"]).update(lat=lat, lng=lng, zone=zone)
    return Visit.objects.select_related("job__site", "job__customer").get(uid=made["visit"])


def placed(who: str, hour: int, **more: Any) -> Visit:
    row = visit(**more)
    run("visit.schedule", "dispatch", visit=row.uid, technician=person(who).uid, start=at(hour))
    row.refresh_from_db()
    return row


def line(row: Visit, who: str | None = None, start: datetime | None = None, **more: Any) -> dict[str, Any]:
    row.refresh_from_db()
    told = {"visit": row.uid, "version": row.version, **more}
    return told | ({"technician": person(who).uid} if who else {}) | ({"start": start} if start else {})


def where(row: Visit) -> tuple[str, datetime]:
    row.refresh_from_db()
    seat = row.assignments.get(removed_at=None, lead=True)
    return seat.person.name, row.planned.lower.astimezone(ZONE)


# One act


def test_two_visits_change_places_in_one_act_and_change_back_by_undo() -> None:
    one, two = placed("Dana Whitfield", 9), placed(other(), 9)
    a, b = where(one)[0], where(two)[0]
    done = run("board.move", "dispatch", lines=[line(one, b), line(two, a)])
    assert len(done["moved"]) == 2 and done["left_out"] == []
    assert where(one) == (b, at(9)) and where(two) == (a, at(9))
    back = run("board.undo", "dispatch")
    assert len(back["moved"]) == 2 and where(one) == (a, at(9)) and where(two) == (b, at(9))


def other() -> str:
    """Another cooling technician of the branch than Dana."""
    rows = Person.objects.filter(branch__code="BAL", dispatchable=True, skills__skill__code="hvac").exclude(name="Dana Whitfield")
    return str(rows.order_by("name")[0].name)


def test_what_somebody_else_moved_is_told_and_left_out_and_the_rest_goes() -> None:
    one, two = placed("Dana Whitfield", 8), placed("Dana Whitfield", 13)
    seen = line(one, "Dana Whitfield", at(10))
    run("visit.schedule", "owner", visit=one.uid, technician=person(other()).uid, start=at(11))
    done = run("board.move", "dispatch", lines=[seen, line(two, "Dana Whitfield", at(15))])
    assert [m["visit"] for m in done["moved"]] == [str(two.uid)] and where(two)[1] == at(15)
    (left,) = done["left_out"]
    assert left["code"] == "stale_version" and f"moved {one.job.number} to {other()}" in left["sentence"] and "11:00 am" in left["sentence"]
    assert where(one) == (other(), at(11))


def test_one_line_that_is_stale_or_taken_is_refused_with_who_and_what() -> None:
    one, two = placed("Dana Whitfield", 8), placed("Dana Whitfield", 13)
    with pytest.raises(PersonIsTaken, match="Dana Whitfield is on"):
        run("board.move", "dispatch", lines=[line(one, start=at(13))])
    assert where(one) == ("Dana Whitfield", at(8))
    with pytest.raises(StaleVersion) as stale:
        run("board.move", "dispatch", lines=[{**line(one, start=at(10)), "version": 1}])
    assert stale.value.extra["changed_by"] == "Marcus Bell"
    assert where(two)[1] == at(13) and not Act.objects.exists()


def test_extend_take_off_and_a_visit_under_way_that_takes_longer() -> None:
    row = placed("Dana Whitfield", 8)
    run("board.move", "dispatch", lines=[line(row, start=at(8), end=at(11))])
    row.refresh_from_db()
    assert row.planned.upper == at(11)
    run("board.move", "dispatch", lines=[line(row, start=at(9))])
    row.refresh_from_db()
    assert row.planned.upper - row.planned.lower == timedelta(hours=3)  # its length goes with it
    run("visit.dispatch", "dispatch", visit=row.uid)
    run("visit.arrive", "tech", visit=row.uid)
    run("board.move", "dispatch", lines=[line(row, start=at(9), end=at(14))])
    assert Allocation.objects.get(source_uid=row.uid).during.upper == at(14)
    with pytest.raises(CannotMove, match="longer or shorter, not moved"):
        run("board.move", "dispatch", lines=[line(row, start=at(10))])
    other_row = placed(other(), 8)
    run("board.move", "dispatch", lines=[line(other_row, tray=True)])
    other_row.refresh_from_db()
    assert other_row.status == "unscheduled" and not Allocation.objects.filter(source_uid=other_row.uid).exists()
    run("board.undo", "dispatch")
    assert where(other_row) == (other(), at(8))


def test_undo_is_ones_own_and_leaves_what_was_changed_since() -> None:
    row = placed("Dana Whitfield", 8)
    run("board.move", "dispatch", lines=[line(row, start=at(10))])
    with pytest.raises(Refused, match="no move of yours"):
        run("board.undo", "owner")
    run("board.move", "owner", lines=[line(row, start=at(14))])
    with pytest.raises(StaleVersion):
        run("board.undo", "dispatch")
    assert where(row)[1] == at(14)


def test_an_act_is_of_somebody_with_the_right_and_of_visits_named_once() -> None:
    row = placed("Dana Whitfield", 8)
    with pytest.raises(NotAllowed):
        run("board.move", "viewer", lines=[line(row, start=at(9))])
    with pytest.raises(Invalid, match="each once"):
        run("board.move", "dispatch", lines=[line(row, start=at(9)), line(row, start=at(10))])


def test_a_crew_goes_together_and_one_of_it_can_be_taken_off() -> None:
    crew = run("crew.form", "owner", name="Two vans", foreman=person("Dana Whitfield").uid, members=[person(other()).uid])
    row = visit()
    run("board.move", "dispatch", lines=[line(row, start=at(9), crew=crew["uid"])])
    seats = set(row.assignments.filter(removed_at=None).values_list("person__name", "lead"))
    assert seats == {("Dana Whitfield", True), (other(), False)}
    assert Allocation.objects.filter(source_uid=row.uid).count() == 2
    run("visit.remove_helper", "dispatch", visit=row.uid, person=person(other()).uid)
    assert Allocation.objects.filter(source_uid=row.uid).count() == 1
    nobody = Crew.objects.get(name="Electrical crew")
    with pytest.raises(Refused, match="may lead"):
        run("board.move", "dispatch", lines=[line(visit(), start=at(9), crew=nobody.uid)])


def test_a_crew_day_is_split_and_the_rest_of_it_stays() -> None:
    who = person("Nick Kowalski")
    Allocation.objects.create(
        person=who, during=(at(7), at(15)), use="project_day", firmness="firm", booking=who.uid, source_kind="activity",
        source_uid=who.uid, label="Rough-in",
    )  # fmt: skip
    row = Allocation.objects.get(person=who, label="Rough-in")
    with pytest.raises(NotAllowed):
        run("crew.split", "dispatch", allocation=row.uid, start=at(10), end=at(12))
    run("crew.split", "super", allocation=row.uid, start=at(10), end=at(12))
    left = [
        (b.lower, b.upper)
        for b in Allocation.objects.filter(person=who, label="Rough-in").order_by("during").values_list("during", flat=True)
    ]
    assert left == [(at(7), at(10)), (at(12), at(15))]
    with pytest.raises(NotFound):
        run("crew.split", "super", allocation=row.uid, start=at(10), end=at(12))


# Before the drop


def codes(row: Visit, name: str, start: datetime) -> dict[str, bool]:
    fit = next(f for f in fits(row.uid, actor_named("dispatch"), start=start, end=start + timedelta(hours=2)) if f.name == name)
    return {r.code: r.hard for r in (*fit.no, *fit.mind)}


def test_each_row_says_what_speaks_against_the_drop() -> None:
    row = visit(zone="north")
    assert {c for c, hard in codes(row, "Dana Whitfield", at(10)).items() if hard} == set()
    placed("Dana Whitfield", 13)
    assert codes(row, "Dana Whitfield", at(12))["taken"] is True
    run("customer.ban_person", "dispatch", customer=row.job.customer.uid, person=person("Dana Whitfield").uid, why="left the gate open")
    run("person.give_skill", "owner", person=person(other()).uid, skill=row.skill, expires=monday() - timedelta(days=1))
    run("person.set_zones", "owner", person=person(other()).uid, zones=["south", " "])
    run("person.set_home", "owner", person=person(other()).uid, lat="39.2", lng="-76.6")
    assert codes(row, "Dana Whitfield", at(8))["banned"] is True
    got = codes(row, other(), at(16))
    with pytest.raises(Invalid, match="between -90 and 90"):
        run("person.set_home", "owner", person=person(other()).uid, lat="139.2", lng="-76.6")
    assert got["drive"] is False and got["expired"] is True and got["zone"] is False and got["overtime"] is False
    plumber = Person.objects.filter(branch__code="BAL", dispatchable=True, trade="plumbing")[0].name
    assert codes(row, plumber, at(8))["skill"] is True


def test_what_is_refused_before_the_drop_is_refused_by_the_drop() -> None:
    row = visit()
    run("customer.ban_person", "dispatch", customer=row.job.customer.uid, person=person("Dana Whitfield").uid, why="left the gate open")
    with pytest.raises(Refused, match="does not want Dana Whitfield again: left the gate open"):
        run("board.move", "dispatch", lines=[line(row, "Dana Whitfield", at(9))])
    with pytest.raises(Refused, match="does not want"):
        run("visit.schedule", "dispatch", visit=row.uid, technician=person("Dana Whitfield").uid, start=at(9))
    run("board.move", "dispatch", lines=[line(row, "Dana Whitfield", at(9), override="asked for her after all")])
    run("customer.lift_ban", "dispatch", customer=row.job.customer.uid, person=person("Dana Whitfield").uid)
    run("board.move", "dispatch", lines=[line(row, "Dana Whitfield", at(11))])


def test_the_question_before_the_drop_costs_the_same_queries_however_full_the_board_is() -> None:
    row, dispatcher = visit(), actor_named("dispatch")
    placed("Dana Whitfield", 6)
    with CaptureQueriesContext(connection) as few:
        fits(row.uid, dispatcher, start=at(10))
    for hour in (8, 10, 12, 14):
        for who in ("Dana Whitfield", other()):
            placed(who, hour)
    with CaptureQueriesContext(connection) as many:
        fits(row.uid, dispatcher, start=at(10))
    assert len(many) == len(few) <= 17


def test_rules_of_driving_on_paper() -> None:
    """1.3 × the great circle: 0.1° of latitude is 11.12 km, 14.46 km of road: 5 km at 30, 9.46 km at 45 km/h and a minute to park."""
    a, b = (39.2, -76.6), (39.3, -76.6)
    assert drive_seconds(a, b) == pytest.approx(600 + 9_456 / 45 * 3.6 + 60, abs=3)
    first, second = Spot(at(8), at(9), "A", visit="a", site=a), Spot(at(9, 10), at(10), "B", visit="b", site=b, window=(at(9), at(9, 15)))
    ((leave, arrive, minutes, fits_in),) = legs(None, [second, first])
    assert (leave, arrive, minutes, fits_in) == (at(9), at(9, 10), 24, False)
    who = candidate(shift_end=at(10), spots=[first, second])
    got = measure([(who, [first, second])], [300_000])
    # arrives 9:24 instead of 9:10: 9 minutes past the window, done at 10:14: 14 minutes past the shift
    assert (got.drive, got.late, got.overtime, got.customers_late, got.unserved) == (24, 9, 14, 1, 1)
    assert moved_window((at(8), at(10)), at(9)) is None and moved_window((at(8), at(10)), at(13, 20)) == (at(13), at(15))


def candidate(*, shift_end: datetime, spots: list[Spot]) -> Any:
    from bifocal.lib.periods import TimeRange
    from bifocal.service.board.rules import Candidate

    return Candidate("Dana", True, {}, spots, TimeRange(at(7), shift_end))


def test_a_gap_that_is_too_short_for_the_drive_is_a_warning_with_minutes() -> None:
    first = Spot(at(8), at(9), "A", visit="a", site=(39.2, -76.6))
    from bifocal.lib.periods import TimeRange

    want = Wanted("b", TimeRange(at(9, 10), at(10)), site=(39.3, -76.6))
    found = {r.code: r for r in reasons(want, candidate(shift_end=at(17), spots=[first]), monday())}
    assert found["drive_there"].values == {"minutes": 24, "late": 14, "label": "A"} and not found["drive_there"].hard


# What if


def test_a_draft_is_seen_by_nobody_else_compared_and_published_as_one_act() -> None:
    row, other_row = placed("Dana Whitfield", 8), placed("Dana Whitfield", 13)
    draft = run("draft.open", "dispatch", branch="BAL")["uid"]
    run("draft.move", "dispatch", draft=draft, lines=[line(row, other(), at(10))])
    run("draft.move", "dispatch", draft=draft, lines=[line(other_row, tray=True)])
    assert where(row) == ("Dana Whitfield", at(8))
    branch, dispatcher = Branch.objects.get(code="BAL"), actor_named("dispatch")
    live, mine = ground(branch, monday(), 1, dispatcher), ground(branch, monday(), 1, dispatcher, draft=draft_of(branch, dispatcher))
    assert [b.start for b in live.of(person(other()).pk)] == [] and [b.start for b in mine.of(person(other()).pk)] == [at(10)]
    assert measured(live, []).drive != measured(mine, [other_row]).drive or measured(mine, [other_row]).unserved == 1
    assert draft_of(branch, actor_named("owner")) is None
    with pytest.raises(NotFound):
        run("draft.move", "owner", draft=draft, lines=[line(row, start=at(9))])
    run("draft.undo", "dispatch", draft=draft)
    done = run("draft.publish", "dispatch", draft=draft)
    assert len(done["moved"]) == 1 and where(row) == (other(), at(10)) and where(other_row)[1] == at(13)
    assert not Draft.objects.exists()
    run("board.undo", "dispatch")
    assert where(row) == ("Dana Whitfield", at(8))


def test_a_draft_that_somebody_overtook_is_published_without_that_visit() -> None:
    row, two = placed("Dana Whitfield", 8), placed("Dana Whitfield", 13)
    draft = run("draft.open", "dispatch", branch="BAL")["uid"]
    run("draft.move", "dispatch", draft=draft, lines=[line(row, start=at(10))])
    run("draft.move", "dispatch", draft=draft, lines=[line(two, start=at(15))])
    run("visit.schedule", "owner", visit=row.uid, technician=person(other()).uid, start=at(9))
    done = run("draft.publish", "dispatch", draft=draft)
    assert [m["visit"] for m in done["moved"]] == [str(two.uid)] and done["left_out"][0]["code"] == "stale_version"
    assert where(row) == (other(), at(9))


# Optimise


def proposal(**more: Any) -> Proposal:
    got = run("board.optimise", "dispatch", branch="BAL", day=monday(), seconds=1, **more)
    return Proposal.objects.get(uid=got["uid"])


def test_a_zigzag_is_straightened_and_accepted_in_one_act() -> None:
    """Two ends of town visited in turn by one technician: north, south, north, south."""
    rows = [placed("Dana Whitfield", h, lat=lat) for h, lat in ((7, "39.60"), (9, "39.00"), (11, "39.60"), (13, "39.00"))]
    found = proposal(scope="technician", technician=person("Dana Whitfield").uid)
    assert found.status == "ready" and found.found["lines"]
    before, after = found.found["before"], found.found["after"]
    assert after["drive"] < before["drive"] * 0.6 and after["late"] <= before["late"] and after["overtime"] <= before["overtime"]
    done = run("board.accept", "dispatch", proposal=found.uid)
    assert done["left_out"] == [] and len(done["moved"]) == len(found.found["lines"])
    order = [v.job.site.lat for v in sorted(rows, key=lambda v: where(v)[1])]
    assert order in ([order[0]] * 2 + [order[2]] * 2,)
    with pytest.raises(Refused, match="accepted"):
        run("board.accept", "dispatch", proposal=found.uid)
    again = proposal(scope="technician", technician=person("Dana Whitfield").uid)
    assert again.found["after"]["drive"] <= after["drive"]  # never worse than what it was given


def test_what_is_pinned_sent_or_under_way_stays_and_the_unassigned_get_a_place() -> None:
    pinned, sent = placed("Dana Whitfield", 8, lat="39.60"), placed("Dana Whitfield", 13, lat="39.60")
    run("visit.pin", "dispatch", visit=pinned.uid)
    run("visit.dispatch", "dispatch", visit=sent.uid)
    waiting = visit()
    found = proposal(scope="unassigned")
    told = {li["visit"]: li for li in found.found["lines"]}
    assert str(waiting.uid) in told and str(pinned.uid) not in told and str(sent.uid) not in told
    assert told[str(waiting.uid)]["from_person"] == "" and datetime.fromisoformat(told[str(waiting.uid)]["start"]).minute % 15 == 0
    day = proposal(scope="day")
    assert not {str(pinned.uid), str(sent.uid)} & {li["visit"] for li in day.found["lines"]}


def test_chosen_lines_are_accepted_and_what_went_stale_is_told() -> None:
    rows = [visit() for _ in range(3)]
    found = proposal(scope="selection", visits=[r.uid for r in rows])
    lines = [li["visit"] for li in found.found["lines"]]
    assert set(lines) == {str(r.uid) for r in rows}
    run("visit.schedule", "owner", visit=lines[0], technician=person(other()).uid, start=at(6))
    done = run("board.accept", "dispatch", proposal=found.uid, lines=lines[:2])
    assert [m["visit"] for m in done["moved"]] == [lines[1]] and done["left_out"][0]["visit"] == lines[0]
    assert Visit.objects.get(uid=lines[2]).status == "unscheduled"


def test_what_can_t_be_served_is_told_with_its_reason_and_a_promise_that_moves_is_told_to_the_customer() -> None:
    run("job_type.set", "owner", code="CRANE", name="Crane work", minutes=60, skill="crane", billing_rule="time_and_materials")
    nobody = visit(job_type="CRANE")
    found = proposal(scope="unassigned")
    told = {u["visit"]: u for u in found.found["unserved"]}
    assert "crane" in told[str(nobody.uid)]["reason"]
    promised = visit(window_start=at(8), window_end=at(9))
    run("board.move", "dispatch", lines=[line(promised, "Dana Whitfield", at(14), window_start=at(14), window_end=at(15))])
    promised.refresh_from_db()
    assert promised.window.lower == at(14) and promised.promises.count() == 2


def test_an_optimisation_in_the_queue_tells_its_end_and_its_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    from bifocal.service.board import tasks

    visit()
    row = Proposal.objects.create(actor_key=actor_named("dispatch").key, branch=Branch.objects.get(code="BAL"), day=monday(), scope="unassigned",
                                  asked={"technician": "", "visits": []})  # fmt: skip
    tasks.solve.func(proposal=str(row.uid), seconds=1)
    row.refresh_from_db()
    assert (row.status, row.share) == ("ready", 100) and row.found["lines"]
    row.change(status="waiting")

    def broken(*_args: Any, **_more: Any) -> None:
        raise Invalid("Nobody works here.")

    monkeypatch.setattr(tasks, "work", broken)
    tasks.solve.func(proposal=str(row.uid), seconds=1)
    row.refresh_from_db()
    assert (row.status, row.sentence) == ("failed", "Nobody works here.")


def test_a_job_on_hold_is_not_moved_by_the_optimiser() -> None:
    row = visit()
    Job.objects.filter(pk=row.job_id).update(work_status="on_hold", hold_reason="parts")
    assert str(row.uid) not in {li["visit"] for li in proposal(scope="unassigned").found["lines"]}
    with pytest.raises(DomainError):
        run("board.optimise", "dispatch", branch="BAL", day=monday(), scope="technician")
    assert datetime.now(UTC)
