"""Train: the small loop of chapters 7 and 8, and the one for a text, which an interrupt cannot undo."""

from course_utils.train.checkpoint import CheckpointError, load, save
from course_utils.train.language_model import fit_text, held_out_loss
from course_utils.train.loop import Curve, fit, score, seeded
from course_utils.train.run import Record

__all__ = ["CheckpointError", "Curve", "Record", "fit", "fit_text", "held_out_loss", "load", "save", "score", "seeded"]
