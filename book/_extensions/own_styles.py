"""Each page carries the style rules that it can use, and loads no stylesheet: a Sphinx extension.

Themes bring rules for all they could ever show, a hundred kilobytes before the first word is drawn. When all pages are
written, this module reads the stylesheets in their order and writes into each page, as one <style> element, the rules
that can apply there. A rule stays away only when a class, id, element or attribute that it needs stands neither on the
page nor in a script of the page.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import tinycss2
from sphinx.errors import ExtensionError

# What the theme's own template links to before the extensions' stylesheets.
FIRST = ["_static/basic.css", "_static/styles/pydata-sphinx-theme.css"]
PLACE = re.compile(r'<style id="page-styles">.*?</style>', re.DOTALL)
CONDITIONS = {"media", "supports", "layer", "container"}


# --- what the pages ask for ------------------------------------------------------------------------------------------


def collect(app, pagename, templatename, context, doctree):
    """Note the stylesheets that the page would load, in place of loading them."""
    app.course_stylesheets.update(
        (style.filename.partition("?")[0], style.priority) for style in context["css_files"] if style.filename
    )
    context["css_files"][:] = []


class Vocabulary:
    """The names that selectors can match on a page: its classes, ids, elements and attributes, its scripts' words."""

    def __init__(self, page, scripts=()):
        self.names = {
            "class": {name for value in set(re.findall(r'\bclass="([^"]*)"', page)) for name in value.split()},
            "id": set(re.findall(r'\bid="([^"]*)"', page)),
            "element": {name.lower() for name in re.findall(r"<([A-Za-z][\w-]*)", page)},
            "attribute": set(re.findall(r"\s([a-z][\w-]*)(?=[=\s/>])", page)),
        }
        self.words = {word for script in scripts for word in re.findall(r"[A-Za-z_][\w-]*", script)}
        self.variables = {name for text in (page, *scripts) for name in re.findall(r"--[A-Za-z][\w-]*", text)}

    def satisfies(self, needs):
        """Tell whether all of a selector's needs stand on the page; ("any", choices) is met by one of its choices."""
        return all(
            any(self.satisfies(choice) for choice in name)
            if kind == "any"
            else name in self.names[kind] or name in self.words
            for kind, name in needs
        )


# --- reading stylesheets ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """Selectors, each with what it needs, and declarations, each with its name; both as CSS."""

    selectors: tuple
    declarations: tuple


@dataclass(frozen=True)
class Group:
    """Rules under a condition such as `@media print`."""

    head: str
    rules: tuple


@dataclass(frozen=True)
class Resource:
    """A font or an animation, which applies where its name is used."""

    name: str
    css: str


def read(stylesheet):
    """Return the rules of a stylesheet, given as text."""
    return grouped(tinycss2.parse_stylesheet(stylesheet, skip_comments=True, skip_whitespace=True))


def grouped(parsed):
    """Return what tinycss2 read as a tuple of Rule, Group and Resource."""
    result = []
    for rule in parsed:
        if rule.type == "error":
            raise ExtensionError(f"A stylesheet cannot be read at line {rule.source_line}: {rule.message}")
        if rule.type == "qualified-rule":
            selectors = tuple((tight(selector), needs(selector)) for selector in listed(rule.prelude))
            result.append(Rule(selectors, tuple(declared(rule))))
        elif rule.lower_at_keyword in CONDITIONS and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            result.append(Group(f"@{rule.at_keyword} {tight(rule.prelude)}", grouped(inner)))
        elif rule.lower_at_keyword.endswith("keyframes"):
            result.append(Resource(tight(rule.prelude), rule.serialize()))
        elif rule.lower_at_keyword == "font-face":
            family = next(css for name, css in declared(rule) if name == "font-family").partition(":")[2]
            result.append(Resource(family.strip("\"'"), rule.serialize()))
        elif rule.lower_at_keyword != "charset":
            raise ExtensionError(
                f"own_styles.py does not know what @{rule.at_keyword} in a stylesheet needs: "
                f"{rule.serialize()[:80]!r}. Teach it there, or do without."
            )
    return tuple(result)


def declared(rule):
    """Return (name, CSS) of each declaration of a rule; what cannot be read is left out, as browsers do."""
    parts = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    if any(part.type in ("qualified-rule", "at-rule") for part in parts):
        raise ExtensionError(
            f"A rule stands inside the rule {tight(rule.prelude or [])!r} of a stylesheet. "
            "own_styles.py does not read that: write the two beside each other."
        )
    return [
        (part.name, f"{part.name}:{tight(part.value)}{'!important' if part.important else ''}")
        for part in parts
        if part.type == "declaration"
    ]


def needs(selector):
    """Return what must stand on a page for a selector, given as tokens, to match: pairs of kind and name."""
    found = []
    before = None
    for token in selector:
        if token.type == "hash":
            found.append(("id", token.value))
        elif token.type == "ident" and before != ":":
            found.append(("class", token.value) if before == "." else ("element", token.lower_value))
        elif token.type == "[] block":
            found.append(("attribute", next(part.value for part in token.content if part.type == "ident")))
        elif token.type == "function" and token.lower_name in ("is", "where", "has"):
            found.append(("any", tuple(needs(choice) for choice in listed(token.arguments))))
        before = token
    return tuple(found)


def listed(tokens):
    """Split tokens at their commas."""
    parts = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def tight(tokens):
    """Return tokens as CSS without comments, with single spaces and none at the ends."""
    return "".join(
        " " if token.type == "whitespace" else token.serialize() for token in tokens if token.type != "comment"
    ).strip()


