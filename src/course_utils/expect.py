"""Expect: one wording for the errors about sizes, fractions and seeds that several modules refuse."""

import math
import numbers

__all__ = ["fraction", "positive", "seed", "whole"]


def whole(name, value, least, advice=""):
    """Return a whole number, or say what is wrong with it.

    Parameters
    ----------
    name : str
        What the caller calls the number.
    value : int
    least : int
        The smallest value allowed.
    advice : str
        A sentence that is added to the message: what to do.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If `value` is not a whole number of at least `least`. True and False are not numbers here.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}; expected a whole number of at least {least}. {advice}".rstrip())
    return int(value)


def seed(value):
    """Return a seed, or say what is wrong with it.

    Parameters
    ----------
    value : int
        From 0 to 2⁶⁴ − 1.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If `value` is not such a whole number.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or not 0 <= value < 2**64:
        raise ValueError(f"seed is {value!r}; expected a whole number from 0 to 2⁶⁴ − 1. Choose one, for example 0.")
    return int(value)


def fraction(name, value, *, ends, advice=""):
    """Return a number between 0 and 1, or say what is wrong with it.

    Parameters
    ----------
    name : str
        What the caller calls the number.
    value : float
    ends : bool
        Whether 0 and 1 themselves are allowed.
    advice : str
        A sentence that is added to the message: what to do.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `value` is not such a number.
    """
    if _real(value) and (0 < value < 1 or (ends and value in (0, 1))):
        return float(value)
    limits = "from 0 to 1, both allowed" if ends else "between 0 and 1, neither allowed"
    raise ValueError(f"{name} is {value!r}; expected a number {limits}. {advice}".rstrip())


def positive(name, value, advice=""):
    """Return a finite number above zero, or say what is wrong with it.

    Parameters
    ----------
    name : str
        What the caller calls the number.
    value : float
    advice : str
        A sentence that is added to the message: what to do.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `value` is not such a number.
    """
    if _real(value) and math.isfinite(value) and value > 0:
        return float(value)
    raise ValueError(f"{name} is {value!r}; expected a finite number above 0. {advice}".rstrip())


def _real(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
