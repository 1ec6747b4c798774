"""Set-up: the embedded PostgreSQL's life, backups and restores, the command line's exit codes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bifocal.front import postgres

BIN = Path(sys.executable).parent


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that the server's own account can reach: as root, pytest's own folders are private."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def cli(*args: str, var: Path, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("BIFOCAL_")}
    return subprocess.run(
        [str(BIN / "bifocal"), *args],
        env={**clean, "BIFOCAL_VAR": str(var), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_server_starts_recovers_from_kill_9_with_its_rows_and_starts_once_for_racers(open_path: Path) -> None:
    root = open_path / "pg"
    postgres.ensure(root)
    params = postgres.owner_params(root)
    with psycopg.connect(**params, dbname="bifocal") as db:
        db.execute("create table kept (n int)")
        db.execute("insert into kept values (7)")
    os.kill(postgres.running(root / "data") or 0, signal.SIGKILL)
    time.sleep(0.3)
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", f"from pathlib import Path; from bifocal.front import postgres; postgres.ensure(Path({str(root)!r}))"]
        )
        for _ in range(4)
    ]
    assert [s.wait(60) for s in starters] == [0, 0, 0, 0]
    with psycopg.connect(**params, dbname="bifocal") as db:
        assert db.execute("select n from kept").fetchone() == (7,)
    assert (root / "bifocal_owner.pw").stat().st_mode & 0o077 == 0
    postgres.stop(root)
    assert postgres.running(root / "data") is None


def test_a_start_waits_for_the_stop_that_is_under_way_and_nobody_stops_what_somebody_uses(open_path: Path) -> None:
    root = open_path / "pg"
    lease = postgres.ensure(root, throwaway=True)
    head = f"import fcntl, os, time; from pathlib import Path; from bifocal.front import postgres; root = Path({str(root)!r})\n"
    slow = head + (  # the last holder leaves, and its database takes its time
        "stop = postgres.stop\n"
        "postgres.stop = lambda r: (print('stopping', flush=True), time.sleep(1), stop(r))\n"
        "postgres.leave(root, postgres.ensure(root))"
    )
    user = head + (
        "import psycopg; held = postgres.ensure(root); time.sleep(1.5)\n"
        "print(psycopg.connect(**postgres.owner_params(root), dbname='bifocal').execute('select 7').fetchone()[0], flush=True); input()"
    )
    os.close(lease)
    try:
        first = subprocess.Popen([sys.executable, "-c", slow], stdout=subprocess.PIPE, text=True)
        assert first.stdout and first.stdout.readline() == "stopping\n"
        second = subprocess.Popen([sys.executable, "-c", user], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert second.stdout and second.stdout.readline() == "7\n", "started again after the stop, and not found while it went down"
        assert first.wait(20) == 0
        postgres.leave(root, postgres.ensure(root))
        assert postgres.running(root / "data"), "the second still uses it"
        second.communicate("\n", timeout=20)
        postgres.leave(root, postgres.ensure(root))
        assert postgres.running(root / "data") is None
    finally:
        postgres.stop(root)


def test_one_sentence_when_no_database_can_start(tmp_path: Path) -> None:
    told = cli("check", var=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert told.returncode == 2 and "can't be reached" in told.stderr and "Traceback" not in told.stderr


def test_a_long_path_of_the_data_folder_is_no_trouble_for_the_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    assert len(str(postgres.socket_folder(deep))) < 100


def test_a_new_company_from_nothing_an_owner_a_backup_and_its_restore_with_files_and_key(open_path: Path) -> None:
    var = open_path / "var"
    brought_up_to_date_by_two_at_once(var)
    made = cli("createowner", "--email", "o@example.com", "--name", "Olga", "--password", "a-long-password-1", var=var)
    assert made.returncode == 0, made.stderr
    again = cli("createowner", "--email", "o@example.com", "--name", "Olga", "--password", "a-long-password-1", var=var)
    assert again.returncode == 2 and "has a sign-in already" in again.stderr
    photo = var / "files" / "ab" / ("ab" + "0" * 62)
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"a photo")
    told = cli("backup", "--json", var=var)
    assert told.returncode == 0, told.stderr
    backup = Path(json.loads(told.stdout)["path"])
    assert backup.stat().st_mode & 0o077 == 0 and not list(backup.parent.glob("*.part"))
    assert hashlib.sha256(backup.read_bytes()).hexdigest() == json.loads(told.stdout)["sha256"]
    params = {**postgres.owner_params(var / "postgres"), "dbname": "bifocal"}
    key = (var / "secret-key").read_text()
    try:
        with psycopg.connect(**params) as db:
            db.execute("delete from core_user")
            db.execute("create table of_a_newer_version (maker bigint references core_user)")
        photo.unlink()
        (var / "secret-key").write_text("another machine's")
        bad = open_path / "bad.tar"
        bad.write_bytes(b"not a tar")
        assert cli("restore", str(bad), "--yes", var=var).returncode == 1
        half = open_path / "half.tar"
        with tarfile.open(backup) as whole, tarfile.open(half, "w") as out:
            dump = whole.extractfile("database.dump").read()  # type: ignore[union-attr]
            out.addfile(sized("database.dump", len(dump) // 2), io.BytesIO(dump))
        refused = cli("restore", str(half), "--yes", var=var)
        assert refused.returncode == 1 and "Traceback" not in refused.stderr
        with psycopg.connect(**params) as db:
            assert db.execute("select count(*) from of_a_newer_version").fetchone() == (0,), "a damaged archive changed nothing"
        restored = cli("restore", str(backup), "--yes", var=var)
        assert restored.returncode == 0, restored.stderr
        with psycopg.connect(**params) as db:
            assert db.execute("select email from core_user").fetchall() == [("o@example.com",)]
            assert db.execute("select to_regclass('of_a_newer_version')").fetchone() == (None,)
            may = (
                "select has_table_privilege('bifocal', 'journal_line', 'insert'), has_table_privilege('bifocal', 'journal_line', 'update')"
            )
            assert db.execute(may).fetchone() == (True, False), "the application's role may append and not change, as before"
        assert photo.read_bytes() == b"a photo" and (var / "secret-key").read_text() == key
        checked = cli("check", "--json", var=var)
        assert checked.returncode == 0 and json.loads(checked.stdout)["ok"], "and the next start finds all in order"
    finally:
        postgres.stop(var / "postgres")


def sized(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    return info


def test_a_server_of_ones_own_named_by_database_url_with_an_owner_and_a_role_that_may_not_change_the_books(open_path: Path) -> None:
    """As with a managed PostgreSQL: neither role is a superuser, and the application's owns nothing."""
    root, var = open_path / "theirs", open_path / "var"
    postgres.ensure(root, throwaway=True)
    where = f"?host={postgres.socket_folder(root)}&port={postgres.PORT}"
    try:
        with psycopg.connect(**postgres.owner_params(root), dbname="postgres", autocommit=True) as db:
            db.execute("create role shop_owner login password 'o'")
            db.execute("create role shop_app login password 'a'")
            db.execute("create database shop owner shop_owner")
        env = {
            "DATABASE_URL": f"postgresql://shop_app:a@/shop{where}",
            "BIFOCAL_OWNER_URL": f"postgresql://shop_owner:o@/shop{where}",
            "BIFOCAL_APP_ROLE": "shop_app",
        }
        made = cli("createowner", "--email", "o@example.com", "--name", "Olga", "--password", "a-long-password-1", var=var, **env)
        assert made.returncode == 0, made.stderr
        assert not (var / "postgres").exists(), "no server of our own was started"
        with psycopg.connect(env["DATABASE_URL"]) as db:
            assert db.execute("select count(*) from pg_tables where tableowner = 'shop_app'").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute("update journal_line set amount = 1")
        backup = cli("backup", "--json", var=var, **env)
        assert backup.returncode == 0, backup.stderr
        with psycopg.connect(env["BIFOCAL_OWNER_URL"]) as db:
            db.execute("delete from core_user")
        restored = cli("restore", json.loads(backup.stdout)["path"], "--yes", var=var, **env)
        assert restored.returncode == 0, restored.stderr
        with psycopg.connect(env["DATABASE_URL"]) as db:
            assert db.execute("select email from core_user").fetchall() == [("o@example.com",)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute("delete from journal_entry")
    finally:
        postgres.stop(root)


def brought_up_to_date_by_two_at_once(var: Path) -> None:
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("BIFOCAL_")}, "BIFOCAL_VAR": str(var), "BIFOCAL_DB_ROLE": "owner"}
    both = [subprocess.Popen([sys.executable, "-m", "bifocal.front.migrate"], env=env, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(p.wait(120), p.stderr.read()[-300:] if p.returncode and p.stderr else b"") for p in both] == [(0, b""), (0, b"")]


@pytest.mark.parametrize(
    ("last", "now", "wanted"),
    [
        (None, "2026-06-30T12:00-04:00", True),
        ("2026-06-30T02:31-04:00", "2026-06-30T23:59-04:00", False),
        ("2026-06-30T02:31-04:00", "2026-07-01T02:29-04:00", False),
        ("2026-06-30T02:31-04:00", "2026-07-01T02:30-04:00", True),
        ("2026-06-30T02:31-04:00", "2026-07-01T07:40-04:00", True),  # the machine slept at night
        ("2026-06-30T02:29-04:00", "2026-06-30T02:31-04:00", True),
        ("2026-03-08T01:59-05:00", "2026-03-08T03:01-04:00", True),  # the night without 2:30
        ("2026-11-01T02:31-05:00", "2026-11-01T23:00-05:00", False),
    ],
)
def test_a_backup_is_due_after_half_past_two_of_the_head_offices_night(last: str | None, now: str, wanted: bool) -> None:
    from bifocal.front.backups import due

    assert due(datetime.fromisoformat(last) if last else None, datetime.fromisoformat(now), "America/New_York") is wanted


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "red"), [(None, True), (1, False), (25.9, False), (26.1, True)])
def test_the_owners_page_goes_red_after_26_hours_without_a_backup(hours: float | None, red: bool) -> None:
    from django.test import Client

    from bifocal.core.models import Backup

    if hours is not None:
        made = Backup.objects.create(path="x", size=1, sha256="x")
        Backup.objects.filter(pk=made.pk).update(at=datetime.now(UTC) - timedelta(hours=hours))
    page = Client()
    page.login(email="owner@harbor.example", password="harbor-demo-2026")
    assert ('class="tile bad" href="/settings"' in page.get("/").content.decode()) is red
    assert ('<span class="no">late</span>' in page.get("/settings").content.decode()) is red


