"""Dates, weekdays and hours as people write them in duty rosters. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from routing.sheets.cells import Value, as_text, plain

Span = tuple[time, time]
"""Start and end by the clock; an end that is not later is on the next day."""

WHOLE_DAY: Span = (time(8), time(8))
"""What a day means when no hours are told: 08:00 to 08:00 of the next day."""

_WEEKDAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7, **{str(n): n for n in range(1, 8)}}
_WEEKDAY = re.compile(r"(?:星期|周|礼拜)([一二三四五六日天1-7])")
_YMD = re.compile(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?")
_SHORT_YEAR = re.compile(r"(2\d)([年./\-])(\d{1,2})(?:\2|(?<=年\d)月|(?<=年\d\d)月)(\d{1,2})[日号]?")
_HAN = re.compile(r"[〇零一二三四五六七八九十廿卅]+(?=[年月日号])")
_HAN_DIGITS = {sign: str(n) for n, sign in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_MD = re.compile(r"(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?")
_D = re.compile(r"(\d{1,2})\s*[日号]?")
_TO = re.compile(r"(?:--|——|[~～—–－至到])")
_CLOCK = r"(上午|下午|晚上?|早上?|凌晨|中午)?(\d{1,2})(?:[:时点](\d{2})?分?|(半))"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|~|—|–|至|到|一)+\s*(次日|第二天|翌日|次|第二日)?{_CLOCK}")
_SAYS_WHEN = re.compile(r"[白夜早中晚日]班|白天|[夜晚]间|工作日|平时|平日|节假日|周末|双休|休息日|[夏冬][季令]")
_CLOCKS = re.compile(r"(?<!\d)\d{1,2}(?::\d{2}(?!:)|[时点](?:\d{2}分?|半)?)")
_SERIAL = (20000, 80000)


class BadDate(ValueError):
    """What is written is no day; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Era:
    """What a sheet says of the year and month of its dates; `today` decides where it says nothing."""

    today: date
    year: int | None = None
    month: int | None = None
    new_year: bool = False
    """A sheet of 元旦: its days of December belong to the year before."""
    whole: bool = False
    """The title speaks of a month, not of days of it: its first and last are meant too."""
    week: tuple[date, ...] = ()
    """The days of a title like 12月7日—12月13日值班表, when it is one week at most: they date bare weekdays."""

    def day(self, month: int, day: int, *, near: date | None = None) -> date:
        """A day without a year. Raises BadDate when there is no such day."""
        anchor = near
        if anchor is None and self.year and self.month:
            anchor = date(self.year, self.month, 15)
        if anchor is None and self.year:
            return _date(self.year - 1 if self.new_year and month == 12 else self.year, month, day)
        anchor = anchor or self.today
        found: list[date | None] = []
        for year in (anchor.year - 1, anchor.year, anchor.year + 1):
            try:
                found.append(_date(year, month, day))
            except BadDate:
                # 29 February exists in one of four years: only the nearest year counts.
                found.append(date(year, month, 28) if (month, day) == (2, 29) else None)
        nearest = min((d for d in found if d), key=lambda d: abs(d - anchor), default=None)
        if nearest is None:
            raise BadDate(f"没有{month}月{day}日这一天")
        return _date(nearest.year, month, day)

    def check(self, day: date) -> date:
        """The day, when it fits what the sheet says. Raises BadDate."""
        if self.year and self.month and abs(day - date(self.year, self.month, 15)) > timedelta(days=76):
            raise BadDate(f"{day} 和标题的 {self.year} 年 {self.month} 月对不上")
        if self.year and not self.month and abs(day.year - self.year) > 1:
            raise BadDate(f"{day} 和标题的 {self.year} 年对不上")
        return day


