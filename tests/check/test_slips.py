"""The whole bank against answers nobody wrote down: truths rewritten by SymPy, and truths with a slip put in by `ast`.

The slips here are made on Python's own syntax tree and share no code with the ones the judge looks for.
"""

import ast
import copy
import re
import statistics
import time
import unicodedata
import zlib
from collections import Counter

import numpy as np
import pytest
import sympy as sp
import torch
from sympy.parsing.sympy_parser import parse_expr, rationalize, standard_transformations

from course_utils import check
from course_utils.check.bank import BANK
from course_utils.check.expressions import Names, read_text
from course_utils.check.slips import FAMILIES, normal, slips_of

FORMULAS = [question_id for question_id in check.questions() if check.describe(question_id).answer_type != "choice"]


def scalar_only(question_id):
    """Whether SymPy can hold the truth without sums and matrices."""
    question = check.describe(question_id)
    kinds = {quantity.kind for quantity in question.quantities}
    return question.answer_type == "expression" and kinds == {"scalar"}


SCALARS = [question_id for question_id in FORMULAS if scalar_only(question_id)]


def logistic(z):
    return 1 / (1 + sp.exp(-z))


def in_sympy(question, text, **names):
    local = {quantity.name: sp.Symbol(quantity.name) for quantity in question.quantities} | names
    functions = {"sigma": logistic, "abs": sp.Abs, "E": sp.E, "pi": sp.pi}
    return parse_expr(text, local_dict=functions | local, transformations=(*standard_transformations, rationalize))


def written_out(question):
    """The truth with each derived symbol replaced by its definition."""
    expression = in_sympy(question, question.truth)
    for quantity in reversed(question.quantities):
        if quantity.definition:
            expression = expression.subs(sp.Symbol(quantity.name), in_sympy(question, quantity.definition))
    return expression


def as_tanh(expression):
    """σ(z) as ½ + ½ tanh(z/2): exp(-z) is (1 - t)/(1 + t)."""

    def by_tanh(node):
        half = sp.tanh(node.args[0] / 2)
        return (1 + half) / (1 - half)

    return expression.replace(lambda node: isinstance(node, sp.exp), by_tanh)


REWRITINGS = {
    "as it is": lambda e: e,
    "expanded": sp.expand,
    "factored": sp.factor,
    "together": sp.together,
    "with tanh": as_tanh,
    "with exp(z)/(1 + exp(z))": lambda e: e.replace(
        lambda node: isinstance(node, sp.exp), lambda node: 1 / sp.exp(-node.args[0])
    ),
    "with dummies": lambda e: e.subs({s: sp.Symbol(s.name, real=True) for s in e.free_symbols}),
    "split in two": lambda e: sp.Add(e / 3, 2 * e / 3, evaluate=False),
    "as a matrix": lambda e: sp.Matrix([[e]]),
    "as text": lambda e: str(e),
}


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_truth_that_sympy_rewrote_is_right(name):
    for question_id in SCALARS:
        question = check.describe(question_id)
        for expression in dict.fromkeys((in_sympy(question, question.truth), written_out(question))):
            given = REWRITINGS[name](expression)
            if len(str(given)) < 900:
                assert check.answer(question_id, given).correct, f"{question_id}: {given}"


@pytest.mark.parametrize("question_id", ["A2-AN-6-sig", "A2-NN-6-sig", "A2-AN-8", "A2-AN-7", "A1-Q2b-w2"])
def test_a_truth_that_sympy_simplified_is_right(question_id):
    expression = sp.simplify(written_out(check.describe(question_id)))
    assert check.answer(question_id, expression).correct, expression


def pasted(text):
    """A formula as it comes out of a text processor."""
    for typed, sign in (("*", "·"), ("-", "−"), ("eta", "η"), ("sigma", "σ"), ("theta", "θ"), ("alpha", "α")):
        text = text.replace(typed, sign) if typed != "*" else re.sub(r"(?<!\*)\*(?!\*)", sign, text)
    return unicodedata.normalize("NFC", re.sub(r"\b([a-z])_hat\b", "\\1\u0302", text))


