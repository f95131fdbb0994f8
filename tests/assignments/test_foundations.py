"""Questions 1 to 4 of Assignment 1: what the solution earns, what the student version shows, and what mistakes cost."""

import re

import nbformat
import pytest

from course_utils import check
from course_utils.check.human_marked import TOTALS, parts_of_assignment
from course_utils.check.scorecard import machine_marks
from tests.assignments.marks import by_grade_id, earned, marked_by_machine, marked_by_person, points, words
from tools import assignments

NAME = "foundations"
PAGE = assignments.ROOT / "book" / "assignment_1.md"
HEADING = re.compile(r"(?m)^## Question (\d): .+ \((\d+) marks\)$")
MARKS = re.compile(r"\((½|\d+)\s+marks?\b")
QUESTIONS = ("A1-Q1", "A1-Q2", "A1-Q3", "A1-Q4")


@pytest.fixture
def foundations():
    return nbformat.read(assignments.SOLUTIONS / f"{NAME}.ipynb", as_version=4)


def earnings(notebook):
    return {name: earned(cell) for name, cell in marked_by_machine(notebook).items()}


def number(text):
    return 0.5 if text == "½" else float(text)


def question_of(cell):
    """A1-Q1 and so on, from the first tag of a cell."""
    return cell.metadata.tags[0][: len("A1-Q1")]


def test_the_solution_earns_every_mark(foundations):
    assert earnings(foundations) == points(marked_by_machine(foundations))


def test_each_question_is_worth_what_the_assignment_says(foundations):
    total = dict.fromkeys(QUESTIONS, 0)
    for cell in [*marked_by_machine(foundations).values(), *marked_by_person(foundations).values()]:
        total[question_of(cell)] += cell.metadata.nbgrader.points
    assert total == {question: TOTALS[question].marks for question in QUESTIONS}
    assert list(total.values()) == [8, 8, 5, 4]


def test_each_question_is_marked_once_by_machine_for_what_the_bank_gives(foundations):
    counted = []
    for cell in marked_by_machine(foundations).values():
        ids = re.findall(r'"(A1-[\w-]+)":', cell.source)
        assert sum(check.describe(question).marks for question in ids) == cell.metadata.nbgrader.points
        counted += ids
    carrying_marks = {
        question: check.describe(question).marks
        for question in check.questions()
        if question.startswith(QUESTIONS) and not check.describe(question).practice
    }
    assert sorted(counted) == sorted(carrying_marks)


def test_a_person_marks_what_the_scorecard_says_by_the_same_rubric(foundations):
    parts = {part.id: part for part in parts_of_assignment(machine_marks(check.BANK)) if part.id.startswith(QUESTIONS)}
    cells = {cell.metadata.tags[0]: cell for cell in marked_by_person(foundations).values()}
    assert set(cells) == set(parts) and len(cells) == len(marked_by_person(foundations))
    for question, cell in cells.items():
        assert cell.metadata.nbgrader.points == parts[question].marks
        rubric = re.search(r"BEGIN MARK SCHEME(.*?)END MARK SCHEME", cell.source, re.DOTALL)[1]
        rows = re.findall(r"(?m)^\| (½|\d) \| (.+) \|$", rubric)
        assert tuple(f"{marks} for {what}" for marks, what in rows) == parts[question].looked_for
        assert sum(number(marks) for marks, _ in rows) == parts[question].marks


def test_marks_of_parts_add_up_on_the_sheet_and_in_the_notebook(foundations):
    sheet = PAGE.read_text(encoding="utf-8")
    notebook = "\n".join(
        cell.source for cell in foundations.cells if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata
    )
    for text in (sheet, notebook):
        sections = [f"## {section}" for section in re.split(r"(?m)^## ", text)[1:]]
        of_questions = [section for section in sections if HEADING.match(section)]
        assert len(of_questions) == 4
        for section in of_questions:
            heading, _, body = section.partition("\n")
            which, whole = HEADING.match(heading).groups()
            assert float(whole) == TOTALS[f"A1-Q{which}"].marks
            assert sum(number(marks) for marks in MARKS.findall(body)) == float(whole), heading


