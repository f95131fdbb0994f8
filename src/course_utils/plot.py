"""See: what does it do? The course's one figure style and the colours its figures share."""

from importlib import resources

import matplotlib.pyplot as plt

__all__ = ["BLUE", "GREEN", "GREY", "ORANGE", "PURPLE", "SKY", "YELLOW", "use_style"]

# Okabe and Ito's palette: told apart by readers with any colour vision, and by lightness on a grey printer.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, YELLOW, GREY = "#56B4E9", "#E69F00", "#5F6B7A"


def use_style():
    """Use the course's figure style from here on."""
    plt.style.use(resources.files("course_utils") / "data" / "course.mplstyle")