SPELLINGS = {
    "blanks": lambda text: re.sub(r"([*+/()-])", r" \1 ", text).replace("*  *", "**"),
    "pasted signs": pasted,
    "underscores": lambda text: re.sub(r"\b([a-z])(\d)\b", r"\1_\2", text),
    "prefixes": lambda text: re.sub(r"\b(exp|log|sqrt|sum|mean|abs|inv)\(", r"np.\1(", text),
    "matrix products": lambda text: text.replace(".T*", ".T @ "),
    "brackets": lambda text: f"(({text}))",
    "twice turned": lambda text: f"-(-({text}))",
    "sigmoid": lambda text: text.replace("sigma(", "sigmoid("),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_truth_in_another_spelling_is_right(name):
    for question_id in FORMULAS:
        text = SPELLINGS[name](check.describe(question_id).truth)
        if len(text) < 900:
            verdict = check.answer(question_id, text)
            assert verdict.correct, f"{question_id}: {text}: {verdict!r}"


def test_a_number_is_right_from_every_library():
    checked = 0
    for question_id in FORMULAS:
        question = check.describe(question_id)
        if question.quantities or question.answer_type != "number" or not question.tolerance:
            continue
        exact = sp.N(in_sympy(question, question.truth), 40)
        value = float(exact)
        for given in (value, str(exact), exact, np.float64(value), np.array(value), torch.tensor(value), [value]):
            assert check.answer(question_id, given).correct, f"{question_id}: {given!r}"
        assert check.answer(question_id, np.float32(value)).correct, f"{question_id}: {value} in single precision"
        checked += 1
    assert checked > 40


# --- slips put in by ast ---------------------------------------------------------------------------------------------

SIGN = {"sign", "sign-of-a-term"}
TWO = {"factor-two", "half-convention"}


def edited(text):
    """Yield (family, text) for a formula with one slip."""
    tree = ast.parse(text, mode="eval")
    for place, node in enumerate(ast.walk(tree)):
        for family, change in changes(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[place]

            class Exchange(ast.NodeTransformer):
                def visit(self, node, target=target, change=change):
                    return change(node) if node is target else self.generic_visit(node)

            yield family, ast.unparse(Exchange().visit(changed))


def changes(node):
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Mult | ast.MatMult):
            yield "factor missing", lambda n: n.left
            yield "factor missing", lambda n: n.right
            yield "factor doubled", lambda n: ast.BinOp(n, ast.Mult(), n.right)
        if isinstance(node.op, ast.Add | ast.Sub):
            turned = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield "inner sign", lambda n: ast.BinOp(n.left, turned, n.right)
            yield "term missing", lambda n: n.left
        if isinstance(node.op, ast.Div):
            yield "upside down", lambda n: ast.BinOp(n.left, ast.Mult(), n.right)
            yield "factor missing", lambda n: n.left
        if isinstance(node.op, ast.Pow):
            yield "power", lambda n: n.left
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transposed", lambda n: n.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "sum":
            yield "averaged", lambda n: ast.Call(ast.Name("mean"), n.args, [])
        if node.func.id in ("sigma", "exp", "log", "sqrt", "abs", "inv"):
            yield "function missing", lambda n: n.args[0]


def wrong_answers(question_id):
    """(family, text) of wrong answers to a question; the same ones every time."""
    truth = check.describe(question_id).truth
    found = [("sign", f"-({truth})"), ("two", f"2*({truth})"), ("two", f"({truth})/2"), ("sign+two", f"-2*({truth})")]
    if check.describe(question_id).answer_type == "expression":
        found.append(("constant", f"({truth}) + 3"))
    slips = [*edited(truth)]
    most = 12 if check.describe(question_id).quantities else 2
    found += slips[:: len(slips) // most + 1]
    found += [(f"{family}+sign", f"-({text})") for family, text in slips[1 :: 4 * len(slips) // most + 1]]
    return [(family, text) for family, text in dict.fromkeys(found) if len(text) < 900]


def independent_points(question):
    """Two points of the question as SymPy numbers, one with every sign turned around."""
    values = np.random.default_rng(zlib.crc32(question.id.encode()))
    sizes = {q.name: sp.Rational(int(values.integers(1, 10**9)), 10**9) for q in question.quantities}
    for sign in (1, -1):
        point = {q.name: sizes[q.name] * (sign if q.domain == "real" else 1) for q in question.quantities}
        for quantity in question.quantities:
            if quantity.definition:
                point[quantity.name] = in_sympy(question, quantity.definition).subs(point).evalf(60)
        yield point


def independent_values(question, text, points):
    """The formula at some points, by SymPy in place of the judge's arithmetic; None where it has no real value."""
    expression = sp.sympify(in_sympy(question, text))
    values = [expression.subs(point).evalf(40) for point in points]
    return [value if value.is_real and value.is_finite else None for value in values]


def test_no_slip_is_called_right_and_no_rewriting_wrong():
    """Where SymPy finds another value than the truth's, the verdict is not "right"; where the same, it is."""
    compared = Counter()
    for question_id in SCALARS:
        question = check.describe(question_id)
        points = [*independent_points(question)]
        truth = independent_values(question, question.truth, points)
        for _, text in wrong_answers(question_id):
            found = independent_values(question, text, points)
            same = None not in found and all(
                abs(a - b) < sp.Rational(1, 10**30) for a, b in zip(found, truth, strict=True)
            )
            assert check.answer(question_id, text).correct == same, f"{question_id}: {text}"
            compared[same] += 1
    assert compared[False] > 600, compared


@pytest.fixture(scope="module")
def verdicts():
    """Wrong answers with their verdicts and the processor time they took."""
    found = []
    for question_id in FORMULAS:
        if not check.describe(question_id).quantities and zlib.crc32(question_id.encode()) % 3:
            continue  # the numbers of the worked network are many and alike
        for family, text in wrong_answers(question_id):
            start = time.process_time()
            verdict = check.answer(question_id, text)
            found.append((question_id, family, text, verdict, time.process_time() - start))
    return [entry for entry in found if not entry[3].correct]


def test_nearly_every_slip_has_a_name(verdicts):
    nameless = [entry[:3] for entry in verdicts if entry[3].kind == "wrong" and not entry[3].slips]
    assert len(verdicts) > 1500
    assert len(nameless) < 0.02 * len(verdicts), nameless[:20]


def test_the_plain_families_get_their_names(verdicts):
    """Sign, factor and constant have general names, or one of the question's own."""
    for question_id, family, text, verdict, _ in verdicts:
        slips, known = set(verdict.slips), set(check.describe(question_id).misconceptions)
        if family == "sign":
            assert slips & (SIGN | known), f"{question_id}: {text}: {verdict!r}"
        if family == "two":
            assert slips & (TWO | known | {"number-for-formula"}), f"{question_id}: {text}: {verdict!r}"
        if family == "sign+two":
            named = slips & known or (slips & SIGN and slips & TWO) or "wrong-quantity" in slips
            assert named, f"{question_id}: {text}: {verdict!r}"
        if family == "constant" and not slips & known:
            assert slips & {"off-by-a-constant", "wrong-quantity", "wrong-symbol", "number-for-formula"}, f"{verdict!r}"


def test_two_slips_are_told_as_two(verdicts):
    for _, _, _, verdict, _ in verdicts:
        assert (len(verdict.slips) > 1) == verdict.hint.startswith("Several slips at once."), repr(verdict)


def test_a_sign_alone_is_told_as_ambiguous(verdicts):
    for question_id, family, _, verdict, _ in verdicts:
        if family == "sign" and check.describe(question_id).quantities and verdict.slips == ("sign",):
            assert "cannot tell" in verdict.hint


def squeezed(text):
    return "".join(text.split())


def test_no_hint_holds_the_answer(verdicts):
    for question_id, _, _, verdict, _ in verdicts:
        truth = squeezed(check.describe(question_id).truth).strip("()")
        hint = squeezed(verdict.hint)
        assert len(truth) < 4 or truth not in hint, repr(verdict)
        assert not re.search(r"\*\*|sum\((?!\.\.\.)|\w\*\w|inv\(", verdict.hint), repr(verdict)


def test_verdicts_are_quick(verdicts):
    times = [entry[4] for entry in verdicts]
    assert statistics.median(times) < 0.1 and max(times) < 1.5


# --- numbers as people write them down -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question_id", "given", "name"),
    [
        ("A1-Q1b-tiny", [0.66, 0.5], "truncated"),
        ("A1-Q1b-tiny", [0.67, 0.5], "rounding"),
        ("A1-Q1b-tiny", [0.6667, -0.5], "sign-of-an-entry"),
        ("A1-Q1b-tiny", [0.6667, 1.0], "factor-two-of-an-entry"),
        ("A1-Q1b-tiny", [0.6667, 0.7], "wrong-entry"),
        ("A1-Q1b-tiny", [6.6667, 5], "decimal-point"),
        ("A1-Q1b-tiny", [-0.06667, -0.05], "decimal-point-and-sign"),
        ("A1-Q1b-tiny", [[0.6667, 0.5]], "transposed"),
        ("A1-Q2c", [0.804550550, -0.190898899, 0.324513109, 1.513478141], "entries-exchanged"),
        ("A1-Q2c", [0.8046, -0.1909, 1.5135, 0.3245], "rounding"),
        ("A2-CG-10-JF", "[[0, 1, -1], [3*y, 3*x, 0]]", "rows-exchanged"),
        ("A2-CG-10-JF", "[[3*x, 0, 3*y], [1, -1, 0]]", "columns-exchanged"),
        ("A2-CG-12c-t1", 0.3964, "decimal-point"),
        ("A2-CG-12c-w22", 0.5133, "turned-residual-without-two-and-rounding"),
        ("A2-CG-12c-w21", 0.29, "turned-residual-without-two-and-rounding"),
        ("A2-CG-12c-v2", 15.066, "rounded-too-early-and-rounding"),
        ("A2-CG-12b-s1-z2", 0.5174929, "activations-exchanged"),
        ("A2-CG-12b-s1-y", 63.0952350, "wrong-quantity"),
        ("H1-Q5", "10*73", "decimal-point"),
        ("A2-CG-12b-s1-L", 17.5, None),
    ],
)
def test_a_number_that_is_nearly_right_is_named(question_id, given, name):
    verdict = check.answer(question_id, given)
    assert (verdict.kind, verdict.misconception) == ("wrong", name), repr(verdict)


@pytest.mark.parametrize(
    ("question_id", "given", "name"),
    [
        ("A1-Q2b-w1", "(a2 - y)*a1", "wrong-variable"),
        ("A1-Q2b-w1", "(y - a2)*a1", "wrong-variable-and-sign"),
        ("A1-Q2b-w1", "a1*(1 - a1)*x", "part-of-the-chain"),
        ("A1-Q2b-b1", "(a2 - y)*w2*z1*(1 - z1)", "slope-at-the-wrong-place"),
        ("A2-CG-10-JFG", "[[6*x*y - 15*y**2, 3*x**2 - 30*x*y], [y - 1, x + 1]]", "wrong-shape"),
        ("A2-CG-10-p12", "6*x*y - 15*y**2", "wrong-quantity"),
        ("H1-B2-W1", "hadamard(W2.T*(y_hat - y), hadamard(a1, 1 - a1))*x", "transposed"),
        ("H1-B2-W1-literal", "(y_hat - y)*W2*a1*(1 - a1)", "transposed"),
        ("A2-CG-9", "J_G*J_F", "order-of-factors"),
        ("A1-Q1b", "inv(X.T*X)*X*y", "transposed"),
        ("A1-Q1b-gradient", "-X*(y - X*beta)", "transposed"),
        ("A1-Q1b-gradient", "X*(y - X*beta)", "transposed-and-sign"),
        ("A1-Q2b-b2", -0.245131086, "number-for-formula"),
    ],
)
def test_an_answer_to_another_question_or_of_another_shape_is_named(question_id, given, name):
    verdict = check.answer(question_id, given)
    assert (verdict.kind, verdict.misconception) == ("wrong", name), repr(verdict)


@pytest.mark.parametrize(
    ("question_id", "given"),
    [
        ("A2-AN-18-z", "diag(s) - outer(s, s)"),
        ("A2-AN-18-z", "np.diag(softmax(z)) - np.outer(s, s)"),
        ("H1-B2-W1", "(W2.T @ (y_hat - y) * a1 * (1 - a1)) @ x.T"),
        ("H1-B2-W1", "outer((y_hat - y)*W2.T*a1*(1 - a1), x)"),
        ("H1-B2-W1", "(x*((y_hat - y)*W2*diag(a1)*diag(1 - a1))).T"),
        ("H1-B2-W2", "(a1*(y_hat - y)).T"),
        ("H1-B2-W1-literal", "W2.T*(y_hat - y) ⊙ a1 ⊙ (1 - a1)"),
        ("H1-B1-sol", "cov(x, y)/var(x)"),
        ("H1-B1-w1", "-2*Σ(xᵢ*(yᵢ − w₁·xᵢ − w₀))"),
        ("H1-B1-w1", "-2*x @ (y - w1*x - w0)"),
        ("H1-Q7", "2/λ"),
        ("H1-Q7", "2/lambda"),
        ("A2-NN-6-sig", "1/(4*cosh(a/2)**2)"),
        ("A2-NN-6-sig", "ŷ*(1 − ŷ)"),
        ("A2-AN-6-sig", "e**(-z)/(1 + e**(-z))**2"),
        ("H1-Q11-adam-eps", "ω − η·m̂/(√(v̂) + ε)"),
        ("A2-AN-13-ll", "log(y*h + (1 - y)*(1 - h))"),
        ("A2-NN-7-L", "-log(y_1*y_hat_1 + y_2*y_hat_2 + y_3*y_hat_3)"),
        ("A2-NN-6-sig", sp.Symbol(r"\hat{y}") * (1 - sp.Symbol("ŷ"))),
        ("H1-Q7", 2 / sp.Symbol("lambda")),
        ("A2-NN-6-sig", sp.Function("sigma")(sp.Symbol("a")) * (1 - sp.Symbol("y_hat", complex=True))),
        ("A1-Q1c", sp.HadamardPower(sp.Matrix([[sp.Symbol("kappa")]]), 2)),
        ("A1-Q1b-tiny", torch.tensor([2 / 3, 0.5])),
        ("A2-CG-13c-point", torch.tensor([12, 131], dtype=torch.bfloat16)),
        ("A2-CG-13c-point", np.array([12, 131], dtype=np.longdouble)),
        ("A2-CG-13c-point", sp.Array([12, 131])),
    ],
    ids=range(26),
)
def test_notations_that_people_use_are_read(question_id, given):
    verdict = check.answer(question_id, given)
    assert verdict.correct, repr(verdict)


# --- the list of slips -----------------------------------------------------------------------------------------------


def slip_names(text, *symbols):
    alike = {name: tuple(other for other in symbols if other != name) for name in symbols}
    return Counter(slip.name for slip in slips_of(read_text(text, Names(symbols)), {}, alike))


@pytest.mark.parametrize(
    ("text", "symbols", "names"),
    [
        ("a*b", "ab", {"missing-factor", "extra-factor", "wrong-symbol"}),
        ("s*(1 - s)*x", "sx", {"activation-slope-left-out", "value-for-slope", "slope-counted-twice"}),
        ("(1 - h**2)*w", "hw", {"activation-slope-left-out", "value-for-slope", "slope-of-another-activation"}),
        ("sum(x*y)", "xy", {"averaged-not-summed", "product-of-sums"}),
        ("a/b + c", "abc", {"term-left-out", "sign-of-a-term", "factor-upside-down"}),
        ("sqrt(a**2)", "a", {"root-left-out", "wrong-power"}),
    ],
)
def test_the_slips_of_a_formula(text, symbols, names):
    assert names <= set(slip_names(text, *symbols)) <= set(FAMILIES)


def test_the_truth_itself_is_no_slip():
    for question_id in FORMULAS:
        question = BANK[question_id]
        tree = normal(read_text(question.truth, Names(tuple(quantity.name for quantity in question.quantities))))
        assert all(slip.tree != tree for slip in slips_of(tree, {}, {}))
