"""The same LSTM layer written in several ways, inside the same model, for comparing their speed."""

import torch
from torch import nn

__all__ = ["CellLoop", "Model", "TimeLoop", "nn_lstm"]


class Model(nn.Module):
    """An embedding, a recurrence of one layer and a linear layer, with the interface of the CharLSTM."""

    def __init__(self, characters, embedding_size, hidden_size, recurrence):
        super().__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(characters, embedding_size)
        self.recurrence = recurrence(embedding_size, hidden_size)
        self.output = nn.Linear(hidden_size, characters)

    def forward(self, x, hidden):
        """Return logits (B, T, V) and the state, for x (B, T)."""
        outputs, hidden = self.recurrence(self.embedding(x), hidden)
        return self.output(outputs), hidden

    def init_hidden(self, batch_size):
        """Return h and c, zeros of shape (1, B, H)."""
        return tuple(torch.zeros(2, 1, batch_size, self.hidden_size))


def nn_lstm(input_size, hidden_size):
    """Make PyTorch's layer."""
    return nn.LSTM(input_size, hidden_size, batch_first=True)


class TimeLoop(nn.Module):
    """From scratch: one product for the inputs of all steps, and one for the four gates in each step."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.input = nn.Linear(input_size, 4 * hidden_size)
        self.recurrent = nn.Linear(hidden_size, 4 * hidden_size, bias=False)

    def forward(self, x, hidden):
        """Return the outputs (B, T, H) and the state."""
        h, c = (part[0] for part in hidden)
        outputs = []
        for from_input in self.input(x).unbind(1):
            i, f, g, o = (from_input + self.recurrent(h)).chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h[None], c[None])


class CellLoop(nn.Module):
    """PyTorch's step, in a loop over time."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.LSTMCell(input_size, hidden_size)

    def forward(self, x, hidden):
        """Return the outputs (B, T, H) and the state."""
        h, c = (part[0] for part in hidden)
        outputs = []
        for step in x.unbind(1):
            h, c = self.cell(step, (h, c))
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h[None], c[None])
