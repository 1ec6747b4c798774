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


def ask() -> bool:
    """Ask the server of this installation to start its web part anew. False where none runs on this machine."""
    try:
        handle = os.open(_file(), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False  # nobody holds it
    except BlockingIOError:
        os.kill(int(os.read(handle, 20)), signal.SIGHUP)
        return True
    finally:
        os.close(handle)
