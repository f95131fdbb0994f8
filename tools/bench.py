"""Measure what the notebooks report as times, and store it in src/course_utils/data/.

    python tools/bench.py       about five minutes on one thread

Each measurement runs the code that the reader sees: the notebook's cells tagged for it.
"""

import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path

# One thread, so that the ratios do not depend on how many cores happen to be free. Set before NumPy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import nbformat
import numpy as np
import scipy.linalg

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "src" / "course_utils" / "data"
REPEATS = 3


def tagged_code(notebook, tag):
    """Run the cells of a notebook that carry a tag, and return the names they define."""
    cells = nbformat.read(ROOT / "notebooks" / notebook, as_version=4).cells
    sources = [cell.source for cell in cells if tag in cell.metadata.get("tags", [])]
    if not sources:
        raise SystemExit(f"{notebook} has no cell tagged {tag!r}; `make bench` times the cells with that tag.")
    names = {"np": np, "sla": scipy.linalg}
    for source in sources:
        exec(source, names)
    return names


def hardware():
    """Name the processor and the threads used."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else model
    return f"{model}, one thread of {os.cpu_count()} cores"


def seconds(function, *arguments):
    """Median wall time of a call, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - start)
    return float(f"{np.median(times):.3g}")


def least_squares():
    """Time six ways to solve a least-squares problem, against the numbers of parameters and of samples."""
    code = tagged_code("01_linear_regression.ipynb", "bench-least-squares")

    def descend(X, y):
        # Gaussian columns have singular values between √n − √p and √n + √p, for which 1/(n + p) is the best fixed rate.
        return code["gradient_descent"](X, y, learning_rate=1 / sum(X.shape))

    methods = {"inverse": code["inverse"], "Cholesky": code["cholesky"], "QR": code["qr"], "SVD": code["svd"],
               "conjugate gradients": code["conjugate_gradients"], "gradient descent": descend}
    n_fixed, p_values = 8000, [50, 100, 200, 400, 800, 1600, 2400]
    p_fixed, n_values = 200, [1000, 2000, 4000, 8000, 16000, 32000]
    rng = np.random.default_rng(0)

    def times(n, p):
        X, y = rng.normal(size=(n, p)), rng.normal(size=n)
        found = {}
        for name, method in methods.items():
            found[name] = seconds(method, X, y)
            print(f"least squares  n = {n:6}  p = {p:5}  {name:20} {found[name]:9.4g} s", flush=True)
        return found

    by_p = [times(n_fixed, p) for p in p_values]
    by_n = [times(n, p_fixed) for n in n_values]
    return {"n_fixed": n_fixed, "p": p_values, "seconds_by_p": {name: [row[name] for row in by_p] for name in methods},
            "p_fixed": p_fixed, "n": n_values, "seconds_by_n": {name: [row[name] for row in by_n] for name in methods}}


def write(name, measured, packages):
    versions = ", ".join([f"Python {platform.python_version()}",
                          *(f"{package} {importlib.metadata.version(package)}" for package in packages)])
    result = {"command": "make bench", "hardware": hardware(), "versions": versions, **measured}
    # One line for each quantity, so that a diff shows which one moved.
    lines = (f" {json.dumps(key)}: {json.dumps(value)}" for key, value in result.items())
    (RESULTS / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main():
    write("least_squares", least_squares(), ["numpy", "scipy"])


if __name__ == "__main__":
    main()
