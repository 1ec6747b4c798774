"""A customer who is in two systems: found, put together by a person, moved whole, taken apart again. Files in the queue, pages, command line."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from bifocal.bridges.imports.models import ExternalKey, ImportBatch, ImportProgress
from bifocal.bridges.imports.queries import twins
from bifocal.bridges.imports.rules_matching import LEAST, card, score
from bifocal.bridges.portfolio.queries import close_checks
from bifocal.core.models import User
from bifocal.core.search import find
from bifocal.kernel.billing.models import Invoice
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.queries import balance
from bifocal.kernel.parties.models import Customer
from bifocal.lib.errors import DomainError, Invalid, NotAllowed, Refused
from tests.conftest import run, settle
from tests.factories import call, site
from tests.test_imports import CUT, bring, upload

db = pytest.mark.django_db


@pytest.mark.parametrize(("a", "b", "least", "most"), [
    ({"name": "Dana Ruiz", "email": "D@x.co"}, {"name": "Ruiz, Dana", "email": "d@x.co "}, 0.8, 1), # same person, name turned round
    ({"name": "Acme Heating, LLC", "phone": "(410) 555-0101"}, {"name": "Acme Heating Inc", "phone": "+1 410.555.0101"}, 0.75, 1),
    ({"name": "Ann Lee", "address": "12 Elm Street\nDover"}, {"name": "Ann Lee", "address": "12 elm st."}, 0.6, 1),
    ({"name": "Ann Lee"}, {"name": "Ann Lee"}, 0, LEAST), # a name alone is not enough
    ({"name": "Ann Lee", "phone": "4105550101"}, {"name": "Bob Stone", "phone": "4105550101"}, 0, LEAST), # one household's line
    ({"name": "Ann Lee", "address": "12 Elm"}, {"name": "Bob Stone", "address": "12 Elm"}, 0, LEAST),
    ({"name": "Ann Lee", "email": "a@x.co", "phone": "1"}, {"name": "Cy Fox", "email": "c@x.co", "phone": "1"}, 0, 0.01),
])  # fmt: skip
def test_how_sure_it_is_that_two_are_one(a: dict[str, str], b: dict[str, str], least: float, most: float) -> None:
    sure, why = score(card(1, **a), card(2, **b))
    assert least <= sure < most or (most == 1 and sure >= least), (sure, why)
    assert score(card(2, **b), card(1, **a))[0] == sure


@db
def test_the_same_customer_of_two_systems_is_proposed_once_and_not_again_when_kept_apart() -> None:
    bring(
        "customers",
        "ID,Name,Email,Phone\n1,Dana Twin,dana@twin.example,410-555-6101\n2,Sole One,sole@twin.example,410-555-6102\n",
        source="jobber",
    )
    bring("customers", 'ID,Name,Email,Phone\nQ1,"Twin, Dana",dana@twin.example,(410) 555-6101\n', source="quickbooks")
    mine = [p for p in twins() if "Twin" in p["one"]["customer"].name]
    assert len(mine) == 1 and mine[0]["score"] > 0.9
    assert {mine[0]["one"]["sources"][0], mine[0]["other"]["sources"][0]} == {"jobber", "quickbooks"}
    one, other = mine[0]["one"]["customer"], mine[0]["other"]["customer"]
    with pytest.raises(NotAllowed), transaction.atomic():
        run("customer.merge", "dispatch", keep=one.uid, gone=other.uid)
    run("customer.keep_apart", "owner", one=other.uid, other=one.uid)
    assert not [p for p in twins() if "Twin" in p["one"]["customer"].name]


def _two() -> tuple[Customer, Customer]:
    bring("customers", "ID,Name,Email,Street\n1,Keep Me,,1 Keep St\n2,Keep Me Inc,kept@example.com,2 Gone St\n", source="a")
    bring("receivables", "Customer ID,Invoice,Open balance\n1,K1,100\n2,G1,250\n", source="a", cutover=CUT)
    bring("deposits", "Customer ID,Reference,Amount\n2,dep,40\n", source="a", cutover=CUT)
    return Customer.objects.get(name="Keep Me"), Customer.objects.get(name="Keep Me Inc")


def _owes(c: Customer) -> tuple[Decimal, Decimal]:
    return balance("1100", customer_id=c.pk), balance("2400", customer_id=c.pk)


@db
def test_a_merge_moves_everything_to_the_cent_and_comes_apart_again() -> None:
    kept, gone = _two()
    made = run("customer.merge", "owner", keep=kept.uid, gone=gone.uid)
    settle()
    assert _owes(kept) == (Decimal("350.00"), Decimal("-40.00")) and _owes(gone) == (0, 0)
    assert {i.number for i in Invoice.objects.filter(customer=kept)} == {"K1", "G1"}
    assert not Job.objects.filter(customer=gone).exists() and not gone.sites.exists()
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert kept.email == "kept@example.com" and gone.email == "" and kept.number in gone.name
    assert not find("gone st", kinds=["customer"]) and ExternalKey.objects.get(key="#2", sort="customers").uid == kept.uid
    with pytest.raises(Refused, match="hold"), transaction.atomic():
        call(customer=str(gone.uid), site=site(str(gone.uid)))
    with pytest.raises(Refused, match="already"), transaction.atomic():
        run("customer.merge", "owner", keep=kept.uid, gone=gone.uid)
    again = bring("customers", "ID,Name,Email,Street\n2,Keep Me Inc,kept@example.com,2 Gone St\n", source="a")
    assert (again["added"], again["same"]) == (0, 1), "the next import knows that both are one"
    run("payment.take", "books", amount="50.00", method="wire", customer=kept.uid,
        parts=[{"invoice": Invoice.objects.get(number="G1").uid, "amount": "50.00"}])  # fmt: skip
    run("customer.unmerge", "owner", merge=made["uid"])
    settle()
    assert _owes(kept) == (Decimal("100.00"), 0) and _owes(gone) == (Decimal("200.00"), Decimal("-40.00")), "what was paid since stays paid"
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (gone.name, gone.email, kept.email) == ("Keep Me Inc", "kept@example.com", "") and gone.hold_service == ""
    assert all(c["ok"] for c in close_checks())
    with pytest.raises(Refused), transaction.atomic():
        run("customer.unmerge", "owner", merge=made["uid"])


@db
def test_a_customer_is_not_put_together_with_itself() -> None:
    kept, _ = _two()
    for command, args in (
        ("customer.merge", {"keep": kept.uid, "gone": kept.uid}),
        ("customer.keep_apart", {"one": kept.uid, "other": kept.uid}),
    ):
        with pytest.raises(Invalid), transaction.atomic():
            run(command, "owner", **args)


# ---- the queue and the pages ----------------------------------------------------------------------------------------------------


def signed_in(key: str) -> Client:
    browser = Client()
    browser.force_login(User.objects.get(email=f"{key}@harbor.example"))
    return browser


@db
def test_the_queue_brings_a_file_in_and_keeps_what_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    from bifocal.bridges.imports import tasks

    monkeypatch.setattr(tasks, "progress_shown", lambda batch: nullcontext())
    found = upload("customers", "ID,Name\n1,Queued Co\n")
    started = run("import.start", "owner", batch=found["uid"])
    assert started["status"] == "queued" and ImportProgress.objects.get(batch_uid=found["uid"]).total == 1
    page = signed_in("owner").get(f"/settings/import/{found['uid']}", {"part": "progress"}, headers={"HX-Request": "true"})
    assert b"<progress" in page.content
    tasks.bring_in.func(batch=found["uid"], who="Ruth")
    assert ImportBatch.objects.get(uid=found["uid"]).status == "done" and Customer.objects.filter(name="Queued Co").exists()
    bad = upload("sites", "Customer,Name\nQueued Co,Here\n")
    run("import.start", "owner", batch=bad["uid"])
    Customer.objects.filter(name="Queued Co").update(name="Renamed")
    tasks.bring_in.func(batch=bad["uid"], who="Ruth")
    row = ImportBatch.objects.get(uid=bad["uid"])
    assert row.status == "failed" and "Line 2" in row.failed_why


@db
def test_pages_for_those_who_may_and_for_nobody_else() -> None:
    found = upload("customers", "ID,Name,Email\n1,Page Co,x\n")
    owner = signed_in("owner")
    text = owner.get(f"/settings/import/{found['uid']}").content.decode()
    assert "not an e-mail address" in text and "Bring it in" not in text
    for path in ("/settings/import", "/settings/import?kind=trial_balance", "/settings/matching", "/settings"):
        assert owner.get(path).status_code == 200, path
    for key in ("dispatch", "tech", "viewer"):
        for path in ("/settings/import", f"/settings/import/{found['uid']}", "/settings/matching"):
            assert signed_in(key).get(path).status_code == 403, (key, path)
    sent = owner.post("/do/import.upload", {"kind": "customers", "filename": "", "next": "/settings/import/{uid}",
                                            "content": _file("good.csv", "ID,Name\n5,Form Co\n")})  # fmt: skip
    assert sent.status_code == 302 and owner.get(sent.headers["Location"]).status_code == 200


def _file(name: str, text: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, text.encode())


@db
def test_the_list_of_customers_leaves_out_those_who_are_part_of_another() -> None:
    kept, gone = _two()
    run("customer.merge", "owner", keep=kept.uid, gone=gone.uid)
    text = signed_in("owner").get("/customers", {"q": "keep me"}).content.decode()
    assert "Keep Me" in text and "(now C-" not in text


def test_the_same_file_twice_at_once_comes_in_once_and_its_progress_is_seen_from_outside(clone: str) -> None:
    """Real commits: two workers, two uploads of one file; the second finds all of it here."""
    from bifocal.bridges.imports.tasks import bring_in
    from tests.test_concurrency import at_once

    data = "ID,Name\n" + "".join(f"{n},Racer {n}\n" for n in range(400))
    one, two = (upload("customers", data, source="race") for _ in range(2))
    for found in (one, two):
        run("import.start", "owner", batch=found["uid"])
    at_once(*(lambda uid=f["uid"]: bring_in.func(batch=uid, who="Ruth") for f in (one, two)))
    rows = ImportBatch.objects.filter(uid__in=[one["uid"], two["uid"]])
    assert sorted((b.status, b.added, b.same) for b in rows) == [("done", 0, 400), ("done", 400, 0)]
    assert Customer.objects.filter(name__startswith="Racer ").count() == 400
    stages = set(ImportProgress.objects.filter(batch_uid__in=[one["uid"], two["uid"]]).values_list("stage", flat=True))
    assert stages and "Waiting" not in stages, "written by a connection of its own while the import ran"
    again = at_once(*[lambda: run("import.run", "owner", batch=one["uid"])] * 2)
    assert all(isinstance(a, DomainError) for a in again)


# ---- bulk and the command line --------------------------------------------------------------------------------------------------


@db
def test_imports_leave_the_same_rows_as_the_commands() -> None:
    """Decision 'bulk loaders use the same rules': one customer each way, compared column by column."""
    bring("customers", "Name,Email,Phone,Terms,Customer type\nBulk Way,b@way.example,410-555-6201,Net 30,Business\n")
    run("customer.add", "owner", name="Command Way", email="c@way.example", phone="410-555-6202", terms_days=30, sort="commercial")
    rows = [Customer.objects.get(name=n) for n in ("Bulk Way", "Command Way")]
    own = {"id", "uid", "created_at", "number", "name", "email", "phone"}
    assert len({tuple((f.name, str(getattr(r, f.name))) for f in Customer._meta.concrete_fields if f.name not in own) for r in rows}) == 1
    from bifocal.core.models import Fact, SearchEntry

    assert {Fact.objects.get(subject_uid=r.uid).name for r in rows} == {"CustomerAdded"}
    assert len({len(SearchEntry.objects.get(uid=r.uid).text) - len(r.name) for r in rows}) == 1


@db
def test_three_thousand_rows_by_copy_and_back() -> None:
    data = "ID,Name,Street,Zip\n" + "".join(f"{n},Crowd {n},{n} Main St,21230\n" for n in range(3000))
    bring("customers", data, source="crowd")
    ar = "Customer ID,Invoice,Open balance\n" + "".join(f"{n},CR{n},{n % 90 + 1}.25\n" for n in range(3000))
    before = balance("1100")
    done = bring("receivables", ar, source="crowd", cutover=CUT)
    assert balance("1100") - before == sum((Decimal(n % 90 + 1) + Decimal("0.25") for n in range(3000)), Decimal(0))
    told = run("import.undo", "owner", batch=done["uid"], reason="test")
    settle()
    assert told["reversed"] == 3000 and balance("1100") == before


def test_the_command_line_knows_kinds_and_presets_without_a_database(tmp_path: Path) -> None:
    def cli(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bifocal.front.cli", "import", *args], capture_output=True, text=True, check=False, cwd=tmp_path
        )

    kinds = json.loads(cli("kinds", "--json").stdout)
    assert {k["kind"] for k in kinds} >= {"customers", "trial_balance", "projects"}
    assert all(p["source"] for p in json.loads(cli("presets", "--json").stdout))
    missing = cli("customers", "nothing.csv")
    assert missing.returncode == 2 and "no file nothing.csv" in missing.stderr
    (tmp_path / "x.csv").write_text("a")
    (tmp_path / "m.json").write_text("[1]")
    assert cli("customers", "x.csv", "--mapping", "m.json").returncode == 2
    assert cli("kinds", "pets").returncode == 2
