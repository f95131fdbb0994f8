"""Check: can you do it? Your expression in, a verdict and a hint out.

>>> from course_utils import check
>>> check.answer("H1-B1-w0", "2*sum(y - w1*x - w0)").misconception
'sign'

Everything that is typed is read by a grammar of its own and evaluated at random points; none of it is run. The parts:

- `questions`: what a question is; `bank`: the questions.
- `expressions`, `objects`: read an answer, from text or from an object, into a `tree`.
- `arithmetic`, `evaluate`, `points`: the value of a tree at a random point.
- `judge`: compare with the truth; `examine`, `slips`: name the mistake; `verdict`: show the result.
- `scorecard`: the marks so far; `human_marked`: what a person marks.
"""

from collections.abc import Mapping

from course_utils.check.bank import BANK
from course_utils.check.judge import judge
from course_utils.check.questions import Question, UnknownQuestion
from course_utils.check.scorecard import Scorecard, Session, scorecard_of
from course_utils.check.verdict import Verdict

__all__ = [
    "Question",
    "Scorecard",
    "UnknownQuestion",
    "Verdict",
    "answer",
    "describe",
    "marks",
    "questions",
    "scorecard",
]

SESSION = Session()


def questions() -> list[str]:
    """Return the id of every question that can be checked, in the order of the sheets."""
    return BANK.ids()


def describe(question_id: str) -> Question:
    """Return a question: its prompt, symbols, answer type, marks and known mistakes.

    Parameters
    ----------
    question_id : str
        One of `questions()`.

    Returns
    -------
    Question
        `.symbols` are SymPy symbols to build an answer with.

    Raises
    ------
    UnknownQuestion
        A `LookupError`: where there is no such question, with the ids that come close.
    """
    return BANK[question_id]


def answer(question_id: str, given: object) -> Verdict:
    """Check an answer.

    Parameters
    ----------
    question_id : str
        One of `questions()`.
    given : str, SymPy expression or matrix, number, list, NumPy array or tensor
        As text: Python's notation, such as "-2*sum(x*(y - w1*x - w0))" or "inv(X.T @ X) @ X.T @ y".

    Returns
    -------
    Verdict
        Right in any equivalent form. Where wrong, with the name of the mistake if it is recognised. Where the answer
        cannot be judged (an unknown symbol, a syntax error, not a number), of the kind "unclear", with what to write
        instead in `hint`; of the kind "open" where none was given.

    Raises
    ------
    UnknownQuestion
        A `LookupError`: where there is no such question.
    """
    verdict = judge(BANK[question_id], given, BANK.related(question_id))
    SESSION.record(verdict)
    return verdict


def marks(answers: Mapping[str, object]) -> float:
    """Return the marks that answers earn together. Looking them up is no try on the scorecard.

    Parameters
    ----------
    answers : mapping of str to object
        What was given, as for `answer`, by the id of its question. A `...` earns nothing.

    Returns
    -------
    float

    Raises
    ------
    UnknownQuestion
        A `LookupError`: where there is no such question.
    """
    verdicts = (judge(BANK[question], given, BANK.related(question)) for question, given in answers.items())
    return sum((verdict.marks for verdict in verdicts), start=0.0)


def scorecard(sheet: str | None = None) -> Scorecard:
    """Return the marks so far, question by question, and what is still to be marked.

    The best verdict of this session counts, however many tries it took; restarting the kernel begins a new session.

    Parameters
    ----------
    sheet : {"A1", "H1", "A2"}, optional
        Show the whole of this sheet. Without it: the questions answered so far and, once a question of Assignment 1 is
        among them, all that carries its forty marks.

    Returns
    -------
    Scorecard
        A table in a notebook, text elsewhere.

    Raises
    ------
    ValueError
        Where there is no such sheet.
    """
    return scorecard_of(SESSION, BANK, sheet)
