"""The WIP schedule of a month as it was published."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Record, Visible


class WipMonth(Record):
    """One publication: every row and total, never changed. A corrected one is a new revision."""

    kind = "wip_month"
    answers = ("month", "revision", "totals")
    month = models.DateField(help_text="Its last day")
    revision = models.PositiveSmallIntegerField(default=0)
    rows = models.JSONField()
    totals = models.JSONField()
    unsigned = models.CharField(max_length=300, blank=True, help_text="Why it went out without a manager's month-end")
    by = models.CharField(max_length=120)
    objects = Visible.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "revision"], name="one_wip_per_month_and_revision")]
