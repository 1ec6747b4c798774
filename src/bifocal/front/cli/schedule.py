"""`bifocal schedule …`: schedule files computed, converted, compared, levelled and put at risk; only import and export need a database."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bifocal.engines.cpm.against import Agreement, against, seen
from bifocal.engines.cpm.compare import compare
from bifocal.engines.cpm.compute import schedule
from bifocal.engines.cpm.formats import ScheduleFile, format_of, load, unplaced, with_dates, write
from bifocal.engines.cpm.model import Result
from bifocal.engines.cpm.why import why as explain
from bifocal.front.cli import schedule_json as as_json
from bifocal.front.cli.common import Json, fail, say
from bifocal.front.cli.schedule_jobs import export_job, import_update
from bifocal.front.cli.schedule_json import clock
from bifocal.lib.errors import DomainError

app = typer.Typer(
    help="Schedules: compute, convert, compare, level and assess the files of Primavera P6 and Microsoft Project.", no_args_is_help=True
)
app.command("import")(import_update)
app.command("export")(export_job)
File = Annotated[Path, typer.Argument(help="A schedule: .xer, .pmxml, .xml, or .mpp and others through MPXJ")]
Dialect = Annotated[Literal["p6", "msp"] | None, typer.Option(help="Whose rules; without it those of the file's own program")]


def opened(path: Path, dialect: str | None = None) -> ScheduleFile:
    """The file, read; one sentence on stderr and exit 2 where it can't be."""
    try:
        file = load(path)
    except DomainError as error:
        raise fail(error.sentence) from None
    return replace(file, network=replace(file.network, dialect=dialect)) if dialect else file  # type: ignore[arg-type]


def solved(file: ScheduleFile) -> Result:
    """The computed dates; one sentence and exit 2 where the network can't be computed."""
    try:
        return schedule(file.network)
    except DomainError as error:
        raise fail(error.sentence) from None


def out(document: Any) -> None:
    """One JSON document on stdout."""
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


@app.command()
def compute(
    path: File,
    json: Json = False,
    compared: Annotated[Literal["stored"] | None, typer.Option("--against", help="Compare with the dates in the file")] = None,
    dialect: Dialect = None,
    why: Annotated[str | None, typer.Option(help="Explain the dates of this activity")] = None,
    report: Annotated[Literal["dcma", "earned"] | None, typer.Option(help="dcma: the 14 checks; earned: earned value")] = None,
) -> None:
    """Early and late dates, float, the critical path and what drives each date."""
    file = opened(path, dialect)
    result = solved(file)
    agreed = against(file, result) if compared else None
    answer = as_json.computed(file, result) if json else {}
    if why is not None:
        keys = [a.id for a in file.network.activities if why in (a.code, a.id)] or [why]
        try:
            told = explain(file.network, result, keys[0])
        except DomainError as error:
            raise fail(error.sentence) from None
        answer["why"] = as_json.explained(told, {a.id: a.code for a in file.network.activities})
        if not json:
            for w in told:
                typer.echo(w.sentence)
            return
    if report:
        from bifocal.front.cli import schedule_reports

        answer[report] = schedule_reports.REPORTS[report](file, result, not json)
    if agreed:
        answer["against"] = as_json.agreement(agreed)
    if json:
        out(answer)
    elif not report:
        _print(file, result)
    if agreed and not json:
        _agreement(agreed)


def _print(file: ScheduleFile, result: Result) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("Id", "Name", "Early start", "Early finish", "Late start", "Late finish", "Float h", "Driven by"):
        table.add_column(name, justify="right" if name == "Float h" else "left", no_wrap=name != "Name")
    codes = {a.id: a.code for a in file.network.activities}
    for act in file.network.activities:
        d = result.dates.get(act.id)
        if d is None:
            continue
        s = seen(act, d)
        when = [clock(t) for t in (s.early_start, s.early_finish, s.late_start, s.late_finish)]
        slack = "" if s.total_float is None else f"{s.total_float / 60:g}"
        driver = f"{codes[d.driving[0].before]} {d.driving[0].type}" if d.driving else d.why_start
        table.add_row(act.code, act.name, *when, slack, driver, style="red" if d.critical else None)
    wide = Console(highlight=False) if say.is_terminal else Console(highlight=False, width=170)
    wide.print(table)
    for p in file.network.projects:
        finish = result.finish.get(p.id)
        say.print(f"{p.name or p.id}: finishes {clock(finish)}" if finish is not None else p.name)
    for note in file.notes:
        say.print(note)


def _agreement(a: Agreement) -> None:
    if a.share is None:
        say.print("The file carries no computed dates to compare with.")
        return
    say.print(f"{a.equal} of {a.activities} activities equal the file in all five values ({100 * a.share:.1f} %).")
    if a.spans:
        say.print(f"Levels of effort and summaries: {a.spans_equal} of {a.spans}.")
    for d in a.differences:
        values = [str(v) if d.field == "total_float" and v is not None else clock(v, "none") for v in (d.computed, d.stored)]
        say.print(f"  {d.id} {d.field}: computed {values[0]}, file {values[1]} ({d.rule})")


@app.command()
def convert(
    path: File,
    target: Annotated[Path, typer.Argument(help="Where to: .xer, .pmxml or .xml (Microsoft Project)")],
    dates: Annotated[bool, typer.Option("--computed", help="Write our computed dates instead of those in the file")] = False,
    dialect: Dialect = None,
) -> None:
    """Write a schedule in another format; what the file holds beyond the schedule stays where the format is the same."""
    file = opened(path, dialect)
    try:
        form = format_of(target)
        data = write(with_dates(file, solved(file)) if dates else file, form)
        put(target, data)
    except DomainError as error:
        raise fail(error.sentence) from None
    typer.echo(f"{target}: {len(file.network.activities)} activities, {len(file.network.links)} links, {len(data):,} bytes.")
    for lost in unplaced(file, form):
        typer.echo(lost, err=True)


