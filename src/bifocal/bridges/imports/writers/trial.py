"""The trial balance at the cut-over: posts what no document explains, and is kept to tie against what documents do."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bifocal.bridges.imports.plan import Row
from bifocal.bridges.imports.rules_opening import EXPLAINED, opening
from bifocal.bridges.imports.writers.base import Writer
from bifocal.core.facts import record
from bifocal.core.subject import Subject
from bifocal.kernel.ledger.facts import JournalPosted
from bifocal.kernel.ledger.models import Account
from bifocal.kernel.ledger.queries import trial_balance
from bifocal.kernel.ledger.rules import Entry, Line
from bifocal.lib.money import ZERO


def _another(theirs: str, ours: str) -> bool:
    """Two names of one number that share no word: old and new charts often use one number for two things."""
    words = [{w[:5].rstrip("s") for w in re.findall(r"[a-z]{3,}", name.lower())} for name in (theirs, ours)]
    return bool(words[0]) and not words[0] & words[1]


class TrialWriter(Writer):
    """Accounts by our code or name; others are mapped, several of theirs may go to one of ours."""

    def resolve(self, rows: list[Row]) -> None:
        chart = list(Account.objects.all())
        codes, names = {a.code: a for a in chart}, {a.name.lower(): a for a in chart}
        for row in rows:
            said = str(row.values["account"]).strip()
            found = codes.get(said) or names.get(said.lower()) or codes.get(said.split()[0].rstrip("·:-")) if said else None
            row.values["account_row"] = found
            if found is not None and said == found.code and _another(str(row.values.get("name") or ""), found.name):
                what = f"line {row.line}: {said} is '{row.values['name']}' in the file and {found.code} {found.name} here"
                self.run.plan.notes.append(f"{what}. If that is another account, map it.")
                self.run.plan.unknown.setdefault("account", []).append(said)
            if found is None:
                near = get_close_matches(said.lower(), names, n=1, cutoff=0.4)
                hint = f"; the nearest is {names[near[0]].code} {names[near[0]].name}" if near else ""
                words = self.run.plan.unknown.setdefault("account", [])
                words += [said] if said not in words else []
                self.run.error(row, f"account '{said}' is not in the chart: map it to one of ours{hint}", "account")
        out = sum((r.values["amount"] for r in rows), ZERO)
        if out and rows:
            self.run.error(rows[-1], f"the trial balance is out by {out:,.2f}: its debits and credits must be equal")

    def add(self, rows: list[Row]) -> None:
        run, batch = self.run, self.run.batch
        assert batch is not None
        trial: dict[str, object] = {}
        sums = dict.fromkeys((r.values["account_row"].code for r in rows), ZERO)
        for row in rows:
            sums[row.values["account_row"].code] += row.values["amount"]
        for row in {r.key: r for r in rows}.values():
            self.run.name_it(row, batch)
        here = {r["code"]: r["debit"] - r["credit"] for r in trial_balance(run.day)}
        lines: list[Line] = []
        for code, amount in sorted(sums.items()):
            trial[code] = str(amount)
            if code not in EXPLAINED:
                lines += opening(code, amount - here.get(code, ZERO))
        batch.trial = trial
        source = Subject(batch.kind, batch.uid)
        run.entries.append(Entry("opening balance", source, run.day, tuple(lines), f"Trial balance at {run.day}"))
        total = sum((li.amount for li in lines if li.amount > 0), ZERO)
        record(JournalPosted(event="opening balances", total=str(total), memo=batch.filename), about=source, actor=run.actor, call=run.call)
