"""The truths on recurrent networks, found once more by SymPy, by counting, and with PyTorch."""

import random

import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn

from course_utils.check.bank import recurrent_networks
from course_utils.check.expressions import read_text
from course_utils.check.judge import judge
from course_utils.check.points import draw_point, names_of

QUESTIONS = {question.id: question for question in recurrent_networks.QUESTIONS}
SYMBOLIC = [key for key, question in QUESTIONS.items() if question.quantities]


def given(question_id, expression):
    return judge(QUESTIONS[question_id], expression)


def test_the_questions_are_those_of_the_chapter():
    assert list(QUESTIONS) == [
        "A1-Q3a",
        "A1-Q3a-count",
        "A1-Q3b",
        "A1-Q3b-jacobian",
        "A1-Q3b-back",
        "A1-Q3b-total",
        "A1-Q3b-terms",
        "A1-Q3b-rho",
        "A1-Q3b-slope",
        "A1-Q3e",
        "A1-Q3e-ann",
        "A1-Q3e-rnn",
    ]
    assert all(question.practice for question in QUESTIONS.values())


@pytest.mark.parametrize(("m", "H"), [(1, 4), (3, 5), (7, 2)])
def test_number_of_parameters(m, H):
    layer = nn.RNN(m, H)
    counted = sum(parameter.numel() for parameter in layer.parameters()) - layer.bias_hh_l0.numel()
    truth = sp.sympify(QUESTIONS["A1-Q3a-count"].truth, locals={"H": H, "m": m})
    assert truth == counted
    doubled = next(known for known in QUESTIONS["A1-Q3a-count"].known if known.name == "two-biases")
    assert sp.sympify(doubled.forms[0], locals={"H": H, "m": m}) == counted + H


def test_factor_of_fifty_steps():
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))
    gradient = np.random.default_rng(1).normal(size=6)
    back = np.linalg.matrix_power((0.9 * rotation).T, 50) @ gradient
    assert given("A1-Q3b", float(np.linalg.norm(back) / np.linalg.norm(gradient))).correct


def three_units():
    before = sp.Matrix(sp.symbols("p_1:4", real=True))
    W = sp.Matrix(3, 3, sp.symbols("w_1:4_1:4", real=True))
    return before, W, (W * before).applyfunc(sp.tanh)


def test_jacobian_of_a_step():
    before, W, after = three_units()
    assert sp.simplify(after.jacobian(before) - sp.diag(*[1 - h**2 for h in after]) * W) == sp.zeros(3, 3)
    assert given("A1-Q3b-jacobian", "hadamard((1 - hadamard(h, h))*[[1, 1, 1]], W)").correct


def at_a_point(question_id, seed):
    """The symbols at a random point, and the truth of the bank there, as tensors."""
    question = QUESTIONS[question_id]
    evaluator = draw_point(question, {"n": 6, "d": 2}, random.Random(seed))
    values = evaluator.point | {"truth": evaluator(read_text(question.truth, names_of(question)))}
    return {
        name: torch.tensor([float(entry) for entry in value.entries], dtype=torch.float64).reshape(value.shape)
        for name, value in values.items()
    }


@pytest.mark.parametrize("seed", range(3))
def test_truths_of_a_step_are_autograds(seed):
    """The step's input and bias fill up the scores, so that they are those of the point."""
    before = torch.zeros(3, 1, dtype=torch.float64)

    def step(point):
        return lambda state: torch.tanh(point["W"] @ state + point["a"])

    forward = at_a_point("A1-Q3b-jacobian", seed)
    jacobian = torch.autograd.functional.jacobian(step(forward), before).reshape(3, 3)
    torch.testing.assert_close(forward["truth"], jacobian, rtol=0, atol=1e-12)
    backward = at_a_point("A1-Q3b-back", seed)
    back = torch.autograd.functional.vjp(step(backward), before, backward["d"])[1]
    torch.testing.assert_close(backward["truth"], back, rtol=0, atol=1e-12)


def test_total_derivative_of_two_steps():
    w, h0, a1, a2 = sp.symbols("w h0 a1 a2", real=True)
    h1 = sp.tanh(w * h0 + a1)
    h2 = sp.tanh(w * h1 + a2)
    total = sp.diff(h2, w)
    assert given("A1-Q3b-total", str(total)).correct
    immediate = sp.diff(sp.tanh(w * sp.Symbol("h1") + a2), w).subs(sp.Symbol("h1"), h1)
    verdict = given("A1-Q3b-total", str(immediate))
    assert not verdict.correct and verdict.misconception == "immediate-for-total"
    early = sp.diff(h2, h0) * h0 / w
    assert not given("A1-Q3b-total", str(early)).correct


def terms_and_gradient(steps=30, units=16):
    """The gradient of a shared W_hh, and the term that each step contributes."""
    torch.manual_seed(0)
    W = nn.init.orthogonal_(torch.empty(units, units, dtype=torch.float64), gain=0.5).requires_grad_()
    copies = [W.detach().clone().requires_grad_() for _ in range(steps)]
    x, v = torch.randn(steps, units, dtype=torch.float64), torch.randn(units, dtype=torch.float64)

    def last(weights):
        h = torch.zeros(units, dtype=torch.float64)
        for x_t, W_t in zip(x, weights, strict=True):
            h = torch.tanh(W_t @ h + x_t)
        return v @ h

    return torch.stack(torch.autograd.grad(last(copies), copies)), torch.autograd.grad(last([W] * steps), W)[0]


def test_early_terms_vanish_and_the_gradient_does_not():
    terms, gradient = terms_and_gradient()
    torch.testing.assert_close(terms.sum(0), gradient, rtol=0, atol=1e-12)
    sizes = terms.flatten(1).norm(dim=1) / gradient.norm()
    assert sizes[1] < 1e-6 and sizes[-1] > 0.1 and gradient.norm() > 0.01
    assert QUESTIONS["A1-Q3b-terms"].truth == "early terms"


def test_a_radius_above_one_may_grow_or_shrink():
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))
    W, direction = 1.5 * rotation, np.random.default_rng(1).normal(size=32)

    def size(scale):
        rng, h, J = np.random.default_rng(2), np.zeros(32), np.eye(32)
        for _ in range(40):
            h = np.tanh(W @ h + scale * direction * rng.normal())
            J = ((1 - h**2)[:, None] * W) @ J
        return np.linalg.norm(J) / np.sqrt(32)

    assert size(0.01) > 2 and size(3) < 0.1
    assert QUESTIONS["A1-Q3b-rho"].truth == "may grow"


def test_slope_of_the_direct_path():
    b = sp.Symbol("b", positive=True)
    product = sp.prod([1 / (1 + sp.exp(-b))] * 7)
    slope = sp.log(product) / 7
    assert given("A1-Q3b-slope", sp.expand_log(slope, force=True)).correct
    assert given("A1-Q3b-slope", "-log(1 + exp(-b))").correct
