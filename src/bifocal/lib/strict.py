"""Reading a JSON document whose figures must be exact: every amount is a decimal string, a JSON float is refused.

Errors name the place ('lines[3].stored') and say what to write. Pure: text in, values out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bifocal.lib.errors import Invalid
from bifocal.lib.money import CENT

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
_LIMIT = Decimal(10) ** 15
MISSING: Any = object()


class _Float(str):
    """The literal of a JSON float, kept until its place is known."""


def parse(text: str | bytes) -> Node:
    """The document as a node. Raises Invalid for text that is no JSON object, a float anywhere, or a key that stands twice."""
    try:
        value = json.loads(text, parse_float=_Float, parse_constant=_Float, object_pairs_hook=_object)
    except UnicodeDecodeError:
        raise Invalid("The file is not text in UTF-8.") from None
    except (ValueError, RecursionError) as bad:
        raise Invalid(f"The file is not JSON: {bad}.") from None
    if not isinstance(value, dict):
        raise Invalid("The file must hold one JSON object.")
    _refuse_floats(value, "")
    return Node(value, "", [])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Invalid(f"'{key}' stands twice in one object. Keep one.", field=key)
        found[key] = value
    return found


def _refuse_floats(value: Any, path: str) -> None:
    if isinstance(value, _Float):
        raise Invalid(f'{path} is the JSON number {value}: write it as a decimal string, "{value}".', field=path)
    parts: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        parts = ((f"{path}.{k}" if path else k, v) for k, v in value.items())
    elif isinstance(value, list):
        parts = ((f"{path}[{n}]", v) for n, v in enumerate(value))
    for inner, part in parts:
        _refuse_floats(part, inner)


class Node:
    """One JSON object with its place in the document. `ignored` collects the keys that nobody asked for."""

    def __init__(self, value: dict[str, Any], path: str, ignored: list[str]) -> None:
        self.value, self.path, self._ignored, self._asked = value, path, ignored, set[str]()

    def at(self, key: str) -> str:
        """The place of a key, for an error: 'lines[3].stored'."""
        return f"{self.path}.{key}" if self.path else key

    def raw(self, key: str, default: Any = MISSING) -> Any:
        """The value as JSON has it. Raises Invalid where it is missing and has no default."""
        self._asked.add(key)
        if key not in self.value:
            if default is MISSING:
                raise Invalid(f"{self.at(key)} is missing.", field=self.at(key))
            return default
        return self.value[key]

    def has(self, key: str) -> bool:
        """True where the key is there and not null."""
        return self.value.get(key) is not None

    def text(self, key: str, default: Any = MISSING, *, one_of: tuple[str, ...] = ()) -> str:
        """A string, or an integer as text; where `one_of` is given, one of those words."""
        value = self.raw(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or (one_of and value not in one_of):
            wanted = " or ".join(f'"{w}"' for w in one_of) if one_of else "text"
            raise Invalid(f"{self.at(key)} is {value!r}: it must be {wanted}.", field=self.at(key))
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise Invalid(f"{self.at(key)} must be true or false.", field=self.at(key))
        return value

    def number(self, key: str, default: Any = MISSING) -> Decimal:
        """Any decimal: '0.3333', '12'."""
        return decimal(self.raw(key, default), self.at(key))

    def money(self, key: str, default: Any = MISSING) -> Decimal:
        """Dollars and whole cents. Raises Invalid for a third decimal."""
        value = self.number(key, default)
        cents = value.quantize(CENT)
        if cents != value:
            raise Invalid(f"{self.at(key)} is {value}: an amount has whole cents.", field=self.at(key))
        return cents

    def rate(self, key: str, default: Any = MISSING) -> Decimal:
        """A share from 0 to 1: '0.10' is ten percent."""
        value = self.number(key, default)
        if not 0 <= value <= 1:
            raise Invalid(f'{self.at(key)} is {value}: a rate is a fraction from 0 to 1, like "0.10".', field=self.at(key))
        return value

    def node(self, key: str, default: Any = MISSING) -> Node:
        """An object."""
        value = self.raw(key, default)
        if not isinstance(value, dict):
            raise Invalid(f"{self.at(key)} must be an object.", field=self.at(key))
        return Node(value, self.at(key), self._ignored)

    def nodes(self, key: str, default: Any = MISSING) -> list[Node]:
        """A list of objects."""
        value = self.raw(key, default)
        if not isinstance(value, list):
            raise Invalid(f"{self.at(key)} must be a list.", field=self.at(key))
        for n, part in enumerate(value):
            if not isinstance(part, dict):
                raise Invalid(f"{self.at(key)}[{n}] must be an object.", field=f"{self.at(key)}[{n}]")
        return [Node(part, f"{self.at(key)}[{n}]", self._ignored) for n, part in enumerate(value)]

    def done(self) -> None:
        """Nothing more is asked of this object: what is left over is noted, so that it can be said."""
        self._ignored += [self.at(k) for k in self.value if k not in self._asked]

    @property
    def ignored(self) -> list[str]:
        """Keys of the whole document that nobody asked for."""
        return self._ignored


def decimal(value: Any, path: str) -> Decimal:
    """A decimal string, or a whole JSON number. Raises Invalid for anything else, also for what is too large to be money."""
    exact = isinstance(value, int) and not isinstance(value, bool)
    if not exact and not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise Invalid(f'{path} is {value!r}: write a decimal string, like "1234.50".', field=path)
    found = Decimal(value)
    if abs(found) >= _LIMIT:
        raise Invalid(f"{path} is {value}: that is larger than any contract.", field=path)
    return found
