"""The site for a class that is being marked holds nothing of the worked solutions, and everything else."""

import html
import json
import re

import nbformat
import pytest
import yaml

from tests.assignments.marks import meaningful, secrets
from tools import assignments, without_solutions

ROOT = assignments.ROOT
READABLE = {".html", ".js", ".json", ".md", ".ipynb", ".txt", ".inv"}
# A line of this kind says something; fewer of them than this in a solution would mean that none were found.
MANY = 20


def pages_in_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [page["file"] for part in contents["parts"] for page in part["chapters"]]


def public_text():
    """Everything that a reader may see: pages, chapters, and what students open."""
    notebooks = [*(ROOT / "notebooks").glob("*.ipynb"), *assignments.STUDENTS.glob("*.ipynb")]
    cells = [cell.source for path in notebooks for cell in nbformat.read(path, as_version=4).cells]
    return "\n".join(cells + [path.read_text(encoding="utf-8") for path in (ROOT / "book").rglob("*.md")])


def as_read(path):
    """The words of a file without its markup, and with the characters that markup writes in another way."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        return html.unescape(re.sub(r"<[^>]+>", "", text))
    if path.suffix == ".ipynb":
        return "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
    return text


def test_nothing_of_a_solution_is_on_the_site(tmp_path, subtests):
    site = without_solutions.build(tmp_path)
    for check in (
        every_other_page_is_there_and_no_solution,
        no_line_of_a_solution_is_in_any_file,
        a_line_that_is_there_would_be_found,
        the_search_leads_to_no_solution,
        nothing_links_to_a_solution,
    ):
        with subtests.test(check.__name__):
            check(site)


def every_other_page_is_there_and_no_solution(site):
    built = {
        path.relative_to(site).with_suffix("").as_posix()
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }
    pages = {page for page in pages_in_contents() if "/solutions/" not in page}
    assert len(pages) < len(pages_in_contents())
    assert pages <= built and not [page for page in built if "solutions" in page]


def no_line_of_a_solution_is_in_any_file(site):
    known = public_text()
    given = "\n".join(as_read(path) for path in site.rglob("*") if path.suffix in READABLE)
    for path in assignments.sources():
        cells = nbformat.read(path, as_version=4).cells
        hidden = [line for cell in cells for line in secrets(cell) if line not in known]
        assert len(hidden) > MANY, path.stem
        assert not [line for line in hidden if line in given]


def a_line_that_is_there_would_be_found(site):
    """The reading that finds no solution finds the code of a chapter, on its page and in its source."""
    cells = nbformat.read(ROOT / "notebooks" / "04_backpropagation.ipynb", as_version=4).cells
    lines = [line for cell in cells if cell.cell_type == "code" for line in meaningful(cell.source)]
    assert len(lines) > MANY
    for place in ("notebooks/04_backpropagation.html", "_sources/notebooks/04_backpropagation.ipynb"):
        given = as_read(site / place)
        assert [line for line in lines if line not in given] == []


def the_search_leads_to_no_solution(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    names = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["docnames"]
    assert "book/assignment_1" in names and not [name for name in names if "solutions" in name]


def nothing_links_to_a_solution(site):
    linked = {
        reference
        for path in site.rglob("*.html")
        for reference in re.findall(r'(?:href|src)="([^"]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(linked) > 100
    assert not [reference for reference in linked if "/solutions/" in reference]
    everything = "\n".join(as_read(path) for path in site.rglob("*") if path.suffix in {".md", ".ipynb", ".html"})
    assert not re.search(r"\]\([^)\s]*solutions/", everything)


@pytest.mark.parametrize(
    "text, left",
    [
        ("one\n[all of it](../notebooks/solutions/concepts.ipynb)\ntwo\n", "one\ntwo\n"),
        ("- [all of it](solutions/concepts.ipynb#q1), worked", ""),
        (
            "There are two solutions/ways. [See](../notebooks/01.ipynb)\n",
            "There are two solutions/ways. [See](../notebooks/01.ipynb)\n",
        ),
    ],
)
def test_a_line_that_links_to_a_solution_is_left_out(text, left):
    assert without_solutions.without_links(text) == left
