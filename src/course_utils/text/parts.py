"""A part held out, and blocks that carry on from each other."""

import numpy as np

from course_utils import expect


def split(ids, fraction=0.9):
    """Cut a text into a first part to train on and a last part that is held out.

    Parameters
    ----------
    ids : torch.Tensor, array or str
    fraction : float
        Of the whole, for training; between 0 and 1.

    Returns
    -------
    training, held_out
        As `ids`. ``fraction * len(ids)`` is rounded down.

    Raises
    ------
    ValueError
        If `fraction` is not between 0 and 1, or a part would be empty.
    """
    cut = int(expect.fraction("fraction", fraction, ends=False, advice="Give 0.9, for example.") * len(ids))
    if not 0 < cut < len(ids):
        raise ValueError(
            f"{len(ids)} characters cut at the fraction {fraction} leave a part empty. Give a longer text."
        )
    return ids[:cut], ids[cut:]


class Blocks:
    """Blocks of text for backpropagation through time that is cut off, in an order that carries the state on.

    The text is laid out in `batch_size` rows of one length and read from left to right, `block` characters at a time.
    So row b of a block goes on where row b of the block before it ended, and the hidden state that a network ended
    with is the one it begins the next block with. A target is the character after its input.

    The text is read as a ring: its end runs on into its beginning. Each epoch starts at another place of the ring, so
    that rows and blocks are cut elsewhere. The few characters that fill no block are left over, other ones each epoch.

    A block depends on the seed and its number, on nothing else. To go on with a training that was interrupted, its
    number is all you need.

    Parameters
    ----------
    ids : torch.Tensor, int64, shape (characters,)
        On any device. The blocks are views of a copy of it.
    batch_size, block : int
        Rows, and characters of a row in one block.
    seed : int
        From 0 to 2⁶⁴ − 1. It decides where the epochs start.

    Attributes
    ----------
    covered : int
        Characters that the blocks of one epoch hold.

    Raises
    ------
    ValueError
        If `ids` is not such a tensor or is too short, or a size is not a whole number of at least 1.

    Examples
    --------
    ``len(blocks)`` is the number of blocks in an epoch. Iterating goes through the first epoch. ``blocks[step]`` is
    block ``step % len(blocks)`` of epoch ``step // len(blocks)``, for any step from 0, as the triple

    inputs, targets : torch.Tensor, int64, shape (batch_size, block)
    first : bool
        An epoch begins here: the state starts from zero.
    """

    def __init__(self, ids, batch_size=16, block=64, seed=0):
        import torch

        self.batch_size = expect.whole("batch_size", batch_size, 1)
        self.block = expect.whole("block", block, 1)
        self.seed = expect.seed(seed)
        if not isinstance(ids, torch.Tensor) or ids.dtype != torch.int64 or ids.ndim != 1:
            given = f"{ids.dtype} {tuple(ids.shape)}" if isinstance(ids, torch.Tensor) else f"a {type(ids).__name__}"
            raise ValueError(f"ids is {given}; expected a tensor of int64 in one row, as Vocabulary.encode returns it.")
        if len(ids) < (least := self.batch_size * self.block):
            raise ValueError(
                f"The text has {len(ids):,} characters; expected at least {least:,}: {self.batch_size} "
                f"rows of {self.block}. Give a longer text, or a smaller batch_size or block."
            )
        self.characters = len(ids)
        self._row = self.characters // self.batch_size
        # Twice round the ring, so that each turn of it is one stretch and a block is a view.
        self._twice = torch.cat((ids, ids))

    def __len__(self):
        return self._row // self.block

    @property
    def covered(self):
        """Characters that the blocks of one epoch hold."""
        return len(self) * self.batch_size * self.block

    def __repr__(self):
        return (
            f"Blocks: {len(self):,} an epoch, each {self.batch_size} rows of {self.block} characters; they cover "
            f"{self.covered:,} of {self.characters:,}"
        )

    def __getitem__(self, step):
        epoch, number = divmod(expect.whole("step", step, 0), len(self))
        start, column = self._start(epoch), number * self.block
        inputs, targets = (
            self._twice[place : place + self.batch_size * self._row].view(self.batch_size, self._row)[
                :, column : column + self.block
            ]
            for place in (start, start + 1)
        )
        return inputs, targets, number == 0

    def __iter__(self):
        return (self[step] for step in range(len(self)))

    def _start(self, epoch):
        """Return the place of the ring where an epoch starts: the same for a seed on every machine and version."""
        return int(np.random.SeedSequence((self.seed, epoch)).generate_state(1, np.uint64)[0] % self.characters)
