"""Questions on artificial neurons, from Assignment 2: discriminants, sigmoid, softmax, cross-entropy. For practice."""

from fractions import Fraction

from course_utils.check.bank.practice import ask
from course_utils.check.questions import Quantity

FOUR_DIGITS = Fraction(1, 10_000)
SEVEN_DIGITS = Fraction(1, 10_000_000)

# --- scores and distances --------------------------------------------------------------------------------------------

EXAMPLE = "A linear discriminant is g(x) = 1 + 2 x1 + 3 x2."
BIAS_IS_NO_DIRECTION = "One entry comes from the bias. Look at which coefficients multiply an input."
ALONG_THE_LINE = "Along that vector the score does not change. Look for the direction in which it changes most."
NORM_BELOW = "Walk from the origin along the normal until the score is zero, and look at how long each step is."
BIAS_IN_THE_NORM = "The norm is that of the direction in the plane. Look at whether the bias is part of it."
NOT_UNIT = "Compute the length of your vector."

GEOMETRY = (
    ask(
        "A2-AN-1",
        "A linear discriminant has the weights w = (0.1, 0.2, 0.3), the bias first. Give its value at x = (1, 1).",
        "number",
        "1/10 + 2/10*1 + 3/10*1",
        [
            ("bias-left-out", ("0.5",), "Count the weights and the inputs: one weight has no input of its own."),
            ("inputs-left-out", ("0.1",), "That is the score at the origin. Look at what the inputs add."),
            ("probability-for-score", ("sigma(0.6)",), "The discriminant is the sum before any activation."),
        ],
        tolerance=SEVEN_DIGITS,
    ),
    ask(
        "A2-AN-2",
        "The normal vector w of a linear discriminant g points to one side of the decision boundary. Give the sign of "
        "g on that side, on the other side, and on the boundary itself, in this order.",
        "choice",
        "positive, negative, zero",
        [
            (
                "sides-exchanged",
                ("negative, positive, zero",),
                "Take one step along w from a point of the boundary, and compute how g has changed.",
            ),
            (
                "boundary-is-a-class",
                ("positive, negative, positive",),
                "A classifier may give the boundary to either class. The question is the score there.",
            ),
            (
                "score-read-as-probability",
                ("positive, zero, one half",),
                "Those look like probabilities. The discriminant is the score before any activation.",
            ),
        ],
        choices={
            "positive, negative, zero": "g > 0, g < 0, g = 0",
            "negative, positive, zero": "g < 0, g > 0, g = 0",
            "positive, negative, positive": "g > 0, g < 0, g > 0",
            "positive, zero, one half": "g > 0, g = 0, g = 1/2",
        },
    ),
    ask(
        "A2-AN-3",
        "A linear discriminant is g(x) = b0 + b1 x1 + b2 x2, and b1, b2 are not both zero. Give the distance of its "
        "decision boundary from the origin.",
        "expression",
        "abs(b0)/sqrt(b1**2 + b2**2)",
        [
            ("bias-for-distance", ("b0", "abs(b0)", "-b0"), NORM_BELOW),
            (
                "distance-without-absolute-value",
                ("b0/sqrt(b1**2 + b2**2)", "-b0/sqrt(b1**2 + b2**2)"),
                "A distance is never negative. Try a bias of either sign.",
            ),
            (
                "norm-squared",
                ("abs(b0)/(b1**2 + b2**2)", "b0/(b1**2 + b2**2)"),
                "Multiply all three coefficients by 2: the line stays, and your distance changes.",
            ),
            (
                "bias-in-the-norm",
                ("abs(b0)/sqrt(b0**2 + b1**2 + b2**2)", "b0/sqrt(b0**2 + b1**2 + b2**2)"),
                BIAS_IN_THE_NORM,
            ),
            (
                "sum-for-norm",
                ("abs(b0)/(abs(b1) + abs(b2))", "b0/(b1 + b2)", "abs(b0)/abs(b1 + b2)"),
                "The length of a vector is not the sum of its entries. Look at the denominator.",
            ),
            (
                "distance-along-an-axis",
                ("abs(b0/b1)", "abs(b0/b2)", "-b0/b1", "-b0/b2"),
                "That is where the line meets an axis. The nearest point lies elsewhere.",
            ),
        ],
        quantities=(
            Quantity("b0", "the bias"),
            Quantity("b1", "the weight of x1", role="a weight"),
            Quantity("b2", "the weight of x2", role="a weight"),
        ),
    ),
    ask(
        "A2-AN-4-n",
        f"{EXAMPLE} Read off the normal vector of its decision boundary, unscaled, as a list of two.",
        "matrix",
        "[2, 3]",
        [
            ("bias-for-weight", ("[1, 2]", "[1, 3]", "[1, 2, 3]"), BIAS_IS_NO_DIRECTION),
            ("along-the-boundary", ("[3, -2]", "[-3, 2]"), ALONG_THE_LINE),
            ("entries-exchanged", ("[3, 2]",), "Look at which coefficient belongs to which input."),
        ],
    ),
    ask(
        "A2-AN-4-unit",
        f"{EXAMPLE} Give the unit normal vector on the side where g grows, as a list of two, exactly or to four "
        "decimals.",
        "matrix",
        "[2/sqrt(13), 3/sqrt(13)]",
        [
            ("bias-for-weight", ("[1/sqrt(13), 3/sqrt(13)]", "[1/sqrt(13), 2/sqrt(13)]"), BIAS_IS_NO_DIRECTION),
            ("not-normalised", ("[2, 3]", "[2/13, 3/13]"), NOT_UNIT),
            ("sum-for-norm", ("[2/5, 3/5]",), NOT_UNIT),
            ("bias-in-the-norm", ("[2/sqrt(14), 3/sqrt(14)]",), f"{BIAS_IN_THE_NORM} {NOT_UNIT}"),
            ("along-the-boundary", ("[3/sqrt(13), -2/sqrt(13)]", "[-3/sqrt(13), 2/sqrt(13)]"), ALONG_THE_LINE),
            ("entries-exchanged", ("[3/sqrt(13), 2/sqrt(13)]",), "Look at which coefficient belongs to which input."),
        ],
        tolerance=FOUR_DIGITS,
    ),
    ask(
        "A2-AN-4-dist",
        f"{EXAMPLE} Give the distance of its decision boundary from the origin, exactly or to four decimals.",
        "number",
        "1/sqrt(13)",
        [
            ("bias-for-distance", ("1",), NORM_BELOW),
            ("norm-squared", ("1/13",), "A length is the root of a sum of squares. Look at what you divide by."),
            ("bias-in-the-norm", ("1/sqrt(14)",), BIAS_IN_THE_NORM),
            ("sum-for-norm", ("1/5",), "The length of a vector is not the sum of its entries."),
            (
                "distance-along-an-axis",
                ("1/2", "1/3"),
                "That is where the line meets an axis. The nearest point lies elsewhere.",
            ),
            ("norm-for-distance", ("sqrt(13)",), "That is the length of the normal. A distance has it elsewhere."),
        ],
        tolerance=FOUR_DIGITS,
    ),
    ask(
        "A2-AN-5",
        "The score b + w1 x1 + w2 x2 shall be written as a product of θ = (b, w1, w2) with an extended input. Give the "
        "extended input as a list of three.",
        "matrix",
        "[1, x1, x2]",
        [
            (
                "bias-in-the-input",
                ("[b, x1, x2]",),
                "Multiply out: the bias meets itself. Look at the factor that leaves it as it is.",
            ),
            ("zero-for-one", ("[0, x1, x2]",), "Multiply out, and look at what has become of the bias."),
            ("entry-at-the-wrong-end", ("[x1, x2, 1]",), "Multiply out with θ in the order given."),
            ("entry-left-out", ("[x1, x2]",), "θ has three entries. Look at what the bias is multiplied with."),
        ],
        quantities=(
            Quantity("x1", "first input", role="an input"),
            Quantity("x2", "second input", role="an input"),
            Quantity("b", "the bias"),
        ),
    ),
)

