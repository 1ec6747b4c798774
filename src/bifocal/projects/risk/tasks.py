"""The simulation in the queue, with its progress where the page can see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection
from procrastinate.contrib.django import app

from bifocal.engines.cpm.risk import simulate
from bifocal.lib.errors import DomainError
from bifocal.projects.risk.models import RiskRun
from bifocal.projects.risk.queries import digest_of, outcome_of, points_of
from bifocal.projects.schedule.board import load


@app.task(name="risk.simulate")
def simulate_risk(*, run: str, version: int) -> None:
    """Work on a run; a later one of the same job makes an earlier one void. What goes wrong is kept on it, where the page says it."""
    mine = RiskRun.objects.filter(uid=UUID(run), version=version)
    row = mine.select_related("job__branch").first()
    if row is None:
        return
    mine.update(status="working")
    try:
        board = load(row.job)
        points = points_of(board)
        with _telling(row) as tell:
            found = simulate(board.network, points, samples=row.samples, seed=1, tell=tell)
        mine.update(status="ready", share=100, digest=digest_of(board, points), outcome=outcome_of(board, found))
    except DomainError as refusal:
        mine.update(status="failed", sentence=refusal.sentence[:400])
    except Exception as error:
        mine.update(status="failed", sentence=f"It stopped: {type(error).__name__}. The schedule is as it was.")
        raise


@contextmanager
def _telling(row: RiskRun) -> Iterator[Callable[[float], None]]:
    """Progress through a connection of its own, seen at once even where the work stands in a transaction."""
    beside = connection.copy()

    def tell(share: float) -> None:
        with beside.cursor() as cur:
            cur.execute("update risk_riskrun set share = %s where id = %s", [min(99, round(share * 100)), row.pk])

    try:
        yield tell
    finally:
        beside.close()
