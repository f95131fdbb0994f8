"""Kill a training again and again with SIGKILL, let it go on each time, and leave its last checkpoint for comparison.

Run by test_train_text.py: ``python training_to_kill.py FOLDER KILLS``. Each training is a process of its own, forked so
that PyTorch is loaded once. The report is one line of JSON.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import torch

from course_utils import train
from tests.char_lstm import CharLSTM

TEXT = torch.randint(0, 9, (1500,), generator=torch.Generator().manual_seed(1))


def training(path):
    """Train a small model with everything that must come back after a kill: dropout, momentum, state, curve."""
    torch.manual_seed(time.monotonic_ns())
    model = CharLSTM(9, 8, 12, 2, dropout=0.3)
    if not path.exists():
        # The weights at the start are in the first checkpoint: without one, they are these.
        torch.manual_seed(0)
        model = CharLSTM(9, 8, 12, 2, dropout=0.3)
    train.fit_text(
        model,
        TEXT[:1200],
        TEXT[1200:],
        vocabulary="abcdefghi",
        updates=150,
        batch_size=4,
        block=12,
        evaluate_every=40,
        checkpoint=path,
        checkpoint_every=2,
        progress=False,
    )


def started(path):
    """Return the process number of a new training."""
    if number := os.fork():
        return number
    try:
        training(path)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def load_what_the_first_update_loads():
    """Make an optimizer's step, which loads a good part of PyTorch, but compute no gradient: that forbids to fork."""
    weight = torch.nn.Parameter(torch.zeros(2, 2))
    weight.grad = torch.zeros(2, 2)
    torch.optim.AdamW([weight], fused=True).step()


def main(folder, kills):
    load_what_the_first_update_loads()
    whole, killed = folder / "whole.safetensors", folder / "killed.safetensors"
    began = time.monotonic()
    whole_ended = os.waitpid(started(whole), 0)[1]
    seconds = time.monotonic() - began
    chance, steps, ends, drafts = random.Random(kills), [], [], 0
    while len(steps) < kills and time.monotonic() - began < 60:
        number = started(killed)
        time.sleep(chance.uniform(0, 3 * seconds / kills))
        os.kill(number, signal.SIGKILL)
        ends.append(os.waitpid(number, 0)[1])
        drafts += len(list(folder.glob(".*.draft")))
        steps.append(train.load(killed)[1]["step"] if killed.exists() else None)
    last_ended = os.waitpid(started(killed), 0)[1]
    print(
        json.dumps(
            {
                "ends": ends,
                "steps": steps,
                "drafts": drafts,
                "last_ends": [whole_ended, last_ended],
                "left": sorted(file.name for file in folder.iterdir()),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
