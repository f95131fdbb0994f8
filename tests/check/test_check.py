"""The public face of `check`: ids, questions, verdicts as text and HTML, imports, time."""

import html
import re
import statistics
import subprocess
import sys
import time
from html.parser import HTMLParser

import pytest
import sympy as sp

from course_utils import check
from course_utils.check.bank import BANK
from course_utils.check.questions import Bank, Quantity, Question, place_on_sheet
from course_utils.check.verdict import LOOKS

IDS = [
    "A1-marks",
    "A1-Q1",
    "A1-Q1b-gradient",
    "A1-Q1b-hessian",
    "A1-Q1b",
    "A1-Q1b-tiny",
    "A1-Q1c",
    "A1-Q1c-rank",
    "H1-B1-w1",
    "H1-B1-w0",
    "H1-B1-sol",
    "H1-B1-sol-w0",
]
KEBAB = re.compile(r"[a-z]+(-[a-z]+)*")


def test_questions_come_in_the_order_of_the_sheets():
    ids = check.questions()
    assert len(set(ids)) == len(ids)
    assert [question_id for question_id in ids if question_id in IDS] == IDS
    sheets = [question_id[:2] for question_id in ids]
    assert sheets == sorted(sheets, key=["A1", "H1", "A2"].index)


def test_ids_sort_by_their_numbers_and_not_by_their_digits():
    shuffled = ["A2-CG-2a", "H1-B1-w1", "A2-AN-10", "A1-Q2b", "A2-AN-9", "H1-Q11", "H1-Q7", "A1-Q1", "A1-marks"]
    expected = ["A1-marks", "A1-Q1", "A1-Q2b", "H1-Q7", "H1-Q11", "H1-B1-w1", "A2-AN-9", "A2-AN-10", "A2-CG-2a"]
    assert sorted(shuffled, key=place_on_sheet) == expected


def test_the_caller_cannot_change_the_bank():
    check.questions().clear()
    assert check.questions()


@pytest.mark.parametrize("question_id", check.questions())
def test_describe_tells_all_that_a_student_needs(question_id):
    question = check.describe(question_id)
    assert question.id == question_id
    assert len(question.prompt) > 20
    assert question.answer_type in ("expression", "matrix", "number", "choice")
    assert question.marks > 0
    assert question.misconceptions, "each question names at least one mistake people make"
    assert len(set(question.misconceptions)) == len(question.misconceptions)
    assert all(KEBAB.fullmatch(name) for name in question.misconceptions)
    text = repr(question)
    assert question.prompt in text and all(f"  {quantity.name}: " in text for quantity in question.quantities)
    assert {quantity.name for quantity in question.quantities} <= set(question.symbols)
    assert "0x" not in text, "a description must not hold an address"


def test_question_one_gives_five_of_its_eight_marks_by_machine():
    marks = {question_id: check.describe(question_id).marks for question_id in IDS if question_id.startswith("A1-Q1")}
    assert sum(marks.values()) == 5
    assert not any(check.describe(question_id).practice for question_id in marks)
    assert all(check.describe(question_id).practice for question_id in IDS if question_id not in marks)


def test_symbols_have_the_kinds_and_shapes_of_the_question():
    symbols = check.describe("A1-Q1").symbols
    n, d = symbols["n"], symbols["d"]
    assert symbols["X"].shape == (n, d + 1) and symbols["y"].shape == (n, 1) and symbols["beta"].shape == (d + 1, 1)
    line = check.describe("H1-B1-w1").symbols
    assert isinstance(line["x"], sp.IndexedBase) and isinstance(line["w1"], sp.Symbol) and line["i"].is_integer
    assert check.describe("A1-Q1c").symbols["kappa"].is_positive
    assert check.describe("A1-marks").symbols == {}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("A1-Q1B", "Did you mean A1-Q1b"),
        ("H1-B1-w2", "H1-B1-w1"),
        ("nonsense", "check.questions()"),
        ("", "check.questions()"),
        (None, "check.questions()"),
        (7, "check.questions()"),
        (["A1-Q1"], "A1-Q1"),
        ("A" * 10_000, "check.questions()"),
    ],
)
@pytest.mark.parametrize("function", [check.describe, lambda question_id: check.answer(question_id, "1")])
def test_an_unknown_id_is_a_lookup_error_that_names_close_ones(function, wrong, expected):
    with pytest.raises(LookupError, match="there is no question") as error:
        function(wrong)
    assert isinstance(error.value, check.UnknownQuestion)
    assert expected in str(error.value) and len(str(error.value)) < 250


