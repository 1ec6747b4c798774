"""A schedule's rows and links out of the database, as fast as they come: an edit of one bar reads thousands of them.

Django's own way from a row to a model (signals, deferred fields, a time zone for `created_at`, which no schedule asks for) is two thirds
of the time of an edit. These are the same models: what was not read here is read by Django when somebody asks.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models.base import ModelState

from bifocal.kernel.jobs.models import CostCode, Job
from bifocal.kernel.people.models import Crew
from bifocal.projects.schedule.models import Activity, ActivityLink

M = TypeVar("M", bound=models.Model)
ROW = tuple(f.attname for f in Activity._meta.concrete_fields if f.attname != "created_at")
LINK = tuple(f.attname for f in ActivityLink._meta.concrete_fields)


def rows_of(job: Job) -> list[Activity]:
    """The activities in their order, each with its job, crew and cost code."""
    rows = _made(Activity, ROW, Activity.objects.filter(job=job).order_by("place", "id").values_list(*ROW))
    crews = Crew.objects.in_bulk({r.crew_id for r in rows if r.crew_id})
    codes = CostCode.objects.in_bulk({r.cost_code_id for r in rows if r.cost_code_id})
    for r in rows:
        r._state.fields_cache = {
            "job": job, "crew": crews.get(r.crew_id or 0), "cost_code": codes.get(r.cost_code_id or 0),
        }  # fmt: skip
    return rows


def links_of(job: Job) -> list[ActivityLink]:
    """The links in the order in which they were made."""
    return _made(ActivityLink, LINK, ActivityLink.objects.filter(after__job=job).order_by("id").values_list(*LINK))


def _made(model: type[M], names: tuple[str, ...], found: Any) -> list[M]:
    out = []
    for values in found:
        row = model.__new__(model)
        state = ModelState()
        state.adding, state.db = False, found.db
        row.__dict__.update(zip(names, values, strict=True), _state=state)
        out.append(row)
    return out
