"""Borrowing with open eyes: float first, then days, then damages; one act or nothing; the foreman is asked; idle hours go the other way."""

from __future__ import annotations

import re
import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bifocal.bridges.loans.models import Loan
from bifocal.bridges.loans.queries import idle_hours, ways
from bifocal.bridges.loans.rules import Work, loss_of
from bifocal.kernel.messages.models import Message
from bifocal.kernel.people.models import Allocation, Crew, Demand, Person
from bifocal.lib.errors import CannotMove, Invalid, NotAllowed, NotFound, PersonIsTaken, Refused
from bifocal.service.levels.rules import Level
from bifocal.service.visits.models import Card, Visit
from tests.conftest import run
from tests.factories import call, project
from tests.test_lists import signed_in
from tests.test_offers import DAY, at

ZONE = ZoneInfo("America/New_York")
WEEKDAYS = lambda d: d.weekday() < 5  # noqa: E731


def work(**more: Any) -> Work:
    told = {"crew": 5, "float_days": 0, "hours_per_day": D(8), "lent_before": D(0), "finish": date(2026, 3, 6), "completion": date(2026, 3, 6),
            "damages_per_day": D(500)}  # fmt: skip
    return Work(**{**told, **more})


def test_float_is_spent_first_then_days_then_damages() -> None:
    # from paper: 4 hours of one of five are 0.8 h of the activity; a day of float swallows them
    free = loss_of(D(4), work(float_days=1), WEEKDAYS)
    assert (free.delay, free.float_left, free.slip, free.damages, free.free) == (D("0.80"), D("8.00"), D("0.00"), D("0.00"), True)
    # no float: 0.8 h of 8 are a tenth of a day; the finish moves from Friday to Monday, three calendar days late at 500
    late = loss_of(D(4), work(), WEEKDAYS)
    assert (late.slip, late.late_days, late.damages, late.free) == (D("0.10"), 3, D("1500.00"), False)
    # no damages while the contract's completion is still off
    assert loss_of(D(4), work(completion=date(2026, 3, 31)), WEEKDAYS).damages == 0
    # a loan within a day that an earlier one lost already costs no more damages
    assert loss_of(D(4), work(lent_before=D(4)), WEEKDAYS).damages == 0
    # 38 hours lent before are 7.6 of the 8 hours of float: 0.4 h are past it
    assert loss_of(D(4), work(float_days=1, lent_before=D(38)), WEEKDAYS).slip == D("0.05")


@given(
    away=st.decimals("0.25", "10", places=2), days=st.integers(0, 20), crew=st.integers(1, 9), before=st.decimals("0", "200", places=2),
    rate=st.integers(0, 5000),
)  # fmt: skip
def test_more_float_never_costs_more_and_nothing_is_free_without_it(away: D, days: int, crew: int, before: D, rate: int) -> None:
    less = loss_of(away, work(crew=crew, float_days=days, lent_before=before, damages_per_day=D(rate)), WEEKDAYS)
    more = loss_of(away, work(crew=crew, float_days=days + 1, lent_before=before, damages_per_day=D(rate)), WEEKDAYS)
    assert more.slip <= less.slip and less.damages >= 0
    both = [loss_of(before + away, work(crew=crew, float_days=days + n, damages_per_day=D(rate)), WEEKDAYS).damages for n in (0, 1)]
    first = loss_of(before, work(crew=crew, float_days=days, damages_per_day=D(rate)), WEEKDAYS).damages if before else D(0)
    assert both[1] <= both[0] == first + less.damages  # two loans cost what one of all their hours would
    assert less.damages == 0 or not less.free
    if days * 8 * crew >= before + away:
        assert less.slip == 0 and less.damages == 0


def test_a_service_level_costs_by_the_hour_up_to_its_most() -> None:
    level = Level(datetime(2026, 3, 6, 12, tzinfo=UTC), D(100), D(60), D(250))
    cost = [level.cost(datetime(2026, 3, 6, 12, tzinfo=UTC) + timedelta(minutes=m)) for m in (0, 30, 90, 600)]
    assert cost == [D(0), D("130.00"), D("190.00"), D(250)]


