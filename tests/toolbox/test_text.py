"""Corpora from package data, from a server and from files; the vocabulary; blocks that carry on from each other."""

import functools
import hashlib
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources

import pooch
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import text
from course_utils.text import corpora

PLAY = "First Citizen:\nBefore we proceed any further, hear me speak.\n" * 40
PLAY_SHA256 = hashlib.sha256(PLAY.encode()).hexdigest()
repeatable = settings(deadline=None, derandomize=True)


# --- corpora ----------------------------------------------------------------------------------------------------------


def test_the_snapshot_of_this_course_is_the_one_of_its_card():
    data = resources.files("course_utils") / "data"
    digest, name = (data / "this_course.sha256").read_text(encoding="utf-8").split()
    assert name == "this_course.txt"
    content = (data / "this_course.txt").read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest
    corpus = text.corpus()
    assert (corpus.name, corpus.sha256) == ("this-course", digest) and corpus.text == content.decode("utf-8")


def test_the_snapshot_can_be_learnt_from():
    corpus = text.corpus("this-course")
    assert len(corpus.text) > 200_000, "a network of a minute's training would learn it by heart"
    assert len(set(corpus.text)) < 110, "each further character is one that the network must learn to avoid"
    rarest = min(set(corpus.text), key=corpus.text.count)
    assert corpus.text.count(rarest) >= 10, f"{rarest!r} is too rare to be learnt"
    for sign in ("http", "](", "</", "<!--", "![", "\r", "\t"):
        assert sign not in corpus.text
    distinct = len(set(corpus.text))
    assert repr(corpus) == f"Corpus this-course: {len(corpus.text):,} characters, {distinct} of them different"


def test_a_damaged_snapshot_is_refused(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "this_course.txt").write_text("Another text.", encoding="utf-8")
    (tmp_path / "data" / "this_course.sha256").write_text(f"{'0' * 64}  this_course.txt\n", encoding="utf-8")
    monkeypatch.setattr(corpora.resources, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match=r"SHA-256 [0-9a-f]{64}; expected 0{64}\. The toolbox is damaged"):
        text.corpus()


class Server:
    """A web server on this machine that answers every request with the same bytes, and counts the requests."""

    def __init__(self, content, status=200):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.requests += 1
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                """Say nothing."""

        self.requests = 0
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/input.txt"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, no COURSE_DATA, no proxy; the play stands for Shakespeare's."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    # tqdm reads TQDM_DISABLE when it is loaded, and `make test` sets it.
    monkeypatch.setattr(pooch.downloaders, "tqdm", functools.partial(pooch.downloaders.tqdm, disable=False))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(corpora, "SHAKESPEARE_SHA256", PLAY_SHA256)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "course_utils"


@pytest.fixture
def no_network(cache, monkeypatch):
    with Server(b"") as server:
        monkeypatch.setattr(corpora, "SHAKESPEARE_URL", server.url)
    # The server is gone: nobody answers at its address.


def test_shakespeare_is_downloaded_once_with_a_progress_bar(cache, monkeypatch, capfd):
    with Server(PLAY.encode()) as server:
        monkeypatch.setattr(corpora, "SHAKESPEARE_URL", server.url)
        first, second = text.corpus("tinyshakespeare"), text.corpus("tinyshakespeare")
        assert server.requests == 1
    assert first == second and (first.name, first.text, first.sha256) == ("tinyshakespeare", PLAY, PLAY_SHA256)
    assert server.url in first.origin
    assert "100%" in capfd.readouterr().err
    assert (cache / "tinyshakespeare.txt").read_text(encoding="utf-8") == PLAY


def test_a_cached_file_that_was_damaged_is_downloaded_again(cache, monkeypatch):
    cache.mkdir(parents=True)
    (cache / "tinyshakespeare.txt").write_text("To be", encoding="utf-8")
    with Server(PLAY.encode()) as server:
        monkeypatch.setattr(corpora, "SHAKESPEARE_URL", server.url)
        assert text.corpus("tinyshakespeare").text == PLAY


def falls_back():
    with pytest.warns(UserWarning) as caught:
        corpus = text.corpus("tinyshakespeare")
    assert corpus == text.corpus("this-course")
    assert len(caught) == 1 and caught[0].filename == __file__
    return str(caught[0].message)


@pytest.mark.usefixtures("no_network")
def test_without_a_network_one_warning_and_the_offline_corpus():
    message = falls_back()
    assert "could not be had from http://127.0.0.1" in message
    assert "/input.txt (no connection). Try again with a network" in message
    assert "COURSE_DATA" in message and message.endswith("The course's own text takes its place.")


