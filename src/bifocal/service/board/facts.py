"""What happened on the board."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class BoardMoved(Fact):
    moved: int
    left_out: int
    why: str


@dataclass(frozen=True, kw_only=True)
class MoveUndone(Fact):
    moved: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class DraftChanged(Fact):
    moves: int


@dataclass(frozen=True, kw_only=True)
class ProposalAsked(Fact):
    scope: str
    day: str


@dataclass(frozen=True, kw_only=True)
class ProposalReady(Fact):
    lines: int


@dataclass(frozen=True, kw_only=True)
class ProposalSettled(Fact):
    accepted: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class VisitPinned(Fact):
    pinned: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class TurfSet(Fact):
    zones: list[str]


@dataclass(frozen=True, kw_only=True)
class HomeSet(Fact):
    lat: str
    lng: str


@dataclass(frozen=True, kw_only=True)
class CrewDaySplit(Fact):
    person: str
    label: str
    start: str
    end: str
