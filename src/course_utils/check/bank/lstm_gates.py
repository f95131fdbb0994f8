"""Questions on the gates of an LSTM: parts of questions 3 and 4 of Assignment 1 that a machine can check.

Marks. Questions 3 and 4 are prose and are marked by a person. What stands here is for practice.

One unit, so that every symbol is a number. With more units the same formulas hold entry by entry, except where
recurrent weights u appear, which are matrices then.
"""

from fractions import Fraction

from course_utils.check.bank.practice import ask
from course_utils.check.questions import Quantity

SCORES = tuple(
    Quantity(f"a_{gate}", f"pre-activation of {gate}", role="a pre-activation") for gate in ("i", "f", "g", "o")
)
GATES = (
    Quantity("i", "the input gate, σ(a_i)", definition="sigma(a_i)", role="a gate"),
    Quantity("f", "the forget gate, σ(a_f)", definition="sigma(a_f)", role="a gate"),
    Quantity("g", "the candidate, tanh(a_g)", definition="tanh(a_g)", role="the candidate"),
    Quantity("o", "the output gate, σ(a_o)", definition="sigma(a_o)", role="a gate"),
)
OLD_CELL = Quantity("c_prev", "the cell state one step before", role="a cell state")
CELL = Quantity("c", "the cell state of this step", definition="f*c_prev + i*g", role="a cell state")
DH = Quantity("dh", "∂L/∂h of this step", role="an upstream gradient")
DC = Quantity("dc", "∂L/∂c of this step, over all paths", role="an upstream gradient")
STEP = (*SCORES, OLD_CELL, *GATES, CELL)

SETTING = (
    "One step of an LSTM with one unit: i = σ(a_i), f = σ(a_f), g = tanh(a_g), o = σ(a_o), c = f c_prev + i g, "
    "h = o tanh(c)."
)

SLOPE_LEFT_OUT = "That is the derivative for the gate itself. Look at the function between it and its pre-activation."
VALUE_FOR_SLOPE = "The value of a gate stands where the slope of its function is needed."
TANH_SLOPE = "You used the slope of a tanh. Look at which function makes this gate."
SIGMOID_SLOPE = "You used the slope of a sigmoid. Look at which function makes the candidate."
SLOPE_TWICE = "A slope stands there twice. Look at how often you pass that function."
HIDDEN_FOR_CELL = (
    "This gate acts through the cell, and what arrives there is more than the gradient of this step's output. "
    "Look at what you start from."
)
CELL_LEFT_OUT = "The derivative of a product with respect to one factor is the other factor. Look for it."
NEW_FOR_OLD = "The new cell state is what comes out. Look at what this gate is multiplied with."
INVERTED = "A gate is a factor. Put f = 1 and f = 0 into your formula and look at what becomes of the old cell state."


def _gate_gradient(upstream: str, partner: str, gate: str, wrong_partners: list) -> list:
    """Return the mistakes in the gradient of a sigmoid gate: upstream · partner · slope."""
    slope = f"{gate}*(1 - {gate})"
    return [
        ("slope-left-out", (f"{upstream}*{partner}",), SLOPE_LEFT_OUT),
        ("value-for-slope", (f"{upstream}*{partner}*{gate}",), VALUE_FOR_SLOPE),
        ("tanh-slope-for-sigmoid", (f"{upstream}*{partner}*(1 - {gate}**2)",), TANH_SLOPE),
        ("slope-counted-twice", (f"{upstream}*{partner}*({slope})**2",), SLOPE_TWICE),
        ("partner-left-out", (f"{upstream}*{slope}",), CELL_LEFT_OUT),
        *((name, (f"{upstream}*{wrong}*{slope}",), hint) for name, wrong, hint in wrong_partners),
    ]


THROUGH_H = "dh*o*(1 - tanh(c)**2)"

