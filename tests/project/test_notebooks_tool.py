"""The tool that lists, executes and refuses notebooks, on notebooks built here."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import notebooks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    monkeypatch.setattr(notebooks, "STUDENT_FOLDER", tmp_path / "assignments")
    (tmp_path / "assignments").mkdir()
    return tmp_path


def write(path, *sources):
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)


def executed(source, count, *outputs):
    return new_code_cell(source, execution_count=count, outputs=list(outputs))


def test_what_is_published():
    good = new_notebook(cells=[new_markdown_cell("# T"), executed("1", 1, new_output("execute_result"))])
    assert notebooks.problems(good) == []


@pytest.mark.parametrize(
    "cells, problem",
    [
        ([executed("1 / 0", 1, new_output("error", ename="ZeroDivisionError", evalue="by zero"))], "ZeroDivisionError"),
        ([executed("x = 1", 1)], "no cell has an output"),
        ([executed("1", 1, new_output("execute_result")), new_code_cell("2")], "code cell 2 was never executed"),
        ([executed("plot()", 1, new_output("display_data", {"text/plain": "<Figure size 7x4>"}))], "lost its picture"),
    ],
)
def test_what_is_refused(cells, problem):
    assert any(problem in sentence for sentence in notebooks.problems(new_notebook(cells=cells)))


def test_publishable_exits_and_names_the_notebook(folder, capsys):
    write(folder / "empty.ipynb", "1 + 1")
    with pytest.raises(SystemExit, match="make notebooks"):
        notebooks.publishable()
    assert "empty.ipynb: code cell 1 was never executed: '1 + 1'" in capsys.readouterr().err


def test_student_versions_are_published_as_what_they_are(folder):
    write(folder / "assignments" / "student.ipynb", "1 + 1")
    notebooks.publishable()
    assert notebooks.with_outputs() == []


def test_executing_twice_gives_the_same_bytes_and_stores_outputs(folder):
    path = folder / "one.ipynb"
    write(path, "x = 6", "x * 7")
    stored = []
    for _ in range(2):
        notebooks.execute_all([])
        stored.append(path.read_bytes())
    assert stored[0] == stored[1] and b'"42"' in stored[0]
    assert not list(folder.glob("*.partial"))


def test_what_was_executed_is_written_down(folder):
    path = folder / "one.ipynb"
    write(path, "x = 5", "x = 6", "x * 7")
    notebooks.execute_all([])
    notebook = nbformat.read(path, as_version=4)
    assert notebooks.fingerprints() == {"one.ipynb": notebooks.fingerprint(notebook)}
    known = notebooks.fingerprint(notebook)
    notebook.cells[0].source = "y = 6  # the first cell names the repository"
    assert notebooks.fingerprint(notebook) == known
    for change in ({"source": "x * 8"}, {"outputs": []}):
        changed = nbformat.from_dict(notebook)
        changed.cells[2].update(change)
        assert notebooks.fingerprint(changed) != known


def test_measured_results_belong_to_what_was_executed(folder):
    data = folder / "src" / "course_utils" / "data"
    data.mkdir(parents=True)
    (data / "times.json").write_text("1")
    reading = new_notebook(cells=[new_code_cell("x = 1"), new_code_cell('runtime.results("times")')])
    before = notebooks.fingerprint(reading)
    (data / "times.json").write_text("2")
    assert notebooks.fingerprint(reading) != before


def test_a_failing_notebook_is_named_and_left_as_it_was(folder, capsys):
    write(folder / "bad.ipynb", "print('before')", "1 / 0")
    before = (folder / "bad.ipynb").read_bytes()
    with pytest.raises(SystemExit, match="1 of 1 notebooks failed"):
        notebooks.execute_all([])
    assert (folder / "bad.ipynb").read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_an_unknown_part_of_a_name_lists_what_there_is(folder):
    write(folder / "01_first.ipynb", "1")
    with pytest.raises(SystemExit, match=r"contains any of \['99'\].*01_first"):
        notebooks.execute_all(["99"])


def test_pictures_are_stored_whatever_the_caller_has_set(folder, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    (folder / "matplotlibrc").write_text("backend: Agg\n", encoding="utf-8")
    monkeypatch.setenv("MATPLOTLIBRC", str(folder))
    path = folder / "plot.ipynb"
    write(path, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    notebooks.execute_all([])
    assert notebooks.has_picture(nbformat.read(path, as_version=4).cells[0])


def test_a_notebook_that_lost_a_picture_stays_as_it_was(folder, capsys):
    path = folder / "plot.ipynb"
    cell = new_code_cell("x = 1", metadata={"mystnb": {"image": {"alt": "A line."}}})
    nbformat.write(new_notebook(cells=[cell]), path)
    stored = path.read_bytes()
    with pytest.raises(SystemExit):
        notebooks.execute_all([])
    assert path.read_bytes() == stored and "lost its picture" in capsys.readouterr().err
