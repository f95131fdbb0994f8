"""The bank on backpropagation: every truth is derived once more, from the loss, by SymPy; every mistake is named."""

import random
from fractions import Fraction

import pytest
import sympy as sp
import torch

from course_utils.check.arithmetic import Array
from course_utils.check.bank.backpropagation import QUESTIONS
from course_utils.check.evaluate import Evaluator
from course_utils.check.expressions import Names, read_text
from course_utils.check.judge import draw_point, judge, names_of

BY_ID = {question.id: question for question in QUESTIONS}
SIZES = {"n": 6, "d": 2}
SEEDS = range(2)
DIGITS = 40


def number(value):
    """A value of the checker as a SymPy number, to forty digits and more."""
    return sp.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else sp.Float(str(value), 60)


def plain(value):
    """A value of the checker as a SymPy number or matrix."""
    if not isinstance(value, Array):
        return number(value)
    rows, columns = (*value.shape, 1)[:2]
    return sp.Matrix(rows, columns, [number(entry) for entry in value.entries])


def at_a_point(question_id, seed):
    """The point of a question, and the truth of the bank there."""
    question = BY_ID[question_id]
    evaluator = draw_point(question, SIZES, random.Random(seed))
    truth = plain(evaluator(read_text(question.truth, names_of(question))))
    return {name: plain(value) for name, value in evaluator.point.items()}, truth


def agree(derived, truth):
    derived, truth = (value if isinstance(value, sp.MatrixBase) else sp.Matrix([[value]]) for value in (derived, truth))
    assert derived.shape == truth.shape
    for ours, theirs in zip(derived, truth, strict=True):
        assert abs(sp.N(ours, DIGITS) - sp.N(theirs, DIGITS)) < 1e-30 * max(1, abs(theirs))


def sigma(z):
    return 1 / (1 + sp.exp(-z))


def cross_entropy(y, prediction):
    return -(y * sp.log(prediction) + (1 - y) * sp.log(1 - prediction))


# --- the network of Assignment 1 ------------------------------------------------------------------------------------

PARAMETERS = w1, b1, w2, b2 = sp.symbols("w1 b1 w2 b2")
x, y, z, z2 = sp.symbols("x y z z2")
PREDICTION = sigma(w2 * sigma(w1 * x + b1) + b2)


def of_the_network(expression, point):
    return expression.subs({symbol: point[str(symbol)] for symbol in expression.free_symbols})


@pytest.mark.parametrize("seed", SEEDS)
def test_the_prediction(seed):
    point, truth = at_a_point("A1-Q2", seed)
    agree(of_the_network(PREDICTION, point), truth)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_four_gradients(parameter, seed):
    point, truth = at_a_point(f"A1-Q2b-{parameter}", seed)
    agree(of_the_network(sp.diff(cross_entropy(y, PREDICTION), parameter), point), truth)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_output_error(seed):
    point, truth = at_a_point("A1-Q2-hint", seed)
    agree(of_the_network(sp.diff(cross_entropy(y, sigma(z2)), z2), point), truth)


def test_the_update_is_one_simultaneous_step_of_pytorch():
    theta = torch.tensor([0.8, -0.2, 1.5, 0.3], dtype=torch.float64, requires_grad=True)
    loss = -torch.log(torch.sigmoid(theta[2] * torch.sigmoid(theta[0] * 0.5 + theta[1]) + theta[3]))
    loss.backward()
    torch.optim.SGD([theta], lr=0.1).step()
    truth = plain(Evaluator({})(read_text(BY_ID["A1-Q2c"].truth, Names(()))))
    assert [float(entry) for entry in truth] == pytest.approx(theta.tolist(), rel=1e-14)


def test_the_update_in_sequence_is_told_from_the_right_one():
    verdict = judge(BY_ID["A1-Q2c"], [0.804591439, -0.190817122, 1.513478141, 0.324513109])
    assert verdict.misconception == "updated-in-sequence"
    assert judge(BY_ID["A1-Q2c"], [0.804551, -0.190899, 1.513478, 0.324513]).correct


def test_question_two_gives_five_of_its_eight_marks_by_machine():
    assert sum(question.marks for question in QUESTIONS if not question.practice) == 5
    assert all(question.id.startswith("A1-Q2") for question in QUESTIONS if not question.practice)


