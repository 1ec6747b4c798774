"""Backups of database, files and key in one archive, kept by a rule, restorable by one command."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from bifocal.core.models import Backup, Branch
from bifocal.front import postgres

NIGHT = time(2, 30)  # by the head office's clock
LATE = 26.0  # hours after which the owner's page goes red


class BackupError(RuntimeError):
    """One sentence that says why a backup or restore did not work."""


def _program(name: str) -> str:
    for folder in postgres.candidates():
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found:
        return found
    raise BackupError(f"The program {name} was not found: install PostgreSQL's client programs.")


def _run(program: str, *args: str) -> str:
    """Run one of PostgreSQL's programs on our database, as the owner where the database is ours. Raises BackupError."""
    db = connection.settings_dict
    user, secret = str(db["USER"]), str(db["PASSWORD"])
    if not os.environ.get("DATABASE_URL"):
        user, secret = postgres.OWNER, postgres.password(settings.VAR / "postgres", postgres.OWNER)
    env = {**os.environ, "PGPASSWORD": secret, "PGUSER": user, "PGHOST": str(db["HOST"] or ""), "PGPORT": str(db["PORT"] or "")}
    done = subprocess.run(  # noqa: S603
        [_program(program), *args], env={k: v for k, v in env.items() if v}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise BackupError(f"{program} did not work: {said}")
    return done.stdout


def make() -> dict[str, Any]:
    """Dump the database, pack it with files and key, read it back, note it. Raises BackupError; then nothing is left behind."""
    name = f"bifocal-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
    draft = settings.BACKUPS / f"{name}.part"
    try:
        settings.BACKUPS.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / "database.dump"
            _run("pg_dump", "-Fc", "-f", str(dump), str(connection.settings_dict["NAME"]))
            if "journal_entry" not in _run("pg_restore", "-l", str(dump)):
                raise BackupError("The dump could not be read back.")
            _pack(draft, dump)
        path = draft.rename(settings.BACKUPS / name)
    except OSError as full:
        raise BackupError(f"The backup could not be written to {settings.BACKUPS}: {full.strerror}.") from full
    finally:
        draft.unlink(missing_ok=True)
    with path.open("rb") as packed:
        digest = hashlib.file_digest(packed, "sha256").hexdigest()
    row = Backup.objects.create(path=str(path), size=path.stat().st_size, sha256=digest)
    prune(datetime.now(UTC))
    return {"path": row.path, "size": row.size, "sha256": digest}


def _pack(draft: Path, dump: Path) -> None:
    """Only this account may read the archive: it holds all there is, the key of sealed secrets included."""
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
        tar.add(dump, "database.dump")
        for part, name in ((settings.FILES, "files"), (settings.VAR / "secret-key", "secret-key")):
            if part.exists():
                tar.add(part, name)


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


def due(last: datetime | None, now: datetime, zone: str) -> bool:
    """True where no backup was made since the last 2:30 am of that zone: a machine that slept at night makes it in the morning."""
    here = now.astimezone(ZoneInfo(zone))
    night = datetime.combine(here.date(), NIGHT, here.tzinfo)
    if night > here:
        night = datetime.combine(here.date() - timedelta(days=1), NIGHT, here.tzinfo)
    return last is None or last < night


def make_if_due(now: datetime) -> bool:
    """The night's backup, unless it is there already. True where one was made."""
    last = Backup.objects.order_by("-at").first()
    zone = Branch.objects.order_by("id").values_list("tz", flat=True).first() or settings.TIME_ZONE
    if not due(last.at if last else None, now, zone):
        return False
    make()
    return True


def restore(archive: Path) -> None:
    """Put database, files and key back as the archive has them. Raises BackupError; a damaged archive changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as bad:
            raise BackupError(f"{archive} is not a backup of Bifocal.") from bad
        _restore_database(Path(folder))
        if (Path(folder) / "files").exists():
            shutil.copytree(Path(folder) / "files", settings.FILES, dirs_exist_ok=True)
        if (Path(folder) / "secret-key").exists():
            shutil.copyfile(Path(folder) / "secret-key", settings.VAR / "secret-key")
            (settings.VAR / "secret-key").chmod(0o600)
    (settings.VAR / "migrated").unlink(missing_ok=True)  # the archive may be of an older version: the next start looks


def _restore_database(folder: Path) -> None:
    """Everything that is there goes and everything of the archive comes, in one transaction: also over a newer schema."""
    script = folder / "restore.sql"
    try:
        _run("pg_restore", "-f", str(script), str(folder / "database.dump"))
    except BackupError as bad:
        raise BackupError(f"This is not a backup of Bifocal: its database can't be read ({bad}).") from bad
    name = str(connection.settings_dict["NAME"])
    connection.close()
    away = "drop schema public cascade; create schema public"
    _run("psql", "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-c", away, "-f", str(script), "-d", name)


def age_hours() -> float | None:
    """Hours since the last backup, or None where there is none. The owner's page goes red after 26."""
    last = Backup.objects.order_by("-at").first()
    return None if last is None else (datetime.now(UTC) - last.at).total_seconds() / 3600


def is_late(age: float | None) -> bool:
    """True where there is no backup, or none within 26 hours."""
    return age is None or age > LATE
