"""The truths on the gates of an LSTM, found once more by SymPy from the forward pass, and with PyTorch's own LSTM."""

import pytest
import sympy as sp
import torch
from torch import nn

from course_utils.check.bank import lstm_gates
from course_utils.check.judge import judge

QUESTIONS = {question.id: question for question in lstm_gates.QUESTIONS}

a_i, a_f, a_g, a_o, c_prev, dh, dc, dc_next, f_next = sp.symbols("a_i a_f a_g a_o c_prev dh dc dc_next f_next")
i, f, g, o, c = sp.symbols("i f g o c")


def sigma(z):
    return 1 / (1 + sp.exp(-z))


FORMULAS = {c: f * c_prev + i * g, i: sigma(a_i), f: sigma(a_f), g: sp.tanh(a_g), o: sigma(a_o)}


def unfold(expression):
    for name, formula in FORMULAS.items():
        expression = expression.subs(name, formula)
    return expression


def given(question_id, expression):
    return judge(QUESTIONS[question_id], expression)


def test_the_questions_are_those_of_the_chapter():
    assert list(QUESTIONS) == [
        "A1-Q3c-cell",
        "A1-Q3c",
        "A1-Q3c-da_i",
        "A1-Q3c-da_f",
        "A1-Q3c-da_g",
        "A1-Q3c-da_o",
        "A1-Q3d",
        "A1-Q3d-product",
        "A1-Q3d-total",
        "A1-Q3d-90",
        "A1-Q3d-99",
        "A1-Q4b",
        "A1-Q4b-cell",
        "A1-Q4b-retain",
    ]
    assert all(question.practice for question in QUESTIONS.values())


def test_gradient_of_the_cell_state_is_the_derivative_of_both_paths():
    state = sp.Symbol("state")
    loss = dh * o * sp.tanh(state) + dc_next * (f_next * state + sp.Symbol("new"))
    derivative = sp.diff(loss, state).subs(state, c)
    assert given("A1-Q3c", derivative).correct


@pytest.mark.parametrize("gate", ["i", "f", "g"])
def test_gradient_of_a_gate_that_enters_the_cell(gate):
    pre_activation = {"i": a_i, "f": a_f, "g": a_g}[gate]
    derivative = sp.diff(dc * unfold(c), pre_activation)
    assert given(f"A1-Q3c-da_{gate}", derivative).correct
    assert not given(f"A1-Q3c-da_{gate}", derivative.subs(dc, dh)).correct


def test_gradient_of_the_output_gate():
    derivative = sp.diff(dh * sigma(a_o) * sp.tanh(c), a_o)
    assert given("A1-Q3c-da_o", derivative).correct


def test_the_gradients_are_those_of_pytorch():
    """Two steps of nn.LSTM in float64, the loss a fixed mixture of both hidden states; weights stand i, f, g, o."""
    torch.manual_seed(3)
    lstm = nn.LSTM(1, 1, batch_first=True).double()
    for weight in (lstm.weight_hh_l0, lstm.bias_ih_l0, lstm.bias_hh_l0):
        nn.init.zeros_(weight)  # the gates see the word alone: an input of 1 at one step makes weight_ih its scores
    scores = lstm.weight_ih_l0.detach()[:, 0].tolist()
    old, shown, later = 0.7, 1.3, -0.4

    start = torch.zeros(1, 1, 1, dtype=torch.float64), torch.full((1, 1, 1), old, dtype=torch.float64)
    word, silence = torch.ones(1, 1, 1, dtype=torch.float64), torch.zeros(1, 1, 1, dtype=torch.float64)
    h_1, (_, c_1) = lstm(word, start)
    h_2, _ = lstm(silence, (h_1, c_1))
    (to_scores,) = torch.autograd.grad((shown * h_1 + later * h_2).sum(), lstm.weight_ih_l0)
    # PyTorch's step is one operation, so the path from c_1 to h_1 is written out to be differentiated.
    cell = c_1.detach().requires_grad_()
    from_cell = torch.sigmoid(torch.tensor(scores[3], dtype=torch.float64)) * torch.tanh(cell)
    assert torch.allclose(from_cell, h_1, rtol=0, atol=1e-15)
    h_2, _ = lstm(silence, (from_cell, cell))
    (to_cell,) = torch.autograd.grad((shown * from_cell + later * h_2).sum(), cell)
    # At the second step all scores are 0: its gates are 1/2 and its candidate is 0, so c_2 = c_1/2.
    values = {symbol: value for symbol, value in zip((a_i, a_f, a_g, a_o), scores, strict=True)} | {c_prev: old}
    here = {name: unfold(name).subs(values) for name in (i, f, g, o, c)}
    here |= {c_prev: old, dh: shown, f_next: 0.5, dc_next: later * 0.5 * (1 - sp.tanh(here[c] / 2) ** 2)}

    def truth(question_id):
        names = {str(symbol): symbol for symbol in (*here, dc)}
        return float(sp.sympify(QUESTIONS[question_id].truth, locals=names).subs(here))

    assert truth("A1-Q3c") == pytest.approx(to_cell.item(), rel=1e-12)
    here[dc] = to_cell.item()
    found = [truth(f"A1-Q3c-da_{gate}") for gate in "ifgo"]
    assert found == pytest.approx(to_scores[:, 0].tolist(), rel=1e-12)


