"""Derive: what is the formula?

Thin helpers around SymPy for the places where SymPy alone is silently wrong or stops short. A gradient always has the
shape of what it is taken with respect to.
"""

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

__all__ = ["equation", "explicit", "gradient", "hessian", "split_sums"]


def gradient(scalar, wrt):
    """Gradient of a scalar, in the shape of `wrt`.

    Parameters
    ----------
    scalar : sympy.Expr, 1 × 1 matrix expression or Trace
        What is differentiated.
    wrt : sympy.Symbol, MatrixSymbol or Matrix of symbols
        What it is differentiated with respect to.

    Returns
    -------
    sympy.Expr, MatrixExpr or Matrix
        Partial derivatives, in the shape of `wrt`. For a `MatrixSymbol` of symbolic size SymPy's matrix rule is used,
        then compared with the partial derivatives of every entry at a small size.

    Raises
    ------
    TypeError
        If `wrt` is not a symbol or a matrix of symbols.
    ValueError
        If `scalar` is not a scalar, if it is an element taken out of a matrix product of symbolic size (SymPy
        differentiates those to 0), or if SymPy's matrix rule disagrees with the entries.
    """
    if isinstance(wrt, sp.MatrixSymbol):
        return _matrix_gradient(scalar, wrt)
    scalar = _entry(scalar)
    if isinstance(wrt, sp.MatrixBase) and all(isinstance(symbol, sp.Symbol | MatrixElement) for symbol in wrt):
        return sp.ImmutableMatrix(*wrt.shape, [sp.diff(scalar, symbol) for symbol in wrt])
    if isinstance(wrt, sp.Symbol | MatrixElement):
        return sp.diff(scalar, wrt)
    raise TypeError(f"wrt is {wrt!r}; expected a Symbol, a MatrixSymbol or a Matrix of symbols.")


def hessian(scalar, wrt):
    """Matrix of second derivatives of a scalar with respect to a column.

    Parameters
    ----------
    scalar : sympy.Expr or 1 × 1 matrix expression
    wrt : MatrixSymbol of shape (p, 1) or Matrix of p symbols

    Returns
    -------
    MatrixExpr or Matrix of shape (p, p)
        Entry (i, j) is the second derivative with respect to the entries i and j.

    Raises
    ------
    TypeError, ValueError
        As `gradient`; also if `wrt` is not a column.
    """
    if not hasattr(wrt, "shape") or wrt.shape[1] != 1:
        raise ValueError(f"wrt is {wrt!r}; expected a column: a MatrixSymbol of shape (p, 1) or a Matrix of symbols.")
    first = gradient(scalar, wrt)
    if isinstance(wrt, sp.MatrixSymbol) and not isinstance(first, sp.MatrixBase):
        if not first.has(wrt):
            return sp.ZeroMatrix(wrt.shape[0], wrt.shape[0])
        rule = first.diff(wrt).doit()
        return _agreed(rule, wrt, lambda sizes: explicit(first, sizes).jacobian(explicit(wrt, sizes)))
    symbols = wrt.as_explicit() if isinstance(wrt, sp.MatrixSymbol) else sp.Matrix(wrt)
    return sp.ImmutableMatrix(sp.Matrix(first).jacobian(symbols))


def explicit(expression, sizes=None):
    """Write a matrix expression out, entry by entry.

    Parameters
    ----------
    expression : MatrixExpr or Matrix
    sizes : dict, optional
        From each symbolic size to a number, for example ``{n: 3, p: 2}``.

    Returns
    -------
    sympy.ImmutableMatrix

    Raises
    ------
    ValueError
        If a size stays symbolic; the message names it. If SymPy cannot write the expression as entries.
    """
    sized = expression.subs(sizes or {})
    for size in map(sp.sympify, sized.shape):
        if not size.is_Integer:
            raise ValueError(f"The size {size} of {expression} has no number; give it as sizes={{{size}: 3}}.")
    entries = sized.doit().as_explicit()
    if len(entries.shape) != 2 or not all(isinstance(entry, sp.Expr) for entry in entries):
        raise ValueError(f"SymPy cannot write {expression} entry by entry.")
    return sp.ImmutableMatrix(entries)


