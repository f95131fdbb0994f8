"""List the tests: how much each asserts, on how many cases, and whether it is skipped.

    python -m tools.checks    write them to tests/tests.csv

A test that is lost, skipped, run on fewer cases or robbed of an assertion stays green. The list shows it in its diff.
"""

import ast
import hashlib
from pathlib import Path

from tools import registers

ROOT = Path(__file__).resolve().parents[1]
REGISTER = ROOT / "tests" / "tests.csv"
COLUMNS = ("file", "test", "assertions", "cases", "fingerprint")
EXPECTATIONS = {"raises", "warns", "fail"}


def tests(source):
    """Return the tests of a file.

    Parameters
    ----------
    source : str

    Returns
    -------
    list of (name, assertions, cases, fingerprint)
        Assertions are counted in the test itself; cases are the values that its parametrizations list there,
        multiplied. The fingerprint is that of the assertions, the decorators and the file's own marks.
    """
    tree = ast.parse(source)
    values = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    marks = [values["pytestmark"]] if "pytestmark" in values else []
    return [
        described(node, source, values, marks)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def described(test, source, values, marks):
    """Return a test's name, its numbers of assertions and cases, and their fingerprint."""
    asserted = [node for node in ast.walk(test) if isinstance(node, ast.Assert) or is_expectation(node)]
    lists = [
        values.get(call.args[1].id) if isinstance(call.args[1], ast.Name) else call.args[1]
        for call in test.decorator_list
        if isinstance(call, ast.Call) and len(call.args) > 1
    ]
    cases = 1
    for listed in lists:
        cases *= len(getattr(listed, "elts", None) or getattr(listed, "keys", None) or "1")
    # As it is written, for every version of Python unparses in its own way.
    parts = [ast.get_source_segment(source, node) for node in [*asserted, *test.decorator_list, *marks, *lists] if node]
    text = " ".join(" ".join(parts).split())
    return test.name, str(len(asserted)), str(cases), hashlib.sha256(text.encode()).hexdigest()[:8]


def is_expectation(node):
    """Say whether a node calls something that fails a test."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    return name in EXPECTATIONS or name.startswith("assert_")


def rows():
    """Return the whole list."""
    return [
        (path.relative_to(ROOT).as_posix(), *test)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for test in tests(path.read_text(encoding="utf-8"))
    ]


def stored():
    """Return the list as it is kept."""
    return registers.read(REGISTER, COLUMNS)


def main():
    found = rows()
    registers.write(REGISTER, COLUMNS, found)
    print(f"{REGISTER.relative_to(ROOT)}: {len(found)} tests. Read its diff: is any of them weaker?")


if __name__ == "__main__":
    main()
