"""The Content-Security-Policy: it stands on every page, forbids what it should, and no page of ours needs more."""

import pytest

from tests.site.conftest import visit
from tests.site.test_html import parsed

CHAPTER = "notebooks/02_gradient_descent.html"  # its slider brings a <style> element of its own
RECORD = """window.violations = []; document.addEventListener("securitypolicyviolation", event => violations.push(
    `${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));"""


def directives(page):
    tags = parsed(page).select('head meta[http-equiv="Content-Security-Policy"]')
    assert len(tags) == 1
    return {words[0]: words[1:] for part in tags[0]["content"].split(";") if (words := part.split())}


def test_policy_allows_this_site_alone(page):
    policy = directives(page)
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == ["'none'"]
    assert policy["base-uri"] == policy["form-action"] == ["'self'"]
    for directive, sources in policy.items():
        allowed = {"'self'", "'none'"} | ({"data:"} if directive in ("img-src", "font-src") else set())
        allowed |= {"'unsafe-inline'"} if directive == "style-src-attr" else set()
        extra = [source for source in sources if source not in allowed and not source.startswith("'sha256-")]
        assert extra == [], directive


def test_policy_stands_before_what_it_governs(page):
    governed = parsed(page).head.find_all(["script", "style", "link"])
    meta = parsed(page).select_one('meta[http-equiv="Content-Security-Policy"]')
    assert all(meta in tag.find_all_previous("meta") for tag in governed)


def test_no_element_has_an_event_handler_of_its_own(page):
    with_handler = [tag for tag in parsed(page).find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    assert [str(tag)[:100] for tag in with_handler] == []


@pytest.mark.parametrize("width", [1400, 390])
def test_no_page_asks_for_more_than_the_policy_allows(browser, site_url, page, width):
    opened = visit(browser, site_url, page, width, lambda tab: tab.add_init_script(RECORD))
    found = opened.tab.evaluate("window.violations")
    opened.context.close()
    assert found == []


@pytest.mark.parametrize(
    "markup, directive",
    [
        ("<script>document.title = 'run'</script>", "script-src-elem"),
        ("<img src='x' onerror=\"document.title = 'run'\" alt=''>", "script-src-attr"),
        ("<style>body { color: red }</style>", "style-src-elem"),
        ("<img src='https://example.org/a.png' alt=''>", "img-src"),
        ("<iframe src='https://example.org/'></iframe>", "frame-src"),
        ("<link rel='stylesheet' href='https://example.org/a.css'>", "style-src-elem"),
    ],
)
def test_what_is_slipped_into_a_page_does_not_run(browser, site_url, markup, directive):
    opened = visit(browser, site_url, CHAPTER, 1400, lambda tab: tab.add_init_script(RECORD))
    tab = opened.tab
    title = tab.title()
    tab.evaluate("""markup => document.body.append(document.createRange().createContextualFragment(markup))""", markup)
    tab.wait_for_timeout(200)
    found, now = tab.evaluate("window.violations"), tab.title()
    opened.context.close()
    assert any(violation.startswith(directive + ":") for violation in found), found
    assert now == title
    assert not any("example.org" in url for url in opened.elsewhere), "the request left the page"
