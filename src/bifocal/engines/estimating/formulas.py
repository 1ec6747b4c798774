"""Formulas of an assembly: '2*(length+width)*height - openings'. Decimal arithmetic and seven functions, nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, DecimalException

from bifocal.lib.errors import Invalid

LONGEST, MOST_PARTS = 200, 60
LARGEST = Decimal(10) ** 9


def _whole(rounding: str) -> Callable[..., Decimal]:
    return lambda value: value.quantize(Decimal(1), rounding=rounding)


FUNCTIONS: Mapping[str, Callable[..., Decimal]] = {
    "ceil": _whole(ROUND_CEILING), "floor": _whole(ROUND_FLOOR), "round": _whole(ROUND_HALF_UP), "min": min, "max": max, "abs": abs,
    "sqrt": lambda value: value.sqrt(),
}  # fmt: skip


def evaluate(text: str, names: Mapping[str, Decimal], *, where: str = "") -> Decimal:
    """The value of a formula over these names. Raises Invalid with what it can't read, and which names there are."""
    place = f" of {where}" if where else ""
    if len(text) > LONGEST:
        raise Invalid(f"The formula{place} is longer than {LONGEST} signs.", field="formula")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as bad:
        raise Invalid(f"'{text}' is not a formula{place}. Write it like 2*length + 4.", field="formula") from bad
    if sum(1 for _ in ast.walk(tree)) > MOST_PARTS * 2:
        raise Invalid(f"The formula{place} has too many parts. Split it over two lines.", field="formula")
    try:
        value = _value(tree.body, text.strip(), names, place)
    except (DecimalException, ZeroDivisionError) as bad:
        raise Invalid(f"'{text}'{place} can't be computed: it divides by zero or leaves the numbers.", field="formula") from bad
    if not value.is_finite() or abs(value) > LARGEST:
        raise Invalid(f"'{text}'{place} gives a quantity beyond a billion.", field="formula")
    return value


def _value(node: ast.expr, text: str, names: Mapping[str, Decimal], place: str) -> Decimal:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return Decimal((ast.get_source_segment(text, node) or str(node.value)).replace("_", ""))
        case ast.Name(id=name):
            if name not in names:
                raise Invalid(f"'{name}'{place} is not known. There are: {', '.join(sorted(names)) or 'no names'}.", field="formula")
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, text, names, place)
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(op, _value(left, text, names, place), _value(right, text, names, place), place)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            if name not in ("min", "max") and len(args) > 1:
                raise Invalid(f"'{name}'{place} takes one number.", field="formula")
            return FUNCTIONS[name](*(_value(a, text, names, place) for a in args))
    raise Invalid(f"A formula{place} has numbers, names, + - * / ( ) and {', '.join(FUNCTIONS)} only.", field="formula")


def _joined(op: ast.operator, a: Decimal, b: Decimal, place: str) -> Decimal:
    match op:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
    raise Invalid(f"A formula{place} has + - * / only.", field="formula")
