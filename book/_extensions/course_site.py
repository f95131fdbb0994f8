"""What this site does differently from a stock Jupyter Book, in one Sphinx extension.

* Launch buttons stand on notebook pages only, and badges are plain links.
* Each page has a description, a readable title and figures whose size is known before they arrive.
* Scripts are deferred, and what no page uses is neither loaded nor published.
"""

import html
import re
import shutil
import struct
from pathlib import Path
from textwrap import shorten

from bs4 import BeautifulSoup
from docutils import nodes

DESCRIPTION_LENGTH = 155  # what search engines show
# The theme's icon font and script (course.css draws the icons) and its source maps.
UNPUBLISHED = ["scripts/fontawesome.js*", "scripts/*.map", "styles/*.map", "vendor/fontawesome", "styles/theme.css"]


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
    context["script_files"][:] = [deferred(script) for script in context["script_files"] if script.filename]
    context["course_description"] = description(doctree) or context["docstitle"]
    context["title"] = context["pagetitle"] = plain_title(context.get("title", ""))
    if context.get("page_source_suffix") != ".ipynb":
        # Colab and Binder can open nothing but a notebook.
        context["header_buttons"] = [button for button in context["header_buttons"]
                                     if button.get("label") != "launch-buttons"]
    if "body" in context:
        sources = {name: Path(app.srcdir) / path for path, name in app.builder.images.items()}
        context["body"] = describe_images(context["body"], sources)


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


def describe_images(body, sources):
    """Give figures their size, so that text does not jump when they arrive, and load those further down later.

    `sources` maps the published file name of each image to the file it comes from.
    """
    def completed(match):
        tag = match[0]
        source = re.search(r'src="[^"]*/([^"/]+)"', tag)
        size = png_size(sources[source[1]]) if source and source[1] in sources else None
        if size and "width" not in tag:
            tag = tag.replace("<img ", f'<img width="{size[0]}" height="{size[1]}" ', 1)
        return tag.replace("<img ", '<img loading="lazy" decoding="async" ', 1)

    return re.sub(r"<img [^>]*>", completed, body)


def png_size(path):
    """Return (width, height) in pixels from a PNG file's header, None for another kind of file."""
    with open(path, "rb") as file:
        header = file.read(24)
    return struct.unpack(">II", header[16:24]) if header.startswith(b"\x89PNG") else None


# --- when all pages are written ---------------------------------------------------------------------------------------


def finish_site(app, exception):
    """Remove what no page loads and pages without a source, and put a page at the site's own address."""
    if app.builder.format != "html" or exception:
        return
    static = Path(app.outdir) / "_static"
    for pattern in UNPUBLISHED:
        for path in static.glob(pattern):
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
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n<link rel="canonical" href="{target}"></head>\n'
        f'<body><main><h1>{title}</h1><p><a href="{target}">To the front page</a></p></main></body></html>\n',
        encoding="utf-8")


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
