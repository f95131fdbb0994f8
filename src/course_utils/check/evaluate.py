"""The value of a tree at one point, within a budget of steps and of time."""

import time
from collections.abc import Callable, Mapping
from fractions import Fraction

from course_utils.check import arithmetic as ar
from course_utils.check.arithmetic import Array
from course_utils.check.tree import Node, ShapeMismatch, SingularMatrix, UnclearAnswer

LONGEST_SUM = 1000

Value = object  # a Fraction, an mpmath real or an Array

ELEMENTWISE = {
    "exp": ar.exponential,
    "log": ar.logarithm,
    "sqrt": ar.square_root,
    "sigma": ar.sigmoid,
    "tanh": ar.hyperbolic_tangent,
    "sinh": ar.hyperbolic_sine,
    "cosh": ar.hyperbolic_cosine,
    "sech": lambda value: ar.divide(Fraction(1), ar.hyperbolic_cosine(value)),
    "coth": lambda value: ar.divide(Fraction(1), ar.hyperbolic_tangent(value)),
    "square": lambda value: ar.multiply(value, value),
    "conjugate": lambda value: value,
    "sin": ar.sine,
    "cos": ar.cosine,
    "abs": abs,
}


class Budget:
    """The work that one answer may cost.

    Steps are counted, so that the same answer is refused on every machine. Each step is bounded by the limits in
    `course_utils.check.arithmetic`. The clock of this thread is read at each step as well: whatever a step costs,
    evaluation stops between two of them, in any thread and on any system, without a process that would have to be
    killed. It counts the time that the processor spends here, so that a busy machine refuses nothing.

    Parameters
    ----------
    steps : int
        Operations on numbers.
    seconds : float
        Processor time of this thread.
    """

    def __init__(self, steps: int = 50_000, seconds: float = 0.8):
        self.steps = steps
        self.deadline = time.thread_time() + seconds

    def spend(self, steps: int = 1) -> None:
        """Count steps; `UnclearAnswer` where none are left."""
        self.steps -= steps
        if self.steps < 0 or time.thread_time() > self.deadline:
            raise UnclearAnswer(
                "Your answer takes too long to evaluate. Write it with fewer terms: a sum over the data as sum(...), "
                "a matrix product as X.T @ y."
            )


