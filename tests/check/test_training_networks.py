"""The truths on training networks, found once more by SymPy, by counting, and with PyTorch."""

import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn

from course_utils.check.bank import training_networks
from course_utils.check.judge import judge

QUESTIONS = {question.id: question for question in training_networks.QUESTIONS}


def given(question_id, expression):
    return judge(QUESTIONS[question_id], expression)


def test_the_questions_are_those_of_the_chapter():
    assert list(QUESTIONS) == [
        "H1-Q1-activation",
        "H1-Q6-diagnosis",
        "H1-Q8",
        "H1-Q8-unit",
        "H1-Q9-count",
        "A2-NN-8",
        "A2-NN-8-scale",
        "A2-NN-8-scale-relu",
        "A2-NN-8-scale-depth",
    ]
    assert all(question.practice for question in QUESTIONS.values())


def test_dropout_factor_keeps_the_mean():
    p, k, a = sp.symbols("p k a", positive=True)
    (factor,) = sp.solve(sp.Eq(p * 0 + (1 - p) * k * a, a), k)
    assert given("H1-Q8", factor).correct
    assert given("H1-Q8", "1/(1-p)").correct


def test_dropout_factor_is_that_of_pytorch():
    dropped = nn.Dropout(0.3)(torch.ones(1000, dtype=torch.float64)).unique().tolist()
    assert dropped == pytest.approx([0, float(sp.sympify(QUESTIONS["H1-Q8"].truth).subs("p", sp.Rational(3, 10)))])


def test_number_of_dropped_units_varies():
    torch.manual_seed(0)
    counts = (nn.Dropout(0.3)(torch.ones(1000, 10)) == 0).sum(dim=1)
    assert len(counts.unique()) > 3 and counts.double().mean() == pytest.approx(3, abs=0.2)
    assert QUESTIONS["H1-Q8-unit"].truth == "varies"


def test_number_of_parameters():
    m, H, k = sp.symbols("m H k", positive=True)
    truth = sp.sympify(QUESTIONS["H1-Q9-count"].truth, locals={"H": H, "m": m, "k": k})
    for sizes in ((1, 4, 1), (3, 5, 2), (7, 2, 4)):
        model = nn.Sequential(nn.Linear(*sizes[:2]), nn.Tanh(), nn.Linear(*sizes[1:]))
        counted = sum(parameter.numel() for parameter in model.parameters())
        assert truth.subs(dict(zip((m, H, k), sizes, strict=True))) == counted
    assert given("H1-Q9-count", H * m + H + k * H + k).correct


def mean_square_after_a_layer(s, inputs, mean_square):
    """E[z²] of z = Σ w_j x_j over weights of deviation s: expand, and replace w_i w_j by its mean."""
    w, x = sp.symbols(f"w:{inputs}"), sp.symbols(f"x:{inputs}")
    square = sp.expand(sum(a * b for a, b in zip(w, x, strict=True)) ** 2)
    expected = square.subs({a**2: s**2 for a in w}).subs(dict.fromkeys(w, 0))
    return expected.subs({b**2: mean_square for b in x})


@pytest.mark.parametrize("inputs", [1, 3, 5])
def test_scale_of_a_linear_layer(inputs):
    s = sp.Symbol("s", positive=True)
    (scale,) = sp.solve(sp.Eq(mean_square_after_a_layer(s, inputs, 1), 1), s)
    truth = sp.sympify(QUESTIONS["A2-NN-8-scale"].truth)
    assert sp.simplify(truth.subs("fan_in", inputs) - scale) == 0


@pytest.mark.parametrize("inputs", [1, 3, 5])
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_scale_after_a_relu(inputs, distribution):
    z, s = sp.Symbol("z", real=True), sp.Symbol("s", positive=True)
    density = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi) if distribution == "normal" else 1 / (2 * sp.sqrt(3))
    edge = sp.oo if distribution == "normal" else sp.sqrt(3)
    assert sp.integrate(z**2 * density, (z, -edge, edge)) == 1
    kept = sp.integrate(z**2 * density, (z, 0, edge))
    (scale,) = sp.solve(sp.Eq(mean_square_after_a_layer(s, inputs, kept), 1), s)
    truth = sp.sympify(QUESTIONS["A2-NN-8-scale-relu"].truth)
    assert sp.simplify(truth.subs("fan_in", inputs) - scale) == 0


def test_factor_of_three_layers():
    s = sp.Symbol("s", positive=True)
    mean_square = 1
    for _ in range(3):
        mean_square = mean_square_after_a_layer(s, 4, mean_square)
    truth = sp.sympify(QUESTIONS["A2-NN-8-scale-depth"].truth, locals={"s": s}).subs("fan_in", 4)
    assert sp.simplify(truth - sp.sqrt(mean_square)) == 0


def test_constant_start_leaves_one_hidden_unit():
    torch.manual_seed(0)
    x, y = torch.randn(20, 2, dtype=torch.float64), torch.randn(20, 1, dtype=torch.float64)
    different = {}
    for start in ("constant", "random"):
        model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)).double()
        if start == "constant":
            for parameter in model.parameters():
                nn.init.constant_(parameter, 0.3)
        optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
        for _ in range(50):
            optimiser.zero_grad()
            (model(x) - y).square().mean().backward()
            optimiser.step()
        different[start] = len(torch.unique(model[0].weight.detach().round(decimals=9), dim=0))
    assert different == {"constant": 1, "random": 5}
    assert QUESTIONS["A2-NN-8"].truth == "one"


def test_only_the_square_is_stuck_below_the_fourth_power():
    """Third differences vanish for sums of squares, and for no other activation on offer."""
    x, w, b = sp.symbols("x w b", real=True)
    activations = {"sigmoid": 1 / (1 + sp.exp(-x)), "tanh": sp.tanh(x), "relu": sp.Max(x, 0), "z**2": x**2}
    assert set(activations) == set(QUESTIONS["H1-Q1-activation"].choices)
    stuck = []
    for name, activation in activations.items():
        unit = activation.subs(x, w * x + b)
        third = sum(sign * unit.subs(x, k) for sign, k in zip((1, -3, 3, -1), range(4), strict=True))
        if sp.expand(third) == 0:
            stuck.append(name)
    assert stuck == [QUESTIONS["H1-Q1-activation"].truth]


def test_more_data_mends_what_the_diagnosis_describes():
    """Least squares with many features: a low training error, a high one on new data, and more data mends it."""
    rng, noise = np.random.default_rng(0), 0.3

    def errors(n):
        x, new = rng.uniform(-1, 1, n), rng.uniform(-1, 1, 500)
        features, on_new = (np.polynomial.legendre.legvander(values, 13) for values in (x, new))
        y, y_new = (np.sin(2 * np.pi * values) + noise * rng.normal(size=len(values)) for values in (x, new))
        beta = np.linalg.lstsq(features, y)[0]
        return np.mean((features @ beta - y) ** 2), np.mean((on_new @ beta - y_new) ** 2)

    few, many = errors(16), errors(300)
    assert few[0] < noise**2 / 2 and few[1] > 3 * noise**2
    assert many[1] < 1.3 * noise**2
    assert QUESTIONS["H1-Q6-diagnosis"].truth == "more data"
