"""Questions on the worked 2-3-1 network of Assignment 2: forward pass, gradients, vector form, one step of descent.

No result is typed here: each truth is a formula in the weights and samples below, and `judge` evaluates it in 120-digit
arithmetic. All questions are for practice, one mark each.
"""

import math
import operator
from decimal import Decimal
from fractions import Fraction

from course_utils.check.bank.practice import PREACTIVATION, SQUARED_SLOPE, TERMS, WITH_HALF, ask
from course_utils.check.questions import Quantity

FOUR_DIGITS = Fraction(1, 10_000)
SIX_DIGITS = Fraction(5, 1_000_000)
SEVEN_DIGITS = Fraction(1, 1_000_000)

# Row j: bias and two weights of hidden neuron j + 1. Then v_0 … v_3, and the samples x_1, x_2, y.
HIDDEN_WEIGHTS = (("0.01", "0.02", "0.03"), ("0.03", "0.01", "0.02"), ("0.02", "0.03", "0.01"))
OUTPUT_WEIGHTS = ("0.01", "0.02", "0.03", "0.04")
SAMPLES = ((1, 2, 8), (1, 3, 11), (2, 2, 10))
NEURONS = (1, 2, 3)

WORKED = (
    "The 2-3-1 network: hidden neuron j has a_j = w_j0 + w_j1 x_1 + w_j2 x_2 and z_j = σ(a_j); the output is linear, "
    "ŷ = v_0 + v_1 z_1 + v_2 z_2 + v_3 z_3. Weights (w_j0, w_j1, w_j2): neuron 1 (0.01, 0.02, 0.03), neuron 2 (0.03, "
    "0.01, 0.02), neuron 3 (0.02, 0.03, 0.01); v = (0.01, 0.02, 0.03, 0.04). Samples (x_1, x_2), y: (1, 2), 8; (1, 3), "
    "11; (2, 2), 10. "
)
NO_HALF = "The loss is L = Σ (y − ŷ)² over the three samples, without a ½. "
DIGITS = " At least six significant digits; round only at the end."
FEWER_DIGITS = " Four significant digits; round only at the end."


def argument(j, s, bias=True):
    """Return a_j of sample s, as an exact decimal."""
    w0, w1, w2 = map(Decimal, HIDDEN_WEIGHTS[j - 1])
    x1, x2, _ = SAMPLES[s - 1]
    return str(w0 * bias + w1 * x1 + w2 * x2)


def activation(j, s):
    """Return the formula of z_j for sample s."""
    return f"sigma({argument(j, s)})"


def prediction(s, order=NEURONS):
    """Return the formula of ŷ for sample s; `order` says whose activation meets v_1, v_2, v_3."""
    v0, *v = OUTPUT_WEIGHTS
    return f"({v0} + {' + '.join(f'{weight}*{activation(j, s)}' for weight, j in zip(v, order, strict=True))})"


def residual(s, target=None):
    """Return the formula of ŷ − y for sample s."""
    return f"({prediction(s)} - {target or SAMPLES[s - 1][2]})"


def slope(j, s):
    """Return the formula of σ′ at a_j for sample s."""
    return f"{activation(j, s)}*(1 - {activation(j, s)})"


def summed(term):
    """Return the sum over the samples of a formula."""
    return " + ".join(term(s) for s in (1, 2, 3))


def column(term):
    """Return the column with one formula for each sample."""
    return f"[{', '.join(term(s) for s in (1, 2, 3))}]"


def entry(s, k):
    """Return input k of sample s; input 0 is one."""
    return (1, *SAMPLES[s - 1])[k]


def number(question_id, wanted, truth, known, digits=SIX_DIGITS, setting=WORKED):
    """Return a question on one number of the network."""
    asked = DIGITS if digits < FOUR_DIGITS else FEWER_DIGITS
    return ask(question_id, f"{setting}Give {wanted}.{asked}", "number", truth, known, tolerance=digits)


def activation_question(question_id, j, s, digits=SIX_DIGITS, known=()):
    """Return the question for z_j of sample s."""
    others = tuple(activation(k, s) for k in NEURONS if k != j)
    without_bias = f"sigma({argument(j, s, bias=False)})"
    mistakes = [
        *known,
        ("activations-exchanged", others, "That is the activation of another neuron. Look at whose weights you used."),
        ("sigmoid-left-out", (argument(j, s),), "That is the argument. The activation function comes after it."),
        ("slope-for-activation", (slope(j, s),), "That is the derivative of the sigmoid there, not its value."),
    ]
    if without_bias not in others:
        mistakes.append(("bias-left-out", (without_bias,), "Look at the term that no input multiplies."))
    return number(question_id, f"z_{j} for sample {s}", activation(j, s), mistakes, digits)


