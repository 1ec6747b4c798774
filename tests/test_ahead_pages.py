"""Dispatching ahead on its pages: figures that open, people a customer likes, response times, homes and pins; each for whom it is for."""

from __future__ import annotations

import json
import re
from datetime import datetime, time, timedelta
from decimal import Decimal as D
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bifocal.bridges.loans.queries import ways
from bifocal.core.models import Branch
from bifocal.kernel.parties.models import Customer, Site
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import NotAllowed, NotFound, Refused
from bifocal.service.capacity.queries import account_of, day_room
from bifocal.service.dispatch.queries import offers
from bifocal.service.levels.models import ServiceLevel
from bifocal.service.levels.queries import level_of, preferred_by
from bifocal.service.oncall.models import Turn
from bifocal.service.oncall.queries import chain
from bifocal.service.visits.models import Visit
from tests.conftest import run
from tests.factories import call
from tests.test_capacity import branch, only, opened
from tests.test_lists import signed_in
from tests.test_offers import DAY, at

PAGES = ("/dispatch/capacity", "/dispatch/on-call", "/dispatch/roster", "/dispatch/places", "/dispatch/idle", "/dispatch/replan")


def person(name: str) -> Person:
    return Person.objects.get(name=name)


def visit_of(made: dict[str, Any]) -> Visit:
    found: Visit = Visit.objects.select_related("job__site", "job__branch", "job__job_type", "job__customer").get(uid=made["visit"])
    return found


@pytest.mark.django_db
def test_a_figure_opens_into_the_sum_it_is() -> None:
    only("Tom Brandt", "Keisha Moore")
    opened(online=False)
    run("person.time_off", "dispatch", person=person("Tom Brandt").uid, start=at(7), end=at(9), reason="doctor")
    run("demand.note", "pm", skill="plumbing", day=DAY, hours="8", about_kind="job", about=call()["uid"], label="Rough-in help")
    found = account_of(DAY, branch(), "plumbing", "", at(5))
    # from paper: eight hours and a half of shift less 10%; Tom is away for two of them; eight hours are wanted
    terms = {t.person.name: (t.shift, t.held, t.drive, t.reserve, t.hands.minutes) for t in found.people}
    assert terms == {"Tom Brandt": (510, 120, 0, 51, 339), "Keisha Moore": (510, 0, 0, 51, 459)}
    assert (found.free, [w.minutes for w in found.wanted], found.minutes) == (798, [480], 318)
    page = signed_in("dispatch").get(f"/dispatch/capacity?branch=BAL&day={DAY}&skill=plumbing")
    text = page.content.decode()
    account = text[text.index('id="account"') :]
    assert "Rough-in help" in account and "13 h 18" in account and re.search(r"Can be sold</td><td class=\"r\"><b>5 h 18</b>", account)
    for damaged in ("day=yesterday", "day=&skill=x", "day=2026-02-30"):
        assert signed_in("dispatch").get(f"/dispatch/capacity?{damaged}").status_code == 200


@pytest.mark.django_db
def test_of_the_running_day_only_what_is_to_come_is_sold() -> None:
    only("Tom Brandt")
    opened(online=False)
    rooms = [day_room(DAY, branch(), at(h)).room("plumbing") for h in (5, 7, 12, 15, 15.5, 30)]
    assert rooms == [459, 459, 189, 27, 0, 0]  # the shift is from seven to half past three; a tenth of what is left is held back


@pytest.mark.django_db
def test_whom_a_customer_likes_is_offered_first_and_whom_they_do_not_want_never() -> None:
    made = call(job_type="LEAK")
    visit = visit_of(made)
    who = visit.job.customer.uid
    before = [o["person"].name for o in offers(visit, DAY)]
    assert "Keisha Moore" in before and before[0] != "Tom Brandt"
    run("customer.prefer_person", "dispatch", customer=who, person=person("Tom Brandt").uid, why="knows the boiler")
    run("customer.ban_person", "dispatch", customer=who, person=person("Keisha Moore").uid, why="tracked mud in")
    found = offers(visit, DAY)
    assert found[0]["person"].name == "Tom Brandt" and found[0]["preferred"] and "Keisha Moore" not in [o["person"].name for o in found]
    assert "Keisha Moore" not in {p.name for p in chain(visit, at(20))} | {w.person.name for w in ways(visit, at(5))}
    with pytest.raises(Refused, match="does not want Keisha Moore"):
        run("customer.prefer_person", "dispatch", customer=who, person=person("Keisha Moore").uid)
    run("customer.ban_person", "dispatch", customer=who, person=person("Tom Brandt").uid, why="late twice")
    assert preferred_by(visit.job.customer_id) == frozenset()  # a ban weighs more than an older preference
    run("customer.lift_ban", "dispatch", customer=who, person=person("Tom Brandt").uid)
    run("customer.forget_preference", "dispatch", customer=who, person=person("Tom Brandt").uid)
    with pytest.raises(NotFound, match="no preference"):
        run("customer.forget_preference", "dispatch", customer=who, person=person("Tom Brandt").uid)
    for key in ("tech", "super", "viewer"):
        with pytest.raises((NotAllowed, NotFound)):
            run("customer.prefer_person", key, customer=who, person=person("Tom Brandt").uid)


