"""Assemblies: parts with formulas per unit, nested; exploded into lines of an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bifocal.engines.estimating.formulas import evaluate
from bifocal.lib.errors import Invalid

DEEPEST, MOST_LINES = 8, 2000


@dataclass(frozen=True)
class Part:
    """One part: a cost line, or (`assembly`) another assembly of so many units. `formula` knows the parameters and `qty`."""

    formula: str
    description: str = ""
    unit: str = "ea"
    cost_code: str = ""
    cost_type: str = "M"
    unit_cost: Decimal = Decimal(0)
    waste: Decimal = Decimal(0)
    per_hour: Decimal | None = None
    phase: str = ""
    assembly: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Assembly:
    """What is built of parts: its parameters with their usual values."""

    code: str
    name: str
    unit: str
    parameters: Mapping[str, Decimal]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Exploded:
    """A part with its quantity; `path` says through which assemblies it came."""

    part: Part
    quantity: Decimal
    path: tuple[str, ...]


def explode(code: str, library: Mapping[str, Assembly], quantity: Decimal, given: Mapping[str, Decimal]) -> list[Exploded]:
    """All parts of `quantity` units, nested assemblies opened, quantities to four places; parts of quantity 0 are left out.

    Raises Invalid for an unknown assembly or parameter, a circle, more than eight floors or two thousand lines.
    """
    out: list[Exploded] = []
    _open(code, library, quantity, given, (), out)
    return out


def _open(
    code: str, library: Mapping[str, Assembly], quantity: Decimal, given: Mapping[str, Decimal], path: tuple[str, ...], out: list[Exploded]
) -> None:
    found = library.get(code)
    if found is None:
        raise Invalid(f"There is no assembly '{code}'.", field="assembly")
    if code in path:
        raise Invalid(f"Assembly {code} holds itself: {' > '.join([*path, code])}.", field="assembly")
    if len(path) >= DEEPEST:
        raise Invalid(f"Assemblies are nested deeper than {DEEPEST}: {' > '.join(path)}.", field="assembly")
    unknown = set(given) - set(found.parameters)
    if unknown:
        raise Invalid(f"Assembly {code} has no parameter '{min(unknown)}'.", field="parameters")
    names = {**found.parameters, **given, "qty": quantity}
    for part in found.parts:
        amount = evaluate(part.formula, names, where=f"{code} {part.description or part.assembly}").quantize(Decimal("0.0001"))
        if not amount:
            continue
        if part.assembly:
            inner = {n: evaluate(f, names, where=f"{code} > {part.assembly}") for n, f in part.given.items()}
            _open(part.assembly, library, amount, inner, (*path, code), out)
        else:
            out.append(Exploded(part, amount, (*path, code)))
        if len(out) > MOST_LINES:
            raise Invalid(f"Assembly {code} makes more than {MOST_LINES} lines.", field="assembly")
