"""Notebooks make no network calls unless the reader asks, and draw no random numbers that nobody can repeat."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import notebooks
from tools.proofs import plain_python

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = ROOT / "tests" / "offline"
# What a lesson is written with. None of them reaches the network by itself; what does is in FETCHES.
MODULES = {"IPython", "course_utils", "matplotlib", "mpmath", "numpy", "scipy", "sklearn", "sympy", "torch"}
STANDARD = {
    "collections",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "fractions",
    "functools",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "json",
    "math",
    "operator",
    "os",
    "pathlib",
    "random",
    "re",
    "statistics",
    "string",
    "sys",
    "tempfile",
    "textwrap",
    "time",
    "types",
    "typing",
    "warnings",
}
FETCHES = re.compile(
    r"\b(?:fetch_\w+|load_state_dict_from_url|hub|retrieve|download\w*|urlretrieve|system|popen|"
    r"import_module|__import__)\b|https?:|ftp:|tinyshakespeare"
)
UNREPEATABLE = re.compile(
    r"default_rng\(\s*\)|RandomState\(\s*\)|\brandom\.seed\(\s*\)|torch\.seed\(|Random\(\s*\)|"
    r"\b(?:os\.urandom|uuid|secrets|datetime)\b"
)
ALL = sorted(path for path in notebooks.FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def lessons(path):
    """The sources of the code cells after the first, which installs the toolbox."""
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return code[1:]


def called_or_written(source):
    """A cell's code without its comments: names and strings that can reach a network stand here."""
    return ast.unparse(ast.parse(plain_python(source)))


def each(test):
    return pytest.mark.parametrize("path", ALL, ids=[path.relative_to(notebooks.FOLDER).as_posix() for path in ALL])(
        test
    )


@each
def test_only_known_modules_are_imported(path):
    unknown = set()
    for source in lessons(path):
        for node in ast.walk(ast.parse(plain_python(source))):
            if isinstance(node, ast.Import):
                unknown |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                unknown.add((node.module or "").partition(".")[0])
    assert unknown <= MODULES | STANDARD, "a module that no lesson imports so far; does it reach the network?"


@each
def test_no_cell_runs_a_command_or_fetches_anything(path):
    commands = [line for source in lessons(path) for line in source.splitlines() if re.match(r"\s*[%!]", line)]
    fetching = [found[0] for source in lessons(path) if (found := FETCHES.search(called_or_written(source)))]
    assert not commands and not fetching


@each
def test_random_numbers_have_a_seed(path):
    assert not [found[0] for source in lessons(path) if (found := UNREPEATABLE.search(called_or_written(source)))]


@pytest.mark.parametrize(
    "source",
    [
        "sklearn.datasets.fetch_openml('mnist_784')",
        "torch.hub.load('a', 'b')",
        "open('https://example.org')",
        "importlib.import_module('urllib')",
        "text.corpus('tinyshakespeare')",
        "os.system('curl x')",
    ],
)
def test_what_fetches_is_found(source):
    assert FETCHES.search(called_or_written(source))


def test_words_in_comments_are_no_calls():
    assert not FETCHES.search(called_or_written("x = 1  # see https://example.org"))


def offline(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(OFFLINE)}
    )


@pytest.mark.parametrize(
    "call",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import urllib.request; urllib.request.urlopen('http://example.org', timeout=1)",
        "import socket; socket.socket().connect_ex(('192.0.2.1', 80))",
    ],
)
def test_where_the_notebooks_are_checked_a_call_that_leaves_the_machine_is_refused(call):
    done = offline(call)
    assert done.returncode == 1 and "tests/offline" in done.stderr
    swallowed = offline(f"try:\n    {call}\nexcept OSError:\n    pass")
    assert swallowed.returncode == 0 and "A network call to" in swallowed.stderr


def test_calls_within_the_machine_work():
    code = (
        "import socket; server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(('localhost', server.getsockname()[1])).close(); print('reached')"
    )
    assert offline(code).stdout == "reached\n"


def test_the_notebooks_are_checked_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"PYTHONPATH=\S*tests/offline'? \S*pytest --nbval ", makefile)