class Evaluator:
    """Evaluate trees at one point.

    Parameters
    ----------
    point : mapping of str to value
        What each symbol stands for.
    budget : Budget, optional
        Without one, evaluation is not limited: for the formulas of the question bank.
    dimension_names : mapping of int to str, optional
        How sizes are called in messages, such as {5: "n"}.
    """

    def __init__(
        self, point: Mapping[str, Value], budget: Budget | None = None, dimension_names: Mapping[int, str] | None = None
    ):
        self.point = point
        self.budget = budget
        self.dimension_names = dimension_names or {}
        self.indices: dict[str, tuple[int, int]] = {}

    def __call__(self, node: Node) -> Value:
        """Return the value of a tree.

        Raises
        ------
        ShapeMismatch
            Where shapes do not fit together.
        Singular
            Where there is no real value at this point.
        UnclearAnswer
            Where the tree means nothing, or costs too much.
        """
        self._spend(1)
        value = getattr(self, "_" + node.op)(node)
        if isinstance(value, Array):
            self._spend(len(value.entries))
        return value

    def _spend(self, steps: int) -> None:
        if self.budget is not None:
            self.budget.spend(steps)

    def describe_shape(self, value: Value) -> str:
        """Return the shape in words, with the question's names for sizes."""
        if not isinstance(value, Array):
            return "a single number"
        if not value.is_matrix:
            return "one number per observation"
        return " × ".join(self.dimension_names.get(size, str(size)) for size in value.shape)

    # --- leaves ---------------------------------------------------------------------------------------------------

    def _number(self, node: Node) -> Value:
        return node.value

    def _constant(self, node: Node) -> Value:
        return +ar.reals().pi if node.value == "pi" else +ar.reals().e

    def _symbol(self, node: Node) -> Value:
        if node.value in self.indices:
            return Fraction(self.indices[node.value][0])
        return self.point[node.value]

    def _matrix(self, node: Node) -> Value:
        entries = tuple(_scalar(self(entry)) for entry in node.args)
        if any(isinstance(entry, Array) for entry in entries):
            raise ShapeMismatch(
                "Each entry of a matrix must be a single number; one of yours is a matrix or a sequence."
            )
        return Array(node.value, entries)

    # --- arithmetic -----------------------------------------------------------------------------------------------

    def _add(self, node: Node) -> Value:
        result = self(node.args[0])
        for term in node.args[1:]:
            result = self._elementwise(result, self(term), ar.add, "add")
        return result

    def _negate(self, node: Node) -> Value:
        value = self(node.args[0])
        return value.map(ar.negate) if isinstance(value, Array) else ar.negate(value)

    def _multiply(self, node: Node) -> Value:
        result = self(node.args[0])
        for factor in node.args[1:]:
            result = self._product(result, self(factor))
        return result

    def _matmul(self, node: Node) -> Value:
        a, b = (self(arg) for arg in node.args)
        if isinstance(a, Array) and isinstance(b, Array) and not a.is_matrix and not b.is_matrix:
            return ar.total(self._elementwise(a, b, ar.multiply, "multiply").entries)
        return self._product(a, b, columns_entrywise=False)  # a number stands for a matrix of one entry

    def _divide(self, node: Node) -> Value:
        a, b = self(node.args[0]), _scalar(self(node.args[1]))
        if isinstance(b, Array):
            if b.is_matrix:
                raise ShapeMismatch(
                    "You divide by a matrix, which has no meaning: multiply with the inverse, from the side you mean."
                )
            return self._elementwise(a, b, ar.divide, "divide")
        return a.map(lambda entry: ar.divide(entry, b)) if isinstance(a, Array) else ar.divide(a, b)

    def _power(self, node: Node) -> Value:
        base, exponent = self(node.args[0]), _scalar(self(node.args[1]))
        if isinstance(exponent, Array):
            raise ShapeMismatch("An exponent must be a single number; yours is a matrix or a sequence.")
        base = _scalar(base)
        if not isinstance(base, Array):
            return ar.power(base, exponent)
        if not base.is_matrix or base.is_column:
            return base.map(lambda entry: ar.power(entry, exponent))
        return self._matrix_power(base, exponent)

    def _matrix_power(self, base: Array, exponent) -> Array:
        if not isinstance(exponent, Fraction) or exponent.denominator != 1 or abs(exponent) > 20:
            raise UnclearAnswer("The power of a matrix must be a whole number between -20 and 20.")
        if exponent < 0:
            base = self._inverse(base)
        self._require_square(base, "A power")
        result = ar.identity(base.shape[0])
        for _ in range(abs(int(exponent))):
            result = self._product(result, base)
        return result

    def _elementwise(self, a: Value, b: Value, function: Callable, verb: str) -> Value:
        a, b = _scalar(a), _scalar(b)
        if isinstance(a, Array) and isinstance(b, Array):
            if a.shape != b.shape:
                raise ShapeMismatch(
                    f"You {verb} two things of different shapes: {self.describe_shape(a)} and {self.describe_shape(b)}."
                )
            return a.combine(b, function)
        for array in (a, b):
            if isinstance(array, Array) and array.is_matrix and not array.is_column:
                raise ShapeMismatch(
                    f"You {verb} a matrix of the shape {self.describe_shape(array)} and a single number. "
                    "Both must have the same shape; eye(...) is the identity matrix."
                )
        if isinstance(a, Array):
            return a.map(lambda entry: function(entry, b))
        if isinstance(b, Array):
            return b.map(lambda entry: function(a, entry))
        return function(a, b)

    def _product(self, a: Value, b: Value, columns_entrywise: bool = True) -> Value:
        if not isinstance(a, Array) or not isinstance(b, Array):
            return self._elementwise_product(a, b)
        if not a.is_matrix and not b.is_matrix:
            return self._elementwise(a, b, ar.multiply, "multiply")
        if a.is_matrix != b.is_matrix:
            raise ShapeMismatch("You multiply a matrix by a sequence of observations.")
        if a.shape[1] != b.shape[0]:
            if a.shape == (1, 1) or b.shape == (1, 1):
                return self._elementwise_product(_scalar(a), _scalar(b))
            if columns_entrywise and a.shape == b.shape and a.is_column:  # no matrix product could be meant
                return a.combine(b, ar.multiply)
            raise ShapeMismatch(
                f"You multiply the shapes {self.describe_shape(a)} and {self.describe_shape(b)}. "
                "The columns of the first must be as many as the rows of the second: look at the transposes."
            )
        self._spend(a.shape[0] * a.shape[1] * b.shape[1])
        return ar.matrix_product(a, b)

    def _elementwise_product(self, a: Value, b: Value) -> Value:
        if isinstance(a, Array):
            return a.map(lambda entry: ar.multiply(entry, b))
        if isinstance(b, Array):
            return b.map(lambda entry: ar.multiply(a, entry))
        return ar.multiply(a, b)

    # --- sums and entries -----------------------------------------------------------------------------------------

    def _sum(self, node: Node) -> Value:
        body, low, high = node.args
        low, high = _scalar(self(low)), _scalar(self(high))
        if not all(isinstance(bound, Fraction) and bound.denominator == 1 for bound in (low, high)):
            raise UnclearAnswer("The bounds of a sum must be whole numbers, such as 1 and n.")
        if low not in (0, 1):
            raise UnclearAnswer("A sum must start at 1 (or at 0, as Python counts) and end at the last observation.")
        count = int(high - low) + 1
        if count > LONGEST_SUM:
            raise UnclearAnswer(
                f"A sum with more than {LONGEST_SUM} terms is too long. Let it run over the data, from 1 to n."
            )
        outer = self.indices.get(node.value)
        result: Value = Fraction(0)
        for position in range(count):
            self.indices[node.value] = (int(low) + position, position)
            term = self(body)
            result = term if position == 0 else self._elementwise(result, term, ar.add, "add")
        if outer is None:
            self.indices.pop(node.value, None)
        else:
            self.indices[node.value] = outer
        return result

    def _item(self, node: Node) -> Value:
        base = self(node.args[0])
        if not isinstance(base, Array):
            raise ShapeMismatch("You take an entry, with [ ], of something that is a single number.")
        positions = [self._position(index, base) for index in node.args[1:]]
        if base.is_column and len(positions) == 1:
            positions.append(0)
        if len(positions) != len(base.shape):
            raise ShapeMismatch(
                f"You take an entry with {len(positions)} indices of something that needs {len(base.shape)}."
            )
        for position, size in zip(positions, base.shape, strict=True):
            if not 0 <= position < size:
                name = self.dimension_names.get(size, str(size))
                raise UnclearAnswer(
                    f"An index in your answer runs past the end: there are {name} entries. "
                    "Sum from 1 to n, or from 0 to n - 1."
                )
        return base.entries[positions[0]] if len(positions) == 1 else base.at(*positions)

    def _position(self, index: Node, base: Array) -> int:
        if index.op == "symbol" and index.value in self.indices:
            return self.indices[index.value][1]
        if index.op == "number" and base.is_matrix and index.value.denominator == 1:
            return int(index.value)
        raise UnclearAnswer(
            "An index must be the index of a sum around it, as in Sum(x[i]*y[i], (i, 1, n)). "
            "An answer holds for any number of observations, so none of them is named alone."
        )

    # --- functions ------------------------------------------------------------------------------------------------

    def _call(self, node: Node) -> Value:
        args = [self(arg) for arg in node.args]
        if node.value in ELEMENTWISE:
            return self._apply(node.value, _scalar(args[0]))
        return getattr(self, "_call_" + node.value)(*args)

    def _apply(self, name: str, value: Value) -> Value:
        function = ELEMENTWISE[name]
        if not isinstance(value, Array):
            return function(value)
        if value.is_matrix and not value.is_column:
            raise ShapeMismatch(
                f"{name} takes a number, a column or a sequence; you gave it the shape {self.describe_shape(value)}."
            )
        return value.map(function)

    def _call_sum(self, value: Value) -> Value:
        if not isinstance(value, Array):
            raise UnclearAnswer(
                "sum(...) needs something that differs between observations inside; yours is one number. "
                "Write n times that number if you add it up n times."
            )
        return ar.total(value.entries)

    def _call_mean(self, value: Value) -> Value:
        if not isinstance(value, Array):
            raise UnclearAnswer(
                "mean(...) needs something that differs between observations inside; yours is one number."
            )
        return ar.divide(ar.total(value.entries), Fraction(len(value.entries)))

    def _call_transpose(self, value: Value) -> Value:
        if not isinstance(value, Array) or not value.is_matrix:  # a sequence has one dimension, as in NumPy
            return value
        return ar.transpose(value)

    def _call_inverse(self, value: Value) -> Value:
        value = _scalar(value)
        return self._inverse(value) if isinstance(value, Array) else ar.divide(Fraction(1), value)

    def _inverse(self, value: Array) -> Array:
        self._require_square(value, "An inverse")
        self._spend(value.shape[0] ** 3)
        try:
            return ar.inverse(value)
        except SingularMatrix:
            raise SingularMatrix(
                f"it inverts a matrix of the shape {self.describe_shape(value)}, singular whatever the data are"
            ) from None

    def _call_pseudoinverse(self, value: Value) -> Value:
        value = ar.require_matrix(value, "The pseudoinverse")
        flipped = ar.transpose(value)
        if value.shape[0] >= value.shape[1]:
            return self._product(self._inverse(self._product(flipped, value)), flipped)
        return self._product(flipped, self._inverse(self._product(value, flipped)))

    def _call_solve(self, a: Value, b: Value) -> Value:
        return self._product(self._inverse(ar.require_matrix(a, "solve")), ar.require_matrix(b, "solve"))

    def _call_norm(self, value: Value) -> Value:
        if not isinstance(value, Array):
            return abs(value)
        return ar.square_root(ar.total(ar.multiply(entry, entry) for entry in value.entries))

    def _call_dot(self, a: Value, b: Value) -> Value:
        return ar.total(self._call_hadamard(a, b).entries)

    def _call_hadamard(self, a: Value, b: Value) -> Value:
        if not isinstance(a, Array) or not isinstance(b, Array) or a.shape != b.shape:
            raise ShapeMismatch(
                "An entry-by-entry product needs two things of one shape; "
                f"yours are {self.describe_shape(a)} and {self.describe_shape(b)}."
            )
        return a.combine(b, ar.multiply)

    def _call_elementwise_power(self, base: Value, exponent: Value) -> Value:
        exponent = _scalar(exponent)
        if isinstance(exponent, Array):
            raise ShapeMismatch("An exponent must be a single number; yours is a matrix or a sequence.")
        base = _scalar(base)
        if not isinstance(base, Array):
            return ar.power(base, exponent)
        return base.map(lambda entry: ar.power(entry, exponent))

    def _call_outer(self, a: Value, b: Value) -> Value:
        a, b = (self._column(value, "outer") for value in (a, b))
        self._spend(len(a) * len(b))
        return Array((len(a), len(b)), tuple(ar.multiply(x, y) for x in a for y in b))

    def _call_diagonal(self, value: Value) -> Value:
        entries = self._column(value, "diag")
        size = len(entries)
        self._spend(size * size)
        zero = Fraction(0)
        return Array((size, size), tuple(entries[i] if i == j else zero for i in range(size) for j in range(size)))

    def _call_softmax(self, value: Value) -> Value:
        exponentials = Array(value.shape, tuple(map(ar.exponential, self._column(value, "softmax"))))
        total = ar.total(exponentials.entries)
        return exponentials.map(lambda entry: ar.divide(entry, total))

    def _column(self, value: Value, what: str) -> tuple:
        """Return the entries of a column, a row or a sequence."""
        if not isinstance(value, Array) or (value.is_matrix and 1 not in value.shape):
            raise ShapeMismatch(f"{what} takes a column; you gave it the shape {self.describe_shape(value)}.")
        return value.entries

    def _call_variance(self, value: Value) -> Value:
        return self._call_covariance(value, value)

    def _call_covariance(self, a: Value, b: Value) -> Value:
        product = self._elementwise(a, b, ar.multiply, "multiply")
        means = ar.multiply(self._call_mean(a), self._call_mean(b))
        return ar.add(self._call_mean(product), ar.negate(means))

    def _call_trace(self, value: Value) -> Value:
        value = self._require_square(value, "The trace")
        return ar.total(value.at(i, i) for i in range(value.shape[0]))

    def _call_det(self, value: Value) -> Value:
        value = self._require_square(value, "The determinant")
        self._spend(value.shape[0] ** 3)
        return ar.determinant(value)

    def _call_identity(self, size: Value) -> Value:
        rows, _ = self._size(size, size)
        return ar.identity(rows)

    def _call_zeros(self, rows: Value, columns: Value) -> Value:
        rows, columns = self._size(rows, columns)
        return Array((rows, columns), (Fraction(0),) * (rows * columns))

    def _call_ones(self, rows: Value, columns: Value) -> Value:
        rows, columns = self._size(rows, columns)
        return Array((rows, columns), (Fraction(1),) * (rows * columns))

    def _size(self, *sizes: Value) -> list[int]:
        for size in sizes:
            if not isinstance(size, Fraction) or size.denominator != 1 or not 1 <= size <= 50:
                raise UnclearAnswer("The size of a matrix must be a whole number, such as n or d + 1.")
        return [int(size) for size in sizes]

    def _require_square(self, value: Value, what: str) -> Array:
        value = ar.require_matrix(value, what)
        if value.shape[0] != value.shape[1]:
            raise ShapeMismatch(
                f"{what} needs a square matrix; yours is {self.describe_shape(value)}. "
                "The inverse of a product cannot be split when its factors are not square.",
                misconception="inverse-of-a-rectangle" if what == "An inverse" else "wrong-shape",
            )
        return value


def _scalar(value: Value) -> Value:
    """Return the entry of a 1 × 1 matrix, anything else as it is."""
    if isinstance(value, Array) and value.shape == (1, 1):
        return value.entries[0]
    return value
