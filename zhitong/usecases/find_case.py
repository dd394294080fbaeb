"""Finds the case that a citizen rings about: by the few digits he was told, or by the telephone he rings from."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case
from routing.phone import mask
from zhitong.errors import CaseNotFound
from zhitong.store.cases import case_spoken
from zhitong.store.engine import writing
from zhitong.store.records import record_access


def find_case(engine: Engine, short: str, *, who: str, now: datetime) -> Case:
    """The case with this spoken number, the caller's number masked; that `who` looked is recorded.

    Only of those not struck off: after that the digits are another's. By telephone: list_cases. Raises CaseNotFound,
    DatabaseGone.
    """
    with writing(engine) as connection:
        found = case_spoken(connection, short)
        if found is None:
            raise CaseNotFound(f"没有口头编号 {short} 的工单（销号以后就收回）；也可以用来电号码查：--caller")
        record_access(connection, at=now, who=who, case_number=found.number, what="查找", unmasked=False)
    return replace(found, caller=mask(found.caller))
