"""Read an answer that was typed, without running any of it.

The text is parsed by `ast` into Python's grammar and every node of that is looked up in the lists below. What is not
listed is refused, so no attribute, call or name of Python can be reached. Length, nesting and the digits of numbers are
limited before anything is computed.
"""

import ast
import difflib
import re
import unicodedata
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from course_utils.check.tree import (
    MAX_DEPTH,
    MAX_NODES,
    Node,
    UnclearAnswer,
    call,
    decimal_number,
    matrix,
    number,
    shorten,
)
from course_utils.check.tree import symbol as symbol_node

MAX_CHARACTERS = 1000
MAX_BRACKETS = 40

# What may be typed for each function, with the number of its arguments.
FUNCTIONS = {
    "exp": ("exp", 1),
    "log": ("log", 1),
    "ln": ("log", 1),
    "sqrt": ("sqrt", 1),
    "tanh": ("tanh", 1),
    "sinh": ("sinh", 1),
    "cosh": ("cosh", 1),
    "sech": ("sech", 1),
    "coth": ("coth", 1),
    "sin": ("sin", 1),
    "cos": ("cos", 1),
    "abs": ("abs", 1),
    "Abs": ("abs", 1),
    "fabs": ("abs", 1),
    "sigma": ("sigma", 1),
    "sigmoid": ("sigma", 1),
    "expit": ("sigma", 1),
    "square": ("square", 1),
    "pow": ("power", 2),
    "power": ("power", 2),
    "matmul": ("matmul", 2),
    "outer": ("outer", 2),
    "mean": ("mean", 1),
    "average": ("mean", 1),
    "var": ("variance", 1),
    "cov": ("covariance", 2),
    "norm": ("norm", 1),
    "dot": ("dot", 2),
    "inner": ("dot", 2),
    "softmax": ("softmax", 1),
    "diag": ("diagonal", 1),
    "DiagMatrix": ("diagonal", 1),
    "conjugate": ("conjugate", 1),
    "transpose": ("transpose", 1),
    "Transpose": ("transpose", 1),
    "adjoint": ("transpose", 1),
    "inv": ("inverse", 1),
    "inverse": ("inverse", 1),
    "Inverse": ("inverse", 1),
    "pinv": ("pseudoinverse", 1),
    "solve": ("solve", 2),
    "trace": ("trace", 1),
    "Trace": ("trace", 1),
    "det": ("det", 1),
    "Determinant": ("det", 1),
    "hadamard": ("hadamard", 2),
    "HadamardProduct": ("hadamard", 2),
    "hadamard_product": ("hadamard", 2),
    "multiply": ("hadamard", 2),
    "HadamardPower": ("elementwise_power", 2),
    "hadamard_power": ("elementwise_power", 2),
    "eye": ("identity", 1),
    "identity": ("identity", 1),
    "Identity": ("identity", 1),
}
# Functions that are another way to write an operation.
OPERATIONS = ("power", "matmul")
CONTAINERS = ("Matrix", "ImmutableMatrix", "array", "tensor", "matrix")
METHODS = {"sum": "sum", "mean": "mean", "transpose": "transpose", "dot": "dot", "inv": "inverse", "norm": "norm"}
PROPERTIES = {"T": "transpose", "I": "inverse"}
BINARY = {ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power", ast.MatMult: "matmul"}
MODULES = {"np", "numpy", "sp", "sympy", "torch", "math", "scipy", "linalg", "special"}

# Signs of mathematics that people paste, and what they are typed as.
SIGNS = {
    "−": "-",
    "–": "-",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "∗": "*",
    "⊙": "*",
    "∘": "*",
    "÷": "/",
    "²": "**2",
    "³": "**3",
    "⁴": "**4",
    "⁻¹": "**-1",
    "ᵀ": ".T ",
    "⊤": ".T ",
    "∑": "sum",
    "Σ": "sum",
    "√": "sqrt",
    "½": "(1/2)",
    "¼": "(1/4)",
    "‖": "|",
    "\u00a0": " ",
    "’": "'",
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    "ᵢ": "_i",
    "ⱼ": "_j",
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "ϵ": "epsilon",
    "η": "eta",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lam",
    "π": "pi",
    "σ": "sigma",
    "ω": "omega",
}
# A mark above a letter, as it comes when a letter is taken apart into its signs, and how it is typed.
ACCENTS = {"\u0302": "_hat", "\u0304": "_bar", "\u0305": "_bar"}
# How symbols are written for print, and what they are called here.
PRINTED_ACCENT = r"\\(hat|bar|overline)\s*\{?\s*(\w+?)\b\s*\}?"

REFUSED_SYNTAX = {
    ast.Lambda: "lambda",
    ast.Compare: "a comparison",
    ast.BoolOp: "and/or",
    ast.IfExp: "if ... else",
    ast.NamedExpr: "an assignment",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.ListComp: "a list comprehension",
    ast.SetComp: "a set comprehension",
    ast.DictComp: "a dictionary comprehension",
    ast.GeneratorExp: "a generator",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.JoinedStr: "a text",
    ast.Starred: "a star before a name",
    ast.Slice: "a slice",
}


@dataclass(frozen=True)
class Names:
    """The names an answer may use.

    Parameters
    ----------
    allowed : collection of str
    sequences : collection of str
        Those that stand for one number per observation: "x_i" means "x" for them.
    """

    allowed: Collection[str]
    sequences: Collection[str] = field(default=())

    def resolve(self, name: str) -> str:
        """Return the symbol a name stands for.

        Raises
        ------
        UnclearAnswer
            For any other name, with the ones that are allowed.
        """
        if name in self.allowed:
            return name
        name = plain_name(name)
        same = [known for known in self.allowed if known.replace("_", "") == name.replace("_", "")]
        if len(same) == 1 or name in same:
            return name if name in same else same[0]
        if name.removesuffix("_i") in self.sequences:
            return name.removesuffix("_i")
        if not self.allowed:
            raise UnclearAnswer(f"Your answer uses {shorten(name)}. Here a number is asked, without symbols.")
        near = difflib.get_close_matches(name, self.allowed, n=1, cutoff=0.5)
        advice = f" Did you mean {near[0]}?" if near else ""
        raise UnclearAnswer(
            f"Your answer uses {shorten(name)}, which is not a symbol of this question.{advice} "
            f"Use: {', '.join(self.allowed)}."
        )


def plain_name(name: str) -> str:
    r"""Return the name of a symbol as it is typed: "y_hat" for "ŷ" and for "\hat{y}", "w_1" for "w_{1}"."""
    name = re.sub(PRINTED_ACCENT, lambda found: f"{found[2]}_{'hat' if found[1] == 'hat' else 'bar'}", name[:100])
    name = unicodedata.normalize("NFD", re.sub(r"[\\{} ]", "", name))
    for sign, typed in (ACCENTS | SIGNS).items():
        name = name.replace(sign, typed)
    return "lam" if name == "lambda" else name


def read_text(text: str, names: Names) -> Node:
    """Read a formula that was typed.

    Parameters
    ----------
    text : str
        Python's notation: `*` for products, `**` for powers, `@` or `*` for matrix products, `X.T`, `inv(...)`,
        `sum(x*y)`, `mean(x)`. `Sum(x[i]*y[i], (i, 1, n))` and `sum(x[i]*y[i] for i in range(n))` work too, and so do
        prefixes such as `np.`.
    names : Names
        The symbols it may use.

    Returns
    -------
    Node

    Raises
    ------
    UnclearAnswer
        For everything else, with what to write instead.
    """
    text = _plain(text)
    if "lam" in names.allowed:  # the name λ has in every book is a keyword of Python
        text = re.sub(r"\blambda\b", "lam", text)
    _refuse_other_notations(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise UnclearAnswer(_why_not_a_formula(text)) from None
    return _Reader(text, names).read(parsed)


def _plain(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise UnclearAnswer(
            f"Your answer has {len(text)} characters; at most {MAX_CHARACTERS} are read. Write it shorter."
        )
    text = unicodedata.normalize("NFD", text)
    for sign, typed in (ACCENTS | SIGNS).items():
        text = text.replace(sign, typed)
    text = " ".join(text.split())
    if not text:
        raise UnclearAnswer("Your answer is empty. Type a formula in the symbols of the question.")
    for character in text:
        if not " " <= character <= "~":
            name = unicodedata.name(character, f"character number {ord(character)}").lower()
            raise UnclearAnswer(
                f"Your answer holds a character that is not read here: {name}. Type it with the letters and signs of a "
                "plain keyboard."
            )
    return text


def _refuse_other_notations(text: str) -> None:
    if "\\" in text or "$" in text or "{" in text:
        raise UnclearAnswer(
            r"This looks like LaTeX or has braces. Type the formula as in Python: (a)/(b) for a fraction, x**2 for a "
            r"power, "
            "sum(...) for a sum, hadamard(a, b) for an entry-by-entry product."
        )
    if re.search(r"\^\s*[({]?\s*T\b", text):
        raise UnclearAnswer("A transpose is typed X.T or transpose(X), without the sign ^.")
    if "^" in text:
        raise UnclearAnswer("The sign ^ is not a power here. Type ** instead: x**2, X**-1.")
    if "|" in text:
        raise UnclearAnswer(
            "Bars are not read. Type abs(...) for an absolute value and norm(...) for the length of a vector."
        )
    if re.search(r"[A-Za-z0-9_)]'", text) and text.count("'") % 2:
        raise UnclearAnswer("A transpose is typed X.T or transpose(X), without an apostrophe.")
    if re.search(r"(?<![<>=!:])=(?!=)", text) and not re.search(r"[(,]\s*\w+\s*=(?!=)", text):
        raise UnclearAnswer("Give only the right-hand side, without the equals sign.")
    depth = deepest = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
    if deepest > MAX_BRACKETS:
        raise UnclearAnswer(
            f"Your answer nests brackets {deepest} deep; at most {MAX_BRACKETS} are read. Write it flatter."
        )
    if depth > 0:
        raise UnclearAnswer("A bracket is opened and never closed. Count ( and ).")
    if depth < 0:
        raise UnclearAnswer("A bracket is closed that was never opened. Count ( and ).")


def _why_not_a_formula(text: str) -> str:
    if re.search(r"(?<![\w.])\d+\.?\d*\s*[A-Za-z_(]|\)\s*[\w(]|[\w\]]\s+[A-Za-z_(]", text):
        advice = "A multiplication sign may be missing: write 2*x and a*(b + c)."
    else:
        advice = "Look for a sign too many, or one that stands at the end."
    return f"{shorten(text)} cannot be read as a formula. {advice}"


class _Reader:
    """One pass over the syntax tree of a text."""

    def __init__(self, text: str, names: Names):
        self.text = text
        self.names = names
        self.bound: list[str] = []
        self.nodes = 0
        self.depth = 0

    def read(self, node: ast.AST) -> Node:
        """Return the tree of a syntax node, or refuse it."""
        self.nodes += 1
        self.depth += 1
        if self.nodes > MAX_NODES or self.depth > MAX_DEPTH:
            raise UnclearAnswer("Your answer has too many operations or nests them too deep. Write it shorter.")
        reader: Callable | None = getattr(self, "_read_" + type(node).__name__, None)
        if reader is None:
            what = REFUSED_SYNTAX.get(type(node), "a piece of Python")
            raise UnclearAnswer(
                f"Your answer holds {what}, which is not part of a formula. Use + - * / ** @ and functions."
            )
        result = reader(node)
        self.depth -= 1
        return result

    def _read_Constant(self, node: ast.Constant) -> Node:
        if isinstance(node.value, complex):
            raise UnclearAnswer("Your answer holds a complex number. The answer here is real.")
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise UnclearAnswer(f"Your answer holds {shorten(repr(node.value))}, which is not a number.")
        if isinstance(node.value, int):
            if node.value.bit_length() > 200:
                raise UnclearAnswer("A number in your answer has more than 60 digits. Write it shorter.")
            return number(node.value)
        return decimal_number(ast.get_source_segment(self.text, node))

    def _read_Name(self, node: ast.Name) -> Node:
        if node.id in self.bound:
            return symbol_node(node.id)
        if node.id in ("pi", "E", "e") and node.id not in self.names.allowed:
            return Node("constant", value="pi" if node.id == "pi" else "E")
        if node.id not in self.names.allowed:
            if node.id in ("nan", "NaN", "NAN", "inf", "Inf", "oo", "zoo"):
                raise UnclearAnswer(f"Your answer holds {node.id}, which is not a finite number.")
            if node.id in FUNCTIONS or node.id in ("sum", "Sum"):
                raise UnclearAnswer(f"{node.id} is a function: write {node.id}(...) with what it acts on.")
        return symbol_node(self.names.resolve(node.id))

    def _read_UnaryOp(self, node: ast.UnaryOp) -> Node:
        if isinstance(node.op, ast.UAdd):
            return self.read(node.operand)
        if isinstance(node.op, ast.USub):
            return Node("negate", (self.read(node.operand),))
        raise UnclearAnswer("Your answer holds the sign ~ or the word not, which are not part of a formula.")

    def _read_BinOp(self, node: ast.BinOp) -> Node:
        if isinstance(node.op, ast.Add):
            return Node("add", (self.read(node.left), self.read(node.right)))
        if isinstance(node.op, ast.Sub):
            return Node("add", (self.read(node.left), Node("negate", (self.read(node.right),))))
        op = BINARY.get(type(node.op))
        if op is None:
            raise UnclearAnswer("Your answer uses a sign that is not part of a formula here. Use + - * / ** and @.")
        return Node(op, (self.read(node.left), self.read(node.right)))

    def _read_Attribute(self, node: ast.Attribute) -> Node:
        if node.attr in PROPERTIES:
            return call(PROPERTIES[node.attr], self.read(node.value))
        if node.attr in ("pi", "e") and self._module(node.value):
            return Node("constant", value="pi" if node.attr == "pi" else "E")
        raise UnclearAnswer(
            f"{shorten('.' + node.attr)} is not read here. After a dot, only .T (transpose) and .I (inverse) are."
        )

    def _read_List(self, node: ast.List | ast.Tuple) -> Node:
        rows = [row.elts if isinstance(row, ast.List | ast.Tuple) else [row] for row in node.elts]
        nested = [isinstance(row, ast.List | ast.Tuple) for row in node.elts]
        if not rows or not rows[0] or len({len(row) for row in rows}) > 1 or len(set(nested)) > 1:
            raise UnclearAnswer(
                "A matrix is typed as rows of one length: [[1, 2], [3, 4]]. A column may be typed [1, 2]."
            )
        return matrix(len(rows), len(rows[0]), tuple(self.read(entry) for row in rows for entry in row))

    _read_Tuple = _read_List

    def _read_Subscript(self, node: ast.Subscript) -> Node:
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return Node("item", (self.read(node.value), *(self.read(index) for index in indices)))

    def _read_Call(self, node: ast.Call) -> Node:
        if node.keywords:
            raise UnclearAnswer(
                "A function in your answer has a named argument, with =. Give what it acts on and nothing else."
            )
        if isinstance(node.func, ast.Attribute) and not self._module(node.func.value):
            return self._method(node)
        name = self._function_name(node.func)
        if name in self.names.allowed:
            raise UnclearAnswer(f"{name} is a symbol, not a function: write the multiplication sign, {name}*(...).")
        if name in ("sum", "Sum"):
            return self._sum(node.args)
        if name in CONTAINERS and len(node.args) == 1:
            return self.read(node.args[0])
        if name in ("Rational", "Fraction") and len(node.args) == 2:
            return Node("divide", (self.read(node.args[0]), self.read(node.args[1])))
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name, [*FUNCTIONS, "sum"], n=1)
            advice = (
                f" Did you mean {near[0]}?"
                if near
                else (
                    " Known ones: sum, mean, sqrt, exp, log, tanh, abs, sigma, softmax, norm, dot, outer, hadamard, "
                    "diag, trace, det, inv, pinv, solve, transpose."
                )
            )
            raise UnclearAnswer(f"{shorten(name)} is not a function that is read here.{advice}")
        function, arity = FUNCTIONS[name]
        arguments = self._arguments(name, node.args, arity)
        return Node(function, tuple(arguments)) if function in OPERATIONS else call(function, *arguments)

    def _arguments(self, name: str, args: list[ast.expr], arity: int) -> list[Node]:
        if len(args) != arity:
            raise UnclearAnswer(f"{name} takes {arity} argument{'s' if arity > 1 else ''}; you gave it {len(args)}.")
        return [self.read(arg) for arg in args]

    def _method(self, node: ast.Call) -> Node:
        name = node.func.attr
        if name not in METHODS:
            raise UnclearAnswer(
                f"{shorten('.' + name)} is not read here. After a dot, only .T, .I, .sum() and .mean() are."
            )
        return call(
            METHODS[name], self.read(node.func.value), *self._arguments(name, node.args, 1 if name == "dot" else 0)
        )

    def _sum(self, args: list[ast.expr]) -> Node:
        if len(args) == 1 and isinstance(args[0], ast.GeneratorExp):
            return self._generator_sum(args[0])
        if len(args) == 1:
            return call("sum", self.read(args[0]))
        if len(args) < 2:
            raise UnclearAnswer("sum(...) is empty. Write what is added up inside.")
        limits = []
        for limit in args[1:]:
            if not isinstance(limit, ast.Tuple) or len(limit.elts) != 3 or not isinstance(limit.elts[0], ast.Name):
                raise UnclearAnswer("A sum with an index is typed Sum(x[i]*y[i], (i, 1, n)); without one, sum(x*y).")
            limits.append((limit.elts[0].id, self.read(limit.elts[1]), self.read(limit.elts[2])))
        return self._nested_sum(args[0], limits)

    def _generator_sum(self, node: ast.GeneratorExp) -> Node:
        limits = []
        for loop in node.generators:
            source = loop.iter
            plain = isinstance(loop.target, ast.Name) and not loop.ifs and not loop.is_async
            ranged = isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id == "range"
            if not plain or not ranged or source.keywords or len(source.args) not in (1, 2):
                raise UnclearAnswer("A sum in a loop is typed sum(x[i]*y[i] for i in range(n)); shorter is sum(x*y).")
            low = number(0) if len(source.args) == 1 else self.read(source.args[0])
            limits.append((loop.target.id, low, Node("add", (self.read(source.args[-1]), number(-1)))))
        return self._nested_sum(node.elt, limits)

    def _nested_sum(self, body: ast.expr, limits: list[tuple[str, Node, Node]]) -> Node:
        self.bound.extend(name for name, _, _ in limits)
        result = self.read(body)
        del self.bound[len(self.bound) - len(limits) :]
        for name, low, high in limits:
            result = Node("sum", (result, low, high), name)
        return result

    def _module(self, node: ast.AST) -> bool:
        """Tell whether a node is a prefix such as np or np.linalg."""
        while isinstance(node, ast.Attribute) and node.attr in MODULES:
            node = node.value
        return isinstance(node, ast.Name) and node.id in MODULES and node.id not in self.names.allowed

    def _function_name(self, node: ast.AST) -> str:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            return node.attr
        raise UnclearAnswer(
            "Two brackets stand side by side, or a bracket follows a number. Write the multiplication sign between."
        )
