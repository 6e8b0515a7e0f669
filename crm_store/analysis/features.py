"""A message as numbers: the character and word grams in it, by rarity, and the signs found in it.

This is TF-IDF with presence instead of counts. It is written here because a batch is 3 times faster
than with scikit-learn's vectorisers, and because how much of a text is known comes out with it.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from crm_store.analysis import evidence
from crm_store.analysis.normalise import has_han

SIGN_WEIGHT = 0.2  # a row's grams have length 1 together; chosen by grouped cross-validation
RARE = 2  # a gram seen in fewer training texts says nothing about the next one

_LATIN = re.compile(r"[a-z]+")
_TOKEN = re.compile(r"[a-z0]+|[?!⌗☺☹]")


def list_grams(text: str) -> tuple[list[str], list[str]]:
    """Character grams and word grams of a normalised text.

    Chinese gives every run of one to three characters of the line, where a Latin word counts as one
    character; Latin words give runs of two to five letters, and a Latin line its words and word pairs.
    """
    if has_han(text):
        line = "^" + _LATIN.sub("a", text).replace(" ", "") + "$"
        size = len(line)
        characters = [line[i : i + n] for n in (1, 2, 3) for i in range(size - n + 1)]
        for word in _LATIN.findall(text):
            characters += _letter_grams(word)
        return characters, []
    tokens = _TOKEN.findall(text)
    characters = [gram for token in tokens for gram in _letter_grams(token)]
    if not tokens:
        return [], []
    pairs = [f"{first} {second}" for first, second in zip(["^", *tokens], [*tokens, "$"], strict=True)]
    return characters, tokens + pairs


@lru_cache(maxsize=20_000)  # people use the same words over and over
def _letter_grams(word: str) -> tuple[str, ...]:
    framed = f" {word} "
    size = len(framed)
    return tuple(framed[i : i + n] for n in range(2, min(5, size) + 1) for i in range(size - n + 1))


class Vectoriser:
    """Turns normalised texts into rows. Columns: character grams, word grams, signs, in this order.

    A row's character grams have length 1 together, and so have its word grams.
    """

    def __init__(self, characters: Sequence[str], words: Sequence[str], rarity: NDArray[np.float32]) -> None:
        """``rarity`` holds the weight of each of ``characters``, then of each of ``words``."""
        self.characters = list(characters)
        self.words = list(words)
        self.rarity = rarity
        self.width = len(rarity) + evidence.COUNT
        self._character_columns = {gram: column for column, gram in enumerate(self.characters)}
        self._word_columns = {gram: column for column, gram in enumerate(self.words, len(self.characters))}
        self._weights = np.concatenate([rarity, np.ones(evidence.COUNT, np.float32)])

    @classmethod
    def fit(cls, texts: Sequence[str]) -> "Vectoriser":
        """Learn the grams of ``texts`` and how rare each is."""
        characters: Counter[str] = Counter()
        words: Counter[str] = Counter()
        for text in texts:
            found = list_grams(text)
            characters.update(set(found[0]))
            words.update(set(found[1]))
        kept = [sorted(gram for gram in seen if seen[gram] >= RARE) for seen in (characters, words)]
        counts = [characters[gram] for gram in kept[0]] + [words[gram] for gram in kept[1]]
        rarity = [math.log((1 + len(texts)) / (1 + count)) + 1 for count in counts]
        return cls(kept[0], kept[1], np.array(rarity, np.float32))

    def transform(self, texts: Sequence[str]) -> tuple[csr_matrix, NDArray[np.float64]]:
        """The rows of ``texts``, and for each the share (0..1) of its grams that training had seen."""
        columns: list[int] = []
        blocks: list[int] = []  # how many columns each text has of each of the three sorts
        known: list[float] = []
        first_sign = len(self.rarity)
        for text in texts:
            characters, words = list_grams(text)
            distinct = set(characters)
            character_columns = set(map(self._character_columns.get, distinct))
            word_columns = set(map(self._word_columns.get, words))
            character_columns.discard(None)
            word_columns.discard(None)
            signs = evidence.find_signs(text)
            columns += character_columns  # type: ignore[arg-type]  # None was discarded
            columns += word_columns  # type: ignore[arg-type]  # None was discarded
            columns += [first_sign + sign for sign in signs]
            blocks += (len(character_columns), len(word_columns), len(signs))
            known.append(len(character_columns) / max(1, len(distinct)))
        return self._assemble(columns, blocks), np.array(known)

    def _assemble(self, columns: list[int], blocks: list[int]) -> csr_matrix:
        column = np.array(columns, np.int32)
        block = np.repeat(np.arange(len(blocks)), blocks)
        weight = self._weights[column]
        length = np.sqrt(np.bincount(block, weights=weight * weight, minlength=len(blocks)))
        length[2::3] = 1 / SIGN_WEIGHT  # a sign weighs the same, however many there are
        ends = np.concatenate([[0], np.cumsum(blocks)[2::3]])
        values = (weight / length[block]).astype(np.float64)
        return csr_matrix((values, column, ends), shape=(len(blocks) // 3, self.width))
