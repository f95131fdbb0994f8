"""The forty marks of Assignment 1: what each part is worth, and how the marks that no formula earns are given.

Each part has a total. What the questions of the bank give towards it is taken off, and the rest is given by a person,
who finds here what to look for. The coding part is marked by the tests in its notebook, by and by a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BY_A_PERSON, BY_TESTS = "by a person", "by the notebook's tests"


@dataclass(frozen=True)
class Total:
    """A question of the sheet with its marks."""

    title: str
    marks: float


@dataclass(frozen=True)
class Part:
    """A part of a question that is marked elsewhere than by `check.answer`.

    Parameters
    ----------
    id : str
        As on the sheet.
    marks : float
    what : str
        What is handed in for it.
    looked_for : tuple of str
        What a full answer holds; a second marker can use it.
    marked_by : str
        "by a person", or "by the notebook's tests" when it is collected.
    """

    id: str
    marks: float
    what: str
    looked_for: tuple[str, ...] = ()
    marked_by: str = BY_A_PERSON


TOTALS = {
    "A1-Q1": Total("Question 1", 8),
    "A1-Q2": Total("Question 2", 8),
    "A1-Q3": Total("Question 3", 5),
    "A1-Q4": Total("Question 4", 4),
    "A1-C": Total("Coding", 15),
}

# Each part with all its marks, those of the bank's questions among them.
WHOLE_PARTS = (
    Part(
        "A1-Q1a",
        2,
        "what regression predicts, and why errors are squared",
        (
            "½ for what is predicted: the conditional mean, by a function linear in β",
            "1 for two reasons, ½ each: smooth and convex, maximum likelihood under Gaussian noise, projection on "
            "the columns of X, errors of either sign count alike",
            "½ for a drawback: a single outlier pulls the fit",
        ),
    ),
    Part("A1-Q1b", 3, "the normal equation, step by step"),
    Part(
        "A1-Q1c",
        2,
        "why not to invert, and when to iterate",
        (
            "½ for a cost of the inverse beside its conditioning: about d³ operations, d² numbers of memory, or that "
            "it does not exist when columns depend on each other",
            "½ for iterating: no d × d matrix and cheap steps pay for large d, while the number of steps grows with "
            "the condition number",
        ),
    ),
    Part(
        "A1-Q2a",
        2,
        "the idea of backpropagation",
        (
            "1 for the chain rule from the loss backwards, gradients only; the update is another step",
            "1 for the cost: local derivatives and upstream gradients are used again, so that all gradients cost about "
            "as much as a few forward passes",
        ),
    ),
    Part("A1-Q2b", 4, "the four gradients, factor by factor"),
    Part(
        "A1-Q2c",
        2,
        "the role of the learning rate",
        (
            "½ for what it does: it scales the step; all gradients are taken before any parameter moves",
            "½ for its bounds: too small is slow, and above 2 over the largest curvature a quadratic diverges",
        ),
    ),
    Part(
        "A1-Q3a",
        1,
        "how the two kinds of network treat a sequence",
        ("½ for the feedforward network: fixed input, no state", "½ for the recurrence: shared weights and a state"),
    ),
    Part(
        "A1-Q3b",
        1,
        "why the distant past is hard to learn from",
        ("½ for the product of Jacobians", "½ for its growth or decay with the lag, and what that does to early terms"),
    ),
    Part(
        "A1-Q3c",
        1,
        "what the gates do",
        ("1 for all three: forget scales the old cell, input the candidate, output what is shown; ½ for two of them",),
    ),
    Part(
        "A1-Q3d",
        1,
        "how the LSTM eases the problem",
        (
            "½ for the additive path and its direct derivative, the forget gate",
            "½ for what remains: it helps while the gates stay near one, and gradients can still explode",
        ),
    ),
    Part("A1-Q3e", 1, "a task for each network", ("1 for three tasks with a reason or a measurement; ½ for two",)),
    Part(
        "A1-Q4a",
        2,
        "a dependency over a long distance",
        (
            "1 for a sentence in which a distant word decides a form, with something in between that would mislead",
            "1 for the verdict on the simple network: it tends to fail as the gap grows, with the reason",
        ),
    ),
    Part(
        "A1-Q4b",
        2,
        "how memory is kept, and when it is dropped",
        (
            "1 for keeping: forget gate near one, input gate near zero",
            "1 for a moment in a translation where the old content must go, with the forget gate near zero and called "
            "closed",
        ),
    ),
    Part("A1-C1", 8, "the three methods of CharLSTM", marked_by=BY_TESTS),
    Part("A1-C2", 1, "hyperparameters that train", marked_by=BY_TESTS),
    Part(
        "A1-C2",
        2,
        "what the two losses show",
        ("1 for reading convergence off the held-out loss", "1 for a setting tried, with what it changed"),
    ),
    Part("A1-C3", 1, "enough runs of the probe", marked_by=BY_TESTS),
    Part(
        "A1-C3",
        2,
        "what the probes show",
        ("1 for the temperature, greedy among them, with a sample", "1 for seed text or length, with a sample"),
    ),
    Part(
        "A1-C4",
        1,
        "the run-through notebook with its outputs",
        ("1 where the notebook ran from top to bottom and its outputs are there",),
    ),
)


def parts_of_assignment(machine_marks: Mapping[str, float]) -> tuple[Part, ...]:
    """Return what remains to be marked elsewhere, once the bank's questions have given theirs.

    Parameters
    ----------
    machine_marks : mapping of str to float
        Marks by the id of a question. One belongs to the part whose id it begins with.

    Returns
    -------
    tuple of Part
        Those with marks left, in the order of the sheet.
    """
    left = []
    for part in WHOLE_PARTS:
        is_test = part.id.startswith("A1-C")
        given = 0 if is_test else sum(marks for other, marks in machine_marks.items() if _belongs(other, part.id))
        if part.marks > given:
            left.append(Part(part.id, part.marks - given, part.what, part.looked_for, part.marked_by))
    return tuple(left)


def _belongs(question_id: str, part_id: str) -> bool:
    return question_id == part_id or question_id.startswith(f"{part_id}-")
