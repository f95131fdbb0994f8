"""Homework 1: what the solution earns, what the student version shows, and what mistakes cost."""

import re

import nbformat
import pytest

from tests.assignments.marks import by_grade_id, earned, marked_by_machine, words
from tools import assignments

PAGE = assignments.ROOT / "book" / "homework_1.md"
HEADING = re.compile(r"(?m)^## (.+?) \((\d+) marks\)$")


@pytest.fixture
def concepts():
    return nbformat.read(assignments.SOLUTIONS / "concepts.ipynb", as_version=4)


def test_the_solution_earns_every_mark(concepts):
    cells = marked_by_machine(concepts)
    assert {name: earned(cell) for name, cell in cells.items()} == {
        name: cell.metadata.nbgrader.points for name, cell in cells.items()
    }


def test_marks_by_machine_and_by_person_are_those_of_the_sheet(concepts):
    machine = sum(cell.metadata.nbgrader.points for cell in marked_by_machine(concepts).values())
    person = sum(
        about.get("points", 0)
        for cell in concepts.cells
        if (about := cell.metadata.get("nbgrader", {})).get("solution")
    )
    assert f"| **{machine}** | **{person}** | **{machine + person}** |" in PAGE.read_text(encoding="utf-8")


def test_each_question_is_worth_what_its_heading_and_the_sheet_say(concepts):
    points = {}
    for cell in concepts.cells:
        if cell.cell_type == "markdown" and (found := re.search(r"(?m)^## (.+)$", cell.source)):
            heading = found[1]
        if gained := cell.metadata.get("nbgrader", {}).get("points", 0):
            points[heading] = points.get(heading, 0) + gained
    sheet = PAGE.read_text(encoding="utf-8")
    assert points == {f"{title} ({marks} marks)": int(marks) for title, marks in HEADING.findall(sheet)}
    assert sum(points.values()) == 56


def test_parts_of_the_sheet_add_up(concepts):
    """Within each question of the sheet and of the notebook, "(2 marks)" and the like add up to the heading."""
    pages = {
        "sheet": PAGE.read_text(encoding="utf-8"),
        "notebook": "\n".join(
            cell.source for cell in concepts.cells if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata
        ),
    }
    for text in pages.values():
        sections = re.split(r"(?m)^## ", text)[1:]
        of_questions = [section for section in sections if HEADING.match(f"## {section}")]
        assert len(of_questions) == 13
        for section in of_questions:
            heading, _, body = section.partition("\n")
            parts = re.findall(r"\((\d+)\s+marks?\b", body)
            whole = int(HEADING.match(f"## {heading}")[2])
            assert sum(map(int, parts)) == whole, heading


def test_every_person_marked_answer_has_a_rubric_for_its_marks(concepts):
    answers = [cell for cell in by_grade_id(concepts).values() if cell.cell_type == "markdown"]
    assert len(answers) == 10
    for cell in answers:
        rubric = re.search(r"BEGIN MARK SCHEME(.*?)END MARK SCHEME", cell.source, re.DOTALL)[1]
        rows = [int(marks) for marks in re.findall(r"(?m)^\| (\d) \|", rubric)]
        assert sum(rows) == cell.metadata.nbgrader.points, cell.source[:60]


def test_the_student_version_runs_as_it_stands_and_earns_nothing(run):
    notebook = run(nbformat.read(assignments.STUDENTS / "concepts.ipynb", as_version=4))
    cells = marked_by_machine(notebook)
    assert len(cells) == 15 and {earned(cell) for cell in cells.values()} == {0.0}
    shown = "".join(words(cell) for cell in notebook.cells if cell.cell_type == "code")
    assert "✓" not in shown and "Replace the placeholder by yours" in shown and "not written yet" in shown


SPOILED = {
    # A wrong name for the right map: half of the cell's marks.
    "q4-collapse": ('name = "affine"', 'name = "linear"', "q4-marks", 1),
    # Tailored to the example in view.
    "q2-forward": ("    return a\n", "    return [[2.0]]\n", "q2-marks", 1),
    # Rows and columns exchanged.
    "q5-shapes": ("((n_out, n_in), (n_out, 1))", "((n_in, n_out), (n_out, 1))", "q5-marks", 1),
    # Epsilon under the root: the formula, then Adam's function.
    "q11-adam": ("m_hat / (sp.sqrt(v_hat) + epsilon)", "m_hat / sp.sqrt(v_hat + epsilon)", "q11-rule-marks", 6),
    "q11-functions": ("(v_hat**0.5 + epsilon)", "(v_hat + epsilon)**0.5", "q11-function-marks", 1),
    # A function that stops.
    "b1-line": ("    across = x - x.mean()", "    raise SystemError('no idea')", "b1-marks", 4),
    # One of four gradients without its transpose.
    "b2-backward": ("delta_2 @ a1.T", "delta_2 * a1", "b2-backward-marks", 1.5),
}


def test_a_mistake_costs_its_own_marks_and_no_others(concepts, run):
    cells = by_grade_id(concepts)
    for name, (right, wrong, _, _) in SPOILED.items():
        assert right in cells[name].source
        cells[name].source = cells[name].source.replace(right, wrong)
    # A cell that cannot be read: its names are never set.
    cells["q7-bound"].source = "bound = 2 / / lam"
    for name in ("q7-bound", "q7-marks"):
        cells[name].metadata["tags"] = ["raises-exception"]
    concepts.cells = [cell for cell in concepts.cells if assignments.SOLUTION_ONLY not in cell.metadata.get("tags", [])]
    marks = {name: earned(cell) for name, cell in marked_by_machine(run(concepts)).items()}
    points = {name: cell.metadata.nbgrader.points for name, cell in marked_by_machine(concepts).items()}
    assert marks == points | {"q7-marks": 0} | {name: left for _, _, name, left in SPOILED.values()}
