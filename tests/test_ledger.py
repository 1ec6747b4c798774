"""Every attack listed at the end of the ledger's schema, and the closed period under real concurrency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from bifocal.core.actor import system
from bifocal.core.commands import Call
from bifocal.core.subject import Subject
from bifocal.kernel.ledger import commands as ledger
from bifocal.kernel.ledger.models import JournalEntry, JournalLine
from bifocal.kernel.ledger.queries import trial_balance
from bifocal.kernel.ledger.rules import Entry, Line
from bifocal.lib.errors import Invalid, Refused
from bifocal.lib.ids import uuid7
from tests.conftest import run, settle

pytestmark = pytest.mark.django_db
ME = system("test")
DAY = date.today()


def entry(*amounts: tuple[str, str], event: str = "tried", source: Subject | None = None, revision: int = 1) -> Entry:
    lines = tuple(Line(code, Decimal(a)) for code, a in amounts)
    return Entry(event, source or Subject("test", uuid7()), DAY, lines, revision=revision)


def post(e: Entry) -> Any:
    return ledger.post(e, actor=ME, call=Call.new())


def refused(sql: str, *params: Any) -> str:
    with pytest.raises(Error) as caught, transaction.atomic(), connection.cursor() as cur:
        cur.execute(sql, params)
        settle()
    return str(caught.value)


def header(cur: Any, count: int) -> int:
    cur.execute(
        "insert into journal_entry (uid, date, document_date, source_kind, source_uid, event, line_count, created_by)"
        " values (%s, %s, %s, 'attack', %s, 'x', %s, 'me') returning id",
        [uuid7(), DAY, DAY, uuid7(), count],
    )
    return int(cur.fetchone()[0])


def test_an_unbalanced_entry_is_refused_by_the_rule_and_by_the_database() -> None:
    with pytest.raises(Refused, match="out of balance by 1.00"):
        post(entry(("1010", "10"), ("4110", "-9")))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cur:
        eid = header(cur, 2)
        cur.execute(
            "insert into journal_line (entry_id, account_id, amount) select %s, id, case code when '1010' then 10 else -9 end"
            " from account where code in ('1010', '4110')", [eid],
        )  # fmt: skip


def test_a_partial_entry_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cur:
        eid = header(cur, 3)
        cur.execute(
            "insert into journal_line (entry_id, account_id, amount) select %s, id, case code when '1010' then 10 else -10 end"
            " from account where code in ('1010', '4110')", [eid],
        )  # fmt: skip


@pytest.mark.parametrize("pair", [True, False])
def test_a_late_line_is_refused_alone_or_as_a_balanced_pair(pair: bool) -> None:
    posted = post(entry(("1010", "10"), ("4110", "-10")))
    codes = "('1010', '4110')" if pair else "('1010')"
    assert "of 2 lines" in refused(
        "insert into journal_line (entry_id, account_id, amount) select %s, id, case code when '1010' then 5 else -5 end"
        f" from account where code in {codes}", posted.id,
    )  # fmt: skip


def test_an_entry_without_lines_cannot_be_committed() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cur:
        header(cur, 2)
        settle()


@pytest.mark.parametrize("sql", [
    "update journal_line set amount = amount + 1", "update journal_entry set memo = 'x'", "delete from journal_line", "delete from journal_entry",
])  # fmt: skip
def test_what_is_posted_is_never_changed(sql: str) -> None:
    post(entry(("1010", "10"), ("4110", "-10")))
    assert "never changed" in refused(sql)


def test_the_applications_role_owns_no_table_and_may_only_append() -> None:
    from bifocal.core.database import grant_to

    with connection.cursor() as cur:
        cur.execute("do $$ begin create role attack_app; exception when duplicate_object then null; end $$")
        grant_to("attack_app")
        cur.execute("select count(*) from pg_tables where tableowner = 'attack_app'")
        assert cur.fetchone()[0] == 0
    for sql in (
        "update journal_line set amount = 1",
        "delete from journal_entry",
        "truncate journal_line",
        "alter table journal_line disable trigger all",
    ):
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cur:
            cur.execute("set local role attack_app")
            cur.execute(sql)


def test_a_closed_a_locked_and_a_missing_period_refuse_even_raw_sql() -> None:
    for state in ("closed", "locked"):
        month = date(2015, 1 if state == "closed" else 2, 1)
        with connection.cursor() as cur:
            cur.execute(
                "insert into fiscal_period (during, status) values (daterange(%s, %s), %s)",
                [month, month.replace(month=month.month + 1), state],
            )
        said = refused(
            "insert into journal_entry (uid, date, document_date, source_kind, source_uid, event, line_count, created_by)"
            " values (%s, %s, %s, 'attack', %s, 'x', 2, 'me')", uuid7(), month, month, uuid7(),
        )  # fmt: skip
        assert state in said
    said = refused(
        "insert into journal_entry (uid, date, document_date, source_kind, source_uid, event, line_count, created_by)"
        " values (%s, '1999-01-05', '1999-01-05', 'attack', %s, 'x', 2, 'me')", uuid7(), uuid7(),
    )  # fmt: skip
    assert "no fiscal period" in said


def test_decision_15_a_fact_never_fails_on_posting_it_goes_to_the_first_open_day() -> None:
    post(entry(("1010", "1"), ("4110", "-1")))
    run("period.move", "owner", month=DAY, to="closed")
    posted = post(entry(("1010", "10"), ("4110", "-10")))
    row = JournalEntry.objects.get(pk=posted.id)
    assert row.document_date == DAY
    assert posted.date > DAY and posted.date.day == 1


def test_the_same_event_twice_is_refused() -> None:
    source = Subject("test", uuid7())
    post(entry(("1010", "10"), ("4110", "-10"), source=source))
    with pytest.raises(Refused, match="already in the books"):
        post(entry(("1010", "10"), ("4110", "-10"), source=source))


def test_decision_16_a_revision_waits_for_the_reversal_of_the_former() -> None:
    source = Subject("test", uuid7())
    post(entry(("1010", "10"), ("4110", "-10"), source=source))
    with pytest.raises(IntegrityError), transaction.atomic():
        post(entry(("1010", "12"), ("4110", "-12"), source=source, revision=2))
    ledger.reverse(source=source, event="tried", on=DAY, actor=ME, call=Call.new())
    post(entry(("1010", "12"), ("4110", "-12"), source=source, revision=2))
    with pytest.raises(Refused, match="reversed already"):
        ledger.reverse(source=source, event="tried", on=DAY, actor=ME, call=Call.new())
        ledger.reverse(source=source, event="tried", on=DAY, actor=ME, call=Call.new())


def test_decision_14_a_zero_total_document_posts_nothing() -> None:
    assert post(entry(("1010", "0"), ("4110", "0"))) is None


def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(Invalid, match="not in the chart"), transaction.atomic():
        post(entry(("1010", "1"), ("9999", "-1")))


def test_a_manual_entry_never_touches_a_control_account() -> None:
    with pytest.raises(Refused, match="control account"):
        run("journal.post", "books", date=DAY, memo="x", lines=[{"account": "1100", "amount": "5"}, {"account": "1010", "amount": "-5"}])


def test_posting_x5_opening_balances_go_against_retained_earnings() -> None:
    before = {r["code"]: r["balance"] for r in trial_balance()}
    run(
        "journal.open_balances",
        "books",
        date=DAY,
        lines=[{"account": "1010", "amount": "5000.00"}, {"account": "2700", "amount": "-1200.00"}],
    )
    after = {r["code"]: r["balance"] for r in trial_balance()}
    assert after["1010"] - before.get("1010", 0) == Decimal("5000.00")
    assert after["3900"] - before.get("3900", 0) == Decimal("-3800.00")
    assert sum(JournalLine.objects.values_list("amount", flat=True)) == 0
