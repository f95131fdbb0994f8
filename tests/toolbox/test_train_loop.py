"""The training loop against the same steps written out, seeds bit for bit, and each way to stop."""

import dataclasses
import hashlib
import inspect
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_utils import optimize, train
from course_utils.sequences import Adding, Agreement, FixedData, FlipFlop, Recall

ROOT = Path(__file__).parents[2]


class Net(nn.Module):
    """A recurrent network that answers at the end."""

    def __init__(self, task, units=6, dropout=0.0):
        super().__init__()
        self.cell = nn.LSTM(task.input_size, units, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.read = nn.Linear(units, task.output_size)

    def forward(self, inputs):
        inputs = inputs.to(self.read.weight.dtype)
        return self.read(self.drop(self.cell(inputs)[0][:, -1]))


class Spy:
    """A task that keeps what was drawn from it."""

    def __init__(self, task):
        self.task, self.drawn = task, []

    def draw(self, count, seed):
        self.drawn.append(self.task.draw(count, seed))
        return self.drawn[-1]

    def __getattr__(self, name):
        return getattr(self.task, name)


class Scripted(nn.Module):
    """One weight w, pulled down by 1 at each update, and a task that says what it likes."""

    def __init__(self, weight=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([weight]))
        self.updates = 0

    def forward(self, inputs):
        self.updates += self.training
        return self.weight.expand(len(inputs), 1)


class Script:
    """A task with a score for each evaluation, and with a loss of your own."""

    metric = "accuracy"

    def __init__(self, scores=(), loss=lambda outputs, update: outputs.mean(), metric="accuracy"):
        self.scores, self.of, self.metric, self.losses = list(scores), loss, metric, 0

    def draw(self, count, seed):
        return torch.zeros(count, 1, 1), torch.zeros(count)

    def loss(self, outputs, targets):
        self.losses += 1
        return self.of(outputs, self.losses)

    def score(self, outputs, targets):
        return self.scores.pop(0)


TASK = Recall(4, symbols=3, distractors=2)


def make(seed=0, **settings):
    return train.seeded(seed, lambda: Net(TASK, **settings))


def weights(model):
    return [parameter.detach().clone() for parameter in model.parameters()]


def digest(tensors):
    return hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in tensors)).hexdigest()


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


# --- the steps themselves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clip", [0.3, None])
@pytest.mark.parametrize("decay_at", [None, 0.7])
def test_every_update_is_clipping_and_adam_written_out(clip, decay_at):
    spy, model, updates = Spy(TASK), make().double(), 30
    copy = make().double()
    curve = train.fit(
        model, spy, updates=updates, learning_rate=0.05, batch_size=8, clip=clip, seed=4, decay_at=decay_at, decay=0.1
    )
    assert len(spy.drawn) == updates
    theta, state, losses, norms = nn.utils.parameters_to_vector(copy.parameters()).detach().numpy(), None, [], []
    for update, (inputs, targets) in enumerate(spy.drawn):
        assert inputs.shape == (8, 5, 5)
        nn.utils.vector_to_parameters(torch.from_numpy(theta), copy.parameters())
        loss = nn.functional.cross_entropy(copy(inputs), targets)
        gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(copy.parameters()))]).numpy()
        losses.append(loss.item())
        norms.append(math.sqrt(math.fsum(g * g for g in gradient)))
        if clip is not None:
            gradient = gradient * min(1, clip / (norms[-1] + 1e-6))
        rate = 0.05 * (0.1 if decay_at and update >= 21 else 1)
        theta, state = optimize.adam(theta, gradient, state, learning_rate=rate)
    np.testing.assert_allclose(curve.loss, losses, rtol=1e-9)
    np.testing.assert_allclose(curve.gradient_norm, norms, rtol=1e-7)
    assert clip is None or min(norms) < clip < max(norms), "clipping must act on some updates and not on others"
    trained = nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    np.testing.assert_allclose(trained, theta, rtol=0, atol=1e-9)


def test_each_batch_is_fresh():
    spy = Spy(FlipFlop(30))
    train.fit(train.seeded(0, lambda: Net(spy)), spy, updates=20, batch_size=4)
    assert len({inputs.numpy().tobytes() for inputs, _ in spy.drawn}) == 20


def test_frozen_weights_stay():
    model = make()
    model.cell.weight_hh_l0.requires_grad_(False)
    before = model.cell.weight_hh_l0.clone(), model.cell.weight_ih_l0.detach().clone()
    train.fit(model, TASK, updates=3)
    assert torch.equal(model.cell.weight_hh_l0, before[0]) and not torch.equal(model.cell.weight_ih_l0, before[1])


