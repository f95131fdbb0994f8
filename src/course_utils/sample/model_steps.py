"""The steps of any model with the interface of the CharLSTM."""

import contextlib

__all__ = ["ModelSteps"]


class ModelSteps:
    """A model and the state it is in.

    Parameters
    ----------
    model : nn.Module
        With the interface of the CharLSTM.

    Attributes
    ----------
    device : torch.device
        Where the model is.
    """

    def __init__(self, model):
        import torch

        self._model = model
        self.device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
        self.reset()

    def reset(self):
        """Set the state to the one that the model begins with."""
        self._hidden = None

    def step(self, character):
        """Read one character and return the logits of the next, float64 of shape (V,)."""
        return self.block([character])[0]

    def block(self, characters):
        """Read T characters in one call and return the logits after each, float64 of shape (T, V).

        Raises
        ------
        TypeError
            If the model does not return a pair.
        ValueError
            If its logits are not of shape (1, T, V).
        """
        import torch

        # Set for each call and not for the whole text, so that a caller of stream() may train between two characters.
        with _evaluating(self._model), torch.inference_mode():
            hidden = self._model.init_hidden(1) if self._hidden is None else self._hidden
            result = self._model(torch.tensor([characters], dtype=torch.int64, device=self.device), hidden)
            if not isinstance(result, tuple | list) or len(result) != 2:
                raise TypeError(
                    f"The model returned {type(result).__name__}; expected a pair: logits of shape "
                    "(B, T, V) and the hidden state (h, c). Return both from forward."
                )
            logits, self._hidden = result
            if logits.ndim != 3 or logits.shape[:2] != (1, len(characters)):
                raise ValueError(
                    f"The model's logits have the shape {tuple(logits.shape)}; expected "
                    f"(1, {len(characters)}, V) for x of shape (1, {len(characters)}). Look at "
                    "batch_first and at the last layer."
                )
            # To the CPU first: not every device has float64.
            return logits[0].cpu().double().numpy()


@contextlib.contextmanager
def _evaluating(model):
    """Put a model into evaluation mode, and each of its modules back where it was."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