def prediction_question(question_id, s, wanted="ŷ", digits=SIX_DIGITS, known=()):
    """Return the question for ŷ of sample s."""
    mistakes = [
        *known,
        (
            "activations-exchanged",
            (prediction(s, (2, 1, 3)),),
            "Two activations have changed places. Look at which weight multiplies which activation.",
        ),
        (
            "sigmoid-on-the-output",
            (f"sigma({prediction(s)})",),
            "The output neuron is linear: a sigmoid could never come near the targets.",
        ),
        (
            "activation-for-prediction",
            (activation(1, s),),
            "That is an activation of the hidden layer. One layer is still to come.",
        ),
        ("bias-left-out", (f"{prediction(s)} - 0.01",), "Look at the term that no activation multiplies."),
    ]
    return number(question_id, f"{wanted} for sample {s}", prediction(s), mistakes, digits)


def loss_question(question_id, s, digits=SIX_DIGITS, known=()):
    """Return the question for (y − ŷ)² of sample s."""
    square = f"({residual(s)})**2"
    mistakes = [
        *known,
        ("half-convention", (f"({square})/2",), "This loss carries no ½."),
        ("residual-not-squared", (f"-{residual(s)}", residual(s)), "That is the residual. The loss squares it."),
    ]
    if digits < FOUR_DIGITS:
        exchanged = f"({prediction(s, (2, 1, 3))} - {SAMPLES[s - 1][2]})**2"
        hint = "Your prediction has two activations in the wrong places."
        mistakes.append(("activations-exchanged", (exchanged,), hint))
    setting = WORKED + "The loss of one sample is (y − ŷ)², without a ½. "
    return number(question_id, f"the loss of sample {s}", square, mistakes, digits, setting)


def arguments_question(question_id, s, neurons, wanted):
    """Return the question for the arguments of σ."""
    truth = f"[{', '.join(argument(j, s) for j in neurons)}]"
    swapped = f"[{', '.join(argument(j, s) for j in reversed(neurons))}]"
    scaled = f"[{', '.join(f'10*{argument(j, s)}' for j in neurons)}]"
    return ask(
        question_id,
        f"{WORKED}Give the arguments of σ for sample {s}, as a column: {wanted}.",
        "matrix",
        truth,
        [
            ("activations-exchanged", (swapped,), "The numbers are there. Look at which neuron each belongs to."),
            ("decimal-point", (scaled,), "The digits are right, but the decimal point is not where it belongs."),
            (
                "bias-left-out",
                (f"[{', '.join(argument(j, s, bias=False) for j in neurons)}]",),
                "Look at the term that no input multiplies.",
            ),
        ],
        tolerance=SIX_DIGITS,
    )


COPIED = "Close to the right value, but a digit differs. Compare with your calculator digit by digit."
ESTIMATE = "Estimate first: four small terms are added, and none of them is above one tenth."
SHIFTED = ("decimal-point", ("10*" + prediction(3),), ESTIMATE)
CUT_OFF = "A number was cut off, not rounded. Look at the first digit that was dropped."
MISREAD = ("truncated-or-misread", ("0.5223",), "Look at the fourth decimal, and at the digit after it.")