# --- Homework 1 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bias_of_stacked_layers_is_the_image_of_zero(seed):
    point, truth = at_a_point("H1-Q4", seed)
    a = sp.zeros(4, 1)
    for layer in (1, 2, 3):
        a = point[f"W{layer}"] * a + point[f"b{layer}"]
    agree(a, truth)


def test_the_number_of_parameters_is_pytorchs():
    layers = [torch.nn.Linear(4, 6), torch.nn.Linear(6, 4), torch.nn.Linear(4, 3)]
    total = sum(parameter.numel() for layer in layers for parameter in layer.parameters())
    assert plain(Evaluator({})(read_text(BY_ID["H1-Q5"].truth, Names(())))) == total


def test_a_stack_with_a_bias_does_not_keep_zero_and_so_is_affine():
    layers = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Linear(6, 3)).double()
    f = layers.forward
    u, v, zero = torch.ones(4).double(), torch.arange(4).double(), torch.zeros(4).double()
    assert not torch.allclose(f(u + v), f(u) + f(v)) and f(zero).abs().max() > 0
    assert torch.allclose(f(u + v) - f(zero), f(u) + f(v) - 2 * f(zero))
    assert BY_ID["H1-Q4-name"].truth == "affine"


VARIABLES = {
    name: sp.Matrix(rows, columns, lambda i, j, name=name: sp.Symbol(f"{name}_{i}{j}"))
    for name, rows, columns in [("W1", 4, 3), ("b1", 4, 1), ("W2", 1, 4), ("z1", 4, 1), ("a1", 4, 1)]
}


def two_layer_loss(point, cut):
    """The loss with one quantity left as symbols: a parameter, or a value of the forward pass."""
    values = point | ({cut: VARIABLES[cut]} if cut in VARIABLES else {})
    z1 = VARIABLES["z1"] if cut == "z1" else values["W1"] * values["x"] + values["b1"]
    a1 = VARIABLES["a1"] if cut == "a1" else z1.applyfunc(sigma)
    z2 = (values["W2"] * a1)[0, 0] + (sp.Symbol("b2") if cut == "b2" else values["b2"])
    return cross_entropy(point["y"], sigma(z2))


@pytest.mark.parametrize(
    ("question_id", "cut"),
    [("H1-B2-W2", "W2"), ("H1-B2-W1", "W1"), ("H1-B2-b1", "b1"), ("H1-B2-a1", "a1"), ("H1-B2-W1-literal", "z1")],
)
def test_gradients_of_the_two_layer_network_have_entries_and_shape(question_id, cut):
    point, truth = at_a_point(question_id, 0)
    loss, variables = two_layer_loss(point, cut), VARIABLES[cut]
    z1 = point["W1"] * point["x"] + point["b1"]
    here = point | {"z1": z1, "a1": z1.applyfunc(sigma)}
    at = dict(zip(variables, here[cut], strict=True))
    agree(variables.applyfunc(lambda symbol: sp.diff(loss, symbol).subs(at)), truth)


def test_gradient_of_the_output_bias():
    point, truth = at_a_point("H1-B2-b2", 0)
    b2 = sp.Symbol("b2")
    agree(sp.diff(two_layer_loss(point, "b2"), b2).subs(b2, point["b2"]), truth)


@pytest.mark.parametrize("seed", SEEDS)
def test_loss_and_output_errors_of_the_two_layer_network(seed):
    point, truth = at_a_point("H1-B2-fwd", seed)
    agree(two_layer_loss(point, None), truth)
    point, truth = at_a_point("H1-B2-dyhat", seed)
    p = sp.Symbol("p")
    agree(sp.diff(cross_entropy(point["y"], p), p).subs(p, point["y_hat"]), truth)
    point, truth = at_a_point("H1-B2-dz2", seed)
    at = sp.log(point["y_hat"] / (1 - point["y_hat"]))
    agree(sp.diff(cross_entropy(point["y"], sigma(z)), z).subs(z, at), truth)


# --- Assignment 2: a hidden neuron z = σ(w x) and outputs ------------------------------------------------------------

w, v = sp.symbols("w v")


def logit(probability):
    return sp.log(probability / (1 - probability))


def squared(targets, predictions):
    """Half the squared error of linear outputs, as a function of their scores."""

    def loss(scores):
        return sum((score - t) ** 2 for score, t in zip(scores, targets, strict=True)) / 2

    return loss, predictions


def binary(targets, predictions):
    """Cross-entropy of sigmoid outputs, as a function of their scores."""

    def loss(scores):
        return sum(cross_entropy(t, sigma(score)) for score, t in zip(scores, targets, strict=True))

    return loss, [logit(p) for p in predictions]


