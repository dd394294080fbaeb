"""恢复: a suspended case goes on, sooner than was granted, or by itself at the date."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor
from cases.warning import runs
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused
from zhitong.store.case_records import close_record, get_record, records_of
from zhitong.store.cases import clocks_of
from zhitong.store.due import DueTask, finish, withdraw
from zhitong.store.engine import writing
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.reckon_clocks import Moved, citizen_to_be_told, reckon_clocks
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due

RESUME = "resume"
"""A suspension ends. detail: record."""


def resume_case(engine: Engine, rules: Rules, *, number: str, by: Actor, reason: str, now: datetime) -> list[Moved]:
    """The clocks run on from now; returns what moved: due so much sooner. Raises MoveRefused, NotPermitted …"""
    reason = reasoned(reason, "恢复")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.RESUME)
        record = _suspension(connection, number, now)
        close_record(connection, record.id, at=now, by=by.name, outcome=f"提前恢复：{reason}")
        withdraw(connection, f"{RESUME}:{record.id}", at=now, outcome="提前恢复了")
        moved = reckon_clocks(connection, rules, case)
        until = "，".join(
            f"{clock.name}最迟 {clock.due_at.astimezone(LOCAL):%m月%d日 %H:%M}"
            for clock in clocks_of(connection, number)
            if runs(clock, case)
        )
        text = f"{by.name}恢复，时限接着走：{until}"
        tell(connection, number, "恢复", at=now, text=text, who=by.name, reason=reason)
        citizen_to_be_told(connection, rules, case, moved, now=now)
        return moved


def end_suspensions(engine: Engine, *, now: datetime) -> None:
    """Notes what has ended by itself; its clocks knew from the day it was granted. Raises DatabaseGone."""
    for task in take_due(engine, now=now, kinds=(RESUME,)):
        with writing(engine) as connection:
            _end(connection, task, now)


def _end(connection: Connection, task: DueTask, now: datetime) -> None:
    record = get_record(connection, int(task.detail["record"]))
    if record is not None and close_record(connection, record.id, at=task.due_at, by="系统", outcome="到期自己恢复"):
        text = "挂起到期，时限接着走"
        tell(connection, record.case_number, "恢复", at=task.due_at, text=text, who="系统", reason=record.text)
    finish(connection, [task.id], at=now, outcome="到期恢复了")


def _suspension(connection: Connection, number: str, now: datetime) -> CaseRecord:
    for record in records_of(connection, number, RecordKind.SUSPENSION):
        running = record.closed_at is None and record.due_at is not None and now < record.due_at
        if running and record.detail.get("granted_at"):
            return record
    raise MoveRefused(f"工单 {number} 没有挂起")
