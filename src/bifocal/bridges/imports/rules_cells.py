"""What a cell says: dates and numbers in the style that the whole column proves, never guessed value by value."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import lru_cache

Cell = str | float | int | bool | date | time | timedelta | None  # as written, or the value that a spreadsheet kept
NOTHING = {
    "", "-", "--", "—", "–", "n/a", "na", "n.a.", "null", "none", "nil", "nan", "nat", "tbd", "tba", "?", "#n/a", "#value!", "#ref!",
    "unknown", "1/0/1900", "01/00/1900", "12/30/1899", "1899-12-30", "0000-00-00", "00/00/0000", "0000-00-00 00:00:00", "not set",
    "(blank)",
}  # fmt: skip
_MONTHS = {
    1: "jan january januar janvier janv ene enero gennaio gen januari janeiro",
    2: "feb february februar fevrier fevr fev febrero febbraio februari fevereiro",
    3: "mar march mrz marz maerz mars marzo maart mrt marco",
    4: "apr april avril avr abr abril aprile", 5: "may mai mayo maggio mag mei maio",
    6: "jun june juni juin junio giugno giu junho", 7: "jul july juli juillet juil julio luglio lug julho",
    8: "aug august aout ago agosto augustus", 9: "sep sept september septembre septiembre setiembre settembre set setembro",
    10: "oct october okt oktober octobre octubre ottobre ott out outubro", 11: "nov november novembre noviembre novembro",
    12: "dec december dez dezember decembre dic diciembre dicembre dezembro",
}  # fmt: skip
MONTHS = {name: n for n, names in _MONTHS.items() for name in names.split()}
_CLOCK = re.compile(
    r"(?:T|,?\s+|\s+(?:at|um|à)\s+)\d{1,2}[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?\s?m\.?)?"
    r"\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d|[A-Z]{2,4})?$",
    re.I,
)
_ISO = re.compile(r"^(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})$")
_FREE = re.compile(r"^(\d{1,2})\s?([-/. ])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})$")
_COMPACT = re.compile(r"^(?:19|20)\d{6}$")
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")


class BadCell(ValueError):
    """A cell that can't be read; the message is the reason."""


@lru_cache(maxsize=50_000)
def folded(text: str) -> str:
    """Lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c)).replace("ß", "ss")


@lru_cache(maxsize=100_000)
def empty(cell: Cell) -> bool:
    """Nothing is said: blank, a dash, 'n/a', 'null'…"""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in NOTHING)


@dataclass(frozen=True)
class Numeric:
    """A date written in three numbers whose order the column decides."""

    a: int
    b: int
    year: int
    dotted: bool

    def as_date(self, day_first: bool) -> date | None:
        """The date in that order, None where there is none."""
        return _date(self.year, self.b, self.a) if day_first else _date(self.year, self.a, self.b)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=200_000)
def date_form(text: str) -> date | Numeric | None:
    """What a text can mean as a date: one date, three numbers in an order to be decided, or nothing."""
    raw = " ".join(text.replace("\u202f", " ").split())
    bare = _CLOCK.sub("", raw).strip(" ,T")
    if found := _ISO.match(bare):
        return _date(*(int(g) for g in found.groups()))
    if found := _FREE.match(bare):
        a, separator, b, year = int(found[1]), found[2], int(found[3]), int(found[4])
        year += (2000 if year < 69 else 1900) if len(found[4]) == 2 else 0
        return Numeric(a, b, year, separator == ".") if 1 <= a <= 31 and 1 <= b <= 31 else None
    if _COMPACT.match(bare):
        return _date(int(bare[:4]), int(bare[4:6]), int(bare[6:]))
    if _SERIAL.match(bare):
        return serial(float(bare))
    return _named(bare)


def serial(number: float) -> date | None:
    """A spreadsheet's day number (1900 system) between 1954 and 2119."""
    return date(1899, 12, 30) + timedelta(days=int(number)) if 20_000 <= number <= 80_000 else None


def _named(text: str) -> date | None:
    """'14 Mar 2025', 'March 14th, 2025', '14. März 2025', 'viernes 14 de marzo de 2025'."""
    words = [w for w in re.split(r"[\s,./-]+", folded(text)) if w and w not in ("de", "del", "of", "the", "le", "den", "el")]
    if not 3 <= len(words) <= 4:
        return None
    months = [MONTHS[w] for w in words if w in MONTHS]
    numbers = [int(n[1]) for w in words if (n := re.fullmatch(r"(\d{1,4})(?:st|nd|rd|th|er|o|º)?", w))]
    if len(months) != 1 or len(numbers) != 2 or (len(words) == 4 and (words[0] in MONTHS or words[0].isdigit())):
        return None
    day, year = (numbers[1], numbers[0]) if numbers[0] > 31 else (numbers[0], numbers[1])
    return _date(year + 2000 if year < 69 else year + 1900 if year < 100 else year, months[0], day)


