"""At the set hour of each branch's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from bifocal.bridges.roster.models import RosterHour, RosterSent
from bifocal.bridges.roster.queries import next_working_day
from bifocal.core.actor import system
from bifocal.core.commands import Call, execute
from bifocal.core.models import Branch


@app.periodic(cron="*/10 * * * *")
@app.task(name="roster.send_due", queueing_lock="roster")
def send_due(timestamp: int) -> None:
    """Every branch whose clock has passed the hour on a working day, and whose roster has not gone out: now."""
    now, held = datetime.fromtimestamp(timestamp, UTC), RosterHour.get()
    for branch in Branch.objects.order_by("id") if held.on else ():
        day = next_working_day(branch, now)
        if now.astimezone(ZoneInfo(branch.tz)).hour >= held.hour and not RosterSent.objects.filter(branch=branch, day=day).exists():
            args = {"branch": branch.code, "day": day}
            execute("roster.send", args, actor=system("roster"), call=Call.new(occurred_at=now))
