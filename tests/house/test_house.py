"""The house rules that no linter knows."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.held import LENT_BY_LINKS, OWNER_ONLY

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "bifocal"
FILES = [p for p in SRC.rglob("*.py") if "migrations" not in p.parts and "tests" not in p.parts]


def functions(path: Path) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]


def test_files_are_short() -> None:
    long = [f"{p.relative_to(SRC)} {n}" for p in FILES if (n := p.read_text().count("\n")) > 400]
    assert long == []


def test_functions_are_short() -> None:
    long = []
    for path in FILES:
        for f in functions(path):
            body = f.body[1:] if isinstance(f.body[0], ast.Expr) else f.body
            if body and f.end_lineno and f.end_lineno - body[0].lineno + 1 > 40:
                long.append(f"{path.relative_to(SRC)}:{f.lineno} {f.name}")
    assert long == []


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if p.name.startswith("rules") or "engines" in p.parts or "lib" in p.parts],
    ids=lambda p: str(p.relative_to(SRC)),
)
def test_rules_engines_and_lib_are_free_of_django(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        for name in names:
            assert not name.startswith("django"), f"{path}: {name}"
            if name.startswith("bifocal."):
                assert re.search(r"\.(rules\w*|subject)$|^bifocal\.(lib|engines)\b", name), f"{path}: {name}"


def test_every_public_function_has_types_and_a_docstring() -> None:
    bare = [
        f"{p.relative_to(SRC)}:{f.lineno} {f.name}"
        for p in FILES
        if p.name.startswith(("commands", "queries", "rules")) or p.parent.name == "commands"
        for f in ast.parse(p.read_text()).body
        if isinstance(f, ast.FunctionDef) and not f.name.startswith("_") and not ast.get_docstring(f)
    ]
    assert [b for b in bare if "front/api" not in b] == []


def test_models_decide_nothing() -> None:
    """No save() override, no signal, no status set outside of commands."""
    for path in FILES:
        text = path.read_text()
        assert "django.db.models.signals" not in text and "django.dispatch" not in text, path
        if path.name == "models.py":
            assert not any(f.name == "save" for f in functions(path)), path


def test_every_right_that_is_required_is_held_by_somebody() -> None:
    from bifocal.front.rights import GRANTS, ROLES

    held = set().union(*ROLES.values(), *GRANTS.values())
    wanted = {m for p in FILES for m in re.findall(r'require\(\s*actor,\s*"([a-z_.]+)"', p.read_text())}
    assert wanted - held - LENT_BY_LINKS - OWNER_ONLY == set()


def test_grants_name_commands_or_rights_that_exist() -> None:
    from bifocal.front.rights import GRANTS

    text = "\n".join(p.read_text() for p in FILES)
    for name in GRANTS:
        assert f'within("{name}")' in text or f'"{name}"' in text, name


def test_no_file_names_a_registry_host() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in tracked:
        if name.endswith((".lock", "package-lock.json", ".toml", ".npmrc", "Makefile", "run", ".in")):
            text = (ROOT / name).read_text()
            assert "://" not in re.sub(
                r"https?://(localhost|127\.0\.0\.1|www\.apache\.org|opencollective|github\.com|tidelift|paypal|ko-fi|patreon|www\.patreon|buymeacoffee|feross|polar|json\.schemastore)\S*",
                "",
                text,
            ) or name.endswith("package-lock.json"), name
            assert '"resolved"' not in text, name


def test_migrations_are_complete() -> None:
    env = {**os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_openapi_is_the_one_served() -> None:
    committed = json.loads((ROOT / "docs/reference/openapi.json").read_text())
    done = subprocess.run([sys.executable, "tests/openapi.py"], cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == committed, "run `make openapi` and commit docs/reference/openapi.json"


def test_deploy_check_is_clean() -> None:
    ours = ("BIFOCAL_HTTPS", "BIFOCAL_TESTING", "DJANGO_ALLOW_ASYNC_UNSAFE")  # the last: of a browser test in this worker
    env = {k: v for k, v in os.environ.items() if k not in ours}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
