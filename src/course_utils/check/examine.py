"""Find out which mistake leads from the truth to a wrong answer.

A mistake is recognised by its value: the answer agrees, at every point, with what the mistake would have given. The
question's own mistakes are tried first, then what is wrong with the whole (its shape, its sign, a factor), then the
truths of questions beside it, then every single slip in the formula, and last two or three slips at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property
from itertools import permutations, product

from course_utils.check import arithmetic as ar
from course_utils.check.arithmetic import Array
from course_utils.check.evaluate import Budget, Evaluator
from course_utils.check.points import Sample, draw_samples, entries_of, equal, formula, plain_value, shape_of
from course_utils.check.questions import Quantity, Question
from course_utils.check.slips import Slip, repairs, slips_of
from course_utils.check.tree import Node, ShapeMismatch, Singular, UnclearAnswer

ROUNDED_TOLERANCE = Fraction(1, 10**9)

ROUNDING_BAND = Fraction(1, 200)
# How closely a number must agree with what a slip leads to.
SLIP_TOLERANCE = Fraction(1, 10_000)

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
AMBIGUOUS = "Bear in mind that a sign alone cannot tell this slip from others that turn the whole answer around."
NO_SYMBOL_HINT = "You gave a number. The question asks for a formula in its symbols."
RELATED_HINT = (
    "That is the derivative with respect to another quantity. Look at which one is asked for, and where it enters."
)
OTHER_QUANTITY_HINT = "That is the right value of another quantity of the same setting. Look at which one is asked for."
TRUNCATED_HINT = "The last digit was cut off and not rounded. Keep more digits, and round only at the end."
EXCHANGED_HINT = "All the {0} are there, but not in their places. Look at the order that the question asks for."
ONE_ENTRY_HINT = "All entries but {0} are right. Look there: {1}"
FACTOR_TOO_FEW = "Beside that, a factor is missing in the chain."
FACTOR_TOO_MANY = "Beside that, a factor stands there that does not belong, or stands there twice."
EXCHANGED_FACTORS_HINT = "One factor is missing, and another does not belong. Write the chain down link by link."


@dataclass(frozen=True)
class Diagnosis:
    """The slips found in a wrong answer, and the hint."""

    slips: tuple[str, ...]
    hint: str


# --- mistakes -------------------------------------------------------------------------------------------------------


Scale = Fraction | Callable[[Sample], Fraction]


class Examiner:
    """Find out which mistake leads to a wrong answer.

    Parameters
    ----------
    question : Question
    samples : list of Sample
    tolerance : Fraction
        As in the comparison with the truth.
    tree : Node
        The answer.
    related : tuple of Question
        Questions on the same symbols, whose truths may have been given for this one's.
    """

    def __init__(
        self,
        question: Question,
        samples: list[Sample],
        tolerance: Fraction,
        tree: Node,
        related: tuple[Question, ...] = (),
    ):
        self.question = question
        self.samples = samples
        self.tolerance = tolerance
        self.tree = tree
        self.related = related
        self.plain_scales = FORMULA_SCALES if question.quantities else NUMBER_SCALES
        self._values: dict[tuple[str, int], object] = {}

    def diagnose(self) -> Diagnosis:
        """Return the first explanation that fits: single slips before several, known before general."""
        steps: tuple[Callable[[], Diagnosis | None], ...] = (
            self._known,
            self._wrong_shape,
            lambda: self._multiple_of_truth(slips=1),
            self._transposed,
            self._number_for_formula,
            self._decimals,
            self._cut_off,
            lambda: self._missing_or_extra_factor(slips=1),
            self._off_by_a_constant,
            self._reciprocal,
            lambda: self._related(slips=1),
            self._rounded_mistake,
            self._one_slip,
            self._one_transpose,
            self._rounding,
            self._entries,
            lambda: self._known_and_more(slips=2),
            lambda: self._multiple_of_truth(slips=2),
            lambda: self._missing_or_extra_factor(slips=2),
            lambda: self._related(slips=2),
            self._one_slip_and_more,
            self._known_and_a_factor,
            lambda: self._known_and_more(slips=3),
            lambda: self._multiple_of_truth(slips=3),
            self._exchanged_factors,
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
                hint = misconception.hint
                if self.question.quantities and self._is_multiple(self.question.truth, Fraction(-1)):
                    hint = f"{hint} {AMBIGUOUS}"
                return Diagnosis((misconception.name,), hint)
        return None

    def _known_and_more(self, slips: int) -> Diagnosis | None:
        for scale, more, hint in self._scales():
            if 1 + len(more) != slips:
                continue
            for misconception in self.question.known:
                if any(self._is_multiple(form, scale) for form in misconception.forms):
                    return _diagnosis((misconception.name, *more), f"{misconception.hint} {hint}")
        return None

    def _known_and_a_factor(self) -> Diagnosis | None:
        """Recognise a known mistake in an answer that also has a factor too few or too many."""
        if shape_of(self.samples[0].truth) != ():
            return None
        names = [quantity.name for quantity in self.question.quantities if quantity.kind == "scalar"]
        for misconception in self.question.known:
            for form, name in product(misconception.forms, names):
                for slip, changed, hint in (
                    ("missing-factor", f"({form})/({name})", FACTOR_TOO_FEW),
                    ("extra-factor", f"({form})*({name})", FACTOR_TOO_MANY),
                ):
                    if self._is_multiple(changed, Fraction(1)):
                        return _diagnosis((misconception.name, slip), f"{misconception.hint} {hint}")
        return None

    def _is_multiple(self, form: str, scale: Scale, samples: list[Sample] | None = None) -> bool:
        """Tell whether the answer is a formula times a factor, at every point."""
        try:
            return all(
                equal(sample.given, _scaled(self._value(form, number), _at(scale, sample)), self.tolerance)
                for number, sample in enumerate(samples or self.samples)
            )
        except Singular:
            return False

    def _value(self, form: str, number: int) -> object:
        """Return a formula of the bank at one of the points; each is evaluated once."""
        if (form, number) not in self._values:
            tree = formula(self.question, form)
            self._values[form, number] = plain_value(self.samples[number].evaluator(tree))
        return self._values[form, number]

    # --- general mistakes -------------------------------------------------------------------------------------------

    def _wrong_shape(self) -> Diagnosis | None:
        sample = self.samples[0]
        given, truth = shape_of(sample.given), shape_of(sample.truth)
        if given == truth:
            return None
        describe = sample.evaluator.describe_shape
        reversed_shape = len(given) == 2 and given[::-1] == truth
        if reversed_shape or (truth == () and self.question.quantities):
            slip, hint, repair = (
                ("transposed", TRANSPOSED_HINT, ar.transpose)
                if reversed_shape
                else ("not-summed", NOT_SUMMED_HINT, lambda value: ar.total(entries_of(value)))
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
        if len(shape_of(self.samples[0].truth)) == 2 and self._all(
            lambda s: equal(ar.transpose(s.given), s.truth, self.tolerance)
        ):
            return Diagnosis(("transposed",), TRANSPOSED_HINT)
        return None

    def _number_for_formula(self) -> Diagnosis | None:
        symbols = any(node.op == "symbol" for node in self.tree.walk())
        wanted = any(node.op == "symbol" for node in formula(self.question, self.question.truth).walk())
        return Diagnosis(("number-for-formula",), NO_SYMBOL_HINT) if wanted and not symbols else None

    def _decimals(self) -> Diagnosis | None:
        if self.question.quantities:
            return None
        for places in (1, 2, 3):
            for scale in (Fraction(10) ** places, Fraction(1, 10) ** places):
                if self._is_multiple(self.question.truth, scale):
                    return Diagnosis(("decimal-point",), DECIMAL_POINT_HINT)
                if self._is_multiple(self.question.truth, -scale):
                    return _diagnosis(("decimal-point", "sign"), f"{DECIMAL_POINT_HINT} {NUMBER_SIGN_HINT}")
        return None

    def _cut_off(self) -> Diagnosis | None:
        """Recognise decimals of the truth that were cut off, and ones that are rounded to too few digits."""
        if self.question.quantities or not self.question.tolerance:
            return None
        (sample,) = self.samples
        pairs = list(zip(entries_of(sample.given), entries_of(sample.truth), strict=True))
        endings = [_last_digit(given, truth) for given, truth in pairs]
        if "other" in endings:
            return None
        if "cut off" in endings:
            return Diagnosis(("truncated",), TRUNCATED_HINT)
        return Diagnosis(("rounding",), ROUNDING_HINT)

    def _rounded_mistake(self) -> Diagnosis | None:
        """Recognise a mistake in a number that was also rounded or cut off to few digits."""
        sample = self.samples[0]
        if self.question.quantities or shape_of(sample.given) != () or not self.question.tolerance:
            return None
        wrong = [(self.question.truth, (), "")]
        wrong += [(form, (known.name,), known.hint) for known in self.question.known for form in known.forms]
        scales = [(Fraction(1), (), ""), *self.plain_scales]
        scales += [(Fraction(10) ** places, ("decimal-point",), DECIMAL_POINT_HINT) for places in (1, -1, 2, -2)]
        for (form, names, hint), (scale, more, more_hint) in sorted(
            product(wrong, scales), key=lambda pair: len(pair[0][1]) + len(pair[1][1])
        ):
            try:
                value = self._value(form, 0)
            except Singular:
                continue
            if shape_of(value) != () or not (names or more):
                continue
            slips = (*names, *more)
            if _last_digit(sample.given, ar.multiply(scale, value), 2 if len(slips) == 1 else 3) != "other":
                if slips == ("decimal-point",):
                    return Diagnosis(slips, DECIMAL_POINT_HINT)
                return _diagnosis((*slips, "rounding"), f"{hint} {more_hint} {ROUNDING_HINT}")
        return None

    def _rounding(self) -> Diagnosis | None:
        if self.question.quantities or not self.question.tolerance:
            return None
        if self._all(lambda s: equal(s.given, s.truth, ROUNDING_BAND)):
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
        if not self.question.quantities or shape_of(self.samples[0].truth) != ():
            return None
        differences = [ar.add(sample.given, ar.negate(sample.truth)) for sample in self.samples]
        if self._constant(differences):
            return Diagnosis(("off-by-a-constant",), OFF_BY_A_CONSTANT_HINT)
        return None

    def _constant_factor(self) -> Diagnosis | None:
        if not self.question.quantities or shape_of(self.samples[0].truth) != ():
            return None
        if any(sample.given == 0 or sample.truth == 0 for sample in self.samples):
            return None
        if self._constant([ar.divide(sample.given, sample.truth) for sample in self.samples]):
            return Diagnosis(("constant-factor",), CONSTANT_FACTOR_HINT)
        return None

    def _constant(self, values: list) -> bool:
        return all(ar.close(value, values[0], self.tolerance) for value in values[1:])

    def _reciprocal(self) -> Diagnosis | None:
        if shape_of(self.samples[0].truth) != () or any(sample.truth == 0 for sample in self.samples):
            return None
        if self._all(lambda s: ar.close(s.given, ar.divide(Fraction(1), s.truth), self.tolerance)):
            return Diagnosis(("reciprocal",), RECIPROCAL_HINT)
        return None

    def _related(self, slips: int) -> Diagnosis | None:
        for scale, more, more_hint in ((Fraction(1), (), ""), *self.plain_scales):
            if 1 + len(more) != slips:
                continue
            for other in self.related:
                if self._is_multiple(other.truth, scale):
                    derivatives = all("∂" in question.prompt for question in (self.question, other))
                    slip, hint = (
                        ("wrong-variable", RELATED_HINT) if derivatives else ("wrong-quantity", OTHER_QUANTITY_HINT)
                    )
                    return _diagnosis((slip, *more), f"{hint} {more_hint}")
        return None

    # --- single slips inside the formula ----------------------------------------------------------------------------

    def _one_slip(self) -> Diagnosis | None:
        for slip, value in self._slipped:
            if self._leads_here(slip, value, Fraction(1)):
                return _diagnosis((slip.name,), slip.hint)
        return None

    def _one_slip_and_more(self) -> Diagnosis | None:
        for scale, more, hint in sorted(self._scales(), key=lambda known: len(known[1])):
            for slip, value in self._slipped:
                if self._leads_here(slip, value, scale):
                    return _diagnosis((slip.name, *more), f"{slip.hint} {hint}")
        return None

    @cached_property
    def _slipped(self) -> tuple[tuple[Slip, object], ...]:
        """The formula with every single slip, and its value at the first point."""
        sample, found = self.samples[0], []
        for slip in _slips_of_formula(formula(self.question, self.question.truth), self.question.quantities):
            try:
                found.append((slip, plain_value(sample.evaluator(slip.tree))))
            except (Singular, ShapeMismatch, UnclearAnswer):
                continue
        return tuple(found)

    def _leads_here(self, slip: Slip, value: object, scale: Scale) -> bool:
        return self._agrees(self.samples[0], value, scale) and self._slip_agrees(slip, scale)

    def _slip_agrees(self, slip: Slip, scale: Scale) -> bool:
        try:
            return all(
                self._agrees(sample, plain_value(sample.evaluator(slip.tree)), scale) for sample in self.samples[1:]
            )
        except (Singular, ShapeMismatch, UnclearAnswer):
            return False

    def _agrees(self, sample: Sample, value: object, scale: Scale) -> bool:
        """Compare relative to the size of the numbers, so that small ones are not taken for each other."""
        if shape_of(sample.given) != shape_of(value) or all(entry == 0 for entry in entries_of(value)):
            return False  # anything times zero is zero: that tells nothing
        factor, tolerance = _at(scale, sample), min(self.tolerance, SLIP_TOLERANCE)
        return all(
            _relatively_close(ar.multiply(factor, wrong), given, tolerance)
            for wrong, given in zip(entries_of(value), entries_of(sample.given), strict=True)
        )

    def _exchanged_factors(self) -> Diagnosis | None:
        """Recognise a factor that is missing while another one stands there twice."""
        if shape_of(self.samples[0].truth) != ():
            return None
        names = [quantity.name for quantity in self.question.quantities if quantity.kind == "scalar"]
        for missing, extra in permutations(names, 2):
            for scale, more, hint in ((Fraction(1), (), ""), *self.plain_scales):
                if self._is_multiple(f"({self.question.truth})/({missing})*({extra})", scale):
                    return _diagnosis(("missing-factor", "extra-factor", *more), f"{EXCHANGED_FACTORS_HINT} {hint}")
        return None

    def _one_transpose(self) -> Diagnosis | None:
        """Recognise an answer of the right shape that is right once a transpose is put in or taken out."""
        if not any(quantity.kind == "matrix" for quantity in self.question.quantities):
            return None
        budget = Budget(steps=20_000, seconds=0.9)
        for repair in repairs(self.tree):
            try:
                values = [self._at_point(sample, repair.tree, budget) for sample in self.samples]
                if all(equal(value, s.truth, self.tolerance) for value, s in zip(values, self.samples, strict=True)):
                    return Diagnosis((repair.name,), repair.hint)
            except (Singular, ShapeMismatch, UnclearAnswer):
                continue
        return None

    @staticmethod
    def _at_point(sample: Sample, tree: Node, budget: Budget) -> object:
        return plain_value(Evaluator(sample.point, budget, sample.evaluator.dimension_names)(tree))

    # --- entries of a matrix ----------------------------------------------------------------------------------------

    def _entries(self) -> Diagnosis | None:
        shape = shape_of(self.samples[0].truth)
        if (
            len(shape) != 2
            or shape_of(self.samples[0].given) != shape
            or any(shape_of(sample.truth) != shape for sample in self.samples)
        ):
            return None
        return self._exchanged(shape) or self._wrong_entries(shape)

    def _exchanged(self, shape: tuple[int, int]) -> Diagnosis | None:
        """Recognise rows or columns that have changed places."""
        rows, columns = shape
        sample = self.samples[0]
        lines = {
            "rows": [[row * columns + column for column in range(columns)] for row in range(rows)],
            "columns": [[row * columns + column for row in range(rows)] for column in range(columns)],
        }
        for what, places in lines.items():
            used: list[int] = []
            for wanted in places:
                match = next(
                    (k for k, other in enumerate(places) if k not in used and self._same(sample, wanted, other)), None
                )
                if match is not None:
                    used.append(match)
            if len(used) == len(places) > 1 and all(
                self._same(sample, places[k], places[other]) for sample in self.samples for k, other in enumerate(used)
            ):
                is_column = 1 in shape
                name = "entries-exchanged" if is_column else f"{what}-exchanged"
                return Diagnosis((name,), EXCHANGED_HINT.format("entries" if is_column else what))
        return None

    def _same(self, sample: Sample, wanted: list[int], other: list[int]) -> bool:
        """Tell whether some entries of the truth stand at other places of the answer."""
        given, truth = entries_of(sample.given), entries_of(sample.truth)
        return all(ar.close(truth[k], given[m], self.tolerance) for k, m in zip(wanted, other, strict=True))

    def _wrong_entries(self, shape: tuple[int, int]) -> Diagnosis | None:
        """Recognise entries that are wrong while most are right."""
        wrong = [k for k in range(shape[0] * shape[1]) if not self._entry_times(k, Fraction(1))]
        if 2 * len(wrong) > shape[0] * shape[1]:
            return None
        where = " and ".join(f"row {k // shape[1] + 1}, column {k % shape[1] + 1}" for k in wrong[:2])
        if len(wrong) > 2:
            where = f"{len(wrong)} of them, the first in {where.partition(' and ')[0]},"
        for scale, slips, hint in self.plain_scales:
            if all(self._entry_times(k, scale) for k in wrong):
                names = tuple(f"{slip}-of-an-entry" for slip in slips)
                return _diagnosis(names, ONE_ENTRY_HINT.format(where, hint))
        advice = "compare that part of the calculation with the others."
        return Diagnosis(("wrong-entry",), ONE_ENTRY_HINT.format(where, advice))

    def _entry_times(self, k: int, scale: Fraction) -> bool:
        """Tell whether entry k of the answer is a multiple of the one of the truth, at every point."""
        return all(
            ar.close(entries_of(sample.given)[k], ar.multiply(scale, entries_of(sample.truth)[k]), self.tolerance)
            for sample in self.samples
        )

    def _all(self, test: Callable[[Sample], bool]) -> bool:
        return all(test(sample) for sample in self.samples)


def _diagnosis(slips: tuple[str, ...], hint: str) -> Diagnosis:
    lead = "Several slips at once. " if len(slips) > 1 else ""
    return Diagnosis(slips, lead + " ".join(hint.split()))


def _times_observations(scale: Fraction, power: int) -> Callable[[Sample], Fraction]:
    return lambda sample: scale * sample.point["n"] ** power


def _at(scale: Scale, sample: Sample) -> Fraction:
    return scale(sample) if callable(scale) else scale


def _scaled(value: object, scale: object) -> object:
    if isinstance(value, Array):
        return value.map(lambda entry: ar.multiply(scale, entry))
    return ar.multiply(scale, value)


@cache
def _slips_of_formula(truth: Node, quantities: tuple[Quantity, ...]) -> tuple[Slip, ...]:
    kinds = {quantity.name: (quantity.kind, quantity.shape) for quantity in quantities}
    alike = {
        name: tuple(other for other, kind in kinds.items() if other != name and kind == kinds[name]) for name in kinds
    }
    return tuple(slips_of(truth, {quantity.name: quantity.role for quantity in quantities}, alike))


def mismatch_diagnosis(question: Question, tree: Node, mismatch: ShapeMismatch, budget: Budget) -> Diagnosis:
    """Return what is wrong with an answer whose shapes do not fit together.

    Parameters
    ----------
    question : Question
    tree : Node
        The answer.
    mismatch : ShapeMismatch
        What its evaluation ran into.
    budget : Budget
        What is left for evaluating it with a repair.
    """
    for repair in repairs(tree) if mismatch.misconception == "wrong-shape" else ():
        try:
            samples = draw_samples(question, repair.tree, budget)
        except (ShapeMismatch, Singular, UnclearAnswer):
            continue
        for scale, more, hint in ((Fraction(1), (), ""), *FORMULA_SCALES):
            tolerance = max(question.tolerance, ROUNDED_TOLERANCE)
            if all(equal(sample.given, _scaled(sample.truth, scale), tolerance) for sample in samples):
                return _diagnosis((repair.name, *more), f"{repair.hint} {mismatch} {hint}")
    return Diagnosis((mismatch.misconception,), str(mismatch))


def _last_digit(given: object, truth: object, digits: int = 2) -> str:
    """Tell whether a decimal is the truth, "cut off" or "rounded" to its number of digits; "other" where it is not."""
    if not isinstance(given, Fraction):
        return "other"
    places = next((k for k in range(1, 13) if (given * 10**k).denominator == 1), None)
    if places is None:
        return "other"
    unit = Fraction(1, 10**places)
    distance = abs(ar.real(given) - ar.real(truth))
    if distance == 0:
        return "rounded"
    if abs(given) < 10 ** (digits - 1) * unit or distance >= ar.real(unit):
        return "other"
    if distance * 2 <= ar.real(unit):
        return "rounded"
    return "cut off" if ar.real(abs(given)) < abs(ar.real(truth)) else "other"


def _relatively_close(a: object, b: object, tolerance: Fraction) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction) and not tolerance:
        return a == b
    a, b = ar.real(a), ar.real(b)
    return abs(a - b) <= ar.real(max(tolerance, ar.REAL_TOLERANCE)) * max(abs(a), abs(b))
