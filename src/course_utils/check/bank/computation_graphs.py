"""Questions on computation graphs: the last part of Assignment 2. All are for practice, one mark each."""

from course_utils.check.bank import worked_network
from course_utils.check.bank.practice import PREACTIVATION, SQUARED_SLOPE, TERMS, WITH_HALF, ask
from course_utils.check.questions import Factor, Quantity

FOLLOW_THE_MINUS = "Follow the minus sign of the loss through every step."


# --- chains of two functions: ŷ = f2(w2, f1(w1, x)) -----------------------------------------------------------------

CHAIN = (
    TERMS,
    Quantity("y", "targets", "sequence", domain="probability"),
    Quantity("f2", "outputs f2(w2, f1(w1, x))", "sequence", domain="probability"),
    Quantity("df2_df1", "local derivative ∂f2/∂f1", "sequence"),
    Quantity("df1_dw1", "local derivative ∂f1/∂w1", "sequence"),
    Quantity("df2_dw2", "local derivative ∂f2/∂w2", "sequence"),
)
TWO_STEPS = "A prediction is made in two steps, f1(w1, x) and then f2(w2, f1). "
MANY_OUTPUTS = (
    "A prediction is made in two steps, f1(w1, x) and then f2(w2, f1), where f2 has k outputs. The sequences y, f2 and "
    "the local derivatives hold one entry for each sample and each output, and sum(...) runs over all of them. "
)
SQUARED = "The loss is E = ½ Σ (y − f2)², with the ½. "
BINARY = "The loss is the binary cross-entropy, a negative log-likelihood, summed over the samples. "
CATEGORICAL = "The loss is the categorical cross-entropy L = −Σ y log f2. "

SQUARED_UP = "(y - f2)"
BINARY_LOSS = "sum(y*log(f2) + (1 - y)*log(1 - f2))"
BINARY_UP = "(y/f2 - (1 - y)/(1 - f2))"
CATEGORICAL_UP = "(y/f2)"
TO_W1, TO_W2 = "*df2_df1*df1_dw1", "*df2_dw2"


def chain(question_id, setting, upstream, path, wanted, known=()):
    """Return the question for −Σ upstream · path, the gradient with respect to `wanted`."""
    truth = f"-sum({upstream}{path})"
    other = TO_W2 if path == TO_W1 else TO_W1
    mistakes = [
        ("minus-lost", (f"sum({upstream}{path})",), "The whole sum has the wrong sign. " + FOLLOW_THE_MINUS),
        (
            "wrong-variable",
            (f"-sum({upstream}{other})",),
            "That is the derivative for the other weight. Look at where the weight enters.",
        ),
        (
            "chain-stops-early",
            (f"-sum({upstream})", f"-sum({upstream}*df2_df1)"),
            "Your chain ends before it reaches the weight. Name each link on the way.",
        ),
        *known,
    ]
    return ask(
        question_id,
        f"{setting}Give the derivative of the loss with respect to {wanted}.",
        "expression",
        truth,
        mistakes,
        quantities=CHAIN,
    )


STILL_SQUARED = (
    "residual-still-squared",
    ("-sum((y - f2)**2*df2_df1*df1_dw1)", "sum((y - f2)**2*df2_df1*df1_dw1)"),
    "Differentiating a square lowers its power. Look at the power of the residual.",
)
PLUS_IN_BRACKET = "One of the two logarithms contains a difference. Look at its inner derivative."

