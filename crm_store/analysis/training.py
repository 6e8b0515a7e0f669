"""Training the classifier: shipped phrases and people's corrections in, a calibrated model out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from crm_store.analysis.features import Vectoriser
from crm_store.analysis.intent import Calibration, IntentModel, softmax
from crm_store.analysis.normalise import has_han, has_letters, normalise
from crm_store.analysis.phrases import KINDS, load_phrases
from crm_store.service.states import Kind

FOLDS = 4
INVERSE_REGULARISATION = 5.0
CORRECTION_WEIGHT = 3  # one of the shop's own messages tells as much as this many shipped phrases
TOLERATED_LOSS = 0.01  # of macro-F1; a retrained model that loses more is not kept

# Held-out phrases are harder than what people send, so these come out a little above what is promised.
RIGHT_WHEN_SURE_CHINESE = 0.93
RIGHT_WHEN_SURE_LATIN = 0.91
STRANGE = 0.005  # this share of held-out phrases may be refused for looking like nothing known

_PUNCTUATION = str.maketrans("", "", " ,.!?~;:…-")


@dataclass(frozen=True)
class Correction:
    """A message and the kind a person gave it; ``kind`` is never UNSURE."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class Retrained:
    """``model`` is the one to use: the new one if ``kept``, else the one there was.

    ``before`` and ``after`` are cross-validated macro-F1 without and with the ``n`` corrections,
    judged on the same messages.
    """

    model: IntentModel
    kept: bool
    before: float
    after: float
    n: int


@dataclass(frozen=True)
class _Lesson:
    text: str  # normalised
    label: int
    group: str  # lessons of one group are on the same side of every split
    repeats: int
    fingerprint: str | None = None


def train(corrections: Sequence[Correction] = (), *, seed: int = 0) -> IntentModel:
    """A model of the shipped phrases and ``corrections``; the same input gives the same bytes.

    ``seed`` moves the folds the calibration is learned on, nothing else. Takes seconds: it belongs in a
    child process.
    """
    lessons = _gather(corrections)
    return _fit_calibrated(lessons, _predict_held_out(lessons, seed))


def retrain(current: IntentModel | None, corrections: Sequence[Correction], *, seed: int = 0) -> Retrained:
    """Train with ``corrections`` (all there are, not only new ones) and keep the result unless it is worse.

    Worse means: cross-validated macro-F1, over shipped phrases and corrections alike, falls by more than
    ``TOLERATED_LOSS`` against training with only those corrections ``current`` has seen. Without a
    ``current`` that is the model of the shipped phrases alone.
    """
    lessons = _gather(corrections)
    known = current.learned if current else frozenset()
    old = [lesson.fingerprint is None or lesson.fingerprint in known for lesson in lessons]
    without = _predict_held_out(lessons, seed, usable=np.array(old))
    predictions = without if all(old) else _predict_held_out(lessons, seed)
    before, after = _judge(lessons, without[0]), _judge(lessons, predictions[0])
    n = sum(lesson.fingerprint is not None for lesson in lessons)
    if after < before - TOLERATED_LOSS:
        return Retrained(current or train(seed=seed), kept=False, before=before, after=after, n=n)
    return Retrained(_fit_calibrated(lessons, predictions), kept=True, before=before, after=after, n=n)


def fingerprint(correction: Correction) -> str:
    """Names a correction without holding its words: a model must not remember what customers wrote."""
    content = f"{correction.kind}\n{normalise(correction.text)}"
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


@cache
def _shipped() -> tuple[_Lesson, ...]:
    lessons: dict[str, _Lesson] = {}
    for phrase in load_phrases():
        text = normalise(phrase.text)
        lessons.setdefault(text, _Lesson(text, KINDS.index(phrase.kind), phrase.trade, 1))
    return tuple(lessons.values())


