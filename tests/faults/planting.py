"""What a planted fault is: the file it spoils, how, and the cheapest check that must turn red."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Check:
    """The cheapest sufficient part of `make test`.

    Attributes
    ----------
    tool : {"pytest", "nbval", "ruff", "build", "site"}
    targets : tuple of str
        Tests for "pytest" and "site". For "nbval" a notebook, and the last cell that has to run.
    """

    tool: str
    targets: tuple = ()

    def __str__(self):
        parted = [target.partition("::") for target in self.targets]
        return " ".join([self.tool, *(file.rpartition("/")[2] + colons + test for file, colons, test in parted)])


@dataclass(frozen=True)
class Fault:
    """A fault that is known to be one.

    Attributes
    ----------
    name : str
        Short and stable: `make faults ONLY=name`.
    kind : str
        One of `planted.KINDS`.
    file : str
        What it spoils, as a path from the repository's root.
    plant : callable
        From the file's sound text to the spoiled one; None stands for a file that is taken away. Raises ValueError
        where the text has nothing to spoil.
    check : Check
    says : str
        A piece of what the red check prints. A check that is red for another reason has not caught the fault.
    """

    name: str
    kind: str
    file: str
    plant: Callable[[str], str] | None
    check: Check
    says: str

    def spoil(self, root):
        """Plant the fault below `root`; raise ValueError where it cannot be planted."""
        path = Path(root) / self.file
        if self.plant is None:
            path.unlink()
            return
        try:
            text = path.read_text(encoding="utf-8")
            spoiled = self.plant(text)
            if spoiled == text:
                raise ValueError("the fault changes nothing")
        except (OSError, ValueError) as error:
            raise ValueError(
                f"{self.name} cannot be planted in {self.file}: {error}. The file has changed; choose "
                "another place for this fault in tests/faults/planted.py."
            ) from error
        path.write_text(spoiled, encoding="utf-8")


# --- checks -----------------------------------------------------------------------------------------------------------


def tests(*names):
    return Check("pytest", tuple(f"tests/{name}" for name in names))


def site(*names):
    """Build the site, which must succeed, then ask tests of the built pages."""
    return Check("site", tuple(f"tests/site/{name}" for name in names))


def cells(notebook, until):
    """Re-execute a notebook with nbval from its first cell to the one named."""
    return Check("nbval", (f"notebooks/{notebook}.ipynb", until))


RUFF, BUILD = Check("ruff"), Check("build")


# --- ways to spoil a text ---------------------------------------------------------------------------------------------


def replaced(old, new):
    """Replace a text that stands there exactly once."""

    def plant(text):
        return once(text, old, new)

    return plant


def once(text, old, new):
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands there {text.count(old)} times; expected once")
    return text.replace(old, new)


def in_source(cell, old, new):
    """Replace a text that stands exactly once in one cell of a notebook."""
    return on_cell(cell, lambda found: found.update(source=once("".join(found["source"]), old, new)))


def in_output(cell, old, new):
    """Replace a text that stands exactly once in what one cell has stored."""

    def plant(found):
        stored = json.dumps(found["outputs"], ensure_ascii=False)
        found["outputs"] = json.loads(
            once(stored, json.dumps(old, ensure_ascii=False)[1:-1], json.dumps(new, ensure_ascii=False)[1:-1])
        )

    return on_cell(cell, plant)


def with_picture_of(cell, other):
    """Store the picture of another cell."""

    def plant(notebook):
        by_id = {found["id"]: found for found in notebook["cells"]}
        here, there = (
            next(output["data"] for output in by_id[name]["outputs"] if "image/png" in output.get("data", {}))
            for name in (cell, other)
        )
        here["image/png"] = there["image/png"]

    return on_notebook(plant)


def without_alt(cell):
    """Take a figure's alternative text away."""
    return on_cell(cell, lambda found: found["metadata"]["mystnb"]["image"].pop("alt"))


def without_cell(cell):
    """Take a code cell out, and count on as if it had never been there."""

    def plant(notebook):
        kept = [found for found in notebook["cells"] if found["id"] != cell]
        if len(kept) + 1 != len(notebook["cells"]):
            raise ValueError(f"no cell has the id {cell}")
        notebook["cells"] = kept
        code = [found for found in kept if found["cell_type"] == "code"]
        for number, found in enumerate(code, start=1):
            found["execution_count"] = number
            for output in found["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = number

    return on_notebook(plant)


def tagged(cell, tag):
    """Add a tag to a cell."""
    return on_cell(cell, lambda found: found["metadata"].setdefault("tags", []).append(tag))


def without_outputs():
    """Clear a notebook as an editor's menu does."""

    def plant(notebook):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)

    return on_notebook(plant)


def on_cell(name, change):
    """Change one cell of a notebook, found by its id."""

    def plant(notebook):
        found = [cell for cell in notebook["cells"] if cell["id"] == name]
        if len(found) != 1:
            raise ValueError(f"{len(found)} cells have the id {name}; expected one")
        change(found[0])

    return on_notebook(plant)


def on_notebook(change):
    def plant(text):
        notebook = json.loads(text)
        change(notebook)
        for cell in notebook["cells"]:
            if isinstance(cell["source"], str):
                cell["source"] = cell["source"].splitlines(keepends=True)
        return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"

    return plant


def truncated(text, last):
    """Return a notebook that ends with the cell `last`."""
    notebook = json.loads(text)
    ids = [cell["id"] for cell in notebook["cells"]]
    if last not in ids:
        raise ValueError(f"no cell has the id {last}")
    notebook["cells"] = notebook["cells"][: ids.index(last) + 1]
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