FORWARD = (
    *(activation_question(f"A2-CG-12b-s1-z{j}", j, 1) for j in NEURONS),
    prediction_question("A2-CG-12b-s1-y", 1),
    loss_question("A2-CG-12b-s1-L", 1),
    activation_question("A2-CG-12b-s2-z1", 1, 2),
    activation_question("A2-CG-12b-s2-z2", 2, 2),
    arguments_question("A2-CG-12b-s2-arg", 2, (2, 1), "first of neuron 2, then of neuron 1"),
    activation_question("A2-CG-12b-s2-z3", 3, 2),
    prediction_question("A2-CG-12b-s2-sub", 2, "the value of the substitution 0.01 + 0.02·z_1 + 0.03·z_2 + 0.04·z_3"),
    prediction_question("A2-CG-12b-s2-y", 2),
    loss_question("A2-CG-12b-s2-L", 2, SEVEN_DIGITS, [("digit-slip", ("119.74559",), COPIED)]),
    activation_question("A2-CG-12b-s3-z1", 1, 3),
    activation_question("A2-CG-12b-s3-z2", 2, 3, known=[("digit-slip", ("0.522184",), COPIED)]),
    activation_question("A2-CG-12b-s3-z3", 3, 3, known=[("digit-slip", ("0.524999",), COPIED)]),
    arguments_question("A2-CG-12b-s3-arg", 3, NEURONS, "of neurons 1, 2 and 3"),
    prediction_question("A2-CG-12b-s3-y", 3, known=[SHIFTED]),
    prediction_question("A2-CG-12b-s3-yb", 3, "the prediction ŷ that enters the gradients", known=[SHIFTED]),
    loss_question(
        "A2-CG-12b-s3-L",
        3,
        known=[
            ("prediction-misplaced", (f"(10*{prediction(3)} - 10)**2",), "The decimal point of your ŷ is misplaced.")
        ],
    ),
)

# Gradients of the summed loss --------------------------------------------------------------------------------------


def v_term(k, s, z=None):
    """Return 2(ŷ − y) z_k for sample s; z_0 is one."""
    return f"2*{residual(s)}*{z or (activation(k, s) if k else '1')}"


def w_term(j, k, s):
    """Return 2(ŷ − y) v_j z_j (1 − z_j) x_k for sample s; x_0 is one."""
    return f"2*{residual(s)}*{OUTPUT_WEIGHTS[j]}*{slope(j, s)}*{entry(s, k)}"


LAST_STEPS = "Compare your terms one by one: each sample brings its own residual, activation and input."
DESCENT_RESIDUAL = (
    "The derivative of (y − ŷ)² by ŷ has an inner derivative and a factor from the square. Look for both in your work."
)


def v_question(k):
    """Return the question for ∂L/∂v_k, summed."""
    truth = summed(lambda s: v_term(k, s))
    known = [
        ("turned-residual-without-two", (f"-({truth})/2",), DESCENT_RESIDUAL),
        ("first-sample-only", (v_term(k, 1),), "That is one sample. The loss adds up three."),
        ("averaged-not-summed", (f"({truth})/3",), "The loss is a sum over the samples. Look at what you divided by."),
    ]
    if k:
        rounded = ("0.522", "0.530", "0.527", "0.520", "0.525", "0.522", "0.517", "0.520", "0.525")[3 * k - 3 : 3 * k]
        coarse = summed(lambda s: v_term(k, s, rounded[s - 1]))
        known += [
            ("rounded-too-early", (coarse, f"-({coarse})/2"), "Activations with three decimals spoil the last digits."),
            (
                "activation-left-out",
                (summed(lambda s: v_term(0, s)),),
                "That belongs to the bias. Look at what this weight multiplies.",
            ),
        ]
    else:
        known += [
            ("residual-still-squared", (summed(lambda s: f"{residual(s)}**2"),), "That is the loss. Differentiate it.")
        ]
    return number(f"A2-CG-12c-v{k}", f"∂L/∂v_{k}", truth, known, setting=WORKED + NO_HALF)


def w_question(j, k):
    """Return the question for ∂L/∂w_jk, summed."""
    truth = summed(lambda s: w_term(j, k, s))
    v = OUTPUT_WEIGHTS[j]
    without_slope = summed(lambda s: f"2*{residual(s)}*{v}*{activation(j, s)}*{entry(s, k)}")
    known = [
        ("turned-residual-without-two", (f"-({truth})/2",), DESCENT_RESIDUAL),
        (
            "one-minus-activation-left-out",
            (without_slope, f"-({without_slope})/2"),
            "The derivative of the sigmoid has two factors. One of them is missing.",
        ),
        (
            "output-weight-left-out",
            (f"({truth})/{v}",),
            "The gradient passes through the output neuron before it arrives here. Look at what it meets there.",
        ),
        (
            "activation-of-one-sample",
            (summed(lambda s: f"2*{residual(s)}*{v}*{slope(j, 1)}*{entry(s, k)}"),),
            "You used the activation of the first sample for all of them. " + LAST_STEPS,
        ),
        ("first-sample-only", (w_term(j, k, 1),), "That is one sample. The loss adds up three."),
    ]
    if k:
        of_the_bias = summed(lambda s: w_term(j, 0, s))
        known += [
            (
                "input-left-out",
                (of_the_bias, f"-({of_the_bias})/2"),
                "That belongs to the bias, or an input was taken to be one. Look at what this weight multiplies.",
            )
        ]
    return number(f"A2-CG-12c-w{j}{k}", f"∂L/∂w_{j}{k}", truth, known, setting=WORKED + NO_HALF)


