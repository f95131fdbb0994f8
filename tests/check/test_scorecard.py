"""The scorecard: the best verdict counts, marks add up to forty, and it reads without colour."""

import subprocess
import sys
from html.parser import HTMLParser

import pytest

from course_utils import check
from course_utils.check import human_marked
from course_utils.check.bank import BANK
from course_utils.check.human_marked import BY_A_PERSON, TOTALS, WHOLE_PARTS, parts_of_assignment
from course_utils.check.scorecard import SHEETS, Session, machine_marks, scorecard_of

RIGHT, WRONG, UNCLEAR = "-2*sum(y - w1*x - w0)", "2*sum(y - w1*x - w0)", "w1 ="


@pytest.fixture(autouse=True)
def session(monkeypatch):
    """A session of its own for each test."""
    fresh = Session()
    monkeypatch.setattr(check, "SESSION", fresh)
    return fresh


def test_an_empty_card_says_so():
    card = check.scorecard()
    assert (card.marks, card.out_of, card.to_be_marked) == (0, 0, 0)
    assert repr(card).startswith("Nothing on the card yet") and "Nothing on the card" in card._repr_html_()


@pytest.mark.parametrize("order", [(RIGHT, WRONG, UNCLEAR), (UNCLEAR, WRONG, RIGHT), (WRONG, RIGHT, UNCLEAR)])
def test_the_best_verdict_counts_and_tries_are_told(order):
    for given in order:
        check.answer("H1-B1-w0", given)
    assert repr(check.scorecard()) == "Homework 1, practice: 1 of 1 marks\n  ✓ H1-B1-w0  1/1  Right, 2 tries"


def test_the_last_of_two_wrong_answers_is_shown_with_its_mistake():
    check.answer("H1-B1-w0", WRONG)
    check.answer("H1-B1-w0", "-sum(y - w1*x - w0)")
    assert "✗ H1-B1-w0  0/1  Not right yet, half-convention, 2 tries" in repr(check.scorecard())


def test_an_answer_that_was_not_understood_is_no_try():
    check.answer("H1-B1-w0", UNCLEAR)
    assert "? H1-B1-w0  0/1  Not understood" in repr(check.scorecard()) and "tr" not in repr(check.scorecard())[60:]


@pytest.mark.parametrize("missing", [..., None, "", " "])
def test_a_question_without_an_answer_stays_open(missing):
    assert repr(check.answer("H1-B1-w0", missing)).startswith("· Not answered yet: H1-B1-w0, 0 of 1 mark")
    assert "· H1-B1-w0  0/1  Not answered yet" in repr(check.scorecard())
    check.answer("H1-B1-w0", UNCLEAR)
    assert "? H1-B1-w0  0/1  Not understood" in repr(check.scorecard())


def test_practice_stays_out_of_the_marks_of_the_assignment():
    check.answer("A1-Q2", "sigma(w2*sigma(w1*x + b1) + b2)")
    card = check.scorecard()
    assert card.marks == 0 and card.out_of + card.to_be_marked == 40
    assert "Assignment 1, practice: 1 of 1 marks" in repr(card)


def test_marks_of_the_assignment_are_added_up():
    check.answer("A1-Q1c", "kappa**2")
    check.answer("A1-Q2b-b2", "a2 - y")
    check.answer("A1-Q2b-w2", "a2 - y")
    card = check.scorecard()
    assert card.marks == 1.5 and card.out_of + card.to_be_marked == 40
    assert f"1.5 of {card.out_of:g} by these questions; {card.to_be_marked:g} more" in repr(card)
    assert "· A1-Q1b-tiny" in repr(card), "what is open is on the card"


def test_a_sheet_can_be_asked_for_alone():
    check.answer("A1-Q1c", "kappa**2")
    check.answer("H1-B1-w0", RIGHT)
    homework = check.scorecard("H1")
    assert all(line.question_id.startswith("H1") for line in homework.lines)
    assert len(homework.lines) == sum(question_id.startswith("H1") for question_id in check.questions())
    assert "when you hand in" not in repr(homework)
    assert not any(line.question_id.startswith("H1") for line in check.scorecard("A1").lines)
    with pytest.raises(ValueError, match="no sheet 'A3'"):
        check.scorecard("A3")


def test_questions_come_in_the_order_of_the_sheets():
    for question_id in ("A2-CG-11", "H1-B1-w0", "A1-Q2b-b2", "A1-Q1c", "A2-AN-1"):
        check.answer(question_id, "1")
    ids = [line.question_id for line in check.scorecard().lines]
    assert ids == [question_id for question_id in check.questions() if question_id in ids]


