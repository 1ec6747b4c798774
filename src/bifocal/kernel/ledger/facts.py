"""What happened in the books."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class PeriodMoved(Fact):
    month: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class JournalPosted(Fact):
    event: str
    total: str
    memo: str


@dataclass(frozen=True, kw_only=True)
class AccountAdded(Fact):
    code: str
    name: str
