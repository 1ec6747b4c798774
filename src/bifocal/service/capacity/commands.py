"""Capacity: every write."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from bifocal.core.actor import Actor
from bifocal.core.commands import Call, command
from bifocal.core.facts import record
from bifocal.core.policy import require
from bifocal.core.subject import Subject
from bifocal.lib.ids import uuid7
from bifocal.service.capacity.facts import CapacitySet
from bifocal.service.capacity.models import Reserve


@command("capacity.set")
def set_capacity(
    *, reserve_percent: Annotated[Decimal, Field(ge=0, le=90)], drive_minutes: Annotated[int, Field(ge=0, le=180)], online: bool = False,
    days_ahead: Annotated[int, Field(ge=1, le=60)] = 10, actor: Actor, call: Call,
) -> dict[str, Any]:  # fmt: skip
    """Set what is held back of each shift for emergencies, the driving a call is reckoned at, and whether customers book online."""
    require(actor, "capacity.edit")
    row = Reserve.get()
    share = (reserve_percent / 100).quantize(Decimal("0.001"))
    Reserve.objects.filter(pk=row.pk).update(share=share, drive_minutes=drive_minutes, online=online, days_ahead=days_ahead)
    told = CapacitySet(share=str(share), drive_minutes=drive_minutes, online=online)
    record(told, about=Subject("capacity", uuid7()), actor=actor, call=call)
    return {"kind": "capacity", "share": share, "drive_minutes": drive_minutes, "online": online}
