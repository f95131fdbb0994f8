"""List what the pages say: formulas, numbers and addresses word by word, all other words by a fingerprint of each page.

    python -m tools.prose    write them to tests/notebooks/prose.csv

A derivation is executed, but the sentence under it is not: a sign lost in its formula changes no output, the number
that it quotes does not follow the cell above, and two definitions exchanged read as well as before. Whether an address
on another host is right only a network tells. All are kept in a list, so that none of them changes unseen. Whoever
changes one writes the list again and reads its diff.
"""

import hashlib
import json
import re
from pathlib import Path

import nbformat

from tools import registers, repository

ROOT = Path(__file__).resolve().parents[1]
REGISTER = ROOT / "tests" / "notebooks" / "prose.csv"
COLUMNS = ("page", "kind", "text")
FORMULA, NUMBER, ADDRESS, WORDS = "formula", "number", "address", "words"
CODE = re.compile(r"(?ms)^```(?!\{).*?^```$|`[^`\n]*`")
FORMULAS = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+?)\$", re.DOTALL)
# A formula of symbols alone, such as x or \beta_0, can lose no sign and no factor.
CLAIM = re.compile(
    r"[-+=/^<>|,]|\d[A-Za-z\\]|\\(?:frac|tfrac|partial|nabla|cdot|odot|times|sum|prod|sqrt|top|approx|"
    r"[lg]eq?|n?eq|in|to)\b"
)
# What a sentence quotes from an output: two digits at least. Counts such as "two of the 3" are left out.
NUMBERS = re.compile(r"(?<![\w.])\d+[.,]?\d(?:[\d.,]*\d)?(?: ?%)?")
TARGETS = re.compile(r"\]\([^)]*\)|https?://\S+|<[^>]+>|doi\s*=\s*\{[^}]*\}")
ADDRESSES = re.compile(r"https?://[^\s<>\"'{}`]+|doi\s*=\s*\{[^}]*\}")


def pages():
    """Return every file whose prose is read: chapters, solutions, the book's pages, README, CONTRIBUTING, sources."""
    notebooks = [
        path
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if not {".ipynb_checkpoints", "assignments"} & set(path.parts)
    ]
    return sorted([*notebooks, *(ROOT / "book").glob("*.md"), *(ROOT / "book").glob("*.bib"), *ROOT.glob("*.md")])


def markdown(path):
    """Return the prose of a page, or of a notebook's Markdown cells."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return path.read_text(encoding="utf-8")


def words(path, here):
    """Return a fingerprint of all that a page says, of a notebook's alt texts and of the tags that hide or judge cells.

    Parameters
    ----------
    path : Path
    here : repository.Repository
        Its address is left out: `make repository` changes it.
    """
    said = markdown(path)
    if path.suffix == ".ipynb":
        kept = [
            (cell.id, {name: cell.metadata[name] for name in ("tags", "mystnb") if name in cell.metadata})
            for cell in nbformat.read(path, as_version=4).cells
        ]
        said += json.dumps(kept, sort_keys=True)
    for own_address in (here.site, f"{here.owner}/{here.name}"):
        said = re.sub(re.escape(own_address), "", said, flags=re.IGNORECASE)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def statements(text):
    """Return formulas, numbers and addresses of a text, each as often as it stands there.

    Parameters
    ----------
    text : str
        Markdown. Formulas are not looked for in code.

    Returns
    -------
    list of (kind, text)
        White space in a formula counts as one blank.
    """
    prose = CODE.sub(" ", text)
    formulas = (" ".join((block or inline).split()) for block, inline in FORMULAS.findall(prose))
    rest = TARGETS.sub(" ", FORMULAS.sub(" ", prose))
    return [
        *((FORMULA, formula) for formula in formulas if CLAIM.search(formula)),
        *((NUMBER, number) for number in NUMBERS.findall(rest)),
        *((ADDRESS, elsewhere(found)) for found in ADDRESSES.findall(text)),
    ]


def elsewhere(address):
    """Return an address without the marks of Markdown and punctuation that follow it."""
    while address.endswith((".", ",", ";", ":", "*", "]")) or (
        address.endswith(")") and address.count(")") > address.count("(")
    ):
        address = address[:-1]
    return address


def own(address, repository):
    """Say whether an address is the project's own, which `make repository` changes and other tests check."""
    return any(
        part in address.lower()
        for part in (f"/{repository.owner}/{repository.name}".lower(), f"://{repository.site}".lower())
    )


def rows():
    """Return the whole list, as rows of page, kind and text."""
    here = repository.current(ROOT)
    found = []
    for path in pages():
        page = path.relative_to(ROOT).as_posix()
        found += [
            (page, kind, text)
            for kind, text in statements(markdown(path))
            # Numbers are listed for notebooks, where outputs are.
            if not (kind == NUMBER and path.suffix != ".ipynb") and not (kind == ADDRESS and own(text, here))
        ]
        found.append((page, WORDS, words(path, here)))
    return found


def stored():
    """Return the list as it is kept."""
    return registers.read(REGISTER, COLUMNS)


def main():
    found = rows()
    registers.write(REGISTER, COLUMNS, found)
    print(
        f"{REGISTER.relative_to(ROOT)}: {len(found)} formulas, numbers, addresses and pages. Read its diff: is each "
        "right?"
    )


if __name__ == "__main__":
    main()
