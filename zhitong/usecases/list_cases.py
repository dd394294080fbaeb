"""Cases in a list, newest first; that somebody looked is recorded."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case, CaseState
from routing.phone import mask
from zhitong.store.cases import find_cases
from zhitong.store.engine import writing
from zhitong.store.records import record_access


def list_cases(
    engine: Engine,
    *,
    who: str,
    now: datetime,
    state: CaseState | None = None,
    caller: str = "",
    limit: int = 50,
    unmasked: bool = False,
) -> list[Case]:
    """Up to `limit` cases of a state or a caller, numbers masked unless asked otherwise. Raises DatabaseGone."""
    if not 1 <= limit <= 1000:
        raise ValueError(f"list_cases: limit is {limit}; ask for 1 to 1000 cases")
    with writing(engine) as connection:
        record_access(connection, at=now, who=who, case_number=None, what="列表", unmasked=unmasked)
        found = find_cases(connection, state=state, caller=caller, limit=limit)
    return (
        found
        if unmasked
        else [replace(case, caller=mask(case.caller), contact=case.contact and mask(case.contact)) for case in found]
    )
