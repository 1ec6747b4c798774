"""`bifocal assess`: which lens fits this company, from its own history."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from bifocal.front.cli.common import Json, fail, ready, say
from bifocal.lib.errors import Invalid
from bifocal.lib.pauses import undisturbed

if TYPE_CHECKING:
    from bifocal.bridges.workmix.assess import Assessment
    from bifocal.engines.workmix import Advice, Rule

app = typer.Typer()


@app.command()
def assess(
    file: Annotated[Path | None, typer.Argument(help="Past work exported as CSV or XLSX; without one, Bifocal's own data")] = None,
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(help="Write the report to this HTML file")] = None,
    rows: Annotated[Path | None, typer.Option(help="Write every row with its shape and the reason to this CSV file")] = None,
    mapping: Annotated[Path | None, typer.Option(help='JSON file: {"started": "Opened on", "value": "Total", "hours": null}')] = None,
    sheet: Annotated[str, typer.Option(help="Which sheet of a workbook")] = "",
    ask: Annotated[bool, typer.Option("--ask", help="Four questions instead of a history")] = False,
    days: Annotated[int | None, typer.Option(help="Working days from which work is a project [15]")] = None,
    visits: Annotated[int | None, typer.Option(help="Visits above which work is a project [5]")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours from which work is a project [80]")] = None,
    value: Annotated[float | None, typer.Option(help="Value from which it is one where nothing else is known [25000]")] = None,
    small: Annotated[str, typer.Option(help="One lens up to this share of the smaller side [10%]")] = "",
    both: Annotated[str, typer.Option(help="Both lenses from this share [25%]")] = "",
    general_contractor: Annotated[bool, typer.Option("--general-contractor", help="Judge as a general contractor: both from 20%")] = False,
) -> None:
    """Which lens fits this company: service, projects, both, or watch. From its history, exported from any system."""
    asked = {"days": days, "visits": visits, "hours": hours, "value": value}
    try:
        own = file is None and not ask and _has_data()
        rule = _rule(own, {k: _decimal(v) for k, v in asked.items() if v is not None}, small, both, general_contractor)
        if ask or (file is None and not own and not as_json and sys.stdin.isatty()):
            _tell_advice(_asked(rule), as_json)
            return
        found = _assessed(file, rule, mapping, sheet)
    except Invalid as error:
        if as_json:
            typer.echo(json.dumps({"ok": False, "reason": error.sentence, **error.extra}, default=str))
        raise fail(error.sentence) from None
    _write(found, html, rows)
    _tell(found, as_json)


def _rule(own: bool, asked: dict[str, Any], small: str, both: str, general_contractor: bool) -> Rule:
    """The thresholds: the flags, over the company's own where its own jobs are assessed. Raises Invalid."""
    from bifocal.engines.workmix import Rule

    base = Rule()
    if own:
        from bifocal.bridges.workmix.queries import company_lens

        base = company_lens().rule
    less, more = _share(small) if small else base.small, _share(both) if both else base.both
    between = min(max(base.contractor, less + Decimal("0.0001")), more)
    whole = {k: int(v) for k, v in asked.items() if k in ("days", "visits")}
    return replace(
        base,
        **{**asked, **whole},
        small=less,
        both=more,
        contractor=between,
        general_contractor=general_contractor or base.general_contractor,
    )


def _decimal(number: float) -> Decimal:
    return Decimal(repr(number))


def _share(text: str) -> Decimal:
    """'10%', '10 %' or '0.1' as a share. Raises Invalid."""
    try:
        number = Decimal(text.strip().removesuffix("%").strip())
    except InvalidOperation as bad:
        raise Invalid(f"'{text}' is not a share. Write it like 10% or 0.1.") from bad
    return number / 100 if "%" in text or number > 1 else number


def _assessed(file: Path | None, rule: Rule, mapping: Path | None, sheet: str) -> Assessment:
    if file is None:
        ready()
        from bifocal.bridges.workmix.queries import assess_own

        return assess_own(rule)
    from bifocal.bridges.workmix.assess import assess as assess_file

    with undisturbed():  # much is made and nothing freed
        return assess_file(file.name, _bytes(file), rule, mapping=_mapping(mapping), sheet=sheet)


def _bytes(file: Path) -> bytes:
    if not file.exists():
        raise Invalid(f"There is no file {file}.")
    try:
        return file.read_bytes()
    except OSError as bad:
        raise Invalid(f"{file} can't be read: {bad.strerror}.") from bad