CHAINS = (
    chain("A2-CG-2a-w1", TWO_STEPS + SQUARED, SQUARED_UP, TO_W1, "w1", [STILL_SQUARED]),
    chain("A2-CG-2a-w2", TWO_STEPS + SQUARED, SQUARED_UP, TO_W2, "w2"),
    ask(
        "A2-CG-2b-L",
        TWO_STEPS + "Labels y are 0 or 1 and f2 is the probability of 1. Give the cross-entropy loss, summed over the "
        "samples.",
        "expression",
        f"-{BINARY_LOSS}",
        [
            ("minus-lost", (BINARY_LOSS,), "That is the log-likelihood, which is to be large. A loss is to be small."),
            (
                "one-class-only",
                ("-sum(y*log(f2))",),
                "A sample with label zero costs nothing in your loss. Look at what it should cost.",
            ),
            (
                "minus-on-the-first-term-only",
                ("-sum(y*log(f2)) + sum((1 - y)*log(1 - f2))",),
                "One minus sign stands before both terms. Look at your brackets.",
            ),
        ],
        quantities=CHAIN[:3],
        also=("-sum(log(y*f2 + (1 - y)*(1 - f2)))",),
    ),
    ask(
        "A2-CG-2b-df2",
        "For one sample with label y, the binary cross-entropy is L = −[y log f2 + (1 − y) log(1 − f2)]. Give ∂L/∂f2.",
        "expression",
        "-y/f2 + (1 - y)/(1 - f2)",
        [
            ("minus-lost", ("y/f2 - (1 - y)/(1 - f2)",), "The whole answer has the wrong sign. " + FOLLOW_THE_MINUS),
            ("plus-for-minus", ("y/f2 + (1 - y)/(1 - f2)", "-y/f2 - (1 - y)/(1 - f2)"), PLUS_IN_BRACKET),
            (
                "squared-error-derivative",
                ("f2 - y",),
                "That is the derivative at the pre-activation of a sigmoid, or of a squared error. Differentiate the "
                "logarithms.",
            ),
        ],
        quantities=(
            Quantity("y", "the label", domain="probability"),
            Quantity("f2", "predicted probability", domain="probability"),
        ),
    ),
    chain(
        "A2-CG-2b-w1",
        TWO_STEPS + BINARY,
        BINARY_UP,
        TO_W1,
        "w1",
        [
            (
                "plus-for-minus",
                (f"-sum((y/f2 + (1 - y)/(1 - f2)){TO_W1})", f"sum((y/f2 + (1 - y)/(1 - f2)){TO_W1})"),
                PLUS_IN_BRACKET,
            ),
            (
                "brackets-left-out",
                (f"sum(y/f2 + (1 - y)/(1 - f2){TO_W1})", f"sum(-y/f2 + (1 - y)/(1 - f2){TO_W1})"),
                "Both terms of the upstream gradient are multiplied by the path. Look at your brackets.",
            ),
        ],
    ),
    chain("A2-CG-2b-w2", TWO_STEPS + BINARY, BINARY_UP, TO_W2, "w2"),
    chain("A2-CG-3a", MANY_OUTPUTS + SQUARED, SQUARED_UP, TO_W1, "w1", [STILL_SQUARED]),
    chain("A2-CG-3b", MANY_OUTPUTS + CATEGORICAL, CATEGORICAL_UP, TO_W1, "w1"),
    chain("A2-CG-3c", MANY_OUTPUTS + SQUARED, SQUARED_UP, TO_W2, "w2"),
    chain("A2-CG-3d", MANY_OUTPUTS + CATEGORICAL, CATEGORICAL_UP, TO_W2, "w2"),
)

# --- a 3-2-1 regression network with the loss Σ(ŷ − y)², without a half ---------------------------------------------

NETWORK = (
    TERMS,
    Quantity("x", "the input that the weight multiplies", "sequence"),
    Quantity("y", "targets", "sequence"),
    Quantity("y_hat", "predictions ŷ", "sequence"),
    Quantity("z", "activations of hidden neuron j", "sequence", domain="probability"),
    Quantity("V", "output weight V_j of that neuron", role="the output weight"),
)
REGRESSION = (
    "A regression network has three inputs, two sigmoid hidden neurons z_j and a linear output ŷ = V_0 + V_1 z_1 + "
    "V_2 z_2. The loss is L = Σ (ŷ − y)² over the samples, without a ½. Weight w_kj goes from input k to hidden "
    "neuron j, and k = 0 is the bias. "
)


