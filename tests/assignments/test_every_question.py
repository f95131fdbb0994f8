"""Every question of the sheets is answered in a solution, asked there, and worth what its sheet says.

`solutions.csv` says in which solution a question is answered; an R1 or R2 is a point of Assignment 1 that answers to it
often get wrong. A cell answers one by carrying its id as a tag. Where a
machine can check the answer, a code cell must assert it, confirm it, or ask for it.
"""

import csv
import re
from pathlib import Path

import nbformat
import pytest

from course_utils import check
from tools import assignments

HERE = Path(__file__).parent
BOOK = assignments.ROOT / "book"
PAGES = {"A1": "assignment_1.md", "H1": "homework_1.md", "A2": "assignment_2.md"}
ASSERTIONS = re.compile(r"\bassert\b|\bassert_\w+\(|\bconfirm\.\w+\(|\bcheck\.answer\(")
QUESTION = re.compile(r"(?:A1|A2|H1|R1|R2)-[\w-]*\w")


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SOLUTIONS = read(HERE / "solutions.csv")
LISTED = {row["question"] for row in SOLUTIONS}
LEDGER = read(HERE.parent / "notebooks" / "questions.csv")
CHECKABLE = {row["question"] for row in LEDGER if row["kind"] == "checkable"} | set(check.questions())
NOTEBOOKS = {
    name: nbformat.read(assignments.SOLUTIONS / f"{name}.ipynb", as_version=4).cells
    for name in sorted({row["notebook"] for row in SOLUTIONS})
}
SHEETS = sorted(PAGES)


def tags(cell):
    return cell.metadata.get("tags", [])


def cells_of(sheet):
    """The cells of every solution that answers a question of this sheet."""
    names = sorted({row["notebook"] for row in SOLUTIONS if row["question"].startswith(sheet)})
    return [cell for name in names for cell in NOTEBOOKS[name]]


def page(sheet):
    return (BOOK / PAGES[sheet]).read_text(encoding="utf-8")


def test_no_question_is_listed_twice():
    assert len(LISTED) == len(SOLUTIONS)


@pytest.mark.parametrize("row", SOLUTIONS, ids=[row["question"] for row in SOLUTIONS])
def test_a_cell_of_the_solution_answers_it(row):
    cells = [cell for cell in NOTEBOOKS[row["notebook"]] if row["question"] in tags(cell)]
    assert cells, f"no cell of {row['notebook']} is tagged {row['question']}"
    if row["question"] in CHECKABLE:
        assert any(cell.cell_type == "code" and ASSERTIONS.search(cell.source) for cell in cells), (
            f"no code cell tagged {row['question']} asserts, confirms or asks for the answer"
        )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_tagged_question_is_listed(name):
    tagged = {tag for cell in NOTEBOOKS[name] for tag in tags(cell) if QUESTION.fullmatch(tag)}
    assert tagged <= LISTED


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_solutions_leave_out_no_question_of_the_sheet(sheet):
    assert {row["question"] for row in LEDGER if row["question"].startswith(sheet)} <= LISTED


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_question_that_a_machine_checks_is_asked(sheet):
    source = "\n".join(cell.source for cell in cells_of(sheet) if cell.cell_type == "code")
    ids = [question for question in check.questions() if question.startswith(sheet)]
    assert ids and not [question for question in ids if f'"{question}"' not in source]


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_sheet_names_only_questions_that_there_are(sheet):
    named = set(QUESTION.findall(page(sheet)))
    assert named and named <= LISTED | set(check.questions())


@pytest.mark.parametrize("sheet", SHEETS)
def test_points_add_up_to_the_marks_of_the_sheet(sheet):
    points = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells_of(sheet))
    totals = [float(total) for total in re.findall(r"(?m)\*\*(\d+(?:\.\d+)?)\*\* \|$", page(sheet))]
    assert totals, "the last column of the sheet's table ends in its total, in bold"
    assert points == max(totals)
