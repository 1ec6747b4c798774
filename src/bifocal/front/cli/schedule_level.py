"""Levelling for the command line: needs and limits from the file, the clock, and the answer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from bifocal.engines.cpm.calendars import Table
from bifocal.engines.cpm.formats import ScheduleFile, Stored
from bifocal.engines.cpm.levelling.level import Levelled, level
from bifocal.front.cli.schedule_json import iso
from bifocal.lib.errors import Invalid


def levelled(file: ScheduleFile, limits: list[str], seconds: float, seed: int) -> Levelled:
    """Level a file within some CPU seconds. Raises Invalid for a limit that can't be read or kept."""
    names = {r.id: r.code or r.name for r in file.resources if r.kind in ("labor", "equipment")}
    have = {r.id: round(max(r.units, 0.0) * 1000) for r in file.resources if r.id in names and r.levelled}
    for text in limits:
        name, _, amount = text.rpartition("=")
        keys = [k for k, v in names.items() if name in (v, k)] + [r.id for r in file.resources if r.name == name and r.id in names]
        try:
            value = round(float(amount) * 1000)
        except ValueError:
            raise Invalid(f"'{text}' is no limit. Write it as CREW=2.", field="limit") from None
        if not keys or value < 0:
            raise Invalid(f"There is no resource {name} in this file." if not keys else "A limit is not negative.", field="limit")
        have[keys[0]] = value
    needs: dict[str, dict[str, int]] = {}
    for a in file.assignments:
        if a.resource in have and a.remaining > 0:
            wants = needs.setdefault(a.activity, {})
            wants[a.resource] = wants.get(a.resource, 0) + round(a.units * 1000)
    have = {names[r]: amount for r, amount in have.items()}
    named = {key: {names[r]: x for r, x in wants.items()} for key, wants in needs.items()}
    begin = time.process_time()
    return level(file.network, named, have, seed=seed, most=100_000, stop=lambda: not time.process_time() - begin <= seconds)


def answer(file: ScheduleFile, found: Levelled) -> dict[str, Any]:
    """The levelled dates as data."""
    from bifocal.engines.cpm.compute import schedule

    plain = schedule(file.network)
    calendars = {c.id: c for c in file.network.calendars}
    tables: dict[str, Table] = {}
    rows = []
    for a in file.network.activities:
        if a.id not in found.spans:
            continue
        start, finish = found.spans[a.id]
        table = tables.get(a.calendar) or tables.setdefault(a.calendar, Table(calendars[a.calendar], start, finish))
        delay = table.work(plain.dates[a.id].early_start, start)
        rows.append({"id": a.code, "name": a.name, "start": iso(start), "finish": iso(finish), "delay_minutes": delay})
    return {
        "unlevelled": iso(found.unlevelled), "finish": iso(found.finish), "bound": iso(found.bound), "rule": found.rule,
        "gap": round((found.finish - found.bound) / max(1, found.bound - min(p.start for p in file.network.projects)), 6),
        "rules": {k: iso(v) for k, v in found.rules.items()}, "schedules": found.schedules, "activities": rows,
    }  # fmt: skip


def written(file: ScheduleFile, found: Levelled) -> ScheduleFile:
    """The file with levelled starts and finishes; early and late dates stay what they were, as P6 keeps them."""
    stored = {
        key: replace(file.stored.get(key, Stored()), start=span[0], finish=span[1]) for key, span in found.spans.items()
    }  # fmt: skip
    return replace(file, stored={**file.stored, **stored})