def test_the_direct_part_holds_the_gates_fixed():
    assert given("A1-Q3d", sp.diff(FORMULAS[c], c_prev)).correct


def test_the_direct_part_over_three_steps():
    state = start = sp.Symbol("c_0")
    for t in (1, 2, 3):
        state = sp.Symbol(f"f_{t}") * state + sp.Symbol(f"new_{t}")
    assert given("A1-Q3d-product", sp.diff(state, start)).correct


def test_the_total_derivative_has_the_paths_through_the_gates():
    u = {gate: sp.Symbol(f"u_{gate}") for gate in "ifg"}
    o_prev, moved = sp.symbols("o_prev moved")
    # Each score is a_gate at c_prev and moves with the hidden state.
    change = o_prev * (sp.tanh(moved) - sp.tanh(c_prev))
    gates = {
        gate: function(sp.Symbol(f"a_{gate}") + u[gate] * change)
        for gate, function in (("i", sigma), ("f", sigma), ("g", sp.tanh))
    }
    derivative = sp.diff(gates["f"] * moved + gates["i"] * gates["g"], moved).subs(moved, c_prev)
    assert given("A1-Q3d-total", derivative).correct
    assert given("A1-Q3d-total", derivative.subs(dict.fromkeys(u.values(), 0))).misconception == "direct-part-only"


@pytest.mark.parametrize(("question_id", "gate"), [("A1-Q3d-90", "0.9"), ("A1-Q3d-99", "0.99")])
def test_a_hundred_steps(question_id, gate):
    kept = sp.Integer(1)
    for _ in range(100):
        kept *= sp.Rational(gate)
    assert given(question_id, kept).correct and given(question_id, f"{float(kept):.4g}").correct
    assert not given(question_id, float(kept) * 1.01).correct


@pytest.mark.parametrize(("key", "gate"), [("closed", 0), ("open", 1), ("half", sp.Rational(1, 2))])
def test_the_value_that_erases(key, gate):
    erased = not FORMULAS[c].subs(f, gate).has(c_prev)
    assert erased == (key == QUESTIONS["A1-Q4b"].truth)


def test_what_is_left_when_the_gate_is_closed():
    assert given("A1-Q4b-cell", FORMULAS[c].subs(f, 0).subs({i: sigma(a_i), g: sp.tanh(a_g)})).correct


@pytest.mark.parametrize("key", QUESTIONS["A1-Q4b-retain"].choices)
def test_the_gates_that_retain(key):
    values = {sp.Symbol(name): int(number) for name, number in (part.split("=") for part in key.split(", "))}
    assert (FORMULAS[c].subs(values) == c_prev) == (key == QUESTIONS["A1-Q4b-retain"].truth)


@pytest.mark.parametrize(
    "question_id", ["A1-Q3c-cell", "A1-Q3c", "A1-Q3d", "A1-Q3d-product", "A1-Q4b", "A1-Q4b-cell", "A1-Q4b-retain"]
)
def test_an_inverted_gate_is_told_wherever_the_past_is_kept_or_erased(question_id):
    assert "gate-inverted" in QUESTIONS[question_id].misconceptions


@pytest.mark.parametrize(
    ("question_id", "text"),
    [
        ("A1-Q3c-cell", "sigma(a_f)*c_prev + sigma(a_i)*tanh(a_g)"),
        ("A1-Q3c", "dh*o - dh*o*tanh(c)**2 + f_next*dc_next"),
        ("A1-Q3c-da_f", "dc*c_prev*sigma(a_f)*sigma(-a_f)"),
        ("A1-Q3c-da_g", "dc*i*(1 - tanh(a_g)**2)"),
        ("A1-Q3d-90", "2.656e-5"),
        ("A1-Q3d-99", "0.366"),
        ("A1-Q4b", "0"),
        ("A1-Q4b", "near 0"),
    ],
)
def test_equivalent_answers_are_right(question_id, text):
    assert given(question_id, text).correct
