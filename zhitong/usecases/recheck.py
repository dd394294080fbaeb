"""回头看: of matters that come again the citizen is asked a month later whether it has lasted. The case stays ended.

Its answers are counted apart (`tries.kind`). What has come back is for people: supervision, and a new case. Who was
there and said nothing plain is asked by a person (recheck_by_person).
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from cases.callback import callback_due, conclusion, for_people, next_attempt
from cases.case import Case, CaseEvent
from zhitong.store.due import DueTask, change_detail, finish, put_due, put_off
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.await_person import why_by_person
from zhitong.usecases.rules import Rules

KIND, BY_PERSON = "recheck", "person_recheck"
_OVER = "over"
"""In the detail of a recheck that is not dialled any more: why."""


def recheck_later(connection: Connection, rules: Rules, case: Case, *, at: datetime) -> None:
    """A case that the citizen says is solved is rechecked, if its matter is one that comes again."""
    callback = rules.callback
    if case.matter in callback.recheck_matters and not why_by_person(case):
        due_at = callback_due(at + callback.recheck_after - callback.after, callback, case.wish)
        row = {"kind": KIND, "mark": f"{KIND}:{case.number}", "case_number": case.number, "call_id": ""}
        put_due(connection, [row | {"due_at": due_at}])


def recheck_again(
    connection: Connection, rules: Rules, case: Case, task: DueTask, *, at: datetime, why: str, tried: bool = True
) -> None:
    """It brought no answer: another day, or not at all any more; whoever has missed the last one may still ring back.

    tried: the number was reached; a line of our own that does not work is no reason to give a citizen up.
    """
    again = next_attempt(at, task.attempts if tried else task.attempts - 1, rules.callback, case.wish)
    if again is not None:
        put_off(connection, task.id, until=again, claimed=tried)
        return
    if recheck_over(connection, case, task, at=at):
        return
    change_detail(connection, task.id, {_OVER: f"打了 {task.attempts} 次都{why}"})
    put_off(connection, task.id, until=at + rules.sms.ring_back, claimed=tried)


def recheck_over(connection: Connection, case: Case, task: DueTask, *, at: datetime) -> bool:
    """Whether the last try was made, and nobody has rung back since: then it has been ended."""
    if _OVER not in task.detail:
        return False
    finish(connection, [task.id], at=at, outcome="没有问到")
    _tell(connection, case, f"{KIND}:{task.id}", at, f"{task.detail[_OVER]}，没有问到")
    return True


def conclude_recheck(
    connection: Connection,
    rules: Rules,
    case: Case,
    task: DueTask,
    *,
    call_id: str,
    answers: Mapping[str, str],
    at: datetime,
) -> None:
    """What was answered: it has lasted, or it has come back and people must see to it."""
    if for_people(answers):
        why = "系统回头看没有问到明确的回答"
        finish(connection, [task.id], at=at, outcome="转人工回头看")
        row = {"kind": BY_PERSON, "mark": f"{BY_PERSON}:{case.number}", "case_number": case.number, "call_id": ""}
        put_due(connection, [row | {"due_at": at, "detail": {"why": why}}])
        _tell(connection, case, f"{KIND}:{call_id}", at, f"{why}，转人工")
        return
    event = conclusion(answers)
    if event is CaseEvent.UNREACHED:
        recheck_again(connection, rules, case, task, at=at, why="没有问到结果")
        return
    lasted = event is CaseEvent.CONFIRM
    finish(connection, [task.id], at=at, outcome="还是好的" if lasted else "又出了问题")
    _tell(connection, case, f"{KIND}:{call_id}", at, "群众说还是好的" if lasted else "群众说又出了问题")
    if not lasted:
        has_come_back(connection, case, mark=f"{KIND}:{call_id}", at=at)


def has_come_back(connection: Connection, case: Case, *, mark: str, at: datetime) -> None:
    """It has not lasted: supervision looks into it, and the desk makes a new case. mark: of the call, or of its own."""
    text = f"工单 {case.number}：回头看，群众说又出了问题，请督查核实、受理台重新立单"
    record_incident(connection, at=at, kind=KIND, mark=mark, text=text)


def _tell(connection: Connection, case: Case, mark: str, at: datetime, text: str) -> None:
    row = {"case_number": case.number, "mark": mark, "at": at, "what": "回头看", "text": text}
    add_to_timeline(connection, [row])
