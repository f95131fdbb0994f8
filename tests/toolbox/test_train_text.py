"""Training on a text: each update is the one of a plain loop, and no interrupt loses or changes anything."""

import functools
import json
import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from course_utils import train
from course_utils.text import Blocks, Vocabulary
from course_utils.train import checkpoint as files
from course_utils.train import progress, run
from tests.char_lstm import CharLSTM

LETTERS = "abcdefghi"
IDS = torch.randint(0, 9, (700,), generator=torch.Generator().manual_seed(1))
TRAINING, HELD_OUT = IDS[:600], IDS[600:]
TESTS = Path(__file__).resolve().parents[1]
PATHS = os.pathsep.join([str(TESTS.parent / "src"), str(TESTS.parent)])


def small_model(layers=2, dropout=0.3, kind=CharLSTM):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(9, 6, 8, layers, dropout=dropout)


def trained(model=None, held_out=HELD_OUT, **changes):
    """Train a small model on a small text; what is not said is this."""
    model = small_model() if model is None else model
    chosen = {
        "vocabulary": LETTERS,
        "updates": 24,
        "batch_size": 3,
        "block": 10,
        "evaluate_every": 8,
        "checkpoint_every": 5,
        "progress": False,
    }
    return model, train.fit_text(model, TRAINING, held_out, **(chosen | changes))


def weights(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# --- each update is the one of a plain loop --------------------------------------------------------------------------


def rate(step, updates=24, warm_up=0.25, final=0.1, schedule="cosine", largest=0.01):
    rising = updates * warm_up
    if step < rising:
        return largest * (step + 1) / rising
    passed = (step - rising) / (updates - rising)
    height = (1 + math.cos(math.pi * passed)) / 2 if schedule == "cosine" else 1 - passed
    return largest * (final + (1 - final) * height)


def plain_loop(model, schedule="cosine", clip=0.05, decay=0.3):
    """Written out from the description, with PyTorch's own clipping and its own unfused AdamW."""
    for name, parameter in model.named_parameters():
        if "bias_ih" in name or "bias_hh" in name:
            parameter.data[8:16] = 0.7 if "bias_ih" in name else 0.0
    blocks, losses = Blocks(TRAINING, 3, 10, seed=5), []
    torch.manual_seed(5)
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in model.parameters() if p.ndim == 2], "weight_decay": decay},
            {"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0},
        ],
        lr=1.0,
        betas=(0.9, 0.99),
        fused=False,
        foreach=False,
    )
    for step in range(24):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, schedule=schedule)
        inputs, targets, first = blocks[step]
        if first:
            hidden = model.init_hidden(3)
        logits, hidden = model(inputs, hidden)
        hidden = tuple(part.detach() for part in hidden)
        loss = functional.cross_entropy(logits.reshape(-1, 9), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
@pytest.mark.parametrize("clip", [0.05, 1e6, None])
def test_every_update_is_the_one_of_a_plain_loop(schedule, clip):
    """24 updates of 20 an epoch: an epoch ends within. The gradient is always longer than 0.05 and shorter than 1e6."""
    with torch.random.fork_rng():
        plain = small_model()
        losses = plain_loop(plain, schedule, clip)
    model, record = trained(
        learning_rate=0.01,
        warm_up=0.25,
        final_fraction=0.1,
        schedule=schedule,
        weight_decay=0.3,
        clip=clip,
        forget_bias=0.7,
        seed=5,
    )
    np.testing.assert_allclose(record.loss, losses, rtol=1e-6)
    for name, tensor in weights(model).items():
        np.testing.assert_allclose(tensor, plain.state_dict()[name], rtol=0, atol=1e-6)
    assert (model.output.weight - small_model().output.weight).abs().max() > 1e-3


def test_the_text_has_more_than_one_epoch_in_these_tests():
    assert len(Blocks(TRAINING, 3, 10)) < 24


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=6), min_size=1, max_size=4), st.floats(0.01, 9)
)
def test_clipping_is_that_of_torch_bit_for_bit(rows, longest):
    ours, theirs = (
        [nn.Parameter(torch.zeros(len(row))) for row in rows] + [nn.Parameter(torch.zeros(1))] for _ in range(2)
    )
    for row, one, other in zip(rows, ours, theirs, strict=False):
        one.grad, other.grad = torch.tensor(row), torch.tensor(row)
    run._clip(ours, longest, wait=True)
    nn.utils.clip_grad_norm_(theirs, longest)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.grad is None and other.grad is None) or torch.equal(one.grad, other.grad)