def hidden(question_id, k):
    """Return the question for ∂L/∂w_kj; input 0 is the constant one."""
    times_input = "*x" if k else ""
    truth = f"2*sum((y_hat - y)*V*z*(1 - z){times_input})"
    which = f"Call input x_{k} x. " if k else ""
    mistakes = [
        ("half-convention", (f"({truth})/2",), WITH_HALF),
        (
            "output-weight-left-out",
            (f"2*sum((y_hat - y)*z*(1 - z){times_input})",),
            "The gradient passes through the output neuron before it arrives here. Look at what it meets there.",
        ),
        (
            "one-minus-activation-left-out",
            (f"2*sum((y_hat - y)*V*z{times_input})", f"sum((y_hat - y)*V*z{times_input})"),
            "The derivative of the sigmoid has two factors. One of them is missing.",
        ),
        (
            "activation-slope-left-out",
            (f"2*sum((y_hat - y)*V{times_input})",),
            "Between the output weight and the input lies a sigmoid. Look for its derivative.",
        ),
        (
            "input-left-out" if k else "input-for-bias",
            (f"2*sum((y_hat - y)*V*z*(1 - z){'' if k else '*x'})",),
            "Look at what this weight multiplies in the argument of the sigmoid.",
        ),
    ]
    return ask(question_id, f"{REGRESSION}{which}Give ∂L/∂w_{k}j.", "expression", truth, mistakes, quantities=NETWORK)


SIGMA_SLOPE_FACTORS = (
    Factor("sigma(a)", "half of the derivative of the sigmoid"),
    Factor("(1 - sigma(a))", "half of the derivative of the sigmoid"),
)

REGRESSION_QUESTIONS = (
    ask(
        "A2-CG-4-V",
        REGRESSION + "Give ∂L/∂V_j.",
        "expression",
        "2*sum((y_hat - y)*z)",
        [
            ("half-convention", ("sum((y_hat - y)*z)",), WITH_HALF),
            (
                "activation-left-out",
                ("2*sum(y_hat - y)", "sum(y_hat - y)"),
                "That belongs to the bias. Look at what this weight multiplies.",
            ),
            (
                "weight-for-activation",
                ("2*sum((y_hat - y)*V)",),
                "The derivative of a product with respect to one factor is the other factor. Look at which you kept.",
            ),
            (
                "residual-still-squared",
                ("2*sum((y_hat - y)**2*z)", "sum((y_hat - y)**2*z)"),
                "Differentiating a square lowers its power. Look at the power of the residual.",
            ),
        ],
        quantities=NETWORK,
    ),
    ask(
        "A2-CG-4-V0",
        REGRESSION + "Give ∂L/∂V_0, for the output bias.",
        "expression",
        "2*sum(y_hat - y)",
        [
            ("half-convention", ("sum(y_hat - y)",), WITH_HALF),
            (
                "activation-for-one",
                ("2*sum((y_hat - y)*z)",),
                "That belongs to an output weight. Look at what stands beside the bias.",
            ),
            (
                "residual-still-squared",
                ("2*sum((y_hat - y)**2)", "sum((y_hat - y)**2)"),
                "Differentiating a square lowers its power. Look at the power of the residual.",
            ),
        ],
        quantities=NETWORK,
    ),
    ask(
        "A2-CG-4-sig",
        REGRESSION + "With z_1 = σ(a) and a = w_01 + w_11 x_1 + …, give ∂z_1/∂w_11. Call x_1 x.",
        "expression",
        "sigma(a)*(1 - sigma(a))*x",
        [
            SQUARED_SLOPE,
            ("argument-for-activation", ("a*(1 - a)*x",), "σ′ is made of the activation, not of its argument."),
            ("one-minus-activation-left-out", ("sigma(a)*x",), "One factor of the derivative of σ is missing."),
        ],
        quantities=PREACTIVATION,
        factors=SIGMA_SLOPE_FACTORS,
    ),
    ask(
        "A2-CG-4-arg",
        REGRESSION + "Give the argument of σ for the first hidden neuron.",
        "expression",
        "w01 + w11*x1 + w21*x2 + w31*x3",
        [
            (
                "weight-for-bias",
                ("w11 + w11*x1 + w21*x2 + w31*x3",),
                "Look at the index of the term that no input multiplies.",
            ),
            ("bias-left-out", ("w11*x1 + w21*x2 + w31*x3",), "One term has no input beside it. Look for the bias."),
        ],
        quantities=(
            *(Quantity(f"x{k}", f"input {k}") for k in (1, 2, 3)),
            Quantity("w01", "bias of neuron 1"),
            *(Quantity(f"w{k}1", f"weight from input {k} to neuron 1") for k in (1, 2, 3)),
        ),
    ),
    *(hidden(f"A2-CG-4-w{k}", k) for k in range(4)),
)

