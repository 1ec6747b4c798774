"""Write docs/reference/demonstrate.md from a real run of `bifocal demonstrate` against a running server (default localhost:8000)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bifocal.front.demonstrate import run_story

PAGE = Path(__file__).parent / "reference" / "demonstrate.md"
HEAD = """# The buyer's test, as it ran

Buyers of such platforms are told: make the vendor show a real construction project and a real service order on the same platform,
without workarounds. `bifocal demonstrate` does that against a running server, through the public HTTP API alone, as the people who
would do it; outside people act by the links they were sent. This page is one run, written by `docs/story.py`; nothing in it is by hand.
Every line names who did it, then what changed (the facts of the audit trail) and what it posted (the journal). A ✓ is a check that
must hold at that moment; a refusal is part of the test. The command's exit status is 1 when one of them fails.
"""


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
    steps = run_story(url, tell=lambda _: None, domain="harbor.example", password="harbor-demo-2026")  # noqa: S106 - the demo's
    checks = sum("check" in s for s in steps)
    refused = sum("refused" in s for s in steps)
    acts = sum("changed" in s for s in steps)
    count = f"\n{acts} acts, {refused} refusals that must be refusals, {checks} checks.\n"
    PAGE.write_text(HEAD + count + "".join(map(line, steps)))
    print(f"{PAGE}: {acts} acts, {refused} refusals, {checks} checks")


def line(step: dict[str, Any]) -> str:
    """One step as Markdown."""
    if "chapter" in step:
        return f"\n## {step['chapter']}\n\n"
    if "check" in step:
        return f"  - ✓ {step['check']}\n"
    if "refused" in step:
        return f"- **{step['who']}** {step['what']} · `{step['command']}`\n  - refused: *{step['refused']}*\n"
    posted = "".join(f"      {p}\n" for p in step["posted"])
    block = f"  - posted:\n\n{posted}\n" if posted else ""
    return f"- **{step['who']}** {step['what']} · `{step['command']}`\n  - {', '.join(step['changed']) or 'nothing changed'}\n{block}"


if __name__ == "__main__":
    main()
