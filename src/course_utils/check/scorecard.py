"""What has been earned so far in this session, question by question, and what a person still has to mark."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

from course_utils.check.human_marked import TOTALS, Part, parts_of_assignment
from course_utils.check.questions import Bank, place_on_sheet
from course_utils.check.verdict import LOOKS, OPEN, Verdict

SHEETS = {"A1": "Assignment 1", "H1": "Homework 1", "A2": "Assignment 2"}
BETTER = ("open", "unclear", "wrong", "right")


@dataclass
class Session:
    """The best verdict on each question so far.

    Parameters
    ----------
    best : dict of str to Verdict
    tries : dict of str to int
        How many answers were judged; one that was not understood does not count.
    """

    best: dict[str, Verdict] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)

    def record(self, verdict: Verdict) -> None:
        """Keep a verdict where it is better than the ones before."""
        question_id = verdict.question_id
        self.tries[question_id] = self.tries.get(question_id, 0) + (verdict.kind in ("wrong", "right"))
        before = self.best.get(question_id)
        if before is None or BETTER.index(verdict.kind) >= BETTER.index(before.kind):
            self.best[question_id] = verdict


@dataclass(frozen=True)
class Line:
    """One question on the card.

    Parameters
    ----------
    question_id : str
    marks, out_of : float
    kind : str
        Of the best verdict; "open" where there is none.
    tries : int
    misconception : str or None
        Of the best verdict.
    """

    question_id: str
    marks: float
    out_of: float
    kind: str = OPEN
    tries: int = 0
    misconception: str | None = None

    @property
    def words(self) -> str:
        """Return the state in words."""
        return LOOKS[self.kind][1]

    @property
    def sign(self) -> str:
        """Return the sign of the state, to be read without colour."""
        return LOOKS[self.kind][0]


@dataclass(frozen=True, repr=False)
class Scorecard:
    """Marks by sheet, as text and as a table in a notebook.

    Parameters
    ----------
    lines : tuple of Line
        Questions that carry marks, whether tried or not, and every question that was tried, in the order of the sheets.
    parts : tuple of Part
        What is marked elsewhere: by a person, or by the tests of a notebook when it is handed in.
    practice : frozenset of str
        Ids whose marks are for practice and stay out of every total.
    """

    lines: tuple[Line, ...]
    parts: tuple[Part, ...]
    practice: frozenset[str]

    @property
    def marks(self) -> float:
        """Marks of the assignment earned so far."""
        return sum(line.marks for line in self.lines if line.question_id not in self.practice)

    @property
    def out_of(self) -> float:
        """Marks of the assignment that these questions can give."""
        return sum(line.out_of for line in self.lines if line.question_id not in self.practice)

    @property
    def to_be_marked(self) -> float:
        """Marks of the assignment that are given elsewhere."""
        return sum(part.marks for part in self.parts)

    def _groups(self) -> Iterable[tuple[str, list[Line], list[Part]]]:
        for group, title in (*TOTALS.items(), *((sheet, f"{SHEETS[sheet]}, practice") for sheet in SHEETS)):
            graded = group in TOTALS
            lines = [
                line
                for line in self.lines
                if line.question_id.startswith(group) and (line.question_id not in self.practice) == graded
            ]
            parts = [part for part in self.parts if graded and part.id.startswith(group)]
            if lines or parts:
                yield (title.title if graded else title), lines, parts

    def __repr__(self) -> str:
        """Return the card as text: a line for each question, and a sum for each sheet."""
        text = []
        for title, lines, parts in self._groups():
            text.append(f"{title}: {_sums(lines, parts)}")
            width = max(len(row.question_id) for row in lines) if lines else 0
            text += [
                f"  {line.sign} {line.question_id:{width}}  {line.marks:g}/{line.out_of:g}  {_remark(line)}"
                for line in lines
            ]
            text += [f"  … {part.id}  –/{part.marks:g}  {part.marked_by}: {part.what}" for part in parts]
        if self.parts:
            text.append(self._total)
        return "\n".join(text) if text else "Nothing on the card yet. Answer a question with check.answer(id, …)."

    @property
    def _total(self) -> str:
        whole = self.out_of + self.to_be_marked
        return (
            f"Assignment 1 so far: {self.marks:g} of {self.out_of:g} by these questions; {self.to_be_marked:g} more "
            f"are given when you hand in; {whole:g} in all."
        )

    def _repr_html_(self) -> str:
        """Return the card as a table: no script, readable without colour and without the site's style sheet."""
        if not self.lines and not self.parts:
            return f"<p>{escape(repr(self))}</p>"
        rows = []
        for title, lines, parts in self._groups():
            rows.append(
                f'<tr><th scope="rowgroup" colspan="4" style="text-align:left;padding:0.6em 0.5em 0.2em">'
                f"{escape(title)}: {_sums(lines, parts)}</th></tr>"
            )
            rows += [
                _row(
                    line.question_id,
                    f"{line.marks:g} of {line.out_of:g}",
                    _chip(line.sign, LOOKS[line.kind][2]) + escape(line.words),
                    _remark(line).removeprefix(line.words).removeprefix(", "),
                )
                for line in lines
            ]
            rows += [
                _row(part.id, f"– of {part.marks:g}", _chip("…", LOOKS[OPEN][2]) + escape(part.marked_by), part.what)
                for part in parts
            ]
        total = f'<p style="margin:0.4em 0">{escape(self._total)}</p>' if self.parts else ""
        heads = "".join(
            f'<th scope="col" style="text-align:left;padding:0.2em 0.5em">{head}</th>'
            for head in ("Question", "Marks", "State", "Remark")
        )
        return (
            '<div class="scorecard" tabindex="0" role="region" aria-label="Scorecard" style="overflow-x:auto">'
            '<table style="border-collapse:collapse"><caption style="'
            'text-align:left;font-weight:bold">Scorecard</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>{total}</div>"
        )


