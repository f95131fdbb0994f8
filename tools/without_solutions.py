"""Build the site for a class that is being marked: without the worked solutions and the links to them.

    make book SOLUTIONS=no

The pages are built from a copy of their sources in which the solutions never were, with the same settings and as
strictly. A line of Markdown that links to a solution is left out of the copy, so such a link stands on a line of its
own; where it does not, the build stops at a link to nowhere.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html-without-solutions"
SOLUTIONS = "notebooks/solutions/"
LINK_TO_A_SOLUTION = re.compile(r"(?m)^.*\]\([^)\s]*solutions/[^)\s]*\).*(\n|\Z)")
# What the build reads that is no page.
LINKED = ["_config.yml", "node_modules", "src"]


def copy_sources(target):
    """Copy the pages to a folder, without the solutions and the links to them, and lead from there to all else.

    Files keep their times, so that a second build writes only what has changed.
    """
    folders = [path for path in (ROOT / "book").iterdir() if path.is_dir()]
    for path in [*(ROOT / name for name in LINKED), *folders]:
        link = target / path.relative_to(ROOT)
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(path)
    for path in [*(ROOT / "book").glob("*.*"), *(ROOT / "notebooks").glob("*.ipynb")]:
        copy_page(path, target / path.relative_to(ROOT))
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for part in contents["parts"]:
        part["chapters"] = [page for page in part["chapters"] if not page["file"].startswith(SOLUTIONS)]
    (target / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")


def copy_page(source, target):
    """Copy a file; take the lines out of a page that link to a solution."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".md":
        target.write_text(without_links(source.read_text(encoding="utf-8")), encoding="utf-8")
    elif source.suffix == ".ipynb":
        notebook = nbformat.read(source, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = without_links(cell.source)
        nbformat.write(notebook, target)
    else:
        shutil.copyfile(source, target)
    shutil.copystat(source, target)


def without_links(text):
    """Take out the lines that link to a solution."""
    return LINK_TO_A_SOLUTION.sub("", text)


def build(folder):
    """Build the site without solutions in a folder; return where its pages lie.

    Raises
    ------
    RuntimeError
        If the strict build fails.
    """
    source = folder / "source"
    copy_sources(source)
    command = [
        Path(sys.executable).with_name("jupyter-book"),
        "build",
        str(source),
        "--path-output",
        str(folder),
        "--warningiserror",
        "--keep-going",
        "--nitpick",
    ]
    if subprocess.run(command).returncode:
        raise RuntimeError("The site without solutions cannot be built; what is wrong stands above.")
    return folder / "_build" / "html"


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        built = build(ROOT / "_build" / "without-solutions")
    except RuntimeError as error:
        sys.exit(str(error))
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(built, SITE)


if __name__ == "__main__":
    main()
