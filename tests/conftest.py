"""A real PostgreSQL of our own, one database a worker, filled once with the demo company's base; every test rolls back.

Tests about commits, threads, servers and browsers use `clone`: a copy of that database which is thrown away.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

ROOT = Path(__file__).parent.parent
# Named here and not in pyproject.toml: there pytest-django would read the settings before these lines have prepared them.
os.environ["DJANGO_SETTINGS_MODULE"] = "bifocal.front.settings"
os.environ["BIFOCAL_TESTING"] = "1"
os.environ["BIFOCAL_DB_ROLE"] = "owner"
os.environ["BIFOCAL_VAR"] = str(ROOT / "var" / f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
os.environ["BIFOCAL_EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"
CLUSTER = ROOT / "var" / "test-postgres"

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

# `make test` draws the same samples every time; `make soak` draws new ones, and many.
settings.register_profile("fixed", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("BIFOCAL_SAMPLES", "fixed"))

DATA = Path(os.environ.get("BIFOCAL_DATA", ROOT.parent / "shared" / "data"))


def pytest_configure(config: pytest.Config) -> None:
    from bifocal.front import postgres

    if not os.environ.get("BIFOCAL_TEST_URL"):
        config._lease = postgres.ensure(CLUSTER, throwaway=True)  # type: ignore[attr-defined]
        postgres.reap(CLUSTER)
        params = postgres.owner_params(CLUSTER)
        os.environ["BIFOCAL_OWNER_URL"] = (
            f"postgresql://{params['user']}:{params['password']}@/bifocal?host={params['host']}&port={params['port']}"
        )
    else:
        os.environ["BIFOCAL_OWNER_URL"] = os.environ["BIFOCAL_TEST_URL"]
    from django.conf import settings as prepared

    assert prepared.TESTING  # read them now: pytest-django sets Django up only where its settings were read


def case(name: str) -> Path:
    """A file of other people's cases; where the folder is absent the test skips and says so (CI: fails)."""
    path = DATA / name
    if not path.exists():
        if os.environ.get("BIFOCAL_REQUIRE_DATA") == "1":
            pytest.fail(f"{name} is missing, and BIFOCAL_REQUIRE_DATA=1")
        pytest.skip(f"no folder of cases: {path} (set BIFOCAL_DATA)")
    return path


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """What a process remembers between requests is no business of the next test: the language of the last one, who has asked how often."""
    from django.core.cache import cache
    from django.utils import translation

    yield
    translation.activate("en-us")
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        ours: Any = []
        if not connection.settings_dict["NAME"].startswith("test_"):  # pytest-django makes none for tests that have clones only
            ours = setup_databases(verbosity=0, interactive=False)
        from bifocal.core.database import grant_to
        from bifocal.core.models import Company
        from bifocal.front import postgres
        from bifocal.front.demo import COMPANY
        from bifocal.front.demo.base import load
        from bifocal.front.setup import site

        site.LIFE = float("inf")  # queries are counted the same on a slow machine: tests that change the set-up forget it themselves

        if not Company.objects.filter(name=COMPANY).exists():
            load(date.today())
        with contextlib.suppress(Exception):
            grant_to(postgres.APP)
    yield
    if ours:
        with django_db_blocker.unblock():
            teardown_databases(ours, verbosity=0)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def actor(db: None) -> Callable[[str], Any]:
    """The actor of a demo sign-in: actor('dispatch')."""
    return actor_named


def actor_named(key: str) -> Any:
    from bifocal.core.http import actor_of_user
    from bifocal.core.models import User

    return actor_of_user(User.objects.get(email=f"{key}@harbor.example"))


def run(
    command: str, key: str, /, *, at: datetime | None = None, request_id: Any = None, version: int | None = None, **args: Any
) -> dict[str, Any]:
    """One command as a demo user, through the same door as the API."""
    from bifocal.core.commands import Call, execute

    extra = {k: v for k, v in {"occurred_at": at, "request_id": request_id, "expected_version": version}.items() if v is not None}
    return execute(command, args, actor=actor_named(key), call=Call.new(**extra))


def settle() -> None:
    """Let the deferred constraints speak: they are silent in a test that never commits."""
    from django.db import connection

    with connection.cursor() as cur:
        cur.execute("set constraints all immediate")
        cur.execute("set constraints all deferred")


@pytest.fixture
def clone(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A committed copy of the filled database; every connection of every thread goes there until the test ends."""
    yield from _clone(django_db_blocker)


@pytest.fixture(scope="module")
def module_clone(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    yield from _clone(django_db_blocker)


def _clone(blocker: Any) -> Iterator[str]:
    import psycopg
    from django.db import connection, connections

    with blocker.unblock():
        connections.close_all()
        db = connection.settings_dict
        first, name = db["NAME"], f"test_clone_{os.getpid()}_{os.urandom(3).hex()}"
        params = {"user": db["USER"], "password": db["PASSWORD"], "host": db["HOST"], "port": db["PORT"] or None, "dbname": "postgres"}
        with psycopg.connect(**params, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [first])
            admin.execute(f'create database "{name}" template "{first}"')
        db["NAME"] = connections.databases["default"]["NAME"] = name
        try:
            yield name
        finally:
            connections.close_all()
            db["NAME"] = connections.databases["default"]["NAME"] = first
            with psycopg.connect(**params, autocommit=True) as admin:
                admin.execute(f'drop database "{name}" with (force)')


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """The whole application over HTTP while the block runs; its address."""
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    app = get_wsgi_application()

    def closing(environ: Any, start: Any) -> Any:
        try:
            return app(environ, start)
        finally:
            connections.close_all()

    served = make_server("127.0.0.1", port, closing, server_class=_Threads, handler_class=_Quiet)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()


@pytest.fixture(scope="module")
def server(module_clone: str) -> Iterator[str]:
    """The whole application over HTTP, on a database of its own."""
    with serving() as address:
        yield address
