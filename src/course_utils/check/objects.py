"""Read an answer that is an object: a number, a list, an array, a tensor or a SymPy expression.

An object may come with code of its own, in a property, in `__array__`, in `__float__`, and that code may do anything or
never end. So none of it is called. What an object is, is read from its type; only the types of Python, NumPy, pandas,
PyTorch and SymPy themselves are taken, and of a type derived from one of them only what lies in the base. SymPy and
PyTorch are never imported here: an object of theirs brings its library with it.
"""

import decimal
import math
import sys
from fractions import Fraction

from course_utils.check.expressions import FUNCTIONS, OPERATIONS, Names, read_text
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
DECIMAL_BITS = 200

# SymPy classes by name, and the operation or function each stands for.
LONGER = {"Add": "add", "MatAdd": "add", "Mul": "multiply", "MatMul": "multiply"}
CALLS = {
    "Transpose": "transpose",
    "Adjoint": "transpose",
    "Inverse": "inverse",
    "Trace": "trace",
    "Determinant": "det",
    "Identity": "identity",
    "GenericIdentity": "identity",
    "ZeroMatrix": "zeros",
    "OneMatrix": "ones",
    "DotProduct": "dot",
    "HadamardPower": "elementwise_power",
    "DiagMatrix": "diagonal",
}
# Types of tables and tensors, by library.
TABLES = {"torch": ("Tensor",), "pandas": ("Series", "DataFrame"), "numpy": ("ndarray", "generic")}
TOO_MANY_DIGITS = "A number in your expression has too many digits to be part of an answer here."
# SymPy types that can name an option.
PLAIN_TYPES = ("Symbol", "Zero", "One", "Integer", "Infinity")
NOT_FINITE = ("NaN", "Infinity", "NegativeInfinity", "ComplexInfinity")


def bases(given: object) -> tuple[type, ...]:
    """Return the type of an object and all it derives from; unlike `isinstance`, without asking the object."""
    return type.__dict__["__mro__"].__get__(type(given))


def type_name(given: object) -> str:
    """Return the name of the type of an object, whatever its metaclass says."""
    return type.__dict__["__name__"].__get__(type(given))[:60]


def library_type(given: object, library: str, *names: str) -> type | None:
    """Return the first of the named types of a library that an object derives from, where that library is loaded."""
    module = sys.modules.get(library)
    found = (vars(module).get(name) for name in names) if module is not None else ()
    return next((kind for kind in found if kind in bases(given)), None)


def plain_text(given: object) -> str | None:
    """Return the characters of a text, or of one derived from it; None for anything else."""
    return str.__str__(given) if str in bases(given) else None


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
    if type(given) in (list, tuple) or list in bases(given) or tuple in bases(given):
        return _read_rows(_elements(given), names)
    table = _plain_lists(given)
    if table is not None:
        return _read_rows(table, names) if type(table) is list else _read_entry(table, names)
    return _read_entry(given, names)


def _read_entry(given: object, names: Names) -> Node:
    """Read what has no rows and columns, or is a SymPy object."""
    if given is None or given is ...:
        raise UnclearAnswer("No answer was given. Replace the placeholder by yours.")
    text = plain_text(given)
    if text is not None:
        return read_text(text, names)
    if type(given) is bool or library_type(given, "numpy", "bool_"):
        raise UnclearAnswer(f"The answer {bool(given)} is a truth value. Give a formula or a number.")
    scalar = _read_number(given)
    if scalar is not None:
        return scalar
    if is_sympy(given):
        return _SympyReader(names).read(given)
    raise UnclearAnswer(
        f"An answer cannot be of the type {type_name(given)}. Give a formula as text, a SymPy expression, a "
        "number or an array."
    )


def _read_number(given: object) -> Node | None:
    kinds = bases(given)
    if int in kinds:
        return _whole_number(int.__int__(given))
    if Fraction in kinds:
        numerator, denominator = Fraction._numerator.__get__(given), Fraction._denominator.__get__(given)
        return Node("divide", (_whole_number(numerator), _whole_number(denominator)))
    if complex in kinds or library_type(given, "numpy", "complexfloating"):
        raise UnclearAnswer("Your answer is a complex number. The answer here is real.")
    if float in kinds:
        return _finite_number(float.__float__(given))
    if decimal.Decimal in kinds:
        return _finite_number(decimal.Decimal(given))
    if library_type(given, "mpmath", "mpf") is type(given):
        return _finite_number(decimal.Decimal(sys.modules["mpmath"].nstr(given, 30)))
    return None


