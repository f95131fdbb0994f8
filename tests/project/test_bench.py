"""The measurements of the CharLSTM, with budgets of a moment: what they compare, and what is stored of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from course_utils import sample, text, train
from tests.char_lstm import CharLSTM
from tools.bench import char_lstm, char_lstm_gpu, common, recurrences, site, tiny_shakespeare

TEXT = "ROMEO:\nThe cat sat on the mat. A rat ran at the cat.\n" * 50
VOCABULARY = text.Vocabulary.of(TEXT)
CORPUS = (VOCABULARY, *text.split(VOCABULARY.encode(TEXT)))
TRAINING = {"batch_size": 4, "block": 16, "learning_rate": 1e-2}
RECIPE = {"model": {"embedding_size": 6, "hidden_size": 10, "num_layers": 2, "dropout": 0.1}, "training": TRAINING}


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore:TF32 acceleration on top of oneDNN")
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_formula_counts_what_pytorch_counts(layers):
    model, rows, steps, hidden = CharLSTM(13, 6, 10, layers), 4, 5, 10
    # Without oneDNN, whose fused layer the counter does not look into.
    with torch.backends.mkldnn.flags(enabled=False), FlopCounterMode(display=False) as counter:
        logits, _ = model(torch.randint(13, (rows, steps)), model.init_hidden(rows))
        logits.sum().backward()
    first_state = 2 * rows * layers * 4 * hidden * hidden
    formula = char_lstm.flops_per_character(13, 6, hidden, layers)
    assert counter.get_total_flops() == rows * steps * formula - first_state


@pytest.mark.parametrize("loop", [recurrences.TimeLoop, recurrences.CellLoop])
def test_the_loops_compute_what_nn_lstm_computes(loop):
    model, other = (recurrences.Model(13, 6, 10, recurrence) for recurrence in (recurrences.nn_lstm, loop))
    other.embedding, other.output = model.embedding, model.output
    lstm = model.recurrence
    with torch.no_grad():
        if loop is recurrences.CellLoop:
            for name, parameter in other.recurrence.cell.named_parameters():
                parameter.copy_(getattr(lstm, f"{name}_l0"))
        else:
            other.recurrence.input.weight.copy_(lstm.weight_ih_l0)
            other.recurrence.input.bias.copy_(lstm.bias_ih_l0 + lstm.bias_hh_l0)
            other.recurrence.recurrent.weight.copy_(lstm.weight_hh_l0)
    x, hidden = torch.randint(13, (3, 7)), tuple(torch.randn(2, 1, 3, 10))
    expected, found = model(x, hidden), other(x, hidden)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert model.init_hidden(3)[0].shape == (1, 3, 10) and not model.init_hidden(3)[1].any()


def test_throughput_is_measured_of_every_way(capsys):
    found = char_lstm.training_throughput(updates=2, rounds=1, hidden=8, batch=2, block=4)
    ways = ["nn.LSTM", "fit_text", "time loop", "nn.LSTMCell loop"]
    for quantity in ("characters_per_cpu_second", "share_of_nn_lstm", "share_of_sgemm"):
        assert list(found[f"training_{quantity}"]) == ways
        assert all(number > 0 for number in found[f"training_{quantity}"].values())
    assert found["training_share_of_nn_lstm"]["nn.LSTM"] == 1
    shown = capsys.readouterr().out
    assert all(way in shown for way in ways)
    json.dumps(found)


def test_sampling_is_measured_at_every_size():
    found = char_lstm.sampling_speed(count=8, rounds=1, sizes=[8, 16])
    assert found["sampling_hidden"] == [8, 16]
    assert found["sampling_times_nn_lstm"]["nn.LSTM"] == [1, 1]
    assert "Stepper" in found["sampling_characters_per_cpu_second"]
    assert all(len(numbers) == 2 for numbers in found["sampling_characters_per_cpu_second"].values())
    json.dumps(found)


def test_quality_stands_beside_what_is_cited(capsys):
    found = char_lstm.quality({0.8: RECIPE}, CORPUS)
    row = found["quality_0.8"]
    # An untrained model comes to ln 20 = 2.996; how much is learned in the time depends on the machine.
    assert row["loss"] < 2.98 and row["updates"] > 5
    assert row["model"] == RECIPE["model"] and row["weights"] == sum(
        parameter.numel() for parameter in CharLSTM(len(VOCABULARY), **RECIPE["model"]).parameters()
    )
    assert found["nanogpt"]["loss"] == 1.873 and "nanoGPT" in found["nanogpt"]["source"]
    assert "1.873" in capsys.readouterr().out
    json.dumps(found)


def test_training_keeps_to_its_budget():
    _, record, seconds = char_lstm.trained(1.0, RECIPE, *CORPUS[:2])
    assert 0.3 < seconds < 3 and record.characters == len(record.loss) * 64


def test_without_shakespeare_nothing_is_stored(results, monkeypatch, capsys):
    monkeypatch.setattr(text, "corpus", lambda source: text.Corpus("this-course", TEXT, ""))
    for name in ("training_throughput", "sampling_speed"):
        monkeypatch.setattr(char_lstm, name, dict)
    # Small, so that a failure is seen soon.
    monkeypatch.setattr(char_lstm, "RECIPES", {0.1: RECIPE})
    char_lstm.main()
    assert "char_lstm.json is left as it was" in capsys.readouterr().out and not list(results.iterdir())
    with pytest.raises(SystemExit, match="no model was made"):
        tiny_shakespeare.make(results / "model.safetensors", 0.1, RECIPE)
    with pytest.raises(SystemExit, match="nothing was measured"):
        char_lstm_gpu.measure(torch.device("cpu"), "none", {**RECIPE, "epochs": 1, "evaluations": 1}, length=5)
    assert not list(results.iterdir())


def test_what_is_measured_is_stored_a_line_for_each_quantity(results, monkeypatch):
    monkeypatch.setattr(char_lstm, "shakespeare", lambda: CORPUS)
    monkeypatch.setattr(char_lstm, "RECIPES", {0.2: RECIPE})
    for name in ("training_throughput", "sampling_speed"):
        monkeypatch.setattr(char_lstm, name, lambda name=name: {name: [1.0, 2.0]})
    char_lstm.main()
    lines = (results / "char_lstm.json").read_text(encoding="utf-8").splitlines()
    stored = json.loads("\n".join(lines))
    assert list(stored) == [
        "command",
        "hardware",
        "versions",
        "training_throughput",
        "sampling_speed",
        "quality_0.2",
        "nanogpt",
    ]
    assert stored["hardware"] == common.hardware() and "one thread of" in stored["hardware"]
    assert len(lines) == len(stored) + 2 and f"torch {torch.__version__}" in stored["versions"]


# --- on a GPU


def test_the_budget_of_operations_is_kept():
    updates, flops = char_lstm_gpu.planned(char_lstm_gpu.RECIPE, 65, 1_003_854)
    assert 1e14 < flops <= 2e15
    sizes = char_lstm_gpu.RECIPE["training"]
    assert flops == updates * sizes["batch_size"] * sizes["block"] * char_lstm.flops_per_character(65, 64, 512, 2)
    with pytest.raises(SystemExit, match="expected at most 2e\\+15"):
        char_lstm_gpu.planned({**char_lstm_gpu.RECIPE, "epochs": 1000}, 65, 1_003_854)


def test_the_recipe_runs_and_what_it_gives_can_be_stored(results, capsys):
    found = char_lstm_gpu.measure(
        torch.device("cpu"), "a processor", {**RECIPE, "epochs": 3, "evaluations": 4}, CORPUS, length=20
    )
    common.write("char_lstm_gpu", found, ["torch"])
    stored = json.loads((results / "char_lstm_gpu.json").read_text(encoding="utf-8"))
    assert stored["hardware"] == "a processor" and stored["command"] == "make bench ONLY=char_lstm_gpu"
    assert len(stored["held_out_loss"]) == len(stored["held_out_update"]) >= 4
    assert stored["held_out_loss"][-1] == pytest.approx(stored["loss"], abs=1e-3)
    assert len(stored["training_loss"]) == len(stored["update"]) and stored["held_out_update"][-1] == stored["updates"]
    assert [len(shown["text"]) for shown in stored["samples"]] == [20, 20, 20]
    assert "floating-point operations of 2e+15 allowed" in capsys.readouterr().out


def test_without_a_gpu_nothing_is_written(results, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match=r"No CUDA GPU was found, so nothing was measured or written.*Colab"):
        char_lstm_gpu.main()
    assert not list(results.iterdir())


# --- the model that travels with the toolbox


def test_the_card_tells_the_loss_of_the_weights_in_the_file(tmp_path, monkeypatch):
    path, held_out_loss, rounded = tmp_path / "model.safetensors", train.held_out_loss, []

    def spy(model, *arguments, **settings):
        rounded.append(all((value == value.half()).all() for value in model.state_dict().values()))
        return held_out_loss(model, *arguments, **settings)

    monkeypatch.setattr(train, "held_out_loss", spy)
    card = tiny_shakespeare.make(path, 0.3, RECIPE, CORPUS)
    model = CharLSTM(**card["model"])
    weights, _ = train.load(path, model)
    assert held_out_loss(model, CORPUS[2]) == pytest.approx(card["held_out_loss"], abs=1e-4)
    assert rounded == [True, True]
    assert card["vocabulary"] == VOCABULARY.characters and card["recipe"] == RECIPE
    assert all((value == value.half()).all() for value in weights.values())
    assert len(sample.generate(sample.Stepper.from_checkpoint(path), VOCABULARY, "The", 50)) == 50


def test_a_file_that_is_too_large_to_travel_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_shakespeare, "LARGEST_FILE", 1000)
    with pytest.raises(SystemExit, match="expected at most 1,000"):
        tiny_shakespeare.make(tmp_path / "model.safetensors", 0.1, RECIPE, CORPUS)


# --- the command


def test_an_unknown_name_is_refused_and_the_known_ones_are_listed():
    folder = Path(common.__file__).parent
    run = subprocess.run([sys.executable, folder, "no_such"], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "Nothing here is named no_such" in run.stderr
    for name in ("least_squares", "char_lstm", "char_lstm_gpu", "tiny_shakespeare"):
        assert name in run.stderr and (folder / f"{name}.py").is_file()


def test_what_the_site_is_measured_with_and_missing_is_said_first(monkeypatch):
    monkeypatch.setattr(site.shutil, "which", lambda *_, **__: None)
    with pytest.raises(SystemExit, match=r"nginx serves the pages .* apt-get install nginx"):
        site.main()


def test_a_tool_that_stops_is_named_with_what_it_said():
    with pytest.raises(SystemExit, match=r"(?s)The stock book cannot be made:.*no such page"):
        site.run([sys.executable, "-c", "raise SystemExit('no such page')"], "The stock book")
