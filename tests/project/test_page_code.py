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


@pytest.mark.parametrize(
    "page, wrong",
    [
        ("```python\n1 + 1\n```\n\n```text\n3\n```\n", 1),
        ("```python\n1 + 1\n```\n\n```text\n2\n```\n", 0),
        ("```python\na = 1\n```\n\n```python\na + 1\n```\n\n```text\n1\n```\n", 1),
    ],
)
def test_a_wrong_result_is_noticed(page, wrong):
    assert len(differences(page)) == wrong


# --- the pictures of the front page ---------------------------------------------------------------------------------

FRONT = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
STYLES = (ROOT / "book" / "_static" / "course.css").read_text(encoding="utf-8")
RATES = {"slow": 0.25, "swings": 1.6, "flies": 2.15}  # times 1/λ, as the caption says


@pytest.mark.parametrize("name", RATES)
def test_front_page_figure_takes_the_steps_of_gradient_descent(name):
    rate = RATES[name]
    assert f"= {rate}/<i>λ</i>" in FRONT or f"with {rate}/<i>λ</i>" in FRONT
    frames = re.search(rf"@keyframes walk-{name} \{{\n(.*?)\n\}}", STYLES, re.DOTALL)[1]
    moves = [tuple(map(float, pair)) for pair in re.findall(r"translate\(([-\d.]+)px, ([-\d.]+)px\)", frames)]
    trail = dict(zip(RATES, re.findall(r'class="trail" d="M([^"]*)"', FRONT), strict=True))[name]
    points = [tuple(map(float, point.split())) for point in trail.split("L")]
    middle, bottom, width, height = 180, 206, 68, 34  # where the bowl lies in the picture
    angles = [(x - middle) / width for x, _ in points]
    assert len(points) == 7
    for (x, y), move, before, here in zip(points, moves, [None, *angles], angles, strict=False):
        assert y == pytest.approx(bottom - height * here**2, abs=0.3)
        assert move == pytest.approx((x - points[0][0], y - points[0][1]), abs=0.11)
        if before is not None:
            assert here == pytest.approx((1 - rate) * before, abs=0.01)
    assert moves[-1] == moves[-2]


def test_chapter_map_shows_what_the_table_says_is_needed():
    rows = re.findall(r"^\| \[(\d) [^\]]*\]\(\.\./notebooks/(\w+)\.ipynb\)[^|]*\| ([^|]*)\|", FRONT, re.MULTILINE)
    needed = {
        int(number): {int(other) for other in re.findall(r"\d", needs.split("then")[0])} for number, _, needs in rows
    }
    links = re.findall(r'<a href="\.\./notebooks/(\w+)\.html"><circle cx="96" cy="(\d+)"', FRONT)
    assert [file for file, _ in links] == [file for _, file, _ in rows]
    place = {int(height): number for number, (_, height) in enumerate(links, 1)}

    def chapter(height, offset):
        return place[int(height) + offset]

    drawn = {(chapter(start, -13), chapter(end, 15)) for start, end in re.findall(r'd="M96 (\d+)V(\d+)"', FRONT)}
    drawn |= {
        (chapter(start, -4), chapter(end, 4))
        for start, end in re.findall(r'd="M84 (\d+)C\S+ \d+ \S+ \d+ 82 (\d+)"', FRONT)
    }
    assert drawn == {(before, number) for number, befores in needed.items() for before in befores}
