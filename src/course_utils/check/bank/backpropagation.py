"""Questions on backpropagation: question 2 of Assignment 1, parts of Homework 1, neural networks of Assignment 2.

Marks. Question 2 of Assignment 1 has 8 marks. Five are given here: one for each of the four gradients and one for the
update. The other three are for prose, marked by a person: the idea of backpropagation (2) and the role of the learning
rate (1). The forward pass and the output error are given on the sheet and stand here for practice, like every question
of Homework 1 and Assignment 2, one mark each.
"""

from fractions import Fraction

from course_utils.check.questions import Misconception, Quantity, Question

# --- hints that several questions share -----------------------------------------------------------------------------

OUTPUT_SLOPE_TWICE = (
    "A slope of the output stands there that has already been used. Look at what cancelled when the loss was "
    "differentiated down to the score."
)
VALUE_FOR_SLOPE = (
    "The value of a sigmoid stands where its slope is needed. Write that derivative with the prime on it, then in "
    "terms of the value."
)
HIDDEN_SLOPE_LEFT_OUT = "You went from an activation to what lies before it. Look at the function in between."
OUTPUT_WEIGHT_LEFT_OUT = (
    "The error came from the output to the hidden neuron without a toll. Look at what the activation is multiplied "
    "with on its way there."
)
STOPS_AT_THE_PREDICTION = (
    "That is the derivative with respect to the prediction. One more link leads to the score before it."
)
RESIDUAL_STILL_SQUARED = "Differentiating a square lowers its power. Look at the power of the residual."
BIAS_GRADIENT = "That is the derivative for a bias. Look at what the weight is multiplied with in the forward pass."
OUTPUTS_NOT_SUMMED = "The hidden neuron feeds more than one output. Look at how many paths lead from it to the loss."
LINEAR_OUTPUT_SLOPE = "Here the output is linear. Look at the slope of the function you passed there."

# --- Assignment 1: x → sigmoid → sigmoid with cross-entropy; only hidden neuron 1 is considered ----------------------

INPUTS = (
    Quantity("x", "the input", role="an input"),
    Quantity("w1", "weight of the hidden neuron", role="a weight"),
    Quantity("b1", "bias of the hidden neuron", role="a bias"),
    Quantity("w2", "weight of the output neuron", role="a weight"),
    Quantity("b2", "bias of the output neuron", role="a bias"),
)
HIDDEN = (
    Quantity("z1", "score of the hidden neuron", definition="w1*x + b1", role="a score"),
    Quantity("a1", "activation of the hidden neuron, σ(z1)", definition="sigma(z1)", role="an activation"),
)
NETWORK = (
    *INPUTS,
    Quantity("y", "the label", domain="probability", role="the label"),
    *HIDDEN,
    Quantity("z2", "score of the output neuron", definition="w2*a1 + b2", role="a score"),
    Quantity("a2", "the prediction, σ(z2)", definition="sigma(z2)", role="an activation"),
)
SETTING = (
    "One input x feeds a sigmoid hidden neuron, z1 = w1 x + b1 and a1 = σ(z1); it feeds a sigmoid output, "
    "z2 = w2 a1 + b2 and a2 = σ(z2). The loss is the cross-entropy L = −[y ln a2 + (1 − y) ln(1 − a2)]."
)

DELTA_2 = "(a2 - y)"
W2_GRADIENT = f"{DELTA_2}*a1"
B1_GRADIENT = f"{DELTA_2}*w2*a1*(1 - a1)"
W1_GRADIENT = f"{B1_GRADIENT}*x"
OUTPUT_SLOPE = "a2*(1 - a2)"


def _through_the_hidden_neuron(last: str) -> tuple[Misconception, ...]:
    """Return the mistakes of a chain that runs through the hidden neuron and ends with the factor `last`."""
    return (
        Misconception("output-weight-left-out", (f"{DELTA_2}*a1*(1 - a1)*{last}",), OUTPUT_WEIGHT_LEFT_OUT),
        Misconception(
            "output-slope-counted-twice", (f"{DELTA_2}*{OUTPUT_SLOPE}*w2*a1*(1 - a1)*{last}",), OUTPUT_SLOPE_TWICE
        ),
        Misconception("value-for-slope", (f"{DELTA_2}*w2*a1*{last}",), VALUE_FOR_SLOPE),
        Misconception("hidden-slope-left-out", (f"{DELTA_2}*w2*{last}",), HIDDEN_SLOPE_LEFT_OUT),
        Misconception(
            "wrong-weight",
            (f"{DELTA_2}*w1*a1*(1 - a1)*{last}",),
            "A weight stands there that does not lie between this neuron and the output. Follow the arrow from a1.",
        ),
        Misconception(
            "stops-at-the-prediction",
            (f"{DELTA_2}/({OUTPUT_SLOPE})*w2*a1*(1 - a1)*{last}",),
            "You left the loss and did not pass the sigmoid of the output. Look at the link from a2 to z2.",
        ),
        Misconception(
            "output-slope-for-hidden-slope",
            (f"{DELTA_2}*w2*{OUTPUT_SLOPE}*{last}",),
            "The slope that stands there belongs to another neuron. Look at which sigmoid lies before a1.",
        ),
    )


# The point of the hand calculation: x = 0.5, y = 1, w1 = 0.8, b1 = −0.2, w2 = 1.5, b2 = 0.3, learning rate 0.1.
A1 = "sigma(4/5*1/2 - 1/5)"
A2 = f"sigma(3/2*{A1} + 3/10)"


def _step(rate: str = "1/10", carried: str = "3/2") -> str:
    """Return (w1, b1, w2, b2) after one step; `carried` is the w2 through which the error goes back."""
    delta_2 = f"({A2} - 1)"
    delta_1 = f"{delta_2}*({carried})*{A1}*(1 - {A1})"
    return (
        f"[4/5 - {rate}*{delta_1}*1/2, -1/5 - {rate}*{delta_1}, 3/2 - {rate}*{delta_2}*{A1}, 3/10 - {rate}*{delta_2}]"
    )


NEW_W2 = f"3/2 - 1/10*({A2} - 1)*{A1}"

