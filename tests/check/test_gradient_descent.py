"""The truths on gradient descent, found once more by SymPy, by running the rules, and by torch.optim."""

import random
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import torch

from course_utils import check, optimize
from course_utils.check.bank import gradient_descent
from course_utils.check.evaluate import Evaluator
from course_utils.check.expressions import read_text
from course_utils.check.judge import draw_point, names_of

IDS = [question.id for question in gradient_descent.QUESTIONS]
SEEDS = pytest.mark.parametrize("seed", range(3))


def at_a_point(question_id, seed):
    """The point of a question as floats, and its truth there."""
    question = check.describe(question_id)
    evaluator = draw_point(question, {"n": 6, "d": 3}, random.Random(seed))
    truth = evaluator(read_text(question.truth, names_of(question)))
    floats = {
        name: np.array([float(entry) for entry in value.entries]) if hasattr(value, "entries") else float(value)
        for name, value in evaluator.point.items()
    }
    return floats, np.array([float(entry) for entry in truth.entries]) if hasattr(truth, "entries") else float(truth)


def test_the_questions_are_those_of_the_chapter():
    assert sorted(IDS) == sorted(
        [
            "H1-Q7",
            "H1-Q10",
            "H1-Q11-gd",
            "H1-Q11-rms",
            "H1-Q11-adam-mom",
            "H1-Q11-adam-order",
            "H1-Q11-adam-eps",
            "H1-Q11-adam-beta",
            "H1-Q11-claim",
            "A2-AN-9",
            "A2-AN-10",
            "A2-AN-11",
            "A2-AN-11-never",
            "A2-AN-12",
        ]
    )
    assert set(IDS) <= set(check.questions())


def test_bound_and_factor():
    theta, alpha = sp.symbols("theta alpha", positive=True)
    for curvature in (sp.Rational(3, 7), sp.Integer(5)):
        loss = curvature * theta**2 / 2
        factor = sp.simplify((theta - alpha * sp.diff(loss, theta)) / theta)
        assert check.answer("A2-AN-11", "1 - alpha*lam").correct
        truth = sp.sympify(check.describe("A2-AN-11").truth.replace("lam", str(curvature)), locals={"alpha": alpha})
        assert sp.simplify(factor - truth) == 0
        rate = sp.Symbol("rate", real=True)
        converges = sp.solveset(sp.Abs(factor.subs(alpha, rate)) < 1, rate, sp.S.Reals)
        bound = Evaluator({"lam": Fraction(int(curvature.p), int(curvature.q))})(
            read_text(check.describe("H1-Q7").truth, names_of(check.describe("H1-Q7")))
        )
        assert converges == sp.Interval.open(0, sp.Rational(bound.numerator, bound.denominator))


def test_updates_in_one_pass():
    n, b = 12, 3
    counted = [len(range(0, n, size)) for size in (n, 1, b)]
    question = check.describe("H1-Q10")
    truth = Evaluator({"n": Fraction(n), "b": Fraction(b)})(read_text(question.truth, names_of(question)))
    assert [int(entry) for entry in truth.entries] == counted


@SEEDS
@pytest.mark.parametrize(
    ("question_id", "optimizer", "settings"),
    [
        ("H1-Q11-gd", torch.optim.SGD, lambda point: {}),
        ("H1-Q11-rms", torch.optim.RMSprop, lambda point: {"alpha": point["gamma"], "eps": point["epsilon"]}),
    ],
)
def test_one_step_of_torch(question_id, optimizer, settings, seed):
    point, truth = at_a_point(question_id, seed)
    omega = torch.tensor(point["omega"], dtype=torch.float64, requires_grad=True)
    optimizer = optimizer([omega], lr=point["eta"], **settings(point))
    if "v" in point:  # the state that earlier steps would have left
        mean_square = torch.tensor(point["v"], dtype=torch.float64)
        optimizer.state[omega] = {"step": torch.tensor(5.0), "square_avg": mean_square}
    omega.grad = torch.tensor(point["g"], dtype=torch.float64)
    optimizer.step()
    assert omega.item() == pytest.approx(truth, rel=1e-12)


