"""Text from a model: which character comes next, until there are enough."""

import contextlib
import math
import numbers
import time

import numpy as np

from course_utils import expect
from course_utils.sample.model_steps import ModelSteps
from course_utils.sample.stepper import Stepper

__all__ = ["generate", "show", "stream"]

# Logits this close count as equal: rounding errors of float32 in another order of summing are smaller.
TIE = 1e-5
# From here on the second best character has no chance, unless it is tied.
GREEDY_BELOW = 1e-6
# A notebook server drops output that arrives in more than 1000 messages a second.
SECONDS_BETWEEN_FLUSHES = 0.05


def generate(model, vocabulary, seed_text="", length=400, temperature=0.8, top_k=None, seed=0):
    """Let a model go on from a text, and return what it wrote.

    Every character is drawn from softmax(logits / temperature), and is the model's next input. The state is carried
    from character to character; nothing is read twice. The model runs in evaluation mode and in inference mode, and is
    left in the modes it was in.

    Parameters
    ----------
    model : nn.Module or Stepper
        ``model(x, hidden)`` returns logits of shape (1, 1, V) and the next hidden state, for x of shape (1, 1) and
        int64; ``model.init_hidden(1)`` returns the first one. If `Stepper.from_model` takes the model, which it does
        only where the logits agree, it copies the weights at the start and writes in the model's place.
    vocabulary : text.Vocabulary
        Of V characters.
    seed_text : str
        What the model reads first. It is not part of the result. Characters that the vocabulary does not have are left
        out, with a warning. If nothing is left, the model reads one line break, after which a text may begin; or the
        vocabulary's first character, if there is no line break in it.
    length : int
        Characters to write. With 0 the result is ``""``.
    temperature : float
        At least 0. Below 1 the likely characters gain, above 1 the unlikely ones. With 0, and with less than 10⁻⁶, the
        most likely character is taken; among those whose logits are within 10⁻⁵ of the largest, the first of the
        vocabulary.
    top_k : int or None
        Only the `top_k` most likely characters are drawn from. Logits count as equal when they are once rounded to five
        decimals; then the earlier in the vocabulary goes first. None or more than V: all of them.
    seed : int
        From 0 to 2⁶⁴ − 1, for random numbers of this call's own. The same seed gives the same text.

    Returns
    -------
    str
        Of `length` characters. If you interrupt the call (KeyboardInterrupt), what was written until then.

    Raises
    ------
    ValueError
        If an argument is out of its range, the model does not fit the vocabulary, or a logit is not a number.
    TypeError
        If `seed_text` is not a string, or the model does not return logits and a state.

    Notes
    -----
    A number u is drawn uniformly from [0, 1), and the first character is taken at which the sum of probabilities is
    above u. Probabilities are summed in float64. The logits carry the rounding errors of the model: about 10⁻⁶ in
    float32, where another processor may sum in another order. So about one character in a million is another one
    there, and the text differs from it on. For a text that is the same everywhere, give
    ``Stepper.from_model(model, dtype=np.float64)``: there it is about one in 10¹⁴.
    """
    written = []
    # Joined in the end: a string that grows would be copied again and again.
    with contextlib.suppress(KeyboardInterrupt):
        written.extend(stream(model, vocabulary, seed_text, length, temperature, top_k, seed))
    return "".join(written)


def show(model, vocabulary, seed_text="", length=400, temperature=0.8, top_k=None, seed=0):
    """Print `seed_text`, and what a model makes of it character by character as it writes.

    An interrupt (KeyboardInterrupt) ends the text and is no error. For the parameters see `generate`.
    """
    characters = stream(model, vocabulary, seed_text, length, temperature, top_k, seed)
    print(seed_text, end="", flush=True)
    flushed = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt):
        for character in characters:
            due = time.monotonic() - flushed > SECONDS_BETWEEN_FLUSHES
            print(character, end="", flush=due)
            flushed = time.monotonic() if due else flushed
    print(flush=True)


def stream(model, vocabulary, seed_text="", length=400, temperature=0.8, top_k=None, seed=0):
    """Return an iterator over the characters that a model writes. It keeps none of them.

    The arguments are checked at once, before the first character is asked for. For them see `generate`.

    Yields
    ------
    str
        One character.
    """
    if not isinstance(seed_text, str):
        raise TypeError(f"seed_text is {seed_text!r}; expected a string. An empty one is allowed.")
    length = expect.whole("length", length, 0)
    # NaN fails the comparison too.
    if not isinstance(temperature, numbers.Real) or not 0 <= temperature < math.inf:
        raise ValueError(
            f"temperature is {temperature!r}; expected a finite number of at least 0. With 0 the most "
            "likely character is taken; 0.8 is a good start."
        )
    if top_k is not None:
        top_k = expect.whole("top_k", top_k, 1, "Give None to draw from all characters.")
    random = np.random.default_rng(expect.seed(seed))
    ids = vocabulary.encode(seed_text).tolist() or [max(vocabulary.characters.find("\n"), 0)]
    return _characters(_steps(model, len(vocabulary), ids), vocabulary, ids, length, temperature, top_k, random)


def _characters(steps, vocabulary, ids, length, temperature, top_k, random):
    if length == 0:
        return
    for character in ids:
        logits = steps.step(character)
    for remaining in range(length - 1, -1, -1):
        character = _draw(logits, temperature, top_k, random)
        yield vocabulary.characters[character]
        if remaining:
            logits = steps.step(character)


def _draw(logits, temperature, top_k, random):
    """Draw a character by the inverse of the distribution function, in float64."""
    largest = float(logits.max())
    if not math.isfinite(largest):
        raise ValueError(
            f"The largest logit is {largest}; expected a finite number. Look at the model's weights: "
            "training may have diverged."
        )
    if temperature < GREEDY_BELOW:
        return int((logits >= largest - TIE).argmax())
    exponents = np.subtract(logits, largest, dtype=np.float64)
    if top_k is not None and top_k < len(exponents):
        order = np.argsort(-exponents.round(5), kind="stable")
        exponents[order[top_k:]] = -np.inf
    exponents /= temperature
    distribution = np.exp(exponents, out=exponents).cumsum()
    # random() is at most 1 − 2⁻⁵³, so the product is below the last sum, rounded or not, and the place is in range.
    return int(distribution.searchsorted(random.random() * distribution[-1], side="right"))


def _steps(model, characters, ids):
    """Return what makes the steps: a Stepper where it stands for the model, else the model."""
    if isinstance(model, Stepper):
        steps, known = model.copy(), model.characters
    else:
        try:
            steps = Stepper.from_model(model, probe=ids)
            known = steps.characters
        except ValueError:
            steps = ModelSteps(model)
            known = len(steps.step(0))
            steps.reset()
    if known != characters:
        raise ValueError(
            f"The model knows {known} characters, the vocabulary has {characters}. Give the vocabulary "
            "that the model was trained with."
        )
    return steps
