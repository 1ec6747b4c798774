"""Service hours of branches by weekday, arrival windows, shifts of people. Times are by the branch's clock; Monday is 0."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bifocal.core.models import Branch
from bifocal.kernel.people.models import Person


class OpenDay(models.Model):
    """From when to when a branch serves customers on a weekday. A branch without any row keeps the usual hours."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="open_days")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "weekday"], name="one_opening_a_weekday"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")) & Q(weekday__lte=6), name="opens_before_it_closes"),
        ]


class ArrivalWindow(models.Model):
    """A window that customers of a branch are offered, on each weekday whose hours hold it."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="arrival_windows")
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "starts", "ends"], name="each_window_once"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="window_starts_before_it_ends"),
        ]


class Shift(models.Model):
    """From when to when somebody works on a weekday. Without any row they work the company's week, else their branch's hours."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "weekday"], name="one_shift_a_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")) & Q(weekday__lte=6), name="shift_starts_before_it_ends"),
        ]
