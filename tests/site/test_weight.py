"""What each page weighs, as a server that compresses sends it, and that it arrives without scripts and jumps."""

import gzip
from urllib.parse import urlsplit

import pytest

from tests.site.conftest import SITE, pages, visit

KIB = 1024
BUDGET = 250 * KIB  # before figures
REQUESTS = 14  # before figures: the page, its script, the logo and the rarer fonts of its formulas
SEARCH_REQUESTS = 20
COMPRESSED = {".html", ".css", ".js", ".svg", ".json"}
FIGURES = {".png", ".webp", ".svg", ".jpg", ".gif"}
PHONE = 390
# A page, its files and its fonts come one after another, in pieces.
SLOW = {"offline": False, "latency": 200, "downloadThroughput": 200 * KIB, "uploadThroughput": 80 * KIB}
# The rarer fonts of formulas, which come later, move lines by up to 0.01 in all. A side bar that comes late moves the
# page by 0.03 and more. From 0.1 on Lighthouse lowers its score.
LARGEST_SHIFT = 0.02
SHIFTS = """window.shifted = 0; new PerformanceObserver(list => list.getEntries().forEach(
    entry => { window.shifted += entry.value; })).observe({type: "layout-shift", buffered: true});"""
TO_THE_END = """async () => {
    for (let place = 0; place < document.documentElement.scrollHeight; place += 400) {
        scrollTo(0, place);
        await new Promise(resolve => setTimeout(resolve, 10));
    }
    await document.fonts.ready;
}"""


def size_sent(url):
    """Return the bytes of a file of the site as it is sent, and whether it is a figure."""
    path = SITE / urlsplit(url).path.lstrip("/")
    content = path.read_bytes()
    return len(gzip.compress(content, 6)) if path.suffix in COMPRESSED else len(content)


@pytest.mark.parametrize("name", pages())
def test_page_is_light_to_its_last_line(browser, site_url, name):
    loaded = {}
    opened = visit(
        browser,
        site_url,
        name,
        PHONE,
        lambda tab: tab.on("response", lambda answer: loaded.setdefault(answer.url, answer.request.resource_type)),
    )
    opened.tab.evaluate(TO_THE_END)
    opened.tab.wait_for_load_state("networkidle")
    opened.context.close()
    sizes = {url: size_sent(url) for url, kind in loaded.items() if url.startswith(site_url) and kind != "image"}
    kinds = {loaded[url] for url in sizes}
    assert {"document", "script"} <= kinds, f"the page and its script were not counted: {kinds}"
    if name.startswith("notebooks/0"):
        assert "font" in kinds, "a chapter's formulas have rarer fonts too, which were not counted"
    assert sum(sizes.values()) <= BUDGET, sorted(((size, url) for url, size in sizes.items()), reverse=True)[:8]
    assert len(sizes) <= (SEARCH_REQUESTS if name == "search.html" else REQUESTS), sorted(sizes)


@pytest.mark.parametrize("width", [PHONE, 1400])
@pytest.mark.parametrize("name", [page for page in pages() if page.startswith(("book/", "notebooks/"))])
def test_nothing_moves_while_the_page_arrives(browser, site_url, name, width):
    def prepare(tab):
        tab.add_init_script(SHIFTS)
        connection = tab.context.new_cdp_session(tab)
        connection.send("Network.enable")
        connection.send("Network.emulateNetworkConditions", SLOW)

    def shift():
        opened = visit(browser, site_url, name, width, prepare)
        opened.tab.wait_for_timeout(200)
        shifted = opened.tab.evaluate("shifted")
        opened.context.close()
        return shifted

    # A busy machine may read a font that stands in the page later than it draws the first words, now and then. What a
    # page itself lets move moves at each visit.
    assert any(shift() < LARGEST_SHIFT for _ in range(3))


def test_formulas_bring_the_fonts_that_nearly_all_of_them_need(browser, site_url):
    opened = visit(browser, site_url, "book/notation.html", PHONE)
    fonts = opened.tab.evaluate("[...document.fonts].map(font => [font.family, font.style, font.weight, font.status])")
    loaded = opened.tab.evaluate("""performance.getEntriesByType("resource").map(entry => entry.name)""")
    opened.context.close()
    assert ["KaTeX_Main", "normal", "400", "loaded"] in fonts and ["KaTeX_Math", "italic", "400", "loaded"] in fonts
    assert not any("KaTeX_Main-Regular" in name or "KaTeX_Math-Italic" in name for name in loaded), loaded


@pytest.mark.parametrize("name", ["book/notation.html", "notebooks/04_backpropagation.html"])
def test_no_sign_of_a_formula_is_missing_in_its_font(browser, site_url, name):
    opened = visit(browser, site_url, name, 1400)
    opened.tab.evaluate("document.querySelector('.bd-article').classList.add('laid-out')")
    opened.tab.wait_for_load_state("networkidle")
    opened.tab.evaluate("document.fonts.ready")
    inspector = opened.context.new_cdp_session(opened.tab)
    inspector.send("DOM.enable")
    inspector.send("CSS.enable")
    document = inspector.send("DOM.getDocument")["root"]["nodeId"]
    parts = inspector.send("DOM.querySelectorAll", {"nodeId": document, "selector": ".katex-html *"})["nodeIds"]
    used = [font for part in parts for font in inspector.send("CSS.getPlatformFontsForNode", {"nodeId": part})["fonts"]]
    opened.context.close()
    assert sum(font["glyphCount"] for font in used) > 1000
    assert {font["familyName"] for font in used if not font["isCustomFont"]} == set()


@pytest.mark.parametrize("width", [PHONE, 1400])
def test_link_into_a_page_leads_to_the_place_itself(browser, site_url, width):
    # The last heading: everything above it is laid out late.
    opened = visit(browser, site_url, "notebooks/04_backpropagation.html#references", width)
    opened.tab.wait_for_timeout(300)
    place, end, window = opened.tab.evaluate("""() => [
        document.querySelector("#references").getBoundingClientRect().top,
        document.documentElement.scrollHeight - innerHeight - scrollY, innerHeight]""")
    opened.context.close()
    assert 0 <= place < 100 or (end < 2 and 0 <= place < window)
