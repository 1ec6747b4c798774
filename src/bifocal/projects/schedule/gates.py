"""What may hold an activity's start or finish: rules of modules above, handed in at start. The schedule asks, it doesn't know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bifocal.lib.errors import Refused
from bifocal.projects.schedule.models import Activity

Gate = Callable[[Activity], list[str]]
_finish: list[Gate] = []
_start: list[Gate] = []


def install(*, finish: Iterable[Gate], start: Iterable[Gate]) -> None:
    """Hand over the gates, once at start."""
    _finish[:] = finish
    _start[:] = start


def finish_holds(row: Activity, percent: int) -> list[str]:
    """Every reason why an activity may not be finished yet. Below 100 percent nothing is asked."""
    return [reason for gate in _finish for reason in gate(row)] if percent == 100 else []


def check_finish(row: Activity, percent: int) -> None:
    """Raises Refused, with every reason, where the office would finish an activity that may not be finished yet."""
    if why := finish_holds(row, percent):
        raise Refused(f"{row.code} {row.name} can't be finished: {' '.join(why)}", field="percent")


def start_holds(row: Activity) -> list[str]:
    """Every reason why an activity may not start; one that has started is asked nothing."""
    started = row.percent or row.actual_start or row.actual_finish
    return [] if started else [reason for gate in _start for reason in gate(row)]


def check_start(row: Activity, percent: int, despite: str = "") -> list[str]:
    """The reasons that stand against a start that is noted `despite` them; raises Refused where no reason is given for it."""
    why = start_holds(row) if percent else []
    if why and not despite.strip():
        raise Refused(
            f"{row.code} {row.name} can't start: {' '.join(why)} Or note its progress with the reason why it starts all the same.",
            field="despite",
        )
    return why
