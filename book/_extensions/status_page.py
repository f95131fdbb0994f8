"""The numbers on the page "Status", counted while the site is built: a Sphinx extension.

The directive `course-status` takes the name of one table: `build`, `proofs`, `faults`, `kinds`, `speed`, `stock`,
`machine` or `versions`. Nothing on the page is typed by hand, and nothing depends on the clock: "when" is the date of
the commit.
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
SPEED = ROOT / "tools" / "bench" / "site.json"
SHOWN = ("jupyter-book", "sphinx", "katex", "numpy", "scipy", "sympy", "torch", "matplotlib", "scikit-learn", "nbval")

sys.path.append(str(ROOT))
from tools import notebooks, proofs  # noqa: E402


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
        numbers = [
            counted["formula"],
            counted["confirmation"],
            counted["assertion"],
            counted["verdict"],
            with_output - counted["not compared"],
        ]
        page = f"notebooks/{name}"
        rows.append([f"[](../{page}.ipynb)" if page in env.found_docs else f"`{name}`", *numbers])
        total = [sum(pair) for pair in zip(total, numbers, strict=True)]
    heads = ["notebook", "formulas shown", "confirmations", "assertions", "verdicts", "cells compared"]
    return heads, [*rows, ["**together**", *(f"**{number}**" for number in total)]]


def stored(path):
    """Return the results that a file holds; None where they were never made."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def faults_table(_):
    """Return how many faults were planted and caught, when and on what."""
    found = stored(FAULTS)
    if found is None:
        return ["faults", "value"], [["planted", "not yet: run make faults"]]
    return ["faults", "value"], [
        ["planted, each alone", found["planted"]],
        ["caught by a check", found["caught"]],
        ["commit", found["commit"]],
        ["machine", found["hardware"]],
    ]


def kinds_table(_):
    """Return the planted faults by kind."""
    found = stored(FAULTS) or {"faults": []}
    kinds = dict.fromkeys(fault["kind"] for fault in found["faults"])
    rows = [
        [
            kind,
            *map(
                len,
                (
                    [fault for fault in found["faults"] if fault["kind"] == kind],
                    [fault for fault in found["faults"] if fault["kind"] == kind and fault["caught"]],
                ),
            ),
        ]
        for kind in kinds
    ]
    return ["kind of fault", "planted", "caught"], rows or [["none planted yet", 0, 0]]


def visited(measured):
    """Return the cells of a row: what visits to a page measured."""
    return [
        measured["performance"],
        f"{measured['largest paint'] / 1000:.1f}",
        measured["KiB before figures"],
        measured["requests"],
        f"{measured['shift']:.2g}",
    ]


VISITED = ["performance", "largest paint, s", "KiB before figures", "requests", "shift"]
NOT_VISITED = {"pages": {}, "stock": {}, "hardware": "not yet: run make bench ONLY=site", "versions": "none"}


def builds_table(env, *builds):
    """Return what Lighthouse measured on the pages of this build; of more builds than one, those that all have."""
    found = stored(SPEED) or NOT_VISITED
    pages = [page for page in found[builds[-1]] if page in env.found_docs]
    named = {"pages": ["this site"], "stock": ["stock"]} if len(builds) > 1 else {"pages": []}
    rows = [
        [
            f"[](../{Path(env.doc2path(page)).relative_to(env.srcdir).as_posix()})",
            *named[build],
            *visited(found[build][page]),
        ]
        for page in pages
        for build in builds
    ]
    heads = ["page", *(["built as"] if len(builds) > 1 else []), *VISITED]
    return heads, rows or [["none measured yet", *[""] * (len(heads) - 1)]]


def speed_table(env):
    """Return what Lighthouse measured on each page."""
    return builds_table(env, "pages")


def stock_table(env):
    """Return what it measured on pages of this site and of a stock Jupyter Book."""
    return builds_table(env, "pages", "stock")


def machine_table(_):
    """Return what the pages were measured on, and with."""
    found = stored(SPEED) or NOT_VISITED
    return ["measured", "value"], [["on", found["hardware"]], ["with", found["versions"]]]


def versions_table(_):
    """Return the pinned versions of the packages that matter most."""
    pins = {}
    for file in (ROOT / "requirements" / "constraints.txt", ROOT / "requirements.txt"):
        pins |= dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8").lower()))
    pins |= json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return ["package", "version"], [[name, pins[name]] for name in SHOWN if name in pins]


TABLES = {
    "build": build_table,
    "proofs": proofs_table,
    "faults": faults_table,
    "kinds": kinds_table,
    "speed": speed_table,
    "stock": stock_table,
    "machine": machine_table,
    "versions": versions_table,
}


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
