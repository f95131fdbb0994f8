"""Right answers in every form, wrong answers by name: tables on linear regression, and their truths rewritten."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import check
from course_utils.check.bank import linear_regression

LINE = check.describe("H1-B1-w1").symbols
x, y, i, n, w1, w0 = (LINE[name] for name in ("x", "y", "i", "n", "w1", "w0"))
RSS = sp.Sum((y[i] - w1 * x[i] - w0) ** 2, (i, 1, n))
k = sp.Idx("k")
foreign_x, foreign_y = sp.IndexedBase("x"), sp.IndexedBase("y")

MODEL = check.describe("A1-Q1").symbols
X, Y, B, Y_hat = (MODEL[name] for name in ("X", "y", "beta", "y_hat"))
residual = Y - X * B
J = (residual.T * residual) / 2
row = sp.Symbol("row", integer=True)
other_X, other_Y = sp.MatrixSymbol("X", *sp.symbols("n p", integer=True)), sp.MatrixSymbol("y", sp.Symbol("n"), 1)

SLOPE = sp.Rational(1, 2)
INTERCEPT = sp.Rational(2, 3)

RIGHT = {
    "A1-marks": [
        40,
        40.0,
        "40",
        "8 + 8 + 5 + 4 + 15",
        "40.0",
        sp.Integer(40),
        np.int64(40),
        np.array([40]),
        torch.tensor(40),
        Fraction(40),
        Decimal(40),
        [40],
        sp.Float(40),
        "4e1",
    ],
    "A1-Q1": [
        J,
        J[0, 0],
        sp.expand(J),
        sp.Rational(1, 2) * (Y - Y_hat).T * (Y - Y_hat),
        sp.Sum((Y[row, 0] - Y_hat[row, 0]) ** 2, (row, 0, n - 1)) / 2,
        sp.Trace(residual * residual.T) / 2,
        "(y - X@beta).T @ (y - X@beta)/2",
        "0.5*sum((y - y_hat)**2)",
        "sum((y_i - y_hat_i)**2)/2",
        "np.linalg.norm(y - X@beta)**2/2",
        "(y.T*y - 2*beta.T*X.T*y + beta.T*X.T*X*beta)/2",
        "1/2*norm(X*beta - y)**2",
        "Sum((y[i] - y_hat[i])**2, (i, 1, n))/2",
        "dot(y - y_hat, y - y_hat)/2",
        "½*(y - X*β)ᵀ*(y − X·β)",
        "trace((y - y_hat)*(y - y_hat).T)/2",
        "n/2*mean((y - y_hat)**2)",
        "sum(hadamard(y - y_hat, y - y_hat))/2",
        "sum((y[i] - y_hat[i])**2 for i in range(n))/2",
        "sum(sum((y[i] - y_hat[i])**2 for i in range(n)) for j in range(1))/2",
        "Rational(1, 2)*sum((y-y_hat)**2)",
        "(y - y_hat).dot(y - y_hat)/2",
        "transpose(y - X*beta)*(y - X*beta)*2**-1",
        "sum(abs(y - y_hat)**2)/2",
    ],
    "A1-Q1b-gradient": [
        J.diff(B),
        X.T * X * B - X.T * Y,
        (-(residual.T) * X).T,
        X.T * (Y_hat - Y),
        -X.T * residual,
        "X.T*X*beta - X.T*y",
        "X.T @ (y_hat - y)",
        "((X*beta - y).T*X).T",
        "-X.T*(y - X*beta)",
        "-(X.T @ y) + X.T @ X @ beta",
        "-Xᵀ*(y − X*β)",
        "-transpose(X)*(y - y_hat)",
        "sum(y)*0 + X.T*(y_hat - y)*1",
    ],
    "A1-Q1b-hessian": [
        X.T * X,
        J.diff(B).diff(B),
        other_X.T * other_X,
        "X.T @ X",
        "(X.T*X).T",
        "transpose(X)*X",
        "X.transpose() @ X",
        "inv(inv(X.T*X))",
        "X.T*eye(n)*X",
        "(X.T*X)**1 + 0*eye(d + 1)",
        "(X.T)@(X)",
        X.T * sp.Identity(n) * X,
    ],
    "A1-Q1b": [
        (X.T * X).I * X.T * Y,
        sp.Inverse(X.T * X) * X.T * Y,
        (X.T * X) ** -1 * X.T * Y,
        (Y.T * X * (X.T * X).I).T,
        (other_X.T * other_X).I * other_X.T * other_Y,
        str((X.T * X).I * X.T * Y),
        "np.linalg.inv(X.T @ X) @ X.T @ y",
        "np.linalg.solve(X.T @ X, X.T @ y)",
        "np.linalg.pinv(X) @ y",
        "(X.T*X).I*X.T*y",
        "(X.T*X)**(-1)*X.T*y",
        "(Xᵀ*X)⁻¹*Xᵀ*y",
        "inv(X.T*X/n)*X.T*y/n",
        "inv(X.T*X)*(X.T*y)",
        "inv(-X.T*X)*X.T*(-y)",
    ],
    "A1-Q1b-tiny": [
        [INTERCEPT, SLOPE],
        (0.6667, 0.5),
        "[2/3, 1/2]",
        "(0.6667, 0.5)",
        "Matrix([2/3, 1/2])",
        "np.array([[0.66667], [0.5]])",
        sp.Matrix([INTERCEPT, SLOPE]),
        np.array([[2 / 3], [0.5]]),
        np.array([0.66667, 0.5]),
        [[0.66666667], [0.5]],
        torch.tensor([2 / 3, 0.5], requires_grad=True),
        np.array([2 / 3, 0.5], dtype=np.float32),
        ["2/3", "1/2"],
        np.linalg.lstsq(np.array([[1, 1], [1, 2], [1, 3.0]]), np.array([1, 2, 2.0]), rcond=None)[0],
    ],
    "A1-Q1c": [
        "kappa**2",
        "kappa*kappa",
        "κ²",
        sp.Symbol("kappa") ** 2,
        "exp(2*log(kappa))",
        "kappa**2.0",
        "sqrt(kappa**4)",
    ],
    "A1-Q1c-rank": [
        "infinitely many",
        "Infinitely-many",
        " infinitely_many ",
        "there are infinitely many solutions",
        "oo",
        float("inf"),
        "∞",
    ],
    "H1-B1-w1": [
        RSS.diff(w1),
        RSS.diff(w1).doit(),
        sp.expand(RSS.diff(w1)),
        sp.simplify(RSS.diff(w1)),
        sp.factor(RSS.diff(w1)),
        sp.Sum(-2 * x[i] * (y[i] - w1 * x[i] - w0), (i, 0, n - 1)),
        sp.Sum(
            -2 * foreign_x[k] * (foreign_y[k] - sp.Symbol("w1") * foreign_x[k] - sp.Symbol("w0")),
            (k, 1, sp.Symbol("n")),
        ),
        -2 * (LINE["S_xy"] - w1 * LINE["S_xx"] - w0 * LINE["S_x"]),
        "-2*sum(x*(y - w1*x - w0))",
        "2*sum(x*(w1*x + w0 - y))",
        "-2*(S_xy - w1*S_xx - w0*S_x)",
        "sum(-2*x*(y-w0-w1*x))",
        "-2*n*(mean(x*y) - w1*mean(x**2) - w0*x_bar)",
        "Sum(-2*x[i]*(y[i] - w0 - w1*x[i]), (i, 1, n))",
        "-2*np.sum(x*(y - w1*x - w0))",
        "sum(-2*x[i]*(y[i] - w1*x[i] - w0) for i in range(n))",
        "sum(-2*x[j]*(y[j] - w1*x[j] - w0) for j in range(1, n + 1))",
        "-2*Σ(xᵢ·(yᵢ − w₁·xᵢ − w₀))",
        "-2*x@(y - w1*x - w0)",
        "-2*dot(x, y - w1*x - w0)",
        "(2*x*(w1*x + w0 - y)).sum()",
        "-2*sum(x_i*(y_i - w_1*x_i - w_0))",
        "-2*Sxy + 2*w1*Sxx + 2*w0*n*xbar",
        "-2*torch.sum(x*y) + 2*w1*sum(x**2) + 2*w0*sum(x)",
        "sum((y - w1*x - w0)*x)*(-2)",
        "-sum(2*x*y - 2*w1*x**2 - 2*w0*x)",
    ],
    "H1-B1-w0": [
        RSS.diff(w0),
        RSS.diff(w0).doit(),
        sp.expand(RSS.diff(w0)),
        "-2*sum(y - w1*x - w0)",
        "2*sum(w1*x + w0 - y)",
        "-2*sum(y) + 2*w1*sum(x) + 2*n*w0",
        "-2*n*(y_bar - w1*x_bar - w0)",
        "-2*(S_y - w1*S_x - n*w0)",
        "-2*n*mean(y - w1*x - w0)",
        "-2*(sum(y) - w1*sum(x) - sum(w0 for i in range(n)))",
        "-2*(sum(y) - w1*sum(x) - Sum(w0, (i, 1, n)))",
    ],
    "H1-B1-sol": [
        "sum((x - x_bar)*(y - y_bar))/sum((x - x_bar)**2)",
        "(n*S_xy - S_x*S_y)/(n*S_xx - S_x**2)",
        "sum((x - x_bar)*y)/sum((x - x_bar)*x)",
        "(mean(x*y) - x_bar*y_bar)/(mean(x**2) - x_bar**2)",
        "(Sxy - n*xbar*ybar)/(Sxx - n*xbar**2)",
        "sum((x - mean(x))*(y - mean(y)))/sum((x - mean(x))**2)",
        "(n*sum(x*y) - sum(x)*sum(y))/(n*sum(x*x) - sum(x)**2)",
        "(S_xy - S_x*S_y/n)/(S_xx - S_x*S_x/n)",
        sp.Sum((x[i] - LINE["x_bar"]) * (y[i] - LINE["y_bar"]), (i, 1, n))
        / sp.Sum((x[i] - LINE["x_bar"]) ** 2, (i, 1, n)),
        "dot(x - x_bar, y - y_bar)/norm(x - x_bar)**2",
        "(S_xy - x_bar*S_y)/(S_xx - x_bar*S_x)",
    ],
    "H1-B1-sol-w0": [
        "y_bar - w1*x_bar",
        "(S_y - w1*S_x)/n",
        "mean(y - w1*x)",
        "(S_xx*S_y - S_x*S_xy)/(n*S_xx - S_x**2)",
        "mean(y) - mean(x)*(n*S_xy - S_x*S_y)/(n*S_xx - S_x**2)",
        LINE["y_bar"] - w1 * LINE["x_bar"],
        "-w1*x_bar + y_bar",
    ],
}

# Each with the name it must get: None where it is wrong and no name fits.
WRONG = {
    "A1-marks": [
        (25, "coding-part-left-out"),
        ("8+8+5+4", "coding-part-left-out"),
        (15, "written-part-left-out"),
        (-40, "sign"),
        (80, "factor-two"),
        (20, "factor-two"),
        (41, None),
        (40.0001, None),
        (np.array([[40, 40]]), "wrong-shape"),
    ],
    "A1-Q1": [
        (2 * J, "half-convention"),
        ("sum((y - y_hat)**2)", "half-convention"),
        ("norm(y - y_hat)/2", "norm-not-squared"),
        ("norm(y - X*beta)", "norm-not-squared"),
        ("sum(abs(y - y_hat))", "absolute-not-squared"),
        ("sum(y - y_hat)**2/2", "sum-squared"),
        ("sum(y - y_hat)/2", "residual-not-squared"),
        ("norm(y + X*beta)**2/2", "residual-sign"),
        ("norm(X*beta)**2/2", "target-left-out"),
        (-J, "sign"),
        (J / 2, "factor-two"),
        (J / n, "averaged-not-summed"),
        ("mean((y - y_hat)**2)/2", "averaged-not-summed"),
        ("mean((y - y_hat)**2)", "half-convention-and-averaged-not-summed"),
        ("-sum((y - y_hat)**2)", "half-convention-and-sign"),
        ("(y - y_hat)**2/2", "not-summed"),
        ("(y - y_hat)**2", "not-summed-and-factor-two"),
        ("y - y_hat", "wrong-shape"),
        (residual * residual.T / 2, "wrong-shape"),
        ("norm(y - X*beta)**2/2 + 1", "off-by-a-constant"),
        ("3*norm(y-y_hat)**2", "constant-factor"),
        ("norm(y-y_hat)**2 + sum(y)", None),
        ("(y - beta*X).T*(y - beta*X)/2", "wrong-shape"),
        ("-sum((y-y_hat)**2)/4", "sign-and-factor-two"),
        ("0", "number-for-formula"),
        ("1", "number-for-formula"),
        ("-norm(y - X*beta)", "norm-not-squared-and-sign"),
    ],
    "A1-Q1b-gradient": [
        (X.T * residual, "sign"),
        (2 * J.diff(B), "half-convention"),
        ("-X.T*y", "term-left-out"),
        ("X.T*X*beta", "term-left-out"),
        ("X.T*X*beta/2 - X.T*y", "quadratic-form-derivative"),
        ("2*X.T*X*beta - X.T*y", "quadratic-form-derivative"),
        ("X.T*X", "hessian-for-gradient"),
        (-(residual.T) * X, "transposed"),
        ("(y_hat - y).T*X", "transposed"),
        ("(y - y_hat).T*X", "transposed-and-sign"),
        ("-X*(y - X*beta)", "transposed"),
        ("X.T*(y_hat - y)/n", "averaged-not-summed"),
        ("X.T*(y_hat - y)*2/n", "half-convention-and-averaged-not-summed"),
        ("2*X.T*(y - y_hat)", "half-convention-and-sign"),
        ("y_hat - y", "wrong-shape"),
        ("X.T*(y_hat - y)/2", "factor-two"),
        ("beta", None),
        ("0*beta", None),
        ("-X.T*(y + X*beta)", "residual-sign"),
        ("norm(y - y_hat)", "wrong-shape"),
        ("n*X.T*(y_hat - y)", "summed-not-averaged"),
    ],
    "A1-Q1b-hessian": [
        (2 * X.T * X, "half-convention"),
        (X * X.T, "gram-matrix-wrong-way-round"),
        (J.diff(B), "gradient-for-hessian"),
        ((X.T * X).I, "inverse-of-the-hessian"),
        (-X.T * X, "sign"),
        ("X.T*X/n", "averaged-not-summed"),
        ("X", "wrong-shape"),
        ("X.T", "wrong-shape"),
        ("X*X", "transposed"),
        ("X.T*X/2", "factor-two"),
        ("X.T*X + eye(d + 1)", None),
        ("X**2", "wrong-shape"),
        ("2*X.T*X/n", "half-convention-and-averaged-not-summed"),
        ("eye(d + 1)", None),
    ],
    "A1-Q1b": [
        (X.T * Y, "inverse-left-out"),
        ("X.T*X*X.T*y", "inverse-left-out"),
        ("inv(X.T*X)*X.T", "target-left-out"),
        ("inv(X.T*X)", "target-left-out"),
        ("X*inv(X.T*X)*X.T*y", "predictions-for-coefficients"),
        ("2*inv(X.T*X)*X.T*y", "half-convention"),
        ("-inv(X.T*X)*X.T*y", "sign"),
        ("inv(X)*y", "inverse-of-a-rectangle"),
        ("inv(X)*inv(X.T)*X.T*y", "inverse-of-a-rectangle"),
        ("X.I*y", "inverse-of-a-rectangle"),
        ("inv(X*X.T)*X*y", "singular-inverse"),
        ("X.T*inv(X*X.T)*y", "singular-inverse"),
        ("inv(X.T*X)*X*y", "transposed"),
        ("X.T*y*inv(X.T*X)", "wrong-shape"),
        ("(inv(X.T*X)*X.T*y).T", "transposed"),
        ("y/X", "wrong-shape"),
        ("y", "wrong-shape"),
        ("X.T*y/(X.T*X)", "wrong-shape"),
        ("inv(X.T*X)*X.T*y/n", "averaged-not-summed"),
        ("X*y", "wrong-shape"),
        ("inv(X.T*X)*X.T*y + 1", None),
    ],
    "A1-Q1b-tiny": [
        ([SLOPE, INTERCEPT], "slope-first"),
        ([0, Fraction(11, 14)], "column-of-ones-left-out"),
        ([5, 11], "right-hand-side-for-solution"),
        ([-INTERCEPT, SLOPE], "intercept-sign"),
        (0.5, "wrong-shape"),
        (np.array([[2 / 3, 0.5]]), "transposed"),
        ([-INTERCEPT, -SLOPE], "sign"),
        ([2 * INTERCEPT, 2 * SLOPE], "factor-two"),
        ([6.667, 5], "decimal-point"),
        ([0.67, 0.5], "rounding"),
        ([0.666, 0.5], "truncated"),
        ([1, 2, 3], "wrong-shape"),
        ([1, 1], None),
        ("[2/3, 1/2, 0]", "wrong-shape"),
        ([0.6668, 0.5], "rounding"),
    ],
    "A1-Q1c": [
        ("kappa", "condition-unchanged"),
        ("2*kappa", "condition-doubled"),
        ("sqrt(kappa)", "condition-of-the-root"),
        ("1/kappa", "condition-of-the-inverse"),
        ("2*kappa**2", "factor-two"),
        ("-kappa**2", "sign"),
        ("kappa**3", "extra-factor"),
        ("kappa**2 + 1", "off-by-a-constant"),
        ("3*kappa**2", "constant-factor"),
        ("exp(kappa)", None),
    ],
    "A1-Q1c-rank": [
        ("none", "singular-means-no-solution"),
        (0, "singular-means-no-solution"),
        ("one", "solution-still-unique"),
        ("there is exactly one solution", "solution-still-unique"),
    ],
    "H1-B1-w1": [
        (RSS.diff(w1) / 2, "half-convention"),
        ("-sum(x*(y - w1*x - w0))", "half-convention"),
        (RSS.diff(w0), "wrong-variable"),
        ("-2*sum(y - w1*x - w0)", "wrong-variable"),
        ("2*sum(y - w1*x - w0)", "inner-derivative-left-out"),
        ("-2*sum(x*(y - w1*x - w0)**2)", "residual-still-squared"),
        ("-2*sum(x)*sum(y - w1*x - w0)", "input-outside-the-sum"),
        ("-2*sum(x*(y - w1*x + w0))", "residual-sign"),
        ("-2*w1*sum(y - w1*x - w0)", "weight-for-input"),
        ("-2*sum(y*(y - w1*x - w0))", "target-for-input"),
        ("-2*sum(x*(y - w1*x))", "intercept-left-out"),
        (-RSS.diff(w1), "sign"),
        ("sum(x*(y - w1*x - w0))", "half-convention-and-sign"),
        (2 * RSS.diff(w1), "factor-two"),
        ("-2*mean(x*(y - w1*x - w0))", "averaged-not-summed"),
        ("-2*x*(y - w1*x - w0)", "not-summed"),
        ("-x*(y - w1*x - w0)", "not-summed-and-factor-two"),
        ("-mean(x*(y - w1*x - w0))", "half-convention-and-averaged-not-summed"),
        ("-2*w1*sum(x*(y - w1*x - w0))", "extra-factor"),
        ("-2*sum(x*(y - w1*x - w0))/w0", "missing-factor"),
        ("-2*sum(x*(y - w1*x - w0)) - 3", "off-by-a-constant"),
        ("-6*sum(x*(y - w1*x - w0))", "constant-factor"),
        ("sum(x*y)", "term-left-out-and-sign-and-factor-two"),
        (RSS, None),
        ("x", "wrong-shape"),
        ("-2*n*sum(x*(y - w1*x - w0))", "summed-not-averaged"),
        ("-sum(y - w1*x - w0)", "wrong-variable-and-factor-two"),
        ("0", "number-for-formula"),
    ],
    "H1-B1-w0": [
        ("-sum(y - w1*x - w0)", "half-convention"),
        (RSS.diff(w1), "wrong-variable"),
        ("2*sum(y - w1*x - w0)", "sign"),
        ("-2*sum((y - w1*x - w0)**2)", "residual-still-squared"),
        ("-2*w0*sum(y - w1*x - w0)", "weight-for-one"),
        ("-2*sum(y - w1*x + w0)", "residual-sign"),
        ("-2*(sum(y) - w1*sum(x) - w0)", "intercept-not-summed"),
        ("-2*sum(y - w1*x)", "intercept-left-out"),
        ("sum(y - w1*x - w0)", "half-convention-and-sign"),
        ("-2*mean(y - w1*x - w0)", "averaged-not-summed"),
        ("-2*(y - w1*x - w0)", "not-summed"),
        ("2*(y - w1*x - w0)", "not-summed-and-sign"),
        ("-2*(y_bar - w1*x_bar - w0)", "averaged-not-summed"),
        ("2*mean(y - w1*x - w0)", "averaged-not-summed-and-sign"),
        ("-2*n", None),
    ],
    "H1-B1-sol": [
        ("S_xy/S_xx", "through-the-origin"),
        ("sum(x*y)/sum(x**2)", "through-the-origin"),
        ("sum((x - x_bar)*(y - y_bar))/sum((y - y_bar)**2)", "variables-exchanged"),
        ("dot(x - x_bar, y - y_bar)/(norm(x - x_bar)*norm(y - y_bar))", "correlation-for-slope"),
        ("sum((x - x_bar)*(y - y_bar))", "denominator-left-out"),
        ("mean(x*y) - x_bar*y_bar", "denominator-left-out"),
        ("sum((x - x_bar)*(y - y_bar))/norm(x - x_bar)", "standard-deviation-for-variance"),
        ("(S_xy - S_x*S_y)/(S_xx - S_x**2)", "n-left-out"),
        ("y_bar/x_bar", "ratio-of-means"),
        ("S_y/S_x", "ratio-of-means"),
        ("mean(y/x)", "mean-of-ratios"),
        ("sum((x - x_bar)**2)/sum((x - x_bar)*(y - y_bar))", "reciprocal"),
        ("-(n*S_xy - S_x*S_y)/(n*S_xx - S_x**2)", "sign"),
        ("(S_x*S_y - n*S_xy)/(n*S_xx - S_x**2)", "sign"),
        ("(S_xy - x_bar*y_bar)/(S_xx - x_bar**2)", None),
        ("-S_xy/S_xx", "through-the-origin-and-sign"),
        ("(x - x_bar)*(y - y_bar)/sum((x - x_bar)**2)", "not-summed"),
        ("(y - y_bar)/(x - x_bar)", "wrong-shape"),
        ("mean((x - x_bar)*(y - y_bar))/sum((x - x_bar)**2)", "averaged-not-summed"),
        ("sum((x - x_bar)*(y - y_bar))/mean((x - x_bar)**2)", "summed-not-averaged"),
    ],
    "H1-B1-sol-w0": [
        ("y_bar + w1*x_bar", "sign-of-the-slope-term"),
        ("y_bar", "intercept-is-mean"),
        ("x_bar - w1*y_bar", "means-exchanged"),
        ("S_y - w1*S_x", "sums-for-means"),
        ("sum(y - w1*x)", "sums-for-means"),
        ("y_bar - x_bar", "slope-left-out"),
        ("w1*x_bar - y_bar", "sign"),
        ("y - w1*x", "not-summed-and-summed-not-averaged"),
        ("2*(y_bar - w1*x_bar)", "factor-two"),
    ],
}


def cases(table):
    return [
        pytest.param(question_id, entry, id=f"{question_id}-{number}")
        for question_id, entries in table.items()
        for number, entry in enumerate(entries)
    ]


def test_every_question_on_linear_regression_has_right_and_wrong_answers_here():
    assert set(RIGHT) == set(WRONG) == {question.id for question in linear_regression.QUESTIONS}


@pytest.mark.parametrize(("question_id", "given"), cases(RIGHT))
def test_right_in_any_form(question_id, given):
    verdict = check.answer(question_id, given)
    assert verdict.correct, f"{given!r}: {verdict!r}"
    assert verdict.marks == verdict.out_of == check.describe(question_id).marks


@pytest.mark.parametrize(("question_id", "case"), cases(WRONG))
def test_wrong_with_a_name(question_id, case):
    given, name = case
    verdict = check.answer(question_id, given)
    assert verdict.kind == "wrong", f"{given!r}: {verdict!r}"
    assert verdict.misconception == name, f"{given!r}: {verdict!r}"
    assert verdict.marks == 0 and verdict.hint
    assert verdict.slips == () or name.startswith(verdict.slips[0])


@pytest.mark.parametrize("question_id", check.questions())
def test_every_truth_is_right(question_id):
    question = check.describe(question_id)
    verdict = check.answer(question_id, question.truth)
    assert verdict.correct and verdict.marks == question.marks, repr(verdict)


def known_mistakes():
    for question_id in check.questions():
        for mistake in check.describe(question_id).known:
            yield from (
                pytest.param(question_id, mistake.name, form, id=f"{question_id}-{mistake.name}-{number}")
                for number, form in enumerate(mistake.forms)
            )


@pytest.mark.parametrize(("question_id", "name", "form"), list(known_mistakes()))
def test_every_form_of_a_known_mistake_gets_its_own_name(question_id, name, form):
    verdict = check.answer(question_id, form)
    assert (verdict.kind, verdict.misconception) == ("wrong", name), repr(verdict)
    hints = [mistake.hint for mistake in check.describe(question_id).known if mistake.name == name]
    assert verdict.hint.startswith(tuple(hints))  # a word on what the sign alone cannot tell may follow


def squeezed(text):
    return "".join(text.split())


@pytest.mark.parametrize("question_id", check.questions())
def test_no_known_hint_holds_the_truth(question_id):
    question = check.describe(question_id)
    for mistake in question.known:
        assert len(question.truth) < 4 or squeezed(question.truth) not in squeezed(mistake.hint)


@pytest.mark.parametrize("question_id", RIGHT)
def test_no_hint_gives_the_answer_away(question_id):
    question = check.describe(question_id)
    verdicts = [check.answer(question_id, form) for mistake in question.known for form in mistake.forms]
    verdicts += [check.answer(question_id, given) for given, _ in WRONG[question_id]]
    for hint in {verdict.hint for verdict in verdicts} | {mistake.hint for mistake in question.known}:
        assert squeezed(question.truth) not in squeezed(hint)
        assert not re.search(r"sum\((?!\.\.\.)|inv\(|\*\*|S_xy\s*[-/]", hint), f"the hint holds a formula: {hint}"
        if question.answer_type == "choice":
            assert question.truth not in hint and question.choices[question.truth] not in hint
        if question.answer_type == "number" or question.tolerance:
            assert not re.search(r"\d{2}|\d\.\d|\d/\d", hint), f"the hint holds a number: {hint}"


def test_a_sign_is_told_as_ambiguous():
    hint = check.answer("H1-B1-w1", -RSS.diff(w1)).hint
    assert "several" in hint.lower() and "residual" in hint and "descent" in hint


def test_two_slips_are_told_as_two():
    verdict = check.answer("H1-B1-w1", "sum(x*(y - w1*x - w0))")
    assert verdict.slips == ("half-convention", "sign") and verdict.hint.startswith("Several slips at once.")


# --- rewritings ------------------------------------------------------------------------------------------------------

FORMULAS = [question_id for question_id in RIGHT if check.describe(question_id).answer_type != "choice"]
SCALARS = [question_id for question_id in FORMULAS if check.describe(question_id).answer_type == "expression"]
COEFFICIENT = st.fractions(min_value=Fraction(1, 9), max_value=9, max_denominator=9)

EQUIVALENT = [
    lambda e, c: f"-(-({e}))",
    lambda e, c: f"({e})*({c})/({c})",
    lambda e, c: f"{c}*({e}) - ({c} - 1)*({e})",
    lambda e, c: f"(({e}).T).T",
    lambda e, c: f"({e})/2 + ({e})*0.5",
    lambda e, c: f"({e}) + ({e}) - ({e})",
    lambda e, c: f"inv({c})*({e})*({c})",
    lambda e, c: f"({e})*exp(log({c}))/({c})",
    lambda e, c: f"sqrt({c})**2*({e})/({c})",
]


@st.composite
def rewritten(draw, ids):
    question_id = draw(st.sampled_from(ids))
    text = check.describe(question_id).truth
    for step in draw(st.lists(st.sampled_from(EQUIVALENT), min_size=1, max_size=3)):
        longer = step(text, f"({draw(COEFFICIENT)})")
        text = longer if len(longer) < 900 else text
    return question_id, text


@settings(max_examples=120, deadline=None, derandomize=True)
@given(rewritten(FORMULAS))
def test_a_rewritten_truth_is_right(case):
    verdict = check.answer(*case)
    assert verdict.correct, f"{case}: {verdict!r}"


@settings(max_examples=120, deadline=None, derandomize=True)
@given(rewritten(FORMULAS), COEFFICIENT.filter(lambda c: c != 1), st.sampled_from([1, -1]))
def test_a_rewritten_truth_times_a_number_is_wrong(case, coefficient, sign):
    question_id, text = case
    verdict = check.answer(question_id, f"{sign}*({coefficient})*({text})")
    assert verdict.kind == "wrong"
    if coefficient in (2, Fraction(1, 2)) and question_id.startswith("H1"):
        assert {"factor-two", "half-convention"} & set(verdict.slips)
    if check.describe(question_id).answer_type == "expression" and question_id != "A1-Q1c":
        assert verdict.misconception, repr(verdict)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(rewritten(SCALARS), st.fractions(min_value=-5, max_value=5, max_denominator=10**12).filter(bool))
def test_a_truth_with_any_constant_added_is_wrong(case, constant):
    question_id, text = case
    verdict = check.answer(question_id, f"{text} + ({constant})")
    assert (verdict.kind, verdict.misconception) == ("wrong", "off-by-a-constant"), repr(verdict)


@pytest.mark.parametrize("size", ["1e-40", "exp(-60)", "1e-45*w1", "1e-30*S_xx/n"])
def test_a_tiny_difference_is_still_a_difference(size):
    assert check.answer("H1-B1-w0", f"-2*sum(y - w1*x - w0) + {size}").kind == "wrong"


def test_a_float_stands_for_the_number_it_was_rounded_from():
    third = 1 / 3
    assert check.answer("H1-B1-w0", f"-6*sum(y - w1*x - w0)*{third!r}").correct
    assert check.answer("H1-B1-w0", sp.Float(third) * 3 * RSS.diff(w0)).correct
    assert not check.answer("H1-B1-w0", "-6*sum(y - w1*x - w0)*0.333333").correct
    assert not check.answer("H1-B1-w0", "-6*sum(y - w1*x - w0)*0.3333330000000001").correct


@pytest.mark.parametrize("extra", ["(n - 6)", "(n - 6)*(n - 7)*(n - 8)"])
def test_a_formula_right_for_some_numbers_of_observations_only_is_wrong(extra):
    assert check.answer("H1-B1-w0", f"-2*sum(y - w1*x - w0) + {extra}").kind == "wrong"