# --- from the step to the sigmoid ------------------------------------------------------------------------------------

SCORE = Quantity("z", "the score")
SIGMOID = Quantity("s", "s = σ(z)", definition="sigma(z)")

SIGMOID_QUESTIONS = (
    ask(
        "A2-AN-6-step",
        "Which of these defines a step activation for every score z, with one value each?",
        "choice",
        "z>=0, z<0",
        [
            ("step-defined-twice-at-zero", ("z>=0, z<=0",), "Put in z = 0, and count the values you get."),
            ("step-undefined-at-zero", ("z>0, z<0",), "Put in z = 0, and count the values you get."),
        ],
        choices={
            "z>=0, z<0": "1 if z >= 0, and 0 if z < 0",
            "z>=0, z<=0": "1 if z >= 0, and 0 if z <= 0",
            "z>0, z<0": "1 if z > 0, and 0 if z < 0",
        },
    ),
    ask(
        "A2-AN-6-sig",
        "Unlike the step, the sigmoid s = σ(z) has a slope everywhere. Give its derivative with respect to z.",
        "expression",
        "s*(1 - s)",
        [
            ("activation-for-slope", ("s",), "That is the value of the sigmoid. Differentiate it."),
            ("slope-of-the-logarithm", ("1 - s",), "That is the slope of log σ. Look at the outer function."),
            ("score-in-the-bracket", ("s*(1 - z)",), "Look at what stands in your bracket: a score or a probability?"),
            ("slope-of-the-loss", ("s - 1",), "That depends on a label: it is the slope of a loss, for y = 1."),
            ("slope-of-tanh", ("1 - s**2",), "That is the rule for the hyperbolic tangent."),
        ],
        quantities=(SCORE, SIGMOID),
    ),
    ask(
        "A2-AN-6-1e-5",
        "A neuron with sigmoid activation has the score z = 0.00001. Give its output, to seven decimals.",
        "number",
        "sigma(1/100000)",
        [
            (
                "score-read-as-probability",
                ("1/100000", "0"),
                "That is the score. Look at what the activation makes of a score of exactly zero.",
            ),
            ("step-for-sigmoid", ("1",), "That is what a step would say. The sigmoid is less sure of itself."),
            (
                "boundary-for-score",
                ("1/2",),
                "That is the output at the score zero. Seven decimals show the difference.",
            ),
            (
                "slope-left-out",
                ("0.50001",),
                "The output moves more slowly than the score. Look at the slope of the sigmoid at zero.",
            ),
        ],
        tolerance=SEVEN_DIGITS / 2,
    ),
    ask(
        "A2-AN-6-slope",
        "A neuron outputs σ(wᵀx + b), and ‖w‖ = norm_w. Give the slope of the output across the decision boundary: its "
        "derivative along the unit normal, at the boundary.",
        "expression",
        "norm_w/4",
        [
            ("slope-of-the-score", ("norm_w",), "That is how fast the score grows. The activation comes after it."),
            ("value-for-slope", ("norm_w/2",), "You used the value of the sigmoid at zero. Look at its slope there."),
            (
                "norm-left-out",
                ("1/4",),
                "That is the slope with respect to the score. Look at how fast the score grows.",
            ),
            ("norm-squared", ("norm_w**2/4", "norm_w**2"), "Walk along a vector of length one."),
        ],
        quantities=(Quantity("norm_w", "the length of w", domain="positive"),),
    ),
    ask(
        "A2-AN-7",
        "The log-odds log(P/(1 − P)) of class 1 equal the score t. Give the probability P in terms of t.",
        "expression",
        "exp(t)/(1 + exp(t))",
        [
            ("odds-for-probability", ("exp(t)",), "Try t = 1. Can your value be a probability?"),
            ("probability-of-the-other-class", ("1/(1 + exp(t))",), "Let t become large. Which class is meant then?"),
            ("logarithm-not-undone", ("t/(1 + t)",), "You solved for the odds as if they were t. Look at the log."),
        ],
        quantities=(Quantity("t", "the score"),),
    ),
    ask(
        "A2-AN-7-line4",
        "The log-odds log(P/(1 − P)) of class 1 equal the score t. Give the odds P/(1 − P) in terms of t.",
        "expression",
        "exp(t)",
        [
            ("log-odds-for-odds", ("t", "log(t)"), "Odds are never negative, and t may be. Undo the logarithm."),
            ("probability-for-odds", ("sigma(t)",), "That is P itself. Odds can be any positive number."),
        ],
        quantities=(Quantity("t", "the score"),),
    ),
    ask(
        "A2-AN-8",
        "With s = σ(z), give the derivative of log σ(z) with respect to z.",
        "expression",
        "1 - s",
        [
            ("inner-slope-only", ("s*(1 - s)",), "That is the slope of σ. Look at the logarithm around it."),
            ("outer-slope-only", ("1/s",), "That is the derivative with respect to σ. The chain has another link."),
            ("the-other-logarithm", ("-s",), "That belongs to log(1 − σ). Look at what stands in the logarithm."),
        ],
        quantities=(SCORE, SIGMOID),
    ),
    ask(
        "A2-AN-8-lab1",
        "The product σ(z)(1 − σ(z)) is the derivative with respect to z of which of these?",
        "choice",
        "sigma",
        [
            (
                "slope-of-the-loss",
                ("loss",),
                "The slope of the loss depends on the label y. Look for y in the product.",
            ),
            ("slope-of-the-logarithm", ("log sigma",), "The logarithm brings a factor of its own, which cancels."),
        ],
        choices={
            "sigma": "the activation σ(z)",
            "loss": "the binary cross-entropy of σ(z)",
            "log sigma": "the logarithm of the activation, log σ(z)",
        },
    ),
    ask(
        "A2-AN-8-lab2",
        "In the chain rule for log σ(z), one factor is the derivative of log σ with respect to σ, not to z. Give it, "
        "with s = σ(z).",
        "expression",
        "1/s",
        [
            ("whole-chain", ("1 - s",), "That is the product of all factors. Only the outer one is asked."),
            ("inner-slope-only", ("s*(1 - s)",), "That is the inner factor."),
            ("slope-with-respect-to-score", ("1/z",), "Look at what stands inside the logarithm."),
        ],
        quantities=(SCORE, SIGMOID),
    ),
)

