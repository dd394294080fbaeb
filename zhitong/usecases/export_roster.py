"""A sheet of who is on duty, with names and numbers, leaves the system: that somebody took it is recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.directory import Directory
from zhitong.store.engine import writing
from zhitong.store.roster_sheets import newest_sheet
from zhitong.usecases.looking import looked
from zhitong.usecases.roster_rights import permit_units


def sheet_to_export(
    engine: Engine, base: Directory, unit: str, *, by: Actor, now: datetime
) -> tuple[Mapping[str, Any], datetime] | None:
    """The sheet the unit imported last, and when; None: none that stands. That he exports it is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.EXPORT_ROSTER)
    permit_units(by, Action.EXPORT_ROSTER, [base.unit(unit).name])
    with writing(engine) as connection:
        looked(connection, by, None, what="导出值班表", now=now, unmasked=True)
        return newest_sheet(connection, unit)
