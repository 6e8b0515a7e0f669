"""Columns find their meaning: by heading, by another system's export, by what is in them."""

import pytest

from crm_store.exchange.headers import Layout, guess, is_enough, region
from crm_store.exchange.reading import Row
from crm_store.exchange.tables import Subject


def laid_out(*rows: list[str], own: dict[str, int] | None = None) -> Layout:
    return guess([Row(line, cells) for line, cells in enumerate(rows, start=1)], own=own or {})


def meanings(*rows: list[str], own: dict[str, int] | None = None) -> list[str]:
    layout = laid_out(*rows, own=own)
    return [layout.mapping.get(str(column), "") for column in range(len(layout.headings))]


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["姓名", "手机号码", "所在城市", "客户等级"], ["name", "phone", "city", "tier"]),
        (["Full Name", "Mobile Phone", "E-mail", "Town"], ["name", "phone", "email", "city"]),
        (["姓名（必填）", " 手机 * ", "ＱＱ"], ["name", "phone", "qq"]),
        (["first_name", "LastName", "phone number"], ["first_name", "last_name", "phone"]),
        (["客户编号", "姓名", "鞋码"], ["number", "name", ""]),
        (["姓名", "电话", "备用电话", "城市", "市"], ["name", "phone", "phone", "city", ""]),
    ],
)
def test_headings_are_known_in_both_languages(headings: list[str], fields: list[str]) -> None:
    assert meanings(headings, ["x"] * len(headings)) == fields


def test_the_shops_own_fields_are_known_by_their_names() -> None:
    assert meanings(["姓名", "生日"], ["张三", "2001-01-01"], own={"生日": 3}) == ["name", "field:3"]


def test_a_title_above_the_headings_is_passed_over() -> None:
    layout = laid_out(["2021 年客户名单"], ["导出时间", "2021-01-01"], ["姓名", "电话"], ["张三", "1"])

    assert (layout.header, layout.samples) == (3, ["张三", "1"])


def test_without_headings_the_cells_say_what_they_are() -> None:
    layout = laid_out(["张三", "13800000000", "a@b.cn", "北京"], ["李四", "13900000000", "c@d.cn", "上海市"])

    assert layout.header == 0
    assert layout.mapping == {"0": "name", "1": "phone", "2": "email", "3": "city"}


def test_headings_that_say_nothing_leave_it_to_the_cells() -> None:
    assert meanings(["甲", "电话"], ["张三", "13800000000"]) == ["name", "phone"]


def test_a_file_with_amounts_is_about_orders() -> None:
    layout = laid_out(["姓名", "日期", "城市", "金额"], ["张三", "2021-01-01", "北京市", "1000"])

    assert layout.subject == Subject.ORDERS
    assert layout.mapping == {"0": "name", "1": "date", "2": "city", "3": "amount"}
    assert is_enough(layout)


def test_columns_that_name_nobody_are_not_enough() -> None:
    assert not is_enough(laid_out(["城市", "等级"], ["北京", "A"]))
    assert not is_enough(laid_out(["商品", "金额"], ["茶", "10"]))


SUITECRM = (
    "First Name,Last Name,ID,Salutation,Job Title,Department,Account Name,Email Address,Non Primary E-mails,"
    "Mobile,Office Phone,Home,Other Phone,Fax,Primary Address Street,Primary Address City,"
    "Primary Address State,Primary Address Postal Code,Primary Address Country,Alternate Address Street,"
    "Alternate Address City,Alternate Address State,Alternate Address Postal Code,"
    "Alternate Address Country,Description,Birthdate,Lead Source"
)
VTIGER = (
    "First Name,Last Name,Contact Id,Office Phone,Mobile,Organization Name,Title,Fax,Department,"
    "Primary Email,Reports To,Assistant Phone,Assigned To,Mailing Street,Mailing City,Mailing State,"
    "Mailing Country,Other Street,Other City,Description,Email Opt Out"
)
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Primary Associated Company ID,"
    "Last Activity Date,Lead Status,Marketing contact status,Create Date,Associated Company"
)
ZENDESK = "name,email,external_id,details,notes,phone,role,restriction,organization,tags"


@pytest.mark.parametrize(
    ("headings", "preset", "fields"),
    [
        (
            SUITECRM,
            "suitecrm",
            {
                "First Name": "first_name",
                "Last Name": "last_name",
                "ID": "external_id",
                "Account Name": "company",
                "Email Address": "email",
                "Non Primary E-mails": "email",
                "Mobile": "phone",
                "Office Phone": "phone",
                "Home": "phone",
                "Other Phone": "phone",
                "Primary Address Street": "street",
                "Primary Address City": "city",
                "Primary Address State": "province",
                "Primary Address Country": "country",
                "Description": "note",
                "Lead Source": "source",
            },
        ),
        (
            VTIGER,
            "vtiger",
            {
                "First Name": "first_name",
                "Last Name": "last_name",
                "Contact Id": "external_id",
                "Office Phone": "phone",
                "Mobile": "phone",
                "Organization Name": "company",
                "Primary Email": "email",
                "Assigned To": "owner",
                "Mailing Street": "street",
                "Mailing City": "city",
                "Mailing State": "province",
                "Mailing Country": "country",
                "Description": "note",
                "Email Opt Out": "opt_out",
            },
        ),
        (
            HUBSPOT,
            "hubspot",
            {
                "Record ID": "external_id",
                "First Name": "first_name",
                "Last Name": "last_name",
                "Email": "email",
                "Phone Number": "phone",
                "Contact owner": "owner",
                "Associated Company": "company",
            },
        ),
        (
            ZENDESK,
            "zendesk",
            {
                "name": "name",
                "email": "email",
                "external_id": "external_id",
                "details": "address",
                "notes": "note",
                "phone": "phone",
                "organization": "company",
                "tags": "tags",
            },
        ),
    ],
)
def test_another_systems_export_is_known_by_its_headings(
    headings: str, preset: str, fields: dict[str, str]
) -> None:
    layout = laid_out(headings.split(","), ["x"] * len(headings.split(",")))

    assert layout.preset == preset
    assert {layout.headings[int(column)]: of for column, of in layout.mapping.items()} == fields


@pytest.mark.parametrize(
    ("country", "code"),
    [("中国", "CN"), ("United States", "US"), ("u.s.a.", "US"), ("UK", "GB"), ("Atlantis", None), ("", None)],
)
def test_a_country_says_how_its_phones_are_read(country: str, code: str | None) -> None:
    assert region(country) == code