# --- the local rules ------------------------------------------------------------------------------------------------

CONSTANT = Quantity("c", "a constant")
PAIR = (Quantity("a", "first input"), Quantity("b", "second input"))
LOCAL = "The upstream gradient g arrives at this node. Give the factor that g is multiplied by on its way to "
ROUTES = {
    "larger": "all of it to the larger input, nothing to the other",
    "smaller": "all of it to the smaller input, nothing to the other",
    "both": "all of it to both inputs",
    "half": "half of it to each input",
    "in proportion": "to each input in proportion to its value",
}


def routed(question_id, name, truth):
    """Return the question for the node max or min."""
    other = "smaller" if truth == "larger" else "larger"
    return ask(
        question_id,
        f"A node computes {name}(a, b) with a ≠ b. Where does the upstream gradient go?",
        "choice",
        truth,
        [
            ("other-input", (other,), "Change each input by a little, and see which of them moves the output."),
            (
                "split-away-from-a-tie",
                ("half", "in proportion"),
                "The inputs differ. Change each by a little and see what the output does.",
            ),
            ("rule-of-addition", ("both",), "That is how a sum passes gradients on. Here only one input counts."),
        ],
        choices=ROUTES,
    )


LOCAL_RULES = (
    ask(
        "A2-CG-5-addc",
        f"A node computes a + c, with a constant c. {LOCAL}a.",
        "number",
        "1",
        [("constant-vanishes", ("0",), "The constant's own derivative vanishes. You are asked for the one by a.")],
    ),
    ask(
        "A2-CG-5-add",
        f"A node computes a + b. {LOCAL}each of its inputs.",
        "number",
        "1",
        [
            ("gradient-split", ("1/2",), "A sum does not divide the gradient. Change one input and watch the output."),
            ("other-input-counted", ("2", "0"), "Hold the other input fixed while you change this one."),
        ],
    ),
    ask(
        "A2-CG-5-mulc",
        f"A node computes c·a, with a constant c. {LOCAL}a.",
        "expression",
        "(c)",
        [("factor-left-out", ("1",), "Change a by a little. The output changes by more or less than that.")],
        quantities=(CONSTANT, PAIR[0]),
    ),
    ask(
        "A2-CG-5-mul",
        f"A node computes a·b. {LOCAL}a.",
        "expression",
        "(b)",
        [
            ("own-value", ("a",), "Hold the other input fixed and change this one. What multiplies the change?"),
            ("both-inputs", ("a*b", "a + b"), "One input is held fixed. Look at what multiplies the change."),
            ("rule-of-addition", ("1",), "That is the rule for a sum."),
        ],
        quantities=PAIR,
    ),
    routed("A2-CG-5-max", "max", "larger"),
    routed("A2-CG-5-min", "min", "smaller"),
)

# --- ranks, Jacobians, order ----------------------------------------------------------------------------------------


def rank(question_id, what, truth, known):
    """Return a question on the number of indices of a derivative."""
    prompt = f"How many indices has the derivative of {what}? (A scalar has 0, a vector 1, a matrix 2.)"
    return ask(question_id, prompt, "number", truth, known)


