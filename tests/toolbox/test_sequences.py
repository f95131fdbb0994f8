"""The tasks against plain Python that recomputes every target from the inputs, and `chance` against simulation."""

import dataclasses
import math
import random
from collections import Counter, defaultdict

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import sequences
from course_utils.sequences import IGNORED, Adding, Agreement, DelayedXor, FixedData, FlipFlop, Recall, ResetCounter

TASKS = [
    FlipFlop(12, 4, 0.2),
    FlipFlop(2, 2, 0.5),
    Recall(7, 5, 3),
    Recall(1, 2, 1),
    Adding(9),
    Adding(2),
    DelayedXor(8),
    DelayedXor(5, (0, 1, 4)),
    Agreement(3),
    Agreement(2, opposite=1),
    Agreement(0),
    ResetCounter(9),
    ResetCounter(9, stop_resets=False),
    FixedData(np.arange(24.0).reshape(4, 3, 2), [0, 2, 1, 1]),
    FixedData(np.arange(24.0).reshape(4, 3, 2), [[0.5], [2], [1], [1]], "mse"),
]


def named(task):
    settings = {field.name: getattr(task, field.name) for field in dataclasses.fields(task) if field.repr}
    return f"{type(task).__name__}{tuple(settings.values())}"


each_task = pytest.mark.parametrize("task", TASKS, ids=named)


# --- every target, again, from the inputs alone -----------------------------------------------------------------------


def hot(step):
    """The place of the single 1; an error where a step is not one-hot."""
    assert sorted(step) == [0] * (len(step) - 1) + [1], f"not one-hot: {step}"
    return step.index(1)


def flip_flop(task, steps):
    assert steps[0][-1] == 1 and {step[-1] for step in steps} <= {0, 1}
    symbols = [hot(step[:-1]) for step in steps]
    return [symbol for symbol, step in zip(symbols, steps, strict=True) if step[-1] == 1][-1]


def recall(task, steps):
    first, *rest = (hot(step) for step in steps)
    assert first < task.symbols and min(rest) >= task.symbols
    return first


def adding(task, steps):
    assert all(0 <= number <= 1 for number, _ in steps)
    marked = [t for t, (_, mark) in enumerate(steps) if mark == 1]
    assert sorted(mark for _, mark in steps) == [0] * (len(steps) - 2) + [1, 1]
    assert marked[0] < len(steps) // 2 <= marked[1]
    return [steps[marked[0]][0] + steps[marked[1]][0]]


def delayed_xor(task, steps):
    bits = [int(bit) for (bit,) in steps]
    assert set(bits) <= {0, 1}
    return [IGNORED if t < max(task.lags) else sum(bits[t - lag] for lag in task.lags) % 2 for t in range(len(bits))]


def agreement(task, steps):
    words = task.words(torch.tensor(steps))
    assert words[0::3] == ["the"] * (task.distractors + 1)
    assert all(word in ("near", "behind", "beside", "under") for word in words[2::3])
    return int(words[1].endswith("s"))


def reset_counter(task, steps):
    count, counts = 0, []
    for word in task.words(torch.tensor(steps)):
        count = 0 if word == "." and task.stop_resets else count + (word == "rain")
        counts.append(count)
    return counts


BRUTE = {
    FlipFlop: flip_flop,
    Recall: recall,
    Adding: adding,
    DelayedXor: delayed_xor,
    Agreement: agreement,
    ResetCounter: reset_counter,
}


def recompute(task, count, seed):
    inputs, targets = task.draw(count, seed)
    assert inputs.dtype == torch.float32 and tuple(inputs.shape) == (count, task.length, task.input_size)
    again = [BRUTE[type(task)](task, steps) for steps in inputs.tolist()]
    if task.metric == "mse":
        assert targets.dtype == torch.float32 and tuple(targets.shape) == (count, 1)
        np.testing.assert_allclose(targets.numpy(), np.array(again), rtol=1e-7, atol=0)
    else:
        assert targets.dtype == torch.int64
        assert targets.tolist() == again


@pytest.mark.parametrize("task", [task for task in TASKS if type(task) in BRUTE], ids=named)
def test_every_target_follows_from_its_inputs(task):
    recompute(task, 200, seed=11)


SIZES = st.one_of(
    st.builds(FlipFlop, st.integers(2, 30), st.integers(2, 6), st.floats(0.01, 0.99)),
    st.builds(Recall, st.integers(1, 30), st.integers(2, 6), st.integers(1, 6)),
    st.builds(Adding, st.integers(2, 30)),
    st.builds(DelayedXor, st.integers(8, 30), st.lists(st.integers(0, 7), min_size=2, max_size=4, unique=True)),
    st.builds(Agreement, st.integers(0, 6), st.floats(0, 1)),
    st.builds(ResetCounter, st.integers(2, 30), st.booleans(), st.floats(0.01, 0.5), st.floats(0.01, 0.49)),
)


