"""The truths on artificial neurons, found once more: by SymPy from the score or the loss, by PyTorch, by counting."""

import math
import random
from itertools import combinations

import numpy as np
import pytest
import sympy as sp
import torch
import torch.nn.functional as F
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier

from course_utils import check
from course_utils.check.bank import artificial_neurons
from course_utils.check.expressions import read_text
from course_utils.check.judge import draw_point, names_of

IDS = [question.id for question in artificial_neurons.QUESTIONS]
SEEDS = pytest.mark.parametrize("seed", range(3))
z, t = sp.symbols("z t", real=True)
sigma = 1 / (1 + sp.exp(-z))


def as_floats(value):
    if hasattr(value, "entries"):
        return np.array([float(entry) for entry in value.entries]).reshape(value.shape)
    return float(value)


def at_a_point(question_id, seed=0):
    """The point of a question as floats, and the truth of the bank there."""
    question = check.describe(question_id)
    evaluator = draw_point(question, {"n": 6, "d": 2}, random.Random(seed))
    truth = evaluator(read_text(question.truth, names_of(question)))
    return {name: as_floats(value) for name, value in evaluator.point.items()}, as_floats(truth)


def tensor(value):
    return torch.tensor(value, dtype=torch.float64)


def slope_at(loss, *values):
    """Autograd's derivative of a loss with respect to its first argument."""
    first = tensor(values[0]).requires_grad_()
    loss(first, *map(tensor, values[1:])).backward()
    return first.grad.numpy()


def test_the_questions_are_those_of_the_chapter():
    assert sorted(IDS) == sorted(
        f"A2-AN-{part}"
        for part in (
            "1 2 3 4-n 4-unit 4-dist 5 6-step 6-sig 6-1e-5 6-slope 7 7-line4 8 8-lab1 8-lab2 13-bce 13-ll 14-grad "
            "14-nll 14-h 14-dir 15-count 15-ovo 16 17 18-z 18-line2 18-th 18-log 19-prod 19-sign 19-ce 20 20-logit "
            "20-plus"
        ).split()
    )
    assert set(IDS) <= set(check.questions())


# --- geometry -------------------------------------------------------------------------------------------------------


def nearest_point(bias, weights):
    """The point of bias + weights·x = 0 next to the origin, from Lagrange's conditions."""
    x, multiplier = sp.symbols("x1 x2", real=True), sp.Symbol("lambda", real=True)
    condition = bias + sum(w * x_k for w, x_k in zip(weights, x, strict=True))
    lagrangian = sum(x_k**2 for x_k in x) / 2 + multiplier * condition
    solved = sp.solve([sp.diff(lagrangian, unknown) for unknown in (*x, multiplier)], [*x, multiplier])
    return sp.Matrix([solved[x_k] for x_k in x])


@SEEDS
def test_distance_of_the_boundary(seed):
    point, truth = at_a_point("A2-AN-3", seed)
    foot = nearest_point(point["b0"], [point["b1"], point["b2"]])
    assert truth == pytest.approx(float(foot.norm()), rel=1e-12)


def test_the_example_discriminant():
    x = sp.symbols("x1 x2")
    g = 1 + 2 * x[0] + 3 * x[1]
    normal = sp.Matrix([sp.diff(g, x_k) for x_k in x])
    np.testing.assert_array_equal(at_a_point("A2-AN-4-n")[1].ravel(), [int(entry) for entry in normal])
    unit = normal / normal.norm()
    np.testing.assert_allclose(at_a_point("A2-AN-4-unit")[1].ravel(), [float(entry) for entry in unit], rtol=1e-14)
    foot = nearest_point(1, [2, 3])
    assert foot == sp.Matrix([-2, -3]) / 13
    assert at_a_point("A2-AN-4-dist")[1] == pytest.approx(float(foot.norm()), rel=1e-14)
    assert float(foot.norm()) == pytest.approx(0.277350098, abs=5e-10)


def test_score_of_the_first_example():
    with torch.no_grad():
        neuron = torch.nn.Linear(2, 1, dtype=torch.float64)
        neuron.weight[:], neuron.bias[:] = tensor([0.2, 0.3]), 0.1
        assert at_a_point("A2-AN-1")[1] == pytest.approx(neuron(tensor([1.0, 1.0])).item(), rel=1e-14)


def test_signs_on_the_sides():
    weights, on_boundary = np.array([2.0, 3.0]), np.array([-0.5, 0.0])
    scores = [1 + weights @ (on_boundary + step * weights) for step in (1, -1, 0)]
    words = {1: "positive", -1: "negative", 0: "zero"}
    assert check.describe("A2-AN-2").truth == ", ".join(words[int(np.sign(score))] for score in scores)


