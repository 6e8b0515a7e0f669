import pytest

from crm_store.analysis.normalise import MAX_CHARACTERS, has_han, has_letters, normalise


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("請問我的訂單到哪裡了", "请问我的订单到哪里了"),  # traditional
        ("ＡＢＣ　１２３！", "abc 0!"),  # full width
        ("Where’s my order", "where is my order"),  # curly apostrophe, contraction
        ("订单号 2024110988213 到哪了", "订单号 ⌗ 到哪了"),
        ("SF1388204417726 三天没动", "⌗ 三天没动"),
        ("order #58213-AC pls", "order ⌗ please"),
        ("打我电话13812345678", "打我电话0"),  # a mobile number is no order number
        ("7:30 on 2024-05-01, 19.90", "0 on 0, 0"),
        ("see https://shop.example/x?y=1 or ann@example.org @desk_bot ok", "see or ok"),
        ("soooo gooood!!!!!!", "soo good!!"),
        ("太好了👍🏻❤️", "太好了☺☺"),
        ("👎 u r late", "☹ you are late"),
        ("  two\n\n lines\t", "two lines"),
        ('Ann <3 & "张"', 'ann <0 & "张"'),
        ("", ""),
    ],
)
def test_spellings_of_one_thing_become_one(written: str, folded: str):
    assert normalise(written) == folded


@pytest.mark.parametrize(
    "text", ["訂單２３０８８７１１４２００３", "u r gr8 thx", "№ 1234", "👍🏻", "#58213-AC", "I'll"]
)
def test_folding_twice_changes_nothing(text: str):
    assert normalise(normalise(text)) == normalise(text)


def test_a_pasted_novel_is_cut():
    assert len(normalise("快递到哪了" * 10_000)) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("text", "han", "letters"),
    [
        ("订单", True, True),
        ("order", False, True),
        ("заказ", False, True),
        ("123", False, False),
        ("👍", False, False),
        ("?!", False, False),
        ("", False, False),
    ],
)
def test_script_is_seen(text: str, han: bool, letters: bool):
    assert (has_han(text), has_letters(text)) == (han, letters)
