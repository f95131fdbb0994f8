"""Finding a browser: the one named, the one there, and a clear word where there is none."""

import os
import subprocess
import sys

import pytest

from tests.site.conftest import ROOT
from tools import browser

NOWHERE = {"PATH": "/nowhere", "PLAYWRIGHT_BROWSERS_PATH": "/nowhere"}


@pytest.fixture(autouse=True)
def forgotten():
    browser.path.cache_clear()
    yield
    browser.path.cache_clear()


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "browser.py", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "CI": "", **environment},
    )


def test_named_browser_is_used(tmp_path, monkeypatch):
    program = tmp_path / "my-chromium"
    program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert browser.path() == str(program)


def test_named_browser_that_does_not_start_is_an_error(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(FileNotFoundError, match="/nowhere/chromium"):
        browser.path()


def test_no_browser_is_said_out_loud():
    done = run(**NOWHERE)
    assert done.returncode == 1
    assert "CHROMIUM=" in done.stderr


@pytest.mark.parametrize("ci, status", [("", 0), ("true", 1)])
def test_browser_that_cannot_be_installed_fails_only_in_ci(ci, status):
    unreachable = {"PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9", **NOWHERE}
    done = run("--install", CI=ci, **unreachable)
    assert done.returncode == status
    assert done.stderr.startswith("!!!") and done.stdout == ""
