"""A history of past work brought in: closed jobs with what the old system knew, nothing in the books, repeatable, taken back."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from bifocal.bridges.imports.models import PastWork
from bifocal.bridges.workmix.assess import told
from bifocal.bridges.workmix.queries import assess_own, company_lens
from bifocal.kernel.documents.models import File
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.parties.models import Customer
from bifocal.lib.errors import NotAllowed, NotFound, Refused
from tests.conftest import run, settle
from tests.test_imports import bring, undo, upload

pytestmark = pytest.mark.django_db
HISTORY = (
    "Job #,Client,Kind,Opened on,Completed on,Hours,Total\n"
    "1,Past One,Call,2024-01-02,2024-01-02,3.5,$350.00\n"
    '2,Past One,Fit-out,2024-02-01,2024-04-30,612,"$64,000.00"\n'
    "3,Past Two,Call,2024-03-05,,1,\n"
    "4,Past Two,Call,2024-03-05,soon,1,10\n"
    "5,,Call,2024-03-05,2024-03-06,1,10\n"
    "6,Past Two,Call,2024-03-05,2024-03-06,1,(10)\n"
    "7,Past Two,Call,2024-05-05,2024-05-06,2,80\n"
    "Total,,,,,618.5,\n"
)
KIND = {"mapping": {"columns": {"type": "Kind"}}}


def test_finished_work_becomes_closed_jobs_and_all_else_is_left_out_with_its_line() -> None:
    lines, customers = JournalLine.objects.count(), Customer.objects.count()
    found = upload("history", HISTORY, "work.csv", source="old", **KIND)
    assert (found["added"], found["errors"]) == (3, [])
    left = {row["line"]: row["reason"] for row in found["left_out"]}
    assert set(left) == {4, 5, 6, 7}
    assert "open job" in left[4] and "'soon' is not a date" in left[5] and "whose work" in left[6] and "negative" in left[7]
    done = run("import.run", "owner", batch=found["uid"])
    settle()
    assert done["added"] == 3 and Customer.objects.count() == customers + 2
    job = Job.objects.get(external_id="2", number__startswith="H-")
    assert (job.work_status, job.profile, job.title, job.customer.name) == ("closed", "project", "Fit-out", "Past One")
    assert job.done_at is not None and job.done_at.date() == date(2024, 4, 30)
    known = PastWork.objects.get(job=job)
    assert (known.value, known.hours, known.finished) == (Decimal(64000), Decimal(612), date(2024, 4, 30))
    assert JournalLine.objects.count() == lines, "nothing is posted"


def test_the_same_file_again_changes_nothing_a_changed_row_is_refused_and_undo_leaves_nothing() -> None:
    before = Job.objects.count(), Customer.objects.count()
    done = bring("history", HISTORY, "work.csv", source="old", **KIND)
    again = upload("history", HISTORY, "work.csv", source="old", **KIND)
    assert (again["added"], again["same"]) == (0, 3)
    changed = upload("history", HISTORY.replace("3.5,$350", "4,$350"), "work.csv", source="old", **KIND)
    assert [e["line"] for e in changed["errors"]] == [2] and "undo that batch" in changed["errors"][0]["reason"]
    for batch in (again, changed):
        run("import.discard", "owner", batch=batch["uid"])
    undo(done)
    assert (Job.objects.count(), Customer.objects.count()) == before and not PastWork.objects.exists()


def test_undo_is_refused_once_work_was_booked_for_a_customer_that_came_with_it() -> None:
    done = bring("history", HISTORY, "work.csv", **KIND)
    who = Customer.objects.get(name="Past Two")
    run("contact.add", "dispatch", customer=who.uid, name="Somebody")
    with pytest.raises(Refused, match="contact"), transaction.atomic():
        undo(done)
    assert PastWork.objects.count() == 3


def test_customers_that_are_here_get_their_history_and_two_of_one_name_are_not_guessed() -> None:
    bring("customers", "ID,Name,Street\n1,Past One,1 Elm\n2,Past Two,2 Elm\n3,Past Two,3 Elm\n")
    found = upload("history", HISTORY, "work.csv", dry_run=True, **KIND)
    assert [e["line"] for e in found["errors"]] == [8] and "2 customers called 'Past Two'" in found["errors"][0]["reason"]
    bring("history", HISTORY.replace("Past Two", "Past One"), "work.csv", **KIND)
    assert set(Job.objects.filter(number__startswith="H-").values_list("site__address", flat=True)) == {"1 Elm"}


def test_without_numbers_two_rows_that_say_the_same_are_two_pieces_and_one_customer_can_stand_for_all() -> None:
    text = "Started,Finished,Value\n2024-01-01,2024-01-02,5\n2024-01-01,2024-01-02,5\n"
    mapping = {"columns": {"customer": "=Walk-in trade"}}
    assert bring("history", text, mapping=mapping)["added"] == 2
    assert upload("history", text, mapping=mapping, dry_run=True)["same"] == 2
    assert all("whose work" in r["reason"] for r in upload("history", text, dry_run=True)["left_out"])


def test_the_work_mix_reads_what_the_old_system_knew_and_no_balance_brought_forward() -> None:
    had = told_own()
    bring("history", HISTORY, "work.csv", **KIND)
    now = told_own()
    assert now["finished"] - had["finished"] == 3
    assert now["shapes"]["project"]["count"] - had["shapes"]["project"]["count"] == 1
    assert now["shapes"]["project"]["revenue"] - (had["shapes"]["project"]["revenue"] or 0) == pytest.approx(64000)
    assert next(q for q in now["quarters"] if q["quarter"] == "2024-Q1")["rows"] == 1
    bring("receivables", "Customer,Invoice,Open balance\nPast One,OLD1,500\n", cutover="2026-06-30")
    assert Job.objects.filter(title="Balance brought forward", customer__name="Past One").exists()
    assert told_own()["finished"] == now["finished"]


def told_own() -> dict[str, Any]:
    from bifocal.lib.errors import Invalid

    try:
        return told(assess_own(company_lens().rule))
    except Invalid:
        side = {"count": 0, "revenue": 0.0}
        return {"finished": 0, "shapes": {"service": side, "project": side}, "quarters": []}


def test_a_kept_history_is_brought_in_by_the_columns_of_its_assessment() -> None:
    content = base64.b64encode(HISTORY.encode()).decode()
    run("workmix.assess", "owner", filename="work.csv", content=content, mapping={"type": "Kind"}, keep=True)
    file = File.objects.get(sort="history")
    with pytest.raises(NotAllowed), transaction.atomic():
        run("import.kept", "dispatch", file=file.uid)
    found = run("import.kept", "owner", file=file.uid)
    assert found["added"] == 3 and found["columns"]["type"] == "Kind"
    assert run("import.run", "owner", batch=found["uid"])["added"] == 3
    with pytest.raises(NotFound), transaction.atomic():
        run("import.kept", "owner", file=found["uid"])
