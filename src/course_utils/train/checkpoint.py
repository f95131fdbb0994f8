"""Checkpoints: weights and a card in one safetensors file, written whole or not at all, read without running anything.

The file is plain safetensors, so other tools read the weights. The card is JSON in the file's own header, where
safetensors keeps free text: what the model is, its vocabulary, what it was trained on, and with which versions. A
fingerprint in it covers card and weights, so that a damaged file is refused and not sampled from.
"""

import contextlib
import hashlib
import json
import os
import platform
import secrets
import stat
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

__all__ = ["CheckpointError", "load", "save"]

FORMAT = "course-utils-checkpoint-1"
MODEL, TRAINING = "model", "training"
# The largest character model of the course, with its optimizer, comes to a twentieth of this.
LARGEST_FILE = 2**31
LARGEST_HEADER = 2**25
RESERVED = ("format", "kind", "model", "vocabulary", "versions", "settings", "data", "step", "curve", "fingerprint")
# How files begin that pickle made, or zip around a pickle: reading those may run what they hold.
PICKLED = {b"PK\x03\x04": "a zip archive, as torch.save writes it", b"\x80": "a pickle"}


class CheckpointError(ValueError):
    """A checkpoint that cannot be written, cannot be read, or is not the one that was asked for."""


def save(path, model, vocabulary, *, half_precision=False, **card):
    """Write a model's weights and a card into one file.

    The file is first written beside its place under another name, then moved there. Whatever happens meanwhile, under
    `path` lies the whole old file or the whole new one.

    Parameters
    ----------
    path : str or path
        Its folder must exist. A file that is there is replaced.
    model : torch.nn.Module
    vocabulary : text.Vocabulary, str or None
        The characters, in the order of their ids.
    half_precision : bool
        Store weights with 16 bits. The file is half as large and keeps three digits.
    **card
        What else you want to say about the model: numbers, text, lists and dictionaries of them.

    Raises
    ------
    ValueError
        If a weight is not finite, a name of the card is taken, or its content cannot be written as JSON.
    CheckpointError
        If the file cannot be written: no such folder, no permission, no space.
    """
    if taken := [name for name in card if name in RESERVED]:
        raise ValueError(f"The card has {', '.join(taken)}, which the checkpoint fills itself. Choose another name.")
    weights = {}
    for name, tensor in model.state_dict().items():
        tensor = tensor.half() if half_precision and tensor.is_floating_point() else tensor
        if not torch.isfinite(tensor).all():
            raise ValueError(
                f"The weight {name} holds a number that is not finite, or too large for the file. "
                "Train again with a lower learning rate, or leave half_precision out."
            )
        weights[f"model.{name}"] = tensor
    write(
        path,
        weights,
        {
            "format": FORMAT,
            "kind": MODEL,
            "model": sizes(model),
            "vocabulary": characters(vocabulary),
            "versions": versions(),
            **card,
        },
    )


def load(path, model=None):
    """Read the weights and the card that `save` or a training wrote.

    Nothing in the file is ever run. What is not such a file, or is damaged, is refused.

    Parameters
    ----------
    path : str or path
    model : torch.nn.Module, optional
        Takes the weights, if they fit.

    Returns
    -------
    weights : dict
        From the name of each weight to a tensor on the CPU, for ``model.load_state_dict``. Those stored with 16 bits
        come back with 32.
    card : dict
        ``card["vocabulary"]`` holds the characters. If the model has one `nn.Embedding` and one `nn.LSTM`,
        ``card["model"]`` has the arguments ``CharLSTM(**card["model"])`` that make another like it.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, damaged, no checkpoint, or holds other weights than the model.
    """
    tensors, card = read(path)
    weights = {
        name.removeprefix("model."): tensor.float() if tensor.dtype == torch.float16 else tensor
        for name, tensor in tensors.items()
        if name.startswith("model.")
    }
    if not weights:
        raise refusal(path, "it holds no weights of a model")
    if model is not None:
        check_fit(path, weights, model.state_dict())
        model.load_state_dict(weights)
    return weights, card


