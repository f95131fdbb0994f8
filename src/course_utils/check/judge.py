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

from fractions import Fraction

from course_utils.check.evaluate import Budget
from course_utils.check.examine import ROUNDED_TOLERANCE, Diagnosis, Examiner, mismatch_diagnosis
from course_utils.check.objects import read_answer, read_option
from course_utils.check.points import Sample, draw_point, draw_samples, equal, formula, names_of, plain_value
from course_utils.check.questions import Question
from course_utils.check.tree import Node, ShapeMismatch, Singular, SingularMatrix, UnclearAnswer
from course_utils.check.verdict import OPEN, RIGHT, UNCLEAR, WRONG, Verdict

__all__ = ["draw_point", "judge", "names_of"]


def judge(question: Question, given: object, related: tuple[Question, ...] = ()) -> Verdict:
    """Return the verdict on an answer.

    Parameters
    ----------
    question : Question
    given : object
        Whatever the student gave; it need not be an answer at all.
    related : tuple of Question, optional
        Questions on the same symbols, whose truths may have been given for this one's.

    Returns
    -------
    Verdict
        Kind "unclear", with a message for a hint, where the answer cannot be judged; "open" where none was given.
    """
    try:
        if question.answer_type == "choice":
            diagnosis = _judge_choice(question, given)
        else:
            diagnosis = _judge_formula(question, given, related)
    except UnclearAnswer as problem:
        kind = OPEN if _is_missing(given) else UNCLEAR
        return Verdict(question.id, kind, 0.0, question.marks, hint=str(problem))
    except (RecursionError, MemoryError, OverflowError):
        return Verdict(
            question.id, UNCLEAR, 0.0, question.marks, hint="Your answer is too large to read. Write it shorter."
        )
    if diagnosis is None:
        return Verdict(question.id, RIGHT, question.marks, question.marks)
    return Verdict(question.id, WRONG, 0.0, question.marks, diagnosis.slips, diagnosis.hint)


def _is_missing(given: object) -> bool:
    """Tell whether there is no answer: what a student has not written yet is a `...`."""
    return given is None or given is ... or (type(given) is str and not given.strip())


def _judge_choice(question: Question, given: object) -> Diagnosis | None:
    options = {_plain_option(key): key for key in question.choices}
    options |= {_plain_option(text): key for key, text in question.choices.items()}
    options |= {_plain_option(alias): key for alias, key in question.choice_aliases.items()}
    text = read_option(given)
    key = options.get(_plain_option(text)) if text.strip() else None
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


def _judge_formula(question: Question, given: object, related: tuple[Question, ...]) -> Diagnosis | None:
    tree = read_answer(given, names_of(question))
    budget = Budget()
    try:
        samples = draw_samples(question, tree, budget)
    except ShapeMismatch as mismatch:
        return mismatch_diagnosis(question, tree, mismatch, budget)
    except SingularMatrix as singular:
        return Diagnosis(
            ("singular-inverse",), f"Your answer has no value: {singular}. Look at which product you invert."
        )
    tolerance = question.tolerance
    if any(node.rounded for node in tree.walk()):
        tolerance = max(tolerance, ROUNDED_TOLERANCE)
    if all(equal(sample.given, sample.truth, tolerance) for sample in samples):
        return None
    if any(_agrees(samples, formula(question, also), tolerance) for also in question.also):
        return None
    return Examiner(question, samples, tolerance, tree, related).diagnose()


def _agrees(samples: list[Sample], right: Node, tolerance: Fraction) -> bool:
    try:
        return all(equal(sample.given, plain_value(sample.evaluator(right)), tolerance) for sample in samples)
    except Singular:
        return False
