"""The planted faults fit the project as it is, and the program that plants them is not fooled.

That each of them is caught is seen by `make faults`, which takes minutes.
"""

import json
from pathlib import Path

import pytest

from tests.faults import __main__ as program
from tests.faults import planting
from tests.faults.planted import FAULTS, KINDS
from tests.faults.planting import Check, Fault, replaced

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_every_fault_can_be_planted(fault):
    text = (ROOT / fault.file).read_text(encoding="utf-8")
    assert fault.plant(text) != text, "choose another place for it in tests/faults/planted.py"


def test_names_are_unique_and_every_kind_is_planted():
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names) >= 50
    assert {fault.kind for fault in FAULTS} == set(KINDS)


@pytest.mark.parametrize(
    "target", sorted({target for fault in FAULTS for target in fault.check.targets if target.startswith("tests/")})
)
def test_every_check_is_there(target):
    assert (ROOT / target.partition("::")[0]).is_file()


@pytest.fixture
def fault():
    return Fault("a-name", KINDS[0], "a.txt", replaced("one", "two"), Check("pytest", ("tests/a.py",)), "test_one")


def test_a_fault_is_planted_and_taken_back(tmp_path, fault):
    (tmp_path / "a.txt").write_text("one and zero")
    copy = object.__new__(program.Copy)
    copy.root = tmp_path
    with copy.spoiled(fault):
        assert (tmp_path / "a.txt").read_text() == "two and zero"
    assert (tmp_path / "a.txt").read_text() == "one and zero"


@pytest.mark.parametrize("text, times", [("one one", "2 times"), ("zero", "0 times")])
def test_a_text_that_is_not_there_once_is_refused(tmp_path, fault, text, times):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ValueError, match=f"a-name cannot be planted in a.txt: 'one' stands there {times}"):
        fault.spoil(tmp_path)


@pytest.mark.parametrize(
    "status, printed, word",
    [
        (1, "FAILED tests/a.py::test_one", "caught"),
        (0, "1 passed", "SURVIVED"),
        (1, "FAILED tests/a.py::test_other", "UNCLEAR"),
        (2, "ERROR tests/a.py::test_one", "UNCLEAR"),
        (None, "test_one", "UNCLEAR"),
    ],
)
def test_only_the_right_red_counts(fault, status, printed, word):
    found, problem = program.judge(fault, status, printed)
    assert found == word
    assert ("The missing check" in problem) is (word == "SURVIVED")
    assert bool(problem) is (word != "caught")


def notebook(*sources):
    cells = [
        {
            "id": str(number),
            "cell_type": "code",
            "metadata": {},
            "source": [source],
            "execution_count": number + 1,
            "outputs": [
                {
                    "output_type": "execute_result",
                    "execution_count": number + 1,
                    "metadata": {},
                    "data": {"text/plain": [f"{number} \\frac"]},
                }
            ],
        }
        for number, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def cells_after(plant, *sources):
    return json.loads(plant(notebook(*sources)))["cells"]


def test_ways_to_spoil_a_notebook():
    text = ("x = 1", "x == 1", "y = 2")
    assert "".join(cells_after(planting.in_source("1", "== 1", "== 2"), *text)[1]["source"]) == "x == 2"
    assert cells_after(planting.in_output("0", "0 \\frac", "5 \\frac"), *text)[0]["outputs"][0]["data"] == {
        "text/plain": ["5 \\frac"]
    }
    assert [cell["execution_count"] for cell in cells_after(planting.without_cell("1"), *text)] == [1, 2]
    assert all(not cell["outputs"] for cell in cells_after(planting.without_outputs(), *text))
    assert cells_after(planting.tagged("2", "t"), *text)[2]["metadata"]["tags"] == ["t"]
    assert len(json.loads(planting.truncated(notebook(*text), "1"))["cells"]) == 2
    with pytest.raises(ValueError, match="no cell has the id 9"):
        planting.truncated(notebook(*text), "9")
    with pytest.raises(ValueError, match="0 cells have the id 9"):
        planting.tagged("9", "t")(notebook(*text))


def test_unknown_names_are_refused():
    assert program.chosen([FAULTS[0].name]) == [FAULTS[0]]
    assert program.chosen([]) == list(FAULTS)
    with pytest.raises(SystemExit, match="named nonsense"):
        program.chosen(["nonsense"])


def test_results_hold_no_time(tmp_path, monkeypatch, fault):
    monkeypatch.setattr(program, "RESULTS", tmp_path / "results.json")
    program.write_results([(fault, "caught", 1.5), (fault, "SURVIVED", 2.5)])
    stored = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert (stored["planted"], stored["caught"]) == (2, 1)
    assert [one["caught"] for one in stored["faults"]] == [True, False]
    assert stored["versions"]["sympy"] and stored["hardware"] and stored["commit"]
    assert not {"seconds", "time", "date"} & {*stored, *stored["faults"][0]}
