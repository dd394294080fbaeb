"""交办 签收 办理 退单 移交: a unit gets a case, and may be rid of it only where another one has it. No clock moves.

首交责任制: who gets a case first takes it, whatever he thinks of it (奉节). It may be returned once, with a reason;
after that nobody passes it on: the first unit has it, and a leader owns it (领导领办制).
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case, CaseEvent, allowed
from cases.record import PASSED_ABOUT, CaseRecord, RecordKind
from cases.roles import Action, Actor, is_accused
from zhitong.errors import MoveRefused
from zhitong.near_names import no_unit
from zhitong.store.case_records import add_record, close_record, merged_with, records_of
from zhitong.store.cases import get_case, meet_clock
from zhitong.store.engine import writing
from zhitong.store.records import end_incident_of, record_incident
from zhitong.usecases.look_alike import seen_to
from zhitong.usecases.moving import move, reasoned, tell, to_move
from zhitong.usecases.must_tell import must_tell
from zhitong.usecases.tell_leader import tell_leader


def assign_case(
    engine: Engine,
    *,
    number: str,
    unit: str,
    by: Actor,
    reason: str,
    units: Collection[str],
    now: datetime,
    must: tuple[str, ...] = (),
) -> Case:
    """Gives the case to a unit. units: the names of those there are; must: what the case must tell (必填项).

    Raises Refused, NotPermitted, CaseNotFound.
    """
    reason = reasoned(reason, "交办")
    _known(unit, units)
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.ASSIGN)
        _not_about(case, unit)
        must_tell(replace(case, unit=unit), must)
        seen_to(connection, number, by=by.name, now=now, outcome=f"交办了：{unit}")
        return _assign(connection, case, unit, by=by.name, reason=reason, now=now)


def sign_for(engine: Engine, *, number: str, by: Actor, now: datetime) -> Case:
    """The unit has it: unconditionally. Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone."""
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.SIGN_FOR)
        text = f"{case.unit}签收"
        return move(connection, case, CaseEvent.SIGN_FOR, by=by.name, at=now, text=text, official=by.name)


def start_case(engine: Engine, *, number: str, by: Actor, now: datetime) -> Case:
    """Work has begun; from here on it cannot be returned. Raises MoveRefused, NotPermitted, CaseNotFound."""
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.START)
        return move(connection, case, CaseEvent.START, by=by.name, at=now, text=f"{case.unit}开始办理")


def return_case(
    engine: Engine, *, number: str, by: Actor, reason: str, leader: Callable[[Case], str], now: datetime
) -> Case:
    """Back to the desk, once. A second unit that wants to be rid of it: the first one has it, and its leader owns it.

    leader: who owns it then (lead_cases.leader_of). Raises Refused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    reason = reasoned(reason, "退单")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.RETURN)
        if not (case.returns or case.rework) or CaseEvent.RETURN not in allowed(case.state):
            text = f"{case.unit}退单，时限不变"
            returned = move(connection, case, CaseEvent.RETURN, by=by.name, at=now, text=text, reason=reason)
            told = f"工单 {number}：{case.unit}退单，现在没有单位在办，请受理台看原因后交办"
            record_incident(connection, at=now, kind="return", mark=f"return:{number}", text=told)
            return returned
        tell(connection, number, "退单", at=now, text=f"{case.unit}又要退单", who=by.name, reason=reason)
        lead_case(connection, case, leader=leader(case), why=PASSED_ABOUT, by="系统", now=now)
        unit, why = case.first_unit, "退过一次单，按首交责任由首接单位办"
        if is_accused(case, unit):  # 信访工作条例 第三十条
            unit, why = case.unit, "退过一次单，首接单位不能办这一件，由现在的单位办"
        return _assign(connection, case, unit, by="系统", reason=why, now=now)


def lead_case(connection: Connection, case: Case, *, leader: str, why: str, by: str, now: datetime) -> None:
    """A leader owns the case from now on (领办), beside its state; one who does already stays."""
    if any(one.closed_at is None for one in records_of(connection, case.number, RecordKind.LEAD)):
        return
    id = add_record(connection, case_number=case.number, kind=RecordKind.LEAD, owner=leader, text=why, at=now, by=by)
    tell(connection, case.number, "领办", at=now, text=f"{leader}领办", who=by, reason=why)
    tell_leader(connection, case.number, id, at=now)


