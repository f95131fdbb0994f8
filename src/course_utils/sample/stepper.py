"""The step of a trained CharLSTM in NumPy, without the cost that PyTorch pays for each call."""

import copy
import re
from importlib import resources

import numpy as np

from course_utils.sample.model_steps import ModelSteps

__all__ = ["Stepper", "showcase"]

SHOWCASE = "tiny_shakespeare"
# A Stepper stands for a model if no logit differs by more than this share of the largest. A GPU may multiply with the
# 10 bits of TF32.
AGREEMENT, AGREEMENT_ON_GPU = 1e-4, 1e-2
PROBE = 64


class Stepper:
    """The step of a trained CharLSTM in NumPy: a character in, the logits of the next one out.

    Three things make it fast. Embedding, input weights and both biases of the first layer are folded into one table
    with a row of 4H numbers for each character. The four gates need one call of tanh, because
    σ(x) = (1 + tanh(x/2))/2, and the 1/2 inside is folded into the weights. Every result has a place kept for it.

    Parameters
    ----------
    weights : dict of str to array
        As in a state dictionary of an embedding (V, E), an LSTM of L layers (``weight_ih_l0`` (4H, E), ``weight_hh_l0``
        (4H, H), ``bias_ih_l0`` (4H,), ``bias_hh_l0`` and so on; gate order i, f, g, o) and a linear layer (V, H).
        Names may have any prefix, and biases may be missing.
    dtype : data type
        float32 is the faster one, float64 the one that gives the same text on every processor.

    Attributes
    ----------
    characters, hidden_size, layers : int
        V, H and L.

    Raises
    ------
    ValueError
        If the weights are not those of such a model.
    """

    def __init__(self, weights, dtype=np.float32):
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise ValueError(f"dtype is {dtype!r}; expected np.float32 or np.float64.")
        self.dtype = np.dtype(dtype)
        embedding, lstm, output, output_bias = _sorted_weights(weights)
        self.characters, self.hidden_size, self.layers = len(output), output.shape[1], len(lstm)
        # The three gates with a sigmoid stand together, the candidate g comes last: i, f, o, g.
        order = np.arange(4 * self.hidden_size).reshape(4, -1)[[0, 1, 3, 2]].ravel()
        half = np.repeat([0.5, 0.5, 0.5, 1.0], self.hidden_size)[:, None]
        self._matrices, self._offsets = [], []
        for layer, (input_weights, recurrent_weights, bias) in enumerate(lstm):
            input_weights, recurrent_weights, bias = (
                half * part[order] for part in (input_weights, recurrent_weights, bias[:, None])
            )
            if layer == 0:
                self._table = self._own(embedding @ input_weights.T + bias[:, 0])
                self._matrices.append(self._own(recurrent_weights))
            else:
                # One product for what comes from below and what comes from before.
                self._matrices.append(self._own(np.hstack([input_weights, recurrent_weights])))
                self._offsets.append(self._own(bias[:, 0]))
        self._output, self._output_bias = self._own(output), self._own(output_bias)
        self._allocate()

    def _own(self, array):
        return np.ascontiguousarray(array, dtype=self.dtype)

    def _allocate(self):
        size = self.hidden_size
        self._hidden, self._cell = np.zeros((2, self.layers, size), dtype=self.dtype)
        self._gates, self._logits = np.empty(4 * size, dtype=self.dtype), np.empty(self.characters, dtype=self.dtype)
        flat = self._hidden.reshape(-1)
        # A layer reads the new state of the layer below and its own old one, which lie side by side.
        self._read = [flat[max(layer - 1, 0) * size : (layer + 1) * size] for layer in range(self.layers)]
        self._sigmoids = self._gates[: 3 * size]
        self._input_gate, self._forget_gate, self._output_gate, self._candidate = self._gates.reshape(4, size)

    @classmethod
    def from_model(cls, model, dtype=np.float32, probe=()):
        """Copy the weights of a model, and check that the logits agree with its own.

        The check reads 128 characters, the first 64 of `probe` among them, in two calls of the model.

        Parameters
        ----------
        model : nn.Module
            With the interface of the CharLSTM, on any device: one ``nn.Embedding``, one ``nn.LSTM`` in one direction,
            one ``nn.Linear``, and dropout, which does nothing here.
        dtype : data type
            float32 or float64.
        probe : sequence of int
            Ids of characters for the check.

        Returns
        -------
        Stepper

        Raises
        ------
        ValueError
            If the model has other layers, its layers have options that the step here does not know, or a logit differs
            by more than 10⁻⁴ of the largest one (10⁻² on a GPU, which may multiply with the 10 bits of TF32) or is
            not finite.
        """
        stepper = cls(_model_weights(model), dtype)
        size = stepper.characters
        # A seed text may be a single character, and the first step from a state of zeros shows nothing of the recurrent
        # weights: so there are always more.
        ids = [character % size for character in [*probe[:PROBE], *range(0, 7 * 2 * PROBE, 7)][: 2 * PROBE]]
        own = ModelSteps(model)
        # In two pieces, so that the model must carry its state from one to the other.
        expected = np.concatenate([own.block(ids[:PROBE]), own.block(ids[PROBE:])])
        found = np.array([stepper.step(character).copy() for character in ids])
        stepper.reset()
        if not np.isfinite(expected).all():
            raise ValueError("The model's logits are not finite numbers: training may have diverged.")
        tolerance = (AGREEMENT if own.device.type == "cpu" else AGREEMENT_ON_GPU) * np.abs(expected).max()
        if found.shape != expected.shape or np.abs(found - expected).max() > tolerance:
            raise ValueError(
                "The model's logits are not those of its embedding, LSTM and linear layer one after the "
                "other, with the state carried on. Compute nothing else in forward."
            )
        return stepper

    @classmethod
    def from_checkpoint(cls, source, dtype=np.float32):
        """Read the weights of a model that was stored by `train.save`.

        Parameters
        ----------
        source : path or str
            A file, or the name of one that travels with the toolbox: ``"tiny_shakespeare"``.
        dtype : data type
            float32 or float64.

        Returns
        -------
        Stepper

        Raises
        ------
        train.CheckpointError
            If the file is missing, damaged or something else.
        ValueError
            If the model in it is not an embedding, an LSTM and a linear layer.
        """
        return cls(_load(source)[0], dtype)

    def copy(self):
        """Return a Stepper with the same weights, which are shared, and a state of its own: zeros."""
        other = copy.copy(self)
        other._allocate()
        return other

    def reset(self):
        """Set the state to zeros."""
        self._hidden[:] = self._cell[:] = 0

    @property
    def state(self):
        """The hidden state h and the cell state c, copies of shape (L, H)."""
        return self._hidden.copy(), self._cell.copy()

    def step(self, character):
        """Read one character and return the logits of the next.

        Parameters
        ----------
        character : int
            Its id, from 0 to V − 1.

        Returns
        -------
        ndarray, shape (V,)
            Valid until the next step, which writes its own logits there. Copy what you keep.
        """
        # A negative id would be another row of the table, silently.
        if not 0 <= character < self.characters:
            raise ValueError(f"character is {character!r}; expected an id from 0 to {self.characters - 1}.")
        gates = self._gates
        for layer in range(self.layers):
            np.dot(self._matrices[layer], self._read[layer], out=gates)
            gates += self._offsets[layer - 1] if layer else self._table[character]
            np.tanh(gates, out=gates)
            self._sigmoids *= 0.5
            self._sigmoids += 0.5
            cell, hidden = self._cell[layer], self._hidden[layer]
            cell *= self._forget_gate
            self._input_gate *= self._candidate
            cell += self._input_gate
            np.tanh(cell, out=hidden)
            hidden *= self._output_gate
        np.dot(self._output, hidden, out=self._logits)
        self._logits += self._output_bias
        return self._logits


