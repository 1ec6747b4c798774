"""What was filed."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class FileAttached(Fact):
    name: str
    sha256: str
    sort: str
