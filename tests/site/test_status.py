"""The page "Status" tells what checks and measurements wrote, and what was measured keeps the course's promises."""

import json
import re
import subprocess
import sys

from bs4 import BeautifulSoup

from tests.site.conftest import ROOT, SITE


def test_status_page_tells_what_the_register_of_proofs_holds():
    page = (SITE / "book" / "status.html").read_text(encoding="utf-8")
    counted = subprocess.run(
        [sys.executable, "-m", "tools.proofs", "count"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    confirmations = sum(int(number) for number in re.findall(r"(\d+) confirmation", counted))
    row = re.search(r"<strong>together</strong>.*?</tr>", page, re.DOTALL)[0]
    assert str(confirmations) in re.findall(r"<strong>(\d+)</strong>", row)
    results = ROOT / "tests" / "faults" / "results.json"
    assert results.is_file(), "run make faults once and commit its results"
    assert f">{json.loads(results.read_text(encoding='utf-8'))['planted']}<" in re.sub(r"\s|</?p>", "", page)


def test_status_page_tells_what_was_measured_of_the_site():
    found = json.loads((ROOT / "tools" / "bench" / "site.json").read_text(encoding="utf-8"))
    page = BeautifulSoup((SITE / "book" / "status.html").read_text(encoding="utf-8"), "html.parser")
    heads = ["page", "performance", "largest paint, s", "KiB before figures", "requests"]
    table = next(
        table
        for table in page.select("table")
        if [cell.get_text(strip=True) for cell in table.select("th")][:5] == heads
    )
    shown = [[cell.get_text(strip=True) for cell in row.select("td")][1:5] for row in table.select("tbody tr")]
    # Two pages that Sphinx makes without a source are measured and not listed.
    assert shown == [
        [
            str(measured["performance"]),
            f"{measured['largest paint'] / 1000:.1f}",
            str(measured["KiB before figures"]),
            str(measured["requests"]),
        ]
        for name, measured in found["pages"].items()
        if name not in ("genindex", "search")
    ]
    assert len(shown) > 20 and found["stock"].keys() <= found["pages"].keys()


def test_site_is_as_quick_and_accessible_as_promised():
    found = json.loads((ROOT / "tools" / "bench" / "site.json").read_text(encoding="utf-8"))
    for name, measured in found["pages"].items():
        assert measured["performance"] >= 97 and measured["seo"] >= 95, name
        assert measured["accessibility"] == measured["best-practices"] == 100 and not measured["axe violations"], name
        assert measured["largest paint"] <= 1800 and measured["KiB before figures"] <= 250, name
        assert measured["shift"] < 0.01, name
