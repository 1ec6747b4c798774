"""One address per command, and a batch of them in order."""

from __future__ import annotations

from datetime import datetime
from http.client import responses
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, create_model

from bifocal.core import refusals
from bifocal.core.commands import Command, execute, registry
from bifocal.core.http import call_of, problem
from bifocal.front.api import actor_of, api
from bifocal.lib.errors import DomainError, Invalid, NotAllowed


class Envelope(Schema):
    """Who asked once, when it happened, what they had seen (decision 2)."""

    request_id: UUID | None = Field(None, description="Your own id of this request; the same id gets the first answer again")
    expected_version: int | None = None
    occurred_at: datetime | None = None
    device_id: str | None = None
    device_seq: int | None = None
    clock_offset_ms: int | None = None


class Answer(BaseModel):
    """What a command answers: the kind, uid and version of what it changed, and more by command."""

    model_config = ConfigDict(extra="allow")
    kind: str | None = None
    uid: str | None = None
    version: int | None = None


class Problem(Schema):
    """A refusal (RFC 9457): title is the sentence, field where, code the stable word."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    code: str
    field: str | None = None


PROBLEM = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
# What every operation may answer besides. Told as a document: as `response` each status of each operation would be a class of its own,
# thousands of them in every process's memory, though refusals never pass through one (`front/problems.py` answers them).
REFUSALS = {"responses": {status: {"description": responses[status], **PROBLEM} for status in (400, 401, 403, 404, 409, 422, 429)}}


def _add(cmd: Command) -> None:
    body = create_model(f"{cmd.schema.__name__}Body", __base__=cmd.schema, call=(Envelope | None, None))

    def run(request: HttpRequest, data: body) -> Any:  # type: ignore[valid-type]
        envelope = data.call.model_dump() if data.call else None  # type: ignore[attr-defined]
        args = cmd.schema.model_construct(**{f: getattr(data, f) for f in cmd.schema.model_fields})
        return execute(cmd.name, args, actor=actor_of(request), call=call_of(request, envelope))

    run.__annotations__["data"] = body
    operation = cmd.name.replace(".", "_")
    api.post(
        f"/commands/{cmd.name}",
        operation_id=operation,
        summary=cmd.summary,
        tags=[cmd.name.split(".")[0]],
        response={200: Answer},
        openapi_extra=REFUSALS,
    )(run)


for _cmd in registry.values():
    _add(_cmd)


class BatchItem(Schema):
    """One command of a batch."""

    command: str
    args: dict[str, Any] = {}
    call: Envelope | None = None


class BatchIn(Schema):
    """Commands in the order in which they happened on a device."""

    commands: list[BatchItem] = Field(max_length=500)


class BatchOut(Schema):
    """A result per item: its answer, or its problem."""

    results: list[dict[str, Any]]


@api.post(
    "/commands",
    operation_id="batch",
    summary="An ordered batch of commands, with a result per item",
    response={200: BatchOut},
    openapi_extra=REFUSALS,
)
def batch(request: HttpRequest, data: BatchIn) -> Any:
    actor, results = actor_of(request), []
    for item in data.commands:
        try:
            envelope = item.call.model_dump() if item.call else None
            if envelope is None or envelope["request_id"] is None:
                raise Invalid("Each command of a batch needs its own request_id.", field="call.request_id")
            answer = execute(item.command, item.args, actor=actor, call=call_of(request, envelope))
            results.append({"ok": True, "answer": answer})
        except DomainError as refusal:
            if isinstance(refusal, NotAllowed):
                refusals.note(who=actor, what=f"batch: {item.command}", why=refusal.sentence)
            results.append({"ok": False, "problem": problem(refusal)})
    return {"results": results}
