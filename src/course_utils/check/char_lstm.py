"""Checks of a `CharLSTM`: each looks at one property, and names the mistake where the property does not hold.

>>> from course_utils.check import char_lstm
>>> char_lstm.shapes(CharLSTM)                      # a verdict
>>> char_lstm.require(char_lstm.shapes(CharLSTM))   # the verdict, or an AssertionError with its hint

A check builds small models from the class and looks at what they do; how they are written is free. Only the *name* of a
mistake may come from a look at the layers. Every check leaves the global random numbers as they were.

The class is called as `CharLSTM(vocab_size, embedding_size, hidden_size, num_layers, dropout=0.0)`. It has
`forward(x, hidden)`, from characters (B, T) to logits (B, T, V) and the new (h, c), each (L, B, H), and
`init_hidden(batch_size)`, which gives zeros of that shape on the model's device.
"""

import functools
import inspect
import math
import random
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from course_utils.check.verdict import OPEN, RIGHT, UNCLEAR, WRONG, Verdict

__all__ = [
    "batch",
    "carried",
    "causality",
    "overfits",
    "parameters",
    "probing",
    "require",
    "settings",
    "shapes",
    "state",
    "untrained",
]

CLOSE = 1e-5  # float32, a few hundred additions
SENTENCE = "A gate near one keeps the cell; a gate near zero clears it."
STEPS = 200
RUNS = 6
OVERFITTED = 0.05  # nats per character
UNIFORM_BAND = 0.2  # nats per character around ln V

METHODS = ("__init__", "forward", "init_hidden")
NOT_JUDGED = {"not-written": OPEN, "not-a-class": UNCLEAR, "not-triples": UNCLEAR}

