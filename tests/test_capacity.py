"""Capacity: nobody is sold twice, projects' hours count before names, online booking sells only what is there, the last hours once."""

from __future__ import annotations

import re
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from itertools import combinations
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bifocal.core.models import Branch
from bifocal.front.charts import forecast_chart
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.messages.models import Message
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotAllowed, Refused
from bifocal.service.booking import online
from bifocal.service.capacity.models import Reserve
from bifocal.service.capacity.queries import Slot, day_room, forecast, slots
from bifocal.service.capacity.rules import Hands, Wanted, free_minutes, placed, room
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.factories import call
from tests.test_lists import signed_in
from tests.test_offers import BALTIMORE, DAY, NIGHT, at, only

SKILLS = ("a", "b", "c")
ZONES = ("", "n", "s")
some_hands = st.lists(
    st.builds(Hands, st.integers(0, 300), st.frozensets(st.sampled_from(SKILLS)), st.frozensets(st.sampled_from(ZONES[1:]))), max_size=6
)
some_wants = st.lists(st.builds(Wanted, st.sampled_from(SKILLS), st.sampled_from(ZONES), st.integers(1, 300)), max_size=5)


def by_cuts(hands: list[Hands], wanted: list[Wanted]) -> int:
    """The same by the other side of the theorem: the smallest cut (Ford and Fulkerson), all subsets tried."""
    best = 10**9
    for size in range(len(wanted) + 1):
        for kept in combinations(range(len(wanted)), size):
            out = sum(w.minutes for n, w in enumerate(wanted) if n not in kept)
            near = sum(h.minutes for h in hands if any(h.can(wanted[n].skill, wanted[n].zone) for n in kept))
            best = min(best, out + near)
    return best


@given(hands=some_hands, wanted=some_wants)
def test_what_can_be_placed_is_what_the_smallest_cut_lets_through(hands: list[Hands], wanted: list[Wanted]) -> None:
    assert placed(hands, wanted) == by_cuts(hands, wanted)


@given(hands=some_hands, wanted=some_wants, skill=st.sampled_from(SKILLS), zone=st.sampled_from(ZONES))
def test_what_is_sold_takes_from_the_room_and_never_from_what_was_sold_before(
    hands: list[Hands], wanted: list[Wanted], skill: str, zone: str
) -> None:
    left = room(hands, wanted, skill, zone)
    assert 0 <= left <= sum(h.minutes for h in hands if h.can(skill, zone))
    if left:
        more = [*wanted, Wanted(skill, zone, left)]
        assert placed(hands, more) == placed(hands, wanted) + left and room(hands, more, skill, zone) == 0


def test_the_formula_and_two_skills_from_paper() -> None:
    assert free_minutes(600, 240, 2, 20, D("0.15")) == 600 - 240 - 40 - 90
    assert free_minutes(600, 590, 2, 20, D("0.15")) == 0
    both = [Hands(100, frozenset("ab")), Hands(60, frozenset("a"))]
    assert (room(both, [], "a"), room(both, [], "b")) == (160, 100)
    assert room(both, [Wanted("a", "", 100)], "b") == 60  # sixty of them go to who can only do that


def leak() -> JobType:
    return JobType.objects.get(code="LEAK")


def branch() -> Branch:
    return Branch.objects.get(code="BAL")


def opened(**more: Any) -> None:
    run("capacity.set", "dispatch", **{"reserve_percent": "10", "drive_minutes": 20, "online": True, "days_ahead": 40, **more})


def booked_at_nine(name: str) -> None:
    who = Person.objects.get(name=name).uid
    run("call.book", "dispatch", job_type="LEAK", branch="BAL", technician=who, start=at(9), customer_name="One", address="1 A Street",
        tax_code="MD")  # fmt: skip


