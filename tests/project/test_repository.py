"""The repository's address: written by one command, the same everywhere."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import repository
from tools.repository import Repository

ROOT = Path(__file__).resolve().parents[2]
# In two pieces, so that the command itself leaves it alone when it runs on a copy of this file.
OTHER = "https://github.com/" + "Another-School/dl.course_2"
# Stated here once more, apart from the command: every form in which the course's own address may stand, as a pattern
# that also finds another owner's. Links to other projects on GitHub have none of these forms.
OWN_FORMS = (
    r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob",
    r"mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/",
    r"git\+https://github\.com/([\w.-]+/[\w.-]+)",
    r"raw\.githubusercontent\.com/([\w.-]+/[\w.-]+)/",
    r"github\.com/([\w.-]+/[\w.-]+?)/(?:issues|actions|blob/main|edit/main|discussions)\b",
    r"repository-code: \"?https://github\.com/([\w.-]+/[\w.-]+)",
    r"Repository = \"https://github\.com/([^\"]+)",
    r"^git clone https://github\.com/([\w.-]+/[\w.-]+)",
)
# Repositories of others that the course names: the public home of Tiny Shakespeare.
OTHERS = ("OWNER/NAME", "karpathy/char-rnn")


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True, text=True).stdout


def copy_of_the_project(target):
    for path in repository.files(ROOT):
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    git(target, "init", "--quiet")
    return target


def small_project(target, **texts):
    git(target, "init", "--quiet")
    (target / "_config.yml").write_text(
        "title: t\n\nrepository:\n  # where\n  branch: main\n  url: https://github.com/"
        "old-owner/course\n\nlaunch_buttons:\n  url: https://example.org\n"
    )
    for name, text in texts.items():
        (target / f"{name}.md").write_text(text, encoding="utf-8")
    return target


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in repository.files(root)}


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/n",
        "https://github.com/o/n/",
        "https://github.com/o/n.git",
        "  https://github.com/o/n.git/ \n",
    ],
)
def test_parse_drops_what_is_optional(url):
    assert repository.parse(url) == Repository("o", "n")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "o/n",
        "github.com/o/n",
        "http://github.com/o/n",
        "git@github.com:o/n.git",
        "https://gitlab.com/o/n",
        "https://github.com/o",
        "https://github.com//n",
        "https://github.com/o/n/tree/main",
        "https://github.com/-o/n",
        "https://github.com/o-/n",
        "https://github.com/o--p/n",
        "https://github.com/o_p/n",
        "https://github.com/o/n?x=1",
        "https://github.com/o/n#x",
        "https://github.com/o/..",
        "https://github.com/o/.git",
        "https://github.com/o/n m",
        "https://github.com/o/é",
        "https://github.com/o/n\nx",
        "https://github.com.evil.org/o/n",
    ],
)
def test_an_invalid_address_is_refused_and_changes_nothing(tmp_path, monkeypatch, url):
    root = small_project(tmp_path, a="https://github.com/old-owner/course")
    before = contents(root)
    monkeypatch.setattr(repository, "ROOT", root)
    with pytest.raises(SystemExit) as stopped:
        repository.main([url])
    assert "https://github.com/OWNER/NAME" in str(stopped.value)
    assert contents(root) == before


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("title: t\n", "_config.yml"),
        ("repository:\n  branch: main\nother:\n  url: https://github.com/o/n\n", "_config.yml"),
        ("repository:\n  url: https://gitlab.com/o/n\n", "gitlab.com"),
    ],
)
def test_a_config_without_an_address_is_named(tmp_path, config, said):
    root = small_project(tmp_path)
    (root / "_config.yml").write_text(config)
    with pytest.raises(ValueError, match=re.escape(said)):
        repository.write(root, Repository("o", "n"))


def test_a_folder_without_git_is_named(tmp_path):
    root = small_project(tmp_path)
    shutil.rmtree(root / ".git")
    with pytest.raises(ValueError, match="git clone"):
        repository.write(root, Repository("o", "n"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://github.com/old-owner/course", "https://github.com/New/n.2"),
        ("https://github.com/old-owner/course.git", "https://github.com/New/n.2.git"),
        ("see https://github.com/old-owner/course.", "see https://github.com/New/n.2."),
        ("git@github.com:old-owner/course.git", "git@github.com:New/n.2.git"),
        ('"git+https://github.com/old-owner/course"', '"git+https://github.com/New/n.2"'),
        (
            "https://colab.research.google.com/github/old-owner/course/blob/main/notebooks/a.ipynb",
            "https://colab.research.google.com/github/New/n.2/blob/main/notebooks/a.ipynb",
        ),
        (
            "https://mybinder.org/v2/gh/old-owner/course/main?urlpath=lab",
            "https://mybinder.org/v2/gh/New/n.2/main?urlpath=lab",
        ),
        (
            "https://raw.githubusercontent.com/old-owner/course/main/a",
            "https://raw.githubusercontent.com/New/n.2/main/a",
        ),
        ("https://old-owner.github.io/course/a.html", "https://new.github.io/n.2/a.html"),
        ("GITHUB.com/Old-Owner/Course", "GITHUB.com/New/n.2"),
        ("https://github.com/old-owner/course-2", None),
        ("https://github.com/old-owner/course.js", None),
        ("https://github.com/an-old-owner/course", None),
        ("https://github.com/old-owner/courses", None),
        ("the old-owner/course of things", None),
        ("https://old-owner.github.io/other", None),
    ],
)
def test_addresses_are_replaced_whole(before, after):
    new, number = repository.replace(before, Repository("old-owner", "course"), Repository("New", "n.2"))
    assert (new, number) == ((after, 1) if after else (before, 0))


def test_a_users_own_site_has_no_path():
    old, new = Repository("o", "n"), Repository("Who", "who.github.io")
    text = "https://o.github.io/n/a.html and https://github.com/o/n"
    there, _ = repository.replace(text, old, new)
    assert there == "https://who.github.io/a.html and https://github.com/Who/who.github.io"
    assert repository.replace(there, new, old)[0] == text


def test_what_git_ignores_links_and_binary_files_stay(tmp_path):
    address = "https://github.com/old-owner/course"
    root = small_project(tmp_path, ignored=address, read=address)
    (root / ".gitignore").write_text("ignored.md\n")
    binary = {root / "zero.bin": b"\0" + address.encode(), root / "latin.bin": b"\xff" + address.encode()}
    for path, content in binary.items():
        path.write_bytes(content)
    outside = tmp_path.parent / f"{tmp_path.name}-outside.md"
    outside.write_text(address)
    (root / "link.md").symlink_to(outside)
    assert repository.write(root, repository.parse(OTHER)) == {"_config.yml": 1, "read.md": 1}
    assert (root / "ignored.md").read_text() == outside.read_text() == address
    assert {path: path.read_bytes() for path in binary} == binary


def test_other_addresses_in_the_config_stay(tmp_path):
    root = small_project(tmp_path)
    repository.write(root, repository.parse(OTHER))
    text = (root / "_config.yml").read_text()
    assert f"  url: {OTHER}\n" in text and "  url: https://example.org\n" in text


def test_line_endings_stay(tmp_path):
    root = small_project(tmp_path)
    (root / "windows.md").write_bytes(b"a\r\nhttps://github.com/old-owner/course\r\n")
    repository.write(root, repository.parse(OTHER))
    assert (root / "windows.md").read_bytes() == f"a\r\n{OTHER}\r\n".encode()


def test_the_whole_project_moves_and_comes_back(tmp_path):
    root = copy_of_the_project(tmp_path)
    old = repository.current(root)
    before = contents(root)
    command = [sys.executable, root / "tools" / "repository.py"]

    there = subprocess.run([*command, OTHER], capture_output=True, text=True)
    assert there.returncode == 0, there.stderr
    assert re.search(r"^_config\.yml: [1-9]", there.stdout, flags=re.MULTILINE)
    moved = contents(root)
    traces = re.compile(rf"{re.escape(old.owner)}/{re.escape(old.name)}|{re.escape(old.site)}".encode(), re.IGNORECASE)
    left = {str(path): found[0].decode() for path, text in moved.items() if (found := traces.search(text))}
    assert not left, f"the old address is still in {left}"
    changed = {path for path in before if before[path] != moved[path]}
    assert {str(path) for path in changed} >= {"_config.yml", "pyproject.toml", "README.md", "CITATION.cff"}
    assert {path.name for path in changed if path.suffix == ".ipynb"} == {
        path.name for path in before if path.suffix == ".ipynb"
    }, "a notebook without the address"

    again = subprocess.run([*command, OTHER], capture_output=True, text=True)
    assert again.returncode == 0 and "(0 changed in 0 files)" in again.stdout
    assert contents(root) == moved

    back = subprocess.run([*command, f"https://github.com/{old.owner}/{old.name}"], capture_output=True, text=True)
    assert back.returncode == 0, back.stderr
    assert contents(root) == before, "the way back changed something else"


def test_every_address_is_the_one_of_the_config():
    own = repository.current(ROOT)
    expected = f"{own.owner}/{own.name}"
    examples = {ROOT / "tests", ROOT / "tools"}  # made-up addresses stand there
    own_site = rf"https://([\w-]+\.github\.io/{re.escape(own.name)})\b"
    wrong = []
    for path in repository.files(ROOT):
        if examples & set(path.parents):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for form in OWN_FORMS:
            wrong += [
                f"{path.relative_to(ROOT)}: {found[0]}"
                for found in re.finditer(form, text, flags=re.MULTILINE)
                if found[1].removesuffix(".git") != expected and found[1] not in OTHERS
            ]
        wrong += [
            f"{path.relative_to(ROOT)}: {found[0]}" for found in re.finditer(own_site, text) if found[1] != own.site
        ]
    assert not wrong, f"expected {expected} everywhere (make repository URL=…), found\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "path", sorted(path for path in repository.files(ROOT) if path.suffix == ".ipynb"), ids=lambda path: path.stem
)
def test_every_notebook_launches_itself(path):
    own = repository.current(ROOT)
    name = path.relative_to(ROOT).as_posix()
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = "".join(next(cell for cell in cells if cell["cell_type"] == "markdown")["source"])
    colab = f"](https://colab.research.google.com/github/{own.owner}/{own.name}/blob/main/{name})"
    binder = f"](https://mybinder.org/v2/gh/{own.owner}/{own.name}/main?urlpath=lab/tree/{name})"
    assert colab in first, f"the first cell has no link to Colab ending in {name}"
    assert binder in first, f"the first cell has no link to Binder ending in {name}"