GRADIENTS = (
    ask(
        "A1-Q3c-cell",
        "i, f and o are the gates of one unit, g is the candidate. Give the new cell state.",
        "expression",
        "f*c_prev + i*g",
        [
            ("gate-inverted", ("(1 - f)*c_prev + i*g",), INVERTED),
            ("gates-swapped", ("i*c_prev + f*g",), "Two gates have changed places. Look at which one guards the past."),
            (
                "coupled-gates",
                ("f*c_prev + (1 - f)*g",),
                "That is a cell with one gate for two jobs. Look at which gate admits the candidate here.",
            ),
            ("input-gate-left-out", ("f*c_prev + g",), "The candidate enters freely. Look at the gate in front of it."),
            (
                "forget-gate-left-out",
                ("c_prev + i*g",),
                "The old cell state passes freely: so it was in the first LSTM of 1997. Look at what was added since.",
            ),
            (
                "product-for-sum",
                ("f*c_prev*i*g",),
                "Old and new are multiplied. Look at what keeps the gradient from a product.",
            ),
            ("hidden-for-cell", ("o*tanh(f*c_prev + i*g)",), "That is the hidden state. Look one step before it."),
        ],
        quantities=(*SCORES, OLD_CELL, *GATES),
    ),
    ask(
        "A1-Q3c",
        f"{SETTING} The loss depends on h (with gradient dh) and, through the next step c_next = f_next c + …, on "
        "c_next (with gradient dc_next, over all paths). dh holds every path that leaves through h, also the one into "
        "the next step's gates. Give ∂L/∂c.",
        "expression",
        f"{THROUGH_H} + dc_next*f_next",
        [
            ("future-left-out", (THROUGH_H,), "One path leads through this step's output. Look for the other one."),
            ("output-left-out", ("dc_next*f_next",), "One path leads into the next cell. Look for the other one."),
            (
                "gate-inverted",
                (f"{THROUGH_H} + dc_next*(1 - f_next)",),
                "Look at what the old cell state is multiplied with in the next step: the gate, or what it is short "
                "of 1.",
            ),
            (
                "gate-of-the-wrong-step",
                (f"{THROUGH_H} + dc_next*f",),
                "Each step has gates of its own. Look at which step carries this cell state on.",
            ),
            (
                "future-not-gated",
                (f"{THROUGH_H} + dc_next",),
                "The gradient of the next cell arrives unchanged. Look at what stands on the path between the two.",
            ),
            ("slope-left-out", ("dh*o + dc_next*f_next",), "You went from h to c. Look at the function in between."),
            (
                "value-for-slope",
                ("dh*o*tanh(c) + dc_next*f_next",),
                "The value of the tanh stands where its slope is needed.",
            ),
            (
                "tanh-left-out-of-its-slope",
                ("dh*o*(1 - c**2) + dc_next*f_next",),
                "The slope of a tanh is written with its value. Look at which value you squared.",
            ),
            (
                "output-gate-left-out",
                ("dh*(1 - tanh(c)**2) + dc_next*f_next",),
                "Look at what the tanh is multiplied with on its way out.",
            ),
        ],
        quantities=(
            *STEP,
            Quantity("f_next", "the forget gate of the next step", domain="probability", role="a gate"),
            DH,
            Quantity("dc_next", "∂L/∂c of the next step, over all paths", role="an upstream gradient"),
        ),
    ),
    ask(
        "A1-Q3c-da_i",
        f"{SETTING} Give ∂L/∂a_i from dc = ∂L/∂c.",
        "expression",
        "dc*g*i*(1 - i)",
        [
            *_gate_gradient(
                "dc",
                "g",
                "i",
                [("old-cell-for-candidate", "c_prev", "Look at what the input gate is multiplied with: not the past.")],
            ),
            ("hidden-for-cell", ("dh*g*i*(1 - i)",), HIDDEN_FOR_CELL),
        ],
        quantities=(*STEP, DH, DC),
    ),
    ask(
        "A1-Q3c-da_f",
        f"{SETTING} Give ∂L/∂a_f from dc = ∂L/∂c.",
        "expression",
        "dc*c_prev*f*(1 - f)",
        [
            *_gate_gradient(
                "dc",
                "c_prev",
                "f",
                [
                    ("new-cell-for-old", "c", NEW_FOR_OLD),
                    ("candidate-for-old-cell", "g", "Look at what the forget gate is multiplied with: not the new."),
                ],
            ),
            ("hidden-for-cell", ("dh*c_prev*f*(1 - f)",), HIDDEN_FOR_CELL),
        ],
        quantities=(*STEP, DH, DC),
    ),
    ask(
        "A1-Q3c-da_g",
        f"{SETTING} Give ∂L/∂a_g from dc = ∂L/∂c.",
        "expression",
        "dc*i*(1 - g**2)",
        [
            ("slope-left-out", ("dc*i",), SLOPE_LEFT_OUT),
            ("value-for-slope", ("dc*i*g",), VALUE_FOR_SLOPE),
            ("sigmoid-slope-for-tanh", ("dc*i*g*(1 - g)",), SIGMOID_SLOPE),
            (
                "slope-at-the-value",
                ("dc*i*(1 - tanh(g)**2)",),
                "The tanh is taken twice: g is its value already. Look at how the slope is written with it.",
            ),
            ("slope-counted-twice", ("dc*i*(1 - g**2)**2",), SLOPE_TWICE),
            ("partner-left-out", ("dc*(1 - g**2)",), CELL_LEFT_OUT),
            ("forget-gate-for-input-gate", ("dc*f*(1 - g**2)",), "Look at which gate the candidate passes."),
            ("hidden-for-cell", ("dh*i*(1 - g**2)",), HIDDEN_FOR_CELL),
        ],
        quantities=(*STEP, DH, DC),
    ),
    ask(
        "A1-Q3c-da_o",
        f"{SETTING} Give ∂L/∂a_o from dh = ∂L/∂h.",
        "expression",
        "dh*tanh(c)*o*(1 - o)",
        [
            *_gate_gradient(
                "dh",
                "tanh(c)",
                "o",
                [
                    ("cell-for-its-tanh", "c", "Look at what the output gate is multiplied with: not c as it is."),
                    (
                        "slope-for-value",
                        "(1 - tanh(c)**2)",
                        "A slope stands there for a function that this path does not pass. Look at where o enters.",
                    ),
                ],
            ),
            (
                "cell-for-hidden",
                ("dc*tanh(c)*o*(1 - o)",),
                "The output gate does not enter the cell. Look at which gradient arrives where it acts.",
            ),
        ],
        quantities=(*STEP, DH, DC),
    ),
)

