import io
import json
import pickle
import random

import numpy as np
import pytest

from crm_store.analysis.corpus import Corpus
from crm_store.analysis.features import take_apart
from crm_store.analysis.intent import ForeignModel, Intent, IntentModel
from crm_store.analysis.normalise import normalise
from crm_store.analysis.scoring import score
from crm_store.service.states import Kind
from tests.crm_store.analysis.held_out import read_messages, read_urgent


@pytest.mark.parametrize(
    ("language", "macro_f1", "answered", "right"), [("zh", 0.82, 0.70, 0.92), ("en", 0.75, 0.60, 0.88)]
)
def test_messages_never_met_are_sorted_as_well_as_promised(
    shipped: IntentModel, language: str, macro_f1: float, answered: float, right: float
):
    found = score(shipped, read_messages(language))

    assert found.n == 248
    assert found.macro_f1 >= macro_f1
    assert found.answered >= answered
    assert found.right >= right


def test_no_danger_is_missed_and_few_are_imagined(shipped: IntentModel):
    high = shipped.classify(read_urgent("high"))
    ordinary = shipped.classify([m.text for language in ("zh", "en") for m in read_messages(language)])

    assert [intent for intent in high if not intent.urgent] == []
    assert sum(intent.urgent for intent in ordinary) <= len(ordinary) / 10


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我的快遞到哪裡了", Kind.ORDER_STATUS),
        ("where is my order #4471?", Kind.ORDER_STATUS),
        ("你们几点开门", Kind.INQUIRY),
        ("how much is the annual plan", Kind.INQUIRY),
        ("我要投诉你们的服务态度", Kind.COMPLAINT),
        ("the zip broke after one day, I want my money back", Kind.COMPLAINT),
        ("味道很好，下次还来", Kind.FEEDBACK),
        ("it would be nice if you added a dark mode", Kind.FEEDBACK),
        ("no complaints at all, great service", Kind.FEEDBACK),
    ],
)
def test_plain_cases_are_certain(shipped: IntentModel, text: str, kind: Kind):
    [intent] = shipped.classify([text])

    assert intent.kind == intent.best == kind
    assert intent.second not in (kind, Kind.UNSURE)
    assert 0.6 < intent.confidence <= 1


@pytest.mark.parametrize("text", ["", "   ", "123", "👍👍", "???", "。。。"])
def test_nothing_to_read_is_nothing_to_sort(shipped: IntentModel, text: str):
    assert shipped.classify([text]) == [Intent(Kind.UNSURE, 0.0, Kind.UNSURE, Kind.UNSURE, urgent=False)]


@pytest.mark.parametrize(
    "text",
    [
        "asdkj qwe zxmcn lkjh",
        "xkcdvb",
        "jfkdls jfkdsl fjdksl",
        "где мой заказ",
        "hola quiero saber dónde está mi pedido",
        "わたしのにもつはどこですか",
    ],
)
def test_gibberish_and_foreign_tongues_are_not_sure(shipped: IntentModel, text: str):
    [intent] = shipped.classify([text])

    assert intent.kind is Kind.UNSURE
    assert intent.confidence == 0.25
    assert Kind.UNSURE not in (intent.best, intent.second)


def test_a_batch_says_what_single_calls_say(shipped: IntentModel):
    texts = [m.text for language in ("zh", "en") for m in read_messages(language)[:60]] + [
        "",
        "👍",
        'Ann <3 & "张"',
    ]

    assert shipped.classify(texts) == [intent for text in texts for intent in shipped.classify([text])]
    assert shipped.classify([]) == []


def test_a_very_long_message_is_sorted_by_its_opening(shipped: IntentModel):
    [intent] = shipped.classify(["我的快递到哪里了，麻烦帮我查一下物流。" + "啊" * 100_000])

    assert intent.kind is Kind.ORDER_STATUS


def test_chinese_has_features(shipped: IntentModel):
    rows, known = shipped.vectoriser.transform([take_apart(normalise("我的快递到哪里了"))])

    assert rows.nnz > 15
    assert known[0] > 0.8


def test_a_row_has_the_same_length_whatever_was_written():
    vectoriser = Corpus([take_apart("ab cd")] * 3 + [take_apart("退款到账")] * 3).fit().vectoriser
    rows, known = vectoriser.transform([take_apart(text) for text in ("ab", "ab cd ab", "退款", "zzz", "")])
    grams = rows[:, : len(vectoriser.characters)].toarray()

    assert np.linalg.norm(grams, axis=1).round(6).tolist() == [1, 1, 1, 0, 0]
    assert known.round(6).tolist() == [1, 1, 0.777778, 0, 0]


def test_training_reads_a_text_as_the_classifier_does():
    texts = [take_apart(normalise(one.text)) for one in read_messages("zh")[:60] + read_messages("en")[:60]]
    corpus = Corpus([*texts, take_apart("")])
    learned = corpus.fit(np.arange(0, len(texts), 2))

    ours, known = corpus.transform(learned, np.arange(len(texts) + 1))
    theirs, known_to_them = learned.vectoriser.transform([*texts, take_apart("")])

    assert (ours != theirs).nnz == 0
    assert ours.nnz > 1000
    assert known.tolist() == known_to_them.tolist()


def test_a_model_is_the_same_after_a_night_in_the_store(shipped: IntentModel):
    data = shipped.to_bytes()
    read = IntentModel.from_bytes(data)

    texts = [message.text for message in read_messages("zh")[:20] + read_messages("en")[:20]]
    assert read.to_bytes() == data
    assert read.classify(texts) == shipped.classify(texts)


def archive(**parts: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **parts)
    return file.getvalue()


def altered(model: IntentModel, **about: object) -> bytes:
    with np.load(io.BytesIO(model.to_bytes())) as parts:
        arrays = dict(parts)
    changed = json.loads(arrays["about"].tobytes()) | about
    return archive(**arrays | {"about": np.frombuffer(json.dumps(changed).encode(), np.uint8)})


def test_foreign_bytes_are_refused(shipped: IntentModel):
    data = shipped.to_bytes()
    single = io.BytesIO()
    np.save(single, np.zeros(3))

    for foreign in (
        b"",
        b"not a model",
        pickle.dumps({"a": 1}),
        single.getvalue(),
        archive(a=np.zeros(3)),
        archive(about=np.array([object()], dtype=object)),
        data[: len(data) // 2],
        altered(shipped, format=0),
        altered(shipped, kinds=["inquiry", "complaint"]),
        altered(shipped, signs=["another"]),
        altered(shipped, characters=["a", "b"]),
        altered(shipped, chinese={"other": 1}),
        altered(shipped, latin=None),
    ):
        with pytest.raises(ForeignModel):
            IntentModel.from_bytes(foreign)


def test_a_damaged_model_is_refused_or_unharmed(shipped: IntentModel):
    data = shipped.to_bytes()
    chance = random.Random(1)
    for _ in range(60):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            assert IntentModel.from_bytes(bytes(damaged)).to_bytes() == data
        except ForeignModel:
            continue
