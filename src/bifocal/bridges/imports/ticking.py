"""How far a run is: whoever shows it listens here; nobody has to."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Tick = Callable[[str, int, int], None]
tick: ContextVar[Tick] = ContextVar("tick", default=lambda stage, done, total: None)