ASSIGNMENT = (
    Question(
        "A1-Q2",
        "A network has one input x, a sigmoid hidden neuron with weight w1 and bias b1, and a sigmoid output neuron "
        "with weight w2 and bias b2. Give its prediction a2. Write sigma(...) for the sigmoid.",
        "expression",
        "sigma(w2*sigma(w1*x + b1) + b2)",
        practice=True,
        quantities=(*INPUTS, *HIDDEN),
        known=(
            Misconception(
                "activation-in-its-own-formula",
                ("sigma(w2*sigma(w1*a1 + b1) + b2)",),
                "The hidden neuron feeds on its own result. Look at what enters the network from outside.",
            ),
            Misconception(
                "hidden-activation-left-out",
                ("sigma(w2*(w1*x + b1) + b2)", "w2*(w1*x + b1) + b2"),
                "The hidden neuron passes on its score. Look at what a sigmoid neuron does with it first.",
            ),
            Misconception(
                "output-activation-left-out",
                ("w2*sigma(w1*x + b1) + b2",),
                "That is the score of the output. One function is still to be applied.",
            ),
            Misconception(
                "bias-left-out",
                ("sigma(w2*sigma(w1*x))", "sigma(w2*sigma(w1*x + b1))", "sigma(w2*sigma(w1*x) + b2)"),
                "Count the parameters in your formula: each neuron has two.",
            ),
            Misconception(
                "stops-at-the-hidden-neuron",
                ("sigma(w1*x + b1)",),
                "That is what the hidden neuron sends on. Look at what the output neuron does with it.",
            ),
        ),
    ),
    Question(
        "A1-Q2-hint",
        f"{SETTING} Give ∂L/∂z2.",
        "expression",
        DELTA_2,
        practice=True,
        quantities=NETWORK,
        known=(
            Misconception("stops-at-the-prediction", (f"{DELTA_2}/({OUTPUT_SLOPE})",), STOPS_AT_THE_PREDICTION),
            Misconception("output-slope-counted-twice", (f"{DELTA_2}*{OUTPUT_SLOPE}",), OUTPUT_SLOPE_TWICE),
            Misconception(
                "score-for-prediction",
                ("z2 - y",),
                "The label is compared with a probability. Look at which of the two quantities is one.",
            ),
        ),
    ),
    Question(
        "A1-Q2b-w2",
        f"{SETTING} Give ∂L/∂w2. You may use a1 and a2.",
        "expression",
        W2_GRADIENT,
        quantities=NETWORK,
        known=(
            Misconception("wrong-variable", (DELTA_2,), BIAS_GRADIENT),
            Misconception("output-slope-counted-twice", (f"{W2_GRADIENT}*{OUTPUT_SLOPE}",), OUTPUT_SLOPE_TWICE),
            Misconception(
                "stops-at-the-prediction",
                (f"{DELTA_2}/({OUTPUT_SLOPE})*a1",),
                "You left the loss and did not pass the sigmoid of the output. Look at the link from a2 to z2.",
            ),
            Misconception(
                "weight-for-activation",
                (f"{DELTA_2}*w2",),
                "The derivative of a product with respect to one factor is the other factor. Look at which one you "
                "kept.",
            ),
            Misconception(
                "input-for-activation",
                (f"{DELTA_2}*x", f"{DELTA_2}*z1"),
                "Look at what w2 is multiplied with in the forward pass: it has been through the hidden neuron.",
            ),
            Misconception(
                "chain-too-long",
                (f"{DELTA_2}*a1*(1 - a1)", f"{DELTA_2}*a1*a1*(1 - a1)"),
                "The path from w2 to the loss does not pass the hidden neuron. Look at where w2 enters.",
            ),
        ),
    ),
    Question(
        "A1-Q2b-b2",
        f"{SETTING} Give ∂L/∂b2. You may use a1 and a2.",
        "expression",
        DELTA_2,
        quantities=NETWORK,
        known=(
            Misconception(
                "wrong-variable", (W2_GRADIENT,), "That is the derivative for a weight. Look at what b2 stands beside."
            ),
            Misconception("output-slope-counted-twice", (f"{DELTA_2}*{OUTPUT_SLOPE}",), OUTPUT_SLOPE_TWICE),
            Misconception("stops-at-the-prediction", (f"{DELTA_2}/({OUTPUT_SLOPE})",), STOPS_AT_THE_PREDICTION),
            Misconception(
                "bias-for-one",
                (f"{DELTA_2}*b2",),
                "The derivative of b2 with respect to itself is a number. Look at what you multiplied with.",
            ),
        ),
    ),
    Question(
        "A1-Q2b-w1",
        f"{SETTING} Give ∂L/∂w1. You may use z1, a1 and a2.",
        "expression",
        W1_GRADIENT,
        quantities=NETWORK,
        known=(
            Misconception(
                "pre-activation-for-input",
                (f"{B1_GRADIENT}*z1",),
                "Everything fits up to the last link. Write down z1 and look at what w1 is multiplied with.",
            ),
            Misconception(
                "activation-for-input",
                (f"{B1_GRADIENT}*a1",),
                "An activation comes out of the neuron. Look at what goes in, beside w1.",
            ),
            Misconception("wrong-variable", (B1_GRADIENT,), BIAS_GRADIENT),
            Misconception(
                "weight-for-input",
                (f"{B1_GRADIENT}*w1",),
                "The derivative of a product with respect to one factor is the other factor. Look at which one you "
                "kept.",
            ),
            *_through_the_hidden_neuron("x"),
        ),
    ),
    Question(
        "A1-Q2b-b1",
        f"{SETTING} Give ∂L/∂b1. You may use z1, a1 and a2.",
        "expression",
        B1_GRADIENT,
        quantities=NETWORK,
        known=(
            Misconception(
                "wrong-variable", (W1_GRADIENT,), "That is the derivative for a weight. Look at what b1 stands beside."
            ),
            Misconception(
                "bias-for-one",
                (f"{B1_GRADIENT}*b1",),
                "The derivative of b1 with respect to itself is a number. Look at what you multiplied with.",
            ),
            *_through_the_hidden_neuron("1"),
        ),
    ),
    Question(
        "A1-Q2c",
        f"{SETTING} At x = 0.5, y = 1, w1 = 0.8, b1 = −0.2, w2 = 1.5, b2 = 0.3, make one step of gradient descent with "
        "learning rate 0.1 on all four parameters at once. Give (w1, b1, w2, b2) after the step as a list, to six "
        "decimals (each entry within 0.000001, entries above one relatively).",
        "matrix",
        _step(),
        tolerance=Fraction(1, 10**6),
        known=(
            Misconception(
                "updated-in-sequence",
                (_step(carried=NEW_W2),),
                "One of your gradients was taken after a parameter in it had changed. Look at the order of computing "
                "and updating.",
            ),
            Misconception(
                "ascent",
                (_step(rate="(-1/10)"),),
                "Compute the loss before and after your step. Look at which way the gradient points.",
            ),
            Misconception(
                "learning-rate-left-out",
                (_step(rate="1"),),
                "Your step is the whole gradient. Look at what the update rule multiplies it with.",
            ),
            Misconception("not-updated", ("[4/5, -1/5, 3/2, 3/10]",), "Those are the parameters before the step."),
        ),
    ),
)

