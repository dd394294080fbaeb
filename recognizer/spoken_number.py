"""A telephone number as it is said: 幺三八，零零幺幺 … in groups, with 洞 for 0, 拐 for 7, 两 for 2. Pure."""

import re

_ROWS = ("零幺二三四五六七八九", "〇一两", "洞", "0123456789")
_DIGITS = {char: digit for row in _ROWS for digit, char in enumerate(row)} | {"拐": 7}
_BESIDE = re.compile(
    r"[，。！？、\s]|我的|我是|我|你|您|就是|是|这个|那个|电话|手机|号码|号|打|记|一下|好的|好|嗯|啊|呃|哦|喂|吧|嘛|的|区号|加"
)


def spoken_number(text: str) -> str:
    """The digits that were said, in order; empty when anything else was said beside what introduces a number."""
    rest = _BESIDE.sub("", text)
    return "".join(str(_DIGITS[char]) for char in rest) if all(char in _DIGITS for char in rest) else ""


_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def spoken_amount(text: str) -> int | None:
    """The whole number that is said: 三千五百, 一万二, 两百五, 十五, 3万. None for anything else, halves among it."""
    total = section = digit = 0
    last, zero = 1, False
    if text.isascii() and text.isdigit():
        return int(text)
    for i, char in enumerate(text):
        if char in _PLACES:
            place = _PLACES[char]
            if place >= 10_000:
                total = (total + section + digit) * place if total + section + digit else 0
                section = 0
            elif i == 0 and char == "十":
                section = 10
            elif digit:
                section += digit * place
            else:
                return None
            digit, last, zero = 0, place, False
        elif char in _DIGITS and char not in "洞拐幺":
            if digit and not char.isdigit():
                return None
            digit = digit * 10 + _DIGITS[char] if char.isascii() else _DIGITS[char]
            zero = zero or digit == 0
        else:
            return None
    if digit and last > 10 and not zero and not text[-2:].isascii():
        digit *= last // 10  # 一万二 is 12000, 两百五 250
    return total + section + digit if text else None
