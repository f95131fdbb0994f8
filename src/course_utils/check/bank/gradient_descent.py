"""Questions on gradient descent and its relatives, from Homework 1 and Assignment 2. All are for practice."""

from course_utils.check.questions import Misconception, Quantity, Question

RATE = Quantity("eta", "learning rate η", domain="positive", role="the learning rate")
PARAMETER = Quantity("omega", "the parameter ω before the step")
SLOPE = Quantity("g", "the gradient at ω before the step", role="the gradient")
EPSILON = Quantity("epsilon", "the small number ε that keeps the denominator from zero", domain="positive")

DESCEND_HINT = "Put in a positive gradient: the loss grows to the right. Look at which way your step goes."
ONLY_THE_STEP_HINT = "That is the step alone. The question asks where the parameter is after it."
NO_RATE_HINT = "Nothing in your answer sets how long the step is. Look for the learning rate."
OUTSIDE_HINT = (
    "A published variant, but not the one asked for: PyTorch and the paper on Adam put ε elsewhere. Look at what ε "
    "is compared with, the root or what stands under it."
)
NO_EPSILON_HINT = "Where all gradients so far were zero your formula divides zero by zero. Look at what prevents that."

# --- Homework 1 ------------------------------------------------------------------------------------------------------

MEAN_SQUARE = "(gamma*v + (1 - gamma)*g**2)"
RMSPROP = f"omega - eta*g/(sqrt{MEAN_SQUARE} + epsilon)"
ADAM = "omega - eta*m_hat/(sqrt(v_hat) + epsilon)"
MEAN_GRADIENT = "(beta*m + (1 - beta)*g)"

