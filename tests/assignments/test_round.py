"""The whole round with nbgrader as the page for instructors tells it: hand out, collect, mark, give back.

Each course lies in a folder of its own, with its own gradebook; every command is read from the page.
"""

import csv
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader.api import Gradebook

from course_utils import check
from tests.assignments.marks import by_grade_id, earned, marked_by_machine, marked_by_person, points
from tools import assignments

PAGE = assignments.ROOT / "book" / "for-instructors.md"
NAMES = [path.stem for path in assignments.sources()]
EXAMPLE = "concepts"  # the assignment of the page's commands
HOSTILE = "concepts"
SECONDS_PER_CELL = 20  # long enough to import PyTorch on a busy machine, and no longer
FULL_RUN = "the loss of a training that took an hour"


def commands(name):
    """The nbgrader commands of the page's round, for one assignment."""
    [block] = re.findall(r"(?s)```bash\n(?=make course)(.*?)```", PAGE.read_text(encoding="utf-8"))
    lines = [line.split("#")[0].split() for line in block.splitlines() if line.startswith("nbgrader ")]
    return [[word.replace(EXAMPLE, name) for word in line[1:]] for line in lines]


class Course:
    """An nbgrader course of one assignment."""

    def __init__(self, folder, name, *options):
        self.folder, self.name, self.options = folder, name, options

    def run_the_round(self, submissions, last="export"):
        """Follow the page up to the command `last`. `submissions` maps students to notebooks."""
        assignments.make_course(self.folder, [assignments.SOLUTIONS / f"{self.name}.ipynb"])
        inbox = self.folder / "downloaded" / self.name / "archive"
        inbox.mkdir(parents=True)
        with zipfile.ZipFile(inbox / "by-mail.zip", "w") as by_mail:
            for student, notebook in submissions.items():
                file, text = f"{student}_{self.name}.ipynb", nbformat.writes(notebook)
                if student == "mistaken":
                    by_mail.writestr(file, text)
                else:
                    (inbox / file).write_text(text, encoding="utf-8")
        steps = commands(self.name)
        for step in steps[: [step[0] for step in steps].index(last) + 1]:
            self.nbgrader(*step)

    def nbgrader(self, *command):
        beside = str(Path(sys.executable).parent)  # where `alembic` is, which nbgrader calls
        environment = os.environ | {"PATH": os.pathsep.join([beside, os.environ["PATH"]])}
        options = self.options if command[0] == "autograde" else ()
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command, *options],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert done.returncode == 0, f"nbgrader {' '.join(command)}\n{done.stderr[-3000:]}"

    def marks(self, student):
        """The marks in the gradebook, by grade_id; None where a person is still to mark."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            grades = gradebook.find_submission_notebook(self.name, self.name, student).grades
            return {grade.name: None if grade.needs_manual_grade else grade.score for grade in grades}

    def graded(self, student):
        """The notebook as a person who marks sees it."""
        return nbformat.read(self.folder / "autograded" / student / self.name / f"{self.name}.ipynb", as_version=4)

    def feedback(self, student):
        return (self.folder / "feedback" / student / self.name / f"{self.name}.html").read_text(encoding="utf-8")


def solution(name):
    return nbformat.read(assignments.SOLUTIONS / f"{name}.ipynb", as_version=4)


def handed_out(name):
    return nbformat.read(assignments.STUDENTS / f"{name}.ipynb", as_version=4)


def perfect(name):
    """What is handed out, with the solution in every place that is a student's."""
    notebook, worked = handed_out(name), by_grade_id(solution(name))
    for grade_id, cell in by_grade_id(notebook).items():
        if cell.metadata.nbgrader.solution:
            cell.source = worked[grade_id].source
    return notebook


def with_mistakes(name):
    notebook = perfect(name)
    cells = by_grade_id(notebook)
    for mistake in MISTAKES[name]:
        cell = cells[mistake["in"]]
        old, new = mistake.get("replace", ("### END SOLUTION", f"{mistake.get('add')}\n### END SOLUTION"))
        assert old in cell.source, mistake
        cell.source = new.join(cell.source.rsplit(old, 1))
    return notebook


def as_colab_writes(notebook):
    """The same notebook in the form in which Colab saves it: an older format, and each cell's id in its metadata."""
    colab = nbformat.from_dict(notebook)
    colab.nbformat_minor = 0
    colab.metadata["colab"] = {"provenance": [], "gpuType": "T4"}
    for cell in colab.cells:
        cell.metadata["id"] = cell.pop("id")
    return colab


def lost(name):
    """The marks that the mistakes cost, by the cell that counts them."""
    total = {}
    for mistake in MISTAKES[name]:
        for cell, cost in mistake["costs"].items():
            total[cell] = total.get(cell, 0) + cost
    return total


def named(name):
    """The mistakes by their names, as the feedback gives them, by question."""
    return {question: name for mistake in MISTAKES[name] for question, name in mistake["named"].items()}


# --- mistakes that people make, some in each assignment --------------------------------------------------------

