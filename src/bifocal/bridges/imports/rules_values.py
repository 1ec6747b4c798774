"""One cell of somebody's file as a value: dates in two styles, money with symbols, yes and no. Pure; never guesses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from bifocal.bridges.imports.rules_cells import Numeric, date_form
from bifocal.lib.errors import Invalid

Value = str | Decimal | date | bool | int | None


class Sort(StrEnum):
    """What a column holds."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    STATE = "state"
    MONEY = "money"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    TERMS = "terms"


_GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d+)?$|^\d+(\.\d+)?$|^\.\d+$")
_EUROPEAN = re.compile(r"^\d{1,3}(\.\d{3})*,\d{2}$|^\d+,\d{2}$")
_EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]{2,}$")
YES, NO = {"yes", "y", "true", "t", "1", "x", "on"}, {"no", "n", "false", "f", "0", "off", ""}
STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO", "connecticut": "CT",
    "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
    "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD",
    "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY",
    "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA",
    "rhode island": "RI", "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT",
    "vermont": "VT", "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
}  # fmt: skip


def money(raw: str) -> Decimal:
    """'$1,234.50', '(500.00)', '500.00-', '1.234,50' as an amount. Raises Invalid; '1,5' and parts of a cent are refused."""
    value = number(raw)
    if value != value.quantize(Decimal("0.01")):
        raise Invalid(f"'{raw}' has parts of a cent; round it to two places")
    return value.quantize(Decimal("0.01"))


def number(raw: str) -> Decimal:
    """A number with separators, currency signs, parentheses or a trailing minus. Raises Invalid."""
    text = re.sub(r"[\s\u00a0\u202f']|usd|us\$|[$€£]", "", raw.strip().lower())
    negative = text.startswith(("(", "-")) or text.endswith(("-", ")", "cr"))
    bare = text.removesuffix("cr").removesuffix("dr").strip("()-+")
    if _EUROPEAN.match(bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif not _GROUPED.match(bare):
        raise Invalid(f"'{raw}' is not a number; write it like 1,234.50")
    try:
        value = Decimal(bare.replace(",", ""))
    except InvalidOperation as bad:  # pragma: no cover - the pattern keeps it out
        raise Invalid(f"'{raw}' is not a number") from bad
    if value >= Decimal("1e12"):
        raise Invalid(f"'{raw}' is too large")
    return -value if negative else value


def day(raw: str, *, day_first: bool) -> date:
    """A date: ISO, 2/29/2024 or 29.02.2024 by the column's style, '29 Feb 2024', a spreadsheet's serial number. Raises Invalid."""
    form = date_form(raw.strip())
    found = form.as_date(day_first) if isinstance(form, Numeric) else form
    if found is not None:
        return found
    if isinstance(form, Numeric) and form.as_date(not day_first):
        order = "day" if day_first else "month"
        raise Invalid(f"'{raw}' contradicts its column, which is read {order} first")
    if isinstance(form, Numeric):
        raise Invalid(f"'{raw}' is not a day of the calendar")
    raise Invalid(f"'{raw}' is not a date; write it like 2026-03-31")


def terms(raw: str) -> int:
    """Days to pay: '30', 'Net 30', 'Due on receipt', '2% 10 net 30'. Raises Invalid."""
    text = raw.strip().lower()
    if "receipt" in text or text in ("cod", "due now", "prepaid"):
        return 0
    found = re.search(r"net\s*(\d{1,3})\b", text) or re.fullmatch(r"(\d{1,3})(?:\.0)?(?: days)?", text)
    if not found:
        raise Invalid(f"'{raw}' are not terms; write the days, like 30")
    return int(found[1])


def yes_no(raw: str) -> bool:
    """Yes or no as people and programs write it. Raises Invalid."""
    text = raw.strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise Invalid(f"'{raw}' is neither yes nor no")


def email(raw: str) -> str:
    """The first e-mail address of a cell. Raises Invalid for what is none."""
    first = re.split(r"[;,\s]+", raw.strip())[0].strip("<>").lower()
    if not _EMAIL.match(first):
        raise Invalid(f"'{raw}' is not an e-mail address")
    return first


def phone(raw: str) -> str:
    """A phone number as it is written, without a spreadsheet's '.0'. Raises Invalid below seven digits."""
    text = re.sub(r"\.0$", "", raw.strip())
    if sum(c.isdigit() for c in text) < 7:
        raise Invalid(f"'{raw}' is not a phone number")
    return text


def postcode(raw: str) -> str:
    """A postal code; a ZIP code that a spreadsheet took for a number gets its zeros back."""
    text = re.sub(r"\.0$", "", raw.strip())
    return text.zfill(5) if re.fullmatch(r"\d{3,4}", text) else text


def state(raw: str) -> str:
    """A state's two letters, also from its name. Raises Invalid."""
    text = raw.strip().rstrip(".")
    if re.fullmatch(r"[A-Za-z]{2}", text):
        return text.upper()
    if text.lower() in STATES:
        return STATES[text.lower()]
    raise Invalid(f"'{raw}' is not a state; write its two letters, like MD")


def choice(raw: str, words: Mapping[str, tuple[str, ...]]) -> str:
    """The value that a word stands for. Raises Invalid naming the choices."""
    text = re.sub(r"[^a-z0-9]+", " ", raw.lower()).strip()
    for value, names in words.items():
        if text == value.replace("_", " ") or text in names:
            return value
    raise Invalid(f"'{raw}' is not one of {', '.join(v.replace('_', ' ') for v in words)}")


def value_of(sort: Sort, raw: str, *, day_first: bool, words: Mapping[str, tuple[str, ...]] | None = None) -> Value:
    """One cell by what its column holds. Raises Invalid with what is wrong with it."""
    if sort == Sort.DATE:
        return day(raw, day_first=day_first)
    if sort == Sort.CHOICE:
        return choice(raw, words or {})
    if sort == Sort.COUNT:
        whole = number(raw)
        if whole != int(whole) or whole < 0:
            raise Invalid(f"'{raw}' is not a whole number")
        return int(whole)
    return _PLAIN[sort](raw)


_PLAIN: dict[Sort, Callable[[str], Value]] = {
    Sort.TEXT: str.strip, Sort.EMAIL: email, Sort.PHONE: phone, Sort.POSTCODE: postcode, Sort.STATE: state, Sort.MONEY: money,
    Sort.NUMBER: number, Sort.YES_NO: yes_no, Sort.TERMS: terms,
}  # fmt: skip


def told(value: Value | datetime) -> str:
    """A value for a preview or a fingerprint: always the same text for the same value."""
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
