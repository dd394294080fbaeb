"""A callback is over: its answers are kept, and the case becomes 销号 or 重办, or is tried again another day."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from cases.callback import conclusion, next_attempt
from cases.case import Case, CaseEvent, CaseState, apply
from routing.calendar import LOCAL
from zhitong.store.cases import put_clocks
from zhitong.store.due import finish, get_task, put_due, put_off
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.store.tries import set_answers
from zhitong.usecases.lead_cases import BADLY, lead_row
from zhitong.usecases.rules import Rules


def begin_callback(case: Case, at: datetime) -> Case:
    """The citizen picked up: 办结 becomes 回访. In any other state the case stays as it is."""
    if case.state not in (CaseState.CLOSED, CaseState.DECLINED):
        return case
    return apply(case, CaseEvent.CALL_BACK, at=at)


def conclude_callback(
    connection: Connection,
    rules: Rules,
    case: Case,
    *,
    task_id: int | None,
    call_id: str,
    answers: Mapping[str, str],
    at: datetime,
) -> Case:
    """Keeps the answers of a callback that was picked up and returns the case as it stands then (not yet written).

    What was answered before a hang-up counts. A 重办 starts clocks of its own; the first ones stay as they are. A case
    that is neither 办结 nor 回访 any more does not move: the answers are kept all the same.
    """
    event = conclusion(answers)
    said = {question: answers.get(question, "") for question in ("person", "solved", "satisfied", "why")}
    set_answers(connection, call_id, outcome=event.value, **said)
    case = begin_callback(case, at)
    if case.state is not CaseState.CALLBACK:
        return case
    if event is CaseEvent.UNREACHED:
        return try_again(connection, rules, case, task_id=task_id, at=at, mark=call_id, why="接通了，没有问到结果")
    if task_id is not None:
        finish(connection, [task_id], at=at, outcome=event.value)
    case = apply(case, event, at=at)
    if event is CaseEvent.CONFIRM:
        _tell(connection, case, f"struck-off:{call_id}", at, "销号", "群众确认解决，销号")
        return case
    clocks = rules.clocks(case, at)
    put_clocks(connection, [(case.number, clock) for clock in clocks])
    until = "；".join(f"{clock.name}最迟 {clock.due_at.astimezone(LOCAL):%m月%d日 %H:%M}" for clock in clocks)
    _tell(
        connection,
        case,
        f"rework:{call_id}",
        at,
        "重办",
        f"群众说没解决，退回重办（第 {case.rework} 次），{until}；时限仍从来电 "
        f"{case.answered_at.astimezone(LOCAL):%m月%d日 %H:%M} 算起",
    )
    if case.rework >= 2:
        put_due(connection, [lead_row(case.number, BADLY, at)])
    if not case.unit:
        return case
    _tell(connection, case, f"reassigned:{call_id}", at, "交办", f"交办：{case.unit}（重办，仍由原来的单位办）")
    return apply(case, CaseEvent.ASSIGN, at=at)


def try_again(
    connection: Connection,
    rules: Rules,
    case: Case,
    *,
    task_id: int | None,
    at: datetime,
    mark: str,
    why: str,
    tried: bool = True,
) -> Case:
    """A callback brought no answer: another day, or, tried often enough, the case is struck off and people are told.

    tried: the number was reached; a line of our own that does not work is no reason to give a citizen up.
    """
    attempts = get_task(connection, task_id).attempts if task_id is not None else rules.callback.attempts
    again = next_attempt(at, attempts if tried else attempts - 1, rules.callback)
    if again is not None and task_id is not None:
        put_off(connection, task_id, until=again, claimed=tried)
        _tell(
            connection,
            case,
            f"callback-again:{mark}",
            at,
            "回访",
            f"第 {attempts} 次回访{why}，{again:%m月%d日 %H:%M} 再打",
        )
        return apply(case, CaseEvent.UNREACHED, at=at)
    if task_id is not None:
        finish(connection, [task_id], at=at, outcome=CaseEvent.GIVE_UP.value)
    text = f"回访 {attempts} 次都{why}，按联系不上销号"
    _tell(connection, case, f"callback-given-up:{mark}", at, "销号", text)
    record_incident(
        connection, at=at, kind="callback", mark=f"given-up:{mark}", text=f"工单 {case.number}：{text}，请人工核实"
    )
    return apply(case, CaseEvent.GIVE_UP, at=at)


def _tell(connection: Connection, case: Case, mark: str, at: datetime, what: str, text: str) -> None:
    add_to_timeline(connection, [{"case_number": case.number, "mark": mark, "at": at, "what": what, "text": text}])
