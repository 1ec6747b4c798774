"""What a company that begins with nothing makes on its pages: kinds of calls, business units, people, a contract from a sheet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bifocal.core.models import BusinessUnit, User
from bifocal.kernel.jobs.models import Job, JobType
from bifocal.kernel.people.models import Person
from bifocal.kernel.pricebook.models import TaxRate
from bifocal.projects.contracts.models import Contract
from bifocal.service.dispatch.queries import offers
from bifocal.service.visits.models import Visit
from tests import factories
from tests.conftest import run
from tests.test_offers import DAY

pytestmark = pytest.mark.django_db
SHEET = "Item No.,Description of Work,Scheduled Value,From Previous Application\n1,Demolition,28500,14250\n2,Boilers,{value},0\n"


def signed_in(key: str) -> Client:
    """A browser of one of the house's people."""
    page = Client()
    page.force_login(User.objects.get(email=f"{key}@harbor.example"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return page


def test_the_set_up_page_makes_what_a_call_and_a_project_are_booked_as() -> None:
    page = signed_in("owner")
    shown = page.get("/settings").content.decode()
    for command in ("job_type.set", "business_unit.set", "tax.set_rate"):
        assert f'action="/do/{command}"' in shown
    page.post("/do/business_unit.set", {"code": "NEW", "name": "Boiler rooms", "lens": "project"})
    page.post("/do/job_type.set", {"code": "NOHEAT", "name": "No heat", "minutes": "90", "skill": "hvac", "business_unit": "NEW"})
    page.post("/do/tax.set_rate", {"code": "ALB", "name": "Albany", "rate": "0.08", "from_date": "2026-01-01"})
    kind = JobType.objects.get(code="NOHEAT")
    assert (kind.minutes, kind.skill, kind.business_unit) == (90, "hvac", BusinessUnit.objects.get(code="NEW", lens="project"))
    assert str(TaxRate.objects.get(tax_code__code="ALB").rate) == "0.080000"
    assert "No heat" in page.get("/intake").content.decode()


def test_people_are_added_with_their_sign_in_and_skill_on_the_page_of_people() -> None:
    page = signed_in("owner")
    made = run("user.invite", "owner", email="tp@example.com", name="Tom Park", roles=["technician"], password="a-long-password-1")
    assert 'action="/do/person.hire"' in page.get("/people").content.decode()
    page.post("/do/person.hire", {"name": "Tom Park", "branch": "BAL", "rate": "38", "user": made["uid"], "dispatchable": "on"})
    tom = Person.objects.get(user__uid=made["uid"])
    page.post("/do/person.give_skill", {"person": str(tom.uid), "skill": "boilers"})
    assert tom.dispatchable and tom.skills.get().skill.code == "boilers"
    assert "tp@example.com" not in page.get("/people").content.decode(), "a sign-in belongs to one person"
    assert 'action="/do/person.hire"' not in signed_in("dispatch").get("/people").content.decode()


def test_a_sheet_that_is_only_tried_says_what_it_would_bring_and_where_it_is_wrong() -> None:
    who = factories.customer(sort="commercial")["uid"]
    job = run("project.create", "pm", customer=who, site=factories.site(who), title="Boiler room", branch="BAL")["uid"]

    def told(value: str, **more: str) -> str:
        page, sent = signed_in("owner"), SimpleUploadedFile("sov.csv", SHEET.format(value=value).encode())
        body = {"job": str(job), "filename": "", "content": sent, "said": "The contract stands as in the sheet.", **more}
        return page.post(
            "/do/sov.import", body, follow=True, headers={"referer": f"http://testserver/jobs/{job}?tab=contract"}
        ).content.decode()

    tried = told("164000", dry_run="on")
    assert "2 lines, 192,500.00 in all, 14,250.00 billed before" in tried and not Contract.objects.filter(job__uid=job).exists()
    assert "Line 3: " in told("many", dry_run="on")
    assert "The contract stands as in the sheet." in told("164000", number="C-77") and Contract.objects.get(job__uid=job).number == "C-77"


def test_no_offer_begins_before_now() -> None:
    visit = Visit.objects.get(job__uid=factories.call()["uid"])
    zone, day = ZoneInfo(visit.job.branch.tz), DAY
    noon = datetime.combine(day, time(12, 7), zone)
    free = offers(visit, day, after=noon)
    assert free and all(f["start"] >= noon and f["start"].minute == 15 for f in free)
    assert offers(visit, day, after=noon + timedelta(hours=6)) == []
    past = signed_in("dispatch").get(f"/api/v1/visits/{visit.uid}/offers", {"day": "2026-01-05", "limit": 3})
    assert past.status_code == 200 and past.json() == [], "the API keeps the same rule as the page"
    assert offers(visit, day + timedelta(days=1), after=noon)[0]["start"].astimezone(zone).hour == 8


def test_an_open_job_in_the_way_is_a_link() -> None:
    first = factories.call()
    job = Job.objects.get(uid=first["uid"])
    body = {"site": str(job.site.uid), "customer": str(job.customer.uid), "job_type": job.job_type.code, "title": "Again"}
    page = signed_in("dispatch")
    for headers in ({}, {"HX-Request": "true"}):
        sent = page.post("/do/call.book", body, headers=headers)
        assert sent.status_code == 409 and f'href="/jobs/{job.uid}"' in sent.content.decode() and job.number in sent.content.decode()


def test_who_founds_the_company_is_led_to_the_lens_and_from_there_to_the_set_up() -> None:
    from bifocal.bridges.workmix.models import CompanyLens

    CompanyLens.objects.all().delete()
    page = signed_in("owner").get("/workmix").content.decode()
    assert 'id="first"' in page and 'name="next" value="/settings"' in page
    run("lens.choose", "owner", lens="both")
    page = signed_in("owner").get("/workmix").content.decode()
    assert 'id="first"' not in page and 'name="next" value="/settings"' not in page
