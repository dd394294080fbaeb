"""Sends the texts to citizens that are due. Each is sent at least once under one id, or people are told to call."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from cases.case import OPEN, TO_TELL, Case, CaseState
from cases.sms import KINDS, STALE, TRIES, SmsKind, again_after, date_words, hold_until, id_of, text_of
from ivr.script import is_secret
from routing.calendar import LOCAL
from routing.faults import BadConfig
from routing.phone import dialled_back, is_mobile, mask
from zhitong.notices.sms_gateway import Message
from zhitong.store.case_records import merged_into
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.due import DueTask, change_detail, finish, get_task, open_tasks, put_due, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.sms import SENT, texts_to, wish_of_number
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.known_by import numbers_of
from zhitong.usecases.reckon_clocks import TELL, TEXTED
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due
from zhitong.usecases.word_to_citizen import someone_else

DUE = tuple(kind.due_kind for kind in SmsKind)
Send = Callable[[Message], str]
"""Hands a message over; empty once it was taken, else why not, without number and key. Raises BadConfig."""

_LEASE = timedelta(minutes=1)
_LATER = timedelta(minutes=10)
_DAY = timedelta(days=1)
_STATES: Mapping[SmsKind, frozenset[CaseState]] = {
    SmsKind.RECEIPT: OPEN | TO_TELL,
    SmsKind.PROGRESS: OPEN,
    SmsKind.DATE: OPEN,
    SmsKind.MISSED: TO_TELL,
}
"""Where a case must be for the text to be true."""

_log = logging.getLogger(__name__)


def send_texts(
    engine: Engine,
    rules: Rules,
    *,
    now: Callable[[], datetime],
    send: Send,
    says: Mapping[str, str],
    ours: Callable[[], frozenset[str]],
    going: Callable[[], bool],
) -> None:
    """Sends what is due, one after the other, while `going()`. Takes seconds where the gateway is slow.

    says: hotline and line, as texts name them. ours: numbers of the county's own, which are never texted.
    Raises DatabaseGone.
    """
    while going() and (tasks := take_due(engine, now=now(), kinds=DUE, limit=1, lease=_LEASE)):
        _see_to(engine, rules, tasks[0], now=now(), send=send, says=says, ours=ours())


def _see_to(
    engine: Engine,
    rules: Rules,
    task: DueTask,
    *,
    now: datetime,
    send: Send,
    says: Mapping[str, str],
    ours: frozenset[str],
) -> None:
    kind, caused = SmsKind(task.kind.partition(":")[2]), task.promised_at or task.due_at
    with reading(engine) as connection:
        case = get_case(connection, task.case_number or "")
        over = _over(connection, case, kind, task)
        number = dialled_back(case.number_to_call, rules.area_code)
        why = "" if over else _why_not(connection, rules, case, number, ours, now)
        text = "" if over or why else _text(connection, rules, case, kind, task, now, says)
    if over:
        with writing(engine) as connection:
            finish(connection, [task.id], at=now, outcome=over if task.attempts == 1 else f"{over}（也许发过）")
        return
    if why:
        with writing(engine) as connection:
            finish(connection, [task.id], at=now, outcome=f"不发：{why}")
            if kind is SmsKind.MISSED or (kind is not SmsKind.RECEIPT and number):  # without one, people cannot, either
                _leave_to_people(connection, rules, case, kind, task, f"不能发短信（{why}）", now)
        return
    if now - caused > STALE or task.attempts > TRIES:
        with writing(engine) as connection:
            _undelivered(connection, rules, case, kind, task, "耽搁了", now)
        return
    morning = hold_until(kind, now, caused, rules.sms)
    if morning is not None:
        with writing(engine) as connection:
            put_off(connection, task.id, until=morning, claimed=False)
        return
    try:
        failed = send(Message(number=number, text=text, id=id_of(task.mark)))
    except BadConfig as error:
        faults = "；".join(f"{fault.field}：{fault.mend}" for fault in error.faults)
        _log.error("texts are not sent: %s", faults)
        with writing(engine) as connection:
            put_off(connection, task.id, until=now + _LATER, claimed=False)
            _incident(connection, now, f"短信网关的文件有错，一条也没有发：{faults}", "file")
        return
    with writing(engine) as connection:
        if not failed:
            _delivered(connection, rules, case, kind, task, number, now)
            return
        _log.warning("text %d to %s was not sent: %s", task.id, mask(number), failed)
        again = again_after(task.attempts)
        if again is not None:
            put_off(connection, task.id, until=now + again)
        else:
            _undelivered(connection, rules, case, kind, task, failed, now)
            _incident(
                connection, now, f"给群众的短信发不出去（{failed}），要人告诉的列在待办里；请看短信网关", "gateway"
            )


def _over(connection: Connection, case: Case, kind: SmsKind, task: DueTask) -> str:
    """Why nobody need be told any more; empty: they are to be."""
    if case.state not in _STATES[kind]:
        return f"不用发了，工单已是{case.state}"
    if kind is SmsKind.DATE:
        told = task.detail["code"], task.detail["round"], datetime.fromisoformat(task.detail["due"])
        whose = _whose(task)
        if whose != case.number and merged_into(connection, case.number) != whose:
            return "分开了"
        if told not in [(one.code, one.round, one.due_at) for one in clocks_of(connection, whose)]:
            return "又改了"
    if kind is SmsKind.MISSED and get_task(connection, task.detail["task"]).done_at is not None:
        return "不用发了，回访有结果了"
    return ""


def _why_not(connection: Connection, rules: Rules, case: Case, number: str, ours: frozenset[str], now: datetime) -> str:
    """Why this citizen is not texted; empty: they are. Without a word of what is secret."""
    wish = wish_of_number(connection, number) if number else ""
    if not rules.sms.on:
        return "没有短信网关"
    if not number or not is_mobile(number):
        return "没有可以发短信的手机号"
    if number in ours or (case.dialled in rules.staff.windows and not case.contact):
        return "不是群众自己的号码"
    if wish == "stop":
        return "群众不要短信"
    if (case.secrecy or is_secret(case.type, case.transcript)) and wish != "want":
        return "举报、保密、匿名的不发"
    if someone_else(connection, case):
        return "接电话的说不是本人"
    his = numbers_of(number, rules.area_code)
    if texts_to(connection, his, DUE, since=now - _DAY) >= rules.sms.most:
        return "这个号码今天发得够多了"
    return ""


def _whose(task: DueTask) -> str:
    """The case whose date a text tells: its own, or the one together with which it is answered (并单)."""
    return str(task.detail.get("with") or task.case_number)


def _text(
    connection: Connection,
    rules: Rules,
    case: Case,
    kind: SmsKind,
    task: DueTask,
    now: datetime,
    says: Mapping[str, str],
) -> str:
    slots = {**says, "short": case.short or case.number}
    if kind is SmsKind.DATE:
        due = get_case(connection, _whose(task))
        clocks = clocks_of(connection, due.number)
        clock = next(one for one in clocks if (one.code, one.round) == ("close", due.rework))
        policy, _, _ = rules.terms(due, clock)
        slots["date"] = date_words(clock.due_at, now, closes=policy.office_closes)
    return text_of(rules.sms.texts[kind], **slots)


def _delivered(
    connection: Connection, rules: Rules, case: Case, kind: SmsKind, task: DueTask, number: str, now: datetime
) -> None:
    finish(connection, [task.id], at=now, outcome=SENT)
    _tell(connection, case, task, now, f"短信告诉群众：{KINDS[kind]}（{mask(number)}，网关已收下）")
    if _over(connection, get_case(connection, case.number), kind, task):
        return  # it has changed again while this was on its way: what is to be told now is still to be told
    earlier = list(SmsKind)[: list(SmsKind).index(kind) + 1]
    tasks = open_tasks(connection, case_number=case.number, kind=TELL)
    finish(
        connection,
        [one.id for one in tasks if one.detail.get("of", SmsKind.DATE) in earlier],
        at=now,
        outcome=TEXTED,
    )
    if kind is SmsKind.MISSED:
        put_off(connection, task.detail["task"], until=now + rules.sms.ring_back)


def _undelivered(
    connection: Connection, rules: Rules, case: Case, kind: SmsKind, task: DueTask, why: str, now: datetime
) -> None:
    finish(connection, [task.id], at=now, outcome=f"没有发出：{why}"[:100])
    _tell(connection, case, task, now, f"短信没有发出（{KINDS[kind]}）：{why}，转人告诉")
    _leave_to_people(connection, rules, case, kind, task, f"短信没有发出（{why}）", now)


def _leave_to_people(
    connection: Connection, rules: Rules, case: Case, kind: SmsKind, task: DueTask, why: str, now: datetime
) -> None:
    """What was not texted is told by people: listed until somebody has."""
    if kind is SmsKind.MISSED:
        put_off(connection, task.detail["task"], until=now)  # place_call sees that it is a person's
        return
    if kind is SmsKind.DATE:
        for told in open_tasks(connection, case_number=case.number, kind=TELL):
            if told.detail.get("of", SmsKind.DATE) == SmsKind.DATE:
                change_detail(connection, told.id, {**told.detail, "why": why})
        return
    since = f"{case.answered_at.astimezone(LOCAL):%m月%d日 %H:%M}"
    text = f"{since} 的来电还没办结" if kind is SmsKind.PROGRESS else f"{since} 的来电收到了，口头编号 {case.short}"
    row = {"kind": TELL, "mark": f"{TELL}:{task.mark}"[:120], "case_number": case.number, "call_id": ""}
    detail = {"text": text, "of": kind.value, "why": why}
    put_due(connection, [row | {"due_at": now, "promised_at": now + rules.sms.told_within, "detail": detail}])


def _tell(connection: Connection, case: Case, task: DueTask, now: datetime, text: str) -> None:
    row = {"case_number": case.number, "mark": f"sms:{id_of(task.mark)}", "at": now, "what": "短信", "text": text}
    add_to_timeline(connection, [row])


def _incident(connection: Connection, now: datetime, text: str, what: str) -> None:
    """Once a day: a gateway that is gone for hours must not hide what else is to be seen to."""
    mark = f"sms-{what}:{now.astimezone(LOCAL):%Y%m%d}"
    record_incident(connection, at=now, kind="sms", mark=mark, text=text)
