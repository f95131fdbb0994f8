"""The small model that travels with the toolbox, for `sample.showcase`: `make bench ONLY=tiny_shakespeare`.

It is trained on Tiny Shakespeare for some minutes on one thread, rounded to 16 bits, and stored with its card.
"""

import torch

from course_utils import sample, train
from tools.bench import common
from tools.bench.char_lstm import rounded, shakespeare, trained

CPU_SECONDS = 900
LARGEST_FILE = 2 * 2**20

# `model` goes to CharLSTM, `training` to fit_text.
RECIPE = {
    "model": {"embedding_size": 64, "hidden_size": 320, "num_layers": 1, "dropout": 0.4},
    "training": {
        "batch_size": 16,
        "block": 64,
        "learning_rate": 8e-3,
        "warm_up": 0.1,
        "final_fraction": 0.0,
        "weight_decay": 0.02,
        "clip": 1.0,
        "forget_bias": 1.0,
        "schedule": "linear",
    },
}


def make(path, budget=CPU_SECONDS, recipe=RECIPE, corpus=None):
    """Train the model, store it at a path, and return the card as it is read back."""
    corpus = corpus or shakespeare()
    if corpus is None:
        raise SystemExit(
            "Tiny Shakespeare cannot be had, so no model was made. Give the folder where "
            "tinyshakespeare.txt lies: COURSE_DATA=... make bench ONLY=tiny_shakespeare"
        )
    vocabulary, training_ids, held_out_ids = corpus
    model, record, seconds = trained(budget, recipe, vocabulary, training_ids)
    # The loss in the card is that of the weights in the file.
    model.load_state_dict({name: value.half().float() for name, value in model.state_dict().items()})
    train.save(
        path,
        model,
        vocabulary,
        half_precision=True,
        corpus="Tiny Shakespeare, the first nine tenths",
        recipe=recipe,
        updates=len(record.loss),
        epochs=round(record.characters / len(training_ids), 2),
        cpu_seconds=rounded(seconds),
        hardware=common.hardware(),
        held_out_loss=round(train.held_out_loss(model, held_out_ids), 4),
        held_out_loss_block_64=round(train.held_out_loss(model, held_out_ids, block=64), 4),
    )
    if path.stat().st_size > LARGEST_FILE:
        raise SystemExit(
            f"{path.name} has {path.stat().st_size:,} bytes; expected at most {LARGEST_FILE:,}. Lower the hidden size."
        )
    return train.load(path)[1]


def main():
    torch.set_num_threads(1)
    card = make(common.RESULTS / f"{sample.stepper.SHOWCASE}.safetensors")
    print(f"Held-out loss {card['held_out_loss']}, with 64 characters {card['held_out_loss_block_64']}\n")
    sample.show(*sample.showcase()[:2], "ROMEO:\n", 600)
