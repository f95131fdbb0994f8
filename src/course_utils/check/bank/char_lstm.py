"""Questions on the CharLSTM: the coding part of Assignment 1.

Its fifteen marks are given in the notebook, ten by `course_utils.check.char_lstm` and five by a person. The questions
here are for practice.
"""

from course_utils.check.questions import Misconception, Quantity, Question

SIZES = (
    Quantity("V", "characters in the vocabulary", domain="above one", role="a size"),
    Quantity("E", "numbers that describe a character", domain="above one", role="a size"),
    Quantity("H", "numbers in h and in c", domain="above one", role="a size"),
    Quantity("L", "layers of the LSTM", domain="above one", role="a size"),
)
FIRST, OTHER, OUTPUT = "(4*H*(E + H) + 8*H)", "(8*H**2 + 8*H)", "(H*V + V)"
EMBEDDING = "V*E"


def _total(embedding=EMBEDDING, first=FIRST, others=f"(L - 1)*{OTHER}", output=OUTPUT) -> str:
    return f"{embedding} + {first} + {others} + {output}"


LOGITS = (
    Quantity("z1", "logit of the first character", role="a logit"),
    Quantity("z2", "logit of the second character", role="a logit"),
    Quantity("T", "the temperature", domain="positive", role="the temperature"),
)

QUESTIONS = (
    Question(
        "A1-C1",
        "A network has an embedding of V characters with E numbers each, torch.nn.LSTM(E, H) with L layers, and a "
        "linear layer with bias from H to V. How many parameters has it?",
        "expression",
        _total(),
        practice=True,
        quantities=SIZES,
        known=(
            Misconception(
                "one-bias",
                (_total(first="(4*H*(E + H) + 4*H)", others="(L - 1)*(8*H**2 + 4*H)"),),
                "Count the biases once more. Look at the names of the vectors that torch.nn.LSTM keeps for a layer.",
            ),
            Misconception(
                "no-bias-in-the-lstm",
                (_total(first="4*H*(E + H)", others="(L - 1)*8*H**2"),),
                "The LSTM's blocks are not only matrices. Look at what is added to their products.",
            ),
            Misconception(
                "no-bias-in-the-output", (_total(output="H*V"),), "The last layer is affine. Look at what it adds."
            ),
            Misconception(
                "embedding-left-out",
                (_total(embedding="0"),),
                "The characters enter as numbers of a table, and the table is learned too.",
            ),
            Misconception(
                "output-left-out",
                (_total(output="0"),),
                "The state has as many entries as hidden units. Look at what makes logits of it.",
            ),
            Misconception(
                "every-layer-like-the-first",
                (f"{EMBEDDING} + L*{FIRST} + {OUTPUT}",),
                "Only the first layer reads the embedding. Look at what the second one reads.",
            ),
            Misconception(
                "single-layer",
                (_total(others="0"),),
                "That is the number for a single layer. Look at what the layers above it add.",
            ),
            Misconception(
                "three-gates",
                (_total(first="(3*H*(E + H) + 6*H)", others="(L - 1)*(6*H**2 + 6*H)"),),
                "The candidate has weights of its own, like a gate. Count the blocks again.",
            ),
            Misconception(
                "single-block",
                (_total(first="(H*(E + H) + 2*H)", others="(L - 1)*(2*H**2 + 2*H)"),),
                "That is a simple recurrent network. Count the blocks of weights that an LSTM has in each layer.",
            ),
            Misconception(
                "recurrent-weights-left-out",
                (_total(first="(4*H*E + 8*H)", others="(L - 1)*(4*H**2 + 8*H)"),),
                "Each block reads two things at a step. Look at the second one.",
            ),
        ),
    ),
    Question(
        "A1-C2",
        "A network that has not been trained gives each of V characters the same probability. What is its "
        "cross-entropy, in nats per character?",
        "expression",
        "log(V)",
        practice=True,
        quantities=SIZES[:1],
        known=(
            Misconception(
                "probability-for-loss",
                ("1/V",),
                "That is the probability of the right character. The loss is a function of it.",
            ),
            Misconception(
                "bits-for-nats", ("log(V)/log(2)",), "That is a number of bits. Look at the unit that is asked for."
            ),
            Misconception(
                "sum-over-the-vocabulary",
                ("V*log(V)",),
                "One character of the vocabulary is right. Look at how many terms of the sum its label leaves.",
            ),
            Misconception(
                "weighted-by-the-prediction",
                ("log(V)/V",),
                "The weight in front of the logarithm is the label, not the prediction.",
            ),
        ),
    ),
    Question(
        "A1-C3",
        "Two characters have the logits z1 and z2. With which probability is the first one drawn at the temperature T?",
        "expression",
        "exp(z1/T)/(exp(z1/T) + exp(z2/T))",
        practice=True,
        quantities=LOGITS,
        known=(
            Misconception(
                "temperature-multiplies",
                ("exp(T*z1)/(exp(T*z1) + exp(T*z2))",),
                "Try a very high temperature: the two should become equally likely. Look at where T must stand.",
            ),
            Misconception(
                "temperature-left-out",
                ("exp(z1)/(exp(z1) + exp(z2))",),
                "That is the probability at a single temperature. Look at how the logits change with it.",
            ),
            Misconception(
                "temperature-after-the-softmax",
                ("exp(z1)/(exp(z1) + exp(z2))/T", "T*exp(z1)/(exp(z1) + exp(z2))"),
                "The two probabilities must still add up to one. Look at whether the temperature acts before or "
                "after the softmax.",
            ),
            Misconception(
                "one-logit-cooled",
                ("exp(z1/T)/(exp(z1/T) + exp(z2))", "exp(z1/T)/(exp(z1) + exp(z2))"),
                "The temperature acts on some of the logits only. Look at the denominator.",
            ),
            Misconception(
                "the-other-character",
                ("exp(z2/T)/(exp(z1/T) + exp(z2/T))",),
                "That is the probability of the second character.",
            ),
            Misconception(
                "exponentials-left-out",
                ("z1/(z1 + z2)",),
                "Logits may be negative, probabilities may not. Look at what comes before the division.",
            ),
        ),
    ),
)