@SEEDS
def test_the_extended_input_gives_the_score(seed):
    point, truth = at_a_point("A2-AN-5", seed)
    weights = np.array([point["b"], 1.7, -0.4])
    assert weights @ truth.ravel() == pytest.approx(point["b"] + 1.7 * point["x1"] - 0.4 * point["x2"], rel=1e-12)


# --- sigmoid --------------------------------------------------------------------------------------------------------


@SEEDS
@pytest.mark.parametrize(
    ("question_id", "formula"),
    [
        ("A2-AN-6-sig", sp.diff(sigma, z)),
        ("A2-AN-8", sp.diff(sp.log(sigma), z)),
        ("A2-AN-8-lab2", sp.diff(sp.log(t), t).subs(t, sigma)),
        ("A2-AN-14-h", sigma.subs(z, t)),
        ("A2-AN-7", sp.solve(sp.Eq(sp.log(z / (1 - z)), t), z)[0]),
        ("A2-AN-7-line4", sp.solve(sp.Eq(sp.log(z), t), z)[0]),
    ],
)
def test_sigmoid_and_its_derivatives(question_id, formula, seed):
    point, truth = at_a_point(question_id, seed)
    name = {"z": z, "t": t}["z" if "z" in point else "t"]
    assert truth == pytest.approx(float(formula.subs(name, point[name.name])), rel=1e-12)


def test_the_slope_across_the_boundary():
    distance, length = sp.symbols("d m", positive=True)
    slope = sp.diff(sigma.subs(z, length * distance), distance).subs(distance, 0)
    point, truth = at_a_point("A2-AN-6-slope")
    assert truth == pytest.approx(float(slope.subs(length, point["norm_w"])), rel=1e-14)


def test_output_for_a_tiny_score():
    truth = at_a_point("A2-AN-6-1e-5")[1]
    assert truth == pytest.approx(torch.sigmoid(tensor(1e-5)).item(), abs=1e-15)
    assert check.answer("A2-AN-6-1e-5", 0.5000025).correct
    assert not check.answer("A2-AN-6-1e-5", 0.500002).correct


def test_only_one_step_has_one_value_everywhere():
    cases = {"z>=0, z<0": (z >= 0, z < 0), "z>=0, z<=0": (z >= 0, z <= 0), "z>0, z<0": (z > 0, z < 0)}
    question = check.describe("A2-AN-6-step")
    assert set(question.choices) == set(cases)
    once = {key for key, sides in cases.items() if sum(bool(side.subs(z, 0)) for side in sides) == 1}
    assert once == {question.truth}


def test_whose_derivative_the_product_is():
    y = sp.Symbol("y")
    loss = -(y * sp.log(sigma) + (1 - y) * sp.log(1 - sigma))
    candidates = {"sigma": sigma, "log sigma": sp.log(sigma), "loss": loss}
    fits = {key for key, formula in candidates.items() if sp.simplify(sp.diff(formula, z) - sigma * (1 - sigma)) == 0}
    assert fits == {check.describe("A2-AN-8-lab1").truth} and set(candidates) == set(
        check.describe("A2-AN-8-lab1").choices
    )


# --- binary cross-entropy -------------------------------------------------------------------------------------------


def test_binary_cross_entropy():
    by_torch = F.binary_cross_entropy(tensor([0.8, 0.3, 0.6]), tensor([1.0, 0.0, 1.0])).item()
    assert at_a_point("A2-AN-13-bce")[1] == pytest.approx(by_torch, rel=1e-14)
    assert by_torch == pytest.approx(0.363548040, abs=5e-10)
    (without_brackets,) = check.describe("A2-AN-13-bce").known[0].forms
    assert float(sp.sympify(without_brackets)) == pytest.approx(-0.112018552, abs=5e-10)


@SEEDS
def test_log_likelihood(seed):
    y, h = sp.symbols("y h", positive=True)
    point, truth = at_a_point("A2-AN-13-ll", seed)
    logarithm = sp.expand_log(sp.log(h**y * (1 - h) ** (1 - y)), force=True)
    assert truth == pytest.approx(float(logarithm.subs({y: point["y"], h: point["h"]})), rel=1e-12)


def bce_of_scores(scores, y):
    """The summed cross-entropy, written for any real label: PyTorch's own insists on labels between 0 and 1."""
    return -(y * F.logsigmoid(scores) + (1 - y) * F.logsigmoid(-scores)).sum()


