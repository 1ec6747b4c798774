"""How things are shown: money, dates, durations, status, icons. One place."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bifocal.core.actor import Actor
from bifocal.core.custom import definitions
from bifocal.core.needs import right_of
from bifocal.front.rights import ROLES
from bifocal.front.sentences import say_parts
from bifocal.front.words import spoken
from bifocal.lib import periods
from bifocal.lib.ids import uuid7
from bifocal.lib.money import dollars

register = template.Library()
CODES = re.compile(r"\b(epa608|hvac)\b")
LINKS = {
    "customer": "/customers/{}",
    "job": "/jobs/{}",
    "invoice": "/invoices/{}",
    "document": "/documents/{}",
    "visit": "/visits/{}",
    "site": "/sites/{}",
    "person": "/people",
    "item": "/stock",
    "vendor": "/money?tab=bills",
    "bill": "/money?tab=bills",
    "payapp": "/payapps/{}",
    "commitment": "/commitments/{}",
    "subapp": "/subapps/{}",
    "estimate": "/estimates/{}",
    "assembly": "/assemblies",
    "bid_package": "/bids/{}",
    "contact": "/contacts/{}",
    "equipment": "/equipment/{}",
}


@register.filter
def word(value: object) -> str:
    """A state as people say it."""
    text = spoken(str(value or "").strip())
    return _(text) if text else ""


@register.filter
def said(value: object) -> str:
    """A sentence of the rules, or several joined, in the language of the page; codes of skills as people say them."""
    return CODES.sub(lambda code: word(code[0]), say_parts(str(value or "")))


@register.simple_tag
def chip(value: object) -> SafeString:
    """A status: word, color and shape."""
    return format_html('<span class="chip {}">{}</span>', value, word(value))


@register.simple_tag
def lens(job: Any) -> SafeString:
    """Which lens looks at a job."""
    return format_html('<span class="chip {}">{}</span>', job.lens, _("Project") if job.lens == "project" else _("Service"))


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite; always beside a word."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("dist/icons.svg"), name)


@register.filter
def money(value: Decimal | None) -> SafeString | str:
    """1,234.50; negative ones in red with their sign."""
    if value is None or value == "":
        return ""
    text = dollars(Decimal(value))
    return format_html('<span class="neg">{}</span>', text) if Decimal(value) < 0 else text


@register.filter
def dash(value: Decimal | None) -> SafeString | str:
    """Money, with a dash for nothing: a column of zeros hides what is there."""
    return format_html('<span class="sub none">{}</span>', "–") if not value else money(value)


@register.filter
def number(value: int | None) -> str:
    """6,077"""
    return "" if value is None else f"{value:,}"


@register.filter
def dollars_(value: Decimal | None) -> str:
    """$1,235: a figure to take in, not to check; its page has the cents."""
    if value is None or value == "":
        return ""
    rounded = round(Decimal(value))
    return f"-${-rounded:,}" if rounded < 0 else f"${rounded:,}"


register.filter("dollars", dollars_)


@register.filter
def whole(value: Decimal | float | None) -> str:
    """Hours and counts without a fraction: 1,240"""
    return "" if value is None else f"{round(value):,}"


@register.filter
def times(value: int, factor: int) -> int:
    """For places in a drawing."""
    return int(value) * int(factor)


@register.filter
def minutes(value: int | None) -> str:
    """90 minutes as '1 h 30', 20 as '20 min'."""
    if value is None:
        return ""
    return f"{value} min" if 0 < abs(value) < 60 else hours(Decimal(value) / 60)


@register.filter
def column_query(name: str) -> str:
    """The filter of the jobs' list that a column of the board stands for."""
    state = {"waiting_on_parts": "on_hold", "ready_to_bill": "done"}.get(name, name)
    return f"work_status={state}"


@register.simple_tag
def today() -> str:
    """Tuesday, 24 November"""
    return date_format(timezone.localdate(), "l, j F")


@register.filter
def day_month(value: date) -> str:
    """24 Nov"""
    return date_format(value, f"j {_month()}") if value else ""


def _month() -> str:
    """The letter of a short month: Nov in English, nov in Spanish."""
    return "M" if (get_language() or "en").startswith("en") else "b"


@register.filter
def past(value: date | None) -> bool:
    """Whether a day is over."""
    return bool(value) and value < timezone.localdate()  # type: ignore[operator]


@register.filter
def gone(value: datetime | None) -> bool:
    """Whether a moment is over."""
    return value is not None and value <= timezone.now()