HOMEWORK = (
    Question(
        "H1-Q7",
        "Gradient descent runs on a quadratic whose largest curvature is lam = λmax > 0. Below which learning rate "
        "does it converge from every start?",
        "expression",
        "2/lam",
        practice=True,
        quantities=(Quantity("lam", "the largest eigenvalue of the Hessian", domain="positive", role="the curvature"),),
        known=(
            Misconception(
                "one-step-rate",
                ("1/lam",),
                "With that rate the steepest direction is solved in one step. A longer step overshoots: ask when it "
                "lands farther away than it started.",
            ),
            Misconception(
                "curvature-for-its-inverse",
                ("lam", "2*lam", "lam/2"),
                "A steeper bowl needs shorter steps. Look at whether your rate falls as the curvature grows.",
            ),
            Misconception(
                "curvature-left-out",
                ("1", "2"),
                "No fixed rate suits every bowl. Look at the factor that multiplies the error in each step.",
            ),
        ),
    ),
    Question(
        "H1-Q10",
        "A data set has n samples, and b divides n. Give the number of parameter updates in one pass over the data for "
        "batch, stochastic and mini-batch descent (batches of b), as a list of three in this order.",
        "matrix",
        "[1, n, n/b]",
        practice=True,
        quantities=(
            Quantity("n", "the number of samples", "size"),
            Quantity("b", "the number of samples in a mini-batch", domain="positive"),
        ),
        known=(
            Misconception(
                "samples-for-updates",
                ("[n, 1, b]",),
                "Those are samples per update. The question asks for updates per pass.",
            ),
            Misconception(
                "batch-and-stochastic-exchanged",
                ("[n, 1, n/b]",),
                "Batch descent looks at all the data before it moves. Look at the first two entries.",
            ),
            Misconception(
                "batch-size-for-number-of-batches",
                ("[1, n, b]",),
                "b samples make one mini-batch. Count how many such batches the data fill.",
            ),
            Misconception(
                "stochastic-is-one-update",
                ("[1, 1, n/b]",),
                "Stochastic descent takes one sample per update, and a pass goes over all of them.",
            ),
        ),
    ),
    Question(
        "H1-Q11-gd",
        "Basic gradient descent: give the parameter ω after one step with the learning rate η and the gradient g.",
        "expression",
        "omega - eta*g",
        practice=True,
        quantities=(PARAMETER, RATE, SLOPE),
        known=(
            Misconception("ascent", ("omega + eta*g",), DESCEND_HINT),
            Misconception("step-for-parameter", ("-eta*g", "eta*g"), ONLY_THE_STEP_HINT),
            Misconception("learning-rate-left-out", ("omega - g", "omega + g"), NO_RATE_HINT),
            Misconception(
                "rate-scales-the-parameter",
                ("eta*omega - g", "eta*(omega - g)", "omega*(1 - eta*g)"),
                "The parameter itself is kept as it is. Look at what the learning rate multiplies.",
            ),
            Misconception(
                "direction-without-length",
                ("omega - eta*g/abs(g)", "omega - eta"),
                "Your step has the same length whatever the gradient. Look at how the step grows with g.",
            ),
        ),
    ),
    Question(
        "H1-Q11-rms",
        "RMSProp as PyTorch computes it: v is the running mean of squared gradients before the step, γ its decay rate. "
        "Give the parameter ω after the step. v must be brought up to date first.",
        "expression",
        RMSPROP,
        practice=True,
        quantities=(
            PARAMETER,
            RATE,
            SLOPE,
            Quantity("v", "running mean of squared gradients before the step", domain="positive"),
            Quantity("gamma", "decay rate γ of the running mean", domain="probability"),
            EPSILON,
        ),
        known=(
            Misconception("epsilon-inside-the-root", (f"omega - eta*g/sqrt({MEAN_SQUARE} + epsilon)",), OUTSIDE_HINT),
            Misconception("epsilon-left-out", (f"omega - eta*g/sqrt{MEAN_SQUARE}",), NO_EPSILON_HINT),
            Misconception("ascent", (f"omega + eta*g/(sqrt{MEAN_SQUARE} + epsilon)",), DESCEND_HINT),
            Misconception(
                "stale-mean-square",
                ("omega - eta*g/(sqrt(v) + epsilon)",),
                "At the first step that divides by ε alone, since v is zero. Look at the order: the mean is updated "
                "before it is used.",
            ),
            Misconception(
                "root-left-out",
                (f"omega - eta*g/({MEAN_SQUARE} + epsilon)",),
                "Compare units: the step should not depend on the unit of the gradient. Look at the power below.",
            ),
            Misconception(
                "decay-rates-exchanged",
                ("omega - eta*g/(sqrt((1 - gamma)*v + gamma*g**2) + epsilon)",),
                "With γ near one the mean should remember, not follow the newest gradient. Look at which weight is "
                "whose.",
            ),
            Misconception(
                "gradient-not-squared",
                (f"omega - eta*g/(sqrt{MEAN_SQUARE.replace('g**2', 'g')} + epsilon)",),
                "A gradient may be negative, and then your root has no value. Look at what is averaged.",
            ),
            Misconception("step-for-parameter", (f"-eta*g/(sqrt{MEAN_SQUARE} + epsilon)",), ONLY_THE_STEP_HINT),
        ),
    ),
    Question(
        "H1-Q11-adam-mom",
        "Adam: m is the running mean of gradients before step t, β its decay rate. Give the bias-corrected mean m̂ "
        "after the gradient g of step t.",
        "expression",
        f"{MEAN_GRADIENT}/(1 - beta**t)",
        practice=True,
        quantities=(
            Quantity("m", "running mean before the step, not corrected"),
            SLOPE,
            Quantity("beta", "decay rate β₁", domain="probability", role="the decay rate"),
            Quantity("t", "number of the step, the first is 1", domain="above one"),
        ),
        known=(
            Misconception(
                "correction-left-out",
                (MEAN_GRADIENT,),
                "After the first step that is far smaller than the gradient, since m began at zero. Look at what the "
                "weights of the mean add up to.",
            ),
            Misconception(
                "correction-of-the-first-step-only",
                (f"{MEAN_GRADIENT}/(1 - beta)",),
                "That corrects the first step. Look at how much weight is still missing after t steps.",
            ),
            Misconception(
                "correction-one-step-behind",
                (f"{MEAN_GRADIENT}/(1 - beta**(t - 1))",),
                "At the first step that divides by zero. Look at what t counts.",
            ),
            Misconception(
                "multiplied-for-divided",
                (f"{MEAN_GRADIENT}*(1 - beta**t)",),
                "The mean is too small at first and has to grow. Look at which way your correction goes.",
            ),
            Misconception(
                "decay-rates-exchanged",
                ("((1 - beta)*m + beta*g)/(1 - beta**t)",),
                "With β near one the mean should remember, not follow the newest gradient. Look at which weight is "
                "whose.",
            ),
            Misconception(
                "new-gradient-not-weighted",
                ("(beta*m + g)/(1 - beta**t)", "beta*m + g"),
                "That is a sum, as momentum keeps it. The weights of a mean add up to one.",
            ),
        ),
    ),
    Question(
        "H1-Q11-adam-beta",
        "What are β₁ and β₂ in Adam?",
        "choice",
        "decay rates",
        practice=True,
        choices={
            "decay rates": "how much of each running mean is kept from one step to the next",
            "estimates": "the running means of the gradient and of its square",
            "learning rates": "the learning rates of the two running means of the parameters",
            "corrections": "the factors that make up for the first steps",
        },
        choice_aliases={
            "decay rate": "decay rates",
            "exponential decay rates": "decay rates",
            "decay": "decay rates",
            "moments": "estimates",
            "moment estimates": "estimates",
            "learning rate": "learning rates",
        },
        known=(
            Misconception(
                "decay-rate-for-estimate",
                ("estimates",),
                "Those change at every step and have one entry for each parameter. Ask what you set before training.",
            ),
            Misconception(
                "decay-rate-for-learning-rate",
                ("learning rates",),
                "The length of a step has a symbol of its own. Look at what β multiplies in the running mean.",
            ),
            Misconception(
                "decay-rate-for-correction",
                ("corrections",),
                "The correction is made of them, and it changes with t. Look at where they stand alone.",
            ),
        ),
    ),
    Question(
        "H1-Q11-claim",
        "What does the scaling in RMSProp and Adam change?",
        "choice",
        "step sizes",
        practice=True,
        choices={
            "step sizes": "coordinates with small and with large gradients take steps of similar size",
            "vanishing": "gradients no longer vanish or explode on their way through the layers",
            "global minimum": "the descent can no longer end in a poor minimum",
            "no learning rate": "a learning rate is no longer needed",
        },
        choice_aliases={"steps": "step sizes", "step size": "step sizes", "per coordinate": "step sizes"},
        known=(
            Misconception(
                "optimiser-cures-vanishing-gradients",
                ("vanishing",),
                "The optimiser sees gradients after the backward pass. Ask whether it changes a product of Jacobians.",
            ),
            Misconception(
                "optimiser-finds-the-best-minimum",
                ("global minimum",),
                "Each coordinate still moves against its slope. Ask what it knows of other valleys.",
            ),
            Misconception(
                "learning-rate-not-needed",
                ("no learning rate",),
                "Write down the first step for a single parameter, and look at what sets its length.",
            ),
        ),
    ),
    Question(
        "H1-Q11-adam-order",
        "One step of Adam computes a gradient, running means, corrected means and new parameters. In which order?",
        "choice",
        "means-first",
        practice=True,
        choices={
            "parameters-first": "corrected means, parameters, then gradient and running means",
            "means-first": "gradient, running means, corrected means, parameters",
            "correction-first": "gradient, corrected means, running means, parameters",
        },
        known=(
            Misconception(
                "update-before-gradient",
                ("parameters-first",),
                "Carry out the first step in that order, with running means that begin at zero. See how far it goes.",
            ),
            Misconception(
                "correction-before-mean",
                ("correction-first",),
                "Ask what is being corrected, and whether it has seen the newest gradient yet.",
            ),
        ),
    ),
    Question(
        "H1-Q11-adam-eps",
        "Adam as published and as PyTorch computes it: give the parameter ω after the step, from the corrected means "
        "m_hat and v_hat.",
        "expression",
        ADAM,
        practice=True,
        quantities=(
            PARAMETER,
            RATE,
            Quantity("m_hat", "corrected running mean of the gradient", role="the mean gradient"),
            Quantity("v_hat", "corrected running mean of the squared gradient", domain="positive"),
            EPSILON,
        ),
        known=(
            Misconception("epsilon-inside-the-root", ("omega - eta*m_hat/sqrt(v_hat + epsilon)",), OUTSIDE_HINT),
            Misconception("epsilon-left-out", ("omega - eta*m_hat/sqrt(v_hat)",), NO_EPSILON_HINT),
            Misconception("ascent", ("omega + eta*m_hat/(sqrt(v_hat) + epsilon)",), DESCEND_HINT),
            Misconception(
                "root-left-out",
                ("omega - eta*m_hat/(v_hat + epsilon)",),
                "Compare units: the step should not depend on the unit of the gradient. Look at the power below.",
            ),
            Misconception(
                "epsilon-beside-the-fraction",
                ("omega - eta*(m_hat/sqrt(v_hat) + epsilon)", "omega - (eta*m_hat/sqrt(v_hat) + epsilon)"),
                "ε is there so that nothing is divided by zero. Look at where it stands in yours.",
            ),
            Misconception("step-for-parameter", ("-eta*m_hat/(sqrt(v_hat) + epsilon)",), ONLY_THE_STEP_HINT),
        ),
    ),
)

