"""去掉个人信息: what a caller said, without numbers and names. Pure.

A proposal for somebody who reads it: a name that nothing introduces, and that no roster knows, only people see.
"""

import re
from collections.abc import Iterable

from routing.account_names import is_name

NUMBER, NAME = "某号码", "某某"
_LEAST = 6
"""Digits in a row of a telephone's or identity card's number; 一二三四五 is the hotline."""
_DIGIT = "零〇洞幺一二两三四五六七八九拐0-9"
_DIGITS = re.compile(rf"[{_DIGIT}](?:[，。、！？,.!?;；\s啊嗯呃哦-]*[{_DIGIT}xX]){{{_LEAST - 1},}}")
_NEITHER = re.compile(r"[^\u3400-\u9fff0-9xX，。、！？,.!?;；\s-]")
_NOT_HAN = re.compile(r"[^\u3400-\u9fff]")
_INTRODUCED = re.compile(
    r"(?P<by>我叫|我的?名字[叫是]|名字叫|名叫|我姓名是|姓名是?|我是|他叫|她叫)(?P<name>[\u3400-\u9fff]{2,4})"
)
_SURNAME = re.compile(r"我姓[\u3400-\u9fff]")
_PLACES = frozenset("镇乡村县市区组社局委院校站所")
"""A character that ends the name of a place or an office: 白水镇 begins with a surname and is none."""


def nameless(text: str, names: Iterable[str] = ()) -> str:
    """The words in Chinese characters alone, as examples are written. names: of people who are known."""
    text = _DIGITS.sub(NUMBER, _NEITHER.sub("", text))
    for name in sorted({one for one in names if len(one) > 1}, key=lambda one: (-len(one), one)):
        text = text.replace(name, NAME)
    text = _SURNAME.sub("我姓某", text)
    return _NOT_HAN.sub("", _INTRODUCED.sub(_introduced, text))


def _introduced(found: re.Match[str]) -> str:
    said = found["name"]
    sizes = (3,) if found["by"] == "我是" else (3, 2)
    for size in sizes:
        name = said[:size]
        if len(name) == size and is_name(name) and name[-1] not in _PLACES and said[size : size + 1] not in _PLACES:
            return f"{found['by']}{NAME}{said[size:]}"
    return found[0]
