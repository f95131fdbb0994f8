"""The built site on a port of this machine, and one browser for all tests."""

import functools
import http.server
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright

from tools import browser as chromium

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"


def pages():
    """Return every HTML page of the build, as a path from the site's root."""
    found = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts)
    if not found:
        raise pytest.UsageError(f"There is no site in {SITE}. Build it first: make book")
    return found


def pytest_generate_tests(metafunc):
    """Run a test that asks for `page` once for every page of the site."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages())


@pytest.fixture(scope="session")
def site_url():
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser():
    if chromium.path() is None:
        (pytest.fail if chromium.required() else pytest.skip)(chromium.MISSING)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**chromium.options())
        yield running
        running.close()


def visit(browser, site_url, page, width, prepare=lambda tab: None, **options):
    """Open a page with every other host out of reach; return the tab, its context and what went wrong.

    `prepare` is called with the tab before it goes to the page; `options` are those of a browser's context.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="light", **options)
    tab = context.new_page()
    visited = SimpleNamespace(name=page, width=width, tab=tab, context=context, console=[], failed=[], elsewhere=[])
    tab.on("console", lambda message: message.type in ("error", "warning") and visited.console.append(message.text))
    tab.on("pageerror", lambda error: visited.console.append(str(error)))
    tab.on("requestfailed", lambda request: visited.failed.append(request.url))
    tab.on("response", lambda answer: answer.status >= 400 and visited.failed.append(f"{answer.status} {answer.url}"))

    def refuse(route):
        visited.elsewhere.append(route.request.url)
        route.abort()

    prepare(tab)
    context.route(lambda url: not url.startswith((site_url, "data:", "blob:")), refuse)
    tab.goto(site_url + page)
    tab.wait_for_load_state("networkidle")
    tab.evaluate("document.fonts.ready")
    return visited


def until(tab, expression, arg=None, seconds=30):
    """Wait until an expression holds in a page. Playwright's own waiting runs text as code, which the pages forbid."""
    deadline = time.monotonic() + seconds
    while not tab.evaluate(expression, arg):
        if time.monotonic() > deadline:
            pytest.fail(f"After {seconds} seconds this does not hold: {expression}")
        tab.wait_for_timeout(50)
