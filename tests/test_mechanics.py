"""The mechanics that everything copies: envelope, rights, facts, changes, links, strangers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args, get_origin
from uuid import UUID

import pytest
from django.db import transaction

from bifocal.core import facts
from bifocal.core.actor import system
from bifocal.core.commands import Call, execute, registry
from bifocal.core.models import Delivery, Fact, Request
from bifocal.core.paging import page
from bifocal.kernel.parties.models import Customer
from bifocal.lib.errors import DomainError, Invalid, NotAllowed, NotFound, RequestReused
from bifocal.lib.ids import uuid7
from tests.conftest import actor_named, run
from tests.factories import call, customer

pytestmark = pytest.mark.django_db


def sample(kind: Any) -> Any:
    """A value of a type, for asking without a right."""
    origin = get_origin(kind)
    if origin in (list, set, tuple):
        return []
    if origin is dict:
        return {}
    for choice in get_args(kind):
        if not isinstance(choice, type) or choice is not type(None):
            return sample(choice) if isinstance(choice, type) or get_origin(choice) else choice
    import enum
    from datetime import date, time

    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    simple: dict[Any, Any] = {
        UUID: uuid7(),
        str: "Zm9v",
        int: 1,
        Decimal: "1",
        date: "2026-01-05",
        datetime: "2026-01-05T08:00:00Z",
        bool: False,
        time: "08:00",
    }
    return simple.get(kind, "x")


OWN = {"user.choose_language"}  # about one's own sign-in: nobody is a stranger to it, and it names nobody else


@pytest.mark.parametrize("name", sorted(set(registry) - OWN))
def test_a_stranger_gets_nowhere_with_any_command(name: str) -> None:
    """Read-only, and a technician who is not on the job: refused or not found, never done, never a crash."""
    cmd = registry[name]
    args = {f: sample(i.annotation) for f, i in cmd.schema.model_fields.items() if i.is_required()}
    if name == "journal.post":
        args["lines"] = [{"account": "1010", "amount": "1"}]
    before = Fact.objects.count()
    for key in ("viewer", "tech"):
        if key == "tech" and actor_named("tech").can(name.replace("invoice.email", "invoice.send")):
            continue
        with pytest.raises((NotAllowed, NotFound, Invalid)), transaction.atomic():
            execute(name, args, actor=actor_named(key), call=Call.new())
    assert Fact.objects.count() == before


@pytest.mark.parametrize("name", sorted(registry))
def test_every_command_says_what_it_does(name: str) -> None:
    assert registry[name].summary.endswith(".") and len(registry[name].summary) > 15


def test_decision_2_a_replay_gets_the_first_answer_and_another_body_is_refused() -> None:
    key = uuid7()
    first = run("vendor.add", "books", request_id=key, name="Once")
    assert run("vendor.add", "books", request_id=key, name="Once") == first
    with pytest.raises(RequestReused) as refusal:
        run("vendor.add", "books", request_id=key, name="Twice")
    assert refusal.value.status == 422
    assert run("vendor.add", "owner", request_id=key, name="Another actor's own key")["number"] != first["number"]


def test_decision_2_errors_are_not_stored() -> None:
    key = uuid7()
    with pytest.raises(Invalid), transaction.atomic():
        run("site.add", "dispatch", request_id=key, customer=customer()["uid"])
    assert not Request.objects.filter(request_id=key).exists()
    run("vendor.add", "books", request_id=key, name="The key is free again")


def test_decision_2_secrets_of_an_answer_are_told_once() -> None:
    key = uuid7()
    assert run("token.make", "owner", request_id=key, email="tech@harbor.example", name="phone")["token"].startswith("bf_")
    assert "token" not in run("token.make", "owner", request_id=key, email="tech@harbor.example", name="phone")
    assert "bf_" not in json.dumps(Request.objects.get(request_id=key).answer)


def test_decision_4_a_command_lends_only_what_the_table_says() -> None:
    link = actor_named("viewer").within("change.approve")
    assert link.can("contract.change") and link.can("budget.change") and not link.can("ledger.post")
    assert not actor_named("viewer").can("contract.change")


def test_decision_6_an_unknown_fact_stops_the_start() -> None:
    kept = dict(facts._wiring)
    with pytest.raises(TypeError, match="not a fact"):
        facts.install({str: ()})  # type: ignore[dict-item]
    facts._wiring.update(kept)


def test_decision_6_a_poisoned_delivery_is_shown_and_blocks_only_its_own_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    from bifocal.kernel.parties.facts import VendorAdded

    def poisoned(fact: Fact) -> None:
        if fact.payload["name"] == "bad":
            raise RuntimeError("boom")

    monkeypatch.setitem(facts._wiring, VendorAdded.__name__, (poisoned,))
    run("vendor.add", "books", name="bad")
    run("vendor.add", "books", name="good")
    bad, good = Delivery.objects.order_by("id")
    with pytest.raises(RuntimeError):
        facts.deliver_now(bad.pk)
    facts.deliver_now(good.pk)
    facts.deliver_now(good.pk)
    assert set(Delivery.objects.values_list("status", "tries")) == {("failed", 1), ("done", 1)}
    from procrastinate.contrib.django.models import ProcrastinateJob

    locks = ProcrastinateJob.objects.filter(task_name="core.deliver").values_list("lock", flat=True)
    assert len(set(locks)) == 2


def test_the_history_says_who_when_and_through_what() -> None:
    made = call()
    names = list(Fact.objects.filter(subject_uid=made["uid"]).order_by("id").values_list("name", flat=True))
    assert names == ["JobCreated", "CallBooked"]
    created = Fact.objects.get(subject_uid=made["uid"], name="JobCreated")
    assert created.actor_name == "Marcus Bell" and created.path == ["call.book"]


def test_decision_13_facts_keep_when_it_happened_and_when_it_was_received() -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=5)
    uid = run("vendor.add", "books", at=long_ago, name="Late")["uid"]
    fact = Fact.objects.get(subject_uid=uid)
    assert fact.occurred_at == long_ago and fact.received_at - long_ago > timedelta(hours=4)


def test_pages_by_cursor_neither_skip_nor_repeat() -> None:
    for n in range(23):
        customer(phone=f"1{n:03d}")
    seen: list[int] = []
    cursor = ""
    while True:
        got = page(Customer.objects.all(), order="name", cursor=cursor, size=5)
        seen += [c.pk for c in got.rows]
        cursor = got.next
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == Customer.objects.count()
    with pytest.raises(Invalid, match="page mark"):
        page(Customer.objects.all(), cursor="nonsense")


@pytest.mark.parametrize("fragment", ["zebraw", "ebrawood", "5550199", "9 quarry", "zebra quarry"])
def test_anything_is_found_by_a_fragment(fragment: str) -> None:
    from bifocal.core.search import find

    who = run("customer.add", "dispatch", name="Zebrawood Tower LLC", phone="(443) 555-0199")
    run("site.add", "dispatch", customer=who["uid"], address="9 Quarry Lane")
    assert any("Zebrawood" in r["title"] + r["detail"] for r in find(fragment))


def test_uploads_are_what_their_bytes_say() -> None:
    import base64
    from zlib import crc32

    job = call()["uid"]
    for bad in (b"", b"\x7fELF\x00\x01\x02" + b"\x00" * 64, b"\x00\x00\x00"):
        with pytest.raises(Invalid), transaction.atomic():
            run("file.attach", "dispatch", about_kind="job", about=job, name="photo.jpg", content=base64.b64encode(bad).decode())
    with pytest.raises(Invalid, match="base64"):
        run("file.attach", "dispatch", about_kind="job", about=job, name="x", content="%%%")
    huge = bytearray(_picture())
    huge[16:24] = (60_000).to_bytes(4, "big") * 2  # says of itself that it is 60,000 pixels wide and high
    huge[29:33] = crc32(huge[12:29]).to_bytes(4, "big")
    with pytest.raises(Invalid, match="too many pixels"), transaction.atomic():
        run("file.attach", "dispatch", about_kind="job", about=job, name="huge.png", content=base64.b64encode(huge).decode())


def _picture() -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (4, 4), "navy").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("sort", ["paper", "backup", "waiver", "form", "history"])
def test_nobody_brings_a_file_that_only_the_house_makes(sort: str) -> None:
    """A later step trusts these: what an approver reads, what goes out with an invoice, what an import takes in."""
    with pytest.raises(Invalid, match="made here"), transaction.atomic():
        run("file.attach", "dispatch", about_kind="job", about=call()["uid"], name="forged.pdf", content="JVBERi0x", sort=sort)


def test_a_files_name_is_sent_as_a_name_and_as_nothing_else() -> None:
    import base64

    from tests.test_lists import signed_in

    content = base64.b64encode(_picture()).decode()
    odd = 'roof "north"\r\nSet-Cookie: a=b é.png'
    made = run("file.attach", "dispatch", about_kind="job", about=call()["uid"], name=odd, content=content)["uid"]
    for at in (f"/files/{made}", f"/api/v1/files/{made}"):
        reply = signed_in("dispatch").get(at)
        assert reply.status_code == 200 and reply.content == _picture() and "a" not in reply.cookies
        assert reply["Content-Disposition"].startswith("inline; filename*=utf-8''roof%20%22north%22Set-Cookie")


@pytest.mark.parametrize(("name", "data", "said"), [
    ("a.pdf", b"%PDF-1.7\n1 0 obj", "is not a table"), ("a.csv", b"", "is empty"), ("a.csv", b"a,b\n1,2\n", "No column for"), ("a.json", b"{", "not JSON"),
    ("a.json", b'{"lines": []}', "no list of lines"), ("a.xlsx", b"PK\x03\x04rubbish", "can't be opened"), ("a.csv", b"Description,Scheduled value\nx\n,\ny,abc\n", "Line"),
])  # fmt: skip
def test_a_damaged_or_strange_sheet_is_one_clear_sentence_and_changes_nothing(name: str, data: bytes, said: str) -> None:
    import base64

    from bifocal.projects.contracts.models import Contract
    from tests.factories import site

    who = customer()["uid"]
    job = run("project.create", "pm", customer=who, site=site(who), title="x")["uid"]
    with pytest.raises(DomainError) as refusal, transaction.atomic():
        run("sov.import", "pm", job=job, filename=name, content=base64.b64encode(data).decode())
    assert said in refusal.value.sentence
    assert not Contract.objects.filter(job__uid=job).exists()


def test_background_work_is_a_named_actor() -> None:
    assert system("nightly").name == "nightly" and system("nightly").kind == "system"
