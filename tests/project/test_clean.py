"""`make clean` takes away what the project made, and nothing that somebody else put beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MADE = {
    ".venv/pyvenv.cfg", "_build/html/index.html", "node_modules/.package-lock.json", "tools/__pycache__/clean.pyc",
    "notebooks/.ipynb_checkpoints/one-checkpoint.ipynb",
}  # fmt: skip
OWN = {
    "notebooks/one.ipynb", "notebooks/final/work.ipynb", "notebooks/final", "notebooks/it's mine/a b.ipynb",
    "notebooks/final copy/.ipynb_checkpoints/work-checkpoint.ipynb", "src/__pycache__/notes.txt", "build/plan.txt",
}  # fmt: skip


@pytest.fixture(params=["course", "My Course", 'it\'s "mine"'])
def project(tmp_path, request):
    """A project in a folder of a difficult name, with what was made and what is a student's own."""
    folder = tmp_path / request.param
    for name in MADE | OWN:
        if Path(name).suffix or Path(name).name.startswith("."):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("the same", encoding="utf-8")
    for name in ("Makefile", "tools/__init__.py", "tools/clean.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def clean(project):
    return subprocess.run(
        ["make", "clean", f"PYTHON={sys.executable}"], cwd=project, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_what_was_made_goes_and_what_is_somebodys_own_stays(project):
    told = clean(project)
    assert not [name for name in MADE if (project / name).exists()]
    assert not [name for name in OWN if not (project / name).exists()]
    assert "final copy/.ipynb_checkpoints/work-checkpoint.ipynb" in told and "notes.txt" in told


def test_a_link_is_taken_away_and_not_followed(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "__pycache__").mkdir(parents=True)
    (elsewhere / "__pycache__" / "work.pyc").write_text("mine", encoding="utf-8")
    shutil.rmtree(project / "_build")
    (project / "_build").symlink_to(elsewhere)
    (project / "notebooks" / "linked").symlink_to(elsewhere)
    clean(project)
    assert not (project / "_build").is_symlink() and (elsewhere / "__pycache__" / "work.pyc").exists()
