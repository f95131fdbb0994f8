"""Random points of a question, and the values of the truth and of an answer there."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from course_utils.check import arithmetic as ar
from course_utils.check.arithmetic import Array
from course_utils.check.evaluate import Budget, Evaluator
from course_utils.check.expressions import Names, read_text
from course_utils.check.questions import Question
from course_utils.check.tree import Node, Singular, SingularMatrix, UnclearAnswer

POINTS = 4
ATTEMPTS = 16
OBSERVATIONS = range(6, 12)
COLUMNS = range(2, 5)


@dataclass(frozen=True)
class Sample:
    """One point with the values of everything there.

    Parameters
    ----------
    point : dict
        The value of each symbol.
    evaluator : Evaluator
        For formulas of the bank, without a budget.
    truth, given : value
        The two to compare.
    """

    point: dict
    evaluator: Evaluator
    truth: object
    given: object


def names_of(question: Question) -> Names:
    """Return the names that an answer to the question may use."""
    return Names(
        allowed=tuple(quantity.name for quantity in question.quantities),
        sequences=tuple(quantity.name for quantity in question.quantities if quantity.kind in ("sequence", "matrix")),
    )


@cache
def _bank_formula(text: str, allowed: tuple[str, ...]) -> Node:
    return read_text(text, Names(allowed))


def formula(question: Question, text: str) -> Node:
    """Return the tree of a formula of the bank."""
    return _bank_formula(text, names_of(question).allowed)


def _draw_sizes(generator: random.Random) -> Iterator[dict[str, int]]:
    """Yield sizes, all of them different: shapes then tell by their numbers which size is meant."""
    observations = generator.sample(OBSERVATIONS, len(OBSERVATIONS))
    turn = 0
    while True:
        yield {"n": observations[turn % len(observations)], "d": generator.choice(COLUMNS)}
        turn += 1


def draw_point(question: Question, sizes: dict[str, int], generator: random.Random) -> Evaluator:
    """Return an evaluator at a random point of the question's symbols.

    Parameters
    ----------
    question : Question
    sizes : dict of str to int
        The number of observations n and of inputs d.
    generator : random.Random
    """

    def dimension(text: str) -> int:
        name, _, more = text.partition("+")
        return (int(name) if name.isdigit() else sizes[name]) + int(more or 0)

    names = {dimension(text): text for quantity in question.quantities for text in quantity.shape}
    point: dict[str, object] = {}
    evaluator = Evaluator(point, dimension_names=names)
    for quantity in question.quantities:
        if quantity.definition is not None:
            value = evaluator(formula(question, quantity.definition))
        elif quantity.kind == "size":
            value = Fraction(sizes[quantity.name])
        elif quantity.kind == "scalar":
            value = quantity.draw(generator)
        else:
            shape = (sizes["n"],) if quantity.kind == "sequence" else tuple(map(dimension, quantity.shape))
            count = shape[0] if len(shape) == 1 else shape[0] * shape[1]
            value = Array(shape, tuple(quantity.draw(generator) for _ in range(count)))
        point[quantity.name] = value
    return evaluator


def draw_samples(question: Question, tree: Node, budget: Budget) -> list[Sample]:
    """Return points with the values of the truth and of an answer.

    Parameters
    ----------
    question : Question
    tree : Node
        The answer.
    budget : Budget
        What its evaluation may cost.

    Raises
    ------
    ShapeMismatch
        Where the answer combines shapes that do not fit.
    SingularMatrix
        Where it inverts a matrix that never has an inverse.
    UnclearAnswer
        Where it has no value for another reason, or costs too much.
    """
    generator = random.Random(f"{question.id}|{tree}")
    sizes = _draw_sizes(generator)
    truth = formula(question, question.truth)
    wanted = POINTS if question.quantities else 1
    samples: list[Sample] = []
    problem: Singular | None = None
    for _ in range(ATTEMPTS):
        try:
            evaluator = draw_point(question, next(sizes), generator)
            true_value = plain_value(evaluator(truth))
        except Singular:
            continue
        try:
            value = Evaluator(evaluator.point, budget, evaluator.dimension_names)(tree)
        except Singular as singular:
            problem = singular
            continue
        samples.append(Sample(evaluator.point, evaluator, true_value, plain_value(value)))
        if len(samples) == wanted:
            return samples
    if isinstance(problem, SingularMatrix):
        raise problem
    raise UnclearAnswer(
        f"Your answer has no value at the points where it was tried: {problem}. Look for what becomes zero or "
        "negative there."
    )


def plain_value(value: object) -> object:
    """Return the entry of a 1 × 1 matrix, anything else as it is."""
    if isinstance(value, Array) and value.shape == (1, 1):
        return value.entries[0]
    return value


def equal(a: object, b: object, tolerance: Fraction) -> bool:
    """Tell whether two values have one shape and agree entry by entry."""
    if shape_of(a) != shape_of(b):
        return False
    return all(ar.close(x, y, tolerance) for x, y in zip(entries_of(a), entries_of(b), strict=True))


def shape_of(value: object) -> tuple[int, ...]:
    """Return the shape of a value; () for a number."""
    return value.shape if isinstance(value, Array) else ()


def entries_of(value: object) -> tuple:
    """Return the entries of a value, row after row."""
    return value.entries if isinstance(value, Array) else (value,)
