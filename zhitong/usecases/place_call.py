"""Before the system calls a citizen: whether it may now, which number, and what the call needs to know."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, Engine

from cases.attempt import Attempt
from cases.callback import CallbackBrief, callback_due, drawn, in_window, next_attempt
from cases.case import OPEN, TO_TELL, Case, CaseState
from cases.redial import RedialBrief, held_until
from cases.tries import Outcome, Try, may_ring_today
from recordings.recording import RecordingKind
from routing.calendar import LOCAL
from routing.phone import BadNumber, dialled_back, mask, may_dial, normalise
from zhitong.errors import CaseNotFound
from zhitong.store.attempts import end_attempt, put_attempt
from zhitong.store.cases import get_case, is_calling, update_cases
from zhitong.store.due import LEFT_TO_PERSON, DueTask, finish, get_task, hold, open_tasks_of, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.people import flags_of
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline, first_salt
from zhitong.store.tries import last_try, put_try, set_try, tries_to
from zhitong.usecases.await_person import ask_person, why_by_person
from zhitong.usecases.call_record import read_call
from zhitong.usecases.confirm_case import KIND as CONFIRM
from zhitong.usecases.confirm_case import (
    ask_person_to_confirm,
    confirm_again,
    confirm_not_today,
    may_confirm_now,
    why_no_machine,
)
from zhitong.usecases.earlier_calls import count_earlier
from zhitong.usecases.known_by import known_by, numbers_of
from zhitong.usecases.learning_clips import clip_to_learn
from zhitong.usecases.recheck import KIND as RECHECK
from zhitong.usecases.recheck import recheck_again, recheck_over
from zhitong.usecases.record_callback import try_again
from zhitong.usecases.record_redial import redial_again, redial_by_day, redial_not_today
from zhitong.usecases.rules import Rules
from zhitong.usecases.word_to_citizen import TEXTED

_log = logging.getLogger(__name__)

UNDER_WAY = timedelta(minutes=5)
"""So long nobody else takes a task for which a call is being placed; it rings for less than one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboundCall:
    """A call to be placed now. number: canonical digits, the caller's of that case and nobody else's."""

    task_id: int
    kind: str  # callback | recheck | confirm | redial
    case_number: str
    number: str
    attempt: str = ""
    """Its id, in the database and in Asterisk: no two calls have the same."""


def place_call(
    engine: Engine, rules: Rules, task: DueTask, *, now: datetime, attempt: str = "", switch: str = ""
) -> OutboundCall | None:
    """The call that a due task asks for, or None: then the task has been put off or ended, with the reason kept, or
    somebody else has taken it since.

    A call that is returned counts as dialled, so that a crash cannot make the telephone ring twice a day: looked at and
    written down in one transaction, beside which there is no other. attempt: the id it is to have; switch: the run of
    Asterisk that will dial it. Raises DatabaseGone.
    """
    with writing(engine) as connection:
        if taken_since(connection, task):
            return None
        try:
            case = get_case(connection, task.case_number or "")
        except CaseNotFound:
            finish(connection, [task.id], at=now, outcome="没有这个工单")
            return None
        try:
            number = normalise(case.number_to_call, area_code=rules.area_code, field="来电号码")
        except BadNumber as error:
            _unreachable(connection, case, task, now, str(error))
            return None
        if not may_dial(number, allowed=frozenset({number})):
            _unreachable(connection, case, task, now, f"{mask(number)} 不是系统可以拨的号码")
            return None
        if is_calling(connection, case, known_by(case, rules.area_code)):  # on the line with us this very moment
            put_off(connection, task.id, until=now + rules.redial.first_after, claimed=False)
            return None
        if task.kind in ("callback", RECHECK) and not _callback_allowed(connection, rules, case, task, now):
            return None
        if task.kind == CONFIRM and not may_confirm_now(connection, rules, case, task, now):
            return None
        if task.kind == "redial" and (until := held_until(now, case.urgency, task.promised_at, rules.redial)):
            redial_by_day(connection, case, task, at=now, until=until)
            return None
        if not may_ring_today(tries_to(connection, number, since=now - timedelta(days=1)), now):
            _not_today(connection, rules, case, task, now)
            return None
        put_try(connection, case_number=case.number, task_id=task.id, kind=task.kind, number=number, dialled_at=now)
        return written_down(connection, task, number, now=now, attempt=attempt, switch=switch)