# --- Homework 1: stacked affine maps, a 4-6-4-3 network --------------------------------------------------------------

LAYERS = (
    Quantity("W1", "weights of layer 1, 6 × 4", "matrix", ("6", "4")),
    Quantity("b1", "biases of layer 1, a column of 6", "matrix", ("6", "1")),
    Quantity("W2", "weights of layer 2, 4 × 6", "matrix", ("4", "6")),
    Quantity("b2", "biases of layer 2, a column of 4", "matrix", ("4", "1")),
    Quantity("W3", "weights of layer 3, 3 × 4", "matrix", ("3", "4")),
    Quantity("b3", "biases of layer 3, a column of 3", "matrix", ("3", "1")),
)

LAYER = (
    Quantity("W", "weights of the layer, 3 × 4", "matrix", ("3", "4")),
    Quantity("b", "biases of the layer, a column of 3", "matrix", ("3", "1")),
    Quantity("a", "activations of the layer before, a column of 4", "matrix", ("4", "1"), domain="probability"),
)

STACK = (
    Question(
        "H1-Q2",
        "Forward propagation through one layer: three sigmoid neurons with weights W and biases b receive a, the four "
        "activations of the layer before. Give their own activations, a column of three.",
        "matrix",
        "sigma(W*a + b)",
        practice=True,
        quantities=LAYER,
        known=(
            Misconception(
                "activation-left-out", ("W*a + b",), "Those are the scores. One step follows before they are sent on."
            ),
            Misconception(
                "bias-left-out", ("sigma(W*a)",), "Each neuron has one parameter that no activation multiplies."
            ),
            Misconception(
                "bias-after-activation",
                ("sigma(W*a) + b",),
                "Then an activation could leave the interval from 0 to 1. Look at what the sigmoid is applied to.",
            ),
            Misconception(
                "activation-before-weights",
                ("W*sigma(a) + b",),
                "The layer before has applied its activation already. Look at what this layer's sigmoid comes after.",
            ),
        ),
    ),
    Question(
        "H1-Q3",
        "What does backpropagation compute, taken by itself?",
        "choice",
        "gradients",
        practice=True,
        choices={
            "gradients": "the derivatives of the loss with respect to the parameters",
            "update": "the new values of the parameters",
            "predictions": "the predictions of the network",
            "errors of the weights": "by how much each parameter differs from its best value",
        },
        choice_aliases={
            "gradient": "gradients",
            "the gradients": "gradients",
            "derivatives": "gradients",
            "updates": "update",
            "weights": "update",
            "weight update": "update",
        },
        known=(
            Misconception(
                "backpropagation-is-the-update",
                ("update",),
                "Gradient descent, momentum and Adam all use the same backward pass and do different things next.",
            ),
            Misconception(
                "backward-for-forward", ("predictions",), "That is the other direction. Look at where each pass starts."
            ),
            Misconception(
                "gradient-is-the-distance",
                ("errors of the weights",),
                "Nobody knows the best values. Ask what a small change of a parameter does to the loss.",
            ),
        ),
    ),
    Question(
        "H1-Q4",
        "Three layers without activations, a ↦ W1 a + b1, then W2, b2, then W3, b3, act like a single layer "
        "x ↦ W* x + b*. Give b*.",
        "matrix",
        "W3*W2*b1 + W3*b2 + b3",
        practice=True,
        quantities=LAYERS,
        known=(
            Misconception(
                "last-bias-only",
                ("b3",),
                "The earlier layers have biases too. Send x = 0 through the layers and see what comes out.",
            ),
            Misconception(
                "a-bias-left-out",
                ("W3*b2 + b3", "W3*W2*b1 + b3", "W3*W2*b1 + W3*b2"),
                "One of the three biases does not arrive. Send x = 0 through the layers, one at a time.",
            ),
            Misconception(
                "weights-for-bias", ("W3*W2*W1",), "That is what multiplies x. Look at what remains when x is zero."
            ),
        ),
    ),
    Question(
        "H1-Q4-name",
        "A network without activations computes x ↦ W* x + b* with b* ≠ 0. What is such a map called?",
        "choice",
        "affine",
        practice=True,
        choices={
            "linear": "a linear map",
            "affine": "an affine map",
            "non-linear": "a map that bends, such as a polynomial",
        },
        choice_aliases={
            "linear transformation": "linear",
            "linear map": "linear",
            "affine transformation": "affine",
            "affine linear": "affine",
            "affine map": "affine",
        },
        known=(
            Misconception(
                "linear-for-affine",
                ("linear",),
                "Send x = 0 through the map, and compare with what a map of that kind does to zero.",
            ),
            Misconception(
                "depth-bends", ("non-linear",), "Walk along a straight line of inputs and look at what the outputs do."
            ),
        ),
    ),
    Question(
        "H1-Q5",
        "A fully connected network has 4 inputs, hidden layers of 6 and 4 neurons, and 3 outputs; every neuron has a "
        "bias. How many parameters has it?",
        "number",
        "(6*4 + 6) + (4*6 + 4) + (3*4 + 3)",
        practice=True,
        known=(
            Misconception("biases-left-out", ("60",), "Those are the weights. Every neuron has one more parameter."),
            Misconception(
                "inputs-given-biases", ("77",), "One layer in your count computes nothing. Look at which one."
            ),
            Misconception("neurons-counted", ("17", "13"), "You counted neurons or biases. Look at the connections."),
            Misconception(
                "one-bias-per-layer", ("63",), "Look at the shape of a bias: it has one entry for each neuron."
            ),
        ),
    ),
)

