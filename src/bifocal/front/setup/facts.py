"""What happened to the set-up. Secrets are never in it."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CompanyFounded(Fact):
    name: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class SiteSet(Fact):
    address: str
    https: str


@dataclass(frozen=True, kw_only=True)
class MailSet(Fact):
    host: str
    port: int
    security: str


@dataclass(frozen=True, kw_only=True)
class MailTried(Fact):
    to: str


@dataclass(frozen=True, kw_only=True)
class CertificateKept(Fact):
    names: list[str]
    until: str
