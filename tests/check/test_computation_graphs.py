"""The truths of the questions on computation graphs, derived here once more: by SymPy from the loss, or by PyTorch."""

import random
import re
from decimal import Decimal

import pytest
import sympy as sp
import torch

from course_utils import check
from course_utils.check.arithmetic import Array
from course_utils.check.bank import computation_graphs
from course_utils.check.evaluate import Evaluator
from course_utils.check.expressions import Names, read_text
from course_utils.check.judge import draw_point, names_of

QUESTIONS = {question.id: question for question in computation_graphs.QUESTIONS}
SIZES = {"n": 6, "d": 3}
SEEDS = range(3)


def exact(value):
    """A number of the checker as a SymPy number, at its 120 digits where it is not a fraction."""
    return sp.Rational(value.numerator, value.denominator) if hasattr(value, "numerator") else sp.Float(str(value), 60)


def as_sympy(value):
    if isinstance(value, Array):
        return sp.Matrix(*(*value.shape, 1)[:2], [exact(entry) for entry in value.entries])
    return exact(value)


def at_a_point(question_id, seed):
    """Random values of the question's symbols, and the truth of the bank there."""
    question = QUESTIONS[question_id]
    evaluator = draw_point(question, SIZES, random.Random(seed))
    truth = as_sympy(evaluator(read_text(question.truth, names_of(question))))
    return {name: as_sympy(value) for name, value in evaluator.point.items()}, truth


def near(found, expected, digits=40):
    difference = sp.Matrix([found]) - sp.Matrix([expected])
    return all(abs(sp.N(entry, 60)) < sp.Float(10) ** -digits for entry in difference)


# --- the bank as a whole --------------------------------------------------------------------------------------------


def test_the_questions_are_askable_in_the_order_of_the_sheet():
    asked = [question_id for question_id in check.questions() if question_id.startswith("A2-CG-")]
    assert asked == list(QUESTIONS)
    numbers = [int(re.match(r"A2-CG-(\d+)", question_id)[1]) for question_id in asked]
    assert numbers == sorted(numbers) and set(numbers) == {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
    assert all(question.practice and question.marks == 1 for question in QUESTIONS.values())


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_the_truth_is_right_and_each_known_mistake_has_its_name(question_id):
    question = QUESTIONS[question_id]
    assert check.answer(question_id, question.truth).correct
    assert question.known
    for mistake in question.known:
        for form in mistake.forms:
            verdict = check.answer(question_id, form)
            assert (verdict.kind, verdict.misconception) == ("wrong", mistake.name), f"{form}: {verdict!r}"
            squeezed = "".join(verdict.hint.split())
            assert "".join(question.truth.split()) not in squeezed
            if question.answer_type == "number" or question.tolerance:
                assert not re.search(r"\d{2}|\d\.\d|\d/\d", verdict.hint), verdict.hint


# --- chains ---------------------------------------------------------------------------------------------------------

LOSSES = {
    "2a": lambda y, f2: (y - f2) ** 2 / 2,
    "2b": lambda y, f2: -(y * sp.log(f2) + (1 - y) * sp.log(1 - f2)),
    "3a": lambda y, f2: (y - f2) ** 2 / 2,
    "3b": lambda y, f2: -y * sp.log(f2),
    "3c": lambda y, f2: (y - f2) ** 2 / 2,
    "3d": lambda y, f2: -y * sp.log(f2),
}
CHAINS = {"2a-w1": 1, "2a-w2": 2, "2b-w1": 1, "2b-w2": 2, "3a": 1, "3b": 1, "3c": 2, "3d": 2}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("part", "weight"), CHAINS.items())
def test_gradients_of_two_functions_in_a_row(part, weight, seed):
    """Locally linear functions with the given values and slopes are put into the loss, which is then differentiated."""
    point, truth = at_a_point(f"A2-CG-{part}", seed)
    step = sp.Symbol("step")
    loss = 0
    for y, f2, by_f1, f1_by_w1, by_w2 in zip(
        *(point[name] for name in ("y", "f2", "df2_df1", "df1_dw1", "df2_dw2")), strict=True
    ):
        f1_moves = f1_by_w1 * step if weight == 1 else 0
        w2_moves = step if weight == 2 else 0
        loss += LOSSES[part[:2]](y, f2 + by_f1 * f1_moves + by_w2 * w2_moves)
    assert near(sp.diff(loss, step).subs(step, 0), truth)