HINTS = {
    "not-written": "{method} is not written yet. Write it in the cell of the class, in place of the line that is "
    "marked as yours: the text above that cell says what it must do. Then run both cells again.",
    "not-a-class": "The check was given {given}. It takes the class CharLSTM itself, without parentheses, and makes "
    "models of its own.",
    "super-init-forgotten": "PyTorch cannot register a layer yet. Look at what the first line of __init__ must call.",
    "wrong-signature": "The class cannot be called as agreed ({error}). Compare the arguments of your methods with "
    "the text above the class: their number, order and names.",
    "stops-with-an-error": "Your code stops with {error}. The line is `{line}`. Read the message from its end: a name "
    "that was never stored, a missing argument, or shapes that do not fit.",
    "no-parameters": "The model has no parameters, so nothing can be learned. Layers must be attributes of self.",
    "not-registered": "A list or dictionary of layers hides them from PyTorch. Look up nn.ModuleList.",
    "state-not-a-pair": "The state is a pair (h, c) of two tensors, and yours is {given}. An LSTM carries both.",
    "layers-missing": "The state has shape {given}: it does not grow with num_layers. Every layer has a state of its "
    "own.",
    "layers-and-batch-swapped": "The state has shape {given}: batch before layers. Look up the order of h_0 in the "
    "page of nn.LSTM; batch_first does not change it.",
    "bidirectional": "The network reads each sequence from both ends. Whoever predicts the next character must not "
    "have seen it: look at the options of your LSTM.",
    "state-shape": "The state has shape {given}. It needs one row for every layer and every sequence, and one number "
    "for every hidden unit.",
    "state-not-zero": "A fresh state must hold zeros only: nothing has been read yet.",
    "wrong-device": "The state is not where the weights are. A model moves with .to(device), and a device that was "
    "written down earlier does not: ask one of the model's own weights where it is now.",
    "no-state-returned": "forward must return two things, the logits and the new state (h, c). Yours returns {given}.",
    "last-step-only": "The logits have shape {given}: one prediction per sequence. Training needs one after every "
    "character.",
    "batch-and-time-swapped": "Batch and time have changed places: the network reads down the batch as if it were a "
    "text. x is (B, T): look at which order your LSTM expects.",
    "flattened": "The logits have shape {given}: batch and time are merged. Leave the two axes as they came in.",
    "time-and-vocabulary-swapped": "The logits have shape {given}: the characters of the vocabulary belong on the "
    "last axis.",
    "no-output-layer": "The logits have shape {given}: that is the width of a layer before the output. One more layer "
    "must turn it into one number for each character of the vocabulary.",
    "logits-shape": "The logits have shape {given}. They need one number for every sequence, step and character of "
    "the vocabulary.",
    "embedding-too-small": "The embedding has no row for some characters. Look at how many different ones there are.",
    "sizes-do-not-fit": "Two layers that follow each other disagree ({error}). Go through them in order: what one "
    "gives, the next must take.",
    "softmax-inside": "The logits are probabilities already: not negative, and they sum to one. The loss function "
    "applies its own softmax to them, so that a second one flattens every gradient.",
    "activation-on-logits": "No logit is negative. A logit may be any number: look at what stands after your last "
    "linear layer.",
    "random-in-evaluation": "The same input gave two answers in evaluation mode. Dropout must stop there: use the "
    "layer, which knows the mode.",
    "sequences-mixed": "One sequence of the batch changed the predictions of another. Look for an operation that runs "
    "over the batch.",
    "future-leaks": "A character changed a prediction that was made before it was read. Look for what runs backwards "
    "or sees the whole sequence at once.",
    "state-reset-each-step": "A prediction depends on the last character and on nothing before it. Look at where the "
    "state starts from zero again.",
    "hidden-ignored": "The network gives the same predictions whatever state you hand in. Look at what becomes of the "
    "argument hidden.",
    "old-state-returned": "The state that comes back is not the one after the last character. Look at which of the "
    "two states you return.",
    "h-and-c-swapped": "h and c changed places on their way out.",
    "state-not-carried": "A text read in two halves gives other predictions than the same text read at once. Follow "
    "(h, c) from the argument to what you return.",
    "state-detached": "The gradient stops at the state. Cutting it is the training loop's business, between two "
    "blocks; within forward it must flow.",
    "no-bias": "The number of parameters is that of layers without biases: {given}, where the formula gives "
    "{expected}.",
    "layers-ignored": "The number of parameters is that of a single layer, whatever num_layers says: {given}, where "
    "the formula gives {expected}.",
    "not-an-lstm": "The number of parameters is {given}, where the formula gives {expected}. An LSTM has four blocks "
    "of weights in each layer; yours has another number.",
    "parameters-too-few": "The model has {given} parameters, and the formula gives {expected}. Compare part by part: "
    "embedding, LSTM, output.",
    "parameters-too-many": "The model has {given} parameters, and the formula gives {expected}. Compare part by part: "
    "embedding, LSTM, output.",
    "starts-far-from-uniform": "The untrained loss is {given:.2f}, and a network that knows nothing has "
    "ln {vocab_size} = {expected:.2f}. Look for an initialisation or a factor that makes "
    "the logits large.",
    "does-not-overfit": "After {steps} updates the loss on a single sentence is {given:.2f}. A network that works "
    "knows it by heart by then. See whether all layers are trained and used.",
    "setting-not-usable": "{name} is {given!r}; expected {expected}.",
    "learning-rate-too-small": "With this learning rate the loss on a single sentence is still {given:.2f} after "
    "{steps} updates. The network moves in the right direction, and slowly.",
    "learning-rate-too-large": "With this learning rate the loss on a single sentence is {given:.2f} after {steps} "
    "updates. The steps are longer than the valley is wide.",
    "not-triples": "The experiments are not a list of triples. Write each run as (seed_text, gen_length, temperature).",
    "too-few-runs": "There are {given} runs; expected {least} or more.",
    "knob-not-turned": "The runs have {given} different {name}; expected {least} or more. Turn each knob, one at a "
    "time.",
    "never-greedy": "No run has the temperature 0. Look at what the network holds to be most likely.",
    "texts-do-not-fit": "The texts do not belong to these experiments: their number or lengths differ. Run the cell "
    "that writes them again.",
}


