"""Compare an answer with the truth, and name the mistake where they differ.

Two formulas are held to be equal when they agree at four random points: exactly, in rational arithmetic, or to 50 of
120 digits where a root, an exponential or a logarithm takes part. Each point has its own number of observations and of
columns, where the question has such sizes. The points depend on the answer, so that no formula can be made to fit them,
and the same answer always meets the same points.

How safe that is: two rational formulas that differ, of numerators with total degree D together, agree at a point with
a probability of at most D / 2.9·10⁶ (Schwartz–Zippel: that many grid values can be drawn for each coordinate; a
probability has 9·10⁵). Four points make this (D / 9·10⁵)⁴ at worst, below 2·10⁻¹² for D = 1000. For formulas with
roots and exponentials no such bound exists, but their zeros, too, fill no volume. What is not covered is a formula
that singles out some numbers of observations, such as one with the factor (n - 6)(n - 7). An equivalent formula is
never refused: it agrees at every point, and points where it has no value are drawn again.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from course_utils.check import arithmetic as ar
from course_utils.check.arithmetic import Array
from course_utils.check.evaluate import Budget, Evaluator
from course_utils.check.expressions import Names, read_text
from course_utils.check.objects import read_answer
from course_utils.check.questions import Question
from course_utils.check.tree import Node, ShapeMismatch, Singular, SingularMatrix, UnclearAnswer
from course_utils.check.verdict import RIGHT, UNCLEAR, WRONG, Verdict

POINTS = 4
ATTEMPTS = 16
OBSERVATIONS = range(6, 12)
COLUMNS = range(2, 5)
ROUNDED_TOLERANCE = Fraction(1, 10**9)

ROUNDING_BAND = Fraction(1, 200)

SIGN_HINT = (
    "The whole answer has the wrong sign. Several slips do that, and the sign alone cannot tell them apart: the inner "
    "derivative of a minus dropped, the residual turned around, the descent direction given for the gradient. "
    "Follow the minus signs from the loss on."
)
FACTOR_TWO_HINT = (
    "A factor of two is one too many or one too few. Look at whether the loss carries a ½, and at what the derivative "
    "of a square leaves in front."
)
NUMBER_SIGN_HINT = "The size is right and the sign is not. Follow the minus signs through the calculation."
NUMBER_FACTOR_TWO_HINT = "A factor of two is one too many or one too few. Look for a ½ that was dropped or used twice."


def _plain_scales(sign_hint: str, factor_two_hint: str) -> tuple:
    """Return factors without a symbol, the slips each points to, and the hint; single slips first."""
    both = f"{sign_hint} {factor_two_hint}"
    return (
        (Fraction(-1), ("sign",), sign_hint),
        (Fraction(2), ("factor-two",), factor_two_hint),
        (Fraction(1, 2), ("factor-two",), factor_two_hint),
        (Fraction(-2), ("sign", "factor-two"), both),
        (Fraction(-1, 2), ("sign", "factor-two"), both),
    )


FORMULA_SCALES = _plain_scales(SIGN_HINT, FACTOR_TWO_HINT)
NUMBER_SCALES = _plain_scales(NUMBER_SIGN_HINT, NUMBER_FACTOR_TWO_HINT)
AVERAGED_HINT = "You divided by the number of observations. Look at whether the question sums or averages."
SUMMED_HINT = (
    "A number of observations is one too many. Look at what is summed over them and what is divided by their number."
)
TRANSPOSED_HINT = (
    "The entries are right, but rows and columns are exchanged. A gradient has the shape of what it is taken with "
    "respect to."
)
NOT_SUMMED_HINT = "Each term is right, but they are not added up. One number is asked, over all observations."
DECIMAL_POINT_HINT = "The digits are right, but the decimal point is not where it belongs."
ROUNDING_HINT = "Close, but not close enough. Give as many digits as the question asks for, and round only at the end."
OFF_BY_A_CONSTANT_HINT = (
    "The difference between your answer and the right one is a constant. Look for a term without any symbol."
)
CONSTANT_FACTOR_HINT = (
    "Your answer has the right form but is a constant multiple of the right one. Look at the numbers in front."
)
RECIPROCAL_HINT = "Numerator and denominator are exchanged."


@dataclass(frozen=True)
class Diagnosis:
    """The slips found in a wrong answer, and the hint."""

    slips: tuple[str, ...]
    hint: str


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


Scale = Fraction | Callable[[Sample], Fraction]


def judge(question: Question, given: object) -> Verdict:
    """Return the verdict on an answer.

    Parameters
    ----------
    question : Question
    given : object
        Whatever the student gave; it need not be an answer at all.

    Returns
    -------
    Verdict
        Kind "unclear", with a message for a hint, where the answer cannot be judged.
    """
    try:
        diagnosis = (
            _judge_choice(question, given) if question.answer_type == "choice" else _judge_formula(question, given)
        )
    except UnclearAnswer as problem:
        return Verdict(question.id, UNCLEAR, 0.0, question.marks, hint=str(problem))
    except (RecursionError, MemoryError, OverflowError):
        return Verdict(
            question.id, UNCLEAR, 0.0, question.marks, hint="Your answer is too large to read. Write it shorter."
        )
    if diagnosis is None:
        return Verdict(question.id, RIGHT, question.marks, question.marks)
    return Verdict(question.id, WRONG, 0.0, question.marks, diagnosis.slips, diagnosis.hint)


def _judge_choice(question: Question, given: object) -> Diagnosis | None:
    options = {_plain_option(key): key for key in question.choices}
    options |= {_plain_option(text): key for key, text in question.choices.items()}
    options |= {_plain_option(alias): key for alias, key in question.choice_aliases.items()}
    is_option = isinstance(given, str | int | float) and not isinstance(given, bool)
    key = options.get(_plain_option(str(given)[:200])) if is_option else None
    if key is None:
        wanted = ", ".join(repr(option) for option in question.choices)
        raise UnclearAnswer(f"This question offers a choice. Give one of {wanted}, as text.")
    if key == question.truth:
        return None
    for misconception in question.known:
        if key in misconception.forms:
            return Diagnosis((misconception.name,), misconception.hint)
    return Diagnosis((), "Another option is right. Try each on the smallest example you can think of.")


def _plain_option(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())


def _judge_formula(question: Question, given: object) -> Diagnosis | None:
    tree = read_answer(given, names_of(question))
    samples = _samples(question, tree)
    if isinstance(samples, Diagnosis):
        return samples
    tolerance = question.tolerance
    if any(node.rounded for node in tree.walk()):
        tolerance = max(tolerance, ROUNDED_TOLERANCE)
    if all(_equal(sample.given, sample.truth, tolerance) for sample in samples):
        return None
    return Examiner(question, samples, tolerance).diagnose()


def names_of(question: Question) -> Names:
    """Return the names that an answer to the question may use."""
    return Names(
        allowed=tuple(quantity.name for quantity in question.quantities),
        sequences=tuple(quantity.name for quantity in question.quantities if quantity.kind in ("sequence", "matrix")),
    )


@cache
def _bank_formula(text: str, allowed: tuple[str, ...]) -> Node:
    return read_text(text, Names(allowed))


def _formula(question: Question, text: str) -> Node:
    return _bank_formula(text, names_of(question).allowed)


# --- points ---------------------------------------------------------------------------------------------------------


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
            value = evaluator(_formula(question, quantity.definition))
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


def _samples(question: Question, tree: Node) -> list[Sample] | Diagnosis:
    """Return the points with both values, or what keeps the answer from having values at all."""
    generator = random.Random(f"{question.id}|{tree}")
    sizes = _draw_sizes(generator)
    truth = _formula(question, question.truth)
    wanted = POINTS if question.quantities else 1
    budget = Budget()
    samples: list[Sample] = []
    problem: Singular | None = None
    for _ in range(ATTEMPTS):
        try:
            evaluator = draw_point(question, next(sizes), generator)
            true_value = _plain_value(evaluator(truth))
        except Singular:
            continue
        try:
            value = Evaluator(evaluator.point, budget, evaluator.dimension_names)(tree)
        except ShapeMismatch as mismatch:
            return Diagnosis((mismatch.misconception,), str(mismatch))
        except Singular as singular:
            problem = singular
            continue
        samples.append(Sample(evaluator.point, evaluator, true_value, _plain_value(value)))
        if len(samples) == wanted:
            return samples
    if isinstance(problem, SingularMatrix):
        return Diagnosis(
            ("singular-inverse",), f"Your answer has no value: {problem}. Look at which product you invert."
        )
    raise UnclearAnswer(
        f"Your answer has no value at the points where it was tried: {problem}. Look for what becomes zero or "
        "negative there."
    )


def _plain_value(value: object) -> object:
    if isinstance(value, Array) and value.shape == (1, 1):
        return value.entries[0]
    return value


def _equal(a: object, b: object, tolerance: Fraction) -> bool:
    if _shape(a) != _shape(b):
        return False
    return all(ar.close(x, y, tolerance) for x, y in zip(_entries(a), _entries(b), strict=True))


def _shape(value: object) -> tuple[int, ...]:
    return value.shape if isinstance(value, Array) else ()


def _entries(value: object) -> tuple:
    return value.entries if isinstance(value, Array) else (value,)


# --- mistakes -------------------------------------------------------------------------------------------------------


class Examiner:
    """Find out which mistake leads to a wrong answer.

    Parameters
    ----------
    question : Question
    samples : list of Sample
    tolerance : Fraction
        As in the comparison with the truth.
    """

    def __init__(self, question: Question, samples: list[Sample], tolerance: Fraction):
        self.question = question
        self.samples = samples
        self.tolerance = tolerance
        self.plain_scales = FORMULA_SCALES if question.quantities else NUMBER_SCALES
        self._values: dict[tuple[str, int], object] = {}

    def diagnose(self) -> Diagnosis:
        """Return the first explanation that fits: single slips before several, known before general."""
        steps: tuple[Callable[[], Diagnosis | None], ...] = (
            self._known,
            self._wrong_shape,
            lambda: self._multiple_of_truth(slips=1),
            self._transposed,
            self._decimals,
            lambda: self._missing_or_extra_factor(slips=1),
            self._off_by_a_constant,
            self._reciprocal,
            lambda: self._known_and_more(slips=2),
            lambda: self._multiple_of_truth(slips=2),
            lambda: self._missing_or_extra_factor(slips=2),
            lambda: self._known_and_more(slips=3),
            lambda: self._multiple_of_truth(slips=3),
            self._constant_factor,
        )
        for step in steps:
            diagnosis = step()
            if diagnosis is not None:
                return diagnosis
        return Diagnosis((), self._no_explanation())

    def _no_explanation(self) -> str:
        if self.question.answer_type == "number" or not self.question.quantities:
            return "This is not the value, and no common slip leads to it. Go through the steps once more."
        return (
            "This is not equal to the answer, and no common slip explains the difference. Put small numbers into the "
            "question and into your formula, and see where they part."
        )

    # --- the question's own mistakes --------------------------------------------------------------------------------

    def _known(self) -> Diagnosis | None:
        for misconception in self.question.known:
            if any(self._is_multiple(form, Fraction(1)) for form in misconception.forms):
                return Diagnosis((misconception.name,), misconception.hint)
        return None

    def _known_and_more(self, slips: int) -> Diagnosis | None:
        for scale, more, hint in self._scales():
            if 1 + len(more) != slips:
                continue
            for misconception in self.question.known:
                if any(self._is_multiple(form, scale) for form in misconception.forms):
                    return _diagnosis((misconception.name, *more), f"{misconception.hint} {hint}")
        return None

    def _is_multiple(self, form: str, scale: Scale, samples: list[Sample] | None = None) -> bool:
        """Tell whether the answer is a formula times a factor, at every point."""
        try:
            return all(
                _equal(sample.given, _scaled(self._value(form, number), _at(scale, sample)), self.tolerance)
                for number, sample in enumerate(samples or self.samples)
            )
        except Singular:
            return False

    def _value(self, form: str, number: int) -> object:
        """Return a formula of the bank at one of the points; each is evaluated once."""
        if (form, number) not in self._values:
            tree = _formula(self.question, form)
            self._values[form, number] = _plain_value(self.samples[number].evaluator(tree))
        return self._values[form, number]

    # --- general mistakes -------------------------------------------------------------------------------------------

    def _wrong_shape(self) -> Diagnosis | None:
        sample = self.samples[0]
        given, truth = _shape(sample.given), _shape(sample.truth)
        if given == truth:
            return None
        describe = sample.evaluator.describe_shape
        reversed_shape = len(given) == 2 and given[::-1] == truth
        if reversed_shape or (truth == () and self.question.quantities):
            slip, hint, repair = (
                ("transposed", TRANSPOSED_HINT, ar.transpose)
                if reversed_shape
                else ("not-summed", NOT_SUMMED_HINT, lambda value: ar.total(_entries(value)))
            )
            repaired = [replace(sample, given=repair(sample.given)) for sample in self.samples]
            for scale, more, more_hint in ((Fraction(1), (), ""), *self._scales()):
                if self._is_multiple(self.question.truth, scale, repaired):
                    return _diagnosis((slip, *more), f"{hint} {more_hint}")
        if reversed_shape:
            return Diagnosis(
                ("wrong-shape",),
                f"Your answer is {describe(sample.given)}, and its transpose would have the right shape. "
                "Look at which factor is transposed and at their order.",
            )
        return Diagnosis(
            ("wrong-shape",),
            f"Your answer is {describe(sample.given)}; the answer is {describe(sample.truth)}. "
            "Look at the shapes before the values.",
        )

    def _scales(self) -> Iterator[tuple[Scale, tuple[str, ...], str]]:
        """Yield simple factors between an answer and the truth, with the slips they point to."""
        yield from self.plain_scales
        if not any(quantity.kind == "size" and quantity.name == "n" for quantity in self.question.quantities):
            return
        for power, slip, hint in ((-1, "averaged-not-summed", AVERAGED_HINT), (1, "summed-not-averaged", SUMMED_HINT)):
            yield _times_observations(Fraction(1), power), (slip,), hint
            for scale, more, more_hint in self.plain_scales:
                yield _times_observations(scale, power), (slip, *more), f"{hint} {more_hint}"

    def _multiple_of_truth(self, slips: int) -> Diagnosis | None:
        for scale, found, hint in self._scales():
            if len(found) == slips and self._is_multiple(self.question.truth, scale):
                return _diagnosis(found, hint)
        return None

    def _transposed(self) -> Diagnosis | None:
        if len(_shape(self.samples[0].truth)) == 2 and self._all(
            lambda s: _equal(ar.transpose(s.given), s.truth, self.tolerance)
        ):
            return Diagnosis(("transposed",), TRANSPOSED_HINT)
        return None

    def _decimals(self) -> Diagnosis | None:
        if not self.question.tolerance:
            return None
        for scale in (Fraction(10), Fraction(1, 10), Fraction(100), Fraction(1, 100)):
            if self._is_multiple(self.question.truth, scale):
                return Diagnosis(("decimal-point",), DECIMAL_POINT_HINT)
        if self._all(lambda s: _equal(s.given, s.truth, ROUNDING_BAND)):
            return Diagnosis(("rounding",), ROUNDING_HINT)
        return None

    def _missing_or_extra_factor(self, slips: int) -> Diagnosis | None:
        factors = [(factor.form, factor.kind) for factor in self.question.factors]
        factors += [
            (quantity.name, quantity.role or "one of the quantities of the question")
            for quantity in self.question.quantities
            if quantity.kind == "scalar"
        ]
        truth = self.question.truth
        for scale, more, scale_hint in ((Fraction(1), (), ""), *self.plain_scales):
            if 1 + len(more) != slips:
                continue
            for form, kind in factors:
                if self._is_multiple(f"({truth})/({form})", scale):
                    hint = f"A factor is missing in the chain: {kind}. Go link by link from the loss inwards."
                    return _diagnosis(("missing-factor", *more), f"{hint} {scale_hint}")
                if self._is_multiple(f"({form})*({truth})", scale):
                    hint = f"A factor stands there that does not belong, or stands there twice: {kind}."
                    return _diagnosis(("extra-factor", *more), f"{hint} {scale_hint}")
        return None

    def _off_by_a_constant(self) -> Diagnosis | None:
        if not self.question.quantities or _shape(self.samples[0].truth) != ():
            return None
        differences = [ar.add(sample.given, ar.negate(sample.truth)) for sample in self.samples]
        if self._constant(differences):
            return Diagnosis(("off-by-a-constant",), OFF_BY_A_CONSTANT_HINT)
        return None

    def _constant_factor(self) -> Diagnosis | None:
        if not self.question.quantities or _shape(self.samples[0].truth) != ():
            return None
        if any(sample.given == 0 or sample.truth == 0 for sample in self.samples):
            return None
        if self._constant([ar.divide(sample.given, sample.truth) for sample in self.samples]):
            return Diagnosis(("constant-factor",), CONSTANT_FACTOR_HINT)
        return None

    def _constant(self, values: list) -> bool:
        return all(ar.close(value, values[0], self.tolerance) for value in values[1:])

    def _reciprocal(self) -> Diagnosis | None:
        if _shape(self.samples[0].truth) != () or any(sample.truth == 0 for sample in self.samples):
            return None
        if self._all(lambda s: ar.close(s.given, ar.divide(Fraction(1), s.truth), self.tolerance)):
            return Diagnosis(("reciprocal",), RECIPROCAL_HINT)
        return None

    def _all(self, test: Callable[[Sample], bool]) -> bool:
        return all(test(sample) for sample in self.samples)


def _diagnosis(slips: tuple[str, ...], hint: str) -> Diagnosis:
    lead = "Several slips at once. " if len(slips) > 1 else ""
    return Diagnosis(slips, lead + hint.strip())


def _times_observations(scale: Fraction, power: int) -> Callable[[Sample], Fraction]:
    return lambda sample: scale * sample.point["n"] ** power


def _at(scale: Scale, sample: Sample) -> Fraction:
    return scale(sample) if callable(scale) else scale


def _scaled(value: object, scale: object) -> object:
    if isinstance(value, Array):
        return value.map(lambda entry: ar.multiply(scale, entry))
    return ar.multiply(scale, value)
