"""List, execute and check the course's notebooks.

python -m tools.notebooks list               paths of every notebook that is stored with outputs
python -m tools.notebooks execute [01 ...]   run them and store their outputs (some, by a part of the name)
python -m tools.notebooks publishable        refuse notebooks with errors or without outputs
"""

import argparse
import csv
import hashlib
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat

from tools import steady

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
STUDENT_FOLDER = FOLDER / "assignments"
CELL_TIMEOUT_SECONDS = 300
PICTURE = re.compile(r"<(?:img|svg|canvas)\b")
RESULTS = re.compile(r'\bresults\("(\w+)"\)')


def with_outputs():
    """Every chapter and solution. Student versions have no outputs and are left out."""
    found = (path for path in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    return sorted(path for path in found if STUDENT_FOLDER not in path.parents)


def matching(parts):
    """Return the notebooks whose names contain one of `parts`, all where none is given; exit where none does."""
    found = with_outputs()
    chosen = [path for path in found if not parts or any(part in path.name for part in parts)]
    if not chosen:
        sys.exit(f"No notebook's name contains any of {parts}. There are: {', '.join(path.stem for path in found)}")
    return chosen


def has_picture(cell):
    """Tell whether a cell has stored a picture, as an image or within HTML."""
    shown = [data for output in cell.outputs for data in output.get("data", {}).items()]
    return any(kind.startswith("image/") or (kind == "text/html" and PICTURE.search(text)) for kind, text in shown)


def problems(notebook):
    """What forbids publishing this notebook, as a list of sentences."""
    found = []
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(cells, start=1):
        if cell.execution_count is None:
            found.append(f"code cell {number} was never executed: {first_line(cell)!r}")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"code cell {number} ends in {output.ename}: {output.evalue} ({first_line(cell)!r})")
        described = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
        named = any("<Figure size" in str(output.get("data", {}).get("text/plain")) for output in cell.outputs)
        if (described or named) and not has_picture(cell):
            found.append(f"code cell {number} has lost its picture: {first_line(cell)!r}")
    if not any(cell.outputs for cell in cells):
        found.append("no cell has an output")
    return found


def register():
    """Return the file that tells from which code and to which outputs each notebook was last executed."""
    return ROOT / "tests" / "notebooks" / "executed.csv"


def fingerprint(notebook):
    """Return a hash of what the code cells are and have shown, pictures included, which nbval does not compare.

    The files of measured results that they read belong to it. The first cell is left out: it names the repository,
    which `make repository` changes.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"][1:]
    content = [(cell.source, cell.outputs) for cell in code]
    read = sorted({name for cell in code for name in RESULTS.findall(cell.source)})
    files = [ROOT / "src" / "course_utils" / "data" / f"{name}.json" for name in read]
    content += [path.read_text(encoding="utf-8") for path in files if path.exists()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def fingerprints():
    """Return the fingerprint of each notebook when it was last executed, by its path below notebooks/."""
    if not register().exists():
        return {}
    with register().open(encoding="utf-8", newline="") as file:
        return {row["notebook"]: row["sha256"] for row in csv.DictReader(file)}


def record(path):
    """Write down what a notebook holds now that it was executed; forget notebooks that are gone."""
    there = {one.relative_to(FOLDER).as_posix() for one in with_outputs()}
    known = {name: sha256 for name, sha256 in fingerprints().items() if name in there}
    known[path.relative_to(FOLDER).as_posix()] = fingerprint(nbformat.read(path, as_version=4))
    register().parent.mkdir(parents=True, exist_ok=True)
    with register().open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("notebook", "sha256"), *sorted(known.items())])


class LostPictureError(Exception):
    """A cell that should draw has run and shows no picture."""


def first_line(cell):
    return cell.source.strip().splitlines()[0]


def publishable():
    refused = False
    for path in with_outputs():
        for problem in problems(nbformat.read(path, as_version=4)):
            refused = True
            print(f"{path.relative_to(ROOT)}: {problem}", file=sys.stderr)
    if refused:
        sys.exit("Not published. Execute and store the notebooks again with: make notebooks")


def execute(path):
    """Run one notebook in a fresh kernel and store it, with the same bytes every time."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    # Time stamps would change the file at every run.
    # Printed lines arrive in pieces, as chance cuts them: kept as one.
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    if lost := [problem for problem in problems(notebook) if "picture" in problem]:
        raise LostPictureError("; ".join(lost))
    # So would the version of Python, between machines.
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        **{key: value for key, value in notebook.metadata.items() if key in {"accelerator", "colab"}},
    }
    temporary = path.with_suffix(".partial")
    nbformat.write(notebook, temporary)
    temporary.replace(path)


def execute_all(parts):
    from nbclient.exceptions import CellExecutionError

    chosen = matching(parts)
    failed = []
    with steady.settings(), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        started = time.monotonic()
        running = {pool.submit(execute, path): path for path in chosen}
        for done, future in enumerate(as_completed(running), start=1):
            path = running[future]
            seconds = time.monotonic() - started
            print(f"[{done}/{len(chosen)}] {path.relative_to(ROOT)} ({seconds:.0f} s since the start)", flush=True)
            try:
                future.result()
                record(path)
            except (CellExecutionError, LostPictureError) as error:
                failed.append(path)
                print(f"{error}\n{path.relative_to(ROOT)} failed and was left as it was.", file=sys.stderr)
    if failed:
        sys.exit(f"{len(failed)} of {len(chosen)} notebooks failed.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["list", "execute", "publishable"])
    parser.add_argument("part", nargs="*", help="a part of a notebook's name (execute only)")
    arguments = parser.parse_args()
    if arguments.command == "list":
        print(*(path.relative_to(ROOT) for path in with_outputs()), sep="\n")
    elif arguments.command == "execute":
        execute_all(arguments.part)
    else:
        publishable()


if __name__ == "__main__":
    main()