@pytest.mark.parametrize("seed", SEEDS)
def test_cross_entropy_is_minus_the_logarithm_of_the_likelihood(seed):
    point, truth = at_a_point("A2-CG-2b-L", seed)
    labels, outputs = (point[name].evalf(60) for name in ("y", "f2"))
    likelihood = sp.prod(f**y * (1 - f) ** (1 - y) for y, f in zip(labels, outputs, strict=True))
    assert near(-sp.log(likelihood), truth)


@pytest.mark.parametrize("seed", SEEDS)
def test_derivative_of_the_cross_entropy(seed):
    point, truth = at_a_point("A2-CG-2b-df2", seed)
    f = sp.Symbol("f")
    assert near(sp.diff(LOSSES["2b"](point["y"], f), f).subs(f, point["f2"]), truth)


# --- networks in symbols --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "question_id",
    [
        "A2-CG-4-V",
        "A2-CG-4-V0",
        "A2-CG-4-w0",
        "A2-CG-4-w1",
        "A2-CG-4-w2",
        "A2-CG-4-w3",
        "A2-CG-12c-form-v",
        "A2-CG-12c-form-w",
        "A2-CG-12c-form-w2",
    ],
)
def test_gradients_of_a_hidden_neuron(question_id, seed):
    """One hidden neuron with the given activations; the rest of the network is a number in each sample."""
    point, truth = at_a_point(question_id, seed)
    step, out = sp.Symbol("step"), point.get("V", point.get("v"))
    hidden = "-w" in question_id
    constant_input = question_id.endswith("-w0")
    loss = 0
    for x, y, y_hat, z in zip(*(point[name] for name in ("x", "y", "y_hat", "z")), strict=True):
        a = sp.log(z / (1 - z)).evalf(60)
        moved_z = 1 / (1 + sp.exp(-(a + step * (1 if constant_input else x)))) if hidden else z
        moved_out = out + (0 if hidden or question_id.endswith("V0") else step)
        bias = step if question_id.endswith("V0") else 0
        loss += (y_hat - out * z + moved_out * moved_z + bias - y) ** 2
    assert near(sp.diff(loss, step).subs(step, 0), truth)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("question_id", ["A2-CG-4-sig", "A2-CG-12c-brk"])
def test_slope_of_a_sigmoid(question_id, seed):
    point, truth = at_a_point(question_id, seed)
    w = sp.Symbol("w")
    z = 1 / (1 + sp.exp(-(point["a"] + w * point["x"])))
    assert near(sp.diff(z, w).subs(w, 0), truth)


def test_argument_of_the_first_neuron():
    point, truth = at_a_point("A2-CG-4-arg", 1)
    weights = sp.Matrix([[point["w01"], point["w11"], point["w21"], point["w31"]]])
    assert (weights * sp.Matrix([1, point["x1"], point["x2"], point["x3"]]))[0] == truth


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_in_vector_form(seed):
    point, truth = at_a_point("A2-CG-13d", seed)
    W = sp.Matrix(*point["W"].shape, lambda i, j: sp.Symbol(f"W{i}_{j}"))
    starts = dict(zip(W, point["W"], strict=True))
    shift = point["z"].applyfunc(lambda z: sp.log(z / (1 - z))) - point["W"] * point["x"]
    z = (W * point["x"] + shift).applyfunc(lambda a: 1 / (1 + sp.exp(-a)))
    loss = point["delta"] * (point["v"].T * z)[0]  # a loss with the slope delta at ŷ
    found = W.applyfunc(lambda weight: sp.N(sp.diff(loss, weight).subs(starts), 60))
    assert all(abs(entry) < sp.Float(10) ** -40 for entry in found - truth)


def test_pre_activation_in_vector_form():
    point, truth = at_a_point("A2-CG-13d-b", 1)
    assert point["W"] * point["x"] + point["b"] == truth


