"""The look-ahead as it is shown: weeks, the activities in them with what they wait for, promises, and how well promises were kept."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from bifocal.kernel.jobs.models import Job
from bifocal.projects.lookahead.models import Commitment, Constraint, Proposal
from bifocal.projects.lookahead.rules import Said, ppc, weeks_from
from bifocal.projects.schedule.board import load

BACK = 12  # weeks of the chart


def look(job: Job, today: date, count: int = 3) -> dict[str, Any]:
    """The coming weeks of a job, in five queries however long it is."""
    weeks = weeks_from(today, count)
    last = weeks[-1] + timedelta(days=6)
    board = load(job)
    waits: dict[int, list[Constraint]] = {}
    for c in Constraint.objects.filter(activity__job=job):
        waits.setdefault(c.activity_id, []).append(c)
    said = {p.activity_id: p for p in Proposal.objects.filter(activity__job=job, state=Said.OPEN).select_related("activity")}
    rows: list[dict[str, Any]] = []
    for r in board.rows:
        key = board.keys.get(r.pk)
        first, ends = board.days(r)
        if key is None or board.acts[key].actual_finish is not None or first > last or ends < weeks[0]:
            continue
        found = waits.get(r.pk, [])
        rows.append({
            "activity": r, "first": first, "last": ends, "critical": board.result.dates[key].critical,
            "weeks": [first <= w + timedelta(days=6) and ends >= w for w in weeks],
            "open": [c for c in found if c.cleared_on is None], "cleared": [c for c in found if c.cleared_on],
            "left": round(board.acts[key].remaining / board.per_day(r), 1), "proposal": said.get(r.pk),
        })  # fmt: skip
    rows.sort(key=lambda x: (x["first"], x["activity"].place))
    promises = list(Commitment.objects.filter(job=job, week__gte=weeks[0] - timedelta(weeks=BACK)).select_related("activity"))
    return {
        "weeks": weeks, "rows": rows, "proposals": list(said.values()),
        "promised": [(w, [p for p in promises if p.week == w]) for w in [weeks[0] - timedelta(weeks=1), *weeks[:2]]],
        **_kept(promises, weeks[0]),
    }  # fmt: skip


def _kept(promises: list[Commitment], now: date) -> dict[str, Any]:
    """Percent plan complete by week, and why promises were not kept, the commonest first."""
    past = [now - timedelta(weeks=n) for n in range(BACK, -1, -1)]
    chart = [{"week": w, "ppc": ppc(p.done for p in promises if p.week == w)} for w in past]
    while len(chart) > 1 and chart[0]["ppc"] is None:
        chart.pop(0)
    reasons = Counter(p.reason for p in promises if p.done is False)
    judged = any(c["ppc"] is not None for c in chart)
    return {"chart": chart if judged else [], "reasons": reasons.most_common(), "ppc": ppc(p.done for p in promises)}
