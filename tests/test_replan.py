"""Something happened: three proposals that hold, one accepted in one act or not at all, customers told once; a sick call offers the whole day."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bifocal.core.models import Branch
from bifocal.kernel.messages.models import Message
from bifocal.kernel.people.models import Allocation, Demand, Person
from bifocal.lib.errors import Invalid, NotAllowed, PersonIsTaken, StaleVersion
from bifocal.service.replan.models import Notice
from bifocal.service.replan.queries import Occasion, Proposal, proposals
from bifocal.service.replan.rules import Event, new_window
from bifocal.service.visits.models import Card, Visit
from tests.conftest import run
from tests.factories import call
from tests.test_lists import signed_in
from tests.test_loans import with_crew
from tests.test_offers import at, only, placed

pytestmark = pytest.mark.django_db


def branch() -> Branch:
    return Branch.objects.get(code="BAL")


def booked(who: str, hour: float, *, length: float = 2, lat: float = 39.3, email: str = "", **more: Any) -> Visit:
    """A plumbing call of ninety minutes that stands in somebody's calendar with a promised window."""
    place = placed(lat, -76.6)
    if email:
        run("customer.change", "owner", customer=place["customer"], email=email)
    person = Person.objects.get(name=who)
    made = run("call.book", "dispatch", job_type="LEAK", branch="BAL", technician=person.uid, start=at(hour), window_start=at(hour),
               window_end=at(hour + length), **place, **more)  # fmt: skip
    return Visit.objects.get(uid=made["visit"])


def open_call(lat: float = 39.3) -> Visit:
    made = run("call.book", "dispatch", job_type="LEAK", branch="BAL", priority=1, **placed(lat, -76.6))
    return Visit.objects.select_related("job__site", "job__customer", "job__branch").get(uid=made["visit"])


def accepted(p: Proposal, reason: str = "emergency", **more: Any) -> dict[str, Any]:
    moves = [{"visit": m.visit.uid, "technician": m.person.uid, "start": m.start, "version": m.visit.version} for m in p.moves]
    drops = [{"visit": v.uid, "version": v.version} for v in p.dropped if v.planned]
    return run("day.replan", "dispatch", reason=reason, moves=moves, drops=drops, **more)


def nobody_is_in_two_places(names: list[str]) -> None:
    for name in names:
        spans = sorted((a.during.lower, a.during.upper) for a in Allocation.objects.filter(person__name=name))
        assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False)), name


def test_a_window_that_holds_is_not_told_and_a_new_one_is_as_long_as_the_old() -> None:
    old = (at(8), at(10))
    assert new_window(at(10), old) is None and new_window(at(9), None) is None
    assert new_window(at(11.7), old) == (at(11.5), at(13.5))
    assert new_window(at(7.5), old) == (at(7.5), at(9.5))


def test_an_emergency_is_offered_three_ways_and_one_is_accepted_in_one_act() -> None:
    only("Tom Brandt", "Keisha Moore")
    for who in ("Tom Brandt", "Keisha Moore"):
        for hour in (8, 10, 12, 14):
            booked(who, hour, email=f"{who[:3].lower()}{hour}@example.com")
    urgent = open_call()
    found = proposals(branch(), Occasion(Event.EMERGENCY, visit=urgent), at(9.2))
    assert 1 <= len(found) <= 3
    for p in found:
        assert urgent.pk in {m.visit.pk for m in p.moves} | {v.pk for v in p.dropped}
        assert all(m.start >= at(9.2) for m in p.moves)
    best = found[0]
    told = accepted(best)
    assert told["moved"] == len(best.moves) and told["told"] == best.told
    nobody_is_in_two_places(["Tom Brandt", "Keisha Moore"])
    for m in best.moves:
        row = Visit.objects.get(pk=m.visit.pk)
        assert row.planned.lower == m.start and row.assignments.get(removed_at=None).person == m.person
        if m.window:
            assert (row.window.lower, row.window.upper) == m.window
    with pytest.raises(StaleVersion):  # the same proposal again: the visits have changed
        accepted(best)


