"""The site in a reader's browser, beside a stock Jupyter Book of the same sources (about half an hour).

Lighthouse and axe visit the pages as nginx serves them with gzip. Lighthouse emulates a phone and applies its slow
network and processor for real (`--throttling-method=devtools`). Each page is visited three times, and medians count.
The stock build is visited on a few pages. Its only change is that MathJax lies on the same server, so that it is spared
a connection to another.

Needs nginx and Chromium, and the network once: npm brings Lighthouse and MathJax into _build/bench.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tools import browser
from tools.bench import common

RESULTS = Path(__file__).with_suffix(".json")
FOLDER = common.ROOT / "_build" / "bench"
OURS = common.ROOT / "_build" / "html"
STOCK = FOLDER / "stock" / "_build" / "html"
PACKAGES = {"lighthouse": "12.8.2", "mathjax": "3.2.2"}
RUNS = 3
COMPARED = (
    "book/index",
    "book/notation",
    "notebooks/01_linear_regression",
    "notebooks/04_backpropagation",
    "notebooks/solutions/char_lstm",
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# The settings of ours that a stock book would have too. The rest are our own extensions, styles and templates.
STOCK_SETTINGS = (
    "title",
    "author",
    "copyright",
    "only_build_toc_files",
    "repository",
    "execute",
    "launch_buttons",
    "parse",
    "bibtex_bibfiles",
)
OF_OUR_EXTENSIONS = re.compile(r"(?ms)^```\{course-status\}.*?^```\n")


# --- what is visited -------------------------------------------------------------------------------------------------


def build_stock():
    """Build the same pages with Jupyter Book as it comes."""
    source = FOLDER / "stock"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(common.ROOT / "notebooks", source / "notebooks", ignore=shutil.ignore_patterns(".*", "assignments"))
    shutil.copytree(common.ROOT / "book", source / "book", ignore=shutil.ignore_patterns("_*", "live"))
    (source / "book" / "_static").mkdir()
    shutil.copy2(common.ROOT / "book" / "_static" / "logo.svg", source / "book" / "_static")
    shutil.copy2(common.ROOT / "_toc.yml", source)
    for page in (source / "book").glob("*.md"):
        page.write_text(OF_OUR_EXTENSIONS.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    settings = yaml.safe_load((common.ROOT / "_config.yml").read_text(encoding="utf-8"))
    stock = {name: settings[name] for name in STOCK_SETTINGS} | {"logo": "book/_static/logo.svg"}
    stock["sphinx"] = {"config": {"mathjax_path": "mathjax/tex-mml-chtml.js"}}
    (source / "_config.yml").write_text(yaml.safe_dump(stock, sort_keys=False), encoding="utf-8")
    run([Path(sys.executable).with_name("jupyter-book"), "build", source, "--quiet"], "The stock book")
    shutil.copytree(FOLDER / "node_modules" / "mathjax" / "es5", STOCK / "_static" / "mathjax")


def run(command, what):
    """Run a command; stop with the end of what it printed where it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{what} cannot be made:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-20:]))


def pages():
    """Return the names of our pages, without the one that leads to the first page."""
    found = (
        path.relative_to(OURS).with_suffix("").as_posix()
        for path in OURS.rglob("*.html")
        if "_static" not in path.parts
    )
    return sorted(name for name in found if name != "index")


# --- the server and the tools ----------------------------------------------------------------------------------------


def nginx():
    """Return the path of nginx; stop where there is none."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        sys.exit("nginx serves the pages that are measured, and is not here. Install it: apt-get install nginx-light")
    return found


@contextlib.contextmanager
def served(*folders):
    """Serve folders with gzip, each on a port of its own; give their addresses."""
    with contextlib.ExitStack() as reserved:
        sockets = [reserved.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in folders]
        ports = [taken.getsockname()[1] for taken in sockets]
    servers = "\n".join(
        f'  server {{ listen 127.0.0.1:{port}; root "{folder}"; }}' for port, folder in zip(ports, folders, strict=True)
    )
    temporary = "\n".join(
        f"  {kind}_temp_path {FOLDER}/nginx/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (FOLDER / "nginx").mkdir(exist_ok=True)
    configuration = FOLDER / "nginx" / "nginx.conf"
    # Its workers read the pages as whoever runs this, so that a build in a private folder can be served.
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(
        f"""{user} daemon off; pid {FOLDER}/nginx/pid; error_log {FOLDER}/nginx/errors.log;