def written_down(
    connection: Connection, task: DueTask, number: str, *, now: datetime, attempt: str, switch: str
) -> OutboundCall:
    """The call to be placed; its id is kept before anybody dials it."""
    id = attempt or uuid4().hex
    put_attempt(
        connection, Attempt(id=id, task_id=task.id, kind=task.kind, number=number, switch=switch, placed_at=now)
    )
    hold(connection, task.id, until=now + UNDER_WAY)
    case_number = task.case_number or ""
    return OutboundCall(task_id=task.id, kind=task.kind, case_number=case_number, number=number, attempt=id)


def taken_since(connection: Connection, task: DueTask) -> bool:
    """Whether a task that was taken has been ended, or taken by another, since: its taker stood still for so long."""
    now = get_task(connection, task.id)
    return now.done_at is not None or now.attempts != task.attempts


def call_failed(
    engine: Engine, rules: Rules, *, task_id: int, now: datetime, outcome: Outcome, attempt: str = ""
) -> None:
    """The call of a task was not picked up, or the trunk refused it: tried again by the rules. Raises DatabaseGone.

    For calls that were never opened; those that were end with their own facts. attempt: the call's id; what became of
    it is written down in the same transaction, and nothing is done if that was known already.
    """
    with writing(engine) as connection:
        if attempt and not end_attempt(connection, attempt, at=now, outcome=outcome.value):
            return
        task = get_task(connection, task_id)
        placed = last_try(connection, task_id)
        if placed is not None and not placed.answered:
            set_try(connection, placed.id, outcome=outcome.value)
        if task.done_at is not None:
            return
        if outcome is Outcome.NOT_DIALLED:
            put_off(connection, task.id, until=task.due_at, claimed=False)
            return
        case = get_case(connection, task.case_number or "")
        mark = f"{task.id}:{now.timestamp():.0f}"
        if task.kind == "redial":
            unanswered = Try(at=now, answered=False, outcome=outcome).unanswered
            redial_again(
                connection, rules, case, task_id=task.id, at=now, mark=mark, why=outcome.value, unanswered=unanswered
            )
            return
        tried = outcome is not Outcome.NO_LINE
        if task.kind == RECHECK:
            recheck_again(connection, rules, case, task, at=now, why=outcome.value, tried=tried)
            return
        if task.kind == CONFIRM:
            rang = Try(at=now, answered=False, outcome=outcome).unanswered
            confirm_again(connection, rules, case, task, at=now, why=outcome.value, rang=rang, reached=tried)
            return
        if case.state not in TO_TELL:
            finish(connection, [task.id], at=now, outcome=f"工单已是{case.state}")
            return
        case = try_again(connection, rules, case, task_id=task.id, at=now, mark=mark, why=outcome.value, tried=tried)
        update_cases(connection, [case])


def callback_brief(engine: Engine, rules: Rules, *, task_id: int, now: datetime) -> CallbackBrief:
    """What a callback says and promises. Raises TaskNotFound, CaseNotFound, DatabaseGone."""
    with reading(engine) as connection:
        task = get_task(connection, task_id)
        if task.kind not in (RECHECK, CONFIRM):
            task = get_task(connection, task_id, kind="callback")
        case = get_case(connection, task.case_number or "")
        secret = first_salt(connection, case.number)
        learns = task.kind == "callback" and rules.callback.learn and clip_to_learn(connection, case, now) is not None
    learn_days = rules.retention.days(RecordingKind.LEARNING, now.astimezone(LOCAL).date()) if learns else 0
    recheck = task.kind == RECHECK
    coached = task.kind == "callback" and drawn(rules.callback.coached, secret, case.number, case.rework)
    channel = case.channel if task.kind == CONFIRM else ""
    brief = _callback_brief(rules, case, task_id, now)
    return replace(brief, recheck=recheck, coached=coached, channel=channel, learn_days=learn_days)


def missed_callback(engine: Engine, rules: Rules, *, caller: str, now: datetime) -> CallbackBrief | None:
    """What is said to a caller whom the system has tried to reach without an answer: by callback, recheck or confirm
    call, that which rang last.

    Raises DatabaseGone.
    """
    numbers = numbers_of(caller, rules.area_code)
    found: list[tuple[datetime, CallbackBrief]] = []
    with reading(engine) as connection:
        for kind in ("callback", RECHECK, CONFIRM) if numbers else ():
            for task in open_tasks_of(connection, numbers, kind):
                case, last = get_case(connection, task.case_number or ""), last_try(connection, task.id)
                if last is None or last.answered or last.outcome == Outcome.NO_LINE.value:
                    continue
                if kind == CONFIRM:
                    may, channel = case.state in OPEN and not why_no_machine(case), case.channel
                else:
                    asked = (CaseState.STRUCK_OFF,) if kind == RECHECK else (CaseState.CLOSED, CaseState.DECLINED)
                    may, channel = case.state in asked and not why_by_person(case), ""
                if may:
                    brief = _callback_brief(rules, case, task.id, now)
                    brief = replace(brief, channel=channel, recheck=kind == RECHECK)
                    found.append((last.dialled_at, brief))
    return max(found, key=lambda one: one[0])[1] if found else None


