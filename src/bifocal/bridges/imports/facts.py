"""What was brought in."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SheetImported(Fact):
    file: str
    sha256: str
    lines: int
    contract_sum: str
    previous: str