@settings(max_examples=80, deadline=None)
@given(SIZES, st.integers(1, 4), st.integers(0, 2**64 - 1))
def test_targets_of_any_size_follow_from_their_inputs(task, count, seed):
    recompute(task, count, seed)


# --- how often things happen ------------------------------------------------------------------------------------------


def near(share, expected, count):
    """Within four standard errors: a right generator fails here once in 16,000 seeds, and the seeds are fixed."""
    return abs(share - expected) <= 4 * math.sqrt(expected * (1 - expected) / count)


def shares(ids):
    return {value: n / len(ids) for value, n in sorted(Counter(ids).items())}


def test_flip_flop_marks_as_often_as_it_says_and_shows_all_symbols_alike():
    inputs, targets = FlipFlop(40, 4, 0.06).draw(2000, 0)
    assert near(inputs[:, 1:, 4].mean().item(), 0.06, 2000 * 39)
    assert all(near(share, 0.25, 80_000) for share in inputs[..., :4].mean((0, 1)).tolist())
    assert all(near(share, 0.25, 2000) for share in shares(targets.tolist()).values())


def test_recall_shows_symbols_and_distractors_alike():
    inputs, _ = Recall(9, 5, 3).draw(4000, 0)
    assert all(near(share, 1 / 5, 4000) for share in inputs[:, 0, :5].mean(0).tolist())
    assert all(near(share, 1 / 3, 36_000) for share in inputs[:, 1:, 5:].mean((0, 1)).tolist())


def test_adding_marks_every_step_of_a_half_alike():
    inputs, targets = Adding(9).draw(20_000, 0)
    share = inputs[..., 1].mean(0).tolist()
    assert all(near(value, 1 / 4, 20_000) for value in share[:4])
    assert all(near(value, 1 / 5, 20_000) for value in share[4:])
    assert targets.mean().item() == pytest.approx(1, abs=4 * math.sqrt(1 / 6 / 20_000))


def test_bits_and_their_xor_are_fair():
    inputs, targets = DelayedXor(24).draw(1000, 0)
    assert near(inputs.mean().item(), 0.5, 24_000)
    assert near(targets[:, 3:].double().mean().item(), 0.5, 21_000)


@pytest.mark.parametrize("opposite", [0.0, 0.3, 1.0])
def test_the_other_number_comes_as_often_as_asked(opposite):
    task = Agreement(4, opposite)
    inputs, targets = task.draw(2000, 0)
    sentences = [task.words(sentence) for sentence in inputs]
    other = [
        noun.endswith("s") != bool(verb)
        for words, verb in zip(sentences, targets.tolist(), strict=True)
        for noun in words[4::3]
    ]
    assert len(other) == 8000 and near(sum(other) / 8000, opposite, 8000)
    assert near(targets.double().mean().item(), 0.5, 2000)
    nouns = shares([word.removesuffix("s") for words in sentences for word in words[1::3]])
    assert len(nouns) == 8 and all(near(share, 1 / 8, 10_000) for share in nouns.values())


@pytest.mark.parametrize("stop_resets", [True, False])
def test_rain_and_full_stops_come_as_often_as_asked(stop_resets):
    inputs, _ = ResetCounter(24, stop_resets, 0.1, 0.2).draw(2000, 0)
    stop, rain, sun = inputs.mean((0, 1)).tolist()
    assert near(stop, 0.1, 48_000) and near(rain, 0.2, 48_000) and near(sun, 0.7, 48_000)


def test_the_control_has_the_same_inputs():
    counter, control = ResetCounter(24).draw(50, 3), ResetCounter(24, stop_resets=False).draw(50, 3)
    assert torch.equal(counter[0], control[0]) and not torch.equal(counter[1], control[1])


# --- chance: the best answer from the last step's input, learned from one half of the draws and scored on the other ---

COUNT = 40_000


