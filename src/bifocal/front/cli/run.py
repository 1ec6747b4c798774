"""Running an installation: `bifocal up`, `demo`, `demonstrate`, `worker`, `backup`, `restore`, `createowner`, `check`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bifocal.front.cli.common import Json, Port, fail, ready, say, var

app = typer.Typer()
ANYWHERE = ("127.0.0.1", "0.0.0.0", "::")  # noqa: S104 - shown as localhost: that works on the machine itself


@app.command()
def up(port: Port = 8000, host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1", workers: int = 2) -> None:
    """Start everything: database, migrations, web server, queue worker, live events. Ctrl-C stops it cleanly."""
    _prepare()
    _serve(host, port, workers)


def _prepare() -> None:
    """Bring the schema up to date in a process of its own, as the owner of the tables."""
    import subprocess

    env = {**os.environ, "BIFOCAL_DB_ROLE": "owner"}
    done = subprocess.run([sys.executable, "-m", "bifocal.front.migrate"], env=env, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)


def _serve(host: str, port: int, workers: int) -> None:
    from bifocal.front import postgres, server

    lease = ready()
    if lease is not None:
        postgres.reap(var() / "postgres")
    from bifocal.front.setup.first import invitation

    there = f"http{'s' if server.tls_of() else ''}://{'localhost' if host in ANYWHERE else host}:{port}"
    if os.environ.get("BIFOCAL_DEMO"):
        _demo_lives_at(there)
    say.print(f"Bifocal is at [bold]{there}[/]  (Ctrl-C stops it)")
    token = invitation()
    if token:
        say.print("Nobody can sign in yet. Make the owner's sign-in with this link; it works once, for seven days:")
        say.print(f"  {there}/welcome?token={token}", soft_wrap=True)
    server.serve(host, port, workers)
    if lease is not None:
        postgres.leave(var() / "postgres", lease)


@app.command()
def demo(
    port: Port = 8000,
    reset: Annotated[bool, typer.Option(help="Start over with fresh data")] = False,
    no_serve: Annotated[bool, typer.Option(help="Only load the data")] = False,
    small: Annotated[bool, typer.Option(help="The company without its history")] = False,
) -> None:
    """Serve the demo company, Harbor Mechanical & Electric: loaded once, kept until --reset."""
    if reset:
        _drop()
    _prepare()
    if not (var() / "demo-loaded").exists():
        _load_demo(small)
    from bifocal.front.demo import DOMAIN, PASSWORD, SIGN_INS

    os.environ["BIFOCAL_DEMO"] = "1"
    say.print("\nThe tour of six stops opens when the owner signs in. Sign in as one of:")
    for key, (name, roles) in SIGN_INS.items():
        say.print(f"  {key + '@' + DOMAIN:<28} {name:<18} {', '.join(roles).replace('_', ' ')}")
    say.print(f"  password for all: [bold]{PASSWORD}[/]\n")
    if not no_serve:
        _serve("127.0.0.1", port, 2)


def _load_demo(small: bool) -> None:
    """Load the company in a process of its own, as the owner of the tables; the mark saves the next start a look."""
    import subprocess

    env = {**os.environ, "BIFOCAL_DB_ROLE": "owner"}
    flags = ["--small"] if small else []
    say.print("Loading the demo company. This is done once.")
    done = subprocess.run([sys.executable, "-m", "bifocal.front.demo.load", *flags], env=env, check=False)  # noqa: S603
    if done.returncode:
        raise typer.Exit(done.returncode)
    if not os.environ.get("DATABASE_URL"):
        (var() / "demo-loaded").touch()


def _demo_lives_at(there: str) -> None:
    """The links in the demo's letters lead to the port it is served on today."""
    from bifocal.core.actor import system
    from bifocal.core.commands import Call, execute
    from bifocal.core.models import Company

    company = Company.get()
    if company.base_url != there:
        execute("site.set", {"address": there, "https": company.https}, actor=system("demo"), call=Call.new())


def _drop() -> None:
    """Drop the embedded database's content. A database of yours, named by DATABASE_URL, is never dropped."""
    if os.environ.get("DATABASE_URL"):
        raise fail("demo --reset only drops the database under var/. Unset DATABASE_URL, or drop yours by hand.")
    import psycopg

    from bifocal.front import postgres

    root = var() / "postgres"
    lease = postgres.ensure(root)
    with psycopg.connect(**postgres.owner_params(root), dbname="postgres", autocommit=True) as db:
        db.execute("drop database if exists bifocal with (force)")
        db.execute("create database bifocal")
    os.close(lease)  # the server takes its own
    for mark in ("migrated", "demo-loaded"):
        (var() / mark).unlink(missing_ok=True)


