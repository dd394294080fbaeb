"""Telephone numbers as they are said."""

import pytest

from recognizer.spoken_number import spoken_number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("幺三八，零八七零，零零零幺", "13808700001"),
        ("我的手机号码是一三九两两三三八八九九", "13922338899"),
        ("洞八拐洞，二幺二洞洞洞幺", "08702120001"),
        ("电话，〇八七〇 二一二〇〇一", "0870212001"),
        ("喂，我的电话是 138", "138"),
        ("嗯，好的", ""),
        ("停水三天了", ""),
        ("一百三十八", ""),
        ("我不想留", ""),
        ("", ""),
    ],
)
def test_digits_and_nothing_else_make_a_number(said: str, number: str) -> None:
    assert spoken_number(said) == number
