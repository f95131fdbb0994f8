"""Each notebook alone in an empty folder, without the toolbox, as Colab and Kaggle open it."""

import ast
import json
import re
import shutil
from pathlib import Path

import environment
import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import repository as address

ROOT = environment.ROOT
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
CHAPTERS = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]
OWN = address.current(ROOT)
URL = f"https://github.com/{OWN.owner}/{OWN.name}"
# One text for all notebooks: what a reader learns of it once holds everywhere.
INSTALL = f"""\
# In Colab or Kaggle this installs the course's toolbox; numpy and torch stay as they are.
import importlib.util
if importlib.util.find_spec("course_utils") is None:
    %pip install --quiet "git+{URL}"
import course_utils  # stops here if the installation failed
"""
TIMEOUT_SECONDS = 300


def code(path):
    """A notebook's code cells, empty ones left out."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def imports(cells):
    """Every import statement in `cells`, wherever it stands, as the source of one cell."""
    found = set()
    for cell in cells:
        lines = [line for line in cell.source.splitlines() if not line.lstrip().startswith(("%", "!"))]
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found.add(ast.unparse(node))
    return "\n".join(sorted(found))


def kernel(folder, python, reads):
    """Register `python` as a kernel in `folder`, with git reading `reads` in place of the repository on GitHub."""
    spec = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "launch",
        "language": "python",
        "env": environment.CLEAN | environment.git_redirected(URL, reads),
    }
    (folder / "launch").mkdir(parents=True)
    (folder / "launch" / "kernel.json").write_text(json.dumps(spec))
    return AsyncKernelManager(kernel_name="launch", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(folder)]))


class Machine:
    """A fresh machine: a Python without the toolbox, and an empty folder to work in."""

    def __init__(self, folder):
        self.folder = folder
        self.python = environment.bare(folder / "python")
        self.work = folder / "work"
        self.work.mkdir()
        self.kernels = 0

    def execute(self, *cells, reads):
        """Run cells, or their sources, as one notebook in the empty folder; return the cells with their outputs."""
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        for cell in notebook.cells:
            cell.update(outputs=[], execution_count=None)
        self.kernels += 1
        manager = kernel(self.folder / f"kernels-{self.kernels}", self.python, reads)
        NotebookClient(
            notebook, km=manager, timeout=TIMEOUT_SECONDS, resources={"metadata": {"path": str(self.work)}}
        ).execute()
        return notebook.cells


@pytest.fixture
def machine(tmp_path, launch_environment):
    return Machine(tmp_path)


def test_there_are_notebooks():
    assert CHAPTERS, "no chapter under notebooks/"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_first_cell_is_the_install_cell(path):
    assert code(path)[0].source.rstrip() == INSTALL.rstrip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lone_notebook_installs_and_imports(path, machine, repository, say):
    say(f"{path.stem}: first cell and imports, alone in an empty folder")
    shutil.copy(path, machine.work)
    first, *others = code(path)
    before = environment.packages(machine.python)
    assert "course-utils" not in before
    where = "import course_utils; print(course_utils.__file__)"
    cells = machine.execute(first, imports(others), where, reads=repository.as_uri())

    after = environment.packages(machine.python)
    assert after.pop("course-utils") and after == before, "the first cell changed another package"
    assert Path(cells[-1].outputs[0].text.strip()).is_relative_to(machine.folder)
    assert [file.name for file in machine.work.iterdir()] == [path.name], "the notebook left files behind"
    # Where the toolbox is installed the cell asks for nothing: here it could not reach the repository.
    assert machine.execute(first, reads="file:///nowhere")[0].outputs == []


@pytest.mark.parametrize("path", CHAPTERS[:1], ids=lambda path: path.stem)
def test_a_lone_notebook_runs_to_its_end(path, machine, repository, say):
    say(f"{path.stem}: every cell, alone in an empty folder")
    cells = machine.execute(*code(path), reads=repository.as_uri())
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_an_unreachable_repository_is_named(machine):
    install = nbformat.v4.new_code_cell(INSTALL)
    with pytest.raises(CellExecutionError, match="No module named 'course_utils'"):
        machine.execute(install, "from course_utils import derive", reads="file:///nowhere")
    said = re.sub(r"\x1b\[[\d;]*m", "", "".join(output.get("text", "") for output in install.outputs))
    assert URL in said and "fatal: '/nowhere' does not appear to be a git repository" in said
