"""The files under .github/ are valid, and the workflows safe."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def tool(name, *arguments):
    """Run one of the environment's own programs; return its exit status and all that it printed."""
    program = shutil.which(name, path=str(Path(sys.executable).parent))
    assert program, f"{name} is missing beside {sys.executable}: install requirements/test.txt."
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def audit(folder):
    return tool("zizmor", "--offline", "--persona", "auditor", "--strict-collection", "--no-progress", folder)


def test_the_workflows_are_there():
    assert {path.stem for path in WORKFLOWS} >= {"ci", "pages", "weekly"}
    assert FORMS, "no issue form under .github/ISSUE_TEMPLATE"


def test_zizmor_finds_nothing():
    status, printed = audit(GITHUB)
    assert status == 0, printed
    assert all(path.name in printed for path in WORKFLOWS), f"not every workflow was read:\n{printed}"


@pytest.mark.parametrize(
    ("sound", "fault"),
    [
        (r"persist-credentials: false", "persist-credentials: true"),
        (r"\$GITHUB_REPOSITORY", "${{ github.head_ref }}"),
        (r"permissions: {}", "permissions: write-all"),
        (r"(actions/deploy-pages)@\S+ # \S+", r"\1@v4"),
    ],
    ids=["credentials kept", "template injection", "every permission", "unpinned action"],
)
def test_zizmor_would_find_a_fault(tmp_path, sound, fault):
    text, number = re.subn(sound, fault, (GITHUB / "workflows" / "pages.yml").read_text(encoding="utf-8"))
    assert number > 0, f"pages.yml has no {sound} to spoil"
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "pages.yml").write_text(text, encoding="utf-8")
    status, printed = audit(tmp_path)
    assert status != 0, printed


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
        ("vendor.citation-file-format", [ROOT / "CITATION.cff"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_follow_their_schema(schema, files):
    status, printed = tool("check-jsonschema", "--force-filetype", "yaml", "--builtin-schema", schema, *map(str, files))
    assert status == 0, printed


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_least_privilege(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    # YAML reads the key `on` as true.
    assert "pull_request_target" not in workflow[True], "it would hand secrets to forks"
    for name, job in workflow["jobs"].items():
        writes = {scope for scope, level in job["permissions"].items() if level == "write"}
        allowed = {"pages", "id-token"} if (path.stem, name) == ("pages", "deploy") else set()
        assert writes <= allowed, f"{path.name}, job {name}: may write {writes - allowed}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_make_targets_and_files_named_in_steps_exist(path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(VENV)", ".venv")
    steps = "\n".join(
        step.get("run", "")
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        for step in job["steps"]
    )
    for target in re.findall(r"\bmake ([\w./-]+)", steps):
        assert re.search(rf"^{re.escape(target)}:", makefile, flags=re.MULTILINE), f"make {target}: no such target"
    for name in re.findall(r"\b(?:requirements[\w/.]*\.txt|tools/\w+\.py|tests/\w+)", steps):
        assert (ROOT / name).exists(), f"{name}: no such file"


def test_ci_script():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n"], input=text, text=True).returncode == 0
    assert text.rstrip().splitlines()[-1] == "make test"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
