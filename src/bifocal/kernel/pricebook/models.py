"""Items and tax."""

from __future__ import annotations

from django.db import models

from bifocal.core.models import Aggregate, Record, Visible


class Item(Aggregate):
    """Something sold or used: a part, an hour, a flat-rate service."""

    kind = "item"
    answers = ("code", "name")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    sort = models.CharField(max_length=10, default="part", help_text="part, labor, flat, other")
    unit = models.CharField(max_length=12, default="ea")
    cost = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    taxable = models.BooleanField(default=True)
    stocked = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    custom = models.JSONField(default=dict, blank=True)
    objects = Visible.as_manager()

    class Open(Visible):
        pass

    def __str__(self) -> str:
        return self.name


class TaxCode(Record):
    """A sales-tax jurisdiction."""

    kind = "tax_code"
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)


class TaxRate(models.Model):
    """Its combined rate from a day on, as a fraction."""

    tax_code = models.ForeignKey(TaxCode, on_delete=models.CASCADE, related_name="rates")
    rate = models.DecimalField(max_digits=7, decimal_places=6)
    from_date = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tax_code", "from_date"], name="one_tax_rate_a_day")]
