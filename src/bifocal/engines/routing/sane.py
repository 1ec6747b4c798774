"""Text to JSON that can be reckoned with: no NaN, no number beyond all measure, no nesting without end; and the sentence of a misfit."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from bifocal.lib.errors import Invalid

MOST = 10**12  # thirty thousand years in seconds, ten thousand million in cents: sums of these still fit 64 bits
DEEPEST = 20


def parse(text: str) -> Any:
    """JSON from text. Raises Invalid naming the line, or the element with a number that can't be meant."""
    try:
        data = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Invalid(f"Line {error.lineno}: this is no JSON ({error.msg}).", field=f"line {error.lineno}") from None
    except RecursionError:
        raise Invalid(f"The JSON is nested too deeply. At most {DEEPEST} levels have a meaning here.", field="file") from None
    except ValueError:
        raise Invalid("The JSON holds a number of thousands of digits. Mend it.", field="file") from None
    _measured(data)
    return data


def _no_number(word: str) -> Any:
    raise Invalid(f"The JSON holds {word}, which is no number. Leave the element out or give a number.", field="file")


def _measured(data: Any) -> None:
    """Refuse numbers beyond `MOST` and nesting beyond `DEEPEST`, by path."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict | list):
            if len(path) >= DEEPEST:
                raise Invalid(f"The JSON is nested too deeply below {path[0]}. At most {DEEPEST} levels have a meaning here.", field="file")
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*path, key), v) for key, v in inner if isinstance(v, dict | list | int | float)]
        elif abs(value) > MOST:
            raise Invalid(
                f"{named(path, data)}: {value:.3g} is beyond all measure. The most is {MOST:.0g}.", field=".".join(map(str, path))
            )


def named(path: tuple[str | int, ...], data: Any) -> str:
    """A path with the id of the innermost element that has one: visits.0.duration (J-17)."""
    node, name = data, ""
    for step in path:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(node, dict) and isinstance(node.get("id"), str | int):
            name = f" ({node['id']})"
    return ".".join(str(p) for p in path) + name


WORDS = {
    "missing": "is missing", "extra_forbidden": "is not known here; mend its name or leave it out",
    "unexpected_keyword_argument": "is not known here; mend its name or leave it out",
    "int_type": "must be a whole number", "int_parsing": "must be a whole number", "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a whole number", "float_type": "must be a number", "float_parsing": "must be a number",
    "string_type": "must be text", "bool_type": "must be true or false", "bool_parsing": "must be true or false",
    "tuple_type": "must be a list", "list_type": "must be a list", "frozen_set_type": "must be a list", "set_type": "must be a list",
    "dict_type": "must be an object in braces", "dataclass_type": "must be an object in braces",
    "mapping_type": "must be an object in braces",
    "too_short": "must have at least {min_length}, here are {actual_length}",
    "too_long": "must have at most {max_length}, here are {actual_length}",
    "greater_than_equal": "must be {ge} or more", "greater_than": "must be more than {gt}", "less_than_equal": "must be {le} or less",
    "literal_error": "must be one of {expected}",
}  # fmt: skip


def told(error: ValidationError, data: Any) -> Invalid:
    """The first error as a sentence with its path, and the element's id where it has one."""
    first = error.errors()[0]
    path, plain = first["loc"], WORDS.get(first["type"])
    words = plain.format(**first.get("ctx", {})) if plain else f"{first['msg'][0].lower()}{first['msg'][1:]}"
    if plain and first["type"] != "missing" and isinstance(first["input"], str | int | float | None):
        words += f", not {json.dumps(first['input'], ensure_ascii=False)[:40]}" if "not known" not in words else ""
    return Invalid(f"{named(path, data)}: {words}.", field=".".join(str(p) for p in path))
