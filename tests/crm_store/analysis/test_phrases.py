from collections import Counter

from crm_store.analysis.normalise import normalise
from crm_store.analysis.phrases import KINDS, LANGUAGES, load_phrases, load_urgent_phrases
from tests.crm_store.analysis.held_out import read_messages, read_urgent

ENOUGH = {"zh": 150, "en": 300}


def key(text: str) -> str:
    """What two spellings of one sentence have in common."""
    return "".join(character for character in normalise(text) if character.isalnum() or character == "⌗")


def test_every_kind_has_enough_phrases_from_many_trades():
    counts = Counter((phrase.language, phrase.kind) for phrase in load_phrases())
    trades = {
        pair: len({phrase.trade for phrase in load_phrases() if (phrase.language, phrase.kind) == pair})
        for pair in counts
    }

    assert set(counts) == {(language, kind) for language in LANGUAGES for kind in KINDS}
    for (language, kind), count in counts.items():
        assert count >= ENOUGH[language], (language, kind)
        assert trades[language, kind] >= 12, (language, kind)


def test_no_phrase_is_shipped_twice():
    for language in LANGUAGES:
        counts = Counter(key(phrase.text) for phrase in load_phrases() if phrase.language == language)
        assert [text for text, count in counts.items() if count > 1] == []


def test_no_phrase_has_two_kinds():
    kinds: dict[str, set[str]] = {}
    for phrase in load_phrases():
        kinds.setdefault(key(phrase.text), set()).add(phrase.kind)

    assert {text: found for text, found in kinds.items() if len(found) > 1} == {}


def test_nothing_held_out_is_shipped():
    held_out = {key(message.text) for language in LANGUAGES for message in read_messages(language)}
    urgent = {key(text) for level in ("high", "calm") for text in read_urgent(level)}

    assert len(held_out) == 496
    assert held_out & {key(phrase.text) for phrase in load_phrases()} == set()
    assert urgent & {key(text) for text in load_urgent_phrases()} == set()