def with_crew(*, slack: int = 0, damages: str = "500.00") -> dict[str, Any]:
    """A project whose rough-in has a crew on DAY; with `slack`, it has so many days of float."""
    made = project()
    run("contract.agree_damages", "pm", contract=made["contract"], per_day=damages)
    acts = [{"code": "A10", "name": "Rough-in", "days": 3, "not_before": DAY}, {"code": "A20", "name": "Long lead", "days": 3 + slack, "not_before": DAY},
            {"code": "A30", "name": "Trim", "days": 60, "after": ["A10", "A20"]}]  # fmt: skip
    run("schedule.plan", "pm", job=made["job"], activities=acts)
    eli, rosa = (Person.objects.get(name=n) for n in ("Eli Stone", "Rosa Delgado"))
    run("person.give_skill", "owner", person=eli.uid, skill="epa608")
    from bifocal.projects.schedule.models import Activity

    activity = Activity.objects.get(job__uid=made["job"], code="A10")
    crew = run("crew.form", "owner", name=f"Crew {activity.uid}", foreman=rosa.uid, members=[eli.uid])["uid"]
    run("crew.book", "pm", activity=activity.uid, crew=crew, first=DAY, last=DAY)
    return {**made, "activity": activity, "eli": eli, "rosa": rosa}


def emergency(**more: Any) -> Visit:
    made = call(priority=1, **more)
    return Visit.objects.select_related("job__site", "job__branch", "job__job_type").get(uid=made["visit"])


def everybody_is_taken() -> None:
    Person.objects.filter(dispatchable=True).update(dispatchable=False)


@pytest.mark.django_db
def test_the_way_says_what_it_costs_and_one_act_does_it_all() -> None:
    made = with_crew()
    everybody_is_taken()
    run("service_level.set", "dispatch", priority=1, arrive_hours="2", per_hour="100")
    visit = emergency()
    (way,) = ways(visit, at(9))
    assert way.person == made["eli"] and way.loss is not None
    # leaves at 9:15, half an hour of driving (no map), two hours of work, half an hour back: 3 h of one of two
    assert (way.away.start, way.arrive, way.away.end) == (at(9.25), at(9.75), at(12.25))
    assert (way.loss.away, way.loss.delay, way.loss.slip) == (D("3.00"), D("1.50"), D("0.19"))
    assert way.loss.damages > 0 and way.penalty > 0 and way.margin == D("290.00") - D("2.00") * (D("34.50") + D("11.04"))
    loan = run("crew.lend", "dispatch", visit=visit.uid, person=way.person.uid, leave=way.away.start, reason="no cooling at a clinic")
    assert D(loan["damages"]) == way.loss.damages and loan["status"] == "asked"
    bands = Allocation.objects.filter(person=made["eli"], source_uid=made["activity"].uid).order_by("during")
    spans = [(b.during.lower, b.during.upper) for b in bands]
    assert spans[:2] == [(at(7), at(9.25)), (at(12.25), at(15.5))]
    again = spans[2]  # the lost three hours, on the next working day, at the crew's hour
    assert again[1] - again[0] == timedelta(hours=3) and again[0].astimezone(ZONE).time() == time(7) and again[0] > at(24)
    total = sum((b - a for a, b in spans), timedelta())
    assert total == timedelta(hours=8.5)  # nothing of the planned work is lost
    visit.refresh_from_db()
    assert visit.planned.lower == at(9.75) and visit.status == "scheduled"
    mail = Message.objects.get(to=made["rosa"].email)
    assert "Eli Stone" in mail.title and "no cooling at a clinic" in mail.body and "moves the finish by 0.19" in mail.body
    # a second loan slips further within the day that is lost already: no more damages
    again_ = ways(emergency(), at(12.5))[0].loss
    assert again_ and again_.slip > 0 and again_.damages == 0


@pytest.mark.django_db
def test_free_float_is_said_to_be_free() -> None:
    made = with_crew(slack=4)
    everybody_is_taken()
    way = ways(emergency(), at(9))[0]
    assert way.loss and way.loss.free and way.loss.float_left == D("32.00") and way.cost == 0
    page = signed_in("dispatch").get(f"/visits/{emergency().uid}/ways")
    assert page.status_code == 200 and made


@pytest.mark.django_db
def test_who_is_free_comes_before_who_costs_something() -> None:
    with_crew()
    found = ways(emergency(), at(9))
    assert found[0].loss is None and found[0].cost == 0


@pytest.mark.django_db
def test_the_foreman_answers_once_from_the_link_and_an_objection_is_a_card() -> None:
    made = with_crew()
    visit = emergency()
    lent = run("crew.lend", "dispatch", visit=visit.uid, person=made["eli"].uid, leave=at(9), reason="flood")
    token = re.search(r"/link/(\S+)", Message.objects.get(to=made["rosa"].email).body)
    assert token
    client = Client()
    assert client.get(f"/link/{token[1]}").status_code == 200
    assert Loan.objects.get(uid=lent["uid"]).status == "asked"  # a GET never acts
    assert client.post(f"/link/{token[1]}", {"answer": "no"}).status_code == 422  # an objection needs its reason
    assert client.post(f"/link/{token[1]}", {"answer": "no", "note": "the inspector comes at ten"}).status_code == 200
    assert Loan.objects.get(uid=lent["uid"]).status == "objected"
    assert "inspector" in Card.objects.get(visit=visit).sentence
    assert client.post(f"/link/{token[1]}", {"answer": "yes"}).status_code == 409
    with pytest.raises(CannotMove):
        run("loan.answer", "pm", loan=lent["uid"], agree=True)


