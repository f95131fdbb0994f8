"""List what the notebooks prove: every assertion, confirmation and verdict.

    python -m tools.proofs          write them to tests/notebooks/proofs.csv
    python -m tools.proofs count    count them, and the formulas shown, for each notebook

nbval compares outputs, and an assertion has none: one that is dropped, or made weaker, leaves every output as it was.
The list is therefore kept beside the tests and compared word by word. Whoever changes a proof writes the list again,
and its diff shows what is proved no longer.
"""

import argparse
import ast
import re
from collections import Counter
from pathlib import Path

import nbformat

from tools import notebooks, registers

ROOT = Path(__file__).resolve().parents[1]
REGISTER = ROOT / "tests" / "notebooks" / "proofs.csv"
COLUMNS = ("notebook", "kind", "proof")
ASSERTION, CONFIRMATION, VERDICT, NOT_COMPARED = "assertion", "confirmation", "verdict", "not compared"
# A cell with one of these tags may end otherwise than stored.
TAGS = {"nbval-ignore-output", "nbval-skip", "nbval-raises-exception", "raises-exception"}
# And so may one with a comment that nbval reads in their place.
COMMENT = re.compile(r"(?m)^\s*#\s*(?:NBVAL_(?!CHECK_OUTPUT)|PYTEST_VALIDATE_IGNORE_OUTPUT)")


def proofs(notebook):
    """Return what a notebook proves.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    list of (kind, proof)
        In the notebook's order. The proof is its source on one line. A call of a function that the notebook defines,
        and that asserts or confirms something, is an assertion too. For a cell whose output is not compared the proof
        is the cell's id.
    """
    trees = [(cell, ast.parse(plain_python(cell.source))) for cell in notebook.cells if cell.cell_type == "code"]
    proving = proving_functions([tree for _, tree in trees])
    found = []
    for cell, tree in trees:
        source = plain_python(cell.source)
        found += [
            (kind, " ".join(ast.get_source_segment(source, node).split()))
            for node in in_order(tree)
            if (kind := kind_of(node, proving))
        ]
        if TAGS & set(cell.metadata.get("tags", [])) or COMMENT.search(cell.source):
            found.append((NOT_COMPARED, cell.id))
    return found


def plain_python(source):
    """Return a cell's source without magics and shell commands."""
    return re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source)


def in_order(tree):
    """Walk a tree in the order of the source. Positions inside an f-string are wrong before Python 3.12: left out."""
    yield tree
    if not isinstance(tree, ast.JoinedStr):
        for child in ast.iter_child_nodes(tree):
            yield from in_order(child)


def kind_of(node, proving=frozenset()):
    """Return the kind of proof that a node is, None where it proves nothing."""
    if isinstance(node, ast.Assert):
        return ASSERTION
    if not isinstance(node, ast.Call):
        return None
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    if name.startswith("confirm."):
        return CONFIRMATION
    if name.startswith("check.") and last not in {"describe", "questions"}:
        return VERDICT
    return ASSERTION if last.startswith("assert_") or name in proving else None


def proving_functions(trees):
    """Return the names of the functions that the notebook defines and that prove something, by others as well."""
    functions = {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    proving = set()
    while more := {
        name
        for name, function in functions.items()
        if name not in proving and any(kind_of(node, proving) for node in ast.walk(function))
    }:
        proving |= more
    return proving


def formulas(notebook):
    """Count the formulas that SymPy wrote: the stored outputs in LaTeX."""
    return sum(
        "text/latex" in output.get("data", {})
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )


def name_of(path):
    """Return a notebook's name in the list: its path below notebooks/, without .ipynb."""
    return path.relative_to(notebooks.FOLDER).with_suffix("").as_posix()


def rows():
    """Return the whole list, as rows of notebook, kind and proof."""
    return [
        (name_of(path), *proof)
        for path in notebooks.with_outputs()
        for proof in proofs(nbformat.read(path, as_version=4))
    ]


def stored():
    """Return the list as it is kept."""
    return registers.read(REGISTER, COLUMNS)


def counts():
    """Count for each notebook: formulas shown, and each kind of proof. Needs no PyTorch, so that the site can tell.

    Returns
    -------
    dict of dict
        From the notebook's name to {"formula": …, "assertion": …, "confirmation": …, "verdict": …, "not compared": …}.
    """
    counted = {}
    for path in notebooks.with_outputs():
        notebook = nbformat.read(path, as_version=4)
        kinds = Counter(kind for kind, _ in proofs(notebook))
        counted[name_of(path)] = {"formula": formulas(notebook)} | {
            kind: kinds[kind] for kind in (ASSERTION, CONFIRMATION, VERDICT, NOT_COMPARED)
        }
    return counted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", default="write", choices=["write", "count"])
    if parser.parse_args().command == "count":
        for name, numbers in counts().items():
            print(f"{name:32}", *(f"{number:4} {kind}" for kind, number in numbers.items()))
        return
    found = rows()
    registers.write(REGISTER, COLUMNS, found)
    print(f"{REGISTER.relative_to(ROOT)}: {len(found)} proofs. Read its diff: what is proved no longer?")


if __name__ == "__main__":
    main()
