"""Each notebook is stored as it came from its execution: code and outputs, pictures among them, belong together.

nbval re-executes text and formulas and compares them. It skips pictures, and a picture takes a share of most pages.
"""

import nbformat
import pytest

from tools import notebooks

PATHS = notebooks.with_outputs()


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_stored_is_what_was_executed(path):
    name = path.relative_to(notebooks.FOLDER).as_posix()
    found = notebooks.fingerprint(nbformat.read(path, as_version=4))
    assert notebooks.fingerprints().get(name) == found, (
        f"{name} has other code or outputs than when it was last executed. Its outputs are stale, or were edited. "
        f"Execute and store it again: make notebooks NOTEBOOKS={path.stem}"
    )


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_the_kernel_is_the_one_that_every_machine_has(path):
    """nbval chooses its own kernel and would not notice another name; Colab, Binder and Jupyter go by it."""
    kernel = nbformat.read(path, as_version=4).metadata["kernelspec"]
    assert kernel == {"display_name": "Python 3", "language": "python", "name": "python3"}
