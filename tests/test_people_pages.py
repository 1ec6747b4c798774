"""People as they change, crews, skills, cost codes: the commands, and the pages that offer them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client

from bifocal.core.models import Fact, SearchEntry, User
from bifocal.kernel.jobs.models import CostCode
from bifocal.kernel.people.models import Crew, Person, Skill
from bifocal.kernel.people.queries import qualified
from bifocal.lib.errors import Invalid, NotAllowed, Refused, StaleVersion
from tests.conftest import run

pytestmark = pytest.mark.django_db


def hired(name: str = "Ada Lane", **more: object) -> Person:
    return Person.objects.get(uid=run("person.hire", "owner", name=name, branch="BAL", dispatchable=True, **more)["uid"])


def signed_in(key: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{key}@harbor.example"))
    return client


def test_a_person_is_changed_and_found_under_the_new_name() -> None:
    ada = hired(phone="410-555-0199")
    run("person.edit", "owner", person=ada.uid, name="Ada Lane-Roe", title="Lead", phone="")
    ada.refresh_from_db()
    assert (ada.name, ada.title, ada.phone, ada.dispatchable) == ("Ada Lane-Roe", "Lead", "", True)
    assert SearchEntry.objects.get(uid=ada.uid).title == "Ada Lane-Roe"
    told = Fact.objects.get(subject_uid=ada.uid, name="PersonChanged").payload
    assert told["before"]["name"] == "Ada Lane" and told["after"]["name"] == "Ada Lane-Roe"
    with pytest.raises(Invalid, match="no branch 'NIX'"), transaction.atomic():
        run("person.edit", "owner", person=ada.uid, branch="NIX")
    for stranger in ("dispatch", "pm", "viewer"):
        with pytest.raises(NotAllowed), transaction.atomic():
            run("person.edit", stranger, person=ada.uid, name="X")


def test_who_is_planned_does_not_leave() -> None:
    ada = hired()
    run("person.time_off", "dispatch", person=ada.uid, start="2031-02-03T13:00:00Z", end="2031-02-03T21:00:00Z", reason="training")
    for change in ({"active": False}, {"dispatchable": False}):
        with pytest.raises(Refused, match="still planned: training"), transaction.atomic():
            run("person.edit", "owner", person=ada.uid, **change)
    bea = hired("Bea Stone")
    run("person.edit", "owner", person=bea.uid, active=False)
    assert bea not in qualified("", date(2031, 2, 3))


def test_a_rate_from_a_day_on_and_who_may_read_it() -> None:
    ada = hired(rate="30", burden="9", from_date="2026-01-01")
    run("person.pay", "owner", person=ada.uid, rate="33.50", burden="10", from_date="2027-01-01")
    assert list(ada.rates.order_by("from_date").values_list("rate", flat=True)) == [Decimal(30), Decimal("33.50")]
    for bad in ("0", "-1"):
        with pytest.raises(Invalid), transaction.atomic():
            run("person.pay", "owner", person=ada.uid, rate=bad, from_date="2028-01-01")
    assert b"33.50" in signed_in("owner").get(f"/people/{ada.uid}").content
    for key in ("dispatch", "books", "viewer"):
        page = signed_in(key).get(f"/people/{ada.uid}")
        assert (
            page.status_code == 200
            and b"33.50" not in page.content
            and b"/do/person.pay" not in page.content
            and b"/do/person.edit" not in page.content
        )
    assert signed_in("tech").get(f"/people/{ada.uid}").status_code == 404


def test_a_certificate_counts_until_its_day_and_is_taken_away() -> None:
    ada = hired()
    run("skill.set", "owner", code="backflow", name="Backflow tester")
    run("person.give_skill", "owner", person=ada.uid, skill="backflow", expires="2031-02-03")
    assert ada in qualified("backflow", date(2031, 2, 3)) and ada not in qualified("backflow", date(2031, 2, 4))
    run("skill.set", "owner", code="backflow", name="Backflow assembly tester")
    assert Skill.objects.get(code="backflow").name == "Backflow assembly tester"
    run("person.drop_skill", "owner", person=ada.uid, skill="backflow")
    assert ada not in qualified("backflow", date(2031, 2, 3))
    with pytest.raises(Invalid, match="does not have"), transaction.atomic():
        run("person.drop_skill", "owner", person=ada.uid, skill="backflow")


def test_a_crew_is_formed_and_changed_and_its_name_is_one_crews() -> None:
    ada, bea = hired(), hired("Bea Stone")
    made = run("crew.form", "owner", name="Riggers", foreman=ada.uid, members=[ada.uid])
    run("crew.form", "owner", name="Others", foreman=bea.uid, members=[bea.uid])
    run("crew.change", "owner", crew=made["uid"], foreman=bea.uid, members=[ada.uid], name="Riggers two")
    crew = Crew.objects.get(uid=made["uid"])
    assert (crew.name, crew.foreman, set(crew.members.all())) == ("Riggers two", bea, {ada, bea}), "the foreman belongs to it"
    with pytest.raises(Refused, match="already a crew"), transaction.atomic():
        run("crew.change", "owner", crew=made["uid"], foreman=bea.uid, members=[], name="Others")
    with pytest.raises(NotAllowed), transaction.atomic():
        run("crew.change", "super", crew=made["uid"], foreman=bea.uid, members=[])


def test_cost_codes_are_added_once_and_renamed() -> None:
    run("cost_code.add", "owner", code="99-100", name="Cranes")
    with pytest.raises(Refused, match="there already: 'Cranes'"), transaction.atomic():
        run("cost_code.add", "owner", code="99-100", name="Hoists")
    run("cost_code.rename", "owner", code="99-100", name="Cranes and hoists")
    assert CostCode.objects.get(code="99-100").name == "Cranes and hoists"
    with pytest.raises(Invalid, match="no cost code"), transaction.atomic():
        run("cost_code.rename", "owner", code="99-999", name="X")


def test_the_pages_do_it_and_an_old_form_is_refused() -> None:
    owner, ada = signed_in("owner"), hired()
    people = owner.get("/people").content.decode()
    assert f'href="/people/{ada.uid}"' in people and "/do/crew.form" in people
    assert all(c in owner.get("/settings").content.decode() for c in ("/do/cost_code.add", "/do/cost_code.rename", "/do/skill.set"))
    form = {"person": str(ada.uid), "name": "Ada by form", "dispatchable": "false", "active": "true", "expected_version": str(ada.version)}
    assert owner.post("/do/person.edit", form).status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.dispatchable) == ("Ada by form", False)
    assert owner.post("/do/person.edit", form).status_code == StaleVersion.status
    crew = {"name": "By form", "foreman": str(ada.uid), "members[]": [str(ada.uid)]}
    assert owner.post("/do/crew.form", crew).status_code == 302 and Crew.objects.filter(name="By form").exists()