# --- Homework 1, bonus: three inputs, four sigmoid hidden neurons, one sigmoid output, columns -----------------------

TWO_LAYERS = (
    Quantity("x", "the inputs, a column of 3", "matrix", ("3", "1")),
    Quantity("y", "the label", domain="probability", role="the label"),
    Quantity("W1", "weights of the hidden layer, 4 × 3", "matrix", ("4", "3")),
    Quantity("b1", "biases of the hidden layer, a column of 4", "matrix", ("4", "1")),
    Quantity("W2", "weights of the output, 1 × 4", "matrix", ("1", "4")),
    Quantity("b2", "bias of the output", role="a bias"),
    Quantity("a1", "activations of the hidden layer, 4 × 1", "matrix", ("4", "1"), definition="sigma(W1*x + b1)"),
    Quantity("y_hat", "the prediction", definition="sigma(W2*a1 + b2)", role="the prediction"),
)
COLUMNS = (
    "A network takes a column x of three inputs to z1 = W1 x + b1, a1 = σ(z1) with four hidden neurons, then to "
    "z2 = W2 a1 + b2, ŷ = σ(z2) with one output. The loss is L = −[y ln ŷ + (1 − y) ln(1 − ŷ)]. Write * for matrix "
    "products, hadamard(u, v) for a product entry by entry, and W.T for a transpose."
)

ERROR = "(y_hat - y)"
BACK = f"W2.T*{ERROR}"
DELTA_HIDDEN = f"hadamard({BACK}, hadamard(a1, 1 - a1))"
PREDICTION_SLOPE = "(y_hat*(1 - y_hat))"
BROADCAST = (
    "Your answer holds a whole matrix: a column met a row. Look at the shape of each factor, and at what it should be "
    "a gradient of."
)


def _hidden_error(after: str) -> tuple[Misconception, ...]:
    """Return the mistakes in the error of the hidden layer, times the factor `after`."""
    return (
        Misconception("value-for-slope", (f"hadamard({BACK}, a1){after}",), VALUE_FOR_SLOPE),
        Misconception("hidden-slope-left-out", (f"{BACK}{after}",), HIDDEN_SLOPE_LEFT_OUT),
        Misconception("output-weight-left-out", (f"hadamard(a1, 1 - a1)*{ERROR}{after}",), OUTPUT_WEIGHT_LEFT_OUT),
        Misconception("output-slope-counted-twice", (f"{DELTA_HIDDEN}*{PREDICTION_SLOPE}{after}",), OUTPUT_SLOPE_TWICE),
    )


