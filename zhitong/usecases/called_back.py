"""人工回访: what a person found out by calling the citizen. Nothing else ends a case nobody was asked about."""

import uuid
from datetime import datetime

from sqlalchemy import Engine

from cases.callback import Reply
from cases.case import TO_TELL, Case, CaseEvent, CaseState
from cases.roles import Action, Actor, NotPermitted
from zhitong.errors import MoveRefused
from zhitong.store.cases import update_cases
from zhitong.store.due import finish, open_tasks
from zhitong.store.engine import writing
from zhitong.store.tries import NO_TASK, PERSON, put_try
from zhitong.usecases.accused_people import with_accused
from zhitong.usecases.await_person import (
    KIND,
    stands_outside,
    took_from_system,
    why_by_person,
    why_not_yet,
)
from zhitong.usecases.keep_record import end_with_case
from zhitong.usecases.moving import LONGEST_REASON, move, reasoned, tell, to_move
from zhitong.usecases.record_callback import begin_callback, conclude
from zhitong.usecases.rules import Rules

OUTCOMES = {"解决": CaseEvent.CONFIRM, "没解决": CaseEvent.REFUSE, "联系不上": CaseEvent.GIVE_UP}
SATISFIED = {"满意": Reply.YES, "一般": Reply.MIDDLE, "不满意": Reply.NO}
_SOLVED = {CaseEvent.CONFIRM: Reply.YES, CaseEvent.REFUSE: Reply.NO}


def called_back(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    by: Actor,
    outcome: str,
    now: datetime,
    satisfied: str = "",
    why: str = "",
) -> Case:
    """Records it: 销号, 重办, or 销号 as never reached, which only a case that waits for a person may come to.

    satisfied: only of what is solved. why: the citizen's words, kept like those of a call (ADR 0046); of 联系不上 how
    it was tried, kept on the timeline. The system calls first (await_person.why_not_yet).
    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    event, words = _checked(outcome, satisfied, why)
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.CALLED_BACK)
        if not stands_outside(connection, by, case, rules.whose):
            had = f"{by.name}是承办单位的，或者经手过工单 {number}（连同并单的）"
            raise NotPermitted(f"{had}，不能自己回访；请别的人打")
        if took_from_system(connection, rules, by, case):
            why_not = f"不由系统回访，是{by.name}自己写的（{why_by_person(case)}）"
            raise NotPermitted(f"工单 {number} {why_not}；请别的人打、别的人记")
        if case.state not in TO_TELL or case.state is CaseState.CALLBACK:
            now_calling = "系统正在回访" if case.state is CaseState.CALLBACK else f"在“{case.state}”"
            raise MoveRefused(f"工单 {number} {now_calling}，现在不能记人工回访")
        tasks = open_tasks(connection, case_number=number)
        if event is CaseEvent.GIVE_UP and not any(task.kind == KIND for task in tasks):
            raise MoveRefused(f"工单 {number} 系统还在按时段回访，还不到“联系不上”的时候；打不通的会转人工")
        if wait := why_not_yet(connection, rules, case, tasks, now=now):
            raise MoveRefused(f"工单 {number} {wait}")
        concluded = [task for task in tasks if task.kind in ("callback", KIND)]
        put_try(
            connection,
            case_number=number,
            task_id=concluded[0].id if concluded else NO_TASK,
            kind=PERSON,
            number=case.number_to_call,
            dialled_at=now,
            answered=event is not CaseEvent.GIVE_UP,
            person=Reply.YES.value if event in _SOLVED else "",
            solved=_SOLVED[event].value if event in _SOLVED else "",
            satisfied=SATISFIED[satisfied].value if satisfied else "",
            why=words if event in _SOLVED else "",
            outcome=event.value,
        )
        finish(
            connection,
            [task.id for task in concluded],
            at=now,
            outcome=f"人工回访：{outcome}",
        )
        if event is CaseEvent.GIVE_UP:
            end_with_case(connection, number, now=now)
            text = "人工回访也联系不上，销号（没有问到，不算满意）"
            return move(connection, case, event, by=by.name, at=now, text=text, reason=words, concluded_by=by.name)
        case = with_accused(rules, case, said=words)  # whom the citizen names now does not get it back
        told = "，".join(part for part in (f"人工回访：{outcome}", satisfied) if part)
        tell(connection, number, "回访", at=now, text=told, who=by.name, reason="办结后由人回访")
        case = conclude(
            connection, rules, begin_callback(case, now), event, at=now, mark=f"by:{uuid.uuid4().hex}", by=by.name
        )
        update_cases(connection, [case])
        return case


def _checked(outcome: str, satisfied: str, why: str) -> tuple[CaseEvent, str]:
    if outcome not in OUTCOMES:
        raise MoveRefused(f"结果 {outcome!r} 不认识；请用 {'、'.join(OUTCOMES)}")
    if satisfied and satisfied not in SATISFIED:
        raise MoveRefused(f"满意度 {satisfied!r} 不认识；请用 {'、'.join(SATISFIED)}")
    if satisfied and outcome != "解决":
        raise MoveRefused("只有解决了的才问满意不满意")
    words = " ".join(why.split())
    if outcome == "联系不上":
        words = reasoned(why, "联系不上")
    elif not words and (outcome == "没解决" or satisfied == "不满意"):
        raise MoveRefused("没有写群众的原话；没解决、不满意的要写（--why）")
    if len(words) > LONGEST_REASON:
        raise MoveRefused(f"原话有 {len(words)} 个字，最多 {LONGEST_REASON} 个；请写要点")
    return OUTCOMES[outcome], words
