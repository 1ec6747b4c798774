"""Exports of other programs whose columns are public: what they call things, and where that is documented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bifocal.lib.errors import Invalid


@dataclass(frozen=True)
class Preset:
    """One export of one program, with the page that its columns were taken from."""

    name: str
    kind: str
    title: str
    source: str
    columns: dict[str, str]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    group: str = ""


PRESETS: dict[str, Preset] = {}


def preset_named(name: str, kind: str) -> dict[str, Any]:
    """A preset as a mapping. Raises Invalid where there is none for this kind."""
    found = PRESETS.get(name)
    if found is None or found.kind != kind:
        fit = ", ".join(p.name for p in PRESETS.values() if p.kind == kind) or "none"
        raise Invalid(f"There is no preset '{name}' for {kind.replace('_', ' ')}. There is: {fit}.", field="preset")
    return {"columns": found.columns, "values": found.values, "group": found.group}
