"""日提醒 周对账 月考评 make themselves, each once: a sheet in the folder of reports; each unit gets a notice a day."""

from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path

from sqlalchemy import Engine

from routing.calendar import LOCAL, Calendar
from zhitong.sheet_files import write_rows
from zhitong.usecases.reports import (
    Table,
    daily,
    moments,
    month_before,
    monthly,
    remind_units,
    week_before,
    weekly,
)
from zhitong.usecases.rules import Rules

FROM = time(8, 30)
"""Local; no report is made before it on its day."""


def make_reports(
    engine: Engine, rules: Rules, calendar: Calendar, *, folder: Path, now: datetime, targets: Mapping[str, float]
) -> list[Path]:
    """Writes what is to be there by now and is not: today's on a workday, last week's, last month's; returns the new.

    One that exists is not made again, whatever has changed since. Raises DatabaseGone, ReportRefused, OSError.
    """
    local = now.astimezone(LOCAL)
    today, made = local.date(), list[Path]()
    if local.time() < FROM:
        return made
    folder.mkdir(parents=True, exist_ok=True)
    monday, sunday = week_before(today)
    first, last = month_before(today)
    paths = {
        "day": folder / f"日提醒-{today}.xlsx",
        "week": folder / f"周对账-{monday}至{sunday}.xlsx",
        "month": folder / f"月考评-{first:%Y-%m}.xlsx",
    }
    if calendar.is_workday(today) and not paths["day"].exists():
        remind_units(engine, now=now)  # again after a crash in between: each notice has a mark of its own
        made.append(_write(paths["day"], daily(engine, now=now)))
    if not paths["week"].exists():
        since, until = moments(monday, sunday)
        made.append(_write(paths["week"], weekly(engine, since=since, until=until)))
    if not paths["month"].exists():
        since, until = moments(first, last)
        table = monthly(engine, rules, since=since, until=until, now=now, targets=targets)
        made.append(_write(paths["month"], table))
    return made


def _write(path: Path, table: Table) -> Path:
    write_rows(path, table.headings, table.rows, title=path.stem.partition("-")[0])
    return path
