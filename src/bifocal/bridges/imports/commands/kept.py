"""A history that was kept when it was assessed becomes a checked import, read by the columns that the assessment read."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from bifocal.bridges.imports.commands.batches import MappingIn, upload_import
from bifocal.bridges.imports.past import OURS
from bifocal.bridges.workmix.models import KeptAssessment
from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.policy import require
from bifocal.kernel.documents.models import File
from bifocal.lib.errors import NotFound


@command("import.kept")
def bring_kept(*, file: UUID, actor: Actor, call: Call) -> dict[str, Any]:
    """Check a kept history for bringing in. Nothing is brought in yet. Raises NotFound where it was not kept."""
    require(actor, "import.run")
    row = File.objects.filter(uid=file, sort="history").first()
    if row is None:
        raise NotFound("There is no kept history of that name. Assess it again and keep the file.")
    assessed = KeptAssessment.objects.filter(uid=row.subject_uid).first()
    columns = assessed.answer_json.get("columns", {}) if assessed else {}
    mapping = MappingIn(columns={OURS.get(field, field): header for field, header in columns.items()})
    content = base64.b64encode(row.read()).decode()
    return upload_import(kind="history", filename=row.name, content=content, mapping=mapping, actor=actor, call=call)