def put(target: Path, data: bytes) -> None:
    """All or nothing: a file that can't be written whole leaves what was there."""
    beside = target.with_name(target.name + ".part")
    try:
        beside.write_bytes(data)
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise fail(f"{target} can't be written: {(error.strerror or 'unknown error').lower()}.") from None


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The earlier update")],
    new: Annotated[Path, typer.Argument(help="The later one")],
    json: Json = False,
) -> None:
    """What changed between two updates of a schedule, matched by activity id: the change log owners ask for."""
    before, after = opened(old), opened(new)
    found = compare(before.network, after.network, solved(before), solved(after))
    if json:
        out(as_json.comparison(found))
        return
    for name, (x, y) in found.finish.items():
        told = [clock(t, "none") for t in (x, y)]
        typer.echo(f"{name + ': ' if name else ''}finish {told[0]} → {told[1]}")
    for word, acts in (("added", found.added), ("deleted", found.deleted)):
        for a in acts:
            typer.echo(f"{word}: {a.code} {a.name}")
    for c in found.changed:
        typer.echo(f"changed: {c.id} {c.field}: {c.before or 'none'} → {c.after or 'none'}")
    for li in found.links:
        lags = f" lag {(li.lag_before or 0) / 60:g} h → {(li.lag_after or 0) / 60:g} h" if li.what == "lag" else ""
        typer.echo(f"link {li.what}: {li.before} {li.type} {li.after}{lags}")
    for s in found.slipped:
        typer.echo(f"moved: {s.id} {s.name} {s.minutes / 60:+g} h, finish {clock(s.before)} → {clock(s.after)}")


@app.command()
def risk(
    path: File,
    json: Json = False,
    samples: Annotated[int, typer.Option(help="How many times to draw")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer")] = 1,
    low: Annotated[float, typer.Option(help="Optimistic remaining duration as a factor")] = 0.9,
    high: Annotated[float, typer.Option(help="Pessimistic remaining duration as a factor")] = 1.3,
    points: Annotated[Path | None, typer.Option(help="CSV: id, optimistic, likely, pessimistic in hours")] = None,
    dialect: Dialect = None,
) -> None:
    """Monte-Carlo over three-point durations on the exact calendars: P50, P80, P90, criticality and tornado."""
    from bifocal.engines.cpm.risk import simulate, spread
    from bifocal.front.cli.schedule_points import read_points

    file = opened(path, dialect)
    try:
        drawn = spread(file.network, low, high)
        if points is not None:
            drawn |= read_points(points, file.network)
        found = simulate(file.network, drawn, samples=samples, seed=seed)
    except DomainError as error:
        raise fail(error.sentence) from None
    codes = {a.id: a for a in file.network.activities}
    rows: list[dict[str, Any]] = [
        {"id": codes[i.id].code, "name": codes[i.id].name, "criticality": round(i.criticality, 4), "correlation": round(i.correlation, 4)}
        for i in found.influences
    ]
    if json:
        out({
            "samples": found.samples, "seed": seed, "planned_finish": as_json.iso(found.planned),
            "chance_of_planned": round(found.chance_of_planned, 4), "finish": {f"P{k}": as_json.iso(v) for k, v in found.finish.items()},
            "mean_finish": as_json.iso(round(found.mean)), "activities": rows,
        })  # fmt: skip
    else:
        _say_risk(found, rows)


def _say_risk(found: Any, rows: list[dict[str, Any]]) -> None:
    typer.echo(f"Planned finish {clock(found.planned)}: reached in {100 * found.chance_of_planned:.0f} % of {found.samples} runs.")
    for chance, at in found.finish.items():
        typer.echo(f"P{chance} {clock(at)}")
    for row in rows[:10]:
        typer.echo(
            f"  {row['id']} {row['name']}: on the longest path in {100 * row['criticality']:.0f} %, correlation {row['correlation']:+.2f}"
        )


@app.command("level")
def level_(
    path: File,
    json: Json = False,
    output: Annotated[Path | None, typer.Option("--out", help="Write the levelled schedule here")] = None,
    limit: Annotated[list[str] | None, typer.Option(help="How many of a resource there are: CREW=2; without it what the file says")] = None,
    seconds: Annotated[float, typer.Option(help="CPU seconds to look for a better one")] = 5.0,
    seed: Annotated[int, typer.Option(help="The same seed tries the same")] = 1,
) -> None:
    """Level resources: no crew is used beyond its limit; priority rules first, then better orders within the time."""
    from bifocal.front.cli.schedule_level import answer, levelled, written

    file = opened(path)
    try:
        found = levelled(file, limit or [], seconds, seed)
        if output is not None:
            put(output, write(written(file, found), format_of(output)))
    except DomainError as error:
        raise fail(error.sentence) from None
    told = answer(file, found)
    if json:
        out(told)
        return
    typer.echo(
        f"Unlevelled {clock(found.unlevelled)}, levelled {clock(found.finish)} by {found.schedules} schedules; "
        f"no schedule ends before {clock(found.bound)}."
    )
    for row in told["activities"]:
        if row["delay_minutes"]:
            start, finish = (row[end][:16].replace("T", " ") for end in ("start", "finish"))
            typer.echo(f"  {row['id']} {row['name']}: {row['delay_minutes'] / 60:+g} h, {start} to {finish}")
