"""Times as they are said on the telephone: 十一点, 下午三点半, 两个小时, 半小时. Pure."""

import re
from datetime import datetime, timedelta

_DIGITS = {char: value for row in ("0123456789", "零一二三四五六七八九") for value, char in enumerate(row)}
_DIGITS |= {"两": 2, "幺": 1, "〇": 0}
_NUMBER = "[0-9零〇一二两三四五六七八九十]{1,3}"
_CLOCK = re.compile(
    rf"(?P<late>下午|晚上|傍晚|今晚)?(?P<hour>{_NUMBER})(?:点钟?|时|:|：)(?P<minute>半|一刻|三刻|{_NUMBER})?"
)
_SPAN = re.compile(
    rf"(?P<half>半)个?(?:小时|钟头)|(?P<hours>{_NUMBER})个?(?P<more>半)?(?:小时|钟头)"
    rf"|(?P<minutes>{_NUMBER})分钟?"
)
_QUARTERS = {"半": 30, "一刻": 15, "三刻": 45}
_HALF_DAY = timedelta(hours=12)


def until_when(text: str, now: datetime) -> datetime | None:
    """The moment that is named, the next one from `now` on, or None. 三点 may be by day or by night: the sooner one.

    now: aware, with the wall clock that the speaker goes by.
    """
    clock = _CLOCK.search(text)
    if clock is not None:
        hour, minute = _value(clock["hour"]), _QUARTERS.get(clock["minute"] or "")
        if minute is None:
            minute = _value(clock["minute"]) if clock["minute"] else 0
        if hour is None or minute is None or hour > 24 or minute > 59:
            return None
        late = bool(clock["late"]) and hour < 12
        at = now.replace(hour=(hour + 12 * late) % 24, minute=minute, second=0, microsecond=0)
        step = 2 * _HALF_DAY if late or hour > 12 else _HALF_DAY
        while at <= now:
            at += step
        return at
    span = _SPAN.search(text)
    if span is None:
        return None
    if span["half"]:
        return now + timedelta(minutes=30)
    if span["hours"]:
        hours = _value(span["hours"])
        return None if hours is None else now + timedelta(hours=hours, minutes=30 if span["more"] else 0)
    minutes = _value(span["minutes"])
    return None if minutes is None else now + timedelta(minutes=minutes)


def _value(told: str) -> int | None:
    """0 to 999, in digits or as a word."""
    tens, ten, ones = told.partition("十")
    if not ten:
        return int("".join(str(_DIGITS[char]) for char in told))
    if (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return None
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
