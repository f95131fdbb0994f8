"""Plant faults, one at a time, in a copy of the project, and see the cheapest sufficient check turn red.

    python -m tests.faults                     all of them, into tests/faults/results.json
    python -m tests.faults A-NAME A-KIND ...   some, by name or by kind
    python -m tests.faults --list              what there is

The copy is a temporary folder with every file that git knows or would add. It shares .venv and node_modules with the
project; Python finds the toolbox in the copy, because PYTHONPATH names it first. Every check is first seen green on the
sound copy. Then each fault is planted alone, its check is run, and the file is put back. A fault is caught where the
check fails as a check fails (pytest's exit status 1; 2 to 5 are a broken run) and prints what belongs to this fault.
A fault that survives ends the run with status 1 and names the check that is missing.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from tests.faults.planted import FAULTS, KINDS
from tests.faults.planting import truncated
from tools.bench.common import processor

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results.json")
LONGEST_SECONDS = 600
PACKAGES = ("jupyter-book", "matplotlib", "nbval", "numpy", "pytest", "sympy", "torch")
GREEN, RED = 0, 1


class Copy:
    """A copy of the project, in which faults are planted.

    Attributes
    ----------
    root : Path
    """

    def __init__(self, folder):
        self.root = Path(folder)
        listed = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.root / name)
        for shared in (".venv", "node_modules"):
            (self.root / shared).symlink_to(ROOT / shared)
        # Some tests ask git which files there are.
        subprocess.run(["git", "init", "--quiet", self.root], check=True)
        (self.root / ".git" / "info" / "exclude").write_text(".venv\nnode_modules\n", encoding="utf-8")
        self.bin = self.root / ".venv" / "bin"
        self.environment = os.environ | {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.root / "src"),
            # Two versions of a file within one second and of one size would share their compiled form.
            "PYTHONDONTWRITEBYTECODE": "1",
            **dict.fromkeys(
                ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TQDM_DISABLE", "JUPYTER_PLATFORM_DIRS"),
                "1",
            ),
        }
        # The checks must see the copy, not the project it was made from.
        seen = self.call([self.bin / "python", "-c", "import course_utils; print(course_utils.__file__)"])[1]
        if not Path(seen.strip()).is_relative_to(self.root):
            sys.exit(f"Python finds the toolbox in {seen.strip()}, not in the copy {self.root}.")

    def call(self, command, **environment):
        """Run a command in the copy; return its exit status and all that it printed."""
        try:
            done = subprocess.run(
                list(map(str, command)),
                cwd=self.root,
                env=self.environment | environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=LONGEST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return None, f"no answer after {LONGEST_SECONDS} seconds"
        return done.returncode, re.sub(r"\x1b\[[\d;]*m", "", done.stdout)

    @contextlib.contextmanager
    def spoiled(self, fault):
        """Plant a fault for as long as the block lasts."""
        path = self.root / fault.file
        sound = path.read_bytes()
        try:
            fault.spoil(self.root)
            yield
        finally:
            path.write_bytes(sound)

    def pytest(self, *arguments, **environment):
        return self.call([self.bin / "pytest", "-p", "no:cacheprovider", "-q", "-x", *arguments], **environment)

    def run(self, check):
        """Run a check; return the exit status and what was printed. A status of None stands for a check not reached."""
        if check.tool == "pytest":
            return self.pytest(*check.targets)
        if check.tool == "nbval":
            return self.nbval([check.targets])
        if check.tool == "ruff":
            return self.call([self.bin / "ruff", "check", "--no-cache", "."])
        status, printed = self.build()
        if check.tool == "build" or status != GREEN:
            return (status if check.tool == "build" else None), printed
        return self.pytest(*check.targets)

    def nbval(self, prefixes):
        """Re-execute the first cells of notebooks: pairs of a notebook and the last cell."""
        parts = []
        for name, last in prefixes:
            part = (self.root / name).with_name(f"part_{Path(name).name}")
            part.write_text(truncated((self.root / name).read_text(encoding="utf-8"), last), encoding="utf-8")
            parts.append(part)
        try:
            return self.pytest(
                "--nbval",
                "--nbval-current-env",
                *parts,
                PYTHONPATH=f"{self.root / 'tests' / 'offline'}{os.pathsep}{self.root / 'src'}",
            )
        finally:
            for part in parts:
                part.unlink()

    def build(self):
        """Build the site anew from the sound build, which is kept aside."""
        good, built = self.root / ".git" / "good_build", self.root / "_build"
        if good.exists():
            shutil.rmtree(built, ignore_errors=True)
            shutil.copytree(good, built, symlinks=True)
        status, printed = self.call(
            [self.bin / "jupyter-book", "build", ".", "--warningiserror", "--keep-going", "--nitpick"]
        )
        if status == GREEN and not good.exists():
            shutil.copytree(built, good, symlinks=True)
        return status, printed


# --- the sound copy ---------------------------------------------------------------------------------------------------


def see_green(copy, checks):
    """Run every check on the sound copy; stop where one is not green. Checks of one tool run together."""
    by_tool = {}
    for check in checks:
        by_tool.setdefault(check.tool, []).append(check)
    for tool, group in by_tool.items():
        started = time.monotonic()
        targets = list(dict.fromkeys(target for check in group for target in check.targets))
        if tool == "nbval":
            results = [copy.nbval(longest_prefixes(copy, group))]
        elif tool == "pytest":
            results = [copy.pytest(*targets)]
        elif tool == "site":
            results = [copy.build(), copy.pytest(*targets)]
        else:
            results = [copy.run(group[0])]
        for status, printed in results:
            if status != GREEN or re.search(r"\d+ skipped", printed.splitlines()[-1] if printed else ""):
                sys.exit(f"{tool} is not green on the sound copy; mend that first (make test).\n{tail(printed, 40)}")
        print(f"  green  {tool:7} {len(group):3} checks {time.monotonic() - started:6.0f} s", flush=True)


def longest_prefixes(copy, checks):
    """For each notebook the latest of the cells at which a check ends."""
    longest = {}
    for check in checks:
        name, last = check.targets
        ids = [cell["id"] for cell in json.loads((copy.root / name).read_text(encoding="utf-8"))["cells"]]
        if last not in ids:
            sys.exit(f"{name} has no cell {last}, where the check {check} ends.")
        longest[name] = max(longest.get(name, (-1, "")), (ids.index(last), last))
    return [(name, last) for name, (_, last) in sorted(longest.items())]


# --- faults -----------------------------------------------------------------------------------------------------------


def judge(fault, status, printed):
    """Say in one word what became of a fault, and what to do where it was not caught."""
    if status == RED and fault.says in printed:
        return "caught", ""
    if status == GREEN:
        return "SURVIVED", (
            f"{fault.name} survives: {fault.check} stays green. The missing check: one of {fault.file} "
            f"that notices this fault ({fault.kind}: {fault.name.replace('-', ' ')})."
        )
    return "UNCLEAR", (
        f"{fault.name}: {fault.check} ended with status {status} and does not say {fault.says!r}, so "
        f"this red tells nothing about the fault.\n{tail(printed, 25)}"
    )


def tail(text, lines):
    """Return the last lines, and before them every warning and error: the cause stands above a long traceback."""
    printed = text.strip().splitlines()
    causes = [line for line in printed[:-lines] if re.search(r"WARNING|ERROR|Error:", line)]
    return "\n".join(f"    {line}" for line in [*causes[-lines:], *printed[-lines:]])


def chosen(wanted):
    found = [fault for fault in FAULTS if not wanted or {fault.name, fault.kind, fault.check.tool} & set(wanted)]
    known = {name for fault in FAULTS for name in (fault.name, fault.kind, fault.check.tool)}
    if unknown := sorted(set(wanted) - known):
        sys.exit(f"No fault, kind or tool is named {', '.join(unknown)}. `python -m tests.faults --list` shows them.")
    return found


def commit():
    """The commit of the work tree; "+" stands for changes that are not committed."""

    def git(*arguments):
        return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", ":!tests/faults/results.json")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+" if changed else "")


def write_results(rows):
    """Store what was planted and caught, for the status page, without a time stamp."""
    kinds = {kind: sum(fault.kind == kind for fault, *_ in rows) for kind in KINDS}
    versions = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    result = {
        "command": "make faults",
        "planted": len(rows),
        "caught": sum(word == "caught" for _, word, _ in rows),
        "kinds": {kind: number for kind, number in kinds.items() if number},
        "faults": [
            {"name": fault.name, "kind": fault.kind, "check": str(fault.check), "caught": word == "caught"}
            for fault, word, _ in rows
        ],
        "commit": commit(),
        "hardware": f"{processor()}, {os.cpu_count()} cores",
        "versions": versions,
    }
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("only", nargs="*", help="names, kinds or tools; all faults if none is given")
    parser.add_argument("--list", action="store_true", help="list the faults and plant none")
    arguments = parser.parse_args()
    faults = chosen(arguments.only)
    if arguments.list:
        for fault in faults:
            print(f"{fault.name:34} {fault.kind:22} {fault.check}")
        return
    rows, problems = [], []
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        copy = Copy(Path(folder) / "course")
        print(f"{len(faults)} faults, each alone in a copy. First every check on the sound copy:", flush=True)
        see_green(copy, list(dict.fromkeys(fault.check for fault in faults)))
        print("\n| fault | kind | check | seconds | result |\n|---|---|---|---|---|", flush=True)
        for fault in faults:
            started = time.monotonic()
            with copy.spoiled(fault):
                word, problem = judge(fault, *copy.run(fault.check))
            seconds = time.monotonic() - started
            rows.append((fault, word, seconds))
            problems += [problem] if problem else []
            print(f"| {fault.name} | {fault.kind} | {fault.check} | {seconds:.0f} | {word} |", flush=True)
    words = Counter(word for _, word, _ in rows)
    print(f"\n{len(rows)} planted, {words['caught']} caught.", flush=True)
    if not arguments.only:
        write_results(rows)
    if problems:
        sys.exit("\n\n".join(problems))


if __name__ == "__main__":
    main()
