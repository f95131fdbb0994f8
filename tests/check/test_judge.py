"""The judge on a question outside the bank: a chain of derivatives through a sigmoid, with factors to forget."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from course_utils.check import arithmetic as ar
from course_utils.check.arithmetic import Array
from course_utils.check.evaluate import Budget, Evaluator
from course_utils.check.expressions import Names, read_text
from course_utils.check.judge import judge
from course_utils.check.questions import Factor, Misconception, Quantity, Question
from course_utils.check.tree import Singular, SingularMatrix, UnclearAnswer

CHAIN = Question(
    "chain",
    "A network of one neuron each: z1 = w1 x + b1, a1 = σ(z1), a2 = σ(w2 a1 + b2), binary cross-entropy. Give ∂L/∂w1.",
    "expression",
    "(a2 - t)*w2*a1*(1 - a1)*x",
    marks=2.0,
    quantities=(
        Quantity("x", "input", role="the input"),
        Quantity("t", "target", domain="probability", role="the target"),
        Quantity("w1", "weight", role="a weight"),
        Quantity("b1", "bias", role="a bias"),
        Quantity("w2", "weight", role="a weight"),
        Quantity("b2", "bias", role="a bias"),
        Quantity("z1", "hidden score", definition="w1*x + b1", role="a score"),
        Quantity("a1", "hidden activation", definition="sigma(z1)", role="an activation"),
        Quantity("a2", "prediction", definition="sigma(w2*a1 + b2)", role="the prediction"),
    ),
    known=(
        Misconception(
            "score-for-input", ("(a2 - t)*w2*a1*(1 - a1)*z1",), "Look at the last link: what does w1 multiply?"
        ),
    ),
    factors=(
        Factor("1 - a1", "one half of the derivative of an activation"),
        Factor("a1*(1 - a1)", "the derivative of an activation"),
        Factor("a2 - t", "the error at the output"),
    ),
)


def test_the_truth_of_the_chain_is_the_derivative_of_the_loss():
    x, t, w1, b1, w2, b2 = sp.symbols("x t w1 b1 w2 b2")
    hidden = 1 / (1 + sp.exp(-(w1 * x + b1)))
    output = 1 / (1 + sp.exp(-(w2 * hidden + b2)))
    loss = -(t * sp.log(output) + (1 - t) * sp.log(1 - output))
    assert judge(CHAIN, sp.diff(loss, w1)).correct
    assert judge(CHAIN, sp.diff(loss, w2)).kind == "wrong"


@pytest.mark.parametrize(
    "given",
    [
        "(a2 - t)*w2*sigma(z1)*(1 - sigma(z1))*x",
        "(sigmoid(w2*sigmoid(w1*x + b1) + b2) - t)*w2*exp(-z1)/(1 + exp(-z1))**2*x",
        "-(t - a2)*x*w2*(a1 - a1**2)",
        "(1/(1 + exp(-(w2*a1 + b2))) - t)*w2*x*a1/(1 + exp(z1))",
        "(a2 - t)*w2*x*(1 - tanh(z1/2)**2)/4",
        "(a2 - t)*w2*a1*(1 - a1)*(z1 - b1)/w1",
    ],
)
def test_right_with_the_sigmoid_written_in_any_way(given):
    verdict = judge(CHAIN, given)
    assert verdict.correct and verdict.marks == 2


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ("(a2 - t)*w2*a1*(1 - a1)*z1", "score-for-input", "last link"),
        ("-(a2 - t)*w2*a1*(1 - a1)*z1", "score-for-input-and-sign", "last link"),
        ("(t - a2)*w2*a1*(1 - a1)*x", "sign", "minus signs"),
        ("(a2 - t)*a1*(1 - a1)*x", "missing-factor", "a weight"),
        ("(a2 - t)*w2*a1*(1 - a1)", "missing-factor", "the input"),
        ("(a2 - t)*w2*a1*x", "missing-factor", "one half of the derivative"),
        ("(a2 - t)*w2*x", "missing-factor", "the derivative of an activation"),
        ("w2*a1*(1 - a1)*x", "missing-factor", "the error at the output"),
        ("(a2 - t)*w2*a1**2*(1 - a1)*x", "extra-factor", "an activation"),
        ("(a2 - t)*w2*w1*a1*(1 - a1)*x", "extra-factor", "a weight"),
        ("(a2 - t)*w2*a1**2*(1 - a1)**2*x", "extra-factor", "the derivative of an activation"),
        ("(t - a2)*a1*(1 - a1)*x", "missing-factor-and-sign", "a weight"),
        ("2*(a2 - t)*w2*a1*(1 - a1)", "missing-factor-and-factor-two", "the input"),
        ("2*(a2 - t)*w2*a1*(1 - a1)*x", "factor-two", "½"),
        ("(a2 - t)*w2*a1*(1 - a1)*x - 7/3", "off-by-a-constant", "constant"),
        ("5*(a2 - t)*w2*a1*(1 - a1)*x", "constant-factor", "constant multiple"),
        ("1/((a2 - t)*w2*a1*(1 - a1)*x)", "reciprocal", "exchanged"),
        ("(a2 - t)*x", "part-of-the-chain", "others are missing"),
        ("(a2 - t)*w2*a2*(1 - a2)*x", "slope-at-the-wrong-place", "wrong place"),
        ("(a2 - t)*w2*z1*(1 - z1)*x", "slope-at-the-wrong-place", "wrong place"),
        ("(a2 - t)*w2*(1 - a1**2)*x", "slope-of-another-activation", "another activation"),
        ("(a2 - t)*w2*a1*(1 - a1)*b2", "wrong-symbol", "the input"),
        ("(a2 + t)*w2*a1*(1 - a1)*x", "sign-of-a-term", "one term"),
        ("(a2 - t)*w2*a1*(1 - a1*x)", "bracket-misplaced", "bracket"),
        ("-2*(a2 - t)*w2*a1*x", "value-for-slope-and-sign-and-factor-two", "Several slips"),
        ("(a2 - t)*w2*a1*(1 - a1)*z1/w2", "score-for-input-and-missing-factor", "Several slips"),
        ("0.25", "number-for-formula", "a number"),
        ("x + w2*a1**2", None, "small numbers"),
    ],
)
def test_the_forgotten_link_is_told_by_its_kind(given, name, said):
    verdict = judge(CHAIN, given)
    assert (verdict.kind, verdict.misconception) == ("wrong", name)
    assert said in verdict.hint


def test_a_missing_factor_is_not_spelled_out():
    for given in ("(a2 - t)*a1*(1 - a1)*x", "(a2 - t)*w2*x"):
        assert not any(symbol in judge(CHAIN, given).hint for symbol in ("w2", "a1", "(1"))


def test_a_removable_hole_does_not_matter():
    """Points where the answer has no value are drawn again; what counts is where it has one."""
    question = Question("hole", "Give n.", "expression", "n", quantities=(Quantity("n", "observations", "size"),))
    assert judge(question, "n*(n - 7)*(n - 10)/((n - 7)*(n - 10))").correct
    assert not judge(question, "n*(n - 7)*(n - 10)/((n - 7)*(n - 10)) + 1").correct


def test_a_matrix_question_tells_transposed_square_answers():
    square = Question(
        "square",
        "Give W.",
        "matrix",
        "W",
        quantities=(Quantity("d", "inputs", "size"), Quantity("W", "weights", "matrix", ("d", "d"))),
    )
    assert judge(square, "W").correct
    assert judge(square, "W.T").misconception == "transposed"
    assert judge(square, "-W.T").misconception != "transposed"
    assert judge(square, "W + W.T").misconception is None


# --- numbers and arrays ----------------------------------------------------------------------------------------------


def fractions_array(values):
    return Array(values.shape, tuple(Fraction(int(value)) for value in values.ravel()))


@pytest.mark.parametrize("seed", range(5))
def test_linear_algebra_against_sympy(seed):
    values = np.random.default_rng(seed).integers(-9, 9, size=(4, 4))
    a, reference = fractions_array(values), sp.Matrix(values)
    assert [sp.Rational(e.numerator, e.denominator) for e in ar.inverse(a).entries] == list(reference.inv())
    assert ar.determinant(a) == int(reference.det())
    assert ar.matrix_product(a, ar.inverse(a)) == ar.identity(4)
    assert list(ar.transpose(a).entries) == list(reference.T)


def test_a_singular_matrix_has_no_inverse_and_determinant_zero():
    singular = fractions_array(np.array([[1, 2, 3], [2, 4, 6], [1, 0, 1]]))
    with pytest.raises(SingularMatrix):
        ar.inverse(singular)
    assert ar.determinant(singular) == 0


def test_a_matrix_of_reals_that_is_singular_is_found_so():
    root = ar.square_root(Fraction(2))
    with pytest.raises(SingularMatrix):
        ar.inverse(Array((2, 2), (root, ar.real(Fraction(2)), ar.real(Fraction(1)), root)))


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("exp(a)", sp.exp),
        ("log(a)", sp.log),
        ("sqrt(a)", sp.sqrt),
        ("tanh(a)", sp.tanh),
        ("sin(a)", sp.sin),
        ("cos(a)", sp.cos),
        ("sigma(a)", lambda v: 1 / (1 + sp.exp(-v))),
        ("abs(-a)", abs),
        ("a**(2/3)", lambda v: v ** sp.Rational(2, 3)),
        ("a**-3", lambda v: v**-3),
        ("a**pi", lambda v: v**sp.pi),
        ("E**a", sp.exp),
    ],
)
def test_functions_against_sympy_to_a_hundred_digits(text, reference):
    value = Evaluator({"a": Fraction(5, 3)})(read_text(text, Names(("a",))))
    expected = sp.N(reference(sp.Rational(5, 3)), 130)
    assert abs(sp.Rational(str(ar.real(value))) - sp.Rational(str(expected))) < sp.Rational(1, 10**100)


@pytest.mark.parametrize("text", ["0**-1", "a/0", "log(0)", "log(-a)", "sqrt(-a)", "(-a)**(1/2)", "1/(a - a)"])
def test_no_real_value_is_singular(text):
    with pytest.raises(Singular):
        Evaluator({"a": Fraction(5, 3)})(read_text(text, Names(("a",))))


def test_numbers_stay_exact_until_they_are_long():
    point = {"a": Fraction(123_457, 1_000_003)}
    short = Evaluator(point)(read_text("a**20 + 1/a", Names(("a",))))
    assert short == Fraction(123_457, 1_000_003) ** 20 + Fraction(1_000_003, 123_457)
    assert not isinstance(Evaluator(point)(read_text("a**900", Names(("a",)))), Fraction)
    assert isinstance(ar.square_root(Fraction(9, 4)), Fraction)


def test_the_budget_ends():
    budget = Budget(steps=10)
    with pytest.raises(UnclearAnswer, match="too long"):
        Evaluator({}, budget)(read_text("1+2+3+4+5+6+7+8+9", Names(())))
    with pytest.raises(UnclearAnswer, match="too long"):
        Evaluator({}, Budget(seconds=-1))(read_text("1", Names(())))


def test_close_is_exact_for_fractions_and_tight_for_reals():
    third = Fraction(1, 3)
    assert ar.close(third, third) and not ar.close(third, third + Fraction(1, 10**80))
    assert ar.close(ar.real(third), third) and not ar.close(ar.real(third), third + Fraction(1, 10**49))
    assert ar.close(third, Fraction(3334, 10000), Fraction(1, 10000))
    assert not ar.close(third, Fraction(3336, 10000), Fraction(1, 10000))
