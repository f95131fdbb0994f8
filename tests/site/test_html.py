"""What can be told from the HTML files alone: links, launch buttons, formulas, heads."""

import functools
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

from tests.site.conftest import ROOT, SITE, pages

REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
OWNER_AND_NAME = "/".join(REPOSITORY.rstrip("/").split("/")[-2:])
LAUNCHERS = re.compile(r"colab\.research\.google\.com|mybinder\.org")
# Dollars, delimiters or commands where KaTeX should have drawn something.
UNRENDERED = re.compile(r"\$\$|\$\\|\\\(|\\\[|\\(displaystyle|frac|left|begin|beta|sum|partial)\b")


@functools.cache
def parsed(page):
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(page):
    return {tag.get(name) for tag in parsed(page).find_all(True) for name in ("id", "name") if tag.get(name)}


def is_notebook(page):
    return (ROOT / page).with_suffix(".ipynb").is_file()


def broken(page, reference):
    """Say what is wrong with a reference from a page to this site; None where nothing is."""
    target = urlsplit(reference)
    if target.scheme or target.netloc:
        return None
    file = (SITE / page).parent / unquote(target.path) if target.path else SITE / page
    file = file.resolve()
    if not file.is_file():
        return f"{reference}: no such file"
    if target.fragment and file.suffix == ".html":
        name = file.relative_to(SITE.resolve()).as_posix()
        if unquote(target.fragment) not in anchors(name):
            return f"{reference}: no such place on {name}"
    return None


def test_every_link_and_file_of_this_site_is_there(page):
    references = [tag[name] for tag in parsed(page).find_all(True) for name in ("href", "src") if tag.get(name)]
    assert references, "a page without links"
    assert [wrong for wrong in (broken(page, reference) for reference in references) if wrong] == []


def test_only_notebooks_have_launch_buttons_and_they_lead_to_this_notebook(page):
    buttons = {
        link["href"]
        for link in parsed(page).select(".article-header-buttons a[href]")
        if LAUNCHERS.search(link["href"])
    }
    notebook = page.removesuffix(".html") + ".ipynb"
    expected = {
        f"https://colab.research.google.com/github/{OWNER_AND_NAME}/blob/main/{notebook}",
        f"https://mybinder.org/v2/gh/{OWNER_AND_NAME}/main?urlpath=lab/tree/{notebook}",
    }
    assert buttons == (expected if is_notebook(page) else set())


def test_no_formula_is_left_as_source(page):
    soup = BeautifulSoup(str(parsed(page).select_one("article") or parsed(page).body), "html.parser")
    assert soup.select(".katex-error") == []
    for tag in soup.select("pre, code, script, style, annotation"):
        tag.decompose()
    text = soup.get_text(" ")
    found = UNRENDERED.search(text)
    assert not found, f"unrendered: {text[max(0, found.start() - 60) : found.end() + 60]!r}"


def test_head_is_complete(page):
    soup = parsed(page)
    assert soup.html["lang"] == "en"
    assert soup.title.get_text().strip()
    assert soup.select_one('meta[name="viewport"]')
    if page != "index.html":  # which leads to the front page and is not shown
        assert soup.select_one('meta[name="description"]')["content"].strip()
    assert not re.search(r"[\\{}]", soup.title.get_text()), "LaTeX in the browser's tab"


def test_the_licences_stand_on_every_page(page):
    if page != "index.html":
        links = {link["href"] for link in parsed(page).select("footer a[href]")}
        assert {"https://creativecommons.org/licenses/by/4.0/", f"{REPOSITORY}/blob/main/LICENSE"} <= links


def test_an_error_can_be_reported_with_page_and_version_filled_in(page):
    if page in ("index.html", "search.html", "genindex.html"):
        return
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "error-on-page.yml").read_text(encoding="utf-8"))
    fields = {part["id"]: part["attributes"].get("options") for part in form["body"]}
    links = {link["href"] for link in parsed(page).select(f'a[href^="{REPOSITORY}/issues/new?"]')}
    assert len(links) == 1, "the link in the text and the button on top open the same form"
    filled_in = {name: value for name, [value] in parse_qs(urlsplit(links.pop()).query).items()}
    assert filled_in.pop("template") == "error-on-page.yml" and set(filled_in) <= set(fields)
    assert page.removesuffix(".html") in filled_in["page"] and filled_in["place"] in fields["place"]
    assert re.search(r"commit (unknown|[0-9a-f]{7,})", filled_in["version"])


def test_the_sites_own_address_leads_to_the_front_page():
    target = parsed("index.html").select_one('meta[http-equiv="refresh"]')["content"].split("url=")[1]
    assert target in pages()
    assert parsed(target).h1


@pytest.mark.parametrize("word", ["MathJax", "require.min.js", "thebe", "fontawesome.js", "googleapis"])
def test_nothing_heavy_or_foreign_is_loaded(word):
    loaded = {
        page: [tag.get("src") or tag.get("href") for tag in parsed(page).select("script[src], link[href]")]
        for page in pages()
    }
    assert {page: file for page, files in loaded.items() for file in files if word.lower() in file.lower()} == {}
