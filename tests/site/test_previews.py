"""Terms and sources show what they lead to, by pointer and by keyboard, without a request."""

import json
import re
import subprocess
import sys

import pytest

from tests.site.conftest import ROOT, SITE, visit

PAGE = "notebooks/01_linear_regression.html"


@pytest.fixture
def opened(browser, site_url):
    visited = visit(browser, site_url, PAGE, 1400)
    yield visited
    visited.context.close()


def link(opened, words):
    return opened.tab.locator(".bd-article a.preview-link", has_text=re.compile(rf"^{words}$")).first


def test_pointing_at_a_term_shows_its_definition_until_the_pointer_leaves(opened):
    requests = []
    opened.tab.on("request", lambda request: "/_images/" in request.url or requests.append(request.url))  # lazy figures
    box = opened.tab.locator("#preview")
    assert box.is_hidden()
    link(opened, "condition number").hover()
    box.wait_for(state="visible")
    assert "the ratio of the largest to the smallest" in box.inner_text()
    assert link(opened, "condition number").get_attribute("aria-describedby") == "preview"
    box.hover()
    opened.tab.wait_for_timeout(600)
    assert box.is_visible()
    opened.tab.mouse.move(2, 2)
    box.wait_for(state="hidden")
    assert not requests and not opened.console


def test_the_keyboard_opens_a_preview_and_escape_closes_it(opened):
    term = link(opened, "normal equation")
    opened.tab.keyboard.press("Tab")  # from now on the focus is shown
    term.focus()
    box = opened.tab.locator("#preview")
    box.wait_for(state="visible")
    opened.tab.keyboard.press("Escape")
    assert box.is_hidden() and term.evaluate("link => link === document.activeElement")
    assert term.get_attribute("aria-describedby") is None


def test_a_source_shows_its_entry_in_the_list_of_references(opened):
    source = link(opened, "Golub and Van Loan 2013")
    source.hover()
    box = opened.tab.locator("#preview")
    box.wait_for(state="visible")
    assert "matrix computations" in box.inner_text().lower()


def test_a_preview_stays_on_the_screen_of_a_phone(browser, site_url):
    visited = visit(browser, site_url, PAGE, 390)
    for term in visited.tab.locator(".bd-article a.preview-link").all()[:12]:
        term.scroll_into_view_if_needed()
        term.hover()
        box = visited.tab.locator("#preview")
        box.wait_for(state="visible")
        sides = box.bounding_box()
        assert 0 <= sides["x"] and sides["x"] + sides["width"] <= 390
        visited.tab.keyboard.press("Escape")
    visited.context.close()


def test_each_term_is_linked_once_and_never_in_a_heading(opened):
    terms = ".bd-article a.preview-link[href*='#term-']"
    targets = opened.tab.eval_on_selector_all(terms, "all => all.map(a => a.href)")
    assert len(targets) > 10 and len(set(targets)) == len(targets)
    assert not opened.tab.locator(":is(h1, h2, h3, h4) a.preview-link, a a.preview-link, code a.preview-link").count()


def test_every_link_has_its_preview_and_every_preview_a_link():
    for path in SITE.glob("*/**/*.html"):
        text = path.read_text(encoding="utf-8")
        linked = set(re.findall(r'class="preview-link[^"]*" href="[^"#]*#([^"]+)"', text))
        assert linked == set(re.findall(r'<template id="preview-([^"]+)"', text)), path


def test_status_page_tells_what_the_register_of_proofs_holds():
    page = (SITE / "book" / "status.html").read_text(encoding="utf-8")
    counted = subprocess.run([sys.executable, "tools/proofs.py", "count"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    confirmations = sum(int(number) for number in re.findall(r"(\d+) confirmation", counted))
    row = re.search(r"<strong>together</strong>.*?</tr>", page, re.DOTALL)[0]
    assert str(confirmations) in re.findall(r"<strong>(\d+)</strong>", row)
    results = ROOT / "tests" / "faults" / "results.json"
    assert results.is_file(), "run make faults once and commit its results"
    assert f">{json.loads(results.read_text(encoding='utf-8'))['planted']}<" in re.sub(r"\s|</?p>", "", page)
