"""The garbage collector's pauses, kept away from work that is waited for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Work without the garbage collector's pauses. Tens of thousands of small objects are made and all kept: the collector would walk
    them again and again for nothing (a fifth of the time for 10,000 activities, and as much for an emergency in a full day)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
