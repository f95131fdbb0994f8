"""Corpora: the course's own text, Tiny Shakespeare, or a file of the student's."""

import hashlib
import os
import warnings
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

OFFLINE, SHAKESPEARE = "this-course", "tinyshakespeare"
SHAKESPEARE_URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
SHAKESPEARE_FILE = "tinyshakespeare.txt"
SECONDS_TO_WAIT = 10
REASON_LENGTH = 200


@dataclass(frozen=True, repr=False)
class Corpus:
    """A text and where it comes from; the result of `corpus`.

    Attributes
    ----------
    name : str
        ``"this-course"``, ``"tinyshakespeare"`` or the name of a file.
    text : str
        With line feeds at the ends of lines.
    origin : str
        One sentence for the reader.
    """

    name: str
    text: str
    origin: str

    @cached_property
    def sha256(self):
        """The SHA-256 of the text as UTF-8, in hexadecimal: which text it was, for the card of a checkpoint."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def __repr__(self):
        return f"Corpus {self.name}: {len(self.text):,} characters, {len(set(self.text))} of them different"


def corpus(source=OFFLINE):
    """Return a text to learn from.

    Parameters
    ----------
    source : str or path
        - ``"this-course"``: the course's own prose and formulas, a snapshot that travels with the toolbox. The same
          everywhere, and it needs no network.
        - ``"tinyshakespeare"``: 1,115,394 characters of Shakespeare's plays, as Karpathy's char-rnn put them together.
          Taken from the folder that the environment variable ``COURSE_DATA`` names if ``tinyshakespeare.txt`` lies
          there, else downloaded once and kept. If it cannot be had, a warning says why and the course's own text
          takes its place.
        - Anything else is the path of a text file of your own, in UTF-8. A byte-order mark is removed, and
          Windows' and old Macintosh line ends become line feeds.

    Returns
    -------
    Corpus

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If your path leads to nothing, or to a folder.
    ValueError
        If your file is empty, has a single character, or is not UTF-8.
    """
    if source == OFFLINE:
        return _this_course()
    if source == SHAKESPEARE:
        found, trouble = _tiny_shakespeare()
        if found is None:
            found, trouble = _this_course(), f"{trouble} The course's own text takes its place."
        if trouble:
            warnings.warn(trouble, stacklevel=2)
        return found
    return _own_file(source)


def choose(device=None):
    """Choose the corpus that suits the machine, and say why.

    Shakespeare's plays are worth the minutes that a large network takes on a GPU. On a CPU a small network learns the
    course's own text in about a minute, with no download.

    Parameters
    ----------
    device : torch.device, str or None
        None asks `runtime.device`.

    Returns
    -------
    corpus : Corpus
    why : str
        A sentence or two for the reader. If Shakespeare cannot be had, they say so.
    """
    import torch

    from course_utils import runtime

    device = runtime.device() if device is None else torch.device(device)
    if device.type == "cpu":
        chosen = _this_course()
        return chosen, (
            f"This runtime has no GPU, so you train on the course's own text, {len(chosen.text):,} "
            "characters. A small network learns it on a CPU in about a minute."
        )
    chosen, trouble = _tiny_shakespeare()
    if chosen is None:
        chosen = _this_course()
        return chosen, (
            f"This runtime has a GPU, which would suit Tiny Shakespeare. {trouble} So you train on the "
            f"course's own text, {len(chosen.text):,} characters."
        )
    return chosen, (
        f"This runtime has a GPU, so you train on Tiny Shakespeare, {len(chosen.text):,} characters. "
        f"It is large enough for a large network. {trouble}"
    ).rstrip()


def _this_course():
    folder = resources.files("course_utils") / "data"
    found = Corpus(
        OFFLINE,
        _lines((folder / "this_course.txt").read_bytes().decode("utf-8")),
        "Prose and formulas of this course, collected by `make corpus`.",
    )
    expected = (folder / "this_course.sha256").read_text(encoding="utf-8").split()[0]
    if found.sha256 != expected:
        raise ValueError(
            f"this_course.txt has the SHA-256 {found.sha256}; expected {expected}. The toolbox is "
            "damaged: install it again."
        )
    return found


def _tiny_shakespeare():
    """Return the corpus, or None, and what went wrong on the way and would help, in sentences."""
    origin = f"Tiny Shakespeare, put together by Andrej Karpathy: {SHAKESPEARE_URL}"
    folder, remark = os.environ.get("COURSE_DATA"), ""
    if folder:
        path = Path(folder).expanduser() / SHAKESPEARE_FILE
        try:
            content = path.read_bytes()
        except OSError as error:
            remark = f"COURSE_DATA is {folder!r}, but {path} cannot be read ({error.strerror})."
        else:
            if (found := hashlib.sha256(content).hexdigest()) == SHAKESPEARE_SHA256:
                return Corpus(SHAKESPEARE, content.decode("utf-8"), origin), ""
            remark = f"{path} is another file: its SHA-256 is {found}, expected {SHAKESPEARE_SHA256}."
    try:
        return Corpus(SHAKESPEARE, _download(), origin), remark
    # No network, no space, no permission; or a login page answered in the place of the file.
    except (OSError, ValueError) as error:
        return None, (
            f"{remark} Tiny Shakespeare could not be had from {SHAKESPEARE_URL} ({_reason(error)}). Try "
            f"again with a network; or fetch the file elsewhere, name it {SHAKESPEARE_FILE} and let the "
            "environment variable COURSE_DATA name its folder."
        ).lstrip()


def _download():
    """Return Tiny Shakespeare from pooch's cache, or fetch it into the cache with a progress bar."""
    import pooch

    # Uncompressed, or the bar would count other bytes than the server announced.
    fetch = pooch.HTTPDownloader(progressbar=True, timeout=SECONDS_TO_WAIT, headers={"Accept-Encoding": "identity"})
    path = pooch.retrieve(
        SHAKESPEARE_URL,
        f"sha256:{SHAKESPEARE_SHA256}",
        fname=SHAKESPEARE_FILE,
        path=pooch.os_cache("course_utils"),
        downloader=fetch,
    )
    return Path(path).read_bytes().decode("utf-8")


def _reason(error):
    import requests

    # Their own messages are long and name what only a programmer knows.
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return "no connection"
    return str(error).split("\n")[0][:REASON_LENGTH]


def _own_file(source):
    path = Path(source).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; expected a text file. Name a file in it.")
    if not path.exists():
        raise FileNotFoundError(
            f"There is no file {str(path)!r}. Give {OFFLINE!r}, {SHAKESPEARE!r} or the path of a text file."
        )
    content = path.read_bytes()
    try:
        found = _lines(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        guess = "It looks like UTF-16. " if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise ValueError(
            f"{path} is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}. {guess}Save it as "
            "plain text in UTF-8."
        ) from None
    if len(found) < 2:
        raise ValueError(
            f"{path} has the length {len(found)}; expected at least 2 characters. To learn to "
            "write, a network needs some 100,000."
        )
    return Corpus(path.name, found, "A file of your own.")


def _lines(content):
    return content.replace("\r\n", "\n").replace("\r", "\n")
