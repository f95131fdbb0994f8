"""The student version of the CharLSTM, run from an empty folder: as it is, half done, and done."""

import re

import pytest
from nbclient.exceptions import CellExecutionError

from tests.assignments.marks import by_grade_id, words

YOURS = ("char-lstm", "hyperparameters", "probing")


def paste(solution, student, *grade_ids):
    theirs, ours = by_grade_id(student), by_grade_id(solution)
    for grade_id in grade_ids:
        theirs[grade_id].source = ours[grade_id].source


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_three_things_are_left_to_the_student(student):
    left = [cell.metadata.nbgrader.grade_id for cell in code(student) if "Yours to write" in cell.source]
    assert tuple(left) == YOURS
    assert by_grade_id(student)["char-lstm"].source.count("Yours to write") == 3
    headings = re.findall(r"(?m)^## Yours, (\d) of 3", "\n".join(cell.source for cell in student.cells))
    assert headings == ["1", "2", "3"]


def test_it_stops_at_the_first_missing_method_and_says_what_to_do(student, run):
    with pytest.raises(CellExecutionError) as stopped:
        run(student)
    message = re.sub(r"\x1b\[[\d;]*m", "", str(stopped.value)).strip().splitlines()[-1]
    assert "__init__ is not written yet" in message and "the text above that cell says what" in message
    executed = [cell for cell in code(student) if cell.execution_count is not None]
    assert executed[-1].metadata.nbgrader.grade_id == "state"
    assert not [cell for cell in executed[:-1] for output in cell.outputs if output.output_type == "error"]


def test_with_the_three_methods_it_runs_to_the_end(solution, student, run):
    paste(solution, student, "char-lstm")
    run(student)
    assert all(cell.execution_count for cell in code(student))
    cells = by_grade_id(student)
    assert "learning-rate-too-small" in words(cells["settings"]) and words(cells["settings"]).endswith("0.0")
    assert "too-few-runs" in words(cells["experiments"]) and words(cells["experiments"]).endswith("0.0")


def test_with_all_three_things_every_check_is_passed(solution, student, run):
    paste(solution, student, *YOURS)
    run(student)
    assert "A trial run" in "".join(words(cell) for cell in code(student))
    checks = [cell for cell in code(student) if cell.metadata.get("nbgrader", {}).get("grade")]
    assert len(checks) == 10
    assert all("✓ Right" in words(cell) for cell in checks)
