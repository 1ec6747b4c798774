"""Rights. Fails closed: an unknown role has none, a missing right is refused. The tables are `front/rights.py`."""

from __future__ import annotations

from collections.abc import Mapping

from bifocal.core.actor import Actor
from bifocal.lib.errors import NotAllowed

_roles: dict[str, frozenset[str]] = {}
_grants: dict[str, frozenset[str]] = {}
_office: set[str] = set()


def install(*, roles: Mapping[str, frozenset[str]], grants: Mapping[str, frozenset[str]], office: set[str]) -> None:
    """Hand over the tables, once at start: role -> rights, command -> rights it lends, roles that see every record."""
    _roles.clear()
    _roles.update(roles)
    _grants.clear()
    _grants.update(grants)
    _office.clear()
    _office.update(office)


def grants_of(command: str) -> frozenset[str]:
    """The rights that `command` lends to the commands it calls down."""
    return _grants.get(command, frozenset())


def rights_of(roles: frozenset[str]) -> frozenset[str]:
    """All rights of these roles together."""
    return frozenset().union(*(_roles.get(r, frozenset()) for r in roles)) if roles else frozenset()


def sees_all(roles: frozenset[str]) -> bool:
    """True where one of the roles belongs to the office, which sees every record."""
    return bool(roles & _office)


def require(actor: Actor, right: str) -> None:
    """Refuse unless the actor holds the right. Raises NotAllowed with the missing right's name."""
    if not actor.can(right):
        raise NotAllowed(f"{actor.name} may not do this: it needs the right '{right}'. Ask the owner.", right=right)
