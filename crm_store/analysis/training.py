"""Training the classifier: shipped phrases and people's corrections in, a calibrated model out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from crm_store.analysis.corpus import Corpus, Learned
from crm_store.analysis.evidence import ALARMS, names_danger
from crm_store.analysis.features import Pieces, take_apart
from crm_store.analysis.intent import Calibration, IntentModel, softmax
from crm_store.analysis.normalise import has_han, has_letters, normalise
from crm_store.analysis.phrases import KINDS, load_phrases, load_urgent_phrases
from crm_store.service.states import Kind

FOLDS = 4
INVERSE_REGULARISATION = 5.0
CORRECTION_WEIGHT = 3  # one of the shop's own messages tells as much as this many shipped phrases
TOLERATED_LOSS = 0.01  # of macro-F1; a retrained model that loses more is not kept

# What is promised is 0.92 and 0.88; a shop's own messages are further from the phrases than the phrases
# are from each other, so there is some way to fall.
RIGHT_WHEN_SURE_CHINESE = 0.95
RIGHT_WHEN_SURE_LATIN = 0.93
STRANGE = 0.005  # this share of held-out phrases may be refused for looking like nothing known
FALSE_ALARMS = 0.04  # this share of held-out phrases that name no danger may be taken for urgent

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
    pieces: Pieces
    label: int
    group: str  # lessons of one group are on the same side of every split
    repeats: int
    names_danger: bool
    fingerprint: str | None = None  # only corrections have one

    @classmethod
    def of(
        cls, text: str, kind: Kind, group: str, repeats: int = 1, fingerprint: str | None = None
    ) -> "_Lesson":
        return cls(text, take_apart(text), KINDS.index(kind), group, repeats, names_danger(text), fingerprint)


def train(corrections: Sequence[Correction] = (), *, seed: int = 0) -> IntentModel:
    """A model of the shipped phrases and ``corrections``; the same input gives the same bytes.

    ``seed`` moves the folds the calibration is learned on, nothing else. Takes seconds: it belongs in a
    child process.
    """
    school = _School.of(corrections)
    return _fit_calibrated(school, _predict_held_out(school, seed))


def retrain(current: IntentModel | None, corrections: Sequence[Correction], *, seed: int = 0) -> Retrained:
    """Train with ``corrections`` (all there are, not only new ones) and keep the result unless it is worse.

    Worse means: cross-validated macro-F1, over shipped phrases and corrections alike, falls by more than
    ``TOLERATED_LOSS`` against training with only those corrections ``current`` has seen. Without a
    ``current`` that is the model of the shipped phrases alone.
    """
    school = _School.of(corrections)
    lessons = school.lessons
    known = current.learned if current else frozenset()
    old = np.array([lesson.fingerprint is None or lesson.fingerprint in known for lesson in lessons])
    held_out = _predict_held_out(school, seed)
    after = _judge(lessons, held_out.scores)
    before = after if old.all() else _judge(lessons, _predict_held_out(school, seed, usable=old).scores)
    n = sum(lesson.fingerprint is not None for lesson in lessons)
    if after < before - TOLERATED_LOSS:
        return Retrained(current or train(seed=seed), kept=False, before=before, after=after, n=n)
    return Retrained(_fit_calibrated(school, held_out), kept=True, before=before, after=after, n=n)


def fingerprint(correction: Correction) -> str:
    """Names a correction without holding its words: a model must not remember what customers wrote."""
    content = f"{correction.kind}\n{normalise(correction.text)}"
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


@cache
def _shipped() -> tuple[_Lesson, ...]:
    lessons: dict[str, _Lesson] = {}
    for phrase in load_phrases():
        text = normalise(phrase.text)
        lessons.setdefault(text, _Lesson.of(text, phrase.kind, phrase.trade))
    return tuple(lessons.values())


@cache
def _alarms() -> tuple[Pieces, ...]:
    texts = dict.fromkeys(normalise(text) for text in load_urgent_phrases())
    return tuple(take_apart(text) for text in texts)


def _gather(corrections: Sequence[Correction]) -> list[_Lesson]:
    """Shipped phrases, then corrections in their order; of corrections of one text the last one holds."""
    last: dict[str, _Lesson] = {}
    for correction in corrections:
        text = normalise(correction.text)
        if correction.kind not in KINDS or not has_letters(text):
            continue
        # customers repeat themselves, give or take a comma: such messages are one group
        group = "correction " + text.translate(_PUNCTUATION)
        last[text] = _Lesson.of(text, correction.kind, group, CORRECTION_WEIGHT, fingerprint(correction))
    return [*(lesson for lesson in _shipped() if lesson.text not in last), *last.values()]


@dataclass(frozen=True)
class _School:
    """What is taught: the lessons, and behind them in ``corpus`` the alarms."""

    lessons: list[_Lesson]
    corpus: Corpus

    @classmethod
    def of(cls, corrections: Sequence[Correction]) -> "_School":
        lessons = _gather(corrections)
        return cls(lessons, Corpus([*(lesson.pieces for lesson in lessons), *_alarms()]))

    @property
    def alarms(self) -> NDArray[np.int64]:
        return np.arange(len(self.lessons), self.corpus.size)


class _Fitted(NamedTuple):
    learned: Learned
    coefficients: NDArray[np.float32]  # a column a kind, and one for urgency
    intercepts: NDArray[np.float32]

    def weigh(
        self, corpus: Corpus, texts: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows, known = corpus.transform(self.learned, texts)
        return rows @ self.coefficients + self.intercepts, known


def _fit(school: _School, learn: NDArray[np.int64]) -> _Fitted:
    """``learn``: the places of the lessons to learn from."""
    learn = np.repeat(learn, [school.lessons[at].repeats for at in learn])
    lessons = [school.lessons[at] for at in learn]
    texts = np.concatenate([learn, school.alarms])
    learned = school.corpus.fit(texts)
    vectoriser = learned.vectoriser
    rows, _ = school.corpus.transform(learned, texts)
    # the signs of alarm blur the kinds (grouped cross-validation), so only urgency may look at them
    of_kinds = rows[: len(lessons), : vectoriser.width - ALARMS]
    kinds = _regress(of_kinds, [lesson.label for lesson in lessons])
    # a phrase that names a danger may well be urgent, whatever file it is in: it teaches neither side
    calm = [i for i, lesson in enumerate(lessons) if lesson.fingerprint is None and not lesson.names_danger]
    chosen = [*calm, *range(len(lessons), len(texts))]
    urgency = _regress(rows[chosen], [i >= len(lessons) for i in chosen])
    coefficients = np.zeros((vectoriser.width, len(KINDS) + 1), np.float32)
    coefficients[: vectoriser.width - ALARMS, :-1] = kinds.coef_.T
    coefficients[:, -1] = urgency.coef_[0]
    intercepts = np.append(kinds.intercept_, urgency.intercept_).astype(np.float32)
    return _Fitted(learned, coefficients, intercepts)


def _regress(rows: csr_matrix, labels: Sequence[int]) -> LogisticRegression:
    regression = LogisticRegression(C=INVERSE_REGULARISATION, class_weight="balanced", tol=1e-3, max_iter=200)
    with threadpool_limits(1):  # threads would add floats in another order each time, and gain nothing here
        return regression.fit(rows, labels)


class _HeldOut(NamedTuple):
    scores: NDArray[np.float64]  # a row a lesson, a column a kind
    alarm: NDArray[np.float64]
    known: NDArray[np.float64]


def _predict_held_out(school: _School, seed: int, usable: NDArray[np.bool_] | None = None) -> _HeldOut:
    """What models say of each lesson that saw none of its group.

    ``usable`` marks what may be trained on; the others are judged all the same.
    """
    groups = [lesson.group for lesson in school.lessons]
    weighed = np.zeros((len(groups), len(KINDS) + 1))
    known = np.zeros(len(groups))
    for learn, judge in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(groups, groups=groups):
        fitted = _fit(school, learn if usable is None else learn[usable[learn]])
        weighed[judge], known[judge] = fitted.weigh(school.corpus, judge)
    return _HeldOut(weighed[:, :-1], weighed[:, -1], known)


def _judge(lessons: Sequence[_Lesson], scores: NDArray[np.float64]) -> float:
    return float(
        f1_score(
            [lesson.label for lesson in lessons],
            scores.argmax(axis=1),
            average="macro",
            sample_weight=[lesson.repeats for lesson in lessons],
        )
    )


def _fit_calibrated(school: _School, held_out: _HeldOut) -> IntentModel:
    lessons = school.lessons
    chinese = np.array([has_han(lesson.text) for lesson in lessons])
    fitted = _fit(school, np.arange(len(lessons)))
    return IntentModel(
        fitted.learned.vectoriser,
        fitted.coefficients,
        fitted.intercepts,
        chinese=_calibrate(lessons, held_out, chinese, RIGHT_WHEN_SURE_CHINESE),
        latin=_calibrate(lessons, held_out, ~chinese, RIGHT_WHEN_SURE_LATIN),
        learned=frozenset(lesson.fingerprint for lesson in lessons if lesson.fingerprint),
    )


def _calibrate(
    lessons: Sequence[_Lesson], held_out: _HeldOut, script: NDArray[np.bool_], right: float
) -> Calibration:
    """The sharpness under which the labels are likeliest, and the lowest threshold above which the share
    ``right`` of the answers holds."""
    labels = np.array([lesson.label for lesson in lessons])[script]
    scores = held_out.scores[script]
    each = np.arange(len(labels))

    def surprise(sharpness: float) -> float:
        return float(-np.log(softmax(scores * sharpness)[each, labels] + 1e-12).mean())

    sharpness = min(np.geomspace(0.4, 4, 80).tolist(), key=surprise)
    probabilities = softmax(scores * sharpness)
    confidence = probabilities.max(axis=1)
    surest_first = np.argsort(-confidence, kind="stable")
    hits = np.cumsum((probabilities.argmax(axis=1) == labels)[surest_first])
    good = np.flatnonzero(hits / (each + 1) >= right)
    harmless = script & ~np.array([lesson.names_danger for lesson in lessons])
    return Calibration(
        sharpness=sharpness,
        threshold=float(confidence[surest_first[good[-1]]]) if len(good) else 1.0,
        known=float(np.quantile(held_out.known[script], STRANGE)),
        alarm=float(np.quantile(held_out.alarm[harmless], 1 - FALSE_ALARMS)),
    )