@register.simple_tag
def share(part: Decimal | None, whole: Decimal | None) -> SafeString | str:
    """How much of a whole is reached: a bar with its figure."""
    if not whole:
        return ""
    percent = round((part or Decimal(0)) * 100 / whole)
    return format_html(
        '<progress max="100" value="{}" aria-label="{}%"></progress> <span class="sub">{}%</span>', percent, percent, percent
    )


@register.filter
def quantity(value: Decimal | str | None) -> str:
    """1.5 rather than 1.5000; nothing where there is nothing."""
    return "" if value in (None, "") else f"{Decimal(value).normalize():f}"


@register.filter
def percent(value: Decimal | None) -> str:
    """18.4%"""
    return "" if value is None else f"{Decimal(value) * 100:.1f}%"


@register.filter
def rate(value: Decimal) -> str:
    """6%, 8.875%: as many places as it has."""
    return f"{(Decimal(value) * 100).normalize():f}%"


@register.filter
def day(value: date | datetime | None, zone: str = "") -> str:
    """Mon 14 Mar, with the year where it is not this one; a moment's day by the branch's clock."""
    if not value:
        return ""
    local = value.astimezone(ZoneInfo(zone or settings.TIME_ZONE)).date() if isinstance(value, datetime) else value
    year = "" if local.year == timezone.localdate().year else " Y"
    return date_format(local, f"D j {_month()}{year}")


@register.filter
def clock(value: datetime | None, zone: str = "") -> str:
    """8 am, 8:30 am, in the branch's zone."""
    if not value:
        return ""
    return periods.clock(value.astimezone(ZoneInfo(zone or settings.TIME_ZONE)), short=True)


@register.filter
def moment(value: datetime | None, zone: str = "") -> str:
    """Mon 14 Mar 8:30 am"""
    return f"{day(value, zone)} {clock(value, zone)}" if value else ""


@register.filter
def span(value: Any, zone: str = "") -> str:
    """8 am-10 am of a range."""
    if not value:
        return ""
    return f"{clock(value.lower, zone)} – {clock(value.upper, zone)}" if value.upper else f"{clock(value.lower, zone)} –"


@register.filter
def hours(value: Decimal | None) -> str:
    """1 h 30; less than an hour as 20 min"""
    if value is None:
        return _("running")
    minutes = int((Decimal(value) * 60).to_integral_value())
    if 0 < abs(minutes) < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes % 60 else f"{minutes // 60} h"


@register.simple_tag
def custom_fields(kind: str, record: Any) -> list[dict[str, Any]]:
    """A record's own fields with their values, as they are shown and as a form holds them."""
    out = []
    for f in definitions(kind):
        value = record.custom.get(f.name)
        shown = value
        if f.sort == "yes_no" and value is not None:
            shown = _("yes") if value else _("no")
        elif f.sort == "date" and value:
            shown = day(date.fromisoformat(value))
        out.append(
            {"name": f.name, "label": f.label, "sort": f.sort, "choices": f.choices, "required": f.required, "value": value, "shown": shown}
        )
    return out


@register.filter
def may(actor: Actor, command: str) -> bool:
    """Whether this actor's button for a command can work: by the right that the command itself asks for."""
    right = right_of(command)
    return not right or actor.can(right)


@register.filter
def who_may(command: str) -> str:
    """The roles that may run a command, in words: 'bookkeeper, owner'."""
    right = right_of(command)
    return ", ".join(sorted(word(role) for role, rights in ROLES.items() if right in rights or "*" in rights))


@register.simple_tag(takes_context=True)
def th(context: Any, key: str, label: str, side: str = "") -> SafeString:
    """A column's head that sorts its list, and says how it is sorted."""
    shown = context["list"]
    now, down = shown["sort"].lstrip("-"), shown["sort"].startswith("-")
    query = f"{shown['unsorted']}&" if shown["unsorted"] else ""
    to = f"-{key}" if now == key and not down else key
    state = ("descending" if down else "ascending") if now == key else "none"
    mark = ("↓" if down else "↑") if now == key else ""
    head = '<th class="{}" aria-sort="{}"><a href="?{}sort={}">{}<span aria-hidden="true">{}</span></a></th>'
    return format_html(head, side, state, query, to, label, mark)


@register.filter
def href(kind: str, uid: object) -> str:
    """Where a record's page is."""
    return LINKS.get(kind, "#").format(uid)


@register.simple_tag
def request_id() -> str:
    """A new id for a form: sent twice, it acts once."""
    return str(uuid7())


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """mapping[key]"""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def pairs(mapping: Any) -> list[tuple[Any, Any]]:
    """The pairs of a mapping, also of one that has a key called 'items'."""
    return list(mapping.items()) if isinstance(mapping, dict) else []
