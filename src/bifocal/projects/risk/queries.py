"""The risk of a schedule: which durations vary, what the last simulation found, and whether it still holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from bifocal.engines.cpm.model import Activity as Work
from bifocal.engines.cpm.risk import Risk, ThreePoint
from bifocal.projects.risk.models import RiskRun, ThreeDurations
from bifocal.projects.schedule.board import Board

BARS = 24
SHOWN = 15


def open_work(board: Board) -> list[Work]:
    """The activities whose time can vary: something is left of them, and they are not spans of others."""
    from bifocal.engines.cpm.risk import spread

    able = spread(board.network, 1, 1)
    return [board.acts[key] for key in able]


def points_of(board: Board) -> dict[str, ThreePoint]:
    """The three durations by activity, at the size that the plan has now: they grow and shrink with what the plan leaves of the work."""
    able = {a.id: a for a in open_work(board)}
    out = {}
    for one in ThreeDurations.objects.filter(activity__job=board.job):
        act = able.get(board.keys.get(one.activity_id, ""))
        if act is not None:
            share = act.remaining / one.base
            out[act.id] = ThreePoint(*(round(n * share) for n in (one.low, one.likely, one.high)))
    return out


def digest_of(board: Board, points: Mapping[str, ThreePoint]) -> str:
    """What a simulation hangs on, in one word: with another word its answer is of another schedule."""
    net = board.network
    return sha256(repr((net.projects, net.calendars, net.activities, net.links, sorted(points.items()))).encode()).hexdigest()


def outcome_of(board: Board, found: Risk) -> dict[str, Any]:
    """A simulation as JSON: finishes by chance, bars of the histogram, who is critical how often, who moves the finish most."""
    first, last = found.finishes[0], found.finishes[-1]
    width = max(1440, -(-(last - first + 1) // BARS))
    counts = Counter((f - first) // width for f in found.finishes)
    bars = [[first + n * width, counts.get(n, 0)] for n in range((last - first) // width + 1)]
    named: list[dict[str, Any]] = [
        {"code": board.by_key[i.id].code, "name": board.by_key[i.id].name, "criticality": round(i.criticality, 4),
         "correlation": round(i.correlation, 4)}
        for i in found.influences
    ]  # fmt: skip
    return {
        "samples": found.samples, "planned": found.planned, "chance": round(found.chance_of_planned, 4), "mean": round(found.mean),
        "finish": {str(p): at for p, at in found.finish.items()}, "width": width, "bars": bars,
        "tornado": [i for i in named if round(i["correlation"], 2)][:SHOWN],
        "critical": sorted(named, key=lambda i: -i["criticality"])[:SHOWN],
    }  # fmt: skip


def risk_of(board: Board) -> dict[str, Any]:
    """The last simulation with whether the schedule moved since, and the durations that vary."""
    run = RiskRun.objects.filter(job=board.job).first()
    points = points_of(board)
    stale = bool(run and run.status == "ready" and run.digest != digest_of(board, points))
    return {"run": run, "stale": stale, "outcome": run.outcome if run else {}, "points": points}


def table(board: Board, points: Mapping[str, ThreePoint]) -> Sequence[dict[str, Any]]:
    """The open activities by their start, each with its days: shortest, most likely, longest."""
    acts = sorted(open_work(board), key=lambda a: board.result.dates[a.id].start)
    out = []
    for act in acts:
        row, p = board.by_key[act.id], points.get(act.id)
        day = board.per_day(row)
        out.append({
            "activity": row, "left": round(act.remaining / day, 2), "given": p is not None,
            "low": round((p.low if p else act.remaining) / day, 2), "likely": round((p.likely if p else act.remaining) / day, 2),
            "high": round((p.high if p else act.remaining) / day, 2),
        })  # fmt: skip
    return out
