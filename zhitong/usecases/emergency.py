"""应急: what happens now is looked at now, where it happens (突发立即核实；现场录像、三方沟通, 威信).

One record with an owner, until somebody is to be there, and an outcome; opening it does all the rest at once.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.record import RecordKind
from cases.roles import Action, Actor, is_accused, permit
from cases.triage import Way
from cases.warning import Told
from routing.directory import Directory
from zhitong.errors import MoveRefused
from zhitong.notices.notice import due_kind
from zhitong.store.case_records import records_of
from zhitong.store.cases import update_cases
from zhitong.store.due import put_due
from zhitong.store.engine import writing
from zhitong.usecases.assign_case import lead_case
from zhitong.usecases.keep_record import LONGEST_OWNER, add_told
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.moving import reasoned, tell, to_move, unreadable
from zhitong.usecases.reckon_clocks import restart_clocks
from zhitong.usecases.rules import Rules
from zhitong.usecases.ways import set_way

NOTICE = due_kind("emergency")
TOLD = (Told.HANDLER, Told.HEAD, Told.LEADER)


def open_emergency(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    reason: str,
    by: Actor,
    now: datetime,
    directory: Directory,
    owner: str = "",
) -> int:
    """Opens 应急 of a case that is worked on; returns the number of its record. owner: its unit unless told otherwise.

    Raises MoveRefused, NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    permit(by, Action.EMERGENCY)
    reason, owner = reasoned(reason, "应急"), " ".join(owner.split())
    if len(owner) > LONGEST_OWNER or unreadable(owner):
        raise MoveRefused(f"应急归谁写得不对（{len(owner)} 个字）；请写单位或人的名称，最多 {LONGEST_OWNER} 个字")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.EMERGENCY)
        return declare(connection, rules, case, why=reason, by=by.name, now=now, directory=directory, owner=owner)


def declare(
    connection: Connection,
    rules: Rules,
    case: Case,
    *,
    why: str,
    by: str,
    now: datetime,
    directory: Directory,
    owner: str = "",
) -> int:
    """The case turns red, has a leader, supervision and a date on site, and they are told at once.

    Raises MoveRefused when it is not worked on any more, or is one already.
    """
    if case.state not in OPEN:
        raise MoveRefused(f"工单 {case.number} 在“{case.state}”，不能开应急；又出事的请另开一个工单")
    if there := open_one(connection, case.number):
        raise MoveRefused(f"工单 {case.number} 已经在应急（记录 {there}），了结用 zhitong case record-end {there}")
    named, owner = owner, owner or case.unit or directory.unit(directory.home_unit).name
    if is_accused(case, owner):
        if named:
            raise MoveRefused(f"工单 {case.number} 反映的就是{owner}，应急不能归他；请写别人")
        owner = directory.supervision.name
    id = add_told(connection, case.number, RecordKind.EMERGENCY, owner=owner, text=why, by=by, now=now)
    case = _red(connection, rules, case, by=by, now=now)
    set_way(connection, case.number, Way.EMERGENCY, by=by, now=now, reason=why)
    told, number = f"应急：{why}"[:500], case.number
    lead_case(connection, case, leader=leader_of(case, case.unit, directory), why=told, by=by, now=now)
    watching, there_by = directory.supervision.name, now + rules.emergency.on_site
    _once(connection, number, RecordKind.SUPERVISE, owner=watching, text=told, by=by, now=now)
    _once(connection, number, RecordKind.ON_SITE, owner=owner, text=told, by=by, now=now, due_at=there_by)
    row = {"kind": NOTICE, "mark": f"{NOTICE}:{id}", "case_number": number, "call_id": case.call_id, "due_at": now}
    put_due(connection, [row | {"detail": {"record": id, "tell": [one.value for one in TOLD]}}])
    return id


def open_one(connection: Connection, number: str) -> int:
    """The number of the 应急 that is open; 0: none is."""
    found = [one.id for one in records_of(connection, number, RecordKind.EMERGENCY) if one.closed_at is None]
    return found[-1] if found else 0


def _red(connection: Connection, rules: Rules, case: Case, *, by: str, now: datetime) -> Case:
    if case.urgency == "red":
        return case
    red = replace(case, urgency="red")
    update_cases(connection, [red])
    restart_clocks(connection, rules, case, red, now=now)
    tell(connection, case.number, "改工单", at=now, text="紧急程度：改为红", who=by, reason="应急")
    return red


def _once(
    connection: Connection,
    number: str,
    kind: RecordKind,
    *,
    owner: str,
    text: str,
    by: str,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    if not any(one.closed_at is None for one in records_of(connection, number, kind)):
        add_told(connection, number, kind, owner=owner, text=text, by=by, now=now, due_at=due_at)
