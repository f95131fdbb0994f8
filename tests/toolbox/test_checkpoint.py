"""Checkpoints: what is written comes back, a write is whole or did not happen, and nothing else is believed or run."""

import io
import json
import math
import os
import pickle
import resource
import signal
from contextlib import contextmanager

import pytest
import safetensors
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils import train
from course_utils.text import Vocabulary
from course_utils.train import checkpoint as files
from tests.char_lstm import CharLSTM

CHARACTERS = "\n abcé😀"


def small_model(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return CharLSTM(len(CHARACTERS), 3, 2, 1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture
def saved(path):
    train.save(path, small_model(), Vocabulary(CHARACTERS), corpus="a test", held_out_loss=1.25)
    return path


def refused(path, *words):
    with pytest.raises(train.CheckpointError) as caught:
        train.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and message.endswith("."), "the file, what is wrong, what to do"
    for word in words:
        assert word in message
    return message


# --- what is written comes back --------------------------------------------------------------------------------------


def test_weights_and_card_come_back(saved):
    weights, card = train.load(saved)
    expected = small_model().state_dict()
    assert list(weights) and set(weights) == set(expected)
    assert all(torch.equal(weights[name], expected[name]) for name in expected)
    assert card["vocabulary"] == CHARACTERS
    assert card["corpus"] == "a test" and card["held_out_loss"] == 1.25
    assert card["versions"]["torch"] == torch.__version__.split("+")[0]
    assert "fingerprint" not in card


def test_the_card_makes_a_model_like_it(path):
    model = CharLSTM(7, 5, 4, 3, dropout=0.2)
    train.save(path, model, None)
    _, card = train.load(path)
    like = CharLSTM(**card["model"])
    assert str(like) == str(model)
    train.load(path, like)
    assert all(torch.equal(a, b) for a, b in zip(like.state_dict().values(), model.state_dict().values(), strict=True))


def test_a_model_that_tells_nothing_has_no_sizes(path):
    train.save(path, nn.Linear(2, 3), None)
    assert train.load(path)[1]["model"] is None


def test_other_programs_read_the_file(saved):
    with safetensors.safe_open(saved, framework="pt") as file:
        assert set(file.keys()) == {f"model.{name}" for name in small_model().state_dict()}
        assert json.loads(file.metadata()["card"])["corpus"] == "a test"


def test_the_same_model_gives_the_same_bytes(tmp_path):
    written = set()
    for number in range(8):
        train.save(tmp_path / f"{number}", small_model(), Vocabulary(CHARACTERS), b=1, a=[1, 2], c={"z": 1, "y": None})
        written.add((tmp_path / f"{number}").read_bytes())
    assert len(written) == 1


def test_weights_that_share_their_memory(path):
    model = CharLSTM(6, 4, 4, 1)
    model.output.weight = model.embedding.weight
    train.save(path, model, None)
    weights, _ = train.load(path)
    assert torch.equal(weights["output.weight"], weights["embedding.weight"])


def test_half_precision_halves_the_file_and_comes_back_with_32_bits(tmp_path):
    model = CharLSTM(20, 30, 40, 1)
    train.save(tmp_path / "full", model, None)
    train.save(tmp_path / "half", model, None, half_precision=True)
    assert (tmp_path / "half").stat().st_size < 0.62 * (tmp_path / "full").stat().st_size
    weights, _ = train.load(tmp_path / "half")
    for name, tensor in model.state_dict().items():
        assert weights[name].dtype == torch.float32
        assert torch.equal(weights[name], tensor.half().float())
    assert (weights["embedding.weight"] - model.embedding.weight).abs().max() > 0


def test_no_length_of_a_header_is_taken_for_another_format(path):
    """A file begins with the length of its header, and 640 bytes, say, begin like a pickle."""
    beginnings = set()
    for length in range(0, 600, 8):
        train.save(path, nn.Linear(1, 1), None, note="n" * length)
        assert len(train.load(path)[1]["note"]) == length
        beginnings.add(path.read_bytes()[:2])
    assert beginnings & {b"\x80\x02", b"\x80\x03"}


@pytest.mark.parametrize("card", [{"curve": 1}, {"fingerprint": "x"}, {"format": 1}, {"a": math.nan}, {"a": {1, 2}}])
def test_cards_that_cannot_be(path, card):
    with pytest.raises(ValueError, match=r"[Cc]hoose another name|Use finite numbers"):
        train.save(path, small_model(), None, **card)
    assert not path.exists()


@pytest.mark.parametrize("vocabulary", ["aa", "", 5, ["a"]])
def test_vocabularies_that_cannot_be(path, vocabulary):
    with pytest.raises(ValueError, match=r"vocabulary is .*; expected"):
        train.save(path, small_model(), vocabulary)


@pytest.mark.parametrize(("value", "half_precision"), [(float("nan"), False), (float("inf"), False), (1e6, True)])
def test_weights_that_are_not_finite_are_not_written(path, value, half_precision):
    model = small_model()
    with torch.no_grad():
        model.output.bias[1] = value
    with pytest.raises(ValueError, match=r"output\.bias"):
        train.save(path, model, None, half_precision=half_precision)
    assert not path.exists()


def test_a_model_that_does_not_fit_is_left_as_it_was(saved):
    model = CharLSTM(len(CHARACTERS), 3, 4, 1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(train.CheckpointError, match=r"lstm\.weight_ih_l0 has the shape \(8, 3\), expected \(16, 3\)"):
        train.load(saved, model)
    with pytest.raises(train.CheckpointError, match=r"weight_ih_l1 is missing"):
        train.load(saved, CharLSTM(len(CHARACTERS), 3, 2, 2))
    with pytest.raises(train.CheckpointError, match=r"embedding\.weight is not known"):
        train.load(saved, nn.Embedding(7, 3))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


# --- a write is whole, or did not happen -----------------------------------------------------------------------------


def test_a_link_stays_a_link(tmp_path, saved):
    link = tmp_path / "link"
    link.symlink_to(saved)
    train.save(link, small_model(1), None)
    assert link.is_symlink()
    assert torch.equal(train.load(saved)[0]["output.bias"], small_model(1).output.bias)


def test_a_file_has_the_permissions_of_any_file(saved, tmp_path):
    (tmp_path / "other").write_text("x")
    assert saved.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("place", ["os.fsync", "os.replace", "safetensors.torch.save"])
@pytest.mark.parametrize(
    "trouble",
    [OSError(28, "No space left on device"), PermissionError(13, "Permission denied"), KeyboardInterrupt()],
    ids=["full", "forbidden", "interrupted"],
)
def test_trouble_at_each_stage_leaves_the_old_file(saved, monkeypatch, place, trouble):
    def fail(*_, **__):
        raise trouble

    before = saved.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(place, fail)
        with pytest.raises((train.CheckpointError, OSError, KeyboardInterrupt)) as caught:
            train.save(saved, small_model(1), None)
    if isinstance(trouble, OSError) and place != "safetensors.torch.save":
        assert str(caught.value).startswith(f"{saved}: it cannot be written ({trouble.strerror}).")
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir()] == [saved.name], "no draft is left"


@contextmanager
def largest_file(size):
    """Let no file of this process grow beyond a size: what a full disk does, without filling one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_space(saved):
    before = saved.read_bytes()
    with largest_file(100), pytest.raises(train.CheckpointError, match="cannot be written") as caught:
        train.save(saved, small_model(1), None)
    assert "still whole" in str(caught.value)
    assert saved.read_bytes() == before
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]


@pytest.mark.parametrize("stage", ["open", "write", "fsync", "replace", "after"])
def test_a_kill_at_each_stage_leaves_the_old_file_or_the_new(saved, stage):
    before = saved.read_bytes()
    if (child := os.fork()) == 0:
        try:
            kill_at(stage)
            train.save(saved, small_model(1), None)
        finally:
            os._exit(1)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL
    assert (saved.read_bytes() == before) is (stage != "after")
    train.load(saved)
    assert len(list(saved.parent.iterdir())) == (1 if stage in ("open", "after") else 2), "a draft is left"
    files.remove_drafts(saved)
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]


def kill_at(stage):
    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    if stage == "open":
        files.open = die
    elif stage == "write":

        class Dying(io.FileIO):
            def write(self, data):
                super().write(data[: len(data) // 2])
                die()

        files.open = Dying
    elif stage == "after":
        files._make_lasting = die
    else:
        setattr(os, stage, die)


def test_other_drafts_stay(saved):
    for name in (".other.safetensors.1234.draft", "model.safetensors.1.draft", ".model.safetensors.1.txt"):
        (saved.parent / name).write_text("x")
    files.remove_drafts(saved)
    assert len(list(saved.parent.iterdir())) == 4


def test_names_with_stars_are_not_patterns(tmp_path):
    (tmp_path / ".abc.1.draft").write_text("x")
    (tmp_path / ".a*c.1.draft").write_text("x")
    files.remove_drafts(tmp_path / "a*c")
    assert [file.name for file in tmp_path.iterdir()] == [".abc.1.draft"]


def test_the_folder_is_made_lasting_too(saved, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os,
        "fsync",
        lambda descriptor: (synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}")), real(descriptor))[1],
    )
    train.save(saved, small_model(1), None)
    assert synced[0].endswith(".draft") and synced[1:] == [str(saved.parent)]


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(train.CheckpointError, match=r"cannot be written \(No such file or directory\)"):
        train.save(tmp_path / "none" / "model", small_model(), None)
    with pytest.raises(train.CheckpointError, match="it is a folder"):
        train.save(tmp_path, small_model(), None)


def test_what_could_never_be_read_back_is_not_written(saved, monkeypatch):
    before = saved.read_bytes()
    monkeypatch.setattr(files, "LARGEST_FILE", 500)
    with pytest.raises(train.CheckpointError, match="more than is ever read back"):
        train.save(saved, small_model(1), None)
    assert saved.read_bytes() == before


# --- nothing else is believed ----------------------------------------------------------------------------------------


def test_truncated_at_every_length(saved):
    whole = saved.read_bytes()
    for length in range(len(whole)):
        saved.write_bytes(whole[:length])
        refused(saved)


def test_every_byte_changed(saved):
    whole = saved.read_bytes()
    for place in range(len(whole)):
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        same_or_refused(saved)


def same_or_refused(path):
    """Read a file that was changed. What comes back must be what was written."""
    try:
        weights, card = train.load(path)
    except train.CheckpointError as error:
        assert str(error).startswith(f"{path}: ")
        return False
    expected = small_model().state_dict()
    assert set(weights) == set(expected) and all(torch.equal(weights[name], expected[name]) for name in expected)
    assert card["vocabulary"] == CHARACTERS and card["corpus"] == "a test"
    return True


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_files_that_were_cut_and_pasted(saved, data):
    original = train_bytes(saved)
    changed = original
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(changed)))
        end = data.draw(st.one_of(st.integers(start, min(start + 12, len(changed))), st.integers(start, len(changed))))
        place = data.draw(st.integers(0, len(original)))
        pasted = data.draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from(TOKENS),
                st.integers(0, 60).map(lambda n, place=place: original[place : place + n]),
            )
        )
        changed = changed[:start] + pasted + changed[end:]
    saved.write_bytes(changed)
    try:
        assert same_or_refused(saved) or changed != original
    finally:
        saved.write_bytes(original)


TOKENS = [
    b'{"',
    b'":',
    b"[[[[",
    b"NaN",
    b"1e999",
    b"9" * 5000,
    b"-1",
    b'"F32"',
    b'"dtype":"F64"',
    b"\xff" * 8,
    b"\0" * 8,
    b'"__metadata__":{}',
    b"null",
    b"\\ud800",
    b'"shape":[1000000000000,1000000000000]',
]


def train_bytes(path):
    return path.read_bytes()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
            lambda part: st.one_of(
                st.lists(part, max_size=3),
                st.dictionaries(
                    st.sampled_from(["__metadata__", "card", "dtype", "shape", "a", "data_offsets", "format"]),
                    part,
                    max_size=4,
                ),
            ),
            max_leaves=12,
        ).map(lambda content: json.dumps(content).encode()),
    ),
    rest=st.binary(max_size=30),
)
def test_headers_of_any_kind(path, header, rest):
    path.write_bytes(len(header).to_bytes(8, "little") + header + rest)
    refused(path)


def with_right_fingerprint(path, change_tensors=lambda tensors: None, change_card=lambda card: None):
    """Write a file as someone would who knows the format and means harm."""
    tensors, card = files.read(path)
    change_tensors(tensors)
    change_card(card)
    files.write(path, tensors, card)


def test_weights_that_are_not_finite(saved):
    with_right_fingerprint(saved, lambda tensors: tensors["model.output.bias"].fill_(float("nan")))
    refused(saved, "model.output.bias", "not finite")


def test_no_weights_at_all(saved):
    with_right_fingerprint(saved, lambda tensors: tensors.clear())
    refused(saved, "no weights")


def test_a_card_of_another_format(saved):
    with_right_fingerprint(saved, change_card=lambda card: card.update(format="course-utils-checkpoint-2"))
    refused(saved, "another format", "another version")


def test_absurd_sizes(saved, path):
    with open(saved, "r+b") as file:
        file.truncate(files.LARGEST_FILE + 1)
    refused(saved, "bytes, more than any checkpoint")
    with open(saved, "wb") as file:
        file.write((files.LARGEST_HEADER + 1).to_bytes(8, "little"))
        file.truncate(files.LARGEST_HEADER + 100)
    refused(saved, "its header has")
    saved.write_bytes(b"\xff" * 8 + b"{}" * 40)
    refused(saved, "18,446,744,073,709,551,615")
    header = json.dumps(
        {
            "__metadata__": {"card": '{"format": "course-utils-checkpoint-1"}'},
            "model.a": {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 8]},
        }
    ).encode()
    saved.write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 8)
    refused(saved, "damaged")


def test_deep_brackets_and_long_numbers(path):
    for header in (b"[" * 200_000, b'{"a":' * 100_000, b"9" * 10_000, b'{"a": NaN}', b"\xff\xfe{}", b"{}", b"[]"):
        path.write_bytes(len(header).to_bytes(8, "little") + header)
        refused(path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_card_with_a_number_that_is_none(saved, number):
    tensors, card = files.read(saved)
    card["held_out_loss"] = float(number)
    data = safetensors.torch.save(tensors)
    entries, content = files._parted(data)
    card["fingerprint"] = files._fingerprint(entries, card, content)
    saved.write_bytes(safetensors.torch.save(tensors, {"card": json.dumps(card)}))
    assert number in saved.read_bytes().decode("latin-1")
    refused(saved, "not JSON")


def test_a_shape_the_library_refuses_comes_out_as_our_error(saved):
    """The fingerprint may be right and the header wrong all the same: then the library's word counts."""
    entries = {"model.a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}
    card = {"format": files.FORMAT}
    card["fingerprint"] = files._fingerprint(entries, card, b"1234")
    header = json.dumps(entries | {"__metadata__": {"card": json.dumps(card)}}).encode()
    saved.write_bytes(len(header).to_bytes(8, "little") + header + b"1234")
    refused(saved, "damaged (SafetensorError")


def test_files_of_other_programs(path, tmp_path):
    safetensors.torch.save_file({"a": torch.zeros(2)}, path)
    refused(path, "has no card", "train.save")
    safetensors.torch.save_file({"a": torch.zeros(2)}, path, metadata={"format": "pt"})
    refused(path, "has no card")
    safetensors.torch.save_file({"a": torch.zeros(2)}, path, metadata={"card": "hello"})
    refused(path, "not JSON")
    path.write_bytes(b"")
    refused(path, "it has 0 bytes")
    path.write_text("Shall I compare thee to a summer's day?")
    refused(path)
    path.unlink()
    refused(path, "no such file")
    refused(tmp_path, "it is a folder")
    os.mkfifo(path)
    refused(path, "no regular file")


class Marks:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("protocol", [0, 1, 2, 4, 5])
@pytest.mark.parametrize("way", ["pickle", "torch", "old torch"])
def test_nothing_is_ever_unpickled(path, tmp_path, monkeypatch, protocol, way):
    mark = tmp_path / "mark"
    if way == "pickle":
        path.write_bytes(pickle.dumps(Marks(mark), protocol=protocol))
    else:
        torch.save(
            {"a": torch.zeros(3), "b": Marks(mark)},
            path,
            pickle_protocol=max(protocol, 2),
            _use_new_zipfile_serialization=way == "torch",
        )
    message = refused(path, "Use a file that train.save wrote" if way != "pickle" or protocol > 1 else "")
    assert not mark.exists()
    assert way != "torch" or "zip archive" in message
    with open(path, "rb") as file:
        pickle.load(file) if way == "pickle" else torch.load(file, weights_only=False)
    assert mark.exists(), "the trap must be set for the test to mean anything"
