"""Cases in a list, newest first: those that somebody may see; that he looked is recorded."""

from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.roles import Action, Actor, may, permit
from zhitong.store.cases import find_cases
from zhitong.store.engine import writing
from zhitong.store.sight import seen_by
from zhitong.usecases.looking import looked, shown


def list_cases(
    engine: Engine,
    *,
    by: Actor,
    now: datetime,
    state: CaseState | None = None,
    caller: str = "",
    tag: str = "",
    limit: int = 50,
    unmasked: bool = False,
) -> list[Case]:
    """Up to `limit` cases of a state, a caller or a tag, numbers masked unless asked otherwise.

    Only those that he may see: of his units for handlers and heads, none that complains of him. By caller, none either
    whose caller he may not know: a number that finds a case tells who called. Raises NotPermitted, DatabaseGone.
    """
    if not 1 <= limit <= 1000:
        raise ValueError(f"list_cases: limit is {limit}; ask for 1 to 1000 cases")
    permit(by, Action.SEE)
    if unmasked:
        permit(by, Action.FULL_NUMBERS)
    with writing(engine) as connection:
        looked(connection, by, None, what="列表", now=now, unmasked=unmasked)
        found = find_cases(connection, state=state, caller=caller, tag=tag, limit=limit, sight=seen_by(by))
    return [shown(case, by, unmasked=unmasked) for case in found if not caller or may(by, Action.HEAR, case)]