def best_from_the_last_step(task):
    every_step = isinstance(task, DelayedXor | ResetCounter)
    inputs, targets = task.draw(COUNT if every_step else 2 * COUNT, 5)
    if task.metric == "mse":
        (number, mark), target = inputs[:, -1].T.double(), targets[:, 0].double()
        return (torch.where(mark == 1, number + 0.5, 1.0) - target).square().mean().item()
    steps = inputs.reshape(-1, task.input_size) if every_step else inputs[:, -1]
    pairs = list(zip(map(tuple, steps.tolist()), targets.flatten().tolist(), strict=True))
    seen = defaultdict(Counter)
    for step, target in pairs[: len(pairs) // 2]:
        if target != IGNORED:
            seen[step][target] += 1
    asked = [(step, target) for step, target in pairs[len(pairs) // 2 :] if target != IGNORED]
    return sum(seen[step].most_common(1)[0][0] == target for step, target in asked) / len(asked)


CHANCES = [
    FlipFlop(9, 4, 0.06),
    FlipFlop(5, 3, 0.3),
    Recall(5, 5, 2),
    Adding(6),
    Adding(3),
    DelayedXor(8),
    DelayedXor(6, (0, 2)),
    Agreement(2),
    Agreement(1, opposite=0.7),
    Agreement(1, opposite=0.1),
    Agreement(0),
    ResetCounter(8),
    ResetCounter(8, stop_resets=False),
    ResetCounter(8, True, 0.05, 0.9),
    ResetCounter(6, False, 0.05, 0.9),
]


@pytest.mark.parametrize("task", CHANCES, ids=named)
def test_chance_is_what_the_last_step_alone_can_give(task):
    assert best_from_the_last_step(task) == pytest.approx(task.chance, abs=0.004 if task.metric == "mse" else 0.011)


@pytest.mark.parametrize(
    ("task", "value"),
    [
        (FlipFlop(50), 0.06 + 0.94 / 4),
        (Recall(40, 8), 1 / 8),
        (Adding(50), 1 / 6 - 1 / 300),
        (Adding(2), 1 / 12),
        (DelayedXor(24), 1 / 2),
        (Agreement(6), 1 / 2),
        (Agreement(6, 0.9), 0.9),
        (Agreement(0, 0.9), 1),
    ],
)
def test_chance_by_hand(task, value):
    assert task.chance == pytest.approx(value, rel=1e-14)


def test_the_counters_chance_by_hand():
    # Two steps, stop 1/4, rain 1/2, sun 1/4. Before step 1 the count is 0, before step 2 it is 0 with probability 1/2.
    assert ResetCounter(2, True, 0.25, 0.5).chance == pytest.approx(0.25 + 0.75 * (1 + 0.5) / 2, rel=1e-14)
    assert ResetCounter(2, False, 0.25, 0.5).chance == pytest.approx((1 + 0.5) / 2, rel=1e-14)


# --- seeds ------------------------------------------------------------------------------------------------------------


def drawn_bytes(task, seed, count=20):
    return b"".join(part.numpy().tobytes() for part in task.draw(count, seed))


@each_task
def test_the_same_seed_gives_the_same_bytes_whatever_was_drawn_before(task):
    first = drawn_bytes(task, 7)
    torch.rand(3), np.random.rand(3), random.random(), task.draw(5, 99)
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    assert drawn_bytes(task, 7) == first
    assert drawn_bytes(dataclasses.replace(task), np.int64(7)) == first
    assert drawn_bytes(task, 8) != first


def test_the_number_of_threads_changes_no_draw():
    threads = torch.get_num_threads()
    first = [drawn_bytes(task, 7) for task in TASKS]
    try:
        torch.set_num_threads(2 if threads == 1 else 1)
        assert [drawn_bytes(task, 7) for task in TASKS] == first
    finally:
        torch.set_num_threads(threads)


@each_task
def test_drawing_leaves_the_global_generators_alone(task):
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    task.draw(10, 7)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all() and random.getstate() == before[2]


# --- loss and score ---------------------------------------------------------------------------------------------------


def outputs_for(task, targets, seed=0):
    shape = targets.shape if task.metric == "mse" else (*targets.shape, task.output_size)
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def plain_loss_and_score(task, outputs, targets):
    if task.metric == "mse" or isinstance(task, ResetCounter):
        pairs = list(zip(outputs.flatten().tolist(), targets.flatten().tolist(), strict=True))
        error = sum((output - target) ** 2 for output, target in pairs) / len(pairs)
        right = sum(round(output) == target for output, target in pairs) / len(pairs)
        return error, error if task.metric == "mse" else right
    rows = outputs.reshape(-1, task.output_size).tolist()
    pairs = [(row, k) for row, k in zip(rows, targets.flatten().tolist(), strict=True) if k != IGNORED]
    loss = sum(math.log(sum(math.exp(z) for z in row)) - row[k] for row, k in pairs) / len(pairs)
    return loss, sum(row.index(max(row)) == k for row, k in pairs) / len(pairs)


@each_task
def test_loss_and_score_are_the_textbooks(task):
    _, targets = task.draw(30, 1)
    outputs = outputs_for(task, targets).requires_grad_()
    loss, score = plain_loss_and_score(task, outputs, targets)
    given_loss, given_score = task.loss(outputs, targets), task.score(outputs, targets)
    assert given_loss.shape == () and given_loss.item() == pytest.approx(loss, rel=1e-5)
    assert type(given_score) is float and given_score == pytest.approx(score, rel=1e-5)
    given_loss.backward()
    assert outputs.grad.abs().sum() > 0


@each_task
def test_the_right_answer_scores_best(task):
    _, targets = task.draw(30, 1)
    if task.metric == "mse":
        right = targets
    elif isinstance(task, ResetCounter):
        right = targets[..., None].float()
    else:
        right = torch.nn.functional.one_hot(targets.clamp(min=0), task.output_size).float()
    assert task.score(right, targets) == (0 if task.metric == "mse" else 1)


@each_task
def test_outputs_of_another_shape_are_refused(task):
    _, targets = task.draw(4, 1)
    outputs = outputs_for(task, targets)
    for wrong in (outputs[0], outputs[..., None], outputs[:3], outputs[..., :0]):
        for judge in (task.loss, task.score):
            with pytest.raises(ValueError, match=r"outputs have shape .*expected .*Let the model return"):
                judge(wrong, targets)


def test_a_step_without_a_question_says_nothing():
    task = DelayedXor(8)
    _, targets = task.draw(4, 1)
    outputs = outputs_for(task, targets)
    other = outputs.clone()
    other[:, :3] = 50 * torch.randn(4, 3, 2)
    assert task.loss(other, targets).item() == task.loss(outputs, targets).item()
    assert task.score(other, targets) == task.score(outputs, targets)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", [Agreement(3), ResetCounter(9)], ids=named)
def test_words_and_encode_are_inverse(task):
    inputs, _ = task.draw(20, 2)
    for sequence in inputs:
        words = task.words(sequence)
        assert len(words) == task.length and set(words) <= set(task.vocabulary)
        assert torch.equal(task.encode(words), sequence) and torch.equal(task.encode(" ".join(words)), sequence)
    assert set(task.vocabulary) == {word for sequence in task.draw(300, 3)[0] for word in task.words(sequence)}


def test_a_sentence_reads_like_one():
    task = Agreement(1)
    sentence = task.encode("the keys near the cabinet")
    assert sentence.shape == (5, task.input_size) and task.words(sentence) == "the keys near the cabinet".split()
    assert task.verbs == ("is", "are")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda task: task.encode("the unicorn"),
            "'unicorn' is not a word of this task; expected words from: the near",
        ),
        (lambda task: task.encode(""), "There is no word; expected words from"),
        (lambda task: task.words(task.draw(2, 0)[0]), "inputs\\[0\\], not the batch"),
        (lambda task: task.words(torch.zeros(3, 2)), "expected \\(length, 21\\)"),
        (lambda task: task.words(torch.zeros(3, 21)), "not one-hot"),
        (lambda task: task.words(torch.full((3, 21), 0.5)), "not one-hot"),
    ],
)
def test_strange_words_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Agreement(1))