@pytest.mark.django_db
def test_the_night_makes_one_backup_and_a_failed_one_leaves_nothing_and_is_told(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bifocal.core.models import Backup
    from bifocal.front import backups, tasks

    settings.BACKUPS = tmp_path
    monkeypatch.setattr(
        backups, "_run", lambda program, *args: Path(args[2]).write_bytes(b"x") and "" if program == "pg_dump" else "journal_entry"
    )
    night = datetime.now(UTC).timestamp()
    tasks.nightly_backup(timestamp=int(night))
    tasks.nightly_backup(timestamp=int(night))
    assert Backup.objects.count() == 1 and len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(
        backups, "_run", lambda program, *args: Path(args[2]).write_bytes(b"x") and "" if program == "pg_dump" else "nothing of ours"
    )
    with pytest.raises(backups.BackupError, match="read back"):
        backups.make()
    assert len(list(tmp_path.iterdir())) == 1


def test_backups_are_kept_by_the_rule() -> None:
    from bifocal.front.backups import kept

    now = datetime(2026, 6, 30, 3, tzinfo=UTC)
    times = [now - timedelta(days=n) for n in range(400)]
    stay = kept(times, now)
    assert all(t in stay for t in times[:8])
    assert 16 <= len(stay) <= 8 + 4 + 12
    assert len({(t.year, t.month) for t in stay}) >= 12


@pytest.mark.parametrize(
    "args", [["--help"], ["up", "--help"], ["demo", "--help"], ["demonstrate", "--help"], ["worker", "--help"], ["import", "sov", "--help"]]
)
def test_every_command_has_help(args: list[str], tmp_path: Path) -> None:
    told = cli(*args, var=tmp_path)
    assert told.returncode == 0 and len(told.stdout) > 80


def test_demonstrate_says_what_to_start_when_nothing_answers(tmp_path: Path) -> None:
    told = cli("demonstrate", "--url", "http://127.0.0.1:9", var=tmp_path)
    assert told.returncode == 2 and "bifocal demo" in told.stderr
