"""The texts to train with, their grams numbered once: what any part of them teaches is then counted at once.

Training fits a model for every fold of the same texts; cutting each into grams again took most of the time.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from crm_store.analysis.features import UNKNOWN, Pieces, Vectoriser, cut_word

RARE = 3
"""A gram seen in fewer training texts says nothing about the next one."""

Numbers = NDArray[np.int64]


class _Lists:
    """A list of numbers for each text, one behind the other."""

    def __init__(self, lists: Iterable[Sequence[int]]) -> None:
        kept = list(lists)
        self.sizes = np.array([len(one) for one in kept], np.int64)
        self._starts = np.cumsum(self.sizes) - self.sizes
        self._numbers = np.fromiter(chain.from_iterable(kept), np.int64, self.sizes.sum())

    def rename(self, names: Numbers) -> None:
        self._numbers = names[self._numbers]

    def of(self, texts: Numbers) -> tuple[Numbers, Numbers]:
        """The numbers of these texts, and for each number the place of its text among ``texts``."""
        sizes = self.sizes[texts]
        shift = self._starts[texts] - (np.cumsum(sizes) - sizes)
        places = np.repeat(np.arange(len(texts)), sizes)
        return self._numbers[np.arange(len(places)) + shift[places]], places


class _Grams:
    """Every gram of the texts, numbered in the order of the alphabet."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.names: list[str] = []

    def number(self, grams: Iterable[str]) -> list[int]:
        numbers = self._numbers
        return [numbers.setdefault(gram, len(numbers)) for gram in grams]

    def settle(self, *lists: _Lists) -> None:
        """No more will come: number them for good, also in ``lists``."""
        self.names = sorted(self._numbers)
        names = np.empty(len(self.names), np.int64)
        names[[self._numbers[gram] for gram in self.names]] = np.arange(len(self.names))
        for one in lists:
            one.rename(names)


class Learned(NamedTuple):
    """A vectoriser, and its columns by the corpus's grams: UNKNOWN for those that it did not see."""

    vectoriser: Vectoriser
    of_character: Numbers
    of_word: Numbers


class Corpus:
    """``fit`` learns from some of the texts, ``transform`` gives the rows of some: both by their places."""

    def __init__(self, texts: Sequence[Pieces]) -> None:
        characters, words = _Grams(), _Grams()
        cut = lru_cache(maxsize=8192)(lambda word: characters.number(cut_word(word)))
        read: list[list[int]] = []  # as Vectoriser.transform reads: the runs, then word by word
        for pieces in texts:
            of_text = characters.number(set(pieces.runs))
            for word in set(pieces.words):
                of_text += cut(word)
            read.append(of_text)
        self._read = _Lists(read)
        self._characters = _Lists([list(set(one)) for one in read])
        self._words = _Lists([words.number(set(pieces.phrases)) for pieces in texts])
        self._signs = _Lists([pieces.signs for pieces in texts])
        characters.settle(self._read, self._characters)
        words.settle(self._words)
        self._character_grams, self._word_grams = characters.names, words.names
        self.size = len(texts)

    def fit(self, texts: Numbers | None = None) -> Learned:
        """Learn the grams of these ``texts`` (all, unless told) and how rare each is."""
        chosen = np.arange(self.size) if texts is None else texts
        kept: list[list[str]] = []
        columns: list[Numbers] = []
        rarity: list[float] = []
        for lists, grams in ((self._characters, self._character_grams), (self._words, self._word_grams)):
            counts = np.bincount(lists.of(chosen)[0], minlength=len(grams))
            common = np.flatnonzero(counts >= RARE)
            columns.append(np.full(len(grams), UNKNOWN))
            columns[-1][common] = np.arange(len(rarity), len(rarity) + len(common))
            kept.append([grams[number] for number in common.tolist()])
            rarity += [math.log((1 + len(chosen)) / (1 + count)) + 1 for count in counts[common].tolist()]
        return Learned(Vectoriser(kept[0], kept[1], np.array(rarity, np.float32)), *columns)

    def transform(self, learned: Learned, texts: Numbers) -> tuple[csr_matrix, NDArray[np.float64]]:
        """What ``learned.vectoriser.transform`` gives for these texts, bit by bit."""
        vectoriser = learned.vectoriser
        blocks = [
            _known(*self._characters.of(texts), learned.of_character),
            _known(*self._words.of(texts), learned.of_word),
            _shift(*self._signs.of(texts), len(vectoriser.rarity)),
        ]
        columns, places = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        sizes = np.stack([np.bincount(places, minlength=len(texts)) for _, places in blocks], axis=1).ravel()
        rows = vectoriser.assemble(columns[np.argsort(places, kind="stable")], sizes)
        seen = np.bincount(_known(*self._read.of(texts), learned.of_character)[1], minlength=len(texts))
        return rows, seen / np.maximum(self._read.sizes[texts], 1)


def _known(grams: Numbers, places: Numbers, columns: Numbers) -> tuple[Numbers, Numbers]:
    """The columns of those grams that have one, and the places of their texts."""
    found = columns[grams]
    return found[found >= 0], places[found >= 0]


def _shift(signs: Numbers, places: Numbers, first: int) -> tuple[Numbers, Numbers]:
    return signs + first, places
