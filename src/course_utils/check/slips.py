"""Every small change of a formula that a person makes by mistake, with a name.

The judge evaluates the changed formulas and compares them with a wrong answer: where one agrees, the answer was the
truth with that slip. Nothing here knows a question; the banks name the mistakes that are special to one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from course_utils.check.tree import Node, call, number

ONE = number(1)
MINUS_ONE = number(-1)
SLOPE_FUNCTIONS = {"sigma": lambda u: _product(call("sigma", u), _minus(ONE, call("sigma", u)))}
LONGEST_LIST = 600
LONGEST_CHAIN = 7

TERM_LEFT_OUT = "A term is missing. Write every term of the step before on a line of its own, and tick them off."
TERMS_LEFT_OUT = "Only one of the terms is there. Write every term of the step before on a line of its own."
TERM_SIGN = "The sign of one term is turned around. Follow the minus signs term by term."
TERM_FACTOR = (
    "One of the terms has a factor of two too many or too few. Look at each term alone, and at the derivatives of "
    "squares."
)
SLOPE_LEFT_OUT = (
    "The derivative of an activation is missing in the chain. Look at each function that is passed on the way back."
)
VALUE_FOR_SLOPE = (
    "The value of an activation stands where its slope belongs. Write the derivative of the activation in terms of its "
    "value, with both of its factors."
)
SLOPE_TWICE = "The derivative of an activation is there more than once, or part of it is. Go link by link."
SLOPE_ELSEWHERE = (
    "The derivative of an activation is taken at the wrong place. Look at which quantity the function was applied to, "
    "and at what its slope is written in."
)
OTHER_SLOPE = "That slope belongs to another activation. Try yours where the activation is steepest."
SLOPE_FOR_VALUE = "The slope of an activation stands where its value belongs."
FUNCTION_LEFT_OUT = "A function is missing. Look at what is applied on the way from one quantity to the next."
FACTOR_LEFT_OUT = "A factor is missing: {}. Go link by link from the loss inwards."
FACTOR_TWICE = "A factor stands there twice: {}. Go link by link from the loss inwards."
PART_OF_CHAIN = "That is a part of the chain: some of its links are right, and others are missing. Go link by link."
UPSIDE_DOWN = "A factor stands on the wrong side of a fraction: {}."
AVERAGED = "Somewhere you average where a sum is asked. Look at what is divided by the number of observations."
SUMMED = "Somewhere you add up where a mean is asked. Look at what is divided by the number of observations."
SUM_TORN = "A sum of products is not the product of the sums. Look at what stands inside the sum together."
SUM_SQUARED = "A sum of squares is not the square of the sum. Look at the order of the two."
POWER = "A power is wrong. Differentiating lowers a power by one, and a root is undone by a square."
ROOT_LEFT_OUT = "A root is missing. A length, or a deviation, is the root of a sum of squares."
WRONG_SYMBOL = "One symbol stands where another belongs: {}. Compare each symbol with where it enters the formula."
BRACKET = "A bracket is in the wrong place. Look at what each factor multiplies."
ORDER = "The factors of a matrix product do not stand in the right order. Start from the shapes."
ABSOLUTE = "An absolute value is missing. Try your formula with each sign."


@dataclass(frozen=True)
class Slip:
    """A formula with one slip in it.

    Parameters
    ----------
    name : str
        Of the mistake, in kebab-case.
    tree : Node
        The changed formula.
    hint : str
        Where to look; never the answer.
    """

    name: str
    tree: Node
    hint: str


def slips_of(truth: Node, roles: Mapping[str, str], alike: Mapping[str, tuple[str, ...]]) -> Iterator[Slip]:
    """Yield the formula with every single slip that is known in general, likelier ones first.

    Parameters
    ----------
    truth : Node
        The right formula.
    roles : mapping of str to str
        What kind of factor each symbol is, for hints: "an input".
    alike : mapping of str to tuple of str
        For each symbol those that could be mistaken for it: of the same kind and shape.
    """
    tree = normal(truth)
    found = [*_Changes(roles, alike).of(tree), *_renamed(tree, roles, alike)]
    if _has_symbol(tree):
        found = [slip for slip in found if _has_symbol(slip.tree)]
    yield from sorted(found, key=lambda slip: FAMILIES.index(slip.name))[:LONGEST_LIST]


# In the order in which they are believed.
FAMILIES = (
    "activation-slope-left-out",
    "value-for-slope",
    "slope-at-the-wrong-place",
    "slope-counted-twice",
    "slope-of-another-activation",
    "missing-factor",
    "extra-factor",
    "term-left-out",
    "sign-of-a-term",
    "averaged-not-summed",
    "summed-not-averaged",
    "part-of-the-chain",
    "product-of-sums",
    "sum-squared",
    "function-left-out",
    "slope-for-value",
    "absolute-value-left-out",
    "root-left-out",
    "wrong-power",
    "wrong-symbol",
    "bracket-misplaced",
    "factor-upside-down",
    "factor-two-in-a-term",
    "order-of-factors",
)


def _has_symbol(tree: Node) -> bool:
    return any(node.op == "symbol" for node in tree.walk())


def _renamed(tree: Node, roles: Mapping[str, str], alike: Mapping[str, tuple[str, ...]]) -> Iterator[Slip]:
    """Yield the formula with one symbol taken for another wherever it stands."""
    names = [node.value for node in tree.walk() if node.op == "symbol"]
    for name in dict.fromkeys(names):
        hint = WRONG_SYMBOL.format(roles.get(name) or "look at each of them")
        for other in alike.get(name, ()) if names.count(name) > 1 else ():
            yield Slip("wrong-symbol", _with_symbol(tree, name, other), hint)


def _with_symbol(node: Node, name: str, other: str) -> Node:
    if node.op == "symbol":
        return replace(node, value=other) if node.value == name else node
    return replace(node, args=tuple(_with_symbol(arg, name, other) for arg in node.args))


# --- one form for all formulas: sums and products of any length, quotients as products -------------------------------


def normal(node: Node) -> Node:
    """Return the formula with flat sums and flat products; a quotient is a product with a reciprocal."""
    args = tuple(normal(arg) for arg in node.args)
    if node.op == "negate":
        return _flat("multiply", (MINUS_ONE, *args))
    if node.op == "divide":
        return _flat("multiply", (args[0], _reciprocal(args[1])))
    if node.op in ("add", "multiply"):
        return _flat(node.op, args)
    if node.op == "matmul":
        return _flat("multiply", args)
    return replace(node, args=args)


def _flat(op: str, args: tuple[Node, ...]) -> Node:
    parts = tuple(part for arg in args for part in (arg.args if arg.op == op else (arg,)))
    if op == "multiply":
        parts = tuple(part for part in parts if part != ONE)
    if len(parts) > 1:
        return Node(op, parts)
    return parts[0] if parts else ONE


def _product(*factors: Node) -> Node:
    return _flat("multiply", factors)


def _minus(a: Node, b: Node) -> Node:
    return _flat("add", (a, _product(MINUS_ONE, b)))


def _reciprocal(node: Node) -> Node:
    if node.op == "divide" and node.args[0] == ONE:
        return node.args[1]
    return Node("divide", (ONE, node))


def _without(parts: tuple[Node, ...], *places: int) -> tuple[Node, ...]:
    return tuple(part for place, part in enumerate(parts) if place not in places)


def _complement(node: Node) -> Node | None:
    """Return s where the node is 1 - s."""
    if node.op != "add" or len(node.args) != 2 or ONE not in node.args:
        return None
    (other,) = (arg for arg in node.args if arg != ONE) if node.args[0] != node.args[1] else (ONE,)
    if other.op == "multiply" and other.args[0] == MINUS_ONE:
        return _flat("multiply", other.args[1:])
    return None


def _square(node: Node) -> Node:
    return call("elementwise_power", node, number(2))


def _square_root(node: Node) -> Node | None:
    """Return t where the node is t², written in any of the usual ways."""
    if node.op == "call" and node.value == "square":
        return node.args[0]
    if len(node.args) != 2:
        return None
    first, second = node.args
    is_power = node.op == "power" or (node.op == "call" and node.value == "elementwise_power")
    is_product = node.op == "multiply" or (node.op == "call" and node.value == "hadamard")
    return first if (is_power and second == number(2)) or (is_product and first == second) else None


def _parts(node: Node) -> tuple[Node, ...]:
    """Return the factors of a product, an entry-by-entry product among them."""
    if node.op == "multiply" or (node.op == "call" and node.value == "hadamard"):
        return tuple(part for arg in node.args for part in _parts(arg))
    return (node,)


# --- the changes -----------------------------------------------------------------------------------------------------


class _Changes:
    """All formulas one slip away from a given one."""

    def __init__(self, roles: Mapping[str, str], alike: Mapping[str, tuple[str, ...]]):
        self.roles = roles
        self.alike = alike

    def of(self, node: Node) -> Iterator[Slip]:
        """Yield the changes of the node itself, then those of each part of it."""
        change: Callable[[Node], Iterator[Slip]] | None = getattr(self, "_in_" + node.op, None)
        if change is not None:
            yield from change(node)
        for place, arg in enumerate(node.args):
            for slip in self.of(arg):
                args = (*node.args[:place], slip.tree, *node.args[place + 1 :])
                tree = _flat(node.op, args) if node.op in ("add", "multiply") else replace(node, args=args)
                yield replace(slip, tree=tree)

    def _kind(self, factor: Node) -> str:
        if factor.op == "divide":
            return self._kind(factor.args[1])
        if factor.op == "power" or (factor.op == "call" and factor.value == "transpose"):
            return self._kind(factor.args[0])
        if factor.op == "symbol":
            return self.roles.get(factor.value) or "one of the quantities of the question"
        if factor.op == "add":
            return "a sum or a difference in brackets"
        return "a function" if factor.op == "call" else "a number" if factor.op == "number" else "a whole expression"

    def _in_add(self, node: Node) -> Iterator[Slip]:
        for place, term in enumerate(node.args):
            rest = _without(node.args, place)
            yield Slip("term-left-out", _flat("add", rest), TERM_LEFT_OUT)
            if len(rest) > 1:
                yield Slip("term-left-out", term, TERMS_LEFT_OUT)
            if place or len(node.args) > 2 or term.op == "number":
                turned = (*node.args[:place], _product(MINUS_ONE, term), *node.args[place + 1 :])
                yield Slip("sign-of-a-term", Node("add", turned), TERM_SIGN)
            for scale in (Fraction(2), Fraction(1, 2)):
                scaled = (*node.args[:place], _product(number(scale), term), *node.args[place + 1 :])
                yield Slip("factor-two-in-a-term", Node("add", scaled), TERM_FACTOR)

    def _in_multiply(self, node: Node) -> Iterator[Slip]:
        factors = node.args
        for place, factor in enumerate(factors):
            if factor.op == "number":
                if self.alike and factor != MINUS_ONE:
                    rest = _flat("multiply", _without(factors, place))
                    yield Slip("missing-factor", rest, FACTOR_LEFT_OUT.format("a number"))
                continue
            kind, rest = self._kind(factor), _without(factors, place)
            yield Slip("missing-factor", _flat("multiply", rest), FACTOR_LEFT_OUT.format(kind))
            twice = (*factors[: place + 1], *factors[place:])
            yield Slip("extra-factor", Node("multiply", twice), FACTOR_TWICE.format(kind))
            turned = (*factors[:place], _reciprocal(factor), *factors[place + 1 :])
            yield Slip("factor-upside-down", _flat("multiply", turned), UPSIDE_DOWN.format(kind))
            if factor.op == "add":
                yield from self._brackets(factors, place)
        yield from self._slopes(node)
        links = [place for place, factor in enumerate(factors) if factor.op != "number"]
        if self.alike and len(links) <= LONGEST_CHAIN:
            for count in range(2, len(links)):
                for dropped in combinations(links, count):
                    yield Slip("part-of-the-chain", _flat("multiply", _without(factors, *dropped)), PART_OF_CHAIN)
        for first in range(len(factors) - 1):
            swapped = (*factors[:first], factors[first + 1], factors[first], *factors[first + 2 :])
            yield Slip("order-of-factors", Node("multiply", swapped), ORDER)

    def _brackets(self, factors: tuple[Node, ...], place: int) -> Iterator[Slip]:
        """Yield a(b + c) as ab + c and as b + ac, for one or for all of the other factors."""
        bracket, rest = factors[place], _without(factors, place)
        for inside in ((*range(len(rest)),), *((k,) for k in range(len(rest)) if len(rest) > 1)):
            outside = _without(rest, *inside)
            multiplier = _flat("multiply", tuple(rest[k] for k in inside))
            if multiplier.op == "number":
                continue
            for term in range(len(bracket.args)):
                terms = (*bracket.args[:term], _product(bracket.args[term], multiplier), *bracket.args[term + 1 :])
                yield Slip("bracket-misplaced", _product(*outside, Node("add", terms)), BRACKET)

    def _slopes(self, node: Node) -> Iterator[Slip]:
        """Yield what happens to a slope among the factors: s(1 - s) of a sigmoid, 1 - t² of a hyperbolic tangent."""
        parts = _parts(node)
        for place, part in enumerate(parts):
            value = _complement(part)
            if value is not None and value in parts:
                yield from self._sigmoid_slope(node, part, value, place, parts.index(value))
            root = _square_root(value) if value is not None else None
            if root is not None:
                yield from self._tanh_slope(node, root, place)

    def _sigmoid_slope(self, node: Node, part: Node, value: Node, place: int, other: int) -> Iterator[Slip]:
        yield Slip("activation-slope-left-out", self._trade(node, {place: None, other: None}), SLOPE_LEFT_OUT)
        yield Slip("value-for-slope", self._trade(node, {place: None}), VALUE_FOR_SLOPE)
        yield Slip("value-for-slope", self._trade(node, {other: None}), VALUE_FOR_SLOPE)
        yield Slip("slope-counted-twice", self._trade(node, {other: _square(value)}), SLOPE_TWICE)
        yield Slip("slope-counted-twice", self._trade(node, {place: _square(part)}), SLOPE_TWICE)
        both = {other: _square(value), place: _square(part)}
        yield Slip("slope-counted-twice", self._trade(node, both), SLOPE_TWICE)
        tanh_slope = {other: None, place: _minus(ONE, _square(value))}
        yield Slip("slope-of-another-activation", self._trade(node, tanh_slope), OTHER_SLOPE)
        for wrong in self._places_like(value):
            moved = {other: wrong, place: _minus(ONE, wrong)}
            yield Slip("slope-at-the-wrong-place", self._trade(node, moved), SLOPE_ELSEWHERE)

    def _tanh_slope(self, node: Node, value: Node, place: int) -> Iterator[Slip]:
        yield Slip("activation-slope-left-out", self._trade(node, {place: None}), SLOPE_LEFT_OUT)
        yield Slip("value-for-slope", self._trade(node, {place: value}), VALUE_FOR_SLOPE)
        yield Slip("value-for-slope", self._trade(node, {place: _square(value)}), VALUE_FOR_SLOPE)
        yield Slip("slope-counted-twice", self._trade(node, {place: _square(_minus(ONE, _square(value)))}), SLOPE_TWICE)
        for wrong in (_minus(ONE, value), call("hadamard", value, _minus(ONE, value))):
            yield Slip("slope-of-another-activation", self._trade(node, {place: wrong}), OTHER_SLOPE)
        inner = (value.args[0],) if value.op == "call" else ()
        others = self.alike.get(value.value, ()) if value.op == "symbol" else ()
        for wrong in (call("tanh", value), *inner, *(Node("symbol", value=name) for name in others)):
            moved = {place: _minus(ONE, _square(wrong))}
            yield Slip("slope-at-the-wrong-place", self._trade(node, moved), SLOPE_ELSEWHERE)

    def _places_like(self, value: Node) -> Iterator[Node]:
        yield call("sigma", value)
        if value.op == "call" and value.value == "sigma":
            yield value.args[0]
        if value.op == "symbol":
            for name in self.alike.get(value.value, ()):
                yield Node("symbol", value=name)
                yield call("sigma", Node("symbol", value=name))

    def _trade(self, node: Node, changes: dict[int, Node | None]) -> Node:
        """Return a product with some of its parts, counted from the left, replaced or left out."""
        counter = iter(range(10**6))

        def visit(part: Node) -> Node | None:
            if part.op == "multiply" or (part.op == "call" and part.value == "hadamard"):
                kept = tuple(new for arg in part.args if (new := visit(arg)) is not None)
                if part.op == "multiply":
                    return _flat("multiply", kept)
                return replace(part, args=kept) if len(kept) == 2 else kept[0] if kept else None
            place = next(counter)
            return changes.get(place, part)

        return visit(node) or ONE

    def _in_power(self, node: Node) -> Iterator[Slip]:
        base, exponent = node.args
        yield Slip("wrong-power", base, POWER)
        for change in (number(1), number(-1)):
            yield Slip("wrong-power", Node("power", (base, _flat("add", (exponent, change)))), POWER)
        yield Slip("factor-upside-down", _reciprocal(node), UPSIDE_DOWN.format(self._kind(base)))

    def _in_divide(self, node: Node) -> Iterator[Slip]:
        """A reciprocal that stands alone; among factors, the product has it."""
        yield Slip("factor-upside-down", node.args[1], UPSIDE_DOWN.format(self._kind(node)))

    def _in_symbol(self, node: Node) -> Iterator[Slip]:
        for name in self.alike.get(node.value, ()):
            kind = self.roles.get(node.value) or "look at each of them"
            yield Slip("wrong-symbol", Node("symbol", value=name), WRONG_SYMBOL.format(kind))

    def _in_call(self, node: Node) -> Iterator[Slip]:
        inner = node.args[0]
        if node.value == "sum":
            yield Slip("averaged-not-summed", call("mean", inner), AVERAGED)
            yield from self._torn(inner)
        elif node.value == "mean":
            yield Slip("summed-not-averaged", call("sum", inner), SUMMED)
            yield from self._torn(inner)
        elif node.value == "sqrt":
            yield Slip("root-left-out", inner, ROOT_LEFT_OUT)
        elif node.value == "abs":
            yield Slip("absolute-value-left-out", inner, ABSOLUTE)
            yield Slip("absolute-value-left-out", _product(MINUS_ONE, inner), ABSOLUTE)
        elif node.value in ("sigma", "exp", "log", "tanh", "transpose", "norm", "inverse"):
            yield Slip("function-left-out", inner, FUNCTION_LEFT_OUT)
        if node.value in SLOPE_FUNCTIONS:
            yield Slip("slope-for-value", SLOPE_FUNCTIONS[node.value](inner), SLOPE_FOR_VALUE)
        if node.value == "hadamard":
            yield from self._slopes(node)
            for place, factor in enumerate(node.args):
                kind = self._kind(factor)
                yield Slip("missing-factor", node.args[1 - place], FACTOR_LEFT_OUT.format(kind))
                twice = replace(node, args=(_square(factor), node.args[1 - place]))
                yield Slip("extra-factor", twice, FACTOR_TWICE.format(kind))

    def _torn(self, inner: Node) -> Iterator[Slip]:
        """Yield Σab as Σa·Σb, and Σa² as (Σa)²."""
        if inner.op == "multiply":
            for place, factor in enumerate(inner.args):
                rest = _flat("multiply", _without(inner.args, place))
                yield Slip("product-of-sums", _product(call("sum", factor), call("sum", rest)), SUM_TORN)
        if inner.op == "power":
            yield Slip("sum-squared", Node("power", (call("sum", inner.args[0]), inner.args[1])), SUM_SQUARED)


# --- repairs of an answer --------------------------------------------------------------------------------------------

TRANSPOSE = "One transpose is missing, or is one too many."
MOST_REPAIRS = 24


def repairs(given: Node) -> Iterator[Slip]:
    """Yield an answer with one transpose put in or taken out, or two factors of a product exchanged.

    Parameters
    ----------
    given : Node
        An answer whose shapes do not fit.
    """
    changed = (*_transposed(given), *(Slip("order-of-factors", tree, ORDER) for tree in _reordered(normal(given))))
    yield from changed[:MOST_REPAIRS]


def _transposed(node: Node) -> Iterator[Slip]:
    if node.op == "call" and node.value == "transpose":
        yield Slip("transposed", node.args[0], TRANSPOSE)
    elif node.op in ("symbol", "call", "matrix", "add"):
        yield Slip("transposed", call("transpose", node), TRANSPOSE)
    yield from _inside(node, _transposed)


def _reordered(node: Node) -> Iterator[Node]:
    if node.op == "multiply":
        for k in range(len(node.args) - 1):
            yield replace(node, args=(*node.args[:k], node.args[k + 1], node.args[k], *node.args[k + 2 :]))
    for place, arg in enumerate(node.args):
        for new in _reordered(arg):
            yield replace(node, args=(*node.args[:place], new, *node.args[place + 1 :]))


def _inside(node: Node, change: Callable[[Node], Iterator[Slip]]) -> Iterator[Slip]:
    """Yield the changes of each part of a node."""
    for place, arg in enumerate(node.args):
        for slip in change(arg):
            yield replace(slip, tree=replace(node, args=(*node.args[:place], slip.tree, *node.args[place + 1 :])))
