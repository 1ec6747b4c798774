"""The documentation holds together: every link leads somewhere, every page is found from the index, what a page names is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "src").rglob("*.md")]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def links(page: Path) -> set[Path]:
    """The files that a page names as links of this repository."""
    return {(page.parent / to).resolve() for to in LINK.findall(page.read_text()) if "://" not in to and not to.startswith("mailto:")}


def test_every_link_of_a_page_leads_to_something() -> None:
    assert len(PAGES) > 40
    assert [f"{p.relative_to(ROOT)}: {to}" for p in PAGES for to in links(p) if not to.exists()] == []


def test_every_page_and_picture_is_reached_from_the_index_or_a_page() -> None:
    index = links(ROOT / "docs/README.md")
    assert [str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*/*.md") if p.resolve() not in index] == []
    shown = set().union(*map(links, PAGES))
    assert [p.name for p in (ROOT / "docs/images").iterdir() if p.resolve() not in shown] == []


def test_every_command_and_option_that_a_page_shows_is_there() -> None:
    import typer

    from bifocal.front.cli import app

    wrong = []
    for page, line in ((p, w) for p in PAGES for w in re.findall(r"(?:`|^)bifocal ([a-z][^`\n]*)", p.read_text(), re.M)):
        command: Any = typer.main.get_command(app)
        for word in line.split():
            for name in word.split("|") if hasattr(command, "commands") else ():
                if re.fullmatch("[a-z]+", name) and name not in command.commands:
                    wrong.append(f"{page.name}: bifocal {line}")
            command = getattr(command, "commands", {}).get(word.split("|")[0], command)
        known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
        wrong += [f"{page.name}: {option} in bifocal {line}" for option in re.findall(r"--[a-z-]+", line) if option not in known]
    assert wrong == []


def test_every_command_of_the_api_and_variable_that_a_page_names_is_there() -> None:
    from bifocal.core.commands import registry
    from bifocal.front.rights import ROLES

    known = {*registry, *(right for rights in ROLES.values() for right in rights)}
    heads = {name.split(".")[0] for name in registry}
    code = "".join(p.read_text() for folder in ("src", "tests", "benchmarks") for p in (ROOT / folder).rglob("*.py"))
    wrong = []
    for page in PAGES:
        text = page.read_text()
        named = {
            n for n in re.findall(r"`([a-z_]+\.[a-z_]+)`", text) if n.split(".")[0] in heads and not re.search(r"\.(py|md|pem|js)$", n)
        }
        wrong += [f"{page.name}: {name}" for name in named - known]
        wrong += [f"{page.name}: {name}" for name in set(re.findall(r"\bBIFOCAL_[A-Z_]+\b", text)) if name not in code]
    assert wrong == []