def categorical(targets, predictions):
    """Cross-entropy of a softmax, as a function of its scores."""

    def loss(scores):
        return -sum(t * (score - sp.log(sum(map(sp.exp, scores)))) for score, t in zip(scores, targets, strict=True))

    return loss, [sp.log(p) for p in predictions]


def hidden_derivative(loss, scores, weights, activation, x):
    """∂E/∂w of one sample: the scores move with z = σ(w x), which is `activation` at the w where we look."""
    offset = logit(activation)
    change = sigma(offset + w * x) - activation
    moved = [score + weight * change for score, weight in zip(scores, weights, strict=True)]
    return sp.diff(loss(moved), w).subs(w, 0)


@pytest.mark.parametrize(("question_id", "head"), [("A2-NN-5-w", squared), ("A2-NN-6-w", binary)])
def test_hidden_weight_under_two_outputs(question_id, head):
    point, truth = at_a_point(question_id, 0)
    total = 0
    for i in range(SIZES["n"]):
        targets, predictions = ([point[f"{name}_{q}"][i] for q in (1, 2)] for name in ("y", "y_hat"))
        loss, scores = head(targets, predictions)
        total += hidden_derivative(loss, scores, [point["v_1"], point["v_2"]], point["z"][i], point["x"][i])
    agree(total, truth)


def test_hidden_weight_under_a_softmax():
    """Labels and predictions are drawn freely, so both are brought to sum 1 by the third class before comparing."""
    question, numbers = BY_ID["A2-NN-7-w"], (1, 2, 3)
    evaluator = draw_point(question, SIZES, random.Random(1))
    for name in ("y", "y_hat"):
        columns = [evaluator.point[f"{name}_{q}"].entries for q in numbers]
        for q, column in zip(numbers, columns, strict=True):
            entries = tuple(e / sum(c[i] for c in columns) for i, e in enumerate(column))
            evaluator.point[f"{name}_{q}"] = Array((SIZES["n"],), entries)
    truth = plain(evaluator(read_text(question.truth, names_of(question))))
    point = {name: plain(value) for name, value in evaluator.point.items()}
    total = 0
    for i in range(SIZES["n"]):
        targets, predictions = ([point[f"{name}_{q}"][i] for q in numbers] for name in ("y", "y_hat"))
        loss, scores = categorical(targets, predictions)
        total += hidden_derivative(loss, scores, [point[f"v_{q}"] for q in numbers], point["z"][i], point["x"][i])
    agree(total, truth)


def test_hidden_weight_under_one_linear_output():
    point, truth = at_a_point("A2-NN-4-w", 0)
    total = 0
    for i in range(SIZES["n"]):
        loss, scores = squared([point["y"][i]], [point["y_hat"][i]])
        total += hidden_derivative(loss, scores, [point["v"]], point["z"][i], point["x"][i])
    agree(total, truth)


@pytest.mark.parametrize(
    ("question_id", "head"), [("A2-NN-4-v", squared), ("A2-NN-5-v", squared), ("A2-NN-6-v", binary)]
)
def test_output_weight(question_id, head):
    point, truth = at_a_point(question_id, 0)
    total = 0
    for i in range(SIZES["n"]):
        loss, (score,) = head([point["y"][i]], [point["y_hat"][i]])
        total += sp.diff(loss([score + v * point["z"][i]]), v).subs(v, 0)
    agree(total, truth)


def test_output_weight_of_a_softmax_class():
    point, truth = at_a_point("A2-NN-7-v", 0)
    total = 0
    for i in range(SIZES["n"]):
        label, prediction = point["y"][i], point["y_hat"][i]
        loss, scores = categorical([label, 1 - label], [prediction, 1 - prediction])
        total += sp.diff(loss([scores[0] + v * point["z"][i], scores[1]]), v).subs(v, 0)
    agree(total, truth)


def test_chain_rule_with_two_outputs():
    point, truth = at_a_point("A2-NN-3", 0)
    activation = point["s"] * w
    loss = sum(point[f"g_{q}"] * (point[f"p_{q}"] * activation) for q in (1, 2))
    agree(sp.diff(loss, w), truth)