events {{ }}
http {{
  include /etc/nginx/mime.types; access_log off;
{temporary}
  gzip on; gzip_comp_level 6; gzip_vary on;
  gzip_types text/css application/javascript text/javascript image/svg+xml application/json text/plain;
{servers}
}}
""",
        encoding="utf-8",
    )
    server = subprocess.Popen([nginx(), "-c", configuration, "-p", FOLDER / "nginx"], stderr=subprocess.PIPE, text=True)
    try:
        for port in ports:
            wait_for(port, server)
        yield [f"http://127.0.0.1:{port}" for port in ports]
    finally:
        server.terminate()
        server.wait()


def wait_for(port, server, seconds=10):
    """Wait until a server answers; stop with what it said where it does not."""
    for _ in range(10 * seconds):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    server.terminate()
    sys.exit(f"nginx does not serve the pages: {server.communicate()[1].strip() or 'no answer'}")


def install():
    """Bring Lighthouse and MathJax."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    present = {name: FOLDER / "node_modules" / name / "package.json" for name in PACKAGES}
    if not all(
        path.is_file() and json.loads(path.read_text(encoding="utf-8"))["version"] == PACKAGES[name]
        for name, path in present.items()
    ):
        run(["npm", "install", "--prefix", FOLDER, "--no-save", "--no-audit", "--no-fund", *wanted], "Lighthouse")


# --- one visit -------------------------------------------------------------------------------------------------------


def visit(address, chromium):
    """Return what Lighthouse says about a page.

    Scores have 100 as their best. Times are in milliseconds, sizes in KiB as sent; figures are all images.
    """
    flags = " ".join(["--headless=new", *chromium["args"]])
    done = subprocess.run(
        [
            FOLDER / "node_modules" / ".bin" / "lighthouse",
            address,
            "--quiet",
            "--output=json",
            "--throttling-method=devtools",
            "--disable-full-page-screenshot",
            f"--chrome-flags={flags}",
            f"--only-categories={','.join(CATEGORIES)}",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "CHROME_PATH": chromium["executable_path"]},
    )
    if done.returncode:
        sys.exit(f"Lighthouse stopped at {address}:\n{done.stderr[-2000:]}")
    report = json.loads(done.stdout)
    audits = report["audits"]
    requests = [
        request for request in audits["network-requests"]["details"]["items"] if not request["url"].startswith("data:")
    ]
    before_figures = sum(request["transferSize"] for request in requests if request["resourceType"] != "Image")
    return {
        **{category: round(100 * report["categories"][category]["score"]) for category in CATEGORIES},
        "largest paint": round(audits["largest-contentful-paint"]["numericValue"]),
        "blocking": round(audits["total-blocking-time"]["numericValue"]),
        "shift": round(audits["cumulative-layout-shift"]["numericValue"], 4),
        "KiB before figures": round(before_figures / 1024),
        "requests": len(requests),
    }


def median_visit(address, chromium):
    """Return the medians of several visits to a page."""
    visits = [visit(address, chromium) for _ in range(RUNS)]
    return {name: statistics.median(found[name] for found in visits) for name in visits[0]}


def violations(address, tab):
    """Return how many of axe's rules a page breaks."""
    tab.goto(address)
    tab.evaluate("document.querySelector('.bd-article')?.classList.add('laid-out')")
    return Axe().run(tab).violations_count


def measure(address, names, chromium):
    """Return the medians of pages, and what axe finds there."""
    found = {}
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**chromium)
        context = running.new_context(bypass_csp=True)
        broken = {name: violations(f"{address}/{name}.html", context.new_page()) for name in names}
        running.close()
    for name in names:
        found[name] = median_visit(f"{address}/{name}.html", chromium) | {"axe violations": broken[name]}
        shown = ", ".join(f"{what} {number}" for what, number in found[name].items())
        print(f"{name}: {shown}", flush=True)
    return found


def main():
    nginx()  # before anything takes time
    if browser.path() is None:
        sys.exit(browser.MISSING)
    chromium = browser.options()
    install()
    run(["make", "book"], "The site")
    build_stock()
    with served(OURS, STOCK) as (ours, stock):
        print(f"\nA stock Jupyter Book, medians of {RUNS}", flush=True)
        compared = measure(stock, COMPARED, chromium)
        print(f"\nThis site, medians of {RUNS}", flush=True)
        measured = measure(ours, pages(), chromium)
    browser_version = subprocess.run([browser.path(), "--version"], capture_output=True, text=True).stdout.split()[1]
    versions = [f"{name} {version}" for name, version in PACKAGES.items()] + [f"Chromium {browser_version}"]
    result = common.described(
        {
            "versions": ", ".join(versions),
            "command": "make bench ONLY=site",
            "hardware": f"{common.processor()}, {os.cpu_count()} cores",
            "pages": measured,
            "stock": compared,
        },
        [],
    )
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
