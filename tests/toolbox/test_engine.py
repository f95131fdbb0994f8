"""The reverse-mode engine of chapter 5, taken out of the page itself and compared with PyTorch on random programs."""

import math
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

CHAPTER = Path(__file__).resolve().parents[2] / "notebooks" / "05_computation_graphs.ipynb"


def engine_source():
    notebook = nbformat.read(CHAPTER, as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if "engine" in cell.metadata.get("tags", []))


def load(source):
    namespace = {"math": math}
    exec(compile(source, "engine", "exec"), namespace)
    return SimpleNamespace(**namespace)


ENGINE = load(engine_source())
Node, backward = ENGINE.Node, ENGINE.backward

# Each operation with its number of inputs. The last ones keep their arguments where they are defined and not too large.
OPERATIONS = {
    "add": (2, lambda a, b: a + b, lambda a, b: a + b),
    "subtract": (2, lambda a, b: a - b, lambda a, b: a - b),
    "multiply": (2, lambda a, b: a * b, lambda a, b: a * b),
    "divide": (2, lambda a, b: a / (b * b + 1), lambda a, b: a / (b * b + 1)),
    "maximum": (2, ENGINE.maximum, torch.maximum),
    "minimum": (2, ENGINE.minimum, torch.minimum),
    "negate": (1, lambda a: -a, lambda a: -a),
    "add constant": (1, lambda a: 1.5 + a, lambda a: 1.5 + a),
    "from constant": (1, lambda a: 2.0 - a, lambda a: 2.0 - a),
    "times constant": (1, lambda a: -3.0 * a, lambda a: -3.0 * a),
    "over": (1, lambda a: 2.0 / (a * a + 1), lambda a: 2.0 / (a * a + 1)),
    "cube": (1, lambda a: a**3, lambda a: a**3),
    "sigmoid": (1, lambda a: ENGINE.sigmoid(ENGINE.tanh(a)), lambda a: torch.sigmoid(torch.tanh(a))),
    "tanh": (1, ENGINE.tanh, torch.tanh),
    "exponential": (1, lambda a: ENGINE.exponential(ENGINE.tanh(a)), lambda a: torch.exp(torch.tanh(a))),
    "logarithm": (1, lambda a: ENGINE.logarithm(a * a + 1), lambda a: torch.log(a * a + 1)),
}
STARTS = 3


@st.composite
def programs(draw):
    """A list of (operation, inputs): each input is the number of an earlier result."""
    steps = []
    for number in range(draw(st.integers(1, 20))):
        name = draw(st.sampled_from(sorted(OPERATIONS)))
        earlier = st.integers(0, STARTS + number - 1)
        steps.append((name, [draw(earlier) for _ in range(OPERATIONS[name][0])]))
    return steps


def run(program, results, side):
    for name, sources in program:
        results.append(OPERATIONS[name][side](*(results[source] for source in sources)))
    return results


# Quarters: ties of maximum and minimum then happen often.
values = st.lists(st.integers(-8, 8).map(lambda quarter: quarter / 4), min_size=STARTS, max_size=STARTS)


def switches(program, results):
    """Which input each maximum and minimum of a program prefers: 1, −1, or 0 at a tie."""
    pairs = [sources for name, sources in program if name in ("maximum", "minimum")]
    return [(results[first] > results[second]) - (results[first] < results[second]) for first, second in pairs]


@settings(max_examples=400, deadline=None)
@given(programs(), values)
def test_values_and_gradients_are_those_of_autograd(program, starts):
    theirs = [torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in starts]
    outputs = run(program, list(theirs), 2)
    expected_values = [output.item() for output in outputs]
    assume(all(math.isfinite(value) and abs(value) < 1e6 for value in expected_values))
    ours = [Node(start) for start in starts]
    results = run(program, list(ours), 1)
    found_values = [node.value for node in results]
    assert found_values == pytest.approx(expected_values, rel=1e-9, abs=1e-9)
    # The last digit of a tanh may differ between libraries. Where that decides a maximum, nothing can be compared.
    assume(switches(program, found_values) == switches(program, expected_values))
    backward(results[-1])
    order = ENGINE.topological_order(results[-1])
    found = [node.grad if node in order else 0.0 for node in ours]
    expected = [gradient.item() for gradient in torch.autograd.grad(outputs[-1], theirs, materialize_grads=True)]
    # Where large contributions cancel, the last digits depend on the order in which they are added.
    largest = max((abs(node.grad * local) for node in order for _, local in node.inputs), default=1.0)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12 * max(1.0, largest))