RANKS = (
    rank(
        "A2-CG-6",
        "a scalar with respect to a vector",
        "1",
        [("scalar-derivative", ("0",), "Count the inputs that can be changed. Each has a derivative of its own.")],
    ),
    rank(
        "A2-CG-7",
        "a vector with respect to a vector",
        "2",
        [
            (
                "shape-of-the-input",
                ("1",),
                "That is the number for what flows back. Each output can be differentiated by each input.",
            ),
            ("indices-counted-twice", ("4",), "Count one index for the output and one for the input."),
        ],
    ),
    ask(
        "A2-CG-7-flow",
        "A node has an input vector with d entries and an output vector with n entries. J is its local Jacobian, with "
        "J_ij = ∂y_i/∂w_j, and g = ∂L/∂y is the upstream gradient, a column. Give ∂L/∂w, which flows back.",
        "matrix",
        "J.T*g",
        [
            (
                "local-jacobian-flows",
                ("J",),
                "J says how outputs react to inputs. The loss is one number: combine J with the upstream gradient.",
            ),
            ("gradient-unchanged", ("g",), "g has the shape of the output. What flows back must fit the input."),
        ],
        quantities=(
            Quantity("n", "the number of outputs", "size"),
            Quantity("d", "the number of inputs", "size"),
            Quantity("J", "local Jacobian, n × d", "matrix", ("n", "d")),
            Quantity("g", "upstream gradient, a column of n", "matrix", ("n", "1")),
        ),
    ),
    rank(
        "A2-CG-8",
        "a scalar with respect to a matrix",
        "2",
        [
            ("scalar-derivative", ("0",), "Count the entries that can be changed. Each has a derivative of its own."),
            ("vector-derivative", ("1",), "The entries of a matrix carry more indices than those of a vector."),
        ],
    ),
)

XY = (Quantity("x", "first input"), Quantity("y", "second input"))
XYZ = (*XY, Quantity("z", "third input"))
FG = "F(x, y, z) = (3xy, y − z) and G(x, y) = (x − 5y, xy, x − y). Rows of a Jacobian are outputs. "
J_F = "[[3*y, 3*x, 0], [0, 1, -1]]"
J_FG = "[[3*x*y, 3*x - 15*y, 0], [0, 1, -1]]"
J_G = "[[1, -5], [y, x], [1, -1]]"
DIRECT = "[[6*x*y - 15*y**2, 3*x**2 - 30*x*y], [y - 1, x + 1]]"
WRONG_POINT = ("evaluated-at-x", (J_F,), "Those are derivatives of F at (x, y, z). Put in the point that F receives.")
PRODUCT_ENTRY = "Multiply row by column, and put the derivatives of F at the point G(x, y)."
IN_3 = "F(x, y) = (x² + 2y, 3x + 4y²). Rows of a Jacobian are outputs. "

