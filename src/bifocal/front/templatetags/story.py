"""How the history of a record is told: facts and what they hold, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from bifocal.front.templatetags.show import day, moment, money, word
from bifocal.front.words import fact_name

register = template.Library()
MONEY = {"amount", "total", "price", "cost", "sum", "line4", "line5", "line8", "certified", "value", "retainage", "tax", "paid", "variance"}
HIDDEN = {"sha256", "prev_sha256", "uid", "request_id"}
_UID = re.compile(r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")
_STATE = re.compile(r"^[a-z]+([_ ][a-z]+){0,6}$")
_AMOUNT = re.compile(r"^-?\d+(\.\d+)?$")


@register.filter
def fact_words(name: str) -> str:
    """'VisitScheduled' as 'Visit scheduled'."""
    return _(fact_name(name))


@register.filter
def told(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """What a fact holds, as (what, value) in words; hashes, ids and empty values are left out."""
    return [(word(key), text) for key, text in _parts(payload) if text]


def _parts(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    was, now = payload.get("before"), payload.get("after")
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*now, *(k for k in was if k not in now)]:
            yield key, f"{_say(key, was.get(key)) or '–'} → {_say(key, now.get(key)) or '–'}"
    elif was and now and was != now:
        yield "state", f"{_say('state', was)} → {_say('state', now)}"
    for key, value in payload.items():
        if key not in ("before", "after") and key not in HIDDEN:
            yield key, _say(key, value)


def _say(key: str, value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_say(key, v) for v in value[:12])
    if isinstance(value, dict):
        return ", ".join(f"{word(k)} {_say(k, v)}" for k, v in list(value.items())[:8])
    text = str(value)
    if _UID.match(text):
        return ""
    if key in MONEY and _AMOUNT.match(text):
        return str(money(Decimal(text)))
    return _when(text) or (word(text) if _STATE.match(text) else text[:160])


def _when(text: str) -> str:
    try:
        if len(text) == 10:
            return day(date.fromisoformat(text))
        return moment(datetime.fromisoformat(text)) if len(text) >= 19 and text[4:5] == "-" else ""
    except ValueError:
        return ""