def test_no_gradient_is_left_behind():
    model = make()
    train.fit(model, TASK, updates=2)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(("task", "better"), [(TASK, lambda s: s > 0.95), (Adding(4), lambda s: s < 0.02)])
def test_it_learns_what_chance_cannot(task, better):
    model = train.seeded(1, lambda: Net(task, 12))
    assert not better(task.chance) and not better(train.score(model, task))
    train.fit(model, task, updates=400, learning_rate=2e-2, seed=1)
    assert better(train.score(model, task))


# --- the record -------------------------------------------------------------------------------------------------------


def test_the_curve_is_plain_python_and_tells_what_happened():
    curve = train.fit(make(), TASK, updates=7, held_out=10, evaluate_every=3)
    assert curve.update == (1, 2, 3, 4, 5, 6, 7) and curve.stopped_at == 7 and type(curve.stopped_at) is int
    assert curve.held_out_update == (3, 6, 7)
    for numbers in (curve.loss, curve.gradient_norm, curve.held_out_score):
        assert type(numbers) is tuple and {type(number) for number in numbers} == {float}
    assert len(curve.loss) == len(curve.gradient_norm) == 7 and len(curve.held_out_score) == 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        curve.loss = ()
    assert train.fit(make(), TASK, updates=2).held_out_score == ()


# --- seeds ------------------------------------------------------------------------------------------------------------


def trained(seed=3, updates=12, **settings):
    model = make(dropout=0.5)
    curve = train.fit(model, TASK, updates=updates, seed=seed, **settings)
    return weights(model), curve


def test_the_same_seed_gives_the_same_weights_bit_for_bit():
    first, curve = trained()
    torch.manual_seed(123), np.random.seed(5), random.seed(5), torch.rand(7)
    again, curve_again = trained()
    assert same(first, again) and curve == curve_again
    other, _ = trained(seed=4)
    assert not same(first, other)


def test_two_threads_repeat_themselves():
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert same(trained(updates=2)[0], trained(updates=2)[0])
    finally:
        torch.set_num_threads(threads)


