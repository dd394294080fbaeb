"""Before the system calls a citizen: whether it may now, which number, and what the call needs to know."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from cases.callback import CallbackBrief, callback_due, in_window, may_call_today, next_attempt
from cases.case import Case, CaseState
from cases.redial import RedialBrief
from routing.phone import BadNumber, mask, may_dial, normalise
from zhitong.errors import CaseNotFound
from zhitong.store.callbacks import attempts_to, put_callback, set_callback
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import DueTask, finish, get_task, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.records import add_to_timeline, record_incident
from zhitong.usecases.apply_facts import redial_again
from zhitong.usecases.call_record import read_call
from zhitong.usecases.record_callback import try_again
from zhitong.usecases.rules import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboundCall:
    """A call to be placed now. number: canonical digits, the caller's of that case and nobody else's."""

    task_id: int
    kind: str  # callback | redial
    case_number: str
    number: str


def place_call(
    engine: Engine, rules: Rules, task: DueTask, *, now: datetime, area_code: str = ""
) -> OutboundCall | None:
    """The call that a due task asks for, or None: then the task has been put off or ended, with the reason kept.

    A callback that is returned counts as dialled, so that a crash cannot make the telephone ring twice a day.
    area_code: completes land lines that came without one. Raises DatabaseGone.
    """
    with writing(engine) as connection:
        try:
            case = get_case(connection, task.case_number or "")
        except CaseNotFound:
            finish(connection, [task.id], at=now, outcome="没有这个工单")
            return None
        try:
            number = normalise(case.caller, area_code=area_code, field="来电号码")
        except BadNumber as error:
            _unreachable(connection, case, task, now, str(error))
            return None
        if not may_dial(number, allowed=frozenset({number})):
            _unreachable(connection, case, task, now, f"{mask(number)} 不是系统可以拨的号码")
            return None
        if task.kind == "callback" and not _callback_allowed(connection, rules, case, task, number, now):
            return None
        return OutboundCall(task_id=task.id, kind=task.kind, case_number=case.number, number=number)


def call_failed(engine: Engine, rules: Rules, *, task_id: int, now: datetime, cause: str) -> None:
    """The call of a task was not picked up, or the trunk refused it: tried again by the rules. Raises DatabaseGone.

    cause: Chinese, e.g. 没人接. For calls that were never opened; those that were end with their own facts.
    """
    with writing(engine) as connection:
        task = get_task(connection, task_id)
        if task.done_at is not None:
            return
        case = get_case(connection, task.case_number or "")
        mark = f"{task.id}:{task.attempts}"
        if task.kind == "redial":
            redial_again(connection, rules, case, task_id=task.id, at=now, mark=mark, why=cause)
            return
        set_callback(connection, task_id=task.id, attempt=task.attempts, outcome=cause[:40])
        if case.state not in (CaseState.CLOSED, CaseState.CALLBACK):
            finish(connection, [task.id], at=now, outcome=f"工单已是{case.state}")
            return
        update_cases(connection, [try_again(connection, rules, case, task_id=task.id, at=now, mark=mark, why=cause)])


def callback_brief(engine: Engine, rules: Rules, *, task_id: int, now: datetime) -> CallbackBrief:
    """What a callback says and promises. Raises TaskNotFound, CaseNotFound, DatabaseGone."""
    with reading(engine) as connection:
        task = get_task(connection, task_id, kind="callback")
        case = get_case(connection, task.case_number or "")
    clocks = rules.clocks(now, case.type, round=case.rework + 1, answered_at=case.answered_at)
    promise = next((clock.due_at for clock in clocks if clock.code == "close"), now + timedelta(days=3))
    return CallbackBrief(
        task_id=task_id,
        case_number=case.number,
        number=case.caller,
        called_at=case.answered_at,
        matter_name=case.matter_name,
        place=case.place,
        unit=case.unit,
        result=case.result,
        disposition=case.disposition,
        promise=promise,
    )


def redial_brief(engine: Engine, *, task_id: int) -> RedialBrief:
    """What the route and the brief of a redial need. Raises TaskNotFound, CaseNotFound, DatabaseGone."""
    with reading(engine) as connection:
        task = get_task(connection, task_id, kind="redial")
        case = get_case(connection, task.case_number or "")
        record = read_call(facts_of(connection, [case.call_id]).get(case.call_id, []))
    return RedialBrief(
        task_id=task_id,
        case_number=case.number,
        number=case.caller,
        called_at=case.answered_at,
        intent=record.asked("intent") or "unclear",
        matter=case.matter,
        matter_name=case.matter_name,
        type=case.type,
        urgency=case.urgency,
        place=case.place,
        danger=record.asked("danger"),
        text=case.transcript,
        clip=record.clip,
        no_recording=record.no_recording,
    )


def _callback_allowed(
    connection: Connection, rules: Rules, case: Case, task: DueTask, number: str, now: datetime
) -> bool:
    if case.state not in (CaseState.CLOSED, CaseState.CALLBACK):
        finish(connection, [task.id], at=now, outcome=f"工单已是{case.state}")
        return False
    if not in_window(now, rules.callback):
        put_off(connection, task.id, until=callback_due(now - rules.callback.after, rules.callback), claimed=False)
        return False
    if not may_call_today(attempts_to(connection, number), now):
        tomorrow = next_attempt(now, 0, rules.callback)
        assert tomorrow is not None
        put_off(connection, task.id, until=tomorrow, claimed=False)
        return False
    put_callback(
        connection, case_number=case.number, task_id=task.id, attempt=task.attempts, number=number, dialled_at=now
    )
    return True


def _unreachable(connection: Connection, case: Case, task: DueTask, now: datetime, why: str) -> None:
    finish(connection, [task.id], at=now, outcome="号码不能拨")
    text = f"{'回访' if task.kind == 'callback' else '回拨'}的号码不能拨，请人工联系：{why}"
    record_incident(
        connection, at=now, kind=task.kind, mark=f"unreachable:{task.id}", text=f"工单 {case.number}：{text}"
    )
    add_to_timeline(
        connection,
        [{"case_number": case.number, "mark": f"unreachable:{task.id}", "at": now, "what": "提醒", "text": text}],
    )
