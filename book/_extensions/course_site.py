"""What this site does differently from a stock Jupyter Book, in one Sphinx extension.

* Launch buttons stand on notebook pages only, and badges are plain links.
* Each page has a description, a readable title, and a link to report an error, with page and version filled in.
* One script of ours, course.js, does what the theme's scripts would; what no page uses is not published.

Its neighbours do the rest: prerendered_math, figures, own_styles and security_policy.
"""

import html
import shutil
from pathlib import Path
from textwrap import shorten
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from docutils import nodes
from status_page import git

DESCRIPTION_LENGTH = 155  # what search engines show
# Scripts whose work course.js does; those in SEARCH also serve the search page, and are loaded there alone.
REPLACED = {"clipboard.min.js", "copybutton.js", "design-tabs.js", "sphinx-book-theme.js"}
SEARCH = {"documentation_options.js", "doctools.js", "sphinx_highlight.js"}
# The theme's scripts, its icon font (course.css draws the icons), stylesheets, which stand in the pages, and templates.
UNPUBLISHED = [
    "scripts",
    "styles",
    "vendor",
    "*-macros.html",
    "*.css",
    "design-tabs.js",
    "minus.png",
    "plus.png",
    "file.png",
]


def outdated_pages(app, env, added, changed, removed):
    """Write every page again after a change in how pages look; Sphinx watches only their sources and the templates."""
    front_page = Path(app.outdir) / app.builder.get_target_uri(env.config.root_doc)
    if not front_page.is_file():
        return []
    looks = [path for folder in ("_extensions", "_static") for path in Path(app.srcdir, "book", folder).glob("*.*")]
    newest = max(path.stat().st_mtime for path in looks)
    return sorted(env.found_docs) if newest > front_page.stat().st_mtime else []


def replace_badges(app, doctree):
    """Show an image that lies on another host, a badge, as text: Colab and GitHub draw it, this site loads nothing."""
    for image in list(doctree.findall(nodes.image)):
        if "://" in image["uri"]:
            image.replace_self(nodes.Text(image["alt"]))


# --- each page ------------------------------------------------------------------------------------------------------


def finish_page(app, pagename, templatename, context, doctree):
    """Complete what the theme hands to a page's template."""
    unneeded = REPLACED if pagename == "search" else REPLACED | SEARCH
    context["script_files"][:] = [
        deferred(script)
        for script in context["script_files"]
        if script.filename and Path(script.filename).name not in unneeded
    ]
    context["course_description"] = description(doctree) or context["docstitle"]
    context["title"] = context["pagetitle"] = plain_title(context.get("title", ""))
    if doctree is not None:
        address = report_address(app, pagename, context["title"])
        link = f'<a href="{html.escape(address)}">Report an error on this page</a>'
        context["body"] += f'<p class="report-error">{link}</p>\n'
        point_at_form(context["header_buttons"], address)
    if context.get("page_source_suffix") != ".ipynb":
        # Colab and Binder can open nothing but a notebook.
        context["header_buttons"] = [
            button for button in context["header_buttons"] if button.get("label") != "launch-buttons"
        ]


def report_address(app, pagename, title):
    """Return the address of the form for an error on a page, with the page and the version of the site filled in."""
    filled_in = {
        "template": "error-on-page.yml",
        "page": f"{html.unescape(title)} ({pagename})",
        "place": "The site",
        "version": f"The site, built from commit {git('log', '-1', '--format=%h')}",
    }
    return f"{app.config.html_theme_options['repository_url']}/issues/new?{urlencode(filled_in)}"


def point_at_form(buttons, address):
    """Let the theme's own button for issues, wherever it stands, open the same form."""
    for button in buttons:
        point_at_form(button.get("buttons", []), address)
        if button.get("label") == "source-issues-button":
            button["url"] = address


def deferred(script):
    """Return the script so that it runs in order, after the page is there."""
    script.attributes.setdefault("defer", "defer")
    return script


def plain_title(title):
    """Return a title as text. KaTeX writes every formula three times over; a browser's tab needs one."""
    soup = BeautifulSoup(title, "html.parser")
    for formula in soup.select(".katex"):
        for part in formula.select("annotation, .katex-html"):
            part.decompose()
    return html.escape(soup.get_text(), quote=False)


def description(doctree):
    """Return the first paragraph of prose without formulas, cut at a word; None where a page has none."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        in_prose = isinstance(paragraph.parent, nodes.section | nodes.document)
        text = " ".join(paragraph.astext().split())
        if in_prose and len(text) > 40 and not any(paragraph.findall(nodes.math)):
            return shorten(text, DESCRIPTION_LENGTH, placeholder=" …")
    return None


# --- when all pages are written ---------------------------------------------------------------------------------------


def finish_site(app, exception):
    """Remove what no page loads and pages without a source, and put a page at the site's own address."""
    if app.builder.format != "html" or exception:
        return
    static = Path(app.outdir) / "_static"
    for path in [path for pattern in UNPUBLISHED for path in static.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    remove_stale_pages(app)
    write_front_door(app)


def remove_stale_pages(app):
    """Remove the pages of sources that are gone since an earlier build."""
    current = {app.builder.get_target_uri(page) for page in [*app.env.found_docs, "genindex", "search"]}
    for path in Path(app.outdir).rglob("*.html"):
        place = path.relative_to(app.outdir)
        if place.parts[0] != "_static" and place.as_posix() not in current:
            path.unlink()


def write_front_door(app):
    """Write index.html, which leads to the front page: search engines and screen readers want more than a redirect."""
    if app.config.root_doc == "index":
        return
    target = app.builder.get_target_uri(app.config.root_doc)
    title = html.escape(app.config.html_title)
    (Path(app.outdir) / "index.html").write_text(
        f'<!DOCTYPE html>\n<html lang="{app.config.language}"><head><meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n<link rel="canonical" href="{target}"></head>\n'
        f'<body><main><h1>{title}</h1><p><a href="{target}">To the front page</a></p></main></body></html>\n',
        encoding="utf-8",
    )


def forget_failed_build(app, exception):
    """Make the next build read everything again after a warning: an unchanged page would not warn a second time."""
    if app._warncount:  # Sphinx tells extensions in no other way.
        shutil.rmtree(app.doctreedir, ignore_errors=True)


def setup(app):
    """Register everything above with Sphinx."""
    app.add_css_file("course.css", priority=900)
    app.add_js_file("course.js")
    app.connect("env-get-outdated", outdated_pages)
    # Before Sphinx collects the page's images.
    app.connect("doctree-read", replace_badges, priority=100)
    # After the theme, which adds its buttons and scripts in the same event.
    app.connect("html-page-context", finish_page, priority=900)
    app.connect("build-finished", finish_site, priority=900)
    app.connect("build-finished", forget_failed_build, priority=901)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