# --- data at hand -----------------------------------------------------------------------------------------------------


def test_fixed_data_come_back_whole_and_in_order():
    inputs = np.random.default_rng(0).normal(size=(6, 3, 2))
    task = FixedData(inputs, [0, 1, 2, 1, 0, 1])
    given_inputs, targets = task.draw(None, 0)
    np.testing.assert_array_equal(given_inputs.numpy(), inputs.astype(np.float32))
    assert targets.tolist() == [0, 1, 2, 1, 0, 1]
    assert (task.length, task.input_size, task.output_size, task.chance) == (3, 2, 3, 0.5)


def test_fixed_data_are_drawn_in_pairs_and_all_alike():
    task = FixedData(np.arange(5.0).reshape(5, 1, 1), [4, 3, 2, 1, 0])
    inputs, targets = task.draw(20_000, 0)
    assert torch.equal(inputs[:, 0, 0].long(), 4 - targets)
    assert all(near(share, 1 / 5, 20_000) for share in shares(targets.tolist()).values())


def test_fixed_data_are_a_copy():
    inputs, targets = torch.ones(3, 2, 2), torch.tensor([0, 1, 1])
    task = FixedData(inputs, targets)
    inputs.zero_(), targets.zero_()
    drawn_inputs, drawn_targets = task.draw(None, 0)
    assert drawn_inputs.eq(1).all() and drawn_targets.tolist() == [0, 1, 1]
    drawn_inputs.zero_(), drawn_targets.zero_(), task.draw(3, 0)[0].zero_()
    assert task.inputs.eq(1).all() and task.targets.tolist() == [0, 1, 1]