def test_the_record_counts():
    _, record = trained()
    assert record.update == tuple(range(1, 25)) and len(record.loss) == 24
    assert record.held_out_update == (8, 16, 24) and len(record.held_out_loss) == 3
    assert record.characters == 24 * 3 * 10
    assert all(type(value) is float for value in (*record.loss, *record.held_out_loss))
    assert trained(evaluate_every=None)[1].held_out_update == (24,)
    assert trained(held_out=None)[1].held_out_update == ()


def test_a_model_learns_a_text_by_heart():
    ids = torch.arange(9).repeat(60)
    model = small_model(layers=1, dropout=0.0)
    record = train.fit_text(model, ids, ids, updates=150, batch_size=4, block=16, learning_rate=2e-2, progress=False)
    assert record.loss[0] == pytest.approx(math.log(9), abs=0.3)
    assert record.held_out_loss[-1] < 0.1


def test_same_seed_same_bits_and_nothing_else_is_touched():
    torch.manual_seed(77)
    before = torch.get_rng_state()
    model, record = trained()
    assert torch.equal(torch.get_rng_state(), before)
    torch.randn(9)
    again, record_again = trained()
    assert same(weights(model), weights(again)) and record == record_again
    other, _ = trained(seed=1)
    assert not same(weights(model), weights(other))


def test_each_layer_keeps_its_mode():
    model = small_model()
    model.train()
    model.dropout.eval()
    trained(model)
    assert model.training and model.lstm.training and not model.dropout.training
    model.eval()
    train.held_out_loss(model, HELD_OUT)
    trained(model)
    assert not any(layer.training for layer in model.modules())


def test_a_model_in_evaluation_mode_is_trained_in_training_mode():
    one, _ = trained()
    other = small_model()
    other.eval()
    trained(other)
    assert same(weights(one), weights(other))


