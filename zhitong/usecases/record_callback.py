"""A callback is over: its answers are kept, and the case becomes 销号 or 重办, or is tried again another day."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from cases.callback import Reply, conclusion, for_people, next_attempt
from cases.case import Case, CaseEvent, CaseState, apply
from routing.calendar import LOCAL
from routing.phone import dialled_back
from zhitong.notices.notice import due_kind
from zhitong.store.cases import meet_clock, put_clocks
from zhitong.store.due import LEFT_TO_PERSON, finish, get_task, put_due, put_off
from zhitong.store.people import flags_of
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.store.tries import set_answers
from zhitong.usecases.accused_people import not_with_its_unit
from zhitong.usecases.await_person import ask_person, person_not_needed
from zhitong.usecases.confirm_case import KIND as CONFIRM
from zhitong.usecases.confirm_case import conclude_confirm
from zhitong.usecases.keep_record import end_with_case
from zhitong.usecases.lead_cases import BADLY, lead_row
from zhitong.usecases.learning_clips import learn_row
from zhitong.usecases.recheck import KIND as RECHECK
from zhitong.usecases.recheck import conclude_recheck, recheck_later
from zhitong.usecases.rules import Rules
from zhitong.usecases.suspect_closing import lead_if_false, suspect_refused
from zhitong.usecases.word_to_citizen import ask_to_ring_back


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
    task = get_task(connection, task_id) if task_id is not None else None
    if task is not None and task.kind == CONFIRM:
        return conclude_confirm(connection, rules, case, task, call_id=call_id, answers=answers, at=at)
    said = {question: answers.get(question, "") for question in ("person", "solved", "satisfied", "why")}
    set_answers(connection, call_id, outcome=event.value, **said)
    if task is not None and task.kind == RECHECK:
        conclude_recheck(connection, rules, case, task, call_id=call_id, answers=answers, at=at)
        return case
    if answers.get("learn") == Reply.YES:
        put_due(connection, [learn_row(case, call_id, at)])
    case = begin_callback(case, at)
    if case.state is not CaseState.CALLBACK:
        return case
    if for_people(answers):
        return _leave_to_person(connection, case, task_id=task_id, at=at, mark=call_id, why="没有问到明确的回答")
    if event is CaseEvent.UNREACHED:
        return try_again(connection, rules, case, task_id=task_id, at=at, mark=call_id, why="接通了，没有问到结果")
    if task_id is not None:
        finish(connection, [task_id], at=at, outcome=event.value)
    return conclude(connection, rules, case, event, at=at, mark=call_id)


def conclude(
    connection: Connection, rules: Rules, case: Case, event: CaseEvent, *, at: datetime, mark: str, by: str = ""
) -> Case:
    """The citizen has said it: 销号, or 重办 by the unit that had it. The case as it stands then (not yet written).

    by: the person who asked, empty when the system did. mark: of the call, or another of its own.
    """
    person_not_needed(connection, case, at=at, outcome=event.value)
    for code in ("respond", "progress"):
        meet_clock(connection, case.number, code, round=case.rework, at=at)
    if event is CaseEvent.CONFIRM:
        _tell(connection, case, f"struck-off:{mark}", at, "销号", "群众确认解决，销号", "回访时群众确认", by)
        end_with_case(connection, case.number, now=at)
        recheck_later(connection, rules, case, at=at)
        return apply(case, event, at=at, concluded_by=by)
    suspect_refused(connection, case, at=at)
    case = apply(case, event, at=at)
    clocks = rules.clocks(case, at)
    put_clocks(connection, [(case.number, clock) for clock in clocks])
    until = "；".join(f"{clock.name}最迟 {clock.due_at.astimezone(LOCAL):%m月%d日 %H:%M}" for clock in clocks)
    since = f"{case.answered_at.astimezone(LOCAL):%m月%d日 %H:%M}"
    text = f"群众说没解决，退回重办（第 {case.rework} 次），{until}；时限仍从来电 {since} 算起"
    _tell(connection, case, f"rework:{mark}", at, "重办", text, "回访时群众说没解决", by)
    notice = {"kind": due_kind("rework"), "mark": f"notice:rework:{case.number}:{case.rework}", "due_at": at}
    put_due(connection, [notice | {"case_number": case.number, "call_id": case.call_id}])
    if 0 < rules.lead.reworks <= case.rework:
        put_due(connection, [lead_row(case.number, BADLY, at, again=f"{case.rework}")])
    lead_if_false(connection, case, at=at)
    if not case.unit:
        text = f"工单 {case.number}：群众说没解决，还没有单位在办，请受理台交办"
        record_incident(connection, at=at, kind="callback", mark=f"rework:{mark}", text=text)
        return case
    if not_with_its_unit(connection, case, now=at):
        return case
    text = f"交办：{case.unit}（重办，仍由原来的单位办）"
    _tell(connection, case, f"reassigned:{mark}", at, "交办", text, "群众说没解决", by)
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
    """A callback brought no answer: another day, or, tried often enough, a person is to call. Nothing ends by itself.

    tried: the number was reached; a line of our own that does not work is no reason to give a citizen up, but after
    `no_lines` one to have a person call.
    """
    no_lines = not tried and case.closed_at is not None and at - case.closed_at > rules.callback.no_lines
    if no_lines:
        why = f"{why}，{rules.callback.no_lines.days} 天都打不出去"
    attempts = get_task(connection, task_id).attempts if task_id is not None else rules.callback.attempts
    again = next_attempt(at, attempts if tried else attempts - 1, rules.callback, case.wish)
    cared_for = tried and flags_of(connection, dialled_back(case.number_to_call, rules.area_code))
    if again is not None and task_id is not None and not cared_for and not no_lines:
        put_off(connection, task_id, until=again, claimed=tried)
        _tell(
            connection,
            case,
            f"callback-again:{mark}",
            at,
            "回访",
            f"第 {attempts} 次回访{why}，{again.astimezone(LOCAL):%m月%d日 %H:%M} 再打",
            why,
        )
        return apply(case, CaseEvent.UNREACHED, at=at)
    why = f"打了 {attempts} 次，{why}{'，是重点群众' if cared_for else ''}"
    if (
        task_id
        and not cared_for
        and not no_lines
        and (until := ask_to_ring_back(connection, rules, case, task_id=task_id, at=at, why=why))
    ):
        text = f"系统回访{why}，发短信请群众回电；{until.astimezone(LOCAL):%m月%d日 %H:%M} 还没有，转人工回访"
        _tell(connection, case, f"ring-back:{mark}", at, "回访", text, why)
        return apply(case, CaseEvent.UNREACHED, at=at)
    return _leave_to_person(connection, case, task_id=task_id, at=at, mark=mark, why=why)


def _leave_to_person(
    connection: Connection, case: Case, *, task_id: int | None, at: datetime, mark: str, why: str
) -> Case:
    if task_id is not None:
        finish(connection, [task_id], at=at, outcome=LEFT_TO_PERSON)
    ask_person(connection, case, at=at, why=f"系统回访{why}")
    _tell(connection, case, f"callback-by-person:{mark}", at, "回访", f"系统回访{why}，转人工回访", why)
    return apply(case, CaseEvent.UNREACHED, at=at)


def _tell(
    connection: Connection, case: Case, mark: str, at: datetime, what: str, text: str, reason: str, by: str = ""
) -> None:
    row = {"case_number": case.number, "mark": mark, "at": at, "what": what, "text": text, "reason": reason}
    add_to_timeline(connection, [row | {"who": by} if by else row])
