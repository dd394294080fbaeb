"""config/roster.toml read into a Directory, field by field, with every fault at once."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from routing.directory import Directory
from routing.faults import BadConfig, Fault, unknown_keys
from routing.officials import RANKS, Desk, DutyRoom, Hours, Official, Unit
from routing.phone import BadNumber, normalise
from routing.roster import SHANGHAI, Leave, Override, Roster, Shift
from routing.router import MIN_NUMBERS, gaps

T = TypeVar("T")

_DAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7}
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至到]\s*(\d{1,2}):(\d{2})")


def load_directory(
    path: Path, *, now: datetime, area_code: str = "", service_numbers: frozenset[str] = frozenset()
) -> Directory:
    """The directory in a TOML file, proven to give three numbers ending at the duty room for the next 72 h.

    Raises BadConfig with every fault, or with every gap.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fault = Fault(field="文件", value=str(path), mend=f"读不到（{error.strerror}），请照 roster.toml 建。")
        raise BadConfig(str(path), [fault]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(str(path), [Fault(field="文件", value=str(path), mend=f"不是合格的 TOML：{error}")]) from None
    directory = read_directory(table, source=str(path), area_code=area_code, service_numbers=service_numbers)
    mend = f"每一分钟都要有 {MIN_NUMBERS} 个号码，请给有人在岗的人补号码，或加值班室电话。"
    found = gaps(directory, now)
    if found:
        raise BadConfig(str(path), [Fault(field="值班", value=str(gap), mend=mend) for gap in found])
    return directory


def read_directory(
    table: Mapping[str, Any], *, source: str, area_code: str = "", service_numbers: frozenset[str] = frozenset()
) -> Directory:
    """The directory described by a parsed TOML document. Raises BadConfig with every fault at once."""
    reader = _Reader(area_code=area_code, service_numbers=service_numbers)
    directory = reader.directory(table)
    if reader.faults or directory is None:
        raise BadConfig(source, reader.faults)
    return directory


class _Reader:
    """Reads field by field and notes what is wrong instead of stopping at the first fault."""

    def __init__(self, *, area_code: str, service_numbers: frozenset[str]) -> None:
        self.faults: list[Fault] = []
        self._area_code = area_code
        self._service_numbers = service_numbers

    def directory(self, table: Mapping[str, Any]) -> Directory | None:
        known = ("home_unit", "duty_room", "desk", "units", "officials", "shifts", "leaves", "overrides")
        self.faults += unknown_keys(table, known, "")
        units = self._each(table, "units", self._unit)
        officials = self._each(table, "officials", self._official)
        self._once([u.code for u in units], "units.code")
        self._once([o.id for o in officials], "officials.id")
        codes, ids = {u.code for u in units}, {o.id for o in officials}
        for i, unit in enumerate(units, 1):
            if unit.parent is not None:
                self._among(unit.parent, codes, f"units[{i}].parent")
        for i, official in enumerate(officials, 1):
            self._among(official.unit, codes, f"officials[{i}].unit")
        shifts = self._each(table, "shifts", self._shift)
        leaves = self._each(table, "leaves", self._leave)
        overrides = self._each(table, "overrides", self._override)
        for name, who in (
            *((f"shifts[{i}].official", s.official) for i, s in enumerate(shifts, 1)),
            *((f"leaves[{i}].official", x.official) for i, x in enumerate(leaves, 1)),
            *((f"overrides[{i}].{key}", getattr(o, key)) for i, o in enumerate(overrides, 1) for key in ("off", "on")),
        ):
            self._among(who, ids, name)
        home_unit = self._text(table, "home_unit", "")
        self._among(home_unit, codes, "home_unit")
        duty_room, desk = self._duty_room(table.get("duty_room")), self._desk(table.get("desk"))
        if self.faults or duty_room is None:
            return None
        roster = Roster(officials=officials, shifts=shifts, leaves=leaves, overrides=overrides)
        return Directory(units=units, roster=roster, duty_room=duty_room, home_unit=home_unit, desk=desk)

    def _unit(self, row: Mapping[str, Any], at: str) -> Unit:
        self.faults += unknown_keys(row, ("code", "name", "matters", "places", "parent"), at)
        return Unit(
            code=self._text(row, "code", at),
            name=self._text(row, "name", at),
            matters=self._texts(row, "matters", at),
            places=self._texts(row, "places", at),
            parent=self._text(row, "parent", at) if "parent" in row else None,
        )

    def _official(self, row: Mapping[str, Any], at: str) -> Official:
        self.faults += unknown_keys(row, ("id", "name", "post", "phones", "unit", "rank"), at)
        rank = row.get("rank", "staff")
        if rank not in RANKS:
            self._fault(f"{at}.rank", rank, f"只能是 {'、'.join(RANKS)} 之一。")
            rank = "staff"
        return Official(
            id=self._text(row, "id", at),
            name=self._text(row, "name", at),
            post=self._text(row, "post", at),
            phones=self._numbers(row, "phones", at),
            unit=self._text(row, "unit", at),
            rank=rank,
        )

    def _shift(self, row: Mapping[str, Any], at: str) -> Shift:
        self.faults += unknown_keys(row, ("official", "days", "hours", "first", "last"), at)
        first, last = (self._date(row, key, at) for key in ("first", "last"))
        if first and last and last < first:
            self._fault(f"{at}.last", last, "比 first 还早，请对调。")
        return Shift(official=self._text(row, "official", at), hours=self._hours(row, at), first=first, last=last)

    def _leave(self, row: Mapping[str, Any], at: str) -> Leave:
        self.faults += unknown_keys(row, ("official", "start", "end"), at)
        start, end = self._span(row, at)
        return Leave(official=self._text(row, "official", at), start=start, end=end)

    def _override(self, row: Mapping[str, Any], at: str) -> Override:
        self.faults += unknown_keys(row, ("off", "on", "start", "end"), at)
        start, end = self._span(row, at)
        return Override(off=self._text(row, "off", at), on=self._text(row, "on", at), start=start, end=end)

    def _duty_room(self, row: object) -> DutyRoom | None:
        if not isinstance(row, Mapping):
            self._fault("duty_room", row, "必须有 [duty_room]，写上全天有人接的值班室号码。")
            return None
        self.faults += unknown_keys(row, ("name", "numbers"), "duty_room")
        return DutyRoom(
            numbers=self._numbers(row, "numbers", "duty_room"),
            name=self._text(row, "name", "duty_room") if "name" in row else "值班室",
        )

    def _desk(self, row: object) -> Desk | None:
        if row is None:
            return None
        if not isinstance(row, Mapping):
            self._fault("desk", row, "应写成 [desk] 一节，或删去。")
            return None
        self.faults += unknown_keys(row, ("name", "number", "days", "hours"), "desk")
        return Desk(
            number=self._number(row.get("number"), "desk.number"),
            hours=self._hours(row, "desk"),
            name=self._text(row, "name", "desk") if "name" in row else "受理台",
        )

    # Fields

    def _each(self, table: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any], str], T]) -> tuple[T, ...]:
        rows = table.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            self._fault(key, rows, f"应写成若干个 [[{key}]]。")
            return ()
        return tuple(read(row, f"{key}[{i}]") for i, row in enumerate(rows, 1))

    def _text(self, row: Mapping[str, Any], key: str, at: str) -> str:
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self._fault(f"{at}.{key}" if at else key, value, "不能空着，请填文字。")
        return ""

    def _texts(self, row: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
        value = row.get(key, [])
        if isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value):
            return tuple(v.strip() for v in value)
        self._fault(f"{at}.{key}", value, '应写成 ["…", "…"]。')
        return ()

    def _numbers(self, row: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
        raw = self._texts(row, key, at)
        if not raw:
            self._fault(f"{at}.{key}", row.get(key), "至少写一个号码。")
        return tuple(dict.fromkeys(self._number(value, f"{at}.{key}") for value in raw))

    def _number(self, value: object, field: str) -> str:
        if not isinstance(value, str):
            self._fault(field, value, "号码要写在引号里。")
            return ""
        try:
            return normalise(value, area_code=self._area_code, service_numbers=self._service_numbers, field=field)
        except BadNumber as error:
            self._fault(error.field, error.value, error.mend)
            return ""

    def _hours(self, row: Mapping[str, Any], at: str) -> tuple[Hours, ...]:
        days = self._days(row.get("days", "一二三四五六日"), f"{at}.days")
        spans = []
        for value in self._texts(row, "hours", at):
            match = _SPAN.fullmatch(value)
            clocks = _clocks(match.groups()) if match else None
            if clocks is None:
                self._fault(f"{at}.hours", value, "应写成 08:30-12:00；全天写 00:00-24:00；跨夜写 20:00-08:00。")
            else:
                spans.append(Hours(start=clocks[0], end=clocks[1], days=days))
        if not row.get("hours"):
            self._fault(f"{at}.hours", row.get("hours"), '至少写一段，如 ["08:30-12:00", "14:00-17:30"]。')
        return tuple(spans)

    def _days(self, value: object, field: str) -> frozenset[int]:
        if isinstance(value, str) and value and all(day in _DAYS for day in value):
            return frozenset(_DAYS[day] for day in value)
        self._fault(field, value, "写星期几的那个字，如 一二三四五 或 六日。")
        return frozenset(range(1, 8))

    def _date(self, row: Mapping[str, Any], key: str, at: str) -> date | None:
        value = row.get(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self._fault(f"{at}.{key}", value, "写日期，如 2026-12-05，不加引号。")
        return None

    def _span(self, row: Mapping[str, Any], at: str) -> tuple[datetime, datetime]:
        start, end = (self._moment(row, key, at) for key in ("start", "end"))
        if end <= start:
            self._fault(f"{at}.end", row.get("end"), "要晚于 start。")
        return start, end

    def _moment(self, row: Mapping[str, Any], key: str, at: str) -> datetime:
        value = row.get(key)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
        self._fault(f"{at}.{key}", value, "写日期和时间，如 2026-12-05T08:00:00，不加引号。")
        return datetime.max.replace(tzinfo=SHANGHAI) if key == "end" else datetime.min.replace(tzinfo=SHANGHAI)

    def _once(self, values: Iterable[str], field: str) -> None:
        seen: set[str] = set()
        for value in values:
            if value in seen:
                self._fault(field, value, "写了两次，每个只能出现一次。")
            seen.add(value)

    def _among(self, value: str, known: Iterable[str], field: str) -> None:
        if value and value not in known:
            self._fault(field, value, f"名单里没有，已有的是：{'、'.join(sorted(known))}。")

    def _fault(self, field: str, value: object, mend: str) -> None:
        self.faults.append(Fault(field=field, value=value, mend=mend))


def _clocks(parts: tuple[str, ...]) -> tuple[time, time] | None:
    """Start and end of a span; 24:00 is the midnight that ends the day. None when a clock shows no such time."""
    h1, m1, h2, m2 = map(int, parts)
    if (h2, m2) == (24, 0):
        h2 = 0
    if h1 > 23 or h2 > 23 or m1 > 59 or m2 > 59:
        return None
    return time(h1, m1), time(h2, m2)
