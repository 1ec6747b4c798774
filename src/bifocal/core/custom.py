"""Fields that a company added to its customers, sites, jobs, equipment and documents (decision 26).

Their definitions are rows of the module of jobs; the values stand in the record's own column `custom`, beside what other
parts of the program keep there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.apps import apps

from bifocal.lib.errors import Invalid

YES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "": False}


def definitions(kind: str) -> list[Any]:
    """The fields that a kind of record has here, in the order in which they were added."""
    return list(apps.get_model("jobs", "CustomField").objects.filter(on_kind=kind).order_by("id"))


def custom_values(kind: str, values: Mapping[str, Any], kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`kept` with the new values as their definitions want them; an empty one takes the old value away.

    Raises Invalid for an unknown, missing or unreadable value.
    """
    fields = {f.name: f for f in definitions(kind)}
    out = dict(kept or {})
    for name, value in values.items():
        if name not in fields:
            raise Invalid(f"There is no custom field '{name}' on a {kind}.", field=name)
        read = _read(fields[name], value)
        if read is None:
            out.pop(name, None)
        else:
            out[name] = read
    missing = next((f for f in fields.values() if f.required and out.get(f.name) is None), None)
    if missing:
        raise Invalid(f"{missing.label} is missing.", field=missing.name)
    return out


def _read(field: Any, value: Any) -> Any:
    if field.sort == "yes_no":
        return _yes_no(field, value)
    if value is None or value == "":
        return None
    if field.sort == "choice" and value not in field.choices:
        raise Invalid(f"{field.label} must be one of {', '.join(map(str, field.choices))}.", field=field.name)
    if field.sort == "number":
        return _number(field, value)
    if field.sort == "date":
        return _day(field, value)
    return str(value)[:500]


def _yes_no(field: Any, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if str(value).lower() not in YES:
        raise Invalid(f"{field.label} must be yes or no.", field=field.name)
    return YES[str(value).lower()]


def _number(field: Any, value: Any) -> str:
    try:
        number = Decimal(str(value).replace(",", ""))
    except InvalidOperation as bad:
        raise Invalid(f"{field.label} must be a number, like 12.5.", field=field.name) from bad
    if not number.is_finite() or abs(number) > Decimal(10) ** 15:
        raise Invalid(f"{field.label} must be a number, like 12.5.", field=field.name)
    return str(number)


def _day(field: Any, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as bad:
        raise Invalid(f"{field.label} must be a date, like 2026-03-14.", field=field.name) from bad


def changed(row: Any, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """What really changes of a row, and how the history tells it: (columns to set, what they were, what they are)."""
    after = {k: v for k, v in wanted.items() if v is not None and v != getattr(row, k)}
    was, now = {k: getattr(row, k) for k in after}, dict(after)
    if "custom" in after:  # told field by field
        old, new = was.pop("custom"), now.pop("custom")
        names = [n for n in {**old, **new} if old.get(n) != new.get(n)]
        was |= {n: old.get(n, "") for n in names}
        now |= {n: new.get(n, "") for n in names}
    return after, {k: str(v) for k, v in was.items()}, {k: str(v) for k, v in now.items()}
