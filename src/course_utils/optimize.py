"""Optimise: the update rules of chapter 2, and the path each of them takes.

A rule is a plain function from parameters, gradient and state to new parameters and new state. The state of the first
step is None. A rule remembers nothing itself, so that one rule can serve two runs.
"""

import numpy as np

__all__ = ["adam", "gradient_descent", "momentum", "path", "rmsprop", "stability_bound"]


def gradient_descent(theta, gradient, state=None, learning_rate=1e-2):
    """Make one step of gradient descent, θ ← θ − η g.

    Parameters
    ----------
    theta, gradient : ndarray
        Of one shape.
    state : None
        Gradient descent needs none.
    learning_rate : float
        η.

    Returns
    -------
    theta : ndarray
    state : None
    """
    return theta - learning_rate * gradient, state


def momentum(theta, gradient, state=None, learning_rate=1e-2, decay=0.9):
    """Make one step with a heavy ball, v ← μ v + g and θ ← θ − η v (Polyak 1964), as in ``torch.optim.SGD``.

    Parameters
    ----------
    theta, gradient : ndarray
        Of one shape.
    state : ndarray or None
        The velocity v. None stands for zero.
    learning_rate, decay : float
        η and μ.

    Returns
    -------
    theta, state : ndarray
    """
    velocity = gradient if state is None else decay * state + gradient
    return theta - learning_rate * velocity, velocity


def rmsprop(theta, gradient, state=None, learning_rate=1e-2, decay=0.99, epsilon=1e-8):
    """Make one step of RMSProp, v ← γ v + (1 − γ) g² and θ ← θ − η g / (√v + ε), as in ``torch.optim.RMSprop``.

    Parameters
    ----------
    theta, gradient : ndarray
        Of one shape.
    state : ndarray or None
        The running mean v of squared gradients. None stands for zero.
    learning_rate, decay, epsilon : float
        η, γ (which PyTorch calls alpha) and ε, added after the root is taken.

    Returns
    -------
    theta, state : ndarray
    """
    mean_square = (1 - decay) * gradient**2 + (0 if state is None else decay * state)
    return theta - learning_rate * gradient / (np.sqrt(mean_square) + epsilon), mean_square


def adam(theta, gradient, state=None, learning_rate=1e-3, decay_1=0.9, decay_2=0.999, epsilon=1e-8):
    """Make one step of Adam (Kingma and Ba 2015, algorithm 1), as in ``torch.optim.Adam``.

    Parameters
    ----------
    theta, gradient : ndarray
        Of one shape.
    state : tuple (m, v, t) or None
        Running means of the gradient and of its square, not yet corrected, and the number of steps made. None stands
        for zeros.
    learning_rate, decay_1, decay_2, epsilon : float
        η, β₁, β₂ and ε, added after the root is taken.

    Returns
    -------
    theta : ndarray
    state : tuple
    """
    m, v, t = (0, 0, 0) if state is None else state
    m, v, t = decay_1 * m + (1 - decay_1) * gradient, decay_2 * v + (1 - decay_2) * gradient**2, t + 1
    m_hat, v_hat = m / (1 - decay_1**t), v / (1 - decay_2**t)
    return theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), (m, v, t)


def path(rule, gradient, start, steps, **settings):
    """Follow a rule from a start.

    Parameters
    ----------
    rule : callable
        One of this module, or one of your own: ``rule(theta, gradient, state, **settings)`` returns theta and state.
    gradient : callable
        From parameters to an array of the same shape.
    start : array_like
    steps : int
        At least 0.
    **settings
        Passed on to the rule: ``learning_rate=0.1`` and so on.

    Returns
    -------
    ndarray, shape (steps + 1, *start.shape)
        The parameters before the first step and after each.

    Raises
    ------
    ValueError
        If the gradient has another shape than the parameters or is not a number, the start is not finite, or `steps` is
        not a whole number of at least 0.
    FloatingPointError
        If the parameters leave the range of a float; the message names the step.
    """
    if not isinstance(steps, int | np.integer) or steps < 0:
        raise ValueError(f"steps is {steps!r}; expected a whole number of at least 0.")
    theta, state = np.array(start, dtype=float), None
    if not np.isfinite(theta).all():
        raise ValueError(f"start is {start!r}; expected finite numbers.")
    places = np.empty((steps + 1, *theta.shape))
    places[0] = theta
    for step in range(1, steps + 1):
        slope = np.asarray(gradient(theta), dtype=float)
        if slope.shape != theta.shape:
            raise ValueError(
                f"The gradient has shape {slope.shape}; expected {theta.shape}, the shape of the parameters."
            )
        if np.isnan(slope).any():
            raise ValueError(f"The gradient is not a number at step {step}, at the parameters {theta}.")
        theta, state = rule(theta, slope, state, **settings)
        if not np.isfinite(theta).all():
            raise FloatingPointError(
                f"Step {step} left the range of a float. The rule diverges: lower the learning "
                "rate, or ask for fewer steps."
            )
        places[step] = theta
    return places


def stability_bound(hessian):
    """Return the learning rate below which gradient descent on a quadratic converges, 2/λmax.

    Parameters
    ----------
    hessian : array_like, shape (p, p)
        Symmetric and positive semi-definite, and not zero.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the matrix is not square or not symmetric, has a negative eigenvalue, or is zero.
    """
    hessian = np.asarray(hessian, dtype=float)
    if hessian.size == 0 or not np.isfinite(hessian).all():
        raise ValueError(f"Expected finite numbers in a square matrix; got {hessian}.")
    if hessian.ndim != 2 or hessian.shape[0] != hessian.shape[1] or not np.allclose(hessian, hessian.T):
        raise ValueError(
            f"Expected a symmetric matrix; got shape {hessian.shape}"
            f"{', not symmetric' if hessian.ndim == 2 and len(set(hessian.shape)) == 1 else ''}."
        )
    curvatures = np.linalg.eigvalsh(hessian)
    if curvatures[-1] <= 0 or curvatures[0] < -1e-12 * curvatures[-1]:
        raise ValueError(
            f"The curvatures run from {curvatures[0]:.3g} to {curvatures[-1]:.3g}; expected none below "
            "zero and at least one above. Without a bowl there is no bound."
        )
    return float(2 / curvatures[-1])
