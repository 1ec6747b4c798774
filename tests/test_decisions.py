"""Decisions of the house that had no test of their own; each names its number in the design notes."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext

from bifocal.bridges.portfolio.queries import close_checks
from bifocal.kernel.billing.models import Application, Invoice, InvoiceLine
from bifocal.kernel.jobs.models import Job
from bifocal.kernel.ledger.models import JournalEntry, JournalLine
from bifocal.kernel.people.models import Allocation, Crew, Person, Vehicle
from bifocal.kernel.stock.models import Location
from bifocal.kernel.time.models import TimeSegment
from bifocal.lib.ids import uuid7
from bifocal.projects.register.models import Document
from bifocal.service.visits.models import PartUsed
from tests.conftest import run, settle
from tests.factories import call, project, sent_change

pytestmark = pytest.mark.django_db
ORDER = ["jobs_job", "visits_visit", "people_person", "stock_itemstock", "core_counter", "journal_entry"]


def worked(at: datetime, **more: Any) -> dict[str, Any]:
    """A call that Dana has done: one part, one hour."""
    dana = str(Person.objects.get(name="Dana Whitfield").uid)
    made = call(technician=dana, start=at, **more)
    run("visit.start_work", "tech", visit=made["visit"], at=at)
    run("visit.use_part", "tech", visit=made["visit"], item="CAP-45-5", at=at)
    run("visit.finish", "tech", visit=made["visit"], outcome="completed", at=at + timedelta(hours=1))
    return made


def test_decision_5_locks_are_taken_in_one_order(now: datetime) -> None:
    def locked(command: str, key: str, **args: Any) -> list[int]:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            run(command, key, **args)
        sql = [q["sql"].lower() for q in seen.captured_queries]
        taken = [s for s in sql if "for update" in s or "into core_counter" in s or "into journal_entry" in s]
        first = [min((s.find(t) for t in ORDER if t in s), default=-1) for s in taken]
        return [ORDER.index(next(t for t in ORDER if s.find(t) == at)) for s, at in zip(taken, first, strict=True) if at >= 0]

    start, dana = now + timedelta(days=3), str(Person.objects.get(name="Dana Whitfield").uid)
    made = call()
    steps = [
        locked("visit.schedule", "dispatch", visit=made["visit"], technician=dana, start=start),
        locked("visit.start_work", "tech", visit=made["visit"], at=start),
        locked("visit.use_part", "tech", visit=made["visit"], item="CAP-45-5", at=start),
        locked("visit.finish", "tech", visit=made["visit"], outcome="completed", at=start + timedelta(hours=1)),
        locked("job.bill", "tech", job=made["uid"], at=start + timedelta(hours=1)),
    ]
    assert steps[0][:3] == [0, 1, 2] and 3 in steps[2] and {4, 5} <= set(steps[4])
    assert all(s == sorted(s) for s in steps), steps


def test_decision_8_one_listener_tells_every_open_board_and_a_stranger_hears_nothing(clone: str) -> None:
    from bifocal.front import events

    async def hear(ticket: str, sent: list[dict[str, Any]]) -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        scope = {"type": "http", "query_string": f"ticket={ticket}".encode(), "headers": []}
        await events.app(scope, receive, send)

    async def story() -> tuple[list[list[dict[str, Any]]], list[dict[str, Any]], dict[str, Any]]:
        boards: list[list[dict[str, Any]]] = [[], [], []]
        stranger: list[dict[str, Any]] = []
        await hear("forged", stranger)
        tasks = [asyncio.create_task(events.listen()), *(asyncio.create_task(hear(events.ticket("user:1"), b)) for b in boards)]
        await asyncio.sleep(1)
        made = await asyncio.to_thread(call)
        for _ in range(50):
            if all(any(made["uid"].encode() in m.get("body", b"") for m in b) for b in boards):
                break
            await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return boards, stranger, made

    boards, stranger, made = asyncio.run(story())
    assert stranger[0]["status"] == 403 and len(stranger) == 2
    for board in boards:
        assert board[0]["status"] == 200
        assert any(made["uid"].encode() in m.get("body", b"") for m in board)


def test_decision_11_a_crew_booking_is_one_row_per_member_and_a_vehicle_has_its_own_constraint(now: datetime) -> None:
    made = project()
    crew = Crew.objects.order_by("id").first()
    assert crew is not None
    first = date.today() + timedelta(days=400)
    while first.weekday() > 3:
        first += timedelta(days=1)
    run("schedule.plan", "pm", job=made["job"], activities=[{"code": "Z10", "name": "Rough-in", "days": 2, "not_before": first}])
    activity = Job.objects.get(uid=made["job"]).activities.get(code="Z10").uid  # type: ignore[attr-defined]
    run("crew.book", "pm", activity=activity, crew=crew.uid, first=first, last=first)
    rows = Allocation.objects.filter(source_uid=activity)
    assert sorted(r.person_id for r in rows) == sorted(crew.members.values_list("pk", flat=True))
    assert len({r.booking for r in rows}) == 1
    van = Vehicle.objects.create(name="Van 99")
    same = {"vehicle": van, "during": DateTimeTZRange(now, now + timedelta(hours=2)), "firmness": "firm", "use": "visit",
            "source_kind": "visit", "label": "x"}  # fmt: skip
    Allocation.objects.create(**same, booking=uuid7(), source_uid=uuid7())
    with pytest.raises(IntegrityError, match="overlap|exclusion|conflict"), transaction.atomic():
        Allocation.objects.create(**same, booking=uuid7(), source_uid=uuid7())


def test_decision_13_work_of_the_last_evening_of_the_month_is_that_months() -> None:
    evening = datetime(2026, 4, 1, 1, 30, tzinfo=UTC)  # 31 March, 21:30 in Baltimore
    made = worked(evening - timedelta(hours=1))
    invoice = Invoice.objects.get(uid=run("job.bill", "tech", job=made["uid"], at=evening)["uid"])
    run("time.approve", "books", job=made["uid"])
    run(
        "payment.take",
        "tech",
        job=made["uid"],
        amount="10.00",
        method="cash",
        at=evening,
        parts=[{"invoice": invoice.uid, "amount": "10.00"}],
    )
    assert invoice.date == date(2026, 3, 31)
    entries = JournalEntry.objects.filter(pk__in=JournalLine.objects.filter(job_id=invoice.job_id).values("entry_id"))
    assert len(entries) == 4 and {e.document_date for e in entries} == {date(2026, 3, 31)}


def test_decision_18_a_sub_ledger_that_differs_from_its_control_account_is_shown_with_the_difference(now: datetime) -> None:
    made = worked(now - timedelta(hours=2))
    invoice = run("job.bill", "tech", job=made["uid"])
    run("payment.take", "books", job=made["uid"], amount="500.00", method="check", parts=[{"invoice": invoice["uid"], "amount": "10.00"}])
    settle()
    assert all(c["ok"] for c in close_checks())
    Invoice.objects.filter(uid=invoice["uid"]).update(paid=D("11.00"))
    bad = [c for c in close_checks() if not c["ok"]]
    assert [(c["name"], c["difference"]) for c in bad] == [("Receivables equal open invoices", D("1.00"))]


def test_decision_23_the_four_kinds_of_paper_stand_on_one_spine() -> None:
    made = project()
    uids = {
        "rfi": run("rfi.draft", "pm", job=made["job"], title="Beam", question="Which?", assignees=[made["architect"]])["uid"],
        "submittal": run("submittal.draft", "pm", job=made["job"], title="RTU", spec_section="23 74 13")["uid"],
        "change_order": sent_change(made)["uid"],
        "daily_log": run("log.write", "super", job=made["job"], day=date.today(), sections={"work": "Hung duct."})["uid"],
    }
    docs = {str(d.uid): d for d in Document.objects.filter(job__uid=made["job"])}
    assert set(docs) >= {str(u) for u in uids.values()}
    assert len({docs[str(u)].sort for u in uids.values()}) == 4
    assert all(d.creator and d.status for d in docs.values())
    change = docs[str(uids["change_order"])]
    assert change.number and change.ball and change.clocks.filter(until=None).count() == 1


def test_decision_25_paper_is_us_letter_with_the_letterhead_and_its_figures(now: datetime) -> None:
    from pypdf import PdfReader

    from bifocal.core.models import Company
    from bifocal.kernel.billing.paper import invoice_pdf

    made = worked(now - timedelta(hours=2))
    invoice = Invoice.objects.get(uid=run("job.bill", "tech", job=made["uid"])["uid"])
    paper = PdfReader(io.BytesIO(invoice_pdf(invoice)))
    text = " ".join(p.extract_text() for p in paper.pages)
    assert (float(paper.pages[0].mediabox.width), float(paper.pages[0].mediabox.height)) == (612, 792)
    assert Company.objects.get().name in text and invoice.number in text and f"{invoice.total:,.2f}" in text


def facts_of(jobs: list[Job]) -> list[dict[str, Any]]:
    """What the books and the job file say of each job, without ids, numbers and instants."""
    out = []
    for job in jobs:
        invoice = Invoice.objects.get(job=job)
        lines = InvoiceLine.objects.filter(invoice=invoice).order_by("place")
        books: Counter[tuple[str, str]] = Counter()
        for li in JournalLine.objects.filter(job_id=job.pk).select_related("account", "entry"):
            books[(li.entry.event, li.account.code)] += li.amount
        out.append({
            "status": job.work_status, "outcome": job.outcome, "rule": job.billing_rule, "unit": job.business_unit_id,
            "visits": list(job.visits.values_list("seq", "status", "outcome", "minutes", "skill", "assignments__person")),
            "invoice": (invoice.status, invoice.subtotal, invoice.tax, invoice.total, invoice.paid),
            "lines": [(li.item_id, li.quantity, li.price, li.amount, li.tax, li.revenue) for li in lines],
            "time": sorted(TimeSegment.objects.filter(job=job).values_list("activity", "hours", "rate", "burden", "pay_class", "status")),
            "parts": sorted(PartUsed.objects.filter(visit__job=job).values_list("item_id", "quantity", "price", "billed")),
            "paid": list(Application.objects.filter(invoice=invoice).values_list("amount", flat=True)),
            "books": {k: v for k, v in books.items() if v},
        })  # fmt: skip
    return out


def test_fifty_jobs_made_in_bulk_and_by_the_commands_are_the_same_in_every_row_and_in_the_books() -> None:
    import random

    from bifocal.front.demo.base import Base
    from bifocal.front.demo.bulk import Bulk
    from bifocal.front.demo.history import people, specs
    from bifocal.kernel.jobs.models import JobType

    rng, today = random.Random(7), date.today()
    techs = {p.name: p for p in Person.objects.filter(dispatchable=True).select_related("branch")}
    base = Base(
        people=techs, trucks={n: Location.objects.get(person=p) for n, p in techs.items()}, types={t.code: t for t in JobType.objects.all()}
    )
    wanted = [s for s in specs(rng, base, today, 1500) if s.paid_after == 0 and s.start.date() > today - timedelta(days=300)][:50]
    assert len(wanted) == 50
    with connection.cursor() as cur:  # months of the past that the demo company has not opened
        cur.execute(
            "insert into fiscal_period (during, status) select m, 'open' from (select daterange(d::date, (d + interval '1 month')::date) m"
            " from generate_series(date_trunc('month', %s::date), %s, '1 month') d) months"
            " where not exists (select from fiscal_period where during && m)",
            [today - timedelta(days=400), today],
        )
    before = Job.objects.order_by("-id").values_list("id", flat=True).first() or 0
    bulk = Bulk(base)
    for series in ("job", "customer", "invoice", "payment", "bank_deposit"):
        with connection.cursor() as cur:
            cur.execute("select value from core_counter where series = %s", [series])
            bulk.numbers[series] = (cur.fetchone() or [0])[0]
    bulk.customers(people(rng, 1500))
    bulk.service_jobs(wanted)
    bulk.finish()
    loaded = list(Job.objects.filter(id__gt=before).order_by("id"))
    typed = [by_hand(s, techs) for s in wanted]
    settle()
    for one, other in zip(facts_of(loaded), facts_of(typed), strict=True):
        assert one == other
    assert all(c["ok"] for c in close_checks())


def by_hand(s: Any, techs: dict[str, Person]) -> Job:
    """The same work by the commands, a year later, when the technician is free."""
    start = s.start + timedelta(days=364)
    work, end = start + timedelta(minutes=s.drive), start + timedelta(minutes=s.drive + s.minutes)
    who = str(techs[s.technician].uid)
    made = call(job_type=s.job_type, branch=techs[s.technician].branch.code)
    run("visit.schedule", "dispatch", visit=made["visit"], technician=who, start=start, end=end, override="same work")
    run("visit.start_travel", "owner", visit=made["visit"], person=who, at=start)
    run("visit.start_work", "owner", visit=made["visit"], person=who, at=work)
    for code, n in s.parts:
        run("visit.use_part", "owner", visit=made["visit"], item=code, quantity=n, person=who, at=work)
    run("visit.finish", "owner", visit=made["visit"], outcome="completed", person=who, at=end)
    invoice = run("job.bill", "owner", job=made["uid"], at=end)
    run("time.approve", "owner", job=made["uid"], at=end)
    part = [{"invoice": invoice["uid"], "amount": invoice["due_amount"]}]
    run("payment.take", "owner", job=made["uid"], amount=invoice["due_amount"], method=s.method, parts=part, at=end, reference=str(uuid7()))
    run("job.close", "owner", job=made["uid"], at=end)
    return Job.objects.get(uid=made["uid"])
