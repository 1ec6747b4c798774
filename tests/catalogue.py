"""The messages of Bifocal, found in its templates and code, merged into the Spanish catalogue: `make messages`.

Templates: {% trans %}, _(…), and the labels of <c-do>. Code: gettext calls, the words of the record (states, roles, what a
fact holds), the names of facts, and every sentence of a refusal; what stands in braces there is filled in and becomes {0}, {1}.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "bifocal"
ES = SRC / "front" / "locale" / "es" / "LC_MESSAGES" / "django.po"
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "N_"}
ERRORS = {"Refused", "Invalid", "NotAllowed", "NotFound", "StaleVersion", "CannotMove", "PersonIsTaken", "RequestReused", "VehicleIsTaken",
          "BadCell", "LeftOut"}  # fmt: skip
QUIET = {"demo", "demonstrate", "cli", "api"}  # read by whoever runs the shell or writes a program
# Modules whose sentences are shown as they are: the assessment's advice and notes, the tour.
SPOKEN = ("engines/workmix/advice.py", "engines/workmix/questions.py", "bridges/workmix/reading.py", "bridges/workmix/headers.py",
          "front/tour/__init__.py", "engines/routing/explain.py", "engines/routing/frame.py", "kernel/travel/roads.py",
          "service/board/solving.py", "projects/closeout/queries.py", "projects/ties/queries.py")  # fmt: skip
NOTED = {"notes", "wrong"}  # lists that sentences are put into
TRANS = re.compile(r"""{%\s*trans(?:late)?\s+(?:"([^"]*)"|'([^']*)')""")
CALLED = re.compile(r"""_\((?:"([^"]*)"|'([^']*)')\)""")
LABEL = re.compile(r"""<c-do\b[^>]*?>""", re.S)
ATTRIBUTE = re.compile(r'\b(?:label|confirm|said)="([^"{]+)"')


def in_templates() -> Iterator[str]:
    for path in sorted((SRC / "front" / "templates").rglob("*.html")):
        text = path.read_text()
        for pattern in (TRANS, CALLED):
            yield from (a or b for a, b in pattern.findall(text))
        for tag in LABEL.findall(text):
            yield from ATTRIBUTE.findall(tag)


def in_code() -> Iterator[str]:
    for path in sorted(SRC.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        if str(path).endswith(SPOKEN):
            yield from spoken(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if "imports" in path.parts and isinstance(node.func, ast.Attribute):
                yield from told(node)
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name in MARKS and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)
            elif name in ERRORS and not QUIET & set(path.parts):
                yield from sentence(node.args[0])


def told(node: ast.Call) -> Iterator[str]:
    """What an import says of a line: `run.error(row, …)`, `plan.error(line, …)`, `notes.append(…)`."""
    func = node.func
    assert isinstance(func, ast.Attribute)
    holder = func.value.attr if isinstance(func.value, ast.Attribute) else func.value.id if isinstance(func.value, ast.Name) else ""
    if func.attr == "error" and len(node.args) > 1:
        yield from sentence(node.args[1])
    elif func.attr == "append" and holder in NOTED:
        yield from sentence(node.args[0])


def spoken(tree: ast.Module) -> Iterator[str]:
    """Every string of a module that is a sentence or a part of one, docstrings apart."""
    docs = {id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, ast.Module | ast.FunctionDef | ast.ClassDef)
            and isinstance(n.body[0], ast.Expr)}  # fmt: skip
    inner = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in docs | inner:
            yield from (m for m in sentence(node) if SENTENCE.match(m))


SENTENCE = re.compile(
    r"^(?:[A-Z{'][^|\\^\[#<>]* [^|\\^\[#<>]*|(?:\S+ ){3}[^|\\^\[#<>]*)$"
)  # begins like one, or has four words; no pattern


def sentence(node: ast.expr) -> Iterator[str]:
    """A refusal's words with {0}, {1} where it is filled in; nothing where hardly a word is fixed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts, n = [], 0
        for value in node.values:
            if isinstance(value, ast.Constant):
                parts.append(str(value.value))
            else:
                parts.append(f"{{{n}}}")
                n += 1
        text = "".join(parts)
        if len(re.sub(r"\{\d+\}|\W", "", text)) >= 8:
            yield text


def of_the_record() -> Iterator[str]:
    """States, roles, sorts, and the names of facts and of what they hold."""
    from bifocal.front.words import fact_names, words

    yield from sorted(words())
    yield from sorted(fact_names())


def messages() -> list[str]:
    """Every message once, in the order in which it was met."""
    return list(dict.fromkeys(m for source in (in_templates, in_code, of_the_record) for m in source() if m.strip()))


def merged(translations: dict[str, str] | None = None) -> Catalog:
    """The Spanish catalogue with what is new, without what is gone; `translations` fill what is empty."""
    old = read_po(ES.open("rb"), locale="es") if ES.exists() else Catalog(locale="es")
    new = Catalog(locale="es", project="Bifocal", copyright_holder="", msgid_bugs_address="", creation_date=datetime(2026, 1, 1, tzinfo=UTC),
                  revision_date=datetime(2026, 1, 1, tzinfo=UTC), last_translator="", language_team="", fuzzy=False)  # fmt: skip
    for message in messages():
        known = old.get(message)
        text = (translations or {}).get(message) or (known.string if known and not known.fuzzy else "")
        new.add(message, text, flags=["no-python-format"])
    return new


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bifocal.front.settings")
    import django

    django.setup()
    catalog = merged()
    ES.parent.mkdir(parents=True, exist_ok=True)
    with ES.open("wb") as out:
        write_po(out, catalog, width=0, sort_output=True, omit_header=False)
    empty = [m.id for m in catalog if m.id and not m.string]
    print(f"{len(catalog)} messages, {len(empty)} without a translation", file=sys.stderr)


if __name__ == "__main__":
    main()
