"""Many rows of one schedule saved by one statement: an import touches thousands, and an edit must answer at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from bifocal.projects.schedule.models import Activity

TYPES = {
    "id": "bigint", "code": "varchar", "name": "varchar", "days": "integer", "place": "integer", "percent": "integer", "exact": "jsonb",
    "not_before": "date", "actual_start": "date", "actual_finish": "date", "parent_id": "bigint", "phase_id": "bigint",
    "cost_code_id": "bigint", "crew_id": "bigint", "version": "integer",
}  # fmt: skip


def save_rows(rows: Sequence[Activity]) -> None:
    """Save these rows and raise the version of each."""
    if not rows:
        return
    for r in rows:
        r.version += 1
    values = [{name: getattr(r, name) for name in TYPES} for r in rows]
    columns = ", ".join(f"{name} = v.{name}" for name in TYPES if name != "id")
    shape = ", ".join(f"{name} {sort}" for name, sort in TYPES.items())
    told = f"update schedule_activity a set {columns} from jsonb_to_recordset(%s::jsonb) as v({shape}) where a.id = v.id"
    with connection.cursor() as cur:
        cur.execute(told, [json.dumps(values, cls=DjangoJSONEncoder)])
