"""The network that writes in the reader's browser: its weights, its scripts, and its place on a page.

The weights are those of the toolbox's small network, with one byte for each number of a matrix. Nothing but Python's
standard library is needed to make them. They are loaded when a reader presses the button, and no earlier.
"""

import functools
import hashlib
import html
import json
import math
import shutil
import struct
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)

PAGE = "notebooks/solutions/char_lstm"
# The cell whose output is the stored text. What the extension adds comes at the end of that cell's section.
CELL = "sample.showcase()"
CHECKPOINT = Path("src", "course_utils", "data", "tiny_shakespeare.safetensors")
FOLDER = "_static/live"
SOURCES = Path(__file__).resolve().parents[1] / "live"
SCRIPTS = ["write.js", "char_lstm.js"]
TITLE = "Let it write here"
INTRODUCTION = (
    "The same network runs in your browser. Give it a seed text and press Write: it reads what you gave, and goes on "
    "one character at a time. Your text stays on your machine. Nothing is loaded before you press the button; then it "
    "is {kilobytes} kB for {weights} weights, nearly all of them at one byte. Rounding them to that changes the loss "
    "by less than 0.001 nats per character. The same random start gives the same text again."
)
EXPERIMENTS = [
    "Temperature 0 takes the likeliest character each time. When does the text begin to go round in a circle?",
    "Temperature 2 makes unlikely characters likely. What breaks first: the lines, the words, the spelling?",
    "Begin with a name in capitals and a colon, then with the same name in small letters. What becomes of each?",
    "Begin with something that is in no play. After how many characters has the network forgotten it?",
]
CODE = "The whole network in JavaScript"

LARGEST = 127  # the whole numbers of one byte, the same to both sides of zero
NAMES = [
    "embedding.weight",
    "lstm.bias_hh_l0",
    "lstm.bias_ih_l0",
    "lstm.weight_hh_l0",
    "lstm.weight_ih_l0",
    "output.bias",
    "output.weight",
]
NUMBER_FORMATS = {"F16": "e", "F32": "f"}


# --- the weights ------------------------------------------------------------------------------------------------------