@SEEDS
def test_derivative_of_the_log_likelihood(seed):
    point, truth = at_a_point("A2-AN-14-grad", seed)
    values = (point[name] for name in ("theta1", "theta0", "x", "y"))
    slope = slope_at(lambda theta1, theta0, x, y: -bce_of_scores(theta0 + theta1 * x, y), *values)
    assert truth == pytest.approx(slope, rel=1e-10)


@SEEDS
def test_gradient_of_the_loss(seed):
    point, truth = at_a_point("A2-AN-14-nll", seed)
    slope = slope_at(lambda theta, X, y: bce_of_scores(X @ theta, y), point["theta"], point["X"], point["y"])
    np.testing.assert_allclose(truth, slope, rtol=1e-10)


@SEEDS
@pytest.mark.parametrize("question_id", ["A2-AN-14-dir", "A2-AN-20-plus"])
def test_one_step_of_torch(question_id, seed):
    point, truth = at_a_point(question_id, seed)
    theta = tensor(point["theta"]).requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=point["alpha"])
    theta.grad = tensor(point["g"] if "g" in point else ((point["s"] - point["y"]) * point["x"]).sum())
    optimizer.step()
    assert truth == pytest.approx(theta.item(), rel=1e-10)


# --- many classes ---------------------------------------------------------------------------------------------------


def test_number_of_discriminants():
    rng = np.random.default_rng(0)
    for k in (2, 3, 5):
        X, labels = rng.normal(size=(10 * k, 2)), np.repeat(range(k), 10)
        methods = OneVsRestClassifier, OneVsOneClassifier
        rest, pairs = (method(LogisticRegression()).fit(X, labels) for method in methods)
        assert len(rest.estimators_) == (1 if k == 2 else k), "with two classes the rest is the other class"
        answer = sp.sympify(check.describe("A2-AN-15-count").truth, locals={"k": k})
        assert list(answer) == [len(rest.classes_), len(pairs.estimators_)] == [k, len([*combinations(range(k), 2)])]


def test_one_against_one_learns_from_two_classes():
    X, labels = load_iris(return_X_y=True)
    first_pair = OneVsOneClassifier(LogisticRegression(max_iter=1000)).fit(X, labels).estimators_[0]
    among = labels < 2
    alone = LogisticRegression(max_iter=1000).fit(X[among], labels[among])
    np.testing.assert_array_equal(first_pair.coef_, alone.coef_)
    assert check.describe("A2-AN-15-ovo").truth == "those two classes"


def test_one_template_for_each_class():
    X, labels = np.random.default_rng(0).normal(size=(40, 64)), np.arange(40) % 10
    templates = LogisticRegression(max_iter=1000).fit(X, labels).coef_
    assert templates.shape == (10, 64) and at_a_point("A2-AN-16")[1] == len(templates)


def test_what_softmax_guarantees():
    assert check.describe("A2-AN-17").truth == "distribution"
    scores = tensor([[3.0, -1.0, 0.5], [-400.0, 2.0, 400.0]])
    outputs = F.softmax(scores, dim=1)
    assert bool(((outputs >= 0) & (outputs <= 1)).all()) and torch.allclose(outputs.sum(1), tensor([1.0, 1.0]))
    assert F.softmax(10 * scores, dim=1)[0, 0] > outputs[0, 0], "surer without data: not calibrated"
    assert F.softmax(scores + tensor([0.0, 1.0, 0.0]), dim=1)[0, 0] < outputs[0, 0], "not independent"


@SEEDS
def test_jacobian_of_the_softmax(seed):
    point, truth = at_a_point("A2-AN-18-z", seed)
    scores = tensor(point["z"].ravel())
    jacobian = torch.autograd.functional.jacobian(lambda z: F.softmax(z, 0), scores).numpy()
    np.testing.assert_allclose(truth, jacobian, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("question_id", "function"), [("A2-AN-18-th", F.softmax), ("A2-AN-18-log", F.log_softmax), ("A2-AN-18-line2", None)]
)
def test_derivatives_with_respect_to_the_weights(question_id, function):
    weights, x = tensor([0.3, -1.2, 0.8]), 1.7
    s = F.softmax(weights * x, 0).numpy()
    truth = check.describe(question_id).truth
    for j, i in ((0, 1), (2, 0), (1, 2)):
        at = {"s_j": s[j], "s_i": s[i], "x": x}
        if function is None:
            to_weights = torch.autograd.functional.jacobian(lambda theta: F.softmax(theta * x, 0), weights)
            to_scores = torch.autograd.functional.jacobian(lambda z: F.softmax(z, 0), weights * x)
            assert float(sp.sympify(truth).subs(at)) == pytest.approx((to_weights / to_scores)[j, i].item(), rel=1e-12)
            continue
        jacobian = torch.autograd.functional.jacobian(lambda theta: function(theta * x, 0), weights)
        claimed = [float(entry.subs(at)) for entry in sp.sympify(truth)]
        assert claimed == pytest.approx([jacobian[j, j].item(), jacobian[j, i].item()], rel=1e-12)


