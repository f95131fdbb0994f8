"""The truths of the bank are derived here once more, from the loss, by SymPy on explicit numbers of entries."""

import random
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from course_utils import check
from course_utils.check.arithmetic import Array
from course_utils.check.evaluate import Evaluator
from course_utils.check.expressions import Names, read_text
from course_utils.check.judge import draw_point, names_of

SIZES = {"n": 6, "d": 2}


def exact(value):
    return sp.Rational(value.numerator, value.denominator)


def at_a_point(question_id, seed):
    """The point as SymPy numbers, and the truth of the bank there."""
    question = check.describe(question_id)
    evaluator = draw_point(question, SIZES, random.Random(seed))
    truth = evaluator(read_text(question.truth, names_of(question)))
    point = {
        name: sp.Matrix(*(*value.shape, 1)[:2], [exact(entry) for entry in value.entries])
        if isinstance(value, Array)
        else exact(value)
        for name, value in evaluator.point.items()
    }
    if isinstance(truth, Array):
        return point, sp.Matrix(*truth.shape, [exact(entry) for entry in truth.entries])
    return point, exact(truth)


def rss(point, w1, w0):
    return sum((y - w1 * x - w0) ** 2 for x, y in zip(point["x"], point["y"], strict=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["w1", "w0"])
def test_derivatives_of_the_residual_sum_of_squares(name, seed):
    point, truth = at_a_point(f"H1-B1-{name}", seed)
    w1, w0 = sp.symbols("w1 w0")
    derivative = sp.diff(rss(point, w1, w0), {"w1": w1, "w0": w0}[name])
    assert derivative.subs({w1: point["w1"], w0: point["w0"]}) == truth


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("question_id", "position"), [("H1-B1-sol", 0), ("H1-B1-sol-w0", 1)])
def test_the_minimum_of_the_residual_sum_of_squares(question_id, position, seed):
    point, truth = at_a_point(question_id, seed)
    w1, w0 = sp.symbols("w1 w0")
    loss = rss(point, w1, w0)
    ((*minimum,),) = sp.linsolve([sp.diff(loss, w1), sp.diff(loss, w0)], w1, w0)
    assert minimum[position] == truth


def cost(point, beta):
    """J = ½ Σ (y_i − Σ_j X_ij β_j)², written out entry by entry."""
    X, y = point["X"], point["y"]
    rows, columns = X.shape
    residuals = [y[i] - sum(X[i, j] * beta[j] for j in range(columns)) for i in range(rows)]
    return sp.Rational(1, 2) * sum(residual**2 for residual in residuals)


BETA = sp.symbols("beta0:3")


@pytest.mark.parametrize("seed", range(3))
def test_cost(seed):
    point, truth = at_a_point("A1-Q1", seed)
    assert cost(point, list(point["beta"])) == truth


@pytest.mark.parametrize("seed", range(3))
def test_gradient_of_the_cost(seed):
    point, truth = at_a_point("A1-Q1b-gradient", seed)
    at = dict(zip(BETA, point["beta"], strict=True))
    assert sp.Matrix([sp.diff(cost(point, BETA), b).subs(at) for b in BETA]) == truth


@pytest.mark.parametrize("seed", range(3))
def test_hessian_of_the_cost(seed):
    point, truth = at_a_point("A1-Q1b-hessian", seed)
    assert sp.hessian(cost(point, BETA), BETA) == truth


@pytest.mark.parametrize("seed", range(3))
def test_minimum_of_the_cost(seed):
    point, truth = at_a_point("A1-Q1b", seed)
    ((*minimum,),) = sp.linsolve([sp.diff(cost(point, BETA), b) for b in BETA], *BETA)
    assert sp.Matrix(minimum) == truth


def test_tiny_example():
    w0, w1 = sp.symbols("w0 w1")
    loss = rss({"x": [1, 2, 3], "y": [1, 2, 2]}, w1, w0)
    ((*minimum,),) = sp.linsolve([sp.diff(loss, w0), sp.diff(loss, w1)], w0, w1)
    question = check.describe("A1-Q1b-tiny")
    truth = Evaluator({})(read_text(question.truth, Names(())))
    assert [exact(entry) for entry in truth.entries] == minimum


def test_condition_number_of_the_gram_matrix():
    truth = read_text(check.describe("A1-Q1c").truth, Names(("kappa",)))
    for seed in range(5):
        X = np.random.default_rng(seed).normal(size=(8, 3))
        kappa = Fraction(float(np.linalg.cond(X)))
        assert float(Evaluator({"kappa": kappa})(truth)) == pytest.approx(np.linalg.cond(X.T @ X), rel=1e-9)


def test_normal_equation_of_dependent_columns_has_infinitely_many_solutions():
    X, y = sp.Matrix([[1, 2, 2], [1, 3, 3], [1, 5, 5], [1, 7, 7]]), sp.Matrix([1, 0, 2, 5])
    solutions = sp.linsolve((X.T * X, X.T * y), *BETA)
    assert solutions is not sp.S.EmptySet and solutions.free_symbols
    assert check.describe("A1-Q1c-rank").truth == "infinitely many"


def test_marks_of_the_assignment():
    question = check.describe("A1-marks")
    parts = [int(digits) for digits in question.prompt.replace(",", "").split() if digits.isdigit()][-5:]
    assert Evaluator({})(read_text(question.truth, Names(()))) == sum(parts) == 40