def test_whoever_is_moved_past_the_promise_hears_of_it_once_and_the_choice_is_kept() -> None:
    only("Tom Brandt")
    row = booked("Tom Brandt", 10, email="moved@example.com")
    tom = Person.objects.get(name="Tom Brandt").uid
    move = {"visit": row.uid, "technician": tom, "start": at(14), "version": row.version}
    assert run("day.replan", "dispatch", reason="overrun", moves=[move])["told"] == 1
    back = {**move, "start": at(14.25), "version": Visit.objects.get(pk=row.pk).version}
    assert run("day.replan", "dispatch", reason="overrun", moves=[back])["told"] == 0  # within the new window: nothing to tell
    (mail,) = Message.objects.filter(to="moved@example.com")
    token = re.search(r"/link/(\S+)", mail.body)
    assert token
    client = Client()
    assert "Keep this time" in client.get(f"/link/{token[1]}").content.decode()
    assert Notice.objects.get(visit=row).choice == "waiting"
    client.post(f"/link/{token[1]}", {"answer": "yes"})
    assert Notice.objects.get(visit=row).choice == "keeps_it" and Visit.objects.get(pk=row.pk).confirmed_at
    client.post(f"/link/{token[1]}", {"answer": "no", "note": "after school"})
    assert Notice.objects.get(visit=row).choice == "wants_another" and "after school" in Card.objects.get(visit=row).sentence
    assert client.post(f"/link/{token[1]}", {"answer": "yes"}).status_code == 409


def test_all_of_a_proposal_or_nothing() -> None:
    only("Tom Brandt", "Keisha Moore")
    one, other = booked("Tom Brandt", 8), booked("Keisha Moore", 8)
    keisha = Person.objects.get(name="Keisha Moore").uid
    moves = [{"visit": one.uid, "technician": keisha, "start": at(12), "version": one.version},
             {"visit": other.uid, "technician": keisha, "start": at(13), "version": other.version}]  # fmt: skip
    from django.db import transaction

    with pytest.raises(PersonIsTaken), transaction.atomic():
        run("day.replan", "dispatch", reason="x", moves=moves)
    assert Visit.objects.get(pk=one.pk).planned.lower == at(8)
    with pytest.raises(Invalid, match="Nothing is moved"):
        run("day.replan", "dispatch", reason="x")
    with pytest.raises(NotAllowed):
        run("day.replan", "tech", reason="x", moves=moves[:1])


def test_two_technicians_swap_their_calls_in_one_act() -> None:
    only("Tom Brandt", "Keisha Moore")
    one, other = booked("Tom Brandt", 8), booked("Keisha Moore", 8)
    tom, keisha = (Person.objects.get(name=n).uid for n in ("Tom Brandt", "Keisha Moore"))
    run("day.replan", "dispatch", reason="swap", moves=[
        {"visit": one.uid, "technician": keisha, "start": at(8), "version": one.version},
        {"visit": other.uid, "technician": tom, "start": at(8), "version": other.version}])  # fmt: skip
    nobody_is_in_two_places(["Tom Brandt", "Keisha Moore"])
    for row, name in ((one, "Keisha Moore"), (other, "Tom Brandt")):
        assert Allocation.objects.get(source_uid=row.uid).person.name == name


def test_a_no_show_offers_its_hours_to_the_tray_and_an_overrun_moves_what_follows() -> None:
    only("Tom Brandt")
    row = booked("Tom Brandt", 10)
    waiting = open_call()
    found = proposals(branch(), Occasion(Event.NO_SHOW, visit=row), at(10.2))
    assert any(m.visit.pk == waiting.pk for p in found for m in p.moves)
    after = booked("Tom Brandt", 12, length=0.5)
    run("visit.dispatch", "dispatch", visit=row.uid)
    for step in ("visit.start_travel", "visit.arrive", "visit.start_work"):
        run(step, "dispatch", visit=row.uid, at=at(10))
    row.refresh_from_db()
    found = proposals(branch(), Occasion(Event.OVERRUN, visit=row, until=at(14)), at(11.5))
    assert found and all(m.start >= at(14) for p in found for m in p.moves if m.visit.pk == after.pk)
    assert found[0].told == 1 and found[0].moves[0].late >= 120