@dataclass
class DateStyle:
    """The order that a column's values prove: `day_first` True or False; `proved` by how many, `against` how many."""

    day_first: bool = False
    proved: int = 0
    against: int = 0
    ambiguous: int = 0
    dotted: bool = False
    why: str = ""

    def read(self, cell: Cell) -> date | None:
        """The date of a cell, None for an empty one. Raises BadCell with the reason."""
        if empty(cell):
            return None
        if isinstance(cell, datetime):
            found: date | Numeric | None = cell.date()
        elif isinstance(cell, date):
            found = cell
        elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
            found = serial(cell) or (date_form(str(int(cell))) if cell == int(cell) else None)
        else:
            found = date_form(cell.strip()) if isinstance(cell, str) else None
        if isinstance(found, Numeric):
            found = self._ordered(found, str(cell).strip())
        if found is None:
            raise BadCell(f"'{str(cell).strip()[:40]}' is not a date")
        if not 1950 <= found.year <= 2100:
            raise BadCell(f"'{str(cell).strip()[:40]}' is not a date of this century's work")
        return found

    def _ordered(self, form: Numeric, text: str) -> date:
        found = form.as_date(self.day_first)
        if found is not None:
            return found
        order = "day first" if self.day_first else "month first"
        if form.as_date(not self.day_first) is not None:
            raise BadCell(f"'{text[:40]}' contradicts the column, which is written {order}")
        raise BadCell(f"'{text[:40]}' is not a date: there is no such day")


def date_style(cells: Iterable[Cell]) -> DateStyle:
    """The style of a column. One value proves it; with proofs of both orders the more frequent stands and the others contradict it."""
    day = month = either = dotted = 0
    for text, times in Counter(c for c in cells if isinstance(c, str)).items():
        form = date_form(text.strip()) if text and not text.isspace() else None
        if isinstance(form, Numeric):
            as_day, as_month = form.as_date(True) is not None, form.as_date(False) is not None
            day += times * (as_day and not as_month)
            month += times * (as_month and not as_day)
            either += times * (as_day and as_month)
            dotted += times * form.dotted
    first = day > month
    return DateStyle(first, max(day, month), min(day, month), either, dotted > (day + month + either) / 2)


@dataclass
class NumberStyle:
    """Which sign stands before the decimals of a column: ',' or '.'; with proofs as in DateStyle."""

    decimal: str = "."
    proved: int = 0
    against: int = 0
    ambiguous: int = 0

    def read(self, cell: Cell) -> Decimal | None:
        """The number of a cell, None for an empty one. Raises BadCell with the reason; what can't be read is never zero."""
        if empty(cell):
            return None
        if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
            raise BadCell(f"'{cell}' is not a number")
        if not isinstance(cell, str):
            return Decimal(repr(round(cell, 6)))
        found = self._text(cell)
        if isinstance(found, str):
            raise BadCell(found)
        return found

    def _text(self, text: str) -> Decimal | str:
        sign, body = bare_number(text)
        if body is None:
            return f"'{text.strip()[:40]}' is not a number"
        if body in ("", "-"):
            return Decimal(0)  # a spreadsheet's accounting zero: '$ -'
        proof = decimal_of(body)
        if proof not in ("", self.decimal):
            return f"'{text.strip()[:40]}' contradicts the column, whose decimals stand behind '{self.decimal}'"
        group = "," if self.decimal == "." else "."
        whole = body.partition(self.decimal)[0]
        if group in whole and not re.fullmatch(rf"\d{{1,3}}(\{group}\d{{2,3}})*\{group}\d{{3}}", whole):
            return f"'{text.strip()[:40]}' is not a number"
        try:
            return sign * Decimal(body.replace(group, "").replace(self.decimal, "."))
        except InvalidOperation:
            return f"'{text.strip()[:40]}' is not a number"


_CURRENCY = re.compile(
    r"US\$|CA\$|A\$|R\$|[$€£¥₹₽฿]|(?<=\d)\s*,-+$|"
    r"\b(?:USD|EUR|GBP|CAD|AUD|NZD|CHF|SEK|NOK|DKK|MXN|BRL|PLN|Fr\.?|kr\.?|zł)(?![a-z])",
    re.I,
)
_BODY = re.compile(r"^\d[\d.,]*$|^[.,]\d+$")


@lru_cache(maxsize=100_000)
def bare_number(text: str) -> tuple[int, str | None]:
    """Sign and digits of a written amount: '($1,234.50)' → (-1, '1,234.50'). Digits None where it is no number, '' for '$ -'."""
    raw = text.strip().replace("−", "-").replace("–", "-")
    money = _CURRENCY.search(raw) is not None
    raw = re.sub(r"[\s\u00a0\u202f'’]", "", _CURRENCY.sub("", raw))
    sign = 1
    if raw.startswith("(") and raw.endswith(")"):
        raw, sign = raw[1:-1], -1
    if raw.startswith("-") or (raw.endswith("-") and len(raw) > 1):
        raw, sign = raw.strip("-"), -sign
    raw = raw.removeprefix("+")
    if money and raw in ("", "-"):
        return 1, ""
    return sign, raw if _BODY.match(raw) else None