class Mistake(Exception):
    """A mistake that a check has found; `name` is a key of `HINTS`, `facts` fill its hint."""

    def __init__(self, name: str, /, **facts: object):
        super().__init__(name)
        self.name, self.facts = name, facts


@dataclass(frozen=True)
class Sizes:
    """Sizes of a small model and its input, all different, so that no two axes can be mistaken for each other."""

    vocab_size: int
    embedding_size: int
    hidden_size: int
    num_layers: int
    batch_size: int
    length: int

    @classmethod
    def drawn(cls, seed: int) -> "Sizes":
        """Draw sizes; the same seed gives the same ones."""
        generator = random.Random(seed)
        small = generator.sample(range(3, 8), 2)
        large = generator.sample(range(9, 25), 3)
        return cls(max(large), *generator.sample(sorted(large)[:2], 2), 2, *small)

    @property
    def model(self) -> tuple[int, int, int, int]:
        """The arguments of the class."""
        return self.vocab_size, self.embedding_size, self.hidden_size, self.num_layers

    @property
    def state(self) -> tuple[int, int, int]:
        """The shape of h and of c."""
        return self.num_layers, self.batch_size, self.hidden_size


def require(verdict: Verdict) -> Verdict:
    """Return a right verdict; stop the cell at any other, so that "Run all" and the autograder stop there too.

    Raises
    ------
    AssertionError
        With the name of the mistake and the hint, where the verdict is not right.
    """
    if not verdict.correct:
        raise AssertionError(repr(verdict))
    return verdict


def _check(question_id: str) -> Callable:
    """Turn a function that raises a `Mistake` into one that returns a verdict worth one mark."""

    def decorate(function):
        @functools.wraps(function)
        def checked(*arguments, **options) -> Verdict:
            try:
                with _own_random_numbers():
                    function(*arguments, **options)
            except Mistake as mistake:
                found = mistake
            except Exception as error:
                found = _diagnosed(error)
            else:
                return Verdict(question_id, RIGHT, 1.0, 1.0)
            kind = NOT_JUDGED.get(found.name, WRONG)
            return Verdict(question_id, kind, 0.0, 1.0, (found.name,), HINTS[found.name].format(**found.facts))

        return checked

    return decorate


@contextmanager
def _own_random_numbers(seed: int = 0):
    """Seed PyTorch's generator for the CPU, and put it back as it was."""
    before = torch.get_rng_state()
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(before)


# --- from an error, or a wrong shape, to the name of a mistake --------------------------------------------------------


def _diagnosed(error: Exception) -> Mistake:
    """Name the mistake behind an error of the student's code."""
    message = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}"
    if isinstance(error, NotImplementedError):
        frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        method = next((name for name in reversed(frames) if name in METHODS), "forward")
        return Mistake("not-written", method=method)
    if "before Module.__init__() call" in message:
        return Mistake("super-init-forgotten")
    line = _own_line(error)
    if isinstance(error, TypeError) and "argument" in message and "()" in message and line is None:
        return Mistake("wrong-signature", error=message)
    if any(sign in message for sign in ("on the same device", "CUDA", "NVIDIA", "at least two devices")):
        return Mistake("wrong-device")
    if isinstance(error, IndexError) and "index out of range in self" in message:
        return Mistake("embedding-too-small")
    if any(sign in message for sign in ("cannot be multiplied", "must be equal to input_size", "input.size(-1)")):
        return Mistake("sizes-do-not-fit", error=message)
    return Mistake("stops-with-an-error", error=message, line=line or "unknown")


