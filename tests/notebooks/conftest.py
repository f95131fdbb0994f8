"""The notebooks under test: every chapter and solution, read once."""

import nbformat

from tools import notebooks


def pytest_generate_tests(metafunc):
    if "notebook" in metafunc.fixturenames:
        paths = notebooks.with_outputs()
        metafunc.parametrize(
            "notebook",
            [nbformat.read(path, as_version=4) for path in paths],
            ids=[path.stem for path in paths],
            scope="session",
        )