# --- writing what a page needs ---------------------------------------------------------------------------------------


def styles_for(vocabulary, rules):
    """Return the rules that can apply, as CSS, without the variables, animations and fonts that nothing uses."""
    rules = applicable(rules, vocabulary)
    while True:
        used = set(re.findall(r"var\(\s*(--[\w-]+)", written(rules))) | vocabulary.variables
        fewer = without_variables(rules, used)
        if fewer == rules:
            break
        rules = fewer
    words = set(re.findall(r"[\w-]+", written([rule for rule in rules if not isinstance(rule, Resource)])))
    return written(
        [rule for rule in rules if not isinstance(rule, Resource) or set(re.findall(r"[\w-]+", rule.name)) <= words]
    )


def applicable(rules, vocabulary):
    """Return the rules with the selectors alone that can match."""
    result = []
    for rule in rules:
        if isinstance(rule, Rule):
            selectors = tuple(selector for selector in rule.selectors if vocabulary.satisfies(selector[1]))
            rule = Rule(selectors, rule.declarations) if selectors and rule.declarations else None
        elif isinstance(rule, Group):
            inner = applicable(rule.rules, vocabulary)
            rule = Group(rule.head, inner) if inner else None
        if rule:
            result.append(rule)
    return tuple(result)


def without_variables(rules, used):
    """Return the rules without the definitions of variables that are not in `used`."""
    result = []
    for rule in rules:
        if isinstance(rule, Rule):
            kept = tuple((name, css) for name, css in rule.declarations if not name.startswith("--") or name in used)
            rule = Rule(rule.selectors, kept) if kept else None
        elif isinstance(rule, Group):
            inner = without_variables(rule.rules, used)
            rule = Group(rule.head, inner) if inner else None
        if rule:
            result.append(rule)
    return tuple(result)


def written(rules):
    """Return rules as CSS."""
    parts = []
    for rule in rules:
        if isinstance(rule, Rule):
            selectors = ",".join(css for css, _ in rule.selectors)
            parts.append(f"{selectors}{{{';'.join(css for _, css in rule.declarations)}}}")
        else:
            parts.append(rule.css if isinstance(rule, Resource) else f"{rule.head}{{{written(rule.rules)}}}")
    return "".join(parts)


# --- the site --------------------------------------------------------------------------------------------------------


def write_styles(app, exception):
    """Write into every page its styles."""
    if app.builder.format != "html" or exception:
        return
    outdir = Path(app.outdir)
    recorded = Path(app.doctreedir) / "stylesheets.txt"
    if app.course_stylesheets:
        in_order = sorted(app.course_stylesheets, key=app.course_stylesheets.get)
        recorded.write_text("\n".join(in_order), encoding="utf-8")
    # A build that found no page to write again has collected none.
    sheets = [*FIRST, *recorded.read_text(encoding="utf-8").splitlines()]
    rules = tuple(rule for sheet in sheets for rule in read(from_static(outdir, sheet)))
    for path in sorted(outdir.rglob("*.html")):
        if "_static" not in path.relative_to(outdir).parts:
            write_page_styles(path, outdir, rules)


def write_page_styles(path, outdir, rules):
    """Write into one page the rules that it can use, in the place that the template left for them."""
    page = path.read_text(encoding="utf-8")
    elsewhere = PLACE.sub("", page)
    styles = styles_for(Vocabulary(elsewhere, scripts_of(path, elsewhere)), rules)
    # Addresses are seen from the page now.
    root = "../" * (len(path.relative_to(outdir).parts) - 1)
    styles = styles.replace("url(_static/", f"url({root}_static/")
    styled = PLACE.sub(lambda _: f'<style id="page-styles">{styles}</style>', page)
    if styled != page:
        path.write_text(styled, encoding="utf-8")


def scripts_of(path, page):
    """Return the text of the scripts that a page loads."""
    # A script from elsewhere is no file of ours; a test and the security policy refuse it.
    sources = [
        (path.parent / urlsplit(source).path).resolve()
        for source in re.findall(r'<script[^>]* src="([^"]+)"', page)
        if not urlsplit(source).netloc
    ]
    # The search index has the form of a script, and holds every word of the course.
    return [source.read_text(encoding="utf-8") for source in sources if source.name != "searchindex.js"]


def from_static(outdir, sheet):
    """Return the text of a stylesheet with its addresses as seen from the site's root."""
    path = outdir / sheet
    if not path.is_file():
        raise ExtensionError(
            f"The stylesheet {sheet} is not in {outdir}. own_styles.py expects {' and '.join(FIRST)} "
            "from the theme, and what extensions add. Did an update rename it?"
        )
    folder = PurePosixPath(sheet).parent

    def moved(match):
        address = match[1].strip("'\"")
        return match[0] if re.match(r"[a-z]+:|#|/", address) else f"url({folder / address})"

    return re.sub(r"url\(([^)\s]+)\)", moved, path.read_text(encoding="utf-8"))


def start(app):
    """Begin with no stylesheet."""
    app.course_stylesheets = {}


def setup(app):
    """Register the collecting and the writing with Sphinx."""
    app.connect("builder-inited", start)
    # After the themes and extensions have added theirs.
    app.connect("html-page-context", collect, priority=950)
    # When every file is there, before course_site removes those that no page loads.
    app.connect("build-finished", write_styles, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