def _own_line(error: Exception) -> str | None:
    """Return the last line of the student's methods that an error passed through; None if the call itself failed."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.name in METHODS and Path(torch.__file__).parent not in Path(frame.filename).parents
    ]
    return frames[-1].line or None if frames else None


def _made(make, *sizes: int) -> nn.Module:
    """Build a model with parameters, in evaluation mode."""
    if not inspect.isclass(make):
        given = f"a model ({type(make).__name__})" if isinstance(make, nn.Module) else f"a {type(make).__name__}"
        raise Mistake("not-a-class", given=given)
    model = make(*sizes)
    if not isinstance(model, nn.Module):
        raise Mistake("wrong-signature", error=f"it makes {type(model).__name__}, not an nn.Module")
    if not any(True for _ in model.parameters()):
        if _hides_layers(model):
            raise Mistake("not-registered")
        raise Mistake("no-parameters") if _has_own(model) else Mistake("not-written", method="__init__")
    return model.eval()


def _hides_layers(model: nn.Module) -> bool:
    kept = [value for value in vars(model).values() if isinstance(value, list | tuple | dict)]
    values = [entry for value in kept for entry in (value.values() if isinstance(value, dict) else value)]
    return any(isinstance(entry, nn.Module) for entry in values if entry not in model._modules.values())


def _has_own(model: nn.Module) -> bool:
    """Tell whether __init__ has stored anything beside what every module has."""
    return bool(set(vars(model)) - set(vars(nn.Module()))) or bool(model._modules)


def _recurrent(model: nn.Module) -> list[nn.RNNBase]:
    return [module for module in model.modules() if isinstance(module, nn.RNNBase)]


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _characters(model: nn.Module, sizes: Sizes) -> torch.Tensor:
    """Draw (B, T) characters; every character of the vocabulary can occur, and the last one does."""
    x = torch.randint(sizes.vocab_size, (sizes.batch_size, sizes.length))
    x[0, 0] = sizes.vocab_size - 1
    return x.to(_device(model))


def _other(x: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """Return characters that all differ from those in `x`."""
    return (x + 1) % sizes.vocab_size


def _zeros(model: nn.Module, sizes: Sizes) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a state of our own: a mistake in init_hidden must not hide one in forward."""
    return torch.zeros(sizes.state, device=_device(model)), torch.zeros(sizes.state, device=_device(model))


def _forward(model: nn.Module, x: torch.Tensor, hidden, sizes: Sizes):
    """Run the model; return logits and (h, c), both of the right shape, or raise the mistake that shows."""
    try:
        answer = model(x, hidden)
    except (RuntimeError, ValueError) as error:
        if "hidden" in str(error) and "size" in str(error):
            if any(module.bidirectional for module in _recurrent(model)):
                raise Mistake("bidirectional") from error
            if any(not module.batch_first for module in _recurrent(model)):
                raise Mistake("batch-and-time-swapped") from error
            if any(module.num_layers != sizes.num_layers for module in _recurrent(model)):
                raise Mistake("layers-missing", given=f"({_recurrent(model)[0].num_layers}, …)") from error
        raise
    if answer is None:
        raise Mistake("not-written", method="forward")
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Mistake("no-state-returned", given=_described(answer))
    logits, state = answer
    batch_size, length = x.shape
    _must_be_logits(logits, batch_size, length, sizes)
    _must_be_a_state(state, (sizes.num_layers, batch_size, sizes.hidden_size))
    return logits, tuple(state)


def _described(value: object) -> str:
    if isinstance(value, torch.Tensor):
        return f"one tensor of shape {tuple(value.shape)}"
    if isinstance(value, tuple | list):
        return f"{len(value)} things"
    return "nothing" if value is None else f"a {type(value).__name__}"


