"""One parent, loaded once and forked: web server, queue worker, live events. Shared pages keep the memory small."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from bifocal.front.setup import reload

M_ARENA_MAX = -8  # malloc.h


def serve(host: str, port: int, workers: int) -> None:
    """Fork the three parts, bring back what dies, stop all of them on SIGTERM or Ctrl-C."""
    _few_arenas()
    _preload()
    _hang_up()
    gc.collect()
    gc.freeze()  # what is loaded stays: the collector need not look at it again, nor the fork copy its pages
    gc.set_threshold(20_000, 20, 50)
    parts: dict[str, Callable[[], None]] = {
        "web": lambda: run_web(host, port, workers), "worker": run_worker, "events": lambda: run_events(host, port + 1),
    }  # fmt: skip
    mine = reload.hold()
    _keep_alive(parts)
    os.close(mine)


def _keep_alive(parts: dict[str, Callable[[], None]]) -> None:
    alive = {_fork(name, start): name for name, start in parts.items()}
    stopping = False

    def end(names: set[str]) -> None:
        for pid, name in list(alive.items()):
            if name in names:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        end(set(parts))

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, lambda signum, frame: end({"web", "events"}))  # they take up new settings when they start again
    while alive:
        try:
            pid, status = os.wait()
        except InterruptedError:
            continue
        except ChildProcessError:
            break
        name = alive.pop(pid, "")
        if name and not stopping:
            print(f"bifocal: the {name} process ended ({status}); starting it again", file=sys.stderr)
            time.sleep(0.5)
            alive[_fork(name, parts[name])] = name


def _few_arenas() -> None:
    """Let all threads share two of glibc's heaps: one for each thread keeps what a single request once needed."""
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call, and no such habit
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _hang_up() -> None:
    """Close every connection: one inherited through a fork (ours, or gunicorn's of its workers) would be shared by processes."""
    from django.db import connections

    for conn in connections.all():
        conn.close()
        conn.close_pool()  # type: ignore[attr-defined]


def _preload() -> None:
    """Import what every part needs before the fork, and answer once: else each worker makes its own addresses and templates."""
    from wsgiref.util import setup_testing_defaults

    import uvicorn.lifespan.on
    import uvicorn.protocols.http.h11_impl  # noqa: F401

    from bifocal.front import events  # noqa: F401
    from bifocal.front.wsgi import application

    for path in ("/account/login/", "/healthz"):
        asked: dict[str, Any] = {"PATH_INFO": path, "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"}
        setup_testing_defaults(asked)
        for _ in application(asked, lambda status, headers, trouble=None: lambda data: None):
            pass


def _fork(name: str, start: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    status = 1
    try:
        start()
        status = 0
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def run_web(host: str, port: int, workers: int) -> None:
    """gunicorn with threads over the loaded application (ADR 0003)."""
    from gunicorn.app.base import BaseApplication

    from bifocal.front.wsgi import application

    class Web(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for key, value in {
                "bind": f"{host}:{port}", "workers": workers, "threads": 8, "worker_class": "gthread", "preload_app": True,
                "forwarded_allow_ips": "", **tls_of(),
                "timeout": 120, "graceful_timeout": 20, "keepalive": 15, "loglevel": "warning", "control_socket_disable": True,
            }.items():  # fmt: skip
                if key in self.cfg.settings:
                    self.cfg.set(key, value)

        def load(self) -> Any:
            return application

    Web().run()


def tls_of() -> dict[str, str]:
    """Certificate and key for the web server, where the set-up page says that Bifocal speaks HTTPS itself."""
    from bifocal.front.setup import certificates, site
    from bifocal.front.setup.rules import Https

    site.forget()
    https = site.current().https
    _hang_up()
    if https != Https.CERTIFICATE:
        return {}
    certificate, key = certificates.files()
    return {"certfile": str(certificate), "keyfile": str(key)}


def run_worker() -> None:
    """The queue's worker: messages, deliveries of facts, nightly work."""
    from django.core.management import call_command

    call_command("procrastinate", "worker", concurrency=2, delete_jobs="successful", verbosity=0)


def run_events(host: str, port: int) -> None:
    """Live events: one LISTEN connection for all open boards (decision 8)."""
    import uvicorn

    from bifocal.front.events import app

    tls = tls_of()
    uvicorn.run(
        app, host=host, port=port, log_level="warning", lifespan="on", ssl_certfile=tls.get("certfile"), ssl_keyfile=tls.get("keyfile")
    )
