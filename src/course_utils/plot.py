"""See: what does it do? The course's one figure style and the colours its figures share."""

import base64
import io
import re
from dataclasses import dataclass
from html import escape
from importlib import resources

import matplotlib.pyplot as plt

__all__ = ["BLUE", "GREEN", "GREY", "ORANGE", "PURPLE", "SKY", "YELLOW", "slider", "use_style"]

# Okabe and Ito's palette: told apart by readers with any colour vision, and by lightness on a grey printer.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, YELLOW, GREY = "#56B4E9", "#E69F00", "#5F6B7A"


def use_style():
    """Use the course's figure style from here on."""
    plt.style.use(resources.files("course_utils") / "data" / "course.mplstyle")


# A frame has few colours: a palette makes its file a third as large, and no line looks different.
FRAME_COLOURS = 64

# Radio buttons and style rules, not a range and a script. Arrow keys move radio buttons in every browser, a page may
# forbid scripts, and a reload keeps what was chosen. All frames but one are `hidden`, and so is the scale: where style
# rules are stripped, as from a notebook that is not trusted, or `:has` is not known, one plain figure is left.
SLIDER_STYLE = """
#ID{border:0;margin:0;padding:0;min-width:0}
#ID legend{font-weight:bold;padding:0;margin:0 0 .4em}
#ID:has(input) .slider-scale{display:flex!important;flex-wrap:wrap;gap:.3em;margin:0 0 .5em}
#ID label{display:inline-flex;align-items:center;gap:.35em;min-height:2em;margin:0;padding:0 .6em;
border:1px solid currentColor;border-radius:1em;cursor:pointer}
#ID label:has(:checked){background:#0072B2;border-color:#0072B2;color:#fff}
#ID label:has(:focus-visible){outline:3px solid #D55E00;outline-offset:2px}
#ID input{margin:0;outline:none;accent-color:#D55E00}
"""
# With a value, or JupyterLab removes it from a notebook that is not trusted.
HIDDEN = ' hidden="hidden"'


@dataclass(frozen=True, repr=False)
class Slider:
    """Frames to be stepped through on a static page; the result of `slider`.

    Attributes
    ----------
    frames : tuple of bytes
        PNG images of one size.
    labels, alts : tuple of str
        What stands on the scale, and what each frame shows.
    title, element_id : str
    start : int
        The frame that is shown at first, counted from 0.
    """

    frames: tuple
    labels: tuple
    alts: tuple
    title: str
    element_id: str
    start: int

    def __repr__(self):
        return f"Slider: {self.title} {' | '.join(self.labels)}"

    def _repr_mimebundle_(self, **_):
        """Return the slider, and the frame at the start for what shows no HTML."""
        return {"text/plain": repr(self), "text/html": self._html(), "image/png": _base64(self.frames[self.start])}

    def _html(self):
        name = self.element_id
        width, height = _png_size(self.frames[0])
        rules, buttons, images = [SLIDER_STYLE.strip().replace("ID", name)], [], []
        for number, (frame, label, alt) in enumerate(zip(self.frames, self.labels, self.alts, strict=True)):
            at_start = number == self.start
            button, image = f"{name}-{number + 1}", f"{name}-frame-{number + 1}"
            rules.append(
                f"#{name}:not(:has(#{button}:checked)) #{image}{{display:none!important}}"
                if at_start
                else f"#{name}:has(#{button}:checked) #{image}{{display:block!important}}"
            )
            # The last attribute keeps JupyterLab from taking the arrow keys.
            buttons.append(
                f'<label><input type="radio" name="{name}" id="{button}"{" checked" * at_start} '
                f'data-lm-suppress-shortcuts="true">{escape(label)}</label>'
            )
            images.append(
                f'<img id="{image}" src="data:image/png;base64,{_base64(frame)}" alt="{escape(alt)}" '
                f'width="{width}" height="{height}" style="max-width:100%;height:auto;background:#fff"'
                f"{'' if at_start else HIDDEN}>"
            )
        return "\n".join(
            [
                f"<style>{chr(10).join(rules)}</style>",
                f'<fieldset id="{name}" class="slider">',
                f"<legend>{escape(self.title)}</legend>",
                f'<div class="slider-scale"{HIDDEN}>{"".join(buttons)}</div>',
                *images,
                "</fieldset>",
            ]
        )


def slider(frames, labels, title, alt, element_id, start=0):
    """Step through figures on a page that has no kernel behind it.

    Parameters
    ----------
    frames : list of matplotlib.figure.Figure
        All of one size, in the order of the scale. They are drawn once, stored in the output, and closed.
    labels : list of str
        What stands on the scale, one for each frame, all different.
    title : str
        The question that the frames answer.
    alt : str or list of str
        What is seen, in one sentence for all frames or one for each. A single sentence is followed by the label.
    element_id : str
        Unique on the page: lower-case letters, digits and hyphens. Fixed, so that the output repeats.
    start : int
        The frame that is shown at first, counted from 0. It is also the one that stands where nothing can be played.

    Returns
    -------
    Slider
        The last line of a cell shows it.

    Raises
    ------
    ValueError
        If there are fewer than two frames, their number is not that of the labels or descriptions, their sizes differ,
        two labels are equal, a text is empty, the id has other characters, or there is no frame `start`.
    """
    frames, labels = list(frames), tuple(labels)
    alts = tuple(f"{alt} {label}" for label in labels) if isinstance(alt, str) and alt else tuple(alt or ())
    if not all(isinstance(text, str) for text in (*labels, *alts, title, element_id)):
        raise ValueError(
            "Expected text for every label and description, the title and element_id; "
            f"got the labels {labels}, the title {title!r} and element_id {element_id!r}."
        )
    if strange := [frame for frame in frames if not hasattr(frame, "savefig")]:
        raise ValueError(f"The frames hold {strange[0]!r}; expected matplotlib figures.")
    if len(frames) < 2 or not len(frames) == len(labels) == len(alts):
        raise ValueError(
            f"{len(frames)} frames, {len(labels)} labels and {len(alts)} descriptions were given; "
            "expected one label and one description for each of two frames or more."
        )
    if len(set(labels)) < len(labels) or not all(text.strip() for text in (*labels, *alts, title)):
        raise ValueError(f"Expected labels that differ and no empty text; got the title {title!r} and {labels}.")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", element_id):
        raise ValueError(
            f"element_id is {element_id!r}; expected a lower-case letter, then lower-case letters, digits and hyphens."
        )
    if start not in range(len(frames)):
        raise ValueError(f"start is {start!r}; expected a frame's number, from 0 to {len(frames) - 1}.")
    images = tuple(_drawn(figure) for figure in frames)
    if len(sizes := {_png_size(image) for image in images}) > 1:
        raise ValueError(
            f"The frames have the sizes {sorted(sizes)} in pixels; expected one size, so that nothing jumps."
        )
    return Slider(images, labels, alts, title, element_id, start)


def _drawn(figure):
    from PIL import Image

    drawn, reduced = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    plt.close(figure)
    image = Image.open(drawn).convert("RGB").quantize(FRAME_COLOURS, dither=Image.Dither.NONE)
    image.save(reduced, format="PNG", optimize=True)
    return reduced.getvalue()


def _png_size(image):
    """Width and height in pixels, from a PNG's first block."""
    return int.from_bytes(image[16:20]), int.from_bytes(image[20:24])


def _base64(image):
    return base64.b64encode(image).decode("ascii")
