"""An answer is right only where it is right everywhere, and a wrong one earns nothing."""

import pytest

from course_utils import check

RIGHT = "(a2 - y)*w2*a1*(1 - a1)*x"
# Right wherever the sign happens to fit, which is so at some of the points that are tried.
RIGHT_HERE_AND_THERE = [
    "(a2 - y)*w2*a1*(1 - a1)*abs(x)",
    "(a2 - y)*abs(w2)*a1*(1 - a1)*x",
    "abs(a2 - y)*w2*a1*(1 - a1)*x",
    "(a2 - y)*sqrt(w2**2)*a1*(1 - a1)*x",
]


def test_the_right_answer_is_right():
    verdict = check.answer("A1-Q2b-w1", RIGHT)
    assert verdict.correct and verdict.marks == verdict.out_of == 1


@pytest.mark.parametrize("given", RIGHT_HERE_AND_THERE)
def test_an_answer_that_is_right_at_some_points_is_wrong(given):
    verdict = check.answer("A1-Q2b-w1", given)
    assert verdict.kind == "wrong" and not verdict.correct


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("A1-Q2b-w1", "(a2 - y)*w2*a1*x"),
        ("A1-Q2b-w1", "0"),
        ("A1-Q1b", "X.T*y"),
        ("A1-Q1b-tiny", [0, 1]),
        ("A1-Q1c-rank", "none"),
        ("A1-marks", 25),
        ("A1-Q1b-hessian", "a word"),
    ],
)
def test_a_wrong_answer_earns_nothing(question, given):
    verdict = check.answer(question, given)
    assert not verdict.correct and verdict.marks == 0
    assert verdict.out_of == check.describe(question).marks
