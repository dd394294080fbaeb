"""A sheet of who is on duty, with names and numbers, leaves the system: that somebody took it is recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from zhitong.store.engine import writing
from zhitong.store.records import record_access
from zhitong.store.roster_sheets import newest_sheet


def sheet_to_export(engine: Engine, unit: str, *, who: str, now: datetime) -> tuple[Mapping[str, Any], datetime] | None:
    """The sheet the unit imported last, and when; None: none that stands. That `who` exports it is recorded.

    Raises DatabaseGone.
    """
    with writing(engine) as connection:
        record_access(connection, at=now, who=who, case_number=None, what="导出值班表", unmasked=True)
        return newest_sheet(connection, unit)