COMPOSITIONS = (
    ask(
        "A2-CG-9",
        "G maps 4 numbers to 3 and F maps 3 numbers to 2. J_G is the Jacobian of G at x, and J_F that of F at G(x). "
        "Rows are outputs. Give the Jacobian of F∘G at x.",
        "matrix",
        "J_F*J_G",
        [("transposed-order", ("J_G.T*J_F.T",), "That is the transpose of the wanted matrix: outputs are rows here.")],
        quantities=(
            Quantity("J_F", "Jacobian of F at G(x), 2 × 3", "matrix", ("2", "3")),
            Quantity("J_G", "Jacobian of G at x, 3 × 4", "matrix", ("3", "4")),
        ),
    ),
    ask(
        "A2-CG-9-comp",
        "F has components f_i, and G has components g_1 … g_m, which take the whole vector x. What is component i of "
        "F∘G?",
        "choice",
        "all components",
        [
            (
                "one-component-each",
                ("own component", "entry by entry"),
                "Take F(u, v) = (uv, u − v). Look at what its first component has to be given.",
            ),
            ("product-of-components", ("product",), "A composition puts one function into the other."),
        ],
        choices={
            "all components": "f_i(g_1(x), …, g_m(x))",
            "own component": "f_i(g_i(x))",
            "entry by entry": "f_i(g_i(x_1), …, g_i(x_n))",
            "product": "f_i(x) g_i(x)",
        },
    ),
    ask(
        "A2-CG-10-G",
        "F(x, y, z) = (3xy, y − z), and G(x, y) = (x − 5y, xy, g) has an unknown third component without a constant "
        "term. The second component of F∘G has the derivatives y − 1 by x, and x + 1 by y. Give g.",
        "expression",
        "x - y",
        [
            (
                "copied-component",
                ("x*y - x**2", "x*y"),
                "Form y − z with your g, and differentiate. Compare both derivatives with the given ones.",
            ),
            ("sign-of-g", ("y - x",), "The third component enters with a minus sign. Look at your signs."),
        ],
        quantities=XY,
    ),
    ask(
        "A2-CG-10-comp",
        FG + "Give F∘G as a column.",
        "matrix",
        "[3*x**2*y - 15*x*y**2, x*y - x + y]",
        [
            (
                "square-too-many",
                ("[3*x**2*y - 15*x*y**2, x*y - x**2 + y]",),
                "Look at the degree of the third component of G.",
            ),
            (
                "own-component",
                ("[3*x*y, y - x + 5*y]", "[3*(x - 5*y)*x*y, x - 5*y - x*y]"),
                "Look at which components of G stand in for x, y and z of F.",
            ),
            ("sign-of-the-bracket", ("[3*x**2*y - 15*x*y**2, x*y - x - y]",), "A minus stands before a whole bracket."),
        ],
        quantities=XY,
    ),
    ask(
        "A2-CG-10-direct",
        FG + "Give the Jacobian of F∘G, 2 × 2, by differentiating the composition.",
        "matrix",
        DIRECT,
        [
            (
                "half-of-the-product-rule",
                ("[[3*x*y, 3*x**2 - 15*x*y], [y - 1, x + 1]]",),
                "In the first component both factors depend on the inputs. Look at the product rule.",
            )
        ],
        quantities=XY,
    ),
    ask(
        "A2-CG-10-JF",
        FG + "Give the Jacobian of F at (x, y, z).",
        "matrix",
        J_F,
        [
            ("own-value", ("[[3*x, 3*y, 0], [0, 1, -1]]",), "A product differentiated by a factor leaves the other."),
            ("sign-left-out", ("[[3*y, 3*x, 0], [0, 1, 1]]",), "Look at the sign of z in the second component."),
        ],
        quantities=XYZ,
    ),
    ask(
        "A2-CG-10-JFG",
        FG + "Give J_F(G(x, y)), the Jacobian of F at the point G(x, y), in x and y.",
        "matrix",
        J_FG,
        [
            WRONG_POINT,
            (
                "square-too-many",
                ("[[3*x*y, 3*x**2 - 15*y, 0], [0, 1, -1]]",),
                "Look at the degree of the first component of G.",
            ),
        ],
        quantities=XY,
    ),
    ask(
        "A2-CG-10-JFG2",
        FG + "Give the entry of J_F(G(x, y)) in row 1, column 2.",
        "expression",
        "3*x - 15*y",
        [
            ("square-too-many", ("3*x**2 - 15*y",), "Look at the degree of the first component of G."),
            ("evaluated-at-x", ("3*x",), "Put in the point that F receives."),
        ],
        quantities=XY,
    ),
    ask(
        "A2-CG-10-p11",
        FG + "Give the entry in row 1, column 1 of the product J_F(G) J_G.",
        "expression",
        "3*x*y + 3*x*y - 15*y**2",
        [
            ("product-for-difference", ("3*x*y + 3*x*y*(5*y**2)",), PRODUCT_ENTRY),
            ("path-left-out", ("3*x*y", "3*x*y - 15*y**2"), "Each inner component is a path, and the paths add up."),
        ],
        quantities=XY,
    ),
    ask(
        "A2-CG-10-p12",
        FG + "Give the entry in row 1, column 2 of the product J_F(G) J_G.",
        "expression",
        "-15*x*y + 3*x**2 - 15*x*y",
        [("path-left-out", ("-15*x*y", "3*x**2 - 15*x*y"), "Each inner component is a path, and the paths add up.")],
        quantities=XY,
    ),
    ask(
        "A2-CG-10-prod",
        FG + "Multiply out J_F(G(x, y)) J_G(x, y).",
        "matrix",
        f"{J_FG}*{J_G}",
        [
            (
                "evaluated-at-x",
                (f"[[3*y, 3*x, 0], [0, 1, -1]]*{J_G}",),
                "You took J_F at (x, y). Put in the point that F receives.",
            )
        ],
        quantities=XY,
    ),
)

