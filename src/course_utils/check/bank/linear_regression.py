"""Questions on linear regression: question 1 of Assignment 1 and the bonus question of Homework 1.

Marks. Question 1 of Assignment 1 has 8 marks. Five are given here: cost 1, gradient 1, Hessian 0.5, estimate 1, tiny
example 0.5, condition number 0.5, rank 0.5. The other three are for prose, marked by a person: what regression does and
why errors are squared (2), and why iterative methods are used in place of an inverse (1). The two simple-regression
questions of Homework 1 and the question on the marks themselves are for practice, one mark each.
"""

from fractions import Fraction

from course_utils.check.questions import Misconception, Quantity, Question

FOUR_DIGITS = Fraction(1, 10_000)

# --- Assignment 1: y ≈ Xβ with the cost J = ½‖y − Xβ‖² --------------------------------------------------------------

SIZES = (
    Quantity("n", "the number of observations", "size"),
    Quantity("d", "the number of inputs, without the column of ones", "size"),
    Quantity("p", "the number of coefficients, d + 1", "size", definition="d + 1"),
)
DATA = (
    *SIZES,
    Quantity("X", "design matrix, n × (d+1), with a column of ones", "matrix", ("n", "d+1")),
    Quantity("y", "targets, a column of n", "matrix", ("n", "1")),
)
MODEL = (
    *DATA,
    Quantity("beta", "coefficients, a column of d+1", "matrix", ("d+1", "1")),
    Quantity("y_hat", "predictions Xβ, a column of n", "matrix", ("n", "1"), definition="X*beta"),
)

COST = "sum((y - X*beta)**2)/2"
GRADIENT = "-X.T*(y - X*beta)"
HESSIAN = "X.T*X"
ESTIMATE = "inv(X.T*X)*X.T*y"

HALF_IN_J = "The cost carries a ½. Look at what it does to the 2 that comes from the square."

