"""Who acts. Never None: a signed-in user, a device, an outside person with a link, or a named system part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    USER = "user"
    DEVICE = "device"
    LINK = "link"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """One acting party with what it may do.

    `rights` come from its roles or its link; `granted` are those lent by the command that calls down (decision 4).
    `sees_all` is true for the office; field and portal actors see through `person_id` or `link_uid` only.
    """

    kind: ActorKind
    key: str
    name: str
    rights: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    sees_all: bool = False
    person_id: int | None = None
    link_uid: UUID | None = None
    granted: frozenset[str] = frozenset()
    path: tuple[str, ...] = field(default=())

    def can(self, right: str) -> bool:
        """True where the actor holds the right itself or was lent it by the command it acts within."""
        return "*" in self.rights or right in self.rights or right in self.granted

    def within(self, command: str) -> Actor:
        """This actor, acting through `command`: lent exactly what the declared table grants that command."""
        from bifocal.core.policy import grants_of

        return replace(self, granted=self.granted | grants_of(command), path=(*self.path, command))


def system(name: str) -> Actor:
    """A named part of the system, for background work: may do everything, and the history says which part it was."""
    return Actor(ActorKind.SYSTEM, name, name, rights=frozenset({"*"}), sees_all=True)
