"""What speaks for and against a row, said to people: the rules' reasons in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bifocal.front.templatetags.show import minutes
from bifocal.front.words import spoken
from bifocal.service.board.rules import Reason

LONG = ("minutes", "late")  # values that are minutes


def say_reason(reason: Reason, tz: str) -> str:
    """One reason as a short sentence."""
    v = {k: minutes(x) if isinstance(x, int) and k in LONG else _shown(x, tz) for k, x in reason.values.items() if k != "of"}
    if reason.code == "member" and isinstance(of := reason.values.get("of"), Reason):
        return f"{v['name']}: {say_reason(of, tz)}"
    known = {
        "not_dispatched": _("is not dispatched to calls"),
        "banned": _("the customer does not want them: {why}"),
        "skill": _("does not hold {skill}"),
        "expired": _("{skill} expired on {on}"),
        "taken": _("is on {label} until {until}"),
        "drive_there": _("{minutes} from {label}: {late} late"),
        "drive": _("{minutes} drive"),
        "drive_on": _("{minutes} on to {label}: that starts {late} late"),
        "day_off": _("day off"),
        "overtime": _("{minutes} overtime"),
        "early": _("{minutes} before the shift"),
        "zone": _("outside of their zones ({zone})"),
        "promise": _("outside of the promised window {from} – {to}"),
        "crew_lead": _("nobody of the crew may lead it"),
        "away": _("not on the board: {names}"),
        "more": _("{more} more needed; free then: {names}"),
        "too_few": _("{more} more needed, and too few are free then"),
    }
    return known[reason.code].format(**v)


def say_all(found: Iterable[Reason], tz: str) -> str:
    """Reasons one after the other; nothing that matters: 'fits'."""
    return "; ".join(say_reason(r, tz) for r in found) or _("fits")


def _shown(value: object, tz: str) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(tz)).strftime("%-I:%M %p").lower().replace(":00", "")
    if hasattr(value, "isoformat"):
        return date_format(value, "j M Y")  # type: ignore[arg-type]
    return _(spoken(value)) if isinstance(value, str) and value.isidentifier() else str(value)
