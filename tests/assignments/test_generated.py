"""What students open is made from the solutions, and holds nothing of them."""

import re

import nbformat
import pytest

from tests.assignments.marks import secrets
from tools import assignments

SOLUTIONS = assignments.sources()


def each(test):
    return pytest.mark.parametrize("path", SOLUTIONS, ids=[path.stem for path in SOLUTIONS])(test)


def student(path):
    return nbformat.read(assignments.STUDENTS / path.name, as_version=4)


def test_every_solution_has_its_student_version_and_no_other_is_there():
    assert SOLUTIONS
    stored = {path.name for path in assignments.STUDENTS.glob("*.ipynb")}
    assert stored == {path.name for path in SOLUTIONS}


@each
def test_stored_is_what_would_be_generated(path):
    stored = (assignments.STUDENTS / path.name).read_text(encoding="utf-8")
    assert stored == assignments.generate(path), "make assignments"


@each
def test_nothing_of_the_solution_leaks(path):
    hidden = [line for cell in nbformat.read(path, as_version=4).cells for line in secrets(cell)]
    assert len(hidden) > 10
    given = "\n".join(cell.source for cell in student(path).cells)
    assert not [line for line in hidden if line in given]
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN|MARK)|solutions/|worked solution", given)


@each
def test_no_output_count_or_tag_is_left(path):
    cells = student(path).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.outputs or cell.execution_count is not None]
    assert not [cell for cell in cells if cell.metadata.get("tags")]


@each
def test_links_open_the_student_version(path):
    title = student(path).cells[0].source
    assert title.count(f"notebooks/assignments/{path.name}") == 2


@each
def test_a_sheet_links_to_the_notebook_and_to_its_solution(path):
    sheets = [page for kind in ("assignment", "homework") for page in (assignments.ROOT / "book").glob(f"{kind}_*.md")]
    pages = [page.read_text(encoding="utf-8") for page in sheets]
    [sheet] = [page for page in pages if f"](../notebooks/solutions/{path.name})" in page]
    assert re.search(rf"\]\(https://colab\.[^)\s]*/notebooks/assignments/{path.name}\)", sheet)
    assert re.search(rf"\]\(https://mybinder\.org/[^)\s]*=lab/tree/notebooks/assignments/{path.name}\)", sheet)


@each
def test_kernel_and_accelerator_are_those_of_the_solution(path):
    assert student(path).metadata == nbformat.read(path, as_version=4).metadata


@each
def test_cells_that_mark_are_locked(path):
    for cell in student(path).cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade") and not about["solution"]:
            assert cell.metadata["editable"] is False and cell.metadata["deletable"] is False


def test_marks_of_the_char_lstm(solution):
    cells = {about["grade_id"]: about for cell in solution.cells if (about := cell.metadata.get("nbgrader"))}
    by_machine = sum(about["points"] for about in cells.values() if about["grade"] and not about["solution"])
    by_person = sum(about.get("points", 0) for about in cells.values() if about["task"] or about["solution"])
    assert (by_machine, by_person) == (10, 5)


def test_due_date_and_place_are_settings():
    path = assignments.SOLUTIONS / "char_lstm.ipynb"
    text = assignments.generate(path, {"due": "on the first of May", "hand_in": "at the front desk"})
    assert "| Due | on the first of May |" in text and "| Hand in | at the front desk |" in text


@pytest.mark.parametrize(
    "lines, complaint",
    [
        ('due = "May"', "expected"),
        ('due = "May"\nhand_in = 3', "hand_in is 3"),
        ('due = "a|b"\nhand_in = "x"', "without |"),
        ('due = ""\nhand_in = "x"', "due is ''"),
    ],
)
def test_settings_are_checked(tmp_path, monkeypatch, lines, complaint):
    file = tmp_path / "assignments.toml"
    file.write_text(lines)
    monkeypatch.setattr(assignments, "SETTINGS", file)
    with pytest.raises(ValueError, match=re.escape(complaint)):
        assignments.settings()


def test_a_solution_that_nbgrader_refuses_is_named(solution):
    broken = nbformat.from_dict(solution)
    [cell] = [cell for cell in broken.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "char-lstm"]
    cell.source = cell.source.replace("### END SOLUTION", "", 1)
    with pytest.raises(RuntimeError, match="broken"):
        assignments.released(broken, "broken")