def check_fit(path, given, expected):
    """Check that tensors have the names and shapes of others.

    Raises
    ------
    CheckpointError
        Naming the first ones that differ.
    """
    differences = [f"{name} is missing" for name in expected if name not in given]
    differences += [f"{name} is not known" for name in given if name not in expected]
    differences += [
        f"{name} has the shape {tuple(given[name].shape)}, expected {tuple(tensor.shape)}"
        for name, tensor in expected.items()
        if name in given and given[name].shape != tensor.shape
    ]
    if differences:
        raise refusal(
            path,
            f"it belongs to another model: {'; '.join(differences[:3])}{' …' if len(differences) > 3 else ''}",
            "Make the model with the sizes that the checkpoint's card names, or name another file.",
        )


def sizes(model):
    """Return the arguments that make a CharLSTM like this one, or None if its layers do not tell."""
    embeddings, lstms = (
        [layer for layer in model.modules() if isinstance(layer, kind)] for kind in (nn.Embedding, nn.LSTM)
    )
    if len(embeddings) != 1 or len(lstms) != 1:
        return None
    (embedding,), (lstm,) = embeddings, lstms
    rates = [layer.p for layer in model.modules() if isinstance(layer, nn.Dropout)]
    return {
        "vocab_size": embedding.num_embeddings,
        "embedding_size": embedding.embedding_dim,
        "hidden_size": lstm.hidden_size,
        "num_layers": lstm.num_layers,
        "dropout": max([lstm.dropout, *rates]),
    }


def characters(vocabulary):
    """Return the characters of a vocabulary as one string, or None.

    Raises
    ------
    ValueError
        If it has none, or one comes twice.
    """
    if vocabulary is None:
        return None
    found = getattr(vocabulary, "characters", vocabulary)
    if not isinstance(found, str) or not found or len(set(found)) < len(found):
        raise ValueError(
            f"vocabulary is {vocabulary!r}; expected text.Vocabulary.of(text), or a string in which each "
            "character comes once."
        )
    return found