def _must_be_logits(logits: object, batch_size: int, length: int, sizes: Sizes) -> None:
    if not isinstance(logits, torch.Tensor):
        raise Mistake("no-state-returned", given=f"{_described(logits)} in the place of the logits")
    vocab_size, given = sizes.vocab_size, tuple(logits.shape)
    if given == (batch_size, length, vocab_size):
        return
    names = {
        (batch_size, vocab_size): "last-step-only",
        (batch_size, 1, vocab_size): "last-step-only",
        (length, batch_size, vocab_size): "batch-and-time-swapped",
        (length, vocab_size): "batch-and-time-swapped",
        (batch_size * length, vocab_size): "flattened",
        (batch_size, vocab_size, length): "time-and-vocabulary-swapped",
        (batch_size, length, sizes.hidden_size): "no-output-layer",
        (batch_size, length, 2 * sizes.hidden_size): "no-output-layer",
        (batch_size, length, sizes.embedding_size): "no-output-layer",
    }
    raise Mistake(names.get(given, "logits-shape"), given=given)


def _must_be_a_state(state: object, expected: tuple[int, int, int]) -> None:
    pair = isinstance(state, tuple | list) and len(state) == 2
    if not pair or not all(isinstance(part, torch.Tensor) for part in state):
        raise Mistake("state-not-a-pair", given=_described(state))
    layers, batch_size, hidden_size = expected
    for part in state:
        given = tuple(part.shape)
        if given == expected:
            continue
        if given in ((1, batch_size, hidden_size), (batch_size, hidden_size)):
            raise Mistake("layers-missing", given=given)
        if given == (2 * layers, batch_size, hidden_size):
            raise Mistake("bidirectional")
        if given == (batch_size, layers, hidden_size):
            raise Mistake("layers-and-batch-swapped", given=given)
        raise Mistake("state-shape", given=given)


def _differ(one: torch.Tensor, other: torch.Tensor) -> bool:
    return not torch.allclose(one, other, rtol=0, atol=CLOSE)


def _must_be_raw(logits: torch.Tensor) -> None:
    """Refuse probabilities, and what went through an activation. Log-probabilities are logits, and pass."""
    if (logits >= 0).all():
        sums = logits.sum(dim=-1)
        raise Mistake("softmax-inside" if not _differ(sums, torch.ones_like(sums)) else "activation-on-logits")


def _followed(model: nn.Module, sizes: Sizes) -> None:
    """Refuse a network whose predictions do not depend on the character before the last one of the same row."""
    x = _characters(model, sizes)
    changed = x.clone()
    changed[:, 0] = _other(x, sizes)[:, 0]
    zeros = _zeros(model, sizes)
    if not _differ(_forward(model, x, zeros, sizes)[0][:, 1:], _forward(model, changed, zeros, sizes)[0][:, 1:]):
        raise Mistake("state-reset-each-step")


# --- the checks -------------------------------------------------------------------------------------------------------


@_check("A1-C1-state")
@torch.no_grad()
def state(make, seed=0):
    """Check `init_hidden`: two tensors of zeros, each (L, B, H), on the device where the model is.

    The model is also moved to PyTorch's "meta" device, which every machine has: a state that follows it there follows
    it to a GPU.

    Parameters
    ----------
    make : type
        The class.
    seed : int
        Draws the sizes.

    Returns
    -------
    Verdict
    """
    sizes = Sizes.drawn(seed)
    model = _made(make, *sizes.model)
    hidden = model.init_hidden(sizes.batch_size)
    if hidden is None:
        raise Mistake("not-written", method="init_hidden")
    _must_be_a_state(hidden, sizes.state)
    if any(part.count_nonzero() for part in hidden if part.device.type != "meta"):
        raise Mistake("state-not-zero")
    for moved in (model, model.to("meta")):
        if any(part.device != _device(moved) for part in moved.init_hidden(sizes.batch_size)):
            raise Mistake("wrong-device")


@_check("A1-C1-shapes")
@torch.no_grad()
def shapes(make, seed=0):
    """Check `forward`: logits (B, T, V) that may be any number, and the new state, two tensors of (L, B, H).

    Parameters
    ----------
    make : type
        The class.
    seed : int
        Draws the sizes.

    Returns
    -------
    Verdict
    """
    sizes = Sizes.drawn(seed)
    model = _made(make, *sizes.model)
    logits, _ = _forward(model, _characters(model, sizes), _zeros(model, sizes), sizes)
    _must_be_raw(logits)


