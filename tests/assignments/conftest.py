"""The solution of the CharLSTM and its student version, and a way to run notebooks."""

import nbformat
import pytest
from nbclient import NotebookClient

from tools import assignments

TIMEOUT_SECONDS = 240


@pytest.fixture(scope="session")
def solution():
    return nbformat.read(assignments.SOLUTIONS / "char_lstm.ipynb", as_version=4)


@pytest.fixture
def student():
    return nbformat.read(assignments.STUDENTS / "char_lstm.ipynb", as_version=4)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Execute a notebook as a trial run, in an empty folder; raises where a cell does."""
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("TQDM_DISABLE", "1")

    def execute(notebook):
        NotebookClient(
            notebook, timeout=TIMEOUT_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        ).execute()
        return notebook

    return execute
