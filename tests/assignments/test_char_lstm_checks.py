"""The checks of a CharLSTM: right ones pass however they are written, wrong ones are caught and named."""

import re
import subprocess
import sys
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from course_utils.check import char_lstm
from tests.char_lstm import defined_by, source

CHEAP = [check for check in char_lstm.PROPERTIES if check is not char_lstm.overfits]


@pytest.fixture(scope="session")
def right():
    """The source of the solution's class."""
    return source()


def changed(source, *changes):
    """Replace parts of a source; each must be there."""
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


# --- wrong classes: what is changed in the solution, and what each check calls it -------------------------------------

LSTM_CALL = "features, hidden = self.lstm(self.embedding(x), hidden)"
RETURN = "return self.output(self.dropout(features)), hidden"
ZEROS = "return weight.new_zeros(shape), weight.new_zeros(shape)"
SHAPE = "shape = self.lstm.num_layers, batch_size, self.lstm.hidden_size"
EMBEDDING = "nn.Embedding(vocab_size, embedding_size)"
OUTPUT = "nn.Linear(hidden_size, vocab_size)"
SUPER = "super().__init__()"
FIRST_TIME = ("batch_first=True", "batch_first=False")
DEAF = (LSTM_CALL, "features, hidden = self.lstm(self.embedding(x))")
EACH_STEP = """steps = [self.lstm(self.embedding(x[:, [t]]), self.init_hidden(len(x))) for t in range(x.shape[1])]
        features, hidden = torch.cat([step for step, _ in steps], dim=1), steps[-1][1]"""
BOTH_WAYS = (
    ("batch_first=True", "batch_first=True, bidirectional=True"),
    (OUTPUT, "nn.Linear(2 * hidden_size, vocab_size)"),
)


@dataclass
class Wrong:
    """A mistake: the changes that make it, and the name each check must give it."""

    changes: tuple
    named: dict


