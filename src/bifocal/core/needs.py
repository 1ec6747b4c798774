"""Which right a command asks for, read from the command itself: a button can't promise what the server will refuse.

The one rule is the command's own `require(actor, "…")`. It stands in the command, or in the beats it shares with its
neighbours (`_load(…, "rfi.manage", …)`, `happened(…)`); a second table of commands and rights would only grow stale.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from bifocal.core.commands import registry


@cache
def right_of(command: str) -> str:
    """The right that a command requires first, or '' for one that is not there or asks for none."""
    cmd = registry.get(command)
    return _right(cmd.run, 2) if cmd else ""


def _right(run: Callable[..., Any], depth: int) -> str:
    for call in _calls(run):
        name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "require":
            return _text(call.args[1])
        helper = _helper(run, call.func)
        if depth and inspect.isfunction(helper):
            found = _asked_by(helper, call, depth)
            if found:
                return found
    return ""


def _helper(run: Callable[..., Any], func: ast.expr) -> Any:
    """A shared beat of the same module, or one of another (`seats.answering`) that is handed the right."""
    known = getattr(run, "__globals__", {})
    if isinstance(func, ast.Name):
        return known.get(func.id)
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        found = getattr(known.get(func.value.id), func.attr, None)
        return found if inspect.isfunction(found) and "right" in inspect.signature(found).parameters else None
    return None


def _asked_by(helper: Callable[..., Any], call: ast.Call, depth: int) -> str:
    """What a shared beat requires: its own word, or the one handed to its parameter `right`."""
    found = _right(helper, depth - 1)
    if found != "right":
        return found
    at = list(inspect.signature(helper).parameters).index("right")
    return _text(call.args[at]) if at < len(call.args) else next(_text(k.value) for k in call.keywords if k.arg == "right")


def _calls(run: Callable[..., Any]) -> list[ast.Call]:
    """The calls of a function in the order in which they are written."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(run)))
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return sorted(found, key=lambda n: (n.lineno, n.col_offset))


def _text(node: ast.expr) -> str:
    """A written word; of a choice ('period.lock' where it locks, else 'period.move') the usual one."""
    if isinstance(node, ast.IfExp):
        return _text(node.orelse)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
