"""The CharLSTM of the worked solution, for the tests of text, training and sampling: one class, kept in one place."""

from pathlib import Path

import nbformat
import torch
from torch import nn

SOLUTION = Path(__file__).resolve().parents[1] / "notebooks" / "solutions" / "char_lstm.ipynb"
TAG = "char-lstm"


def source():
    """The code of the cell that defines the class."""
    [cell] = [cell for cell in nbformat.read(SOLUTION, as_version=4).cells if TAG in cell.metadata.get("tags", [])]
    return cell.source


def defined_by(code):
    """The class CharLSTM that a cell defines."""
    names = {"__name__": __name__, "nn": nn, "torch": torch, "F": nn.functional}
    exec(code, names)
    return names["CharLSTM"]


CharLSTM = defined_by(source())
