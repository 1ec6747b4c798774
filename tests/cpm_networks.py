"""Random networks from a seed: 100 activities, all link types, lags and leads, three calendars, constraints, progress out of sequence."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

from bifocal.engines.cpm import Activity, Calendar, Constraint, Kind, Limit, Link, Network, Options, Project, minute, moment, weekly
from bifocal.engines.cpm.calendars import DAY, Table

START = minute(datetime(2025, 1, 6, 8))
SIX = [Limit.START_AFTER, Limit.FINISH_BEFORE, Limit.START_BEFORE, Limit.FINISH_AFTER, Limit.START_ON, Limit.FINISH_ON]
# name -> (calendars, share constrained, progress); 40 networks of each
SORTS = {
    "one calendar": (1, 0.0, 0.0), "three calendars": (3, 0.0, 0.0), "constraints": (3, 0.06, 0.0), "progress": (3, 0.0, 0.4),
    "constraints and progress": (3, 0.06, 0.4),
}  # fmt: skip


def calendars(rng: random.Random, how_many: int) -> tuple[Calendar, ...]:
    """Five days of 8 hours, six of 10 with a long day, seven of 8; ten holidays each."""

    def holidays() -> dict[date, tuple[()]]:
        return {date(2025, 1, 1) + timedelta(days=rng.randrange(900)): () for _ in range(10)}

    five = weekly("1")
    six = weekly("2", "Mon Tue Wed Thu Fri Sat", "07:00-12:00 13:00-18:00")
    seven = weekly("3", "Mon Tue Wed Thu Fri Sat Sun", "08:00-16:00")
    names = ("5x8", "6x10", "7x8")
    return tuple(replace(c, exceptions=holidays(), name=n) for c, n in zip((five, six, seven), names, strict=True))[:how_many]


def network(seed: int, sort: str, n: int = 100) -> Network:
    """The network of a seed; nothing of the engine but its calendar tables takes part in making it."""
    how_many, constrained, progress = SORTS[sort]
    rng = random.Random(f"{seed} {sort}")
    cals = calendars(rng, how_many)
    acts = [_activity(rng, i, cals, constrained) for i in range(n)]
    links = _links(rng, n)
    data_date = START
    if progress:
        acts, data_date = _progressed(rng, acts, links, cals, progress)
    options = Options(total_float="smallest")
    return Network((Project("1", START, data_date, None, "1", options, f"N{seed}"),), cals, tuple(acts), tuple(links))


def _activity(rng: random.Random, i: int, cals: tuple[Calendar, ...], constrained: float) -> Activity:
    kind = rng.choice([Kind.START, Kind.FINISH]) if rng.random() < 0.06 else Kind.TASK
    hours = 0 if kind is not Kind.TASK else rng.choice([4, 8, 12, 16, 24, 40, 60, 80, 120])
    held = None
    if rng.random() < constrained:
        limit = rng.choice(SIX)
        at = datetime(2025, 1, 6, 8 if "start" in limit.value else 17) + timedelta(days=rng.randrange(10, 300))
        held = Constraint(limit, minute(at))
    return Activity(
        str(i + 1), f"A{i:04d}", rng.choice(cals).id, hours * 60, hours * 60, f"A{i}", kind, "1", hours * 60, constraint=held, parent="1"
    )


def _links(rng: random.Random, n: int) -> list[Link]:
    seen, out = set(), []
    for i in range(1, n):
        for _ in range(rng.choice([1, 1, 2, 2, 3])):
            j = rng.randrange(max(0, i - 15), i)
            if (j, i) not in seen:
                seen.add((j, i))
                kind = rng.choices(["FS", "SS", "FF", "SF"], [70, 13, 13, 4])[0]
                lag = rng.choice([-480, -240, 240, 480, 960, 1440]) if rng.random() < 0.5 else 0
                out.append(Link(str(j + 1), str(i + 1), kind, lag))
    return out


def _progressed(
    rng: random.Random, acts: list[Activity], links: list[Link], cals: tuple[Calendar, ...], part: float
) -> tuple[list[Activity], int]:
    """Actuals up to a data date, by a rough plan in elapsed time; one in twenty out of sequence."""
    tables = {c.id: Table(c, START, START + 900 * DAY) for c in cals}
    rough: dict[str, tuple[int, int]] = {}
    into: dict[str, list[Link]] = {}
    for li in links:
        into.setdefault(li.after, []).append(li)
    for a in acts:
        at = START
        for li in into.get(a.id, []):
            start, finish = rough[li.before]
            wish = {"FS": finish, "SS": start, "FF": finish - a.duration * 4, "SF": start - a.duration * 4}[li.type] + li.lag * 4
            at = max(at, wish)
        begin = tables[a.calendar].next_start(at)
        rough[a.id] = (begin, tables[a.calendar].add(begin, a.duration))
    end = max(f for _, f in rough.values())
    now = minute(moment(int(START + (end - START) * part)).replace(hour=8, minute=0))
    return [_actual(rng, a, *rough[a.id], now) for a in acts], now


def _actual(rng: random.Random, a: Activity, start: int, finish: int, now: int) -> Activity:
    done, begun = finish <= now, start < now
    if rng.random() < 0.05:
        done, begun = rng.choice([(False, False), (False, True), (True, True)])
    shift = rng.choice([0, 0, 0, -60, 120, 240, 480])
    if done:
        began = min(start + shift, now - 60)
        ended = began if a.milestone else max(began, min(finish + shift, now))
        return replace(a, actual_start=began, actual_finish=ended, remaining=0)
    if begun and not a.milestone:
        left = rng.choice([a.duration, a.duration // 2, 60, a.duration * 3 // 4 // 60 * 60 or 60])
        return replace(a, actual_start=min(start + shift, now - 60 if rng.random() < 0.9 else now), remaining=left)
    return a
