"""Whoever is no part of it: a browser without a sign-in, a technician who is on none of the jobs, a link that is over."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from bifocal.core.links import make_link
from bifocal.core.models import AccessLink, Refusal, User
from bifocal.core.subject import Subject
from bifocal.front.views import answers, portal, portal_offers
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import Invalid, NotFound
from bifocal.projects.notices.models import Notice
from tests.conftest import run
from tests.test_api_reads import fill_in, filled
from tests.test_lists import signed_in

pytestmark = pytest.mark.django_db
PUBLIC = {"welcome", "book", "healthz", "metrics"}  # and what stands behind a link's token
EVERYBODYS = {  # pages of their own work, and lists that hold nothing but it
    "", "search", "jobs", "customers", "projects", "documents", "stock", "people", "me/language", "tour", "tour/leave", "visits/new",
}  # fmt: skip


def addresses(patterns: Any, before: str = "") -> Iterator[str]:
    """Every page's address, the API and the sign-in's own apart."""
    for p in patterns:
        at = before + str(p.pattern)
        if isinstance(p, URLResolver):
            yield from () if at.startswith(("api/", "account/")) else addresses(p.url_patterns, at)
        elif isinstance(p, URLPattern):
            yield at


def page_of(pattern: str, made: dict[str, Any]) -> str:
    """The address with a record of its own kind that is there."""
    kind = pattern.split("/")[0].removesuffix("s")
    key = {"people": "person", "bid": "bid-package", "file": "job", "workmix": "job", "settings": "job"}.get(kind, kind)
    filled_in = pattern.replace("<uuid:uid>", str(made.get(key, uuid4()))).replace("<uuid:activity>", str(uuid4()))
    for name, value in (("code", "23-3000"), ("cost_type", "S"), ("column", "k"), ("form", "csv"), ("command", "job.hold")):
        filled_in = filled_in.replace(f"<str:{name}>", value)
    return "/" + filled_in


def tom() -> Client:
    """A technician who signs in, and is on no job at all."""
    User.objects.create_user("tom@harbor.example", "not-used-here-1", name="Tom Brandt", roles=["technician"])
    Person.objects.filter(name="Tom Brandt").update(user=User.objects.get(email="tom@harbor.example"))
    return signed_in("tom")


@pytest.fixture
def made() -> dict[str, Any]:
    return filled()


def test_no_page_shows_anything_to_nobody_or_to_a_technician_of_other_jobs(made: dict[str, Any]) -> None:
    from bifocal.front.urls import urlpatterns

    nobody, stranger = Client(), tom()
    pages = [a for a in addresses(urlpatterns) if not a.startswith("link/") and a not in PUBLIC]
    assert len(pages) > 75
    secrets = [str(v) for k, v in Job.objects.get(uid=made["job"]).__dict__.items() if k in ("number", "title")]
    for pattern in pages:
        at = page_of(pattern, made)
        first = nobody.get(at)
        assert first.status_code in (302, 401, 404, 405), f"{at}: {first.status_code}"
        assert first.status_code != 302 or first["Location"].startswith("/account/login"), at
        reply = stranger.get(at)
        if pattern in EVERYBODYS:
            assert reply.status_code != 200 or not any(s in reply.content.decode() for s in secrets), at
        else:
            assert reply.status_code in (403, 404, 405), f"{at}: {reply.status_code}"


def test_no_read_of_the_api_tells_a_technician_about_other_jobs(made: dict[str, Any]) -> None:
    from bifocal.front.api import api

    stranger, day = tom(), str(date.today())
    job = Job.objects.get(uid=made["job"])
    for full, ways in api.get_openapi_schema()["paths"].items():
        if "get" not in ways:
            continue
        path = fill_in(full.removeprefix("/api/v1"), made)
        reply = stranger.get(f"/api/v1{path}", {"day": day, "first": day, "last": day, "q": job.number, "start": f"{day}T08:00:00Z"})
        assert reply.status_code < 500, path
        if full.endswith("/history/{uid}"):
            assert reply.json() == [], "what they did themselves, and they did nothing"
        elif "{uid}" in full:
            assert reply.status_code in (403, 404, 422), f"{path}: {reply.status_code}"
        elif reply.status_code == 200:
            text = reply.content.decode()
            assert str(job.uid) not in text and job.title not in text and made["invoice"] not in text, path


def test_field_people_see_of_a_customer_their_own_jobs_and_no_balance(made: dict[str, Any]) -> None:
    done = Job.objects.select_related("customer").get(uid=made["service"])
    other = run("call.book", "dispatch", job_type="LEAK", branch="BAL", customer=done.customer.uid, site=done.site.uid,
                title="Behind the wall", even_if_open=True)["uid"]  # fmt: skip
    run("customer.ban_person", "dispatch", customer=done.customer.uid, person=Person.objects.get(name="Tom Brandt").uid, why="was late")
    office, field = (signed_in(k).get(f"/customers/{done.customer.uid}").content.decode() for k in ("dispatch", "tech"))
    for words in ("balance, which opens into", "Behind the wall", "was late", 'id="levels"', f"/jobs/{other}"):
        assert words in office and words not in field, words
    assert f"/jobs/{done.uid}" in field and f"/invoices/{made['invoice']}" in field  # what is theirs they do see


KINDS = (*portal.KINDS, *answers.KINDS, *portal_offers.KINDS, "document")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("over", ["unknown", "expired", "revoked"])
def test_a_link_that_is_over_says_the_same_whatever_it_was_for(kind: str, over: str) -> None:
    now = datetime.now(UTC)
    days = -1 if over == "expired" else 30
    link, token = make_link(
        subject=Subject(kind, uuid4()), purpose="test", rights=["read"], name="Lou", email="lou@x.example", now=now, days=days
    )
    if over == "revoked":
        AccessLink.objects.filter(pk=link.pk).update(revoked_at=now - timedelta(minutes=1))
    at = f"/link/{token if over != 'unknown' else token[::-1]}"
    for reply in (Client().get(at), Client().post(at, {"act": "notices.confirm", "answer": "yes"})):
        assert reply.status_code == 404 and "does not work any more" in reply.content.decode()
    assert not Notice.objects.exclude(confirmed_at=None).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_living_link_about_nothing_shows_nothing(kind: str) -> None:
    """Its subject is looked for with the link's own eyes: what is not there, or not theirs, is not found."""
    _, token = make_link(
        subject=Subject(kind, uuid4()), purpose="test", rights=["*x"], name="Lou", email="l@x.example", now=datetime.now(UTC)
    )
    assert Client().get(f"/link/{token}").status_code == 404


