"""Bring the schema up to date as its owner, then give the application's role its rights. `python -m bifocal.front.migrate`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path

LOCK = 20_261_124  # of all who bring one database's schema up to date


def fingerprint() -> str:
    """Changes when a migration file or the database's address changes: then, and only then, migrations are looked at."""
    import bifocal

    digest = hashlib.sha256(os.environ.get("DATABASE_URL", "").encode())
    for file in sorted(Path(bifocal.__file__).parent.rglob("migrations/*.py")):
        digest.update(file.name.encode() + str(file.stat().st_mtime_ns).encode())
    return digest.hexdigest()


def main() -> int:
    """Exit status 0 when the schema is current, 2 with one sentence when it can't be."""
    from bifocal.front import postgres

    os.environ["BIFOCAL_DB_ROLE"] = "owner"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bifocal.front.settings")
    var = Path(os.environ.get("BIFOCAL_VAR", "var")).resolve()
    mark = var / "migrated"
    try:
        if not os.environ.get("DATABASE_URL"):
            postgres.ensure(var / "postgres")
        now = fingerprint()
        if mark.exists() and mark.read_text() == now:
            return 0
        _migrate()
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(now)
    except postgres.PostgresError as error:
        print(f"bifocal: {error}", file=sys.stderr)
        return 2
    return 0


def _migrate() -> None:
    import django
    from django.core.management import call_command
    from django.db import OperationalError, connection

    from bifocal.front import postgres

    django.setup()
    name = str(connection.settings_dict["NAME"])
    if name.startswith("test_"):
        raise postgres.PostgresError(
            f"The database is called {name}: names beginning with test_ are for tests, whose books may be emptied."
        )
    alone = connection.copy()
    try:
        with contextlib.closing(alone):
            alone.cursor().execute("select pg_advisory_lock(%s)", [LOCK])  # a second starter waits here, then finds all done
            call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise postgres.PostgresError(f"The database can't be reached: {str(error).splitlines()[0]}") from None
    if not os.environ.get("DATABASE_URL") or os.environ.get("BIFOCAL_APP_ROLE"):
        from bifocal.core.database import grant_to

        grant_to(os.environ.get("BIFOCAL_APP_ROLE", postgres.APP))


if __name__ == "__main__":
    sys.exit(main())