# --- Assignment 2 ----------------------------------------------------------------------------------------------------

ASSIGNMENT = (
    Question(
        "A2-AN-9",
        "In one step of gradient descent with learning rate alpha, by how much do the parameters change? The gradient "
        "g is a column; give the change as a column.",
        "matrix",
        "-alpha*g",
        practice=True,
        quantities=(
            Quantity("d", "the number of parameters", "size"),
            Quantity("g", "the gradient, a column of d", "matrix", ("d", "1")),
            Quantity("alpha", "learning rate α", domain="positive", role="the learning rate"),
        ),
        known=(
            Misconception(
                "ascent",
                ("alpha*g",),
                "The gradient points where the loss grows fastest. Look at the direction in which you walk.",
            ),
            Misconception("learning-rate-left-out", ("-g", "g"), NO_RATE_HINT),
            Misconception(
                "direction-without-length",
                ("-alpha*g/norm(g)", "alpha*g/norm(g)"),
                "Your step has the length α everywhere. Look at whether the step should shrink near the bottom.",
            ),
            Misconception(
                "size-for-change",
                ("alpha*norm(g)",),
                "That is how long the step is. The question asks for the step itself, with its direction.",
            ),
        ),
    ),
    Question(
        "A2-AN-10",
        "When may gradient descent stop? Pick the rule that cannot stop it on a slope where every step still pays.",
        "choice",
        "small gradient",
        practice=True,
        choices={
            "small gradient": "when the norm of the gradient is below a threshold",
            "small change of the gradient": "when the gradient differs from the previous one by less than a threshold",
            "zero loss": "when the loss is zero",
        },
        known=(
            Misconception(
                "change-of-the-gradient",
                ("small change of the gradient",),
                "Take J(θ) = θ. Compare its gradient at two points, and see whether the descent is over.",
            ),
            Misconception(
                "minimum-is-zero",
                ("zero loss",),
                "Data with noise leave a loss that no parameters remove. Ask what is known about the gradient at the "
                "bottom.",
            ),
        ),
    ),
    Question(
        "A2-AN-11",
        "J(θ) = ½ lam θ². One step of gradient descent with learning rate alpha multiplies θ by a factor. Give it.",
        "expression",
        "1 - alpha*lam",
        practice=True,
        quantities=(
            Quantity("alpha", "learning rate α", domain="positive"),
            Quantity("lam", "curvature λ", domain="positive"),
        ),
        known=(
            Misconception(
                "ascent", ("1 + alpha*lam",), "With that factor every rate diverges. Look at the direction of the step."
            ),
            Misconception(
                "change-for-factor",
                ("-alpha*lam", "alpha*lam"),
                "That times θ is the change. Ask what θ has become after it.",
            ),
            Misconception(
                "half-of-the-loss",
                ("1 - alpha*lam/2", "1 - 2*alpha*lam"),
                "The ½ of the loss meets the 2 of the square. Look at the derivative once more.",
            ),
            Misconception(
                "curvature-left-out",
                ("1 - alpha",),
                "A steeper bowl has a larger gradient at the same θ. Look for what is missing.",
            ),
        ),
    ),
    Question(
        "A2-AN-11-never",
        "A convex quadratic with one minimum, exact gradients, and a learning rate far too small, but fixed and "
        "positive. What happens in the end?",
        "choice",
        "converges",
        practice=True,
        choices={
            "converges": "it converges to the minimum, after many steps",
            "never": "it never converges",
            "local minimum": "it is stuck in a local minimum",
            "diverges": "it diverges",
        },
        known=(
            Misconception(
                "slow-means-never",
                ("never",),
                "Each step multiplies the distance by a fixed number below one. Raise that number to a large power.",
            ),
            Misconception(
                "small-rate-means-local-minimum",
                ("local minimum",),
                "Count the minima of a convex quadratic, then ask what the size of the rate has to do with it.",
            ),
            Misconception(
                "too-small-exchanged-with-too-large",
                ("diverges",),
                "Write down the factor of one step, and see for which rates its size is above one.",
            ),
        ),
    ),
    Question(
        "A2-AN-12",
        "Why can gradient descent not minimise the share of wrong predictions (the 0–1 error) of a classifier?",
        "choice",
        "flat",
        practice=True,
        choices={
            "piecewise": "it is defined piece by piece, and such functions have no derivative",
            "flat": "its gradient is zero almost everywhere and undefined at the jumps",
            "bounded": "it is bounded, and a loss must be able to grow without limit",
            "slow": "it could, but the steps would be small",
        },
        known=(
            Misconception(
                "piecewise-means-no-derivative",
                ("piecewise",),
                "Huber's loss is defined piece by piece too. Compare its slopes from both sides where the pieces meet.",
            ),
            Misconception(
                "bounded-means-no-descent",
                ("bounded",),
                "The sigmoid is bounded and has a slope everywhere. Move a weight by a tiny bit and count the errors.",
            ),
            Misconception(
                "flat-means-slow",
                ("slow",),
                "Move a weight by a tiny bit, count the wrong predictions again, and write down the quotient.",
            ),
        ),
    ),
)

QUESTIONS = (*HOMEWORK, *ASSIGNMENT)