def era(texts: Iterable[str], today: date) -> Era:
    """The year and month that titles and the name of the sheet tell; the first that tells one counts."""
    year = month = None
    new_year = False
    titles = [arabic(plain(text)) for text in texts]
    for flat in titles:
        new_year = new_year or "元旦" in flat
        both = re.search(r"(20\d{2})[年./\-_](\d{1,2})(?!\d)", flat)
        if both and 1 <= int(both[2]) <= 12:
            year, month = year or int(both[1]), month or int(both[2])
        if only := re.search(r"(20\d{2})(?:年|年度)", flat):
            year = year or int(only[1])
        if named := re.search(r"(?<!\d)(\d{1,2})月(?:份|值|$|[^\d])", flat):
            month = month or (int(named[1]) if 1 <= int(named[1]) <= 12 else None)
        if (bare := re.fullmatch(r"(20\d{2})(\d{2})", flat)) and 1 <= int(bare[2]) <= 12:
            year, month = year or int(bare[1]), month or int(bare[2])
        if over := re.search(r"(20\d{2})年?(?:底|末)?[-~—–至到]+(?:(20\d{2})|.{0,2}元旦)", flat):
            # 2026年底至元旦, 2026—2027年: December of the one year and January of the next.
            year, new_year = int(over[2] or int(over[1]) + 1), True
    found = Era(today=today, year=year, month=month, new_year=new_year and month in (None, 1))
    days = next((days for flat in titles if (days := _from_to(flat, found))), ())
    whole = not days and any(re.search(r"月(?!\d)", flat) for flat in titles)
    month = month or (days[0].month if days else None)
    return replace(found, whole=whole, month=month, week=days if len(days) <= 7 else ())


def _from_to(title: str, when: Era) -> tuple[date, ...]:
    """The days from 12月7日 to 13日 of a title."""
    day = r"(?:20\d{2}[年./-])?\d{1,2}[月./]\d{1,2}[日号]?"
    told = re.search(rf"({day})[-~—–至到]+({day}|\d{{1,2}}[日号])", title)
    try:
        return tuple(_range(f"{told[1]}至{told[2]}", when, None, False)) if told else ()
    except BadDate:
        return ()


