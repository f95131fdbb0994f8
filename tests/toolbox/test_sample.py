"""Sampling against nn.LSTM: the Stepper's logits, the distribution of what is drawn, and texts drawn the slow way."""

import itertools
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from course_utils import sample, train
from course_utils.sample import writing
from course_utils.sample.model_steps import ModelSteps
from course_utils.text import Vocabulary
from tests.char_lstm import CharLSTM

VOCABULARY = Vocabulary.of("\n abcdefghij.")
V = len(VOCABULARY)


def seeded(make, seed=0, sharpness=4.0):
    """Make a model with seeded weights, whose logits are spread as a trained model's are."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = make()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(sharpness)
    return model


def char_lstm(layers=1, dropout=0.0, hidden=24, seed=0):
    return seeded(lambda: CharLSTM(V, 7, hidden, layers, dropout), seed)


class TimeFirst(CharLSTM):
    """With batch_first=False inside."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.lstm = nn.LSTM(sizes[1], sizes[2], sizes[3])

    def forward(self, x, hidden):
        outputs, hidden = self.lstm(self.embedding(x.T), hidden)
        return self.output(outputs).transpose(0, 1), hidden


class NoBiases(CharLSTM):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.lstm = nn.LSTM(sizes[1], sizes[2], sizes[3], bias=False, batch_first=True)
        self.output = nn.Linear(sizes[2], sizes[0], bias=False)


class Residual(CharLSTM):
    """Of the three layers, and not what they make one after the other."""

    def forward(self, x, hidden):
        outputs, hidden = self.lstm(self.embedding(x), hidden)
        return self.output(outputs + 0.1 * outputs**2), hidden


class Forgetful(CharLSTM):
    """Begins each call from zeros: one block of any length gives the right logits."""

    def forward(self, x, hidden):
        return super().forward(x, self.init_hidden(x.shape[0]))


