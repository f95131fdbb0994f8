"""What the questions for practice share: how they are built, and a few symbols, mistakes and hints."""

from course_utils.check.questions import Misconception, Quantity, Question

WITH_HALF = "Look at whether this loss carries a ½, and at what the derivative of a square leaves in front."
TERMS = Quantity("n", "the number of terms of the sum", "size")
PREACTIVATION = (Quantity("a", "argument of the sigmoid"), Quantity("x", "an input", role="an input"))
SQUARED_SLOPE = (
    "slope-counted-twice",
    ("sigma(a)*(1 - sigma(a))*(1 - sigma(a))*x",),
    "σ′ already contains the second factor. Look at whether you wrote it twice.",
)


def ask(question_id, prompt, answer_type, truth, known, **more):
    """Return a question for practice; `known` is a list of (name, forms, hint)."""
    return Question(
        question_id,
        prompt,
        answer_type,
        truth,
        practice=True,
        known=tuple(Misconception(name, forms, hint) for name, forms, hint in known),
        **more,
    )