# --- rules, ranks, Jacobians ------------------------------------------------------------------------------------------

a, b, c, x, y, z, g = sp.symbols("a b c x y z g", real=True)
RULES = {"addc": a + c, "add": a + b, "mulc": c * a, "mul": a * b}


@pytest.mark.parametrize(("part", "rule"), RULES.items())
def test_local_rules(part, rule):
    point, truth = at_a_point(f"A2-CG-5-{part}", 1)
    assert sp.diff(rule, a).subs({symbol: point.get(str(symbol), 5) for symbol in (a, b, c)}) == truth
    if part == "add":
        assert sp.diff(rule, b) == truth


@pytest.mark.parametrize(("name", "function"), [("max", torch.maximum), ("min", torch.minimum)])
def test_switches(name, function):
    inputs = torch.tensor([2.0, 5.0], requires_grad=True)
    gradient = torch.autograd.grad(function(*inputs), inputs)[0].tolist()
    larger = gradient == [0, 1]
    assert sorted(gradient) == [0, 1]
    assert check.answer(f"A2-CG-5-{name}", "larger" if larger else "smaller").correct


def test_ranks():
    M, w, W = torch.ones(2, 3), torch.ones(3), torch.ones(2, 3)
    jacobian = torch.func.jacrev
    assert check.answer("A2-CG-6", jacobian(lambda w: (w**2).sum())(w).ndim).correct
    assert check.answer("A2-CG-7", jacobian(lambda w: M @ w**2)(w).ndim).correct
    assert check.answer("A2-CG-8", jacobian(lambda W: (W**2).sum())(W).ndim).correct


@pytest.mark.parametrize("seed", SEEDS)
def test_what_flows_back(seed):
    point, truth = at_a_point("A2-CG-7-flow", seed)
    w = sp.Matrix(sp.symbols(f"w0:{SIZES['d']}"))
    loss = (point["g"].T * (point["J"] * w))[0]
    assert sp.Matrix([sp.diff(loss, entry) for entry in w]) == truth


@pytest.mark.parametrize("seed", SEEDS)
def test_jacobian_of_a_composition_of_linear_maps(seed):
    point, truth = at_a_point("A2-CG-9", seed)
    v = sp.Matrix(sp.symbols("v0:4"))
    assert (point["J_F"] * (point["J_G"] * v)).jacobian(v) == truth


F, G = sp.Matrix([3 * x * y, y - z]), sp.Matrix([x - 5 * y, x * y, x - y])
INTO = dict(zip((x, y, z), G, strict=True))
COMPOSITION = F.subs(INTO, simultaneous=True)
PRODUCT = F.jacobian([x, y, z]).subs(INTO, simultaneous=True) * G.jacobian([x, y])
SECOND = sp.Matrix([x**2 + 2 * y, 3 * x + 4 * y**2])
CURVE = SECOND.subs(y, x**2)
MATRICES = {
    "10-G": G[2],
    "10-comp": COMPOSITION,
    "10-direct": COMPOSITION.jacobian([x, y]),
    "10-JF": F.jacobian([x, y, z]),
    "10-JFG": F.jacobian([x, y, z]).subs(INTO, simultaneous=True),
    "10-JFG2": F.jacobian([x, y, z]).subs(INTO, simultaneous=True)[0, 1],
    "10-p11": PRODUCT[0, 0],
    "10-p12": PRODUCT[0, 1],
    "10-prod": PRODUCT,
    "13a": sp.Matrix([sp.diff((2 * x + 3 * y) ** 2, symbol) for symbol in (x, y)]),
    "13b": SECOND.jacobian([x, y]),
    "13b-point": SECOND.jacobian([x, y]).subs({x: 1, y: 2}),
    "13c": CURVE.jacobian([x]),
    "13c-point": CURVE.jacobian([x]).subs(x, 2),
}


@pytest.mark.parametrize(("part", "expected"), MATRICES.items())
def test_jacobians(part, expected):
    point, truth = at_a_point(f"A2-CG-{part}", 1)
    at = {symbol: point[str(symbol)] for symbol in (x, y, z) if str(symbol) in point}
    found = expected.subs(at)
    assert found == truth or sp.Matrix([found - truth]).is_zero_matrix
    assert check.answer(f"A2-CG-{part}", expected).correct


