"""Write the versions installed now into requirements/constraints.txt."""

import re
import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "requirements" / "constraints.txt"
HEADER = "# Every package of the project's environment at the version it was tested with, made by `make constraints`.\n"
# The environment's own tools, and the course itself.
NOT_PINNED = {"pip", "setuptools", "wheel", "course-utils"}


def main():
    frozen = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout
    pins = [re.sub(r"\+.*", "", line) for line in frozen.splitlines()]  # 2.13.0+cpu is 2.13.0 elsewhere
    pins = [pin for pin in pins if pin.split("==")[0].lower() not in NOT_PINNED]
    TARGET.write_text(HEADER + "\n".join(sorted(pins, key=str.lower)) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(pins)} packages")


if __name__ == "__main__":
    main()
