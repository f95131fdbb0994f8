"""The bank on the CharLSTM: its truths counted and computed with PyTorch, and found once more by SymPy."""

import math

import pytest
import sympy as sp
import torch
from torch import nn

from course_utils.check.bank import char_lstm
from course_utils.check.judge import judge
from tests.char_lstm import CharLSTM

QUESTIONS = {question.id: question for question in char_lstm.QUESTIONS}


def given(question_id, expression):
    return judge(QUESTIONS[question_id], expression)


def value(question_id, **at):
    symbols = sp.symbols(list(at))
    truth = sp.sympify(QUESTIONS[question_id].truth, locals=dict(zip(at, symbols, strict=True)))
    return truth.subs(dict(zip(symbols, at.values(), strict=True)))


def test_the_questions_are_those_of_the_assignment():
    assert list(QUESTIONS) == ["A1-C1", "A1-C2", "A1-C3"]
    assert all(question.practice for question in QUESTIONS.values())


@pytest.mark.parametrize("sizes", [(27, 16, 32, 2), (5, 3, 4, 1), (11, 7, 6, 3)])
def test_number_of_parameters(sizes):
    counted = sum(weights.numel() for weights in CharLSTM(*sizes).parameters())
    assert value("A1-C1", **dict(zip("VEHL", sizes, strict=True))) == counted


def test_loss_of_a_network_that_knows_nothing():
    loss = nn.functional.cross_entropy(torch.zeros(3, 27, dtype=torch.float64), torch.tensor([0, 5, 26])).item()
    assert float(value("A1-C2", V=27)) == pytest.approx(loss, abs=1e-12) == pytest.approx(math.log(27), abs=1e-12)


@pytest.mark.parametrize("temperature", [0.2, 1.0, 3.0])
def test_probability_at_a_temperature(temperature):
    z = torch.tensor([0.7, -1.3], dtype=torch.float64)
    truth = float(value("A1-C3", z1=0.7, z2=-1.3, T=temperature))
    assert truth == pytest.approx(torch.softmax(z / temperature, dim=0)[0].item(), abs=1e-12)


@pytest.mark.parametrize(
    "question_id, right",
    [
        ("A1-C1", "V*(E + H + 1) + 4*H*(E + H + 2) + (L - 1)*8*H*(H + 1)"),
        ("A1-C1", "V*E + H*V + V + 4*H*E + 4*H**2 + 8*H + 8*(L - 1)*(H**2 + H)"),
        ("A1-C2", "-log(1/V)"),
        ("A1-C3", "1/(1 + exp((z2 - z1)/T))"),
        ("A1-C3", "sigma((z1 - z2)/T)"),
    ],
)
def test_right_in_another_form(question_id, right):
    assert given(question_id, right).correct


@pytest.mark.parametrize(
    "question_id, wrong, name",
    [
        ("A1-C1", "V*E + 4*H*(E + H) + 4*H + (L - 1)*(8*H**2 + 4*H) + H*V + V", "one-bias"),
        ("A1-C1", "V*E + L*(4*H*(E + H) + 8*H) + H*V + V", "every-layer-like-the-first"),
        ("A1-C1", "V*E + 4*H*(E + H) + 8*H + H*V + V", "single-layer"),
        ("A1-C1", "4*H*(E + H) + 8*H + (L - 1)*(8*H**2 + 8*H) + H*V + V", "embedding-left-out"),
        ("A1-C2", "1/V", "probability-for-loss"),
        ("A1-C2", "log(V)/log(2)", "bits-for-nats"),
        ("A1-C2", "-log(V)", "sign"),
        ("A1-C3", "exp(T*z1)/(exp(T*z1) + exp(T*z2))", "temperature-multiplies"),
        ("A1-C3", "exp(z1)/(exp(z1) + exp(z2))", "temperature-left-out"),
        ("A1-C3", "exp(z2/T)/(exp(z1/T) + exp(z2/T))", "the-other-character"),
    ],
)
def test_wrong_with_a_name(question_id, wrong, name):
    verdict = given(question_id, wrong)
    assert not verdict.correct and verdict.misconception == name, verdict


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_known_mistake_is_wrong_and_named(question):
    for misconception in question.known:
        for form in misconception.forms:
            verdict = judge(question, form)
            assert (verdict.correct, verdict.misconception) == (False, misconception.name), form
