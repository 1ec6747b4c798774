"""Real threads, real connections, committed transactions: what may happen at once, and what may not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import Error, connection, transaction

from bifocal.core.models import Request
from bifocal.kernel.billing.models import Invoice, Payment
from bifocal.kernel.people.models import Allocation, Person
from bifocal.lib.errors import DomainError, PersonIsTaken
from bifocal.lib.ids import uuid7
from tests.conftest import run
from tests.test_ledger import DAY, entry, header, post

TOMORROW = datetime.now(UTC).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=3)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start all acts at the same moment, each on its own connection; results or DomainErrors, in order."""
    barrier = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        from django.db import connections

        barrier.wait(10)
        try:
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def booked(**more: Any) -> dict[str, Any]:
    mark = uuid7().hex[-8:]
    return run(
        "call.book",
        "dispatch",
        job_type="LEAK",
        customer_name=f"Racer {mark}",
        address=f"{mark} Race Street",
        tax_code="MD",
        branch="BAL",
        **more,
    )


def technician(name: str = "Tom Brandt") -> UUID:
    return Person.objects.get(name=name).uid


def test_two_dispatchers_book_the_last_free_hour_exactly_one_wins_the_other_reads_who_holds_it(clone: str) -> None:
    tom = technician()
    for _ in range(5):
        one, two = booked(), booked()
        start = TOMORROW + timedelta(days=_)
        got = at_once(
            lambda: run("visit.schedule", "dispatch", visit=one["visit"], technician=tom, start=start),
            lambda: run("visit.schedule", "dispatch2", visit=two["visit"], technician=tom, start=start),
        )
        lost = [g for g in got if isinstance(g, PersonIsTaken)]
        assert len(lost) == 1 and sum(isinstance(g, dict) for g in got) == 1
        winner = one if isinstance(got[0], dict) else two
        assert f"Tom Brandt is on {winner['number']}" in lost[0].sentence and "until" in lost[0].sentence
        assert Allocation.objects.filter(person__uid=tom, during__overlap=(start, start + timedelta(minutes=5))).count() == 1


def test_a_double_clicked_payment_is_one_payment_and_both_clicks_get_its_answer(clone: str) -> None:
    job = booked()
    key = uuid7()
    pay = lambda: run("payment.take", "dispatch", request_id=key, job=job["uid"], amount="100.00", method="cash")  # noqa: E731
    got = at_once(pay, pay, pay, pay)
    assert {g["number"] for g in got} == {got[0]["number"]}
    assert Payment.objects.filter(job__uid=job["uid"]).count() == 1
    assert Request.objects.filter(request_id=key).count() == 1


def test_decision_3_numbers_have_no_gap_and_no_twin_under_eight_racers_and_rollbacks(clone: str) -> None:
    def one(n: int) -> Callable[[], Any]:
        def act() -> Any:
            got = []
            for i in range(6):
                if (i + n) % 3 == 0:
                    try:
                        with transaction.atomic():
                            run("vendor.add", "books", name=f"Ghost {n} {i}")
                            raise RuntimeError
                    except RuntimeError:
                        continue
                got.append(run("vendor.add", "books", name=f"Vendor {n} {i}")["number"])
            return got

        return act

    numbers = sorted(int(v.removeprefix("V-")) for got in at_once(*(one(n) for n in range(8))) for v in got)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_two_payments_at_once_never_overpay_an_invoice(clone: str) -> None:
    job = booked()
    draft = run("invoice.draft", "books", job=job["uid"], lines=[{"description": "Work", "price": "100.00", "revenue": "labor"}])
    run("invoice.post", "books", invoice=draft["uid"])
    part = [{"invoice": draft["uid"], "amount": "100.00"}]
    got = at_once(
        lambda: run("payment.take", "books", job=job["uid"], amount="100.00", method="check", parts=part),
        lambda: run("payment.take", "books", job=job["uid"], amount="100.00", method="cash", parts=part),
    )
    assert sum(isinstance(g, dict) for g in got) == 1
    assert Invoice.objects.get(uid=draft["uid"]).open_amount == 0


def test_an_rfi_number_is_never_given_twice(clone: str) -> None:
    from tests.factories import project

    made = project()
    drafts = [run("rfi.draft", "pm", job=made["job"], title=f"Q{n}", question="?", assignees=[made["architect"]])["uid"] for n in range(6)]
    got = at_once(*(lambda d=d: run("rfi.open", "pm", rfi=d) for d in drafts))
    assert sorted(g["number"] for g in got) == [f"RFI-{n:03d}" for n in range(1, 7)]


def test_a_change_order_approved_twice_at_once_counts_once(clone: str) -> None:
    from bifocal.projects.contracts.models import Contract
    from tests.factories import project, sent_change

    made = project()
    sent = sent_change(made)
    approve = lambda: run("change.approve", "owner", change=sent["uid"], sha256=sent["sha256"], name="Jonah Reed")  # noqa: E731
    got = at_once(approve, approve)
    assert sum(isinstance(g, dict) for g in got) == 1
    assert Contract.objects.get(job__uid=made["job"]).sum == 101_500


def test_truncate_is_refused_outside_of_a_test_database(clone: str) -> None:
    from django.db import connections

    db = connection.settings_dict
    params = {"user": db["USER"], "password": db["PASSWORD"], "host": db["HOST"], "port": db["PORT"] or None}
    connections.close_all()
    with psycopg.connect(**params, dbname="postgres", autocommit=True) as admin:
        admin.execute(f'create database "real_{clone}" template "{clone}"')
    try:
        with psycopg.connect(**params, dbname=f"real_{clone}") as real, pytest.raises(psycopg.errors.CheckViolation):
            real.execute("truncate journal_line, journal_entry cascade")
    finally:
        with psycopg.connect(**params, dbname="postgres", autocommit=True) as admin:
            admin.execute(f'drop database "real_{clone}" with (force)')


def test_a_period_closed_by_another_session_meanwhile_refuses_the_waiting_post(clone: str) -> None:
    from django.db import connections

    with transaction.atomic():
        post(entry(("1010", "1"), ("4110", "-1")))
    connections.close_all()
    closing, go, out = threading.Event(), threading.Event(), []

    def close() -> None:
        with transaction.atomic():
            run("period.move", "owner", month=DAY, to="closed")
            closing.set()
            go.wait(5)
        connections.close_all()

    def raw() -> None:
        closing.wait(5)
        try:
            with transaction.atomic(), connection.cursor() as cur:
                threading.Timer(0.3, go.set).start()
                header(cur, 2)
        except Error as error:
            out.append(str(error))
        connections.close_all()

    threads = [threading.Thread(target=close), threading.Thread(target=raw)]
    [t.start() for t in threads]
    [t.join(10) for t in threads]
    assert out and "closed" in out[0]
