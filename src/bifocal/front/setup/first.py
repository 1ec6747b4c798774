"""The first visitor: a one-time link, printed on the terminal of whoever started the server, makes the owner."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from bifocal.core import links
from bifocal.core.models import AccessLink, User
from bifocal.core.subject import Subject
from bifocal.front.setup.commands import FIRST_OWNER


def invitation() -> str | None:
    """A new token while nobody can sign in (older ones stop working), else None. It lives for seven days."""
    if User.objects.exists():
        return None
    now = datetime.now(UTC)
    AccessLink.objects.filter(purpose=FIRST_OWNER, revoked_at=None).update(revoked_at=now)
    made = links.make_link(
        subject=Subject("company", UUID(int=1)), purpose=FIRST_OWNER, rights=["company.found"], name="First owner", email="",
        now=now, days=7,
    )  # fmt: skip
    return made[1]
