"""Questions on how networks are started, sized and trained, from Homework 1 and Assignment 2. All are for practice."""

from course_utils.check.bank.practice import ask
from course_utils.check.questions import Quantity

KEEP = Quantity("p", "the probability that a unit is dropped", domain="probability", role="a probability")
FAN_IN = Quantity("fan_in", "the number of inputs of a unit", domain="positive", role="the fan-in")
SCALE = Quantity("s", "the standard deviation of the weights", domain="positive", role="the scale of the weights")

VARIANCE_HINT = "Variances add up over the inputs, and you give a variance. Look at what turns it into a deviation."
NO_FAN_IN_HINT = "A unit with more inputs adds up more terms. Look at how the size of a sum grows with their number."
UPSIDE_DOWN_HINT = "With more inputs the weights must get smaller, not larger. Look at which way your formula goes."

HOMEWORK = (
    ask(
        "H1-Q1-activation",
        "The universal approximation theorem holds for all but one of these activations. For which one can networks "
        "with one hidden layer not come close to every continuous function on [-1, 1], however wide they are?",
        "choice",
        "z**2",
        [
            (
                "bounded-activation-needed",
                ("relu",),
                "An activation may grow without bound. The interval must be bounded, and that is another matter.",
            ),
            (
                "smooth-activation-needed",
                ("sigmoid", "tanh"),
                "A smooth activation that flattens at both ends is the case that was proved first. Ask which of the "
                "four gives only functions of one simple kind, however many are added up.",
            ),
        ],
        choices={
            "sigmoid": "the sigmoid",
            "tanh": "the hyperbolic tangent",
            "relu": "the larger of z and 0",
            "z**2": "the square",
        },
        choice_aliases={"square": "z**2", "z^2": "z**2", "quadratic": "z**2", "z²": "z**2", "polynomial": "z**2"},
    ),
    ask(
        "H1-Q6-diagnosis",
        "The smallest possible mean squared error (the noise) is 0.09. A network has 0.02 on its training data and "
        "0.60 on new data. What is most likely to help?",
        "choice",
        "more data",
        [
            (
                "capacity-against-variance",
                ("more units",),
                "The training error is below the noise already. Look at which of the two errors is far too large.",
            ),
            (
                "training-against-variance",
                ("more steps",),
                "More steps lower the training error. Look at whether that is the error that is too large.",
            ),
            (
                "nothing-to-mend",
                ("nothing",),
                "A small training error is no aim in itself. Compare the error on new data with the noise.",
            ),
        ],
        choices={
            "more units": "a wider hidden layer",
            "more steps": "longer training",
            "more data": "more training data",
            "nothing": "nothing needs mending, the training error is small",
        },
    ),
    ask(
        "H1-Q8",
        "In training, dropout sets the output a of a unit to zero with probability p and multiplies it by a factor "
        "otherwise, so that its mean stays a. Give that factor.",
        "expression",
        "1/(1 - p)",
        [
            (
                "scaled-at-test-time",
                ("1 - p",),
                "That factor belongs to the other convention, where the outputs are scaled at test time. Put yours "
                "into the mean and see whether a comes out.",
            ),
            (
                "drop-for-keep",
                ("1/p",),
                "Your factor belongs to a unit that is kept with probability p. Look at which of the two events p is.",
            ),
            (
                "not-scaled",
                ("1",),
                "Then the mean of the output shrinks when units are dropped. Write the mean as a sum of two cases.",
            ),
            (
                "first-order-only",
                ("1 + p",),
                "That is nearly right for small p only. Set the mean equal to a and solve.",
            ),
            (
                "drop-probability-for-factor",
                ("p",),
                "That is the probability of the other event. Write the mean as a sum of two cases.",
            ),
        ],
        quantities=(KEEP,),
    ),
    ask(
        "H1-Q8-unit",
        "A dropout layer with p = 0.3 follows a layer of ten units. How many of them are zero in one training step?",
        "choice",
        "varies",
        [
            (
                "fixed-share",
                ("three",),
                "Three is what you get on average. Ask whether the units know of each other when they are drawn.",
            ),
            (
                "share-kept",
                ("seven",),
                "p is the probability of being dropped. And ask whether the number is the same at every step.",
            ),
            ("test-mode", ("none",), "That is so at test time. Look at what is asked: a step of training."),
        ],
        choices={
            "three": "exactly three, drawn anew at every step",
            "seven": "exactly seven, drawn anew at every step",
            "varies": "a number that varies from step to step, three on average",
            "none": "none, the outputs are only scaled",
        },
        choice_aliases={"3": "three", "7": "seven", "0": "none"},
    ),
    ask(
        "H1-Q9-count",
        "A network has m inputs, one hidden layer of H units and k outputs, fully connected. How many parameters does "
        "training learn?",
        "expression",
        "H*(m + 1) + k*(H + 1)",
        [
            (
                "biases-left-out",
                ("H*m + k*H",),
                "Weights are not all that training changes. Look at what each unit adds.",
            ),
            (
                "output-biases-left-out",
                ("H*(m + 1) + k*H",),
                "You counted what the hidden units add to their sums. Look at the outputs too.",
            ),
            (
                "hidden-biases-left-out",
                ("H*m + k*(H + 1)",),
                "You counted what the outputs add to their sums. Look at the hidden units too.",
            ),
            (
                "one-bias-for-each-layer",
                ("H*m + k*H + 2",),
                "You gave each layer one number to add. Look at whether all its units share it.",
            ),
            (
                "units-for-parameters",
                ("m + H + k", "H + k"),
                "You counted units. A parameter sits on every connection between two of them.",
            ),
        ],
        quantities=(
            Quantity("m", "the number of inputs", domain="positive"),
            Quantity("H", "the number of hidden units", domain="positive"),
            Quantity("k", "the number of outputs", domain="positive"),
        ),
    ),
)

