"""Read an answer that is an object: a number, a list, an array, a tensor or a SymPy expression.

SymPy and PyTorch are never imported here: an object of theirs brings its library with it.
"""

import decimal
import math
import sys
from fractions import Fraction

from course_utils.check.expressions import FUNCTIONS, Names, read_text
from course_utils.check.tree import (
    MAX_DEPTH,
    MAX_NODES,
    Node,
    UnclearAnswer,
    call,
    decimal_number,
    matrix,
    number,
    symbol,
)

MAX_INTEGER_BITS = 2000

# SymPy classes by name, and the operation or function each stands for.
LONGER = {"Add": "add", "MatAdd": "add", "Mul": "multiply", "MatMul": "multiply"}
CALLS = {
    "Transpose": "transpose", "Inverse": "inverse", "Trace": "trace", "Determinant": "det", "Identity": "identity",
    "GenericIdentity": "identity", "ZeroMatrix": "zeros", "OneMatrix": "ones", "DotProduct": "dot",
}  # fmt: skip
NOT_FINITE = ("NaN", "Infinity", "NegativeInfinity", "ComplexInfinity")


def read_answer(given: object, names: Names) -> Node:
    """Read whatever a student gave.

    Parameters
    ----------
    given : str, number, list, tuple, NumPy array, tensor or SymPy object
    names : Names
        The symbols it may use.

    Returns
    -------
    Node

    Raises
    ------
    UnclearAnswer
        For anything else, and for numbers that are not finite and real.
    """
    if given is None or given is ...:
        raise UnclearAnswer("No answer was given. Replace the placeholder by yours.")
    if isinstance(given, str):
        return read_text(given, names)
    if isinstance(given, bool):
        raise UnclearAnswer(f"The answer {given} is a truth value. Give a formula or a number.")
    scalar = _read_number(given)
    if scalar is not None:
        return scalar
    if _is_sympy(given):
        return _SympyReader(names).read(given)
    if isinstance(given, list | tuple):
        return _read_rows(given, names)
    if not isinstance(given, type) and any(hasattr(given, name) for name in ("detach", "to_numpy", "tolist")):
        return read_answer(_plain_lists(given), names)
    raise UnclearAnswer(
        f"An answer cannot be of the type {type(given).__name__}. Give a formula as text, a SymPy expression, a "
        "number or an array."
    )


def _read_number(given: object) -> Node | None:
    if isinstance(given, int):
        if given.bit_length() > MAX_INTEGER_BITS:
            raise UnclearAnswer("The number you gave has too many digits to be an answer here.")
        return number(given)
    if isinstance(given, Fraction):
        return number(given)
    if isinstance(given, complex):
        raise UnclearAnswer("Your answer is a complex number. The answer here is real.")
    if isinstance(given, float):
        if not math.isfinite(given):
            raise UnclearAnswer(f"Your answer is {given}, which is not a finite number.")
        return decimal_number(repr(float(given)))
    if isinstance(given, decimal.Decimal):
        if not given.is_finite():
            raise UnclearAnswer(f"Your answer is {given}, which is not a finite number.")
        return decimal_number(str(given))
    return None


def _read_rows(given: list | tuple, names: Names) -> Node:
    rows = [row if isinstance(row, list | tuple) else [row] for row in given[: MAX_NODES + 1]]
    kinds = {isinstance(row, list | tuple) for row in given[: MAX_NODES + 1]}
    if not rows or not rows[0] or len(kinds) > 1 or len({len(row) for row in rows}) > 1:
        raise UnclearAnswer("A matrix is a list of rows of one length: [[1, 2], [3, 4]]. A column may be a flat list.")
    if len(rows) * len(rows[0]) > MAX_NODES:
        raise UnclearAnswer(f"Your matrix has more than {MAX_NODES} entries.")
    entries = []
    for entry in (entry for row in rows for entry in row):
        if isinstance(entry, list | tuple):
            raise UnclearAnswer("Your answer has more than two dimensions. Give a matrix.")
        entries.append(read_answer(entry, names))
    return entries[0] if len(entries) == 1 else matrix(len(rows), len(rows[0]), tuple(entries))


def _plain_lists(given) -> object:
    """Return the numbers of an array, a tensor or a table as lists, after a look at their shape."""
    try:
        if hasattr(given, "detach"):
            given = given.detach().cpu()
        elif hasattr(given, "to_numpy"):
            given = given.to_numpy()
        shape = tuple(given.shape)
        if len(shape) <= 2 and math.prod(shape) <= MAX_NODES:
            if str(given.dtype) in ("float16", "float32"):
                # Single precision holds 7 digits. Read as double precision, 2/3 would come out as 0.6666666865.
                given = given.astype("U32").astype("float64")
            return given.tolist()
    except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError):
        raise UnclearAnswer(
            f"The {type(given).__name__} you gave cannot be read as numbers. Give a formula as text or a list."
        ) from None
    raise UnclearAnswer(
        f"Your array has the shape {shape}. Give a matrix: two dimensions and {MAX_NODES} entries at most."
    )