def test_the_lost_component_has_the_given_derivatives():
    """Question 10-G gives away the derivatives of x·y − g."""
    second = x * y - G[2]
    assert (sp.diff(second, x), sp.diff(second, y)) == (y - 1, x + 1)


def test_names_and_components():
    u, v = sp.symbols("u v")
    outer, inner = u * v, (x + y, x - y)
    both = outer.subs({u: inner[0], v: inner[1]})
    assert both != outer.subs(u, inner[0]) and both.free_symbols == {x, y}
    assert check.answer("A2-CG-9-comp", "all components").correct
    assert CURVE.jacobian([x]) != sp.Matrix([x, x**2]).jacobian([x]) and check.answer("A2-CG-13c-name", "J_FoG").correct


def test_order():
    t = sp.Symbol("t")
    exact_derivative = sp.diff((t + 1) * ((t + 1) * t), t).subs(t, 2)
    assert check.answer("A2-CG-11", exact_derivative).correct
    assert check.answer("A2-CG-11", 15).misconception == "passed-on-too-early"


# --- the worked network -----------------------------------------------------------------------------------------------

V = torch.tensor([0.01, 0.02, 0.03, 0.04], dtype=torch.float64)
W = torch.tensor([[0.01, 0.02, 0.03], [0.03, 0.01, 0.02], [0.02, 0.03, 0.01]], dtype=torch.float64)
INPUTS = torch.tensor([[1, 1, 2], [1, 1, 3], [1, 2, 2]], dtype=torch.float64)
TARGETS = torch.tensor([8, 11, 10], dtype=torch.float64)


def forward(V, W):
    arguments = INPUTS @ W.T
    activations = torch.sigmoid(arguments)
    return arguments, activations, activations @ V[1:] + V[0]


def gradients(samples=slice(None)):
    v, w = V.clone().requires_grad_(), W.clone().requires_grad_()
    residuals = (forward(v, w)[2] - TARGETS)[samples]
    return torch.autograd.grad((residuals**2).sum(), [v, w])


def network_values():
    arguments, z, y_hat = forward(V, W)
    loss = (TARGETS - y_hat) ** 2
    found = {f"12b-s{s + 1}-z{j + 1}": z[s, j] for s in range(3) for j in range(3)}
    found |= {f"12b-s{s + 1}-y": y_hat[s] for s in range(3)} | {f"12b-s{s + 1}-L": loss[s] for s in range(3)}
    found |= {"12b-s2-arg": arguments[1, [1, 0]], "12b-s3-arg": arguments[2], "12b-s2-sub": y_hat[1]}
    found |= {"12b-s3-yb": y_hat[2]}
    of_v, of_w = gradients()
    found |= {f"12c-v{k}": of_v[k] for k in range(4)} | {"12c": of_v}
    found |= {f"12c-w{j + 1}{k}": of_w[j, k] for j in range(3) for k in range(3)} | {"12c-w2row": -of_w[1] / 2}
    residual = TARGETS - y_hat
    found |= {"12c-d1": residual[0], "12c-sub2": residual[1], "12c-sub2w": residual[1]}
    terms = [-gradients([s])[1][0, 0] / 2 for s in range(3)]
    found |= {"12c-t1": terms[0], "12c-t2": terms[1], "12c-t2e": terms[1], "12c-t3e": terms[2]}
    one_v, one_w = gradients([0])
    found |= {f"13d-z{j + 1}": z[0, j] for j in range(3)} | {"13d-y": y_hat[0], "13d-L": loss[0]}
    found |= {"13d-dy": one_v[0], "13d-dv0": one_v[0], "13d-dv": one_v[1:], "13d-dz": V[1:], "13d-dW": one_w[:, 1:]}
    after = forward(V - 0.01 * of_v, W - 0.01 * of_w)[2]
    found |= {"14": ((after - TARGETS) ** 2).sum()}
    return found


NETWORK = network_values()