@app.command()
def demonstrate(
    url: Annotated[str, typer.Option(help="Address of a running server")] = "http://localhost:8000",
    domain: str = "harbor.example",
    password: Annotated[str, typer.Option(envvar="BIFOCAL_DEMO_PASSWORD")] = "harbor-demo-2026",  # noqa: S107 - the demo's
    as_json: Json = False,
) -> None:
    """The buyer's test: a service order and a construction project on one platform, through the public API alone."""
    import httpx

    from bifocal.front.demonstrate import run_story
    from bifocal.front.demonstrate.client import Failed

    tell = (lambda _text: None) if as_json else say.print
    try:
        steps = run_story(url, tell=tell, domain=domain, password=password)
    except Failed as failure:
        raise fail(str(failure), 1) from None
    except httpx.ConnectError:
        raise fail(f"Nothing answers at {url}. Start it with 'bifocal demo', then run this again.") from None
    if as_json:
        typer.echo(json.dumps({"ok": True, "steps": steps}, default=str))
    else:
        say.print(f"\n[bold green]Both stories hold: {len(steps)} steps and checks, no workaround.[/]")


@app.command()
def worker() -> None:
    """Run only the queue's worker (with DATABASE_URL, on as many machines as you like)."""
    ready()
    from bifocal.front import server

    server.run_worker()


@app.command()
def backup(as_json: Json = False) -> None:
    """Back up database and files now; older backups are kept by rule (7 days, 4 weeks, 12 months)."""
    ready()
    from bifocal.front import backups

    try:
        with say.status("Backing up…"):
            made = backups.make()
    except backups.BackupError as error:
        raise fail(str(error), 1) from None
    typer.echo(json.dumps(made, default=str)) if as_json else say.print(f"Backed up to {made['path']} ({made['size']:,} bytes).")


@app.command()
def restore(file: Path, yes: Annotated[bool, typer.Option("--yes", help="Replace what is there without asking")] = False) -> None:
    """Restore a backup: database and files become what they were. What is there now is replaced."""
    if not file.exists():
        raise fail(f"There is no file {file}.")
    if not yes and not typer.confirm("This replaces everything that is in Bifocal now. Go on?"):
        raise typer.Exit(1)
    ready(owner=True)
    from bifocal.front import backups
    from bifocal.front.setup import reload

    if reload.running():
        raise fail("Bifocal is running on this data: stop it first (Ctrl-C in its terminal), then restore.")
    try:
        with say.status("Restoring…"):
            backups.restore(file)
    except backups.BackupError as error:
        raise fail(str(error), 1) from None
    say.print("Restored. Start Bifocal again.")


@app.command()
def createowner(
    email: Annotated[str, typer.Option(prompt=True)],
    name: Annotated[str, typer.Option(prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="BIFOCAL_OWNER_PASSWORD")],
) -> None:
    """Make the first owner's sign-in."""
    _prepare()
    ready()
    from bifocal.core.actor import system
    from bifocal.core.commands import Call, execute
    from bifocal.lib.errors import DomainError

    try:
        args = {"email": email, "name": name, "roles": ["owner"], "password": password}
        execute("user.invite", args, actor=system("command line"), call=Call.new())
    except DomainError as error:
        raise fail(error.sentence) from None
    say.print(f"{name} can sign in as {email}.")


@app.command()
def check(as_json: Json = False) -> None:
    """Check the books, the audit and the installation. Exit status 1 when something does not hold."""
    ready()
    from bifocal.bridges.portfolio.queries import all_well, clearings
    from bifocal.front.backups import age_hours, is_late

    found: list[dict[str, Any]] = [*all_well(), *({**c, "name": f"Clearing {c['account']}"} for c in clearings())]
    age = age_hours()
    found.append({"name": "Backup within 26 hours", "ok": not is_late(age), "what": "never" if age is None else f"{age:.1f} h ago"})
    books_ok = all(c["ok"] for c in found[:-1])
    if as_json:
        typer.echo(json.dumps({"ok": books_ok, "checks": found}, default=str))
    else:
        for c in found:
            say.print(f"{'[green]✓[/]' if c['ok'] else '[red]✗[/]'} {c['name']} [dim]{c.get('what') or c.get('why', '')}[/]")
    raise typer.Exit(0 if books_ok else 1)
