"""Make the notebooks that students open from the worked solutions.

    python -m tools.assignments              every notebooks/solutions/NAME.ipynb to notebooks/assignments/NAME.ipynb
    python -m tools.assignments char_lstm    only some, by name
    python -m tools.assignments --course ../spring    an nbgrader course in that folder, to hand out and mark

A solution is a notebook in nbgrader's format. nbgrader's own `generate_assignment` takes out what lies between BEGIN
and END SOLUTION, HIDDEN TESTS and MARK SCHEME, clears the outputs and locks the cells that mark. This program stages
the solution for it in a folder of its own, without a gradebook, after it has

- dropped the cells tagged `solution-only`, which speak about the solution's own results,
- taken ": worked solution" out of the title, and turned launch links and badges to the student's notebook,
- written the due date and the place of submission, from assignments.toml, into the table at the top.

The same solution gives the same bytes. An nbgrader course holds the solutions staged in the same way, and the same
configuration, grading/nbgrader_config.py: what students hand in fits what marks it.
"""

import argparse
import logging
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
SOLUTIONS = ROOT / "notebooks" / "solutions"
STUDENTS = ROOT / "notebooks" / "assignments"
SETTINGS = Path(__file__).with_suffix(".toml")
CONFIGURATION = ROOT / "grading" / "nbgrader_config.py"

SOLUTION_ONLY = "solution-only"
TITLE_ENDING = ": worked solution"
ROWS = {"due": "Due", "hand_in": "Hand in"}


def sources():
    """Every worked solution."""
    return sorted(SOLUTIONS.glob("*.ipynb"))


def settings():
    """Read assignments.toml.

    Raises
    ------
    ValueError
        If a setting is missing, unknown, or not one line of text.
    """
    given = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    if set(given) != set(ROWS):
        raise ValueError(f"{SETTINGS.name} sets {sorted(given)}; expected {sorted(ROWS)}.")
    for name, value in given.items():
        if not isinstance(value, str) or not value.strip() or "\n" in value or "|" in value:
            raise ValueError(f"{SETTINGS.name}: {name} is {value!r}; expected one line of text without |.")
    return given


def staged(notebook, given):
    """Return what nbgrader gets: the solution without what is said about it, under the student version's name."""
    notebook = nbformat.from_dict(notebook)
    notebook.cells = [cell for cell in notebook.cells if SOLUTION_ONLY not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        cell.metadata.pop("tags", None)  # they steer the tests of the stored outputs
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("notebooks/solutions/", "notebooks/assignments/")
            for name, row in ROWS.items():
                cell.source = re.sub(rf"(?m)^\| {row} \|.*\|$", f"| {row} | {given[name]} |", cell.source)
    title, _, rest = notebook.cells[0].source.partition("\n")
    if not title.startswith("# ") or not title.endswith(TITLE_ENDING):
        raise ValueError(f"The first line is {title!r}; expected a title that ends in {TITLE_ENDING!r}.")
    notebook.cells[0].source = f"{title.removesuffix(TITLE_ENDING)}\n{rest}"
    return notebook


def released(notebook, name):
    """Run nbgrader's generate_assignment on a notebook; return the student version.

    Raises
    ------
    RuntimeError
        If nbgrader refuses the notebook, with what it logged.
    """
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    with tempfile.TemporaryDirectory(prefix="assignments-") as folder:
        course = Path(folder)
        source = course / "source" / name / f"{name}.ipynb"
        source.parent.mkdir(parents=True)
        nbformat.write(notebook, source)
        config = PyFileConfigLoader(CONFIGURATION.name, path=str(CONFIGURATION.parent)).load_config()
        config.CourseDirectory.root = str(course)
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
        config.NbGraderAPI.log_level = logging.ERROR
        answer = NbGraderAPI(config=config).generate_assignment(name)
        if not answer["success"]:
            raise RuntimeError(f"nbgrader cannot generate {name}:\n{answer.get('log') or answer.get('error')}")
        return nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)


def generate(path, given=None):
    """Return the student version of one solution, as the text of its file.

    Parameters
    ----------
    path : Path
        Of the solution.
    given : dict, optional
        Due date and place of submission; without it, those of assignments.toml.
    """
    notebook = nbformat.read(path, as_version=4)
    student = released(staged(notebook, given or settings()), path.stem)
    for before, cell in zip(staged(notebook, given or settings()).cells, student.cells, strict=True):
        cell.id = before.id  # nbgrader draws new ones
    student.metadata = {
        key: notebook.metadata[key]
        for key in sorted(notebook.metadata)
        if key in {"accelerator", "colab", "kernelspec", "language_info"}
    }
    nbformat.validate(student)
    return nbformat.writes(student) + "\n"


def make_course(folder, paths):
    """Write an nbgrader course: the solutions, staged, and the configuration.

    What is there already is replaced; gradebook and submissions are left as they are.
    """
    for path in paths:
        target = folder / "source" / path.stem / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(staged(nbformat.read(path, as_version=4), settings()), target)
    shutil.copy(CONFIGURATION, folder / CONFIGURATION.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="a solution's name without .ipynb; all of them if none is given")
    parser.add_argument("--course", type=Path, metavar="FOLDER", help="write an nbgrader course there instead")
    arguments = parser.parse_args()
    names = arguments.name
    known = {path.stem: path for path in sources()}
    if unknown := sorted(set(names) - set(known)):
        sys.exit(f"There is no solution {', '.join(unknown)}. There are: {', '.join(known) or 'none'}.")
    if arguments.course:
        if arguments.course.resolve().is_relative_to(ROOT):
            sys.exit(f"{arguments.course} lies in the repository. Students hand in there: name a folder outside.")
        make_course(arguments.course, [path for name, path in known.items() if not names or name in names])
        print(f"An nbgrader course in {arguments.course}. Go there and run: nbgrader generate_assignment NAME")
        return
    STUDENTS.mkdir(exist_ok=True)
    for name, path in known.items():
        if not names or name in names:
            target = STUDENTS / path.name
            try:
                text = generate(path)
            except (RuntimeError, ValueError) as error:
                sys.exit(f"{path.relative_to(ROOT)}: {error}")
            target.write_text(text, encoding="utf-8")
            print(f"{target.relative_to(ROOT)} from {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