@settings(max_examples=100, deadline=None)
@given(programs(), values)
def test_each_node_stands_after_its_inputs_once(program, starts):
    output = run(program, [Node(start) for start in starts], 1)[-1]
    order = ENGINE.topological_order(output)
    place = {node: number for number, node in enumerate(order)}
    assert len(place) == len(order) and order[-1] is output
    assert all(place[source] < place[node] for node in order for source, _ in node.inputs)


@settings(max_examples=100, deadline=None)
@given(programs(), values)
def test_a_second_call_changes_nothing(program, starts):
    ours = [Node(start) for start in starts]
    output = run(program, list(ours), 1)[-1]
    backward(output)
    first = [node.grad for node in ours]
    backward(output)
    assert [node.grad for node in ours] == first


def test_the_example_of_the_chapter():
    x = Node(2.0)
    a = x + 1
    b = a * x
    backward(a * b)
    assert (x.grad, a.grad, b.grad) == (21, 12, 3)


def test_gradients_of_two_losses_do_not_mix():
    x = Node(3.0)
    backward(x * x)
    backward(5 * x)
    assert x.grad == 5


def test_one_node_on_both_sides_gets_both_parts():
    x = Node(3.0)
    backward(x * x)
    assert x.grad == 6
    backward(x - x)
    assert x.grad == 0


@pytest.mark.parametrize("operation", ["maximum", "minimum"])
def test_a_tie_is_split_in_halves(operation):
    a, b = Node(2.0), Node(2.0)
    backward(getattr(ENGINE, operation)(a, b))
    assert (a.grad, b.grad) == (0.5, 0.5)


@pytest.mark.parametrize(("operation", "expected"), [("maximum", (0, 1)), ("minimum", (1, 0))])
def test_a_switch_gives_all_to_one_side(operation, expected):
    a, b = Node(2.0), Node(3.0)
    backward(getattr(ENGINE, operation)(a, b))
    assert (a.grad, b.grad) == expected


def test_a_constant_against_a_node():
    a = Node(-1.0)
    backward(ENGINE.maximum(a, 0.0))
    assert a.grad == 0
    backward(ENGINE.maximum(0.0, Node(4.0) * a + 5))
    assert a.grad == 4


def test_the_output_itself_has_gradient_one():
    x = Node(7.0)
    backward(x)
    assert x.grad == 1


def test_a_long_chain_does_not_exhaust_the_stack():
    x = Node(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1
    backward(y)
    assert (y.value, x.grad) == (100_001, 1)


def test_a_graph_with_many_paths_takes_one_visit_a_node():
    """Two arrows between neighbours make 2⁶⁰ paths: following each of them would never end."""
    x = Node(1.0)
    y = x
    for _ in range(60):
        y = y + y
    backward(y)
    assert x.grad == 2**60


def test_the_engine_fits_on_a_page():
    lines = [line for line in engine_source().splitlines() if line.strip()]
    assert 40 < len(lines) <= 80


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(a, value_of(b)), (b, value_of(a))", "(a, value_of(a)), (b, value_of(b))"),
        ("result * (1 - result)", "result"),
        ("source.grad += node.grad * local", "source.grad = node.grad * local"),
        ("reversed(order)", "order"),
        ("add(a, -b)", "add(a, b)"),
        ("exponent * a.value", "a.value"),
    ],
)
def test_a_planted_fault_is_found(right, wrong):
    """The comparison with autograd must be able to fail: one program tells each of these faults."""
    source = engine_source()
    assert right in source
    broken = load(source.replace(right, wrong))
    sound, faulty = [], []
    for engine, gradients in ((ENGINE, sound), (broken, faulty)):
        x, y = engine.Node(0.5), engine.Node(1.5)
        engine.backward(engine.sigmoid(x * y - x) + (x * y) ** 3 * x)
        gradients += [x.grad, y.grad]
    x, y = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (0.5, 1.5))
    expected = torch.autograd.grad(torch.sigmoid(x * y - x) + (x * y) ** 3 * x, (x, y))
    assert sound == pytest.approx([gradient.item() for gradient in expected], rel=1e-12)
    assert faulty != pytest.approx([gradient.item() for gradient in expected], rel=1e-6)