def test_a_new_process_gives_the_same_weights():
    script = (
        "import torch; from tests.toolbox.test_train_loop import digest, trained; "
        f"torch.set_num_threads({torch.get_num_threads()}); print(digest(trained()[0]))"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == digest(trained()[0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: train.fit(make(dropout=0.5), TASK, updates=2, held_out=5),
        lambda: train.score(make(), TASK, 5),
        lambda: train.seeded(0, lambda: (Net(TASK), np.random.rand(), random.random())),
    ],
)
def test_the_global_generators_stand_where_they_stood(call):
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    call()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all() and random.getstate() == before[2]


def test_seeded_gives_the_same_model_for_the_same_seed():
    first = weights(make(5))
    torch.rand(3)
    assert same(first, weights(make(5))) and not same(first, weights(make(6)))
    draws = [train.seeded(seed, lambda: (np.random.rand(), random.random())) for seed in (5, 5, 6)]
    assert draws[0] == draws[1] and draws[0][0] != draws[2][0] and draws[0][1] != draws[2][1]


def test_an_error_puts_generators_and_mode_back():
    before, model = torch.get_rng_state(), Scripted().eval()
    broken = Script(loss=lambda outputs, update: outputs.mean() * (math.nan if update == 3 else 1))
    with pytest.raises(FloatingPointError):
        train.fit(model, broken, updates=5)
    assert torch.equal(torch.get_rng_state(), before) and not model.training
    with pytest.raises(RuntimeError, match="own"):
        train.seeded(0, lambda: (_ for _ in ()).throw(RuntimeError("own")))
    assert torch.equal(torch.get_rng_state(), before)


# --- held-out sequences and stopping ----------------------------------------------------------------------------------


def test_what_is_held_out_is_never_trained_on_and_stays_the_same():
    spy = Spy(FlipFlop(30))
    train.fit(train.seeded(0, lambda: Net(spy)), spy, updates=10, batch_size=16, held_out=64, evaluate_every=2)
    assert len(spy.drawn) == 11
    held_out, *batches = ({row.numpy().tobytes() for row in inputs} for inputs, _ in spy.drawn)
    assert len(held_out) == 64 and all(held_out.isdisjoint(batch) for batch in batches)


@pytest.mark.parametrize("evaluate_every", [1, 5])
def test_looking_changes_nothing(evaluate_every):
    assert same(trained()[0], trained(held_out=20, evaluate_every=evaluate_every)[0])


def test_the_held_out_score_is_that_of_the_weights_at_that_update():
    inputs, targets = TASK.draw(40, 77)
    model, short = make(dropout=0.5), make(dropout=0.5)
    curve = train.fit(model, TASK, updates=12, held_out=(inputs, targets), evaluate_every=5)
    train.fit(short, TASK, updates=5)
    for net, score in ((model, curve.held_out_score[2]), (short, curve.held_out_score[0])):
        with torch.no_grad():
            assert TASK.score(net.eval()(inputs), targets) == score


@pytest.mark.parametrize(("metric", "sign"), [("accuracy", 1), ("mse", -1)])
def test_patience_stops_and_puts_the_best_weights_back(metric, sign):
    scores = [sign * value for value in (1, 3, 3, 2, 4, 3, 4, 9)]
    model = Scripted()
    curve = train.fit(
        model, Script(scores, metric=metric), updates=40, learning_rate=1.0, held_out=2, evaluate_every=3, patience=2
    )
    # Evaluations 3 and 4 do not beat evaluation 2, made after 6 updates.
    assert curve.held_out_score == tuple(scores[:4]) and curve.stopped_at == 12 == len(curve.loss) == model.updates
    assert model.weight.item() == pytest.approx(-6, abs=1e-3), "Adam moves the weight by 1 at each of 6 updates"
    model = Scripted()
    curve = train.fit(
        model, Script(scores, metric=metric), updates=24, learning_rate=1.0, held_out=2, evaluate_every=3, patience=3
    )
    # With more patience evaluation 5 comes in time, 6 and 7 do not beat it, and 8, the last, does.
    assert curve.stopped_at == 24 and model.weight.item() == pytest.approx(-24, abs=1e-3)


def test_the_best_weights_come_back_even_if_patience_lasts():
    model = Scripted()
    curve = train.fit(model, Script([5, 1, 1]), updates=6, learning_rate=1.0, held_out=2, evaluate_every=2, patience=9)
    assert curve.stopped_at == 6 and model.weight.item() == pytest.approx(-2, abs=1e-3)


def test_without_patience_the_last_weights_stay():
    model = Scripted()
    curve = train.fit(model, Script([5, 1, 1]), updates=6, learning_rate=1.0, held_out=2, evaluate_every=2)
    assert curve.stopped_at == 6 and model.weight.item() == pytest.approx(-6, abs=1e-3)


# --- divergence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda outputs, update: outputs.mean() * (math.nan if update == 3 else 1), "At update 3 the loss is nan"),
        (lambda outputs, update: outputs.mean() + (math.inf if update == 2 else 0), "At update 2 the loss is inf"),
        (
            lambda outputs, update: (outputs.mean() * 0).sqrt() if update == 4 else outputs.mean(),
            "At update 4 the loss is (-?0) and the gradient's length nan",
        ),
    ],
)
@pytest.mark.parametrize("clip", [1.0, None])
def test_divergence_is_named_with_its_update_and_advice(loss, message, clip):
    advice = "lower the learning rate, now 0.25, or " + ("set clip=1.0" if clip is None else "lower clip")
    with pytest.raises(FloatingPointError, match=message) as error:
        train.fit(Scripted(), Script(loss=loss), updates=6, learning_rate=0.25, clip=clip)
    assert advice in str(error.value)


def test_a_last_step_out_of_range_is_named():
    with pytest.raises(FloatingPointError, match="After update 1 the weight 'weight' is not finite"):
        train.fit(Scripted(-3e38), Script(loss=lambda outputs, update: outputs[0, 0]), updates=1, learning_rate=3e38)


# --- score ------------------------------------------------------------------------------------------------------------


def test_score_is_that_of_the_whole_without_dropout():
    model = make(dropout=0.5)
    spy = Spy(TASK)
    score = train.score(model, spy, 1234, seed=2)
    ((inputs, targets),) = spy.drawn
    assert len(inputs) == 1234 and model.training and all(p.grad is None for p in model.parameters())
    with torch.no_grad():
        assert score == TASK.score(model.eval()(inputs), targets)
    train.score(model, TASK, 5)
    assert not model.training


def test_score_and_fit_draw_different_sequences():
    spy = Spy(FlipFlop(30))
    model = train.seeded(0, lambda: Net(spy))
    train.fit(model, spy, updates=1, batch_size=16, held_out=16, seed=3)
    train.score(model, spy, 16, seed=3)
    train.score(model, spy, 16, seed=4)
    assert len({inputs.numpy().tobytes() for inputs, _ in spy.drawn}) == 4


