"""The marks on the assignment sheets add up: parts to questions, questions to the table, rows and columns to totals."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHEETS = [ROOT / "book" / name for name in ("assignment_1.md", "homework_1.md", "assignment_2.md")]
ROW = re.compile(r"(?m)^\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|$")
HEADING = re.compile(r"(?m)^###? ([^:(\n]+).*?\((\d+)\s+marks?(?:, [a-z ]+)?\)$")
NUMBER = r"\d+½?|½"
PART = re.compile(rf"\(({NUMBER})\s+marks?(?:\b|\))")

each = pytest.mark.parametrize("path", SHEETS, ids=[path.stem for path in SHEETS])


def number(text):
    """Read 3, ½ or 2½, also in bold; an empty cell is 0."""
    text = text.strip().strip("*")
    return (float(text.rstrip("½") or 0) + 0.5 * text.endswith("½")) if text else 0.0


def table(text):
    """Return the rows of the table of marks: the part, and what is given by machine, by a person and together."""
    rows = [[cell.strip() for cell in row] for row in ROW.findall(text)]
    start = next(index for index, row in enumerate(rows) if row[4] == "marks")
    return [(row[0], row[1], *map(number, row[2:])) for row in rows[start + 2 :]]


@each
def test_rows_and_columns_of_the_table_add_up(path):
    rows = table(path.read_text(encoding="utf-8"))
    assert len(rows) > 3
    wrong = [part or about for part, about, machine, person, marks in rows if machine + person != marks]
    assert not wrong, "by machine and by a person do not make the marks"
    sums, totals = [0.0, 0.0, 0.0], 0
    for part, about, *given in rows:
        if part:
            sums = [total + more for total, more in zip(sums, given, strict=True)]
        else:
            totals += 1
            assert given == sums, f"the row of totals, {about!r}, is {given}; the rows above it make {sums}"
    assert totals, "the table has no row of totals"


@each
def test_each_question_is_worth_what_the_table_says(path):
    text = path.read_text(encoding="utf-8")
    marks = {part: given[-1] for part, _, *given in table(text) if part}
    headings = {}
    for title, given in HEADING.findall(text):
        # A row such as "AN-1 to AN-20" stands for all headings that begin with AN.
        title = title.strip()
        row = next((part for part in marks if " to " in part and title.startswith(part.partition("-")[0])), title)
        headings[row] = headings.get(row, 0.0) + float(given)
    assert headings == marks


@each
def test_the_parts_of_a_question_make_its_marks(path):
    wrong = {}
    for section in re.split(r"(?m)^(?=###? )", path.read_text(encoding="utf-8")):
        if heading := HEADING.match(section):
            parts = [number(found) for found in PART.findall(section[heading.end() :])]
            if parts and sum(parts) != float(heading[2]):
                wrong[heading[1]] = parts
    assert not wrong


@each
def test_the_first_sentence_gives_the_total(path):
    text = path.read_text(encoding="utf-8")
    total = next(given[-1] for part, _, *given in table(text) if not part)
    assert f"{total:g} marks" in " ".join(text.split("\n## ")[0].split())


@pytest.mark.parametrize("text, expected", [("3", 3), ("½", 0.5), ("2½", 2.5), ("**40**", 40), ("", 0)])
def test_numbers(text, expected):
    assert number(text) == expected
