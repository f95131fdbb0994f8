"""Settings under which notebooks are executed: nothing of the caller's that changes what is stored.

The caller's choice of packages' sources (PIP_INDEX_URL, ...), browser (CHROMIUM) and CI stay.
"""

import os
import tempfile
from contextlib import contextmanager

# Beginnings of the names of variables that are taken away. PYTHONOPTIMIZE strips assertions, MPLBACKEND loses pictures,
# COURSE_FAST cuts trainings short, PYTEST_ADDOPTS leaves tests out, GIT_DIR leads them into the caller's repository.
CLEARED = (
    *("PYTHON", "IPYTHON", "JUPYTER", "MPL", "MATPLOTLIB", "COURSE_", "SOURCE_DATE_EPOCH", "TZ", "LANG", "LC_"),
    *("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "CLICOLOR", "PY_COLORS", "PYTEST_", "NBVAL", "HYPOTHESIS_"),
    *("SPHINX", "DOCUTILS", "READTHEDOCS", "NODE_", "BINDER_", "SYMPY_", "MPMATH_", "NUMPY_", "NPY_", "SCIPY_"),
    *("SKLEARN_", "TORCH", "PYTORCH_", "CUDA_", "CUBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "BLIS_"),
    *("VECLIB_", "NUMEXPR_", "TQDM_", "RUFF_", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"),
    *("GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"),
)
SET = {
    # One BLAS thread, so that sums are added in the same order everywhere; no progress bars in stored outputs.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "TQDM_DISABLE": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PIP_USER": "0",
    "JUPYTER_PLATFORM_DIRS": "1",
    "PYTHONNOUSERSITE": "1",
}
# Folders of the caller's own settings: matplotlibrc, IPython's start-up files, another kernel named python3.
FOLDERS = ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


def environment(folder, given=os.environ):
    """Return the environment in which notebooks are executed; empty settings lie in `folder`."""
    kept = {name: value for name, value in given.items() if not name.upper().startswith(CLEARED)}
    return kept | SET | {name: os.path.join(folder, name.lower()) for name in FOLDERS}


@contextmanager
def settings():
    """Put this process, and all that it starts, into that environment while the block lasts."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        try:
            os.environ.clear()
            os.environ.update(environment(folder, before))
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
