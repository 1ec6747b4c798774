"""Schedule files read and written: XER, PMXML and MSPDI by our own code, the other formats through MPXJ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bifocal.engines.cpm.formats import mpxj, mspdi, mspdi_write, pmxml, pmxml_write, xer, xer_write
from bifocal.engines.cpm.formats.file import MOST_BYTES, Assignment, BadFile, Baseline, Code, Element, Resource, ScheduleFile, Stored
from bifocal.engines.cpm.formats.outline import with_breakdown
from bifocal.engines.cpm.model import Kind, Limit, Result

__all__ = [
    "Assignment", "BadFile", "Baseline", "Code", "Element", "Resource", "ScheduleFile", "Stored", "format_of", "load", "read", "unplaced",
    "with_dates", "write",
]  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0"  # what MPP and other Microsoft documents begin with


def load(path: Path) -> ScheduleFile:
    """Read a schedule file of any supported format. Raises BadFile in one sentence."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise BadFile(f"{path.name} is larger than {MOST_BYTES // 1024 // 1024} MB. Export fewer projects.")
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} can't be read: {(error.strerror or 'unknown error').lower()}.") from None
    if not data.strip():
        raise BadFile(f"{path.name} is empty.")
    return read(data, path)


def read(data: bytes, path: Path | None = None) -> ScheduleFile:
    """Read the bytes of a schedule file, its format known by what it holds. Raises BadFile in one sentence."""
    head = data[:4000].lstrip(b"\xef\xbb\xbf \r\n\t")
    text = head.replace(b"\0", b"")  # UTF-16 too
    if text.startswith(b"ERMHDR") or text[2:].startswith(b"ERMHDR"):
        return xer.read(data)
    if text.startswith(b"<") or text[2:].startswith(b"<"):
        if b"APIBusinessObjects" in text:
            return pmxml.read(data)
        if _is_mspdi(text) or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            return mspdi.read(data)
    if path is not None and (head.startswith(OLE) or path.suffix.lower() in MPXJ_SUFFIXES):
        return mpxj.read(path)
    return _unknown(path)


MPXJ_SUFFIXES = frozenset((
    ".mpp", ".mpt", ".mpx", ".mpd", ".pp", ".ppx", ".pep", ".ppf", ".gan", ".pod", ".sdef", ".bk3", ".fts", ".cdpx", ".cdpz", ".pmxml",
    ".sp", ".gnt", ".prx", ".stx", ".stw", ".planner", ".schedule_grid", ".db", ".sqlite", ".xml",
))  # fmt: skip


def _is_mspdi(text: bytes) -> bool:
    return b"schemas.microsoft.com/project" in text or b"<Project" in text or b"<!DOCTYPE" in text or b"<!ENTITY" in text


def _unknown(path: Path | None) -> ScheduleFile:
    name = path.name if path else "The file"
    raise BadFile(f"{name} is no schedule file that Bifocal knows: it reads XER, PMXML, MSPDI, and MPP and others through MPXJ.")


def format_of(path: Path) -> str:
    """The format a file is to be written in, by its name: .xer, .pmxml, or .xml (MSPDI; PMXML for names that end in .pmxml.xml)."""
    name = path.name.lower()
    if name.endswith(".xer"):
        return "xer"
    if name.endswith((".pmxml", ".pmxml.xml", ".p6.xml")):
        return "pmxml"
    if name.endswith((".xml", ".mspdi")):
        return "mspdi"
    raise BadFile(f"{path.name}: schedules are written as .xer, .pmxml or .xml (Microsoft Project). Choose one of these.")


def write(file: ScheduleFile, form: str) -> bytes:
    """The bytes of the file in a format: xer, pmxml or mspdi."""
    if form == "xer":
        return xer_write.write(with_breakdown(file))
    if form == "pmxml":
        return pmxml_write.write(with_breakdown(file))
    return mspdi_write.write(file)


def unplaced(file: ScheduleFile, form: str) -> tuple[str, ...]:
    """What a format has no place for, one sentence a kind; Primavera's two forms hold all that is modelled."""
    if form != "mspdi" or file.network.dialect == "msp":
        return ()
    acts = file.network.activities
    limits = [a.constraint.limit for a in acts if a.constraint]
    kinds = {
        "second constraints": sum(a.second is not None for a in acts),
        "expected finishes": sum(a.expected_finish is not None for a in acts),
        "levels of effort, which become tasks": sum(a.kind is Kind.LOE for a in acts),
        "resource-dependent activities, which become tasks": sum(a.kind is Kind.RESOURCE for a in acts),
        "start milestones, which become milestones": sum(a.kind is Kind.START for a in acts),
        "dates asked for by other projects": sum(a.external_start is not None or a.external_finish is not None for a in acts),
        "suspended activities": sum(a.resume is not None for a in acts),
        "'start on' and 'finish on' constraints, which become mandatory": sum(limits.count(x) for x in (Limit.START_ON, Limit.FINISH_ON)),
        "projects with a must-finish-by date": sum(p.must_finish is not None for p in file.network.projects),
    }
    return tuple(f"Microsoft Project has no place for {n} {name}." for name, n in kinds.items() if n)


def with_dates(file: ScheduleFile, result: Result) -> ScheduleFile:
    """The file with computed dates in place of those it was read with."""
    stored = {
        key: Stored(d.early_start, d.early_finish, d.late_start, d.late_finish, d.total_float, d.free_float, d.critical, d.start, d.finish)
        for key, d in result.dates.items()
    }
    return replace(file, stored={**file.stored, **stored})
