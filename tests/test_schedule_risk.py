"""The risk of a schedule: three durations, the simulation in the queue, its figures against a case on paper, what is refused."""

from __future__ import annotations

import pytest

from bifocal.kernel.jobs.models import Job
from bifocal.lib.errors import DomainError, NotAllowed, NotFound, Refused
from bifocal.projects.risk.models import ThreeDurations
from bifocal.projects.risk.queries import points_of, risk_of
from bifocal.projects.risk.tasks import simulate_risk
from bifocal.projects.schedule.board import load
from tests.conftest import run
from tests.test_gantt import at, change, planned, uid

pytestmark = pytest.mark.django_db


def simulated(job: Job, samples: int = 400) -> dict[str, object]:
    run("risk.run", "pm", job=job.uid, samples=samples)
    row = Job.objects.get(pk=job.pk).risk_run
    simulate_risk(run=str(row.uid), version=row.version)
    return risk_of(load(Job.objects.get(pk=job.pk)))


def test_one_activity_ends_where_the_triangle_says() -> None:
    """Triangle 2, 5, 8 days: symmetric, so half of all are done in 5 days, a fifth take longer than 8 - 3 x sqrt(0.4) = 6.1 days."""
    job = planned(("A", 5, []))
    run("risk.durations", "pm", activity=uid(job, "A"), low=2, likely=5, high=8)
    out = simulated(job, 2000)["outcome"]
    start = at(load(job).days(load(job).rows[0])[0]) + 480
    taken = {p: (t - start) for p, t in out["finish"].items()}  # type: ignore[index]
    assert 4 * 1440 < taken["50"] < 7 * 1440 + 480  # the 5th day's end is 4 nights on, plus a weekend where it runs over
    assert 7 * 1440 + 460 <= taken["80"] <= 8 * 1440 + 120  # 6.1 days: early on the second Tuesday
    assert abs(out["chance"] - 0.5) < 0.04 and out["tornado"][0]["code"] == "A"  # type: ignore[index]
    assert out["critical"][0]["criticality"] == 1 and sum(n for _, n in out["bars"]) == 2000  # type: ignore[index]


def test_a_spread_reaches_a_branch_only_and_what_is_shorter_is_never_critical() -> None:
    job = planned(("G", 1, []), ("A", 10, []), ("B", 2, []), ("Z", 3, []))
    for code in ("A", "B"):
        change(job, do="indent", activity=uid(job, code))
    run("risk.spread", "pm", job=job.uid, branch=uid(job, "G"), low_percent=90, high_percent=130)
    points = points_of(load(job))
    assert {k: (p.low, p.likely, p.high) for k, p in points.items()} == {"A": (4320, 4800, 6240), "B": (864, 960, 1248)}
    shares = {c["code"]: c["criticality"] for c in simulated(job)["outcome"]["critical"]}  # type: ignore[index]
    assert shares == {"A": 1.0, "B": 0.0}


def test_durations_grow_with_the_plan_and_the_answer_is_said_to_be_stale() -> None:
    job = planned(("A", 10, []))
    run("risk.spread", "pm", job=job.uid, low_percent=80, high_percent=150)
    assert simulated(job)["stale"] is False
    change(job, do="resize", activity=uid(job, "A"), minutes=20 * 480)
    assert points_of(load(job))["A"].high == 30 * 480
    assert risk_of(load(job))["stale"] is True
    assert simulated(job)["stale"] is False


def test_what_is_refused() -> None:
    job = planned(("A", 5, []), ("B", 3, ["A"]))
    with pytest.raises(Refused, match="No duration varies"):
        run("risk.run", "pm", job=job.uid)
    with pytest.raises(DomainError, match="in order"):
        run("risk.durations", "pm", activity=uid(job, "A"), low=6, likely=5, high=8)
    with pytest.raises(DomainError, match="percent"):
        run("risk.spread", "pm", job=job.uid, low_percent=110, high_percent=130)
    with pytest.raises(DomainError, match="samples"):
        run("risk.run", "pm", job=job.uid, samples=5)
    run("activity.progress", "super", activity=uid(job, "A"), percent=100)
    with pytest.raises(Refused, match="nothing left"):
        run("risk.durations", "pm", activity=uid(job, "A"), low=1, likely=2, high=3)
    with pytest.raises(NotAllowed):
        run("risk.spread", "super", job=job.uid, low_percent=90, high_percent=130)
    with pytest.raises((NotFound, NotAllowed)):
        run("risk.durations", "tech", activity=uid(job, "B"), low=1, likely=2, high=3)
    assert not ThreeDurations.objects.filter(activity__job=job).exists()


def test_a_run_that_was_asked_for_again_makes_the_first_void() -> None:
    job = planned(("A", 5, []))
    run("risk.spread", "pm", job=job.uid, low_percent=90, high_percent=130)
    run("risk.run", "pm", job=job.uid)
    first = job.risk_run
    run("risk.run", "pm", job=job.uid, samples=200)
    simulate_risk(run=str(first.uid), version=first.version)
    first.refresh_from_db()
    assert (first.status, first.samples, first.outcome) == ("waiting", 200, {})
