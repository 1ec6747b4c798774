"""What happened to change events."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ChangeEventOpened(Fact):
    number: str
    code: str
    notice_due: str


@dataclass(frozen=True, kw_only=True)
class ChangeEventEstimated(Fact):
    number: str
    cost: str
    price: str


@dataclass(frozen=True, kw_only=True)
class ChangeEventDirected(Fact):
    number: str
    directive: str
    not_to_exceed: str


@dataclass(frozen=True, kw_only=True)
class NoticeGiven(Fact):
    number: str
    on: str
    due: str


@dataclass(frozen=True, kw_only=True)
class QuoteAsked(Fact):
    vendor: str
    due: str


@dataclass(frozen=True, kw_only=True)
class QuoteGiven(Fact):
    vendor: str
    amount: str
    by: str


@dataclass(frozen=True, kw_only=True)
class QuoteTaken(Fact):
    vendor: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class ChangeEventSentOn(Fact):
    number: str
    to: str
    amount: str


@dataclass(frozen=True, kw_only=True)
class ContingencyDrawn(Fact):
    number: str
    amount: str
    code: str


@dataclass(frozen=True, kw_only=True)
class NoticeReminded(Fact):
    number: str
    due: str
    to: list[str]
