"""Three-point durations from a CSV: id, optimistic, likely, pessimistic, in hours."""

from __future__ import annotations

import csv
from pathlib import Path

from bifocal.engines.cpm.model import Network
from bifocal.engines.cpm.risk import ThreePoint
from bifocal.lib.errors import Invalid


def read_points(path: Path, net: Network) -> dict[str, ThreePoint]:
    """The points by activity. Raises Invalid naming the line."""
    keys = {a.code: a.id for a in net.activities}
    out: dict[str, ThreePoint] = {}
    try:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError):
        raise Invalid(f"{path} can't be read as a CSV file.", field="points") from None
    for number, row in enumerate(rows, 1):
        if not row or (number == 1 and not row[-1].strip().replace(".", "").isdigit()):
            continue  # a heading
        try:
            code, low, likely, high = (cell.strip() for cell in row)
            out[keys[code]] = ThreePoint(*(round(float(x) * 60) for x in (low, likely, high)))
        except (ValueError, OverflowError):
            raise Invalid(f"{path.name} line {number}: expected id, optimistic, likely, pessimistic in hours.", field="points") from None
        except KeyError:
            raise Invalid(f"{path.name} line {number}: there is no activity {row[0]}.", field="points") from None
    return out