@pytest.mark.django_db
def test_a_customers_own_response_time_is_agreed_on_their_page_and_dropped_again() -> None:
    run("service_level.set", "dispatch", priority=1, arrive_hours="4", per_hour="50")
    visit = visit_of(call(priority=1))
    who: Customer = visit.job.customer
    form = {"customer": who.uid, "priority": "1", "arrive_hours": "2", "penalty": "150", "per_hour": "100", "most": "", "request_id": ""}
    client = signed_in("dispatch")
    assert b"/do/service_level.set" in client.get(f"/customers/{who.uid}").content
    assert client.post("/do/service_level.set", {k: v for k, v in form.items() if v != ""}).status_code == 302
    own = level_of(visit.job)
    assert own and (own.due - visit.job.created_at, own.penalty, own.most) == (timedelta(hours=2), D(150), None)
    told = client.get(f"/customers/{who.uid}").content.decode()
    assert "there within 2 h" in told and "150.00 + 100.00" in told
    row = ServiceLevel.objects.get(customer=who)
    with pytest.raises(NotAllowed):
        run("service_level.drop", "books", level=row.uid)
    run("service_level.drop", "dispatch", level=row.uid)
    general = level_of(visit.job)
    assert general and general.due - visit.job.created_at == timedelta(hours=4)
    with pytest.raises(NotFound):
        run("service_level.drop", "dispatch", level=row.uid)


@pytest.mark.django_db
def test_the_pins_map_knows_the_ground_and_not_the_place_that_is_asked_about() -> None:
    for n in range(8):
        run("site.pin", "dispatch", site=visit_of(call(address=f"{n} Near Street")).job.site.uid, lat=f"39.3{n}", lng=f"-76.6{n}")
    known = run("site.pin", "dispatch", site=visit_of(call(address="1 Known Street")).job.site.uid, lat="39.31", lng="-76.61")
    far = visit_of(call(address="2 Far Street")).job.site
    run("site.pin", "dispatch", site=far.uid, lat="12.5", lng="77.5")
    Site.objects.filter(pk=far.pk).update(placed_by="census")  # a service's guess, which may be asked about
    page = signed_in("dispatch").get("/dispatch/places?branch=BAL").content.decode()
    around = json.loads(unescape(re.search(r'data-pin-around="([^"]*)"', page)[1]))  # type: ignore[index]
    assert [-76.61, 39.31, "1 Known Street"] in around["near"] and 77.5 not in [n[0] for n in around["near"]] and known
    sam = person("Sam Tran").uid
    assert b"data-pin-around" in signed_in("owner").get(f"/people/{sam}").content
    seen = signed_in("dispatch").get(f"/people/{sam}").content
    assert b"/do/person.set_home" not in seen and b"/do/person.set_zones" in seen


@pytest.mark.django_db
def test_strangers_see_none_of_it() -> None:
    visit = visit_of(call())
    for path in (*PAGES, f"/visits/{visit.uid}/ways", f"/visits/{visit.uid}/after-hours", f"/customers/{visit.job.customer.uid}"):
        assert signed_in("tech").get(path).status_code in (403, 404), path
        assert Client().get(path).status_code == 302, path  # to the sign-in
    for path in PAGES[:5]:
        assert b'action="/do/' not in signed_in("viewer").get(path).content.replace(b'action="/do/me.', b""), path


@pytest.mark.django_db
def test_another_branchs_pages_and_forms_speak_its_own_clock() -> None:
    Branch.objects.create(code="DEN", name="Denver", tz="America/Denver")
    paul = run("person.hire", "owner", name="Paul Pike", branch="DEN", trade="plumbing", dispatchable=True)["uid"]
    run("person.give_skill", "owner", person=paul, skill="plumbing")
    client = signed_in("dispatch")  # whose own branch is Baltimore
    form = {"branch": "DEN", "skill": "plumbing", "person": paul, "start": f"{DAY}T17:00", "end": f"{DAY + timedelta(days=1)}T06:00"}
    assert client.post("/do/oncall.set", form).status_code == 302
    turn = Turn.objects.get(person__uid=paul)
    assert turn.during.lower == datetime.combine(DAY, time(17), ZoneInfo("America/Denver"))
    rota = client.get("/dispatch/on-call?branch=DEN").content.decode()
    assert "5 pm" in rota and "7 pm" not in rota
    visit = visit_of(call(job_type="LEAK", branch="DEN"))
    args = {"visit": visit.uid, "technician": paul, "start": f"{DAY}T23:00", "in_zone": "America/Denver", "window_start": f"{DAY}T23:00",
            "window_end": f"{DAY}T23:30"}  # fmt: skip
    assert client.post("/do/visit.schedule", args).status_code == 302
    told = client.get(f"/visits/{visit.uid}").content.decode()
    assert f"{DAY:%-d %b} 11 pm – 11:30 pm" in told.replace("</span>", "") and "1 am" not in told[: told.index('id="history"')]
    args["in_zone"] = "Mars/Olympus"  # not a clock of ours: the dispatcher's own then
    assert client.post("/do/visit.schedule", args).status_code == 302
    assert Visit.objects.get(pk=visit.pk).planned.lower == datetime.combine(DAY, time(23), ZoneInfo("America/New_York"))


@pytest.mark.django_db
def test_ten_days_are_read_at_once(django_assert_max_num_queries: Any) -> None:
    opened(online=True)
    client = signed_in("dispatch")
    client.get("/dispatch/capacity?branch=BAL")
    with django_assert_max_num_queries(60):  # it was two hundred when each day was read by itself
        assert client.get(f"/dispatch/capacity?branch=BAL&day={DAY}&skill=plumbing").status_code == 200