# --- binary cross-entropy --------------------------------------------------------------------------------------------

ONE_FEATURE = (
    Quantity("n", "the number of samples", "size"),
    Quantity("x", "the feature of each sample", "sequence", role="an input"),
    Quantity("y", "the labels", "sequence"),
    Quantity("theta0", "the bias", role="a weight"),
    Quantity("theta1", "the weight of the feature", role="a weight"),
    Quantity("h", "σ(theta0 + theta1·x) for each sample", "sequence", definition="sigma(theta0 + theta1*x)"),
)
DESIGN = (
    Quantity("n", "the number of samples", "size"),
    Quantity("d", "the number of features", "size"),
    Quantity("X", "a sample in each row, with a column of ones", "matrix", ("n", "d+1")),
    Quantity(
        "y", "the labels, a column of n; for one of k classes: 1 where the label is that class", "matrix", ("n", "1")
    ),
    Quantity("theta", "the parameters, a column of d+1", "matrix", ("d+1", "1")),
    Quantity("z", "the scores X·theta", "matrix", ("n", "1"), definition="X*theta"),
)
STEP = (
    Quantity("theta", "the parameter before the step"),
    Quantity("alpha", "the learning rate", domain="positive", role="the learning rate"),
    Quantity("g", "the gradient of the loss at theta", role="the gradient"),
)

