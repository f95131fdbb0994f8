"""Train a character model on a text: long enough to be worth interrupting, so nothing may be lost by an interrupt."""

import contextlib
import math
import numbers
import os

import torch
from torch import nn

from course_utils import expect
from course_utils.train import checkpoint as files
from course_utils.train import progress as progress_bar
from course_utils.train.evaluation import device_of, mean_loss, mode
from course_utils.train.interrupts import Interrupts
from course_utils.train.run import Record, Run

__all__ = ["Record", "fit_text", "held_out_loss"]

SCHEDULES = ("cosine", "linear")


def fit_text(
    model,
    training_ids,
    held_out_ids=None,
    *,
    vocabulary=None,
    updates=2000,
    batch_size=16,
    block=64,
    learning_rate=8e-3,
    warm_up=0.1,
    final_fraction=0.02,
    schedule="cosine",
    weight_decay=0.01,
    clip=1.0,
    forget_bias=1.0,
    seed=0,
    evaluate_every=None,
    checkpoint=None,
    checkpoint_every=200,
    progress=True,
    live=False,
):
    """Train a character model with AdamW (Loshchilov and Hutter 2019) and truncated backpropagation through time.

    The state at the end of a block is the state at the start of the next one, without its gradient. It starts from
    zero with each epoch.

    Parameters
    ----------
    model : torch.nn.Module
        A CharLSTM: ``model(x, hidden)`` returns logits (B, T, V) and the state, ``model.init_hidden(B)`` the state to
        begin with, a pair of tensors. Trained in place, on the device it is on.
    training_ids, held_out_ids : torch.Tensor, int64, shape (characters,)
        As `text.split` returns them. Without `held_out_ids` nothing is evaluated.
    vocabulary : text.Vocabulary, str or None
        Kept in the checkpoint, so that whoever reads it knows the characters.
    updates : int
        At least 1.
    batch_size, block : int
        Rows, and characters of a row in one update.
    learning_rate : float
        The largest, reached at the end of the warm-up.
    warm_up : float
        The fraction of the updates in which the learning rate rises in a straight line.
    final_fraction : float
        Of `learning_rate`: what it falls to at the end.
    schedule : str
        ``"cosine"`` falls along half a cosine (Loshchilov and Hutter 2017), ``"linear"`` along a straight line.
    weight_decay : float
        For matrices. Biases do not decay.
    clip : float or None
        The gradient is shortened to this Euclidean length where it is longer (Pascanu, Mikolov and Bengio 2013).
    forget_bias : float or None
        Every forget gate of an `nn.LSTM` or `nn.LSTMCell` starts with this bias. None leaves biases as they are: for a
        model that you trained before.
    seed : int
        From 0 to 2⁶⁴ − 1. Fixes the order of the text and dropout. The weights at the start are the model's own.
    evaluate_every : int or None
        Updates between two evaluations of the held-out text. The last update is always evaluated; None does no more.
    checkpoint : str, path or None
        A file. If it is there, the training goes on from it and ends as if it had never stopped: bit for bit on a CPU
        with the same version of PyTorch and number of threads. If it is not, it is written: at the start, every
        `checkpoint_every` updates, at an interrupt and at the end. `load` reads it like any other. One training at a
        time may use it.
    checkpoint_every : int
        At least 1.
    progress : bool
        Show a bar with the loss, characters per second and the time left. It goes to stderr; ``TQDM_DISABLE=1`` hides
        it.
    live : bool
        In a notebook, draw the curve while it grows.

    Returns
    -------
    Record

    Raises
    ------
    ValueError
        If a setting is not allowed, or an id has no place in the model.
    CheckpointError
        If there is a checkpoint that cannot be read, or that other settings, another text or another model have made;
        or if none can be written at the start. If writing fails later, as on a full disk, a warning says so and the
        training goes on.
    FloatingPointError
        If the loss or a weight stops being finite. The message names the update. The checkpoint keeps the last state
        that was written, and all of it is finite.
    KeyboardInterrupt
        If you interrupt. The update at hand is finished first, then the checkpoint is written. The message says how to
        go on.

    Notes
    -----
    Global random generators and the model's mode, training or evaluation, are left as they were.
    """
    settings = _settings(
        updates=updates,
        batch_size=batch_size,
        block=block,
        learning_rate=learning_rate,
        warm_up=warm_up,
        final_fraction=final_fraction,
        schedule=schedule,
        weight_decay=weight_decay,
        clip=clip,
        forget_bias=forget_bias,
        seed=seed,
        evaluate_every=evaluate_every,
    )
    expect.whole("checkpoint_every", checkpoint_every, 1)
    if checkpoint is not None and not isinstance(checkpoint, str | os.PathLike):
        raise ValueError(f"checkpoint is {checkpoint!r}; expected the name of a file, such as 'training.safetensors'.")
    _check_ids(model, vocabulary, training_ids=training_ids, held_out_ids=held_out_ids)
    device = device_of(model)
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=[device] if device.type == "cuda" else []))
        stack.enter_context(mode(model, training=True))
        interrupts = stack.enter_context(Interrupts())
        torch.manual_seed(settings["seed"])
        run = Run(model, training_ids, held_out_ids, vocabulary, settings, checkpoint)
        run.begin()
        bar = stack.enter_context(progress_bar.characters_bar(run.step, run.updates, run.characters_each, progress))
        curve = progress_bar.LiveCurve(live, run.record)
        try:
            while True:
                if run.evaluation_due():
                    loss = run.evaluation()
                    with interrupts.held_back():
                        run.note(loss)
                if run.step == run.updates:
                    break
                with interrupts.held_back():
                    run.update()
                    bar.update(run.characters_each)
                    if run.step % checkpoint_every == 0:
                        run.save_or_warn()
                if not bar.disable:
                    progress_bar.tell(bar, **run.latest())
                curve.grow()
        except KeyboardInterrupt:
            interrupts.ignore_more()
            raise KeyboardInterrupt(run.farewell()) from None
        with interrupts.held_back():
            run.end()
        curve.draw()
    return run.record()