V_GRADIENT = (
    f"2*[[1, 1, 1], {', '.join(f'[{activation(j, 1)}, {activation(j, 2)}, {activation(j, 3)}]' for j in NEURONS)}]"
    f"*({column(prediction)} - [8, 11, 10])"
)
ROW_2 = f"[[1, 1, 1], [1, 1, 2], [2, 3, 2]]*{column(lambda s: f'-{residual(s)}*{OUTPUT_WEIGHTS[2]}*{slope(2, s)}')}"
FORMS = (
    TERMS,
    Quantity("x", "the input that the weight multiplies", "sequence"),
    Quantity("y", "targets", "sequence"),
    Quantity("y_hat", "predictions ŷ", "sequence"),
    Quantity("z", "activations of the hidden neuron", "sequence", domain="probability"),
    Quantity("v", "output weight of that neuron", role="the output weight"),
)
FORM_V, FORM_W = "2*sum((y_hat - y)*z)", "2*sum((y_hat - y)*v*z*(1 - z)*x)"
FORM_SETTING = (
    "A network with sigmoid hidden neurons and a linear output has the loss L = Σ (y − ŷ)² over the samples, without a "
    "½. "
)
TURNED = f"{FORM_SETTING}Look at one hidden neuron: z is its activation, v its output weight. "
FORM_W_KNOWN = [
    ("half-convention", (f"({FORM_W})/2",), WITH_HALF),
    ("turned-residual", (f"-({FORM_W})", f"-({FORM_W})/2"), DESCENT_RESIDUAL),
    (
        "residual-left-out",
        ("sum(v*z*(1 - z)*x)", "2*sum(v*z*(1 - z)*x)"),
        "How wrong the prediction is must appear in the gradient. Look for the upstream factor.",
    ),
    (
        "one-minus-activation-left-out",
        ("2*sum((y_hat - y)*v*z*x)", "sum((y_hat - y)*v*z*x)"),
        "The derivative of the sigmoid has two factors. One of them is missing.",
    ),
]


def residual_question(question_id, s, wrong_targets):
    """Return the question for y − ŷ of sample s."""
    y = SAMPLES[s - 1][2]
    return number(
        question_id,
        f"the residual y − ŷ of sample {s}",
        f"-{residual(s)}",
        [
            (
                "wrong-target",
                tuple(f"{target} - {prediction(s)}" for target in wrong_targets),
                "That is not the target of this sample. Look it up again.",
            ),
            ("prediction-added", (f"{y} + {prediction(s)}",), "A residual is a difference."),
        ],
    )


def term_question(question_id, s, digits, wrong_target=None):
    """Return the question for one term of w_10 as (y − ŷ) v_1 z_1 (1 − z_1)."""
    truth = f"-{residual(s)}*0.02*{slope(1, s)}"
    known = [
        (
            "one-minus-activation-left-out",
            (f"-{residual(s)}*0.02*{activation(1, s)}",),
            "The derivative of the sigmoid has two factors. One of them is missing.",
        ),
        ("output-weight-left-out", (f"-{residual(s)}*{slope(1, s)}",), "Look for the output weight of this neuron."),
    ]
    if wrong_target:
        known.append(
            (
                "wrong-target",
                (f"-{residual(s, wrong_target)}*0.02*{slope(1, s)}",),
                "That is the target of another sample.",
            )
        )
        known.append(
            (
                "wrong-target-and-slope",
                (f"-{residual(s, wrong_target)}*0.02*{activation(1, s)}",),
                "Two slips: look at the target, and at the derivative of the sigmoid.",
            )
        )
    return number(
        question_id, f"the term (y − ŷ)·v_1·z_1·(1 − z_1) of sample {s}, without a factor 2", truth, known, digits
    )