ORDER = ask(
    "A2-CG-11",
    "a = x + 1, b = a·x and L = a·b, at x = 2. Run the backward pass by hand, in an order in which each node's "
    "gradient is complete before it is passed on. Give ∂L/∂x.",
    "number",
    "21",
    [
        ("passed-on-too-early", ("15",), "a has two users, and you passed its gradient on after only one of them."),
        ("path-left-out", ("9", "6", "12"), "There is more than one path from x to L. Add up all of them."),
        ("value-for-gradient", ("18",), "That is the value of L. The backward pass starts there."),
    ],
)

JACOBIANS = (
    ask(
        "A2-CG-13a",
        "Give the gradient of (2x + 3y)² as a column.",
        "matrix",
        "[8*x + 12*y, 12*x + 18*y]",
        [
            ("inner-derivative-left-out", ("[4*x + 6*y, 4*x + 6*y]",), "Go on to the derivative of what is squared."),
            ("factor-of-the-square-left-out", ("[4*x + 6*y, 6*x + 9*y]",), "Look at what a square leaves in front."),
        ],
        quantities=XY,
    ),
    ask(
        "A2-CG-13b",
        IN_3 + "Give the Jacobian of F at (x, y).",
        "matrix",
        "[[2*x, 2], [3, 8*y]]",
        [("constant-for-variable", ("[[2*x, 2*y], [3*x, 8*y]]",), "A linear term leaves a constant behind.")],
        quantities=XY,
    ),
    ask(
        "A2-CG-13b-point",
        IN_3 + "Give the Jacobian of F at (1, 2).",
        "matrix",
        "[[2, 2], [3, 16]]",
        [
            ("inputs-exchanged", ("[[4, 2], [3, 8]]",), "Look at which of the two numbers is x."),
            ("value-for-derivative", ("[5, 19]",), "That is F itself. Differentiate before you put in the point."),
        ],
    ),
    ask(
        "A2-CG-13c",
        IN_3 + "With G(x) = (x, x²), give the Jacobian of F∘G at x, 2 × 1.",
        "matrix",
        "[6*x, 3 + 16*x**3]",
        [
            (
                "inner-derivative-left-out",
                ("[2*x + 2, 3 + 8*x**2]",),
                "The second input of F moves faster than x. Look at J_G.",
            ),
            ("chain-stops-at-g", ("[1, 2*x]",), "That is the Jacobian of G alone."),
        ],
        quantities=XY[:1],
    ),
    ask(
        "A2-CG-13c-point",
        IN_3 + "With G(x) = (x, x²), give the Jacobian of F∘G at x = 2, 2 × 1.",
        "matrix",
        "[12, 131]",
        [
            ("inner-derivative-left-out", ("[6, 35]",), "The second input of F moves faster than x. Look at J_G."),
            ("chain-stops-at-g", ("[1, 4]",), "That is the Jacobian of G alone."),
        ],
    ),
    ask(
        "A2-CG-13c-name",
        IN_3 + "With G(x) = (x, x²): which name belongs to the column (6x, 3 + 16x³)?",
        "choice",
        "J_FoG",
        [
            ("name-of-the-inner-jacobian", ("J_G",), "Differentiate G alone, and compare."),
            ("name-of-the-outer-jacobian", ("J_F",), "That one has two columns. Count what is given."),
        ],
        choices={"J_FoG": "the Jacobian of the composition", "J_G": "the Jacobian of G", "J_F": "the Jacobian of F"},
    ),
)

QUESTIONS = (
    *CHAINS,
    *REGRESSION_QUESTIONS,
    *LOCAL_RULES,
    *RANKS,
    *COMPOSITIONS,
    ORDER,
    *worked_network.FORWARD,
    *worked_network.BACKWARD,
    *JACOBIANS,
    *worked_network.VECTOR_FORM,
    worked_network.STEP,
)