@pytest.mark.django_db
def test_refused_without_a_reason_out_of_no_crew_day_and_by_a_stranger() -> None:
    made = with_crew()
    visit = emergency()
    args = {"visit": visit.uid, "person": made["eli"].uid, "leave": at(9), "reason": "flood"}
    with pytest.raises(Invalid, match="why the crew"):
        run("crew.lend", "dispatch", **{**args, "reason": " "})
    with pytest.raises(Refused, match="in no crew day then"):
        run("crew.lend", "dispatch", **{**args, "leave": at(17)})
    for key in ("books", "viewer", "super"):
        with pytest.raises(NotAllowed):
            run("crew.lend", key, **args)
    assert not Loan.objects.exists() and Allocation.objects.filter(person=made["eli"]).count() == 1
    # somebody without the skill: the last step refuses, and nothing of the first stays
    with pytest.raises(Refused, match="does not hold"):
        run("crew.lend", "dispatch", **{**args, "person": made["rosa"].uid})
    assert Allocation.objects.filter(person=made["rosa"]).count() == 1


@pytest.mark.django_db
def test_idle_hours_are_offered_to_the_activity_that_wants_the_skill() -> None:
    made = with_crew()
    run("demand.note", "pm", skill="plumbing", day=DAY, hours="4", about_kind="activity", about=made["activity"].uid, label="Rough-in help")
    (found,) = [w for w in idle_hours(DAY, DAY) if w["demand"].label == "Rough-in help"]
    names = {p["person"].name for p in found["people"]}
    assert names and names <= {"Tom Brandt", "Keisha Moore", "Pete Novak", "Maya Singh"} and all(p["hours"] == 4 for p in found["people"])
    first = found["people"][0]
    run("demand.fill", "super", demand=found["demand"].uid, person=first["person"].uid, start=first["start"], hours="4")
    assert Allocation.objects.filter(person=first["person"], source_uid=made["activity"].uid, use="project_day").exists()
    assert not [w for w in idle_hours(DAY, DAY) if w["demand"].label == "Rough-in help"]
    assert signed_in("dispatch").get(f"/dispatch/idle?first={DAY}").status_code == 200
    assert signed_in("tech").get("/dispatch/idle").status_code == 404
    assert Crew.objects.exists()


def lent(made: dict[str, Any], visit: Visit, hour: float = 9) -> dict[str, Any]:
    return run("crew.lend", "dispatch", visit=visit.uid, person=made["eli"].uid, leave=at(hour), reason="no cooling at a clinic")


def bands(made: dict[str, Any]) -> list[tuple[datetime, datetime, Any]]:
    rows = Allocation.objects.filter(person=made["eli"]).order_by("during")
    return [(b.during.lower, b.during.upper, b.booking) for b in rows]


@pytest.mark.django_db
def test_a_loan_is_taken_back_in_one_act_and_everything_stands_as_before() -> None:
    made = with_crew()
    before, visit = bands(made), emergency()
    cost = ways(visit, at(8))[-1].loss
    loan = lent(made, visit)
    assert len(bands(made)) == 4 and cost is not None
    run("loan.take_back", "dispatch", loan=loan["uid"], reason="the customer fixed it", at=at(8))
    assert bands(made) == before  # one whole day again, under the crew's own booking; the hours at the end are gone
    visit.refresh_from_db()
    assert (
        (visit.status, visit.planned) == ("unscheduled", None) and visit.job.refresh_from_db() is None and visit.job.work_status == "open"
    )
    assert Loan.objects.get(uid=loan["uid"]).status == "returned"
    mails = list(Message.objects.filter(to=made["rosa"].email).order_by("id"))
    assert len(mails) == 2 and "stays with your crew" in mails[1].title
    # what was given back costs a later loan nothing: its float and its slip are the first one's
    again = [w.loss for w in ways(visit, at(8)) if w.loss]
    assert again == [cost]
    # the foreman's old link says so and takes no answer
    token = re.search(r"/link/(\S+)", mails[0].body)
    assert token and Client().post(f"/link/{token[1]}", {"answer": "yes"}).status_code == 409
    with pytest.raises(CannotMove, match="taken back already"):
        run("loan.take_back", "dispatch", loan=loan["uid"], at=at(8))


