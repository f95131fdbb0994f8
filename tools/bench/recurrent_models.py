"""Chapter 7: a learning rate for each model on each task, and what training and reading cost (about five minutes).

The rates are chosen on seeds, and on pictures, that the chapter's own comparison does not use.
"""

import time

import numpy as np
import torch

from tools.bench import common

RATES = [0.003, 0.01, 0.03]
SEEDS = [100, 101, 102]
READ = 50


def cpu_seconds(function, *arguments):
    """Return the CPU time of a call, and what it returned."""
    start = time.process_time()
    result = function(*arguments)
    return time.process_time() - start, result


def rounded(number):
    return float(f"{number:.3g}")


@torch.inference_mode()
def read(model, sequences):
    """Read sequences one at a time, as they come in use."""
    for sequence in sequences.split(1):
        model(sequence)


def measure_one(code, task, model):
    """Return the mean score for each rate, CPU seconds of training, and milliseconds for reading one sequence."""
    selection, scores, training = code["TASKS"][task].selection, [], []
    for rate in RATES:
        runs = [cpu_seconds(code["trained"], task, model, rate, seed) for seed in SEEDS]
        training += [seconds for seconds, _ in runs]
        scores.append(
            float(
                np.mean(
                    [code["accuracy"](fitted, selection, seed) for seed, (_, fitted) in zip(SEEDS, runs, strict=True)]
                )
            )
        )
    fitted, sequences = runs[-1][1], selection.draw(READ, SEEDS[0])[0]
    reading = np.median([cpu_seconds(read, fitted, sequences)[0] for _ in range(common.REPEATS)])
    return [round(score, 3) for score in scores], rounded(np.median(training)), rounded(1000 * reading / READ)


def measure():
    """Choose the learning rates of chapter 7 and time its models."""
    code = common.tagged_code("07_ann_rnn_lstm.ipynb", "bench-recurrent-models")
    found = {}
    for task in code["TASKS"]:
        for model in code["MODELS"]:
            found[task, model] = measure_one(code, task, model)
            print(f"{task:20} {model:15} {found[task, model]}", flush=True)

    def table(column):
        return {task: {model: found[task, model][column] for model in code["MODELS"]} for task in code["TASKS"]}

    return {
        "rates": RATES,
        "rate_seeds": SEEDS,
        "score_by_rate": table(0),
        "training_cpu_seconds": table(1),
        "reading_milliseconds": table(2),
    }


def main():
    torch.set_num_threads(1)
    common.write("recurrent_models", measure(), ["torch", "numpy"])
