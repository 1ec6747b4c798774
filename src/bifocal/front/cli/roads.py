"""`bifocal roads`: driving times from OpenStreetMap extracts. Needs no database."""

from __future__ import annotations

import contextlib
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bifocal.front.cli.common import Json, fail, say, var

if TYPE_CHECKING:
    from bifocal.engines.routing.problem import Place, Travel

app = typer.Typer(help="Driving times from maps.", no_args_is_help=True)
Folder = Annotated[Path | None, typer.Option("--to", help="Where the roads are kept (default: var/roads)")]


@app.command()
def build(
    extract: Path, to: Folder = None, fetch: Annotated[bool, typer.Option(help="Bring OSRM's programs from their wheel first")] = False
) -> None:
    """Make an OpenStreetMap extract (region.osm.pbf) ready for driving times."""
    from bifocal.kernel.travel import extract as osrm
    from bifocal.lib.errors import DomainError

    kept = var() / "osrm"
    try:
        binaries = osrm.fetch(kept) if fetch else osrm.programs(kept)
        base = osrm.build(extract, to or var() / "roads", binaries)
    except DomainError as error:
        raise fail(error.sentence) from None
    say.print(f"Roads are ready: {base}")


@app.command()
def matrix(
    places: Path,
    roads: Annotated[Path | None, typer.Option(help="Roads that `build` made (region.osrm)")] = None,
    osrm: Annotated[str | None, typer.Option(help="Address of an OSRM server")] = None,
    valhalla: Annotated[str | None, typer.Option(help="Address of a Valhalla server")] = None,
    trust: Annotated[bool, typer.Option(help="Drive to places that look wrong as well")] = False,
    as_json: Json = False,
) -> None:
    """Seconds and metres between all PLACES (CSV or JSON with id, lat, lon); without roads or a server they are guessed."""
    from bifocal.engines.routing.travel import suspicious
    from bifocal.lib.errors import DomainError

    spots = _places(places)
    doubts = suspicious(spots)
    if doubts and not trust:
        raise fail("; ".join(f"place {d.place} {d.reason}" for d in doubts) + ". Mend them, or say --trust.", 1)
    try:
        travel = _travel(spots, roads, osrm, valhalla)
    except DomainError as error:
        raise fail(error.sentence) from None
    if as_json:
        typer.echo(json.dumps({"places": [p.id for p in spots], "seconds": travel.seconds, "metres": travel.metres}))
        return
    for place, row in zip(spots, travel.seconds, strict=True):
        say.print(f"{place.id:<16}" + " ".join(f"{s // 60:>4}" for s in row) + "  minutes")


def _travel(spots: list[Place], roads: Path | None, osrm: str | None, valhalla: str | None) -> Travel:
    from bifocal.kernel.travel import cache, extract, ports

    points = [(p.lat or 0.0, p.lon or 0.0) for p in spots]
    kept = var() / "roads" / "driving.sqlite"
    with contextlib.ExitStack() as held:
        source: ports.TravelTimes = ports.Guess()
        if roads:
            source = held.enter_context(extract.serving(roads, extract.programs(var() / "osrm")))
        elif osrm or valhalla:
            source = ports.Osrm(osrm) if osrm else ports.Valhalla(valhalla or "")
        else:
            return source.matrix(points)
        return cache.Cached(source, kept).matrix(points)


def _places(file: Path) -> list[Place]:
    from bifocal.engines.routing.check import check_places
    from bifocal.engines.routing.problem import Place
    from bifocal.lib.errors import DomainError

    if not file.exists() or file.is_dir():
        raise fail(f"There is no file {file}.")
    try:
        text = file.read_text(encoding="utf-8-sig")
        told = json.loads(text) if text.lstrip().startswith(("{", "[")) else list(csv.DictReader(text.splitlines()))
    except (ValueError, csv.Error, RecursionError):
        raise fail(f"{file} can't be read. Give CSV or JSON with id, lat and lon of each place.") from None
    rows = told.get("places") if isinstance(told, dict) else told
    if not isinstance(rows, list) or not rows:
        raise fail(f"{file} has no places. Give id, lat and lon of each.")
    found: list[Place] = []
    for n, row in enumerate(rows, 1):
        try:
            found.append(Place(str(row["id"]), float(row["lat"]), float(row["lon"])))
        except (ValueError, KeyError, TypeError):
            name = row.get("id") if isinstance(row, dict) else None
            raise fail(f"{file}, place {n}{f' ({name})' if name else ''}: id, lat and lon are needed, the last two as degrees.") from None
    try:
        check_places(found)
    except DomainError as error:
        raise fail(error.sentence) from None
    return found
