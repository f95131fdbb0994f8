"""A lab built from binder/ alone: it starts, and the first chapter runs to its end in the browser."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import environment
import nbformat
import pytest

from tools import browser

ROOT = environment.ROOT
CHAPTER = next(iter(sorted((ROOT / "notebooks").glob("*.ipynb"))), None)
TOKEN = "launch"
START_SECONDS = 60
RUN_SECONDS = 300
# Binder gives about 2 GB; the lab itself takes some of it.
MEMORY_LIMIT_MIB = 1536


def test_requirements_are_written_as_repo2docker_reads_them():
    lines = [line.split("#")[0].strip() for line in environment.REQUIREMENTS.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line]
    # A reference to another file makes repo2docker copy the repository before it installs.
    assert "-r ../requirements.txt" in lines
    # It takes an option and its value apart at "=".
    assert all("=" in line for line in lines if line.startswith("--")), lines


def test_runtime_is_a_python_that_the_course_supports():
    version = re.fullmatch(r"python-3\.(\d+)\n", (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8"))
    assert version, "binder/runtime.txt: expected one line such as python-3.11"
    lowest = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert int(version[1]) >= int(lowest[1])


def kernel_peak_mib(server):
    """The largest memory that a child of the lab's process has held, in MiB; 0 where the system does not tell."""
    peaks = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:  # A process that has ended since.
            continue
        if f"\nPPid:\t{server.pid}\n" in text and (peak := re.search(r"VmHWM:\s+(\d+) kB", text)):
            peaks.append(int(peak[1]) // 1024)
    return max(peaks)


@pytest.fixture
def home(tmp_path, repository, launch_environment):
    """The repository as Binder lays it out, after postBuild; the chapter's stored outputs are taken away."""
    folder = tmp_path / "home"
    shutil.copytree(repository, folder)
    notebook = nbformat.read(folder / CHAPTER.relative_to(ROOT), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    nbformat.write(notebook, folder / CHAPTER.relative_to(ROOT))
    environment.run("binder/postBuild", cwd=folder)
    yield folder
    environment.uninstall()


@pytest.fixture
def lab(home, tmp_path):
    """JupyterLab, started in `home` as the environment has it: its address and its process."""
    settings = tmp_path / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    # No question about news over the page.
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        name: str(tmp_path / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "IPYTHONDIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
        )
    }
    log = tmp_path / "lab.log"
    with log.open("w") as written:
        server = subprocess.Popen(
            [
                environment.FOLDER / "bin" / "jupyter",
                "lab",
                "--no-browser",
                "--allow-root",
                f"--port={port}",
                "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={TOKEN}",
            ],
            cwd=home,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=os.environ | environment.CLEAN | own | {"JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings")},
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(
            lambda: answers(f"{address}/api/status?token={TOKEN}"),
            START_SECONDS,
            lambda: f"JupyterLab did not start:\n{log.read_text()}",
        )
        yield address, server
    finally:
        server.terminate()
        server.wait(timeout=30)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            return json.load(reply)
    except OSError:
        return None


def wait_until(is_done, seconds, message):
    """Ask `is_done` until it holds; fail with `message` after `seconds`."""
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, message()
        time.sleep(0.5)


@pytest.fixture(scope="session")
def page():
    """A page of a headless browser; the test is skipped where there is none, and fails in CI."""
    if browser.path() is None:
        (pytest.fail if browser.required() else pytest.skip)(browser.MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**browser.options())
        yield chromium.new_page(viewport={"width": 1400, "height": 900})
        chromium.close()


def run_all(page, address):
    """Choose Run > Run All Cells, once the lab has its kernel, and again where the lab was not ready to take it."""
    wait_until(
        lambda: any(
            kernel["connections"] and kernel["execution_state"] == "idle"
            for kernel in answers(f"{address}/api/kernels?token={TOKEN}") or []
        ),
        START_SECONDS,
        lambda: "no kernel came up",
    )
    prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt")  # of the cells in view

    def has_begun():
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
        for _ in range(20):
            page.wait_for_timeout(500)
            if re.search(r"\[[*\d]", "".join(prompts.all_inner_texts())):
                return True
        return False

    wait_until(has_begun, START_SECONDS, lambda: "Run All Cells has no effect")


def code_cells(path):
    """The code cells of a stored notebook; None where it is being written at this moment."""
    try:
        cells = nbformat.read(path, as_version=4).cells
    except nbformat.reader.NotJSONError:
        return None
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def test_the_first_chapter_runs_to_its_end_in_the_lab(page, lab, home, say):
    say(f"{CHAPTER.stem}: Run All in a lab built from binder/")
    address, server = lab
    stored = home / CHAPTER.relative_to(ROOT)
    page.goto(f"{address}/lab/tree/{CHAPTER.relative_to(ROOT)}?token={TOKEN}&reset")
    page.locator(".jp-Notebook").wait_for(timeout=START_SECONDS * 1000)
    run_all(page, address)

    cells = []

    def has_ended():
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1000)
        cells[:] = code_cells(stored) or cells
        failed = any(output.output_type == "error" for cell in cells for output in cell.outputs)
        return failed or (cells and all(cell.execution_count for cell in cells))

    wait_until(
        has_ended,
        RUN_SECONDS,
        lambda: (
            f"{CHAPTER.name} did not come to its end: only "
            f"{sum(bool(cell.execution_count) for cell in cells)} of {len(cells)} cells ran"
        ),
    )
    errors = [
        f"{output.ename}: {output.evalue}, in the cell\n{cell.source}"
        for cell in cells
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert not errors, "\n\n".join(errors)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert page.locator(".jp-Dialog").all_inner_texts() == []
    peak = kernel_peak_mib(server)
    say(f"{len(cells)} cells ran; the kernel held {peak} MiB at most")
    assert peak < MEMORY_LIMIT_MIB, f"the kernel held {peak} MiB; Binder has room for {MEMORY_LIMIT_MIB}"
