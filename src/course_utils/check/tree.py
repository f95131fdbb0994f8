"""The form every answer takes once it has been read: a small tree that can be evaluated and nothing else.

A string, a SymPy object and an array all become the same tree. Nothing in it can call Python, so evaluating a tree is
safe whatever was typed; `course_utils.check.evaluate` bounds how long it can take.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

MAX_NODES = 1000
MAX_DEPTH = 100


class UnclearAnswer(ValueError):
    """The answer cannot be judged: it is not a formula, or not one this question can evaluate."""


class ShapeMismatch(ValueError):
    """The answer combines shapes that do not fit. It was understood, and it is wrong.

    Parameters
    ----------
    message : str
        What was combined and what would fit.
    misconception : str
        The name of the mistake.
    """

    def __init__(self, message: str, misconception: str = "wrong-shape"):
        super().__init__(message)
        self.misconception = misconception


class Singular(ArithmeticError):
    """The answer has no real value at this point: a division by zero, the logarithm of a negative number."""


class SingularMatrix(Singular):
    """The answer inverts a matrix that has no inverse at this point."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation with the trees it acts on.

    Parameters
    ----------
    op : str
        "number", "symbol", "constant", "matrix", "call", "item", "sum", "add", "multiply", "divide", "power",
        "matmul" or "negate".
    args : tuple of Node
        The operands, in order.
    value : object
        The Fraction of a number, the name of a symbol, constant, function or summation index, the (rows, columns) of a
        matrix.
    rounded : bool
        Whether a number is a rounded decimal, such as a float, which stands for a value near it.
    """

    op: str
    args: tuple["Node", ...] = ()
    value: object = None
    rounded: bool = False

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.args)


ROUNDED_FROM_DIGITS = 12


def number(value: int | Fraction, rounded: bool = False) -> Node:
    """Return the node of an exact number."""
    return Node("number", value=Fraction(value), rounded=rounded)


def decimal_number(digits: str) -> Node:
    """Return the node of a number written in decimals; one of 12 digits or more counts as rounded.

    Parameters
    ----------
    digits : str
        For example "0.25" or "6.6e-1".

    Raises
    ------
    UnclearAnswer
        Where the number has more than 60 digits or an exponent beyond 300: `Fraction` would build it digit by digit.
    """
    mantissa, _, exponent = digits.lower().replace("_", "").partition("e")
    if len(mantissa) > 60 or (exponent and abs(int(exponent[:6])) > 300):
        raise UnclearAnswer(
            f"The number {shorten(digits)} has too many digits. Write it with at most 60 digits and an exponent up to "
            "300."
        )
    significant = sum(character.isdigit() for character in mantissa.lstrip("-+0."))
    return number(Fraction(digits.replace("_", "")), rounded=significant >= ROUNDED_FROM_DIGITS)


def symbol(name: str) -> Node:
    """Return the node of a symbol."""
    return Node("symbol", value=name)


def call(function: str, *args: Node) -> Node:
    """Return the node of a function applied to arguments."""
    return Node("call", args, function)


def matrix(rows: int, columns: int, entries: tuple[Node, ...]) -> Node:
    """Return the node of a matrix given entry by entry, row after row."""
    return Node("matrix", entries, (rows, columns))


def shorten(text: str, limit: int = 40) -> str:
    """Return text in quotes, cut to a length that fits a message."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
