"""The running server can be asked to take up new settings: its lock file says that it runs, SIGHUP asks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from pathlib import Path

from django.conf import settings


def _file() -> Path:
    path: Path = settings.VAR / "server.pid"
    return path


def hold() -> int:
    """Write this process's id and lock it for life: a number left behind by a killed server is never signalled."""
    handle = os.open(_file(), os.O_CREAT | os.O_RDWR, 0o600)
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


def running() -> int | None:
    """The process id of this installation's server on this machine, or None where none runs."""
    try:
        handle = os.open(_file(), os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None  # nobody holds it
    except BlockingIOError:
        return int(os.read(handle, 20))
    finally:
        os.close(handle)


def ask() -> None:
    """Ask the running server, if there is one, to start its web part anew."""
    pid = running()
    if pid:
        os.kill(pid, signal.SIGHUP)