def test_a_right_answer_earns_all_marks_and_no_hint():
    verdict = check.answer("H1-B1-w0", "-2*sum(y - w1*x - w0)")
    assert (verdict.correct, verdict.marks, verdict.out_of) == (True, 1, 1)
    assert verdict.misconception is None and verdict.hint == "" and verdict.kind == "right"
    assert repr(verdict) == "✓ Right: H1-B1-w0, 1 of 1 mark"


def test_a_wrong_answer_is_named_and_earns_nothing():
    verdict = check.answer("H1-B1-w0", "2*sum(y - w1*x - w0)")
    assert (verdict.correct, verdict.marks, verdict.out_of) == (False, 0, 1)
    assert verdict.misconception == "sign" and verdict.kind == "wrong"
    assert repr(verdict).splitlines()[0] == "✗ Not right yet: H1-B1-w0, 0 of 1 mark (sign)"
    assert verdict.hint in repr(verdict)


def test_an_answer_that_cannot_be_read_is_unclear_and_not_wrong():
    verdict = check.answer("A1-Q1b-hessian", "X^T X")
    assert (verdict.correct, verdict.marks, verdict.out_of) == (False, 0, 0.5)
    assert verdict.misconception is None and verdict.kind == "unclear"
    assert repr(verdict).startswith("? Not understood: A1-Q1b-hessian, 0 of 0.5 marks\n")


ANSWERS = ["-2*sum(y - w1*x - w0)", "2*sum(y - w1*x - w0)", "<script>alert(1)</script>", "sum(x)"]
KINDS = ["right", "wrong", "unclear", "wrong"]


@pytest.mark.parametrize("given", ANSWERS)
def test_a_verdict_looks_the_same_each_time(given):
    first, second = check.answer("H1-B1-w0", given), check.answer("H1-B1-w0", given)
    assert first == second and repr(first) == repr(second) and first._repr_html_() == second._repr_html_()
    assert "0x" not in repr(first)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(("given", "kind"), list(zip(ANSWERS, KINDS, strict=True)))
def test_html_has_the_classes_of_the_site_and_no_script(given, kind):
    verdict = check.answer("H1-B1-w0", given)
    page = _Tags()
    page.feed(verdict._repr_html_())
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= {"div", "span", "strong"}
    assert page.tags[0][1]["class"] == f"verdict verdict-{kind}" and verdict.kind == kind
    assert not any(name.startswith("on") or name in ("id", "src", "href") for _, attrs in page.tags for name in attrs)
    sign, words, _ = LOOKS[kind]
    assert sign in page.text and words in page.text, "the verdict must be readable without colour"
    assert verdict.hint in page.text
    assert html.escape(verdict.hint) in verdict._repr_html_()


def _luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a, b):
    dark, light = sorted((_luminance(a), _luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("kind", LOOKS)
def test_colours_have_enough_contrast_on_light_and_dark_pages(kind):
    colour = LOOKS[kind][2]
    assert _contrast("#ffffff", colour) >= 4.5, "the white sign on its colour"
    for page in ("#ffffff", "#121212"):
        assert _contrast(page, colour) >= 3, f"the bar on {page}"


def test_importing_check_is_quick_and_brings_no_library():
    code = (
        "import sys, time; start = time.process_time(); import course_utils.check as check; "
        "assert time.process_time() - start < 0.7; "
        "found = {'torch', 'sympy', 'numpy', 'matplotlib'} & set(sys.modules); assert not found, found; "
        "assert check.answer('H1-B1-w0', '-2*sum(y - w1*x - w0)').correct; "
        "assert check.answer('A1-Q1b', 'inv(X.T@X)@X.T@y').correct; "
        "found = {'torch', 'sympy'} & set(sys.modules); assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_verdict_is_quick():
    times = []
    for question_id in IDS:
        question = check.describe(question_id)
        for given in (question.truth, f"2*({question.truth}) + 1", "1", *(f for m in question.known for f in m.forms)):
            start = time.process_time()
            check.answer(question_id, given)
            times.append(time.process_time() - start)
    assert len(times) > 100
    assert statistics.median(times) < 0.1 and max(times) < 2


def test_the_bank_refuses_an_id_twice():
    with pytest.raises(ValueError, match="twice"):
        Bank([BANK["A1-Q1"], BANK["A1-Q1"]])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Question("q", "p", "essay", "1"), "answer type 'essay'"),
        (lambda: Question("q", "p", "choice", "a", choices={"b": "c"}), "not one of its choices"),
        (lambda: Quantity("q", "m", kind="tensor"), "kind 'tensor'"),
        (lambda: Quantity("q", "m", domain="complex"), "domain 'complex'"),
        (lambda: Quantity("q", "m", kind="matrix"), "has a shape"),
        (lambda: Quantity("q", "m", shape=("n",)), "has a shape"),
    ],
)
def test_a_malformed_question_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