WRONG = {
    "batch and time swapped": Wrong((FIRST_TIME,), dict.fromkeys(("shapes", "batch"), "batch-and-time-swapped")),
    "batch and time swapped, state by the shape of x": Wrong(
        (FIRST_TIME, (LSTM_CALL, "features, hidden = self.lstm(self.embedding(x))")),
        {"shapes": "state-shape", "batch": "batch-and-time-swapped"},
    ),
    "state started anew in forward": Wrong(
        ((LSTM_CALL, "features, hidden = self.lstm(self.embedding(x), self.init_hidden(len(x)))"),),
        {"carried": "hidden-ignored"},
    ),
    "state ignored": Wrong((DEAF,), {"carried": "hidden-ignored"}),
    "state started anew at each step": Wrong(((LSTM_CALL, EACH_STEP),), {"carried": "state-reset-each-step"}),
    "softmax inside": Wrong(
        ((RETURN, "return torch.softmax(self.output(features), dim=-1), hidden"),),
        dict.fromkeys(("shapes", "untrained", "overfits"), "softmax-inside"),
    ),
    "sigmoid inside": Wrong(
        ((RETURN, "return torch.sigmoid(self.output(features)), hidden"),), {"shapes": "activation-on-logits"}
    ),
    "state on the CPU": Wrong(((ZEROS, "return torch.zeros(shape), torch.zeros(shape)"),), {"state": "wrong-device"}),
    "state on the device of the start": Wrong(
        (
            (SUPER, SUPER + "\n        self.device = torch.device('cpu')"),
            (ZEROS, "return tuple(torch.zeros(shape, device=self.device) for _ in 'hc')"),
        ),
        {"state": "wrong-device"},
    ),
    "state on a GPU that is not there": Wrong(
        ((ZEROS, "raise RuntimeError('Found no NVIDIA driver on your system')"),), {"state": "wrong-device"}
    ),
    "state of one layer": Wrong(
        ((SHAPE, "shape = 1, batch_size, self.lstm.hidden_size"),), {"state": "layers-missing"}
    ),
    "state without layers": Wrong(((SHAPE, "shape = batch_size, self.lstm.hidden_size"),), {"state": "layers-missing"}),
    "state with the batch first": Wrong(
        ((SHAPE, "shape = batch_size, self.lstm.num_layers, self.lstm.hidden_size"),),
        {"state": "layers-and-batch-swapped"},
    ),
    "state of the embedding's size": Wrong(
        ((SHAPE, "shape = self.lstm.num_layers, batch_size, self.lstm.input_size"),), {"state": "state-shape"}
    ),
    "state of ones": Wrong(
        ((ZEROS, "return weight.new_ones(shape), weight.new_ones(shape)"),), {"state": "state-not-zero"}
    ),
    "state of h only": Wrong(((ZEROS, "return weight.new_zeros(shape)"),), {"state": "state-not-a-pair"}),
    "bidirectional": Wrong(
        (*BOTH_WAYS, (SHAPE, SHAPE.replace("self.", "2 * self.", 1))),
        dict.fromkeys(("state", "shapes", "causality", "parameters"), "bidirectional"),
    ),
    "bidirectional, state of one direction given back": Wrong(
        (
            *BOTH_WAYS,
            (
                LSTM_CALL,
                "features, (h, c) = self.lstm(self.embedding(x))\n"
                "        hidden = h[::2].contiguous(), c[::2].contiguous()",
            ),
        ),
        dict.fromkeys(("causality", "parameters"), "bidirectional"),
    ),
    "sees the whole text": Wrong(
        ((RETURN, "return self.output(features + features.mean(dim=1, keepdim=True)), hidden"),),
        {"causality": "future-leaks"},
    ),
    "rows mixed": Wrong(
        ((RETURN, "return self.output(features - features.mean(dim=0)), hidden"),), {"batch": "sequences-mixed"}
    ),
    "dropout in evaluation": Wrong(
        ((RETURN, "return self.output(F.dropout(features, 0.5)), hidden"),), {"batch": "random-in-evaluation"}
    ),
    "last step only": Wrong(((RETURN, "return self.output(features[:, -1]), hidden"),), {"shapes": "last-step-only"}),
    "logits only": Wrong(((RETURN, "return self.output(features)"),), {"shapes": "no-state-returned"}),
    "flattened": Wrong(((RETURN, "return self.output(features).flatten(0, 1), hidden"),), {"shapes": "flattened"}),
    "vocabulary before time": Wrong(
        ((RETURN, "return self.output(features).transpose(1, 2), hidden"),), {"shapes": "time-and-vocabulary-swapped"}
    ),
    "time before batch in the logits": Wrong(
        ((RETURN, "return self.output(features).transpose(0, 1), hidden"),), {"shapes": "batch-and-time-swapped"}
    ),
    "output layer forgotten": Wrong(((RETURN, "return features, hidden"),), {"shapes": "no-output-layer"}),
    "output of the hidden size": Wrong(
        ((OUTPUT, "nn.Linear(hidden_size, hidden_size)"),), {"shapes": "no-output-layer"}
    ),
    "output of another size": Wrong(((OUTPUT, "nn.Linear(hidden_size, vocab_size + 1)"),), {"shapes": "logits-shape"}),
    "output for the embedding": Wrong(
        ((OUTPUT, "nn.Linear(embedding_size, vocab_size)"),), {"shapes": "sizes-do-not-fit"}
    ),
    "embedding too small": Wrong(
        ((EMBEDDING, "nn.Embedding(embedding_size, embedding_size)"),), {"shapes": "embedding-too-small"}
    ),
    "LSTM for another input": Wrong(
        (("nn.LSTM(embedding_size, ", "nn.LSTM(vocab_size, "),), {"shapes": "sizes-do-not-fit"}
    ),
    "old state given back": Wrong(
        ((LSTM_CALL, LSTM_CALL.replace("hidden =", "_ =")),), {"carried": "old-state-returned"}
    ),
    "h and c swapped": Wrong(((RETURN, RETURN + "[::-1]"),), {"carried": "h-and-c-swapped"}),
    "zeros given back": Wrong(
        ((RETURN, "return self.output(features), self.init_hidden(len(x))"),), {"carried": "state-not-carried"}
    ),
    "state cut off where it comes in": Wrong(
        (("(x), hidden)", "(x), tuple(part.detach() for part in hidden))"),), {"carried": "state-detached"}
    ),
    "state cut off where it goes out": Wrong(
        ((RETURN, "return self.output(features), tuple(part.detach() for part in hidden)"),),
        {"carried": "state-detached"},
    ),
    "layers ignored": Wrong(
        (("nn.LSTM(embedding_size, hidden_size, num_layers,", "nn.LSTM(embedding_size, hidden_size, 1,"),),
        {"state": "layers-missing", "shapes": "layers-missing", "parameters": "layers-ignored"},
    ),
    "no biases": Wrong((("batch_first=True", "batch_first=True, bias=False"),), {"parameters": "no-bias"}),
    "a GRU": Wrong((("nn.LSTM", "nn.GRU"),), {"parameters": "not-an-lstm"}),
    "a simple RNN": Wrong((("nn.LSTM", "nn.RNN"),), {"parameters": "not-an-lstm"}),
    "another layer": Wrong(
        ((SUPER, SUPER + "\n        self.more = nn.Linear(9, 9)"),), {"parameters": "parameters-too-many"}
    ),
    "one table for both ends": Wrong(
        ((OUTPUT, OUTPUT + "\n        self.output.weight = nn.Parameter(torch.zeros(vocab_size, 1))"),),
        {"parameters": "parameters-too-few"},
    ),
    "layers in a list": Wrong(
        (
            ("self.embedding = " + EMBEDDING, "self.parts = [" + EMBEDDING + "]"),
            ("self.embedding(x)", "self.parts[0](x)"),
        ),
        {"parameters": "not-registered"},
    ),
    "large initial weights": Wrong(
        ((OUTPUT, OUTPUT + "\n        nn.init.normal_(self.output.bias, std=5.0)"),),
        {"untrained": "starts-far-from-uniform"},
    ),
    "logits squeezed": Wrong(
        ((RETURN, "return torch.tanh(self.output(features)), hidden"),), {"overfits": "does-not-overfit"}
    ),
    "gradient cut before the output": Wrong(
        ((RETURN, "return self.output(features.detach().mean(-1, keepdim=True).expand_as(features)), hidden"),),
        {"overfits": "does-not-overfit"},
    ),
    "super().__init__() forgotten": Wrong(((SUPER, "pass"),), {"state": "super-init-forgotten"}),
    "no hidden argument": Wrong((("forward(self, x, hidden)", "forward(self, x)"),), {"shapes": "wrong-signature"}),
    "sizes by name only": Wrong((("self, vocab_size,", "self, *, vocab_size,"),), {"state": "wrong-signature"}),
    "a name that does not exist": Wrong(
        ((LSTM_CALL, "features, hidden = self.lstm(self.embed(x), hidden)"),), {"shapes": "stops-with-an-error"}
    ),
}
CASES = [
    pytest.param(wrong.changes, check, name, id=f"{title}-{check}")
    for title, wrong in WRONG.items()
    for check, name in wrong.named.items()
]