@pytest.mark.django_db
def test_a_loan_is_not_taken_back_once_the_call_has_begun_or_its_hours_are_over() -> None:
    made = with_crew()
    visit = emergency()
    loan = lent(made, visit)
    stood = bands(made)
    with pytest.raises(CannotMove, match="hours of this loan are over"):
        run("loan.take_back", "dispatch", loan=loan["uid"], at=at(20))
    run("visit.start_travel", "dispatch", visit=visit.uid, person=made["eli"].uid, at=at(9))
    with pytest.raises(CannotMove, match="has set out"):
        run("loan.take_back", "dispatch", loan=loan["uid"], at=at(9.1))
    assert bands(made) == stood and Loan.objects.get().status == "asked"


@pytest.mark.django_db
def test_a_call_that_somebody_else_has_by_now_stays_theirs_and_an_objection_is_settled() -> None:
    made = with_crew()
    visit = emergency()
    before = bands(made)
    loan = lent(made, visit)
    run("loan.answer", "pm", loan=loan["uid"], agree=False, note="the inspector comes at ten")
    keisha = Person.objects.get(name="Keisha Moore")
    run("visit.schedule", "dispatch", visit=visit.uid, technician=keisha.uid, start=at(10), override="only she is there")
    run("loan.take_back", "dispatch", loan=loan["uid"], at=at(8))
    visit.refresh_from_db()
    assert visit.status == "scheduled" and visit.assignments.get(removed_at=None).person == keisha
    assert bands(made) == before and not Card.objects.filter(visit=visit, settled_at=None).exists()


@pytest.mark.django_db
def test_hours_that_are_taken_by_now_or_of_a_crew_that_went_are_not_given_back() -> None:
    made = with_crew()
    visit = emergency()
    loan = lent(made, visit)
    run("visit.unschedule", "dispatch", visit=visit.uid)
    run("person.time_off", "dispatch", person=made["eli"].uid, start=at(9.5), end=at(11), reason="dentist")
    stood = bands(made)
    with pytest.raises(PersonIsTaken, match="dentist"):
        run("loan.take_back", "dispatch", loan=loan["uid"], at=at(8))
    assert bands(made) == stood  # all or nothing: the hours at the activity's end are there still
    run("crew.release", "pm", activity=made["activity"].uid, at=at(6))
    run("loan.take_back", "dispatch", loan=loan["uid"], at=at(8))
    assert [b[:2] for b in bands(made)] == [(at(9.5), at(11))]  # the time off; no hour of a crew that was taken off


@pytest.mark.django_db
def test_hours_noted_as_open_are_dropped_with_the_loan_and_strangers_are_refused() -> None:
    made = with_crew()
    run("person.time_off", "dispatch", person=made["eli"].uid, start=at(24), end=at(24 * 40), reason="long leave")
    visit = emergency()
    loan = lent(made, visit)
    assert Demand.objects.get(source_uid=made["activity"].uid).hours == D("3.00")
    for key in ("tech", "books", "viewer", "super"):
        with pytest.raises((NotAllowed, NotFound)):
            run("loan.take_back", key, loan=loan["uid"])
    page = signed_in("dispatch").get(f"/visits/{visit.uid}")
    assert b'value="loan.take_back"' in page.content or b"/do/loan.take_back" in page.content
    assert b"/do/loan.take_back" not in signed_in("viewer").get(f"/visits/{visit.uid}").content
    run("loan.take_back", "dispatch", loan=loan["uid"], at=at(8))
    assert not Demand.objects.filter(source_uid=made["activity"].uid).exists()


def test_two_dispatchers_take_it_back_at_once_and_the_hours_come_back_once(clone: str, django_db_blocker: Any) -> None:
    from django.db import connections

    with django_db_blocker.unblock():
        made = with_crew()
        before, visit = bands(made), emergency()
        loan = lent(made, visit)
        said: list[str] = []

        def give_back() -> None:
            try:
                said.append(run("loan.take_back", "dispatch", loan=loan["uid"], at=at(8))["status"])
            except CannotMove as no:
                said.append(no.sentence)
            finally:
                connections.close_all()

        racers = [threading.Thread(target=give_back) for _ in range(4)]
        for r in racers:
            r.start()
        for r in racers:
            r.join()
        assert said.count("returned") == 1 and sum("taken back already" in s for s in said) == 3
        assert bands(made) == before and Message.objects.filter(title__contains="stays with your crew").count() == 1
