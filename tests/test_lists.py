"""The lists: found, filtered, sorted, paged by cursor, exported, and never one query a row; a button stands where it can work."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bifocal.core.actor import Actor, ActorKind
from bifocal.core.commands import Call, execute, registry
from bifocal.core.models import User
from bifocal.core.needs import right_of
from bifocal.front.rights import ROLES
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.people.models import Person
from bifocal.lib.errors import NotAllowed
from tests.conftest import actor_named, run
from tests.factories import project, sent_change
from tests.held import LENT_BY_LINKS, OWNER_ONLY

pytestmark = pytest.mark.django_db
LISTS = ["/jobs", "/projects", "/documents", "/customers", "/money", "/people", "/stock"]


def signed_in(key: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{key}@harbor.example"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def sold(n: int) -> list[dict[str, Any]]:
    """Some calls of one customer."""
    who = run("customer.add", "owner", name="Listed Lane", even_if_twin=True)
    site = run("site.add", "owner", customer=who["uid"], address="1 List Street")
    call = {"job_type": "AC-REPAIR", "customer": who["uid"], "site": site["uid"], "even_if_open": True}
    return [run("call.book", "dispatch", title=f"Call {i:03d}", **call) for i in range(n)]


def table(reply: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(reply.streaming_content).decode())))


@pytest.mark.parametrize("path", LISTS)
def test_every_list_shows_and_exports(path: str) -> None:
    made = project()
    sent_change(made)
    client = signed_in("owner")
    assert client.get(path).status_code == 200
    rows = table(client.get(path, {"export": "csv"}))
    assert len(rows) > 1 or path == "/money"
    assert all(len(r) == len(rows[0]) for r in rows)


def test_jobs_are_found_filtered_sorted_and_exported_alike() -> None:
    sold(3)
    client = signed_in("dispatch")
    got = table(client.get("/jobs", {"q": "Call 00", "sort": "-title", "export": "csv"}))
    assert [r[1] for r in got[1:]] == ["Call 002", "Call 001", "Call 000"]
    assert table(client.get("/jobs", {"q": "Call 00", "work_status": "closed", "export": "csv"}))[1:] == []
    assert table(client.get("/jobs", {"q": "Call 00", "lens": "project", "export": "csv"}))[1:] == []
    assert len(table(client.get("/jobs", {"q": "Call 00", "work_status": "not-a-state", "export": "csv"}))) == 4
    page = client.get("/jobs", {"q": "Call 00", "sort": "title"}).content.decode()
    assert page.index("Call 000") < page.index("Call 001") < page.index("Call 002")


@pytest.mark.parametrize("sort", ["new", "-new", "title", "-title", "customer", "-customer", "work"])
def test_a_list_walked_by_its_cursor_shows_each_row_once(sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bifocal.front.lists.SIZE", 2)
    sold(5)
    client, seen, cursor = signed_in("owner"), [], ""
    for _ in range(200):
        shown = client.get("/jobs", {"sort": sort, "cursor": cursor}).context["list"]
        seen += [r["job"].number for r in shown["rows"]]
        cursor = shown["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == Job.objects.count()


@pytest.mark.parametrize("path", [p for p in LISTS if p not in ("/people", "/stock")])
def test_a_longer_list_asks_no_more_queries(path: str) -> None:
    def asked() -> int:
        client = signed_in("owner")
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    first = [project(), sold(1)]
    sent_change(first[0])  # an empty list asks less
    few = asked()
    for _ in range(3):
        made = project()
        sent_change(made)
    sold(4)
    assert first and asked() <= few + 1


def test_a_spreadsheet_does_not_run_what_a_customer_is_called() -> None:
    for name in ("=HYPERLINK(1)", "+1+1", "@SUM(1)", "-cmd"):
        run("customer.add", "owner", name=name, even_if_twin=True)
    cells = {r[1] for r in table(signed_in("owner").get("/customers", {"export": "csv"}))}
    assert {"'=HYPERLINK(1)", "'+1+1", "'@SUM(1)", "'-cmd"} <= cells


def test_lists_of_the_office_are_not_there_for_the_field() -> None:
    client = signed_in("tech")
    assert client.get("/stock").status_code == client.get("/projects").status_code == client.get("/dispatch").status_code == 404
    assert client.get("/money").status_code == 403
    assert table(client.get("/customers", {"export": "csv"}))[1:] == []
    assert b"value" not in b"".join(signed_in("dispatch").get("/stock", {"export": "csv"}).streaming_content)


def test_every_command_tells_its_right_and_somebody_holds_it() -> None:
    held = set().union(*ROLES.values())
    for name in registry:
        assert right_of(name), name
        assert right_of(name) in held | OWNER_ONLY | LENT_BY_LINKS, f"{name} asks for {right_of(name)}"


@pytest.mark.parametrize(
    "name",
    [
        "customer.hold",
        "job.hold",
        "period.move",
        "visit.dispatch",
        "invoice.draft",
        "rfi.open",
        "punch.verify",
        "payapp.submit",
        "bill.post",
    ],
)
def test_the_right_a_button_asks_for_is_the_one_the_server_refuses_by(name: str) -> None:
    """Somebody who holds every right but that one gets as far as the right, and no further."""
    from tests.test_mechanics import sample

    args = {f: sample(i.annotation) for f, i in registry[name].schema.model_fields.items() if i.is_required()}
    made = project()
    args |= {k: v for k, v in {"customer": made["customer"], "job": made["job"]}.items() if k in args}
    if name == "visit.dispatch":
        args["visit"] = sold(1)[0]["visit"]
    if name in ("rfi.open", "punch.verify"):
        sort = "rfi" if name == "rfi.open" else "punch"
        body = {"question": "Why?"} if sort == "rfi" else {}
        key = "rfi" if sort == "rfi" else "item"
        args[key] = run("rfi.draft" if sort == "rfi" else "punch.add", "pm", job=made["job"], title="T", **body)["uid"]
    if name == "payapp.submit":
        args["payapp"] = run("payapp.draft", "pm", contract=made["contract"], period_to="2026-01-31")["uid"]
    if name == "bill.post":
        args["vendor"] = run("vendor.add", "books", name="Supply")["uid"]
    every = frozenset().union(*ROLES.values()) - {"*", right_of(name)}
    nearly = Actor(ActorKind.USER, actor_named("owner").key, "Nearly", rights=every, sees_all=True)
    with pytest.raises(NotAllowed) as refused:
        execute(name, args, actor=nearly, call=Call.new())
    assert f"'{right_of(name)}'" in refused.value.sentence


PAGES = [
    "/",
    "/dispatch",
    "/customers",
    "/jobs",
    "/projects",
    "/documents",
    "/people",
    "/stock",
    "/money",
    "/money?tab=bills",
    "/money?tab=time",
    "/money/close",
    "/settings",
]


@pytest.mark.parametrize("key", ["owner", "dispatch", "pm", "super", "books", "viewer", "tech"])
def test_no_page_offers_a_button_that_the_server_will_refuse(key: str) -> None:
    import re

    made = project()
    change = sent_change(made)["uid"]
    app = run("payapp.draft", "pm", contract=made["contract"], period_to="2026-01-31")["uid"]
    visit = sold(1)[0]["visit"]
    dana = str(Person.objects.get(name="Dana Whitfield").uid)
    run("visit.schedule", "dispatch", visit=visit, technician=dana, start="2031-01-07T13:00:00Z", override="she knows the house")
    tabs = [
        "overview",
        "contract",
        "schedule",
        "budget",
        "changes",
        "rfis",
        "submittals",
        "log",
        "punch",
        "billing",
        "time",
        "costs",
        "files",
        "history",
    ]
    paths = [
        *PAGES,
        *(f"/jobs/{made['job']}?tab={t}" for t in tabs),
        f"/customers/{made['customer']}",
        f"/documents/{change}",
        f"/payapps/{app}",
        f"/visits/{visit}",
    ]
    client, actor = signed_in(key), actor_named(key)
    offered: set[str] = set()
    for path in paths:
        reply = client.get(path)
        if reply.status_code == 200:
            offered |= set(re.findall(r'action="/do/([a-z_.]+)"', reply.content.decode()))
    assert {c for c in offered if not actor.can(right_of(c))} == set()
    assert offered or key == "viewer"
    if key == "viewer":
        assert offered == set()
