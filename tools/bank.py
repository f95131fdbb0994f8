"""List what the bank of questions holds, written out: prompts, truths, marks, and the forms of each mistake.

    python -m tools.bank    write it to tests/project/bank.csv

The bank builds many formulas from shared pieces, and its tests take the mistakes from the bank itself. The list is
independent of both: whatever changes in a question shows in it, also where a shared piece changed. Whoever changes a
question writes the list again and reads its diff.
"""

from pathlib import Path

from course_utils import check
from tools import registers

ROOT = Path(__file__).resolve().parents[1]
REGISTER = ROOT / "tests" / "project" / "bank.csv"
COLUMNS = ("question", "part", "text")


def rows_of(question_id):
    """Return what one question holds, as (part, text), in a fixed order."""
    question = check.describe(question_id)
    found = [("prompt", question.prompt), ("truth", question.truth), ("marks", f"{question.marks:g}")]
    if question.tolerance:
        found.append(("tolerance", str(question.tolerance)))
    found += [("also right", form) for form in question.also]
    found += [(f"option {key}", text) for key, text in question.choices.items()]
    found += [(mistake.name, form) for mistake in question.known for form in mistake.forms]
    return found


def rows():
    """Return the whole list, as rows of question, part and text."""
    return [
        (question, part, " ".join(text.split()))
        for question in sorted(check.questions())
        for part, text in rows_of(question)
    ]


def stored():
    """Return the list as it is kept."""
    return registers.read(REGISTER, COLUMNS)


def main():
    found = rows()
    registers.write(REGISTER, COLUMNS, found)
    print(f"{REGISTER.relative_to(ROOT)}: {len(found)} entries. Read its diff: is each of them right?")


if __name__ == "__main__":
    main()