@_check("A1-C1-batch")
@torch.no_grad()
def batch(make, seed=0):
    """Check that the sequences of a batch do not touch each other.

    There are as many sequences as steps, so that a network which takes one axis for the other runs without an error.

    Parameters
    ----------
    make : type
        The class.
    seed : int
        Draws the sizes.

    Returns
    -------
    Verdict
    """
    drawn = Sizes.drawn(seed)
    sizes = Sizes(*drawn.model, batch_size=drawn.length, length=drawn.length)
    model = _made(make, *sizes.model)
    x = _characters(model, sizes)
    logits, _ = _forward(model, x, _zeros(model, sizes), sizes)
    if _differ(logits, _forward(model, x, _zeros(model, sizes), sizes)[0]):
        raise Mistake("random-in-evaluation")
    changed = x.clone()
    changed[0] = _other(x, sizes)[0]
    others = _forward(model, changed, _zeros(model, sizes), sizes)[0][1:]
    if _differ(logits[1:], others):
        try:
            _followed(model, sizes)
        except Mistake:  # no influence along the row, and one down the batch
            raise Mistake("batch-and-time-swapped") from None
        raise Mistake("sequences-mixed")


@_check("A1-C1-causality")
@torch.no_grad()
def causality(make, seed=0):
    """Check that a character changes no prediction made before it was read.

    Parameters
    ----------
    make : type
        The class.
    seed : int
        Draws the sizes.

    Returns
    -------
    Verdict
    """
    sizes = Sizes.drawn(seed)
    model = _made(make, *sizes.model)
    x = _characters(model, sizes)
    before, _ = _forward(model, x, _zeros(model, sizes), sizes)
    for step in range(1, sizes.length):
        changed = x.clone()
        changed[:, step:] = _other(x, sizes)[:, step:]
        after, _ = _forward(model, changed, _zeros(model, sizes), sizes)
        if _differ(before[:, :step], after[:, :step]):
            backwards = any(module.bidirectional for module in _recurrent(model))
            raise Mistake("bidirectional" if backwards else "future-leaks")


@_check("A1-C1-carried")
def carried(make, seed=0):
    """Check that the state is really carried: a text read in two parts gives what it gives when read at once.

    Parameters
    ----------
    make : type
        The class.
    seed : int
        Draws the sizes.

    Returns
    -------
    Verdict
    """
    sizes = Sizes.drawn(seed)
    model = _made(make, *sizes.model)
    with torch.no_grad():
        _followed(model, sizes)
        x, zeros = _characters(model, sizes), _zeros(model, sizes)
        drawn = tuple(torch.randn_like(part) for part in zeros)
        if not _differ(_forward(model, x, zeros, sizes)[0], _forward(model, x, drawn, sizes)[0]):
            raise Mistake("hidden-ignored")
        at_once, final = _forward(model, x, drawn, sizes)
        _, between = _forward(model, x[:, :2], drawn, sizes)
        rest, end = _forward(model, x[:, 2:], between, sizes)
        if _differ(rest, at_once[:, 2:]) or any(_differ(one, other) for one, other in zip(end, final, strict=True)):
            if not any(_differ(one, other) for one, other in zip(between, drawn, strict=True)):
                raise Mistake("old-state-returned")
            swapped, _ = _forward(model, x[:, 2:], between[::-1], sizes)
            raise Mistake("state-not-carried" if _differ(swapped, at_once[:, 2:]) else "h-and-c-swapped")
    given = tuple(part.clone().requires_grad_() for part in drawn)
    logits, returned = _forward(model.train(), x, given, sizes)
    if not all(part.requires_grad for part in (logits, *returned)):
        raise Mistake("state-detached")
    gradients = torch.autograd.grad((logits * torch.randn_like(logits)).sum(), given, allow_unused=True)
    if any(gradient is None or not gradient.any() for gradient in gradients):
        raise Mistake("state-detached")


