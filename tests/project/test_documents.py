"""What the pages, the README and the notebooks' first lines point at is there: files, places, commands, badges."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

from tools import repository

ROOT = Path(__file__).resolve().parents[2]
OWN = repository.current(ROOT)
ADDRESS = f"{OWN.owner}/{OWN.name}"
PAGES = sorted((ROOT / "book").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
COLAB_BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
BINDER_BADGE = "https://mybinder.org/badge_logo.svg"
IMAGE = re.compile(r"!\[([^\]]*)\]\(")
DRAWING = re.compile(r"<(?:img|svg)\b[^>]*>")
# `make name` in the text, and what stands at the beginning of a line in a block of commands.
IN_TEXT, BLOCK, IN_A_BLOCK = (
    re.compile(r"`make ([a-z][\w-]*)"),
    re.compile(r"```bash\n(.*?)```", re.DOTALL),
    re.compile(r"(?m)^make ([a-z][\w-]*)"),
)


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=[path.relative_to(ROOT).as_posix() for path in paths])


def prose(path):
    """The Markdown of a page or of a notebook, without its blocks of code."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def launchers(path):
    """What stands in a notebook's first cell to launch it, whole."""
    return (
        f"[![Open in Colab]({COLAB_BADGE})](https://colab.research.google.com/github/{ADDRESS}/blob/main/{path})",
        f"[![Open in Binder]({BINDER_BADGE})](https://mybinder.org/v2/gh/{ADDRESS}/main?urlpath=lab/tree/{path})",
    )


@each(NOTEBOOKS)
def test_badges_and_launch_links_are_whole(path):
    first = next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    line = first.splitlines()[2]
    assert line == " ".join(launchers(path.relative_to(ROOT).as_posix()))


def test_the_readmes_badges_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    colab, binder = launchers("notebooks/01_linear_regression.ipynb")
    assert colab in text and binder in text
    action = f"https://github.com/{ADDRESS}/actions/workflows/ci.yml"
    assert f"[![CI]({action}/badge.svg)]({action})" in text
    assert (ROOT / ".github" / "workflows" / "ci.yml").is_file()
    assert f"({OWN.site})" in text or f"(https://{OWN.site}/)" in text, f"no link to {OWN.site}"