SCORE_FOR_PROBABILITY = "You compare the label with a score. Look at what the model predicts."
INPUT_LEFT_OUT = "That is the derivative for the bias. Look at what the parameter is multiplied with in the score."
SLOPE_TWICE = "The slope of the sigmoid has cancelled against the logarithm. Look at whether you counted it again."
ASCENT = "Put in a positive gradient: the loss grows to the right. Look at which way your step goes."
ONLY_THE_STEP = "That is the step alone. The question asks for the new value."

BINARY = (
    ask(
        "A2-AN-13-bce",
        "Three samples have the labels y = (1, 0, 1) and the predicted probabilities p = (0.8, 0.3, 0.6) of label 1. "
        "Give the binary cross-entropy, averaged over the samples, to four decimals.",
        "number",
        "-(log(8/10) + log(7/10) + log(6/10))/3",
        [
            (
                "brackets-left-out",
                ("-(log(8/10) + log(6/10))/3 + log(7/10)",),
                "Every term of the loss is at least zero. Look at what the minus and the 1/N act on.",
            ),
            (
                "label-zero-left-out",
                ("-(log(8/10) + log(6/10))/3", "-(log(8/10) + log(6/10))/2"),
                "One sample contributes nothing. Look at the term for the label 0.",
            ),
            (
                "label-one-for-every-sample",
                ("-(log(8/10) + log(3/10) + log(6/10))/3",),
                "For the label 0, look at the probability that the model gives to what happened.",
            ),
            (
                "summed-not-averaged",
                ("-(log(8/10) + log(7/10) + log(6/10))",),
                "Look at whether the question sums or averages.",
            ),
            (
                "other-logarithm",
                ("-(log(8/10) + log(7/10) + log(6/10))/3/log(2)", "-(log(8/10) + log(7/10) + log(6/10))/3/log(10)"),
                "Look at the base of the logarithm: the natural one is meant.",
            ),
        ],
        tolerance=FOUR_DIGITS,
    ),
    ask(
        "A2-AN-13-ll",
        "A model predicts the probability h of label 1. Give the log-likelihood of one sample with label y, which is 0 "
        "or 1, in one expression.",
        "expression",
        "y*log(h) + (1 - y)*log(1 - h)",
        [
            (
                "complement-left-out",
                ("y*log(h) + (1 - y)*log(h)",),
                "Put in y = 0. Which probability does the model give to what happened?",
            ),
            ("label-zero-left-out", ("y*log(h)",), "Put in y = 0, and look at what is left."),
            (
                "likelihood-for-its-logarithm",
                ("h**y*(1 - h)**(1 - y)", "y*h + (1 - y)*(1 - h)"),
                "That is the likelihood. Look at what turns products into sums.",
            ),
            (
                "labels-exchanged",
                ("(1 - y)*log(h) + y*log(1 - h)",),
                "Put in y = 1. Which probability does the model give to what happened?",
            ),
            (
                "loss-for-likelihood",
                ("-y*log(h) - (1 - y)*log(1 - h)",),
                "Something likely should score high here. Look at the sign.",
            ),
        ],
        quantities=(Quantity("y", "the label"), Quantity("h", "the probability of label 1", domain="probability")),
        also=("log(y*h + (1 - y)*(1 - h))",),
    ),
    ask(
        "A2-AN-14-grad",
        "The model is h = σ(theta0 + theta1 x), with labels 0 and 1. Give the derivative of the log-likelihood of all "
        "n samples (summed, not the loss) with respect to theta1.",
        "expression",
        "sum((y - h)*x)",
        [
            ("score-for-probability", ("sum((y - (theta0 + theta1*x))*x)",), SCORE_FOR_PROBABILITY),
            ("input-left-out", ("sum(y - h)",), INPUT_LEFT_OUT),
            ("slope-counted-twice", ("sum((y - h)*h*(1 - h)*x)",), SLOPE_TWICE),
            (
                "loss-for-likelihood",
                ("sum((h - y)*x)",),
                "That is the derivative of the loss. Look at the sign of what is asked.",
            ),
        ],
        quantities=ONE_FEATURE,
    ),
    ask(
        "A2-AN-14-nll",
        "Logistic regression predicts h = σ(Xθ). Give the gradient of the binary cross-entropy, summed over the "
        "samples, with respect to θ, a column of d+1.",
        "matrix",
        "X.T*(h - y)",
        [
            ("score-for-probability", ("X.T*(z - y)",), SCORE_FOR_PROBABILITY),
            ("likelihood-for-loss", ("X.T*(y - h)",), "At a perfect fit both are zero. Elsewhere, look at the sign."),
            ("slope-counted-twice", ("X.T*hadamard(h - y, hadamard(h, 1 - h))",), SLOPE_TWICE),
            ("label-left-out", ("X.T*h",), "Your gradient is never zero where every label is met. Look for y."),
        ],
        quantities=(*DESIGN, Quantity("h", "σ(z), a column of n", "matrix", ("n", "1"), definition="sigma(z)")),
    ),
    ask(
        "A2-AN-14-h",
        "In the gradient Σ (h − y) x of the binary cross-entropy, what is h? Give it in terms of the score t = θᵀx.",
        "expression",
        "sigma(t)",
        [
            (
                "score-for-probability",
                ("t",),
                "Then it is the gradient of a squared error. Look at what the model predicts.",
            ),
            ("odds-for-probability", ("exp(t)",), "Try t = 1. Can your value be a probability?"),
            ("probability-of-the-other-class", ("sigma(-t)",), "Let t become large. Which label is likely then?"),
            ("slope-for-value", ("sigma(t)*(1 - sigma(t))",), "That is how fast h changes. Look for h itself."),
        ],
        quantities=(Quantity("t", "the score θᵀx"),),
    ),
    ask(
        "A2-AN-14-dir",
        "A parameter theta has the gradient g of the loss, and the learning rate is alpha. Give the parameter after "
        "one step of gradient descent.",
        "expression",
        "theta - alpha*g",
        [
            ("ascent", ("theta + alpha*g",), ASCENT),
            ("step-for-parameter", ("-alpha*g", "alpha*g"), ONLY_THE_STEP),
            ("learning-rate-left-out", ("theta - g",), "Look at what sets how long the step is."),
            ("step-from-zero", ("alpha*g - theta",), "Let the gradient be zero. Where should the parameter be then?"),
        ],
        quantities=STEP,
    ),
)

