"""What the page for instructors says is so: marks, names, numbers and commands. `test_round` runs its round."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from traitlets.config import PyFileConfigLoader

from tests.assignments.marks import marked_by_machine, points
from tools import assignments

ROOT = assignments.ROOT
PAGE = (ROOT / "book" / "for-instructors.md").read_text(encoding="utf-8")
ROWS = re.findall(r"(?m)^\| `(\w+)` \| (\d+) \| (\d+) \| (.+) \|$", PAGE)


@pytest.fixture(scope="module")
def configuration():
    return PyFileConfigLoader(assignments.CONFIGURATION.name, path=str(assignments.CONFIGURATION.parent)).load_config()


def test_the_table_gives_the_marks_of_each_assignment():
    told = {name: (int(machine), int(person)) for name, machine, person, _ in ROWS}
    counted = {}
    for path in assignments.sources():
        notebook = nbformat.read(path, as_version=4)
        cells = {name: cell for name, cell in marked_by_machine(notebook).items() if cell.cell_type == "code"}
        whole = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in notebook.cells)
        machine = sum(points(cells).values())
        counted[path.stem] = machine, whole - machine
    assert told == counted


def test_seven_of_the_eight_checks_of_the_class_are_run_with_hidden_seeds():
    notebook = nbformat.read(assignments.SOLUTIONS / "char_lstm.ipynb", as_version=4)
    checks = [cell.source for cell in marked_by_machine(notebook).values() if "(CharLSTM)" in cell.source]
    hidden = [source for source in checks if re.search(r"BEGIN HIDDEN TESTS\n.*seed=", source)]
    assert (len(hidden), len(checks)) == (7, 8)


@pytest.mark.parametrize("name", ["concepts", "neurons_and_graphs", "foundations"])
def test_functions_are_tried_on_hidden_data(name):
    """Every function that a student writes is called in a hidden test, by itself or by one that is."""
    notebook = nbformat.read(assignments.SOLUTIONS / f"{name}.ipynb", as_version=4)
    written, hidden = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            hidden += "".join(re.findall(r"(?s)BEGIN HIDDEN TESTS(.*?)END HIDDEN TESTS", cell.source))
            if cell.metadata.get("nbgrader", {}).get("solution"):
                written += re.findall(r"(?m)^def (\w+)\(.*\n(?:    .*\n)*?    ### BEGIN SOLUTION", cell.source)
    called = hidden + "".join(cell.source for cell in marked_by_machine(notebook).values())
    assert written and "HIDDEN" not in hidden
    assert not [function for function in written if not re.search(rf"\b{function}\b", called)]


def test_limits_are_those_of_the_configuration(configuration):
    seconds, gibibytes = re.search(r"may run for (\d+) seconds, and each kernel may fill (\d+) GiB", PAGE).groups()
    assert configuration.Execute.timeout == int(seconds)
    [limit] = [argument for argument in configuration.Execute.extra_arguments if "RLIMIT_DATA" in argument]
    assert f"{int(gibibytes) * 2**30}" in limit


def test_commands_are_there():
    code = [block + inline for block, inline in re.findall(r"(?s)```bash\n(.*?)```|`([^`\n]+)`", PAGE)]
    named = {command for text in code for command in re.findall(r"\bnbgrader ([a-z_]+)", text)}
    assert {"release_assignment", "collect", "zip_collect", "autograde", "export", "db"} <= named
    known = subprocess.run([sys.executable, "-m", "nbgrader", "--help-all"], capture_output=True, text=True).stdout
    assert not [command for command in named if not re.search(rf"(?m)^{command}\b", known)]
    targets = re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert not set(re.findall(r"\bmake (course|book|serve|assignments|notebooks|test)\b", PAGE)) - set(targets)


def test_file_names_of_platforms_are_understood(configuration, tmp_path):
    """The example names of the page, and the assignment whose name has an underscore itself."""
    assignments.make_course(tmp_path, assignments.sources())
    copied = PyFileConfigLoader(assignments.CONFIGURATION.name, path=str(tmp_path)).load_config()
    pattern = re.compile(copied.FileNameCollectorPlugin.named_regexp)
    examples = dict.fromkeys(re.findall(r"`(ada_\w+\.ipynb)`", PAGE), "concepts")
    assert len(examples) == 2
    for name, assignment in {
        **examples,
        "ada_char_lstm.ipynb": "char_lstm",
        "ada_char_lstm (1).ipynb": "char_lstm",
        "ada_7_neurons_and_graphs-2.ipynb": "neurons_and_graphs",
    }.items():
        found = pattern.match(f"/somewhere/else_{name[:3]}/{name}").groupdict()
        assert found == {"student_id": "ada", "file_id": assignment}, name
    assert not pattern.match("/somewhere/ada_essay.ipynb")


def test_a_course_is_not_made_inside_the_repository():
    made = subprocess.run(
        [sys.executable, "-m", "tools.assignments", "--course", "spring"], cwd=ROOT, capture_output=True, text=True
    )
    assert made.returncode and "name a folder outside" in made.stderr
    assert not Path(ROOT, "spring").exists()
