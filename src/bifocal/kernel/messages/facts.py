"""What was said."""

from dataclasses import dataclass

from bifocal.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class MessageQueued(Fact):
    to: str
    title: str