# --- the path along the cells ---------------------------------------------------------------------------------------

RECURRENT = tuple(
    Quantity(f"u_{gate}", f"weight from h_prev into a_{gate}", role="a recurrent weight") for gate in ("i", "f", "g")
)
OLD_OUTPUT_GATE = Quantity("o_prev", "the output gate one step before", domain="probability", role="a gate")
SQUEEZE = "o_prev*(1 - tanh(c_prev)**2)"
INTO_THE_GATES = "c_prev*f*(1 - f)*u_f + g*i*(1 - i)*u_i + i*(1 - g**2)*u_g"
STEP_GATES = tuple(
    Quantity(f"f_{t}", f"the forget gate of step {t}", domain="probability", role="a gate") for t in (1, 2, 3)
)
LOSSES_ADDED_UP = "You took the same amount off at every step. Look at whether the loss is a part of what is left."
NUMBER_OF_STEPS = "Count the steps: each one multiplies."


def _kept(question_id: str, gate: str, percent: str, tolerance: Fraction):
    return ask(
        question_id,
        f"A forget gate of one unit is {percent} at each of 100 steps. What is the direct factor between the cell "
        "states before and after these steps?",
        "number",
        f"({gate})**100",
        [
            ("added-for-multiplied", (f"100*({gate})",), "You added the gates up. Look at what each one does to c."),
            ("one-step-only", (gate,), "That is one step. " + NUMBER_OF_STEPS),
            ("number-of-steps", (f"({gate})**99", f"({gate})**101"), NUMBER_OF_STEPS),
            ("lost-for-kept", (f"1 - ({gate})**100",), "That is the share that is lost. Look at what is asked."),
            ("losses-added-up", (f"1 - 100*(1 - {gate})",), LOSSES_ADDED_UP),
        ],
        tolerance=tolerance,
    )


PATHS = (
    ask(
        "A1-Q3d",
        f"{SETTING} Give the direct part of ∂c/∂c_prev: the one in which the gates are held fixed.",
        "expression",
        "f",
        [
            ("gate-inverted", ("1 - f",), INVERTED),
            (
                "constant-carousel",
                ("1",),
                "So it was in the first LSTM of 1997. Look at what c_prev is multiplied with since.",
            ),
            ("input-gate-for-forget-gate", ("i",), "Look at which gate guards the past."),
            ("slope-of-the-gate", ("f*(1 - f)",), "The gate is held fixed. Look at whether its slope takes part."),
            (
                "path-through-the-output",
                ("o*(1 - tanh(c)**2)",),
                "That is the way from the cell to the output. Look at the way from cell to cell.",
            ),
            ("candidate-kept", ("f + i*g", "f*c_prev"), "Differentiate with respect to c_prev, term by term."),
        ],
        quantities=STEP,
    ),
    ask(
        "A1-Q3d-product",
        "The forget gates of three steps are f_1, f_2, f_3. Give the direct part of ∂c_3/∂c_0.",
        "expression",
        "f_1*f_2*f_3",
        [
            ("gate-inverted", ("(1 - f_1)*(1 - f_2)*(1 - f_3)",), INVERTED),
            ("added-for-multiplied", ("f_1 + f_2 + f_3",), "Paths add up. Look at whether these are paths or links."),
            ("last-step-only", ("f_3",), "That leads back one step. " + NUMBER_OF_STEPS),
            ("number-of-steps", ("f_2*f_3", "f_1*f_2"), "Count the arrows between c_0 and c_3."),
            ("constant-carousel", ("1",), "That holds while all gates are open. Look at what a step multiplies with."),
        ],
        quantities=STEP_GATES,
    ),
    ask(
        "A1-Q3d-total",
        "The gates of one step read the last hidden state: a_i = … + u_i h_prev, likewise a_f and a_g, with "
        "h_prev = o_prev tanh(c_prev), and o_prev does not depend on c_prev. Then i = σ(a_i), f = σ(a_f), "
        "g = tanh(a_g), c = f c_prev + i g. Give the total derivative of c with respect to c_prev.",
        "expression",
        f"f + ({INTO_THE_GATES})*{SQUEEZE}",
        [
            (
                "direct-part-only",
                ("f",),
                "That is one of the paths. The gates look at h_prev. Look at what h_prev depends on.",
            ),
            (
                "indirect-part-only",
                (f"({INTO_THE_GATES})*{SQUEEZE}",),
                "Those are the paths through the gates. Look for the one that passes none.",
            ),
            (
                "hidden-slope-left-out",
                (f"f + {INTO_THE_GATES}", f"f + ({INTO_THE_GATES})*o_prev"),
                "The gates read h_prev, not c_prev. Look at what lies between the two.",
            ),
            (
                "forget-path-only",
                (f"f + c_prev*f*(1 - f)*u_f*{SQUEEZE}",),
                "More than one gate reads h_prev and enters c. Count them.",
            ),
            (
                "candidate-path-left-out",
                (f"f + (c_prev*f*(1 - f)*u_f + g*i*(1 - i)*u_i)*{SQUEEZE}",),
                "The candidate reads h_prev too. Count what enters c.",
            ),
            (
                "slopes-left-out",
                (f"f + (c_prev*u_f + g*u_i + i*u_g)*{SQUEEZE}",),
                "You went from a pre-activation to its gate. Look at the functions in between.",
            ),
        ],
        quantities=(*SCORES[:3], OLD_CELL, *GATES[:3], OLD_OUTPUT_GATE, *RECURRENT),
    ),
    _kept("A1-Q3d-90", "9/10", "0.9", Fraction(1, 10**8)),
    _kept("A1-Q3d-99", "99/100", "0.99", Fraction(1, 2000)),
)

