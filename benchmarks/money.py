"""Measure the money engines: CPU seconds of this process, best of five. Prints a table, writes JSON.

`python benchmarks/money.py`; figures of the issue: sheet of 2,000 lines 50 ms, budget of 5,000 lines over 200,000 transactions
300 ms, WIP of 2,000 contracts 2 s.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from bifocal.engines.costing import Contract, Entry, collect, report, schedule
from bifocal.engines.progress_billing import Application, Cap, Line, Split, Step, compute


def best(work: Callable[[], object]) -> float:
    """Milliseconds of CPU, best of five."""
    times = []
    for _ in range(5):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return round(min(times) * 1000, 1)


def sheet() -> Application:
    """2,000 lines with stored material, carried retainage, a step and a cap."""
    lines = []
    for n in range(2000):
        d, f = Decimal(30000 + n), Decimal("1234.56")
        held = Split((d * Decimal("0.1")).quantize(Decimal("0.01")), Decimal("30.00"))
        lines.append(Line(str(n), Decimal("100000.00"), d, Decimal("25000.37"), f, Decimal("600.00"), retainage_previous=held))
    rate = Decimal("0.10")
    return Application(
        Decimal("200000000.00"), tuple(lines), rate, rate, cap=Cap(Decimal("0.045")), steps=(Step(Decimal("0.5"), Decimal("0.05")),)
    )


def entries() -> list[Entry]:
    """200,000 transactions on 5,000 codes."""
    columns = ("a", "c", "e", "i", "j", "k", "k", "invoiced")
    return [Entry(f"{n % 5000:04d}.S", columns[n // 5000 % 8], Decimal(n % 9973) / 100) for n in range(200_000)]


def main() -> None:
    """Run all measures."""
    app, moves = sheet(), entries()
    jobs = [
        Contract(str(n), Decimal(500000 + n), Decimal(400000), Decimal(100 * n + 1), Decimal(90 * n), Decimal(n % 7)) for n in range(2000)
    ]
    found = {
        "sheet_2000_lines_ms": best(lambda: compute(app)),
        "budget_5000_lines_200000_transactions_ms": best(lambda: report(collect(moves))),
        "wip_2000_contracts_ms": best(lambda: schedule(jobs)),
    }
    Path(__file__).with_name("money.json").write_text(json.dumps(found, indent=1) + "\n")
    for name, value in found.items():
        print(f"{name:<44} {value}")


if __name__ == "__main__":
    main()
