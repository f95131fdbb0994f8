"""Remove what the project has made: built, installed or cached. What anyone else has put here stays.

    python3 -m tools.clean

Needs nothing but Python. Names are never read by a shell, links are taken away and never followed, and a folder that is
not as we make it, or holds more than we put there, is left and named.
"""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Each folder that is ours as a whole, and what lies in it where we made it ("" for whatever it holds).
MADE = {
    "_build": "",
    ".venv": "pyvenv.cfg",
    ".venv-launch": "pyvenv.cfg",
    "node_modules": ".package-lock.json",
    "src/course_utils.egg-info": "PKG-INFO",
    ".pytest_cache": "CACHEDIR.TAG",
    ".ruff_cache": "CACHEDIR.TAG",
    ".hypothesis": "",
    "build/lib": "course_utils",
}
# Where our own Python lies, which leaves its bytecode there.
CODE = ("book", "grading", "notebooks", "src", "tests", "tools")


def is_in_a_link(path):
    """Tell whether a folder above `path`, below the project's, is a link: what it leads to is not ours."""
    return any(parent.is_symlink() for parent in path.parents if parent != ROOT and ROOT in parent.parents)


def folders(top):
    """Yield every folder below `top`, links left out."""
    for folder, names, _ in os.walk(ROOT / top, onerror=lambda error: None):
        names[:] = sorted(name for name in names if not Path(folder, name).is_symlink())
        yield from (Path(folder, name) for name in names)


def is_copy(checkpoint):
    """Tell whether the notebook that Jupyter copied here still stands beside, with the same content."""
    stem, mark, suffix = checkpoint.name.rpartition("-checkpoint")
    original = checkpoint.parent.parent / (stem + suffix)
    return bool(mark) and original.is_file() and original.read_bytes() == checkpoint.read_bytes()


def remove(path):
    """Remove a file, a link or a folder with all that it holds."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def empty(folder, is_ours):
    """Remove the files of a folder that are ours, and the folder where nothing else was in it; yield what stays."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.is_symlink() and is_ours(path):
            path.unlink()
        else:
            yield path
    if not any(folder.iterdir()):
        folder.rmdir()


def clean():
    """Remove what was made; return what was left, as pairs of a path and the reason."""
    left = []
    for name, sign in MADE.items():
        path = ROOT / name
        if is_in_a_link(path) or not os.path.lexists(path):
            continue
        if path.is_symlink() or (path.is_dir() and (not sign or (path / sign).exists())):
            remove(path)
        else:
            left.append((path, f"it holds no {sign}: the project did not make it" if sign else "it is no folder"))
    build = ROOT / "build"
    if build.is_dir() and not build.is_symlink():
        for path in build.glob("bdist.*"):
            remove(path)
        if not any(build.iterdir()):
            build.rmdir()
    for top in CODE:
        if (ROOT / top).is_symlink():
            continue
        for folder in list(folders(top)):
            if folder.name == "__pycache__":
                left += [(path, "no bytecode") for path in empty(folder, lambda path: path.suffix == ".pyc")]
            elif folder.name == ".ipynb_checkpoints":
                kept = "not the same as the notebook beside it: perhaps your only copy"
                left += [(path, kept) for path in empty(folder, is_copy)]
    return left


def main():
    try:
        left = clean()
    except OSError as error:
        sys.exit(f"{error.filename} cannot be removed: {error.strerror}. Remove it by hand, then repeat.")
    for path, reason in left:
        print(f"Left: {path.relative_to(ROOT)} ({reason})")


if __name__ == "__main__":
    main()