@pytest.mark.parametrize(
    "content, status, reason",
    [
        (b"<html>Log in to the network of this hotel</html>", 200, "SHA256 hash"),
        (b"", 404, "(404 "),
        (b"", 503, "(503 "),
    ],
)
def test_what_is_not_the_file_is_not_taken(cache, monkeypatch, content, status, reason):
    with Server(content, status) as server:
        monkeypatch.setattr(corpora, "SHAKESPEARE_URL", server.url)
        assert reason in falls_back()
    assert not list(cache.glob("*")), "a wrong file must not stay in the cache"


def test_a_cache_that_cannot_be_written_is_told(cache, monkeypatch):
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be", encoding="utf-8")
    assert "Not a directory" in falls_back()


def test_a_file_that_already_lies_there_needs_no_network(no_network, tmp_path, monkeypatch):
    (tmp_path / "tinyshakespeare.txt").write_bytes(PLAY.encode())
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert text.corpus("tinyshakespeare").text == PLAY


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "content, remark",
    [
        (PLAY.replace("Citizen", "citizen").encode(), "is another file: its SHA-256 is"),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_a_wrong_or_missing_file_in_course_data_is_named(tmp_path, monkeypatch, content, remark):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    path = tmp_path / "tinyshakespeare.txt"
    if content:
        path.write_bytes(content)
    message = falls_back()
    assert str(path) in message and remark in message
    assert path.exists() == bool(content), "the student's folder is left as it was"


def test_a_wrong_file_in_course_data_is_named_even_where_the_right_one_can_be_had(cache, tmp_path, monkeypatch):
    (tmp_path / "tinyshakespeare.txt").write_text("To be", encoding="utf-8")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with Server(PLAY.encode()) as server:
        monkeypatch.setattr(corpora, "SHAKESPEARE_URL", server.url)
        with pytest.warns(UserWarning, match=rf"is another file: its SHA-256 is \w+, expected {PLAY_SHA256}\.$"):
            assert text.corpus("tinyshakespeare").text == PLAY
        corpus, why = text.choose("cuda")
    assert corpus.text == PLAY and why.endswith(f"expected {PLAY_SHA256}.")


def test_shakespeares_address_and_hash():
    assert corpora.SHAKESPEARE_URL.startswith("https://raw.githubusercontent.com/karpathy/char-rnn/master/")
    assert corpora.SHAKESPEARE_SHA256 == "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"


def test_a_cpu_gets_the_offline_corpus_and_the_reason(no_network):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus, why = text.choose("cpu")
    assert corpus.name == "this-course" and why.startswith("This runtime has no GPU, so")
    assert f"{len(corpus.text):,} characters" in why


def test_a_gpu_gets_shakespeare_and_the_reason(no_network, tmp_path, monkeypatch):
    (tmp_path / "tinyshakespeare.txt").write_bytes(PLAY.encode())
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    corpus, why = text.choose(torch.device("cuda", 0))
    assert corpus.text == PLAY and why.startswith("This runtime has a GPU, so you train on Tiny Shakespeare, 2,440 ")


@pytest.mark.usefixtures("no_network")
def test_a_gpu_without_a_network_gets_the_offline_corpus_and_the_reason():
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the sentence says it; a warning would say it twice
        corpus, why = text.choose("cuda")
    assert corpus.name == "this-course" and "could not be had" in why and "So you train on the course's own text" in why


def test_without_a_device_the_runtime_is_asked(monkeypatch):
    monkeypatch.setattr("course_utils.runtime.device", lambda: torch.device("cpu"))
    assert text.choose()[0].name == "this-course"


# --- a file of the student's ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, expected",
    [
        ("Zeile 1\nZeile 2, größer".encode(), "Zeile 1\nZeile 2, größer"),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("with a mark".encode("utf-8-sig"), "with a mark"),
        ("👩‍🔬 derives ∂L/∂w 🎉".encode(), "👩‍🔬 derives ∂L/∂w 🎉"),
    ],
)
def test_a_file_of_your_own(tmp_path, content, expected):
    path = tmp_path / "mine.txt"
    path.write_bytes(content)
    for source in (path, str(path)):
        corpus = text.corpus(source)
        assert (corpus.name, corpus.text) == ("mine.txt", expected)
    vocabulary = text.Vocabulary.of(expected)
    assert vocabulary.decode(vocabulary.encode(expected)) == expected


def test_a_path_may_begin_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.txt").write_text("at home", encoding="utf-8")
    assert text.corpus("~/mine.txt").text == "at home"


