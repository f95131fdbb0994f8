"""The slider: what stands in its output, and that it plays without a script."""

import base64
import re
from html.parser import HTMLParser

import matplotlib
import matplotlib.pyplot as plt
import pytest

from course_utils import plot

LABELS = ["0.5", '1 <&> "2"', "3"]


def frames(number=3, width=3):
    plot.use_style()
    figures = []
    for height in range(number):
        figure, axes = plt.subplots(figsize=(width, 2))
        axes.plot([0, 1], [0, height])
        figures.append(figure)
    return figures


def make(number=3, **changed):
    settings = {"labels": LABELS[:number], "title": "How high?", "alt": "A line.", "element_id": "how-high"} | changed
    return plot.slider(frames(number), **settings)


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    plt.close("all")


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.styles = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.found and self.found[-1][0] == "style":
            self.styles += data

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


@pytest.fixture
def elements():
    return Elements(make(start=1)._repr_mimebundle_()["text/html"])


def test_it_has_no_script_and_loads_nothing():
    html = make()._repr_mimebundle_()["text/html"]
    assert "<script" not in html and not re.search(r"\son\w+=", html)
    assert all(address.startswith("data:image/png;base64,") for address in re.findall(r'src="([^"]*)"', html))
    assert "url(" not in html and "@import" not in html


def test_one_frame_stands_and_all_else_is_hidden_where_styles_are_stripped(elements):
    images = elements.all("img")
    # The attribute has a value, or JupyterLab's sanitizer removes it.
    assert [image.get("hidden") for image in images] == ["hidden", None, "hidden"]
    (scale,) = elements.all("div")
    assert scale["hidden"] == "hidden"


def test_each_frame_has_a_native_button_with_its_label(elements):
    buttons = elements.all("input")
    assert len(elements.all("label")) == len(buttons) == 3
    assert {button["type"] for button in buttons} == {"radio"}
    assert {button["name"] for button in buttons} == {"how-high"}
    assert ["checked" in button for button in buttons] == [False, True, False]
    assert all(button["data-lm-suppress-shortcuts"] == "true" for button in buttons), "or JupyterLab takes arrow keys"


def test_each_button_has_the_rule_that_shows_its_frame(elements):
    ids = [attrs["id"] for _, attrs in elements.found if "id" in attrs]
    assert len(set(ids)) == len(ids) == 7
    shown = re.findall(
        r"#how-high:has\(#how-high-(\d):checked\) #how-high-frame-(\d)\{display:block!important\}", elements.styles
    )
    assert shown == [("1", "1"), ("3", "3")]
    assert "#how-high:not(:has(#how-high-2:checked)) #how-high-frame-2{display:none!important}" in elements.styles


def test_descriptions_and_sizes(elements):
    images = elements.all("img")
    assert [image["alt"] for image in images] == [f"A line. {label}" for label in LABELS]
    dots = matplotlib.rcParams["figure.dpi"]
    assert {(image["width"], image["height"]) for image in images} == {(f"{3 * dots:.0f}", f"{2 * dots:.0f}")}
    own = Elements(make(alt=["Flat.", "Rising.", "Steep."])._repr_mimebundle_()["text/html"])
    assert [image["alt"] for image in own.all("img")] == ["Flat.", "Rising.", "Steep."]


def test_what_shows_no_html_gets_the_frame_at_the_start_and_the_labels():
    shown = make(start=2)
    bundle = shown._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]) == shown.frames[2] and shown.frames[2].startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(shown) == 'Slider: How high? 0.5 | 1 <&> "2" | 3'


def test_it_repeats_is_small_and_closes_its_figures():
    first, second = make(), make()
    assert first == second and first._repr_mimebundle_() == second._repr_mimebundle_()
    assert max(map(len, first.frames)) < 8000
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("number", "changed", "message"),
    [
        (1, {}, "1 frames"),
        (3, {"labels": ["a", "b"]}, "2 labels"),
        (3, {"alt": ["a"]}, "1 descriptions"),
        (3, {"alt": ""}, "0 descriptions"),
        (3, {"labels": ["a", "a", "b"]}, "differ"),
        (3, {"title": " "}, "empty"),
        (3, {"labels": ["a", "", "b"]}, "empty"),
        (3, {"element_id": "a b"}, "'a b'"),
        (3, {"element_id": ""}, "''"),
        (3, {"element_id": "1a"}, "'1a'"),
        (3, {"start": 3}, "start is 3"),
        (3, {"labels": [1, 2, 3]}, "Expected text"),
        (3, {"title": None}, "Expected text"),
        (3, {"alt": None}, "0 descriptions"),
        (3, {"start": -1}, "start is -1"),
    ],
)
def test_what_cannot_be_shown_is_refused(number, changed, message):
    with pytest.raises(ValueError, match=message):
        make(number, **changed)


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="sizes"):
        plot.slider([*frames(1), *frames(1, width=4)], ["a", "b"], "t", "a", "b")


def test_colours_are_the_ones_that_texts_name():
    assert (plot.BLUE, plot.ORANGE, plot.GREEN) == ("#0072B2", "#D55E00", "#009E73")
    plot.use_style()
    drawn = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]
    assert [f"#{colour.lstrip('#')}" for colour in drawn[:3]] == [plot.BLUE, plot.ORANGE, plot.GREEN]