def slug(heading):
    """Return GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@each([*DOCUMENTS, *NOTEBOOKS])
def test_links_within_the_project_lead_to_files_and_headings(path):
    broken = []
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", prose(path)):
        name, _, place = target.partition("#")
        file = (path.parent / name) if name else path
        if not file.exists():
            broken.append(target)
        elif place and file.suffix in {".md", ".ipynb"}:
            headings = [slug(found) for found in re.findall(r"(?m)^#+ (.+)$", prose(file))]
            labels = re.findall(r"(?m)^\(([\w-]+)\)=", prose(file))
            broken += [] if place.lower() in {*headings, *labels} else [target]
    assert not broken


@each([*DOCUMENTS, *NOTEBOOKS])
def test_every_picture_says_what_it_shows(path):
    text = prose(path)
    assert all(words.strip() for words in IMAGE.findall(text)), "![…](…) without words"
    for tag in DRAWING.findall(text):
        words = re.search(r'\b(?:alt|aria-label)="([^"]+)"', tag)
        labelled = re.search(r'aria-labelledby="([\w -]+)"', tag)
        assert words or labelled, f"{tag}: give it alt (img) or aria-label (svg)"
        assert not labelled or all(f'id="{name}"' in text for name in labelled[1].split()), f"{tag}: no such id"


@each(DOCUMENTS)
def test_commands_named_are_targets_of_the_makefile(path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    named = {*IN_TEXT.findall(text), *(name for block in BLOCK.findall(text) for name in IN_A_BLOCK.findall(block))}
    assert not [name for name in sorted(named) if not re.search(rf"^{name}:", makefile, flags=re.MULTILINE)]


def test_every_page_is_in_the_table_of_contents():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [contents["root"], *(entry["file"] for part in contents["parts"] for entry in part["chapters"])]
    sources = [*PAGES, *(path for path in NOTEBOOKS if path.parent.name != "assignments")]
    there = {path.relative_to(ROOT).with_suffix("").as_posix() for path in sources}
    assert len(listed) == len(set(listed)), "a page is listed twice"
    assert not there - set(listed), "pages that _toc.yml does not list"
    assert not set(listed) - there, "listed in _toc.yml, and no such page"


def test_chapters_are_listed_in_their_order():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    [chapters] = [part["chapters"] for part in contents["parts"] if part["caption"] == "Chapters"]
    assert [part["caption"] for part in contents["parts"]] == ["Start here", "Chapters", "Assignments", "Reference"]
    names = [entry["file"] for entry in chapters]
    assert names == sorted(names)
    index = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    assert [name for name in names if f"(../{name}.ipynb)" not in index] == [], "not in the front page's table"


# What `make test` consists of, word by word: nothing of it may be lost, narrowed or ignored.
BOOK = [
    "$(BIN)/python -m tools.notebooks publishable",
    "$(BIN)/python -m tools.without_solutions",
    "$(BIN)/jupyter-book build . --warningiserror --keep-going --nitpick",
]
TEST = [
    "$(BIN)/ruff check .",
    "$(BIN)/pytest -n 2 tests/assignments tests/check tests/toolbox tests/project tests/notebooks",
    "PYTHONPATH='$(CURDIR)/tests/offline' $(BIN)/pytest --nbval --nbval-current-env -n 2 --dist loadscope "
    "-p no:cacheprovider $$($(BIN)/python -m tools.notebooks list)",
    "$(BIN)/python -m tools.browser --install",
    "$(BIN)/pytest -n 2 --dist loadscope tests/site",
    "$(BIN)/pytest -v tests/launch",
]


@pytest.mark.parametrize("target, expected", [("book", BOOK), ("test", TEST)])
def test_make_test_leaves_nothing_out(target, expected):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = dict(re.findall(r"(?m)^(book|test):.*\n((?:\t.*\n|(?:ifeq|else|endif).*\n)+)", makefile))
    commands = [line.strip().removeprefix("@") for line in recipes[target].splitlines() if line.startswith("\t")]
    assert [command for command in commands if not command.startswith(("$(call say", "printf"))] == expected
    assert re.search(r"(?m)^test: \$\(VENV\)/\.test book ", makefile)
    assert not re.search(r"(?m)^\.IGNORE|^MAKEFLAGS|^\.SHELLFLAGS", makefile)


def test_no_setting_leaves_tests_or_rules_out():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert settings["pytest"]["ini_options"] == {
        "testpaths": ["tests"],
        "addopts": "--strict-markers --strict-config -ra",
        "pythonpath": ["."],
    }
    assert settings["ruff"]["lint"]["select"] == ["E", "F", "W", "I", "B", "UP", "D", "RUF"]
    assert settings["ruff"]["extend-exclude"] == ["*.ipynb"] and "exclude" not in settings["ruff"]


def test_name_and_licences_are_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert citation["license"] == project["license"] == "BSD-3-Clause"
    assert citation["title"] == config["title"] == re.search(r"(?m)^# (.+)$", readme)[1] == "Deep Learning, Derived"
    licence, of_the_text = ((ROOT / name).read_text(encoding="utf-8") for name in ("LICENSE", "LICENSE-TEXT.md"))
    assert licence.startswith("BSD 3-Clause License") and '"AS IS"' in licence
    assert "creativecommons.org/licenses/by/4.0" in of_the_text and "CC BY 4.0" in config["html"]["extra_footer"]


def workflow(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))


def commands(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_ci_runs_every_check_on_every_change():
    ci = workflow("ci")
    # YAML reads the key `on` as true.
    assert ci[True] == {"pull_request": None, "push": {"branches": ["main"]}}
    assert commands(ci["jobs"]["test"]) == ["make test"]
    install, units, run = commands(ci["jobs"]["newer-python"])
    assert install == "make .venv/.test" and units == ".venv/bin/pytest -n 2 tests/check tests/toolbox tests/project"
    assert run.startswith(".venv/bin/pytest --nbval-lax --nbval-current-env ")
    assert run.endswith("$(.venv/bin/python -m tools.notebooks list)")
    assert not any("if" in job or "continue-on-error" in job for job in ci["jobs"].values())
    assert not any("continue-on-error" in step for job in ci["jobs"].values() for step in job["steps"])


def test_nothing_is_published_that_was_not_checked():
    pages = workflow("pages")
    jobs = pages["jobs"]
    assert pages[True]["push"] == {"branches": ["main"]}
    assert "make test" in commands(jobs["build"]) and "if" not in jobs["build"]
    assert jobs["deploy"]["needs"] == "build" and "if" not in jobs["deploy"]


def test_faults_are_planted_every_week():
    weekly = workflow("weekly")
    assert weekly[True]["schedule"]
    assert "make faults 2>&1 | tee faults.txt" in commands(weekly["jobs"]["faults"])


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_workflows_use_no_secret(path):
    assert not re.search(r"\bsecrets\.|github\.token|GITHUB_TOKEN", path.read_text(encoding="utf-8"))


def test_every_test_file_is_run_by_make_test():
    run = {"check", "toolbox", "project", "notebooks", "assignments", "site", "launch"}
    stray = [
        path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py") if path.parent.name not in run
    ]
    assert not stray


@pytest.mark.parametrize("name", ["binder/postBuild", ".ci/run"])
def test_a_script_stops_at_its_first_failure(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "set -euo pipefail"