class Several(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.LSTM(2, 3, num_layers=2, bidirectional=True)
        self.b = nn.ModuleList([nn.LSTMCell(2, 4), nn.Linear(2, 2), nn.LSTM(2, 3, bias=False)])


def test_forget_gates_of_every_lstm_get_their_bias():
    model = Several()
    before = weights(model)
    run._set_forget_bias(model, 1.5)
    changed = 0
    for name, tensor in model.state_dict().items():
        expected = before[name].clone()
        if ".bias_" in name or name.startswith("a.bias_"):
            size = len(expected) // 4
            expected[size : 2 * size] = 1.5 if "bias_ih" in name else 0.0
            changed += 1
        assert torch.equal(tensor, expected), name
    assert changed == 2 * 4 + 2


def test_no_forget_bias_leaves_biases():
    model = small_model()
    before = weights(model)
    trained(model, updates=1, learning_rate=1e-12, forget_bias=None)
    assert torch.allclose(model.lstm.bias_ih_l0, before["lstm.bias_ih_l0"], atol=1e-9)


def test_weights_that_are_held_fast_stay():
    model = small_model()
    model.embedding.weight.requires_grad_(False)
    before = weights(model)
    trained(model, weight_decay=0.5)
    assert torch.equal(model.embedding.weight, before["embedding.weight"])
    assert not torch.equal(model.output.weight, before["output.weight"])


# --- the loss on the held-out text -----------------------------------------------------------------------------------


def loss_by_hand(model, ids, block=None):
    """One character at a time, in 64 bits."""
    total = 0.0
    with torch.no_grad():
        for place in range(len(ids) - 1):
            if place == 0 or (block and place % block == 0):
                hidden = model.init_hidden(1)
            logits, hidden = model(ids[None, place : place + 1], hidden)
            total -= torch.log_softmax(logits[0, 0].double(), -1)[ids[place + 1]].item()
    return total / (len(ids) - 1)


@pytest.mark.parametrize("block", [None, 1, 7, 9, 99, 100, 5000])
def test_held_out_loss_is_that_of_one_character_after_another(block, monkeypatch):
    """The text has 100 characters, so 99 predictions: 9 and 99 fit, 7 leaves a rest, and stretches of 16 do too."""
    monkeypatch.setattr("course_utils.train.evaluation.STRETCH", 16)
    monkeypatch.setattr("course_utils.train.evaluation.ROWS", 4)
    model, _ = trained(learning_rate=0.05)
    state = torch.get_rng_state()
    found = train.held_out_loss(model, HELD_OUT, block)
    assert torch.equal(torch.get_rng_state(), state), "dropout is off"
    model.eval()
    assert found == pytest.approx(loss_by_hand(model, HELD_OUT, block), rel=1e-5)


def test_the_state_matters_to_the_held_out_loss():
    model, _ = trained(learning_rate=0.05)
    losses = [train.held_out_loss(model, HELD_OUT, block) for block in (None, 1, 7, 50)]
    assert len({round(loss, 4) for loss in losses}) == 4


def test_a_long_text_has_the_loss_of_a_short_one():
    model = small_model()
    long = IDS.repeat(15)
    model.eval()
    with torch.no_grad():
        logits, _ = model(long[None, :-1], model.init_hidden(1))
    expected = functional.cross_entropy(logits[0].double(), long[1:]).item()
    assert train.held_out_loss(model, long) == pytest.approx(expected, rel=1e-6)


# --- interrupts lose nothing -----------------------------------------------------------------------------------------


class Broken(Exception):
    pass


class Breaks(CharLSTM):
    """Breaks off in the middle of an update: counts the forward passes of training."""

    breaks_at = None
    passes = 0

    def forward(self, x, hidden):
        if self.training and self.breaks_at is not None:
            self.passes += 1
            if self.passes == self.breaks_at:
                raise Broken
        return super().forward(x, hidden)


@pytest.mark.parametrize("breaks_at", [1, 5, 6, 9, 20, 24])
def test_a_training_that_broke_off_ends_like_one_that_did_not(tmp_path, breaks_at):
    whole, record = trained(checkpoint=tmp_path / "whole")
    plain, plain_record = trained()
    assert same(weights(whole), weights(plain)) and record == plain_record, "a checkpoint changes nothing"
    model = small_model(kind=Breaks)
    model.breaks_at = breaks_at
    with pytest.raises(Broken):
        trained(model, checkpoint=tmp_path / "broken")
    assert train.load(tmp_path / "broken")[1]["step"] == (breaks_at - 1) // 5 * 5
    torch.randn(99)
    again = CharLSTM(9, 6, 8, 2, dropout=0.3)
    _, record_again = trained(again, checkpoint=tmp_path / "broken")
    assert record_again == record and same(weights(again), weights(whole))
    assert (tmp_path / "broken").read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_finished_training_is_read_and_not_repeated(tmp_path):
    whole, record = trained(checkpoint=tmp_path / "x")
    before = (tmp_path / "x").stat().st_mtime_ns
    model = small_model(kind=Breaks)
    model.breaks_at = 1
    _, again = trained(model, checkpoint=tmp_path / "x")
    assert again == record and same(weights(model), weights(whole))
    assert (tmp_path / "x").stat().st_mtime_ns == before


def test_the_checkpoint_of_a_training_can_be_sampled_from(tmp_path):
    model, record = trained(checkpoint=tmp_path / "x")
    found, card = train.load(tmp_path / "x")
    assert same(found, weights(model))
    assert card["vocabulary"] == LETTERS and card["step"] == 24
    assert card["curve"]["loss"] == list(record.loss)
    assert set(card["model"]) == {"vocab_size", "embedding_size", "hidden_size", "num_layers", "dropout"}


def test_the_card_tells_no_place(tmp_path):
    trained(checkpoint=tmp_path / "x")
    card = json.dumps(train.load(tmp_path / "x")[1])
    assert str(tmp_path) not in card and os.path.expanduser("~") not in card


def killed(folder, kills):
    command = [sys.executable, str(TESTS / "training_to_kill.py"), str(folder), str(kills)]
    environment = os.environ | {"PYTHONPATH": PATHS, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_killed_again_and_again_it_ends_like_one_that_never_was(tmp_path):
    report = killed(tmp_path, kills=8)
    assert report["last_ends"] == [0, 0]
    assert report["ends"].count(signal.SIGKILL) >= 4, "most trainings must be killed while they run"
    steps = [step for step in report["steps"] if step is not None]
    assert steps == sorted(steps) and len(set(steps)) >= 2, "each goes on from where the one before it was"
    assert (tmp_path / "killed.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()
    assert report["left"] == ["killed.safetensors", "whole.safetensors"], "no draft of a killed write is left"


@pytest.fixture
def interruptible():
    """Interrupts as a person's terminal has them. A shell lets programs in the background ignore them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class PressesStop(CharLSTM):
    """Sends an interrupt in the middle of an update, or of an evaluation."""

    at, passes, while_training = None, 0, True

    def forward(self, x, hidden):
        if self.at is not None and self.training is self.while_training:
            self.passes += 1
            if self.passes == self.at:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
        return super().forward(x, hidden)


@pytest.mark.parametrize(
    ("while_training", "at", "step"),
    [(True, 1, 1), (True, 7, 7), (True, 8, 8), (True, 24, 24), (False, 1, 8), (False, 3, 24)],
)
def test_an_interrupt_saves_and_says_how_to_go_on(tmp_path, while_training, at, step, interruptible):
    whole, record = trained(checkpoint=tmp_path / "whole")
    model = small_model(kind=PressesStop)
    model.at, model.while_training = at, while_training
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt) as caught:
        trained(model, checkpoint=tmp_path / "stopped")
    assert str(caught.value) == (
        f"Interrupted after update {step} of 24. Everything so far is in "
        f"{tmp_path / 'stopped'}. To go on from there, call fit_text again with the same "
        "arguments."
    )
    assert signal.getsignal(signal.SIGINT) is handler
    assert train.load(tmp_path / "stopped")[1]["step"] == step, "the update at hand is finished"
    again, record_again = trained(checkpoint=tmp_path / "stopped")
    assert record_again == record and same(weights(again), weights(whole))
    assert (tmp_path / "stopped").read_bytes() == (tmp_path / "whole").read_bytes()


def test_an_interrupt_without_a_checkpoint_leaves_a_whole_model(interruptible):
    model = small_model(kind=PressesStop)
    model.at = 7
    with pytest.raises(KeyboardInterrupt, match=r"after update 7 of 24\. The model keeps its weights.*checkpoint="):
        trained(model)
    seven = small_model(kind=Breaks)
    seven.breaks_at = 8
    with pytest.raises(Broken):
        trained(seven)
    assert same(weights(model), weights(seven))


def test_an_interrupt_while_a_checkpoint_is_written(tmp_path, monkeypatch, interruptible):
    real, calls = os.replace, []

    def replace(*names):
        calls.append(names)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return real(*names)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt, match=r"after update 10 of 24\. Everything so far"):
        trained(checkpoint=tmp_path / "x")
    assert train.load(tmp_path / "x")[1]["step"] == 10
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def test_an_interrupt_that_cannot_save_says_so(tmp_path, monkeypatch, interruptible):
    model = small_model(kind=PressesStop)
    model.at = 7
    real, calls = os.replace, []

    def replace(*names):
        calls.append(names)
        if len(calls) > 2:
            raise OSError(28, "No space left on device")
        return real(*names)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt, match=r"after update 7 .* could not be saved.*No space left on device"):
        trained(model, checkpoint=tmp_path / "x")
    assert train.load(tmp_path / "x")[1]["step"] == 5


def test_an_impatient_second_interrupt_does_not_stop_the_saving(tmp_path, monkeypatch, interruptible):
    model = small_model(kind=PressesStop)
    model.at = 7
    real, calls = os.replace, []

    def replace(*names):
        calls.append(names)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return real(*names)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt, match=r"after update 7 of 24\. Everything so far"):
        trained(model, checkpoint=tmp_path / "x")
    assert train.load(tmp_path / "x")[1]["step"] == 7


def test_interrupts_that_are_ignored_stay_ignored(interruptible):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    model = small_model(kind=PressesStop)
    model.at = 7
    assert trained(model)[1] == trained()[1]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_it_trains_in_another_thread_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(trained()))
    thread.start()
    thread.join()
    assert found[0][1] == trained()[1]


def test_a_disk_that_fills_up_ends_no_training(tmp_path, monkeypatch):
    plain, record = trained()
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) > 2:
            raise OSError(28, "No space left on device")
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.warns(RuntimeWarning, match="No space left on device") as warned:
        model, found = trained(checkpoint=tmp_path / "x")
    assert [str(warning.message).split("checkpoint of ")[1].split(",")[0] for warning in warned] == [
        "update 5",
        "update 24",
    ]
    assert found == record and same(weights(model), weights(plain))
    assert train.load(tmp_path / "x")[1]["step"] == 0, "the last that could be written"
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def test_what_can_never_be_written_is_said_before_the_training(tmp_path):
    model = small_model(kind=Breaks)
    model.breaks_at = 1
    with pytest.raises(train.CheckpointError, match="cannot be written"):
        trained(model, checkpoint=tmp_path / "none" / "x")


# --- what does not belong is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"learning_rate": 0.02}, "learning_rate 0.008 then, 0.02 now"),
        ({"updates": 30}, "updates 24 then, 30 now"),
        ({"seed": 1}, "seed 0 then, 1 now"),
        ({"batch_size": 4}, "batch_size 3 then"),
        ({"block": 9}, "block 10 then"),
        ({"clip": None}, "clip 1.0 then, None now"),
        ({"forget_bias": None}, "forget_bias 1.0 then"),
        ({"schedule": "linear"}, "schedule 'cosine' then"),
        ({"evaluate_every": None}, "evaluate_every 8 then"),
        ({"weight_decay": 0}, "weight_decay"),
        ({"warm_up": 0}, "warm_up"),
        ({"final_fraction": 1}, "final_fraction"),
        ({"vocabulary": "abcdefghj"}, "another vocabulary"),
        ({"vocabulary": None}, "another vocabulary"),
        ({"held_out": HELD_OUT[1:]}, "another held-out text"),
        ({"held_out": None}, "another held-out text"),
        ({"model": CharLSTM(9, 6, 7, 2, 0.3)}, "hidden_size 8 then, 7 now"),
        ({"model": CharLSTM(9, 6, 8, 1, 0.3)}, "num_layers 2 then, 1 now"),
        ({"model": CharLSTM(9, 6, 8, 2, 0.2)}, "dropout 0.3 then, 0.2 now"),
    ],
)
def test_another_training_is_not_gone_on_with(tmp_path, changes, word):
    trained(checkpoint=tmp_path / "x", updates=24)
    before = (tmp_path / "x").read_bytes()
    model = changes.get("model") or small_model()
    untouched = weights(model)
    with pytest.raises(train.CheckpointError) as caught:
        trained(model, checkpoint=tmp_path / "x", **{name: value for name, value in changes.items() if name != "model"})
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'x'}: another training has made it: ") and word in message
    assert "name another file" in message
    assert same(weights(model), untouched) and (tmp_path / "x").read_bytes() == before


def test_another_training_text_is_not_gone_on_with(tmp_path):
    trained(checkpoint=tmp_path / "x")
    other = TRAINING.clone()
    other[17] = (other[17] + 1) % 9
    with pytest.raises(train.CheckpointError, match="another training text"):
        train.fit_text(
            small_model(),
            other,
            HELD_OUT,
            vocabulary=LETTERS,
            updates=24,
            batch_size=3,
            block=10,
            evaluate_every=8,
            progress=False,
            checkpoint=tmp_path / "x",
        )


def test_every_dropout_counts(tmp_path):
    """The largest is in the card's sizes; the others change the training too."""
    trained(small_model(layers=1), checkpoint=tmp_path / "x")
    with pytest.raises(train.CheckpointError, match=r"dropout \{'lstm': 0.0, 'dropout': 0.3\} then"):
        trained(small_model(layers=1, kind=DropsTwice), checkpoint=tmp_path / "x")


class DropsTwice(CharLSTM):
    def __init__(self, *sizes, **settings):
        super().__init__(*sizes, **settings)
        self.again = nn.Dropout(0.1)


def test_what_a_kill_left_behind_is_removed_at_the_start(tmp_path):
    (tmp_path / ".x.1234.draft").write_text("half")
    trained(checkpoint=tmp_path / "x", updates=1)
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def test_a_model_alone_is_no_training(tmp_path):
    train.save(tmp_path / "x", small_model(), LETTERS)
    with pytest.raises(train.CheckpointError, match=r"holds a model but not the state.*forget_bias=None"):
        trained(checkpoint=tmp_path / "x")


def rewritten(path, change):
    tensors, card = files.read(path)
    change(tensors, card)
    files.write(path, tensors, card)


def drop(name):
    return lambda tensors, card: tensors.pop(name)


def put(name, value):
    return lambda tensors, card: tensors.update({name: value})


def card_has(**content):
    return lambda tensors, card: card.update(content)


def curve_has(**content):
    return lambda tensors, card: card["curve"].update(content)


@pytest.mark.parametrize(
    "change",
    [
        drop("model.output.bias"),
        drop("optimizer.exp_avg.output.bias"),
        drop("hidden.c"),
        drop("random.cpu"),
        drop("optimizer.step.output.bias"),
        put("more", torch.zeros(2)),
        put("model.output.bias", torch.zeros(10)),
        put("model.output.bias", torch.zeros(9, dtype=torch.float64)),
        put("hidden.h", torch.zeros(2, 4, 8)),
        put("model.output.bias", torch.full((9,), math.nan)),
        put("hidden.h", torch.full((2, 3, 8), math.inf)),
        put("random.cpu", torch.full((5056,), 255, dtype=torch.uint8)),
        put("random.cpu", torch.zeros(3).byte()),
        card_has(step=23),
        card_has(step=-1),
        card_has(step="24"),
        card_has(step=24.0),
        card_has(step=True),
        card_has(step=None),
        card_has(step=10**9),
        card_has(curve=None),
        card_has(curve=[]),
        card_has(settings=None),
        card_has(data=None),
        card_has(model=None),
        card_has(versions=None),
        card_has(kind=5),
        card_has(format=None),
        curve_has(loss=[1.0]),
        curve_has(loss="x" * 24),
        curve_has(loss=[None] * 24),
        curve_has(loss=[1] * 24),
        curve_has(held_out_update=[8]),
        curve_has(held_out_update=[8, 8, 24]),
        curve_has(held_out_update=[8, 16, 25]),
        curve_has(held_out_update=[0, 16, 24]),
        curve_has(held_out_loss=["a"] * 3),
        curve_has(held_out_loss=None),
    ],
)
def test_a_checkpoint_that_was_tampered_with_is_refused(tmp_path, change):
    path = tmp_path / "x"
    trained(checkpoint=path)
    rewritten(path, change)
    model = small_model()
    before, state = weights(model), torch.get_rng_state()
    with pytest.raises(train.CheckpointError, match=f"^{path}: ") as caught:
        trained(model, checkpoint=path)
    assert str(caught.value).count(". ") >= 1
    assert same(weights(model), before) and torch.equal(torch.get_rng_state(), state)


def test_another_version_goes_on_with_a_warning(tmp_path):
    path = tmp_path / "x"
    trained(checkpoint=path)
    rewritten(path, lambda tensors, card: card["versions"].update(torch="1.0.0"))
    with pytest.warns(RuntimeWarning, match=r"written with .*1\.0\.0.*not bit for bit"):
        trained(checkpoint=path)


# --- a training that diverges ----------------------------------------------------------------------------------------


class Poisoned(CharLSTM):
    """Gives a loss that is not a number at one pass, or a gradient that is none."""

    at, passes, only_gradient = None, 0, False

    def forward(self, x, hidden):
        logits, hidden = super().forward(x, hidden)
        self.passes += self.training
        if self.training and self.passes == self.at:
            if self.only_gradient:
                logits.register_hook(lambda gradient: gradient * math.nan)
            else:
                logits = logits * math.nan
        return logits, hidden


@pytest.mark.parametrize(
    ("only_gradient", "at", "said", "kept"),
    [
        (False, 12, "At update 12 the loss is nan", 10),
        (True, 12, "At update 13 the loss is nan", 10),
        (True, 10, "After update 10 .* is not finite", 5),
        (True, 24, "update 24 ", 20),
    ],
)
def test_a_training_that_diverges_keeps_its_last_good_checkpoint(tmp_path, only_gradient, at, said, kept):
    model = small_model(kind=Poisoned)
    model.at, model.only_gradient = at, only_gradient
    with pytest.raises(FloatingPointError, match=f"{said}.*lower the learning rate, now 0.008.*keeps update {kept},"):
        trained(model, checkpoint=tmp_path / "x", held_out=None if at == 10 else HELD_OUT)
    found, card = train.load(tmp_path / "x")
    assert card["step"] == kept
    assert all(torch.isfinite(tensor).all() for tensor in found.values())


def test_a_training_that_diverges_at_the_end_says_so_without_checkpoint_and_held_out_text():
    model = small_model(kind=Poisoned)
    model.at, model.only_gradient = 24, True
    with pytest.raises(FloatingPointError, match=r"After update 24 .* is not finite"):
        trained(model, held_out=None)


def test_losses_that_are_read_later_are_told_at_their_update(tmp_path, monkeypatch):
    """On a GPU the losses are read many at a time."""
    _, record = trained(checkpoint=tmp_path / "one")
    monkeypatch.setattr(run.Run, "read_at_once", property(lambda _: 7, lambda *_: None), raising=False)
    assert trained(checkpoint=tmp_path / "many")[1] == record
    model = small_model(kind=Poisoned)
    model.at = 4
    with pytest.raises(FloatingPointError, match="At update 4 the loss is nan"):
        trained(model)


def test_weights_that_are_no_numbers_at_the_start():
    model = small_model()
    with torch.no_grad():
        model.output.bias[0] = math.nan
    with pytest.raises(ValueError, match=r"output\.bias is not finite before the first update"):
        trained(model)


def test_a_checkpoint_mends_a_model_that_has_diverged(tmp_path):
    whole, record = trained(checkpoint=tmp_path / "x")
    model = small_model()
    with torch.no_grad():
        model.output.bias[0] = math.nan
    assert trained(model, checkpoint=tmp_path / "x")[1] == record
    assert same(weights(model), weights(whole))


# --- arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"updates": 0},
        {"updates": 2.5},
        {"batch_size": 0},
        {"batch_size": True},
        {"block": -1},
        {"learning_rate": 0},
        {"learning_rate": math.nan},
        {"learning_rate": "high"},
        {"warm_up": -0.1},
        {"warm_up": 1},
        {"warm_up": 1.5},
        {"final_fraction": -1},
        {"final_fraction": 2},
        {"schedule": "cos"},
        {"schedule": None},
        {"weight_decay": -1},
        {"weight_decay": math.inf},
        {"clip": 0},
        {"clip": -1},
        {"clip": math.inf},
        {"forget_bias": math.nan},
        {"forget_bias": "1"},
        {"forget_bias": True},
        {"seed": -1},
        {"seed": 1.0},
        {"seed": 2**64},
        {"evaluate_every": 0},
        {"checkpoint_every": 0},
        {"checkpoint": True},
        {"checkpoint": 3},
    ],
)
def test_settings_that_cannot_be(changes):
    ((name, value),) = changes.items()
    model = small_model()
    before = weights(model)
    with pytest.raises(ValueError, match=f"^{name} is {value!r}; expected"):
        trained(model, **changes)
    assert same(weights(model), before)


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([1, 2, 3], "list"),
        (IDS.float(), "float32"),
        (IDS.view(7, 100), r"\(7, 100\)"),
        (IDS[:1], "1 characters"),
        (IDS - 1, "-1 to 7"),
        (IDS + 1, "1 to 9; expected 0 to 8"),
        (IDS[:29], "at least 30"),
        (None, "NoneType"),
    ],
)
def test_texts_that_cannot_be(ids, words):
    with pytest.raises(ValueError, match=words):
        train.fit_text(small_model(), ids, HELD_OUT, batch_size=3, block=10, progress=False)
    if words != "at least 30" and ids is not None:
        with pytest.raises(ValueError, match=words):
            train.fit_text(small_model(), TRAINING, ids, batch_size=3, block=10, progress=False)
        with pytest.raises(ValueError, match=words):
            train.held_out_loss(small_model(), ids)


