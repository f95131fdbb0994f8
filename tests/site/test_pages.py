"""Every page in a browser, wide and narrow, light and dark: one load of a page serves all of its tests."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.conftest import pages, until, visit

WIDTHS = [1400, 390]
# A formula is MathML for assistive technology and a drawing in the colour of its text for the rest: thousands of
# elements to visit, and no rule that could apply to them.
AXE_CONTEXT = {"exclude": [[".katex"]]}
ALL_RULES = {"resultTypes": ["violations"]}
CONTRAST_ONLY = {**ALL_RULES, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
# Of the thousands of coloured words of code keep the first of each colour: the text stays, axe is done in a third.
SAMPLE_OF_CODE = """() => {
    const seen = new Set();
    document.querySelectorAll("pre span[class]").forEach(word => {
        if (seen.has(word.className)) word.replaceWith(...word.childNodes); else seen.add(word.className);
    });
}"""
# The alternative text that stands in for one nobody wrote is a file name.
FILE_NAME = re.compile(r"\.(png|svg|jpe?g|webp)\s*$|^(\.\./)*_images/", re.IGNORECASE)


@pytest.fixture(
    scope="module",
    params=[(page, width) for page in pages() for width in WIDTHS],
    ids=lambda visited: f"{visited[0]}-{visited[1]}",
)
def visited(request, browser, site_url):
    opened = visit(browser, site_url, *request.param)
    yield opened
    opened.context.close()


def switch_theme(tab, theme):
    tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
    until(tab, "theme => [theme, undefined].includes(document.documentElement.dataset.theme)", arg=theme)


def violations(tab, options):
    tab.evaluate(SAMPLE_OF_CODE)
    found = Axe().run(tab, context=AXE_CONTEXT, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]


def test_loads_without_errors_and_from_this_site_alone(visited):
    assert visited.console == []
    assert visited.failed == []
    assert visited.elsewhere == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_never_scrolls_sideways(visited, theme):
    switch_theme(visited.tab, theme)
    content, window = visited.tab.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    wide = visited.tab.evaluate("""() => [...document.querySelectorAll("body *")]
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 3).map(element => element.outerHTML.slice(0, 150))""")
    assert content <= window, f"{content} pixels in a window of {window}; the first too wide: {wide}"


def test_is_accessible_in_the_light_theme(visited):
    switch_theme(visited.tab, "light")
    assert violations(visited.tab, ALL_RULES) == []


def test_has_enough_contrast_in_the_dark_theme(visited):
    switch_theme(visited.tab, "dark")
    assert violations(visited.tab, CONTRAST_ONLY) == []


def test_describes_every_figure(visited):
    texts = visited.tab.eval_on_selector_all("article img", "images => images.map(image => image.alt)")
    assert [text for text in texts if not text.strip() or FILE_NAME.search(text)] == []


def test_formulas_are_drawn_with_this_sites_fonts(visited):
    tab = visited.tab
    if tab.locator("article .katex").count() == 0:
        assert not visited.name.startswith("notebooks/"), "a chapter without a single formula"
        return
    loaded = tab.evaluate("""[...document.fonts].filter(font => font.status === "loaded").map(font => font.family)""")
    assert any(family.strip('"').startswith("KaTeX") for family in loaded), loaded
    # Without KaTeX's stylesheet the MathML shows beside the drawing.
    assert tab.locator("article .katex-mathml").first.evaluate("math => math.getBoundingClientRect().width") <= 1
