"""Run: one training of a character model, with all that changes in it, and its way into a checkpoint and back."""

import hashlib
import math
import os
import warnings
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from course_utils.text import Blocks
from course_utils.train import checkpoint as files
from course_utils.train.evaluation import device_of, mean_loss

__all__ = ["Record", "Run"]

BETAS = (0.9, 0.99)
# Reading a loss makes the processor wait for a GPU. There the losses are read so many at a time.
READ_AT_ONCE = 20


@dataclass(frozen=True)
class Record:
    """What a training recorded, in plain Python numbers. An interrupted training that went on records the whole.

    Attributes
    ----------
    update : tuple of int
        1, 2, …, one for each update made.
    loss : tuple of float
        Nats per character of each update's block, before the update.
    held_out_update : tuple of int
        The number of updates made at each evaluation.
    held_out_loss : tuple of float
        Nats per character over the whole held-out text there. Empty, like `held_out_update`, without such a text.
    characters : int
        How many characters passed through the model in training.
    """

    update: tuple
    loss: tuple
    held_out_update: tuple
    held_out_loss: tuple
    characters: int


class Run:
    """One training. The function `fit_text` says what happens when; this class does it.

    Parameters
    ----------
    model, training_ids, held_out_ids, vocabulary
        As for `fit_text`, already checked.
    settings : dict
        What decides the course of the training, as it goes into the card.
    path : str, path or None
        Of the checkpoint.
    """

    def __init__(self, model, training_ids, held_out_ids, vocabulary, settings, path):
        device = device_of(model)
        self.model, self.settings, self.path = model, settings, path
        rates = {
            name: layer.p if isinstance(layer, nn.Dropout) else layer.dropout
            for name, layer in model.named_modules()
            if isinstance(layer, nn.Dropout | nn.LSTM)
        }
        self.blocks = Blocks(training_ids.to(device), settings["batch_size"], settings["block"], settings["seed"])
        self.held_out_ids = None if held_out_ids is None else held_out_ids.to(device)
        self.characters_each = settings["batch_size"] * settings["block"]
        self.updates = settings["updates"]
        self.read_at_once = 1 if device.type == "cpu" else READ_AT_ONCE
        self.card = {
            "format": files.FORMAT,
            "kind": files.TRAINING,
            "model": files.sizes(model),
            "vocabulary": files.characters(vocabulary),
            "settings": settings | {"dropout": rates},
            "data": {"training": _digest(training_ids), "held_out": _digest(held_out_ids)},
            "versions": files.versions() | {"device": device.type, "threads": torch.get_num_threads()},
        }
        self.step, self.saved, self.failing = 0, None, False
        self.losses, self.unread, self.held_out_updates, self.held_out_losses = [], [], [], []
        self.hidden = self._zero_state()
        self.named = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
        self.optimizer = _optimizer(self.named.values(), settings)

    def begin(self):
        """Go on from the checkpoint if there is one, or make everything ready and write the first."""
        if self.path is not None:
            files.remove_drafts(self.path)
            if os.path.exists(self.path):
                self._restore(*files.read(self.path))
                return
        if name := _not_finite(self.model.state_dict()):
            raise ValueError(f"The weight {name} is not finite before the first update. Make the model anew.")
        if self.settings["forget_bias"] is not None:
            _set_forget_bias(self.model, self.settings["forget_bias"])
        if self.path is not None:
            self._save()

    def update(self):
        """Make one update."""
        rate = self.settings["learning_rate"] * _share(self.step, self.settings)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        inputs, targets, first = self.blocks[self.step]
        hidden = self._zero_state() if first else self.hidden
        logits, hidden = _checked(self.model(inputs, hidden), targets)
        loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        if self.settings["clip"] is not None:
            _clip(self.named.values(), self.settings["clip"], wait=self.read_at_once == 1)
        self.optimizer.step()
        self.hidden = tuple(part.detach() for part in hidden)
        self.unread.append(loss.detach())
        self.step += 1
        if len(self.unread) >= self.read_at_once:
            self.read_losses()

    def read_losses(self):
        """Take the losses of the latest updates into the record."""
        losses = torch.stack(self.unread).tolist() if self.unread else []
        self.unread = []
        for loss in losses:
            if not math.isfinite(loss):
                raise FloatingPointError(f"At update {len(self.losses) + 1} the loss is {loss:g}. {self._advice()}")
            self.losses.append(loss)

    def latest(self):
        """Return the latest loss and held-out loss, each or None."""
        return {
            "loss": self.losses[-1] if self.losses else None,
            "held_out": self.held_out_losses[-1] if self.held_out_losses else None,
        }

    def evaluation_due(self):
        """Tell whether the held-out text is to be evaluated now. After an interrupt while it was: again."""
        if self.held_out_ids is None or self.step in self.held_out_updates[-1:]:
            return False
        every = self.settings["evaluate_every"]
        return self.step == self.updates or (every is not None and self.step > 0 and self.step % every == 0)

    def evaluation(self):
        """Return the loss on the held-out text, without a trace: an interrupt may meet it at any place."""
        return mean_loss(self.model, self.held_out_ids)

    def note(self, loss):
        """Take a loss on the held-out text into the record."""
        self.read_losses()
        if not math.isfinite(loss):
            raise FloatingPointError(f"After update {self.step} the held-out loss is {loss:g}. {self._advice()}")
        self.held_out_losses.append(loss)
        self.held_out_updates.append(self.step)

    def record(self):
        """Return what is recorded so far."""
        return Record(
            tuple(range(1, len(self.losses) + 1)),
            tuple(self.losses),
            tuple(self.held_out_updates),
            tuple(self.held_out_losses),
            len(self.losses) * self.characters_each,
        )

    def end(self):
        """Check the result and write the last checkpoint."""
        self.read_losses()
        self._check_finite(self.model.state_dict())
        self.save_or_warn(last=True)

    def farewell(self):
        """Save, and return what to tell whoever interrupted."""
        told = f"Interrupted after update {self.step} of {self.updates}. "
        if self.path is None:
            return told + (
                "The model keeps its weights, but this training cannot go on from here. Give a file, such "
                "as checkpoint='training.safetensors', and the next one can."
            )
        try:
            self.read_losses()
            self._save()
        except (files.CheckpointError, FloatingPointError) as error:
            return f"{told}The model keeps its weights, but they could not be saved. {error}"
        return told + (
            f"Everything so far is in {self.path}. To go on from there, call fit_text again with the same arguments."
        )

    def save_or_warn(self, last=False):
        """Write a checkpoint, if one is wanted and there is news. A full disk must not end the training.

        Of several failures in a row, the first and the last are told.
        """
        if self.path is None or self.saved == self._reached():
            return
        try:
            self._save()
            self.failing = False
        except files.CheckpointError as error:
            if self.failing and not last:
                return
            self.failing = True
            warnings.warn(
                f"{error} The training goes on without this checkpoint of update {self.step}, and the model "
                "in memory is not touched. Make space, or save it elsewhere afterwards with train.save.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _save(self):
        self.read_losses()
        tensors = self._tensors()
        self._check_finite(tensors)
        curve = {"loss": self.losses, "held_out_update": self.held_out_updates, "held_out_loss": self.held_out_losses}
        files.write(self.path, tensors, self.card | {"step": self.step, "curve": curve})
        self.saved = self._reached()

    def _tensors(self):
        """Return all that the next updates depend on. Before the first update the optimizer's part is zero."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for name, parameter in self.named.items():
            state = self.optimizer.state.get(parameter, {})
            for moment in ("exp_avg", "exp_avg_sq"):
                tensors[f"optimizer.{moment}.{name}"] = state.get(moment, torch.zeros_like(parameter))
            tensors[f"optimizer.step.{name}"] = torch.as_tensor(state.get("step", 0.0), dtype=torch.float32)
        tensors |= {f"hidden.{place}": part for place, part in zip("hc", self.hidden, strict=True)}
        tensors["random.cpu"] = torch.get_rng_state()
        if (device := device_of(self.model)).type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(device)
        return tensors

    def _restore(self, tensors, card):
        """Go on from a checkpoint. Nothing is changed before all of it is found fit."""
        self._check_card(card)
        expected = self._tensors()
        # The generator of a GPU counts only on that GPU.
        on_gpu = {name: tensor for name, tensor in tensors.items() if name == "random.cuda"}
        others = {name: tensor for name, tensor in tensors.items() if name not in on_gpu}
        files.check_fit(self.path, others, {name: tensor for name, tensor in expected.items() if name != "random.cuda"})
        for name, tensor in others.items():
            if tensor.dtype != expected[name].dtype:
                raise files.refusal(self.path, f"{name} is of {tensor.dtype}, expected {expected[name].dtype}")
        try:
            torch.set_rng_state(others["random.cpu"])
            if on_gpu and "random.cuda" in expected:
                torch.cuda.set_rng_state(on_gpu["random.cuda"], device_of(self.model))
        except RuntimeError as error:
            raise files.refusal(self.path, f"its random generator's state is not valid ({error})") from None
        device = device_of(self.model)
        self.model.load_state_dict({name: others[f"model.{name}"] for name in self.model.state_dict()})
        order = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        names = {parameter: name for name, parameter in self.named.items()}
        state = {
            number: {
                moment: others[f"optimizer.{moment}.{names[parameter]}"] for moment in ("step", "exp_avg", "exp_avg_sq")
            }
            for number, parameter in enumerate(order)
        }
        self.optimizer.load_state_dict({"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]})
        self.hidden = tuple(others[f"hidden.{place}"].to(device) for place in "hc")
        curve = card["curve"]
        self.step, self.losses = card["step"], list(curve["loss"])
        self.held_out_updates, self.held_out_losses = list(curve["held_out_update"]), list(curve["held_out_loss"])
        self.saved = self._reached()

    def _check_card(self, card):
        if card.get("kind") != files.TRAINING:
            raise files.refusal(
                self.path,
                "it holds a model but not the state of a training, so none goes on from it",
                "Name another file for the checkpoint. To train the model further, put its weights in "
                "place with train.load(path, model) and say forget_bias=None.",
            )
        if differences := _differences(card, self.card):
            raise files.refusal(
                self.path,
                f"another training has made it: {'; '.join(differences)}",
                "Give what was given then to go on with it, or name another file to begin anew.",
            )
        if not _curve_is_sound(card, self.updates) or not isinstance(card.get("versions"), dict):
            raise files.refusal(self.path, "its card lacks parts, or its curve does not fit its number of updates")
        then, now = (
            {name: made_with.get(name) for name in ("torch", "device", "threads")}
            for made_with in (card["versions"], self.card["versions"])
        )
        if then != now:
            warnings.warn(
                f"{self.path} was written with {then}, and this is {now}. The training goes on, but not bit "
                "for bit as it would have.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _check_finite(self, tensors):
        if name := _not_finite(tensors):
            raise FloatingPointError(f"After update {self.step} {name} is not finite. {self._advice()}")

    def _reached(self):
        """Return how far the training came: updates made, evaluations made."""
        return self.step, len(self.held_out_losses)

    def _advice(self):
        clip = "set clip=1.0" if self.settings["clip"] is None else "lower clip"
        kept = ""
        if self.saved is not None:
            kept = (
                f" {self.path} keeps update {self.saved[0]}, the last that was saved. For other settings name "
                "another file."
            )
        return (
            f"The training diverged: make the model anew and lower the learning rate, now "
            f"{self.settings['learning_rate']:g}, or {clip}.{kept}"
        )

    def _zero_state(self):
        return _pair(self.model.init_hidden(self.settings["batch_size"]), "init_hidden")


def _not_finite(tensors):
    """Return the name of the first tensor that holds a number which is not finite, or None."""
    return next((name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()), None)


def _pair(state, source):
    if not isinstance(state, tuple | list) or len(state) != 2 or not all(isinstance(p, torch.Tensor) for p in state):
        raise ValueError(
            f"{source} gave a state of {type(state).__name__}; expected the pair (h, c) of tensors, each "
            "of the shape (layers, batch, hidden size)."
        )
    return tuple(state)


def _checked(output, targets):
    """Return what the model's forward gave, if it is logits and a state."""
    if not isinstance(output, tuple | list) or len(output) != 2:
        raise ValueError(f"forward gave {type(output).__name__}; expected the pair: logits, (h, c).")
    logits, state = output
    if logits.ndim != 3 or logits.shape[:2] != targets.shape:
        rows, columns = targets.shape
        raise ValueError(
            f"forward gave logits of the shape {tuple(logits.shape)}; expected ({rows}, {columns}, V): "
            f"{rows} rows of {columns} characters, and V numbers for each. batch_first=True puts the rows "
            "first."
        )
    return logits, _pair(state, "forward")


def _share(step, settings):
    """Return which share of the learning rate an update gets; updates count from 0."""
    rising = round(settings["warm_up"] * settings["updates"])
    if step < rising:
        return (step + 1) / rising
    passed = (step - rising) / (settings["updates"] - rising)
    fallen = passed if settings["schedule"] == "linear" else 0.5 * (1 - math.cos(math.pi * passed))
    return 1 - (1 - settings["final_fraction"]) * fallen


def _optimizer(parameters, settings):
    parameters = list(parameters)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": settings["weight_decay"]},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    try:
        # One kernel for the whole rule, where the device has it.
        return torch.optim.AdamW(groups, lr=settings["learning_rate"], betas=BETAS, fused=True)
    except RuntimeError:
        return torch.optim.AdamW(groups, lr=settings["learning_rate"], betas=BETAS)


def _clip(parameters, longest, wait):
    """Shorten the gradient to a length, to the same bits as `nn.utils.clip_grad_norm_` does.

    That one multiplies by one where there is nothing to shorten. On a CPU, where it costs nothing to wait for the
    length, this saves one way through all gradients.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not wait:
        nn.utils.clip_grad_norm_(parameters, longest)
        return
    length = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]))
    if (share := longest / (length + 1e-6)) < 1:
        for gradient in gradients:
            gradient.mul_(share)


def _set_forget_bias(model, value):
    """Set every forget gate's bias. PyTorch keeps the gates in the order i, f, g, o and adds two biases to each."""
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, nn.LSTM | nn.LSTMCell):
                forget = slice(layer.hidden_size, 2 * layer.hidden_size)
                for name, parameter in layer.named_parameters(recurse=False):
                    if name.startswith("bias_"):
                        parameter[forget] = value if name.startswith("bias_ih") else 0.0


