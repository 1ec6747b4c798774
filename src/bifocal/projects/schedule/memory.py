"""What this process computed last of the schedules that are edited now, so that the same network is not computed twice.

An edit loads a plan that the edit before it left behind, and the panel beside the Gantt asks for it a third time. A result is taken from
here only where the whole network that was just read from the database equals the one it was computed of: there is no version, no time and
no signal to go stale, and several processes need not know of each other. The engine's values are frozen, so that they may be shared.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from bifocal.engines.cpm import model
from bifocal.engines.cpm.compute import schedule

MOST = 4  # plans; one of 5,000 activities takes about 15 MB
Parts = dict[int, tuple[tuple[Any, ...], Mapping[str, Any], Any]]


@dataclass(frozen=True)
class Known:
    """A network with its result, and by row what its activities and links were made of."""

    network: model.Network | None = None
    result: model.Result | None = None
    activities: Parts = field(default_factory=dict)
    links: Parts = field(default_factory=dict)


_known: OrderedDict[int, Known] = OrderedDict()
_lock = Lock()


def recall(job: int) -> Known:
    """What was computed last of a job here; empty where nothing was."""
    with _lock:
        return _known.get(job, Known())


def solved(job: int, network: model.Network, activities: Parts, links: Parts) -> model.Result:
    """The network's result, computed where it is not the one that was computed last. Raises what `schedule` raises."""
    last = recall(job)
    result = last.result if last.result is not None and last.network == network else schedule(network)
    with _lock:
        _known[job] = Known(network, result, activities, links)
        _known.move_to_end(job)
        while len(_known) > MOST:
            _known.popitem(last=False)
    return result
