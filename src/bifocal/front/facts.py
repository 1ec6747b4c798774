"""What changed in the set-up."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CompanyChanged(Fact):
    fields: list[str]


@dataclass(frozen=True, kw_only=True)
class BranchSet(Fact):
    code: str
    tz: str


@dataclass(frozen=True, kw_only=True)
class UserInvited(Fact):
    email: str
    roles: list[str]


@dataclass(frozen=True, kw_only=True)
class TokenMade(Fact):
    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class LanguageChosen(Fact):
    language: str