@SEEDS
def test_adam_from_its_means(seed):
    point, truth = at_a_point("H1-Q11-adam-eps", seed)
    step, beta_1, beta_2, gradient = 4, 0.75, 0.5, 0.5
    omega = torch.tensor(point["omega"], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([omega], lr=point["eta"], betas=(beta_1, beta_2), eps=point["epsilon"])
    # The running means before the step are chosen so that the corrected ones after it are those of the point.
    before = {
        "exp_avg": (point["m_hat"] * (1 - beta_1**step) - (1 - beta_1) * gradient) / beta_1,
        "exp_avg_sq": (point["v_hat"] * (1 - beta_2**step) - (1 - beta_2) * gradient**2) / beta_2,
    }
    optimizer.state[omega] = {
        "step": torch.tensor(step - 1.0),
        **{name: torch.tensor(value, dtype=torch.float64) for name, value in before.items()},
    }
    omega.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer.step()
    assert omega.item() == pytest.approx(truth, rel=1e-9)


def test_the_corrected_mean_of_a_constant_gradient_is_that_gradient():
    beta, g = sp.symbols("beta g", positive=True)
    question = check.describe("H1-Q11-adam-mom")
    mean = sp.Integer(0)
    for step in range(1, 6):
        before, mean = mean, beta * mean + (1 - beta) * g
        names = {"m": before, "g": g, "beta": beta, "t": sp.Integer(step)}
        assert sp.simplify(sp.sympify(question.truth, locals=names) - g) == 0


@SEEDS
def test_change_of_the_parameters(seed):
    point, truth = at_a_point("A2-AN-9", seed)
    places = optimize.path(
        optimize.gradient_descent, lambda theta: point["g"], [1.0, 2.0, 3.0], 1, learning_rate=point["alpha"]
    )
    np.testing.assert_allclose(places[1] - places[0], truth, rtol=1e-12)


def test_choices_that_a_computation_decides():
    assert check.describe("A2-AN-11-never").truth == "converges"
    assert Fraction(999, 1000) ** 40_000 < Fraction(1, 10**17)
    assert check.describe("A2-AN-10").truth == "small gradient"
    line = optimize.path(optimize.gradient_descent, np.ones_like, [0.0], 5, learning_rate=1.0)
    assert np.ptp(np.diff(line[:, 0])) == 0, "on a line the gradient never changes, and every step still pays"
    assert check.describe("A2-AN-12").truth == "flat"
    # In the order printed first, with means of zero, the first step of Adam goes nowhere.
    assert check.describe("H1-Q11-adam-order").truth == "means-first"
    m_hat, v_hat = 0 / (1 - 0.9), 0 / (1 - 0.999)
    assert 1e-3 * m_hat / (v_hat**0.5 + 1e-8) == 0
    moved = optimize.path(optimize.adam, np.ones_like, [0.0], 1)[1, 0]
    assert moved == pytest.approx(-1e-3, rel=1e-6)


RIGHT = [
    ("H1-Q7", "2/lam"),
    ("H1-Q7", "2*lam**-1"),
    ("H1-Q10", ["1", "n", "n/b"]),
    ("H1-Q10", "[n/n, n/1, n/b]"),
    ("H1-Q11-gd", "ω - η*g".replace("ω", "omega")),
    ("H1-Q11-gd", "-(eta*g - omega)"),
    ("H1-Q11-rms", "omega - eta*g/(epsilon + sqrt(g**2 - gamma*g**2 + gamma*v))"),
    ("H1-Q11-adam-mom", "(g + beta*(m - g))/(1 - beta**t)"),
    ("H1-Q11-adam-order", "Means first"),
    ("H1-Q11-adam-eps", "omega - eta*m_hat/(v_hat**0.5 + epsilon)"),
    ("A2-AN-9", "g*(-alpha)"),
    ("A2-AN-10", "small gradient"),
    ("A2-AN-11", "1 - lam*alpha"),
    ("A2-AN-12", "FLAT"),
]


@pytest.mark.parametrize(
    ("question_id", "given"), [pytest.param(*case, id=f"{case[0]}-{k}") for k, case in enumerate(RIGHT)]
)
def test_other_forms_of_the_truth_are_right(question_id, given):
    if question_id == "H1-Q10" and isinstance(given, list):
        symbols = check.describe("H1-Q10").symbols
        given = [1, symbols["n"], symbols["n"] / symbols["b"]]
    assert check.answer(question_id, given).correct


def test_epsilon_inside_the_root_is_told_apart_from_the_published_rule():
    for question_id, wrong in (
        ("H1-Q11-adam-eps", "omega - eta*m_hat/sqrt(v_hat + epsilon)"),
        ("H1-Q11-rms", "omega - eta*g/sqrt(gamma*v + (1 - gamma)*g**2 + epsilon)"),
    ):
        assert check.answer(question_id, wrong).misconception == "epsilon-inside-the-root"
    assert check.answer("H1-Q11-gd", "g*eta").misconception == "step-for-parameter"
