"""No question of the bank changes unseen: each is compared, written out, with a list of them."""

from collections import Counter

import pytest

from course_utils import check
from tools import bank

STORED = bank.stored()


@pytest.fixture(scope="module")
def found():
    return bank.rows()


@pytest.mark.parametrize("question", sorted(check.questions()))
def test_a_question_is_what_is_listed(question, found):
    listed = Counter(row for row in STORED if row[0] == question)
    there = Counter(row for row in found if row[0] == question)
    gone, new = sorted((listed - there).elements()), sorted((there - listed).elements())
    assert not gone and not new, (
        f"{question} is not as tests/project/bank.csv lists it.\nNo longer: {gone}\nNew: {new}\n"
        "If the new one is right: make proofs, and read the diff."
    )


def test_every_listed_question_is_there():
    assert {question for question, *_ in STORED} == set(check.questions())


def test_the_list_names_truths_and_mistakes():
    parts = Counter(part for _, part, _ in STORED)
    assert parts["truth"] == parts["prompt"] == parts["marks"] == len(check.questions())
    assert ("A1-Q2b-w1", "hidden-slope-left-out", "(a2 - y)*w2*x") in STORED


def squeezed(text):
    return "".join(text.split()).replace("**", "^")


def gives_away(hint, truth):
    """Say whether a hint spells a formula out; one of a few characters stands in many a sentence."""
    return len(squeezed(truth)) > 4 and squeezed(truth) in squeezed(hint)


@pytest.mark.parametrize("question", sorted(check.questions()))
def test_no_hint_spells_the_answer_out(question):
    described = check.describe(question)
    if described.answer_type != "choice":
        rights = [described.truth, *described.also]
        assert not [
            mistake.name for mistake in described.known if any(gives_away(mistake.hint, right) for right in rights)
        ]


def test_an_answer_in_a_hint_is_found():
    assert gives_away("Try (a2 - y) * a1 here.", "(a2 - y)*a1") and not gives_away("Look at w.", "w")