def _gather(corrections: Sequence[Correction]) -> list[_Lesson]:
    """Shipped phrases, then corrections in their order; of corrections of one text the last one holds."""
    last: dict[str, _Lesson] = {}
    for correction in corrections:
        text = normalise(correction.text)
        if correction.kind not in KINDS or not has_letters(text):
            continue
        last[text] = _Lesson(
            text,
            KINDS.index(correction.kind),
            "correction " + text.translate(_PUNCTUATION),  # customers repeat themselves: one group
            CORRECTION_WEIGHT,
            fingerprint(correction),
        )
    return [*(lesson for lesson in _shipped() if lesson.text not in last), *last.values()]


def _fit(lessons: Sequence[_Lesson]) -> tuple[Vectoriser, NDArray[np.float32], NDArray[np.float32]]:
    repeated = [lesson for lesson in lessons for _ in range(lesson.repeats)]
    vectoriser = Vectoriser.fit([lesson.text for lesson in repeated])
    rows, _ = vectoriser.transform([lesson.text for lesson in repeated])
    regression = LogisticRegression(C=INVERSE_REGULARISATION, class_weight="balanced", tol=1e-3, max_iter=200)
    regression.fit(rows, [lesson.label for lesson in repeated])
    # a regression over fewer kinds would have fewer rows, but every kind has shipped phrases
    return vectoriser, regression.coef_.T.astype(np.float32), regression.intercept_.astype(np.float32)


def _predict_held_out(
    lessons: Sequence[_Lesson], seed: int, usable: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores and known shares of each lesson, from models that saw none of its group.

    ``usable`` marks what may be trained on; the others are judged all the same.
    """
    groups = [lesson.group for lesson in lessons]
    scores = np.zeros((len(lessons), len(KINDS)))
    known = np.zeros(len(lessons))
    for learn, judge in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(groups, groups=groups):
        vectoriser, coefficients, intercepts = _fit(
            [lessons[i] for i in learn if usable is None or usable[i]]
        )
        rows, known[judge] = vectoriser.transform([lessons[i].text for i in judge])
        scores[judge] = rows @ coefficients + intercepts
    return scores, known


def _judge(lessons: Sequence[_Lesson], scores: NDArray[np.float64]) -> float:
    return float(
        f1_score(
            [lesson.label for lesson in lessons],
            scores.argmax(axis=1),
            average="macro",
            sample_weight=[lesson.repeats for lesson in lessons],
        )
    )


def _fit_calibrated(
    lessons: Sequence[_Lesson], held_out: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> IntentModel:
    scores, known = held_out
    labels = np.array([lesson.label for lesson in lessons])
    chinese = np.array([has_han(lesson.text) for lesson in lessons])
    vectoriser, coefficients, intercepts = _fit(lessons)
    return IntentModel(
        vectoriser,
        coefficients,
        intercepts,
        chinese=_calibrate(scores[chinese], known[chinese], labels[chinese], RIGHT_WHEN_SURE_CHINESE),
        latin=_calibrate(scores[~chinese], known[~chinese], labels[~chinese], RIGHT_WHEN_SURE_LATIN),
        learned=frozenset(lesson.fingerprint for lesson in lessons if lesson.fingerprint),
    )


def _calibrate(
    scores: NDArray[np.float64], known: NDArray[np.float64], labels: NDArray[np.int_], right: float
) -> Calibration:
    """The sharpness under which the labels are likeliest, and the lowest threshold above which the share
    ``right`` of the answers holds."""
    each = np.arange(len(labels))

    def surprise(sharpness: float) -> float:
        return float(-np.log(softmax(scores * sharpness)[each, labels] + 1e-12).mean())

    sharpness = min(np.geomspace(0.4, 4, 80).tolist(), key=surprise)
    probabilities = softmax(scores * sharpness)
    confidence = probabilities.max(axis=1)
    surest_first = np.argsort(-confidence, kind="stable")
    hits = np.cumsum((probabilities.argmax(axis=1) == labels)[surest_first])
    good = np.flatnonzero(hits / (each + 1) >= right)
    threshold = float(confidence[surest_first[good[-1]]]) if len(good) else 1.0
    return Calibration(sharpness, threshold, float(np.quantile(known, STRANGE)))
