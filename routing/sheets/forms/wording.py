"""Days and titles written as a sample writes them. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from routing.sheets.cells import Value, as_text
from routing.sheets.dates import BadDate, Era, days_of, say, weekday_of

_SIGNS = " 一二三四五六日"
_HAN_MONTH = re.compile(r"(?<![一二三四五六七八九十])(十[一二]?|[一二三四五六七八九])月")
_HAN = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_DAY = r"(?<![\d:.-])(?:20\d{2}[年./-])?\d{1,2}[月./-]\d{1,2}(?![\d:])[日号]?"


def day_as(sample: Value, day: date, when: Era, before: date | None = None) -> Value:
    """The day in the writing of another; as 12月5日 when that would not be read as this day."""
    if isinstance(sample, datetime | date):
        return datetime.combine(day, time())
    text = as_text(sample)
    written = weekday_as(_with_numbers(text, day), day)
    way: Value = written
    if isinstance(sample, float | int) and written.isdigit():
        way = int(written)
    for one in (way, f"{say(day)}", f"{day.year}年{say(day)}"):
        try:
            if days_of(one, when, before=before)[0] == (day,):
                return one
        except BadDate:
            continue
    return f"{day:%Y-%m-%d}"


def days_as(sample: Value, days: Sequence[date], when: Era, before: date | None = None) -> Value:
    """Several days one after the other, from the first to the last."""
    if len(days) == 1:
        return day_as(sample, days[0], when, before)
    return f"{days[0].year}年{say(days[0])}至{days[-1].year}年{say(days[-1])}"


def weekday_as(sample: str, day: date) -> str:
    """星期二 or 周二 of another day as that of this one."""
    if weekday_of(sample) is None:
        return sample
    sign = _SIGNS[day.isoweekday()]
    told = re.sub(r"(星期|周|礼拜)[一二三四五六日天](?!期)", rf"\g<1>{sign}", sample)
    told = re.sub(r"([(（])[一二三四五六日天](?=[)）])", rf"\g<1>{sign}", told)
    told = re.sub(r"(?<=[日号])[一二三四五六日天]$", sign, told)
    return sign if re.fullmatch(r"\s*[一二三四五六日天]\s*", sample) else told


def title_as(text: str, old: Sequence[date], new: Sequence[date]) -> str:
    """A title of the days `old` as one of the days `new`: year, month, and the days from and to."""
    first, last = new[0], new[-1]
    told = unicodedata.normalize("NFKC", text)
    if (first.year, first.month) == (old[0].year, old[0].month) and (last == old[-1] or not re.search(_DAY, told)):
        return text
    span = re.search(rf"({_DAY})(\s*[-~—–至到]+\s*)({_DAY}|\d{{1,2}}[日号])", told)
    if span:
        ends = f"{_with_numbers(span[1], first)}{span[2]}{last.year}年{say(last)}"
        return told[: span.start()] + ends + told[span.end() :]
    if not _whole_month(new) and (_whole_month(old) or len(new) >= 25):
        # The title of a month, of other days than a month.
        ends = f"{first.year}年{say(first)}至{last.year}年{say(last)}"
        return re.sub(r"(?:20\d{2}年)?(?<!\d)\d{1,2}月份?(?!\d)", ends, told)
    told = re.sub(_DAY, lambda m: _with_numbers(m[0], first), told)
    told = re.sub(r"20\d{2}(?=[年./-])", str(first.year), told)
    told = re.sub(r"(?<![\d年./-])(\d{1,2})(?=月(?!\d))|(?<=年)(\d{1,2})(?=月)", str(first.month), told)
    told = re.sub(r"(?<=20\d\d[./-])\d{1,2}(?!\d)", str(first.month), told)
    return _HAN_MONTH.sub(lambda m: _HAN[first.month] + "月", told)


def _whole_month(days: Sequence[date]) -> bool:
    """From the first of a month to its last."""
    return days[0].day == 1 and (days[-1] + timedelta(days=1)).day == 1 and (days[-1] - days[0]).days < 31


def _with_numbers(text: str, day: date) -> str:
    """The numbers of a date in the order in which people write them, with as many digits as there were."""
    found = list(re.finditer(r"\d+", text))
    values: dict[int, list[int]] = {1: [day.day], 2: [day.month, day.day], 3: [day.year, day.month, day.day]}
    if found and re.fullmatch(r"20\d{6}", found[0][0]):
        return text[: found[0].start()] + f"{day:%Y%m%d}" + text[found[0].end() :]
    padding = any(match[0].startswith("0") for match in found) or bool(re.match(r"\s*\d{4}-\d\d-\d\d", text))
    told, at = "", 0
    for match, value in zip(found, values.get(len(found), []), strict=False):
        year = match[0] if len(match[0]) == 2 and len(found) == 3 and match is found[0] else ""
        number = f"{value % 100:02d}" if year else f"{value:02d}" if padding else str(value)
        told += text[at : match.start()] + number
        at = match.end()
    return told + text[at:]
