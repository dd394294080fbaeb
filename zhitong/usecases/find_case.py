"""Finds the case that a citizen rings about: by the few digits he was told, or by the telephone he rings from."""

from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case
from cases.roles import Action, Actor, may, permit
from zhitong.errors import CaseNotFound
from zhitong.store.cases import case_spoken
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked, shown


def find_case(engine: Engine, short: str, *, by: Actor, now: datetime) -> Case:
    """The case with this spoken number, the caller's number masked; that `by` looked is recorded.

    Only of those not struck off: after that the digits are another's. One that he may not see is not found.
    By telephone: list_cases. Raises NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.SEE)
    with writing(engine) as connection:
        found = case_spoken(connection, short)
        if found is None or not may(by, Action.SEE, found):
            raise CaseNotFound(f"没有口头编号 {short} 的工单（销号以后就收回）；也可以用来电号码查：--caller")
        looked(connection, by, found.number, what="查找", now=now)
    return shown(found, by)
