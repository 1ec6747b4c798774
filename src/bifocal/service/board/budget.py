"""How long the engine may think: CPU seconds of this thread with a wall cap of twice that, or by the clock; who is told how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable


def budget(seconds: float, tell: Callable[[float], None] | None = None) -> Callable[[], float]:
    """The share of the budget that is spent; `tell` hears it twice a second."""
    begun, wall = time.thread_time(), time.monotonic()
    last = [wall]

    def spent() -> float:
        now = time.monotonic()
        share = max((time.thread_time() - begun) / seconds, (now - wall) / (2 * seconds))
        if tell and now - last[0] > 0.5:
            last[0] = now
            tell(min(share, 1.0))
        return share

    return spent


def within(seconds: float, steps: int) -> Callable[[], float]:
    """The share that is spent of so many seconds by the clock, from now on, or of so many steps where those are made sooner: for
    somebody who waits. Steps end the search of a small day, which is done long before."""
    begun, done = time.monotonic(), 0

    def spent() -> float:
        nonlocal done
        done += 1
        return max((time.monotonic() - begun) / seconds, done / steps)

    return spent