BACKWARD = (
    ask(
        "A2-CG-12c",
        f"{WORKED}{NO_HALF}Give ∂L/∂v as a column of four, v_0 first.{DIGITS}",
        "matrix",
        V_GRADIENT,
        [
            ("turned-residual-without-two", (f"-({V_GRADIENT})/2",), DESCENT_RESIDUAL),
            ("averaged-not-summed", (f"({V_GRADIENT})/3",), "The loss is a sum over the samples."),
        ],
        tolerance=SIX_DIGITS,
    ),
    ask(
        "A2-CG-12c-form-v",
        TURNED + "Give ∂L/∂v.",
        "expression",
        FORM_V,
        [
            ("half-convention", (f"({FORM_V})/2",), WITH_HALF),
            ("turned-residual", (f"-({FORM_V})", f"-({FORM_V})/2"), DESCENT_RESIDUAL),
            ("activation-left-out", ("2*sum(y_hat - y)",), "That belongs to the bias of the output."),
        ],
        quantities=FORMS,
    ),
    ask(
        "A2-CG-12c-form-w",
        TURNED + "Give ∂L/∂w for the weight that multiplies the input x.",
        "expression",
        FORM_W,
        FORM_W_KNOWN,
        quantities=FORMS,
    ),
    ask(
        "A2-CG-12c-form-w2",
        TURNED + "Write all factors of ∂L/∂w in one sum, for the weight on x.",
        "expression",
        FORM_W,
        FORM_W_KNOWN,
        quantities=FORMS,
    ),
    ask(
        "A2-CG-12c-brk",
        "A sigmoid neuron has z = σ(a) with a = w x + w_0, and x is its input. Give ∂z/∂w.",
        "expression",
        "sigma(a)*(1 - sigma(a))*x",
        [
            (
                "bracket-misplaced",
                ("sigma(a)*(1 - sigma(a)*x)",),
                "The input multiplies the whole derivative. Look at where your bracket closes.",
            ),
            SQUARED_SLOPE,
        ],
        quantities=PREACTIVATION,
    ),
    ask(
        "A2-CG-12c-sign",
        WORKED + NO_HALF + "All predictions lie below their targets, and all inputs and output weights are positive. "
        "Which sign have the gradients with respect to the weights?",
        "choice",
        "below zero",
        [
            (
                "turned-residual",
                ("above zero",),
                "Raise a weight a little: the predictions rise too. Look at what the loss does.",
            ),
            ("sign-undecided", ("both",), "Every factor of the formula has a known sign. Multiply them."),
        ],
        choices={
            "above zero": "each gradient is positive",
            "below zero": "each gradient is negative",
            "both": "some are positive and some are negative",
        },
        choice_aliases={"negative": "below zero", "positive": "above zero", "-": "below zero", "+": "above zero"},
    ),
    residual_question("A2-CG-12c-d1", 1, (11, 10)),
    residual_question("A2-CG-12c-sub2", 2, (1, 8)),
    residual_question("A2-CG-12c-sub2w", 2, (10, 8)),
    *(v_question(k) for k in range(4)),
    term_question("A2-CG-12c-t1", 1, FOUR_DIGITS / 10),
    term_question("A2-CG-12c-t2", 2, FOUR_DIGITS),
    term_question("A2-CG-12c-t2e", 2, FOUR_DIGITS / 10, wrong_target=10),
    term_question("A2-CG-12c-t3e", 3, FOUR_DIGITS / 10, wrong_target=11),
    *(w_question(1, k) for k in range(3)),
    *(w_question(2, k) for k in range(3)),
    ask(
        "A2-CG-12c-w2row",
        WORKED + "For hidden neuron 2, give Σ (y − ŷ)·v_2·z_2·(1 − z_2)·(1, x_1, x_2) over the samples, as a column of "
        "three. No factor 2." + FEWER_DIGITS,
        "matrix",
        ROW_2,
        [
            ("factor-two", (f"2*{ROW_2}",), "The question leaves the factor of the square out."),
            ("residual-sign", (f"-({ROW_2})",), "Look at which way round the residual is written here."),
        ],
        tolerance=5 * FOUR_DIGITS,
    ),
    *(w_question(3, k) for k in range(3)),
)

# Vector form, one sample, and one step of descent ---------------------------------------------------------------------