# --- the end of a clause --------------------------------------------------------------------------------------------

CLAUSE = (
    ask(
        "A1-Q4b",
        "A translation network has finished a clause. The number of its subject must not govern the next clause. Which "
        "value of the forget gate erases what the cell held?",
        "choice",
        "closed",
        [
            ("gate-inverted", ("open",), INVERTED),
            (
                "half-way",
                ("half",),
                "Then half of it stays, and takes part in the next clause. Look at the factor that leaves nothing.",
            ),
            (
                "other-gate",
                ("output",),
                "That gate hides the cell for one step; what is in it stays. Look at which gate multiplies the past.",
            ),
        ],
        choices={
            "open": "near 1: the gate is open, or fully active",
            "half": "one half",
            "closed": "near 0: the gate is closed",
            "output": "any: closing the output gate erases the cell",
        },
        choice_aliases={
            "0": "closed",
            "near 0": "closed",
            "zero": "closed",
            "1": "open",
            "near 1": "open",
            "one": "open",
            "active": "open",
            "fully active": "open",
            "1/2": "half",
            "0.5": "half",
        },
    ),
    ask(
        "A1-Q4b-cell",
        "At the end of a clause the forget gate is exactly 0. Give the new cell state.",
        "expression",
        "i*g",
        [
            ("gate-inverted", ("c_prev + i*g",), INVERTED),
            ("all-erased", ("0",), "The old cell is gone. Look at whether something new may enter at this step."),
            ("old-cell-kept", ("c_prev",), "Nothing new enters and nothing leaves in your formula. Put f = 0 into c."),
            ("input-gate-left-out", ("g",), "The candidate enters freely. Look at the gate in front of it."),
        ],
        quantities=(SCORES[0], SCORES[2], OLD_CELL, GATES[0], GATES[2]),
    ),
    ask(
        "A1-Q4b-retain",
        "Between a subject and its verb stand words that must not disturb the number in the cell. Which gates keep it?",
        "choice",
        "f=1, i=0",
        [
            ("gate-inverted", ("f=0, i=0",), INVERTED),
            ("input-gate-open", ("f=1, i=1",), "The old cell is kept and each word added. Look at the other gate."),
            ("gates-swapped", ("f=0, i=1",), "That replaces the old by the new. Look at what each gate multiplies."),
        ],
        choices={
            "f=1, i=0": "forget gate open, input gate closed",
            "f=1, i=1": "both open",
            "f=0, i=0": "both closed",
            "f=0, i=1": "forget gate closed, input gate open",
        },
        choice_aliases={"f=1,i=0": "f=1, i=0", "f=1,i=1": "f=1, i=1", "f=0,i=0": "f=0, i=0", "f=0,i=1": "f=0, i=1"},
    ),
)

QUESTIONS = (*GRADIENTS, *PATHS, *CLAUSE)
