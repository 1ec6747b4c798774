"""JSON of other people as a table: a list of objects, alone or as the one list of an object; nested names are joined."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bifocal.lib.errors import Invalid


def table(name: str, text: str) -> list[tuple[int, list[str]]]:
    """The headings as line 0, then line n is the n-th object. Raises Invalid for what holds no rows."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as bad:
        raise Invalid(f"'{name}' is not JSON: {bad}.", field="file") from bad
    if isinstance(found, dict):
        found = next((v for v in found.values() if isinstance(v, list) and v and isinstance(v[0], dict)), None)
    if not isinstance(found, list) or not found or not all(isinstance(li, dict) for li in found):
        raise Invalid(f"'{name}' has no list of rows.", field="file")
    rows = [dict(_flat("", li)) for li in found]
    headers = list(dict.fromkeys(h for row in rows for h in row))
    return [(0, headers), *((n, [row.get(h, "") for h in headers]) for n, row in enumerate(rows, 1))]


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """'address.street' as 'address street'; of a list its first, or each by its type: 'contacts email'."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{prefix} {re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', str(key))}".strip(), inner)
    elif isinstance(value, list):
        typed = [v for v in value if isinstance(v, dict) and {"type", "value"} <= set(v)]
        for item in typed:
            yield from _flat(f"{prefix} {item['type']}", item["value"])
        if value and not typed:
            yield from _flat(prefix, value[0])
    elif value is not None:
        yield prefix, ("yes" if value else "no") if isinstance(value, bool) else str(value)
