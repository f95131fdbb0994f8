"""The CharLSTM on a GPU: Tiny Shakespeare, about ten minutes of a T4. Run it with `make bench ONLY=char_lstm_gpu`.

Training stays within 2·10¹⁵ floating-point operations, counted by formula.
"""

import time

import torch

from course_utils import sample, train
from tools.bench import common
from tools.bench.char_lstm import char_lstm, flops_per_character, rounded, shakespeare

BUDGET = 2e15

# `model` goes to CharLSTM, `training` to fit_text.
RECIPE = {
    "model": {"embedding_size": 64, "hidden_size": 512, "num_layers": 2, "dropout": 0.5},
    "training": {
        "batch_size": 128,
        "block": 128,
        "learning_rate": 3e-3,
        "warm_up": 0.05,
        "final_fraction": 0.02,
        "weight_decay": 0.01,
        "clip": 1.0,
        "forget_bias": 1.0,
        "schedule": "cosine",
    },
    "epochs": 60,
    "evaluations": 30,
}

# seed text, temperature
SAMPLES = [("ROMEO:\n", 0.5), ("ROMEO:\n", 0.8), ("The ", 1.0)]


def planned(recipe, characters, length):
    """Return the updates that the epochs take and their floating-point operations, or refuse what is beyond the budget.

    The operations are those of the formula, for each character that passes through the model.
    """
    settings = recipe["training"]
    characters_each = settings["batch_size"] * settings["block"]
    updates = max(int(recipe["epochs"] * length / characters_each), 1)
    flops = (
        updates
        * characters_each
        * flops_per_character(characters, **{name: size for name, size in recipe["model"].items() if name != "dropout"})
    )
    if flops > BUDGET:
        raise SystemExit(
            f"{recipe['epochs']} epochs take {flops:.3g} floating-point operations; expected at most "
            f"{BUDGET:.0e}. Lower the epochs, the layers or the hidden size."
        )
    return updates, flops


def measure(device, hardware, recipe=RECIPE, corpus=None, length=500):
    """Train on a device and return the curve, the losses and what the model writes."""
    corpus = corpus or shakespeare()
    if corpus is None:
        raise SystemExit(
            "Tiny Shakespeare cannot be had, so nothing was measured. Give the folder where "
            "tinyshakespeare.txt lies: COURSE_DATA=... make bench ONLY=char_lstm_gpu"
        )
    vocabulary, training_ids, held_out_ids = corpus
    updates, flops = planned(recipe, len(vocabulary), len(training_ids))
    print(
        f"{updates:,} updates, {flops:.3g} floating-point operations of {BUDGET:.0e} allowed, on {hardware}", flush=True
    )
    model = char_lstm(len(vocabulary), **recipe["model"]).to(device)
    start = time.perf_counter()
    record = train.fit_text(
        model,
        training_ids,
        held_out_ids,
        vocabulary=vocabulary,
        updates=updates,
        evaluate_every=max(updates // recipe["evaluations"], 1),
        **recipe["training"],
    )
    seconds = time.perf_counter() - start
    losses = {
        "loss": train.held_out_loss(model, held_out_ids),
        "block 64": train.held_out_loss(model, held_out_ids, block=64),
    }
    common.table(
        "Tiny Shakespeare on a GPU, held-out loss in nats per character",
        ["seconds", *losses],
        [("CharLSTM", seconds, *losses.values())],
    )
    written = [
        {
            "seed_text": seed_text,
            "temperature": temperature,
            "text": sample.generate(model, vocabulary, seed_text, length, temperature),
        }
        for seed_text, temperature in SAMPLES
    ]
    for shown in written:
        print(f"--- temperature {shown['temperature']}\n{shown['seed_text']}{shown['text']}\n")
    # Every hundredth part of the curve: the file travels with the toolbox.
    stride = max(updates // 100, 1)
    return {
        "command": "make bench ONLY=char_lstm_gpu",
        "hardware": hardware,
        "loss": round(losses["loss"], 4),
        "loss_block_64": round(losses["block 64"], 4),
        "seconds": rounded(seconds),
        "flops": rounded(flops),
        "updates": updates,
        "epochs": round(record.characters / len(training_ids), 2),
        "weights": sum(parameter.numel() for parameter in model.parameters()),
        "recipe": recipe,
        "update": record.update[::stride],
        "training_loss": [round(loss, 4) for loss in record.loss[::stride]],
        "held_out_update": record.held_out_update,
        "held_out_loss": [round(loss, 4) for loss in record.held_out_loss],
        "samples": written,
    }


def main():
    if not torch.cuda.is_available():
        raise SystemExit(
            "No CUDA GPU was found, so nothing was measured or written. Run this where there is one, for "
            "example in Colab: Runtime > Change runtime type > T4 GPU."
        )
    result = measure(torch.device("cuda"), f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}")
    common.write("char_lstm_gpu", result, ["torch", "numpy"])