def _is_sympy(given: object) -> bool:
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(given, sympy.Basic | sympy.MatrixBase | sympy.tensor.indexed.IndexedBase)


class _SympyReader:
    """Turn a SymPy object into a tree, by the names of its classes. Nothing of it is evaluated or simplified."""

    def __init__(self, names: Names):
        self.names = names
        self.bound: list[object] = []
        self.nodes = 0
        self.depth = 0

    def read(self, given) -> Node:
        """Return the tree of a SymPy object, or refuse it."""
        self.nodes += 1
        self.depth += 1
        if self.nodes > MAX_NODES or self.depth > MAX_DEPTH:
            raise UnclearAnswer(
                f"Your expression has more than {MAX_NODES} operations, or nests them too deep. Write sums over the "
                "data with Sum, and do not expand."
            )
        result = self._read(given)
        self.depth -= 1
        return result

    def _read(self, given) -> Node:
        name = type(given).__name__
        if getattr(given, "is_Rational", False) is True:
            if max(abs(given.p).bit_length(), given.q.bit_length()) > MAX_INTEGER_BITS:
                raise UnclearAnswer("A number in your expression has too many digits to be part of an answer here.")
            return number(Fraction(int(given.p), int(given.q)))
        if name in NOT_FINITE:
            raise UnclearAnswer(f"Your answer holds {given}, which is not a finite number.")
        if name == "Float":
            return decimal_number(str(given))
        if name in ("Pi", "Exp1"):
            return Node("constant", value="pi" if name == "Pi" else "E")
        if name == "ImaginaryUnit":
            raise UnclearAnswer("Your answer holds the imaginary unit. The answer here is real.")
        if name in ("Symbol", "Dummy", "Idx", "MatrixSymbol", "IndexedBase"):
            return self._symbol(given)
        if name in LONGER:
            return Node(LONGER[name], tuple(self.read(arg) for arg in given.args))
        if name in ("Pow", "MatPow"):
            return Node("power", (self.read(given.base), self.read(given.exp)))
        if name in CALLS:
            return call(CALLS[name], *(self.read(arg) for arg in self._arguments(given, name)))
        if name == "HadamardProduct":
            result, *rest = (self.read(arg) for arg in given.args)
            for factor in rest:
                result = call("hadamard", result, factor)
            return result
        if name in ("Indexed", "MatrixElement"):
            return Node("item", tuple(self.read(arg) for arg in given.args))
        if name == "Sum":
            return self._sum(given)
        if hasattr(given, "tolist") and hasattr(given, "shape"):
            return self._matrix(given)
        return self._function(given, name)

    def _arguments(self, given, name: str):
        if name == "Inverse":  # its second argument is the exponent -1
            return given.args[:1]
        return given.args

    def _symbol(self, given) -> Node:
        if given in self.bound:
            return symbol(_index_name(given))
        return symbol(self.names.resolve(str(given.name if hasattr(given, "name") else given.label)))

    def _sum(self, given) -> Node:
        limits = []
        for limit in given.limits:
            if len(limit) != 3:
                raise UnclearAnswer("A Sum in your answer has no bounds. Write Sum(x[i], (i, 1, n)).")
            limits.append((limit[0], self.read(limit[1]), self.read(limit[2])))
        self.bound.extend(index for index, _, _ in limits)
        result = self.read(given.function)
        del self.bound[len(self.bound) - len(limits) :]
        for index, low, high in limits:
            result = Node("sum", (result, low, high), _index_name(index))
        return result

    def _matrix(self, given) -> Node:
        if len(given.shape) != 2 or not all(isinstance(size, int) or size.is_Integer for size in given.shape):
            raise UnclearAnswer("A matrix of yours has no explicit entries. Use the matrix symbols of the question.")
        rows, columns = map(int, given.shape)
        if not 0 < rows * columns <= MAX_NODES:
            raise UnclearAnswer(f"Your matrix must have between 1 and {MAX_NODES} entries; it has {rows * columns}.")
        entries = tuple(self.read(given[row, column]) for row in range(rows) for column in range(columns))
        return entries[0] if len(entries) == 1 else matrix(rows, columns, entries)

    def _function(self, given, name: str) -> Node:
        name = getattr(getattr(given, "func", None), "__name__", name)
        function, arity = FUNCTIONS.get(name, (None, 0))
        if function is not None and len(given.args) == arity:
            return call(function, *(self.read(arg) for arg in given.args))
        if name in ("Equality", "Unequality"):
            raise UnclearAnswer("Your answer is an equation. Give only the right-hand side.")
        advice = (
            " Call .doit() on it first."
            if name in ("Derivative", "Integral", "Subs", "Product", "MatrixDerivative")
            else ""
        )
        raise UnclearAnswer(f"Your expression holds {name}, which is not read here.{advice}")


def _index_name(index) -> str:
    """Return a name for a summation index that no other symbol has."""
    return f"{index.name if hasattr(index, 'name') else index}#{getattr(index, 'dummy_index', 0)}"
