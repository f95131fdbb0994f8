"""`derive` against partial derivatives written out, and against what SymPy alone gets wrong."""

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import derive

n, p = sp.symbols("n p", positive=True, integer=True)
X, W = sp.MatrixSymbol("X", n, p), sp.MatrixSymbol("W", p, p)
y, beta = sp.MatrixSymbol("y", n, 1), sp.MatrixSymbol("beta", p, 1)
r = y - X * beta
SIZES = {n: 4, p: 3}


def evaluated(expression, values):
    """Entries of a matrix expression as a float array, at given arrays."""
    entries = derive.explicit(expression, SIZES)
    substitutions = {
        symbol.subs(SIZES)[index]: array[index] for symbol, array in values.items() for index in np.ndindex(array.shape)
    }
    return np.array(entries.subs(substitutions), dtype=float)


def random_values(seed=0):
    rng = np.random.default_rng(seed)
    return {
        X: rng.normal(size=(4, 3)),
        y: rng.normal(size=(4, 1)),
        beta: rng.normal(size=(3, 1)),
        W: rng.normal(size=(3, 3)),
    }


def test_gradient_of_least_squares_equals_autograd():
    values = random_values()
    X_t, y_t = torch.tensor(values[X]), torch.tensor(values[y])
    beta_t = torch.tensor(values[beta], requires_grad=True)
    (0.5 * (y_t - X_t @ beta_t).square().sum()).backward()
    np.testing.assert_allclose(evaluated(derive.gradient(r.T * r / 2, beta), values), beta_t.grad, rtol=1e-12)


def test_gradient_with_respect_to_a_matrix_has_its_shape_and_equals_autograd():
    values = random_values()
    tensors = {symbol: torch.tensor(array, requires_grad=symbol is X) for symbol, array in values.items()}
    (tensors[y] - tensors[X] @ tensors[beta]).square().sum().backward()
    found = derive.gradient(r.T * r, X)
    assert found.shape == X.shape
    np.testing.assert_allclose(evaluated(found, values), tensors[X].grad, rtol=1e-12)


def test_hessian_of_least_squares_equals_autograd():
    values = random_values()

    def cost(b):
        return 0.5 * (torch.tensor(values[y]) - torch.tensor(values[X]) @ b).square().sum()

    expected = torch.autograd.functional.hessian(cost, torch.tensor(values[beta])).reshape(3, 3)
    np.testing.assert_allclose(evaluated(derive.hessian(r.T * r / 2, beta), values), expected, rtol=1e-12)


def test_hessian_of_an_explicit_function():
    a, b = sp.symbols("a b")
    assert derive.hessian(a**2 * b, sp.Matrix([a, b])) == sp.Matrix([[2 * b, 2 * a], [2 * a, 0]])


def test_gradient_with_respect_to_symbols():
    a, b = sp.symbols("a b")
    assert derive.gradient(a * b**2, b) == 2 * a * b
    assert derive.gradient(a * b**2, sp.Matrix([[a, b]])) == sp.Matrix([[b**2, 2 * a * b]])


def test_an_element_of_a_symbolic_product_is_refused():
    assert str((r.T * r)[0, 0].diff(beta)) == "0", "SymPy differentiates this correctly now: the refusal can go"
    with pytest.raises(ValueError, match="without \\[0, 0\\]"):
        derive.gradient((r.T * r)[0, 0], beta)


def test_a_wrong_matrix_rule_is_refused(monkeypatch):
    monkeypatch.setattr(sp.matrices.expressions.matexpr.MatrixExpr, "diff", lambda self, wrt: -X.T * r * 3)
    with pytest.raises(ValueError, match="differs from the entries"):
        derive.gradient(r.T * r / 2, beta)


def test_what_does_not_depend_on_the_symbol_has_gradient_zero():
    assert derive.gradient(y.T * y, beta) == derive.gradient(3, beta) == sp.ZeroMatrix(p, 1)
    assert derive.hessian(y.T * X * beta, beta) == sp.ZeroMatrix(p, p)


def test_split_sums_takes_one_index():
    i, j, x = sp.Symbol("i"), sp.Symbol("j"), sp.IndexedBase("x")
    with pytest.raises(ValueError, match="2 indices"):
        derive.split_sums(sp.Sum(x[i] * x[j], (i, 1, n), (j, 1, n)))


@pytest.mark.parametrize(
    "scalar, wrt, error, message",
    [
        (X * beta, beta, ValueError, "shape"),
        (sp.Symbol("a") ** 2, 3, TypeError, "expected a Symbol"),
        (sp.Matrix([1, 2]), sp.Symbol("a"), ValueError, "shape"),
    ],
)
def test_bad_input_is_named(scalar, wrt, error, message):
    with pytest.raises(error, match=message):
        derive.gradient(scalar, wrt)


def test_hessian_needs_a_column():
    with pytest.raises(ValueError, match="column"):
        derive.hessian(r.T * r, X)


def test_explicit_names_the_size_without_a_number():
    with pytest.raises(ValueError, match="size p of X"):
        derive.explicit(X, {n: 3})


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(-5, 5), min_size=4, max_size=4),
    st.lists(st.integers(-5, 5), min_size=4, max_size=4),
    st.integers(-3, 3),
)
def test_split_sums_changes_the_form_and_not_the_value(xs, ys, slope):
    i, length, b = sp.Symbol("i", integer=True), sp.Symbol("n", positive=True, integer=True), sp.Symbol("b")
    x, z = sp.IndexedBase("x"), sp.IndexedBase("z")
    total = sp.Sum((z[i] - b * x[i] + 1) ** 2 / 2, (i, 1, length))
    split = derive.split_sums(total)
    assert not any(b in inner.free_symbols for inner in split.atoms(sp.Sum))
    numbers = {x[k]: xs[k - 1] for k in range(1, 5)} | {z[k]: ys[k - 1] for k in range(1, 5)} | {b: slope}
    values = [form.subs(length, 4).doit().subs(numbers) for form in (total, split)]
    assert values[0] == values[1]


def test_equation_typesets_each_side():
    a = sp.Symbol("alpha")
    assert derive.equation(r"\nabla J", a**2, "0")._repr_latex_() == r"$\displaystyle \nabla J = \alpha^{2} = 0$"
    with pytest.raises(ValueError, match="right-hand side"):
        derive.equation("J")