def formula(vocab_size: int, embedding_size: int, hidden_size: int, num_layers: int) -> int:
    """Return the number of parameters: VE + [4H(E + H) + 8H] + (L − 1)(8H² + 8H) + HV + V.

    The embedding has V rows of E numbers. Each of the four gates of a layer has H rows, over its input and over h,
    and two biases (`torch.nn.LSTM` keeps both). The output layer has V rows of H numbers, and V biases.

    Parameters
    ----------
    vocab_size, embedding_size, hidden_size, num_layers : int
        V, E, H, L.

    Returns
    -------
    int
    """
    embedding = vocab_size * embedding_size
    first = 4 * hidden_size * (embedding_size + hidden_size) + 8 * hidden_size
    others = (num_layers - 1) * (8 * hidden_size**2 + 8 * hidden_size)
    return embedding + first + others + hidden_size * vocab_size + vocab_size


@_check("A1-C1-parameters")
def parameters(make, seed=0):
    """Check the number of parameters against `formula`, for one, two and three layers.

    Parameters
    ----------
    make : type
        The class.
    seed : int
        Draws the sizes.

    Returns
    -------
    Verdict
    """
    vocab_size, embedding_size, hidden_size, _ = Sizes.drawn(seed).model
    for num_layers in (1, 2, 3):
        sizes = vocab_size, embedding_size, hidden_size, num_layers
        model = _made(make, *sizes)
        given, expected = sum(weights.numel() for weights in model.parameters()), formula(*sizes)
        if given == expected:
            continue
        if _hides_layers(model):
            raise Mistake("not-registered")
        if any(module.bidirectional for module in _recurrent(model)):
            raise Mistake("bidirectional")
        blocks = formula(*sizes) - vocab_size * (embedding_size + hidden_size + 1)
        biases = 8 * hidden_size * num_layers
        if given in (expected - biases, expected - biases - vocab_size, expected - vocab_size):
            name = "no-bias"
        elif num_layers > 1 and given == formula(*sizes[:3], 1):
            name = "layers-ignored"
        elif given in (expected - blocks // 4, expected - 3 * blocks // 4):
            name = "not-an-lstm"
        else:
            name = "parameters-too-few" if given < expected else "parameters-too-many"
        raise Mistake(name, given=given, expected=expected)


@_check("A1-C1-untrained")
@torch.no_grad()
def untrained(make, seed=0):
    """Check that the untrained loss is about ln V: a network that knows nothing spreads its bets evenly.

    Parameters
    ----------
    make : type
        The class.
    seed : int
        Draws characters and weights.

    Returns
    -------
    Verdict
    """
    torch.default_generator.manual_seed(seed)
    sizes = Sizes(27, 16, 32, 2, batch_size=4, length=50)
    model = _made(make, *sizes.model)
    logits, _ = _forward(model, _characters(model, sizes), _zeros(model, sizes), sizes)
    _must_be_raw(logits)
    loss = F.cross_entropy(logits.flatten(0, 1), _characters(model, sizes).flatten()).item()
    expected = math.log(sizes.vocab_size)
    if not abs(loss - expected) < UNIFORM_BAND:
        raise Mistake("starts-far-from-uniform", given=loss, expected=expected, vocab_size=sizes.vocab_size)


def _overfitted(make, model_sizes: tuple[int, int, int], learning_rate: float) -> float:
    """Train on one sentence; return the loss after the last update, in nats per character."""
    alphabet = sorted(set(SENTENCE))
    ids = torch.tensor([[alphabet.index(character) for character in SENTENCE]])
    embedding_size, hidden_size, num_layers = model_sizes
    sizes = Sizes(len(alphabet), embedding_size, hidden_size, num_layers, batch_size=1, length=len(SENTENCE) - 1)
    model = _made(make, *sizes.model).train()
    ids = ids.to(_device(model))
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)

    def loss() -> torch.Tensor:
        logits, _ = _forward(model, ids[:, :-1], _zeros(model, sizes), sizes)
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())

    for step in range(STEPS):
        optimizer.zero_grad()
        current = loss()
        if not current.requires_grad:
            raise Mistake("does-not-overfit", given=current.item(), steps=step)
        current.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        final = loss().item()
        if not final < OVERFITTED:
            _must_be_raw(_forward(model, ids[:, :-1], _zeros(model, sizes), sizes)[0])
    return final


