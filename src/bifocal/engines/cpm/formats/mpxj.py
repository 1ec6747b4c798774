"""Formats read through MPXJ (MPP, MPX, Asta, Phoenix and others), in a process of its own: a Java machine can't start twice in one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bifocal.engines.cpm.formats import mspdi, pmxml
from bifocal.engines.cpm.formats.file import BadFile, ScheduleFile

SCRIPT = """
import sys
import jpype
import mpxj
jpype.startJVM("-Xmx1g", "-XX:+UseSerialGC")
from org.mpxj.reader import UniversalProjectReader
from org.mpxj.writer import UniversalProjectWriter, FileFormat
project = UniversalProjectReader().read(sys.argv[1])
if project is None:
    sys.exit("no schedule that MPXJ knows")
primavera = str(project.getProjectProperties().getFileApplication()) in ("Primavera", "P3", "SureTrak")
UniversalProjectWriter(FileFormat.PMXML if primavera else FileFormat.MSPDI).write(project, sys.argv[2])
print("pmxml" if primavera else "mspdi")
"""
INSTALL = "Install it with: pip install 'bifocal[mpxj]', and a Java runtime 17 or newer (on Debian: apt-get install default-jre-headless)."


def read(path: Path, seconds: int = 120) -> ScheduleFile:
    """Read any format MPXJ knows. Raises BadFile with what to install where it is missing, or with what MPXJ said."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.xml"
        command = [sys.executable, "-c", SCRIPT, str(path.resolve()), str(out)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise BadFile(f"Reading {path.name} took longer than {seconds} seconds and was stopped.") from None
        if "No module named" in done.stderr or ("JVM" in done.stderr and "not" in done.stderr):
            raise BadFile(f"{path.suffix or path.name} files are read through MPXJ, which is not here. {INSTALL}")
        if done.returncode or not out.exists():
            said = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1][:200]
            raise BadFile(f"{path.name} can't be read: {said}.")
        data = out.read_bytes()
    return pmxml.read(data) if done.stdout.strip().endswith("pmxml") else mspdi.read(data)