ASSIGNMENT = (
    Question(
        "A1-marks",
        "Assignment 1 has four questions and a coding part, with 8, 8, 5, 4 and 15 marks. How many marks are there in "
        "total?",
        "number",
        "8 + 8 + 5 + 4 + 15",
        practice=True,
        known=(
            Misconception(
                "coding-part-left-out", ("25",), "Count every part of the sheet: one of them is not a written question."
            ),
            Misconception("written-part-left-out", ("15",), "Count every part of the sheet, not only the coding."),
        ),
    ),
    Question(
        "A1-Q1",
        "Linear regression predicts ŷ = Xβ. Write the least-squares cost J of β with the factor ½, summed (not "
        "averaged) over the observations. Matrix form and sum form are both accepted; sum(...) adds up the entries of "
        "a column.",
        "expression",
        COST,
        marks=1.0,
        quantities=MODEL,
        known=(
            Misconception(
                "half-convention", ("norm(y - X*beta)**2",), "Look at the factor in front that the question asks for."
            ),
            Misconception(
                "norm-not-squared",
                ("norm(y - X*beta)/2", "norm(y - X*beta)"),
                "A length is the root of a sum of squares. Look at whether the cost takes that root.",
            ),
            Misconception(
                "absolute-not-squared",
                ("sum(abs(y - X*beta))/2", "sum(abs(y - X*beta))"),
                "You add up the sizes of the errors. Look at what least squares adds up.",
            ),
            Misconception(
                "sum-squared",
                ("sum(y - X*beta)**2/2", "sum(y - X*beta)**2"),
                "You add up first and square then, so errors of opposite sign cancel. Look at the order of the two.",
            ),
            Misconception(
                "residual-not-squared",
                ("sum(y - X*beta)/2", "sum(y - X*beta)"),
                "Errors of opposite sign cancel in your cost. Look at what makes each of them count.",
            ),
            Misconception(
                "residual-sign",
                ("norm(y + X*beta)**2/2", "norm(y + X*beta)**2"),
                "Try your cost on a perfect prediction, ŷ = y. It should be zero there.",
            ),
            Misconception(
                "target-left-out",
                ("norm(X*beta)**2/2", "norm(X*beta)**2"),
                "Your cost does not compare the predictions with anything. Look for the targets.",
            ),
        ),
    ),
    Question(
        "A1-Q1b-gradient",
        "The cost is J(β) = ½‖y − Xβ‖², summed over the observations. Give its gradient ∇J with respect to β, a "
        "column of d+1.",
        "matrix",
        GRADIENT,
        marks=1.0,
        quantities=MODEL,
        known=(
            Misconception("half-convention", (f"2*({GRADIENT})",), HALF_IN_J),
            Misconception(
                "term-left-out",
                ("-X.T*y", "X.T*X*beta", "X.T*y"),
                "Expand the square: it has a part linear in β and a part quadratic in β. Both have a derivative.",
            ),
            Misconception(
                "quadratic-form-derivative",
                ("X.T*X*beta/2 - X.T*y", "2*X.T*X*beta - X.T*y"),
                "One of the two terms has the wrong factor. Look at the derivative of the quadratic term, entry by "
                "entry.",
            ),
            Misconception(
                "residual-sign",
                ("X.T*(y + X*beta)", "-X.T*(y + X*beta)"),
                "The two terms must be able to cancel, or no β has gradient zero. Look at the sign between them.",
            ),
            Misconception(
                "hessian-for-gradient",
                ("X.T*X",),
                "That does not depend on β or on y. Look at how many times you differentiated.",
            ),
        ),
    ),
    Question(
        "A1-Q1b-hessian",
        "The cost is J(β) = ½‖y − Xβ‖². Give its Hessian ∇²J with respect to β, a (d+1) × (d+1) matrix.",
        "matrix",
        HESSIAN,
        marks=0.5,
        quantities=MODEL,
        known=(
            Misconception("half-convention", (f"2*{HESSIAN}",), HALF_IN_J),
            Misconception(
                "gram-matrix-wrong-way-round",
                ("X*X.T", "2*X*X.T"),
                "The Hessian has a row and a column for each coefficient; yours has them for each observation.",
            ),
            Misconception(
                "gradient-for-hessian",
                (GRADIENT, f"2*({GRADIENT})"),
                "That still depends on β. Look at how many times you differentiated.",
            ),
            Misconception(
                "inverse-of-the-hessian",
                (f"inv({HESSIAN})",),
                "The inverse appears when you solve for β. The Hessian itself needs no inverse.",
            ),
        ),
    ),
    Question(
        "A1-Q1b",
        "Give the estimate β̂ that minimises J(β) = ½‖y − Xβ‖², where X has full column rank.",
        "matrix",
        ESTIMATE,
        marks=1.0,
        quantities=DATA,
        known=(
            Misconception(
                "inverse-left-out",
                ("X.T*y", "X.T*X*X.T*y"),
                "Put your β̂ into the normal equation. A matrix still stands in front of β there.",
            ),
            Misconception(
                "target-left-out",
                ("inv(X.T*X)*X.T", "inv(X.T*X)"),
                "The estimate is one column of numbers and depends on the targets. Look for y.",
            ),
            Misconception(
                "half-convention",
                (f"2*({ESTIMATE})", f"({ESTIMATE})/2"),
                "A factor in front of the cost moves no minimum. Look at where the factor of two went.",
            ),
            Misconception(
                "predictions-for-coefficients",
                (f"X*{ESTIMATE}",),
                "That is a column with an entry for each observation: a prediction. Look at what the question asks "
                "for.",
            ),
        ),
    ),
    Question(
        "A1-Q1b-tiny",
        "Fit a line to the three points x = (1, 2, 3), y = (1, 2, 2) by least squares. Give β̂ = (intercept, slope) "
        "as a column or a list. Fractions, or decimals to four significant digits (each entry within 0.0001).",
        "matrix",
        "inv([[1, 1, 1], [1, 2, 3]]*[[1, 1], [1, 2], [1, 3]])*[[1, 1, 1], [1, 2, 3]]*[1, 2, 2]",
        marks=0.5,
        tolerance=FOUR_DIGITS,
        known=(
            Misconception(
                "slope-first", ("[1/2, 2/3]",), "Both numbers are there. Look at which column of X comes first."
            ),
            Misconception(
                "column-of-ones-left-out",
                ("[0, 11/14]", "11/14"),
                "Your line goes through the origin. Look at what the column of ones is for.",
            ),
            Misconception(
                "right-hand-side-for-solution",
                ("[5, 11]",),
                "That is the right-hand side of the normal equation. The equation is still to be solved.",
            ),
            Misconception(
                "intercept-sign",
                ("[-2/3, 1/2]",),
                "Put your line through the mean point of the data. Look at the intercept.",
            ),
        ),
    ),
    Question(
        "A1-Q1c",
        "The condition number of X in the 2-norm is κ(X) = kappa. Give the condition number of XᵀX.",
        "expression",
        "kappa**2",
        marks=0.5,
        quantities=(
            Quantity("kappa", "the condition number of X: largest over smallest singular value", domain="above one"),
        ),
        known=(
            Misconception(
                "condition-unchanged",
                ("kappa",),
                "Forming the product changes it. Write the singular values of XᵀX in those of X.",
            ),
            Misconception(
                "condition-doubled",
                ("2*kappa",),
                "Two matrices are multiplied, not added. Write the singular values of XᵀX in those of X.",
            ),
            Misconception(
                "condition-of-the-root", ("sqrt(kappa)",), "You went from XᵀX to X. The question goes the other way."
            ),
            Misconception(
                "condition-of-the-inverse",
                ("1/kappa", "1/kappa**2"),
                "A condition number is never below one. Look at which singular value is on top.",
            ),
        ),
    ),
    Question(
        "A1-Q1c-rank",
        "The columns of X are linearly dependent. How many solutions β has the normal equation XᵀXβ = Xᵀy?",
        "choice",
        "infinitely many",
        marks=0.5,
        choices={
            "none": "there is no solution",
            "one": "there is exactly one solution",
            "infinitely many": "there are infinitely many solutions",
        },
        choice_aliases={
            "0": "none",
            "zero": "none",
            "no solution": "none",
            "1": "one",
            "exactly one": "one",
            "unique": "one",
            "infinite": "infinitely many",
            "infinity": "infinitely many",
            "inf": "infinitely many",
            "oo": "infinitely many",
            "∞": "infinitely many",
        },
        known=(
            Misconception(
                "singular-means-no-solution",
                ("none",),
                "What does not exist is the inverse of XᵀX. Ask whether Xᵀy can lie outside the column space of XᵀX.",
            ),
            Misconception(
                "solution-still-unique",
                ("one",),
                "Take a vector v with Xv = 0 that is not zero, and look at what β + v gives.",
            ),
        ),
    ),
)