# --- many classes ----------------------------------------------------------------------------------------------------

CLASSES = Quantity("k", "the number of classes", domain="above one")
TWO_CASES = (
    Quantity("s_j", "the softmax output of class j", domain="probability"),
    Quantity("s_i", "the softmax output of class i", domain="probability"),
    Quantity("x", "the feature", role="an input"),
    Quantity("theta_i", "the weight of class i", role="a weight"),
)
LABEL_OF_THREE = tuple(Quantity(f"y_{c}", f"1 if the label is class {c}, else 0") for c in (1, 2, 3))
OUTPUT_OF_THREE = tuple(
    Quantity(f"p_{c}", f"the predicted probability of class {c}", domain="probability") for c in (1, 2, 3)
)

WHOSE_INDEX = (
    "One of your two cases is right. For the other, take three classes: raising score i lowers s_j. Which outputs "
    "decide by how much?"
)
INPUT_MISSING = "That is the derivative with respect to the score. The parameter stands in front of something there."

MANY = (
    ask(
        "A2-AN-15-count",
        "There are k classes. How many discriminants do one-against-the-rest and one-against-one need? Give a list of "
        "two, in this order.",
        "matrix",
        "[k, k*(k - 1)/2]",
        [
            ("methods-exchanged", ("[k*(k - 1)/2, k]",), "Look at the order the question asks for."),
            (
                "pairs-counted-twice",
                ("[k, k*(k - 1)]",),
                "A against B and B against A are the same discriminant. Count for k = 3.",
            ),
            ("class-against-itself", ("[k, k*(k + 1)/2]", "[k, k**2]"), "No class meets itself. Count for k = 2."),
            (
                "last-class-left-out",
                ("[k - 1, k*(k - 1)/2]",),
                "One could do with one less, and leave a class without a score. Each class gets its own here.",
            ),
            ("one-each", ("[k, k]",), "It happens to fit for k = 3. Count the pairs of four classes."),
        ],
        quantities=(CLASSES,),
    ),
    ask(
        "A2-AN-15-ovo",
        "One-against-one trains a discriminant between class a and class b. Which samples does it learn from?",
        "choice",
        "those two classes",
        [
            (
                "one-against-the-rest",
                ("all, a against the rest",),
                "Then b would not be special. That is the other method.",
            ),
            (
                "one-class-at-a-time",
                ("one class",),
                "A discriminant has two sides. It cannot learn a difference from one of them.",
            ),
            ("third-class-on-both-sides", ("all, each on its nearer side",), "Nobody knows the nearer side yet."),
        ],
        choices={
            "those two classes": "the samples of a and of b only",
            "all, a against the rest": "all samples: a on one side, all others on the other",
            "one class": "the samples of a only",
            "all, each on its nearer side": "all samples, each given to a or b, whichever is nearer",
        },
    ),
    ask(
        "A2-AN-16",
        "A linear classifier tells 10 classes of pictures with 64 pixels apart, by the scores Θx. How many templates "
        "does it hold?",
        "number",
        "10",
        [
            (
                "several-templates-per-class",
                ("20", "100"),
                "Each template gives one score. Count the scores, and look at the shape of Θ.",
            ),
            ("pixels-for-templates", ("64", "65"), "That is how long one template is. Look at the shape of Θ."),
            ("weights-for-templates", ("640", "650"), "Those are the single weights. A template is a picture of them."),
            ("pairs-for-classes", ("45",), "That counts pairs of classes, for another method."),
        ],
    ),
    ask(
        "A2-AN-17",
        "What does the softmax guarantee, whatever the scores are?",
        "choice",
        "distribution",
        [
            (
                "calibrated",
                ("calibrated",),
                "Multiply all scores by 100: the outputs become surer, and no data were asked.",
            ),
            ("output-of-its-own-score", ("independent",), "Raise one score, and look at the other outputs."),
            ("linear-rescaling", ("linear",), "Try scores below zero."),
        ],
        choices={
            "distribution": "each output lies between 0 and 1, and together they make 1",
            "calibrated": "a class that gets 0.9 is the right one nine times in ten",
            "independent": "each output depends on the score of its own class only",
            "linear": "each output is its score divided by the sum of the scores",
        },
    ),
    ask(
        "A2-AN-18-z",
        "The softmax s = softmax(z) has three scores and three outputs. Give its Jacobian ∂s/∂z, a row for each "
        "output, in terms of the column s. D is the matrix with s on its diagonal.",
        "matrix",
        "D - s*s.T",
        [
            (
                "other-scores-forgotten",
                ("D", "D - hadamard(D, D)"),
                "All outputs share one denominator. Look at what a score does to the other classes.",
            ),
            (
                "output-index-twice",
                ("D - hadamard(s, s)*[[1, 1, 1]]",),
                "The diagonal is right. Beside it, look at the index in the bracket: of the output, or of the score?",
            ),
            ("diagonal-forgotten", ("-s*s.T", "s*s.T"), "Raising a score should raise its own output."),
            (
                "log-softmax-for-softmax",
                ("eye(3) - [1, 1, 1]*s.T", "[1, 1, 1]*s.T - eye(3)"),
                "That is the Jacobian of the logarithm of the softmax.",
            ),
            ("plus-for-minus", ("D + s*s.T",), "The outputs add up to 1 always. Add up a column of your matrix."),
        ],
        quantities=(
            Quantity("z", "the scores, a column of 3", "matrix", ("3", "1")),
            Quantity("s", "softmax(z), a column of 3", "matrix", ("3", "1"), definition="exp(z)/sum(exp(z))"),
            Quantity("D", "diag(s)", "matrix", ("3", "3"), definition="hadamard(eye(3), s*[[1, 1, 1]])"),
        ),
    ),
    ask(
        "A2-AN-18-line2",
        "The scores are z_i = theta_i x, with one feature x. By which factor does ∂s_j/∂theta_i differ from ∂s_j/∂z_i?",
        "expression",
        "x",
        [
            ("input-left-out", ("1",), "Compare the two for a feature that is zero."),
            (
                "weight-for-input",
                ("theta_i",),
                "The derivative of a product with respect to one factor is the other. Look at which one you kept.",
            ),
            ("softmax-slope-twice", ("s_j*(1 - s_j)", "-s_i*s_j"), "That is already part of both derivatives."),
        ],
        quantities=TWO_CASES,
    ),
    ask(
        "A2-AN-18-th",
        "The scores are z_i = theta_i x, with one feature x, and s = softmax(z). Give ∂s_j/∂theta_i as a list of two: "
        "first for i = j, in terms of s_j and x, then for i ≠ j.",
        "matrix",
        "[s_j*(1 - s_j)*x, -s_i*s_j*x]",
        [
            ("output-index-twice", ("[s_j*(1 - s_j)*x, -s_j*s_j*x]", "[s_j*(1 - s_j)*x, -s_i*s_i*x]"), WHOSE_INDEX),
            ("input-left-out", ("[s_j*(1 - s_j), -s_i*s_j]",), INPUT_MISSING),
            (
                "other-scores-forgotten",
                ("[s_j*(1 - s_j)*x, 0]",),
                "All outputs share one denominator. Look at what a score does to the other classes.",
            ),
            ("log-softmax-for-softmax", ("[(1 - s_j)*x, -s_i*x]",), "That is the derivative of the logarithm of s_j."),
            (
                "plus-for-minus",
                ("[s_j*(1 - s_j)*x, s_i*s_j*x]",),
                "The outputs add up to 1 always. If one rises, look at what the others do.",
            ),
            ("cases-exchanged", ("[-s_i*s_j*x, s_j*(1 - s_j)*x]",), "Look at the order the question asks for."),
        ],
        quantities=TWO_CASES,
    ),
    ask(
        "A2-AN-18-log",
        "The scores are z_i = theta_i x, with one feature x, and s = softmax(z). Give ∂ log s_j/∂theta_i as a list of "
        "two: first for i = j, in terms of s_j and x, then for i ≠ j.",
        "matrix",
        "[(1 - s_j)*x, -s_i*x]",
        [
            ("output-index-twice", ("[(1 - s_j)*x, -s_j*x]",), WHOSE_INDEX),
            ("input-left-out", ("[1 - s_j, -s_i]",), INPUT_MISSING),
            (
                "softmax-for-log-softmax",
                ("[s_j*(1 - s_j)*x, -s_i*s_j*x]",),
                "That is the derivative of s_j itself. Look at what the logarithm divides by.",
            ),
            (
                "other-scores-forgotten",
                ("[(1 - s_j)*x, 0]", "[x, 0]"),
                "The denominator of the softmax contains every score. Look at its logarithm.",
            ),
            ("plus-for-minus", ("[(1 - s_j)*x, s_i*x]",), "If one score rises, look at what the others' outputs do."),
        ],
        quantities=TWO_CASES,
    ),
    ask(
        "A2-AN-19-prod",
        "Three classes get the probabilities p = (0.2, 0.5, 0.3), and the label is the second class. Give the "
        "log-likelihood of this sample, exactly or to four decimals.",
        "number",
        "log(5/10)",
        [
            (
                "indicator-left-out",
                ("log(2/10*5/10*3/10)",),
                "Only one of the three classes happened. Look at the exponent that picks it.",
            ),
            ("loss-for-likelihood", ("-log(5/10)",), "A probability below one has which sign of logarithm?"),
            ("likelihood-for-its-logarithm", ("1/2",), "That is the likelihood. Its logarithm is asked."),
            ("wrong-class-picked", ("log(2/10)", "log(3/10)"), "Count the classes from one, and look at the label."),
            (
                "binary-for-each-class",
                ("log(8/10) + log(5/10) + log(7/10)",),
                "That treats the classes as three separate yes-or-no questions.",
            ),
        ],
        tolerance=FOUR_DIGITS,
    ),
    ask(
        "A2-AN-19-sign",
        "Three classes: the label is one-hot, (y_1, y_2, y_3), and the predicted probabilities are (p_1, p_2, p_3). "
        "Give the loss of this sample, the categorical cross-entropy.",
        "expression",
        "-(y_1*log(p_1) + y_2*log(p_2) + y_3*log(p_3))",
        [
            (
                "likelihood-for-loss",
                ("y_1*log(p_1) + y_2*log(p_2) + y_3*log(p_3)",),
                "A better prediction should make the loss smaller. Try two.",
            ),
            (
                "indicator-left-out",
                ("-(log(p_1) + log(p_2) + log(p_3))", "log(p_1) + log(p_2) + log(p_3)"),
                "Your loss does not know which class happened.",
            ),
            (
                "prediction-for-label",
                ("-(p_1*log(p_1) + p_2*log(p_2) + p_3*log(p_3))", "p_1*log(p_1) + p_2*log(p_2) + p_3*log(p_3)"),
                "Your loss does not know the label. Look at what stands in front of each logarithm.",
            ),
            (
                "label-in-the-logarithm",
                ("-(p_1*log(y_1) + p_2*log(y_2) + p_3*log(y_3))",),
                "A one-hot label has zeros. Look at what the logarithm makes of them.",
            ),
            (
                "binary-for-each-class",
                ("-(" + " + ".join(f"y_{c}*log(p_{c}) + (1 - y_{c})*log(1 - p_{c})" for c in (1, 2, 3)) + ")",),
                "That treats the classes as three separate yes-or-no questions.",
            ),
        ],
        also=("-log(y_1*p_1 + y_2*p_2 + y_3*p_3)",),
        # The label may be any number here, so that no two formulas agree by accident.
        quantities=(
            *(Quantity(label.name, label.meaning, domain="positive") for label in LABEL_OF_THREE),
            *OUTPUT_OF_THREE,
        ),
    ),
    ask(
        "A2-AN-19-ce",
        "Two samples of three classes have the probabilities (0.7, 0.2, 0.1) and (0.1, 0.3, 0.6); their labels are the "
        "first class and the third. Give the categorical cross-entropy, summed, to four decimals.",
        "number",
        "-(log(7/10) + log(6/10))",
        [
            ("likelihood-for-loss", ("log(7/10) + log(6/10)",), "A loss made of probabilities is never negative."),
            ("averaged-not-summed", ("-(log(7/10) + log(6/10))/2",), "Look at whether the question sums or averages."),
            (
                "indicator-left-out",
                ("-(log(7/10) + log(2/10) + log(1/10) + log(1/10) + log(3/10) + log(6/10))",),
                "Only one class per sample happened.",
            ),
            (
                "binary-for-each-class",
                ("-(log(7/10) + log(8/10) + log(9/10) + log(9/10) + log(7/10) + log(6/10))",),
                "That treats the classes as three separate yes-or-no questions.",
            ),
            (
                "probabilities-added",
                ("-log(13/10)", "-log(13/20)"),
                "Independent samples multiply their probabilities. Look at what the logarithm makes of a product.",
            ),
        ],
        tolerance=FOUR_DIGITS,
    ),
    ask(
        "A2-AN-20",
        "Softmax regression: s is the column of outputs for class j, and y is 1 where the label is class j, else 0. "
        "Give the gradient of the categorical cross-entropy, summed over the n samples, with respect to theta, the "
        "parameters of class j: a column of d+1.",
        "matrix",
        "X.T*(s - y)",
        [
            (
                "logit-for-probability",
                ("X.T*(z - y)",),
                "You subtract the label from a score. Look at what comes after the score.",
            ),
            (
                "likelihood-for-loss",
                ("X.T*(y - s)",),
                "That points to where the likelihood grows. Look at the sign of what is asked.",
            ),
            (
                "slope-counted-twice",
                ("X.T*hadamard(s - y, hadamard(s, 1 - s))",),
                "The slope of the softmax has cancelled against the logarithm.",
            ),
            ("label-left-out", ("X.T*s",), "Your gradient is not zero even where every prediction is right."),
        ],
        quantities=(
            *DESIGN,
            Quantity("s", "the softmax outputs for class j, a column of n", "matrix", ("n", "1"), "probability"),
        ),
    ),
    ask(
        "A2-AN-20-logit",
        "In a softmax classifier, what is a logit?",
        "choice",
        "score",
        [
            ("probability-for-logit", ("probability",), "Can a logit be negative? Look at which side of the softmax."),
            ("gradient-for-logit", ("difference",), "That is the derivative of the loss with respect to a logit."),
            ("class-for-logit", ("class",), "That is the decision, made after all outputs are compared."),
        ],
        choices={
            "score": "what goes into the softmax",
            "probability": "what comes out of the softmax",
            "difference": "the output of the softmax minus the label",
            "class": "the class with the largest output",
        },
    ),
    ask(
        "A2-AN-20-plus",
        "Softmax regression with one feature x: theta is the weight of class j, s its output and y its one-hot label "
        "for each of n samples. Give theta after one step of gradient descent on the summed categorical cross-entropy, "
        "with the learning rate alpha.",
        "expression",
        "theta - alpha*sum((s - y)*x)",
        [
            (
                "ascent",
                ("theta + alpha*sum((s - y)*x)", "theta - alpha*sum((y - s)*x)"),
                "Let every output be too large. Should the weight of a positive feature grow then?",
            ),
            ("step-for-parameter", ("-alpha*sum((s - y)*x)", "alpha*sum((s - y)*x)"), ONLY_THE_STEP),
            ("input-left-out", ("theta - alpha*sum(s - y)",), "That is the step for the bias."),
            ("learning-rate-left-out", ("theta - sum((s - y)*x)",), "Look at what sets how long the step is."),
            ("averaged-not-summed", ("theta - alpha*mean((s - y)*x)",), "Look at whether the loss sums or averages."),
        ],
        quantities=(
            Quantity("n", "the number of samples", "size"),
            Quantity("x", "the feature of each sample", "sequence", role="an input"),
            Quantity("s", "the output for class j of each sample", "sequence", domain="probability"),
            Quantity("y", "1 where the label is class j, else 0", "sequence"),
            Quantity("theta", "the weight of class j before the step"),
            Quantity("alpha", "the learning rate", domain="positive", role="the learning rate"),
        ),
    ),
)

QUESTIONS = (*GEOMETRY, *SIGMOID_QUESTIONS, *BINARY, *MANY)