class GatedUnits(CharLSTM):
    """Another recurrent layer, with a state of one tensor."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.lstm = nn.GRU(sizes[1], sizes[2], sizes[3], batch_first=True)

    def init_hidden(self, batch_size):
        return super().init_hidden(batch_size)[0]


class Normed(CharLSTM):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.norm = nn.LayerNorm(sizes[2])

    def forward(self, x, hidden):
        outputs, hidden = self.lstm(self.embedding(x), hidden)
        return self.output(self.norm(outputs)), hidden


def read_again(model, vocabulary, seed_text, length, temperature, top_k=None, seed=0):
    """Write as `generate` is documented to, in the plainest way: the whole text is read again for every character."""
    ids = [vocabulary.characters.index(character) for character in seed_text] or [0]
    random, start = np.random.default_rng(seed), len(ids)
    model.eval()
    for _ in range(length):
        with torch.no_grad():
            logits = model(torch.tensor([ids]), model.init_hidden(1))[0][0, -1].double()
        if temperature == 0:
            ids.append(int(logits.argmax()))
            continue
        if top_k is not None:
            logits[logits < logits.topk(min(top_k, len(logits))).values[-1]] = -torch.inf
        sums = (logits / temperature).softmax(0).cumsum(0)
        ids.append(int((sums > random.random()).int().argmax()))
    model.train()
    return vocabulary.decode(ids[start:])


# --- the step ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("make", [CharLSTM, TimeFirst, NoBiases])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-10)])
def test_every_step_is_the_step_of_nn_lstm(make, layers, dtype, tolerance):
    model = seeded(lambda: make(V, 7, 24, layers), sharpness=2.0).to(torch.from_numpy(np.empty(0, dtype)).dtype)
    stepper, hidden = sample.Stepper.from_model(model, dtype), model.init_hidden(1)
    assert (stepper.characters, stepper.hidden_size, stepper.layers, stepper.dtype) == (V, 24, layers, dtype)
    for character in np.random.default_rng(1).integers(V, size=200):
        with torch.inference_mode():
            logits, hidden = model(torch.tensor([[character]]), hidden)
        np.testing.assert_allclose(stepper.step(character), logits[0, 0].numpy(), rtol=0, atol=tolerance)
        for own, theirs in zip(stepper.state, hidden, strict=True):
            np.testing.assert_allclose(own, theirs[:, 0].numpy(), rtol=0, atol=tolerance)
    assert np.abs(own).max() > 0.1, "the state must go somewhere for the comparison to mean anything"


def test_a_step_changes_no_weight_and_makes_no_new_array():
    stepper = sample.Stepper.from_model(char_lstm(2))
    first = stepper.step(3)
    kept = first.copy()
    assert stepper.step(4) is first and (first != kept).any()
    stepper.reset()
    assert (stepper.step(3) == kept).all()


def test_a_copy_has_a_state_of_its_own():
    stepper = sample.Stepper.from_model(char_lstm(2))
    stepper.step(3)
    state = stepper.state
    other = stepper.copy()
    assert not np.any(other.state)
    other.step(5)
    for before, after in zip(state, stepper.state, strict=True):
        assert (before == after).all()
    stepper.step(5)
    assert all((before != after).all() for before, after in zip(state, stepper.state, strict=True))


@pytest.mark.parametrize("character", [-1, V])
def test_an_id_outside_the_vocabulary_is_refused(character):
    with pytest.raises(ValueError, match=f"character is {character}; expected an id from 0 to {V - 1}"):
        sample.Stepper.from_model(char_lstm()).step(character)


@pytest.mark.parametrize("names", [("embedding", "lstm", "output"), ("a.b.head", "rnn", "emb"), ("x", "y.z", "w")])
def test_weights_are_found_whatever_their_prefix(names):
    model = char_lstm(2)
    new = dict(zip(["embedding", "lstm", "output"], names, strict=True))
    weights = {
        f"{new[name.split('.')[0]]}.{name.split('.')[1]}": value.numpy() for name, value in model.state_dict().items()
    }
    stepper, expected = sample.Stepper(weights), sample.Stepper.from_model(model)
    assert (stepper.step(4) == expected.step(4)).all() and (stepper.step(5) == expected.step(5)).all()


def test_without_a_bias_the_shape_tells_the_output_from_the_embedding():
    model = seeded(lambda: NoBiases(V, 7, 24, 1))
    stepper = sample.Stepper({name: value.numpy() for name, value in model.state_dict().items()})
    assert (stepper.step(4) == sample.Stepper.from_model(model).step(4)).all()
    same = seeded(lambda: NoBiases(V, 24, 24, 1))
    assert sample.Stepper.from_model(same).step(4).shape == (V,), "a model says which is which"
    with pytest.raises(ValueError, match="do not fit together"):
        sample.Stepper({name: value.numpy() for name, value in same.state_dict().items()})


WEIGHTS = {name: value.numpy() for name, value in char_lstm(2).state_dict().items()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lstm.weight_ih_l0_reverse": np.zeros((96, 7))}, "expected those of one embedding"),
        ({"norm.weight": np.zeros(24)}, "expected those of one embedding"),
        ({"second.weight": np.zeros((24, 24))}, "expected those of one embedding"),
        ({"scale": np.zeros(())}, "expected those of one embedding"),
        ({"lstm.weight_ih_l0": np.zeros((96, 8))}, "do not fit together"),
        ({"lstm.weight_hh_l1": np.zeros((96, 23))}, "do not fit together"),
        ({"lstm.bias_hh_l1": np.zeros(95)}, "do not fit together"),
        ({"lstm.bias_hh_l2": np.zeros(96)}, "do not fit together"),
        ({"output.weight": np.zeros((V + 1, 24))}, "do not fit together"),
        ({"output.weight": np.zeros((V, 23))}, "do not fit together"),
        ({"output.bias": np.zeros(V + 1)}, "do not fit together"),
        ({"embedding.weight": np.zeros((V - 1, 7))}, "do not fit together"),
    ],
)
def test_weights_of_something_else_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        sample.Stepper({**WEIGHTS, **change})


@pytest.mark.parametrize("missing", ["embedding.weight", "output.weight", "lstm.weight_ih_l1", "lstm.weight_hh_l0"])
def test_weights_with_a_part_missing_are_refused(missing):
    with pytest.raises(ValueError, match=r"expected those of one embedding \(V, E\)"):
        sample.Stepper({name: value for name, value in WEIGHTS.items() if name != missing})
    with pytest.raises(ValueError, match="The weights are none"):
        sample.Stepper({})


def test_only_two_kinds_of_floats():
    with pytest.raises(ValueError, match=r"expected np\.float32 or np\.float64"):
        sample.Stepper(WEIGHTS, dtype=np.float16)


# --- stored models


def test_a_stored_model_writes_as_the_model_did(tmp_path):
    model = char_lstm(2)
    train.save(tmp_path / "model.safetensors", model, VOCABULARY)
    stored = sample.Stepper.from_checkpoint(tmp_path / "model.safetensors")
    assert sample.generate(stored, VOCABULARY, "abc", 80) == sample.generate(model, VOCABULARY, "abc", 80)
    double = sample.Stepper.from_checkpoint(tmp_path / "model.safetensors", np.float64)
    assert double.step(3).dtype == np.float64
    with pytest.raises(train.CheckpointError):
        sample.Stepper.from_checkpoint(tmp_path / "none.safetensors")
    with pytest.raises(train.CheckpointError):
        sample.Stepper.from_checkpoint("no_such_name")


def test_the_showcase_is_the_file_that_travels_with_the_toolbox(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    model = char_lstm()
    train.save(tmp_path / "data" / "tiny_shakespeare.safetensors", model, VOCABULARY, held_out_loss=1.5)
    monkeypatch.setattr(sample.stepper.resources, "files", lambda package: tmp_path)
    monkeypatch.chdir(tmp_path)
    shown, vocabulary, card = sample.showcase()
    assert vocabulary == VOCABULARY and card["held_out_loss"] == 1.5 and shown.dtype == np.float64
    assert sample.generate(shown, vocabulary, "abc", 80) == sample.generate(model, VOCABULARY, "abc", 80)
    assert (sample.Stepper.from_checkpoint("tiny_shakespeare").step(3) == sample.showcase(np.float32)[0].step(3)).all()


# --- which models a Stepper stands for --------------------------------------------------------------------------------


def with_projection():
    model = CharLSTM(V, 7, 24, 1)
    model.lstm = nn.LSTM(7, 24, proj_size=12, batch_first=True)
    return model


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: seeded(lambda: Residual(V, 7, 24, 1)), "not those of its embedding, LSTM and linear"),
        (lambda: seeded(lambda: Forgetful(V, 7, 24, 1)), "not those of its embedding, LSTM and linear"),
        (lambda: GatedUnits(V, 7, 24, 1), "of type GRU"),
        (lambda: Normed(V, 7, 24, 1), "of type LayerNorm"),
        (with_projection, "two directions or projects"),
        (lambda: nn.Sequential(nn.Embedding(V, 7), nn.Linear(7, V)), "1 nn.Embedding, 0 nn.LSTM and 1 nn.Linear"),
        (lambda: seeded(lambda: CharLSTM(V, 7, 24, 1), sharpness=float("nan")), "not finite"),
    ],
)
def test_a_model_that_does_something_else_has_no_stepper(make, message):
    with pytest.raises(ValueError, match=message):
        sample.Stepper.from_model(make())


@pytest.mark.parametrize("make", [Residual, Forgetful, GatedUnits, Normed])
def test_such_a_model_writes_by_itself_one_character_at_a_time(make):
    model = seeded(lambda: make(V, 7, 24, 1))
    ids, random = VOCABULARY.encode("abc").tolist(), np.random.default_rng(5)
    written, hidden = "", model.init_hidden(1)
    for character in ids[:-1]:
        hidden = model(torch.tensor([[character]]), hidden)[1]
    last = ids[-1]
    for _ in range(60):
        logits, hidden = model(torch.tensor([[last]]), hidden)
        last = int(((logits[0, 0].double() / 0.7).softmax(0).cumsum(0) > random.random()).int().argmax())
        written += VOCABULARY.characters[last]
    assert sample.generate(model, VOCABULARY, "abc", 60, temperature=0.7, seed=5) == written


def test_a_plain_model_writes_through_a_stepper(monkeypatch):
    step, calls, forward = sample.Stepper.step, [], []
    monkeypatch.setattr(sample.Stepper, "step", lambda self, number: calls.append(number) or step(self, number))
    model = char_lstm(2, dropout=0.5)
    model(torch.zeros(1, 1, dtype=torch.int64), model.init_hidden(1))
    model.register_forward_hook(lambda *_: forward.append(1))
    sample.generate(model, VOCABULARY, "abc", 50)
    assert len(calls) == 128 + 3 + 49 and len(forward) == 2


def test_the_seed_text_is_part_of_the_check():
    class Stutter(CharLSTM):
        """Does something else where a character comes twice."""

        def forward(self, x, hidden):
            logits, hidden = super().forward(x, hidden)
            twice = nn.functional.pad(x[:, 1:] == x[:, :-1], (1, 0))
            return logits + twice[..., None], hidden

    model, forward = seeded(lambda: Stutter(V, 7, 24, 1)), []
    model.register_forward_hook(lambda *_: forward.append(1))
    for seed_text, own_steps in [("abab", 0), ("abba", 1 + 4 + 9)]:
        forward.clear()
        sample.generate(model, VOCABULARY, seed_text, 10)
        assert len(forward) == 2 + own_steps


# --- what is written --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("temperature", "top_k"), [(0, None), (0.6, None), (1.0, 3), (2.0, 1), (1.3, 99)])
def test_the_carried_state_writes_what_reading_everything_again_would(layers, temperature, top_k):
    model = char_lstm(layers, dropout=0.5)
    for seed in range(3):
        arguments = (VOCABULARY, "bad cab.", 80, temperature, top_k, seed)
        text = sample.generate(model, *arguments)
        assert text == read_again(model, *arguments)
    assert len(set(text)) > 1


def independent(logits):
    """Make a Stepper whose logits are the same whatever it has read."""
    return sample.Stepper({**WEIGHTS, "output.weight": np.zeros((V, 24)), "output.bias": np.asarray(logits)})


@pytest.mark.parametrize(
    ("temperature", "top_k"), [(1.0, None), (0.5, None), (2.5, None), (1.0, 4), (0.7, 1), (1.0, 99)]
)
def test_characters_come_as_often_as_softmax_says(temperature, top_k):
    logits, count = np.random.default_rng(2).normal(size=V), 10_000
    text = sample.generate(independent(logits), VOCABULARY, "", count, temperature, top_k, seed=1)
    found = np.array([text.count(character) for character in VOCABULARY.characters])
    allowed = np.argsort(-logits)[:top_k]
    expected = np.zeros(V)
    expected[allowed] = np.exp(logits[allowed] / temperature)
    expected *= count / expected.sum()
    assert (found[expected == 0] == 0).all()
    if len(allowed) > 1:
        assert stats.chisquare(found[allowed], expected[allowed]).pvalue > 1e-3
    # Characters that follow one another are independent here.
    same = np.mean([first == second for first, second in itertools.pairwise(text)])
    assert same == pytest.approx(np.sum((expected / count) ** 2), abs=0.02)


@pytest.mark.parametrize(
    ("number", "expected"), [(0.0, 2), (np.nextafter(0.6, 0), 2), (0.6 + 1e-15, 4), (1 - 2**-53, 4)]
)
def test_the_ends_of_the_uniform_numbers_never_draw_what_has_no_chance(number, expected):
    class Numbers:
        def random(self):
            return number

    logits = np.log([1e-3, 1e-3, 0.6, 1e-3, 0.4, 1e-3])
    assert writing._draw(logits, 1.0, 2, Numbers()) == expected


def test_a_temperature_near_zero_still_draws():
    logits = np.zeros(len(VOCABULARY))
    logits[4] = 0.05
    text = sample.generate(independent(logits), VOCABULARY, "", 200, temperature=0.05, seed=1)
    assert len(set(text)) > 1


def test_a_low_temperature_is_greedy_and_never_divides_by_zero():
    model = char_lstm()
    greedy = sample.generate(model, VOCABULARY, "a", 100, temperature=0, seed=0)
    with np.errstate(all="raise", under="ignore"):
        for temperature in (0.0, 5e-324, 1e-300, 1e-9, 1e-5):
            assert sample.generate(model, VOCABULARY, "a", 100, temperature, seed=9) == greedy


def test_greedy_takes_the_first_of_what_is_tied_up_to_rounding():
    logits = np.linspace(-1, 0, V)
    logits[[4, 8]] = 1.0, 1.0 + 3e-6
    assert sample.generate(independent(logits), VOCABULARY, length=5, temperature=0) == VOCABULARY.characters[4] * 5
    assert set(sample.generate(independent(logits), VOCABULARY, length=50, top_k=1)) == {VOCABULARY.characters[4]}
    logits[8] = 1.001
    assert sample.generate(independent(logits), VOCABULARY, length=5, temperature=0) == VOCABULARY.characters[8] * 5


def test_a_seed_gives_one_text_and_another_seed_another():
    model = char_lstm()
    texts = [sample.generate(model, VOCABULARY, "a", 60, temperature=1.0, seed=seed) for seed in (0, 0, 1, 2**64 - 1)]
    assert texts[0] == texts[1] and len(set(texts)) == 3


def test_two_streams_do_not_disturb_each_other():
    stepper = sample.Stepper.from_model(char_lstm(2))
    streams = [sample.stream(stepper, VOCABULARY, seed_text, 40, seed=3) for seed_text in ("abc", "jig.")]
    both = list(zip(*streams, strict=True))
    for number, seed_text in enumerate(("abc", "jig.")):
        assert "".join(pair[number] for pair in both) == sample.generate(stepper, VOCABULARY, seed_text, 40, seed=3)


def test_both_kinds_of_floats_write_the_same():
    model = char_lstm(2)
    texts = {
        sample.generate(sample.Stepper.from_model(model, dtype), VOCABULARY, "a", 2000, temperature=1.0)
        for dtype in (np.float32, np.float64)
    }
    assert len(texts) == 1


def test_a_stepper_in_half_the_bits_stands_for_the_model_it_was_given():
    model = char_lstm(2)
    weights = {name: value.astype(np.float16) for name, value in WEIGHTS.items()}
    near = [sample.Stepper(weights).step(2), sample.Stepper.from_model(model).step(2)]
    np.testing.assert_allclose(*near, rtol=0, atol=2e-2)


# --- seed text --------------------------------------------------------------------------------------------------------

MODEL = char_lstm(1)


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.one_of(st.sampled_from(VOCABULARY.characters), st.characters()), max_size=80),
    st.integers(0, 12),
    st.sampled_from([0, 0.8]),
)
def test_any_seed_text_is_read(seed_text, length, temperature):
    known = "".join(character for character in seed_text if character in VOCABULARY.characters)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        text = sample.generate(MODEL, VOCABULARY, seed_text, length, temperature)
    assert bool(caught) == (known != seed_text)
    assert text == read_again(MODEL, VOCABULARY, known, length, temperature)


def test_an_empty_seed_text_begins_after_a_line_break():
    assert sample.generate(MODEL, VOCABULARY, "", 30) == sample.generate(MODEL, VOCABULARY, "\n", 30)
    with pytest.warns(UserWarning, match="Left out 3 of 3"):
        assert sample.generate(MODEL, VOCABULARY, "ZZZ", 30) == sample.generate(MODEL, VOCABULARY, "\n", 30)
    letters = Vocabulary("bcdefghijklmn")
    assert len(letters) == V
    assert sample.generate(MODEL, letters, "", 30) == sample.generate(MODEL, letters, "b", 30)


def test_a_seed_text_longer_than_the_probe():
    seed_text = "abc. de fgh ij\n" * 20
    text = sample.generate(MODEL, VOCABULARY, seed_text, 30, seed=2)
    assert text == read_again(MODEL, VOCABULARY, seed_text, 30, 0.8, seed=2)


def test_nothing_is_written_of_length_zero_and_the_arguments_are_checked_all_the_same():
    assert sample.generate(MODEL, VOCABULARY, "abc", 0) == ""
    assert list(sample.stream(MODEL, VOCABULARY, "abc", 0)) == []
    with pytest.raises(ValueError, match="temperature is -1"):
        sample.generate(MODEL, VOCABULARY, "abc", 0, temperature=-1)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"temperature": -0.1}, ValueError, r"temperature is -0\.1; expected a finite number of at least 0"),
        ({"temperature": float("nan")}, ValueError, "temperature is nan; expected"),
        ({"temperature": float("inf")}, ValueError, "temperature is inf; expected"),
        ({"temperature": "hot"}, ValueError, "temperature is 'hot'; expected"),
        ({"top_k": 0}, ValueError, "top_k is 0; expected a whole number of at least 1"),
        ({"top_k": 2.5}, ValueError, r"top_k is 2\.5; expected"),
        ({"length": -1}, ValueError, "length is -1; expected a whole number of at least 0"),
        ({"length": 10.0}, ValueError, r"length is 10\.0; expected"),
        ({"seed": -1}, ValueError, "seed is -1; expected"),
        ({"seed": None}, ValueError, "seed is None; expected"),
        ({"seed_text": 7}, TypeError, "seed_text is 7; expected a string"),
        ({"seed_text": b"abc"}, TypeError, "seed_text is b'abc'; expected a string"),
    ],
)
@pytest.mark.parametrize("write", [sample.generate, sample.stream, sample.show])
def test_bad_arguments_are_refused_before_anything_is_written(write, arguments, error, message, capsys):
    with pytest.raises(error, match=message):
        write(MODEL, VOCABULARY, **arguments)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("make", [CharLSTM, Residual])
@pytest.mark.parametrize("other", [Vocabulary("abc"), Vocabulary.of("abcdefghijklmnopqrstuvwxyz")])
def test_another_vocabulary_is_refused(make, other):
    with pytest.raises(ValueError, match=f"The model knows {V} characters, the vocabulary has {len(other)}"):
        sample.stream(make(V, 7, 24, 1), other, "c")
    with pytest.raises(ValueError, match="Give the vocabulary that the model was trained with"):
        sample.stream(sample.Stepper(WEIGHTS), other)


@pytest.mark.parametrize(
    ("broken", "error", "message"),
    [
        (lambda model, logits, hidden: logits, TypeError, "The model returned Tensor; expected a pair"),
        (lambda model, logits, hidden: (logits[:, -1], hidden), ValueError, r"shape \(1, 13\); expected \(1, 1, V\)"),
        (
            lambda model, logits, hidden: (logits[:, :0], hidden),
            ValueError,
            r"shape \(1, 0, 13\); expected \(1, 1, V\)",
        ),
        (lambda model, logits, hidden: (logits * np.nan, hidden), ValueError, "The largest logit is nan; expected"),
        (lambda model, logits, hidden: (logits - np.inf, hidden), ValueError, "The largest logit is -inf; expected"),
    ],
)
def test_a_model_that_breaks_the_interface_is_named(broken, error, message):
    model = CharLSTM(V, 7, 24, 1)
    forward = model.forward
    model.forward = lambda x, hidden: broken(model, *forward(x, hidden))
    with pytest.raises(error, match=message):
        sample.generate(model, VOCABULARY, "c", 3)


# --- what is left behind ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [CharLSTM, Residual])
def test_modes_gradients_and_random_numbers_are_left_as_they_were(make):
    model = make(V, 7, 24, 2, 0.5)
    model.dropout.eval()
    modes = [module.training for module in model.modules()]
    random, numbers = torch.get_rng_state(), np.random.get_state()[1].copy()
    characters = sample.stream(model, VOCABULARY, "abc", 20)
    next(characters)
    assert [module.training for module in model.modules()] == modes, "between two characters too"
    assert not torch.is_inference_mode_enabled() and torch.is_grad_enabled()
    list(characters)
    assert [module.training for module in model.modules()] == modes
    assert (torch.get_rng_state() == random).all() and (np.random.get_state()[1] == numbers).all()
    logits, _ = model(torch.zeros(1, 5, dtype=torch.int64), model.init_hidden(1))
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_modes_come_back_when_the_model_fails():
    model = Residual(V, 7, 24, 1)
    model.forward = lambda x, hidden: 1 / 0
    with pytest.raises(ZeroDivisionError):
        sample.generate(model, VOCABULARY)
    assert all(module.training for module in model.modules())


@pytest.mark.parametrize("make", [CharLSTM, Residual])
def test_a_long_stream_keeps_nothing(make):
    characters = sample.stream(make(V, 7, 24, 1), VOCABULARY, length=10**12)
    tracemalloc.start()
    kept = []
    for count in (200, 1000):
        for _ in itertools.islice(characters, count):
            pass
        kept.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    # A thousand references alone would take 8000 bytes.
    assert kept[1] - kept[0] < 2000


class Interrupted(Residual):
    """Stops as the reader's interrupt would, at the given call."""

    calls = 0

    def forward(self, x, hidden):
        self.calls += 1
        if self.calls == 30:
            raise KeyboardInterrupt
        return super().forward(x, hidden)


