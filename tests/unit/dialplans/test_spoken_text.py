"""Numbers as they are said, against readers of Chinese numerals written for the test alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.spoken_text import (
    phone_cuts,
    spoken_clock,
    spoken_integer,
    spoken_name,
    spoken_phone,
    spoken_quantity,
    spoken_text,
)

_VALUE = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "幺": 1}
_SIZE = {"十": 10, "百": 100, "千": 1000}


def read(said: str) -> int:
    """A whole number from its characters."""
    for name, size in (("万亿", 10**12), ("亿", 10**8), ("万", 10**4)):
        if name in said:
            high, low = said.split(name, 1)
            return read(high) * size + (read(low) if low else 0)
    total = one = 0
    for char in said:
        if char in _SIZE:
            total, one = total + (one or 1) * _SIZE[char], 0
        else:
            one = _VALUE[char]
    return total + one


@given(st.one_of(st.integers(0, 20_000), st.integers(0, 10**16 - 1)))
def test_a_number_that_is_said_is_understood_again(number: int) -> None:
    said = spoken_integer(number)
    assert read(said) == number
    assert "零零" not in said and (number == 0 or not said.endswith("零"))
    assert said.startswith("十") == (10 <= int(str(number)[: len(str(number)) % 4 or 4]) < 20)


@pytest.mark.parametrize(
    ("number", "said"),
    [(105, "一百零五"), (115, "一百一十五"), (20, "二十"), (10_010, "一万零一十"), (100_005, "十万零五")],
)
def test_the_zeros_are_said_where_they_belong(number: int, said: str) -> None:
    assert spoken_integer(number) == said


@pytest.mark.parametrize("number", [-1, 10**16])
def test_what_cannot_be_said_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        spoken_integer(number)


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_time_of_day_is_understood_again(hour: int, minute: int) -> None:
    hours, minutes = spoken_clock(hour, minute).split("点")
    assert read(hours) == hour and hours != "二"
    assert {"": 0, "半": 30}.get(minutes, -1) == minute or read(minutes.rstrip("分")) == minute
    assert minutes.startswith("零") == (0 < minute < 10)


@given(
    st.from_regex(
        r"1[3-9][0-9]{9}|0(10|2[0-9])[0-9]{8}|0[3-9][0-9]{2}[0-9]{7,8}|[48]00[0-9]{7}|[1-9][0-9]{6,7}|12[0-9]{3}",
        fullmatch=True,
    )
)
def test_a_telephone_number_keeps_its_digits_in_groups_that_can_be_followed(number: str) -> None:
    said = spoken_phone(number)
    assert "".join(str(_VALUE[char]) for char in said if char != "，") == number
    assert "一" not in said
    assert all(3 <= len(group) <= 5 for group in said.split("，"))


def test_where_telephone_numbers_are_divided() -> None:
    assert spoken_phone("13808700001") == "幺三八，零八七零，零零零幺"
    assert spoken_phone("0870-2120001") == "零八七零，二幺二，零零零幺"
    assert spoken_phone("12345") == "幺二三四五"
    assert phone_cuts("01065123456") == (3, 7)
    assert phone_cuts("087163123456") == (4, 8)
    assert phone_cuts("4001234567") == (3, 6)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026年3月5日", "二零二六年三月五日"),
        ("2026-12-25上午8:30前", "二零二六年十二月二十五日上午八点半前"),
        ("8:30-11:30", "八点半到十一点半"),
        ("下午2:30", "下午两点半"),
        ("8:05", "八点零五分"),
        ("明天14:30来水", "明天下午两点半来水"),
        ("下午14:30", "下午两点半"),
        ("今晚 20:00", "今晚八点"),
        ("8:30-17:00", "八点半到下午五点"),
        ("13:00~24:00", "下午一点到晚上十二点"),
        ("0:00", "零点"),
        ("12:00", "十二点"),
        ("2点半", "两点半"),
        ("第2点", "第二点"),
        ("202元", "二百零二元"),
        ("¥300", "三百元"),
        ("7×24小时", "七乘二十四小时"),
        ("打138-0870-0001", "打，幺三八，零八七零，零零零幺，"),
        ("138 0870 0001", "，幺三八，零八七零，零零零幺，"),
        ("+86 13808700001", "，幺三八，零八七零，零零零幺，"),
        ("补偿12,500元", "补偿一万二千五百元"),
        ("1005元", "一千零五元"),
        ("3.5公里", "三点五公里"),
        ("100%", "百分之一百"),
        ("5%-10%", "百分之五到百分之十"),
        ("2小时", "两小时"),
        ("2月2日", "二月二日"),
        ("第2次", "第二次"),
        ("2组", "二组"),
        ("2000户", "两千户"),
        ("2栋3单元502室", "二栋三单元五零二室"),
        ("联系13808700001王师傅", "联系，幺三八，零八七零，零零零幺，王师傅"),
        ("0870-2128888", "，零八七零，二幺二，八八八八，"),
        ("办公室电话2128888", "办公室电话，二幺二，八八八八，"),
        ("12345678元", "一千二百三十四万五千六百七十八元"),
        ("打12345", "打幺二三四五"),
        ("120人", "一百二十人"),
        ("3-5天", "三到五天"),
        ("1.2万元", "一点二万元"),
        ("-3℃", "零下三度"),
        ("5km", "五公里"),
        ("１２０㎡", "一百二十平方米"),
        ("1/3", "三分之一"),
        ("云C12345", "云C幺二三四五"),
        ("编号20261121-0101", "编号，二零二六幺幺二幺零幺零幺，"),
        ("〔2026〕12号", "〔二零二六〕十二号"),
    ],
)
def test_what_officials_write_is_said_as_people_say_it(written: str, said: str) -> None:
    assert spoken_text(written) == said


@given(st.text(st.sampled_from("0123456789.,:/-%年月日元户人个打第A室 k m"), max_size=30))
def test_no_digit_is_left_to_the_synthesiser(written: str) -> None:
    assert not re.search(r"\d", spoken_text(written))


@given(st.text(st.characters(categories=("Lo", "Po"), max_codepoint=0x9FFF), max_size=20))
def test_words_without_numbers_stay_as_they_are(written: str) -> None:
    text = spoken_text(written)
    assert spoken_text(text) == text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("单局长", "善局长"),
        ("副局长任志强", "副局长仁志强"),
        ("主任任强", "主任仁强"),
        ("解书记", "谢书记"),
        ("令狐主任", "灵狐主任"),
        ("局长张明远", "局长张明远"),
        ("查验员", "查验员"),
        ("解说员", "解说员"),
        ("督查的同志", "督查的同志"),
        ("值班领导", "值班领导"),
        ("区长", "区长"),
    ],
)
def test_a_surname_is_read_as_a_surname_and_a_post_as_a_word(name: str, said: str) -> None:
    assert spoken_name(name) == said


def test_two_of_something_is_liang() -> None:
    assert [spoken_quantity(n) for n in (1, 2, 9, 12)] == ["一", "两", "九", "十二"]