@pytest.mark.parametrize("changes, check, name", CASES)
def test_a_wrong_class_is_caught_and_named(right, changes, check, name):
    verdict = getattr(char_lstm, check)(defined_by(changed(right, *changes)))
    assert not verdict.correct and verdict.marks == 0
    assert verdict.misconception == name, verdict
    assert "{" not in verdict.hint
    with pytest.raises(AssertionError, match=re.escape(name)):
        char_lstm.require(verdict)


def test_every_hint_is_met():
    met = {name for wrong in WRONG.values() for name in wrong.named.values()}
    elsewhere = {
        "not-written",
        "not-a-class",
        "no-parameters",
        "setting-not-usable",
        "learning-rate-too-small",
        "learning-rate-too-large",
        "too-few-runs",
        "knob-not-turned",
        "never-greedy",
        "texts-do-not-fit",
        "not-triples",
    }
    assert met | elsewhere == set(char_lstm.HINTS)


@pytest.mark.parametrize(
    "method, check, left",
    [
        ("__init__", "state", ("self.embedding", "self.lstm =", "dropout=dropout", "self.dropout =", "self.output =")),
        ("forward", "shapes", ("features", "return self.output")),
        ("init_hidden", "state", ("weight", "shape =", "return weight")),
    ],
)
@pytest.mark.parametrize("stub", ["...", "pass", "raise NotImplementedError()"])
def test_a_method_that_is_not_written_is_named(right, method, check, left, stub):
    lines = [line for line in right.splitlines() if not line.strip().startswith(left)]
    at = next(number for number, line in enumerate(lines) if f"def {method}(" in line)
    lines.insert(at + 1 + (method == "__init__"), f"        {stub}")
    verdict = getattr(char_lstm, check)(defined_by("\n".join(lines)))
    assert (verdict.kind, verdict.misconception) == ("open", "not-written")
    assert verdict.hint.startswith(f"{method} is not written yet")


@pytest.mark.parametrize("given", [nn.Linear(2, 2), 3, None, "CharLSTM"])
def test_anything_but_a_class_is_refused(given):
    assert char_lstm.state(given).misconception == "not-a-class"


def test_a_class_without_layers_is_told_so():
    class CharLSTM(nn.Module):
        def __init__(self, vocab_size, embedding_size, hidden_size, num_layers, dropout=0.0):
            super().__init__()
            self.sizes = vocab_size, hidden_size

    assert char_lstm.state(CharLSTM).misconception == "no-parameters"


# --- right classes ----------------------------------------------------------------------------------------------------

