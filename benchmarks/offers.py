"""Offers to a caller at 50 technicians × 400 visits a day, SQL included: CPU milliseconds of this process. Writes offers.json.

`python benchmarks/offers.py [ROUNDS]`, on the database of this folder (`bifocal demo` once before). The days are written in a transaction
that is rolled back. Ten windows need two such days: they are read one after another until there are enough.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 15


def main() -> None:
    """Fill two days, ask, tell, forget."""
    from bifocal.front.cli.common import ready

    ready()
    from django.db import transaction

    with transaction.atomic():
        told = measured()
        transaction.set_rollback(True)
    for name, value in told.items():
        print(f"{name:28}{value}")
    (Path(__file__).parent / "offers.json").write_text(json.dumps(told, indent=1) + "\n")


def measured() -> dict[str, float]:
    """CPU milliseconds of `best_windows` for ten windows, and of its first day."""
    from tests.test_offers import DAY, NIGHT, filled_day

    from bifocal.core.models import Branch
    from bifocal.service.board import offering
    from bifocal.service.dispatch.rules import Need

    branch = Branch.objects.order_by("id").first()
    assert branch
    filled_day(branch, 50, 400, days=2)
    need, one, ten = Need(60, "", (39.31, -76.60)), [], []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        first = offering.windows_of(need, DAY, branch, NIGHT)
        one.append((time.process_time() - begun) * 1000)
        begun = time.process_time()
        found = offering.best_windows(need, branch, NIGHT, first=DAY, count=10)
        ten.append((time.process_time() - begun) * 1000)
    assert first and found
    return {
        "technicians": 50, "visits_a_day": 400, "windows": len(found), "rounds": ROUNDS, "load": round(os.getloadavg()[0], 1),
        "one_day_median_cpu_ms": round(sorted(one[1:])[ROUNDS // 2], 1), "offer_median_cpu_ms": round(sorted(ten[1:])[ROUNDS // 2], 1),
        "offer_worst_cpu_ms": round(max(ten[1:]), 1),
    }  # fmt: skip


if __name__ == "__main__":
    main()
