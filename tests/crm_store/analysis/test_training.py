import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from crm_store.analysis.intent import IntentModel
from crm_store.analysis.phrases import KINDS, load_phrases
from crm_store.analysis.scoring import Labelled, score
from crm_store.analysis.training import TOLERATED_LOSS, Correction, Retrained, fingerprint, retrain
from crm_store.service.states import Kind

ROOT = Path(__file__).parents[3]

# A shop has words of its own: here 过磅 and "chit" are what others call the state of an order.
OF_THE_SHOP = [
    Correction(text, Kind.ORDER_STATUS)
    for number in ("三号", "五号", "老李那", "南门", "上午那", "昨晚那", "红色那", "最后一")
    for text in (f"{number}车过磅", f"过磅 {number}车", f"{number}车过磅单")
] + [
    Correction(text, Kind.ORDER_STATUS)
    for number in ("barge seven", "the red lorry", "pier nine", "Lee", "north gate", "the night run")
    for text in (f"chit {number}", f"{number} chit", f"chit for {number} tippler")
]


@pytest.fixture(scope="module")
def retrained(shipped: IntentModel) -> Retrained:
    return retrain(shipped, OF_THE_SHOP)


def test_the_same_lessons_give_the_same_bytes_in_any_process(shipped: IntentModel):
    digest = (
        "import hashlib; from crm_store.analysis.training import train;"
        "print(hashlib.sha256(train().to_bytes()).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", digest],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == hashlib.sha256(shipped.to_bytes()).hexdigest()


def test_corrections_move_the_model(shipped: IntentModel, retrained: Retrained):
    texts = ["八号车过磅", "chit pier four"]

    assert [intent.kind for intent in shipped.classify(texts)] != [Kind.ORDER_STATUS] * 2
    assert [intent.kind for intent in retrained.model.classify(texts)] == [Kind.ORDER_STATUS] * 2


def test_a_model_that_got_better_is_kept(retrained: Retrained):
    assert retrained.kept
    assert retrained.n == len(OF_THE_SHOP)
    assert retrained.after > retrained.before
    assert retrained.model.learned == {fingerprint(correction) for correction in OF_THE_SHOP}


def test_a_model_that_got_worse_is_not_kept(shipped: IntentModel):
    chance = random.Random(3)
    phrases = chance.sample(load_phrases(), 1500)
    noise = [Correction(f"{phrase.text} — {phrase.text}", chance.choice(KINDS)) for phrase in phrases]

    result = retrain(shipped, noise)

    assert result.model is shipped
    assert not result.kept
    assert result.after < result.before - TOLERATED_LOSS


def test_what_cannot_be_learned_is_left_out(shipped: IntentModel):
    result = retrain(None, [Correction("👍", Kind.FEEDBACK), Correction("hm", Kind.UNSURE)])

    assert (result.n, result.kept, result.before) == (0, True, result.after)
    assert result.model.to_bytes() == shipped.to_bytes()


def test_a_model_remembers_no_words_of_a_correction(retrained: Retrained):
    assert all(len(mark) == 16 and int(mark, 16) >= 0 for mark in retrained.model.learned)
    assert fingerprint(Correction("Where’s my ORDER", Kind.INQUIRY)) == fingerprint(
        Correction("where is my order", Kind.INQUIRY)
    )
    assert fingerprint(Correction("order", Kind.INQUIRY)) != fingerprint(Correction("order", Kind.COMPLAINT))


def test_a_score_counts_what_was_told(shipped: IntentModel):
    labelled = [
        Labelled("where is my order", Kind.ORDER_STATUS),
        Labelled("where is my parcel", Kind.COMPLAINT, frozenset({Kind.ORDER_STATUS})),
        Labelled("asdkj qwe zxmcn lkjh", Kind.INQUIRY),
    ]
    kinds = [intent.best for intent in shipped.classify([example.text for example in labelled])]
    assert kinds == [Kind.ORDER_STATUS, Kind.ORDER_STATUS, kinds[2]]

    found = score(shipped, labelled)

    assert (found.n, found.answered, found.right) == (3, 2 / 3, 1 / 2)
    assert found.kinds[Kind.ORDER_STATUS].precision == 1 / 2
    assert found.kinds[Kind.ORDER_STATUS].recall == 1
    assert found.kinds[Kind.COMPLAINT].f1 == 0
    assert found.lenient_macro_f1 > found.macro_f1