MISTAKES = {
    "foundations": [
        {
            "in": "q1b-formulas",
            "add": "gradient = X.T * (y - X * beta)",
            "costs": {"q1b-marks": 1},
            "named": {"A1-Q1b-gradient": "sign"},
        },
        {
            "in": "q1c-condition",
            "add": 'condition, solutions = kappa, "none"',
            "costs": {"q1c-marks": 1},
            "named": {"A1-Q1c": "condition-unchanged", "A1-Q1c-rank": "singular-means-no-solution"},
        },
        {
            "in": "q2b-gradients",
            "add": "dL_dw1 = output_error * w2 * x",
            "costs": {"q2b-marks": 1},
            "named": {"A1-Q2b-w1": "hidden-slope-left-out"},
        },
    ],
    "concepts": [
        {
            "in": "q4-collapse",
            "add": 'name = "linear"',
            "costs": {"q4-marks": 1},
            "named": {"H1-Q4-name": "linear-for-affine"},
        },
        {
            "in": "q8-dropout",
            "add": "factor = 1 - p",
            "costs": {"q8-marks": 1},
            "named": {"H1-Q8": "scaled-at-test-time"},
        },
        {
            "in": "q11-adam",
            "add": "by_adam = omega - eta * m_hat / sp.sqrt(v_hat + epsilon)",
            "costs": {"q11-rule-marks": 1},
            "named": {"H1-Q11-adam-eps": "epsilon-inside-the-root"},
        },
        {
            "in": "b1-partials",
            "add": "dRSS_dw0 = dRSS_dw0 / 2",
            "costs": {"b1-marks": 1},
            "named": {"H1-B1-w0": "half-convention"},
        },
        {
            "in": "b2-layers",
            "add": "dz1 = sp.hadamard_product(da1, a1)",
            "costs": {"b2-formula-marks": 1},
            "named": {"H1-B2-W1-literal": "value-for-slope"},
        },
    ],
    "neurons_and_graphs": [
        {
            "in": "an-6",
            "add": 'answers["A2-AN-6-sig"] = s',
            "costs": {"an-6-marks": 1},
            "named": {"A2-AN-6-sig": "activation-for-slope"},
        },
        {
            "in": "an-9",
            "add": 'answers["A2-AN-12"] = "piecewise"',
            "costs": {"an-9-marks": 1},
            "named": {"A2-AN-12": "piecewise-means-no-derivative"},
        },
        {
            "in": "an-13-functions",
            "replace": ("return -sum(terms) / len(terms)", "return -sum(terms)"),
            "costs": {"an-13-marks": 1},
            "named": {"A2-AN-13-bce": "summed-not-averaged"},
        },
        {
            "in": "nn-6",
            "add": 'answers["A2-NN-6-sig"] = 1 - y_hat**2',
            "costs": {"nn-6-marks": 1},
            "named": {"A2-NN-6-sig": "slope-of-tanh"},
        },
        {
            "in": "cg-14",
            "replace": ("gradients(W, v, X, y) ", "(g / 2 for g in gradients(W, v, X, y)) "),
            "costs": {"cg-14-marks": 1},
            "named": {"A2-CG-14": "half-convention"},
        },
    ],
    "char_lstm": [
        {
            "in": "char-lstm",
            "replace": (
                "return self.output(self.dropout(features)), hidden",
                "return torch.softmax(self.output(features), dim=-1), hidden",
            ),
            "costs": {"shapes": 1, "untrained": 1, "overfits": 1, "settings": 1},
            "named": {
                "A1-C1-shapes": "softmax-inside",
                "A1-C1-untrained": "softmax-inside",
                "A1-C1-overfits": "softmax-inside",
                "A1-C2-settings": "softmax-inside",
            },
        },
        {
            "in": "char-lstm",
            "replace": (
                "return weight.new_zeros(shape), weight.new_zeros(shape)",
                "return torch.zeros(shape), torch.zeros(shape)",
            ),
            "costs": {"state": 1},
            "named": {"A1-C1-state": "wrong-device"},
        },
        {
            "in": "probing",
            "add": 'experiments = [("The ", 100, 1.0)]',
            "costs": {"experiments": 1},
            "named": {"A1-C3-runs": "too-few-runs"},
        },
    ],
}


def test_what_the_mistakes_cost_is_what_their_questions_carry():
    known = set(check.questions())
    for name in set(MISTAKES) - {"char_lstm"}:
        questions = named(name)
        assert 3 <= len(questions) and set(questions) <= known
        assert sum(check.describe(question).marks for question in questions) == sum(lost(name).values())


# --- the round --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_round(name, tmp_path, subtests):
    """One student does all, one does nothing, one makes typical mistakes and works in Colab."""
    submissions = {
        "perfect": perfect(name),
        "empty": handed_out(name),
        "mistaken": as_colab_writes(with_mistakes(name)),
    }
    for cell in long_runs(submissions["perfect"]):
        cell.outputs, cell.execution_count = [new_output("stream", name="stdout", text=FULL_RUN)], 77
    course = Course(tmp_path / "course", name)
    course.run_the_round(submissions, last="export" if name == EXAMPLE else "generate_feedback")
    for check_of_it in (
        hands_out_what_the_site_links_to,
        marks_by_machine_come_out_as_they_must,
        prose_waits,
        feedback_shows_what_is_right_and_names_the_mistakes,
        a_person_sees_the_long_run,
        grades_are_exported,
    ):
        with subtests.test(check_of_it.__name__):
            check_of_it(course)


