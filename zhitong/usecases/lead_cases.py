"""领办 by trigger: red, handled badly, or said again and again, a leader owns the case (领导领办制, 奉节).

Red cases are copied to supervision at once, registered within 15 minutes, and have a meeting on site within the hour
(镇雄; the numbers are lead.toml's). Who is complained of never becomes the leader of the case.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.record import RecordKind
from cases.triage import KEYS, RED_CALL, Way
from routing.accused import ids_of
from routing.directory import Directory
from routing.leaders import main_leader
from zhitong.notices.places import SUPERVISION
from zhitong.store.case_records import close_record, records_of
from zhitong.store.cases import count_about, get_case
from zhitong.store.due import DueTask, finish, put_due, withdraw
from zhitong.store.engine import writing
from zhitong.store.records import record_incident
from zhitong.usecases.accused_people import accused_in
from zhitong.usecases.assign_case import lead_case
from zhitong.usecases.emergency import declare, open_one
from zhitong.usecases.keep_record import KIND as RECORD
from zhitong.usecases.keep_record import add_told
from zhitong.usecases.known_by import known_by
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due
from zhitong.usecases.tell_leader import NOTICE
from zhitong.usecases.ways import set_way

KIND = "lead"
RED, SUPERVISE = "红色来电", "领导在通话中按了督查"
BADLY, OVERDUE = "办理不力：多次重办", "办理不力：过了时限好几天"
FALSE = "办理不力：督查查实虚假办结"
BY = "系统"


def lead_row(number: str, why: str, at: datetime, *, again: str = "") -> dict[str, Any]:
    """The due task that gives a case to a leader for this reason, once; again: and once more for each of these."""
    mark = f"{KIND}:{number}:{why}" + (f":{again}" if again else "")
    row = {"kind": KIND, "mark": mark[:120], "case_number": number, "call_id": "", "due_at": at}
    return row | {"detail": {"why": why}}


def key_row(number: str, mark: str, at: datetime) -> dict[str, Any]:
    """The due task that sends a case the way for which an official pressed a key in the talk (cases.triage), once."""
    row = lead_row(number, f"通话中按了{mark}", at)
    return row | {"detail": row["detail"] | {"pressed": mark}}


def is_repeated(connection: Connection, rules: Rules, case: Case, *, at: datetime) -> bool:
    """Whether the citizen has called so often about this matter that a leader is to own the case."""
    often, numbers = rules.lead.repeats, known_by(case, rules.area_code)
    if not (often and case.matter and numbers):
        return False
    since = at - rules.repeat_within
    return count_about(connection, numbers, case.matter, since=since, but=case.number) >= often - 1


def lead_due(engine: Engine, rules: Rules, directory: Directory, *, now: datetime) -> None:
    """Gives the cases that are due for it to their leaders. Raises DatabaseGone."""
    for task in take_due(engine, now=now, kinds=(KIND,)):
        with writing(engine) as connection:
            before = _owners(connection, task, RecordKind.SUPERVISE)
            _lead(connection, rules, task, directory, now)
            leads = directory.supervision.name in _owners(connection, task, RecordKind.LEAD)  # then it is told of that
            if not before and _owners(connection, task, RecordKind.SUPERVISE) and not leads:
                _tell_supervision(connection, task, now)
            finish(connection, [task.id], at=now, outcome="已办")


def _lead(connection: Connection, rules: Rules, task: DueTask, directory: Directory, now: datetime) -> None:
    case, why = get_case(connection, task.case_number or "", to_change=True), str(task.detail["why"])
    if case.state not in OPEN:
        return
    if why == FALSE and not rules.lead.false_closing:
        return
    if pressed := task.detail.get("pressed", ""):
        if pressed in case.marks:  # not taken back meanwhile
            _by_key(connection, rules, case, pressed, directory, now)
        return
    if why == RED and RED_CALL in rules.emergency.triggers and not open_one(connection, case.number):
        declare(connection, rules, case, why=RED, by=BY, now=now, directory=directory)
    if why in (RED, SUPERVISE) and not _has(connection, case, RecordKind.SUPERVISE):
        owner = directory.supervision.name
        add_told(connection, case.number, RecordKind.SUPERVISE, owner=owner, text=why, by=BY, now=now)
    if why == SUPERVISE:
        return
    if why in rules.lead.main:
        barred = ids_of(accused_in(case, directory), directory)
        _follow(connection, case, main_leader(directory, case.unit, barred=barred), why, now, now + rules.lead.follow)
        return
    lead_case(connection, case, leader=leader_of(case, case.unit, directory), why=why, by=BY, now=now)
    if why == RED and case.rework == 0:
        unit = case.unit or directory.unit(directory.home_unit).name
        for kind, within in (
            (RecordKind.REGISTER, rules.lead.registered),
            (RecordKind.ON_SITE, rules.lead.meeting),
        ):
            if not _has(connection, case, kind):
                until = max(now, case.answered_at) + within
                add_told(connection, case.number, kind, owner=unit, text=why, by=BY, now=now, due_at=until)


def _follow(connection: Connection, case: Case, leader: str, why: str, now: datetime, until: datetime) -> None:
    """The main leader owns the case, in place of whoever did, and says until then what has come of it."""
    for one in records_of(connection, case.number, RecordKind.LEAD):
        if one.closed_at is not None:
            continue
        if one.owner == leader and one.due_at is not None:
            return
        close_record(connection, one.id, at=now, by=BY, outcome=f"改由主要领导{leader}领办")
        withdraw(connection, f"{RECORD}:{one.id}", at=now, outcome="改由主要领导领办")
    add_told(connection, case.number, RecordKind.LEAD, owner=leader, text=why, by=BY, now=now, due_at=until)
    text = f"工单 {case.number}：{why}，由主要领导{leader}领办，请告诉他"
    record_incident(connection, at=now, kind=KIND, mark=f"{KIND}:{case.number}:{why}"[:120], text=text)


def _owners(connection: Connection, task: DueTask, kind: RecordKind) -> set[str]:
    """Who leads the case, or watches it, now."""
    found = records_of(connection, task.case_number or "", kind)
    return {one.owner for one in found if one.closed_at is None}


def _tell_supervision(connection: Connection, task: DueTask, now: datetime) -> None:
    """It is told that there is a case to watch, as its leader is by himself (tell_leader)."""
    row = {"kind": NOTICE, "mark": f"notice:{task.mark}"[:120], "case_number": task.case_number}
    put_due(connection, [row | {"call_id": "", "due_at": now, "detail": {"to": [SUPERVISION]}}])


def _by_key(
    connection: Connection, rules: Rules, case: Case, pressed: str, directory: Directory, now: datetime
) -> None:
    """What people have sorted stays; an emergency is one whatever they said before."""
    way, why = KEYS[pressed], f"通话中领导按了“{pressed}”"
    if way is Way.EMERGENCY and pressed in rules.emergency.triggers:
        if not open_one(connection, case.number):
            declare(connection, rules, case, why=why, by=BY, now=now, directory=directory)
    elif set_way(connection, case.number, way, by=BY, now=now, reason=why, unless_set=True) and way is Way.ESCALATE:
        leader = leader_of(case, case.unit, directory)
        lead_case(connection, case, leader=leader, why=f"难事上报：{why}", by=BY, now=now)


def _has(connection: Connection, case: Case, kind: RecordKind) -> bool:
    return any(record.closed_at is None for record in records_of(connection, case.number, kind))