# --- Homework 1, bonus: y ≈ w1 x + w0 with RSS = Σ(y − w1 x − w0)², without a half ----------------------------------

SEQUENCES = (
    Quantity("n", "the number of observations", "size"),
    Quantity("x", "inputs x_1 … x_n", "sequence"),
    Quantity("y", "targets y_1 … y_n", "sequence"),
)
MEANS = (Quantity("x_bar", "mean of x", definition="mean(x)"), Quantity("y_bar", "mean of y", definition="mean(y)"))
SUMS = (
    Quantity("S_x", "Σ x_i", definition="sum(x)"),
    Quantity("S_y", "Σ y_i", definition="sum(y)"),
    Quantity("S_xx", "Σ x_i², not centred", definition="sum(x*x)"),
    Quantity("S_xy", "Σ x_i y_i, not centred", definition="sum(x*y)"),
    Quantity("S_yy", "Σ y_i², not centred", definition="sum(y*y)"),
)
LINE = (
    *SEQUENCES,
    Quantity("w1", "slope", role="a weight"),
    Quantity("w0", "intercept", role="a weight"),
    *MEANS,
    *SUMS,
)

SLOPE = "sum((x - x_bar)*(y - y_bar))/sum((x - x_bar)**2)"
W1_GRADIENT = "-2*sum(x*(y - w1*x - w0))"
W0_GRADIENT = "-2*sum(y - w1*x - w0)"
NO_HALF_IN_RSS = "This loss carries no ½. Look at the factor that the derivative of a square leaves."
RESIDUAL_SIGN = "The residual of your derivative is not the one of the loss. Compare its signs term by term."

