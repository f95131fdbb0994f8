"""What every measurement shares: the notebook's own cells, a clock, and the results file."""

import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path

import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "src" / "course_utils" / "data"
REPEATS = 3


def tagged_code(notebook, tag, **names):
    """Run the cells of a notebook that carry a tag, and return the names they define.

    What the cells need from other cells, such as imported modules, is given as `names`.
    """
    cells = nbformat.read(ROOT / "notebooks" / notebook, as_version=4).cells
    sources = [cell.source for cell in cells if tag in cell.metadata.get("tags", [])]
    if not sources:
        raise SystemExit(f"{notebook} has no cell tagged {tag!r}; `make bench` times the cells with that tag.")
    for source in sources:
        exec(source, names)
    return names


def processor():
    """Name the processor."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else model
    return model


def hardware():
    """Name the processor and the threads used."""
    return f"{processor()}, one thread of {os.cpu_count()} cores"


def seconds(function, *arguments):
    """Median wall time of a call, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - start)
    return float(f"{np.median(times):.3g}")


def table(title, columns, rows):
    """Print rows of a name and its numbers for people."""

    def shown(cell):
        return cell if isinstance(cell, str) else f"{cell:,.0f}" if cell >= 1000 else f"{cell:.4g}"

    print(f"\n{title}\n{'':36}" + "".join(f"{column:>18}" for column in columns))
    for name, *cells in rows:
        print(f"{name:36}" + "".join(f"{shown(cell):>18}" for cell in cells))
    print(flush=True)


def described(measured, packages):
    """Return a result with the command, the hardware and the versions that made it, unless it names its own."""
    versions = ", ".join(
        [
            f"Python {platform.python_version()}",
            *(f"{package} {importlib.metadata.version(package)}" for package in packages),
        ]
    )
    return {"command": "make bench", "hardware": hardware(), "versions": versions, **measured}


def write(name, measured, packages):
    """Store a result where the notebooks read it."""
    # One line for each quantity, so that a diff shows which one moved.
    lines = (f" {json.dumps(key)}: {json.dumps(value)}" for key, value in described(measured, packages).items())
    (RESULTS / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