BONUS = (
    Question(
        "H1-B2-fwd",
        "A column x of three inputs feeds four sigmoid hidden neurons with W1, b1; they feed one sigmoid output with "
        "W2, b2. Give the binary cross-entropy loss for the label y. You may use a1 and y_hat.",
        "expression",
        "-(y*log(y_hat) + (1 - y)*log(1 - y_hat))",
        practice=True,
        quantities=TWO_LAYERS,
        also=("-log(y*y_hat + (1 - y)*(1 - y_hat))",),
        known=(
            Misconception(
                "second-term-left-out",
                ("-y*log(y_hat)", "y*log(y_hat)"),
                "Put y = 0 into your loss and see what it has to say about such a sample.",
            ),
            Misconception(
                "minus-on-one-term",
                ("-y*log(y_hat) + (1 - y)*log(1 - y_hat)",),
                "Put y = 0 into your loss and look at its sign.",
            ),
            Misconception(
                "label-and-prediction-exchanged",
                ("-(y_hat*log(y) + (1 - y_hat)*log(1 - y))",),
                "A label can be 0. Look at what the logarithm makes of it.",
            ),
            Misconception(
                "squared-error",
                ("(y_hat - y)**2/2", "(y_hat - y)**2"),
                "That is another loss. Look for the one that comes from the likelihood of a yes or no.",
            ),
        ),
    ),
    Question(
        "H1-B2-dyhat",
        f"{COLUMNS} Give ∂L/∂ŷ.",
        "expression",
        f"{ERROR}/{PREDICTION_SLOPE}",
        practice=True,
        quantities=TWO_LAYERS,
        known=(
            Misconception(
                "already-through-the-sigmoid",
                (ERROR,),
                "That is one link further on. Here the derivative is taken with respect to the prediction itself.",
            ),
            Misconception(
                "second-term-left-out", ("-y/y_hat",), "Put y = 0 into the loss. The derivative must not vanish then."
            ),
            Misconception(
                "inner-minus-left-out",
                ("-y/y_hat - (1 - y)/(1 - y_hat)", "y/y_hat + (1 - y)/(1 - y_hat)"),
                "The second logarithm holds 1 − ŷ. Look at its inner derivative.",
            ),
        ),
    ),
    Question(
        "H1-B2-dz2",
        f"{COLUMNS} Give ∂L/∂z2.",
        "expression",
        ERROR,
        practice=True,
        quantities=TWO_LAYERS,
        known=(
            Misconception("stops-at-the-prediction", (f"{ERROR}/{PREDICTION_SLOPE}",), STOPS_AT_THE_PREDICTION),
            Misconception("output-slope-counted-twice", (f"{ERROR}*{PREDICTION_SLOPE}",), OUTPUT_SLOPE_TWICE),
        ),
    ),
    Question(
        "H1-B2-W2",
        f"{COLUMNS} Give ∂L/∂W2, in the shape of W2.",
        "matrix",
        f"{ERROR}*a1.T",
        practice=True,
        quantities=TWO_LAYERS,
        known=(
            Misconception(
                "transpose-left-out",
                (f"{ERROR}*a1",),
                "The entries are right. A gradient has the shape of what it is taken with respect to.",
            ),
            Misconception("output-slope-counted-twice", (f"{ERROR}*{PREDICTION_SLOPE}*a1.T",), OUTPUT_SLOPE_TWICE),
            Misconception(
                "weight-for-activation",
                (f"{ERROR}*W2",),
                "The derivative of a product with respect to one factor is the other factor. Look at which one you "
                "kept.",
            ),
            Misconception("wrong-variable", (ERROR,), BIAS_GRADIENT),
        ),
    ),
    Question(
        "H1-B2-b2",
        f"{COLUMNS} Give ∂L/∂b2.",
        "expression",
        ERROR,
        practice=True,
        quantities=TWO_LAYERS,
        known=(
            Misconception("stops-at-the-prediction", (f"{ERROR}/{PREDICTION_SLOPE}",), STOPS_AT_THE_PREDICTION),
            Misconception("output-slope-counted-twice", (f"{ERROR}*{PREDICTION_SLOPE}",), OUTPUT_SLOPE_TWICE),
            Misconception(
                "wrong-variable",
                (f"{ERROR}*a1", f"{ERROR}*a1.T"),
                "That is the derivative for the weights. Look at what b2 stands beside.",
            ),
        ),
    ),
    Question(
        "H1-B2-a1",
        f"{COLUMNS} Give ∂L/∂a1, in the shape of a1.",
        "matrix",
        BACK,
        practice=True,
        quantities=TWO_LAYERS,
        known=(
            Misconception(
                "transpose-left-out",
                (f"{ERROR}*W2",),
                "The entries are right. A gradient has the shape of what it is taken with respect to.",
            ),
            Misconception("output-weight-left-out", (ERROR,), OUTPUT_WEIGHT_LEFT_OUT),
            Misconception(
                "one-link-too-far",
                (DELTA_HIDDEN,),
                "That is the derivative with respect to the scores z1. Here you stop one link earlier.",
            ),
            Misconception("output-slope-counted-twice", (f"{BACK}*{PREDICTION_SLOPE}",), OUTPUT_SLOPE_TWICE),
            Misconception(
                "activation-for-weight", (f"{ERROR}*a1",), "Look at what a1 is multiplied with in the forward pass."
            ),
        ),
    ),
    Question(
        "H1-B2-W1-literal",
        f"{COLUMNS} Give ∂L/∂z1, in the shape of z1.",
        "matrix",
        DELTA_HIDDEN,
        practice=True,
        quantities=TWO_LAYERS,
        known=(
            Misconception(
                "broadcast-to-a-matrix",
                (f"hadamard(a1, 1 - a1)*{ERROR}*W2", f"({BACK})*hadamard(a1, 1 - a1).T"),
                BROADCAST,
            ),
            *_hidden_error(""),
        ),
    ),
    Question(
        "H1-B2-W1",
        f"{COLUMNS} Give ∂L/∂W1, in the shape of W1.",
        "matrix",
        f"{DELTA_HIDDEN}*x.T",
        practice=True,
        quantities=TWO_LAYERS,
        known=(*_hidden_error("*x.T"), Misconception("wrong-variable", (DELTA_HIDDEN,), BIAS_GRADIENT)),
    ),
    Question(
        "H1-B2-b1",
        f"{COLUMNS} Give ∂L/∂b1, in the shape of b1.",
        "matrix",
        DELTA_HIDDEN,
        practice=True,
        quantities=TWO_LAYERS,
        known=(
            *_hidden_error(""),
            Misconception(
                "wrong-variable",
                (f"{DELTA_HIDDEN}*x.T",),
                "That is the derivative for the weights. Look at what b1 stands beside.",
            ),
        ),
    ),
)

# --- Assignment 2: hidden neurons under three losses -----------------------------------------------------------------

OBSERVED = (
    Quantity("n", "the number of samples", "size"),
    Quantity("x", "an input that the hidden neuron sees, one per sample", "sequence"),
    Quantity("z", "activation of the hidden neuron, one per sample", "sequence", domain="probability"),
)
ONE_OUTPUT = (
    *OBSERVED,
    Quantity("y", "targets of the output", "sequence", domain="probability"),
    Quantity("y_hat", "predictions of the output", "sequence", domain="probability"),
    Quantity("v", "weight from the hidden neuron to the output", role="a weight"),
)


def _outputs(count: int) -> tuple[Quantity, ...]:
    """Return the symbols of a hidden neuron that feeds several outputs."""
    numbers = range(1, count + 1)
    return (
        *OBSERVED,
        *(Quantity(f"y_{q}", f"targets of output {q}", "sequence", domain="probability") for q in numbers),
        *(Quantity(f"y_hat_{q}", f"predictions of output {q}", "sequence", domain="probability") for q in numbers),
        *(Quantity(f"v_{q}", f"weight from the hidden neuron to output {q}", role="a weight") for q in numbers),
    )


def _all_outputs(count: int, term: str = "(y_hat_{q} - y_{q})*v_{q}", after: str = "*z*(1 - z)*x") -> str:
    """Return Σ_i Σ_q term · after."""
    return f"sum(({' + '.join(term.format(q=q) for q in range(1, count + 1))}){after})"


def _several_outputs(count: int) -> tuple[Misconception, ...]:
    """Return the mistakes of a hidden neuron that feeds several outputs."""
    return (
        Misconception(
            "outputs-not-summed",
            tuple(f"sum((y_hat_{q} - y_{q})*v_{q}*z*(1 - z)*x)" for q in range(1, count + 1)),
            OUTPUTS_NOT_SUMMED,
        ),
        Misconception(
            "residual-still-squared", (_all_outputs(count, "(y_hat_{q} - y_{q})**2*v_{q}"),), RESIDUAL_STILL_SQUARED
        ),
        Misconception("output-weight-left-out", (_all_outputs(count, "(y_hat_{q} - y_{q})"),), OUTPUT_WEIGHT_LEFT_OUT),
        Misconception("value-for-slope", (_all_outputs(count, after="*z*x"),), VALUE_FOR_SLOPE),
        Misconception("hidden-slope-left-out", (_all_outputs(count, after="*x"),), HIDDEN_SLOPE_LEFT_OUT),
        Misconception("wrong-variable", (_all_outputs(count, after="*z*(1 - z)"),), BIAS_GRADIENT),
    )


