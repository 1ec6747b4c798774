"""What was brought in, taken back, put together."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SheetReadBack(Fact):
    file: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class SheetImported(Fact):
    file: str
    sha256: str
    lines: int
    contract_sum: str
    previous: str


@dataclass(frozen=True, kw_only=True)
class BatchChecked(Fact):
    number: str
    sort: str
    file: str
    rows: int
    errors: int


@dataclass(frozen=True, kw_only=True)
class BatchQueued(Fact):
    number: str


@dataclass(frozen=True, kw_only=True)
class BatchImported(Fact):
    number: str
    sort: str
    added: int
    changed: int
    same: int


@dataclass(frozen=True, kw_only=True)
class BatchUndone(Fact):
    number: str
    reason: str
    deleted: int
    reversed: int


@dataclass(frozen=True, kw_only=True)
class BatchDiscarded(Fact):
    number: str


@dataclass(frozen=True, kw_only=True)
class RecordImported(Fact):
    """A record that an import made, where its own module has no fact for that, or changed."""

    batch: str
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class MappingSaved(Fact):
    name: str
    sort: str


@dataclass(frozen=True, kw_only=True)
class CustomersMerged(Fact):
    kept: str
    gone: str
    moved: int


@dataclass(frozen=True, kw_only=True)
class CustomersParted(Fact):
    kept: str
    back: str


@dataclass(frozen=True, kw_only=True)
class CustomersKeptApart(Fact):
    one: str
    other: str


@dataclass(frozen=True, kw_only=True)
class BudgetImported(Fact):
    file: str
    sha256: str
    lines: int
    total: str
