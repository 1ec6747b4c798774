"""The frame of the story: who is there, how a step is told, the checks at the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bifocal.front.demonstrate.client import Caller, Failed

Tell = Callable[[str], None]


@dataclass
class Stage:
    """Everybody at the server, and what was learned on the way."""

    base: str
    tell: Tell
    people: dict[str, Caller] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day it is at the company, wherever this program runs."""
        return datetime.now(ZoneInfo(self.lists["branches"][0]["tz"])).date()

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self.steps.append({"chapter": title})
        self.tell(f"\n[bold underline]{title}[/]")

    def step(self, who: str, what: str, command: str, /, **args: Any) -> dict[str, Any]:
        """One act of one person: told with what changed and what it posted."""
        caller = self.people[who]
        answer = caller.do(command, **args)
        request = caller.last_request
        self.requests.append(request)
        trail = self.people["bookkeeper"].read(f"/requests/{request}")
        changed = list(dict.fromkeys(told(f) for f in trail["facts"]))
        posted = [posting(p) for p in trail["postings"]]
        self.steps.append({"who": caller.name, "what": what, "command": command, "changed": changed, "posted": posted})
        self.tell(f"  [bold]{caller.name}[/] {what}")
        self.tell(f"      [dim]changed[/]  {', '.join(changed) or 'nothing'}")
        for n, line in enumerate(posted):
            self.tell(f"      [dim]{'posted ' if n == 0 else '       '}[/]  {line}")
        return answer

    def refuse(self, who: str, what: str, command: str, /, **args: Any) -> str:
        """An act that must be refused, with the sentence the user reads."""
        said = self.people[who].refused(command, **args)
        self.steps.append({"who": self.people[who].name, "what": what, "command": command, "refused": said})
        self.tell(f"  [bold]{self.people[who].name}[/] {what}")
        self.tell(f"      [yellow]refused[/]  {said}")
        return said

    def expect(self, claim: str, ok: bool) -> None:
        """A claim of the story that must hold now."""
        if not ok:
            raise Failed(f"This does not hold: {claim}")
        self.steps.append({"check": claim, "ok": True})
        self.tell(f"      [green]✓[/] {claim}")


def words(fact: str) -> str:
    """'VisitScheduled' as 'visit scheduled'."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", fact).lower()


def told(fact: dict[str, Any]) -> str:
    """A fact in words: with its move where it is one, with the paper's number where it has one."""
    payload = fact["payload"]
    before, after = payload.get("before"), payload.get("after")
    if not (isinstance(before, str) and isinstance(after, str)) or before == after:
        return words(fact["name"])
    what = payload.get("number") or words(fact["name"]).removesuffix(" moved")
    return f"{what} {before.replace('_', ' ')} → {after.replace('_', ' ')}"


def posting(line: dict[str, Any]) -> str:
    """A journal line as a bookkeeper reads it: debit positive, credit negative."""
    amount = Decimal(line["amount"])
    return f"{'debit ' if amount > 0 else 'credit'} {abs(amount):>12,.2f}  {line['code']} {line['name']}"


CAST = (
    ("dispatcher", "dispatch", "Marcus, dispatcher,"), ("technician", "tech", "Dana, technician,"),
    ("manager", "pm", "Priya, project manager,"), ("superintendent", "super", "Walt, superintendent,"),
    ("bookkeeper", "books", "Helen, bookkeeper,"), ("owner", "owner", "Ruth, owner of the company,"),
)  # fmt: skip


def run_story(base: str, *, tell: Tell, domain: str, password: str) -> list[dict[str, Any]]:
    """Play both stories against the server at `base`. Returns the steps; raises Failed when one goes wrong."""
    from bifocal.front.demonstrate import project, service, together, warranty

    stage = Stage(base, tell)
    for role, key, name in CAST:
        stage.people[role] = Caller.signed_in(base, name, f"{key}@{domain}", password)
    stage.lists = stage.people["owner"].read("/lists")
    stage.chapter("1. A service order: dispatched, completed, billed and paid within hours")
    call = service.play(stage)
    stage.chapter("2. A construction project: contract, schedule over weeks, RFI, submittal, change order, pay applications")
    built = project.play(stage, call)
    stage.chapter("3. The warranty call, months later: a service order that knows its project")
    warranty.play(stage, built)
    stage.chapter("4. What only one platform can do: promotion in place, a cost transfer, one calendar, one balance")
    together.play(stage, call, built)
    stage.chapter("5. The checks")
    checks(stage)
    return stage.steps


def checks(stage: Stage) -> None:
    """Books balance, receivables equal open invoices, every hour and part on one job, the audit trail has every step."""
    books = stage.people["bookkeeper"]
    result = books.read("/ledger/checks")
    for check in result["checks"]:
        stage.expect(f"{check['name']} ({check['what']})", bool(check["ok"]))
    for clearing in result["clearings"]:
        stage.expect(f"{clearing['account']}: {clearing['why']}", bool(clearing["ok"]))
    silent = [r for r in stage.requests if not books.read(f"/requests/{r}")["facts"]]
    stage.expect(f"the audit trail has every one of the {len(stage.requests)} steps", not silent)
