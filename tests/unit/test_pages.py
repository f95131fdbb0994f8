"""The code on pages of prose runs, and each result printed beneath it is the one it gives."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(source, names):
    """Run a block and return the repr of its last expression, as a notebook would show it."""
    *statements, last = ast.parse(source).body
    exec(compile(ast.Module(statements, []), "page", "exec"), names)
    if not isinstance(last, ast.Expr):
        exec(compile(ast.Module([last], []), "page", "exec"), names)
        return None
    return repr(eval(compile(ast.Expression(last.value), "page", "eval"), names))


def differences(page):
    """Every printed result that differs from what the code above it gives, as (code, printed, found)."""
    found, names = [], {}
    blocks = BLOCK.findall(page)
    for (kind, source), (following, printed) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind != "python":
            continue
        result = run(source, names)
        if following == "text" and result != printed.rstrip("\n"):
            found.append((source, printed, result))
    return found


def test_front_page_prints_what_its_code_gives():
    page = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^```text$", page, re.MULTILINE)) >= 4
    assert differences(page) == []


def test_front_page_picture_shows_the_residuals_of_the_line():
    page = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    names = {}
    for kind, source in BLOCK.findall(page)[:3]:
        if kind == "python":
            run(source, names)
    sp, w0, w1 = names["sp"], names["w0"], names["w1"]
    line = sp.solve(names["gradient"], [w0, w1])
    residuals = [str(y - line[w1] * x - line[w0]).replace("-", "−") for x, y in names["points"]]
    shown = re.findall(r'<text class="residual"[^>]*>([^<]*)<', page)
    assert shown == residuals


def test_readme_shows_the_table_of_the_front_page():
    front = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    table = next(printed for kind, printed in BLOCK.findall(front) if printed.startswith("entry"))
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page, wrong", [
    ("```python\n1 + 1\n```\n\n```text\n3\n```\n", 1),
    ("```python\n1 + 1\n```\n\n```text\n2\n```\n", 0),
    ("```python\na = 1\n```\n\n```python\na + 1\n```\n\n```text\n1\n```\n", 1),
])
def test_a_wrong_result_is_noticed(page, wrong):
    assert len(differences(page)) == wrong