def test_other_arguments_that_cannot_be():
    with pytest.raises(ValueError, match="vocabulary has 3 characters and the model's embedding has 9"):
        trained(vocabulary="abc")
    with pytest.raises(ValueError, match="block is 0"):
        train.held_out_loss(small_model(), HELD_OUT, 0)
    with pytest.raises(ValueError, match="has no weights to train"):
        trained(nn.Identity(), vocabulary=None)
    assert trained(vocabulary=Vocabulary(LETTERS))[1] == trained()[1]


class LogitsOnly(CharLSTM):
    def forward(self, x, hidden):
        return super().forward(x, hidden)[0]


class LastOnly(CharLSTM):
    def forward(self, x, hidden):
        logits, hidden = super().forward(x, hidden)
        return logits[:, -1], hidden


class TimeFirst(CharLSTM):
    def forward(self, x, hidden):
        logits, hidden = super().forward(x, hidden)
        return logits.transpose(0, 1), hidden


class OneState(CharLSTM):
    def init_hidden(self, batch_size):
        return super().init_hidden(batch_size)[0]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (LogitsOnly, "forward gave Tensor; expected the pair"),
        (LastOnly, r"shape \(3, 9\); expected \(3, 10, V\)"),
        (TimeFirst, r"shape \(10, 3, 9\); expected \(3, 10, V\).*batch_first"),
        (OneState, "init_hidden gave a state of Tensor; expected the pair"),
    ],
)
def test_models_with_another_interface(kind, words):
    with pytest.raises(ValueError, match=words):
        trained(small_model(kind=kind))


