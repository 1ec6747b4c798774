"""The next day by message, once, to foremen with their crews; visits on a list without a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bifocal.bridges.roster.models import RosterHour, RosterSent
from bifocal.bridges.roster.queries import next_working_day, roster
from bifocal.bridges.roster.tasks import send_due
from bifocal.core.models import Branch
from bifocal.kernel.messages.models import Message
from bifocal.kernel.people.models import Allocation, Person
from bifocal.lib.errors import NotAllowed, Refused
from bifocal.service.capacity.queries import day_room
from bifocal.service.dispatch.lists import lists_of
from bifocal.service.dispatch.queries import late_starts
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.factories import call
from tests.test_lists import signed_in
from tests.test_loans import with_crew
from tests.test_offers import DAY, at, only

pytestmark = pytest.mark.django_db


def branch() -> Branch:
    return Branch.objects.get(code="BAL")


def listed(who: str = "Tom Brandt", **more: Any) -> Visit:
    visit = call(job_type="LEAK")["visit"]
    run("visit.list", "dispatch", visit=visit, technician=Person.objects.get(name=who).uid, day=DAY, **more)
    return Visit.objects.get(uid=visit)


def test_a_list_has_no_times_its_windows_may_overlap_and_planned_work_may_not() -> None:
    one, other = listed(window_start=at(8), window_end=at(12)), listed(window_start=at(8), window_end=at(12))
    tom = Person.objects.get(name="Tom Brandt")
    assert [v.pk for v in lists_of(DAY, branch())[tom.pk]] == [one.pk, other.pk]
    assert not Allocation.objects.filter(person=tom).exists() and one.status == "scheduled" and one.on_list
    planned = call(job_type="LEAK")["visit"]
    run("visit.schedule", "dispatch", visit=planned, technician=tom.uid, start=at(9))  # nothing on the list stands in its way
    with pytest.raises(Exception, match="Tom Brandt is on"):
        run("visit.schedule", "dispatch", visit=call(job_type="LEAK")["visit"], technician=tom.uid, start=at(9))
    assert late_starts(branch(), DAY, at(16)) and one.pk not in {v.pk for v in late_starts(branch(), DAY, at(16))}
    run("visit.schedule", "dispatch", visit=one.uid, technician=tom.uid, start=at(11))  # off the list, into the calendar
    one.refresh_from_db()
    assert not one.on_list and Allocation.objects.filter(source_uid=one.uid).exists()
    run("visit.unschedule", "dispatch", visit=other.uid)
    other.refresh_from_db()
    assert not other.on_list and other.planned is None and other.status == "unscheduled"


def test_a_list_takes_capacity_and_is_refused_without_the_skill_or_the_right() -> None:
    only("Tom Brandt")
    before = day_room(DAY, branch()).room("plumbing")
    row = listed()
    assert day_room(DAY, branch()).room("plumbing") == before - 90 - 20
    with pytest.raises(Refused, match="does not hold"):
        listed("Andre Fisher")
    with pytest.raises(NotAllowed):
        run("visit.list", "books", visit=row.uid, technician=Person.objects.get(name="Tom Brandt").uid, day=DAY)
    helper = Person.objects.get(name="Keisha Moore")
    run("visit.add_helper", "dispatch", visit=row.uid, person=helper.uid)
    assert not Allocation.objects.filter(person=helper).exists()
    run("visit.dispatch", "dispatch", visit=row.uid)
    run("visit.start_travel", "dispatch", visit=row.uid, person=Person.objects.get(name="Tom Brandt").uid, at=at(9))
    row.refresh_from_db()
    assert row.status == "en_route" and not row.cards.exists()


def test_the_roster_tells_both_lenses_and_foremen_hear_of_their_crews() -> None:
    made = with_crew()
    tom = Person.objects.get(name="Tom Brandt")
    visit = call(job_type="LEAK")
    run("visit.schedule", "dispatch", visit=visit["visit"], technician=tom.uid, start=at(9))
    listed()
    days = {d.person.name: d for d in roster(branch(), DAY)}
    assert [line.start for line in days["Tom Brandt"].lines] == [at(9), None]
    assert [c.person.name for c in days["Rosa Delgado"].crew] == ["Eli Stone"]
    got = run("roster.send", "dispatch", branch="BAL", day=DAY)
    assert got["people"] == len([d for d in days.values() if d.person.email])
    mail = Message.objects.get(to=made["rosa"].email, title__startswith="Your day")
    assert "7 am - 3:30 pm  Fit-out: Rough-in" in mail.body and "Eli Stone" in mail.body
    body = Message.objects.get(to=tom.email, title__startswith="Your day").body
    assert "9 am - 10:30 am" in body and "any time" in body
    with pytest.raises(Refused, match="went out already"):
        run("roster.send", "dispatch", branch="BAL", day=DAY)
    with pytest.raises(NotAllowed):
        run("roster.send", "tech", branch="ANN", day=DAY)


def test_it_goes_out_by_itself_at_the_hour_of_the_branch_and_once() -> None:
    evening = at(16.5)
    send_due(int(evening.timestamp()))
    assert not RosterSent.objects.exists()  # off until somebody sets it
    run("roster.set", "dispatch", hour=17, on=True)
    send_due(int(evening.timestamp()))
    assert not RosterSent.objects.exists()
    for minutes in (31, 41):
        send_due(int((evening + timedelta(minutes=minutes)).timestamp()))
    assert RosterSent.objects.count() == Branch.objects.count() and RosterHour.get().on
    assert {r.day for r in RosterSent.objects.all()} == {next_working_day(branch(), evening)}


def test_over_a_weekend_the_next_day_is_monday_and_the_page_is_for_the_office() -> None:
    friday = DAY + timedelta(days=4 - DAY.weekday())
    noon = datetime(friday.year, friday.month, friday.day, 17, tzinfo=UTC)
    assert next_working_day(branch(), noon) >= friday + timedelta(days=3)
    for key, status in (("dispatch", 200), ("pm", 200), ("tech", 404)):
        assert signed_in(key).get("/dispatch/roster").status_code == status
        assert signed_in(key).get("/api/v1/roster").status_code == status
