"""Questions on recurrent networks and gradients through time: parts of question 3 of Assignment 1.

Marks. Question 3 is prose and is marked by a person. What stands here is for practice.
"""

from fractions import Fraction

from course_utils.check.bank.practice import ask
from course_utils.check.questions import Quantity

SIZES = (
    Quantity("m", "the number of inputs at a step", domain="positive", role="a size"),
    Quantity("H", "the number of hidden units", domain="positive", role="a size"),
    Quantity("T", "the number of steps", domain="positive", role="a size"),
)
STEP = (
    Quantity("W", "the recurrent weights, 3 × 3", "matrix", ("3", "3"), role="the recurrent weights"),
    Quantity("a", "the scores of this step, a column of 3", "matrix", ("3", "1"), role="a score"),
    Quantity(
        "h",
        "the state of this step, tanh(a), a column of 3",
        "matrix",
        ("3", "1"),
        definition="tanh(a)",
        role="a state",
    ),
)
UPSTREAM = Quantity("d", "∂L/∂h, over all paths, a column of 3", "matrix", ("3", "1"), role="an upstream gradient")
TWO_STEPS = (
    Quantity("w", "the recurrent weight", role="the recurrent weight"),
    Quantity("h0", "the state at the start", role="a state"),
    Quantity("a1", "input and bias of step 1", role="a score"),
    Quantity("a2", "input and bias of step 2", role="a score"),
    Quantity("h1", "the state after step 1", definition="tanh(w*h0 + a1)", role="a state"),
    Quantity("h2", "the state after step 2", definition="tanh(w*h1 + a2)", role="a state"),
)
FORGET_BIAS = Quantity("b", "the bias of the forget gates", domain="positive", role="a bias")

TWO_STEP_SETTING = "One tanh unit, two steps: h1 = tanh(w h0 + a1), h2 = tanh(w h1 + a2)."
SLOPE_LEFT_OUT = "You passed a tanh without its slope. Look at what the step does after the weighted sum."
VALUE_FOR_SLOPE = "The value of a tanh stands where its slope is needed."
SIGMOID_SLOPE = "That is the slope of a sigmoid. Look at which function makes the state."
OTHER_SIDE = "The factors stand in the wrong order. Look at which of the two is applied last on the way forward."
TRANSPOSED = "Rows are outputs here. That matrix carries gradients back; the one asked for carries changes forward."
NOT_TRANSPOSED = (
    "On the way back, each unit collects from all the units it feeds. Look at what that does to the matrix."
)
IMMEDIATE = (
    "That is the immediate derivative: it treats the state before as a constant. Look at whether that state depends "
    "on the weight as well."
)
SHARED = "An RNN uses one set of weights at every step. Look at whether the length of the sequence can matter."
LATE_STEPS = "The last steps reach the loss by short ways. Look at which of the terms have passed many factors."

