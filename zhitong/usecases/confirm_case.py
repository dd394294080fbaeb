"""核实电话: whose case came by web or letter is called first: is it his, and what would he add?

The unit works on it meanwhile. Who cannot be reached, may not be rung by a machine, or says that it is not his, is left
to a person: `zhitong case todo`, `zhitong case confirmed`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.callback import callback_due, in_window, next_attempt
from cases.case import OPEN, Case
from cases.confirm import Confirmed, confirmed
from cases.redial import AT_ONCE
from cases.roles import Action, Actor, permit
from cases.wish import APPOINTMENT
from ivr.script import is_secret
from zhitong.errors import MoveRefused
from zhitong.store.cases import update_cases
from zhitong.store.due import DueTask, finish, open_tasks, put_due, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.store.tries import set_answers
from zhitong.usecases.accused_people import with_accused
from zhitong.usecases.moving import LONGEST_REASON, reasoned, tell, to_move
from zhitong.usecases.rules import Rules

KIND, BY_PERSON = "confirm", "person_confirm"
WARNING = "还没有跟群众核实过是不是本人反映的（核实电话）"
OUTCOMES = ("属实", "不是本人", "联系不上")
_SURE, _NOT_HIS = "确认属实", "不是本人反映"


def confirm_later(connection: Connection, rules: Rules, case: Case, *, at: datetime) -> None:
    """A case that came in writing: its citizen is called in the next window, red and orange at once.

    Without a number nobody is called; what no machine may ring about is a person's.
    """
    if not case.number_to_call:
        return
    if why := why_no_machine(case):
        ask_person_to_confirm(connection, case, at=at, why=why)
        return
    due_at = at if case.urgency in AT_ONCE else callback_due(at - rules.callback.after, rules.callback, case.wish)
    row = {"kind": KIND, "mark": f"{KIND}:{case.number}", "case_number": case.number, "call_id": ""}
    put_due(connection, [row | {"due_at": due_at}])


def may_confirm_now(connection: Connection, rules: Rules, case: Case, task: DueTask, now: datetime) -> bool:
    """Whether the citizen may be called now; else the task has been ended or put off."""
    if case.state not in OPEN:
        finish(connection, [task.id], at=now, outcome=f"工单已是{case.state}")
        return False
    if why := why_no_machine(case):
        finish(connection, [task.id], at=now, outcome="转人工核实")
        ask_person_to_confirm(connection, case, at=now, why=why)
        return False
    if case.urgency not in AT_ONCE and not in_window(now, rules.callback, case.wish):
        due_at = callback_due(now - rules.callback.after, rules.callback, case.wish)
        put_off(connection, task.id, until=due_at, claimed=False)
        return False
    return True


def why_no_machine(case: Case) -> str:
    """Why no machine may ring this citizen; empty where it may."""
    if case.secrecy or is_secret(case.type, f"{case.demand}{case.transcript}"):
        return "举报、保密、匿名的只由人核实"
    return "群众要先约时间" if case.call_when == APPOINTMENT else ""


def confirm_again(
    connection: Connection,
    rules: Rules,
    case: Case,
    task: DueTask,
    *,
    at: datetime,
    why: str,
    rang: bool = True,
    reached: bool = True,
) -> None:
    """It brought no answer: another day; after the attempts, and at once when it is urgent and has rung, a person.

    rang: the telephone did; reached: our own lines did not fail, which is no reason to give anybody up.
    """
    if case.urgency in AT_ONCE:
        again = None if rang or task.attempts >= rules.callback.attempts else at + rules.redial.again_after
    else:
        attempts = task.attempts if reached else task.attempts - 1
        again = next_attempt(at, attempts, rules.callback, case.wish)
    if again is not None:
        put_off(connection, task.id, until=again, claimed=reached)
        return
    _to_person(connection, case, task, at=at, why=f"打了 {task.attempts} 次核实电话，{why}")


def confirm_not_today(connection: Connection, rules: Rules, case: Case, task: DueTask, *, at: datetime) -> None:
    """This number has rung unanswered today already: tomorrow, but what is urgent is a person's now."""
    again = next_attempt(at, 0, rules.callback, case.wish)
    if case.urgency in AT_ONCE or again is None:
        _to_person(connection, case, task, at=at, why="这个号码今天已经打过，没有接")
    else:
        put_off(connection, task.id, until=again, claimed=False)


