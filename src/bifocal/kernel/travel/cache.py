"""Driving times kept by pair of places (to a metre or so) in one SQLite file: what was asked once is not asked again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bifocal.engines.routing.problem import Travel
from bifocal.kernel.travel.ports import TravelTimes
from bifocal.lib.places import Point

Ints = NDArray[np.int64]


class Cached:
    """Another source behind a file. One row a starting place: where to, seconds, metres, sorted by where to."""

    def __init__(self, source: TravelTimes, file: Path) -> None:
        self.source, self.file, self.name = source, file, source.name
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as db:
            db.execute("create table if not exists drive (source text, place integer, rows blob, primary key (source, place))")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=30)

    def matrix(self, points: Sequence[Point]) -> Travel:
        """From the file where all pairs are known; else the whole is asked for and kept."""
        keys = np.array([_key(p) for p in points], dtype=np.int64)
        known = self._known(keys)
        if known is None:
            asked = self.source.matrix(points)
            self._keep(keys, asked)
            return asked
        seconds, metres = known
        return Travel(tuple(map(tuple, seconds.tolist())), tuple(map(tuple, metres.tolist())))

    def _known(self, keys: Ints) -> tuple[Ints, Ints] | None:
        seconds = np.zeros((len(keys), len(keys)), dtype=np.int64)
        metres = seconds.copy()
        with self._open() as db:
            for n, key in enumerate(keys.tolist()):
                row = _row(db, self.name, key)
                at = np.searchsorted(row[0], keys)
                if not len(row[0]) or at.max() >= len(row[0]) or not np.array_equal(row[0][at], keys):
                    return None
                seconds[n], metres[n] = row[1][at], row[2][at]
        return seconds, metres

    def _keep(self, keys: Ints, travel: Travel) -> None:
        with self._open() as db:
            for n, key in enumerate(keys.tolist()):
                old = _row(db, self.name, key)
                new = np.array([keys.tolist(), travel.seconds[n], travel.metres[n] or [0] * len(keys)], dtype=np.int64)
                _places, first = np.unique(np.concatenate([new[0], old[0]]), return_index=True)
                merged = np.concatenate([new, old], axis=1)[:, first]
                db.execute("insert or replace into drive values (?, ?, ?)", (self.name, key, merged.tobytes()))


def _key(point: Point) -> int:
    return (round((point[0] + 90) * 100_000) << 26) | round((point[1] + 180) * 100_000)


def _row(db: sqlite3.Connection, source: str, key: int) -> Ints:
    found = db.execute("select rows from drive where source = ? and place = ?", (source, key)).fetchone()
    return np.frombuffer(found[0], dtype=np.int64).reshape(3, -1) if found else np.zeros((3, 0), dtype=np.int64)
