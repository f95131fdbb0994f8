"""No formula or number of the prose and no address elsewhere changes unseen: they are compared with a list of them."""

from collections import Counter

import prose
import pytest
import repository

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
        f"{page} has other formulas, numbers or addresses than tests/notebooks/prose.csv lists.\nNo longer: {gone}\nNew: {new}\n"
        "No machine checks these. Read them once more; if they are right: make proofs")


def test_every_listed_page_is_there():
    assert {page for page, *_ in prose.stored()} <= set(PAGES)


@pytest.mark.parametrize("text, expected", [
    ("It is $a - y$,\nand $$\na\n= 1\n$$.", [("formula", "a - y"), ("formula", "a = 1")]),
    ("Of $x$ and $\\beta_0$: symbols alone.", []),
    ("`$a = b$` and\n```\n$a = b$\n```\nare code.", []),
    ("```{admonition} A\n$a = b$\n```", [("formula", "a = b")]),
    ("See [it](https://example.org/a_(b)), https://example.org/c.",
     [("address", "https://example.org/a_(b)"), ("address", "https://example.org/c")]),
    ("It is 0.35, 94 of 100, 5 % or 12.5 %, in chapter 3.", [
        ("number", "0.35"), ("number", "94"), ("number", "100"), ("number", "12.5 %")]),
    ("[$\\kappa$ of 3 in 1936](a_12.md) and <text x='14'>", [("number", "1936")]),
    ("  doi = {10.1/2},", [("address", "doi = {10.1/2}")]),
])  # fmt: skip
def test_what_is_listed(text, expected):
    assert prose.statements(text) == expected


def test_the_projects_own_addresses_are_left_to_make_repository():
    here = repository.current(prose.ROOT)
    assert prose.own(f"https://github.com/{here.owner}/{here.name}/blob/main/a", here)
    assert prose.own(f"https://{here.site}/a.html", here)
    assert not prose.own("https://github.com/pytorch/pytorch", here)
