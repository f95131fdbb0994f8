"""Confirm: is it true?

A claimed gradient is compared with two oracles that do not know the derivation: central differences in 50-digit
arithmetic, and PyTorch's autograd in float64 (where PyTorch is installed). A claimed identity is compared at random
points. What cannot be compared does not count as confirmed.
"""

import importlib.util
import numbers
import random
import re
from dataclasses import dataclass

import mpmath
import numpy as np
import sympy as sp
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from course_utils.derive import explicit

__all__ = ["Confirmation", "NotConfirmed", "gradient", "identity"]

DIGITS = 50
# Central differences err by step² times a third derivative: about 1e-30 here, far below the tolerance.
STEP = mpmath.mpf(10) ** -15
TOLERANCE = {"finite differences": 1e-20, "autograd": 1e-9}
RANDOM_POINTS = 3
SEED = 20


class NotConfirmed(AssertionError, ValueError):
    """A claim that could not be compared: wrong shape, unknown symbol, not a number, nothing to compare.

    It is an `AssertionError`, since the claim is not confirmed, and a `ValueError`, since the arguments are at fault.
    """


@dataclass(frozen=True)
class Confirmation:
    """A claim that held, as a small table.

    Attributes
    ----------
    header : tuple of str
        Names of the columns: the entry, the claim, and one column for each oracle.
    rows : tuple of tuple of str
        One row for each entry, at the first point, to six significant digits.
    summary : str
        How many comparisons were made, and how closely they agree.
    """

    header: tuple
    rows: tuple
    summary: str

    def __repr__(self):
        table = [self.header, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.header))]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in table
        ]
        return "\n".join([*lines, self.summary])

    def _repr_html_(self):
        head = "".join(f"<th>{cell}</th>" for cell in self.header)
        body = "".join("<tr>" + "".join(f"<td>{_typeset(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        return (
            f'<table class="confirmation"><caption>✓ {self.summary}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def gradient(loss, wrt, claimed, at=None):
    """Confirm a claimed gradient, entry by entry.

    Parameters
    ----------
    loss : sympy.Expr or 1 × 1 matrix expression
        The scalar that was differentiated.
    wrt : Symbol, MatrixSymbol, Matrix of symbols, or list of symbols
        What it was differentiated with respect to.
    claimed : Expr, MatrixExpr, Matrix, array or list
        The claim, in the shape of `wrt`.
    at : dict or list of dict, optional
        Points: from each symbol (or its name) to a number or an array. Arrays give symbolic sizes their numbers.
        Without it, three random points are drawn, and symbolic sizes become …, 3, 2 in the order of their names: n = 3
        and p = 2 for a matrix of shape (n, p), so that it is tall.

    Returns
    -------
    Confirmation
        The table of values at the first point.

    Raises
    ------
    AssertionError
        If an entry differs from an oracle. The message names the entry, what was claimed, what was found, and where.
    NotConfirmed
        If nothing can be compared: the claim has another shape than `wrt`, contains a symbol without a value, or is not
        a real number at the point; a symbol of `at` is unknown; `wrt` is empty or does not occur in the loss.
    """
    problem = _Problem(loss, wrt, claimed, at)
    oracles = {"finite differences": _central_differences, "autograd": _autograd}
    missing = _without_autograd(problem.loss)
    if missing:
        del oracles["autograd"]
    rows = []
    for number, point in enumerate(problem.points):
        claims = [
            _real(_evaluate(entry, point), f"The claimed ∂/∂{symbol}", point)
            for symbol, entry in zip(problem.symbols, problem.claims, strict=True)
        ]
        found = {name: oracle(problem.loss, problem.symbols, point) for name, oracle in oracles.items()}
        for index, (symbol, claim) in enumerate(zip(problem.symbols, claims, strict=True)):
            values = {name: values[index] for name, values in found.items()}
            for name, value in values.items():
                if not _close(value, claim, TOLERANCE[name]):
                    raise AssertionError(
                        f"∂/∂{symbol}: claimed {_digits(claim)}, {name} found {_digits(value)} at {_place(point)}."
                    )
            if number == 0:
                rows.append((f"∂/∂{symbol}", _digits(claim), *map(_digits, values.values())))
    return Confirmation(("entry", "claimed", *oracles), tuple(rows), _summary(rows, problem.points) + missing)


def identity(left, right, at=None):
    """Confirm that two expressions are equal, entry by entry, at random points in 50-digit arithmetic.

    Parameters
    ----------
    left, right : Expr, MatrixExpr, Matrix, array or number
        Of equal shapes.
    at : dict or list of dict, optional
        As for `gradient`.

    Returns
    -------
    Confirmation

    Raises
    ------
    AssertionError
        If an entry differs; the message names it and both values.
    NotConfirmed
        If nothing can be compared, as for `gradient`.
    """
    points, (left, right) = _settle(at, left, right)
    left, right = _as_matrix(left), _as_matrix(right)
    if left.shape != right.shape:
        raise NotConfirmed(f"The left side has shape {left.shape}, the right side {right.shape}.")
    rows = []
    for number, point in enumerate(points):
        for row in range(left.rows):
            for column in range(left.cols):
                name = "value" if left.shape == (1, 1) else f"[{row}, {column}]"
                values = [
                    _real(_evaluate(side[row, column], point), f"{name} of the {which} side", point)
                    for which, side in (("left", left), ("right", right))
                ]
                if not _close(*values, TOLERANCE["finite differences"]):
                    raise AssertionError(
                        f"{name}: the left side is {_digits(values[0])}, the right side "
                        f"{_digits(values[1])} at {_place(point)}."
                    )
                if number == 0:
                    rows.append((name, *map(_digits, values)))
    return Confirmation(("entry", "left", "right"), tuple(rows), _summary(rows, points))


class _Problem:
    """A loss, the symbols it is differentiated by, and the claims, all scalar; and the points to compare them at."""

    def __init__(self, loss, wrt, claimed, at):
        wrt = sp.Matrix(wrt) if isinstance(wrt, list | tuple) else sp.sympify(wrt)
        if getattr(wrt, "shape", None) and 0 in wrt.shape:
            raise NotConfirmed("wrt is empty; give at least one symbol to differentiate by.")
        self.points, (loss, wrt, claimed) = _settle(at, loss, wrt, claimed)
        loss, wrt, claimed = _as_matrix(loss), _as_matrix(wrt), _as_matrix(claimed)
        if loss.shape != (1, 1):
            raise NotConfirmed(f"The loss has shape {loss.shape}; expected a scalar.")
        if claimed.shape != wrt.shape:
            raise NotConfirmed(
                f"The claimed gradient has shape {claimed.shape}; expected {wrt.shape}, the shape of "
                "what it is taken with respect to."
            )
        self.loss, self.symbols, self.claims = loss[0, 0], list(wrt), list(claimed)
        if undefined := self.loss.atoms(sp.core.function.AppliedUndef):
            raise NotConfirmed(f"The loss contains the undefined function {undefined.pop()}; give it a formula.")
        for symbol in self.symbols:
            if not isinstance(symbol, sp.Symbol):
                raise NotConfirmed(f"wrt contains {symbol}; expected symbols only.")
            if symbol not in self.loss.free_symbols:
                raise NotConfirmed(f"The loss does not contain {symbol}: {self.loss}")
        if at is None and (
            unknown := set().union(*(claim.free_symbols for claim in self.claims)) - self.loss.free_symbols
        ):
            raise NotConfirmed(
                f"The claim contains {_names(unknown)}, which the loss does not. "
                "Give a value in at=, or write it in the symbols of the loss."
            )


def _settle(at, *expressions):
    """Replace matrices by matrices of scalar symbols, and return the points together with the new expressions."""
    expressions = [_sympify(expression) for expression in expressions]
    matrices = set().union(*(expression.atoms(sp.MatrixSymbol) for expression in expressions))
    given = None if at is None else [_named(point) for point in (at if isinstance(at, list | tuple) else [at])]
    if given is not None and not given:
        raise NotConfirmed("at is empty; give at least one point, or leave it out for random points.")
    sizes = _sizes(matrices, given)
    entries = {
        matrix: sp.Matrix(
            *matrix.subs(sizes).shape, lambda row, column, matrix=matrix: _entry_symbol(matrix, row, column)
        )
        for matrix in matrices
    }
    scalars = [_scalars(expression, sizes, entries) for expression in expressions]
    free = set().union(*(expression.free_symbols for expression in scalars))
    if len(names := sorted(symbol.name for symbol in free)) > len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise NotConfirmed(f"Two symbols are called {twice}, with different assumptions; use one.")
    points = _random_points(free) if given is None else [_point(point, free, entries) for point in given]
    return points, scalars


def _sympify(value):
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray | list | tuple):
        array = np.asarray(value, dtype=object)
        if array.size == 0:
            raise NotConfirmed("A side of the comparison is empty.")
        if array.ndim > 2:
            raise NotConfirmed(f"An array of shape {array.shape} was given; expected at most two dimensions.")
        if wrong := [entry for entry in array.flat if not isinstance(entry, sp.Expr | numbers.Number)]:
            raise NotConfirmed(f"An entry is {wrong[0]!r}; expected a formula or a number.")
        value = sp.ImmutableMatrix(array if array.ndim == 2 else array.reshape(-1, 1)) if array.ndim else array.item()
    try:
        value = sp.sympify(value, strict=True)
    except (sp.SympifyError, TypeError) as error:
        raise NotConfirmed(f"Expected a SymPy expression, a matrix, an array or a number; got {value!r}.") from error
    if not isinstance(value, sp.Expr | sp.MatrixBase):
        raise NotConfirmed(f"Expected a SymPy expression, a matrix, an array or a number; got {value!r}.")
    if value.atoms(sp.Indexed):
        raise NotConfirmed(f"{value.atoms(sp.Indexed).pop()} is an entry of indexed data; give it as a plain symbol.")
    return value.as_immutable() if isinstance(value, sp.MatrixBase) else value


def _scalars(expression, sizes, entries):
    if isinstance(expression, sp.MatrixExpr) or expression.atoms(sp.MatrixSymbol):
        expression = expression.subs(sizes)
        expression = explicit(expression) if hasattr(expression, "shape") else expression.doit()
        expression = expression.subs(
            {
                matrix.subs(sizes)[row, column]: symbols[row, column]
                for matrix, symbols in entries.items()
                for row in range(symbols.rows)
                for column in range(symbols.cols)
            }
        )
    return expression.doit()


def _entry_symbol(matrix, row, column):
    index = f"{row}" if matrix.shape[1] == 1 else f"{row}, {column}"
    return sp.Symbol(f"{matrix.name}[{index}]", real=True)


def _as_matrix(expression):
    return sp.Matrix(expression) if hasattr(expression, "shape") else sp.Matrix([[expression]])


def _named(point):
    if not isinstance(point, dict):
        raise NotConfirmed(f"A point is a dict from symbols to values; got {point!r}.")
    return {str(symbol): value for symbol, value in point.items()}


def _sizes(matrices, points):
    """Give each symbolic size a number: that of the arrays given, else …, 3, 2 in the order of their names."""
    symbolic = sorted({size for matrix in matrices for size in matrix.shape if not size.is_Integer}, key=str)
    if points is None:
        return {size: 1 + len(symbolic) - number for number, size in enumerate(symbolic)}
    sizes = {}
    for matrix in sorted(matrices, key=str):
        if matrix.name not in points[0]:
            continue
        shape = _array(points[0][matrix.name], matrix).shape
        for size, number in zip(matrix.shape, shape, strict=True):
            if sizes.setdefault(size, number) != number or (size.is_Integer and size != number):
                expected = size if size.is_Integer else sizes[size]
                raise NotConfirmed(f"{matrix.name} was given with shape {shape}; its size {size} should be {expected}.")
    if missing := [size for size in symbolic if size not in sizes]:
        raise NotConfirmed(f"No array in at= gives the size {missing[0]} a number.")
    return sizes


def _array(value, matrix):
    value = value.detach().cpu().numpy() if hasattr(value, "detach") else value
    array = np.asarray(value.tolist() if isinstance(value, sp.MatrixBase) else value, dtype=object)
    if array.ndim == 1 and matrix.shape[1] == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise NotConfirmed(f"{matrix.name} is a matrix; expected an array with two dimensions, got {array.shape}.")
    return array


def _point(values, free, entries):
    """From symbol to exact number, for every scalar symbol of the expressions."""
    matrices = {matrix.name: (matrix, symbols) for matrix, symbols in entries.items()}
    scalars = {symbol.name: symbol for symbol in free}
    point = {}
    for name, value in values.items():
        if name in matrices:
            matrix, symbols = matrices[name]
            array = _array(value, matrix)
            if array.shape != symbols.shape:
                raise NotConfirmed(f"{name} was given with shape {array.shape}; expected {symbols.shape}.")
            point |= {symbol: _exact(number, symbol) for symbol, number in zip(symbols, array.flat, strict=True)}
        elif name in scalars:
            point[scalars[name]] = _exact(value, name)
        else:
            known = sorted(set(matrices) | set(scalars))
            raise NotConfirmed(f"at= names {name}, which does not occur. The symbols are: {', '.join(known)}.")
    if missing := free - set(point):
        raise NotConfirmed(f"at= gives no value for {_names(missing)}.")
    return point


def _exact(value, name):
    if isinstance(value, np.generic):
        value = value.item()
    if hasattr(value, "detach"):
        value = value.item()
    if isinstance(value, sp.Expr) and value.is_real and value.is_number:
        return value
    if not isinstance(value, numbers.Real) or not np.isfinite(float(value)):
        raise NotConfirmed(f"{name} was given as {value!r}; expected a finite real number.")
    return sp.Rational(value)


def _random_points(free):
    """Draw fractions between ½ and 3, of either sign where the symbol's assumptions allow it."""
    draw = random.Random(SEED)
    points = []
    for _ in range(RANDOM_POINTS):
        point = {}
        for symbol in sorted(free, key=lambda symbol: symbol.name):
            value = sp.Integer(draw.randint(1, 4)) if symbol.is_integer else sp.Rational(draw.randint(32, 192), 64)
            negative = draw.random() < 0.5 and not symbol.is_nonnegative and not symbol.is_positive
            point[symbol] = -value if negative or symbol.is_negative or symbol.is_nonpositive else value
        points.append(point)
    return points


def _evaluate(expression, point):
    """Evaluate a scalar expression to 50 digits."""
    return sp.sympify(expression).subs(point).doit().evalf(DIGITS)


def _real(value, what, point):
    if value.is_infinite or value is sp.nan or value.has(sp.zoo, sp.nan, sp.oo):
        raise NotConfirmed(f"{what} is {value} at {_place(point)}: not a finite number.")
    if value.free_symbols:
        raise NotConfirmed(f"{what} contains {_names(value.free_symbols)}, which has no value.")
    real, imaginary = value.as_real_imag()
    if imaginary != 0:
        raise NotConfirmed(f"{what} is complex at {_place(point)}: {_digits(real)} + {_digits(imaginary)}i.")
    if not value.is_number or not value.is_comparable:
        raise NotConfirmed(f"{what} is not a number at {_place(point)}: {value}")
    with mpmath.workdps(DIGITS):
        return mpmath.mpmathify(str(value.evalf(DIGITS)))


def _close(found, expected, tolerance):
    with mpmath.workdps(DIGITS):
        return abs(found - expected) <= tolerance * max(1, abs(expected))


def _central_differences(loss, symbols, point):
    with mpmath.workdps(DIGITS):
        names = list(point)
        function = sp.lambdify(names, loss, "mpmath")
        base = [
            mpmath.mpf(value.p) / value.q if value.is_Rational else mpmath.mpf(str(value.evalf(DIGITS)))
            for value in point.values()
        ]
        slopes = []
        for symbol in symbols:
            index = names.index(symbol)
            ends = [function(*base[:index], base[index] + sign * STEP, *base[index + 1 :]) for sign in (1, -1)]
            slope = (ends[0] - ends[1]) / (2 * STEP)
            if not isinstance(slope, mpmath.mpf) or not mpmath.isfinite(slope):
                raise NotConfirmed(f"The loss is not a finite real number near {_place(point)}: {slope}")
            slopes.append(slope)
        return slopes


# What SymPy and PyTorch both know. SymPy prints Abs, Max, Min and Piecewise as Python, which tensors understand.
AUTOGRAD_FUNCTIONS = (
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "sign",
    "erf",
    "asin",
    "acos",
    "atan",
)
AUTOGRAD_PYTHON = ("Abs", "Max", "Min", "Piecewise")


def _without_autograd(loss):
    """Say why autograd cannot serve as an oracle here, or return an empty string."""
    if importlib.util.find_spec("torch") is None:
        return " PyTorch is not installed: one oracle less."
    unknown = {function.func.__name__ for function in loss.atoms(sp.Function)}
    unknown -= {*AUTOGRAD_FUNCTIONS, *AUTOGRAD_PYTHON}
    return f" PyTorch does not know {', '.join(sorted(unknown))}: one oracle less." if unknown else ""


def _autograd(loss, symbols, point):
    import torch

    def on_tensors(function):
        return lambda *values: function(*(torch.as_tensor(value, dtype=torch.float64) for value in values))

    functions = {name: on_tensors(getattr(torch, name)) for name in AUTOGRAD_FUNCTIONS}
    values = {
        symbol: torch.tensor(float(value), dtype=torch.float64, requires_grad=symbol in symbols)
        for symbol, value in point.items()
    }
    value = torch.as_tensor(sp.lambdify(list(values), loss, [functions])(*values.values()), dtype=torch.float64)
    if not value.requires_grad:  # the branch of Max or Piecewise taken at this point is a constant
        return [mpmath.mpf(0)] * len(symbols)
    # A branch of Max or Piecewise may leave a symbol out at this point: its gradient is then zero.
    slopes = torch.autograd.grad(value, [values[symbol] for symbol in symbols], materialize_grads=True)
    return [mpmath.mpf(slope.item()) for slope in slopes]


def _digits(value):
    """Six significant digits, and 0 for what is 0 up to rounding."""
    return "0" if abs(value) < 1e-12 else f"{float(value):.6g}"


def _typeset(cell):
    """Write the name of a symbol with its Greek letter and its subscript: beta_0 as β₀."""
    return re.sub(r"[A-Za-z]\w*", lambda name: pretty_symbol(name[0]), cell) if cell.startswith("∂/∂") else cell


def _place(point):
    shown = [f"{symbol} = {_digits(value)}" for symbol, value in sorted(point.items(), key=lambda item: item[0].name)]
    return ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "")


def _names(symbols):
    return ", ".join(sorted(symbol.name for symbol in symbols))


def _summary(rows, points):
    entries = "1 entry" if len(rows) == 1 else f"{len(rows)} entries"
    places = "1 point" if len(points) == 1 else f"{len(points)} points"
    return f"{entries} at {places}: all agree."
