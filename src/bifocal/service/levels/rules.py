"""What a late arrival costs by an agreed service level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bifocal.lib.money import ZERO, cents


@dataclass(frozen=True)
class Level:
    """An agreed response: there by `due`, else `penalty` once and `per_hour`, at most `most`."""

    due: datetime
    penalty: Decimal = ZERO
    per_hour: Decimal = ZERO
    most: Decimal | None = None

    def cost(self, arrival: datetime) -> Decimal:
        """What arriving then costs, in dollars, to the cent: nothing in time; every begun hour counts in its share."""
        if arrival <= self.due:
            return ZERO
        hours = Decimal(int((arrival - self.due).total_seconds())) / 3600
        owed = self.penalty + cents(hours * self.per_hour)
        return owed if self.most is None else min(owed, self.most)


def due_at(called: datetime, hours: Decimal) -> datetime:
    """When somebody must be there."""
    return called + timedelta(seconds=int(hours * 3600))
