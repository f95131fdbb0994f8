"""Progress: a bar on stderr, so that it never mixes with what a program prints, and in a notebook a growing curve."""

import base64
import io
import sys
import time

from tqdm.std import tqdm

__all__ = ["LiveCurve", "bar", "characters_bar", "tell"]

# What is drawn while a program works is drawn anew so often, and a figure takes this share of the time at most.
SHARE_OF_TIME, SECONDS_APART = 0.03, 1.0


def bar(total, label="", shown=True):
    """Return a progress bar.

    Parameters
    ----------
    total : int
        Updates to come.
    label : str
        What stands before the bar.
    shown : bool
        False gives a bar that writes nothing. So does the environment variable ``TQDM_DISABLE=1``, whatever is asked.

    Returns
    -------
    tqdm.tqdm
        Use it in a ``with`` statement, and call its ``update()``. `tell` writes numbers behind it.
    """
    # The setting is left out where a bar is wanted: an explicit disable=False would overrule TQDM_DISABLE.
    hidden = {} if shown else {"disable": True}
    return tqdm(total=total, desc=label, unit=" updates", file=sys.stderr, dynamic_ncols=True, **hidden)


def characters_bar(done, updates, characters_each, shown=True):
    """Return a progress bar that counts characters.

    Parameters
    ----------
    done, updates : int
        Updates made before, and updates in all.
    characters_each : int
        Characters of one update. Call the bar's ``update()`` with it.
    shown : bool
        As for `bar`.

    Returns
    -------
    tqdm.tqdm
        It shows characters per second and the time left.
    """
    hidden = {} if shown else {"disable": True}
    return tqdm(
        total=updates * characters_each,
        initial=done * characters_each,
        unit=" characters",
        unit_scale=True,
        file=sys.stderr,
        dynamic_ncols=True,
        mininterval=SECONDS_APART,
        **hidden,
    )


def tell(shown_bar, **numbers):
    """Write numbers behind a bar, without redrawing it more often than it redraws itself.

    Parameters
    ----------
    shown_bar : tqdm.tqdm
        As `bar` returned it.
    **numbers : float or None
        Shown in the order given; None is left out.
    """
    shown_bar.set_postfix({name: f"{value:.4g}" for name, value in numbers.items() if value is not None}, refresh=False)


class LiveCurve:
    """A figure of the loss, drawn anew in its place while a training goes on. Outside of a notebook nothing is drawn.

    Parameters
    ----------
    shown : bool
    record : callable
        Without arguments; returns a `Record` of what there is so far.
    """

    def __init__(self, shown, record):
        self.shown, self.record, self.handle = shown and _in_notebook(), record, None
        self.next_at = time.monotonic() + SECONDS_APART

    def grow(self):
        """Draw, if it is time again."""
        if self.shown and time.monotonic() >= self.next_at:
            self.draw()

    def draw(self):
        """Draw now."""
        if not self.shown:
            return
        from IPython.display import display

        began = time.monotonic()
        content = {"image/png": _drawn(self.record()), "text/plain": "The loss of the training so far."}
        if self.handle is None:
            self.handle = display(content, raw=True, display_id=True)
        else:
            self.handle.update(content, raw=True)
        now = time.monotonic()
        self.next_at = now + max(SECONDS_APART, (now - began) / SHARE_OF_TIME)


def _in_notebook():
    """Tell whether there is a page that shows figures. Without IPython loaded there is none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")


def _drawn(record):
    """Return the curve as a PNG in base64. The figure belongs to no window, so there is none to close."""
    from matplotlib.figure import Figure

    from course_utils import plot

    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(record.update, record.loss, color=plot.SKY, linewidth=0.7, label="each block, before its update")
    axes.plot(record.held_out_update, record.held_out_loss, "o-", color=plot.ORANGE, label="held-out text")
    axes.set(xlabel="update", ylabel="loss (nats per character)", title="Is the loss still falling?")
    axes.legend()
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return base64.b64encode(image.getvalue()).decode("ascii")
