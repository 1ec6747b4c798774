"""Human numbers: from a counter row, locked last in the command, given on post or open, never on a draft."""

from __future__ import annotations

from django.db import connection


def next_number(series: str, prefix: str = "", *, width: int = 0) -> str:
    """The next number of a series, like 'INV-10482'. A rolled-back command gives its number back: no gaps."""
    with connection.cursor() as cur:
        cur.execute(
            "insert into core_counter (series, value) values (%s, 1)"
            " on conflict (series) do update set value = core_counter.value + 1 returning value",
            [series],
        )
        value = cur.fetchone()[0]
    return f"{prefix}{value:0{width}d}" if width else f"{prefix}{value}"


def set_counter(series: str, value: int) -> None:
    """Start or move a series forward (loaders). It never goes back."""
    with connection.cursor() as cur:
        cur.execute(
            "insert into core_counter (series, value) values (%s, %s)"
            " on conflict (series) do update set value = greatest(core_counter.value, excluded.value)",
            [series, value],
        )


def next_numbers(series: str, prefix: str, count: int) -> list[str]:
    """`count` numbers of a series at once, for bulk writes; as gapless as `next_number`."""
    if count < 1:
        return []
    with connection.cursor() as cur:
        cur.execute(
            "insert into core_counter (series, value) values (%s, %s)"
            " on conflict (series) do update set value = core_counter.value + excluded.value returning value",
            [series, count],
        )
        last = cur.fetchone()[0]
    return [f"{prefix}{n}" for n in range(last - count + 1, last + 1)]