def showcase(dtype=np.float64):
    r"""Return the small model that travels with the toolbox, trained on Tiny Shakespeare.

    Parameters
    ----------
    dtype : data type
        float64 gives the same text on every processor.

    Returns
    -------
    model : Stepper
    vocabulary : text.Vocabulary
    card : dict
        How it was trained, and how well it does.

    Examples
    --------
    ``model, vocabulary, card = sample.showcase()`` and then ``sample.show(model, vocabulary, "ROMEO:\n")``.
    """
    from course_utils import text

    weights, card = _load(SHOWCASE)
    return Stepper(weights, dtype), text.Vocabulary(card["vocabulary"]), card


def _model_weights(model):
    """Return the weights of an embedding, an LSTM and a linear layer, or say what else the model is made of."""
    from torch import nn

    kinds = {nn.Embedding: [], nn.LSTM: [], nn.Linear: []}
    for module in model.modules():
        if type(module) in kinds:
            kinds[type(module)].append(module)
        elif next(module.children(), None) is None and not isinstance(module, nn.Dropout | nn.Identity):
            raise ValueError(
                f"The model has a layer of type {type(module).__name__}; expected one nn.Embedding, one "
                "nn.LSTM, one nn.Linear, and dropout."
            )
    counts = [len(found) for found in kinds.values()]
    if counts != [1, 1, 1]:
        raise ValueError(
            f"The model has {counts[0]} nn.Embedding, {counts[1]} nn.LSTM and {counts[2]} nn.Linear; "
            "expected one of each."
        )
    (embedding,), (lstm,), (linear,) = kinds.values()
    if lstm.bidirectional or lstm.proj_size:
        raise ValueError("The model's LSTM runs in two directions or projects its state; expected neither.")
    bias = linear.weight.new_zeros(len(linear.weight)) if linear.bias is None else linear.bias
    weights = {
        "embedding.weight": embedding.weight,
        "output.weight": linear.weight,
        "output.bias": bias,
        **dict(lstm.named_parameters()),
    }
    return {name: value.detach().cpu().double().numpy() for name, value in weights.items()}


