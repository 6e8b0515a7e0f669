"""Names: one spelling for what means the same, surnames read as surnames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.customers import names, phrases, pinyin


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("張三", "张三"),
        ("ＪＯＨＮ　Smith", "john smith"),
        ("José  Müller-Łukasz", "jose muller-lukasz"),
        ("O’Brien", "obrien"),
        ("阿卜杜拉•热合曼", "阿卜杜拉·热合曼"),
        ("阿卜杜拉・热合曼", "阿卜杜拉·热合曼"),
        (" a\x00b\u200b\tc ", "ab c"),
        ("👍🏽", "👍"),
        ("한글", "한글"),
        ("", ""),
    ],
)
def test_a_name_is_folded_to_one_spelling(typed: str, folded: str) -> None:
    assert names.fold(typed) == folded


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert names.fold(names.fold(text)) == names.fold(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_similarity_is_a_share_the_same_both_ways_and_whole_for_the_same(one: str, other: str) -> None:
    assert 0 <= names.similarity(one, other) <= 100
    assert names.similarity(one, other) == pytest.approx(names.similarity(other, one))
    assert names.similarity(one, one) == 100


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("欧阳娜娜", "欧阳"),
        ("尉迟恭", "尉迟"),
        ("王小明", "王"),
        ("張三", "张"),
        ("小芳", ""),
        ("阿卜杜拉·热合曼", ""),
        ("John Smith", "smith"),
        ("Smith, John", "smith"),
        ("Madonna", ""),
    ],
)
def test_a_surname_is_recognised(name: str, surname: str) -> None:
    assert names.surname(name) == surname


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("单雄信", "shanxiongxin"),
        ("曾国藩", "zengguofan"),
        ("仇英", "qiuying"),
        ("解缙", "xiejin"),
        ("尉迟恭", "yuchigong"),
        ("翟天临", "zhaitianlin"),
        ("区小明", "ouxiaoming"),
        ("朴正", "piaozheng"),
        ("盖叫天", "gejiaotian"),
        ("查良镛", "zhaliangyong"),
        ("任正", "renzheng"),
        ("万俟卨", "moqixie"),
        ("单于丹", "chanyudan"),
        ("长孙皇后", "zhangsunhuanghou"),
        ("张三", "zhangsan"),
        ("John", "john"),
    ],
)
def test_a_surname_is_read_as_a_surname(name: str, spelled: str) -> None:
    assert names.readings(name)[0] == spelled


def test_the_everyday_reading_of_a_surname_finds_it_too() -> None:
    assert {"shanxiaoming", "danxiaoming"} <= set(names.readings("单小明"))
    assert {"zhaitianlin", "ditianlin"} <= set(names.readings("翟天临"))
    assert {"lele", "yuele"} <= set(names.readings("乐乐"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhangsan", "zangsan"),
        ("shishi", "sisi"),
        ("chencheng", "cengceng"),
        ("lina", "nila"),
        ("linxin", "lingxing"),
        ("wenfeng", "wengfen"),
        ("fanghua", "hanghua"),
        ("lvbu", "lubu"),
        ("lyubu", "lubu"),
    ],
)
def test_what_many_do_not_tell_apart_sounds_the_same(one: str, other: str) -> None:
    assert pinyin.sound(one) == pinyin.sound(other)


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=20))
def test_a_sound_is_never_longer_than_what_was_typed(typed: str) -> None:
    assert len(pinyin.sound(typed)) <= len(typed)


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("王小明", "王小明", 100, 100),
        ("張三", "张三", 100, 100),
        ("王小明", "王晓明", 95, 99),
        ("王小明", "Wang Xiaoming", 94, 99),
        ("Xiaoming Wang", "王小明", 94, 99),
        ("John Smith", "Smith, John", 100, 100),
        ("Jon Smith", "John Smith", 90, 99),
        ("王小明", "王小朋", 60, 70),
        ("张三", "李四", 0, 10),
    ],
)
def test_how_alike_two_names_are(one: str, other: str, least: float, most: float) -> None:
    assert least <= names.similarity(one, other) <= most


@pytest.mark.parametrize(
    ("typed", "apart"),
    [
        ("王总", ("王", "总")),
        ("李老师", ("李", "老师")),
        ("老李", ("李", "老")),
        ("欧阳老师", ("欧阳", "老师")),
        ("王小明经理", ("王小明", "经理")),
        ("mr. smith", ("smith", "mr")),
        ("张勇哥", None),
        ("总", None),
        ("张三", None),
    ],
)
def test_a_title_is_told_from_a_name(typed: str, apart: tuple[str, str] | None) -> None:
    assert phrases.untitled(typed) == apart


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("张小芳", "张**"),
        ("張小芳", "張**"),
        ("欧阳娜娜", "欧阳**"),
        ("阿卜杜拉·热合曼", "阿**"),
        ("Emma Clarke", "Emma C."),
        ("Clarke, Emma", "Emma C."),
        ("Anne-Marie O’Neil", "Anne-Marie O."),
        ("José María Núñez", "José N."),
        ("Madonna", "M**"),
        ("🌸🐟", "🌸**"),
        ("7 & 8", "7**"),
    ],
)
def test_a_hint_keeps_a_names_own_spelling_and_tells_no_more_than_its_bearer_needs(
    name: str, hint: str
) -> None:
    assert names.hint(name) == hint


@pytest.mark.parametrize(
    ("company", "core"),
    [
        ("上海智联科技有限公司", "上海智联科技"),
        ("智联集团股份有限公司", "智联"),
        ("Acme Co., Ltd.", "acme"),
        ("Smith & Sons", "smith & sons"),
        ("公司", "公司"),
    ],
)
def test_a_company_is_known_without_its_legal_form(company: str, core: str) -> None:
    assert phrases.company_core(company) == core


def test_bob_is_robert_and_robert_is_bob() -> None:
    assert "robert" in phrases.also_called("bob")
    assert "bob" in phrases.also_called("robert")
    assert phrases.also_called("zhang") == frozenset()
