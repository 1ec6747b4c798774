"""What happened, written with the change itself: `record` is the last beat of every command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from bifocal.core.actor import Actor
from bifocal.core.call import Call
from bifocal.core.copying import copy_rows
from bifocal.core.models import Delivery, Record
from bifocal.core.models import Fact as FactRow
from bifocal.core.subject import Subject

Handler = Callable[[FactRow], None]
MANY = 500  # facts of one command that are worth a COPY


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Base of all facts: frozen, past tense; its class name is the fact's name, its columns the payload."""

    def payload(self) -> dict[str, Any]:
        raw = {f.name: getattr(self, f.name) for f in fields(self)}
        plain: dict[str, Any] = json.loads(json.dumps(raw, cls=DjangoJSONEncoder))
        return plain


_wiring: dict[str, tuple[Handler, ...]] = {}
_told: ContextVar[list[FactRow] | None] = ContextVar("told", default=None)


def install(wiring: Mapping[type[Fact], Iterable[Handler]]) -> None:
    """Hand over the wiring table at start (front's AppConfig.ready). An unknown fact stops the start."""
    _wiring.clear()
    for fact, handlers in wiring.items():
        if not (isinstance(fact, type) and issubclass(fact, Fact)):
            raise TypeError(f"wiring names {fact!r}, which is not a fact")
        _wiring[fact.__name__] = tuple(handlers)


def handler_named(name: str) -> Handler:
    """The subscriber called `name`. Raises LookupError, so that a delivery to a removed one is seen."""
    for handlers in _wiring.values():
        for handler in handlers:
            if subscriber_name(handler) == name:
                return handler
    raise LookupError(f"no subscriber is called {name}")


def subscriber_name(handler: Handler) -> str:
    return f"{handler.__module__.removeprefix('bifocal.')}.{handler.__name__}"


def record(fact: Fact, *, about: Record | Subject, actor: Actor, call: Call) -> None:
    """Write the fact and one delivery per subscriber, in the caller's transaction: at the end of the command."""
    subject = about if isinstance(about, Subject) else about.subject
    row = FactRow(
        name=type(fact).__name__,
        subject_kind=subject.kind,
        subject_uid=subject.uid,
        payload=fact.payload(),
        actor_kind=actor.kind,
        actor_key=actor.key,
        actor_name=actor.name,
        path=list(actor.path),
        request_id=call.request_id,
        occurred_at=call.occurred_at,
    )
    told = _told.get()
    if told is None:
        _write([row])
    else:
        told.append(row)


@contextmanager
def told_together() -> Iterator[None]:
    """Gather what is recorded inside and write it by one statement at the end: a command tells two to ten facts."""
    rows: list[FactRow] = []
    before = _told.set(rows)
    try:
        yield
    finally:
        _told.reset(before)
    _write(rows)


def _write(rows: list[FactRow]) -> None:
    if len(rows) > MANY:
        copy_rows(rows)
    else:
        FactRow.objects.bulk_create(rows)
    for row in rows:
        for handler in _wiring.get(row.name, ()):
            delivery = Delivery.objects.create(fact=row, subscriber=subscriber_name(handler))
            _defer(delivery.pk, f"{delivery.subscriber}:{row.subject_uid}")


def _defer(delivery_id: int, lock: str) -> None:
    from bifocal.core.tasks import deliver

    deliver.configure(lock=lock).defer(delivery_id=delivery_id)


def deliver_now(delivery_id: int) -> None:
    """Run one delivery. An error is kept on the row and raised again: it is shown, never swallowed."""
    row = Delivery.objects.select_related("fact").get(pk=delivery_id)
    if row.status == "done":
        return
    try:
        with transaction.atomic():
            handler_named(row.subscriber)(row.fact)
            Delivery.objects.filter(pk=row.pk).update(status="done", tries=row.tries + 1, error="")
    except Exception as error:
        Delivery.objects.filter(pk=row.pk).update(status="failed", tries=row.tries + 1, error=repr(error))
        raise
