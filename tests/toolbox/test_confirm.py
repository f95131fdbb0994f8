"""`confirm` must pass what is true, and must not pass anything else."""

import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import confirm, derive

w, x, z = sp.symbols("w x z", real=True)
n, p = sp.symbols("n p", positive=True, integer=True)
X, y, beta = sp.MatrixSymbol("X", n, p), sp.MatrixSymbol("y", n, 1), sp.MatrixSymbol("beta", p, 1)
J = (y - X * beta).T * (y - X * beta) / 2
GRADIENT = -X.T * (y - X * beta)
SIGMOID = 1 / (1 + sp.exp(-w * x))


def test_a_true_gradient_is_confirmed_by_both_oracles():
    table = confirm.gradient(J, beta, claimed=GRADIENT)
    assert table.header == ("entry", "claimed", "finite differences", "autograd")
    assert [row[0] for row in table.rows] == ["∂/∂beta[0]", "∂/∂beta[1]"]
    assert all(len(set(row[1:])) == 1 for row in table.rows)
    assert "2 entries at 3 points" in table.summary


def test_a_point_may_be_arrays_tensors_or_names():
    rng = np.random.default_rng(0)
    point = {X: rng.normal(size=(6, 2)), "y": torch.tensor(rng.normal(size=6)), beta: [0.5, -1]}
    assert "2 entries at 1 point" in confirm.gradient(J, beta, claimed=GRADIENT, at=point).summary


@pytest.mark.parametrize(
    "wrong, entry",
    [
        ([2 * w * x + sp.Rational(1, 10**9), w**2], "∂/∂w"),
        ([2 * w * x, 2 * w**2], "∂/∂x"),
        ([-2 * w * x, w**2], "∂/∂w"),
    ],
)
def test_a_false_gradient_names_the_entry_the_claim_and_what_was_found(wrong, entry):
    with pytest.raises(AssertionError, match=f"{entry}: claimed .* found .* at w = ") as caught:
        confirm.gradient(w**2 * x, [w, x], claimed=wrong)
    assert not isinstance(caught.value, confirm.NotConfirmed)


@settings(max_examples=25, deadline=None)
@given(st.fractions(-3, 3, max_denominator=50), st.fractions(-3, 3, max_denominator=50))
def test_sigmoid_slope_at_any_point_and_never_with_the_factor_dropped(at_w, at_x):
    point = {w: sp.Rational(at_w), x: sp.Rational(at_x)}
    confirm.gradient(SIGMOID, w, claimed=SIGMOID * (1 - SIGMOID) * x, at=point)
    if at_x != 0:
        with pytest.raises(AssertionError):
            confirm.gradient(SIGMOID, w, claimed=SIGMOID * x, at=point)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((J, beta, GRADIENT.T), r"shape \(1, 2\); expected \(2, 1\)"),
        ((J, beta, [1, 2, 3]), "shape"),
        ((SIGMOID, w, SIGMOID * z), "contains z, which the loss does not"),
        ((SIGMOID, z, SIGMOID), "does not contain z"),
        ((SIGMOID, [], SIGMOID), "empty"),
        ((SIGMOID, w, []), "empty"),
        ((sp.Matrix([w, x]), w, 1), r"shape \(2, 1\); expected a scalar"),
        ((w**2, w, float("nan")), "not a finite number"),
        ((1 / w, w, -1 / w**2, {w: 0}), "not a finite number"),
        ((sp.sqrt(w), w, 1 / (2 * sp.sqrt(w)), {w: -1}), "complex"),
        ((w**2, w, "2*w"), "Expected a SymPy expression"),
        ((w**2, w, 2 * w, {w: float("inf")}), "finite real number"),
        ((w**2, w, 2 * w, {"w": 1, "q": 2}), "names q"),
        ((w * x, w, x, {w: 1}), "no value for x"),
        ((w * x, w, x, []), "empty"),
        ((w * x, w, x, 3), "A point is a dict"),
        ((J, beta, GRADIENT, {X: np.ones((5, 2)), y: np.ones(4), beta: np.ones(2)}), r"size n should be 5"),
        ((w**2, w, [None]), "An entry is None"),
        ((w > 0, w, 1), "Expected a SymPy expression"),
        ((sp.IndexedBase("v")[1] ** 2 + w, w, 1), "plain symbol"),
        ((w * sp.Symbol("w"), w, sp.Symbol("w")), "Two symbols are called w"),
        ((sp.Function("f")(w), w, 1), r"undefined function f\(w\)"),
    ],
)
def test_what_cannot_be_compared_is_not_confirmed(arguments, message):
    with pytest.raises(confirm.NotConfirmed, match=message):
        confirm.gradient(*arguments)


