"""A long optimisation in the queue, with its progress where the page can see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from procrastinate.contrib.django import app

from bifocal.core.actor import system
from bifocal.core.commands import Call
from bifocal.core.facts import told_together
from bifocal.lib.errors import DomainError
from bifocal.service.board.commands.proposals import work
from bifocal.service.board.models import Proposal
from bifocal.service.board.queries import ground


@app.task(name="board.solve")
def solve(*, proposal: str, seconds: int) -> None:
    """Work on a proposal that was asked for; what goes wrong is kept on it, where the page says it."""
    row = Proposal.objects.select_related("branch").filter(uid=UUID(proposal), status="waiting").first()
    if row is None:
        return  # dismissed before its turn came
    actor = system("the optimiser")
    Proposal.objects.filter(pk=row.pk).update(status="working")
    try:
        found = ground(row.branch, row.day, 1, actor)
        with _telling(row) as tell, transaction.atomic(), told_together():
            work(row, found, float(seconds), actor, Call.new(), tell=tell)
    except DomainError as refusal:
        _failed(row, refusal.sentence)
    except Exception as error:
        _failed(row, f"It stopped: {str(error).splitlines()[0] if str(error) else type(error).__name__}. Nothing was changed.")
        raise


def _failed(row: Proposal, why: str) -> None:
    Proposal.objects.filter(pk=row.pk).update(status="failed", sentence=why[:400])
    _notify(row)


@contextmanager
def _telling(row: Proposal) -> Iterator[Callable[[float], None]]:
    """Progress through a connection of its own: the work's transaction is not seen until it ends."""
    beside = connection.copy()

    def tell(share: float) -> None:
        with beside.cursor() as cur:
            cur.execute("update board_proposal set share = %s where id = %s", [round(share * 100), row.pk])
            cur.execute("select pg_notify('bifocal_facts', %s)", [f"proposal {row.uid}"])

    try:
        yield tell
    finally:
        beside.close()


def _notify(row: Proposal) -> None:
    with connection.cursor() as cur:
        cur.execute("select pg_notify('bifocal_facts', %s)", [f"proposal {row.uid}"])