def _output_weight(slope_hint: str) -> tuple[Misconception, ...]:
    """Return the mistakes in the derivative for a weight of the output."""
    return (
        Misconception("wrong-variable", ("sum(y_hat - y)",), BIAS_GRADIENT),
        Misconception("residual-still-squared", ("sum((y_hat - y)**2*z)",), RESIDUAL_STILL_SQUARED),
        Misconception("output-slope-not-needed", ("sum((y_hat - y)*y_hat*(1 - y_hat)*z)",), slope_hint),
        Misconception(
            "input-for-activation",
            ("sum((y_hat - y)*x)",),
            "Look at what the weight v is multiplied with: it has been through the hidden neuron.",
        ),
        Misconception(
            "weight-for-activation",
            ("sum((y_hat - y)*v)",),
            "The derivative of a product with respect to one factor is the other factor. Look at which one you kept.",
        ),
        Misconception(
            "chain-too-long",
            ("sum((y_hat - y)*z*(1 - z))", "sum((y_hat - y)*z*z*(1 - z))"),
            "The path from v to the loss does not pass the hidden neuron. Look at where v enters.",
        ),
    )


SOFTMAX_SLOPE = (
    "The softmax has been passed already: that difference is the derivative with respect to the score. Look at what "
    "you multiplied it with."
)
SIGMOID_OUT = "Sigmoid outputs with binary cross-entropy, summed over samples and outputs."
SOFTMAX_OUT = "Softmax outputs with categorical cross-entropy, summed over samples."
LINEAR_OUT = "Linear outputs with half the squared error, summed over samples and outputs."
HIDDEN_NEURON = "A sigmoid hidden neuron with activation z sees the input x through its weight w"

THREE = range(1, 4)
CROSS_ENTROPY = "-(" + " + ".join(f"y_{j}*log(y_hat_{j})" for j in THREE) + ")"