HOMEWORK = (
    Question(
        "H1-B1-w1",
        "Simple regression with RSS(w0, w1) = Σ (y_i − w1 x_i − w0)², summed over n observations, without a factor ½. "
        "Give ∂RSS/∂w1.",
        "expression",
        W1_GRADIENT,
        practice=True,
        quantities=LINE,
        known=(
            Misconception("half-convention", (f"({W1_GRADIENT})/2",), NO_HALF_IN_RSS),
            Misconception(
                "wrong-variable",
                (W0_GRADIENT,),
                "Either that is the derivative for the other parameter, or an inner derivative is missing: both lead "
                "here. Look at what stands beside w1 in the loss.",
            ),
            Misconception(
                "inner-derivative-left-out",
                (f"-({W0_GRADIENT})",),
                "You differentiated the square and stopped. Go on to the derivative of what stands inside it.",
            ),
            Misconception(
                "residual-still-squared",
                ("-2*sum(x*(y - w1*x - w0)**2)", "2*sum(x*(y - w1*x - w0)**2)", "-sum(x*(y - w1*x - w0)**2)"),
                "Differentiating a square lowers its power. Look at the power of the residual.",
            ),
            Misconception(
                "input-outside-the-sum",
                ("-2*sum(x)*sum(y - w1*x - w0)", "-2*x_bar*sum(y - w1*x - w0)"),
                "Each observation brings its own input. Look at what stands inside the sum.",
            ),
            Misconception(
                "residual-sign",
                ("-2*sum(x*(y - w1*x + w0))", "-2*sum(x*(y + w1*x + w0))", "-2*sum(x*(y + w1*x - w0))"),
                RESIDUAL_SIGN,
            ),
            Misconception(
                "weight-for-input",
                ("-2*w1*sum(y - w1*x - w0)",),
                "The derivative of a product with respect to one factor is the other factor. Look at which one you "
                "kept.",
            ),
            Misconception(
                "target-for-input", ("-2*sum(y*(y - w1*x - w0))",), "Look at what w1 multiplies in the loss."
            ),
            Misconception(
                "intercept-left-out",
                ("-2*sum(x*(y - w1*x))",),
                "The residual of your derivative lacks a term. Compare it with the one of the loss.",
            ),
        ),
    ),
    Question(
        "H1-B1-w0",
        "Simple regression with RSS(w0, w1) = Σ (y_i − w1 x_i − w0)², summed over n observations, without a factor ½. "
        "Give ∂RSS/∂w0.",
        "expression",
        W0_GRADIENT,
        practice=True,
        quantities=LINE,
        known=(
            Misconception("half-convention", (f"({W0_GRADIENT})/2",), NO_HALF_IN_RSS),
            Misconception(
                "wrong-variable",
                (W1_GRADIENT,),
                "That is the derivative for the other parameter. Look at what stands beside w0 in the loss.",
            ),
            Misconception(
                "residual-still-squared",
                ("-2*sum((y - w1*x - w0)**2)", "2*sum((y - w1*x - w0)**2)", "-sum((y - w1*x - w0)**2)"),
                "Differentiating a square lowers its power. Look at the power of the residual.",
            ),
            Misconception(
                "weight-for-one",
                ("-2*w0*sum(y - w1*x - w0)",),
                "The derivative of w0 with respect to itself is a number. Look at what you multiplied with.",
            ),
            Misconception(
                "residual-sign",
                ("-2*sum(y - w1*x + w0)", "-2*sum(y + w1*x + w0)", "-2*sum(y + w1*x - w0)"),
                RESIDUAL_SIGN,
            ),
            Misconception(
                "intercept-not-summed",
                ("-2*(sum(y) - w1*sum(x) - w0)",),
                "The sum runs over every term of the residual. Look at how often the intercept is added up.",
            ),
            Misconception(
                "intercept-left-out",
                ("-2*sum(y - w1*x)",),
                "The residual of your derivative lacks a term. Compare it with the one of the loss.",
            ),
        ),
    ),
    Question(
        "H1-B1-sol",
        "Simple regression with RSS(w0, w1) = Σ (y_i − w1 x_i − w0)², where the x_i are not all equal. Give the slope "
        "w1 that minimises it, in the data. S_xy, S_xx … are sums of products, not centred.",
        "expression",
        SLOPE,
        practice=True,
        quantities=(*SEQUENCES, *MEANS, *SUMS),
        known=(
            Misconception(
                "through-the-origin",
                ("S_xy/S_xx",),
                "That line goes through the origin. Eliminate the intercept first; and S_xy, S_xx are not centred "
                "here.",
            ),
            Misconception(
                "variables-exchanged",
                ("sum((x - x_bar)*(y - y_bar))/sum((y - y_bar)**2)",),
                "That predicts x from y. Look at which variable's spread belongs below.",
            ),
            Misconception(
                "correlation-for-slope",
                ("sum((x - x_bar)*(y - y_bar))/sqrt(sum((x - x_bar)**2)*sum((y - y_bar)**2))",),
                "That is the correlation, which has no unit. A slope has the unit of y over that of x.",
            ),
            Misconception(
                "denominator-left-out",
                (
                    "sum((x - x_bar)*(y - y_bar))",
                    "sum((x - x_bar)*(y - y_bar))/n",
                    "sum((x - x_bar)*(y - y_bar))/(n - 1)",
                ),
                "That is how x and y vary together. A slope compares it with something.",
            ),
            Misconception(
                "standard-deviation-for-variance",
                (
                    "sum((x - x_bar)*(y - y_bar))/sqrt(sum((x - x_bar)**2))",
                    "mean((x - x_bar)*(y - y_bar))/sqrt(mean((x - x_bar)**2))",
                ),
                "Compare units: a slope has the unit of y over that of x. Look at the power below.",
            ),
            Misconception(
                "n-left-out",
                ("(S_xy - S_x*S_y)/(S_xx - S_x**2)",),
                "A product of two sums and a sum of products do not grow alike with the data. Look for the number of "
                "observations.",
            ),
            Misconception(
                "ratio-of-means",
                ("y_bar/x_bar",),
                "A ratio of totals forgets which x belongs to which y. Go back to the two equations.",
            ),
            Misconception(
                "mean-of-ratios",
                ("mean(y/x)", "mean((y - y_bar)/(x - x_bar))", "sum((y - y_bar)/(x - x_bar))"),
                "You divide observation by observation. Look at what is summed before the division.",
            ),
        ),
    ),
    Question(
        "H1-B1-sol-w0",
        "Simple regression with RSS(w0, w1) = Σ (y_i − w1 x_i − w0)², where the x_i are not all equal. Give the "
        "intercept w0 that minimises it. You may use w1, the slope that minimises it. S_xy, S_xx … are sums of "
        "products, not "
        "centred.",
        "expression",
        "y_bar - w1*x_bar",
        practice=True,
        quantities=(
            *SEQUENCES,
            *MEANS,
            *SUMS,
            Quantity("w1", "the minimising slope", definition=SLOPE, role="the slope"),
        ),
        known=(
            Misconception(
                "sign-of-the-slope-term",
                ("y_bar + w1*x_bar",),
                "The fitted line goes through the point of the means. Test whether yours does.",
            ),
            Misconception(
                "intercept-is-mean",
                ("y_bar",),
                "That is the value of the line at the mean of x. The intercept is its value elsewhere.",
            ),
            Misconception(
                "means-exchanged",
                ("x_bar - w1*y_bar",),
                "The two variables have changed places. Compare units: an intercept has the unit of y.",
            ),
            Misconception(
                "sums-for-means",
                ("S_y - w1*S_x", "sum(y - w1*x)"),
                "You add up over the observations, and the intercept is added up with them. Look at how often.",
            ),
            Misconception(
                "slope-left-out",
                ("y_bar - x_bar",),
                "That subtracts an x from a y. Look at what turns one unit into the other.",
            ),
        ),
    ),
)

QUESTIONS = (*ASSIGNMENT, *HOMEWORK)
