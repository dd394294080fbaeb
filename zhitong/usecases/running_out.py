"""Cases whose time for the result is nearly over, or has been for some days, for somebody who may see them."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.case import Case
from cases.roles import Action, Actor, permit
from cases.sla import SlaClock
from cases.warning import runs
from zhitong.store.cases import clocks_running_out
from zhitong.store.engine import writing
from zhitong.store.sight import seen_by
from zhitong.usecases.looking import looked, shown

AHEAD, BACK = timedelta(hours=24), timedelta(days=7)
"""So far ahead is soon; what has been over for longer than that supervision lists."""


def running_out(engine: Engine, *, by: Actor, now: datetime, limit: int = 20) -> list[tuple[Case, SlaClock]]:
    """Up to `limit`, the first due first; that he looked is recorded. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SEE)
    with writing(engine) as connection:
        looked(connection, by, None, what="快到时限", now=now)
        how = {"since": now - BACK, "until": now + AHEAD}
        found = clocks_running_out(connection, **how, sight=seen_by(by), limit=limit)
    return [(shown(case, by), clock) for case, clock in found if runs(clock, case)]