def test_the_chance_of_numbers_is_their_variance():
    task = FixedData(np.zeros((4, 1, 1)), [[0, 1], [1, 1], [2, 1], [3, 1]], "mse")
    assert task.output_size == 2 and task.chance == pytest.approx((1.25 + 0) / 2)


@pytest.mark.parametrize(
    ("inputs", "targets", "metric", "message"),
    [
        (np.zeros((4, 3)), [0, 1, 0, 1], "accuracy", r"inputs have shape \(4, 3\); expected \(n, length, input_size\)"),
        (np.zeros((0, 3, 2)), [], "accuracy", "inputs have shape"),
        (np.full((2, 1, 1), np.nan), [0, 1], "accuracy", "Some inputs are not finite"),
        (np.zeros((2, 1, 1)), [0, 1, 1], "accuracy", r"targets have shape \(3,\); expected \(2,\)"),
        (np.zeros((2, 1, 1)), [[0], [1]], "accuracy", r"expected \(2,\)"),
        (np.zeros((2, 1, 1)), [0.0, 1.0], "mse", r"expected \(2, outputs\)"),
        (np.zeros((2, 1, 1)), [0.0, 1.0], "accuracy", "of type float64"),
        (np.zeros((2, 1, 1)), [-1, 1], "accuracy", "the least of them -1"),
        (np.zeros((2, 1, 1)), [[np.inf], [1]], "mse", "Some targets are not finite"),
        (np.zeros((2, 1, 1)), [0, 1], "loss", "metric is 'loss'; expected 'accuracy' for classes or 'mse'"),
    ],
)
def test_data_that_do_not_fit_are_refused(inputs, targets, metric, message):
    with pytest.raises(ValueError, match=message):
        FixedData(inputs, targets, metric)


# --- sizes that are refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FlipFlop(1), "length is 1; expected a whole number of at least 2"),
        (lambda: FlipFlop(10.0), "length is 10.0"),
        (lambda: FlipFlop(True), "length is True"),
        (lambda: FlipFlop(10, 1), "symbols is 1"),
        (lambda: FlipFlop(10, 4, 0), "mark_probability is 0; expected a number between 0 and 1, neither allowed"),
        (lambda: FlipFlop(10, 4, "often"), "mark_probability is 'often'"),
        (lambda: FlipFlop(10, 4, float("nan")), "mark_probability is nan"),
        (lambda: Recall(0), "lag is 0"),
        (lambda: Recall(5, symbols=1), "symbols is 1"),
        (lambda: Recall(5, distractors=0), "distractors is 0"),
        (lambda: Adding(1), "length is 1; .*Two numbers need two steps"),
        (lambda: DelayedXor(3), "length is 3; expected a whole number of at least 4. The largest lag is 3"),
        (lambda: DelayedXor(9, (1,)), r"lags is \(1,\); expected two or more different delays"),
        (lambda: DelayedXor(9, (1, 1)), "two or more different"),
        (lambda: DelayedXor(9, 3), "lags is 3"),
        (lambda: DelayedXor(9, (1, -1)), "A lag is -1"),
        (lambda: Agreement(-1), "distractors is -1"),
        (lambda: Agreement(1, opposite=1.1), "opposite is 1.1; expected a number from 0 to 1, both allowed"),
        (lambda: ResetCounter(1), "length is 1"),
        (lambda: ResetCounter(9, stop_resets=1), "stop_resets is 1; expected True or False"),
        (lambda: ResetCounter(9, stop_probability=0), "stop_probability is 0"),
        (lambda: ResetCounter(9, rain_probability=1), "rain_probability is 1"),
        (lambda: ResetCounter(9, True, 0.5, 0.5), "are 0.5 and 0.5; expected a sum below 1"),
        (lambda: Recall(5).draw(0, 1), "count is 0"),
        (lambda: Recall(5).draw(None, 1), "count is None"),
        (lambda: Recall(5).draw(2.0, 1), "count is 2.0"),
        (lambda: Recall(5).draw(2, -1), "seed is -1; expected a whole number from 0"),
        (lambda: Recall(5).draw(2, 2**64), "seed is 18446744073709551616"),
        (lambda: Recall(5).draw(2, None), "seed is None"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@each_task
def test_a_task_cannot_be_changed(task):
    with pytest.raises(dataclasses.FrozenInstanceError):
        task.metric = "luck"
    assert type(task).__name__ in sequences.__all__
