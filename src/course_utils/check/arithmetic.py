"""Numbers that stay exact as long as they can, and arrays of them.

A number is a `Fraction` where that is possible and otherwise an mpmath real with 120 digits. Every operation is bounded
in time: fractions that grow long turn into reals, and powers that grow beyond any use are refused.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from course_utils.check.tree import ShapeMismatch, Singular, SingularMatrix, UnclearAnswer

DIGITS = 120
REAL_TOLERANCE = Fraction(1, 10**50)
LONGEST_FRACTION_BITS = 8192
LARGEST_MAGNITUDE_BITS = 100_000
LARGEST_EXPONENT = 1000


@cache
def reals():
    """Return the mpmath context of this module: its own, so that the caller's precision is never touched."""
    from mpmath.ctx_mp import MPContext

    context = MPContext()
    context.dps = DIGITS
    return context


def real(value):
    """Return a number as an mpmath real."""
    if isinstance(value, Fraction):
        return reals().mpf(value.numerator) / value.denominator
    return value


def shrink(value: Fraction):
    """Return a fraction itself, or a real where the fraction has become long."""
    if value.numerator.bit_length() + value.denominator.bit_length() > LONGEST_FRACTION_BITS:
        return real(value)
    return value


def add(a, b):
    """Return a + b."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return shrink(a + b)
    return real(a) + real(b)


def multiply(a, b):
    """Return a times b."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return shrink(a * b)
    return real(a) * real(b)


def divide(a, b):
    """Return a / b; `Singular` where b is zero."""
    if b == 0:
        raise Singular("it divides by zero")
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return shrink(a / b)
    return real(a) / real(b)


def negate(a):
    """Return -a."""
    return -a


def power(base, exponent):
    """Return base to the exponent, for real results only.

    Raises
    ------
    Singular
        For zero to a negative power and a negative number to a broken power.
    UnclearAnswer
        Where the exponent or the result is too large to be part of any answer.
    """
    if abs(exponent) > LARGEST_EXPONENT:
        raise UnclearAnswer(
            f"An exponent is larger than {LARGEST_EXPONENT}. No answer here needs one: write a smaller power."
        )
    if base == 0:
        if exponent < 0:
            raise Singular("it divides by zero")
        return Fraction(1 if exponent == 0 else 0)
    whole = isinstance(exponent, Fraction) and exponent.denominator == 1
    if base < 0 and not whole:
        raise Singular("it takes a root of a negative number")
    if abs(exponent) * max(1, abs(_magnitude(base))) > LARGEST_MAGNITUDE_BITS:
        raise UnclearAnswer("A power in your answer is too large to compute. Write smaller powers.")
    if isinstance(base, Fraction):
        bits = base.numerator.bit_length() + base.denominator.bit_length()
        if whole and abs(exponent) * bits <= LONGEST_FRACTION_BITS:
            return base ** int(exponent)
        if exponent == Fraction(1, 2):
            return square_root(base)
    return real(base) ** (int(exponent) if whole else real(exponent))


def _magnitude(value) -> int:
    if isinstance(value, Fraction):
        return value.numerator.bit_length() - value.denominator.bit_length()
    return int(reals().mag(value))


def square_root(value):
    """Return the square root, exact where it is rational."""
    if value < 0:
        raise Singular("it takes a root of a negative number")
    if isinstance(value, Fraction):
        roots = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if roots[0] ** 2 == value.numerator and roots[1] ** 2 == value.denominator:
            return Fraction(*roots)
    return reals().sqrt(real(value))


def exponential(value):
    """Return e to the value."""
    if value == 0:
        return Fraction(1)
    if abs(value) > LARGEST_MAGNITUDE_BITS:
        raise UnclearAnswer(
            "The exponential in your answer is too large to compute. Check what stands in its exponent."
        )
    return reals().exp(real(value))


def logarithm(value):
    """Return the natural logarithm."""
    if value <= 0:
        raise Singular("it takes the logarithm of a number that is not positive")
    return Fraction(0) if value == 1 else reals().ln(real(value))


def sigmoid(value):
    """Return 1 / (1 + exp(-value))."""
    return divide(Fraction(1), add(Fraction(1), exponential(-value)))


def hyperbolic_tangent(value):
    """Return tanh."""
    return reals().tanh(real(value)) if value != 0 else value


def hyperbolic_sine(value):
    """Return sinh."""
    return divide(add(exponential(value), negate(exponential(-value))), Fraction(2))


def hyperbolic_cosine(value):
    """Return cosh."""
    return divide(add(exponential(value), exponential(-value)), Fraction(2))


def sine(value):
    """Return the sine."""
    return reals().sin(real(value))


