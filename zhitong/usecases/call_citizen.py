"""给群众回电: an official asks for it on his pocket page; the hotline rings him, and then the citizen, on its line."""

from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.directory import Directory
from zhitong.errors import MoveRefused
from zhitong.store.cases import get_case
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked
from zhitong.usecases.open_matters import waits
from zhitong.usecases.rules import Rules
from zhitong.usecases.staff_calls import put_return


def call_citizen(
    engine: Engine, rules: Rules, directory: Directory, *, number: str, official: str, by: Actor, now: datetime
) -> None:
    """Has the official rung, on his own telephone, for the citizen of the case. official: his id.

    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.HEAR)
    with writing(engine) as connection:
        permit(by, Action.HEAR, get_case(connection, number))
        looked(connection, by, number, what="给群众回电", now=now)
    if waits(engine, rules, directory, case_number=number, official=official, promised=False) is None:
        raise MoveRefused(f"工单 {number} 现在不能从热线回电：办结了、正在通话、没有能打的号码，或者不该由您打")
    known = directory.roster.official(official)
    if known is None or not directory.callable(known, now):
        raise MoveRefused("名单里没有您现在能接的电话，请管理员看值班名单")
    with writing(engine) as connection:
        if not put_return(connection, number, official, at=now):
            raise MoveRefused("已经在叫了，请等电话响")
