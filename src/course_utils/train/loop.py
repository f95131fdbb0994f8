"""The one small training loop of chapters 7 and 8: Adam, clipping, seeds, held-out sequences, a record of the curve."""

import contextlib
import copy
import math
import random
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from course_utils import expect
from course_utils.sequences import FixedData
from course_utils.train import progress as progress_bar

__all__ = ["Curve", "fit", "score", "seeded"]

# Each purpose has a stream of seeds of its own, so that no update trains on what is held out or scored.
_BATCHES, _HELD_OUT, _MODEL, _SCORED = range(4)
_SCORED_AT_ONCE = 500


@dataclass(frozen=True)
class Curve:
    """What a call of `fit` recorded, in plain Python numbers.

    Attributes
    ----------
    update : tuple of int
        1, 2, …, one for each update made.
    loss : tuple of float
        The loss of each update's batch, before the update.
    gradient_norm : tuple of float
        The Euclidean length of the whole gradient at each update, before clipping.
    held_out_update : tuple of int
        The number of updates made at each evaluation.
    held_out_score : tuple of float
        The score on the held-out sequences there. Empty, like `held_out_update`, if none were held out.
    stopped_at : int
        The number of updates made. Less than `updates` if patience ran out.
    """

    update: tuple
    loss: tuple
    gradient_norm: tuple
    held_out_update: tuple
    held_out_score: tuple
    stopped_at: int


def seeded(seed, make):
    """Make a model under a seed of its own.

    Parameters
    ----------
    seed : int
        From 0 to 2⁶⁴ − 1.
    make : callable
        Without arguments, for example ``lambda: MyLSTM(task.input_size, 31, task.output_size)``.

    Returns
    -------
    object
        What `make` returned. The random generators of PyTorch, NumPy and Python stand afterwards where they stood.

    Raises
    ------
    ValueError
        If the seed is not such a whole number, or `make` cannot be called.
    """
    if not callable(make):
        raise ValueError(
            f"make is {make!r}; expected a function that makes the model. Write: seeded(0, lambda: MyModel(...))."
        )
    with _own_seed(expect.seed(seed)):
        return make()


def fit(
    model,
    task,
    *,
    updates=600,
    learning_rate=1e-2,
    batch_size=32,
    clip=1.0,
    seed=0,
    decay_at=None,
    decay=0.2,
    held_out=None,
    evaluate_every=50,
    patience=None,
    progress=False,
):
    """Train a model on a task with Adam (Kingma and Ba 2015), a fresh batch at each update.

    Parameters
    ----------
    model : torch.nn.Module
        ``model(inputs)`` returns outputs of the shape that ``task.loss`` asks for. Trained in place.
    task : object
        One of `course_utils.sequences`, or anything with its `draw`, `loss`, `score` and `metric`.
    updates : int
        At least 1.
    learning_rate : float
        Above 0.
    batch_size : int
        Sequences in a batch, at least 1.
    clip : float or None
        The gradient is shortened to this Euclidean length where it is longer (Pascanu, Mikolov and Bengio 2013). None
        leaves it as it is.
    seed : int
        From 0 to 2⁶⁴ − 1. Fixes every batch, the held-out sequences and dropout. The weights at the start are
        the model's own: make it with `seeded`.
    decay_at : float or None
        Between 0 and 1. After this share of the updates the learning rate is multiplied by `decay`, once.
    decay : float
        Above 0.
    held_out : int, pair of Tensor, or None
        How many sequences to hold out, drawn once and never trained on, or inputs and targets of your own. Wrapped data
        (`FixedData`) need your own, because a draw from them repeats what the model trains on.
    evaluate_every : int
        Updates between two evaluations, at least 1. The last update is always evaluated.
    patience : int or None
        Stop when this many evaluations in a row have not beaten the best one. Needs `held_out`: stopping by the
        training loss would reward overfitting. The weights of the best evaluation are put back, whether it stops early
        or not.
    progress : bool
        Show a bar with the loss and the held-out score. It goes to stderr; ``TQDM_DISABLE=1`` hides it.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        If a setting is not allowed.
    FloatingPointError
        If the loss, the gradient or a weight stops being finite. The message names the update.

    Notes
    -----
    The same seed gives the same weights, bit for bit, on one machine with one number of threads. Another number of
    threads or another processor may add up floats in another order. Global random generators are left as they were.
    """
    _check_settings(updates, batch_size, clip, decay_at, decay, evaluate_every, patience, held_out)
    learning_rate = expect.positive("learning_rate", learning_rate, "The course uses 0.01 or less.")
    seeds = _seeds(expect.seed(seed), _BATCHES, updates)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not parameters:
        raise ValueError(
            "The model has no weight to train; expected at least one. Make its layers in __init__, and "
            "leave requires_grad on."
        )
    device = parameters[0].device
    held_out = _held_out(task, held_out, seed)
    # One kernel does all of Adam's step: on a CPU it takes less than half the time of the default, and repeats as well.
    optimizer = torch.optim.Adam(parameters, lr=learning_rate, fused=True)
    cut_at = None if decay_at is None else round(decay_at * updates)
    losses, norms, evaluated_at, scores = [], [], [], []
    best, best_weights, since_best = None, None, 0
    with (
        _own_seed(_seeds(seed, _MODEL, 1)[0], device),
        _mode(model, training=True),
        progress_bar.bar(updates, shown=progress) as bar,
    ):
        for update in range(1, updates + 1):
            if cut_at == update - 1:
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate * decay
            inputs, targets = task.draw(batch_size, seeds[update - 1])
            optimizer.zero_grad()
            loss = task.loss(model(inputs.to(device)), targets.to(device))
            loss.backward()
            norm = nn.utils.clip_grad_norm_(parameters, math.inf if clip is None else clip)
            losses.append(loss.item())
            norms.append(norm.item())
            if not (math.isfinite(losses[-1]) and math.isfinite(norms[-1])):
                raise FloatingPointError(
                    f"At update {update} the loss is {losses[-1]:g} and the gradient's length {norms[-1]:g}; expected "
                    f"finite numbers. {_advice(learning_rate, clip)}"
                )
            optimizer.step()
            if held_out is not None and (update % evaluate_every == 0 or update == updates):
                evaluated_at.append(update)
                scores.append(_score(model, task, *held_out, device))
                if best is None or _is_better(scores[-1], best, task.metric):
                    best, since_best = scores[-1], 0
                    best_weights = copy.deepcopy(model.state_dict()) if patience is not None else None
                else:
                    since_best += 1
            if progress:
                progress_bar.tell(bar, loss=losses[-1], held_out=scores[-1] if scores else None)
            bar.update()
            if patience is not None and since_best >= patience:
                break
    optimizer.zero_grad()
    if best_weights is not None:
        model.load_state_dict(best_weights)
    for name, parameter in model.named_parameters():
        if not torch.isfinite(parameter).all():
            raise FloatingPointError(
                f"After update {update} the weight {name!r} is not finite. {_advice(learning_rate, clip)}"
            )
    return Curve(tuple(range(1, update + 1)), tuple(losses), tuple(norms), tuple(evaluated_at), tuple(scores), update)


