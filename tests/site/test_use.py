"""Using the site: search, themes and skipping by keyboard alone."""

import pytest

from tests.site.conftest import visit

CHAPTER = "notebooks/01_linear_regression.html"
TAB_STOPS_BEFORE_THE_TEXT = 60


@pytest.fixture
def opened(browser, site_url):
    contexts = []

    def open_page(page, width=1400):
        result = visit(browser, site_url, page, width)
        contexts.append(result.context)
        return result.tab

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1400, 390])
def test_theme_changes_by_keyboard(opened, width):
    tab = opened(CHAPTER, width)
    for _ in range(TAB_STOPS_BEFORE_THE_TEXT):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.matches('.theme-switch-button')"):
            break
    else:
        pytest.fail(f"{TAB_STOPS_BEFORE_THE_TEXT} times Tab did not reach the theme button")
    seen = set()
    for _ in range(3):
        tab.keyboard.press("Enter")
        seen.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
        tab.locator(".theme-switch-button:visible").focus()
    assert len(seen) == 2, f"light and dark expected, seen: {seen}"


def test_theme_is_remembered(opened):
    tab = opened(CHAPTER)
    button = tab.locator(".theme-switch-button:visible")
    while tab.evaluate("document.documentElement.dataset.mode") != "dark":
        button.click()
    tab.reload()
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


def test_first_tab_stop_skips_to_the_text(opened):
    tab = opened(CHAPTER)
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#main-content"


def test_focus_is_visible(opened):
    tab = opened(CHAPTER)
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    style, width = tab.evaluate("""() => {
        const ring = getComputedStyle(document.activeElement);
        return [ring.outlineStyle, parseFloat(ring.outlineWidth)];
    }""")
    assert style == "solid" and width >= 2


def test_search_by_keyboard_finds_the_chapter(opened):
    tab = opened(CHAPTER)
    tab.keyboard.press("Control+k")
    tab.keyboard.type("normal equation")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=normal*")
    tab.wait_for_selector("#search-results li a")
    found = tab.eval_on_selector_all("#search-results li a", "links => links.map(link => link.pathname)")
    assert any(path.endswith(CHAPTER) for path in found), found


def test_no_search_finds_everything(opened):
    tab = opened("search.html?q=zyxwvut")
    tab.wait_for_function("document.querySelector('#search-results').innerText.includes('did not match')")
    assert tab.locator("#search-results li").count() == 0


def test_wide_formulas_scroll_in_a_box_the_keyboard_reaches(opened):
    tab = opened(CHAPTER, 390)
    boxes = tab.evaluate("""() => [...document.querySelectorAll("div.math .katex-display, .cell_output > .output")]
        .filter(box => box.scrollWidth > box.clientWidth)
        .map(box => [box.tabIndex, getComputedStyle(box).overflowX])""")
    assert boxes, "a chapter has formulas wider than a phone"
    assert all(box == [0, "auto"] for box in boxes), boxes


def test_page_reads_without_scripts(browser, site_url):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site_url + CHAPTER)
    assert tab.locator("article .katex-html").first.is_visible()
    assert tab.locator("nav.bd-links a").first.is_visible()
    context.close()