@pytest.mark.parametrize(
    "content, message",
    [
        ("größer".encode("latin-1"), r"mine\.txt is not UTF-8: byte 2 is 0xf6\. Save it"),
        ("text".encode("utf-16"), r"byte 0 is 0xf[ef]\. It looks like UTF-16\. Save it"),
        (b"", r"mine\.txt has the length 0; expected at least 2"),
        (b"\xef\xbb\xbf", "the length 0"),
        (b"a", "the length 1; expected at least 2 characters"),
    ],
)
def test_a_file_that_cannot_be_learnt_from_is_refused(tmp_path, content, message):
    (tmp_path / "mine.txt").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        text.corpus(tmp_path / "mine.txt")


def test_a_folder_and_nothing_are_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder; expected a text file"):
        text.corpus(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no file 'shakespear'\. Give 'this-course', 'tinyshakespeare' or"):
        text.corpus("shakespear")


# --- vocabulary -------------------------------------------------------------------------------------------------------


@repeatable
@given(st.text(alphabet=st.characters(), min_size=1), st.data())
def test_what_is_encoded_is_decoded(sample, data):
    vocabulary = text.Vocabulary.of(sample)
    ids = vocabulary.encode(sample)
    assert ids.dtype == torch.int64 and ids.tolist() == [vocabulary.characters.index(sign) for sign in sample]
    for form in (ids, ids.numpy(), ids.tolist()):
        assert vocabulary.decode(form) == sample
    part = data.draw(st.text(alphabet=vocabulary.characters))
    assert vocabulary.decode(vocabulary.encode(part)) == part


def test_a_lone_surrogate_is_a_character_like_another():
    # No UTF-8 file holds one, but a string may, and Hypothesis draws none.
    vocabulary = text.Vocabulary.of("a\ud800b")
    assert vocabulary.encode("\ud800b").tolist() == [2, 1]
    assert vocabulary.decode([2, 1]) == "\ud800b"


@repeatable
@given(st.text(min_size=1), st.text())
def test_unknown_characters_are_left_out_and_named(known, given_text):
    vocabulary = text.Vocabulary.of(known)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ids = vocabulary.encode(given_text)
    assert vocabulary.decode(ids) == "".join(sign for sign in given_text if sign in known)
    assert len(caught) == (not set(given_text) <= set(known))


def test_the_warning_names_each_unknown_character_once():
    with pytest.warns(UserWarning, match=r"Left out 3 of 5 characters, .*: 'zé'\.") as caught:
        text.Vocabulary.of("abc").encode("azbzé")
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="…'?.$"):
        text.Vocabulary.of("abc").encode("".join(map(chr, range(0x4E00, 0x4E00 + 50))))


def test_a_vocabulary_is_its_characters():
    vocabulary = text.Vocabulary.of("hello")
    assert vocabulary.characters == "ehlo" and len(vocabulary) == 4
    assert vocabulary == text.Vocabulary("ehlo") != text.Vocabulary("eh")
    assert vocabulary.encode("").shape == (0,) and vocabulary.decode([]) == ""


@pytest.mark.parametrize("characters", ["", "ba", "aab", None, ["a", "b"]])
def test_what_is_no_vocabulary_is_refused(characters):
    with pytest.raises(ValueError, match=r"characters is .*; expected"):
        text.Vocabulary(characters)


@pytest.mark.parametrize(
    "ids, message",
    [
        ([0, 4], "run from 0 to 4; expected 0 to 3"),
        ([-1], "run from -1 to -1; expected 0 to 3"),
        ([0.5], "type float64; expected one row of whole"),
        ([[0, 1]], r"shape \(1, 2\)"),
        (torch.tensor(1), r"shape \(\)"),
        ([True], "type bool"),
    ],
)
def test_what_is_no_row_of_ids_is_refused(ids, message):
    with pytest.raises(ValueError, match=message):
        text.Vocabulary("ehlo").decode(ids)


# --- held out ---------------------------------------------------------------------------------------------------------


@repeatable
@given(st.integers(2, 3000), st.floats(0.01, 0.99))
def test_the_two_parts_are_the_whole(characters, fraction):
    ids = torch.arange(characters)
    cut = int(fraction * characters)
    if cut == 0:
        with pytest.raises(ValueError, match=r"leave a part empty\. Give a longer text"):
            text.split(ids, fraction)
    else:
        training, held_out = text.split(ids, fraction)
        assert len(training) == cut and torch.equal(torch.cat((training, held_out)), ids)


def test_shakespeare_is_cut_where_others_cut_it():
    training, held_out = text.split("x" * 1_115_394)
    assert (len(training), len(held_out)) == (1_003_854, 111_540)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, 90, float("nan"), "0.9", None])
def test_a_fraction_that_holds_nothing_out_is_refused(fraction):
    with pytest.raises(ValueError, match="fraction is "):
        text.split(torch.arange(100), fraction)


