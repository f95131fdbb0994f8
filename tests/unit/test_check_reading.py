"""What is no answer: hostile text, broken formulas, wrong types. Each gets a message in time, and none of it runs."""

import faulthandler
import re
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.parsing.sympy_parser import parse_expr, rationalize, standard_transformations

import course_utils.check
from course_utils import check
from course_utils.check.evaluate import Evaluator
from course_utils.check.expressions import Names, read_text
from course_utils.check.tree import UnclearAnswer

SLOWEST = 2.0
LINE = check.describe("H1-B1-w1").symbols
x, i, n, w1, w0 = (LINE[name] for name in ("x", "i", "n", "w1", "w0"))


@pytest.fixture(autouse=True)
def ends_even_where_a_limit_is_lost():
    """A limit that stopped working would let a test run for ever: end the process, with a traceback, instead."""
    faulthandler.dump_traceback_later(30, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def unclear(given_answer, question_id="H1-B1-w1"):
    """The message on an answer that must not be judged, within the time allowed."""
    start = time.perf_counter()
    verdict = check.answer(question_id, given_answer)
    assert time.perf_counter() - start < SLOWEST
    assert verdict.kind == "unclear", repr(verdict)
    assert not verdict.correct and verdict.marks == 0 and verdict.misconception is None
    assert 20 < len(verdict.hint) < 320
    return verdict.hint


# Text, and a piece of the message it must get.
HOSTILE = [
    ("__import__('os').system('touch LEAK')", "not read here"),
    ("__import__('os')", "'__import__' is not a function"),
    ("open('LEAK', 'w')", "'open' is not a function"),
    ("exec('1')", "'exec' is not a function"),
    ("eval('1')", "'eval' is not a function"),
    ("().__class__", "'.__class__' is not read"),
    ("().__class__.__bases__[0].__subclasses__()", "is not read"),
    ("x.__class__", "'.__class__' is not read"),
    ("sum.__globals__", "is not read"),
    ("np.__loader__", "is not read"),
    ("np.load(x)", "'load' is not a function"),
    ("np.linalg.os.system(1)", "is not read"),
    ("lambda: 1", "lambda"),
    ("(lambda f: f(f))(lambda f: f(f))", "Two brackets"),
    ("f'{x}'", "braces"),
    ("'x'", "which is not a number"),
    ("b'x'", "which is not a number"),
    ("[x for x in x]", "list comprehension"),
    ("{x}", "braces"),
    ("(x for x in x)", "a generator"),
    ("sum(x for x in iter(int, 1))", "for i in range(n)"),
    ("sum(1 for i in range(900) for j in range(900))", "too long to evaluate"),
    ("sum(sum(sum(x[i]*x[j]*x[k] for i in range(60)) for j in range(60)) for k in range(60))", "runs past the end"),
    ("sum(x[i] if x[i] else 0 for i in range(n))", "if ... else"),
    ("sum(x[i] for i in range(n) if 1)", "for i in range(n)"),
    ("9**9**9**9", "exponent is larger"),
    ("2**1000000", "exponent is larger"),
    ("w1**1000**1000", "exponent is larger"),
    ("(w1**1000)**1000", "too large"),
    ("exp(exp(exp(exp(9))))", "too large"),
    ("exp(-exp(exp(9)))", "too large"),
    ("1e999999999", "too many digits"),
    ("1e-999999999", "too many digits"),
    ("0." + "3" * 100, "too many digits"),
    ("9" * 500, "more than 60 digits"),
    ("0x" + "f" * 500, "more than 60 digits"),
    ("(" * 5000, "characters"),
    ("(" * 400 + ")" * 400, "nests brackets"),
    ("((((1))", "never closed"),
    ("1))", "never opened"),
    ("-" * 900 + "1", "too deep"),
    ("1" + "**1" * 300, "too deep"),
    ("1" + "+1" * 490, "too deep"),
    ("Sum(x[i], (i, 1, 10**6))", "more than 1000 terms"),
    ("Sum(x[i], (i, 1, 10**600))", "too long"),
    ("eye(10**9)", "size of a matrix"),
    ("eye(50)**20*eye(50)**20*eye(50)**20", "too long to evaluate"),
    ("x\0", "character number 0"),
    ("х", "cyrillic small letter ha"),
    ("𝐱", "mathematical bold"),
    ("x\u200b", "zero width space"),
    ("\ud800", "character number 55296"),
    ("💥", "collision symbol"),
    ("w1\u202e", "right-to-left"),
]
BROKEN = [
    ("", "empty"),
    (" \n\t ", "empty"),
    ("x^2", "Type ** instead"),
    ("X^T*y", "X.T"),
    ("X^{T}", "braces"),
    ("X'*y", "X.T"),
    (r"\frac{1}{2}", "LaTeX"),
    (r"-2\sum x", "LaTeX"),
    ("$x$", "LaTeX"),
    ("|x|", "abs(...)"),
    ("‖x‖", "norm(...)"),
    ("w1 = 3", "right-hand side"),
    ("dRSS/dw1 = -2*sum(x)", "right-hand side"),
    ("w1 == 3", "comparison"),
    ("2x", "multiplication sign"),
    ("2(x + 1)", "Two brackets"),
    ("(x)(y)", "multiplication sign"),
    ("x y", "multiplication sign"),
    ("w1(x + 1)", "w1 is a symbol"),
    ("-2 sum(x)", "multiplication sign"),
    ("2*", "cannot be read"),
    ("*", "cannot be read"),
    ("x; y", "cannot be read"),
    ("x := 3", "cannot be read"),
    ("x % 2", "sign that is not part"),
    ("x // 2", "sign that is not part"),
    ("~x", "sign ~"),
    ("not x", "sign ~"),
    ("x and y", "and/or"),
    ("x if y else x", "if ... else"),
    ("x[1:2]", "slice"),
    ("sum(*x)", "star"),
    ("sum(x, axis=0)", "named argument"),
    ("sum()", "is empty"),
    ("sum", "sum(...)"),
    ("exp", "exp(...)"),
    ("exp()", "takes 1 argument"),
    ("exp(1, 2)", "takes 1 argument"),
    ("sum(x, y)", "Sum(x[i]*y[i], (i, 1, n))"),
    ("Sum(x[i], (i, 2, n))", "start at 1"),
    ("Sum(x[i], (i, 0, n))", "past the end"),
    ("Sum(x[i], (i, 1, w1))", "whole numbers"),
    ("x[0]", "index of a sum"),
    ("x[i]", "'i'"),
    ("Sum(x[i + 1], (i, 1, n))", "index of a sum"),
    ("sum(w0)", "n times"),
    ("mean(w0)", "mean(...)"),
    ("x.sort()", "'.sort' is not read"),
    ("sine(x)", "is not a function"),
    ("sqr(x)", "Did you mean sqrt"),
    ("3j", "complex"),
    ("True", "not a number"),
    ("...", "not a number"),
    ("nan", "finite"),
    ("oo", "finite"),
    ("inf", "finite"),
    ("1/0", "divides by zero"),
    ("sum(x)/(n - n)", "divides by zero"),
    ("log(-1)", "logarithm"),
    ("sqrt(-sum(x*x))", "root of a negative"),
    ("(-1)**0.5", "root of a negative"),
    ("[[1], [2, 3]]", "rows of one length"),
    ("[]", "rows of one length"),
    ("[[1, 2], 3]", "rows of one length"),
    ("w2*x", "Did you mean w1"),
    ("W1", "Use: n, x, y, w1, w0"),
    ("x1", "is not a symbol"),
    ("import os", "cannot be read"),
    ("lambda*x", "cannot be read"),
]


@pytest.mark.parametrize(("text", "message"), HOSTILE + BROKEN, ids=range(len(HOSTILE + BROKEN)))
def test_text_that_is_no_formula_gets_a_message(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert message in unclear(text)
    assert not list(tmp_path.iterdir()), "something was executed"


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE])
@pytest.mark.parametrize("question_id", ["A1-marks", "A1-Q1b", "A1-Q1c-rank"])
def test_hostile_text_is_harmless_for_every_kind_of_question(question_id, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = time.perf_counter()
    verdict = check.answer(question_id, text)
    assert time.perf_counter() - start < SLOWEST
    assert not verdict.correct and verdict.hint and not list(tmp_path.iterdir())


def deep():
    expression = w1
    for _ in range(3000):
        expression = sp.sin(expression, evaluate=False)
    return expression


def shared():
    """An expression of 60 objects that unfolds to 2⁶⁰ operations."""
    expression = w1
    for _ in range(60):
        expression = sp.Mul(expression, sp.Add(expression, w0, evaluate=False), evaluate=False)
    return expression


def containing_itself():
    rows = []
    rows.append(rows)
    return rows


class Lazy:
    shape = (3,)
    dtype = "float64"

    def tolist(self):
        raise RuntimeError("not today")


OBJECTS = [
    (lambda: None, "No answer"),
    (lambda: ..., "No answer"),
    (lambda: True, "truth value"),
    (lambda: float("nan"), "not a finite number"),
    (lambda: float("-inf"), "not a finite number"),
    (lambda: np.float64("nan"), "not a finite number"),
    (lambda: 3j, "complex"),
    (lambda: 10**10000, "too many digits"),
    (lambda: {}, "type dict"),
    (lambda: {1, 2}, "type set"),
    (lambda: object(), "type object"),
    (lambda: print, "builtin_function_or_method"),
    (lambda: b"x", "type bytes"),
    (lambda: np.ndarray, "type type"),
    (lambda: sp.Add, "type type"),
    (containing_itself, "two dimensions"),
    (lambda: [], "rows of one length"),
    (lambda: [[]], "rows of one length"),
    (lambda: [[1, 2], [3]], "rows of one length"),
    (lambda: [1, None], "No answer"),
    (lambda: [0] * 5000, "entries"),
    (lambda: np.zeros((2, 2, 2)), "(2, 2, 2)"),
    (lambda: np.zeros((5000, 5000)), "(5000, 5000)"),
    (lambda: np.zeros((0, 3)), "rows of one length"),
    (lambda: np.array([1j]), "complex"),
    (lambda: np.array([True]), "truth value"),
    (lambda: np.array([1.0, np.nan]), "not a finite number"),
    (lambda: torch.zeros(200, 200), "(200, 200)"),
    (lambda: torch.tensor([float("inf")]), "not a finite number"),
    (Lazy, "Lazy"),
    (lambda: sp.nan, "not a finite number"),
    (lambda: sp.zoo, "not a finite number"),
    (lambda: w1 * sp.I, "imaginary"),
    (lambda: sp.Eq(w1, w0), "right-hand side"),
    (lambda: sp.true, "BooleanTrue"),
    (deep, "1000 operations"),
    (shared, "1000 operations"),
    (lambda: sp.Add(*sp.symbols("a:20000")), "'a"),
    (lambda: sp.Pow(10, 10**9, evaluate=False), "exponent"),
    (lambda: sp.Integer(10) ** 5000, "too many digits"),
    (lambda: sp.exp(sp.exp(sp.exp(sp.exp(9)))), "too large"),
    (lambda: sp.Sum(x[i], (i, 1, 10**6)), "more than 1000 terms"),
    (lambda: sp.Sum(x[i], (i, 1, sp.oo)), "finite"),
    (lambda: sp.Derivative(w1**2, w1), "doit"),
    (lambda: sp.Integral(w1, w1), "doit"),
    (lambda: sp.Piecewise((w1, w1 > 0), (0, True)), "Piecewise"),
    (lambda: sp.Function("f")(w1), "holds f"),
    (lambda: sp.Symbol("w2"), "Did you mean w1"),
    (lambda: sp.Symbol("__import__('os')"), "not a symbol"),
    (lambda: x[1], "index of a sum"),
    (lambda: x[i], "'i'"),
    (lambda: sp.Interval(0, 1), "Interval"),
    (lambda: sp.Lambda(w1, w1), "not read here"),
    (lambda: sp.MatrixSymbol("X", 3, 3), "'X'"),
    (lambda: sp.zeros(100, 100), "1000 entries"),
]


@pytest.mark.parametrize(("make", "message"), OBJECTS, ids=range(len(OBJECTS)))
def test_an_object_that_is_no_answer_gets_a_message(make, message):
    assert message in unclear(make())


@pytest.mark.parametrize("given_answer", [None, "", "2", "maybe", 7, object(), sp.oo * 0, True, [1]])
def test_a_choice_names_its_options(given_answer):
    assert "'none', 'one', 'infinitely many'" in unclear(given_answer, "A1-Q1c-rank")


def test_a_question_on_a_number_has_no_symbols():
    assert "without symbols" in unclear("n + 2", "A1-marks")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="xyw01n_+-*/@()[],. sumepITXi=^'\\\"{}:;", max_size=40))