def _row(question_id: str, marks: str, state: str, remark: str) -> str:
    cell = 'style="text-align:left;padding:0.2em 0.5em;vertical-align:top"'
    return (
        f'<tr><th scope="row" {cell}>{escape(question_id)}</th><td {cell}>{escape(marks)}</td>'
        f"<td {cell}>{state}</td><td {cell}>{escape(remark)}</td></tr>"
    )


def _chip(sign: str, colour: str) -> str:
    return (
        f'<span aria-hidden="true" style="background:{colour};color:#fff;border-radius:0.25em;padding:0.05em 0.4em;'
        f'margin-right:0.4em;font-weight:bold">{sign}</span>'
    )


def _remark(line: Line) -> str:
    words = [line.words]
    if line.misconception:
        words.append(line.misconception)
    if line.tries:
        words.append(f"{line.tries} {'try' if line.tries == 1 else 'tries'}")
    return ", ".join(words)


def _sums(lines: list[Line], parts: list[Part]) -> str:
    earned, possible = sum(line.marks for line in lines), sum(line.out_of for line in lines)
    sums = f"{earned:g} of {possible:g} marks" if lines else ""
    elsewhere = sum(part.marks for part in parts)
    return sums + (f"{', ' if sums else ''}{elsewhere:g} when you hand in" if elsewhere else "")


def scorecard_of(session: Session, bank: Bank, sheet: str | None = None) -> Scorecard:
    """Return the card of a session.

    Parameters
    ----------
    session : Session
    bank : Bank
    sheet : {"A1", "H1", "A2"}, optional
        Show only this sheet; questions that were not tried then show as open.

    Raises
    ------
    ValueError
        For any other sheet.
    """
    if sheet is not None and sheet not in SHEETS:
        raise ValueError(f"there is no sheet {sheet!r}; expected one of {', '.join(SHEETS)}, or nothing for all")
    lines, practice = [], set()
    begun = any(question_id.startswith("A1") for question_id in session.best)
    assignment = sheet == "A1" or (sheet is None and begun)
    for question_id in bank.ids():
        question, verdict = bank[question_id], session.best.get(question_id)
        if question.practice:
            practice.add(question_id)
        asked_for = question_id.startswith(sheet) if sheet else (assignment and not question.practice)
        if sheet and not question_id.startswith(sheet):
            continue
        if verdict is not None:
            tries = session.tries[question_id]
            lines.append(Line(question_id, verdict.marks, verdict.out_of, verdict.kind, tries, verdict.misconception))
        elif asked_for:
            lines.append(Line(question_id, 0.0, question.marks))
    lines.sort(key=lambda line: place_on_sheet(line.question_id))
    parts = parts_of_assignment(machine_marks(bank)) if assignment else ()
    return Scorecard(tuple(lines), parts, frozenset(practice))


def machine_marks(bank: Bank) -> Mapping[str, float]:
    """Return the marks that each question of the bank gives towards Assignment 1."""
    return {
        question_id: bank[question_id].marks
        for question_id in bank.ids()
        if question_id.startswith("A1") and not bank[question_id].practice
    }