def _differences(card, expected):
    """Say in words what a checkpoint's card has otherwise than this training would write it."""
    said = []
    for part in ("model", "settings"):
        then, now = card.get(part), expected[part]
        if isinstance(then, dict) and isinstance(now, dict):
            said += [
                f"{name} {then.get(name)!r} then, {now.get(name)!r} now"
                for name in sorted({*then, *now})
                if name not in then or name not in now or not _same(then[name], now[name])
            ]
        elif then != now:
            said.append(f"its {part} is described otherwise")
    if card.get("vocabulary") != expected["vocabulary"]:
        said.append("another vocabulary")
    then = card.get("data") if isinstance(card.get("data"), dict) else {}
    said += [
        f"another {part.replace('_', '-')} text"
        for part, digest in expected["data"].items()
        if then.get(part) != digest
    ]
    return said


def _same(then, now):
    """Compare two values of JSON. True is not 1 there."""
    return then == now and isinstance(then, bool) == isinstance(now, bool)


def _curve_is_sound(card, updates):
    step, curve = card.get("step"), card.get("curve")
    if type(step) is not int or not 0 <= step <= updates or not isinstance(curve, dict):
        return False
    losses, places, held_out = (curve.get(name) for name in ("loss", "held_out_update", "held_out_loss"))
    return (
        all(isinstance(part, list) for part in (losses, places, held_out))
        and all(type(loss) is float and math.isfinite(loss) for loss in (*losses, *held_out))
        and all(type(place) is int and 0 < place <= step for place in places)
        and len(losses) == step
        and len(places) == len(held_out)
        and places == sorted(set(places))
    )


def _digest(ids):
    """Return which text it was: the SHA-256 of the ids as little-endian 64-bit numbers."""
    return None if ids is None else hashlib.sha256(ids.cpu().contiguous().numpy().astype("<i8").tobytes()).hexdigest()
