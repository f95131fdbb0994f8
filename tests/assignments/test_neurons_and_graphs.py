"""Assignment 2: what the solution earns, what the student version shows, and what mistakes cost."""

import re

import nbformat
import pytest

from course_utils import check
from tests.assignments.marks import by_grade_id, earned, marked_by_machine
from tools import assignments

NAME = "neurons_and_graphs"
PAGE = assignments.ROOT / "book" / "assignment_2.md"
HEADING = re.compile(r"(?m)^### (.+ \((\d+) marks?\b.*\))$")
BY_MACHINE = [question for question in check.questions() if question.startswith("A2")]


@pytest.fixture
def graphs():
    return nbformat.read(assignments.SOLUTIONS / f"{NAME}.ipynb", as_version=4)


def printed(notebook):
    return "".join(
        output.get("text", "") for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs
    )


def section_points(notebook):
    points, heading = {}, ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := HEADING.search(cell.source)):
            heading = found[1]
        if gained := cell.metadata.get("nbgrader", {}).get("points", 0):
            points[heading] = points.get(heading, 0) + gained
    return points


def test_the_solution_earns_every_mark(graphs):
    cells = marked_by_machine(graphs)
    assert {name: earned(cell) for name, cell in cells.items()} == {
        name: cell.metadata.nbgrader.points for name, cell in cells.items()
    }
    assert sum(map(earned, cells.values())) == len(BY_MACHINE) == sum(check.describe(q).marks for q in BY_MACHINE)


def test_every_question_is_counted_in_exactly_one_locked_cell(graphs):
    counted = []
    for cell in marked_by_machine(graphs).values():
        [pattern] = re.findall(r'(?m)^marks\("(.+)"\)$', cell.source)
        matching = [question for question in BY_MACHINE if re.match(rf"A2-(?:{pattern})(?!\d)", question)]
        assert len(matching) == cell.metadata.nbgrader.points
        counted += matching
    assert sorted(counted) == sorted(BY_MACHINE)


def test_headings_of_notebook_and_sheet_agree_with_the_points(graphs):
    sheet = dict(HEADING.findall(PAGE.read_text(encoding="utf-8")))
    assert section_points(graphs) == {heading: int(marks) for heading, marks in sheet.items()}


def test_marks_by_machine_and_by_person_are_those_of_sheet_and_notebook(graphs):
    machine = sum(cell.metadata.nbgrader.points for cell in marked_by_machine(graphs).values())
    person = sum(
        cell.metadata.nbgrader.get("points", 0)
        for cell in by_grade_id(graphs).values()
        if cell.metadata.nbgrader.solution
    )
    assert f"| **{machine}** | **{person}** | **{machine + person}** |" in PAGE.read_text(encoding="utf-8")
    assert f"| Assignment 2, {machine + person} marks |" in graphs.cells[0].source


def test_every_person_marked_answer_has_a_rubric_for_its_marks(graphs):
    answers = [cell for cell in by_grade_id(graphs).values() if cell.cell_type == "markdown"]
    assert len(answers) == 3
    for cell in answers:
        rubric = re.search(r"BEGIN MARK SCHEME(.*?)END MARK SCHEME", cell.source, re.DOTALL)[1]
        rows = [int(marks) for marks in re.findall(r"(?m)^\| (\d) \|", rubric)]
        assert sum(rows) == cell.metadata.nbgrader.points, cell.source[:60]


def test_the_student_version_has_a_place_for_every_answer():
    cells = nbformat.read(assignments.STUDENTS / f"{NAME}.ipynb", as_version=4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert not [question for question in BY_MACHINE if f'"{question}"' not in source]


def test_the_student_version_runs_as_it_stands_and_earns_nothing(run):
    notebook = run(nbformat.read(assignments.STUDENTS / f"{NAME}.ipynb", as_version=4))
    assert {earned(cell) for cell in marked_by_machine(notebook).values()} == {0.0}
    shown = printed(notebook)
    waiting = {question for line in re.findall(r"Not answered yet: (.+)", shown) for question in line.split(", ")}
    assert waiting == set(BY_MACHINE) and "✓" not in shown


SPOILED = {
    # Tailored to the example in view.
    "an-1-functions": ("return abs(weights[0]) / normal(weights).norm()", "return 1 / sp.sqrt(13)", "an-1-marks", 6),
    # The slope of the score in place of the slope of the output.
    "an-6": ("across = sigma(norm_w * d).diff(d).subs(d, 0)", "across = norm_w", "an-6-marks", 8),
    # A choice that the bank knows as a mistake.
    "an-9": ('"A2-AN-12": "flat"', '"A2-AN-12": "piecewise"', "an-9-marks", 4),
    # A sum in place of the average.
    "an-13-functions": ("return -sum(terms) / len(terms)", "return -sum(terms)", "an-13-marks", 5),
    # The half in front of the squared error.
    "cg-14": (
        "dW, dv = gradients(W, v, X, y) ",
        "dW, dv = (part / 2 for part in gradients(W, v, X, y)) ",
        "cg-14-marks",
        0,
    ),
    # A function that stops: the numbers of CG-13d are lost, its three formulas are not.
    "cg-13d-functions": ("delta_a @ x.T}", "delta_a @ x.T} if len(v) == 3 else None", "cg-13d-marks", 3),
}


def test_a_mistake_costs_its_own_marks_and_no_others(graphs, run):
    cells = by_grade_id(graphs)
    for name, (right, wrong, _, _) in SPOILED.items():
        assert right in cells[name].source, name
        cells[name].source = cells[name].source.replace(right, wrong)
    # A cell that cannot be read: its answers are never given.
    cells["nn-8"].source = 'answers["A2-NN-8"] = = "one"'
    cells["nn-8"].metadata["tags"] = ["raises-exception"]
    graphs.cells = [cell for cell in graphs.cells if assignments.SOLUTION_ONLY not in cell.metadata.get("tags", [])]
    marks = {name: earned(cell) for name, cell in marked_by_machine(run(graphs)).items()}
    points = {name: cell.metadata.nbgrader.points for name, cell in marked_by_machine(graphs).items()}
    assert marks == points | {"nn-8-marks": 0} | {name: left for _, _, name, left in SPOILED.values()}


def test_numbers_that_were_copied_earn_nothing_where_a_function_is_asked(graphs, run):
    """Right results typed into `answers`, with functions that are not written."""
    cells, copied = by_grade_id(graphs), {}
    for question in BY_MACHINE:
        if question.startswith("A2-CG-12b"):
            copied[question] = check.describe(question).truth
    cells["cg-12b-functions"].source = re.sub(
        r"### BEGIN SOLUTION.*?### END SOLUTION", "...", cells["cg-12b-functions"].source, flags=re.DOTALL
    )
    keep = [
        "tools",
        "keep-if",
        "is-missing",
        "verdicts",
        "symbols",
        "worked-network",
        "cg-12b-functions",
        "cg-12b-marks",
    ]
    chosen = [
        cell
        for cell in graphs.cells
        if cell.cell_type == "code"
        and (cell.metadata.get("nbgrader", {}).get("grade_id") in keep or "answers = {}" in cell.source)
    ]
    place = chosen.index(cells["cg-12b-marks"])
    chosen.insert(place, nbformat.v4.new_code_cell(f"answers |= {copied!r}\nmarks('CG-12b')"))
    graphs.cells = chosen
    before, after = run(graphs).cells[place : place + 2]
    assert (earned(before), earned(after)) == (19.0, 0.0)
