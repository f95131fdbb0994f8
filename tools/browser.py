"""Find a Chromium for the tests that need a browser, or install one.

    python -m tools.browser             print the path of the Chromium that the tests use
    python -m tools.browser --install   install one where there is none, and say in one line what was done

`CHROMIUM=/path/to/chromium` names one. Where none can be had those tests are skipped; with `CI=true` that is a failure.
"""

import argparse
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "No Chromium: the browser tests cannot run. Install Chromium or Chrome, or name one with CHROMIUM=/path, "
    "then repeat."
)


@functools.cache
def path():
    """Return the path of a Chromium that starts, as a string; None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not starts(named):
            raise FileNotFoundError(f"CHROMIUM={named} does not start. Name a working Chromium, or leave it unset.")
        return named
    candidates = (shutil.which(command) for command in COMMANDS)
    return next((found for found in candidates if found and starts(found)), None) or of_playwright()


def of_playwright():
    """Return the path of the Chromium that Playwright downloaded; None where it has none that starts."""
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True)
    found = answer.stdout.strip()
    return found if found and Path(found).is_file() and starts(found) else None


def starts(binary):
    """Tell whether this Chromium runs: a download without the system's libraries does not."""
    try:
        return subprocess.run([binary, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def options():
    """Return what Playwright's `launch` needs to start the browser of `path`."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    # Chromium's sandbox refuses to start for root, which containers run as.
    return {"executable_path": path(), "args": ["--no-sandbox"] if root else []}


def required():
    """Tell whether a missing browser is a failure and no reason to skip."""
    return os.environ.get("CI") == "true"


def install():
    """Try Playwright's own download, then Debian's package; return what was done, None where nothing helped."""
    if path():
        return f"Browser: {path()}"
    done = quietly([sys.executable, "-m", "playwright", "install", "chromium"])
    path.cache_clear()
    if done and path():
        return f"Browser: {path()}, downloaded by Playwright"
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quietly(["apt-get", "update"])
        quietly(["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"])
        path.cache_clear()
        if path():
            return f"Browser: {path()}, installed from Debian's package"
    return None


def quietly(command):
    """Run a command that may fail, without its output; tell whether it succeeded."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, capture_output=True, env=environment, timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", action="store_true", help="install a Chromium where there is none")
    arguments = parser.parse_args()
    try:
        answer = install() if arguments.install else path()
    except FileNotFoundError as error:
        sys.exit(str(error))
    if answer:
        print(answer)
        return
    print(f"!!! {MISSING} !!!", file=sys.stderr)
    sys.exit(1 if required() or not arguments.install else 0)


if __name__ == "__main__":
    main()