def read_checkpoint(path):
    """Read a CharLSTM with one layer from a checkpoint of `train.save`.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tensors : dict
        From the name of each tensor to its shape, a list, and its numbers, a tuple of floats.
    vocabulary : str

    Raises
    ------
    ExtensionError
        If the file is missing or holds other tensors.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ExtensionError(
            f"There is no {path}, which holds the weights of the network that writes on {PAGE}. "
            "Restore it, or take live_char_lstm out of _config.yml."
        ) from None
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    vocabulary = json.loads(header.pop("__metadata__")["card"])["vocabulary"]
    tensors = {}
    for name, tensor in header.items():
        shape, kind = tensor["shape"], NUMBER_FORMATS.get(tensor["dtype"])
        if kind is None:
            raise ExtensionError(
                f"{path}: {name} has the type {tensor['dtype']}; expected one of {', '.join(NUMBER_FORMATS)}."
            )
        start = 8 + length + tensor["data_offsets"][0]
        tensors[name.removeprefix("model.")] = shape, struct.unpack_from(f"<{math.prod(shape)}{kind}", content, start)
    if sorted(tensors) != NAMES:
        raise ExtensionError(
            f"{path} has the tensors {', '.join(sorted(tensors))}; expected {', '.join(NAMES)}, those "
            "of a CharLSTM with one layer, which is what char_lstm.js computes."
        )
    return tensors, vocabulary


def rounded(numbers, columns):
    """Round a matrix to whole numbers from −127 to 127, with a scale for each row.

    Parameters
    ----------
    numbers : sequence of float
        Row after row.
    columns : int

    Returns
    -------
    whole : list of int
    scales : list of float
        As many as rows. A whole number times its row's scale is within half a scale of the number it stands for.
    """
    whole, scales = [], []
    for start in range(0, len(numbers), columns):
        row = numbers[start : start + columns]
        largest = max(map(abs, row)) or 1.0  # a row of zeros needs some scale
        # As 32 bits will hold it: rounding must undo the scale that readers multiply with.
        (scale,) = struct.unpack("<f", struct.pack("<f", largest / LARGEST))
        scales.append(scale)
        whole.extend(max(-LARGEST, min(LARGEST, round(number / scale))) for number in row)
    return whole, scales


@functools.cache
def compact(path):
    """Return a checkpoint's weights as bytes: a safetensors file with a byte for each number of a matrix.

    A matrix NAME of V rows is a tensor of type I8 and beside it NAME.scale of V numbers; vectors keep 32 bits.

    Parameters
    ----------
    path : Path
        See `read_checkpoint`.

    Returns
    -------
    bytes
    """
    tensors, vocabulary = read_checkpoint(path)
    parts = {}
    for name, (shape, numbers) in tensors.items():
        if len(shape) == 2:
            numbers, scales = rounded(numbers, shape[1])
            parts[f"{name}.scale"] = "F32", shape[:1], struct.pack(f"<{len(scales)}f", *scales)
            parts[name] = "I8", shape, struct.pack(f"{len(numbers)}b", *numbers)
        else:
            parts[name] = "F32", shape, struct.pack(f"<{len(numbers)}f", *numbers)
    header, end = {"__metadata__": {"vocabulary": vocabulary}}, 0
    # Numbers of four bytes first: they must begin at a multiple of four.
    ordered = sorted(parts.items(), key=lambda part: part[1][0])
    for name, (kind, shape, content) in ordered:
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [end, end + len(content)]}
        end += len(content)
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded + b"".join(content for _, (_, _, content) in ordered)


# --- the page ---------------------------------------------------------------------------------------------------------


def add_to_page(app, doctree):
    """Add a section with the network to its page."""
    if app.env.docname != PAGE or app.builder.format != "html":
        return
    cell = next(
        (
            code.parent.parent
            for code in doctree.findall(nodes.literal_block)
            if CELL in code.astext() and "cell_input" in code.parent["classes"]
        ),
        None,
    )
    texts = [block.astext() for block in cell.findall(nodes.literal_block)][1:] if cell else []
    # The network's text stands after a line about it and an empty line.
    sample = texts[0].partition("\n\n")[2].strip("\n") if texts else ""
    if not sample:
        logger.warning(
            "%s has no cell with %r and a text in its output after an empty line. The network that writes "
            "belongs after that cell: mend the notebook, or CELL in live_char_lstm.py.",
            PAGE,
            CELL,
            location=PAGE,
        )
        return
    checkpoint = Path(app.srcdir, CHECKPOINT)
    for path in (checkpoint, *SOURCES.iterdir()):
        app.env.note_dependency(str(path))
    weights = compact(checkpoint)
    introduction = INTRODUCTION.format(kilobytes=round(len(weights) / 1000), weights=f"{count(checkpoint):,}")
    up = "../" * PAGE.count("/")
    widget = (
        (SOURCES / "write.html")
        .read_text(encoding="utf-8")
        .format(bytes=len(weights), sample=html.escape(sample), script=f"{up}{FOLDER}/write.js?v={version(checkpoint)}")
    )
    cell.parent.append(
        section(
            TITLE,
            [
                nodes.paragraph(text=introduction),
                nodes.raw("", widget, format="html"),
                nodes.paragraph(text="Four things to try:"),
                nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph(text=text)) for text in EXPERIMENTS)),
                *folded(
                    CODE,
                    nodes.literal_block(
                        text=(SOURCES / "char_lstm.js").read_text(encoding="utf-8").rstrip(), language="javascript"
                    ),
                ),
            ],
        )
    )


def section(title, content):
    """Return a section that can be linked to."""
    name = nodes.make_id(title)
    return nodes.section("", nodes.title(text=title), *content, ids=[name], names=[nodes.fully_normalize_name(title)])


def folded(summary, node):
    """Return nodes that show `node` when a reader opens it."""
    return (
        nodes.raw("", f"<details><summary>{html.escape(summary)}</summary>", format="html"),
        node,
        nodes.raw("", "</details>", format="html"),
    )


def count(checkpoint):
    """Return how many weights a checkpoint has."""
    return sum(math.prod(shape) for shape, _ in read_checkpoint(checkpoint)[0].values())


def version(checkpoint):
    """Return a short name that changes whenever one of the published files does."""
    content = [compact(checkpoint), *((SOURCES / name).read_bytes() for name in SCRIPTS)]
    return hashlib.sha256(b"".join(content)).hexdigest()[:8]


def publish(app, exception):
    """Put weights and scripts beside the site's files; from book/_static, each script would be loaded on every page."""
    if exception or app.builder.format != "html" or PAGE not in app.env.found_docs:
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCRIPTS:
        shutil.copyfile(SOURCES / name, folder / name)
    (folder / CHECKPOINT.name).write_bytes(compact(Path(app.srcdir, CHECKPOINT)))


def setup(app):
    """Register everything above with Sphinx."""
    # Before Sphinx collects the page's titles.
    app.connect("doctree-read", add_to_page, priority=100)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