ASSIGNMENT_2 = (
    ask(
        "A2-NN-8",
        "All weights and biases that enter the hidden units start at one constant, and all weights that leave them at "
        "another. How many different hidden units are there after training with Adam on the full data?",
        "choice",
        "one",
        [
            (
                "training-tells-them-apart",
                ("all",),
                "Exchange two hidden units: nothing changes. Look at whether their gradients can differ.",
            ),
            (
                "optimiser-tells-them-apart",
                ("two",),
                "Adam scales each weight by the history of its own gradients. Look at whether those histories differ.",
            ),
        ],
        choices={
            "one": "one: all of them stay identical",
            "two": "two or a few: the optimiser tells some of them apart",
            "all": "as many as there are units: training tells them apart",
        },
        choice_aliases={"1": "one", "identical": "one", "2": "two", "different": "all"},
    ),
    ask(
        "A2-NN-8-scale",
        "A linear unit adds up fan_in inputs, each multiplied by a weight; the weights are independent, with mean "
        "zero. Which standard deviation of the weights makes the mean square of the output equal "
        "to that of the inputs?",
        "expression",
        "1/sqrt(fan_in)",
        [
            ("variance-for-deviation", ("1/fan_in",), VARIANCE_HINT),
            (
                "relu-scale",
                ("sqrt(2/fan_in)",),
                "That scale makes up for an activation that cuts off half. Look at whether there is one here.",
            ),
            ("fan-in-upside-down", ("sqrt(fan_in)", "fan_in"), UPSIDE_DOWN_HINT),
            (
                "as-small-as-possible",
                ("0",),
                "Then every output is zero too. Look at what happens to the signal when the weights are too small.",
            ),
            ("fan-in-left-out", ("1",), NO_FAN_IN_HINT),
        ],
        quantities=(FAN_IN,),
    ),
    ask(
        "A2-NN-8-scale-relu",
        "The inputs of a layer of fan_in units are outputs of ReLUs, whose arguments are symmetric around zero. Which "
        "standard deviation of the weights, independent and with mean zero, keeps the mean square of the arguments the "
        "same from layer to layer?",
        "expression",
        "sqrt(2/fan_in)",
        [
            ("variance-for-deviation", ("2/fan_in",), VARIANCE_HINT),
            (
                "linear-scale",
                ("1/sqrt(fan_in)",),
                "That is the scale without an activation. Look at how much of the mean square a ReLU lets through.",
            ),
            (
                "two-outside-the-root",
                ("2/sqrt(fan_in)",),
                "The ReLU halves the mean square, not the size. Look at whether the factor stands under the root.",
            ),
            (
                "half-instead-of-double",
                ("1/sqrt(2*fan_in)", "sqrt(1/2)/sqrt(fan_in)"),
                "The ReLU takes something away. Look at whether the weights must make up for it or take away more.",
            ),
            ("fan-in-upside-down", ("sqrt(2*fan_in)", "sqrt(fan_in/2)"), UPSIDE_DOWN_HINT),
        ],
        quantities=(FAN_IN,),
    ),
    ask(
        "A2-NN-8-scale-depth",
        "A signal passes three linear layers of equal width. Each unit has fan_in inputs and weights of mean zero and "
        "standard deviation s. By which factor do you expect the root mean square of the signal to have changed at the "
        "end?",
        "expression",
        "(s*sqrt(fan_in))**3",
        [
            (
                "layers-added-up",
                ("3*s*sqrt(fan_in)",),
                "Each layer multiplies what the one before it returns. Look at what that makes of three equal factors.",
            ),
            (
                "root-left-out",
                ("(s*fan_in)**3",),
                "Terms of either sign partly cancel. Look at how the size of a sum of independent terms grows.",
            ),
            (
                "mean-square-for-its-root",
                ("(s**2*fan_in)**3",),
                "That is the factor of the mean square. The question asks for its root.",
            ),
            ("fan-in-left-out", ("s**3",), NO_FAN_IN_HINT),
            ("one-layer-only", ("s*sqrt(fan_in)",), "That is what one layer does. Look at how many there are."),
        ],
        quantities=(FAN_IN, SCALE),
    ),
)

QUESTIONS = (*HOMEWORK, *ASSIGNMENT_2)