def _whole_number(value: object) -> Node:
    if type(value) is not int or value.bit_length() > MAX_INTEGER_BITS:
        raise UnclearAnswer("The number you gave has too many digits to be an answer here.")
    return number(value)


def _finite_number(value: float | decimal.Decimal) -> Node:
    finite = math.isfinite(value) if type(value) is float else value.is_finite()
    if not finite:
        raise UnclearAnswer(f"Your answer is {value}, which is not a finite number.")
    return decimal_number(repr(value) if type(value) is float else str(value))


def _elements(given: object) -> list:
    """Return the elements of a list or a tuple, one more than may be read at most."""
    step = list.__iter__(given) if list in bases(given) else tuple.__iter__(given)
    return [element for _, element in zip(range(MAX_NODES + 1), step, strict=False)]


def _read_rows(given: list, names: Names) -> Node:
    given = [_row(row) for row in given]
    rows = [row if type(row) is list else [row] for row in given]
    if not rows or not rows[0] or len({type(row) is list for row in given}) > 1 or len({len(row) for row in rows}) > 1:
        raise UnclearAnswer("A matrix is a list of rows of one length: [[1, 2], [3, 4]]. A column may be a flat list.")
    if len(rows) * len(rows[0]) > MAX_NODES:
        raise UnclearAnswer(f"Your matrix has more than {MAX_NODES} entries.")
    entries = [_row(entry) for row in rows for entry in row]
    if any(type(entry) is list for entry in entries):
        raise UnclearAnswer("Your answer has more than two dimensions. Give a matrix.")
    nodes = tuple(_read_entry(entry, names) for entry in entries)
    return nodes[0] if len(nodes) == 1 else matrix(len(rows), len(rows[0]), nodes)


def _row(given: object) -> object:
    """Return a row of a table as a list, and what is no row as it is."""
    if list in bases(given) or tuple in bases(given):
        return _elements(given)
    table = _plain_lists(given)
    return given if table is None else table


def _plain_lists(given: object) -> object:
    """Return an array, a tensor or a table as a number or as lists of them; None for anything else."""
    kind = next((found for library, names in TABLES.items() if (found := library_type(given, library, *names))), None)
    if kind is None or float in bases(given):
        return None
    try:
        if kind.__name__ == "Tensor":
            given = _tensor(given)
        elif kind.__name__ in TABLES["pandas"]:
            if type(given) is not kind:
                raise TypeError("a type derived from a table may run code of its own")
            given = given.to_numpy()
        return _listed(sys.modules["numpy"].asarray(given))
    except UnclearAnswer:
        raise
    except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError):
        raise UnclearAnswer(
            f"The {type_name(given)} you gave cannot be read as numbers. Give a formula as text or a list."
        ) from None


def _tensor(given: object):
    """Return a tensor as a NumPy array, in a precision that NumPy has."""
    torch = sys.modules["torch"]
    if type(given) not in (torch.Tensor, torch.nn.Parameter):
        raise TypeError("a type derived from a tensor may run code of its own")
    given = given.detach().cpu().resolve_conj().resolve_neg()
    _limit_size(given.shape)
    return (given.float() if given.dtype == torch.bfloat16 else given).numpy()


def _limit_size(shape) -> None:
    if len(shape) > 2 or math.prod(shape) > MAX_NODES:
        raise UnclearAnswer(
            f"Your array has the shape {tuple(shape)}. Give a matrix: two dimensions and {MAX_NODES} entries at most."
        )


def _listed(array) -> object:
    _limit_size(array.shape)
    if array.dtype.kind not in "biufcOU":
        raise TypeError("no numbers")
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        # Single precision holds 7 digits. Read as double precision, 2/3 would come out as 0.6666666865.
        array = array.astype("U32").astype("float64")
    elif array.dtype.kind == "f":
        array = array.astype("float64")
    return array.tolist()


