"""Set-up: the embedded PostgreSQL's life, backups and restores, the command line's exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


def test_one_sentence_when_no_database_can_start(tmp_path: Path) -> None:
    told = cli("check", var=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert told.returncode == 2 and "can't be reached" in told.stderr and "Traceback" not in told.stderr


def test_a_long_path_of_the_data_folder_is_no_trouble_for_the_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    assert len(str(postgres.socket_folder(deep))) < 100


def test_a_new_company_from_nothing_an_owner_a_backup_and_its_restore(open_path: Path) -> None:
    var = open_path / "var"
    made = cli("createowner", "--email", "o@example.com", "--name", "Olga", "--password", "a-long-password-1", var=var)
    assert made.returncode == 0, made.stderr
    again = cli("createowner", "--email", "o@example.com", "--name", "Olga", "--password", "a-long-password-1", var=var)
    assert again.returncode == 2 and "has a sign-in already" in again.stderr
    told = cli("backup", "--json", var=var)
    assert told.returncode == 0, told.stderr
    backup = json.loads(told.stdout)
    try:
        params = postgres.owner_params(var / "postgres")
        with psycopg.connect(**params, dbname="bifocal") as db:
            db.execute("delete from core_user")
        restored = cli("restore", backup["path"], "--yes", var=var)
        assert restored.returncode == 0, restored.stderr
        with psycopg.connect(**params, dbname="bifocal") as db:
            assert db.execute("select email from core_user").fetchall() == [("o@example.com",)]
        bad = open_path / "bad.tar"
        bad.write_bytes(b"not a tar")
        assert cli("restore", str(bad), "--yes", var=var).returncode == 1
        checked = cli("check", "--json", var=var)
        assert checked.returncode == 0 and json.loads(checked.stdout)["ok"]
    finally:
        postgres.stop(var / "postgres")


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
