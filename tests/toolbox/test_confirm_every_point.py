"""A claim is confirmed only where it holds at every point and in every entry."""

import pytest
import sympy as sp

from course_utils import confirm

w, x = sp.symbols("w x", real=True)


def test_an_identity_must_hold_at_every_point():
    confirm.identity(w**2, w, at=[{w: 0}, {w: 1}])
    with pytest.raises(AssertionError, match="the left side is 4"):
        confirm.identity(w**2, w, at=[{w: 1}, {w: 2}])


def test_a_gradient_must_hold_at_every_point():
    with pytest.raises(AssertionError, match="∂/∂w"):
        confirm.gradient(w**3, w, claimed=3 * w, at=[{w: 1}, {w: 2}])


@pytest.mark.parametrize("row", range(2))
@pytest.mark.parametrize("column", range(2))
def test_an_identity_must_hold_in_every_entry(row, column):
    right = sp.Matrix([[w, x], [2 * w, 2 * x]])
    wrong = right.copy()
    wrong[row, column] += 1
    confirm.identity(right, right)
    with pytest.raises(AssertionError, match=rf"\[{row}, {column}\]"):
        confirm.identity(right, wrong)


@pytest.mark.parametrize("entry", range(3))
def test_a_gradient_must_hold_in_every_entry(entry):
    symbols = sp.symbols("a b c", real=True)
    loss = symbols[0] ** 2 * symbols[1] + sp.exp(symbols[2])
    claimed = [sp.diff(loss, symbol) for symbol in symbols]
    claimed[entry] = -claimed[entry]
    with pytest.raises(AssertionError, match=f"∂/∂{symbols[entry]}"):
        confirm.gradient(loss, list(symbols), claimed=claimed)
