"""The envelope of every write: one registry, one way in (`execute`), one answer per request (decisions 1-2)."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, connection, transaction
from django.utils.crypto import salted_hmac
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from bifocal.core import facts
from bifocal.core.actor import Actor
from bifocal.core.call import Call
from bifocal.core.models import Record, Request
from bifocal.lib.errors import Invalid, NotFound, RequestReused

Run = TypeVar("Run", bound=Callable[..., Any])


@dataclass(frozen=True)
class Command:
    """A registered use case."""

    name: str
    run: Callable[..., Any]
    schema: type[BaseModel]
    summary: str
    field_fact: bool


__all__ = ["Call", "command", "execute", "registry"]

registry: dict[str, Command] = {}
TOLD_ONCE = {"token", "link_path", "links"}  # secrets of an answer are never stored


def command(name: str, *, field_fact: bool = False) -> Callable[[Run], Run]:
    """Register a keyword-only function as the command `name`; its annotations become the schema of its body."""

    def register(run: Run) -> Run:
        hints = get_type_hints(run, include_extras=True)
        fields: dict[str, Any] = {}
        for p in inspect.signature(run).parameters.values():
            if p.kind is not p.KEYWORD_ONLY:
                raise TypeError(f"{name}: commands take keywords only")
            if p.name not in ("actor", "call"):
                fields[p.name] = (hints[p.name], ... if p.default is p.empty else p.default)
        title = "".join(part.capitalize() for part in name.replace(".", "_").split("_"))
        # built when it is first asked: two hundred validators at once are 8 MB of every server
        config = ConfigDict(extra="forbid", str_strip_whitespace=True, defer_build=True)
        schema = create_model(title, __config__=config, **fields)
        if name in registry:
            raise TypeError(f"two commands are called {name}")
        registry[name] = Command(name, run, schema, (inspect.getdoc(run) or name).split("\n")[0], field_fact)
        return run

    return register


def execute(name: str, args: Mapping[str, Any] | BaseModel, *, actor: Actor, call: Call) -> dict[str, Any]:
    """Run a command in one transaction and return its answer; a replay of a request gets the first answer.

    Raises DomainError of the command, Invalid for a malformed body, RequestReused for another body under one key.
    """
    cmd = registry.get(name)
    if cmd is None:
        raise NotFound(f"There is no command '{name}'.")
    body = args if isinstance(args, BaseModel) else _read(cmd, args)
    digest = salted_hmac(name, body.model_dump_json(), algorithm="sha256").hexdigest()  # keyed: bodies hold passwords too
    if "\\u0000" in body.model_dump_json():
        raise Invalid("Text can't hold the NUL character. Remove it and try again.")
    try:
        return _run(cmd, body, digest, actor, call)
    except DataError as error:
        said = str(error).splitlines()[0]
        raise Invalid(f"A value is too long or out of range: {said}.") from error


def _run(cmd: Command, body: BaseModel, digest: str, actor: Actor, call: Call) -> dict[str, Any]:
    with transaction.atomic():
        claim, first = _claim(actor, call, cmd.name, digest)
        if first is not None:
            return first
        with facts.told_together():
            result = cmd.run(**{f: getattr(body, f) for f in type(body).model_fields}, actor=actor, call=call)
        answer: dict[str, Any] = json.loads(json.dumps(_answer(result), cls=DjangoJSONEncoder))
        kept = {k: v for k, v in answer.items() if k not in TOLD_ONCE}
        with connection.cursor() as cur:
            cur.execute("update core_request set answer = %s where id = %s", [json.dumps(kept), claim])
        return answer


def _read(cmd: Command, args: Mapping[str, Any]) -> BaseModel:
    try:
        return cmd.schema.model_validate(args)
    except ValidationError as bad:
        first = bad.errors()[0]
        field = ".".join(str(p) for p in first["loc"])
        raise Invalid(f"{field or 'The request'}: {first['msg']}.", field=field) from bad


def _claim(actor: Actor, call: Call, name: str, digest: str) -> tuple[int, dict[str, Any] | None]:
    """Take the request's row: its id. A concurrent twin waits on the unique index, then reads the first answer."""
    with connection.cursor() as cur:
        cur.execute(
            "insert into core_request (actor_key, request_id, command, body_hash) values (%s, %s, %s, %s)"
            " on conflict do nothing returning id",
            [actor.key, call.request_id, name, digest],
        )
        taken = cur.fetchone()
        if taken:
            return taken[0], None
    row = Request.objects.get(actor_key=actor.key, request_id=call.request_id)
    if row.body_hash != digest:
        raise RequestReused("This request id was already used for something else. Make a new one for a new request.")
    return row.pk, dict(row.answer or {})


def _answer(result: Any) -> Any:
    if isinstance(result, Record):
        return result.answer()
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json")
    return result if isinstance(result, dict) else {"result": result}
