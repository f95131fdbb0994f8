"""How nbgrader hands out and marks the assignments; `make assignments` reads what students get from here, too.

    python -m tools.assignments --course FOLDER

copies this file into a course folder, beside the worked solutions. Every nbgrader command that runs in that folder
reads it there. What you may want to change stands in the first block.
"""

import os
from pathlib import Path

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.v4 import new_output
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Integer, List, Unicode

SECONDS_PER_CELL = 120
MEMORY_GIBIBYTES = 3  # for each kernel, on Linux; the assignments need less than one

c = get_config()  # noqa: F821 (nbgrader defines it)
c.CourseDirectory.course_id = Path(__file__).parent.name  # the folder's name is the course's, for the exchange of a hub

# --- what students get ------------------------------------------------------------------------------------------------

# It runs, so that what is not written yet does not stop the cell it stands in; the checks say what is missing.
c.ClearSolutions.code_stub = {"python": "...  # Yours to write: the text above this cell says what belongs here."}
c.ClearSolutions.text_stub = "*Write your answer here, in place of this line.*"

# --- what comes back --------------------------------------------------------------------------------------------------

# `nbgrader zip_collect NAME` sorts files by their names: the student's id comes first and ends at an underscore, the
# assignment's name comes last. What stands between and after, as many a platform puts it there, is passed over.
NAMES = "|".join(sorted(folder.name for folder in Path(__file__).parent.glob("source/*")))
c.FileNameCollectorPlugin.named_regexp = rf".*/(?P<student_id>[^/_]+)_(?:[^/]*_)?(?P<file_id>{NAMES})[^/_]*$"
c.FileNameCollectorPlugin.valid_ext = [".ipynb"]

# --- how submissions are run ------------------------------------------------------------------------------------------


class Execute(NbgraderExecute):
    """Run a submission to its end, whatever one cell of it does.

    A cell that takes too long is interrupted. A cell that takes the kernel with it, exhausts the memory or cannot be
    interrupted is left out, and the notebook is run again from the start without it. Such a cell costs its own marks
    and those of the cells that need its names.
    """

    restarts = Integer(5, help="How many cells may be left out; after that the submission is not marked.").tag(
        config=True
    )

    def preprocess(self, nb, resources, km=None):
        """Run the notebook, again without the cell that stopped it, as often as `restarts` allows."""
        self.left_out, self.running = {}, None
        while True:
            try:
                return super().preprocess(nb, resources, km)
            except (CellTimeoutError, DeadKernelError) as error:
                if self.running in self.left_out or len(self.left_out) == self.restarts:
                    raise
                why = (
                    str(error)
                    if isinstance(error, DeadKernelError)
                    else ("It took too long and could not be interrupted.")
                )
                self.left_out[self.running] = why
                self.log.warning("Cell %d is left out and the notebook is run again. %s", self.running, why)

    def preprocess_cell(self, cell, resources, index):
        """Run one cell, or say why it is left out."""
        self.running = index
        if index not in self.left_out:
            return super().preprocess_cell(cell, resources, index)
        said = f"This cell was left out when the notebook was marked. {self.left_out[index]}"
        cell.outputs = [new_output("error", ename="LeftOut", evalue=said, traceback=[f"LeftOut: {said}"])]
        return cell, resources

    def on_cell_executed(self, **kwargs):
        """See whether the kernel can go on after this cell."""
        super().on_cell_executed(**kwargs)
        reply = kwargs["execute_reply"]["content"]
        if reply.get("ename") == "MemoryError" or "allocate memory" in reply.get("evalue", ""):
            raise DeadKernelError("It asked for more memory than there is.")
        if any(wish["source"] == "ask_exit" for wish in reply.get("payload", ())):
            raise DeadKernelError("It ended the kernel.")


class SetOutputsAside(NbGraderPreprocessor):
    """Before outputs are cleared, keep what was handed in."""

    def preprocess_cell(self, cell, resources, index):
        """Put a copy of the outputs into the cell's metadata."""
        if cell.cell_type == "code":
            cell.metadata["handed_in"] = {"outputs": cell.outputs, "execution_count": cell.execution_count}
        return cell, resources


class PutOutputsBack(NbGraderPreprocessor):
    """After marking, show a person what was handed in where marking cuts a long run short.

    The cells that carry machine marks keep the outputs of the marking run: their marks are read from there.
    """

    notebooks = List(Unicode(), help="Names of the notebooks whose long runs are cut short.").tag(config=True)

    def preprocess_cell(self, cell, resources, index):
        """Put the outputs back that `SetOutputsAside` kept."""
        handed_in = cell.metadata.pop("handed_in", None)
        marks = cell.metadata.get("nbgrader", {}).get("grade")
        if handed_in and not marks and resources["nbgrader"]["notebook"] in self.notebooks:
            cell.outputs, cell.execution_count = handed_in["outputs"], handed_in["execution_count"]
        return cell, resources


# nbgrader's own lists, with ours in them.
c.Autograde.sanitize_preprocessors = [
    SetOutputsAside,
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    Execute,
    PutOutputsBack,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
c.PutOutputsBack.notebooks = ["char_lstm"]
# Kernels inherit these: one thread each, so that several can run side by side, and no progress bars, which nbgrader
# would take for errors.
os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
c.Execute.timeout = SECONDS_PER_CELL
c.Execute.extra_arguments = [
    "--HistoryManager.hist_file=:memory:",
    # A cell that asks for more gets a MemoryError, which costs that cell and no other.
    f"--IPKernelApp.exec_lines=__import__('resource').setrlimit(__import__('resource').RLIMIT_DATA, "
    f"({MEMORY_GIBIBYTES << 30}, {MEMORY_GIBIBYTES << 30}))",
]
