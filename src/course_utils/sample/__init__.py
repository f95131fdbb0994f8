"""Sample: text from a trained CharLSTM, one character at a time, with the state carried on.

`generate` returns a text, `stream` yields its characters, `show` prints them as they come. They take any model with the
interface of the CharLSTM. A model that is one embedding, one LSTM and one linear layer runs as a `Stepper`, which makes
the same step in NumPy, many times faster than ``nn.LSTM`` makes it for a single character.
"""

from course_utils.sample.stepper import Stepper, showcase
from course_utils.sample.writing import generate, show, stream

__all__ = ["Stepper", "generate", "show", "showcase", "stream"]
