"""Interrupts: kept away from what must not be left half done."""

import contextlib
import signal
import threading

__all__ = ["Interrupts"]


class Interrupts:
    """Hold interrupts back while an update is made, so that they never meet half-changed weights.

    Use it in a ``with`` statement. Outside of `held_back` an interrupt does what it did before.
    """

    def __init__(self):
        self.holding, self.held = False, False

    def __enter__(self):
        # Only the main thread is interrupted, and only it may say what happens then.
        self.before = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
        if callable(self.before):
            signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_):
        if callable(self.before):
            signal.signal(signal.SIGINT, self.before)

    def _interrupted(self, number, frame):
        if self.holding:
            self.held = True
        else:
            self.before(number, frame)

    def ignore_more(self):
        """Hold back whatever comes from here on: the first interrupt is being answered."""
        self.holding = True

    @contextlib.contextmanager
    def held_back(self):
        """Let what stands inside come to its end; an interrupt meanwhile comes after it."""
        self.holding = True
        try:
            yield
        finally:
            self.holding = False
        if self.held:
            self.held = False
            self.before(signal.SIGINT, None)
