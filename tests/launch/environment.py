"""What a launched notebook meets: an environment built from binder/ alone, and a clone of this repository as it is."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv-launch"
PYTHON = FOLDER / "bin" / "python"
REQUIREMENTS = ROOT / "binder" / "requirements.txt"
# Nothing of the caller's environment reaches the launched notebook's Python.
CLEAN = {"PYTHONPATH": "", "VIRTUAL_ENV": "", "PATH": f"{FOLDER / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def run(*command, **options):
    """Run a command to its end; raise with all that it printed where it fails."""
    done = subprocess.run(
        list(map(str, command)),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | CLEAN | options.pop("env", {}),
        **options,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def stamp():
    """What the environment depends on, as one hash: a Python and the files that list packages."""
    listed = [REQUIREMENTS, ROOT / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]
    content = b"".join(path.read_bytes() for path in listed)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()


def pip_options():
    """How pip is called: as on Binder, but without long waits for a package index that cannot be reached from here."""
    for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("--extra-index-url="):
            try:
                urllib.request.urlopen(line.split("=", 1)[1] + "/", timeout=5).close()
            except (urllib.error.URLError, TimeoutError):
                return ["--retries", "0", "--timeout", "10"]
    return []


def build(say):
    """Make the environment as Binder would, without the toolbox; `say` is told what takes time.

    It is kept in .venv-launch and built again only when a file that lists packages changes.
    """
    mark = FOLDER / "stamp"
    if not mark.exists() or mark.read_text() != stamp():
        say(f"Building {FOLDER.name} from binder/requirements.txt (about a minute, more where PyTorch is downloaded)")
        shutil.rmtree(FOLDER, ignore_errors=True)
        venv.create(FOLDER, with_pip=True)
        run(PYTHON, "-m", "pip", "install", "--quiet", *pip_options(), "--requirement", REQUIREMENTS)
        mark.write_text(stamp())
    uninstall()


def uninstall():
    """Take the toolbox out of the environment, where it is in it."""
    run(PYTHON, "-m", "pip", "uninstall", "--quiet", "--yes", "course-utils")


def site_packages(python):
    return Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())


def bare(folder):
    """Make a Python in `folder` that has all packages of the environment and keeps what is installed to itself.

    Returns
    -------
    pathlib.Path
        The Python to run.
    """
    run(PYTHON, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    (site_packages(python) / "shared.pth").write_text(f"{site_packages(PYTHON)}\n")
    return python


def packages(python):
    """Name and version of every package that `python` can import, as pip sees them."""
    listed = json.loads(run(python, "-m", "pip", "list", "--format=json"))
    return {package["name"]: package["version"] for package in listed}


def clone(folder):
    """Copy the work tree, changes that are not committed included, into a git repository of one commit on main."""
    listed = run("git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    settings = ["user.name=Test", "user.email=test@example.org", "commit.gpgsign=false"]
    git = ["git", "-C", folder, *(word for setting in settings for word in ("-c", setting))]
    run(*git, "init", "--quiet", "--initial-branch=main")
    run(*git, "config", "uploadpack.allowFilter", "true")
    run(*git, "add", "--all")
    run(*git, "commit", "--quiet", "--message=The work tree as it is")
    return folder


def git_redirected(address, target):
    """Environment variables with which git reads `target` wherever `address` is asked for."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{target}.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
        "GIT_TERMINAL_PROMPT": "0",
    }
