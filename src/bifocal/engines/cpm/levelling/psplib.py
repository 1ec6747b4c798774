"""Instances of PSPLIB (Kolisch and Sprecher 1996) in their .sm form."""

from __future__ import annotations

from bifocal.engines.cpm.levelling.rcpsp import Problem
from bifocal.lib.errors import Invalid


def parse(text: str) -> Problem:
    """The problem of one file. Raises Invalid where its sections are missing."""
    lines = text.splitlines()
    try:
        relations = next(i for i, line in enumerate(lines) if line.startswith("PRECEDENCE RELATIONS"))
        requests = next(i for i, line in enumerate(lines) if line.startswith("REQUESTS/DURATIONS"))
        available = next(i for i, line in enumerate(lines) if line.startswith("RESOURCEAVAILABILITIES"))
        successors = [tuple(int(x) - 1 for x in line.split()[3:]) for line in _rows(lines, relations + 2)]
        rows = [[int(x) for x in line.split()] for line in _rows(lines, requests + 3)]
        capacities = tuple(int(x) for x in lines[available + 2].split())
    except (StopIteration, ValueError, IndexError):
        raise Invalid("This is not a PSPLIB file: its precedence, request or availability section is missing.") from None
    return Problem(tuple(r[2] for r in rows), tuple(successors), tuple(tuple(r[3:]) for r in rows), capacities)


def _rows(lines: list[str], start: int) -> list[str]:
    out = []
    for line in lines[start:]:
        if not line[:1].isspace() and not line[:1].isdigit():
            break
        if line.strip()[:1].isdigit():
            out.append(line)
    return out
