"""Telephone numbers, dates and amounts that are named within a text: 打幺三八…, 上个月十五号, 三千五百块. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from recognizer.spoken_number import spoken_amount, spoken_number

_DIGIT = "[0-9零〇幺一二两三四五六七八九洞拐]"
_PAUSE = "[，、。\\s啊嗯呃哦-]?"
_TELEPHONE = re.compile(f"(?:{_DIGIT}{_PAUSE}){{6,}}{_DIGIT}")
_MOBILE, _LANDLINE = re.compile(r"1[3-9]\d{9}"), re.compile(r"0\d{2,3}[2-8]\d{6,7}")
_LOCAL = re.compile(r"(?!20\d\d[01]\d[0-3]\d$)[2-8]\d{6,7}")
"""Without the area's code, as people name their town's numbers; a day in eight digits is none."""
_N = "[0-9零〇一二两三四五六七八九十]{1,3}"
_DAYS = {"大前天": -3, "前天": -2, "昨天": -1, "昨晚": -1, "今天": 0, "今早": 0, "明天": 1, "后天": 2}
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}
_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六")} | {"天": 6, "日": 6}
_DATE = re.compile(
    rf"(?P<day>{'|'.join(_DAYS)})"
    rf"|(?:(?P<year>{'|'.join(_YEARS)}|(?:[0-9零〇一二两三四五六七八九]{{2}}){{1,2}}年)的?)?(?P<month>{_N})月份?的?(?P<of>{_N})[号日]"
    rf"|(?P<which>上个?月|这个?月|本月|下个?月)的?(?P<nth>{_N})[号日]"
    rf"|(?P<week>上个?|这个?|本|下个?)(?:周|星期|礼拜)(?P<weekday>[一二三四五六天日])"
    rf"|(?P<ago>{_N})天(?P<way>以?前|之前|以?后|之后)"
)
_MEASURE = "十百千万半个只张亩天次趟回度吨头棵公平方米里斤两人年月号条根包袋瓶份顿户家块元分"
"""三块五 is 3.5元, 五块三根 is 5元; 一 hardly ever tells tenths: 三百块一直不给."""
_AMOUNT = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?[万千百亿]?|[零一二两三四五六七八九十百千万亿半]+(?:点[零一二三四五六七八九]+)?)"
    r"(?P<about>多|来)?"
    rf"(?P<unit>块钱|块(?P<tenths>[二三四五六七八九2-9](?![{_MEASURE}]))?|元|万元|亩|平方米|平方|平米|个月|天|年"
    r"|个小时|小时|户|口人|个人|斤|公里|米|度|吨|棵|头|次|趟)(?!把|多人口)"
)
_UNITS = {
    "块钱": "元",
    "块": "元",
    "平方": "平方米",
    "平米": "平方米",
    "个小时": "小时",
    "口人": "人",
    "个人": "人",
    "趟": "次",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Something named in a text. value: a telephone number as dialled, a date as ISO 8601, an amount as 3500元."""

    kind: Literal["telephone", "date", "amount"]
    said: str
    value: str


def mentions(text: str, today: date) -> tuple[Mention, ...]:
    """All that the text names, in its order. today: when it was said, for 昨天 and 上个月十五号."""
    phones = list(_telephones(text))
    taken = [span for span, _ in phones]
    found = phones
    for more in (_dates(text, today), _amounts(text)):
        for (start, end), mention in more:
            if all(end <= a or b <= start for a, b in taken):
                taken.append((start, end))
                found.append(((start, end), mention))
    return tuple(mention for _, mention in sorted(found, key=lambda one: one[0]))


_Found = Iterator[tuple[tuple[int, int], Mention]]


def _telephones(text: str) -> _Found:
    for match in _TELEPHONE.finditer(text):
        digits = spoken_number(match[0])
        if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) or _LOCAL.fullmatch(digits):
            yield match.span(), Mention(kind="telephone", said=match[0], value=digits)


def _dates(text: str, today: date) -> _Found:
    for match in _DATE.finditer(text):
        day = _day(match, today)
        if day is not None:
            yield match.span(), Mention(kind="date", said=match[0], value=day.isoformat())


def _day(match: re.Match[str], today: date) -> date | None:
    if match["day"]:
        return today + timedelta(days=_DAYS[match["day"]])
    if match["ago"]:
        days = spoken_amount(match["ago"])
        return None if days is None else today + timedelta(days=-days if "前" in match["way"] else days)
    if match["week"]:
        weeks = {"上": -1, "下": 1}.get(match["week"][0], 0)
        return today + timedelta(days=7 * weeks - today.weekday() + _WEEKDAYS[match["weekday"]])
    if match["which"]:
        months = today.year * 12 + today.month - 1 + {"上": -1, "下": 1}.get(match["which"][0], 0)
        return _date(months // 12, months % 12 + 1, spoken_amount(match["nth"]))
    year, month, day = match["year"] or "", spoken_amount(match["month"]), spoken_amount(match["of"])
    if year in _YEARS or not year:
        found = _date(today.year + _YEARS.get(year, 0), month, day)
        # Of a day without a year the last one is meant: people tell of what has happened.
        past = found is not None and not year and found > today + timedelta(days=60)
        return _date(today.year - 1, month, day) if past else found
    told = spoken_number(year.removesuffix("年"))
    century = today.year // 100 * 100 if len(told) == 2 else 0  # 二四年
    return _date(century + int(told), month, day) if told else None


def _date(year: int, month: int | None, day: int | None) -> date | None:
    try:
        return date(year, month or 0, day or 0)
    except ValueError:
        return None


def _amounts(text: str) -> _Found:
    for match in _AMOUNT.finditer(text):
        number = spoken_amount(match["number"])
        if number is not None:
            tenths = spoken_number(match["tenths"] or "")
            unit = _UNITS.get("块" if tenths else match["unit"], match["unit"])
            told = f"{number}.{tenths}" if tenths else f"{number}{match['about'] or ''}"
            yield match.span(), Mention(kind="amount", said=match[0], value=f"{told}{unit}")
