"""Vehicles and hours without a name (decision 11): happy, refused, stranger, and two at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bifocal.kernel.people.models import Allocation, Demand, Person, PersonSkill
from bifocal.kernel.people.queries import demand_between, vehicles_between
from bifocal.lib.errors import DomainError, Invalid, NotAllowed, NotFound, PersonIsTaken, Refused, VehicleIsTaken
from bifocal.lib.ids import uuid7
from bifocal.lib.periods import TimeRange
from tests.conftest import run
from tests.factories import call

START = datetime(2027, 3, 2, 13, 0, tzinfo=UTC)  # 8 am in Baltimore


def van(name: str = "") -> str:
    return str(run("vehicle.add", "owner", name=name or f"Van {uuid7().hex[-6:]}", branch="BAL")["uid"])


def booking(vehicle: str, start: datetime = START, hours: int = 3, **more: Any) -> dict[str, Any]:
    args = {
        "vehicle": vehicle,
        "start": start,
        "end": start + timedelta(hours=hours),
        "about_kind": "job",
        "about": uuid7(),
        "label": "the Elm Street rough-in",
    }
    return {**args, **more}


@pytest.mark.django_db
def test_decision_11_a_vehicle_is_in_one_place_and_the_refusal_says_what_holds_it_until_when() -> None:
    one = van("Bucket truck 1")
    made = run("vehicle.book", "dispatch", **booking(one))
    with pytest.raises(
        VehicleIsTaken, match=r"Bucket truck 1 is on the Elm Street rough-in until Tue 2 Mar 11 am\. Pick another vehicle"
    ) as refusal:
        run("vehicle.book", "pm", **booking(one, START + timedelta(hours=2)))
    assert refusal.value.extra["held_by"]["label"] == "the Elm Street rough-in" and refusal.value.status == 409
    run("vehicle.book", "pm", **booking(one, START + timedelta(hours=3)))
    shown = next(v for v in vehicles_between(TimeRange(START, START + timedelta(days=1))) if v["name"] == "Bucket truck 1")
    assert [t["start"] for t in shown["taken"]] == [START, START + timedelta(hours=3)]
    run("vehicle.give_back", "dispatch", allocation=made["uid"])
    run("vehicle.book", "super", **booking(one))
    with pytest.raises(NotFound):
        run("vehicle.give_back", "dispatch", allocation=made["uid"])


@pytest.mark.django_db
def test_vehicles_are_added_by_the_owner_and_planned_by_the_office() -> None:
    one = van("Lift 7")
    with pytest.raises(Refused, match="already a vehicle called Lift 7"):
        van("Lift 7")
    for key in ("dispatch", "books", "tech", "viewer"):
        with pytest.raises(NotAllowed):
            run("vehicle.add", key, name="x")
    for key in ("books", "viewer"):
        with pytest.raises(NotAllowed):
            run("vehicle.book", key, **booking(one))
    with pytest.raises(NotFound):
        run("vehicle.book", "tech", **booking(one))
    with pytest.raises(Invalid, match="after the start"):
        run("vehicle.book", "dispatch", **booking(one, hours=0))


def test_two_who_take_the_last_van_at_once_get_one_van(clone: str) -> None:
    from django.db import connections

    one = van("Last van")
    gate, got = threading.Barrier(4), []

    def take(key: str) -> None:
        gate.wait()
        try:
            run("vehicle.book", key, **booking(one))
            got.append("taken")
        except DomainError as refusal:
            got.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(k,)) for k in ("dispatch", "dispatch2", "pm", "super")]
    [t.start() for t in threads]
    [t.join(30) for t in threads]
    assert sorted(got) == ["taken", "vehicle_is_taken", "vehicle_is_taken", "vehicle_is_taken"]
    assert Allocation.objects.filter(vehicle__uid=one).count() == 1


def dana() -> Person:
    return Person.objects.get(name="Dana Whitfield")


@pytest.mark.django_db
def test_decision_11_hours_without_a_name_are_noted_filled_in_parts_and_gone() -> None:
    job = call()["uid"]
    asked = {"skill": "hvac", "day": START.date(), "about_kind": "job", "about": job, "label": "start-up, three units", "zone": "north"}
    PersonSkill.objects.filter(person=dana()).update(expires=None)
    before = demand_between(START.date(), START.date())
    one = run("demand.note", "pm", hours="6.00", **asked)["uid"]
    assert [r for r in demand_between(START.date(), START.date()) if r not in before] == [
        {"day": START.date(), "skill": "hvac", "zone": "north", "hours": 6}
    ]
    filled = run("demand.fill", "dispatch", demand=one, person=dana().uid, start=START, hours="4")
    assert str(filled["left"]) == "2.00" and Demand.objects.get(uid=one).hours == 2
    row = Allocation.objects.get(person=dana(), source_uid=job)
    assert (row.during.lower, row.during.upper, row.label) == (START, START + timedelta(hours=4), "start-up, three units")
    with pytest.raises(PersonIsTaken, match="Dana Whitfield is on start-up, three units"):
        run("demand.fill", "dispatch", demand=one, person=dana().uid, start=START + timedelta(hours=3))
    run("demand.fill", "dispatch", demand=one, person=dana().uid, start=START + timedelta(hours=4))
    with pytest.raises(NotFound, match="somebody was named"):
        run("demand.fill", "dispatch", demand=one, person=dana().uid, start=START + timedelta(hours=8))


@pytest.mark.django_db
def test_hours_without_a_name_refuse_the_unskilled_the_wrong_day_and_more_than_is_asked() -> None:
    asked = {"skill": "electrical", "day": START.date(), "hours": "2", "about_kind": "job", "about": uuid7(), "label": "panel"}
    one = run("demand.note", "super", **asked)["uid"]
    andre = Person.objects.get(name="Andre Fisher")
    with pytest.raises(Refused, match="Dana Whitfield does not hold electrical"):
        run("demand.fill", "dispatch", demand=one, person=dana().uid, start=START)
    with pytest.raises(Refused, match=r"Only 2\.00 hours"):
        run("demand.fill", "dispatch", demand=one, person=andre.uid, start=START, hours="3")
    with pytest.raises(Invalid, match="start on that day"):
        run("demand.fill", "dispatch", demand=one, person=andre.uid, start=START + timedelta(hours=24))
    PersonSkill.objects.filter(person=andre).update(expires=START.date() - timedelta(days=1))
    with pytest.raises(Refused, match="does not hold"):
        run("demand.fill", "dispatch", demand=one, person=andre.uid, start=START)
    for bad, said in (({"skill": "welding-x"}, "Nobody here has a skill"), ({"hours": "0"}, "greater than 0")):
        with pytest.raises(Invalid, match=said):
            run("demand.note", "pm", **{**asked, **bad})
    for key in ("tech", "books", "viewer"):
        with pytest.raises(NotAllowed):
            run("demand.note", key, **asked)
        with pytest.raises((NotAllowed, NotFound)):
            run("demand.drop", key, demand=one)
    run("demand.drop", "pm", demand=one)
    assert not Demand.objects.filter(uid=one).exists()


@pytest.mark.django_db
def test_the_people_page_and_the_api_show_vehicles_and_open_hours_to_the_office_only() -> None:
    from django.test import Client

    one = van("Crane 9")
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    run("vehicle.book", "dispatch", **booking(one, soon, label="the lift of unit 3"))
    noted = {
        "skill": "hvac",
        "day": (soon + timedelta(days=1)).date(),
        "hours": "6",
        "about_kind": "job",
        "about": uuid7(),
        "label": "start-up of unit 3",
    }
    run("demand.note", "pm", **noted)
    page = Client()
    page.login(email="dispatch@harbor.example", password="harbor-demo-2026")
    html = page.get("/people").content.decode()
    assert (
        "Crane 9" in html
        and "the lift of unit 3" in html
        and "start-up of unit 3" in html
        and "Name somebody" in html
        and "Add a vehicle" not in html
    )
    during = {"start": soon.isoformat(), "end": (soon + timedelta(hours=1)).isoformat()}
    found = next(v for v in page.get("/api/v1/vehicles", during).json() if v["name"] == "Crane 9")
    assert found["taken"][0]["label"] == "the lift of unit 3"
    days = {"first": str(noted["day"]), "last": str(noted["day"])}
    assert {"day": str(noted["day"]), "skill": "hvac", "zone": "", "hours": "6.00"} in page.get("/api/v1/demand", days).json()["totals"]
    assert page.get("/api/v1/vehicles", {**during, "end": during["start"]}).status_code == 422
    page.login(email="viewer@harbor.example", password="harbor-demo-2026")
    assert "Name somebody" not in page.get("/people").content.decode()
    page.login(email="tech@harbor.example", password="harbor-demo-2026")
    assert page.get("/api/v1/vehicles", during).status_code == 404 and "Crane 9" not in page.get("/people").content.decode()
