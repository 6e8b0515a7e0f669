"""How good a classifier is on labelled messages."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_store.analysis.intent import IntentModel
from crm_store.analysis.phrases import KINDS
from crm_store.service.states import Kind


@dataclass(frozen=True)
class Labelled:
    text: str
    kind: Kind
    also: frozenset[Kind] = frozenset()  # kinds the label guide accepts besides


@dataclass(frozen=True)
class KindScore:
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Score:
    """All shares are 0..1. The first three force an answer on every message; ``right`` is the share of the
    messages the model was sure of (``answered``) where it named ``kind``."""

    n: int
    macro_f1: float  # strict: only ``kind`` is right
    lenient_macro_f1: float  # also accepts ``also``
    kinds: dict[Kind, KindScore]
    answered: float
    right: float


def score(model: IntentModel, labelled: Sequence[Labelled]) -> Score:
    """Judge ``model`` on messages it was not trained on; at least one is needed."""
    intents = model.classify([example.text for example in labelled])
    told = [intent.best for intent in intents]
    wanted = [example.kind for example in labelled]
    accepted = [
        best if best in example.also else example.kind for best, example in zip(told, labelled, strict=True)
    ]
    sure = [
        intent.kind == example.kind
        for intent, example in zip(intents, labelled, strict=True)
        if intent.kind is not Kind.UNSURE
    ]
    kinds = _score_kinds(told, wanted)
    return Score(
        n=len(labelled),
        macro_f1=_mean_f1(kinds),
        lenient_macro_f1=_mean_f1(_score_kinds(told, accepted)),
        kinds=kinds,
        answered=len(sure) / len(labelled),
        right=sum(sure) / max(1, len(sure)),
    )


def _score_kinds(told: Sequence[Kind], wanted: Sequence[Kind]) -> dict[Kind, KindScore]:
    scores = {}
    for kind in KINDS:
        hits = sum(a == b == kind for a, b in zip(told, wanted, strict=True))
        precision = hits / max(1, told.count(kind))
        recall = hits / max(1, wanted.count(kind))
        scores[kind] = KindScore(precision, recall, 2 * precision * recall / max(1e-9, precision + recall))
    return scores


def _mean_f1(kinds: dict[Kind, KindScore]) -> float:
    return sum(kind.f1 for kind in kinds.values()) / len(kinds)