def _callback_brief(rules: Rules, case: Case, task_id: int, now: datetime) -> CallbackBrief:
    clocks = rules.clocks(replace(case, rework=case.rework + 1), now)
    promise = next((clock.due_at for clock in clocks if clock.code == "close"), now + rules.callback.promise)
    return CallbackBrief(
        task_id=task_id,
        case_number=case.number,
        number=case.number_to_call,
        called_at=case.answered_at,
        matter_name=case.matter_name,
        place=case.place,
        unit=case.unit,
        result=case.result,
        disposition=case.disposition,
        promise=promise,
        round=case.rework,
    )


def redial_brief(engine: Engine, rules: Rules, *, task_id: int) -> RedialBrief:
    """What the route and the brief of a redial need. Raises TaskNotFound, CaseNotFound, DatabaseGone."""
    with reading(engine) as connection:
        task = get_task(connection, task_id, kind="redial")
        case = get_case(connection, task.case_number or "")
        record = read_call(facts_of(connection, [case.call_id]).get(case.call_id, []))
        known = known_by(case, rules.area_code)
        flags = flags_of(connection, dialled_back(case.number_to_call, rules.area_code))
        earlier = count_earlier(connection, rules, numbers=known, call_id=case.call_id, before=case.answered_at)
    return RedialBrief(
        task_id=task_id,
        case_number=case.number,
        number=case.number_to_call,
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
        earlier_calls=earlier,
        care=flags[0].kind if flags else "",
        accused=case.accused,
    )


def _callback_allowed(connection: Connection, rules: Rules, case: Case, task: DueTask, now: datetime) -> bool:
    if case.state not in (TO_TELL if task.kind == "callback" else (CaseState.STRUCK_OFF,)):
        finish(connection, [task.id], at=now, outcome=f"工单已是{case.state}")
        return False
    if why := why_by_person(case):  # known since, or put there by an earlier version
        finish(connection, [task.id], at=now, outcome=LEFT_TO_PERSON if task.kind == "callback" else "不由系统打")
        if task.kind == "callback":
            ask_person(connection, case, at=now, why=why)
        return False
    if task.kind == RECHECK and recheck_over(connection, case, task, at=now):
        return False
    if TEXTED in task.detail:
        finish(connection, [task.id], at=now, outcome="转人工回访")
        ask_person(connection, case, at=now, why=f"系统回访{task.detail[TEXTED]}，短信请回电也没有回")
        text = "短信请群众回电，没有回，转人工回访"
        row = {"case_number": case.number, "mark": f"callback-by-person:{task.id}", "at": now, "what": "回访"}
        add_to_timeline(connection, [row | {"text": text}])
        return False
    if not in_window(now, rules.callback, case.wish):
        due_at = callback_due(now - rules.callback.after, rules.callback, case.wish)
        put_off(connection, task.id, until=due_at, claimed=False)
        return False
    return True


def _not_today(connection: Connection, rules: Rules, case: Case, task: DueTask, now: datetime) -> None:
    if task.kind == "redial":
        redial_not_today(connection, rules, case, task, at=now)
        return
    if task.kind == CONFIRM:
        confirm_not_today(connection, rules, case, task, at=now)
        return
    tomorrow = next_attempt(now, 0, rules.callback, case.wish)
    assert tomorrow is not None
    put_off(connection, task.id, until=tomorrow, claimed=False)


def _unreachable(connection: Connection, case: Case, task: DueTask, now: datetime, why: str) -> None:
    _log.error("refused to dial %s for the %s of case %s", mask(case.caller), task.kind, case.number)
    finish(connection, [task.id], at=now, outcome="号码不能拨")
    if task.kind == RECHECK:
        return
    if task.kind == CONFIRM:
        ask_person_to_confirm(connection, case, at=now, why="号码不能拨")
        return
    text = f"{'回访' if task.kind == 'callback' else '回拨'}的号码不能拨，请人工联系：{why}"
    if task.kind == "callback":
        ask_person(connection, case, at=now, why="号码不能拨")
    else:
        mark = f"unreachable:{task.id}"
        record_incident(connection, at=now, kind=task.kind, mark=mark, text=f"工单 {case.number}：{text}")
    add_to_timeline(
        connection,
        [{"case_number": case.number, "mark": f"unreachable:{task.id}", "at": now, "what": "提醒", "text": text}],
    )
