"""What happened to the people we work for and with."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CustomerAdded(Fact):
    name: str
    number: str


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(Fact):
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class CreditHoldSet(Fact):
    lens: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class VendorAdded(Fact):
    name: str


@dataclass(frozen=True, kw_only=True)
class SiteAdded(Fact):
    name: str
    customer: str


@dataclass(frozen=True, kw_only=True)
class SiteChanged(Fact):
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ContactAdded(Fact):
    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class EquipmentAdded(Fact):
    name: str
    serial: str


@dataclass(frozen=True, kw_only=True)
class EquipmentChanged(Fact):
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class SitePinned(Fact):
    lat: str
    lng: str
    by: str
