"""The tool that collects the course's own text, on pages written here."""

import hashlib

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import corpus


@pytest.mark.parametrize(
    "markdown, expected",
    [
        ("# A title\nA line\nand another.", ["# A title", "A line and another."]),
        (
            "A **bold** and an *italic* word, `a * b * c` and $a * b * c$.",
            ["A bold and an italic word, `a * b * c` and $a * b * c$."],
        ),
        ("Type x**2 and y**3, or **bold: 2**.", ["Type x**2 and y**3, or bold: 2."]),
        ("See [chapter 3](03_name.ipynb) and [the $x$ of [it]](a.md#b).", ["See chapter 3 and the $x$ of [it]."]),
        ("[![Open in Colab](https://x.org/a.svg)](https://x.org) [![Binder](https://x.org/b.svg)](https://x.org)", []),
        ("One.\n\n<figure>\n<svg viewBox='0 0 1 1'>\n<text>no</text>\n</svg>\n</figure>\n\nTwo.", ["One.", "Two."]),
        ("<details>\n<summary>Answer</summary>\n\nIt is 1.\n\n</details>", ["Answer", "It is 1."]),
        ("If $a<b$ and $c>d$, then `x<sub` and $e<p$ > $q$.", ["If $a<b$ and $c>d$, then `x<sub` and $e<p$ > $q$."]),
        ("One<!-- never\nread --> two.", ["One two."]),
        ("Write to https://x.org/a?b=c today.", ["Write to today."]),
        ("Run this:\n\n```bash\nmake book    # the site\n```\n\nThen read.", ["Run this:", "Then read."]),
        ("- one\n  and more\n- two\n\n3. three", ["- one and more", "- two", "3. three"]),
        ("The sum is\n\n$$\na \\\\\n  b\n$$\n\nas said.", ["The sum is", "$$a \\\\\nb$$", "as said."]),
        ("- one\n\n  $$\n  a\n  $$\n- two\n\n  $$\n  b\n  $$\n  three", ["- one", "$$a$$", "- two", "$$b$$", "three"]),
        ("It is $$a=b,$$ and so on.", ["It is $$a=b,$$ and so on."]),
        ("| a | b |\n|---|:-:|\n| one | two |\n| three | |", ["one: two\nthree"]),
        ("| a | b |\n|---|---|\n| [one](1.md) | two |", []),
        (":::{admonition} A title\nProse with a {term}`word`.\n:::", ["Prose with a word."]),
        (
            "```{glossary}\n:sorted:\n\nkernel\nnull space\n  All of {term}`it <that>`.\n\n"
            "rank\n  A number,\n  or so.\n```",
            ["kernel, null space: All of it.", "rank: A number, or so."],
        ),
        ("```{bibliography}\n:all:\n```", []),
        ("(label)=\n## Title", ["## Title"]),
        ("As shown {cite}`Author2020`.", ["As shown."]),
        ("“Quoted” – it’s 3 − 1…", ['"Quoted" - it\'s 3 - 1...']),
    ],
)
def test_what_a_reader_reads_is_kept(markdown, expected):
    assert corpus.paragraphs(markdown) == expected


def test_a_chapter_is_its_prose_and_what_its_figures_show():
    figure = new_code_cell("draw()", metadata={"mystnb": {"image": {"alt": "A bowl."}}})
    cells = [new_markdown_cell("Look."), figure, new_code_cell("x = 1"), new_markdown_cell("Seen.")]
    assert corpus.chapter(new_notebook(cells=cells)) == ["Look.", "A bowl.", "Seen."]


def test_the_toolbox_speaks_in_whole_sentences():
    code = '''
"""Derive: one line per step."""
HINT = "Look at the factor that a square leaves."
LABEL, PIECE = "a label of five small words", f"{HINT} Nobody wrote this on its own."
def solve(x):
    """Solve for `x`, and say how.

    It takes two steps, and no more.

    Parameters
    ----------
    x : Symbol
        This sentence describes an argument only.
    """
    return ["Look at the factor that a square leaves.", "Too short here."]
'''
    assert corpus.sentences(code) == [
        "Derive: one line per step.",
        "Look at the factor that a square leaves.",
        "Solve for `x`, and say how.",
        "It takes two steps, and no more.",
    ]


def test_rare_characters_leave_with_their_paragraphs():
    # Without the paragraph that holds €, § is rare as well.
    often = ["common"] * corpus.OFTEN_ENOUGH
    some = ["§"] * (corpus.OFTEN_ENOUGH - 1)
    assert corpus.learnable([*often, *some, "§€"]) == often
    assert corpus.learnable([*often, *some, "§"]) == [*often, *some, "§"]


def test_the_snapshot_is_written_with_its_hash_and_the_same_twice(tmp_path, monkeypatch, capsys):
    for folder in ("notebooks/solutions", "book", "src/course_utils/data"):
        (tmp_path / folder).mkdir(parents=True)
    prose = "The same old words. " * 20
    for name in ("README.md", "CONTRIBUTING.md", "book/b.md", "book/a.md"):
        (tmp_path / name).write_text(f"# {name[0]}{name[-4]}\n\n{prose}", encoding="utf-8")
    for name in ("notebooks/02", "notebooks/01", "notebooks/solutions/03"):
        notebook = new_notebook(cells=[new_markdown_cell(f"Words of {name[-1]}. " * 20)])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    (tmp_path / "src/course_utils/tool.py").write_text(f'"""{prose}"""', encoding="utf-8")
    target = tmp_path / "src/course_utils/data/this_course.txt"
    monkeypatch.setattr(corpus, "ROOT", tmp_path)
    monkeypatch.setattr(corpus, "TARGET", target)
    written = []
    for _ in range(2):
        corpus.main()
        written.append(target.read_bytes())
    assert written[0] == written[1] and written[0].endswith(b".\n") and b"\r" not in written[0]
    digest = hashlib.sha256(written[0]).hexdigest()
    assert target.with_suffix(".sha256").read_text(encoding="utf-8") == f"{digest}  this_course.txt\n"
    text = written[0].decode("utf-8")
    assert text.startswith("The same old") and text.rstrip().endswith("Words of 2."), "a chapter stands last"
    assert text.index("Words of 1.") < text.index("Words of 2.")
    assert "Words of 3." not in text, "what is graded does not travel with the toolbox"
    assert f"this_course.txt: {len(text):,} characters" in capsys.readouterr().out
