"""Which model is good enough: several learn from an earlier time and are judged on a later one.

The simplest whose score lies within one standard error of the best is used (Breiman et al. 1984). Naive rules
compete too: a model that does not beat them is not used. Pure: arrays in, a leaderboard out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Metric = Callable[[Ints, Floats], float]
"""Of true classes and scores: (n,) for two classes, (n, classes) for more. More is better."""

SEED = 20_050_501
MOST_LEARNT = 20_000
"""Rows to learn from; more add minutes and nothing to see."""

MOST_JUDGED = 20_000
"""Rows to judge on: the standard error is small enough by then."""

MOST_BY_SVC = 4_000
"""Its time grows with the square of the rows."""

RESAMPLES = 200


class Classifier(Protocol):
    """What scikit-learn's classifiers have in common."""

    def fit(self, x: Floats, y: Ints) -> Any: ...


@dataclass(frozen=True)
class Rows:
    """Features of customers (or customers × categories) as of one day, and what came after: ``x`` is
    (n, features), ``y`` the class, 0 to classes − 1. The period of ``y`` begins where that of ``x`` ends."""

    x: Floats
    y: Ints

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Candidate:
    """A kind of model; ``name`` is its key in ``[models]`` of the labels."""

    name: str
    make: Callable[[], Classifier]
    most: int = MOST_LEARNT


CANDIDATES: tuple[Candidate, ...] = (
    Candidate("dummy", lambda: DummyClassifier(strategy="prior")),
    Candidate("logistic", lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))),
    Candidate("tree", lambda: DecisionTreeClassifier(max_depth=4, min_samples_leaf=0.01, random_state=SEED)),
    Candidate("svc", lambda: make_pipeline(StandardScaler(), SVC(random_state=SEED)), MOST_BY_SVC),
    Candidate(
        "mlp",
        lambda: make_pipeline(
            StandardScaler(),
            MLPClassifier((16,), alpha=0.01, early_stopping=True, max_iter=300, random_state=SEED),
        ),
    ),
)
"""Simplest first."""


@dataclass(frozen=True)
class Entry:
    """How one of them did; ``error`` is the standard error of ``score``."""

    name: str
    score: float
    error: float


@dataclass(frozen=True)
class Leaderboard:
    """``entries`` simplest first: the naive rules, then the models. ``used`` is the name of the one to use,
    ``model`` what was learnt for it (None for a naive rule), ``baseline`` the best naive rule."""

    metric: str
    n_learnt: int
    n_judged: int
    entries: tuple[Entry, ...]
    used: str
    baseline: str
    model: Classifier | None

    def score(self, name: str) -> float:
        """Raises KeyError."""
        return {one.name: one.score for one in self.entries}[name]

    def card(self, *, learnt: tuple[str, str], judged: tuple[str, str]) -> dict[str, Any]:
        """The model card, for a snapshot: what was learnt from and judged on when (first day and the day
        after the last, as 2026-01-31), how many rows, the metric, the naive bar, and everybody's score."""
        return {
            "learnt": list(learnt),
            "judged": list(judged),
            "n_learnt": self.n_learnt,
            "n_judged": self.n_judged,
            "metric": self.metric,
            "used": self.used,
            "baseline": self.baseline,
            "entries": [[one.name, round(one.score, 4), round(one.error, 4)] for one in self.entries],
        }


def compare(
    learn: Rows,
    judge: Rows,
    *,
    naive: Mapping[str, Floats],
    metric: str = "auc",
    candidates: Sequence[Candidate] = CANDIDATES,
    measure: Metric | None = None,
) -> Leaderboard:
    """Judge naive rules and models on ``judge``, models having learnt from ``learn``.

    ``naive`` are the rules' scores of the rows of ``judge``, simplest first: at least one. ``metric`` is
    ``auc`` (two classes), ``macro_f1``, or any name with its own ``measure``. Both parts need every class.
    """
    measured = measure or METRICS[metric]
    if len(judge) > MOST_JUDGED:
        few = np.random.default_rng(SEED).permutation(len(judge))[:MOST_JUDGED]
        judge = Rows(judge.x[few], judge.y[few])
        naive = {name: values[few] for name, values in naive.items()}
    scores = dict(naive)
    models: dict[str, Classifier] = {}
    for one in candidates:
        models[one.name] = learnt(one, learn)
        scores[one.name] = predicted(models[one.name], judge.x)
    draws = _draws(judge.y)
    entries = tuple(
        Entry(name, measured(judge.y, values), _error(measured, judge.y, values, draws))
        for name, values in scores.items()
    )
    best = max(entries, key=lambda one: one.score)
    used = next(one for one in entries if one.score >= best.score - best.error)
    bar = max(entries[: len(naive)], key=lambda one: one.score)
    return Leaderboard(metric, len(learn), len(judge), entries, used.name, bar.name, models.get(used.name))


def learnt(candidate: Candidate, rows: Rows) -> Classifier:
    """A model of this kind, of at most as many rows as it bears, evenly picked."""
    picked = np.random.default_rng(SEED).permutation(len(rows))[: candidate.most]
    model = candidate.make()
    model.fit(rows.x[picked], rows.y[picked])
    return model


def predicted(model: Any, x: Floats) -> Floats:
    """A model's scores: of the second class where there are two, else a column for each."""
    if hasattr(model, "predict_proba"):
        chances = np.asarray(model.predict_proba(x), dtype=np.float64)
        return chances[:, 1] if chances.shape[1] == 2 else chances
    return np.asarray(model.decision_function(x), dtype=np.float64)


def auc(truth: Ints, scores: Floats) -> float:
    """The chance that one of class 1 has a higher score than one of class 0; ties count half."""
    _values, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    ones = int(truth.sum())
    zeros = len(truth) - ones
    if not ones or not zeros:
        return 0.5
    return float((rank[truth == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def macro_f1(truth: Ints, scores: Floats) -> float:
    said = scores.argmax(axis=1) if scores.ndim == 2 else (scores >= 0.5).astype(np.int64)
    return float(f1_score(truth, said, average="macro", zero_division=0))


METRICS: dict[str, Metric] = {"auc": auc, "macro_f1": macro_f1}


def _draws(truth: Ints) -> list[Ints]:
    """Resamples of the rows, each class as often as it is: the same for all, so that luck is shared."""
    random = np.random.default_rng(SEED)
    classes = [np.flatnonzero(truth == one) for one in np.unique(truth)]
    return [np.concatenate([random.choice(rows, len(rows)) for rows in classes]) for _ in range(RESAMPLES)]


def _error(measured: Metric, truth: Ints, scores: Floats, draws: list[Ints]) -> float:
    return float(np.std([measured(truth[rows], scores[rows]) for rows in draws], ddof=1))