RIGHT = {
    "the solution": (),
    "no dropout between the layers": (("dropout=dropout if num_layers > 1 else 0.0", "dropout=0.0"),),
    "no dropout at all": ((RETURN, "return self.output(features), hidden"),),
    "time first and turned round twice": (
        FIRST_TIME,
        ("self.lstm(self.embedding(x), hidden)", "self.lstm(self.embedding(x.T), hidden)"),
        (RETURN, "return self.output(features.transpose(0, 1)), hidden"),
    ),
    "step by step": (
        (
            LSTM_CALL,
            EACH_STEP.replace(
                "steps = [self.lstm(self.embedding(x[:, [t]]), self.init_hidden(len(x))) for t in range(x.shape[1])]",
                "steps = []\n        for t in range(x.shape[1]):\n"
                "            steps.append(self.lstm(self.embedding(x[:, [t]]), hidden))\n"
                "            hidden = steps[-1][1]",
            ),
        ),
    ),
    "log-probabilities, which are logits": ((RETURN, "return F.log_softmax(self.output(features), -1), hidden"),),
    "state as a list": ((ZEROS, "return [weight.new_zeros(shape), weight.new_zeros(shape)]"),),
    "device asked of a parameter": (
        (ZEROS, "return tuple(torch.zeros(shape, device=next(self.parameters()).device) for _ in 'hc')"),
    ),
    "every dropout on": ((SUPER, SUPER + "\n        dropout = 0.3"),),
}


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
def test_a_right_class_passes_however_it_is_written(right, changes):
    make = defined_by(changed(right, *changes))
    seeds = range(3)
    verdicts = [check(make, seed=seed) for check in CHEAP for seed in seeds]
    assert all(verdict.correct and verdict.marks == verdict.out_of == 1 for verdict in verdicts), verdicts


def test_the_solution_overfits_and_the_global_random_numbers_stay(right):
    before = torch.get_rng_state()
    verdict = char_lstm.overfits(defined_by(right))
    assert char_lstm.require(verdict) is verdict
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("seed", range(20))
def test_sizes_are_all_different(seed):
    sizes = char_lstm.Sizes.drawn(seed)
    assert len({*sizes.model, sizes.batch_size, sizes.length, 1}) == 7


def test_formula_is_the_number_of_parameters(right):
    make = defined_by(right)
    assert char_lstm.formula(27, 16, 32, 2) == 16171
    for sizes in [(5, 3, 4, 1), (65, 64, 192, 1), (11, 7, 6, 3)]:
        assert char_lstm.formula(*sizes) == sum(weights.numel() for weights in make(*sizes).parameters())


# --- hyperparameters and the probing experiment -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings, name",
    [
        ((64, 128, 1, 8e-3), None),
        ((32, 256, 1, 1e-3), None),
        ((8, 32, 1, 1e-4), "learning-rate-too-small"),
        ((32, 128, 1, 1.0), "learning-rate-too-large"),
        ((4, 128, 1, 1e-2), "setting-not-usable"),
        ((64, 128.0, 1, 1e-2), "setting-not-usable"),
        ((64, 128, 0, 1e-2), "setting-not-usable"),
        ((64, 128, 1, 0), "setting-not-usable"),
        ((64, 128, 1, "0.01"), "setting-not-usable"),
        ((64, 128, 1, float("nan")), "setting-not-usable"),
    ],
)
def test_hyperparameters(right, settings, name):
    verdict = char_lstm.settings(defined_by(right), *settings)
    assert verdict.misconception == name and verdict.correct is (name is None), verdict


GOOD = [("a", 5, 0), ("a", 5, 0.5), ("a", 5, 1.0), ("b", 5, 0.5), ("b", 9, 0.5), ("b", 9, 0)]


@pytest.mark.parametrize(
    "experiments, texts, name",
    [
        (GOOD, None, None),
        (GOOD[:5], None, "too-few-runs"),
        ([("a", *run[1:]) for run in GOOD], None, "knob-not-turned"),
        ([(run[0], 5, run[2]) for run in GOOD], None, "knob-not-turned"),
        ([(*run[:2], min(run[2], 0.5)) for run in GOOD], None, "knob-not-turned"),
        ([(*run[:2], run[2] + 1) for run in GOOD], None, "never-greedy"),
        (GOOD, ["x"] * 6, "texts-do-not-fit"),
        (GOOD, ["x" * 5], "texts-do-not-fit"),
        (["abc"] * 6, [], "not-triples"),
        (..., [], "not-triples"),
    ],
)
def test_probing(experiments, texts, name):
    if texts is None:
        texts = ["x" * length for _, length, _ in experiments]
    assert char_lstm.probing(experiments, texts).misconception == name


def test_the_toolbox_loads_no_pytorch_for_a_formula():
    code = "import sys; from course_utils import check; check.questions(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
