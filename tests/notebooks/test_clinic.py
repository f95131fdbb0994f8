"""Every mistake of the clinic is refuted by a computation and comes back as an exercise whose verdict names it.

`clinic.csv` lists the mistakes: M01 to M40 leave a trace in a formula or a number, C01 to C11 are said in words. A cell
that has to do with a mistake carries its number as a tag. Where the bank has a question for it, the exercise gives the
mistaken answer and the stored verdict names the mistake; where it has none, a question in prose has its answer folded
beneath it.
"""

import ast
import csv
import re
from pathlib import Path

import nbformat
import pytest

from course_utils import check
from tools import notebooks

CLINIC = notebooks.FOLDER / "09_clinic.ipynb"
NUMBER = re.compile(r"[MC]\d\d")
# The header of a verdict: "✗ Not right yet: A2-NN-3, 0 of 1 mark (outputs-not-summed)".
VERDICT = re.compile(r"✗ Not right yet: (\S+), 0 of [\d.]+ marks? \(([a-z0-9-]+)\)")

with (Path(__file__).parent / "clinic.csv").open(encoding="utf-8", newline="") as file:
    MISTAKES = list(csv.DictReader(file))
IN_THE_BANK = [row for row in MISTAKES if row["question"]]
IN_PROSE = [row["mistake"] for row in MISTAKES if not row["question"]]
CELLS = nbformat.read(CLINIC, as_version=4).cells


def numbered(rows):
    return {"argvalues": rows, "ids": [row["mistake"] for row in rows]}


def tagged(mistake, kind="code"):
    return [cell for cell in CELLS if cell.cell_type == kind and mistake in cell.metadata.get("tags", [])]


def is_exercise(cell):
    return cell.cell_type == "code" and re.search(r"(?m)^treat\(", cell.source) is not None


def calls(source):
    """Names of the functions called in a cell's top level and loops, without what it defines."""
    statements = [node for node in ast.parse(source).body if not isinstance(node, ast.FunctionDef)]
    return {
        ast.unparse(node.func) for statement in statements for node in ast.walk(statement) if isinstance(node, ast.Call)
    }


def asserts(cell):
    """Say whether running the cell can fail: it asserts, confirms, or has a claim traced or refused."""
    statements = [node for node in ast.parse(cell.source).body if not isinstance(node, ast.FunctionDef)]
    bare = any(isinstance(node, ast.Assert) for statement in statements for node in ast.walk(statement))
    return bare or bool(calls(cell.source) & {"confirm.gradient", "confirm.identity", "traced", "refused"})


def verdicts(cell):
    """The (question, misconception) pairs in the stored output of a cell."""
    return VERDICT.findall("\n".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs))


def answers(cell):
    """The dictionary from question to answer that an exercise gives to `treat`."""
    call = ast.parse(cell.source).body[-1].value
    return ast.literal_eval(call.args[0])


EXERCISES = [cell for cell in CELLS if is_exercise(cell)]


def test_the_list_has_every_mistake_once():
    expected = [f"M{number:02}" for number in range(1, 41)] + [f"C{number:02}" for number in range(1, 12)]
    assert [row["mistake"] for row in MISTAKES] == expected


def test_every_tag_is_a_listed_mistake():
    tags = {tag for cell in CELLS for tag in cell.metadata.get("tags", []) if NUMBER.fullmatch(tag)}
    assert tags == {row["mistake"] for row in MISTAKES}


@pytest.mark.parametrize("row", **numbered(MISTAKES))
def test_a_computation_refutes_it(row):
    refuting = [cell for cell in tagged(row["mistake"]) if not is_exercise(cell)]
    assert refuting, f"no code cell outside the exercises is tagged {row['mistake']}"
    assert any(asserts(cell) for cell in refuting), f"no cell tagged {row['mistake']} can fail"


@pytest.mark.parametrize("row", **numbered(IN_THE_BANK))
def test_an_exercise_begins_with_it_and_the_stored_verdict_names_it(row):
    exercises = [cell for cell in tagged(row["mistake"]) if is_exercise(cell)]
    assert len(exercises) == 1, f"{len(exercises)} exercises are tagged {row['mistake']}; expected one"
    assert (row["question"], row["misconception"]) in verdicts(exercises[0])


@pytest.mark.parametrize("row", **numbered(IN_THE_BANK))
def test_the_bank_knows_the_mistake_for_that_question(row):
    assert row["misconception"] in check.describe(row["question"]).misconceptions


@pytest.mark.parametrize("mistake", IN_PROSE)
def test_a_mistake_without_a_question_in_the_bank_is_asked_in_prose(mistake):
    assert any("<details>" in cell.source for cell in tagged(mistake, kind="markdown"))


@pytest.mark.parametrize("cell", EXERCISES, ids=[cell.id for cell in EXERCISES])
def test_every_answer_of_an_exercise_begins_wrong_and_is_named(cell):
    given = answers(cell)
    assert [question for question, _ in verdicts(cell)] == list(given)
    for question, answer in given.items():
        assert not check.answer(question, answer).correct


@pytest.mark.parametrize("cell", EXERCISES, ids=[cell.id for cell in EXERCISES])
def test_an_exercise_is_tagged_with_what_it_treats(cell):
    treated = {row["mistake"] for row in IN_THE_BANK if (row["question"], row["misconception"]) in verdicts(cell)}
    tags = {tag for tag in cell.metadata.get("tags", []) if NUMBER.fullmatch(tag)}
    assert tags <= treated


def test_every_mistake_stands_in_one_row_of_one_table():
    rows = [
        number
        for cell in CELLS
        if cell.cell_type == "markdown"
        for number in re.findall(r"(?m)^\| ([MC]\d\d) \|", cell.source)
    ]
    assert sorted(rows) == sorted(row["mistake"] for row in MISTAKES)


@pytest.mark.parametrize(
    "source, expected",
    [
        ("assert x", True),
        ("confirm.identity(a, b)", True),
        ("print(traced('M01', L, w, a, b))", True),
        ("def f():\n    assert x", False),
        ("print('assert')", False),
        ("# assert x\nx = 1", False),
    ],
)
def test_asserts(source, expected):
    assert asserts(nbformat.v4.new_code_cell(source)) is expected
