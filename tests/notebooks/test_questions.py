"""Every question of the assignment sheets has a home chapter, and a cell there that answers it.

`questions.csv` lists the questions. A cell answers one by carrying its id as a tag. Where the answer can be checked by
machine, a code cell must assert it, confirm it, or ask for it.
"""

import csv
import re
from pathlib import Path

import nbformat
import pytest

from tools import notebooks

ASSERTIONS = re.compile(r"\bassert\b|\bassert_\w+\(|\bconfirm\.\w+\(|\bcheck\.answer\(")
QUESTION = re.compile(r"(?:A1|A2|H1)-[\w-]+")

with (Path(__file__).parent / "questions.csv").open(encoding="utf-8", newline="") as file:
    QUESTIONS = list(csv.DictReader(file))
CHAPTERS = {path.stem: nbformat.read(path, as_version=4).cells for path in notebooks.with_outputs()}


@pytest.mark.parametrize("question", QUESTIONS, ids=[row["question"] for row in QUESTIONS])
def test_a_cell_of_the_home_chapter_answers_it(question):
    cells = [cell for cell in CHAPTERS[question["chapter"]] if question["question"] in cell.metadata.get("tags", [])]
    assert cells, f"no cell of {question['chapter']} is tagged {question['question']}"
    if question["kind"] == "checkable":
        assert any(cell.cell_type == "code" and ASSERTIONS.search(cell.source) for cell in cells), (
            f"no code cell tagged {question['question']} asserts, confirms or asks for the answer"
        )


def test_every_tagged_question_is_listed():
    with (Path(__file__).parents[1] / "assignments" / "solutions.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["question"] for row in [*QUESTIONS, *csv.DictReader(file)]}
    tagged = {tag for cells in CHAPTERS.values() for cell in cells for tag in cell.metadata.get("tags", [])}
    assert {tag for tag in tagged if QUESTION.fullmatch(tag)} <= listed