# --- forty marks -----------------------------------------------------------------------------------------------------


def test_the_parts_of_each_question_add_up_to_its_marks():
    assert sum(total.marks for total in TOTALS.values()) == 40
    assert [total.marks for total in TOTALS.values()] == [8, 8, 5, 4, 15]
    machine = machine_marks(BANK)
    for group, total in TOTALS.items():
        by_machine = sum(marks for question_id, marks in machine.items() if question_id.startswith(group))
        elsewhere = sum(part.marks for part in parts_of_assignment(machine) if part.id.startswith(group))
        assert by_machine + elsewhere == total.marks, group


def test_what_the_bank_gives_is_taken_off_its_part():
    parts = {part.id: part.marks for part in parts_of_assignment({"A1-Q3b-jacobian": 0.5, "A1-Q2b": 4})}
    assert parts["A1-Q3b"] == 0.5 and "A1-Q2b" not in parts and parts["A1-Q1b"] == 3


def test_the_rubric_gives_out_the_marks_of_its_part():
    """Each line of a rubric begins with marks; what is left of them for a person is the sum of the lines."""
    by_person = {part.id: part for part in parts_of_assignment(machine_marks(BANK)) if part.marked_by == BY_A_PERSON}
    for part in by_person.values():
        marks = [line.split()[0].replace("½", "0.5") for line in part.looked_for]
        assert part.looked_for, f"{part.id} is marked by a person and says nothing of how"
        assert sum(map(float, marks)) == part.marks, part.id
    assert {part.id for part in WHOLE_PARTS} >= set(by_person)


def test_no_rubric_is_on_the_card():
    check.answer("A1-Q1c", "kappa**2")
    card = check.scorecard()
    shown = repr(card) + card._repr_html_()
    assert not any(line in shown for part in human_marked.WHOLE_PARTS for line in part.looked_for)


# --- how it looks ----------------------------------------------------------------------------------------------------


class Table(HTMLParser):
    """The rows of a table as lists of texts."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.tags, self.depth = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.depth.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.depth.pop() == tag

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_the_table_has_heads_for_rows_and_columns_and_signs_beside_colours():
    for question_id, given in (("A1-Q1c", "kappa**2"), ("A1-Q1", "y"), ("A1-Q1b", "X^T"), ("H1-B1-w0", WRONG)):
        check.answer(question_id, given)
    page = Table(check.scorecard()._repr_html_())
    assert page.depth == [] and {tag for tag, _ in page.tags} <= {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "p",
    }
    scopes = {attrs.get("scope") for tag, attrs in page.tags if tag == "th"}
    assert scopes == {"col", "row", "rowgroup"}
    states = {row[0]: row[2] for row in page.rows if len(row) == 4}
    assert states["A1-Q1"] == "✗Not right yet" and states["A1-Q1b"] == "?Not understood"
    assert states["A1-Q2c"] in ("·Not answered yet", "…by a person")
    assert not any(name.startswith("on") or name in ("id", "src", "href") for _, attrs in page.tags for name in attrs)


def test_a_card_is_the_same_each_time():
    check.answer("A1-Q1c", "kappa")
    first, second = check.scorecard(), check.scorecard()
    assert first == second and repr(first) == repr(second) and first._repr_html_() == second._repr_html_()


def test_a_session_can_be_put_on_a_card_of_its_own():
    session = Session()
    session.record(check.answer("H1-B1-w0", RIGHT))
    assert scorecard_of(session, BANK).lines[0].tries == 1 and set(SHEETS) == {"A1", "H1", "A2"}


def test_marks_are_looked_up_without_a_try():
    assert check.marks({"H1-B1-w0": RIGHT, "H1-B1-w1": WRONG, "A1-Q2b-b2": ..., "A1-Q2b-w2": UNCLEAR}) == 1
    assert check.marks({}) == 0 and not check.scorecard().lines


def test_marks_of_a_question_that_is_not_there():
    with pytest.raises(LookupError, match="H1-B1-w7"):
        check.marks({"H1-B1-w7": RIGHT})


def test_a_new_process_begins_a_new_session():
    code = (
        "from course_utils import check; assert not check.scorecard().lines; "
        "check.answer('H1-B1-w0', '1'); assert len(check.scorecard().lines) == 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
