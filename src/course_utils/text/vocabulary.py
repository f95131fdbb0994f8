"""The vocabulary: characters as numbers, and back."""

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Vocabulary:
    """The characters a network knows. The id of a character is its place among them.

    Attributes
    ----------
    characters : str
        Different characters, in the order of their code points.

    Raises
    ------
    ValueError
        If there are none, or they are not in order, or one comes twice.
    """

    characters: str

    def __post_init__(self):
        if not isinstance(self.characters, str) or not self.characters:
            raise ValueError(f"characters is {self.characters!r}; expected a string with at least one character.")
        if list(self.characters) != sorted(set(self.characters)):
            raise ValueError(
                f"characters is {self.characters!r}; expected different characters in the order of their "
                "code points. Vocabulary.of(text) finds them."
            )

    @classmethod
    def of(cls, text):
        """Return the vocabulary of a text: each of its characters once."""
        return cls("".join(sorted(set(text))))

    def __len__(self):
        return len(self.characters)

    @cached_property
    def _codes(self):
        return _code_points(self.characters)

    def encode(self, text):
        """Return the ids of a text's characters.

        A character that is not in the vocabulary is left out. One warning names all of them.

        Parameters
        ----------
        text : str

        Returns
        -------
        torch.Tensor, int64, shape (characters known,)
        """
        import torch

        codes = _code_points(text)
        ids = np.searchsorted(self._codes, codes)
        known = self._codes[np.minimum(ids, len(self) - 1)] == codes
        if not known.all():
            missing = Vocabulary.of("".join(map(chr, codes[~known]))).characters
            warnings.warn(
                f"Left out {(~known).sum()} of {len(codes)} characters, because the vocabulary does not "
                f"have them: {missing[:40]!r}{' …' if len(missing) > 40 else ''}.",
                stacklevel=2,
            )
        return torch.from_numpy(ids[known].astype(np.int64))

    def decode(self, ids):
        """Return the text of ids.

        Parameters
        ----------
        ids : tensor, array or sequence of int
            In one row, each from 0 to ``len(vocabulary) - 1``.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If an id is not such a number.
        """
        ids = np.asarray(ids.cpu() if hasattr(ids, "cpu") else ids)
        if ids.size == 0:
            return ""
        if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
            raise ValueError(
                f"ids have the shape {ids.shape} and the type {ids.dtype}; expected one row of whole numbers."
            )
        if ids.min() < 0 or ids.max() >= len(self):
            raise ValueError(
                f"ids run from {ids.min()} to {ids.max()}; expected 0 to {len(self) - 1}: the vocabulary "
                f"has {len(self)} characters."
            )
        return "".join(map(self.characters.__getitem__, ids.tolist()))


def _code_points(text):
    # A lone surrogate, which no UTF-8 file holds but a string may, is a code point like another.
    return np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype="<u4")
