"""The documentation holds together: every link leads somewhere, every page is found from the index."""

from __future__ import annotations

import re
from pathlib import Path

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