# --- what is seen meanwhile ------------------------------------------------------------------------------------------


@pytest.fixture
def bars(monkeypatch):
    """Bars as they are where the environment does not hide them; the tests may run where it does."""
    monkeypatch.setattr(progress, "tqdm", functools.partial(progress.tqdm, disable=False))
    monkeypatch.setattr(progress, "SECONDS_APART", 0)


def test_the_bar_shows_loss_characters_per_second_and_time_left(capsys, bars):
    trained(progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    last = err.split("\r")[-1]
    assert "100%" in last and "720/720" in last and "characters/s" in last
    assert "loss=2." in last and "held_out=2." in last
    assert "<" in last, "time passed, time left"


def test_the_bar_can_be_left_out(capsys, bars):
    trained(progress=False)
    assert capsys.readouterr() == ("", "")


def test_the_environment_leaves_the_bar_out():
    """The variable is read when tqdm is loaded, so this is another process."""
    code = (
        "import torch\nfrom course_utils import train\nfrom tests.char_lstm import CharLSTM\n"
        "train.fit_text(CharLSTM(9, 2, 2, 1), torch.arange(9).repeat(9), updates=2, batch_size=2, block=4)"
    )
    environment = os.environ | {"TQDM_DISABLE": "1", "PYTHONPATH": PATHS, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_training_that_goes_on_shows_where_it_is(tmp_path, capsys, bars):
    model = small_model(kind=Breaks)
    model.breaks_at = 13
    with pytest.raises(Broken):
        trained(model, checkpoint=tmp_path / "x")
    capsys.readouterr()
    trained(checkpoint=tmp_path / "x", progress=True)
    assert "300/720" in capsys.readouterr().err.split("\r")[1]


@pytest.fixture
def notebook(monkeypatch):
    """A stand-in for a notebook, which keeps what is shown in it."""
    shown = []

    class Handle:
        def update(self, content, raw):
            shown.append(("update", content))

    def display(content, raw, display_id):
        assert raw and display_id is True
        shown.append(("display", content))
        return Handle()

    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=1))
    monkeypatch.setattr("IPython.display.display", display)
    return shown


def test_the_live_curve_is_one_figure_drawn_anew(notebook, monkeypatch):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    monkeypatch.setattr(progress, "SECONDS_APART", 0.0)
    monkeypatch.setattr(progress, "SHARE_OF_TIME", math.inf)
    trained(live=True)
    kinds = [kind for kind, _ in notebook]
    assert kinds == ["display"] + ["update"] * 24
    pictures = [content["image/png"] for _, content in notebook]
    assert all(picture.startswith("iVBORw0KGgo") for picture in pictures) and len(set(pictures)) > 20
    assert {content["text/plain"] for _, content in notebook} == {"The loss of the training so far."}
    assert plt.get_fignums() == before


def test_drawing_takes_little_of_the_time(notebook, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_APART", 0.0)
    monkeypatch.setattr(progress, "SHARE_OF_TIME", 1e-9)
    trained(live=True)
    assert len(notebook) == 2, "the first update, then long nothing, and the end"


def test_outside_of_a_notebook_nothing_is_drawn(monkeypatch):
    import IPython

    monkeypatch.setattr("IPython.display.display", lambda *_, **__: pytest.fail("drawn"))
    trained(live=True)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace())
    trained(live=True)
