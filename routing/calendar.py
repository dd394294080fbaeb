"""Which days are working days: China's public calendar, and what the county's administrator entered."""

import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cache, lru_cache
from pathlib import Path

import chinese_calendar

# The county's time. China has had one zone and no summer time since 1991, so no zone database is needed.
LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Of what a roster may speak; anything else is a slip of the pen, and would be counted through day by day."""

_log = logging.getLogger(__name__)


class BadCalendar(ValueError):
    """A calendar file that cannot be used; the text names file, field, value and the mend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """Working days and days of rest. `entered` (day → is it a working day) goes before the public calendar."""

    entered: Mapping[date, bool] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        """Whether offices work on this day.

        The State Council announces each year's holidays late in the year before. For a year that is not known yet,
        Monday to Friday count as working days, days entered in config/calendar excepted; a warning is logged if there
        are none.
        """
        if day in self.entered:
            return self.entered[day]
        public = _public(day)
        if public is None:
            if not self.knows(day.year):
                _warn_unknown(day.year)
            return day.weekday() < 5
        return public

    def name(self, day: date) -> str:
        """Why a day is one of rest, or of work at a weekend: 国庆节, 周末, 调休, 县里写的放假; else empty."""
        if day in self.entered and self.entered[day] != _public(day):
            return "县里写的上班" if self.entered[day] else "县里写的放假"
        if self.is_workday(day):
            return "调休" if day.weekday() >= 5 else ""
        return _holiday(day) or "周末"

    def knows(self, year: int) -> bool:
        """Whether the public holidays of this year are known or were entered."""
        if any(day.year == year for day in self.entered):
            return True
        return _public(date(year, 7, 1)) is not None

    def workday_after(self, day: date, count: int) -> date:
        """The count-th working day after this day; the day itself is not counted. count 0: the day itself."""
        while count > 0:
            day += timedelta(days=1)
            if self.is_workday(day):
                count -= 1
        return day

    def workday_on_or_after(self, day: date) -> date:
        """This day if it is a working day, else the next one."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day


def load_calendar(folder: Path) -> Calendar:
    """Reads every <year>.toml of the folder: `rest = [dates]`, `work = [dates]`. A missing folder is empty.

    Raises BadCalendar, all faults at once.
    """
    entered: dict[date, bool] = {}
    faults: list[str] = []
    for path in calendar_files(folder):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{path.name}: 不是 TOML（{error}）")
            continue
        for key, days in content.items():
            if key not in ("rest", "work") or not isinstance(days, list):
                faults.append(f"{path.name}: {key} 不认识；只能写 rest = [日期…] 和 work = [日期…]")
                continue
            for day in days:
                if not isinstance(day, date) or isinstance(day, datetime):
                    faults.append(f"{path.name}: {key} 里的 {day!r} 不是日期；请写成 2027-01-01，不加引号")
                elif entered.get(day, key == "work") != (key == "work"):
                    faults.append(f"{path.name}: {day} 既是 rest 又是 work；请只留一个")
                else:
                    entered[day] = key == "work"
    if faults:
        raise BadCalendar("\n".join(faults))
    return Calendar(entered=entered)


def calendar_files(folder: Path) -> list[Path]:
    """The files that `load_calendar` reads."""
    return sorted(folder.glob("*.toml"))


@lru_cache(maxsize=4000)
def _public(day: date) -> bool | None:
    """What the public calendar says of the day; None: that year is not known to it."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def _holiday(day: date) -> str:
    """The name of the public holiday to which a day of rest belongs; empty for a weekend, or a year not known."""
    try:
        _, english = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return ""
    return next((one.chinese for one in chinese_calendar.Holiday if one.value == english), "")


@cache
def _warn_unknown(year: int) -> None:
    _log.warning(
        "%d 年的放假安排还不知道，暂按周一至周五为工作日；请在 config/calendar/%d.toml 写入放假和调休日期", year, year
    )
