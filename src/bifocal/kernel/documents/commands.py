"""Keeping files."""

from __future__ import annotations

import base64
from uuid import UUID

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.models import find_subject
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.kernel.documents.facts import FileAttached
from bifocal.kernel.documents.models import File, store
from bifocal.kernel.documents.rules import OURS, media_type_of
from bifocal.lib.errors import Invalid, NotFound


def keep(*, data: bytes, name: str, sort: str, about: Subject, actor: Actor, call: Call) -> File:
    """Store bytes as a file of something. The type is found in the content."""
    require(actor, "file.attach")
    called = "".join(c for c in name if c.isprintable()).replace("/", "_")[:200]  # it stands in a header when the file is sent
    row = File.objects.create(
        sha256=store(data), name=called, media_type=media_type_of(data, name), size=len(data),
        sort=sort, subject_kind=about.kind, subject_uid=about.uid, by_key=actor.key, by_name=actor.name,
        taken_at=call.occurred_at,
    )  # fmt: skip
    record(FileAttached(name=row.name, sha256=row.sha256, sort=sort), about=about, actor=actor, call=call)
    return row


@command("file.attach", field_fact=True)
def attach_file(*, about_kind: str, about: UUID, name: str, content: str, sort: str = "photo", actor: Actor, call: Call) -> File:
    """Attach a photo, signature or paper (base64) to a job, visit, document or invoice."""
    if actor.link_uid and about != actor.link_uid:
        raise NotFound("This link is for another paper.")
    of = find_subject(Subject(about_kind, about), actor).subject
    if sort in OURS:
        raise Invalid(f"Files of sort '{sort}' are made here and never brought. Attach it as a file.", field="sort")
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as bad:
        raise Invalid("The file's content must be base64.", field="content") from bad
    return keep(data=data, name=name, sort=sort, about=of, actor=actor, call=call)