ONE_SAMPLE = WORKED + "Take sample 1 alone, with the loss L = (y − ŷ)², without a ½. "
Z_1 = f"[{', '.join(activation(j, 1) for j in NEURONS)}]"
DELTA = f"2*{residual(1)}"
V = f"[{', '.join(OUTPUT_WEIGHTS[1:])}]"
W = f"[{', '.join(f'[{w1}, {w2}]' for _, w1, w2 in HIDDEN_WEIGHTS)}]"
TURNED_Y = "Look at which way round the residual stands in the derivative."
OUTER = "The result must have the shape of W. Start from the shapes."
NO_SLOPE = "Look for the derivative of the sigmoid between the output weight and the input."
VECTOR_PROMPT = (
    "A network has a = W x + b with W of shape n × d, z = σ(a), ŷ = v·z + v_0 and a scalar loss; delta = ∂L/∂ŷ. "
)
VECTORS = (
    Quantity("n", "the number of hidden neurons", "size"),
    Quantity("d", "the number of inputs", "size"),
    Quantity("W", "hidden weights, n × d", "matrix", ("n", "d")),
    Quantity("x", "input, a column of d", "matrix", ("d", "1")),
    Quantity("b", "hidden biases, a column of n", "matrix", ("n", "1")),
    Quantity("v", "output weights, a column of n", "matrix", ("n", "1")),
    Quantity("z", "activations, a column of n", "matrix", ("n", "1"), domain="probability"),
    Quantity("delta", "∂L/∂ŷ, a number"),
)

DW = f"{DELTA}*hadamard({V}, hadamard({Z_1}, 1 - {Z_1}))*Matrix([[1, 2]])"

VECTOR_FORM = (
    ask(
        "A2-CG-13d",
        VECTOR_PROMPT + "Give ∂L/∂W. hadamard(u, w) multiplies entry by entry.",
        "matrix",
        "delta*hadamard(v, hadamard(z, 1 - z))*x.T",
        [
            ("sigmoid-slope-left-out", ("delta*v*x.T",), NO_SLOPE),
            ("one-minus-activation-left-out", ("delta*hadamard(v, z)*x.T",), "One factor of σ′ is missing."),
            ("product-for-outer-product", ("delta*W*x",), OUTER),
        ],
        quantities=VECTORS,
    ),
    activation_question("A2-CG-13d-z1", 1, 1, FOUR_DIGITS, [MISREAD]),
    activation_question("A2-CG-13d-z2", 2, 1, FOUR_DIGITS),
    activation_question("A2-CG-13d-z3", 3, 1, FOUR_DIGITS),
    ask(
        "A2-CG-13d-b",
        VECTOR_PROMPT + "Give a.",
        "matrix",
        "W*x + b",
        [("bias-left-out", ("W*x",), "A neuron has one weight that no input multiplies. Look for it.")],
        quantities=VECTORS[:5],
    ),
    ask(
        "A2-CG-13d-out",
        ONE_SAMPLE + "Which function does the output neuron apply to v·z + v_0?",
        "choice",
        "identity",
        [
            ("sigmoid-on-the-output", ("sigmoid",), "The target is 8. Look at which numbers that function can reach."),
            ("softmax-on-the-output", ("softmax",), "There is one output. Look at what a softmax makes of one score."),
        ],
        choices={"identity": "none: the output is linear", "sigmoid": "the sigmoid", "softmax": "the softmax"},
        choice_aliases={"linear": "identity", "none": "identity"},
    ),
    prediction_question("A2-CG-13d-y", 1),
    loss_question("A2-CG-13d-L", 1, digits=FOUR_DIGITS),
    number(
        "A2-CG-13d-dy",
        "∂L/∂ŷ",
        DELTA,
        [
            ("turned-residual", (f"-{DELTA}",), TURNED_Y),
            (
                "activation-for-prediction",
                (f"2*(8 - {activation(1, 1)})", f"2*({activation(1, 1)} - 8)"),
                "You subtracted a hidden activation. Look at what the target is compared with.",
            ),
            ("truncated", ("-15.8",), CUT_OFF),
            ("truncated", ("15.8",), f"{CUT_OFF} Look at the sign as well."),
        ],
        FOUR_DIGITS,
        ONE_SAMPLE,
    ),
    ask(
        "A2-CG-13d-dv",
        f"{ONE_SAMPLE}Give ∂L/∂(v_1, v_2, v_3) as a column.{FEWER_DIGITS}",
        "matrix",
        f"{DELTA}*{Z_1}",
        [
            ("turned-residual", (f"-{DELTA}*{Z_1}",), TURNED_Y),
            ("weight-for-activation", (f"{DELTA}*{V}",), "A product differentiated by one factor leaves the other."),
            ("truncated", (f"-15.8*{Z_1}",), CUT_OFF),
            ("truncated", (f"15.8*{Z_1}",), f"{CUT_OFF} Look at the sign as well."),
        ],
        tolerance=FOUR_DIGITS,
    ),
    number(
        "A2-CG-13d-dv0",
        "∂L/∂v_0",
        DELTA,
        [
            ("turned-residual", (f"-{DELTA}",), TURNED_Y),
            ("truncated", ("-15.8",), CUT_OFF),
            ("truncated", ("15.8",), f"{CUT_OFF} Look at the sign as well."),
            (
                "weight-for-one",
                (f"{DELTA}*0.01",),
                "The derivative of v_0 with respect to itself is a number. Look at what you multiplied with.",
            ),
        ],
        FOUR_DIGITS,
        ONE_SAMPLE,
    ),
    ask(
        "A2-CG-13d-dz",
        ONE_SAMPLE + "Give ∂ŷ/∂z, the local derivative of the output neuron, as a column of three.",
        "matrix",
        V,
        [
            ("hidden-weights-for-output-weights", (W,), "Those weights act before z. Look at the ones that act on z."),
            ("activation-for-weight", (Z_1,), "A product differentiated by one factor leaves the other."),
        ],
        tolerance=SIX_DIGITS,
    ),
    ask(
        "A2-CG-13d-dW",
        f"{ONE_SAMPLE}Give ∂L/∂W, 3 × 2, without the biases.{FEWER_DIGITS}",
        "matrix",
        DW,
        [
            ("turned-residual", (f"-{DW}",), TURNED_Y),
            ("sigmoid-slope-left-out", (f"{DELTA}*{V}*Matrix([[1, 2]])",), NO_SLOPE),
            ("product-for-outer-product", (f"{DELTA}*{W}*[1, 2]", f"-{DELTA}*{W}*[1, 2]"), OUTER),
        ],
        tolerance=FOUR_DIGITS / 10,
    ),
)