def _mapping(file: Path | None) -> dict[str, str | None]:
    """A mapping file: field → column, or null for none; the whole answer of an earlier `--json` will do. Raises Invalid."""
    if file is None:
        return {}
    try:
        found: Any = json.loads(_bytes(file).decode("utf-8-sig"))
    except ValueError as bad:
        raise Invalid(f"The mapping {file} is not JSON: {bad}.") from bad
    found = found.get("columns", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not all(v is None or isinstance(v, str) for v in found.values()):
        raise Invalid(f'The mapping {file} must name columns by field, like {{"started": "Opened on"}}.')
    return {str(k).strip().lower().replace(" ", "_"): v for k, v in found.items()}


def _write(found: Assessment, html: Path | None, rows: Path | None) -> None:
    try:
        if html:
            from bifocal.bridges.workmix.report import report

            html.write_text(report(found), encoding="utf-8")
        if rows:
            with rows.open("w", newline="", encoding="utf-8") as out:
                writer = csv.writer(out)
                writer.writerow(["line", "number", "customer", "started", "finished", "value", "shape", "because"])
                for r in found.mix.judged:
                    p = r.piece
                    cells = [p.line, p.ref, p.customer, p.started, p.finished, p.value, r.shape, r.because]
                    writer.writerow([f"'{c}" if isinstance(c, str) and c[:1] in "=+-@" else c for c in cells])
    except OSError as bad:
        raise fail(f"{bad.filename} can't be written: {bad.strerror}.") from None


def _tell(found: Assessment, as_json: bool) -> None:
    from bifocal.bridges.workmix.assess import share_words, told

    if as_json:
        typer.echo(json.dumps(told(found), default=str))
        return
    advice, shares = found.advice, found.mix.sides.shares()
    say.print(f"\n[bold]{escape(found.name)}: {advice.recommendation}[/]\n")
    for sentence in advice.reasons:
        say.print(f"  {sentence}")
    for sentence in advice.signs:
        say.print(f"  · {sentence}")
    words = [f"{share_words(getattr(shares, k))} by {k}" for k in ("revenue", "hours", "count") if getattr(shares, k) is not None]
    say.print(f"\n  Service work is {', '.join(words)} of {found.mix.sides.count:,} finished pieces; {found.mix.open:,} are open.")
    columns = ", ".join(f"{k.replace('_', ' ')} = '{v}'" for k, v in found.history.columns.items())
    if columns:
        say.print(f"  Columns: {columns}.", markup=False)
    for note in found.history.notes:
        say.print(f"  {note}", markup=False)
    for bad in found.history.rejected[:20]:
        say.print(f"  line {bad['line']}: {bad['reason']}", markup=False)
    if len(found.history.rejected) > 20:
        say.print(f"  … {len(found.history.rejected):,} rows are rejected in all; --json lists them.")


def _has_data() -> bool:
    """Is there finished work in this installation? Starts nothing where no database was ever made."""
    import os

    from bifocal.front.cli.common import var

    if not os.environ.get("DATABASE_URL") and not (var() / "migrated").exists():
        return False
    ready()
    from bifocal.bridges.workmix.queries import own_pieces

    return any(p.finished_work for p in own_pieces())


def _asked(rule: Rule) -> Advice:
    from bifocal.engines.workmix import QUESTIONS, Answers, Length, Unit, answer

    words = dict(QUESTIONS)
    length = typer.prompt(f"{words['length']} (days, weeks, both)", value_proc=lambda t: Length(t.strip().lower()))
    unit = typer.prompt(f"{words['unit']} (job, project, both)", value_proc=lambda t: Unit(t.strip().lower()))
    share = typer.prompt(f"{words['service_share']} (0 to 100, empty if unknown)", default="", show_default=False)
    friction = typer.confirm(words["friction"])
    return answer(Answers(length, unit, _share(f"{share.strip().rstrip('%')}%") if share.strip() else None, friction), rule)


def _tell_advice(advice: Advice, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"recommendation": str(advice.recommendation), "reasons": list(advice.reasons), "signs": list(advice.signs)}))
        return
    say.print(f"\n[bold]{advice.recommendation}[/]\n")
    for sentence in (*advice.reasons, *advice.signs):
        say.print(f"  {sentence}")
