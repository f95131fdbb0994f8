"""Sequences: small tasks whose one difficulty is known, for chapters 7 and 8.

A task is a recipe for sequences. ``task.draw(count, seed)`` makes inputs and targets, ``task.loss`` and ``task.score``
judge a model's outputs, and ``task.chance`` is the score of the best answer that remembers nothing: it sees the last
step's input and none before it. A model that scores no better than chance has learned nothing about the past.

| task | a model must | metric |
|---|---|---|
| `FlipFlop` | report, at the end, the last marked symbol | accuracy |
| `Recall` | report, at the end, the first symbol | accuracy |
| `Adding` | add the two marked numbers | mean squared error |
| `DelayedXor` | combine bits from a few steps ago, at every step | accuracy |
| `Agreement` | choose the verb that agrees with the subject | accuracy |
| `ResetCounter` | count the rains since the last full stop, at every step | accuracy |
| `FixedData` | anything: it wraps data that you have | either |

Every draw has a random generator of its own, made from the seed. The same seed gives the same bytes, whatever else
drew random numbers before, and the generators of PyTorch, NumPy and Python are left as they were.
"""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from torch.nn import functional

from course_utils import expect

__all__ = ["IGNORED", "Adding", "Agreement", "DelayedXor", "FixedData", "FlipFlop", "Recall", "ResetCounter"]

#: The target of a step that has none. It is the number that PyTorch's cross-entropy leaves out.
IGNORED = -100


class _Task:
    """What every task shares: drawing under a seed, loss and score."""

    metric: ClassVar[str] = "accuracy"

    def draw(self, count, seed):
        """Draw sequences, each independent of the others.

        Parameters
        ----------
        count : int
            How many, at least 1.
        seed : int
            From 0 to 2⁶⁴ − 1. The same seed gives the same bytes.

        Returns
        -------
        inputs : Tensor of float32, shape (count, length, input_size)
        targets : Tensor
            What the sequences ask for: int64 of shape (count,) or, for tasks that ask at every step, (count, length),
            where `IGNORED` marks a step without a question; float32 of shape (count, 1) if the metric is ``"mse"``.

        Raises
        ------
        ValueError
            If `count` or `seed` is not such a whole number.
        """
        rng = np.random.default_rng(expect.seed(seed))
        inputs, targets = self._draw(rng, expect.whole("count", count, 1, "Ask for one sequence or more."))
        return torch.from_numpy(inputs), torch.from_numpy(targets)

    def loss(self, outputs, targets):
        """Return the loss to minimise: cross-entropy for ``"accuracy"``, mean squared error for ``"mse"``.

        Parameters
        ----------
        outputs : Tensor
            The shape of `targets` followed by `output_size`, or for ``"mse"`` the shape of `targets`. Logits, for
            ``"accuracy"``.
        targets : Tensor
            As `draw` made them.

        Returns
        -------
        Tensor, shape ()
            The mean over all targets that are not `IGNORED`. In nats, for ``"accuracy"``.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        self._check(outputs, targets)
        if self.metric == "mse":
            return functional.mse_loss(outputs, targets)
        return functional.cross_entropy(outputs.reshape(-1, self.output_size), targets.reshape(-1))

    def score(self, outputs, targets):
        """Return how good the outputs are, as a Python float.

        Parameters
        ----------
        outputs, targets : Tensor
            As for `loss`.

        Returns
        -------
        float
            The share of right answers among the targets that are not `IGNORED`, where the largest logit is the
            answer; for ``"mse"`` the mean squared error.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        self._check(outputs, targets)
        with torch.no_grad():
            if self.metric == "mse":
                return functional.mse_loss(outputs, targets).item()
            right = outputs.argmax(-1) == targets
            return right.sum().item() / (targets != IGNORED).sum().item()

    def _check(self, outputs, targets):
        expected = targets.shape if self.metric == "mse" else (*targets.shape, self.output_size)
        if tuple(outputs.shape) != tuple(expected):
            raise ValueError(
                f"The outputs have shape {tuple(outputs.shape)}; expected {tuple(expected)} for targets of shape "
                f"{tuple(targets.shape)}. Let the model return {self._asks()}."
            )

    def _asks(self):
        return "one output vector for each sequence, of shape (count, output_size)"