def _load(source):
    """Read a checkpoint, by its path or as one of the toolbox's own."""
    from course_utils import train

    if isinstance(source, str) and re.fullmatch(r"\w+", source):
        shipped = resources.files("course_utils") / "data" / f"{source}.safetensors"
        if shipped.is_file():
            with resources.as_file(shipped) as path:
                return train.load(path)
    return train.load(source)


def _sorted_weights(weights):
    """Return the embedding, a triple for each layer of the LSTM, and the matrix and bias of the output, in float64."""
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items()}
    lstm, rest = {}, {}
    for name, array in arrays.items():
        found = re.fullmatch(r"(?:.*\.)?((?:weight|bias)_[ih]h_l\d+)", name)
        (lstm if found else rest)[found[1] if found else name] = array
    layers = sum(name.startswith("weight_hh") for name in lstm)
    matrices = {name: array for name, array in rest.items() if array.ndim == 2}
    biases = {name: array for name, array in rest.items() if array.ndim == 1}
    shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
    expected = (
        "expected those of one embedding (V, E), one LSTM in one direction (weight_ih_l0 and so on) and one "
        "linear layer (V, H)."
    )
    if layers == 0 or len(matrices) != 2 or len(biases) > 1 or len(matrices) + len(biases) != len(rest):
        raise ValueError(f"The weights are {shapes or 'none'}; {expected}")
    try:
        size = lstm["weight_hh_l0"].shape[1]
        output_name = _output_name(matrices, biases, size)
        (embedding,) = (array for name, array in matrices.items() if name != output_name)
        output = matrices[output_name]
        zeros = np.zeros(4 * size)
        triples, used = [], 0
        for layer in range(layers):
            below = embedding.shape[1] if layer == 0 else size
            names = [f"{kind}_{part}_l{layer}" for kind in ("weight", "bias") for part in ("ih", "hh")]
            parts = [lstm.get(name, zeros) if name.startswith("bias") else lstm[name] for name in names]
            used += sum(name in lstm for name in names)
            if [part.shape for part in parts] != [(4 * size, below), (4 * size, size), (4 * size,), (4 * size,)]:
                raise ValueError
            triples.append((parts[0], parts[1], parts[2] + parts[3]))
        bias = next(iter(biases.values()), np.zeros(len(output)))
        if used != len(lstm) or output.shape != (len(embedding), size) or bias.shape != (len(output),):
            raise ValueError
    except (KeyError, IndexError, ValueError):
        raise ValueError(f"The weights {shapes} do not fit together; {expected}") from None
    return embedding, triples, output, bias


def _output_name(matrices, biases, size):
    """Tell the output's matrix from the embedding's: by its bias, else by its shape."""
    for name in biases:
        return re.sub(r"bias$", "weight", name)
    fitting = [name for name, array in matrices.items() if array.shape[1] == size]
    if len(fitting) != 1:
        raise ValueError
    return fitting[0]
