"""The update rules against torch.optim, the bound against what descent does on either side of it."""

import inspect

import numpy as np
import pytest
import torch

from course_utils import optimize

START = np.array([-1.2, 1.0, 0.3])
STEPS = 150


def bumpy(theta):
    """Rosenbrock's valley and a cosine: not a bowl, and not convex."""
    a, b, c = theta
    return (1 - a) ** 2 + 5 * (b - a**2) ** 2 + 0.5 * c**2 + c.cos() * a


def bumpy_gradient(theta):
    point = torch.tensor(theta, requires_grad=True)
    return torch.autograd.grad(bumpy(point), point)[0].numpy()


def torch_path(optimizer, **settings):
    theta = torch.tensor(START, requires_grad=True)
    steps = optimizer([theta], **settings)
    places = [theta.detach().numpy().copy()]
    for _ in range(STEPS):
        steps.zero_grad()
        bumpy(theta).backward()
        steps.step()
        places.append(theta.detach().numpy().copy())
    return np.array(places)


RULES = {
    "gradient descent": (optimize.gradient_descent, {}, torch.optim.SGD, {}),
    "momentum": (optimize.momentum, {"decay": 0.8}, torch.optim.SGD, {"momentum": 0.8}),
    "rmsprop": (optimize.rmsprop, {"decay": 0.95, "epsilon": 1e-3}, torch.optim.RMSprop, {"alpha": 0.95, "eps": 1e-3}),
    "adam": (
        optimize.adam,
        {"decay_1": 0.85, "decay_2": 0.99, "epsilon": 1e-3},
        torch.optim.Adam,
        {"betas": (0.85, 0.99), "eps": 1e-3},
    ),
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("own_settings", [True, False], ids=["own settings", "defaults"])
def test_every_step_is_the_step_of_torch(name, own_settings):
    rule, settings, optimizer, torch_settings = RULES[name]
    if not own_settings:
        settings, torch_settings = {}, {"momentum": 0.9} if name == "momentum" else {}
    ours = optimize.path(rule, bumpy_gradient, START, STEPS, learning_rate=0.02, **settings)
    theirs = torch_path(optimizer, lr=0.02, **torch_settings)
    assert ours.shape == (STEPS + 1, 3)
    assert np.abs(ours[-1] - START).max() > 0.1, "the path must go somewhere for the comparison to mean anything"
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_default_settings_are_those_of_torch():
    assert torch.optim.Adam([torch.zeros(1)]).defaults["lr"] == 1e-3
    np.testing.assert_allclose(
        optimize.path(optimize.adam, bumpy_gradient, START, 20), torch_path(torch.optim.Adam)[:21], rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("name", RULES)
def test_a_rule_serves_two_runs_and_changes_nothing_it_was_given(name):
    rule, settings, *_ = RULES[name]
    start = START.copy()
    runs = [optimize.path(rule, bumpy_gradient, start, 20, learning_rate=0.02, **settings) for _ in range(2)]
    assert (runs[0] == runs[1]).all() and (start == START).all()


def test_parameters_may_have_any_shape():
    start = np.arange(6.0).reshape(2, 3)
    places = optimize.path(optimize.adam, lambda theta: theta, start, 5)
    assert places.shape == (6, 2, 3) and (places[0] == start).all()


@pytest.mark.parametrize(("fraction", "converges"), [(0.999, True), (1.001, False)])
def test_the_bound_separates_convergence_from_divergence(fraction, converges):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(20, 4))
    hessian = X.T @ X
    rate = fraction * optimize.stability_bound(hessian)
    start = np.linalg.eigh(hessian)[1].sum(axis=1)
    far = np.linalg.norm(
        optimize.path(optimize.gradient_descent, lambda t: hessian @ t, start, 5000, learning_rate=rate)[-1]
    )
    assert far < 0.1 if converges else far > 10


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(1, 2\); expected \(2,\)"):
        optimize.path(optimize.gradient_descent, lambda theta: theta[None], [1.0, 2.0], 1)


def test_divergence_is_named_with_its_step():
    with np.errstate(over="ignore"), pytest.raises(FloatingPointError, match="Step 9 left the range"):
        optimize.path(optimize.gradient_descent, lambda theta: theta, [1.0], 10, learning_rate=1e38)


def test_steps_must_not_be_negative():
    with pytest.raises(ValueError, match="steps is -1"):
        optimize.path(optimize.gradient_descent, lambda theta: theta, [1.0], -1)
    assert optimize.path(optimize.gradient_descent, lambda theta: theta, [1.0], 0).tolist() == [[1.0]]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 2], [0, 1]], "not symmetric"),
        ([[1, 2, 3]], "shape"),
        ([1, 2], "shape"),
        ([[1, 0], [0, -1]], "-1 to 1"),
        ([[0, 0], [0, 0]], "0 to 0"),
    ],
)
def test_what_has_no_bound_is_refused(matrix, message):
    with pytest.raises(ValueError, match=message):
        optimize.stability_bound(matrix)


def test_a_flat_direction_has_no_say_in_the_bound():
    assert optimize.stability_bound([[4, 0], [0, 0]]) == pytest.approx(0.5, rel=1e-15)


@pytest.mark.parametrize(
    "start, gradient, steps, message",
    [
        ([1.0, np.nan], lambda theta: theta, 3, "start is"),
        ([1.0], lambda theta: theta * np.nan, 3, "not a number at step 1"),
        ([1.0], lambda theta: theta, 2.5, "steps is 2.5"),
        ([1.0], lambda theta: theta, "3", "steps is '3'"),
    ],
)
def test_a_path_from_nowhere_is_refused(start, gradient, steps, message):
    with pytest.raises(ValueError, match=message):
        optimize.path(optimize.gradient_descent, gradient, start, steps)


@pytest.mark.parametrize("matrix", [np.empty((0, 0)), [[np.inf]], [[np.nan]]])
def test_a_bound_needs_finite_curvatures(matrix):
    with pytest.raises(ValueError, match="finite numbers in a square matrix"):
        optimize.stability_bound(matrix)


@pytest.mark.parametrize(
    "rule, theirs, names",
    [
        (optimize.adam, torch.optim.Adam, {"learning_rate": "lr", "epsilon": "eps"}),
        (optimize.rmsprop, torch.optim.RMSprop, {"learning_rate": "lr", "decay": "alpha", "epsilon": "eps"}),
    ],
)
def test_what_nobody_sets_is_set_as_torch_sets_it(rule, theirs, names):
    ours = {name: parameter.default for name, parameter in inspect.signature(rule).parameters.items()}
    expected = inspect.signature(theirs).parameters
    assert {name: ours[name] for name in names} == {name: expected[their].default for name, their in names.items()}
    if rule is optimize.adam:
        assert (ours["decay_1"], ours["decay_2"]) == expected["betas"].default


def test_a_saddle_however_flat_has_no_bound():
    with pytest.raises(ValueError, match="expected none below zero"):
        optimize.stability_bound(np.diag([1, -1e-6]))
