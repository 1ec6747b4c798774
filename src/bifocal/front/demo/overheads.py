"""What a month costs the demo company beside its jobs: the payroll run, the office, and what the owners take home."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from bifocal.front.demo.base import at, run
from bifocal.kernel.ledger.models import JournalLine
from bifocal.kernel.ledger.rules import Acc
from bifocal.lib.periods import next_month

MONTHLY = [("6010", 21_400), ("6020", 6_800), ("6030", 5_900), ("6040", 7_300), ("6050", 2_950), ("3100", 9_000)]
OWED = ("2310", "2320")  # payroll clearing and the burden applied: what time on jobs has credited


def load_overheads(today: date) -> None:
    """One payroll run and one entry of running costs a month, up to the last whole month."""
    owed = (
        JournalLine.objects.filter(account__code__in=OWED)
        .annotate(month=TruncMonth("entry__date")).values("month", "account__code").annotate(total=Sum("amount")).order_by("month")
    )  # fmt: skip
    wages: dict[date, list[tuple[str, Decimal]]] = {}
    for row in owed:
        wages.setdefault(row["month"], []).append((row["account__code"], -row["total"]))
    month = date(today.year - 2, 1, 1)
    while next_month(month) <= today:
        last = next_month(month) - timedelta(days=1)
        swing = Decimal(100 + (month.month * 7) % 11) / 100
        office = [(code, Decimal(amount) * swing) for code, amount in MONTHLY]
        for memo, lines in (("Payroll run", wages.get(month, [])), ("Office, rent, vehicles, draws", office)):
            lines = [(code, amount.quantize(Decimal("0.01"))) for code, amount in lines if amount]
            total = sum((amount for _, amount in lines), Decimal(0))
            if total:
                run("journal.post", at(last), date=last, memo=memo,
                    lines=[{"account": code, "amount": amount} for code, amount in [*lines, (Acc.BANK, -total)]])  # fmt: skip
        month = next_month(month)
