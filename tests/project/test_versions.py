"""Every version that is named anywhere exists, is the one installed, and fits the others, told without a network."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LISTS = [ROOT / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# The versions of Python that the course is checked with, in CI and each week.
PYTHONS = {"3.11", "3.12", "3.13"}


def requirements(path):
    lines = (line.split(" #")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def installed(name):
    """The installed version without its build, so that 2.13.0+cpu is 2.13.0; None where there is none."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return None


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_the_versions_named_are_the_versions_installed(path):
    """What pip has installed exists; a version that does not exist is never installed."""
    wrong = [
        f"{wanted} is installed as {found}"
        for wanted in requirements(path)
        if (found := installed(wanted.name)) and not wanted.specifier.contains(found, prereleases=True)
    ]
    assert not wrong, "run make clean and make test; if a version does not exist, name one that does"


@pytest.mark.parametrize("path", [path for path in LISTS if path.stem != "constraints"], ids=lambda path: path.stem)
def test_what_is_required_is_installed_and_held_at_a_version(path):
    held = {canonicalize_name(pin.name): str(pin.specifier) for pin in requirements(CONSTRAINTS)}
    wanted = requirements(path)
    assert wanted
    assert not [one.name for one in wanted if installed(one.name) is None], "required and not installed"
    loose = [one.name for one in wanted if not held.get(canonicalize_name(one.name), "").startswith("==")]
    assert not loose, "make constraints"
    assert not [
        f"{one}, held at {held[canonicalize_name(one.name)]}"
        for one in wanted
        if not one.specifier.contains(held[canonicalize_name(one.name)].removeprefix("=="))
    ]


def test_the_toolbox_accepts_the_versions_that_readers_have():
    bounds = [Requirement(line) for line in project()["dependencies"]]
    assert {bound.name for bound in bounds} >= {"numpy", "sympy", "matplotlib"}
    for bound in bounds:
        [specifier] = bound.specifier
        assert specifier.operator == ">=", f"{bound}: lower bounds only, or Colab's own packages are replaced"
        assert bound.specifier.contains(installed(bound.name)), f"{bound}, installed is {installed(bound.name)}"


def test_katex_is_installed_at_the_version_named():
    named = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert locked[""]["dependencies"] == named
    for name in named:
        package = json.loads((ROOT / "node_modules" / name / "package.json").read_text(encoding="utf-8"))
        assert named[name] == package["version"], f"{name} {package['version']} is there"
        assert locked[f"node_modules/{name}"]["version"] == package["version"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_name_a_python_that_the_course_is_checked_with(path):
    named = set()
    for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
        named |= set(job.get("strategy", {}).get("matrix", {}).get("python", []))
        named |= {step["with"]["python-version"] for step in job["steps"] if "python-version" in step.get("with", {})}
    named = {one for one in named if "${{" not in one}
    assert named <= PYTHONS


def test_the_lowest_python_is_the_same_everywhere():
    lowest = project()["requires-python"]
    assert lowest == ">=3.11"
    assert (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-") in PYTHONS
    assert "sys.version_info >= (3, 11)" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_an_actions_version_is_the_same_wherever_it_is_used():
    used = {}
    for path in WORKFLOWS:
        for action, commit, name in re.findall(r"uses: (\S+)@(\S+) # (\S+)", path.read_text(encoding="utf-8")):
            used.setdefault(action, set()).add((commit, name))
    assert used
    assert not {action: pins for action, pins in used.items() if len(pins) > 1}
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for pins in used.values() for commit, _ in pins)


def test_the_citation_has_the_toolboxs_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation.get("version", project()["version"])) == project()["version"]
