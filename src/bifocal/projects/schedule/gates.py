"""What may hold the finish of an activity: rules of modules above, handed in at start. The schedule asks, it doesn't know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bifocal.lib.errors import Refused
from bifocal.projects.schedule.models import Activity

Gate = Callable[[Activity], list[str]]
_gates: list[Gate] = []


def install(gates: Iterable[Gate]) -> None:
    """Hand over the gates, once at start."""
    _gates[:] = gates


def check_finish(row: Activity, percent: int) -> None:
    """Raises Refused, with every reason, where an activity may not be finished yet. Below 100 percent nothing is asked."""
    if percent == 100 and (why := [reason for gate in _gates for reason in gate(row)]):
        raise Refused(f"{row.code} {row.name} can't be finished: {' '.join(why)}", field="percent")
