"""What a question is: its symbols, its truth, its marks and the mistakes people make with it."""

import difflib
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

ANSWER_TYPES = ("expression", "matrix", "number", "choice")
DOMAINS = ("real", "positive", "probability", "above one")

# Points are drawn from a grid this fine, so that two different formulas all but never agree at one of them.
GRID = 1_000_003


# The parts of the sheets, in their order; within a part, questions go by their number.
SHEET_PARTS = ("A1-marks", "A1-Q", "A1-C", "H1-Q", "H1-code", "H1-B", "A2-AN-", "A2-NN-", "A2-CG-")


class UnknownQuestion(LookupError):
    """There is no question with this id."""


@dataclass(frozen=True)
class Quantity:
    """A symbol that an answer may use.

    Parameters
    ----------
    name : str
        As it is typed: "w1", "X".
    meaning : str
        In a few words, for the reader.
    kind : {"scalar", "matrix", "sequence", "size"}
        A sequence holds one number per observation; a size counts something, such as n.
    shape : tuple of str
        Of a matrix, in sizes: ("n", "d+1").
    domain : {"real", "positive", "probability", "above one"}
        Where test points are drawn.
    definition : str, optional
        The formula of a derived symbol in the ones before it. Without it, the symbol takes random values.
    role : str
        What kind of factor it is, for hints: "an input", "a weight".
    """

    name: str
    meaning: str
    kind: str = "scalar"
    shape: tuple[str, ...] = ()
    domain: str = "real"
    definition: str | None = None
    role: str = ""

    def __post_init__(self):
        if self.kind not in ("scalar", "matrix", "sequence", "size"):
            raise ValueError(f"quantity {self.name}: kind {self.kind!r} is not scalar, matrix, sequence or size")
        if self.domain not in DOMAINS:
            raise ValueError(f"quantity {self.name}: domain {self.domain!r} is not one of {', '.join(DOMAINS)}")
        if (self.kind == "matrix") != bool(self.shape):
            raise ValueError(f"quantity {self.name}: a matrix, and nothing else, has a shape; got {self.shape!r}")

    def draw(self, generator: random.Random) -> Fraction:
        """Return a random number of the domain: a fraction, so that it is exact."""
        if self.domain == "probability":
            return Fraction(generator.randrange(GRID // 20, GRID - GRID // 20), GRID)
        low = GRID if self.domain == "above one" else 0
        size = Fraction(low + generator.randrange(GRID // 10, 3 * GRID), GRID)
        return -size if self.domain == "real" and generator.random() < 0.5 else size


@dataclass(frozen=True)
class Misconception:
    """A known mistake: a stable name, the wrong answers it leads to, and where to look.

    Parameters
    ----------
    name : str
        Short, in kebab-case.
    forms : tuple of str
        Wrong answers, written as a student would; for a choice, the keys of wrong options.
    hint : str
        What to look at next; never the answer.
    """

    name: str
    forms: tuple[str, ...]
    hint: str


@dataclass(frozen=True)
class Factor:
    """A link of a chain of derivatives, known so that its absence can be told.

    Parameters
    ----------
    form : str
        The formula of the factor.
    kind : str
        What it is, in words that do not give it away: "the derivative of an activation".
    """

    form: str
    kind: str


@dataclass(frozen=True)
class Question:
    """A question whose answer a machine can check.

    Parameters
    ----------
    id : str
        As on the assignment sheets.
    prompt : str
        What is asked, with every convention it rests on.
    answer_type : {"expression", "matrix", "number", "choice"}
    truth : str
        The correct answer, as a student would type it; for a choice, the key of the right option.
    marks : float
        For the correct answer. Parts that a person marks are not counted here.
    quantities : tuple of Quantity
        The symbols that an answer may use, derived ones after those they are made of.
    also : tuple of str
        Formulas that are right too, though not equal to the truth at every point: equal for every label there can be.
    known : tuple of Misconception
        In the order they are tried.
    factors : tuple of Factor
        Links of the chain, beside the scalar quantities.
    choices : mapping of str to str
        Key and text of each option.
    choice_aliases : mapping of str to str
        Other ways to name an option, and its key.
    tolerance : Fraction
        For a number or a matrix of numbers: relative above one, absolute below. Zero asks for the exact value.
    practice : bool
        Whether the marks are for practice only and stay out of the total of the sheet.
    """

    id: str
    prompt: str
    answer_type: str
    truth: str
    marks: float = 1.0
    quantities: tuple[Quantity, ...] = ()
    also: tuple[str, ...] = ()
    known: tuple[Misconception, ...] = ()
    factors: tuple[Factor, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    choice_aliases: Mapping[str, str] = field(default_factory=dict)
    tolerance: Fraction = Fraction(0)
    practice: bool = False

    def __post_init__(self):
        if self.answer_type not in ANSWER_TYPES:
            raise ValueError(
                f"question {self.id}: answer type {self.answer_type!r} is not one of {', '.join(ANSWER_TYPES)}"
            )
        if self.answer_type == "choice" and self.truth not in self.choices:
            raise ValueError(f"question {self.id}: the truth {self.truth!r} is not one of its choices")

    def __repr__(self) -> str:
        """Return the prompt and what an answer may use, as text."""
        lines = [f"{self.id} ({self.answer_type}, {format_marks(self.marks)})", self.prompt]
        lines += [f"  {quantity.name}: {quantity.meaning}" for quantity in self.quantities]
        lines += [f"  {key!r}: {text}" for key, text in self.choices.items()]
        return "\n".join(lines)

    @property
    def misconceptions(self) -> tuple[str, ...]:
        """Names of the mistakes known for this question, each once."""
        return tuple(dict.fromkeys(misconception.name for misconception in self.known))

    @cached_property
    def symbols(self) -> dict[str, object]:
        """SymPy symbols to build an answer with, by name.

        A sequence is an `IndexedBase`: write `Sum(x[i]*y[i], (i, 1, n))` with the `i` and `n` given here. A matrix is
        a `MatrixSymbol` of its shape in symbols. Every other quantity is a `Symbol`. SymPy is imported at first use.
        """
        import sympy

        def dimension(text: str):
            name, _, more = text.partition("+")
            return sympy.Integer(name) if name.isdigit() else size_symbol(name) + int(more or 0)

        def size_symbol(name: str):
            return sympy.Symbol(name, integer=True, positive=True)

        symbols: dict[str, object] = {}
        for quantity in self.quantities:
            if quantity.kind == "size":
                symbols[quantity.name] = size_symbol(quantity.name)
            elif quantity.kind == "sequence":
                symbols[quantity.name] = sympy.IndexedBase(quantity.name, real=True)
                symbols["i"] = sympy.Symbol("i", integer=True)
            elif quantity.kind == "matrix":
                symbols[quantity.name] = sympy.MatrixSymbol(quantity.name, *map(dimension, quantity.shape))
            else:
                positive = quantity.domain != "real"
                symbols[quantity.name] = sympy.Symbol(quantity.name, real=True, positive=positive or None)
        return symbols


class Bank:
    """All questions, by id.

    Parameters
    ----------
    questions : iterable of Question
    """

    def __init__(self, questions: Iterable[Question] = ()):
        self._questions: dict[str, Question] = {}
        for question in questions:
            self.add(question)

    def add(self, question: Question) -> None:
        """Add a question; `ValueError` where its id is taken."""
        if question.id in self._questions:
            raise ValueError(f"question {question.id} is in the bank twice: give one of them another id")
        self._questions[question.id] = question

    def ids(self) -> list[str]:
        """Return every id in the order of the sheets; parts of one question in the order they were added."""
        return sorted(self._questions, key=place_on_sheet)

    def related(self, question_id: str) -> tuple[Question, ...]:
        """Return the other questions of the same group of a sheet with a formula in the same symbols."""
        question = self[question_id]
        names = tuple(quantity.name for quantity in question.quantities)
        group = place_on_sheet(question_id)
        return tuple(
            other
            for other in self._questions.values()
            if other is not question
            and other.answer_type in ("expression", "matrix", "number")
            and other.truth != question.truth
            and (place_on_sheet(other.id) == group or (names and other.quantities == question.quantities))
            and tuple(quantity.name for quantity in other.quantities) == names
        )

    def __getitem__(self, question_id: str) -> Question:
        """Return a question; `UnknownQuestion` where there is none with this id."""
        if isinstance(question_id, str) and question_id in self._questions:
            return self._questions[question_id]
        by_capitals = {known.upper(): known for known in self._questions}
        near = difflib.get_close_matches(str(question_id)[:60].upper(), by_capitals, n=3)
        near = [by_capitals[capitals] for capitals in near]
        advice = f"Did you mean {' or '.join(near)}?" if near else "check.questions() lists every id."
        given = repr(question_id)
        raise UnknownQuestion(f"there is no question {given if len(given) <= 60 else given[:59] + '…'}. {advice}")


def place_on_sheet(question_id: str) -> tuple[int, int]:
    """Return the part of the sheets an id belongs to, and its number there."""
    for rank, part in enumerate(SHEET_PARTS):
        if question_id.startswith(part):
            return rank, int(re.match(r"\d*", question_id[len(part) :]).group() or 0)
    return len(SHEET_PARTS), 0


def format_marks(marks: float) -> str:
    """Return a number of marks in words: "1 mark", "0.5 marks"."""
    return f"{marks:g} mark{'' if marks == 1 else 's'}"