def read_option(given: object) -> str:
    """Return the text by which a student picks an option; "" for what can name none.

    Parameters
    ----------
    given : str, number, or SymPy number or symbol
    """
    text = plain_text(given)
    if text is not None:
        return text[:200]
    kinds = bases(given)
    if library_type(given, "numpy", "integer", "floating") and float not in kinds:
        return read_option(sys.modules["numpy"].generic.item(given))
    if float in kinds:
        return f"{float.__float__(given):g}"
    if int in kinds and type(given) is not bool:
        return str(int.__int__(given)) if int.bit_length(given) < MAX_INTEGER_BITS else ""
    if is_sympy(given) and type_name(given) in PLAIN_TYPES and _own_type(given):
        return read_option(given.p) if given.is_Integer else str(given)[:200]
    return ""


def is_sympy(given: object) -> bool:
    """Tell whether an object belongs to SymPy."""
    return library_type(given, "sympy", "Basic", "MatrixBase") is not None


def _own_type(given: object) -> bool:
    """Tell whether the type of a SymPy object comes with SymPy, and not with code that SymPy has never seen."""
    home = type.__dict__["__module__"].__get__(type(given))
    if type(home) is not str or not home.startswith("sympy."):
        return False
    return vars(sys.modules[home]).get(type_name(given)) is type(given) if home in sys.modules else False


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
        name = type_name(given)
        if not _own_type(given):
            return self._function(given, name)
        if getattr(given, "is_Rational", False) is True:
            if max(abs(given.p).bit_length(), given.q.bit_length()) > MAX_INTEGER_BITS:
                raise UnclearAnswer(TOO_MANY_DIGITS)
            return number(Fraction(int(given.p), int(given.q)))
        if name in NOT_FINITE:
            raise UnclearAnswer(f"Your answer holds {given}, which is not a finite number.")
        if name == "Float":
            return self._float(given)
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

    def _float(self, given) -> Node:
        sign, mantissa, exponent, _ = given._mpf_
        if abs(exponent) > MAX_INTEGER_BITS or mantissa.bit_length() > MAX_INTEGER_BITS:
            raise UnclearAnswer(TOO_MANY_DIGITS)
        if given._prec <= DECIMAL_BITS:
            return decimal_number(str(given))
        return number((-1) ** sign * int(mantissa) * Fraction(2) ** int(exponent), rounded=True)

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
            if len(limit) != 3 or not _own_type(limit[0]):
                raise UnclearAnswer("A Sum in your answer has no bounds. Write Sum(x[i], (i, 1, n)).")
            limits.append((limit[0], self.read(limit[1]), self.read(limit[2])))
        self.bound.extend(index for index, _, _ in limits)
        result = self.read(given.function)
        del self.bound[len(self.bound) - len(limits) :]
        for index, low, high in limits:
            result = Node("sum", (result, low, high), _index_name(index))
        return result

    def _matrix(self, given) -> Node:
        shape = given.shape if len(given.shape) != 1 else (*given.shape, 1)
        if len(shape) != 2 or not all(isinstance(size, int) or size.is_Integer for size in shape):
            raise UnclearAnswer("A matrix of yours has no explicit entries. Use the matrix symbols of the question.")
        rows, columns = map(int, shape)
        if not 0 < rows * columns <= MAX_NODES:
            raise UnclearAnswer(f"Your matrix must have between 1 and {MAX_NODES} entries; it has {rows * columns}.")
        places = [(row, column)[: len(given.shape)] for row in range(rows) for column in range(columns)]
        entries = tuple(self.read(given[place]) for place in places)
        return entries[0] if len(entries) == 1 else matrix(rows, columns, entries)

    def _function(self, given, name: str) -> Node:
        """Read a function by its name alone; a student may have defined one of that name."""
        if library_type(given, "sympy", "Function") is not None:
            arguments = sys.modules["sympy"].Basic._args.__get__(given)
            function, arity = FUNCTIONS.get(name, (None, 0))
            if function is not None and len(arguments) == arity:
                arguments = tuple(self.read(arg) for arg in arguments)
                return Node(function, arguments) if function in OPERATIONS else call(function, *arguments)
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
