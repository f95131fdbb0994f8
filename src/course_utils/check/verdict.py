"""What a student gets back: right, wrong with the name of the mistake, not understood, or not answered yet."""

from dataclasses import dataclass
from html import escape

from course_utils.check.questions import format_marks

RIGHT, WRONG, UNCLEAR, OPEN = "right", "wrong", "unclear", "open"

# Sign, words and colour of each kind. White on these colours has a contrast above 4.5, and they stand out by more than
# 3 from a white and from a dark page. The text itself keeps the colour of the page.
LOOKS = {
    RIGHT: ("✓", "Right", "#1a7f37"),
    WRONG: ("✗", "Not right yet", "#cf222e"),
    UNCLEAR: ("?", "Not understood", "#8a5a00"),
    OPEN: ("·", "Not answered yet", "#59636e"),
}


@dataclass(frozen=True, repr=False)
class Verdict:
    """The result of checking one answer.

    Parameters
    ----------
    question_id : str
    kind : {"right", "wrong", "unclear", "open"}
        An answer that cannot be judged is unclear; where nothing was given the question is open. Neither gets marks,
        and `hint` says what to write instead.
    marks, out_of : float
        Marks earned and marks there are.
    misconception : str or None
        The recognised mistake; two slips at once are joined, as in "sign-and-factor-two".
    slips : tuple of str
        The same mistakes one by one.
    hint : str
        What to look at next; never the answer. Empty where the answer is right.
    """

    question_id: str
    kind: str
    marks: float
    out_of: float
    slips: tuple[str, ...] = ()
    hint: str = ""

    @property
    def correct(self) -> bool:
        """Whether the answer is right."""
        return self.kind == RIGHT

    @property
    def misconception(self) -> str | None:
        """The recognised mistake."""
        return "-and-".join(self.slips) or None

    @property
    def _title(self) -> str:
        title = f"{LOOKS[self.kind][1]}: {self.question_id}, {self.marks:g} of {format_marks(self.out_of)}"
        return f"{title} ({self.misconception})" if self.misconception else title

    def __repr__(self) -> str:
        """Return the verdict as text: one line, and one for the hint."""
        first = f"{LOOKS[self.kind][0]} {self._title}"
        return f"{first}\n  {self.hint}" if self.hint else first

    def _repr_html_(self) -> str:
        """Return the verdict for a notebook: no script, readable without colour and without the site's style sheet."""
        sign, _, colour = LOOKS[self.kind]
        chip = (
            f'<span class="verdict-sign" aria-hidden="true" style="background:{colour};color:#fff;border-radius:0.25em;'
            f'padding:0.1em 0.45em;margin-right:0.5em;font-weight:bold">{sign}</span>'
        )
        hint = f'<div class="verdict-hint" style="margin-top:0.4em">{escape(self.hint)}</div>' if self.hint else ""
        return (
            f'<div class="verdict verdict-{self.kind}" style="border-left:0.3em solid {colour};padding:0.5em 0.8em;'
            f'margin:0.5em 0;overflow-wrap:anywhere">{chip}<strong>{escape(self._title)}</strong>{hint}</div>'
        )