def test_any_text_gets_a_verdict(text):
    start = time.perf_counter()
    verdict = check.answer("H1-B1-w1", text)
    assert time.perf_counter() - start < SLOWEST
    assert verdict.kind in ("unclear", "wrong") and verdict.hint


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_any_unicode_gets_a_verdict(text):
    verdict = check.answer("A1-Q1b", text)
    assert not verdict.correct and verdict.hint and verdict._repr_html_()


def test_the_package_never_runs_text():
    sources = Path(course_utils.check.__file__).parent.rglob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert not re.search(r"\b(eval|exec|compile|sympify|parse_expr|lambdify|simplify|__import__)\(", code)
    assert len(code) > 20_000


SYMBOLS = {name: sp.Symbol(name) for name in "abc"}
VALUES = {"a": sp.Rational(3, 2), "b": sp.Rational(-2, 5), "c": sp.Rational(7, 3)}


@st.composite
def formulas(draw, depth=3):
    """A formula as text, of numbers and the symbols a, b, c."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["a", "b", "c", "2", "0.5", "7", "1.25"]))
    left, right = draw(formulas(depth=depth - 1)), draw(formulas(depth=depth - 1))
    shape = draw(
        st.sampled_from(["({} + {})", "({} - {})", "({}*{})", "({})**2 - ({})", "-({})*({})", "({})/(({})**2 + 1)"])
    )
    return shape.format(left, right)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(formulas())
def test_text_and_sympy_mean_the_same_number(text):
    """SymPy is the oracle: it reads the same text, and evaluates it exactly at the same point."""
    expected = parse_expr(text, local_dict=SYMBOLS, transformations=(*standard_transformations, rationalize))
    point = {name: Fraction(value.p, value.q) for name, value in VALUES.items()}
    found = Evaluator(point)(read_text(text, Names(tuple(VALUES))))
    assert sp.Rational(found.numerator, found.denominator) == expected.subs(VALUES)


def test_names_forgive_underscores_only_where_one_symbol_is_meant():
    names = Names(("w1", "x_bar", "a_b", "ab"), sequences=("x_bar",))
    assert names.resolve("w_1") == "w1" and names.resolve("xbar") == "x_bar" and names.resolve("x_bar_i") == "x_bar"
    with pytest.raises(UnclearAnswer, match="not a symbol"):
        names.resolve("a_b_")
