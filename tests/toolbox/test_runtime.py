"""Set-up, and the promise that importing the toolbox costs little."""

import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import runtime


def test_set_up_seeds_every_source():
    draws = []
    for _ in range(2):
        rng = runtime.set_up(seed=3)
        draws.append((rng.random(), np.random.rand(), random.random(), torch.rand(1).item()))
    assert draws[0] == draws[1]
    assert runtime.set_up(seed=4).random() != draws[0][0]


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True, None, 2**32])
def test_a_bad_seed_is_named(seed):
    with pytest.raises(ValueError, match="whole number from 0"):
        runtime.set_up(seed)


def test_results_lists_what_there_is():
    assert runtime.results("least_squares")["command"] == "make bench"
    with pytest.raises(FileNotFoundError, match="least_squares"):
        runtime.results("none_such")


def test_device_is_one_that_pytorch_can_use():
    assert torch.zeros(1, device=runtime.device()).sum().item() == 0


MODULES = ("derive", "confirm", "plot", "check", "optimize", "runtime")


@pytest.mark.parametrize(
    "modules, absent",
    [
        ("course_utils", ["sympy", "numpy", "torch", "matplotlib"]),
        (", ".join(f"course_utils.{name}" for name in MODULES), ["torch"]),
    ],
)
def test_imports_bring_in_no_more_than_they_need(modules, absent):
    code = f"import sys, {modules}; print([name for name in {absent} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
