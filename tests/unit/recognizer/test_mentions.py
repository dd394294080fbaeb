"""Telephone numbers, dates and amounts within what somebody says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.mentions import mentions
from recognizer.spoken_number import spoken_amount

TODAY = date(2026, 11, 23)  # a Monday


def named(text: str, kind: str) -> list[str]:
    return [one.value for one in mentions(text, TODAY) if one.kind == kind]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("停电三天了打我儿子电话幺三八零零幺三八零零零", "13800138000"),
        ("我手机是幺三八，零零幺三，八零零零你记一下", "13800138000"),
        ("打13800138000", "13800138000"),
        ("座机洞八拐洞二一二零零零三", "08702120003"),
        ("打水厂二一二八八八八没人接", "2128888"),
    ],
)
def test_a_telephone_number_is_found_within_a_sentence(text: str, number: str) -> None:
    assert named(text, "telephone") == [number]


@pytest.mark.parametrize(
    "text", ["一二三四五六七", "二零二六一一二三交的", "幺二三四五", "身份证五三二一二八幺九八零", "二零二六年十一月"]
)
def test_other_digits_are_no_telephone_number(text: str) -> None:
    assert named(text, "telephone") == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昨天晚上停的", date(2026, 11, 22)),
        ("大前天报的修", date(2026, 11, 20)),
        ("上个月十五号交的钱", date(2026, 10, 15)),
        ("十月三号停的水", date(2026, 10, 3)),
        ("十二月二十号交的材料", date(2026, 12, 20)),
        ("三月五日办的", date(2026, 3, 5)),
        ("去年十二月三十一号", date(2025, 12, 31)),
        ("二零二四年三月八号", date(2024, 3, 8)),
        ("二四年三月八号", date(2024, 3, 8)),
        ("上周三来过", date(2026, 11, 18)),
        ("上个礼拜天", date(2026, 11, 22)),
        ("三天前", date(2026, 11, 20)),
    ],
)
def test_a_date_is_the_day_that_is_meant_when_it_is_said(text: str, day: date) -> None:
    assert named(text, "date") == [day.isoformat()]


@pytest.mark.parametrize("text", ["三号楼没水", "十三月四十号", "二月三十号", "一号线", "每天停水"])
def test_other_words_are_no_date(text: str) -> None:
    assert named(text, "date") == []


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("罚了我三千五百块", "3500元"),
        ("欠一万二千元工钱", "12000元"),
        ("交了两百五十块钱", "250元"),
        ("停水三天了", "3天"),
        ("拖了两个月", "2个月"),
        ("占了我两亩地", "2亩"),
        ("跑了3趟", "3次"),
        ("罚三万块", "30000元"),
        ("换个灯泡三块五", "3.5元"),
        ("葱子卖五块三根", "5元"),
        ("欠我三百块一直不给", "300元"),
        ("占了一百多亩", "100多亩"),
    ],
)
def test_an_amount_is_told_in_digits_with_its_unit(text: str, amount: str) -> None:
    assert named(text, "amount") == [amount]


def in_words(number: int) -> str:
    """As it is said, place by place."""
    digits, words = "零一二三四五六七八九", ""
    for place, name in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        here = number // place % 10
        words += digits[here] + name if here else "零" if words and words[-1] != "零" and number % place else ""
    return words


@given(st.integers(1, 99_999))
def test_a_number_said_in_full_is_read_again(number: int) -> None:
    assert spoken_amount(in_words(number)) == number


@pytest.mark.parametrize(
    ("text", "number"), [("一万二", 12000), ("两百五", 250), ("十五", 15), ("三百零五", 305), ("40", 40)]
)
def test_short_forms_and_digits_are_read(text: str, number: int) -> None:
    assert spoken_amount(text) == number


@given(st.text(alphabet="零一二两三四五六七八九十百千万亿点半号月日年块天前上周0123456789幺洞拐，"))
def test_nothing_that_is_said_breaks_it(text: str) -> None:
    mentions(text, TODAY)
