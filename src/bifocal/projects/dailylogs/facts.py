"""What happened to daily logs."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class LogWritten(Fact):
    day: str
    sections: list[str]


@dataclass(frozen=True, kw_only=True)
class LogSigned(Fact):
    day: str
    by: str
    seq: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class LogAmended(Fact):
    day: str
    reason: str
    late: bool
