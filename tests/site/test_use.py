"""Using the site by keyboard and by pointer: search, themes, menus and side bars; less motion, and paper."""

import re

import pytest

from tests.site.conftest import until, visit

CHAPTER = "notebooks/01_linear_regression.html"
SOLUTION = "notebooks/solutions/char_lstm.html"
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
    assert tab.evaluate("document.activeElement.ariaLabel") == "Colors: auto"
    for mode in ("dark", "light", "auto"):
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.ariaLabel") == f"Colors: {mode}"
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


@pytest.mark.parametrize("width", [1400, 390])
def test_search_opens_by_its_button_and_closes_by_a_click_beside_it(opened, width):
    tab = opened(CHAPTER, width)
    tab.locator(".search-button__button:visible").click()
    field = tab.locator("#pst-search-dialog[open] input")
    assert field.evaluate("field => field === document.activeElement")
    field.click()
    assert field.is_visible()
    tab.mouse.click(5, 890)
    field.wait_for(state="hidden")


def test_no_search_finds_everything(opened):
    tab = opened("search.html?q=zyxwvut")
    until(tab, "document.querySelector('#search-results').innerText.includes('did not match')")
    assert tab.locator("#search-results li").count() == 0


def test_wide_formulas_scroll_in_a_box_the_keyboard_reaches(opened):
    tab = opened(CHAPTER, 390)
    tab.keyboard.press("Tab")
    until(
        tab,
        """() => [...document.querySelectorAll("div.math .katex-display")]
        .every(box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)""",
    )
    boxes = tab.evaluate("""() => [...document.querySelectorAll("div.math .katex-display, .cell_output > .output")]
        .filter(box => box.scrollWidth > box.clientWidth)
        .map(box => [box.tabIndex, getComputedStyle(box).overflowX])""")
    assert boxes, "a chapter has formulas wider than a phone"
    assert all(box == [0, "auto"] for box in boxes), boxes


def test_menu_opens_by_keyboard_and_escape_closes_it(opened):
    tab = opened(CHAPTER)
    button = tab.locator("[data-bs-toggle=dropdown]").first
    button.focus()
    tab.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    reached = []
    for key in ("ArrowDown", "ArrowUp"):
        tab.keyboard.press(key)
        reached.append(tab.evaluate("document.activeElement.href"))
    assert "mybinder" in reached[0] and "colab" in reached[1], "from the first entry up to the last"
    button.focus()
    tab.keyboard.press("ArrowUp")
    assert "colab" in tab.evaluate("document.activeElement.href"), "from the button up to the last"
    tab.keyboard.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == button.get_attribute("aria-label")


def test_menu_prints_and_a_click_elsewhere_closes_it(opened):
    tab = opened(CHAPTER)
    tab.evaluate("window.print = () => { window.printed = true; }")
    tab.get_by_role("button", name="Download this page").click()
    entry = tab.locator(".btn-download-pdf-button")
    entry.click()
    assert tab.evaluate("window.printed")
    tab.locator("article h1").click()
    entry.wait_for(state="hidden")


def test_list_of_pages_opens_on_a_phone_and_escape_closes_it(opened):
    tab = opened(CHAPTER, 390)
    dialog = tab.locator("#pst-primary-sidebar-modal")
    for _ in range(2):
        assert not dialog.is_visible()
        tab.locator(".primary-toggle").click()
        assert dialog.locator("nav.bd-links").is_visible()
        tab.keyboard.press("Escape")


def test_list_of_pages_closes_on_a_wide_screen(opened):
    tab = opened(CHAPTER)
    tab.locator(".primary-toggle").click()
    tab.locator("nav.bd-links").wait_for(state="hidden")


def test_contents_open_on_a_phone_and_close_by_a_click_beside_them_or_on_one(opened):
    tab = opened(CHAPTER, 390)
    entry = tab.locator("#pst-secondary-sidebar-modal #pst-page-toc-nav a").nth(2)
    for close in (lambda: tab.mouse.click(5, 890), entry.click):
        tab.locator(".secondary-toggle").click()
        entry.wait_for()
        close()
        entry.wait_for(state="hidden")
    assert tab.evaluate("location.hash.length") > 1