def ask_hand_over(
    engine: Engine, *, number: str, to: str, by: Actor, reason: str, units: Collection[str], now: datetime
) -> int:
    """Asks another unit to take the case; until it does, it stays where it is. Returns the number of the request.

    Raises Refused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    reason = reasoned(reason, "移交")
    _known(to, units)
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.HAND_OVER)
        return request_unit(connection, case, to, by=by, reason=reason, now=now)


def request_unit(
    connection: Connection, case: Case, to: str, *, by: Actor, reason: str, now: datetime, whom: str = ""
) -> int:
    """The same inside a transaction, for who may and with a reason. whom: the official of that unit who is meant.

    Raises MoveRefused.
    """
    number = case.number
    _not_about(case, to)
    may_be_handed_over(case)
    if to == case.unit:
        raise MoveRefused(f"工单 {number} 已经在{to}")
    if open_request := _requests(connection, number):
        raise MoveRefused(f"工单 {number} 已经请{open_request[0].owner}接，等它答复以后再说")
    text = f"{case.unit}请{to}{f'的{whom}' if whom else ''}接"
    tell(connection, number, "移交", at=now, text=text, who=by.name, reason=reason)
    return add_record(
        connection, case_number=number, kind=RecordKind.HAND_OVER, owner=to, text=reason, at=now, by=by.name
    )


def may_be_handed_over(case: Case) -> None:
    """Raises MoveRefused for a case that is not where it could be given to anybody else."""
    if CaseEvent.HAND_OVER not in allowed(case.state):
        raise MoveRefused(f"工单 {case.number} 在“{case.state}”，不能移交")


def answer_hand_over(engine: Engine, *, number: str, by: Actor, takes: bool, reason: str, now: datetime) -> Case:
    """The unit that was asked takes the case, or does not: then it stays where it is. Raises as above."""
    reason = reasoned(reason, "接" if takes else "不接") if reason.strip() or not takes else ""
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.TAKE)
        asked = [request for request in _requests(connection, number) if request.owner in by.units]
        if not asked:
            raise MoveRefused(f"工单 {number} 没有请{'、'.join(sorted(by.units)) or '您的单位'}接")
        unit = asked[0].owner
        close_record(connection, asked[0].id, at=now, by=by.name, outcome="接了" if takes else f"不接：{reason}")
        if not takes:
            tell(connection, number, "移交", at=now, text=f"{unit}不接，仍由{case.unit}办", who=by.name, reason=reason)
            return case
        return move(
            connection,
            case,
            CaseEvent.HAND_OVER,
            by=by.name,
            at=now,
            text=f"{unit}接，{case.unit}移交，时限不变",
            reason=reason,
            unit=unit,
            official=by.name,
        )


def _assign(connection: Connection, case: Case, unit: str, *, by: str, reason: str, now: datetime) -> Case:
    for request in _requests(connection, case.number):
        close_record(connection, request.id, at=now, by=by, outcome="改派了")
    end_incident_of(connection, f"return:{case.number}", at=now, by=by, outcome=f"交办：{unit}")
    for number in (case.number, *(one.case_number for one in merged_with(connection, case.number))):
        meet_clock(connection, number, "assign", round=get_case(connection, number).rework, at=now)
    return move(connection, case, CaseEvent.ASSIGN, by=by, at=now, text=f"交办：{unit}", reason=reason, unit=unit)


def _requests(connection: Connection, number: str) -> list[CaseRecord]:
    return [one for one in records_of(connection, number, RecordKind.HAND_OVER) if one.closed_at is None]


def _not_about(case: Case, unit: str) -> None:
    if is_accused(case, unit):
        raise MoveRefused(f"工单 {case.number} 举报的就是{unit}，不能交给它办（信访工作条例 第三十条）；请交别的单位")


def _known(unit: str, units: Collection[str]) -> None:
    if unit not in units:
        raise MoveRefused(no_unit(unit, units))
