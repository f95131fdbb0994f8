"""No test is lost or made weaker unseen: the tests are compared with a list of them."""

import pytest

from tools import checks


def test_the_tests_are_the_ones_listed():
    found, listed = set(checks.rows()), set(checks.stored())
    gone, new = sorted(listed - found), sorted(found - listed)
    assert not gone and not new, (
        f"tests/tests.csv lists other tests.\nNo longer: {gone}\nNew: {new}\n"
        "If you mean it: make proofs, and read the diff."
    )


WHOLE = """
VALUES = [1, 2, 3]

@pytest.mark.parametrize("value", VALUES)
def test_it(value):
    with pytest.raises(ValueError):
        f(value)
    assert value < 4
"""


@pytest.mark.parametrize(
    "old, new, shown",
    [
        ("    assert value < 4\n", "", ("1", "3")),
        ("value < 4", "True", ("2", "3")),
        ("[1, 2, 3]", "[1, 2]", ("2", "2")),
        ("@pytest.mark.p", "@pytest.mark.skip\n@pytest.mark.p", ("2", "3")),
        ("VALUES =", "pytestmark = pytest.mark.skip\nVALUES =", ("2", "3")),
    ],
)
def test_what_weakens_a_test_is_seen(old, new, shown):
    [whole] = checks.tests(WHOLE)
    assert whole[:3] == ("test_it", "2", "3")
    [weaker] = checks.tests(WHOLE.replace(old, new))
    assert weaker != whole and weaker[1:3] == shown


def test_a_test_that_is_not_called_one_is_gone():
    assert not checks.tests(WHOLE.replace("def test_it", "def _test_it"))