@pytest.mark.parametrize("kind", [*portal.KINDS, *portal_offers.KINDS])
def test_what_a_link_has_no_right_to_stands_in_the_access_log(kind: str) -> None:
    link, token = make_link(
        subject=Subject(kind, uuid4()), purpose="test", rights=["read"], name="Lou", email="l@x.example", now=datetime.now(UTC)
    )
    Client().post(f"/link/{token}", {"act": "period.close"})
    assert list(Refusal.objects.filter(actor_key=f"link:{link.uid}").values_list("what", "why")) == [
        ("link: test", "This link can't do that.")
    ]
    assert AccessLink.objects.get(pk=link.pk).uses == 0


def test_nobody_attaches_a_file_to_what_they_may_not_see_nor_opens_one_of_it(made: dict[str, Any]) -> None:
    tom()
    seen = {"about_kind": "job", "about": made["job"], "name": "a.txt", "content": base64.b64encode(b"words").decode(), "sort": "file"}
    kept = run("file.attach", "dispatch", **seen)["uid"]
    for kind, uid in (("job", made["job"]), ("invoice", made["invoice"]), ("bill", made["bill"]), ("job", str(uuid4()))):
        with pytest.raises(NotFound):
            run("file.attach", "tom", **{**seen, "about_kind": kind, "about": uid})
    with pytest.raises(Invalid, match="nothing of the kind 'castle'"):
        run("file.attach", "dispatch", **{**seen, "about_kind": "castle"})
    with pytest.raises(NotFound):  # the right record under another kind: it would never be found again
        run("file.attach", "dispatch", **{**seen, "about_kind": "visit"})
    assert signed_in("tom").get(f"/files/{kept}").status_code == 404
    run("job.add_member", "pm", job=made["job"], person=Person.objects.get(name="Tom Brandt").uid)
    theirs = run("file.attach", "tom", **seen)["uid"]
    assert all(signed_in("tom").get(f"/files/{uid}").status_code == 200 for uid in (kept, theirs))
