"""Text to learn from: a corpus, its characters as numbers, a part held out, and blocks that carry on from each other.

Four steps lead from a file to what a network is trained on::

    corpus = text.corpus("this-course")
    vocabulary = text.Vocabulary.of(corpus.text)
    training, held_out = text.split(vocabulary.encode(corpus.text))
    inputs, targets, first = text.Blocks(training, batch_size=16, block=64)[0]

A character is one Unicode code point. An emoji may be several of them.
"""

from course_utils.text.corpora import Corpus, choose, corpus
from course_utils.text.parts import Blocks, split
from course_utils.text.vocabulary import Vocabulary

__all__ = ["Blocks", "Corpus", "Vocabulary", "choose", "corpus", "split"]