NETWORKS = (
    Question(
        "A2-NN-3",
        "A hidden neuron's activation z depends on its weight w and feeds two outputs. Call g_q = ∂E/∂ŷ_q, "
        "p_q = ∂ŷ_q/∂z and s = ∂z/∂w. Give ∂E/∂w.",
        "expression",
        "(g_1*p_1 + g_2*p_2)*s",
        practice=True,
        quantities=(
            *(Quantity(f"g_{q}", f"derivative of the loss by output {q}") for q in (1, 2)),
            *(Quantity(f"p_{q}", f"derivative of output {q} by the hidden activation") for q in (1, 2)),
            Quantity("s", "derivative of the hidden activation by its weight"),
        ),
        known=(
            Misconception("outputs-not-summed", ("g_1*p_1*s", "g_2*p_2*s"), OUTPUTS_NOT_SUMMED),
            Misconception(
                "paths-multiplied",
                ("g_1*p_1*g_2*p_2*s", "g_1*p_1*g_2*p_2*s*s"),
                "Links of one path are multiplied. Look at what the chain rule does with different paths.",
            ),
            Misconception(
                "sums-exchanged",
                ("(g_1 + g_2)*(p_1 + p_2)*s",),
                "That mixes links of different paths. Write each path on a line of its own first.",
            ),
        ),
    ),
    Question(
        "A2-NN-3-tgt",
        "The rule for output weights uses the difference between prediction and target. Which quantity keeps you from "
        "using it for a hidden neuron with activation z?",
        "choice",
        "target",
        practice=True,
        choices={
            "activation": "the activation z itself",
            "target": "the value that z should have had",
            "input": "the input of the neuron",
        },
        choice_aliases={"z": "activation", "the target": "target", "its target": "target", "x": "input"},
        known=(
            Misconception(
                "activation-unknown", ("activation",), "Walk through the forward pass and list what it leaves behind."
            ),
            Misconception("input-unknown", ("input",), "Look at what the forward pass starts from."),
        ),
    ),
    Question(
        "A2-NN-4-w",
        f"One linear output ŷ with E = ½ Σ (y − ŷ)² over n samples. {HIDDEN_NEURON} and feeds the output through v. "
        "Give ∂E/∂w.",
        "expression",
        "-sum((y - y_hat)*v*z*(1 - z)*x)",
        practice=True,
        quantities=ONE_OUTPUT,
        known=(
            Misconception("output-weight-left-out", ("-sum((y - y_hat)*z*(1 - z)*x)",), OUTPUT_WEIGHT_LEFT_OUT),
            Misconception("residual-still-squared", ("sum((y - y_hat)**2*v*z*(1 - z)*x)",), RESIDUAL_STILL_SQUARED),
            Misconception("value-for-slope", ("-sum((y - y_hat)*v*z*x)",), VALUE_FOR_SLOPE),
            Misconception("hidden-slope-left-out", ("-sum((y - y_hat)*v*x)",), HIDDEN_SLOPE_LEFT_OUT),
            Misconception(
                "output-slope-not-needed",
                ("-sum((y - y_hat)*y_hat*(1 - y_hat)*v*z*(1 - z)*x)", "-sum((y - y_hat)*y_hat*(1 - y_hat)*v*x)"),
                LINEAR_OUTPUT_SLOPE,
            ),
            Misconception("wrong-variable", ("-sum((y - y_hat)*v*z*(1 - z))",), BIAS_GRADIENT),
        ),
    ),
    Question(
        "A2-NN-4-v",
        "One linear output ŷ with E = ½ Σ (y − ŷ)² over n samples. A hidden neuron with activation z feeds it through "
        "the weight v. Give ∂E/∂v.",
        "expression",
        "-sum((y - y_hat)*z)",
        practice=True,
        quantities=ONE_OUTPUT,
        known=_output_weight(LINEAR_OUTPUT_SLOPE),
    ),
    Question(
        "A2-NN-5-dE",
        "For one sample with k linear outputs, E = ½ Σ_j (ŷ_j − y_j)². Give ∂E/∂ŷ_j; write y and y_hat for the "
        "entries of output j.",
        "expression",
        "y_hat - y",
        practice=True,
        quantities=(Quantity("y", "target of output j"), Quantity("y_hat", "prediction of output j")),
        known=(
            Misconception(
                "residual-still-squared",
                ("(y_hat - y)**2", "2*(y_hat - y)**2", "(y_hat - y)**2/2"),
                RESIDUAL_STILL_SQUARED,
            ),
        ),
    ),
    Question(
        "A2-NN-5-v",
        f"{LINEAR_OUT} A hidden neuron with activation z feeds output ŷ, whose target is y, through the weight v. Give "
        "∂E/∂v.",
        "expression",
        "sum((y_hat - y)*z)",
        practice=True,
        quantities=ONE_OUTPUT,
        known=_output_weight(LINEAR_OUTPUT_SLOPE),
    ),
    Question(
        "A2-NN-5-idx",
        "Outputs are ŷ_q = Σ_j v_qj z_j, so v_qj is the weight of output q for hidden neuron j. Give ∂ŷ_q/∂z_j.",
        "expression",
        "v_qj",
        practice=True,
        quantities=(
            Quantity("v_qj", "weight of output q for hidden neuron j", role="a weight"),
            Quantity("v_jq", "weight of output j for hidden neuron q", role="a weight"),
            Quantity("z_j", "activation of hidden neuron j", role="an activation"),
        ),
        known=(
            Misconception(
                "indices-exchanged", ("v_jq",), "Compare the order of your indices with the sum that defines ŷ_q."
            ),
            Misconception(
                "activation-for-weight",
                ("z_j",),
                "The derivative of a product with respect to one factor is the other factor. Look at which one you "
                "kept.",
            ),
            Misconception("product-kept", ("v_qj*z_j",), "That is a term of ŷ_q itself, before differentiating."),
        ),
    ),
    Question(
        "A2-NN-5-w",
        f"{LINEAR_OUT} {HIDDEN_NEURON} and feeds two outputs ŷ_1, ŷ_2 through v_1, v_2. Give ∂E/∂w.",
        "expression",
        _all_outputs(2),
        practice=True,
        quantities=_outputs(2),
        known=_several_outputs(2),
    ),
    Question(
        "A2-NN-6-E",
        "A sigmoid output gives predictions ŷ for labels y in {0, 1}. Give the binary cross-entropy, summed over n "
        "samples.",
        "expression",
        "-sum(y*log(y_hat) + (1 - y)*log(1 - y_hat))",
        practice=True,
        also=("-sum(log(y*y_hat + (1 - y)*(1 - y_hat)))",),
        quantities=(
            Quantity("n", "the number of samples", "size"),
            Quantity("y", "labels", "sequence", domain="probability"),
            Quantity("y_hat", "predictions", "sequence", domain="probability"),
        ),
        known=(
            Misconception(
                "second-term-left-out",
                ("sum(y*log(y_hat))", "-sum(y*log(y_hat))"),
                "Put y = 0 into your loss and see what it has to say about such a sample. Check its sign too.",
            ),
            Misconception(
                "minus-on-one-term",
                ("-sum(y*log(y_hat)) + sum((1 - y)*log(1 - y_hat))",),
                "Put y = 0 into your loss and look at its sign.",
            ),
            Misconception(
                "label-and-prediction-exchanged",
                ("-sum(y_hat*log(y) + (1 - y_hat)*log(1 - y))", "-sum(y_hat*log(y_hat))"),
                "Look at what stands in front of the logarithm and what stands inside.",
            ),
        ),
    ),
    Question(
        "A2-NN-6-sig",
        "A sigmoid output is ŷ = σ(a) with score a. Give dŷ/da in terms of ŷ.",
        "expression",
        "y_hat*(1 - y_hat)",
        practice=True,
        quantities=(
            Quantity("a", "the score", role="a score"),
            Quantity("y_hat", "the prediction σ(a)", definition="sigma(a)", role="the prediction"),
        ),
        known=(
            Misconception("value-for-slope", ("y_hat",), VALUE_FOR_SLOPE),
            Misconception(
                "slope-of-tanh", ("1 - y_hat**2",), "That slope belongs to another activation. Try yours at a = 0."
            ),
            Misconception(
                "factor-doubled",
                ("y_hat*(1 - y_hat)**2", "y_hat**2*(1 - y_hat)"),
                "Differentiate 1/(1 + exp(−a)) once. Look at which factor appears once too often.",
            ),
            Misconception(
                "score-in-the-slope",
                ("y_hat*(1 - a)", "y_hat*(1 - y_hat*a)", "a*(1 - a)"),
                "The score stands where its sigmoid should. Look at what the slope is written in.",
            ),
        ),
    ),
    Question(
        "A2-NN-6-dE",
        "For one sample and one sigmoid output, E = −[y ln ŷ + (1 − y) ln(1 − ŷ)]. Give ∂E/∂ŷ.",
        "expression",
        "-y/y_hat + (1 - y)/(1 - y_hat)",
        practice=True,
        quantities=(
            Quantity("y", "the label", domain="probability", role="the label"),
            Quantity("y_hat", "the prediction", domain="probability", role="the prediction"),
        ),
        known=(
            Misconception(
                "already-through-the-sigmoid",
                ("y_hat - y",),
                "That is one link further on. Here the derivative is taken with respect to the prediction itself.",
            ),
            Misconception(
                "product-rule-on-the-label",
                ("y_hat*(1 - y_hat)*log(y_hat) + y*(1 - y_hat)", "-(y_hat*(1 - y_hat)*log(y_hat) + y*(1 - y_hat))"),
                "The label is a constant: it has no derivative, and no slope of a sigmoid enters yet.",
            ),
            Misconception(
                "inner-minus-left-out",
                ("-y/y_hat - (1 - y)/(1 - y_hat)", "y/y_hat + (1 - y)/(1 - y_hat)"),
                "The second logarithm holds 1 − ŷ. Look at its inner derivative.",
            ),
            Misconception(
                "second-term-left-out",
                ("-y/y_hat", "y/y_hat"),
                "Put y = 0 into the loss. The derivative must not vanish then.",
            ),
        ),
    ),
    Question(
        "A2-NN-6-v",
        f"{SIGMOID_OUT} A hidden neuron with activation z feeds output ŷ, whose label is y, through the weight v. Give "
        "∂E/∂v.",
        "expression",
        "sum((y_hat - y)*z)",
        practice=True,
        quantities=ONE_OUTPUT,
        known=_output_weight(OUTPUT_SLOPE_TWICE),
    ),
    Question(
        "A2-NN-6-dz",
        "A sigmoid hidden neuron has z = σ(w x + b). Give ∂z/∂w for one sample, in terms of z and x.",
        "expression",
        "z*(1 - z)*x",
        practice=True,
        quantities=(
            Quantity("x", "the input", role="an input"),
            Quantity("z", "activation of the hidden neuron", domain="probability", role="an activation"),
            Quantity("y_hat", "the prediction", domain="probability", role="the prediction"),
        ),
        known=(
            Misconception(
                "output-slope-for-hidden-slope",
                ("y_hat*(1 - y_hat)*x",),
                "The slope that stands there belongs to another neuron. Look at which sigmoid gives z.",
            ),
            Misconception("value-for-slope", ("z*x",), VALUE_FOR_SLOPE),
            Misconception("hidden-slope-left-out", ("x",), HIDDEN_SLOPE_LEFT_OUT),
            Misconception("wrong-variable", ("z*(1 - z)",), BIAS_GRADIENT),
        ),
    ),
    Question(
        "A2-NN-6-w",
        f"{SIGMOID_OUT} {HIDDEN_NEURON} and feeds two outputs ŷ_1, ŷ_2 through v_1, v_2. Give ∂E/∂w.",
        "expression",
        _all_outputs(2),
        practice=True,
        quantities=_outputs(2),
        known=(
            Misconception(
                "output-slope-counted-twice",
                (_all_outputs(2, "(y_hat_{q} - y_{q})*y_hat_{q}*(1 - y_hat_{q})*v_{q}"),),
                OUTPUT_SLOPE_TWICE,
            ),
            *_several_outputs(2),
        ),
    ),
    Question(
        "A2-NN-7-L",
        "A softmax over three classes gives ŷ_1, ŷ_2, ŷ_3 for the one-hot label y_1, y_2, y_3. Give the categorical "
        "cross-entropy of one sample.",
        "expression",
        CROSS_ENTROPY,
        practice=True,
        also=("-log(" + " + ".join(f"y_{j}*y_hat_{j}" for j in THREE) + ")",),
        quantities=(
            *(Quantity(f"y_{j}", f"label, entry {j}", domain="probability", role="a label") for j in THREE),
            *(Quantity(f"y_hat_{j}", f"predicted probability of class {j}", domain="probability") for j in THREE),
        ),
        known=(
            Misconception(
                "entropy-of-the-prediction",
                (
                    " + ".join(f"y_hat_{j}*log(y_hat_{j})" for j in THREE),
                    "-(" + " + ".join(f"y_hat_{j}*log(y_hat_{j})" for j in THREE) + ")",
                ),
                "The truth does not occur in your loss. Look at what stands in front of each logarithm.",
            ),
            Misconception(
                "label-inside-the-logarithm",
                ("-(" + " + ".join(f"y_hat_{j}*log(y_{j})" for j in THREE) + ")",),
                "A label can be 0. Look at what the logarithm makes of it.",
            ),
            Misconception(
                "every-class-counted",
                ("-(" + " + ".join(f"log(y_hat_{j})" for j in THREE) + ")",),
                "Only one of the classes is the true one. Look at how the loss knows which.",
            ),
            Misconception(
                "binary-terms-added",
                ("-(" + " + ".join(f"y_{j}*log(y_hat_{j}) + (1 - y_{j})*log(1 - y_hat_{j})" for j in THREE) + ")",),
                "That treats the classes as three separate yes-or-no questions. A softmax makes one choice.",
            ),
        ),
    ),
    Question(
        "A2-NN-7-chain",
        "With a softmax output and categorical cross-entropy, the difference ŷ − y is the derivative of the loss with "
        "respect to which quantity?",
        "choice",
        "scores",
        practice=True,
        choices={
            "predictions": "the predictions ŷ",
            "scores": "the scores (logits) that enter the softmax",
            "weights": "the weights of the output layer",
        },
        choice_aliases={
            "logits": "scores",
            "logit": "scores",
            "the logits": "scores",
            "score": "scores",
            "prediction": "predictions",
            "y_hat": "predictions",
        },
        known=(
            Misconception(
                "softmax-step-skipped",
                ("predictions",),
                "Differentiate the loss with respect to one prediction: a quotient comes out. Then pass the softmax.",
            ),
            Misconception(
                "one-link-too-far", ("weights",), "Compare shapes: that gradient is a matrix, the difference a column."
            ),
        ),
    ),
    Question(
        "A2-NN-7-v",
        f"{SOFTMAX_OUT} A hidden neuron with activation z feeds the score of one class through the weight v; its "
        "prediction is ŷ, its label entry y. Give ∂E/∂v.",
        "expression",
        "sum((y_hat - y)*z)",
        practice=True,
        quantities=ONE_OUTPUT,
        known=(
            Misconception("stops-at-the-prediction", ("sum(-y/y_hat*z)", "-sum(y*z/y_hat)"), STOPS_AT_THE_PREDICTION),
            *_output_weight(SOFTMAX_SLOPE),
        ),
    ),
    Question(
        "A2-NN-7-w",
        f"{SOFTMAX_OUT} {HIDDEN_NEURON} and feeds the scores of three classes through v_1, v_2, v_3. Give ∂E/∂w.",
        "expression",
        _all_outputs(3),
        practice=True,
        quantities=_outputs(3),
        known=(
            Misconception(
                "output-slope-counted-twice",
                (_all_outputs(3, "(y_hat_{q} - y_{q})*y_hat_{q}*(1 - y_hat_{q})*v_{q}"),),
                SOFTMAX_SLOPE,
            ),
            *_several_outputs(3),
        ),
    ),
)

QUESTIONS = (*ASSIGNMENT, *STACK, *BONUS, *NETWORKS)