@_check("A1-C1-overfits")
def overfits(make):
    """Check that the network can learn at all: one sentence by heart, to a loss below 0.05, in 200 updates.

    Parameters
    ----------
    make : type
        The class. It is trained with 16 numbers per character, 64 hidden units, one layer, and Adam at 0.01.

    Returns
    -------
    Verdict
    """
    loss = _overfitted(make, (16, 64, 1), learning_rate=0.01)
    if not loss < OVERFITTED:
        raise Mistake("does-not-overfit", given=loss, steps=STEPS)


@_check("A1-C2-settings")
def settings(make, embedding_size, hidden_size, num_layers, learning_rate):
    """Check hyperparameters: usable at all, and able to learn one sentence by heart in 200 updates.

    Parameters
    ----------
    make : type
        The class, already checked.
    embedding_size, hidden_size : int
        From 8 to 256 and from 32 to 1024.
    num_layers : int
        From 1 to 4.
    learning_rate : float
        Above 0 and at most 1.

    Returns
    -------
    Verdict
    """
    bounds = {
        "embedding_size": (embedding_size, 8, 256),
        "hidden_size": (hidden_size, 32, 1024),
        "num_layers": (num_layers, 1, 4),
    }
    for name, (given, low, high) in bounds.items():
        if not isinstance(given, int) or isinstance(given, bool) or not low <= given <= high:
            raise Mistake("setting-not-usable", name=name, given=given, expected=f"a whole number, {low} to {high}")
    usable = isinstance(learning_rate, int | float) and not isinstance(learning_rate, bool)
    if not usable or not 0 < learning_rate <= 1:
        raise Mistake(
            "setting-not-usable", name="learning_rate", given=learning_rate, expected="a number above 0 and at most 1"
        )
    loss = _overfitted(make, (embedding_size, hidden_size, num_layers), learning_rate)
    if not loss < OVERFITTED:
        slower = _overfitted(make, (embedding_size, hidden_size, num_layers), learning_rate / 10)
        name = "learning-rate-too-large" if not slower > loss else "learning-rate-too-small"
        raise Mistake(name, given=loss, steps=STEPS)


@_check("A1-C3-runs")
def probing(experiments, texts):
    """Check a probing experiment: enough different runs, each knob turned, every text as long as it should be.

    Parameters
    ----------
    experiments : list of (str, int, float)
        Seed text, length and temperature of each run.
    texts : list of str
        What was written in each run, without the seed text.

    Returns
    -------
    Verdict
    """
    if not isinstance(experiments, list | tuple) or not all(
        isinstance(run, list | tuple) and len(run) == 3 for run in experiments
    ):
        raise Mistake("not-triples")
    if len(experiments) < RUNS:
        raise Mistake("too-few-runs", given=len(experiments), least=RUNS)
    knobs = [set(values) for values in zip(*experiments, strict=True)]
    for name, values, least in zip(("seed texts", "lengths", "temperatures"), knobs, (2, 2, 3), strict=True):
        if len(values) < least:
            raise Mistake("knob-not-turned", name=name, given=len(values), least=least)
    if 0 not in knobs[2]:
        raise Mistake("never-greedy")
    if [len(written) for written in texts] != [length for _, length, _ in experiments]:
        raise Mistake("texts-do-not-fit")


PROPERTIES = (state, shapes, batch, causality, carried, parameters, untrained, overfits)
