"""No formula, number, address or sentence of a page changes unseen: they are compared with a list of them."""

from collections import Counter

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import prose, repository

PAGES = [path.relative_to(prose.ROOT).as_posix() for path in prose.pages()]


@pytest.fixture(scope="module")
def found():
    return prose.rows()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_is_listed(page, found):
    listed = Counter(row for row in prose.stored() if row[0] == page)
    said = Counter(row for row in found if row[0] == page)
    gone, new = sorted((listed - said).elements()), sorted((said - listed).elements())
    assert not gone and not new, (
        f"{page} says something else than tests/notebooks/prose.csv lists.\nNo longer: {gone}\nNew: {new}\n"
        "No machine checks this. Read what git diff shows once more; if it is right: make proofs"
    )


def test_every_listed_page_is_there():
    assert {page for page, *_ in prose.stored()} <= set(PAGES)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("It is $a - y$,\nand $$\na\n= 1\n$$.", [("formula", "a - y"), ("formula", "a = 1")]),
        ("Of $x$ and $\\beta_0$: symbols alone.", []),
        ("`$a = b$` and\n```\n$a = b$\n```\nare code.", []),
        ("```{admonition} A\n$a = b$\n```", [("formula", "a = b")]),
        (
            "See [it](https://example.org/a_(b)), https://example.org/c.",
            [("address", "https://example.org/a_(b)"), ("address", "https://example.org/c")],
        ),
        (
            "It is 0.35, 94 of 100, 5 % or 12.5 %, in chapter 3.",
            [("number", "0.35"), ("number", "94"), ("number", "100"), ("number", "12.5 %")],
        ),
        ("[$\\kappa$ of 3 in 1936](a_12.md) and <text x='14'>", [("number", "1936")]),
        ("  doi = {10.1/2},", [("address", "doi = {10.1/2}")]),
    ],
)
def test_what_is_listed(text, expected):
    assert prose.statements(text) == expected


def test_the_projects_own_addresses_are_left_to_make_repository():
    here = repository.current(prose.ROOT)
    assert prose.own(f"https://github.com/{here.owner}/{here.name}/blob/main/a", here)
    assert prose.own(f"https://{here.site}/a.html", here)
    assert not prose.own("https://github.com/pytorch/pytorch", here)


def test_any_word_alt_text_or_tag_changes_the_fingerprint_and_the_repositorys_address_does_not(tmp_path):
    here = repository.Repository("someone", "course")
    page = tmp_path / "page.md"

    def of_page(text):
        page.write_text(text, encoding="utf-8")
        return prose.words(page, here)

    def of_notebook(**metadata):
        path = tmp_path / "a.ipynb"
        cell = new_code_cell("1", id="one", metadata=metadata)
        nbformat.write(new_notebook(cells=[new_markdown_cell("A gate", id="text"), cell]), path)
        return prose.words(path, here)

    assert of_page("The gate is open.") != of_page("The gate is closed.")
    there = repository.Repository("Another", "fork")
    with_address = of_page("See https://github.com/someone/course/issues and https://someone.github.io/course/.")
    page.write_text("See https://github.com/Another/fork/issues and https://another.github.io/fork/.")
    assert prose.words(page, there) == with_address
    assert (
        len(
            {
                of_notebook(),
                of_notebook(tags=["remove-cell"]),
                of_notebook(mystnb={"image": {"alt": "a curve"}}),
                of_notebook(tags=["x"]),
            }
        )
        == 4
    )
    assert of_notebook() == of_notebook(editable=False)