# --- blocks -----------------------------------------------------------------------------------------------------------


@st.composite
def blocks(draw):
    batch_size, block = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    characters = draw(st.integers(batch_size * block, 20 * batch_size * block))
    return text.Blocks(torch.arange(characters), batch_size, block, draw(st.integers(0, 2**64 - 1)))


def positions(blocks, epoch):
    """Places in the text that an epoch's inputs come from, row after row, and where its targets come from."""
    steps = range(epoch * len(blocks), (epoch + 1) * len(blocks))
    inputs, targets = zip(*(blocks[step][:2] for step in steps), strict=True)
    return torch.cat(inputs, dim=1), torch.cat(targets, dim=1)


@repeatable
@given(blocks(), st.integers(0, 5))
def test_rows_go_on_from_block_to_block_and_a_target_is_the_next_character(blocks, epoch):
    inputs, targets = positions(blocks, epoch)
    assert inputs.shape == targets.shape == (blocks.batch_size, len(blocks) * blocks.block)
    assert inputs.dtype == targets.dtype == torch.int64
    # In this text each character is its own place, so the one after it is one more, round the ring.
    assert torch.equal(targets, (inputs + 1) % blocks.characters)
    assert torch.equal(inputs[:, 1:], targets[:, :-1])


@repeatable
@given(blocks(), st.integers(0, 5))
def test_an_epoch_covers_what_it_says_and_nothing_twice(blocks, epoch):
    seen = positions(blocks, epoch)[0].flatten()
    assert len(set(seen.tolist())) == len(seen) == blocks.covered
    # Left over is less than one block: what does not fill a row, and the rows' ends.
    assert 0 <= blocks.characters - blocks.covered < blocks.batch_size * blocks.block


@repeatable
@given(blocks())
def test_first_marks_the_start_of_each_epoch(blocks):
    assert [blocks[step][2] for step in range(3 * len(blocks))] == 3 * [True, *[False] * (len(blocks) - 1)]


@repeatable
@given(blocks(), st.integers(0, 10_000))
def test_a_block_depends_on_the_seed_and_its_number_alone(blocks, step):
    again = text.Blocks(torch.arange(blocks.characters), blocks.batch_size, blocks.block, blocks.seed)
    state = torch.get_rng_state()
    again[step + 1], again[0]
    assert torch.equal(again[step][0], blocks[step][0]) and torch.equal(again[step][1], blocks[step][1])
    assert again[step][2] == blocks[step][2] == (step % len(blocks) == 0)
    assert torch.equal(torch.get_rng_state(), state)


def test_epochs_and_seeds_start_elsewhere():
    ids = torch.arange(100_000)
    starts = [int(text.Blocks(ids, seed=seed)[epoch * 97][0][0, 0]) for seed in range(20) for epoch in range(20)]
    assert len(text.Blocks(ids)) == 97
    assert len(set(starts)) > 390 and min(starts) < 2_000 and max(starts) > 98_000
    # The same on every machine and with every version: a checkpoint is resumed on another.
    assert starts[:3] == [15774, 11556, 16063]


def test_going_through_blocks_is_one_epoch():
    blocks = text.Blocks(torch.arange(1000), 4, 10)
    steps = list(blocks)
    assert len(steps) == len(blocks) == 25
    assert all(torch.equal(step[0], blocks[number][0]) for number, step in enumerate(steps))
    assert repr(blocks) == "Blocks: 25 an epoch, each 4 rows of 10 characters; they cover 1,000 of 1,000"


def test_the_smallest_text_that_works_is_named():
    with pytest.raises(ValueError, match=r"has 1,023 characters; expected at least 1,024: 16 rows of 64\. Give"):
        text.Blocks(torch.arange(1023))
    assert len(text.Blocks(torch.arange(1024))) == 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 2.0}, "batch_size is 2.0"),
        ({"block": -1}, "block is -1"),
        ({"block": True}, "block is True"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": None}, "seed is None"),
        ({"ids": "text"}, "ids is a str; expected a tensor of int64"),
        ({"ids": torch.ones(9)}, r"ids is torch.float32 \(9,\)"),
        ({"ids": torch.ones(3, 3, dtype=torch.int64)}, r"ids is torch.int64 \(3, 3\)"),
    ],
)
def test_blocks_of_nothing_sensible_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        text.Blocks(**{"ids": torch.arange(5000), **arguments})


@pytest.mark.parametrize("step", [-1, 1.5, "0"])
def test_a_step_that_is_none_is_refused(step):
    with pytest.raises(ValueError, match="step is "):
        text.Blocks(torch.arange(5000))[step]