def test_marks_by_machine_and_by_person_are_those_of_sheet_and_notebook(foundations):
    sheet = PAGE.read_text(encoding="utf-8")
    for question in QUESTIONS:
        machine, person = (
            sum(cell.metadata.nbgrader.points for cell in cells(foundations).values() if question_of(cell) == question)
            for cells in (marked_by_machine, marked_by_person)
        )
        shares = f"{f' {machine:g} |' if machine else ' |'} {person} |"
        whole = f"{shares} {machine + person:g} |"
        assert re.search(rf"(?m)^\| Question {question[-1]} \| .+ \|{re.escape(whole)}$", sheet)
        assert re.search(rf"(?m)^\| {question[-1]} \| .+ \|{re.escape(shares)}$", foundations.cells[0].source)


def test_the_scorecard_closes_the_notebook_with_all_ten_marks(foundations):
    [card] = [words(cell) for cell in foundations.cells if cell.source.startswith("check.scorecard(")]
    assert "Assignment 1 so far: 10 of 10 by these questions; 30 more" in card
    assert "1/1  Right, 1 try" in card and "Not right yet" not in card


def test_the_student_version_runs_as_it_stands_and_earns_nothing(run):
    notebook = run(nbformat.read(assignments.STUDENTS / f"{NAME}.ipynb", as_version=4))
    cells = marked_by_machine(notebook)
    assert len(cells) == 5 and set(earnings(notebook).values()) == {0.0}
    shown = "".join(words(cell) for cell in notebook.cells if cell.cell_type == "code")
    assert "✓" not in shown and "Assignment 1 so far: 0 of 10" in shown
    for question in check.questions():
        if question.startswith(QUESTIONS):
            assert f"Not answered yet: {question}, 0 of" in shown, question
    assert shown.count("The function is not written yet") == 2


SPOILED = {
    # The ½ forgotten in the second derivative, and a line that is right for the three points in view and no others.
    "q1b-formulas": (
        "hessian = derive.hessian(cost, beta)",
        "hessian = 2 * derive.hessian(cost, beta)",
        "q1b-marks",
        2,
    ),
    "q1b-fit": (
        "    return np.linalg.solve(design.T @ design, design.T @ y)",
        "    return [2 / 3, 1 / 2]",
        "q1b-marks",
        2,
    ),
    "q1c-condition": ('solutions = "infinitely many"', 'solutions = "none"', "q1c-marks", 0.5),
    # The slope of the hidden sigmoid left out: two gradients of four.
    "q2b-gradients": ("sp.diff(score_2, a1) * a1 * (1 - a1)", "sp.diff(score_2, a1)", "q2b-marks", 2),
    # A function that stops wherever the label is 0.
    "q2c-step": ("    output_error = a2 - y\n", "    output_error = a2 - y / y\n", "q2c-marks", 0),
}


def test_a_mistake_costs_its_own_marks_and_no_others(foundations, run):
    cells = by_grade_id(foundations)
    for name, (right, wrong, _, _) in SPOILED.items():
        assert right in cells[name].source, name
        cells[name].source = re.sub(r"(?m)^assert.*\n", "", cells[name].source.replace(right, wrong))
    foundations.cells = [
        cell for cell in foundations.cells if assignments.SOLUTION_ONLY not in cell.metadata.get("tags", [])
    ]
    expected = points(marked_by_machine(foundations)) | {name: left for _, _, name, left in SPOILED.values()}
    assert earnings(run(foundations)) == expected


def test_a_cell_that_cannot_be_read_costs_only_its_own_marks(foundations, run):
    cells = by_grade_id(foundations)
    cells["q1c-condition"].source = "condition = kappa * * 2"
    for name in ("q1c-condition", "q1c-marks"):
        cells[name].metadata["tags"] = ["raises-exception"]
    foundations.cells = [
        cell for cell in foundations.cells if assignments.SOLUTION_ONLY not in cell.metadata.get("tags", [])
    ]
    assert earnings(run(foundations)) == points(marked_by_machine(foundations)) | {"q1c-marks": 0.0}