@pytest.mark.django_db
def test_a_day_is_its_shifts_less_what_stands_in_the_calendar() -> None:
    only("Tom Brandt", "Keisha Moore")
    opened(online=False)
    assert day_room(DAY, branch()).room("plumbing") == 2 * (510 - 51)
    booked_at_nine("Tom Brandt")
    assert day_room(DAY, branch()).room("plumbing") == 2 * 459 - 90 - 20
    run("demand.note", "pm", skill="plumbing", day=DAY, hours="8", about_kind="job", about=call()["uid"], label="Rough-in")
    assert day_room(DAY, branch()).room("plumbing") == 2 * 459 - 110 - 480
    run(
        "call.book",
        "dispatch",
        job_type="LEAK",
        branch="BAL",
        window_start=at(10),
        window_end=at(12),
        customer_name="Two",
        address="2 A Street",
        tax_code="MD",
    )
    assert day_room(DAY, branch()).room("plumbing") == 2 * 459 - 110 - 480 - 110
    run("person.time_off", "dispatch", person=Person.objects.get(name="Keisha Moore").uid, start=at(7), end=at(17))
    assert day_room(DAY, branch()).room("plumbing") == 0
    sunday = DAY + timedelta(days=6 - DAY.weekday())
    assert day_room(sunday, branch()).hands == ()


@pytest.mark.django_db
def test_somebody_who_works_in_one_zone_is_not_sold_in_another() -> None:
    only("Tom Brandt")
    opened(online=False)
    run("person.set_zones", "dispatch", person=Person.objects.get(name="Tom Brandt").uid, zones=["north", "north", " "])
    found = day_room(DAY, branch())
    assert found.room("plumbing", "north") == 459 and found.room("plumbing", "south") == 0 and found.room("plumbing") == 459
    run("person.set_zones", "dispatch", person=Person.objects.get(name="Tom Brandt").uid, zones=[])
    assert day_room(DAY, branch()).room("plumbing", "south") == 459
    with pytest.raises(NotAllowed):
        run("capacity.set", "tech", reserve_percent="0", drive_minutes=0)


@pytest.mark.django_db
def test_twelve_weeks_of_both_lenses_in_one_chart() -> None:
    today = datetime.now(UTC).date()
    before = {w["week"]: dict(w) for w in forecast(branch(), today)}
    booked_at_nine("Tom Brandt")
    run("demand.note", "pm", skill="plumbing", day=DAY, hours="8", about_kind="job", about=call()["uid"], label="Rough-in")
    weeks = forecast(branch(), today)
    assert len(weeks) == 12 and weeks[0]["week"].weekday() == 0
    mine = next(w for w in weeks if w["week"] <= DAY < w["week"] + timedelta(days=7))
    assert mine["service"] == before[mine["week"]]["service"] + 1.5 and mine["open"] == before[mine["week"]]["open"] + 8
    svg = forecast_chart(weeks)
    assert svg.count("<text") > 12 and "full" in svg and "style=" not in svg
    assert "full" in forecast_chart([{**mine, "hands": 9.5, "off": 0.0}]) and forecast_chart(
        [{"week": date(2026, 1, 5), "service": 0.0, "project": 0.0, "open": 0.0, "off": 0.0, "hands": 0.0}]
    )


def windows(client: Client) -> list[str]:
    page = client.get("/book", {"job_type": "LEAK", "branch": "BAL", "postcode": "21224"}).content.decode()
    return re.findall(r'name="window" value="([^"]+)"', page)


def details(word: str, **more: Any) -> dict[str, Any]:
    return {"window": word, "name": "Nora Web", "phone": "410-555-7788", "email": "nora@example.com", "address": "9 Web Street",
            "job_type": "LEAK", "branch": "BAL", "postcode": "21224", **more}  # fmt: skip