def conclude_confirm(
    connection: Connection,
    rules: Rules,
    case: Case,
    task: DueTask,
    *,
    call_id: str,
    answers: Mapping[str, str],
    at: datetime,
) -> Case:
    """What was answered, told on the timeline; the case with what was added (not yet written)."""
    found = confirmed(answers)
    outcome = {True: _SURE, False: _NOT_HIS, None: "没有问到"}[found.yours]
    set_answers(connection, call_id, outcome=outcome, person=answers.get("writer", ""))
    if found.yours is None:
        if found.doubtful:
            _to_person(connection, case, task, at=at, why="核实电话没有问到明确的回答")
        else:
            why = "接通了，没有问到结果" if found.writer else "接电话的没有说是本人"
            confirm_again(connection, rules, case, task, at=at, why=why)
        return case
    finish(connection, [task.id], at=at, outcome=outcome)
    text = ("群众确认属实" if found.yours else "群众说不是本人反映的") + ("，并补充了情况" if found.added else "")
    _tell(connection, case, f"{KIND}:{call_id}", at, text)
    if not found.yours:
        _not_his(connection, case, at=at)
    elif found.added and not found.addition:
        text = f"工单 {case.number}：群众在核实电话里补充了情况，没有转成文字，请听录音，或者打电话问"
        record_incident(connection, at=at, kind=KIND, mark=f"added:{call_id}", text=text)
    return with_accused(rules, _with(case, found))


def ask_person_to_confirm(connection: Connection, case: Case, *, at: datetime, why: str) -> None:
    """Leaves it to a person. why: Chinese, without names, numbers or words of the citizen."""
    row = {"kind": BY_PERSON, "mark": f"{BY_PERSON}:{case.number}", "case_number": case.number, "call_id": ""}
    put_due(connection, [row | {"due_at": at, "detail": {"why": why}}])


def unconfirmed(connection: Connection, number: str) -> list[DueTask]:
    """The open tasks of asking this citizen whether the case is his."""
    return [task for task in open_tasks(connection, case_number=number) if task.kind in (KIND, BY_PERSON)]


def awaits_confirmation(engine: Engine, number: str) -> bool:
    """Whether this case's citizen is still to be asked whether it is his. Raises DatabaseGone."""
    with reading(engine) as connection:
        return bool(unconfirmed(connection, number))


def no_more_to_confirm(connection: Connection, case: Case, *, at: datetime) -> str:
    """The case is closed: its callback asks. Returns what to tell of it, empty when it was confirmed or need not be."""
    waiting = [task.id for task in unconfirmed(connection, case.number)]
    finish(connection, waiting, at=at, outcome="已经办结，由回访问")
    return f"；{WARNING}" if waiting else ""


def confirm_by_person(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    by: Actor,
    outcome: str,
    now: datetime,
    added: str = "",
    why: str = "",
) -> Case:
    """What a person found out by calling, or why that could not be. Raises MoveRefused, NotPermitted, CaseNotFound."""
    permit(by, Action.CONFIRM)
    if outcome not in OUTCOMES:
        raise MoveRefused(f"结果 {outcome!r} 不认识；请用 {'、'.join(OUTCOMES)}")
    added = " ".join(added.split())
    if len(added) > LONGEST_REASON:
        raise MoveRefused(f"补充有 {len(added)} 个字，最多 {LONGEST_REASON} 个；请写要点")
    reason = reasoned(why, outcome) if why.strip() or outcome != "属实" else ""
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.CONFIRM, merged=True)
        waiting = unconfirmed(connection, number)
        if not waiting:
            raise MoveRefused(f"工单 {number} 没有在等核实；网上、来信的才要核实，核实过的不用再记")
        finish(connection, [task.id for task in waiting], at=now, outcome=f"人工核实：{outcome}")
        told = {"属实": _SURE, "不是本人": _NOT_HIS}.get(outcome, outcome)
        text = f"人工核实：{told}" + ("，群众补充了情况" if added else "")
        tell(connection, number, "核实", at=now, text=text, who=by.name, reason=reason)
        if added:
            case = with_accused(rules, _with(case, Confirmed(addition=added)))
            update_cases(connection, [case])
        return case


def _with(case: Case, found: Confirmed) -> Case:
    more = f"补充：{found.addition}"
    if not found.addition or more in case.transcript:
        return case
    return replace(case, transcript=f"{case.transcript}\n{more}".strip())


def _not_his(connection: Connection, case: Case, *, at: datetime) -> None:
    ask_person_to_confirm(connection, case, at=at, why=f"群众说{_NOT_HIS}的")
    text = f"工单 {case.number}：群众在核实电话里说不是他反映的，请受理台核实是谁反映的、还办不办"
    record_incident(connection, at=at, kind=KIND, mark=f"{KIND}:{case.number}", text=text)


def _to_person(connection: Connection, case: Case, task: DueTask, *, at: datetime, why: str) -> None:
    finish(connection, [task.id], at=at, outcome="转人工核实")
    ask_person_to_confirm(connection, case, at=at, why=why)
    _tell(connection, case, f"{KIND}-by-person:{task.id}", at, f"{why}，转人工核实")


def _tell(connection: Connection, case: Case, mark: str, at: datetime, text: str) -> None:
    add_to_timeline(connection, [{"case_number": case.number, "mark": mark, "at": at, "what": "核实", "text": text}])
