"""What is held back, who works where, whether customers may book by themselves."""

from __future__ import annotations

from decimal import Decimal

from django.db import models


class Reserve(models.Model):
    """One row: what is held back of each shift for emergencies, what a call's driving is reckoned at, online booking on or off."""

    share = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.150"))
    drive_minutes = models.PositiveSmallIntegerField(default=20)
    online = models.BooleanField(default=False)
    days_ahead = models.PositiveSmallIntegerField(default=10, help_text="Working days that customers may book ahead")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_reserve"),
            models.CheckConstraint(condition=models.Q(share__gte=0) & models.Q(share__lte=1), name="reserve_is_a_share"),
        ]

    @classmethod
    def get(cls) -> Reserve:
        return cls.objects.get_or_create(id=1)[0]