def cosine(value):
    """Return the cosine."""
    return reals().cos(real(value))


def close(a, b, tolerance: Fraction = Fraction(0)) -> bool:
    """Tell whether two numbers agree.

    Exact numbers must be equal. Where one of them is real, they must agree to 50 digits. A tolerance widens both: it is
    relative for numbers above one and absolute below.
    """
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b if tolerance == 0 else abs(a - b) <= tolerance * max(abs(a), abs(b), 1)
    a, b = real(a), real(b)
    return abs(a - b) <= real(max(tolerance, REAL_TOLERANCE)) * max(abs(a), abs(b), 1)


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers in a shape: (n,) for a sequence of observations, (rows, columns) for a matrix.

    Parameters
    ----------
    shape : tuple of int
    entries : tuple of number
        Row after row.
    """

    shape: tuple[int, ...]
    entries: tuple

    @property
    def is_matrix(self) -> bool:
        """Whether this is a matrix and not a sequence."""
        return len(self.shape) == 2

    @property
    def is_column(self) -> bool:
        """Whether this is a matrix with one column."""
        return self.is_matrix and self.shape[1] == 1

    def at(self, row: int, column: int):
        """Return one entry of a matrix."""
        return self.entries[row * self.shape[1] + column]

    def map(self, function: Callable) -> "Array":
        """Return the array with the function applied to each entry."""
        return Array(self.shape, tuple(function(entry) for entry in self.entries))

    def combine(self, other: "Array", function: Callable) -> "Array":
        """Return the array with the function applied to pairs of entries of two arrays of one shape."""
        return Array(self.shape, tuple(function(a, b) for a, b in zip(self.entries, other.entries, strict=True)))


def total(entries):
    """Return the sum of numbers."""
    result = Fraction(0)
    for entry in entries:
        result = add(result, entry)
    return result


def transpose(a: Array) -> Array:
    """Return the transpose of a matrix."""
    rows, columns = a.shape
    return Array((columns, rows), tuple(a.at(row, column) for column in range(columns) for row in range(rows)))


def identity(size: int) -> Array:
    """Return the identity matrix."""
    return Array((size, size), tuple(Fraction(int(i == j)) for i in range(size) for j in range(size)))


def matrix_product(a: Array, b: Array) -> Array:
    """Return the matrix product; the caller has checked the shapes."""
    rows, inner = a.shape
    columns = b.shape[1]
    return Array(
        (rows, columns),
        tuple(
            total(multiply(a.at(row, k), b.at(k, column)) for k in range(inner))
            for row in range(rows)
            for column in range(columns)
        ),
    )


def _eliminate(a: Array, right: Array) -> tuple[list[list], object]:
    """Bring [a | right] to [I | a⁻¹ right]; return its rows and the determinant of a."""
    size, width = a.shape[0], right.shape[1]
    rows = [[a.at(i, j) for j in range(size)] + [right.at(i, j) for j in range(width)] for i in range(size)]
    determinant = Fraction(1)
    for k in range(size):
        pivot = max(range(k, size), key=lambda i: abs(rows[i][k]))
        exact = isinstance(rows[pivot][k], Fraction)
        if rows[pivot][k] == 0 or (not exact and abs(rows[pivot][k]) < real(REAL_TOLERANCE)):
            raise SingularMatrix("it inverts a matrix that has no inverse")
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            determinant = negate(determinant)
        head = rows[k][k]
        determinant = multiply(determinant, head)
        rows[k] = [divide(entry, head) for entry in rows[k]]
        for i in range(size):
            if i != k and rows[i][k] != 0:
                factor = negate(rows[i][k])
                rows[i] = [add(x, multiply(factor, y)) for x, y in zip(rows[i], rows[k], strict=True)]
    return rows, determinant


def inverse(a: Array) -> Array:
    """Return the inverse of a square matrix by Gauss–Jordan elimination; `SingularMatrix` where there is none."""
    size = a.shape[0]
    rows, _ = _eliminate(a, identity(size))
    return Array(a.shape, tuple(entry for row in rows for entry in row[size:]))


def determinant(a: Array):
    """Return the determinant of a square matrix."""
    try:
        return _eliminate(a, identity(a.shape[0]))[1]
    except SingularMatrix:
        return Fraction(0)


def require_matrix(a, what: str) -> Array:
    """Return a, or say that a matrix is needed."""
    if not isinstance(a, Array) or not a.is_matrix:
        kind = "a sequence of observations" if isinstance(a, Array) else "a single number"
        raise ShapeMismatch(f"{what} needs a matrix or a column; you gave it {kind}.")
    return a