@pytest.mark.parametrize("question_id", ["A2-AN-18-th", "A2-AN-18-log"])
def test_the_index_of_the_output_fits_only_on_the_diagonal(question_id):
    question = check.describe(question_id)
    right, wrong = sp.sympify(question.truth), sp.sympify(question.known[0].forms[0])
    assert question.known[0].name == "output-index-twice"
    assert sp.simplify(right[0] - wrong[0]) == 0
    s_i, s_j = sp.symbols("s_i s_j")
    assert sp.simplify(wrong[1] / right[1] - s_j / s_i) == 0


def test_log_likelihood_of_one_sample():
    p, indicator = [sp.Rational(tenth, 10) for tenth in (2, 5, 3)], [0, 1, 0]
    product = sp.prod(p_j**exponent for p_j, exponent in zip(p, indicator, strict=True))
    assert at_a_point("A2-AN-19-prod")[1] == pytest.approx(math.log(product), rel=1e-14)
    by_torch = -F.cross_entropy(torch.log(tensor([0.2, 0.5, 0.3])), torch.tensor(1)).item()
    assert math.log(product) == pytest.approx(by_torch, rel=1e-12)


def test_categorical_cross_entropy():
    logits = torch.log(tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]))
    by_torch = F.cross_entropy(logits, torch.tensor([0, 2]), reduction="sum").item()
    assert at_a_point("A2-AN-19-ce")[1] == pytest.approx(by_torch, rel=1e-12)


@SEEDS
def test_categorical_cross_entropy_of_one_hot_labels(seed):
    point, _ = at_a_point("A2-AN-19-sign", seed)
    p = np.array([point[f"p_{c}"] for c in (1, 2, 3)])
    p /= p.sum()
    loss = sp.sympify(check.describe("A2-AN-19-sign").truth)
    for label in range(3):
        at = {f"p_{c + 1}": p[c] for c in range(3)} | {f"y_{c + 1}": int(c == label) for c in range(3)}
        by_torch = F.cross_entropy(torch.log(tensor(p)), torch.tensor(label)).item()
        assert float(loss.subs(at)) == pytest.approx(by_torch, rel=1e-12)


def test_gradient_of_the_categorical_cross_entropy():
    rng = np.random.default_rng(1)
    X, labels = np.column_stack([np.ones(6), rng.normal(size=(6, 2))]), rng.integers(0, 3, 6)
    Theta = tensor(rng.normal(size=(3, 3))).requires_grad_()
    logits = tensor(X) @ Theta.T
    F.cross_entropy(logits, torch.tensor(labels), reduction="sum").backward()
    s, z_all = F.softmax(logits, 1).detach().numpy(), logits.detach().numpy()
    question = check.describe("A2-AN-20")
    for j in range(3):
        at = {"X": X, "s": s[:, [j]], "y": (labels == j)[:, None], "z": z_all[:, [j]]}
        np.testing.assert_allclose(by_numpy(question.truth, at).ravel(), Theta.grad[j].numpy(), rtol=1e-10)
        with_logits = by_numpy(question.known[0].forms[0], at).ravel()
        assert question.known[0].name == "logit-for-probability"
        assert not np.allclose(with_logits, Theta.grad[j].numpy(), rtol=1e-3)


def by_numpy(formula, at):
    """The value of a formula of the form ``X.T*(a - b)`` on arrays: a second reader of the bank's text."""
    left, right = formula.removeprefix("X.T*(").removesuffix(")").split(" - ")
    return at["X"].T @ (at[left] - at[right].astype(float))


def test_logits_are_what_the_library_puts_into_its_loss():
    scores = tensor([2.0, 0.0, -1.0])
    of_scores = F.cross_entropy(scores, torch.tensor(0))
    assert torch.isclose(of_scores, -torch.log(F.softmax(scores, 0)[0]))
    assert not torch.isclose(F.cross_entropy(F.softmax(scores, 0), torch.tensor(0)), of_scores)
    assert check.describe("A2-AN-20-logit").truth == "score"


# --- verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question_id", [i for i in IDS if check.describe(i).answer_type == "choice"])
def test_every_wrong_choice_has_a_name(question_id):
    question = check.describe(question_id)
    named = {form for mistake in question.known for form in mistake.forms}
    assert named == set(question.choices) - {question.truth}


