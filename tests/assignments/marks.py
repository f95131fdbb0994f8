"""What a solution's cells are: whose marks they carry, what they earned, what of them a student must not see."""

import re

from tools import assignments

REGION = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)(.*?)END \1", re.DOTALL)
# Lines as short as this say nothing: a bracket, "else:".
SHORT = 12


def by_grade_id(notebook):
    return {about["grade_id"]: cell for cell in notebook.cells if (about := cell.metadata.get("nbgrader"))}


def marked_by_machine(notebook):
    """The locked cells whose last value is the marks earned."""
    return {
        name: cell
        for name, cell in by_grade_id(notebook).items()
        if cell.metadata.nbgrader.grade and not cell.metadata.nbgrader.solution
    }


def marked_by_person(notebook):
    """The answers in prose that carry marks."""
    return {
        name: cell
        for name, cell in by_grade_id(notebook).items()
        if cell.metadata.nbgrader.grade and cell.metadata.nbgrader.solution
    }


def points(cells):
    return {name: cell.metadata.nbgrader.points for name, cell in cells.items()}


def earned(cell):
    """What nbgrader reads from the outputs of a locked cell."""
    if any(output.output_type == "error" for output in cell.outputs):
        return 0.0
    [value] = [output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result"]
    return float(value)


def words(cell):
    """What a cell shows, as text."""
    return "".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def secrets(cell):
    """The lines of a cell that must not reach a student."""
    if assignments.SOLUTION_ONLY in cell.metadata.get("tags", []):
        return meaningful(cell.source)
    return [line for found in REGION.finditer(cell.source) for line in meaningful(found[2])]


def meaningful(text):
    return [line.strip() for line in text.splitlines() if len(line.strip()) > SHORT]