@pytest.mark.django_db
def test_a_customer_books_what_capacity_has_room_for_and_nothing_else() -> None:
    cache.clear()
    client = Client()
    assert client.get("/book").status_code == 404  # closed until somebody opens it
    opened()
    words = windows(client)
    assert words
    made = client.post("/book", details(words[0]))
    assert made.status_code == 200, made.content[:500]
    visit = Visit.objects.latest("id")
    told = Message.objects.get(to="nora@example.com")
    assert told.title.startswith("Booked: ") and visit.job.number in told.body and "Web Street" not in told.body + told.title
    hour = f"{visit.window.lower.astimezone(BALTIMORE):%-I}"
    assert visit.job.number in made.content.decode() and re.search(rf'class="price">.* {hour} [ap]m – ', made.content.decode())
    assert visit.status == "unscheduled" and visit.window and visit.job.customer.name == "Nora Web"
    client.post("/book", details(windows(client)[3], name="Somebody Else"))
    assert Visit.objects.latest("id").job.customer_id == visit.job.customer_id  # the same phone and e-mail: no second customer
    assert client.post("/book", details("forged")).status_code == 422
    assert client.post("/book", details(words[0], email="nobody")).status_code == 422
    for _ in range(2):
        last = client.post("/book", details("forged"))
    assert last.status_code == 409 and "call us" in last.content.decode()  # the sixth from one address in an hour
    run("capacity.set", "dispatch", reserve_percent="10", drive_minutes=20)
    with pytest.raises(Refused, match="closed"):
        online.book_online(window=words[1], name="Late", phone="1", email="a@b", address="x", actor=online.ONLINE, call=_call())


def _call() -> Any:
    from bifocal.core.commands import Call

    return Call.new()


@pytest.mark.django_db
def test_a_day_that_projects_took_is_not_sold() -> None:
    only("Tom Brandt")
    opened()
    assert any(s.start.date() == DAY for s in slots(branch(), leak(), "", NIGHT - timedelta(days=2)))
    run("demand.note", "pm", skill="plumbing", day=DAY, hours="8", about_kind="job", about=call()["uid"], label="Rough-in")
    assert not any(s.start.date() == DAY for s in slots(branch(), leak(), "", NIGHT - timedelta(days=2)))
    with pytest.raises(NotAllowed):
        run("call.book_online", "viewer", **{k: v for k, v in details("x").items() if k in ("window", "name", "phone", "email", "address")})
    with pytest.raises(Invalid):
        run(
            "call.book_online",
            "dispatch",
            **{k: v for k, v in details("x").items() if k in ("window", "name", "phone", "email", "address")},
        )


def test_the_last_hours_are_sold_once(clone: str, django_db_blocker: Any) -> None:
    from django.db import connections

    from bifocal.core.commands import Call, execute

    with django_db_blocker.unblock():
        only("Tom Brandt")
        opened(reserve_percent="75", days_ahead=40)  # 128 of 510 minutes: one call of 90 and its drive
        kind, where = JobType.objects.get(code="LEAK"), branch()
        found = [s for s in slots(where, leak(), "", NIGHT - timedelta(days=2)) if s.start.date() == DAY]
        words = [online.signed(where, kind, "21224", Slot(s.start, s.end)) for s in found[:4]]
        said: list[str] = []

        def buy(n: int) -> None:
            args = {k: v for k, v in details(words[n % len(words)]).items() if k in ("window", "name", "phone", "email")}
            try:
                execute("call.book_online", {**args, "address": f"{n} Race Street"}, actor=online.ONLINE, call=Call.new())
                said.append("sold")
            except Refused as no:
                said.append(no.sentence)
            finally:
                connections.close_all()

        racers = [threading.Thread(target=buy, args=(n,)) for n in range(6)]
        for r in racers:
            r.start()
        for r in racers:
            r.join()
        assert said.count("sold") == 1 and sum("taken a moment ago" in s for s in said) == 5
        assert Reserve.get().online


@pytest.mark.django_db
def test_the_pages_are_for_the_office() -> None:
    for key, status in (("dispatch", 200), ("pm", 200), ("viewer", 200), ("tech", 404)):
        assert signed_in(key).get("/dispatch/capacity").status_code == status
        assert signed_in(key).get("/api/v1/capacity").status_code == status
        assert signed_in(key).get("/api/v1/forecast").status_code == status