QUESTIONS = (
    ask(
        "A1-Q3a",
        "A trained RNN reads a sequence. What is different from one step to the next, besides the input?",
        "choice",
        "state",
        [
            ("weights-per-step", ("weights",), SHARED),
            (
                "nothing-carried",
                ("nothing",),
                "That is a feedforward network over a window. Look at what the update of an RNN takes beside x.",
            ),
        ],
        choices={
            "weights": "the weights: each step has its own",
            "state": "the hidden state",
            "nothing": "nothing: each step is computed by itself",
        },
        choice_aliases={"hidden state": "state", "h": "state", "the state": "state"},
    ),
    ask(
        "A1-Q3a-count",
        "An RNN reads T steps of m inputs with H tanh units, h_t = tanh(W_xh x_t + W_hh h_{t−1} + b). How many "
        "parameters does it have, without a readout?",
        "expression",
        "H*(m + H + 1)",
        [
            ("weights-per-step", ("T*H*(m + H + 1)", "T*H*(m + H)"), SHARED),
            ("bias-left-out", ("H*(m + H)",), "Weights are not all parameters. Look at the last term of the update."),
            (
                "recurrent-weights-left-out",
                ("H*(m + 1)", "H*m"),
                "That is a feedforward layer. Look at what the state before is multiplied with.",
            ),
            (
                "two-biases",
                ("H*(m + H + 2)",),
                "PyTorch keeps two biases where the formula has one. Count what stands in the formula.",
            ),
            (
                "one-recurrent-weight-a-unit",
                ("H*(m + 2)",),
                "Each unit sees the state of every unit, not of itself alone. Look at the shape of W_hh.",
            ),
        ],
        quantities=SIZES,
    ),
    ask(
        "A1-Q3b",
        "A linear recurrent network, h_t = W h_{t−1} + U x_t, where W is 0.9 times an orthogonal matrix. By which "
        "factor "
        "is a gradient multiplied on its way back over 50 steps?",
        "number",
        "(9/10)**50",
        [
            (
                "sum-for-product",
                ("9/10*50",),
                "Steps that follow each other are composed. Look at what the chain rule does with their derivatives.",
            ),
            ("one-step-only", ("9/10",), "That is the factor of one step. Look at how many there are."),
            (
                "one-step-too-few",
                ("(9/10)**49",),
                "Count the passages from one state to the next, not the states between the ends.",
            ),
            (
                "one-step-too-many",
                ("(9/10)**51",),
                "Count the passages from one state to the next, not the states with both ends.",
            ),
            (
                "grows-for-shrinks",
                ("(10/9)**50",),
                "The way back uses the transpose, not the inverse. Look at how long a vector is after one step.",
            ),
            (
                "linear-decay",
                ("1 - 50/10", "0"),
                "A tenth of what is left is lost at each step, not a tenth of what there was at first.",
            ),
        ],
        tolerance=Fraction(1, 10**5),
    ),
    ask(
        "A1-Q3b-jacobian",
        "Three tanh units: a = W h_prev + U x + b, h = tanh(a). Give the Jacobian ∂h/∂h_prev; rows are outputs. You "
        "may "
        "write diag(v) for the diagonal matrix with v on its diagonal.",
        "matrix",
        "diag(1 - hadamard(h, h))*W",
        [
            ("slope-left-out", ("W",), SLOPE_LEFT_OUT),
            ("value-for-slope", ("diag(h)*W",), VALUE_FOR_SLOPE),
            ("sigmoid-slope-for-tanh", ("diag(hadamard(h, 1 - h))*W",), SIGMOID_SLOPE),
            ("factors-in-the-wrong-order", ("W*diag(1 - hadamard(h, h))",), OTHER_SIDE),
            ("transposed", ("W.T*diag(1 - hadamard(h, h))",), TRANSPOSED),
            (
                "weights-left-out",
                ("diag(1 - hadamard(h, h))",),
                "That leads from the scores to the state. One more link leads to the state before.",
            ),
        ],
        quantities=STEP,
    ),
    ask(
        "A1-Q3b-back",
        "Three tanh units: a = W h_prev + U x + b, h = tanh(a), and d = ∂L/∂h is known. Give what reaches h_prev "
        "through "
        "this step, in the shape of h_prev. Write hadamard(u, v) for an entry-by-entry product.",
        "matrix",
        "W.T*hadamard(1 - hadamard(h, h), d)",
        [
            ("not-transposed", ("W*hadamard(1 - hadamard(h, h), d)",), NOT_TRANSPOSED),
            ("slope-left-out", ("W.T*d",), SLOPE_LEFT_OUT),
            ("value-for-slope", ("W.T*hadamard(h, d)",), VALUE_FOR_SLOPE),
            ("sigmoid-slope-for-tanh", ("W.T*hadamard(hadamard(h, 1 - h), d)",), SIGMOID_SLOPE),
            (
                "slope-after-the-weights",
                ("hadamard(1 - hadamard(h, h), W.T*d)",),
                "The way back meets the functions in reverse order. Look at which comes first, tanh or W.",
            ),
        ],
        quantities=(*STEP, UPSTREAM),
    ),
    ask(
        "A1-Q3b-total",
        f"{TWO_STEP_SETTING} Give the total derivative of h2 with respect to w; h0 is a constant.",
        "expression",
        "(1 - h2**2)*(h1 + w*(1 - h1**2)*h0)",
        [
            ("immediate-for-total", ("(1 - h2**2)*h1",), IMMEDIATE),
            (
                "early-term-only",
                ("(1 - h2**2)*w*(1 - h1**2)*h0",),
                "That is what the first use of the weight contributes. The weight is used once more.",
            ),
            (
                "weight-left-out",
                ("(1 - h2**2)*(h1 + (1 - h1**2)*h0)",),
                "What comes from step 1 has to pass from h1 to h2. Look at what h1 is multiplied with there.",
            ),
            ("slope-left-out", ("(1 - h2**2)*(h1 + w*h0)", "h1 + w*(1 - h1**2)*h0", "h1 + w*h0"), SLOPE_LEFT_OUT),
            (
                "product-for-sum",
                ("(1 - h2**2)*h1*w*(1 - h1**2)*h0",),
                "Two uses of one weight are two paths to the loss. Look at what the chain rule does with paths.",
            ),
        ],
        quantities=TWO_STEPS,
    ),
    ask(
        "A1-Q3b-terms",
        "In a tanh RNN with a small W_hh, trained on a loss at the last step, something vanishes. What?",
        "choice",
        "early terms",
        [
            (
                "early-weights",
                ("early weights",),
                "Count the recurrent weight matrices of the network. Then look at what its gradient is a sum of.",
            ),
            ("whole-gradient", ("whole gradient",), LATE_STEPS),
            ("late-terms", ("late terms",), LATE_STEPS),
        ],
        choices={
            "early weights": "the updates of the weights of early steps",
            "early terms": "the terms of early steps in the sum that is the gradient of W_hh",
            "late terms": "the terms of the last steps in that sum",
            "whole gradient": "the gradient of W_hh as a whole",
        },
    ),
    ask(
        "A1-Q3b-rho",
        "A tanh RNN whose W_hh is 1.5 times an orthogonal matrix. What does that say about the gradient on its way "
        "back "
        "over many steps?",
        "choice",
        "may grow",
        [
            (
                "radius-decides",
                ("must grow",),
                "That is so for a linear network. Look at the other factor of the Jacobian, and at how large it can "
                "be.",
            ),
            (
                "slopes-decide",
                ("must vanish",),
                "The slopes are at most 1, but a product with a factor above 1 stands beside them. Ask what small "
                "states do.",
            ),
        ],
        choices={
            "must grow": "it grows as 1.5 to the number of steps",
            "may grow": "it can grow or shrink, and the inputs have a say in it",
            "must vanish": "it vanishes, because the slopes of tanh are below 1",
        },
    ),
    ask(
        "A1-Q3b-slope",
        "All forget gates of an LSTM sit at σ(b). Along the direct path, ∂c_t/∂c_{t−1} = f_t, a gradient passes many "
        "steps. By how much does the natural logarithm of its size change at each step? Write log(...) and sigma(...).",
        "expression",
        "log(sigma(b))",
        [
            (
                "logarithm-left-out",
                ("sigma(b)",),
                "That is the factor of one step. Look at what is asked: the change of the logarithm.",
            ),
            ("bias-for-gate", ("log(b)", "b"), "The bias enters the gate through a function. Look at which."),
            (
                "slope-for-gate",
                ("log(sigma(b)*(1 - sigma(b)))",),
                "The cell is multiplied with the gate itself, not with its slope.",
            ),
            ("gate-inverted", ("log(1 - sigma(b))",), "A gate near 1 keeps the cell. Look at which share is kept."),
        ],
        quantities=(FORGET_BIAS,),
    ),
    ask(
        "A1-Q3e",
        "A machine shows a code at every step; one code in ten is marked as valid, at times that nobody knows "
        "beforehand. "
        "After 30 steps the last valid code is wanted. With equal parameters and training, which network of chapter 7 "
        "is suited best?",
        "choice",
        "LSTM",
        [
            (
                "window-too-short",
                ("MLP",),
                "Ask how far back the last mark can lie, and what a window knows of what lies before it.",
            ),
            (
                "cannot-overwrite",
                ("RNN",),
                "To keep is not enough here. A mark must replace what was kept, and the codes without one must not. "
                "Look "
                "at which network can make that depend on the input.",
            ),
        ],
        choices={"MLP": "an MLP with a window of 10", "RNN": "a tanh RNN", "LSTM": "an LSTM"},
    ),
    ask(
        "A1-Q3e-ann",
        "Pictures of digits whose pixels come in one fixed random order, the same for all. With equal parameters and "
        "few "
        "updates, which network of chapter 7 is suited best?",
        "choice",
        "MLP",
        [
            (
                "memory-for-its-own-sake",
                ("LSTM", "RNN"),
                "The whole picture is there at once. Ask what a network gains by reading it piece by piece, in an "
                "order "
                "that means nothing.",
            )
        ],
        choices={"MLP": "an MLP that sees the whole picture", "RNN": "a tanh RNN", "LSTM": "an LSTM"},
    ),
    ask(
        "A1-Q3e-rnn",
        "One of two symbols, then 50 distractors that mean nothing; at the end, the symbol is wanted. With equal "
        "parameters and 300 updates, which network of chapter 7 is suited best?",
        "choice",
        "orthogonal RNN",
        [
            ("window-too-short", ("MLP",), "Ask how far back the symbol lies, and how far the window reaches."),
            (
                "lstm-always-remembers",
                ("LSTM",),
                "Its gates can learn to hold the symbol. Look at whether they do so in 300 updates, and at which "
                "network has a long memory before it has learned anything.",
            ),
            (
                "start-does-not-matter",
                ("RNN",),
                "Look at the first figure of the chapter: two RNNs stand in it, and the start is all they differ in.",
            ),
        ],
        choices={
            "MLP": "an MLP with a window of 10",
            "RNN": "a tanh RNN with PyTorch's default start",
            "orthogonal RNN": "a tanh RNN with an orthogonal start",
            "LSTM": "an LSTM with forget bias 1",
        },
    ),
)