def test_a_sick_call_offers_calls_and_crew_work_again_in_one_act() -> None:
    only("Tom Brandt", "Keisha Moore")
    early, late = booked("Tom Brandt", 8), booked("Tom Brandt", 14, email="tom14@example.com")
    tom = Person.objects.get(name="Tom Brandt")
    sick = Occasion(Event.SICK, person=tom, start=at(7), until=at(17))
    best = proposals(branch(), sick, at(6.5))[0]
    assert {m.visit.pk for m in best.moves} == {early.pk, late.pk} and {m.person.name for m in best.moves} == {"Keisha Moore"}
    made = with_crew()
    run("person.give_skill", "owner", person=made["eli"].uid, skill="plumbing")
    moves = [{"visit": m.visit.uid, "technician": m.person.uid, "start": m.start, "version": m.visit.version} for m in best.moves]
    got = run("person.sick", "dispatch", person=tom.uid, start=at(7), end=at(17), moves=moves)
    assert (got["moved"], got["in_tray"]) == (2, 0)
    spans = [a.use for a in Allocation.objects.filter(person=tom)]
    assert spans == ["time_off"]
    # the crew's half: one stands in, or the hours stay open as demand of a skill
    band = Allocation.objects.get(person=made["eli"], use="project_day")
    rosa = Allocation.objects.get(person=made["rosa"], use="project_day")
    stand_in = Person.objects.get(name="Victor Hale")
    got = run(
        "person.sick",
        "dispatch",
        person=made["eli"].uid,
        start=at(7),
        end=at(12),
        stand_ins=[{"allocation": band.uid, "person": stand_in.uid}],
    )
    assert got["covered"] == "5.0000" and Allocation.objects.filter(person=stand_in, source_uid=band.source_uid).exists()
    left = Allocation.objects.get(person=made["eli"], use="project_day")
    assert (left.during.lower, left.during.upper) == (at(12), at(15.5))
    got = run("person.sick", "dispatch", person=made["eli"].uid, start=at(12), end=at(16))
    assert got["open"] == "3.5000" and Demand.objects.get(source_uid=band.source_uid).hours == 3.5
    assert Allocation.objects.filter(pk=rosa.pk).exists()


def test_what_a_sick_call_leaves_goes_to_the_tray_and_what_began_stays() -> None:
    only("Tom Brandt")
    row = booked("Tom Brandt", 10)
    tom = Person.objects.get(name="Tom Brandt").uid
    got = run("person.sick", "dispatch", person=tom, start=at(7), end=at(17))
    assert got["in_tray"] == 1 and Visit.objects.get(pk=row.pk).status == "unscheduled"
    with pytest.raises(NotAllowed):
        run("person.sick", "pm", person=tom, start=at(7), end=at(17))


def test_the_page_and_the_api_ask_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    only("Tom Brandt", "Keisha Moore")
    booked("Tom Brandt", 10)
    urgent = open_call()
    real: datetime = at(9)
    monkeypatch.setattr("django.utils.timezone.now", lambda: real)
    client = signed_in("dispatch")
    page = client.get("/dispatch/replan", {"event": "emergency", "visit": str(urgent.uid), "branch": "BAL"})
    assert page.status_code == 200 and page.context["proposals"]
    assert client.get("/dispatch/replan").status_code == 200
    for event in Event:
        assert client.get("/dispatch/replan", {"event": event, "branch": "BAL"}).status_code == 200
    assert client.get("/dispatch/replan", {"event": "emergency", "visit": "x"}).status_code == 422
    assert signed_in("tech").get("/dispatch/replan").status_code == 403
    told = client.get("/api/v1/replan", {"event": "emergency", "visit": str(urgent.uid), "branch": "BAL"}).json()
    assert told and call and timedelta
