"""Backups of database and files in one archive, kept by a rule, restorable by one command."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from bifocal.core.models import Backup
from bifocal.front import postgres


class BackupError(RuntimeError):
    """One sentence that says why a backup or restore did not work."""


def _program(name: str) -> str:
    found = shutil.which(name)
    for folder in postgres.candidates():
        if (folder / name).exists():
            return str(folder / name)
    if found:
        return found
    raise BackupError(f"The program {name} was not found: install PostgreSQL's client programs.")


def _target() -> tuple[list[str], dict[str, str]]:
    """Command-line flags and environment for PostgreSQL's programs, as the owner where the database is ours."""
    db = connection.settings_dict
    user, secret = str(db["USER"]), str(db["PASSWORD"])
    if not os.environ.get("DATABASE_URL"):
        user, secret = postgres.OWNER, postgres.password(settings.VAR / "postgres", postgres.OWNER)
    flags = ["-h", str(db["HOST"]), "-U", user] + (["-p", str(db["PORT"])] if db["PORT"] else [])
    return flags, {**os.environ, "PGPASSWORD": secret}


def make() -> dict[str, Any]:
    """Dump the database, pack it with the files, read it back, note it. Raises BackupError."""
    settings.BACKUPS.mkdir(parents=True, exist_ok=True)
    name = f"bifocal-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
    flags, env = _target()
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "database.dump"
        command = [_program("pg_dump"), *flags, "-Fc", "-f", str(dump), str(connection.settings_dict["NAME"])]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise BackupError(f"The database could not be dumped: {done.stderr.strip().splitlines()[-1:]}")
        draft = settings.BACKUPS / f"{name}.part"
        with tarfile.open(draft, "w") as tar:
            tar.add(dump, "database.dump")
            if settings.FILES.exists():
                tar.add(settings.FILES, "files")
        listed = subprocess.run([_program("pg_restore"), "-l", str(dump)], capture_output=True, text=True, check=False)  # noqa: S603
        if listed.returncode or "journal_entry" not in listed.stdout:
            raise BackupError("The dump could not be read back.")
    path = settings.BACKUPS / name
    draft.rename(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    row = Backup.objects.create(path=str(path), size=path.stat().st_size, sha256=digest)
    prune(datetime.now(UTC))
    return {"path": row.path, "size": row.size, "sha256": digest}


def kept(times: list[datetime], now: datetime) -> set[datetime]:
    """Which backups stay: every one of the last 7 days, the newest of each of 4 weeks and of each of 12 months."""
    keep: set[datetime] = {t for t in times if now - t <= timedelta(days=7)}
    for key, count in ((lambda t: t.isocalendar()[:2], 4), (lambda t: (t.year, t.month), 12)):
        newest: dict[Any, datetime] = {}
        for t in sorted(times):
            newest[key(t)] = t
        keep |= set(sorted(newest.values())[-count:])
    return keep


def prune(now: datetime) -> list[Path]:
    """Remove the backups that the rule does not keep."""
    found = {}
    for file in settings.BACKUPS.glob("bifocal-*.tar"):
        try:
            found[datetime.strptime(file.stem, "bifocal-%Y%m%d-%H%M%S").replace(tzinfo=UTC)] = file
        except ValueError:
            continue
    gone = [file for t, file in found.items() if t not in kept(list(found), now)]
    for file in gone:
        file.unlink()
    return gone


def restore(archive: Path) -> None:
    """Put database and files back as the archive has them. Raises BackupError; a damaged archive changes nothing."""
    flags, env = _target()
    name = str(connection.settings_dict["NAME"])
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as bad:
            raise BackupError(f"{archive} is not a backup of Bifocal.") from bad
        dump = Path(folder) / "database.dump"
        listed = subprocess.run([_program("pg_restore"), "-l", str(dump)], capture_output=True, text=True, check=False)  # noqa: S603
        if listed.returncode:
            raise BackupError(f"{archive} is not a backup of Bifocal: its database can't be read.")
        connection.close()
        command = [_program("pg_restore"), *flags, "--clean", "--if-exists", "--single-transaction", "-d", name, str(dump)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise BackupError(f"The database could not be restored: {done.stderr.strip().splitlines()[-1:]}")
        if (Path(folder) / "files").exists():
            shutil.copytree(Path(folder) / "files", settings.FILES, dirs_exist_ok=True)


def age_hours() -> float | None:
    """Hours since the last backup, or None where there is none. The owner's page goes red after 26."""
    last = Backup.objects.order_by("-at").first()
    return None if last is None else (datetime.now(UTC) - last.at).total_seconds() / 3600