def test_the_way_to_the_top_is_offered_to_who_scrolls_back(opened):
    tab = opened(CHAPTER, 390)
    tab.evaluate("document.querySelector('.bd-article').classList.add('laid-out')")
    button = tab.locator("#pst-back-to-top")
    tab.mouse.wheel(0, 3000)
    until(tab, "scrollY > 2000 && document.body.classList.contains('scrolled')")
    assert button.is_hidden()
    tab.mouse.wheel(0, -300)
    button.click()
    until(tab, "scrollY === 0")
    assert tab.evaluate("document.activeElement.id") == "main-content", "the keyboard goes on from the top"


def test_code_is_copied(browser, site_url):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(site_url + CHAPTER)
    code = tab.locator("div.cell_input pre").nth(1)
    code.hover()
    tab.locator("div.cell_input button.copybtn").nth(1).click()
    tab.wait_for_selector("button.copybtn.success")
    assert tab.evaluate("navigator.clipboard.readText()") == code.text_content().removesuffix("\n")
    context.close()


def test_contents_mark_where_the_reader_is(opened):
    tab = opened(CHAPTER)
    link = tab.locator("#pst-page-toc-nav a").nth(2)
    link.click()
    until(tab, "link => link.getAttribute('aria-current') === 'true'", arg=link.element_handle())


def test_words_searched_for_stand_out_on_the_page(opened):
    tab = opened("search.html?q=gradient")
    tab.wait_for_selector("#search-results li a")
    tab.locator("#search-results li a").first.click()
    until(tab, "CSS.highlights.get('searched')?.size > 0")
    tab.keyboard.press("Escape")
    assert not tab.evaluate("CSS.highlights.has('searched')")


def test_verdicts_are_green_and_red_in_both_themes(opened):
    tab = opened(SOLUTION)
    for theme in ("light", "dark"):
        tab.emulate_media(color_scheme=theme)
        until(tab, "theme => document.documentElement.dataset.theme === theme", arg=theme)
        right, wrong = (
            [
                int(part)
                for part in re.findall(
                    r"\d+",
                    tab.locator(f".verdict-{kind}").first.evaluate(
                        "verdict => getComputedStyle(verdict).backgroundColor"
                    ),
                )
            ]
            for kind in ("right", "wrong")
        )
        assert right[1] > right[0] and wrong[0] > wrong[1], (theme, right, wrong)


def test_the_figure_of_the_front_page_moves_unless_less_motion_is_asked_for(opened):
    tab = opened("book/index.html")
    names = "() => [...document.querySelectorAll('.walker')].map(part => getComputedStyle(part).animationName)"
    assert tab.evaluate(names) == ["walk-slow", "walk-swings", "walk-flies"]
    tab.emulate_media(reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll("*")].filter(part => {
        const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(part);
        return [animationName, transitionDuration, scrollBehavior].join() !== "none,0s,auto";
    }).map(part => part.outerHTML)"""
    assert tab.evaluate(moving) == []


def test_paper_carries_the_text_alone(opened):
    tab = opened(SOLUTION)
    parts = [
        ".bd-header-article",
        ".bd-sidebar-primary",
        ".bd-sidebar-secondary",
        ".bd-footer-content",
        "button.copybtn",
        ".report-error",
        ".live form",
    ]
    seen = """parts => parts.filter(part =>
        [...document.querySelectorAll(part)].some(element => element.checkVisibility()))"""
    text = tab.locator(".live-text")
    cut_off = "text => text.scrollHeight > text.clientHeight"
    assert tab.evaluate(seen, parts) == parts and text.evaluate(cut_off)
    tab.emulate_media(media="print")
    assert tab.evaluate(seen, parts) == [] and not text.evaluate(cut_off)
    breaks = "all => all.map(code => getComputedStyle(code).whiteSpace)"
    assert set(tab.eval_on_selector_all("div.highlight pre", breaks)) == {"pre-wrap"}, "a long line would be cut off"


def test_paper_is_light_whatever_the_screen_is(browser, site_url):
    context = browser.new_context(color_scheme="dark")
    tab = context.new_page()
    tab.goto(site_url + CHAPTER)
    theme = "document.documentElement.dataset.theme"
    assert tab.evaluate(theme) == "dark"
    tab.evaluate(f"addEventListener('beforeprint', () => window.printed = {theme})")
    tab.pdf()
    assert tab.evaluate("window.printed") == "light" and tab.evaluate(theme) == "dark"
    context.close()


def test_page_reads_without_scripts(browser, site_url):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site_url + CHAPTER)
    assert tab.locator("article .katex-html").first.is_visible()
    assert tab.locator("nav.bd-links a").first.is_visible()
    context.close()
