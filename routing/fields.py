"""A configuration file read field by field: what is wrong is noted, with its mend, instead of stopping at the first."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from routing.calendar import FIRST_YEAR, LAST_YEAR, LOCAL
from routing.faults import BadConfig, Fault
from routing.hours import EVERY_DAY, DayKind, Hours
from routing.phone import BadNumber, normalise

T = TypeVar("T")

_DAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7}
_KINDS: dict[str, DayKind] = {"工作日": "workdays", "休息日": "restdays", "每天": "all"}
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至到]\s*(\d{1,2}):(\d{2})")
_WHOLE_DAY = ["00:00-24:00"]


def read_toml(path: Path) -> Mapping[str, Any]:
    """A TOML file as a table. Raises BadConfig when it cannot be read or is none."""
    return toml_of(read_text(path), str(path))


def read_text(path: Path) -> str:
    """A file's text, to the letter. Raises BadConfig when it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        fault = Fault(field="文件", value=str(path), mend=f"读不到（{error.strerror}），请照原来的 {path.name} 建。")
        raise BadConfig(str(path), [fault]) from None
    except UnicodeDecodeError as error:
        raise BadConfig(str(path), [Fault(field="文件", value=str(path), mend=f"不是合格的 TOML：{error}")]) from None


def toml_of(text: str, source: str) -> Mapping[str, Any]:
    """A TOML text as a table. source: the file or the like. Raises BadConfig when it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(source, [Fault(field="文件", value=source, mend=f"不是合格的 TOML：{error}")]) from None


class FieldReader:
    """Reads fields and gathers faults; a reader of one file builds on it."""

    def __init__(self, *, area_code: str, service_numbers: frozenset[str]) -> None:
        self.faults: list[Fault] = []
        self._area_code = area_code
        self._service_numbers = service_numbers

    def each(self, table: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any], str], T]) -> tuple[T, ...]:
        rows = table.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            self.fault(key, rows, f"应写成若干个 [[{key}]]。")
            return ()
        return tuple(read(row, f"{key}[{i}]") for i, row in enumerate(rows, 1))

    def text(self, row: Mapping[str, Any], key: str, at: str, default: str | None = None) -> str:
        """A text; the default, if there is one, where the key is not there."""
        if default is not None and key not in row:
            return default
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.fault(f"{at}.{key}" if at else key, value, "不能空着，请填文字。")
        return ""

    def texts(self, row: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
        value = row.get(key, [])
        if isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value):
            return tuple(v.strip() for v in value)
        self.fault(f"{at}.{key}", value, '应写成 ["…", "…"]。')
        return ()

    def numbers(self, row: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
        raw = self.texts(row, key, at)
        if not raw:
            self.fault(f"{at}.{key}", row.get(key), "至少写一个号码。")
        return tuple(dict.fromkeys(self.number(value, f"{at}.{key}") for value in raw))

    def number(self, value: object, field: str) -> str:
        if not isinstance(value, str):
            self.fault(field, value, "号码要写在引号里。")
            return ""
        try:
            return normalise(value, area_code=self._area_code, service_numbers=self._service_numbers, field=field)
        except BadNumber as error:
            self.fault(error.field, error.value, error.mend)
            return ""

    def hours(self, row: Mapping[str, Any], at: str, *, needed: bool = True) -> tuple[Hours, ...]:
        """The spans in `hours` on the `days`. needed: a fault without hours; else days alone mean whole days."""
        days, kind = self.days(row.get("days", "每天"), f"{at}.days")
        written = row if needed or "days" not in row else {"hours": _WHOLE_DAY, **row}
        spans = []
        for value in self.texts(written, "hours", at):
            match = _SPAN.fullmatch(value)
            clocks = _clocks(match.groups()) if match else None
            if clocks is None:
                self.fault(f"{at}.hours", value, "应写成 08:30-12:00；全天写 00:00-24:00；跨夜写 20:00-08:00。")
            else:
                spans.append(Hours(start=clocks[0], end=clocks[1], days=days, kind=kind))
        if needed and not row.get("hours"):
            self.fault(f"{at}.hours", row.get("hours"), '至少写一段，如 ["08:30-12:00", "14:00-17:30"]。')
        return tuple(spans)

    def days(self, value: object, field: str) -> tuple[frozenset[int], DayKind]:
        """Days of the week, or all days of a kind: 一三五, 六日, 工作日, 休息日, 每天."""
        if isinstance(value, str) and value in _KINDS:
            return EVERY_DAY, _KINDS[value]
        if isinstance(value, str) and value and all(day in _DAYS for day in value):
            return frozenset(_DAYS[day] for day in value), "all"
        self.fault(
            field, value, "写星期几的那个字，如 一二三四五 或 六日；或者写 工作日、休息日（按放假和调休算）、每天。"
        )
        return EVERY_DAY, "all"

    def day(self, row: Mapping[str, Any], key: str, at: str) -> date | None:
        value = row.get(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.fault(f"{at}.{key}", value, "写日期，如 2026-12-05，不加引号。")
        return None

    def dates(self, row: Mapping[str, Any], at: str) -> tuple[date | None, date | None]:
        """`first` and `last`, dates that are both included."""
        first, last = (self.day(row, key, at) for key in ("first", "last"))
        if first and last and last < first:
            self.fault(f"{at}.last", last, "比 first 还早，请对调。")
        return first, last

    def one_of(self, row: Mapping[str, Any], key: str, at: str, known: Iterable[T], default: T) -> T:
        """The value if it is one of those known; the default where the key is not there."""
        value, known = row.get(key, default), tuple(known)
        if value in known or (key not in row):
            return value
        self.fault(f"{at}.{key}" if at else key, value, f"只能是 {'、'.join(map(str, known))} 之一。")
        return default

    def amount(self, row: Mapping[str, Any], key: str, at: str, low: float, high: float) -> float | None:
        """A number within two bounds, both included; None where the key is not there."""
        value = row.get(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.fault(f"{at}.{key}", value, f"写 {low:g} 到 {high:g} 之间的数。")
        return None

    def span(self, row: Mapping[str, Any], at: str) -> tuple[datetime, datetime]:
        start, end = (self.moment(row, key, at) for key in ("start", "end"))
        if end <= start:
            self.fault(f"{at}.end", row.get("end"), "要晚于 start。")
        return start, end

    def moment(self, row: Mapping[str, Any], key: str, at: str) -> datetime:
        value = row.get(key)
        if isinstance(value, datetime) and FIRST_YEAR <= value.year <= LAST_YEAR:
            return value if value.tzinfo else value.replace(tzinfo=LOCAL)
        mend = "写日期和时间，如 2026-12-05T08:00:00，不加引号"
        self.fault(f"{at}.{key}", value, f"{mend}；{FIRST_YEAR} 年到 {LAST_YEAR} 年。")
        return datetime.max.replace(tzinfo=LOCAL) if key == "end" else datetime.min.replace(tzinfo=LOCAL)

    def once(self, values: Iterable[str], field: str) -> None:
        seen: set[str] = set()
        for value in values:
            if value in seen:
                self.fault(field, value, "写了两次，每个只能出现一次。")
            seen.add(value)

    def among(self, value: str, known: Iterable[str], field: str) -> None:
        if value and value not in known:
            self.fault(field, value, f"名单里没有，已有的是：{'、'.join(sorted(known))}。")

    def fault(self, field: str, value: object, mend: str) -> None:
        self.faults.append(Fault(field=field, value=value, mend=mend))


def _clocks(parts: tuple[str, ...]) -> tuple[time, time] | None:
    """Start and end of a span; 24:00 is the midnight that ends the day. None when a clock shows no such time."""
    h1, m1, h2, m2 = map(int, parts)
    if (h2, m2) == (24, 0):
        h2 = 0
    if h1 > 23 or h2 > 23 or m1 > 59 or m2 > 59:
        return None
    return time(h1, m1), time(h2, m2)
