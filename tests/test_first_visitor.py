"""The first visitor of a new installation makes its owner, by the one-time link from the terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from bifocal.core.actor import ActorKind
from bifocal.core.links import make_link
from bifocal.core.models import AccessLink, Branch, Company, Fact, Refusal, User
from bifocal.front.setup import site
from bifocal.front.setup.first import invitation


@pytest.fixture
def empty(clone: str) -> Iterator[None]:
    """A database in which nobody can sign in yet."""
    from django.db import connection

    with connection.cursor() as cur:
        cur.execute("update people_person set user_id = null")
        cur.execute("delete from core_apitoken")
        cur.execute("delete from core_user")
        cur.execute("update core_company set name = 'My company', base_url = '', https = 'off'")
    site.forget()
    yield
    site.forget()


ASKED = {"company": "Bay Heating", "name": "Olga", "email": "o@example.com", "password": "a-long-password-1", "again": "a-long-password-1",
         "branch": "Main office", "tz": "America/Chicago", "address": "http://10.1.1.1:8000"}  # fmt: skip


def test_the_first_visitor_makes_the_owner_with_the_token_from_the_terminal_and_lands_on_the_work_mix(empty: None) -> None:
    page = Client()
    for path in ("/", "/account/login/", "/settings"):
        reply = page.get(path, HTTP_HOST="any-name.example")
        assert (reply.status_code, reply["Location"]) == (302, "/welcome")
    assert "terminal" in page.get("/welcome").content.decode()
    old, token = invitation(), invitation()
    assert page.get(f"/welcome?token={old}").status_code == 404, "a newer start makes the older token void"
    assert page.get("/welcome?token=guess").status_code == 404 and Refusal.objects.filter(what="open link").count() == 2
    unlike = page.post("/welcome", {**ASKED, "token": token, "again": "something-else"})
    assert unlike.status_code == 422 and 'value="Bay Heating"' in unlike.content.decode() and not User.objects.exists()
    made = page.post("/welcome", {**ASKED, "token": token})
    assert (made.status_code, made["Location"]) == (302, "/workmix")
    shown = page.get("/settings", HTTP_HOST="10.1.1.1:8000")
    assert shown.status_code == 200 and "Ready for work?" in shown.content.decode()
    assert 'href="/workmix"' in shown.content.decode().split("Ready for work?")[1], "the first step is which lens fits"
    owner = User.objects.get()
    assert (owner.email, owner.roles) == ("o@example.com", ["owner"])
    assert Branch.objects.get(code="MAIN").tz == "America/Chicago" and Company.objects.get().name == "Bay Heating"
    told = Fact.objects.get(name="CompanyFounded")
    assert told.actor_kind == ActorKind.LINK and AccessLink.objects.filter(purpose="first_owner", revoked_at=None).count() == 0
    assert invitation() is None and Client().get(f"/welcome?token={token}")["Location"] == "/"


def test_two_first_visitors_at_once_make_one_owner(empty: None) -> None:
    from django.db import connections

    token = invitation()
    gate, got = threading.Barrier(2), []

    def visit(n: int) -> None:
        gate.wait()
        try:
            page = Client()
            status = page.post("/welcome", {**ASKED, "token": token, "email": f"o{n}@example.com"}).status_code
            got.append((status, "sessionid" in page.cookies))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=visit, args=(n,)) for n in (1, 2)]
    [t.start() for t in threads]
    [t.join(30) for t in threads]
    assert User.objects.count() == 1
    (late,) = [status for status, signed_in in got if not signed_in]
    assert late in (302, 404, 409), "the slower one is refused, or sent to sign in where the company stood already"


def test_a_link_for_something_else_can_never_found_a_company(empty: None) -> None:
    from bifocal.core.subject import Subject
    from bifocal.lib.ids import uuid7

    _row, token = make_link(
        subject=Subject("document", uuid7()), purpose="approve", rights=["change.answer"], name="Jonah", email="", now=datetime.now(UTC)
    )
    assert Client().post("/welcome", {**ASKED, "token": token}).status_code == 403 and not User.objects.exists()
