"""Collect the course's own text into the corpus "this-course", which travels with the toolbox.

    python -m tools.corpus

The snapshot is frozen: chapters may change without it, and nobody's stored results change. Run it to take a new one.
"""

import ast
import hashlib
import re
from collections import Counter
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "course_utils" / "data" / "this_course.txt"
# A sentence, not a label: what is shorter among the toolbox's strings is names and parts of messages.
WORDS_OF_A_SENTENCE = 5
# A character that occurs less often cannot be learnt, and makes every other one less likely.
OFTEN_ENOUGH = 10

PLAIN = str.maketrans(
    {"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "…": "...", "\N{NO-BREAK SPACE}": " "}
)
# Named, since a formula may hold < and > as well.
TAG = r"</?(?:br|details|div|em|figcaption|figure|img|kbd|span|strong|sub|summary|sup)\b[^<>]*>"
LINK = r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^()\s]*\)"


def main():
    text = "\n\n".join(learnable([part for page in pages() for part in page])) + "\n"
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    TARGET.with_suffix(".sha256").write_text(f"{digest}  {TARGET.name}\n", encoding="utf-8", newline="\n")
    print(f"{TARGET.name}: {len(text):,} characters, {len(set(text))} of them different")


def pages():
    """Each page as a list of paragraphs. A chapter comes last: it is what a training holds out."""
    for path in sorted((ROOT / "src" / "course_utils").rglob("*.py")):
        yield sentences(path.read_text(encoding="utf-8"))
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "book").glob("*.md"))]:
        yield paragraphs(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield chapter(nbformat.read(path, as_version=4))


def learnable(parts):
    """Leave out the paragraphs with a rare character, until no character left is rare."""
    counts = Counter("".join(parts))
    rare = {character for character, count in counts.items() if count < OFTEN_ENOUGH}
    return learnable([part for part in parts if not rare & set(part)]) if rare else parts


def chapter(notebook):
    """The prose of a notebook, and what its figures show in words."""
    found = []
    for cell in notebook.cells:
        figure = cell.metadata.get("mystnb", {}).get("image", {})
        found += paragraphs(cell.source if cell.cell_type == "markdown" else figure.get("alt", ""))
    return found


def paragraphs(markdown):
    """The prose and formulas of a Markdown page, without what a reader does not read: addresses, badges, markup."""
    text = re.sub(r"<!--.*?-->|<(svg|style|script)\b.*?</\1>", "", markdown, flags=re.DOTALL)
    text = re.sub(r"^( *)(`{3,}|:{3,})[^\n]*\n(.*?)^\1\2 *$", fenced, text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(TAG, "", text)
    text = re.sub(r"^:\w+:.*$|^\([\w-]+\)=$", "", text, flags=re.MULTILINE)
    found = []
    for block in re.split(r"\n\s*\n", separate_lists(text)):
        if block.lstrip().startswith("|"):
            found += [table(block)] if not re.search(LINK, block) else []
        else:
            found.append(paragraph(block))
    return [block for block in found if block]


def fenced(match):
    """Keep the prose that a directive holds; leave out code."""
    content = match[3]
    directive = re.match(r" *[`:]+\{(\w+)\}", match[0])
    if directive and directive[1] == "glossary":
        # Several terms, one a line, may share the lines that are indented below them.
        content = re.sub(
            r"^(\S.*(?:\n\S.*)*)\n +", lambda terms: terms[1].replace("\n", ", ") + ": ", content, flags=re.MULTILINE
        )
    return f"\n{content}\n" if directive else ""


def separate_lists(text):
    """Put a blank line before each item of a list, each heading and each formula, so that all are blocks."""
    text = re.sub(r"^( *)(?=(?:[-*]|\d+\.) )", r"\n\1", text, flags=re.MULTILINE)
    text = re.sub(r"^(#+ .*)$", r"\n\1\n", text, flags=re.MULTILINE)
    return re.sub(r"^ *\$\$(.+?)\$\$([^\n]*)$", formula, text, flags=re.DOTALL | re.MULTILINE)


def formula(match):
    lines = [line.strip() for line in match[1].strip().splitlines() if line.strip()]
    return "\n\n$$" + "\n".join(lines) + f"$$\n\n{match[2].strip()}"


def table(block):
    rows = [re.split(r"(?<!\\)\|", row.strip().strip("|")) for row in block.splitlines()]
    rows = [[plain(cell) for cell in row] for row in rows if not set("".join(row)) <= set("-: ")]
    return "\n".join(": ".join(cell for cell in row if cell) for row in rows[1:])


def paragraph(block):
    """One line: where a page happens to be wrapped is nothing to learn. A formula of several lines keeps them."""
    if block.lstrip().startswith("$$"):
        return block.strip().translate(PLAIN)
    return plain(block)


def plain(text):
    text = re.sub(r"!\[[^\]]*\]\([^()]*\)", "", text)
    while (shorter := re.sub(LINK, r"\1", text)) != text:
        text = shorter
    text = re.sub(r"\s*\{cite[a-z:]*\}`[^`]*`", "", text)
    text = re.sub(r"\{[a-z]+\}`([^`<]*?)(?:\s*<[^`]*>)?`", r"\1", text)
    text = re.sub(r"https?://\S+", "", text)
    text = re.sub(r"(?<!\w)\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\w)", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"(?<![\w*])\*(?!\s)([^*$]+?)\*(?!\w)", r"\1", text)
    return " ".join(text.translate(PLAIN).split())


def sentences(code):
    """What the toolbox says in whole sentences: what each function does, what an exercise asks, each hint."""
    found, tree = [], ast.parse(code)
    # A string with fields to fill in is no sentence yet.
    pieces = {piece for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in pieces:
            # A docstring ends, for the corpus, where its first section begins.
            for block in re.split(r"\n *\n", re.split(r"\n *[A-Z][\w ]*\n *-{4,}", node.value)[0]):
                text = plain(block)
                if text[:1].isupper() and text.endswith((".", "?")) and len(text.split()) >= WORDS_OF_A_SENTENCE:
                    found.append(text)
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    main()
