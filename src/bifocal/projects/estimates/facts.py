"""What happened to estimates and proposals."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class EstimateWritten(Fact):
    number: str
    title: str
    becomes: str


@dataclass(frozen=True, kw_only=True)
class EstimateEdited(Fact):
    lines: int
    removed: int
    cost: str
    price: str


@dataclass(frozen=True, kw_only=True)
class EstimateOptionSet(Fact):
    name: str
    group: str


@dataclass(frozen=True, kw_only=True)
class EstimateTermsSet(Fact):
    terms: list[str]


@dataclass(frozen=True, kw_only=True)
class EstimateAssembled(Fact):
    assembly: str
    quantity: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class EstimateFrozen(Fact):
    version: int
    reason: str
    price: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class EstimateVoided(Fact):
    reason: str


@dataclass(frozen=True, kw_only=True)
class AssemblyWritten(Fact):
    code: str
    parts: int


@dataclass(frozen=True, kw_only=True)
class ProposalSent(Fact):
    to: str
    version: int
    price: str
    until: str


@dataclass(frozen=True, kw_only=True)
class ProposalSigned(Fact):
    by: str
    price: str
    options: list[str]
    address: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ProposalDeclined(Fact):
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ProposalWithdrawn(Fact):
    reason: str