RIGHT = [
    ("A2-AN-1", 0.1 + 0.2 + 0.3),
    ("A2-AN-1", "3/5"),
    ("A2-AN-2", "g > 0, g < 0, g = 0"),
    ("A2-AN-3", "sqrt(b0**2/(b1**2 + b2**2))"),
    ("A2-AN-3", "abs(b_0)/norm([b1, b2])"),
    ("A2-AN-4-n", np.array([2, 3])),
    ("A2-AN-4-unit", [0.5547, 0.8321]),
    ("A2-AN-4-unit", sp.Matrix([2, 3]) / sp.sqrt(13)),
    ("A2-AN-4-dist", 0.2774),
    ("A2-AN-4-dist", "sqrt(13)/13"),
    ("A2-AN-5", "[1, x1, x2]"),
    ("A2-AN-6-sig", "s - s**2"),
    ("A2-AN-6-sig", "exp(-z)/(1 + exp(-z))**2"),
    ("A2-AN-6-1e-5", 0.5000025),
    ("A2-AN-6-slope", "0.25*norm_w"),
    ("A2-AN-7", "1/(1 + exp(-t))"),
    ("A2-AN-7", "sigma(t)"),
    ("A2-AN-7-line4", "sigma(t)/(1 - sigma(t))"),
    ("A2-AN-8", "sigma(-z)"),
    ("A2-AN-8-lab2", "1 + exp(-z)"),
    ("A2-AN-13-bce", 0.3635),
    ("A2-AN-13-bce", 0.36354804),
    ("A2-AN-13-ll", "log(1 - h) + y*log(h/(1 - h))"),
    ("A2-AN-14-grad", "sum(x*y) - sum(h*x)"),
    ("A2-AN-14-nll", "X.T @ (sigmoid(X @ theta) - y)"),
    ("A2-AN-14-nll", "X.T*h - X.T*y"),
    ("A2-AN-14-h", "1/(1 + exp(-t))"),
    ("A2-AN-15-count", "[k, k**2/2 - k/2]"),
    ("A2-AN-16", 10),
    ("A2-AN-18-z", "D*(eye(3) - [1, 1, 1]*s.T)"),
    ("A2-AN-18-th", "[x*(s_j - s_j**2), -x*s_j*s_i]"),
    ("A2-AN-18-line2", "x"),
    ("A2-AN-19-prod", -0.6931),
    ("A2-AN-19-prod", "-log(2)"),
    ("A2-AN-19-sign", "-y1*log(p1) - y2*log(p2) - y3*log(p3)"),
    ("A2-AN-19-ce", "-log(0.42)"),
    ("A2-AN-20", "X.T*s - X.T*y"),
    ("A2-AN-20-plus", "theta + alpha*sum((y - s)*x)"),
]


@pytest.mark.parametrize(("question_id", "given"), RIGHT)
def test_other_forms_of_the_truth_are_right(question_id, given):
    verdict = check.answer(question_id, given)
    assert verdict.correct, verdict


def test_right_answers_in_the_symbols_of_the_question():
    symbols = check.describe("A2-AN-18-th").symbols
    s_j, s_i, x = (symbols[name] for name in ("s_j", "s_i", "x"))
    assert check.answer("A2-AN-18-th", [s_j * (1 - s_j) * x, -s_j * s_i * x]).correct
    symbols = check.describe("A2-AN-14-grad").symbols
    i, n = symbols["i"], symbols["n"]
    total = sp.Sum((symbols["y"][i] - symbols["h"][i]) * symbols["x"][i], (i, 1, n))
    assert check.answer("A2-AN-14-grad", total).correct
    assert check.answer("A2-AN-14-grad", -total).misconception == "loss-for-likelihood"


@pytest.mark.parametrize(
    ("question_id", "given", "misconception"),
    [
        ("A2-AN-4-unit", [0.2774, 0.8321], "bias-for-weight"),
        ("A2-AN-4-unit", [-0.5547, -0.8321], "sign"),
        ("A2-AN-13-bce", -0.112018552, "brackets-left-out"),
        ("A2-AN-13-bce", -0.3635, "sign"),
        ("A2-AN-14-nll", "(h - y).T*X", "transposed"),
        ("A2-AN-14-nll", "X.T*(h - y)/n", "averaged-not-summed"),
        ("A2-AN-14-grad", "(y - h)*x", "not-summed"),
        ("A2-AN-20", "(s - y).T*X", "transposed"),
        ("A2-AN-6-slope", "norm_w/3", "constant-factor"),
    ],
)
def test_rounded_and_general_mistakes(question_id, given, misconception):
    verdict = check.answer(question_id, given)
    assert verdict.kind == "wrong" and verdict.misconception == misconception