def decimal_of(body: str) -> str:
    """The decimal sign that a number proves by itself: ',' or '.', '' where it proves none."""
    comma, point = body.rfind(","), body.rfind(".")
    if comma >= 0 and point >= 0:
        return "," if comma > point else "."
    at = max(comma, point)
    if at < 0:
        return ""
    mark, swapped = body[at], "." if body[at] == "," else ","
    if body.count(mark) > 1:
        return swapped  # a mark that stands twice groups thousands
    if len(body) - at - 1 != 3 or at == 0 or at > 3 or body.startswith("0"):
        return mark
    return ""


def number_style(cells: Iterable[Cell]) -> NumberStyle:
    """The style of a column of numbers, by the proofs of its values; points before decimals where none is proved."""
    proofs = {",": 0, ".": 0, "": 0}
    for text, times in Counter(c for c in cells if isinstance(c, str) and ("," in c or "." in c)).items():
        body = bare_number(text)[1]
        if body:
            proofs[decimal_of(body)] += times
    mark = "," if proofs[","] > proofs["."] else "."
    return NumberStyle(mark, proofs[mark], proofs["." if mark == "," else ","], proofs[""])


_SPAN = re.compile(r"^(?:(\d+)\s*h(?:rs?|ours?|\.)?\s*(?:and\s|,\s?)?\s*)?(?:(\d+)\s*(?:m(?:ins?|inutes?|\.)?)?)?$", re.I)
_DAYS = re.compile(r"^~?\s*([\d.,]+)\s*(?:work(?:ing)?|business|labou?r|calendar)?[\s-]*([a-zä]+)\.?$")
_DAY_UNITS = {
    1: "d day days tag tage tagen dia dias jour jours wd", 5: "w wk wks week weeks woche wochen semana semanas semaine semaines",
    20: "mo mon mons month months monat monate mes meses mois",
}  # fmt: skip
DAY_UNITS = {word: days for days, words in _DAY_UNITS.items() for word in words.split()}


def hours_of(cell: Cell, style: NumberStyle) -> Decimal | None:
    """Hours: '7.5', '7:30', '7 h 30', '450 min', '7,5 Std', a spreadsheet's duration. Raises BadCell."""
    if isinstance(cell, timedelta):
        return Decimal(repr(round(cell.total_seconds() / 3600, 6)))
    if isinstance(cell, time):
        return (Decimal(cell.hour * 60 + cell.minute) / 60).quantize(Decimal("0.0001"))
    if isinstance(cell, datetime):
        raise BadCell(f"'{cell}' is a date, not hours")
    if not isinstance(cell, str) or empty(cell):
        return style.read(cell)
    text = cell.strip()
    if clock := re.fullmatch(r"(\d+):([0-5]\d)(?::[0-5]\d)?", text):
        return (Decimal(int(clock[1]) * 60 + int(clock[2])) / 60).quantize(Decimal("0.0001"))
    if (span := _SPAN.match(text)) and (span[1] or "m" in text.lower()):
        return (Decimal(int(span[1] or 0) * 60 + int(span[2] or 0)) / 60).quantize(Decimal("0.0001"))
    return style.read(re.sub(r"\s*(?:hours?|hrs?\.?|h|std\.?|stunden|horas|heures)\s*$", "", text, flags=re.I))


def days_of(cell: Cell, style: NumberStyle) -> Decimal | None:
    """Working days: '12', '12 days', '3 wks' (5 days a week, 20 a month, as scheduling programs count), '6 h' (8 a day, at least one).

    Raises BadCell; '20 calendar days' is none, since nobody says which of them were worked.
    """
    text = folded(cell.strip()) if isinstance(cell, str) else ""
    found = _DAYS.match(text)
    if found and found[2] in DAY_UNITS and "calendar" not in text:
        number = style.read(found[1])
        return None if number is None else (number * DAY_UNITS[found[2]]).to_integral_value(ROUND_CEILING)
    if isinstance(cell, timedelta) or (text and any(unit in text for unit in ("h", "m", ":"))):
        hours = hours_of(cell, style)
        return None if hours is None else max(Decimal(1), (hours / 8).to_integral_value(ROUND_CEILING))
    return style.read(cell)


def says_unit(cell: Cell) -> bool:
    """A duration that names its unit: '3 days', '2 h', '4:30'; a bare number does not."""
    return isinstance(cell, timedelta) or (isinstance(cell, str) and bool(re.search(r"\d\s*[a-zA-Z]|\d:\d", cell)))