def held_out_loss(model, ids, block=None):
    """Return the loss over a whole text, in nats per character.

    Parameters
    ----------
    model : torch.nn.Module
        A CharLSTM, as for `fit_text`. It is left as it was.
    ids : torch.Tensor, int64, shape (characters,)
        At least two: each but the first is predicted from those before it.
    block : int or None
        None carries the state from the first character to the last. Otherwise the text is cut into blocks of this
        length and the state starts from zero in each: what a model comes to that sees so many characters at most.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `ids` is no such tensor, an id has no place in the model, or `block` is no whole number of at least 1.
    """
    if block is not None:
        expect.whole("block", block, 1, "None carries the state through the whole text.")
    _check_ids(model, None, ids=ids)
    return mean_loss(model, ids, block)


def _settings(**given):
    """Return the settings that decide what the training does, each checked, as the card keeps them."""
    whole = {"updates": 1, "batch_size": 1, "block": 1}
    checked = {name: expect.whole(name, given[name], least) for name, least in whole.items()}
    checked["learning_rate"] = expect.positive("learning_rate", given["learning_rate"], "The course uses 0.01 or less.")
    checked["warm_up"] = expect.fraction("warm_up", given["warm_up"], ends=True)
    if checked["warm_up"] == 1:
        raise ValueError("warm_up is 1; expected less, for the learning rate has to fall again. The course uses 0.1.")
    checked["final_fraction"] = expect.fraction("final_fraction", given["final_fraction"], ends=True)
    if given["schedule"] not in SCHEDULES:
        raise ValueError(f"schedule is {given['schedule']!r}; expected one of {SCHEDULES}.")
    checked["schedule"] = given["schedule"]
    decay = given["weight_decay"]
    checked["weight_decay"] = 0.0 if decay == 0 else expect.positive("weight_decay", decay, "0 leaves it out.")
    checked["clip"] = None if given["clip"] is None else expect.positive("clip", given["clip"], "None leaves it out.")
    checked["forget_bias"] = bias = given["forget_bias"]
    if bias is not None:
        if not isinstance(bias, numbers.Real) or isinstance(bias, bool) or not math.isfinite(bias):
            raise ValueError(f"forget_bias is {bias!r}; expected a finite number. None leaves biases as they are.")
        checked["forget_bias"] = float(bias)
    checked["seed"] = expect.seed(given["seed"])
    every = given["evaluate_every"]
    checked["evaluate_every"] = None if every is None else expect.whole("evaluate_every", every, 1)
    return checked


def _check_ids(model, vocabulary, **texts):
    """Check that texts are rows of ids that the model has a place for: on a GPU a wrong one ends the whole process."""
    places = [layer.num_embeddings for layer in model.modules() if isinstance(layer, nn.Embedding)]
    if vocabulary is not None and len(places) == 1 and (known := len(files.characters(vocabulary))) != places[0]:
        raise ValueError(
            f"The vocabulary has {known} characters and the model's embedding has {places[0]}; expected "
            "as many. Make the model with vocab_size=len(vocabulary)."
        )
    for name, ids in texts.items():
        if name == "held_out_ids" and ids is None:
            continue
        if not isinstance(ids, torch.Tensor) or ids.dtype != torch.int64 or ids.ndim != 1:
            given = f"a tensor {tuple(ids.shape)} of {ids.dtype}" if isinstance(ids, torch.Tensor) else repr(type(ids))
            raise ValueError(f"{name} is {given}; expected one row of int64, as Vocabulary.encode returns it.")
        if len(ids) < 2:
            raise ValueError(f"{name} has {len(ids)} characters; expected at least 2: one to read and one to predict.")
        least, most = ids.min().item(), ids.max().item()
        if least < 0 or (places and most >= min(places)):
            limit = f"{min(places) - 1}, the last that the model's embedding has" if places else "more"
            raise ValueError(
                f"{name} runs from {least} to {most}; expected 0 to {limit}. Encode the text with the "
                "vocabulary the model was made for."
            )