class _EveryStep(_Task):
    """A task that asks at every step."""

    def _asks(self):
        return "one output vector for each step, of shape (count, length, output_size)"


class _Words:
    """A task whose inputs are words, one-hot over `vocabulary`."""

    def words(self, sequence):
        """Return one sequence as words.

        Parameters
        ----------
        sequence : Tensor, shape (length, input_size)
            One row of the inputs that `draw` made.

        Returns
        -------
        list of str

        Raises
        ------
        ValueError
            If the shape is another, or a step is not one-hot.
        """
        sequence = torch.as_tensor(sequence)
        if sequence.ndim != 2 or sequence.shape[1] != self.input_size:
            raise ValueError(
                f"The sequence has shape {tuple(sequence.shape)}; expected (length, {self.input_size}). "
                "Hand over one sequence, inputs[0], not the batch."
            )
        if not ((sequence == 1).sum(1) == 1).all() or not ((sequence == 0).sum(1) == self.input_size - 1).all():
            raise ValueError(
                "A step of the sequence is not one-hot; expected a single 1 and otherwise 0. Hand over a "
                "row of the inputs that draw made."
            )
        return [self.vocabulary[k] for k in sequence.argmax(1).tolist()]

    def encode(self, words):
        """Return words of your own as one sequence, the inverse of `words`.

        Parameters
        ----------
        words : str or list of str
            A string is split at spaces. Any number of words is allowed.

        Returns
        -------
        Tensor of float32, shape (number of words, input_size)

        Raises
        ------
        ValueError
            If there is no word, or one that the vocabulary does not hold; the message lists those it holds.
        """
        words = words.split() if isinstance(words, str) else list(words)
        strange = [word for word in words if word not in self.vocabulary]
        if strange or not words:
            given = f"{strange[0]!r} is not a word of this task" if strange else "There is no word"
            raise ValueError(
                f"{given}; expected words from: {' '.join(self.vocabulary)}. Write them with a space between two."
            )
        return torch.from_numpy(_one_hot([self.vocabulary.index(word) for word in words], self.input_size))


@dataclass(frozen=True)
class FlipFlop(_Task):
    """Report, at the end, the last symbol that carried a mark.

    Every step shows one of `symbols` symbols, all equally likely. With probability `mark_probability` it is marked.
    The first step always is, so that there is always an answer. A step's input is the symbol, one-hot, followed by
    the mark, 1 or 0. The target is the symbol at the last mark. A model must take in each marked symbol, let go of the
    one before, and pass by those without a mark: set, reset and hold, as the memory circuit of this name does.

    Parameters
    ----------
    length : int
        Steps, at least 2.
    symbols : int
        At least 2.
    mark_probability : float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If a size is not allowed.
    """

    length: int
    symbols: int = 4
    mark_probability: float = 0.06

    def __post_init__(self):
        expect.whole("length", self.length, 2, "A sequence of one step has no past to remember.")
        expect.whole("symbols", self.symbols, 2, "With one symbol the answer is known beforehand.")
        expect.fraction("mark_probability", self.mark_probability, ends=False, advice="The course uses 0.06.")

    @property
    def input_size(self):
        """The symbols and the mark."""
        return self.symbols + 1

    @property
    def output_size(self):
        """A logit for each symbol."""
        return self.symbols

    @property
    def chance(self):
        """Accuracy of the best answer from the last step alone, p + (1 − p)/k.

        With probability p the last step is marked, and it shows the answer. Otherwise the answer is one of the k
        symbols, all equally likely whatever the last step shows.
        """
        return self.mark_probability + (1 - self.mark_probability) / self.symbols

    def _draw(self, rng, count):
        symbols = rng.integers(self.symbols, size=(count, self.length))
        marks = rng.random((count, self.length)) < self.mark_probability
        marks[:, 0] = True
        last = self.length - 1 - marks[:, ::-1].argmax(1)
        inputs = np.concatenate([_one_hot(symbols, self.symbols), marks[..., None].astype(np.float32)], axis=2)
        return inputs, symbols[np.arange(count), last]


