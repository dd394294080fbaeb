"""移交给人: a case goes to another official, with the reason: of its own unit at once, of another if it takes it.

Whoever it goes to is called and told so; he finds it on the telephone, under his own cases.
"""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.officials import Official
from zhitong.errors import MoveRefused
from zhitong.store.cases import update_cases
from zhitong.store.engine import writing
from zhitong.store.pocket import end_links_of
from zhitong.usecases.accused_people import accused_in
from zhitong.usecases.assign_case import may_be_handed_over, request_unit
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.pocket_links import acts_as
from zhitong.usecases.staff_calls import tell_official

HANDED, ASKED = "handed_to_you", "handed_to_unit"
"""What he is told: that a case is his now, or that his unit is asked to take one."""


def hand_to_official(
    engine: Engine, directory: Directory, *, number: str, to: str, by: Actor, reason: str, now: datetime
) -> bool:
    """Gives the case to the official with this id. Whether it is his now; else his unit has been asked to take it.

    Then the links end by which whoever gave it had it open. Nobody gets it who may not see it or is complained of in
    it. Raises Refused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.HAND_OVER)
    reason = reasoned(reason, "移交")
    other = directory.roster.official(to)
    if other is None or not other.in_post(now.astimezone(LOCAL).date()):
        raise MoveRefused("没有选交给谁，或者这个人不在名单上了；请重新选")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.HAND_OVER)
        may_be_handed_over(case)
        unit = _unit_for(directory, other, case)
        if other.id == by.official:
            raise MoveRefused(f"工单 {number} 已经在您手上")
        if other.id in accused_in(case, directory).officials:
            raise MoveRefused(f"工单 {number} 不能这样交给{other.called}；请换一个人，或者请受理台改派")
        his = unit == case.unit
        if his:
            _hand(connection, directory, case, other, by=by, reason=reason, now=now)
        else:
            request_unit(connection, case, unit, by=by, reason=reason, now=now, whom=other.called)
        mark = f"handed:{number}:{uuid.uuid4().hex}"
        tell_official(connection, other.id, HANDED if his else ASKED, {"who": by.name}, mark=mark, at=now)
    return his


def colleagues(directory: Directory, case: Case, *, but: str, now: datetime) -> Iterator[Official]:
    """Those in post to whom it may be given: of the unit that has it first, then all others. but: one's own id."""
    barred = accused_in(case, directory).officials | {but}
    there = [one for one in directory.roster.officials if one.in_post(now.astimezone(LOCAL).date())]
    able = [one for one in there if one.id not in barred]
    yield from sorted(able, key=lambda one: _unit_for(directory, one, case) != case.unit)


def _hand(
    connection: Connection, directory: Directory, case: Case, other: Official, *, by: Actor, reason: str, now: datetime
) -> None:
    actor = acts_as(connection, directory, other.id, case, now=now)
    if actor is None:
        raise MoveRefused(f"工单 {case.number} 不能交给{other.called}：他看不到这一件；请换一个人")
    if actor.name == case.official:
        raise MoveRefused(f"工单 {case.number} 已经在{other.called}手上")
    update_cases(connection, [replace(case, official=actor.name)])
    text = f"交给{other.called}经办，单位和时限不变"
    tell(connection, case.number, "移交", at=now, text=text, who=by.name, reason=reason)
    if by.official:
        end_links_of(connection, case.number, at=now, official=by.official)


def _unit_for(directory: Directory, official: Official, case: Case) -> str:
    """The name of his unit that has the case, else of his first."""
    names = [directory.unit(code).name for code in (official.unit, *official.units)]
    return case.unit if case.unit in names else names[0]