def split_sums(expression):
    """Use the linearity of the sum: a sum of terms becomes a sum of sums, and constants move in front.

    Parameters
    ----------
    expression : sympy.Expr
        Contains `Sum` with one index.

    Returns
    -------
    sympy.Expr
        Equal to `expression`, with no constant left under a `Sum`.

    Raises
    ------
    ValueError
        If a sum runs over more than one index.
    """

    def split(function, *indices):
        if len(indices) != 1:
            raise ValueError(f"A sum over {len(indices)} indices was given; expected one index.")
        limits, parts = indices[0], []
        for term in sp.Add.make_args(sp.expand(function)):
            constant, varying = term.as_independent(limits[0])
            total = sp.Sum(varying, limits)
            parts.append(constant * (total.doit() if varying == 1 else total))
        return sp.Add(*parts)

    return sp.expand(expression.replace(sp.Sum, split))


def equation(left, *right):
    """Typeset ``left = right[0] = right[1] = …`` as the output of a cell.

    Parameters
    ----------
    left : str or sympy object
        LaTeX, or an object to be typeset.
    *right : str or sympy object
        At least one.

    Returns
    -------
    IPython.display.Math
    """
    from IPython.display import Math

    if not right:
        raise ValueError(f"An equation needs a right-hand side; got only {left!r}.")
    return Math(" = ".join(side if isinstance(side, str) else sp.latex(side) for side in (left, *right)))


def _matrix_gradient(scalar, wrt):
    if getattr(scalar, "shape", (1, 1)) != (1, 1):
        raise ValueError(f"A gradient is taken of a scalar; this expression has shape {scalar.shape}: {scalar}")
    scalar = sp.sympify(scalar)
    if not scalar.has(wrt):
        return sp.ZeroMatrix(*wrt.shape)
    if all(size.is_Integer for size in wrt.shape):
        return gradient(_entry(scalar), wrt.as_explicit())
    if any(not size.is_Integer for element in scalar.atoms(MatrixElement) for size in element.parent.shape):
        raise ValueError(
            "SymPy differentiates an element of a matrix product of symbolic size to 0. Give the 1 × 1 "
            f"matrix product itself, without [0, 0]: {scalar}"
        )
    # Only through the trace does SymPy give ∂/∂W of a 1 × 1 product the shape of W.
    column = wrt.shape[1] == 1 or not hasattr(scalar, "shape")
    rule = (scalar if column else sp.Trace(scalar)).diff(wrt).doit()
    return _agreed(rule, wrt, lambda sizes: gradient(_entry(scalar, sizes), explicit(wrt, sizes)))


def _entry(scalar, sizes=None):
    """Return a scalar without matrices: the only entry of a 1 × 1 matrix, traces written out."""
    scalar = sp.sympify(scalar)
    if not hasattr(scalar, "shape"):
        return scalar.replace(sp.Trace, lambda matrix: explicit(matrix, sizes).trace())
    if scalar.shape != (1, 1):
        raise ValueError(f"A gradient is taken of a scalar; this expression has shape {scalar.shape}: {scalar}")
    return explicit(scalar, sizes)[0, 0]


def _agreed(rule, wrt, entry_by_entry):
    """Return SymPy's matrix rule if it agrees with the entries at a small size, else raise."""
    symbolic = {size for atom in rule.atoms(sp.MatrixSymbol) | {wrt} for size in atom.shape if not size.is_Integer}
    sizes = {symbol: 2 + number for number, symbol in enumerate(sorted(symbolic, key=str))}
    entries = sp.Matrix(entry_by_entry(sizes))
    found = explicit(rule, sizes)
    if found.shape != entries.shape or (found - entries).expand() != sp.zeros(*entries.shape):
        raise ValueError(
            f"SymPy's matrix rule gives {rule}, which differs from the entries at the sizes {sizes}. "
            "Derive this gradient entry by entry."
        )
    return rule