def test_not_confirmed_is_both_a_failed_claim_and_a_bad_argument():
    assert issubclass(confirm.NotConfirmed, AssertionError)
    assert issubclass(confirm.NotConfirmed, ValueError)


def test_autograd_is_an_oracle_of_its_own(monkeypatch):
    monkeypatch.setattr(confirm, "_central_differences", lambda loss, symbols, point: [2 * point[w] + 1])
    with pytest.raises(AssertionError, match="finite differences found"):
        confirm.gradient(w**2, w, claimed=2 * w)
    monkeypatch.undo()
    monkeypatch.setattr(confirm, "_autograd", lambda loss, symbols, point: [2 * point[w] + 1])
    with pytest.raises(AssertionError, match="autograd found"):
        confirm.gradient(w**2, w, claimed=2 * w)


def test_without_pytorch_there_is_one_oracle_less_and_the_table_says_so():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else real(name, *a)\n"
        "import sympy as sp; from course_utils import check, confirm, derive, plot\n"
        "w = sp.Symbol('w'); print(confirm.gradient(w**2, w, 2 * w))\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "one oracle less" in printed and "autograd" not in printed.splitlines()[0]


def test_a_function_pytorch_does_not_know_leaves_one_oracle():
    assert "does not know gamma" in confirm.gradient(sp.gamma(w), w, sp.gamma(w) * sp.digamma(w), at={w: 2}).summary


def test_the_constant_branch_of_a_kink_has_slope_zero():
    confirm.gradient(sp.Max(w, 0), w, claimed=sp.Heaviside(w), at=[{w: 2}, {w: -2}])
    for wrong in (0, 1):
        with pytest.raises(AssertionError, match="∂/∂w"):
            confirm.gradient(sp.Max(w, 0), w, claimed=wrong, at=[{w: 2}, {w: -2}])


def test_a_symbol_without_influence_at_the_point_has_gradient_zero():
    confirm.gradient(sp.Max(w, x), [w, x], claimed=[1, 0], at={w: 2, x: 1})
    with pytest.raises(AssertionError, match="∂/∂x"):
        confirm.gradient(sp.Max(w, x), [w, x], claimed=[1, 1], at={w: 2, x: 1})


def test_identity_holds_or_names_the_entry():
    assert (
        "4 entries"
        in confirm.identity(
            sp.Matrix([[w, x], [x, w]]) ** 2, sp.Matrix([[w**2 + x**2, 2 * w * x], [2 * w * x, w**2 + x**2]])
        ).summary
    )
    with pytest.raises(AssertionError, match=r"\[1, 0\]: the left side is"):
        confirm.identity(sp.Matrix([w, x]), sp.Matrix([w, -x]))
    with pytest.raises(confirm.NotConfirmed, match="shape"):
        confirm.identity(sp.Matrix([w, x]), w)


def test_identity_of_matrix_expressions():
    confirm.identity(X.T * (X * beta), (X.T * X) * beta)
    with pytest.raises(AssertionError):
        confirm.identity(X.T * (y - X * beta), derive.gradient(J, beta))


def test_the_table_reads_the_same_as_text_and_as_html():
    table = confirm.gradient(w**2, w, 2 * w, at={w: 3})
    header, row, summary = repr(table).splitlines()
    assert header == "entry  claimed  finite differences  autograd"
    assert row.split() == ["∂/∂w", "6", "6", "6"] and len(row) == len(header)
    assert summary == "1 entry at 1 point: all agree."
    assert "<td>∂/∂w</td><td>6</td>" in table._repr_html_()
    beta_0 = sp.Symbol("beta_0")
    assert "<td>∂/∂β₀</td>" in confirm.gradient(beta_0**2, beta_0, 2 * beta_0)._repr_html_()
