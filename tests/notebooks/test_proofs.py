"""Nothing is proved less than before: the notebooks' assertions are compared with a list of them."""

from collections import Counter

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import notebooks, proofs

PATHS = notebooks.with_outputs()


@pytest.mark.parametrize("path", PATHS, ids=[proofs.name_of(path) for path in PATHS])
def test_a_notebook_proves_what_is_listed(path):
    name = proofs.name_of(path)
    found = Counter(proofs.proofs(nbformat.read(path, as_version=4)))
    listed = Counter((kind, proof) for notebook, kind, proof in proofs.stored() if notebook == name)
    dropped, added = sorted((listed - found).elements()), sorted((found - listed).elements())
    assert not dropped and not added, (
        f"{name} proves something else than tests/notebooks/proofs.csv lists.\nNo longer: {dropped}\nNew: {added}\n"
        "If you mean it: make proofs, and read the diff."
    )


def test_every_listed_notebook_is_there():
    assert {notebook for notebook, *_ in proofs.stored()} <= {proofs.name_of(path) for path in PATHS}


@pytest.mark.parametrize(
    "source, expected",
    [
        ("assert (x\n        == 1)", [("assertion", "assert (x == 1)")]),
        ("np.testing.assert_allclose(a, b)", [("assertion", "np.testing.assert_allclose(a, b)")]),
        ("t = confirm.identity(a, b)", [("confirmation", "confirm.identity(a, b)")]),
        ('check.answer("Q", "x")', [("verdict", 'check.answer("Q", "x")')]),
        ("%matplotlib inline\nassert x", [("assertion", "assert x")]),
        (
            "def f():\n    assert x\ndef g():\n    f()\ng()",
            [("assertion", "assert x"), ("assertion", "f()"), ("assertion", "g()")],
        ),
        ("# assert x\nprint('assert x', f'{f(1)}')", []),
        ("check.describe('Q')", []),
    ],
)
def test_what_is_a_proof(source, expected):
    assert proofs.proofs(new_notebook(cells=[new_markdown_cell("assert"), new_code_cell(source)])) == expected


@pytest.mark.parametrize(
    "cell",
    [
        new_code_cell("1", metadata={"tags": ["nbval-ignore-output"]}),
        new_code_cell("# NBVAL_IGNORE_OUTPUT\n1"),
        new_code_cell("#NBVAL_SKIP\n1"),
        new_code_cell("# PYTEST_VALIDATE_IGNORE_OUTPUT\n1"),
    ],
)
def test_a_cell_that_is_not_compared_is_listed(cell):
    assert proofs.proofs(new_notebook(cells=[cell])) == [("not compared", cell.id)]


def test_counts_name_every_notebook():
    counted = proofs.counts()
    assert set(counted) == {proofs.name_of(path) for path in PATHS}
    assert all(numbers["assertion"] + numbers["confirmation"] + numbers["verdict"] > 0 for numbers in counted.values())
    assert counted["01_linear_regression"]["formula"] > 0