def test_wrapped_data_are_scored_whole():
    task = FixedData(np.random.default_rng(0).normal(size=(7, 3, 5)), [0, 1, 2, 0, 1, 2, 2])
    model = make()
    with torch.no_grad():
        expected = task.score(model(task.inputs), task.targets)
    assert train.score(model, task, None) == expected


# --- the bar ----------------------------------------------------------------------------------------------------------

BAR = """
from tests.toolbox.test_train_loop import make, TASK, train
train.fit(make(), TASK, updates=30, held_out=20, evaluate_every=10, progress=True)
"""


@pytest.mark.parametrize("disabled", [False, True])
def test_the_bar_goes_to_stderr_and_the_environment_hides_it(disabled):
    environment = {name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"}
    if disabled:
        environment["TQDM_DISABLE"] = "1"
    run = subprocess.run(
        [sys.executable, "-c", BAR], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == ""
    assert run.stderr == "" if disabled else all(part in run.stderr for part in ("30/30", "loss=", "held_out="))


def test_without_being_asked_there_is_no_bar(capfd):
    train.fit(make(), TASK, updates=2)
    assert capfd.readouterr() == ("", "")


# --- settings that are refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"updates": 0}, "updates is 0; expected a whole number of at least 1"),
        ({"updates": 2.5}, "updates is 2.5"),
        ({"learning_rate": 0}, "learning_rate is 0; expected a finite number above 0"),
        ({"learning_rate": math.inf}, "learning_rate is inf"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"clip": 0}, "clip is 0; .*None leaves gradients as they are"),
        ({"seed": -1}, "seed is -1"),
        ({"decay_at": 1}, "decay_at is 1; expected a number between 0 and 1"),
        ({"decay_at": 70}, "decay_at is 70"),
        ({"decay": -0.2}, "decay is -0.2"),
        ({"evaluate_every": 0}, "evaluate_every is 0"),
        ({"held_out": 0}, "held_out is 0"),
        ({"held_out": (1, 2, 3)}, "held_out is not a pair of tensors"),
        ({"patience": 2}, "patience is 2, but nothing is held out"),
        ({"patience": 0, "held_out": 5}, "patience is 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    model = make()
    before = weights(model)
    with pytest.raises(ValueError, match=message):
        train.fit(model, TASK, **settings)
    assert same(before, weights(model))


def test_wrapped_data_need_held_out_data_of_their_own():
    task = FixedData(np.zeros((7, 3, 5)), [0, 1, 2, 0, 1, 2, 2])
    with pytest.raises(ValueError, match=r"wrapped data repeat.*held_out=\(inputs, targets\)"):
        train.fit(make(), task, updates=2, held_out=3)
    assert len(train.fit(make(), task, updates=2, held_out=task.draw(None, 0)).held_out_score) == 1


def test_a_model_without_weights_is_refused():
    with pytest.raises(ValueError, match="no weight to train"):
        train.fit(nn.Identity(), TASK)


@pytest.mark.parametrize(
    ("seed", "maker", "message"),
    [(0, "LSTM", "make is 'LSTM'; expected a function that makes the model"), (-1, make, "seed is -1")],
)
def test_seeded_refuses_what_makes_no_model(seed, maker, message):
    with pytest.raises(ValueError, match=message):
        train.seeded(seed, maker)


def test_a_model_of_the_wrong_output_shape_is_told_what_to_return():
    task = Agreement(0)
    with pytest.raises(ValueError, match=r"outputs have shape \(32, 2, 2\); expected \(32, 2\) .*one output vector"):
        train.fit(nn.Linear(task.input_size, 2), task)


@pytest.mark.parametrize(
    "function, expected",
    [
        (train.fit, {"updates": 600, "learning_rate": 1e-2, "batch_size": 32, "clip": 1.0, "seed": 0, "decay": 0.2}),
        (
            train.fit_text,
            {
                "learning_rate": 8e-3,
                "clip": 1.0,
                "weight_decay": 0.01,
                "forget_bias": 1.0,
                "warm_up": 0.1,
                "final_fraction": 0.02,
                "schedule": "cosine",
                "batch_size": 16,
                "block": 64,
                "seed": 0,
            },
        ),
    ],
)
def test_what_notebooks_leave_unset_stays_as_it_was_when_their_text_was_written(function, expected):
    defaults = {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}
    assert {name: defaults[name] for name in expected} == expected
