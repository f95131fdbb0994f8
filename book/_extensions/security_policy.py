"""A Content-Security-Policy on every page: a Sphinx extension.

A browser that reads the policy loads and runs nothing but files of this site, whatever a page says. Inline scripts and
<style> elements work only where their fingerprint is in the policy; event handlers in attributes never do.
"""

import base64
import hashlib
import re
from pathlib import Path

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    # KaTeX places each glyph by a style attribute, and so do the figures and verdicts in notebooks' outputs.
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",  # data: for the icons in course.css
    "font-src": "'self' data:",  # data: for the fonts that stand in a page's styles
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
INLINE = {
    "script-src": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL),
    "style-src": re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL),
}
# The template's place for the policy, empty or as an earlier build filled it.
PLACE = re.compile(r'(?<=<meta http-equiv="Content-Security-Policy" content=")[^"]*(?=")')
HANDLER = re.compile(r'(?<=<button) onclick="window\.print\(\)"')  # the theme's; course.js listens in its place


def policy(page):
    """Return the policy of a page, given as HTML, as one line: what stands inline in it is allowed by fingerprint."""
    allowed = {
        directive: dict.fromkeys(map(fingerprint, pattern.findall(page))) for directive, pattern in INLINE.items()
    }
    return "; ".join(
        " ".join([directive, sources, *allowed.get(directive, ())]) for directive, sources in POLICY.items()
    )


def fingerprint(text):
    """Return the source expression that allows an inline script or style of exactly this text."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def protect(app, exception):
    """Complete the policy of every page when nothing will change its inline parts any more."""
    if app.builder.format != "html" or exception:
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        page = HANDLER.sub("", text := path.read_text(encoding="utf-8"))
        page = PLACE.sub(lambda _, page=page: policy(page), page, count=1)
        if page != text:
            path.write_text(page, encoding="utf-8")


def setup(app):
    """Register the policy with Sphinx."""
    app.connect("build-finished", protect, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