def versions():
    """Return the versions that what is written now was made with."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "safetensors": safetensors.__version__,
    }


# --- the file --------------------------------------------------------------------------------------------------------


def refusal(path, found, advice="Name another file, or delete this one and train again."):
    """Return the error that says which file, what is wrong, and what to do."""
    return CheckpointError(f"{path}: {found}. {advice}")


def write(path, tensors, card):
    """Write tensors and a card into one file, whole or not at all.

    Parameters
    ----------
    path : str or path
    tensors : dict
        From names to tensors on any device.
    card : dict
        What JSON can hold.

    Raises
    ------
    ValueError
        If JSON cannot hold the card.
    CheckpointError
        If the file cannot be written.
    """
    try:
        card = json.loads(json.dumps(card, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"The card cannot be written as JSON: {error}. Use finite numbers, text, lists and dictionaries of them."
        ) from None
    # Copies, because weights may share their memory and the file format forbids it.
    tensors = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    entries, content = _parted(safetensors.torch.save(tensors))
    card["fingerprint"] = _fingerprint(entries, card, content)
    # One entry of metadata: safetensors would put several in an order of its own, another each time.
    data = safetensors.torch.save(tensors, {"card": json.dumps(card)})
    if len(data) > LARGEST_FILE or _header_length(data) > LARGEST_HEADER:
        raise refusal(
            path,
            f"it would have {len(data):,} bytes, {_header_length(data):,} of them in its header, more "
            "than is ever read back",
            "Make the model smaller, or train with fewer updates.",
        )
    _put(path, data)


def read(path):
    """Read what `write` wrote.

    Returns
    -------
    tensors, card : dict

    Raises
    ------
    CheckpointError
        If there is anything wrong with the file. It is checked before it is believed: first its size and how it
        begins, then the header, the fingerprint, and that every number is finite.
    """
    data = _content(path)
    entries, content, card = _header(path, data)
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise refusal(
            path,
            f"its card has another format than {FORMAT!r}",
            "It may come from another version of course_utils: use that version, or name another file.",
        )
    if card.pop("fingerprint", None) != _fingerprint(entries, card, content):
        raise refusal(path, "it is damaged: its content does not match its fingerprint")
    try:
        # Copies, each at a place in memory that suits it, and in an order that repeats.
        tensors = {name: tensor.clone() for name, tensor in sorted(safetensors.torch.load(data).items())}
    # The library has errors of its own and of torch for what it finds wrong in a header, and KeyError for a new dtype.
    except Exception as error:
        raise refusal(path, f"it is damaged ({type(error).__name__}: {str(error)[:200]})") from None
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise refusal(path, f"{name} holds a number that is not finite, so its training had diverged")
    return tensors, card


def _content(path):
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise refusal(
                path, f"it is {'a folder' if stat.S_ISDIR(status.st_mode) else 'no regular file'}", "Name a file."
            )
        if status.st_size > LARGEST_FILE:
            raise refusal(
                path, f"it has {status.st_size:,} bytes, more than any checkpoint of this course ({LARGEST_FILE:,})"
            )
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise refusal(path, "there is no such file", "Check the name, or train first.") from None
    except OSError as error:
        raise refusal(path, f"it cannot be read ({error.strerror})", "Check the name and the permissions.") from error


def _header(path, data):
    """Return the entries that describe tensors, the bytes of the tensors, and the card."""
    length = _header_length(data)
    if len(data) < 8 or length > len(data) - 8:
        for beginning, kind in PICKLED.items():
            if data.startswith(beginning):
                raise refusal(
                    path,
                    f"it looks like {kind}, and to read one can run whatever it holds",
                    "Use a file that train.save wrote.",
                )
        raise refusal(
            path,
            f"it is no checkpoint, or its end is missing: it has {len(data):,} bytes, and its header "
            f"alone should have {length:,}",
        )
    if length > LARGEST_HEADER:
        raise refusal(
            path, f"its header has {length:,} bytes, more than any checkpoint of this course ({LARGEST_HEADER:,})"
        )
    try:
        entries, content = _parted(data)
        metadata = entries.pop("__metadata__", None) if isinstance(entries, dict) else None
        card = metadata.get("card") if isinstance(metadata, dict) else None
        if not isinstance(card, str):
            raise refusal(path, "it has no card, so another program has made it", "Use a file that train.save wrote.")
        return entries, content, _parsed(card)
    except CheckpointError:
        raise
    # Not text, not JSON, a number of thousands of digits, or brackets nested by the thousand.
    except (ValueError, RecursionError):
        raise refusal(path, "its header is not JSON, so it is no safetensors file, or a damaged one") from None


def _header_length(data):
    """Return what the first eight bytes say: how many bytes of JSON follow."""
    return int.from_bytes(data[:8], "little")


def _parted(data):
    """Return the header of safetensors, as a dictionary, and the bytes after it."""
    end = 8 + _header_length(data)
    return _parsed(data[8:end]), memoryview(data)[end:]


def _parsed(text):
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _fingerprint(entries, card, content):
    digest = hashlib.sha256(json.dumps([entries, card], sort_keys=True).encode("ascii"))
    digest.update(content)
    return digest.hexdigest()


def _put(path, data):
    """Put bytes under a name so that a kill or a loss of power leaves the old file or the new one."""
    # A link to a file elsewhere stays a link.
    place = Path(os.path.realpath(path))
    if place.is_dir():
        raise refusal(path, "it is a folder", "Name a file.")
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}.draft")
    try:
        with open(draft, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, place)
    except OSError as error:
        raise refusal(
            path,
            f"it cannot be written ({error.strerror})",
            "Name a file in a folder that exists, where you may write and where there is space. A "
            "checkpoint that was there before is still whole.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    _make_lasting(place.parent)


def _make_lasting(folder):
    """Write the folder's list of names to the disk. Windows and some network disks have no such call."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_drafts(path):
    """Remove what a process that was killed while it wrote this checkpoint has left beside it."""
    place = Path(os.path.realpath(path))
    for draft in place.parent.glob(f".{_literal(place.name)}.*.draft"):
        with contextlib.suppress(OSError):
            draft.unlink()


def _literal(name):
    """Escape what has a meaning in a pattern of file names."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
