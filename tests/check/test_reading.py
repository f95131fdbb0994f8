"""What is no answer: hostile text, broken formulas, wrong types. Each gets a message in time, and none of it runs."""

import faulthandler
import re
import time
from decimal import Decimal
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

SLOWEST = 2.0  # seconds of the processor: nothing here waits, and other programs may run beside the tests
LINE = check.describe("H1-B1-w1").symbols
x, i, n, w1, w0 = (LINE[name] for name in ("x", "i", "n", "w1", "w0"))
j, k = sp.symbols("j k", integer=True)


@pytest.fixture(autouse=True)
def ends_even_where_a_limit_is_lost():
    """A limit that stopped working would let a test run for ever: end the process, with a traceback, instead."""
    faulthandler.dump_traceback_later(30, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def is_missing(given_answer):
    """Whether nothing was given."""
    return given_answer is None or given_answer is ... or (type(given_answer) is str and not given_answer.strip())


def unclear(given_answer, question_id="H1-B1-w1"):
    """The message on an answer that must not be judged, within the time allowed."""
    start = time.process_time()
    verdict = check.answer(question_id, given_answer)
    assert time.process_time() - start < SLOWEST
    assert verdict.kind == ("open" if is_missing(given_answer) else "unclear"), repr(verdict)
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
    start = time.process_time()
    verdict = check.answer(question_id, text)
    assert time.process_time() - start < SLOWEST
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


def hostile(*kinds, **attributes):
    """A class, derived from others, each method of which would never end."""

    def never_ends(*_, **__):
        raise SystemExit("the code of an answer was run")

    names = (
        "__len__",
        "__iter__",
        "__getitem__",
        "__str__",
        "__repr__",
        "__eq__",
        "__hash__",
        "__float__",
        "__int__",
        "__index__",
        "__bool__",
        "__array__",
        "__array_ufunc__",
        "__array_function__",
        "__getattr__",
        "__format__",
        "replace",
        "split",
        "strip",
        "bit_length",
        "tolist",
        "astype",
        "detach",
        "to_numpy",
        "is_finite",
        "numerator",
        "__class__",
        "__instancecheck__",
        "as_integer_ratio",
        "__complex__",
        "__copy__",
        "__neg__",
        "__abs__",
    )
    return type("Hostile", kinds, {**dict.fromkeys(names, property(never_ends)), **attributes})


def hostile_sympy(name, base):
    """A SymPy object of a class that SymPy has never seen, under the name and address of one of its own."""
    kind = hostile(base, __module__="sympy.core.add", __new__=object.__new__, __slots__=("_args",))
    kind.__name__ = name
    made = object.__new__(kind)
    made._args = (w1, w0)
    return made


def never_called(*_, **__):
    raise SystemExit("the code of an answer was run")


class AsItself(type):
    """A metaclass that would never answer a question about its classes."""

    __getattribute__ = __instancecheck__ = __subclasscheck__ = never_called


TENSOR = type("Hostile", (torch.Tensor,), {"__torch_function__": classmethod(never_called)})


def array_of(thing):
    array = np.empty(2, dtype=object)
    array[0], array[1] = thing, 1
    return array


UNKNOWN_CODE = [
    (lambda: hostile()(), "type Hostile"),
    (lambda: AsItself("Hostile", (), {})(), "type Hostile"),
    (lambda: array_of(hostile()()), "type Hostile"),
    (lambda: [hostile()()], "type Hostile"),
    (lambda: {"x": hostile()()}, "type dict"),
    (lambda: torch.zeros(2).as_subclass(TENSOR), "cannot be read as numbers"),
    (lambda: hostile_sympy("Add", sp.Expr), "holds Add"),
    (lambda: hostile_sympy("Symbol", sp.Expr), "holds Symbol"),
    (lambda: iter(int, 1), "type callable_iterator"),
    (lambda: (number for number in iter(int, 1)), "type generator"),
]


@pytest.mark.parametrize(("make", "message"), UNKNOWN_CODE, ids=range(len(UNKNOWN_CODE)))
def test_the_code_of_an_object_is_never_run(make, message):
    assert message in unclear(make())


@pytest.mark.parametrize(
    ("make", "same"),
    [
        (lambda: hostile(str)("-2*sum(x)"), "-2*sum(x)"),
        (lambda: hostile(int)(7), 7),
        (lambda: hostile(float)(0.5), 0.5),
        (lambda: hostile(list)([1, 2]), [1, 2]),
        (lambda: hostile(Decimal)("0.25"), 0.25),
        (lambda: np.array([1.0, 2.0]).view(hostile(np.ndarray, __array_finalize__=lambda *_: None)), [1, 2]),
    ],
)
def test_of_a_derived_type_only_what_lies_in_the_base_is_read(make, same):
    assert repr(check.answer("H1-B1-w1", make())) == repr(check.answer("H1-B1-w1", same))


HEAVY = [
    (lambda: sp.Sum(x[i] * sp.exp(x[j]) * x[k], (i, 1, n), (j, 1, n), (k, 1, n)), "too long to evaluate"),
    (lambda: sp.Sum(sp.Sum(sp.Sum(1, (i, 1, 1000)), (j, 1, 1000)), (k, 1, 1000)), "too long to evaluate"),
    (lambda: sp.Pow(10, sp.Pow(10, 10, evaluate=False), evaluate=False), "exponent is larger"),
    (lambda: sp.factorial(10**10, evaluate=False), "holds factorial"),
    (lambda: sp.Integral(sp.exp(w1**w1), (w1, 0, sp.oo)), "doit"),
    (lambda: sp.Limit(sp.exp(w1**w1), w1, 0), "holds Limit"),
    (lambda: sp.CRootOf(w1**5 - w1 + 1, 0), "holds ComplexRootOf"),
    (lambda: sp.Float("0.1", 200_000), "too many digits"),
    (lambda: sp.Float((0, 1, 10**12, 1)), "too many digits"),
    (lambda: sp.zeros(3000, 3000), "1000 entries"),
    (lambda: np.longdouble("inf"), "not a finite number"),
    (lambda: Decimal("1e999999999"), "too many digits"),
    (lambda: Decimal("1" * 1_000_000), "too many digits"),
    (lambda: Fraction(1, 10**100_000), "too many digits"),
    (lambda: np.zeros((20_000, 20_000), dtype=np.int8), "(20000, 20000)"),
    (lambda: " + ".join(f"sin((w1 + 3)**999*(w0 + 9)**999*{m})**2" for m in range(1, 22)), None),
    (lambda: " + ".join(f"cos(exp(60000 + w1*{m}))" for m in range(1, 40)), None),
    (lambda: " + ".join(f"(w1 + {m})**999*(w0 + {m})**999" for m in range(1, 30)), None),
    (lambda: "trace(inv(eye(50)*exp(w1))*inv(eye(50)*exp(w0))*inv(eye(50)*exp(w0)))", None),
    (lambda: "sum(exp(x[i]*x[j]*x[k]) for i in range(n) for j in range(n) for k in range(n))", None),
    (lambda: "[" + "exp(w1), " * 110 + "1]", None),
]


@pytest.mark.parametrize(("make", "message"), HEAVY, ids=range(len(HEAVY)))
def test_what_would_take_for_ever_ends_in_time(make, message):
    given_answer = make()
    start = time.process_time()
    verdict = check.answer("H1-B1-w1", given_answer)
    assert time.process_time() - start < SLOWEST
    assert not verdict.correct and (message is None or message in verdict.hint), repr(verdict)


SLOW_TO_PARSE = [
    "(" * 39 + "x" + ")" * 38 + ":)",
    "[" * 40 + "*" + "]" * 40,
    "sum(x for " * 39 + "1" + ")" * 39,
    "lambda:" * 140,
    "1 if " * 190 + "1",
    "not " * 240 + "1",
    "a " * 490,
    "1_" * 490 + "1",
    "ﷺ" * 990,
    "ΐ" * 990,
    "x\u0302" * 330,
    "1" * 990,
    "1<" * 490 + "1",
    "x[" * 40 + "1" + "]" * 40,
]


@pytest.mark.parametrize("text", SLOW_TO_PARSE, ids=range(len(SLOW_TO_PARSE)))
def test_no_text_is_slow_to_parse(text):
    unclear(text)


NO_OPTION = [
    ("A1-Q1c-rank", 10**6000),
    ("A1-Q1c-rank", sp.Integer(10) ** 6000),
    ("A1-Q1c-rank", sp.zeros(3000, 3000)),
    ("A1-Q1c-rank", np.zeros(3)),
    ("A1-Q1c-rank", float("nan")),
    ("A2-CG-12c-sign", None),
    ("A2-CG-12c-sign", ""),
    ("A2-CG-12c-sign", " "),
    ("A2-CG-12c-sign", np.array("-")),
]


@pytest.mark.parametrize(("question_id", "given_answer"), NO_OPTION, ids=range(len(NO_OPTION)))
def test_what_names_no_option_is_unclear(question_id, given_answer):
    assert "offers a choice" in unclear(given_answer, question_id)


def test_an_option_may_be_a_number_or_a_symbol():
    assert check.answer("A1-Q1c-rank", sp.oo).correct and check.answer("A1-Q1c-rank", float("inf")).correct
    assert check.answer("A1-Q1c-rank", np.int64(1)).misconception == "solution-still-unique"
    assert check.answer("A2-CG-12c-sign", "-").correct
    assert check.answer("A2-AN-11-never", sp.Symbol("converges")).correct


@pytest.mark.parametrize("given_answer", [None, "", "2", "maybe", 7, object(), sp.oo * 0, True, [1]])
def test_a_choice_names_its_options(given_answer):
    assert "'none', 'one', 'infinitely many'" in unclear(given_answer, "A1-Q1c-rank")


def test_a_question_on_a_number_has_no_symbols():
    assert "without symbols" in unclear("n + 2", "A1-marks")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="xyw01n_+-*/@()[],. sumepITXi=^'\\\"{}:;", max_size=40))
def test_any_text_gets_a_verdict(text):
    start = time.process_time()
    verdict = check.answer("H1-B1-w1", text)
    assert time.process_time() - start < SLOWEST
    assert verdict.kind in ("open" if is_missing(text) else "unclear", "wrong") and verdict.hint


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_any_unicode_gets_a_verdict(text):
    verdict = check.answer("A1-Q1b", text)
    assert not verdict.correct and verdict.hint and verdict._repr_html_()


def test_the_package_never_runs_text():
    sources = Path(course_utils.check.__file__).parent.rglob("*.py")
    # The checks of the class CharLSTM run what a student wrote, on purpose and in a notebook of their own.
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.name != "char_lstm.py")
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
