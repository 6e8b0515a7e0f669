import pytest

from crm_store.analysis.evidence import ALARMS, COUNT, NAMES, find_signs, names_danger
from crm_store.analysis.normalise import normalise


def signs(text: str) -> set[str]:
    return {NAMES[number] for number in find_signs(normalise(text))}


def test_every_sign_has_one_name():
    assert len(set(NAMES)) == COUNT
    assert [".alarm." in name for name in NAMES] == [False] * (COUNT - ALARMS) + [True] * ALARMS


def test_a_sign_counts_once_however_often_it_shows():
    for text in ("坏了坏了都坏了", "broken broken and broken"):
        found = find_signs(text)
        assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("where is my parcel", "en.where_is"),
        ("how do I pay", "en.how_to"),
        ("please add a dark mode", "en.suggest"),
        ("包裹到哪里了", "zh.where_is"),
        ("多少钱一斤", "zh.price"),
        ("建议多放几把椅子", "zh.suggest"),
        ("我要投诉", "zh.redress"),
        ("单号 2024110988213", "⌗"),
    ],
)
def test_turns_of_phrase_are_found(text: str, sign: str):
    assert sign in signs(text)


@pytest.mark.parametrize(
    ("plain", "negated", "sign"),
    [
        ("很满意", "不满意", "good"),
        ("有异味", "没有异味", "broken"),
        ("the staff were helpful", "the staff were not very helpful", "good"),
        ("it was broken", "nothing was broken", "broken"),
    ],
)
def test_a_not_turns_a_sign_round(plain: str, negated: str, sign: str):
    language = "zh" if plain > "\u4e00" else "en"

    assert {f"{language}.{sign}", f"{language}.not_{sign}"} & signs(plain) == {f"{language}.{sign}"}
    assert {f"{language}.{sign}", f"{language}.not_{sign}"} & signs(negated) == {f"{language}.not_{sign}"}


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("充电器着火了", True),
        ("灭火器多少钱", False),
        ("我被骗了两万", True),
        ("防骗讲座几点开始", False),
        ("the toaster caught fire", True),
        ("do you sell fire extinguishers", False),
        ("my lawyer will write to you", True),
        ("this sauce is fire", False),
    ],
)
def test_danger_is_told_from_what_only_sounds_like_it(text: str, danger: bool):
    assert names_danger(normalise(text)) is danger


def test_a_wall_of_words_is_read_in_no_time():
    """Patterns must not backtrack: the dispatcher classifies while customers wait."""
    for wall in ("not " * 200, "has my " * 120, "不太" * 400, "a" * 800, "0 " * 400, "我的" * 400):
        assert isinstance(find_signs(normalise(wall)), list)
        assert names_danger(normalise(wall)) in (True, False)
