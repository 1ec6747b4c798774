"""What happened to project documents."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DocumentDrafted(Fact):
    sort: str
    title: str


@dataclass(frozen=True, kw_only=True)
class DocumentMoved(Fact):
    number: str
    before: str
    after: str
    ball: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ResponseGiven(Fact):
    number: str
    code: str
    official: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class DocumentsLinked(Fact):
    target: str
    why: str


@dataclass(frozen=True, kw_only=True)
class DocumentFieldsChanged(Fact):
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class LinkSent(Fact):
    to: str
    purpose: str
    expires: str


@dataclass(frozen=True, kw_only=True)
class LinkRevoked(Fact):
    to: str
