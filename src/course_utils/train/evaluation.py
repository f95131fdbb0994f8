"""Evaluate: a model's loss over a whole text."""

import contextlib

import torch
from torch.nn import functional

__all__ = ["device_of", "mean_loss", "mode"]

# Characters that pass through the model at once, so that memory stays small on a long text.
STRETCH, ROWS = 4096, 256


def mean_loss(model, ids, block=None):
    """Return nats per character over a whole text: `held_out_loss` without its checks."""
    ids = ids.to(device_of(model))
    inputs, targets = ids[:-1], ids[1:]
    with mode(model, training=False), torch.inference_mode():
        if block is None:
            total, hidden = 0.0, model.init_hidden(1)
            for start in range(0, len(inputs), STRETCH):
                loss, hidden = _summed_loss(
                    model, inputs[None, start : start + STRETCH], targets[None, start : start + STRETCH], hidden
                )
                total += loss
            return total / len(inputs)
        whole = len(inputs) // block * block
        pairs = [
            *zip(inputs[:whole].view(-1, block).split(ROWS), targets[:whole].view(-1, block).split(ROWS), strict=True)
        ]
        if whole < len(inputs):
            pairs.append((inputs[None, whole:], targets[None, whole:]))
        return sum(_summed_loss(model, *pair, model.init_hidden(len(pair[0])))[0] for pair in pairs) / len(inputs)


def _summed_loss(model, inputs, targets, hidden):
    logits, hidden = model(inputs, hidden)
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum").item(), hidden


@contextlib.contextmanager
def mode(model, training):
    """Put a model into training or evaluation for a while, and each of its layers back as it was."""
    before = {layer: layer.training for layer in model.modules()}
    model.train(training)
    try:
        yield
    finally:
        for layer, was_training in before.items():
            layer.training = was_training


def device_of(model):
    """Return the device that a model's weights are on."""
    parameter = next(model.parameters(), None)
    if parameter is None:
        raise ValueError(f"{type(model).__name__} has no weights to train. Make its layers in __init__, as attributes.")
    return parameter.device
