"""A batch brought in by the queue, with its progress where others can see it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection
from procrastinate.contrib.django import app

from bifocal.bridges.imports.models import ImportBatch
from bifocal.bridges.imports.rules import BatchStatus
from bifocal.bridges.imports.ticking import tick
from bifocal.core.actor import system
from bifocal.core.commands import Call, execute
from bifocal.lib.errors import DomainError


@app.task(name="imports.bring_in", queueing_lock=None)
def bring_in(*, batch: str, who: str) -> None:
    """Run a queued batch. What goes wrong is kept on the batch, where the page says it."""
    try:
        with progress_shown(UUID(batch)):
            execute("import.run", {"batch": batch}, actor=system(f"imports for {who}"), call=Call.new())
    except DomainError as refusal:
        _failed(batch, refusal.sentence)
    except Exception as error:
        _failed(batch, f"It stopped: {str(error).splitlines()[0] if str(error) else type(error).__name__}. Nothing was brought in.")
        raise


def _failed(batch: str, why: str) -> None:
    ImportBatch.objects.filter(uid=batch, status=BatchStatus.QUEUED).update(status=BatchStatus.FAILED, failed_why=why)


@contextmanager
def progress_shown(batch: UUID) -> Iterator[None]:
    """Write progress through a connection of its own, twice a second at most: the import's transaction is not seen until it ends."""
    beside = connection.copy()
    last = [0.0]

    def show(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - last[0] < 0.5 and done:
            return
        last[0] = now
        with beside.cursor() as cur:
            cur.execute(
                "update imports_importprogress set stage = %s, done = %s, total = %s where batch_uid = %s", [stage, done, total, batch]
            )

    token = tick.set(show)
    try:
        yield
    finally:
        tick.reset(token)
        beside.close()
