"""What a message is about: inquiry, complaint, feedback, order status, or not sure."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis import evidence
from crm_store.analysis.evidence import names_danger
from crm_store.analysis.features import Vectoriser, take_apart
from crm_store.analysis.normalise import has_han, has_letters, normalise
from crm_store.analysis.phrases import KINDS
from crm_store.service.states import Kind

FORMAT = 1  # raise it when the features or the file change: a model of another format cannot be read
# what numpy, zip and JSON raise on bytes that were never a model, or are one no longer
_UNREADABLE: tuple[type[Exception], ...] = (
    *(ValueError, LookupError, TypeError, AttributeError, EOFError, OSError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)


class ForeignModel(Exception):
    """These bytes are not a model this version can read; train one anew."""


@dataclass(frozen=True)
class Intent:
    """``kind`` is what to act on: UNSURE when the model should not decide.

    ``best`` and ``second`` are the two most probable kinds even then, for buttons; both are UNSURE when
    there is nothing to read (an empty text, numbers or emoji alone). ``confidence`` is the calibrated
    probability of ``best``: 0 when there is nothing to read, 0.25 when the text looks like nothing known.
    ``urgent`` means harm, danger, fraud, a legal threat or a deadline within hours, whatever the kind; it is
    meant to miss nothing, at the price of a false alarm in about one message of twenty.
    """

    kind: Kind
    confidence: float
    best: Kind
    second: Kind
    urgent: bool


@dataclass(frozen=True)
class Calibration:
    """How far to trust the model on one script; learned from predictions on phrases it had not seen."""

    sharpness: float  # multiplies the scores before they become probabilities
    threshold: float  # below this probability the answer is "not sure"
    known: float  # a text with a smaller share of known character grams is not understood
    alarm: float  # above this score of its own a text is urgent


class IntentModel:
    """A trained classifier. It never changes after it was made, so threads may share it."""

    def __init__(
        self,
        vectoriser: Vectoriser,
        coefficients: NDArray[np.float32],
        intercepts: NDArray[np.float32],
        *,
        chinese: Calibration,
        latin: Calibration,
        learned: frozenset[str],
    ) -> None:
        """``coefficients`` has a row for each column of the vectoriser and a column for each of ``KINDS``,
        then one for urgency; ``learned`` names the corrections that went in (``training.fingerprint``)."""
        self.vectoriser = vectoriser
        self.coefficients = coefficients
        self.intercepts = intercepts
        self.chinese = chinese
        self.latin = latin
        self.learned = learned

    def classify(self, texts: Sequence[str]) -> list[Intent]:
        """One ``Intent`` a text, in order. A batch costs far less a message than single calls."""
        if not texts:
            return []
        normalised = [normalise(text) for text in texts]
        rows, known = self.vectoriser.transform([take_apart(text) for text in normalised])
        weighed = np.asarray(rows @ self.coefficients + self.intercepts, np.float64)
        scores, alarms = weighed[:, :-1], weighed[:, -1]
        trust = [self.chinese if has_han(text) else self.latin for text in normalised]
        enough = known >= [each.known for each in trust]
        # grams that happen to be known say nothing of a text that is strange as a whole
        sharpness = enough * [each.sharpness for each in trust]
        probabilities = softmax(scores * sharpness[:, None])
        highest = probabilities.max(axis=1)
        sure = highest >= [each.threshold for each in trust]
        loud = enough & (alarms >= [each.alarm for each in trust])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :2]
        return [
            _intent(text, KINDS[first], KINDS[second], confidence, is_sure, is_loud)
            for text, (first, second), confidence, is_sure, is_loud in zip(
                normalised, order.tolist(), highest.tolist(), sure.tolist(), loud.tolist(), strict=True
            )
        ]

    def to_bytes(self) -> bytes:
        """The whole model as an ``.npz`` archive: numbers and JSON, nothing that runs when it is read."""
        about = {
            "format": FORMAT,
            "kinds": list(KINDS),
            "signs": evidence.NAMES,
            "chinese": asdict(self.chinese),
            "latin": asdict(self.latin),
            "learned": sorted(self.learned),
            "characters": self.vectoriser.characters,
            "words": self.vectoriser.words,
        }
        file = io.BytesIO()
        np.savez_compressed(
            file,
            about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8),
            rarity=self.vectoriser.rarity,
            coefficients=self.coefficients,
            intercepts=self.intercepts,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "IntentModel":
        """Read what ``to_bytes`` wrote.

        Raises ``ForeignModel`` for anything else, also for a model with other kinds, signs or format.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                about = json.loads(archive["about"].tobytes())
                rarity, coefficients = archive["rarity"], archive["coefficients"]
                intercepts = archive["intercepts"]
            found = (about["format"], about["kinds"], about["signs"])
            if found != (FORMAT, list(KINDS), list(evidence.NAMES)):
                raise ForeignModel("trained by another version of the program")
            vectoriser = Vectoriser(about["characters"], about["words"], rarity)
            heads = len(KINDS) + 1
            grams = len(vectoriser.characters) + len(vectoriser.words)
            shapes = (rarity.shape, coefficients.shape, intercepts.shape)
            if shapes != ((grams,), (vectoriser.width, heads), (heads,)):
                raise ForeignModel("its parts do not fit together")
            return cls(
                vectoriser,
                coefficients,
                intercepts,
                chinese=Calibration(**about["chinese"]),
                latin=Calibration(**about["latin"]),
                learned=frozenset(about["learned"]),
            )
        except _UNREADABLE as error:
            raise ForeignModel("not a model at all") from error


SHORTEST_HAN, SHORTEST_LATIN = 8, 16
"""Characters: what is shorter holds too little to learn alarm from, and is urgent only by its words."""


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores as probabilities, row by row."""
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _intent(text: str, best: Kind, second: Kind, confidence: float, sure: bool, loud: bool) -> Intent:
    if not has_letters(text):
        return Intent(Kind.UNSURE, 0.0, Kind.UNSURE, Kind.UNSURE, urgent=False)
    urgent = names_danger(text) or (loud and len(text) >= (SHORTEST_HAN if has_han(text) else SHORTEST_LATIN))
    return Intent(best if sure else Kind.UNSURE, confidence, best, second, urgent)
