"""Refusals in the reader's language: the sentence is found among those of the catalogue, what was filled in is kept.

The rules speak English and know no catalogue. A sentence such as 'Dana is on J-12 until 3 pm.' is matched against the
message '{0} is on {1} until {2}.', and said again in the language of the page.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.utils.translation import get_language, gettext

LOCALE = Path(__file__).parent / "locale"
_HOLE = re.compile(r"\\\{(\d)\\\}")


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The messages with holes as patterns, the longest fixed text first: it is the most certain."""
    file = LOCALE / language / "LC_MESSAGES" / "django.mo"
    if not file.exists():
        return []
    from babel.messages.mofile import read_mo  # only who reads another language pays for it

    with file.open("rb") as raw:
        known = [(str(m.id), str(m.string)) for m in read_mo(raw) if m.id and m.string and "{0}" in str(m.id)]
    known.sort(key=lambda pair: -len(pair[0]))
    return [(re.compile(_HOLE.sub(r"(?P<h\1>.+?)", re.escape(source)), re.S), said) for source, said in known]


def say_parts(text: str) -> str:
    """Reasons of a line in the language of the page: several joined by '; ', each perhaps behind the name of its column."""
    parts = text.split("; ")
    known = [_say_part(part) for part in parts]
    if all(said != part for said, part in zip(known, parts, strict=True)):
        return "; ".join(known)
    whole = say(text)  # a sentence with a semicolon of its own
    return whole if whole != text else "; ".join(known)


def _say_part(part: str) -> str:
    for known in (part, f"{part}."):
        if (said := say(known)) != known:
            return said if part.endswith(".") else said.removesuffix(".")
    column, mark, rest = part.partition(": ")
    return f"{column}: {_say_part(rest)}" if mark and rest else part


def say(sentence: str) -> str:
    """The sentence in the language of the page; as it is where the catalogue does not know it."""
    language = (get_language() or "en").split("-")[0]
    if language == "en" or not sentence:
        return sentence
    exact = gettext(sentence)
    if exact != sentence:
        return exact
    for pattern, said in _patterns(language):
        found = pattern.fullmatch(sentence)
        if found:
            return re.sub(r"\{(\d)\}", lambda hole, of=found: say(of[f"h{hole[1]}"]), said)  # type: ignore[misc]
    return sentence
