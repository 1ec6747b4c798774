"""One reading of the day: who may come, how far it is, and what is said where the map server is silent, alike for offers and board."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bifocal.core.models import Branch
from bifocal.engines.routing.travel import drive_seconds
from bifocal.front.sentences import say_parts
from bifocal.kernel.jobs.models import JobType
from bifocal.kernel.parties.models import Site
from bifocal.kernel.people.models import Allocation, Person, PersonSkill, Skill
from bifocal.kernel.people.rules import Firmness
from bifocal.kernel.travel import roads
from bifocal.lib.ids import uuid7
from bifocal.service.board import offering
from bifocal.service.board.day import Asked, day_of, day_of_branch
from bifocal.service.board.fits import fits
from bifocal.service.board.queries import read
from bifocal.service.dispatch.rules import Need
from tests.conftest import actor_named, run
from tests.test_board import person, visit
from tests.test_lists import signed_in
from tests.test_offers import DAY, NIGHT, at, filled_day, only

HERE, THERE = (39.29, -76.61), (39.33, -76.55)


class _Server(BaseHTTPRequestHandler):
    """Valhalla as it documents its matrix: a thousand seconds and ten kilometres between any two places."""

    silent = False
    asked = 0

    def do_POST(self) -> None:
        type(self).asked += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        n = len(body["sources"])
        cell = {"time": 1000, "distance": 10.0}
        told = {"sources_to_targets": [[{"time": 0, "distance": 0.0} if a == b else cell for b in range(n)] for a in range(n)]}
        self.send_response(503 if self.silent else 200)
        self.end_headers()
        self.wfile.write(b"" if self.silent else json.dumps(told).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server(settings: Any, tmp_path: Any) -> Iterator[type[_Server]]:
    handler = type("Server", (_Server,), {})
    served = HTTPServer(("127.0.0.1", 0), handler)
    Thread(target=served.serve_forever, daemon=True).start()
    settings.TRAVEL, settings.VAR = f"valhalla http://127.0.0.1:{served.server_port}", tmp_path
    roads._silent.clear()
    yield handler
    served.shutdown()


def test_driving_is_the_servers_asked_once_and_kept(server: type[_Server]) -> None:
    one = roads.driving([HERE, THERE, HERE, None])
    assert one.between(HERE, THERE) == 1000 and one.travel.metres[0][1] == 10_000 and one.note == ""
    assert roads.driving([THERE, HERE]).between(THERE, HERE) == 1000 and server.asked == 1
    assert one.between(HERE, (39.0, -76.0)) == drive_seconds(HERE, (39.0, -76.0))  # not asked about: guessed
    assert one.between(HERE, None) == 0


def test_a_silent_server_is_said_guessed_around_and_left_alone_for_a_minute(server: type[_Server]) -> None:
    server.silent = True
    for _ in range(3):
        found = roads.driving([HERE, THERE])
        assert found.note == roads.SILENT and found.between(HERE, THERE) == drive_seconds(HERE, THERE)
    assert server.asked == 1
    roads._silent.clear()
    server.silent = False
    assert roads.driving([HERE, THERE]).note == ""


def test_a_word_that_names_no_server_is_no_error_page(settings: Any) -> None:
    settings.TRAVEL = "carrier pigeons"
    roads._silent.clear()
    assert roads.driving([HERE, THERE]).note == roads.SILENT


@pytest.mark.django_db
def test_the_pages_say_that_the_server_is_silent(server: type[_Server]) -> None:
    server.silent = True
    filled_day(Branch.objects.get(code="BAL"), 2, 8)
    client = signed_in("dispatch")
    board = client.get(f"/dispatch?branch=BAL&day={DAY}")
    assert board.status_code == 200 and roads.SILENT in board.content.decode()
    site = Site.objects.filter(lat__isnull=False).order_by("id").first()
    kind = JobType.objects.get(code="LEAK")
    for who in Person.objects.filter(name__in=["T00", "T01"]):
        PersonSkill.objects.create(person=who, skill=Skill.objects.get(code=kind.skill))
    told = client.get(f"/intake/windows?branch=BAL&site={site.uid}&first={DAY}&job_type=LEAK")
    assert told.status_code == 200 and roads.SILENT in told.content.decode()


@pytest.mark.django_db
def test_fits_and_optimiser_drive_as_the_server_says(server: type[_Server]) -> None:
    tom = person("Tom Brandt")
    Person.objects.filter(pk=tom.pk).update(home_lat="39.33", home_lng="-76.55")
    row = visit()
    fit = next(f for f in fits(row.uid, actor_named("dispatch"), start=at(9)) if f.uid == tom.uid)
    assert next(r.values["minutes"] for r in fit.mind if r.code == "drive") == 17  # 1000 s, up to the next minute
    found = read(Branch.objects.get(code="BAL"), DAY, 1, [person("Tom Brandt")])
    day = day_of(found, found.people, NIGHT, Asked(new=(row,), step=300))
    seconds = day.problem.travel["car"].seconds
    assert seconds[0][1] == 1200  # up to the next five minutes


@pytest.mark.django_db
def test_whom_the_customer_does_not_want_is_never_offered() -> None:
    only("Tom Brandt", "Keisha Moore")
    tom, keisha = person("Tom Brandt"), person("Keisha Moore")
    row = visit()
    branch = Branch.objects.get(code="BAL")
    need = Need(60, "", row.job.site.point, row.job.customer_id)

    def offered() -> set[str]:
        return {c.person.name for c in offering.best_windows(need, branch, NIGHT, days=1, count=20)}

    for who, other in ((tom, keisha), (keisha, tom)):
        run("customer.prefer_person", "owner", customer=row.job.customer.uid, person=who.uid, why="Knows the boiler")
        assert offered() == {who.name}  # who is preferred comes first
        run("customer.ban_person", "owner", customer=row.job.customer.uid, person=who.uid, why="Broke a vase")
        assert offered() == ({other.name} if who == tom else set())


@pytest.mark.django_db
def test_who_works_in_the_zone_comes_first_for_offers_and_optimiser() -> None:
    only("Tom Brandt", "Keisha Moore")
    tom, keisha = person("Tom Brandt"), person("Keisha Moore")
    for who in (tom, keisha):
        Person.objects.filter(pk=who.pk).update(home_lat="39.29", home_lng="-76.61")
    row = visit(zone="East")
    branch = Branch.objects.get(code="BAL")
    need = Need(60, "", row.job.site.point, row.job.customer_id, "East")
    for inside, outside in ((tom, keisha), (keisha, tom)):
        run("person.set_zones", "owner", person=inside.uid, zones=["East"])
        run("person.set_zones", "owner", person=outside.uid, zones=["West"])
        assert {c.person for c in offering.best_windows(need, branch, NIGHT, days=1, count=20)} == {inside}
        found = read(branch, DAY, 1, Person.objects.filter(pk__in=[tom.pk, keisha.pk]).order_by("name"))
        asked = day_of(found, found.people, NIGHT, Asked(new=(row,))).new[str(row.uid)]
        assert asked.preferred == {inside.name}


@pytest.mark.django_db
def test_days_are_read_until_there_is_enough_to_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    read_days: list[Any] = []
    whole = offering.windows_of

    def counted(need: Need, day: Any, branch: Branch, now: Any, hours: Any) -> Any:
        read_days.append(day)
        return whole(need, day, branch, now, hours)

    monkeypatch.setattr(offering, "windows_of", counted)
    branch = Branch.objects.get(code="BAL")
    assert len(offering.best_windows(Need(60), branch, NIGHT, days=5, count=3)) == 3 and len(read_days) == 1
    read_days.clear()
    assert len(offering.best_windows(Need(60), branch, NIGHT, days=5, count=8)) == 8 and len(read_days) == 2


@pytest.mark.django_db
def test_a_day_of_many_is_read_in_as_many_queries_as_a_day_of_few() -> None:
    branch, counts = Branch.objects.get(code="BAL"), []
    filled_day(branch, 6, 48)
    for few in (2, 6):
        only(*(f"T{n:02d}" for n in range(few)))
        with CaptureQueriesContext(connection) as told:
            offering.windows_of(Need(30, "", HERE), DAY, branch, NIGHT)
        counts.append(len(told))
        Person.objects.filter(name__startswith="T0").update(dispatchable=True)
    assert counts[0] == counts[1] <= 18


@pytest.mark.django_db
def test_what_is_only_pencilled_in_takes_nobodys_time_and_a_crew_is_not_torn_apart() -> None:
    only("Tom Brandt")
    tom, branch = person("Tom Brandt"), Branch.objects.get(code="BAL")
    Allocation.objects.create(person=tom, during=(at(7), at(15.5)), firmness=Firmness.TENTATIVE, use="project_day", booking=uuid7(),
                              source_kind="activity", source_uid=uuid7(), label="Perhaps")  # fmt: skip
    assert day_of_branch(DAY, branch, NIGHT).problem.technicians[0].busy == ()
    found = read(branch, DAY, 1, [tom])
    assert day_of(found, found.people, NIGHT, Asked(step=300, at_price=False)).problem.technicians[0].busy == ()


def test_reasons_are_said_in_spanish() -> None:
    with translation.override("es"):
        for english, word in (
            ("needs gas level 3, which nobody on shift has", "nivel 3"),
            ("no technician with hvac is free before 10:00: the days of Dana, Omar are full", "Dana, Omar"),
            ("overtime of 35 minutes for Dana would do", "35 minutos"),
            (roads.SILENT, "mapa"),
        ):
            said = say_parts(english)
            assert said != english and word in said
