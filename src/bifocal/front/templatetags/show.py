"""How things are shown: money, dates, durations, status, icons. One place."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bifocal.lib.ids import uuid7
from bifocal.lib.money import dollars

register = template.Library()
WORDS = {
    "in_progress": "in progress",
    "on_hold": "on hold",
    "ready_to_bill": "ready to bill",
    "cancelled": "canceled",
    "en_route": "en route",
    "on_site": "on site",
    "in_review": "in review",
    "part_billed": "part billed",
    "part_paid": "part paid",
    "deposit_held": "deposit held",
    "not_billable": "not billable",
    "work_required": "work required",
    "ready_for_review": "ready for review",
    "partially_paid": "partially paid",
    "revise_and_resubmit": "revise and resubmit",
    "time_and_materials": "time and materials",
    "w9": "W-9",
    "waiting_on_parts": "waiting on parts",
}
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
    "contact": "/customers",
    "equipment": "/customers",
}


@register.filter
def word(value: object) -> str:
    """A state as people say it."""
    text = str(value)
    return _(WORDS.get(text, text.replace("_", " ")))


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
def quantity(value: Decimal | None) -> str:
    """1.5 rather than 1.5000."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


@register.filter
def percent(value: Decimal | None) -> str:
    """18.4%"""
    return "" if value is None else f"{Decimal(value) * 100:.1f}%"


@register.filter
def day(value: date | datetime | None) -> str:
    """Mon 14 Mar, with the year where it is not this one."""
    if not value:
        return ""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return local.strftime("%a %-d %b" if local.year == timezone.localdate().year else "%a %-d %b %Y")


@register.filter
def clock(value: datetime | None, zone: str = "") -> str:
    """8 am, 8:30 am, in the branch's zone."""
    if not value:
        return ""
    local = value.astimezone(ZoneInfo(zone or settings.TIME_ZONE))
    return local.strftime("%-I:%M %p").lower().replace(":00", "")


@register.filter
def moment(value: datetime | None) -> str:
    """Mon 14 Mar 8:30 am"""
    return f"{day(value)} {clock(value)}" if value else ""


@register.filter
def span(value: Any) -> str:
    """8 am-10 am of a range."""
    return f"{clock(value.lower)} – {clock(value.upper)}" if value and value.upper else (f"{clock(value.lower)} –" if value else "")


@register.filter
def hours(value: Decimal | None) -> str:
    """1 h 30"""
    if value is None:
        return _("running")
    minutes = int((Decimal(value) * 60).to_integral_value())
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes % 60 else f"{minutes // 60} h"


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


@register.filter
def fact_words(name: str) -> str:
    """'VisitScheduled' as 'Visit scheduled'."""
    out = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return out[:1].upper() + out[1:]