@pytest.mark.parametrize("seed", SEEDS)
def test_links_of_the_chain(seed):
    p, t = sp.symbols("p t")
    point, truth = at_a_point("A2-NN-5-dE", seed)
    agree(sp.diff((p - point["y"]) ** 2 / 2, p).subs(p, point["y_hat"]), truth)
    point, truth = at_a_point("A2-NN-6-dE", seed)
    agree(sp.diff(cross_entropy(point["y"], p), p).subs(p, point["y_hat"]), truth)
    point, truth = at_a_point("A2-NN-6-sig", seed)
    agree(sp.diff(sigma(t), t).subs(t, point["a"]), truth)
    point, truth = at_a_point("A2-NN-6-dz", seed)
    agree(sp.diff(sigma(logit(point["z"]) + t * point["x"]), t).subs(t, 0), truth)
    point, truth = at_a_point("A2-NN-5-idx", seed)
    agree(sp.diff(point["v_qj"] * t, t), truth)


def test_binary_cross_entropy_is_the_negative_log_likelihood():
    point, truth = at_a_point("A2-NN-6-E", 0)
    pairs = [(sp.N(t, 60), sp.N(p, 60)) for t, p in zip(point["y"], point["y_hat"], strict=True)]
    likelihood = sp.Mul(*(p**t * (1 - p) ** (1 - t) for t, p in pairs))
    agree(-sp.log(likelihood), truth)


def test_categorical_cross_entropy_is_the_negative_log_likelihood():
    point, truth = at_a_point("A2-NN-7-L", 0)
    pairs = [(sp.N(point[f"y_{j}"], 60), sp.N(point[f"y_hat_{j}"], 60)) for j in (1, 2, 3)]
    agree(-sp.log(sp.Mul(*(p**t for t, p in pairs))), truth)


def test_prediction_minus_label_is_the_derivative_by_the_scores_of_a_softmax():
    scores, label = torch.randn(3, dtype=torch.float64, requires_grad=True), torch.eye(3, dtype=torch.float64)[1]
    predictions = torch.softmax(scores, dim=0)
    predictions.retain_grad()
    (-(label * torch.log(predictions)).sum()).backward()
    difference = (predictions - label).detach()
    assert torch.allclose(scores.grad, difference) and not torch.allclose(predictions.grad, difference)
    assert BY_ID["A2-NN-7-chain"].truth == "scores"


def test_a_hidden_neuron_lacks_a_target():
    assert BY_ID["A2-NN-3-tgt"].truth == "target"


# --- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_truth_is_right_and_each_mistake_is_named(question):
    assert judge(question, question.truth).correct
    for misconception in question.known:
        for form in misconception.forms:
            verdict = judge(question, form)
            assert (verdict.correct, verdict.misconception) == (False, misconception.name), form
            assert question.truth not in verdict.hint or question.answer_type == "choice"


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.answer_type == "expression"], ids=lambda q: q.id)
def test_sign_and_factor_two_are_told(question):
    assert judge(question, f"-({question.truth})").misconception == "sign"
    assert judge(question, f"2*({question.truth})").misconception == "factor-two"


@pytest.mark.parametrize(
    ("question_id", "given"),
    [
        ("A1-Q2b-w1", "(sigma(w2*sigma(w1*x + b1) + b2) - y)*w2*sigma(z1)*sigma(-z1)*x"),
        ("A1-Q2b-w2", "a1*a2 - a1*y"),
        ("H1-B2-W2", "(a1*(y_hat - y)).T"),
        ("H1-B2-W1", "hadamard(a1 - hadamard(a1, a1), W2.T)*(y_hat - y)*x.T"),
        ("H1-Q4", "W3*(W2*b1 + b2) + b3"),
        ("H1-Q5", "73"),
        ("A2-NN-5-w", "sum((y_hat_1 - y_1)*v_1*z*(1 - z)*x) + sum((y_hat_2 - y_2)*v_2*(z - z**2)*x)"),
        ("A2-NN-6-dE", "(y_hat - y)/(y_hat*(1 - y_hat))"),
        ("A2-NN-7-chain", "logits"),
    ],
)
def test_equivalent_answers_are_right(question_id, given):
    assert judge(BY_ID[question_id], given).correct


def test_a_row_times_a_column_entry_by_entry_lacks_a_transpose():
    verdict = judge(BY_ID["H1-B2-W1-literal"], "hadamard((y_hat - y)*W2, hadamard(a1, 1 - a1))")
    assert verdict.misconception == "transposed"
    assert judge(BY_ID["H1-B2-W1"], "hadamard(W2.T*(y_hat - y), hadamard(a1, 1 - a1))*x").misconception == "transposed"
