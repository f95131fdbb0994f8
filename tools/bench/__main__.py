"""Measure what the notebooks and the page "Status" report, and store it.

    python -m tools.bench                  all that needs no GPU, about twenty minutes on one thread
    python -m tools.bench char_lstm ...    some, by name

Each module of this folder makes one results file of its own name: in src/course_utils/data/, or beside the module where
no notebook reads it. Where a notebook shows the code that is timed, the module runs the notebook's cells tagged for it.
"""

import importlib
import os
import sys

# One thread, so that the ratios do not depend on how many cores happen to be free. Set before NumPy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

WITHOUT_GPU = ["least_squares", "recurrent_models", "char_lstm"]
OTHERS = ["char_lstm_gpu", "tiny_shakespeare", "site"]


def main():
    chosen = sys.argv[1:] or WITHOUT_GPU
    unknown = sorted(set(chosen) - {*WITHOUT_GPU, *OTHERS})
    if unknown:
        raise SystemExit(f"Nothing here is named {', '.join(unknown)}. There are: {', '.join(WITHOUT_GPU + OTHERS)}.")
    for name in chosen:
        importlib.import_module(f"tools.bench.{name}").main()


if __name__ == "__main__":
    main()