def days_of(value: Value, when: Era, *, before: date | None = None) -> tuple[tuple[date, ...], int | None]:
    """The days a cell names, and the weekday it names if any. `before`: the day of the row above.

    Raises BadDate for what is no day, and for a day whose month is told nowhere.
    """
    if isinstance(value, datetime):
        return (when.check(value.date()),), None
    if isinstance(value, date):
        return (when.check(value),), None
    if isinstance(value, int | float):
        number = float(value)
        if _SERIAL[0] <= number <= _SERIAL[1]:
            return (when.check((datetime(1899, 12, 30) + timedelta(days=int(number))).date()),), None  # noqa: DTZ001
    text = unicodedata.normalize("NFKC", as_text(value)).strip()
    weekday = weekday_of(text)
    text = _bared(text)
    if len(_CLOCKS.findall(text)) == 2:
        return _timed(text, when, before), weekday
    if not text and weekday and (there := [day for day in when.week if day.isoweekday() == weekday]):
        return (there[0],), None
    if re.fullmatch(r"20\d{6}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    elif re.fullmatch(r"\d{5}", text) and _SERIAL[0] <= int(text) <= _SERIAL[1]:
        return days_of(float(text), when, before=before)
    if not re.search(r"\d", text):
        raise BadDate(f"“{as_text(value)}”没有写是几月几日")
    if both := re.fullmatch(r"(\d{1,2})-(\d{1,2})", text):
        return _either(int(both[1]), int(both[2]), when, before), weekday
    days: list[date] = []
    for part in text.split("、"):
        found = _range(part, when, days[-1] if days else before, bool(days))
        if days and re.fullmatch(_D, part) and found[0].month != days[-1].month:
            raise BadDate(f"“{text}”看不出是哪几天")  # 12、1 is neither the 12th nor a list
        days += found
    return tuple(days), weekday


def _bared(text: str) -> str:
    """The date of a cell without weekday, brackets, midnight and stray signs; a list has 、 between its days."""
    text = arabic(_WEEKDAY.sub("", text))
    outside = re.sub(r"[(\[【].*?[)\]】]", "", text)
    # 周二(12月1日): the date is what stands in brackets.
    text = outside if re.search(r"\d", outside) else re.sub(r"[(\[【)\]】]", "", text)
    text = re.sub(r"[\sT]+0?0:00(:00)?$", "", text)
    text = re.sub(r"(?<=[\d日号])\s*[,，;和及]\s*(?=\d)|(?<=[日号])/(?=\d)", "、", text)
    text = re.sub(r"[\s,，]+", "", text).strip(":/。")
    text = re.sub(r"(全天|[至到-]次日)$", "", text)
    return re.sub(r"(?<=[日号])[一二三四五六日]$", "", text)


def _either(first: int, second: int, when: Era, before: date | None) -> tuple[date, ...]:
    """12-5 is a day, 1-3 may be three of them: what follows the row above, else what fits the month of the title."""
    ways: list[tuple[date, ...]] = []
    for way in (f"{first}月{second}日", f"{first}日至{second}日"):
        try:
            ways.append(tuple(_range(way, when, before, False)))
        except BadDate:
            continue
    if not ways:
        raise BadDate(f"“{first}-{second}”不是日期")
    following = [way for way in ways if before is not None and way[0] == before + timedelta(days=1)]
    if len(ways) == 2 and not following and when.month not in (None, first):
        return ways[1]
    return following[0] if following else ways[0]


def _timed(text: str, when: Era, before: date | None) -> tuple[date, ...]:
    """The days of 12月5日8:00-12月6日8:00: the last is only when it ends. Raises BadDate."""
    bare = re.sub(r"次日|第二天|翌日", "", _CLOCKS.sub("", text)).strip("-~—–至到:")
    days = _range(bare, when, before, False)
    start, end = _CLOCKS.findall(text)
    if len(days) > 2 and start != end:
        raise BadDate(f"“{text}”看不出每天几点到几点")
    return tuple(days[:-1] if len(days) > 1 else days)


def hours_beside(text: str) -> tuple[Span, ...]:
    """The hours that stand beside the days of a cell: 8:00 to 8:00 of 12月5日8:00-12月6日8:00."""
    flat = re.sub(r"[\s()]+", "", unicodedata.normalize("NFKC", text))
    clocks = _CLOCKS.findall(flat)
    return spans_in("-".join(clocks)) if len(clocks) == 2 else ()


def arabic(text: str) -> str:
    """十二月五日 → 12月5日, 二〇二六年 → 2026年: only the numbers of dates."""
    return _HAN.sub(lambda m: _number(m[0]), text)


def _number(signs: str) -> str:
    signs = signs.replace("廿", "二十").replace("卅", "三十")
    if "十" not in signs:
        return "".join(_HAN_DIGITS[sign] for sign in signs)
    tens, _, ones = signs.partition("十")
    return str(int(_HAN_DIGITS.get(tens, "1")) * 10 + int(_HAN_DIGITS.get(ones, "0")))


def candidates(value: Value, when: Era) -> tuple[date, ...]:
    """12.1 is the 1st, or a 12.10 that a spreadsheet took for a number: both days; else nothing."""
    text = plain(as_text(value))
    found = re.fullmatch(r"(\d{1,2})\.([123])", text)
    if not found:
        return ()
    days = []
    for day in (int(found[2]), int(found[2]) * 10):
        try:
            days.append(when.day(int(found[1]), day))
        except BadDate:
            continue
    return tuple(days)


def weekday_of(text: str) -> int | None:
    """1 for Monday: 星期一, 周一, 礼拜一, （一） and 一 alone; None for everything else."""
    flat = plain(text)
    if found := _WEEKDAY.search(flat):
        return _WEEKDAYS[found[1]]
    if found := re.search(r"\(([一二三四五六日天])\)|(?<=\d[日号])([一二三四五六日天])$", flat):
        return _WEEKDAYS[found[1] or found[2]]
    return _WEEKDAYS[flat] if re.fullmatch(r"[一二三四五六日天]", flat) else None


def weekdays_in(text: str) -> tuple[int, ...]:
    """Every weekday of 周六、周日 or 星期六、日, in order."""
    flat = re.sub(r"星期|周|礼拜", "", plain(text))
    return tuple(_WEEKDAYS[sign] for sign in re.findall(r"[一二三四五六日天]", flat))


def spans_in(text: str) -> tuple[Span, ...]:
    """The hours a text tells: 8:00-18:00, 18时至次日8时, 上午8:30-下午5:30. Impossible ones are left out."""
    flat = re.sub(r"[\s()]+", "", unicodedata.normalize("NFKC", text))
    found = []
    for match in _SPAN.finditer(flat):
        first, last = match.groups()[:4], match.groups()[5:]
        try:
            found.append((_clock(*first), _clock(*last)))
        except ValueError:
            continue
    for start, end in re.findall(r"(?<![\d:])(\d{1,2})[-~—–至到](\d{1,2})[时点](?!\d)", flat):
        if not found and int(start) < 24 and int(end) <= 24:
            found.append((time(int(start)), time(int(end) % 24)))
    return tuple(found)


def worded_spans(text: str) -> list[tuple[str, Span]]:
    """The hours of a text, each with the words before it, or behind it where the text puts them there.

    白班8:00-20:00, 8:00-20:00(白班), 8:00-20:00为白班.
    """
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    matches = [match for match in _SPAN.finditer(flat) if spans_in(match[0])]
    edges = [0, *(edge for match in matches for edge in match.span()), len(flat)]
    between = [flat[edges[n] : edges[n + 1]] for n in range(0, len(edges), 2)]
    behind = len(matches) > 1 and not _SAYS_WHEN.search(between[0]) and _SAYS_WHEN.search(between[-1]) is not None
    words = between[1:] if behind else between
    return [(word, spans_in(match[0])[0]) for word, match in zip(words, matches, strict=False)]


def say(day: date) -> str:
    """12月5日, as messages write it."""
    return f"{day.month}月{day.day}日"


def _clock(part: str | None, hour: str, minute: str | None, half: str | None) -> time:
    hours = int(hour)
    if part in ("下午", "晚", "晚上") and hours < 12:
        hours += 12
    return time(hours % 24 if hours == 24 else hours, 30 if half else int(minute or 0))


def _range(text: str, when: Era, before: date | None, inside: bool) -> list[date]:
    if not text:
        raise BadDate("没有写日期")
    parts = _TO.split(text)
    if len(parts) == 1 and not re.fullmatch(_YMD, text):
        parts = _hyphen(text)
    if len(parts) > 2:
        raise BadDate(f"“{text}”不是日期")
    first = _one(parts[0], when, before, inside)
    if len(parts) == 1:
        return [first]
    last = _one(parts[1], when, first, True)
    if not timedelta() <= last - first <= timedelta(days=31):
        raise BadDate(f"“{text}”的开始和结束对不上")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _hyphen(text: str) -> list[str]:
    """A hyphen parts two dates when both sides are dates of their own: 12月5日-7日, but 12-5 is one date."""
    for at in (m.start() for m in re.finditer("-", text)):
        left, right = text[:at], text[at + 1 :]
        if re.fullmatch(_MD, text) and not re.search("[日号月]", text):
            break
        if any(re.fullmatch(p, left) for p in (_YMD, _MD, _D)) and any(re.fullmatch(p, right) for p in (_YMD, _MD, _D)):
            return [left, right]
    return [text]


def _one(text: str, when: Era, before: date | None, inside: bool) -> date:
    if found := re.fullmatch(_YMD, text):
        return when.check(_date(*map(int, found.groups())))
    if (found := re.fullmatch(_SHORT_YEAR, text)) and abs(2000 + int(found[1]) - when.today.year) <= 1:
        return when.check(_date(2000 + int(found[1]), int(found[3]), int(found[4])))
    if found := re.fullmatch(_MD, text):
        day = when.day(int(found[1]), int(found[2]), near=before if inside else None)
        if before is not None and before - day > timedelta(days=180):
            # 1月1日 below 12月31日, though the title tells only the old year.
            day = when.day(day.month, day.day, near=before)
        return when.check(day)
    if found := re.fullmatch(_D, text):
        return _bare(int(found[1]), when, before, inside)
    raise BadDate(f"“{text}”不是日期")


def _bare(day: int, when: Era, before: date | None, inside: bool) -> date:
    """A day without its month: that of the row above (the next one after its last days), else that of the title."""
    if before is not None:
        month = before.replace(day=1)
        if day < before.day and (inside or (before.day >= 28 and day <= 3)):
            month = (month + timedelta(days=32)).replace(day=1)
        return _date(month.year, month.month, day)
    if when.month is None:
        raise BadDate(f"只写了“{day}”，表名和标题里都没有写几月")
    return when.check(when.day(when.month, day))


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise BadDate(f"没有{year}年{month}月{day}日这一天") from None
