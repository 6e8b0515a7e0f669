"""What a message is about: inquiry, complaint, feedback, order status, or not sure."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from crm_store.analysis import evidence
from crm_store.analysis.evidence import is_urgent
from crm_store.analysis.features import Vectoriser
from crm_store.analysis.normalise import has_han, has_letters, normalise
from crm_store.analysis.phrases import KINDS
from crm_store.service.states import Kind

FORMAT = 1  # raise it when the features or the file change: a model of another format cannot be read


class ForeignModel(Exception):
    """These bytes are not a model this version can read; train one anew."""


@dataclass(frozen=True)
class Intent:
    """``kind`` is what to act on: UNSURE when the model should not decide.

    ``best`` and ``second`` are the two most probable kinds even then, for buttons; both are UNSURE when
    there is nothing to read (an empty text, numbers or emoji alone). ``confidence`` is the calibrated
    probability of ``best``: 0 when there is nothing to read, 0.25 when the text looks like nothing known.
    ``urgent`` means harm, danger, fraud, a legal threat or a deadline within hours, whatever the kind.
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


NOT_CLASSIFIABLE = (Kind.UNSURE, 0.0, Kind.UNSURE, Kind.UNSURE)


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
        """``coefficients`` has a row a column of the vectoriser and a column a kind of ``KINDS``;
        ``learned`` names the corrections that went in (see ``training.fingerprint``)."""
        self.vectoriser = vectoriser
        self.coefficients = coefficients
        self.intercepts = intercepts
        self.chinese = chinese
        self.latin = latin
        self.learned = learned

    def weigh(self, normalised: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Uncalibrated scores, a row a text and a column a kind, and the share of each text that is known."""
        rows, known = self.vectoriser.transform(normalised)
        return np.asarray(rows @ self.coefficients + self.intercepts, np.float64), known

    def classify(self, texts: Sequence[str]) -> list[Intent]:
        """One ``Intent`` a text, in order. A batch costs far less a message than single calls."""
        if not texts:
            return []
        normalised = [normalise(text) for text in texts]
        scores, known = self.weigh(normalised)
        chinese = np.array([has_han(text) for text in normalised])
        sharpness = np.where(chinese, self.chinese.sharpness, self.latin.sharpness)
        threshold = np.where(chinese, self.chinese.threshold, self.latin.threshold)
        enough = known >= np.where(chinese, self.chinese.known, self.latin.known)
        # grams that happen to be known say nothing of a text that is strange as a whole
        probabilities = softmax(scores * (sharpness * enough)[:, None])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :2].tolist()
        highest = probabilities.max(axis=1)
        sure = (highest >= threshold).tolist()
        return [
            _intent(text, KINDS[first], KINDS[second], confidence, is_sure)
            for text, (first, second), confidence, is_sure in zip(
                normalised, order, highest.tolist(), sure, strict=True
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
            if coefficients.shape != (vectoriser.width, len(KINDS)) or intercepts.shape != (len(KINDS),):
                raise ForeignModel("its parts do not fit together")
            return cls(
                vectoriser,
                coefficients,
                intercepts,
                chinese=Calibration(**about["chinese"]),
                latin=Calibration(**about["latin"]),
                learned=frozenset(about["learned"]),
            )
        except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise ForeignModel("not a model at all") from error


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores as probabilities, row by row."""
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _intent(text: str, best: Kind, second: Kind, confidence: float, sure: bool) -> Intent:
    urgent = is_urgent(text)
    if not has_letters(text):
        return Intent(*NOT_CLASSIFIABLE, urgent)
    return Intent(best if sure else Kind.UNSURE, confidence, best, second, urgent)
