"""The numbers on the page "Status", counted while the site is built: a Sphinx extension.

The directive `course-status` takes the name of one table: `build`, `proofs`, `faults`, `kinds` or `versions`. Nothing
on the page is typed by hand, and nothing depends on the clock: "when" is the date of the commit.
"""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "tests" / "faults" / "results.json"
SHOWN = ("jupyter-book", "sphinx", "katex", "numpy", "scipy", "sympy", "torch", "matplotlib", "scikit-learn", "nbval")

sys.path.append(str(ROOT / "tools"))
import proofs  # noqa: E402

import notebooks  # noqa: E402


@functools.cache
def git(*arguments):
    """Return what git says about the last commit, "unknown" outside a clone."""
    try:
        done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def build_table(env):
    """Return what this site was built from."""
    commit, address = git("log", "-1", "--format=%h"), env.config.html_theme_options.get("repository_url", "")
    shown = f"[{commit}]({address}/commit/{commit})" if address and commit != "unknown" else commit
    return ["built from", "value"], [["commit", shown], ["date of the commit", git("log", "-1", "--format=%cs")]]


def proofs_table(env):
    """Return what each notebook derives, confirms and asserts, and how many cells' outputs are compared."""
    rows, total = [], [0] * 5
    for name, counted in proofs.counts().items():
        cells = nbformat.read(notebooks.FOLDER / f"{name}.ipynb", as_version=4).cells
        with_output = sum(bool(cell.get("outputs")) for cell in cells)
        numbers = [counted["formula"], counted["confirmation"], counted["assertion"], counted["verdict"],
                   with_output - counted["not compared"]]
        page = f"notebooks/{name}"
        rows.append([f"[](../{page}.ipynb)" if page in env.found_docs else f"`{name}`", *numbers])
        total = [sum(pair) for pair in zip(total, numbers, strict=True)]
    heads = ["notebook", "formulas shown", "confirmations", "assertions", "verdicts", "cells compared"]
    return heads, [*rows, ["**together**", *(f"**{number}**" for number in total)]]


def results():
    """Return what `make faults` found last; None where it was never run."""
    return json.loads(FAULTS.read_text(encoding="utf-8")) if FAULTS.is_file() else None


def faults_table(_):
    """Return how many faults were planted and caught, when and on what."""
    found = results()
    if found is None:
        return ["faults", "value"], [["planted", "not yet: run make faults"]]
    return ["faults", "value"], [["planted, each alone", found["planted"]], ["caught by a check", found["caught"]],
                                 ["commit", found["commit"]], ["machine", found["hardware"]]]


def kinds_table(_):
    """Return the planted faults by kind."""
    found = results() or {"faults": []}
    kinds = dict.fromkeys(fault["kind"] for fault in found["faults"])
    rows = [[kind, *map(len, ([fault for fault in found["faults"] if fault["kind"] == kind],
                              [fault for fault in found["faults"] if fault["kind"] == kind and fault["caught"]]))]
            for kind in kinds]
    return ["kind of fault", "planted", "caught"], rows or [["none planted yet", 0, 0]]


def versions_table(_):
    """Return the pinned versions of the packages that matter most."""
    pins = {}
    for file in (ROOT / "requirements" / "constraints.txt", ROOT / "requirements.txt"):
        pins |= dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8").lower()))
    pins |= json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return ["package", "version"], [[name, pins[name]] for name in SHOWN if name in pins]


TABLES = {"build": build_table, "proofs": proofs_table, "faults": faults_table, "kinds": kinds_table,
          "versions": versions_table}


class CourseStatus(SphinxDirective):
    """One table of numbers, by its name."""

    required_arguments = 1

    def run(self):
        """Return the table as nodes."""
        name = self.arguments[0]
        if name not in TABLES:
            raise self.error(f"There is no table {name!r}; expected one of {', '.join(TABLES)}.")
        self.env.note_reread()  # the numbers change while the page's source does not
        heads, rows = TABLES[name](self.env)
        lines = ["| " + " | ".join(map(str, row)) + " |" for row in (heads, ["---"] * len(heads), *rows)]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    """Register the directive with Sphinx."""
    app.add_directive("course-status", CourseStatus)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