def long_runs(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and "train.fit_text(" in cell.source]


def hands_out_what_the_site_links_to(course):
    released = nbformat.read(course.folder / "release" / course.name / f"{course.name}.ipynb", as_version=4)
    assert [cell.source for cell in released.cells] == [cell.source for cell in handed_out(course.name).cells]


def marks_by_machine_come_out_as_they_must(course):
    full = points(marked_by_machine(solution(course.name)))
    expected = {
        "perfect": full,
        "empty": dict.fromkeys(full, 0),
        "mistaken": {cell: marks - lost(course.name).get(cell, 0) for cell, marks in full.items()},
    }
    for student, marks in expected.items():
        given = course.marks(student)
        assert {cell: given[cell] for cell in full} == marks, student


def prose_waits(course):
    """Prose waits for a person, and a place that was left as it was earns nothing."""
    prose = marked_by_person(solution(course.name))
    assert prose
    for student, mark in {"perfect": None, "mistaken": None, "empty": 0}.items():
        given = course.marks(student)
        assert {given[cell] for cell in prose} == {mark}, student


def feedback_shows_what_is_right_and_names_the_mistakes(course):
    pages = {student: course.feedback(student) for student in ("perfect", "empty", "mistaken")}
    for question, name in named(course.name).items():
        for student, text in pages.items():
            wrong = re.findall(rf"Not right yet: {question}, 0 of \S+ marks? \(([\w-]+)\)", text)
            right = re.search(rf"\bRight: [^<]*\b{question}(?![\w-])", text)
            assert set(wrong) == ({name} if student == "mistaken" else set()), (student, question)
            assert bool(right) == (student == "perfect"), (student, question)


def a_person_sees_the_long_run(course):
    """Marking cuts a training short; its outputs are those of the submission, and those of marks are not."""
    graded = course.graded("perfect")
    cells = long_runs(graded)
    assert [(cell.outputs[0].text, cell.execution_count) for cell in cells] == [(FULL_RUN, 77)] * len(cells)
    assert (FULL_RUN in course.feedback("perfect")) == bool(cells) == (course.name == "char_lstm")
    if cells:
        assert earned(by_grade_id(graded)["settings"]) == 1
    assert not [cell for cell in graded.cells if "handed_in" in cell.metadata]


def grades_are_exported(course):
    if course.name == EXAMPLE:
        rows = csv.DictReader((course.folder / "grades.csv").read_text(encoding="utf-8").splitlines())
        scores = {row["student_id"]: float(row["score"]) for row in rows}
        full = sum(points(marked_by_machine(solution(course.name))).values())
        assert scores == {"perfect": full, "empty": 0, "mistaken": full - sum(lost(course.name).values())}


# --- submissions that would stop the marking --------------------------------------------------------------------------

STOPPERS = {
    # where, what, the cell whose marks it costs, what the feedback says
    "loops": ("q3-result", "while True:\n    pass", "q3-marks", "CellTimeoutError"),
    "will-not-stop": (
        "q3-result",
        "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass",
        "q3-marks",
        "could not be interrupted",
    ),
    "fills-the-memory": (
        "q5-shapes",
        "hoard = []\nwhile True:\n    hoard.append(bytearray(10**8))",
        "q5-marks",
        "more memory than there is",
    ),
    "asks-for-too-much": ("q5-shapes", "grid = torch.ones(10**6, 10**6)", "q5-marks", "more memory than there is"),
    "kills-the-kernel": ("q6-diagnosis", "import os\nos._exit(1)", "q6-marks", "Kernel died"),
    "says-goodbye": ("q6-diagnosis", "exit()", "q6-marks", "ended the kernel"),
    "stops-at-once": ("q1-activation", "import a_module_that_nobody_has", "q1-marks", "ModuleNotFoundError"),
}


def test_a_cell_that_stops_the_marking_costs_its_own_marks_and_no_others(tmp_path, subtests):
    """One run over students each of whom has one cell that would stop it, and over one who has none."""
    submissions = {"honest": perfect(HOSTILE)}
    for student, (place, code, _, _) in STOPPERS.items():
        submissions[student] = perfect(HOSTILE)
        by_grade_id(submissions[student])[place].source = code
    course = Course(tmp_path / "course", HOSTILE, f"--Execute.timeout={SECONDS_PER_CELL}")
    course.run_the_round(submissions, last="autograde")
    full = points(marked_by_machine(solution(HOSTILE)))
    for student in submissions:
        with subtests.test(student):
            _, _, cell, said = STOPPERS.get(student, (None, None, None, "Right"))
            marks = course.marks(student)
            assert {cell: marks[cell] for cell in full} == full | ({cell: 0} if cell else {})
            assert said in "".join(str(cell.get("outputs")) for cell in course.graded(student).cells)
