"""Places: what people write for a city, in full; and an address taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.customers import places
from crm_store.customers.places import Place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("北京", Place(city="北京市")),
        ("北京市", Place(city="北京市")),
        ("Beijing", Place(city="北京市")),
        ("北京朝阳区建国路1号", Place(city="北京市", district="朝阳区", street="建国路1号")),
        ("北京市 朝阳区 建国路1号", Place(city="北京市", district="朝阳区", street="建国路1号")),
        ("广东省深圳市南山区科技园1栋", Place("广东省", "深圳市", "南山区", "科技园1栋")),
        ("深圳", Place("广东省", "深圳市")),
        ("上海浦东新区世纪大道1号", Place(city="上海市", district="浦东新区", street="世纪大道1号")),
        ("昆山", Place("江苏省", "苏州市", "昆山市")),
        ("浙江省金华市义乌市稠城街道1号", Place("浙江省", "金华市", "义乌市", "稠城街道1号")),
        ("吉林", Place("吉林省")),
        ("吉林市", Place("吉林省", "吉林市")),
        ("内蒙古呼和浩特新城区", Place("内蒙古自治区", "呼和浩特市", "新城区")),
        ("香港", Place(city="香港特别行政区")),
        ("杭州阳光小区3栋", Place("浙江省", "杭州市", None, "阳光小区3栋")),
        ("西双版纳", Place("云南省", "西双版纳傣族自治州")),
        ("南京路100号", None),  # a street of many cities
        ("北京东路2号", None),
        ("朝阳区建国路1号", None),  # of which city?
        ("中山大道1号", None),
        ("Paris", None),
        ("", None),
    ],
)
def test_an_address_goes_from_large_to_small(text: str, place: Place | None) -> None:
    assert places.read(text) == place


def test_a_city_that_is_not_known_stays_as_it_was_written() -> None:
    assert places.canonical("Paris") == Place(city="Paris")


@given(st.text(alphabet="北京上海市区县路省自治1号 朝阳吉林abc", max_size=30))
def test_nothing_of_an_address_is_lost(text: str) -> None:
    place = places.read(text)

    if place is not None:
        whole = "".join(filter(None, (place.province, place.city, place.district, place.street)))
        assert {letter for letter in text if letter.isalnum()} <= set(whole)
