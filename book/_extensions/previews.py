"""Words of the glossary and sources explain themselves where they stand: a Sphinx extension.

The first time a page uses a term of the glossary, the word becomes a link to its entry. In a section "References", a
source named by author and year becomes a link to the list of references. What the link leads to also travels with the
page, in a `template` that `previews.js` shows at the link, so that previews need no network. Without scripts the links
lead to the entries.

Notebooks stay plain Markdown: none of this stands in them.
"""

import re

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)

GLOSSARY, REFERENCES = "book/glossary", "book/references"
# Words of everyday language too: a link at each of them would explain what nobody asked.
PLAIN_WORDS = {
    "accumulate",
    "chance",
    "cost",
    "head",
    "inverse",
    "kernel",
    "objective",
    "oracle",
    "parameter",
    "patience",
    "template",
}
# A text inside one of these is not prose, is a link already, or is a name.
NOT_PROSE = (
    nodes.reference,
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.table,
    nodes.caption,
    nodes.raw,
    nodes.target,
    nodes.comment,
)
SOURCE = re.compile(
    r"\b(?P<name>[A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)?)(?P<others>[^\d.:;()]*(?:et al\.)?[^\d.:;()]*) "
    r"(?P<year>(?:1[89]|20)\d\d)\b"
)


class Entries:
    """The glossary and the list of references: where each entry stands, and what it says as HTML."""

    def __init__(self, app):
        self.app = app
        self.terms = {}  # name in lower case -> identifier on the glossary's page
        for (kind, name), (page, identifier) in app.env.get_domain("std").objects.items():
            if kind == "term" and page == GLOSSARY and name.lower() not in PLAIN_WORDS:
                self.terms[name.lower()] = identifier
        # The longest name first, so that "forget gate" is not read as "gate".
        names = sorted(map(re.escape, self.terms), key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![\w-])({'|'.join(names)})s?(?![\w-])", re.IGNORECASE) if names else None
        self.texts = self.definitions() if names else {}
        self.sources = self.list_of_sources()

    def definitions(self):
        """Return the HTML of each definition by its identifier."""
        texts = {}
        page = self.app.env.get_and_resolve_doctree(GLOSSARY, self.app.builder)
        for item in page.findall(nodes.definition_list_item):
            [meaning] = item.findall(nodes.definition)
            for term in item.findall(nodes.term):
                texts |= dict.fromkeys(term["ids"], f"<strong>{term.astext()}</strong>{self.render(meaning)}")
        return texts

    def list_of_sources(self):
        """Return (identifier, HTML) of each source by the first author's name and the year."""
        if REFERENCES not in self.app.env.found_docs:
            return {}
        sources = {}
        for item in self.app.env.get_and_resolve_doctree(REFERENCES, self.app.builder).findall(nodes.list_item):
            text = item.astext()
            # The first author ends at a comma, an "and", or a full stop that does not follow an initial.
            authors = re.split(r",| and |(?<!\b[A-Z])\. ", text, maxsplit=1)[0]
            for year in re.findall(r"\b(?:1[89]|20)\d\d\b", text):
                sources[authors.split()[-1], year] = item["ids"][0], self.render(item)
        return sources

    def render(self, node):
        """Return the HTML of what is inside a node, for a preview.

        It has no links and identifiers, and its formulas are MathML alone, which browsers draw themselves: a quarter of
        what KaTeX writes for the text.
        """
        html = "".join(self.app.builder.render_partial(child)["fragment"] for child in node.children)
        soup = BeautifulSoup(html, "html.parser")
        for link in soup.select("a"):
            link.unwrap()
        for tag in soup.select("[id]"):
            del tag["id"]
        for formula in soup.select(".katex"):
            for annotation in formula.select("annotation"):
                annotation.decompose()
            formula.replace_with(formula.math)
        return str(soup).strip()


def link_page(app, doctree, page):
    """Turn the first use of each term, and the sources named at the end, into links."""
    if app.builder.format != "html" or page in (GLOSSARY, REFERENCES):
        return
    if not hasattr(app, "preview_entries"):
        app.preview_entries = None  # resolving the two pages comes back here
        app.preview_entries = Entries(app)
    entries = app.preview_entries
    if entries is None:
        return
    shown = {}
    if entries.pattern:
        link_terms(app, doctree, page, entries, shown)
    for section in doctree.findall(nodes.section):
        if section.next_node(nodes.title).astext() == "References":
            link_sources(app, section, page, entries, shown)
    doctree["previews"] = shown


def prose(node):
    """Every text of a node that reads as prose."""
    for text in list(node.findall(nodes.Text)):
        ancestors, parent = [], text.parent
        while parent is not None and parent is not node.parent:
            ancestors.append(parent)
            parent = parent.parent
        if any(isinstance(one, nodes.paragraph) for one in ancestors) and not any(
            isinstance(one, NOT_PROSE) for one in ancestors
        ):
            yield text


def link_terms(app, doctree, page, entries, shown):
    """Link each term where it is used first."""
    for text in prose(doctree):
        pieces, end = [], 0
        for match in entries.pattern.finditer(text):
            identifier = entries.terms[match[1].lower()]
            if identifier not in shown and identifier in entries.texts:
                shown[identifier] = entries.texts[identifier]
                pieces += [nodes.Text(text[end : match.start()]), link(app, page, GLOSSARY, identifier, match[0])]
                end = match.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(text[end:])])


def link_sources(app, section, page, entries, shown):
    """Link every "Author 1999" of a section; warn where the list has no such entry."""
    for text in prose(section):
        pieces, end = [], 0
        for match in SOURCE.finditer(text):
            source = entries.sources.get((match["name"], match["year"]))
            if source is None:
                logger.warning("%r names a source that is not in %s", match[0], REFERENCES, location=section)
                continue
            shown[source[0]] = source[1]
            pieces += [nodes.Text(text[end : match.start()]), link(app, page, REFERENCES, source[0], match[0])]
            end = match.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(text[end:])])


def link(app, page, target, identifier, words):
    """Return a link to an entry; its class says that there is a preview."""
    address = f"{app.builder.get_relative_uri(page, target)}#{identifier}"
    return nodes.reference("", words, refuri=address, internal=True, classes=["preview-link"])


def add_previews(app, pagename, templatename, context, doctree):
    """Let the texts that a page's links show travel with it."""
    shown = doctree.get("previews") if doctree is not None else None
    if shown and "body" in context:
        context["body"] += "".join(
            f'<template id="preview-{identifier}">{html}</template>\n' for identifier, html in sorted(shown.items())
        )


def setup(app):
    """Register the two steps and the script with Sphinx."""
    app.add_js_file("previews.js")
    app.connect("doctree-resolved", link_page)
    app.connect("html-page-context", add_previews)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