def test_an_interrupt_returns_what_is_there(capsys):
    whole = sample.generate(seeded(lambda: Residual(V, 7, 24, 1)), VOCABULARY, "ab", 60)
    # The first character is written after five calls: two to compare logits, one to count them, two to read "ab".
    text = sample.generate(seeded(lambda: Interrupted(V, 7, 24, 1)), VOCABULARY, "ab", 60)
    assert text == whole[: 29 - 5 + 1]
    sample.show(seeded(lambda: Interrupted(V, 7, 24, 1)), VOCABULARY, "ab", 60)
    assert capsys.readouterr().out == "ab" + text + "\n"


# --- streaming --------------------------------------------------------------------------------------------------------


def test_show_prints_the_seed_text_and_what_follows(capsys):
    assert sample.show(MODEL, VOCABULARY, "abc", 50, seed=4) is None
    text = sample.generate(MODEL, VOCABULARY, "abc", 50, seed=4)
    assert capsys.readouterr().out == f"abc{text}\n"
    assert "".join(sample.stream(MODEL, VOCABULARY, "abc", 50, seed=4)) == text


def test_show_lets_each_piece_out_in_time(monkeypatch):
    out = []

    class Screen:
        def write(self, text):
            out.append(text)

        def flush(self):
            out.append("<flush>")

    clock = itertools.count(0, 0.02)
    monkeypatch.setattr(writing.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stdout", Screen())
    sample.show(MODEL, VOCABULARY, "a", 60)
    pieces = "".join(out).split("<flush>")
    assert pieces[0] == "a" and all(2 <= len(piece) <= 3 for piece in pieces[1:-2])


def test_sampling_needs_torch_only_for_its_models():
    code = "import sys; from course_utils import sample; sample.Stepper; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_steps_of_a_model_begin_again_after_reset():
    model = char_lstm(2)
    steps = ModelSteps(model)
    first = steps.step(2)
    assert (steps.step(2) != first).any()
    steps.reset()
    assert (steps.step(2) == first).all()
    steps.reset()
    np.testing.assert_allclose(steps.block([2, 2])[0], first, rtol=0, atol=1e-5)
