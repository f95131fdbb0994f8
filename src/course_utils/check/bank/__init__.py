"""The question bank: every machine-checked question, in the order of the sheets."""

from course_utils.check.bank import (
    artificial_neurons,
    backpropagation,
    char_lstm,
    computation_graphs,
    gradient_descent,
    linear_regression,
    lstm_gates,
    recurrent_networks,
    training_networks,
)
from course_utils.check.questions import Bank

BANK = Bank(
    (
        *linear_regression.QUESTIONS,
        *gradient_descent.QUESTIONS,
        *artificial_neurons.QUESTIONS,
        *backpropagation.QUESTIONS,
        *computation_graphs.QUESTIONS,
        *training_networks.QUESTIONS,
        *recurrent_networks.QUESTIONS,
        *lstm_gates.QUESTIONS,
        *char_lstm.QUESTIONS,
    )
)
