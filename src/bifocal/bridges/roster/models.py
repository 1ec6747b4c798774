"""When rosters go out, and which did."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Branch, Record


class RosterHour(models.Model):
    """One row: the hour of the branch's clock at which the next working day's roster goes out; off until set."""

    hour = models.PositiveSmallIntegerField(default=16)
    on = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_roster_hour"),
            models.CheckConstraint(condition=models.Q(hour__lte=23), name="roster_hour_is_an_hour"),
        ]

    @classmethod
    def get(cls) -> RosterHour:
        return cls.objects.get_or_create(id=1)[0]


class RosterSent(Record):
    """A branch's roster of a day went out, once."""

    kind = "roster"
    answers = ("day", "people")
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE)
    day = models.DateField()
    people = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "day"], name="one_roster_a_day")]