def score(model, task, count=1000, seed=0):
    """Score a model on fresh sequences.

    Parameters
    ----------
    model : torch.nn.Module
    task : object
        One of `course_utils.sequences`.
    count : int or None
        How many sequences. None takes all, for a task of `FixedData`.
    seed : int
        From 0 to 2⁶⁴ − 1. `score` and `fit` draw different sequences even where their seeds are equal.

    Returns
    -------
    float
        ``task.score``, with the model in its evaluation mode: dropout is off. Afterwards it is in the mode it was in.

    Raises
    ------
    ValueError
        If `count` or `seed` is not allowed.
    """
    inputs, targets = task.draw(count, _seeds(expect.seed(seed), _SCORED, 1)[0])
    first = next(model.parameters(), None)
    return _score(model, task, inputs, targets, torch.device("cpu") if first is None else first.device)


def _score(model, task, inputs, targets, device):
    with torch.no_grad(), _mode(model, training=False):
        outputs = torch.cat([model(part.to(device)) for part in inputs.split(_SCORED_AT_ONCE)])
    return task.score(outputs, targets.to(device))


def _is_better(score, best, metric):
    return score > best if metric == "accuracy" else score < best


def _held_out(task, held_out, seed):
    if held_out is None:
        return None
    if isinstance(held_out, tuple | list):
        if len(held_out) != 2 or not all(isinstance(part, torch.Tensor) for part in held_out):
            raise ValueError(
                "held_out is not a pair of tensors; expected (inputs, targets), or "
                "a number of sequences. Write: held_out=task.draw(500, seed)."
            )
        return held_out
    expect.whole("held_out", held_out, 1, "Say how many sequences to hold out, or leave it out.")
    if isinstance(task, FixedData):
        raise ValueError(
            f"held_out is {held_out}, but wrapped data repeat: sequences drawn to be held out would be "
            "trained on as well. Split the data, wrap one part, and hand over the other: "
            "held_out=(inputs, targets)."
        )
    return task.draw(held_out, _seeds(seed, _HELD_OUT, 1)[0])


def _check_settings(updates, batch_size, clip, decay_at, decay, evaluate_every, patience, held_out):
    expect.whole("updates", updates, 1)
    expect.whole("batch_size", batch_size, 1)
    expect.whole("evaluate_every", evaluate_every, 1)
    expect.positive("decay", decay, "The course uses 0.2: a fifth.")
    if clip is not None:
        expect.positive("clip", clip, "None leaves gradients as they are.")
    if decay_at is not None:
        expect.fraction("decay_at", decay_at, ends=False, advice="0.7 cuts the rate after 70 % of the updates.")
    if patience is not None:
        expect.whole("patience", patience, 1)
        if held_out is None:
            raise ValueError(
                f"patience is {patience}, but nothing is held out. Early stopping needs sequences that "
                "the model does not train on: say held_out=500, or leave patience out."
            )


def _advice(learning_rate, clip):
    remedy = "set clip=1.0" if clip is None else "lower clip"
    return f"Training diverged: lower the learning rate, now {learning_rate:g}, or {remedy}."


def _seeds(seed, stream, count):
    """Derive seeds from one, a different stream of them for each purpose."""
    return np.random.SeedSequence(seed, spawn_key=(stream,)).generate_state(count, np.uint64).tolist()


@contextlib.contextmanager
def _mode(model, training):
    """Put a model into training or evaluation mode for a while."""
    before = model.training
    model.train(training)
    try:
        yield
    finally:
        model.train(before)


@contextlib.contextmanager
def _own_seed(seed, device=None):
    """Seed PyTorch, NumPy and Python for a while, and put their generators back."""
    python, numpy = random.getstate(), np.random.get_state()
    on_gpu = [device] if device is not None and device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=on_gpu):
            torch.manual_seed(seed)
            np.random.seed(seed % 2**32)
            random.seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