def one_step(rate, hidden_moves=True):
    """Return the formula of the loss after one step of gradient descent, on all weights or on v alone."""
    v = [float(weight) for weight in OUTPUT_WEIGHTS]
    w = [[float(weight) for weight in row] for row in HIDDEN_WEIGHTS]
    v_new, w_new = list(v), [list(row) for row in w]
    for x1, x2, y in SAMPLES:
        inputs = (1, x1, x2)
        z = [1 / (1 + math.exp(-sum(map(operator.mul, row, inputs)))) for row in w]
        delta = 2 * (v[0] + sum(map(operator.mul, v[1:], z)) - y)
        v_new = [weight - rate * delta * factor for weight, factor in zip(v_new, (1, *z), strict=True)]
        if hidden_moves:
            for j, row in enumerate(w_new):
                at_a = delta * v[j + 1] * z[j] * (1 - z[j])
                w_new[j] = [weight - rate * at_a * x for weight, x in zip(row, inputs, strict=True)]
    terms = []
    for x1, x2, y in SAMPLES:
        parts = [f"{v_new[j + 1]}*sigma({sum(map(operator.mul, w_new[j], (1, x1, x2)))})" for j in range(3)]
        terms.append(f"({v_new[0]} + {' + '.join(parts)} - {y})**2")
    return " + ".join(terms)


STEP = ask(
    "A2-CG-14",
    f"{WORKED}{NO_HALF}Take one step of gradient descent on all parameters at once, with the learning rate 0.01. Give "
    f"the loss after the step.{DIGITS}",
    "number",
    one_step(0.01),
    [
        ("no-step-taken", (summed(lambda s: f"{residual(s)}**2"),), "That is the loss before the step."),
        ("step-uphill", (one_step(-0.01),), "The loss has grown. Look at the direction of the step."),
        ("half-convention", (one_step(0.005),), "Your gradients belong to a loss with a ½. " + WITH_HALF),
        (
            "output-layer-only",
            (one_step(0.01, hidden_moves=False),),
            "You moved the output weights only. All parameters take part in a step.",
        ),
    ],
    tolerance=SIX_DIGITS,
)