@dataclass(frozen=True)
class Recall(_Task):
    """Report, at the end, the first symbol, after `lag` steps of distraction.

    The first step shows one of `symbols` symbols, all equally likely. Each of the `lag` steps after it shows one of
    `distractors` other signs, drawn freely, which mean nothing. The input is one-hot over symbols and distractors. The
    target is the first step's symbol: to tell it, a model must carry it through `lag` updates of its state.

    Parameters
    ----------
    lag : int
        Steps between the symbol and the answer, at least 1.
    symbols : int
        At least 2.
    distractors : int
        How many different signs distract, at least 1.

    Raises
    ------
    ValueError
        If a size is not allowed.
    """

    lag: int
    symbols: int = 4
    distractors: int = 4

    def __post_init__(self):
        expect.whole("lag", self.lag, 1, "With no step between symbol and answer there is nothing to remember.")
        expect.whole("symbols", self.symbols, 2, "With one symbol the answer is known beforehand.")
        expect.whole("distractors", self.distractors, 1, "The steps between need a sign to show.")

    @property
    def length(self):
        """The symbol's step and the distractors'."""
        return self.lag + 1

    @property
    def input_size(self):
        """The symbols, then the distractors."""
        return self.symbols + self.distractors

    @property
    def output_size(self):
        """A logit for each symbol."""
        return self.symbols

    @property
    def chance(self):
        """Accuracy of the best answer from the last step alone, 1/k: a distractor says nothing about the symbol."""
        return 1 / self.symbols

    def _draw(self, rng, count):
        ids = rng.integers(self.distractors, size=(count, self.length)) + self.symbols
        ids[:, 0] = rng.integers(self.symbols, size=count)
        return _one_hot(ids, self.input_size), ids[:, 0].copy()


