"""批准、不同意: a leader answers a unit that asked for time. Only then a date moves, and the citizen is told of it."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor
from cases.sla import Limit, counted
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused
from zhitong.store.case_records import close_record, grant_record
from zhitong.store.due import put_due
from zhitong.store.engine import writing
from zhitong.usecases.ask_time import may_extend, may_suspend, open_request, running
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.reckon_clocks import Moved, citizen_to_be_told, reckon_clocks
from zhitong.usecases.resume_case import RESUME
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import perhaps_himself


def grant_time(engine: Engine, rules: Rules, *, number: str, by: Actor, now: datetime) -> list[Moved]:
    """Grants it; returns what moved. What has run out meanwhile cannot be granted any more.

    Raises MoveRefused, NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    with writing(engine) as connection:
        case, asked = _asked(connection, number, by)
        if perhaps_himself(connection, asked.opened_by, by, rules.whose):
            raise MoveRefused(f"{asked.kind}是您申请的，要由别人批准")
        if case.state not in OPEN or asked.detail["round"] != case.rework:
            raise MoveRefused(f"工单 {number} 在“{case.state}”，申请的时限已经不在了；请不同意（zhitong case deny）")
        detail = {**asked.detail, "granted_at": now.isoformat(), "granted_by": by.name}
        if asked.kind is RecordKind.EXTENSION:
            moved = _extend(connection, rules, case, asked, detail, now, by.name)
        else:
            moved = _suspend(connection, rules, case, asked, detail, now)
        until = "，".join(f"{new.name}改到 {new.due_at.astimezone(LOCAL):%m月%d日 %H:%M}" for _, new in moved)
        text = f"{by.name}批准{asked.kind}：{until}；从什么时候算起不变"
        tell(connection, number, asked.kind.value, at=now, text=text, who=by.name, reason=asked.text)
        citizen_to_be_told(connection, rules, case, moved, now=now)
        return moved


def deny_time(engine: Engine, *, number: str, by: Actor, reason: str, now: datetime) -> None:
    """Nothing moves. Raises as above."""
    reason = reasoned(reason, "不同意")
    with writing(engine) as connection:
        _, asked = _asked(connection, number, by)
        close_record(connection, asked.id, at=now, by=by.name, outcome=f"不同意：{reason}")
        text = f"{by.name}不同意{asked.kind}，时限不变"
        tell(connection, number, asked.kind.value, at=now, text=text, who=by.name, reason=reason)


def _extend(
    connection: Connection,
    rules: Rules,
    case: Case,
    asked: CaseRecord,
    detail: dict[str, object],
    now: datetime,
    by: str,
) -> list[Moved]:
    clock = next((one for one, _ in running(connection, rules, case) if one.code == asked.detail["code"]), None)
    if clock is None:
        raise MoveRefused(f"工单 {case.number} 的这个时限已经办到了，不用延")
    count, unit = asked.detail["count"], asked.detail["unit"]
    extension = rules.terms(case, clock)[1].extension or Limit(most=0, unit=unit)
    may_extend(connection, case, clock, extension, count, now)
    grant_record(connection, asked.id, detail)
    moved = reckon_clocks(connection, rules, case)
    new = next((new for _, new in moved if new.code == clock.code), clock)
    grant_record(connection, asked.id, detail | {"old": clock.due_at.isoformat(), "new": new.due_at.isoformat()})
    close_record(connection, asked.id, at=now, by=by, outcome=f"同意延 {counted(count, unit)}")
    return moved


def _suspend(
    connection: Connection, rules: Rules, case: Case, asked: CaseRecord, detail: dict[str, object], now: datetime
) -> list[Moved]:
    assert asked.due_at is not None
    may_suspend(connection, rules, case, asked.due_at, now)
    grant_record(connection, asked.id, detail)
    row = {"kind": RESUME, "mark": f"{RESUME}:{asked.id}", "case_number": case.number, "call_id": ""}
    put_due(connection, [row | {"due_at": asked.due_at, "detail": {"record": asked.id}}])
    return reckon_clocks(connection, rules, case)


def _asked(connection: Connection, number: str, by: Actor) -> tuple[Case, CaseRecord]:
    case = to_move(connection, number, by, Action.GRANT_TIME)
    asked = open_request(connection, number)
    if asked is None:
        raise MoveRefused(f"工单 {number} 没有等答复的延期或挂起")
    return case, asked
