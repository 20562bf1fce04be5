"""Arithmetic on named figures: exact fractions, and curves that are combined point by point.

A formula knows names, whole numbers, ``+ - * /``, brackets and the functions below, nothing else.
"""

import ast
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from statistics import median
from typing import TypeAlias

Curve: TypeAlias = dict[int, Fraction]
Value: TypeAlias = Fraction | Curve

_DECIMAL = Context(prec=30)


class FormulaError(ValueError):
    """A formula that cannot be read or evaluated."""


def _geomean(values: list[Fraction]) -> Fraction:
    logs = [_decimal(value).ln(_DECIMAL) for value in values]
    mean = _DECIMAL.divide(sum(logs, Decimal(0)), Decimal(len(logs)))
    return Fraction(mean.exp(_DECIMAL))


def _decimal(value: Fraction) -> Decimal:
    return _DECIMAL.divide(Decimal(value.numerator), Decimal(value.denominator))


FUNCTIONS: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "ln": lambda values: Fraction(_decimal(values[0]).ln(_DECIMAL)),
    "geomean": _geomean,
    "median": lambda values: Fraction(median(values)),
    "mean": lambda values: sum(values, Fraction(0)) / len(values),
    "min": min,
    "max": max,
}

_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


def names(formula: str) -> list[str]:
    """The figures that a formula uses, in reading order, without repeats."""
    found = [
        (node.lineno, node.col_offset, node.id)
        for node in ast.walk(_parse(formula))
        if isinstance(node, ast.Name) and node.id not in FUNCTIONS
    ]
    return list(dict.fromkeys(name for _, _, name in sorted(found)))


def evaluate(formula: str, figures: Mapping[str, Value]) -> Value:
    """The exact value of a formula; a curve where one of its figures is a curve.

    Raises FormulaError for an unknown name, for anything but arithmetic, and for curves whose
    lengths differ.
    """
    try:
        return _value(_parse(formula), figures)
    except ZeroDivisionError as error:
        raise FormulaError(f"{formula!r} divides by zero") from error


def _parse(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise FormulaError(f"{formula!r} is not arithmetic") from error


def _value(node: ast.expr, figures: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.Name(id=name):
            if name not in figures:
                raise FormulaError(f"no figure is called {name!r}")
            return figures[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _pointwise(_OPERATORS[type(op)], _value(left, figures), _value(right, figures))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name]([_scalar(_value(arg, figures)) for arg in args])
    raise FormulaError(f"{ast.unparse(node)!r} is not arithmetic on named figures")


def _scalar(value: Value) -> Fraction:
    if isinstance(value, dict):
        raise FormulaError("a function takes single figures, not curves")
    return value


def _pointwise(
    combine: Callable[[Fraction, Fraction], Fraction], left: Value, right: Value
) -> Value:
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            raise FormulaError(f"curves at {list(left)} and at {list(right)} do not meet")
        return {n: combine(left[n], right[n]) for n in left}
    if isinstance(left, dict):
        return {n: combine(value, _scalar(right)) for n, value in left.items()}
    if isinstance(right, dict):
        return {n: combine(left, value) for n, value in right.items()}
    return combine(left, right)


def significant(value: Fraction, digits: int) -> Fraction:
    """The value rounded half-even to so many significant digits."""
    return Fraction(Context(prec=digits).plus(_decimal(value)))


def decimal_text(value: Fraction) -> str:
    """The shortest plain decimal of a value that has one (``0.0054``, ``120``)."""
    decimal = _decimal(value).normalize(_DECIMAL)
    return format(decimal, "f")
