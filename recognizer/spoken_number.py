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
