"""Set-up that every notebook repeats: seeds, device, stored results."""

import json
import numbers
import random
import sys
from importlib import resources

import numpy as np

__all__ = ["device", "results", "set_up"]


def set_up(seed=0):
    """Seed every source of randomness in use and choose the course's figure style.

    Parameters
    ----------
    seed : int
        From 0 to 2³² − 1.

    Returns
    -------
    numpy.random.Generator
        For the notebook's own random numbers.

    Raises
    ------
    ValueError
        If `seed` is not such a whole number.
    """
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed!r}; expected a whole number from 0 to 2³² − 1.")
    seed = int(seed)
    from course_utils import plot

    plot.use_style()
    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    return np.random.default_rng(seed)


def device():
    """Return the fastest device PyTorch finds: CUDA, then MPS, then the CPU.

    Returns
    -------
    torch.device

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    """
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def results(name):
    """Read a file of stored measurements that ``make bench`` wrote.

    Parameters
    ----------
    name : str
        The file's name without its ending, for example ``"least_squares"``.

    Returns
    -------
    dict
        The measurements, with the ``hardware``, ``versions`` and ``command`` that made them.

    Raises
    ------
    FileNotFoundError
        If there is no such file; the message lists those there are.
    """
    folder = resources.files("course_utils") / "data"
    file = folder / f"{name}.json"
    if not file.is_file():
        there = sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))
        raise FileNotFoundError(f"No stored results named {name!r}. There are: {', '.join(there) or 'none'}.")
    return json.loads(file.read_text(encoding="utf-8"))