@dataclass(frozen=True)
class Adding(_Task):
    """Add the two marked numbers of a long list.

    The adding problem of Hochreiter and Schmidhuber (1997), in a form that is common today. Every step shows a number,
    uniform on [0, 1], and a mark. Two steps are marked with 1, one drawn from the first half of the sequence (its
    length // 2 first steps) and one from the rest; all others carry 0. The target is the sum of the two marked
    numbers, of shape (count, 1).

    Parameters
    ----------
    length : int
        Steps, at least 2.

    Raises
    ------
    ValueError
        If the length is not allowed.
    """

    length: int
    metric: ClassVar[str] = "mse"

    def __post_init__(self):
        expect.whole("length", self.length, 2, "Two numbers need two steps.")

    @property
    def input_size(self):
        """The number and the mark."""
        return 2

    @property
    def output_size(self):
        """The sum."""
        return 1

    @property
    def chance(self):
        """Mean squared error of the best answer from the last step alone, 1/6 − 1/(12 m).

        A uniform number on [0, 1] has variance 1/12. Nobody who saw neither number does better than to answer their
        mean, 1, and errs by 1/12 + 1/12 = 1/6. With probability 1/m the last step is marked, where m = length −
        length // 2 is the number of steps in the second half. Then one number is known, and 1/12 of the error is gone.
        """
        return 1 / 6 - 1 / (12 * (self.length - self.length // 2))

    def _draw(self, rng, count):
        numbers = rng.random((count, self.length), dtype=np.float32)
        half, rows = self.length // 2, np.arange(count)
        first, second = rng.integers(half, size=count), rng.integers(half, self.length, size=count)
        marks = np.zeros((count, self.length), dtype=np.float32)
        marks[rows, first] = marks[rows, second] = 1
        targets = numbers[rows, first] + numbers[rows, second]
        return np.stack([numbers, marks], axis=2), targets[:, None]


@dataclass(frozen=True)
class DelayedXor(_EveryStep):
    """Tell, at every step, whether the bits some steps ago hold an odd number of ones.

    Every step shows a bit, 0 or 1, equally likely. The target at step t is the exclusive or of the bits at t − lag, for
    the lags given. The first max(lags) steps have no target: `IGNORED`. Two lags make a short memory and a step that
    is not linear.

    Parameters
    ----------
    length : int
        Steps, more than the largest lag.
    lags : tuple of int
        Two or more different delays, each at least 0, where 0 is the step itself.

    Raises
    ------
    ValueError
        If the length or a lag is not allowed.
    """

    length: int
    lags: tuple = (1, 3)

    def __post_init__(self):
        if not isinstance(self.lags, tuple | list) or len(set(self.lags)) != len(self.lags) or len(self.lags) < 2:
            raise ValueError(f"lags is {self.lags!r}; expected two or more different delays, for example (1, 3).")
        for lag in self.lags:
            expect.whole("A lag", lag, 0, "Count the steps back from the present one.")
        object.__setattr__(self, "lags", tuple(self.lags))
        expect.whole("length", self.length, max(self.lags) + 1, f"The largest lag is {max(self.lags)}.")

    @property
    def input_size(self):
        """The bit."""
        return 1

    @property
    def output_size(self):
        """A logit for 0 and one for 1."""
        return 2

    @property
    def chance(self):
        """Accuracy of the best answer from the present step alone, 1/2.

        At least one of the bits lies in the past. It is 0 or 1 with equal probability whatever the present bit is,
        so the answer is too.
        """
        return 0.5

    def _draw(self, rng, count):
        bits = rng.integers(2, size=(count, self.length))
        start = max(self.lags)
        targets = np.full((count, self.length), IGNORED)
        targets[:, start:] = sum(bits[:, start - lag : self.length - lag] for lag in self.lags) % 2
        return bits[..., None].astype(np.float32), targets


_SINGULAR = ("key", "cabinet", "lamp", "door", "letter", "garden", "clock", "boat")
_PREPOSITIONS = ("near", "behind", "beside", "under")


@dataclass(frozen=True)
class Agreement(_Words, _Task):
    """Choose the verb form that agrees with the subject of a sentence.

    A sentence is a subject and `distractors` phrases: "the keys near the cabinet behind the lamps". Nouns and
    prepositions are drawn freely. The target is the verb that comes next: 0 stands for "is" and 1 for "are",
    according to the number of the first noun, which is singular or plural with equal probability. Every later noun
    has the other number with probability `opposite`, each for itself. At 1/2 the later nouns tell nothing about the
    subject; train there, and test at 1, where all of them mislead.

    Inputs are one-hot over `vocabulary`. `words` turns them into a sentence, `encode` does the reverse.

    Parameters
    ----------
    distractors : int
        Phrases between subject and verb, three words each, at least 0.
    opposite : float
        From 0 to 1.

    Raises
    ------
    ValueError
        If a size is not allowed.
    """

    distractors: int
    opposite: float = 0.5

    vocabulary: ClassVar[tuple] = ("the", *_PREPOSITIONS, *_SINGULAR, *(noun + "s" for noun in _SINGULAR))
    verbs: ClassVar[tuple] = ("is", "are")

    def __post_init__(self):
        expect.whole("distractors", self.distractors, 0, "Count the phrases between subject and verb.")
        expect.fraction("opposite", self.opposite, ends=True, advice="Train at 0.5 and test at 1.")

    @property
    def length(self):
        """Two words of the subject and three for each distractor."""
        return 2 + 3 * self.distractors

    @property
    def input_size(self):
        """The number of different words."""
        return len(self.vocabulary)

    @property
    def output_size(self):
        """A logit for each verb."""
        return len(self.verbs)

    @property
    def chance(self):
        """Accuracy of the best answer from the last word alone, max(q, 1 − q) with q = `opposite`.

        The last word is a noun. With probability q its number is the other one, so the best answer is the verb that
        fits it or the verb that does not, whichever is right more often. Without distractors the last word is the
        subject itself, and the answer is always right.
        """
        return max(self.opposite, 1 - self.opposite) if self.distractors else 1.0

    def _draw(self, rng, count):
        plural = rng.integers(2, size=count)
        nouns = rng.integers(len(_SINGULAR), size=(count, self.distractors + 1))
        other = rng.random((count, self.distractors + 1)) < self.opposite
        other[:, 0] = False
        ids = np.zeros((count, self.length), dtype=np.int64)
        ids[:, 1::3] = 1 + len(_PREPOSITIONS) + nouns + len(_SINGULAR) * (plural[:, None] ^ other)
        ids[:, 2::3] = rng.integers(1, 1 + len(_PREPOSITIONS), size=(count, self.distractors))
        return _one_hot(ids, self.input_size), plural


@dataclass(frozen=True)
class ResetCounter(_Words, _Task):
    """Count, at every step, how often it rained since the last full stop.

    Every step shows a full stop with probability `stop_probability`, "rain" with probability `rain_probability`, and
    otherwise "sun". The target is the number of rains since the last full stop, this step's included, so at a full stop
    it is 0. With ``stop_resets=False`` a full stop means nothing and the count is of all rains so far. That is the
    control: the same inputs, other targets.

    The model returns one number for each step. The loss is the mean squared error, the score an accuracy: an answer is
    right if the number, rounded, is the count.

    Inputs are one-hot over `vocabulary`. `words` turns them into text, `encode` does the reverse.

    Parameters
    ----------
    length : int
        Steps, at least 2.
    stop_resets : bool
        Whether the full stop sets the count to 0.
    stop_probability, rain_probability : float
        Between 0 and 1, and together less than 1.

    Raises
    ------
    ValueError
        If a size is not allowed.
    """

    length: int
    stop_resets: bool = True
    stop_probability: float = 0.1
    rain_probability: float = 0.2

    vocabulary: ClassVar[tuple] = (".", "rain", "sun")

    def __post_init__(self):
        expect.whole("length", self.length, 2, "A sequence of one step has no past to remember.")
        if not isinstance(self.stop_resets, bool):
            raise ValueError(f"stop_resets is {self.stop_resets!r}; expected True or False. False makes the control.")
        expect.fraction("stop_probability", self.stop_probability, ends=False, advice="The course uses 0.1.")
        expect.fraction("rain_probability", self.rain_probability, ends=False, advice="The course uses 0.2.")
        if self.stop_probability + self.rain_probability >= 1:
            raise ValueError(
                f"stop_probability and rain_probability are {self.stop_probability} and "
                f"{self.rain_probability}; expected a sum below 1. Leave room for the sun."
            )

    @property
    def input_size(self):
        """The number of different words, the full stop among them."""
        return len(self.vocabulary)

    @property
    def output_size(self):
        """The count."""
        return 1

    @property
    def chance(self):
        """Accuracy of the best answer from the present word alone, averaged over the steps.

        The step number is not known either. At a full stop the answer is 0, and sure, if stops reset. At any other word
        the best answer is the count that is most frequent there. The counts before step t follow from the draws: each
        earlier step is a rain with probability r, and with probability s it is a stop, which sets the count to 0 (if
        stops reset). So P(n) after a step is (1 − s − r) P(n) + r P(n − 1), and the stop's share s goes to n = 0, or,
        for the control, stays with n. `chance` runs this recurrence over the steps and takes the largest averages.
        """
        stop, rain = self.stop_probability, self.rain_probability
        before = np.zeros(self.length + 1)
        before[0] = 1
        average = np.zeros(self.length + 1)
        for _ in range(self.length):
            average += before / self.length
            rained = np.append(0, before[:-1])
            stopped = np.eye(1, self.length + 1)[0] if self.stop_resets else before
            before = (1 - stop - rain) * before + rain * rained + stop * stopped
        # A rain adds 1 to the count before it and the sun 0: the largest average is the same.
        likely = average.max()
        return float((1 - stop) * likely + stop * (1 if self.stop_resets else likely))

    def loss(self, outputs, targets):
        """Return the mean squared error of the counts.

        Parameters
        ----------
        outputs : Tensor, shape (count, length, 1)
        targets : Tensor of int64, shape (count, length)

        Returns
        -------
        Tensor, shape ()

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        self._check(outputs, targets)
        return functional.mse_loss(outputs[..., 0], targets.to(outputs.dtype))

    def score(self, outputs, targets):
        """Return the share of steps whose count, rounded to a whole number, is right.

        Parameters
        ----------
        outputs, targets : Tensor
            As for `loss`.

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        self._check(outputs, targets)
        with torch.no_grad():
            return (outputs[..., 0].round() == targets).double().mean().item()

    def _asks(self):
        return "one number for each step, of shape (count, length, 1)"

    def _draw(self, rng, count):
        lot = rng.random((count, self.length))
        stops = lot < self.stop_probability
        rains = ~stops & (lot < self.stop_probability + self.rain_probability)
        so_far = np.cumsum(rains, axis=1)
        # The count at the last full stop is what the reset takes away.
        taken = np.maximum.accumulate(np.where(stops, so_far, 0), axis=1) if self.stop_resets else 0
        return _one_hot(np.where(stops, 0, np.where(rains, 1, 2)), self.input_size), so_far - taken


@dataclass(frozen=True, eq=False)
class FixedData(_Task):
    """Wrap data that you have, so that they can be used as a task.

    `draw` samples with replacement. Without a number, ``draw(None, seed)``, it returns everything in order. Sequences
    to test on are a task of their own: wrap them separately.

    Parameters
    ----------
    inputs : array_like, shape (n, length, input_size)
        Copied, and turned into float32. An image goes in row by row: (n, rows, columns).
    targets : array_like, shape (n,) or (n, outputs)
        Whole numbers from 0 for ``"accuracy"``, the classes; one or more numbers a row for ``"mse"``.
    metric : {"accuracy", "mse"}

    Raises
    ------
    ValueError
        If the shapes do not fit each other, there are no data, or some are not finite.
    """

    inputs: torch.Tensor = field(repr=False)
    targets: torch.Tensor = field(repr=False)
    metric: str = "accuracy"

    def __post_init__(self):
        if self.metric not in ("accuracy", "mse"):
            raise ValueError(f"metric is {self.metric!r}; expected 'accuracy' for classes or 'mse' for numbers.")
        inputs = torch.tensor(np.asarray(self.inputs), dtype=torch.float32)
        given = np.asarray(self.targets)
        if inputs.ndim != 3 or 0 in inputs.shape:
            raise ValueError(
                f"The inputs have shape {tuple(inputs.shape)}; expected (n, length, input_size), none of "
                "them 0. Reshape them: a row of a table is a sequence of one step."
            )
        if not torch.isfinite(inputs).all():
            raise ValueError("Some inputs are not finite; expected numbers. Remove or fill in what is missing.")
        dimensions = 1 if self.metric == "accuracy" else 2
        if given.ndim != dimensions or len(given) != len(inputs) or given.size == 0:
            shape = f"({len(inputs)},)" if dimensions == 1 else f"({len(inputs)}, outputs)"
            raise ValueError(
                f"The targets have shape {given.shape}; expected {shape}, one entry or row for each "
                f"sequence, for the metric {self.metric!r}."
            )
        if self.metric == "accuracy" and not (given.dtype.kind in "iu" and given.min() >= 0):
            raise ValueError(
                f"The targets are of type {given.dtype}, the least of them {given.min()}; expected whole "
                "numbers from 0, one for each class. For numbers to predict, say metric='mse'."
            )
        if not np.isfinite(given).all():
            raise ValueError("Some targets are not finite; expected numbers. Remove those sequences.")
        targets = torch.tensor(given, dtype=torch.int64 if self.metric == "accuracy" else torch.float32)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "targets", targets)

    @property
    def length(self):
        """Steps of a sequence."""
        return self.inputs.shape[1]

    @property
    def input_size(self):
        """Numbers at each step."""
        return self.inputs.shape[2]

    @property
    def output_size(self):
        """A logit for each class from 0 to the largest; for ``"mse"`` the columns of the targets."""
        return int(self.targets.max()) + 1 if self.metric == "accuracy" else self.targets.shape[1]

    @property
    def chance(self):
        """Score of the best constant answer: the share of the most frequent class, or the variance of the targets.

        What the last step alone tells is not known for data at hand, so this answer sees nothing at all. For ``"mse"``
        it is the mean of each column, and the score is the variance around it, averaged over the columns.
        """
        if self.metric == "accuracy":
            return (self.targets.bincount().max() / len(self.targets)).item()
        return self.targets.var(0, correction=0).mean().item()

    def draw(self, count, seed):
        """Draw sequences with replacement, or return all.

        Parameters
        ----------
        count : int or None
            How many. None returns all of them in order, and the seed says nothing.
        seed : int
            From 0 to 2⁶⁴ − 1.

        Returns
        -------
        inputs : Tensor of float32, shape (count, length, input_size)
        targets : Tensor
            int64 of shape (count,), or float32 of shape (count, outputs) for ``"mse"``.

        Raises
        ------
        ValueError
            If `count` or `seed` is not such a whole number.
        """
        if count is None:
            return self.inputs.clone(), self.targets.clone()
        return super().draw(count, seed)

    def _draw(self, rng, count):
        rows = rng.integers(len(self.inputs), size=count)
        return self.inputs.numpy()[rows], self.targets.numpy()[rows]


def _one_hot(ids, size):
    return np.eye(size, dtype=np.float32).take(ids, axis=0)
