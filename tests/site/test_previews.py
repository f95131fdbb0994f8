"""Terms and sources show what they lead to, by pointer and by keyboard, without a request."""

import re

import pytest

from tests.site.conftest import SITE, visit

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
    # Figures and rarer fonts further down come when the page is scrolled to the term.
    opened.tab.on(
        "request", lambda request: re.search("/_images/|/fonts/", request.url) or requests.append(request.url)
    )
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


def test_the_keyboard_opens_a_preview_and_leaving_or_escape_closes_it(opened):
    term = link(opened, "normal equation")
    opened.tab.keyboard.press("Tab")  # from now on the focus is shown
    box = opened.tab.locator("#preview")
    term.focus()
    box.wait_for(state="visible")
    term.blur()
    assert box.is_hidden()
    term.focus()
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


def test_a_preview_opens_where_there_is_room(opened):
    opened.tab.keyboard.press("Tab")  # from now on the focus is shown
    for side in ("start", "end"):
        top, bottom, box_top, box_bottom = link(opened, "condition number").evaluate(
            """(link, side) => {
            link.blur();
            link.scrollIntoView({ block: side });
            link.focus({ preventScroll: true });
            return [link, document.getElementById("preview")].map(part => part.getBoundingClientRect())
                .flatMap(part => [part.top, part.bottom]);
        }""",
            side,
        )
        assert bottom <= box_top < box_bottom <= 900 if side == "start" else 0 <= box_top < box_bottom <= top


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
