"""Write the repository's address everywhere it stands.

    python -m tools.repository https://github.com/OWNER/NAME

The address is kept in one place, `repository.url` in _config.yml. This command reads it there, then writes the new one
into every file of the project that carries it: the notebooks' launch links and install cells, README, CITATION and so
on. Nothing else in these files changes. A fork that runs it once launches its own notebooks.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CONFIG = "_config.yml"
EXPECTED = "https://github.com/OWNER/NAME"

# GitHub's own rules: an owner has letters, digits and single hyphens; a name also has dots and underscores.
OWNER = r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}"
NAME = r"[\w.-]{1,100}"
# What an address may stand behind: GitHub itself, and the hosts that open or show a repository of GitHub's.
HOSTS = (
    r"github\.com[/:]",
    r"colab\.research\.google\.com/github/",
    r"mybinder\.org/v2/gh/",
    r"raw\.githubusercontent\.com/",
    r"nbviewer\.org/github/",
)


class Repository(NamedTuple):
    """Owner and name of a repository on GitHub."""

    owner: str
    name: str

    @property
    def site(self):
        """Where GitHub Pages serves its site, without https:// and without a slash at the end."""
        host = f"{self.owner.lower()}.github.io"
        return host if self.name.lower() == host else f"{host}/{self.name}"


def parse(url):
    """Read `https://github.com/OWNER/NAME`; a slash or `.git` at the end is dropped.

    Raises
    ------
    ValueError
        If `url` is anything else.
    """
    found = re.fullmatch(rf"https://github\.com/({OWNER})/({NAME}?)(?:\.git)?/?", url.strip(), flags=re.ASCII)
    if found is None or found[2] in {".", "..", ".git"}:
        raise ValueError(f"Not a repository's address: {url!r}. Expected {EXPECTED}.")
    return Repository(*found.groups())


def current(root):
    """Read the address in force from _config.yml.

    Raises
    ------
    ValueError
        If _config.yml has no `repository:` block with a `url:` in it, or the address there is not one of GitHub's.
    """
    text = (root / CONFIG).read_text(encoding="utf-8")
    found = re.search(
        r"^repository:[^\n]*\n(?:[ \t]+[^\n]*\n|[ \t]*\n|#[^\n]*\n)*?[ \t]+url:[ \t]*([^\s#]+)",
        text,
        flags=re.MULTILINE,
    )
    if found is None:
        raise ValueError(f"{CONFIG} has no address under repository: url:. Put it back as {EXPECTED}.")
    return parse(found[1].strip("'\""))


def files(root):
    """Every text file of the project: what git tracks or would, without what it ignores."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise ValueError("git is not installed, so the project's files cannot be listed. Install git.") from None
    if listed.returncode != 0:
        raise ValueError(f"git cannot list the project's files ({listed.stderr.strip()}). Run this in a git clone.")
    for name in sorted(set(listed.stdout.split("\0")) - {""}):
        path = root / name
        if path.is_file() and not path.is_symlink() and b"\0" not in path.read_bytes():
            yield path


def pattern(repository):
    """Match `repository` where it stands as an address, and whole: not `course-2` for `course`, not bare `a/b`."""
    whole = r"(?![\w-])(?!\.(?!git\b)\w)"
    addresses = rf"(?P<host>{'|'.join(HOSTS)}){re.escape(repository.owner)}/{re.escape(repository.name)}{whole}"
    site = rf"(?<=://)(?P<site>{re.escape(repository.site)}){whole}"
    return re.compile(f"{addresses}|{site}", flags=re.IGNORECASE)


def replace(text, old, new):
    """Return `text` with the addresses of `old` turned into those of `new`, and how many there were."""
    return pattern(old).subn(
        lambda found: new.site if found["site"] else f"{found['host']}{new.owner}/{new.name}", text
    )


def write(root, new):
    """Set the address of the project in `root` to `new`; return how many addresses each changed file carried.

    Every file is read before the first one is written, so that an unreadable file leaves all of them as they were.
    """
    old = current(root)
    changed, counts = {}, Counter()
    for path in files(root):
        before = path.read_bytes()
        try:
            after, number = replace(before.decode("utf-8"), old, new)
        except UnicodeDecodeError:  # A picture or a font without a zero byte.
            continue
        if after.encode("utf-8") != before:
            changed[path] = after.encode("utf-8")
            counts[path.relative_to(root).as_posix()] = number
    for path, content in changed.items():
        path.write_bytes(content)
    return counts


def main(arguments):
    if len(arguments) != 1 or not arguments[0].strip():
        sys.exit(f"Name the repository's address, once: make repository URL={EXPECTED}")
    try:
        new = parse(arguments[0])
        counts = write(ROOT, new)
    except ValueError as error:
        sys.exit(f"{error} Nothing was changed.")
    for name, number in counts.items():
        print(f"{name}: {number}")
    print(
        f"The address is https://github.com/{new.owner}/{new.name} in every file "
        f"({sum(counts.values())} changed in {len(counts)} files)."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