@pytest.mark.parametrize("part", NETWORK)
def test_numbers_of_the_network(part):
    question = QUESTIONS[f"A2-CG-{part}"]
    truth = Evaluator({})(read_text(question.truth, Names(())))
    found = [float(entry) for entry in (truth.entries if isinstance(truth, Array) else [truth])]
    assert found == pytest.approx(NETWORK[part].flatten().tolist(), rel=1e-12)
    assert check.answer(question.id, NETWORK[part]).correct


def test_every_number_of_the_network_is_tested():
    words = {"12c-sign", "12c-form-v", "12c-form-w", "12c-form-w2", "12c-brk", "13d", "13d-b", "13d-out"}
    asked = {question_id.removeprefix("A2-CG-") for question_id in QUESTIONS}
    network = {part for part in asked if part.startswith(("12", "13d", "14"))}
    assert network - words == set(NETWORK)


def test_signs_and_output_unit():
    of_v, of_w = gradients()
    assert (of_v < 0).all() and (of_w < 0).all() and check.answer("A2-CG-12c-sign", "negative").correct
    assert check.answer("A2-CG-13d-out", "linear").correct
    assert check.answer("A2-CG-13d-out", "sigmoid").misconception == "sigmoid-on-the-output"


@pytest.mark.parametrize(
    ("part", "given", "misconception"),
    [
        ("12b-s2-z1", 0.524979, "activations-exchanged"),
        ("12b-s3-z2", 0.522184, "digit-slip"),
        ("12b-s3-z3", 0.524999, "digit-slip"),
        ("12b-s3-y", 0.572232, "decimal-point"),
        ("12b-s2-sub", Decimal("0.0571980789"), "activations-exchanged"),
        ("12b-s2-L", 119.74559, "digit-slip"),
        ("12c-v0", 28.828879520, "turned-residual-without-two"),
        ("12c-v2", -15.0701252, "factor-two"),
        ("12c-w20", 0.215765740, "turned-residual-without-two"),
        ("12c-w21", 0.580371527, "sign"),
        ("12c-w11", 0.1437174995, "input-left-out"),
        ("12c-t1", 0.396359, "decimal-point"),
        ("12c-t2e", 0.1054, "wrong-target-and-slope-and-rounding"),
        ("13d-z1", 0.5223, "truncated-or-misread"),
        ("13d-y", 0.514183, "sigmoid-on-the-output"),
        ("13d-y", 0.522484825, "activation-for-prediction"),
        ("13d-dy", 15.8, "truncated"),
        ("13d-dW", [[1.264], [0.79], [0.79]], "wrong-shape"),
        ("7-flow", "J", "local-jacobian-flows"),
        ("3a", "sum((y - f2)*df2_df1*df1_dw1)", "minus-lost"),
        ("12c-form-v", "sum((y - y_hat)*z)", "turned-residual"),
        ("14", 281.700051, "no-step-taken"),
    ],
)
def test_mistakes_met_in_hand_calculations(part, given, misconception):
    verdict = check.answer(f"A2-CG-{part}", given)
    assert (verdict.kind, verdict.misconception) == ("wrong", misconception), repr(verdict)


@pytest.mark.parametrize("part", ["13d-dy", "13d-dv0", "13d-dv"])
def test_a_truncated_number_is_told_about_its_sign_only_where_the_sign_is_wrong(part):
    activations = [0.522484825, 0.519989340, 0.517492858]
    for sign in (1, -1):
        given = [sign * 15.8 * z for z in activations] if part == "13d-dv" else sign * 15.8
        verdict = check.answer(f"A2-CG-{part}", given)
        assert verdict.misconception == "truncated" and ("sign" in verdict.hint) == (sign == 1)


@pytest.mark.parametrize(
    ("part", "given"),
    [
        ("12b-s1-z1", 0.52248),
        ("12b-s1-y", 0.05675),
        ("12b-s1-L", 63.095),
        ("12c-t2", 0.0545),
        ("13d-z3", 0.5175),
        ("13d-L", 63.1),
        ("13d-dy", -15.887),
        ("12c-w2row", [0.216, 0.29, 0.5134]),
        ("12c-v1", "-30.3882"),
    ],
)
def test_rounded_answers_with_enough_digits_are_right(part, given):
    assert check.answer(f"A2-CG-{part}", given).correct
